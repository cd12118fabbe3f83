#include "net/runner.h"
#include "net/pump.h"
#include "net/tally.h"
#include "play/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connections whose case is over, but which are still being closed in good order. */
enum { CLOSING_MAX = 64 };

/* What one run of a case came to. */
typedef struct judgement {
    play_player *player; /* NULL when there is no result */
    play_verdict verdict;
    char reason[NET_RUNNER_REASON_MAX]; /* "" for none */
    bool opened;
    bool doubtful; /* worth another run */
    int64_t duration_us;
} judgement;

/* A case that stands for many, while these are played. */
typedef struct series_run {
    struct series_run *next;
    size_t index;
    size_t launched, open; /* members that were begun, and those that are not over */
    net_tally *tally;
    struct work *worst; /* the member that gives the verdict */
    bool flaky, opened;
    unsigned runs;
    int64_t duration_us; /* of all members together */
    char reason[NET_RUNNER_REASON_MAX];
} series_run;

/* A case between its first run and its report. */
typedef struct work {
    net_runner *runner;
    series_run *series; /* that it belongs to; NULL: none */
    play_member *member;
    size_t member_index;
    struct work *next;     /* in one of the lists */
    struct work *previous; /* in the list of running ones */
    size_t index;
    unsigned runs;
    bool retry, flaky;
    bool alone;       /* the retry had the machine for itself */
    bool doubtful;    /* one of its runs was */
    bool unconfirmed; /* doubtful, but not played again */
    judgement kept;   /* of the run that counts so far */
    judgement other;  /* flaky: of a run that does not count */
    /* The run in progress. */
    play_player *player;
    net_pump *pump;
    uint64_t started_us;
} work;

typedef struct work_list {
    work *first, *last;
    size_t count;
} work_list;

/* One connection: outlives its work while it is being closed. */
typedef struct flight {
    net_runner *runner;
    work *work;
} flight;

struct net_runner {
    uv_loop_t *loop;
    net_runner_options options;
    play_options patient; /* options.play with doubled times */
    const play_case *const *cases;
    size_t count, next_index;
    net_on_case on_case;
    void *user;
    series_run *series; /* not over yet */
    work *running;
    size_t running_count;
    work_list again;             /* to be repeated */
    work_list waiting;           /* for their second run */
    bool retrying;               /* until nothing waits any more */
    unsigned confirmed_alone;    /* retries in a row that changed nothing, one at a time */
    unsigned confirmed_together; /* those that followed, several at once */
    size_t flights;
    bool reached; /* some connection was made */
    bool stopped, cancelled;
    ws_status status;
    char message[NET_RUNNER_REASON_MAX];
};

/* ------------------------------------------------------------------ lists */

static void append(work_list *list, work *item) {
    item->next = NULL;
    if (list->last)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->count++;
}

static work *take_first(work_list *list) {
    work *item = list->first;
    list->first = item->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    return item;
}

static void add_running(work *item) {
    net_runner *runner = item->runner;
    item->previous = NULL;
    item->next = runner->running;
    if (item->next)
        item->next->previous = item;
    runner->running = item;
    runner->running_count++;
}

static void remove_running(work *item) {
    net_runner *runner = item->runner;
    if (item->next)
        item->next->previous = item->previous;
    if (item->previous)
        item->previous->next = item->next;
    else
        runner->running = item->next;
    runner->running_count--;
}

static void work_free(work *item) {
    play_player_free(item->player);
    play_player_free(item->kept.player);
    play_player_free(item->other.player);
    play_member_free(item->member);
    free(item);
}

static void list_clear(work_list *list) {
    while (list->first)
        work_free(take_first(list));
}

/* ------------------------------------------------------------------ reporting */

static const char *reason_of(const judgement *judged) {
    return *judged->reason ? judged->reason : NULL;
}

static void report_single(work *item) {
    net_runner *runner = item->runner;
    const judgement *kept = &item->kept;
    const net_outcome outcome = {.played = runner->cases[item->index],
                                 .index = item->index,
                                 .verdict = kept->verdict,
                                 .reason = reason_of(kept),
                                 .flaky = item->flaky,
                                 .other_verdict = item->other.verdict,
                                 .other_reason = reason_of(&item->other),
                                 .unconfirmed = item->unconfirmed,
                                 .runs = item->runs,
                                 .opened = kept->opened,
                                 .duration_us = kept->duration_us,
                                 .result = kept->player ? play_result_of(kept->player) : NULL,
                                 .trace = kept->player ? play_trace_of(kept->player) : NULL};
    if (runner->on_case)
        runner->on_case(&outcome, runner->user);
    work_free(item);
}

