#include "wire/utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/guard.h"

enum { LAST_CODE_POINT = 0x10FFFF, LONGEST = 300 };

typedef size_t feed_function(ws_utf8 *state, const uint8_t *text, size_t size);

static bool same_state(const ws_utf8 *a, const ws_utf8 *b) {
    return a->needed == b->needed && a->low == b->low && a->high == b->high && a->failed == b->failed;
}

/* The naive decoder: it knows how code points are encoded, and nothing of the grammar. */

static bool is_surrogate(uint32_t point) {
    return point >= 0xD800 && point <= 0xDFFF;
}

static size_t encode(uint32_t point, uint8_t out[4]) {
    static const uint8_t marks[5] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (uint8_t)(marks[size] | point);
    return size;
}

/* Size of the code point at the start of text: decoded without a question, encoded again, compared.
 * 0 when the octets differ, are too few, or encode what is no code point of Unicode text. */
static size_t naive_size(const uint8_t *text, size_t size) {
    size_t whole = text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    if (whole > size)
        return 0;
    uint32_t point = whole == 1 ? text[0] : text[0] & (0xFFu >> (whole + 1));
    for (size_t i = 1; i < whole; i++)
        point = point << 6 | (text[i] & 0x3F);
    uint8_t again[4];
    if (point > LAST_CODE_POINT || is_surrogate(point) || encode(point, again) != whole)
        return 0;
    return memcmp(again, text, whole) == 0 ? whole : 0;
}

/* begins[n - 1] tells for n octets, read as a number, whether some code point's encoding begins so. */
static bool begins[3][1 << 24];

static void learn_beginnings(void) {
    for (uint32_t point = 0; point <= LAST_CODE_POINT; point++) {
        uint8_t octets[4];
        size_t size = is_surrogate(point) ? 0 : encode(point, octets);
        uint32_t number = 0;
        for (size_t i = 0; i < size && i < 3; i++) {
            number = number << 8 | octets[i];
            begins[i][number] = true;
        }
    }
}

/* What ws_utf8_feed shall return for a text from its beginning. */
static size_t naive_good(const uint8_t *text, size_t size) {
    size_t good = 0;
    while (good < size) {
        size_t whole = naive_size(text + good, size - good);
        good += whole;
        if (whole > 0)
            continue;
        uint32_t number = 0;
        for (size_t i = 0; i < 3 && good < size; i++, good++) {
            number = number << 8 | text[good];
            if (!begins[i][number])
                return good;
        }
        return good;
    }
    return good;
}

static bool naive_complete(const uint8_t *text, size_t size) {
    size_t good = 0;
    while (good < size) {
        size_t whole = naive_size(text + good, size - good);
        if (whole == 0)
            return false;
        good += whole;
    }
    return true;
}

static bool agrees_with_naive(feed_function *feed, const uint8_t *text, size_t size) {
    ws_utf8 state = {0};
    size_t good = feed(&state, text, size);
    return good == naive_good(text, size) && state.failed == (good < size) &&
           ws_utf8_complete(&state) == naive_complete(text, size);
}

/* A sequence alone, where the fast version walks octet by octet, and before ASCII, where it does not. */
static void check_sequence(const uint8_t *sequence, size_t size) {
    uint8_t text[12];
    memset(text, 'a', sizeof text);
    memcpy(text, sequence, size);
    if (!agrees_with_naive(ws_utf8_feed_plain, text, size) || !agrees_with_naive(ws_utf8_feed, text, size))
        cr_assert_fail("%zu octets %02x %02x %02x %02x alone", size, text[0], text[1], text[2], text[3]);
    if (!agrees_with_naive(ws_utf8_feed_plain, text, size + 4) ||
        !agrees_with_naive(ws_utf8_feed, text, size + 4))
        cr_assert_fail("%zu octets %02x %02x %02x %02x before ASCII", size, text[0], text[1], text[2],
                       text[3]);
}

TestSuite(utf8_against_naive, .init = learn_beginnings);

