/* wspect client: tests clients. */
#include "cli/client.h"
#include "cli/agents.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/headers.h"
#include "cli/launcher.h"
#include "cli/page.h"
#include "cli/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 320 };
enum { ORACLE_ECHO, ORACLE_PING };
static const char *const oracle_names[] = {"echo", "ping", NULL};

/* What a connection is for, until its case is over. With a command the launcher has cookies of its own. */
typedef struct visit {
    struct visit *next;
    cli_control_request request;
    cli_agent *agent;         /* RUN */
    cli_control_reply *reply; /* RUN: NULL */
} visit;

typedef struct client_run {
    const cli_client_options *options;
    cli_selection selection;
    cli_headers headers;
    cli_listen at;
    char url[URL_MAX];
    visit *visits;
    cli_agents agents;
    cli_agent *launched; /* with a command: the only one */
    cli_terminal terminal;
    uv_loop_t loop;
    uv_signal_t signals[2]; /* closed when the reports are written: none of them is lost to a signal */
    net_tls_context *tls;
    net_host *host; /* NULL: stopped */
    cli_launcher *launcher;
    uint64_t round;      /* with a command: how often all cases have been played */
    play_verdict *worst; /* of each case in the rounds before */
    uint64_t memory_kib;
    bool unwritten; /* there are results that the files do not have */
    bool out_of_memory, write_failed, interrupted, refused;
} client_run;

/* ------------------------------------------------------------------ options */

static void print_help(const cli_option *rows) {
    puts(
        "Usage: wspect client [options]\n"
        "       wspect client [options] -- COMMAND [ARG...]\n\n"
        "Tests WebSocket clients. Without COMMAND it waits for test clients that speak the control protocol "
        "of Autobahn's\n"
        "fuzzing server (/getCaseCount, /runCase?case=N&agent=A, /updateReports, ...), until it is stopped. "
        "A browser is\n"
        "tested by the page at http://HOST:PORT/ (with ?run it starts by itself, ?agent=NAME names it).\n"
        "With COMMAND it starts a client once for every case: {url} in its arguments, and WSPECT_URL in its\n"
        "environment, say where to connect; {case} and WSPECT_CASE the id. The client should echo every "
        "message, "
        "and end\n"
        "when its connection ends. Crashes and hangs are laid to their case.");
    cli_print_options(rows);
    puts("\nExamples:\n"
         "  wspect client --listen 127.0.0.1:9001 --json report.json\n"
         "  wspect client --once --html report.html\n"
         "  wspect client --cases 'handshake.*' -- node my-client.js {url}\n"
         "  wspect client --profile quick --junit junit.xml -- ./client --uri {url}\n\n"
         "Exit codes: 0 conformant; 1 not conformant, or different from the baseline; 2 wrong use or bad "
         "input file;\n"
         "3 no client came, or the run could not be completed.");
}

static void fill_table(cli_client_options *options, cli_option table[CLI_OPTIONS_MAX]) {
    const cli_option playing[] = {
        {"--repeat", CLI_NUMBER, &options->repeat, "N",
         "with COMMAND: play every case N times; verdicts that differ are marked flaky", 0, 1, 10000},
        {"How to play:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--listen", CLI_TEXT, &options->listen, "HOST:PORT",
         "where clients connect (default 127.0.0.1:9001, with COMMAND any port; port 0: any)", 0, 0, 0},
        {"--once", CLI_FLAG, &options->once, 0, "stop after the first /updateReports", 0, 0, 0},
        {"--oracle", CLI_CHOICE, &options->oracle, "NAME",
         "echo (default), or ping: the client does not echo; judge by pongs, closing and handshakes",
         oracle_names, 0, 0},
        {"--agent", CLI_TEXT, &options->agent, "NAME",
         "with COMMAND: name of the client in reports (default: its User-Agent)", 0, 0, 0},
        {"--jobs", CLI_NUMBER, &options->jobs, "N", "with COMMAND: clients at once (default 4)", 0, 1, 256},
        {"--timeout-scale", CLI_FACTOR, &options->timeout_scale, "X",
         "wait X times as long for what should come", 0, 0, 1000},
        {"--seed", CLI_NUMBER, &options->seed, "N", "seed of what is drawn (default 1)", 0, 0, UINT64_MAX},
        {"--chop", CLI_CHOP, &options->chop, "N|all",
         "cut every write into writes of N octets; all: one octet each", 0, 1, 1 << 30},
        {"--header", CLI_LIST, &options->headers, "'K: V'", "add a field to the response", 0, 0, 0},
        {"--subprotocol", CLI_TEXT, &options->subprotocol, "P", "choose subprotocol P when it is offered", 0,
         0, 0},
        {"TLS:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--tls", CLI_FLAG, &options->tls, 0, "wss, with a certificate made on the spot", 0, 0, 0},
        {"--cert", CLI_TEXT, &options->certificate, "FILE", "wss, with this certificate chain (PEM)", 0, 0,
         0},
        {"--key", CLI_TEXT, &options->key, "FILE", "its private key (PEM)", 0, 0, 0},
        {0},
    };
    const cli_option last[] = {{"--help", CLI_FLAG, &options->help, 0, "this text", 0, 0, 0}, {0}};
    table[0] = (cli_option){0};
    cli_add_selection_options(table, &options->selection);
    cli_add_options(table, playing);
    cli_add_output_options(table, &options->outputs);
    cli_add_options(table, last);
}

