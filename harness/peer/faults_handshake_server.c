/* The opening handshake of servers: requests that are judged wrong, answers that are wrong: RFC 6455 4. */
#include "peer/behaviour_private.h"
#include "peer/handshake_hooks.h"

#include <string.h>

/* ------------------------------------------------------------------ heads that come in */

static bool refuse_if_there(peer_endpoint *endpoint, const ws_http_head *head) {
    return ws_http_field_get(head, field_of(endpoint), 0) != NULL;
}

static bool refuse_if_empty(peer_endpoint *endpoint, const ws_http_head *head) {
    return value_of(head, field_of(endpoint)).size == 0;
}

static bool refuse_empty_value(peer_endpoint *endpoint, const ws_http_head *head) {
    return refuse_if_there(endpoint, head) && value_of(head, field_of(endpoint)).size == 0;
}

static bool refuse_tabs(peer_endpoint *endpoint, const ws_http_head *head) {
    return holds(value_of(head, field_of(endpoint)), "\t");
}

static bool refuse_other_method(peer_endpoint *endpoint, const ws_http_head *request) {
    return !is_text(request->method, "GET") && !is_text(request->method, text_of(endpoint));
}

static bool refuse_unless_empty_key(peer_endpoint *endpoint, const ws_http_head *request) {
    ws_span key = value_of(request, "Sec-WebSocket-Key");
    (void)endpoint;
    return key.size > 0 && !ws_handshake_key_valid(key);
}

static bool refuse_other_version(peer_endpoint *endpoint, const ws_http_head *request) {
    ws_span version = value_of(request, "Sec-WebSocket-Version");
    return !is_text(version, "13") && !is_text(version, text_of(endpoint));
}

static bool refuse_other_spelling_of_get(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return !is_name(request->method, "GET");
}

static bool refuse_unknown_extensions(peer_endpoint *endpoint, const ws_http_head *request) {
    return refuse_if_there(endpoint, request) &&
           !holds(value_of(request, field_of(endpoint)), "permessage-deflate");
}

static bool refuse_without_chat(peer_endpoint *endpoint, const ws_http_head *request) {
    return refuse_if_there(endpoint, request) && !ws_http_list_has(request, field_of(endpoint), "chat");
}

static bool refuse_http_1_2(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return request->minor == 2;
}

static bool refuse_unless_version_listed(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return !ws_http_list_has(request, "Sec-WebSocket-Version", "13");
}

static bool refuse_connection_before_upgrade(peer_endpoint *endpoint, const ws_http_head *request) {
    const ws_http_field *upgrade = ws_http_field_get(request, "Upgrade", 0);
    const ws_http_field *connection = ws_http_field_get(request, "Connection", 0);
    (void)endpoint;
    return connection->offset < upgrade->offset;
}

static bool refuse_query(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return holds(request->target, "?");
}

static bool refuse_absolute_target(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return request->target.size == 0 || request->target.data[0] != '/';
}

/* 12 and below, or 14 and above. */
static bool refuse_unless_older(peer_endpoint *endpoint, const ws_http_head *request) {
    ws_span version = value_of(request, "Sec-WebSocket-Version");
    (void)endpoint;
    return version.size == 0 || version.size > 2 || (version.size == 2 && version.data[1] > '3');
}

static bool refuse_unless_newer(peer_endpoint *endpoint, const ws_http_head *request) {
    ws_span version = value_of(request, "Sec-WebSocket-Version");
    (void)endpoint;
    return version.size != 2 || version.data[0] != '1' || version.data[1] < '3';
}

/* atoi */
static bool refuse_unless_13_and_more(peer_endpoint *endpoint, const ws_http_head *request) {
    ws_span version = value_of(request, "Sec-WebSocket-Version");
    (void)endpoint;
    return !begins(version, "13") || (version.size > 2 && version.data[2] >= '0' && version.data[2] <= '9');
}

static bool refuse_unless_13_comes_first(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return !is_text(value_of(request, "Sec-WebSocket-Version"), "13");
}

static bool refuse_unless_13_comes_last(peer_endpoint *endpoint, const ws_http_head *request) {
    size_t count = ws_http_field_count(request, "Sec-WebSocket-Version");
    (void)endpoint;
    return count == 0 ||
           !is_text(ws_http_field_get(request, "Sec-WebSocket-Version", count - 1)->value, "13");
}

/* A grammar that is broken in this way and no other. */
static bool refuse_other_deviation(const ws_http_head *head, ws_http_deviation kind) {
    for (size_t i = 0; i < head->finding_count; i++)
        if (head->findings[i].kind != kind && head->findings[i].kind != WS_HTTP_LEADING_EMPTY_LINE)
            return true;
    return false;
}

static bool refuse_unless_space_before_colon(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return refuse_other_deviation(request, WS_HTTP_SPACE_BEFORE_COLON);
}

static bool refuse_unless_no_colon(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return refuse_other_deviation(request, WS_HTTP_NO_COLON);
}

static bool refuse_unless_name(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return refuse_other_deviation(request, WS_HTTP_NAME);
}

static bool refuse_unless_bad_version_text(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return !ws_http_has_finding(request, WS_HTTP_VERSION) || refuse_other_deviation(request, WS_HTTP_VERSION);
}

static bool refuse_unless_white_space_ahead(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return !ws_http_field_get(request, "Sec-WebSocket-Key", 0) &&
           !ws_http_has_finding(request, WS_HTTP_SPACE_BEFORE_FIRST);
}

static bool refuse_long_target(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return request->target.size > 4000;
}

static bool refuse_other_host(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return !is_text(value_of(request, "Host"), "localhost");
}

static bool refuse_other_path(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return begins(request->target, "/wspect-serves-nothing");
}

/* A path that is not served is remembered, and refused by a Close frame once the connection is open. */
static bool remember_path(peer_endpoint *endpoint, const ws_http_head *request) {
    peer_memo(endpoint)[0] = refuse_other_path(endpoint, request);
    return false;
}

/* A version that is not spoken is remembered, and refused by a Close frame once the connection is open. */
static bool remember_version(peer_endpoint *endpoint, const ws_http_head *request) {
    peer_memo(endpoint)[0] = !is_text(value_of(request, "Sec-WebSocket-Version"), "13");
    return false;
}

static void close_if_remembered(peer_endpoint *endpoint, ws_role role) {
    static const uint8_t protocol_error[] = {0x03, 0xea};
    (void)role;
    if (peer_memo(endpoint)[0])
        peer_send_frame(endpoint,
                        &(ws_frame){.fin = true, .opcode = WS_CLOSE, .payload = {protocol_error, 2}});
}

/* ------------------------------------------------------------------ octets that come in */

static bool refuse_empty_line(peer_endpoint *endpoint, ws_span octets) {
    (void)endpoint;
    return begins(octets, "\r\n");
}

/* ------------------------------------------------------------------ heads that go out */

static void octets_behind(peer_head *head) {
    if (peer_head_opens(head))
        head->message.body = ws_span_of(text_of(head->endpoint));
}

static void cut_short(peer_head *head) {
    if (peer_head_opens(head))
        head->message.head_end = "";
}

static void empty_head(peer_head *head) {
    head->message = (ws_http_message){.start_end = "", .head_end = ""};
}

