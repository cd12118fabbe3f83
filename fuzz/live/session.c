#include "live/session.h"
#include "live/opening.h"

#include "wire/close.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CORPUS_UNIT = 16, /* the data sets go by that */
    TEXT_MAX = 400,   /* octets of a payload that is written as hex digits */
    DUE_MAX = 8,      /* echoes that are waited for at once */
    DUE_OCTETS_MAX = 1 << 18,
    FRAGMENTS_MAX = 48, /* of one message */
    WRITES_MAX = 200,
    MUCH = 1 << 14, /* octets, from which on a peer may have had enough */
    MANY = 24       /* frames of a message, likewise */
};

/* What a session may end with. */
typedef enum ending { GOES_ON, BROKEN, CLOSED, CUT_OFF, RESET, UNASSIGNED } ending;

typedef struct writer {
    const live_genome *genome;
    const live_session_options *options;
    live_session *session;
    json_t *steps;
    ws_reader *reader; /* the peer's, as it should be */
    ws_buffer frame;
    uint8_t *content; /* of the gene at hand, as far as the reader needs it */
    bool out_of_memory;

    ending end;
    bool inside_frame; /* a header has promised octets that never come */
    bool message_open; /* the last frame is not the last of its message */
    uint16_t code;     /* CLOSED: of our Close; 0: none */
    size_t due;        /* echoes */
    uint64_t due_octets;
    bool pong_due;
    bool much;       /* more than every peer puts up with */
    bool odd_length; /* one in a longer form than needed: 5.2 binds the sender alone, so a peer takes it, or
                        fails */
    size_t frames_of_message, octets_of_message, frames, messages;
} writer;

/* ------------------------------------------------------------------ JSON */

static void set(writer *w, json_t *object, const char *name, json_t *value) {
    if (!object || json_object_set_new(object, name, value) != 0)
        w->out_of_memory = true;
}

static void add(writer *w, json_t *array, json_t *value) {
    if (!array || json_array_append_new(array, value) != 0)
        w->out_of_memory = true;
}

static json_t *hex(const uint8_t *octets, size_t size) {
    char digits[2 * TEXT_MAX + 1] = "";
    for (size_t i = 0; i < size && i < TEXT_MAX; i++)
        snprintf(digits + 2 * i, 3, "%02x", octets[i]);
    return json_pack("{s:s}", "hex", digits);
}

/* ------------------------------------------------------------------ payloads */

static size_t put_character(uint8_t *to, size_t room, uint32_t point) {
    if (point < 0x80 || room < 2) {
        to[0] = (uint8_t)('a' + point % 26);
        return 1;
    }
    if (point < 0x800 || room < 3) {
        to[0] = (uint8_t)(0xc2 + point % 30);
        to[1] = (uint8_t)(0x80 + point % 64);
        return 2;
    }
    if (point < 0x10000 || room < 4) { /* 1000 to cfff: no surrogates */
        to[0] = (uint8_t)(0xe1 + point % 12);
        to[1] = (uint8_t)(0x80 + (point >> 4) % 64);
        to[2] = (uint8_t)(0x80 + point % 64);
        return 3;
    }
    to[0] = (uint8_t)(0xf1 + point % 3);
    to[1] = (uint8_t)(0x80 + (point >> 12) % 64);
    to[2] = (uint8_t)(0x80 + (point >> 6) % 64);
    to[3] = (uint8_t)(0x80 + point % 64);
    return 4;
}

static void fill_with_characters(uint8_t *octets, size_t size, live_random *random) {
    static const uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
    for (size_t at = 0; at < size;)
        at += put_character(octets + at, size - at,
                            (uint32_t)live_random_below(random, limits[live_random_below(random, 4)]));
}

/* The payload of a gene, of `size` octets at most; *size becomes what it has. w->content gets it, or, where
 * the rules do not depend on it, letters. */
