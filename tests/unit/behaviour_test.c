#include "peer/behaviour.h"
#include "support/exchange.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the table */

Test(behaviour, table_begins_with_the_sound_endpoint) {
    const peer_behaviour *sound = &peer_behaviours[0];
    cr_assert_str_eq(sound->name, "conformant");
    cr_assert_eq(sound->kind, PEER_VARIANT);
    cr_assert_null(sound->requirement);
}

Test(behaviour, every_name_is_found) {
    for (const peer_behaviour *row = peer_behaviours; row->name; row++)
        cr_assert_eq(peer_behaviour_find(row->name), row, "%s is there twice", row->name);
}

Test(behaviour, unknown_name_is_not_found) {
    cr_assert_null(peer_behaviour_find("no-such-behaviour"));
    cr_assert_null(peer_behaviour_find(""));
}

Test(behaviour, every_name_is_kebab_case) {
    for (const peer_behaviour *row = peer_behaviours; row->name; row++)
        cr_assert_eq(strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(row->name), "%s",
                     row->name);
}

Test(behaviour, every_row_has_one_sentence_and_a_role) {
    for (const peer_behaviour *row = peer_behaviours; row->name; row++) {
        size_t size = strlen(row->sentence);
        cr_assert(isupper((unsigned char)row->sentence[0]) && row->sentence[size - 1] == '.', "%s",
                  row->name);
        cr_assert(row->roles != 0 && (row->roles & ~(unsigned)PEER_AS_BOTH) == 0, "%s", row->name);
    }
}

Test(behaviour, every_requirement_looks_like_an_id_of_the_catalogue) {
    for (const peer_behaviour *row = peer_behaviours; row->name; row++)
        cr_assert(!row->requirement || strncmp(row->requirement, "6455-", 5) == 0, "%s", row->name);
}

/* ------------------------------------------------------------------ scripts
 *
 * Words of a script: hi (a text message), empty, ping, close (1001 "bye"), 1000 and 2000 (a Close with that
 * code), bare (an empty Close), opcode (a reserved one), utf8 (text that is none), masked-not (a client's
 * frame without a mask), wait (until the deadline), fin (end of stream). */

static void give_close_with_reason(exchange *x) {
    exchange_give_frame(x, (ws_frame){.opcode = WS_CLOSE,
                                      .fin = true,
                                      .payload = ws_span_of("\x03\xe9"
                                                            "bye")});
}

static void give_word(exchange *x, const char *word) {
    if (strcmp(word, "hi") == 0)
        exchange_give_frame(x, exchange_text("hi"));
    else if (strcmp(word, "empty") == 0)
        exchange_give_frame(x, exchange_text(""));
    else if (strcmp(word, "ping") == 0)
        exchange_give_frame(x, exchange_frame(WS_PING, true, "p"));
    else if (strcmp(word, "close") == 0)
        give_close_with_reason(x);
    else if (isdigit((unsigned char)word[0]))
        exchange_give_close(x, (uint16_t)atoi(word));
    else if (strcmp(word, "bare") == 0)
        exchange_give_frame(x, exchange_frame(WS_CLOSE, true, ""));
    else if (strcmp(word, "opcode") == 0)
        exchange_give_frame(x, exchange_frame(3, true, "x"));
    else if (strcmp(word, "utf8") == 0)
        exchange_give_frame(x, exchange_text("\xff"));
    else if (strcmp(word, "masked-not") == 0)
        exchange_give(x, "\x81\x02no", 4);
    else if (strcmp(word, "wait") == 0)
        exchange_wait_until(x, peer_endpoint_deadline(x->endpoint));
    else if (strcmp(word, "fin") == 0)
        peer_endpoint_ended(x->endpoint, x->now, PEER_END_FIN);
    else
        cr_assert_fail("no such word: %s", word);
    exchange_take(x);
}

static void play(exchange *x, ws_role role, const peer_behaviour *behaviour, const char *script) {
    char words[128];
    strcpy(words, script);
    exchange_open(x, &(peer_options){.role = role, .behaviour = behaviour}, "");
    exchange_take(x);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        give_word(x, word);
}

