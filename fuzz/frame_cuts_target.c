/* The same events, however a stream is cut, wherever its octets are unmasked, and however little room there
 * is for events: a ws_reader that gets the whole, against one that gets the pieces of stream.h, each in
 * memory of its own.
 *
 * Covers: ws_reader_feed, ws_reader_end, ws_reader_offset, ws_reader_in_message, ws_reader_at_frame_start */
#include "mutator.h"
#include "stream.h"
#include "support.h"

#include <stdlib.h>

enum { EVENTS_WHOLE = 64, EVENTS_MAX = 9 };

typedef struct outcome {
    uint64_t offset;
    bool in_message, at_frame_start;
} outcome;

static void feed(ws_reader *reader, const uint8_t *in, uint8_t *out, size_t size, size_t max_events,
                 fuzz_log *log) {
    ws_event events[EVENTS_WHOLE];
    size_t count, done = 0;
    do {
        done += ws_reader_feed(reader, in + done, size - done, out + done, events, max_events, &count);
        FUZZ_CHECK(done <= size && count <= max_events, "a reader goes beyond its room");
        for (size_t i = 0; i < count; i++)
            fuzz_log_add(log, &events[i]);
    } while (done < size || count + 2 > max_events);
}

static outcome end(ws_reader *reader, fuzz_log *log) {
    outcome seen = {ws_reader_offset(reader), ws_reader_in_message(reader), ws_reader_at_frame_start(reader)};
    ws_event event;
    if (ws_reader_end(reader, &event))
        fuzz_log_add(log, &event);
    ws_reader_free(reader);
    return seen;
}

static outcome read_whole(const fuzz_stream *stream, fuzz_log *log) {
    ws_reader *reader = fuzz_need(ws_reader_new(&stream->reader));
    size_t size = stream->octets.size;
    uint8_t *out = fuzz_need(malloc(size ? size : 1));
    feed(reader, stream->octets.data, out, size, EVENTS_WHOLE, log);
    free(out);
    return end(reader, log);
}

static outcome read_pieces(fuzz_stream *stream, fuzz_log *log) {
    ws_reader *reader = fuzz_need(ws_reader_new(&stream->reader));
    const uint8_t *at = stream->octets.data;
    for (size_t left = stream->octets.size; left > 0;) {
        size_t size = fuzz_stream_piece(stream, left);
        uint8_t *in = fuzz_copy(at, size);
        uint8_t *out = stream->in_place ? in : fuzz_need(malloc(size ? size : 1));
        feed(reader, in, out, size, stream->max_events, log);
        if (out != in)
            free(out);
        free(in);
        at += size;
        left -= size;
    }
    return end(reader, log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static fuzz_log whole, cut;
    fuzz_stream stream = fuzz_stream_read(data, size);
    fuzz_log_reset(&whole);
    fuzz_log_reset(&cut);
    outcome a = read_whole(&stream, &whole);
    outcome b = read_pieces(&stream, &cut);
    fuzz_log_compare(&whole, &cut);
    FUZZ_CHECK(a.offset == b.offset && a.in_message == b.in_message && a.at_frame_start == b.at_frame_start,
               "the end of the stream depends on the cuts");
    return 0;
}

FUZZ_FRAME_MUTATOR
