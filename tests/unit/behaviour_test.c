#include "peer/behaviour.h"
#include "support/exchange.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the table */

Test(behaviour, table_begins_with_the_sound_endpoint) {
    const peer_behaviour *sound = &peer_behaviours[0];
    cr_assert_str_eq(sound->name, "conformant");
    cr_assert_eq(sound->kind, PEER_VARIANT);
    cr_assert_null(sound->requirement);
}

Test(behaviour, walk_over_the_tables_begins_with_the_sound_endpoint_and_ends) {
    size_t count = 0;
    cr_assert_eq(peer_behaviour_at(0), &peer_behaviours[0]);
    while (peer_behaviour_at(count))
        count++;
    cr_assert_gt(count, 1);
    cr_assert_null(peer_behaviour_at(count + 1));
}

Test(behaviour, every_name_is_found) {
    const peer_behaviour *row;
    for (size_t i = 0; (row = peer_behaviour_at(i)); i++)
        cr_assert_eq(peer_behaviour_find(row->name), row, "%s is there twice", row->name);
}

Test(behaviour, unknown_name_is_not_found) {
    cr_assert_null(peer_behaviour_find("no-such-behaviour"));
    cr_assert_null(peer_behaviour_find(""));
}

Test(behaviour, every_name_is_kebab_case) {
    const peer_behaviour *row;
    for (size_t i = 0; (row = peer_behaviour_at(i)); i++)
        cr_assert_eq(strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(row->name), "%s",
                     row->name);
}

Test(behaviour, every_row_has_one_sentence_and_a_role) {
    const peer_behaviour *row;
    for (size_t i = 0; (row = peer_behaviour_at(i)); i++) {
        size_t size = strlen(row->sentence);
        cr_assert(isupper((unsigned char)row->sentence[0]) && row->sentence[size - 1] == '.', "%s",
                  row->name);
        cr_assert(row->roles != 0 && (row->roles & ~(unsigned)PEER_AS_BOTH) == 0, "%s", row->name);
    }
}

