/* permessage-deflate in native cases: what is offered and answered, what is compressed, and what a peer may
 * send. */
#include "play/player.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/player_rows.h"
#include "wire/deflate.h"
#include "wire/receiver.h"

#define DEFLATE(members) "\"deflate\": {" members "}, "
#define OFFER(text)      DEFLATE("\"offer\": \"" text "\"")

#define UPGRADE         "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define EXTENSION(text) "Sec-WebSocket-Extensions: " text "\r\n"
#define SWITCH(lines)                                                                                        \
    "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE "Sec-WebSocket-Accept: {accept}\r\n" lines "\r\n"
#define ANSWER(text) SWITCH(EXTENSION(text))
#define GET(lines)                                                                                           \
    "GET / HTTP/1.1\r\nHost: a\r\n" UPGRADE                                                                  \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" lines "\r\n"
#define AS_SERVER .options = {.role = WS_SERVER}

#define HELLO        "{\"text\": \"Hello\", \"compressed\": true}"
#define EXPECT_ECHO  "{\"expect\": \"echo\"}"
#define ECHOED_HELLO "[" HELLO ", " EXPECT_ECHO "]"

/* ------------------------------------------------------------------ offers */

static bool has_line(const scripted_run *run, const char *line) {
    char text[400];
    snprintf(text, sizeof text, "\r\n%s\r\n", line);
    return strstr(run->head, text) != NULL;
}

Test(play_deflate, a_server_is_offered_what_the_case_says) {
    static const struct {
        const char *members, *line;
    } rows[] = {
        {DEFLATE(""), "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"},
        {OFFER("permessage-deflate"), "Sec-WebSocket-Extensions: permessage-deflate"},
        {OFFER("a;b=\\\"c\\\", permessage-deflate; server_max_window_bits=9"),
         "Sec-WebSocket-Extensions: a;b=\"c\", permessage-deflate; server_max_window_bits=9"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scripted_run run;
        scripted_play(&run, &(scripted_peer){.members = rows[i].members, .head = "", .peer = "fin"}, 0);
        cr_expect(has_line(&run, rows[i].line), "%s", run.head);
        scripted_clear(&run);
    }
}

Test(play_deflate, nothing_is_offered_where_the_case_says_nothing) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.head = "", .peer = "fin"}, 0);
    cr_expect_null(strstr(run.head, "Sec-WebSocket-Extensions"));
    scripted_clear(&run);
}

