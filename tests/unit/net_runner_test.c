#include "net/runner.h"
#include "net/server.h"
#include "play/table.h"
#include "wire/handshake.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ a peer with moods */

typedef enum mood {
    GOOD,    /* handshake, pong for ping, Close for Close */
    SILENT,  /* never says a word */
    REFUSES, /* answers the handshake with 400 */
    DROPS,   /* resets after the handshake */
    SWALLOWS /* takes SWALLOWED octets without a word, then closes */
} mood;

enum { SWALLOWED = 8 << 20, CASES_MAX = 100 };

typedef struct connection {
    net_stream *stream;
    mood mood;
    bool open;
    uint8_t octets[4096];
    size_t size, received, deliveries;
} connection;

static uv_loop_t loop;
static uv_timer_t watchdog;
static net_server *server;
static bool server_stopped;
static mood moods[CASES_MAX * 2];     /* of the n-th connection */
static size_t open_at[CASES_MAX * 2]; /* connections open when the n-th came */
static size_t accepted, now_open, most_open;
static size_t total_received, total_deliveries;

static void respond(connection *c) {
    char key[64] = "", accept[WS_ACCEPT_TEXT_SIZE + 1], response[256];
    const char *field = strstr((const char *)c->octets, "Sec-WebSocket-Key: ");
    cr_assert_not_null(field);
    sscanf(field, "Sec-WebSocket-Key: %60s", key);
    cr_assert_eq(ws_handshake_accept(ws_span_of(key), accept), WS_OK);
    int size = snprintf(response, sizeof response,
                        c->mood == REFUSES ? "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                                           : "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                             "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                        accept);
    net_stream_write(c->stream, response, (size_t)size);
}

static void drop_octets(connection *c, size_t size) {
    c->size -= size;
    memmove(c->octets, c->octets + size, c->size);
}

static bool read_head(connection *c) {
    c->octets[c->size] = '\0';
    const char *end = strstr((const char *)c->octets, "\r\n\r\n");
    if (!end)
        return false;
    respond(c);
    c->open = true;
    drop_octets(c, (size_t)((const uint8_t *)end - c->octets) + 4);
    return true;
}

/* Short masked frames are all that the cases send to a good peer. */
static bool read_frame(connection *c) {
    if (c->size < 6 || c->size < 6 + (size_t)(c->octets[1] & 127))
        return false;
    size_t length = c->octets[1] & 127;
    uint8_t reply[2 + 125] = {c->octets[0] == 0x89 ? 0x8a : c->octets[0], (uint8_t)length};
    for (size_t i = 0; i < length; i++)
        reply[2 + i] = c->octets[6 + i] ^ c->octets[2 + i % 4];
    net_stream_write(c->stream, reply, 2 + length);
    bool closes = c->octets[0] == 0x88;
    drop_octets(c, 6 + length);
    if (closes)
        net_stream_close(c->stream);
    return !closes;
}

static void serve_octets(connection *c) {
    if (!c->open && !read_head(c))
        return;
    if (c->mood == DROPS || c->mood == REFUSES) {
        if (c->mood == DROPS)
            net_stream_reset(c->stream);
        else
            net_stream_close(c->stream);
        return;
    }
    while (c->mood == GOOD && read_frame(c))
        ;
}

static void on_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    connection *c = user;
    total_received += size;
    total_deliveries++;
    c->received += size;
    if (c->mood == SILENT)
        return;
    if (c->mood == SWALLOWS && c->open) {
        if (c->received >= SWALLOWED)
            net_stream_close(stream);
        return;
    }
    cr_assert_lt(c->size + size, sizeof c->octets);
    memcpy(c->octets + c->size, bytes, size);
    c->size += size;
    serve_octets(c);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    (void)how, (void)text, (void)user;
    net_stream_close(stream);
}

static void on_closed(net_stream *stream, void *user) {
    (void)stream;
    now_open--;
    free(user);
}

