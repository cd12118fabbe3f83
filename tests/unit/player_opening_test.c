/* The opening handshake of a case: what is sent, what is refused and in which words. */
#include "play/player.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/player_rows.h"

#define HELLO "[{\"text\": \"Hello\"}, {\"expect\": \"echo\"}]"

#define HEAD(lines) "HTTP/1.1 101 Switching Protocols\r\n" lines "\r\n"
#define UPGRADE     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define REFUSED     PLAY_FAILED, PLAY_CLOSE_FAILED

Test(player_opening, a_server_s_opening_handshake_that_fails_fails_the_case) {
    static const player_row rows[] = {
        {"another status",
         {.head = "HTTP/1.1 404 Not Found\r\n\r\n"},
         REFUSED,
         .reason = "opening handshake refused: the server answered status 404 (RFC 6455 4.1)"},
        {"no HTTP",
         {.head = "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
         REFUSED,
         .reason = "opening handshake: the peer's octets are no HTTP/1.1 response"},
        {"wrong accept",
         {.head = HEAD(UPGRADE "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n")},
         REFUSED,
         .reason = "opening handshake: the Sec-WebSocket-Accept field does not answer the key (RFC 6455 "
                   "4.2.2, at octet 75 of the response)"},
        {"no accept",
         {.head = HEAD(UPGRADE)},
         REFUSED,
         .reason = "opening handshake: there is no Sec-WebSocket-Accept field (RFC 6455 4.2.2, at octet 0 of "
                   "the response)"},
        {"a subprotocol that was not offered",
         {.head = HEAD(UPGRADE "Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n")},
         REFUSED,
         .reason = "opening handshake: the response names a subprotocol that was not offered (RFC 6455 "
                   "4.2.2, at octet 127 of the response)"},
        {"nothing",
         {.head = ""},
         REFUSED,
         .reason = "opening handshake: not complete after 5.0 s, 0 octets had come"},
        {"half a head",
         {.head = "HTTP/1.1 101"},
         REFUSED,
         .reason = "opening handshake: not complete after 5.0 s, 12 octets had come"},
        {"the end",
         {.head = "HTTP/1.1 101", .peer = "@0.5 fin"},
         REFUSED,
         .reason = "opening handshake: the peer ended the connection in good order after 0.500 s, 12 octets "
                   "had come"},
        {"a reset",
         {.head = "", .peer = "@0.5 reset"},
         REFUSED,
         .reason = "opening handshake: the peer ended the connection with a reset after 0.500 s, 0 octets "
                   "had come"},
    };
    CHECK_ROWS(rows);
}

#define REQUEST(lines) "GET / HTTP/1.1\r\nHost: a\r\n" lines "\r\n"
#define KEY            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION        "Sec-WebSocket-Version: 13\r\n"
#define AS_SERVER      .options = {.role = WS_SERVER}

Test(player_opening, a_client_s_opening_handshake_that_fails_fails_the_case) {
    static const player_row rows[] = {
        {"no key",
         {.head = REQUEST(UPGRADE VERSION), AS_SERVER},
         REFUSED,
         .reason =
             "opening handshake: there is no Sec-WebSocket-Key field (RFC 6455 4.2.1, at octet 0 of the "
             "request)"},
        {"another version",
         {.head = REQUEST(UPGRADE KEY "Sec-WebSocket-Version: 8\r\n"), AS_SERVER},
         REFUSED,
         .reason = "opening handshake: the Sec-WebSocket-Version field is not 13 (RFC 6455 4.2.1, at octet "
                   "111 of the request)"},
        {"another method",
         {.head = "POST / HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n", AS_SERVER},
         REFUSED,
         .reason = "opening handshake: the method is not GET (RFC 6455 4.1, at octet 0 of the request)"},
        {"no HTTP",
         {.head = "\x16\x03\x01\r\n\r\n", AS_SERVER},
         REFUSED,
         .reason = "opening handshake: the peer's octets are no HTTP/1.1 request"},
        {"nothing",
         {.head = "", .peer = "@0.5 fin", AS_SERVER},
         REFUSED,
         .reason = "opening handshake: the peer ended the connection in good order after 0.500 s, 0 octets "
                   "had come"},
        {"too late",
         {.head = "GET", AS_SERVER},
         REFUSED,
         .reason = "opening handshake: not complete after 5.0 s, 3 octets had come"},
    };
    CHECK_ROWS(rows);
}

Test(player_opening, deviations_that_do_no_harm_are_left_to_the_cases_about_them) {
    static const player_row rows[] = {
        {"lines that end with LF alone, HTTP/1.0",
         {.head = "HTTP/1.0 101 x\n"
                  "Upgrade: websocket, h2c\nConnection: Upgrade\nSec-WebSocket-Accept: {accept}\n\n",
          .peer = "88 02 03e8; fin"},
         OK_OK},
        {"no Host",
         {.head = "GET / HTTP/1.1\r\n" UPGRADE KEY VERSION "\r\n", .peer = "88 82 00000000 03e8", AS_SERVER},
         OK_OK},
        {"frames right behind the head",
         {HELLO, .head = HEAD(UPGRADE "Sec-WebSocket-Accept: {accept}\r\n") "\x89\x01x",
          .peer = "81 05 'Hello'" GOOD_END},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

#define REFUSAL(fields) "HTTP/1.1 400 Bad Request\r\n" fields "Content-Length: 2\r\n\r\nno"
#define MUST_END        "\"handshake\": {\"expect\": {\"OK\": [{\"refused\": [400], \"without-end\": \"FAILED\"}]}},"
#define JUDGED          PLAY_OK, PLAY_CLOSE_NONE, .reason = ""

Test(player_opening, a_refusal_that_announces_the_end_is_followed_by_it) {
    static const player_row rows[] = {
        {"the end",
         {.members = MUST_END, .head = REFUSAL("Connection: close\r\n"), .peer = "@0.5 fin"},
         JUDGED},
        {"a reset",
         {.members = MUST_END, .head = REFUSAL("Connection: close\r\n"), .peer = "@0.5 reset"},
         JUDGED},
        {"no end",
         {.members = MUST_END, .head = REFUSAL("Connection: close\r\n")},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "the refusal says Connection: close, but the connection was still there 1.0 s later"},
        {"no announcement", {.members = MUST_END, .head = REFUSAL("")}, JUDGED},
        {"a case that does not ask",
         {.members = "\"handshake\": {\"expect\": {\"OK\": [\"refused\"]}},",
          .head = REFUSAL("Connection: close\r\n")},
         JUDGED},
    };
    CHECK_ROWS(rows);
}

Test(player_opening, what_any_line_of_the_request_offered_may_be_taken) {
    static const player_row rows[] = {
        {"the first of two lines",
         {.members = "\"handshake\": {\"request\": {\"add\": [[\"Sec-WebSocket-Protocol\", \"a\"], "
                     "[\"Sec-WebSocket-Protocol\", \"b\"]]}},",
          .head = HEAD(UPGRADE "Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: a\r\n"),
          .peer = "88 02 03e8; fin"},
         OK_OK},
        {"what another value replaced",
         {.members = "\"handshake\": {\"request\": {\"set\": {\"Sec-WebSocket-Protocol\": \"a\"}}},",
          .head = HEAD(UPGRADE "Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n"),
          .options = {.subprotocol = "chat"}},
         REFUSED,
         .reason = "opening handshake: the response names a subprotocol that was not offered (RFC 6455 "
                   "4.2.2, at octet 127 of the response)"},
    };
    CHECK_ROWS(rows);
}

/* RFC 6455 4.1: nothing is sent between the request and the response. */
Test(player_opening, a_client_waits_for_the_response) {
    static const char strict[] = "\"handshake\": {\"strict-request\": true},";
    scripted_run run;
    scripted_play(
        &run, &(scripted_peer){.members = strict, .head = REQUEST(UPGRADE KEY VERSION) "more", AS_SERVER}, 0);
    cr_expect_str_eq(run.reason,
                     "opening handshake: the client sends octets behind its request before it has "
                     "the response (RFC 6455 4.1)");
    scripted_clear(&run);
}

Test(player_opening, the_request_is_complete_and_shows_what_the_options_say) {
    const play_header headers[] = {{"Cookie", "a=b"}, {"X-Two", "2"}};
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){.peer = "88 02 03e8; fin",
                                   .options = {.authority = "example.com:81",
                                               .resource = "/chat?x=1",
                                               .headers = headers,
                                               .header_count = 2}},
                  0);
    static const char start[] = "GET /chat?x=1 HTTP/1.1\r\nHost: example.com:81\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Key: ";
    static const char end[] = "==\r\nSec-WebSocket-Version: 13\r\nCookie: a=b\r\nX-Two: 2\r\n"
                              "User-Agent: wspect/" WSPECT_VERSION "\r\n\r\n";
    cr_expect_eq(strncmp(run.head, start, sizeof start - 1), 0, "%s", run.head);
    cr_expect_str_eq(run.head + sizeof start - 1 + 22, end);
    scripted_clear(&run);
}

Test(player_opening, a_subprotocol_is_offered_and_taken) {
    scripted_run run;
    scripted_play(
        &run,
        &(scripted_peer){.head = HEAD(UPGRADE "Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: "
                                              "chat\r\n"),
                         .peer = "88 02 03e8; fin",
                         .options = {.subprotocol = "chat"}},
        0);
    cr_expect(strstr(run.head, "\r\nSec-WebSocket-Protocol: chat\r\n"));
    cr_expect_eq(run.result->verdict, PLAY_OK, "%s", run.reason);
    scripted_clear(&run);
}

static void check_answer(const char *lines, const char *answer) {
    char head[400];
    const play_header header = {"X-One", "1"};
    snprintf(head, sizeof head, REQUEST(UPGRADE KEY VERSION "%s"), lines);
    scripted_run run;
    scripted_play(
        &run,
        &(scripted_peer){
            .head = head,
            .peer = "88 82 00000000 03e8",
            .options = {.role = WS_SERVER, .subprotocol = "chat", .headers = &header, .header_count = 1}},
        0);
    cr_expect_str_eq(run.head, answer);
    cr_expect_eq(run.result->verdict, PLAY_OK, "%s", run.reason);
    scripted_clear(&run);
}

#define ANSWER(protocol)                                                                                     \
    HEAD(UPGRADE "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" protocol                           \
                 "X-One: 1\r\nServer: wspect/" WSPECT_VERSION "\r\n")

Test(player_opening, the_response_takes_a_subprotocol_that_was_offered) {
    check_answer("Sec-WebSocket-Protocol: superchat, chat\r\nUser-Agent: x\r\n",
                 ANSWER("Sec-WebSocket-Protocol: chat\r\n"));
}

Test(player_opening, the_response_names_no_subprotocol_that_was_not_offered) {
    check_answer("Sec-WebSocket-Protocol: superchat\r\n", ANSWER(""));
}

Test(player_opening, a_bad_request_is_answered_with_400) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.head = REQUEST(UPGRADE KEY), AS_SERVER}, 0);
    cr_expect_str_eq(run.head,
                     "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n"
                     "Content-Length: 0\r\n\r\n");
    cr_expect_eq(run.wish, PLAY_WISH_CLOSE);
    scripted_clear(&run);
}

Test(player_opening, a_head_without_end_is_cut_off_at_64_kib) {
    size_t size = 70000;
    char *head = malloc(size + 1);
    memset(head, 'a', size);
    memcpy(head, "HTTP/1.1 101 x\r\n", 16);
    for (size_t i = 1000; i < size; i += 1000)
        memcpy(head + i, "\r\nb: c", 6);
    head[size] = '\0';
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.head = head}, 0);
    cr_expect_str_eq(
        run.reason,
        "opening handshake: the peer's octets are no HTTP/1.1 response within 64 KiB and 1000 fields");
    scripted_clear(&run);
    free(head);
}
