/* Plays one case against one connection: a pure state machine, given octets and time, that gives back octets,
 * a deadline and a wish for the transport. It knows no socket, no clock and no thread.
 *
 *     play_player *p = play_player_new(c, &options);
 *     play_connected(p, now);
 *     while (!play_done(p)) {
 *         while ((n = play_output(p, now, buffer, sizeof buffer)) > 0) write(buffer, n);   // one write each
 *         act on play_wish(p) once all of that is written;
 *         wait until octets, end of stream or play_deadline(p);
 *         play_received(p, now, bytes, n) / play_ended(p, now, how) / play_time(p, now);
 *     }
 *     const play_result *r = play_result_of(p);
 *
 * Times are microseconds on any clock that never goes back. */
#ifndef PLAY_PLAYER_H
#define PLAY_PLAYER_H

#include "play/case.h"
#include "play/trace.h"

typedef struct play_header {
    const char *name, *value;
} play_header;

typedef struct play_options {
    ws_role role; /* ours: WS_CLIENT plays against a server under test */
    uint64_t seed;
    /* Our opening handshake as a client; borrowed for the player's life. */
    const char *authority;   /* Host field */
    const char *resource;    /* request target */
    const char *subprotocol; /* offered, or as a server: chosen when the client offers it; NULL: none */
    const play_header *headers;
    size_t header_count;
    /* How long to wait for something that should come; 0: the defaults below. */
    int64_t handshake_timeout_us; /* 5 s */
    int64_t event_timeout_us;     /* 2 s */
    int64_t close_timeout_us;     /* 1 s: Close reply, and end of stream after it */
    uint64_t wall_s;              /* time of day when the case begins, seconds since 1970; 0: unknown */
    unsigned greeting;            /* messages that the peer is known to send first, unasked */
    bool no_echo;                 /* the peer does not echo: messages that nothing expects are ignored */
    unsigned connections;         /* among which the peer divides its time; 0: one */
} play_options;

/* The same, with the times that are left open at their defaults, and all of them multiplied by `factor`. */
play_options play_options_stretched(const play_options *options, int factor);

typedef enum play_end {
    PLAY_END_FIN,
    PLAY_END_RESET,
    PLAY_END_TRUNCATED /* over TLS: FIN without close_notify */
} play_end;

typedef enum play_wish {
    PLAY_WISH_NOTHING,
    PLAY_WISH_SHUTDOWN, /* send FIN, go on reading */
    PLAY_WISH_CLOSE,    /* close the connection in good order */
    PLAY_WISH_RESET     /* drop it */
} play_wish;

typedef struct play_result {
    play_verdict verdict;
    play_close_verdict verdict_close;
    const char *reason; /* UTF-8; NULL when there is nothing to explain */
    bool timed_out;     /* the verdict rests on something that did not arrive in time */
    bool handshake_done;
    bool close_received, close_has_code;
    uint16_t close_code;
    ws_span close_reason;
    bool closed_by_peer, closed_by_us; /* who sent the first Close; at most one is set */
    bool clean;
    unsigned messages_ignored; /* that nothing expected: greetings, or all of a peer that does not echo */
    int64_t duration_us;       /* from play_connected to the verdict */
    const char *agent;         /* Server or User-Agent of the peer; NULL when unknown */
    const char *nonce;         /* a client's Sec-WebSocket-Key; NULL when there was none */
    const char *seen; /* cases with a limit: what the peer did at last, "Close 1009" or "431"; else NULL */
} play_result;

typedef struct play_player play_player;

/* NULL when out of memory. The case must outlive the player. */
play_player *play_player_new(const play_case *c, const play_options *options);
void play_player_free(play_player *player);

void play_connected(play_player *player, int64_t now);
void play_received(play_player *player, int64_t now, const uint8_t *bytes, size_t size);
void play_ended(play_player *player, int64_t now, play_end how);
/* Call at or after the deadline. */
void play_time(play_player *player, int64_t now);

/* Next octets to write, at most `capacity` (at least 64); 0 when there are none. What one call returns is
 * meant as one write. */
size_t play_output(play_player *player, int64_t now, uint8_t *buffer, size_t capacity);
/* Whether there is more to write. What play_output kept back although there was room belongs into a write of
 * its own, and the peer should read it as one of its own: wait a moment. */
bool play_output_waits(const play_player *player);
play_wish play_wish_of(const play_player *player);
/* When play_time wants to be called; INT64_MAX: never. */
int64_t play_deadline(const play_player *player);

/* The transport should read nothing before that time, so that the peer's writes pile up. In the past: read.
 */
int64_t play_deaf_until(const play_player *player);

/* True as soon as the verdict stands; the connection may then be closed. */
bool play_done(const play_player *player);
/* Valid once play_done; lives as long as the player. */
const play_result *play_result_of(const play_player *player);
const play_trace *play_trace_of(const play_player *player);

#endif
