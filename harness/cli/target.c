#include "cli/target.h"
#include "cli/child.h"
#include "cli/options.h"
#include "net/process.h"
#include "net/stream.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_MS = 20,       /* between two attempts to connect */
    ATTEMPT_MS = 1000,   /* of one attempt */
    RESPAWN_MS = 250,    /* between two attempts to start it anew */
    SAMPLE_NS = 5000000, /* between two looks at its memory */
    SIGNALS = 4
};

typedef struct memory {
    uint64_t start, peak, end; /* KiB; 0: not known */
} memory;

struct cli_target {
    uv_loop_t *loop;
    cli_target_options options;
    char **arguments; /* with {url} and {port} filled in */
    const cli_target_handler *handler;
    void *user;
    net_process *process; /* NULL: never started, or failed to */
    net_exit how;         /* the last end */
    bool ended;
    unsigned restarts, deaths, unexplained;
    memory memory;
    uint64_t sampled_ns;
    uv_signal_t signals[SIGNALS];
    uv_timer_t timer;
    bool reported; /* by a sanitizer */
    bool timed_out, interrupted;
    bool stopping, over;
};

/* ------------------------------------------------------------------ waiting */

static void on_timer(uv_timer_t *timer) {
    cli_target *target = timer->data;
    target->timed_out = true;
    uv_stop(target->loop); /* it may be the only event that the loop would have waited for */
}

static void begin_wait(cli_target *target, uint64_t ms) {
    target->timed_out = false;
    uv_update_time(target->loop);
    uv_timer_start(&target->timer, on_timer, ms, 0);
}

/* True unless the server died, or somebody has had enough. */
static bool pause_for(cli_target *target, uint64_t ms, bool while_alive) {
    begin_wait(target, ms);
    while (!target->timed_out && !target->interrupted && !(while_alive && cli_target_died(target)))
        uv_run(target->loop, UV_RUN_ONCE);
    uv_timer_stop(&target->timer);
    return target->timed_out;
}

/* All that it wrote has been read. */
static void await_gone(cli_target *target) {
    while (target->process && !net_process_gone(target->process))
        uv_run(target->loop, UV_RUN_ONCE);
}

bool cli_target_await_death(cli_target *target, unsigned timeout_ms) {
    if (cli_target_owned(target) && !cli_target_died(target))
        pause_for(target, timeout_ms, true);
    return cli_target_died(target);
}

/* ------------------------------------------------------------------ knocking */

/* An attempt to connect. It outlives its caller while the connection is being closed in good order: a reset
 * would be the first thing that the server sees of us. */
typedef struct knock {
    bool answered, open, abandoned, closed;
    char text[256];
} knock;

static void on_open(net_stream *stream, void *user) {
    knock *k = user;
    k->answered = k->open = true;
    net_stream_close(stream);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    knock *k = user;
    (void)how;
    k->answered = true;
    snprintf(k->text, sizeof k->text, "%s", text);
    net_stream_close(stream);
}

static void on_closed(net_stream *stream, void *user) {
    knock *k = user;
    (void)stream;
    k->closed = true;
    if (k->abandoned)
        free(k);
}

static const net_stream_handler knock_handler = {
    .on_open = on_open, .on_end = on_end, .on_closed = on_closed};

/* Whether somebody accepts connections; if not, `text` tells why. */
static bool somebody_listens(cli_target *target, char *text, size_t size) {
    const net_target where = {
        .host = target->options.uri->host, .port = target->options.uri->port, .timeout_ms = ATTEMPT_MS};
    net_stream *stream;
    knock *k = calloc(1, sizeof *k);
    ws_status status =
        k ? net_stream_connect(target->loop, &where, &knock_handler, k, &stream) : WS_ERR_MEMORY;
    if (status != WS_OK) {
        free(k);
        snprintf(text, size, "%s", ws_status_strerror(status));
        return false;
    }
    while (!k->answered)
        uv_run(target->loop, UV_RUN_ONCE);
    bool open = k->open;
    snprintf(text, size, "%s", k->text);
    k->abandoned = true;
    if (k->closed)
        free(k);
    return open;
}

/* ------------------------------------------------------------------ its output */

static void print_output(net_process *process, const char *bytes, size_t size, void *user) {
    (void)process, (void)user;
    char line[2] = "";
    for (size_t i = 0; i < size; i++) {
        line[0] = bytes[i];
        if (bytes[i] == '\n' || bytes[i] == '\t')
            fputc(bytes[i], stderr);
        else
            cli_print_safe(stderr, line);
    }
}

