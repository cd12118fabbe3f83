#include "cli/rounds.h"
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAST_BREATH_MS = 2000, /* from the first sign of a death to the news of it */
    ROWS_SHOWN = 4,        /* of the cases that no blame could be put on */
    ROW_MAX = 50           /* octets of an id that are shown */
};

/* ------------------------------------------------------------------ verdicts */

static void settle(cli_rounds *rounds, size_t row) {
    rounds->reported[row] = true;
    cli_terminal_case(rounds->terminal, rounds->report->cases[row]);
}

static void withdraw(cli_rounds *rounds, size_t row) {
    report_case *c = rounds->report->cases[row];
    rounds->reported[row] = false;
    cli_terminal_withdraw(rounds->terminal, c);
    c->transcript_count = 0;
    memset(&c->close, 0, sizeof c->close);
}

static void on_case(const net_outcome *outcome, void *user) {
    cli_rounds *rounds = user;
    size_t row = rounds->row_of[outcome->index];
    rounds->record(outcome, rounds->report->cases[row], rounds->user);
    cli_target_sample(rounds->target);
    if (rounds->alone) { /* settled when it is known whether the server has survived it */
        rounds->doubtful = !outcome->result || outcome->result->timed_out;
        return;
    }
    settle(rounds, row);
    if (outcome->verdict != PLAY_INCONCLUSIVE)
        rounds->recent[rounds->recent_count++ % CLI_ROUNDS_SHORTLY] = row;
}

/* Cases that could not be judged because the server was gone. */
static void withdraw_inconclusive(cli_rounds *rounds) {
    for (size_t row = 0; row < rounds->report->case_count; row++)
        if (rounds->reported[row] && rounds->report->cases[row]->verdict == REPORT_INCONCLUSIVE)
            withdraw(rounds, row);
}

static void abandon(cli_rounds *rounds) {
    for (size_t row = 0; row < rounds->report->case_count; row++) {
        report_case *c = rounds->report->cases[row];
        if (rounds->reported[row])
            continue;
        c->verdict = REPORT_INCONCLUSIVE;
        c->reason = "not played: the server died, and could not be started again";
        settle(rounds, row);
    }
}

/* ------------------------------------------------------------------ one round */

static void on_death(void *user) {
    cli_rounds *rounds = user;
    /* The case that runs alone sees the end of its connection, and ends by itself. */
    if (rounds->alone || !rounds->runner || net_runner_cancelled(rounds->runner))
        return;
    rounds->suspect_count = net_runner_running(rounds->runner, rounds->suspects, rounds->suspect_max);
    for (size_t i = 0; i < rounds->suspect_count; i++)
        rounds->suspects[i] = rounds->row_of[rounds->suspects[i]];
    net_runner_cancel(rounds->runner);
}

static void on_interrupt(void *user) {
    cli_rounds_cancel(user);
}

void cli_rounds_cancel(cli_rounds *rounds) {
    rounds->cancelled = true;
    if (rounds->runner)
        net_runner_cancel(rounds->runner);
}

static ws_status play_chosen(cli_rounds *rounds, const net_runner_options *options) {
    if (rounds->cancelled)
        return WS_OK;
    rounds->started_here += rounds->chosen_count;
    rounds->runner =
        net_runner_new(rounds->loop, options, rounds->chosen, rounds->chosen_count, on_case, rounds);
    if (!rounds->runner)
        return WS_ERR_MEMORY;
    ws_status status = net_runner_run(rounds->runner);
    snprintf(rounds->message, sizeof rounds->message, "%s", net_runner_message(rounds->runner));
    net_runner_free(rounds->runner);
    rounds->runner = NULL;
    return status;
}

static void choose(cli_rounds *rounds, size_t row) {
    rounds->row_of[rounds->chosen_count] = row;
    rounds->chosen[rounds->chosen_count++] = rounds->cases[row];
}

static ws_status play_the_rest(cli_rounds *rounds) {
    rounds->chosen_count = rounds->suspect_count = rounds->recent_count = 0;
    for (size_t row = 0; row < rounds->report->case_count; row++)
        if (!rounds->reported[row])
            choose(rounds, row);
    return play_chosen(rounds, rounds->options);
}

