/* The opening handshake of a case, in either role (RFC 6455 section 4). */
#include "play/session.h"

#include <stdio.h>
#include <string.h>

enum { HEAD_MAX = 65536 };

static void record_http(play_session *session, bool out, const uint8_t *bytes, size_t size) {
    play_entry *entry =
        play_trace_add(&session->trace, PLAY_ENTRY_HTTP, out, session->now - session->started);
    entry->length = size;
    play_trace_keep(&session->trace, entry, bytes, size, PLAY_TRACE_HTTP_MAX);
}

static void write_request(play_session *session) {
    const play_options *options = &session->options;
    ws_buffer *out = &session->text;
    uint8_t nonce[16];
    uint64_t words[2] = {session_random(session), session_random(session)};
    memcpy(nonce, words, sizeof nonce);
    ws_handshake_key(nonce, session->key);
    ws_status status =
        ws_buffer_printf(out,
                         "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n",
                         options->resource, options->authority, session->key);
    if (status == WS_OK && options->subprotocol)
        status = ws_buffer_printf(out, "Sec-WebSocket-Protocol: %s\r\n", options->subprotocol);
    for (size_t i = 0; status == WS_OK && i < options->header_count; i++)
        status = ws_buffer_printf(out, "%s: %s\r\n", options->headers[i].name, options->headers[i].value);
    if (status == WS_OK)
        status = ws_buffer_printf(out, "User-Agent: wspect/%s\r\n\r\n", WSPECT_VERSION);
    if (status != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    record_http(session, true, out->data, out->size);
}

void session_start_handshake(play_session *session) {
    session->state = SESSION_HANDSHAKE;
    session->handshake_deadline = session->now + session->options.handshake_timeout_us;
    if (session->options.role == WS_CLIENT)
        write_request(session);
}

static bool open_receiver(play_session *session) {
    uint32_t tolerate = 1u << WS_VIOLATION_CLOSE_UNASSIGNED;
    /* Autobahn has rules of its own about the Close frames it receives. */
    if (session->c->autobahn_rules)
        tolerate |= 1u << WS_VIOLATION_CLOSE_CODE | 1u << WS_VIOLATION_CLOSE_LENGTH |
                    1u << WS_VIOLATION_CLOSE_REASON | 1u << WS_VIOLATION_DATA_AFTER_CLOSE;
    ws_receiver_config config = {.reader = {.role = session->options.role, .tolerate = tolerate}};
    session->receiver = ws_receiver_new(&config);
    return session->receiver != NULL;
}

static void handshake_failed(play_session *session, const char *reason) {
    session_drop(session, false);
    session_finish(session, PLAY_FAILED, PLAY_CLOSE_FAILED, reason, false);
}

static void handshake_succeeded(play_session *session) {
    session->state = SESSION_OPEN;
    session->result.handshake_done = true;
    if (!open_receiver(session)) {
        session->out_of_memory = true;
        return;
    }
    session->director->opened(session);
}

static const char *keep_field(play_session *session, const ws_http_head *head, const char *name) {
    const ws_http_field *field = ws_http_field_get(head, name, 0);
    return field ? play_arena_copy(&session->arena, field->value.data, field->value.size) : NULL;
}

/* Deviations after which a client must fail the connection (4.1). Others are for the cases about handshakes
 * to judge; here they would fail every case for one defect. */
static bool fatal_in_response(ws_handshake_fault fault) {
    return fault != WS_HANDSHAKE_HTTP && fault != WS_HANDSHAKE_HTTP_VERSION &&
           fault != WS_HANDSHAKE_UPGRADE_LIST;
}

static void judge_response(play_session *session, const ws_http_head *head) {
    const play_options *options = &session->options;
    ws_span protocol = options->subprotocol ? ws_span_of(options->subprotocol) : (ws_span){NULL, 0};
    ws_handshake_offer offer = {.key = ws_span_of(session->key),
                                .protocols = options->subprotocol ? &protocol : NULL,
                                .protocol_count = options->subprotocol ? 1 : 0};
    ws_handshake_report report;
    session->result.agent = keep_field(session, head, "Server");
    if (head->status != 101) {
        handshake_failed(
            session,
            session_text(session, "opening handshake refused: the server answered status %d (RFC 6455 4.1)",
                         head->status));
        return;
    }
    if (ws_handshake_check_response(head, &offer, &report) != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < report.count; i++)
        if (fatal_in_response(report.findings[i].fault)) {
            const ws_handshake_fault_info *info = ws_handshake_describe(report.findings[i].fault);
            handshake_failed(session,
                             session_text(session, "opening handshake: %s (%s, at octet %zu of the response)",
                                          info->text, info->section, report.findings[i].offset));
            return;
        }
    handshake_succeeded(session);
}

/* Deviations without which no answer can be made; the others are for cases about handshakes. */
static bool fatal_in_request(ws_handshake_fault fault) {
    return fault == WS_HANDSHAKE_METHOD || fault == WS_HANDSHAKE_UPGRADE_MISSING ||
           fault == WS_HANDSHAKE_UPGRADE_VALUE || fault == WS_HANDSHAKE_CONNECTION_MISSING ||
           fault == WS_HANDSHAKE_CONNECTION_VALUE || fault == WS_HANDSHAKE_KEY_MISSING ||
           fault == WS_HANDSHAKE_KEY_REPEATED || fault == WS_HANDSHAKE_KEY_INVALID ||
           fault == WS_HANDSHAKE_VERSION_MISSING || fault == WS_HANDSHAKE_VERSION_REPEATED ||
           fault == WS_HANDSHAKE_VERSION_UNSUPPORTED;
}

static bool offers_protocol(const ws_http_head *head, const char *protocol) {
    ws_span items[64];
    size_t count = ws_http_list_items(head, "Sec-WebSocket-Protocol", items, 64);
    for (size_t i = 0; i < count && i < 64; i++)
        if (ws_span_equal(items[i], ws_span_of(protocol)))
            return true;
    return false;
}

static void write_response(play_session *session, const ws_http_head *head) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    const char *protocol = session->options.subprotocol;
    ws_buffer *out = &session->text;
    ws_status status = ws_handshake_accept(ws_http_field_get(head, "Sec-WebSocket-Key", 0)->value, accept);
    if (status == WS_OK)
        status = ws_buffer_printf(
            out,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: %s\r\n",
            accept);
    if (status == WS_OK && protocol && offers_protocol(head, protocol))
        status = ws_buffer_printf(out, "Sec-WebSocket-Protocol: %s\r\n", protocol);
    for (size_t i = 0; status == WS_OK && i < session->options.header_count; i++)
        status = ws_buffer_printf(out, "%s: %s\r\n", session->options.headers[i].name,
                                  session->options.headers[i].value);
    if (status == WS_OK)
        status = ws_buffer_printf(out, "Server: wspect/%s\r\n\r\n", WSPECT_VERSION);
    if (status != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    record_http(session, true, out->data, out->size);
}

static void judge_request(play_session *session, const ws_http_head *head) {
    ws_handshake_report report;
    session->result.agent = keep_field(session, head, "User-Agent");
    if (ws_handshake_check_request(head, &report) != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < report.count; i++)
        if (fatal_in_request(report.findings[i].fault)) {
            const ws_handshake_fault_info *info = ws_handshake_describe(report.findings[i].fault);
            if (ws_buffer_append_text(&session->text,
                                      "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\n"
                                      "Connection: close\r\nContent-Length: 0\r\n\r\n") == WS_OK)
                record_http(session, true, session->text.data, session->text.size);
            handshake_failed(session,
                             session_text(session, "opening handshake: %s (%s, at octet %zu of the request)",
                                          info->text, info->section, report.findings[i].offset));
            return;
        }
    write_response(session, head);
    handshake_succeeded(session);
}

size_t session_read_handshake(play_session *session, const uint8_t *bytes, size_t size) {
    bool response = session->options.role == WS_CLIENT;
    size_t before = session->head.size;
    size_t taken = size < HEAD_MAX + 1 - before ? size : HEAD_MAX + 1 - before;
    if (ws_buffer_append(&session->head, bytes, taken) != WS_OK) {
        session->out_of_memory = true;
        return size;
    }
    ws_http_head *head = NULL;
    ws_http_limits limits = {.max_size = HEAD_MAX};
    long used = ws_http_parse(session->head.data, session->head.size,
                              response ? WS_HTTP_RESPONSE : WS_HTTP_REQUEST, &limits, &head);
    if (used == 0)
        return taken;
    if (used == WS_ERR_MEMORY) {
        session->out_of_memory = true;
        return size;
    }
    record_http(session, false, session->head.data, used > 0 ? (size_t)used : session->head.size);
    if (used < 0) {
        handshake_failed(session,
                         session_text(session, "opening handshake: the peer's octets are no HTTP/1.1 %s%s",
                                      response ? "response" : "request",
                                      used == WS_ERR_LIMIT ? " within 64 KiB and 1000 fields" : ""));
        return size;
    }
    if (response)
        judge_response(session, head);
    else
        judge_request(session, head);
    ws_http_head_free(head);
    return (size_t)used - before;
}