/* How bad a verdict is when runs of a case disagree, or members of a series. */
static int badness(play_verdict verdict) {
    static const int order[] = {[PLAY_OK] = 0,         [PLAY_SKIPPED] = 1,       [PLAY_INFORMATIONAL] = 2,
                                [PLAY_NON_STRICT] = 3, [PLAY_UNIMPLEMENTED] = 4, [PLAY_INCONCLUSIVE] = 5,
                                [PLAY_FAILED] = 6};
    return order[verdict];
}

static void series_free(series_run *series) {
    if (series->worst)
        work_free(series->worst);
    net_tally_free(series->tally);
    free(series);
}

static void clear_series(net_runner *runner) {
    while (runner->series) {
        series_run *series = runner->series;
        runner->series = series->next;
        series_free(series);
    }
}

static void report_series(net_runner *runner, series_run *series) {
    work *item = series->worst;
    series_run **at = &runner->series;
    while (*at != series)
        at = &(*at)->next;
    *at = series->next;
    net_tally_describe(series->tally, item->member_index, reason_of(&item->kept), series->reason,
                       sizeof series->reason);
    memcpy(item->kept.reason, series->reason, sizeof item->kept.reason);
    item->kept.duration_us = series->duration_us;
    item->kept.opened = series->opened;
    item->flaky = series->flaky;
    item->runs = series->runs;
    series->worst = NULL;
    report_single(item);
    series_free(series);
}

/* A member waits for the others; the worst one stands for all. */
static void report_member(work *item) {
    net_runner *runner = item->runner;
    series_run *series = item->series;
    const judgement *kept = &item->kept;
    bool waited = kept->verdict != PLAY_OK &&
                  (item->doubtful || kept->duration_us >= runner->options.play.event_timeout_us / 2);
    net_tally_add(series->tally, item->member_index, kept->verdict, waited);
    series->flaky = series->flaky || item->flaky;
    series->opened = series->opened || kept->opened;
    series->runs = item->runs > series->runs ? item->runs : series->runs;
    series->duration_us += kept->duration_us;
    series->open--;
    bool worse = !series->worst || badness(kept->verdict) > badness(series->worst->kept.verdict);
    work *loser = worse ? series->worst : item;
    if (worse)
        series->worst = item;
    if (loser)
        work_free(loser);
    bool all_begun =
        series->launched == runner->cases[series->index]->series->count || runner->next_index > series->index;
    if (all_begun && series->open == 0)
        report_series(runner, series);
}

static void report(work *item) {
    if (item->series)
        report_member(item);
    else
        report_single(item);
}

/* ------------------------------------------------------------------ judging */

/* The judgement that does not count keeps its verdict and reason only. */
static void set_aside(work *item, judgement *judged) {
    play_player_free(judged->player);
    judged->player = NULL;
    item->other = *judged;
}

/* Takes in another run; true when its verdict differs from the one before. */
static bool merge(work *item, judgement *judged) {
    item->doubtful = item->doubtful || judged->doubtful;
    if (item->runs++ == 0) {
        item->kept = *judged;
        return false;
    }
    bool differs = judged->verdict != item->kept.verdict;
    bool counts = item->retry || badness(judged->verdict) > badness(item->kept.verdict);
    item->flaky = item->flaky || differs;
    judgement loser = counts ? item->kept : *judged;
    if (counts)
        item->kept = *judged;
    if (differs)
        set_aside(item, &loser);
    else
        play_player_free(loser.player);
    return differs;
}

static judgement judge(work *item, const net_pump_report *played) {
    judgement judged = {.verdict = PLAY_INCONCLUSIVE, .opened = played->opened};
    if (!played->judged) {
        snprintf(judged.reason, sizeof judged.reason, "%s", played->failure);
        judged.doubtful = true;
        judged.duration_us = (int64_t)(uv_hrtime() / 1000 - item->started_us);
        play_player_free(item->player);
        item->player = NULL;
        return judged;
    }
    const play_result *result = play_result_of(item->player);
    judged.player = item->player;
    judged.verdict = result->verdict;
    judged.doubtful = result->timed_out;
    judged.duration_us = result->duration_us;
    snprintf(judged.reason, sizeof judged.reason, "%s", result->reason ? result->reason : "");
    item->player = NULL;
    return judged;
}

