/* Cases against behaviours, in memory and on a virtual clock: who judges the judge.
 *
 *     matrix *m = matrix_new();
 *     matrix_check_faults(m, "frames sent", peer_faults_frames_sent);
 *     printf("%s\n", matrix_summary(m));
 *     cr_assert(matrix_findings(m) == 0, "%s", matrix_text(m));
 *     matrix_free(m);
 *
 * A case catches a fault when its verdict is worse than the one the sound endpoint gets. A finding is a
 * sentence that says what to do about it. */
#ifndef TESTS_SUPPORT_MATRIX_H
#define TESTS_SUPPORT_MATRIX_H

#include "peer/behaviour.h"
#include "play/table.h"
#include "support/sim.h"

typedef struct matrix_outcome {
    sim_stop stop; /* anything but SIM_DONE: the player came to no verdict */
    play_verdict verdict;
    play_close_verdict closing;
    int64_t duration_us; /* on the virtual clock */
    uint64_t trail;      /* differs when the endpoint sends, cuts, times or ends anything differently */
    char reason[400];    /* "" when there is none */
} matrix_outcome;

typedef struct matrix matrix;

/* With the tables compiled in. NULL when they cannot be loaded or memory is out. */
matrix *matrix_new(void);
void matrix_free(matrix *m);
const play_table *matrix_table(const matrix *m);

/* A native case that can be played against an endpoint in that role, and is no bulk (played.h). */
bool matrix_applies(const play_case *c, ws_role under_test);
/* Octets that the case sends, about. */
uint64_t matrix_weight(const play_case *c);
/* Plays a case against an endpoint in that role. */
void matrix_play(const play_case *c, const peer_behaviour *behaviour, ws_role under_test,
                 matrix_outcome *outcome);
/* Whether a is a worse verdict than b. */
bool matrix_worse(const matrix_outcome *a, const matrix_outcome *b);

/* All faults of a table: caught_by exists and catches it in every role that both have; where it does not
 * apply to a role, another case of profile standard does. */
void matrix_check_faults(matrix *m, const char *table, const peer_behaviour *rows);
/* All variants of a table, of those the ones whose number modulo `parts` is `part`: no case of any profile
 * fails one, and each does something in some case. A heavy case, or one of tier full, meets a part of the
 * variants. */
void matrix_check_variants(matrix *m, const char *table, const peer_behaviour *rows, size_t part,
                           size_t parts);
/* The sound endpoint: every case is OK, or grades by design what it must not fail. */
void matrix_check_sound(matrix *m);

size_t matrix_findings(const matrix *m);
/* The findings, a line each. */
const char *matrix_text(matrix *m);
/* What was played, a line for each check. */
const char *matrix_summary(matrix *m);

#endif
