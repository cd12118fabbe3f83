#include "net/server.h"
#include "net/stream_private.h"

#include <stdio.h>
#include <stdlib.h>

struct net_server {
    net_listener *listener; /* NULL once stopped */
    net_stream *streams;    /* all that are not gone */
    size_t count, max;
    net_accept on_stream;
    void (*on_stopped)(void *user);
    void *user;
    uv_timer_t farewell; /* lets a server without streams say goodbye from the loop, too */
};

static void on_farewell_closed(uv_handle_t *handle) {
    net_server *server = handle->data;
    if (server->on_stopped)
        server->on_stopped(server->user);
    free(server);
}

static void finish(net_server *server) {
    if (!server->listener && server->count == 0)
        uv_close((uv_handle_t *)&server->farewell, on_farewell_closed);
}

static void on_gone(net_stream *stream, void *owner) {
    net_server *server = owner;
    if (stream->next)
        stream->next->previous = stream->previous;
    if (stream->previous)
        stream->previous->next = stream->next;
    else
        server->streams = stream->next;
    server->count--;
    if (server->listener && server->count < server->max)
        net_listener_resume(server->listener);
    finish(server);
}

static void on_accept(net_stream *stream, void *user) {
    net_server *server = user;
    stream->owner = server;
    stream->on_gone = on_gone;
    stream->next = server->streams;
    if (stream->next)
        stream->next->previous = stream;
    server->streams = stream;
    if (++server->count >= server->max)
        net_listener_pause(server->listener);
    server->on_stream(stream, server->user);
}

ws_status net_server_start(uv_loop_t *loop, const net_server_options *options, net_server **server,
                           char *error, size_t error_size) {
    net_server *made = calloc(1, sizeof *made);
    if (!made) {
        snprintf(error, error_size, "out of memory");
        return WS_ERR_MEMORY;
    }
    made->max = options->max_connections ? options->max_connections : NET_SERVER_CONNECTIONS;
    made->on_stream = options->on_stream;
    made->on_stopped = options->on_stopped;
    made->user = options->user;
    ws_status status = net_listen(loop, options->host, options->port, options->tls, on_accept, made,
                                  &made->listener, error, error_size);
    if (status != WS_OK) {
        free(made);
        return status;
    }
    uv_timer_init(loop, &made->farewell);
    made->farewell.data = made;
    *server = made;
    return WS_OK;
}

uint16_t net_server_port(const net_server *server) {
    return server->listener ? net_listener_port(server->listener) : 0;
}

size_t net_server_connections(const net_server *server) {
    return server->count;
}

void net_server_stop(net_server *server) {
    if (!server->listener)
        return;
    net_listener_close(server->listener);
    server->listener = NULL;
    for (net_stream *stream = server->streams; stream; stream = stream->next)
        net_stream_close(stream);
    finish(server);
}