static void on_stream(net_stream *stream, void *user) {
    static const net_stream_handler handler = {.on_data = on_data, .on_end = on_end, .on_closed = on_closed};
    (void)user;
    connection *c = calloc(1, sizeof *c);
    c->stream = stream;
    open_at[accepted] = ++now_open;
    c->mood = moods[accepted++];
    if (now_open > most_open)
        most_open = now_open;
    net_stream_set_handler(stream, &handler, c);
}

static void on_stopped(void *user) {
    (void)user;
    server_stopped = true;
}

/* ------------------------------------------------------------------ cases */

static const play_step ping_steps[] = {
    {.kind = PLAY_STEP_SEND,
     .send = {.opcode = 9,
              .fin = true,
              .is_message = true, /* nothing that the peer must fail the connection on stands before it */
              .payload = {.bytes = (const uint8_t *)"alive", .size = 5, .length = 5}}},
    {.kind = PLAY_STEP_EXPECT,
     .expect = {.alternatives =
                    (const play_alternative[]){{.grade = PLAY_OK,
                                                .matchers = (const play_matcher[]){{.kind = PLAY_MATCH_PONG}},
                                                .count = 1}},
                .count = 1,
                .patience = 1}}};

static const play_case ping_case = {
    .id = "ping", .title = "A ping is answered", .group = "Pings", .steps = ping_steps, .step_count = 2};

static const uint8_t hundred[100];

/* A ping of 106 octets, masked, in single octets: head, key and payload. */
static const play_step slow_ping_steps[] = {
    {.kind = PLAY_STEP_SEND,
     .send = {.opcode = 9,
              .fin = true,
              .chop = 1,
              .is_message = true,
              .payload = {.bytes = hundred, .size = sizeof hundred, .length = sizeof hundred}}},
    {.kind = PLAY_STEP_EXPECT,
     .expect = {.alternatives =
                    (const play_alternative[]){{.grade = PLAY_OK,
                                                .matchers = (const play_matcher[]){{.kind = PLAY_MATCH_PONG}},
                                                .count = 1}},
                .count = 1,
                .patience = 1}}};

static const play_case slow_ping_case = {.id = "slow-ping",
                                         .title = "A ping in single octets",
                                         .group = "Pings",
                                         .steps = slow_ping_steps,
                                         .step_count = 2};

static uint8_t block[PLAY_REPEAT_BLOCK];

static const play_step big_steps[] = {
    {.kind = PLAY_STEP_SEND,
     .send = {.opcode = 2,
              .fin = true,
              .is_message = true,
              .payload = {.kind = PLAY_REPEAT, .bytes = block, .size = sizeof block, .length = SWALLOWED}}}};

static const play_case big_case = {
    .id = "big", .title = "A big message", .group = "Messages", .steps = big_steps, .step_count = 1};

static const play_step reset_steps[] = {{.kind = PLAY_STEP_RESET}};

static const play_case reset_case = {
    .id = "reset", .title = "A reset", .group = "Ends", .steps = reset_steps, .step_count = 1};

static const play_case *cases[CASES_MAX];

/* ------------------------------------------------------------------ running */

typedef struct record {
    size_t index;
    play_verdict verdict, other_verdict;
    bool flaky, judged, traced, opened, unconfirmed;
    unsigned runs;
    char reason[NET_RUNNER_REASON_MAX], other_reason[NET_RUNNER_REASON_MAX];
} record;

static record records[CASES_MAX];
static size_t recorded, cancel_at;
static net_runner *runner;
static net_runner_options options;
static ws_uri uri;
static bool stop_server_at_first;

static void stop_server(void) {
    if (server)
        net_server_stop(server);
    server = NULL;
}

