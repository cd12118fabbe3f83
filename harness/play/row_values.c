/* Members of JSON objects, names and payloads: what every part of a row is read with. */
#include "play/corpus.h"
#include "play/row_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_LITERAL_MAX = 1 << 20 };

/* Every member of an object must be in the list, which ends with NULL: a typing error never passes for a
 * default. */
bool row_only_members(play_reader *reader, const json_t *object, const char *const *allowed) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        const char *const *name = allowed;
        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name) {
            play_reader_complain(reader, WS_ERR_SYNTAX, "unknown member \"%s\"", key);
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ names */

const row_name row_verdict_names[] = {{"OK", PLAY_OK},
                                      {"NON-STRICT", PLAY_NON_STRICT},
                                      {"INFORMATIONAL", PLAY_INFORMATIONAL},
                                      {"UNIMPLEMENTED", PLAY_UNIMPLEMENTED},
                                      {"FAILED", PLAY_FAILED},
                                      {0}};
const row_name *row_find_name(const row_name *names, const char *name) {
    for (; name && names->name; names++)
        if (strcmp(names->name, name) == 0)
            return names;
    return NULL;
}

bool row_parse_name(play_reader *reader, const json_t *value, const row_name *names, int *result) {
    const row_name *found = row_find_name(names, json_string_value(value));
    if (found) {
        *result = found->value;
        return true;
    }
    char list[160] = "";
    for (const row_name *name = names; name->name; name++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s\"%s\"", name == names ? "" : ", ",
                 name->name);
    play_reader_complain(reader, WS_ERR_SYNTAX, "expected one of %s", list);
    return false;
}

/* An optional member with a name. */
bool row_member_name(play_reader *reader, const json_t *row, const char *member, const row_name *names,
                     int *result) {
    json_t *value = json_object_get(row, member);
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, member);
    bool fine = row_parse_name(reader, value, names, result);
    play_reader_leave(reader, mark);
    return fine;
}

bool row_parse_name_set(play_reader *reader, const json_t *array, const row_name *names, unsigned *set) {
    *set = 0;
    if (!json_is_array(array))
        return row_complain(reader, "an array of names");
    for (size_t i = 0; i < json_array_size(array); i++) {
        int bit = 0;
        size_t mark = play_reader_enter_index(reader, i);
        bool fine = row_parse_name(reader, json_array_get(array, i), names, &bit);
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
        *set |= (unsigned)bit;
    }
    return true;
}

bool row_parse_integer(play_reader *reader, const json_t *value, json_int_t low, json_int_t high,
                       json_int_t *result) {
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high) {
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected a whole number from %lld to %lld",
                             (long long)low, (long long)high);
        return false;
    }
    *result = json_integer_value(value);
    return true;
}

/* An optional member with a whole number. */
bool row_member_integer(play_reader *reader, const json_t *object, const char *name, json_int_t low,
                        json_int_t high, json_int_t *result) {
    json_t *value = json_object_get(object, name);
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, name);
    bool fine = row_parse_integer(reader, value, low, high, result);
    play_reader_leave(reader, mark);
    return fine;
}

bool row_member_boolean(play_reader *reader, const json_t *object, const char *name, bool *result) {
    json_t *value = json_object_get(object, name);
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, name);
    bool fine = json_is_boolean(value) || row_complain(reader, "true or false");
    if (fine)
        *result = json_is_true(value);
    play_reader_leave(reader, mark);
    return fine;
}

bool row_keep_text(play_reader *reader, const json_t *value, const char **result) {
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return row_complain(reader, "a string");
    *result = play_arena_text(reader->arena, json_string_value(value));
    return *result || row_out_of_memory(reader);
}

bool row_member_text(play_reader *reader, const json_t *object, const char *name, bool required,
                     const char **result) {
    json_t *value = json_object_get(object, name);
    if (!value && !required)
        return true;
    size_t mark = play_reader_enter(reader, name);
    bool fine = row_keep_text(reader, value, result);
    play_reader_leave(reader, mark);
    return fine;
}

bool row_member_texts(play_reader *reader, const json_t *object, const char *name, const char *const **result,
                      size_t *count) {
    json_t *array = json_object_get(object, name);
    if (!array)
        return true;
    size_t mark = play_reader_enter(reader, name);
    bool fine = json_is_array(array) || row_complain(reader, "an array of strings");
    const char **texts =
        fine ? play_arena_alloc(reader->arena, (json_array_size(array) + 1) * sizeof *texts) : NULL;
    if (fine && !texts)
        fine = row_out_of_memory(reader);
    for (size_t i = 0; fine && i < json_array_size(array); i++) {
        size_t inner = play_reader_enter_index(reader, i);
        fine = row_keep_text(reader, json_array_get(array, i), &texts[i]);
        play_reader_leave(reader, inner);
    }
    if (fine) {
        *result = texts;
        *count = json_array_size(array);
    }
    play_reader_leave(reader, mark);
    return fine;
}

