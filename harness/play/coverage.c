#include "play/coverage.h"

#include <stdlib.h>
#include <string.h>

static void count_case(play_coverage *coverage, const play_catalogue *catalogue, const play_case *c) {
    for (size_t i = 0; i < c->requirement_count; i++) {
        const play_requirement *cited = play_catalogue_find(catalogue, c->requirements[i]);
        if (!cited)
            continue;
        play_coverage_row *row = &coverage->rows[cited - play_catalogue_get(catalogue, 0)];
        row->server_cases += (c->roles & PLAY_ROLE_SERVER) != 0;
        row->client_cases += (c->roles & PLAY_ROLE_CLIENT) != 0;
    }
}

play_coverage *play_coverage_new(const play_catalogue *catalogue, const play_table *table) {
    size_t count = play_catalogue_count(catalogue);
    play_coverage *coverage = calloc(1, sizeof *coverage + count * sizeof *coverage->rows);
    if (!coverage)
        return NULL;
    coverage->count = count;
    for (size_t i = 0; i < count; i++)
        coverage->rows[i].requirement = play_catalogue_get(catalogue, i);
    for (size_t i = 0; i < play_table_count(table); i++)
        if (!play_table_get(table, i)->autobahn_rules)
            count_case(coverage, catalogue, play_table_get(table, i));
    return coverage;
}

play_covered play_covers(const play_coverage_row *row, unsigned role) {
    const play_requirement *requirement = row->requirement;
    bool server = role == PLAY_ROLE_SERVER;
    if (!(requirement->binds & role))
        return PLAY_COVERAGE_NOT_BOUND;
    if ((server ? row->server_cases : row->client_cases) > 0)
        return PLAY_COVERAGE_CASES;
    if (requirement->testable == PLAY_TESTABLE_NOT)
        return PLAY_COVERAGE_NOT_TESTABLE;
    if (requirement->always_count > 0)
        return PLAY_COVERAGE_ALWAYS;
    return (server ? requirement->left_out_server : requirement->left_out_client) ? PLAY_COVERAGE_LEFT_OUT
                                                                                  : PLAY_COVERAGE_GAP;
}

const char *play_covered_name(play_covered state) {
    static const char *const names[] = {"not bound", "not testable", "cases", "always", "left out", "gap"};
    return names[state];
}