static bool parse(int argc, char **argv, cli_client_options *options) {
    cli_option rows[CLI_OPTIONS_MAX];
    const char *none[1];
    size_t count;
    int rest;
    fill_table(options, rows);
    if (!cli_parse("client", argc, argv, rows, none, 0, &count, &rest))
        return false;
    if (options->help) {
        print_help(rows);
        return true;
    }
    if (rest && rest == argc) {
        cli_complain("client", "\"--\" needs a command behind it; see wspect client --help");
        return false;
    }
    options->launch = rest ? argv + rest : NULL;
    if (options->launch && options->once) {
        cli_complain("client",
                     "--once is for clients that come by themselves; with a command the run ends by itself");
        return false;
    }
    if (!options->launch && options->repeat > 1) {
        cli_complain("client", "--repeat is for clients that are started: give it a command");
        return false;
    }
    if (!options->listen)
        options->listen = options->launch ? "127.0.0.1:0" : "127.0.0.1:9001";
    return cli_outputs_are_fine("client", &options->outputs);
}

/* ------------------------------------------------------------------ which cases */

static bool is_bent(const play_head *head) {
    return head->start_line || head->edit_count || head->separator || head->line_end || head->filler_count ||
           head->has_raw || head->before.length || head->after.length || head->chop;
}

/* Whether a plain echo loop gets to the next case: many drivers end at the first opening handshake that
 * fails. */
static bool is_survivable(const play_case *c) {
    return !c->handshake || !is_bent(&c->handshake->response);
}

/* A client connects once for a case, and so plays a single member of a series: that would pass for all of
 * them. */
static bool is_possible(const client_run *run, const play_case *c) {
    return !c->series && (!(c->needs & PLAY_NEEDS_SUBPROTOCOL) || run->options->subprotocol) &&
           (!(c->needs & PLAY_NEEDS_ECHO) || run->options->oracle == ORACLE_ECHO);
}

static void choose(client_run *run, bool survivable_only) {
    cli_selection *selection = &run->selection;
    size_t kept = 0;
    for (size_t i = 0; i < selection->count; i++) {
        const play_case *c = selection->cases[i];
        if (is_possible(run, c) && (!survivable_only || is_survivable(c)))
            selection->cases[kept++] = c;
    }
    selection->count = kept;
}

/* ------------------------------------------------------------------ reports */

static bool is_standard_output(const char *path) {
    return path && strcmp(path, "-") == 0;
}

/* The reports that go to files, or the one that goes to standard output. */
static cli_outputs some_outputs(const cli_outputs *outputs, bool files) {
    cli_outputs some = *outputs;
    const char **paths[] = {&some.json, &some.html, &some.junit, &some.markdown};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (is_standard_output(*paths[i]) == files)
            *paths[i] = NULL;
    if (files)
        some.tap = false;
    else
        some.autobahn_dir = NULL;
    return some;
}