/* ------------------------------------------------------------------ payloads */

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool row_parse_hex(play_reader *reader, const json_t *value, const uint8_t **bytes, size_t *size) {
    const char *text = json_string_value(value);
    size_t length = text ? json_string_length(value) : 1;
    uint8_t *octets = length % 2 == 0 ? play_arena_alloc(reader->arena, length / 2 + 1) : NULL;
    for (size_t i = 0; octets && i < length; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return row_complain(reader, "hexadecimal digits in pairs");
        octets[i / 2] = (uint8_t)(high << 4 | low);
    }
    if (!octets)
        return text && length % 2 == 0 ? row_out_of_memory(reader)
                                       : row_complain(reader, "hexadecimal digits in pairs");
    *bytes = octets;
    *size = length / 2;
    return true;
}

static bool member_hex(play_reader *reader, const json_t *object, const char *name, const uint8_t **bytes,
                       size_t *size) {
    size_t mark = play_reader_enter(reader, name);
    bool fine = row_parse_hex(reader, json_object_get(object, name), bytes, size);
    play_reader_leave(reader, mark);
    return fine;
}

/* The unit is stored often enough to make a block that reading in pieces is fast with. */
static bool make_repeat(play_reader *reader, const uint8_t *unit, size_t unit_size, play_payload *payload) {
    if (unit_size == 0 || unit_size > PLAY_REPEAT_BLOCK)
        return row_complain(reader, "a unit of 1 to 4096 octets");
    size_t times = (PLAY_REPEAT_BLOCK + unit_size - 1) / unit_size;
    uint8_t *block = play_arena_alloc(reader->arena, times * unit_size);
    if (!block)
        return row_out_of_memory(reader);
    for (size_t i = 0; i < times; i++)
        memcpy(block + i * unit_size, unit, unit_size);
    payload->kind = PLAY_REPEAT;
    payload->bytes = block;
    payload->size = times * unit_size;
    return true;
}

static const row_name corpus_names[] = {{"json", PLAY_CORPUS_JSON},   {"html", PLAY_CORPUS_HTML},
                                        {"prose", PLAY_CORPUS_PROSE}, {"bitmap", PLAY_CORPUS_BITMAP},
                                        {"dense", PLAY_CORPUS_DENSE}, {0}};

static bool parse_payload(play_reader *reader, const json_t *value, play_payload *payload);

static bool parse_concat(play_reader *reader, const json_t *array, play_payload *payload) {
    if (!json_is_array(array))
        return row_complain(reader, "an array of payloads");
    uint64_t total = 0;
    play_payload *parts = play_arena_alloc(reader->arena, (json_array_size(array) + 1) * sizeof *parts);
    if (!parts)
        return row_out_of_memory(reader);
    for (size_t i = 0; i < json_array_size(array); i++) {
        size_t mark = play_reader_enter_index(reader, i);
        bool fine = parse_payload(reader, json_array_get(array, i), &parts[i]);
        total += fine ? parts[i].length : 0;
        if (fine && total > PAYLOAD_LITERAL_MAX)
            fine = row_complain(reader, "at most 1 MiB in all");
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
    }
    uint8_t *octets = play_arena_alloc(reader->arena, (size_t)total + 1);
    if (!octets)
        return row_out_of_memory(reader);
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(array); i++) {
        play_payload_read(&parts[i], 0, octets + at, (size_t)parts[i].length);
        at += (size_t)parts[i].length;
    }
    *payload = (play_payload){.kind = PLAY_LITERAL, .bytes = octets, .size = at, .length = at};
    return true;
}

static bool parse_code_point(play_reader *reader, const json_t *value, uint32_t *point) {
    const char *text = json_string_value(value);
    size_t size = text ? json_string_length(value) : 0;
    *point = 0;
    for (size_t i = 0; i < size && size <= 6; i++)
        *point = hex_digit(text[i]) < 0 ? UINT32_MAX : *point << 4 | (uint32_t)hex_digit(text[i]);
    return (size > 0 && size <= 6 && *point <= 0x10ffff) ||
           row_complain(reader, "a code point in hexadecimal digits, up to 10ffff");
}

/* ["800", "ffff"]: the first and the last. */
static bool parse_code_points(play_reader *reader, const json_t *value, play_payload *payload) {
    if (!json_is_array(value) || json_array_size(value) != 2)
        return row_complain(reader, "an array of the first code point and the last");
    if (!parse_code_point(reader, json_array_get(value, 0), &payload->first) ||
        !parse_code_point(reader, json_array_get(value, 1), &payload->last))
        return false;
    payload->kind = PLAY_CODE_POINTS;
    payload->length = play_payload_code_points_length(payload->first, payload->last);
    return payload->length > 0 ||
           row_complain(reader, "a last code point that does not come before the first");
}

static const uint8_t *corpus_octets(play_reader *reader, play_corpus corpus) {
    if (reader->corpora && reader->corpora[corpus])
        return reader->corpora[corpus];
    uint8_t *octets = play_arena_alloc(reader->arena, play_corpus_size(corpus));
    if (octets)
        play_corpus_make(corpus, octets);
    if (reader->corpora)
        reader->corpora[corpus] = octets;
    return octets;
}

