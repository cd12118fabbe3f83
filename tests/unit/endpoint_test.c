#include "peer/endpoint.h"
#include "support/exchange.h"
#include "wire/close.h"
#include "wire/http.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const peer_options server = {.role = WS_SERVER};
static const peer_options client = {.role = WS_CLIENT};

/* ------------------------------------------------------------------ opening, server */

Test(endpoint_server, answers_a_good_request_with_101) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_assert_log(&x, "101");
    exchange_stop(&x);
}

Test(endpoint_server, gives_the_accept_value_of_rfc_6455_1_3) {
    exchange x;
    char text[64];
    exchange_open(&x, &server, "");
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Accept", text, sizeof text),
                     "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    exchange_stop(&x);
}

Test(endpoint_server, names_itself) {
    exchange x;
    char text[64];
    exchange_open(&x, &(peer_options){.role = WS_SERVER, .agent = "tester/1"}, "");
    cr_assert_str_eq(exchange_field(&x, "Server", text, sizeof text), "tester/1");
    exchange_stop(&x);
}

static const struct {
    const char *name, *exchange_request, *log;
} bad_requests[] = {
    {"not HTTP", "\x16\x03\x01\x02\n", "400 <shutdown>"},
    {"POST", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "405 <shutdown>"},
    {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "400 <shutdown>"},
    {"a plain request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "426 <shutdown>"},
    {"version 8",
     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
     "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n",
     "426 <shutdown>"},
    {"no key",
     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
     "13\r\n\r\n",
     "400 <shutdown>"},
    {"no host", "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "400 <shutdown>"},
    {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", "400 <shutdown>"},
};

Test(endpoint_server, refuses_every_bad_request_with_its_status) {
    for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
        exchange x;
        exchange_start(&x, &server);
        exchange_give_text(&x, bad_requests[i].exchange_request);
        cr_assert_str_eq(exchange_log(&x), bad_requests[i].log, "%s", bad_requests[i].name);
        exchange_stop(&x);
    }
}

Test(endpoint_server, names_its_version_with_426) {
    exchange x;
    char text[64];
    exchange_start(&x, &server);
    exchange_give_text(&x, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Version", text, sizeof text), "13");
    cr_assert_str_eq(exchange_field(&x, "Upgrade", text, sizeof text), "websocket");
    exchange_stop(&x);
}

Test(endpoint_server, names_the_allowed_method_with_405) {
    exchange x;
    char text[64];
    exchange_start(&x, &server);
    exchange_give_text(&x, "PUT / HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert_str_eq(exchange_field(&x, "Allow", text, sizeof text), "GET");
    exchange_stop(&x);
}

Test(endpoint_server, says_why_it_refused) {
    exchange x;
    exchange_start(&x, &server);
    exchange_give_text(&x, "PUT / HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert_str_eq(peer_endpoint_facts(x.endpoint)->failure,
                     ws_handshake_describe(WS_HANDSHAKE_METHOD)->text);
    exchange_stop(&x);
}

Test(endpoint_server, refuses_an_endless_head_with_431) {
    exchange x;
    exchange_start(&x, &server);
    char *padding = malloc(70000);
    memset(padding, 'a', 70000);
    exchange_give_text(&x, "GET / HTTP/1.1\r\n");
    exchange_give(&x, padding, 70000);
    exchange_assert_log(&x, "431 <shutdown>");
    free(padding);
    exchange_stop(&x);
}

Test(endpoint_server, overlooks_an_empty_line_before_the_request) {
    exchange x;
    exchange_start(&x, &server);
    exchange_give_text(&x, "\r\n");
    exchange_give_text(&x, exchange_request);
    exchange_give_text(&x, "\r\n");
    exchange_assert_log(&x, "101");
    exchange_stop(&x);
}

Test(endpoint_server, reads_frames_that_come_right_behind_the_request) {
    exchange x;
    ws_buffer octets;
    ws_buffer_init(&octets, 0);
    exchange_start(&x, &server);
    ws_buffer_append_text(&octets, exchange_request);
    ws_buffer_append_text(&octets, "\r\n");
    exchange_append_frame(&octets, WS_SERVER, exchange_text("early"));
    exchange_give(&x, octets.data, octets.size);
    exchange_assert_log(&x, "101 text(early)");
    ws_buffer_clear(&octets);
    exchange_stop(&x);
}

Test(endpoint_server, closes_when_no_request_comes_within_five_seconds) {
    exchange x;
    exchange_start(&x, &server);
    cr_assert_eq(peer_endpoint_deadline(x.endpoint), 1000 + 5000000);
    exchange_wait_until(&x, 1000 + 5000000);
    exchange_assert_log(&x, " <close>");
    exchange_stop(&x);
}

Test(endpoint_server, closes_when_the_stream_ends_within_the_request) {
    exchange x;
    exchange_start(&x, &server);
    exchange_give_text(&x, exchange_request);
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_FIN);
    exchange_assert_log(&x, " <close>");
    cr_assert(peer_endpoint_done(x.endpoint));
    exchange_stop(&x);
}

static const char *const chat_protocols[] = {"chat.v2", "chat.v1"};

Test(endpoint_server, picks_the_first_offered_subprotocol_that_it_knows) {
    exchange x;
    char text[64];
    exchange_open(&x,
                  &(peer_options){.role = WS_SERVER, .subprotocols = chat_protocols, .subprotocol_count = 2},
                  "Sec-WebSocket-Protocol: other, chat.v1\r\nSec-WebSocket-Protocol: chat.v2\r\n");
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Protocol", text, sizeof text), "chat.v1");
    cr_assert_str_eq(peer_endpoint_facts(x.endpoint)->subprotocol, "chat.v1");
    exchange_stop(&x);
}

Test(endpoint_server, leaves_the_subprotocol_out_when_it_knows_none) {
    exchange x;
    char text[64];
    exchange_open(&x, &server, "Sec-WebSocket-Protocol: chat.v1\r\n");
    cr_assert_null(exchange_field(&x, "Sec-WebSocket-Protocol", text, sizeof text));
    exchange_stop(&x);
}

Test(endpoint_server, agrees_to_permessage_deflate) {
    exchange x;
    char text[64];
    exchange_open(&x, &server, exchange_deflate_offer);
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Extensions", text, sizeof text), "permessage-deflate");
    exchange_stop(&x);
}

Test(endpoint_server, answers_deflate_by_its_policy) {
    exchange x;
    char text[128];
    peer_options options = {.role = WS_SERVER,
                            .deflate = {.server_no_context_takeover = true, .client_max_window_bits = 10}};
    exchange_open(&x, &options, exchange_deflate_offer);
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Extensions", text, sizeof text),
                     "permessage-deflate; server_no_context_takeover; client_max_window_bits=10");
    exchange_stop(&x);
}

Test(endpoint_server, does_not_agree_to_deflate_when_told_not_to) {
    exchange x;
    char text[64];
    exchange_open(&x, &(peer_options){.role = WS_SERVER, .no_deflate = true}, exchange_deflate_offer);
    cr_assert_null(exchange_field(&x, "Sec-WebSocket-Extensions", text, sizeof text));
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ opening, client */

Test(endpoint_client, sends_an_impeccable_request) {
    exchange x;
    ws_http_head *head;
    ws_handshake_report report;
    exchange_start(&x, &(peer_options){.role = WS_CLIENT,
                                       .authority = "example.com:9001",
                                       .resource = "/echo?x=1",
                                       .subprotocols = chat_protocols,
                                       .subprotocol_count = 2});
    exchange_take(&x);
    cr_assert_gt(ws_http_parse(x.sent.data, x.sent.size, WS_HTTP_REQUEST, NULL, &head), 0);
    cr_assert_eq(ws_handshake_check_request(head, &report), WS_OK);
    cr_assert_eq(report.count, 0);
    cr_assert(ws_span_equal(head->target, ws_span_of("/echo?x=1")));
    ws_http_head_free(head);
    exchange_stop(&x);
}

Test(endpoint_client, offers_its_subprotocols_and_deflate) {
    exchange x;
    char text[128];
    exchange_start(&x, &(peer_options){.role = WS_CLIENT,
                                       .subprotocols = chat_protocols,
                                       .subprotocol_count = 2,
                                       .deflate = {.server_max_window_bits = 9}});
    exchange_take(&x);
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Protocol", text, sizeof text), "chat.v2, chat.v1");
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Extensions", text, sizeof text),
                     "permessage-deflate; server_max_window_bits=9; client_max_window_bits");
    exchange_stop(&x);
}

Test(endpoint_client, draws_its_key_from_the_seed) {
    exchange x, y, z;
    char a[64], b[64], c[64];
    exchange_start(&x, &(peer_options){.role = WS_CLIENT, .seed = 1});
    exchange_start(&y, &(peer_options){.role = WS_CLIENT, .seed = 1});
    exchange_start(&z, &(peer_options){.role = WS_CLIENT, .seed = 2});
    exchange_take(&x), exchange_take(&y), exchange_take(&z);
    cr_assert_str_eq(exchange_field(&x, "Sec-WebSocket-Key", a, sizeof a),
                     exchange_field(&y, "Sec-WebSocket-Key", b, sizeof b));
    cr_assert_str_neq(a, exchange_field(&z, "Sec-WebSocket-Key", c, sizeof c));
    exchange_stop(&x), exchange_stop(&y), exchange_stop(&z);
}

Test(endpoint_client, opens_on_a_good_response) {
    exchange x;
    exchange_open(&x, &client, "");
    exchange_assert_log(&x, "GET");
    exchange_stop(&x);
}

Test(endpoint_client, passes_over_an_interim_response) {
    exchange x;
    exchange_start(&x, &client);
    exchange_take(&x);
    exchange_give_text(&x, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    exchange_give_response(&x, "");
    cr_assert(peer_endpoint_facts(x.endpoint)->opened);
    exchange_stop(&x);
}

Test(endpoint_client, accepts_the_subprotocol_that_it_offered) {
    exchange x;
    exchange_open(&x,
                  &(peer_options){.role = WS_CLIENT, .subprotocols = chat_protocols, .subprotocol_count = 2},
                  "Sec-WebSocket-Protocol: chat.v1\r\n");
    cr_assert_str_eq(peer_endpoint_facts(x.endpoint)->subprotocol, "chat.v1");
    exchange_stop(&x);
}

static const struct {
    const char *name, *extra;
} bad_responses[] = {
    {"second accept", "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"},
    {"subprotocol never offered", "Sec-WebSocket-Protocol: chat\r\n"},
    {"extension never offered", "Sec-WebSocket-Extensions: x-snappy\r\n"},
    {"unknown parameter", "Sec-WebSocket-Extensions: permessage-deflate; level=9\r\n"},
    {"window of 7 bits", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7\r\n"},
    {"deflate twice", "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n"},
};

Test(endpoint_client, closes_without_a_frame_on_every_bad_response) {
    for (size_t i = 0; i < sizeof bad_responses / sizeof *bad_responses; i++) {
        exchange x;
        exchange_start(&x, &client);
        exchange_take(&x);
        exchange_give_response(&x, bad_responses[i].extra);
        cr_assert_str_eq(exchange_log(&x), "GET <close>", "%s", bad_responses[i].name);
        cr_assert_not_null(peer_endpoint_facts(x.endpoint)->failure);
        exchange_stop(&x);
    }
}

Test(endpoint_client, closes_on_another_status) {
    exchange x;
    exchange_start(&x, &client);
    exchange_take(&x);
    exchange_give_text(&x, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    exchange_assert_log(&x, "GET <close>");
    exchange_stop(&x);
}

Test(endpoint_client, closes_on_what_is_not_http) {
    exchange x;
    exchange_start(&x, &client);
    exchange_take(&x);
    exchange_give_text(&x, "SSH-2.0-x\r\n");
    exchange_assert_log(&x, "GET <close>");
    exchange_stop(&x);
}

Test(endpoint_client, drops_the_connection_when_its_own_offer_cannot_be_written) {
    exchange x;
    exchange_start(&x, &(peer_options){.role = WS_CLIENT, .deflate = {.server_max_window_bits = 3}});
    exchange_assert_log(&x, " <reset>");
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ echoes */

static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, 1 << 20};

static uint8_t *pattern(size_t size, uint8_t opcode) {
    uint8_t *octets = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        octets[i] = opcode == WS_TEXT ? (uint8_t)('a' + i % 26) : (uint8_t)(i * 37);
    return octets;
}

/* The octets that an endpoint would send for that message; a server's are not masked. */
static void assert_echoes(ws_role role, uint8_t opcode, size_t size) {
    exchange x;
    uint8_t *octets = pattern(size, opcode);
    exchange_open(&x, &(peer_options){.role = role}, "");
    size_t head = x.sent.size;
    exchange_give_frame(&x, (ws_frame){.opcode = opcode, .fin = true, .payload = {octets, size}});
    exchange_take(&x);
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = role == WS_SERVER ? WS_CLIENT : WS_SERVER});
    ws_event event;
    size_t count, used, at = 0;
    uint8_t *out = malloc(x.sent.size);
    ws_event events[4];
    used = ws_reader_feed(reader, x.sent.data + head, x.sent.size - head, out, events, 4, &count);
    cr_assert_eq(used, x.sent.size - head);
    cr_assert_geq(count, 1);
    for (size_t i = 0; i < count; i++) {
        event = events[i];
        cr_assert_eq(event.type, WS_EVENT_DATA);
        cr_assert_eq(event.opcode, opcode);
        cr_assert(event.payload.size == 0 ||
                  memcmp(event.payload.data, octets + at, event.payload.size) == 0);
        at += event.payload.size;
    }
    cr_assert_eq(at, size);
    cr_assert(events[count - 1].flags & WS_MESSAGE_END);
    cr_assert_eq(peer_endpoint_facts(x.endpoint)->messages, 1);
    ws_reader_free(reader);
    free(out);
    free(octets);
    exchange_stop(&x);
}

Test(endpoint_echo, comes_back_the_same_from_a_server_in_every_size_class) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_echoes(WS_SERVER, WS_TEXT, sizes[i]);
        assert_echoes(WS_SERVER, WS_BINARY, sizes[i]);
    }
}

Test(endpoint_echo, comes_back_the_same_from_a_client_in_every_size_class) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_echoes(WS_CLIENT, WS_TEXT, sizes[i]);
        assert_echoes(WS_CLIENT, WS_BINARY, sizes[i]);
    }
}

