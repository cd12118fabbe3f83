/* The opening handshake of clients: responses that are judged wrong, requests that are wrong: RFC 6455 4. */
#include "peer/behaviour_private.h"
#include "peer/handshake_hooks.h"

#include <string.h>

/* ------------------------------------------------------------------ heads that come in */

/* The key of the request is in the memo. */
static bool refuse_unless_accept_matches(peer_endpoint *endpoint, const ws_http_head *response,
                                         bool (*alike)(ws_span, ws_span)) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    ws_span key = {(const uint8_t *)peer_memo(endpoint), WS_KEY_TEXT_SIZE};
    return ws_handshake_accept(key, accept) != WS_OK ||
           !alike(value_of(response, "Sec-WebSocket-Accept"), ws_span_of(accept));
}

static bool refuse_unless_accept_in_some_case(peer_endpoint *endpoint, const ws_http_head *response) {
    return refuse_unless_accept_matches(endpoint, response, ws_span_equal_nocase);
}

/* strncmp(value, expected, strlen(value)) */
static bool is_prefix(ws_span value, ws_span expected) {
    return ws_span_equal(value, first_octets(expected, value.size));
}

static bool refuse_unless_accept_is_prefix(peer_endpoint *endpoint, const ws_http_head *response) {
    return refuse_unless_accept_matches(endpoint, response, is_prefix);
}

static bool has_prefix(ws_span value, ws_span expected) {
    return ws_span_equal(first_octets(value, expected.size), expected);
}

static bool refuse_unless_accept_begins(peer_endpoint *endpoint, const ws_http_head *response) {
    return refuse_unless_accept_matches(endpoint, response, has_prefix);
}

static bool refuse_unless_status_200(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return response->status != 200 && response->status != 101;
}

static bool refuse_unless_redirect(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return response->status / 100 != 3 && response->status != 101;
}

static bool refuse_unless_error(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return response->status < 400 && response->status != 101;
}

static bool refuse_unless_426(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return response->status != 101 && response->status != 426;
}

static bool refuse_unless_white_space_ahead(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return !ws_http_field_get(response, "Sec-WebSocket-Accept", 0) &&
           !ws_http_has_finding(response, WS_HTTP_SPACE_BEFORE_FIRST);
}

static bool refuse_unless_chat_in_some_case(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return ws_http_field_get(response, "Sec-WebSocket-Protocol", 0) &&
           !is_name(value_of(response, "Sec-WebSocket-Protocol"), "chat");
}

static bool refuse_other_reason(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return !is_text(response->reason, "Switching Protocols");
}

static bool refuse_empty_reason(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return response->reason.size == 0;
}

/* What breaks the grammar and is not just empty. */
static bool refuse_bad_extensions(peer_endpoint *endpoint, const ws_http_head *response) {
    ws_span value = value_of(response, "Sec-WebSocket-Extensions");
    ws_extension_list *list = NULL;
    bool empty = true;
    (void)endpoint;
    for (size_t i = 0; i < value.size; i++)
        empty = empty && is_gap(value.data[i]);
    bool readable = ws_extension_parse(&value, 1, &list, NULL, NULL) == WS_OK;
    ws_extension_list_free(list);
    return !empty && !readable;
}

static bool refuse_several_subprotocols(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return ws_http_list_items(response, "Sec-WebSocket-Protocol", NULL, 0) > 1;
}

static bool refuse_set_cookies(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return ws_http_field_count(response, "Set-Cookie") > 1;
}

/* Content-Length of a 101, in one digit. */
static bool remember_length(peer_endpoint *endpoint, const ws_http_head *response) {
    ws_span length = value_of(response, "Content-Length");
    if (length.size == 1)
        peer_memo(endpoint)[0] = (uint64_t)(length.data[0] - '0');
    return false;
}

/* ------------------------------------------------------------------ octets that come in */

static bool refuse_interim(peer_endpoint *endpoint, ws_span octets) {
    (void)endpoint;
    return begins(octets, "HTTP/1.1 1") && !begins(octets, "HTTP/1.1 101");
}

/* The next octets are taken for the body of the 101. */
static void lose_body(peer_input *input) {
    uint64_t *left = peer_memo(input->endpoint);
    size_t lost = *left < input->size ? (size_t)*left : input->size;
    *left -= lost;
    input->size -= lost;
    memmove(input->bytes, input->bytes + lost, input->size);
}

