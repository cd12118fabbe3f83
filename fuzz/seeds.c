/* Makes seeds: fuzz_seeds OUTPUT CASES writes OUTPUT/TARGET/HASH for every target. CASES is the folder of the
 * case tables.
 *
 * Most of it is what crosses the line when the cases of the tables are played against the reference endpoint
 * in memory: heads, extension headers, frames, payloads, compressed ones among them. Then the rows of the
 * unit tests of the frame reader, every row of a table as a table of its own, and what a page of C has to say
 * where cases have nothing. What is made here is far too much; "./dev fuzz --seeds" keeps of it what covers
 * something. */
#include "stream.h"
#include "support.h"

#include "cli/convert.h"
#include "peer/behaviour.h"
#include "peer/endpoint.h"
#include "play/player.h"
#include "play/table.h"
#include "reports/report.h"
#include "support/frame_rows.h"
#include "support/octets.h"
#include "support/sim.h"
#include "wire/close.h"
#include "wire/handshake.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEED_MAX = 4096, LIGHT = 32 << 10, NAME_ROOM = 1024 };

static const char *output;

/* ------------------------------------------------------------------ writing */

static void make_folder(const char *path) {
    struct stat facts;
    FUZZ_CHECK(mkdir(path, 0777) == 0 || stat(path, &facts) == 0, "%s cannot be made", path);
}

/* Named after its octets, so that twins are one file. */
static void write_seed(const char *target, const void *octets, size_t size) {
    if (size > SEED_MAX)
        return;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)octets)[i]) * UINT64_C(0x100000001b3);
    char path[NAME_ROOM];
    snprintf(path, sizeof path, "%s/%s", output, target);
    make_folder(path);
    snprintf(path, sizeof path, "%s/%s/%016llx", output, target, (unsigned long long)hash);
    FILE *file = fopen(path, "we");
    FUZZ_CHECK(file && fwrite(octets, 1, size, file) == size && fclose(file) == 0, "%s cannot be written",
               path);
}

/* The octets, and behind them the choices in the order in which they are taken: from the end. */
static void write_with_choices(const char *target, ws_span octets, const uint8_t *choices, size_t count) {
    ws_buffer seed;
    ws_buffer_init(&seed, 0);
    fuzz_ok(ws_buffer_append(&seed, octets.data, octets.size));
    for (size_t i = count; i-- > 0;)
        fuzz_ok(ws_buffer_append(&seed, &choices[i], 1));
    write_seed(target, seed.data, seed.size);
    ws_buffer_clear(&seed);
}

/* Options in front of a stream. */
static void write_stream(const char *target, const uint8_t options[FUZZ_STREAM_OPTIONS], ws_span stream) {
    ws_buffer seed;
    ws_buffer_init(&seed, 0);
    fuzz_ok(ws_buffer_append(&seed, options, FUZZ_STREAM_OPTIONS));
    fuzz_ok(ws_buffer_append(&seed, stream.data, stream.size));
    write_seed(target, seed.data, seed.size);
    ws_buffer_clear(&seed);
}

/* ------------------------------------------------------------------ what frames carry */

static void write_inflate(ws_span packed) {
    for (uint8_t flags = 0; flags < 16; flags = (uint8_t)(flags * 2 + 7))
        write_with_choices("inflate", packed, (const uint8_t[]){flags, 5, 9, 0}, 4);
}

static void write_payload(uint8_t opcode, bool compressed, ws_span payload) {
    if (opcode == WS_CLOSE)
        write_seed("close_payload", payload.data, payload.size);
    if (opcode == WS_TEXT && !compressed)
        write_with_choices("utf8", payload, (const uint8_t[]){3}, 1);
    if (opcode == WS_CLOSE && payload.size > 2)
        write_with_choices("utf8", (ws_span){payload.data + 2, payload.size - 2}, (const uint8_t[]){1}, 1);
    if (compressed) {
        write_inflate(payload);
    } else if (payload.size < 600) {
        uint8_t mixed = (uint8_t)(payload.size * 37);
        write_with_choices("deflate", payload, (const uint8_t[]){mixed, (uint8_t)(mixed / 3), 4, 1, 15, 3, 4},
                           7);
        write_with_choices("deflate", payload,
                           (const uint8_t[]){(uint8_t)(mixed & 0xef), 240, 9, 1, 15, 3, 4}, 7);
        write_with_choices("mask", payload, (const uint8_t[]){0x37, 0xfa, 0x21, 0x3d, mixed, 3, 5, 0}, 8);
    }
}

