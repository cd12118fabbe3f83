#include "peer/echo_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_SIZE = 320 };

struct peer_echo_server {
    uv_loop_t *loop;
    net_server *server;
    peer_echo_options options;
    char url[URL_SIZE];
};

/* A stream without a handler is dropped. */
static void on_stream(net_stream *stream, void *user) {
    peer_echo_server *server = user;
    const peer_echo_options *options = &server->options;
    peer_link *link = peer_link_new(server->loop, &options->endpoint, options->on_over, options->user);
    server->options.endpoint.seed++;
    if (link)
        net_stream_set_handler(stream, peer_link_handler(), link);
}

static void on_stopped(void *user) {
    peer_echo_server *server = user;
    if (server->options.on_stopped)
        server->options.on_stopped(server->options.user);
    free(server);
}

static void write_url(peer_echo_server *server, const char *host) {
    bool is_ipv6 = strchr(host, ':') != NULL;
    snprintf(server->url, sizeof server->url, "%s://%s%s%s:%u", server->options.tls ? "wss" : "ws",
             is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", (unsigned)net_server_port(server->server));
}

ws_status peer_echo_server_start(uv_loop_t *loop, const peer_echo_options *options, peer_echo_server **server,
                                 char *error, size_t error_size) {
    peer_echo_server *made = calloc(1, sizeof *made);
    if (!made) {
        snprintf(error, error_size, "out of memory");
        return WS_ERR_MEMORY;
    }
    made->loop = loop;
    made->options = *options;
    made->options.endpoint.role = WS_SERVER;
    const char *host = options->host ? options->host : "127.0.0.1";
    const net_server_options listen = {.host = host,
                                       .port = options->port,
                                       .tls = options->tls,
                                       .max_connections = options->max_connections,
                                       .on_stream = on_stream,
                                       .on_stopped = on_stopped,
                                       .user = made};
    ws_status status = net_server_start(loop, &listen, &made->server, error, error_size);
    if (status != WS_OK) {
        free(made);
        return status;
    }
    write_url(made, host);
    *server = made;
    return WS_OK;
}

uint16_t peer_echo_server_port(const peer_echo_server *server) {
    return net_server_port(server->server);
}

const char *peer_echo_server_url(const peer_echo_server *server) {
    return server->url;
}

void peer_echo_server_stop(peer_echo_server *server) {
    net_server_stop(server->server);
}
