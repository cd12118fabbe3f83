#include "net/pump.h"

#include <stdlib.h>

enum {
    REST_US = 500, /* between two writes that the case keeps apart, or the peer would read them as one */
    RESTS = 64     /* of a connection; further writes follow each other at once */
};

struct net_pump {
    play_player *player; /* NULL once the verdict was reported */
    net_stream *stream;
    const net_pump_callbacks *callbacks;
    void *user;
    size_t chop;
    uv_timer_t timer;
    int64_t armed;      /* deadline that the timer is set to */
    int64_t rest_until; /* when the next write may go out */
    unsigned rests;
    bool opened;
    bool deaf;      /* reading is paused */
    bool wish_done; /* what the player wished has been done to the stream */
    bool broken;    /* nothing can be written any more; the peer's end of stream comes next */
    bool exhausted; /* out of memory */
    unsigned parts; /* timer and stream */
};

static int64_t now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

static void release(net_pump *pump) {
    if (--pump->parts > 0)
        return;
    pump->callbacks->on_gone(pump->user);
    free(pump);
}

static void on_timer_closed(uv_handle_t *handle) {
    release(handle->data);
}

net_pump *net_pump_new(uv_loop_t *loop, play_player *player, size_t chop, const net_pump_callbacks *callbacks,
                       void *user) {
    net_pump *pump = calloc(1, sizeof *pump);
    if (!pump)
        return NULL;
    pump->player = player;
    pump->chop = chop;
    pump->callbacks = callbacks;
    pump->user = user;
    pump->armed = INT64_MAX;
    pump->rest_until = INT64_MAX;
    uv_timer_init(loop, &pump->timer);
    pump->timer.data = pump;
    pump->parts = 1;
    return pump;
}

void net_pump_attach(net_pump *pump, net_stream *stream) {
    pump->stream = stream;
    pump->parts++;
}

/* ------------------------------------------------------------------ the end */

static void let_go(net_pump *pump, bool drop) {
    pump->player = NULL;
    uv_close((uv_handle_t *)&pump->timer, on_timer_closed);
    if (!pump->stream)
        return;
    if (drop)
        net_stream_reset(pump->stream);
    else
        net_stream_close(pump->stream);
}

void net_pump_abort(net_pump *pump) {
    if (pump->player)
        let_go(pump, true);
}

static void report(net_pump *pump, const char *failure) {
    const net_pump_report report = {.opened = pump->opened, .judged = !failure, .failure = failure};
    let_go(pump, !failure && play_wish_of(pump->player) == PLAY_WISH_RESET);
    pump->callbacks->on_done(&report, pump->user);
}

/* ------------------------------------------------------------------ pumping */

static void write_chopped(net_pump *pump, const uint8_t *bytes, size_t size) {
    size_t step = pump->chop ? pump->chop : size;
    for (size_t done = 0; done < size && !pump->broken; done += step) {
        size_t left = size - done;
        ws_status status = net_stream_write(pump->stream, bytes + done, left < step ? left : step);
        pump->broken = status != WS_OK;
        pump->exhausted = status == WS_ERR_MEMORY || status == WS_ERR_LIMIT;
    }
}

/* Whether the write that is due has to wait a little longer. */
static bool is_resting(net_pump *pump) {
    if (pump->rest_until != INT64_MAX && now_us() >= pump->rest_until)
        pump->rest_until = INT64_MAX;
    return pump->rest_until != INT64_MAX;
}

/* Behind a write that the player ended although there is more: the case has put a boundary there. */
static void rest(net_pump *pump) {
    if (pump->rests == RESTS)
        return;
    pump->rests++;
    pump->rest_until = now_us() + REST_US;
}

/* Writes until the player has no more, or the socket takes no more, or a rest is due. True: the player has no
 * more and all is written. */
