/* Starts a client once for every case, several at once, and watches it: the case that it is played, how it
 * ends, how long it takes.
 *
 *     cli_launcher *launcher = cli_launcher_new(loop, &options);
 *     cli_launcher_start(launcher);
 *     ...net_host: on_request -> cli_launcher_answer, on_done -> cli_launcher_done; options.on_over is the
 * end... cli_launcher_free(launcher);
 *
 * Each client is told an address of its own, /case/ID?run=N, so that crashes and hangs can be laid to their
 * case. A verdict that rests on something that did not come in time is not recorded: the client is started
 * again when the others are through, alone and with doubled times; if the two differ the case is
 * flaky. When none of the first clients connects, the run ends with a line that says so: the command is
 * wrong. */
#ifndef CLI_LAUNCHER_H
#define CLI_LAUNCHER_H

#include "cli/selection.h"
#include "net/host.h"

enum {
    CLI_LAUNCH_CONNECT_S = 30, /* time to connect */
    CLI_LAUNCH_END_S = 5,      /* time to end behind the end of the connection, */
    CLI_LAUNCH_SHORT_END_S =
        1, /* and when as many clients in a row as CLI_LAUNCH_LINGERERS had to be stopped */
    CLI_LAUNCH_LINGERERS = 8,
    CLI_LAUNCH_STRANGERS_MAX =
        4, /* clients that may end without a connection before there was any; then the run ends */
    CLI_LAUNCH_CONFIRMED =
        4,                /* second runs in a row that confirm the first; then they go on `jobs` at once, */
    CLI_LAUNCH_DEAF = 32, /* and after so many four times as many: most of them only wait */
    CLI_LAUNCH_MANY = 64, /* but no more than this, unless there are more jobs */
    CLI_LAUNCH_TEXT_MAX = 1000
};

/* What became of a case, the client's end included. Lives until the callback returns. */
typedef struct cli_launch_verdict {
    size_t index; /* in the selection */
    bool flaky;
    play_verdict other_verdict; /* flaky: of the first run */
    play_verdict verdict;
    bool crashed;     /* the client died, or a sanitizer ended it */
    const char *more; /* about the process; NULL: nothing is to be said */
} cli_launch_verdict;

typedef struct cli_launcher_options {
    const cli_selection *selection;
    char **arguments;     /* program and arguments, ending with NULL, with {url} and {case} */
    const char *base_url; /* "ws://127.0.0.1:9001" */
    unsigned jobs;
    double timeout_scale;
    bool verbose;       /* what clients write goes to standard error */
    bool no_second_run; /* the first verdict is reported whatever it rests on */
    /* A connection of case `index` is over. */
    void (*on_outcome)(size_t index, const net_host_outcome *outcome, void *user);
    /* Afterwards, or without that when it never connected: the client of the case has ended. */
    void (*on_verdict)(const cli_launch_verdict *verdict, void *user);
    /* No client is left. */
    void (*on_over)(void *user);
    void *user;
} cli_launcher_options;

typedef struct cli_launcher cli_launcher;

/* The options are copied, what they point to is borrowed. NULL when out of memory. */
cli_launcher *cli_launcher_new(uv_loop_t *loop, const cli_launcher_options *options);
void cli_launcher_start(cli_launcher *launcher);
/* Fills the answer to a request of one of its clients; any other request is left alone. */
void cli_launcher_answer(cli_launcher *launcher, const char *target, net_host_answer *answer);
void cli_launcher_done(cli_launcher *launcher, const net_host_outcome *outcome);
/* Starts no further client and ends those that run; on_over follows. Called again: kills them. */
void cli_launcher_stop(cli_launcher *launcher);
/* The most memory that a client had, in KiB; 0: not known. */
uint64_t cli_launcher_memory(const cli_launcher *launcher);
/* CLI_EXIT_OK; or, after a complaint: CLI_EXIT_USAGE when the client could not be started at all,
 * CLI_EXIT_INCOMPLETE when it could not be started again, or when none of the first CLI_LAUNCH_STRANGERS_MAX
 * has connected. */
int cli_launcher_code(const cli_launcher *launcher);
/* After on_over. */
void cli_launcher_free(cli_launcher *launcher);

#endif
