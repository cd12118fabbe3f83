/* wspect server: tests a server. */
#include "cli/server.h"
#include "cli/commands.h"
#include "cli/convert.h"
#include "cli/headers.h"
#include "cli/probe.h"
#include "cli/rounds.h"
#include "cli/target.h"
#include "cli/terminal.h"
#include "net/runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const oracle_names[] = {"echo", "ping", NULL};

typedef struct server_run {
    const cli_server_options *options;
    const char *url;
    ws_uri uri;
    cli_selection selection;
    size_t played_count;
    report *report;
    bool *reported; /* by row; true from the start when a case is skipped */
    bool out_of_memory;
    cli_headers headers;
    cli_terminal terminal;
    uv_loop_t loop;
    net_tls_context *tls;
    cli_target *target;
    cli_rounds rounds;
    uv_signal_t signals[2]; /* closed when the target has been stopped */
    cli_probe probe;
    bool no_echo; /* judge by pongs and closing: --oracle ping, or the probe got no echo */
} server_run;

/* ------------------------------------------------------------------ options */

static void print_help(const cli_option *rows) {
    puts("Usage: wspect server URL [options] [-- COMMAND [ARG...]]\n\n"
         "Plays conformance cases against the WebSocket server at URL (ws:// or wss://) and tells which "
         "sentence of RFC 6455 it\n"
         "breaks. Best it echoes every message; of one that does not, fewer rules can be judged.\n\n"
         "With COMMAND, the server is started for the run, waited for, and stopped at the end; {url} and "
         "{port} in\n"
         "its arguments stand for URL and its port. A case on which it crashes is FAILED; it is then started "
         "again,\n"
         "and the run goes on.");
    cli_print_options(rows);
    puts("\nExamples:\n"
         "  wspect server ws://localhost:9001\n"
         "  wspect server ws://localhost:9001 --cases 'utf8.*,9.3.1' --verbose\n"
         "  wspect server wss://example.org/chat --cacert ca.pem --header 'Authorization: Bearer TOKEN'\n"
         "  wspect server ws://localhost:9001 --json report.json --html report.html --junit junit.xml\n"
         "  wspect server ws://localhost:9001 --baseline known.json --fail-on non-strict\n"
         "  wspect server ws://localhost:9001 -- ./my-server --port {port}\n\n"
         "Exit codes: 0 conformant; 1 not conformant, or different from the baseline; 2 wrong use or bad "
         "input file;\n"
         "3 the target could not be reached or the run could not be completed.");
}

static void fill_table(cli_server_options *options, cli_option table[CLI_OPTIONS_MAX]) {
    const cli_option playing[] = {
        {"--repeat", CLI_NUMBER, &options->repeat, "N",
         "play every case N times; verdicts that differ are marked flaky", 0, 1, 10000},
        {"How to play:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--oracle", CLI_CHOICE, &options->oracle, "NAME",
         "echo, or ping: judge by pongs and closing, not by echoes (default: what the server does)",
         oracle_names, 0, 0},
        {"--jobs", CLI_NUMBER, &options->jobs, "N", "connections at once (default 8)", 0, 1,
         NET_RUNNER_JOBS_MAX},
        {"--timeout-scale", CLI_FACTOR, &options->timeout_scale, "X",
         "wait X times as long for what should come", 0, 0, 1000},
        {"--seed", CLI_NUMBER, &options->seed, "N", "seed of masking keys and nonces (default 1)", 0, 0,
         UINT64_MAX},
        {"--chop", CLI_CHOP, &options->chop, "N|all",
         "cut every write into writes of N octets; all: one octet each", 0, 1, 1 << 30},
        {"--header", CLI_LIST, &options->headers, "'K: V'", "add a field to the opening handshake", 0, 0, 0},
        {"--subprotocol", CLI_TEXT, &options->subprotocol, "P", "offer subprotocol P", 0, 0, 0},
        {"--wait-for-target", CLI_NUMBER, &options->wait_s, "SECONDS",
         "wait so long for the first connection (default 30 with COMMAND, else 0)", 0, 0, 86400},
        {"TLS:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--cacert", CLI_TEXT, &options->tls.ca_file, "FILE", "trust the certificates in FILE (PEM)", 0, 0,
         0},
        {"--insecure", CLI_FLAG, &options->tls.insecure, 0, "do not verify the server's certificate", 0, 0,
         0},
        {"--cert", CLI_TEXT, &options->tls.certificate_file, "FILE", "client certificate (PEM)", 0, 0, 0},
        {"--key", CLI_TEXT, &options->tls.key_file, "FILE", "its private key (PEM)", 0, 0, 0},
        {0},
    };
    const cli_option last[] = {{"--help", CLI_FLAG, &options->help, 0, "this text", 0, 0, 0}, {0}};
    table[0] = (cli_option){0};
    cli_add_selection_options(table, &options->selection);
    cli_add_options(table, playing);
    cli_add_output_options(table, &options->outputs);
    cli_add_options(table, last);
}

