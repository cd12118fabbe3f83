/* wspect fuzz client: live fuzzing of a client, which is started for every session. */
#include "cli/commands.h"
#include "cli/headers.h"
#include "cli/hunt.h"
#include "cli/launcher.h"
#include "cli/target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name[] = "fuzz client";

enum { BATCH_PER_JOB = 16, JOBS_MAX = 256, LARGEST = 1 << 16, URL_MAX = 320 };
enum { EVENT_US = 2000000, HANDSHAKE_US = 5000000, CLOSE_US = 1000000 };

enum { ORACLE_ECHO, ORACLE_PING };
static const char *const oracle_names[] = {"echo", "ping", NULL};

typedef struct fuzz_options {
    cli_hunt_options hunt;
    uint64_t jobs;
    int oracle;
    double timeout_scale;
    const char *listen, *subprotocol, *certificate, *key;
    cli_list headers;
    bool tls, help;
    char **command;
} fuzz_options;

typedef struct fuzz_run {
    const fuzz_options *options;
    cli_headers headers;
    cli_listen at;
    char url[URL_MAX];
    uv_loop_t loop;
    net_tls_context *tls;
    net_host *host;
    cli_launcher *launcher;
    bool batch_over;
    cli_hunt hunt;
    char rerun_end[CLI_HUNT_COMMAND_MAX];
    const play_case *cases[LIVE_BATCH_MAX];
    cli_selection batch;
    char *reasons[LIVE_BATCH_MAX]; /* of connections that are over, until their clients are */
    bool timed_out[LIVE_BATCH_MAX];
    uv_signal_t signals[2];
} fuzz_run;

/* ------------------------------------------------------------------ options */

static void print_help(const cli_option *rows) {
    puts("Usage: wspect fuzz client [options] -- COMMAND [ARG...]\n\n"
         "Starts a client for every session, and is the server that it meets: with opening handshakes, "
         "frames and\n"
         "ends of connections that are drawn, right and wrong. {url} in COMMAND's arguments, and WSPECT_URL "
         "in its\n"
         "environment, say where to connect. The client should echo every message, and end when its "
         "connection\n"
         "ends. What it does wrong is confirmed, made as small as it gets, and written down as a case that\n"
         "wspect client replays (--cases-dir). Build it with sanitizers: their reports count as crashes.");
    cli_print_options(rows);
    puts(
        "\nExamples:\n"
        "  wspect fuzz client --time 600 -- ./client {url}\n"
        "  wspect fuzz client --oracle ping --runs 10000 -- node client.js {url}\n\n"
        "Exit codes: 0 nothing was found; 1 findings; 2 wrong use or bad input file; 3 the run could not be\n"
        "completed.");
}

static void fill_table(fuzz_options *options, cli_option table[CLI_OPTIONS_MAX]) {
    const cli_option playing[] = {
        {"How to play:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--listen", CLI_TEXT, &options->listen, "HOST:PORT",
         "where clients connect (default 127.0.0.1, any port)", 0, 0, 0},
        {"--oracle", CLI_CHOICE, &options->oracle, "NAME",
         "echo (default), or ping: the client does not echo; judge by pongs, closing and handshakes",
         oracle_names, 0, 0},
        {"--jobs", CLI_NUMBER, &options->jobs, "N", "clients at once (default 4)", 0, 1, JOBS_MAX},
        {"--timeout-scale", CLI_FACTOR, &options->timeout_scale, "X",
         "wait X times as long for what should come", 0, 0, 1000},
        {"--header", CLI_LIST, &options->headers, "'K: V'", "add a field to the response", 0, 0, 0},
        {"--subprotocol", CLI_TEXT, &options->subprotocol, "P", "choose subprotocol P when it is offered", 0,
         0, 0},
        {"TLS:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--tls", CLI_FLAG, &options->tls, 0, "wss, with a certificate made on the spot", 0, 0, 0},
        {"--cert", CLI_TEXT, &options->certificate, "FILE", "wss, with this certificate chain (PEM)", 0, 0,
         0},
        {"--key", CLI_TEXT, &options->key, "FILE", "its private key (PEM)", 0, 0, 0},
        {"--help", CLI_FLAG, &options->help, 0, "this text", 0, 0, 0},
        {0},
    };
    table[0] = (cli_option){0};
    cli_hunt_add_options(table, &options->hunt);
    cli_add_options(table, playing);
}

