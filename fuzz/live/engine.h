/* The live fuzzer without network and clock: it hands out batches of cases, is told what became of them, and
 * decides what to play next.
 *
 *     live_engine *engine = live_engine_new(&options);
 *     while (...) {
 *         live_engine_next(engine, 64, error, sizeof error);
 *         for (i < live_engine_count(engine)) play live_engine_case(engine, i), live_engine_take(engine, i,
 * &outcome); live_engine_conclude(engine);
 *     }
 *     for (i < live_engine_finding_count(engine)) ... live_engine_finding(engine, i) ...
 *     live_engine_free(engine);
 *
 * How it goes on. Most sessions are drawn, or made from one that has shown a state of the peer that no other
 * had shown before: the pairs of what was sent last and what came. A session that fails is a suspect. It is
 * played again, and must fail in the same way twice within a few trials; then it is made smaller as long as
 * it still does; then it is a finding. What does not show alone, but is wrong at any time, is played in many
 * copies at once. Two suspects are the same when they break the same rule, if any, and
 * fail for the same reason, numbers and octets aside. What comes next depends on the seed and on what the
 * peer has done, and on nothing else. */
#ifndef LIVE_ENGINE_H
#define LIVE_ENGINE_H

#include "live/genome.h"
#include "live/session.h"
#include "play/player.h"
#include "play/table.h"

#include <stdio.h>

enum {
    LIVE_BATCH_MAX = 1024,
    LIVE_POOL_MAX = 512,     /* sessions that others are made from */
    LIVE_FINDINGS_MAX = 200, /* then it looks for no further ones */
    LIVE_REASON_MAX = 1200,
    LIVE_ID_MAX = 64
};

typedef struct live_engine_options {
    live_session_options session;
    live_taste taste;
    uint64_t seed;
} live_engine_options;

/* What became of a case. */
typedef struct live_outcome {
    play_verdict verdict;
    bool crash;         /* it ended the peer, or a sanitizer found something: `reason` says so */
    bool together;      /* crash: it died while this and others were played, and does not on this alone */
    bool timed_out;     /* the verdict rests on something that did not come */
    const char *reason; /* NULL: nothing to tell */
    const play_trace *trace; /* NULL: there was no connection */
} live_outcome;

typedef struct live_finding {
    char id[LIVE_ID_MAX], title[LIVE_TITLE_MAX];
    bool crash;
    bool rare; /* it shows when the session is played again and again, many at once */
    char reason[LIVE_REASON_MAX];
    char *table;  /* JSON text of a case table with this one case, which `wspect cases check` accepts */
    size_t genes; /* before and after it was made smaller */
    size_t genes_found;
    uint64_t session; /* number of the session that showed it first */
} live_finding;

typedef struct live_counts {
    uint64_t sessions;    /* of all kinds */
    uint64_t states;      /* of the peer that were seen */
    uint64_t again;       /* sessions that failed as a finding does */
    uint64_t unconfirmed; /* suspects that did not fail again */
    size_t pool;
} live_counts;

typedef struct live_engine live_engine;

/* NULL when out of memory. */
live_engine *live_engine_new(const live_engine_options *options);
void live_engine_free(live_engine *engine);

/* Prepares a batch of 1 to `max` sessions. */
ws_status live_engine_next(live_engine *engine, size_t max, char *error, size_t error_size);
size_t live_engine_count(const live_engine *engine);
/* Lives until live_engine_conclude. */
const play_case *live_engine_case(const live_engine *engine, size_t index);
/* In any order; the outcome is read during the call. A session that is not told of was not played. */
void live_engine_take(live_engine *engine, size_t index, const live_outcome *outcome);
/* False when out of memory. */
bool live_engine_conclude(live_engine *engine);
/* Whether the batch decides on a suspect: it is a single session, and all patience is due. */
bool live_engine_careful(const live_engine *engine);
/* Whether the batch is copies of one session. */
bool live_engine_crowding(const live_engine *engine);
/* Whether a suspect is being looked into. */
bool live_engine_busy(const live_engine *engine);

/* Prepares a batch of one: session `index`, below counts.pool, of those that others are made from. It is
 * played to be measured; its outcomes count for nothing. Not while a suspect is being looked into. */
ws_status live_engine_next_to_measure(live_engine *engine, size_t index, char *error, size_t error_size);
/* Before live_engine_conclude: makes a finding of the session that was measured. False when out of memory. */
bool live_engine_publish_measured(live_engine *engine, const char *family, const char *reason);

live_counts live_engine_counts(const live_engine *engine);
size_t live_engine_finding_count(const live_engine *engine);
const live_finding *live_engine_finding(const live_engine *engine, size_t index);

/* What it has learnt, as lines of text, and back into a new engine of the same options: findings are known
 * then, and not told again. Suspects are forgotten. */
void live_engine_write(const live_engine *engine, FILE *out);
/* False with a sentence in `error`. */
bool live_engine_read(live_engine *engine, FILE *in, char *error, size_t error_size);

#endif
