/* Series: rows that stand for many cases, and what is said of all of them together. */
#include "net/tally.h"
#include "play/series.h"
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static play_table *load(const char *row, ws_status wanted, char error[512]) {
    char text[1024];
    snprintf(text, sizeof text, "{\"schema\": \"wspect-cases/1\", \"group\": \"G\", \"cases\": [%s]}", row);
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load(table, "t.json", text, strlen(text), error, 512), wanted, "%s: %s", row,
                 error);
    return table;
}

#define ROW(series, id, title, code)                                                                         \
    "{\"id\": \"" id "\", \"title\": \"" title "\", \"series\": " series ", \"steps\": [{\"close\": \"" code \
    "\"}, {\"expect\": {\"close\": [\"" code "\"]}}]}"

static uint16_t code_of(const play_case *c) {
    const play_payload *payload = &c->steps[0].send.payload;
    cr_assert_eq(payload->size, 2);
    return (uint16_t)(payload->bytes[0] << 8 | payload->bytes[1]);
}

Test(series, is_one_case_whose_members_are_made_when_they_are_wanted) {
    char error[512];
    play_table *table =
        load(ROW("{\"n\": {\"from\": 3000, \"to\": 3010, \"step\": 5}}", "a", "T", "{n}"), WS_OK, error);
    cr_assert_eq(play_table_count(table), 1);
    const play_case *c = play_table_get(table, 0);
    cr_assert_eq(c->series->count, 3);
    cr_expect_eq(code_of(c), 3000);
    for (size_t i = 0; i < 3; i++) {
        play_member *member = play_member_new(c, i);
        const play_case *one = play_member_case(member);
        cr_expect_eq(code_of(one), 3000 + 5 * i);
        cr_expect_eq(one->steps[1].expect.alternatives[0].matchers[0].codes[0], 3000 + 5 * i);
        cr_expect_eq(play_member_value(c->series, i), 3000 + 5 * i);
        cr_expect_str_eq(one->id, "a");
        cr_expect_str_eq(one->group, "G");
        cr_expect_null(one->series);
        play_member_free(member);
    }
    play_table_free(table);
    play_member_free(NULL);
}

Test(series, errors_are_found_when_the_table_is_loaded) {
    static const struct {
        const char *row, *sentence;
    } rows[] = {
        {ROW("{}", "a", "T", "{n}"), "t.json: at /cases/0/series: expected an object of one name"},
        {ROW("{\"n\": 1}", "a", "T", "{n}"),
         "t.json: at /cases/0/series/n: expected {\"from\", \"to\"} with whole numbers"},
        {ROW("{\"n\": {\"from\": 5, \"to\": 4}}", "a", "T", "{n}"), NULL},
        {ROW("{\"n\": {\"from\": 0, \"to\": 65536}}", "a", "T", "1000"),
         "t.json: at /cases/0/series/n: expected at most 65536 cases"},
        {ROW("{\"n\": {\"from\": 65000, \"to\": 70000}}", "a", "T", "{n}"), NULL},
        {ROW("{\"n\": {\"from\": 1, \"to\": 2}}", "a{n}", "T", "{n}"), NULL},
        {ROW("{\"n\": {\"from\": 1, \"to\": 2}}", "a", "T{n}", "{n}"), NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char error[512];
        play_table *table = load(rows[i].row, WS_ERR_SYNTAX, error);
        cr_expect_eq(play_table_count(table), 0);
        if (rows[i].sentence)
            cr_expect_not_null(strstr(error, strrchr(rows[i].sentence, '/')), "%s", error);
        play_table_free(table);
    }
}

Test(series, every_member_of_every_series_can_be_made) {
    char error[512];
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load_embedded(table, error, sizeof error), WS_OK, "%s", error);
    size_t members = 0;
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        for (size_t k = 0; c->series && k < c->series->count; k += k % 64 == 63 ? 41 : 1) {
            play_member *member = play_member_new(c, k);
            cr_assert_not_null(member, "%s: member %zu", c->id, k);
            play_member_free(member);
            members++;
        }
    }
    cr_expect_gt(members, 1000);
    play_table_free(table);
}

/* ------------------------------------------------------------------ what is said of them */

static const play_series codes = {.name = "code", .from = 1000, .step = 2, .count = 10};

static void check_words(const char *verdicts, size_t first, const char *expected) {
    static const char letters[] = "onIuf";
    static const play_verdict all[] = {PLAY_OK, PLAY_NON_STRICT, PLAY_INFORMATIONAL, PLAY_UNIMPLEMENTED,
                                       PLAY_FAILED};
    net_tally *tally = net_tally_new(&codes);
    for (size_t i = 0; verdicts[i]; i++)
        if (verdicts[i] != '-')
            net_tally_add(tally, i, all[strchr(letters, verdicts[i]) - letters], false);
    char text[256];
    net_tally_describe(tally, first, "why.", text, sizeof text);
    cr_expect_str_eq(text, expected);
    net_tally_describe(tally, first, "why.", text, 12);
    cr_expect_eq(strlen(text), strlen(expected) < 11 ? strlen(expected) : 11);
    net_tally_free(tally);
}

Test(series, the_sentence_gives_ranges_and_the_first_reason) {
    check_words("oooooooooo", 0, "");
    check_words("ooofffoooo", 3, "FAILED for code 1006-1010 (3 of 10). code 1006: why.");
    check_words("nofofooooo", 2,
                "FAILED for code 1004, 1008 (2 of 10); NON-STRICT for code 1000 (1 of 10). code 1004: why.");
    check_words(
        "ffff------", 0,
        "FAILED for code 1000-1006 (4 of 4); the other 6 were not played, for too often nothing came. code "
        "1000: why.");
}

Test(series, many_ranges_are_cut_short) {
    static const play_series long_series = {.name = "n", .from = 0, .step = 1, .count = 40};
    net_tally *tally = net_tally_new(&long_series);
    for (size_t i = 0; i < 40; i++)
        net_tally_add(tally, i, i % 2 ? PLAY_OK : PLAY_FAILED, false);
    char text[256];
    net_tally_describe(tally, 0, NULL, text, sizeof text);
    cr_expect_str_eq(text, "FAILED for n 0, 2, 4, 6, 8, 10, ... (20 of 40)");
    net_tally_free(tally);
}

Test(series, enough_has_been_waited_at_some_time) {
    net_tally *tally = net_tally_new(&codes);
    for (int i = 0; i < NET_TALLY_WAITS_MAX; i++) {
        cr_expect_not(net_tally_is_enough(tally));
        net_tally_add(tally, 0, PLAY_FAILED, i % 2 == 0);
        net_tally_add(tally, 0, PLAY_FAILED, i % 2 != 0);
    }
    cr_expect(net_tally_is_enough(tally));
    net_tally_free(tally);
}