/* It goes on, but what it does from here on means nothing. */
static void heed_output(net_process *process, const char *bytes, size_t size, void *user) {
    cli_target *target = user;
    if (target->options.verbose)
        print_output(process, bytes, size, user);
    if (!target->options.reports_kill || target->reported || !cli_holds_report(net_process_tail(process)))
        return;
    target->reported = true;
    net_process_kill(process);
}

static void describe_end(const cli_target *target, char *text, size_t size) {
    char end[NET_EXIT_TEXT_MAX];
    const net_exit *how = &target->how;
    if (target->reported)
        snprintf(text, size, "the server's sanitizer has reported an error");
    else
        snprintf(text, size, "the server %s %s", how->signal ? "died of" : "ended with",
                 net_exit_describe(how, end));
}

const char *cli_target_death(cli_target *target, const char *where, char text[CLI_TARGET_TEXT_MAX]) {
    await_gone(target);
    describe_end(target, text, CLI_TARGET_TEXT_MAX);
    if (where) {
        size_t used = strlen(text);
        snprintf(text + used, CLI_TARGET_TEXT_MAX - used, " %s", where);
        cli_append_output(target->process, text, CLI_TARGET_TEXT_MAX);
    }
    return text;
}

/* ------------------------------------------------------------------ memory */

static void look_at_memory(cli_target *target) {
    memory *m = &target->memory;
    uint64_t now = net_process_memory(target->process), peak = net_process_memory_peak(target->process);
    if (now > 0)
        m->end = now;
    if (m->start == 0)
        m->start = now;
    if (peak > m->peak)
        m->peak = peak;
    target->sampled_ns = uv_hrtime();
}

uint64_t cli_target_memory_now(const cli_target *target) {
    return target->process ? net_process_memory(target->process) : 0;
}

unsigned cli_target_restarts(const cli_target *target) {
    return target->restarts;
}

void cli_target_memory(const cli_target *target, uint64_t *start, uint64_t *peak, uint64_t *end) {
    *start = target->memory.start;
    *peak = target->memory.peak;
    *end = target->memory.end;
}

void cli_target_sample(cli_target *target) {
    if (target->process && uv_hrtime() - target->sampled_ns > SAMPLE_NS)
        look_at_memory(target);
}

/* ------------------------------------------------------------------ start and end of the process */

static void on_process_exit(net_process *process, void *user) {
    cli_target *target = user;
    target->how = *net_process_exit(process);
    target->ended = true;
    if (!net_process_died(process))
        return;
    target->deaths++;
    if (target->handler && target->handler->on_death)
        target->handler->on_death(target->user);
}

static bool spawn(cli_target *target, char *error, size_t size) {
    static const net_process_handler handler = {.on_output = heed_output, .on_exit = on_process_exit};
    await_gone(target);
    net_process_free(target->process);
    target->process = NULL;
    target->reported = false;
    return net_process_start(target->loop, target->arguments, &handler, target, &target->process, error,
                             size) == WS_OK;
}

typedef enum readiness { READY, DIED, LATE, INTERRUPTED } readiness;

static bool is_late(uint64_t deadline_ns) {
    return uv_hrtime() >= deadline_ns;
}

/* Waits until somebody accepts connections; LATE: `text` tells why nobody did. */
static readiness await_ready(cli_target *target, uint64_t deadline_ns, char *text, size_t size) {
    for (;;) {
        bool open = somebody_listens(target, text, size);
        if (target->interrupted)
            return INTERRUPTED;
        if (cli_target_died(target))
            return DIED;
        if (open)
            return READY;
        if (is_late(deadline_ns))
            return LATE;
        pause_for(target, RETRY_MS, true);
    }
}

static uint64_t deadline_of(const cli_target *target) {
    return uv_hrtime() + target->options.wait_s * 1000000000;
}

static void complain_late(const cli_target *target, const char *why) {
    char text[CLI_TARGET_TEXT_MAX];
    snprintf(text, sizeof text, "%s", why);
    if (target->process)
        cli_append_output(target->process, text, sizeof text);
    cli_complain(target->options.command, "%s: no connection within %llu s (--wait-for-target): %s",
                 target->options.url, (unsigned long long)target->options.wait_s, text);
}

static void complain_death(cli_target *target, const char *where) {
    char text[CLI_TARGET_TEXT_MAX];
    cli_complain(target->options.command, "%s", cli_target_death(target, where, text));
}

