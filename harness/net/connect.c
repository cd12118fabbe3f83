/* net_stream_connect: from a host's name to a connected socket, address by address. */
#include "net/stream_private.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

static void try_next(net_stream *stream);

static uint64_t time_left(const net_stream *stream) {
    uint64_t now = uv_now(stream->loop);
    return now < stream->deadline_ms ? stream->deadline_ms - now : 0;
}

static net_end end_of_error(int error) {
    switch (error) {
    case UV_ECONNREFUSED:
        return NET_END_REFUSED;
    case UV_ETIMEDOUT:
        return NET_END_TIMEOUT;
    case UV_ECONNRESET: /* accepted and dropped before we could look */
        return NET_END_RESET;
    default:
        return NET_END_SYSTEM;
    }
}

static void give_up(net_stream *stream) {
    net_stream_end(stream, end_of_error(stream->connect_error), "cannot connect to %s port %u: %s",
                   stream->host, (unsigned)stream->port, uv_strerror(stream->connect_error));
}

static void on_attempt_closed(uv_handle_t *handle) {
    net_stream *stream = handle->data;
    stream->tcp_live = false;
    if (stream->state == STREAM_CONNECTING)
        try_next(stream);
    net_stream_release(stream);
}

/* A handle cannot connect twice: the next address gets a new one. */
static void attempt_failed(net_stream *stream, int error) {
    stream->connect_error = error;
    net_stream_close_tcp(stream, on_attempt_closed);
}

static void on_connected(uv_connect_t *request, int status) {
    net_stream *stream = request->data;
    if (stream->state != STREAM_CONNECTING || uv_is_closing((uv_handle_t *)&stream->tcp))
        return;
    if (status < 0) {
        attempt_failed(stream, status);
        return;
    }
    /* TLS has the rest of the time. */
    net_stream_start_timer(stream, time_left(stream));
    net_stream_established(stream);
}

static void try_address(net_stream *stream, const struct addrinfo *address) {
    if (net_stream_init_tcp(stream) != WS_OK) {
        stream->connect_error = UV_ENOMEM;
        give_up(stream);
        return;
    }
    /* One silent address must not use up the time of the others. */
    net_stream_start_timer(stream, time_left(stream) / stream->addresses_left);
    stream->addresses_left--;
    stream->connect.data = stream;
    int error = uv_tcp_connect(&stream->connect, &stream->tcp, address->ai_addr, on_connected);
    if (error != 0)
        attempt_failed(stream, error);
}

static void try_next(net_stream *stream) {
    const struct addrinfo *address = stream->next_address;
    if (!address || stream->addresses_left == 0) {
        give_up(stream);
        return;
    }
    stream->next_address = address->ai_next;
    try_address(stream, address);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses) {
    net_stream *stream = request->data;
    stream->resolve.data = NULL;
    stream->addresses = stream->next_address = addresses;
    if (stream->state == STREAM_CONNECTING && !stream->ended) {
        for (const struct addrinfo *address = addresses; address; address = address->ai_next)
            if (stream->addresses_left < NET_STREAM_ADDRESSES_MAX)
                stream->addresses_left++;
        if (status < 0)
            net_stream_end(stream, NET_END_NAME, "cannot resolve %s: %s", stream->host, uv_strerror(status));
        else
            try_next(stream);
    }
    net_stream_release(stream);
}

void net_stream_connect_timeout(net_stream *stream) {
    if (stream->resolve.data)
        net_stream_end(stream, NET_END_TIMEOUT, "cannot resolve %s within %u ms", stream->host,
                       stream->timeout_ms);
    else
        attempt_failed(stream, UV_ETIMEDOUT);
}

/* Without libuv's threads: there is nothing to wait for. */
static bool resolve_number(net_stream *stream, const char *service, struct addrinfo hints) {
    hints.ai_flags |= AI_NUMERICHOST;
    if (getaddrinfo(stream->host, service, &hints, &stream->addresses) != 0)
        return false;
    stream->next_address = stream->addresses;
    stream->addresses_left = 1;
    return true;
}

static ws_status resolve(net_stream *stream) {
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)stream->port);
    if (resolve_number(stream, service, hints)) {
        try_next(stream); /* what fails here is told by the loop */
        return stream->ended ? WS_ERR_IO : WS_OK;
    }
    if (uv_getaddrinfo(stream->loop, &stream->resolve, on_resolved, stream->host, service, &hints) != 0)
        return WS_ERR_IO;
    stream->resolve.data = stream;
    stream->parts++;
    return WS_OK;
}

ws_status net_stream_connect(uv_loop_t *loop, const net_target *target, const net_stream_handler *handler,
                             void *user, net_stream **stream) {
    net_stream *made = NULL;
    if (strlen(target->host) >= sizeof made->host)
        return WS_ERR_ARGUMENT;
    made = net_stream_new(loop, target->tls);
    if (!made)
        return WS_ERR_MEMORY;
    snprintf(made->host, sizeof made->host, "%s", target->host);
    made->port = target->port;
    made->timeout_ms = target->timeout_ms ? target->timeout_ms : NET_CONNECT_MS;
    /* The loop's clock stands still while a callback runs. */
    uv_update_time(loop);
    made->deadline_ms = uv_now(loop) + made->timeout_ms;
    net_stream_start_timer(made, made->timeout_ms);
    ws_status status = resolve(made);
    if (status != WS_OK) {
        net_stream_close(made);
        return status;
    }
    net_stream_set_handler(made, handler, user);
    *stream = made;
    return WS_OK;
}
