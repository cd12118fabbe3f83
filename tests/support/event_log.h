/* Events as text, so that a test table can say what a stream must give.
 *
 *     0 text [(Hel); 5 ping abc; 10 text (lo)]; 14 close 1000 bye; 21 violation rsv
 *
 * The number is the event's offset. Of data, [ and ] are the message's ends, ( and ) those of the frame, and
 * neighbouring pieces of a frame are joined. Octets that are not plain text, and the signs used here, stand
 * as \xNN; a run of eight or more equal octets as a{125}. Compressed data is "text deflated". */
#ifndef TESTS_SUPPORT_EVENT_LOG_H
#define TESTS_SUPPORT_EVENT_LOG_H

#include "wire/frame.h"

typedef struct event_log {
    bool headers;      /* write each event's frame header too */
    ws_buffer text;    /* the finished lines */
    bool joining;      /* a data frame has begun and may have further pieces */
    ws_event data;     /* its beginning, with the flags of all pieces */
    ws_buffer payload; /* its octets so far */
} event_log;

void event_log_init(event_log *log, bool headers);
void event_log_clear(event_log *log);
/* Copies what it needs of the event. */
void event_log_add(event_log *log, const ws_event *event);
/* Adds a line of the test's own. */
void event_log_note(event_log *log, const char *line);
/* The whole log. Lives until the next call with this log. */
const char *event_log_text(event_log *log);

#endif
