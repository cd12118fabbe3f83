/* A session that the live fuzzer plays, as genes: what it sends, in a form that can be drawn, changed, joined
 * with another, made smaller and written down. session.h turns genes into a case.
 *
 *     live_genome g;
 *     live_genome_draw(&g, &random, &taste);
 *     live_genome_mutate(&g, &other, &random, &taste);
 *
 * In every member 0 is what is simplest; so whatever makes a member smaller makes the session simpler. Any
 * values make a session: what a gene cannot do where it stands is left out. */
#ifndef LIVE_GENOME_H
#define LIVE_GENOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LIVE_GENES_MAX = 40 };

typedef enum live_kind {
    LIVE_WAIT, /* for all that is due */
    LIVE_TEXT, /* a whole message */
    LIVE_BINARY,
    LIVE_TEXT_START, /* its first fragment */
    LIVE_BINARY_START,
    LIVE_MIDDLE, /* a continuation without FIN */
    LIVE_LAST,   /* a continuation with FIN */
    LIVE_PING,
    LIVE_PONG,
    LIVE_CLOSE,    /* value: the code; 0: an empty Close; 1: a payload of one octet */
    LIVE_RAW,      /* octets drawn from seed, then the end of our stream */
    LIVE_SHUTDOWN, /* the end of our stream */
    LIVE_RESET,
    LIVE_KIND_COUNT
} live_kind;

typedef enum live_content {
    LIVE_LETTERS, /* one letter again and again */
    LIVE_CORPUS,  /* text of a data set */
    LIVE_UTF8,    /* characters of 1 to 4 octets */
    LIVE_BROKEN,  /* the same with an octet changed: mostly no UTF-8 any more */
    LIVE_RANDOM,  /* octets */
    LIVE_CONTENT_COUNT
} live_content;

/* How a frame is bent; value says how far. */
typedef enum live_bend {
    LIVE_STRAIGHT,
    LIVE_COMPRESSED, /* not bent: by permessage-deflate, where the session has it */
    LIVE_CORRUPT,    /* RSV1 and a block of a type that does not exist */
    LIVE_RSV,
    LIVE_MASK, /* masked where it must not be, or the other way round */
    LIVE_OPCODE,
    LIVE_FIN,       /* turned over, of a control frame or a whole message */
    LIVE_LONG_FORM, /* a longer form of the length than needed */
    LIVE_TOP_BIT,   /* of a length of 64 bits */
    LIVE_DECLARE,   /* a length of which only the beginning comes, and then the end of our stream */
    LIVE_BEND_COUNT
} live_bend;

/* How the octets of a message or frame are cut; value says where. */
typedef enum live_cut {
    LIVE_WHOLE,
    LIVE_FRAGMENTS,
    LIVE_FRAGMENTS_AND_EMPTY, /* an empty frame ends the message */
    LIVE_CHOP,                /* into writes of some octets */
    LIVE_CUT,                 /* one write ends within the frame */
    LIVE_FLUSH,               /* a write ends behind it */
    LIVE_CUT_COUNT
} live_cut;

typedef struct live_gene {
    uint8_t kind, content, bend, cut;
    uint32_t size; /* octets of payload */
    uint32_t seed; /* of the content */
    uint32_t value;
} live_gene;

typedef enum live_opening {
    LIVE_USUAL,
    LIVE_HARMLESS, /* an opening handshake that has to succeed, written unlike others */
    LIVE_MANGLED,  /* with octets changed: anything may become of it, but not nothing */
    LIVE_WRONG,    /* that has to fail */
    LIVE_OPENING_COUNT
} live_opening;

typedef struct live_genome {
    uint8_t opening; /* live_opening */
    uint8_t deflate; /* 0: not offered; else one of the offers of session.c */
    uint16_t count;
    uint32_t opening_seed;
    live_gene genes[LIVE_GENES_MAX];
} live_genome;

/* A stream of numbers: the same seed gives the same stream. */
typedef struct live_random {
    uint64_t seed, at;
} live_random;
uint64_t live_random_next(live_random *random);
/* Below `limit`, which is at least 1. */
uint64_t live_random_below(live_random *random, uint64_t limit);

/* What sessions are to be like. */
typedef struct live_taste {
    uint32_t largest; /* octets of a message; at least 125 */
    bool deflate;     /* the peer takes offers of permessage-deflate */
} live_taste;

void live_genome_draw(live_genome *genome, live_random *random, const live_taste *taste);
/* Changes a few things; some genes may come from `other`, which may be NULL. */
void live_genome_mutate(live_genome *genome, const live_genome *other, live_random *random,
                        const live_taste *taste);

/* The n-th way to make it simpler: true and the result in *smaller; false when there is no n-th. The ways
 * that take away most come first. */
bool live_genome_reduce(const live_genome *genome, size_t n, live_genome *smaller);

enum { LIVE_TEXT_MAX = 32 + LIVE_GENES_MAX * 36 };
/* As one line of hex digits, dots and commas, and back; false when it is none. */
void live_genome_write(const live_genome *genome, char text[LIVE_TEXT_MAX]);
bool live_genome_read(live_genome *genome, const char *text);

#endif