Test(endpoint_echo, joins_the_fragments_of_a_message) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_frame(WS_TEXT, false, "Hel"));
    exchange_give_frame(&x, exchange_frame(WS_CONTINUATION, false, ""));
    exchange_assert_log(&x, "101");
    exchange_give_frame(&x, exchange_frame(WS_CONTINUATION, true, "lo"));
    exchange_assert_log(&x, "101 text(Hello)");
    exchange_stop(&x);
}

Test(endpoint_echo, does_not_delay_a_pong_that_is_due_between_fragments) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_frame(WS_BINARY, false, "a"));
    exchange_give_frame(&x, exchange_frame(WS_PING, true, "p"));
    exchange_give_frame(&x, exchange_frame(WS_CONTINUATION, true, "b"));
    exchange_assert_log(&x, "101 pong(p) binary(ab)");
    exchange_stop(&x);
}

Test(endpoint_echo, of_text_never_contains_the_beginning_of_an_invalid_one) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_frame(WS_TEXT, false, "good so far"));
    exchange_give_frame(&x, exchange_frame(WS_CONTINUATION, true, "\xff"));
    exchange_assert_log(&x, "101 close 1007 <shutdown>");
    exchange_stop(&x);
}

/* "Hello" as RFC 7692 7.2.3.1 compresses it, and once more with context takeover (7.2.3.2). */
static const char hello_deflated[] = "\xf2\x48\xcd\xc9\xc9\x07\x00";
static const char hello_again[] = "\xf2\x00\x11\x00\x00";

