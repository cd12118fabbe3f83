/* Autobahn's control protocol: request targets, and the texts of the answers. */
#include "cli/control.h"
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tables[] = "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": ["
                             "{\"id\": \"ping.one\", \"autobahn\": \"2.1\", \"title\": \"A \\\"ping\\\"\", "
                             "\"steps\": [{\"ping\": \"\"}, {\"expect\": \"pong\"}]},"
                             "{\"id\": \"text.two\", \"title\": \"Zwei \\u00fc\", \"steps\": [{\"text\": "
                             "\"a\"}, {\"expect\": \"echo\"}]}]}";

static cli_selection selection;
static const play_case *cases[2];

static void load(void) {
    char error[256];
    selection.table = play_table_new();
    cr_assert_eq(play_table_load(selection.table, "t", tables, strlen(tables), error, sizeof error), WS_OK,
                 "%s", error);
    for (size_t i = 0; i < 2; i++)
        cases[i] = play_table_get(selection.table, i);
    selection.cases = cases;
    selection.count = 2;
}

static void unload(void) {
    play_table_free(selection.table);
}

TestSuite(control, .init = load, .fini = unload);

/* One row: a target and what it asks for. index: of those that name a case. */
typedef struct row {
    const char *target;
    cli_control_kind kind;
    size_t index;
    const char *agent; /* NULL: not looked at */
} row;

static void expect_rows(const row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        /* An exact copy on the heap: a sanitizer sees an octet read too many. */
        char *target = strdup(rows[i].target);
        cli_control_request request = cli_control_read(target, &selection);
        cr_expect_eq(request.kind, rows[i].kind, "%s: kind %d", target, (int)request.kind);
        if (request.kind == CLI_CONTROL_RUN || request.kind == CLI_CONTROL_INFO ||
            request.kind == CLI_CONTROL_STATUS)
            cr_expect_eq(request.index, rows[i].index, "%s: index %zu", target, request.index);
        if (rows[i].agent)
            cr_expect_str_eq(request.agent, rows[i].agent, "%s: agent %s", target, request.agent);
        free(target);
    }
}

#define EXPECT_ROWS(...)                                                                                     \
    do {                                                                                                     \
        const row rows[] = {__VA_ARGS__};                                                                    \
        expect_rows(rows, sizeof rows / sizeof *rows);                                                       \
    } while (0)

Test(control, paths) {
    EXPECT_ROWS(
        {"/", CLI_CONTROL_PAGE, 0, NULL}, {"/?x=1", CLI_CONTROL_PAGE, 0, NULL},
        {"/getCaseCount", CLI_CONTROL_COUNT, 0, NULL}, {"/getCaseCount?agent=a", CLI_CONTROL_COUNT, 0, NULL},
        {"/updateReports?agent=a", CLI_CONTROL_UPDATE, 0, "a"},
        {"/updateReports", CLI_CONTROL_UPDATE, 0, "unknown"}, {"/stopServer", CLI_CONTROL_STOP, 0, NULL},
        {"", CLI_CONTROL_UNKNOWN, 0, NULL}, {"*", CLI_CONTROL_UNKNOWN, 0, NULL},
        {"runCase?case=1", CLI_CONTROL_UNKNOWN, 0, NULL}, {"/runcase?case=1", CLI_CONTROL_UNKNOWN, 0, NULL},
        {"/runCase/?case=1", CLI_CONTROL_UNKNOWN, 0, NULL}, {"/getCaseCoun", CLI_CONTROL_UNKNOWN, 0, NULL},
        {"/getCaseCounts", CLI_CONTROL_UNKNOWN, 0, NULL}, {"/%67etCaseCount", CLI_CONTROL_UNKNOWN, 0, NULL});
}

