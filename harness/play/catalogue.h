/* The requirement catalogue: every normative statement of the RFCs, in our words, as cases/requirements/
 * lists them.
 *
 *     play_catalogue *catalogue = play_catalogue_new();
 *     if (play_catalogue_load_embedded(catalogue, error, sizeof error) != WS_OK) puts(error);
 *     const play_requirement *r = play_catalogue_find(catalogue, "6455-5.2-03"); */
#ifndef PLAY_CATALOGUE_H
#define PLAY_CATALOGUE_H

#include "play/table.h"

typedef enum play_requirement_level {
    PLAY_REQUIRE_MUST,
    PLAY_REQUIRE_MUST_NOT,
    PLAY_REQUIRE_SHOULD,
    PLAY_REQUIRE_SHOULD_NOT,
    PLAY_REQUIRE_MAY
} play_requirement_level;

typedef enum play_testable {
    PLAY_TESTABLE_WIRE,
    PLAY_TESTABLE_TIME,       /* on the wire, with deadlines */
    PLAY_TESTABLE_STATISTICS, /* over many connections or frames */
    PLAY_TESTABLE_NOT
} play_testable;

enum { PLAY_BINDS_INTERMEDIARY = 4, PLAY_BINDS_BROWSER = 8 }; /* beside PLAY_ROLE_* */

typedef struct play_requirement {
    const char *id;
    const char *document; /* "RFC 6455" */
    const char *section;  /* "5.2" */
    const char *statement;
    const char *why_not;        /* testable is NOT; else NULL */
    const ws_violation *always; /* rules of the frame reader that judge it in every case */
    size_t always_count;
    const char *left_out_server; /* why no case judges servers by it; NULL: cases should */
    const char *left_out_client;
    play_requirement_level level;
    play_testable testable;
    unsigned binds; /* PLAY_ROLE_*, PLAY_BINDS_* */
} play_requirement;

typedef struct play_catalogue play_catalogue;

play_catalogue *play_catalogue_new(void); /* NULL when out of memory */
void play_catalogue_free(play_catalogue *catalogue);

/* Adds the statements of one file. On error nothing is added; the sentence names file and JSON pointer. */
ws_status play_catalogue_load(play_catalogue *catalogue, const char *name, const char *text, size_t size,
                              char *error, size_t error_size);
ws_status play_catalogue_load_embedded(play_catalogue *catalogue, char *error, size_t error_size);

size_t play_catalogue_count(const play_catalogue *catalogue);
const play_requirement *play_catalogue_get(const play_catalogue *catalogue, size_t index);
/* By id; NULL when there is none. */
const play_requirement *play_catalogue_find(const play_catalogue *catalogue, const char *id);

/* "must not", "wire" */
const char *play_requirement_level_name(play_requirement_level level);
const char *play_testable_name(play_testable testable);

#endif
