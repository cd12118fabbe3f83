/* What the loader makes of good tables. Its complaints have a file of their own, table_errors_test.c. */
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "play/tables.h"

#define TABLE(rows) "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [" rows "]}"
#define ROW(more)   "{\"id\": \"a\", \"title\": \"t\", " more "}"

static play_table *load(const char *text) {
    char error[512];
    play_table *table = play_table_new();
    cr_assert_not_null(table);
    cr_assert_eq(play_table_load(table, "t.json", text, strlen(text), error, sizeof error), WS_OK, "%s: %s",
                 text, error);
    cr_expect_str_empty(error);
    return table;
}

static play_table *load_row(const char *row) {
    char text[4000];
    snprintf(text, sizeof text, TABLE("%s"), row);
    return load(text);
}

static play_table *load_steps(const char *steps) {
    char row[3000];
    snprintf(row, sizeof row, ROW("\"steps\": [%s]"), steps);
    return load_row(row);
}

/* The ids of a table, one behind the other. */
static const char *ids_of(const play_table *table) {
    static char text[2000];
    text[0] = '\0';
    for (size_t i = 0; i < play_table_count(table); i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                 play_table_get(table, i)->id);
    return text;
}

/* ------------------------------------------------------------------ rows */

Test(table, a_row_has_the_members_that_it_was_given) {
    play_table *table = load_row("{\"id\": \"frame.rsv-1.x\", \"autobahn\": \"3.1\", \"title\": \"T\", "
                                 "\"why\": \"W\", \"group\": \"own\", "
                                 "\"requirements\": [\"r1\", \"r2\"], \"flags\": [\"CVE-1\"], \"level\": "
                                 "\"should\", \"tier\": \"quick\", "
                                 "\"roles\": [\"client\"], \"needs\": [\"echo\", \"subprotocol\"], "
                                 "\"comment\": [\"any\"], \"steps\": []}");
    const play_case *c = play_table_get(table, 0);
    cr_expect_str_eq(c->id, "frame.rsv-1.x");
    cr_expect_str_eq(c->autobahn, "3.1");
    cr_expect_str_eq(c->title, "T");
    cr_expect_str_eq(c->why, "W");
    cr_expect_str_eq(c->group, "own");
    cr_expect(c->requirement_count == 2 && strcmp(c->requirements[1], "r2") == 0);
    cr_expect(c->flag_count == 1 && strcmp(c->flags[0], "CVE-1") == 0);
    cr_expect(c->level == PLAY_SHOULD && c->tier == PLAY_QUICK);
    cr_expect_eq(c->roles, PLAY_ROLE_CLIENT);
    cr_expect_eq(c->needs, PLAY_NEEDS_ECHO | PLAY_NEEDS_SUBPROTOCOL);
    cr_expect(c->step_count == 0 && !c->autobahn_rules);
    cr_expect_str_eq(c->table, "t.json");
    cr_expect_str_eq(c->pointer, "/cases/0");
    cr_expect(strstr(c->json, "\"id\": \"frame.rsv-1.x\""), "%s", c->json);
    play_table_free(table);
}

Test(table, a_row_that_says_little_is_a_standard_must_for_both_roles) {
    play_table *table = load_row(ROW("\"steps\": []"));
    const play_case *c = play_table_get(table, 0);
    cr_expect(c->level == PLAY_MUST && c->tier == PLAY_STANDARD);
    cr_expect_eq(c->roles, PLAY_ROLE_SERVER | PLAY_ROLE_CLIENT);
    cr_expect(c->needs == 0 && !c->autobahn && !c->why && c->requirement_count == 0 && c->flag_count == 0);
    cr_expect_str_eq(c->group, "g");
    play_table_free(table);
}

Test(table, defaults_fill_what_a_row_lacks) {
    play_table *table =
        load("{\"schema\": \"wspect-cases/1\", \"$schema\": \"x\", \"comment\": 1, \"group\": \"g\", "
             "\"defaults\": "
             "{\"level\": \"policy\", \"needs\": [\"permessage-deflate\"], \"steps\": []}, \"cases\": ["
             "{\"id\": \"a\", \"title\": \"t\"}, {\"id\": \"b\", \"title\": \"t\", \"level\": \"should\", "
             "\"needs\": "
             "[]}]}");
    const play_case *a = play_table_get(table, 0), *b = play_table_get(table, 1);
    cr_expect(a->level == PLAY_POLICY && a->needs == PLAY_NEEDS_DEFLATE);
    cr_expect(b->level == PLAY_SHOULD && b->needs == 0);
    play_table_free(table);
}