static ws_frame deflated_frame(const char *octets, size_t size) {
    return (ws_frame){
        .opcode = WS_TEXT, .rsv = WS_RSV1, .fin = true, .payload = {(const uint8_t *)octets, size}};
}

Test(endpoint_echo, is_compressed_when_the_message_was) {
    exchange x;
    exchange_open(&x, &server, exchange_deflate_offer);
    size_t head = x.sent.size;
    exchange_give_frame(&x, deflated_frame(hello_deflated, 7));
    cr_assert_eq(x.sent.size - head, 9);
    cr_assert_arr_eq(x.sent.data + head, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9);
    exchange_stop(&x);
}

Test(endpoint_echo, takes_the_context_over) {
    exchange x;
    exchange_open(&x, &server, exchange_deflate_offer);
    exchange_give_frame(&x, deflated_frame(hello_deflated, 7));
    size_t first = x.sent.size;
    exchange_give_frame(&x, deflated_frame(hello_again, 5));
    cr_assert_eq(x.sent.size - first, 7);
    cr_assert_arr_eq(x.sent.data + first, "\xc1\x05\xf2\x00\x11\x00\x00", 7);
    exchange_stop(&x);
}

Test(endpoint_echo, is_plain_when_the_message_was_plain) {
    exchange x;
    exchange_open(&x, &server, exchange_deflate_offer);
    exchange_give_frame(&x, exchange_text("Hello"));
    exchange_assert_log(&x, "101 text(Hello)");
    exchange_stop(&x);
}

