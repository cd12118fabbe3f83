#include "cli/coverage.h"

#include "cli/options.h"
#include "play/coverage.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_must(const play_requirement *requirement) {
    return requirement->level == PLAY_REQUIRE_MUST || requirement->level == PLAY_REQUIRE_MUST_NOT;
}

/* "RFC 6455 5": document and first part of the section. */
static void heading_of(const play_requirement *requirement, char *heading, size_t size) {
    int length = (int)strcspn(requirement->section, ".- ");
    snprintf(heading, size, "%s %.*s", requirement->document, length, requirement->section);
}

/* ------------------------------------------------------------------ counts by section */

/* Of the testable statements that bind one role. */
typedef struct role_tally {
    size_t statements, judged, left_out, must, must_judged;
} role_tally;

typedef struct tally {
    size_t statements, testable;
    role_tally server, client;
} tally;

static void count_role(role_tally *sums, const play_coverage_row *row, unsigned role) {
    play_covered state = play_covers(row, role);
    if (state == PLAY_COVERAGE_NOT_BOUND || state == PLAY_COVERAGE_NOT_TESTABLE)
        return;
    bool judged = state == PLAY_COVERAGE_CASES || state == PLAY_COVERAGE_ALWAYS;
    sums->statements++;
    sums->judged += judged;
    sums->left_out += state == PLAY_COVERAGE_LEFT_OUT;
    sums->must += is_must(row->requirement);
    sums->must_judged += judged && is_must(row->requirement);
}

static void count(tally *sums, const play_coverage_row *row) {
    sums->statements++;
    sums->testable += row->requirement->testable != PLAY_TESTABLE_NOT;
    count_role(&sums->server, row, PLAY_ROLE_SERVER);
    count_role(&sums->client, row, PLAY_ROLE_CLIENT);
}

static void print_role(const role_tally *sums) {
    printf("  %4zu of %-4zu %8zu  %4zu of %-4zu", sums->judged, sums->statements, sums->left_out,
           sums->must_judged, sums->must);
}

static void print_tally(const char *heading, const tally *sums) {
    printf("%-16s %10zu %8zu", heading, sums->statements, sums->testable);
    print_role(&sums->server);
    print_role(&sums->client);
    putchar('\n');
}

static void print_sections(const play_coverage *coverage) {
    char heading[64], current[64] = "";
    tally sums = {0}, total = {0};
    printf("%35s  %-36s  clients\n", "", "servers");
    printf("%-16s statements testable", "section");
    for (int role = 0; role < 2; role++)
        printf("  %12s %8s  %12s", "judged", "left out", "of MUST");
    putchar('\n');
    for (size_t i = 0; i < coverage->count; i++) {
        const play_coverage_row *row = &coverage->rows[i];
        heading_of(row->requirement, heading, sizeof heading);
        if (strcmp(heading, current) != 0) {
            if (*current)
                print_tally(current, &sums);
            sums = (tally){0};
            memcpy(current, heading, sizeof current);
        }
        count(&sums, row);
        count(&total, row);
    }
    if (*current)
        print_tally(current, &sums);
    print_tally("in all", &total);
}

/* ------------------------------------------------------------------ statements that no case judges */

static bool is(const play_coverage_row *row, unsigned role, play_covered state) {
    return play_covers(row, role) == state;
}

static void print_statement(const play_coverage_row *row, const char *role, const char *reason) {
    const play_requirement *requirement = row->requirement;
    printf("  %-18s %-10s %-7s %s\n", requirement->id, play_requirement_level_name(requirement->level), role,
           requirement->statement);
    if (reason)
        printf("%40s%s\n", "", reason);
}

static void print_rows(const play_coverage *coverage, play_covered state, bool all, const char *heading) {
    bool first = true;
    for (size_t i = 0; i < coverage->count; i++) {
        const play_coverage_row *row = &coverage->rows[i];
        const play_requirement *r = row->requirement;
        bool server = is(row, PLAY_ROLE_SERVER, state), client = is(row, PLAY_ROLE_CLIENT, state);
        if ((!server && !client) || (!all && !is_must(r)))
            continue;
        if (first)
            printf("\n%s\n", heading);
        first = false;
        bool reasons = state == PLAY_COVERAGE_LEFT_OUT;
        bool same = server && client && (!reasons || strcmp(r->left_out_server, r->left_out_client) == 0);
        if (server)
            print_statement(row, same ? "both" : "server", reasons ? r->left_out_server : NULL);
        if (client && !same)
            print_statement(row, "client", reasons ? r->left_out_client : NULL);
    }
}

/* ------------------------------------------------------------------ JSON */

