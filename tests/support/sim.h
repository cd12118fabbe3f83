/* Two sans-I/O parties on one virtual connection and one virtual clock: deterministic to the octet, and as
 * fast as the processor. No time passes but what the delay of the line and the deadlines of the parties ask
 * for.
 *
 *     sim_party player = sim_party_of_player(p), peer = sim_party_of_endpoint(e);
 *     sim_result result = sim_run(&player, &peer, &(sim_options){.delay_us = 1000});
 *     if (result.stop == SIM_DONE) ... play_result_of(p) ...
 *
 * The model: every write arrives as one piece, or chopped, after the delay; a FIN comes behind what was
 * written before it; a reset takes what is still under way with it. What comes for a party that has
 * closed is lost. What arrives for a party at the time of its deadline is delivered first. */
#ifndef TESTS_SUPPORT_SIM_H
#define TESTS_SUPPORT_SIM_H

#include "peer/endpoint.h"
#include "play/player.h"

typedef enum sim_wish { SIM_NOTHING, SIM_SHUTDOWN, SIM_CLOSE, SIM_RESET } sim_wish;

/* One end of the connection. */
typedef struct sim_party {
    void *self;
    void (*connected)(void *self, int64_t now);
    void (*received)(void *self, int64_t now, const uint8_t *bytes, size_t size);
    void (*ended)(void *self, int64_t now, bool by_reset);
    void (*time)(void *self, int64_t now);
    size_t (*output)(void *self, int64_t now, uint8_t *buffer, size_t capacity);
    sim_wish (*wish)(const void *self);
    int64_t (*deadline)(const void *self);
    bool (*wants_input)(const void *self);
    bool (*done)(const void *self);
} sim_party;

sim_party sim_party_of_player(play_player *player);
sim_party sim_party_of_endpoint(peer_endpoint *endpoint);

typedef struct sim_options {
    int64_t delay_us;    /* one way; 0: 1000; negative: none */
    size_t chop;         /* octets of a piece; 0: each write is one piece */
    int64_t start_us;    /* what the clock shows at the beginning */
    uint64_t max_steps;  /* deliveries and deadlines; 0: 10 million */
    int64_t max_time_us; /* virtual; 0: one hour */
} sim_options;

typedef enum sim_stop {
    SIM_DONE,  /* the first party is done */
    SIM_STUCK, /* nothing is under way and nobody has a deadline */
    SIM_STEPS,
    SIM_TIME,
    SIM_MEMORY
} sim_stop;

typedef struct sim_result {
    sim_stop stop;
    int64_t duration_us;
    uint64_t steps;
    uint64_t octets[2]; /* delivered by the first party, by the second */
} sim_result;

/* Runs until the first party is done. */
sim_result sim_run(const sim_party *first, const sim_party *second, const sim_options *options);
/* The same, until both parties are done. */
sim_result sim_run_both(const sim_party *first, const sim_party *second, const sim_options *options);

#endif