static bool parse(int argc, char **argv, fuzz_options *options) {
    cli_option rows[CLI_OPTIONS_MAX];
    const char *none[1];
    size_t count;
    int rest;
    fill_table(options, rows);
    if (!cli_parse(name, argc, argv, rows, none, 0, &count, &rest))
        return false;
    if (options->help) {
        print_help(rows);
        return true;
    }
    if (!rest || rest == argc) {
        cli_complain(name, "needs \"--\" and the command of a client; see wspect fuzz client --help");
        return false;
    }
    options->command = argv + rest;
    return true;
}

/* ------------------------------------------------------------------ a batch */

static void on_outcome(size_t index, const net_host_outcome *outcome, void *user) {
    fuzz_run *run = user;
    free(run->reasons[index]);
    run->reasons[index] = outcome->reason ? strdup(outcome->reason) : NULL;
    run->timed_out[index] = outcome->result && outcome->result->timed_out;
    live_engine_take(run->hunt.engine, index,
                     &(live_outcome){.verdict = outcome->verdict,
                                     .timed_out = run->timed_out[index],
                                     .reason = outcome->reason,
                                     .trace = outcome->trace});
}

static void on_verdict(const cli_launch_verdict *verdict, void *user) {
    fuzz_run *run = user;
    const char *reason =
        verdict->crashed || !run->reasons[verdict->index] ? verdict->more : run->reasons[verdict->index];
    live_engine_take(run->hunt.engine, verdict->index,
                     &(live_outcome){.verdict = verdict->verdict,
                                     .crash = verdict->crashed,
                                     .timed_out = run->timed_out[verdict->index],
                                     .reason = reason});
}

static void on_over(void *user) {
    fuzz_run *run = user;
    run->batch_over = true;
    uv_stop(&run->loop);
}

static void on_request(const char *target, const char *peer, net_host_answer *answer, void *user) {
    fuzz_run *run = user;
    (void)peer;
    if (run->launcher)
        cli_launcher_answer(run->launcher, target, answer);
}

static void on_done(const net_host_outcome *outcome, void *user) {
    fuzz_run *run = user;
    if (run->launcher)
        cli_launcher_done(run->launcher, outcome);
}