static void on_case(const net_outcome *outcome, void *user) {
    cr_assert_eq(user, &records);
    cr_assert_lt(recorded, CASES_MAX);
    cr_assert_eq(outcome->played, cases[outcome->index]);
    record *r = &records[recorded++];
    *r = (record){.index = outcome->index,
                  .verdict = outcome->verdict,
                  .other_verdict = outcome->other_verdict,
                  .flaky = outcome->flaky,
                  .unconfirmed = outcome->unconfirmed,
                  .judged = outcome->result != NULL,
                  .traced = outcome->trace && play_trace_count(outcome->trace) > 0,
                  .opened = outcome->opened,
                  .runs = outcome->runs};
    snprintf(r->reason, sizeof r->reason, "%s", outcome->reason ? outcome->reason : "");
    snprintf(r->other_reason, sizeof r->other_reason, "%s",
             outcome->other_reason ? outcome->other_reason : "");
    if (stop_server_at_first)
        stop_server();
    if (recorded == cancel_at)
        net_runner_cancel(runner);
}

static void on_watchdog(uv_timer_t *timer) {
    (void)timer;
    fputs("what the test waits for did not happen\n", stderr);
    abort(); /* an assertion would leave the loop in the middle of a callback */
}

static void start_server(const net_tls_context *tls) {
    char error[512];
    net_server_options wanted = {
        .host = "127.0.0.1", .tls = tls, .on_stream = on_stream, .on_stopped = on_stopped};
    cr_assert_eq(net_server_start(&loop, &wanted, &server, error, sizeof error), WS_OK, "%s", error);
    server_stopped = false;
    char url[64];
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/", tls ? "wss" : "ws", (unsigned)net_server_port(server));
    cr_assert_eq(ws_uri_parse(url, &uri, NULL), WS_OK);
}

static void set_up(void) {
    memset(moods, 0, sizeof moods);
    accepted = now_open = most_open = total_received = total_deliveries = recorded = cancel_at = 0;
    stop_server_at_first = false;
    runner = NULL;
    for (size_t i = 0; i < CASES_MAX; i++)
        cases[i] = &ping_case;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &watchdog);
    uv_timer_start(&watchdog, on_watchdog, 10000, 0);
    start_server(NULL);
    options = (net_runner_options){.uri = &uri,
                                   .jobs = 1,
                                   .play = {.role = WS_CLIENT,
                                            .seed = 1,
                                            .handshake_timeout_us = 5000000,
                                            .event_timeout_us = 5000000,
                                            .close_timeout_us = 5000000}};
}

/* Everything must be closed and freed by then: a handle that is left makes uv_loop_close fail. */
static void tear_down(void) {
    net_runner_free(runner);
    stop_server();
    uv_unref((uv_handle_t *)&watchdog);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&watchdog, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert(server_stopped);
    cr_assert_eq(uv_loop_close(&loop), 0);
}

static ws_status run(size_t count) {
    runner = net_runner_new(&loop, &options, cases, count, on_case, &records);
    cr_assert_not_null(runner);
    return net_runner_run(runner);
}

/* How long a silent peer is waited for. Good peers of the same test must answer in that time. */
static void give_up_after(int64_t milliseconds) {
    options.play.handshake_timeout_us = 1000 * milliseconds;
}

static void set_moods(size_t from, size_t to, mood m) {
    for (size_t i = from; i < to; i++)
        moods[i] = m;
}

TestSuite(net_runner, .init = set_up, .fini = tear_down);

Test(net_runner, reports_every_case_once) {
    bool seen[20] = {false};
    options.jobs = 4;
    cr_assert_eq(run(20), WS_OK);
    cr_assert_eq(recorded, 20);
    for (size_t i = 0; i < 20; i++) {
        cr_assert(!seen[records[i].index]);
        seen[records[i].index] = true;
        cr_expect_eq(records[i].verdict, PLAY_OK, "%s", records[i].reason);
    }
}

Test(net_runner, gives_result_and_trace_of_a_case) {
    cr_assert_eq(run(1), WS_OK);
    cr_assert(records[0].judged && records[0].traced && records[0].opened);
    cr_assert_eq(records[0].runs, 1);
}

