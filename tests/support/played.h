/* A case of the tables played in memory against the reference endpoint, on a virtual clock.
 *
 *     played out;
 *     played_case(c, &(played_options){.under_test = WS_SERVER, .behaviour = peer_behaviour_find("silent")},
 * &out); */
#ifndef TESTS_SUPPORT_PLAYED_H
#define TESTS_SUPPORT_PLAYED_H

#include "peer/behaviour.h"
#include "play/player.h"
#include "play/table.h"
#include "support/sim.h"

typedef struct played_options {
    ws_role under_test;
    const peer_behaviour *behaviour; /* NULL: sound */
    size_t chop;                     /* of the line, both ways */
    bool digest;                     /* wanted; it takes most of the time */
    bool no_echo;                    /* judged as a peer that does not echo */
    unsigned greeting;               /* messages that it is known to send first */
    /* May be NULL; called when the case is over, while result and trace live. */
    void (*look)(const play_result *result, const play_trace *trace, void *user);
    void *user;
} played_options;

typedef struct played {
    sim_stop stop; /* anything but SIM_DONE: no verdict */
    play_verdict verdict;
    play_close_verdict closing;
    bool has_code;
    uint16_t code;
    bool timed_out;
    char reason[400]; /* "" for none */
    /* Of all octets that crossed the line, with their direction and time, of the transcript and of the
     * result; "" when not wanted. */
    char digest[65];
} played;

/* The tables compiled in; aborts when they do not load. */
play_table *played_tables(void);
/* Whether an endpoint in that role, which echoes and knows the subprotocol "chat", can be asked for it. */
bool played_applies(const play_case *c, ws_role under_test);
/* Octets of payload that the case sends, about. */
uint64_t played_weight(const play_case *c);
/* Whether it is one of the rows of permessage-deflate that move megabytes: what they find in memory, their
 * smaller sisters find too. */
bool played_is_bulk(const play_case *c);
/* Aborts when memory is out. */
void played_case(const play_case *c, const played_options *options, played *out);

#endif
