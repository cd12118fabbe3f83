#include "support/scripted_peer.h"

#include "support/guard.h"
#include "support/octets.h"
#include "wire/handshake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_MAX = 70000, TIMES_MAX = 100000 };

static const char good_response[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: {accept}\r\nServer: scripted\r\n\r\n";
static const char good_request[] =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

static void expect_ok(ws_status status) {
    if (status != WS_OK)
        abort();
}

static void give_up(const char *what, const char *detail) {
    fprintf(stderr, "scripted_play: %s: %s\n", what, detail);
    abort();
}

static const play_case *load_case(scripted_run *run, const scripted_peer *row) {
    ws_buffer json;
    char error[512];
    ws_buffer_init(&json, 0);
    expect_ok(ws_buffer_printf(
        &json,
        "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": \"t\", "));
    expect_ok(ws_buffer_append_text(&json, row->members ? row->members : ""));
    expect_ok(ws_buffer_append_text(&json, "\"steps\": "));
    expect_ok(ws_buffer_append_text(&json, row->steps ? row->steps : "[]"));
    expect_ok(ws_buffer_append_text(&json, "}]}"));
    run->table = play_table_new();
    if (!run->table || play_table_load(run->table, "scripted", (const char *)json.data, json.size, error,
                                       sizeof error) != WS_OK)
        give_up("case", run->table ? error : "memory");
    ws_buffer_clear(&json);
    return play_table_get(run->table, 0);
}

/* ------------------------------------------------------------------ what the player sends */

static bool head_is_complete(const scripted_run *run) {
    const ws_buffer *head = &run->head_buffer;
    return head->size >= 4 && memcmp(head->data + head->size - 4, "\r\n\r\n", 4) == 0;
}

/* A write may hold the end of the head and frames behind it. */
static void keep(scripted_run *run, const uint8_t *octets, size_t size) {
    size_t at = 0;
    while (at < size && !head_is_complete(run))
        expect_ok(ws_buffer_append(&run->head_buffer, octets + at++, 1));
    if (at == size)
        return;
    expect_ok(ws_buffer_append(&run->sent_buffer, octets + at, size - at));
    expect_ok(ws_buffer_printf(&run->writes_buffer, "%s%zu", run->writes_buffer.size ? " " : "", size - at));
}

static void take(scripted_run *run) {
    uint8_t *octets = malloc(WRITE_MAX);
    size_t size;
    if (!octets)
        abort();
    while ((size = play_output(run->player, run->now, octets, WRITE_MAX)) > 0)
        keep(run, octets, size);
    free(octets);
}

static void log_frames(scripted_run *run, ws_role role) {
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = role == WS_CLIENT ? WS_SERVER : WS_CLIENT});
    uint8_t *out = malloc(run->sent_buffer.size + 1);
    ws_event events[16];
    size_t at = 0, count = 1;
    if (!reader || !out)
        abort();
    expect_ok(ws_buffer_terminate(&run->sent_buffer));
    while (at < run->sent_buffer.size || count > 0) {
        at += ws_reader_feed(reader, run->sent_buffer.data + at, run->sent_buffer.size - at, out + at, events,
                             16, &count);
        for (size_t i = 0; i < count; i++)
            event_log_add(&run->log, &events[i]);
    }
    ws_reader_free(reader);
    free(out);
}

/* ------------------------------------------------------------------ what the peer sends */

static void give(scripted_run *run, const uint8_t *octets, size_t size, size_t cut) {
    size_t most = cut ? cut : size;
    for (size_t at = 0; at < size && !play_done(run->player); at += most) {
        size_t piece = size - at < most ? size - at : most;
        uint8_t *copy = guard_copy(octets + at, piece);
        play_received(run->player, run->now, copy, piece);
        guard_free(copy, piece);
        take(run);
    }
}