static json_t *citing_cases(const play_table *table, const char *id) {
    json_t *cases = json_array();
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        for (size_t k = 0; !c->autobahn_rules && k < c->requirement_count; k++)
            if (strcmp(c->requirements[k], id) == 0)
                json_array_append_new(cases, json_string(c->id));
    }
    return cases;
}

static json_t *binds_json(unsigned binds) {
    json_t *roles = json_array();
    if (binds & PLAY_ROLE_SERVER)
        json_array_append_new(roles, json_string("server"));
    if (binds & PLAY_ROLE_CLIENT)
        json_array_append_new(roles, json_string("client"));
    if (binds & PLAY_BINDS_BROWSER)
        json_array_append_new(roles, json_string("browser"));
    if (binds & PLAY_BINDS_INTERMEDIARY)
        json_array_append_new(roles, json_string("intermediary"));
    return roles;
}

static json_t *always_json(const play_requirement *r) {
    json_t *names = json_array();
    for (size_t i = 0; i < r->always_count; i++)
        json_array_append_new(names, json_string(ws_violation_describe(r->always[i])->name));
    return names;
}

/* {"server": "cases", "client": "left out", "why": {"client": "..."}} */
static void add_states(json_t *object, const play_coverage_row *row) {
    const play_requirement *r = row->requirement;
    static const struct {
        const char *name;
        unsigned role;
    } roles[] = {{"server", PLAY_ROLE_SERVER}, {"client", PLAY_ROLE_CLIENT}};
    json_t *states = json_object(), *reasons = json_object();
    for (size_t i = 0; i < 2; i++) {
        play_covered state = play_covers(row, roles[i].role);
        if (state == PLAY_COVERAGE_NOT_BOUND)
            continue;
        json_object_set_new(states, roles[i].name, json_string(play_covered_name(state)));
        if (state == PLAY_COVERAGE_LEFT_OUT)
            json_object_set_new(reasons, roles[i].name,
                                json_string(i == 0 ? r->left_out_server : r->left_out_client));
        if (state == PLAY_COVERAGE_NOT_TESTABLE)
            json_object_set_new(reasons, roles[i].name, json_string(r->why_not));
    }
    json_object_set_new(object, "judged_by", states);
    json_object_set_new(object, "why_not", reasons);
}

static json_t *requirement_json(const play_table *table, const play_coverage_row *row) {
    const play_requirement *r = row->requirement;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "id", r->id, "document", r->document,
                  "section", r->section, "level", play_requirement_level_name(r->level), "testable",
                  play_testable_name(r->testable), "binds", binds_json(r->binds), "statement", r->statement,
                  "cases", citing_cases(table, r->id), "always", always_json(r));
    if (object)
        add_states(object, row);
    return object;
}

static bool write_json(const play_table *table, const play_coverage *coverage, const char *path) {
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < coverage->count; i++)
        json_array_append_new(rows, requirement_json(table, &coverage->rows[i]));
    json_t *root = rows ? json_pack("{s:s, s:o}", "schema", "wspect-coverage/1", "requirements", rows) : NULL;
    bool to_stdout = strcmp(path, "-") == 0;
    FILE *out = to_stdout ? stdout : fopen(path, "wb");
    bool fine = root && out && json_dumpf(root, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    fine = (!out || to_stdout ? out && fflush(out) == 0 : fclose(out) == 0) && fine;
    if (!fine)
        cli_complain("cases", "%s: cannot be written", path);
    json_decref(root);
    return fine;
}

int cli_coverage(const play_table *table, bool all, const char *json) {
    play_catalogue *catalogue = play_catalogue_new();
    char error[1024] = "out of memory";
    ws_status status =
        catalogue ? play_catalogue_load_embedded(catalogue, error, sizeof error) : WS_ERR_MEMORY;
    play_coverage *coverage = status == WS_OK ? play_coverage_new(catalogue, table) : NULL;
    int code = coverage ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
    if (!coverage)
        cli_complain("cases", "%s", error);
    if (coverage && json && !write_json(table, coverage, json))
        code = CLI_EXIT_INCOMPLETE;
    if (coverage && !(json && strcmp(json, "-") == 0)) {
        print_sections(coverage);
        print_rows(coverage, PLAY_COVERAGE_GAP, all,
                   all ? "No case judges, though one could:"
                       : "No case judges, though one could (MUST and MUST NOT; --all: every level):");
        print_rows(coverage, PLAY_COVERAGE_LEFT_OUT, all,
                   all ? "Left out, and why:" : "Left out, and why (MUST and MUST NOT; --all: every level):");
    }
    free(coverage);
    play_catalogue_free(catalogue);
    return code;
}