static bool parse(int argc, char **argv, cli_server_options *options, const char **url) {
    cli_option rows[CLI_OPTIONS_MAX];
    size_t count;
    int rest;
    fill_table(options, rows);
    if (!cli_parse("server", argc, argv, rows, url, 1, &count, &rest))
        return false;
    if (options->help) {
        print_help(rows);
        return true;
    }
    if (count != 1) {
        cli_complain("server", "needs the URL of a server; see wspect server --help");
        return false;
    }
    if (rest && rest == argc) {
        cli_complain("server", "\"--\" needs a command behind it; see wspect server --help");
        return false;
    }
    options->target_command = rest ? argv + rest : NULL;
    return cli_outputs_are_fine("server", &options->outputs);
}

/* ------------------------------------------------------------------ the report */

static const char *rerun_command(report *r, const cli_server_options *options, bool no_echo,
                                 const char *url) {
    char text[4096], command[2048];
    if (!cli_target_command_line(options->target_command, command, sizeof command))
        return NULL;
    int size = snprintf(text, sizeof text, "wspect server %s --cases %%s%s%s%s%s%s", url,
                        options->selection.profile == CLI_AUTOBAHN ? " --profile autobahn" : "",
                        no_echo ? " --oracle ping" : "", options->tls.insecure ? " --insecure" : "",
                        options->outputs.verbose ? " --verbose" : "", command);
    /* Any other '%' would be taken for the place of the id. */
    bool fine = size > 0 && (size_t)size < sizeof text && !strchr(url, '%') && !strchr(command, '%');
    return fine ? report_keep(r, text) : NULL;
}

static bool list_options(report *r, const server_run *run) {
    const cli_server_options *options = run->options;
    char jobs[24], seed[24], scale[32], chop[24], repeat[24], greeting[24];
    snprintf(jobs, sizeof jobs, "%llu", (unsigned long long)options->jobs);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)options->seed);
    snprintf(scale, sizeof scale, "%g", options->timeout_scale);
    snprintf(chop, sizeof chop, "%llu", (unsigned long long)options->chop);
    snprintf(repeat, sizeof repeat, "%llu", (unsigned long long)options->repeat);
    snprintf(greeting, sizeof greeting, "%u", run->probe.greeting);
    report_option all[] = {{"profile", cli_profile_names[options->selection.profile]},
                           {"oracle", oracle_names[run->no_echo ? CLI_ORACLE_PING : CLI_ORACLE_ECHO]},
                           {"jobs", jobs},
                           {"seed", seed},
                           {"timeout-scale", scale},
                           {"chop", chop},
                           {"repeat", repeat},
                           {0},
                           {0}};
    size_t count = sizeof all / sizeof *all - 2;
    if (options->subprotocol)
        all[count++] = (report_option){"subprotocol", options->subprotocol};
    if (run->probe.greeting > 0)
        all[count++] = (report_option){"greeting", greeting};
    return cli_report_options(r, all, count);
}