static json_t *payload(writer *w, const live_gene *gene, bool as_text, size_t *size) {
    live_random random = {.seed = gene->seed};
    if (gene->content == LIVE_UTF8 || gene->content == LIVE_BROKEN ||
        (gene->content == LIVE_RANDOM && as_text)) {
        if (*size > TEXT_MAX)
            *size = TEXT_MAX;
        fill_with_characters(w->content, *size, &random);
        for (size_t i = 0; gene->content == LIVE_RANDOM && i < *size; i++)
            w->content[i] = (uint8_t)live_random_next(&random);
        if (gene->content == LIVE_BROKEN && *size > 0)
            w->content[live_random_below(&random, *size)] = (uint8_t)live_random_next(&random);
        return hex(w->content, *size);
    }
    if (gene->content == LIVE_CORPUS && *size >= CORPUS_UNIT)
        *size -= *size % CORPUS_UNIT;
    memset(w->content, 'a', *size);
    if (gene->content == LIVE_CORPUS && *size >= CORPUS_UNIT)
        return json_pack("{s:s,s:I}", "corpus", "json", "length", (json_int_t)*size);
    if (gene->content == LIVE_RANDOM)
        return json_pack("{s:I,s:I}", "random", (json_int_t)gene->seed, "length", (json_int_t)*size);
    return json_pack("{s:s,s:I}", "repeat", "a", "length", (json_int_t)*size);
}

/* ------------------------------------------------------------------ the reader's opinion */

/* What came of the octets that were fed. */
static void take_event(writer *w, const ws_event *event, uint64_t octets) {
    switch (event->type) {
    case WS_EVENT_DATA:
        w->frames_of_message += (event->flags & WS_FRAME_END) != 0;
        w->octets_of_message += event->payload.size;
        w->much = w->much || w->frames_of_message > MANY || w->octets_of_message > MUCH;
        if (!(event->flags & WS_MESSAGE_END))
            return;
        w->frames_of_message = w->octets_of_message = 0;
        w->messages++;
        w->due++;
        w->due_octets += octets;
        return;
    case WS_EVENT_PING:
        w->pong_due = true;
        return;
    case WS_EVENT_VIOLATION:
        w->session->violation = event->violation;
        w->end = event->violation == WS_VIOLATION_CLOSE_UNASSIGNED ? UNASSIGNED : BROKEN;
        return;
    case WS_EVENT_CLOSE:
        w->end = CLOSED;
        w->code = event->close_code == WS_CLOSE_NO_STATUS ? 0 : event->close_code;
        return;
    case WS_EVENT_PONG:
        return;
    }
}

static void feed(writer *w, const uint8_t *octets, size_t size, uint64_t payload_size) {
    enum { EVENTS = 8 };
    ws_event events[EVENTS];
    uint8_t *out = malloc(size + 1);
    size_t count = EVENTS;
    w->out_of_memory = w->out_of_memory || !out;
    for (size_t at = 0; out && w->end == GOES_ON && (at < size || count == EVENTS);) {
        at += ws_reader_feed(w->reader, octets + at, size - at, out, events, EVENTS, &count);
        for (size_t i = 0; i < count && w->end == GOES_ON; i++)
            take_event(w, &events[i], payload_size);
    }
    free(out);
}

/* Shows the reader a frame. */
static void show(writer *w, const ws_frame *frame, uint64_t message_size) {
    w->frame.size = 0;
    w->frames++;
    if (ws_frame_emit(frame, &w->frame) != WS_OK)
        w->out_of_memory = true;
    else
        feed(w, w->frame.data, w->frame.size, message_size);
}

/* ------------------------------------------------------------------ expectations */

static void add_maybe_echoes(writer *w, json_t *list) {
    for (size_t i = 0; w->options->echo && i < w->due; i++)
        add(w, list, json_pack("{s:s}", "maybe", "echo"));
}

/* Alternatives that begin with echoes that may come, and end as the matchers say; NULL ends them. */
static json_t *after_echoes(writer *w, json_t *first, json_t *second) {
    json_t *list = json_array();
    add_maybe_echoes(w, list);
    add(w, list, first);
    if (second)
        add(w, list, second);
    return list;
}

/* All that is due, with the pong behind `before` echoes; more than that: without pong. */
static json_t *all_due(writer *w, size_t before) {
    json_t *list = json_array();
    size_t echoes = w->options->echo ? w->due : 0;
    for (size_t i = 0; i <= echoes; i++) {
        if (w->pong_due && i == before)
            add(w, list, json_string("pong"));
        if (i < echoes)
            add(w, list, json_string("echo"));
    }
    return list;
}

