/* The host of clients: what it makes of first lines, and what becomes of connections when it stops. */
#include "net/host.h"
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VISITORS_MAX = 300 };

static const char tables[] =
    "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": ["
    "{\"id\": \"a\", \"title\": \"A\", \"steps\": [{\"text\": \"hello\"}, {\"close\": 1000}]}]}";
static const char request_end[] =
    "Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

typedef struct visitor {
    net_stream *stream;
    const char *head; /* written when it opens */
    size_t chop;      /* in writes of so many octets; 0: in one */
    char octets[4096];
    size_t size;
    bool ended, reset, closed;
} visitor;

static uv_loop_t loop;
static uv_timer_t watchdog;
static play_table *table;
static net_host *host;
static net_host_options options;
static net_tls_context *server_tls, *client_tls;
static visitor visitors[VISITORS_MAX];
static char asked[VISITORS_MAX * 2][64];
static size_t asked_count, done_count, stop_after_done;
static bool released, stopped;
static play_verdict last_verdict;

static void stop_host(void) {
    if (host)
        net_host_stop(host);
    host = NULL;
}

/* The target says what the answer is. */
static void on_request(const char *target, const char *peer, net_host_answer *answer, void *user) {
    cr_expect_eq(user, &options);
    cr_expect(strncmp(peer, "127.0.0.1:", 10) == 0, "%s", peer);
    cr_assert_lt(asked_count, sizeof asked / sizeof *asked);
    snprintf(asked[asked_count++], sizeof *asked, "%s", target);
    if (strncmp(target, "/play", 5) == 0 || (strcmp(target, "/hold") == 0 && released))
        *answer = (net_host_answer){.c = play_table_get(table, 0), .cookie = &released};
    else if (strcmp(target, "/hold") == 0)
        answer->hold = true;
    else if (strcmp(target, "/page") == 0)
        *answer = (net_host_answer){.page = "<p>", .type = "text/html"};
    else if (strcmp(target, "/gone") == 0)
        *answer = (net_host_answer){.page = "none\n", .status = "404 Not Found"};
}

static void on_done(const net_host_outcome *outcome, void *user) {
    cr_expect_eq(user, &options);
    cr_expect_eq(outcome->cookie, &released);
    last_verdict = outcome->verdict;
    released = true;
    if (++done_count == stop_after_done)
        stop_host();
}

static void on_stopped(void *user) {
    cr_expect_eq(user, &options);
    stopped = true;
}

static void on_watchdog(uv_timer_t *timer) {
    (void)timer;
    cr_assert_fail("nothing happens any more");
}

/* ------------------------------------------------------------------ visitors */

static void write_head(visitor *v) {
    size_t size = strlen(v->head), step = v->chop ? v->chop : size;
    for (size_t at = 0; at < size; at += step)
        net_stream_write(v->stream, v->head + at, size - at < step ? size - at : step);
}

static void on_open(net_stream *stream, void *user) {
    visitor *v = user;
    v->stream = stream;
    write_head(v);
}

/* Answers the Close of the case, whatever came before it. */
static void on_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    static const uint8_t reply[] = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8};
    visitor *v = user;
    cr_assert_lt(v->size + size, sizeof v->octets);
    memcpy(v->octets + v->size, bytes, size);
    v->size += size;
    v->octets[v->size] = '\0';
    if (v->size > 4 && memcmp(v->octets + v->size - 4, "\x88\x02\x03\xe8", 4) == 0)
        net_stream_write(stream, reply, sizeof reply);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    visitor *v = user;
    (void)text;
    v->ended = true;
    v->reset = how == NET_END_RESET;
    net_stream_close(stream);
}

static void on_closed(net_stream *stream, void *user) {
    visitor *v = user;
    (void)stream;
    v->closed = true;
}

static visitor *visit(size_t number, const char *head, size_t chop) {
    static const net_stream_handler handler = {
        .on_open = on_open, .on_data = on_data, .on_end = on_end, .on_closed = on_closed};
    visitor *v = &visitors[number];
    v->head = head;
    v->chop = chop;
    net_target target = {.host = "127.0.0.1", .port = net_host_port(host), .tls = client_tls};
    cr_assert_eq(net_stream_connect(&loop, &target, &handler, v, &v->stream), WS_OK);
    return v;
}

