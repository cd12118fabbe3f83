/* wspect fuzz server: live fuzzing of a server. */
#include "cli/commands.h"
#include "cli/headers.h"
#include "cli/hunt.h"
#include "cli/probe.h"
#include "cli/rounds.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name[] = "fuzz server";

enum { BATCH_PER_JOB = 16, JOBS_MAX = 256, DEATHS_MAX = 1000000, LARGEST = 1 << 20 };

/* When a server has become larger by so much since it had warmed up, somebody has to be found who does it: a
 * session that makes it grow in each of several rounds. Sanitizers keep up to 256 MiB of what was freed, and
 * runtimes with a collector take their time: that is why it has to be much, and again and again. */
enum {
    GROWTH_MIB = 512, /* by default */
    GROWTH_WARM_SESSIONS = 1024,
    GROWTH_ROUNDS = 4,
    GROWTH_PLAYS = 512,     /* in a round */
    GROWTH_ROUND_KIB = 1024 /* in each of them */
};

/* Where nothing is decided, it is not waited for as long as where it is. */
enum {
    HASTY_EVENT_US = 500000,
    HASTY_HANDSHAKE_US = 300000,
    EVENT_US = 2000000,
    HANDSHAKE_US = 5000000,
    CLOSE_US = 1000000
};

enum { ORACLE_UNKNOWN = -1, ORACLE_ECHO, ORACLE_PING };
static const char *const oracle_names[] = {"echo", "ping", NULL};

typedef struct fuzz_options {
    cli_hunt_options hunt;
    uint64_t jobs, wait_s, growth_mib;
    int oracle;
    double timeout_scale;
    cli_list headers;
    const char *subprotocol;
    bool help;
    char **target_command;
    net_tls_client_options tls;
} fuzz_options;

typedef struct fuzz_run {
    const fuzz_options *options;
    const char *url;
    ws_uri uri;
    cli_headers headers;
    uv_loop_t loop;
    net_tls_context *tls;
    cli_target *target;
    cli_probe probe;
    cli_hunt hunt;
    char rerun_end[CLI_HUNT_COMMAND_MAX];
    const play_case *cases[LIVE_BATCH_MAX]; /* of the batch, by row */
    bool blamed[LIVE_BATCH_MAX];
    report *report;
    bool reported[LIVE_BATCH_MAX];
    cli_rounds rounds;
    uv_signal_t signals[2];
    bool unexplained;
    uint64_t warm_kib;      /* memory of the server when it had warmed up; 0: it has not, */
    uint64_t cold_sessions; /* and how many there had been when it was started */
    unsigned restarts;
} fuzz_run;

/* ------------------------------------------------------------------ options */

static void print_help(const cli_option *rows) {
    puts("Usage: wspect fuzz server URL [options] [-- COMMAND [ARG...]]\n\n"
         "Plays sessions that are drawn: opening handshakes, frames that are right and wrong, messages cut "
         "in many\n"
         "ways, ends of connections. What the server must do the reference parser knows. A session on which "
         "it\n"
         "crashes, hangs, loses or changes an echo, or takes what it must refuse is confirmed, made as small "
         "as it\n"
         "gets, and written down as a case that wspect server replays (--cases-dir).\n\n"
         "With COMMAND the server is started for the run, and started again when it has died; {url} and "
         "{port} in\n"
         "its arguments stand for URL and its port. Build it with sanitizers: their reports count as "
         "crashes.");
    cli_print_options(rows);
    puts("\nExamples:\n"
         "  wspect fuzz server ws://localhost:9001 --time 600\n"
         "  wspect fuzz server ws://localhost:9001 --time 0 -- ./my-server --port {port}\n"
         "  wspect fuzz server ws://localhost:9001 --resume --seed 2 --time 3600\n\n"
         "Exit codes: 0 nothing was found; 1 findings; 2 wrong use or bad input file; 3 the target could not "
         "be\n"
         "reached or the run could not be completed.");
}