static void add_had_enough(writer *w, json_t *verdicts) {
    if (!w->much)
        return;
    json_t *list = json_array();
    add_maybe_echoes(w, list);
    add(w, list,
        json_pack("{s:[i,i,i]}", "close", WS_CLOSE_POLICY, WS_CLOSE_TOO_BIG, WS_CLOSE_INTERNAL_ERROR));
    json_t *all = json_pack("[o]", list);
    if (w->options->peer == WS_CLIENT) /* of a server it was asked before what it takes */
        add(w, all, after_echoes(w, json_string("end"), NULL));
    set(w, verdicts, "INFORMATIONAL", all);
    set(w, verdicts, "because", json_pack("{s:s}", "INFORMATIONAL", "the peer has a limit"));
}

/* A peer that does not take a length in a longer form than needed fails the connection. */
static void add_unwilling(writer *w, json_t *good) {
    if (!w->odd_length)
        return;
    add(w, good, after_echoes(w, json_string("close"), NULL));
    add(w, good, after_echoes(w, json_string("end"), NULL));
}

static void expect(writer *w, json_t *verdicts) {
    add(w, w->steps, json_pack("{s:o}", "expect", verdicts));
    w->due = 0;
    w->due_octets = 0;
    w->pong_due = false;
}

/* Pongs may come before or behind echoes. */
static void expect_all_due(writer *w) {
    json_t *good = json_array(), *verdicts = json_object();
    size_t echoes = w->options->echo ? w->due : 0;
    if (echoes > 0 &&
        (w->much || w->odd_length)) /* whose pong would be one thing more that may come or not */
        w->pong_due = false;
    if (echoes == 0 && !w->pong_due) {
        if (w->due == 0) {
            json_decref(good);
            json_decref(verdicts);
            return;
        }
        add(w, w->steps, json_pack("{s:s}", "ping", "in step"));
        w->pong_due = true;
    }
    for (size_t before = 0; before <= (w->pong_due ? echoes : 0); before++)
        add(w, good, all_due(w, before));
    add_unwilling(w, good);
    set(w, verdicts, "OK", good);
    add_had_enough(w, verdicts);
    expect(w, verdicts);
}

static json_t *failure(ws_violation violation) {
    uint16_t code = ws_violation_describe(violation)->close_code;
    if (violation == WS_VIOLATION_DEFLATE || code == WS_CLOSE_INVALID_DATA)
        return json_pack("{s:[i,i]}", "failure", WS_CLOSE_INVALID_DATA, WS_CLOSE_PROTOCOL_ERROR);
    if (violation == WS_VIOLATION_LENGTH_TOP_BIT || violation == WS_VIOLATION_CONTROL_TOO_LONG)
        return json_pack("{s:[i,i]}", "failure", WS_CLOSE_PROTOCOL_ERROR, WS_CLOSE_TOO_BIG);
    return json_pack("{s:[i]}", "failure", code);
}

static void expect_failure(writer *w) {
    json_t *verdicts = json_object();
    bool in_close = w->session->violation == WS_VIOLATION_CLOSE_CODE ||
                    w->session->violation == WS_VIOLATION_CLOSE_LENGTH ||
                    w->session->violation == WS_VIOLATION_CLOSE_REASON;
    if (w->session->violation == WS_VIOLATION_TEXT &&
        w->message_open) /* 8.1 asks for failure, not for haste */
        add(w, w->steps, json_pack("{s:s,s:b}", "continuation", "", "echo", 0));
    if (w->inside_frame)
        add(w, w->steps, json_pack("{s:b}", "shutdown", 1));
    else if (!in_close) /* whoever answers has not failed the connection */
        add(w, w->steps, json_pack("{s:s,s:b}", "ping", "behind a broken rule", "echo", 0));
    json_t *good = json_pack("[o]", after_echoes(w, failure(w->session->violation), NULL));
    add_unwilling(w, good);
    set(w, verdicts, "OK", good);
    expect(w, verdicts);
}

static void expect_close(writer *w) {
    json_t *verdicts = json_object();
    json_t *close = w->code ? json_pack("{s:[i,i]}", "close", w->code, WS_CLOSE_NORMAL)
                            : json_pack("{s:[i]}", "close", WS_CLOSE_NORMAL);
    json_t *good = json_pack("[o]", after_echoes(w, close, NULL));
    add_unwilling(w, good);
    set(w, verdicts, "OK", good);
    expect(w, verdicts);
}

