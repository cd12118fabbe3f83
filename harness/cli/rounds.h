/* Plays all cases of a report that have no verdict yet. When the server under test was started by wspect and
 * dies, finds the case that did it, starts the server anew and goes on.
 *
 *     cli_rounds rounds = {.loop = loop, .target = target, .options = &options, .cases = cases, ...};
 *     ws_status status = cli_rounds_play(&rounds);
 *     cli_rounds_clear(&rounds);
 *
 * Who is to blame. Several cases run at once, a connection may end before the news of the death arrive, and a
 * case may even have found the end of the connection right. So all cases that ran at that moment, or had
 * ended shortly before, are suspects: their verdicts are withdrawn, and they are played again, one by one. A
 * case on which a server that has seen no other case dies again is FAILED, whatever else it says and whatever
 * its level is. The others keep the verdicts of these runs, unless they rest on something that did not come
 * in time: those cases are played again with the rest. */
#ifndef CLI_ROUNDS_H
#define CLI_ROUNDS_H

#include "cli/target.h"
#include "cli/terminal.h"
#include "net/runner.h"

enum { CLI_ROUNDS_SHORTLY = 16 }; /* how many cases that had ended are suspects */

typedef struct cli_rounds {
    const char *command; /* for complaints */
    uv_loop_t *loop;
    cli_target *target;
    const net_runner_options *options;
    const play_case *const *cases; /* by row of the report */
    report *report;
    bool *reported; /* by row: it has its verdict */
    cli_terminal *terminal;
    /* Puts an outcome into a row. */
    void (*record)(const net_outcome *outcome, report_case *row, void *user);
    /* The server dies on the case; the row says how. It may cancel the rest. May be NULL. */
    void (*blame)(size_t row, void *user);
    /* The server died, but dies on none of the cases that it may have died of: their rows, and how it died.
     * True: that need not be complained about. May be NULL. */
    bool (*unexplained)(const size_t *rows, size_t count, const char *reason, void *user);
    bool thorough; /* when none of the suspects is guilty, all cases that this server has seen are */
    void *user;
    /* For rounds.c alone; zero at the beginning. */
    net_runner *runner; /* while one runs */
    const play_case **chosen;
    size_t *row_of; /* of the chosen cases */
    size_t chosen_count;
    size_t *suspects, suspect_count, suspect_max;
    size_t recent[CLI_ROUNDS_SHORTLY], recent_count; /* rows that were reported, as a ring */
    size_t started_here;                             /* cases that this instance of the server has seen */
    size_t blamed;
    bool doubtful; /* the verdict of the case that was played alone rests on something that did not come in
                      time */
    bool alone, cancelled, out_of_memory;
    char message[NET_RUNNER_REASON_MAX];
} cli_rounds;

/* WS_ERR_IO: the target could not be reached; `message` tells why. WS_ERR_MEMORY. When the server cannot be
 * started any more, the cases that are left are INCONCLUSIVE, and it is WS_OK. */
ws_status cli_rounds_play(cli_rounds *rounds);
/* From a callback of the loop: cli_rounds_play returns soon, and some cases have no verdict. */
void cli_rounds_cancel(cli_rounds *rounds);
void cli_rounds_clear(cli_rounds *rounds);

#endif
