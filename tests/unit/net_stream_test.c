#include "net/server.h"
#include "net/stream.h"
#include "net/tls_private.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ two ends on one loop */

/* What one end of a connection has seen. */
typedef struct end {
    net_stream *stream;
    bool opened, ended, writable, closed;
    bool close_in_open, close_in_data, close_at_end, pause_in_open, echo;
    net_end how;
    char text[512];
    char data[1 << 16]; /* the first octets */
    size_t size;        /* of all octets */
    size_t deliveries;
} end;

static uv_loop_t loop;
static uv_timer_t watchdog;
static net_listener *listener;
static end here, there;
static char error[NET_TLS_ERROR_MAX];

static void on_open(net_stream *stream, void *user) {
    end *e = user;
    e->opened = true;
    if (e->pause_in_open)
        net_stream_pause(stream);
    if (e->close_in_open)
        net_stream_close(stream);
}

static void on_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    end *e = user;
    for (size_t i = 0; i < size && e->size + i < sizeof e->data; i++)
        e->data[e->size + i] = (char)bytes[i];
    e->size += size;
    e->deliveries++;
    if (e->echo)
        net_stream_write(stream, bytes, size);
    if (e->close_in_data)
        net_stream_close(stream);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    end *e = user;
    cr_assert(!e->ended, "on_end came twice");
    e->ended = true;
    e->how = how;
    snprintf(e->text, sizeof e->text, "%s", text);
    if (e->close_at_end)
        net_stream_close(stream);
}

static void on_writable(net_stream *stream, void *user) {
    cr_assert_eq(net_stream_pending(stream), 0);
    ((end *)user)->writable = true;
}

static void on_closed(net_stream *stream, void *user) {
    (void)stream;
    end *e = user;
    e->closed = true;
    e->stream = NULL;
}

static const net_stream_handler handler = {on_open, on_data, on_end, on_writable, on_closed};

static void on_accept(net_stream *stream, void *user) {
    end *e = user;
    e->stream = stream;
    net_stream_set_handler(stream, &handler, e);
}

static void on_watchdog(uv_timer_t *timer) {
    (void)timer;
    fputs("what the test waits for did not happen\n", stderr);
    abort(); /* an assertion would leave the loop in the middle of a callback */
}

static void until(const bool *flag) {
    while (!*flag)
        uv_run(&loop, UV_RUN_ONCE);
}

static void set_up(void) {
    memset(&here, 0, sizeof here);
    memset(&there, 0, sizeof there);
    listener = NULL;
    uv_loop_init(&loop);
    uv_timer_init(&loop, &watchdog);
    uv_timer_start(&watchdog, on_watchdog, 10000, 0);
}

/* Everything must be closed and freed by then: a handle that is left makes uv_loop_close fail. */
static void tear_down(void) {
    if (here.stream)
        net_stream_reset(here.stream);
    if (there.stream)
        net_stream_reset(there.stream);
    if (listener)
        net_listener_close(listener);
    uv_unref((uv_handle_t *)&watchdog);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&watchdog, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&loop), 0);
}

static uint16_t listen_with(const net_tls_context *tls) {
    ws_status status =
        net_listen(&loop, "127.0.0.1", 0, tls, on_accept, &there, &listener, error, sizeof error);
    cr_assert_eq(status, WS_OK, "%s", error);
    return net_listener_port(listener);
}

static void connect_to(const char *host, uint16_t port, const net_tls_context *tls, unsigned timeout_ms) {
    net_target target = {.host = host, .port = port, .tls = tls, .timeout_ms = timeout_ms};
    cr_assert_eq(net_stream_connect(&loop, &target, &handler, &here, &here.stream), WS_OK);
}

static void connect_pair(void) {
    connect_to("127.0.0.1", listen_with(NULL), NULL, 0);
    until(&here.opened);
    until(&there.opened);
}

static void write_text(end *e, const char *text) {
    cr_assert_eq(net_stream_write(e->stream, text, strlen(text)), WS_OK);
}

static void until_size(const end *e, size_t size) {
    while (e->size < size)
        uv_run(&loop, UV_RUN_ONCE);
}

/* ------------------------------------------------------------------ a peer that is a bare socket */

static int bare_listener, bare_peer;

/* The stream `here`, connected to a socket of ours. */
static void connect_bare(const net_tls_context *tls) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    bare_listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(bare_listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(bare_listener, 1), 0);
    cr_assert_eq(getsockname(bare_listener, (struct sockaddr *)&address, &size), 0);
    connect_to("127.0.0.1", ntohs(address.sin_port), tls, tls ? 200 : 0);
    if (tls)
        return; /* the system accepts, and nobody says a word */
    until(&here.opened);
    bare_peer = accept(bare_listener, NULL, NULL);
    cr_assert_geq(bare_peer, 0);
}