Test(endpoint_echo, of_a_client_keeps_to_the_agreed_window) {
    exchange x;
    uint8_t zeros[4096] = {0};
    exchange_open(&x, &client, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n");
    exchange_give_frame(&x, deflated_frame(hello_deflated, 7));
    cr_assert(peer_endpoint_facts(x.endpoint)->deflate);
    exchange_assert_log(&x, "GET compressed-text[7]");
    exchange_give_frame(&x, (ws_frame){.opcode = WS_BINARY, .fin = true, .payload = {zeros, sizeof zeros}});
    exchange_assert_log(&x, "GET compressed-text[7] binary[4096]");
    exchange_stop(&x);
}

Test(endpoint_echo, of_an_empty_compressed_message_is_one_octet) {
    exchange x;
    exchange_open(&x, &server, exchange_deflate_offer);
    exchange_give_frame(&x, deflated_frame("\0", 1));
    exchange_assert_log(&x, "101 compressed-text[1]");
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ control frames */

Test(endpoint_ping, is_answered_with_its_payload_in_order) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_frame(WS_PING, true, "one"));
    exchange_give_frame(&x, exchange_frame(WS_PING, true, ""));
    exchange_give_frame(&x, exchange_frame(WS_PING, true, "two"));
    exchange_assert_log(&x, "101 pong(one) pong pong(two)");
    exchange_stop(&x);
}

Test(endpoint_ping, is_masked_by_a_client_with_a_new_key_each_time) {
    exchange x;
    exchange_open(&x, &client, "");
    size_t head = x.sent.size;
    exchange_give_frame(&x, exchange_frame(WS_PING, true, ""));
    exchange_give_frame(&x, exchange_frame(WS_PING, true, ""));
    cr_assert_eq(x.sent.size - head, 12);
    cr_assert_arr_neq(x.sent.data + head + 2, x.sent.data + head + 8, 4);
    exchange_stop(&x);
}

