/* Verdicts are computed again from transcripts: what was played in memory goes into a report, and from that
 * into another player. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli/convert.h"
#include "cli/rejudge.h"
#include "support/played.h"

typedef struct again {
    const play_case *c;
    report *report;
    cli_rejudged judged;
    char why[600];
    bool without_messages; /* data frames of the peer leave the transcript */
} again;

static void drop_messages(report_case *row) {
    report_entry *entries = (report_entry *)row->transcript;
    size_t kept = 0;
    for (size_t i = 0; i < row->transcript_count; i++)
        if (entries[i].kind != REPORT_ENTRY_FRAME || entries[i].out || entries[i].opcode >= WS_CLOSE)
            entries[kept++] = entries[i];
    row->transcript_count = kept;
}

static void judge_again(const play_result *result, const play_trace *trace, void *user) {
    again *run = user;
    report_case *row = report_add_case(run->report);
    cr_assert(row && cli_describe_case(run->report, row, run->c) &&
              cli_record_result(run->report, row, result, trace));
    row->verdict = (report_verdict)result->verdict;
    row->verdict_close = (report_close_verdict)result->verdict_close;
    if (run->without_messages)
        drop_messages(row);
    run->judged = cli_rejudge(run->report, row, run->c, run->why, sizeof run->why);
}

static report *report_of(const play_case *c, ws_role under_test) {
    static const report_option options[] = {
        {"profile", "standard"}, {"oracle", "echo"}, {"seed", "1"}, {"subprotocol", "chat"}};
    report *r = report_new();
    cr_assert_not_null(r);
    r->target_role = under_test == WS_SERVER ? "server" : "client";
    r->target_url = under_test == WS_SERVER ? "ws://localhost/" : NULL;
    r->options = options;
    r->option_count = c->needs & PLAY_NEEDS_SUBPROTOCOL ? 4 : 3;
    return r;
}

static again play(const play_case *c, ws_role under_test, const peer_behaviour *behaviour, size_t chop,
                  bool without_messages) {
    again run = {.c = c, .report = report_of(c, under_test), .without_messages = without_messages};
    played out;
    played_case(c,
                &(played_options){.under_test = under_test,
                                  .behaviour = behaviour,
                                  .chop = chop,
                                  .look = judge_again,
                                  .user = &run},
                &out);
    report_free(run.report);
    return run;
}

typedef struct tally {
    size_t same, abridged;
} tally;

static void judge_all_again(const play_table *table, ws_role under_test, const peer_behaviour *behaviour,
                            size_t chop, play_tier tier, tally *sum) {
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        if (!played_applies(c, under_test) || c->tier > tier || c->series || c->autobahn_rules)
            continue;
        again run = play(c, under_test, behaviour, chop, false);
        sum->same += run.judged == CLI_REJUDGED_SAME;
        sum->abridged += run.judged == CLI_REJUDGED_ABRIDGED;
        cr_expect(run.judged == CLI_REJUDGED_SAME || run.judged == CLI_REJUDGED_ABRIDGED, "%s, %s: %s", c->id,
                  behaviour ? behaviour->name : "sound", run.why);
    }
}

static void judge_sound(ws_role under_test) {
    play_table *table = played_tables();
    tally sum = {0};
    judge_all_again(table, under_test, NULL, 0, PLAY_STANDARD, &sum);
    cr_expect_gt(sum.same, 8 * sum.abridged, "%zu judged again, %zu not", sum.same, sum.abridged);
    play_table_free(table);
}

Test(rejudge, a_sound_server_is_judged_the_same) {
    judge_sound(WS_SERVER);
}

Test(rejudge, a_sound_client_is_judged_the_same) {
    judge_sound(WS_CLIENT);
}

/* Frames, compressed ones too, are put together again from pieces. */
Test(rejudge, it_does_not_matter_how_the_line_cuts) {
    play_table *table = played_tables();
    tally sum = {0};
    judge_all_again(table, WS_SERVER, NULL, 5, PLAY_QUICK, &sum);
    judge_all_again(table, WS_CLIENT, NULL, 5, PLAY_QUICK, &sum);
    cr_expect_gt(sum.same, 8 * sum.abridged, "%zu judged again, %zu not", sum.same, sum.abridged);
    play_table_free(table);
}

