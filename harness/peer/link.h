/* Joins one endpoint with one stream: octets, time and the endpoint's wishes go back and forth until the
 * connection is over.
 *
 *     peer_link *link = peer_link_new(loop, &options, on_over, user);
 *     net_stream_connect(loop, &target, peer_link_handler(), link, &stream);          // a client
 *     net_stream_set_handler(stream, peer_link_handler(), link);                      // in a net_accept
 *
 * The endpoint's clock is uv_hrtime. The link frees itself, and its endpoint, when the stream is gone. */
#ifndef PEER_LINK_H
#define PEER_LINK_H

#include "net/stream.h"
#include "peer/endpoint.h"

enum {
    PEER_LINK_WRITE_MAX = 64 << 10, /* octets asked of the endpoint at once */
    PEER_LINK_PENDING = 256 << 10   /* octets waiting for the socket beyond which it is not asked for more */
};

/* The connection is over, or never came about (`text` says why, else it is NULL). What is passed lives until
 * the callback returns. */
typedef void (*peer_on_over)(const peer_facts *facts, const char *text, void *user);

typedef struct peer_link peer_link;

/* on_over may be NULL. NULL when out of memory. */
peer_link *peer_link_new(uv_loop_t *loop, const peer_options *options, peer_on_over on_over, void *user);
/* Of a link that never got a stream. */
void peer_link_free(peer_link *link);
/* The stream handler of a link; the stream's user is the link. */
const net_stream_handler *peer_link_handler(void);

#endif
