/* The members "handshake" and "deflate" of a row. */
#include "play/row_private.h"

#include <string.h>

/* A head of all parts stays below SESSION_HEAD_MAX. */
enum { VALUE_MAX = 1 << 20, HEAD_PART_MAX = 64 << 20 };

/* ------------------------------------------------------------------ matchers */

/* What a field must be: null (absent), true (there), "value", {"is": "value"}, {"has": "token"} or
 * {"versions": true}, with {"otherwise": VERDICT}. */
static bool parse_field_check(play_reader *reader, const char *name, const json_t *value,
                              play_field_check *check) {
    static const char *const members[] = {"is", "has", "absent", "present", "versions", "otherwise", NULL};
    *check = (play_field_check){.otherwise = PLAY_FAILED};
    check->name = play_arena_text(reader->arena, name);
    if (!check->name)
        return row_out_of_memory(reader);
    if (json_is_null(value)) {
        check->rule = PLAY_FIELD_ABSENT;
        return true;
    }
    if (json_is_true(value)) {
        check->rule = PLAY_FIELD_PRESENT;
        return true;
    }
    if (json_is_string(value)) {
        check->rule = PLAY_FIELD_IS;
        return row_keep_text(reader, value, &check->value);
    }
    json_t *is = json_object_get(value, "is"), *has = json_object_get(value, "has");
    bool absent = json_is_true(json_object_get(value, "absent")),
         present = json_is_true(json_object_get(value, "present")),
         versions = json_is_true(json_object_get(value, "versions"));
    if (!json_is_object(value) || (is != NULL) + (has != NULL) + absent + present + versions != 1)
        return row_complain(reader,
                            "null, true, a string, or an object with is, has, absent, present or versions");
    check->rule = is         ? PLAY_FIELD_IS
                  : has      ? PLAY_FIELD_HAS
                  : absent   ? PLAY_FIELD_ABSENT
                  : versions ? PLAY_FIELD_VERSIONS
                             : PLAY_FIELD_PRESENT;
    return row_only_members(reader, value, members) &&
           row_member_verdict(reader, value, "otherwise", &check->otherwise) &&
           (absent || present || versions || row_keep_text(reader, is ? is : has, &check->value));
}