static void empty_opening(peer_head *head) {
    if (peer_head_opens(head))
        empty_head(head);
}

static void status_of_errors(peer_head *head) {
    if (head->status >= 400)
        head->message.start_line = ws_span_of(text_of(head->endpoint));
}

static bool holds_octets(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    for (size_t i = 0; i < request->field_count; i++)
        for (size_t k = 0; k < request->fields[i].value.size; k++)
            if (request->fields[i].value.data[k] >= 0x80)
                return true;
    return false;
}

static void break_down_on_octets(peer_head *head) {
    if (head->status == 400 && head->request && holds_octets(head->endpoint, head->request))
        head->message.start_line = ws_span_of("HTTP/1.1 500 Internal Server Error");
}

static void answer_in_hixie_76(peer_head *head) {
    if (head->status < 400 || !head->request || !ws_http_field_get(head->request, "Upgrade", 0) ||
        ws_http_field_get(head->request, "Sec-WebSocket-Version", 0))
        return;
    head->message.start_line = ws_span_of("HTTP/1.1 101 WebSocket Protocol Handshake");
    head->message.line_count = 0;
    peer_head_append_line(head, "Upgrade", ws_span_of("WebSocket"));
    peer_head_append_line(head, "Connection", ws_span_of("Upgrade"));
    peer_head_append_line(head, "Sec-WebSocket-Origin", value_of(head->request, "Origin"));
    peer_head_append_line(head, "Sec-WebSocket-Location", ws_span_of("ws://example.com/"));
}

static void status_403_for_origin(peer_head *head) {
    if (head->status == 400 && head->request && ws_http_field_get(head->request, "Origin", 0))
        head->message.start_line = ws_span_of("HTTP/1.1 403 Forbidden");
}

static void leave_out_of_426(peer_head *head) {
    if (head->status == 426)
        peer_head_remove_line(head, field_of(head->endpoint));
}

/* What is refused by the hook of the row still gets the answer of 4.4. */
static void name_version_in_refusal(peer_head *head) {
    if (head->status == 400)
        peer_head_append_line(head, "Sec-WebSocket-Version", ws_span_of("13"));
}

/* A refusal that never comes: the server ends the connection, or keeps it. */
static void no_refusal(peer_head *head) {
    if (head->status >= 400)
        empty_head(head);
}

static void status_of_400(peer_head *head) {
    if (head->status == 400)
        head->message.start_line = ws_span_of(text_of(head->endpoint));
}

static void change_in_426(peer_head *head) {
    if (head->status == 426)
        peer_head_set_value(head, field_of(head->endpoint), ws_span_of(text_of(head->endpoint)));
}

/* As if the next request could come, which nobody reads. */
static void refusal_without_close(peer_head *head) {
    if (head->status >= 400)
        peer_head_remove_line(head, "Connection");
}

static void frame_behind_refusal(peer_head *head) {
    ws_buffer *text = peer_scratch(head->endpoint);
    ws_span body = head->message.body;
    if (head->status < 400 || ws_buffer_append(text, body.data, body.size) != WS_OK ||
        ws_buffer_append_text(text, "\x81\x05"
                                    "early") != WS_OK)
        return;
    head->message.body = ws_buffer_span(text);
}

/* The end of TCP that keeps_tcp leaves out is made up for after a Close. */
static void end_behind_close(peer_emission *emission) {
    if (emission->frame.opcode != WS_CLOSE)
        return;
    peer_send_frame(emission->endpoint, &emission->frame);
    emission->act = PEER_END_TCP;
}

static void accept_of(peer_head *head, ws_span key) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    ws_buffer *text = peer_scratch(head->endpoint);
    if (ws_handshake_accept(key, accept) == WS_OK && ws_buffer_append_text(text, accept) == WS_OK)
        peer_head_set_value(head, "Sec-WebSocket-Accept", ws_buffer_span(text));
}

/* The key with each octet changed, a copy. */
static void accept_of_changed_key(peer_head *head, uint8_t (*changed)(uint8_t)) {
    uint8_t copy[64];
    if (head->status != 101)
        return;
    ws_span key = first_octets(value_of(head->request, "Sec-WebSocket-Key"), sizeof copy);
    for (size_t i = 0; i < key.size; i++)
        copy[i] = changed(key.data[i]);
    accept_of(head, (ws_span){copy, key.size});
}

static uint8_t lower(uint8_t octet) {
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 0x20) : octet;
}

static uint8_t upper(uint8_t octet) {
    return octet >= 'a' && octet <= 'z' ? (uint8_t)(octet - 0x20) : octet;
}

/* As in a query. */
static uint8_t plus_to_space(uint8_t octet) {
    return octet == '+' ? ' ' : octet;
}

static void accept_of_lower_key(peer_head *head) {
    accept_of_changed_key(head, lower);
}

static void accept_of_plus_as_space(peer_head *head) {
    accept_of_changed_key(head, plus_to_space);
}

static void accept_of_key_without_padding(peer_head *head) {
    if (head->status != 101)
        return;
    ws_span key = value_of(head->request, "Sec-WebSocket-Key");
    while (key.size > 0 && key.data[key.size - 1] == '=')
        key.size--;
    accept_of(head, key);
}

/* The value as it stands between colon and line end. */
static void accept_of_untrimmed_key(peer_head *head) {
    if (head->status != 101)
        return;
    ws_span key = value_of(head->request, "Sec-WebSocket-Key");
    while (key.size > 0 && is_blank(key.data[key.size]))
        key.size++;
    if (key.size > 0 && is_text((ws_span){key.data - 2, 2}, "  "))
        key = (ws_span){key.data - 1, key.size + 1};
    accept_of(head, key);
}

/* Decoded and encoded again: the four bits of padding are lost (RFC 4648 3.5). */
static void accept_of_canonical_key(peer_head *head) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t copy[WS_KEY_TEXT_SIZE];
    if (head->status != 101)
        return;
    ws_span key = value_of(head->request, "Sec-WebSocket-Key");
    const char *last = key.size == sizeof copy ? strchr(digits, key.data[21]) : NULL;
    if (!last)
        return;
    memcpy(copy, key.data, sizeof copy);
    copy[21] = (uint8_t)digits[(size_t)(last - digits) & 0x30];
    accept_of(head, (ws_span){copy, sizeof copy});
}

static void accept_is_key(peer_head *head) {
    if (head->status == 101)
        peer_head_set_value(head, "Sec-WebSocket-Accept", value_of(head->request, "Sec-WebSocket-Key"));
}

static void upper_case_accept(peer_head *head) {
    ws_http_line *accept = peer_head_line(head, "Sec-WebSocket-Accept");
    ws_buffer *text = peer_scratch(head->endpoint);
    if (!accept || ws_buffer_append(text, accept->value.data, accept->value.size) != WS_OK)
        return;
    for (size_t i = 0; i < text->size; i++)
        text->data[i] = upper(text->data[i]);
    accept->value = ws_buffer_span(text);
}

static void accept_without_padding(peer_head *head) {
    ws_http_line *accept = peer_head_line(head, "Sec-WebSocket-Accept");
    if (accept && accept->value.size > 0)
        accept->value.size--;
}