Test(control, cases_by_number) {
    EXPECT_ROWS({"/runCase?case=1&agent=a", CLI_CONTROL_RUN, 0, "a"},
                {"/runCase?agent=a&case=2", CLI_CONTROL_RUN, 1, "a"},
                {"/getCaseInfo?case=2", CLI_CONTROL_INFO, 1, NULL},
                {"/getCaseStatus?case=1&agent=a", CLI_CONTROL_STATUS, 0, "a"},
                {"/runCase?case=002", CLI_CONTROL_RUN, 1, NULL},
                {"/runCase?case=%32", CLI_CONTROL_RUN, 1, NULL},
                {"/runCase?case=1#case=2", CLI_CONTROL_RUN, 0, NULL},
                {"/runCase?xcase=2&case=1", CLI_CONTROL_RUN, 0, NULL});
    EXPECT_ROWS(
        {"/runCase", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase?", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?case", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase?case=", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?case=0", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase?case=3", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?case=-1", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase?case=+1", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?case=%201", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase?case=1x", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?case=1%00", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase?case=0x1", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?case=18446744073709551617", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?Case=1", CLI_CONTROL_WRONG, 0, NULL}, {"/runCase#?case=1", CLI_CONTROL_WRONG, 0, NULL},
        {"/getCaseInfo?agent=a", CLI_CONTROL_WRONG, 0, NULL},
        {"/getCaseStatus?case=9", CLI_CONTROL_WRONG, 0, NULL});
}

Test(control, cases_by_id) {
    EXPECT_ROWS(
        {"/runCase?casetuple=2.1&agent=a", CLI_CONTROL_RUN, 0, "a"},
        {"/runCase?casetuple=text.two", CLI_CONTROL_RUN, 1, NULL},
        {"/runCase?casetuple=text%2Etwo", CLI_CONTROL_RUN, 1, NULL},
        {"/case/ping.one?agent=a", CLI_CONTROL_RUN, 0, "a"}, {"/case/2.1", CLI_CONTROL_RUN, 0, "unknown"},
        {"/runCase?casetuple=2", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?casetuple=ping.*", CLI_CONTROL_WRONG, 0, NULL},
        {"/runCase?casetuple=PING.ONE", CLI_CONTROL_WRONG, 0, NULL}, {"/case/", CLI_CONTROL_WRONG, 0, NULL},
        {"/case/ping.one/", CLI_CONTROL_WRONG, 0, NULL}, {"/case", CLI_CONTROL_UNKNOWN, 0, NULL});
}

/* RFC 6455 4.1: the request target may be a whole URI. */
Test(control, whole_uris) {
    EXPECT_ROWS({"http://h:1/runCase?case=2&agent=a", CLI_CONTROL_RUN, 1, "a"},
                {"HTTPS://h/getCaseCount", CLI_CONTROL_COUNT, 0, NULL},
                {"http://h", CLI_CONTROL_PAGE, 0, NULL}, {"http://", CLI_CONTROL_PAGE, 0, NULL},
                {"http:/getCaseCount", CLI_CONTROL_UNKNOWN, 0, NULL},
                {"ftp://h/getCaseCount", CLI_CONTROL_UNKNOWN, 0, NULL});
}

Test(control, agents) {
    EXPECT_ROWS({"/runCase?case=1&agent=ws%2F8.1", CLI_CONTROL_RUN, 0, "ws/8.1"},
                {"/runCase?case=1&agent=a+b%2Bc", CLI_CONTROL_RUN, 0, "a b+c"},
                {"/runCase?case=1&agent=", CLI_CONTROL_RUN, 0, "unknown"},
                {"/runCase?case=1&agent=a&agent=b", CLI_CONTROL_RUN, 0, "a"},
                {"/runCase?case=1&agent=a=b", CLI_CONTROL_RUN, 0, "a=b"},
                {"/runCase?case=1&agent=%", CLI_CONTROL_RUN, 0, "%"},
                {"/runCase?case=1&agent=%4", CLI_CONTROL_RUN, 0, "%4"},
                {"/runCase?case=1&agent=%zz%41", CLI_CONTROL_RUN, 0, "%zzA"},
                {"/runCase?case=1&agent=%00%0d%0a%1b%7f", CLI_CONTROL_RUN, 0, "?????"},
                {"/runCase?case=1&agent=%ff%c3%bc%c3", CLI_CONTROL_RUN, 0, "?ü?"},
                {"/runCase?case=1&agent=%3Cb%3E%26", CLI_CONTROL_RUN, 0, "<b>&"});
}

Test(control, a_name_that_is_too_long_is_cut_between_characters) {
    char target[1000], name[CLI_AGENT_MAX];
    int used = snprintf(target, sizeof target, "/runCase?case=1&agent=x");
    for (int i = 0; i < 150; i++)
        used += snprintf(target + used, sizeof target - (size_t)used, "%s", "\xc3\xbc");
    cli_control_request request = cli_control_read(target, &selection);
    cr_expect_eq(strlen(request.agent), 199);
    cli_agent_name(request.agent, name);
    cr_expect_str_eq(request.agent, name, "the name of a name is the same");
}

Test(control, shutdown) {
    cr_expect(cli_control_read("/updateReports?agent=a&shutdownOnComplete=true", &selection).shutdown);
    cr_expect(cli_control_read("/updateReports?shutdownOnComplete=yes", &selection).shutdown);
    cr_expect_not(cli_control_read("/updateReports?agent=a&shutdownOnComplete=false", &selection).shutdown);
    cr_expect_not(cli_control_read("/updateReports?agent=shutdownOnComplete", &selection).shutdown);
}

Test(control, every_cut_of_a_target_is_read) {
    static const char whole[] =
        "http://h/runCase?casetuple=%32%2e1&agent=%c3%bc+%41&shutdownOnComplete=true#x";
    for (size_t size = 0; size < sizeof whole; size++) {
        char *cut = strndup(whole, size);
        (void)cli_control_read(cut, &selection);
        free(cut);
    }
}

Test(control, texts_of_answers) {
    char *text = cli_control_info(cases[0]);
    cr_expect_str_eq(text, "{\"id\": \"2.1\", \"description\": \"A \\\"ping\\\"\"}");
    free(text);
    text = cli_control_info(cases[1]);
    cr_expect_str_eq(text, "{\"id\": \"text.two\", \"description\": \"Zwei \xc3\xbc\"}");
    free(text);
    text = cli_control_status(&(report_case){.id = "text.two", .verdict = REPORT_NON_STRICT});
    cr_expect_str_eq(text, "{\"behavior\": \"NON-STRICT\", \"id\": \"text.two\"}");
    free(text);
}

Test(control, a_reply_says_its_text_and_closes) {
    cli_control_reply *reply = cli_control_reply_new("{\"a\": \"\\u0000\"}");
    cr_assert_not_null(reply);
    cr_expect_eq(cli_control_reply_case(reply)->step_count, 2);
    cli_control_reply_free(reply);
    reply = cli_control_reply_new(NULL);
    cr_assert_not_null(reply);
    cr_expect_eq(cli_control_reply_case(reply)->step_count, 1);
    cli_control_reply_free(reply);
    cli_control_reply_free(NULL);
}