/* ------------------------------------------------------------------ blame */

/* Whether the server has outlived what was played: a connection that is opened now proves it. */
static bool is_dead(cli_rounds *rounds) {
    static const play_case greeting = {
        .id = "alive", .title = "Opening and closing handshake", .group = "probe"};
    char error[NET_RUNNER_REASON_MAX];
    net_runner_options options = *rounds->options;
    options.chop = 0;
    if (cli_target_died(rounds->target))
        return true;
    if (net_probe(rounds->loop, &options, &greeting, NULL, NULL, error, sizeof error) == WS_OK)
        return cli_target_await_death(rounds->target, 0);
    return cli_target_await_death(rounds->target, LAST_BREATH_MS);
}

/* The server starts anew; nothing of it remembers what was played. */
static bool restart(cli_rounds *rounds) {
    rounds->started_here = 0;
    return cli_target_restart(rounds->target);
}

/* True: the server died. */
static bool play_alone(cli_rounds *rounds, size_t row) {
    net_runner_options options = *rounds->options;
    options.jobs = 1;
    options.no_retry = true;
    rounds->chosen_count = 0;
    choose(rounds, row);
    rounds->alone = true;
    ws_status status = play_chosen(rounds, &options);
    bool died = status == WS_OK && !rounds->cancelled && is_dead(rounds);
    rounds->alone = false;
    rounds->out_of_memory = rounds->out_of_memory || status == WS_ERR_MEMORY;
    return died;
}

static void blame(cli_rounds *rounds, size_t row) {
    char text[CLI_TARGET_TEXT_MAX];
    report_case *c = rounds->report->cases[row];
    c->verdict = REPORT_FAILED;
    c->flaky = false;
    c->reason = report_keep(rounds->report, cli_target_death(rounds->target, "while this case ran", text));
    rounds->out_of_memory = rounds->out_of_memory || !c->reason;
    rounds->blamed++;
    if (rounds->blame)
        rounds->blame(row, rounds->user);
}

typedef enum finding { INNOCENT, GUILTY, HOPELESS } finding;

/* HOPELESS: the server could not be started again. */
static finding examine(cli_rounds *rounds, size_t row) {
    bool died = play_alone(rounds, row);
    if (died && rounds->started_here > 1) { /* perhaps an earlier case's doing */
        if (!restart(rounds))
            return HOPELESS;
        died = play_alone(rounds, row);
    }
    if (rounds->cancelled || rounds->out_of_memory)
        return HOPELESS;
    if (!died) {
        if (!rounds->doubtful) /* else it is played again with the rest */
            settle(rounds, row);
        return INNOCENT;
    }
    blame(rounds, row);
    settle(rounds, row);
    return restart(rounds) ? GUILTY : HOPELESS;
}

static void add_suspect(cli_rounds *rounds, size_t row) {
    for (size_t i = 0; i < rounds->suspect_count; i++)
        if (rounds->suspects[i] == row)
            return;
    rounds->suspects[rounds->suspect_count++] = row;
}

static void add_recent(cli_rounds *rounds) {
    size_t count = rounds->recent_count < CLI_ROUNDS_SHORTLY ? rounds->recent_count : CLI_ROUNDS_SHORTLY;
    for (size_t i = 1; i <= count; i++) {
        size_t row = rounds->recent[(rounds->recent_count - i) % CLI_ROUNDS_SHORTLY];
        withdraw(rounds, row);
        add_suspect(rounds, row);
    }
}

/* Said when the suspects have turned out to be innocent; by then the dead process is forgotten. */
static void describe_unexplained(cli_rounds *rounds, char text[CLI_TARGET_TEXT_MAX]) {
    char where[300] = "before any case had run";
    size_t used = 0, count = rounds->suspect_count;
    if (count > 0)
        used = (size_t)snprintf(where, sizeof where,
                                "during the run, but survives each of the %zu cases of that moment: ", count);
    for (size_t i = 0; i < count && i < ROWS_SHOWN && used + ROW_MAX + 8 < sizeof where; i++)
        used += (size_t)snprintf(where + used, sizeof where - used, "%s%.*s", i ? ", " : "", (int)ROW_MAX,
                                 rounds->report->cases[rounds->suspects[i]]->id);
    if (count > ROWS_SHOWN)
        snprintf(where + used, sizeof where - used, ", ...");
    cli_target_death(rounds->target, where, text);
}

