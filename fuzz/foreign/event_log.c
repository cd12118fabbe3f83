#include "fuzz/foreign/event_log.h"

#include "wire/frame.h"

#include <stdlib.h>

/* Inflated messages grow beyond their input; more than this is not compared. */
enum { KEPT_OCTETS = 8 << 20, FIRST_EVENTS = 64 };

void event_log_init(event_log *log) {
    *log = (event_log){0};
    ws_buffer_init(&log->octets, KEPT_OCTETS);
    ws_buffer_init(&log->pending[0], KEPT_OCTETS);
    ws_buffer_init(&log->pending[1], KEPT_OCTETS);
}

void event_log_reset(event_log *log) {
    log->count = 0;
    log->closed = false;
    log->overflow = false;
    log->octets.size = 0;
    log->pending[0].size = 0;
    log->pending[1].size = 0;
}

void event_log_clear(event_log *log) {
    free(log->events);
    ws_buffer_clear(&log->octets);
    ws_buffer_clear(&log->pending[0]);
    ws_buffer_clear(&log->pending[1]);
    *log = (event_log){0};
}

static bool make_room(event_log *log) {
    if (log->count < log->capacity)
        return true;
    size_t capacity = log->capacity ? 2 * log->capacity : FIRST_EVENTS;
    logged_event *events = realloc(log->events, capacity * sizeof *events);
    if (!events)
        return false;
    log->events = events;
    log->capacity = capacity;
    return true;
}

void event_log_take(event_log *log, const wspect_parser_event *event, uint64_t offset, bool compressed) {
    if (log->closed || log->overflow)
        return;
    ws_buffer *pending = &log->pending[ws_opcode_is_control(event->opcode) ? 1 : 0];
    bool kept = ws_buffer_append(pending, event->payload, event->size) == WS_OK;
    if (kept && !event->last)
        return;
    size_t start = log->octets.size;
    if (!kept || !make_room(log) || ws_buffer_append(&log->octets, pending->data, pending->size) != WS_OK) {
        log->overflow = true;
        return;
    }
    log->events[log->count++] = (logged_event){.opcode = event->opcode,
                                               .fin = event->fin != 0,
                                               .close_code = event->close_code,
                                               .start = start,
                                               .size = pending->size,
                                               .offset = offset,
                                               .compressed = compressed};
    pending->size = 0;
    log->closed = event->opcode == WS_CLOSE;
}

ws_span event_log_payload(const event_log *log, size_t index) {
    const logged_event *event = &log->events[index];
    return event->size > 0 ? (ws_span){log->octets.data + event->start, event->size} : (ws_span){NULL, 0};
}

bool event_log_same(const event_log *a, const event_log *b, size_t index) {
    const logged_event *one = &a->events[index];
    const logged_event *other = &b->events[index];
    return one->opcode == other->opcode && one->fin == other->fin && one->close_code == other->close_code &&
           ws_span_equal(event_log_payload(a, index), event_log_payload(b, index));
}
