/* Streams and the events that they must give, shared by the tests of the frame reader. The stream ends behind
 * the octets. Octets are written as octets.h tells, logs as event_log.h does. */
#ifndef TESTS_SUPPORT_FRAME_ROWS_H
#define TESTS_SUPPORT_FRAME_ROWS_H

#include "wire/frame.h"

typedef struct frame_row {
    const char *name;
    ws_reader_config config;
    const char *octets;
    const char *log;
} frame_row;

typedef struct frame_table {
    const frame_row *rows;
    size_t count;
} frame_table;

/* The rules of RFC 6455, nothing negotiated, no limits. */
extern const frame_table frame_feed_rows;
/* The caller's limits, and rules that are tolerated. */
extern const frame_table frame_limit_rows;

#endif
