/* What goes out: the queue of steps, answers to control frames, and octets made on demand. A message is never
 * stored: its octets are made when the transport asks for them. */
#include "play/session.h"

#include "wire/close.h"
#include "wire/mask.h"

#include <stdlib.h>
#include <string.h>

enum { COMPRESSED_MAX = 64 << 20 };

/* ------------------------------------------------------------------ messages whose echo is awaited */

static bool add_part(session_message *message, const play_payload *payload) {
    if (message->part_count == message->part_capacity) {
        size_t capacity = message->part_capacity ? message->part_capacity * 2 : 4;
        const play_payload **grown = realloc((void *)message->parts, capacity * sizeof *grown);
        if (!grown)
            return false;
        message->parts = grown;
        message->part_capacity = capacity;
    }
    message->parts[message->part_count++] = payload;
    message->length += payload->length;
    return true;
}

static void remember_message(play_session *session, const play_send *send) {
    session_message *message = session->last_message;
    if (send->opcode == WS_CONTINUATION && (!message || message->complete))
        return;
    if (send->opcode != WS_CONTINUATION) {
        message = calloc(1, sizeof *message);
        if (!message) {
            session->out_of_memory = true;
            return;
        }
        message->opcode = send->opcode;
        if (session->last_message && session->messages)
            session->last_message->next = message;
        else
            session->messages = message;
        session->last_message = message;
    }
    if (!add_part(message, &send->payload))
        session->out_of_memory = true;
    message->complete = send->fin;
    session->frame_message = message;
}

static void free_messages(session_message *message) {
    while (message) {
        session_message *next = message->next;
        free((void *)message->parts);
        free(message);
        message = next;
    }
}

void session_retire_message(play_session *session) {
    session_message *message = session->messages;
    if (!message)
        return;
    session->messages = message->next;
    if (!session->messages)
        session->last_message = NULL;
    if (session->frame_message == message)
        session->frame_message = NULL;
    free_messages(session->retired); /* no candidate points there any more */
    message->next = NULL;
    session->retired = message;
}

/* ------------------------------------------------------------------ messages that slide */

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b > 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static session_slide *slide_of(play_session *session, const play_step *step) {
    for (session_slide *slide = session->slides; slide; slide = slide->next)
        if (slide->step == step)
            return slide;
    const play_payload *payload = &step->send.payload;
    session_slide *slide = play_arena_alloc(&session->arena, sizeof *slide);
    size_t count = payload->size / (size_t)common_divisor(payload->size, payload->length);
    session_slice **slices = play_arena_alloc(&session->arena, count * sizeof *slices);
    if (!slide || !slices)
        return NULL;
    *slide = (session_slide){.next = session->slides, .step = step, .slices = slices, .count = count};
    session->slides = slide;
    return slide;
}

static session_slice *make_slice(play_session *session, const play_step *step, uint64_t start) {
    session_slice *slice = play_arena_alloc(&session->arena, sizeof *slice);
    const char *json = step->send.payload.json;
    if (!slice)
        return NULL;
    slice->send = step->send;
    slice->send.payload.start = start;
    if (json) /* an object: its last octet is a brace */
        slice->send.payload.json = play_arena_printf(&session->arena, "%.*s,\"start\":%llu}",
                                                     (int)strlen(json) - 1, json, (unsigned long long)start);
    return slice;
}

/* The message that follows the one sent last; NULL when out of memory. It lives as long as the session. */
static session_slice *next_slice(play_session *session, const play_step *step) {
    const play_payload *payload = &step->send.payload;
    session_slide *slide = slide_of(session, step);
    if (!slide)
        return NULL;
    size_t at = (size_t)(slide->round % slide->count);
    if (!slide->slices[at])
        slide->slices[at] = make_slice(session, step, at * payload->length % payload->size);
    slide->round++;
    return slide->slices[at];
}

/* ------------------------------------------------------------------ the queue */

/* Replaces what the item sends by its compressed form (RFC 7692 7.2.1). One allocation holds the step and its
 * octets. */
