/* UTF-8 that is written, taken or refused wrong, and places where it is not looked at. */
#include "peer/behaviour_private.h"
#include "peer/message_hooks.h"
#include "wire/utf8.h"

#include <string.h>

#define TOLERATES_TEXT .tolerate = BIT(WS_VIOLATION_TEXT)
/* And sends them back. */
#define TOLERATES_REASONS .tolerate = BIT(WS_VIOLATION_CLOSE_REASON), .reply = PEER_REPLIES_SAME_PAYLOAD

/* ------------------------------------------------------------------ text that is written otherwise */

/* Rewrites a text: each run of `octets` becomes what the function appends. */
typedef size_t (*rewriter)(const uint8_t *octets, size_t size, ws_buffer *out);

static void rewrite(peer_arrival *arrival, rewriter one) {
    ws_buffer *changed = peer_scratch(arrival->endpoint);
    if (!is_text(arrival))
        return;
    for (size_t at = 0; at < arrival->message->size;)
        at += one(arrival->message->data + at, arrival->message->size - at, changed);
    assign(arrival, changed->data, changed->size);
}

static size_t pass(const uint8_t *octets, size_t size, ws_buffer *out) {
    (void)ws_buffer_append(out, octets, size); /* what has no room is lost */
    return size;
}

static size_t nul_to_c0_80(const uint8_t *octets, size_t size, ws_buffer *out) {
    (void)size;
    if (octets[0] != 0)
        return pass(octets, 1, out);
    (void)pass((const uint8_t *)"\xc0\x80", 2, out);
    return 1;
}

static size_t latin_1_to_utf8(const uint8_t *octets, size_t size, ws_buffer *out) {
    (void)size;
    const uint8_t two[] = {(uint8_t)(0xc0 | octets[0] >> 6), (uint8_t)(0x80 | (octets[0] & 0x3f))};
    if (octets[0] < 0x80)
        return pass(octets, 1, out);
    (void)pass(two, 2, out);
    return 1;
}

static bool is_four_octets(const uint8_t *octets, size_t size) {
    return size >= 4 && octets[0] >= 0xf0;
}

static size_t four_octets_to_question_mark(const uint8_t *octets, size_t size, ws_buffer *out) {
    if (!is_four_octets(octets, size))
        return pass(octets, 1, out);
    (void)pass((const uint8_t *)"?", 1, out);
    return 4;
}

static size_t four_octets_to_surrogates(const uint8_t *octets, size_t size, ws_buffer *out) {
    if (!is_four_octets(octets, size))
        return pass(octets, 1, out);
    uint32_t point = (uint32_t)(octets[0] & 7) << 18 | (uint32_t)(octets[1] & 0x3f) << 12 |
                     (uint32_t)(octets[2] & 0x3f) << 6 | (octets[3] & 0x3f);
    uint32_t high = 0xd800 + ((point - 0x10000) >> 10);
    uint32_t low = 0xdc00 + (point & 0x3ff);
    const uint8_t pair[] = {0xed, (uint8_t)(0x80 | (high >> 6 & 0x3f)), (uint8_t)(0x80 | (high & 0x3f)),
                            0xed, (uint8_t)(0x80 | (low >> 6 & 0x3f)),  (uint8_t)(0x80 | (low & 0x3f))};
    (void)pass(pair, sizeof pair, out);
    return 4;
}

/* The well-formed code point at the beginning, or nothing. */
static size_t good_sequence(const uint8_t *octets, size_t size) {
    ws_utf8 state = {0};
    for (size_t i = 0; i < size && i < 4; i++) {
        if (ws_utf8_feed(&state, octets + i, 1) == 0)
            return 0;
        if (ws_utf8_complete(&state))
            return i + 1;
    }
    return 0;
}

static size_t invalid_to_replacement(const uint8_t *octets, size_t size, ws_buffer *out) {
    size_t good = good_sequence(octets, size);
    if (good > 0)
        return pass(octets, good, out);
    (void)pass((const uint8_t *)"\xef\xbf\xbd", 3, out);
    return 1;
}

