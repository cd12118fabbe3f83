#include "cli/launcher.h"

#include "cli/child.h"
#include "cli/options.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNCLAIMED_MS = 200 }; /* how long a connection may lag behind the end of the client that made it */

/* One run of the client. */
typedef struct launch {
    cli_launcher *launcher;
    struct launch *next; /* of those that run */
    size_t index;
    unsigned number; /* told in the address */
    bool patient;    /* its second run */
    net_process *process;
    uv_timer_t timer;
    bool connected, judged, gone, late;
    play_verdict verdict; /* once judged */
    bool doubtful, crashed;
    char more[CLI_LAUNCH_TEXT_MAX];
} launch;

struct cli_launcher {
    uv_loop_t *loop;
    cli_launcher_options options;
    launch *running;
    size_t running_count, next_index;
    unsigned numbers;
    size_t *again; /* cases for their second run */
    play_verdict *first;
    size_t again_count, again_next;
    uint64_t memory_kib; /* the most of all clients */
    bool again_begun;    /* all first runs are over */
    bool stopping, over;
    bool met;           /* one has connected */
    unsigned strangers; /* those that have not, until then */
    unsigned confirmed; /* in a row: second runs that ended as the first */
    unsigned lingerers; /* in a row: those that had to be stopped */
    int code;
};

cli_launcher *cli_launcher_new(uv_loop_t *loop, const cli_launcher_options *options) {
    cli_launcher *launcher = calloc(1, sizeof *launcher);
    if (!launcher)
        return NULL;
    launcher->loop = loop;
    launcher->options = *options;
    launcher->again = calloc(options->selection->count + 1, sizeof *launcher->again);
    launcher->first = calloc(options->selection->count + 1, sizeof *launcher->first);
    if (launcher->again && launcher->first)
        return launcher;
    cli_launcher_free(launcher);
    return NULL;
}

void cli_launcher_free(cli_launcher *launcher) {
    if (!launcher)
        return;
    free(launcher->again);
    free(launcher->first);
    free(launcher);
}

/* ------------------------------------------------------------------ the end of a run */

static void schedule(cli_launcher *launcher);

static void on_launch_closed(uv_handle_t *handle) {
    launch *run = handle->data;
    cli_launcher *launcher = run->launcher;
    for (launch **at = &launcher->running; *at; at = &(*at)->next)
        if (*at == run) {
            *at = run->next;
            break;
        }
    launcher->running_count--;
    net_process_free(run->process);
    free(run);
    schedule(launcher);
}

static void report(launch *run) {
    cli_launcher *launcher = run->launcher;
    play_verdict first = launcher->first[run->index];
    if (run->patient)
        launcher->confirmed = first == run->verdict ? launcher->confirmed + 1 : 0;
    const cli_launch_verdict verdict = {.index = run->index,
                                        .flaky = run->patient && first != run->verdict,
                                        .other_verdict = first,
                                        .verdict = run->verdict,
                                        .crashed = run->crashed,
                                        .more = *run->more ? run->more : NULL};
    launcher->options.on_verdict(&verdict, launcher->options.user);
}

/* The command is not what it should be: no client would ever connect. */
static void give_up(cli_launcher *launcher, const launch *run) {
    cli_complain("client", "%s: no client has connected. %s", launcher->options.arguments[0], run->more);
    launcher->code = CLI_EXIT_INCOMPLETE;
    cli_launcher_stop(launcher);
}

/* The process is gone, and so is its connection, if there was one. */
static void finish(launch *run) {
    cli_launcher *launcher = run->launcher;
    if (uv_is_closing((uv_handle_t *)&run->timer))
        return;
    uv_close((uv_handle_t *)&run->timer, on_launch_closed);
    if (!launcher->met && !launcher->stopping) {
        size_t count = launcher->options.selection->count;
        if (++launcher->strangers == (count < CLI_LAUNCH_STRANGERS_MAX ? count : CLI_LAUNCH_STRANGERS_MAX))
            give_up(launcher, run);
    }
    bool again = run->doubtful && !run->patient && !launcher->options.no_second_run;
    if (!launcher->stopping && again) {
        launcher->first[run->index] = run->verdict;
        launcher->again[launcher->again_count++] = run->index;
    } else if (!launcher->stopping) {
        report(run);
    }
}

static void worsen(launch *run, play_verdict verdict) {
    static const int badness[] = {
        [PLAY_OK] = 0,     [PLAY_INFORMATIONAL] = 1, [PLAY_NON_STRICT] = 2,  [PLAY_UNIMPLEMENTED] = 3,
        [PLAY_FAILED] = 5, [PLAY_SKIPPED] = 0,       [PLAY_INCONCLUSIVE] = 4};
    if (badness[verdict] > badness[run->verdict])
        run->verdict = verdict;
}

