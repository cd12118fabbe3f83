/* What was sent and seen on one connection, in order: the transcript that a report shows and from which a
 * verdict can be judged again. Bounded: long payloads are kept as length and digest, long runs of frames as a
 * count. */
#ifndef PLAY_TRACE_H
#define PLAY_TRACE_H

#include "play/payload.h"
#include "wire/frame.h"

typedef enum play_entry_kind {
    PLAY_ENTRY_HTTP, /* octets of the opening handshake */
    PLAY_ENTRY_FRAME,
    PLAY_ENTRY_RAW,     /* octets that are neither */
    PLAY_ENTRY_SKIPPED, /* `count` frames with `length` payload octets, beyond the cap */
    PLAY_ENTRY_EVENT    /* `text`: "connected", "end", "reset", "timeout", ... */
} play_entry_kind;

enum {
    PLAY_TRACE_INLINE = 256,     /* payload octets kept of one frame */
    PLAY_TRACE_WIRE = 2048,      /* octets kept of a compressed frame, as they came */
    PLAY_TRACE_HTTP_MAX = 16384, /* octets kept of one handshake head */
    PLAY_TRACE_ENTRIES = 120     /* rows kept from the beginning; as many again from the end */
};

typedef struct play_entry {
    play_entry_kind kind;
    bool out; /* sent by us */
    int64_t time_us;
    uint64_t offset; /* of its first octet in its direction; frames count from the end of the handshake */
    ws_frame_header header; /* FRAME */
    uint64_t length;        /* octets of payload (FRAME) or in all, also those not kept */
    uint64_t count;         /* SKIPPED */
    uint8_t *bytes;         /* first octets, unmasked; `size` of them */
    size_t size;
    uint8_t *wire; /* FRAME that came in, of a compressed message: its payload as it came, unmasked but not
                      inflated; `wire_size` octets, all or none when the frame is complete */
    size_t wire_size;
    char sha256[65]; /* of the whole payload when size < length, it came in and no generator gives it; else ""
                      */
    const play_payload
        *payload; /* generator that gives the same octets, from octet payload_at on; NULL when unknown */
    uint64_t payload_at;
    const char *text; /* EVENT; FRAME, RAW: the rule broken here, or NULL. Static or owned by the trace */
} play_entry;

typedef struct play_trace play_trace;

size_t play_trace_count(const play_trace *trace);
const play_entry *play_trace_get(const play_trace *trace, size_t index);

#endif
