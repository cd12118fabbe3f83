/* What the simulation says of a behaviour, TCP says, too: a sample of faults and variants as echo servers on
 * the loopback interface, played by the runner. */
#include "net/runner.h"
#include "peer/echo_server.h"
#include "support/matrix.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum {
    FAULTS = 12,
    VARIANTS = 6,
    ROWS_MAX = 2048,
    CASES_MAX = 256,
    LIGHT = 4096,           /* octets of a case */
    SHORT_TIME_US = 500000, /* a run on the virtual clock that waits for nothing */
    JOBS = 8
};

/* One server with one behaviour, and the cases played against it. */
typedef struct scene {
    uv_loop_t loop;
    peer_echo_server *server;
    const peer_behaviour *behaviour;
    const play_case *cases[CASES_MAX];
    size_t case_count, reported;
    ws_buffer differences;
} scene;

static void on_case(const net_outcome *outcome, void *user) {
    scene *s = user;
    matrix_outcome expected;
    matrix_play(outcome->played, s->behaviour, WS_SERVER, &expected);
    s->reported++;
    if (outcome->verdict != expected.verdict)
        (void)ws_buffer_printf(&s->differences, "\n%s, %s: over TCP %s (%s), in memory %s (%s)",
                               s->behaviour->name, outcome->played->id, play_verdict_name(outcome->verdict),
                               outcome->reason ? outcome->reason : "", play_verdict_name(expected.verdict),
                               expected.reason);
}

static void play_all(scene *s) {
    ws_uri uri;
    char error[256] = "";
    peer_echo_options server = {.endpoint = {.behaviour = s->behaviour}};
    uv_loop_init(&s->loop);
    ws_buffer_init(&s->differences, 0);
    cr_assert_eq(peer_echo_server_start(&s->loop, &server, &s->server, error, sizeof error), WS_OK, "%s",
                 error);
    cr_assert_eq(ws_uri_parse(peer_echo_server_url(s->server), &uri, NULL), WS_OK);
    net_runner_options options = {.uri = &uri, .jobs = JOBS, .play = {.role = WS_CLIENT, .seed = 1}};
    net_runner *runner = net_runner_new(&s->loop, &options, s->cases, s->case_count, on_case, s);
    cr_assert_not_null(runner);
    cr_assert_eq(net_runner_run(runner), WS_OK, "%s", net_runner_message(runner));
    net_runner_free(runner);
    peer_echo_server_stop(s->server);
    cr_assert_eq(uv_run(&s->loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&s->loop), 0, "a handle was left open");
    cr_assert_eq(s->reported, s->case_count);
    cr_assert_eq(ws_buffer_terminate(&s->differences), WS_OK);
    cr_expect_str_empty((const char *)s->differences.data);
    ws_buffer_clear(&s->differences);
}

/* Whether the case lives by the places where its writes end: reads over TCP need not end there. */
static bool is_cut(const play_case *c) {
    for (size_t i = 0; i < c->step_count; i++)
        if (c->steps[i].send.chop > 0 || c->steps[i].send.flush)
            return true;
    return false;
}

/* ------------------------------------------------------------------ faults */

/* The case that catches the fault in a server without waiting for what does not come; NULL when there is
 * none. */
static const play_case *quick_catcher(const matrix *m, const peer_behaviour *row) {
    matrix_outcome outcome;
    if (row->kind != PEER_FAULT || !(row->roles & PEER_AS_SERVER) || !row->caught_by)
        return NULL;
    const play_case *c = play_table_find(matrix_table(m), row->caught_by);
    if (!c || !matrix_applies(c, WS_SERVER) || matrix_weight(c) > LIGHT || is_cut(c))
        return NULL;
    matrix_play(c, row, WS_SERVER, &outcome);
    return outcome.verdict == PLAY_FAILED && outcome.duration_us < SHORT_TIME_US ? c : NULL;
}

Test(loopback, faults_are_caught_over_tcp) {
    static const peer_behaviour *rows[ROWS_MAX];
    static const play_case *catchers[ROWS_MAX];
    size_t count = 0;
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    for (size_t i = 0; peer_behaviour_at(i) && count < ROWS_MAX; i++) {
        rows[count] = peer_behaviour_at(i);
        catchers[count] = quick_catcher(m, rows[count]);
        count += catchers[count] != NULL;
    }
    cr_assert_geq(count, FAULTS);
    for (size_t i = 0; i < FAULTS; i++) {
        size_t at = i * count / FAULTS;
        scene s = {.behaviour = rows[at], .cases = {catchers[at]}, .case_count = 1};
        play_all(&s);
    }
    matrix_free(m);
}

/* ------------------------------------------------------------------ variants */

static void choose_cases(const matrix *m, const peer_behaviour *row, scene *s) {
    const play_table *table = matrix_table(m);
    matrix_outcome outcome;
    for (size_t i = 0; i < play_table_count(table) && s->case_count < CASES_MAX; i++) {
        const play_case *c = play_table_get(table, i);
        if (c->tier != PLAY_QUICK || !matrix_applies(c, WS_SERVER) || matrix_weight(c) > LIGHT ||
            (c->needs & PLAY_NEEDS_SUBPROTOCOL))
            continue;
        matrix_play(c, row, WS_SERVER, &outcome);
        if (outcome.duration_us < SHORT_TIME_US)
            s->cases[s->case_count++] = c;
    }
}

static void play_variant(const matrix *m, const peer_behaviour *row) {
    scene s = {.behaviour = row};
    choose_cases(m, row, &s);
    cr_assert_gt(s.case_count, 0, "%s", row->name);
    play_all(&s);
}

/* Those that need to be told of, or that take their time, are left to the simulation. */
static bool is_plain(const peer_behaviour *row) {
    return row->kind == PEER_VARIANT && (row->roles & PEER_AS_SERVER) && row->answer_delay_us == 0 &&
           row->handshake_delay_us == 0 && strncmp(row->name, "greets", strlen("greets")) != 0;
}

Test(loopback, variants_pass_over_tcp) {
    static const peer_behaviour *rows[ROWS_MAX];
    size_t count = 0;
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    for (size_t i = 0; peer_behaviour_at(i) && count < ROWS_MAX; i++)
        if (is_plain(peer_behaviour_at(i)))
            rows[count++] = peer_behaviour_at(i);
    cr_assert_geq(count, VARIANTS);
    for (size_t i = 0; i < VARIANTS; i++)
        play_variant(m, rows[i * count / VARIANTS]);
    matrix_free(m);
}