/* ------------------------------------------------------------------ series */

static play_table *series_table(const char *steps, size_t count) {
    char text[512], error[512];
    snprintf(
        text, sizeof text,
        "{\"schema\": \"wspect-cases/1\", \"group\": \"G\", \"cases\": [{\"id\": \"s\", \"title\": \"S\", "
        "\"series\": {\"n\": {\"from\": 1, \"to\": %zu}}, \"steps\": %s}]}",
        count, steps);
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load(table, "t", text, strlen(text), error, sizeof error), WS_OK, "%s", error);
    cases[1] = play_table_get(table, 0);
    return table;
}

#define PING_N "[{\"ping\": \"no {n}\"}, {\"expect\": \"pong\"}]"

Test(net_runner, plays_every_member_of_a_series_and_reports_them_as_one_case) {
    play_table *table = series_table(PING_N, 30);
    options.jobs = 4;
    cr_assert_eq(run(3), WS_OK);
    cr_expect_eq(recorded, 3);
    cr_expect_eq(accepted, 32);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(records[i].verdict, PLAY_OK, "%s", records[i].reason);
    cr_expect_str_eq(records[2].reason, "");
    play_table_free(table);
}

Test(net_runner, the_worst_member_gives_the_verdict_of_a_series) {
    play_table *table = series_table(PING_N, 10);
    set_moods(4, 7, DROPS);
    cr_assert_eq(run(2), WS_OK);
    cr_expect_eq(recorded, 2);
    cr_expect_eq(records[1].verdict, PLAY_FAILED);
    cr_expect(records[1].judged && records[1].traced);
    cr_expect_eq(strncmp(records[1].reason, "FAILED for n 4-6 (3 of 10). n 4: expected a pong", 48), 0, "%s",
                 records[1].reason);
    play_table_free(table);
}

Test(net_runner, a_series_ends_early_when_it_only_waits) {
    play_table *table = series_table("[]", 90);
    give_up_after(1);
    options.play.event_timeout_us = 1000;
    options.no_retry = true;
    set_moods(1, 100, SILENT);
    cr_assert_eq(run(2), WS_OK);
    cr_expect_eq(recorded, 2);
    cr_expect_eq(records[1].verdict, PLAY_FAILED);
    cr_expect_not_null(strstr(records[1].reason, "were not played, for too often nothing came"), "%s",
                       records[1].reason);
    cr_expect_lt(accepted, 60);
    play_table_free(table);
}

Test(net_runner, a_cancelled_series_is_not_reported) {
    play_table *table = series_table(PING_N, 50);
    cases[0] = cases[1];
    cases[1] = &ping_case;
    cancel_at = 1;
    options.jobs = 60;
    set_moods(0, 49, SILENT);
    options.play.handshake_timeout_us = 9000000;
    cr_assert_eq(run(2), WS_OK);
    cr_expect_eq(recorded, 1);
    play_table_free(table);
}

Test(net_runner, a_case_that_is_timed_has_the_peer_for_itself) {
    play_case timed = ping_case;
    timed.limit = &(play_limit){.what = "time", .timed = true};
    cases[3] = cases[4] = cases[8] = &timed;
    options.jobs = 4;
    cr_assert_eq(run(10), WS_OK);
    cr_expect_eq(recorded, 10);
    for (size_t i = 0; i < 10; i++)
        if (cases[i] == &timed)
            cr_expect_eq(records[i].index, i, "all before case %zu are over, and none behind it", i);
    cr_expect_gt(most_open, 1);
}

Test(net_runner, without_cases_is_done_at_once) {
    cr_assert_eq(run(0), WS_OK);
    cr_assert_eq(accepted, 0);
}

