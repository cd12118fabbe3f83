/* Plays many cases against a server, several connections at once, and reports each case once, in the order in
 * which they end.
 *
 *     net_runner_options options = {.uri = &uri, .jobs = 8, .play = {.role = WS_CLIENT}};
 *     net_runner *runner = net_runner_new(loop, &options, cases, count, on_case, user);
 *     if (net_runner_run(runner) != WS_OK) puts(net_runner_message(runner));
 *     net_runner_free(runner);
 *
 * When a verdict is trusted. A case whose connection could not be made (INCONCLUSIVE), or whose verdict rests
 * on something that did not come in time, is not reported at once: it waits until nothing else runs and is
 * played again, with all times doubled. The second verdict counts; if the two differ the case is flaky. These
 * retries happen when the other cases are through, or when NET_RUNNER_WAITING_MAX cases wait.
 *
 * How much a retry is alone. The first NET_RUNNER_ALONE retries run one at a time. When all of them have
 * confirmed their first verdicts, it is not our own load that delays the peer, and the next ones run `jobs`
 * at once. When NET_RUNNER_TOGETHER of those in a row have confirmed their verdicts, too, the cases that
 * wait, and all later ones, are reported without another run, marked `unconfirmed`: a dead or deaf peer would
 * otherwise cost many minutes. A retry that differs starts all of this anew.
 *
 * A connection that fails before any connection has been made ends the run with WS_ERR_IO: the target is not
 * there. Connections that fail later (a full backlog, a server that died) make their cases INCONCLUSIVE
 * unless the retry succeeds. Nothing sleeps between attempts.
 *
 * Memory. A connection holds what it sends and receives only in parts; whatever the peer does, a run with 8
 * connections at once stays under 32 MiB, the report of its cases not counted (tests/interop/robustness.py
 * measures 8 MiB). */
#ifndef NET_RUNNER_H
#define NET_RUNNER_H

#include "net/stream.h"
#include "play/player.h"
#include "wire/uri.h"

enum {
    NET_RUNNER_WAITING_MAX = 64, /* cases waiting for their second run, with transcripts in memory */
    NET_RUNNER_ALONE = 4,
    NET_RUNNER_TOGETHER = 32,
    NET_RUNNER_JOBS_MAX = 1024,
    NET_RUNNER_REASON_MAX = 512
};

typedef struct net_runner_options {
    const ws_uri *uri;          /* borrowed for the runner's life */
    const net_tls_context *tls; /* needed for wss */
    unsigned jobs;              /* connections at once; 0: 1; at most NET_RUNNER_JOBS_MAX */
    unsigned repeat; /* play each case so many times; the worst verdict counts, and differing ones make it
                        flaky. 0: once */
    size_t chop;     /* cut every write into writes of so many octets; 0: do not */
    unsigned connect_timeout_ms; /* 0: NET_CONNECT_MS */
    bool no_retry;               /* report the first verdict whatever it rests on */
    bool reached; /* the target is there, as net_probe says: no failure of a connection ends the run */
    play_options
        play; /* what it points to is borrowed. authority and resource are taken from uri when NULL */
} net_runner_options;

/* A case that is over. Everything in it lives until the callback returns. */
typedef struct net_outcome {
    const play_case *played;
    size_t index; /* in the array of cases */
    play_verdict verdict;
    const char *reason; /* NULL when there is nothing to explain */
    bool flaky;
    play_verdict other_verdict; /* flaky: the verdict that did not count, and its reason */
    const char *other_reason;
    bool unconfirmed;    /* it should have been played again, but the NET_RUNNER_ALONE + NET_RUNNER_TOGETHER
                            retries before it had all confirmed their verdicts */
    unsigned runs;       /* how often it was played, retry included */
    bool opened;         /* there was a connection in the run that counts */
    int64_t duration_us; /* of the run that counts */
    const play_result
        *result; /* NULL when there was no connection to judge; then verdict is PLAY_INCONCLUSIVE */
    const play_trace *trace; /* NULL when result is */
} net_outcome;

/* May call net_runner_cancel, but not free the runner. */
typedef void (*net_on_case)(const net_outcome *outcome, void *user);

typedef struct net_runner net_runner;

/* The array and its cases must outlive the runner. NULL when out of memory. */
net_runner *net_runner_new(uv_loop_t *loop, const net_runner_options *options, const play_case *const *cases,
                           size_t count, net_on_case on_case, void *user);
/* Not during net_runner_run. */
void net_runner_free(net_runner *runner);
/* Runs the loop until all cases are reported, and all connections closed. Other handles of the loop (a
 * server, a signal) are served meanwhile. Not from inside a callback of the loop. WS_ERR_IO: the target could
 * not be reached. Once per runner. */
ws_status net_runner_run(net_runner *runner);
/* From any callback of the loop, a uv_signal for instance: drops the connections and makes net_runner_run
 * return WS_OK. Cases that were not reported never will be, those that wait for their second run included. */
void net_runner_cancel(net_runner *runner);
bool net_runner_cancelled(const net_runner *runner);
/* The cases that are being played at this moment, as indices in the array of cases; at most `max` of them
 * (there are never more than `jobs`). Returns how many. */
size_t net_runner_running(const net_runner *runner, size_t *indices, size_t max);
/* After WS_ERR_IO: one sentence without full stop. Else "". */
const char *net_runner_message(const net_runner *runner);

/* Plays one case, once, to learn whether a run makes sense. WS_OK: connected, and the opening handshake was
 * done. Else WS_ERR_IO and one sentence in `error`. on_case (may be NULL) gets the outcome when there was a
 * connection. */
ws_status net_probe(uv_loop_t *loop, const net_runner_options *options, const play_case *probe,
                    net_on_case on_case, void *user, char *error, size_t error_size);

#endif
