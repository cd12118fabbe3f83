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

#include "wire/deflate.h"
#include "wire/frame.h"
#include "wire/handshake.h"
#include "wire/receiver.h"

typedef enum peer_kind {
    PEER_VARIANT, /* legal; with a requirement: a SHOULD that it does not follow */
    PEER_FAULT    /* breaks a MUST; without a requirement: breaks what every echo endpoint promises */
} peer_kind;

/* When the fault keys-by-time has looked at its clock, seconds since 1970. */
enum { PEER_KEYS_SEEDED_S = 1800000000 };

enum { PEER_AS_SERVER = 1, PEER_AS_CLIENT = 2, PEER_AS_BOTH = 3 };

/* ------------------------------------------------------------------ hooks */

/* A hook is a function that the endpoint calls at a decision point. It may look at what it is given, change
 * the members that say so, and use the calls below. It keeps nothing of its own: what it must remember goes
 * into memo. */

typedef struct peer_endpoint peer_endpoint;

enum { PEER_MEMO_WORDS = 8 };

/* The row that the hook belongs to. */
const struct peer_behaviour *peer_behaviour_of(const peer_endpoint *endpoint);
/* Words that belong to the hooks of one endpoint; zero at first. */
uint64_t *peer_memo(peer_endpoint *endpoint);
/* An empty buffer for a payload that a hook makes; its octets live until it is asked for again. */
ws_buffer *peer_scratch(peer_endpoint *endpoint);
/* Sends a frame at once, past all hooks, masked as the role demands unless frame->masked is set already. From
 * within before_emit: ahead of the frame at hand. A Close sent so counts as the endpoint's. */
void peer_send_frame(peer_endpoint *endpoint, const ws_frame *frame);
/* Sends octets that need not be frames. */
void peer_send_octets(peer_endpoint *endpoint, ws_span octets);
/* Next word of the endpoint's generator. */
uint64_t peer_random(peer_endpoint *endpoint);

/* What to do with something that has come, or is about to be sent. */
typedef enum peer_act {
    PEER_SEND = 0, /* before_emit: send it */
    PEER_TAKE = 0, /* on_arrival, on_input: go on as usual */
    PEER_SKIP,     /* forget it */
    PEER_FAIL,     /* fail the connection (7.1.7) with `code`; 0: 1002 */
    PEER_END_TCP,  /* close TCP in good order, without a Close */
    PEER_DROP_TCP, /* reset TCP */
    PEER_GO_DEAF   /* neither send nor understand anything from now on, TCP stays open */
} peer_act;

/* A head about to be sent: the request of a client, the answer of a server. */
enum { PEER_HEAD_LINES = 24 };
typedef struct peer_head {
    ws_role role;
    int status;                  /* servers: that of the answer */
    const ws_http_head *request; /* servers: what is answered; NULL when it was unreadable */
    ws_http_message message;     /* lines points to the array below */
    ws_http_line lines[PEER_HEAD_LINES];
    peer_endpoint *endpoint;
} peer_head;

/* Octets of the peer after the opening handshake, as one read brought them, before they are parsed. */
typedef struct peer_input {
    peer_endpoint *endpoint;
    ws_role role;
    uint8_t *bytes;  /* may be changed */
    size_t size;     /* may be made smaller: the octets behind are lost */
    uint64_t offset; /* stream offset of bytes[0] */
    bool at_frame_start;
    bool behind_head; /* came in the same read as the end of the head */
    peer_act act;     /* PEER_TAKE */
    uint16_t code;
} peer_input;

/* A control frame, the beginning of a data frame, or a whole message, before the endpoint acts on it. To skip
 * the beginning of a data frame is to lose its payload; to skip a whole message is to forget it. What breaks
 * a rule that is not tolerated does not arrive. */