Test(net_runner, plays_no_more_cases_at_once_than_jobs) {
    give_up_after(20);
    options.jobs = 3;
    options.no_retry = true;
    set_moods(0, 12, SILENT);
    cr_assert_eq(run(12), WS_OK);
    /* Those whose case is over may still be closing. */
    cr_assert_geq(most_open, 3);
    cr_assert_leq(most_open, 6);
}

Test(net_runner, takes_no_jobs_for_one_and_too_many_for_the_most) {
    options.jobs = 0;
    cr_assert_eq(run(2), WS_OK);
    net_runner_free(runner);
    options.jobs = NET_RUNNER_JOBS_MAX + 1;
    cr_assert_eq(run(2), WS_OK);
}

Test(net_runner, reports_in_the_order_of_completion) {
    give_up_after(250);
    options.jobs = 2;
    options.no_retry = true;
    moods[0] = SILENT;
    cr_assert_eq(run(2), WS_OK);
    cr_assert_eq(records[0].index, 1);
    cr_assert_eq(records[1].index, 0);
}

Test(net_runner, judges_a_dropped_connection_without_a_retry) {
    moods[0] = DROPS;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(records[0].verdict, PLAY_FAILED);
    cr_assert_eq(records[0].runs, 1);
}

Test(net_runner, plays_a_case_again_that_timed_out_and_lets_the_second_verdict_count) {
    give_up_after(200);
    moods[0] = SILENT;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(records[0].verdict, PLAY_OK);
    cr_assert(records[0].flaky);
    cr_assert_eq(records[0].other_verdict, PLAY_FAILED);
    cr_assert(*records[0].other_reason);
    cr_assert_eq(records[0].runs, 2);
}

Test(net_runner, is_not_flaky_when_the_second_run_confirms_the_first) {
    give_up_after(20);
    set_moods(0, 2, SILENT);
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(records[0].verdict, PLAY_FAILED);
    cr_assert(!records[0].flaky);
    cr_assert_eq(records[0].runs, 2);
}

Test(net_runner, plays_again_only_when_the_other_cases_are_through) {
    give_up_after(200);
    moods[0] = SILENT;
    cr_assert_eq(run(4), WS_OK);
    cr_assert_eq(accepted, 5);
    cr_assert_eq(records[3].index, 0);
    cr_assert_eq(records[3].runs, 2);
}

Test(net_runner, plays_again_alone) {
    give_up_after(200);
    options.jobs = 8;
    set_moods(0, 4, SILENT);
    cr_assert_eq(run(4), WS_OK);
    cr_assert_eq(accepted, 8);
    /* The peer may learn of the end of the one before a moment later. */
    for (size_t i = 4; i < 8; i++)
        cr_expect_leq(open_at[i], 2);
}

Test(net_runner, does_not_play_again_when_told_so) {
    give_up_after(20);
    options.no_retry = true;
    moods[0] = SILENT;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(records[0].verdict, PLAY_FAILED);
    cr_assert_eq(records[0].runs, 1);
}

enum { RETRIES_MAX = NET_RUNNER_ALONE + NET_RUNNER_TOGETHER };

Test(net_runner, plays_again_at_once_when_the_lonely_retries_were_confirmed) {
    give_up_after(150);
    options.jobs = 12;
    set_moods(0, 24, SILENT);
    cr_assert_eq(run(12), WS_OK);
    cr_assert_eq(accepted, 24);
    for (size_t i = 12; i < 12 + NET_RUNNER_ALONE; i++)
        cr_expect_leq(open_at[i], 2);
    cr_expect_geq(open_at[23], 12 - NET_RUNNER_ALONE);
}

Test(net_runner, plays_no_more_retries_at_once_than_jobs) {
    give_up_after(20);
    options.jobs = 2;
    set_moods(0, 24, SILENT);
    cr_assert_eq(run(12), WS_OK);
    cr_assert_eq(accepted, 24);
    cr_expect_leq(most_open, 4);
}