static bool compress(play_session *session, session_outgoing *item) {
    const play_payload *payload = &item->send->payload;
    ws_buffer plain, packed;
    ws_buffer_init(&plain, COMPRESSED_MAX);
    ws_buffer_init(&packed, COMPRESSED_MAX);
    ws_span octets = play_payload_whole(payload);
    bool fine = payload->length <= COMPRESSED_MAX;
    if (fine && !octets.data) {
        fine = ws_buffer_reserve(&plain, (size_t)payload->length) == WS_OK;
        if (fine)
            play_payload_read(payload, 0, plain.data, (size_t)payload->length);
        plain.size = fine ? (size_t)payload->length : 0;
        octets = ws_buffer_span(&plain);
    }
    fine = fine && ws_deflater_write(session->deflater, octets, true, &packed) == WS_OK;
    item->own = fine ? malloc(sizeof *item->own + packed.size) : NULL;
    if (item->own) {
        uint8_t *kept = (uint8_t *)(item->own + 1);
        memcpy(kept, packed.data, packed.size);
        *item->own = *item->send;
        item->own->rsv |= WS_RSV1;
        item->own->payload =
            (play_payload){.kind = PLAY_LITERAL, .bytes = kept, .size = packed.size, .length = packed.size};
        item->send = item->own;
    }
    ws_buffer_clear(&plain);
    ws_buffer_clear(&packed);
    return item->own != NULL;
}

/* Where every message starts with an empty window its compressed form is always the same. */
static bool compress_slice(play_session *session, session_slice *slice, session_outgoing *item) {
    ws_deflate_agreement ours = ws_deflate_agreed(&session->deflate_answer, session->options.role);
    if (!ours.no_context_takeover)
        return compress(session, item);
    play_send *packed = &slice->packed;
    if (!packed->payload.bytes) {
        if (!compress(session, item))
            return false;
        *packed = *item->own;
        packed->payload.bytes = (const uint8_t *)play_arena_copy(&session->arena, item->own->payload.bytes,
                                                                 item->own->payload.size);
        free(item->own);
        item->own = NULL;
    }
    item->send = packed;
    return packed->payload.bytes != NULL;
}

static bool enqueue(play_session *session, play_step_kind kind, const play_send *send, session_slice *slice) {
    if (session->queue_count == session->queue_capacity) {
        size_t capacity = session->queue_capacity ? session->queue_capacity * 2 : 16;
        session_outgoing *grown =
            capacity <= SESSION_QUEUE_MAX ? realloc(session->queue, capacity * sizeof *grown) : NULL;
        if (!grown)
            return false;
        session->queue = grown;
        session->queue_capacity = capacity;
    }
    session_outgoing item = {.kind = kind, .send = send};
    bool compressed = send->compressed && session->deflater;
    if (compressed && !(slice ? compress_slice(session, slice, &item) : compress(session, &item)))
        return false;
    session->queue[session->queue_count++] = item;
    return true;
}

static void remember_ping(play_session *session, const play_send *send) {
    size_t size = send->payload.length < sizeof session->last_ping_octets ? (size_t)send->payload.length
                                                                          : sizeof session->last_ping_octets;
    play_payload_read(&send->payload, 0, session->last_ping_octets, size);
    session->last_ping = (ws_span){session->last_ping_octets, size};
    session->ping_sent = true;
}