static void expect_end(writer *w) {
    json_t *verdicts = json_object();
    add(w, w->steps, json_pack("{s:b}", "shutdown", 1));
    json_t *good = json_array();
    add(w, good, after_echoes(w, json_string("end"), NULL));
    add(w, good, after_echoes(w, json_string("close"), json_string("end")));
    set(w, verdicts, "OK", good);
    set(w, verdicts, "NON-STRICT", json_pack("[o]", after_echoes(w, json_string("timeout"), NULL)));
    set(w, verdicts, "because",
        json_pack("{s:s}", "NON-STRICT",
                  "the peer left the connection open although the other side had ended without a Close"));
    expect(w, verdicts);
}

/* A Close code without meaning: the RFC does not say what becomes of it. */
static void expect_any_closing(writer *w) {
    json_t *good = json_array(), *verdicts = json_object();
    add(w, good, after_echoes(w, json_string("close"), NULL));
    add(w, good, after_echoes(w, json_string("end"), NULL));
    set(w, verdicts, "OK", good);
    expect(w, verdicts);
}

/* ------------------------------------------------------------------ genes that send */

static const char *const step_names[LIVE_KIND_COUNT] = {
    [LIVE_TEXT] = "text",           [LIVE_BINARY] = "binary",
    [LIVE_TEXT_START] = "text",     [LIVE_BINARY_START] = "binary",
    [LIVE_MIDDLE] = "continuation", [LIVE_LAST] = "continuation",
    [LIVE_PING] = "ping",           [LIVE_PONG] = "pong"};

static const uint8_t opcodes[LIVE_KIND_COUNT] = {
    [LIVE_TEXT] = WS_TEXT,           [LIVE_BINARY] = WS_BINARY,
    [LIVE_TEXT_START] = WS_TEXT,     [LIVE_BINARY_START] = WS_BINARY,
    [LIVE_MIDDLE] = WS_CONTINUATION, [LIVE_LAST] = WS_CONTINUATION,
    [LIVE_PING] = WS_PING,           [LIVE_PONG] = WS_PONG};

/* A frame, or a message in fragments, on its way into a step. */
typedef struct sending {
    const live_gene *gene;
    json_t *step;
    ws_frame frame;
    bool whole;      /* TEXT, BINARY: may be cut into fragments */
    size_t fragment; /* 0: one frame */
    bool empty_last;
    bool incomplete;
} sending;

static bool compresses(const writer *w, const sending *s, uint8_t bend) {
    return w->genome->deflate != 0 && s->whole && (bend == LIVE_COMPRESSED || bend == LIVE_CORRUPT);
}

static void bend_length(writer *w, sending *s, uint64_t declared) {
    char text[24];
    s->frame.lie_about_length = true;
    s->frame.declared = declared;
    s->incomplete = true;
    snprintf(text, sizeof text, "0x%" PRIx64, declared);
    set(w, s->step, "declare", json_string(text));
}

/* A key that is not drawn anew each time, for what is made of the octets may depend on it. */
static void bend_mask(writer *w, sending *s) {
    char key[9];
    s->frame.masked = !s->frame.masked;
    snprintf(key, sizeof key, "%08" PRIx32, s->gene->value);
    set(w, s->step, "mask", json_string(s->frame.masked ? key : "none"));
}

