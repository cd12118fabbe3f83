/* A case of the built-in tables against a hostile peer, on a virtual clock. The peer answers the opening
 * handshake and then sends the stream of the input, or sends the stream from the first octet on; in between
 * time goes by. The play ends, with a verdict and a reason for it, after a bounded number of steps; its
 * transcript is bounded; and the verdict is the same when every write of the peer arrives octet by octet.
 *
 *     octet 0-3   the case: the next one in the order of the hashes of the ids, so that a seed keeps its case
 * when others are added octet 4     bit 0: the peer opens properly; bit 1: with permessage-deflate; bit 2:
 * with a subprotocol; bits 3-4: how it ends: not at all, FIN, reset, truncated TLS; bit 5: as a client where
 * the case has both roles; bit 6: it does not echo octet 5     bits 0-2: time between two writes octet 6 size
 * of the writes (fuzz_stream_piece, seeded by octets 8-11)
 *
 * Covers: play_player_new, play_connected, play_received, play_ended, play_time, play_output, play_wish_of,
 * play_deadline, play_done, play_result_of, play_trace_of, play_player_free */
#include "mutator.h"
#include "stream.h"
#include "support.h"

#include "play/player.h"
#include "play/table.h"
#include "wire/handshake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIGHT = 64 << 10,
    OUTPUT_MAX = 4 << 20,
    HEAD_MAX = 1 << 17,
    STEPS_MAX = 200000,
    TRACE_MAX = 2 * PLAY_TRACE_ENTRIES + 64
};

/* ------------------------------------------------------------------ which case */

typedef struct entry {
    uint32_t hash;
    const play_case *c;
} entry;

static struct {
    play_table *table;
    entry *entries;
    size_t count;
} cases;

static uint32_t hash_of(const char *id) {
    uint32_t hash = 0x811c9dc5;
    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 0x01000193;
    return hash;
}

static int by_hash(const void *a, const void *b) {
    const entry *left = a, *right = b;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return strcmp(left->c->id, right->c->id);
}

static uint64_t weight_of(const play_step *steps, size_t count) {
    uint64_t weight = 0;
    for (size_t i = 0; i < count; i++)
        if (steps[i].kind == PLAY_STEP_REPEAT) {
            weight += steps[i].count * (weight_of(steps + i + 1, steps[i].body_count) + 16);
            i += steps[i].body_count;
        } else {
            weight += steps[i].send.payload.length + 2;
        }
    return weight;
}

/* Cases that move much find nothing that others do not, and are slow. */
static bool is_light(const play_case *c) {
    uint64_t weight = weight_of(c->steps, c->step_count);
    const play_handshake *h = c->handshake;
    const play_head *heads[] = {h ? &h->request : NULL, h ? &h->response : NULL};
    for (size_t i = 0; h && i < 2; i++)
        weight += heads[i]->filler_count * (heads[i]->filler_length + 20) + heads[i]->raw.length +
                  heads[i]->before.length + heads[i]->after.length;
    return weight < LIGHT;
}

static void load(void) {
    char error[512];
    cases.table = fuzz_need(play_table_new());
    fuzz_ok(play_table_load_embedded(cases.table, error, sizeof error));
    size_t count = play_table_count(cases.table);
    cases.entries = fuzz_need(calloc(count, sizeof *cases.entries));
    for (size_t i = 0; i < count; i++) {
        const play_case *c = play_table_get(cases.table, i);
        if (is_light(c))
            cases.entries[cases.count++] = (entry){hash_of(c->id), c};
    }
    qsort(cases.entries, cases.count, sizeof *cases.entries, by_hash);
}