static bool parse_field_checks(play_reader *reader, const json_t *object, play_matcher *matcher) {
    json_t *fields = json_object_get(object, "fields");
    if (!fields)
        return true;
    size_t mark = play_reader_enter(reader, "fields");
    bool fine = json_is_object(fields) || row_complain(reader, "an object of fields");
    play_field_check *checks =
        play_arena_alloc(reader->arena, (json_object_size(fields) + 1) * sizeof *checks);
    if (fine && !checks)
        fine = row_out_of_memory(reader);
    matcher->fields = checks;
    const char *name;
    json_t *value;
    json_object_foreach(fields, name, value) {
        if (!fine)
            break;
        size_t inner = play_reader_enter(reader, name);
        fine = parse_field_check(reader, name, value, &checks[matcher->field_count++]);
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    return fine;
}

/* {"accepted": true, "fields": {...}} or {"refused": [400], "other": VERDICT, "fields": {...}} */
bool row_parse_opening_matcher(play_reader *reader, const json_t *value, play_matcher *matcher) {
    static const char *const accepted_members[] = {"accepted", "fields", NULL};
    static const char *const refused_members[] = {"refused",    "other",  "without-end",
                                                  "stays-open", "fields", NULL};
    bool accepted = json_object_get(value, "accepted") != NULL;
    matcher->kind = accepted ? PLAY_MATCH_ACCEPTED : PLAY_MATCH_REFUSED;
    matcher->without_close = PLAY_OK;
    if (!row_only_members(reader, value, accepted ? accepted_members : refused_members) ||
        !parse_field_checks(reader, value, matcher))
        return false;
    if (accepted)
        return json_is_true(json_object_get(value, "accepted")) || row_complain(reader, "\"accepted\": true");
    return row_member_codes(reader, value, "refused", &matcher->codes, &matcher->code_count) &&
           row_member_verdict(reader, value, "other", &matcher->other_code) &&
           row_member_verdict(reader, value, "without-end", &matcher->without_close) &&
           row_member_verdict(reader, value, "stays-open", &matcher->stays_open);
}

/* ------------------------------------------------------------------ heads */

/* The value of a field; `place` is the name or the index that it has in the row. */
static bool keep_value(play_reader *reader, const char *place, const json_t *value, ws_span *result) {
    play_payload payload;
    if (json_is_string(value)) {
        size_t size = json_string_length(value);
        result->data = (const uint8_t *)play_arena_copy(reader->arena, json_string_value(value), size);
        result->size = size;
        return result->data || row_out_of_memory(reader);
    }
    json_t *holder = json_pack("{s:O}", place, value);
    bool fine = holder ? row_member_payload(reader, holder, place, &payload) : row_out_of_memory(reader);
    json_decref(holder);
    if (!fine || payload.length > VALUE_MAX)
        return fine ? row_complain(reader, "a field value of at most 1 MiB") : false;
    uint8_t *octets = play_arena_alloc(reader->arena, (size_t)payload.length + 1);
    if (!octets)
        return row_out_of_memory(reader);
    play_payload_read(&payload, 0, octets, (size_t)payload.length);
    *result = (ws_span){octets, (size_t)payload.length};
    return true;
}

/* The edit that follows those that the head has; NULL when memory is out. */
static play_edit *new_edit(play_reader *reader, play_head *head, play_edit *edits, play_edit_kind kind,
                           const char *name) {
    play_edit *edit = &edits[head->edit_count++];
    *edit = (play_edit){.kind = kind, .name = play_arena_text(reader->arena, name)};
    if (!edit->name)
        row_out_of_memory(reader);
    return edit->name ? edit : NULL;
}

static bool parse_sets(play_reader *reader, const json_t *set, play_head *head, play_edit *edits) {
    const char *name;
    json_t *value;
    if (set && !json_is_object(set))
        return row_complain(reader, "\"set\": {\"Field\": \"value\"}");
    size_t mark = play_reader_enter(reader, "set");
    bool fine = true;
    json_object_foreach((json_t *)set, name, value) {
        play_edit *edit = fine ? new_edit(reader, head, edits, PLAY_EDIT_SET, name) : NULL;
        fine = edit && keep_value(reader, name, value, &edit->value);
    }
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_removes(play_reader *reader, const json_t *remove, play_head *head, play_edit *edits) {
    if (remove && !json_is_array(remove))
        return row_complain(reader, "\"remove\": [\"Field\"]");
    for (size_t i = 0; i < json_array_size(remove); i++) {
        const char *name = json_string_value(json_array_get(remove, i));
        if (!name)
            return row_complain(reader, "names of fields to remove");
        if (!new_edit(reader, head, edits, PLAY_EDIT_REMOVE, name))
            return false;
    }
    return true;
}

static bool parse_add(play_reader *reader, const json_t *pair, play_head *head, play_edit *edits) {
    const char *name = json_string_value(json_array_get(pair, 0));
    if (!name || json_array_size(pair) != 2)
        return row_complain(reader, "a pair of a name and a value to add");
    play_edit *edit = new_edit(reader, head, edits, PLAY_EDIT_ADD, name);
    return edit && keep_value(reader, "1", json_array_get(pair, 1), &edit->value);
}

static bool parse_adds(play_reader *reader, const json_t *add, play_head *head, play_edit *edits) {
    if (add && !json_is_array(add))
        return row_complain(reader, "\"add\": [[\"Field\", \"value\"]]");
    size_t mark = play_reader_enter(reader, "add");
    bool fine = true;
    for (size_t i = 0; fine && i < json_array_size(add); i++) {
        size_t inner = play_reader_enter_index(reader, i);
        fine = parse_add(reader, json_array_get(add, i), head, edits);
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_edits(play_reader *reader, const json_t *object, play_head *head) {
    json_t *set = json_object_get(object, "set"), *remove = json_object_get(object, "remove"),
           *add = json_object_get(object, "add");
    size_t most = json_object_size(set) + json_array_size(remove) + json_array_size(add);
    play_edit *edits = play_arena_alloc(reader->arena, (most + 1) * sizeof *edits);
    if (!edits)
        return row_out_of_memory(reader);
    head->edits = edits;
    return parse_sets(reader, set, head, edits) && parse_removes(reader, remove, head, edits) &&
           parse_adds(reader, add, head, edits);
}

/* Octets that stand in a head or around it. */
static bool optional_payload(play_reader *reader, const json_t *object, const char *name,
                             play_payload *payload) {
    if (!json_object_get(object, name))
        return true;
    return row_member_payload(reader, object, name, payload) &&
           (payload->length <= HEAD_PART_MAX || row_complain(reader, "at most 64 MiB of octets"));
}

static bool parse_filler(play_reader *reader, const json_t *object, play_head *head) {
    static const char *const members[] = {"count", "length", NULL};
    json_t *filler = json_object_get(object, "filler");
    json_int_t count = 0, length = 0;
    if (!filler)
        return true;
    size_t mark = play_reader_enter(reader, "filler");
    bool fine = (json_is_object(filler) || row_complain(reader, "{\"count\", \"length\"}")) &&
                row_only_members(reader, filler, members) &&
                row_member_integer(reader, filler, "count", 1, 100000, &count) &&
                row_member_integer(reader, filler, "length", 0, 1 << 20, &length);
    if (fine && count * (length + 20) > HEAD_PART_MAX)
        fine = row_complain(reader, "at most 64 MiB of filler");
    play_reader_leave(reader, mark);
    head->filler_count = (uint64_t)count;
    head->filler_length = (uint64_t)length;
    return fine;
}

static bool parse_head(play_reader *reader, const json_t *handshake, const char *name, play_head *head) {
    static const char *const members[] = {"start-line", "set",    "remove", "add",    "separator",
                                          "line-end",   "filler", "raw",    "before", "after",
                                          "chop",       "pace",   NULL};
    json_t *object = json_object_get(handshake, name);
    json_int_t chop = 0;
    if (!object)
        return true;
    size_t mark = play_reader_enter(reader, name);
    head->has_raw = json_object_get(object, "raw") != NULL;
    bool fine = (json_is_object(object) ||
                 row_complain(reader, "an object that says how the head departs from the usual one")) &&
                row_only_members(reader, object, members) &&
                row_member_text(reader, object, "start-line", false, &head->start_line) &&
                row_member_text(reader, object, "separator", false, &head->separator) &&
                row_member_text(reader, object, "line-end", false, &head->line_end) &&
                parse_edits(reader, object, head) && parse_filler(reader, object, head) &&
                optional_payload(reader, object, "raw", &head->raw) &&
                optional_payload(reader, object, "before", &head->before) &&
                optional_payload(reader, object, "after", &head->after) &&
                row_member_integer(reader, object, "chop", 1, 1 << 30, &chop) &&
                row_member_factor(reader, object, "pace", &head->pace);
    head->chop = (uint64_t)chop;
    play_reader_leave(reader, mark);
    return fine;
}

/* An expectation of a handshake speaks of one outcome an alternative. */
static bool check_expect(play_reader *reader, const play_expect *expect) {
    for (size_t i = 0; i < expect->count; i++) {
        const play_alternative *alternative = &expect->alternatives[i];
        play_matcher_kind kind = alternative->matchers[0].kind;
        bool fits = kind == PLAY_MATCH_ACCEPTED || kind == PLAY_MATCH_REFUSED || kind == PLAY_MATCH_END ||
                    kind == PLAY_MATCH_TIMEOUT || kind == PLAY_MATCH_NO_HTTP;
        if (alternative->count != 1 || !fits)
            return row_complain(reader,
                                "in a handshake one of accepted, refused, end, timeout, no-http in each "
                                "alternative");
    }
    return true;
}

bool row_parse_handshake(play_reader *reader, const json_t *row, play_case *c) {
    static const char *const members[] = {"request",  "response", "expect",         "patience",
                                          "refusals", "in-turn",  "strict-request", NULL};
    json_int_t refusals = 0;
    json_t *object = json_object_get(row, "handshake");
    if (!object)
        return true;
    play_handshake *handshake = play_arena_alloc(reader->arena, sizeof *handshake);
    if (!handshake)
        return row_out_of_memory(reader);
    c->handshake = handshake;
    size_t mark = play_reader_enter(reader, "handshake");
    bool fine =
        (json_is_object(object) || row_complain(reader, "an object with request, response, expect")) &&
        row_only_members(reader, object, members) &&
        parse_head(reader, object, "request", &handshake->request) &&
        parse_head(reader, object, "response", &handshake->response) &&
        row_member_integer(reader, object, "refusals", 1, 100, &refusals) &&
        row_member_boolean(reader, object, "in-turn", &handshake->in_turn) &&
        row_member_boolean(reader, object, "strict-request", &handshake->strict_request);
    handshake->refusals = (uint64_t)refusals;
    json_t *expect = json_object_get(object, "expect");
    handshake->judged = expect != NULL;
    if (fine && expect) {
        json_t *step =
            json_pack("{s:O, s:O*}", "expect", expect, "patience", json_object_get(object, "patience"));
        fine = step ? row_parse_expect(reader, step, &handshake->expect) &&
                          check_expect(reader, &handshake->expect)
                    : row_out_of_memory(reader);
        json_decref(step);
    }
    play_reader_leave(reader, mark);
    return fine;
}

/* Generated rows write so that they ask for nothing. */
static bool is_zero(const json_t *value) {
    return json_is_integer(value) && json_integer_value(value) == 0;
}

static bool member_window(play_reader *reader, const json_t *object, const char *name, uint8_t *bits) {
    json_int_t number = 0;
    bool fine =
        is_zero(json_object_get(object, name)) || row_member_integer(reader, object, name, 8, 15, &number);
    *bits = (uint8_t)number;
    return fine;
}

bool row_parse_deflate(play_reader *reader, const json_t *row, play_case *c) {
    static const char *const members[] = {"offer",
                                          "no-context-takeover",
                                          "window-bits",
                                          "level",
                                          "ignore-hint",
                                          "fixed-codes",
                                          "client-no-context-takeover",
                                          "window-needed",
                                          "farthest",
                                          "server-no-context-takeover",
                                          "server-window-bits",
                                          "wrong",
                                          "beyond",
                                          NULL};
    static const row_name wrongs[] = {{"client-window", PLAY_ANSWER_CLIENT_WINDOW},
                                      {"server-window", PLAY_ANSWER_SERVER_WINDOW},
                                      {"without-server-window", PLAY_ANSWER_WITHOUT_WINDOW},
                                      {"without-server-no-context-takeover", PLAY_ANSWER_WITHOUT_NO_TAKEOVER},
                                      {"unoffered", PLAY_ANSWER_UNOFFERED},
                                      {0}};
    json_t *object = json_object_get(row, "deflate");
    json_int_t level = -1;
    int wrong = PLAY_ANSWER_RIGHT;
    if (!object)
        return true;
    play_deflate *deflate = play_arena_alloc(reader->arena, sizeof *deflate);
    if (!deflate)
        return row_out_of_memory(reader);
    size_t mark = play_reader_enter(reader, "deflate");
    deflate->offer = "permessage-deflate; client_max_window_bits";
    bool fine = (json_is_object(object) || row_complain(reader, "an object with offer and the like")) &&
                row_only_members(reader, object, members) &&
                row_member_text(reader, object, "offer", false, &deflate->offer) &&
                row_member_boolean(reader, object, "no-context-takeover", &deflate->no_context_takeover) &&
                row_member_boolean(reader, object, "ignore-hint", &deflate->ignore_hint) &&
                row_member_boolean(reader, object, "client-no-context-takeover",
                                   &deflate->client_no_context_takeover) &&
                row_member_boolean(reader, object, "window-needed", &deflate->window_needed) &&
                row_member_boolean(reader, object, "fixed-codes", &deflate->fixed_codes) &&
                row_member_boolean(reader, object, "server-no-context-takeover",
                                   &deflate->server_no_context_takeover) &&
                row_member_boolean(reader, object, "farthest", &deflate->farthest) &&
                row_member_boolean(reader, object, "beyond", &deflate->beyond) &&
                member_window(reader, object, "window-bits", &deflate->window_bits) &&
                member_window(reader, object, "server-window-bits", &deflate->server_window_bits) &&
                row_member_name(reader, object, "wrong", wrongs, &wrong) &&
                row_member_integer(reader, object, "level", -1, 9, &level);
    deflate->wrong = (play_deflate_wrong)wrong;
    deflate->level = (int)level;
    c->deflate = deflate;
    c->needs |= PLAY_NEEDS_DEFLATE;
    play_reader_leave(reader, mark);
    return fine;
}
