/* One expanded row of a table becomes a play_case. The format is taught in cases/README.md. */
#include "play/row_private.h"

#include "wire/close.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_LITERAL_MAX = 1 << 20, STEPS_MAX = 4096, REPEAT_DEPTH_MAX = 3 };

bool row_complain(play_reader *reader, const char *expected) {
    play_reader_complain(reader, WS_ERR_SYNTAX, "expected %s", expected);
    return false;
}

bool row_out_of_memory(play_reader *reader) {
    play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return false;
}

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
static const row_name level_names[] = {
    {"must", PLAY_MUST}, {"should", PLAY_SHOULD}, {"policy", PLAY_POLICY}, {0}};
static const row_name tier_names[] = {
    {"quick", PLAY_QUICK}, {"standard", PLAY_STANDARD}, {"full", PLAY_FULL}, {0}};
static const row_name role_names[] = {{"server", PLAY_ROLE_SERVER}, {"client", PLAY_ROLE_CLIENT}, {0}};
static const row_name need_names[] = {{"echo", PLAY_NEEDS_ECHO},
                                      {"permessage-deflate", PLAY_NEEDS_DEFLATE},
                                      {"subprotocol", PLAY_NEEDS_SUBPROTOCOL},
                                      {0}};

static const row_name *find_name(const row_name *names, const char *name) {
    for (; name && names->name; names++)
        if (strcmp(names->name, name) == 0)
            return names;
    return NULL;
}