Test(endpoint_pong, is_ignored) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_frame(WS_PONG, true, "unasked"));
    exchange_assert_log(&x, "101");
    exchange_stop(&x);
}

static const struct {
    uint16_t code;
    const char *log;
} closes[] = {
    {1000, "101 close 1000 <shutdown>"}, {1001, "101 close 1001 <shutdown>"},
    {1011, "101 close 1011 <shutdown>"}, {3000, "101 close 3000 <shutdown>"},
    {4999, "101 close 4999 <shutdown>"},
};

Test(endpoint_close, is_answered_with_the_same_code) {
    for (size_t i = 0; i < sizeof closes / sizeof *closes; i++) {
        exchange x;
        exchange_open(&x, &server, "");
        exchange_give_close(&x, closes[i].code);
        exchange_assert_log(&x, closes[i].log);
        exchange_stop(&x);
    }
}

Test(endpoint_close, without_code_is_answered_without_code) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_frame(WS_CLOSE, true, ""));
    exchange_assert_log(&x, "101 close <shutdown>");
    cr_assert_eq(peer_endpoint_facts(x.endpoint)->close_code, WS_CLOSE_NO_STATUS);
    exchange_stop(&x);
}

Test(endpoint_close, is_the_last_thing_that_is_looked_at) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_close(&x, 1000);
    exchange_give_frame(&x, exchange_frame(WS_PING, true, "late"));
    exchange_give_frame(&x, exchange_text("late"));
    exchange_give_close(&x, 1001);
    exchange_assert_log(&x, "101 close 1000 <shutdown>");
    exchange_stop(&x);
}

Test(endpoint_close, of_a_server_ends_its_side_and_waits_for_the_other) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_close(&x, 1000);
    cr_assert_not(peer_endpoint_done(x.endpoint));
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_FIN);
    exchange_assert_log(&x, "101 close 1000 <close>");
    cr_assert(peer_endpoint_done(x.endpoint));
    exchange_stop(&x);
}

Test(endpoint_close, of_a_server_does_not_wait_longer_than_two_seconds) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_close(&x, 1000);
    cr_assert_eq(peer_endpoint_deadline(x.endpoint), x.now + 2000000);
    exchange_wait_until(&x, x.now + 2000000);
    exchange_assert_log(&x, "101 close 1000 <close>");
    exchange_stop(&x);
}

Test(endpoint_close, of_a_client_lets_the_server_end_tcp) {
    exchange x;
    exchange_open(&x, &client, "");
    exchange_give_close(&x, 1000);
    exchange_assert_log(&x, "GET close 1000");
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_FIN);
    exchange_assert_log(&x, "GET close 1000 <close>");
    exchange_stop(&x);
}

Test(endpoint_close, of_a_client_does_not_wait_longer_than_two_seconds) {
    exchange x;
    exchange_open(&x, &client, "");
    exchange_give_close(&x, 1000);
    exchange_wait_until(&x, x.now + 1999999);
    exchange_assert_log(&x, "GET close 1000");
    exchange_wait_until(&x, x.now + 1);
    exchange_assert_log(&x, "GET close 1000 <close>");
    exchange_stop(&x);
}

Test(endpoint_close, by_end_of_stream_alone_closes_tcp_behind_the_echoes) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give_frame(&x, exchange_text("bye"));
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_FIN);
    exchange_assert_log(&x, "101 text(bye) <close>");
    exchange_stop(&x);
}

Test(endpoint_close, by_reset_ends_everything) {
    exchange x;
    exchange_open(&x, &server, "");
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_RESET);
    cr_assert(peer_endpoint_done(x.endpoint));
    cr_assert_eq(peer_endpoint_deadline(x.endpoint), INT64_MAX);
    exchange_stop(&x);
}

