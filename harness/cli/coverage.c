#include "cli/coverage.h"

#include "cli/options.h"
#include "play/catalogue.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cases that exercise a requirement, for each role of the peer under test. */
typedef struct exercise {
    size_t server, client;
} exercise;

static bool cites(const play_case *c, const char *id) {
    for (size_t i = 0; i < c->requirement_count; i++)
        if (strcmp(c->requirements[i], id) == 0)
            return true;
    return false;
}

static exercise exercise_of(const play_table *table, const char *id) {
    exercise found = {0, 0};
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        if (c->autobahn_rules || !cites(c, id))
            continue;
        found.server += (c->roles & PLAY_ROLE_SERVER) != 0;
        found.client += (c->roles & PLAY_ROLE_CLIENT) != 0;
    }
    return found;
}

static bool on_the_wire(const play_requirement *requirement) {
    return requirement->testable != PLAY_TESTABLE_NOT;
}

static bool is_must(const play_requirement *requirement) {
    return requirement->level == PLAY_REQUIRE_MUST || requirement->level == PLAY_REQUIRE_MUST_NOT;
}

/* "RFC 6455 5": document and first number of the section. */
static void heading_of(const play_requirement *requirement, char *heading, size_t size) {
    int length = (int)strcspn(requirement->section, ".");
    snprintf(heading, size, "%s %.*s", requirement->document, length, requirement->section);
}

typedef struct tally {
    size_t statements, wire, server, server_done, client, client_done, must, must_done;
} tally;

static void count(tally *sums, const play_requirement *requirement, exercise found) {
    bool server = on_the_wire(requirement) && (requirement->binds & PLAY_ROLE_SERVER);
    bool client = on_the_wire(requirement) && (requirement->binds & PLAY_ROLE_CLIENT);
    sums->statements++;
    sums->wire += on_the_wire(requirement);
    sums->server += server;
    sums->server_done += server && found.server > 0;
    sums->client += client;
    sums->client_done += client && found.client > 0;
    sums->must += is_must(requirement) && (server || client);
    sums->must_done += is_must(requirement) && (server || client) && (!server || found.server > 0) &&
                       (!client || found.client > 0);
}

static void print_tally(const char *heading, const tally *sums) {
    printf("%-16s %10zu %10zu %6zu of %-4zu %6zu of %-4zu %6zu of %-4zu\n", heading, sums->statements,
           sums->wire, sums->server_done, sums->server, sums->client_done, sums->client, sums->must_done,
           sums->must);
}

static void print_sections(const play_catalogue *catalogue, const exercise *found) {
    char heading[64], current[64] = "";
    tally sums = {0}, total = {0};
    printf("%-16s %10s %10s %14s %14s %14s\n", "section", "statements", "testable", "for servers",
           "for clients", "MUST, whole");
    for (size_t i = 0; i < play_catalogue_count(catalogue); i++) {
        const play_requirement *requirement = play_catalogue_get(catalogue, i);
        heading_of(requirement, heading, sizeof heading);
        if (strcmp(heading, current) != 0) {
            if (*current)
                print_tally(current, &sums);
            sums = (tally){0};
            memcpy(current, heading, sizeof current);
        }
        count(&sums, requirement, found[i]);
        count(&total, requirement, found[i]);
    }
    if (*current)
        print_tally(current, &sums);
    print_tally("in all", &total);
}

static void print_gaps(const play_catalogue *catalogue, const exercise *found, bool all) {
    puts(all ? "\nTestable statements that no case exercises:"
             : "\nTestable MUST and MUST NOT that no case exercises (--all: every level):");
    for (size_t i = 0; i < play_catalogue_count(catalogue); i++) {
        const play_requirement *requirement = play_catalogue_get(catalogue, i);
        bool server = (requirement->binds & PLAY_ROLE_SERVER) && found[i].server == 0;
        bool client = (requirement->binds & PLAY_ROLE_CLIENT) && found[i].client == 0;
        if (!on_the_wire(requirement) || (!server && !client) || (!all && !is_must(requirement)))
            continue;
        printf("  %-18s %-10s %-7s %s\n", requirement->id, play_requirement_level_name(requirement->level),
               server && client ? "both"
               : server         ? "server"
                                : "client",
               requirement->statement);
    }
}

/* ------------------------------------------------------------------ JSON */

static json_t *citing_cases(const play_table *table, const char *id) {
    json_t *cases = json_array();
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        if (!c->autobahn_rules && cites(c, id))
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

static bool write_json(const play_table *table, const play_catalogue *catalogue, const char *path) {
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < play_catalogue_count(catalogue); i++) {
        const play_requirement *r = play_catalogue_get(catalogue, i);
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "id", r->id, "document", r->document,
                            "section", r->section, "level", play_requirement_level_name(r->level), "testable",
                            play_testable_name(r->testable), "binds", binds_json(r->binds), "statement",
                            r->statement, "cases", citing_cases(table, r->id)));
    }
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
    exercise *found = status == WS_OK ? calloc(play_catalogue_count(catalogue) + 1, sizeof *found) : NULL;
    int code = found ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
    if (!found)
        cli_complain("cases", "%s", error);
    for (size_t i = 0; found && i < play_catalogue_count(catalogue); i++)
        found[i] = exercise_of(table, play_catalogue_get(catalogue, i)->id);
    if (found && json && !write_json(table, catalogue, json))
        code = CLI_EXIT_INCOMPLETE;
    if (found && !(json && strcmp(json, "-") == 0)) {
        print_sections(catalogue, found);
        print_gaps(catalogue, found, all);
    }
    free(found);
    play_catalogue_free(catalogue);
    return code;
}
