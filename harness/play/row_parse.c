/* One expanded row of a table becomes a play_case. The format is taught in cases/README.md. */
#include "play/row_private.h"

#include <stdlib.h>
#include <string.h>

static const row_name level_names[] = {
    {"must", PLAY_MUST}, {"should", PLAY_SHOULD}, {"policy", PLAY_POLICY}, {0}};
static const row_name tier_names[] = {
    {"quick", PLAY_QUICK}, {"standard", PLAY_STANDARD}, {"full", PLAY_FULL}, {0}};
static const row_name role_names[] = {{"server", PLAY_ROLE_SERVER}, {"client", PLAY_ROLE_CLIENT}, {0}};
static const row_name need_names[] = {{"echo", PLAY_NEEDS_ECHO},
                                      {"permessage-deflate", PLAY_NEEDS_DEFLATE},
                                      {"subprotocol", PLAY_NEEDS_SUBPROTOCOL},
                                      {0}};

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
    return row_parse_text_or_binary(reader, value, &event->opcode, &event->payload);
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
    static const row_name kinds[] = {{"echo", PLAY_AUTOBAHN_ECHO},
                                     {"round-trips", PLAY_AUTOBAHN_ROUND_TRIPS},
                                     {"identical-round-trips", PLAY_AUTOBAHN_IDENTICAL_ROUND_TRIPS},
                                     {0}};
    if (json_is_string(value)) {
        int kind = 0;
        bool fine = row_parse_name(reader, value, kinds, &kind);
        rules->kind = (play_autobahn_kind)kind;
        return fine;
    }
    if (!json_is_object(value))
        return row_complain(
            reader, "\"echo\", \"round-trips\", \"identical-round-trips\" or lists of events by verdict");
    play_autobahn_list *lists =
        play_arena_alloc(reader->arena, (json_object_size(value) + 1) * sizeof *lists);
    if (!lists)
        return row_out_of_memory(reader);
    rules->lists = lists;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        const row_name *grade = row_find_name(row_verdict_names, key);
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
                row_member_name(reader, object, "by", sides, &side) &&
                row_member_boolean(reader, object, "clean", &rules->clean);
    if (fine && json_object_get(object, "codes"))
        fine = row_member_codes(reader, object, "codes", &rules->codes, &rules->code_count);
    fine = fine && row_member_name(reader, object, "wrong-code", fails, &wrong_code) &&
           row_member_name(reader, object, "wrong-side", fails, &wrong_side);
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
    if (!row_member_name(reader, row, "verdict", forced, &ignored))
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
    bool trips =
        rules->kind == PLAY_AUTOBAHN_ROUND_TRIPS || rules->kind == PLAY_AUTOBAHN_IDENTICAL_ROUND_TRIPS;
    if (fine && trips && rules->round_trips == 0)
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
    bool fine = row_parse_name_set(reader, value, names, set);
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
           row_member_texts(reader, row, "requirements", &c->requirements, &c->requirement_count) &&
           row_member_texts(reader, row, "flags", &c->flags, &c->flag_count) &&
           row_member_name(reader, row, "level", level_names, &level) &&
           row_member_name(reader, row, "tier", tier_names, &tier) &&
           member_name_set(reader, row, "roles", role_names, &c->roles) &&
           member_name_set(reader, row, "needs", need_names, &c->needs) &&
           row_member_boolean(reader, row, "compares-nonces", &c->compares_nonces);
    c->level = (play_level)level;
    c->tier = (play_tier)tier;
    return fine && (c->roles != 0 || row_complain(reader, "at least one role"));
}