/* A signal, what a shell makes of one that nobody sends for fun, or the words of a sanitizer. */
static bool is_crash(const net_process *process) {
    static const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGSYS};
    const net_exit *how = net_process_exit(process);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (how->status == 128 + signals[i])
            return true;
    return how->signal != 0 || (how->status != 0 && cli_tells_of_crash(net_process_tail(process)));
}

static void describe_end(launch *run) {
    const net_exit *how = net_process_exit(run->process);
    char end[NET_EXIT_TEXT_MAX];
    unsigned *lingerers = &run->launcher->lingerers;
    *lingerers = run->late && run->connected ? *lingerers + 1 : 0;
    if (run->late) {
        snprintf(
            run->more, sizeof run->more, "%s",
            run->connected
                ? "The client was still running some seconds after the end of its connection, and was stopped"
                : "The client did not connect in time, and was stopped");
        worsen(run, run->connected ? PLAY_INFORMATIONAL : PLAY_INCONCLUSIVE);
        run->doubtful = run->doubtful || !run->connected;
    } else if (is_crash(run->process) || !run->connected) {
        snprintf(run->more, sizeof run->more, "The client %s %s%s", how->signal ? "died of" : "ended with",
                 net_exit_describe(how, end), run->connected ? "" : " and had not connected");
        cli_append_output(run->process, run->more, sizeof run->more);
        run->crashed = is_crash(run->process);
        worsen(run, PLAY_FAILED);
        run->doubtful = run->doubtful || !run->connected;
    }
}

static void on_unclaimed(uv_timer_t *timer) {
    launch *run = timer->data;
    if (!run->connected) {
        describe_end(run);
        finish(run);
    }
}

static void on_gone(net_process *process, void *user) {
    launch *run = user;
    (void)process;
    run->gone = true;
    uv_timer_stop(&run->timer);
    if (!run->connected) {
        uv_timer_start(&run->timer, on_unclaimed, UNCLAIMED_MS, 0);
    } else if (run->judged) {
        describe_end(run);
        finish(run);
    }
}

static void on_output(net_process *process, const char *bytes, size_t size, void *user) {
    launch *run = user;
    (void)process;
    if (run->launcher->options.verbose)
        fwrite(bytes, 1, size, stderr);
}

/* It did not connect, or does not end. */
static void on_late(uv_timer_t *timer) {
    launch *run = timer->data;
    run->late = true;
    net_process_stop(run->process);
    if (run->launcher->lingerers >= CLI_LAUNCH_LINGERERS)
        net_process_stop(run->process); /* no use in asking each of them */
}

/* ------------------------------------------------------------------ a run begins */

static uint64_t scaled(const launch *run, unsigned seconds) {
    double ms = 1000.0 * seconds * run->launcher->options.timeout_scale * (run->patient ? 2 : 1);
    return ms < 1000 ? 1000 : (uint64_t)ms;
}

static void free_arguments(char **arguments) {
    for (size_t i = 0; arguments && arguments[i]; i++)
        free(arguments[i]);
    free((void *)arguments);
}

static char **fill_arguments(const cli_launcher *launcher, const char *url, const char *id) {
    size_t count = 0;
    while (launcher->options.arguments[count])
        count++;
    char **filled = calloc(count + 1, sizeof *filled);
    for (size_t i = 0; filled && i < count; i++) {
        char *with_case = cli_replaced(launcher->options.arguments[i], "{case}", id);
        filled[i] = with_case ? cli_replaced(with_case, "{url}", url) : NULL;
        free(with_case);
        if (!filled[i]) {
            free_arguments(filled);
            return NULL;
        }
    }
    return filled;
}

static ws_status start_process(launch *run, char *error, size_t error_size) {
    static const net_process_handler handler = {.on_output = on_output, .on_gone = on_gone};
    const cli_launcher *launcher = run->launcher;
    const char *id = launcher->options.selection->cases[run->index]->id;
    char url[1024];
    snprintf(url, sizeof url, "%s/case/%s?run=%u", launcher->options.base_url, id, run->number);
    char **arguments = fill_arguments(launcher, url, id);
    snprintf(error, error_size, "out of memory");
    if (!arguments || setenv("WSPECT_URL", url, 1) != 0 || setenv("WSPECT_CASE", id, 1) != 0) {
        free_arguments(arguments);
        return WS_ERR_MEMORY;
    }
    ws_status status =
        net_process_start(launcher->loop, arguments, &handler, run, &run->process, error, error_size);
    free_arguments(arguments);
    return status;
}

