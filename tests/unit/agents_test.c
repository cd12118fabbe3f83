/* What several clients have shown: rows that are replaced, their order, agents that play at once. */
#include "cli/agents.h"
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char tables[] =
    "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": ["
    "{\"id\": \"a\", \"title\": \"A\", \"steps\": [{\"ping\": \"\"}, {\"expect\": \"pong\"}]},"
    "{\"id\": \"b\", \"title\": \"B\", \"steps\": [{\"ping\": \"\"}, {\"expect\": \"pong\"}]},"
    "{\"id\": \"c\", \"title\": \"C\", \"steps\": [{\"ping\": \"\"}, {\"expect\": \"pong\"}]}]}";

static const cli_selection_options options = {.profile = CLI_AUTOBAHN}; /* without statements of the RFCs */
static const report_option report_options[] = {{"profile", "standard"}};
static cli_selection selection;
static const play_case *cases[3];
static cli_agents agents;

static void load(void) {
    char error[256];
    selection.table = play_table_new();
    cr_assert_eq(play_table_load(selection.table, "t", tables, strlen(tables), error, sizeof error), WS_OK,
                 "%s", error);
    for (size_t i = 0; i < 3; i++)
        cases[i] = play_table_get(selection.table, i);
    selection.cases = cases;
    selection.count = 3;
    agents = (cli_agents){.selection = &selection,
                          .options = &options,
                          .report_options = report_options,
                          .report_option_count = 1};
}

static void unload(void) {
    cli_agents_clear(&agents);
    play_table_free(selection.table);
}

TestSuite(agents, .init = load, .fini = unload);

static void record(const char *name, size_t index, play_verdict verdict, const char *reason,
                   const char *more) {
    const net_host_outcome outcome = {.verdict = verdict, .reason = reason, .duration_us = 5};
    cli_agent *agent = cli_agents_find(&agents, name);
    cr_assert_not_null(agent);
    cr_assert(cli_agent_record(&agents, agent, index, &outcome, more));
}

/* "a OK, b FAILED (reason)" */
static const char *told(const report *r) {
    static char text[500];
    int used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < r->case_count; i++)
        used +=
            snprintf(text + used, sizeof text - (size_t)used, "%s%s %s%s%s%s", i ? ", " : "", r->cases[i]->id,
                     report_verdict_name(r->cases[i]->verdict), r->cases[i]->reason ? " (" : "",
                     r->cases[i]->reason ? r->cases[i]->reason : "", r->cases[i]->reason ? ")" : "");
    return text;
}

Test(agents, nobody_has_played) {
    cr_expect_null(cli_agents_reports(&agents));
    cr_expect_null(cli_agents_known(&agents, "x"));
    cr_assert_not_null(cli_agents_find(&agents, "x"));
    cr_expect_not_null(cli_agents_known(&agents, "x"));
    cr_expect_null(cli_agents_reports(&agents), "who has only come has no report");
}

Test(agents, rows_are_in_the_order_of_the_selection) {
    record("x", 2, PLAY_OK, NULL, NULL);
    record("x", 0, PLAY_FAILED, "why", NULL);
    cr_expect_str_eq(told(cli_agents_reports(&agents)), "a FAILED (why), c OK");
    record("x", 1, PLAY_NON_STRICT, "why", "More");
    const report *r = cli_agents_reports(&agents);
    cr_expect_str_eq(told(r), "a FAILED (why), b NON-STRICT (why. More), c OK");
    cr_expect_eq(r->summary[REPORT_FAILED], 1);
    cr_expect_eq(r->summary[REPORT_OK], 1);
}

Test(agents, a_report_without_all_cases_is_that_of_an_interrupted_run) {
    record("x", 0, PLAY_OK, NULL, NULL);
    record("x", 1, PLAY_OK, NULL, NULL);
    cr_expect(cli_agents_reports(&agents)->interrupted);
    record("x", 2, PLAY_OK, NULL, NULL);
    cr_expect_not(cli_agents_reports(&agents)->interrupted);
}

Test(agents, the_latest_run_counts) {
    record("x", 1, PLAY_FAILED, "first", "More");
    cr_expect_str_eq(told(cli_agents_reports(&agents)), "b FAILED (first. More)");
    for (int i = 0; i < 1000; i++)
        record("x", 1, PLAY_INFORMATIONAL, i % 2 ? "odd" : "even", NULL);
    cr_expect_str_eq(told(cli_agents_reports(&agents)), "b INFORMATIONAL (odd)");
    record("x", 1, PLAY_OK, NULL, NULL);
    const report *r = cli_agents_reports(&agents);
    cr_expect_str_eq(told(r), "b OK");
    cr_expect_str_eq(r->cases[0]->title, "B");
}

Test(agents, amended) {
    record("x", 0, PLAY_FAILED, "why", NULL);
    cli_agent *agent = cli_agents_find(&agents, "x");
    cr_assert(cli_agent_amend(&agents, agent, 0, PLAY_NON_STRICT, "More", true));
    cr_assert(cli_agent_amend(&agents, agent, 2, PLAY_INCONCLUSIVE, "It never came", false));
    const report *r = cli_agents_reports(&agents);
    cr_expect_str_eq(told(r), "a NON-STRICT (why. More), c INCONCLUSIVE (It never came)");
    cr_expect(r->cases[0]->flaky);
    cr_expect_not(r->cases[1]->flaky);
}

Test(agents, several_have_a_report_each) {
    record("x", 0, PLAY_OK, NULL, NULL);
    cr_assert_not_null(cli_agents_find(&agents, "idle"));
    record("y", 0, PLAY_FAILED, "why", NULL);
    record("x", 1, PLAY_OK, NULL, NULL);
    const report *r = cli_agents_reports(&agents);
    cr_expect_str_eq(r->target_agent, "x");
    cr_expect_str_eq(told(r), "a OK, b OK");
    cr_assert_not_null(r->next);
    cr_expect_str_eq(r->next->target_agent, "y");
    cr_expect_str_eq(told(r->next), "a FAILED (why)");
    cr_expect_null(r->next->next);
}

Test(agents, there_are_not_too_many) {
    char name[16];
    for (int i = 0; i < CLI_AGENTS_MAX; i++) {
        snprintf(name, sizeof name, "agent %d", i);
        cr_assert_not_null(cli_agents_find(&agents, name));
    }
    cr_expect_null(cli_agents_find(&agents, "one more"));
    cr_expect_not_null(cli_agents_find(&agents, "agent 7"));
    cr_expect_eq(agents.count, CLI_AGENTS_MAX);
}
