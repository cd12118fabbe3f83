/* A player against a peer that is nothing but octets and times.
 *
 *     const scripted_peer row = {.steps = "[{\"ping\": \"a\"}, {\"expect\": \"pong\"}]",
 *                                .peer = "@0.5 8a 01 'a'; @1 88 00; fin"};
 *     scripted_run run;
 *     scripted_play(&run, &row, 0);
 *     ... run.result->verdict, run.reason, run.frames ...
 *     scripted_clear(&run);
 *
 * The peer's items are separated by semicolons: octets as in octets.h, or fin, or reset, or truncated. "@0.5"
 * in front of an item is when it arrives, in seconds after the opening handshake; without it, with the item
 * before. What has to come at a deadline of the player comes before it. Whatever goes wrong in here aborts
 * the test. */
#ifndef TESTS_SUPPORT_SCRIPTED_PEER_H
#define TESTS_SUPPORT_SCRIPTED_PEER_H

#include "play/player.h"
#include "play/table.h"
#include "support/event_log.h"

typedef struct scripted_peer {
    const char *steps;    /* of the case, a JSON array; NULL: none */
    const char *members;  /* further members of its row, each with a comma behind; NULL: none */
    const char *head;     /* what the peer sends in the opening handshake; NULL: a good head. {accept} stands
                             for the value that fits the request */
    const char *peer;     /* after the head; NULL: nothing */
    play_options options; /* role WS_CLIENT: the peer is a server */
} scripted_peer;

typedef struct scripted_run {
    play_table *table;
    play_player *player;
    const play_result *result;
    const play_trace *trace;
    bool done;
    play_wish wish;
    const char *reason; /* "" for none */
    const char *head;   /* what the player sent in the opening handshake */
    ws_span sent;       /* by the player, behind its head */
    const char *frames; /* the same as an event log */
    const char *writes; /* the sizes of its writes behind the head, "11 6" */
    int64_t now;
    ws_buffer head_buffer, sent_buffer, writes_buffer;
    event_log log;
} scripted_run;

/* What the player's clock shows when the connection is there. */
enum { SCRIPTED_START_US = 1000000000 };

/* cut: octets of a piece in which the peer's octets arrive; 0: each item is one piece. Pieces end at an
 * unreadable page. */
void scripted_play(scripted_run *run, const scripted_peer *row, size_t cut);
void scripted_clear(scripted_run *run);

#endif