void cli_target_mention_death(cli_target *target) {
    enum { LAST_BREATH_MS = 1000 };
    if (cli_target_await_death(target, LAST_BREATH_MS))
        complain_death(target, "when it was asked for its first connection");
}

static int start_command(cli_target *target) {
    const char *command = target->options.command;
    char text[256];
    if (somebody_listens(target, text, sizeof text)) {
        cli_complain(
            command,
            "%s: something listens there already; %s was not started, for the wrong server would be tested",
            target->options.url, target->arguments[0]);
        return CLI_EXIT_INCOMPLETE;
    }
    if (target->interrupted)
        return CLI_EXIT_INCOMPLETE;
    if (!spawn(target, text, sizeof text)) {
        cli_complain(command, "%s cannot be started: %s", target->arguments[0], text);
        return CLI_EXIT_USAGE;
    }
    return CLI_EXIT_OK;
}

int cli_target_start(cli_target *target) {
    char text[256];
    int code = cli_target_owned(target) ? start_command(target) : CLI_EXIT_OK;
    if (code != CLI_EXIT_OK || target->options.wait_s == 0)
        return code;
    switch (await_ready(target, deadline_of(target), text, sizeof text)) {
    case READY:
        if (target->process)
            look_at_memory(target);
        return CLI_EXIT_OK;
    case DIED:
        complain_death(target, "before it accepted a connection");
        break;
    case LATE:
        complain_late(target, text);
        break;
    case INTERRUPTED:
        cli_complain(target->options.command, "interrupted");
        break;
    }
    return CLI_EXIT_INCOMPLETE;
}

/* A server that does not ask for SO_REUSEADDR cannot listen as long as connections of the dead one linger:
 * what ends at once is started again until the time is over. */
bool cli_target_restart(cli_target *target) {
    uint64_t deadline = deadline_of(target);
    char text[256];
    if (target->interrupted)
        return false;
    unsigned most = target->options.deaths_max ? target->options.deaths_max : CLI_TARGET_DEATHS_MAX;
    if (target->deaths >= most) {
        cli_complain(target->options.command, "the server died %u times, and is not started again",
                     target->deaths);
        return false;
    }
    unsigned deaths = target->deaths;
    target->restarts++;
    for (;;) {
        if (!spawn(target, text, sizeof text)) {
            cli_complain(target->options.command, "%s cannot be started again: %s", target->arguments[0],
                         text);
            return false;
        }
        readiness how = await_ready(target, deadline, text, sizeof text);
        if (how == READY || how == INTERRUPTED) {
            target->deaths = deaths;
            return how == READY;
        }
        if (how == LATE)
            complain_late(target, text);
        else if (is_late(deadline))
            complain_death(target, "each time that it was started again");
        if (how == LATE || is_late(deadline))
            return false;
        pause_for(target, RESPAWN_MS, false);
    }
}

/* Called again, it is no longer asked. */
static void stop_process(cli_target *target) {
    target->stopping = true;
    net_process_stop(target->process);
}

/* What a sanitizer finds at the end is worth a line. */
static void mention_bad_end(cli_target *target) {
    enum { SHELL_SIGINT = 130, SHELL_SIGTERM = 143 };
    const net_exit *how = net_process_exit(target->process);
    if (net_process_died(target->process) || how->signal || how->status == 0 || how->status == SHELL_SIGINT ||
        how->status == SHELL_SIGTERM)
        return;
    complain_death(target, "when it was stopped");
}

void cli_target_stop(cli_target *target) {
    if (target->process && net_process_running(target->process) && !target->stopping) {
        look_at_memory(target);
        stop_process(target);
    }
    await_gone(target);
    if (target->process && !target->over)
        mention_bad_end(target);
    target->over = true;
    for (int i = 0; i < SIGNALS && cli_target_owned(target); i++)
        if (!uv_is_closing((uv_handle_t *)&target->signals[i]))
            uv_close((uv_handle_t *)&target->signals[i], NULL);
    if (!uv_is_closing((uv_handle_t *)&target->timer))
        uv_close((uv_handle_t *)&target->timer, NULL);
    uv_run(target->loop, UV_RUN_DEFAULT);
}

/* ------------------------------------------------------------------ telling */

bool cli_target_owned(const cli_target *target) {
    return target->arguments != NULL;
}

bool cli_target_died(const cli_target *target) {
    return target->process && net_process_died(target->process);
}

bool cli_target_interrupted(const cli_target *target) {
    return target->interrupted;
}

void cli_target_unexplained(cli_target *target) {
    target->unexplained++;
}

