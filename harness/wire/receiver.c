#include "wire/receiver.h"

#include "wire/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH_SIZE = 32768, INFLATED_SIZE = 32768, EVENT_ROOM = 2 };

struct ws_receiver {
    ws_receiver_config config;
    ws_reader *reader;
    ws_inflater *inflater;
    ws_event queued[EVENT_ROOM]; /* events of the frame reader not handed on yet */
    size_t queued_count, queued_at;
    bool more_due; /* the frame reader may have an event without further octets */
    bool failed;
    /* the compressed piece that is being inflated */
    bool inflating;
    ws_event piece;
    size_t piece_used;
    bool output_due;     /* the inflater has octets that it had no room for */
    ws_violation broken; /* found behind the octets that were handed out last */
    ws_utf8 utf8;
    uint64_t inflated;        /* octets of the message so far */
    uint8_t *scratch;         /* unmasked octets */
    uint8_t *inflated_octets; /* NULL without deflate */
};

ws_receiver *ws_receiver_new(const ws_receiver_config *config) {
    ws_receiver *receiver = calloc(1, sizeof *receiver);
    if (!receiver)
        return NULL;
    receiver->config = *config;
    if (config->deflate)
        receiver->config.reader.rsv_on_data |= WS_RSV1;
    receiver->reader = ws_reader_new(&receiver->config.reader);
    receiver->scratch = malloc(SCRATCH_SIZE);
    if (config->deflate) {
        receiver->inflater = ws_inflater_new(config->agreement);
        receiver->inflated_octets = malloc(INFLATED_SIZE);
    }
    bool complete = receiver->reader && receiver->scratch &&
                    (!config->deflate || (receiver->inflater && receiver->inflated_octets));
    if (!complete) {
        ws_receiver_free(receiver);
        return NULL;
    }
    return receiver;
}

void ws_receiver_free(ws_receiver *receiver) {
    if (!receiver)
        return;
    ws_reader_free(receiver->reader);
    if (receiver->inflater)
        ws_inflater_free(receiver->inflater);
    free(receiver->scratch);
    free(receiver->inflated_octets);
    free(receiver);
}

const ws_reader *ws_receiver_reader(const ws_receiver *receiver) {
    return receiver->reader;
}

const ws_inflater *ws_receiver_inflater(const ws_receiver *receiver) {
    return receiver->inflater;
}

static void fail(ws_receiver *receiver, ws_event *event, ws_violation kind) {
    const ws_event *piece = &receiver->piece;
    receiver->failed = true;
    receiver->inflating = false;
    *event = (ws_event){.type = WS_EVENT_VIOLATION,
                        .violation = kind,
                        .opcode = piece->opcode,
                        .compressed = true,
                        .offset = piece->offset + piece->header.size,
                        .header = piece->header};
}

static bool checked(const ws_receiver *receiver, ws_violation kind) {
    return (receiver->config.reader.tolerate & (1u << kind)) == 0;
}

static void begin_inflating(ws_receiver *receiver, const ws_event *event) {
    receiver->inflating = true;
    receiver->piece = *event;
    receiver->piece_used = 0;
    if (event->flags & WS_MESSAGE_START) {
        receiver->utf8 = (ws_utf8){0};
        receiver->inflated = 0;
    }
}

/* One step of the inflater over the piece at hand; *drained tells that the piece, and with it the message
 * when it ends here, has given all its output. */
static ws_inflate_result inflate_some(ws_receiver *receiver, size_t *made, bool *drained) {
    ws_event *piece = &receiver->piece;
    bool message_ends = (piece->flags & WS_MESSAGE_END) != 0;
    *made = 0;
    *drained = false;
    ws_inflate_result result = WS_INFLATE_MORE_INPUT;
    if (receiver->piece_used < piece->payload.size || receiver->output_due) {
        ws_span rest = {piece->payload.data + receiver->piece_used,
                        piece->payload.size - receiver->piece_used};
        size_t used = 0;
        result =
            ws_inflater_feed(receiver->inflater, rest, &used, receiver->inflated_octets, INFLATED_SIZE, made);
        receiver->piece_used += used;
        receiver->output_due = result == WS_INFLATE_MORE_OUTPUT;
        *drained = result == WS_INFLATE_MORE_INPUT && !message_ends;
        return result;
    }
    if (message_ends)
        result = ws_inflater_end_message(receiver->inflater, receiver->inflated_octets, INFLATED_SIZE, made);
    *drained = result == WS_INFLATE_MORE_INPUT;
    return result;
}

