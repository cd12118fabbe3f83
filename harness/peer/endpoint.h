/* The reference endpoint: a strict, conformant echo peer in either role, and with a behaviour (behaviour.h) a
 * peer that is wrong or odd on purpose. Sans-I/O like the player: it is given octets and time, and gives back
 * octets, a deadline and a wish for the transport.
 *
 *     peer_endpoint *e = peer_endpoint_new(&(peer_options){.role = WS_SERVER});
 *     peer_endpoint_connected(e, now);
 *     while (!peer_endpoint_done(e)) {
 *         while ((n = peer_endpoint_output(e, now, buffer, sizeof buffer)) > 0) write(buffer, n);   // one
 * write each act on peer_endpoint_wish(e) once all of that is written; wait until peer_endpoint_deadline(e),
 * end of stream, or octets if peer_endpoint_wants_input(e); peer_endpoint_received(e, now, bytes, n) /
 * _ended(e, now, how) / _time(e, now);
 *     }
 *
 * Every data message comes back with the same type once it is complete and valid: as one frame, compressed
 * when it came compressed. Pings are answered, pongs ignored, a Close is answered with its code. Any
 * violation fails the connection (RFC 6455 7.1.7) with the code that fits, and nothing that comes later is
 * looked at.
 *
 * Times are microseconds on any clock that never goes back. The octets sent depend on the octets received,
 * the options and the seed alone, not on how the stream is cut; only a reset loses what was not taken yet. */
#ifndef PEER_ENDPOINT_H
#define PEER_ENDPOINT_H

#include "peer/behaviour.h"
#include "wire/deflate.h"

typedef struct peer_options {
    ws_role role;                    /* ours */
    const peer_behaviour *behaviour; /* NULL: sound; else borrowed for the endpoint's life */
    uint64_t seed;     /* of the nonce and the masking keys; has to be unpredictable where 10.3 matters */
    const char *agent; /* Server or User-Agent field; NULL: "wspect/" and the version */
    /* As a client; borrowed for the endpoint's life. */
    const char *authority; /* Host field; NULL: "localhost" */
    const char *resource;  /* request target; NULL: "/" */
    /* Subprotocols in order of preference; borrowed. A client offers them. A server takes the first of the
     * client's that it knows. */
    const char *const *subprotocols;
    size_t subprotocol_count;
    bool no_deflate;           /* do not negotiate permessage-deflate */
    ws_deflate_policy deflate; /* how a server answers; what a client offers */
    uint64_t max_message; /* octets of a message, before and after inflating; beyond it 1009; 0: 64 MiB */
    /* How long to wait; 0: the defaults below. */
    int64_t handshake_timeout_us; /* 5 s */
    int64_t close_timeout_us; /* 2 s: for the answer to our Close, and for the other side's end of stream */
} peer_options;

enum {
    PEER_OUTPUT_HIGH = 1 << 20, /* octets waiting to be written above which no input is taken */
    PEER_SUBPROTOCOLS_MAX = 64
};

typedef enum peer_end { PEER_END_FIN, PEER_END_RESET } peer_end;

typedef enum peer_wish {
    PEER_WISH_NOTHING,
    PEER_WISH_SHUTDOWN, /* send FIN, go on reading */
    PEER_WISH_CLOSE,    /* close the connection in good order */
    PEER_WISH_RESET     /* drop it */
} peer_wish;

/* What has happened so far; for logs and tests. */
typedef struct peer_facts {
    bool opened;              /* the opening handshake succeeded */
    const char *subprotocol;  /* agreed on, or NULL; one of the options' */
    bool deflate;             /* permessage-deflate was agreed on */
    uint64_t messages, pings; /* received in full */
    bool close_sent, close_received;
    uint16_t close_code;    /* received: WS_CLOSE_NO_STATUS for an empty Close */
    const char *failure;    /* why the connection or its opening failed, a clause; NULL: it did not */
    ws_violation violation; /* the rule of framing behind it, or WS_VIOLATION_NONE */
} peer_facts;

/* NULL when out of memory. The options are copied. */
peer_endpoint *peer_endpoint_new(const peer_options *options);
void peer_endpoint_free(peer_endpoint *endpoint);

void peer_endpoint_connected(peer_endpoint *endpoint, int64_t now);
/* Takes all of it. Whoever goes on for 16 MiB while peer_endpoint_wants_input says no loses the connection.
 */
void peer_endpoint_received(peer_endpoint *endpoint, int64_t now, const uint8_t *bytes, size_t size);
void peer_endpoint_ended(peer_endpoint *endpoint, int64_t now, peer_end how);
/* Call at or after the deadline. */
void peer_endpoint_time(peer_endpoint *endpoint, int64_t now);

/* Next octets to write, at most `capacity`; 0 when there are none. What one call returns is meant as one
 * write. */
size_t peer_endpoint_output(peer_endpoint *endpoint, int64_t now, uint8_t *buffer, size_t capacity);
/* To be acted on once no output is left; a reset at once. It never goes back to a milder one. */
peer_wish peer_endpoint_wish(const peer_endpoint *endpoint);
/* When peer_endpoint_time wants to be called; INT64_MAX: never. */
int64_t peer_endpoint_deadline(const peer_endpoint *endpoint);
/* False while more than PEER_OUTPUT_HIGH octets wait to be written: leave what comes in the socket. */
bool peer_endpoint_wants_input(const peer_endpoint *endpoint);
/* The last wish is close or reset and all output was taken. */
bool peer_endpoint_done(const peer_endpoint *endpoint);
/* Lives as long as the endpoint. */
const peer_facts *peer_endpoint_facts(const peer_endpoint *endpoint);

#endif