static void write_files(client_run *run) {
    const report *reports = cli_agents_reports(&run->agents);
    const cli_outputs files = some_outputs(&run->options->outputs, true);
    if (!reports || !run->unwritten)
        return;
    run->unwritten = !cli_outputs_write(run->options->command, &files, reports);
    run->write_failed = run->unwritten;
}

static void note_memory(client_run *run, bool fine) {
    if (fine || run->out_of_memory)
        return;
    run->out_of_memory = true;
    cli_complain(run->options->command, "out of memory: some results are lost");
}

/* ------------------------------------------------------------------ stopping */

static void stop(client_run *run) {
    if (run->host)
        net_host_stop(run->host);
    run->host = NULL;
    if (run->launcher)
        cli_launcher_stop(run->launcher);
}

static void on_signal(uv_signal_t *handle, int number) {
    client_run *run = handle->data;
    (void)number;
    run->interrupted = true;
    stop(run);
}

/* ------------------------------------------------------------------ visits */

static visit *visit_new(client_run *run, const cli_control_request *request) {
    visit *v = calloc(1, sizeof *v);
    note_memory(run, v != NULL);
    if (!v)
        return NULL;
    *v = (visit){.next = run->visits, .request = *request};
    return run->visits = v;
}

static void visit_free(client_run *run, visit *v) {
    visit **at = &run->visits;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    cli_control_reply_free(v->reply);
    free(v);
}

/* Whether a case of that agent has no verdict yet. */
static bool is_playing(const client_run *run, const char *agent) {
    const visit *v = run->visits;
    while (v && !(v->request.kind == CLI_CONTROL_RUN && strcmp(v->request.agent, agent) == 0))
        v = v->next;
    return v != NULL;
}

/* ------------------------------------------------------------------ clients that come by themselves */

static const char not_found[] = "There is nothing here. See wspect client --help.\n";
static const char no_such_case[] = "A parameter is missing, or there is no such case.\n";
static const char full[] = "There are too many agents.\n";

static void fail(net_host_answer *answer, const char *status, const char *text) {
    answer->status = status;
    answer->page = text;
}

/* Plays a case that says `text` and closes. */
static void reply(client_run *run, const cli_control_request *request, const char *text,
                  net_host_answer *answer) {
    visit *v = visit_new(run, request);
    if (!v)
        return;
    v->reply = cli_control_reply_new(text);
    note_memory(run, v->reply != NULL);
    if (!v->reply) {
        visit_free(run, v);
        return;
    }
    answer->c = cli_control_reply_case(v->reply);
    answer->cookie = v;
}

static void reply_and_free(client_run *run, const cli_control_request *request, char *text,
                           net_host_answer *answer) {
    note_memory(run, text != NULL);
    if (text)
        reply(run, request, text, answer);
    free(text);
}

static void answer_status(client_run *run, const cli_control_request *request, net_host_answer *answer) {
    const cli_agent *agent = cli_agents_known(&run->agents, request->agent);
    const report_case *row = agent ? agent->rows[request->index] : NULL;
    if (row)
        reply_and_free(run, request, cli_control_status(row), answer);
    else
        answer->hold = true;
}

/* The reports are there before the client is told so. They wait for what the client has just played, whose
 * connection may end a moment later than it thinks. */
static void update_reports(client_run *run, const cli_control_request *request, net_host_answer *answer) {
    if (is_playing(run, request->agent)) {
        answer->hold = true;
        return;
    }
    write_files(run);
    reply(run, request, NULL, answer);
}

static void refuse(client_run *run, const char *name, net_host_answer *answer) {
    fail(answer, "503 Service Unavailable", full);
    if (!run->refused)
        cli_complain(run->options->command,
                     "there are %d agents already; further ones, as \"%s\", are refused", CLI_AGENTS_MAX,
                     name);
    run->refused = true;
}

