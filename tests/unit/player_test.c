/* Native cases under a scripted peer: verdict, closing verdict and the exact sentence. */
#include "play/player.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/player_rows.h"

/* ------------------------------------------------------------------ echoes */

#define HELLO "[{\"text\": \"Hello\"}, {\"expect\": \"echo\"}]"

Test(player, an_echo_is_the_message_in_any_fragments) {
    static const player_row rows[] = {
        {"one frame",
         {HELLO, .peer = "@0.1 81 05 'Hello'" GOOD_END},
         OK_OK,
         "0 text [(Hello)]; 11 close 1000"},
        {"fragments", {HELLO, .peer = "@0.1 01 02 'He'; @0.2 00 00; 80 03 'llo'" GOOD_END}, OK_OK},
        {"control frames inside",
         {HELLO, .peer = "@0.1 01 02 'He' 89 01 'x' 8a 01 'y' 80 03 'llo'" GOOD_END},
         OK_OK,
         "0 text [(Hello)]; 11 pong x; 18 close 1000"},
        {"empty", {"[{\"text\": \"\"}, {\"expect\": \"echo\"}]", .peer = "81 00" GOOD_END}, OK_OK},
        {"sent in fragments",
         {"[{\"binary\": \"ab\", \"fin\": false}, {\"continuation\": \"\", \"fin\": false}, "
          "{\"continuation\": \"c\"}, {\"expect\": \"echo\"}]",
          .peer = "82 03 'abc'" GOOD_END},
         OK_OK},
        {"cut by the table",
         {"[{\"text\": \"abcde\", \"fragments\": 2, \"empty-last\": true}, {\"expect\": \"echo\"}]",
          .peer = "81 05 'abcde'" GOOD_END},
         OK_OK,
         "0 text [(ab); 8 text (cd); 16 text (e); 23 text ()]; 29 close 1000"},
        {"payload in two steps",
         {"[{\"text\": \"He\", \"declare\": 5}, {\"payload\": \"llo\"}, {\"expect\": \"echo\"}]",
          .peer = "81 05 'Hello'" GOOD_END},
         OK_OK,
         "0 text [(Hello)]; 11 close 1000"},
        {"payload of a frame that is no message",
         {"[{\"text\": \"Hi\"}, {\"ping\": \"a\", \"declare\": 2}, {\"payload\": \"b\"}, {\"expect\": "
          "\"echo\"}]",
          .peer = "81 02 'Hi'" GOOD_END},
         OK_OK},
        {"several, in their order",
         {"[{\"text\": \"a\"}, {\"binary\": \"b\"}, {\"text\": \"c\"}, "
          "{\"expect\": [\"echo\", \"echo\", \"echo\"]}]",
          .peer = "81 01 'a' 82 01 'b'; 81 01 'c'" GOOD_END},
         OK_OK},
        {"while its end is not yet sent",
         {"[{\"text\": \"one,\", \"fin\": false}, {\"ping\": \"?\"}, {\"expect\": \"pong\"}, "
          "{\"continuation\": \"two\"}, {\"expect\": \"echo\"}]",
          .peer = "@0.1 01 04 'one,'; 8a 01 '?'; @0.2 80 03 'two'" GOOD_END},
         OK_OK},
        {"of a part, with other parts long before and behind it",
         {"[{\"text\": {\"repeat\": \"ab\", \"length\": 6}, \"fin\": false}, {\"continuation\": \"\", "
          "\"fin\": false}, {\"continuation\": {\"hex\": \"63\"}}, {\"expect\": \"echo\"}]",
          .peer = "01 03 'aba' 00 03 'bab' 80 01 'c'" GOOD_END},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

#define TWO "[{\"text\": \"abc\"}, {\"text\": \"def\"}, {\"expect\": [\"echo\", \"echo\"]}]"

Test(player, an_echo_that_differs_fails_with_the_first_octet_that_does) {
    static const player_row rows[] = {
        {"another octet",
         {HELLO, .peer = "@0.1 81 05 'HellO'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 5 octets "
                   "beginning with "
                   "\"HellO\" (it differs from octet 4 on) at octet 0 after 0.100 s",
         "0 text [(Hello)]; 11 close 1000"},
        {"too short",
         {HELLO, .peer = "@0.1 81 04 'Hell'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 4 octets "
                   "beginning with "
                   "\"Hell\" (it differs from octet 4 on) at octet 0 after 0.100 s"},
        {"too long",
         {HELLO, .peer = "@0.1 8a 00; @0.25 81 06 'Hello!'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 6 octets "
                   "beginning with "
                   "\"Hello!\" (it differs from octet 5 on) at octet 2 after 0.250 s"},
        {"nothing of it",
         {HELLO, .peer = "81 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 0 octets "
                   "beginning with "
                   "nothing (it differs from octet 0 on) at octet 0 after 0.000 s"},
        {"the beginning of that of the message behind it",
         {TWO, .peer = "81 02 'de'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 3 octets; got a text message of 2 octets "
                   "beginning with \"de\" (it differs from octet 0 on) at octet 0 after 0.000 s"},
        {"that of the message behind it, of another type",
         {TWO, .peer = "82 03 'def'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 3 octets; got a binary message of 3 octets "
                   "beginning with \"def\" (its type differs) at octet 0 after 0.000 s"},
        {"another type",
         {HELLO, .peer = "@0.1 82 05 'Hello'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a binary message of 5 octets "
                   "beginning with "
                   "\"Hello\" (its type differs) at octet 0 after 0.100 s"},
        {"in the second part",
         {"[{\"binary\": {\"hex\": \"0001\"}, \"fin\": false}, {\"continuation\": {\"hex\": \"0203\"}}, "
          "{\"expect\": \"echo\"}]",
          .peer = "82 04 00010204"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the binary message of 4 octets; got a binary message of 4 octets "
                   "beginning "
                   "with "
                   "0x00010204 (it differs from octet 3 on) at octet 0 after 0.000 s"},
        {"a long one",
         {"[{\"text\": {\"repeat\": \"abc\", \"length\": 30}}, {\"expect\": \"echo\"}]",
          .peer = "81 1e 'abcabcabcabcabcabcabcabcabcabx'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 30 octets; got a text message of 30 octets "
                   "beginning with "
                   "\"abcabcabcabcabcabcabcabc...\" (it differs from octet 29 on) at octet 0 after 0.000 s"},
        {"out of order",
         {"[{\"text\": \"a\"}, {\"text\": \"b\"}, {\"expect\": [\"echo\", \"echo\"]}]", .peer = "81 01 'b'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 1 octets; got a text message of 1 octets "
                   "beginning with "
                   "\"b\" (the echo of the message behind that one) at octet 0 after 0.000 s"},
        {"before the message has ended",
         {"[{\"text\": \"a\", \"fin\": false}, {\"ping\": \"?\"}, {\"expect\": \"pong\"}, {\"continuation\": "
          "\"b\"}, "
          "{\"expect\": \"echo\"}]",
          .peer = "81 01 'a'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected a pong carrying \"?\"; got a text message of 1 octets beginning with \"a\" at octet 0 "
             "after "
             "0.000 s"},
        {"twice",
         {HELLO, .peer = "81 05 'Hello'; @0.5 81 05 'Hello'"},
         PLAY_FAILED,
         PLAY_CLOSE_UNCLEAN,
         .reason =
             "expected nothing but the closing handshake; got a text message of 5 octets beginning with "
             "\"Hello\" at "
             "octet 7 after 0.500 s"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ other matchers */

Test(player, a_pong_fits_when_it_answers_the_latest_ping) {
    static const player_row rows[] = {
        {"the pong",
         {"[{\"ping\": \"a\"}, {\"expect\": \"pong\"}]", .peer = "8a 01 'a'" GOOD_END},
         OK_OK,
         "0 ping a; 7 close 1000"},
        {"behind pongs for earlier pings and for none",
         {"[{\"ping\": \"a\"}, {\"ping\": \"b\"}, {\"expect\": \"pong\"}]",
          .peer = "8a 01 'a' 8a 00; 8a 01 'x'; 8a 01 'b'" GOOD_END},
         OK_OK},
        {"only the latest of two",
         {"[{\"ping\": \"a\"}, {\"ping\": \"b\"}, {\"expect\": \"pong\"}]", .peer = "8a 01 'b'" GOOD_END},
         OK_OK},
        {"pongs that nobody expects",
         {HELLO, .peer = "8a 00; 8a 02 'zz'; 81 05 'Hello'; 8a 00" GOOD_END},
         OK_OK},
        {"too late a pong for an earlier ping",
         {"[{\"ping\": \"a\"}, {\"ping\": \"b\"}, {\"expect\": \"pong\"}]", .peer = "@0.5 8a 01 'a'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected a pong carrying \"b\"; it did not come within 2.0 s"},
        {"of a payload that is not text",
         {"[{\"ping\": {\"random\": 1, \"length\": 30}}, {\"expect\": \"pong\"}]", .peer = "81 01 'z'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected a pong carrying 0xc15c0289ec2d0a9167ec8e65a18debbe5e5532fbeea293f8...; got a "
                   "text message "
                   "of 1 "
                   "octets beginning with \"z\" at octet 0 after 0.000 s"},
    };
    CHECK_ROWS(rows);
}

Test(player, every_matcher_takes_its_event) {
    static const player_row rows[] = {
        {"message",
         {"[{\"expect\": {\"message\": {\"text\": \"Hi\"}}}]", .peer = "81 02 'Hi'" GOOD_END},
         OK_OK},
        {"binary message, any fragments",
         {"[{\"expect\": {\"message\": {\"binary\": {\"hex\": \"00ff\"}}}}]",
          .peer = "02 01 00 80 01 ff" GOOD_END},
         OK_OK},
        {"message of another payload",
         {"[{\"expect\": {\"message\": {\"text\": \"Hi\"}}}]", .peer = "81 02 'Ho'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected a text message of 2 octets; got a text message of 2 octets beginning with \"Ho\" (it "
             "differs "
             "from octet 1 on) at octet 0 after 0.000 s"},
        {"messages one after the other, a ping between them",
         {"[{\"expect\": [{\"message\": {\"text\": \"a\"}}, \"ping\", {\"message\": {\"binary\": \"b\"}}]}]",
          .peer = "81 01 'a' 89 00 82 01 'b'" GOOD_END},
         OK_OK},
        {"a ping of the peer's own",
         {"[{\"expect\": \"ping\"}]", .peer = "89 01 'p'" GOOD_END},
         OK_OK,
         "0 pong p; 7 close 1000"},
        {"no ping",
         {"[{\"expect\": \"ping\"}]", .peer = "8a 00; 81 01 'z'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected a ping; got a text message of 1 octets beginning with \"z\" at octet 2 after 0.000 s"},
        {"any Close",
         {"[{\"close\": 1000}, {\"expect\": \"close\"}]", .peer = "88 02 0bb8; fin"},
         PLAY_OK,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "closing handshake: the answer to our Close carries 3000 (library or framework code)"},
        {"a Close with the code",
         {"[{\"close\": 1001}, {\"expect\": {\"close\": [1001]}}]", .peer = "88 02 03e9; fin"},
         OK_OK,
         "0 close 1001"},
        {"a Close without code",
         {"[{\"close\": null}, {\"expect\": {\"close\": [1001]}}]", .peer = "88 00; fin"},
         OK_OK,
         "0 close 1005"},
        {"the end", {"[{\"ping\": \"a\"}, {\"expect\": \"end\"}]", .peer = "fin"}, OK_OK},
        {"a reset as the end", {"[{\"expect\": \"end\"}]", .peer = "reset"}, OK_OK},
        {"no end",
         {"[{\"expect\": \"end\"}]", .peer = "@0.1 88 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the end of the connection; got a Close without a code at octet 0 after 0.100 s"},
        {"nothing", {"[{\"expect\": \"timeout\"}]", .peer = "@2.5 88 02 03e8; fin"}, OK_OK},
        {"something instead of nothing",
         {"[{\"expect\": \"timeout\"}]", .peer = "@1.5 81 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected nothing; got a text message of 0 octets beginning with nothing at octet 0 after "
                   "1.500 s"},
        {"close and then the end, our answer between them",
         {"[{\"expect\": [\"close\", \"end\"]}]", .peer = "@0.1 88 02 03e8; @0.2 fin"},
         OK_OK,
         "0 close 1000"},
        {"the end behind a Close is not what was expected",
         {"[{\"expect\": [\"close\", \"ping\"]}]", .peer = "@0.1 88 02 03e8; @0.2 fin"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected a ping; got the end of the connection behind a Close at octet 4 after 0.200 s"},
    };
    CHECK_ROWS(rows);
}

#define FAILURE(more) "[{\"frame\": 3, \"echo\": false}, {\"expect\": {\"failure\": [1002, 1007]" more "}}]"

Test(player, a_failed_connection_is_graded_by_how_it_was_failed) {
    static const player_row rows[] = {
        {"a code of the list", {FAILURE(""), .peer = "88 02 03ef; fin"}, OK_OK},
        {"no code", {FAILURE(""), .peer = "88 00; fin"}, OK_OK},
        {"another legal code",
         {FAILURE(""), .peer = "88 02 03f3; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer closed with 1011 (internal error) where 1002 or 1007 fits"},
        {"another code where that is informational",
         {FAILURE(", \"other\": \"INFORMATIONAL\""), .peer = "88 02 0fa0; fin"},
         PLAY_INFORMATIONAL,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer closed with 4000 (private code) where 1002 or 1007 fits"},
        {"another code where that fails",
         {FAILURE(", \"other\": \"FAILED\""), .peer = "@0.1 88 05 03e8 'bye'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected the peer to fail the connection (Close 1002 or 1007); got a Close with 1000 (normal "
             "closure), "
             "reason \"bye\" at octet 0 after 0.100 s"},
        {"end of stream",
         {FAILURE(""), .peer = "fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the peer ended the connection without a Close frame (RFC 6455 7.1.7 asks for one)"},
        {"reset",
         {FAILURE(""), .peer = "reset"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the peer reset the connection without a Close frame (RFC 6455 7.1.7 asks for one)"},
        {"reset where that is fine", {FAILURE(", \"without-close\": \"OK\""), .peer = "reset"}, OK_OK},
        {"end where that fails",
         {FAILURE(", \"without-close\": \"FAILED\""), .peer = "@0.2 8a 00; @0.3 fin"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected the peer to fail the connection (Close 1002 or 1007); got the end of the connection "
             "without a "
             "Close at octet 2 after 0.300 s"},
        {"reset where that fails",
         {FAILURE(", \"without-close\": \"FAILED\""), .peer = "reset"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected the peer to fail the connection (Close 1002 or 1007); got a reset of the connection "
             "without a "
             "Close at octet 0 after 0.000 s"},
        {"any code", {"[{\"expect\": \"failure\"}]", .peer = "88 02 03e8; fin"}, OK_OK},
        {"it goes on as if nothing had been",
         {"[{\"expect\": \"failure\"}]", .peer = "@1 89 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the peer to fail the connection; it did not come within 2.0 s"},
        {"three codes",
         {"[{\"expect\": {\"failure\": [1002, 1003, 1007], \"other\": \"FAILED\"}}]", .peer = "88 02 03e8"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the peer to fail the connection (Close 1002, 1003 or 1007); got a Close with "
                   "1000 (normal "
                   "closure) at octet 0 after 0.000 s"},
        {"a server that does not end TCP",
         {FAILURE(""), .peer = "@0.5 88 02 03ea"},
         PLAY_OK,
         PLAY_CLOSE_FAILED_BY_CLIENT,
         .reason = "the server did not end the connection within 1.0 s of failing it (RFC 6455 7.1.7)"},
        {"a client need not end TCP",
         {FAILURE(""), .peer = "88 82 00000000 03ea", .options = {.role = WS_SERVER}},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ the end of the connection */

#define END_IN_TIME                                                                                          \
    "[{\"close\": 1000}, {\"expect\": [{\"close\": [1000]}, {\"end\": {\"within\": 0.5}}], \"patience\": "   \
    "5}]"
#define END_IN_ORDER                                                                                         \
    "[{\"close\": 1000}, {\"expect\": [\"close\", {\"end\": {\"by-reset\": \"NON-STRICT\"}}]}]"

Test(player, an_end_is_graded_by_its_time_and_kind) {
    static const player_row rows[] = {
        {"in time", {END_IN_TIME, .peer = "@2 88 02 03e8; @2.9 fin"}, OK_OK},
        {"late",
         {END_IN_TIME, .peer = "@2 88 02 03e8; @3.5 fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the peer left the connection open for 1.5 s when everything was said; 1.0 s are ample"},
        {"a reset in time", {END_IN_TIME, .peer = "@2 88 02 03e8; @2.9 reset"}, OK_OK},
        {"in order", {END_IN_ORDER, .peer = "88 02 03e8; @1 fin"}, OK_OK},
        {"by reset",
         {END_IN_ORDER, .peer = "88 02 03e8; @1 reset"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the peer reset the connection instead of ending it in order (RFC 6455 7.1.1)"},
        {"TLS without close_notify",
         {END_IN_ORDER, .peer = "88 02 03e8; @1 truncated"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the peer ended TLS without close_notify (RFC 6455 7.1.1)"},
        {"TLS without close_notify where nobody asks for it",
         {END_IN_TIME, .peer = "88 02 03e8; truncated"},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

Test(player, a_server_ends_first_and_looks_at_what_the_client_still_sends) {
    static const player_row rows[] = {
        {"the client ends its side",
         {"[]", .peer = "88 82 00000000 03e8; @0.3 fin", .options = {.role = WS_SERVER}},
         OK_OK},
        {"it does not: that is its affair",
         {"[]", .peer = "88 82 00000000 03e8", .options = {.role = WS_SERVER}},
         OK_OK},
        {"a pong may still come",
         {"[]", .peer = "88 82 00000000 03e8; @0.1 8a 80 00000000; fin", .options = {.role = WS_SERVER}},
         OK_OK},
        {"a text may not",
         {"[]", .peer = "88 82 00000000 03e8; @0.1 81 80 00000000", .options = {.role = WS_SERVER}},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason =
             "the peer broke RFC 6455 5.5.1: a data frame follows a Close frame, at octet 8 after 0.100 s; "
             "expected the closing handshake"},
    };
    CHECK_ROWS(rows);
}

Test(player, a_client_that_stays_is_not_waited_for_long) {
    scripted_run run;
    scripted_play(
        &run, &(scripted_peer){.steps = "[]", .peer = "88 82 00000000 03e8", .options = {.role = WS_SERVER}},
        0);
    cr_expect_eq(run.now - SCRIPTED_START_US, 500000);
    cr_expect_not(play_result_of(run.player)->timed_out);
    scripted_clear(&run);
}

Test(player, an_end_that_came_late_is_worth_another_look) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = END_IN_TIME, .peer = "88 02 03e8; @5 fin"}, 0);
    cr_expect(play_result_of(run.player)->timed_out);
    scripted_clear(&run);
    scripted_play(&run, &(scripted_peer){.steps = END_IN_TIME, .peer = "88 02 03e8; fin"}, 0);
    cr_expect_not(play_result_of(run.player)->timed_out);
    scripted_clear(&run);
}

/* ------------------------------------------------------------------ alternatives */

#define GRADED                                                                                               \
    "[{\"text\": \"a\"}, {\"ping\": \"b\"}, {\"expect\": {\"OK\": [[\"pong\", \"echo\"]], "                  \
    "\"NON-STRICT\": [[\"echo\", \"pong\"]], \"INFORMATIONAL\": [{\"close\": [1008], \"other\": "            \
    "\"FAILED\"}], "                                                                                         \
    "\"UNIMPLEMENTED\": [{\"close\": [1003], \"other\": \"FAILED\"}], "                                      \
    "\"because\": {\"NON-STRICT\": \"late\", \"INFORMATIONAL\": \"limit\", \"UNIMPLEMENTED\": \"no "         \
    "text\"}}}]"

Test(player, the_alternative_that_fits_gives_the_grade_and_its_reason) {
    static const player_row rows[] = {
        {"first", {GRADED, .peer = "8a 01 'b' 81 01 'a'" GOOD_END}, OK_OK},
        {"second",
         {GRADED, .peer = "81 01 'a' 8a 01 'b'" GOOD_END},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "late"},
        {"third", {GRADED, .peer = "88 02 03f0; fin"}, PLAY_INFORMATIONAL, PLAY_CLOSE_OK, .reason = "limit"},
        {"fourth",
         {GRADED, .peer = "88 02 03eb; fin"},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_OK,
         .reason = "no text"},
        {"a start that fits one of them and an end that does not",
         {GRADED, .peer = "81 01 'a'; @0.5 88 02 03f0"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected a pong carrying \"b\"; got a Close with 1008 (policy violation) at octet 3 "
                   "after 0.500 s"},
        {"none of them",
         {GRADED, .peer = "@0.5 88 02 03e8"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "expected a pong carrying \"b\", or the echo of the text message of 1 octets, or a Close with "
             "1008 "
             "or "
             "without code, or a Close with 1003 or without code; got a Close with 1000 (normal closure) at "
             "octet 0 "
             "after 0.500 s"},
        {"the better of two that fit",
         {"[{\"text\": \"a\"}, {\"expect\": {\"NON-STRICT\": [\"echo\"], \"OK\": [{\"message\": {\"text\": "
          "\"a\"}}]}}]",
          .peer = "81 01 'a'" GOOD_END},
         OK_OK},
        {"the worse grade of its matchers counts",
         {"[{\"expect\": {\"OK\": [{\"close\": [1002], \"other\": \"UNIMPLEMENTED\"}], \"NON-STRICT\": "
          "[{\"close\": [1000]}]}}]",
          .peer = "88 02 03e8; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = ""},
        {"the worst of all expectations stays",
         {"[{\"ping\": \"a\"}, {\"expect\": {\"NON-STRICT\": [\"pong\"], \"because\": {\"NON-STRICT\": "
          "\"odd\"}}}, "
          "{\"ping\": \"b\"}, {\"expect\": {\"INFORMATIONAL\": [\"pong\"]}}]",
          .peer = "8a 01 'a'; 8a 01 'b'" GOOD_END},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "odd"},
        {"a shorter alternative does not wait for a longer one",
         {"[{\"text\": \"a\"}, {\"ping\": \"b\"}, {\"expect\": {\"OK\": [[\"echo\", \"pong\"]], "
          "\"NON-STRICT\": "
          "[\"echo\"]}}]",
          .peer = "81 01 'a' 8a 01 'b'" GOOD_END},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = ""},
    };
    CHECK_ROWS(rows);
}

#define THE_END "[{\"close\": 1000}, {\"expect\": [{\"close\": [1000]}, \"end\"]}]"

Test(player, another_close_behind_a_close_is_tolerated) {
    static const player_row rows[] = {
        {"one", {THE_END, .peer = "88 02 03e8; fin"}, OK_OK},
        {"two",
         {THE_END, .peer = "88 02 03e8 88 02 03e9; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the peer sent a second Close behind its first"},
        {"but no message",
         {THE_END, .peer = "88 02 03e8 81 01 'a'; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason =
             "the peer broke RFC 6455 5.5.1: a data frame follows a Close frame, at octet 4 after 0.000 "
             "s; expected the end of the connection"},
    };
    CHECK_ROWS(rows);
}

#define MAYBE                                                                                                \
    "[{\"text\": \"a\"}, {\"close\": 1000}, {\"expect\": [{\"maybe\": \"echo\"}, {\"close\": [1000]}]}]"

Test(player, what_may_come_is_passed_over_when_it_does_not) {
    static const player_row rows[] = {
        {"it comes", {MAYBE, .peer = "81 01 'a' 88 02 03e8; fin"}, OK_OK},
        {"it does not", {MAYBE, .peer = "88 02 03e8; fin"}, OK_OK},
        {"it comes twice",
         {MAYBE, .peer = "81 01 'a' 81 01 'a'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected a Close with 1000 or without code; got a text message of 1 octets beginning "
                   "with \"a\" at "
                   "octet "
                   "3 after 0.000 s"},
        {"something else comes",
         {MAYBE, .peer = "81 01 'b'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 1 octets; got a text message of 1 octets "
                   "beginning with "
                   "\"b\" "
                   "(it differs from octet 0 on) at octet 0 after 0.000 s"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ time */

#define PATIENT "[{\"text\": \"Hello\"}, {\"expect\": \"echo\", \"patience\": 2.5}]"

Test(player, patience_counts_from_the_last_octet_that_moved) {
    static const player_row rows[] = {
        {"just in time", {HELLO, .peer = "@2 81 05 'Hello'; @2.1 88 02 03e8; fin"}, OK_OK},
        {"a little too late",
         {HELLO, .peer = "@2.000001 81 05 'Hello'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; it did not come within 2.0 s"},
        {"slowly", {HELLO, .peer = "@1.9 81; @3.8 05; @5.7 'Hell'; @7.6 'o'; 88 02 03e8; fin"}, OK_OK},
        {"more patience", {PATIENT, .peer = "@4.9 81 05 'Hello'; 88 02 03e8; fin"}, OK_OK},
        {"not enough of it",
         {PATIENT, .peer = "@5.1 81 05 'Hello'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; it did not come within 5.0 s"},
        {"each expectation has its own",
         {"[{\"ping\": \"a\"}, {\"expect\": \"pong\"}, {\"ping\": \"b\"}, {\"expect\": \"pong\"}]",
          .peer = "@1.9 8a 01 'a'; @3.8 8a 01 'b'; 88 02 03e8; fin"},
         OK_OK},
        {"as the options say",
         {HELLO, .peer = "@2.1 81 05 'Hello'", .options = {.event_timeout_us = 500000}},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; it did not come within 0.5 s"},
        {"a pause that is longer than the patience",
         {HELLO, .peer = "@1.9 81 05 'Hel'; @3.9 'l'; @6 'o'"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; it did not come within 2.0 s"},
    };
    CHECK_ROWS(rows);
}

Test(player, a_verdict_for_want_of_time_says_so) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = HELLO}, 0);
    cr_expect(run.result->timed_out);
    cr_expect_eq(run.result->duration_us, 2000000);
    scripted_clear(&run);
    scripted_play(&run, &(scripted_peer){.steps = HELLO, .peer = "@0.5 81 05 'HELLO'"}, 0);
    cr_expect_not(run.result->timed_out);
    cr_expect_eq(run.result->duration_us, 500000);
    scripted_clear(&run);
}

/* A peer that sends a pong every second would else keep a case waiting for ever. */
static int64_t duration_with_pongs(const char *steps, const char *first) {
    char script[2000];
    size_t at = (size_t)snprintf(script, sizeof script, "%s", first);
    for (int second = 1; second < 120; second++)
        at += (size_t)snprintf(script + at, sizeof script - at, "@%d 8a 00;", second);
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = steps, .peer = script}, 0);
    int64_t duration = run.result->duration_us;
    cr_expect(run.result->timed_out);
    scripted_clear(&run);
    return duration;
}

Test(player, a_wait_ends_after_thirty_patiences_whatever_moves) {
    cr_expect_eq(duration_with_pongs(HELLO, ""), 60000000);
}

Test(player, the_wait_for_the_closing_handshake_ends_after_thirty_seconds_whatever_moves) {
    cr_expect_eq(duration_with_pongs("[]", "@0.5 8a 00;"), 30000000);
}

/* ------------------------------------------------------------------ what a peer may do */

Test(player, pings_are_answered_until_a_close) {
    static const player_row rows[] = {
        {"while something is expected",
         {HELLO, .peer = "89 02 'p1' 89 00 81 05 'Hello'" GOOD_END},
         OK_OK,
         "0 text [(Hello)]; 11 pong p1; 19 pong; 25 close 1000"},
        {"not behind our Close", {"[]", .peer = "89 01 'p' 88 02 03e8; fin"}, OK_OK, "0 close 1000"},
        {"not behind theirs",
         {"[{\"expect\": \"close\"}]", .peer = "88 02 03e8; 89 01 'p'; fin"},
         OK_OK,
         "0 close 1000"},
    };
    CHECK_ROWS(rows);
}

Test(player, a_flood_of_pings_gets_pongs_up_to_a_cap_and_the_newest_always) {
    char script[1000] = "81 05 'Hello'";
    for (int i = 0; i < 40; i++)
        snprintf(script + strlen(script), sizeof script - strlen(script), " 89 01 %02x", 0x41 + i);
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){
                      .steps = "[{\"text\": \"Hello\"}, {\"expect\": \"echo\"}, {\"expect\": \"timeout\"}]",
                      .peer = script},
                  0);
    size_t pongs = 0;
    for (const char *at = run.frames; (at = strstr(at, "pong")); at++)
        pongs++;
    cr_expect_eq(pongs, 16, "%s", run.frames);
    cr_expect(strstr(run.frames, "pong h;"), "%s", run.frames);
    cr_expect_eq(run.result->verdict, PLAY_OK, "%s", run.reason);
    scripted_clear(&run);
}

Test(player, messages_that_come_unasked_are_known_greetings_or_fail_the_case) {
    static const player_row rows[] = {
        {"a greeting",
         {HELLO, .peer = "81 02 'Hi' 81 05 'Hello'" GOOD_END, .options = {.greeting = 1}},
         OK_OK},
        {"two greetings where one is known",
         {HELLO, .peer = "81 02 'Hi' 81 02 'Ho' 81 05 'Hello'", .options = {.greeting = 1}},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 2 octets "
                   "beginning with "
                   "\"Ho\" "
                   "(it differs from octet 1 on) at octet 4 after 0.000 s"},
        {"a greeting while nothing is expected any more",
         {"[]", .peer = "81 02 'Hi' 88 02 03e8; fin", .options = {.greeting = 1}},
         OK_OK},
        {"a peer that does not echo says what it likes",
         {"[{\"ping\": \"a\"}, {\"expect\": \"pong\"}]",
          .peer = "81 02 'Hi' 81 02 'Ho' 8a 01 'a' 82 00" GOOD_END, .options = {.no_echo = true}},
         OK_OK},
        {"and may still be held to a message",
         {"[{\"expect\": {\"message\": {\"text\": \"b\"}}}]", .peer = "81 01 'a' 81 01 'b'" GOOD_END,
          .options = {.no_echo = true}},
         OK_OK},
        {"unasked",
         {"[]", .peer = "@0.1 81 02 'Hi'"},
         PLAY_FAILED,
         PLAY_CLOSE_UNCLEAN,
         .reason = "expected nothing but the closing handshake; got a text message of 2 octets beginning "
                   "with \"Hi\" "
                   "at "
                   "octet 0 after 0.100 s"},
    };
    CHECK_ROWS(rows);
}

Test(player, a_connection_that_ends_too_early_fails_the_case) {
    static const player_row rows[] = {
        {"fin",
         {HELLO, .peer = "@0.3 fin"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got the end of the connection without "
                   "a Close "
                   "at "
                   "octet 0 after 0.300 s"},
        {"reset",
         {HELLO, .peer = "8a 00; @0.3 reset"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a reset of the connection without "
                   "a Close "
                   "at "
                   "octet 2 after 0.300 s"},
        {"close",
         {HELLO, .peer = "@0.3 88 02 03e9"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a Close with 1001 (going away) at "
                   "octet 0 "
                   "after "
                   "0.300 s",
         "0 text [(Hello)]; 11 close 1000"},
        {"inside the echo",
         {HELLO, .peer = "@0.3 81 05 'Hel'; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "the peer broke RFC 6455 5.2: the stream ends inside a frame, "
                   "at octet "
                   "5 after "
                   "0.300 s; expected the echo of the text message of 5 octets"},
        {"a reset inside the echo",
         {HELLO, .peer = "@0.3 81 05 'Hel'; reset"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a reset of the connection without "
                   "a Close "
                   "at "
                   "octet 5 after 0.300 s"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ broken rules */

#define BROKEN(name, octets, section, text, at, code)                                                        \
    {                                                                                                        \
        name, {HELLO, .peer = "@0.1 " octets}, PLAY_FAILED, PLAY_CLOSE_NONE,                                 \
            "the peer broke RFC 6455 " section ": " text ", at octet " at                                    \
            " after 0.100 s; expected the echo of the text message of 5 octets",                             \
            "0 text [(Hello)]; 11 close " code                                                               \
    }

Test(player, a_broken_rule_fails_the_case_by_its_name) {
    static const player_row rows[] = {
        BROKEN("mask-present", "81 85 00000000 'Hello'", "5.1", "a frame from the server is masked", "1",
               "1002"),
        BROKEN("rsv", "c1 05 'Hello'", "5.2", "a reserved bit is set that no negotiated extension defines",
               "0", "1002"),
        BROKEN("opcode", "8a 00 83 00", "5.2", "the opcode is reserved", "2", "1002"),
        BROKEN("length-not-minimal", "81 7e 0005 'Hello'", "5.2",
               "the payload length is not written in its shortest form", "1", "1002"),
        BROKEN("length-top-bit", "81 7f 8000000000000000", "5.2",
               "the most significant bit of a 64-bit payload length is set", "2", "1002"),
        BROKEN("control-fragmented", "09 00", "5.5", "a control frame is fragmented", "0", "1002"),
        BROKEN("control-too-long", "89 7e 007e", "5.5", "a control frame carries more than 125 octets", "1",
               "1002"),
        BROKEN("continuation-stray", "80 05 'Hello'", "5.4",
               "a continuation frame comes while no message is in progress", "0", "1002"),
        BROKEN("interleaved", "01 02 'He' 81 03 'llo'", "5.4", "a new message begins inside a fragmented one",
               "4", "1002"),
        BROKEN("close-length", "88 01 03", "5.5.1", "a Close frame carries a single octet", "1", "1002"),
        BROKEN("close-code", "88 02 03ed", "7.4", "a Close frame carries a code that must not be sent", "2",
               "1002"),
        BROKEN("close-reason", "88 03 03e8 ff", "5.5.1", "the reason of a Close frame is not UTF-8", "4",
               "1007"),
        BROKEN("text", "81 05 'Hel' ff 'o'", "8.1", "a text message is not UTF-8", "5", "1007"),
    };
    CHECK_ROWS(rows);
}

Test(player, rules_hold_while_closing_and_for_clients) {
    static const player_row rows[] = {
        {"data behind the Close",
         {"[]", .peer = "@0.1 88 02 03e8 81 00"},
         PLAY_FAILED,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the peer broke RFC 6455 5.5.1: a data frame follows a Close "
                   "frame, at "
                   "octet 4 "
                   "after 0.100 s; expected the closing handshake"},
        {"a frame of a client without mask",
         {HELLO, .peer = "81 05 'Hello'", .options = {.role = WS_SERVER}},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "the peer broke RFC 6455 5.1: a frame from the client is not "
                   "masked, at "
                   "octet "
                   "1 after 0.000 s; expected the echo of the text message of 5 octets"},
    };
    CHECK_ROWS(rows);
}

#define DEAF                                                                                                 \
    "[{\"frame\": 3, \"echo\": false}, {\"ping\": \"x\", \"echo\": false}, {\"expect\": {\"failure\": "      \
    "[1002]}}]"

Test(player, a_pong_for_a_ping_behind_a_failure_fails_the_case) {
    static const player_row rows[] = {
        {"no pong", {DEAF, .peer = "88 02 03ea; fin"}, OK_OK},
        {"a pong for no ping", {DEAF, .peer = "8a 01 'y' 88 02 03ea; fin"}, OK_OK},
        {"the pong",
         {DEAF, .peer = "@0.1 8a 01 'x' 88 02 03ea; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "the peer went on reading behind a frame on which it had to fail the connection (RFC 6455 "
                   "7.1.7): "
                   "got a pong carrying \"x\" at octet 0 after 0.100 s"},
    };
    CHECK_ROWS(rows);
}

Test(player, a_code_without_meaning_is_remarked_on) {
    static const player_row rows[] = {
        {"in the answer to our Close",
         {"[]", .peer = "88 02 03ec; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer's Close carries the code 1004, which has no meaning (RFC 6455 7.4.2)"},
        {"of 5000 and more",
         {"[]", .peer = "88 02 1388; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer's Close carries the code 5000, which has no meaning (RFC 6455 7.4.2)"},
        {"unless the case expects it",
         {"[{\"close\": 1016}, {\"expect\": {\"close\": [1016]}}]", .peer = "88 02 03f8; fin"},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ closing handshake */

Test(player, the_closing_handshake_has_a_verdict_of_its_own) {
    static const player_row rows[] = {
        {"good", {"[]", .peer = "@0.5 88 02 03e8; @0.6 fin"}, OK_OK, "0 close 1000"},
        {"the code sent back",
         {"[{\"close\": 3000}, {\"expect\": \"close\"}]", .peer = "88 02 0bb8; fin"},
         OK_OK},
        {"no code", {"[]", .peer = "88 00; fin"}, OK_OK},
        {"another code",
         {"[]", .peer = "88 02 03e9; fin"},
         PLAY_OK,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "closing handshake: the answer to our Close carries 1001 (going away)"},
        {"no answer",
         {"[]", .peer = ""},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "closing handshake: no Close came in answer to ours within 1.0 s"},
        {"the end instead of an answer",
         {"[]", .peer = "@0.5 fin"},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "closing handshake: no Close came in answer to ours within 1.0 s"},
        {"no end of TCP",
         {"[]", .peer = "88 02 03e8"},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "closing handshake: the server did not end the connection within 1.0 s (RFC 6455 5.5.1)"},
        {"no end of TCP, by a client",
         {"[]", .peer = "88 82 00000000 03e8", .options = {.role = WS_SERVER}},
         OK_OK},
        {"the peer closes first, as the case wants",
         {"[{\"expect\": {\"close\": [1001]}}]", .peer = "88 02 03e9; @0.1 fin"},
         OK_OK,
         "0 close 1001"},
        {"a reason is no part of the code sent back",
         {"[{\"expect\": \"close\"}]", .peer = "88 05 03e8 'bye'; fin"},
         OK_OK,
         "0 close 1000"},
        {"a code that must not be sent back is not",
         {"[{\"expect\": \"close\"}]", .peer = "88 02 03ec; fin"},
         OK_OK,
         "0 close 1005"},
        {"the peer closes while we close", {"[]", .peer = "88 02 03e8; fin"}, OK_OK},
        {"a client closes first",
         {"[{\"expect\": \"close\"}]", .peer = "88 82 00000000 03e8", .options = {.role = WS_SERVER}},
         OK_OK,
         "0 close 1000"},
        {"the end of the stream before it",
         {"[{\"ping\": \"a\"}, {\"expect\": [\"pong\"]}]", .peer = "8a 01 'a'; fin"},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "closing handshake: no Close came in answer to ours within 1.0 s"},
    };
    CHECK_ROWS(rows);
}

Test(player, what_is_queued_goes_before_our_close) {
    static const player_row rows[] = {
        {"message at the end",
         {"[{\"text\": \"a\"}, {\"pong\": \"b\"}]", .peer = "88 02 03e8; fin"},
         OK_OK,
         "0 text [(a)]; 7 pong b; 14 close 1000"},
    };
    CHECK_ROWS(rows);
}

Test(player, the_result_tells_who_closed_and_how) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = HELLO, .peer = "81 05 'Hello'; 88 05 03e8 'bye'; fin"}, 0);
    const play_result *result = run.result;
    cr_expect(result->handshake_done && result->close_received && result->close_has_code);
    cr_expect_eq(result->close_code, 1000);
    cr_expect(ws_span_equal(result->close_reason, ws_span_of("bye")));
    cr_expect(result->closed_by_us && !result->closed_by_peer && result->clean);
    cr_expect_str_eq(result->agent, "scripted");
    scripted_clear(&run);
}

Test(player, a_peer_that_closes_first_is_told_apart) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = "[{\"expect\": \"close\"}]", .peer = "88 00; fin"}, 0);
    cr_expect(run.result->closed_by_peer && !run.result->closed_by_us && run.result->clean);
    cr_expect(run.result->close_received && !run.result->close_has_code);
    scripted_clear(&run);
}

/* ------------------------------------------------------------------ the end of our side */

Test(player, the_case_may_end_the_connection_itself) {
    static const player_row rows[] = {
        {"shutdown and the end",
         {"[{\"ping\": \"a\"}, {\"expect\": \"pong\"}, {\"shutdown\": true}, {\"expect\": \"end\"}]",
          .peer = "8a 01 'a'; @0.1 fin"},
         OK_OK},
        {"the end inside a frame of ours, for whose rest the peer waits",
         {"[{\"binary\": \"He\", \"declare\": 5, \"echo\": false}, {\"expect\": \"timeout\"}]", .peer = ""},
         PLAY_OK,
         PLAY_CLOSE_NONE,
         .reason = ""},
        {"shutdown, and nothing expected", {"[{\"shutdown\": true}]", .peer = "@0.1 fin"}, OK_OK, ""},
        {"shutdown that the peer does not follow",
         {"[{\"shutdown\": true}]", .peer = ""},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the peer did not end the connection within 1.0 s of the end of ours",
         ""},
        {"reset behind what was sent",
         {"[{\"text\": \"a\"}, {\"reset\": true}]", .peer = ""},
         PLAY_OK,
         PLAY_CLOSE_NONE,
         .reason = "",
         "0 text [(a)]"},
    };
    CHECK_ROWS(rows);
}

Test(player, wishes_for_the_transport_follow_the_steps) {
    static const struct {
        const char *steps;
        play_wish wish;
    } rows[] = {
        {"[{\"reset\": true}]", PLAY_WISH_RESET},
        {"[{\"text\": \"a\"}, {\"reset\": true}]", PLAY_WISH_RESET},
        {"[]", PLAY_WISH_CLOSE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scripted_run run;
        scripted_play(&run, &(scripted_peer){.steps = rows[i].steps}, 0);
        cr_expect_eq(run.wish, rows[i].wish, "%s", rows[i].steps);
        scripted_clear(&run);
    }
}

Test(player, a_reset_that_the_transport_never_takes_ends_with_the_clock) {
    play_options options = {.authority = "a", .resource = "/"};
    play_table *table = play_table_new();
    static const char json[] =
        "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": "
        "\"t\", \"steps\": [{\"reset\": true}]}]}";
    char error[200];
    cr_assert_eq(play_table_load(table, "t", json, strlen(json), error, sizeof error), WS_OK, "%s", error);
    play_player *player = play_player_new(play_table_get(table, 0), &options);
    play_connected(player, 0);
    cr_expect_eq(play_deadline(player), 5000000);
    play_time(player, 5000000);
    cr_expect(play_done(player));
    cr_expect_eq(play_deadline(player), INT64_MAX);
    play_player_free(player);
    play_table_free(table);
}

/* ------------------------------------------------------------------ repeat */

Test(player, repeated_steps_are_steps) {
    static const player_row rows[] = {
        {"three round trips",
         {"[{\"repeat\": 3, \"steps\": [{\"text\": \"a\"}, {\"expect\": \"echo\"}]}]",
          .peer = "@0.1 81 01 'a'; @0.2 81 01 'a'; @0.3 81 01 'a'" GOOD_END},
         OK_OK,
         "0 text [(a)]; 7 text [(a)]; 14 text [(a)]; 21 close 1000"},
        {"loops inside loops that end together",
         {"[{\"repeat\": 2, \"steps\": [{\"ping\": \"x\"}, {\"repeat\": 2, \"steps\": [{\"repeat\": 1, "
          "\"steps\": "
          "[{\"pong\": \"y\"}]}]}]}, {\"ping\": \"z\"}, {\"expect\": \"pong\"}]",
          .peer = "8a 01 'z'" GOOD_END},
         OK_OK,
         "0 ping x; 7 pong y; 14 pong y; 21 ping x; 28 pong y; 35 pong y; 42 ping z; 49 close 1000"},
        {"the first round fails",
         {"[{\"repeat\": 3, \"steps\": [{\"ping\": \"a\"}, {\"expect\": \"pong\"}]}]", .peer = "@0.1 81 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected a pong carrying \"a\"; got a text message of 0 octets beginning with nothing at "
                   "octet 0 "
                   "after "
                   "0.100 s"},
    };
    CHECK_ROWS(rows);
}

Test(player, more_frames_than_the_queue_takes_prove_nothing) {
    static const player_row rows[] = {
        {"two million pings",
         {.steps = "[{\"repeat\": 2000000, \"steps\": [{\"pong\": \"\"}]}]"},
         PLAY_INCONCLUSIVE,
         PLAY_CLOSE_NONE,
         .reason = "wspect ran out of memory"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ after the verdict */

Test(player, nothing_changes_a_verdict_that_stands) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = HELLO, .peer = "81 00"}, 0);
    char reason[300];
    snprintf(reason, sizeof reason, "%s", run.reason);
    static const uint8_t echo[] = {0x81, 5, 'H', 'e', 'l', 'l', 'o', 0x83, 0};
    play_received(run.player, run.now + 1, echo, sizeof echo);
    play_ended(run.player, run.now + 2, PLAY_END_FIN);
    play_ended(run.player, run.now + 3, PLAY_END_RESET);
    play_time(run.player, run.now + 10000000);
    cr_expect_str_eq(play_result_of(run.player)->reason, reason);
    cr_expect_eq(play_result_of(run.player)->verdict, PLAY_FAILED);
    cr_expect_eq(play_deadline(run.player), INT64_MAX);
    uint8_t buffer[64];
    cr_expect_eq(play_output(run.player, run.now + 4, buffer, sizeof buffer), 0);
    scripted_clear(&run);
}

Test(player, freeing_nothing_is_fine) {
    play_player_free(NULL);
}