/* ------------------------------------------------------------------ heads that go out */

static void remember_key(peer_head *head) {
    ws_http_line *key = peer_head_line(head, "Sec-WebSocket-Key");
    if (key && key->value.size == WS_KEY_TEXT_SIZE)
        memcpy(peer_memo(head->endpoint), key->value.data, WS_KEY_TEXT_SIZE);
}

/* Masked with a key of zeros; before the server has said yes. */
static void frame_behind_request(peer_head *head) {
    static const uint8_t frame[] = {0x89, 0x84, 0, 0, 0, 0, 'r', 'u', 's', 'h'};
    head->message.body = (ws_span){frame, sizeof frame};
}

static void empty_extensions(peer_head *head) {
    peer_head_remove_line(head, "Sec-WebSocket-Extensions");
    peer_head_append_line(head, "Sec-WebSocket-Extensions", (ws_span){NULL, 0});
}

static void url_safe_key(peer_head *head) {
    peer_head_set_value(head, "Sec-WebSocket-Key", ws_span_of("__-_-w8QERITFBUWFxgZGg=="));
}

/* The last digit with data is one of A, Q, g and w; the digit behind each has a bit that belongs to no octet.
 */
static void bits_behind_key(peer_head *head) {
    ws_http_line *key = peer_head_line(head, "Sec-WebSocket-Key");
    ws_buffer *text = peer_scratch(head->endpoint);
    if (!key || key->value.size != WS_KEY_TEXT_SIZE ||
        ws_buffer_append(text, key->value.data, key->value.size) != WS_OK)
        return;
    text->data[WS_KEY_TEXT_SIZE - 3]++;
    key->value = ws_buffer_span(text);
}