/* Into the answer what the request has in that field. */
static void mirror(peer_head *head) {
    const char *name = field_of(head->endpoint);
    ws_span value = head->status == 101 ? value_of(head->request, name) : (ws_span){NULL, 0};
    if (value.size == 0)
        return;
    peer_head_remove_line(head, name);
    peer_head_append_line(head, name, value);
}

/* Offers that cannot be read, as if they could. */
static void mirror_name_of_bad_extensions(peer_head *head) {
    ws_span offer =
        head->status == 101 ? value_of(head->request, "Sec-WebSocket-Extensions") : (ws_span){NULL, 0};
    if (begins(offer, "permessage-deflate") && !peer_head_line(head, "Sec-WebSocket-Extensions") &&
        (ends(offer, ";") || ends(offer, "=") || holds(offer, "\"")))
        peer_head_append_line(head, "Sec-WebSocket-Extensions", ws_span_of("permessage-deflate"));
}

static void mirror_bad_subprotocol(peer_head *head) {
    ws_span offer =
        head->status == 101 ? value_of(head->request, "Sec-WebSocket-Protocol") : (ws_span){NULL, 0};
    if (holds(offer, "/"))
        peer_head_append_line(head, "Sec-WebSocket-Protocol", offer);
}

static void deflate_unless_offered(peer_head *head) {
    if (head->status == 101 && !ws_http_field_get(head->request, "Sec-WebSocket-Extensions", 0))
        peer_head_append_line(head, "Sec-WebSocket-Extensions", ws_span_of("permessage-deflate"));
}

static void mirror_first_element(peer_head *head) {
    const char *name = field_of(head->endpoint);
    ws_span item;
    if (head->status == 101 && ws_http_list_items(head->request, name, &item, 1) > 0)
        peer_head_append_line(head, name, item);
}

/* Chooses the row's subprotocol by a comparison that is too easily content. */
static void choose_when(peer_head *head, bool (*like)(ws_span offered, const char *known)) {
    const char *name = "Sec-WebSocket-Protocol", *known = text_of(head->endpoint);
    ws_span items[8];
    size_t count = head->status == 101 ? ws_http_list_items(head->request, name, items, 8) : 0;
    for (size_t i = 0; i < count && i < 8; i++)
        if (like(items[i], known) && !peer_head_line(head, name))
            peer_head_append_line(head, name, ws_span_of(known));
}

static void choose_in_any_case(peer_head *head) {
    choose_when(head, is_name);
}

static void choose_by_beginning(peer_head *head) {
    choose_when(head, begins);
}

static void choose_by_end(peer_head *head) {
    choose_when(head, ends);
}

static void forget_later_protocol_lines(peer_head *head) {
    if (head->status == 101 && ws_http_field_count(head->request, "Sec-WebSocket-Protocol") > 1 &&
        !holds(value_of(head->request, "Sec-WebSocket-Protocol"), "chat"))
        peer_head_remove_line(head, "Sec-WebSocket-Protocol");
}

/* Splits at the comma inside a quoted string. */
static void deflate_from_quoted_string(peer_head *head) {
    const char *name = "Sec-WebSocket-Extensions";
    if (head->status == 101 && holds(value_of(head->request, name), "\", permessage-deflate\""))
        peer_head_append_line(head, name, ws_span_of("permessage-deflate"));
}

static void mirror_constructor(peer_head *head) {
    const char *name = "Sec-WebSocket-Extensions";
    if (head->status == 101 && is_text(value_of(head->request, name), "constructor"))
        peer_head_append_line(head, name, ws_span_of("constructor"));
}

static void mirror_elements(peer_head *head) {
    const char *name = field_of(head->endpoint);
    ws_span items[4];
    size_t count = head->status == 101 ? ws_http_list_items(head->request, name, items, 4) : 0;
    for (size_t i = 0; i < count && i < 4; i++)
        peer_head_append_line(head, name, items[i]);
}

