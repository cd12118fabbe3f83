#include "play/catalogue.h"

#include "play/row_private.h"
#include "play/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUIREMENTS_MAX = 10000 };

struct play_catalogue {
    play_arena arena;
    play_requirement *rows;
    size_t count, capacity;
};

static const row_name level_names[] = {
    {"must", PLAY_REQUIRE_MUST},     {"must-not", PLAY_REQUIRE_MUST_NOT},
    {"should", PLAY_REQUIRE_SHOULD}, {"should-not", PLAY_REQUIRE_SHOULD_NOT},
    {"may", PLAY_REQUIRE_MAY},       {0}};
static const row_name testable_names[] = {{"wire", PLAY_TESTABLE_WIRE},
                                          {"time", PLAY_TESTABLE_TIME},
                                          {"statistics", PLAY_TESTABLE_STATISTICS},
                                          {"no", PLAY_TESTABLE_NOT},
                                          {0}};
static const row_name binds_names[] = {{"server", PLAY_ROLE_SERVER},
                                       {"client", PLAY_ROLE_CLIENT},
                                       {"both", PLAY_ROLE_SERVER | PLAY_ROLE_CLIENT},
                                       {"browser", PLAY_BINDS_BROWSER},
                                       {"intermediary", PLAY_BINDS_INTERMEDIARY},
                                       {0}};

const char *play_requirement_level_name(play_requirement_level level) {
    static const char *const names[] = {"must", "must not", "should", "should not", "may"};
    return names[level];
}

const char *play_testable_name(play_testable testable) {
    return testable_names[testable].name;
}

play_catalogue *play_catalogue_new(void) {
    return calloc(1, sizeof(play_catalogue));
}

void play_catalogue_free(play_catalogue *catalogue) {
    if (!catalogue)
        return;
    play_arena_clear(&catalogue->arena);
    free(catalogue->rows);
    free(catalogue);
}

size_t play_catalogue_count(const play_catalogue *catalogue) {
    return catalogue->count;
}

const play_requirement *play_catalogue_get(const play_catalogue *catalogue, size_t index) {
    return &catalogue->rows[index];
}

const play_requirement *play_catalogue_find(const play_catalogue *catalogue, const char *id) {
    for (size_t i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->rows[i].id, id) == 0)
            return &catalogue->rows[i];
    return NULL;
}

/* "always": names of wire's violations. */
static bool parse_always(play_reader *reader, const json_t *row, play_requirement *requirement) {
    const char *const *names = NULL;
    size_t count = 0;
    if (!row_member_texts(reader, row, "always", &names, &count))
        return false;
    ws_violation *kinds = play_arena_alloc(reader->arena, (count + 1) * sizeof *kinds);
    if (!kinds)
        return row_out_of_memory(reader);
    for (size_t i = 0; i < count; i++) {
        int kind = WS_VIOLATION_NONE + 1;
        while (kind < WS_VIOLATION_COUNT &&
               strcmp(ws_violation_describe((ws_violation)kind)->name, names[i]) != 0)
            kind++;
        if (kind == WS_VIOLATION_COUNT)
            return row_complain(reader, "in \"always\" names of broken rules, such as \"rsv\"");
        kinds[i] = (ws_violation)kind;
    }
    requirement->always = kinds;
    requirement->always_count = count;
    return true;
}

static bool parse_left_out(play_reader *reader, const json_t *row, play_requirement *requirement) {
    static const char *const members[] = {"server", "client", NULL};
    const json_t *reasons = json_object_get(row, "left-out");
    if (!reasons)
        return true;
    if (!json_is_object(reasons) || json_object_size(reasons) == 0)
        return row_complain(reader, "in \"left-out\" a sentence for \"server\", \"client\" or both");
    return row_only_members(reader, reasons, members) &&
           row_member_text(reader, reasons, "server", false, &requirement->left_out_server) &&
           row_member_text(reader, reasons, "client", false, &requirement->left_out_client);
}