static void bare_reset(void) {
    const struct linger at_once = {1, 0};
    setsockopt(bare_peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(bare_peer);
}

/* ------------------------------------------------------------------ TCP */

TestSuite(net_stream, .init = set_up, .fini = tear_down);

Test(net_stream, octets_go_both_ways) {
    connect_pair();
    there.echo = true;
    write_text(&here, "hello");
    until_size(&here, 5);
    cr_assert_eq(memcmp(here.data, "hello", 5), 0);
}

Test(net_stream, nothing_is_called_back_from_inside_a_call) {
    connect_to("127.0.0.1", listen_with(NULL), NULL, 0);
    cr_assert(!here.opened && !here.ended);
}

Test(net_stream, a_name_is_resolved_and_its_addresses_are_tried_in_turn) {
    connect_to("localhost", listen_with(NULL), NULL, 0);
    until(&here.opened);
}

Test(net_stream, a_port_nobody_listens_at_refuses) {
    uint16_t port = listen_with(NULL);
    net_listener_close(listener);
    listener = NULL;
    uv_run(&loop, UV_RUN_NOWAIT);
    connect_to("127.0.0.1", port, NULL, 0);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_REFUSED);
    cr_assert(!here.opened);
    char expected[128];
    snprintf(expected, sizeof expected, "cannot connect to 127.0.0.1 port %u: connection refused",
             (unsigned)port);
    cr_assert_str_eq(here.text, expected);
}

Test(net_stream, a_name_that_does_not_exist_is_told) {
    connect_to("no such name", 1, NULL, 0);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_NAME);
    cr_assert_eq(strncmp(here.text, "cannot resolve no such name: ", 29), 0, "%s", here.text);
}

Test(net_stream, an_address_that_cannot_be_reached_is_told) {
    /* A socket that is not bound to the multicast address's interface: the system refuses at once. */
    connect_to("255.255.255.255", 9, NULL, 0);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_SYSTEM, "%s", here.text);
}

Test(net_stream, a_host_name_too_long_for_any_host_is_an_argument_error) {
    char host[400];
    memset(host, 'a', sizeof host);
    host[sizeof host - 1] = '\0';
    net_target target = {.host = host, .port = 1};
    cr_assert_eq(net_stream_connect(&loop, &target, &handler, &here, &here.stream), WS_ERR_ARGUMENT);
}

Test(net_stream, writing_before_the_connection_is_there_is_an_argument_error) {
    connect_to("127.0.0.1", listen_with(NULL), NULL, 0);
    cr_assert_eq(net_stream_write(here.stream, "x", 1), WS_ERR_ARGUMENT);
}

Test(net_stream, closing_while_resolving_is_clean) {
    connect_to("localhost", listen_with(NULL), NULL, 0);
    net_stream_close(here.stream);
    until(&here.closed);
    cr_assert(!here.opened && !here.ended);
}

Test(net_stream, a_reset_while_connecting_is_clean) {
    connect_to("127.0.0.1", listen_with(NULL), NULL, 0);
    uv_run(&loop, UV_RUN_ONCE);
    net_stream_reset(here.stream);
    until(&here.closed);
    cr_assert(!here.ended);
}

static uv_sem_t held;

static void hold(uv_work_t *work) {
    (void)work;
    uv_sem_wait(&held);
}

static void let_go(uv_work_t *work, int status) {
    (void)work, (void)status;
    uv_sem_post(&held);
}

enum { RESOLVERS = 4 }; /* threads of libuv's pool */

Test(net_stream, a_name_that_is_not_resolved_in_time_is_told) {
    static uv_work_t work[RESOLVERS];
    uv_sem_init(&held, 0);
    for (int i = 0; i < RESOLVERS; i++)
        uv_queue_work(&loop, &work[i], hold, let_go);
    connect_to("localhost", listen_with(NULL), NULL, 20);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TIMEOUT);
    cr_assert_str_eq(here.text, "cannot resolve localhost within 20 ms");
    net_stream_close(here.stream);
    /* The first one back lets the next one go. */
    uv_sem_post(&held);
    until(&here.closed);
}

/* A listener whose backlog is full does not answer at all. */
Test(net_stream, an_address_that_does_not_answer_in_time_is_told) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int full = socket(AF_INET, SOCK_STREAM, 0), waiting[8];
    cr_assert_eq(bind(full, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(full, 0), 0);
    cr_assert_eq(getsockname(full, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < 8; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(waiting[i], (struct sockaddr *)&address, size);
    }
    connect_to("127.0.0.1", ntohs(address.sin_port), NULL, 200);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TIMEOUT);
    cr_assert(strstr(here.text, ": connection timed out"), "%s", here.text);
    for (int i = 0; i < 8; i++)
        close(waiting[i]);
    close(full);
}

Test(net_stream, the_peers_fin_ends_reading_but_not_writing) {
    connect_pair();
    net_stream_shutdown(there.stream);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_FIN);
    write_text(&here, "late");
    until_size(&there, 4);
}

Test(net_stream, shutdown_comes_behind_what_is_pending) {
    connect_pair();
    static char big[3 << 20];
    cr_assert_eq(net_stream_write(here.stream, big, sizeof big), WS_OK);
    net_stream_shutdown(here.stream);
    until(&there.ended);
    cr_assert_eq(there.size, sizeof big);
    cr_assert_eq(there.how, NET_END_FIN);
}

Test(net_stream, writing_after_shutdown_is_an_argument_error) {
    connect_pair();
    net_stream_shutdown(here.stream);
    cr_assert_eq(net_stream_write(here.stream, "x", 1), WS_ERR_ARGUMENT);
}

Test(net_stream, a_reset_by_the_peer_is_told_as_reset) {
    connect_pair();
    net_stream_reset(there.stream);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_RESET);
    cr_assert_str_eq(here.text, "connection reset");
}

Test(net_stream, data_before_a_reset_is_delivered_and_the_reset_is_not_taken_for_fin) {
    connect_bare(NULL);
    cr_assert_eq(send(bare_peer, "bye", 3, 0), 3);
    bare_reset();
    until(&here.ended);
    cr_assert_eq(here.size, 3);
    cr_assert_eq(here.how, NET_END_RESET);
    close(bare_listener);
}