Test(utf8_against_naive, every_octet) {
    for (unsigned a = 0; a < 256; a++)
        check_sequence((uint8_t[]){(uint8_t)a}, 1);
}

Test(utf8_against_naive, every_pair) {
    for (unsigned pair = 0; pair < 1 << 16; pair++)
        check_sequence((uint8_t[]){(uint8_t)(pair >> 8), (uint8_t)pair}, 2);
}

/* Sixteen million, each before ASCII: the fast version does not walk. */
static void check_triples(feed_function *feed) {
    uint8_t text[4] = {0, 0, 0, 'a'};
    for (uint32_t triple = 0; triple < 1 << 24; triple++) {
        text[0] = (uint8_t)(triple >> 16);
        text[1] = (uint8_t)(triple >> 8);
        text[2] = (uint8_t)triple;
        ws_utf8 state = {0};
        if (feed(&state, text, 4) != naive_good(text, 4))
            cr_assert_fail("octets %02x %02x %02x", text[0], text[1], text[2]);
    }
}

Test(utf8_against_naive, plain_every_triple) {
    check_triples(ws_utf8_feed_plain);
}

Test(utf8_against_naive, fast_every_triple) {
    check_triples(ws_utf8_feed);
}

Test(utf8_against_naive, quadruples_of_octets_at_the_ends_of_ranges) {
    static const uint8_t ends[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                   0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { ENDS = sizeof ends };
    for (size_t i = 0; i < (size_t)ENDS * ENDS * ENDS * ENDS; i++)
        check_sequence((uint8_t[]){ends[i / ENDS / ENDS / ENDS], ends[i / ENDS / ENDS % ENDS],
                                   ends[i / ENDS % ENDS], ends[i % ENDS]},
                       4);
}

/* Every code point of Unicode text, in one text. */
static uint8_t *encode_all(size_t *size) {
    uint8_t *text = malloc(4 * (LAST_CODE_POINT + (size_t)1));
    cr_assert_not_null(text);
    *size = 0;
    for (uint32_t point = 0; point <= LAST_CODE_POINT; point++)
        *size += is_surrogate(point) ? 0 : encode(point, text + *size);
    return text;
}

static void check_all_accepted(feed_function *feed) {
    size_t size;
    uint8_t *text = encode_all(&size);
    ws_utf8 state = {0};
    cr_assert_eq(feed(&state, text, size), size);
    cr_assert(ws_utf8_complete(&state));
    free(text);
}

Test(utf8, plain_accepts_every_code_point) {
    check_all_accepted(ws_utf8_feed_plain);
}

Test(utf8, fast_accepts_every_code_point) {
    check_all_accepted(ws_utf8_feed);
}

/* Texts, and the index of the offending octet: the size when there is none. */

#define TEXT(literal) literal, sizeof(literal) - 1
#define KOSME         "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"
#define LINE          "The quick brown fox jumps over the lazy dog."

static const struct {
    const char *name, *text;
    size_t size, good;
    bool complete;
} texts[] = {
    {"nothing", TEXT(""), 0, true},
    {"ASCII", TEXT(LINE), 44, true},
    {"the Greek word kosme", TEXT(KOSME), 11, true},
    {"every size of code point", TEXT("$\xc2\xa2\xe2\x82\xac\xf0\x9f\x98\x80."), 11, true},
    {"NUL", TEXT("a\0b"), 3, true},
    {"byte order mark", TEXT("\xef\xbb\xbf"), 3, true},
    {"noncharacter U+FFFF", TEXT("\xef\xbf\xbf"), 3, true},
    {"U+10FFFF", TEXT("\xf4\x8f\xbf\xbf"), 4, true},
    {"last before the surrogates", TEXT("\xed\x9f\xbf"), 3, true},
    {"first behind the surrogates", TEXT("\xee\x80\x80"), 3, true},

    {"cut two-octet sequence", TEXT("a\xc2"), 2, false},
    {"cut three-octet sequence", TEXT("a\xe2\x82"), 3, false},
    {"cut four-octet sequence", TEXT("a\xf0\x9f\x98"), 4, false},

    {"lone continuation octet", TEXT("a\x80z"), 1, false},
    {"continuation octet behind a whole code point", TEXT("\xc2\xa2\xa2"), 2, false},
    {"ASCII instead of a continuation octet", TEXT("\xc2z"), 1, false},
    {"first octet instead of a continuation octet", TEXT("\xe2\x82\xc2\xa2"), 2, false},
    {"ASCII instead of the fourth octet", TEXT("\xf0\x9f\x98z"), 3, false},

    {"overlong solidus in two octets", TEXT("\xc0\xaf"), 0, false},
    {"overlong U+007F in two octets", TEXT("\xc1\xbf"), 0, false},
    {"overlong solidus in three octets", TEXT("\xe0\x80\xaf"), 1, false},
    {"overlong U+07FF in three octets", TEXT("\xe0\x9f\xbf"), 1, false},
    {"overlong solidus in four octets", TEXT("\xf0\x80\x80\xaf"), 1, false},
    {"overlong U+FFFF in four octets", TEXT("\xf0\x8f\xbf\xbf"), 1, false},

    {"first surrogate", TEXT("\xed\xa0\x80"), 1, false},
    {"last surrogate", TEXT("\xed\xbf\xbf"), 1, false},
    {"pair of surrogates", TEXT("\xed\xa0\x80\xed\xb0\x80"), 1, false},
    {"kosme and a surrogate", TEXT(KOSME "\xed\xa0\x80 edited"), 12, false},

    {"U+110000", TEXT("\xf4\x90\x80\x80"), 1, false},
    {"kosme and U+110000", TEXT(KOSME "\xf4\x90\x80\x80 edited"), 12, false},
    {"first octet of U+140000", TEXT("\xf5\x80\x80\x80"), 0, false},
    {"five-octet sequence", TEXT("\xf8\x88\x80\x80\x80"), 0, false},
    {"six-octet sequence", TEXT("\xfc\x84\x80\x80\x80\x80"), 0, false},
    {"octet FE", TEXT("a\xfe"), 1, false},
    {"octet FF", TEXT("a\xff"), 1, false},

    {"bad octet behind a line", TEXT(LINE "\xff" LINE), 44, false},
    {"surrogate between lines", TEXT(LINE "\xed\xa0\x80" LINE), 45, false},
    {"cut sequence between lines", TEXT(LINE "\xf0\x9f\x98" LINE), 47, false},
};
enum { TEXTS = sizeof texts / sizeof *texts };

/* Feeds a text in three pieces; the index is counted from its start. */
static size_t feed_in_pieces(feed_function *feed, ws_utf8 *state, size_t row, size_t first, size_t second) {
    const size_t cuts[] = {0, first, second, texts[row].size};
    for (size_t i = 0; i < 3; i++) {
        size_t size = cuts[i + 1] - cuts[i];
        uint8_t *piece = guard_copy(texts[row].text + cuts[i], size);
        size_t good = feed(state, piece, size);
        guard_free(piece, size);
        if (good < size)
            return cuts[i] + good;
    }
    return texts[row].size;
}

static void check_whole(feed_function *feed) {
    for (size_t row = 0; row < TEXTS; row++) {
        ws_utf8 state = {0};
        size_t good = feed_in_pieces(feed, &state, row, 0, 0);
        cr_assert_eq(good, texts[row].good, "%s: index %zu", texts[row].name, good);
        cr_assert_eq(ws_utf8_complete(&state), texts[row].complete, "%s", texts[row].name);
        cr_assert_eq(state.failed, good < texts[row].size, "%s", texts[row].name);
    }
}

Test(utf8, plain_finds_the_offending_octet) {
    check_whole(ws_utf8_feed_plain);
}

Test(utf8, fast_finds_the_offending_octet) {
    check_whole(ws_utf8_feed);
}

static void check_cuts(feed_function *feed, size_t row) {
    for (size_t first = 0; first <= texts[row].size; first++)
        for (size_t second = first; second <= texts[row].size; second++) {
            ws_utf8 state = {0};
            size_t good = feed_in_pieces(feed, &state, row, first, second);
            if (good != texts[row].good || ws_utf8_complete(&state) != texts[row].complete)
                cr_assert_fail("%s, cut at %zu and %zu: index %zu", texts[row].name, first, second, good);
        }
}

Test(utf8, plain_finds_the_same_octet_however_the_text_is_cut) {
    for (size_t row = 0; row < TEXTS; row++)
        check_cuts(ws_utf8_feed_plain, row);
}

Test(utf8, fast_finds_the_same_octet_however_the_text_is_cut) {
    for (size_t row = 0; row < TEXTS; row++)
        check_cuts(ws_utf8_feed, row);
}

static void check_octet_by_octet(feed_function *feed) {
    for (size_t row = 0; row < TEXTS; row++) {
        ws_utf8 state = {0};
        const uint8_t *text = (const uint8_t *)texts[row].text;
        size_t good = 0;
        while (good < texts[row].size && feed(&state, text + good, 1) == 1)
            good++;
        cr_assert_eq(good, texts[row].good, "%s: index %zu", texts[row].name, good);
        cr_assert_eq(ws_utf8_complete(&state), texts[row].complete, "%s", texts[row].name);
    }
}

Test(utf8, plain_finds_the_same_octet_octet_by_octet) {
    check_octet_by_octet(ws_utf8_feed_plain);
}

Test(utf8, fast_finds_the_same_octet_octet_by_octet) {
    check_octet_by_octet(ws_utf8_feed);
}

static void check_failure_stays(feed_function *feed) {
    ws_utf8 state = {0};
    cr_assert_eq(feed(&state, (const uint8_t *)"ab\xff", 3), 2);
    cr_assert_eq(feed(&state, (const uint8_t *)"abc", 3), 0);
    cr_assert_eq(feed(&state, (const uint8_t *)"", 0), 0);
    cr_assert(state.failed);
    cr_assert_not(ws_utf8_complete(&state));
}

Test(utf8, plain_stays_failed) {
    check_failure_stays(ws_utf8_feed_plain);
}

Test(utf8, fast_stays_failed) {
    check_failure_stays(ws_utf8_feed);
}

static void check_empty_piece(feed_function *feed) {
    ws_utf8 state = {0}, before;
    cr_assert_eq(feed(&state, (const uint8_t *)"\xe2\x82", 2), 2);
    before = state;
    cr_assert_eq(feed(&state, NULL, 0), 0);
    cr_assert(same_state(&state, &before));
}

Test(utf8, plain_is_not_changed_by_an_empty_piece) {
    check_empty_piece(ws_utf8_feed_plain);
}

Test(utf8, fast_is_not_changed_by_an_empty_piece) {
    check_empty_piece(ws_utf8_feed);
}

/* fast == plain on random text */

static uint32_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

static uint32_t random_point(uint64_t *seed) {
    static const uint32_t ends[] = {0x80, 0x800, 0xD800, LAST_CODE_POINT + 1};
    return next_random(seed) % ends[next_random(seed) % 4];
}

/* Runs of ASCII and of other code points, which may be surrogates when `flawed`; then one octet in two
 * texts is spoilt. */
static void random_text(uint8_t *text, size_t size, bool flawed, uint64_t *seed) {
    for (size_t at = 0; at < size;) {
        bool ascii = next_random(seed) % 2 == 0;
        for (size_t run = next_random(seed) % 50; run > 0 && at < size; run--) {
            uint8_t octets[4];
            uint32_t point = ascii ? next_random(seed) % 0x80 : random_point(seed);
            if (!flawed && is_surrogate(point))
                point = 0xFFFD;
            size_t length = encode(point, octets);
            length = length < size - at ? length : size - at;
            memcpy(text + at, octets, length);
            at += length;
        }
    }
    if (flawed && size > 0 && next_random(seed) % 2 == 0)
        text[next_random(seed) % size] = (uint8_t)next_random(seed);
}

/* What the piece before may have left behind: the octets that begin a code point. */
static const struct {
    size_t size;
    uint8_t octets[3], next; /* next: an octet that may follow */
} phases[] = {
    {0, {0}, 'a'},           {1, {0xC3}, 0xA9},
    {1, {0xE0}, 0xA0},       {1, {0xE2}, 0x82},
    {1, {0xED}, 0x9F},       {2, {0xE2, 0x82}, 0xAC},
    {1, {0xF0}, 0x9F},       {1, {0xF4}, 0x8F},
    {2, {0xF0, 0x9F}, 0x98}, {3, {0xF0, 0x9F, 0x98}, 0x80},
};
enum { PHASES = sizeof phases / sizeof *phases };

static bool agrees_with_plain(const uint8_t *text, size_t size, size_t phase) {
    ws_utf8 plain = {0}, fast = {0};
    ws_utf8_feed_plain(&plain, phases[phase].octets, phases[phase].size);
    ws_utf8_feed(&fast, phases[phase].octets, phases[phase].size);
    return ws_utf8_feed(&fast, text, size) == ws_utf8_feed_plain(&plain, text, size) &&
           same_state(&fast, &plain);
}

static void check_random(bool flawed, uint64_t seed) {
    _Alignas(64) uint8_t text[LONGEST + 32];
    for (size_t size = 0; size <= LONGEST; size++)
        for (size_t phase = 0; phase < PHASES; phase++)
            for (size_t alignment = 0; alignment < 32; alignment += 1 + size % 3) {
                random_text(text + alignment, size, flawed, &seed);
                if (size > 0 && next_random(&seed) % 4 != 0)
                    text[alignment] = phases[phase].next;
                if (!agrees_with_plain(text + alignment, size, phase))
                    cr_assert_fail("size %zu, phase %zu, alignment %zu", size, phase, alignment);
            }
}

Test(utf8, fast_equals_plain_on_good_text_at_every_size_phase_and_alignment) {
    check_random(false, UINT64_C(0x9e3779b97f4a7c15));
}

Test(utf8, fast_equals_plain_on_flawed_text_at_every_size_phase_and_alignment) {
    check_random(true, UINT64_C(0xd1b54a32d192ed03));
}

Test(utf8, fast_equals_plain_on_random_octets) {
    uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);
    uint8_t text[LONGEST];
    for (size_t size = 0; size <= LONGEST; size++)
        for (size_t phase = 0; phase < PHASES; phase++) {
            for (size_t i = 0; i < size; i++)
                text[i] = (uint8_t)next_random(&seed);
            if (!agrees_with_plain(text, size, phase))
                cr_assert_fail("size %zu, phase %zu", size, phase);
        }
}

/* One octet that is not ASCII, at every place of every block. */
Test(utf8, fast_overlooks_no_octet_in_ascii) {
    uint8_t text[130];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        text[at] = 0x80;
        ws_utf8 state = {0};
        cr_assert_eq(ws_utf8_feed(&state, text, sizeof text), at, "octet %zu", at);
    }
}

Test(utf8, fast_reads_nothing_behind_the_text) {
    static const char *const ends[] = {
        "",         "\xc3",         "\xe2",     "\xe2\x82",     "\xf0",
        "\xf0\x9f", "\xf0\x9f\x98", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xff",     "\xed\xa0"};
    for (size_t run = 0; run <= 80; run++)
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            uint8_t text[96];
            size_t size = run + strlen(ends[i]);
            memset(text, 'a', run);
            memcpy(text + run, ends[i], strlen(ends[i]));
            uint8_t *copy = guard_copy(text, size);
            if (!agrees_with_plain(copy, size, 0))
                cr_assert_fail("%zu octets of ASCII and row %zu", run, i);
            guard_free(copy, size);
        }
}
