/* Rows of tests about the player: a scripted peer and what is to come of it. */
#ifndef TESTS_SUPPORT_PLAYER_ROWS_H
#define TESTS_SUPPORT_PLAYER_ROWS_H

#include "support/scripted_peer.h"

typedef struct player_row {
    const char *name;
    scripted_peer play;
    play_verdict verdict;
    play_close_verdict closing;
    const char *reason; /* "" for none */
    const char *frames; /* that the player sent, as an event log; NULL: not looked at */
} player_row;

/* The verdict of a good peer, and the end of a connection that the player closes. */
#define OK_OK    PLAY_OK, PLAY_CLOSE_OK, .reason = ""
#define GOOD_END "; @1 88 02 03e8; fin"

/* Plays the row with the peer's octets in one piece, octet by octet, and cut in other ways: nothing may
 * change. Returns what is wrong, in words, or NULL; it lives until the next call. */
const char *player_row_play(const player_row *row);

/* For tests, which include Criterion. */
#define CHECK_ROWS(rows)                                                                                     \
    for (size_t row_ = 0; row_ < sizeof(rows) / sizeof *(rows); row_++) {                                    \
        const char *wrong_ = player_row_play(&(rows)[row_]);                                                 \
        cr_expect_null(wrong_, "%s", wrong_);                                                                \
    }

#endif
