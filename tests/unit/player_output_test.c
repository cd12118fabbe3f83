/* What the player sends, octet by octet, and what its transcript keeps. */
#include "play/player.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/octets.h"
#include "support/player_rows.h"

#define HELLO "[{\"text\": \"Hello\"}, {\"expect\": \"echo\"}]"

#define AS_SERVER .options = {.role = WS_SERVER}
#define REQUEST                                                                                              \
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                             \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

/* ------------------------------------------------------------------ octets out */

/* What the player writes as a server, unmasked, up to the 2 + 2 octets of its Close. */
static void check_octets(const char *steps, const char *octets, const char *writes) {
    scripted_run run;
    ws_buffer expected;
    ws_buffer_init(&expected, 0);
    octets_read(octets, &expected);
    scripted_play(&run, &(scripted_peer){.steps = steps, AS_SERVER}, 0);
    cr_expect(ws_span_equal(run.sent, ws_buffer_span(&expected)), "%s: %zu octets, %s", steps, run.sent.size,
              run.frames);
    if (writes)
        cr_expect_str_eq(run.writes, writes, "%s: writes of %s", steps, run.writes);
    ws_buffer_clear(&expected);
    scripted_clear(&run);
}

Test(player_output, frames_may_lie) {
    static const struct {
        const char *steps, *octets;
    } rows[] = {
        {"[{\"frame\": 15, \"payload\": \"a\", \"rsv\": 7, \"fin\": false}]", "7f 01 'a' 88 02 03e8"},
        {"[{\"frame\": 0}]", "80 00 88 02 03e8"},
        {"[{\"text\": \"a\", \"mask\": \"01020304\"}]", "81 81 01020304 60 88 02 03e8"},
        {"[{\"text\": \"a\", \"length-form\": 16}]", "81 7e 0001 'a' 88 02 03e8"},
        {"[{\"text\": \"a\", \"length-form\": 64}]", "81 7f 0000000000000001 'a' 88 02 03e8"},
        {"[{\"binary\": {\"repeat\": \"a\", \"length\": 200}, \"length-form\": 7}]",
         "82 48 61*200 88 02 03e8"},
        {"[{\"binary\": {\"repeat\": \"a\", \"length\": 200}}]", "82 7e 00c8 61*200 88 02 03e8"},
        {"[{\"text\": \"a\", \"declare\": 0}]", "81 00 'a' 88 02 03e8"},
        {"[{\"text\": \"a\", \"declare\": \"0x8000000000000000\"}, {\"expect\": \"timeout\"}]",
         "81 7f 8000000000000000 'a'"},
        {"[{\"raw\": {\"hex\": \"00ff\"}}]", "00ff 88 02 03e8"},
        {"[{\"close\": {\"hex\": \"61\"}}]", "88 01 61"},
        {"[{\"close\": null}]", "88 00"},
        {"[{\"close\": 4999, \"reason\": \"b\"}]", "88 03 1387 'b'"},
        {"[{\"frame\": 8, \"payload\": \"\"}]", "88 00 88 02 03e8"},
        {"[{\"text\": \"a\", \"mask\": \"01020304\", \"declare\": 3}, {\"payload\": \"bc\"}]",
         "81 83 01020304 60 60 60 88 02 03e8"},
        {"[{\"text\": \"abc\", \"fragments\": 2, \"rsv\": 4}]", "41 02 'ab' 80 01 'c' 88 02 03e8"},
        {"[{\"text\": \"abc\", \"fragments\": 2, \"fin\": false}]", "01 02 'ab' 00 01 'c' 88 02 03e8"},
        {"[{\"text\": \"ab\", \"empty-last\": true}]", "01 02 'ab' 80 00 88 02 03e8"},
        {"[{\"text\": \"\", \"empty-last\": true}]", "81 00 88 02 03e8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_octets(rows[i].steps, rows[i].octets, NULL);
}

Test(player_output, a_client_may_leave_out_the_mask) {
    scripted_run run;
    scripted_play(
        &run,
        &(scripted_peer){
            .steps = "[{\"text\": \"a\", \"mask\": \"none\"}, {\"close\": null, \"mask\": \"00000000\"}]"},
        0);
    static const uint8_t expected[] = {0x81, 1, 'a', 0x88, 0x80, 0, 0, 0, 0};
    cr_expect(ws_span_equal(run.sent, (ws_span){expected, sizeof expected}));
    scripted_clear(&run);
}

Test(player_output, a_mask_may_be_wrong_for_either_role) {
    static const uint8_t none[] = {0x81, 1, 'a', 0x88, 0x82};
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = "[{\"text\": \"a\", \"mask\": \"wrong\"}]"}, 0);
    cr_expect_arr_eq(run.sent.data, none, sizeof none);
    scripted_clear(&run);
    scripted_play(&run, &(scripted_peer){.steps = "[{\"text\": \"a\", \"mask\": \"wrong\"}]", AS_SERVER}, 0);
    cr_assert_eq(run.sent.size, 2 + 4 + 1 + 4);
    cr_expect(run.sent.data[1] == 0x81 && (run.sent.data[6] ^ run.sent.data[2]) == 'a');
    scripted_clear(&run);
}