static bool pump_output(net_pump *pump) {
    uint8_t buffer[NET_PUMP_WRITE_MAX];
    size_t enough = pump->chop ? NET_PUMP_PENDING_CHOPPED : NET_PUMP_PENDING;
    size_t room = pump->chop ? NET_PUMP_PENDING_CHOPPED : sizeof buffer;
    /* Behind FIN, and on a broken connection, there is nowhere to write to. */
    while (!pump->broken && !pump->wish_done && !is_resting(pump) &&
           net_stream_pending(pump->stream) < enough) {
        size_t size = play_output(pump->player, now_us(), buffer, room);
        if (size == 0)
            return net_stream_pending(pump->stream) == 0;
        write_chopped(pump, buffer, size);
        if (size < room && play_output_waits(pump->player))
            rest(pump);
    }
    return false;
}

static void grant_wish(net_pump *pump) {
    play_wish wish = play_wish_of(pump->player);
    if (wish == PLAY_WISH_NOTHING)
        return;
    pump->wish_done = true;
    if (wish == PLAY_WISH_RESET) {
        net_stream_reset(pump->stream);
        return;
    }
    /* Closing in good order is FIN first; the rest follows when the verdict stands. */
    net_stream_shutdown(pump->stream);
}

/* While the player does not listen, what the peer sends waits in the system's buffers, and then with the
 * peer. */
static void listen_or_not(net_pump *pump) {
    bool deaf = play_deaf_until(pump->player) > now_us();
    if (deaf == pump->deaf)
        return;
    pump->deaf = deaf;
    if (deaf)
        net_stream_pause(pump->stream);
    else
        net_stream_resume(pump->stream);
}

static void on_timer(uv_timer_t *timer);

static void arm(net_pump *pump) {
    int64_t deadline = play_deadline(pump->player);
    if (pump->deaf && play_deaf_until(pump->player) < deadline)
        deadline = play_deaf_until(pump->player);
    if (pump->rest_until < deadline)
        deadline = pump->rest_until;
    if (deadline == pump->armed)
        return;
    pump->armed = deadline;
    if (deadline == INT64_MAX) {
        uv_timer_stop(&pump->timer);
        return;
    }
    int64_t wait_us = deadline - now_us();
    uint64_t wait_ms = wait_us > 0 ? (uint64_t)(wait_us / 1000) + 1 : 1;
    uv_update_time(pump->timer.loop);
    uv_timer_start(&pump->timer, on_timer, wait_ms, 0);
}

/* After everything that happened to the player. */
static void turn(net_pump *pump) {
    if (pump_output(pump))
        grant_wish(pump);
    if (pump->exhausted)
        report(pump, "out of memory");
    else if (play_done(pump->player))
        report(pump, NULL);
    else {
        listen_or_not(pump);
        arm(pump);
    }
}

static void on_timer(uv_timer_t *timer) {
    net_pump *pump = timer->data;
    pump->armed = INT64_MAX;
    int64_t now = now_us();
    if (now >= play_deadline(pump->player))
        play_time(pump->player, now);
    turn(pump);
}

static void on_open(net_stream *stream, void *user) {
    (void)stream;
    net_pump *pump = user;
    pump->opened = true;
    play_connected(pump->player, now_us());
    turn(pump);
}

static void on_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    (void)stream;
    net_pump *pump = user;
    play_received(pump->player, now_us(), bytes, size);
    turn(pump);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    (void)stream;
    net_pump *pump = user;
    /* What breaks below the WebSocket protocol says nothing about it. */
    if (!pump->opened || how == NET_END_TLS || how == NET_END_SYSTEM) {
        report(pump, text);
        return;
    }
    play_ended(pump->player, now_us(),
               how == NET_END_FIN         ? PLAY_END_FIN
               : how == NET_END_TRUNCATED ? PLAY_END_TRUNCATED
                                          : PLAY_END_RESET);
    turn(pump);
}

static void on_writable(net_stream *stream, void *user) {
    (void)stream;
    turn(user);
}

static void on_closed(net_stream *stream, void *user) {
    (void)stream;
    net_pump *pump = user;
    pump->stream = NULL;
    release(pump);
}

const net_stream_handler *net_pump_stream_handler(void) {
    static const net_stream_handler handler = {.on_open = on_open,
                                               .on_data = on_data,
                                               .on_end = on_end,
                                               .on_writable = on_writable,
                                               .on_closed = on_closed};
    return &handler;
}
