/* What the files of the endpoint share: endpoint.c has its life, octets and time; endpoint_frames.c has what
 * it does with frames and how it sends them. */
#ifndef PEER_ENDPOINT_PRIVATE_H
#define PEER_ENDPOINT_PRIVATE_H

#include "peer/endpoint.h"
#include "wire/receiver.h"

typedef enum peer_stage {
    STAGE_NEW,
    STAGE_HANDSHAKE,
    STAGE_OPEN,
    STAGE_FAILED, /* only pings are still answered, which is a fault */
    STAGE_LINGER, /* everything is said: waits for the other side's end of stream */
    STAGE_DEAF    /* the same, without a deadline */
} peer_stage;

struct peer_endpoint {
    peer_options options;
    const peer_behaviour *behaviour;
    peer_facts facts;
    peer_stage stage;
    peer_wish wish;
    int64_t now; /* as of the call at hand */
    int64_t deadline;
    uint64_t random; /* state of the generator */
    char key[WS_KEY_TEXT_SIZE + 1];
    bool peer_ended; /* the other side's end of stream was seen */

    ws_buffer input; /* octets not parsed yet: a head in progress, or what came while no input was wanted */
    ws_receiver *receiver;
    ws_reader *shadow;       /* reads on after a failure (pongs_after_failing), or NULL */
    uint64_t failure_offset; /* of the octet that broke the rule */

    ws_buffer message;    /* the message in progress */
    bool message_unknown; /* it is of a reserved type */
    bool inside_message;  /* its final fragment has not come */
    bool frame_skipped;   /* a hook has skipped the data frame at hand */
    ws_buffer compressed;
    ws_deflater *deflater;

    ws_buffer output;
    size_t output_at; /* octets of output already taken */
    int64_t write_at; /* output_gap_us: no write before */
    ws_buffer late;   /* frames held back by answer_delay_us */
    ws_buffer dues;   /* when: an array of late frames */
    uint64_t emitted; /* frames */

    /* what hooks and timers need */
    uint64_t memo[PEER_MEMO_WORDS];
    ws_buffer scratch;
    uint64_t arrivals;
    uint64_t input_offset; /* octets that came after the opening handshake */
    int64_t held_until;    /* handshake_delay_us: the head is sent then; INT64_MAX: nothing is held back */
    bool head_released;    /* it was held back long enough */
    int64_t last_input;    /* when octets came last */
};

/* ---- endpoint.c */

/* Gives the octets of an empty buffer back when they are many. */
void peer_endpoint_empty(ws_buffer *buffer);
size_t peer_endpoint_waiting(const peer_endpoint *endpoint);
void peer_endpoint_forget_late_frames(peer_endpoint *endpoint);

/* The ends of a connection (7.1.1). */
void peer_endpoint_reset(peer_endpoint *endpoint);
/* Reads nothing more, writes what waits and closes TCP. */
void peer_endpoint_close_tcp(peer_endpoint *endpoint);
/* Everything is said: ends TCP as the role does. */
void peer_endpoint_finish(peer_endpoint *endpoint);
/* Neither sends nor understands anything from now on. */
void peer_endpoint_go_deaf(peer_endpoint *endpoint);

/* A Close of our own is sent: its answer is not waited for without end. */
void peer_endpoint_await_close(peer_endpoint *endpoint);

/* ---- endpoint_frames.c */

typedef struct peer_late_frame {
    int64_t due;
    size_t size; /* octets in `late` */
} peer_late_frame;

/* Does what a hook chose; true when it chose to go on as usual. event: what it chose that on, or NULL. */
bool peer_endpoint_obey(peer_endpoint *endpoint, peer_act act, uint16_t code, const ws_event *event);

/* Both false when the connection is over instead. */
bool peer_endpoint_send_control(peer_endpoint *endpoint, peer_purpose purpose, const ws_event *event,
                                uint8_t opcode, ws_span payload);
/* A Close with code and reason, or an empty one for WS_CLOSE_NO_STATUS. */
bool peer_endpoint_send_close(peer_endpoint *endpoint, peer_purpose purpose, const ws_event *event,
                              uint16_t code, ws_span reason);

/* Fails the connection (7.1.7). event: the cause, or NULL when it lies with us. */
void peer_endpoint_fail(peer_endpoint *endpoint, uint16_t code, const char *why, const ws_event *event);
void peer_endpoint_fail_on_violation(peer_endpoint *endpoint, const ws_event *event);

/* Reads frames and acts on them. Returns octets used: all, unless too much output waits. */
size_t peer_endpoint_read_frames(peer_endpoint *endpoint, const uint8_t *bytes, size_t size);
/* The fault of going on after a failure: a second reader that checks nothing has read all along, and what it
 * finds from the violation on counts. */
void peer_endpoint_read_shadow(peer_endpoint *endpoint, const uint8_t *bytes, size_t size);

#endif