Test(net_stream, a_failed_write_does_not_stop_reading) {
    here.pause_in_open = true;
    connect_bare(NULL);
    cr_assert_eq(send(bare_peer, "bye", 3, 0), 3);
    bare_reset();
    cr_assert_eq(net_stream_write(here.stream, "x", 1), WS_ERR_IO);
    cr_assert_eq(net_stream_write(here.stream, "x", 1), WS_ERR_IO);
    net_stream_resume(here.stream);
    until(&here.ended);
    cr_assert_eq(here.size, 3);
    cr_assert_eq(here.how, NET_END_RESET);
    net_stream_close(here.stream);
    until(&here.closed);
    close(bare_listener);
}

Test(net_stream, a_pending_write_that_fails_does_not_stop_reading) {
    here.pause_in_open = true;
    connect_bare(NULL);
    static char big[NET_STREAM_QUEUE_MAX - 4096];
    while (net_stream_pending(here.stream) == 0)
        cr_assert_eq(net_stream_write(here.stream, big, sizeof big), WS_OK);
    cr_assert_eq(send(bare_peer, "bye", 3, 0), 3);
    bare_reset();
    while (net_stream_pending(here.stream) > 0)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert(!here.writable);
    net_stream_resume(here.stream);
    until(&here.ended);
    cr_assert_eq(here.size, 3);
    cr_assert_eq(here.how, NET_END_RESET);
    close(bare_listener);
}

