/* Opening handshakes that a case bends and judges: what is sent, what becomes of the peer's answer, and in
 * which words. */
#include "play/player.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/player_rows.h"

#define HELLO "[{\"text\": \"Hello\"}, {\"expect\": \"echo\"}]"

#define EXPECT(expect)    "\"handshake\": {\"expect\": " expect "}, "
#define REQUEST(members)  "\"handshake\": {\"request\": {" members "}}, "
#define RESPONSE(members) "\"handshake\": {\"response\": {" members "}}, "
#define STRICT            "\"handshake\": {\"strict-request\": true}, "

#define UPGRADE        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT         "Sec-WebSocket-Accept: {accept}\r\n"
#define SWITCH(lines)  "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE lines "\r\n"
#define REFUSAL(lines) "HTTP/1.1 400 Bad Request\r\n" lines "\r\n"
#define GOOD_CLOSE     .peer = "88 02 03e8; fin"

#define JUDGED(verdict) verdict, PLAY_CLOSE_NONE
#define JUDGED_OK       JUDGED(PLAY_OK), .reason = ""

/* ------------------------------------------------------------------ acceptances */

Test(play_opening, an_acceptance_that_is_expected_is_followed_by_the_steps) {
    static const player_row rows[] = {
        {"by name",
         {HELLO, .members = EXPECT("\"accepted\""), .head = SWITCH(ACCEPT), .peer = "81 05 'Hello'" GOOD_END},
         OK_OK,
         "0 text [(Hello)]; 11 close 1000"},
        {"as an object",
         {HELLO, .members = EXPECT("{\"accepted\": true}"), .head = SWITCH(ACCEPT),
          .peer = "81 05 'Hello'" GOOD_END},
         OK_OK},
        {"among alternatives",
         {HELLO, .members = EXPECT("{\"OK\": [\"refused\", \"end\", \"accepted\"]}"), .head = SWITCH(ACCEPT),
          .peer = "81 05 'Hello'" GOOD_END},
         OK_OK},
        {"without steps",
         {.members = EXPECT("\"accepted\""), .head = SWITCH(ACCEPT), GOOD_CLOSE},
         OK_OK,
         "0 close 1000"},
        {"and a step fails",
         {HELLO, .members = EXPECT("\"accepted\""), .head = SWITCH(ACCEPT), .peer = "@0.1 81 02 'Hi'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 2 octets "
                   "beginning with \"Hi\" (it differs from octet 1 on) at octet 0 after 0.100 s"},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, an_acceptance_that_departs_from_the_letter_is_non_strict) {
    static const player_row rows[] = {
        {"lines that end with LF alone",
         {.members = EXPECT("\"accepted\""),
          .head = "HTTP/1.1 101 x\r\nUpgrade: websocket\nConnection: Upgrade\r\n" ACCEPT "\r\n",
          GOOD_CLOSE},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the response departs from the letter: the head does not follow the grammar of HTTP (RFC "
                   "6455 4.1, at octet 34)"},
        {"HTTP/1.0",
         {.members = EXPECT("\"accepted\""), .head = "HTTP/1.0 101 x\r\n" UPGRADE ACCEPT "\r\n", GOOD_CLOSE},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the response departs from the letter: the HTTP version is below 1.1 in a request, or not "
                   "1.1 in a response (RFC 6455 4.1, at octet 0)"},
        {"websocket in a list",
         {.members = EXPECT("\"accepted\""),
          .head = "HTTP/1.1 101 x\r\nUpgrade: h2c, websocket\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
          GOOD_CLOSE},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the response departs from the letter: the Upgrade field of the response names more than "
                   "websocket (RFC 6455 4.1, at octet 16)"},
        {"which a worse grade of a field hides",
         {.members = EXPECT("{\"accepted\": true, \"fields\": {\"Server\": true}}"),
          .head = "HTTP/1.0 101 x\r\n" UPGRADE ACCEPT "\r\n"},
         JUDGED(PLAY_FAILED),
         .reason = "the response with status 101 should have a Server"},
        {"and an equal grade of a field does not",
         {.members =
              EXPECT("{\"accepted\": true, \"fields\": {\"Server\": {\"present\": true, \"otherwise\": "
                     "\"NON-STRICT\"}}}"),
          .head = "HTTP/1.0 101 x\r\n" UPGRADE ACCEPT "\r\n",
          GOOD_CLOSE},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the response departs from the letter: the HTTP version is below 1.1 in a request, or not "
                   "1.1 in a response (RFC 6455 4.1, at octet 0)"},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, a_101_that_breaks_a_rule_fits_nothing) {
    static const player_row rows[] = {
        {"wrong accept",
         {.members = EXPECT("\"accepted\""),
          .head = SWITCH("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n")},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server answered 101, but the Sec-WebSocket-Accept field does not "
                   "answer the key (RFC 6455 4.2.2, at octet 75 of the response); expected a 101"},
        {"no accept",
         {.members = EXPECT("\"refused\""), .head = SWITCH("")},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server answered 101, but there is no Sec-WebSocket-Accept field "
                   "(RFC 6455 4.2.2, at octet 0 of the response); expected a refusal"},
        {"no Upgrade",
         {.members = EXPECT("{\"NON-STRICT\": [\"accepted\"]}"),
          .head = "HTTP/1.1 101 x\r\nConnection: Upgrade\r\n" ACCEPT "\r\n"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server answered 101, but there is no Upgrade field (RFC 6455 "
                   "4.2.1, at octet 0 of the response); expected a 101"},
        {"a fatal fault behind one that is not",
         {.members = EXPECT("\"accepted\""),
          .head = "HTTP/1.0 101 x\r\nUpgrade: websocket\r\n" ACCEPT "\r\n"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server answered 101, but there is no Connection field (RFC 6455 "
                   "4.2.1, at octet 0 of the response); expected a 101"},
    };
    CHECK_ROWS(rows);
}

#define HIXIE_76                                                                                             \
    "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"             \
    "Sec-WebSocket-Origin: http://a\r\nSec-WebSocket-Location: ws://b/\r\n\r\n"
#define AS_A_DRAFT "not refused, but answered as a draft of 2009 or 2010 had it: the server speaks that too"

Test(play_opening, the_101_of_a_draft_is_no_acceptance) {
    static const player_row rows[] = {
        {"of 2010",
         {.members = EXPECT("\"refused\""), .head = HIXIE_76},
         JUDGED(PLAY_INFORMATIONAL),
         .reason = AS_A_DRAFT},
        {"of 2009",
         {.members = EXPECT("\"refused\""), .head = SWITCH("WebSocket-Location: ws://b/\r\n")},
         JUDGED(PLAY_INFORMATIONAL),
         .reason = AS_A_DRAFT},
        {"with the answer to a key",
         {.members = EXPECT("\"refused\""), .head = SWITCH("WebSocket-Location: ws://b/\r\n" ACCEPT)},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server accepted the handshake (101); expected a refusal"},
        {"where an acceptance belongs",
         {.members = EXPECT("\"accepted\""), .head = HIXIE_76},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server answered 101, but there is no Sec-WebSocket-Accept field "
                   "(RFC 6455 4.2.2, at octet 0 of the response); expected a 101"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ what was offered */

#define PROTOCOL(name)    "Sec-WebSocket-Protocol: " name "\r\n"
#define EXTENSION(text)   "Sec-WebSocket-Extensions: " text "\r\n"
#define OFFER(name, text) REQUEST("\"set\": {\"" name "\": \"" text "\"}")

Test(play_opening, a_response_is_held_against_what_the_bent_request_offered) {
    static const char unoffered[] = "opening handshake: the response names a subprotocol that was not "
                                    "offered (RFC 6455 4.2.2, at octet 127 of the response)";
    static const char extension[] = "opening handshake: the response names an extension that was not "
                                    "offered (RFC 6455 4.2.2, at octet 127 of the response)";
    static const player_row rows[] = {
        {"a subprotocol of the case",
         {.members = OFFER("sec-websocket-PROTOCOL", "chat,\\tsuperchat"),
          .head = SWITCH(ACCEPT PROTOCOL("superchat")),
          GOOD_CLOSE},
         OK_OK},
        {"another",
         {.members = OFFER("Sec-WebSocket-Protocol", "chat, superchat"),
          .head = SWITCH(ACCEPT PROTOCOL("super"))},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = unoffered},
        {"one that the case added",
         {.members = REQUEST("\"add\": [[\"Sec-WebSocket-Protocol\", \"chat\"]]"),
          .head = SWITCH(ACCEPT PROTOCOL("chat")),
          GOOD_CLOSE},
         OK_OK},
        {"one that the case took away",
         {.members = REQUEST("\"remove\": [\"sec-websocket-protocol\"]"),
          .head = SWITCH(ACCEPT PROTOCOL("chat")),
          .options = {.subprotocol = "chat"}},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = unoffered},
        {"the second extension of the case, without its parameters",
         {.members = OFFER("Sec-WebSocket-Extensions", "x-one; a, x-two; b=1"),
          .head = SWITCH(ACCEPT EXTENSION("x-two")),
          GOOD_CLOSE},
         OK_OK},
        {"a parameter is no extension",
         {.members = OFFER("Sec-WebSocket-Extensions", "x-one; x-two"),
          .head = SWITCH(ACCEPT EXTENSION("x-two"))},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = extension},
    };
    CHECK_ROWS(rows);
}

#define RFC_KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define RFC_ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

Test(play_opening, the_accept_field_is_held_against_the_key_as_the_case_sends_it) {
    static const char wrong[] = "opening handshake: the Sec-WebSocket-Accept field does not answer the key "
                                "(RFC 6455 4.2.2, at octet 75 of the response)";
    static const player_row rows[] = {
        {"another key",
         {.members = OFFER("Sec-WebSocket-Key", RFC_KEY), .head = SWITCH(RFC_ACCEPT), GOOD_CLOSE},
         OK_OK},
        {"white space is no part of it",
         {.members = OFFER("Sec-WebSocket-Key", " \\t" RFC_KEY "\\t "),
          .head = SWITCH(RFC_ACCEPT),
          GOOD_CLOSE},
         OK_OK},
        {"the usual one in another place",
         {.members = OFFER("sec-websocket-key", "$(key)"),
          .head = SWITCH("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n")},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = wrong},
        {"none: that of the empty key",
         {.members = REQUEST("\"remove\": [\"Sec-WebSocket-Key\"]"),
          .head = SWITCH("Sec-WebSocket-Accept: Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=\r\n"),
          GOOD_CLOSE},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ refusals and ends */

Test(play_opening, a_refusal_fits_by_its_status) {
    static const player_row rows[] = {
        {"any from 400 on", {.members = EXPECT("\"refused\""), .head = REFUSAL("")}, JUDGED_OK},
        {"500", {.members = EXPECT("\"refused\""), .head = "HTTP/1.1 500 x\r\n\r\n"}, JUDGED_OK},
        {"an empty list is any", {.members = EXPECT("{\"refused\": []}"), .head = REFUSAL("")}, JUDGED_OK},
        {"listed", {.members = EXPECT("{\"refused\": [426, 400]}"), .head = REFUSAL("")}, JUDGED_OK},
        {"a success that is none",
         {.members = EXPECT("\"refused\""), .head = "HTTP/1.1 200 OK\r\n\r\n"},
         JUDGED(PLAY_NON_STRICT),
         .reason = "refused with status 200, where another one fits"},
        {"not listed",
         {.members = EXPECT("{\"refused\": [426]}"), .head = REFUSAL("")},
         JUDGED(PLAY_NON_STRICT),
         .reason = "refused with status 400, where another one fits"},
        {"not listed, with a grade",
         {.members = EXPECT("{\"refused\": [426], \"other\": \"INFORMATIONAL\"}"), .head = REFUSAL("")},
         JUDGED(PLAY_INFORMATIONAL),
         .reason = "refused with status 400, where another one fits"},
        {"not listed, which is a failure",
         {.members = EXPECT("{\"refused\": [426], \"other\": \"FAILED\"}"), .head = REFUSAL("")},
         JUDGED(PLAY_FAILED),
         .reason = "refused with status 400, where another one fits"},
        {"not listed, which is fine",
         {.members = EXPECT("{\"refused\": [426], \"other\": \"OK\"}"), .head = REFUSAL("")},
         JUDGED_OK},
        {"not listed, and a field that is worse",
         {.members = EXPECT("{\"refused\": [426], \"fields\": {\"Sec-WebSocket-Version\": \"13\"}}"),
          .head = REFUSAL("")},
         JUDGED(PLAY_FAILED),
         .reason = "the response with status 400 should have Sec-WebSocket-Version: 13"},
        {"behind interim responses",
         {.members = EXPECT("\"refused\""),
          .head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" REFUSAL("")},
         JUDGED_OK},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, interim_responses_come_before_an_acceptance) {
    static const player_row rows[] = {
        {"with octets of frames behind it",
         {HELLO, .members = EXPECT("\"accepted\""),
          .head = "HTTP/1.1 100 Continue\r\n\r\n" SWITCH(ACCEPT) "\x89\x01x",
          .peer = "81 05 'Hello'" GOOD_END},
         OK_OK},
        {"in a case that judges nothing",
         {.head = "HTTP/1.1 102 Processing\r\n\r\n" SWITCH(ACCEPT), GOOD_CLOSE},
         OK_OK},
        {"and is no response by itself",
         {.members = EXPECT("\"end\""), .head = "HTTP/1.1 100 Continue\r\n\r\n", .peer = "fin"},
         JUDGED_OK},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, an_outcome_without_response_fits_its_matcher) {
    static const player_row rows[] = {
        {"the end", {.members = EXPECT("\"end\""), .head = "", .peer = "@0.5 fin"}, JUDGED_OK},
        {"a reset", {.members = EXPECT("\"end\""), .head = "", .peer = "@0.5 reset"}, JUDGED_OK},
        {"inside the head",
         {.members = EXPECT("\"end\""), .head = "HTTP/1.1 4", .peer = "@0.5 fin"},
         JUDGED_OK},
        {"nothing", {.members = EXPECT("\"timeout\""), .head = ""}, JUDGED_OK},
        {"octets of another protocol",
         {.members = EXPECT("\"no-http\""), .head = "\x15\x03\x01\x01\x02\x02\x28\r\n\r\n"},
         JUDGED_OK},
        {"octets of another protocol where a refusal belongs",
         {.members = EXPECT("\"refused\""), .head = "\x81\x05Hello\r\n\r\n"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server sent octets that are no HTTP response; expected a refusal"},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, what_fits_nothing_is_told_with_what_was_expected) {
    static const player_row rows[] = {
        {"an acceptance",
         {.members = EXPECT("\"refused\""), .head = SWITCH(ACCEPT)},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server accepted the handshake (101); expected a refusal"},
        {"a refusal",
         {.members = EXPECT("\"accepted\""), .head = REFUSAL("")},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server refused with status 400; expected a 101"},
        {"octets that are no response",
         {.members = EXPECT("{\"OK\": [\"refused\", \"end\"]}"), .head = "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server sent octets that are no HTTP response; expected a refusal "
                   "or the end of the connection"},
        {"the end",
         {.members = EXPECT("{\"OK\": [{\"refused\": [400]}, {\"refused\": [426]}, \"accepted\"]}"),
          .head = "",
          .peer = "fin"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server ended the connection without a response; expected a "
                   "refusal or a 101"},
        {"a reset",
         {.members = EXPECT("{\"OK\": [\"timeout\"], \"NON-STRICT\": [\"refused\"]}"),
          .head = "",
          .peer = "reset"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server reset the connection without a response; expected nothing"},
        {"nothing",
         {.members = EXPECT("\"end\""), .head = "HTTP/1.1", .options = {.handshake_timeout_us = 700000}},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: no response came within 0.7 s; expected the end of the connection"},
    };
    CHECK_ROWS(rows);
}

static bool timed_out(const scripted_peer *peer) {
    scripted_run run;
    scripted_play(&run, peer, 0);
    bool result = run.result->timed_out;
    scripted_clear(&run);
    return result;
}

Test(play_opening, only_a_verdict_that_rests_on_silence_says_so) {
    cr_expect(timed_out(&(scripted_peer){.members = EXPECT("\"end\""), .head = ""}));
    cr_expect_not(timed_out(&(scripted_peer){.members = EXPECT("\"end\""), .head = REFUSAL("")}));
    cr_expect_not(timed_out(&(scripted_peer){.members = EXPECT("\"timeout\""), .head = "", .peer = "fin"}));
    cr_expect(
        timed_out(&(scripted_peer){.members = EXPECT("{\"refused\": [], \"without-end\": \"NON-STRICT\"}"),
                                   .head = REFUSAL("Connection: close\r\n")}));
}

/* ------------------------------------------------------------------ grades */

Test(play_opening, the_best_alternative_that_fits_gives_the_verdict) {
    static const player_row rows[] = {
        {"the only one, without a sentence",
         {.members = EXPECT("{\"NON-STRICT\": [\"accepted\"]}"), .head = SWITCH(ACCEPT), GOOD_CLOSE},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "opening handshake: the server accepted the handshake (101); expected a 101"},
        {"the only one, with a sentence",
         {.members =
              EXPECT("{\"INFORMATIONAL\": [\"end\"], \"because\": {\"INFORMATIONAL\": \"it is allowed\"}}"),
          .head = "",
          .peer = "fin"},
         JUDGED(PLAY_INFORMATIONAL),
         .reason = "it is allowed"},
        {"the second",
         {.members = EXPECT("{\"NON-STRICT\": [\"refused\"], \"OK\": [{\"refused\": [400]}]}"),
          .head = REFUSAL("")},
         JUDGED_OK},
        {"the first",
         {.members = EXPECT("{\"OK\": [{\"refused\": [400]}], \"NON-STRICT\": [\"refused\"]}"),
          .head = REFUSAL("")},
         JUDGED_OK},
        {"the first of two that are alike",
         {.members =
              EXPECT("{\"NON-STRICT\": [\"refused\", {\"refused\": [426]}], \"because\": {\"NON-STRICT\": "
                     "\"so\"}}"),
          .head = REFUSAL("")},
         JUDGED(PLAY_NON_STRICT),
         .reason = "so"},
        {"a field makes it worse than its alternative",
         {.members =
              EXPECT("{\"INFORMATIONAL\": [{\"refused\": [], \"fields\": {\"Date\": {\"present\": true, "
                     "\"otherwise\": \"UNIMPLEMENTED\"}}}], \"because\": {\"INFORMATIONAL\": \"so\"}}"),
          .head = REFUSAL("")},
         JUDGED(PLAY_UNIMPLEMENTED),
         .reason = "the response with status 400 should have a Date"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ fields */

typedef struct field_row {
    const char *fields, *lines;
    play_verdict verdict;
    const char *reason; /* "" for none; behind "the response with status 400 should have " */
} field_row;

static void check_field(const field_row *row) {
    char members[400], head[400], reason[200] = "";
    snprintf(members, sizeof members, EXPECT("{\"refused\": [], \"fields\": {%s}}"), row->fields);
    snprintf(head, sizeof head, REFUSAL("%s"), row->lines);
    if (*row->reason)
        snprintf(reason, sizeof reason, "the response with status 400 should have %s", row->reason);
    const player_row play = {
        row->fields, {.members = members, .head = head}, JUDGED(row->verdict), .reason = reason};
    const char *wrong = player_row_play(&play);
    cr_expect_null(wrong, "%s", wrong);
}

#define BUT(verdict) ", \"otherwise\": \"" verdict "\"}"

Test(play_opening, fields_of_a_response_are_what_the_rule_says) {
    static const field_row rows[] = {
        {"", "A: 1\r\n", PLAY_OK, ""},
        {"\"A\": null", "B: 1\r\n", PLAY_OK, ""},
        {"\"A\": null", "a: 1\r\n", PLAY_FAILED, "no A"},
        {"\"A\": {\"absent\": true" BUT("INFORMATIONAL"), "A:\r\n", PLAY_INFORMATIONAL, "no A"},
        {"\"A\": {\"absent\": true}", "", PLAY_OK, ""},
        {"\"A\": true", "a:\r\n", PLAY_OK, ""},
        {"\"A\": true", "AA: 1\r\n", PLAY_FAILED, "a A"},
        {"\"A\": {\"present\": true" BUT("NON-STRICT"), "", PLAY_NON_STRICT, "a A"},
        {"\"A\": {\"present\": true}", "A: 1\r\nA: 2\r\n", PLAY_OK, ""},
        {"\"A\": \"x y\"", "a:  x y \r\n", PLAY_OK, ""},
        {"\"A\": \"x\"", "A: X\r\n", PLAY_FAILED, "A: x"},
        {"\"A\": \"x\"", "", PLAY_FAILED, "A: x"},
        {"\"A\": \"x\"", "A: x\r\nA: x\r\n", PLAY_FAILED, "A: x"},
        {"\"A\": {\"is\": \"x\"" BUT("UNIMPLEMENTED"), "A: x, y\r\n", PLAY_UNIMPLEMENTED, "A: x"},
        {"\"A\": {\"is\": \"x\"}", "A: x\r\n", PLAY_OK, ""},
        {"\"A\": {\"has\": \"x\"}", "A: y\r\nA: z , X\r\n", PLAY_OK, ""},
        {"\"A\": {\"has\": \"x\"" BUT("NON-STRICT"), "A: xx\r\n", PLAY_NON_STRICT, "x in A"},
        {"\"A\": {\"has\": \"x\"" BUT("OK"), "", PLAY_OK, ""},
        {"\"A\": {\"versions\": true}", "A: 13, 8\r\na: 0,255\r\n", PLAY_OK, ""},
        {"\"A\": {\"versions\": true}", "A: 13, 256\r\n", PLAY_FAILED, "versions and nothing else in A"},
        {"\"A\": {\"versions\": true}", "A: 13, 08\r\n", PLAY_FAILED, "versions and nothing else in A"},
        {"\"A\": {\"versions\": true}", "A: 13, hybi-8\r\n", PLAY_FAILED, "versions and nothing else in A"},
        {"\"A\": {\"versions\": true" BUT("NON-STRICT"), "", PLAY_NON_STRICT,
         "versions and nothing else in A"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_field(&rows[i]);
}

Test(play_opening, of_several_fields_the_worst_counts) {
    static const field_row rows[] = {
        {"\"A\": {\"is\": \"1\"" BUT("INFORMATIONAL") ", \"B\": {\"is\": \"1\"" BUT("NON-STRICT"), "",
         PLAY_NON_STRICT, "B: 1"},
        {"\"A\": {\"is\": \"1\"" BUT("NON-STRICT") ", \"B\": {\"is\": \"1\"" BUT("INFORMATIONAL"), "",
         PLAY_NON_STRICT, "A: 1"},
        {"\"A\": \"1\", \"B\": \"1\"", "A: 1\r\n", PLAY_FAILED, "B: 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_field(&rows[i]);
}

/* ------------------------------------------------------------------ the end behind a refusal */

#define WITHOUT_END(verdict) EXPECT("{\"refused\": [], \"without-end\": \"" verdict "\"}")
#define STAYS                "the refusal says Connection: close, but the connection was still there 1.0 s later"

Test(play_opening, a_refusal_that_announces_the_end_is_followed_by_it) {
    static const player_row rows[] = {
        {"by the end",
         {.members = WITHOUT_END("FAILED"), .head = REFUSAL("Connection: close\r\n"), .peer = "@0.9 fin"},
         JUDGED_OK},
        {"by a reset",
         {.members = WITHOUT_END("FAILED"),
          .head = REFUSAL("Connection: Keep-Alive, Close\r\n"),
          .peer = "reset"},
         JUDGED_OK},
        {"by a body and the end",
         {.members = WITHOUT_END("FAILED"),
          .head = REFUSAL("Connection: close\r\n") "Bad",
          .peer = "@0.5 ' Request'; @0.9 fin"},
         JUDGED_OK},
        {"and is not",
         {.members = WITHOUT_END("NON-STRICT"), .head = REFUSAL("Connection: close\r\n"), .peer = "@1.1 fin"},
         JUDGED(PLAY_NON_STRICT),
         .reason = STAYS},
        {"and is not, in spite of its body",
         {.members = WITHOUT_END("FAILED"), .head = REFUSAL("Connection: close\r\n"), .peer = "@0.9 'x'"},
         JUDGED(PLAY_FAILED),
         .reason = STAYS},
        {"as late as the caller allows",
         {.members = WITHOUT_END("FAILED"),
          .head = REFUSAL("Connection: close\r\n"),
          .peer = "@2.9 fin",
          .options = {.close_timeout_us = 3000000}},
         JUDGED_OK},
        {"or else the caller's patience is told",
         {.members = WITHOUT_END("INFORMATIONAL"),
          .head = REFUSAL("Connection: close\r\n"),
          .peer = "@3.1 fin",
          .options = {.close_timeout_us = 3000000}},
         JUDGED(PLAY_INFORMATIONAL),
         .reason = "the refusal says Connection: close, but the connection was still there 3.0 s later"},
        {"which leaves the grade of its status",
         {.members = EXPECT("{\"refused\": [426], \"without-end\": \"FAILED\"}"),
          .head = REFUSAL("Connection: close\r\n"),
          .peer = "fin"},
         JUDGED(PLAY_NON_STRICT),
         .reason = "refused with status 400, where another one fits"},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, some_refusals_have_to_be_followed_by_the_end_unannounced) {
#define ENDS EXPECT("{\"refused\": [], \"stays-open\": \"NON-STRICT\"}")
    static const player_row rows[] = {
        {"by the end", {.members = ENDS, .head = REFUSAL(""), .peer = "@0.9 fin"}, JUDGED_OK},
        {"and are not",
         {.members = ENDS, .head = REFUSAL(""), .peer = "@1.1 fin"},
         JUDGED(PLAY_NON_STRICT),
         .reason = "the refusal has to end the connection, but the connection was still there 1.0 s later"},
        {"and announce it nevertheless",
         {.members = ENDS, .head = REFUSAL("Connection: close\r\n"), .peer = "@1.1 fin"},
         JUDGED(PLAY_NON_STRICT),
         .reason = STAYS},
    };
    CHECK_ROWS(rows);
#undef ENDS
}

/* ------------------------------------------------------------------ responses passed over */

#define SECOND(expect) "\"handshake\": {\"refusals\": 1, \"expect\": " expect "}, "

Test(play_opening, a_response_is_judged_behind_those_that_are_passed_over) {
    static const player_row rows[] = {
        {"behind a body of a length",
         {HELLO, .members = SECOND("\"accepted\""),
          .head = REFUSAL("Content-Length: 4\r\n") "HTTP" SWITCH(ACCEPT), .peer = "81 05 'Hello'" GOOD_END},
         OK_OK},
        {"behind no body",
         {.members = SECOND("\"accepted\""),
          .head = REFUSAL("Content-Length: 0\r\n") SWITCH(ACCEPT),
          GOOD_CLOSE},
         OK_OK},
        {"behind chunks",
         {.members = SECOND("\"accepted\""),
          .head =
              REFUSAL("Transfer-Encoding: chunked\r\n") "3;x=y\r\na\r\n\r\nB\r\n0\r\n\r\n0123456\r\n0\r\nT: "
                                                        "r\r\n\r\n" SWITCH(ACCEPT),
          GOOD_CLOSE},
         OK_OK},
        {"behind a status without body",
         {.members = SECOND("\"refused\""), .head = "HTTP/1.1 204 No Content\r\n\r\n" REFUSAL("")},
         JUDGED_OK},
        {"and a third one is not looked at",
         {.members = SECOND("{\"refused\": [400]}"),
          .head = "HTTP/1.1 204 No Content\r\n\r\n" REFUSAL("") SWITCH(ACCEPT)},
         JUDGED_OK},
        {"and is a 101 at once",
         {.members = SECOND("\"accepted\""), .head = SWITCH(ACCEPT), GOOD_CLOSE},
         OK_OK},
        {"which may be the end",
         {.members = SECOND("\"end\""), .head = REFUSAL("Content-Length: 4\r\n") "HTTP", .peer = "fin"},
         JUDGED_OK},
        {"or the end of a body of no length",
         {.members = SECOND("\"end\""),
          .head = REFUSAL("") "page" SWITCH(ACCEPT),
          .peer = "@1 'more'; @2 fin"},
         JUDGED_OK},
        {"or a frame",
         {.members = SECOND("\"end\""), .head = REFUSAL("Content-Length: 0\r\n") "\x81\x05Hello\r\n"},
         JUDGED(PLAY_FAILED),
         .reason = "opening handshake: the server sent octets that are no HTTP response; expected the end of "
                   "the connection"},
    };
    CHECK_ROWS(rows);
}

/* How often the player's octets hold "GET " when the peer sends that head. */
static int requests_sent(const char *head) {
#define FIRST "GET / HTTP/1.1\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n"
    scripted_run run;
    int count = 0;
    scripted_play(&run,
                  &(scripted_peer){.members =
                                       "\"handshake\": {\"refusals\": 1, \"in-turn\": true, \"request\": "
                                       "{\"before\": \"" FIRST "\"}, \"expect\": \"end\"}, ",
                                   .head = head,
                                   .peer = "@0.5 fin"},
                  0);
    for (const char *at = run.head; (at = strstr(at, "GET ")) != NULL; at++)
        count++;
    for (size_t k = 0; k + 4 <= run.sent.size; k++)
        count += memcmp(run.sent.data + k, "GET ", 4) == 0;
    cr_expect(run.done && run.result->verdict == PLAY_OK, "%s", run.reason);
    scripted_clear(&run);
    return count;
#undef FIRST
}

Test(play_opening, a_request_may_wait_for_the_refusal_of_the_one_before_it) {
    cr_expect_eq(requests_sent(""), 1);
    cr_expect_eq(requests_sent(REFUSAL("")), 1);
    cr_expect_eq(requests_sent(REFUSAL("Content-Length: 4\r\n") "Pag"), 1);
    cr_expect_eq(requests_sent(REFUSAL("Content-Length: 4\r\n") "Page"), 2);
    cr_expect_eq(requests_sent(REFUSAL("Content-Length: 0\r\n")), 2);
}

Test(play_opening, no_end_is_awaited_where_it_says_nothing) {
    static const player_row rows[] = {
        {"no announcement",
         {.members = WITHOUT_END("FAILED"), .head = REFUSAL("Connection: keep-alive\r\n")},
         JUDGED_OK},
        {"the case does not ask",
         {.members = EXPECT("\"refused\""), .head = REFUSAL("Connection: close\r\n")},
         JUDGED_OK},
        {"the alternative that fits does not ask",
         {.members = EXPECT(
              "{\"NON-STRICT\": [{\"refused\": [], \"without-end\": \"FAILED\"}], \"OK\": [\"refused\"]}"),
          .head = REFUSAL("Connection: close\r\n")},
         JUDGED_OK},
        {"the refusal fails already",
         {.members = EXPECT("{\"refused\": [426], \"other\": \"FAILED\", \"without-end\": \"NON-STRICT\"}"),
          .head = REFUSAL("Connection: close\r\n")},
         JUDGED(PLAY_FAILED),
         .reason = "refused with status 400, where another one fits"},
    };
    CHECK_ROWS(rows);
    cr_expect_not(timed_out(&(scripted_peer){.members = WITHOUT_END("FAILED"), .head = REFUSAL("")}));
}

Test(play_opening, a_connection_that_stays_never_improves_the_verdict) {
    static const player_row rows[] = {
        {"behind a status that is worse",
         {.members = EXPECT("{\"refused\": [426], \"without-end\": \"INFORMATIONAL\"}"),
          .head = REFUSAL("Connection: close\r\n")},
         JUDGED(PLAY_NON_STRICT),
         .reason = "refused with status 400, where another one fits"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ requests */

/* Puts the key that the player draws in place of {key}. */
static void fill_in_key(char *text, size_t size, const char *template) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.head = "", .peer = "fin"}, 0);
    const char *key = strstr(run.head, "Sec-WebSocket-Key: ");
    const char *mark;
    size_t at = 0;
    while ((mark = strstr(template, "{key}")) != NULL) {
        at += (size_t)snprintf(text + at, size - at, "%.*s%.24s", (int)(mark - template), template, key + 19);
        template = mark + 5;
    }
    snprintf(text + at, size - at, "%s", template);
    scripted_clear(&run);
}

typedef struct head_row {
    const char *name, *members;
    const char *head;   /* with {key} */
    const char *behind; /* the head; "" for nothing */
} head_row;

static void check_head(const head_row *row, const char *members, const char *peer_head, ws_role role) {
    char text[2000];
    scripted_run run;
    fill_in_key(text, sizeof text, row->head);
    scripted_play(&run,
                  &(scripted_peer){.members = members,
                                   .head = peer_head,
                                   .peer = "fin",
                                   .options = {.role = role, .authority = "h:1", .resource = "/r"}},
                  0);
    cr_expect_str_eq(run.head, text, "%s:\n%s\nshould be\n%s", row->name, run.head, text);
    cr_expect(ws_span_equal(run.sent, ws_span_of(row->behind)), "%s: %zu octets behind the head", row->name,
              run.sent.size);
    scripted_clear(&run);
}

static void check_requests(const head_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char members[600];
        snprintf(members, sizeof members, REQUEST("%s"), rows[i].members);
        check_head(&rows[i], members, "", WS_CLIENT);
    }
}

#define CHECK_REQUESTS(rows) check_requests(rows, sizeof(rows) / sizeof *(rows))

#define GET        "GET /r HTTP/1.1\r\n"
#define HOST       "Host: h:1\r\n"
#define KEY        "Sec-WebSocket-Key: {key}\r\n"
#define VERSION    "Sec-WebSocket-Version: 13\r\n"
#define AGENT_NAME "wspect/" WSPECT_VERSION
#define AGENT      "User-Agent: " AGENT_NAME "\r\n"
#define USUAL      HOST UPGRADE KEY VERSION AGENT

Test(play_opening, a_case_bends_the_lines_of_the_request) {
    static const head_row rows[] = {
        {"nothing", "", GET USUAL "\r\n", ""},
        {"start line", "\"start-line\": \"PUT $(path)?$(host) HTTP/2.0\"",
         "PUT /r?h:1 HTTP/2.0\r\n" USUAL "\r\n", ""},
        {"a usual field, with the name as the case writes it", "\"set\": {\"HOST\": \"b\"}",
         GET "HOST: b\r\n" UPGRADE KEY VERSION AGENT "\r\n", ""},
        {"a usual field without value", "\"set\": {\"Upgrade\": \"\"}",
         GET HOST "Upgrade: \r\nConnection: Upgrade\r\n" KEY VERSION AGENT "\r\n", ""},
        {"further fields", "\"set\": {\"A\": \"1\", \"B\": \"2\"}", GET USUAL "A: 1\r\nB: 2\r\n\r\n", ""},
        {"fields go", "\"remove\": [\"upgrade\", \"User-Agent\", \"X\"]",
         GET HOST "Connection: Upgrade\r\n" KEY VERSION "\r\n", ""},
        {"what is set and removed goes", "\"set\": {\"Upgrade\": \"x\"}, \"remove\": [\"Upgrade\"]",
         GET HOST "Connection: Upgrade\r\n" KEY VERSION AGENT "\r\n", ""},
        {"lines are added in order", "\"add\": [[\"A\", \"1\"], [\"Host\", \"b\"], [\"A\", \"2\"]]",
         GET USUAL "A: 1\r\nHost: b\r\nA: 2\r\n\r\n", ""},
        {"what is removed and added stands at the end",
         "\"remove\": [\"Host\"], \"add\": [[\"Host\", \"$(host)\"]]",
         GET UPGRADE KEY VERSION AGENT HOST "\r\n", ""},
        {"separator", "\"separator\": \" :\\t\", \"remove\": [\"Upgrade\", \"Connection\"]",
         GET "Host :\th:1\r\nSec-WebSocket-Key :\t{key}\r\nSec-WebSocket-Version :\t13\r\nUser-Agent "
             ":\t" AGENT_NAME "\r\n\r\n",
         ""},
        {"line end",
         "\"line-end\": \"\\n\", \"remove\": [\"Upgrade\", \"Connection\"], \"filler\": {\"count\": 1}",
         "GET /r HTTP/1.1\nHost: h:1\nSec-WebSocket-Key: {key}\nSec-WebSocket-Version: "
         "13\nUser-Agent: " AGENT_NAME "\nX-Filler-0: \n\n",
         ""},
        {"filler", "\"filler\": {\"count\": 2, \"length\": 3}",
         GET USUAL "X-Filler-0: fff\r\nX-Filler-1: fff\r\n\r\n", ""},
    };
    CHECK_REQUESTS(rows);
}

Test(play_opening, values_and_payloads_of_a_request_are_filled_in) {
    static const head_row rows[] = {
        {"every variable", "\"set\": {\"A\": \"$(host)$(path)$(key)$\"}", GET USUAL "A: h:1/r{key}$\r\n\r\n",
         ""},
        {"path with a query", "\"set\": {\"A\": \"$(path-query)b\"}", GET USUAL "A: /r?b\r\n\r\n", ""},
        {"no lines of the options", "\"set\": {\"A\": \"<$(options)>\"}", GET USUAL "A: <>\r\n\r\n", ""},
        {"no accept in a request", "\"set\": {\"A\": \"<$(accept)$(accept-cut)$(accept-other-case)>\"}",
         GET USUAL "A: <>\r\n\r\n", ""},
        {"host in the other case", "\"set\": {\"A\": \"$(host-other-case)\"}", GET USUAL "A: H:1\r\n\r\n",
         ""},
        {"no subprotocol", "\"set\": {\"A\": \"<$(subprotocol)$(subprotocol-other-case)>\"}",
         GET USUAL "A: <>\r\n\r\n", ""},
        {"what is no variable stays", "\"set\": {\"A\": \"$(hos) $(KEY) $(key\"}",
         GET USUAL "A: $(hos) $(KEY) $(key\r\n\r\n", ""},
        {"a value by its octets", "\"set\": {\"A\": {\"hex\": \"0124286b657929\"}}",
         GET USUAL "A: \x01{key}\r\n\r\n", ""},
        {"a value that is repeated", "\"set\": {\"A\": {\"repeat\": \"ab\", \"length\": 5}}",
         GET USUAL "A: ababa\r\n\r\n", ""},
        {"a value of parts in an added line", "\"add\": [[\"A\", {\"concat\": [\"$(pa\", \"th)\"]}]]",
         GET USUAL "A: /r\r\n\r\n", ""},
    };
    CHECK_REQUESTS(rows);
}

Test(play_opening, octets_stand_in_place_of_the_head_or_around_it) {
    static const head_row rows[] = {
        {"raw", "\"raw\": \"GET $(path)\\r\\nHost:$(host)$(key)\\r\\n\\r\\n\"",
         "GET /r\r\nHost:h:1{key}\r\n\r\n", ""},
        {"raw, and nothing else of the head counts",
         "\"raw\": \"x\\r\\n\\r\\n\", \"start-line\": \"y\", \"filler\": {\"count\": 1}", "x\r\n\r\n", ""},
        {"nothing at all", "\"raw\": \"\"", "", ""},
        {"generated", "\"raw\": {\"repeat\": \"$(key)\", \"length\": 8}", "$(key)$(", ""},
        {"before", "\"before\": \"\\r\\n$(host)\"", "\r\nh:1" GET USUAL "\r\n", ""},
        {"after", "\"after\": \"$(path)\"", GET USUAL "\r\n", "/r"},
        {"after, generated", "\"after\": {\"repeat\": \"ab\", \"length\": 3}", GET USUAL "\r\n", "aba"},
        {"around octets in place of the head", "\"before\": \"1\", \"raw\": \"2\", \"after\": \"3\"", "123",
         ""},
    };
    CHECK_REQUESTS(rows);
}

Test(play_opening, lines_of_the_options_are_bent_too) {
    const play_header headers[] = {{"Cookie", "a=b"}, {"X-Two", "2"}};
    scripted_run run;
    scripted_play(
        &run,
        &(scripted_peer){.members = REQUEST("\"set\": {\"cookie\": \"c\"}, \"remove\": [\"x-two\"]"),
                         .head = "",
                         .peer = "fin",
                         .options = {.headers = headers, .header_count = 2}},
        0);
    cr_expect(strstr(run.head, "\r\ncookie: c\r\nUser-Agent: "), "%s", run.head);
    cr_expect_null(strstr(run.head, "X-Two"));
    scripted_clear(&run);
}

Test(play_opening, a_raw_head_may_hold_the_lines_of_the_options) {
    const play_header headers[] = {{"Cookie", "a=b"}, {"X-Two", "2"}};
    scripted_run run;
    scripted_play(
        &run,
        &(scripted_peer){
            .members = REQUEST("\"raw\": \"GET $(path-query)c\\r\\n$(options)\\r\\n\""),
            .head = "",
            .peer = "fin",
            .options = {.resource = "/r?a=b", .subprotocol = "chat", .headers = headers, .header_count = 2}},
        0);
    cr_expect_str_eq(run.head,
                     "GET /r?a=b&c\r\nSec-WebSocket-Protocol: chat\r\nCookie: a=b\r\nX-Two: 2\r\n\r\n");
    scripted_clear(&run);
}

Test(play_opening, a_head_may_be_larger_than_any_field) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){.members = REQUEST("\"filler\": {\"count\": 3, \"length\": 1000000}"),
                                   .head = "",
                                   .peer = "fin"},
                  0);
    cr_expect_eq(run.result->verdict, PLAY_FAILED, "%s", run.reason);
    cr_expect(run.head_buffer.size > 3000000, "%zu", run.head_buffer.size);
    scripted_clear(&run);
}

/* ------------------------------------------------------------------ writes */

/* The sizes of the writes, "7 7 3". */
static void log_writes(const char *members, ws_role role, const char *request, char *text, size_t size) {
    char json[600], error[300];
    uint8_t octets[4096];
    play_table *table = play_table_new();
    snprintf(json, sizeof json,
             "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": "
             "\"t\", %s\"steps\": [{\"ping\": \"\", \"mask\": \"none\"}, {\"expect\": \"pong\"}]}]}",
             members);
    cr_assert_eq(play_table_load(table, "t", json, strlen(json), error, sizeof error), WS_OK, "%s", error);
    play_player *player = play_player_new(play_table_get(table, 0),
                                          &(play_options){.role = role, .authority = "a", .resource = "/"});
    size_t at = 0, made;
    play_connected(player, 0);
    if (request)
        play_received(player, 0, (const uint8_t *)request, strlen(request));
    *text = '\0';
    while ((made = play_output(player, 0, octets, sizeof octets)) > 0)
        at += (size_t)snprintf(text + at, size - at, "%s%zu", at ? " " : "", made);
    play_player_free(player);
    play_table_free(table);
}

static const char good_request[] =
    "GET / HTTP/1.1\r\nHost: a\r\n" UPGRADE "Sec-WebSocket-Key: " RFC_KEY "\r\n" VERSION "\r\n";

Test(play_opening, a_head_is_chopped_into_writes) {
    char writes[200];
    log_writes(REQUEST("\"raw\": \"0123456789\", \"after\": \"ab\", \"chop\": 5"), WS_CLIENT, NULL, writes,
               sizeof writes);
    cr_expect_str_eq(writes, "5 5 2");
    log_writes(REQUEST("\"raw\": \"0123456789\", \"after\": \"ab\""), WS_CLIENT, NULL, writes, sizeof writes);
    cr_expect_str_eq(writes, "12");
}

Test(play_opening, a_chopped_response_ends_its_last_write) {
    char writes[200];
    log_writes(RESPONSE("\"raw\": \"0123456789\", \"chop\": 4"), WS_SERVER, good_request, writes,
               sizeof writes);
    cr_expect_str_eq(writes, "4 4 2 2");
    log_writes(RESPONSE("\"raw\": \"0123456789\""), WS_SERVER, good_request, writes, sizeof writes);
    cr_expect_str_eq(writes, "12");
}

/* ------------------------------------------------------------------ responses */

static void check_responses(const head_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char members[600];
        snprintf(members, sizeof members, RESPONSE("%s"), rows[i].members);
        check_head(&rows[i], members, good_request, WS_SERVER);
    }
}

#define SWITCHING   "HTTP/1.1 101 Switching Protocols\r\n"
#define SERVER      "Server: " AGENT_NAME "\r\n"
#define CLOSE_FRAME "\x88\x02\x03\xe8"

Test(play_opening, a_case_bends_the_response) {
    static const head_row rows[] = {
        {"nothing", "", SWITCHING UPGRADE RFC_ACCEPT SERVER "\r\n", CLOSE_FRAME},
        {"start line", "\"start-line\": \"HTTP/1.1 200 OK\"",
         "HTTP/1.1 200 OK\r\n" UPGRADE RFC_ACCEPT SERVER "\r\n", CLOSE_FRAME},
        {"the accept value in another case", "\"set\": {\"Sec-WebSocket-Accept\": \"$(accept-other-case)\"}",
         SWITCHING UPGRADE "Sec-WebSocket-Accept: S3PplmbItXAq9KygZZHzrBk+XoO=\r\n" SERVER "\r\n",
         CLOSE_FRAME},
        {"the accept value cut", "\"set\": {\"Sec-WebSocket-Accept\": \"$(accept-cut)\"}",
         SWITCHING UPGRADE "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZ\r\n" SERVER "\r\n", CLOSE_FRAME},
        {"the accept value between others", "\"add\": [[\"A\", \"-$(accept)-\"]]",
         SWITCHING UPGRADE RFC_ACCEPT SERVER "A: -s3pPLMBiTxaQ9kYGzzhZRbK+xOo=-\r\n\r\n", CLOSE_FRAME},
        {"no key of the client's", "\"set\": {\"A\": \"<$(key)>\"}",
         SWITCHING UPGRADE RFC_ACCEPT SERVER "A: <>\r\n\r\n", CLOSE_FRAME},
        {"raw", "\"raw\": \"$(accept)\\r\\n\\r\\n\"", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", CLOSE_FRAME},
    };
    check_responses(rows, sizeof rows / sizeof *rows);
}

Test(play_opening, octets_behind_the_response_come_before_the_steps) {
    static const player_row rows[] = {
        {"a ping",
         {"[{\"expect\": \"timeout\"}]", .members = RESPONSE("\"after\": {\"hex\": \"890161\"}"),
          .peer = "@3 88 82 00000000 03e8", .options = {.role = WS_SERVER}},
         OK_OK,
         "0 ping a; 3 close 1000"},
    };
    CHECK_ROWS(rows);
}

Test(play_opening, after_a_bad_response_the_steps_go_on) {
    static const player_row rows[] = {
        {"the client leaves",
         {"[{\"ping\": \"x\"}, {\"expect\": \"end\"}]", .members = RESPONSE("\"remove\": [\"Upgrade\"]"),
          .peer = "fin", .options = {.role = WS_SERVER}},
         OK_OK,
         "0 ping x"},
        {"the client stays",
         {"[{\"ping\": \"x\"}, {\"expect\": \"end\"}]", .members = RESPONSE("\"remove\": [\"Upgrade\"]"),
          .peer = "@0.1 8a 81 00000000 'x'", .options = {.role = WS_SERVER}},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the end of the connection; it did not come within 2.0 s"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ requests of a client under test */

#define FROM_CLIENT(lines) "GET / HTTP/1.1\r\n" lines "\r\n"
#define CLIENT_LINES       UPGRADE "Sec-WebSocket-Key: " RFC_KEY "\r\n" VERSION
#define AS_SERVER          .options = {.role = WS_SERVER}
#define CLIENT_CLOSE       .peer = "88 82 00000000 03e8"

Test(play_opening, a_strict_case_fails_a_request_with_any_flaw) {
    static const player_row rows[] = {
        {"none",
         {.members = STRICT, .head = FROM_CLIENT("Host: a\r\n" CLIENT_LINES), CLIENT_CLOSE, AS_SERVER},
         OK_OK},
        {"no Host",
         {.members = STRICT, .head = FROM_CLIENT(CLIENT_LINES), AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: there is no Host field (RFC 6455 4.2.1, at octet 0 of the request)"},
        {"a line that ends with LF alone",
         {.members = STRICT, .head = FROM_CLIENT("Host: a\n" CLIENT_LINES), AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the head does not follow the grammar of HTTP (RFC 6455 4.1, at octet "
                   "23 of the request)"},
        {"a subprotocol twice",
         {.members = STRICT, .head = FROM_CLIENT("Host: a\r\n" CLIENT_LINES PROTOCOL("a, a")), AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the Sec-WebSocket-Protocol field is not a list of different tokens "
                   "(RFC 6455 4.1, at octet 138 of the request)"},
        {"a flaw that another case lets pass",
         {.head = FROM_CLIENT(CLIENT_LINES PROTOCOL("a, a")), CLIENT_CLOSE, AS_SERVER},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

/* Whether octets come behind the request or behind the response can be told only when they come with it. */
Test(play_opening, a_strict_case_fails_a_client_that_does_not_wait_for_the_response) {
    char head[400];
    scripted_run run;
    snprintf(head, sizeof head, "%s\x89\x80\x01\x01\x01\x01", good_request);
    scripted_play(&run, &(scripted_peer){.members = STRICT, .head = head, AS_SERVER}, 0);
    cr_expect_eq(run.result->verdict, PLAY_FAILED);
    cr_expect_str_eq(run.reason, "opening handshake: the client sends octets behind its request before it "
                                 "has the response (RFC 6455 4.1)");
    scripted_clear(&run);
    scripted_play(&run, &(scripted_peer){.head = head, CLIENT_CLOSE, AS_SERVER}, 0);
    cr_expect_eq(run.result->verdict, PLAY_OK, "%s", run.reason);
    scripted_clear(&run);
}

Test(play_opening, an_expectation_is_about_servers_only) {
    static const player_row rows[] = {
        {"a good request",
         {.members = EXPECT("\"refused\""),
          .head = FROM_CLIENT("Host: a\r\n" CLIENT_LINES),
          CLIENT_CLOSE,
          AS_SERVER},
         OK_OK},
        {"octets that are no request",
         {.members = EXPECT("\"end\""), .head = "\x16\x03\x01\r\n\r\n", AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the peer's octets are no HTTP/1.1 request"},
        {"the end",
         {.members = EXPECT("\"end\""), .head = "", .peer = "@0.5 fin", AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the peer ended the connection in good order after 0.500 s, 0 octets "
                   "had come"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ the transcript */

static const play_entry *http_entry(const play_trace *trace, bool out) {
    for (size_t i = 0; i < play_trace_count(trace); i++) {
        const play_entry *entry = play_trace_get(trace, i);
        if (entry->kind == PLAY_ENTRY_HTTP && entry->out == out)
            return entry;
    }
    return NULL;
}

static bool holds(const play_entry *entry, const char *text) {
    return entry && ws_span_equal((ws_span){entry->bytes, entry->size}, ws_span_of(text));
}

Test(play_opening, the_transcript_holds_the_heads_as_they_went) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){.members = "\"handshake\": {\"request\": {\"raw\": \"GET\\r\\n\\r\\n\"}, "
                                              "\"expect\": \"refused\"}, ",
                                   .head = REFUSAL("A: 1\r\n")},
                  0);
    cr_expect(holds(http_entry(run.trace, true), "GET\r\n\r\n"));
    cr_expect(holds(http_entry(run.trace, false), REFUSAL("A: 1\r\n")));
    scripted_clear(&run);
}

Test(play_opening, the_transcript_holds_octets_that_are_no_head) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.members = EXPECT("\"end\""), .head = "SSH-2.0-x\r\n\r\n"}, 0);
    cr_expect(holds(http_entry(run.trace, false), "SSH-2.0-x\r\n\r\n"));
    scripted_clear(&run);
}