Test(table, names_of_the_enumerations_are_those_of_the_tables) {
    static const char *const verdicts[] = {"OK",     "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED",
                                           "FAILED", "SKIPPED",    "INCONCLUSIVE"};
    static const char *const closings[] = {
        "", "OK", "FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT", "INFORMATIONAL"};
    for (int i = 0; i < 7; i++) {
        cr_expect_str_eq(play_verdict_name((play_verdict)i), verdicts[i]);
        cr_expect_str_eq(play_close_verdict_name((play_close_verdict)i), closings[i]);
    }
    cr_expect_str_eq(play_level_name(PLAY_SHOULD), "should");
    cr_expect_str_eq(play_tier_name(PLAY_FULL), "full");
}

/* ------------------------------------------------------------------ steps that send */

static const play_step *first_step(const play_table *table) {
    return play_table_get(table, 0)->steps;
}

static bool payload_is(const play_payload *payload, const char *octets, size_t size) {
    uint8_t got[64];
    if (payload->length != size || size > sizeof got)
        return false;
    play_payload_read(payload, 0, got, size);
    return memcmp(got, octets, size) == 0;
}

Test(table, verbs_are_steps_with_their_opcode) {
    static const struct {
        const char *step;
        play_step_kind kind;
        uint8_t opcode;
        bool is_message;
        const char *octets;
        size_t size;
    } rows[] = {
        {"{\"text\": \"Hi\"}", PLAY_STEP_SEND, WS_TEXT, true, "Hi", 2},
        {"{\"binary\": {\"hex\": \"00Ff\"}}", PLAY_STEP_SEND, WS_BINARY, true, "\0\xff", 2},
        {"{\"continuation\": \"\"}", PLAY_STEP_SEND, WS_CONTINUATION, true, "", 0},
        {"{\"ping\": \"p\"}", PLAY_STEP_SEND, WS_PING, true, "p", 1},
        {"{\"ping\": \"p\", \"echo\": false}", PLAY_STEP_SEND, WS_PING, false, "p", 1},
        {"{\"frame\": 9}", PLAY_STEP_SEND, WS_PING, true, "", 0},
        {"{\"pong\": \"p\"}", PLAY_STEP_SEND, WS_PONG, false, "p", 1},
        {"{\"frame\": 15}", PLAY_STEP_SEND, 15, false, "", 0},
        {"{\"frame\": 0, \"payload\": \"x\"}", PLAY_STEP_SEND, 0, false, "x", 1},
        {"{\"frame\": 1, \"payload\": \"x\", \"echo\": true}", PLAY_STEP_SEND, 1, true, "x", 1},
        {"{\"text\": \"x\", \"echo\": false}", PLAY_STEP_SEND, WS_TEXT, false, "x", 1},
        {"{\"raw\": \"\\u0000\"}", PLAY_STEP_RAW, 0, false, "\0", 1},
        {"{\"payload\": \"x\"}", PLAY_STEP_PAYLOAD, 0, false, "x", 1},
        {"{\"close\": 1000}", PLAY_STEP_CLOSE, WS_CLOSE, false, "\x03\xe8", 2},
        {"{\"close\": 65535, \"reason\": \"bye\"}", PLAY_STEP_CLOSE, WS_CLOSE, false,
         "\xff\xff"
         "bye",
         5},
        {"{\"close\": 0, \"reason\": {\"hex\": \"ff\"}}", PLAY_STEP_CLOSE, WS_CLOSE, false, "\0\0\xff", 3},
        {"{\"close\": null}", PLAY_STEP_CLOSE, WS_CLOSE, false, "", 0},
        {"{\"close\": {\"hex\": \"61\"}}", PLAY_STEP_CLOSE, WS_CLOSE, false, "a", 1},
        {"{\"close\": \"abc\"}", PLAY_STEP_CLOSE, WS_CLOSE, false, "abc", 3},
        {"{\"shutdown\": true}", PLAY_STEP_SHUTDOWN, 0, false, "", 0},
        {"{\"reset\": true}", PLAY_STEP_RESET, 0, false, "", 0},
        {"{\"judge\": \"masking-keys\"}", PLAY_STEP_JUDGE, 0, false, "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        play_table *table = load_steps(rows[i].step);
        const play_step *step = first_step(table);
        cr_expect_eq(step->kind, rows[i].kind, "%s", rows[i].step);
        cr_expect_eq(step->send.opcode, rows[i].opcode, "%s", rows[i].step);
        cr_expect_eq(step->send.is_message, rows[i].is_message, "%s", rows[i].step);
        cr_expect(payload_is(&step->send.payload, rows[i].octets, rows[i].size), "%s", rows[i].step);
        play_table_free(table);
    }
}

Test(table, members_bend_a_frame) {
    play_table *table = load_steps("{\"text\": \"a\", \"fin\": false, \"rsv\": 5, \"mask\": \"37fa213D\", "
                                   "\"length-form\": 16, \"declare\": 7, "
                                   "\"fragments\": 3, \"empty-last\": true, \"chop\": 2, \"flush\": true}, "
                                   "{\"ping\": \"\", \"mask\": \"none\", "
                                   "\"declare\": \"0xffffffffffffffff\"}, {\"text\": \"\", \"declare\": "
                                   "\"12\", \"length-form\": 64}, {\"text\": "
                                   "\"\"}, {\"raw\": \"\", \"chop\": 9, \"flush\": true}");
    const play_step *steps = first_step(table);
    const play_send *bent = &steps[0].send, *plain = &steps[3].send;
    cr_expect(!bent->fin && bent->rsv == 5 && bent->mask == PLAY_MASK_KEY &&
              bent->length_form == WS_LENGTH_16);
    cr_expect_arr_eq(bent->key, ((uint8_t[]){0x37, 0xfa, 0x21, 0x3d}), 4);
    cr_expect(bent->lie_about_length && bent->declared == 7);
    cr_expect(bent->fragment_size == 3 && bent->empty_last && bent->chop == 2 && bent->flush);
    cr_expect(steps[1].send.mask == PLAY_MASK_NONE && steps[1].send.declared == UINT64_MAX);
    cr_expect(steps[2].send.declared == 12 && steps[2].send.length_form == WS_LENGTH_64);
    cr_expect(plain->fin && plain->rsv == 0 && plain->mask == PLAY_MASK_BY_ROLE && !plain->lie_about_length);
    cr_expect(plain->length_form == WS_LENGTH_MINIMAL && !plain->fragment_size && !plain->chop &&
              !plain->flush);
    cr_expect(steps[4].send.chop == 9 && steps[4].send.flush);
    play_table_free(table);
}

Test(table, payloads_are_made_as_they_are_written) {
    static const struct {
        const char *payload, *octets;
        size_t size;
    } rows[] = {
        {"\"Hello\"", "Hello", 5},
        {"\"\\u00e9\\u0000\"", "\xc3\xa9\0", 3},
        {"{\"hex\": \"\"}", "", 0},
        {"{\"repeat\": \"ab\", \"length\": 5}", "ababa", 5},
        {"{\"repeat\": \"abc\", \"length\": 0}", "", 0},
        {"{\"repeat-hex\": \"00fe\", \"length\": 3}", "\0\xfe\0", 3},
        {"{\"random\": 1, \"length\": 4}", "\xc1\x5c\x02\x89", 4},
        {"{\"concat\": [\"a\", {\"hex\": \"ff\"}, {\"repeat\": \"b\", \"length\": 2}]}",
         "a\xff"
         "bb",
         4},
        {"{\"concat\": []}", "", 0},
        {"{\"concat\": [{\"concat\": [\"x\", \"y\"]}, \"z\"]}", "xyz", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char step[200];
        snprintf(step, sizeof step, "{\"binary\": %s}", rows[i].payload);
        play_table *table = load_steps(step);
        const play_payload *payload = &first_step(table)->send.payload;
        cr_expect(payload_is(payload, rows[i].octets, rows[i].size), "%s", rows[i].payload);
        cr_expect_not_null(payload->json);
        play_table_free(table);
    }
}

Test(table, a_huge_payload_takes_no_memory) {
    play_table *table = load_steps("{\"binary\": {\"repeat\": \"ab\", \"length\": 1099511627776}}");
    uint8_t octets[2];
    play_payload_read(&first_step(table)->send.payload, (UINT64_C(1) << 40) - 2, octets, 2);
    cr_expect_arr_eq(octets, "ab", 2);
    play_table_free(table);
}

Test(table, repeats_hold_their_steps_behind_them) {
    play_table *table =
        load_steps("{\"repeat\": 3, \"steps\": [{\"ping\": \"a\"}, {\"repeat\": 100000000, \"steps\": "
                   "[{\"ping\": \"b\"}, {\"ping\": \"c\"}]}]}, {\"ping\": \"d\"}");
    const play_case *c = play_table_get(table, 0);
    cr_assert_eq(c->step_count, 6);
    cr_expect(c->steps[0].kind == PLAY_STEP_REPEAT && c->steps[0].count == 3 && c->steps[0].body_count == 4);
    cr_expect(c->steps[2].kind == PLAY_STEP_REPEAT && c->steps[2].count == 100000000 &&
              c->steps[2].body_count == 2);
    cr_expect(payload_is(&c->steps[5].send.payload, "d", 1));
    play_table_free(table);
}

Test(table, a_case_may_have_4096_steps) {
    char *row = malloc(100000);
    size_t at = (size_t)sprintf(row, "%s", "{\"id\": \"a\", \"title\": \"t\", \"steps\": [{\"ping\": \"\"}");
    for (int i = 1; i < 4096; i++)
        at += (size_t)sprintf(row + at, "%s", ",{\"ping\": \"\"}");
    sprintf(row + at, "]}");
    char *text = malloc(200000);
    sprintf(text, TABLE("%s"), row);
    play_table *table = load(text);
    cr_expect_eq(play_table_get(table, 0)->step_count, 4096);
    play_table_free(table);
    free(text);
    free(row);
}

/* ------------------------------------------------------------------ expectations */

static const play_expect *first_expect(const play_table *table) {
    return &first_step(table)->expect;
}

Test(table, an_expectation_may_be_one_matcher) {
    static const struct {
        const char *what;
        play_matcher_kind kind;
    } rows[] = {
        {"\"echo\"", PLAY_MATCH_ECHO},       {"\"pong\"", PLAY_MATCH_PONG},
        {"\"ping\"", PLAY_MATCH_PING},       {"\"close\"", PLAY_MATCH_CLOSE},
        {"\"end\"", PLAY_MATCH_END},         {"\"failure\"", PLAY_MATCH_FAILURE},
        {"\"timeout\"", PLAY_MATCH_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char step[100];
        snprintf(step, sizeof step, "{\"expect\": %s}", rows[i].what);
        play_table *table = load_steps(step);
        const play_expect *expect = first_expect(table);
        cr_assert(expect->count == 1 && expect->alternatives[0].count == 1);
        const play_matcher *matcher = expect->alternatives[0].matchers;
        cr_expect(matcher->kind == rows[i].kind && !matcher->optional && matcher->code_count == 0, "%s",
                  rows[i].what);
        cr_expect(expect->alternatives[0].grade == PLAY_OK && expect->patience == 1);
        play_table_free(table);
    }
}

Test(table, an_end_may_be_asked_for_in_time_and_in_order) {
    play_table *table =
        load_steps("{\"expect\": [\"end\", {\"end\": {\"within\": 0.5, \"by-reset\": \"NON-STRICT\"}}]}");
    const play_matcher *matchers = first_expect(table)->alternatives[0].matchers;
    cr_expect(matchers[0].kind == PLAY_MATCH_END && matchers[0].within <= 0 &&
              matchers[0].by_reset == PLAY_OK);
    cr_expect(matchers[1].kind == PLAY_MATCH_END && matchers[1].within >= 0.5 &&
              matchers[1].by_reset == PLAY_NON_STRICT);
    play_table_free(table);
}

Test(table, an_expectation_may_be_matchers_in_order) {
    play_table *table = load_steps("{\"expect\": [{\"maybe\": \"echo\"}, {\"message\": {\"binary\": \"b\"}}, "
                                   "{\"close\": [1000, 4000], \"other\": "
                                   "\"FAILED\"}], \"patience\": 0.5}");
    const play_expect *expect = first_expect(table);
    cr_assert(expect->count == 1 && expect->alternatives[0].count == 3);
    cr_expect_eq(expect->patience, 0.5);
    const play_matcher *matchers = expect->alternatives[0].matchers;
    cr_expect(matchers[0].optional && matchers[0].kind == PLAY_MATCH_ECHO);
    cr_expect(matchers[1].kind == PLAY_MATCH_MESSAGE && matchers[1].opcode == WS_BINARY);
    cr_expect(payload_is(&matchers[1].payload, "b", 1));
    cr_expect(matchers[2].kind == PLAY_MATCH_CLOSE && matchers[2].code_count == 2 &&
              matchers[2].codes[1] == 4000);
    cr_expect_eq(matchers[2].other_code, PLAY_FAILED);
    play_table_free(table);
}

Test(table, an_expectation_may_be_graded) {
    play_table *table = load_steps(
        "{\"expect\": {\"OK\": [\"echo\", [\"ping\", \"pong\"]], \"INFORMATIONAL\": [{\"failure\": [1009], "
        "\"without-close\": \"OK\"}], \"because\": {\"INFORMATIONAL\": \"limit\"}}}");
    const play_expect *expect = first_expect(table);
    cr_assert_eq(expect->count, 3);
    cr_expect(expect->alternatives[1].grade == PLAY_OK && expect->alternatives[1].count == 2);
    cr_expect_null(expect->alternatives[0].because);
    cr_expect_eq(expect->alternatives[2].grade, PLAY_INFORMATIONAL);
    cr_expect_str_eq(expect->alternatives[2].because, "limit");
    cr_expect_eq(expect->alternatives[2].matchers[0].without_close, PLAY_OK);
    cr_expect_eq(expect->alternatives[2].matchers[0].other_code, PLAY_NON_STRICT);
    play_table_free(table);
}

/* ------------------------------------------------------------------ Autobahn's rules */

#define AUTOBAHN(more)                                                                                       \
    ROW("\"rules\": \"autobahn\", \"closing\": {\"by\": \"wspect\", \"clean\": true}, " more)

Test(table, autobahn_s_rules_are_read) {
    play_table *table = load_row(ROW(
        "\"rules\": \"autobahn\", \"steps\": [{\"pause\": 0.5, \"tag\": \"A\"}, {\"arm\": \"kill\", "
        "\"seconds\": 1}, "
        "{\"arm\": \"close\", \"seconds\": 2}, {\"pause\": 1}], \"events\": {\"OK\": [{\"text\": \"a\"}, "
        "{\"pong\": "
        "\"b\"}, {\"timeout\": \"A\"}, {\"binary\": \"c\"}], \"NON-STRICT\": []}, \"closing\": {\"by\": "
        "\"peer\", "
        "\"codes\": [1000, 1002], \"clean\": true, \"wrong-code\": \"fails\", \"wrong-side\": \"fails\"}"));
    const play_case *c = play_table_get(table, 0);
    const play_autobahn_rules *rules = c->autobahn_rules;
    cr_assert_not_null(rules);
    cr_expect(c->steps[0].kind == PLAY_STEP_PAUSE && c->steps[0].seconds == 0.5 &&
              strcmp(c->steps[0].tag, "A") == 0);
    cr_expect(c->steps[1].kind == PLAY_STEP_ARM && c->steps[1].kill && c->steps[1].seconds == 1);
    cr_expect(c->steps[2].kind == PLAY_STEP_ARM && !c->steps[2].kill);
    cr_expect(c->steps[3].kind == PLAY_STEP_PAUSE && !c->steps[3].tag);
    cr_expect(rules->kind == PLAY_AUTOBAHN_EVENTS && rules->list_count == 2 && !rules->forced);
    cr_expect(rules->lists[0].grade == PLAY_OK && rules->lists[0].count == 4);
    const play_autobahn_event *events = rules->lists[0].events;
    cr_expect(events[0].kind == PLAY_AUTOBAHN_MESSAGE && events[0].opcode == WS_TEXT);
    cr_expect(events[1].kind == PLAY_AUTOBAHN_PONG && payload_is(&events[1].payload, "b", 1));
    cr_expect(events[2].kind == PLAY_AUTOBAHN_TIMEOUT && strcmp(events[2].tag, "A") == 0);
    cr_expect(events[3].kind == PLAY_AUTOBAHN_MESSAGE && events[3].opcode == WS_BINARY);
    cr_expect(rules->lists[1].grade == PLAY_NON_STRICT && rules->lists[1].count == 0);
    cr_expect(rules->closed_by_peer && rules->clean && rules->wrong_code_fails && rules->wrong_side_fails);
    cr_expect(rules->code_count == 2 && rules->codes[1] == 1002);
    play_table_free(table);
}

Test(table, autobahn_s_other_kinds_of_events_are_read) {
    play_table *table =
        load_row(AUTOBAHN("\"steps\": [{\"repeat\": 7, \"steps\": [{\"text\": \"a\"}]}], \"events\": "
                          "\"round-trips\""));
    const play_autobahn_rules *rules = play_table_get(table, 0)->autobahn_rules;
    cr_expect(rules->kind == PLAY_AUTOBAHN_ROUND_TRIPS && rules->round_trips == 7 && !rules->closed_by_peer);
    play_table_free(table);
    table = load_row(AUTOBAHN("\"steps\": [{\"text\": \"a\"}], \"events\": \"echo\""));
    cr_expect_eq(play_table_get(table, 0)->autobahn_rules->kind, PLAY_AUTOBAHN_ECHO);
    play_table_free(table);
    table = load_row(AUTOBAHN("\"steps\": [], \"verdict\": \"INFORMATIONAL\""));
    cr_expect(play_table_get(table, 0)->autobahn_rules->forced);
    play_table_free(table);
}

/* ------------------------------------------------------------------ generators */

static void check_ids(const char *generator, const char *id, const char *expected) {
    char row[1000];
    snprintf(row, sizeof row, "{\"for\": %s, \"id\": \"%s\", \"title\": \"t\", \"steps\": []}", generator,
             id);
    play_table *table = load_row(row);
    cr_expect_str_eq(ids_of(table), expected, "%s: %s", generator, ids_of(table));
    play_table_free(table);
}

Test(table, a_generator_makes_every_combination_in_order) {
    check_ids("{\"n\": [0, 1], \"t\": [\"x\", \"y\", \"z\"]}", "{t}.{n}", "x.0 y.0 z.0 x.1 y.1 z.1");
    check_ids("{\"n\": [7]}", "n{n}", "n7");
    check_ids("{}", "n", "n");
}

Test(table, a_generator_may_be_one_object_for_each_case) {
    check_ids("[{\"n\": 1, \"t\": \"x\"}, {\"n\": 2, \"t\": \"y\"}]", "{t}-{n}", "x-1 y-2");
}

Test(table, a_generator_may_combine_lists_of_objects) {
    check_ids("[[{\"n\": 1, \"t\": \"x\"}, {\"n\": 2, \"t\": \"y\"}], {\"k\": [8, 9]}]", "{t}{n}-{k}",
              "x1-8 x1-9 y2-8 y2-9");
    check_ids("[[{\"n\": 1}]]", "n{n}", "n1");
}

Test(table, a_generator_may_count) {
    check_ids("{\"n\": {\"from\": 3, \"to\": 9, \"step\": 3}}", "n{n}", "n3 n6 n9");
    check_ids("{\"n\": {\"from\": 3, \"to\": 4}}", "n{n}", "n3 n4");
    check_ids("{\"n\": {\"from\": 5, \"to\": 5, \"step\": 100}}", "n{n}", "n5");
    check_ids("{\"n\": {\"from\": -9000000000000000000, \"to\": 9000000000000000000, \"step\": "
              "9000000000000000000}}",
              "n{n}", "n-9000000000000000000 n0 n9000000000000000000");
}

Test(table, names_stand_inside_strings_and_keys_and_keep_their_type_when_alone) {
    play_table *table = load_row("{\"for\": [{\"k\": \"text\", \"n\": 3, \"f\": false, \"p\": {\"hex\": "
                                 "\"ff\"}, \"e\": [\"echo\"], \"r\": 0.5}], "
                                 "\"id\": \"a.{k}.{n}\", \"title\": \"{n} of {k}, {r}\", \"why\": "
                                 "\"{unbound} {n\", \"steps\": [{\"{k}\": "
                                 "{\"repeat\": \"{k}\", \"length\": \"{n}\"}, \"fin\": \"{f}\"}, "
                                 "{\"binary\": \"{p}\"}, {\"expect\": \"{e}\"}]}");
    const play_case *c = play_table_get(table, 0);
    cr_expect_str_eq(c->id, "a.text.3");
    cr_expect_str_eq(c->title, "3 of text, 0.5");
    cr_expect_str_eq(c->why, "{unbound} {n");
    cr_expect(c->steps[0].send.opcode == WS_TEXT && !c->steps[0].send.fin);
    cr_expect(payload_is(&c->steps[0].send.payload, "tex", 3));
    cr_expect(payload_is(&c->steps[1].send.payload, "\xff", 1));
    cr_expect(c->steps[2].expect.alternatives[0].matchers[0].kind == PLAY_MATCH_ECHO);
    play_table_free(table);
}

Test(table, braces_that_name_nothing_stay) {
    play_table *table =
        load_row("{\"for\": {\"n\": [1]}, \"id\": \"a\", \"title\": \"{} {m} {{n}} }{ {n}\", \"steps\": []}");
    cr_expect_str_eq(play_table_get(table, 0)->title, "{} {m} {1} }{ 1");
    play_table_free(table);
}

Test(table, values_are_not_expanded_again) {
    play_table *table =
        load_row("{\"for\": [{\"a\": \"{b}\", \"b\": \"x\"}], \"id\": \"i\", \"title\": \"{a}!\", "
                 "\"steps\": []}");
    cr_expect_str_eq(play_table_get(table, 0)->title, "{b}!");
    play_table_free(table);
}

Test(table, the_json_of_a_case_is_its_expanded_row) {
    play_table *table =
        load_row("{\"for\": {\"n\": [1, 2]}, \"id\": \"a{n}\", \"title\": \"t\", \"steps\": []}");
    const char *json = play_table_get(table, 1)->json;
    cr_expect(strstr(json, "\"a2\"") && !strstr(json, "\"for\""), "%s", json);
    play_table_free(table);
}

/* ------------------------------------------------------------------ tables */

Test(table, cases_are_found_by_id) {
    play_table *table = load(TABLE("{\"for\": {\"n\": {\"from\": 1, \"to\": 3000}}, \"id\": \"n{n}\", "
                                   "\"title\": \"t\", \"steps\": []}"));
    cr_expect_eq(play_table_count(table), 3000);
    for (size_t i = 0; i < 3000; i++)
        cr_assert_eq(play_table_find(table, play_table_get(table, i)->id), play_table_get(table, i));
    cr_expect_null(play_table_find(table, "n0"));
    play_table_free(table);
    table = play_table_new();
    cr_expect_null(play_table_find(table, "n1"));
    play_table_free(table);
    play_table_free(NULL);
}

Test(table, the_digest_is_that_of_the_tables_in_their_order) {
    static const char one[] = TABLE(""),
                      two[] = "{\"schema\": \"wspect-cases/1\", \"group\": \"h\", \"cases\": []}";
    char digests[4][65], error[200];
    for (int i = 0; i < 4; i++) {
        play_table *table = load(i == 1 ? two : one);
        if (i < 3) {
            const char *text = i == 1 ? one : two;
            cr_assert_eq(
                play_table_load(table, i == 2 ? "other" : "t", text, strlen(text), error, sizeof error),
                WS_OK);
        }
        play_table_sha256(table, digests[i]);
        cr_expect_eq(strlen(digests[i]), 64);
        play_table_free(table);
    }
    cr_expect_str_neq(digests[0], digests[1]);
    cr_expect_str_eq(digests[0], digests[2]);
    cr_expect_str_neq(digests[0], digests[3]);
}

/* ------------------------------------------------------------------ files */

static void write_file(const char *folder, const char *name, const char *text) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_folder(const char *folder, const char *const *names) {
    for (; *names; names++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", folder, *names);
        unlink(path);
    }
    rmdir(folder);
}

Test(table, a_folder_gives_its_json_files_in_order_of_name) {
    char folder[] = "/tmp/wspect-table-XXXXXX", error[400];
    static const char *const names[] = {"b.json", "a.json", "c.txt", ".d.json", NULL};
    cr_assert_not_null(mkdtemp(folder));
    write_file(folder, "b.json", TABLE("{\"id\": \"b\", \"title\": \"t\", \"steps\": []}"));
    write_file(folder, "a.json", TABLE("{\"id\": \"a\", \"title\": \"t\", \"steps\": []}"));
    write_file(folder, "c.txt", "no table");
    write_file(folder, ".d.json", "no table");
    play_table *table = play_table_new();
    cr_expect_eq(play_table_load_folder(table, folder, error, sizeof error), WS_OK, "%s", error);
    cr_expect_str_eq(ids_of(table), "a b");
    play_table_free(table);
    remove_folder(folder, names);
}

Test(table, a_folder_that_fails_adds_nothing) {
    char folder[] = "/tmp/wspect-table-XXXXXX", error[400], expected[400], before[65], after[65];
    static const char *const names[] = {"a.json", "b.json", NULL};
    cr_assert_not_null(mkdtemp(folder));
    write_file(folder, "a.json", TABLE("{\"id\": \"a\", \"title\": \"t\", \"steps\": []}"));
    write_file(folder, "b.json", "{");
    play_table *table = load(TABLE("{\"id\": \"z\", \"title\": \"t\", \"steps\": []}"));
    play_table_sha256(table, before);
    cr_expect_eq(play_table_load_folder(table, folder, error, sizeof error), WS_ERR_SYNTAX);
    snprintf(expected, sizeof expected,
             "%s/b.json: line 1, column 1: not JSON: string or '}' expected near end of file", folder);
    cr_expect_str_eq(error, expected);
    cr_expect_str_eq(ids_of(table), "z");
    cr_expect_null(play_table_find(table, "a"));
    play_table_sha256(table, after);
    cr_expect_str_eq(before, after);
    play_table_free(table);
    remove_folder(folder, names);
}

Test(table, what_cannot_be_read_is_named) {
    char folder[] = "/tmp/wspect-table-XXXXXX", error[400], expected[400];
    static const char *const none[] = {NULL};
    play_table *table = play_table_new();
    cr_assert_not_null(mkdtemp(folder));
    cr_expect_eq(play_table_load_file(table, "/nowhere/x.json", error, sizeof error), WS_ERR_IO);
    cr_expect_str_eq(error, "/nowhere/x.json: cannot be opened: No such file or directory");
    cr_expect_eq(play_table_load_folder(table, "/nowhere", error, sizeof error), WS_ERR_IO);
    cr_expect_str_eq(error, "/nowhere: cannot be read: No such file or directory");
    cr_expect_eq(play_table_load_folder(table, folder, error, sizeof error), WS_ERR_SYNTAX);
    snprintf(expected, sizeof expected, "%s: expected 1 to 1000 files *.json, found 0", folder);
    cr_expect_str_eq(error, expected);
    cr_expect_eq(play_table_load_file(table, folder, error, sizeof error), WS_ERR_IO);
    snprintf(expected, sizeof expected, "%s: cannot be read: Is a directory", folder);
    cr_expect_str_eq(error, expected);
    play_table_free(table);
    remove_folder(folder, none);
}

Test(table, the_embedded_tables_load_and_every_case_is_whole) {
    char error[400] = "";
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load_embedded(table, error, sizeof error), WS_OK, "%s", error);
    cr_expect_gt(play_table_count(table), 500);
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        cr_expect(c->id && c->title && c->why && c->group && c->json && c->roles, "%s", c->id);
        bool bare = strcmp(c->group, "") == 0 || strcmp(c->why, "") == 0;
        cr_expect_not(bare, "%s", c->id);
    }
    cr_expect_eq(play_table_load_embedded(table, error, sizeof error), WS_ERR_SYNTAX);
    cr_expect(strstr(error, "the id is taken already, by "), "%s", error);
    cr_expect_gt(play_table_count(table), 500);
    play_table_free(table);
}

/* ------------------------------------------------------------------ selection */

Test(table, globs_select_by_id_autobahn_id_and_group) {
    static const struct {
        const char *glob;
        bool fits;
    } rows[] = {
        {"frame.length.top-bit", true},
        {"frame.length", true},
        {"frame", true},
        {"frame.len", false},
        {"frame.length.", false},
        {"frame.length.top-bit.more", false},
        {"frame.*", true},
        {"*", true},
        {"*.top-bit", true},
        {"*top*", true},
        {"frame.*.bit", false},
        {"frame.length.top-bi?", true},
        {"frame.length.top-bit?", false},
        {"?rame*", true},
        {"f*l*t*t", true},
        {"**", true},
        {"frame.length.top-bit*", true},
        {"9.1.1", true},
        {"9.1", true},
        {"9", true},
        {"9.1.10", false},
        {"9.*", true},
        {"Frame lengths", true},
        {"Frame*", true},
        {"FRAME", false},
        {"CVE-2020-13935", true},
        {"CVE-2020", false},
        {"CVE-2020-*", true},
        {"nopoll#84", true},
        {"nopoll", false},
        {"", false},
        {"a*a*a*a*a*a*a*a*a*a*b", false},
    };
    static const char *const flags[] = {"CVE-2020-13935", "nopoll#84"};
    const play_case c = {.id = "frame.length.top-bit",
                         .autobahn = "9.1.1",
                         .group = "Frame lengths",
                         .flags = flags,
                         .flag_count = 2};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(play_case_matches(&c, rows[i].glob), rows[i].fits, "%s", rows[i].glob);
}

Test(table, lists_select_what_one_of_their_globs_selects) {
    static const struct {
        const char *globs;
        bool fits;
    } rows[] = {
        {"frame.rsv", true}, {"x,frame.rsv", true}, {"frame.rsv,x", true}, {"x,y", false},
        {"", false},         {",", false},          {"x,,frame.*", true},  {"frame.rsvx", false},
        {"x,", false},       {"fram,e.rsv", false},
    };
    const play_case c = {.id = "frame.rsv", .group = "g"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(play_case_matches_list(&c, rows[i].globs), rows[i].fits, "%s", rows[i].globs);
}