/* The first rule that is broken, in the order of the inflated octets; *made is cut to the octets before it.
 * So the same octets are handed out, however the stream was cut. */
static ws_violation judge_inflated(ws_receiver *receiver, ws_inflate_result result, bool message_ends,
                                   size_t *made) {
    uint64_t limit = checked(receiver, WS_LIMIT_MESSAGE) ? receiver->config.max_inflated : 0;
    uint64_t room = limit ? limit - receiver->inflated : UINT64_MAX;
    bool too_big = *made > room;
    size_t within = too_big ? (size_t)room : *made;
    bool text = receiver->piece.opcode == WS_TEXT && checked(receiver, WS_VIOLATION_TEXT);
    *made = text ? ws_utf8_feed(&receiver->utf8, receiver->inflated_octets, within) : within;
    receiver->inflated += *made;
    if (*made < within)
        return WS_VIOLATION_TEXT;
    if (too_big)
        return WS_LIMIT_MESSAGE;
    if (result == WS_INFLATE_CORRUPT)
        return WS_VIOLATION_DEFLATE;
    if (result == WS_INFLATE_WINDOW)
        return WS_VIOLATION_WINDOW;
    return text && message_ends && !ws_utf8_complete(&receiver->utf8) ? WS_VIOLATION_TEXT : WS_VIOLATION_NONE;
}

/* Gives the next event of the compressed piece; false when there is none (the piece is used up silently). */
static bool next_inflated(ws_receiver *receiver, ws_event *event) {
    while (receiver->inflating) {
        if (receiver->broken != WS_VIOLATION_NONE) {
            fail(receiver, event, receiver->broken);
            return true;
        }
        size_t made;
        bool drained;
        ws_inflate_result result = inflate_some(receiver, &made, &drained);
        bool message_ends = drained && (receiver->piece.flags & WS_MESSAGE_END);
        receiver->broken = judge_inflated(receiver, result, message_ends, &made);
        bool ends = drained && receiver->broken == WS_VIOLATION_NONE;
        *event = receiver->piece;
        event->payload = (ws_span){receiver->inflated_octets, made};
        event->flags &= (uint8_t)(ends ? 0xff : ~(WS_FRAME_END | WS_MESSAGE_END));
        /* The piece's beginning is told once. */
        receiver->piece.flags &= (uint8_t) ~(WS_FRAME_START | WS_MESSAGE_START);
        receiver->inflating = !ends;
        if (made > 0 || event->flags)
            return true;
    }
    return false;
}

bool ws_receiver_next(ws_receiver *receiver, const uint8_t *bytes, size_t size, size_t *used,
                      ws_event *event) {
    static const uint8_t no_input;
    if (size == 0) /* NULL is allowed for nothing, but no arithmetic with it */
        bytes = &no_input;
    *used = 0;
    for (;;) {
        if (receiver->failed) {
            *used = size;
            return false;
        }
        if (receiver->inflating && next_inflated(receiver, event))
            return true;
        if (receiver->queued_at < receiver->queued_count) {
            *event = receiver->queued[receiver->queued_at++];
            if (event->type == WS_EVENT_VIOLATION)
                receiver->failed = true;
            if (event->type != WS_EVENT_DATA || !event->compressed || !receiver->inflater)
                return true;
            begin_inflating(receiver, event);
            continue;
        }
        if (*used == size && !receiver->more_due)
            return false;
        size_t piece = size - *used < SCRATCH_SIZE ? size - *used : SCRATCH_SIZE;
        *used += ws_reader_feed(receiver->reader, bytes + *used, piece, receiver->scratch, receiver->queued,
                                EVENT_ROOM, &receiver->queued_count);
        receiver->queued_at = 0;
        receiver->more_due = receiver->queued_count > 0;
    }
}

bool ws_receiver_end(ws_receiver *receiver, ws_event *event) {
    return !receiver->failed && ws_reader_end(receiver->reader, event);
}
