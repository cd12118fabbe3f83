/* The opening handshake of the endpoint (RFC 6455 4): heads in, heads out. */
#ifndef PEER_OPENING_H
#define PEER_OPENING_H

#include "peer/endpoint.h"
#include "wire/http.h"

typedef struct peer_opening {
    const char *refusal;     /* why there is no connection, a clause; NULL: it is established */
    const char *subprotocol; /* one of the options', or NULL */
    bool deflate;
    ws_deflate_params answer; /* parameters of permessage-deflate as agreed */
} peer_opening;

/* The endpoint is the one that hooks of the options' behaviour may ask things of. */

/* Appends a client's request. */
ws_status peer_opening_request(peer_endpoint *endpoint, const peer_options *options, const char *key,
                               ws_buffer *out);

/* Judges a server's answer to the request with that key. */
ws_status peer_opening_check(peer_endpoint *endpoint, const peer_options *options, const char *key,
                             const ws_http_head *head, peer_opening *opening);

/* Judges a request and appends the server's answer, 101 or an error. */
ws_status peer_opening_answer(peer_endpoint *endpoint, const peer_options *options, const ws_http_head *head,
                              ws_buffer *out, peer_opening *opening);

/* Appends the error for a request that ws_http_parse could not read. */
ws_status peer_opening_answer_unreadable(peer_endpoint *endpoint, const peer_options *options,
                                         ws_status unreadable, ws_buffer *out, peer_opening *opening);

#endif