static bool begin_report(server_run *run) {
    report *r = run->report = cli_report_begin(&run->selection, &run->options->selection, PLAY_ROLE_SERVER);
    if (!r)
        return false;
    r->target_url = report_keep(r, run->url);
    r->target_agent = report_keep(r, run->options->agent);
    r->rerun = rerun_command(r, run->options, run->no_echo, run->url);
    return r->target_url && list_options(r, run) && cli_probe_record(&run->probe, r);
}

static const char *skip_reason(const play_case *c, const server_run *run) {
    if ((c->needs & PLAY_NEEDS_ECHO) && run->no_echo)
        return run->options->oracle == CLI_ORACLE_PING
                   ? "needs a server that echoes messages (--oracle ping was given)"
                   : "needs a server that echoes messages, and nothing came back";
    if ((c->needs & PLAY_NEEDS_SUBPROTOCOL) && !run->options->subprotocol)
        return "needs a subprotocol (--subprotocol)";
    return NULL;
}

/* One row per case, in order, before anything is played. */
static bool prepare_rows(server_run *run) {
    size_t count = run->selection.count;
    run->reported = calloc(count + 1, sizeof *run->reported);
    if (!run->reported)
        return false;
    for (size_t i = 0; i < count; i++) {
        const play_case *c = run->selection.cases[i];
        report_case *row = report_add_case(run->report);
        if (!row || !cli_describe_case(run->report, row, c))
            return false;
        const char *skipped = skip_reason(c, run);
        run->reported[i] = skipped != NULL;
        run->played_count += !skipped;
        if (skipped) {
            row->verdict = REPORT_SKIPPED;
            row->reason = skipped;
        }
    }
    return true;
}

/* The reason, and how far it can be trusted. NULL when there is nothing to explain, or out of memory. */
static const char *reason_of(report *r, const net_outcome *outcome) {
    char text[2 * NET_RUNNER_REASON_MAX + 200];
    const char *reason = outcome->reason ? outcome->reason : "";
    const char *stop = outcome->reason ? ". " : "";
    if (outcome->flaky)
        snprintf(text, sizeof text, "%s%sFlaky: another run of the case was %s%s%s.", reason, stop,
                 play_verdict_name(outcome->other_verdict), outcome->other_reason ? ": " : "",
                 outcome->other_reason ? outcome->other_reason : "");
    else if (outcome->unconfirmed)
        snprintf(text, sizeof text,
                 "%s%sNot played again: all %d retries before it had confirmed their verdicts.", reason, stop,
                 NET_RUNNER_ALONE + NET_RUNNER_TOGETHER);
    else
        return report_keep(r, outcome->reason);
    return report_keep(r, text);
}

static void record(const net_outcome *outcome, report_case *c, void *user) {
    server_run *run = user;
    report *r = run->report;
    c->verdict = (report_verdict)outcome->verdict;
    c->duration_us = outcome->duration_us;
    c->flaky = outcome->flaky;
    c->reason = reason_of(r, outcome);
    if (outcome->reason && !c->reason)
        run->out_of_memory = true;
    if (outcome->result) {
        c->verdict_close = (report_close_verdict)outcome->result->verdict_close;
        if (!cli_record_result(r, c, outcome->result, outcome->trace))
            run->out_of_memory = true;
        if (!r->target_agent)
            r->target_agent = report_keep(r, outcome->result->agent);
    }
    if (run->out_of_memory)
        cli_rounds_cancel(&run->rounds);
    if (run->options->on_case)
        run->options->on_case(c, r->target_agent, run->options->user);
}

/* ------------------------------------------------------------------ the run */

static void on_signal(uv_signal_t *handle, int number) {
    server_run *run = handle->data;
    (void)number;
    cli_rounds_cancel(&run->rounds);
}

/* 0 would stand for the default. */
static int64_t scaled(double us, const cli_server_options *options) {
    int64_t time_us = (int64_t)(us * options->timeout_scale);
    return time_us > 0 ? time_us : 1;
}

