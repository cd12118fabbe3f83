/* The reference and a foreign parser on the same octets.
 *
 *     differential *both = differential_new();
 *     differential_finding finding;
 *     if (differential_run(both, data, size, &tolerated, &finding)) differential_print(both, &finding,
 * stderr);
 *
 * Input: twelve octets of options, then a frame stream: laid out as for the targets of the reference
 * (fuzz/stream.h), so that corpora and the mutator serve both. Of the options these count: octet 0     bit 0:
 * the parser is the server's; bit 3 (RSV1 has a meaning): permessage-deflate, if the parser inflates; bit 5:
 * make up long payloads, too octet 2     the largest message, one of a table octet 7     permessage-deflate:
 * bits 0-2: window bits above 8; bit 3: without context takeover octet 8, 9  0: one piece; 1 to 127: pieces
 * of so many octets; from 128 on: pieces of varying size, octet 9 seeds them A stream that ends in the midst
 * of a frame or message is completed, and a ping is put behind it, so that a parser that judges late has
 * judged. What counts as a difference:
 *   - a parser *refuses* what the reference finds no fault with;
 *   - it *accepts* what the reference refuses: it reports more than what stood before the broken rule, or
 * takes the completed stream to its end. Refusing earlier or later than the reference, but before it has
 * reported what the broken rule concerns, is no difference;
 *   - what it *reports* before that is not what was sent.
 * Both stop at a Close frame. */
#ifndef FOREIGN_DIFFERENTIAL_H
#define FOREIGN_DIFFERENTIAL_H

#include "fuzz/foreign/tolerated.h"
#include "wire/base.h"
#include "wire/frame.h"

#include <stdio.h>

enum { DIFFERENTIAL_OPTION_OCTETS = 12 };

typedef struct differential differential;

typedef enum differential_kind {
    DIFFERENTIAL_ACCEPTS, /* the parser accepts what breaks `violation` */
    DIFFERENTIAL_REFUSES, /* the parser refuses what breaks no rule */
    DIFFERENTIAL_REPORTS, /* the parser reports something else than what was sent */
    DIFFERENTIAL_DROPS,   /* the parser goes on without reporting what was sent */
    DIFFERENTIAL_INVENTS  /* the parser reports what was not sent */
} differential_kind;

typedef struct differential_finding {
    differential_kind kind;
    ws_violation violation; /* ACCEPTS */
    char rule[32];   /* the name for a list of tolerated differences: "length-not-minimal", "close-1012" */
    size_t event;    /* index of the event at which the logs part */
    uint64_t offset; /* stream offset of the frame, or octet, at issue */
} differential_finding;

/* NULL when out of memory. */
differential *differential_new(void);
void differential_free(differential *both);

/* True, and *finding, when the two differ in something that is not tolerated. An input that is too short for
 * the options, or whose options the parser cannot have, shows no difference. Aborts when an adapter breaks
 * its contract. */
bool differential_run(differential *both, const uint8_t *data, size_t size, const tolerated_list *tolerated,
                      differential_finding *finding);

/* "accepts", "refuses", "reports", "drops" or "invents", as in a list of tolerated differences. */
const char *differential_verb(differential_kind kind);

/* What the last run that found something was about: the sentence, the frames, what each of the two made of
 * it. */
void differential_print(const differential *both, const differential_finding *finding, FILE *out);

#endif