static void user_in_host(peer_head *head) {
    ws_http_line *host = peer_head_line(head, "Host");
    ws_buffer *text = peer_scratch(head->endpoint);
    if (host && ws_buffer_append_text(text, "user:secret@") == WS_OK &&
        ws_buffer_append(text, host->value.data, host->value.size) == WS_OK)
        host->value = ws_buffer_span(text);
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_handshake_client[] = {
    /* ---- responses that are to be refused */
    {.name = "client-takes-any-status",
     CLIENT_FAULT("Never looks at the status."),
     .requirement = "6455-4.1-41",
     .caught_by = "handshake.response.status-404",
     TOLERATES(STATUS)},
    {.name = "client-takes-200",
     CLIENT_FAULT("Takes 200 for a 101."),
     .requirement = "6455-4.1-41",
     .caught_by = "handshake.response.status-200",
     TOLERATES(STATUS),
     .refuse_response = refuse_unless_status_200},
    {.name = "client-takes-redirect",
     CLIENT_FAULT("Takes a redirect for a 101."),
     .requirement = "6455-4.1-42",
     .caught_by = "handshake.response.redirect",
     TOLERATES(STATUS),
     .refuse_response = refuse_unless_redirect},
    {.name = "client-takes-error-page",
     CLIENT_FAULT("Goes on behind an error page."),
     .requirement = "6455-4.1-41",
     .caught_by = "handshake.response.page-404",
     TOLERATES(STATUS),
     .refuse_response = refuse_unless_error},
    {.name = "client-takes-no-upgrade",
     CLIENT_FAULT("Does without Upgrade in the response."),
     .requirement = "6455-4.1-43",
     .caught_by = "handshake.response.upgrade-missing",
     TOLERATES(UPGRADE_MISSING)},
    {.name = "client-takes-any-upgrade",
     CLIENT_FAULT("Takes a response whatever Upgrade names."),
     .requirement = "6455-4.1-43",
     .caught_by = "handshake.response.upgrade-other",
     TOLERATES(UPGRADE_VALUE)},
    {.name = "client-takes-upgrade-beginning",
     CLIENT_FAULT("Looks only for websocket at the beginning of Upgrade."),
     .requirement = "6455-4.1-43",
     .caught_by = "handshake.response.upgrade-longer",
     TOLERATES(UPGRADE_VALUE),
     .refuse_response = peer_refuse_unless_begins,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "client-takes-upgrade-end",
     CLIENT_FAULT("Looks only for websocket at the end of Upgrade."),
     .requirement = "6455-4.1-43",
     .caught_by = "handshake.response.upgrade-prefixed",
     TOLERATES(UPGRADE_VALUE),
     .refuse_response = peer_refuse_unless_ends,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "client-takes-upgrade-cut-short",
     CLIENT_FAULT("Compares as many letters of Upgrade as there are."),
     .requirement = "6455-4.1-43",
     .caught_by = "handshake.response.upgrade-shorter",
     TOLERATES(UPGRADE_VALUE),
     .refuse_response = peer_refuse_unless_beginning_of_value,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "client-takes-no-connection",
     CLIENT_FAULT("Does without Connection in the response."),
     .requirement = "6455-4.1-44",
     .caught_by = "handshake.response.connection-missing",
     TOLERATES(CONNECTION_MISSING)},
    {.name = "client-takes-any-connection",
     CLIENT_FAULT("Takes a response whatever options Connection lists."),
     .requirement = "6455-4.1-44",
     .caught_by = "handshake.response.connection-other",
     TOLERATES(CONNECTION_VALUE)},
    {.name = "client-takes-connection-substring",
     CLIENT_FAULT("Looks for upgrade anywhere in Connection."),
     .requirement = "6455-4.1-44",
     .caught_by = "handshake.response.connection-prefixed",
     TOLERATES(CONNECTION_VALUE),
     .refuse_response = peer_refuse_unless_holds,
     .field = "Connection",
     .value = "upgrade"},
    {.name = "client-takes-no-accept",
     CLIENT_FAULT("Does without an Accept."),
     .requirement = "6455-4.1-45",
     .caught_by = "handshake.response.accept-missing",
     TOLERATES(ACCEPT_MISSING)},
    {.name = "client-takes-any-accept",
     CLIENT_FAULT("Never compares the Accept."),
     .requirement = "6455-4.1-45",
     .caught_by = "handshake.response.accept-of-another-key",
     TOLERATES(ACCEPT_WRONG)},
    {.name = "client-takes-accept-in-any-case",
     CLIENT_FAULT("Compares the Accept without regard to case."),
     .requirement = "6455-4.1-45",
     .caught_by = "handshake.response.accept-in-other-case",
     TOLERATES(ACCEPT_WRONG),
     .refuse_response = refuse_unless_accept_in_some_case,
     .edit_head = remember_key},
    {.name = "client-takes-accept-cut-short",
     CLIENT_FAULT("Compares as many digits of the Accept as there are."),
     .requirement = "6455-4.1-45",
     .caught_by = "handshake.response.accept-cut",
     TOLERATES(ACCEPT_WRONG),
     .refuse_response = refuse_unless_accept_is_prefix,
     .edit_head = remember_key},
    {.name = "client-takes-accept-with-tail",
     CLIENT_FAULT("Compares the first 28 digits of the Accept."),
     .requirement = "6455-4.1-45",
     .caught_by = "handshake.response.accept-longer",
     TOLERATES(ACCEPT_WRONG),
     .refuse_response = refuse_unless_accept_begins,
     .edit_head = remember_key},
    {.name = "client-takes-two-accepts",
     CLIENT_FAULT("Takes a response that has two Accept lines."),
     .requirement = "6455-11.3.3-01",
     .caught_by = "handshake.response.accept-twice-first",
     TOLERATES(ACCEPT_REPEATED)},
    {.name = "client-takes-any-extension",
     CLIENT_FAULT("Takes an extension that it did not offer."),
     .requirement = "6455-4.1-46",
     .caught_by = "handshake.response.extension-not-offered",
     TOLERATES(EXTENSION_UNOFFERED)},
    {.name = "client-takes-bad-extensions",
     CLIENT_FAULT("Passes over extensions that break the grammar."),
     .requirement = "6455-9.1-02",
     .caught_by = "handshake.response.extensions-open-quote",
     TOLERATES(EXTENSIONS_INVALID)},
    {.name = "client-takes-any-subprotocol",
     CLIENT_FAULT("Takes a subprotocol that it did not offer."),
     .requirement = "6455-4.1-47",
     .caught_by = "handshake.response.subprotocol-not-offered",
     TOLERATES(PROTOCOL_UNOFFERED)},
    {.name = "client-takes-several-subprotocols",
     CLIENT_FAULT("Takes a list of subprotocols."),
     .requirement = "6455-4.1-47",
     .caught_by = "handshake.response.subprotocol-list",
     TOLERATES(PROTOCOL_REPEATED)},

    /* ---- responses that are to be accepted */
    {.name = "client-refuses-other-case-of-upgrade",
     CLIENT_FAULT("Compares Upgrade letter by letter."),
     .requirement = "6455-4.1-43",
     .caught_by = "handshake.response.upgrade-mixed-case",
     .refuse_response = peer_refuse_unless_exactly,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "client-refuses-other-case-of-connection",
     CLIENT_FAULT("Looks for Upgrade in Connection letter by letter."),
     .requirement = "9110-7.6.1-01",
     .caught_by = "handshake.response.connection-lower-case",
     .refuse_response = peer_refuse_unless_spelled,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "client-refuses-second-connection-line",
     CLIENT_FAULT("Looks at the first Connection line alone."),
     .requirement = "9110-5.2-01",
     .caught_by = "handshake.response.connection-second-of-two-lines",
     .refuse_response = peer_refuse_unless_in_first_line,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "client-refuses-two-connection-lines",
     CLIENT_FAULT("Looks at the last Connection line alone."),
     .requirement = "9110-5.2-01",
     .caught_by = "handshake.response.connection-first-of-two-lines",
     .refuse_response = peer_refuse_unless_in_last_line,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "client-refuses-empty-elements",
     CLIENT_FAULT("Refuses a Connection list with empty elements."),
     .requirement = "9110-5.6.1.2-01",
     .caught_by = "handshake.response.connection-empty-elements",
     .refuse_response = peer_refuse_empty_elements,
     .field = "Connection"},
    {.name = "client-refuses-other-case-of-names",
     CLIENT_FAULT("Looks for Sec-WebSocket-Accept letter by letter."),
     .requirement = "9110-5.1-01",
     .caught_by = "handshake.response.names-in-lower-case",
     .refuse_response = peer_refuse_other_spelling,
     .field = "Sec-WebSocket-Accept"},
    {.name = "client-refuses-much-space",
     CLIENT_FAULT("Takes one space behind the colon and no other white space."),
     .requirement = "9112-5.1-02",
     .caught_by = "handshake.response.much-space-around-values",
     .refuse_response = peer_refuse_more_than_a_space,
     .field = "Sec-WebSocket-Accept"},
    {.name = "client-refuses-no-space",
     CLIENT_FAULT("Wants a space behind the colon."),
     .requirement = "9112-5.1-02",
     .caught_by = "handshake.response.no-space-behind-colon",
     .refuse_response = peer_refuse_less_than_a_space,
     .field = "Sec-WebSocket-Accept"},
    {.name = "client-wants-upgrade-first",
     CLIENT_FAULT("Wants Upgrade to be the first field."),
     .requirement = "6455-1.3-01",
     .caught_by = "handshake.response.order-reversed",
     .refuse_response = peer_refuse_unless_first,
     .field = "Upgrade"},
    {.name = "client-refuses-many-fields",
     CLIENT_FAULT("Refuses more than twenty fields."),
     .requirement = "9110-5.1-02",
     .caught_by = "handshake.response.thirty-unknown-fields",
     .refuse_response = peer_refuse_many_fields},
    {.name = "client-refuses-two-cookies",
     CLIENT_FAULT("Refuses several Set-Cookie lines."),
     .requirement = "6455-4.1-50",
     .caught_by = "handshake.response.fields-of-a-framework",
     .refuse_response = refuse_set_cookies},
    {.name = "client-wants-the-reason",
     CLIENT_FAULT("Compares the reason phrase."),
     .requirement = "9112-4-02",
     .caught_by = "handshake.response.reason-other",
     .refuse_response = refuse_other_reason},
    {.name = "client-wants-a-reason",
     CLIENT_FAULT("Refuses an empty reason phrase."),
     .requirement = "9112-4-02",
     .caught_by = "handshake.response.reason-empty",
     .refuse_response = refuse_empty_reason},
    {.name = "client-refuses-response-in-pieces",
     CLIENT_FAULT("Takes the first read for the whole response."),
     .requirement = "6455-4.1-40",
     .caught_by = "handshake.response.octet-by-octet",
     .refuse_octets = peer_refuse_pieces},
    {.name = "client-refuses-interim",
     CLIENT_FAULT("Takes the first head for the final response."),
     .requirement = "9110-15.2-02",
     .caught_by = "handshake.response.interim-100",
     .refuse_octets = refuse_interim},
    {.name = "client-reads-body-of-101",
     CLIENT_FAULT("Takes as many octets as Content-Length says for a body of the 101."),
     .requirement = "9112-6.3-01",
     .caught_by = "handshake.response.content-length",
     .refuse_response = remember_length,
     .on_input = lose_body},
    {.name = "client-loses-frames-behind-head",
     CLIENT_FAULT("Loses the frames that come in the same read as the end of the head."),
     .requirement = "6455-4.1-50",
     .caught_by = "handshake.response.frame-behind-it",
     .on_input = peer_lose_input_behind_head},
    {.name = "client-folds-case-by-unicode",
     CLIENT_FAULT("Compares Upgrade by the case rules of Unicode, where the Kelvin sign is a K."),
     .requirement = "6455-2.1-01",
     .caught_by = "handshake.response.letter-kelvin",
     TOLERATES(UPGRADE_VALUE),
     .refuse_response = peer_refuse_unless_kelvin,
     .field = "Upgrade",
     .value = "websoc\xe2\x84\xaa"
              "et"},
    {.name = "client-ends-values-at-nul",
     CLIENT_FAULT("Takes NUL for the end of Upgrade."),
     .requirement = "9110-5.5-02",
     .caught_by = "handshake.response.nul-in-upgrade",
     TOLERATES_BOTH(HTTP, UPGRADE_VALUE),
     .refuse_response = peer_refuse_unless_up_to_nul,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "client-ends-lines-at-cr",
     CLIENT_FAULT("Takes CR alone for the end of a line."),
     .requirement = "9112-2.2-04",
     .caught_by = "handshake.response.accept-behind-lone-cr",
     TOLERATES_BOTH(HTTP, ACCEPT_MISSING),
     .refuse_response = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Accept",
     .value = "\r"},
    {.name = "client-ends-lines-at-nel",
     CLIENT_FAULT("Splits the head where a library splits text: at octet 0x85, too."),
     .requirement = "9112-2.2-01",
     .caught_by = "handshake.response.accept-behind-nel",
     TOLERATES(ACCEPT_MISSING),
     .refuse_response = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Accept",
     .value = "\x85"},
    {.name = "client-takes-folds-for-fields",
     CLIENT_FAULT("Cuts the white space off the beginning of a fold and reads a field."),
     .requirement = "9112-5.2-03",
     .caught_by = "handshake.response.accept-in-a-fold",
     TOLERATES(ACCEPT_MISSING),
     .refuse_response = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Accept",
     .value = " "},
    {.name = "client-reads-white-space-ahead",
     CLIENT_FAULT("Reads a field in a line of white space ahead of the first."),
     .requirement = "9112-2.2-08",
     .caught_by = "handshake.response.accept-behind-white-space-ahead",
     TOLERATES_BOTH(HTTP, ACCEPT_MISSING),
     .refuse_response = refuse_unless_white_space_ahead},
    {.name = "client-compares-subprotocol-without-case",
     CLIENT_FAULT("Compares the subprotocol without regard to case."),
     .requirement = "7936-2-01",
     .caught_by = "handshake.response.subprotocol-in-other-case",
     TOLERATES(PROTOCOL_UNOFFERED),
     .refuse_response = refuse_unless_chat_in_some_case},
    {.name = "client-takes-426",
     CLIENT_FAULT("Goes on behind a 426 as if it were a 101."),
     .requirement = "6455-4.4-03",
     .caught_by = "handshake.response.status-426-13",
     TOLERATES(STATUS),
     .refuse_response = refuse_unless_426},

    /* ---- wrong requests */
    {.name = "request-is-post",
     CLIENT_FAULT("Asks with POST."),
     .requirement = "6455-4.1-19",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change_start_line,
     .value = "POST / HTTP/1.1"},
    {.name = "request-in-http-1-0",
     CLIENT_FAULT("Asks in HTTP/1.0."),
     .requirement = "6455-4.1-20",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change_start_line,
     .value = "GET / HTTP/1.0"},
    {.name = "request-with-fragment",
     CLIENT_FAULT("Sends the fragment of the URI along."),
     .requirement = "6455-3-05",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change_start_line,
     .value = "GET /#top HTTP/1.1"},
    {.name = "request-with-ws-uri",
     CLIENT_FAULT("Sends the whole ws URI as target."),
     .requirement = "6455-4.1-21",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change_start_line,
     .value = "GET ws://localhost/ HTTP/1.1"},
    {.name = "request-without-path",
     CLIENT_FAULT("Sends an empty path as it is."),
     .requirement = "9112-3.2.1-02",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change_start_line,
     .value = "GET ?room=1 HTTP/1.1"},
    {.name = "request-without-host",
     CLIENT_FAULT("Leaves Host out."),
     .requirement = "6455-4.1-22",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_leave_out,
     .field = "Host"},
    {.name = "request-with-two-hosts",
     CLIENT_FAULT("Sends Host twice."),
     .requirement = "9110-5.3-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_repeat,
     .field = "Host"},
    {.name = "request-with-user-in-host",
     CLIENT_FAULT("Sends the user's name and password in Host."),
     .requirement = "9112-3.2-04",
     .caught_by = "handshake.request.well-formed",
     .edit_head = user_in_host},
    {.name = "request-with-expect",
     CLIENT_FAULT("Expects 100-continue, with nothing to send behind it."),
     .requirement = "9110-10.1.1-02",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Expect",
     .value = "100-continue"},
    {.name = "request-with-empty-element",
     CLIENT_FAULT("Sends Connection: Upgrade and a comma."),
     .requirement = "9110-5.6.1.1-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Connection",
     .value = "Upgrade,"},
    {.name = "request-with-space-around-equals",
     CLIENT_FAULT("Writes spaces around the equals signs of its offer."),
     .requirement = "9110-5.6.3-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Extensions",
     .value = "permessage-deflate; client_max_window_bits = 15"},
    {.name = "request-with-uri-as-origin",
     CLIENT_FAULT("Sends the URI of its page as Origin."),
     .requirement = "6454-7.1-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Origin",
     .value = "http://localhost/page"},
    {.name = "request-with-bits-behind-the-key",
     CLIENT_FAULT("Sends a key whose last digit has bits of no octet."),
     .requirement = "4648-3.5-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = bits_behind_key},
    {.name = "request-without-upgrade",
     CLIENT_FAULT("Leaves Upgrade out."),
     .requirement = "6455-4.1-23",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_leave_out,
     .field = "Upgrade"},
    {.name = "request-with-other-upgrade",
     CLIENT_FAULT("Asks for WebSockets, in the plural."),
     .requirement = "6455-4.1-23",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Upgrade",
     .value = "WebSockets"},
    {.name = "request-without-connection",
     CLIENT_FAULT("Leaves Connection out."),
     .requirement = "6455-4.1-24",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_leave_out,
     .field = "Connection"},
    {.name = "request-with-other-connection",
     CLIENT_FAULT("Lists keep-alive alone in Connection."),
     .requirement = "6455-4.1-24",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Connection",
     .value = "keep-alive"},
    {.name = "request-without-key",
     CLIENT_FAULT("Leaves the key out."),
     .requirement = "6455-4.1-25",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_leave_out,
     .field = "Sec-WebSocket-Key"},
    {.name = "request-with-two-keys",
     CLIENT_FAULT("Sends the key twice."),
     .requirement = "6455-11.3.1-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_repeat,
     .field = "Sec-WebSocket-Key"},
    {.name = "request-with-key-of-15",
     CLIENT_FAULT("Makes a key of 15 octets."),
     .requirement = "6455-4.1-26",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Key",
     .value = "AQIDBAUGBwgJCgsMDQ4P"},
    {.name = "request-with-hexadecimal-key",
     CLIENT_FAULT("Sends the key in hexadecimal."),
     .requirement = "6455-4.1-26",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Key",
     .value = "0102030405060708090a0b0c0d0e0f10"},
    {.name = "request-with-url-safe-key",
     CLIENT_FAULT("Writes the key in the other alphabet of base64."),
     .requirement = "6455-4.3-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = url_safe_key},
    {.name = "request-without-version",
     CLIENT_FAULT("Leaves the version out."),
     .requirement = "6455-4.1-31",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_leave_out,
     .field = "Sec-WebSocket-Version"},
    {.name = "request-with-version-8",
     CLIENT_FAULT("Asks for the version of a draft."),
     .requirement = "6455-4.1-32",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Version",
     .value = "8"},
    {.name = "request-with-version-list",
     CLIENT_FAULT("Lists two versions."),
     .requirement = "6455-4.3-04",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Version",
     .value = "13, 8"},
    {.name = "request-with-two-versions",
     CLIENT_FAULT("Sends the version twice."),
     .requirement = "6455-11.3.5-02",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_repeat,
     .field = "Sec-WebSocket-Version"},
    {.name = "request-with-bad-extensions",
     CLIENT_FAULT("Ends its list of extensions with a semicolon."),
     .requirement = "6455-9.1-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Extensions",
     .value = "x-odd;"},
    {.name = "request-with-empty-extensions",
     CLIENT_FAULT("Offers an empty list of extensions."),
     .requirement = "6455-4.3-02",
     .caught_by = "handshake.request.well-formed",
     .edit_head = empty_extensions},
    {.name = "request-with-subprotocol-twice",
     CLIENT_FAULT("Offers a subprotocol twice."),
     .requirement = "6455-4.1-35",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Protocol",
     .value = "chat, chat"},
    {.name = "request-with-bad-subprotocol",
     CLIENT_FAULT("Offers a subprotocol that is no token."),
     .requirement = "6455-4.1-34",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Protocol",
     .value = "chat room"},
    {.name = "request-with-empty-subprotocols",
     CLIENT_FAULT("Offers an empty list of subprotocols."),
     .requirement = "6455-4.1-36",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Protocol",
     .value = ""},
    {.name = "request-with-body",
     CLIENT_FAULT("Sends a body with its request."),
     .requirement = "6455-4.1-18",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_add,
     .field = "Content-Length",
     .value = "5"},
    {.name = "request-with-bare-line-feeds",
     CLIENT_FAULT("Ends the lines of its request with LF alone."),
     .requirement = "6455-4.1-18",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_bare_line_feeds},
    {.name = "request-with-spaces-before-colons",
     CLIENT_FAULT("Writes spaces between the names and their colons."),
     .requirement = "9112-5.1-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_spaces_before_colons},
    {.name = "request-with-folded-fields",
     CLIENT_FAULT("Folds its fields."),
     .requirement = "9112-5.2-01",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_fold},
    {.name = "request-with-empty-line-ahead",
     CLIENT_FAULT("Sends an empty line before its request."),
     .requirement = "9112-2.2-05",
     .caught_by = "handshake.request.well-formed",
     .edit_head = peer_head_octets_before,
     .value = "\r\n"},
    {.name = "frame-behind-request",
     CLIENT_FAULT("Sends a ping before it has the response."),
     .requirement = "6455-4.1-39",
     .caught_by = "handshake.request.well-formed",
     .edit_head = frame_behind_request},

    /* ---- legal, or tolerated as requirements that can be read in two ways */
    {.name = "client-refuses-connection-list",
     CLIENT_VARIANT(
         "Wants nothing but Upgrade in Connection, which is what RFC 6455 4.2.2 has servers send."),
     .requirement = "6455-4.1-44",
     .refuse_response = peer_refuse_unless_is,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "client-takes-http-1-0", CLIENT_VARIANT("Takes HTTP/1.0 101."), TOLERATES(HTTP_VERSION)},
    {.name = "client-takes-upgrade-list",
     CLIENT_VARIANT("Takes a list in Upgrade."),
     TOLERATES(UPGRADE_LIST)},
    {.name = "client-takes-bad-http",
     CLIENT_VARIANT("Passes over lines that are no fields."),
     TOLERATES(HTTP)},
    {.name = "client-takes-empty-extensions",
     CLIENT_VARIANT("Takes an empty list of extensions for none."),
     TOLERATES(EXTENSIONS_INVALID),
     .refuse_response = refuse_bad_extensions},
    {.name = "client-takes-empty-subprotocol",
     CLIENT_VARIANT("Takes an empty subprotocol for none."),
     TOLERATES(PROTOCOL_REPEATED),
     .refuse_response = refuse_several_subprotocols},

    {.name = NULL},
};
