/* Cases that find out limits: what they note of the peer, how long they wait, how slowly they can speak. */
#include "play/player.h"
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000)

typedef struct limit_play {
    play_table *table;
    play_player *player;
} limit_play;

static limit_play begin(const char *members) {
    char text[2048], error[512];
    snprintf(text, sizeof text,
             "{\"schema\": \"wspect-cases/1\", \"group\": \"G\", \"cases\": [{\"id\": \"x\", \"title\": "
             "\"X\", \"level\": "
             "\"policy\", \"limit\": {\"what\": \"w\", \"value\": 7, \"timed\": true}, %s}]}",
             members);
    limit_play run = {.table = play_table_new()};
    cr_assert_eq(play_table_load(run.table, "t", text, strlen(text), error, sizeof error), WS_OK, "%s",
                 error);
    run.player =
        play_player_new(play_table_get(run.table, 0),
                        &(play_options){.role = WS_CLIENT, .authority = "localhost", .resource = "/"});
    play_connected(run.player, 0);
    return run;
}

static void end(limit_play *run) {
    play_player_free(run->player);
    play_table_free(run->table);
}

static size_t drain(limit_play *run, int64_t now) {
    uint8_t buffer[4096];
    size_t size = 0, piece;
    while ((piece = play_output(run->player, now, buffer, sizeof buffer)) > 0)
        size += piece;
    return size;
}

static void give(limit_play *run, int64_t now, const char *text) {
    drain(run, now);
    play_received(run->player, now, (const uint8_t *)text, strlen(text));
    drain(run, now);
}

static void check_seen(const char *expect, const char *answer, int64_t at, const char *seen) {
    char members[512];
    snprintf(members, sizeof members, "\"handshake\": {\"expect\": %s, \"patience\": 2}, \"steps\": []",
             expect);
    limit_play run = begin(members);
    if (answer)
        give(&run, at, answer);
    else
        play_ended(run.player, at, PLAY_END_RESET);
    cr_assert(play_done(run.player));
    cr_expect_str_eq(play_result_of(run.player)->seen, seen);
    end(&run);
}

Test(limits, a_row_says_which_line_of_the_table_it_belongs_to) {
    limit_play run = begin("\"steps\": []");
    const play_limit *limit = play_table_get(run.table, 0)->limit;
    cr_expect_str_eq(limit->what, "w");
    cr_expect_str_eq(limit->value, "7");
    cr_expect(limit->timed);
    end(&run);
}

Test(limits, what_became_of_the_request_is_noted_with_its_time) {
    check_seen("\"refused\"", "HTTP/1.1 431 Too Large\r\n\r\n", 10, "431");
    check_seen("{\"OK\": [\"end\"]}", NULL, 3 * SECOND, "reset after 3.0 s");
    check_seen("{\"OK\": [\"end\"]}", "HTTP/1.1 400 No\r\n\r\n", 10, "400");
    check_seen("{\"OK\": [\"end\"]}", "what?\r\n\r\n", 10, "octets that are no HTTP");
}

Test(limits, patience_stretches_the_time_for_the_response_and_silence_is_no_doubt) {
    limit_play run =
        begin("\"handshake\": {\"expect\": {\"OK\": [\"timeout\"]}, \"patience\": 6}, \"steps\": []");
    drain(&run, 0);
    cr_expect_eq(play_deadline(run.player), 30 * SECOND);
    play_time(run.player, 30 * SECOND);
    const play_result *result = play_result_of(run.player);
    cr_expect_eq(result->verdict, PLAY_OK);
    cr_expect_str_eq(result->seen, "nothing after 30.0 s");
    cr_expect_not(result->timed_out, "nobody needs to ask again");
    end(&run);
}

