/* Loads case tables: JSON text into play_case values, generators expanded.
 *
 *     play_table *table = play_table_new();
 *     char error[512];
 *     if (play_table_load_file(table, "cases/framing.json", error, sizeof error) != WS_OK) puts(error);
 *     for (size_t i = 0; i < play_table_count(table); i++) ... play_table_get(table, i) ...
 *
 * Errors name the file, the case, the JSON pointer and what was expected there. */
#ifndef PLAY_TABLE_H
#define PLAY_TABLE_H

#include "play/case.h"

typedef struct play_table play_table;

enum { PLAY_CASES_MAX = 200000 }; /* over all files of one play_table */

play_table *play_table_new(void); /* NULL when out of memory */
void play_table_free(play_table *table);
/* Takes fewer cases than PLAY_CASES_MAX from now on, for tables that nobody vouches for. */
void play_table_limit(play_table *table, size_t cases);

/* Adds the cases of one table, of one file, or of all of them. On error nothing is added and `error` gets one
 * sentence. name is used in messages and as play_case.table. */
ws_status play_table_load(play_table *table, const char *name, const char *text, size_t size, char *error,
                          size_t error_size);
ws_status play_table_load_file(play_table *table, const char *path, char *error, size_t error_size);
/* All *.json files of a folder, in order of name. */
ws_status play_table_load_folder(play_table *table, const char *path, char *error, size_t error_size);
/* The tables compiled into the binary. */
ws_status play_table_load_embedded(play_table *table, char *error, size_t error_size);

size_t play_table_count(const play_table *table);
const play_case *play_table_get(const play_table *table, size_t index);
/* By id; NULL when there is none. */
const play_case *play_table_find(const play_table *table, const char *id);
/* What is asked of a server before a run; in a table of its own. */
ws_status play_table_load_probes(play_table *table, char *error, size_t error_size);

/* Hex SHA-256 over all tables loaded, in order. */
ws_status play_table_sha256(const play_table *table, char digest[65]);

/* Whether the case fits one GLOB: against its id, its Autobahn id, its group or one of its flags, where '*'
 * stands for anything, '?' for one character; a glob without wildcards also selects whatever lies below it
 * ("frame.length" selects "frame.length.*"). */
bool play_case_matches(const play_case *c, const char *glob);
/* The same for a comma-separated list of globs. */
bool play_case_matches_list(const play_case *c, const char *globs);

#endif
