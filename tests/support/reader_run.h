/* A whole stream through a ws_reader, cut as a test likes. Every piece ends at an unreadable page, and so do
 * the room for unmasked octets and the array of events. */
#ifndef TESTS_SUPPORT_READER_RUN_H
#define TESTS_SUPPORT_READER_RUN_H

#include "support/event_log.h"

enum { RUN_MAX_EVENTS = 64, RUN_MAX_PIECE = 70000 };

typedef struct reader_run {
    size_t max_events; /* 2 to RUN_MAX_EVENTS */
    bool in_place;     /* unmask over the input */
    bool state;        /* end the log with the reader's own answers */
    uint8_t *in, *out, *events;
} reader_run;

void reader_run_init(reader_run *run);
void reader_run_clear(reader_run *run);

/* Feeds the stream in pieces that end at cuts[0] <= cuts[1] <= ... and at its own end, then ends it. The log
 * gets every event. Aborts when the reader breaks its contract. */
void reader_run_cut(reader_run *run, const ws_reader_config *config, ws_span stream, const size_t *cuts,
                    size_t cut_count, event_log *log);
/* The same in pieces of `piece` octets each. */
void reader_run_chop(reader_run *run, const ws_reader_config *config, ws_span stream, size_t piece,
                     event_log *log);

#endif