/* Opens the connection with a known key. */
#define KEY "\"handshake\": {\"request\": {\"set\": {\"Sec-WebSocket-Key\": \"dGhlIHNhbXBsZSBub25jZQ==\"}}}, "
static const char opened[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void check_frames(const char *octets, size_t size, const char *seen) {
    limit_play run =
        begin(KEY "\"steps\": [{\"text\": \"a\"}, {\"expect\": {\"OK\": [\"echo\", \"close\", \"end\"]}}]");
    give(&run, 10, opened);
    play_received(run.player, 20, (const uint8_t *)octets, size);
    drain(&run, 20);
    play_ended(run.player, 2 * SECOND, PLAY_END_FIN);
    cr_assert(play_done(run.player));
    cr_expect_str_eq(play_result_of(run.player)->seen, seen);
    end(&run);
}

Test(limits, what_the_peer_did_in_the_steps_is_noted) {
    check_frames("\x81\x01"
                 "a",
                 3, "echo");
    check_frames("\x88\x02\x03\xf1", 4, "Close 1009");
    check_frames("\x88\x00", 2, "Close");
    check_frames("\x82\x01"
                 "b",
                 3, "another message");
    check_frames("\xc1\x01"
                 "a",
                 3, "a broken rule");
    check_frames("", 0, "end after 2.0 s");
}

Test(limits, a_paced_request_leaves_one_write_at_a_time) {
    limit_play run = begin("\"handshake\": {\"request\": {\"chop\": 10, \"pace\": 2}, \"expect\": "
                           "\"refused\", \"patience\": 6}, "
                           "\"steps\": []");
    for (int64_t i = 0; i < 5; i++) {
        cr_expect_eq(drain(&run, 2 * i * SECOND), 10);
        cr_expect_eq(drain(&run, 2 * i * SECOND + 1), 0);
        cr_expect_eq(play_deadline(run.player), (2 * i + 2) * SECOND);
        play_time(run.player, 2 * i * SECOND + 2 * SECOND);
    }
    give(&run, 11 * SECOND, "HTTP/1.1 408 Request Timeout\r\n\r\n");
    cr_expect_str_eq(play_result_of(run.player)->seen, "408 after 11.0 s");
    end(&run);
}

Test(limits, a_deaf_expectation_waits_from_when_it_listens_again) {
    limit_play run = begin(KEY "\"steps\": [{\"ping\": \"a\"}, {\"expect\": \"pong\", \"deaf\": 3}]");
    give(&run, SECOND, opened);
    cr_expect_eq(play_deaf_until(run.player), 4 * SECOND);
    cr_expect_eq(play_deadline(run.player), 6 * SECOND);
    play_received(run.player, 4 * SECOND,
                  (const uint8_t *)"\x8a\x01"
                                   "a",
                  3);
    drain(&run, 4 * SECOND);
    play_received(run.player, 4 * SECOND, (const uint8_t *)"\x88\x02\x03\xe8", 4);
    play_ended(run.player, 4 * SECOND, PLAY_END_FIN);
    cr_expect_eq(play_result_of(run.player)->verdict, PLAY_OK);
    cr_expect_str_eq(play_result_of(run.player)->seen, "pong after 3.0 s");
    end(&run);
}

Test(limits, other_cases_note_nothing) {
    static const char table[] =
        "{\"schema\": \"wspect-cases/1\", \"group\": \"G\", \"cases\": [{\"id\": \"x\", \"title\": "
        "\"X\", \"handshake\": {\"expect\": \"refused\"}, \"steps\": []}]}";
    char error[512];
    limit_play run = {.table = play_table_new()};
    cr_assert_eq(play_table_load(run.table, "t", table, strlen(table), error, sizeof error), WS_OK);
    run.player = play_player_new(play_table_get(run.table, 0),
                                 &(play_options){.role = WS_CLIENT, .authority = "a", .resource = "/"});
    play_connected(run.player, 0);
    give(&run, 1, "HTTP/1.1 431 Too Large\r\n\r\n");
    cr_expect_null(play_result_of(run.player)->seen);
    end(&run);
}
