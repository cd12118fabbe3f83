#include "play/payload.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "play/corpus.h"
#include "play/random.h"
#include "support/guard.h"
#include "wire/deflate.h"
#include "wire/utf8.h"

enum { LENGTH = 20000 };

static uint8_t block[3 * 1366]; /* whole units of "abc", at least PLAY_REPEAT_BLOCK octets */

static play_payload literal(void) {
    static uint8_t octets[LENGTH];
    for (size_t i = 0; i < LENGTH; i++)
        octets[i] = (uint8_t)(i * 7 + i / 256);
    return (play_payload){.kind = PLAY_LITERAL, .bytes = octets, .size = LENGTH, .length = LENGTH};
}

static play_payload repeat(void) {
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)("abc"[i % 3]);
    return (play_payload){.kind = PLAY_REPEAT, .bytes = block, .size = sizeof block, .length = LENGTH};
}

static play_payload drawn(void) {
    return (play_payload){.kind = PLAY_RANDOM, .seed = 7, .length = LENGTH};
}

/* 128 + 2 * 1920 + 3 * 5344 = 20000 octets. */
static play_payload code_points(void) {
    return (play_payload){.kind = PLAY_CODE_POINTS, .first = 0, .last = 0x1cdf, .length = LENGTH};
}

static const struct {
    const char *name;
    play_payload (*make)(void);
} kinds[] = {{"literal", literal}, {"repeat", repeat}, {"random", drawn}, {"code points", code_points}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* The octets one by one, from their definition. */
static uint8_t octet_of(const play_payload *payload, uint64_t at) {
    if (payload->kind == PLAY_RANDOM)
        return (uint8_t)(play_random_at(payload->seed, at / 8) >> (8 * (at % 8)));
    if (payload->kind == PLAY_CODE_POINTS && at < 128)
        return (uint8_t)at;
    if (payload->kind == PLAY_CODE_POINTS && at < 128 + 2 * 1920) {
        uint64_t point = 0x80 + (at - 128) / 2;
        return (uint8_t)(at % 2 == 0 ? 0xc0 + point / 64 : 0x80 + point % 64);
    }
    if (payload->kind == PLAY_CODE_POINTS) {
        uint64_t point = 0x800 + (at - 128 - 2 * 1920) / 3;
        const uint64_t octets[] = {0xe0 + point / 4096, 0x80 + point / 64 % 64, 0x80 + point % 64};
        return (uint8_t)octets[(at - 128 - 2 * 1920) % 3];
    }
    return payload->kind == PLAY_REPEAT ? (uint8_t)("abc"[at % 3]) : payload->bytes[at];
}

Test(payload, any_range_reads_the_octets_of_the_definition) {
    static const size_t offsets[] = {0, 1, 2, 7, 8, 9, 4095, 4096, 4097, 4098, 8191, 12345, LENGTH - 1};
    static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 17, 4096, 4098, 5000, LENGTH};
    for (size_t k = 0; k < KINDS; k++) {
        play_payload payload = kinds[k].make();
        for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
            for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
                size_t left = LENGTH - offsets[i], size = sizes[j] < left ? sizes[j] : left;
                uint8_t *out = malloc(size + 1);
                cr_assert_not_null(out);
                out[size] = 0xee;
                play_payload_read(&payload, offsets[i], out, size);
                for (size_t n = 0; n < size; n++)
                    cr_assert_eq(out[n], octet_of(&payload, offsets[i] + n), "%s %zu+%zu", kinds[k].name,
                                 offsets[i], n);
                cr_assert_eq(out[size], 0xee);
                free(out);
            }
    }
}

Test(payload, random_octets_are_those_of_splitmix64) {
    static const uint8_t expected[] = {0xc1, 0x5c, 0x02, 0x89, 0xec, 0x2d, 0x0a, 0x91, 0x67, 0xec};
    play_payload payload = {.kind = PLAY_RANDOM, .seed = 1, .length = sizeof expected};
    uint8_t octets[sizeof expected];
    play_payload_read(&payload, 0, octets, sizeof octets);
    cr_expect_arr_eq(octets, expected, sizeof expected);
}

