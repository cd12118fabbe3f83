/* Autobahn's way of judging under a scripted peer: timers, lists of events, round trips, and the order in
 * which the closing verdict asks its questions. */
#include "play/player.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/player_rows.h"

#define RULES(events, closing)                                                                               \
    .members = "\"rules\": \"autobahn\", \"events\": " events ", \"closing\": " closing ", "
#define BY_US   "{\"by\": \"wspect\", \"codes\": [1000], \"clean\": true}"
#define BY_PEER "{\"by\": \"peer\", \"codes\": [1002], \"clean\": false}"

#define ONE_TEXT "[{\"text\": \"a\"}, {\"arm\": \"kill\", \"seconds\": 1}]"
#define ONE_LIST "{\"OK\": [{\"text\": \"a\"}]}"

/* ------------------------------------------------------------------ lists */

Test(autobahn_rules, the_events_of_the_connection_must_equal_a_list) {
    static const player_row rows[] = {
        {"equal",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "@0.1 81 01 'a'; @0.2 88 02 03e8; fin"},
         OK_OK,
         "0 text [(a)]; 7 close 1000"},
        {"in fragments, a ping between",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "01 00 89 00 80 01 'a'; 88 02 03e8; fin"},
         OK_OK,
         "0 text [(a)]; 7 pong; 13 close 1000"},
        {"another octet",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "81 01 'b'"},
         PLAY_FAILED,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the events fit none of the accepted lists; seen: text message of 1 octets"},
        {"another type",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "82 01 'a'; @0.5 88 02 03e8; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "the events fit none of the accepted lists; seen: binary message of 1 octets"},
        {"nothing",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "@1.5 88 02 03e9; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the events fit none of the accepted lists; seen: nothing",
         "0 text [(a)]; 7 close 1001 Going\\x20Away"},
        {"a surplus event after the match",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "81 01 'a' 8a 00 88 02 03e8; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "the events fit none of the accepted lists; seen: text message of 1 octets, pong nothing"},
        {"a pong of the list",
         {"[{\"ping\": \"p\"}]", RULES("{\"OK\": [{\"pong\": \"p\"}]}", BY_US),
          .peer = "8a 01 'p'; 88 02 03e8; fin"},
         OK_OK},
        {"another pong",
         {"[{\"ping\": \"p\"}]", RULES("{\"OK\": [{\"pong\": \"p\"}]}", BY_US),
          .peer = "8a 01 'q'; 88 00; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "the events fit none of the accepted lists; seen: pong \"q\""},
        {"a longer pong",
         {"[{\"ping\": \"p\"}]", RULES("{\"OK\": [{\"pong\": \"p\"}]}", BY_US),
          .peer = "8a 02 'pp'; 88 00; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "the events fit none of the accepted lists; seen: pong \"pp\""},
        {"an echo that begins before the pong of its list and ends behind it",
         {"[{\"text\": \"ab\"}, {\"ping\": \"\"}]",
          RULES("{\"OK\": [{\"pong\": \"\"}, {\"text\": \"ab\"}]}", BY_US),
          .peer = "01 01 'a' 8a 00 80 01 'b'; 88 02 03e8; fin"},
         OK_OK},
        {"more events than are told",
         {"[{\"ping\": \"\"}]", RULES("{\"OK\": []}", BY_US),
          .peer = "8a 00 8a 00 8a 00 8a 00 8a 00 8a 00 8a 00 8a 00 8a 00 8a 00; 88 00; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "the events fit none of the accepted lists; seen: pong nothing, pong nothing, pong "
                   "nothing, pong "
                   "nothing, pong nothing, pong nothing, pong nothing, pong nothing, and more"},
    };
    CHECK_ROWS(rows);
}

#define TWO_LISTS                                                                                            \
    "{\"OK\": [{\"pong\": \"p\"}, {\"text\": \"a\"}], \"NON-STRICT\": [{\"text\": \"a\"}, {\"pong\": "       \
    "\"p\"}], "                                                                                              \
    "\"INFORMATIONAL\": [{\"text\": \"a\"}]}"
#define TWO_STEPS "[{\"text\": \"a\"}, {\"ping\": \"p\"}, {\"arm\": \"close\", \"seconds\": 1}]"

Test(autobahn_rules, the_list_that_fits_gives_the_verdict) {
    static const player_row rows[] = {
        {"first",
         {TWO_STEPS, RULES(TWO_LISTS, BY_US), .peer = "8a 01 'p' 81 01 'a'; @1.1 88 02 03e8; fin"},
         OK_OK},
        {"second",
         {TWO_STEPS, RULES(TWO_LISTS, BY_US), .peer = "81 01 'a' 8a 01 'p'; @1.1 88 02 03e8; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the events fit the list of this verdict only"},
        {"third",
         {TWO_STEPS, RULES(TWO_LISTS, BY_US), .peer = "81 01 'a'; @1.1 88 00; fin"},
         PLAY_INFORMATIONAL,
         PLAY_CLOSE_OK,
         .reason = "the events fit the list of this verdict only",
         "0 text [(a)]; 7 ping p; 14 close 1005"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, a_fifth_list_counts_like_the_first) {
    static const player_row rows[] = {
        {"fifth",
         {"[{\"ping\": \"\"}, {\"arm\": \"close\", \"seconds\": 1}]",
          RULES("{\"OK\": [{\"pong\": \"1\"}], \"NON-STRICT\": [{\"pong\": \"2\"}], \"INFORMATIONAL\": "
                "[{\"pong\": "
                "\"3\"}], \"FAILED\": [{\"pong\": \"4\"}], \"UNIMPLEMENTED\": [{\"pong\": \"5\"}]}",
                BY_US),
          .peer = "8a 01 '5'; @1.5 88 00; fin"},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_OK,
         .reason = "the events fit the list of this verdict only"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, recorded_cases_are_informational_whatever_happens) {
    static const player_row rows[] = {
        {"nothing happens",
         {"[{\"close\": 5000}, {\"arm\": \"kill\", \"seconds\": 1}]",
          .members = "\"rules\": \"autobahn\", \"verdict\": \"INFORMATIONAL\", \"closing\": " BY_US ", "},
         PLAY_INFORMATIONAL,
         PLAY_CLOSE_INFORMATIONAL,
         .reason = "recorded only; seen: nothing"},
        {"a message comes",
         {"[{\"text\": \"a\"}, {\"arm\": \"kill\", \"seconds\": 1}]",
          .members = "\"rules\": \"autobahn\", \"verdict\": \"INFORMATIONAL\", \"closing\": " BY_US ", ",
          .peer = "82 00; fin"},
         PLAY_INFORMATIONAL,
         PLAY_CLOSE_INFORMATIONAL,
         .reason = "recorded only; seen: binary message of 0 octets"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ echoes counted */

#define TRIPS "[{\"repeat\": 3, \"steps\": [{\"text\": \"abc\"}]}, {\"arm\": \"close\", \"seconds\": 60}]"

Test(autobahn_rules, round_trips_count_echoes_of_the_type_and_length) {
    static const player_row rows[] = {
        {"one echo",
         {"[{\"binary\": \"abc\"}, {\"arm\": \"close\", \"seconds\": 10}]", RULES("\"echo\"", BY_US),
          .peer = "82 03 'xyz'; 88 02 03e8; fin"},
         OK_OK,
         "0 binary [(abc)]; 9 close 1000"},
        {"an echo of another length",
         {"[{\"binary\": \"abc\"}]", RULES("\"echo\"", BY_US), .peer = "82 02 'ab'; 88 02 03e8; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "0 echoes of the right type and length came; seen: binary message of 2 octets"},
        {"three round trips",
         {TRIPS, RULES("\"round-trips\"", BY_US),
          .peer = "81 03 'abc'; 81 03 'abc'; 8a 00; 81 03 'abc'; 88 02 03e8; fin"},
         OK_OK,
         "0 text [(abc)]; 9 text [(abc)]; 18 text [(abc)]; 27 close 1000"},
        {"the second is of another type",
         {TRIPS, RULES("\"round-trips\"", BY_US), .peer = "81 03 'abc'; 82 03 'abc'; 88 02 03e8; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "1 echoes of the right type and length came; seen: text message of 3 octets, binary "
                   "message of 3 "
                   "octets",
         "0 text [(abc)]; 9 text [(abc)]; 18 close 1000"},
        {"the third does not come in time",
         {TRIPS, RULES("\"round-trips\"", BY_US),
          .peer = "@20 81 03 'abc'; @59 81 03 'abc'; @60.5 88 00; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason =
             "2 echoes of the right type and length came; seen: text message of 3 octets, text message of 3 "
             "octets",
         "0 text [(abc)]; 9 text [(abc)]; 18 text [(abc)]; 27 close 1005"},
        {"an echo behind our Close counts no more",
         {TRIPS, RULES("\"round-trips\"", BY_US), .peer = "@60.5 81 03 'abc'; 88 02 03e8; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "0 echoes of the right type and length came; seen: text message of 3 octets"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ timers */

#define PAUSED                                                                                               \
    "[{\"text\": \"a\", \"fin\": false}, {\"pause\": 1, \"tag\": \"A\"}, {\"continuation\": \"b\"}, "        \
    "{\"pause\": 1, "                                                                                        \
    "\"tag\": \"B\"}, {\"arm\": \"kill\", \"seconds\": 1}]"
#define PAUSED_LISTS                                                                                         \
    "{\"OK\": [{\"timeout\": \"A\"}], \"NON-STRICT\": [{\"timeout\": \"A\"}, {\"timeout\": \"B\"}]}"

Test(autobahn_rules, a_pause_is_an_event_while_the_connection_is_open) {
    static const player_row rows[] = {
        {"failed in the first pause",
         {PAUSED, RULES(PAUSED_LISTS, BY_PEER), .peer = "@0.5 88 02 03ea; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "the events fit none of the accepted lists; seen: nothing",
         "0 text [(a); 7 close 1002"},
        {"failed in the second pause",
         {PAUSED, RULES(PAUSED_LISTS, BY_PEER), .peer = "@1.5 88 02 03ea; fin"},
         OK_OK,
         "0 text [(a); 7 text (b)]; 14 close 1002"},
        {"failed behind both",
         {PAUSED, RULES(PAUSED_LISTS, BY_PEER), .peer = "@2.5 88 02 03ea; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the events fit the list of this verdict only"},
        {"never failed",
         {PAUSED, RULES(PAUSED_LISTS, BY_PEER), .peer = "@3.5 88 02 03e9; fin"},
         PLAY_NON_STRICT,
         PLAY_CLOSE_FAILED,
         .reason = "the events fit the list of this verdict only",
         "0 text [(a); 7 text (b)]; 14 close 1001 Going\\x20Away"},
        {"a pause without a name is no event",
         {"[{\"pause\": 1}, {\"ping\": \"p\"}]", RULES("{\"OK\": [{\"pong\": \"p\"}]}", BY_US),
          .peer = "@1.1 8a 01 'p'; 88 02 03e8; fin"},
         OK_OK,
         "0 ping p; 7 close 1000"},
        {"seconds are stretched with the time for events",
         {PAUSED, RULES(PAUSED_LISTS, BY_PEER), .peer = "@1.5 88 02 03ea; fin",
          .options = {.event_timeout_us = 4000000}},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "the events fit none of the accepted lists; seen: nothing"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, a_kill_timer_closes_and_then_drops) {
    static const player_row rows[] = {
        {"open: Close 1001",
         {"[{\"arm\": \"kill\", \"seconds\": 1}]", RULES("{\"OK\": []}", BY_US),
          .peer = "@1.5 88 02 03e9; fin"},
         PLAY_OK,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer's Close carries 1001 (going away)",
         "0 close 1001 Going\\x20Away"},
        {"closing: the end of TCP",
         {"[{\"close\": 1000}, {\"arm\": \"kill\", \"seconds\": 0.5}]", RULES("{\"OK\": []}", BY_US)},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the closing handshake was not clean"},
        {"after the peer's Close: the end of TCP",
         {"[{\"arm\": \"kill\", \"seconds\": 1}]", RULES("{\"OK\": []}", BY_PEER), .peer = "@0.5 88 02 03ea"},
         PLAY_OK,
         PLAY_CLOSE_FAILED_BY_CLIENT,
         .reason = "wspect had to end the connection"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, a_close_timer_closes_once) {
    static const player_row rows[] = {
        {"open",
         {"[{\"arm\": \"close\", \"seconds\": 1}]", RULES("{\"OK\": []}", BY_US), .peer = "@1.5 88 00; fin"},
         OK_OK,
         "0 close 1005"},
        {"closing already",
         {"[{\"close\": 1000}, {\"arm\": \"close\", \"seconds\": 0.5}]", RULES("{\"OK\": []}", BY_US),
          .peer = "@0.9 88 02 03e8; fin"},
         OK_OK,
         "0 close 1000"},
    };
    CHECK_ROWS(rows);
}

/* With five connections at once a peer has five times as long for its round trips, while they go on. */
Test(autobahn_rules, a_peer_of_many_connections_has_a_share_of_their_time) {
    static const player_row rows[] = {
        {"it goes on",
         {TRIPS, RULES("\"round-trips\"", BY_US),
          .peer = "@20 81 03 'abc'; @59 81 03 'abc'; @60.5 81 03 'abc'; 88 02 03e8; fin",
          .options = {.connections = 5}},
         OK_OK,
         "0 text [(abc)]; 9 text [(abc)]; 18 text [(abc)]; 27 close 1000"},
        {"it stands still",
         {TRIPS, RULES("\"round-trips\"", BY_US),
          .peer = "@20 81 03 'abc'; @50 81 03 'abc'; @60.5 88 00; fin", .options = {.connections = 5}},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason =
             "2 echoes of the right type and length came; seen: text message of 3 octets, text message of 3 "
             "octets",
         "0 text [(abc)]; 9 text [(abc)]; 18 text [(abc)]; 27 close 1005"},
        {"pongs alone gain no time",
         {TRIPS, RULES("\"round-trips\"", BY_US), .peer = "@58.5 8a 00; @59.5 8a 00; @60.5 8a 00 88 00; fin",
          .options = {.connections = 5}},
         PLAY_FAILED,
         PLAY_CLOSE_OK,
         .reason = "0 echoes of the right type and length came; seen: nothing"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ closing verdict */

#define CLOSING(by, clean, more) "{\"by\": \"" by "\", \"codes\": [1000, 1002], \"clean\": " clean more "}"
#define CLOSE                    "[{\"close\": 1000}]"
#define NOTHING                  "{\"OK\": []}"

Test(autobahn_rules, the_closing_verdict_asks_for_side_cleanness_code_and_end_in_this_order) {
    static const player_row rows[] = {
        {"all is well",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "88 02 03ea; fin"},
         OK_OK},
        {"the wrong side, an unlisted code and no end",
         {"[]", RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "88 02 0fa0"},
         PLAY_OK,
         PLAY_CLOSE_FAILED,
         .reason = "the peer closed first"},
        {"we were not to close",
         {CLOSE, RULES(NOTHING, CLOSING("peer", "false", "")), .peer = "88 02 03ea; fin"},
         PLAY_OK,
         PLAY_CLOSE_FAILED,
         .reason = "wspect had to close first"},
        {"not clean, an unlisted code",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "88 02 0fa0"},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the closing handshake was not clean"},
        {"an unlisted code and no end",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "false", "")), .peer = "88 02 0fa0"},
         PLAY_OK,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer's Close carries 4000 (private code)"},
        {"no end",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "false", "")), .peer = "88 02 03ea"},
         PLAY_OK,
         PLAY_CLOSE_FAILED_BY_CLIENT,
         .reason = "wspect had to end the connection"},
        {"no Close in answer",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "@0.5 fin"},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the closing handshake was not clean"},
        {"no code is every code",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "88 00; fin"},
         OK_OK},
        {"the end without Close where the peer is to close",
         {"[]", RULES(NOTHING, CLOSING("peer", "false", "")), .peer = "@0.5 reset"},
         OK_OK},
        {"a client need not end TCP",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "88 82 00000000 03ea",
          .options = {.role = WS_SERVER}},
         OK_OK},
        {"a client closes first",
         {"[]", RULES(NOTHING, CLOSING("peer", "true", "")), .peer = "88 82 00000000 03ea",
          .options = {.role = WS_SERVER}},
         OK_OK,
         "0 close 1002"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, wrong_codes_and_sides_may_fail_the_case) {
    static const player_row rows[] = {
        {"code",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "false", ", \"wrong-code\": \"fails\"")),
          .peer = "88 02 0fa0; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_WRONG_CODE,
         .reason = "the peer's Close carries 4000 (private code)"},
        {"side",
         {CLOSE, RULES(NOTHING, CLOSING("peer", "false", ", \"wrong-side\": \"fails\"")),
          .peer = "88 02 03ea; fin"},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "wspect had to close first"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, a_bad_close_is_refused) {
    static const player_row rows[] = {
        {"a code that must not be sent",
         {"[]", RULES(NOTHING, CLOSING("peer", "false", "")), .peer = "88 02 03ed; @0.5 88 00; fin"},
         PLAY_OK,
         PLAY_CLOSE_FAILED,
         .reason = "wspect had to close first",
         "0 close 1002"},
        {"one octet",
         {"[]", RULES(NOTHING, CLOSING("peer", "false", "")), .peer = "88 01 03; fin"},
         PLAY_OK,
         PLAY_CLOSE_FAILED,
         .reason = "wspect had to close first",
         "0 close 1002"},
        {"a reason that is not UTF-8",
         {"[]", RULES(NOTHING, CLOSING("peer", "false", "")), .peer = "88 03 03e8 ff; fin"},
         PLAY_OK,
         PLAY_CLOSE_FAILED,
         .reason = "wspect had to close first",
         "0 close 1007"},
        {"in answer to ours: unclean",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "true", "")), .peer = "88 02 03ed; fin"},
         PLAY_OK,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the closing handshake was not clean"},
    };
    CHECK_ROWS(rows);
}

Test(autobahn_rules, a_broken_rule_makes_us_close_or_drop) {
    static const player_row rows[] = {
        {"while open",
         {ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "@0.5 83 00"},
         PLAY_FAILED,
         PLAY_CLOSE_UNCLEAN,
         .reason = "the events fit none of the accepted lists; seen: nothing",
         "0 text [(a)]; 7 close 1002"},
        {"while closing",
         {CLOSE, RULES(NOTHING, CLOSING("wspect", "false", "")), .peer = "@0.5 83 00"},
         PLAY_OK,
         PLAY_CLOSE_FAILED_BY_CLIENT,
         .reason = "wspect had to end the connection"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ the result */

Test(autobahn_rules, a_timer_that_decided_makes_the_verdict_doubtful) {
    static const struct {
        scripted_peer play;
        bool timed_out;
    } rows[] = {
        {{ONE_TEXT, RULES(ONE_LIST, BY_US)}, true},
        {{ONE_TEXT, RULES(ONE_LIST, BY_US), .peer = "81 01 'b'; @0.5 88 00; fin"}, false},
        {{"[{\"arm\": \"close\", \"seconds\": 1}]", RULES(NOTHING, BY_US), .peer = "@1.5 88 00; fin"}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scripted_run run;
        scripted_play(&run, &rows[i].play, 0);
        cr_expect_eq(run.result->timed_out, rows[i].timed_out, "row %zu", i);
        scripted_clear(&run);
    }
}

Test(autobahn_rules, who_closed_is_told_as_autobahn_counts) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){"[]", RULES(NOTHING, BY_PEER), .peer = "88 02 03ea; fin"}, 0);
    cr_expect(run.result->closed_by_peer && !run.result->closed_by_us && run.result->clean);
    scripted_clear(&run);
    scripted_play(&run, &(scripted_peer){CLOSE, RULES(NOTHING, BY_US), .peer = "88 02 03e8; fin"}, 0);
    cr_expect(!run.result->closed_by_peer && run.result->closed_by_us && run.result->clean);
    scripted_clear(&run);
}