static void run_case(client_run *run, const cli_control_request *request, const char *peer,
                     net_host_answer *answer) {
    const play_case *c = run->selection.cases[request->index];
    const cli_client_options *options = run->options;
    if (options->spares && options->spares(request->agent, c, options->user)) {
        cli_control_request nothing = *request;
        nothing.kind = CLI_CONTROL_INFO; /* its outcome is not recorded */
        reply(run, &nothing, NULL, answer);
        return;
    }
    cli_agent *agent = cli_agents_find(&run->agents, request->agent);
    if (!agent && run->agents.count == CLI_AGENTS_MAX) {
        refuse(run, request->agent, answer);
        return;
    }
    note_memory(run, agent != NULL);
    visit *v = agent ? visit_new(run, request) : NULL;
    if (!v)
        return;
    v->agent = agent;
    answer->c = c;
    answer->cookie = v;
    if (options->outputs.verbose || options->as_wstest) {
        fprintf(run->terminal.out, "Running test case ID %s for agent ",
                options->as_wstest ? c->autobahn : c->id);
        cli_print_safe(run->terminal.out, request->agent);
        fprintf(run->terminal.out, " from peer %s\n", peer);
        fflush(run->terminal.out);
    }
}

static void on_request(const char *target, const char *peer, net_host_answer *answer, void *user) {
    client_run *run = user;
    char count[24];
    if (run->launcher) {
        cli_launcher_answer(run->launcher, target, answer);
        return;
    }
    cli_control_request request = cli_control_read(target, &run->selection);
    switch (request.kind) {
    case CLI_CONTROL_UNKNOWN:
        fail(answer, "404 Not Found", not_found);
        return;
    case CLI_CONTROL_WRONG:
        fail(answer, "500 Internal Server Error", no_such_case);
        return;
    case CLI_CONTROL_PAGE:
        answer->page = cli_page;
        answer->type = "text/html; charset=utf-8";
        return;
    case CLI_CONTROL_COUNT:
        snprintf(count, sizeof count, "%zu", run->selection.count);
        reply(run, &request, count, answer);
        return;
    case CLI_CONTROL_INFO:
        reply_and_free(run, &request, cli_control_info(run->selection.cases[request.index]), answer);
        return;
    case CLI_CONTROL_RUN:
        run_case(run, &request, peer, answer);
        return;
    case CLI_CONTROL_STATUS:
        answer_status(run, &request, answer);
        return;
    case CLI_CONTROL_UPDATE:
        update_reports(run, &request, answer);
        return;
    case CLI_CONTROL_STOP:
        reply(run, &request, NULL, answer);
        return;
    }
}

static void record(client_run *run, const visit *v, const net_host_outcome *outcome) {
    static const char alone[] = "The client was not asked again, as it decides itself when to connect";
    bool doubtful = outcome->result && outcome->result->timed_out && outcome->verdict != PLAY_OK;
    bool fine = cli_agent_record(&run->agents, v->agent, v->request.index, outcome, doubtful ? alone : NULL);
    note_memory(run, fine);
    run->unwritten = true;
    if (fine)
        cli_terminal_case(&run->terminal, v->agent->rows[v->request.index]);
}

static void on_done(const net_host_outcome *outcome, void *user) {
    client_run *run = user;
    if (run->launcher) {
        cli_launcher_done(run->launcher, outcome);
        return;
    }
    visit *v = outcome->cookie;
    bool update = v->request.kind == CLI_CONTROL_UPDATE;
    if (v->request.kind == CLI_CONTROL_RUN)
        record(run, v, outcome);
    bool over =
        v->request.kind == CLI_CONTROL_STOP || (update && (run->options->once || v->request.shutdown));
    visit_free(run, v);
    if (over)
        stop(run);
}

/* ------------------------------------------------------------------ clients that are started here */

/* All runs belong to one agent, which is named by the first that says what it is. */
static cli_agent *launched_agent(client_run *run, const char *name) {
    const char *fallback = strrchr(run->options->launch[0], '/');
    fallback = fallback ? fallback + 1 : run->options->launch[0];
    if (!run->launched) {
        char fitting[CLI_AGENT_MAX];
        cli_agent_name(run->options->agent ? run->options->agent : name ? name : fallback, fitting);
        run->launched = cli_agents_find(&run->agents, fitting);
    }
    note_memory(run, run->launched != NULL);
    return run->launched;
}

