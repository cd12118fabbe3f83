/* Expectations: matchers, alternatives, grades. */
#include "play/row_private.h"

#include <string.h>

bool row_member_codes(play_reader *reader, const json_t *object, const char *name, const uint16_t **codes,
                      size_t *count) {
    json_t *value = json_object_get(object, name);
    size_t mark = play_reader_enter(reader, name);
    bool fine = json_is_array(value) || row_complain(reader, "an array of codes");
    uint16_t *list =
        fine ? play_arena_alloc(reader->arena, (json_array_size(value) + 1) * sizeof *list) : NULL;
    if (fine && !list)
        fine = row_out_of_memory(reader);
    for (size_t i = 0; fine && i < json_array_size(value); i++) {
        json_int_t code = 0;
        size_t inner = play_reader_enter_index(reader, i);
        fine = row_parse_integer(reader, json_array_get(value, i), 0, 65535, &code);
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
    bool fine = row_member_name(reader, object, name, row_verdict_names, &number);
    *verdict = (play_verdict)number;
    return fine;
}

bool row_parse_text_or_binary(play_reader *reader, const json_t *object, uint8_t *opcode,
                              play_payload *payload) {
    bool text = json_object_get(object, "text") != NULL;
    if (json_object_size(object) != 1 || (!text && !json_object_get(object, "binary")))
        return row_complain(reader, "{\"text\": payload} or {\"binary\": payload}");
    *opcode = text ? WS_TEXT : WS_BINARY;
    return row_member_payload(reader, object, text ? "text" : "binary", payload);
}

static const row_name matcher_names[] = {{"echo", PLAY_MATCH_ECHO},
                                         {"pong", PLAY_MATCH_PONG},
                                         {"ping", PLAY_MATCH_PING},
                                         {"close", PLAY_MATCH_CLOSE},
                                         {"failure", PLAY_MATCH_FAILURE},
                                         {"end", PLAY_MATCH_END},
                                         {"accepted", PLAY_MATCH_ACCEPTED},
                                         {"refused", PLAY_MATCH_REFUSED},
                                         {"timeout", PLAY_MATCH_TIMEOUT},
                                         {"no-http", PLAY_MATCH_NO_HTTP},
                                         {0}};

bool row_member_factor(play_reader *reader, const json_t *object, const char *name, double *waits) {
    json_t *value = json_object_get(object, name);
    if (!value)
        return true;
    size_t mark = play_reader_enter(reader, name);
    *waits = json_number_value(value);
    bool fine = (*waits > 0 && *waits <= 1000) || row_complain(reader, "a number over 0 and up to 1000");
    play_reader_leave(reader, mark);
    return fine;
}

/* {"within": 0.5, "by-reset": "NON-STRICT"} */
static bool parse_end(play_reader *reader, const json_t *value, play_matcher *matcher) {
    static const char *const members[] = {"within", "by-reset", NULL};
    size_t mark = play_reader_enter(reader, "end");
    matcher->kind = PLAY_MATCH_END;
    bool fine = json_is_object(value) || row_complain(reader, "an object with \"within\" or \"by-reset\"");
    fine = fine && row_only_members(reader, value, members) &&
           row_member_factor(reader, value, "within", &matcher->within) &&
           row_member_verdict(reader, value, "by-reset", &matcher->by_reset);
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_matcher(play_reader *reader, const json_t *value, play_matcher *matcher) {
    static const char *const members[] = {"close", "failure", "other", "without-close", NULL};
    *matcher = (play_matcher){.other_code = PLAY_NON_STRICT, .without_close = PLAY_NON_STRICT};
    if (json_is_string(value)) {
        int kind = 0;
        bool fine = row_parse_name(reader, value, matcher_names, &kind);
        matcher->kind = (play_matcher_kind)kind;
        if (matcher->kind == PLAY_MATCH_REFUSED)
            matcher->without_close = PLAY_OK;
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
        bool fine = row_parse_text_or_binary(reader, message, &matcher->opcode, &matcher->payload);
        play_reader_leave(reader, mark);
        return fine;
    }
    json_t *end = json_object_get(value, "end");
    if (end && json_object_size(value) == 1)
        return parse_end(reader, end, matcher);
    if (json_object_get(value, "accepted") || json_object_get(value, "refused"))
        return row_parse_opening_matcher(reader, value, matcher);
    json_t *close = json_object_get(value, "close"), *failure = json_object_get(value, "failure");
    if ((close != NULL) == (failure != NULL))
        return row_complain(reader,
                            "a matcher: echo, pong, ping, close, failure, end, timeout, {\"message\"}, "
                            "{\"close\"}, {\"failure\"}, {\"end\"} or "
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
        if (row_find_name(row_verdict_names, key) || strcmp(key, "because") == 0)
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
        const row_name *grade = row_find_name(row_verdict_names, key);
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
        const row_name *grade = row_find_name(row_verdict_names, key);
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

bool row_parse_expect(play_reader *reader, const json_t *object, play_expect *expect) {
    static const char *const members[] = {"expect", "patience", "deaf", NULL};
    json_t *value = json_object_get(object, "expect");
    *expect = (play_expect){.patience = 1};
    if (!row_only_members(reader, object, members) ||
        !row_member_factor(reader, object, "patience", &expect->patience) ||
        !row_member_factor(reader, object, "deaf", &expect->deaf))
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