static void on_stillborn(uv_handle_t *handle) {
    free(handle->data);
}

/* False when the client cannot be started at all. */
static bool begin(cli_launcher *launcher, size_t index, bool patient) {
    char error[256] = "out of memory";
    launch *run = calloc(1, sizeof *run);
    if (run) {
        *run =
            (launch){.launcher = launcher, .index = index, .number = ++launcher->numbers, .patient = patient};
        uv_timer_init(launcher->loop, &run->timer);
        run->timer.data = run;
    }
    if (!run || start_process(run, error, sizeof error) != WS_OK) {
        cli_complain("client", "%s cannot be started: %s", launcher->options.arguments[0], error);
        launcher->code = run && run->number == 1 ? CLI_EXIT_USAGE : CLI_EXIT_INCOMPLETE;
        if (run)
            uv_close((uv_handle_t *)&run->timer, on_stillborn);
        return false;
    }
    run->next = launcher->running;
    launcher->running = run;
    launcher->running_count++;
    uv_timer_start(&run->timer, on_late, scaled(run, CLI_LAUNCH_CONNECT_S), 0);
    return true;
}

/* How many second runs may go on at once: as long as they confirm the first, load is no excuse. */
static size_t second_runs(const cli_launcher *launcher) {
    if (launcher->confirmed < CLI_LAUNCH_CONFIRMED)
        return 1;
    size_t jobs = launcher->options.jobs;
    return launcher->confirmed < CLI_LAUNCH_DEAF || jobs > CLI_LAUNCH_MANY / 4 ? jobs : 4 * jobs;
}

static void schedule(cli_launcher *launcher) {
    size_t count = launcher->options.selection->count;
    while (!launcher->stopping && launcher->next_index < count &&
           launcher->running_count < launcher->options.jobs)
        launcher->stopping = !begin(launcher, launcher->next_index++, false);
    if (launcher->next_index == count && launcher->running_count == 0)
        launcher->again_begun = true;
    while (!launcher->stopping && launcher->again_begun && launcher->again_next < launcher->again_count &&
           launcher->running_count < second_runs(launcher))
        launcher->stopping = !begin(launcher, launcher->again[launcher->again_next++], true);
    if (launcher->running_count == 0 && !launcher->over) {
        launcher->over = true;
        launcher->options.on_over(launcher->options.user);
    }
}

void cli_launcher_start(cli_launcher *launcher) {
    schedule(launcher);
}

void cli_launcher_stop(cli_launcher *launcher) {
    launcher->stopping = true;
    for (launch *run = launcher->running; run; run = run->next) {
        run->connected = run->judged = true; /* nothing more is awaited of its connection */
        if (run->gone)
            finish(run);
        else
            net_process_stop(run->process);
    }
    schedule(launcher);
}

int cli_launcher_code(const cli_launcher *launcher) {
    return launcher->code;
}

/* ------------------------------------------------------------------ its connection */

void cli_launcher_answer(cli_launcher *launcher, const char *target, net_host_answer *answer) {
    const char *query = strstr(target, "?run=");
    unsigned long number = query ? strtoul(query + 5, NULL, 10) : 0;
    launch *run = launcher->running;
    while (run && run->number != number)
        run = run->next;
    if (!run || run->connected || uv_is_closing((uv_handle_t *)&run->timer))
        return; /* a client that connects a second time, or that has been given up */
    run->connected = launcher->met = true;
    uv_timer_stop(&run->timer);
    *answer = (net_host_answer){
        .c = launcher->options.selection->cases[run->index], .patient = run->patient, .cookie = run};
}

void cli_launcher_done(cli_launcher *launcher, const net_host_outcome *outcome) {
    launch *run = outcome->cookie;
    uint64_t memory = net_process_memory_peak(run->process);
    if (memory > launcher->memory_kib)
        launcher->memory_kib = memory;
    run->judged = true;
    run->verdict = outcome->verdict;
    run->doubtful = !outcome->result || outcome->result->timed_out;
    if (!run->doubtful || run->patient || launcher->options.no_second_run)
        launcher->options.on_outcome(run->index, outcome, launcher->options.user);
    if (run->gone) {
        describe_end(run);
        finish(run);
    } else {
        bool many = launcher->lingerers >= CLI_LAUNCH_LINGERERS;
        uv_timer_start(&run->timer, on_late, scaled(run, many ? CLI_LAUNCH_SHORT_END_S : CLI_LAUNCH_END_S),
                       0);
    }
}

uint64_t cli_launcher_memory(const cli_launcher *launcher) {
    return launcher->memory_kib;
}
