/* What a frame parser has to offer to be fuzzed beside the reference: four functions, this header alone.
 *
 * An adapter is one C or C++ file that implements them on top of a parser of yours. The differential target
 * feeds the same octets in the same pieces to it and to the reference, and stops where the two disagree.
 *
 *     wspect_parser *parser = wspect_parser_new(&options, on_event, sink);
 *     while (...) verdict = wspect_parser_feed(parser, piece, size);
 *     wspect_parser_free(parser);
 *
 * Begin with template/adapter.c; README.md tells the commands. Units are octets throughout. Numbers follow
 * RFC 6455: opcodes 0x0 to 0xa, close codes 1000 to 4999. Nothing is called from more than one thread, and at
 * most one parser lives at a time. */
#ifndef WSPECT_PARSER_H
#define WSPECT_PARSER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WSPECT_PARSER_ABI 1

/* Kept visible when the adapter is built with -fvisibility=hidden into a shared object. */
#if defined(__GNUC__)
#define WSPECT_PARSER_API __attribute__((visibility("default")))
#else
#define WSPECT_PARSER_API
#endif

/* What the parser promises. Be honest: what it does not promise is not held against it, what it does promise
 * is. A parser that leaves a check to its user leaves the flag out. */
enum {
    /* It reports frames: every frame with its own opcode and FIN, fragments included. Without the flag it
     * reports messages: text or binary with all fragments joined, and control frames. */
    WSPECT_REPORTS_FRAMES = 1 << 0,
    WSPECT_CHECKS_MASK = 1 << 1,     /* 5.1: which side masks */
    WSPECT_CHECKS_RSV = 1 << 2,      /* 5.2: reserved bits are 0 */
    WSPECT_CHECKS_OPCODE = 1 << 3,   /* 5.2: reserved opcodes */
    WSPECT_CHECKS_LENGTH = 1 << 4,   /* 5.2: shortest form, top bit 0 */
    WSPECT_CHECKS_CONTROL = 1 << 5,  /* 5.5: control frames are whole and carry at most 125 octets */
    WSPECT_CHECKS_SEQUENCE = 1 << 6, /* 5.4: continuations belong to a message, messages do not interleave */
    WSPECT_CHECKS_CLOSE = 1 << 7,    /* 5.5.1, 7.4: length, code and reason of a Close frame */
    WSPECT_CHECKS_TEXT = 1 << 8,     /* 8.1: text is UTF-8 */
    WSPECT_CHECKS_LIMIT = 1 << 9,    /* it refuses messages above options.max_message, and no others */
    WSPECT_INFLATES = 1 << 10,       /* it speaks permessage-deflate and reports inflated messages */
    WSPECT_CHECKS_ALL = 0x3fe        /* every WSPECT_CHECKS_... */
};

typedef struct wspect_parser_info {
    int abi;          /* WSPECT_PARSER_ABI */
    const char *name; /* "wslay 1.1.1"; static */
    uint32_t flags;
} wspect_parser_info;

/* What the two ends have agreed on. */
typedef struct wspect_parser_options {
    int server;              /* 1: the parser is the server's, frames come masked; 0: the client's */
    uint64_t max_message;    /* largest message, octets; at least 125 and never 0 */
    int deflate;             /* permessage-deflate is negotiated; set only with WSPECT_INFLATES */
    int window_bits;         /* of the sender, 8 to 15; 15 is the default of RFC 7692 */
    int no_context_takeover; /* of the sender */
} wspect_parser_options;

/* One thing that the parser found, or a piece of it. A parser that streams may report a frame or message in
 * pieces: last is 0 for all but the final one. One that does not stream reports each with last 1. */
typedef struct wspect_parser_event {
    uint8_t opcode;      /* frames: as on the wire. Messages: 0x1 or 0x2; control frames 0x8 to 0xa */
    uint8_t fin;         /* frames: FIN as on the wire. Messages: 1 */
    uint8_t last;        /* this is the end of the frame or message */
    uint16_t close_code; /* opcode 0x8: the code, or 1005 when the payload is empty */
    const uint8_t
        *payload; /* unmasked, for this call only; NULL when size is 0. Opcode 0x8: the reason alone */
    size_t size;
} wspect_parser_event;

/* Takes an event; the adapter calls it from within wspect_parser_feed. */
typedef void wspect_parser_sink(void *context, const wspect_parser_event *event);

typedef enum wspect_parser_verdict {
    WSPECT_ACCEPTED = 0, /* all octets are taken, more may follow: also in the midst of a frame */
    WSPECT_CLOSED = 1,   /* a Close frame was reported; the parser takes no more, and gets no more */
    WSPECT_REFUSED = 2 /* the peer broke a rule or a limit: the connection would be failed. It gets no more */
} wspect_parser_verdict;

typedef struct wspect_parser wspect_parser;

/* Name and promises; the same at every call. */
WSPECT_PARSER_API const wspect_parser_info *wspect_parser_describe(void);

/* A parser whose next octet is the first behind the opening handshake. NULL: out of memory, or options that
 * this parser cannot have; the input is left out then. context goes to every call of sink. */
WSPECT_PARSER_API wspect_parser *wspect_parser_new(const wspect_parser_options *options,
                                                   wspect_parser_sink *sink, void *context);

/* Takes octets of the stream, in order, cut anywhere: also inside a header. Before it returns every event
 * that these octets complete must be reported; a parser must not wait for the next frame. size may be 0. The
 * octets lie in an allocation of exactly this size, and may be written to. */
WSPECT_PARSER_API wspect_parser_verdict wspect_parser_feed(wspect_parser *parser, uint8_t *octets,
                                                           size_t size);

/* Frees all that belongs to the parser, also in the midst of a message. NULL is allowed. */
WSPECT_PARSER_API void wspect_parser_free(wspect_parser *parser);

#ifdef __cplusplus
}
#endif

#endif
