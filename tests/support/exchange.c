#include "support/exchange.h"

#include "support/guard.h"
#include "wire/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char exchange_request[] =
    "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
const char exchange_deflate_offer[] =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

static void require(bool fact, const char *what) {
    if (fact)
        return;
    fprintf(stderr, "exchange: %s\n", what);
    abort();
}

void exchange_start(exchange *x, const peer_options *options) {
    *x = (exchange){.role = options->role, .now = 1000};
    ws_buffer_init(&x->sent, 0);
    ws_buffer_init(&x->log, 0);
    x->endpoint = peer_endpoint_new(options);
    require(x->endpoint != NULL, "out of memory");
    peer_endpoint_connected(x->endpoint, x->now);
}

void exchange_stop(exchange *x) {
    peer_endpoint_free(x->endpoint);
    ws_buffer_clear(&x->sent);
    ws_buffer_clear(&x->log);
}

void exchange_take(exchange *x) {
    uint8_t piece[4096];
    size_t size;
    while ((size = peer_endpoint_output(x->endpoint, x->now, piece, sizeof piece)) > 0)
        require(ws_buffer_append(&x->sent, piece, size) == WS_OK, "out of memory");
}

static void give_piece(exchange *x, const uint8_t *bytes, size_t size) {
    if (size > 65536) {
        peer_endpoint_received(x->endpoint, x->now, bytes, size);
        return;
    }
    uint8_t *copy = guard_copy(bytes, size);
    peer_endpoint_received(x->endpoint, x->now, copy, size);
    guard_free(copy, size);
}

void exchange_give(exchange *x, const void *bytes, size_t size) {
    size_t most = x->cut ? x->cut : size;
    for (size_t at = 0; at < size; at += most) {
        give_piece(x, (const uint8_t *)bytes + at, size - at < most ? size - at : most);
        exchange_take(x);
    }
}

void exchange_give_text(exchange *x, const char *text) {
    exchange_give(x, text, strlen(text));
}

void exchange_append_frame(ws_buffer *out, ws_role endpoint, ws_frame frame) {
    frame.masked = endpoint == WS_SERVER;
    memcpy(frame.key, "\x37\xfa\x21\x3d", 4);
    require(ws_frame_emit(&frame, out) == WS_OK, "out of memory");
}

void exchange_give_frame(exchange *x, ws_frame frame) {
    ws_buffer octets;
    ws_buffer_init(&octets, 0);
    exchange_append_frame(&octets, x->role, frame);
    exchange_give(x, octets.data, octets.size);
    ws_buffer_clear(&octets);
}

void exchange_wait_until(exchange *x, int64_t now) {
    x->now = now;
    peer_endpoint_time(x->endpoint, now);
    exchange_take(x);
}

/* Every payload is printable or shown as a length. */
static void log_payload(ws_buffer *log, ws_span payload) {
    bool printable = payload.size <= 20;
    for (size_t i = 0; i < payload.size && printable; i++)
        printable = payload.data[i] >= 0x20 && payload.data[i] < 0x7f;
    if (payload.size == 0)
        return;
    if (printable)
        ws_buffer_printf(log, "(%.*s)", (int)payload.size, (const char *)payload.data);
    else
        ws_buffer_printf(log, "[%zu]", payload.size);
}

static void log_frame(ws_buffer *log, const ws_frame_header *header, ws_span payload, bool wrong_mask) {
    ws_buffer_printf(log, " %s%s%s", header->fin ? "" : "part-", header->rsv ? "compressed-" : "",
                     ws_opcode_name(header->opcode));
    if (wrong_mask)
        ws_buffer_append_text(log, "!");
    if (header->opcode == WS_CLOSE && payload.size >= 2) {
        ws_buffer_printf(log, " %u", (unsigned)(payload.data[0] << 8 | payload.data[1]));
        payload = (ws_span){payload.data + 2, payload.size - 2};
        if (payload.size > 20) /* a sentence of ws_violation_describe */
            payload.size = 0;
    }
    log_payload(log, payload);
}