static void bend(writer *w, sending *s) {
    static const uint8_t reserved[] = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15};
    const live_gene *gene = s->gene;
    ws_frame *frame = &s->frame;
    switch (gene->bend) {
    case LIVE_RSV:
        frame->rsv = (uint8_t)(1 + gene->value % 7);
        if (w->genome->deflate)
            frame->rsv |= WS_RSV3; /* RSV1 alone would be no flaw */
        set(w, s->step, "rsv", json_integer(frame->rsv));
        break;
    case LIVE_MASK:
        bend_mask(w, s);
        break;
    case LIVE_OPCODE: {
        json_t *content = json_incref(json_object_get(s->step, step_names[gene->kind]));
        json_object_del(s->step, step_names[gene->kind]);
        frame->opcode = reserved[gene->value % sizeof reserved];
        set(w, s->step, "frame", json_integer(frame->opcode));
        set(w, s->step, "payload", content);
        break;
    }
    case LIVE_FIN:
        if (gene->kind == LIVE_PING || gene->kind == LIVE_PONG || s->whole) {
            frame->fin = false;
            s->whole = false;
            set(w, s->step, "fin", json_false());
        }
        break;
    case LIVE_LONG_FORM:
        frame->length_form = frame->payload.size < 126 && gene->value % 2 == 0 ? WS_LENGTH_16 : WS_LENGTH_64;
        set(w, s->step, "length-form", json_integer(frame->length_form));
        w->odd_length =
            w->odd_length || frame->payload.size < (frame->length_form == WS_LENGTH_16 ? 126 : 65536);
        break;
    case LIVE_TOP_BIT:
        bend_length(w, s, UINT64_C(1) << 63 | frame->payload.size);
        break;
    case LIVE_DECLARE:
        bend_length(w, s, frame->payload.size + 1 + gene->value % 1000);
        break;
    default:
        break;
    }
}

/* So many at most: `size` octets in pieces of at least that. */
static size_t piece(uint32_t wanted, size_t size, size_t pieces_max) {
    size_t least = size / pieces_max + 1, found = 1 + wanted % (size + 1);
    return found > least ? found : least;
}

static void cut(writer *w, sending *s) {
    const live_gene *gene = s->gene;
    size_t size = s->frame.payload.size;
    bool fragments = gene->cut == LIVE_FRAGMENTS || gene->cut == LIVE_FRAGMENTS_AND_EMPTY;
    if (fragments && s->whole && gene->bend <= LIVE_COMPRESSED && size > 0) {
        s->fragment = piece(gene->value, size, FRAGMENTS_MAX);
        s->empty_last = gene->cut == LIVE_FRAGMENTS_AND_EMPTY;
        set(w, s->step, "fragments", json_integer((json_int_t)s->fragment));
        if (s->empty_last)
            set(w, s->step, "empty-last", json_true());
    } else if (gene->cut == LIVE_CHOP && !s->incomplete) {
        set(w, s->step, "chop", json_integer((json_int_t)piece(gene->value, size, WRITES_MAX)));
    } else if (gene->cut == LIVE_CUT && !s->incomplete) {
        set(w, s->step, "cut", json_integer(1 + (json_int_t)(gene->value % (size + 2))));
    } else if (gene->cut == LIVE_FLUSH) {
        set(w, s->step, "flush", json_true());
    }
}

static void show_fragments(writer *w, const sending *s) {
    ws_span all = s->frame.payload;
    for (size_t at = 0; at < all.size && w->end == GOES_ON; at += s->fragment) {
        ws_frame frame = s->frame;
        size_t left = all.size - at;
        frame.payload = (ws_span){all.data + at, left < s->fragment ? left : s->fragment};
        frame.fin = left <= s->fragment && !s->empty_last;
        if (at > 0)
            frame.opcode = WS_CONTINUATION;
        show(w, &frame, all.size);
    }
    if (s->empty_last && w->end == GOES_ON)
        show(w, &(ws_frame){.fin = true, .masked = s->frame.masked}, all.size);
}

static void send_compressed(writer *w, sending *s) {
    if (s->gene->bend == LIVE_COMPRESSED) {
        set(w, s->step, "compressed", json_true());
        return; /* the same rules hold for the text as if it were not compressed */
    }
    json_object_del(s->step, step_names[s->gene->kind]);
    set(w, s->step, step_names[s->gene->kind], json_pack("{s:s}", "hex", "0600ff"));
    set(w, s->step, "rsv", json_integer(WS_RSV1));
    if (ws_reader_in_message(w->reader)) {
        show(w, &s->frame, 0); /* a rule is broken before anything is inflated */
    } else {
        w->session->violation = WS_VIOLATION_DEFLATE;
        w->end = BROKEN;
        w->frames++;
    }
}