static void fill_table(fuzz_options *options, cli_option table[CLI_OPTIONS_MAX]) {
    const cli_option playing[] = {
        {"How to play:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--oracle", CLI_CHOICE, &options->oracle, "NAME",
         "echo, or ping: judge by pongs and closing, not by echoes (default: what the server does)",
         oracle_names, 0, 0},
        {"--jobs", CLI_NUMBER, &options->jobs, "N", "connections at once (default 32)", 0, 1, JOBS_MAX},
        {"--timeout-scale", CLI_FACTOR, &options->timeout_scale, "X",
         "wait X times as long for what should come", 0, 0, 1000},
        {"--header", CLI_LIST, &options->headers, "'K: V'", "add a field to the opening handshake", 0, 0, 0},
        {"--subprotocol", CLI_TEXT, &options->subprotocol, "P", "offer subprotocol P", 0, 0, 0},
        {"--wait-for-target", CLI_NUMBER, &options->wait_s, "SECONDS",
         "wait so long for the first connection (default 30 with COMMAND, else 0)", 0, 0, 86400},
        {"--growth", CLI_NUMBER, &options->growth_mib, "MIB",
         "with COMMAND: when the server has become larger by so much, find out which session does it "
         "(default 512; less "
         "only without AddressSanitizer, which keeps 256 MiB of what was freed; 0: never)",
         0, 0, 1 << 20},
        {"TLS:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--cacert", CLI_TEXT, &options->tls.ca_file, "FILE", "trust the certificates in FILE (PEM)", 0, 0,
         0},
        {"--insecure", CLI_FLAG, &options->tls.insecure, 0, "do not verify the server's certificate", 0, 0,
         0},
        {"--cert", CLI_TEXT, &options->tls.certificate_file, "FILE", "client certificate (PEM)", 0, 0, 0},
        {"--key", CLI_TEXT, &options->tls.key_file, "FILE", "its private key (PEM)", 0, 0, 0},
        {"--help", CLI_FLAG, &options->help, 0, "this text", 0, 0, 0},
        {0},
    };
    table[0] = (cli_option){0};
    cli_hunt_add_options(table, &options->hunt);
    cli_add_options(table, playing);
}

static bool parse(int argc, char **argv, fuzz_options *options, const char **url) {
    cli_option rows[CLI_OPTIONS_MAX];
    size_t count;
    int rest;
    fill_table(options, rows);
    if (!cli_parse(name, argc, argv, rows, url, 1, &count, &rest))
        return false;
    if (options->help) {
        print_help(rows);
        return true;
    }
    if (count != 1) {
        cli_complain(name, "needs the URL of a server; see wspect fuzz server --help");
        return false;
    }
    if (rest && rest == argc) {
        cli_complain(name, "\"--\" needs a command behind it; see wspect fuzz server --help");
        return false;
    }
    options->target_command = rest ? argv + rest : NULL;
    return true;
}

/* ------------------------------------------------------------------ a batch */

static int64_t scaled(int64_t us, const fuzz_options *options) {
    int64_t time_us = (int64_t)((double)us * options->timeout_scale);
    return time_us > 0 ? time_us : 1;
}

static net_runner_options runner_options(fuzz_run *run, bool careful) {
    const fuzz_options *options = run->options;
    net_runner_options result = {.uri = &run->uri,
                                 .tls = run->tls,
                                 .jobs = (unsigned)options->jobs,
                                 .reached = true,
                                 .no_retry = !careful};
    result.play =
        (play_options){.role = WS_CLIENT,
                       .seed = options->hunt.seed,
                       .subprotocol = options->subprotocol,
                       .headers = run->headers.items,
                       .header_count = run->headers.count,
                       .handshake_timeout_us = scaled(careful ? HANDSHAKE_US : HASTY_HANDSHAKE_US, options),
                       .event_timeout_us = scaled(careful ? EVENT_US : HASTY_EVENT_US, options),
                       .close_timeout_us = scaled(careful ? CLOSE_US : HASTY_EVENT_US, options),
                       .no_echo = options->oracle == ORACLE_PING,
                       .greeting = run->probe.greeting};
    return result;
}

static size_t row_of(const fuzz_run *run, const report_case *row) {
    size_t index = 0;
    while (run->report->cases[index] != row)
        index++;
    return index;
}

static void record(const net_outcome *outcome, report_case *row, void *user) {
    fuzz_run *run = user;
    row->verdict = (report_verdict)outcome->verdict;
    live_engine_take(run->hunt.engine, row_of(run, row),
                     &(live_outcome){.verdict = outcome->verdict,
                                     .timed_out = outcome->result && outcome->result->timed_out,
                                     .reason = outcome->reason,
                                     .trace = outcome->trace});
}