bool row_parse_name(play_reader *reader, const json_t *value, const row_name *names, int *result) {
    const row_name *found = find_name(names, json_string_value(value));
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
static bool member_name(play_reader *reader, const json_t *row, const char *member, const row_name *names,
                        int *result) {
    json_t *value = json_object_get(row, member);
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, member);
    bool fine = row_parse_name(reader, value, names, result);
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_name_set(play_reader *reader, const json_t *array, const row_name *names, unsigned *set) {
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

static bool parse_integer(play_reader *reader, const json_t *value, json_int_t low, json_int_t high,
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
    bool fine = parse_integer(reader, value, low, high, result);
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

static bool member_texts(play_reader *reader, const json_t *object, const char *name,
                         const char *const **result, size_t *count) {
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

static bool parse_hex(play_reader *reader, const json_t *value, const uint8_t **bytes, size_t *size) {
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
    bool fine = parse_hex(reader, json_object_get(object, name), bytes, size);
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

static bool parse_made_payload(play_reader *reader, const json_t *value, play_payload *payload) {
    static const char *const members[] = {"repeat", "repeat-hex", "random", "length", NULL};
    json_t *text = json_object_get(value, "repeat"), *hex = json_object_get(value, "repeat-hex"),
           *seed = json_object_get(value, "random");
    json_int_t length = -1;
    if ((text != NULL) + (hex != NULL) + (seed != NULL) != 1)
        return row_complain(reader, "a payload: a string, or one of hex, repeat, repeat-hex, random, concat");
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

/* ------------------------------------------------------------------ matchers */

bool row_member_codes(play_reader *reader, const json_t *object, const char *name, const uint16_t **codes,
                      size_t *count) {
    json_t *value = json_object_get(object, name);
    size_t mark = play_reader_enter(reader, name);
    bool fine = json_is_array(value) || row_complain(reader, "an array of close codes");
    uint16_t *list =
        fine ? play_arena_alloc(reader->arena, (json_array_size(value) + 1) * sizeof *list) : NULL;
    if (fine && !list)
        fine = row_out_of_memory(reader);
    for (size_t i = 0; fine && i < json_array_size(value); i++) {
        json_int_t code = 0;
        size_t inner = play_reader_enter_index(reader, i);
        fine = parse_integer(reader, json_array_get(value, i), 0, 65535, &code);
        list[i] = (uint16_t)code;
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    *codes = list;
    *count = json_array_size(value);
    return fine;
}

bool row_member_verdict(play_reader *reader, const json_t *object, const char *name, play_verdict *verdict) {
    int number = (int)*verdict;
    bool fine = member_name(reader, object, name, row_verdict_names, &number);
    *verdict = (play_verdict)number;
    return fine;
}

static bool parse_text_or_binary(play_reader *reader, const json_t *object, uint8_t *opcode,
                                 play_payload *payload) {
    bool text = json_object_get(object, "text") != NULL;
    if (json_object_size(object) != 1 || (!text && !json_object_get(object, "binary")))
        return row_complain(reader, "{\"text\": payload} or {\"binary\": payload}");
    *opcode = text ? WS_TEXT : WS_BINARY;
    return row_member_payload(reader, object, text ? "text" : "binary", payload);
}

static const row_name matcher_names[] = {
    {"echo", PLAY_MATCH_ECHO},         {"pong", PLAY_MATCH_PONG},       {"ping", PLAY_MATCH_PING},
    {"close", PLAY_MATCH_CLOSE},       {"failure", PLAY_MATCH_FAILURE}, {"end", PLAY_MATCH_END},
    {"accepted", PLAY_MATCH_ACCEPTED}, {"refused", PLAY_MATCH_REFUSED}, {"accepted", PLAY_MATCH_ACCEPTED},
    {"refused", PLAY_MATCH_REFUSED},   {"timeout", PLAY_MATCH_TIMEOUT}, {0}};

static bool parse_matcher(play_reader *reader, const json_t *value, play_matcher *matcher) {
    static const char *const members[] = {"close", "failure", "other", "without-close", NULL};
    *matcher = (play_matcher){.other_code = PLAY_NON_STRICT, .without_close = PLAY_NON_STRICT};
    if (json_is_string(value)) {
        int kind = 0;
        bool fine = row_parse_name(reader, value, matcher_names, &kind);
        matcher->kind = (play_matcher_kind)kind;
        return fine;
    }
    json_t *maybe = json_object_get(value, "maybe");
    if (maybe && json_object_size(value) == 1) {
        size_t mark = play_reader_enter(reader, "maybe");
        bool fine = json_object_get(maybe, "maybe")
                        ? row_complain(reader, "a matcher that is not itself \"maybe\"")
                        : parse_matcher(reader, maybe, matcher);
        matcher->optional = true;
        play_reader_leave(reader, mark);
        return fine;
    }
    json_t *message = json_object_get(value, "message");
    if (message && json_object_size(value) == 1) {
        size_t mark = play_reader_enter(reader, "message");
        matcher->kind = PLAY_MATCH_MESSAGE;
        bool fine = parse_text_or_binary(reader, message, &matcher->opcode, &matcher->payload);
        play_reader_leave(reader, mark);
        return fine;
    }
    if (json_object_get(value, "accepted") || json_object_get(value, "refused"))
        return row_parse_opening_matcher(reader, value, matcher);
    json_t *close = json_object_get(value, "close"), *failure = json_object_get(value, "failure");
    if ((close != NULL) == (failure != NULL))
        return row_complain(reader,
                            "a matcher: echo, pong, ping, close, failure, end, timeout, {\"message\"}, "
                            "{\"close\"}, {\"failure\"} or "
                            "{\"maybe\"}");
    matcher->kind = close ? PLAY_MATCH_CLOSE : PLAY_MATCH_FAILURE;
    return row_only_members(reader, value, members) &&
           row_member_codes(reader, value, close ? "close" : "failure", &matcher->codes,
                            &matcher->code_count) &&
           row_member_verdict(reader, value, "other", &matcher->other_code) &&
           row_member_verdict(reader, value, "without-close", &matcher->without_close);
}

static bool parse_alternative(play_reader *reader, const json_t *value, play_alternative *alternative) {
    bool array = json_is_array(value);
    size_t count = array ? json_array_size(value) : 1;
    if (count == 0)
        return row_complain(reader, "at least one matcher");
    play_matcher *matchers = play_arena_alloc(reader->arena, count * sizeof *matchers);
    if (!matchers)
        return row_out_of_memory(reader);
    for (size_t i = 0; i < count; i++) {
        size_t mark = array ? play_reader_enter_index(reader, i) : strlen(reader->pointer);
        bool fine = parse_matcher(reader, array ? json_array_get(value, i) : value, &matchers[i]);
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
    }
    if (matchers[count - 1].optional)
        return row_complain(reader, "a last matcher that is not \"maybe\": the wait could never end");
    alternative->matchers = matchers;
    alternative->count = count;
    return true;
}

static bool is_graded(const json_t *value) {
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        if (find_name(row_verdict_names, key) || strcmp(key, "because") == 0)
            return true;
    }
    return false;
}

/* Gives every alternative the sentence of its verdict. */
static bool parse_because(play_reader *reader, const json_t *graded, play_alternative *alternatives,
                          size_t count) {
    json_t *because = json_object_get(graded, "because");
    const char *key;
    json_t *member;
    size_t mark = play_reader_enter(reader, "because");
    bool fine =
        !because || json_is_object(because) || row_complain(reader, "an object of sentences by verdict");
    json_object_foreach(because, key, member) {
        const row_name *grade = find_name(row_verdict_names, key);
        const char *sentence = NULL;
        size_t inner = play_reader_enter(reader, key);
        fine = fine && row_keep_text(reader, member, &sentence);
        if (fine && !(grade && json_object_get(graded, key)))
            fine = row_complain(reader, "a verdict that the expectation has");
        for (size_t i = 0; fine && i < count; i++)
            if ((int)alternatives[i].grade == grade->value)
                alternatives[i].because = sentence;
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    return fine;
}

/* {"OK": [alternative, ...], "NON-STRICT": [...], "because": {...}} */
static bool parse_graded(play_reader *reader, const json_t *value, play_expect *expect) {
    size_t count = 0;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        count += json_is_array(member) ? json_array_size(member) : 0;
    }
    play_alternative *alternatives = play_arena_alloc(reader->arena, (count + 1) * sizeof *alternatives);
    if (!alternatives)
        return row_out_of_memory(reader);
    json_object_foreach((json_t *)value, key, member) {
        if (strcmp(key, "because") == 0)
            continue;
        const row_name *grade = find_name(row_verdict_names, key);
        size_t mark = play_reader_enter(reader, key);
        bool fine = grade && json_is_array(member)
                        ? true
                        : row_complain(reader, "a verdict with an array of alternatives");
        for (size_t i = 0; fine && i < json_array_size(member); i++) {
            play_alternative *alternative = &alternatives[expect->count++];
            alternative->grade = (play_verdict)grade->value;
            size_t inner = play_reader_enter_index(reader, i);
            fine = parse_alternative(reader, json_array_get(member, i), alternative);
            play_reader_leave(reader, inner);
        }
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
    }
    expect->alternatives = alternatives;
    if (!parse_because(reader, value, alternatives, expect->count))
        return false;
    if (expect->count > PLAY_ALTERNATIVES_MAX)
        return row_complain(reader, "at most 16 alternatives");
    return expect->count > 0 || row_complain(reader, "at least one alternative");
}

static bool parse_patience(play_reader *reader, const json_t *object, double *patience) {
    json_t *value = json_object_get(object, "patience");
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, "patience");
    *patience = json_number_value(value);
    bool fine =
        (*patience > 0 && *patience <= 1000) || row_complain(reader, "a patience over 0 and up to 1000");
    play_reader_leave(reader, mark);
    return fine;
}

bool row_parse_expect(play_reader *reader, const json_t *object, play_expect *expect) {
    static const char *const members[] = {"expect", "patience", NULL};
    json_t *value = json_object_get(object, "expect");
    *expect = (play_expect){.patience = 1};
    if (!row_only_members(reader, object, members) || !parse_patience(reader, object, &expect->patience))
        return false;
    size_t mark = play_reader_enter(reader, "expect");
    bool fine;
    if (is_graded(value)) {
        fine = parse_graded(reader, value, expect);
    } else {
        play_alternative *alternative = play_arena_alloc(reader->arena, sizeof *alternative);
        fine = alternative ? parse_alternative(reader, value, alternative) : row_out_of_memory(reader);
        expect->alternatives = alternative;
        expect->count = 1;
    }
    play_reader_leave(reader, mark);
    return fine;
}

/* ------------------------------------------------------------------ steps that send */

static const char *const send_members[] = {
    "text",  "binary",    "continuation", "ping", "pong",        "frame",      "payload",
    "close", "reason",    "fin",          "rsv",  "mask",        "declare",    "chop",
    "flush", "fragments", "empty-last",   "echo", "length-form", "compressed", NULL};

static bool parse_mask(play_reader *reader, const json_t *object, play_send *send) {
    json_t *value = json_object_get(object, "mask");
    if (!value)
        return true;
    const char *text = json_string_value(value);
    size_t mark = play_reader_enter(reader, "mask");
    const uint8_t *key = NULL;
    size_t size = 0;
    bool fine = text != NULL;
    if (fine && strcmp(text, "none") == 0)
        send->mask = PLAY_MASK_NONE;
    else if (fine && parse_hex(reader, value, &key, &size) && size == 4) {
        send->mask = PLAY_MASK_KEY;
        memcpy(send->key, key, 4);
    } else
        fine = row_complain(reader, "\"none\" or a key of eight hexadecimal digits");
    play_reader_leave(reader, mark);
    return fine;
}

/* A number, or a string for what JSON numbers cannot hold: "0x8000000000000000". */
static bool parse_declare(play_reader *reader, const json_t *object, play_send *send) {
    json_t *value = json_object_get(object, "declare");
    if (!value)
        return true;
    const char *text = json_string_value(value);
    json_int_t number = 0;
    bool fine;
    size_t mark = play_reader_enter(reader, "declare");
    if (text) {
        char *end = NULL;
        errno = 0;
        send->declared = strtoull(text, &end, 0);
        fine = (isdigit((unsigned char)*text) && *end == '\0' && errno == 0) ||
               row_complain(reader, "a length of up to 64 bits, as a number or as a string of digits");
    } else {
        fine = parse_integer(reader, value, 0, INT64_MAX, &number);
        send->declared = (uint64_t)number;
    }
    send->lie_about_length = true;
    play_reader_leave(reader, mark);
    return fine;
}

static bool member_length_form(play_reader *reader, const json_t *object, ws_length_form *form) {
    json_t *value = json_object_get(object, "length-form");
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, "length-form");
    json_int_t bits = json_integer_value(value);
    bool fine = bits == 7 || bits == 16 || bits == 64 || row_complain(reader, "7, 16 or 64");
    *form = (ws_length_form)bits;
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_send_members(play_reader *reader, const json_t *object, play_send *send) {
    json_int_t rsv = 0, fragments = 0, chop = 0;
    bool fine = row_only_members(reader, object, send_members) &&
                row_member_boolean(reader, object, "fin", &send->fin) &&
                row_member_boolean(reader, object, "flush", &send->flush) &&
                row_member_boolean(reader, object, "empty-last", &send->empty_last) &&
                row_member_boolean(reader, object, "compressed", &send->compressed) &&
                row_member_boolean(reader, object, "echo", &send->is_message) &&
                row_member_integer(reader, object, "rsv", 0, 7, &rsv) &&
                member_length_form(reader, object, &send->length_form) &&
                row_member_integer(reader, object, "fragments", 1, (json_int_t)1 << 40, &fragments) &&
                row_member_integer(reader, object, "chop", 1, (json_int_t)1 << 40, &chop) &&
                parse_mask(reader, object, send) && parse_declare(reader, object, send);
    send->rsv = (uint8_t)rsv;
    send->fragment_size = (uint64_t)fragments;
    send->chop = (uint64_t)chop;
    return fine;
}

/* Payload of a Close: code and reason, nothing, or any octets. */
static bool parse_close_payload(play_reader *reader, const json_t *object, play_payload *payload) {
    json_t *close = json_object_get(object, "close"), *reason = json_object_get(object, "reason");
    *payload = (play_payload){.kind = PLAY_LITERAL};
    if (json_is_null(close) && !reason)
        return true;
    if (!json_is_integer(close))
        return !reason && !json_is_null(close) ? row_member_payload(reader, object, "close", payload)
                                               : row_complain(reader, "a close code when there is a reason");
    json_int_t code = 0;
    play_payload text = {.kind = PLAY_LITERAL};
    if (!row_member_integer(reader, object, "close", 0, 65535, &code) ||
        (reason && !row_member_payload(reader, object, "reason", &text)))
        return false;
    if (text.length > PAYLOAD_LITERAL_MAX)
        return row_complain(reader, "a reason of at most 1 MiB");
    uint8_t *octets = play_arena_alloc(reader->arena, (size_t)text.length + 2);
    if (!octets)
        return row_out_of_memory(reader);
    octets[0] = (uint8_t)(code >> 8);
    octets[1] = (uint8_t)code;
    play_payload_read(&text, 0, octets + 2, (size_t)text.length);
    *payload = (play_payload){
        .kind = PLAY_LITERAL, .bytes = octets, .size = (size_t)text.length + 2, .length = text.length + 2};
    return true;
}

typedef struct send_verb {
    const char *name;
    play_step_kind kind;
    uint8_t opcode;
    bool is_message;
} send_verb;

static const send_verb send_verbs[] = {
    {"text", PLAY_STEP_SEND, WS_TEXT, true},
    {"binary", PLAY_STEP_SEND, WS_BINARY, true},
    {"continuation", PLAY_STEP_SEND, WS_CONTINUATION, true},
    {"ping", PLAY_STEP_SEND, WS_PING, false},
    {"pong", PLAY_STEP_SEND, WS_PONG, false},
    {"frame", PLAY_STEP_SEND, 0, false},
    {"close", PLAY_STEP_CLOSE, WS_CLOSE, false},
    {"raw", PLAY_STEP_RAW, 0, false},
    {"payload", PLAY_STEP_PAYLOAD, 0, false},
};

/* A step says one thing: "payload" stands beside "frame" alone, "reason" beside "close". */
static bool one_verb(play_reader *reader, const json_t *object, const send_verb *verb) {
    bool frame = strcmp(verb->name, "frame") == 0;
    const char *other = NULL;
    for (size_t i = 0; i < sizeof send_verbs / sizeof *send_verbs; i++) {
        const char *name = send_verbs[i].name;
        bool allowed = &send_verbs[i] == verb || (frame && send_verbs[i].kind == PLAY_STEP_PAYLOAD);
        if (!allowed && json_object_get(object, name))
            other = name;
    }
    if (verb->kind != PLAY_STEP_CLOSE && json_object_get(object, "reason"))
        other = "reason";
    if (other)
        play_reader_complain(reader, WS_ERR_SYNTAX, "\"%s\" cannot stand beside \"%s\"", other, verb->name);
    return !other;
}

static bool parse_send(play_reader *reader, const json_t *object, const send_verb *verb, play_step *step) {
    static const char *const raw_members[] = {"raw", "payload", "chop", "flush", NULL};
    play_send *send = &step->send;
    step->kind = verb->kind;
    *send = (play_send){.opcode = verb->opcode, .fin = true, .is_message = verb->is_message};
    if (!one_verb(reader, object, verb))
        return false;
    if (verb->kind == PLAY_STEP_RAW || verb->kind == PLAY_STEP_PAYLOAD) {
        json_int_t chop = 0;
        bool fine = row_only_members(reader, object, raw_members) &&
                    row_member_integer(reader, object, "chop", 1, INT64_MAX, &chop) &&
                    row_member_boolean(reader, object, "flush", &send->flush) &&
                    row_member_payload(reader, object, verb->name, &send->payload);
        send->chop = (uint64_t)chop;
        return fine;
    }
    if (!parse_send_members(reader, object, send))
        return false;
    if (verb->kind == PLAY_STEP_CLOSE)
        return parse_close_payload(reader, object, &send->payload);
    if (strcmp(verb->name, "frame") != 0)
        return row_member_payload(reader, object, verb->name, &send->payload);
    json_int_t opcode = 0;
    bool fine = row_member_integer(reader, object, "frame", 0, 15, &opcode);
    send->opcode = (uint8_t)opcode;
    return fine && (!json_object_get(object, "payload") ||
                    row_member_payload(reader, object, "payload", &send->payload));
}

/* ------------------------------------------------------------------ steps */

typedef struct step_list {
    bool autobahn; /* which steps there are depends on the rules */
    play_step *steps;
    size_t count;
    size_t capacity;
} step_list;

static play_step *add_step(play_reader *reader, step_list *list) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        play_step *grown =
            capacity <= STEPS_MAX ? play_arena_alloc(reader->arena, capacity * sizeof *grown) : NULL;
        if (!grown) {
            play_reader_complain(reader, WS_ERR_LIMIT, "out of memory, or more than %d steps",
                                 (int)STEPS_MAX);
            return NULL;
        }
        if (list->count)
            memcpy(grown, list->steps, list->count * sizeof *grown);
        list->steps = grown;
        list->capacity = capacity;
    }
    return &list->steps[list->count++];
}

static bool parse_steps(play_reader *reader, const json_t *array, int depth, step_list *list);

static bool parse_repeat(play_reader *reader, const json_t *object, int depth, step_list *list) {
    static const char *const members[] = {"repeat", "steps", NULL};
    json_int_t count = 0;
    if (depth == REPEAT_DEPTH_MAX)
        return row_complain(reader, "at most three levels of \"repeat\"");
    if (!row_only_members(reader, object, members) ||
        !row_member_integer(reader, object, "repeat", 1, 100000000, &count))
        return false;
    size_t at = list->count - 1; /* the array may move */
    size_t mark = play_reader_enter(reader, "steps");
    bool fine = parse_steps(reader, json_object_get(object, "steps"), depth + 1, list);
    play_reader_leave(reader, mark);
    list->steps[at].kind = PLAY_STEP_REPEAT;
    list->steps[at].count = (uint64_t)count;
    list->steps[at].body_count = list->count - 1 - at;
    return fine && (list->steps[at].body_count > 0 || row_complain(reader, "at least one step to repeat"));
}

static bool member_seconds(play_reader *reader, const json_t *object, const char *name, double *seconds) {
    json_t *value = json_object_get(object, name);
    size_t mark = play_reader_enter(reader, name);
    *seconds = json_number_value(value);
    bool fine = (json_is_number(value) && *seconds >= 0 && *seconds <= 10000) ||
                row_complain(reader, "seconds, from 0 to 10000");
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_timer(play_reader *reader, const json_t *object, play_step *step) {
    static const char *const pause_members[] = {"pause", "tag", NULL};
    static const char *const arm_members[] = {"arm", "seconds", NULL};
    if (json_object_get(object, "pause")) {
        step->kind = PLAY_STEP_PAUSE;
        return row_only_members(reader, object, pause_members) &&
               member_seconds(reader, object, "pause", &step->seconds) &&
               row_member_text(reader, object, "tag", false, &step->tag);
    }
    static const row_name timers[] = {{"kill", 1}, {"close", 0}, {0}};
    int kill = 0;
    step->kind = PLAY_STEP_ARM;
    bool fine = row_only_members(reader, object, arm_members) &&
                member_name(reader, object, "arm", timers, &kill) &&
                member_seconds(reader, object, "seconds", &step->seconds);
    step->kill = kill == 1;
    return fine;
}

/* A step that the rules of the row would pass over in silence. */
static bool step_has_meaning(play_reader *reader, const json_t *object, bool autobahn) {
    static const char *const native[] = {"expect", "shutdown", "reset"};
    static const char *const timed[] = {"pause", "arm"};
    for (size_t i = 0; autobahn && i < sizeof native / sizeof *native; i++)
        if (json_object_get(object, native[i])) {
            play_reader_complain(reader, WS_ERR_SYNTAX, "no \"%s\" goes with \"rules\": \"autobahn\"",
                                 native[i]);
            return false;
        }
    for (size_t i = 0; !autobahn && i < sizeof timed / sizeof *timed; i++)
        if (json_object_get(object, timed[i])) {
            play_reader_complain(reader, WS_ERR_SYNTAX, "\"%s\" goes with \"rules\": \"autobahn\" only",
                                 timed[i]);
            return false;
        }
    return true;
}

/* What becomes of a handshake is expected in "handshake", not in a step. */
static bool only_events(play_reader *reader, const play_expect *expect) {
    for (size_t i = 0; i < expect->count; i++)
        for (size_t k = 0; k < expect->alternatives[i].count; k++) {
            play_matcher_kind kind = expect->alternatives[i].matchers[k].kind;
            if (kind == PLAY_MATCH_ACCEPTED || kind == PLAY_MATCH_REFUSED)
                return row_complain(reader, "accepted and refused in \"handshake\" only");
        }
    return true;
}

static bool parse_step(play_reader *reader, const json_t *object, int depth, step_list *list) {
    if (!json_is_object(object))
        return row_complain(reader, "a step, which is an object");
    if (!step_has_meaning(reader, object, list->autobahn))
        return false;
    play_step *step = add_step(reader, list);
    if (!step)
        return false;
    *step = (play_step){.kind = PLAY_STEP_EXPECT};
    if (json_object_get(object, "expect"))
        return row_parse_expect(reader, object, &step->expect) && only_events(reader, &step->expect);
    if (json_object_get(object, "repeat"))
        return parse_repeat(reader, object, depth, list);
    if (json_object_get(object, "pause") || json_object_get(object, "arm"))
        return parse_timer(reader, object, step);
    for (size_t i = 0; i < sizeof send_verbs / sizeof *send_verbs; i++)
        if (json_object_get(object, send_verbs[i].name))
            return parse_send(reader, object, &send_verbs[i], step);
    bool shutdown = json_is_true(json_object_get(object, "shutdown"));
    bool reset = json_is_true(json_object_get(object, "reset"));
    if (shutdown == reset || json_object_size(object) != 1)
        return row_complain(reader,
                            "a step: text, binary, continuation, ping, pong, frame, close, payload, raw, "
                            "expect, repeat, pause, arm, "
                            "shutdown or reset");
    step->kind = shutdown ? PLAY_STEP_SHUTDOWN : PLAY_STEP_RESET;
    return true;
}

static bool parse_steps(play_reader *reader, const json_t *array, int depth, step_list *list) {
    if (!json_is_array(array))
        return row_complain(reader, "an array of steps");
    for (size_t i = 0; i < json_array_size(array); i++) {
        size_t mark = play_reader_enter_index(reader, i);
        bool fine = parse_step(reader, json_array_get(array, i), depth, list);
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ Autobahn's rules */

static bool parse_autobahn_event(play_reader *reader, const json_t *value, play_autobahn_event *event) {
    json_t *pong = json_object_get(value, "pong"), *timeout = json_object_get(value, "timeout");
    if (pong && json_object_size(value) == 1) {
        event->kind = PLAY_AUTOBAHN_PONG;
        return row_member_payload(reader, value, "pong", &event->payload);
    }
    if (timeout && json_object_size(value) == 1) {
        event->kind = PLAY_AUTOBAHN_TIMEOUT;
        return row_keep_text(reader, timeout, &event->tag);
    }
    event->kind = PLAY_AUTOBAHN_MESSAGE;
    return parse_text_or_binary(reader, value, &event->opcode, &event->payload);
}

static bool parse_autobahn_list(play_reader *reader, const json_t *array, play_autobahn_list *list) {
    if (!json_is_array(array))
        return row_complain(reader, "an array of events");
    list->count = json_array_size(array);
    play_autobahn_event *events = play_arena_alloc(reader->arena, (list->count + 1) * sizeof *events);
    if (!events)
        return row_out_of_memory(reader);
    list->events = events;
    for (size_t i = 0; i < list->count; i++) {
        size_t mark = play_reader_enter_index(reader, i);
        bool fine = parse_autobahn_event(reader, json_array_get(array, i), &events[i]);
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
    }
    return true;
}

static bool parse_autobahn_events(play_reader *reader, const json_t *value, play_autobahn_rules *rules) {
    static const row_name kinds[] = {
        {"echo", PLAY_AUTOBAHN_ECHO}, {"round-trips", PLAY_AUTOBAHN_ROUND_TRIPS}, {0}};
    if (json_is_string(value)) {
        int kind = 0;
        bool fine = row_parse_name(reader, value, kinds, &kind);
        rules->kind = (play_autobahn_kind)kind;
        return fine;
    }
    if (!json_is_object(value))
        return row_complain(reader, "\"echo\", \"round-trips\" or lists of events by verdict");
    play_autobahn_list *lists =
        play_arena_alloc(reader->arena, (json_object_size(value) + 1) * sizeof *lists);
    if (!lists)
        return row_out_of_memory(reader);
    rules->lists = lists;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        const row_name *grade = find_name(row_verdict_names, key);
        size_t mark = play_reader_enter(reader, key);
        bool fine = grade || row_complain(reader, "a verdict");
        if (fine) {
            lists[rules->list_count].grade = (play_verdict)grade->value;
            fine = parse_autobahn_list(reader, member, &lists[rules->list_count++]);
        }
        play_reader_leave(reader, mark);
        if (!fine)
            return false;
    }
    return true;
}

static bool parse_closing(play_reader *reader, const json_t *object, play_autobahn_rules *rules) {
    static const char *const members[] = {"by", "codes", "clean", "wrong-code", "wrong-side", NULL};
    static const row_name sides[] = {{"wspect", 0}, {"peer", 1}, {0}};
    static const row_name fails[] = {{"fails", 1}, {0}};
    int side = 0, wrong_code = 0, wrong_side = 0;
    if (!json_is_object(object))
        return row_complain(reader, "an object with by, codes, clean");
    if (!json_object_get(object, "by"))
        return row_complain(reader, "\"by\", the side that closes first");
    bool fine = row_only_members(reader, object, members) &&
                member_name(reader, object, "by", sides, &side) &&
                row_member_boolean(reader, object, "clean", &rules->clean);
    if (fine && json_object_get(object, "codes"))
        fine = row_member_codes(reader, object, "codes", &rules->codes, &rules->code_count);
    fine = fine && member_name(reader, object, "wrong-code", fails, &wrong_code) &&
           member_name(reader, object, "wrong-side", fails, &wrong_side);
    rules->closed_by_peer = side == 1;
    rules->wrong_code_fails = wrong_code == 1;
    rules->wrong_side_fails = wrong_side == 1;
    return fine;
}

static bool parse_autobahn(play_reader *reader, const json_t *row, play_case *c) {
    play_autobahn_rules *rules = play_arena_alloc(reader->arena, sizeof *rules);
    if (!rules)
        return row_out_of_memory(reader);
    c->autobahn_rules = rules;
    json_t *verdict = json_object_get(row, "verdict");
    rules->forced = verdict != NULL;
    static const row_name forced[] = {{"INFORMATIONAL", 1}, {0}};
    int ignored = 0;
    if (!member_name(reader, row, "verdict", forced, &ignored))
        return false;
    json_t *events = json_object_get(row, "events");
    size_t mark = play_reader_enter(reader, "events");
    bool fine = events ? parse_autobahn_events(reader, events, rules)
                       : rules->forced || row_complain(reader, "events");
    play_reader_leave(reader, mark);
    mark = play_reader_enter(reader, "closing");
    fine = fine && parse_closing(reader, json_object_get(row, "closing"), rules);
    play_reader_leave(reader, mark);
    for (size_t i = 0; i < c->step_count; i++)
        if (c->steps[i].kind == PLAY_STEP_REPEAT)
            rules->round_trips = c->steps[i].count;
    if (fine && rules->kind == PLAY_AUTOBAHN_ROUND_TRIPS && rules->round_trips == 0)
        fine = row_complain(reader, "a \"repeat\" step for round trips");
    return fine;
}

/* ------------------------------------------------------------------ rows */

static bool id_is_valid(const char *id) {
    size_t size = strlen(id);
    return size > 0 && size < 200 && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-.") == size &&
           id[0] != '.' && id[size - 1] != '.' && !strstr(id, "..");
}

static bool member_name_set(play_reader *reader, const json_t *row, const char *member, const row_name *names,
                            unsigned *set) {
    json_t *value = json_object_get(row, member);
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, member);
    bool fine = parse_name_set(reader, value, names, set);
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_description(play_reader *reader, const json_t *row, play_case *c) {
    int level = PLAY_MUST, tier = PLAY_STANDARD;
    c->roles = PLAY_ROLE_SERVER | PLAY_ROLE_CLIENT;
    bool fine = row_member_text(reader, row, "id", true, &c->id);
    if (!fine)
        return false;
    reader->case_id = c->id;
    if (!id_is_valid(c->id))
        return row_complain(reader, "an id of dotted words in a-z 0-9 -");
    fine = row_member_text(reader, row, "title", true, &c->title) &&
           row_member_text(reader, row, "why", false, &c->why) &&
           row_member_text(reader, row, "autobahn", false, &c->autobahn) &&
           row_member_text(reader, row, "group", false, &c->group) &&
           member_texts(reader, row, "requirements", &c->requirements, &c->requirement_count) &&
           member_texts(reader, row, "flags", &c->flags, &c->flag_count) &&
           member_name(reader, row, "level", level_names, &level) &&
           member_name(reader, row, "tier", tier_names, &tier) &&
           member_name_set(reader, row, "roles", role_names, &c->roles) &&
           member_name_set(reader, row, "needs", need_names, &c->needs);
    c->level = (play_level)level;
    c->tier = (play_tier)tier;
    return fine && (c->roles != 0 || row_complain(reader, "at least one role"));
}

static bool keep_json(play_reader *reader, const json_t *row, play_case *c) {
    char *json = json_dumps(row, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    c->json = json ? play_arena_text(reader->arena, json) : NULL;
    free(json);
    c->pointer = play_arena_text(reader->arena, reader->pointer);
    return (c->json && c->pointer) || row_out_of_memory(reader);
}

bool play_row_parse(play_reader *reader, const json_t *row, const char *group, play_case *c) {
    /* The last three belong to Autobahn's rules. */
    static const char *const members[] = {"id",    "autobahn", "title",  "why",     "requirements", "level",
                                          "roles", "needs",    "tier",   "flags",   "steps",        "rules",
                                          "group", "comment",  "events", "closing", "verdict",      NULL};
    static const char *const native_members[] = {
        "id",    "autobahn", "title", "why",   "requirements", "level",     "roles",   "needs", "tier",
        "flags", "steps",    "rules", "group", "comment",      "handshake", "deflate", NULL};
    *c = (play_case){.group = group, .table = reader->table};
    reader->case_id = NULL;
    if (!json_is_object(row))
        return row_complain(reader, "a case, which is an object");
    static const row_name rules[] = {{"autobahn", 1}, {0}};
    int autobahn = 0;
    bool fine = parse_description(reader, row, c) && member_name(reader, row, "rules", rules, &autobahn) &&
                row_only_members(reader, row, autobahn ? members : native_members) &&
                keep_json(reader, row, c);
    fine = fine && row_parse_handshake(reader, row, c) && row_parse_deflate(reader, row, c);
    step_list list = {.autobahn = autobahn};
    size_t mark = play_reader_enter(reader, "steps");
    fine = fine && parse_steps(reader, json_object_get(row, "steps"), 0, &list);
    play_reader_leave(reader, mark);
    c->steps = list.steps;
    c->step_count = list.count;
    return fine && (!autobahn || parse_autobahn(reader, row, c));
}
