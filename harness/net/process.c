#include "net/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

struct net_process {
    uv_process_t child;
    uv_pipe_t output;
    uv_timer_t timer; /* grace, then drain */
    const net_process_handler *handler;
    void *user;
    struct net_process *next; /* of those that live */
    net_exit how;
    bool exited, stopped, drained, closing;
    unsigned handles;
    size_t tail_size;
    char tail[NET_PROCESS_TAIL_MAX];
    char chunk[4096];
};

/* Whoever leaves without memory has no loop, and no pointer to what has to be killed. */
static net_process *living;

/* ------------------------------------------------------------------ the group */

static void signal_group(const net_process *process, int number) {
    if (process->child.pid > 0)
        kill(-process->child.pid, number);
}

void net_process_kill_all(void) {
    for (const net_process *process = living; process; process = process->next)
        signal_group(process, SIGKILL);
}

static void remember(net_process *process) {
    process->next = living;
    living = process;
}

static void forget(const net_process *process) {
    net_process **at = &living;
    while (*at && *at != process)
        at = &(*at)->next;
    if (*at)
        *at = process->next;
}

/* ------------------------------------------------------------------ the end */

static void on_closed(uv_handle_t *handle) {
    net_process *process = handle->data;
    if (--process->handles == 0 && process->handler->on_gone)
        process->handler->on_gone(process, process->user);
}

static void close_handles(net_process *process) {
    process->closing = true;
    forget(process);
    uv_close((uv_handle_t *)&process->child, on_closed);
    uv_close((uv_handle_t *)&process->output, on_closed);
    uv_close((uv_handle_t *)&process->timer, on_closed);
}

/* The child has been waited for, and whatever else was in its group has been told to go. */
static void finish_when_over(net_process *process) {
    if (!process->exited || !process->drained || process->closing)
        return;
    signal_group(process, SIGKILL);
    close_handles(process);
}

static void on_drain_timeout(uv_timer_t *timer) {
    net_process *process = timer->data;
    process->drained = true;
    finish_when_over(process);
}

static void on_child_exit(uv_process_t *child, int64_t status, int number) {
    net_process *process = child->data;
    process->exited = true;
    process->how = (net_exit){.signal = number, .status = (int)status};
    /* A crash takes the group with it; who was stopped may have children that are on their way out. */
    if (!process->stopped)
        signal_group(process, SIGKILL);
    uv_timer_start(&process->timer, on_drain_timeout, NET_PROCESS_DRAIN_MS, 0);
    if (process->handler->on_exit)
        process->handler->on_exit(process, process->user);
    finish_when_over(process);
}

static void on_grace_timeout(uv_timer_t *timer) {
    signal_group(timer->data, SIGKILL);
}

void net_process_stop(net_process *process) {
    if (process->closing)
        return;
    if (process->stopped || process->exited) {
        signal_group(process, SIGKILL);
        return;
    }
    process->stopped = true;
    signal_group(process, SIGTERM);
    uv_timer_start(&process->timer, on_grace_timeout, NET_PROCESS_GRACE_MS, 0);
}

void net_process_kill(net_process *process) {
    if (!process->exited)
        signal_group(process, SIGKILL);
}

/* ------------------------------------------------------------------ output */

static void keep_tail(net_process *process, const char *bytes, size_t size) {
    if (size > sizeof process->tail) {
        bytes += size - sizeof process->tail;
        size = sizeof process->tail;
    }
    size_t room = sizeof process->tail - process->tail_size;
    size_t drop = size > room ? size - room : 0;
    memmove(process->tail, process->tail + drop, process->tail_size - drop);
    process->tail_size -= drop;
    memcpy(process->tail + process->tail_size, bytes, size);
    process->tail_size += size;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    net_process *process = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(process->chunk, sizeof process->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    net_process *process = stream->data;
    if (size > 0) {
        keep_tail(process, buffer->base, (size_t)size);
        if (process->handler->on_output)
            process->handler->on_output(process, buffer->base, (size_t)size, process->user);
    } else if (size < 0) {
        uv_read_stop(stream);
        process->drained = true;
        finish_when_over(process);
    }
}

/* ------------------------------------------------------------------ the start */

/* Neither end is inherited by accident. */
static int make_pipe(int ends[2]) {
    if (pipe(ends) != 0)
        return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static int spawn(uv_loop_t *loop, net_process *process, char *const *arguments, int output) {
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE},
                                     {.flags = UV_INHERIT_FD, .data.fd = output},
                                     {.flags = UV_INHERIT_FD, .data.fd = output}};
    uv_process_options_t options = {.exit_cb = on_child_exit,
                                    .file = arguments[0],
                                    .args = (char **)arguments,
                                    .flags = UV_PROCESS_DETACHED, /* a session, so a group, of its own */
                                    .stdio_count = 3,
                                    .stdio = stdio};
    return uv_spawn(loop, &process->child, &options);
}

