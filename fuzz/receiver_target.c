/* Frames, permessage-deflate and UTF-8 of what was inflated, together: a ws_receiver gives the same events
 * however the stream is cut, hands out no text that is not UTF-8, no more than the limit of an inflated
 * message, and nothing behind a violation.
 *
 * Covers: ws_receiver_new, ws_receiver_next, ws_receiver_end, ws_receiver_reader, ws_receiver_inflater,
 * ws_receiver_free, ws_inflater_feed, ws_inflater_end_message, ws_inflater_max_distance,
 * ws_inflater_used_context */
#include "mutator.h"
#include "stream.h"
#include "support.h"

#include "wire/utf8.h"

#include <stdlib.h>

enum { INFLATED_MAX = 1 << 18, LONG = 40000, PLAIN_LIMIT = 1 << 30 };

typedef struct watch {
    const ws_receiver_config *config;
    bool ended;
    uint64_t size; /* of the message */
    ws_utf8 utf8;
} watch;

static bool tolerated(const watch *w, ws_violation kind) {
    return (w->config->reader.tolerate & (1u << kind)) != 0;
}

static void check_event(watch *w, const ws_event *event) {
    FUZZ_CHECK(!w->ended, "an event follows a violation");
    w->ended = event->type == WS_EVENT_VIOLATION;
    if (event->type != WS_EVENT_DATA)
        return;
    FUZZ_CHECK(event->payload.size > 0 || event->flags, "an event says nothing");
    if (event->compressed && !w->config->deflate) /* of an extension that is not known here */
        return;
    if (event->flags & WS_MESSAGE_START) {
        w->size = 0;
        w->utf8 = (ws_utf8){0};
    }
    w->size += event->payload.size;
    FUZZ_CHECK(!event->compressed || tolerated(w, WS_LIMIT_MESSAGE) || w->size <= w->config->max_inflated,
               "an inflated message is larger than its limit");
    if (event->opcode != WS_TEXT || tolerated(w, WS_VIOLATION_TEXT))
        return;
    FUZZ_CHECK(ws_utf8_feed_plain(&w->utf8, event->payload.data, event->payload.size) == event->payload.size,
               "text is handed out that is not UTF-8");
    FUZZ_CHECK(!(event->flags & WS_MESSAGE_END) || ws_utf8_complete(&w->utf8),
               "a text ends inside a code point");
}

static void receive(ws_receiver *receiver, watch *w, const uint8_t *in, size_t size, fuzz_log *log) {
    ws_event event;
    for (bool more = true; more;) {
        size_t used = 0;
        more = ws_receiver_next(receiver, in, size, &used, &event);
        FUZZ_CHECK(used <= size && (more || used == size), "%zu octets of %zu are used", used, size);
        in += used;
        size -= used;
        if (!more)
            break;
        check_event(w, &event);
        fuzz_log_add(log, &event);
    }
}

static void end(ws_receiver *receiver, watch *w, fuzz_log *log) {
    ws_event event;
    if (ws_receiver_end(receiver, &event)) {
        check_event(w, &event);
        fuzz_log_add(log, &event);
    }
    const ws_inflater *inflater = ws_receiver_inflater(receiver);
    FUZZ_CHECK((inflater != NULL) == w->config->deflate, "there is an inflater without need");
    if (inflater) {
        FUZZ_CHECK(ws_inflater_max_distance(inflater) <= 32768, "a distance beyond DEFLATE");
        FUZZ_CHECK(w->ended || ws_inflater_max_distance(inflater) <= 1u << w->config->agreement.window_bits,
                   "a distance beyond the window is accepted");
        FUZZ_CHECK(w->ended || !w->config->agreement.no_context_takeover ||
                       !ws_inflater_used_context(inflater),
                   "a distance into an earlier message is accepted");
    }
    FUZZ_CHECK(ws_receiver_reader(receiver) != NULL, "there is no reader");
    ws_receiver_free(receiver);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static fuzz_log whole, cut;
    fuzz_stream stream = fuzz_stream_read(data, size);
    ws_receiver_config config = {.reader = stream.reader,
                                 .deflate = (stream.reader.rsv_on_data & WS_RSV1) != 0 &&
                                            stream.max_inflated != PLAIN_LIMIT,
                                 .agreement = stream.agreement,
                                 .max_inflated = stream.max_inflated ? stream.max_inflated : INFLATED_MAX};
    static uint8_t room[LONG];
    if (stream.octets.size > 0 && size > FUZZ_STREAM_OPTIONS && data[11] == 0xff) {
        for (size_t i = 0; i < LONG; i++)
            room[i] = stream.octets.data[i % stream.octets.size];
        stream.octets = (ws_span){room, LONG};
        stream.cut_mode |= 0x80; /* not octet by octet: that would take longer than all other inputs */
    }
    watch first = {.config = &config}, second = first;
    fuzz_log_reset(&whole);
    fuzz_log_reset(&cut);
    ws_receiver *receiver = fuzz_need(ws_receiver_new(&config));
    receive(receiver, &first, stream.octets.data, stream.octets.size, &whole);
    end(receiver, &first, &whole);
    receiver = fuzz_need(ws_receiver_new(&config));
    const uint8_t *at = stream.octets.data;
    for (size_t left = stream.octets.size; left > 0;) {
        size_t piece = fuzz_stream_piece(&stream, left);
        uint8_t *in = fuzz_copy(at, piece);
        receive(receiver, &second, in, piece, &cut);
        free(in);
        at += piece;
        left -= piece;
    }
    end(receiver, &second, &cut);
    fuzz_log_compare(&whole, &cut);
    return 0;
}

FUZZ_FRAME_MUTATOR