static const struct {
    const char *name;
    ws_role role;
    const char *script, *log;
} rows[] = {
    {"ping-at-open", WS_SERVER, "", "101 ping(wspect)"},
    {"ping-at-open", WS_CLIENT, "", "GET ping(wspect)"},
    {"pong-at-open", WS_SERVER, "", "101 pong(wspect)"},
    {"close-at-open", WS_SERVER, "", "101 close 1000"},
    {"close-at-open", WS_SERVER, "hi ping", "101 close 1000 pong(p)"},
    {"close-at-open", WS_SERVER, "wait", "101 close 1000 <close>"},
    {"close-at-open", WS_CLIENT, "1001", "GET close 1000"},
    {"close-at-open-keep-tcp", WS_SERVER, "1000", "101 close 1000"},
    {"drop-at-open", WS_SERVER, "", "101 <close>"},
    {"drop-at-open", WS_CLIENT, "", "GET <close>"},
    {"silent", WS_SERVER, "hi ping opcode close", "101"},
    {"silent", WS_SERVER, "hi fin", "101 <close>"},
    {"echo-fragmented", WS_SERVER, "hi", "101 part-text(h) continuation(i)"},
    {"echo-twice", WS_SERVER, "hi", "101 text(hi) text(hi)"},
    {"echo-binary", WS_SERVER, "hi", "101 binary(hi)"},
    {"late-700ms", WS_SERVER, "hi ping", "101"},
    {"late-700ms", WS_SERVER, "hi 1000", "101 close 1000 <shutdown>"},
    {"late-1500ms", WS_SERVER, "hi opcode", "101 close 1002 <shutdown>"},
    {"no-utf8", WS_SERVER, "utf8", "101 text[1]"},
    {"never-pong", WS_SERVER, "ping hi", "101 text(hi)"},
    {"reply-close-1000", WS_SERVER, "close", "101 close 1000 <shutdown>"},
    {"reply-close-1000", WS_SERVER, "bare", "101 close 1000 <shutdown>"},
    {"reply-close-1001", WS_SERVER, "1000", "101 close 1001 <shutdown>"},
    {"reply-close-1002", WS_SERVER, "1000", "101 close 1002 <shutdown>"},
    {"reply-close-empty", WS_SERVER, "1000", "101 close <shutdown>"},
    {"reply-close-payload", WS_SERVER, "close", "101 close 1001(bye) <shutdown>"},
    {"never-reply-close", WS_SERVER, "1000 hi", "101 text(hi)"},
    {"drop-on-close", WS_SERVER, "1000", "101 <close>"},
    {"never-drop-tcp", WS_SERVER, "1000", "101 close 1000"},
    {"never-drop-tcp", WS_SERVER, "opcode", "101 close 1002"},
    {"fail-by-reset", WS_SERVER, "hi opcode", "101 text(hi) <reset>"},
    {"fail-1000", WS_SERVER, "opcode", "101 close 1000 <shutdown>"},
    {"fail-1008", WS_SERVER, "utf8", "101 close 1008 <shutdown>"},
    {"fail-1011", WS_CLIENT, "opcode", "GET close 1011"},
    {"fail-empty", WS_SERVER, "opcode", "101 close <shutdown>"},
    {"pong-after-failing", WS_SERVER, "ping opcode hi ping ping", "101 pong(p) close 1002 pong(p) pong(p)"},
    {"pong-after-failing", WS_SERVER, "opcode ping 1002 ping", "101 close 1002 pong(p) <shutdown>"},
    {"pong-after-failing", WS_SERVER, "opcode ping wait", "101 close 1002 pong(p) <close>"},
    {"lenient", WS_SERVER, "opcode utf8 masked-not", "101 text[1] text(no)"},
    {"lenient", WS_SERVER, "2000", "101 close 2000 <shutdown>"},
    {"wrong-mask", WS_SERVER, "hi", "101 text!(hi)"},
    {"wrong-mask", WS_CLIENT, "hi", "GET text!(hi)"},
};
enum { ROWS = sizeof rows / sizeof *rows };

Test(behaviour, every_row_does_what_it_says) {
    for (size_t i = 0; i < ROWS; i++) {
        exchange x;
        play(&x, rows[i].role, peer_behaviour_find(rows[i].name), rows[i].script);
        cr_assert_str_eq(exchange_log(&x), rows[i].log, "%s on \"%s\" gives %s", rows[i].name, rows[i].script,
                         exchange_log(&x));
        exchange_stop(&x);
    }
}

Test(behaviour, every_row_differs_from_the_sound_endpoint) {
    for (size_t i = 0; i < ROWS; i++) {
        exchange x;
        play(&x, rows[i].role, &peer_behaviours[0], rows[i].script);
        cr_assert_str_neq(exchange_log(&x), rows[i].log, "%s on \"%s\"", rows[i].name, rows[i].script);
        exchange_stop(&x);
    }
}

Test(behaviour, every_row_but_the_sound_one_is_tested) {
    for (const peer_behaviour *row = peer_behaviours + 1; row->name; row++) {
        bool tested = false;
        for (size_t i = 0; i < ROWS; i++)
            tested |= strcmp(rows[i].name, row->name) == 0;
        cr_assert(tested, "%s", row->name);
    }
}

/* ------------------------------------------------------------------ answers that are late */

Test(behaviour, late_answers_come_in_order_and_each_at_its_time) {
    exchange x;
    play(&x, WS_SERVER, peer_behaviour_find("late-700ms"), "hi");
    int64_t begin = x.now;
    exchange_wait_until(&x, begin + 100000);
    exchange_give_frame(&x, exchange_frame(WS_PING, true, "p"));
    cr_assert_eq(peer_endpoint_deadline(x.endpoint), begin + 700000);
    exchange_wait_until(&x, begin + 699999);
    exchange_assert_log(&x, "101");
    exchange_wait_until(&x, begin + 700000);
    exchange_assert_log(&x, "101 text(hi)");
    exchange_wait_until(&x, begin + 800000);
    exchange_assert_log(&x, "101 text(hi) pong(p)");
    cr_assert_eq(peer_endpoint_deadline(x.endpoint), INT64_MAX);
    exchange_stop(&x);
}

