/* What becomes of an opening handshake that a case judges. Not a public header of the room. */
#ifndef PLAY_OPENING_H
#define PLAY_OPENING_H

#include "play/session.h"

typedef enum play_opening_kind {
    PLAY_OPENING_ACCEPTED, /* 101, and no rule of 4.1 broken after which a client must fail */
    PLAY_OPENING_BROKEN,   /* 101, but such a rule is broken: `fault` */
    PLAY_OPENING_DRAFT,    /* the same, and fields tell that it is the 101 of a draft */
    PLAY_OPENING_REFUSED,  /* another status */
    PLAY_OPENING_GARBAGE,  /* octets that are no HTTP response */
    PLAY_OPENING_ENDED,    /* the connection ended before a response */
    PLAY_OPENING_TIMEOUT
} play_opening_kind;

typedef struct play_opening_outcome {
    play_opening_kind kind;
    const ws_http_head *head;          /* ACCEPTED, BROKEN, DRAFT, REFUSED */
    const ws_handshake_report *report; /* ACCEPTED: findings that are not fatal; BROKEN */
    const char *fault;                 /* BROKEN, DRAFT: in words */
} play_opening_outcome;

/* Holds the outcome against the expectation. The grade, and in *reason what to tell (NULL for OK). */
play_verdict play_opening_judge(play_session *session, const play_expect *expect,
                                const play_opening_outcome *outcome, const char **reason);

/* The text with $(subprotocol) and its like replaced, $(accept) aside: itself, or in the session's arena. */
const char *play_opening_filled(play_session *session, const char *text);

/* Writes a head: the usual lines, edited as the case says. start_line and lines are borrowed for the call. */
typedef struct play_line {
    const char *name;
    const char *value;
} play_line;

/* False when memory is out. */
bool play_opening_write(play_session *session, const play_head *head, const char *start_line,
                        const play_line *lines, size_t count, const char *accept);

#endif
