#include "peer/echo_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A server and one connection to it on a loop; the server stops when the connection is gone. */
typedef struct scene {
    uv_loop_t loop;
    peer_echo_server *server;
    char url[64];
    peer_facts seen_by_server;
    const char *text; /* of the server's peer_on_over, NULL when it was none */
    unsigned connections;
    bool stopping, stopped;
    /* A plain client: */
    ws_buffer to_send, received;
    bool sent;
    net_end how;
} scene;

static void stop_server(scene *s) {
    if (!s->stopping)
        peer_echo_server_stop(s->server);
    s->stopping = true;
}

static void on_over(const peer_facts *facts, const char *text, void *user) {
    scene *s = user;
    s->seen_by_server = *facts;
    s->text = text;
    s->connections++;
    stop_server(s);
}

static void on_stopped(void *user) {
    ((scene *)user)->stopped = true;
}

static void start(scene *s, const peer_echo_options *options) {
    peer_echo_options all = *options;
    char error[256] = "";
    memset(s, 0, sizeof *s);
    ws_buffer_init(&s->to_send, 0);
    ws_buffer_init(&s->received, 0);
    uv_loop_init(&s->loop);
    all.on_over = on_over;
    all.on_stopped = on_stopped;
    all.user = s;
    cr_assert_eq(peer_echo_server_start(&s->loop, &all, &s->server, error, sizeof error), WS_OK, "%s", error);
    strncpy(s->url, peer_echo_server_url(s->server), sizeof s->url - 1);
}

/* Runs until server and client are gone. */
static void finish(scene *s) {
    cr_assert_eq(uv_run(&s->loop, UV_RUN_DEFAULT), 0);
    cr_assert(s->stopped);
    cr_assert_eq(uv_loop_close(&s->loop), 0, "a handle was left open");
    ws_buffer_clear(&s->to_send);
    ws_buffer_clear(&s->received);
}

static net_target target_of(const scene *s, const net_tls_context *tls) {
    return (net_target){.host = "127.0.0.1", .port = peer_echo_server_port(s->server), .tls = tls};
}

/* ------------------------------------------------------------------ a plain client */

static void client_write(scene *s, net_stream *stream) {
    while (s->to_send.size > 0 && net_stream_pending(stream) < 1 << 20) {
        size_t size = s->to_send.size < 1 << 20 ? s->to_send.size : 1 << 20;
        cr_assert_eq(net_stream_write(stream, s->to_send.data, size), WS_OK);
        ws_buffer_consume(&s->to_send, size);
    }
}
static void client_open(net_stream *stream, void *user) {
    client_write(user, stream);
}
static void client_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    scene *s = user;
    (void)stream;
    cr_assert_eq(ws_buffer_append(&s->received, bytes, size), WS_OK);
}
static void client_end(net_stream *stream, net_end how, const char *text, void *user) {
    (void)text;
    ((scene *)user)->how = how;
    net_stream_close(stream);
}
static void client_writable(net_stream *stream, void *user) {
    client_write(user, stream);
}

static void connect_plainly(scene *s, const net_tls_context *tls) {
    static const net_stream_handler handler = {
        .on_open = client_open, .on_data = client_data, .on_end = client_end, .on_writable = client_writable};
    const net_target target = target_of(s, tls);
    net_stream *stream;
    cr_assert_eq(net_stream_connect(&s->loop, &target, &handler, s, &stream), WS_OK);
}