/* A text, or a number that a generator made of one. */
static bool parse_limit_value(play_reader *reader, const json_t *object, play_limit *limit) {
    const json_t *value = json_object_get(object, "value");
    if (!json_is_integer(value))
        return row_member_text(reader, object, "value", false, &limit->value);
    limit->value = play_arena_printf(reader->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return limit->value || row_out_of_memory(reader);
}

static bool parse_limit(play_reader *reader, const json_t *row, play_case *c) {
    static const char *const members[] = {"what", "value", "timed", NULL};
    json_t *object = json_object_get(row, "limit");
    if (!object)
        return true;
    play_limit *limit = play_arena_alloc(reader->arena, sizeof *limit);
    if (!limit)
        return row_out_of_memory(reader);
    c->limit = limit;
    size_t mark = play_reader_enter(reader, "limit");
    bool fine = (json_is_object(object) || row_complain(reader, "an object with what and value")) &&
                row_only_members(reader, object, members) &&
                row_member_text(reader, object, "what", true, &limit->what) &&
                parse_limit_value(reader, object, limit) &&
                row_member_boolean(reader, object, "timed", &limit->timed);
    play_reader_leave(reader, mark);
    return fine;
}

static bool keep_json(play_reader *reader, const json_t *row, play_case *c) {
    char *json = json_dumps(row, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    c->json = json ? play_arena_text(reader->arena, json) : NULL;
    free(json);
    c->pointer = play_arena_text(reader->arena, reader->pointer);
    return (c->json && c->pointer) || row_out_of_memory(reader);
}

static bool parse_single(play_reader *reader, const json_t *row, const char *group, play_case *c) {
    /* Events, closing and verdict belong to Autobahn's rules. */
    static const char *const members[] = {"id",      "autobahn", "title",   "why",     "requirements",
                                          "level",   "roles",    "needs",   "tier",    "flags",
                                          "steps",   "rules",    "group",   "comment", "events",
                                          "closing", "verdict",  "deflate", NULL};
    static const char *const native_members[] = {
        "id",    "autobahn",        "title", "why",   "requirements", "level",   "roles",     "needs",
        "tier",  "flags",           "steps", "rules", "group",        "comment", "handshake", "deflate",
        "limit", "compares-nonces", NULL};
    *c = (play_case){.group = group, .table = reader->table};
    reader->case_id = NULL;
    if (!json_is_object(row))
        return row_complain(reader, "a case, which is an object");
    static const row_name rules[] = {{"autobahn", 1}, {0}};
    int autobahn = 0;
    bool fine =
        parse_description(reader, row, c) && row_member_name(reader, row, "rules", rules, &autobahn) &&
        row_only_members(reader, row, autobahn ? members : native_members) && keep_json(reader, row, c);
    fine = fine && row_parse_handshake(reader, row, c) && row_parse_deflate(reader, row, c) &&
           parse_limit(reader, row, c);
    fine = fine && row_parse_steps(reader, row, autobahn, c);
    return fine && (!autobahn || parse_autobahn(reader, row, c));
}

/* ------------------------------------------------------------------ series */

/* {"code": {"from": 0, "to": 999}} */
static bool parse_series(play_reader *reader, const json_t *object, play_series *series) {
    static const char *const members[] = {"from", "to", "step", NULL};
    const char *name = json_object_iter_key(json_object_iter((json_t *)object));
    json_int_t from = 0, to = 0, step = 1;
    if (json_object_size(object) != 1)
        return row_complain(reader, "an object of one name");
    const json_t *range = json_object_get(object, name);
    size_t mark = play_reader_enter(reader, name);
    bool fine = (json_is_object(range) || row_complain(reader, "{\"from\", \"to\"} with whole numbers")) &&
                row_only_members(reader, range, members) &&
                row_member_integer(reader, range, "from", 0, INT32_MAX, &from) &&
                row_member_integer(reader, range, "to", from, INT32_MAX, &to) &&
                row_member_integer(reader, range, "step", 1, INT32_MAX, &step);
    *series = (play_series){.name = play_arena_text(reader->arena, name),
                            .from = (uint64_t)from,
                            .step = (uint64_t)step,
                            .count = (size_t)((to - from) / step) + 1};
    if (fine && series->count > PLAY_SERIES_MAX)
        fine = row_complain(reader, "at most 65536 cases");
    play_reader_leave(reader, mark);
    return fine && (series->name || row_out_of_memory(reader));
}

/* The member of the series with that value, parsed as a row of its own. */
static bool parse_value(play_reader *reader, const json_t *row, const char *group, const play_series *series,
                        size_t index, play_case *c) {
    json_t *bare = json_copy((json_t *)row);
    json_t *values = json_object();
    uint64_t value = series->from + index * series->step;
    bool fine = bare && values && json_object_del(bare, "series") == 0 &&
                json_object_set_new(values, series->name, json_integer((json_int_t)value)) == 0;
    json_t *filled = fine ? play_row_fill(reader, bare, values) : NULL;
    if (filled)
        fine = parse_single(reader, filled, group, c);
    else
        fine = row_out_of_memory(reader);
    json_decref(filled);
    json_decref(values);
    json_decref(bare);
    return fine;
}

bool play_row_parse(play_reader *reader, const json_t *row, const char *group, play_case *c) {
    const json_t *object = json_object_get(row, "series");
    if (!object)
        return parse_single(reader, row, group, c);
    play_series *series = play_arena_alloc(reader->arena, sizeof *series);
    if (!series)
        return row_out_of_memory(reader);
    size_t mark = play_reader_enter(reader, "series");
    bool fine = parse_series(reader, object, series);
    play_reader_leave(reader, mark);
    play_case last;
    /* A range that begins well and leads too far is found out at once. */
    fine = fine && parse_value(reader, row, group, series, series->count - 1, &last) &&
           parse_value(reader, row, group, series, 0, c);
    if (fine && (strcmp(last.id, c->id) != 0 || strcmp(last.title, c->title) != 0))
        fine = row_complain(reader, "an id and a title without the name of the series");
    if (!fine)
        return false;
    c->series = series;
    return keep_json(reader, row, c);
}