Test(net_stream, each_write_is_with_the_peer_before_the_next) {
    connect_bare(NULL);
    const struct timeval patience = {.tv_sec = 5};
    setsockopt(bare_peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (int i = 0; i < 5; i++) {
        char octets[5];
        write_text(&here, "x");
        cr_assert_eq(recv(bare_peer, octets, sizeof octets, 0), 1);
    }
    close(bare_peer);
    close(bare_listener);
}

Test(net_stream, a_full_socket_makes_octets_pending_and_says_when_they_are_gone) {
    there.pause_in_open = true;
    connect_pair();
    static char block[64 << 10];
    size_t written = 0;
    while (net_stream_pending(here.stream) == 0) {
        cr_assert_eq(net_stream_write(here.stream, block, sizeof block), WS_OK);
        written += sizeof block;
    }
    for (int i = 0; i < 10; i++)
        cr_assert_eq(net_stream_write(here.stream, block, sizeof block), WS_OK);
    net_stream_resume(there.stream);
    until(&here.writable);
    until_size(&there, written + 10 * sizeof block);
    cr_assert_eq(there.size, written + 10 * sizeof block);
}

Test(net_stream, pending_octets_are_capped_and_a_refused_write_leaves_no_trace) {
    there.pause_in_open = true;
    connect_pair();
    static char block[1 << 20];
    ws_status status;
    size_t written = 0;
    while ((status = net_stream_write(here.stream, block, sizeof block)) == WS_OK)
        written += sizeof block;
    cr_assert_eq(status, WS_ERR_LIMIT);
    cr_assert_leq(net_stream_pending(here.stream), (size_t)NET_STREAM_QUEUE_MAX);
    net_stream_resume(there.stream);
    until(&here.writable);
    net_stream_shutdown(here.stream);
    until(&there.ended);
    cr_assert_eq(there.size, written);
}

Test(net_stream, pending_writes_go_out_whenever_the_socket_has_room) {
    connect_bare(NULL);
    static char block[1 << 20];
    size_t written = 0, got = 0;
    while (net_stream_write(here.stream, block, sizeof block) == WS_OK)
        written += sizeof block;
    fcntl(bare_peer, F_SETFL, O_NONBLOCK);
    while (got < written) {
        ssize_t size = recv(bare_peer, block, 16 << 10, 0);
        got += size > 0 ? (size_t)size : 0;
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    cr_assert(here.writable);
    close(bare_peer);
    close(bare_listener);
}

Test(net_stream, a_write_larger_than_the_queue_is_refused) {
    connect_pair();
    static char huge[NET_STREAM_QUEUE_MAX + 1];
    cr_assert_eq(net_stream_write(here.stream, huge, sizeof huge), WS_ERR_LIMIT);
}

Test(net_stream, an_empty_write_is_nothing) {
    connect_pair();
    cr_assert_eq(net_stream_write(here.stream, NULL, 0), WS_OK);
}

Test(net_stream, a_paused_stream_delivers_nothing_until_resumed) {
    there.pause_in_open = true;
    connect_pair();
    write_text(&here, "hello");
    there.echo = true;
    for (int i = 0; i < 5; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert_eq(there.size, 0);
    net_stream_resume(there.stream);
    until_size(&here, 5);
}

Test(net_stream, close_delivers_what_is_pending) {
    there.pause_in_open = true;
    connect_pair();
    static char big[NET_STREAM_QUEUE_MAX / 2];
    size_t written = 0;
    while (net_stream_pending(here.stream) == 0) {
        cr_assert_eq(net_stream_write(here.stream, big, sizeof big), WS_OK);
        written += sizeof big;
    }
    net_stream_close(here.stream);
    net_stream_resume(there.stream);
    there.close_at_end = true;
    until(&there.closed);
    until(&here.closed);
    cr_assert_eq(there.size, written);
    cr_assert_eq(there.how, NET_END_FIN);
}

Test(net_stream, close_with_unread_octets_is_fin_and_not_reset) {
    here.pause_in_open = true;
    connect_pair();
    write_text(&there, "never read");
    net_stream_close(here.stream);
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_FIN);
    cr_assert_eq(here.size, 0);
    net_stream_close(there.stream);
    until(&here.closed);
}

Test(net_stream, close_gives_up_on_a_peer_that_never_ends) {
    connect_pair();
    net_stream_close(here.stream);
    net_stream_close(here.stream);
    until(&here.closed);
    cr_assert(!here.ended);
    cr_assert(there.ended);
}

Test(net_stream, close_gives_up_on_a_peer_that_floods) {
    connect_bare(NULL);
    static char block[64 << 10];
    net_stream_close(here.stream);
    uint64_t before = uv_hrtime();
    fcntl(bare_peer, F_SETFL, O_NONBLOCK);
    while (!here.closed) {
        send(bare_peer, block, sizeof block, MSG_NOSIGNAL);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    cr_assert_lt(uv_hrtime() - before, NET_LINGER_MS * UINT64_C(900000));
    close(bare_peer);
    close(bare_listener);
}

Test(net_stream, close_gives_up_on_a_peer_that_resets) {
    connect_bare(NULL);
    net_stream_close(here.stream);
    bare_reset();
    until(&here.closed);
    close(bare_listener);
}

Test(net_stream, a_closing_stream_can_be_reset) {
    connect_pair();
    net_stream_close(here.stream);
    net_stream_reset(here.stream);
    net_stream_reset(here.stream);
    until(&here.closed);
    until(&there.ended);
}

Test(net_stream, a_stream_may_be_closed_in_on_open) {
    here.close_in_open = there.close_in_open = true;
    connect_to("127.0.0.1", listen_with(NULL), NULL, 0);
    until(&here.closed);
    until(&there.closed);
}

Test(net_stream, a_stream_may_be_closed_in_on_data) {
    connect_pair();
    there.close_in_data = true;
    here.close_at_end = true;
    write_text(&here, "x");
    until(&there.closed);
    until(&here.closed);
    cr_assert_eq(there.deliveries, 1);
}

/* ------------------------------------------------------------------ listeners and servers */

static void refuse(net_stream *stream, void *user) {
    (void)stream;
    ++*(int *)user;
}

Test(net_stream, an_accepted_stream_without_handler_is_dropped) {
    int accepted = 0;
    net_listen(&loop, "127.0.0.1", 0, NULL, refuse, &accepted, &listener, error, sizeof error);
    connect_to("127.0.0.1", net_listener_port(listener), NULL, 0);
    until(&here.ended);
    cr_assert_eq(accepted, 1);
    cr_assert_eq(here.how, NET_END_RESET);
}

Test(net_stream, a_paused_listener_accepts_when_it_resumes) {
    uint16_t port = listen_with(NULL);
    net_listener_pause(listener);
    connect_to("127.0.0.1", port, NULL, 0);
    until(&here.opened);
    for (int i = 0; i < 5; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_assert(!there.opened);
    net_listener_resume(listener);
    cr_assert(there.opened);
}

Test(net_stream, a_port_in_use_is_told) {
    uint16_t port = listen_with(NULL);
    net_listener *second;
    cr_assert_eq(net_listen(&loop, "127.0.0.1", port, NULL, on_accept, &there, &second, error, sizeof error),
                 WS_ERR_IO);
    char expected[128];
    snprintf(expected, sizeof expected, "cannot listen on 127.0.0.1 port %u: address already in use",
             (unsigned)port);
    cr_assert_str_eq(error, expected);
}

Test(net_stream, a_listener_on_an_unknown_name_is_told) {
    net_listener *none;
    cr_assert_eq(net_listen(&loop, "no such name", 0, NULL, on_accept, &there, &none, error, sizeof error),
                 WS_ERR_IO);
    cr_assert_eq(strncmp(error, "cannot listen on no such name port 0: ", 38), 0, "%s", error);
}

Test(net_stream, a_listener_on_a_foreign_address_is_told) {
    net_listener *none;
    cr_assert_eq(net_listen(&loop, "192.0.2.1", 0, NULL, on_accept, &there, &none, error, sizeof error),
                 WS_ERR_IO);
    cr_assert_str_eq(error, "cannot listen on 192.0.2.1 port 0: address not available");
}

enum { CLIENTS = 3 };

typedef struct served {
    end ends[CLIENTS];
    size_t count;
    bool stopped;
} served;

static void serve(net_stream *stream, void *user) {
    served *s = user;
    cr_assert_lt(s->count, CLIENTS);
    on_accept(stream, &s->ends[s->count++]);
}

static void on_stopped(void *user) {
    ((served *)user)->stopped = true;
}

static net_server *start_server(served *s, size_t max) {
    net_server_options options = {
        .host = "127.0.0.1", .max_connections = max, .on_stream = serve, .on_stopped = on_stopped, .user = s};
    net_server *server;
    cr_assert_eq(net_server_start(&loop, &options, &server, error, sizeof error), WS_OK, "%s", error);
    return server;
}

static void connect_end(end *e, uint16_t port) {
    net_target target = {.host = "127.0.0.1", .port = port};
    cr_assert_eq(net_stream_connect(&loop, &target, &handler, e, &e->stream), WS_OK);
}

static void stop_server(net_server *server, served *s) {
    net_server_stop(server);
    until(&s->stopped);
}

Test(net_server, closes_all_streams_when_it_stops, .init = set_up, .fini = tear_down) {
    static served s;
    static end clients[CLIENTS];
    net_server *server = start_server(&s, 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].close_at_end = true;
        connect_end(&clients[i], net_server_port(server));
        until(&clients[i].opened);
    }
    until(&s.ends[CLIENTS - 1].opened);
    cr_assert_eq(net_server_connections(server), CLIENTS);
    stop_server(server, &s);
    for (int i = 0; i < CLIENTS; i++) {
        until(&clients[i].closed);
        cr_assert(s.ends[i].closed);
        cr_assert_eq(clients[i].how, NET_END_FIN);
    }
}

Test(net_server, lets_connections_beyond_its_cap_wait_until_one_has_gone, .init = set_up, .fini = tear_down) {
    static served s;
    static end clients[CLIENTS];
    net_server *server = start_server(&s, 1);
    for (int i = 0; i < CLIENTS; i++) {
        connect_end(&clients[i], net_server_port(server));
        until(&clients[i].opened);
    }
    for (int i = 0; i < CLIENTS; i++) {
        until(&s.ends[i].opened);
        cr_assert_eq(s.count, (size_t)i + 1);
        net_stream_reset(s.ends[i].stream);
    }
    for (int i = 0; i < CLIENTS; i++) {
        until(&clients[i].ended);
        net_stream_close(clients[i].stream);
    }
    stop_server(server, &s);
}

Test(net_server, without_streams_stops_at_once, .init = set_up, .fini = tear_down) {
    static served s;
    net_server *server = start_server(&s, 0);
    net_server_stop(server);
    net_server_stop(server);
    cr_assert_eq(net_server_port(server), 0);
    until(&s.stopped);
}

Test(net_server, that_cannot_listen_is_told, .init = set_up, .fini = tear_down) {
    net_server_options options = {.host = "192.0.2.1", .on_stream = serve};
    net_server *server;
    cr_assert_eq(net_server_start(&loop, &options, &server, error, sizeof error), WS_ERR_IO);
    cr_assert_str_eq(error, "cannot listen on 192.0.2.1 port 0: address not available");
}

/* ------------------------------------------------------------------ TLS */

static net_tls_context *server_tls, *client_tls;
static char ca_file[64];

static void write_file(char path[64], const void *bytes, size_t size) {
    strcpy(path, "/tmp/net_stream_test.XXXXXX");
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, bytes, size), (ssize_t)size);
    close(file);
}

static net_tls_context *client_context(const net_tls_client_options *options) {
    net_tls_context *context = NULL;
    cr_assert_eq(net_tls_client_new(&context, options, error, sizeof error), WS_OK, "%s", error);
    return context;
}

/* A self-signed server, and a client that trusts it. */
static void set_up_tls(void) {
    set_up();
    cr_assert_eq(net_tls_server_new(&server_tls, NULL, NULL, NULL, error, sizeof error), WS_OK, "%s", error);
    ws_buffer pem;
    ws_buffer_init(&pem, 0);
    cr_assert_eq(net_tls_context_certificate(server_tls, &pem), WS_OK);
    write_file(ca_file, pem.data, pem.size);
    ws_buffer_clear(&pem);
    client_tls = client_context(&(net_tls_client_options){.ca_file = ca_file});
}

static void tear_down_tls(void) {
    tear_down();
    unlink(ca_file);
    net_tls_context_free(server_tls);
    net_tls_context_free(client_tls);
}

static void connect_tls(void) {
    connect_to("127.0.0.1", listen_with(server_tls), client_tls, 0);
    until(&here.opened);
    until(&there.opened);
}

TestSuite(net_tls, .init = set_up_tls, .fini = tear_down_tls);

Test(net_tls, octets_go_both_ways) {
    connect_tls();
    there.echo = true;
    write_text(&here, "hello");
    until_size(&here, 5);
    cr_assert_eq(memcmp(here.data, "hello", 5), 0);
}

static void speak_only(int version) {
    SSL_CTX_set_min_proto_version(server_tls->ssl, version);
    SSL_CTX_set_max_proto_version(server_tls->ssl, version);
    connect_tls();
    there.echo = true;
    write_text(&here, "hello");
    until_size(&here, 5);
}

Test(net_tls, a_peer_may_speak_1_2_alone) {
    speak_only(TLS1_2_VERSION);
}

Test(net_tls, a_peer_may_speak_1_3_alone) {
    speak_only(TLS1_3_VERSION);
}

Test(net_tls, each_write_is_a_record) {
    connect_tls();
    for (int i = 0; i < 5; i++)
        write_text(&here, "x");
    until_size(&there, 5);
    cr_assert_eq(there.deliveries, 5);
}

Test(net_tls, a_large_message_goes_through) {
    connect_tls();
    static char big[3 << 20];
    cr_assert_eq(net_stream_write(here.stream, big, sizeof big), WS_OK);
    net_stream_shutdown(here.stream);
    until(&there.ended);
    cr_assert_eq(there.size, sizeof big);
    cr_assert_eq(there.how, NET_END_FIN);
}

Test(net_tls, pending_records_are_capped) {
    there.pause_in_open = true;
    connect_tls();
    static char block[64 << 10];
    ws_status status;
    while ((status = net_stream_write(here.stream, block, sizeof block)) == WS_OK)
        ;
    cr_assert_eq(status, WS_ERR_LIMIT);
}

Test(net_tls, after_close_notify_writing_may_go_on) {
    connect_tls();
    net_stream_shutdown(there.stream);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_FIN);
    write_text(&here, "late");
    until_size(&there, 4);
    net_stream_close(here.stream);
    until(&there.ended);
    net_stream_close(there.stream);
    until(&here.closed);
}

