#include "support/reader_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/guard.h"

enum { EVENTS_SIZE = RUN_MAX_EVENTS * sizeof(ws_event) };

static uint8_t *guarded(size_t size) {
    uint8_t *nothing = calloc(1, size);
    uint8_t *copy = nothing ? guard_copy(nothing, size) : NULL;
    free(nothing);
    return copy;
}

void reader_run_init(reader_run *run) {
    *run = (reader_run){.max_events = 16,
                        .in = guarded(RUN_MAX_PIECE),
                        .out = guarded(RUN_MAX_PIECE),
                        .events = guarded(EVENTS_SIZE)};
}

void reader_run_clear(reader_run *run) {
    guard_free(run->in, RUN_MAX_PIECE);
    guard_free(run->out, RUN_MAX_PIECE);
    guard_free(run->events, EVENTS_SIZE);
}

static void expect(bool kept, const char *contract) {
    if (kept)
        return;
    fprintf(stderr, "ws_reader_feed: %s\n", contract);
    abort();
}

static void feed_piece(reader_run *run, ws_reader *reader, ws_span piece, event_log *log) {
    expect(piece.size <= RUN_MAX_PIECE, "a piece is too large for this test");
    uint8_t *in = run->in + RUN_MAX_PIECE - piece.size;
    uint8_t *out = run->in_place ? in : run->out + RUN_MAX_PIECE - piece.size;
    ws_event *events = (ws_event *)(void *)(run->events + EVENTS_SIZE - run->max_events * sizeof(ws_event));
    if (piece.size > 0)
        memcpy(in, piece.data, piece.size);
    size_t left = piece.size;
    size_t count;
    do {
        size_t used = ws_reader_feed(reader, in, left, out, events, run->max_events, &count);
        expect(used <= left, "more octets were used than given");
        expect(count <= run->max_events, "more events were written than there is room for");
        expect(used > 0 || count > 0 || left == 0, "no progress");
        for (size_t i = 0; i < count; i++)
            event_log_add(log, &events[i]);
        in += used;
        out += used;
        left -= used;
    } while (left > 0 || count + 2 > run->max_events);
}

static ws_reader *begin(const ws_reader_config *config) {
    ws_reader *reader = ws_reader_new(config);
    expect(reader != NULL, "out of memory");
    return reader;
}

static void finish(const reader_run *run, ws_reader *reader, event_log *log) {
    ws_event event;
    if (ws_reader_end(reader, &event))
        event_log_add(log, &event);
    if (run->state) {
        char line[100];
        snprintf(line, sizeof line, "read %llu%s%s", (unsigned long long)ws_reader_offset(reader),
                 ws_reader_in_message(reader) ? ", in a message" : "",
                 ws_reader_at_frame_start(reader) ? ", at the start of a frame" : "");
        event_log_note(log, line);
    }
    ws_reader_free(reader);
}

void reader_run_cut(reader_run *run, const ws_reader_config *config, ws_span stream, const size_t *cuts,
                    size_t cut_count, event_log *log) {
    ws_reader *reader = begin(config);
    size_t from = 0;
    for (size_t i = 0; i <= cut_count; i++) {
        size_t to = i < cut_count ? cuts[i] : stream.size;
        const uint8_t *piece = to > from ? stream.data + from : NULL;
        feed_piece(run, reader, (ws_span){piece, to - from}, log);
        from = to;
    }
    finish(run, reader, log);
}

void reader_run_chop(reader_run *run, const ws_reader_config *config, ws_span stream, size_t piece,
                     event_log *log) {
    ws_reader *reader = begin(config);
    for (size_t from = 0; from < stream.size; from += piece) {
        size_t size = stream.size - from < piece ? stream.size - from : piece;
        feed_piece(run, reader, (ws_span){stream.data + from, size}, log);
    }
    finish(run, reader, log);
}