static void will_send_request(scene *s) {
    ws_buffer_append_text(&s->to_send,
                          "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

static void will_send(scene *s, uint8_t opcode, const void *octets, size_t size) {
    const ws_frame frame = {
        .opcode = opcode, .fin = true, .masked = true, .key = {1, 2, 3, 4}, .payload = {octets, size}};
    cr_assert_eq(ws_frame_emit(&frame, &s->to_send), WS_OK);
}

static bool received_at_the_end(const scene *s, const char *octets, size_t size) {
    return s->received.size >= size && memcmp(s->received.data + s->received.size - size, octets, size) == 0;
}

static void send_hi_and_close(scene *s) {
    will_send_request(s);
    will_send(s, WS_TEXT, "hi", 2);
    will_send(s, WS_CLOSE, "\x03\xe8", 2);
}

Test(echo_server, echoes_and_closes_over_tcp) {
    scene s;
    start(&s, &(peer_echo_options){0});
    send_hi_and_close(&s);
    connect_plainly(&s, NULL);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert(received_at_the_end(&s, "\x81\x02hi\x88\x02\x03\xe8", 8));
    cr_assert_eq(s.how, NET_END_FIN);
    cr_assert(s.seen_by_server.opened && s.seen_by_server.close_received);
    cr_assert_eq(s.seen_by_server.messages, 1);
    cr_assert_null(s.text);
    finish(&s);
}

Test(echo_server, echoes_and_closes_over_tls) {
    scene s;
    net_tls_context *ours, *theirs;
    char error[256] = "";
    cr_assert_eq(net_tls_server_new(&theirs, NULL, NULL, NULL, error, sizeof error), WS_OK, "%s", error);
    cr_assert_eq(net_tls_client_new(&ours, &(net_tls_client_options){.insecure = true}, error, sizeof error),
                 WS_OK, "%s", error);
    start(&s, &(peer_echo_options){.tls = theirs});
    cr_assert_eq(strncmp(s.url, "wss://127.0.0.1:", 16), 0);
    send_hi_and_close(&s);
    connect_plainly(&s, ours);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert(received_at_the_end(&s, "\x81\x02hi\x88\x02\x03\xe8", 8));
    cr_assert_eq(s.how, NET_END_FIN);
    finish(&s);
    net_tls_context_free(ours);
    net_tls_context_free(theirs);
}

Test(echo_server, echoes_more_than_any_buffer_holds) {
    scene s;
    enum { SIZE = 16 << 20, COUNT = 2 };
    uint8_t *big = calloc(1, SIZE);
    start(&s, &(peer_echo_options){0});
    will_send_request(&s);
    for (int i = 0; i < COUNT; i++)
        will_send(&s, WS_BINARY, big, SIZE);
    will_send(&s, WS_CLOSE, "\x03\xe8", 2);
    connect_plainly(&s, NULL);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert(received_at_the_end(&s, "\x88\x02\x03\xe8", 4));
    cr_assert_gt(s.received.size, SIZE * COUNT);
    cr_assert_eq(s.seen_by_server.messages, COUNT);
    finish(&s);
    free(big);
}

Test(echo_server, drops_the_connection_with_a_reset_when_its_behaviour_says_so) {
    scene s;
    start(&s, &(peer_echo_options){.endpoint = {.behaviour = peer_behaviour_find("fail-by-reset")}});
    will_send_request(&s);
    will_send(&s, 3, "", 0);
    connect_plainly(&s, NULL);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert_eq(s.how, NET_END_RESET);
    cr_assert_eq(s.seen_by_server.violation, WS_VIOLATION_OPCODE);
    finish(&s);
}

Test(echo_server, answers_late_when_its_behaviour_says_so) {
    static const peer_behaviour late = {.answer_delay_us = 20000};
    scene s;
    start(&s, &(peer_echo_options){.endpoint = {.behaviour = &late}});
    will_send_request(&s);
    will_send(&s, WS_TEXT, "hi", 2);
    connect_plainly(&s, NULL);
    while (!received_at_the_end(&s, "\x81\x02hi", 4))
        cr_assert_neq(uv_run(&s.loop, UV_RUN_ONCE), 0);
    stop_server(&s);
    finish(&s);
}

Test(echo_server, gives_up_on_a_client_that_says_nothing) {
    scene s;
    start(&s, &(peer_echo_options){.endpoint = {.handshake_timeout_us = 20000}});
    connect_plainly(&s, NULL);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert_eq(s.how, NET_END_FIN);
    cr_assert_not_null(s.seen_by_server.failure);
    finish(&s);
}

Test(echo_server, tells_why_a_connection_never_came_about) {
    scene s;
    net_tls_context *theirs;
    char error[256] = "";
    cr_assert_eq(net_tls_server_new(&theirs, NULL, NULL, NULL, error, sizeof error), WS_OK, "%s", error);
    start(&s, &(peer_echo_options){.tls = theirs});
    will_send_request(&s); /* to a server that speaks TLS */
    connect_plainly(&s, NULL);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert_eq(s.connections, 1);
    cr_assert_not(s.seen_by_server.opened);
    finish(&s);
    net_tls_context_free(theirs);
}

Test(echo_server, refuses_a_port_that_is_taken_with_a_sentence) {
    scene s;
    start(&s, &(peer_echo_options){0});
    peer_echo_server *second = NULL;
    char error[256] = "";
    peer_echo_options options = {.port = peer_echo_server_port(s.server)};
    cr_assert_neq(peer_echo_server_start(&s.loop, &options, &second, error, sizeof error), WS_OK);
    cr_assert_neq(error[0], '\0');
    stop_server(&s);
    finish(&s);
}

Test(echo_server, writes_an_ipv6_address_in_brackets) {
    uv_loop_t loop;
    peer_echo_server *server;
    char error[256];
    uv_loop_init(&loop);
    peer_echo_options options = {.host = "::1"};
    if (peer_echo_server_start(&loop, &options, &server, error, sizeof error) == WS_OK) {
        cr_assert_eq(strncmp(peer_echo_server_url(server), "ws://[::1]:", 11), 0);
        peer_echo_server_stop(server);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

/* ------------------------------------------------------------------ two links */

static void note_facts(const peer_facts *facts, const char *text, void *user) {
    (void)text;
    *(peer_facts *)user = *facts;
}

Test(echo_server, serves_a_client_made_of_the_same_endpoint) {
    scene s;
    peer_facts facts = {0};
    net_stream *stream;
    start(&s, &(peer_echo_options){0});
    const net_target target = target_of(&s, NULL);
    peer_link *link = peer_link_new(
        &s.loop, &(peer_options){.role = WS_CLIENT, .behaviour = peer_behaviour_find("close-at-open")},
        note_facts, &facts);
    cr_assert_eq(net_stream_connect(&s.loop, &target, peer_link_handler(), link, &stream), WS_OK);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    cr_assert(facts.opened && facts.deflate && facts.close_sent && facts.close_received);
    cr_assert_eq(facts.close_code, 1000);
    finish(&s);
}

Test(peer_link, without_a_stream_is_freed_by_the_loop) {
    uv_loop_t loop;
    uv_loop_init(&loop);
    peer_link_free(peer_link_new(&loop, &(peer_options){.role = WS_CLIENT}, NULL, NULL));
    cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&loop), 0);
}
