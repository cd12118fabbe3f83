/* The frame codec of RFC 6455 section 5, sans-I/O: octets in any cut become events, descriptions of
 * frames become octets.
 *
 * Receiving: every rule of 5.1 to 5.8, 7.4 and 8.1 is checked on the frames that the other side sends.
 * The first broken rule gives one WS_EVENT_VIOLATION; after it the reader takes no more input (7.1.7).
 *
 *     ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_SERVER});
 *     size_t used = ws_reader_feed(reader, bytes, size, bytes, events, 16, &count);
 *
 * Sending: a ws_frame says what the frame claims to be and what it carries; the two may disagree. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "wire/base.h"

/* Values on the wire (RFC 6455 11.8). */
typedef enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xa
} ws_opcode;

static inline bool ws_opcode_is_control(uint8_t opcode) {
    return (opcode & 0x8) != 0;
}
/* "text", "close", "reserved opcode 0x3", ...; never NULL. */
const char *ws_opcode_name(uint8_t opcode);

/* RSV bits as one number. */
enum { WS_RSV1 = 4, WS_RSV2 = 2, WS_RSV3 = 1 };

enum { WS_FRAME_HEADER_MAX = 14, WS_CONTROL_PAYLOAD_MAX = 125 };

/* A frame header as it stood on the wire. */
typedef struct ws_frame_header {
    uint64_t length; /* declared payload length, octets */
    uint8_t key[4];  /* masking key; zero when not masked */
    uint8_t opcode;  /* 0 to 15 */
    uint8_t rsv;     /* 0 to 7 */
    bool fin;
    bool masked;
    uint8_t length_bits; /* form of the length: 7, 16 or 64 */
    uint8_t size;        /* octets of the header itself, 2 to 14 */
} ws_frame_header;

/* Broken rules. A kind is also the number of its bit in ws_reader_config.tolerate. */
typedef enum ws_violation {
    WS_VIOLATION_NONE = 0,
    WS_VIOLATION_MASK_MISSING,       /* 5.1: client frame without mask */
    WS_VIOLATION_MASK_PRESENT,       /* 5.1: server frame with mask */
    WS_VIOLATION_RSV,                /* 5.2: RSV bit without an extension that defines it */
    WS_VIOLATION_OPCODE,             /* 5.2: reserved opcode */
    WS_VIOLATION_LENGTH_NOT_MINIMAL, /* 5.2: longer form than needed */
    WS_VIOLATION_LENGTH_TOP_BIT,     /* 5.2: most significant bit of the 64-bit form */
    WS_VIOLATION_CONTROL_FRAGMENTED, /* 5.5: control frame with FIN=0 */
    WS_VIOLATION_CONTROL_TOO_LONG,   /* 5.5: control payload over 125 octets */
    WS_VIOLATION_CONTINUATION_STRAY, /* 5.4: continuation without a message in progress */
    WS_VIOLATION_INTERLEAVED,        /* 5.4: new data frame inside a fragmented message */
    WS_VIOLATION_CLOSE_LENGTH,       /* 5.5.1: Close payload of one octet */
    WS_VIOLATION_CLOSE_CODE,         /* 7.4: code that no Close frame may carry */
    WS_VIOLATION_CLOSE_UNASSIGNED,   /* 7.4.2: code without a meaning (1004, 1016-2999, >= 5000) */
    WS_VIOLATION_CLOSE_REASON,       /* 5.5.1: reason is not UTF-8 */
    WS_VIOLATION_TEXT,               /* 8.1: text is not UTF-8 */
    WS_VIOLATION_DATA_AFTER_CLOSE,   /* 5.5.1: data frame after Close */
    WS_VIOLATION_TRUNCATED,          /* 5.2: stream ended inside a frame */
    WS_VIOLATION_DEFLATE,            /* RFC 7692 7.2.2: payload that cannot be inflated */
    WS_VIOLATION_WINDOW,             /* RFC 7692 7.1.2: distance beyond the agreed window or context */
    /* The caller's limits, not rules of the RFC (10.4): */
    WS_LIMIT_FRAME,
    WS_LIMIT_MESSAGE,
    WS_LIMIT_FRAGMENTS,
    WS_VIOLATION_COUNT
} ws_violation;

typedef struct ws_violation_info {
    const char *name;    /* "mask-missing" */
    const char *section; /* "RFC 6455 5.1" */
    const char *text;    /* "a frame from the client is not masked" */
    uint16_t close_code; /* the code that fits: 1002, 1007, 1008 or 1009 (7.4.1) */
} ws_violation_info;

/* Defined for every kind below WS_VIOLATION_COUNT. */
const ws_violation_info *ws_violation_describe(ws_violation kind);

