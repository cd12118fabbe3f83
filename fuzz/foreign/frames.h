/* A stream taken apart into frames without judging it: what is needed to print a stream, and to end it.
 *
 *     raw_frame frame;
 *     for (size_t at = 0; raw_frame_read(stream, at, &frame); at += frame.size) ... */
#ifndef FOREIGN_FRAMES_H
#define FOREIGN_FRAMES_H

#include "wire/frame.h"

#include <stdio.h>

typedef struct raw_frame {
    ws_frame_header header;
    bool header_whole; /* false: the stream ends inside the header, which holds what is known */
    uint64_t missing;  /* octets of payload that the stream lacks */
    ws_span payload;   /* masked as on the wire; what there is of it. Lives as long as the stream */
    size_t size;       /* octets of header and payload that are there */
} raw_frame;

/* Reads the frame that begins at `at`. False when nothing is there. */
bool raw_frame_read(ws_span stream, size_t at, raw_frame *frame);

/* Appends what the stream lacks to be whole: the rest of its last frame, an empty last fragment if a message
 * is in progress, and a ping with the payload "end", by which one sees that everything before it was taken.
 * At most max_payload octets of payload are made up. False, and nothing appended, when a frame wants more
 * than that, or when memory is short. */
bool frames_complete(ws_buffer *stream, ws_role reader, uint64_t max_payload);

/* One line a frame: offset, header fields, the payload's beginning in hex. The frame that holds the octet
 * `mark` has an arrow; (size_t)-1: none. */
void frames_print(FILE *out, ws_span stream, size_t mark);

#endif
