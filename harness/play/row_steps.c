/* Steps: what is sent, awaited, repeated, timed. */
#include "play/row_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 1 << 20, STEPS_MAX = 4096, REPEAT_DEPTH_MAX = 3, WINDOW_MAX = 1000 };

static const json_int_t FRAGMENT_MAX = (json_int_t)1 << 40;

/* ------------------------------------------------------------------ steps that send */

static const char *const send_members[] = {
    "text",       "binary", "continuation", "ping",       "pong",    "frame", "payload",       "close",
    "reason",     "fin",    "rsv",          "mask",       "declare", "chop",  "flush",         "fragments",
    "empty-last", "echo",   "length-form",  "compressed", "cut",     "slide", "empty-if-full", NULL};

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
    else if (fine && strcmp(text, "wrong") == 0)
        send->mask = PLAY_MASK_AGAINST_ROLE;
    else if (fine && row_parse_hex(reader, value, &key, &size) && size == 4) {
        send->mask = PLAY_MASK_KEY;
        memcpy(send->key, key, 4);
    } else
        fine = row_complain(reader, "\"none\", \"wrong\" or a key of eight hexadecimal digits");
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
        fine = row_parse_integer(reader, value, 0, INT64_MAX, &number);
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

/* A number for all frames, or the sizes of the first ones. */
static bool parse_fragments(play_reader *reader, const json_t *object, play_send *send) {
    json_t *value = json_object_get(object, "fragments");
    json_int_t number = 0;
    if (!json_is_array(value)) {
        bool fine = row_member_integer(reader, object, "fragments", 1, FRAGMENT_MAX, &number);
        send->fragment_size = (uint64_t)number;
        return fine;
    }
    size_t count = json_array_size(value);
    uint64_t *sizes = play_arena_alloc(reader->arena, (count + 1) * sizeof *sizes);
    if (!sizes)
        return row_out_of_memory(reader);
    size_t mark = play_reader_enter(reader, "fragments");
    bool fine = count > 0 || row_complain(reader, "at least one size");
    for (size_t i = 0; i < count && fine; i++) {
        size_t element = play_reader_enter_index(reader, i);
        fine = row_parse_integer(reader, json_array_get(value, i), 0, FRAGMENT_MAX, &number);
        sizes[i] = (uint64_t)number;
        play_reader_leave(reader, element);
    }
    send->fragment_sizes = sizes;
    send->fragment_count = count;
    play_reader_leave(reader, mark);
    return fine;
}

static bool parse_send_members(play_reader *reader, const json_t *object, play_send *send) {
    json_int_t rsv = 0, chop = 0, cut = 0;
    bool fine = row_only_members(reader, object, send_members) &&
                row_member_boolean(reader, object, "fin", &send->fin) &&
                row_member_boolean(reader, object, "flush", &send->flush) &&
                row_member_boolean(reader, object, "empty-last", &send->empty_last) &&
                row_member_boolean(reader, object, "compressed", &send->compressed) &&
                row_member_boolean(reader, object, "slide", &send->slide) &&
                row_member_boolean(reader, object, "empty-if-full", &send->empty_if_full) &&
                row_member_boolean(reader, object, "echo", &send->is_message) &&
                row_member_integer(reader, object, "rsv", 0, 7, &rsv) &&
                member_length_form(reader, object, &send->length_form) &&
                parse_fragments(reader, object, send) &&
                row_member_integer(reader, object, "chop", 1, FRAGMENT_MAX, &chop) &&
                row_member_integer(reader, object, "cut", 1, FRAGMENT_MAX, &cut) &&
                parse_mask(reader, object, send) && parse_declare(reader, object, send);
    send->rsv = (uint8_t)rsv;
    send->chop = (uint64_t)chop;
    send->cut = (uint64_t)cut;
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
    if (text.length > REASON_MAX)
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
    {"ping", PLAY_STEP_SEND, WS_PING, true},
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
    if (opcode == WS_PING && !json_object_get(object, "echo"))
        send->is_message = true;
    return fine && (!json_object_get(object, "payload") ||
                    row_member_payload(reader, object, "payload", &send->payload));
}

/* Only a whole message is compressed: its end is flushed (RFC 7692 7.2.1). */
static bool check_compressed(play_reader *reader, const play_send *send, bool deflate) {
    if (!send->compressed)
        return true;
    size_t mark = play_reader_enter(reader, "compressed");
    bool message = send->opcode == WS_TEXT || send->opcode == WS_BINARY;
    bool fine = (deflate || row_complain(reader, "the member \"deflate\" in the row")) &&
                ((message && send->fin) || row_complain(reader, "it on a whole text or binary message"));
    play_reader_leave(reader, mark);
    return fine;
}

