/* Cases as data: what one row of a case table says, after its generator has been expanded. cases/README.md
 * teaches the format; table.h loads it. Everything here lives in the arena of the play_table that made it. */
#ifndef PLAY_CASE_H
#define PLAY_CASE_H

#include "play/payload.h"
#include "wire/frame.h"

typedef enum play_verdict {
    PLAY_OK,
    PLAY_NON_STRICT,
    PLAY_INFORMATIONAL,
    PLAY_UNIMPLEMENTED,
    PLAY_FAILED,
    PLAY_SKIPPED,
    PLAY_INCONCLUSIVE
} play_verdict;

typedef enum play_close_verdict {
    PLAY_CLOSE_NONE, /* never reached */
    PLAY_CLOSE_OK,
    PLAY_CLOSE_FAILED,
    PLAY_CLOSE_WRONG_CODE,
    PLAY_CLOSE_UNCLEAN,
    PLAY_CLOSE_FAILED_BY_CLIENT,
    PLAY_CLOSE_INFORMATIONAL
} play_close_verdict;

/* "NON-STRICT" and so on. */
const char *play_verdict_name(play_verdict verdict);
/* "WRONG CODE" and so on; "" for PLAY_CLOSE_NONE. */
const char *play_close_verdict_name(play_close_verdict verdict);

/* ------------------------------------------------------------------ sending */

typedef enum play_mask {
    PLAY_MASK_BY_ROLE,
    PLAY_MASK_AGAINST_ROLE, /* a client sends none, a server does */
    PLAY_MASK_NONE,
    PLAY_MASK_KEY
} play_mask;

/* One frame, or one message cut into fragments. */
typedef struct play_send {
    uint8_t opcode;
    uint8_t rsv;
    bool fin;
    play_mask mask;
    uint8_t key[4]; /* PLAY_MASK_KEY */
    ws_length_form length_form;
    bool lie_about_length;
    uint64_t declared;
    play_payload payload;
    uint64_t fragment_size;         /* 0: one frame; else frames of that many payload octets */
    const uint64_t *fragment_sizes; /* of the first frames, one by one; what is left is the last */
    size_t fragment_count;          /* 0: fragment_size counts */
    bool empty_last;                /* with fragment_size: one more, empty frame with FIN ends the message */
    bool empty_if_full; /* with fragment_size: the same, where the last of several frames is full */
    uint64_t chop;   /* 0: as few writes as possible; else writes of that many octets, counted anew for every
                        frame */
    uint64_t cut;    /* 0, or a write ends behind that many octets of the frame, header included */
    bool flush;      /* a write ends behind this step */
    bool compressed; /* by permessage-deflate: the payload is compressed, RSV1 stands on the first frame */
    bool slide;      /* the payload is a slice of a data set; every time the step is run takes the next one */
    bool is_message; /* an echo of it is expected (text and binary with their continuations), or a pong */
} play_send;

/* ------------------------------------------------------------------ expecting */

typedef enum play_matcher_kind {
    PLAY_MATCH_ECHO,    /* the oldest message sent that has not come back */
    PLAY_MATCH_MESSAGE, /* a message of that type and payload */
    PLAY_MATCH_PONG,    /* a pong for the latest ping sent; pongs for earlier pings may come before it */
    PLAY_MATCH_PING,
    PLAY_MATCH_CLOSE,   /* a Close frame */
    PLAY_MATCH_FAILURE, /* the peer fails the connection: Close, end of stream or reset (RFC 6455 7.1.7) */
    PLAY_MATCH_END,     /* end of stream or reset */
    PLAY_MATCH_TIMEOUT, /* nothing of interest within the step's patience */
    /* In the expectation of a handshake only: */
    PLAY_MATCH_ACCEPTED, /* a valid 101 response */
    PLAY_MATCH_REFUSED,  /* a response with another status */
    PLAY_MATCH_NO_HTTP   /* octets that are no HTTP response */
} play_matcher_kind;

typedef struct play_matcher {
    play_matcher_kind kind;
    bool optional;
    uint8_t opcode;        /* MESSAGE */
    play_payload payload;  /* MESSAGE */
    const uint16_t *codes; /* CLOSE, FAILURE: codes that fit; none: any. A Close without code always fits */
    size_t code_count;
    play_verdict other_code;    /* grade for a legal code that is not in the list */
    play_verdict without_close; /* FAILURE: grade for end of stream or reset without Close; REFUSED: for a
                                   connection that stays although its end was announced; OK: no wait */
    play_verdict by_reset;   /* END: grade for a reset, and for TLS without close_notify; OK in most cases */
    double within;           /* END: times the timeout of an event that it may follow the last octets; later
                                is NON-STRICT. 0: whenever */
    play_verdict stays_open; /* REFUSED: for a connection that stays, announced or not; OK: no wait */
    const struct play_field_check *fields; /* ACCEPTED, REFUSED: what the response's fields must be */
    size_t field_count;
} play_matcher;