static const play_case *case_of(uint32_t hash) {
    if (!cases.table)
        load();
    size_t low = 0, high = cases.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cases.entries[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return cases.entries[low < cases.count ? low : 0].c;
}

/* ------------------------------------------------------------------ the peer */

typedef struct setup {
    const play_case *c;
    ws_role role; /* the player's */
    bool opens, deflate, subprotocol, no_echo;
    unsigned ending;
    int64_t step_us;
    fuzz_stream stream; /* its cuts are the writes */
} setup;

typedef struct play {
    play_player *player;
    int64_t now;
    bool cut;       /* every write of the peer arrives octet by octet */
    bool opened;    /* the peer has sent its head */
    ws_buffer head; /* the player's, until it is answered */
    size_t written; /* by the player */
    bool over;      /* the player has closed or reset */
} play;

static void give(play *p, const void *octets, size_t size) {
    const uint8_t *at = octets;
    size_t piece = p->cut ? 1 : size;
    for (size_t done = 0; done < size && !play_done(p->player); done += piece) {
        uint8_t *copy = fuzz_copy(at + done, piece);
        play_received(p->player, p->now, copy, piece);
        free(copy);
    }
}

static void take_output(play *p) {
    uint8_t buffer[4096];
    size_t size;
    while ((size = play_output(p->player, p->now, buffer, sizeof buffer)) > 0) {
        FUZZ_CHECK(size <= sizeof buffer, "more octets than there is room for");
        p->written += size;
        FUZZ_CHECK(p->written <= OUTPUT_MAX, "a light case writes more than 4 MiB");
        if (!p->opened && p->head.size < HEAD_MAX)
            fuzz_ok(ws_buffer_append(&p->head, buffer, size));
    }
    play_wish wish = play_wish_of(p->player);
    p->over = p->over || wish == PLAY_WISH_CLOSE || wish == PLAY_WISH_RESET;
}

/* A proper answer to the player's request, once that is whole; to one that cannot be read, a refusal. */
static void answer(const setup *s, play *p) {
    ws_http_head *head = NULL;
    long used = ws_http_parse(p->head.data, p->head.size, WS_HTTP_REQUEST, NULL, &head);
    if (used == 0)
        return;
    p->opened = true;
    const ws_http_field *key = head ? ws_http_field_get(head, "Sec-WebSocket-Key", 0) : NULL;
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    ws_buffer text;
    ws_buffer_init(&text, 0);
    if (!key || ws_handshake_accept(key->value, accept) != WS_OK)
        fuzz_ok(ws_buffer_append_text(&text, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    else
        fuzz_ok(ws_buffer_printf(
            &text,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: %s\r\n%s%s\r\n",
            accept, s->deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "",
            s->subprotocol ? "Sec-WebSocket-Protocol: chat\r\n" : ""));
    ws_http_head_free(head);
    give(p, text.data, text.size);
    ws_buffer_clear(&text);
}

static void request(const setup *s, play *p) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    p->opened = true;
    fuzz_ok(ws_buffer_printf(
        &text,
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s\r\n",
        s->deflate ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "",
        s->subprotocol ? "Sec-WebSocket-Protocol: chat\r\n" : ""));
    give(p, text.data, text.size);
    ws_buffer_clear(&text);
}

/* ------------------------------------------------------------------ the play */

/* Lets time go by up to `until`, with every deadline on its way. */
static void pass_time(play *p, int64_t until) {
    for (unsigned steps = 0; !play_done(p->player) && play_deadline(p->player) <= until; steps++) {
        FUZZ_CHECK(steps < STEPS_MAX, "time does not go on");
        if (play_deadline(p->player) > p->now)
            p->now = play_deadline(p->player);
        play_time(p->player, p->now);
        take_output(p);
    }
    p->now = until > p->now ? until : p->now;
}

static void send_stream(const setup *s, play *p) {
    fuzz_stream stream = s->stream;
    const uint8_t *at = stream.octets.data;
    for (size_t left = stream.octets.size; left > 0 && !play_done(p->player) && !p->over;) {
        size_t piece = s->stream.cut_mode ? fuzz_stream_piece(&stream, left) : left;
        piece = piece ? piece : 1;
        give(p, at, piece);
        take_output(p);
        at += piece;
        left -= piece;
        pass_time(p, p->now + s->step_us);
    }
}

static void end(const setup *s, play *p) {
    static const play_end ways[] = {PLAY_END_FIN, PLAY_END_FIN, PLAY_END_RESET, PLAY_END_TRUNCATED};
    if (!play_done(p->player) && (s->ending || p->over)) {
        play_ended(p->player, p->now, ways[s->ending]);
        take_output(p);
    }
    for (unsigned steps = 0; !play_done(p->player); steps++) {
        int64_t deadline = play_deadline(p->player);
        FUZZ_CHECK(deadline != INT64_MAX && steps < STEPS_MAX, "%s never ends", s->c->id);
        pass_time(p, deadline);
        if (p->over && !play_done(p->player))
            play_ended(p->player, p->now, PLAY_END_FIN);
    }
}

/* What has to be the same however the octets arrive. Not what a connection does after the verdict. */
typedef struct outcome {
    play_verdict verdict;
    play_close_verdict closing;
    bool handshake_done, timed_out;
    char reason[512];
} outcome;

static void check_text(const char *text) {
    bool complete;
    size_t size = text ? strlen(text) : 0;
    FUZZ_CHECK(fuzz_utf8((const uint8_t *)text, size, &complete) == size && complete,
               "a reason that is not UTF-8");
}

static void check_trace(const play_trace *trace) {
    size_t count = play_trace_count(trace);
    FUZZ_CHECK(count <= TRACE_MAX, "a transcript of %zu rows", count);
    for (size_t i = 0; i < count; i++) {
        const play_entry *row = play_trace_get(trace, i);
        size_t most = row->kind == PLAY_ENTRY_FRAME ? PLAY_TRACE_INLINE : PLAY_TRACE_HTTP_MAX;
        FUZZ_CHECK(row->size <= most && row->size <= row->length + (row->kind != PLAY_ENTRY_FRAME) * most,
                   "a row of %zu octets", row->size);
    }
}

static outcome run(const setup *s, bool cut) {
    play_options options = {.role = s->role,
                            .seed = 1,
                            .authority = "localhost",
                            .resource = "/",
                            .subprotocol = s->subprotocol ? "chat" : NULL,
                            .no_echo = s->no_echo};
    play p = {.player = fuzz_need(play_player_new(s->c, &options)), .cut = cut, .opened = !s->opens};
    ws_buffer_init(&p.head, 0);
    play_connected(p.player, p.now);
    take_output(&p);
    if (s->opens && s->role == WS_SERVER)
        request(s, &p);
    while (!p.opened && !play_done(p.player) && !p.over) {
        answer(s, &p);
        take_output(&p);
        if (!p.opened && play_deadline(p.player) == INT64_MAX)
            break;
        if (!p.opened)
            pass_time(&p, play_deadline(p.player));
    }
    take_output(&p);
    send_stream(s, &p);
    end(s, &p);
    const play_result *r = play_result_of(p.player);
    outcome seen = {.verdict = r->verdict,
                    .closing = r->verdict_close,
                    .handshake_done = r->handshake_done,
                    .timed_out = r->timed_out};
    FUZZ_CHECK(play_verdict_name(r->verdict)[0], "a verdict without a name");
    FUZZ_CHECK(r->verdict == PLAY_OK || r->verdict == PLAY_INFORMATIONAL || (r->reason && r->reason[0]),
               "%s without a reason", play_verdict_name(r->verdict));
    FUZZ_CHECK(!(r->closed_by_peer && r->closed_by_us), "both have closed first");
    FUZZ_CHECK(r->duration_us >= 0 && r->duration_us <= p.now, "a play of %" PRId64 " us", r->duration_us);
    check_text(r->reason);
    check_trace(play_trace_of(p.player));
    snprintf(seen.reason, sizeof seen.reason, "%s", r->reason ? r->reason : "");
    ws_buffer_clear(&p.head);
    play_player_free(p.player);
    return seen;
}

static setup set_up(const uint8_t *data, size_t size) {
    static const int64_t times[] = {0, 1000, 10000, 200000, 500000, 1000000, 3000000, 60000000};
    uint8_t o[FUZZ_STREAM_OPTIONS] = {0};
    size_t given = size < sizeof o ? size : sizeof o;
    if (given > 0)
        memcpy(o, data, given);
    setup s = {.c = case_of((uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3]),
               .opens = o[4] & 1,
               .deflate = (o[4] & 2) != 0,
               .subprotocol = (o[4] & 4) != 0,
               .no_echo = (o[4] & 0x40) != 0,
               .ending = o[4] >> 3 & 3,
               .step_us = times[o[5] & 7],
               .stream = fuzz_stream_read(data, size)};
    s.stream.cut_mode = o[6];
    bool servers = (s.c->roles & PLAY_ROLE_SERVER) != 0, clients = (s.c->roles & PLAY_ROLE_CLIENT) != 0;
    s.role = servers && !(clients && (o[4] & 0x20)) ? WS_CLIENT : WS_SERVER;
    return s;
}

/* What a client sends behind its request is too early when it comes with it, which is a matter of cuts. */
static bool came_too_early(const outcome *seen) {
    return strstr(seen->reason, "behind its request before it has the response") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    setup s = set_up(data, size);
    outcome whole = run(&s, false), cut = run(&s, true);
    if (came_too_early(&whole))
        return 0;
    FUZZ_CHECK(whole.verdict == cut.verdict && whole.closing == cut.closing &&
                   whole.handshake_done == cut.handshake_done && whole.timed_out == cut.timed_out &&
                   strcmp(whole.reason, cut.reason) == 0,
               "%s: %s/%s (%s), octet by octet %s/%s (%s)", s.c->id, play_verdict_name(whole.verdict),
               play_close_verdict_name(whole.closing), whole.reason, play_verdict_name(cut.verdict),
               play_close_verdict_name(cut.closing), cut.reason);
    return 0;
}

FUZZ_FRAME_MUTATOR