static uint16_t close_code_of(const play_send *send) {
    uint8_t octets[2];
    if (send->payload.length < 2)
        return WS_CLOSE_NO_STATUS;
    play_payload_read(&send->payload, 0, octets, 2);
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

void session_send(play_session *session, const play_step *step) {
    if (session->stop_output)
        return;
    session_slice *slice = step->send.slide ? next_slice(session, step) : NULL;
    const play_send *send = slice ? &slice->send : &step->send;
    if ((step->send.slide && !slice) || !enqueue(session, step->kind, send, slice)) {
        session->out_of_memory = true;
        return;
    }
    if (step->kind != PLAY_STEP_PAYLOAD)
        session->frame_message = NULL;
    else if (session->frame_message && !add_part(session->frame_message, &send->payload))
        session->out_of_memory = true;
    bool ping = step->kind == PLAY_STEP_SEND && send->opcode == WS_PING;
    if (send->is_message && step->kind == PLAY_STEP_SEND && !ping)
        remember_message(session, send);
    if (ping)
        remember_ping(session, send);
    if (step->kind == PLAY_STEP_CLOSE) {
        session->sent_close = true;
        session->sent_code = close_code_of(send);
        if (!session->received_close)
            session->result.closed_by_us = true;
    }
}

void session_clear_output(play_session *session) {
    for (size_t i = session->queue_at; i < session->queue_count; i++)
        free(session->queue[i].own);
    free(session->spent);
    free(session->queue);
    free_messages(session->messages);
    free_messages(session->retired);
    ws_buffer_clear(&session->text);
}

/* ------------------------------------------------------------------ control frames of our own accord */

/* A ring that a flood of pings cannot fill: when it is full the newest answer replaces the one before it,
 * which RFC 6455 5.5.3 allows. */
static session_control *new_control(play_session *session, uint8_t opcode, ws_span payload) {
    if (session->control_count == SESSION_CONTROLS)
        session->control_count--;
    size_t at = (session->control_at + session->control_count++) % SESSION_CONTROLS;
    session_control *control = &session->controls[at];
    size_t size = payload.size < sizeof control->payload ? payload.size : sizeof control->payload;
    if (size > 0)
        memcpy(control->payload, payload.data, size);
    control->send = (play_send){
        .opcode = opcode, .fin = true, .payload = {.kind = PLAY_LITERAL, .size = size, .length = size}};
    return control;
}

void session_answer_ping(play_session *session, ws_span payload) {
    if (!session->sent_close)
        new_control(session, WS_PONG, payload);
}

static void queue_close(play_session *session, uint16_t code, const char *reason) {
    uint8_t octets[WS_CONTROL_PAYLOAD_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t size = code == 0 || code == WS_CLOSE_NO_STATUS ? 0 : 2;
    ws_span text = ws_span_of(reason && size ? reason : "");
    if (text.size > sizeof octets - 2)
        text.size = sizeof octets - 2;
    if (text.size > 0)
        memcpy(octets + 2, text.data, text.size);
    new_control(session, WS_CLOSE, (ws_span){octets, size + text.size});
    session->sent_close = true;
    session->sent_code = size ? code : WS_CLOSE_NO_STATUS;
}

void session_answer_close(play_session *session, uint16_t code) {
    if (session->sent_close || session->inside_frame)
        return;
    queue_close(session, ws_close_sendable(code) ? code : WS_CLOSE_NO_STATUS, NULL);
    session->stop_output = true;
}

void session_close(play_session *session, uint16_t code, const char *reason) {
    if (session->sent_close)
        return;
    queue_close(session, code, reason);
    if (!session->received_close)
        session->result.closed_by_us = true;
}

/* ------------------------------------------------------------------ frames */

static void record_frame(play_session *session, const session_writing *writing,
                         const ws_frame_header *header) {
    play_entry *entry =
        play_trace_add(&session->trace, PLAY_ENTRY_FRAME, true, session->now - session->started);
    uint64_t length = writing->payload_end - writing->payload_at;
    uint8_t octets[PLAY_TRACE_INLINE];
    size_t kept = length < sizeof octets ? (size_t)length : sizeof octets;
    entry->offset = session->sent_offset;
    entry->header = *header;
    entry->length = length;
    if (kept > 0)
        play_payload_read(writing->payload, writing->payload_at, octets, kept);
    play_trace_keep(&session->trace, entry, octets, kept, PLAY_TRACE_INLINE);
    if (writing->payload->json) {
        entry->payload = writing->payload;
        entry->payload_at = writing->payload_at;
    }
}

static void choose_mask(play_session *session, const play_send *send, ws_frame *frame) {
    play_mask due = session->options.role == WS_CLIENT ? PLAY_MASK_BY_ROLE : PLAY_MASK_AGAINST_ROLE;
    frame->masked = send->mask == PLAY_MASK_KEY || send->mask == due;
    if (send->mask == PLAY_MASK_KEY) {
        memcpy(frame->key, send->key, 4);
    } else if (frame->masked) {
        uint64_t word = session_random(session);
        memcpy(frame->key, &word, 4);
    }
}

/* Begins the frame that carries payload octets from `at` on; the frame has `size` of them. */
static void begin_frame(play_session *session, const play_send *send, uint64_t at, uint64_t size, bool first,
                        bool last) {
    session_writing *writing = &session->writing;
    ws_frame frame = {.opcode = first ? send->opcode : WS_CONTINUATION,
                      .rsv = first ? send->rsv : 0,
                      .fin = last && send->fin,
                      .lie_about_length = true,
                      .declared = send->lie_about_length ? send->declared : size,
                      .length_form = send->length_form};
    choose_mask(session, send, &frame);
    *writing = (session_writing){.active = true,
                                 .payload = &send->payload,
                                 .payload_at = at,
                                 .payload_end = at + size,
                                 .masked = frame.masked,
                                 .chop = send->chop,
                                 .chop_left = send->chop,
                                 .cut_left = send->cut,
                                 .flush = last && send->flush};
    memcpy(writing->key, frame.key, 4);
    writing->header_size = ws_frame_emit_header(&frame, writing->header);
    session->inside_frame = frame.declared > size && send->lie_about_length;
    session->inside_left = session->inside_frame ? frame.declared - size : 0;
    ws_frame_header header = {.length = frame.declared,
                              .opcode = frame.opcode,
                              .rsv = frame.rsv,
                              .fin = frame.fin,
                              .masked = frame.masked,
                              .size = (uint8_t)writing->header_size};
    uint8_t short_length = writing->header[1] & 0x7f;
    header.length_bits = short_length == 127 ? 64 : short_length == 126 ? 16 : 7;
    memcpy(header.key, frame.key, 4);
    record_frame(session, writing, &header);
}

/* Octets without a frame of their own: raw ones, or the rest of a frame already announced. */
static void begin_octets(play_session *session, const session_outgoing *item) {
    session_writing *writing = &session->writing;
    bool rest = item->kind == PLAY_STEP_PAYLOAD;
    const play_send *send = item->send;
    uint8_t key[4];
    memcpy(key, writing->key, 4);
    *writing = (session_writing){.active = true,
                                 .payload = &send->payload,
                                 .payload_end = send->payload.length,
                                 .masked = rest && writing->masked,
                                 .phase = rest ? writing->phase : 0,
                                 .chop = send->chop,
                                 .chop_left = send->chop,
                                 .flush = send->flush};
    memcpy(writing->key, key, 4);
    if (rest) {
        uint64_t taken =
            send->payload.length < session->inside_left ? send->payload.length : session->inside_left;
        session->inside_left -= taken;
        session->inside_frame = session->inside_left > 0;
    }
    play_entry *entry =
        play_trace_add(&session->trace, PLAY_ENTRY_RAW, true, session->now - session->started);
    uint8_t octets[PLAY_TRACE_INLINE];
    size_t kept = send->payload.length < sizeof octets ? (size_t)send->payload.length : sizeof octets;
    play_payload_read(&send->payload, 0, octets, kept);
    play_trace_keep(&session->trace, entry, octets, kept, PLAY_TRACE_INLINE);
    entry->offset = session->sent_offset;
    entry->length = send->payload.length;
    entry->payload = &send->payload;
    entry->text = rest ? "payload of the frame before" : "raw octets";
}

/* How many payload octets the next frame of an item may have. */
static uint64_t fragment_limit(const session_outgoing *item, uint64_t left) {
    if (item->frames < item->send->fragment_count)
        return item->send->fragment_sizes[item->frames];
    return item->send->fragment_size ? item->send->fragment_size : left;
}

/* Begins the next frame of the item at the head of the queue; drops the item when it has none left. */
static void advance_item(play_session *session) {
    session_outgoing *item = &session->queue[session->queue_at];
    const play_send *send = item->send;
    if (item->kind == PLAY_STEP_RAW || item->kind == PLAY_STEP_PAYLOAD) {
        begin_octets(session, item);
        session->queue_at++;
        return;
    }
    uint64_t left = send->payload.length - item->at;
    uint64_t limit = fragment_limit(item, left);
    bool first = item->frames == 0;
    uint64_t size = left < limit ? left : limit;
    bool payload_ends = size == left && item->frames >= send->fragment_count;
    /* An empty last frame follows the frame that took the last octets. */
    bool full = !first && size == send->fragment_size;
    bool last = payload_ends && !(send->empty_last && size > 0) && !(send->empty_if_full && full);
    begin_frame(session, send, item->at, size, first, last);
    item->at += size;
    item->frames++;
    if (last) {
        free(session->spent);
        session->spent = item->own;
        session->queue_at++;
    }
}

static bool queue_waits(const play_session *session) {
    return session->queue_at < session->queue_count && !session->stop_output;
}

/* Whether a control frame of our own accord is to be sent next. Pongs go before what is queued; a Close goes
 * behind it, for no data may follow a Close (5.5.1). */
static bool control_is_due(const play_session *session) {
    if (session->control_count == 0 || session->inside_frame || session->shut_down)
        return false;
    return session->controls[session->control_at].send.opcode != WS_CLOSE || !queue_waits(session);
}

static bool next_frame(play_session *session) {
    if (control_is_due(session)) {
        session_control *control = &session->writing_control;
        *control = session->controls[session->control_at];
        session->control_at = (session->control_at + 1) % SESSION_CONTROLS;
        session->control_count--;
        control->send.payload.bytes = control->payload;
        begin_frame(session, &control->send, 0, control->send.payload.length, true, true);
        return true;
    }
    /* After the answer to a Close no data follows (5.5.1), not even the rest of a fragmented message. */
    if (!queue_waits(session)) {
        if (session->queue_at == session->queue_count)
            session->queue_at = session->queue_count = 0;
        return false;
    }
    advance_item(session);
    return true;
}

bool session_output_empty(const play_session *session) {
    return !session->writing.active && !control_is_due(session) && !queue_waits(session) &&
           session->text_at == session->text.size;
}

/* ------------------------------------------------------------------ octets */

static size_t take_text(play_session *session, uint8_t *buffer, size_t capacity) {
    size_t left = session->text.size - session->text_at;
    size_t size = left < capacity ? left : capacity;
    if (session->text_chop && size > session->text_chop)
        size = (size_t)session->text_chop;
    memcpy(buffer, session->text.data + session->text_at, size);
    session->text_at += size;
    session->text_due = session->now + session->text_pace_us;
    return size;
}

/* Copies octets of the frame being written; stops at its end, at the end of a chop, at its cut, or when the
 * buffer is full. */
static size_t take_frame(play_session *session, uint8_t *buffer, size_t capacity) {
    session_writing *writing = &session->writing;
    size_t limit = capacity;
    if (writing->chop && writing->chop_left < limit)
        limit = (size_t)writing->chop_left;
    if (writing->cut_left && writing->cut_left < limit)
        limit = (size_t)writing->cut_left;
    size_t size = 0;
    while (size < limit && writing->header_at < writing->header_size)
        buffer[size++] = writing->header[writing->header_at++];
    uint64_t left = writing->payload_end - writing->payload_at;
    size_t piece = left < limit - size ? (size_t)left : limit - size;
    if (piece > 0) {
        play_payload_read(writing->payload, writing->payload_at, buffer + size, piece);
        if (writing->masked)
            ws_mask(buffer + size, buffer + size, piece, writing->key, writing->phase);
        writing->payload_at += piece;
        writing->phase += piece;
        size += piece;
    }
    session->sent_offset += size;
    if (writing->chop)
        writing->chop_left -= size;
    writing->cut_left -= size < writing->cut_left ? size : writing->cut_left;
    writing->active = writing->header_at < writing->header_size || writing->payload_at < writing->payload_end;
    return size;
}

size_t session_output(play_session *session, uint8_t *buffer, size_t capacity) {
    if (session->transport_over || session->dropped)
        return 0;
    size_t size = 0;
    if (session->text_at < session->text.size && session->now >= session->text_due)
        size = take_text(session, buffer, capacity);
    bool write_ends = size > 0 && session->text_chop > 0;
    if (session->state != SESSION_OPEN || session->text_at < session->text.size || write_ends)
        return size;
    while (size < capacity) {
        if (!session->writing.active && !next_frame(session))
            break;
        session_writing *writing = &session->writing;
        if (writing->chop && size > 0 && writing->chop_left == writing->chop)
            break; /* a chopped frame starts a write of its own */
        bool uncut = writing->cut_left > 0;
        size += take_frame(session, buffer + size, capacity - size);
        if (size == 0)
            continue; /* octets of a step that has none: 0 would say that nothing is left */
        if (uncut && writing->cut_left == 0)
            break;
        if (writing->chop && (writing->chop_left == 0 || !writing->active)) {
            writing->chop_left = writing->chop;
            break;
        }
        if (!writing->active && writing->flush)
            break;
    }
    if (size > 0)
        session->progress = session->now;
    return size;
}