Test(net_tls, a_reset_is_told_as_reset) {
    connect_tls();
    net_stream_reset(there.stream);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_RESET);
}

Test(net_tls, a_stream_may_be_closed_in_on_open) {
    here.close_in_open = there.close_in_open = true;
    connect_to("127.0.0.1", listen_with(server_tls), client_tls, 0);
    until(&here.closed);
    until(&there.closed);
}

Test(net_tls, a_stream_may_be_closed_in_on_data) {
    connect_tls();
    there.close_in_data = true;
    here.close_at_end = true;
    for (int i = 0; i < 3; i++)
        write_text(&here, "x");
    until(&there.closed);
    until(&here.closed);
    cr_assert_eq(there.deliveries, 1);
}

Test(net_tls, a_certificate_nobody_vouches_for_is_refused) {
    net_tls_context *strict = client_context(&(net_tls_client_options){0});
    connect_to("127.0.0.1", listen_with(server_tls), strict, 0);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TLS);
    cr_assert_str_eq(here.text, "certificate verify failed: self-signed certificate");
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_TLS);
    cr_assert_str_eq(there.text, "TLS handshake failed: tlsv1 alert unknown ca");
    net_tls_context_free(strict);
}

Test(net_tls, insecure_takes_any_certificate) {
    net_tls_context *lenient = client_context(&(net_tls_client_options){.insecure = true});
    connect_to("127.0.0.1", listen_with(server_tls), lenient, 0);
    until(&here.opened);
    net_tls_context_free(lenient);
}

