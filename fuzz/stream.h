/* Inputs of the targets that read frames: some octets of options at a fixed place, then the stream. The
 * mutator (mutator.h) leaves the border between them where it is.
 *
 *     octet 0     bit 0: we are the server; bits 1-3: RSV bits of an extension; bit 4: unmask in place;
 *                 bits 5-7: room for so many events more than two
 *     octet 1-3   limits of a frame, of a message, of fragments (fuzz_stream_limit)
 *     octet 4-6   rules that are tolerated, lowest first
 *     octet 7     permessage-deflate: bits 0-2: window bits less 8; bit 3: no context takeover;
 *                 bits 4-7: a limit of 1 << (2n) octets of an inflated message, 0: none
 *     octet 8-11  where the stream is cut (fuzz_stream_piece) */
#ifndef FUZZ_STREAM_H
#define FUZZ_STREAM_H

#include "wire/receiver.h"

enum { FUZZ_STREAM_OPTIONS = 12 };

typedef struct fuzz_stream {
    ws_reader_config reader;
    bool in_place;
    size_t max_events;
    ws_deflate_agreement agreement;
    uint64_t max_inflated;
    uint8_t cut_mode;
    uint64_t cut_seed;
    ws_span octets; /* borrowed from the input */
} fuzz_stream;

/* Options that an input is too short for are zero. */
fuzz_stream fuzz_stream_read(const uint8_t *data, size_t size);

/* The size of the next piece of a stream with so many octets left: all of one octet for mode 0, a cut at one
 * place for mode 1, else pieces of up to `mode` octets, empty ones among them. Advances cut_seed. */
size_t fuzz_stream_piece(fuzz_stream *stream, size_t left);

/* Events with neighbouring DATA pieces of a frame joined, so that two readings can be compared. */
typedef struct fuzz_log {
    ws_event *events; /* payload.data is not used */
    size_t count, capacity;
    ws_buffer payload; /* of all events, one behind the other */
} fuzz_log;

void fuzz_log_reset(fuzz_log *log);
void fuzz_log_add(fuzz_log *log, const ws_event *event);
/* Aborts with the first difference. */
void fuzz_log_compare(const fuzz_log *whole, const fuzz_log *cut);

#endif
