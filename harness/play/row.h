/* From one JSON row of a table to cases: generator expansion and parsing. Not a public header of the room. */
#ifndef PLAY_ROW_H
#define PLAY_ROW_H

#include "play/arena.h"
#include "play/case.h"

#include <jansson.h>

/* Where a reader of JSON stands, and what it complained about. */
typedef struct play_reader {
    play_arena *arena;
    const uint8_t **corpora; /* PLAY_CORPUS_COUNT data sets, NULL until they are needed; may be NULL itself */
    const char *table;       /* file name, for messages */
    const char *case_id;     /* NULL until it is known */
    char pointer[512];       /* JSON pointer of the value at hand */
    char *error;             /* where a sentence goes */
    size_t error_size;
    ws_status status; /* WS_OK until something was wrong */
} play_reader;

/* Records "TABLE: case ID: POINTER: sentence" and makes the reader fail; the first complaint wins. */
void play_reader_complain(play_reader *reader, ws_status status, const char *format, ...);
/* Steps into a member or an element and back. */
size_t play_reader_enter(play_reader *reader, const char *member);
size_t play_reader_enter_index(play_reader *reader, size_t index);
void play_reader_leave(play_reader *reader, size_t mark);

/* The rows that a row with "for" stands for: a new array of rows without "for", names substituted; NULL after
 * a complaint. A row without "for" gives itself. */
json_t *play_row_expand(play_reader *reader, const json_t *row, size_t max_rows);

/* A copy of an expanded row with the names in `values`, an object, replaced; NULL when out of memory. */
json_t *play_row_fill(play_reader *reader, const json_t *row, const json_t *values);

/* Fills *c from an expanded row; false after a complaint. */
bool play_row_parse(play_reader *reader, const json_t *row, const char *group, play_case *c);

#endif