static void send_frame(writer *w, const live_gene *gene) {
    size_t size = gene->size;
    bool text = gene->kind != LIVE_BINARY && gene->kind != LIVE_BINARY_START && gene->kind != LIVE_PING &&
                gene->kind != LIVE_PONG;
    json_t *content = payload(w, gene, text, &size);
    sending s = {.gene = gene,
                 .step = json_pack("{s:o}", step_names[gene->kind], content),
                 .whole = gene->kind == LIVE_TEXT || gene->kind == LIVE_BINARY,
                 .frame = {.opcode = opcodes[gene->kind],
                           .fin = gene->kind != LIVE_TEXT_START && gene->kind != LIVE_BINARY_START &&
                                  gene->kind != LIVE_MIDDLE,
                           .masked = w->options->peer == WS_SERVER,
                           .payload = {w->content, size}}};
    bool control = ws_opcode_is_control(s.frame.opcode);
    if (!s.frame.fin)
        set(w, s.step, "fin", json_false());
    if (compresses(w, &s, gene->bend))
        send_compressed(w, &s);
    else
        bend(w, &s);
    cut(w, &s);
    if (w->end == GOES_ON && s.fragment > 0)
        show_fragments(w, &s);
    else if (w->end == GOES_ON)
        show(w, &s.frame, size);
    w->inside_frame = s.incomplete;
    w->message_open = s.fragment == 0 && !s.frame.fin && !control;
    if (w->end == GOES_ON && s.incomplete)
        w->end = CUT_OFF;
    bool lost = w->end == BROKEN || w->end == CUT_OFF;
    /* Of a broken ping it would say that no pong may carry its payload, which a good one may have had before.
     */
    if (!control && (lost || !w->options->echo))
        set(w, s.step, "echo", json_false());
    add(w, w->steps, s.step);
}

static void send_close(writer *w, const live_gene *gene) {
    uint8_t octets[WS_CONTROL_PAYLOAD_MAX];
    size_t size = gene->size % (WS_CONTROL_PAYLOAD_MAX - 1);
    ws_frame frame = {.opcode = WS_CLOSE, .fin = true, .masked = w->options->peer == WS_SERVER};
    json_t *step;
    if (gene->value == 0) {
        step = json_pack("{s:n}", "close");
    } else if (gene->value == 1) {
        octets[0] = 3;
        frame.payload = (ws_span){octets, 1};
        step = json_pack("{s:{s:s}}", "close", "hex", "03");
    } else {
        json_t *reason = payload(w, gene, true, &size);
        octets[0] = (uint8_t)(gene->value >> 8);
        octets[1] = (uint8_t)gene->value;
        memcpy(octets + 2, w->content, size);
        frame.payload = (ws_span){octets, 2 + size};
        step = json_pack("{s:i}", "close", (int)(gene->value & 0xffff));
        if (size > 0)
            set(w, step, "reason", reason);
        else
            json_decref(reason);
    }
    show(w, &frame, 0);
    add(w, w->steps, step);
}

/* Octets that begin like frames. They are sent only when the reader finds fault with them, or waits for more;
 * whole messages among them would make the rest a matter of guessing. */
static void send_raw(writer *w, const live_gene *gene) {
    uint8_t octets[72];
    live_random random = {.seed = gene->seed};
    size_t size = gene->size % sizeof octets + 1, due = w->due;
    bool pong_due = w->pong_due;
    for (size_t i = 0; i < size; i++)
        octets[i] = (uint8_t)live_random_next(&random);
    if (w->options->peer == WS_SERVER && size > 1)
        octets[1] |= 0x80;
    if (w->genome->deflate)
        octets[0] &= 0xbf;
    feed(w, octets, size, 0);
    bool strange = w->due != due || w->pong_due != pong_due || w->end == CLOSED;
    w->due = due;
    w->pong_due = pong_due;
    if (strange) { /* end the session here, without them */
        w->end = CUT_OFF;
        w->session->violation = WS_VIOLATION_NONE;
        return;
    }
    w->frames++;
    w->inside_frame = w->odd_length = true;
    add(w, w->steps, json_pack("{s:o}", "raw", hex(octets, size)));
    if (w->end != BROKEN)
        w->end = CUT_OFF;
}

static void play_gene(writer *w, const live_gene *gene) {
    switch (gene->kind) {
    case LIVE_WAIT:
        expect_all_due(w);
        return;
    case LIVE_SHUTDOWN:
        w->end = CUT_OFF;
        return;
    case LIVE_RESET:
        w->end = RESET;
        return;
    case LIVE_CLOSE:
        send_close(w, gene);
        return;
    case LIVE_RAW:
        send_raw(w, gene);
        return;
    default:
        send_frame(w, gene);
        if (w->end == GOES_ON && (w->due == DUE_MAX || w->due_octets > DUE_OCTETS_MAX))
            expect_all_due(w);
    }
}