/* What a server has read a while ago may still kill it. */
static finding examine_all(cli_rounds *rounds) {
    finding found = INNOCENT;
    for (size_t row = 0; row < rounds->report->case_count && found == INNOCENT; row++) {
        if (!rounds->reported[row] || rounds->report->cases[row]->verdict == REPORT_SKIPPED)
            continue;
        withdraw(rounds, row);
        found = examine(rounds, row);
    }
    return found;
}

/* Finds the guilty and leaves a server that runs. False: there is none, or no time, any more. */
static bool recover(cli_rounds *rounds) {
    char unexplained[CLI_TARGET_TEXT_MAX], together[CLI_TARGET_TEXT_MAX];
    size_t blamed = rounds->blamed;
    finding found = INNOCENT;
    withdraw_inconclusive(rounds);
    add_recent(rounds);
    describe_unexplained(rounds, unexplained);
    cli_target_death(rounds->target, "while many cases ran at once", together);
    if (!restart(rounds))
        return false;
    for (size_t i = 0; i < rounds->suspect_count && found != HOPELESS; i++)
        found = examine(rounds, rounds->suspects[i]);
    if (found != HOPELESS && rounds->blamed == blamed && rounds->thorough)
        found = examine_all(rounds);
    if (found != HOPELESS && rounds->blamed == blamed &&
        !(rounds->unexplained &&
          rounds->unexplained(rounds->suspects, rounds->suspect_count, together, rounds->user))) {
        cli_target_unexplained(rounds->target);
        cli_terminal_clear(rounds->terminal);
        cli_complain(rounds->command, "%s", unexplained);
    }
    return found != HOPELESS;
}

/* ------------------------------------------------------------------ all rounds */

static ws_status prepare(cli_rounds *rounds) {
    static const cli_target_handler handler = {.on_death = on_death, .on_interrupt = on_interrupt};
    size_t count = rounds->report->case_count;
    rounds->suspect_max = rounds->options->jobs > 0 ? rounds->options->jobs : 1;
    rounds->chosen = calloc(count + 1, sizeof *rounds->chosen);
    rounds->row_of = calloc(count + 1, sizeof *rounds->row_of);
    rounds->suspects = calloc(rounds->suspect_max + CLI_ROUNDS_SHORTLY, sizeof *rounds->suspects);
    if (!rounds->chosen || !rounds->row_of || !rounds->suspects)
        return WS_ERR_MEMORY;
    cli_target_set_handler(rounds->target, &handler, rounds);
    return WS_OK;
}

static bool all_reported(const cli_rounds *rounds) {
    for (size_t row = 0; row < rounds->report->case_count; row++)
        if (!rounds->reported[row])
            return false;
    return true;
}

ws_status cli_rounds_play(cli_rounds *rounds) {
    ws_status status = prepare(rounds);
    while (status == WS_OK && !rounds->cancelled && !all_reported(rounds)) {
        if (!cli_target_died(rounds->target))
            status = play_the_rest(rounds);
        bool watched = status == WS_OK && !rounds->cancelled && cli_target_owned(rounds->target);
        if (!watched || !is_dead(rounds))
            break;
        if (recover(rounds))
            continue;
        if (!rounds->cancelled && !rounds->out_of_memory)
            abandon(rounds);
        break;
    }
    return rounds->out_of_memory ? WS_ERR_MEMORY : status;
}

void cli_rounds_clear(cli_rounds *rounds) {
    if (rounds->target)
        cli_target_set_handler(rounds->target, NULL, NULL);
    free((void *)rounds->chosen);
    free(rounds->row_of);
    free(rounds->suspects);
}