static net_runner_options runner_options(server_run *run) {
    const cli_server_options *options = run->options;
    net_runner_options result = {.uri = &run->uri,
                                 .tls = run->tls,
                                 .jobs = (unsigned)options->jobs,
                                 .repeat = (unsigned)options->repeat,
                                 .chop = (size_t)options->chop};
    result.play.role = WS_CLIENT;
    result.play.seed = options->seed;
    result.play.subprotocol = options->subprotocol;
    result.play.headers = run->headers.items;
    result.play.header_count = run->headers.count;
    result.play.handshake_timeout_us = scaled(5e6, options);
    result.play.event_timeout_us = scaled(2e6, options);
    result.play.close_timeout_us = scaled(1e6, options);
    result.play.no_echo = run->no_echo;
    result.play.greeting = run->probe.greeting;
    return result;
}

/* Tells at once, and once, when the target is not there or refuses every opening handshake; and finds out
 * what it can do, and says so. */
static bool reachable(server_run *run) {
    char error[1024];
    net_runner_options options = runner_options(run);
    bool answers = cli_probe_server(&run->loop, &options, &run->probe, error, sizeof error) == WS_OK;
    if (cli_target_interrupted(run->target)) {
        cli_complain(run->options->command, "interrupted");
        return false;
    }
    if (!answers) {
        cli_complain(run->options->command, "%s: %s", run->url, error);
        cli_target_mention_death(run->target);
        return false;
    }
    unsigned greeting = run->probe.greeting;
    if (run->probe.close_code != 0)
        fprintf(stderr,
                "wspect %s: %s closes a connection as soon as it opens, with %u; if it wants a subprotocol "
                "or a header, give --subprotocol or --header\n",
                run->options->command, run->url, run->probe.close_code);
    if (greeting > 0)
        fprintf(stderr,
                "wspect %s: %s sends %u message%s unasked when a connection opens; that is passed over\n",
                run->options->command, run->url, greeting, greeting == 1 ? "" : "s");
    /* Autobahn has no other oracle, and its profile neither. */
    bool may_choose =
        run->options->oracle == CLI_ORACLE_UNKNOWN && run->options->selection.profile != CLI_AUTOBAHN;
    if (may_choose && run->probe.echo_tried && !run->probe.echoes) {
        run->no_echo = true;
        fprintf(stderr,
                "wspect %s: %s does not echo messages; cases that need that are skipped (--oracle echo "
                "plays them all the same)\n",
                run->options->command, run->url);
    }
    return true;
}

static bool play(server_run *run) {
    net_runner_options options = runner_options(run);
    options.reached = true;
    static const int numbers[2] = {SIGINT, SIGTERM};
    run->rounds = (cli_rounds){.command = run->options->command,
                               .loop = &run->loop,
                               .target = run->target,
                               .options = &options,
                               .cases = run->selection.cases,
                               .report = run->report,
                               .reported = run->reported,
                               .terminal = &run->terminal,
                               .record = record,
                               .user = run};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&run->loop, &run->signals[i]);
        run->signals[i].data = run;
        uv_signal_start(&run->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&run->signals[i]);
    }
    uint64_t start = uv_hrtime();
    int64_t busy = cli_busy_us();
    ws_status status = cli_rounds_play(&run->rounds);
    run->report->duration_us = (int64_t)((uv_hrtime() - start) / 1000);
    run->report->busy_us = cli_busy_us() - busy;
    cli_terminal_end(&run->terminal);
    if (status != WS_OK)
        cli_complain(run->options->command, "%s: %s", run->url, run->rounds.message);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&run->signals[i], NULL);
    /* Whoever is impatient still gets the reports; SIGTERM ends their writing. */
    if (run->rounds.cancelled)
        signal(SIGINT, SIG_IGN);
    cli_rounds_clear(&run->rounds);
    return status == WS_OK;
}

