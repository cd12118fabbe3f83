/* The validator against a decoder that assembles code points (fuzz_utf8): the same first offending octet, the
 * same answer at the end, by the fast way and the plain one, whole and in pieces.
 *
 * Covers: ws_utf8_feed, ws_utf8_feed_plain, ws_utf8_complete */
#include "support.h"

#include "wire/utf8.h"

#include <stdlib.h>

typedef size_t (*feeder)(ws_utf8 *state, const uint8_t *text, size_t size);

/* The octets that are good, and whether the text may end behind the last one. */
static size_t in_pieces(feeder feed, ws_span text, size_t piece, bool *complete) {
    ws_utf8 state = {0};
    size_t good = 0;
    bool failed = false;
    size_t at = 0;
    do { /* a text of no octets is one piece */
        size_t size = text.size - at < piece ? text.size - at : piece;
        uint8_t *copy = fuzz_copy(text.data ? text.data + at : NULL, size);
        size_t taken = feed(&state, copy, size);
        FUZZ_CHECK(taken <= size, "more octets are good than there are");
        failed = taken < size;
        good += taken;
        FUZZ_CHECK(!failed || feed(&state, copy, size) == 0, "a text that failed goes on");
        free(copy);
        at += size;
    } while (at < text.size && !failed);
    FUZZ_CHECK(failed == state.failed, "the state forgets its failure");
    *complete = ws_utf8_complete(&state);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    size_t piece = 1 + fuzz_take_below(&input, 40);
    ws_span text = fuzz_rest(&input);
    bool expected_complete, complete;
    size_t expected = fuzz_utf8(text.data, text.size, &expected_complete);
    expected_complete = expected_complete && expected == text.size;
    static const feeder ways[] = {ws_utf8_feed, ws_utf8_feed_plain};
    for (size_t way = 0; way < 2; way++) {
        const size_t pieces[] = {text.size ? text.size : 1, piece, 1};
        for (size_t i = 0; i < 3; i++) {
            size_t good = in_pieces(ways[way], text, pieces[i], &complete);
            FUZZ_CHECK(good == expected && complete == expected_complete,
                       "%zu octets are good%s, but %zu%s; pieces of %zu", good,
                       complete ? " and complete" : "", expected, expected_complete ? " and complete" : "",
                       pieces[i]);
        }
    }
    return 0;
}