Test(play_deflate, a_server_may_answer_within_the_offer) {
    static const struct {
        const char *offer, *answer;
    } rows[] = {
        {"permessage-deflate", "permessage-deflate"},
        {"permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"permessage-deflate", "permessage-deflate; server_max_window_bits=8"},
        {"permessage-deflate", "permessage-deflate; server_max_window_bits=\\\"15\\\""},
        {"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"},
        {"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=9"},
        {"permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=8"},
        {"permessage-deflate; client_max_window_bits=9", "permessage-deflate; client_max_window_bits=15"},
        {"permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"},
        {"permessage-deflate; server_max_window_bits=9, permessage-deflate", "permessage-deflate"},
        {"permessage-deflate; x, permessage-deflate; client_max_window_bits",
         "permessage-deflate; client_max_window_bits=9"},
        {"x-other, permessage-deflate", "permessage-deflate"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char members[300], head[400];
        snprintf(members, sizeof members, OFFER("%s"), rows[i].offer);
        snprintf(head, sizeof head, ANSWER("%s"), rows[i].answer);
        for (char *escape = head; (escape = strstr(escape, "\\\"")) != NULL;)
            memmove(escape, escape + 1, strlen(escape));
        const player_row row = {
            rows[i].answer,
            {ECHOED_HELLO, .members = members, .head = head, .peer = "c1 07 f248cdc9c90700; 88 02 03e8; fin"},
            OK_OK};
        const char *wrong = player_row_play(&row);
        cr_expect_null(wrong, "%s", wrong);
    }
}

#define BENT_OFFER                                                                                           \
    "\"handshake\": {\"request\": {\"set\": {\"Sec-WebSocket-Extensions\": \"permessage-deflate\"}}}, "

Test(play_deflate, what_a_bent_request_has_offered_may_be_compressed) {
    static const player_row rows[] = {
        {"a greeting",
         {"[{\"expect\": {\"message\": {\"text\": \"Hello\"}}}]", .members = BENT_OFFER,
          .head = ANSWER("permessage-deflate"), .peer = "c1 07 f248cdc9c90700" GOOD_END},
         OK_OK},
        {"when it was not taken",
         {"[{\"expect\": {\"message\": {\"text\": \"Hello\"}}}]", .members = BENT_OFFER, .head = ANSWER("x"),
          .peer = "c1 07 f248cdc9c90700"},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the response names an extension that was not offered (RFC 6455 4.2.2, "
                   "at octet 127 of the response)"},
    };
    CHECK_ROWS(rows);
}

Test(play_deflate, a_server_that_does_not_take_the_offer_is_unimplemented) {
    static const player_row rows[] = {
        {"no extensions",
         {ECHOED_HELLO, .members = DEFLATE(""), .head = SWITCH("")},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = "the server does not take permessage-deflate as it was offered"},
        {"another extension that was offered too",
         {ECHOED_HELLO, .members = OFFER("permessage-deflate, x-other"), .head = ANSWER("x-other")},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = "the server takes another of the extensions offered in place of permessage-deflate"},
        {"in a handshake that the case judges",
         {ECHOED_HELLO, .members = DEFLATE("") "\"handshake\": {\"expect\": \"accepted\"}, ",
          .head = SWITCH("")},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = "the server does not take permessage-deflate as it was offered"},
    };
    CHECK_ROWS(rows);
}

typedef struct answer_row {
    const char *offer, *answer, *reason;
} answer_row;

Test(play_deflate, an_answer_that_does_not_fit_the_offer_fails) {
    static const answer_row rows[] = {
        {"permessage-deflate", "permessage-deflate; mem_level=8",
         "permessage-deflate has a parameter that RFC 7692 does not define"},
        {"permessage-deflate", "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
         "permessage-deflate has the same parameter twice"},
        {"permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits",
         "a max_window_bits parameter stands without the value it needs"},
        {"permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits",
         "a max_window_bits parameter stands without the value it needs"},
        {"permessage-deflate", "permessage-deflate; client_no_context_takeover=1",
         "a no_context_takeover parameter has a value"},
        {"permessage-deflate", "permessage-deflate; server_max_window_bits=09",
         "a max_window_bits value is not a decimal number from 8 to 15 without leading zero"},
        {"permessage-deflate", "permessage-deflate; server_max_window_bits=16",
         "a max_window_bits value is not a decimal number from 8 to 15 without leading zero"},
        {"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=11",
         "the answer does not keep server_max_window_bits within the value that the client offered"},
        {"permessage-deflate; server_max_window_bits=10", "permessage-deflate",
         "the answer does not keep server_max_window_bits within the value that the client offered"},
        {"permessage-deflate", "permessage-deflate; client_max_window_bits=15",
         "the answer has client_max_window_bits although the client did not offer it"},
        {"permessage-deflate; server_no_context_takeover", "permessage-deflate",
         "the answer leaves out server_no_context_takeover although the client asked for it"},
        {"permessage-deflate; server_no_context_takeover, permessage-deflate; server_max_window_bits=9",
         "permessage-deflate",
         "the answer leaves out server_no_context_takeover although the client asked for it"},
        {"permessage-deflate", "permessage-deflate, permessage-deflate",
         "the server answered with permessage-deflate more than once"},
        {"permessage-deflate; x", "permessage-deflate",
         "the server accepts an offer that has to be declined: no other was made"},
        {"permessage-deflate, x-other", "x-other, permessage-deflate",
         "the server accepts another extension beside permessage-deflate, and RSV1 can serve one"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char members[300], head[400], reason[300];
        snprintf(members, sizeof members, OFFER("%s"), rows[i].offer);
        snprintf(head, sizeof head, ANSWER("%s"), rows[i].answer);
        snprintf(reason, sizeof reason, "opening handshake: permessage-deflate: %s", rows[i].reason);
        const player_row row = {rows[i].answer,
                                {.members = members, .head = head},
                                PLAY_FAILED,
                                PLAY_CLOSE_FAILED,
                                .reason = reason};
        const char *wrong = player_row_play(&row);
        cr_expect_null(wrong, "%s", wrong);
    }
}

Test(play_deflate, an_answer_in_two_fields_is_two_answers) {
    static const player_row rows[] = {
        {"twice",
         {.members = DEFLATE(""),
          .head = SWITCH(EXTENSION("permessage-deflate") EXTENSION("permessage-deflate"))},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: permessage-deflate: the server answered with permessage-deflate more "
                   "than once"},
    };
    CHECK_ROWS(rows);
}

#define TWO_LINES                                                                                            \
    OFFER("permessage-deflate; x")                                                                           \
    "\"handshake\": {\"request\": {\"add\": [[\"Sec-WebSocket-Extensions\", "                                \
    "\"permessage-deflate; server_no_context_takeover\"]]}}, "

Test(play_deflate, offers_in_two_lines_are_one_list) {
    static const player_row rows[] = {
        {"the offer of the second line",
         {.members = TWO_LINES,
          .head = ANSWER("permessage-deflate; server_no_context_takeover"),
          .peer = "88 02 03e8; fin"},
         PLAY_OK,
         PLAY_CLOSE_OK,
         .reason = ""},
        {"that of the first",
         {.members = TWO_LINES, .head = ANSWER("permessage-deflate")},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: permessage-deflate: the answer leaves out server_no_context_takeover "
                   "although the client asked for it"},
    };
    CHECK_ROWS(rows);
}

Test(play_deflate, an_answer_that_breaks_the_grammar_or_was_not_asked_for_fails_the_handshake) {
    static const char grammar[] = "opening handshake: the Sec-WebSocket-Extensions field is not a list of "
                                  "extensions (RFC 6455 9.1, at octet 127 of the response)";
    static const player_row rows[] = {
        {"grammar",
         {.members = DEFLATE(""), .head = ANSWER("permessage-deflate;;")},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = grammar},
        {"empty",
         {.members = DEFLATE(""), .head = ANSWER("")},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = grammar},
        {"no offer",
         {.head = ANSWER("permessage-deflate")},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the response names an extension that was not offered (RFC 6455 4.2.2, "
                   "at octet 127 of the response)"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ answers */

typedef struct taken_row {
    const char *members, *offer, *answer;
} taken_row;

Test(play_deflate, a_client_s_offer_is_answered_as_the_case_says) {
    static const taken_row rows[] = {
        {"", "permessage-deflate", "permessage-deflate"},
        {"", "permessage-deflate; client_max_window_bits", "permessage-deflate"},
        {"", "permessage-deflate; server_max_window_bits=10; server_no_context_takeover",
         "permessage-deflate; server_no_context_takeover; server_max_window_bits=10"},
        {"\"no-context-takeover\": true", "permessage-deflate",
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
        {"\"window-bits\": 9", "permessage-deflate; client_max_window_bits",
         "permessage-deflate; client_max_window_bits=9"},
        {"\"window-bits\": 9", "permessage-deflate", "permessage-deflate"},
        {"\"window-bits\": 15", "permessage-deflate; client_max_window_bits",
         "permessage-deflate; client_max_window_bits=15"},
        {"\"window-bits\": 15", "permessage-deflate; client_max_window_bits=12",
         "permessage-deflate; client_max_window_bits=12"},
        {"\"window-bits\": 15", "permessage-deflate", "permessage-deflate"},
        {"\"window-bits\": 0", "permessage-deflate; client_max_window_bits", "permessage-deflate"},
        {"\"client-no-context-takeover\": true", "permessage-deflate",
         "permessage-deflate; client_no_context_takeover"},
        {"\"window-bits\": 9, \"window-needed\": true",
         "permessage-deflate; server_max_window_bits=10, permessage-deflate; client_max_window_bits",
         "permessage-deflate; client_max_window_bits=9"},
        {"\"window-bits\": 12", "permessage-deflate; client_max_window_bits=10",
         "permessage-deflate; client_max_window_bits=10"},
        {"", "x-other; a=1, permessage-deflate; mem_level=1, permessage-deflate; server_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=9"},
        {"\"server-no-context-takeover\": true", "permessage-deflate",
         "permessage-deflate; server_no_context_takeover"},
        {"\"server-window-bits\": 9", "permessage-deflate", "permessage-deflate; server_max_window_bits=9"},
        {"\"server-window-bits\": 9", "permessage-deflate; server_max_window_bits=12",
         "permessage-deflate; server_max_window_bits=9"},
        {"\"server-window-bits\": 15", "permessage-deflate", "permessage-deflate; server_max_window_bits=15"},
        {"\"server-window-bits\": 15", "permessage-deflate; server_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=9"},
        {"\"wrong\": \"client-window\"", "permessage-deflate",
         "permessage-deflate; client_max_window_bits=12"},
        {"\"wrong\": \"server-window\"", "permessage-deflate; server_max_window_bits=9",
         "permessage-deflate; server_max_window_bits=10"},
        {"\"wrong\": \"without-server-window\"", "permessage-deflate; server_max_window_bits=9",
         "permessage-deflate"},
        {"\"wrong\": \"without-server-no-context-takeover\"",
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
         "permessage-deflate; client_no_context_takeover"},
        {"\"wrong\": \"unoffered\"", "x-other", "permessage-deflate"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char members[200], head[400], line[300];
        scripted_run run;
        snprintf(members, sizeof members, DEFLATE("%s"), rows[i].members);
        snprintf(head, sizeof head, GET(EXTENSION("%s")), rows[i].offer);
        snprintf(line, sizeof line, "Sec-WebSocket-Extensions: %s", rows[i].answer);
        scripted_play(
            &run,
            &(scripted_peer){.members = members, .head = head, .peer = "88 82 00000000 03e8", AS_SERVER}, 0);
        cr_expect(has_line(&run, line), "%s", run.head);
        cr_expect_eq(run.result->verdict, PLAY_OK, "%s", run.reason);
        scripted_clear(&run);
    }
}

Test(play_deflate, a_client_s_offer_is_not_taken_where_the_case_says_nothing) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){
                      .head = GET(EXTENSION("permessage-deflate")), .peer = "88 82 00000000 03e8", AS_SERVER},
                  0);
    cr_expect_null(strstr(run.head, "Sec-WebSocket-Extensions"));
    cr_expect_eq(run.result->verdict, PLAY_OK, "%s", run.reason);
    scripted_clear(&run);
}

Test(play_deflate, a_client_that_offers_nothing_fit_is_unimplemented) {
    static const char reason[] = "the client does not offer permessage-deflate";
    static const player_row rows[] = {
        {"nothing",
         {.members = DEFLATE(""), .head = GET(""), AS_SERVER},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = reason},
        {"another extension",
         {.members = DEFLATE(""), .head = GET(EXTENSION("x-other")), AS_SERVER},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = reason},
        {"only parameters that are none",
         {.members = DEFLATE(""), .head = GET(EXTENSION("permessage-deflate; mem_level=8")), AS_SERVER},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = reason},
        {"no window of its own, where one is needed",
         {.members = DEFLATE("\"window-bits\": 9, \"window-needed\": true"),
          .head = GET(EXTENSION("permessage-deflate; server_max_window_bits=9")),
          AS_SERVER},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = "the client does not offer permessage-deflate with client_max_window_bits"},
        {"a field that breaks the grammar",
         {.members = DEFLATE(""), .head = GET(EXTENSION("permessage-deflate;;")), AS_SERVER},
         PLAY_UNIMPLEMENTED,
         PLAY_CLOSE_NONE,
         .reason = reason},
    };
    CHECK_ROWS(rows);
}

Test(play_deflate, a_client_to_which_an_answer_would_be_right_is_not_given_it_as_a_wrong_one) {
    static const struct {
        const char *wrong, *offer;
    } rows[] = {
        {"client-window", "permessage-deflate; client_max_window_bits"},
        {"client-window", "permessage-deflate, permessage-deflate; client_max_window_bits"},
        {"server-window", "permessage-deflate"},
        {"server-window", "permessage-deflate; server_max_window_bits=15"},
        {"server-window", "permessage-deflate; server_max_window_bits=9, permessage-deflate"},
        {"without-server-window", "permessage-deflate"},
        {"without-server-window", "permessage-deflate; server_max_window_bits=15"},
        {"without-server-no-context-takeover", "permessage-deflate"},
        {"without-server-no-context-takeover",
         "permessage-deflate; server_no_context_takeover, permessage-deflate"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char members[200], head[400];
        snprintf(members, sizeof members, DEFLATE("\"wrong\": \"%s\""), rows[i].wrong);
        snprintf(head, sizeof head, GET(EXTENSION("%s")), rows[i].offer);
        const player_row row = {rows[i].wrong,
                                {.members = members, .head = head, AS_SERVER},
                                PLAY_UNIMPLEMENTED,
                                PLAY_CLOSE_NONE,
                                .reason = "the client offers nothing to which this would be a wrong answer"};
        const char *wrong = player_row_play(&row);
        cr_expect_null(wrong, "row %zu: %s", i, wrong);
    }
}

Test(play_deflate, a_client_s_offer_that_breaks_a_rule_fails) {
    static const player_row rows[] = {
        {"a window of 16 bits",
         {.members = DEFLATE(""),
          .head = GET(EXTENSION("permessage-deflate; server_max_window_bits=16")),
          AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the client's offer: a max_window_bits value is not a decimal number "
                   "from 8 to 15 without leading zero"},
        {"a flag with a value, beside a good offer",
         {.members = DEFLATE(""),
          .head = GET(EXTENSION("permessage-deflate, permessage-deflate; client_no_context_takeover=1")),
          AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the client's offer: a no_context_takeover parameter has a value"},
        {"a parameter twice",
         {.members = DEFLATE(""),
          .head = GET(EXTENSION("permessage-deflate; client_max_window_bits; client_max_window_bits=9")),
          AS_SERVER},
         PLAY_FAILED,
         PLAY_CLOSE_FAILED,
         .reason = "opening handshake: the client's offer: permessage-deflate has the same parameter twice"},
    };
    CHECK_ROWS(rows);
}

/* Only a server's preference among offers is looked at with parameters so far. */
Test(play_deflate, an_extension_of_the_answer_is_looked_for_with_its_parameters) {
#define WANTED(text)                                                                                         \
    OFFER("permessage-deflate; server_no_context_takeover, permessage-deflate")                              \
    "\"handshake\": {\"expect\": {\"OK\": [{\"accepted\": true, \"fields\": {\"Sec-WebSocket-Extensions\": " \
    "{\"has\": \"" text "\", \"otherwise\": \"NON-STRICT\"}}}]}}, "
#define HELLO_BACK ECHOED_HELLO, .peer = "c1 07 f248cdc9c90700; 88 02 03e8; fin"
    static const char flag[] = "the response with status 101 should have "
                               "permessage-deflate; server_no_context_takeover in Sec-WebSocket-Extensions";
    static const player_row rows[] = {
        {"with others",
         {HELLO_BACK, .members = WANTED("permessage-deflate; server_no_context_takeover"),
          .head = ANSWER("permessage-deflate;server_max_window_bits=15;server_no_context_takeover")},
         OK_OK},
        {"without it",
         {HELLO_BACK, .members = WANTED("permessage-deflate; server_no_context_takeover"),
          .head = ANSWER("permessage-deflate")},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = flag},
        {"with another value",
         {HELLO_BACK, .members = WANTED("permessage-deflate; server_max_window_bits=10"),
          .head = ANSWER("permessage-deflate; server_max_window_bits=9")},
         PLAY_NON_STRICT,
         PLAY_CLOSE_OK,
         .reason = "the response with status 101 should have "
                   "permessage-deflate; server_max_window_bits=10 in Sec-WebSocket-Extensions"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ compressing */

/* What the player sent behind its head, inflated by what both sides agreed on. */
static void log_sent(const scripted_run *run, ws_role role, ws_deflate_agreement agreement, event_log *log) {
    ws_receiver *receiver =
        ws_receiver_new(&(ws_receiver_config){.reader = {.role = role == WS_CLIENT ? WS_SERVER : WS_CLIENT},
                                              .deflate = true,
                                              .agreement = agreement});
    size_t at = 0;
    bool more = true;
    while (more) {
        ws_event event;
        size_t used;
        more = ws_receiver_next(receiver, run->sent.data + at, run->sent.size - at, &used, &event);
        at += used;
        if (more)
            event_log_add(log, &event);
    }
    ws_receiver_free(receiver);
}

typedef struct sent_row {
    const char *name;
    const char *members; /* of "deflate" */
    const char *answer;  /* the server's */
    const char *steps;
    ws_deflate_agreement agreement;
    const char *log; /* of what is sent */
} sent_row;

static void check_sent(const sent_row *row) {
    char members[200], head[300];
    scripted_run run;
    event_log log;
    snprintf(members, sizeof members, DEFLATE("%s"), row->members);
    snprintf(head, sizeof head, ANSWER("%s"), row->answer);
    scripted_play(&run, &(scripted_peer){row->steps, .members = members, .head = head, .peer = "88 00; fin"},
                  0);
    event_log_init(&log, false);
    log_sent(&run, WS_CLIENT, row->agreement, &log);
    const char *text = event_log_text(&log);
    cr_expect_str_eq(text, row->log, "%s: %s\n  %s\nshould be\n  %s", row->name, run.reason, text, row->log);
    event_log_clear(&log);
    scripted_clear(&run);
}

#define USUAL_WINDOW                                                                                         \
    { .window_bits = 15 }
#define ABC(length) "{\"text\": {\"repeat\": \"abc\", \"length\": " length "}, \"compressed\": true}"

Test(play_deflate, messages_are_compressed_in_every_form) {
    static const sent_row rows[] = {
        {"text", "", "permessage-deflate", "[" HELLO "]", USUAL_WINDOW,
         "0 text deflated [(Hello)]; 13 close 1000"},
        {"binary", "", "permessage-deflate", "[{\"binary\": {\"hex\": \"00ff\"}, \"compressed\": true}]",
         USUAL_WINDOW, "0 binary deflated [(\\x00\\xff)]; 10 close 1000"},
        {"nothing", "", "permessage-deflate", "[{\"text\": \"\", \"compressed\": true}]", USUAL_WINDOW,
         "0 text deflated [()]; 7 close 1000"},
        {"generated", "", "permessage-deflate", "[" ABC("12") "]", USUAL_WINDOW,
         "0 text deflated [(abcabcabcabc)]; 14 close 1000"},
        {"beside a message that is not", "", "permessage-deflate",
         "[" HELLO ", {\"text\": \"Hi\"}, " HELLO "]", USUAL_WINDOW,
         "0 text deflated [(Hello)]; 13 text [(Hi)]; 21 text deflated [(Hello)]; 32 close 1000"},
        {"with stored blocks", "\"level\": 0", "permessage-deflate", "[" HELLO ", " HELLO "]", USUAL_WINDOW,
         "0 text deflated [(Hello)]; 17 text deflated [(Hello)]; 34 close 1000"},
        {"at the highest level", "\"level\": 9", "permessage-deflate", "[" ABC("12") "]", USUAL_WINDOW,
         "0 text deflated [(abcabcabcabc)]; 14 close 1000"},
        {"with fixed codes", "\"fixed-codes\": true", "permessage-deflate", "[" ABC("12") "]", USUAL_WINDOW,
         "0 text deflated [(abcabcabcabc)]; 14 close 1000"},
        {"without context",
         "",
         "permessage-deflate; client_no_context_takeover",
         "[" HELLO ", " HELLO "]",
         {.window_bits = 15, .no_context_takeover = true},
         "0 text deflated [(Hello)]; 13 text deflated [(Hello)]; 26 close 1000"},
        {"in a small window",
         "",
         "permessage-deflate; client_max_window_bits=8",
         "[{\"text\": {\"concat\": [\"Hello\", {\"repeat\": \"x\", \"length\": 300}, \"Hello\"]}, "
         "\"compressed\": true}]",
         {.window_bits = 8},
         "0 text deflated [(Hellox{300}Hello)]; 23 close 1000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_sent(&rows[i]);
}

typedef struct octets_row {
    const char *name, *members, *offer, *steps;
    const char *octets; /* that the player sends, as hex, up to its Close */
} octets_row;

/* As a server, which does not mask. */
static void check_octets(const octets_row *row) {
    char members[200], head[300], hex[400] = "";
    scripted_run run;
    snprintf(members, sizeof members, DEFLATE("%s"), row->members);
    snprintf(head, sizeof head, GET(EXTENSION("%s")), row->offer);
    scripted_play(
        &run, &(scripted_peer){row->steps, .members = members, .head = head, .peer = "fin", AS_SERVER}, 0);
    for (size_t i = 0; i + 4 < run.sent.size && i < 190; i++)
        snprintf(hex + 2 * i, 3, "%02x", run.sent.data[i]);
    cr_expect_str_eq(hex, row->octets, "%s: %s\n  %s\nshould be\n  %s", row->name, run.reason, hex,
                     row->octets);
    scripted_clear(&run);
}

/* The examples of RFC 7692 7.2.3. */
Test(play_deflate, compressed_messages_are_those_of_the_rfc) {
    static const octets_row rows[] = {
        {"one frame", "", "permessage-deflate", "[" HELLO "]", "c107f248cdc9c90700"},
        {"two fragments", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"fragments\": 3}]", "4103f248cd0003c9c907800100"},
        {"fragments of chosen sizes", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"fragments\": [0, 3, 0, 4]}]",
         "41000003f248cd00000004c9c907008000"},
        {"an empty frame behind a full one", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"fragments\": 1, \"empty-if-full\": true}]",
         "4101f20001480001cd0001c90001c90001070001008000"},
        {"no empty frame behind one that is not full", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"fragments\": 4, \"empty-if-full\": true}]",
         "4104f248cdc98003c90700"},
        {"no empty frame behind the only one", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"fragments\": 7, \"empty-if-full\": true}]",
         "c107f248cdc9c90700"},
        {"an empty fragment at the end", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"fragments\": 7, \"empty-last\": true}]",
         "4107f248cdc9c907008000"},
        {"the context is kept", "", "permessage-deflate", "[" HELLO ", " HELLO "]",
         "c107f248cdc9c90700c105f200110000"},
        {"the context is dropped", "\"no-context-takeover\": true", "permessage-deflate",
         "[" HELLO ", " HELLO "]", "c107f248cdc9c90700c107f248cdc9c90700"},
        {"the context is dropped because the client asks for it", "",
         "permessage-deflate; server_no_context_takeover", "[" HELLO ", " HELLO "]",
         "c107f248cdc9c90700c107f248cdc9c90700"},
        {"the context is kept against the agreement", "\"no-context-takeover\": true, \"beyond\": true",
         "permessage-deflate", "[" HELLO ", " HELLO "]", "c107f248cdc9c90700c105f200110000"},
        {"a stored block", "\"level\": 0", "permessage-deflate", "[" HELLO "]", "c10b000500faff48656c6c6f00"},
        {"fixed codes", "\"fixed-codes\": true", "permessage-deflate", "[" HELLO "]", "c107f248cdc9c90700"},
        {"nothing", "", "permessage-deflate", "[{\"binary\": \"\", \"compressed\": true}]", "c20100"},
        {"further reserved bits", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"rsv\": 3}]", "f107f248cdc9c90700"},
        {"a length that lies", "", "permessage-deflate",
         "[{\"text\": \"Hello\", \"compressed\": true, \"declare\": 9}, {\"payload\": \"ab\"}]",
         "c109f248cdc9c907006162"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_octets(&rows[i]);
}

Test(play_deflate, a_compressed_message_is_chopped_like_any_other) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){"[{\"text\": \"Hello\", \"compressed\": true, \"chop\": 4}, " EXPECT_ECHO
                                   "]",
                                   .members = DEFLATE(""), .head = GET(EXTENSION("permessage-deflate")),
                                   .peer = "fin", AS_SERVER},
                  0);
    cr_expect_str_eq(run.writes, "4 4 1");
    scripted_clear(&run);
}

Test(play_deflate, a_message_of_more_than_64_mib_is_not_compressed_and_proves_nothing) {
    static const player_row rows[] = {
        {"one octet more",
         {"[{\"binary\": {\"repeat\": \"a\", \"length\": 67108865}, \"compressed\": true}]",
          .members = DEFLATE(""), .head = ANSWER("permessage-deflate")},
         PLAY_INCONCLUSIVE,
         PLAY_CLOSE_NONE,
         .reason = "wspect ran out of memory"},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ what a peer may send */

#define PLAIN_OFFER OFFER("permessage-deflate")
#define PLAIN       ANSWER("permessage-deflate")
#define TO_SERVER   .members = PLAIN_OFFER, .head = PLAIN
#define TO_CLIENT   .members = DEFLATE(""), .head = GET(EXTENSION("permessage-deflate")), AS_SERVER

Test(play_deflate, an_echo_is_the_message_in_any_compressed_form) {
    static const player_row rows[] = {
        {"one frame", {ECHOED_HELLO, TO_SERVER, .peer = "c1 07 f248cdc9c90700; 88 02 03e8; fin"}, OK_OK},
        {"not compressed", {ECHOED_HELLO, TO_SERVER, .peer = "81 05 'Hello'; 88 02 03e8; fin"}, OK_OK},
        {"of a message that was not compressed",
         {"[{\"text\": \"Hello\"}, " EXPECT_ECHO "]", TO_SERVER,
          .peer = "c1 07 f248cdc9c90700; 88 02 03e8; fin"},
         OK_OK},
        {"fragments with control frames between",
         {ECHOED_HELLO, TO_SERVER,
          .peer = "41 03 f248cd; 89 01 'x'; 00 00; 8a 00; 80 04 c9c90700; 88 02 03e8; fin"},
         OK_OK},
        {"a stored block",
         {ECHOED_HELLO, TO_SERVER, .peer = "c1 0b 00 0500 faff 'Hello' 00; 88 02 03e8; fin"},
         OK_OK},
        {"a last block", {ECHOED_HELLO, TO_SERVER, .peer = "c1 08 f348cdc9c9070000; 88 02 03e8; fin"}, OK_OK},
        {"two blocks",
         {ECHOED_HELLO, TO_SERVER, .peer = "c1 0d f248050000 00ffff cac9c90700; 88 02 03e8; fin"},
         OK_OK},
        {"of nothing",
         {"[{\"binary\": \"\", \"compressed\": true}, " EXPECT_ECHO "]", TO_SERVER,
          .peer = "c2 01 00; 88 02 03e8; fin"},
         OK_OK},
        {"that refers to the message before",
         {"[" HELLO ", " HELLO ", {\"expect\": [\"echo\", \"echo\"]}]", TO_SERVER,
          .peer = "c1 07 f248cdc9c90700; c1 05 f200110000; 88 02 03e8; fin"},
         OK_OK},
        {"from a client",
         {ECHOED_HELLO, TO_CLIENT, .peer = "c1 87 00000000 f248cdc9c90700; 88 82 00000000 03e8"},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

Test(play_deflate, a_message_is_compared_as_it_is_inflated) {
    static const player_row rows[] = {
        {"another octet",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 0b 00 0500 faff 'HellO' 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 5 octets "
                   "beginning with \"HellO\" (it differs from octet 4 on) at octet 0 after 0.100 s"},
        {"too short",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 0a 00 0400 fbff 'Hell' 00"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a text message of 4 octets "
                   "beginning with \"Hell\" (it differs from octet 4 on) at octet 0 after 0.100 s"},
        {"another type",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c2 07 f248cdc9c90700"},
         PLAY_FAILED,
         PLAY_CLOSE_NONE,
         .reason = "expected the echo of the text message of 5 octets; got a binary message of 5 octets "
                   "beginning with \"Hello\" (its type differs) at octet 0 after 0.100 s"},
        {"what an expectation names",
         {"[{\"expect\": {\"message\": {\"text\": \"Hello\"}}}]", TO_SERVER,
          .peer = "c1 07 f248cdc9c90700; 88 02 03e8; fin"},
         OK_OK},
    };
    CHECK_ROWS(rows);
}

/* ------------------------------------------------------------------ what it must not send */

#define BROKEN   PLAY_FAILED, PLAY_CLOSE_NONE
#define RESERVED "RFC 6455 5.2: a reserved bit is set that no negotiated extension defines"
#define CORRUPT  "RFC 7692 7.2.2: a compressed message cannot be inflated"
#define BEYOND   "RFC 7692 7.1.2: a compressed message refers back beyond the agreed window or context"
#define BROKE(rule, octet)                                                                                   \
    "the peer broke " rule ", at octet " octet                                                               \
    " after 0.100 s; expected the echo of the text message of 5 octets"

Test(play_deflate, a_compressed_message_that_breaks_a_rule_fails) {
    static const player_row rows[] = {
        {"nothing was agreed",
         {"[{\"text\": \"Hello\"}, " EXPECT_ECHO "]", .peer = "@0.1 c1 07 f248cdc9c90700"},
         BROKEN,
         .reason = BROKE(RESERVED, "0")},
        {"RSV1 on a continuation",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 41 03 f248cd; c0 04 c9c90700"},
         BROKEN,
         .reason = BROKE(RESERVED, "5")},
        {"RSV1 on a pong",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 ca 00"},
         BROKEN,
         .reason = BROKE(RESERVED, "0")},
        {"RSV2",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 e1 07 f248cdc9c90700"},
         BROKEN,
         .reason = BROKE(RESERVED, "0")},
        {"a block of the reserved type",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 01 06"},
         BROKEN,
         .reason = BROKE(CORRUPT, "2")},
        {"the end inside a block",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 05 f248cdc9c9"},
         BROKEN,
         .reason = BROKE(CORRUPT, "2")},
        {"no octet at all",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 00"},
         BROKEN,
         .reason = BROKE(CORRUPT, "2")},
        {"a plain text that is marked",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 05 'Hello'"},
         BROKEN,
         .reason = BROKE(CORRUPT, "2")},
        {"a text that is no UTF-8 when inflated",
         {ECHOED_HELLO, TO_SERVER, .peer = "@0.1 c1 07 00 0100 feff ff 00"},
         BROKEN,
         .reason = BROKE("RFC 6455 8.1: a text message is not UTF-8", "2")},
        {"from a client",
         {ECHOED_HELLO, TO_CLIENT, .peer = "@0.1 c1 81 00000000 06"},
         BROKEN,
         .reason = BROKE(CORRUPT, "6")},
    };
    CHECK_ROWS(rows);
}

Test(play_deflate, a_reference_to_a_context_that_was_given_up_fails) {
    static const char steps[] = "[" HELLO ", " HELLO ", {\"expect\": [\"echo\", \"echo\"]}]";
    static const player_row rows[] = {
        {"of a server",
         {steps, .members = OFFER("permessage-deflate; server_no_context_takeover"),
          .head = ANSWER("permessage-deflate; server_no_context_takeover"),
          .peer = "@0.1 c1 07 f248cdc9c90700; c1 05 f200110000"},
         BROKEN,
         .reason = BROKE(BEYOND, "11")},
        {"of a server that gave it up of its own accord",
         {steps, .members = PLAIN_OFFER, .head = ANSWER("permessage-deflate; server_no_context_takeover"),
          .peer = "@0.1 c1 07 f248cdc9c90700; c1 05 f200110000"},
         BROKEN,
         .reason = BROKE(BEYOND, "11")},
        {"of a client",
         {steps, .members = DEFLATE("\"no-context-takeover\": true"),
          .head = GET(EXTENSION("permessage-deflate")),
          .peer = "@0.1 c1 87 00000000 f248cdc9c90700; c1 85 00000000 f200110000", AS_SERVER},
         BROKEN,
         .reason = BROKE(BEYOND, "19")},
    };
    CHECK_ROWS(rows);
}

/* A message of twice the same 300 octets, compressed in the largest window, as octets.h writes it. */
static void write_far_reference(char *text, size_t size, const char *before, bool masked) {
    uint8_t plain[600];
    ws_buffer packed;
    ws_buffer_init(&packed, 1000);
    ws_deflater *deflater =
        ws_deflater_new(&(ws_deflater_options){.agreement = {.window_bits = 15}, .level = 9});
    play_payload random = {.kind = PLAY_RANDOM, .seed = 7, .length = 300};
    play_payload_read(&random, 0, plain, 300);
    play_payload_read(&random, 0, plain + 300, 300);
    cr_assert_eq(ws_deflater_write(deflater, (ws_span){plain, sizeof plain}, true, &packed), WS_OK);
    size_t at = (size_t)snprintf(text, size, "%sc2 %s %04zx %s", before, masked ? "fe" : "7e", packed.size,
                                 masked ? "00000000 " : "");
    for (size_t i = 0; i < packed.size; i++)
        at += (size_t)snprintf(text + at, size - at, "%02x", packed.data[i]);
    ws_deflater_free(deflater);
    ws_buffer_clear(&packed);
}

#define TWICE                                                                                                \
    "[{\"binary\": {\"concat\": [{\"random\": 7, \"length\": 300}, {\"random\": 7, \"length\": "             \
    "300}]}}, " EXPECT_ECHO "]"

static void check_window(const char *name, scripted_peer peer, play_verdict verdict, const char *reason) {
    char text[1900];
    bool client = peer.options.role == WS_SERVER;
    write_far_reference(text, sizeof text, "@0.1 ", client);
    strcat(text, client ? "; 88 82 00000000 03e8" : "; 88 02 03e8; fin");
    peer.peer = text;
    const player_row row = {name, peer, verdict, verdict == PLAY_OK ? PLAY_CLOSE_OK : PLAY_CLOSE_NONE,
                            .reason = reason};
    const char *wrong = player_row_play(&row);
    cr_expect_null(wrong, "%s", wrong);
}

#define BEYOND_WINDOW(octet)                                                                                 \
    "the peer broke " BEYOND ", at octet " octet                                                             \
    " after 0.100 s; expected the echo of the binary message of 600 octets"

Test(play_deflate, a_reference_beyond_the_agreed_window_fails) {
    check_window("of a server",
                 (scripted_peer){TWICE, .members = OFFER("permessage-deflate; server_max_window_bits=8"),
                                 .head = ANSWER("permessage-deflate; server_max_window_bits=8")},
                 PLAY_FAILED, BEYOND_WINDOW("4"));
    check_window("of a client",
                 (scripted_peer){TWICE, .members = DEFLATE("\"window-bits\": 8"),
                                 .head = GET(EXTENSION("permessage-deflate; client_max_window_bits")),
                                 AS_SERVER},
                 PLAY_FAILED, BEYOND_WINDOW("8"));
}

Test(play_deflate, a_window_of_one_direction_says_nothing_about_the_other) {
    check_window("of a server",
                 (scripted_peer){TWICE, .members = DEFLATE(""),
                                 .head = ANSWER("permessage-deflate; client_max_window_bits=8")},
                 PLAY_OK, "");
    check_window("of a client",
                 (scripted_peer){TWICE, .members = DEFLATE(""),
                                 .head = GET(EXTENSION("permessage-deflate; server_max_window_bits=8")),
                                 AS_SERVER},
                 PLAY_OK, "");
}

/* ------------------------------------------------------------------ what the player says then */

Test(play_deflate, the_player_fails_the_connection_with_the_code_of_the_rule) {
    static const struct {
        const char *peer, *close; /* the Close that the player sends, as hex */
    } rows[] = {
        {"c1 81 00000000 06", "880203ef"},                 /* 1007 */
        {"c1 87 00000000 00 0100 feff ff 00", "880203ef"}, /* 1007 */
        {"ca 80 00000000", "880203ea"},                    /* 1002 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scripted_run run;
        char hex[9];
        scripted_play(&run, &(scripted_peer){"[{\"expect\": \"ping\"}]", TO_CLIENT, .peer = rows[i].peer}, 0);
        cr_assert_eq(run.sent.size, 4);
        for (size_t k = 0; k < 4; k++)
            snprintf(hex + 2 * k, 3, "%02x", run.sent.data[k]);
        cr_expect_str_eq(hex, rows[i].close, "%s", rows[i].peer);
        scripted_clear(&run);
    }
}