Test(net_runner, trusts_first_verdicts_once_all_retries_in_a_long_row_were_confirmed) {
    give_up_after(10);
    options.jobs = 1;
    set_moods(0, 100, SILENT);
    cr_assert_eq(run(RETRIES_MAX + 3), WS_OK);
    cr_assert_eq(accepted, RETRIES_MAX + 3 + RETRIES_MAX);
    for (size_t i = 0; i < RETRIES_MAX + 3; i++) {
        cr_expect_eq(records[i].runs, i < RETRIES_MAX ? 2 : 1);
        cr_expect_eq(records[i].unconfirmed, i >= RETRIES_MAX);
    }
}

Test(net_runner, calls_no_verdict_unconfirmed_when_told_not_to_play_again) {
    give_up_after(20);
    options.no_retry = true;
    moods[0] = SILENT;
    cr_assert_eq(run(1), WS_OK);
    cr_assert(!records[0].unconfirmed);
}

Test(net_runner, a_lonely_retry_that_differs_keeps_the_next_ones_alone) {
    give_up_after(150);
    options.jobs = 8;
    set_moods(0, 16, SILENT);
    moods[8 + 2] = GOOD;
    cr_assert_eq(run(8), WS_OK);
    cr_assert_eq(accepted, 16);
    for (size_t i = 8; i < 8 + 3 + NET_RUNNER_ALONE; i++)
        cr_expect_leq(open_at[i], 2);
}

Test(net_runner, a_retry_among_others_that_differs_makes_the_next_ones_lonely_again) {
    give_up_after(150);
    options.jobs = 2;
    set_moods(0, 30, SILENT);
    moods[12 + NET_RUNNER_ALONE] = GOOD;
    cr_assert_eq(run(12), WS_OK);
    cr_assert_eq(accepted, 24);
    /* The one that ran beside it is the last in company. */
    for (size_t i = 12 + NET_RUNNER_ALONE + 2; i < 12 + NET_RUNNER_ALONE + 2 + NET_RUNNER_ALONE; i++)
        cr_expect_leq(open_at[i], 2);
    cr_expect_leq(most_open, 4);
}

Test(net_runner, keeps_no_more_cases_waiting_than_its_cap) {
    options.jobs = 80;
    give_up_after(5);
    set_moods(0, 200, SILENT);
    cr_assert_eq(run(90), WS_OK);
    cr_assert_eq(recorded, 90);
    cr_assert_eq(accepted, 90 + RETRIES_MAX);
}

Test(net_runner, goes_on_with_the_other_cases_after_a_batch_of_retries) {
    give_up_after(250);
    options.jobs = NET_RUNNER_WAITING_MAX;
    set_moods(0, NET_RUNNER_WAITING_MAX, SILENT);
    cr_assert_eq(run(70), WS_OK);
    cr_assert_eq(recorded, 70);
    for (size_t i = 0; i < 70; i++)
        cr_expect_eq(records[i].verdict, PLAY_OK);
}

Test(net_runner, stops_early_when_nobody_is_there) {
    stop_server();
    while (!server_stopped)
        uv_run(&loop, UV_RUN_ONCE);
    options.jobs = 4;
    cr_assert_eq(run(20), WS_ERR_IO);
    cr_assert_eq(recorded, 0);
    char expected[128];
    snprintf(expected, sizeof expected, "cannot connect to 127.0.0.1 port %u: connection refused",
             (unsigned)uri.port);
    cr_assert_str_eq(net_runner_message(runner), expected);
}

Test(net_runner, does_not_stop_early_when_the_target_was_reached_before) {
    stop_server();
    while (!server_stopped)
        uv_run(&loop, UV_RUN_ONCE);
    options.reached = true;
    cr_assert_eq(run(2), WS_OK);
    cr_assert_eq(recorded, 2);
    cr_assert_eq(records[0].verdict, PLAY_INCONCLUSIVE);
}

