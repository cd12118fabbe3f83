/* What a parser reported, in order: whole frames, or whole messages and control frames. */
#ifndef FOREIGN_EVENT_LOG_H
#define FOREIGN_EVENT_LOG_H

#include "fuzz/foreign/wspect_parser.h"
#include "wire/base.h"

typedef struct logged_event {
    uint8_t opcode;
    bool fin;
    uint16_t close_code;
    size_t start, size; /* the payload, in octets */
    uint64_t offset;    /* where its last frame begins; this and the next are known for the reference only */
    bool compressed;
} logged_event;

typedef struct event_log {
    logged_event *events;
    size_t count, capacity;
    ws_buffer octets;
    ws_buffer pending[2]; /* pieces of the data, and of the control, frame or message in progress */
    bool closed;          /* the last event is a Close */
    bool overflow;        /* more was reported than is kept, or memory was short */
} event_log;

void event_log_init(event_log *log);
/* Forgets the events, keeps the memory. */
void event_log_reset(event_log *log);
void event_log_clear(event_log *log);

/* Takes an event or a piece of one; offset and compressed are for the last piece to tell. After a Close
 * nothing is kept. */
void event_log_take(event_log *log, const wspect_parser_event *event, uint64_t offset, bool compressed);

/* Lives until the log takes another event. */
ws_span event_log_payload(const event_log *log, size_t index);

/* The same opcode, FIN, close code and payload. */
bool event_log_same(const event_log *a, const event_log *b, size_t index);

#endif
