#include "net/host.h"
#include "net/pump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One connection, until both its stream and its case are gone. */
typedef struct visitor {
    net_host *host;
    struct visitor *next, *previous; /* of those that play, or of those that are held */
    char *target;                    /* held: what it asked for */
    net_stream *stream;
    uv_timer_t timer; /* for the first line */
    ws_buffer line;   /* what came so far */
    net_host_answer answer;
    play_player *player;
    net_pump *pump;
    bool over;      /* the case has its verdict */
    unsigned parts; /* timer, and stream or pump */
} visitor;

struct net_host {
    uv_loop_t *loop;
    net_host_options options;
    play_options patient; /* options.play with doubled times */
    net_server *server;
    visitor *playing, *held;
    size_t held_count;
    bool stopping;
};

/* ------------------------------------------------------------------ visitors */

static void release(visitor *v) {
    if (--v->parts > 0)
        return;
    play_player_free(v->player);
    ws_buffer_clear(&v->line);
    free(v->target);
    free(v);
}

static void on_timer_closed(uv_handle_t *handle) {
    release(handle->data);
}

static void end_timer(visitor *v) {
    if (!uv_is_closing((uv_handle_t *)&v->timer))
        uv_close((uv_handle_t *)&v->timer, on_timer_closed);
}

static void add(visitor **list, visitor *v) {
    v->previous = NULL;
    v->next = *list;
    if (v->next)
        v->next->previous = v;
    *list = v;
}

static void take_out(visitor **list, visitor *v) {
    if (v->next)
        v->next->previous = v->previous;
    if (v->previous)
        v->previous->next = v->next;
    else
        *list = v->next;
}

/* Waits no longer; nothing to one that did not. */
static void unhold(visitor *v) {
    if (!v->target)
        return;
    take_out(&v->host->held, v);
    v->host->held_count--;
    free(v->target);
    v->target = NULL;
}

/* Drops the connection. Nothing but on_closed comes after it. */
static void drop(visitor *v) {
    end_timer(v);
    unhold(v);
    net_stream_reset(v->stream);
}

static void ask_again(net_host *host);

/* ------------------------------------------------------------------ playing */

static void on_done(const net_pump_report *played, void *user) {
    visitor *v = user;
    net_host *host = v->host;
    net_host_outcome outcome = {.played = v->answer.c,
                                .cookie = v->answer.cookie,
                                .verdict = PLAY_INCONCLUSIVE,
                                .reason = played->failure};
    if (played->judged) {
        outcome.result = play_result_of(v->player);
        outcome.trace = play_trace_of(v->player);
        outcome.verdict = outcome.result->verdict;
        outcome.reason = outcome.result->reason;
        outcome.duration_us = outcome.result->duration_us;
    }
    take_out(&host->playing, v);
    v->over = true;
    host->options.on_done(&outcome, host->options.user);
    ask_again(host);
}

static void on_gone(void *user) {
    release(user);
}

/* The owner is waiting for the end of the case, and its cookie. */
static void give_up(visitor *v) {
    const net_host_outcome outcome = {.played = v->answer.c,
                                      .cookie = v->answer.cookie,
                                      .verdict = PLAY_INCONCLUSIVE,
                                      .reason = "out of memory"};
    drop(v);
    v->host->options.on_done(&outcome, v->host->options.user);
}

/* The pump takes over the stream, with what has come of the request. */
static void play(visitor *v) {
    static const net_pump_callbacks callbacks = {.on_done = on_done, .on_gone = on_gone};
    net_host *host = v->host;
    play_options options = v->answer.patient ? host->patient : host->options.play;
    options.wall_s = (uint64_t)time(NULL);
    v->player = play_player_new(v->answer.c, &options);
    v->pump = v->player ? net_pump_new(host->loop, v->player, host->options.chop, &callbacks, v) : NULL;
    if (!v->pump) {
        give_up(v);
        return;
    }
    const net_stream_handler *handler = net_pump_stream_handler();
    net_stream *stream = v->stream;
    net_pump *pump = v->pump;
    add(&host->playing, v);
    net_pump_attach(pump, stream);
    net_stream_set_handler(stream, handler, pump);
    handler->on_open(stream, pump);
    if (v->line.size > 0 && !v->over)
        handler->on_data(stream, v->line.data, v->line.size, pump);
}

/* ------------------------------------------------------------------ pages */

static void send_page(visitor *v) {
    char head[256];
    size_t size = strlen(v->answer.page);
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: "
                          "close\r\nCache-Control: no-store\r\n\r\n",
                          v->answer.status ? v->answer.status : "200 OK",
                          v->answer.type ? v->answer.type : "text/plain; charset=utf-8", size);
    if (net_stream_write(v->stream, head, (size_t)length) == WS_OK)
        (void)net_stream_write(v->stream, v->answer.page, size); /* a browser that has gone reads nothing */
    net_stream_close(v->stream);
}

/* ------------------------------------------------------------------ the first line */