typedef struct peer_arrival {
    peer_endpoint *endpoint;
    ws_role role;
    const ws_event *event;
    bool message_ends;   /* DATA: the message is complete and in `message` */
    ws_buffer *message;  /* the message so far; with message_ends it may be changed before it is echoed */
    bool inside_message; /* a fragmented message was in progress before this frame; not with message_ends */
    bool close_sent;     /* by this endpoint */
    uint64_t number;     /* arrivals before this one */
    peer_act act;        /* PEER_TAKE */
    uint16_t code;       /* PEER_FAIL */
} peer_arrival;

typedef enum peer_purpose {
    PEER_SENDS_ECHO,
    PEER_SENDS_PONG,        /* the answer to a ping */
    PEER_SENDS_CLOSE_REPLY, /* the answer to a Close */
    PEER_SENDS_FAILURE,     /* the Close of 7.1.7 */
    PEER_SENDS_UNASKED      /* what `at_open` sends, and the Close of idle_timeout_us */
} peer_purpose;

/* A frame about to be sent. */
typedef struct peer_emission {
    peer_endpoint *endpoint;
    ws_role role;
    peer_purpose purpose;
    const ws_event *event; /* what is answered; NULL for a frame that nothing caused */
    uint64_t number;       /* frames sent before this one */
    bool close_sent;       /* a Close was sent before */
    ws_frame frame;        /* may be changed at will; the payload lives for the call */
    peer_act act;          /* PEER_SEND */
    uint16_t code;         /* PEER_FAIL */
} peer_emission;

/* What reads and compresses frames, before it is made: once, right after the opening handshake. */
typedef struct peer_codecs {
    peer_endpoint *endpoint;
    ws_role role;
    ws_receiver_config receiver;  /* may be changed; with receiver.deflate unset nothing is inflated */
    ws_deflater_options deflater; /* may be changed */
    bool deflate;                 /* permessage-deflate was agreed on; unset: nothing is compressed */
} peer_codecs;

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

typedef enum peer_compression {
    PEER_COMPRESSES_ALIKE, /* what came compressed */
    PEER_COMPRESSES_NEVER,
    PEER_COMPRESSES_ALWAYS /* once permessage-deflate was agreed on */
} peer_compression;

/* The frames that a row is about, for hooks that serve several rows; all zero: every frame. */
typedef enum peer_part {
    PEER_FINAL = 1, /* FIN is set */
    PEER_OPEN = 2,  /* it is not */
    PEER_EMPTY = 4, /* no payload */
    PEER_INSIDE = 8 /* a fragmented message was in progress before */
} peer_part;

typedef struct peer_place {
    uint16_t opcodes;     /* bit 1u << opcode; 0: any */
    uint16_t of_message;  /* the same, for the message that was in progress */
    unsigned parts;       /* PEER_FINAL, ...: all of them */
    uint64_t least, most; /* octets of payload; most 0: any */
    uint8_t rsv;          /* reserved bits */
    uint8_t length_bits;  /* form of the length: 7, 16 or 64 */
} peer_place;