Test(net_runner, stops_early_when_the_host_is_no_name) {
    strcpy(uri.host, "\xff");
    cr_assert_eq(run(1), WS_ERR_IO);
    cr_assert_str_eq(net_runner_message(runner), "cannot connect to \xff: input/output error");
}

Test(net_runner, finds_cases_inconclusive_when_the_server_has_died) {
    stop_server_at_first = true;
    cr_assert_eq(run(20), WS_OK);
    cr_assert_eq(recorded, 20);
    for (size_t i = 1; i < 20; i++) {
        cr_expect_eq(records[i].verdict, PLAY_INCONCLUSIVE);
        cr_expect(!records[i].judged && !records[i].opened);
        cr_expect(strstr(records[i].reason, "connection refused"), "%s", records[i].reason);
        cr_expect_eq(records[i].runs, 2);
    }
}

Test(net_runner, repeats_a_case_and_is_not_flaky_when_verdicts_agree) {
    options.repeat = 5;
    options.jobs = 2;
    cr_assert_eq(run(2), WS_OK);
    cr_assert_eq(accepted, 10);
    cr_assert_eq(records[0].runs, 5);
    cr_assert(!records[0].flaky);
}

Test(net_runner, repeats_a_case_and_the_worst_verdict_counts) {
    options.repeat = 3;
    moods[1] = DROPS;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(accepted, 3);
    cr_assert_eq(records[0].verdict, PLAY_FAILED);
    cr_assert(records[0].flaky);
    cr_assert_eq(records[0].other_verdict, PLAY_OK);
}

Test(net_runner, writes_much_more_than_any_queue_holds) {
    cases[0] = &big_case;
    moods[0] = SWALLOWS;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_geq(total_received, SWALLOWED);
}

Test(net_runner, drops_the_connection_when_the_case_says_so) {
    cases[0] = &reset_case;
    cr_assert_eq(run(2), WS_OK);
    cr_assert_eq(recorded, 2);
    cr_assert_eq(records[1].verdict, PLAY_OK);
}

/* ------------------------------------------------------------------ cancelling */

Test(net_runner, reports_nothing_after_it_was_cancelled) {
    cancel_at = 3;
    options.jobs = 4;
    cr_assert_eq(run(20), WS_OK);
    cr_assert_eq(recorded, 3);
    cr_assert(net_runner_cancelled(runner));
}

static void cancel(uv_timer_t *timer) {
    net_runner_cancel(runner);
    net_runner_cancel(runner);
    uv_close((uv_handle_t *)timer, NULL);
}

Test(net_runner, drops_running_cases_when_cancelled) {
    uv_timer_t soon;
    options.jobs = 4;
    set_moods(0, 20, SILENT);
    uv_timer_init(&loop, &soon);
    uv_timer_start(&soon, cancel, 10, 0);
    cr_assert_eq(run(20), WS_OK);
    cr_assert_eq(recorded, 0);
}

Test(net_runner, does_not_report_cases_that_wait_for_their_second_run_when_cancelled) {
    give_up_after(150);
    set_moods(0, 3, SILENT);
    cancel_at = 1;
    cr_assert_eq(run(4), WS_OK);
    cr_assert_eq(recorded, 1);
    cr_assert_eq(records[0].index, 3);
}

/* ------------------------------------------------------------------ TLS */

static net_tls_context *server_context(void) {
    net_tls_context *context = NULL;
    char error[NET_TLS_ERROR_MAX];
    cr_assert_eq(net_tls_server_new(&context, NULL, NULL, NULL, error, sizeof error), WS_OK, "%s", error);
    return context;
}

static net_tls_context *client_context(void) {
    net_tls_context *context = NULL;
    char error[NET_TLS_ERROR_MAX];
    const net_tls_client_options lenient = {.insecure = true};
    cr_assert_eq(net_tls_client_new(&context, &lenient, error, sizeof error), WS_OK, "%s", error);
    return context;
}