static void stop(net_runner *runner) {
    runner->stopped = true;
    work *item = runner->running;
    runner->running = NULL;
    runner->running_count = 0;
    while (item) {
        work *next = item->next;
        if (item->pump)
            net_pump_abort(item->pump);
        work_free(item);
        item = next;
    }
    list_clear(&runner->again);
    list_clear(&runner->waiting);
    clear_series(runner);
}

/* Whether retries may run at once: those that ran alone have shown that load is not what delays the peer. */
static bool retries_may_meet(const net_runner *runner) {
    return runner->confirmed_alone >= NET_RUNNER_ALONE;
}

static bool retries_are_useful(const net_runner *runner) {
    return runner->confirmed_together < NET_RUNNER_TOGETHER;
}

static void learn_from_retry(const work *item, bool differs) {
    net_runner *runner = item->runner;
    if (differs)
        runner->confirmed_alone = runner->confirmed_together = 0;
    else if (item->alone)
        runner->confirmed_alone++;
    else if (retries_may_meet(runner)) /* else it was on its way when another one differed */
        runner->confirmed_together++;
}

static void report_unconfirmed(work *item) {
    item->unconfirmed = true;
    report(item);
}

static void settle(work *item, bool differs) {
    net_runner *runner = item->runner;
    if (item->retry) {
        learn_from_retry(item, differs);
        report(item);
    } else if (item->runs < runner->options.repeat) {
        append(&runner->again, item);
    } else if (!item->doubtful || runner->options.no_retry) {
        report(item);
    } else if (retries_are_useful(runner)) {
        append(&runner->waiting, item);
    } else {
        report_unconfirmed(item);
    }
}

/* A run is over. */
static void conclude(work *item, const net_pump_report *played) {
    net_runner *runner = item->runner;
    remove_running(item);
    item->pump = NULL;
    runner->reached = runner->reached || played->opened;
    judgement judged = judge(item, played);
    bool nobody_there = !runner->reached;
    if (nobody_there) {
        runner->status = WS_ERR_IO;
        memcpy(runner->message, judged.reason, sizeof runner->message);
        work_free(item);
        stop(runner);
        return;
    }
    bool differs = merge(item, &judged);
    settle(item, differs);
}

/* ------------------------------------------------------------------ playing */

static void schedule(net_runner *runner);

static void on_done(const net_pump_report *played, void *user) {
    flight *flying = user;
    net_runner *runner = flying->runner;
    conclude(flying->work, played);
    schedule(runner);
}

static void on_gone(void *user) {
    flight *flying = user;
    net_runner *runner = flying->runner;
    free(flying);
    runner->flights--;
    schedule(runner);
}

/* A pump, which owns the flight from then on, or NULL. */
static net_pump *make_pump(work *item) {
    static const net_pump_callbacks callbacks = {.on_done = on_done, .on_gone = on_gone};
    net_runner *runner = item->runner;
    flight *flying = malloc(sizeof *flying);
    if (!flying)
        return NULL;
    *flying = (flight){runner, item};
    net_pump *pump = net_pump_new(runner->loop, item->player, runner->options.chop, &callbacks, flying);
    if (!pump)
        free(flying);
    else
        runner->flights++;
    return pump;
}

static ws_status take_off(work *item) {
    net_runner *runner = item->runner;
    const net_runner_options *options = &runner->options;
    unsigned factor = item->retry ? 2 : 1;
    item->player = play_player_new(item->member ? play_member_case(item->member) : runner->cases[item->index],
                                   item->retry ? &runner->patient : &options->play);
    item->pump = item->player ? make_pump(item) : NULL;
    if (!item->pump)
        return WS_ERR_MEMORY;
    const net_target target = {.host = options->uri->host,
                               .port = options->uri->port,
                               .tls = options->uri->secure ? options->tls : NULL,
                               .timeout_ms = factor * options->connect_timeout_ms};
    net_stream *stream = NULL;
    ws_status status =
        net_stream_connect(runner->loop, &target, net_pump_stream_handler(), item->pump, &stream);
    if (status == WS_OK)
        net_pump_attach(item->pump, stream);
    return status;
}