/* In answer to a list that is empty of what the server knows. */
static void empty_if_offered(peer_head *head) {
    const char *name = field_of(head->endpoint);
    if (head->status == 101 && ws_http_field_get(head->request, name, 0) && !peer_head_line(head, name))
        peer_head_append_line(head, name, (ws_span){NULL, 0});
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_handshake_server[] = {
    /* ---- requests that are to be refused */
    {.name = "accepts-post",
     SERVER_FAULT("Accepts a handshake whose method is POST."),
     .requirement = "6455-4.2.1-03",
     .caught_by = "handshake.refuse.method-post",
     TOLERATES(METHOD),
     .refuse_request = refuse_other_method,
     .value = "POST"},
    {.name = "accepts-head",
     SERVER_FAULT("Accepts a handshake whose method is HEAD."),
     .requirement = "6455-4.2.1-03",
     .caught_by = "handshake.refuse.method-head",
     TOLERATES(METHOD),
     .refuse_request = refuse_other_method,
     .value = "HEAD"},
    {.name = "accepts-lower-case-method",
     SERVER_FAULT("Compares the method without regard to case."),
     .requirement = "9112-3.1-01",
     .caught_by = "handshake.refuse.method-lower-case",
     TOLERATES(METHOD),
     .refuse_request = refuse_other_spelling_of_get},
    {.name = "accepts-any-method",
     SERVER_FAULT("Never looks at the method."),
     .requirement = "6455-4.2.1-03",
     .caught_by = "handshake.refuse.method-unknown",
     TOLERATES(METHOD)},
    {.name = "accepts-http-1-0",
     SERVER_FAULT("Switches protocols in answer to HTTP/1.0."),
     .requirement = "9110-7.8-08",
     .caught_by = "handshake.refuse.http-1.0",
     TOLERATES(HTTP_VERSION)},
    {.name = "accepts-no-host",
     SERVER_FAULT("Does without Host."),
     .requirement = "9112-3.2-05",
     .caught_by = "handshake.refuse.host-missing",
     TOLERATES(HOST_MISSING)},
    {.name = "accepts-two-hosts",
     SERVER_FAULT("Takes the first of two Host lines."),
     .requirement = "9112-3.2-05",
     .caught_by = "handshake.refuse.host-twice",
     TOLERATES(HOST_REPEATED)},
    {.name = "accepts-any-host",
     SERVER_FAULT("Takes a Host that is no authority."),
     .requirement = "9112-3.2-05",
     .caught_by = "handshake.refuse.host-invalid",
     TOLERATES(HOST_INVALID)},
    {.name = "accepts-no-upgrade",
     SERVER_FAULT("Switches protocols although the request has no Upgrade."),
     .requirement = "6455-4.2.1-05",
     .caught_by = "handshake.refuse.upgrade-missing",
     TOLERATES(UPGRADE_MISSING)},
    {.name = "accepts-any-upgrade",
     SERVER_FAULT("Switches protocols whatever Upgrade names."),
     .requirement = "6455-4.2.1-05",
     .caught_by = "handshake.refuse.upgrade-other",
     TOLERATES(UPGRADE_VALUE)},
    {.name = "accepts-upgrade-beginning",
     SERVER_FAULT("Looks only for websocket at the beginning of Upgrade."),
     .requirement = "6455-4.2.1-05",
     .caught_by = "handshake.refuse.upgrade-longer",
     TOLERATES(UPGRADE_VALUE),
     .refuse_request = peer_refuse_unless_begins,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "accepts-upgrade-end",
     SERVER_FAULT("Looks only for websocket at the end of Upgrade."),
     .requirement = "6455-4.2.1-05",
     .caught_by = "handshake.refuse.upgrade-prefixed",
     TOLERATES(UPGRADE_VALUE),
     .refuse_request = peer_refuse_unless_ends,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "accepts-upgrade-cut-short",
     SERVER_FAULT("Compares as many letters of Upgrade as there are."),
     .requirement = "6455-4.2.1-05",
     .caught_by = "handshake.refuse.upgrade-shorter",
     TOLERATES(UPGRADE_VALUE),
     .refuse_request = peer_refuse_unless_beginning_of_value,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "accepts-no-connection",
     SERVER_FAULT("Switches protocols although the request has no Connection."),
     .requirement = "6455-4.2.1-06",
     .caught_by = "handshake.refuse.connection-missing",
     TOLERATES(CONNECTION_MISSING)},
    {.name = "accepts-any-connection",
     SERVER_FAULT("Switches protocols whatever options Connection lists."),
     .requirement = "6455-4.2.1-06",
     .caught_by = "handshake.refuse.connection-other",
     TOLERATES(CONNECTION_VALUE)},
    {.name = "accepts-connection-substring",
     SERVER_FAULT("Looks for upgrade anywhere in Connection."),
     .requirement = "6455-4.2.1-06",
     .caught_by = "handshake.refuse.connection-prefixed",
     TOLERATES(CONNECTION_VALUE),
     .refuse_request = peer_refuse_unless_holds,
     .field = "Connection",
     .value = "upgrade"},
    {.name = "accepts-connection-beginning",
     SERVER_FAULT("Looks only for upgrade at the beginning of Connection."),
     .requirement = "6455-4.2.1-06",
     .caught_by = "handshake.refuse.connection-longer",
     TOLERATES(CONNECTION_VALUE),
     .refuse_request = peer_refuse_unless_begins,
     .field = "Connection",
     .value = "upgrade"},
    {.name = "accepts-connection-split-at-spaces",
     SERVER_FAULT("Takes spaces for commas in Connection."),
     .requirement = "6455-4.2.1-06",
     .caught_by = "handshake.refuse.connection-by-space",
     TOLERATES(CONNECTION_VALUE),
     .refuse_request = peer_refuse_unless_word,
     .field = "Connection",
     .value = "upgrade"},
    {.name = "accepts-no-key",
     SERVER_FAULT("Answers without a key, over an empty one."),
     .requirement = "6455-4.2.1-07",
     .caught_by = "handshake.refuse.key-missing",
     TOLERATES(KEY_MISSING)},
    {.name = "accepts-empty-key",
     SERVER_FAULT("Takes an empty key."),
     .requirement = "6455-4.2.1-07",
     .caught_by = "handshake.refuse.key-empty",
     TOLERATES(KEY_INVALID),
     .refuse_request = refuse_unless_empty_key},
    {.name = "accepts-two-keys",
     SERVER_FAULT("Takes the first of two keys."),
     .requirement = "6455-11.3.1-01",
     .caught_by = "handshake.refuse.key-twice",
     TOLERATES(KEY_REPEATED)},
    {.name = "accepts-no-version",
     SERVER_FAULT("Does without a version."),
     .requirement = "6455-4.2.1-08",
     .caught_by = "handshake.refuse.version-missing",
     TOLERATES(VERSION_MISSING)},
    {.name = "accepts-any-version",
     SERVER_FAULT("Never looks at the version."),
     .requirement = "6455-4.2.2-09",
     .caught_by = "handshake.refuse.version-255",
     TOLERATES(VERSION_UNSUPPORTED)},
    {.name = "accepts-older-versions",
     SERVER_FAULT("Takes every version up to 13."),
     .requirement = "6455-4.2.2-09",
     .caught_by = "handshake.refuse.version-12",
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_unless_older,
     .edit_head = name_version_in_refusal},
    {.name = "accepts-newer-versions",
     SERVER_FAULT("Takes every version from 13 on."),
     .requirement = "6455-4.2.2-09",
     .caught_by = "handshake.refuse.version-14",
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_unless_newer,
     .edit_head = name_version_in_refusal},
    {.name = "accepts-version-as-number",
     SERVER_FAULT("Reads the version as a decimal fraction."),
     .requirement = "6455-4.2.1-08",
     .caught_by = "handshake.refuse.version-13.0",
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_other_version,
     .edit_head = name_version_in_refusal,
     .value = "13.0"},
    {.name = "accepts-version-with-tail",
     SERVER_FAULT("Stops reading the version at the first octet that is no digit."),
     .requirement = "6455-4.2.1-08",
     .caught_by = "handshake.refuse.version-with-a-tail",
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_unless_13_and_more,
     .edit_head = name_version_in_refusal},
    {.name = "accepts-version-modulo-2-32",
     SERVER_FAULT("Keeps 32 bits of the version."),
     .requirement = "6455-4.2.1-08",
     .caught_by = "handshake.refuse.version-beyond-32-bits",
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_other_version,
     .edit_head = name_version_in_refusal,
     .value = "4294967309"},
    {.name = "accepts-two-versions",
     SERVER_FAULT("Takes the first of two versions."),
     .requirement = "6455-11.3.5-02",
     .caught_by = "handshake.refuse.version-twice-13-8",
     TOLERATES(VERSION_REPEATED),
     .refuse_request = refuse_unless_13_comes_first},
    {.name = "accepts-last-of-two-versions",
     SERVER_FAULT("Takes the last of two versions."),
     .requirement = "6455-11.3.5-02",
     .caught_by = "handshake.refuse.version-twice-8-13",
     TOLERATES(VERSION_REPEATED),
     .refuse_request = refuse_unless_13_comes_last},
    {.name = "negotiates-bad-extensions",
     SERVER_FAULT("Agrees on permessage-deflate where the offer breaks the grammar."),
     .requirement = "6455-9.1-02",
     .caught_by = "handshake.refuse.extensions-open-end",
     TOLERATES(EXTENSIONS_INVALID),
     .edit_head = mirror_name_of_bad_extensions},
    {.name = "mirrors-bad-subprotocol",
     SERVER_FAULT("Answers with a subprotocol that is no token."),
     .requirement = "6455-4.2.2-15",
     .caught_by = "handshake.refuse.subprotocols-with-slash",
     TOLERATES(PROTOCOL_INVALID),
     .edit_head = mirror_bad_subprotocol},
    {.name = "accepts-space-before-colon",
     SERVER_FAULT("Passes over a space between a name and its colon."),
     .requirement = "9112-5.1-01",
     .caught_by = "handshake.refuse.space-before-colon",
     TOLERATES(HTTP),
     .refuse_request = refuse_unless_space_before_colon},
    {.name = "accepts-any-version-text",
     SERVER_FAULT("Takes for HTTP/1.1 whatever stands at the end of the request line."),
     .requirement = "9112-2.3-01",
     .caught_by = "handshake.refuse.http-other-name",
     TOLERATES_BOTH(HTTP, HTTP_VERSION),
     .refuse_request = refuse_unless_bad_version_text},
    {.name = "folds-case-by-unicode",
     SERVER_FAULT("Compares Upgrade by the case rules of Unicode, where the Kelvin sign is a K."),
     .requirement = "6455-2.1-01",
     .caught_by = "handshake.refuse.letter-kelvin",
     TOLERATES(UPGRADE_VALUE),
     .refuse_request = peer_refuse_unless_kelvin,
     .field = "Upgrade",
     .value = "websoc\xe2\x84\xaa"
              "et"},
    {.name = "ends-values-at-nul",
     SERVER_FAULT("Takes NUL for the end of Upgrade."),
     .requirement = "9110-5.5-02",
     .caught_by = "handshake.refuse.nul-in-upgrade",
     TOLERATES_BOTH(HTTP, UPGRADE_VALUE),
     .refuse_request = peer_refuse_unless_up_to_nul,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "ends-lines-at-cr",
     SERVER_FAULT("Takes CR alone for the end of a line."),
     .requirement = "9112-2.2-04",
     .caught_by = "handshake.refuse.key-behind-lone-cr",
     TOLERATES_BOTH(HTTP, KEY_MISSING),
     .refuse_request = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Key",
     .value = "\r"},
    {.name = "ends-lines-at-nel",
     SERVER_FAULT("Splits the head where a library splits text: at octet 0x85, too."),
     .requirement = "9112-2.2-01",
     .caught_by = "handshake.refuse.key-behind-nel",
     TOLERATES(KEY_MISSING),
     .refuse_request = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Key",
     .value = "\x85"},
    {.name = "ends-lines-at-line-separators",
     SERVER_FAULT("Splits the head where a library splits text: at U+2028, too."),
     .requirement = "9112-2.2-01",
     .caught_by = "handshake.refuse.key-behind-line-separator",
     TOLERATES(KEY_MISSING),
     .refuse_request = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Key",
     .value = "\xe2\x80\xa8"},
    {.name = "takes-folds-for-fields",
     SERVER_FAULT("Cuts the white space off the beginning of a fold and reads a field."),
     .requirement = "9112-5.2-02",
     .caught_by = "handshake.fold.key-inside",
     TOLERATES_BOTH(HTTP, KEY_MISSING),
     .refuse_request = peer_refuse_unless_hidden,
     .field = "Sec-WebSocket-Key",
     .value = " "},
    {.name = "reads-white-space-ahead",
     SERVER_FAULT("Reads a field in a line of white space ahead of the first."),
     .requirement = "9112-2.2-08",
     .caught_by = "handshake.refuse.key-behind-white-space-ahead",
     TOLERATES_BOTH(HTTP, KEY_MISSING),
     .refuse_request = refuse_unless_white_space_ahead},
    {.name = "takes-body-for-frames",
     SERVER_FAULT("Reads the body of a request as frames."),
     .requirement = "9112-6.3-04",
     .caught_by = "handshake.refuse.body-of-frames",
     TOLERATES(BODY)},

    /* ---- how they refuse */
    {.name = "refusal-without-version",
     SERVER_FAULT("Refuses an unknown version without naming the one it speaks."),
     .requirement = "6455-4.4-02",
     .caught_by = "handshake.refuse.version-14",
     .edit_head = leave_out_of_426,
     .field = "Sec-WebSocket-Version"},
    {.name = "refusal-without-upgrade",
     SERVER_FAULT("Answers 426 without Upgrade."),
     .requirement = "9110-7.8-06",
     .caught_by = "handshake.refuse.version-14",
     .edit_head = leave_out_of_426,
     .field = "Upgrade"},
    {.name = "refuses-version-by-close",
     SERVER_FAULT("Answers 101 to an unknown version and then sends Close 1002."),
     .requirement = "6455-4.2.2-09",
     .caught_by = "handshake.refuse.version-14",
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = remember_version,
     .on_open = close_if_remembered},
    {.name = "refusal-with-words-for-versions",
     SERVER_FAULT("Names a draft by its name among the versions that it speaks."),
     .requirement = "6455-4.3-07",
     .caught_by = "handshake.refuse.version-list-of-the-server",
     .edit_head = change_in_426,
     .field = "Sec-WebSocket-Version",
     .value = "13, hybi-8"},
    {.name = "refusal-without-option",
     SERVER_FAULT("Answers 426 with Upgrade, and does not list it in Connection."),
     .requirement = "9110-7.8-07",
     .caught_by = "handshake.refuse.says-what-it-speaks",
     .edit_head = change_in_426,
     .field = "Connection",
     .value = "close"},
    {.name = "refuses-path-by-close",
     SERVER_FAULT("Answers 101 for a path that it does not serve, and then sends a Close."),
     .requirement = "6455-4.2.2-10",
     .caught_by = "handshake.target.nothing-there",
     .refuse_request = remember_path,
     .on_open = close_if_remembered},
    {.name = "demands-credentials-without-challenge",
     SERVER_FAULT("Answers 401 without WWW-Authenticate."),
     .requirement = "9110-11.6.1-01",
     .caught_by = "handshake.target.nothing-there",
     .refuse_request = refuse_other_path,
     .edit_head = status_of_400,
     .value = "HTTP/1.1 401 Unauthorized"},
    {.name = "deaf-behind-refusal",
     SERVER_FAULT("Keeps the connection that it refused, and reads nothing more from it."),
     .requirement = "9112-6.3-03",
     .caught_by = "handshake.refused-then.request",
     .edit_head = refusal_without_close,
     .before_emit = end_behind_close,
     .keeps_tcp = true},
    {.name = "frame-behind-refusal",
     SERVER_FAULT("Sends a frame behind its refusal."),
     .requirement = "6455-4.2.1-02",
     .caught_by = "handshake.refused-then.frame",
     .edit_head = frame_behind_refusal},
    {.name = "never-refuses",
     SERVER_FAULT("Leaves bad requests without an answer and the connection open."),
     .requirement = "6455-4.2.1-02",
     .caught_by = "handshake.refuse.key-missing",
     .edit_head = no_refusal,
     .before_emit = end_behind_close,
     .keeps_tcp = true},
    {.name = "refusal-keeps-tcp",
     SERVER_FAULT("Says Connection: close when it refuses, and keeps the connection."),
     .requirement = "9112-9.6-01",
     .caught_by = "handshake.refusal-ends",
     .before_emit = end_behind_close,
     .keeps_tcp = true},
    {.name = "refuses-with-200",
     SERVER_FAULT("Refuses with status 200."),
     .requirement = "6455-4.2.1-02",
     .caught_by = "handshake.refuse.key-missing",
     .edit_head = status_of_errors,
     .value = "HTTP/1.1 200 OK"},
    {.name = "refuses-with-500",
     SERVER_FAULT("Takes every bad request for an error of its own."),
     .requirement = "9112-3.2-05",
     .caught_by = "handshake.refuse.host-missing",
     .edit_head = status_of_errors,
     .value = "HTTP/1.1 500 Internal Server Error"},

    {.name = "breaks-down-on-octets",
     SERVER_FAULT("Answers 500 when a field holds an octet beyond ASCII."),
     .requirement = "9112-2.2-01",
     .caught_by = "bug.handshake.cookie.octets",
     .refuse_request = holds_octets,
     .edit_head = break_down_on_octets},

    /* ---- requests that are to be accepted */
    {.name = "refuses-other-case-of-upgrade",
     SERVER_FAULT("Compares Upgrade letter by letter."),
     .requirement = "6455-4.2.1-05",
     .caught_by = "handshake.accept.upgrade-mixed-case",
     .refuse_request = peer_refuse_unless_exactly,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "refuses-other-case-of-connection",
     SERVER_FAULT("Looks for Upgrade in Connection letter by letter."),
     .requirement = "9110-7.6.1-01",
     .caught_by = "handshake.accept.connection-lower-case",
     .refuse_request = peer_refuse_unless_spelled,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "refuses-connection-list",
     SERVER_FAULT("Wants nothing but Upgrade in Connection."),
     .requirement = "6455-4.2.1-06",
     .caught_by = "handshake.accept.connection-list",
     .refuse_request = peer_refuse_unless_is,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "refuses-second-connection-line",
     SERVER_FAULT("Looks at the first Connection line alone."),
     .requirement = "9110-5.2-01",
     .caught_by = "handshake.accept.connection-second-of-two-lines",
     .refuse_request = peer_refuse_unless_in_first_line,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "refuses-two-connection-lines",
     SERVER_FAULT("Looks at the last Connection line alone."),
     .requirement = "9110-5.2-01",
     .caught_by = "handshake.accept.connection-first-of-two-lines",
     .refuse_request = peer_refuse_unless_in_last_line,
     .field = "Connection",
     .value = "Upgrade"},
    {.name = "refuses-empty-elements",
     SERVER_FAULT("Refuses a Connection list with empty elements."),
     .requirement = "9110-5.6.1.2-01",
     .caught_by = "handshake.accept.connection-empty-elements",
     .refuse_request = peer_refuse_empty_elements,
     .field = "Connection"},
    {.name = "refuses-tabs-in-list",
     SERVER_FAULT("Cuts spaces off the elements of Connection, and no tabs."),
     .requirement = "9110-5.5-01",
     .caught_by = "handshake.accept.connection-list-with-tabs",
     .refuse_request = refuse_tabs,
     .field = "Connection"},
    {.name = "refuses-other-case-of-names",
     SERVER_FAULT("Looks for Sec-WebSocket-Key letter by letter."),
     .requirement = "9110-5.1-01",
     .caught_by = "handshake.accept.names-in-lower-case",
     .refuse_request = peer_refuse_other_spelling,
     .field = "Sec-WebSocket-Key"},
    {.name = "refuses-much-space",
     SERVER_FAULT("Takes one space behind the colon and no other white space."),
     .requirement = "9112-5.1-02",
     .caught_by = "handshake.accept.much-space-around-values",
     .refuse_request = peer_refuse_more_than_a_space,
     .field = "Upgrade"},
    {.name = "refuses-no-space",
     SERVER_FAULT("Wants a space behind the colon."),
     .requirement = "9112-5.1-02",
     .caught_by = "handshake.accept.no-space-behind-colon",
     .refuse_request = peer_refuse_less_than_a_space,
     .field = "Upgrade"},
    {.name = "wants-host-first",
     SERVER_FAULT("Wants Host to be the first field."),
     .requirement = "6455-4.2.1-14",
     .caught_by = "handshake.accept.order-reversed",
     .refuse_request = peer_refuse_unless_first,
     .field = "Host"},
    {.name = "wants-upgrade-before-connection",
     SERVER_FAULT("Wants Upgrade before Connection."),
     .requirement = "6455-4.2.1-14",
     .caught_by = "handshake.accept.order-mixed",
     .refuse_request = refuse_connection_before_upgrade},
    {.name = "refuses-many-fields",
     SERVER_FAULT("Refuses more than twenty fields."),
     .requirement = "6455-4.2.1-13",
     .caught_by = "handshake.accept.thirty-unknown-fields",
     .refuse_request = peer_refuse_many_fields},
    {.name = "refuses-cookie",
     SERVER_FAULT("Refuses a request that has a Cookie."),
     .requirement = "6455-4.1-38",
     .caught_by = "handshake.accept.fields-of-a-browser",
     .refuse_request = refuse_if_there,
     .field = "Cookie"},
    {.name = "refuses-unknown-sec-websocket-field",
     SERVER_FAULT("Refuses a field that begins with Sec-WebSocket- and that it does not know."),
     .requirement = "6455-4.2.1-13",
     .caught_by = "handshake.accept.fields-of-a-browser",
     .refuse_request = refuse_if_there,
     .field = "Sec-WebSocket-Unknown"},
    {.name = "refuses-empty-field",
     SERVER_FAULT("Refuses a field with an empty value."),
     .requirement = "6455-4.2.1-13",
     .caught_by = "handshake.accept.fields-of-a-browser",
     .refuse_request = refuse_empty_value,
     .field = "X-Empty"},
    {.name = "refuses-query",
     SERVER_FAULT("Takes a target with a query for a bad request."),
     .requirement = "6455-4.2.1-03",
     .caught_by = "handshake.accept.query",
     .refuse_request = refuse_query},
    {.name = "refuses-absolute-target",
     SERVER_FAULT("Wants the target to begin with a slash."),
     .requirement = "9112-3.2.2-02",
     .caught_by = "handshake.accept.absolute-target",
     .refuse_request = refuse_absolute_target},
    {.name = "refuses-content-length",
     SERVER_FAULT("Refuses a request that has a Content-Length, be it zero."),
     .requirement = "6455-4.2.1-13",
     .caught_by = "handshake.accept.content-length-0",
     .refuse_request = refuse_if_there,
     .field = "Content-Length"},
    {.name = "refuses-request-in-pieces",
     SERVER_FAULT("Takes the first read for the whole request."),
     .requirement = "6455-4.2.1-01",
     .caught_by = "handshake.accept.octet-by-octet",
     .refuse_octets = peer_refuse_pieces},

    /* ---- wrong answers */
    {.name = "answers-200",
     SERVER_FAULT("Answers 200 where 101 belongs, with all other fields of it."),
     .requirement = "6455-4.2.2-20",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change_start_line,
     .value = "HTTP/1.1 200 OK"},
    {.name = "answers-http-1-0",
     SERVER_FAULT("Answers HTTP/1.0 101."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change_start_line,
     .value = "HTTP/1.0 101 Switching Protocols"},
    {.name = "answers-without-reason-space",
     SERVER_FAULT("Ends the status line behind the status code."),
     .requirement = "9112-4-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change_start_line,
     .value = "HTTP/1.1 101"},
    {.name = "answer-without-upgrade",
     SERVER_FAULT("Leaves Upgrade out of the 101."),
     .requirement = "6455-4.2.2-21",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_leave_out,
     .field = "Upgrade"},
    {.name = "answer-with-other-upgrade",
     SERVER_FAULT("Answers with Upgrade: WebSockets."),
     .requirement = "6455-4.2.2-21",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change,
     .field = "Upgrade",
     .value = "WebSockets"},
    {.name = "answer-with-upgrade-list",
     SERVER_FAULT("Answers with a list in Upgrade."),
     .requirement = "6455-4.2.2-21",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change,
     .field = "Upgrade",
     .value = "websocket, h2c"},
    {.name = "answer-without-connection",
     SERVER_FAULT("Leaves Connection out of the 101."),
     .requirement = "6455-4.2.2-22",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_leave_out,
     .field = "Connection"},
    {.name = "answer-with-other-connection",
     SERVER_FAULT("Answers with Connection: keep-alive."),
     .requirement = "6455-4.2.2-22",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change,
     .field = "Connection",
     .value = "keep-alive"},
    {.name = "answer-without-accept",
     SERVER_FAULT("Leaves Sec-WebSocket-Accept out of the 101."),
     .requirement = "6455-4.2.2-23",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_leave_out,
     .field = "Sec-WebSocket-Accept"},
    {.name = "accept-of-sample-key",
     SERVER_FAULT("Answers every key with the Accept of the one in RFC 6455."),
     .requirement = "6455-4.2.2-23",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Accept",
     .value = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    {.name = "accept-of-lower-case-key",
     SERVER_FAULT("Computes the Accept over the key in small letters."),
     .requirement = "6455-4.2.2-08",
     .caught_by = "handshake.usual",
     .edit_head = accept_of_lower_key},
    {.name = "accept-of-key-without-padding",
     SERVER_FAULT("Computes the Accept over the key without its padding."),
     .requirement = "6455-4.2.2-08",
     .caught_by = "handshake.usual",
     .edit_head = accept_of_key_without_padding},
    {.name = "accept-of-untrimmed-key",
     SERVER_FAULT("Computes the Accept over the key and the white space around it."),
     .requirement = "9110-5.5-01",
     .caught_by = "handshake.accept.much-space-around-values",
     .edit_head = accept_of_untrimmed_key},
    {.name = "accept-of-plus-as-space",
     SERVER_FAULT("Decodes the key as if it stood in a URL."),
     .requirement = "6455-4.2.2-08",
     .caught_by = "handshake.accept.key-with-plus-and-slash",
     .edit_head = accept_of_plus_as_space},
    {.name = "accept-of-canonical-key",
     SERVER_FAULT("Computes the Accept over the key as it would have written it."),
     .requirement = "6455-4.2.2-08",
     .caught_by = "handshake.accept.key-with-bits-behind-the-end",
     .edit_head = accept_of_canonical_key},
    {.name = "accept-is-key",
     SERVER_FAULT("Sends the key back as Accept."),
     .requirement = "6455-4.2.2-23",
     .caught_by = "handshake.usual",
     .edit_head = accept_is_key},
    {.name = "accept-in-upper-case",
     SERVER_FAULT("Sends the Accept in capitals."),
     .requirement = "6455-4.2.2-23",
     .caught_by = "handshake.usual",
     .edit_head = upper_case_accept},
    {.name = "accept-without-padding",
     SERVER_FAULT("Leaves the padding off the Accept."),
     .requirement = "6455-4.3-05",
     .caught_by = "handshake.usual",
     .edit_head = accept_without_padding},
    {.name = "accept-twice",
     SERVER_FAULT("Sends the Accept twice."),
     .requirement = "6455-11.3.3-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_repeat,
     .field = "Sec-WebSocket-Accept"},
    {.name = "subprotocol-not-offered",
     SERVER_FAULT("Names a subprotocol that nobody offered."),
     .requirement = "6455-4.2.2-11",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Protocol",
     .value = "chat"},
    {.name = "subprotocol-empty",
     SERVER_FAULT("Answers with an empty subprotocol to say none."),
     .requirement = "6455-4.2.2-14",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Protocol",
     .value = ""},
    {.name = "subprotocol-empty-when-offered",
     SERVER_FAULT("Answers an offer with an empty subprotocol to say none."),
     .requirement = "6455-4.2.2-14",
     .caught_by = "handshake.accept.unknown-subprotocols",
     .edit_head = empty_if_offered,
     .field = "Sec-WebSocket-Protocol"},
    {.name = "mirrors-subprotocols",
     SERVER_FAULT("Answers with the list of all subprotocols offered."),
     .requirement = "6455-4.2.2-15",
     .caught_by = "handshake.accept.unknown-subprotocols",
     .edit_head = mirror,
     .field = "Sec-WebSocket-Protocol"},
    {.name = "mirrors-first-subprotocol",
     SERVER_FAULT("Agrees to the first subprotocol offered, whatever it is."),
     .requirement = "6455-4.2.2-12",
     .caught_by = "handshake.accept.unknown-subprotocols",
     .edit_head = mirror_first_element,
     .field = "Sec-WebSocket-Protocol"},
    {.name = "mirrors-subprotocols-in-lines",
     SERVER_FAULT("Answers with a line for every subprotocol offered."),
     .requirement = "6455-11.3.4-02",
     .caught_by = "handshake.accept.unknown-subprotocols",
     .edit_head = mirror_elements,
     .field = "Sec-WebSocket-Protocol"},
    {.name = "subprotocol-in-any-case",
     SERVER_FAULT("Compares subprotocols without regard to case."),
     .requirement = "7936-2-01",
     .caught_by = "handshake.subprotocol.in-other-case",
     .edit_head = choose_in_any_case,
     .value = "chat"},
    {.name = "subprotocol-by-beginning",
     SERVER_FAULT("Takes a subprotocol that begins like the one it knows."),
     .requirement = "6455-4.2.2-11",
     .caught_by = "handshake.subprotocol.longer",
     .edit_head = choose_by_beginning,
     .value = "chat"},
    {.name = "subprotocol-by-end",
     SERVER_FAULT("Takes a subprotocol that ends like the one it knows."),
     .requirement = "6455-4.2.2-11",
     .caught_by = "handshake.subprotocol.prefixed",
     .edit_head = choose_by_end,
     .value = "chat"},
    {.name = "subprotocol-of-first-line",
     SERVER_FAULT("Looks at the first line of subprotocols alone."),
     .requirement = "6455-11.3.4-01",
     .caught_by = "handshake.subprotocol.second-of-two-lines",
     .edit_head = forget_later_protocol_lines},
    {.name = "deflate-from-quoted-string",
     SERVER_FAULT("Splits the list of extensions at a comma inside a quoted string."),
     .requirement = "9110-5.6.4-01",
     .caught_by = "handshake.extensions-quoted-comma-hides-an-offer",
     TOLERATES(EXTENSIONS_INVALID),
     .edit_head = deflate_from_quoted_string},
    {.name = "extension-of-prototype",
     SERVER_FAULT("Looks extensions up in an object, and finds its constructor."),
     .requirement = "6455-4.2.2-16",
     .caught_by = "handshake.accept.unknown-extension-constructor",
     .edit_head = mirror_constructor},
    {.name = "extension-not-offered",
     SERVER_FAULT("Lists an extension that nobody offered."),
     .requirement = "6455-4.2.2-17",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Extensions",
     .value = "x-odd"},
    {.name = "deflate-not-offered",
     SERVER_FAULT("Lists permessage-deflate to those who did not offer it."),
     .requirement = "6455-9-03",
     .caught_by = "handshake.usual",
     .edit_head = deflate_unless_offered},
    {.name = "extensions-empty",
     SERVER_FAULT("Answers with an empty list of extensions."),
     .requirement = "6455-4.2.2-18",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_add,
     .field = "Sec-WebSocket-Extensions",
     .value = ""},
    {.name = "mirrors-extensions",
     SERVER_FAULT("Answers with the extensions offered, known or not."),
     .requirement = "6455-4.2.2-16",
     .caught_by = "handshake.accept.unknown-extension-parameters",
     .edit_head = mirror,
     .field = "Sec-WebSocket-Extensions"},
    {.name = "empty-element-in-connection",
     SERVER_FAULT("Sends Connection: Upgrade and a comma."),
     .requirement = "9110-5.6.1.1-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_change,
     .field = "Connection",
     .value = "Upgrade,"},
    {.name = "space-around-equals",
     SERVER_FAULT("Writes spaces around the equals signs of its answer to permessage-deflate."),
     .requirement = "9110-5.6.3-01",
     .caught_by = "handshake.extensions-answer",
     .edit_head = peer_head_change,
     .field = "Sec-WebSocket-Extensions",
     .value = "permessage-deflate; client_max_window_bits = 15"},
    {.name = "bare-line-feeds",
     SERVER_FAULT("Ends the lines of the answer with LF alone."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_bare_line_feeds},
    {.name = "spaces-before-colons",
     SERVER_FAULT("Writes spaces between the names and their colons."),
     .requirement = "9112-5.1-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_spaces_before_colons},
    {.name = "folds-fields",
     SERVER_FAULT("Folds the fields of the answer."),
     .requirement = "9112-5.2-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_fold},
    {.name = "transfer-encoding-in-101",
     SERVER_FAULT("Sends a 101 with Transfer-Encoding."),
     .requirement = "9112-6.1-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_add,
     .field = "Transfer-Encoding",
     .value = "chunked"},
    {.name = "content-length-in-101",
     SERVER_FAULT("Sends a 101 with Content-Length."),
     .requirement = "9112-6.3-01",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_add,
     .field = "Content-Length",
     .value = "0"},
    {.name = "body-behind-101",
     SERVER_FAULT("Sends a page behind the 101."),
     .requirement = "9112-6.3-01",
     .caught_by = "handshake.usual",
     .edit_head = octets_behind,
     .value = "<html></html>"},
    {.name = "answers-twice",
     SERVER_FAULT("Sends a second head behind the 101."),
     .requirement = "6455-4.2.2-26",
     .caught_by = "handshake.usual",
     .edit_head = octets_behind,
     .value = "HTTP/1.1 200 OK\r\n\r\n"},
    {.name = "frame-before-101",
     SERVER_FAULT("Sends a ping before the 101."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_octets_before,
     .value = "\x89\x80\x01"},
    {.name = "log-before-101",
     SERVER_FAULT("Sends a line of its log before the 101."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_octets_before,
     .value = "connection accepted\r\n"},
    {.name = "empty-line-before-101",
     SERVER_FAULT("Sends an empty line before the 101."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = peer_head_octets_before,
     .value = "\r\n"},
    {.name = "never-answers",
     SERVER_FAULT("Takes the request and never answers."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = empty_opening},
    {.name = "never-ends-head",
     SERVER_FAULT("Leaves out the empty line behind the 101."),
     .requirement = "6455-4.2.2-19",
     .caught_by = "handshake.usual",
     .edit_head = cut_short},

    /* ---- legal, or tolerated as requirements that can be read in two ways */
    {.name = "accepts-any-key",
     SERVER_VARIANT("Takes a key that is not base64 of 16 octets, and answers over its text."),
     TOLERATES(KEY_INVALID),
     .refuse_request = refuse_if_empty,
     .field = "Sec-WebSocket-Key"},
    {.name = "speaks-version-8",
     SERVER_VARIANT("Speaks version 8 as well."),
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_other_version,
     .edit_head = name_version_in_refusal,
     .value = "8"},
    {.name = "accepts-line-without-colon",
     SERVER_VARIANT("Passes over a line that is no field."),
     TOLERATES(HTTP),
     .refuse_request = refuse_unless_no_colon},
    {.name = "accepts-version-with-leading-zero",
     SERVER_VARIANT("Takes version 013 for 13."),
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_other_version,
     .edit_head = name_version_in_refusal,
     .value = "013"},
    {.name = "accepts-version-list",
     SERVER_VARIANT("Finds 13 in a list of versions."),
     TOLERATES(VERSION_UNSUPPORTED),
     .refuse_request = refuse_unless_version_listed,
     .edit_head = name_version_in_refusal},
    {.name = "ignores-bad-extensions",
     SERVER_VARIANT("Goes on without extensions when an offer breaks the grammar."),
     TOLERATES(EXTENSIONS_INVALID)},
    {.name = "ignores-bad-subprotocols",
     SERVER_VARIANT("Goes on without a subprotocol when an offer breaks the grammar."),
     TOLERATES(PROTOCOL_INVALID)},
    {.name = "refuses-upgrade-list",
     SERVER_VARIANT("Wants websocket alone in Upgrade."),
     .refuse_request = peer_refuse_unless_is,
     .field = "Upgrade",
     .value = "websocket"},
    {.name = "refuses-http-1-2", SERVER_VARIANT("Refuses HTTP/1.2."), .refuse_request = refuse_http_1_2},
    {.name = "refuses-empty-line-ahead",
     SERVER_VARIANT("Refuses a request with an empty line ahead."),
     .requirement = "9112-2.2-06",
     .refuse_octets = refuse_empty_line},
    {.name = "refuses-unknown-extensions",
     SERVER_VARIANT("Refuses offers of extensions that it does not know."),
     .refuse_request = refuse_unknown_extensions,
     .field = "Sec-WebSocket-Extensions"},
    {.name = "refuses-unknown-subprotocols",
     SERVER_VARIANT("Refuses offers of subprotocols that it does not know."),
     .refuse_request = refuse_without_chat,
     .field = "Sec-WebSocket-Protocol"},
    {.name = "refuses-origin-with-403",
     SERVER_VARIANT("Refuses requests with an Origin, by its policy."),
     .refuse_request = refuse_if_there,
     .edit_head = status_403_for_origin,
     .field = "Origin"},
    {.name = "refuses-by-end",
     SERVER_VARIANT("Ends the connection without an answer to a bad request."),
     .edit_head = no_refusal},
    {.name = "refuses-with-400",
     SERVER_VARIANT("Refuses with 400 throughout."),
     .edit_head = status_of_errors,
     .value = "HTTP/1.1 400 Bad Request"},
    {.name = "answers-in-hixie-76",
     SERVER_VARIANT("Speaks the draft of 2010 with those who send no Sec-WebSocket-Version."),
     .edit_head = answer_in_hixie_76},
    {.name = "accepts-bad-names",
     SERVER_VARIANT("Takes fields whose names are no tokens."),
     TOLERATES(HTTP),
     .refuse_request = refuse_unless_name},
    {.name = "looks-at-no-target",
     SERVER_VARIANT("Serves whatever stands between method and version."),
     TOLERATES(TARGET)},
    {.name = "serves-its-own-host-only",
     SERVER_VARIANT("Refuses every Host but its own, letter by letter, as misdirected."),
     .refuse_request = refuse_other_host,
     .edit_head = status_of_400,
     .value = "HTTP/1.1 421 Misdirected Request"},
    {.name = "refuses-long-targets",
     SERVER_VARIANT("Answers 414 to targets beyond 4000 octets."),
     .requirement = "9112-3-04",
     .refuse_request = refuse_long_target,
     .edit_head = status_of_400,
     .value = "HTTP/1.1 414 URI Too Long"},
    {.name = "early-frames-are-lost",
     SERVER_VARIANT("Loses the octets that come in the same read as the end of the head."),
     .on_input = peer_lose_input_behind_head},

    {.name = NULL},
};
