#include "stream.h"

#include "support.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 0: none; small numbers as they are; then powers of two. */
static uint64_t limit(uint8_t octet) {
    return octet < 0xc0 ? octet : UINT64_C(1) << (octet & 0x3f);
}

fuzz_stream fuzz_stream_read(const uint8_t *data, size_t size) {
    uint8_t o[FUZZ_STREAM_OPTIONS] = {0};
    size_t given = size < sizeof o ? size : sizeof o;
    if (given > 0)
        memcpy(o, data, given);
    return (fuzz_stream){
        .reader = {.role = o[0] & 1 ? WS_SERVER : WS_CLIENT,
                   .rsv_on_data = (o[0] >> 1) & 7,
                   .max_frame = limit(o[1]),
                   .max_message = limit(o[2]),
                   .max_fragments = limit(o[3]),
                   .tolerate = (uint32_t)o[4] | (uint32_t)o[5] << 8 | (uint32_t)o[6] << 16},
        .in_place = (o[0] & 0x10) != 0,
        .max_events = 2 + (size_t)(o[0] >> 5),
        .agreement = {.window_bits = (uint8_t)(8 + (o[7] & 7)), .no_context_takeover = (o[7] & 8) != 0},
        .max_inflated = o[7] >> 4 ? UINT64_C(1) << (2 * (o[7] >> 4)) : 0,
        .cut_mode = o[8],
        .cut_seed = UINT64_C(0x9e3779b97f4a7c15) ^ ((uint64_t)o[9] << 16 | (uint64_t)o[10] << 8 | o[11]),
        .octets = {data + given, size - given}};
}

size_t fuzz_stream_piece(fuzz_stream *stream, size_t left) {
    if (stream->cut_mode == 0)
        return left > 0;
    size_t most = stream->cut_mode == 1 ? left : stream->cut_mode;
    size_t piece = fuzz_random(&stream->cut_seed) % (most + 1);
    if (stream->cut_mode == 1)
        stream->cut_mode = 255;
    return piece < left ? piece : left;
}

/* ------------------------------------------------------------------ logs */

void fuzz_log_reset(fuzz_log *log) {
    if (!log->payload.limit)
        ws_buffer_init(&log->payload, 0);
    log->count = 0;
    log->payload.size = 0;
}

/* A piece belongs to the frame before it when it lies between that frame's ends. */
static bool joins(const fuzz_log *log, const ws_event *event) {
    const ws_event *last = log->count ? &log->events[log->count - 1] : NULL;
    return last && last->type == WS_EVENT_DATA && event->type == WS_EVENT_DATA &&
           last->offset == event->offset && !(last->flags & WS_FRAME_END) &&
           !(event->flags & (WS_FRAME_START | WS_MESSAGE_START));
}

void fuzz_log_add(fuzz_log *log, const ws_event *event) {
    fuzz_ok(ws_buffer_append(&log->payload, event->payload.data, event->payload.size));
    if (joins(log, event)) {
        log->events[log->count - 1].flags |= event->flags;
        log->events[log->count - 1].payload.size += event->payload.size;
        return;
    }
    if (log->count == log->capacity) {
        log->capacity = log->capacity ? 2 * log->capacity : 64;
        log->events = fuzz_need(realloc(log->events, log->capacity * sizeof *log->events));
    }
    log->events[log->count] = *event;
    log->events[log->count++].payload.data = NULL;
}

static bool same_header(const ws_frame_header *a, const ws_frame_header *b) {
    return a->length == b->length && memcmp(a->key, b->key, 4) == 0 && a->opcode == b->opcode &&
           a->rsv == b->rsv && a->fin == b->fin && a->masked == b->masked &&
           a->length_bits == b->length_bits && a->size == b->size;
}

static bool same_event(const ws_event *a, const ws_event *b) {
    return a->type == b->type && a->flags == b->flags && a->opcode == b->opcode &&
           a->compressed == b->compressed && a->close_code == b->close_code && a->violation == b->violation &&
           a->payload.size == b->payload.size && a->offset == b->offset &&
           same_header(&a->header, &b->header);
}

void fuzz_log_compare(const fuzz_log *whole, const fuzz_log *cut) {
    for (size_t i = 0; i < whole->count && i < cut->count; i++) {
        const ws_event *a = &whole->events[i], *b = &cut->events[i];
        FUZZ_CHECK(same_event(a, b),
                   "event %zu: type %d at %" PRIu64
                   ", flags %x, %zu octets, violation %d; cut: type %d at %" PRIu64
                   ", flags %x, %zu octets, violation %d",
                   i, a->type, a->offset, a->flags, a->payload.size, a->violation, b->type, b->offset,
                   b->flags, b->payload.size, b->violation);
    }
    FUZZ_CHECK(whole->count == cut->count, "%zu events, but %zu when cut", whole->count, cut->count);
    FUZZ_CHECK(ws_span_equal(ws_buffer_span(&whole->payload), ws_buffer_span(&cut->payload)),
               "the payloads depend on the cuts");
}
