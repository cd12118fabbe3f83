/* The reference endpoint as a server over TCP or TLS.
 *
 *     peer_echo_server *server;
 *     peer_echo_options options = {.host = "127.0.0.1", .endpoint = {.behaviour =
 * peer_behaviour_find("never-pong")}}; if (peer_echo_server_start(loop, &options, &server, error, sizeof
 * error) != WS_OK) puts(error); printf("%s\n", peer_echo_server_url(server)); uv_run(loop, UV_RUN_DEFAULT);
 * // returns after peer_echo_server_stop(server) in some callback */
#ifndef PEER_ECHO_SERVER_H
#define PEER_ECHO_SERVER_H

#include "net/server.h"
#include "peer/link.h"

typedef struct peer_echo_options {
    const char *host;               /* to listen on; NULL: "127.0.0.1" */
    uint16_t port;                  /* 0: any */
    const net_tls_context *tls;     /* NULL: plain TCP; must outlive the server */
    size_t max_connections;         /* 0: NET_SERVER_CONNECTIONS */
    peer_options endpoint;          /* of every connection; role and seed are set for each */
    peer_on_over on_over;           /* after each connection; may be NULL */
    void (*on_stopped)(void *user); /* the server's last callback; may be NULL */
    void *user;
} peer_echo_options;

typedef struct peer_echo_server peer_echo_server;

/* On failure `error` gets one sentence. */
ws_status peer_echo_server_start(uv_loop_t *loop, const peer_echo_options *options, peer_echo_server **server,
                                 char *error, size_t error_size);
/* The port bound. */
uint16_t peer_echo_server_port(const peer_echo_server *server);
/* "ws://127.0.0.1:9001"; lives as long as the server. */
const char *peer_echo_server_url(const peer_echo_server *server);
/* Takes no more connections and closes those that there are. Call it once; the server frees itself when the
 * last one is gone. */
void peer_echo_server_stop(peer_echo_server *server);

#endif
