/* One connection as a case sees it, below the way of judging: opening handshake, frames out (lies included),
 * frames in, the transcript, and the duties of a good endpoint (pong for ping, Close for Close). A director
 * sits on top: script.c plays native cases, autobahn.c plays by Autobahn's rules. Not a public header of the
 * room. */
#ifndef PLAY_SESSION_H
#define PLAY_SESSION_H

#include "play/arena.h"
#include "play/body.h"
#include "play/keys.h"
#include "play/player.h"
#include "play/trace_write.h"
#include "wire/handshake.h"
#include "wire/receiver.h"

typedef struct play_session play_session;

/* A message whose echo may come back: its frames' payloads, joined. */
typedef struct session_message {
    struct session_message *next;
    uint8_t opcode;
    bool complete;
    const play_payload **parts;
    size_t part_count, part_capacity;
    uint64_t length;
} session_message;

/* What an incoming message may be, compared while it arrives: an expected payload, or the echo of a message
 * sent. The latter may still grow: a peer may echo each fragment as it comes (RFC 6455 5.4). */
typedef struct session_candidate {
    uint8_t opcode;
    const session_message *message; /* NULL: payload */
    const play_payload *payload;
    /* progress */
    bool same;   /* no difference so far */
    size_t part; /* where the comparison stands */
    uint64_t part_at;
    uint64_t matched; /* octets before the first difference */
} session_candidate;

enum { SESSION_CANDIDATES = 7, SESSION_SAMPLE = 48 };

typedef enum session_event_kind {
    SESSION_MESSAGE,
    SESSION_PING,
    SESSION_PONG,
    SESSION_CLOSE,
    SESSION_END,       /* end of stream or reset: session->end says which */
    SESSION_VIOLATION, /* a rule is broken by the peer; the session has failed the connection */
    SESSION_TIMEOUT    /* made by directors */
} session_event_kind;

typedef struct session_event {
    session_event_kind kind;
    uint8_t opcode;   /* MESSAGE */
    uint64_t length;  /* MESSAGE */
    unsigned matches; /* MESSAGE: bit i is set when candidate i has the same octets */
    ws_span payload;  /* PING, PONG; MESSAGE: first octets; CLOSE: reason */
    uint16_t code;    /* CLOSE: WS_CLOSE_NO_STATUS when there is none */
    bool again;       /* CLOSE: the peer has sent one before */
    bool code_invalid, reason_invalid,
        payload_invalid; /* CLOSE: as Autobahn sees it; native cases get a VIOLATION */
    ws_violation violation;
    uint64_t offset; /* in the peer's octets after the handshake */
} session_event;

typedef struct session_director {
    size_t state_size; /* of session->director_state, which begins zeroed */
    void (*opened)(play_session *session);
    /* The opening handshake failed; session->verdict is set already. May be NULL. */
    void (*event)(play_session *session, const session_event *event);
    /* A message begins: fill session->candidates. */
    void (*message_begins)(play_session *session);
    /* session->timer has been reached. */
    void (*timer)(play_session *session);
    /* All output has been handed out. May be NULL. */
    void (*sent)(play_session *session);
} session_director;

typedef struct session_outgoing {
    play_step_kind kind; /* SEND, CLOSE, PAYLOAD or RAW */
    const play_send *send;
    uint64_t at;    /* payload octets taken */
    size_t frames;  /* begun */
    play_send *own; /* a compressed message: `send` points here; else NULL */
} session_outgoing;

/* A message of a step that slides over its data set. */
typedef struct session_slice {
    play_send send; /* as the step has it, with a payload that begins elsewhere */
    play_send
        packed; /* the same compressed, where that can be used again; without octets until it is needed */
} session_slice;

/* Where such a step stands. Its slices come round. */
typedef struct session_slide {
    struct session_slide *next;
    const play_step *step;
    uint64_t round;
    session_slice **slices; /* NULL where none was sent yet */
    size_t count;
} session_slide;

typedef struct session_control {
    play_send send;
    uint8_t payload[WS_CONTROL_PAYLOAD_MAX];
} session_control;

enum { SESSION_CONTROLS = 16, SESSION_QUEUE_MAX = 1 << 20 };

/* Octets of a head that we write, with what stands before and behind it: row_handshake.c allows 64 MiB for
 * each of these. */
enum { SESSION_HEAD_MAX = 256 << 20 };

/* The frame that is being written. */
typedef struct session_writing {
    bool active;
    uint8_t header[WS_FRAME_HEADER_MAX];
    size_t header_size, header_at;
    const play_payload *payload;
    uint64_t payload_at, payload_end;
    bool masked;
    uint8_t key[4];
    uint64_t phase; /* octets of the frame's payload masked so far */
    uint64_t chop;  /* 0, or size of a write */
    uint64_t chop_left;
    uint64_t cut_left; /* octets before the one cut through the frame; 0: it is made, or there is none */
    bool flush;        /* a write ends with this frame */
} session_writing;

typedef enum session_state { SESSION_NEW, SESSION_HANDSHAKE, SESSION_OPEN, SESSION_ENDED } session_state;

struct play_session {
    const play_case *c;
    play_options options;
    const session_director *director;
    void *director_state;
    play_arena arena;
    play_trace trace;
    session_state state;
    int64_t started, now;
    int64_t progress; /* when octets last moved in either direction */
    uint64_t random_at, random_seed;
    bool out_of_memory;

