/* The folder that scripts for Autobahn read. */
#include "reports/report.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void) {
    strcpy(folder, "/tmp/report-autobahn-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void) {
    static const char *const names[] = {"index.json",
                                        "ws_8_23_case_1_2_10.json",
                                        "ws_8_23_case_7_9_1.json",
                                        "unknownserver_case_1_2_10.json",
                                        "unknownserver_case_7_9_1.json",
                                        "index.html",
                                        "ws_8_23_case_1_2_10.html",
                                        "ws_8_23_case_7_9_1.html",
                                        "unknownserver_case_1_2_10.html",
                                        "unknownserver_case_7_9_1.html"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

TestSuite(report_autobahn, .init = make_folder, .fini = remove_folder);

static report *sample(const char *agent) {
    report *r = report_new();
    r->target_agent = report_keep(r, agent);
    r->target_role = "server";
    r->started_us = INT64_C(1700000000123000);
    report_case *good = report_add_case(r);
    good->id = "message.a";
    good->autobahn = "1.2.10";
    good->title = "A message";
    good->verdict_close = REPORT_CLOSE_OK;
    good->close.received = good->close.has_code = good->close.clean = true;
    good->close.code = 1000;
    good->close.by = REPORT_CLOSER_WSPECT;
    good->duration_us = 2500;
    static const uint8_t payload[] = {0xff, 0x00};
    static const report_entry entries[] = {{.kind = REPORT_ENTRY_FRAME,
                                            .out = true,
                                            .fin = true,
                                            .masked = true,
                                            .opcode = 2,
                                            .length = 2,
                                            .declared = 2,
                                            .bytes = {payload, 2}}};
    good->transcript = entries;
    good->transcript_count = 1;
    report_case *bad = report_add_case(r);
    bad->id = "close.b";
    bad->autobahn = "7.9.1";
    bad->verdict = REPORT_FAILED;
    bad->reason = "expected a failure";
    report_case *own = report_add_case(r);
    own->id = "handshake.c";
    report_case *skipped = report_add_case(r);
    skipped->id = "message.d";
    skipped->autobahn = "1.1.1";
    skipped->verdict = REPORT_SKIPPED;
    return r;
}

static json_t *written(const report *r, const char *name) {
    char error[256] = "", path[256];
    cr_assert_eq(report_write_autobahn(r, folder, error, sizeof error), 0, "%s", error);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_t *root = json_load_file(path, 0, NULL);
    cr_assert_not_null(root, "%s", path);
    return root;
}

static const char *text_of(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

Test(report_autobahn, the_index_lists_played_cases_with_an_autobahn_id_under_the_agent) {
    report *r = sample("ws/8.23");
    json_t *root = written(r, "index.json");
    json_t *cases = json_object_get(root, "ws/8.23");
    cr_assert_eq(json_object_size(cases), 2);
    json_t *good = json_object_get(cases, "1.2.10"), *bad = json_object_get(cases, "7.9.1");
    cr_expect_str_eq(text_of(good, "behavior"), "OK");
    cr_expect_str_eq(text_of(good, "behaviorClose"), "OK");
    cr_expect_str_eq(text_of(good, "reportfile"), "ws_8_23_case_1_2_10.json");
    cr_expect_eq(json_integer_value(json_object_get(good, "remoteCloseCode")), 1000);
    cr_expect_eq(json_integer_value(json_object_get(good, "duration")), 2);
    cr_expect_str_eq(text_of(bad, "behavior"), "FAILED");
    cr_expect_str_eq(text_of(bad, "behaviorClose"), "FAILED");
    cr_expect(json_is_null(json_object_get(bad, "remoteCloseCode")));
    json_decref(root);
    report_free(r);
}

Test(report_autobahn, a_case_file_has_the_keys_of_autobahn) {
    report *r = sample("ws/8.23");
    json_t *root = written(r, "ws_8_23_case_1_2_10.json");
    cr_expect_eq(json_object_size(root), 39);
    cr_expect_str_eq(text_of(root, "id"), "1.2.10");
    cr_expect_str_eq(text_of(root, "started"), "2023-11-14T22:13:20.123Z");
    cr_expect(json_is_true(json_object_get(root, "closedByMe")));
    cr_expect(json_is_true(json_object_get(root, "wasClean")));
    json_t *row = json_array_get(json_object_get(root, "wirelog"), 0);
    cr_expect_str_eq(json_string_value(json_array_get(row, 0)), "TF");
    cr_expect_str_eq(json_string_value(json_array_get(json_array_get(row, 1), 1)), "0xff00");
    json_decref(root);
    report_free(r);
}

Test(report_autobahn, what_wspect_did_is_told_from_the_transcript) {
    static const uint8_t close[] = {0x03, 0xea, 'n', 'o'};
    static const report_entry entries[] = {
        {.kind = REPORT_ENTRY_RAW, .length = 1, .bytes = {close, 1}, .text = "a rule is broken"},
        {.kind = REPORT_ENTRY_FRAME,
         .out = true,
         .fin = true,
         .opcode = 8,
         .length = 4,
         .declared = 4,
         .bytes = {close, 4}},
        {.kind = REPORT_ENTRY_EVENT, .text = "timeout of the closing handshake"}};
    report *r = sample("ws/8.23");
    report_case *bad = r->cases[1];
    bad->transcript = entries;
    bad->transcript_count = 3;
    bad->close.by = REPORT_CLOSER_WSPECT;
    json_t *root = written(r, "ws_8_23_case_7_9_1.json");
    cr_expect(json_is_true(json_object_get(root, "failedByMe")));
    cr_expect_eq(json_integer_value(json_object_get(root, "localCloseCode")), 1002);
    cr_expect_str_eq(text_of(root, "localCloseReason"), "no");
    cr_expect(json_is_true(json_object_get(root, "wasCloseHandshakeTimeout")));
    cr_expect(json_is_false(json_object_get(root, "wasOpenHandshakeTimeout")));
    cr_expect(json_is_false(json_object_get(root, "wasServerConnectionDropTimeout")));
    json_decref(root);
    root = written(r, "ws_8_23_case_1_2_10.json");
    cr_expect(json_is_false(json_object_get(root, "failedByMe")));
    cr_expect(json_is_null(json_object_get(root, "localCloseCode")));
    json_decref(root);
    report_free(r);
}

Test(report_autobahn, an_agent_without_a_name_or_with_octets_for_one_is_unknown) {
    static const char *const agents[] = {NULL, "", "\xff\xfe"};
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
        report *r = sample(agents[i]);
        json_t *root = written(r, "index.json");
        cr_expect_not_null(json_object_get(root, "UnknownServer"));
        json_decref(root);
        report_free(r);
    }
}

Test(report_autobahn, a_folder_that_cannot_be_made_is_named) {
    report *r = sample("ws");
    char error[256] = "";
    cr_expect_eq(report_write_autobahn(r, "/nonexistent/folder", error, sizeof error), -1);
    cr_expect_str_eq(error, "/nonexistent/folder: cannot be made: No such file or directory");
    report_free(r);
}

static size_t times(const char *name, const char *what) {
    static char text[100000];
    char path[256];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

Test(report_autobahn, scripts_count_case_failed_and_find_it_twice_when_nothing_failed) {
    report *r = sample("ws/8.23");
    json_decref(written(r, "index.json"));
    cr_expect_eq(times("index.html", "case_failed"), 4); /* the verdict, and the closing handshake */
    cr_expect_eq(times("index.html", "href=\"ws_8_23_case_7_9_1.html\""), 1);
    r->case_count = 1;
    json_decref(written(r, "index.json"));
    cr_expect_eq(times("index.html", "case_failed"), 2);
    report_free(r);
}

Test(report_autobahn, nothing_of_the_peer_is_markup) {
    report *r = sample("ws/8.23");
    r->cases[1]->reason = "<script>alert(1)</script>";
    json_decref(written(r, "index.json"));
    cr_expect_eq(times("ws_8_23_case_7_9_1.html", "<script"), 0);
    cr_expect_eq(times("ws_8_23_case_7_9_1.html", "&lt;script&gt;"), 1);
    report_free(r);
}