static void blame(size_t row, void *user) {
    fuzz_run *run = user;
    live_engine_take(
        run->hunt.engine, row,
        &(live_outcome){.verdict = PLAY_FAILED, .crash = true, .reason = run->report->cases[row]->reason});
    cli_rounds_cancel(&run->rounds); /* the rest may well do the same */
}

/* Copies of one session are all to blame; of many sessions each may be. */
static bool unexplained(const size_t *rows, size_t count, const char *reason, void *user) {
    fuzz_run *run = user;
    bool crowding = live_engine_crowding(run->hunt.engine);
    for (size_t i = 0; i < (crowding && count > 0 ? 1 : count); i++)
        live_engine_take(
            run->hunt.engine, rows[i],
            &(live_outcome){.verdict = PLAY_FAILED, .crash = true, .together = true, .reason = reason});
    return crowding;
}

static bool prepare_rows(fuzz_run *run) {
    run->report = report_new();
    for (size_t i = 0; run->report && i < live_engine_count(run->hunt.engine); i++) {
        report_case *row = report_add_case(run->report);
        if (!row)
            return false;
        run->cases[i] = live_engine_case(run->hunt.engine, i);
        row->id = run->cases[i]->id;
        run->reported[i] = false;
    }
    return run->report != NULL;
}

/* CLI_EXIT_OK, or the exit code of a run that cannot go on. */
static int play_batch(fuzz_run *run, unsigned repeat) {
    net_runner_options options = runner_options(run, live_engine_careful(run->hunt.engine));
    options.repeat = repeat;
    cli_terminal silent = {0};
    if (!prepare_rows(run)) {
        cli_complain(name, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    run->rounds = (cli_rounds){.command = name,
                               .loop = &run->loop,
                               .target = run->target,
                               .options = &options,
                               .cases = run->cases,
                               .report = run->report,
                               .reported = run->reported,
                               .terminal = &silent,
                               .record = record,
                               .blame = blame,
                               .unexplained = unexplained,
                               .thorough = true,
                               .user = run};
    ws_status status = cli_rounds_play(&run->rounds);
    if (status != WS_OK)
        cli_complain(name, "%s: %s", run->url,
                     status == WS_ERR_MEMORY ? "out of memory" : run->rounds.message);
    cli_rounds_clear(&run->rounds);
    report_free(run->report);
    run->report = NULL;
    return status == WS_OK ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
}

/* A server that is gone, and was not started here, makes every session inconclusive. */
static bool is_there(fuzz_run *run) {
    static const play_case greeting = {
        .id = "alive", .title = "Opening and closing handshake", .group = "probe"};
    char error[NET_RUNNER_REASON_MAX];
    net_runner_options options = runner_options(run, true);
    if (net_probe(&run->loop, &options, &greeting, NULL, NULL, error, sizeof error) == WS_OK)
        return true;
    clearerr(stderr);
    cli_complain(name, "%s does not answer any more: %s", run->url, error);
    return false;
}

/* ------------------------------------------------------------------ memory */

static bool has_grown(fuzz_run *run) {
    uint64_t sessions = live_engine_counts(run->hunt.engine).sessions,
             now = cli_target_memory_now(run->target);
    if (run->restarts != cli_target_restarts(run->target)) {
        run->restarts = cli_target_restarts(run->target);
        run->warm_kib = 0;
        run->cold_sessions = sessions;
    }
    if (run->warm_kib == 0 && sessions - run->cold_sessions >= GROWTH_WARM_SESSIONS)
        run->warm_kib = now;
    return run->options->growth_mib > 0 && run->warm_kib > 0 && now > 2 * run->warm_kib &&
           now - run->warm_kib > run->options->growth_mib << 10 && !live_engine_busy(run->hunt.engine);
}

/* How much larger the server is behind many plays of one session, in each of several rounds the least; 0: it
 * is not. */
static uint64_t measure_growth(fuzz_run *run, size_t session, int *code) {
    char error[512];
    uint64_t least = UINT64_MAX;
    unsigned restarts = cli_target_restarts(run->target);
    for (int round = 0; round < GROWTH_ROUNDS && *code == CLI_EXIT_OK; round++) {
        uint64_t before = cli_target_memory_now(run->target);
        if (live_engine_next_to_measure(run->hunt.engine, session, error, sizeof error) != WS_OK) {
            cli_complain(name, "%s", error);
            *code = CLI_EXIT_INCOMPLETE;
            return 0;
        }
        *code = play_batch(run, GROWTH_PLAYS);
        uint64_t after = cli_target_memory_now(run->target);
        if (run->hunt.interrupted || cli_target_restarts(run->target) != restarts ||
            after < before + GROWTH_ROUND_KIB)
            return 0;
        least = after - before < least ? after - before : least;
    }
    return least;
}

/* Of the sessions that others are made from, the ones that make it grow. */
static int explain_growth(fuzz_run *run) {
    int code = CLI_EXIT_OK;
    live_engine *engine = run->hunt.engine;
    uint64_t from = run->warm_kib, to = cli_target_memory_now(run->target);
    size_t found = 0, pool = live_engine_counts(engine).pool;
    live_engine_conclude(engine);
    for (size_t i = 0; i < pool && found == 0 && code == CLI_EXIT_OK && !run->hunt.interrupted; i++) {
        uint64_t growth = measure_growth(run, i, &code);
        if (growth > 0 && code == CLI_EXIT_OK) {
            char reason[400];
            snprintf(reason, sizeof reason,
                     "the server grew from %.0f to %.0f MiB; this session alone, played %d times in each of "
                     "%d rounds, made it "
                     "larger by %.0f KiB a session or more in every round",
                     (double)from / 1024, (double)to / 1024, GROWTH_PLAYS, GROWTH_ROUNDS,
                     (double)growth / GROWTH_PLAYS);
            found++;
            code = live_engine_publish_measured(engine, "growth", reason) ? code : CLI_EXIT_INCOMPLETE;
        }
        live_engine_conclude(engine);
    }
    if (found == 0 && code == CLI_EXIT_OK && !run->hunt.interrupted)
        cli_complain(name, "the server grew from %.0f to %.0f MiB, and no single session makes it grow",
                     (double)from / 1024, (double)to / 1024);
    run->warm_kib = cli_target_memory_now(run->target);
    return code;
}

/* ------------------------------------------------------------------ the run */

static void on_signal(uv_signal_t *handle, int number) {
    fuzz_run *run = handle->data;
    (void)number;
    run->hunt.interrupted = true;
    cli_rounds_cancel(&run->rounds);
}

static void handle_signals(fuzz_run *run) {
    static const int numbers[2] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&run->loop, &run->signals[i]);
        run->signals[i].data = run;
        uv_signal_start(&run->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&run->signals[i]);
    }
}

