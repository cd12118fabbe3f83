/* The server under test, when wspect has to wait for it or to start it: readiness, restarts, memory, the end.
 *
 *     cli_target *target = cli_target_new(loop, &options);
 *     int code = cli_target_start(target);
 *     ...play; when cli_target_died(target): cli_target_restart(target)...
 *     cli_target_stop(target);
 *     cli_target_describe(target, report);
 *     cli_target_free(target);
 *
 * From cli_target_new to cli_target_stop, SIGINT, SIGTERM, SIGHUP and SIGQUIT are handled if there is a
 * command, so that the server is not left behind; a second one kills it. Functions that wait run the loop:
 * none of them may be called from a callback of it. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "reports/report.h"
#include "wire/uri.h"

#include <uv.h>

enum {
    CLI_TARGET_WAIT_S = 30,     /* default for a server that is started here */
    CLI_TARGET_DEATHS_MAX = 40, /* after so many it is not started again */
    CLI_TARGET_TEXT_MAX = 1000
};

typedef struct cli_target_options {
    const char *command; /* subcommand of wspect, for complaints */
    const char *url;
    const ws_uri *uri;
    char **
        arguments; /* program and arguments, ending with NULL, with {url} and {port}; NULL: it runs already */
    uint64_t wait_s;     /* until it accepts connections; 0: no waiting, unless it is started here */
    bool verbose;        /* its output goes to standard error */
    unsigned deaths_max; /* 0: CLI_TARGET_DEATHS_MAX */
    bool reports_kill; /* the report of a sanitizer counts as its death, even where the server would go on */
} cli_target_options;

/* From the loop. Any member may be NULL. */
typedef struct cli_target_handler {
    void (*on_death)(void *user); /* it ended, and nobody had stopped it */
    void (*on_interrupt)(void *user);
} cli_target_handler;

typedef struct cli_target cli_target;

/* The options are copied, what they point to is borrowed. NULL when out of memory. */
cli_target *cli_target_new(uv_loop_t *loop, const cli_target_options *options);
/* After cli_target_stop; NULL is allowed. */
void cli_target_free(cli_target *target);
void cli_target_set_handler(cli_target *target, const cli_target_handler *handler, void *user);

/* Starts the command, if there is one, and waits until the server accepts a connection. An exit code; other
 * than CLI_EXIT_OK after one clear line. */
int cli_target_start(cli_target *target);
/* After a death: starts it anew and waits until it accepts connections. False after one clear line, and when
 * interrupted. */
bool cli_target_restart(cli_target *target);
/* Ends the command and waits until it is gone. */
void cli_target_stop(cli_target *target);

/* Whether a command was given: the rest is about it. */
bool cli_target_owned(const cli_target *target);
bool cli_target_died(const cli_target *target);
bool cli_target_interrupted(const cli_target *target);
/* Waits for a death that may be on its way. True: it died. */
bool cli_target_await_death(cli_target *target, unsigned timeout_ms);
/* "the server died of signal 11 (SIGSEGV)"; then, when `where` is not NULL, that, and the telling lines of
 * its output. Valid from cli_target_died until cli_target_restart. Waits until its output has come. */
const char *cli_target_death(cli_target *target, const char *where, char text[CLI_TARGET_TEXT_MAX]);

/* A line about a death that may be on its way, because the server does not answer; nothing when it lives. */
void cli_target_mention_death(cli_target *target);

/* Takes notice of how much memory the server has; cheap enough for every case. */
void cli_target_sample(cli_target *target);
/* Resident memory in KiB; 0: not known. */
void cli_target_memory(const cli_target *target, uint64_t *start, uint64_t *peak, uint64_t *end);
/* That of this moment; and how often it was started again. */
uint64_t cli_target_memory_now(const cli_target *target);
unsigned cli_target_restarts(const cli_target *target);
/* A death for which no case could be blamed. */
void cli_target_unexplained(cli_target *target);
unsigned cli_target_unexplained_deaths(const cli_target *target);
/* Adds the process to the report. False when out of memory. */
bool cli_target_describe(const cli_target *target, report *r);

/* " -- COMMAND ARG...", as a shell takes it; "" without a command. False when it does not fit. */
bool cli_target_command_line(char *const *arguments, char *text, size_t size);

#endif
