#include "peer/link.h"

#include <stdlib.h>

struct peer_link {
    peer_endpoint *endpoint;
    net_stream *stream; /* NULL until something happens to it */
    peer_on_over on_over;
    void *user;
    uv_timer_t timer;
    int64_t armed; /* deadline that the timer is set to */
    bool opened, over, paused;
    bool broken; /* nothing can be written any more */
};

static int64_t now_us(void) {
    return (int64_t)(uv_hrtime() / 1000);
}

peer_link *peer_link_new(uv_loop_t *loop, const peer_options *options, peer_on_over on_over, void *user) {
    peer_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->endpoint = peer_endpoint_new(options);
    if (!link->endpoint) {
        free(link);
        return NULL;
    }
    link->on_over = on_over;
    link->user = user;
    link->armed = INT64_MAX;
    uv_timer_init(loop, &link->timer);
    link->timer.data = link;
    return link;
}

static void on_timer_closed(uv_handle_t *handle) {
    peer_link *link = handle->data;
    peer_endpoint_free(link->endpoint);
    free(link);
}

void peer_link_free(peer_link *link) {
    if (link)
        uv_close((uv_handle_t *)&link->timer, on_timer_closed);
}

/* ------------------------------------------------------------------ back and forth */

/* True when the endpoint has nothing more to say for now. */
static bool write_output(peer_link *link) {
    uint8_t buffer[PEER_LINK_WRITE_MAX];
    while (!link->broken && net_stream_pending(link->stream) < PEER_LINK_PENDING) {
        size_t size = peer_endpoint_output(link->endpoint, now_us(), buffer, sizeof buffer);
        if (size == 0)
            return true;
        link->broken = net_stream_write(link->stream, buffer, size) != WS_OK;
    }
    return link->broken;
}

/* What waits in the stream is written before a FIN. */
static void grant_wish(peer_link *link) {
    switch (peer_endpoint_wish(link->endpoint)) {
    case PEER_WISH_NOTHING:
        break;
    case PEER_WISH_SHUTDOWN:
        net_stream_shutdown(link->stream);
        break;
    case PEER_WISH_CLOSE:
        link->over = true;
        net_stream_close(link->stream);
        break;
    case PEER_WISH_RESET:
        link->over = true;
        net_stream_reset(link->stream);
        break;
    }
}

static void heed_backpressure(peer_link *link) {
    bool pause = !peer_endpoint_wants_input(link->endpoint);
    if (pause == link->paused)
        return;
    link->paused = pause;
    if (pause)
        net_stream_pause(link->stream);
    else
        net_stream_resume(link->stream);
}

static void on_timer(uv_timer_t *timer);

static void arm(peer_link *link) {
    int64_t deadline = peer_endpoint_deadline(link->endpoint);
    if (deadline == link->armed)
        return;
    link->armed = deadline;
    if (deadline == INT64_MAX) {
        uv_timer_stop(&link->timer);
        return;
    }
    int64_t wait_us = deadline - now_us();
    uv_update_time(link->timer.loop);
    uv_timer_start(&link->timer, on_timer, wait_us > 0 ? (uint64_t)(wait_us / 1000) + 1 : 1, 0);
}

/* After everything that happened to the endpoint. */
static void turn(peer_link *link) {
    bool silent = write_output(link);
    if (silent || peer_endpoint_wish(link->endpoint) == PEER_WISH_RESET)
        grant_wish(link);
    if (link->over) {
        uv_timer_stop(&link->timer);
        return;
    }
    heed_backpressure(link);
    arm(link);
}

static void on_timer(uv_timer_t *timer) {
    peer_link *link = timer->data;
    link->armed = INT64_MAX;
    peer_endpoint_time(link->endpoint, now_us());
    turn(link);
}

/* ------------------------------------------------------------------ the stream */

static void on_open(net_stream *stream, void *user) {
    peer_link *link = user;
    link->stream = stream;
    link->opened = true;
    peer_endpoint_connected(link->endpoint, now_us());
    turn(link);
}

static void on_data(net_stream *stream, const uint8_t *bytes, size_t size, void *user) {
    (void)stream;
    peer_link *link = user;
    peer_endpoint_received(link->endpoint, now_us(), bytes, size);
    turn(link);
}

static void on_end(net_stream *stream, net_end how, const char *text, void *user) {
    peer_link *link = user;
    if (!link->opened) {
        if (link->on_over)
            link->on_over(peer_endpoint_facts(link->endpoint), text, link->user);
        link->on_over = NULL;
        net_stream_close(stream);
        return;
    }
    bool in_order = how == NET_END_FIN || how == NET_END_TRUNCATED;
    peer_endpoint_ended(link->endpoint, now_us(), in_order ? PEER_END_FIN : PEER_END_RESET);
    turn(link);
}

static void on_writable(net_stream *stream, void *user) {
    (void)stream;
    turn(user);
}

static void on_closed(net_stream *stream, void *user) {
    (void)stream;
    peer_link *link = user;
    if (link->on_over)
        link->on_over(peer_endpoint_facts(link->endpoint), NULL, link->user);
    peer_link_free(link);
}

const net_stream_handler *peer_link_handler(void) {
    static const net_stream_handler handler = {.on_open = on_open,
                                               .on_data = on_data,
                                               .on_end = on_end,
                                               .on_writable = on_writable,
                                               .on_closed = on_closed};
    return &handler;
}