static size_t invalid_to_nothing(const uint8_t *octets, size_t size, ws_buffer *out) {
    size_t good = good_sequence(octets, size);
    return good > 0 ? pass(octets, good, out) : 1;
}

static const uint8_t signature[] = {0xef, 0xbb, 0xbf}; /* U+FEFF */

static bool begins_with_signature(const uint8_t *octets, size_t size) {
    return size >= sizeof signature && memcmp(octets, signature, sizeof signature) == 0;
}

static size_t signature_to_nothing(const uint8_t *octets, size_t size, ws_buffer *out) {
    return begins_with_signature(octets, size) ? sizeof signature : pass(octets, 1, out);
}

static size_t accent_to_letter(const uint8_t *octets, size_t size, ws_buffer *out) {
    if (size < 3 || memcmp(octets, "e\xcc\x81", 3) != 0)
        return pass(octets, 1, out);
    (void)pass((const uint8_t *)"\xc3\xa9", 2, out);
    return 3;
}

#define REWRITES(name, one)                                                                                  \
    static void name(peer_arrival *arrival) {                                                                \
        rewrite(arrival, one);                                                                               \
    }

REWRITES(write_modified_utf8, nul_to_c0_80)
REWRITES(read_as_latin_1, latin_1_to_utf8)
REWRITES(lose_four_octets, four_octets_to_question_mark)
REWRITES(write_surrogates, four_octets_to_surrogates)
REWRITES(replace_invalid, invalid_to_replacement)
REWRITES(drop_invalid, invalid_to_nothing)
REWRITES(drop_signatures, signature_to_nothing)
REWRITES(normalise, accent_to_letter)

/* A decoder that starts anew with each fragment. */
static void drop_signature_of_each_fragment(peer_arrival *arrival) {
    const uint64_t *memo = peer_memo(arrival->endpoint);
    ws_buffer *changed = peer_scratch(arrival->endpoint);
    remember_start(arrival);
    if (!is_text(arrival))
        return;
    const ws_buffer *text = arrival->message;
    for (size_t at = 0, next = 2; at < text->size; at++) {
        bool start = next <= memo[0] && at == memo[next];
        next += start;
        if (start && begins_with_signature(text->data + at, text->size - at))
            at += sizeof signature - 1;
        else
            (void)pass(text->data + at, 1, changed);
    }
    assign(arrival, changed->data, changed->size);
}

/* ------------------------------------------------------------------ validators with a hole */

/* What a validator takes for good. */
enum {
    LAX_OVERLONG_2 = 1 << 0,
    LAX_OVERLONG_3 = 1 << 1,
    LAX_OVERLONG_4 = 1 << 2,
    LAX_NUL = 1 << 3, /* C0 80 */
    LAX_HIGH_SURROGATE = 1 << 4,
    LAX_LOW_SURROGATE = 1 << 5,
    LAX_SURROGATE_PAIR = 1 << 6,
    LAX_BEYOND_F4 = 1 << 7, /* F4 90 and above */
    LAX_F5_TO_F7 = 1 << 8,
    LAX_FIVE = 1 << 9,
    LAX_SIX = 1 << 10,
    LAX_STRAY = 1 << 11,
    LAX_TRUNCATED = 1 << 12, /* at the end of the text */
    LAX_INTERRUPTED = 1 << 13,
    LAX_FE_FF = 1 << 14
};

/* Continuation octets behind the lead, at most what its length asks for. */
static size_t run_behind_lead(const uint8_t *text, size_t size, size_t length) {
    size_t run = 1;
    while (run < length && run < size && (text[run] & 0xc0) == 0x80)
        run++;
    return run;
}