    /* opening handshake */
    ws_buffer head; /* what came so far */
    ws_buffer text; /* what is still to be written */
    size_t text_at;
    uint64_t text_chop;           /* writes of so many octets; 0: one */
    int64_t text_pace_us;         /* time between these writes */
    int64_t text_due;             /* when the next one may leave */
    play_verdict opening_verdict; /* of a handshake that the case judges, once it was accepted */
    const char *opening_reason;
    play_verdict lingering_grade; /* of a refusal that the connection survives */
    bool announced_end;           /* the refusal says Connection: close */
    bool awaits_end;              /* a refusal came that is to be followed by the end of the connection */
    uint64_t refusals;            /* responses passed over */
    play_body refusal_body;       /* what is left of the body of the latest of them */
    bool deflate_agreed;
    ws_deflate_params deflate_answer;
    ws_deflater *deflater;
    char key[WS_KEY_TEXT_SIZE + 1];
    int64_t handshake_deadline;

    /* out */
    session_outgoing *queue;
    size_t queue_count, queue_at, queue_capacity;
    session_slide *slides; /* in the arena */
    play_send *spent;      /* of the item before, whose last octets may still be on their way */
    session_control controls[SESSION_CONTROLS]; /* answers to pings and to Close, ring */
    size_t control_at, control_count;
    session_control writing_control; /* the one being written */
    session_writing writing;
    bool inside_frame; /* the last header promised octets that are still to come by PAYLOAD steps */
    uint64_t inside_left;
    uint64_t sent_offset;
    bool shut_down;   /* our end of the stream follows the queue: nothing else may be sent */
    bool stop_output; /* nothing of the queue is sent any more */
    session_message *messages, *last_message; /* sent, not echoed */
    session_message *frame_message;           /* the one that the latest frame is part of; NULL: none */
    session_message *retired;                 /* echoed; kept while a candidate may point at them */
    bool ping_sent;
    ws_span last_ping;
    uint8_t last_ping_octets[WS_CONTROL_PAYLOAD_MAX];

    /* in */
    ws_receiver *receiver;
    play_keys keys;           /* of the frames with payload */
    uint64_t received_offset; /* octets received after the handshake */
    ws_span piece;            /* those at hand, which begin at octet */
    uint64_t piece_at;
    session_candidate candidates[SESSION_CANDIDATES];
    size_t candidate_count;
    uint64_t message_at; /* octets of the incoming message so far */
    uint8_t sample[SESSION_SAMPLE];
    size_t sample_size;
    bool failed; /* we failed the connection (or the peer broke a rule): messages are no longer handed on */
    ws_violation violation;

    /* closing */
    bool sent_close, received_close;
    uint16_t sent_code;
    bool transport_over;
    play_end end;
    bool close_notify_missing; /* the end came over TLS, and not announced */
    bool dropped;              /* we dropped the connection */
    play_wish wish;

    int64_t deaf_until; /* nothing should be read before */
    const char *seen;   /* what the peer did at last, for the table of limits */
    int64_t timer;      /* of the director; INT64_MAX: none */
    bool done;
    play_result result;
};

extern const session_director play_script_director;
extern const session_director play_autobahn_director;

/* ------------------------------------------------------------------ for directors */

/* Puts a step that sends into the queue. */
void session_send(play_session *session, const play_step *step);
/* Starts the closing handshake behind what is queued, unless it has begun: code 0 sends an empty Close. */
void session_close(play_session *session, uint16_t code, const char *reason);
/* Whether all output has been handed out. */
bool session_output_empty(const play_session *session);
/* Ends the connection: orderly, or with a reset. */
void session_drop(play_session *session, bool reset);
/* The echo of the oldest message has come. */
void session_retire_message(play_session *session);
/* Candidates: the echo of a message, a payload. Nothing happens when the table is full. */
void session_add_echo(play_session *session, const session_message *message);
void session_add_payload(play_session *session, uint8_t opcode, const play_payload *payload);
/* Length of what the candidate says as far as it is sent. */
uint64_t session_candidate_length(const session_candidate *candidate);
/* The verdict stands. The reason lives in the session's arena or is static; NULL for none. */
void session_finish(play_session *session, play_verdict verdict, play_close_verdict verdict_close,
                    const char *reason, bool timed_out);
/* Cases with a limit: notes what the peer did, and when that took a second or more, how long since `from`. */
void session_note_seen(play_session *session, const char *what, int64_t from);
/* Formats into the arena; a static text when memory is out. */
const char *session_text(play_session *session, const char *format, ...);
/* "1002 (protocol error)", "no code" */
const char *session_code_text(play_session *session, uint16_t code);
/* Up to 24 octets as text where printable, else as hex. */
const char *session_octets_text(play_session *session, ws_span octets);
double session_seconds(const play_session *session); /* since the connection was there */

/* ------------------------------------------------------------------ between the session's files */

void session_start_handshake(play_session *session);
/* The connection ended, or time ran out, before the handshake was over. */
void session_handshake_ended(play_session *session, bool timeout);
/* Takes octets of the peer's head; returns octets used. */
size_t session_read_handshake(play_session *session, const uint8_t *bytes, size_t size);
void session_read_frames(play_session *session, const uint8_t *bytes, size_t size);
void session_answer_ping(play_session *session, ws_span payload);
void session_answer_close(play_session *session, uint16_t code);
void session_fail(play_session *session, uint16_t code);
void session_emit(play_session *session, const session_event *event);
uint64_t session_random(play_session *session);
/* As play_output. */
size_t session_output(play_session *session, uint8_t *buffer, size_t capacity);
void session_clear_output(play_session *session);

#endif
