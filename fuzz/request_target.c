/* An opening handshake as a server sees it: the parser of heads, then every rule of RFC 6455 4.2.1. The
 * answer for a beginning never contradicts that for the whole; a request in which nothing is found has
 * what 4.2.1 asks for; and what Host and key are is judged as by the functions for them alone.
 *
 * Covers: ws_http_parse, ws_http_head_free, ws_http_field_get, ws_http_field_count, ws_http_list_items,
 * ws_http_list_has, ws_http_has_finding, ws_http_emit, ws_handshake_check_request, ws_handshake_key_valid,
 * ws_handshake_describe, ws_uri_authority_valid */
#include "heads.h"

#include "wire/uri.h"

#include <string.h>

static bool is(ws_span text, const char *expected) {
    return ws_span_equal(text, ws_span_of(expected));
}

static bool single(const ws_http_head *head, const char *name) {
    return ws_http_field_count(head, name) == 1;
}

/* 4.2.1 and 4.1, as a list of what has to be there. */
static void check_impeccable(const ws_http_head *head) {
    FUZZ_CHECK(is(head->method, "GET") && (head->major > 1 || (head->major == 1 && head->minor >= 1)),
               "the request line is not as it must be");
    FUZZ_CHECK(single(head, "Host") && ws_uri_authority_valid(ws_http_field_get(head, "Host", 0)->value),
               "Host is not as it must be");
    FUZZ_CHECK(ws_http_list_has(head, "Upgrade", "websocket"), "Upgrade is not as it must be");
    FUZZ_CHECK(ws_http_list_has(head, "Connection", "Upgrade"), "Connection is not as it must be");
    FUZZ_CHECK(single(head, "Sec-WebSocket-Key") &&
                   ws_handshake_key_valid(ws_http_field_get(head, "Sec-WebSocket-Key", 0)->value),
               "Sec-WebSocket-Key is not as it must be");
    FUZZ_CHECK(single(head, "Sec-WebSocket-Version") &&
                   is(ws_http_field_get(head, "Sec-WebSocket-Version", 0)->value, "13"),
               "Sec-WebSocket-Version is not as it must be");
    FUZZ_CHECK(!ws_http_field_get(head, "Transfer-Encoding", 0), "a body is announced");
}

static void check_faults(const ws_http_head *head, const ws_handshake_report *report) {
    FUZZ_CHECK(ws_handshake_has(report, WS_HANDSHAKE_METHOD) == !is(head->method, "GET"),
               "the method is judged wrong");
    FUZZ_CHECK(ws_handshake_has(report, WS_HANDSHAKE_KEY_MISSING) ==
                   !ws_http_field_get(head, "Sec-WebSocket-Key", 0),
               "whether there is a key is judged wrong");
    FUZZ_CHECK(ws_handshake_has(report, WS_HANDSHAKE_HOST_REPEATED) ==
                   (ws_http_field_count(head, "Host") > 1),
               "the number of Host fields is judged wrong");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    ws_http_limits limits = fuzz_take_limits(&input);
    size_t cut = fuzz_take_below(&input, input.size + 1);
    if (cut > input.size)
        cut = input.size;
    ws_http_head *head = fuzz_read_head(fuzz_rest(&input), WS_HTTP_REQUEST, &limits, cut);
    if (!head)
        return 0;
    fuzz_check_head(head);
    ws_handshake_report report;
    fuzz_ok(ws_handshake_check_request(head, &report));
    fuzz_check_report(head, &report);
    if (report.count == 0)
        check_impeccable(head);
    else if (report.count < WS_HANDSHAKE_FINDINGS_MAX)
        check_faults(head, &report);
    ws_http_head_free(head);
    return 0;
}