/* Messages and control payloads of a stream that mostly obeys. */
static void write_payloads(ws_role role, bool deflate, ws_span stream) {
    ws_reader_config config = {
        .role = role, .rsv_on_data = deflate ? WS_RSV1 : 0, .tolerate = 1u << WS_VIOLATION_TEXT};
    ws_reader *reader = fuzz_need(ws_reader_new(&config));
    uint8_t *out = fuzz_copy(stream.data, stream.size);
    ws_buffer message;
    ws_buffer_init(&message, 0);
    ws_event events[2];
    size_t count, done = 0;
    do {
        done += ws_reader_feed(reader, out + done, stream.size - done, out + done, events, 2, &count);
        for (size_t i = 0; i < count; i++) {
            const ws_event *event = &events[i];
            if (event->type == WS_EVENT_DATA) {
                fuzz_ok(ws_buffer_append(&message, event->payload.data, event->payload.size));
                if (event->flags & WS_MESSAGE_END) {
                    write_payload(event->opcode, event->compressed, ws_buffer_span(&message));
                    message.size = 0;
                }
            }
            if (event->type == WS_EVENT_CLOSE && event->close_code != WS_CLOSE_NO_STATUS)
                write_payload(WS_CLOSE, false, (ws_span){event->payload.data - 2, event->payload.size + 2});
        }
    } while (done < stream.size || count > 0);
    ws_buffer_clear(&message);
    free(out);
    ws_reader_free(reader);
}

/* What came to an endpoint in that role, as the targets of frames read it. */
static void write_frames(ws_role role, bool deflate, ws_span stream) {
    static const uint8_t cuts[][4] = {{0, 0, 0, 0}, {1, 0, 0, 9}, {7, 0, 0, 3}};
    for (size_t i = 0; i < 3; i++) {
        uint8_t options[FUZZ_STREAM_OPTIONS] = {
            (uint8_t)((role == WS_SERVER) | (deflate ? WS_RSV1 << 1 : 0) | (i << 4))};
        options[7] = 7;
        memcpy(options + 8, cuts[i], 4);
        write_stream(i == 0 ? "frame_feed" : "frame_cuts", options, stream);
        if (!deflate && i > 0)
            continue;
        write_stream("receiver", options, stream);
        options[7] = 0xf7;
        options[11] = 0xff;
        write_stream("receiver", options, stream);
    }
    write_payloads(role, deflate, stream);
}

/* ------------------------------------------------------------------ heads */

static void write_head(const ws_http_head *head, ws_span octets) {
    if (head->kind == WS_HTTP_REQUEST)
        write_with_choices("request", octets, (const uint8_t[]){0, 0, 0, 0}, 4);
    const ws_http_field *field = ws_http_field_get(head, "Sec-WebSocket-Extensions", 0);
    if (!field)
        return;
    write_with_choices("extension", field->value, (const uint8_t[]){0}, 1);
    static const uint8_t policies[][6] = {{0, 0, 0, 0, 0, 0}, {7, 5, 6, 7, 9, 10}, {4, 12, 5, 3, 12, 5}};
    for (size_t i = 0; i < 3; i++)
        write_with_choices("deflate_params", field->value, policies[i], 6);
}