/* A certificate for the hosts of the listener, or for another one. */
static void serve_certificate_for(const char *host) {
    ws_buffer pem;
    net_tls_context_free(server_tls);
    net_tls_context_free(client_tls);
    unlink(ca_file);
    cr_assert_eq(net_tls_server_new(&server_tls, NULL, NULL, host, error, sizeof error), WS_OK, "%s", error);
    ws_buffer_init(&pem, 0);
    cr_assert_eq(net_tls_context_certificate(server_tls, &pem), WS_OK);
    write_file(ca_file, pem.data, pem.size);
    ws_buffer_clear(&pem);
    client_tls = client_context(&(net_tls_client_options){.ca_file = ca_file});
}

/* 127.0.0.2 is as much this machine as 127.0.0.1. */
static void connect_elsewhere(void) {
    net_listen(&loop, "127.0.0.2", 0, server_tls, on_accept, &there, &listener, error, sizeof error);
    connect_to("127.0.0.2", net_listener_port(listener), client_tls, 0);
}

Test(net_tls, a_certificate_for_another_host_is_refused) {
    connect_elsewhere();
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TLS);
    cr_assert_str_eq(here.text, "wrong host: the certificate is not for 127.0.0.2");
}

Test(net_tls, a_self_signed_certificate_is_for_the_host_given_too) {
    serve_certificate_for("127.0.0.2");
    connect_elsewhere();
    until(&here.opened);
}

Test(net_tls, a_self_signed_certificate_is_for_localhost) {
    serve_certificate_for("example.org");
    connect_to("localhost", listen_with(server_tls), client_tls, 0);
    until(&here.opened);
}

Test(net_tls, a_peer_without_tls_is_told_apart) {
    connect_to("127.0.0.1", listen_with(NULL), client_tls, 0);
    until(&there.opened);
    write_text(&there, "HTTP/1.1 400 Bad Request\r\n\r\n");
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TLS);
    cr_assert_str_eq(here.text, "TLS handshake failed: the peer does not speak TLS (wrong version number)");
}

Test(net_tls, a_client_without_tls_is_told_apart) {
    connect_to("127.0.0.1", listen_with(server_tls), NULL, 0);
    until(&here.opened);
    write_text(&here, "GET / HTTP/1.1\r\n\r\n");
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_TLS);
    cr_assert_str_eq(there.text, "TLS handshake failed: the peer does not speak TLS (http request)");
}

Test(net_tls, a_silent_peer_does_not_hold_up_the_handshake) {
    connect_bare(client_tls);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TIMEOUT);
    cr_assert_str_eq(here.text, "the TLS handshake did not end within 200 ms");
    close(bare_listener);
}

Test(net_tls, a_peer_that_leaves_during_the_handshake_is_told) {
    connect_to("127.0.0.1", listen_with(NULL), client_tls, 0);
    until(&there.opened);
    net_stream_shutdown(there.stream);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_TLS);
    cr_assert_str_eq(here.text, "the peer ended the connection during the TLS handshake");
}

Test(net_tls, a_peer_that_resets_during_the_handshake_is_told) {
    connect_to("127.0.0.1", listen_with(NULL), client_tls, 0);
    until(&there.opened);
    net_stream_reset(there.stream);
    until(&here.ended);
    cr_assert_eq(here.how, NET_END_RESET);
    cr_assert_str_eq(here.text, "connection reset during the TLS handshake");
}

/* A client session driven by hand over a bare socket: it can break what net_stream keeps in order. */
static net_tls_session *by_hand;

static void push(void) {
    ws_span output = net_tls_output(by_hand);
    if (output.size > 0)
        cr_assert_eq(send(bare_peer, output.data, output.size, 0), (ssize_t)output.size);
    net_tls_output_taken(by_hand);
}