static void switch_to(const net_tls_context *tls) {
    stop_server();
    while (!server_stopped)
        uv_run(&loop, UV_RUN_ONCE);
    start_server(tls);
}

Test(net_runner, plays_over_tls) {
    net_tls_context *server_tls = server_context(), *client_tls = client_context();
    switch_to(server_tls);
    options.tls = client_tls;
    cr_assert_eq(run(3), WS_OK);
    cr_assert_eq(recorded, 3);
    cr_assert_eq(records[2].verdict, PLAY_OK, "%s", records[2].reason);
    net_tls_context_free(client_tls);
    net_tls_context_free(server_tls);
}

/* Over TLS each write stays a record, so that the peer's deliveries count our writes. */
Test(net_runner, chops_every_write) {
    net_tls_context *server_tls = server_context(), *client_tls = client_context();
    switch_to(server_tls);
    options.tls = client_tls;
    options.chop = 1;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(records[0].verdict, PLAY_OK, "%s", records[0].reason);
    cr_assert_gt(total_received, 100);
    cr_assert_eq(total_deliveries, total_received);
    net_tls_context_free(client_tls);
    net_tls_context_free(server_tls);
}

/* The server is in the same loop: it reads before the runner goes on. */
Test(net_runner, lets_the_peer_read_what_a_case_writes_apart) {
    cases[0] = &slow_ping_case;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_eq(records[0].verdict, PLAY_OK, "%s", records[0].reason);
    /* The head, 64 single octets, the rest, the Close. */
    cr_assert_geq(total_deliveries, 1 + 64 + 1 + 1);
    cr_assert_lt(total_deliveries, 1 + 106 + 1);
}

Test(net_runner, writes_much_in_chopped_writes) {
    cases[0] = &big_case;
    moods[0] = SWALLOWS;
    options.chop = 100;
    cr_assert_eq(run(1), WS_OK);
    cr_assert_geq(total_received, SWALLOWED);
}

Test(net_runner, refuses_wss_without_a_tls_context) {
    uri.secure = true;
    cr_assert_eq(run(1), WS_ERR_ARGUMENT);
    cr_assert_str_eq(net_runner_message(runner), "a wss URL needs TLS");
}

Test(net_runner, stops_early_when_tls_is_refused) {
    net_tls_context *client_tls = client_context();
    uri.secure = true;
    options.tls = client_tls;
    options.connect_timeout_ms = 200;
    cr_assert_eq(run(5), WS_ERR_IO);
    cr_assert_str_eq(net_runner_message(runner), "the TLS handshake did not end within 200 ms");
    net_tls_context_free(client_tls);
}

/* ------------------------------------------------------------------ probe */

static char probe_error[512];

static ws_status probe(void) {
    return net_probe(&loop, &options, &ping_case, on_case, &records, probe_error, sizeof probe_error);
}

Test(net_probe, finds_a_websocket_server, .init = set_up, .fini = tear_down) {
    cr_assert_eq(probe(), WS_OK);
    cr_assert_str_eq(probe_error, "");
    cr_assert_eq(recorded, 1);
}

Test(net_probe, finds_nobody, .init = set_up, .fini = tear_down) {
    stop_server();
    while (!server_stopped)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_eq(probe(), WS_ERR_IO);
    cr_assert(strstr(probe_error, ": connection refused"), "%s", probe_error);
    cr_assert_eq(recorded, 0);
}

Test(net_probe, finds_a_server_of_another_kind, .init = set_up, .fini = tear_down) {
    moods[0] = REFUSES;
    cr_assert_eq(probe(), WS_ERR_IO);
    cr_assert(strstr(probe_error, " answers, but not as a WebSocket server: "), "%s", probe_error);
}

Test(net_probe, does_not_try_twice, .init = set_up, .fini = tear_down) {
    give_up_after(20);
    moods[0] = SILENT;
    cr_assert_eq(probe(), WS_ERR_IO);
    cr_assert_eq(accepted, 1);
}
