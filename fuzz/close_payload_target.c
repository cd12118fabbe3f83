/* The input as the payload of a Close frame, to a server and to a client: accepted if and only if it is
 * empty, or at most 125 octets of a code that may be sent (7.4) and a reason in UTF-8 (5.5.1); else with the
 * rule that is broken.
 *
 * Covers: ws_reader_feed, ws_close_classify, ws_close_sendable, ws_close_name, ws_utf8_feed */
#include "support.h"

#include "wire/close.h"
#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

static ws_violation expected_of(ws_span payload) {
    if (payload.size > WS_CONTROL_PAYLOAD_MAX)
        return WS_VIOLATION_CONTROL_TOO_LONG;
    if (payload.size == 1)
        return WS_VIOLATION_CLOSE_LENGTH;
    if (payload.size == 0)
        return WS_VIOLATION_NONE;
    unsigned code = (unsigned)(payload.data[0] << 8 | payload.data[1]);
    if (code < 1000 || code == 1005 || code == 1006 || code == 1015)
        return WS_VIOLATION_CLOSE_CODE;
    if (!fuzz_close_code_good(code))
        return WS_VIOLATION_CLOSE_UNASSIGNED;
    bool complete;
    size_t good = fuzz_utf8(payload.data + 2, payload.size - 2, &complete);
    return good == payload.size - 2 && complete ? WS_VIOLATION_NONE : WS_VIOLATION_CLOSE_REASON;
}

static void check_names(uint16_t code) {
    FUZZ_CHECK(ws_close_sendable(code) == fuzz_close_code_good(code), "whether %u may be sent is wrong",
               code);
    FUZZ_CHECK(ws_close_name(code) && ws_close_name(code)[0], "code %u has no name", code);
    ws_close_class class = ws_close_classify(code);
    FUZZ_CHECK((class == WS_CLOSE_OUTSIDE) == (code < 1000 || code > 4999), "code %u is on the wrong side",
               code);
    FUZZ_CHECK((class == WS_CLOSE_LIBRARY) == (code / 1000 == 3) &&
                   (class == WS_CLOSE_PRIVATE) == (code / 1000 == 4),
               "code %u is in the wrong range", code);
}

static void check_role(ws_role role, ws_span payload, const uint8_t key[4]) {
    ws_buffer stream;
    ws_buffer_init(&stream, 0);
    ws_frame frame = {.opcode = WS_CLOSE, .fin = true, .masked = role == WS_SERVER, .payload = payload};
    memcpy(frame.key, key, 4);
    fuzz_ok(ws_frame_emit(&frame, &stream));
    ws_reader *reader = fuzz_need(ws_reader_new(&(ws_reader_config){.role = role}));
    ws_event events[2];
    size_t count = 0;
    ws_reader_feed(reader, stream.data, stream.size, stream.data, events, 2, &count);
    FUZZ_CHECK(count == 1, "%zu events for one frame", count);
    ws_violation expected = expected_of(payload);
    ws_violation found = events[0].type == WS_EVENT_VIOLATION ? events[0].violation : WS_VIOLATION_NONE;
    FUZZ_CHECK(found == expected, "%s; expected: %s", ws_violation_describe(found)->text,
               ws_violation_describe(expected)->text);
    if (expected == WS_VIOLATION_NONE) {
        unsigned code =
            payload.size ? (unsigned)(payload.data[0] << 8 | payload.data[1]) : WS_CLOSE_NO_STATUS;
        ws_span reason = payload.size ? (ws_span){payload.data + 2, payload.size - 2} : payload;
        FUZZ_CHECK(events[0].type == WS_EVENT_CLOSE && events[0].close_code == code &&
                       ws_span_equal(events[0].payload, reason),
                   "code or reason is not what was sent");
    }
    ws_reader_free(reader);
    ws_buffer_clear(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ws_span payload = {data, size};
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    if (size >= 2)
        check_names((uint16_t)(data[0] << 8 | data[1]));
    check_role(WS_SERVER, payload, key);
    check_role(WS_CLIENT, payload, key);
    return 0;
}