/* A sequence of events that the case accepts, and the grade it earns. */
typedef struct play_alternative {
    play_verdict grade;
    const char *because; /* why it is not OK; NULL for OK */
    const play_matcher *matchers;
    size_t count;
} play_alternative;

enum { PLAY_ALTERNATIVES_MAX = 16 };

typedef struct play_expect {
    const play_alternative *alternatives;
    size_t count;
    double patience; /* factor on the time allowed; 1 by default */
    double deaf;     /* seconds in which nothing is read at first, while what waits is sent */
} play_expect;

/* ------------------------------------------------------------------ steps */

typedef enum play_step_kind {
    PLAY_STEP_SEND,
    PLAY_STEP_PAYLOAD, /* more payload octets of the frame announced by the last SEND */
    PLAY_STEP_CLOSE,   /* a Close frame that starts (or answers) the closing handshake; `send` holds it */
    PLAY_STEP_RAW,     /* octets as they are; send.payload */
    PLAY_STEP_EXPECT,
    PLAY_STEP_REPEAT,   /* the `body_count` steps that follow, `count` times */
    PLAY_STEP_SHUTDOWN, /* end of our stream (FIN); reading goes on */
    PLAY_STEP_RESET,    /* drop the connection with RST */
    PLAY_STEP_JUDGE,    /* the masking keys that have come so far: keys.h */
    PLAY_STEP_PAUSE,    /* autobahn rules: wait, then record "timeout" with `tag` */
    PLAY_STEP_ARM       /* autobahn rules: kill or close timer */
} play_step_kind;

typedef struct play_step {
    play_step_kind kind;
    play_send send;
    play_expect expect;
    uint64_t count;    /* REPEAT */
    size_t body_count; /* REPEAT: steps of the body, which follow this one in the array */
    uint64_t window;   /* REPEAT: messages that may be on their way at once; over 1, the body is a message and
                          an expectation */
    double seconds;    /* PAUSE, ARM */
    const char *tag;   /* PAUSE; NULL: records nothing */
    bool kill;         /* ARM: kill timer (else close timer) */
} play_step;

/* ------------------------------------------------------------------ Autobahn's way of judging */

typedef enum play_autobahn_kind {
    PLAY_AUTOBAHN_EVENTS,      /* the events must equal one of the lists */
    PLAY_AUTOBAHN_ECHO,        /* any message of the right type and length */
    PLAY_AUTOBAHN_ROUND_TRIPS, /* `round_trips` echoes of the right type and length, one after the other */
    PLAY_AUTOBAHN_IDENTICAL_ROUND_TRIPS /* the same, and of the same octets */
} play_autobahn_kind;

typedef enum play_autobahn_event_kind {
    PLAY_AUTOBAHN_MESSAGE,
    PLAY_AUTOBAHN_PONG,
    PLAY_AUTOBAHN_TIMEOUT
} play_autobahn_event_kind;

typedef struct play_autobahn_event {
    play_autobahn_event_kind kind;
    uint8_t opcode;
    play_payload payload;
    const char *tag;
} play_autobahn_event;

typedef struct play_autobahn_list {
    play_verdict grade;
    const play_autobahn_event *events;
    size_t count;
} play_autobahn_list;

typedef struct play_autobahn_rules {
    play_autobahn_kind kind;
    const play_autobahn_list *lists;
    size_t list_count;
    uint64_t round_trips;
    bool forced;         /* verdict and closing verdict are INFORMATIONAL whatever happens */
    bool closed_by_peer; /* the peer is to send the first Close (or drop TCP) */
    bool clean;
    bool wrong_code_fails;
    bool wrong_side_fails;
    const uint16_t *codes;
    size_t code_count;
} play_autobahn_rules;

/* ------------------------------------------------------------------ opening handshake */

typedef enum play_field_rule {
    PLAY_FIELD_ABSENT,
    PLAY_FIELD_PRESENT,
    PLAY_FIELD_IS,      /* exactly one field, with exactly that value */
    PLAY_FIELD_HAS,     /* the comma lists of all fields with that name hold the token, any case */
    PLAY_FIELD_VERSIONS /* those lists hold versions and nothing else (RFC 6455 4.3) */
} play_field_rule;

/* What a field of a response must be, and the grade when it is not. */
typedef struct play_field_check {
    const char *name;
    play_field_rule rule;
    const char *value; /* IS, HAS */
    play_verdict otherwise;
} play_field_check;

typedef enum play_edit_kind { PLAY_EDIT_SET, PLAY_EDIT_REMOVE, PLAY_EDIT_ADD } play_edit_kind;

typedef struct play_edit {
    play_edit_kind kind;
    const char *name;
    ws_span value; /* may hold $(host), $(path), $(key), $(accept) and their like */
} play_edit;

/* A head that departs from the usual one. All zero: the usual one. */
typedef struct play_head {
    const char *start_line; /* NULL: the usual one; may hold $(path) */
    const play_edit *edits; /* in order */
    size_t edit_count;
    const char *separator;  /* between name and value; NULL: ": " */
    const char *line_end;   /* NULL: CR LF */
    uint64_t filler_count;  /* so many further fields, each with a value of */
    uint64_t filler_length; /* so many octets */
    bool has_raw;
    play_payload raw;    /* these octets instead of the head; $(...) is replaced too */
    play_payload before; /* octets in front of the head */
    play_payload after;  /* octets right behind it, in the same write */
    uint64_t chop;       /* writes of so many octets; 0: one */
    double pace;         /* seconds between these writes */
} play_head;

