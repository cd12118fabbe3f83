/* What the files of net_stream share; only stream.c, connect.c, listener.c and server.c include it. */
#ifndef NET_STREAM_PRIVATE_H
#define NET_STREAM_PRIVATE_H

#include "net/stream.h"

typedef enum stream_state {
    STREAM_CONNECTING,
    STREAM_HANDSHAKE, /* TLS */
    STREAM_OPEN,
    STREAM_LINGERING, /* closed by its user, waiting for the peer's FIN */
    STREAM_CLOSED     /* waiting for libuv to let go of its parts */
} stream_state;

/* A write that the socket has not taken yet. */
typedef struct stream_chunk {
    struct stream_chunk *next;
    size_t size, done;
    uint8_t bytes[];
} stream_chunk;

struct net_stream {
    uv_loop_t *loop;
    const net_stream_handler *handler;
    void *user;
    stream_state state;

    /* libuv's hold on this memory; it is freed when `parts` handles and requests have come back. */
    unsigned parts;
    uv_tcp_t tcp;
    uv_timer_t timer; /* until open, and while lingering */
    uv_getaddrinfo_t resolve;
    uv_connect_t connect;
    uv_write_t write;
    uv_shutdown_t shutdown;

    /* Connecting. */
    char host[256];
    uint16_t port;
    unsigned timeout_ms;
    uint64_t deadline_ms; /* on the loop's clock */
    struct addrinfo *addresses, *next_address;
    unsigned addresses_left;
    int connect_error; /* of the address tried last */
    bool tcp_live;     /* tcp is initialised and its close callback has not been called */

    const net_tls_context *context;
    net_tls_session *tls;

    /* Reading. */
    bool paused;
    bool ended;     /* on_end was called */
    bool tcp_ended; /* the socket gave its last octet */
    bool reset;     /* ... by a reset */
    size_t discarded;

    /* Writing. */
    stream_chunk *head, *tail;
    bool in_flight;       /* libuv holds the first chunk */
    size_t pending, cost; /* octets; octets of memory */
    int write_error;
    bool fin_wanted, fin_done;

    /* Whoever counts streams (server.c). */
    net_stream *previous, *next;
    void (*on_gone)(net_stream *stream, void *owner);
    void *owner;
};

/* With the timer initialised, in state STREAM_CONNECTING; NULL when out of memory. */
net_stream *net_stream_new(uv_loop_t *loop, const net_tls_context *context);
void net_stream_start_timer(net_stream *stream, uint64_t milliseconds);
ws_status net_stream_init_tcp(net_stream *stream);
/* The socket is connected: TLS handshake, reading, on_open. */
void net_stream_established(net_stream *stream);
void net_stream_end(net_stream *stream, net_end how, const char *format, ...);
/* A part of the stream has come back from libuv. */
void net_stream_release(net_stream *stream);
void net_stream_close_tcp(net_stream *stream, uv_close_cb on_closed);
/* connect.c: the time for the address at hand is over. */
void net_stream_connect_timeout(net_stream *stream);

#endif