/* With the answer to the key of RFC 6455 1.3 in place of the right one to another key. */
static void write_response(ws_span octets, const char *accept) {
    static const char sample[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    ws_buffer text;
    ws_buffer_init(&text, 0);
    fuzz_ok(ws_buffer_append(&text, octets.data, octets.size));
    for (size_t i = 0; i + WS_ACCEPT_TEXT_SIZE <= text.size; i++)
        if (memcmp(text.data + i, accept, WS_ACCEPT_TEXT_SIZE) == 0)
            memcpy(text.data + i, sample, WS_ACCEPT_TEXT_SIZE);
    write_with_choices("response", ws_buffer_span(&text), (const uint8_t[]){0, 0, 3, 2, 0, 0}, 6);
    write_with_choices("response", ws_buffer_span(&text), (const uint8_t[]){0, 0, 0, 0, 0, 0}, 6);
    ws_buffer_clear(&text);
}

/* ------------------------------------------------------------------ playing */

/* A party, and a copy of what it receives. */
typedef struct tap {
    sim_party inner;
    ws_buffer received;
} tap;

static void tap_connected(void *self, int64_t now) {
    const tap *t = self;
    t->inner.connected(t->inner.self, now);
}
static void tap_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    tap *t = self;
    fuzz_ok(ws_buffer_append(&t->received, bytes, size));
    t->inner.received(t->inner.self, now, bytes, size);
}
static void tap_ended(void *self, int64_t now, bool by_reset) {
    const tap *t = self;
    t->inner.ended(t->inner.self, now, by_reset);
}
static void tap_time(void *self, int64_t now) {
    const tap *t = self;
    t->inner.time(t->inner.self, now);
}
static size_t tap_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    const tap *t = self;
    return t->inner.output(t->inner.self, now, buffer, capacity);
}
static sim_wish tap_wish(const void *self) {
    const tap *t = self;
    return t->inner.wish(t->inner.self);
}
static int64_t tap_deadline(const void *self) {
    const tap *t = self;
    return t->inner.deadline(t->inner.self);
}
static bool tap_wants_input(const void *self) {
    const tap *t = self;
    return t->inner.wants_input(t->inner.self);
}
static bool tap_done(const void *self) {
    const tap *t = self;
    return t->inner.done(t->inner.self);
}

static sim_party party_of(tap *t) {
    ws_buffer_init(&t->received, 0);
    return (sim_party){t,          tap_connected, tap_received, tap_ended,       tap_time,
                       tap_output, tap_wish,      tap_deadline, tap_wants_input, tap_done};
}

/* Cuts a head off; NULL and the whole when there is none. */
static ws_http_head *cut_head(ws_span *octets, ws_http_kind kind, ws_span *head_octets) {
    ws_http_head *head = NULL;
    long used = ws_http_parse(octets->data, octets->size, kind, NULL, &head);
    if (used <= 0)
        return NULL;
    *head_octets = (ws_span){octets->data, (size_t)used};
    *octets = (ws_span){octets->data + used, octets->size - (size_t)used};
    return head;
}

static uint32_t hash_of(const char *id) {
    uint32_t hash = 0x811c9dc5;
    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 0x01000193;
    return hash;
}

/* What the player got, once from its first octet on and once behind the head. */
static void write_player(const play_case *c, ws_role under_test, ws_span whole, ws_span frames,
                         bool deflate) {
    uint32_t hash = hash_of(c->id);
    uint8_t options[FUZZ_STREAM_OPTIONS] = {(uint8_t)(hash >> 24), (uint8_t)(hash >> 16),
                                            (uint8_t)(hash >> 8), (uint8_t)hash};
    options[4] = (uint8_t)(1 << 3 | (under_test == WS_CLIENT ? 0x20 : 0) | (deflate ? 2 : 0) |
                           (c->needs & PLAY_NEEDS_SUBPROTOCOL ? 4 : 0));
    write_stream("player", options, whole);
    options[4] |= 1;
    options[5] = 1;
    write_stream("player", options, frames);
}