static int play_batch(fuzz_run *run) {
    run->batch = (cli_selection){.cases = run->cases, .count = live_engine_count(run->hunt.engine)};
    for (size_t i = 0; i < run->batch.count; i++) {
        run->cases[i] = live_engine_case(run->hunt.engine, i);
        run->timed_out[i] = false;
    }
    const cli_launcher_options options = {.selection = &run->batch,
                                          .arguments = run->options->command,
                                          .base_url = run->url,
                                          .jobs = (unsigned)run->options->jobs,
                                          .timeout_scale = run->options->timeout_scale,
                                          .verbose = run->options->hunt.verbose,
                                          .no_second_run = !live_engine_careful(run->hunt.engine),
                                          .on_outcome = on_outcome,
                                          .on_verdict = on_verdict,
                                          .on_over = on_over,
                                          .user = run};
    run->batch_over = false;
    run->launcher = cli_launcher_new(&run->loop, &options);
    if (!run->launcher) {
        cli_complain(name, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    cli_launcher_start(run->launcher);
    while (!run->batch_over)
        uv_run(&run->loop, UV_RUN_ONCE);
    int code = cli_launcher_code(run->launcher);
    cli_launcher_free(run->launcher);
    run->launcher = NULL;
    for (size_t i = 0; i < run->batch.count; i++) {
        free(run->reasons[i]);
        run->reasons[i] = NULL;
    }
    return code;
}

/* ------------------------------------------------------------------ the run */

static void on_signal(uv_signal_t *handle, int number) {
    fuzz_run *run = handle->data;
    (void)number;
    run->hunt.interrupted = true;
    if (run->launcher)
        cli_launcher_stop(run->launcher);
}

static int64_t scaled(int64_t us, const fuzz_options *options) {
    int64_t time_us = (int64_t)((double)us * options->timeout_scale);
    return time_us > 0 ? time_us : 1;
}

static ws_status listen_for_clients(fuzz_run *run, char *error, size_t error_size) {
    const fuzz_options *options = run->options;
    net_host_options wanted = {.host = run->at.host,
                               .port = run->at.port,
                               .tls = run->tls,
                               .play = {.role = WS_SERVER,
                                        .seed = options->hunt.seed,
                                        .subprotocol = options->subprotocol,
                                        .headers = run->headers.items,
                                        .header_count = run->headers.count,
                                        .no_echo = options->oracle == ORACLE_PING,
                                        .handshake_timeout_us = scaled(HANDSHAKE_US, options),
                                        .event_timeout_us = scaled(EVENT_US, options),
                                        .close_timeout_us = scaled(CLOSE_US, options)},
                               .on_request = on_request,
                               .on_done = on_done,
                               .user = run};
    ws_status status = net_host_start(&run->loop, &wanted, &run->host, error, error_size);
    if (status != WS_OK)
        return status;
    bool is_ipv6 = strchr(run->at.host, ':') != NULL;
    snprintf(run->url, sizeof run->url, "%s://%s%s%s:%u", run->tls ? "wss" : "ws", is_ipv6 ? "[" : "",
             run->at.host, is_ipv6 ? "]" : "", (unsigned)net_host_port(run->host));
    return WS_OK;
}

static void describe_rerun(fuzz_run *run) {
    cli_hunt *hunt = &run->hunt;
    hunt->rerun_end = run->rerun_end;
    if (cli_target_command_line(run->options->command, run->rerun_end, sizeof run->rerun_end))
        snprintf(hunt->rerun, sizeof hunt->rerun, "wspect client --cases-dir %s%s", run->options->hunt.folder,
                 run->options->oracle == ORACLE_PING ? " --oracle ping" : "");
}

static int hunt(fuzz_run *run) {
    static const int numbers[2] = {SIGINT, SIGTERM};
    const fuzz_options *options = run->options;
    char error[512];
    if (listen_for_clients(run, error, sizeof error) != WS_OK) {
        cli_complain(name, "%s", error);
        return CLI_EXIT_INCOMPLETE;
    }
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&run->loop, &run->signals[i]);
        run->signals[i].data = run;
        uv_signal_start(&run->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&run->signals[i]);
    }
    const live_engine_options wanted = {
        .session = {.peer = WS_CLIENT, .echo = options->oracle == ORACLE_ECHO},
        .taste = {.largest = LARGEST, .deflate = true},
        .seed = options->hunt.seed};
    describe_rerun(run);
    run->hunt.command = name;
    run->hunt.options = &options->hunt;
    run->hunt.batch = options->jobs * BATCH_PER_JOB;
    int code = cli_hunt_begin(&run->hunt, &wanted);
    while (code == CLI_EXIT_OK && cli_hunt_next(&run->hunt))
        code = play_batch(run);
    code = cli_hunt_end(&run->hunt, code);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&run->signals[i], NULL);
    net_host_stop(run->host);
    return code;
}

static int with_loop(fuzz_run *run) {
    const fuzz_options *options = run->options;
    char error[NET_TLS_ERROR_MAX];
    if (!cli_parse_listen(name, options->listen, &run->at))
        return CLI_EXIT_USAGE;
    bool secure = options->tls || options->certificate;
    if (secure && net_tls_server_new(&run->tls, options->certificate, options->key, run->at.host, error,
                                     sizeof error) != WS_OK) {
        cli_complain(name, "%s", error);
        return CLI_EXIT_USAGE;
    }
    if (uv_loop_init(&run->loop) != 0) {
        cli_complain(name, "the event loop could not be made");
        return CLI_EXIT_INCOMPLETE;
    }
    int code = hunt(run);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_loop_close(&run->loop);
    if (run->tls)
        net_tls_context_free(run->tls);
    return code;
}

int cli_fuzz_client(int argc, char **argv) {
    fuzz_options options = {.hunt = {.folder = "wspect-findings", .seed = 1, .time_s = CLI_HUNT_TIME_S},
                            .listen = "127.0.0.1:0",
                            .jobs = 4,
                            .timeout_scale = 1};
    fuzz_run *run = calloc(1, sizeof *run);
    if (!run) {
        cli_complain(name, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    run->options = &options;
    int code = CLI_EXIT_USAGE;
    if (parse(argc, argv, &options) && cli_headers_take(name, &options.headers, &run->headers))
        code = options.help                            ? CLI_EXIT_OK
               : cli_hunt_prepare(name, &options.hunt) ? with_loop(run)
                                                       : CLI_EXIT_USAGE;
    cli_headers_clear(&run->headers);
    free(run);
    return code;
}