static bool is_worse(play_verdict a, play_verdict b) {
    static const int badness[] = {
        [PLAY_OK] = 0,     [PLAY_INFORMATIONAL] = 1, [PLAY_NON_STRICT] = 2,  [PLAY_UNIMPLEMENTED] = 3,
        [PLAY_FAILED] = 5, [PLAY_SKIPPED] = 0,       [PLAY_INCONCLUSIVE] = 4};
    return badness[a] > badness[b];
}

static void on_outcome(size_t index, const net_host_outcome *outcome, void *user) {
    client_run *run = user;
    if (run->round > 0 && !is_worse(outcome->verdict, run->worst[index]))
        return; /* the row keeps what was worst */
    cli_agent *agent = launched_agent(run, outcome->result ? outcome->result->agent : NULL);
    if (agent)
        note_memory(run, cli_agent_record(&run->agents, agent, index, outcome, NULL));
}

/* "Flaky: ..." behind what is said of the case already. */
static const char *tell_flaky(char *text, size_t size, const char *more, play_verdict other) {
    snprintf(text, size, "%s%sFlaky: another run of the case was %s", more ? more : "", more ? ". " : "",
             play_verdict_name(other));
    return text;
}

/* A further round: what is worst counts, and what differs is flaky. */
static void compare_rounds(client_run *run, const cli_launch_verdict *verdict) {
    char text[CLI_LAUNCH_TEXT_MAX + 100];
    play_verdict before = run->worst[verdict->index];
    if (verdict->verdict == before && !verdict->flaky)
        return;
    bool worse = is_worse(verdict->verdict, before);
    play_verdict other = worse                        ? before
                         : verdict->verdict == before ? verdict->other_verdict
                                                      : verdict->verdict;
    tell_flaky(text, sizeof text, worse ? verdict->more : NULL, other);
    run->worst[verdict->index] = worse ? verdict->verdict : before;
    cli_agent *agent = launched_agent(run, NULL);
    note_memory(run, agent && cli_agent_amend(&run->agents, agent, verdict->index, run->worst[verdict->index],
                                              text, true));
}

static void on_verdict(const cli_launch_verdict *verdict, void *user) {
    client_run *run = user;
    if (run->round > 0) {
        compare_rounds(run, verdict);
        return;
    }
    cli_agent *agent = launched_agent(run, NULL);
    char text[CLI_LAUNCH_TEXT_MAX + 100];
    const char *more =
        verdict->flaky ? tell_flaky(text, sizeof text, verdict->more, verdict->other_verdict) : verdict->more;
    bool fine =
        agent && cli_agent_amend(&run->agents, agent, verdict->index, verdict->verdict, more, verdict->flaky);
    run->worst[verdict->index] = verdict->verdict;
    note_memory(run, fine);
    if (fine)
        cli_terminal_case(&run->terminal, agent->rows[verdict->index]);
}

/* Another round follows, or all of it is over. */
static void on_over(void *user) {
    client_run *run = user;
    bool last = run->round + 1 >= run->options->repeat || run->interrupted || run->out_of_memory ||
                cli_launcher_code(run->launcher) != CLI_EXIT_OK;
    if (!last) {
        uv_stop(&run->loop);
        return;
    }
    run->round = run->options->repeat;
    if (run->host)
        net_host_stop(run->host);
    run->host = NULL;
}

static bool make_launcher(client_run *run) {
    const cli_launcher_options options = {.selection = &run->selection,
                                          .arguments = run->options->launch,
                                          .base_url = run->url,
                                          .jobs = (unsigned)run->options->jobs,
                                          .timeout_scale = run->options->timeout_scale,
                                          .verbose = run->options->outputs.verbose,
                                          .on_outcome = on_outcome,
                                          .on_verdict = on_verdict,
                                          .on_over = on_over,
                                          .user = run};
    run->launcher = cli_launcher_new(&run->loop, &options);
    return run->launcher != NULL;
}

/* ------------------------------------------------------------------ the run */

/* 0 would stand for the default. */
static int64_t scaled(double us, const cli_client_options *options) {
    int64_t time_us = (int64_t)(us * options->timeout_scale);
    return time_us > 0 ? time_us : 1;
}