Test(endpoint_close, turns_into_a_reset_when_the_other_side_does_not_read) {
    exchange x;
    ws_buffer octets;
    uint8_t payload[2];
    ws_buffer_init(&octets, 0);
    exchange_open(&x, &server, "");
    exchange_append_frame(&octets, WS_SERVER, exchange_close(1000, payload));
    peer_endpoint_received(x.endpoint, x.now, octets.data, octets.size);
    peer_endpoint_time(x.endpoint, x.now + 2000000);
    cr_assert_eq(peer_endpoint_wish(x.endpoint), PEER_WISH_RESET);
    ws_buffer_clear(&octets);
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ violations */

/* Frames for a server, unmasked here and masked on the way; `log` begins behind "101". */
static const struct {
    ws_violation violation;
    ws_frame frames[3];
    const char *log;
} violations[] = {
#define PAYLOAD(text) .payload = {(const uint8_t *)(text), sizeof(text) - 1}
    {WS_VIOLATION_RSV, {{.opcode = WS_TEXT, .fin = true, .rsv = WS_RSV1, PAYLOAD("x")}}, "close 1002"},
    {WS_VIOLATION_OPCODE, {{.opcode = 3, .fin = true}}, "close 1002"},
    {WS_VIOLATION_LENGTH_NOT_MINIMAL,
     {{.opcode = WS_TEXT, .fin = true, .length_form = WS_LENGTH_16, PAYLOAD("x")}},
     "close 1002"},
    {WS_VIOLATION_LENGTH_TOP_BIT,
     {{.opcode = WS_TEXT,
       .fin = true,
       .lie_about_length = true,
       .declared = UINT64_C(1) << 63,
       .length_form = WS_LENGTH_64}},
     "close 1002"},
    {WS_VIOLATION_CONTROL_FRAGMENTED, {{.opcode = WS_PING, PAYLOAD("x")}}, "close 1002"},
    {WS_VIOLATION_CONTROL_TOO_LONG,
     {{.opcode = WS_PING, .fin = true, .lie_about_length = true, .declared = 126}},
     "close 1002"},
    {WS_VIOLATION_CONTINUATION_STRAY, {{.opcode = WS_CONTINUATION, .fin = true, PAYLOAD("x")}}, "close 1002"},
    {WS_VIOLATION_INTERLEAVED,
     {{.opcode = WS_TEXT, PAYLOAD("x")}, {.opcode = WS_TEXT, .fin = true, PAYLOAD("y")}},
     "close 1002"},
    {WS_VIOLATION_CLOSE_LENGTH, {{.opcode = WS_CLOSE, .fin = true, PAYLOAD("\x03")}}, "close 1002"},
    {WS_VIOLATION_CLOSE_CODE, {{.opcode = WS_CLOSE, .fin = true, PAYLOAD("\x03\xed")}}, "close 1002"},
    {WS_VIOLATION_CLOSE_UNASSIGNED, {{.opcode = WS_CLOSE, .fin = true, PAYLOAD("\x07\xd0")}}, "close 1002"},
    {WS_VIOLATION_CLOSE_REASON, {{.opcode = WS_CLOSE, .fin = true, PAYLOAD("\x03\xe8\xff")}}, "close 1007"},
    {WS_VIOLATION_TEXT, {{.opcode = WS_TEXT, .fin = true, PAYLOAD("ok\xff")}}, "close 1007"},
    {WS_LIMIT_FRAME,
     {{.opcode = WS_BINARY, .fin = true, .lie_about_length = true, .declared = UINT64_C(1) << 40}},
     "close 1009"},
#undef PAYLOAD
};

static void assert_violation(const peer_options *options, const char *prefix, const char *ending,
                             size_t row) {
    exchange x;
    char expected[64];
    exchange_open(&x, options, "");
    for (size_t i = 0; i < 3 && (i == 0 || violations[row].frames[i].opcode); i++)
        exchange_give_frame(&x, violations[row].frames[i]);
    exchange_give_frame(&x, exchange_frame(WS_PING, true, "afterwards"));
    exchange_give_frame(&x, exchange_text("afterwards"));
    snprintf(expected, sizeof expected, "%s %s%s", prefix, violations[row].log, ending);
    cr_assert_str_eq(exchange_log(&x), expected, "%s",
                     ws_violation_describe(violations[row].violation)->name);
    cr_assert_eq(peer_endpoint_facts(x.endpoint)->violation, violations[row].violation);
    exchange_stop(&x);
}

Test(endpoint_violation, fails_a_server_with_its_close_code_and_nothing_else) {
    for (size_t i = 0; i < sizeof violations / sizeof *violations; i++)
        assert_violation(&server, "101", " <shutdown>", i);
}

Test(endpoint_violation, fails_a_client_with_its_close_code_and_nothing_else) {
    for (size_t i = 0; i < sizeof violations / sizeof *violations; i++)
        assert_violation(&client, "GET", "", i);
}

Test(endpoint_violation, by_an_unmasked_frame_fails_a_server) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give(&x, "\x81\x02hi", 4);
    exchange_assert_log(&x, "101 close 1002 <shutdown>");
    cr_assert_eq(peer_endpoint_facts(x.endpoint)->violation, WS_VIOLATION_MASK_MISSING);
    exchange_stop(&x);
}

Test(endpoint_violation, by_a_masked_frame_fails_a_client) {
    exchange x;
    exchange_open(&x, &client, "");
    exchange_give(&x, "\x81\x82\0\0\0\0hi", 8);
    exchange_assert_log(&x, "GET close 1002");
    cr_assert_eq(peer_endpoint_facts(x.endpoint)->violation, WS_VIOLATION_MASK_PRESENT);
    exchange_stop(&x);
}

