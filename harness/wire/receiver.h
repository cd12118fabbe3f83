/* Everything an endpoint does with received octets: frames, permessage-deflate, and UTF-8 of inflated text.
 *
 *     while (size > 0 || ...) {
 *         size_t used;
 *         bool have = ws_receiver_next(receiver, bytes, size, &used, &event);
 *         bytes += used; size -= used;
 *         if (!have) break;   // all octets are used
 *         ...
 *     } */
#ifndef WIRE_RECEIVER_H
#define WIRE_RECEIVER_H

#include "wire/deflate.h"
#include "wire/frame.h"

typedef struct ws_receiver_config {
    ws_reader_config reader;        /* rsv_on_data is set by the receiver when deflate is given */
    bool deflate;                   /* permessage-deflate was negotiated */
    ws_deflate_agreement agreement; /* of the sender's direction */
    uint64_t max_inflated; /* octets of one message after inflating; 0: no limit (WS_LIMIT_MESSAGE) */
} ws_receiver_config;

typedef struct ws_receiver ws_receiver;

/* NULL when out of memory. Memory use is fixed from then on: about 64 KiB, 128 KiB with deflate. */
ws_receiver *ws_receiver_new(const ws_receiver_config *config);
void ws_receiver_free(ws_receiver *receiver);

/* Reads from `bytes` until one event is there (true) or all is used (false, *used == size). DATA pieces of
 * compressed messages carry inflated octets. Payload spans live until the next call; `bytes` must stay valid
 * until a call returns false. Call with size 0 to get events that are still pending. A violation that only
 * inflating shows (text, deflate, window, limit) has the offset of its frame's payload; the good octets
 * before it are handed out first. */
bool ws_receiver_next(ws_receiver *receiver, const uint8_t *bytes, size_t size, size_t *used,
                      ws_event *event);
/* As ws_reader_end. */
bool ws_receiver_end(ws_receiver *receiver, ws_event *event);
/* The frame reader inside, for its questions. */
const ws_reader *ws_receiver_reader(const ws_receiver *receiver);
/* The inflater inside, or NULL. */
const ws_inflater *ws_receiver_inflater(const ws_receiver *receiver);

#endif