typedef struct peer_behaviour {
    const char *name; /* kebab-case */
    const char *sentence;
    const char *requirement; /* id of the catalogue, or NULL */
    const char *caught_by;   /* faults: id of the native case that is meant to catch it */
    peer_kind kind;
    unsigned roles;   /* PEER_AS_* */
    peer_place place; /* for the hooks of the row; the endpoint does not look at it */

    /* the opening handshake */
    uint32_t tolerate_handshake;        /* bit 1u << ws_handshake_fault: accepted in a request or response */
    void (*edit_head)(peer_head *head); /* before a head is sent */
    /* True: a request without fault is refused with 400, a response without fault fails the opening. */
    bool (*refuse_request)(peer_endpoint *endpoint, const ws_http_head *request);
    bool (*refuse_response)(peer_endpoint *endpoint, const ws_http_head *response);
    /* After every read within the opening, with all octets that have come so far; true: no HTTP/1.1. */
    bool (*refuse_octets)(peer_endpoint *endpoint, ws_span octets);
    const char *field, *value;  /* a field of a head, for the hooks of the row */
    int64_t handshake_delay_us; /* before the request or the answer is sent */
    peer_at_open at_open;
    void (*on_open)(peer_endpoint *endpoint, ws_role role); /* before at_open; may send */

    /* permessage-deflate */
    bool no_deflate;                         /* neither offers nor accepts it */
    const ws_deflate_policy *deflate_policy; /* instead of that of the options */
    bool no_client_window;                   /* clients: do not offer client_max_window_bits */
    /* Servers: instead of ws_deflate_negotiate. */
    bool (*answer_offers)(const ws_extension_list *offers, ws_deflate_params *answer);
    uint32_t tolerate_deflate; /* clients: bit 1u << ws_deflate_fault: accepted in an answer */
    peer_compression compression;
    void (*edit_codecs)(peer_codecs *codecs);

    /* frames that come in */
    uint32_t tolerate;      /* bit 1u << ws_violation: not checked */
    uint64_t max_message;   /* octets, as in the options; 0: that of the options */
    uint64_t max_fragments; /* frames of a message; 0: any */
    void (*on_input)(peer_input *input);
    void (*on_arrival)(peer_arrival *arrival);
    void (*on_end)(peer_arrival *arrival); /* the other side has ended its stream; there is no event */

    /* on a message, on a ping */
    unsigned echo_copies;    /* 0: 1 */
    unsigned echo_fragments; /* frames of an echo, about; 0: 1 */
    uint8_t echo_opcode;     /* 0: that of the message */
    bool ignores_pings;
    int64_t answer_delay_us; /* of echoes and pongs */
    bool pongs_at_once;      /* answer_delay_us: of echoes alone */

    /* on a Close */
    peer_reply reply;
    uint16_t reply_code;

    /* on a violation */
    peer_failure failure;
    uint16_t failure_code;
    bool pongs_after_failing; /* goes on answering pings until the Close is answered */

    /* octets that go out */
    size_t output_max;     /* octets of one write; 0: any */
    int64_t output_gap_us; /* pause between writes; 0: none */

    /* at the end */
    bool keeps_tcp;          /* never ends TCP itself */
    int64_t tcp_delay_us;    /* servers: with everything said, time until TCP is ended; 0: at once */
    bool resets_tcp;         /* and then it is reset */
    int64_t idle_timeout_us; /* with nothing coming for so long, closes with 1001; 0: never */

    /* before a frame is sent */
    bool masks_wrongly; /* a client does not mask, a server does */
    void (*before_emit)(peer_emission *emission);
} peer_behaviour;

/* All behaviours, in the order of their tables; number 0 is the sound endpoint. NULL beyond the last one. */
const peer_behaviour *peer_behaviour_at(size_t index);
/* NULL when there is no such name. */
const peer_behaviour *peer_behaviour_find(const char *name);

/* The tables, one file each; each ends with a row whose name is NULL. */
extern const peer_behaviour
    peer_behaviours[]; /* behaviour.c: the sound endpoint and the peers of Autobahn's oracle */
extern const peer_behaviour peer_faults_handshake_server[]; /* requests judged wrong, answers that are */
extern const peer_behaviour peer_faults_handshake_client[]; /* responses judged wrong, requests that are */
extern const peer_behaviour peer_faults_frames_received[];  /* accepted, refused, lost: sections 5.1 to 5.5 */
extern const peer_behaviour peer_faults_frames_sent[];      /* headers, sequences, pongs: 5.1 to 5.5 */
extern const peer_behaviour peer_faults_masking[];          /* masking keys; frames cut by reads */
extern const peer_behaviour peer_faults_content[];          /* octets lost, changed, swapped */
extern const peer_behaviour peer_faults_utf8[];             /* text that is written, taken, refused */
extern const peer_behaviour peer_faults_deflate[];          /* permessage-deflate: negotiation and streams */
extern const peer_behaviour peer_faults_closing[]; /* closing handshake, end of TCP, time, resources */
extern const peer_behaviour peer_faults_limits[];  /* floods */
extern const peer_behaviour peer_variants[];       /* legal but unusual */
extern const peer_behaviour peer_variants_chat[];  /* legal, but they do not echo */

#endif