static void handshake_by_hand(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(listen_with(server_tls));
    bare_peer = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(bare_peer, (struct sockaddr *)&address, sizeof address), 0);
    by_hand = net_tls_session_new(client_tls, "127.0.0.1");
    cr_assert_not_null(by_hand);
    net_tls_handshake(by_hand);
    push();
    while (net_tls_state_of(by_hand) == NET_TLS_HANDSHAKE) {
        uint8_t octets[4096];
        uv_run(&loop, UV_RUN_NOWAIT);
        ssize_t size = recv(bare_peer, octets, sizeof octets, MSG_DONTWAIT);
        if (size > 0)
            cr_assert_eq(net_tls_feed(by_hand, octets, (size_t)size), WS_OK);
        net_tls_handshake(by_hand);
        push();
    }
    cr_assert_eq(net_tls_state_of(by_hand), NET_TLS_OPEN);
    until(&there.opened);
}

static void drop_by_hand(void) {
    close(bare_peer);
    net_tls_session_free(by_hand);
}

/* A client made of OpenSSL alone, which does what no session of ours would. */
static SSL_CTX *foreign_context;
static SSL *foreign;

static void connect_foreign(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(listen_with(server_tls));
    bare_peer = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(bare_peer, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(bare_peer, F_SETFL, O_NONBLOCK);
    foreign_context = SSL_CTX_new(TLS_client_method());
    foreign = SSL_new(foreign_context);
    SSL_set_fd(foreign, bare_peer);
}

static void shake_foreign_hands(void) {
    while (SSL_connect(foreign) != 1 && !there.ended)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void drop_foreign(void) {
    SSL_free(foreign);
    SSL_CTX_free(foreign_context);
    close(bare_peer);
}

Test(net_tls, a_client_that_speaks_another_protocol_only_is_refused) {
    connect_foreign();
    SSL_set_alpn_protos(foreign, (const unsigned char *)"\2h2", 3);
    shake_foreign_hands();
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_TLS);
    cr_assert_str_eq(there.text, "TLS handshake failed: no application protocol");
    drop_foreign();
}

Test(net_tls, a_client_that_speaks_an_old_version_only_is_refused) {
    connect_foreign();
    SSL_set_security_level(foreign, 0);
    SSL_set_max_proto_version(foreign, TLS1_1_VERSION);
    shake_foreign_hands();
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_TLS);
    cr_assert_str_eq(there.text, "TLS handshake failed: unsupported protocol");
    drop_foreign();
}

Test(net_tls, a_key_update_is_answered_and_octets_still_flow) {
    connect_foreign();
    shake_foreign_hands();
    SSL_key_update(foreign, SSL_KEY_UPDATE_REQUESTED);
    cr_assert_eq(SSL_write(foreign, "hello", 5), 5);
    until_size(&there, 5);
    write_text(&there, "hello");
    char octets[5];
    cr_assert_eq(SSL_read(foreign, octets, sizeof octets), 5);
    drop_foreign();
}

Test(net_tls, answers_to_key_updates_are_capped_and_reading_goes_on) {
    connect_foreign();
    shake_foreign_hands();
    until(&there.opened);
    static const char block[64 << 10];
    for (size_t size = sizeof block; size > 0; size /= 2)
        while (net_stream_write(there.stream, block, size) == WS_OK)
            ;
    for (int i = 0; i < 100; i++) {
        SSL_key_update(foreign, SSL_KEY_UPDATE_REQUESTED);
        cr_assert_eq(SSL_write(foreign, "x", 1), 1);
    }
    until_size(&there, 100);
    cr_assert_eq(net_stream_write(there.stream, "x", 1), WS_ERR_IO);
    drop_foreign();
}

Test(net_tls, an_end_without_close_notify_is_told_as_truncated) {
    handshake_by_hand();
    drop_by_hand();
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_TRUNCATED);
}

Test(net_tls, a_damaged_record_is_told) {
    handshake_by_hand();
    const uint8_t damaged[] = {23,  3,   3,   0,   20,  'n', 'o', 't', ' ', 'e', 'n', 'c', 'r',
                               'y', 'p', 't', 'e', 'd', ' ', 'a', 't', ' ', 'a', 'l', 'l'};
    cr_assert_eq(send(bare_peer, damaged, sizeof damaged, 0), (ssize_t)sizeof damaged);
    until(&there.ended);
    cr_assert_eq(there.how, NET_END_TLS);
    cr_assert_str_eq(there.text, "TLS failed: decryption failed or bad record mac");
    net_stream_close(there.stream);
    drop_by_hand();
    until(&there.closed);
}

