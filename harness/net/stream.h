/* One connection, TCP or TLS, on a libuv loop; and listeners that accept such connections.
 *
 *     static const net_stream_handler handler = {.on_open = opened, .on_data = received, .on_end = ended};
 *     net_target target = {.host = "localhost", .port = 9001};
 *     net_stream *stream;
 *     ws_status status = net_stream_connect(loop, &target, &handler, user, &stream);
 *     ...in opened(): net_stream_write(stream, "hello", 5); in ended(): net_stream_close(stream);
 *     uv_run(loop, UV_RUN_DEFAULT);
 *
 * Callbacks come from the loop only, never from inside a function of this header. Any function may be called
 * from any callback; in particular a stream may be closed in each of its callbacks. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/tls.h"

#include <uv.h>

enum {
    NET_CONNECT_MS = 5000,          /* default for name resolution, connection and TLS handshake together */
    NET_LINGER_MS = 500,            /* how long net_stream_close waits for the peer's end of stream */
    NET_STREAM_QUEUE_MAX = 4 << 20, /* octets of memory for pending writes of one stream */
    NET_STREAM_READ_MAX = 64 << 10, /* octets of one on_data at most */
    NET_STREAM_ADDRESSES_MAX = 16   /* resolved addresses tried */
};

typedef struct net_stream net_stream;

/* How reading came to its end. */
typedef enum net_end {
    NET_END_FIN,       /* end of stream in good order; over TLS: announced by close_notify */
    NET_END_TRUNCATED, /* over TLS: end of stream without close_notify (RFC 8446 6.1), which anyone could have
                          forged */
    NET_END_RESET,     /* the peer, or something between, dropped the connection */
    NET_END_TLS,       /* handshake failed, certificate refused, damaged record */
    NET_END_SYSTEM,    /* anything else the operating system reports, lack of memory included */
    /* Before on_open only: */
    NET_END_NAME,    /* the host's name cannot be resolved */
    NET_END_REFUSED, /* nobody listens at the last address tried */
    NET_END_TIMEOUT  /* not open in time */
} net_end;

/* Any member may be NULL. */
typedef struct net_stream_handler {
    /* Connected, and the TLS handshake is over: the stream may be written to. */
    void (*on_open)(net_stream *stream, void *user);
    /* Octets in the order of the stream; they live until the callback returns. */
    void (*on_data)(net_stream *stream, const uint8_t *bytes, size_t size, void *user);
    /* Once, after all data: nothing more will be read. text: one sentence without full stop, living until the
     * callback returns. Before on_open it means that there is no connection; after NET_END_FIN and
     * NET_END_TRUNCATED writing may go on. The stream must still be closed. */
    void (*on_end)(net_stream *stream, net_end how, const char *text, void *user);
    /* All that was pending has been handed to the operating system. */
    void (*on_writable)(net_stream *stream, void *user);
    /* The last callback, after net_stream_close or net_stream_reset; the stream's memory goes with it. */
    void (*on_closed)(net_stream *stream, void *user);
} net_stream_handler;

typedef struct net_target {
    const char *host; /* name or address, IPv6 without brackets */
    uint16_t port;
    const net_tls_context *tls; /* NULL: plain TCP. Must live until on_open or on_end */
    unsigned timeout_ms;        /* until on_open; 0: NET_CONNECT_MS */
} net_target;

/* Connects to the first address of the host that answers; they are tried in the resolver's order, each with
 * its share of the time. The handler is borrowed for the stream's life. SIGPIPE is ignored from the first
 * connection on, if nobody handles it. */
ws_status net_stream_connect(uv_loop_t *loop, const net_target *target, const net_stream_handler *handler,
                             void *user, net_stream **stream);

/* For accepted streams, before the accept callback returns. */
void net_stream_set_handler(net_stream *stream, const net_stream_handler *handler, void *user);

/* Address and port of the other end, "127.0.0.1:5000"; "" when the system does not tell. */
void net_stream_peer(const net_stream *stream, char *text, size_t size);

/* Each call is a write() of its own as far as the socket takes it at once, and a TLS record of its own (of at
 * most 16384 octets): with TCP_NODELAY, the caller's cuts become segments. The rest is copied and written
 * later, call by call. WS_ERR_ARGUMENT: not open, or after shutdown. WS_ERR_LIMIT: it does not fit into
 * NET_STREAM_QUEUE_MAX; nothing was written. WS_ERR_IO: the connection is broken. Reading goes on: what the
 * peer had sent before is delivered, then on_end comes. */
ws_status net_stream_write(net_stream *stream, const void *bytes, size_t size);
/* Octets (over TLS: of records) that wait for the socket. Ask before producing more; when it is not 0,
 * on_writable will follow unless the connection breaks or ends. */
size_t net_stream_pending(const net_stream *stream);

/* Ends our direction behind what is pending: (close_notify and) FIN. Reading goes on. */
void net_stream_shutdown(net_stream *stream);

/* No on_data after this; over TLS, what was already received is still delivered, NET_STREAM_READ_MAX octets
 * at most. */
void net_stream_pause(net_stream *stream);
void net_stream_resume(net_stream *stream);

/* Closes in good order: what is pending is written, then FIN, and what still arrives is thrown away until the
 * peer's FIN, for NET_LINGER_MS at most (a socket that is closed with unread octets would send RST, which may
 * destroy what the peer has not read yet). No callback but on_closed comes after this. Further calls do
 * nothing. */
void net_stream_close(net_stream *stream);
/* Drops the connection with RST, pending octets and all; also one that is closing. */
void net_stream_reset(net_stream *stream);

/* ------------------------------------------------------------------ listeners */

typedef struct net_listener net_listener;

/* A new connection. Set its handler here; without one it is dropped. on_open follows at once, or after the
 * TLS handshake (which may take NET_CONNECT_MS). */
typedef void (*net_accept)(net_stream *stream, void *user);

/* port 0: any. tls (NULL: plain TCP) must outlive the listener and handshakes. On failure `error` gets one
 * sentence. */
ws_status net_listen(uv_loop_t *loop, const char *host, uint16_t port, const net_tls_context *tls,
                     net_accept on_accept, void *user, net_listener **listener, char *error,
                     size_t error_size);
/* The port bound. */
uint16_t net_listener_port(const net_listener *listener);
/* While paused, connections wait in the system's backlog. */
void net_listener_pause(net_listener *listener);
void net_listener_resume(net_listener *listener);
/* No on_accept after this; streams live on. The memory is freed by the loop. */
void net_listener_close(net_listener *listener);

#endif