/* Frames are read by hand here: what the endpoint sends may be wrong on purpose. */
static void log_frames(exchange *x, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at < size) {
        ws_frame_header header = {.fin = (bytes[at] & 0x80) != 0,
                                  .rsv = (bytes[at] >> 4) & 7,
                                  .opcode = bytes[at] & 15,
                                  .masked = (bytes[at + 1] & 0x80) != 0,
                                  .length = bytes[at + 1] & 0x7f};
        size_t octets = header.length == 126 ? 2 : header.length == 127 ? 8 : 0;
        at += 2;
        for (header.length = octets ? 0 : header.length; octets > 0; octets--)
            header.length = header.length << 8 | bytes[at++];
        uint8_t *payload = malloc((size_t)header.length + 1);
        memcpy(payload, bytes + at + (header.masked ? 4 : 0), (size_t)header.length);
        for (size_t i = 0; header.masked && i < header.length; i++)
            payload[i] ^= bytes[at + i % 4];
        log_frame(&x->log, &header, (ws_span){payload, (size_t)header.length},
                  header.masked != (x->role == WS_CLIENT));
        free(payload);
        at += (header.masked ? 4 : 0) + (size_t)header.length;
    }
    require(at == size, "the last frame is cut");
}

const char *exchange_log(exchange *x) {
    static const char *const wishes[] = {"", " <shutdown>", " <close>", " <reset>"};
    ws_http_kind kind = x->role == WS_SERVER ? WS_HTTP_RESPONSE : WS_HTTP_REQUEST;
    ws_http_head *head = NULL;
    x->log.size = 0;
    long used = x->sent.size ? ws_http_parse(x->sent.data, x->sent.size, kind, NULL, &head) : 0;
    if (used > 0 && kind == WS_HTTP_RESPONSE)
        ws_buffer_printf(&x->log, "%d", head->status);
    else if (used > 0)
        ws_buffer_printf(&x->log, "%.*s", (int)head->method.size, (const char *)head->method.data);
    bool framed = used > 0 && (kind == WS_HTTP_REQUEST || head->status == 101);
    ws_http_head_free(head);
    if (framed)
        log_frames(x, x->sent.data + used, x->sent.size - (size_t)used);
    ws_buffer_append_text(&x->log, wishes[peer_endpoint_wish(x->endpoint)]);
    ws_buffer_terminate(&x->log);
    return (const char *)x->log.data;
}

const char *exchange_field(exchange *x, const char *name, char *text, size_t size) {
    ws_http_kind kind = x->role == WS_SERVER ? WS_HTTP_RESPONSE : WS_HTTP_REQUEST;
    ws_http_head *head = NULL;
    require(ws_http_parse(x->sent.data, x->sent.size, kind, NULL, &head) > 0, "no head was sent");
    const ws_http_field *field = ws_http_field_get(head, name, 0);
    if (field)
        snprintf(text, size, "%.*s", (int)field->value.size, (const char *)field->value.data);
    ws_http_head_free(head);
    return field ? text : NULL;
}

/* Answers the endpoint's exchange_request; extra: further lines of the head. */
void exchange_give_response(exchange *x, const char *extra) {
    char key[64], accept[WS_ACCEPT_TEXT_SIZE + 1], text[1024];
    require(exchange_field(x, "Sec-WebSocket-Key", key, sizeof key) != NULL, "no key was sent");
    require(ws_handshake_accept(ws_span_of(key), accept) == WS_OK, "no digest");
    snprintf(text, sizeof text,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n%s\r\n",
             accept, extra);
    exchange_give_text(x, text);
}

void exchange_open(exchange *x, const peer_options *options, const char *extra) {
    exchange_start(x, options);
    if (options->role == WS_SERVER) {
        exchange_give_text(x, exchange_request);
        exchange_give_text(x, extra);
        exchange_give_text(x, "\r\n");
    } else {
        exchange_take(x);
        exchange_give_response(x, extra);
    }
    require(peer_endpoint_facts(x->endpoint)->opened, "the connection was not opened");
}

ws_frame exchange_text(const char *text) {
    return (ws_frame){.opcode = WS_TEXT, .fin = true, .payload = ws_span_of(text)};
}

ws_frame exchange_frame(uint8_t opcode, bool fin, const char *payload) {
    return (ws_frame){.opcode = opcode, .fin = fin, .payload = ws_span_of(payload)};
}

ws_frame exchange_close(uint16_t code, uint8_t payload[2]) {
    payload[0] = (uint8_t)(code >> 8);
    payload[1] = (uint8_t)code;
    return (ws_frame){.opcode = WS_CLOSE, .fin = true, .payload = {payload, 2}};
}

void exchange_give_close(exchange *x, uint16_t code) {
    uint8_t payload[2];
    exchange_give_frame(x, exchange_close(code, payload));
}