/* Which hole a complete sequence would need; 0: none, it is good. */
static unsigned hole_for(const uint8_t *text, size_t size, size_t length) {
    bool pair = size >= 6 && text[0] == 0xed && (text[1] & 0xf0) == 0xa0 && text[3] == 0xed &&
                (text[4] & 0xf0) == 0xb0;
    switch (length) {
    case 2:
        return text[0] >= 0xc2                      ? 0
               : text[0] == 0xc0 && text[1] == 0x80 ? LAX_NUL | LAX_OVERLONG_2
                                                    : LAX_OVERLONG_2;
    case 3:
        if (text[0] == 0xe0 && text[1] < 0xa0)
            return LAX_OVERLONG_3;
        if (text[0] == 0xed && text[1] >= 0xa0)
            return (text[1] < 0xb0 ? LAX_HIGH_SURROGATE : LAX_LOW_SURROGATE) |
                   (pair ? LAX_SURROGATE_PAIR : 0u);
        return 0;
    case 4:
        if (text[0] == 0xf0 && text[1] < 0x90)
            return LAX_OVERLONG_4;
        return text[0] > 0xf4 ? LAX_F5_TO_F7 : text[0] == 0xf4 && text[1] >= 0x90 ? LAX_BEYOND_F4 : 0;
    default:
        return length == 5 ? LAX_FIVE : LAX_SIX;
    }
}

/* Octets of the piece at the beginning that the validator takes; 0: it refuses. */
static size_t lax_step(const uint8_t *text, size_t size, unsigned lax) {
    size_t length = sequence_length(text[0]);
    if (length == 0)
        return lax & (text[0] >= 0xfe ? LAX_FE_FF : LAX_STRAY) ? 1 : 0;
    size_t run = run_behind_lead(text, size, length);
    if (run < length)
        return lax & (run == size ? LAX_TRUNCATED : LAX_INTERRUPTED) ? run : 0;
    unsigned hole = length > 1 ? hole_for(text, size, length) : 0;
    if (hole && (hole & lax) == 0)
        return 0;
    return hole & lax & LAX_SURROGATE_PAIR ? 6 : length;
}