static ws_status listen_for_clients(client_run *run, char *error, size_t error_size) {
    const cli_client_options *options = run->options;
    net_host_options wanted = {.host = run->at.host,
                               .port = run->at.port,
                               .tls = run->tls,
                               .chop = (size_t)options->chop,
                               .play = {.role = WS_SERVER,
                                        .seed = options->seed,
                                        .subprotocol = options->subprotocol,
                                        .headers = run->headers.items,
                                        .header_count = run->headers.count,
                                        .no_echo = options->oracle == ORACLE_PING,
                                        .handshake_timeout_us = scaled(5e6, options),
                                        .event_timeout_us = scaled(2e6, options),
                                        .close_timeout_us = scaled(1e6, options)},
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

static void handle_signals(client_run *run) {
    static const int numbers[2] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&run->loop, &run->signals[i]);
        run->signals[i].data = run;
        uv_signal_start(&run->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&run->signals[i]);
    }
}

static void announce(const client_run *run) {
    if (run->options->launch || (run->options->outputs.quiet && !run->options->as_wstest))
        return;
    fprintf(run->terminal.out,
            "Ok, will run %zu test cases for any clients connecting\n%s\n"
            "A browser is tested by the page http%s/\n",
            run->selection.count, run->url, run->url + strlen("ws"));
    fflush(run->terminal.out);
}

static void describe_clients(client_run *run) {
    char text[40];
    snprintf(text, sizeof text, "%.1f MiB", (double)run->memory_kib / 1024);
    if (run->memory_kib > 0 && run->launched)
        note_memory(run, report_add_fact(run->launched->report, "needed at most", text));
}

static int conclude(client_run *run) {
    describe_clients(run);
    const report *reports = cli_agents_reports(&run->agents);
    int launched = run->launcher ? cli_launcher_code(run->launcher) : CLI_EXIT_OK;
    cli_terminal_end(&run->terminal);
    if (run->options->as_wstest) {
        write_files(run);
        return run->write_failed || run->out_of_memory ? CLI_EXIT_INCOMPLETE : CLI_EXIT_OK;
    }
    if (!reports && launched == CLI_EXIT_OK)
        cli_complain(run->options->command, "no client has played a case");
    if (!reports)
        return launched == CLI_EXIT_OK ? CLI_EXIT_INCOMPLETE : launched;
    for (const report *r = reports; r; r = r->next) {
        if (reports->next) {
            cli_print_safe(run->terminal.out, r->target_agent);
            fputs(":\n", run->terminal.out);
        }
        cli_terminal_summary(&run->terminal, r, run->options->outputs.quiet);
    }
    if (reports->next && !run->options->outputs.quiet)
        cli_terminal_compare(&run->terminal, reports);
    if (run->options->launch)
        run->unwritten = true;
    write_files(run);
    const cli_outputs streams = some_outputs(&run->options->outputs, false);
    bool written = cli_outputs_write(run->options->command, &streams, reports) && !run->write_failed;
    bool incomplete =
        run->out_of_memory || run->refused || !written || (run->options->launch && run->interrupted);
    return cli_outputs_judge(run->options->command, &run->options->outputs, reports, incomplete,
                             run->terminal.out);
}

/* All cases, as often as wanted. */
static void play_rounds(client_run *run) {
    run->worst = calloc(run->selection.count + 1, sizeof *run->worst);
    while (run->round < run->options->repeat) {
        cli_launcher_free(run->launcher);
        if (!run->worst || !make_launcher(run)) {
            run->launcher = NULL;
            note_memory(run, false);
            stop(run);
            return;
        }
        cli_launcher_start(run->launcher);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        uint64_t memory = cli_launcher_memory(run->launcher);
        if (memory > run->memory_kib)
            run->memory_kib = memory;
        run->round += run->round < run->options->repeat;
    }
}

static int serve(client_run *run) {
    char error[512];
    if (listen_for_clients(run, error, sizeof error) != WS_OK) {
        cli_complain(run->options->command, "%s", error);
        return CLI_EXIT_INCOMPLETE;
    }
    const cli_outputs *outputs = &run->options->outputs;
    cli_terminal_init(&run->terminal, run->options->launch ? run->selection.count : 0, outputs->quiet,
                      outputs->verbose, cli_outputs_to_stdout(outputs));
    handle_signals(run);
    run->agents.started_us = uv_hrtime() / 1000;
    run->agents.busy_us = cli_busy_us();
    announce(run);
    if (run->options->launch)
        play_rounds(run);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    int code = conclude(run);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&run->signals[i], NULL);
    cli_launcher_free(run->launcher);
    return code;
}

