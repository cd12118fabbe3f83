/* What `wspect fuzz server` and `wspect fuzz client` share: when to stop, what is written down, what is said.
 *
 *     cli_hunt hunt = {.command = "fuzz server", .options = &options, ...};
 *     int code = cli_hunt_begin(&hunt, &engine_options);
 *     while (code == CLI_EXIT_OK && cli_hunt_next(&hunt))
 *         ...play the batch: live_engine_take(hunt.engine, ...)...
 *     code = cli_hunt_end(&hunt, code);
 *
 * In the folder of findings each finding has a case table of its own, named after its id, and `state` has
 * what --resume goes on from; both are written as soon as there is something to write. */
#ifndef CLI_HUNT_H
#define CLI_HUNT_H

#include "cli/options.h"
#include "cli/outputs.h"
#include "live/engine.h"

enum { CLI_HUNT_TIME_S = 60, CLI_HUNT_COMMAND_MAX = 4096 };

typedef struct cli_hunt_options {
    const char *folder;
    uint64_t seed, time_s, runs, findings_max; /* 0: no end */
    bool resume, quiet, verbose;
} cli_hunt_options;

typedef struct cli_hunt {
    const char *command;
    const cli_hunt_options *options;
    char rerun[CLI_HUNT_COMMAND_MAX]; /* what replays a finding, with --cases ID to be put behind it; "":
                                         unknown */
    const char *rerun_end;            /* what follows the id: "" or " -- COMMAND" */
    const char *rerun_rare; /* what follows the id of what shows now and then alone; NULL: nothing */
    size_t batch;           /* sessions of a batch */
    live_engine *engine;
    bool interrupted;
    /* For hunt.c alone; zero at the beginning. */
    uint64_t begun_ns, shown_ns, saved_ns, sessions_before;
    size_t told; /* findings that have been told of */
    bool on_terminal, out_of_memory, unwritten;
} cli_hunt;

/* Rows for an option table: which sessions, and where findings go. */
void cli_hunt_add_options(cli_option table[CLI_OPTIONS_MAX], cli_hunt_options *options);

/* Makes the folder. Before anything that takes long: false after one clear line. */
bool cli_hunt_prepare(const char *command, const cli_hunt_options *options);
/* An exit code; other than CLI_EXIT_OK after one clear line. */
int cli_hunt_begin(cli_hunt *hunt, const live_engine_options *options);
/* Takes in the batch that was played, tells of findings, and prepares the next one. False: it is over. */
bool cli_hunt_next(cli_hunt *hunt);
/* Writes the state and the summary. `code` is that of the run; findings make it CLI_EXIT_NOT_CONFORMANT. */
int cli_hunt_end(cli_hunt *hunt, int code);

#endif
