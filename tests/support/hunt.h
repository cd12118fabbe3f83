/* The live fuzzer against the reference endpoint, in memory and on a virtual clock.
 *
 *     hunt_result result;
 *     hunt(&(hunt_options){.under_test = WS_SERVER, .behaviour = row, .seed = 1, .sessions = 2000, .echo =
 * true}, &result);
 */
#ifndef TESTS_SUPPORT_HUNT_H
#define TESTS_SUPPORT_HUNT_H

#include "live/engine.h"
#include "support/played.h"

typedef struct hunt_options {
    ws_role under_test;
    const peer_behaviour *behaviour; /* NULL: sound */
    uint64_t seed;
    uint64_t sessions; /* after so many it is over, */
    size_t findings;   /* or after so many findings; 0: never */
    bool echo;
    unsigned greeting; /* as play_options */
} hunt_options;

typedef struct hunt_result {
    size_t findings;
    uint64_t first; /* session that showed the first finding */
    uint64_t states, unconfirmed, sessions;
    char id[LIVE_ID_MAX]; /* of the first finding; "" when there is none */
    char reason[LIVE_REASON_MAX];
    size_t genes, genes_found;
    char *table; /* of the first finding, to be freed */
} hunt_result;

/* Aborts when memory is out, when a session is no valid case, or when a play gets stuck. */
void hunt(const hunt_options *options, hunt_result *result);

#endif