static bool find_out(fuzz_run *run) {
    char error[1024];
    net_runner_options options = runner_options(run, true);
    options.no_retry = false;
    options.reached = false;
    bool answers = cli_probe_server(&run->loop, &options, &run->probe, error, sizeof error) == WS_OK;
    if (!answers && !cli_target_interrupted(run->target)) {
        cli_complain(name, "%s: %s", run->url, error);
        cli_target_mention_death(run->target);
    }
    return answers;
}

static live_engine_options engine_options(fuzz_run *run) {
    const cli_probe *probe = &run->probe;
    bool echo =
        run->options->oracle == ORACLE_ECHO || (run->options->oracle == ORACLE_UNKNOWN && probe->echoes);
    uint64_t largest = probe->largest > 0 ? probe->largest : 1 << 16;
    return (live_engine_options){
        .session = {.peer = WS_SERVER, .echo = echo},
        .taste = {.largest = (uint32_t)(largest < LARGEST ? largest : LARGEST), .deflate = probe->deflate},
        .seed = run->options->hunt.seed};
}

static void describe_rerun(fuzz_run *run) {
    cli_hunt *hunt = &run->hunt;
    hunt->rerun_end = run->rerun_end;
    hunt->rerun_rare = " --repeat 64";
    if (!cli_target_command_line(run->options->target_command, run->rerun_end, sizeof run->rerun_end))
        return;
    snprintf(hunt->rerun, sizeof hunt->rerun, "wspect server %s --cases-dir %s%s", run->url,
             run->options->hunt.folder, run->options->tls.insecure ? " --insecure" : "");
}

