/* A child process: started, watched, stopped, never left behind.
 *
 *     static const net_process_handler handler = {.on_exit = ended, .on_gone = gone};
 *     net_process *process;
 *     char error[256];
 *     if (net_process_start(loop, arguments, &handler, user, &process, error, sizeof error) != WS_OK) ...
 *     ...net_process_stop(process);
 *     while (!net_process_gone(process)) uv_run(loop, UV_RUN_ONCE);
 *     net_process_free(process);
 *
 * No shell is involved: arguments[0] is a program, looked up in PATH. The child leads a process group of its
 * own, reads from /dev/null, and what it writes to standard output and standard error comes through one pipe,
 * so that the order is kept. The last octets of it are remembered.
 *
 * The group ends with the child: when the child is gone, by itself or stopped, what it has left behind is
 * killed. Only a process that has made a session of its own escapes.
 *
 * Callbacks come from the loop only, never from inside a function of this header. */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include "wire/base.h"

#include <stdbool.h>
#include <uv.h>

enum {
    NET_PROCESS_TAIL_MAX = 8 << 10, /* octets of its output that are remembered */
    NET_PROCESS_GRACE_MS = 5000,    /* from SIGTERM to SIGKILL */
    NET_PROCESS_DRAIN_MS = 500,     /* how long output may come behind its end */
    NET_EXIT_TEXT_MAX = 80
};

typedef struct net_process net_process;

/* How it ended. */
typedef struct net_exit {
    int signal; /* 0: it ended by itself, with `status` */
    int status;
} net_exit;

/* Any member may be NULL. */
typedef struct net_process_handler {
    /* What it wrote; lives until the callback returns. */
    void (*on_output)(net_process *process, const char *bytes, size_t size, void *user);
    /* It has ended, by itself or stopped. What it wrote last may still come. */
    void (*on_exit)(net_process *process, void *user);
    /* The last callback: all that it wrote was read, and the process may be freed. */
    void (*on_gone)(net_process *process, void *user);
} net_process_handler;

/* arguments ends with NULL and is only read. The handler is borrowed for the life of the process. On failure
 * `error` gets what is wrong, a clause such as "no such file or directory", and there is nothing to free;
 * what was begun ends when the loop runs next. */
ws_status net_process_start(uv_loop_t *loop, char *const *arguments, const net_process_handler *handler,
                            void *user, net_process **process, char *error, size_t error_size);

/* SIGTERM to the group, SIGKILL NET_PROCESS_GRACE_MS later; called again, SIGKILL at once. Does nothing once
 * it is gone. */
void net_process_stop(net_process *process);
/* SIGKILL to the group; that is no stop: it has died. */
void net_process_kill(net_process *process);
/* Only when it is gone; NULL is allowed. */
void net_process_free(net_process *process);

bool net_process_running(const net_process *process);
bool net_process_gone(const net_process *process);
/* It ended although nobody had stopped it. */
bool net_process_died(const net_process *process);
/* NULL while it runs. */
const net_exit *net_process_exit(const net_process *process);
/* "signal 11 (SIGSEGV)", "status 1", "status 139 (as shells say for signal 11, SIGSEGV)". */
const char *net_exit_describe(const net_exit *how, char text[NET_EXIT_TEXT_MAX]);

/* The last octets of its output; they live until the loop runs again. */
ws_span net_process_tail(const net_process *process);

/* Resident memory of it and of its children, in KiB: now, and the sum of what each of those that live now had
 * at its peak. 0 where the system does not tell, or when it has ended. Costs a few file reads. */
uint64_t net_process_memory(const net_process *process);
uint64_t net_process_memory_peak(const net_process *process);

/* SIGKILL to the groups of all children that live. For a way out that runs no loop any more. */
void net_process_kill_all(void);

#endif