typedef struct play_handshake {
    play_head request;   /* sent to a server under test */
    play_head response;  /* sent to a client under test */
    bool strict_request; /* a client's request must be impeccable */
    uint64_t refusals;   /* so many responses other than 101 are passed over before the one to judge */
    bool in_turn;        /* the request waits for them; what comes before it does not */
    bool judged;         /* `expect` says what may become of the request; else it must be accepted */
    play_expect expect;  /* alternatives of one matcher each */
} play_handshake;

/* A rule that our answer to a client breaks (RFC 7692 7.1). Which octets break it depends on what the client
 * offers; a client to which no such answer can be given is not judged. */
typedef enum play_deflate_wrong {
    PLAY_ANSWER_RIGHT,
    PLAY_ANSWER_CLIENT_WINDOW,       /* client_max_window_bits although no offer has it */
    PLAY_ANSWER_SERVER_WINDOW,       /* server_max_window_bits above what was offered */
    PLAY_ANSWER_WITHOUT_WINDOW,      /* no server_max_window_bits although every offer has it */
    PLAY_ANSWER_WITHOUT_NO_TAKEOVER, /* no server_no_context_takeover although every offer has it */
    PLAY_ANSWER_UNOFFERED            /* permessage-deflate although it is not offered */
} play_deflate_wrong;

/* permessage-deflate in a case. */
typedef struct play_deflate {
    const char *offer;               /* value of Sec-WebSocket-Extensions, to servers under test */
    bool no_context_takeover;        /* to clients: what our answer asks of both sides */
    bool client_no_context_takeover; /* to clients: what it asks of them alone */
    bool server_no_context_takeover; /* to clients: what it says about us */
    uint8_t server_window_bits;      /* to clients: the same; 0: nothing, or what they offer */
    play_deflate_wrong wrong;        /* to clients */
    bool ignore_hint;                /* to clients: no client_no_context_takeover because they offer it */
    uint8_t window_bits;             /* to clients: asked for when offered; 0: nothing */
    bool window_needed;              /* to clients: an offer without client_max_window_bits is not taken */
    int level;                       /* of our compressor: -1 to 9 */
    bool fixed_codes;
    bool farthest; /* our compressor refers back by the whole window and by nothing less */
    bool beyond;   /* our compressor takes the largest window and keeps its context, whatever was agreed on */
} play_deflate;

/* ------------------------------------------------------------------ cases */

typedef enum play_level { PLAY_MUST, PLAY_SHOULD, PLAY_POLICY } play_level;
typedef enum play_tier { PLAY_QUICK, PLAY_STANDARD, PLAY_FULL } play_tier;
enum { PLAY_ROLE_SERVER = 1, PLAY_ROLE_CLIENT = 2 }; /* of the peer under test */
enum { PLAY_NEEDS_ECHO = 1, PLAY_NEEDS_DEFLATE = 2, PLAY_NEEDS_SUBPROTOCOL = 4 };

/* A line of the table of limits: what the case finds out, and by which value. */
typedef struct play_limit {
    const char *what;
    const char *value; /* NULL: the case is the only one of its line */
    bool timed;        /* the time it took matters */
} play_limit;

/* A row that stands for `count` cases (play/series.h): {name} is from, from + step, ... */
enum { PLAY_SERIES_MAX = 65536 };
typedef struct play_series {
    const char *name;
    uint64_t from, step;
    size_t count;
} play_series;

typedef struct play_case {
    const char *id;
    const char *autobahn; /* NULL when none */
    const char *title;
    const char *why;
    const char *group;
    const char *const *requirements;
    size_t requirement_count;
    const char *const *flags; /* bug classes, CVE ids */
    size_t flag_count;
    play_level level;
    play_tier tier;                  /* smallest profile that has the case */
    unsigned roles;                  /* PLAY_ROLE_* */
    unsigned needs;                  /* PLAY_NEEDS_* */
    const play_handshake *handshake; /* NULL: the usual one */
    const play_deflate *deflate;     /* NULL: not offered */
    const play_limit *limit;         /* NULL: the case is about rules, not about limits */
    const play_series *series;       /* NULL: a single case */
    const play_step *steps;
    size_t step_count;
    bool compares_nonces; /* clients: FAILED when connections of the run have sent the same nonce; whoever
                             runs the cases has to see to it */
    const play_autobahn_rules *autobahn_rules; /* NULL: native rules */
    const char *table;                         /* file it comes from */
    const char *pointer;                       /* JSON pointer of its row */
    const char *json;                          /* the expanded row as JSON text, for "cases show" */
} play_case;

/* "must", "quick", ... */
const char *play_level_name(play_level level);
const char *play_tier_name(play_tier tier);

#endif