static void write_line(const play_case *c, ws_role under_test, ws_span to_player, ws_span to_peer) {
    bool server = under_test == WS_SERVER; /* the peer is one */
    ws_span whole = to_player;
    ws_span request = {0}, response = {0};
    ws_http_head *asked = cut_head(server ? &to_peer : &to_player, WS_HTTP_REQUEST, &request);
    ws_http_head *answered = cut_head(server ? &to_player : &to_peer, WS_HTTP_RESPONSE, &response);
    const ws_http_field *key = asked ? ws_http_field_get(asked, "Sec-WebSocket-Key", 0) : NULL;
    char accept[WS_ACCEPT_TEXT_SIZE + 1] = "";
    bool deflate = answered && ws_http_field_get(answered, "Sec-WebSocket-Extensions", 0);
    if (asked)
        write_head(asked, request);
    if (answered)
        write_head(answered, response);
    if (answered && key && ws_handshake_accept(key->value, accept) == WS_OK)
        write_response(response, accept);
    if (asked && answered) {
        write_frames(server ? WS_CLIENT : WS_SERVER, deflate, to_player);
        write_frames(server ? WS_SERVER : WS_CLIENT, deflate, to_peer);
    }
    write_player(c, under_test, whole, to_player, deflate);
    ws_http_head_free(asked);
    ws_http_head_free(answered);
}

static void play_one(const play_case *c, ws_role under_test, const peer_behaviour *behaviour, report *r) {
    static const char *const subprotocols[] = {"chat"};
    bool wants = (c->needs & PLAY_NEEDS_SUBPROTOCOL) != 0;
    play_player *player =
        fuzz_need(play_player_new(c, &(play_options){.role = under_test == WS_SERVER ? WS_CLIENT : WS_SERVER,
                                                     .seed = 1,
                                                     .authority = "localhost",
                                                     .resource = "/",
                                                     .subprotocol = wants ? "chat" : NULL}));
    peer_endpoint *endpoint = fuzz_need(peer_endpoint_new(&(peer_options){.role = under_test,
                                                                          .behaviour = behaviour,
                                                                          .seed = 2,
                                                                          .subprotocols = subprotocols,
                                                                          .subprotocol_count = wants}));
    tap taps[2] = {{.inner = sim_party_of_player(player)}, {.inner = sim_party_of_endpoint(endpoint)}};
    sim_party first = party_of(&taps[0]), second = party_of(&taps[1]);
    sim_run(&first, &second, &(sim_options){.delay_us = 1000});
    write_line(c, under_test, ws_buffer_span(&taps[0].received), ws_buffer_span(&taps[1].received));
    report_case *row = r ? fuzz_need(report_add_case(r)) : NULL;
    if (row)
        FUZZ_CHECK(cli_describe_case(r, row, c) &&
                       cli_record_result(r, row, play_result_of(player), play_trace_of(player)),
                   "out of memory");
    for (size_t i = 0; i < 2; i++)
        ws_buffer_clear(&taps[i].received);
    peer_endpoint_free(endpoint);
    play_player_free(player);
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

/* ------------------------------------------------------------------ reports */

static void write_report(report *r, const char *markup) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = fuzz_need(open_memstream(&text, &size));
    r->tool_version = "0";
    r->target_role = "server";
    r->target_url = "ws://localhost:9001/";
    r->target_agent = markup;
    r->rerun = "wspect server ws://localhost --cases %s";
    FUZZ_CHECK(report_add_fact(r, "echo", markup), "out of memory");
    report_finish(r);
    FUZZ_CHECK(report_write_json(r, out) == 0, "out of memory");
    fclose(out);
    /* Reports are longer than other seeds; the engine cuts them down. */
    if (size <= SEED_MAX)
        write_seed("report_loader", text, size);
    free(text);
}

/* ------------------------------------------------------------------ the tables */

static void write_table_rows(const char *path) {
    json_t *table = json_load_file(path, 0, NULL);
    const json_t *rows = json_object_get(table, "cases");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *one = json_pack("{s:s, s:s, s:[O]}", "schema", "wspect-cases/1", "group", "g", "cases",
                                json_array_get(rows, i));
        json_t *defaults = json_object_get(table, "defaults");
        if (defaults)
            json_object_set(one, "defaults", defaults);
        char *text = fuzz_need(json_dumps(one, JSON_COMPACT));
        write_seed("table_loader", text, strlen(text));
        free(text);
        json_decref(one);
    }
    json_decref(table);
}

