/* The requirement catalogue: what it says, what it refuses, and that cases cite nothing else. */
#include "play/coverage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static play_catalogue *embedded(void) {
    char error[512];
    play_catalogue *catalogue = play_catalogue_new();
    cr_assert_eq(play_catalogue_load_embedded(catalogue, error, sizeof error), WS_OK, "%s", error);
    return catalogue;
}

Test(catalogue, every_requirement_that_a_case_cites_is_in_it) {
    char error[512];
    play_catalogue *catalogue = embedded();
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load_embedded(table, error, sizeof error), WS_OK, "%s", error);
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        for (size_t k = 0; k < c->requirement_count; k++)
            cr_expect_not_null(play_catalogue_find(catalogue, c->requirements[k]), "%s cites %s", c->id,
                               c->requirements[k]);
    }
    play_table_free(table);
    play_catalogue_free(catalogue);
}

Test(catalogue, every_native_case_cites_a_requirement) {
    char error[512];
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load_embedded(table, error, sizeof error), WS_OK, "%s", error);
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        cr_expect(c->autobahn_rules || c->requirement_count > 0, "%s cites none", c->id);
    }
    play_table_free(table);
}

/* Whoever drops the last case of a statement has to say here why none judges it. */
Test(catalogue, every_statement_that_can_be_seen_has_a_case_or_a_reason) {
    char error[512];
    play_catalogue *catalogue = embedded();
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load_embedded(table, error, sizeof error), WS_OK, "%s", error);
    play_coverage *coverage = play_coverage_new(catalogue, table);
    for (size_t i = 0; i < coverage->count; i++) {
        const play_coverage_row *row = &coverage->rows[i];
        const play_requirement *r = row->requirement;
        cr_expect_neq(play_covers(row, PLAY_ROLE_SERVER), PLAY_COVERAGE_GAP,
                      "no case judges servers by %s: %s", r->id, r->statement);
        cr_expect_neq(play_covers(row, PLAY_ROLE_CLIENT), PLAY_COVERAGE_GAP,
                      "no case judges clients by %s: %s", r->id, r->statement);
        cr_expect(!(row->server_cases && r->left_out_server) && !(row->client_cases && r->left_out_client),
                  "%s is left out, though a case cites it", r->id);
    }
    free(coverage);
    play_table_free(table);
    play_catalogue_free(catalogue);
}

Test(catalogue, a_statement_that_cannot_be_tested_says_why) {
    play_catalogue *catalogue = embedded();
    for (size_t i = 0; i < play_catalogue_count(catalogue); i++) {
        const play_requirement *r = play_catalogue_get(catalogue, i);
        cr_expect_eq(r->testable == PLAY_TESTABLE_NOT, r->why_not != NULL, "%s", r->id);
    }
    play_catalogue_free(catalogue);
}

static const char *error_of(const char *members) {
    static char error[512];
    char text[1024];
    snprintf(text, sizeof text,
             "{\"schema\": \"wspect-requirements/1\", \"document\": \"RFC 1\", \"requirements\": [{\"id\": "
             "\"1-2-03\", \"section\": \"2\", \"level\": \"must\", \"applies-to\": \"both\", \"testable\": "
             "\"wire\", \"statement\": \"Be good.\"%s}]}",
             members);
    play_catalogue *catalogue = play_catalogue_new();
    play_catalogue_load(catalogue, "a.json", text, strlen(text), error, sizeof error);
    play_catalogue_free(catalogue);
    return error;
}

Test(catalogue, coverage_members_are_checked) {
    cr_expect_str_eq(error_of(", \"always\": [\"rsv\"], \"left-out\": {\"client\": \"No.\"}"), "");
    cr_expect_not_null(strstr(error_of(", \"always\": [\"rsx\"]"), "names of broken rules"));
    cr_expect_not_null(strstr(error_of(", \"left-out\": {}"), "a sentence for"));
    cr_expect_not_null(strstr(error_of(", \"left-out\": \"No.\""), "a sentence for"));
    cr_expect_not_null(strstr(error_of(", \"left-out\": {\"proxy\": \"No.\"}"), "proxy"));
}

/* One statement for both, one always judged, one with a reason for clients, one that cannot be seen. */
static const char four[] =
    "{\"schema\": \"wspect-requirements/1\", \"document\": \"RFC 1\", \"requirements\": ["
    "{\"id\": \"a\", \"section\": \"1\", \"level\": \"must\", \"applies-to\": \"both\", \"testable\": "
    "\"wire\", "
    "\"statement\": \"A.\"},"
    "{\"id\": \"b\", \"section\": \"1\", \"level\": \"must\", \"applies-to\": \"server\", \"testable\": "
    "\"wire\", "
    "\"statement\": \"B.\", \"always\": [\"rsv\", \"opcode\"]},"
    "{\"id\": \"c\", \"section\": \"1\", \"level\": \"must\", \"applies-to\": \"client\", \"testable\": "
    "\"time\", "
    "\"statement\": \"C.\", \"left-out\": {\"client\": \"Why.\"}},"
    "{\"id\": \"d\", \"section\": \"1\", \"level\": \"must\", \"applies-to\": \"both\", \"testable\": "
    "\"no\", "
    "\"statement\": \"D.\", \"why-not\": \"Inside.\"}]}";