static void run_until(const bool *condition) {
    while (!*condition)
        uv_run(&loop, UV_RUN_ONCE);
}

static void run_until_asked(size_t count) {
    while (asked_count < count)
        uv_run(&loop, UV_RUN_ONCE);
}

/* The host hears of the end of a connection later than its visitor. */
static void run_until_done(size_t count) {
    while (done_count < count)
        uv_run(&loop, UV_RUN_ONCE);
}

/* ------------------------------------------------------------------ set-up */

static void begin(void) {
    char error[256];
    uv_loop_init(&loop);
    uv_timer_init(&loop, &watchdog);
    uv_timer_start(&watchdog, on_watchdog, 30000, 0);
    uv_unref((uv_handle_t *)&watchdog);
    table = play_table_new();
    cr_assert_eq(play_table_load(table, "t", tables, strlen(tables), error, sizeof error), WS_OK, "%s",
                 error);
    options = (net_host_options){.host = "127.0.0.1",
                                 .on_request = on_request,
                                 .on_done = on_done,
                                 .on_stopped = on_stopped,
                                 .user = &options};
}

static void start(void) {
    char error[256];
    cr_assert_eq(net_host_start(&loop, &options, &host, error, sizeof error), WS_OK, "%s", error);
}

/* Everything must come to an end by itself now. */
static void end(void) {
    stop_host();
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(stopped);
    uv_close((uv_handle_t *)&watchdog, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&loop), 0, "a handle is left");
    play_table_free(table);
    if (server_tls)
        net_tls_context_free(server_tls);
    if (client_tls)
        net_tls_context_free(client_tls);
}

TestSuite(net_host, .init = begin, .timeout = 60);

static const char *request(const char *target) {
    static char texts[4][512]; /* of as many visitors at once */
    static size_t next;
    char *text = texts[next++ % 4];
    snprintf(text, sizeof *texts, "GET %s HTTP/1.1\r\n%s", target, request_end);
    return text;
}

/* ------------------------------------------------------------------ tests */

static void expect_played(size_t chop) {
    start();
    visitor *v = visit(0, request("/play?a=1"), chop);
    run_until_done(1);
    run_until(&v->closed);
    cr_expect_str_eq(asked[0], "/play?a=1");
    cr_expect_eq(asked_count, 1);
    cr_expect_eq(done_count, 1);
    cr_expect_eq(last_verdict, PLAY_OK);
    cr_expect(strncmp(v->octets, "HTTP/1.1 101 ", 13) == 0, "%s", v->octets);
    end();
}

Test(net_host, a_request_in_one_piece) {
    expect_played(0);
}

Test(net_host, a_request_octet_by_octet) {
    expect_played(1);
}

Test(net_host, over_tls) {
    char error[NET_TLS_ERROR_MAX];
    cr_assert_eq(net_tls_server_new(&server_tls, NULL, NULL, NULL, error, sizeof error), WS_OK, "%s", error);
    cr_assert_eq(
        net_tls_client_new(&client_tls, &(net_tls_client_options){.insecure = true}, error, sizeof error),
        WS_OK, "%s", error);
    options.tls = server_tls;
    expect_played(0);
}