static void write_tables(const char *folder) {
    DIR *open = fuzz_need(opendir(folder));
    for (struct dirent *entry; (entry = readdir(open));) {
        char path[NAME_ROOM];
        const char *dot = strrchr(entry->d_name, '.');
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (dot && strcmp(dot, ".json") == 0)
            write_table_rows(path);
    }
    closedir(open);
}

/* ------------------------------------------------------------------ rows of the unit tests */

static uint8_t limit_octet(uint64_t limit) {
    for (unsigned bits = 0; bits < 63; bits++)
        if (limit == UINT64_C(1) << bits && limit >= 0xc0)
            return (uint8_t)(0xc0 | bits);
    return limit < 0xc0 ? (uint8_t)limit : 0xbf;
}

static void write_frame_rows(const frame_table *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        const ws_reader_config *config = &rows->rows[i].config;
        ws_buffer stream;
        ws_buffer_init(&stream, 0);
        octets_read(rows->rows[i].octets, &stream);
        uint8_t options[FUZZ_STREAM_OPTIONS] = {
            (uint8_t)((config->role == WS_SERVER) | config->rsv_on_data << 1),
            limit_octet(config->max_frame),
            limit_octet(config->max_message),
            limit_octet(config->max_fragments),
            (uint8_t)config->tolerate,
            (uint8_t)(config->tolerate >> 8),
            (uint8_t)(config->tolerate >> 16),
            7};
        write_stream("frame_feed", options, ws_buffer_span(&stream));
        options[8] = 2;
        write_stream("frame_cuts", options, ws_buffer_span(&stream));
        ws_buffer_clear(&stream);
    }
}

/* ------------------------------------------------------------------ what no case has */

static void write_texts(void) {
    static const char *const uris[] = {"ws://localhost",   "wss://example.com:8443/chat?x=1",
                                       "ws://[::1]:9001/", "WS://Host:80/%41?",
                                       "ws://a/b#c",       "ws://user@host/",
                                       "http://host/",     "ws://host:0/",
                                       "ws://host:65536/", "ws://[::1",
                                       "ws://[::1]x/",     "ws:///",
                                       "ws://a b/",        "ws://%zz/",
                                       "ws://host/%4",     "ws://1:2:3/",
                                       "ws://h:x/",        "localhost:80",
                                       "[::1]:80",         "ws://[zz]/",
                                       "ws://h/^"};
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        write_with_choices("uri", ws_span_of(uris[i]), (const uint8_t[]){0}, 1);
    static const char *const values[] = {"a",
                                         "a;b=c, d",
                                         "a; b=\"c\\d\"\nx;y",
                                         ", a ,,b",
                                         "a;b=\"c",
                                         "a;;b",
                                         "a b",
                                         "a; b = c",
                                         "\na",
                                         "permessage-deflate; client_max_window_bits=8; a=\"b\""};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        write_with_choices("extension", ws_span_of(values[i]), (const uint8_t[]){0}, 1);
    write_seed(
        "buffer",
        "Hello hello WORLD world, octets for a buffer\x05\x00\x08\x01\x10\x02\x04\x03\x05\x04\x0c\x05\x02",
        57);
    write_with_choices("uri", ws_span_of("ws://h/abc/"), (const uint8_t[]){0xff}, 1);
    write_with_choices("uri", ws_span_of("ws://abcdefgh"), (const uint8_t[]){0xff}, 1);
    write_with_choices("extension", ws_span_of("a; b=c"), (const uint8_t[]){0xff}, 1);
    write_seed("utf8", "", 0);
    write_seed("frame_round_trip", "", 0);
}