static const char one_case[] =
    "{\"schema\": \"wspect-cases/1\", \"group\": \"G\", \"cases\": [{\"id\": \"x\", \"title\": \"X\", "
    "\"why\": "
    "\"Y\", \"requirements\": [\"a\"], \"level\": \"must\", \"roles\": [\"server\"], \"steps\": [{\"ping\": "
    "\"\"}, {\"expect\": \"pong\"}]}]}";

Test(coverage, each_statement_has_a_state_for_each_role) {
    static const play_covered server[] = {PLAY_COVERAGE_CASES, PLAY_COVERAGE_ALWAYS, PLAY_COVERAGE_NOT_BOUND,
                                          PLAY_COVERAGE_NOT_TESTABLE};
    static const play_covered client[] = {PLAY_COVERAGE_GAP, PLAY_COVERAGE_NOT_BOUND, PLAY_COVERAGE_LEFT_OUT,
                                          PLAY_COVERAGE_NOT_TESTABLE};
    char error[512];
    play_catalogue *catalogue = play_catalogue_new();
    play_table *table = play_table_new();
    cr_assert_eq(play_catalogue_load(catalogue, "r", four, sizeof four - 1, error, sizeof error), WS_OK, "%s",
                 error);
    cr_assert_eq(play_table_load(table, "t", one_case, sizeof one_case - 1, error, sizeof error), WS_OK, "%s",
                 error);
    play_coverage *coverage = play_coverage_new(catalogue, table);
    cr_assert_eq(coverage->count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(play_covers(&coverage->rows[i], PLAY_ROLE_SERVER), server[i], "%zu", i);
        cr_expect_eq(play_covers(&coverage->rows[i], PLAY_ROLE_CLIENT), client[i], "%zu", i);
    }
    cr_expect_eq(coverage->rows[0].server_cases, 1);
    cr_expect_eq(coverage->rows[0].client_cases, 0);
    cr_expect_str_eq(play_covered_name(PLAY_COVERAGE_LEFT_OUT), "left out");
    free(coverage);
    play_table_free(table);
    play_catalogue_free(catalogue);
}

Test(catalogue, rules_of_each_rfc_are_there) {
    static const char *const ids[] = {"6455-4.2.1-04", "6455-5.2-03", "7692-7-02",
                                      "3629-3-01",     "9112-2.2-01", "8441-3-01"};
    play_catalogue *catalogue = embedded();
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        cr_expect_not_null(play_catalogue_find(catalogue, ids[i]), "%s", ids[i]);
    cr_expect_null(play_catalogue_find(catalogue, "6455-5.2-99"));
    play_catalogue_free(catalogue);
}

Test(catalogue, a_row_is_read_whole) {
    static const char text[] = "{\"schema\": \"wspect-requirements/1\", \"document\": \"RFC 1\", "
                               "\"requirements\": [{\"id\": \"1-2-03\", \"section\": \"2\","
                               "\"level\": \"should-not\", \"applies-to\": \"both\", \"testable\": \"time\", "
                               "\"statement\": \"Be quick.\"}]}";
    char error[512];
    play_catalogue *catalogue = play_catalogue_new();
    cr_assert_eq(play_catalogue_load(catalogue, "a.json", text, sizeof text - 1, error, sizeof error), WS_OK,
                 "%s", error);
    const play_requirement *r = play_catalogue_find(catalogue, "1-2-03");
    cr_assert_not_null(r);
    cr_expect_str_eq(r->document, "RFC 1");
    cr_expect_str_eq(r->statement, "Be quick.");
    cr_expect_eq(r->level, PLAY_REQUIRE_SHOULD_NOT);
    cr_expect_eq(r->testable, PLAY_TESTABLE_TIME);
    cr_expect_eq(r->binds, PLAY_ROLE_SERVER | PLAY_ROLE_CLIENT);
    cr_expect_str_eq(play_requirement_level_name(r->level), "should not");
    cr_expect_str_eq(play_testable_name(r->testable), "time");
    play_catalogue_free(catalogue);
}

#define ROW(members)                                                                                         \
    "{\"schema\": \"wspect-requirements/1\", \"document\": \"D\", \"requirements\": [" members "]}"
#define GOOD                                                                                                 \
    "{\"id\": \"1\", \"section\": \"2\", \"level\": \"must\", \"applies-to\": \"server\", \"testable\": "    \
    "\"wire\", \"statement\": \"S\"}"

Test(catalogue, errors_name_file_place_and_what_was_expected) {
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        {"{", "a.json: line 1, column 1: not JSON: string or '}' expected near end of file"},
        {"{}", "a.json: at /: expected \"schema\": \"wspect-requirements/1\""},
        {"{\"schema\": \"wspect-requirements/1\", \"document\": \"D\"}",
         "a.json: at /: expected an array \"requirements\""},
        {ROW("7"), "a.json: at /requirements/0: expected a requirement, which is an object"},
        {ROW(GOOD ", " GOOD),
         "a.json: case 1: at /requirements/1: expected an id that no other requirement has"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char error[512] = "";
        play_catalogue *catalogue = play_catalogue_new();
        ws_status status =
            play_catalogue_load(catalogue, "a.json", rows[i].text, strlen(rows[i].text), error, sizeof error);
        cr_expect_neq(status, WS_OK);
        cr_expect_str_eq(error, rows[i].sentence);
        cr_expect_eq(play_catalogue_count(catalogue), 0, "nothing is added");
        play_catalogue_free(catalogue);
    }
}
