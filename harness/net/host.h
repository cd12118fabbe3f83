/* Plays cases with clients: accepts connections, reads the first line of each request, and plays the case
 * that the owner names for it.
 *
 *     static void asked(const char *target, net_host_answer *answer, void *user) { answer->c = ...; }
 *     net_host_options options = {.host = "127.0.0.1", .play = {.role = WS_SERVER}, .on_request = asked,
 * ...}; if (net_host_start(loop, &options, &host, error, sizeof error) != WS_OK) puts(error); uv_run(loop,
 * UV_RUN_DEFAULT);     // returns after net_host_stop(host) in some callback
 *
 * The request itself belongs to the case: only its target is read here, and every octet goes to the player.
 */
#ifndef NET_HOST_H
#define NET_HOST_H

#include "net/server.h"
#include "play/player.h"

enum {
    NET_HOST_LINE_MAX = 16 << 10, /* octets in which the first line of a request must end */
    NET_HOST_WAIT_MS = 10000,     /* time in which it must come */
    NET_HOST_HELD_MAX = 256       /* connections that may be held; further ones are dropped */
};

/* What becomes of a connection: the first member that is set counts; none: it is dropped. */
typedef struct net_host_answer {
    const play_case *c; /* played; must live until on_done */
    const char *page;   /* sent as the content of a response; copied */
    bool hold;          /* asked again when the next case is over */
    const char *status; /* page: "404 Not Found"; NULL: "200 OK" */
    const char *type;   /* page: its Content-Type; NULL: text */
    bool patient;       /* c: with doubled times */
    void *cookie;       /* c: for on_done */
} net_host_answer;

/* A case that is over. Everything in it lives until the callback returns. */
typedef struct net_host_outcome {
    const play_case *played;
    void *cookie;
    play_verdict verdict;
    const char *reason;        /* NULL when there is nothing to explain */
    const play_result *result; /* NULL: the connection broke below the protocol; verdict is INCONCLUSIVE */
    const play_trace *trace;   /* NULL when result is */
    int64_t duration_us;
} net_host_outcome;

typedef struct net_host_options {
    const char *host;           /* to listen on; borrowed for the call */
    uint16_t port;              /* 0: any */
    const net_tls_context *tls; /* NULL: plain TCP; must outlive the host */
    size_t chop;                /* cut every write into writes of so many octets; 0: do not */
    play_options play;          /* role is WS_SERVER; what it points to is borrowed */
    /* A request for `target`, as it stands in the request line; "" when that cannot be read. peer: its
     * address and port. May not stop the host. */
    void (*on_request)(const char *target, const char *peer, net_host_answer *answer, void *user);
    /* May stop the host. Not called for cases that a stop ends: their cookies are the owner's. */
    void (*on_done)(const net_host_outcome *outcome, void *user);
    void (*on_stopped)(void *user); /* the last callback; may be NULL */
    void *user;
} net_host_options;

typedef struct net_host net_host;

/* On failure `error` gets one sentence. */
ws_status net_host_start(uv_loop_t *loop, const net_host_options *options, net_host **host, char *error,
                         size_t error_size);
uint16_t net_host_port(const net_host *host);
/* Drops the connections of cases, closes the others; the host frees itself. Call it once. */
void net_host_stop(net_host *host);

#endif