static int run_and_report(server_run *run) {
    if (!begin_report(run) || !prepare_rows(run)) {
        cli_complain(run->options->command, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    cli_terminal_init(&run->terminal, run->played_count, run->options->outputs.quiet,
                      run->options->outputs.verbose, cli_outputs_to_stdout(&run->options->outputs));
    bool completed = play(run);
    cli_target_stop(run->target);
    run->out_of_memory = !cli_target_describe(run->target, run->report) || run->out_of_memory;
    cli_drop_unreported(run->report, run->reported);
    report_finish(run->report);
    if (run->options->report) {
        *run->options->report = run->report;
        run->report = NULL;
        return completed ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
    }
    cli_terminal_summary(&run->terminal, run->report, run->options->outputs.quiet);
    bool written = cli_outputs_write(run->options->command, &run->options->outputs, run->report);
    if (run->out_of_memory)
        cli_complain(run->options->command, "out of memory: the run was stopped");
    bool incomplete = run->out_of_memory || cli_target_unexplained_deaths(run->target) > 0;
    int code = cli_outputs_judge(run->options->command, &run->options->outputs, run->report, incomplete,
                                 run->terminal.out);
    if (!completed || !written)
        return code == CLI_EXIT_NOT_CONFORMANT ? code : CLI_EXIT_INCOMPLETE;
    return code;
}

static int with_target(server_run *run) {
    const cli_target_options options = {.command = run->options->command,
                                        .url = run->url,
                                        .uri = &run->uri,
                                        .arguments = run->options->target_command,
                                        .wait_s = run->options->wait_s,
                                        .verbose = run->options->outputs.verbose};
    run->target = cli_target_new(&run->loop, &options);
    if (!run->target) {
        cli_complain(run->options->command, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    int code = cli_target_start(run->target);
    if (code == CLI_EXIT_OK)
        code = reachable(run) ? run_and_report(run) : CLI_EXIT_INCOMPLETE;
    cli_target_stop(run->target);
    cli_target_free(run->target);
    return code;
}

static int with_loop(server_run *run) {
    char error[NET_TLS_ERROR_MAX];
    if (run->uri.secure && net_tls_client_new(&run->tls, &run->options->tls, error, sizeof error) != WS_OK) {
        cli_complain(run->options->command, "%s", error);
        return CLI_EXIT_USAGE;
    }
    if (uv_loop_init(&run->loop) != 0) {
        cli_complain(run->options->command, "the event loop could not be made");
        return CLI_EXIT_INCOMPLETE;
    }
    int code = with_target(run);
    uv_loop_close(&run->loop);
    if (run->tls)
        net_tls_context_free(run->tls);
    return code;
}

static int select_and_play(server_run *run) {
    run->no_echo = run->options->oracle == CLI_ORACLE_PING;
    int code = cli_select(run->options->command, &run->options->selection, &run->selection);
    return code == CLI_EXIT_OK ? with_loop(run) : code;
}

int cli_server_run(const cli_server_options *options, const char *url) {
    const char *why = NULL;
    int code = CLI_EXIT_USAGE;
    server_run *run = calloc(1, sizeof *run);
    if (options->report)
        *options->report = NULL;
    if (!run) {
        cli_complain(options->command, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    run->options = options;
    run->url = url;
    if (ws_uri_parse(url, &run->uri, &why) != WS_OK)
        cli_complain(options->command, "\"%s\" is no WebSocket URL: %s", url, why);
    else if (cli_headers_take(options->command, &options->headers, &run->headers))
        code = select_and_play(run);
    cli_headers_clear(&run->headers);
    cli_selection_clear(&run->selection);
    report_free(run->report);
    free(run->reported);
    free(run);
    return code;
}

int cli_server(int argc, char **argv) {
    cli_server_options options = {.command = "server",
                                  .selection = {.profile = CLI_STANDARD, .role = PLAY_ROLE_SERVER},
                                  .oracle = CLI_ORACLE_UNKNOWN,
                                  .jobs = 8,
                                  .seed = 1,
                                  .repeat = 1,
                                  .timeout_scale = 1};
    const char *url = NULL;
    if (!parse(argc, argv, &options, &url))
        return CLI_EXIT_USAGE;
    return options.help ? CLI_EXIT_OK : cli_server_run(&options, url);
}