/* Asks the owner; false: the visitor is to be held. */
static bool decide(visitor *v, const char *target) {
    char peer[64];
    net_host *host = v->host;
    net_stream_peer(v->stream, peer, sizeof peer);
    v->answer = (net_host_answer){0};
    host->options.on_request(target, peer, &v->answer, host->options.user);
    end_timer(v);
    if (v->answer.c)
        play(v);
    else if (v->answer.page)
        send_page(v);
    else if (v->answer.hold)
        return false;
    else
        drop(v);
    return true;
}

static void hold(visitor *v, const char *target) {
    v->target = v->host->held_count < NET_HOST_HELD_MAX ? strdup(target) : NULL;
    if (!v->target) {
        drop(v);
        return;
    }
    add(&v->host->held, v);
    v->host->held_count++;
}

/* Those that are held, now that something may have changed. */
static void ask_again(net_host *host) {
    visitor *v = host->held;
    host->held = NULL;
    host->held_count = 0;
    while (v) {
        visitor *next = v->next;
        char *target = v->target;
        v->target = NULL;
        if (host->stopping || !decide(v, target))
            hold(v, target);
        free(target);
        v = next;
    }
}

/* The request target of the first line, cut out of it; "" when there is none. The line ends with a NUL. */
static char *target_of(char *line) {
    char *target = strchr(line, ' ');
    if (!target)
        return line + strlen(line);
    target += strspn(target, " ");
    target[strcspn(target, " \r")] = '\0';
    return target;
}

static void read_line(visitor *v, size_t size) {
    char *line = malloc(size + 1);
    if (!line) {
        drop(v);
        return;
    }
    memcpy(line, v->line.data, size);
    line[size] = '\0';
    const char *target = target_of(line);
    if (!decide(v, target))
        hold(v, target);
    free(line);
}

static void on_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    visitor *v = user;
    (void)stream;
    bool decided = uv_is_closing((uv_handle_t *)&v->timer);
    if (decided && !v->target) /* a page is on its way */
        return;
    if (ws_buffer_append(&v->line, bytes, size) != WS_OK) {
        drop(v);
        return;
    }
    const uint8_t *end = decided ? NULL : memchr(v->line.data, '\n', v->line.size);
    if (end)
        read_line(v, (size_t)(end - v->line.data));
    else if (!decided && v->line.size >= NET_HOST_LINE_MAX && !decide(v, ""))
        drop(v);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    (void)how;
    (void)text;
    end_timer(user);
    unhold(user); /* a case cannot be played on it any more */
    net_stream_close(stream);
}

static void on_closed(net_stream *stream, void *user) {
    visitor *v = user;
    (void)stream;
    unhold(v);
    v->stream = NULL;
    end_timer(v);
    release(v);
}

static void on_late(uv_timer_t *timer) {
    drop(timer->data);
}

static void on_stream(net_stream *stream, void *user) {
    static const net_stream_handler handler = {.on_data = on_data, .on_end = on_end, .on_closed = on_closed};
    net_host *host = user;
    visitor *v = calloc(1, sizeof *v);
    if (!v)
        return; /* without a handler the stream is dropped */
    v->host = host;
    v->stream = stream;
    v->parts = 2;
    ws_buffer_init(&v->line, NET_HOST_LINE_MAX + NET_STREAM_READ_MAX);
    uv_timer_init(host->loop, &v->timer);
    v->timer.data = v;
    uv_timer_start(&v->timer, on_late, NET_HOST_WAIT_MS, 0);
    net_stream_set_handler(stream, &handler, v);
}

/* ------------------------------------------------------------------ the host */

static void on_stopped(void *user) {
    net_host *host = user;
    if (host->options.on_stopped)
        host->options.on_stopped(host->options.user);
    free(host);
}

ws_status net_host_start(uv_loop_t *loop, const net_host_options *options, net_host **host, char *error,
                         size_t error_size) {
    net_host *made = calloc(1, sizeof *made);
    if (!made) {
        snprintf(error, error_size, "out of memory");
        return WS_ERR_MEMORY;
    }
    made->loop = loop;
    made->options = *options;
    made->options.play.role = WS_SERVER;
    made->patient = play_options_stretched(&made->options.play, 2);
    const net_server_options listen = {.host = options->host,
                                       .port = options->port,
                                       .tls = options->tls,
                                       .on_stream = on_stream,
                                       .on_stopped = on_stopped,
                                       .user = made};
    ws_status status = net_server_start(loop, &listen, &made->server, error, error_size);
    if (status != WS_OK) {
        free(made);
        return status;
    }
    *host = made;
    return WS_OK;
}

uint16_t net_host_port(const net_host *host) {
    return net_server_port(host->server);
}

void net_host_stop(net_host *host) {
    host->stopping = true;
    while (host->playing) {
        visitor *v = host->playing;
        take_out(&host->playing, v);
        net_pump_abort(v->pump);
    }
    net_server_stop(host->server);
}
