/* Accepts connections for a server, no more than it can carry at once, and closes them all when it stops.
 *
 *     static void serve(net_stream *stream, void *user) { net_stream_set_handler(stream, &handler,
 * state_new(stream)); }
 *     ...
 *     net_server_options options = {.host = "127.0.0.1", .on_stream = serve};
 *     if (net_server_start(loop, &options, &server, error, sizeof error) != WS_OK) puts(error);
 *     printf("ws://127.0.0.1:%u\n", net_server_port(server));
 *     uv_run(loop, UV_RUN_DEFAULT);     // returns after net_server_stop(server) in some callback
 *
 * Each stream belongs to its handler, which closes it after on_end and frees its state in on_closed. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "net/stream.h"

enum { NET_SERVER_CONNECTIONS = 1024 };

typedef struct net_server_options {
    const char *host;               /* to listen on; borrowed for the call */
    uint16_t port;                  /* 0: any */
    const net_tls_context *tls;     /* NULL: plain TCP; must outlive the server */
    size_t max_connections;         /* 0: NET_SERVER_CONNECTIONS; further ones wait in the system's backlog */
    net_accept on_stream;           /* must set the stream's handler, as net_accept says */
    void (*on_stopped)(void *user); /* the server's last callback; may be NULL */
    void *user;
} net_server_options;

typedef struct net_server net_server;

/* On failure `error` gets one sentence. */
ws_status net_server_start(uv_loop_t *loop, const net_server_options *options, net_server **server,
                           char *error, size_t error_size);
/* The port bound. */
uint16_t net_server_port(const net_server *server);
/* Streams whose memory is not freed yet. */
size_t net_server_connections(const net_server *server);
/* Takes no more connections and closes all streams in good order: their handlers get on_closed. Call it once;
 * the server frees itself when the last stream is gone, within NET_LINGER_MS. */
void net_server_stop(net_server *server);

#endif