unsigned cli_target_unexplained_deaths(const cli_target *target) {
    return target->unexplained;
}

bool cli_target_describe(const cli_target *target, report *r) {
    if (!target->process)
        return true;
    char text[NET_EXIT_TEXT_MAX];
    size_t count = 0;
    while (target->arguments[count])
        count++;
    report_process process = {.command_count = count,
                              .exit = target->ended ? report_keep(r, net_exit_describe(&target->how, text))
                                                    : NULL,
                              .deaths = target->deaths,
                              .unexplained = target->unexplained,
                              .restarts = target->restarts,
                              .memory_start_kib = target->memory.start,
                              .memory_peak_kib = target->memory.peak,
                              .memory_end_kib = target->memory.end};
    const char **command = report_keep_bytes(r, (const void *)target->arguments, count * sizeof *command);
    for (size_t i = 0; command && i < count; i++)
        if (!(command[i] = report_keep(r, target->arguments[i])))
            return false;
    process.command = command;
    r->target_process = command ? report_keep_bytes(r, &process, sizeof process) : NULL;
    return r->target_process != NULL;
}

static bool append(char *text, size_t size, size_t *used, const char *more, size_t length) {
    if (length >= size - *used)
        return false;
    memcpy(text + *used, more, length);
    *used += length;
    text[*used] = '\0';
    return true;
}

/* Plain words as they are, others between apostrophes. */
static bool append_word(char *text, size_t size, size_t *used, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+{}";
    if (*word && strspn(word, plain) == strlen(word))
        return append(text, size, used, word, strlen(word));
    bool fits = append(text, size, used, "'", 1);
    for (; fits && *word; word++)
        fits = *word == '\'' ? append(text, size, used, "'\\''", 4) : append(text, size, used, word, 1);
    return fits && append(text, size, used, "'", 1);
}

bool cli_target_command_line(char *const *arguments, char *text, size_t size) {
    size_t used = 0;
    *text = '\0';
    bool fits = !arguments || append(text, size, &used, " --", 3);
    for (; fits && arguments && *arguments; arguments++)
        fits = append(text, size, &used, " ", 1) && append_word(text, size, &used, *arguments);
    return fits;
}

/* ------------------------------------------------------------------ making */

static void on_signal(uv_signal_t *handle, int number) {
    cli_target *target = handle->data;
    (void)number;
    /* While nobody listens to interruptions, the end of the server is what ends the waiting for it. */
    bool ends_now = target->interrupted || !target->handler;
    target->interrupted = true;
    if (ends_now && target->process)
        stop_process(target);
    if (target->handler && target->handler->on_interrupt)
        target->handler->on_interrupt(target->user);
}

static void handle_signals(cli_target *target) {
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(target->loop, &target->signals[i]);
        target->signals[i].data = target;
        uv_signal_start(&target->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&target->signals[i]);
    }
}

static char *filled_in(const cli_target *target, const char *argument) {
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)target->options.uri->port);
    char *with_port = cli_replaced(argument, "{port}", port);
    char *result = with_port ? cli_replaced(with_port, "{url}", target->options.url) : NULL;
    free(with_port);
    return result;
}

static bool fill_arguments(cli_target *target) {
    size_t count = 0;
    while (target->options.arguments[count])
        count++;
    target->arguments = calloc(count + 1, sizeof *target->arguments);
    for (size_t i = 0; target->arguments && i < count; i++)
        if (!(target->arguments[i] = filled_in(target, target->options.arguments[i])))
            return false;
    return target->arguments != NULL;
}

cli_target *cli_target_new(uv_loop_t *loop, const cli_target_options *options) {
    cli_target *target = calloc(1, sizeof *target);
    if (!target)
        return NULL;
    target->loop = loop;
    target->options = *options;
    if (options->arguments && options->wait_s == 0)
        target->options.wait_s = CLI_TARGET_WAIT_S;
    if (options->arguments && !fill_arguments(target)) {
        cli_target_free(target);
        return NULL;
    }
    uv_timer_init(loop, &target->timer);
    target->timer.data = target;
    if (cli_target_owned(target))
        handle_signals(target);
    return target;
}

void cli_target_free(cli_target *target) {
    if (!target)
        return;
    for (size_t i = 0; target->arguments && target->arguments[i]; i++)
        free(target->arguments[i]);
    free((void *)target->arguments);
    net_process_free(target->process);
    free(target);
}

void cli_target_set_handler(cli_target *target, const cli_target_handler *handler, void *user) {
    target->handler = handler;
    target->user = user;
}