Test(endpoint_violation, by_corrupt_deflate_is_1007) {
    exchange x;
    exchange_open(&x, &server, exchange_deflate_offer);
    exchange_give_frame(&x, deflated_frame("\xff\xff\xff", 3));
    exchange_assert_log(&x, "101 close 1007 <shutdown>");
    exchange_stop(&x);
}

Test(endpoint_violation, by_inflated_text_is_1007) {
    exchange x;
    exchange_open(&x, &server, exchange_deflate_offer);
    exchange_give_frame(&x,
                        deflated_frame("\x00\x01\x00\xfe\xff\xff\x00", 7)); /* a stored block with octet ff */
    exchange_assert_log(&x, "101 close 1007 <shutdown>");
    exchange_stop(&x);
}

Test(endpoint_violation, by_the_end_of_the_stream_inside_a_frame_is_1002) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give(&x, "\x81\x85\0\0", 4);
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_FIN);
    exchange_take(&x);
    exchange_assert_log(&x, "101 close 1002 <close>");
    exchange_stop(&x);
}

Test(endpoint_violation, tells_its_reason_in_the_close) {
    exchange x;
    exchange_open(&x, &server, "");
    exchange_give(&x, "\x81\x02hi", 4);
    const char *text = ws_violation_describe(WS_VIOLATION_MASK_MISSING)->text;
    cr_assert_gt(x.sent.size, strlen(text));
    cr_assert_arr_eq(x.sent.data + x.sent.size - strlen(text), text, strlen(text));
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ limits */

static const peer_options small_server = {.role = WS_SERVER, .max_message = 10};

Test(endpoint_limit, lets_a_message_of_the_limit_through) {
    exchange x;
    exchange_open(&x, &small_server, "");
    exchange_give_frame(&x, exchange_text("0123456789"));
    exchange_assert_log(&x, "101 text(0123456789)");
    exchange_stop(&x);
}

Test(endpoint_limit, fails_a_frame_above_it_with_1009) {
    exchange x;
    exchange_open(&x, &small_server, "");
    exchange_give_frame(&x, exchange_text("0123456789a"));
    exchange_assert_log(&x, "101 close 1009 <shutdown>");
    exchange_stop(&x);
}

Test(endpoint_limit, fails_fragments_above_it_with_1009) {
    exchange x;
    exchange_open(&x, &small_server, "");
    exchange_give_frame(&x, exchange_frame(WS_TEXT, false, "012345"));
    exchange_give_frame(&x, exchange_frame(WS_CONTINUATION, true, "6789a"));
    exchange_assert_log(&x, "101 close 1009 <shutdown>");
    exchange_stop(&x);
}

Test(endpoint_limit, fails_what_inflates_above_it_with_1009) {
    exchange x;
    ws_buffer bomb;
    ws_buffer_init(&bomb, 0);
    exchange_open(&x, &(peer_options){.role = WS_SERVER, .max_message = 1000}, exchange_deflate_offer);
    ws_deflater *deflater =
        ws_deflater_new(&(ws_deflater_options){.agreement = {.window_bits = 15}, .level = -1});
    uint8_t zeros[4096] = {0};
    cr_assert_eq(ws_deflater_write(deflater, (ws_span){zeros, sizeof zeros}, true, &bomb), WS_OK);
    exchange_give_frame(&x, deflated_frame((const char *)bomb.data, bomb.size));
    exchange_assert_log(&x, "101 close 1009 <shutdown>");
    ws_deflater_free(deflater);
    ws_buffer_clear(&bomb);
    exchange_stop(&x);
}

Test(endpoint_backpressure, stops_wanting_input_while_a_mebibyte_waits) {
    exchange x;
    ws_buffer octets;
    size_t size = PEER_OUTPUT_HIGH;
    uint8_t *big = pattern(size, WS_BINARY);
    ws_buffer_init(&octets, 0);
    exchange_open(&x, &server, "");
    exchange_append_frame(&octets, WS_SERVER,
                          (ws_frame){.opcode = WS_BINARY, .fin = true, .payload = {big, size}});
    exchange_append_frame(&octets, WS_SERVER, exchange_text("next"));
    peer_endpoint_received(x.endpoint, x.now, octets.data, octets.size);
    cr_assert_not(peer_endpoint_wants_input(x.endpoint));
    cr_assert_eq(peer_endpoint_facts(x.endpoint)->messages, 1, "the second message has to wait");
    exchange_take(&x);
    exchange_assert_log(&x, "101 binary[1048576] text(next)");
    cr_assert(peer_endpoint_wants_input(x.endpoint));
    ws_buffer_clear(&octets);
    free(big);
    exchange_stop(&x);
}

Test(endpoint_backpressure, drops_whoever_does_not_heed_it) {
    exchange x;
    uint8_t *big = pattern(9 << 20, WS_BINARY);
    ws_buffer octets;
    ws_buffer_init(&octets, 0);
    exchange_open(&x, &server, "");
    exchange_append_frame(&octets, WS_SERVER,
                          (ws_frame){.opcode = WS_BINARY, .fin = true, .payload = {big, 9 << 20}});
    for (int i = 0; i < 3; i++)
        peer_endpoint_received(x.endpoint, x.now, octets.data, octets.size);
    cr_assert_eq(peer_endpoint_wish(x.endpoint), PEER_WISH_RESET);
    cr_assert_eq(peer_endpoint_output(x.endpoint, x.now, big, 100), 0);
    ws_buffer_clear(&octets);
    free(big);
    exchange_stop(&x);
}

Test(endpoint_backpressure, keeps_the_end_of_the_stream_behind_the_input_that_waits) {
    exchange x;
    ws_buffer octets;
    size_t size = PEER_OUTPUT_HIGH;
    uint8_t *big = pattern(size, WS_BINARY);
    ws_buffer_init(&octets, 0);
    exchange_open(&x, &server, "");
    exchange_append_frame(&octets, WS_SERVER,
                          (ws_frame){.opcode = WS_BINARY, .fin = true, .payload = {big, size}});
    exchange_append_frame(&octets, WS_SERVER, exchange_text("last"));
    peer_endpoint_received(x.endpoint, x.now, octets.data, octets.size);
    peer_endpoint_ended(x.endpoint, x.now, PEER_END_FIN);
    cr_assert_eq(peer_endpoint_wish(x.endpoint), PEER_WISH_NOTHING);
    exchange_take(&x);
    exchange_assert_log(&x, "101 binary[1048576] text(last) <close>");
    ws_buffer_clear(&octets);
    free(big);
    exchange_stop(&x);
}

/* ------------------------------------------------------------------ any cut */

/* Everything once: fragments, a ping inside, compression both ways, a long length, a Close, and octets behind
 * it. */
static void append_everything(ws_buffer *octets, ws_role role) {
    uint8_t code[2];
    static const uint8_t long_text[300] = {0};
    exchange_append_frame(octets, role, exchange_text("Hello"));
    exchange_append_frame(octets, role, exchange_frame(WS_TEXT, false, "\xce\xba\xe1"));
    exchange_append_frame(octets, role, exchange_frame(WS_PING, true, "between"));
    exchange_append_frame(octets, role, exchange_frame(WS_CONTINUATION, true, "\xbd\xb9"));
    exchange_append_frame(octets, role, deflated_frame(hello_deflated, 7));
    exchange_append_frame(octets, role, deflated_frame(hello_again, 5));
    exchange_append_frame(octets, role,
                          (ws_frame){.opcode = WS_BINARY, .fin = true, .payload = {long_text, 300}});
    exchange_append_frame(octets, role, exchange_frame(WS_PONG, true, "ignored"));
    exchange_append_frame(octets, role, exchange_frame(WS_TEXT, true, ""));
    exchange_append_frame(octets, role, exchange_close(3001, code));
    exchange_append_frame(octets, role, exchange_text("never read"));
}

static void run_cut(exchange *x, ws_role role, size_t cut) {
    ws_buffer octets;
    ws_buffer_init(&octets, 0);
    exchange_start(x, &(peer_options){.role = role, .seed = 7});
    x->cut = cut;
    if (role == WS_SERVER) {
        ws_buffer_append_text(&octets, exchange_request);
        ws_buffer_append_text(&octets, exchange_deflate_offer);
        ws_buffer_append_text(&octets, "\r\n");
    } else {
        exchange_take(x);
        exchange_give_response(x, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    }
    append_everything(&octets, role);
    exchange_give(x, octets.data, octets.size);
    ws_buffer_clear(&octets);
}

static void assert_same_in_any_cut(ws_role role, const char *log) {
    exchange whole;
    run_cut(&whole, role, 0);
    cr_assert_str_eq(exchange_log(&whole), log);
    for (size_t cut = 1; cut < 40; cut++) {
        exchange x;
        run_cut(&x, role, cut);
        cr_assert_eq(x.sent.size, whole.sent.size, "pieces of %zu", cut);
        cr_assert_arr_eq(x.sent.data, whole.sent.data, whole.sent.size, "pieces of %zu", cut);
        cr_assert_str_eq(exchange_log(&x), log, "pieces of %zu", cut);
        exchange_stop(&x);
    }
    exchange_stop(&whole);
}

#define EVERYTHING                                                                                           \
    " text(Hello) pong(between) text[5] compressed-text[7] compressed-text[5] binary[300] text close 3001"

Test(endpoint_cut, does_not_change_what_a_server_sends) {
    assert_same_in_any_cut(WS_SERVER, "101" EVERYTHING " <shutdown>");
}

Test(endpoint_cut, does_not_change_what_a_client_sends) {
    assert_same_in_any_cut(WS_CLIENT, "GET" EVERYTHING);
}
