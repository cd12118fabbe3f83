/* What the files that parse rows share: members of objects, names, payloads, expectations. Not a public
 * header of the room. Each function returns false after a complaint. */
#ifndef PLAY_ROW_PRIVATE_H
#define PLAY_ROW_PRIVATE_H

#include "play/row.h"

/* A name that a table may write, and what it stands for; a list ends with a NULL name. */
typedef struct row_name {
    const char *name;
    int value;
} row_name;

extern const row_name row_verdict_names[];

/* "expected ..." as the complaint; always false. */
static inline bool row_complain(play_reader *reader, const char *expected) {
    play_reader_complain(reader, WS_ERR_SYNTAX, "expected %s", expected);
    return false;
}

static inline bool row_out_of_memory(play_reader *reader) {
    play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return false;
}

/* Every member of the object must be in the list, which ends with NULL. */
bool row_only_members(play_reader *reader, const json_t *object, const char *const *allowed);
const row_name *row_find_name(const row_name *names, const char *name); /* NULL when it is not there */
bool row_parse_name(play_reader *reader, const json_t *value, const row_name *names, int *result);
bool row_parse_name_set(play_reader *reader, const json_t *array, const row_name *names, unsigned *set);
bool row_parse_integer(play_reader *reader, const json_t *value, json_int_t low, json_int_t high,
                       json_int_t *result);
bool row_parse_hex(play_reader *reader, const json_t *value, const uint8_t **bytes, size_t *size);
/* Optional members: *result stays as it is when there is none. */
bool row_member_integer(play_reader *reader, const json_t *object, const char *name, json_int_t low,
                        json_int_t high, json_int_t *result);
bool row_member_name(play_reader *reader, const json_t *row, const char *member, const row_name *names,
                     int *result);
bool row_member_texts(play_reader *reader, const json_t *object, const char *name, const char *const **result,
                      size_t *count);
bool row_member_boolean(play_reader *reader, const json_t *object, const char *name, bool *result);
bool row_member_verdict(play_reader *reader, const json_t *object, const char *name, play_verdict *verdict);
/* A number over 0 and up to 1000; left alone when the member is missing. */
bool row_member_factor(play_reader *reader, const json_t *object, const char *name, double *factor);
bool row_keep_text(play_reader *reader, const json_t *value, const char **result);
bool row_member_text(play_reader *reader, const json_t *object, const char *name, bool required,
                     const char **result);
/* Required members. */
bool row_member_payload(play_reader *reader, const json_t *object, const char *name, play_payload *payload);
bool row_member_codes(play_reader *reader, const json_t *object, const char *name, const uint16_t **codes,
                      size_t *count);
/* {"text": payload} or {"binary": payload} */
bool row_parse_text_or_binary(play_reader *reader, const json_t *object, uint8_t *opcode,
                              play_payload *payload);
/* {"expect": ..., "patience": ...} */
bool row_parse_expect(play_reader *reader, const json_t *object, play_expect *expect);

/* row_steps.c: the member "steps" */
bool row_parse_steps(play_reader *reader, const json_t *row, bool autobahn, play_case *c);

/* row_handshake.c */
bool row_parse_opening_matcher(play_reader *reader, const json_t *value, play_matcher *matcher);
bool row_parse_handshake(play_reader *reader, const json_t *row, play_case *c);
bool row_parse_deflate(play_reader *reader, const json_t *row, play_case *c);

#endif