Test(player_output, a_client_s_frames_have_keys_of_their_own) {
    scripted_run run;
    scripted_play(&run, &(scripted_peer){.steps = "[{\"ping\": \"\"}, {\"ping\": \"\"}]"}, 0);
    cr_assert_eq(run.sent.size, 6 + 6 + 8);
    cr_expect_neq(memcmp(run.sent.data + 2, run.sent.data + 8, 4), 0);
    scripted_clear(&run);
}

Test(player_output, the_seed_decides_over_keys_and_nonce) {
    scripted_run runs[3];
    for (size_t i = 0; i < 3; i++)
        scripted_play(&runs[i], &(scripted_peer){.steps = HELLO, .options = {.seed = i == 2 ? 8 : 7}}, 0);
    cr_expect(ws_span_equal(runs[0].sent, runs[1].sent));
    cr_expect_str_eq(runs[0].head, runs[1].head);
    cr_expect_not(ws_span_equal(runs[0].sent, runs[2].sent));
    cr_expect_str_neq(runs[0].head, runs[2].head);
    for (size_t i = 0; i < 3; i++)
        scripted_clear(&runs[i]);
}

Test(player_output, writes_end_where_the_steps_say) {
    static const struct {
        const char *steps, *octets, *writes;
    } rows[] = {
        /* as few writes as possible */
        {"[{\"text\": \"a\"}, {\"ping\": \"b\"}]", "81 01 'a' 89 01 'b' 88 02 03e8", "10"},
        {"[{\"text\": \"a\", \"flush\": true}, {\"ping\": \"b\"}]", "81 01 'a' 89 01 'b' 88 02 03e8", "3 7"},
        {"[{\"text\": \"ab\", \"fragments\": 1, \"flush\": true}, {\"ping\": \"b\"}]",
         "01 01 'a' 80 01 'b' 89 01 'b' 88 02 03e8", "6 7"},
        /* chops are counted anew for every frame and mix with nothing */
        {"[{\"ping\": \"x\"}, {\"text\": \"abcd\", \"chop\": 4}, {\"ping\": \"y\"}]",
         "89 01 'x' 81 04 'abcd' 89 01 'y' 88 02 03e8", "3 4 2 7"},
        {"[{\"text\": \"abc\", \"fragments\": 2, \"chop\": 3}]", "01 02 'ab' 80 01 'c' 88 02 03e8",
         "3 1 3 4"},
        {"[{\"text\": \"a\", \"chop\": 1}]", "81 01 'a' 88 02 03e8", "1 1 1 4"},
        {"[{\"text\": \"a\", \"chop\": 100}, {\"ping\": \"\"}]", "81 01 'a' 89 00 88 02 03e8", "3 6"},
        {"[{\"raw\": \"abcd\", \"chop\": 3}, {\"raw\": \"e\", \"flush\": true}]", "'abcde' 88 02 03e8",
         "3 1 1 4"},
        /* a cut ends one write, whatever stands before and behind */
        {"[{\"ping\": \"x\"}, {\"text\": \"abcd\", \"cut\": 1}, {\"ping\": \"y\"}]",
         "89 01 'x' 81 04 'abcd' 89 01 'y' 88 02 03e8", "4 12"},
        {"[{\"text\": \"abcd\", \"cut\": 5}]", "81 04 'abcd' 88 02 03e8", "5 5"},
        {"[{\"text\": \"abcd\", \"cut\": 7}]", "81 04 'abcd' 88 02 03e8", "10"},
        {"[{\"text\": \"abcd\", \"fragments\": 2, \"cut\": 3}]", "01 02 'ab' 80 02 'cd' 88 02 03e8", "3 4 5"},
        /* steps without octets do not look like the end of the output */
        {"[{\"raw\": \"\", \"flush\": true}, {\"text\": \"a\"}, {\"raw\": \"\", \"chop\": 1}, {\"ping\": "
         "\"\"}]",
         "81 01 'a' 89 00 88 02 03e8", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_octets(rows[i].steps, rows[i].octets, rows[i].writes);
}

/* Same octets, whatever the buffer holds. */
Test(player_output, a_small_buffer_changes_no_octet) {
    static const char json[] =
        "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": \"t\", "
        "\"steps\": ["
        "{\"text\": {\"random\": 3, \"length\": 1000}, \"fragments\": 90}, {\"ping\": \"x\"}]}]}";
    static const uint8_t head[] = REQUEST;
    uint8_t octets[2][2000];
    size_t sizes[2] = {0, 0};
    char error[200];
    play_table *table = play_table_new();
    cr_assert_eq(play_table_load(table, "t", json, strlen(json), error, sizeof error), WS_OK, "%s", error);
    for (size_t i = 0; i < 2; i++) {
        play_player *player =
            play_player_new(play_table_get(table, 0), &(play_options){.role = WS_SERVER, .seed = 1});
        play_connected(player, 0);
        play_received(player, 0, head, sizeof head - 1);
        size_t capacity = i == 0 ? 2000 : 64, size;
        while ((size = play_output(player, 0, octets[i] + sizes[i], capacity)) > 0)
            sizes[i] += size;
        play_player_free(player);
    }
    cr_expect_eq(sizes[0], sizes[1]);
    cr_expect_eq(memcmp(octets[0], octets[1], sizes[0]), 0);
    play_table_free(table);
}

/* ------------------------------------------------------------------ the transcript */

Test(player_output, the_transcript_tells_what_went_both_ways) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){.steps = HELLO,
                                   .peer = "@0.1 81 05 'Hello'; @0.2 89 01 'p'; 88 05 03e8 'bye'; @0.3 fin"},
                  0);
    static const struct {
        play_entry_kind kind;
        bool out;
        int64_t time_us;
        uint64_t offset;
        uint8_t opcode;
        const char *octets;
    } rows[] = {
        {PLAY_ENTRY_EVENT, false, 0, 0, 0, "connected"},
        {PLAY_ENTRY_HTTP, true, 0, 0, 0, NULL},
        {PLAY_ENTRY_HTTP, false, 0, 0, 0, NULL},
        {PLAY_ENTRY_FRAME, true, 0, 0, WS_TEXT, "Hello"},
        {PLAY_ENTRY_FRAME, false, 100000, 0, WS_TEXT, "Hello"},
        {PLAY_ENTRY_FRAME, true, 100000, 11, WS_CLOSE, "\x03\xe8"},
        {PLAY_ENTRY_FRAME, false, 200000, 7, WS_PING, "p"},
        {PLAY_ENTRY_FRAME, false, 200000, 10, WS_CLOSE,
         "\x03\xe8"
         "bye"},
        {PLAY_ENTRY_EVENT, false, 300000, 0, 0, "end of stream from the peer"},
    };
    size_t count = sizeof rows / sizeof *rows;
    cr_assert_eq(play_trace_count(run.trace), count, "%zu", play_trace_count(run.trace));
    for (size_t i = 0; i < count; i++) {
        const play_entry *entry = play_trace_get(run.trace, i);
        cr_expect(entry->kind == rows[i].kind && entry->out == rows[i].out, "row %zu", i);
        cr_expect_eq(entry->time_us, rows[i].time_us, "row %zu: %ld", i, (long)entry->time_us);
        cr_expect_eq(entry->offset, rows[i].offset, "row %zu", i);
        cr_expect_eq(entry->header.opcode, rows[i].opcode, "row %zu", i);
        if (rows[i].kind == PLAY_ENTRY_EVENT)
            cr_expect_str_eq(entry->text, rows[i].octets);
        if (rows[i].kind == PLAY_ENTRY_FRAME)
            cr_expect(ws_span_equal((ws_span){entry->bytes, entry->size}, ws_span_of(rows[i].octets)),
                      "row %zu", i);
    }
    scripted_clear(&run);
}