Test(net_host, pages) {
    start();
    visitor *page = visit(0, request("/page"), 0), *gone = visit(1, request("/gone"), 0);
    run_until(&page->closed);
    run_until(&gone->closed);
    cr_expect(strncmp(page->octets, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n",
                      61) == 0);
    cr_expect(strncmp(gone->octets, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain", 48) == 0);
    cr_expect_str_eq(gone->octets + gone->size - 9, "\r\n\r\nnone\n");
    cr_expect_not(page->reset);
    end();
}

Test(net_host, without_an_answer_the_connection_is_dropped) {
    start();
    visitor *v = visit(0, request("/nothing"), 0);
    run_until(&v->closed);
    cr_expect(v->reset);
    cr_expect_eq(v->size, 0);
    end();
}

/* One row: the first line, and what is asked for. */
Test(net_host, first_lines) {
    static const char *const rows[][2] = {{"GET /a HTTP/1.1\r\n", "/a"},
                                          {"GET /a\n", "/a"},
                                          {"GET  /a  b\r\n", "/a"},
                                          {"GET\r\n", ""},
                                          {"\n", ""},
                                          {"\r\n", ""},
                                          {" \n", ""},
                                          {" /a\n", "/a"},
                                          {"\xff \xfe\xfd x\n", "\xfe\xfd"}};
    start();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        visitor *v = visit(i, rows[i][0], 0);
        run_until(&v->closed);
        cr_expect_str_eq(asked[i], rows[i][1], "row %zu: \"%s\"", i, asked[i]);
    }
    end();
}

Test(net_host, a_line_that_does_not_end) {
    static char line[NET_HOST_LINE_MAX + 1];
    memset(line, 'a', NET_HOST_LINE_MAX);
    start();
    visitor *v = visit(0, line, 0);
    run_until(&v->closed);
    cr_expect_eq(asked_count, 1);
    cr_expect_str_eq(asked[0], "");
    end();
}

Test(net_host, the_stream_ends_within_the_line) {
    start();
    visitor *v = visit(0, "GET /pl", 0);
    while (!v->stream || net_stream_pending(v->stream) > 0)
        uv_run(&loop, UV_RUN_ONCE);
    net_stream_shutdown(v->stream);
    run_until(&v->closed);
    cr_expect_eq(asked_count, 0);
    end();
}

Test(net_host, who_is_held_is_asked_again_when_a_case_is_over) {
    start();
    visitor *held = visit(0, request("/hold"), 0);
    run_until_asked(1);
    visitor *other = visit(1, request("/play"), 0);
    run_until_done(2);
    run_until(&other->closed);
    run_until(&held->closed);
    cr_expect_eq(done_count, 2);
    cr_expect_eq(asked_count, 3);
    cr_expect(strncmp(held->octets, "HTTP/1.1 101 ", 13) == 0, "%s", held->octets);
    end();
}

Test(net_host, who_is_held_may_leave) {
    start();
    visitor *reset = visit(0, request("/hold"), 0);
    run_until_asked(1);
    visitor *ended = visit(1, request("/hold"), 0);
    run_until_asked(2);
    net_stream_reset(reset->stream);
    net_stream_shutdown(ended->stream);
    run_until(&ended->closed);
    visitor *other = visit(2, request("/play"), 0);
    run_until_done(1);
    run_until(&other->closed);
    cr_expect_eq(asked_count, 3, "nobody who has left is asked for");
    end();
}

Test(net_host, not_too_many_are_held) {
    static const char head[] = "GET /hold HTTP/1.1\r\n";
    size_t dropped = 0;
    start();
    for (size_t i = 0; i < NET_HOST_HELD_MAX + 2; i++)
        visit(i, head, 0);
    run_until_asked(NET_HOST_HELD_MAX + 2);
    while (dropped < 2) {
        uv_run(&loop, UV_RUN_ONCE);
        dropped = 0;
        for (size_t i = 0; i < NET_HOST_HELD_MAX + 2; i++)
            dropped += visitors[i].closed;
    }
    cr_expect_eq(dropped, 2);
    end();
}

Test(net_host, stopped_while_it_plays_and_holds) {
    start();
    visit(0, "GET /play HTTP/1.1\r\n", 0);
    visit(1, request("/hold"), 0);
    run_until_asked(2);
    visit(2, "GET ", 0);
    end();
    cr_expect_eq(done_count, 0, "a case that a stop ends is no outcome");
    for (size_t i = 0; i < 3; i++)
        cr_expect(visitors[i].closed, "visitor %zu", i);
}

Test(net_host, stopped_when_a_case_is_over) {
    stop_after_done = 1;
    start();
    visitor *held = visit(0, request("/hold"), 0);
    run_until_asked(1);
    visit(1, request("/play"), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(stopped);
    cr_expect(held->closed);
    cr_expect_eq(asked_count, 2, "nobody is asked for after the stop");
    end();
}

Test(net_host, an_address_that_is_taken) {
    char error[256] = "";
    net_host *second;
    start();
    net_host_options same = options;
    same.port = net_host_port(host);
    cr_expect_eq(net_host_start(&loop, &same, &second, error, sizeof error), WS_ERR_IO);
    cr_expect(strstr(error, "address already in use") != NULL, "%s", error);
    end();
}