static void give_head(scripted_run *run, const scripted_peer *row, size_t cut) {
    const char *text = row->head ? row->head : row->options.role == WS_CLIENT ? good_response : good_request;
    const char *mark = strstr(text, "{accept}");
    ws_buffer head;
    ws_buffer_init(&head, 0);
    expect_ok(ws_buffer_append(&head, text, mark ? (size_t)(mark - text) : strlen(text)));
    if (mark) {
        char accept[WS_ACCEPT_TEXT_SIZE + 1];
        const char *key = strstr(run->head, "Sec-WebSocket-Key: ");
        if (!key)
            give_up("request", run->head);
        expect_ok(ws_handshake_accept((ws_span){(const uint8_t *)key + 19, WS_KEY_TEXT_SIZE}, accept));
        expect_ok(ws_buffer_append_text(&head, accept));
        expect_ok(ws_buffer_append_text(&head, mark + 8));
    }
    give(run, head.data, head.size, cut);
    ws_buffer_clear(&head);
}

/* Deadlines that come before `until`. */
static void wait_until(scripted_run *run, int64_t until) {
    for (int times = 0; !play_done(run->player) && play_deadline(run->player) < until; times++) {
        if (times == TIMES_MAX)
            give_up("the clock does not move", "");
        if (play_deadline(run->player) > run->now)
            run->now = play_deadline(run->player);
        play_time(run->player, run->now);
        take(run);
    }
    if (!play_done(run->player) && until != INT64_MAX)
        run->now = until;
}

static void act(scripted_run *run, const char *item, size_t cut) {
    static const char *const ends[] = {
        [PLAY_END_FIN] = "fin", [PLAY_END_RESET] = "reset", [PLAY_END_TRUNCATED] = "truncated"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(item, ends[i]) == 0) {
            play_ended(run->player, run->now, (play_end)i);
            take(run);
            return;
        }
    ws_buffer octets;
    ws_buffer_init(&octets, 0);
    octets_read(item, &octets);
    give(run, octets.data, octets.size, cut);
    ws_buffer_clear(&octets);
}

static void follow(scripted_run *run, const char *script, size_t cut) {
    while (*script && !play_done(run->player)) {
        char item[2000];
        script += strspn(script, " ");
        size_t size = strcspn(script, ";");
        if (size >= sizeof item)
            give_up("too long", script);
        memcpy(item, script, size);
        item[size] = '\0';
        char *rest = item;
        if (*item == '@')
            wait_until(run, SCRIPTED_START_US + (int64_t)(strtod(item + 1, &rest) * 1e6 + 0.5));
        rest += strspn(rest, " ");
        if (!play_done(run->player))
            act(run, rest, cut);
        script += size + (script[size] == ';');
    }
}

/* ------------------------------------------------------------------ the run */

static void sum_up(scripted_run *run) {
    run->done = play_done(run->player);
    run->wish = play_wish_of(run->player);
    run->result = play_result_of(run->player);
    run->trace = play_trace_of(run->player);
    run->reason = run->result->reason ? run->result->reason : "";
    run->sent = ws_buffer_span(&run->sent_buffer);
    run->frames = event_log_text(&run->log);
    run->writes = (const char *)run->writes_buffer.data;
}

void scripted_play(scripted_run *run, const scripted_peer *row, size_t cut) {
    play_options options = row->options;
    options.authority = options.authority ? options.authority : "a";
    options.resource = options.resource ? options.resource : "/";
    *run = (scripted_run){.now = SCRIPTED_START_US};
    ws_buffer_init(&run->head_buffer, 0);
    ws_buffer_init(&run->sent_buffer, 0);
    ws_buffer_init(&run->writes_buffer, 0);
    event_log_init(&run->log, false);
    run->player = play_player_new(load_case(run, row), &options);
    if (!run->player)
        abort();
    play_connected(run->player, run->now);
    take(run);
    expect_ok(ws_buffer_terminate(&run->head_buffer));
    run->head = (const char *)run->head_buffer.data;
    give_head(run, row, cut);
    follow(run, row->peer ? row->peer : "", cut);
    wait_until(run, INT64_MAX);
    expect_ok(ws_buffer_terminate(&run->head_buffer));
    expect_ok(ws_buffer_terminate(&run->writes_buffer));
    run->head = (const char *)run->head_buffer.data;
    log_frames(run, options.role);
    sum_up(run);
}

void scripted_clear(scripted_run *run) {
    play_player_free(run->player);
    play_table_free(run->table);
    ws_buffer_clear(&run->head_buffer);
    ws_buffer_clear(&run->sent_buffer);
    ws_buffer_clear(&run->writes_buffer);
    event_log_clear(&run->log);
}
