#include "peer/endpoint_private.h"
#include "wire/close.h"

#include <string.h>

enum { REASON_MAX = WS_CONTROL_PAYLOAD_MAX - 2 };

/* ------------------------------------------------------------------ sending frames */

static ws_status hold_back(peer_endpoint *endpoint, int64_t due, const ws_frame *frame) {
    size_t before = endpoint->late.size;
    ws_status status = ws_frame_emit(frame, &endpoint->late);
    if (status != WS_OK)
        return status;
    peer_late_frame mark = {due, endpoint->late.size - before};
    status = ws_buffer_append(&endpoint->dues, &mark, sizeof mark);
    if (status != WS_OK)
        endpoint->late.size = before;
    return status;
}

static ws_frame masked_for(peer_endpoint *endpoint, ws_frame frame, bool masked) {
    frame.masked = masked;
    if (masked) {
        uint64_t key = peer_random(endpoint);
        memcpy(frame.key, &key, sizeof frame.key);
    }
    return frame;
}

static bool append_frame(peer_endpoint *endpoint, peer_purpose purpose, const ws_frame *frame) {
    int64_t delay = endpoint->behaviour->answer_delay_us;
    bool pong_late = purpose == PEER_SENDS_PONG && !endpoint->behaviour->pongs_at_once;
    bool late = delay > 0 && (purpose == PEER_SENDS_ECHO || pong_late);
    ws_status status =
        late ? hold_back(endpoint, endpoint->now + delay, frame) : ws_frame_emit(frame, &endpoint->output);
    if (status != WS_OK) {
        peer_endpoint_reset(endpoint);
        return false;
    }
    endpoint->emitted++;
    return true;
}

/* Every frame that the endpoint sends of itself goes through here. False when the connection is over instead.
 */
static bool emit(peer_endpoint *endpoint, peer_purpose purpose, const ws_event *event, ws_frame frame) {
    const peer_behaviour *behaviour = endpoint->behaviour;
    ws_role role = endpoint->options.role;
    peer_emission emission = {
        .endpoint = endpoint,
        .role = role,
        .purpose = purpose,
        .event = event,
        .number = endpoint->emitted,
        .close_sent = endpoint->facts.close_sent,
        .frame = masked_for(endpoint, frame, (role == WS_CLIENT) != behaviour->masks_wrongly)};
    if (behaviour->before_emit)
        behaviour->before_emit(&emission);
    if (endpoint->wish == PEER_WISH_RESET)
        return false; /* what the hook sent itself was too much */
    /* To fail instead of failing is to say nothing. */
    if (emission.act == PEER_SKIP || (emission.act == PEER_FAIL && purpose == PEER_SENDS_FAILURE))
        return true;
    return peer_endpoint_obey(endpoint, emission.act, emission.code, event) &&
           append_frame(endpoint, purpose, &emission.frame);
}

void peer_send_frame(peer_endpoint *endpoint, const ws_frame *frame) {
    ws_frame ours =
        frame->masked ? *frame : masked_for(endpoint, *frame, endpoint->options.role == WS_CLIENT);
    if (ws_frame_emit(&ours, &endpoint->output) != WS_OK)
        peer_endpoint_reset(endpoint);
    else
        endpoint->emitted++;
    if (frame->opcode != WS_CLOSE)
        return;
    endpoint->facts.close_sent = true;
    if (endpoint->stage == STAGE_OPEN)
        peer_endpoint_await_close(endpoint);
}

void peer_send_octets(peer_endpoint *endpoint, ws_span octets) {
    if (ws_buffer_append(&endpoint->output, octets.data, octets.size) != WS_OK)
        peer_endpoint_reset(endpoint);
}

bool peer_endpoint_send_control(peer_endpoint *endpoint, peer_purpose purpose, const ws_event *event,
                                uint8_t opcode, ws_span payload) {
    return emit(endpoint, purpose, event, (ws_frame){.opcode = opcode, .fin = true, .payload = payload});
}

