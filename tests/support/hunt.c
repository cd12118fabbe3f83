#include "support/hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(bool fine, const char *what) {
    if (fine)
        return;
    fprintf(stderr, "hunt: %s\n", what);
    abort();
}

typedef struct taking {
    live_engine *engine;
    size_t index;
} taking;

static void take(const play_result *result, const play_trace *trace, void *user) {
    const taking *t = user;
    live_engine_take(t->engine, t->index,
                     &(live_outcome){.verdict = result->verdict,
                                     .timed_out = result->timed_out,
                                     .reason = result->reason,
                                     .trace = trace});
}

static void play_batch(live_engine *engine, const hunt_options *options) {
    for (size_t i = 0; i < live_engine_count(engine); i++) {
        taking t = {engine, i};
        played out;
        played_case(live_engine_case(engine, i),
                    &(played_options){.under_test = options->under_test,
                                      .behaviour = options->behaviour,
                                      .no_echo = !options->echo,
                                      .greeting = options->greeting,
                                      .look = take,
                                      .user = &t},
                    &out);
        demand(out.stop == SIM_DONE, "a session did not end");
    }
}

static void describe(const live_engine *engine, hunt_result *result) {
    live_counts counts = live_engine_counts(engine);
    result->findings = live_engine_finding_count(engine);
    result->states = counts.states;
    result->sessions = counts.sessions;
    result->unconfirmed = counts.unconfirmed;
    if (result->findings == 0)
        return;
    const live_finding *first = live_engine_finding(engine, 0);
    result->first = first->session;
    result->genes = first->genes;
    result->genes_found = first->genes_found;
    snprintf(result->id, sizeof result->id, "%s", first->id);
    snprintf(result->reason, sizeof result->reason, "%.*s", (int)sizeof result->reason - 1, first->reason);
    result->table = strdup(first->table);
    demand(result->table != NULL, "out of memory");
}

void hunt(const hunt_options *options, hunt_result *result) {
    const live_engine_options wanted = {.session = {.peer = options->under_test, .echo = options->echo},
                                        .taste = {.largest = 70000, .deflate = true},
                                        .seed = options->seed};
    char error[512];
    live_engine *engine = live_engine_new(&wanted);
    demand(engine != NULL, "out of memory");
    *result = (hunt_result){0};
    for (;;) {
        live_counts counts = live_engine_counts(engine);
        bool enough = options->findings > 0 && live_engine_finding_count(engine) >= options->findings;
        if (enough || (counts.sessions >= options->sessions && !live_engine_busy(engine)))
            break;
        demand(live_engine_next(engine, 16, error, sizeof error) == WS_OK, error);
        play_batch(engine, options);
        demand(live_engine_conclude(engine), "out of memory");
    }
    describe(engine, result);
    live_engine_free(engine);
}