typedef enum ws_event_type {
    WS_EVENT_DATA,     /* a piece of a text or binary message */
    WS_EVENT_PING,     /* a whole ping */
    WS_EVENT_PONG,     /* a whole pong */
    WS_EVENT_CLOSE,    /* a whole, well-formed Close */
    WS_EVENT_VIOLATION /* the last event of a reader */
} ws_event_type;

/* Flags of a WS_EVENT_DATA. A short unfragmented message in one read is one event with all four. */
enum { WS_FRAME_START = 1, WS_FRAME_END = 2, WS_MESSAGE_START = 4, WS_MESSAGE_END = 8 };

typedef struct ws_event {
    ws_event_type type;
    uint8_t flags;          /* DATA */
    uint8_t opcode;         /* DATA: type of the message, WS_TEXT or WS_BINARY (also for continuations) */
    bool compressed;        /* DATA: the message began with RSV1 while that was allowed */
    uint16_t close_code;    /* CLOSE: the code, or WS_CLOSE_NO_STATUS when the payload is empty */
    ws_violation violation; /* VIOLATION */
    ws_span payload;        /* unmasked octets: DATA piece, ping or pong payload, Close reason. Lives in
                               `out` or in the reader, until the next feed. */
    uint64_t offset;        /* stream offset of the frame's first octet; VIOLATION: of the first octet
                               that breaks the rule */
    ws_frame_header header; /* of the frame at hand (as far as it was read, for a VIOLATION) */
} ws_event;

typedef struct ws_reader_config {
    ws_role role;           /* which end WE are: a server demands masked frames, a client unmasked ones */
    uint8_t rsv_on_data;    /* RSV bits that a negotiated extension allows on the first frame of a message */
    uint64_t max_frame;     /* octets of a data frame's payload; 0: no limit */
    uint64_t max_message;   /* octets of all fragments together, before inflating; 0: no limit */
    uint64_t max_fragments; /* frames of one message; 0: no limit */
    uint32_t tolerate; /* bit 1u << kind: do not check this rule, go on with the nearest meaning: a reserved
                          data opcode or a stray continuation is binary, a reserved control opcode a pong;
                          a control payload ends behind 125 octets */
} ws_reader_config;

typedef struct ws_reader ws_reader;

/* NULL when out of memory. One allocation, of fixed size; nothing is allocated later. */
ws_reader *ws_reader_new(const ws_reader_config *config);
void ws_reader_free(ws_reader *reader);

/* Parses octets until they are used up, `events` is full, or a rule is broken. Returns the number of octets
 * used (all of them once a rule is broken); *event_count is the number of events written. While octets are
 * left, or fewer than two places in `events` were left free, call again with the rest (size may be 0). in:
 * octets of the stream, in order, cut anywhere. out: room for `size` octets, where unmasked payload goes; may
 * equal in. Payload of unmasked frames is handed out from `in` without a copy. max_events: at least 2. Same
 * events, however the stream is cut, once neighbouring DATA pieces of a frame are joined. */
size_t ws_reader_feed(ws_reader *reader, const uint8_t *in, size_t size, uint8_t *out, ws_event *events,
                      size_t max_events, size_t *event_count);

/* The stream has ended. True, and a VIOLATION (truncated), when that was inside a frame. */
bool ws_reader_end(ws_reader *reader, ws_event *event);

/* Octets read so far, in frames or parts of frames. */
uint64_t ws_reader_offset(const ws_reader *reader);
/* Whether a message has begun whose final fragment has not been seen. */
bool ws_reader_in_message(const ws_reader *reader);
/* Whether the next octet begins a frame. */
bool ws_reader_at_frame_start(const ws_reader *reader);

typedef enum ws_length_form {
    WS_LENGTH_MINIMAL = 0, /* as 5.2 demands */
    WS_LENGTH_7 = 7,       /* a length that does not fit is cut to 7 bits */
    WS_LENGTH_16 = 16,     /* cut to 16 bits */
    WS_LENGTH_64 = 64
} ws_length_form;

/* A frame to send. All zero: an empty continuation frame with FIN=0, unmasked. */
typedef struct ws_frame {
    uint8_t opcode; /* 0 to 15 */
    uint8_t rsv;    /* 0 to 7 */
    bool fin;
    bool masked;           /* MASK bit and key are written, payload is masked */
    uint8_t key[4];        /* used when masked; may be zero */
    ws_span payload;       /* octets that follow the header */
    bool lie_about_length; /* declare `declared` instead of payload.size */
    uint64_t declared;
    ws_length_form length_form;
} ws_frame;

/* Writes the header only, 2 to 14 octets, and returns its size. The payload may follow in pieces of any
 * size through ws_mask. */
size_t ws_frame_emit_header(const ws_frame *frame, uint8_t out[WS_FRAME_HEADER_MAX]);

/* Appends header and payload, masked as described. On error nothing is appended. */
ws_status ws_frame_emit(const ws_frame *frame, ws_buffer *out);

#endif