static void launch(work *item) {
    add_running(item);
    item->started_us = uv_hrtime() / 1000;
    ws_status status = take_off(item);
    if (status == WS_OK)
        return;
    if (item->pump)
        net_pump_abort(item->pump);
    char failure[NET_RUNNER_REASON_MAX];
    snprintf(failure, sizeof failure, "cannot connect to %s: %s", item->runner->options.uri->host,
             ws_status_strerror(status));
    conclude(item, &(net_pump_report){.failure = failure});
}

/* ------------------------------------------------------------------ scheduling */

static bool there_is_room(const net_runner *runner) {
    return runner->running_count < runner->options.jobs &&
           runner->flights < runner->options.jobs + CLOSING_MAX;
}

static bool start_retry(net_runner *runner) {
    if (runner->waiting.first && !retries_are_useful(runner)) {
        report_unconfirmed(take_first(&runner->waiting));
        return true;
    }
    bool alone = !retries_may_meet(runner);
    /* Alone: connections that are being closed count, too. Together: no more than can still teach something.
     */
    bool room = alone ? runner->flights == 0
                      : there_is_room(runner) &&
                            runner->confirmed_together + runner->running_count < NET_RUNNER_TOGETHER;
    if (!runner->waiting.first || !room)
        return false;
    work *item = take_first(&runner->waiting);
    item->retry = true;
    item->alone = alone;
    launch(item);
    return true;
}

/* The series that is being begun, or a new one; NULL when out of memory. */
static series_run *series_at(net_runner *runner, size_t index) {
    if (runner->series && runner->series->index == index)
        return runner->series;
    series_run *series = calloc(1, sizeof *series);
    if (!series)
        return NULL;
    series->index = index;
    series->tally = net_tally_new(runner->cases[index]->series);
    series->next = runner->series;
    runner->series = series;
    return series->tally ? series : NULL;
}

/* The next case, or member of a series. NULL when out of memory. */
static work *next_work(net_runner *runner) {
    const play_case *c = runner->cases[runner->next_index];
    work *item = calloc(1, sizeof *item);
    if (!item)
        return NULL;
    item->runner = runner;
    item->index = runner->next_index;
    if (!c->series) {
        runner->next_index++;
        return item;
    }
    item->series = series_at(runner, item->index);
    item->member = item->series ? play_member_new(c, item->series->launched) : NULL;
    if (!item->member) {
        free(item);
        return NULL;
    }
    item->member_index = item->series->launched++;
    item->series->open++;
    if (item->series->launched == c->series->count || net_tally_is_enough(item->series->tally))
        runner->next_index++;
    return item;
}

/* A case that is timed would otherwise time the others, too. */
static bool wants_solitude(const play_case *c) {
    return c->limit && c->limit->timed;
}

static bool would_disturb(const net_runner *runner) {
    const work *other = runner->running;
    bool timed_next = !runner->again.first && runner->next_index < runner->count &&
                      wants_solitude(runner->cases[runner->next_index]);
    if (timed_next)
        return runner->flights > 0; /* also those that are being closed */
    return other && wants_solitude(runner->cases[other->index]);
}

static bool start_first(net_runner *runner) {
    if (!there_is_room(runner) || would_disturb(runner))
        return false;
    if (runner->again.first) {
        launch(take_first(&runner->again));
        return true;
    }
    if (runner->next_index == runner->count)
        return false;
    work *item = next_work(runner);
    if (!item) {
        runner->status = WS_ERR_MEMORY;
        snprintf(runner->message, sizeof runner->message, "out of memory");
        stop(runner);
        return false;
    }
    launch(item);
    return true;
}

/* Whether it is the turn of the cases that wait for their second run. */
static bool retries_are_due(net_runner *runner) {
    bool nothing_else =
        runner->next_index == runner->count && runner->running_count == 0 && !runner->again.first;
    if (runner->waiting.count >= NET_RUNNER_WAITING_MAX || nothing_else)
        runner->retrying = true;
    if (!runner->waiting.first && runner->running_count == 0)
        runner->retrying = false;
    return runner->retrying;
}

static bool start_something(net_runner *runner) {
    if (runner->stopped)
        return false;
    return retries_are_due(runner) ? start_retry(runner) : start_first(runner);
}