static bool parse_requirement(play_reader *reader, const json_t *row, const char *document,
                              play_requirement *requirement) {
    static const char *const members[] = {"id",       "section",  "level",     "applies-to",
                                          "testable", "document", "statement", "why-not",
                                          "always",   "left-out", NULL};
    int level = 0, testable = 0, binds = 0;
    *requirement = (play_requirement){.document = document};
    if (!json_is_object(row))
        return row_complain(reader, "a requirement, which is an object");
    bool fine = row_member_text(reader, row, "id", true, &requirement->id);
    reader->case_id = requirement->id;
    fine = fine && row_only_members(reader, row, members) &&
           row_member_text(reader, row, "document", false, &requirement->document) &&
           row_member_text(reader, row, "section", true, &requirement->section) &&
           row_member_text(reader, row, "statement", true, &requirement->statement) &&
           row_member_text(reader, row, "why-not", false, &requirement->why_not) &&
           row_member_name(reader, row, "level", level_names, &level) &&
           row_member_name(reader, row, "testable", testable_names, &testable) &&
           row_member_name(reader, row, "applies-to", binds_names, &binds) &&
           parse_always(reader, row, requirement) && parse_left_out(reader, row, requirement);
    requirement->level = (play_requirement_level)level;
    requirement->testable = (play_testable)testable;
    requirement->binds = (unsigned)binds;
    if (fine && binds == 0)
        return row_complain(reader, "applies-to");
    return fine;
}

static bool add_requirement(play_reader *reader, play_catalogue *catalogue,
                            const play_requirement *requirement) {
    if (play_catalogue_find(catalogue, requirement->id))
        return row_complain(reader, "an id that no other requirement has");
    if (catalogue->count == catalogue->capacity) {
        size_t capacity = catalogue->capacity ? catalogue->capacity * 2 : 256;
        play_requirement *grown =
            capacity <= REQUIREMENTS_MAX ? realloc(catalogue->rows, capacity * sizeof *grown) : NULL;
        if (!grown)
            return row_out_of_memory(reader);
        catalogue->rows = grown;
        catalogue->capacity = capacity;
    }
    catalogue->rows[catalogue->count++] = *requirement;
    return true;
}

static bool add_requirements(play_reader *reader, play_catalogue *catalogue, const json_t *root) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const char *document = NULL;
    json_t *rows = json_object_get(root, "requirements");
    if (!schema || strcmp(schema, "wspect-requirements/1") != 0)
        return row_complain(reader, "\"schema\": \"wspect-requirements/1\"");
    if (!json_is_array(rows))
        return row_complain(reader, "an array \"requirements\"");
    bool fine = row_member_text(reader, root, "document", true, &document);
    size_t mark = play_reader_enter(reader, "requirements");
    for (size_t i = 0; fine && i < json_array_size(rows); i++) {
        play_requirement requirement;
        size_t inner = play_reader_enter_index(reader, i);
        fine = parse_requirement(reader, json_array_get(rows, i), document, &requirement) &&
               add_requirement(reader, catalogue, &requirement);
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    return fine;
}

ws_status play_catalogue_load(play_catalogue *catalogue, const char *name, const char *text, size_t size,
                              char *error, size_t error_size) {
    size_t before = catalogue->count;
    play_reader reader = {
        .arena = &catalogue->arena, .table = name, .error = error, .error_size = error_size};
    json_error_t problem;
    if (error_size)
        error[0] = '\0';
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
    if (!root) {
        snprintf(error, error_size, "%s: line %d, column %d: not JSON: %s", name, problem.line,
                 problem.column, problem.text);
        return WS_ERR_SYNTAX;
    }
    if (!add_requirements(&reader, catalogue, root))
        catalogue->count = before;
    json_decref(root);
    return reader.status;
}

ws_status play_catalogue_load_embedded(play_catalogue *catalogue, char *error, size_t error_size) {
    ws_status status = WS_OK;
    for (const play_embedded_table *file = play_embedded_catalogue; status == WS_OK && file->name; file++)
        status = play_catalogue_load(catalogue, file->name, (const char *)file->bytes, file->size, error,
                                     error_size);
    return status;
}