static int with_loop(client_run *run) {
    const cli_client_options *options = run->options;
    char error[NET_TLS_ERROR_MAX];
    if (!cli_parse_listen(run->options->command, options->listen, &run->at))
        return CLI_EXIT_USAGE;
    bool secure = options->tls || options->certificate;
    if (secure && net_tls_server_new(&run->tls, options->certificate, options->key, run->at.host, error,
                                     sizeof error) != WS_OK) {
        cli_complain(run->options->command, "%s", error);
        return CLI_EXIT_USAGE;
    }
    if (uv_loop_init(&run->loop) != 0) {
        cli_complain(run->options->command, "the event loop could not be made");
        return CLI_EXIT_INCOMPLETE;
    }
    int code = serve(run);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_loop_close(&run->loop);
    if (run->tls)
        net_tls_context_free(run->tls);
    return code;
}

static int select_and_play(client_run *run) {
    cli_selection_options selection = run->options->selection;
    bool plain =
        selection.profile == CLI_PROFILE_UNSAID && selection.cases.count == 0 && !run->options->launch;
    if (selection.profile == CLI_PROFILE_UNSAID)
        selection.profile = CLI_STANDARD;
    int code = cli_select(run->options->command, &selection, &run->selection);
    if (code != CLI_EXIT_OK)
        return code;
    choose(run, plain);
    if (run->selection.count == 0) {
        cli_complain(run->options->command,
                     "no case is left to play: look at --profile, --cases, --exclude and --subprotocol");
        return CLI_EXIT_USAGE;
    }
    char jobs[24], seed[24], scale[32], chop[24], repeat[24];
    snprintf(jobs, sizeof jobs, "%llu", (unsigned long long)run->options->jobs);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->options->seed);
    snprintf(scale, sizeof scale, "%g", run->options->timeout_scale);
    snprintf(chop, sizeof chop, "%llu", (unsigned long long)run->options->chop);
    snprintf(repeat, sizeof repeat, "%llu", (unsigned long long)run->options->repeat);
    const report_option options[] = {{"profile", cli_profile_names[selection.profile]},
                                     {"oracle", oracle_names[run->options->oracle]},
                                     {"jobs", jobs},
                                     {"seed", seed},
                                     {"timeout-scale", scale},
                                     {"chop", chop},
                                     {"repeat", repeat},
                                     {"subprotocol", run->options->subprotocol}};
    size_t option_count = sizeof options / sizeof *options;
    run->agents =
        (cli_agents){.selection = &run->selection,
                     .options = &selection,
                     .report_options = options,
                     .report_option_count = run->options->subprotocol ? option_count : option_count - 1};
    return with_loop(run);
}

int cli_client_run(const cli_client_options *options) {
    client_run *run = calloc(1, sizeof *run);
    if (!run) {
        cli_complain(options->command, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    run->options = options;
    int code = CLI_EXIT_USAGE;
    if (cli_headers_take(options->command, &options->headers, &run->headers))
        code = select_and_play(run);
    cli_headers_clear(&run->headers);
    while (run->visits) /* those that were not over at the end */
        visit_free(run, run->visits);
    if (run->agents.selection)
        cli_agents_clear(&run->agents);
    cli_selection_clear(&run->selection);
    free(run->worst);
    free(run);
    return code;
}

int cli_client(int argc, char **argv) {
    cli_client_options options = {.command = "client",
                                  .selection = {.profile = CLI_PROFILE_UNSAID, .role = PLAY_ROLE_CLIENT},
                                  .jobs = 4,
                                  .seed = 1,
                                  .repeat = 1,
                                  .timeout_scale = 1};
    if (!parse(argc, argv, &options))
        return CLI_EXIT_USAGE;
    return options.help ? CLI_EXIT_OK : cli_client_run(&options);
}
