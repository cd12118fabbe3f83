/* Streaming UTF-8 validation (RFC 3629 section 4; RFC 6455 8.1).
 *
 * A text may arrive in any pieces. Validation fails at the first octet that no well-formed text could
 * continue with: no later octet can make such a text valid.
 *
 *     ws_utf8 state = {0};
 *     size_t good = ws_utf8_feed(&state, piece, size);
 *     if (good < size) ...piece[good] is the offending octet...
 *     ...
 *     if (!ws_utf8_complete(&state)) ...the text ends inside a code point... */
#ifndef WIRE_UTF8_H
#define WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: between code points. */
typedef struct ws_utf8 {
    uint8_t needed;    /* continuation octets still to come, 0 to 3 */
    uint8_t low, high; /* allowed range of the next continuation octet while needed > 0 */
    bool failed;       /* an offending octet was seen; stays set */
} ws_utf8;

/* Returns how many octets are good: size, or the index of the offending octet. After a failure it
 * returns 0 for ever. size may be 0. */
size_t ws_utf8_feed(ws_utf8 *state, const uint8_t *text, size_t size);

/* The same, octet by octet. ws_utf8_feed is held equal to it by a test. */
size_t ws_utf8_feed_plain(ws_utf8 *state, const uint8_t *text, size_t size);

/* Whether the text may end here. */
static inline bool ws_utf8_complete(const ws_utf8 *state) {
    return !state->failed && state->needed == 0;
}

#endif