/* Some faults of each table. */
Test(rejudge, faulty_peers_are_judged_the_same) {
    enum { EVERY = 19 };
    static const peer_behaviour *const tables[] = {peer_faults_handshake_server,
                                                   peer_faults_handshake_client,
                                                   peer_faults_frames_received,
                                                   peer_faults_frames_sent,
                                                   peer_faults_masking,
                                                   peer_faults_content,
                                                   peer_faults_utf8,
                                                   peer_faults_deflate,
                                                   peer_faults_closing,
                                                   peer_faults_limits};
    play_table *table = played_tables();
    tally sum = {0};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (size_t k = 0; tables[i][k].name; k++) {
            if (k % EVERY != 0)
                continue;
            judge_all_again(table, WS_SERVER, &tables[i][k], 0, PLAY_QUICK, &sum);
            judge_all_again(table, WS_CLIENT, &tables[i][k], 0, PLAY_QUICK, &sum);
        }
    }
    cr_expect_gt(sum.same, sum.abridged);
    play_table_free(table);
}

Test(rejudge, a_transcript_without_the_echo_gives_another_verdict) {
    play_table *table = played_tables();
    const play_case *c = play_table_find(table, "message.text.length-125");
    cr_assert_not_null(c);
    cr_expect_eq(play(c, WS_SERVER, NULL, 0, false).judged, CLI_REJUDGED_SAME);
    again run = play(c, WS_SERVER, NULL, 0, true);
    cr_expect_eq(run.judged, CLI_REJUDGED_OTHER);
    cr_expect(strncmp(run.why, "is FAILED by its transcript", 27) == 0, "%s", run.why);
    play_table_free(table);
}

/* What a hostile signer may write. */
Test(rejudge, odd_reports_are_judged_without_harm) {
    static const report_option options[] = {
        {"timeout-scale", "1e308"}, {"greeting", "99999999999"}, {"seed", "x"}};
    static const report_entry rows[][2] = {
        {{.kind = REPORT_ENTRY_EVENT, .text = NULL}, {.kind = REPORT_ENTRY_EVENT, .text = "end of stream"}},
        {{.kind = REPORT_ENTRY_EVENT, .text = "reset by the peer", .time_us = INT64_MAX},
         {.time_us = INT64_MIN}},
        {{.kind = REPORT_ENTRY_FRAME, .opcode = 15, .rsv = 7, .length_bits = 3, .declared = UINT64_MAX},
         {.kind = REPORT_ENTRY_FRAME, .rsv = 4, .declared = 1, .length = UINT64_MAX}},
        {{.kind = REPORT_ENTRY_FRAME, .length = UINT64_MAX, .payload = "{", .payload_offset = UINT64_MAX},
         {.kind = REPORT_ENTRY_FRAME, .masked = true, .declared = UINT64_MAX}},
        {{.kind = REPORT_ENTRY_HTTP, .bytes = {(const uint8_t *)"GET", 3}, .length = 3},
         {.kind = REPORT_ENTRY_RAW}},
    };
    play_table *table = played_tables();
    const play_case *c = play_table_find(table, "ping.empty");
    report *r = report_new();
    char why[600];
    cr_assert(c && r);
    r->options = options;
    r->option_count = 3;
    r->target_url = "ws://localhost/";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t count = 1; count <= 2; count++) {
            report_case *row = report_add_case(r);
            row->id = c->id;
            row->verdict = REPORT_OK;
            row->transcript = rows[i];
            row->transcript_count = count;
            cli_rejudged judged = cli_rejudge(r, row, c, why, sizeof why);
            cr_expect(judged == CLI_REJUDGED_OTHER || judged == CLI_REJUDGED_ABRIDGED, "%zu: %d, %s", i,
                      judged, why);
        }
    report_free(r);
    play_table_free(table);
}