Test(net_tls, a_record_cut_into_octets_is_one_record) {
    handshake_by_hand();
    cr_assert_eq(net_tls_write(by_hand, (const uint8_t *)"hello", 5), WS_OK);
    ws_span output = net_tls_output(by_hand);
    for (size_t i = 0; i < output.size; i++) {
        cr_assert_eq(send(bare_peer, output.data + i, 1, 0), 1);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    until_size(&there, 5);
    cr_assert_eq(there.deliveries, 1);
    drop_by_hand();
}

Test(net_tls, a_session_that_has_not_opened_cannot_write) {
    by_hand = net_tls_session_new(client_tls, "127.0.0.1");
    cr_assert_eq(net_tls_write(by_hand, (const uint8_t *)"x", 1), WS_ERR_ARGUMENT);
    net_tls_session_free(by_hand);
}

Test(net_tls, a_client_context_has_no_certificate_to_give) {
    ws_buffer pem;
    ws_buffer_init(&pem, 0);
    cr_assert_eq(net_tls_context_certificate(client_tls, &pem), WS_ERR_ARGUMENT);
}

/* ------------------------------------------------------------------ files */

/* Made for these tests only; no machine trusts it. */
static const char identity[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRMevnBPoa+4hzxtH\n"
                               "PwsuNDmsM0SHkNJm1nBSugQ8lGihRANCAAR381HE4UHumBeAbKPTiG2wamZwbejg\n"
                               "GqtWi+OfmbsI2X1jUu6euFOS8os3p+bW6AeJPHjIuRSHOioJgaGa+vUb\n"
                               "-----END PRIVATE KEY-----\n"
                               "-----BEGIN CERTIFICATE-----\n"
                               "MIIBnzCCAUWgAwIBAgIUI+gfsUrugVJGeP1tIr9z3IsqJz4wCgYIKoZIzj0EAwIw\n"
                               "FjEUMBIGA1UEAwwLd3NwZWN0IHRlc3QwIBcNMjYxMTIwMTA1NTI0WhgPMjEyNjEw\n"
                               "MjcxMDU1MjRaMBYxFDASBgNVBAMMC3dzcGVjdCB0ZXN0MFkwEwYHKoZIzj0CAQYI\n"
                               "KoZIzj0DAQcDQgAEd/NRxOFB7pgXgGyj04htsGpmcG3o4BqrVovjn5m7CNl9Y1Lu\n"
                               "nrhTkvKLN6fm1ugHiTx4yLkUhzoqCYGhmvr1G6NvMG0wHQYDVR0OBBYEFMBlgwfI\n"
                               "6FdLy8plC13bzl2iq/JBMB8GA1UdIwQYMBaAFMBlgwfI6FdLy8plC13bzl2iq/JB\n"
                               "MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MAoG\n"
                               "CCqGSM49BAMCA0gAMEUCICAOhxPQiEW9Dnk8q5HyHm8JLFuuWl2i+o2INd9wYfgu\n"
                               "AiEAky5RvKyZbfoaPHKSulH7C341gRailQnrG/0HRGY3xnk=\n"
                               "-----END CERTIFICATE-----\n";

static char identity_file[64];

static void write_identity(void) {
    write_file(identity_file, identity, sizeof identity - 1);
}

Test(net_tls, a_server_may_have_a_certificate_from_a_file) {
    net_tls_context_free(server_tls);
    write_identity();
    cr_assert_eq(net_tls_server_new(&server_tls, identity_file, NULL, NULL, error, sizeof error), WS_OK, "%s",
                 error);
    net_tls_context *trusting = client_context(&(net_tls_client_options){.ca_file = identity_file});
    connect_to("127.0.0.1", listen_with(server_tls), trusting, 0);
    until(&here.opened);
    net_tls_context_free(trusting);
    unlink(identity_file);
}

Test(net_tls, a_client_may_have_a_certificate_from_a_file) {
    write_identity();
    net_tls_context *known = client_context(&(net_tls_client_options){
        .ca_file = ca_file, .certificate_file = identity_file, .key_file = identity_file});
    connect_to("127.0.0.1", listen_with(server_tls), known, 0);
    until(&here.opened);
    net_tls_context_free(known);
    unlink(identity_file);
}

Test(net_tls, nobody_is_asked_for_the_password_of_a_key) {
    char encrypted[64];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(memory, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
    char *pem;
    long size = BIO_get_mem_data(memory, &pem);
    write_file(encrypted, pem, (size_t)size);
    net_tls_context *context = NULL;
    net_tls_client_options options = {.certificate_file = ca_file, .key_file = encrypted};
    cr_assert_eq(net_tls_client_new(&context, &options, error, sizeof error), WS_ERR_IO);
    BIO_free(memory);
    EVP_PKEY_free(key);
    unlink(encrypted);
}

typedef struct bad_file {
    const char *ca, *certificate, *key, *expected;
} bad_file;

Test(net_tls, a_file_that_cannot_be_used_is_named) {
    const bad_file rows[] = {
        {"/nowhere/ca.pem", NULL, NULL, "cannot use CA file /nowhere/ca.pem: "},
        {NULL, "/nowhere/cert.pem", NULL,
         "cannot use certificate file /nowhere/cert.pem: No such file or directory"},
        {NULL, ca_file, "/nowhere/key.pem",
         "cannot use key file /nowhere/key.pem: No such file or directory"},
        {NULL, ca_file, NULL, "cannot use key file /tmp/"},
        {"/dev/null", NULL, NULL, "cannot use CA file /dev/null: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        net_tls_context *context = NULL;
        net_tls_client_options options = {
            .ca_file = rows[i].ca, .certificate_file = rows[i].certificate, .key_file = rows[i].key};
        cr_assert_eq(net_tls_client_new(&context, &options, error, sizeof error), WS_ERR_IO);
        cr_assert_null(context);
        cr_expect_eq(strncmp(error, rows[i].expected, strlen(rows[i].expected)), 0, "%s", error);
    }
}

Test(net_tls, a_server_file_that_cannot_be_used_is_named) {
    net_tls_context *context = NULL;
    cr_assert_eq(net_tls_server_new(&context, "/nowhere/cert.pem", NULL, NULL, error, sizeof error),
                 WS_ERR_IO);
    cr_assert_null(context);
    cr_assert_str_eq(error, "cannot use certificate file /nowhere/cert.pem: No such file or directory");
}