static int hunt(fuzz_run *run, fuzz_options *options) {
    if (!find_out(run))
        return CLI_EXIT_INCOMPLETE;
    live_engine_options wanted = engine_options(run);
    if (!wanted.session.echo && options->oracle == ORACLE_UNKNOWN) {
        options->oracle = ORACLE_PING;
        fprintf(stderr, "wspect fuzz server: %s does not echo messages; it is judged by pongs and closing\n",
                run->url);
    }
    describe_rerun(run);
    run->hunt.command = name;
    run->hunt.options = &options->hunt;
    run->hunt.batch = options->jobs * BATCH_PER_JOB;
    handle_signals(run);
    int code = cli_hunt_begin(&run->hunt, &wanted);
    while (code == CLI_EXIT_OK && cli_hunt_next(&run->hunt)) {
        code = play_batch(run, 1);
        if (code == CLI_EXIT_OK && has_grown(run))
            code = explain_growth(run);
        run->hunt.interrupted = run->hunt.interrupted || cli_target_interrupted(run->target);
        if (code == CLI_EXIT_OK && !run->hunt.interrupted && !is_there(run))
            code = CLI_EXIT_INCOMPLETE;
    }
    code = cli_hunt_end(&run->hunt, code);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&run->signals[i], NULL);
    return code == CLI_EXIT_OK && cli_target_unexplained_deaths(run->target) > 0 ? CLI_EXIT_NOT_CONFORMANT
                                                                                 : code;
}

static void describe_memory(const cli_target *target) {
    uint64_t start, peak, end;
    cli_target_memory(target, &start, &peak, &end);
    if (peak > 0)
        printf("Memory of the server: %.1f MiB at the start, %.1f at most, %.1f at the end.\n",
               (double)start / 1024, (double)peak / 1024, (double)end / 1024);
}

static int with_target(fuzz_run *run, fuzz_options *options) {
    const cli_target_options wanted = {.command = name,
                                       .url = run->url,
                                       .uri = &run->uri,
                                       .arguments = options->target_command,
                                       .wait_s = options->wait_s,
                                       .verbose = options->hunt.verbose,
                                       .deaths_max = DEATHS_MAX,
                                       .reports_kill = true};
    run->target = cli_target_new(&run->loop, &wanted);
    if (!run->target) {
        cli_complain(name, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    int code = cli_target_start(run->target);
    if (code == CLI_EXIT_OK)
        code = hunt(run, options);
    cli_target_stop(run->target);
    describe_memory(run->target);
    cli_target_free(run->target);
    return code;
}

static int with_loop(fuzz_run *run, fuzz_options *options) {
    char error[NET_TLS_ERROR_MAX];
    if (run->uri.secure && net_tls_client_new(&run->tls, &options->tls, error, sizeof error) != WS_OK) {
        cli_complain(name, "%s", error);
        return CLI_EXIT_USAGE;
    }
    if (uv_loop_init(&run->loop) != 0) {
        cli_complain(name, "the event loop could not be made");
        return CLI_EXIT_INCOMPLETE;
    }
    int code = with_target(run, options);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_loop_close(&run->loop);
    if (run->tls)
        net_tls_context_free(run->tls);
    return code;
}

int cli_fuzz_server(int argc, char **argv) {
    fuzz_options options = {.hunt = {.folder = "wspect-findings", .seed = 1, .time_s = CLI_HUNT_TIME_S},
                            .oracle = ORACLE_UNKNOWN,
                            .growth_mib = GROWTH_MIB,
                            .jobs = 32,
                            .timeout_scale = 1};
    fuzz_run *run = calloc(1, sizeof *run);
    const char *why = NULL;
    int code = CLI_EXIT_USAGE;
    if (!run) {
        cli_complain(name, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    run->options = &options;
    if (!parse(argc, argv, &options, &run->url))
        code = CLI_EXIT_USAGE;
    else if (options.help)
        code = CLI_EXIT_OK;
    else if (ws_uri_parse(run->url, &run->uri, &why) != WS_OK)
        cli_complain(name, "\"%s\" is no WebSocket URL: %s", run->url, why);
    else if (cli_headers_take(name, &options.headers, &run->headers) && cli_hunt_prepare(name, &options.hunt))
        code = with_loop(run, &options);
    cli_headers_clear(&run->headers);
    free(run);
    return code;
}