/* The first row of the transcript that satisfies the question; aborts the test when there is none. */
static const play_entry *entry_of(const scripted_run *run, play_entry_kind kind, bool out) {
    for (size_t i = 0; i < play_trace_count(run->trace); i++) {
        const play_entry *entry = play_trace_get(run->trace, i);
        if (entry->kind == kind && entry->out == out)
            return entry;
    }
    cr_assert_fail("no such row");
    return NULL;
}

Test(player_output, a_broken_rule_stands_in_the_transcript_with_its_octets) {
    for (size_t i = 0; i < 2; i++) {
        scripted_run run;
        scripted_play(&run, &(scripted_peer){.steps = HELLO, .peer = "@0.1 8a 00; 83 01 'x'"}, i ? 1 : 0);
        const play_entry *entry = entry_of(&run, PLAY_ENTRY_RAW, false);
        cr_expect_eq(entry->offset, 2);
        cr_expect_str_eq(entry->text, "the opcode is reserved (RFC 6455 5.2), at octet 2");
        cr_expect(entry->size > 0 && entry->bytes[0] == 0x83);
        scripted_clear(&run);
    }
}

Test(player_output, a_long_echo_stands_in_the_transcript_as_its_generator) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){
                      .steps = "[{\"binary\": {\"repeat\": \"a\", \"length\": 300}}, {\"expect\": \"echo\"}]",
                      .peer = "82 7e 012c 61*300" GOOD_END},
                  0);
    const play_entry *in = entry_of(&run, PLAY_ENTRY_FRAME, false);
    cr_expect_eq(in->length, 300);
    cr_expect_eq(in->size, (size_t)PLAY_TRACE_INLINE);
    cr_assert_not_null(in->payload);
    cr_expect_str_eq(in->payload->json, "{\"repeat\":\"a\",\"length\":300}");
    cr_expect_str_empty(in->sha256);
    const play_entry *out = entry_of(&run, PLAY_ENTRY_FRAME, true);
    cr_expect_eq(out->payload, in->payload);
    scripted_clear(&run);
}

