/* The answer to an opening handshake as a client sees it, judged by every rule of RFC 6455 4.1 and 4.2.2
 * against an offer from the input. An answer in which nothing is found is a 101 that proves the key and names
 * only what was offered.
 *
 * Covers: ws_http_parse, ws_http_head_free, ws_http_field_get, ws_http_list_items,
 * ws_handshake_check_response, ws_handshake_accept, ws_handshake_key, ws_handshake_key_valid */
#include "heads.h"

#include <string.h>

static const char *const protocols[] = {"chat", "superchat", "v1.example"};
static const char *const extensions[] = {"permessage-deflate", "x-webkit-deflate-frame"};

static bool offered(ws_span name, const ws_span *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (ws_span_equal(name, list[i]))
            return true;
    return false;
}

static void check_impeccable(const ws_http_head *head, const ws_handshake_offer *offer) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    fuzz_ok(ws_handshake_accept(offer->key, accept));
    FUZZ_CHECK(head->major == 1 && head->minor == 1, "the version is not as it must be");
    const ws_http_field *proof = ws_http_field_get(head, "Sec-WebSocket-Accept", 0);
    FUZZ_CHECK(proof && ws_span_equal(proof->value, ws_span_of(accept)), "the key is not proved");
    FUZZ_CHECK(ws_http_list_has(head, "Upgrade", "websocket"), "Upgrade is not as it must be");
    FUZZ_CHECK(ws_http_list_has(head, "Connection", "Upgrade"), "Connection is not as it must be");
    const ws_http_field *protocol = ws_http_field_get(head, "Sec-WebSocket-Protocol", 0);
    FUZZ_CHECK(!protocol || offered(protocol->value, offer->protocols, offer->protocol_count),
               "a subprotocol is accepted that was not offered");
}

/* The key of RFC 6455 1.3, whose answer can be in a seed, or one that is made of the input. */
static ws_span take_key(fuzz_input *input, char text[WS_KEY_TEXT_SIZE + 1]) {
    uint8_t nonce[16];
    if (fuzz_take(input) % 8 != 7)
        return ws_span_of("dGhlIHNhbXBsZSBub25jZQ==");
    for (size_t i = 0; i < sizeof nonce; i++)
        nonce[i] = fuzz_take(input);
    ws_handshake_key(nonce, text);
    FUZZ_CHECK(strlen(text) == WS_KEY_TEXT_SIZE && ws_handshake_key_valid(ws_span_of(text)),
               "a key that is none");
    return ws_span_of(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    char text[WS_KEY_TEXT_SIZE + 1];
    ws_span offered_protocols[3], offered_extensions[2];
    for (size_t i = 0; i < 3; i++)
        offered_protocols[i] = ws_span_of(protocols[i]);
    for (size_t i = 0; i < 2; i++)
        offered_extensions[i] = ws_span_of(extensions[i]);
    ws_http_limits limits = fuzz_take_limits(&input);
    ws_handshake_offer offer = {.key = take_key(&input, text),
                                .protocols = offered_protocols,
                                .protocol_count = fuzz_take(&input) & 3,
                                .extensions = offered_extensions,
                                .extension_count = fuzz_take_below(&input, 3)};
    size_t cut = fuzz_take_below(&input, input.size + 1);
    if (cut > input.size)
        cut = input.size;
    ws_http_head *head = fuzz_read_head(fuzz_rest(&input), WS_HTTP_RESPONSE, &limits, cut);
    if (!head)
        return 0;
    fuzz_check_head(head);
    ws_handshake_report report;
    fuzz_ok(ws_handshake_check_response(head, &offer, &report));
    fuzz_check_report(head, &report);
    FUZZ_CHECK(ws_handshake_has(&report, WS_HANDSHAKE_STATUS) == (head->status != 101) ||
                   report.count == WS_HANDSHAKE_FINDINGS_MAX,
               "status %d is judged wrong", head->status);
    if (report.count == 0)
        check_impeccable(head, &offer);
    ws_http_head_free(head);
    return 0;
}