static void finish(writer *w) {
    switch (w->end) {
    case GOES_ON:
        expect_all_due(w);
        return;
    case BROKEN:
        expect_failure(w);
        return;
    case CLOSED:
        expect_close(w);
        return;
    case CUT_OFF:
        expect_end(w);
        return;
    case UNASSIGNED:
        expect_any_closing(w);
        return;
    case RESET:
        add(w, w->steps, json_pack("{s:b}", "reset", 1));
        return;
    }
}

/* ------------------------------------------------------------------ the row */

static void describe(writer *w) {
    static const char *const ends[] = {
        [CLOSED] = ", and a Close", [CUT_OFF] = ", and the end of our stream", [RESET] = ", and a reset"};
    live_session *session = w->session;
    const char *end = w->end == CLOSED || w->end == CUT_OFF || w->end == RESET ? ends[w->end] : "";
    const char *opening = live_opening_text(w->genome, w->options->peer);
    int used = 0;
    if (live_opening_ends_session(w->genome))
        used = snprintf(session->title, sizeof session->title, "Opening handshake: %s", opening);
    else
        used = snprintf(session->title, sizeof session->title, "%zu frame%s, %zu whole message%s%s%s%s%s",
                        w->frames, w->frames == 1 ? "" : "s", w->messages, w->messages == 1 ? "" : "s",
                        w->genome->deflate ? ", permessage-deflate" : "", *opening ? ", " : "", opening, end);
    if (session->violation != WS_VIOLATION_NONE)
        snprintf(session->title + used, sizeof session->title - (size_t)used, "; %s: %s",
                 ws_violation_describe(session->violation)->section,
                 ws_violation_describe(session->violation)->text);
}

static uint32_t largest_payload(const live_genome *genome) {
    uint32_t largest = TEXT_MAX;
    for (size_t i = 0; i < genome->count; i++)
        if (genome->genes[i].size > largest)
            largest = genome->genes[i].size;
    return largest;
}

static json_t *row_of(writer *w, const char *id) {
    const char *role = w->options->peer == WS_SERVER ? "server" : "client";
    json_t *row = json_pack("{s:s,s:s,s:s,s:[s]}", "id", id, "title", w->session->title, "why",
                            "A session that the live fuzzer has drawn.", "roles", role);
    if (w->options->echo)
        set(w, row, "needs", json_pack("[s]", "echo"));
    if (w->genome->deflate)
        set(w, row, "deflate", live_deflate_json(w->genome));
    if (w->genome->opening != LIVE_USUAL)
        set(w, row, "handshake", live_opening_json(w->genome, w->options->peer));
    set(w, row, "steps", json_incref(w->steps));
    return row;
}

json_t *live_session_row(const live_genome *genome, const live_session_options *options, const char *id,
                         live_session *session) {
    ws_reader_config config = {.role = options->peer, .tolerate = 1u << WS_VIOLATION_LENGTH_NOT_MINIMAL};
    writer w = {.genome = genome,
                .options = options,
                .session = session,
                .steps = json_array(),
                .reader = ws_reader_new(&config),
                .content = malloc((size_t)largest_payload(genome) + 1)};
    json_t *row = NULL;
    *session = (live_session){.violation = WS_VIOLATION_NONE};
    ws_buffer_init(&w.frame, 0);
    w.out_of_memory = !w.steps || !w.reader || !w.content;
    if (!w.out_of_memory && live_opening_ends_session(genome)) {
        live_opening_steps(genome, options->peer, w.steps);
    } else if (!w.out_of_memory) {
        for (size_t i = 0; i < genome->count && w.end == GOES_ON; i++)
            play_gene(&w, &genome->genes[i]);
        finish(&w);
    }
    describe(&w);
    if (!w.out_of_memory)
        row = row_of(&w, id);
    if (w.out_of_memory) {
        json_decref(row);
        row = NULL;
    }
    json_decref(w.steps);
    ws_reader_free(w.reader);
    ws_buffer_clear(&w.frame);
    free(w.content);
    return row;
}