static bool member_aligned(play_reader *reader, const json_t *object, const char *name, json_int_t high,
                           json_int_t *result) {
    size_t mark = play_reader_enter(reader, name);
    bool fine = row_parse_integer(reader, json_object_get(object, name), 0, high, result) &&
                (*result % PLAY_CORPUS_ALIGNMENT == 0 || row_complain(reader, "a multiple of 16"));
    play_reader_leave(reader, mark);
    return fine;
}

/* Lengths and starts that leave every character of the texts whole. */
static bool parse_slice(play_reader *reader, const json_t *value, play_payload *payload) {
    static const char *const members[] = {"corpus", "length", "start", NULL};
    int corpus = 0;
    json_int_t length = 0, start = 0;
    if (!row_only_members(reader, value, members) ||
        !row_member_name(reader, value, "corpus", corpus_names, &corpus) ||
        !member_aligned(reader, value, "length", (json_int_t)1 << 40, &length))
        return false;
    size_t size = play_corpus_size((play_corpus)corpus);
    if (json_object_get(value, "start") &&
        !member_aligned(reader, value, "start", (json_int_t)size - PLAY_CORPUS_ALIGNMENT, &start))
        return false;
    payload->kind = PLAY_SLICE;
    payload->bytes = corpus_octets(reader, (play_corpus)corpus);
    payload->size = size;
    payload->length = (uint64_t)length;
    payload->start = (uint64_t)start;
    return payload->bytes || row_out_of_memory(reader);
}

static bool parse_made_payload(play_reader *reader, const json_t *value, play_payload *payload) {
    static const char *const members[] = {"repeat", "repeat-hex", "random", "length", NULL};
    json_t *text = json_object_get(value, "repeat"), *hex = json_object_get(value, "repeat-hex"),
           *seed = json_object_get(value, "random");
    json_int_t length = -1;
    if ((text != NULL) + (hex != NULL) + (seed != NULL) != 1)
        return row_complain(reader,
                            "a payload: a string, or one of hex, repeat, repeat-hex, random, code-points, "
                            "corpus, concat");
    if (!row_only_members(reader, value, members) ||
        !row_member_integer(reader, value, "length", 0, (json_int_t)1 << 40, &length))
        return false;
    if (length < 0)
        return row_complain(reader, "a length");
    payload->length = (uint64_t)length;
    if (seed) {
        json_int_t number = 0;
        payload->kind = PLAY_RANDOM;
        bool fine = row_member_integer(reader, value, "random", 0, INT64_MAX, &number);
        payload->seed = (uint64_t)number;
        return fine;
    }
    if (text)
        return json_is_string(text) ? make_repeat(reader, (const uint8_t *)json_string_value(text),
                                                  json_string_length(text), payload)
                                    : row_complain(reader, "a string to repeat");
    const uint8_t *unit;
    size_t unit_size;
    return member_hex(reader, value, "repeat-hex", &unit, &unit_size) &&
           make_repeat(reader, unit, unit_size, payload);
}

static bool parse_payload(play_reader *reader, const json_t *value, play_payload *payload) {
    *payload = (play_payload){.kind = PLAY_LITERAL};
    char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    payload->json = json ? play_arena_text(reader->arena, json) : NULL;
    free(json);
    if (!payload->json)
        return value ? row_out_of_memory(reader) : row_complain(reader, "a payload");
    const char *text = payload->json;
    bool fine;
    if (json_is_string(value)) {
        payload->size = json_string_length(value);
        payload->bytes =
            (const uint8_t *)play_arena_copy(reader->arena, json_string_value(value), payload->size);
        fine = payload->bytes || row_out_of_memory(reader);
        payload->length = payload->size;
    } else if (json_object_get(value, "hex") && json_object_size(value) == 1) {
        fine = member_hex(reader, value, "hex", &payload->bytes, &payload->size);
        payload->length = payload->size;
    } else if (json_object_get(value, "concat") && json_object_size(value) == 1) {
        size_t mark = play_reader_enter(reader, "concat");
        fine = parse_concat(reader, json_object_get(value, "concat"), payload);
        play_reader_leave(reader, mark);
    } else if (json_object_get(value, "code-points") && json_object_size(value) == 1) {
        size_t mark = play_reader_enter(reader, "code-points");
        fine = parse_code_points(reader, json_object_get(value, "code-points"), payload);
        play_reader_leave(reader, mark);
    } else if (json_object_get(value, "corpus")) {
        fine = parse_slice(reader, value, payload);
    } else if (json_is_object(value)) {
        fine = parse_made_payload(reader, value, payload);
    } else {
        fine = row_complain(reader, "a payload: a string or an object");
    }
    payload->json = text;
    return fine;
}

bool row_member_payload(play_reader *reader, const json_t *object, const char *name, play_payload *payload) {
    size_t mark = play_reader_enter(reader, name);
    bool fine = parse_payload(reader, json_object_get(object, name), payload);
    play_reader_leave(reader, mark);
    return fine;
}
