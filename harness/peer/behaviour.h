/* How an endpoint departs from the sound one: faults, which break the RFC, and variants, which are legal and
 * yet unlike what most endpoints do. A behaviour is a row of data, all zero for the sound endpoint;
 * endpoint.c consults its fields at the decision points that they are named after.
 *
 *     const peer_behaviour *behaviour = peer_behaviour_find("never-pong");
 *     peer_endpoint *endpoint = peer_endpoint_new(&(peer_options){.role = WS_SERVER, .behaviour =
 * behaviour});
 *
 * README.md tells how to add one. */
#ifndef PEER_BEHAVIOUR_H
#define PEER_BEHAVIOUR_H

#include "wire/frame.h"
#include "wire/handshake.h"

typedef enum peer_kind {
    PEER_VARIANT, /* legal; with a requirement: a SHOULD that it does not follow */
    PEER_FAULT    /* breaks a MUST; without a requirement: breaks what every echo endpoint promises */
} peer_kind;

enum { PEER_AS_SERVER = 1, PEER_AS_CLIENT = 2, PEER_AS_BOTH = 3 };

/* ------------------------------------------------------------------ hooks */

/* A head about to be sent: the request of a client, the answer of a server. */
enum { PEER_HEAD_LINES = 24 };
typedef struct peer_head {
    ws_role role;
    int status;              /* servers: that of the answer */
    ws_http_message message; /* lines points to the array below */
    ws_http_line lines[PEER_HEAD_LINES];
} peer_head;

typedef enum peer_purpose {
    PEER_SENDS_ECHO,
    PEER_SENDS_PONG,        /* the answer to a ping */
    PEER_SENDS_CLOSE_REPLY, /* the answer to a Close */
    PEER_SENDS_FAILURE,     /* the Close of 7.1.7 */
    PEER_SENDS_UNASKED      /* what `at_open` sends */
} peer_purpose;

typedef enum peer_act { PEER_SEND, PEER_SKIP, PEER_DROP_TCP } peer_act;

/* A frame about to be sent. */
typedef struct peer_emission {
    ws_role role;
    peer_purpose purpose;
    const ws_event *event; /* what is answered; NULL for a frame that nothing caused */
    uint64_t number;       /* frames sent before this one */
    bool close_sent;       /* a Close was sent before */
    ws_frame frame;        /* may be changed at will; the payload lives for the call */
    peer_act act;          /* PEER_SEND; a hook may choose otherwise */
} peer_emission;

/* ------------------------------------------------------------------ decisions */

typedef enum peer_at_open {
    PEER_OPENS_QUIETLY,
    PEER_OPENS_WITH_PING,
    PEER_OPENS_WITH_PONG,
    PEER_OPENS_WITH_CLOSE, /* code 1000 */
    PEER_OPENS_AND_ENDS,   /* TCP is closed without Close */
    PEER_OPENS_DEAF        /* nothing is sent or understood any more */
} peer_at_open;

typedef enum peer_reply {
    PEER_REPLIES_SAME_CODE, /* empty for empty */
    PEER_REPLIES_SAME_PAYLOAD,
    PEER_REPLIES_CODE, /* reply_code */
    PEER_REPLIES_EMPTY,
    PEER_REPLIES_NOTHING, /* as if no Close had come */
    PEER_REPLIES_BY_END   /* TCP is closed instead */
} peer_reply;

typedef enum peer_failure {
    PEER_FAILS_WITH_FITTING_CODE, /* that of ws_violation_describe */
    PEER_FAILS_WITH_CODE,         /* failure_code */
    PEER_FAILS_WITH_EMPTY_CLOSE,
    PEER_FAILS_BY_RESET /* TCP is dropped, and what was not sent yet with it */
} peer_failure;

typedef struct peer_behaviour {
    const char *name; /* kebab-case */
    const char *sentence;
    const char *requirement; /* id of the catalogue, or NULL */
    peer_kind kind;
    unsigned roles; /* PEER_AS_* */

    /* the opening handshake */
    uint32_t tolerate_handshake; /* bit 1u << ws_handshake_fault: accepted in a request or response */
    peer_at_open at_open;
    void (*edit_head)(peer_head *head); /* before a head is sent */

    /* frames that come in */
    uint32_t tolerate; /* bit 1u << ws_violation: not checked */

    /* on a message, on a ping */
    unsigned echo_copies;    /* 0: 1 */
    unsigned echo_fragments; /* frames of an echo, about; 0: 1 */
    uint8_t echo_opcode;     /* 0: that of the message */
    bool ignores_pings;
    int64_t answer_delay_us; /* of echoes and pongs */

    /* on a Close */
    peer_reply reply;
    uint16_t reply_code;

    /* on a violation */
    peer_failure failure;
    uint16_t failure_code;
    bool pongs_after_failing; /* goes on answering pings until the Close is answered */

    /* at the end */
    bool keeps_tcp; /* never ends TCP itself */

    /* before a frame is sent */
    bool masks_wrongly; /* a client does not mask, a server does */
    void (*before_emit)(peer_emission *emission);
} peer_behaviour;

/* The first row is the sound endpoint; the last one is followed by a row whose name is NULL. */
extern const peer_behaviour peer_behaviours[];

/* NULL when there is no such name. */
const peer_behaviour *peer_behaviour_find(const char *name);

#endif