Test(behaviour, late_answers_count_as_waiting_output) {
    exchange x;
    size_t size = PEER_OUTPUT_HIGH;
    uint8_t *big = calloc(1, size);
    play(&x, WS_SERVER, peer_behaviour_find("late-700ms"), "");
    exchange_give_frame(&x, (ws_frame){.opcode = WS_BINARY, .fin = true, .payload = {big, size}});
    exchange_give_frame(&x, exchange_text("next"));
    cr_assert_not(peer_endpoint_wants_input(x.endpoint));
    exchange_wait_until(&x, x.now + 700000);
    cr_assert(peer_endpoint_wants_input(x.endpoint));
    exchange_wait_until(&x, x.now + 700000);
    exchange_assert_log(&x, "101 binary[1048576] text(next)");
    free(big);
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ hooks */

static void send_reserved_opcode(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO)
        emission->frame.opcode = 5;
}

Test(behaviour, hook_may_change_a_frame) {
    const peer_behaviour behaviour = {.before_emit = send_reserved_opcode};
    exchange x;
    play(&x, WS_SERVER, &behaviour, "hi ping");
    exchange_assert_log(&x, "101 reserved opcode 0x5(hi) pong(p)");
    exchange_stop(&x);
}

static void skip_every_second(peer_emission *emission) {
    if (emission->number % 2 == 1 && emission->purpose == PEER_SENDS_PONG)
        emission->act = PEER_SKIP;
}

Test(behaviour, hook_may_skip_a_frame) {
    const peer_behaviour behaviour = {.before_emit = skip_every_second};
    exchange x;
    play(&x, WS_SERVER, &behaviour, "ping ping hi");
    exchange_assert_log(&x, "101 pong(p) text(hi)");
    exchange_stop(&x);
}

static void drop_on_reason(peer_emission *emission) {
    bool reply = emission->purpose == PEER_SENDS_CLOSE_REPLY;
    if (reply && emission->event->payload.size > 0)
        emission->act = PEER_DROP_TCP;
}

Test(behaviour, hook_may_drop_tcp_and_sees_what_is_answered) {
    const peer_behaviour behaviour = {.before_emit = drop_on_reason};
    exchange x;
    play(&x, WS_SERVER, &behaviour, "hi close");
    exchange_assert_log(&x, "101 text(hi) <reset>");
    exchange_stop(&x);
}

static void note_close_sent(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG && emission->close_sent)
        emission->frame.payload = ws_span_of("after");
}

Test(behaviour, hook_sees_whether_a_close_was_sent) {
    const peer_behaviour behaviour = {.at_open = PEER_OPENS_WITH_CLOSE, .before_emit = note_close_sent};
    exchange x;
    play(&x, WS_SERVER, &behaviour, "ping");
    exchange_assert_log(&x, "101 close 1000 pong(after)");
    exchange_stop(&x);
}

static void add_header(peer_head *head) {
    head->lines[head->message.line_count++] = (ws_http_line){
        .name = ws_span_of("X-Role"),
        .value = ws_span_of(head->role == WS_SERVER && head->status == 101 ? "server" : "client")};
}

Test(behaviour, hook_may_change_a_head) {
    const peer_behaviour behaviour = {.edit_head = add_header};
    char text[16];
    for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++) {
        exchange x;
        play(&x, role, &behaviour, "");
        cr_assert_str_eq(exchange_field(&x, "X-Role", text, sizeof text),
                         role == WS_SERVER ? "server" : "client");
        exchange_stop(&x);
    }
}

Test(behaviour, may_accept_a_bad_request) {
    const peer_behaviour behaviour = {.tolerate_handshake = 1u << WS_HANDSHAKE_VERSION_MISSING |
                                                            1u << WS_HANDSHAKE_KEY_MISSING |
                                                            1u << WS_HANDSHAKE_EXTENSIONS_INVALID};
    exchange x;
    exchange_start(&x, &(peer_options){.role = WS_SERVER, .behaviour = &behaviour});
    exchange_give_text(&x, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Extensions: ;\r\n\r\n");
    exchange_assert_log(&x, "101");
    exchange_stop(&x);
}

Test(behaviour, may_accept_a_bad_response) {
    const peer_behaviour behaviour = {.tolerate_handshake = 1u << WS_HANDSHAKE_EXTENSION_UNOFFERED};
    exchange x;
    exchange_open(&x, &(peer_options){.role = WS_CLIENT, .behaviour = &behaviour},
                  "Sec-WebSocket-Extensions: x-unknown\r\n");
    exchange_assert_log(&x, "GET");
    exchange_stop(&x);
}
