/* Which statements of the catalogue are judged by which cases of a table.
 *
 *     play_coverage *coverage = play_coverage_new(catalogue, table);
 *     for (size_t i = 0; i < coverage->count; i++)
 *         if (play_covers(&coverage->rows[i], PLAY_ROLE_SERVER) == PLAY_COVERAGE_GAP) puts("to do");
 *     free(coverage);
 *
 * Cases under Autobahn's rules do not count: they judge what Autobahn judged. */
#ifndef PLAY_COVERAGE_H
#define PLAY_COVERAGE_H

#include "play/catalogue.h"

/* Of one statement for one role of the peer under test. */
typedef enum play_covered {
    PLAY_COVERAGE_NOT_BOUND,    /* the statement says nothing to this role */
    PLAY_COVERAGE_NOT_TESTABLE, /* cannot be seen on the wire */
    PLAY_COVERAGE_CASES,        /* at least one case judges it */
    PLAY_COVERAGE_ALWAYS,       /* the frame reader judges it in every case */
    PLAY_COVERAGE_LEFT_OUT,     /* the catalogue says why no case does */
    PLAY_COVERAGE_GAP
} play_covered;

typedef struct play_coverage_row {
    const play_requirement *requirement;
    size_t server_cases, client_cases; /* that cite it */
} play_coverage_row;

typedef struct play_coverage {
    size_t count; /* as many as the catalogue has, in its order */
    play_coverage_row rows[];
} play_coverage;

/* Freed with free(). The catalogue must outlive it. NULL when out of memory. */
play_coverage *play_coverage_new(const play_catalogue *catalogue, const play_table *table);
/* role: PLAY_ROLE_SERVER or PLAY_ROLE_CLIENT. */
play_covered play_covers(const play_coverage_row *row, unsigned role);
/* "cases", "always", "left out", "gap", "not testable", "not bound" */
const char *play_covered_name(play_covered state);

#endif
