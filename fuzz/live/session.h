/* From genes to a case: the steps that play a session, and what the peer must do, which the reference parser
 * tells: every frame is given to it as it will stand on the wire.
 *
 *     live_session session;
 *     json_t *row = live_session_row(&genome, &options, "fuzz.1", &session);
 *
 * What is expected is what any peer that obeys RFC 6455 does, whatever its limits and its timing. Where the
 * RFC leaves it to the peer, both are. */
#ifndef LIVE_SESSION_H
#define LIVE_SESSION_H

#include "live/genome.h"
#include "wire/frame.h"

#include <jansson.h>

typedef struct live_session_options {
    ws_role peer; /* the role of the peer under test */
    bool echo;    /* it echoes messages */
} live_session_options;

enum { LIVE_TITLE_MAX = 240 };

/* What the session does. */
typedef struct live_session {
    ws_violation violation;     /* the rule that it breaks at last; WS_VIOLATION_NONE: none */
    char title[LIVE_TITLE_MAX]; /* in words */
} live_session;

/* A row of a case table, to be given to json_decref; NULL when out of memory. */
json_t *live_session_row(const live_genome *genome, const live_session_options *options, const char *id,
                         live_session *session);

#endif
