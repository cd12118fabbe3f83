#include "wire/utf8.h"

#include <string.h>

/* What may follow a first octet, row by row of the grammar of RFC 3629 section 4. The ranges of the
 * second octet keep out the overlong forms (E0, F0), the surrogates (ED) and what lies above U+10FFFF
 * (F4); every later octet is 80-BF. First octets without a row begin nothing: 80-C1 and F5-FF. */
static const struct {
    uint8_t first, last; /* range of the first octet */
    uint8_t needed;      /* octets that follow it */
    uint8_t low, high;   /* range of the second octet */
} sequences[] = {
    {0x00, 0x7F, 0, 0x00, 0x00}, /* UTF8-1 */
    {0xC2, 0xDF, 1, 0x80, 0xBF}, /* UTF8-2 */
    {0xE0, 0xE0, 2, 0xA0, 0xBF}, /* UTF8-3 */
    {0xE1, 0xEC, 2, 0x80, 0xBF}, /* UTF8-3 */
    {0xED, 0xED, 2, 0x80, 0x9F}, /* UTF8-3 */
    {0xEE, 0xEF, 2, 0x80, 0xBF}, /* UTF8-3 */
    {0xF0, 0xF0, 3, 0x90, 0xBF}, /* UTF8-4 */
    {0xF1, 0xF3, 3, 0x80, 0xBF}, /* UTF8-4 */
    {0xF4, 0xF4, 3, 0x80, 0x8F}, /* UTF8-4 */
};

static bool begin_sequence(ws_utf8 *state, uint8_t octet) {
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        if (octet < sequences[i].first || octet > sequences[i].last)
            continue;
        *state = (ws_utf8){sequences[i].needed, sequences[i].low, sequences[i].high, false};
        return true;
    }
    return false;
}

static bool continue_sequence(ws_utf8 *state, uint8_t octet) {
    if (octet < state->low || octet > state->high)
        return false;
    if (state->needed == 1)
        *state = (ws_utf8){0};
    else
        *state = (ws_utf8){(uint8_t)(state->needed - 1), 0x80, 0xBF, false};
    return true;
}

size_t ws_utf8_feed_plain(ws_utf8 *state, const uint8_t *text, size_t size) {
    if (state->failed)
        return 0;
    for (size_t i = 0; i < size; i++) {
        bool good = state->needed > 0 ? continue_sequence(state, text[i]) : begin_sequence(state, text[i]);
        if (!good) {
            *state = (ws_utf8){.failed = true};
            return i;
        }
    }
    return size;
}

/* Whether eight octets are all below 80. Copied, because text has no alignment. */
static inline bool word_is_ascii(const uint8_t *text) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

static inline bool block_is_ascii(const uint8_t *text) {
    uint64_t words[4];
    memcpy(words, text, sizeof words);
    uint64_t any = words[0] | words[1] | words[2] | words[3];
    return (any & UINT64_C(0x8080808080808080)) == 0;
}

/* How many octets at the start of text are ASCII. */
static inline size_t ascii_run(const uint8_t *text, size_t size) {
    size_t run = 0;
    while (size - run >= 32 && block_is_ascii(text + run))
        run += 32;
    while (size - run >= 8 && word_is_ascii(text + run))
        run += 8;
    while (run < size && text[run] < 0x80)
        run++;
    return run;
}

static inline bool is_tail(uint8_t octet) {
    return (octet & 0xC0) == 0x80;
}

/* The size of the well-formed sequence of two to four octets at the start of text; 0 when there is none.
 * Four octets are readable. Overlong forms, surrogates and what lies above U+10FFFF are told by value:
 * the comparisons wrap around, so that each does for both ends of its range. */
static inline size_t sequence_size(const uint8_t text[4]) {
    if (text[0] < 0xE0)
        return text[0] >= 0xC2 && is_tail(text[1]) ? 2 : 0;
    if (!is_tail(text[1]) || !is_tail(text[2]))
        return 0;
    uint32_t point = (text[0] & 0x0Fu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
    if (text[0] < 0xF0)
        return point >= 0x800 && point - 0xD800 >= 0x800 ? 3 : 0;
    if (!is_tail(text[3]))
        return 0;
    point = point << 6 | (text[3] & 0x3Fu);
    return point - 0x10000 < 0x100000 ? 4 : 0;
}

/* How many octets at the start of text are whole code points, as far as that can be told quickly. */
static size_t whole_code_points(const uint8_t *text, size_t size) {
    size_t good = 0;
    while (good < size) {
        if (text[good] < 0x80) {
            good += ascii_run(text + good, size - good);
            continue;
        }
        size_t sequence = size - good >= 4 ? sequence_size(text + good) : 0;
        if (sequence == 0)
            break;
        good += sequence;
    }
    return good;
}

/* The plain machine sees the edges only: the code point that an earlier piece began, and the octets from
 * the first one that does not belong to a whole code point. There it fails or runs out within four. */
size_t ws_utf8_feed(ws_utf8 *state, const uint8_t *text, size_t size) {
    if (state->failed)
        return 0;
    size_t pending = state->needed < size ? state->needed : size;
    size_t good = ws_utf8_feed_plain(state, text, pending);
    if (good == size || state->failed)
        return good;
    good += whole_code_points(text + good, size - good);
    return good + ws_utf8_feed_plain(state, text + good, size - good);
}