Test(player_output, an_echo_that_differs_is_kept_with_a_digest_of_its_own) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){
                      .steps = "[{\"binary\": {\"repeat\": \"a\", \"length\": 300}}, {\"expect\": \"echo\"}]",
                      .peer = "82 7e 012c 61*299 62" GOOD_END},
                  7);
    const play_entry *in = entry_of(&run, PLAY_ENTRY_FRAME, false);
    cr_expect_null(in->payload);
    /* printf 'a%.0s' {1..299}; printf b */
    cr_expect_str_eq(in->sha256, "daf00507ddaa912f4b43713b0f4e4733ee44694e480a6f8c7fee760374e4663c");
    scripted_clear(&run);
}

/* ------------------------------------------------------------------ messages that slide, windows */

#define SLIDE  "{\"text\": {\"corpus\": \"json\", \"length\": 16}, \"slide\": true}"
#define FIRST  "81 10 7b2273746174696f6e73223a205b0a20"
#define SECOND "81 10 207b0a202020202273746174696f6e22"
#define THIRD  "81 10 3a20312c0a2020202022737461746522"

static void expect_writes(const char *repeat, const char *writes) {
    char steps[300];
    snprintf(steps, sizeof steps, "[{%s, \"steps\": [" SLIDE ", {\"expect\": \"echo\"}]}]", repeat);
    scripted_run run;
    scripted_play(
        &run,
        &(scripted_peer){.steps = steps, .peer = "@0.1 " FIRST "; @0.2 " SECOND "; @0.3 " THIRD GOOD_END}, 0);
    cr_expect_eq(run.result->verdict, PLAY_OK, "%s: %s", repeat, run.reason);
    cr_expect_str_eq(run.writes, writes, "%s: %s", repeat, run.writes);
    scripted_clear(&run);
}

Test(player_output, a_step_that_slides_takes_the_next_slice_each_time) {
    expect_writes("\"repeat\": 3", "22 22 22 8");
}

Test(player_output, a_window_sends_messages_ahead_of_the_echoes) {
    expect_writes("\"repeat\": 3, \"window\": 2", "44 22 8");
    expect_writes("\"repeat\": 3, \"window\": 3", "66 8");
    expect_writes("\"repeat\": 3, \"window\": 10", "66 8");
}

Test(player_output, the_echo_of_another_slice_fails) {
    scripted_run run;
    scripted_play(&run,
                  &(scripted_peer){.steps = "[{\"repeat\": 3, \"window\": 3, \"steps\": [" SLIDE
                                            ", {\"expect\": \"echo\"}]}]",
                                   .peer = "@0.1 " FIRST "; @0.2 " THIRD GOOD_END},
                  0);
    cr_expect_eq(run.result->verdict, PLAY_FAILED);
    scripted_clear(&run);
}