Test(behaviour, every_requirement_looks_like_an_id_of_the_catalogue) {
    const peer_behaviour *row;
    for (size_t i = 0; (row = peer_behaviour_at(i)); i++)
        cr_assert(!row->requirement || (strlen(row->requirement) >= 7 && strchr(row->requirement, '-')), "%s",
                  row->name);
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

/* What the cases are to catch is tested by them (fault matrix), and what no case may mind likewise. */
Test(behaviour, every_row_of_the_first_table_but_the_sound_one_is_tested) {
    for (const peer_behaviour *row = peer_behaviours + 1; row->name; row++) {
        bool tested = row->caught_by != NULL;
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

static void send_x(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        peer_send_octets(emission->endpoint, ws_span_of("\x82\x01x"));
}

Test(behaviour, hook_may_send_octets_ahead_of_a_frame) {
    const peer_behaviour behaviour = {.before_emit = send_x};
    exchange x;
    play(&x, WS_SERVER, &behaviour, "ping");
    exchange_assert_log(&x, "101 binary(x) pong(p)");
    exchange_stop(&x);
}

static void act_on_pong(peer_emission *emission) {
    static const peer_act acts[] = {PEER_SKIP, PEER_FAIL, PEER_END_TCP, PEER_DROP_TCP, PEER_GO_DEAF};
    if (emission->purpose == PEER_SENDS_PONG)
        emission->act = acts[peer_memo(emission->endpoint)[0]];
}

static void act_on_message(peer_arrival *arrival) {
    static const peer_act acts[] = {PEER_SKIP, PEER_FAIL, PEER_END_TCP, PEER_DROP_TCP, PEER_GO_DEAF};
    if (arrival->message_ends)
        arrival->act = acts[peer_memo(arrival->endpoint)[0]];
    arrival->code = 1008;
}

static void act_on_input(peer_input *input) {
    static const peer_act acts[] = {PEER_SKIP, PEER_FAIL, PEER_END_TCP, PEER_DROP_TCP, PEER_GO_DEAF};
    input->act = acts[peer_memo(input->endpoint)[0]];
    if (input->offset > 0)
        input->act = PEER_TAKE;
}

static const char *const act_logs[] = {
    "101 text(after) close 1000 <shutdown>", "101 close %u <shutdown>", "101 <close>", "101 <reset>", "101",
};

static void check_acts(const peer_behaviour *behaviour, const char *word, unsigned code) {
    for (uint64_t act = 0; act < sizeof act_logs / sizeof *act_logs; act++) {
        char log[64];
        exchange x;
        play(&x, WS_SERVER, behaviour, "");
        peer_memo(x.endpoint)[0] = act;
        give_word(&x, word);
        if (peer_endpoint_wish(x.endpoint) < PEER_WISH_CLOSE) {
            peer_memo(x.endpoint)[0] = 0;
            exchange_give_frame(&x, behaviour->on_arrival ? exchange_frame(WS_PING, true, "after")
                                                          : exchange_text("after"));
            exchange_give_close(&x, 1000);
            exchange_take(&x);
        }
        snprintf(log, sizeof log, act_logs[act], code);
        if (behaviour->on_arrival && act == 0)
            strcpy(log, "101 pong(after) close 1000 <shutdown>");
        cr_assert_str_eq(exchange_log(&x), log, "act %d gives %s", (int)act, exchange_log(&x));
        exchange_stop(&x);
    }
}

Test(behaviour, hook_of_frames_sent_may_choose_every_act) {
    check_acts(&(peer_behaviour){.before_emit = act_on_pong}, "ping", 1002);
}

Test(behaviour, hook_of_arrivals_may_choose_every_act) {
    check_acts(&(peer_behaviour){.on_arrival = act_on_message}, "hi", 1008);
}

Test(behaviour, hook_of_input_may_choose_every_act) {
    check_acts(&(peer_behaviour){.on_input = act_on_input}, "hi", 1002);
}

static void fail_again(peer_emission *emission) {
    emission->act = PEER_FAIL;
    emission->code = 1003;
}

Test(behaviour, hook_that_fails_the_failure_says_nothing) {
    exchange x;
    play(&x, WS_SERVER, &(peer_behaviour){.before_emit = fail_again}, "opcode");
    exchange_assert_log(&x, "101 <shutdown>");
    exchange_stop(&x);
}

/* Notes every arrival: the opcode of the frame, m for a whole message, and i inside a message. */
static void note_arrival(peer_arrival *arrival) {
    char *note = (char *)peer_memo(arrival->endpoint);
    size_t at = strlen(note);
    note[at++] = "0123456789abcdef"[arrival->event->header.opcode];
    if (arrival->message_ends)
        note[at++] = 'm';
    if (arrival->inside_message)
        note[at++] = 'i';
    cr_assert_leq(arrival->number, at);
}

static void give_fragments_around_ping(exchange *x) {
    exchange_give_frame(x, exchange_frame(WS_PONG, true, ""));
    exchange_give_frame(x, exchange_frame(WS_TEXT, false, "a"));
    exchange_give_frame(x, exchange_frame(WS_PING, true, "p"));
    exchange_give_frame(x, exchange_frame(WS_CONTINUATION, true, "b"));
    exchange_give_frame(x, exchange_frame(WS_PING, true, "q"));
}

Test(behaviour, hook_sees_frames_messages_and_where_they_are) {
    exchange x;
    play(&x, WS_SERVER, &(peer_behaviour){.on_arrival = note_arrival}, "");
    give_fragments_around_ping(&x);
    exchange_assert_log(&x, "101 pong(p) text(ab) pong(q)");
    cr_assert_str_eq((const char *)peer_memo(x.endpoint), "a19i0i0m9");
    exchange_stop(&x);
}

static void lose_continuations(peer_arrival *arrival) {
    if (!arrival->message_ends && arrival->event->header.opcode == WS_CONTINUATION)
        arrival->act = PEER_SKIP;
}

Test(behaviour, hook_may_lose_the_payload_of_a_frame) {
    exchange x;
    play(&x, WS_SERVER, &(peer_behaviour){.on_arrival = lose_continuations}, "");
    give_fragments_around_ping(&x);
    exchange_give_frame(&x, exchange_text("next"));
    exchange_assert_log(&x, "101 pong(p) text(a) pong(q) text(next)");
    exchange_stop(&x);
}

static void double_message(peer_arrival *arrival) {
    ws_buffer *scratch = peer_scratch(arrival->endpoint);
    if (!arrival->message_ends)
        return;
    ws_buffer_append(scratch, arrival->message->data, arrival->message->size);
    ws_buffer_append(arrival->message, scratch->data, scratch->size);
}

Test(behaviour, hook_may_change_a_message_before_its_echo) {
    exchange x;
    play(&x, WS_CLIENT, &(peer_behaviour){.on_arrival = double_message}, "hi");
    exchange_assert_log(&x, "GET text(hihi)");
    exchange_stop(&x);
}

/* A server's frame hi: its last octet is lost with the first read. */
static void lose_last_octet(peer_input *input) {
    if (input->offset == 0)
        input->size--;
    else
        input->bytes[0] = 'o';
    cr_assert_eq(input->at_frame_start, input->offset == 0);
}

Test(behaviour, hook_may_change_and_lose_octets_that_come) {
    exchange x;
    play(&x, WS_CLIENT, &(peer_behaviour){.on_input = lose_last_octet}, "");
    exchange_give(&x, "\x81\x02hi", 4);
    exchange_give(&x, "i", 1);
    exchange_assert_log(&x, "GET text(ho)");
    exchange_stop(&x);
}

static void greet(peer_endpoint *endpoint, ws_role role) {
    peer_send_frame(endpoint, &(ws_frame){.opcode = WS_TEXT,
                                          .fin = true,
                                          .payload = ws_span_of(role == WS_SERVER ? "server" : "client")});
}

Test(behaviour, hook_may_send_a_frame_at_open) {
    for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++) {
        exchange x;
        play(&x, role, &(peer_behaviour){.on_open = greet}, "");
        exchange_assert_log(&x, role == WS_SERVER ? "101 text(server)" : "GET text(client)");
        exchange_stop(&x);
    }
}

static void send_close(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    peer_send_frame(endpoint, &(ws_frame){.opcode = WS_CLOSE, .fin = true});
}

Test(behaviour, close_sent_by_a_hook_counts_and_is_waited_for) {
    exchange x;
    play(&x, WS_SERVER, &(peer_behaviour){.on_open = send_close}, "hi bare");
    exchange_assert_log(&x, "101 close <shutdown>");
    exchange_stop(&x);
    play(&x, WS_SERVER, &(peer_behaviour){.on_open = send_close}, "wait");
    exchange_assert_log(&x, "101 close <close>");
    exchange_stop(&x);
}

static bool refuse_request(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return ws_http_field_get(request, "Host", 0) != NULL;
}

static bool refuse_response(peer_endpoint *endpoint, const ws_http_head *response) {
    (void)endpoint;
    return response->status == 101;
}

Test(behaviour, may_refuse_a_sound_request) {
    exchange x;
    exchange_start(&x, &(peer_options){.role = WS_SERVER,
                                       .behaviour = &(peer_behaviour){.refuse_request = refuse_request}});
    exchange_give_text(&x, exchange_request);
    exchange_give_text(&x, "\r\n");
    exchange_assert_log(&x, "400 <shutdown>");
    exchange_stop(&x);
}

Test(behaviour, may_refuse_a_sound_response) {
    exchange x;
    exchange_start(&x, &(peer_options){.role = WS_CLIENT,
                                       .behaviour = &(peer_behaviour){.refuse_response = refuse_response}});
    exchange_take(&x);
    exchange_give_response(&x, "");
    exchange_assert_log(&x, "GET <close>");
    exchange_stop(&x);
}

Test(behaviour, head_may_come_late) {
    const peer_behaviour behaviour = {.handshake_delay_us = 700000};
    for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++) {
        exchange x;
        exchange_start(&x, &(peer_options){.role = role, .behaviour = &behaviour});
        int64_t begin = x.now;
        if (role == WS_SERVER)
            exchange_give_text(&x, exchange_request);
        if (role == WS_SERVER)
            exchange_give_text(&x, "\r\n");
        exchange_take(&x);
        cr_assert_eq(x.sent.size, 0);
        cr_assert_eq(peer_endpoint_deadline(x.endpoint), begin + 700000);
        exchange_wait_until(&x, begin + 700000);
        exchange_assert_log(&x, role == WS_SERVER ? "101" : "GET");
        exchange_stop(&x);
    }
}

/* ------------------------------------------------------------------ limits, writes, idleness */

Test(behaviour, may_have_a_limit_of_octets_and_of_fragments) {
    const peer_behaviour behaviour = {.max_message = 4, .max_fragments = 1};
    exchange x;
    play(&x, WS_SERVER, &behaviour, "");
    exchange_give_frame(&x, exchange_text("four"));
    exchange_give_frame(&x, exchange_text("fives"));
    exchange_assert_log(&x, "101 text(four) close 1009 <shutdown>");
    exchange_stop(&x);
    play(&x, WS_SERVER, &behaviour, "");
    give_fragments_around_ping(&x);
    exchange_assert_log(&x, "101 pong(p) close 1008 <shutdown>");
    exchange_stop(&x);
}

/* Takes one write of the endpoint at its time. */
static size_t one_write(exchange *x) {
    uint8_t octets[64];
    return peer_endpoint_output(x->endpoint, x->now, octets, sizeof octets);
}

Test(behaviour, writes_may_be_small) {
    exchange x;
    play(&x, WS_CLIENT, &(peer_behaviour){.output_max = 3}, "");
    peer_endpoint_received(x.endpoint, x.now, (const uint8_t *)"\x81\x02hi", 4);
    cr_assert_eq(one_write(&x), 3);
    cr_assert_eq(one_write(&x), 3);
    cr_assert_eq(one_write(&x), 2);
    cr_assert_eq(one_write(&x), 0);
    exchange_stop(&x);
}

Test(behaviour, pauses_between_writes_come_before_the_end) {
    exchange x;
    const peer_behaviour behaviour = {.output_max = 7, .output_gap_us = 1000};
    exchange_start(&x, &(peer_options){.role = WS_SERVER, .behaviour = &behaviour});
    exchange_give_text(&x, "nonsense\r\n\r\n");
    while (peer_endpoint_deadline(x.endpoint) == x.now + 1000) {
        cr_assert_eq(peer_endpoint_wish(x.endpoint), PEER_WISH_NOTHING);
        cr_assert_eq(one_write(&x), 0);
        exchange_wait_until(&x, x.now + 1000);
    }
    exchange_assert_log(&x, "400 <shutdown>");
    exchange_stop(&x);
}

Test(behaviour, idle_connection_is_closed_with_1001) {
    exchange x;
    play(&x, WS_SERVER, &(peer_behaviour){.idle_timeout_us = 1000000}, "");
    exchange_wait_until(&x, x.now + 400000);
    exchange_give_frame(&x, exchange_text("hi"));
    cr_assert_eq(peer_endpoint_deadline(x.endpoint), x.now + 1000000);
    exchange_wait_until(&x, x.now + 1000000);
    exchange_assert_log(&x, "101 text(hi) close 1001");
    exchange_give_close(&x, 1001);
    exchange_assert_log(&x, "101 text(hi) close 1001 <shutdown>");
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ permessage-deflate */

static const char *answered(const peer_behaviour *behaviour, char *text, size_t size) {
    exchange x;
    exchange_open(&x, &(peer_options){.role = WS_SERVER, .behaviour = behaviour}, exchange_deflate_offer);
    exchange_take(&x);
    const char *answer = exchange_field(&x, "Sec-WebSocket-Extensions", text, size);
    exchange_stop(&x);
    return answer;
}

static bool answer_nine(const ws_extension_list *offers, ws_deflate_params *answer) {
    answer->server_max_window_bits = 9;
    return offers->count == 1;
}

Test(behaviour, may_answer_offers_its_own_way) {
    char text[128];
    const ws_deflate_policy policy = {.server_no_context_takeover = true};
    cr_assert_null(answered(&(peer_behaviour){.no_deflate = true}, text, sizeof text));
    cr_assert_str_eq(answered(&(peer_behaviour){.deflate_policy = &policy}, text, sizeof text),
                     "permessage-deflate; server_no_context_takeover");
    cr_assert_str_eq(answered(&(peer_behaviour){.answer_offers = answer_nine}, text, sizeof text),
                     "permessage-deflate; server_max_window_bits=9");
}

static const char *compressed_echo(const peer_behaviour *behaviour, exchange *x) {
    exchange_open(x, &(peer_options){.role = WS_SERVER, .behaviour = behaviour}, exchange_deflate_offer);
    exchange_give_frame(x, exchange_text("hi"));
    exchange_give_frame(x, (ws_frame){.opcode = WS_TEXT,
                                      .fin = true,
                                      .rsv = WS_RSV1,
                                      .payload = {(const uint8_t *)"\xca\xc8\x04\x00", 4}});
    return exchange_log(x);
}

static void use_stored_blocks(peer_codecs *codecs) {
    codecs->deflater.level = 0;
}

static void inflate_nothing(peer_codecs *codecs) {
    codecs->receiver.deflate = false;
    codecs->receiver.reader.rsv_on_data = WS_RSV1;
    codecs->deflate = false;
}

Test(behaviour, may_compress_and_inflate_its_own_way) {
    exchange x;
    cr_assert_str_eq(compressed_echo(&(peer_behaviour){.compression = PEER_COMPRESSES_NEVER}, &x),
                     "101 text(hi) text(hi)");
    exchange_stop(&x);
    cr_assert_str_eq(compressed_echo(&(peer_behaviour){.edit_codecs = inflate_nothing}, &x),
                     "101 text(hi) text[4]");
    exchange_stop(&x);
    cr_assert_str_eq(compressed_echo(&(peer_behaviour){.edit_codecs = use_stored_blocks}, &x),
                     "101 text(hi) compressed-text[8]");
    exchange_stop(&x);
    compressed_echo(&(peer_behaviour){.compression = PEER_COMPRESSES_ALWAYS}, &x);
    cr_assert_eq(strncmp(exchange_log(&x), "101 compressed-text[", 20), 0, "%s", exchange_log(&x));
    exchange_stop(&x);
}

Test(behaviour, may_accept_a_wrong_answer) {
    const peer_behaviour behaviour = {.tolerate_deflate = 1u << WS_DEFLATE_PARAM_UNKNOWN};
    exchange x;
    exchange_open(&x, &(peer_options){.role = WS_CLIENT, .behaviour = &behaviour},
                  "Sec-WebSocket-Extensions: permessage-deflate; x\r\n");
    exchange_stop(&x);
}