/* Requests that differ from a good one in the target or in the origin. */
static void write_requests(void) {
    static const char *const rows[][2] = {{"http://localhost?x", "https://example.com"},
                                          {"https://localhost:8443/", "file://"},
                                          {"/", ":"},
                                          {"/", "https:"},
                                          {"*", "null"},
                                          {"http://", "https://a https://b"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ws_buffer text;
        ws_buffer_init(&text, 0);
        fuzz_ok(ws_buffer_printf(
            &text,
            "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Origin: %s\r\n\r\n",
            rows[i][0], rows[i][1]));
        write_with_choices("request", ws_buffer_span(&text), (const uint8_t[]){0, 0, 0, 0}, 4);
        ws_buffer_clear(&text);
    }
}

/* A message that inflates to more than the receiver has room for at once. */
static void write_dense(void) {
    enum { INFLATED = 100000 };
    uint8_t *text = fuzz_need(malloc(INFLATED));
    memset(text, 'a', INFLATED);
    ws_deflater *deflater =
        fuzz_need(ws_deflater_new(&(ws_deflater_options){.agreement = {15, false}, .level = 9}));
    ws_buffer packed, stream;
    ws_buffer_init(&packed, 0);
    ws_buffer_init(&stream, 0);
    fuzz_ok(ws_deflater_write(deflater, (ws_span){text, INFLATED}, true, &packed));
    fuzz_ok(ws_frame_emit(
        &(ws_frame){.opcode = WS_TEXT, .fin = true, .rsv = WS_RSV1, .payload = ws_buffer_span(&packed)},
        &stream));
    write_frames(WS_CLIENT, true, ws_buffer_span(&stream));
    ws_buffer_clear(&packed);
    ws_buffer_clear(&stream);
    ws_deflater_free(deflater);
    free(text);
}

static void write_long(void) {
    char text[SEED_MAX];
    memset(text, 'a', sizeof text);
    memcpy(text, "ws://", 5);
    text[300] = '/';
    write_with_choices("uri", (ws_span){(uint8_t *)text, 400}, (const uint8_t[]){0}, 1);
    text[5 + 255] = '/';
    write_with_choices("uri", (ws_span){(uint8_t *)text, 300}, (const uint8_t[]){0}, 1);
}

static void write_random(const char *target, size_t count, size_t most) {
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < count; i++) {
        uint8_t octets[256];
        size_t size = fuzz_random(&seed) % most;
        for (size_t j = 0; j < size; j++)
            octets[j] = (uint8_t)fuzz_random(&seed);
        write_seed(target, octets, size);
    }
}

static void play_all(void) {
    char error[512];
    play_table *table = fuzz_need(play_table_new());
    FUZZ_CHECK(play_table_load_embedded(table, error, sizeof error) == WS_OK, "%s", error);
    /* Faults bring what the sound peer never sends. */
    size_t behaviours = 0;
    while (peer_behaviour_at(behaviours))
        behaviours++;
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        if (weight_of(c->steps, c->step_count) > LIGHT || c->tier == PLAY_FULL)
            continue;
        const peer_behaviour *odd = peer_behaviour_at(i % behaviours);
        report *r = i % 7 == 0 ? fuzz_need(report_new()) : NULL;
        if (c->roles & PLAY_ROLE_SERVER) {
            play_one(c, WS_SERVER, NULL, r);
            play_one(c, WS_SERVER, odd, NULL);
        }
        if (c->roles & PLAY_ROLE_CLIENT) {
            play_one(c, WS_CLIENT, NULL, r);
            play_one(c, WS_CLIENT, odd, NULL);
        }
        if (r)
            write_report(r, "<wspect-fuzz>&\"'");
        report_free(r);
    }
    play_table_free(table);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fputs("usage: fuzz_seeds OUTPUT CASES\n", stderr);
        return 2;
    }
    output = argv[1];
    make_folder(output);
    play_all();
    write_tables(argv[2]);
    write_frame_rows(&frame_feed_rows);
    write_frame_rows(&frame_limit_rows);
    write_texts();
    write_requests();
    write_dense();
    write_long();
    write_random("frame_round_trip", 300, 120);
    write_random("buffer", 100, 200);
    write_random("deflate", 100, 100);
    return 0;
}