static bool passes(const uint8_t *text, size_t size, unsigned lax) {
    for (size_t at = 0; at < size;) {
        size_t step = lax_step(text + at, size - at, lax);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

static void refuse_text(peer_arrival *arrival) {
    arrival->act = PEER_FAIL;
    arrival->code = 1007;
}

#define LAX(name, holes)                                                                                     \
    static void name(peer_arrival *arrival) {                                                                \
        if (is_text(arrival) && !passes(arrival->message->data, arrival->message->size, holes))              \
            refuse_text(arrival);                                                                            \
    }

LAX(take_overlong_2, LAX_OVERLONG_2)
LAX(take_overlong_3, LAX_OVERLONG_3)
LAX(take_overlong_4, LAX_OVERLONG_4)
LAX(take_modified_nul, LAX_NUL)
LAX(take_surrogates, LAX_HIGH_SURROGATE | LAX_LOW_SURROGATE)
LAX(take_low_surrogates, LAX_LOW_SURROGATE)
LAX(take_surrogate_pairs, LAX_SURROGATE_PAIR)
LAX(take_beyond_f4, LAX_BEYOND_F4)
LAX(take_f5_to_f7, LAX_F5_TO_F7)
LAX(take_five_octets, LAX_FIVE)
LAX(take_six_octets, LAX_SIX)
LAX(take_stray, LAX_STRAY)
LAX(take_truncated, LAX_TRUNCATED)
LAX(take_interrupted, LAX_INTERRUPTED)
LAX(take_fe_ff, LAX_FE_FF)

/* ------------------------------------------------------------------ validators that leave something out */

static bool is_good(const uint8_t *text, size_t size) {
    return passes(text, size, 0);
}

static bool is_good_so_far(const uint8_t *text, size_t size) {
    return passes(text, size, LAX_TRUNCATED);
}

static size_t lesser(size_t a, size_t b) {
    return a < b ? a : b;
}

static void check_unfragmented_only(peer_arrival *arrival) {
    if (is_text(arrival) && !has_fragments(arrival) &&
        !is_good(arrival->message->data, arrival->message->size))
        refuse_text(arrival);
}

static void check_first_fragment_only(peer_arrival *arrival) {
    remember_start(arrival);
    if (!is_text(arrival))
        return;
    const ws_buffer *message = arrival->message;
    if (has_fragments(arrival) ? !is_good_so_far(message->data, (size_t)peer_memo(arrival->endpoint)[2])
                               : !is_good(message->data, message->size))
        refuse_text(arrival);
}

/* Continuation octets at its beginning belong to a code point of the fragment before. */
static void check_last_fragment_only(peer_arrival *arrival) {
    const ws_buffer *message = arrival->message;
    uint64_t *start = peer_memo(arrival->endpoint);
    if (arrival->event->type == WS_EVENT_DATA && !arrival->message_ends)
        *start = arrival->event->flags & WS_MESSAGE_START ? 0 : message->size;
    if (!is_text(arrival))
        return;
    size_t at = (size_t)*start;
    for (size_t i = 0; i < 3 && at > 0 && at < message->size && (message->data[at] & 0xc0) == 0x80; i++)
        at++;
    if (at < message->size && !is_good(message->data + at, message->size - at))
        refuse_text(arrival);
}

/* memo[0]: a control frame came inside the message; memo[1]: octets before it. */
static void check_up_to_control_frame(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    const ws_buffer *message = arrival->message;
    if (arrival->event->type != WS_EVENT_DATA) {
        if (arrival->inside_message && !memo[0]) {
            memo[0] = 1;
            memo[1] = message->size;
        }
        return;
    }
    if (arrival->event->flags & WS_MESSAGE_START && !arrival->message_ends)
        memo[0] = 0;
    if (is_text(arrival) &&
        (memo[0] ? !is_good_so_far(message->data, (size_t)memo[1]) : !is_good(message->data, message->size)))
        refuse_text(arrival);
}

/* Each fragment as if it were a piece of good text: it may begin and end inside a code point. */
static void check_fragments_apart(peer_arrival *arrival) {
    const uint64_t *memo = peer_memo(arrival->endpoint);
    remember_start(arrival);
    const ws_buffer *text = arrival->message;
    if (!is_text(arrival) || text->size == 0)
        return;
    for (size_t i = 1; i <= memo[0]; i++) {
        size_t at = (size_t)memo[i];
        size_t end = i < memo[0] ? (size_t)memo[i + 1] : text->size;
        for (size_t skipped = 0; i > 1 && skipped < 3 && at < end && (text->data[at] & 0xc0) == 0x80;
             skipped++)
            at++;
        bool good =
            i < memo[0] ? is_good_so_far(text->data + at, end - at) : is_good(text->data + at, end - at);
        if (!good)
            refuse_text(arrival);
    }
}

static void take_truncated_fragmented(peer_arrival *arrival) {
    unsigned lax = has_fragments(arrival) ? LAX_TRUNCATED : 0;
    if (is_text(arrival) && !passes(arrival->message->data, arrival->message->size, lax))
        refuse_text(arrival);
}

/* Any octet from 80 on goes on with what a good lead octet began. */
static void take_high_octets_behind_lead(peer_arrival *arrival) {
    const ws_buffer *text = arrival->message;
    for (size_t at = 0; is_text(arrival) && arrival->act == PEER_TAKE && at < text->size;) {
        size_t length = sequence_length(text->data[at]);
        size_t high = 1;
        while (high < length && at + high < text->size && text->data[at + high] >= 0x80)
            high++;
        bool lead = length >= 2 && length <= 4 && high == length;
        size_t step = lead ? length : lax_step(text->data + at, text->size - at, 0);
        if (step == 0)
            refuse_text(arrival);
        at += step;
    }
}

static void check_first_4096(peer_arrival *arrival) {
    if (is_text(arrival) && !is_good_so_far(arrival->message->data, lesser(arrival->message->size, 4096)))
        refuse_text(arrival);
}

/* A fast path for blocks of 16 octets of ASCII that looks at the first 8 of them. */
static void check_half_of_each_block(peer_arrival *arrival) {
    const ws_buffer *text = arrival->message;
    for (size_t at = 0; is_text(arrival) && arrival->act == PEER_TAKE && at < text->size;) {
        bool ascii = text->size - at >= 16;
        for (size_t i = 0; ascii && i < 8; i++)
            ascii = text->data[at + i] < 0x80;
        size_t step = ascii ? 16 : lax_step(text->data + at, text->size - at, 0);
        if (step == 0)
            refuse_text(arrival);
        at += step;
    }
}

static void drop_invalid_messages(peer_arrival *arrival) {
    if (is_text(arrival) && !is_good(arrival->message->data, arrival->message->size))
        arrival->act = PEER_SKIP;
}

static void take_truncated_reason(peer_arrival *arrival) {
    ws_span reason = arrival->event->payload;
    if (arrival->event->type == WS_EVENT_CLOSE && !is_good_so_far(reason.data, reason.size))
        refuse_text(arrival);
}

/* ------------------------------------------------------------------ validators that look too closely */

static void refuse_split_code_points(peer_arrival *arrival) {
    const ws_buffer *message = arrival->message;
    if (arrival->event->type == WS_EVENT_DATA && arrival->event->opcode == WS_TEXT &&
        !arrival->message_ends && (arrival->event->flags & WS_MESSAGE_START) == 0 &&
        !is_good(message->data, message->size))
        refuse_text(arrival);
}

static void refuse_octets(peer_arrival *arrival, const char *octets, size_t size) {
    const ws_buffer *text = arrival->message;
    for (size_t i = 0; is_text(arrival) && i + size <= text->size; i++)
        if (memcmp(text->data + i, octets, size) == 0)
            refuse_text(arrival);
}

#define REFUSES(name, octets)                                                                                \
    static void name(peer_arrival *arrival) {                                                                \
        refuse_octets(arrival, octets, sizeof(octets) - 1);                                                  \
    }

REFUSES(refuse_nul, "\0")
REFUSES(refuse_replacement, "\xef\xbf\xbd")
REFUSES(refuse_d7ff, "\xed\x9f\xbf")
REFUSES(refuse_e000, "\xee\x80\x80")
REFUSES(refuse_0378, "\xcd\xb8")
REFUSES(refuse_100000, "\xf4\x80\x80\x80")
REFUSES(refuse_10ffff, "\xf4\x8f\xbf\xbf")

/* Code points whose last 16 bits are FFFE or FFFF. */
static void refuse_noncharacters(peer_arrival *arrival) {
    const ws_buffer *text = arrival->message;
    for (size_t i = 2; is_text(arrival) && i < text->size; i++) {
        bool last = text->data[i - 1] == 0xbf && text->data[i] >= 0xbe;
        if (last && (text->data[i - 2] == 0xef ||
                     (i >= 3 && text->data[i - 3] >= 0xf0 && (text->data[i - 2] & 0x0f) == 0x0f)))
            refuse_text(arrival);
    }
}

static void refuse_four_octets(peer_arrival *arrival) {
    for (size_t i = 0; is_text(arrival) && i < arrival->message->size; i++)
        if (arrival->message->data[i] >= 0xf0)
            refuse_text(arrival);
}

static void refuse_control_characters(peer_arrival *arrival) {
    for (size_t i = 0; is_text(arrival) && i < arrival->message->size; i++)
        if (arrival->message->data[i] < ' ' && !is_white_space(arrival->message->data[i]))
            refuse_text(arrival);
}

/* A code point across the border of two blocks of 16 octets. */
static void refuse_code_points_across_blocks(peer_arrival *arrival) {
    for (size_t i = 16; is_text(arrival) && i < arrival->message->size; i += 16)
        if ((arrival->message->data[i] & 0xc0) == 0x80)
            refuse_text(arrival);
}

static void check_binary_messages(peer_arrival *arrival) {
    if (is_binary(arrival) && !is_good(arrival->message->data, arrival->message->size))
        refuse_text(arrival);
}

static void check_control_payload(peer_arrival *arrival, ws_event_type type) {
    if (arrival->event->type == type && !is_good(arrival->event->payload.data, arrival->event->payload.size))
        refuse_text(arrival);
}

static void check_pings(peer_arrival *arrival) {
    check_control_payload(arrival, WS_EVENT_PING);
}

static void check_pongs(peer_arrival *arrival) {
    check_control_payload(arrival, WS_EVENT_PONG);
}

/* memo[0]: a binary message has left the validator inside a code point. */
static void keep_state_of_binary(peer_arrival *arrival) {
    uint64_t *spoilt = peer_memo(arrival->endpoint);
    if (is_binary(arrival))
        *spoilt = !is_good(arrival->message->data, arrival->message->size);
    else if (is_text(arrival) && *spoilt && arrival->message->size > 0)
        refuse_text(arrival);
}

static void feed_pings_to_validator(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PING && arrival->inside_message &&
        arrival->event->payload.size > 0 && !is_good(arrival->message->data, arrival->message->size))
        refuse_text(arrival);
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_utf8[] = {
    /* ---- what is written */
    {.name = "read-as-latin-1",
     FAULT("Reads text as Latin-1 and echoes that as UTF-8."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.greek.one-frame",
     .on_arrival = read_as_latin_1},
    {.name = "modified-utf-8",
     FAULT("Writes NUL as C0 80."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-1",
     .on_arrival = write_modified_utf8},
    {.name = "cesu-8",
     FAULT("Writes code points beyond U+FFFF as encoded surrogates."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.inside-ascii.u-24b62",
     .on_arrival = write_surrogates},
    {.name = "four-octets-lost",
     FAULT("Writes a question mark for each code point beyond U+FFFF."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.last-of-length-4",
     .on_arrival = lose_four_octets},
    {.name = "signatures-dropped",
     FAULT("Leaves U+FEFF out of text, wherever it stands."),
     .requirement = "3629-6-01",
     .caught_by = "utf8.signature.inside",
     .on_arrival = drop_signatures},
    {.name = "signature-of-fragment-dropped",
     FAULT("Takes U+FEFF at the start of a continuation frame for a signature and leaves it out."),
     .requirement = "3629-6-01",
     .caught_by = "utf8.signature.first-in-second-frame",
     .on_arrival = drop_signature_of_each_fragment},
    {.name = "normalised",
     FAULT("Joins letters with their accents."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.not-normalised",
     .on_arrival = normalise},

    /* ---- what is taken */
    {.name = "overlong-2",
     FAULT("Takes overlong forms of two octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.slash.length-2",
     TOLERATES_TEXT,
     .on_arrival = take_overlong_2},
    {.name = "overlong-3",
     FAULT("Takes overlong forms of three octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.highest.length-3",
     TOLERATES_TEXT,
     .on_arrival = take_overlong_3},
    {.name = "overlong-4",
     FAULT("Takes overlong forms of four octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.highest.length-4",
     TOLERATES_TEXT,
     .on_arrival = take_overlong_4},
    {.name = "overlong-nul",
     FAULT("Takes C0 80 for NUL."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.nul.length-2",
     TOLERATES_TEXT,
     .on_arrival = take_modified_nul},
    {.name = "surrogates",
     FAULT("Takes encoded surrogates."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate.u-d800",
     TOLERATES_TEXT,
     .on_arrival = take_surrogates},
    {.name = "low-surrogates",
     FAULT("Takes encoded surrogates from U+DC00 on."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate.u-dfff",
     TOLERATES_TEXT,
     .on_arrival = take_low_surrogates},
    {.name = "surrogate-pairs",
     FAULT("Takes encoded pairs of surrogates."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-pair.d800-dc00",
     TOLERATES_TEXT,
     .on_arrival = take_surrogate_pairs},
    {.name = "beyond-10ffff",
     FAULT("Takes F4 90 80 80 and what follows it."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.boundary.u-110000",
     TOLERATES_TEXT,
     .on_arrival = take_beyond_f4},
    {.name = "lead-f5-to-f7",
     FAULT("Takes sequences of four octets that begin with F5 to F7."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.last-of-length-4",
     TOLERATES_TEXT,
     .on_arrival = take_f5_to_f7},
    {.name = "five-octets",
     FAULT("Takes sequences of five octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.first-of-length-5",
     TOLERATES_TEXT,
     .on_arrival = take_five_octets},
    {.name = "six-octets",
     FAULT("Takes sequences of six octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.last-of-length-6",
     TOLERATES_TEXT,
     .on_arrival = take_six_octets},
    {.name = "stray-octets",
     FAULT("Takes continuation octets without a lead octet."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.stray-continuation.80",
     TOLERATES_TEXT,
     .on_arrival = take_stray},
    {.name = "truncated-text",
     FAULT("Takes text that ends inside a code point."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.prefix.3-octets",
     TOLERATES_TEXT,
     .on_arrival = take_truncated},
    {.name = "interrupted-sequences",
     FAULT("Takes a lead octet with something else than continuation octets behind it."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.lead-then-space.length-2",
     TOLERATES_TEXT,
     .on_arrival = take_interrupted},
    {.name = "octets-fe-ff",
     FAULT("Takes the octets FE and FF."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.impossible-octets.ff",
     TOLERATES_TEXT,
     .on_arrival = take_fe_ff},
    {.name = "invalid-replaced",
     FAULT("Writes U+FFFD for what is not UTF-8 and echoes the rest."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.stray-continuation.bf",
     TOLERATES_TEXT,
     .on_arrival = replace_invalid},
    {.name = "invalid-dropped",
     FAULT("Leaves out what is not UTF-8 and echoes the rest."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.impossible-octets.fe",
     TOLERATES_TEXT,
     .on_arrival = drop_invalid},
    {.name = "invalid-messages-lost",
     FAULT("Loses text that is not UTF-8 and goes on."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-inside-text.one-frame",
     TOLERATES_TEXT,
     .on_arrival = drop_invalid_messages},

    /* ---- where it is not looked for */
    {.name = "fragmented-unchecked",
     FAULT("Does not check fragmented text."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-inside-text.octet-per-frame",
     TOLERATES_TEXT,
     .on_arrival = check_unfragmented_only},
    {.name = "first-fragment-checked",
     FAULT("Checks the first fragment of a text only."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.invalid.in-frame-2",
     TOLERATES_TEXT,
     .on_arrival = check_first_fragment_only},
    {.name = "last-fragment-checked",
     FAULT("Checks the last fragment of a text only."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.invalid.in-frame-1",
     TOLERATES_TEXT,
     .on_arrival = check_last_fragment_only},
    {.name = "unchecked-behind-control",
     FAULT("Does not check text behind a control frame inside it."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.fail-fast.between-frames.whole-sequence",
     TOLERATES_TEXT,
     .on_arrival = check_up_to_control_frame},
    {.name = "unchecked-behind-4096",
     FAULT("Checks the first 4096 octets of a text only."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.behind-4096-octets",
     TOLERATES_TEXT,
     .on_arrival = check_first_4096},
    {.name = "half-blocks-checked",
     FAULT("Looks at the first 8 of 16 octets that seem to be ASCII."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.at-octet-12",
     TOLERATES_TEXT,
     .on_arrival = check_half_of_each_block},
    {.name = "high-octets-continue",
     FAULT("Takes any octet from 80 on for one that continues a code point."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.range-edge.e180c0",
     TOLERATES_TEXT,
     .on_arrival = take_high_octets_behind_lead},
    {.name = "fragments-checked-apart",
     FAULT("Checks each fragment of a text alone and takes what is cut off at its edges for good."),
     .requirement = "6455-5.6-02",
     .caught_by = "utf8.invalid.cut.c3-28.frames",
     TOLERATES_TEXT,
     .on_arrival = check_fragments_apart},
    {.name = "truncated-fragmented-text",
     FAULT("Takes fragmented text that ends inside a code point."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.cut.f09d-84.frames",
     TOLERATES_TEXT,
     .on_arrival = take_truncated_fragmented},
    {.name = "reason-unchecked",
     FAULT("Does not check that the reason of a Close is UTF-8, and sends it back."),
     .requirement = "6455-8.1-01",
     .caught_by = "close.reason.invalid-utf8",
     TOLERATES_REASONS},
    {.name = "reason-truncated",
     FAULT("Takes a reason that ends inside a code point, and sends it back."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.close-reason.truncated",
     TOLERATES_REASONS,
     .on_arrival = take_truncated_reason},

    /* ---- what is refused */
    {.name = "split-by-frames-refused",
     FAULT("Refuses text whose frames are cut inside a code point."),
     .requirement = "6455-5.6-02",
     .caught_by = "utf8.valid.mixed.octet-per-frame",
     .on_arrival = refuse_split_code_points},
    {.name = "across-blocks-refused",
     FAULT("Refuses a code point that lies across the border of two blocks of 16 octets."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.across-octet-16",
     .on_arrival = refuse_code_points_across_blocks},
    {.name = "ping-in-code-point-refused",
     FAULT("Feeds the payload of pings to the validator of the text around them."),
     .requirement = "6455-5.4-09",
     .caught_by = "utf8.valid.ping-inside-code-point",
     .on_arrival = feed_pings_to_validator},
    {.name = "state-kept-from-binary",
     FAULT("Keeps the state of its validator from a binary message to the next text."),
     .requirement = "6455-6.2-05",
     .caught_by = "utf8.valid.behind-binary",
     .on_arrival = keep_state_of_binary},
    {.name = "nul-refused",
     FAULT("Refuses NUL in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-1",
     .on_arrival = refuse_nul},
    {.name = "control-characters-refused",
     FAULT("Refuses control characters in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.control-characters",
     .on_arrival = refuse_control_characters},
    {.name = "noncharacters-refused",
     FAULT("Refuses noncharacters in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.noncharacter.u-1fffe",
     .on_arrival = refuse_noncharacters},
    {.name = "replacement-refused",
     FAULT("Refuses U+FFFD in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-fffd",
     .on_arrival = refuse_replacement},
    {.name = "four-octets-refused",
     FAULT("Refuses code points of four octets in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-4",
     .on_arrival = refuse_four_octets},
    {.name = "u-d7ff-refused",
     FAULT("Refuses U+D7FF, the last code point before the surrogates."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-d7ff",
     .on_arrival = refuse_d7ff},
    {.name = "u-e000-refused",
     FAULT("Refuses U+E000, the first code point behind the surrogates."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-e000",
     .on_arrival = refuse_e000},
    {.name = "u-0378-refused",
     FAULT("Refuses U+0378, which Unicode has not assigned."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.every-code-point.0-7ff",
     .on_arrival = refuse_0378},
    {.name = "u-100000-refused",
     FAULT("Refuses U+100000, the first code point of the last plane."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.range-edge.u-100000",
     .on_arrival = refuse_100000},
    {.name = "u-10ffff-refused",
     FAULT("Refuses U+10FFFF, the last code point."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-10ffff",
     .on_arrival = refuse_10ffff},
    {.name = "binary-checked",
     FAULT("Refuses binary messages that are not UTF-8."),
     .requirement = "6455-5.6-04",
     .caught_by = "message.binary.length-125",
     .on_arrival = check_binary_messages},
    {.name = "pings-checked",
     FAULT("Refuses pings whose payload is not UTF-8."),
     .requirement = "6455-5.5.2-01",
     .caught_by = "ping.binary-payload",
     .on_arrival = check_pings},
    {.name = "pongs-checked",
     FAULT("Refuses pongs whose payload is not UTF-8."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "utf8.unchecked.pong",
     .on_arrival = check_pongs},

    {.name = NULL},
};