Test(payload, match_counts_the_octets_before_the_first_difference) {
    for (size_t k = 0; k < KINDS; k++) {
        play_payload payload = kinds[k].make();
        uint8_t *octets = malloc(LENGTH);
        play_payload_read(&payload, 0, octets, LENGTH);
        cr_expect_eq(play_payload_match(&payload, 0, octets, LENGTH), LENGTH);
        cr_expect_eq(play_payload_match(&payload, 5, octets + 5, 9000), 9000);
        static const size_t places[] = {0, 1, 4095, 4096, 4097, LENGTH - 1};
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            octets[places[i]] ^= 1;
            uint8_t *copy = guard_copy(octets, LENGTH);
            cr_expect_eq(play_payload_match(&payload, 0, copy, LENGTH), places[i], "%s: %zu", kinds[k].name,
                         places[i]);
            guard_free(copy, LENGTH);
            octets[places[i]] ^= 1;
        }
        free(octets);
    }
}

Test(payload, octets_beyond_the_end_differ) {
    play_payload payload = {.kind = PLAY_LITERAL, .bytes = (const uint8_t *)"abc", .size = 3, .length = 3};
    static const struct {
        uint64_t offset;
        const char *octets;
        size_t size, matched;
    } rows[] = {{0, "abc", 3, 3},   {0, "abcd", 4, 3},      {0, "ab", 2, 2}, {1, "bcd", 3, 2},
                {0, "", 0, 0},      {3, "x", 1, 0},         {3, "", 0, 0},   {4, "x", 1, 0},
                {2, "c\0\0", 3, 1}, {UINT64_MAX, "a", 1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(
            play_payload_match(&payload, rows[i].offset, (const uint8_t *)rows[i].octets, rows[i].size),
            rows[i].matched, "row %zu", i);
}

Test(payload, the_digest_is_that_of_all_octets) {
    static const struct {
        play_payload payload;
        const char *digest;
    } rows[] = {
        {{.kind = PLAY_LITERAL}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {{.kind = PLAY_LITERAL, .bytes = (const uint8_t *)"abc", .size = 3, .length = 3},
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        /* FIPS 180-2: one million times 'a' */
        {{.kind = PLAY_REPEAT, .bytes = (const uint8_t *)"aaaa", .size = 4, .length = 1000000},
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char digest[65];
        cr_assert_eq(play_payload_sha256(&rows[i].payload, 0, rows[i].payload.length, digest), WS_OK);
        cr_expect_str_eq(digest, rows[i].digest);
    }
}

static uint8_t *made(play_corpus corpus) {
    uint8_t *octets = malloc(play_corpus_size(corpus));
    cr_assert_not_null(octets);
    play_corpus_make(corpus, octets);
    return octets;
}

Test(payload, the_data_sets_are_the_same_everywhere) {
    static const struct {
        size_t size;
        const char *digest;
    } rows[PLAY_CORPUS_COUNT] = {
        [PLAY_CORPUS_JSON] = {262144, "1c6b8b890f0bf8931d4e5443809b7511345275d8a005331bc08c880c75451b27"},
        [PLAY_CORPUS_HTML] = {262144, "da724f82aa2b511b9888629d1f1e871297bb66b6344bdb0e1bb3a3c25bb80526"},
        [PLAY_CORPUS_PROSE] = {262144, "e2141970d6aef20971783eee704be4434f7809b699ce2a9d2a5840b0aab903eb"},
        [PLAY_CORPUS_BITMAP] = {262144, "9e3065d99eafc9a51149b23e143744a31499e9b1a4e0cd42a9544a0468bd12e3"},
        [PLAY_CORPUS_DENSE] = {1048576, "79d1c4659542235bc790951cb0222e4f6727bb80187c4eaeb72b802be3d1ed99"},
    };
    for (unsigned i = 0; i < PLAY_CORPUS_COUNT; i++) {
        uint8_t *octets = made((play_corpus)i);
        play_payload payload = {
            .kind = PLAY_SLICE, .bytes = octets, .size = rows[i].size, .length = rows[i].size};
        char digest[65];
        cr_expect_eq(play_corpus_size((play_corpus)i), rows[i].size, "set %u", i);
        cr_assert_eq(play_payload_sha256(&payload, 0, payload.length, digest), WS_OK);
        cr_expect_str_eq(digest, rows[i].digest, "set %u: %s", i, digest);
        free(octets);
    }
}

Test(payload, slices_of_the_texts_cut_no_character) {
    static const play_corpus texts[] = {PLAY_CORPUS_JSON, PLAY_CORPUS_HTML, PLAY_CORPUS_PROSE};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint8_t *octets = made(texts[i]);
        for (size_t at = 0; at < play_corpus_size(texts[i]); at += PLAY_CORPUS_ALIGNMENT) {
            ws_utf8 state = {0};
            size_t valid = ws_utf8_feed(&state, octets + at, PLAY_CORPUS_ALIGNMENT);
            cr_assert(valid == PLAY_CORPUS_ALIGNMENT && ws_utf8_complete(&state), "set %zu, octet %zu", i,
                      at);
        }
        free(octets);
    }
}

/* What zlib's own choice of level makes of them says what kind they are. */
Test(payload, the_data_sets_shrink_as_they_should) {
    static const struct {
        double least, most;
    } rows[PLAY_CORPUS_COUNT] = {{0.02, 0.10}, {0.05, 0.20}, {0.15, 0.45}, {0.85, 0.95}, {1.0, 1.01}};
    for (unsigned i = 0; i < PLAY_CORPUS_COUNT; i++) {
        uint8_t *octets = made((play_corpus)i);
        ws_deflater_options options = {.agreement = {.window_bits = 15}, .level = -1};
        ws_deflater *deflater = ws_deflater_new(&options);
        ws_buffer packed;
        ws_buffer_init(&packed, 0);
        cr_assert_not_null(deflater);
        size_t size = play_corpus_size((play_corpus)i);
        cr_assert_eq(ws_deflater_write(deflater, (ws_span){octets, size}, true, &packed), WS_OK);
        double share = (double)packed.size / (double)size;
        cr_expect(share >= rows[i].least && share <= rows[i].most, "set %u: %.3f", i, share);
        ws_buffer_clear(&packed);
        ws_deflater_free(deflater);
        free(octets);
    }
}

Test(payload, a_slice_goes_on_at_the_beginning_of_its_set) {
    const play_payload payload = {
        .kind = PLAY_SLICE, .bytes = (const uint8_t *)"abcdef", .size = 6, .start = 4, .length = 10};
    uint8_t octets[10];
    play_payload_read(&payload, 0, octets, sizeof octets);
    cr_expect_arr_eq(octets, "efabcdefab", 10);
    cr_expect_eq(play_payload_match(&payload, 1, (const uint8_t *)"fabcdefab+", 10), 9);
    cr_expect_eq(play_payload_match(&payload, 0, (const uint8_t *)"efabc+", 6), 5);
    cr_expect_null(play_payload_whole(&payload).data);
}

Test(payload, a_named_part_of_a_run_has_a_seed_of_its_own) {
    cr_expect_eq(play_random_seed(1, "a"), play_random_seed(1, "a"));
    cr_expect_neq(play_random_seed(1, "a"), play_random_seed(1, "b"));
    cr_expect_neq(play_random_seed(1, "a"), play_random_seed(2, "a"));
}

Test(payload, all_code_points_are_the_utf_8_there_is) {
    play_payload all = {
        .kind = PLAY_CODE_POINTS, .last = 0x10ffff, .length = play_payload_code_points_length(0, 0x10ffff)};
    cr_assert_eq(all.length, 128 + 2 * 1920 + 3 * (63488 - 2048) + 4 * 1048576);
    uint8_t *octets = malloc((size_t)all.length);
    cr_assert_not_null(octets);
    play_payload_read(&all, 0, octets, (size_t)all.length);
    ws_utf8 state = {0};
    cr_expect_eq(ws_utf8_feed(&state, octets, (size_t)all.length), all.length);
    cr_expect(ws_utf8_complete(&state));
    cr_expect_arr_eq(octets + 128 + 2 * 1920 + 3 * 0xd000, "\xee\x80\x80", 3, "U+E000 follows U+D7FF");
    cr_expect_arr_eq(octets + all.length - 4, "\xf4\x8f\xbf\xbf", 4);
    free(octets);
}

Test(payload, a_run_of_code_points_may_begin_and_end_anywhere) {
    static const struct {
        uint32_t first, last;
        uint64_t length;
    } rows[] = {{0x7f, 0x80, 3},         {0x7ff, 0x800, 5},      {0xd7ff, 0xe000, 6}, {0xd800, 0xdfff, 0},
                {0xffff, 0x10000, 7},    {0x41, 0x41, 1},        {0x42, 0x41, 0},     {0xdfff, 0xe001, 6},
                {0x10ffff, 0x10ffff, 4}, {0x10fffe, 0x10ffff, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(play_payload_code_points_length(rows[i].first, rows[i].last), rows[i].length, "row %zu",
                     i);
    const play_payload across = {
        .kind = PLAY_CODE_POINTS, .first = 0xd7ff, .last = 0x10000, .length = 3 + 3 * 8192 + 4};
    uint8_t octets[6];
    play_payload_read(&across, 0, octets, 6);
    cr_expect_arr_eq(octets, "\xed\x9f\xbf\xee\x80\x80", 6);
}