static void schedule(net_runner *runner) {
    while (start_something(runner))
        ;
}

static bool is_finished(const net_runner *runner) {
    bool all_reported = runner->next_index == runner->count && runner->running_count == 0 &&
                        !runner->again.first && !runner->waiting.first;
    return (runner->stopped || all_reported) && runner->flights == 0;
}

ws_status net_runner_run(net_runner *runner) {
    if (runner->options.uri->secure && !runner->options.tls) {
        snprintf(runner->message, sizeof runner->message, "a wss URL needs TLS");
        return WS_ERR_ARGUMENT;
    }
    schedule(runner);
    while (!is_finished(runner))
        uv_run(runner->loop, UV_RUN_ONCE);
    return runner->status;
}

void net_runner_cancel(net_runner *runner) {
    if (runner->stopped)
        return;
    runner->cancelled = true;
    stop(runner);
}

bool net_runner_cancelled(const net_runner *runner) {
    return runner->cancelled;
}

size_t net_runner_running(const net_runner *runner, size_t *indices, size_t max) {
    size_t count = 0;
    for (const work *item = runner->running; item && count < max; item = item->next)
        indices[count++] = item->index;
    return count;
}

const char *net_runner_message(const net_runner *runner) {
    return runner->message;
}

/* ------------------------------------------------------------------ making */

static void complete_options(net_runner *runner) {
    net_runner_options *options = &runner->options;
    if (options->jobs == 0)
        options->jobs = 1;
    if (options->jobs > NET_RUNNER_JOBS_MAX)
        options->jobs = NET_RUNNER_JOBS_MAX;
    if (options->connect_timeout_ms == 0)
        options->connect_timeout_ms = NET_CONNECT_MS;
    if (!options->play.authority)
        options->play.authority = options->uri->authority;
    if (!options->play.resource)
        options->play.resource = options->uri->resource;
    options->play.connections = options->jobs;
    options->play = play_options_stretched(&options->play, 1);
    runner->patient = play_options_stretched(&options->play, 2);
}

net_runner *net_runner_new(uv_loop_t *loop, const net_runner_options *options, const play_case *const *cases,
                           size_t count, net_on_case on_case, void *user) {
    net_runner *runner = calloc(1, sizeof *runner);
    if (!runner)
        return NULL;
    runner->loop = loop;
    runner->options = *options;
    runner->cases = cases;
    runner->count = count;
    runner->on_case = on_case;
    runner->user = user;
    runner->reached = options->reached;
    complete_options(runner);
    return runner;
}

void net_runner_free(net_runner *runner) {
    if (runner)
        clear_series(runner);
    free(runner);
}

/* ------------------------------------------------------------------ probe */

typedef struct probe_state {
    net_on_case on_case;
    void *user;
    const ws_uri *uri;
    ws_status status;
    char *error;
    size_t error_size;
} probe_state;

static void on_probed(const net_outcome *outcome, void *user) {
    probe_state *probe = user;
    const char *reason = outcome->reason ? outcome->reason : "no reason known";
    if (outcome->result && outcome->result->handshake_done)
        probe->status = WS_OK;
    else if (outcome->result)
        snprintf(probe->error, probe->error_size, "%s answers, but not as a WebSocket server: %s",
                 probe->uri->authority, reason);
    else
        snprintf(probe->error, probe->error_size, "%s", reason);
    if (probe->on_case)
        probe->on_case(outcome, probe->user);
}

ws_status net_probe(uv_loop_t *loop, const net_runner_options *options, const play_case *probe,
                    net_on_case on_case, void *user, char *error, size_t error_size) {
    probe_state state = {on_case, user, options->uri, WS_ERR_IO, error, error_size};
    net_runner_options once = *options;
    once.jobs = once.repeat = 1;
    once.no_retry = true;
    snprintf(error, error_size, "out of memory");
    net_runner *runner = net_runner_new(loop, &once, &probe, 1, on_probed, &state);
    if (!runner)
        return WS_ERR_MEMORY;
    ws_status status = net_runner_run(runner);
    if (status != WS_OK)
        snprintf(error, error_size, "%s", net_runner_message(runner));
    else if (state.status == WS_OK && error_size > 0)
        *error = '\0';
    net_runner_free(runner);
    return status != WS_OK ? status : state.status;
}