bool peer_endpoint_send_close(peer_endpoint *endpoint, peer_purpose purpose, const ws_event *event,
                              uint16_t code, ws_span reason) {
    uint8_t payload[WS_CONTROL_PAYLOAD_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t size = code == WS_CLOSE_NO_STATUS ? 0 : 2;
    if (size > 0 && reason.size > 0 && reason.size <= REASON_MAX) {
        memcpy(payload + 2, reason.data, reason.size);
        size += reason.size;
    }
    bool sent = peer_endpoint_send_control(endpoint, purpose, event, WS_CLOSE, (ws_span){payload, size});
    endpoint->facts.close_sent = true;
    return sent;
}

/* ------------------------------------------------------------------ failing (7.1.7) */

static void finish_failed(peer_endpoint *endpoint) {
    peer_endpoint_finish(endpoint);
    if (endpoint->shadow && endpoint->wish != PEER_WISH_CLOSE) {
        endpoint->stage = STAGE_FAILED;
        endpoint->wish = PEER_WISH_NOTHING;
    }
}

void peer_endpoint_fail(peer_endpoint *endpoint, uint16_t code, const char *why, const ws_event *event) {
    const peer_behaviour *behaviour = endpoint->behaviour;
    endpoint->facts.failure = why;
    peer_endpoint_forget_late_frames(endpoint);
    if (behaviour->failure == PEER_FAILS_BY_RESET) {
        peer_endpoint_reset(endpoint);
        return;
    }
    ws_span reason = ws_span_of(why);
    if (behaviour->failure == PEER_FAILS_WITH_CODE)
        code = behaviour->failure_code;
    if (behaviour->failure == PEER_FAILS_WITH_EMPTY_CLOSE)
        code = WS_CLOSE_NO_STATUS;
    if (endpoint->facts.close_sent ||
        peer_endpoint_send_close(endpoint, PEER_SENDS_FAILURE, event, code, reason))
        finish_failed(endpoint);
}

void peer_endpoint_fail_on_violation(peer_endpoint *endpoint, const ws_event *event) {
    const ws_violation_info *info = ws_violation_describe(event->violation);
    endpoint->facts.violation = event->violation;
    endpoint->failure_offset = event->offset;
    peer_endpoint_fail(endpoint, info->close_code, info->text, event);
}

bool peer_endpoint_obey(peer_endpoint *endpoint, peer_act act, uint16_t code, const ws_event *event) {
    switch (act) {
    case PEER_TAKE:
        return true;
    case PEER_SKIP:
        break;
    case PEER_FAIL:
        peer_endpoint_fail(endpoint, code ? code : WS_CLOSE_PROTOCOL_ERROR, "the behaviour wants it so",
                           event);
        break;
    case PEER_END_TCP:
        peer_endpoint_close_tcp(endpoint);
        break;
    case PEER_DROP_TCP:
        peer_endpoint_reset(endpoint);
        break;
    case PEER_GO_DEAF:
        peer_endpoint_go_deaf(endpoint);
        break;
    }
    return false;
}

static void fail_from_within(peer_endpoint *endpoint, ws_status status) {
    peer_endpoint_fail(endpoint, WS_CLOSE_INTERNAL_ERROR, ws_status_strerror(status), NULL);
}

/* ------------------------------------------------------------------ messages */

/* One message, in about `echo_fragments` frames. RSV1 stands on the first (RFC 7692 7.2.1). */
static bool emit_message(peer_endpoint *endpoint, const ws_event *event, uint8_t opcode, ws_span payload,
                         bool compressed) {
    size_t fragments = endpoint->behaviour->echo_fragments > 1 ? endpoint->behaviour->echo_fragments : 1;
    size_t most = payload.size / fragments + (payload.size % fragments > 0);
    size_t at = 0;
    do {
        size_t size = payload.size - at < most ? payload.size - at : most;
        bool first = at == 0;
        ws_frame frame = {.opcode = first ? opcode : WS_CONTINUATION,
                          .rsv = first && compressed ? WS_RSV1 : 0,
                          .fin = at + size == payload.size,
                          .payload = {payload.data ? payload.data + at : NULL, size}};
        if (!emit(endpoint, PEER_SENDS_ECHO, event, frame))
            return false;
        at += size;
    } while (at < payload.size);
    return true;
}

static void echo_once(peer_endpoint *endpoint, const ws_event *event) {
    uint8_t opcode = endpoint->behaviour->echo_opcode ? endpoint->behaviour->echo_opcode : event->opcode;
    ws_span payload = ws_buffer_span(&endpoint->message);
    peer_compression compression = endpoint->behaviour->compression;
    bool wanted =
        compression == PEER_COMPRESSES_ALIKE ? event->compressed : compression == PEER_COMPRESSES_ALWAYS;
    bool compress = wanted && endpoint->deflater;
    if (compress) {
        peer_endpoint_empty(&endpoint->compressed);
        ws_status status = ws_deflater_write(endpoint->deflater, payload, true, &endpoint->compressed);
        if (status != WS_OK) {
            fail_from_within(endpoint, status);
            return;
        }
        payload = ws_buffer_span(&endpoint->compressed);
    }
    emit_message(endpoint, event, opcode, payload, compress);
    peer_endpoint_empty(&endpoint->compressed);
}

/* A message of a reserved type, which only comes when that is tolerated, has no meaning and no echo. */
static bool is_reserved_data(uint8_t opcode) {
    return !ws_opcode_is_control(opcode) && opcode > WS_BINARY;
}

/* Shows a hook what has come; false when the endpoint is not to go on with it. */
static bool arrives(peer_endpoint *endpoint, const ws_event *event, bool message_ends, peer_act *act) {
    peer_arrival arrival = {.endpoint = endpoint,
                            .role = endpoint->options.role,
                            .event = event,
                            .message_ends = message_ends,
                            .message = &endpoint->message,
                            .inside_message = endpoint->inside_message,
                            .close_sent = endpoint->facts.close_sent,
                            .number = endpoint->arrivals};
    *act = PEER_TAKE;
    if (!endpoint->behaviour->on_arrival)
        return true;
    endpoint->arrivals++;
    endpoint->behaviour->on_arrival(&arrival);
    *act = arrival.act;
    return peer_endpoint_obey(endpoint, arrival.act, arrival.code, event);
}

static void on_message(peer_endpoint *endpoint, const ws_event *event) {
    peer_act act;
    bool taken = arrives(endpoint, event, true, &act);
    unsigned copies = endpoint->behaviour->echo_copies > 0 ? endpoint->behaviour->echo_copies : 1;
    if (!endpoint->facts.close_sent)
        endpoint->facts.messages++;
    if (!taken || endpoint->message_unknown || endpoint->facts.close_sent)
        copies = 0; /* 5.5.1: no data frame may follow our Close */
    for (unsigned i = 0; i < copies && endpoint->stage == STAGE_OPEN; i++)
        echo_once(endpoint, event);
    peer_endpoint_empty(&endpoint->message);
}

static bool begin_frame(peer_endpoint *endpoint, const ws_event *event) {
    if (event->flags & WS_MESSAGE_START) {
        endpoint->message.size = 0;
        endpoint->message_unknown = is_reserved_data(event->header.opcode);
    }
    peer_act act;
    bool taken = arrives(endpoint, event, false, &act);
    endpoint->frame_skipped = act == PEER_SKIP;
    endpoint->inside_message = true;
    return taken || endpoint->frame_skipped;
}

/* The message is echoed at its end: its tail could still have shown that it is not valid. */
static void on_data(peer_endpoint *endpoint, const ws_event *event) {
    if ((event->flags & WS_FRAME_START) && !begin_frame(endpoint, event))
        return;
    ws_span payload = event->payload;
    bool unwanted = endpoint->facts.close_sent && !endpoint->behaviour->on_arrival;
    if (endpoint->frame_skipped || unwanted)
        payload.size = 0;
    ws_status status = ws_buffer_append(&endpoint->message, payload.data, payload.size);
    if (status != WS_OK) {
        fail_from_within(endpoint, status);
        return;
    }
    if ((event->flags & WS_MESSAGE_END) == 0)
        return;
    endpoint->inside_message = false;
    on_message(endpoint, event);
}

/* ------------------------------------------------------------------ control frames */

/* 5.5.2: a ping is answered unless a Close has come before; a Close that we have sent does not matter. */
static void on_ping(peer_endpoint *endpoint, const ws_event *event) {
    endpoint->facts.pings++;
    if (!endpoint->behaviour->ignores_pings)
        peer_endpoint_send_control(endpoint, PEER_SENDS_PONG, event, WS_PONG, event->payload);
}

static bool reply_to_close(peer_endpoint *endpoint, const ws_event *event) {
    uint16_t code = event->close_code;
    ws_span reason = {NULL, 0};
    switch (endpoint->behaviour->reply) {
    case PEER_REPLIES_CODE:
        code = endpoint->behaviour->reply_code;
        break;
    case PEER_REPLIES_EMPTY:
        code = WS_CLOSE_NO_STATUS;
        break;
    case PEER_REPLIES_SAME_PAYLOAD:
        reason = event->payload;
        break;
    default:
        break;
    }
    return peer_endpoint_send_close(endpoint, PEER_SENDS_CLOSE_REPLY, event, code, reason);
}

static void on_close(peer_endpoint *endpoint, const ws_event *event) {
    peer_reply reply = endpoint->behaviour->reply;
    endpoint->facts.close_received = true;
    endpoint->facts.close_code = event->close_code;
    peer_endpoint_forget_late_frames(endpoint);
    if (endpoint->facts.close_sent)
        peer_endpoint_finish(endpoint);
    else if (reply == PEER_REPLIES_BY_END)
        peer_endpoint_close_tcp(endpoint);
    else if (reply != PEER_REPLIES_NOTHING && reply_to_close(endpoint, event))
        peer_endpoint_finish(endpoint);
}

static void on_event(peer_endpoint *endpoint, const ws_event *event) {
    peer_act act;
    bool control = event->type != WS_EVENT_DATA && event->type != WS_EVENT_VIOLATION;
    if (control && !arrives(endpoint, event, false, &act))
        return;
    switch (event->type) {
    case WS_EVENT_DATA:
        on_data(endpoint, event);
        break;
    case WS_EVENT_PING:
        on_ping(endpoint, event);
        break;
    case WS_EVENT_PONG:
        break;
    case WS_EVENT_CLOSE:
        on_close(endpoint, event);
        break;
    case WS_EVENT_VIOLATION:
        peer_endpoint_fail_on_violation(endpoint, event);
        break;
    }
}

/* ------------------------------------------------------------------ reading frames */

void peer_endpoint_read_shadow(peer_endpoint *endpoint, const uint8_t *bytes, size_t size) {
    enum { EVENTS = 8, PIECE = 4096 };
    uint8_t unmasked[PIECE];
    ws_event events[EVENTS];
    size_t count = 0;
    while (size > 0 || count > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        size_t used = ws_reader_feed(endpoint->shadow, bytes, piece, unmasked, events, EVENTS, &count);
        for (size_t i = 0; i < count && endpoint->stage == STAGE_FAILED; i++) {
            uint64_t end = events[i].offset + events[i].header.size + events[i].header.length;
            if (end <= endpoint->failure_offset)
                continue; /* it came before the violation */
            if (events[i].type == WS_EVENT_PING)
                on_ping(endpoint, &events[i]);
            if (events[i].type == WS_EVENT_CLOSE)
                peer_endpoint_finish(endpoint);
        }
        bytes += used;
        size -= used;
    }
}

/* Events of octets that were used are always taken: they borrow from `bytes`. */
size_t peer_endpoint_read_frames(peer_endpoint *endpoint, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (endpoint->stage == STAGE_OPEN) {
        size_t offered = peer_endpoint_wants_input(endpoint) ? size - at : 0;
        size_t used;
        ws_event event;
        bool have = ws_receiver_next(endpoint->receiver, bytes + at, offered, &used, &event);
        at += used;
        if (!have)
            break;
        on_event(endpoint, &event);
    }
    if (endpoint->stage != STAGE_OPEN)
        at = size;
    if (endpoint->shadow)
        peer_endpoint_read_shadow(endpoint, bytes, at);
    return at;
}