/* The slices that follow are made from the one that the table wrote. */
static bool check_slide(play_reader *reader, const json_t *object, const play_send *send) {
    if (!send->slide)
        return true;
    size_t mark = play_reader_enter(reader, "slide");
    const json_t *payload = json_object_get(object, send->opcode == WS_TEXT ? "text" : "binary");
    bool fine = (payload && send->payload.kind == PLAY_SLICE && !json_object_get(payload, "start")) ||
                row_complain(reader, "it on a text or binary message from a corpus, without \"start\"");
    play_reader_leave(reader, mark);
    return fine;
}

/* ------------------------------------------------------------------ steps */

typedef struct step_list {
    bool autobahn; /* which steps there are depends on the rules */
    bool deflate;  /* the row has the member */
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

/* Only messages that stand for themselves can be sent ahead of what is expected. */
static bool is_round_trip(const step_list *list, size_t at) {
    const play_step *body = &list->steps[at + 1];
    return list->steps[at].body_count == 2 && body[0].kind == PLAY_STEP_SEND && body[0].send.is_message &&
           body[0].send.fin && (body[0].send.opcode == WS_TEXT || body[0].send.opcode == WS_BINARY) &&
           body[1].kind == PLAY_STEP_EXPECT;
}

static bool parse_repeat(play_reader *reader, const json_t *object, int depth, step_list *list) {
    static const char *const members[] = {"repeat", "steps", "window", NULL};
    json_int_t count = 0, window = 1;
    if (depth == REPEAT_DEPTH_MAX)
        return row_complain(reader, "at most three levels of \"repeat\"");
    if (!row_only_members(reader, object, members) ||
        !row_member_integer(reader, object, "repeat", 1, 100000000, &count) ||
        !row_member_integer(reader, object, "window", 1, WINDOW_MAX, &window))
        return false;
    size_t at = list->count - 1; /* the array may move */
    size_t mark = play_reader_enter(reader, "steps");
    bool fine = parse_steps(reader, json_object_get(object, "steps"), depth + 1, list);
    play_reader_leave(reader, mark);
    list->steps[at].kind = PLAY_STEP_REPEAT;
    list->steps[at].count = (uint64_t)count;
    list->steps[at].body_count = list->count - 1 - at;
    list->steps[at].window = (uint64_t)window;
    return fine && (list->steps[at].body_count > 0 || row_complain(reader, "at least one step to repeat")) &&
           (window == 1 || is_round_trip(list, at) ||
            row_complain(reader, "a \"window\" over a whole message and an expectation only"));
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
                row_member_name(reader, object, "arm", timers, &kill) &&
                member_seconds(reader, object, "seconds", &step->seconds);
    step->kill = kill == 1;
    return fine;
}

/* A step that the rules of the row would pass over in silence. */
static bool step_has_meaning(play_reader *reader, const json_t *object, bool autobahn) {
    static const char *const native[] = {"expect", "shutdown", "reset", "judge"};
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
            if (kind == PLAY_MATCH_ACCEPTED || kind == PLAY_MATCH_REFUSED || kind == PLAY_MATCH_NO_HTTP)
                return row_complain(reader, "accepted, refused and no-http in \"handshake\" only");
        }
    return true;
}

static bool parse_judge(play_reader *reader, const json_t *object, play_step *step) {
    static const char *const members[] = {"judge", NULL};
    static const row_name judged[] = {{"masking-keys", 0}, {0}};
    int ignored = 0;
    step->kind = PLAY_STEP_JUDGE;
    return row_only_members(reader, object, members) &&
           row_member_name(reader, object, "judge", judged, &ignored);
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
            return parse_send(reader, object, &send_verbs[i], step) &&
                   check_compressed(reader, &step->send, list->deflate) &&
                   check_slide(reader, object, &step->send);
    if (json_object_get(object, "judge"))
        return parse_judge(reader, object, step);
    bool shutdown = json_is_true(json_object_get(object, "shutdown"));
    bool reset = json_is_true(json_object_get(object, "reset"));
    if (shutdown == reset || json_object_size(object) != 1)
        return row_complain(reader,
                            "a step: text, binary, continuation, ping, pong, frame, close, payload, raw, "
                            "expect, judge, repeat, pause, arm, "
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

bool row_parse_steps(play_reader *reader, const json_t *row, bool autobahn, play_case *c) {
    step_list list = {.autobahn = autobahn, .deflate = c->deflate != NULL};
    size_t mark = play_reader_enter(reader, "steps");
    bool fine = parse_steps(reader, json_object_get(row, "steps"), 0, &list);
    play_reader_leave(reader, mark);
    c->steps = list.steps;
    c->step_count = list.count;
    return fine;
}