static void on_never_started(uv_handle_t *handle) {
    net_process *process = handle->data;
    if (--process->handles == 0)
        free(process);
}

static void give_up(net_process *process) {
    uv_close((uv_handle_t *)&process->child, on_never_started);
    uv_close((uv_handle_t *)&process->output, on_never_started);
    uv_close((uv_handle_t *)&process->timer, on_never_started);
}

static void init_handles(uv_loop_t *loop, net_process *process) {
    uv_timer_init(loop, &process->timer);
    uv_pipe_init(loop, &process->output, 0);
    process->timer.data = process->output.data = process->child.data = process;
    process->handles = 3;
}

ws_status net_process_start(uv_loop_t *loop, char *const *arguments, const net_process_handler *handler,
                            void *user, net_process **made, char *error, size_t error_size) {
    int ends[2];
    if (make_pipe(ends) != 0) {
        snprintf(error, error_size, "no pipe can be made: %s", strerror(errno));
        return WS_ERR_IO;
    }
    net_process *process = calloc(1, sizeof *process);
    if (!process) {
        close(ends[0]);
        close(ends[1]);
        snprintf(error, error_size, "out of memory");
        return WS_ERR_MEMORY;
    }
    process->handler = handler;
    process->user = user;
    init_handles(loop, process);
    int result = spawn(loop, process, arguments, ends[1]);
    close(ends[1]);
    if (result != 0) {
        close(ends[0]);
        snprintf(error, error_size, "%s", uv_strerror(result));
        give_up(process);
        return WS_ERR_IO;
    }
    uv_pipe_open(&process->output, ends[0]);
    uv_read_start((uv_stream_t *)&process->output, on_alloc, on_read);
    remember(process);
    *made = process;
    return WS_OK;
}

void net_process_free(net_process *process) {
    free(process);
}

/* ------------------------------------------------------------------ asking */

bool net_process_running(const net_process *process) {
    return !process->exited;
}

bool net_process_gone(const net_process *process) {
    return process->closing && process->handles == 0;
}

bool net_process_died(const net_process *process) {
    return process->exited && !process->stopped;
}

const net_exit *net_process_exit(const net_process *process) {
    return process->exited ? &process->how : NULL;
}

ws_span net_process_tail(const net_process *process) {
    return (ws_span){(const uint8_t *)process->tail, process->tail_size};
}

static const char *signal_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {{SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
                 {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
                 {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
                 {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGXCPU, "SIGXCPU"},
                 {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

const char *net_exit_describe(const net_exit *how, char text[NET_EXIT_TEXT_MAX]) {
    enum { SHELL_SIGNAL = 128 };
    const char *name = signal_name(how->signal ? how->signal : how->status - SHELL_SIGNAL);
    if (how->signal)
        snprintf(text, NET_EXIT_TEXT_MAX, "signal %d%s%s%s", how->signal, name ? " (" : "", name ? name : "",
                 name ? ")" : "");
    else if (name)
        snprintf(text, NET_EXIT_TEXT_MAX, "status %d (as shells say for signal %d, %s)", how->status,
                 how->status - SHELL_SIGNAL, name);
    else
        snprintf(text, NET_EXIT_TEXT_MAX, "status %d", how->status);
    return text;
}

enum { FAMILY_MAX = 64 }; /* processes whose memory is added up */

/* A line "VmRSS:	    1234 kB" of /proc/PID/status. Where there is no such file nothing is known. */
static uint64_t status_line(long pid, const char *name) {
    char path[64], line[128];
    unsigned long long kib = 0;
    size_t size = strlen(name);
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    while (kib == 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, size) == 0)
            kib = strtoull(line + size, NULL, 10);
    fclose(file);
    return kib;
}

/* Adds the children that its main thread has made. Returns how many there are in all. */
static size_t add_children(long pid, long *family, size_t count) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, pid);
    FILE *file = fopen(path, "r");
    while (file && count < FAMILY_MAX && fscanf(file, "%ld", &family[count]) == 1)
        count++;
    if (file)
        fclose(file);
    return count;
}

/* COMMAND may well be a shell or a package manager: the server is its child then. */
static uint64_t memory_of_family(const net_process *process, const char *line) {
    long family[FAMILY_MAX] = {process->child.pid};
    uint64_t kib = 0;
    size_t count = 1;
    if (process->exited)
        return 0;
    for (size_t i = 0; i < count; i++) {
        kib += status_line(family[i], line);
        count = add_children(family[i], family, count);
    }
    return kib;
}

uint64_t net_process_memory(const net_process *process) {
    return memory_of_family(process, "VmRSS:");
}

uint64_t net_process_memory_peak(const net_process *process) {
    return memory_of_family(process, "VmHWM:");
}
