#include "wire/frame.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/frame_rows.h"
#include "support/octets.h"
#include "support/reader_run.h"

static void check_row(reader_run *run, const frame_row *row) {
    ws_buffer stream;
    event_log log;
    ws_buffer_init(&stream, 0);
    event_log_init(&log, false);
    octets_read(row->octets, &stream);
    reader_run_cut(run, &row->config, ws_buffer_span(&stream), NULL, 0, &log);
    cr_expect_str_eq(event_log_text(&log), row->log, "%s:\n  %s\nshould be\n  %s", row->name,
                     event_log_text(&log), row->log);
    event_log_clear(&log);
    ws_buffer_clear(&stream);
}

Test(frame_feed, every_stream_gives_its_events) {
    reader_run run;
    reader_run_init(&run);
    for (size_t i = 0; i < frame_feed_rows.count; i++)
        check_row(&run, &frame_feed_rows.rows[i]);
    reader_run_clear(&run);
}

/* 7.4.1, 7.4.2: who may say what. */
static const char *naive_close_log(unsigned code) {
    static char log[40];
    snprintf(log, sizeof log, "0 close %u", code);
    if (code <= 999)
        return "2 violation close-code"; /* "0-999: not used" */
    if (code == 1005 || code == 1006 || code == 1015)
        return "2 violation close-code"; /* "MUST NOT be set as a status code in a Close control frame" */
    if (code >= 3000 && code <= 4999)
        return log;
    /* defined in 7.4.1, or registered with IANA since (1012 to 1014) */
    if ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014))
        return log;
    return "2 violation close-unassigned";
}

Test(frame_feed, every_close_code_is_judged_as_7_4_says) {
    reader_run run;
    reader_run_init(&run);
    for (unsigned code = 0; code <= 0xffff; code++) {
        uint8_t octets[] = {0x88, 2, (uint8_t)(code >> 8), (uint8_t)code};
        event_log log;
        event_log_init(&log, false);
        reader_run_cut(&run, &(ws_reader_config){.role = WS_CLIENT}, (ws_span){octets, sizeof octets}, NULL,
                       0, &log);
        if (strcmp(event_log_text(&log), naive_close_log(code)) != 0)
            cr_assert_fail("%u: %s", code, event_log_text(&log));
        event_log_clear(&log);
    }
    reader_run_clear(&run);
}

/* Events point into what the reader keeps: no event of a read may spoil another one. */
Test(frame_feed, ping_begun_in_an_earlier_read_is_not_spoilt_by_the_next_one) {
    static const uint8_t first[] = {0x89, 3, 'a'};
    static const uint8_t second[] = {'b', 'c', 0x8a, 0, 0x89, 3, 'x', 'y'};
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    uint8_t out[sizeof second];
    ws_event events[8];
    size_t count;
    cr_assert_eq(ws_reader_feed(reader, first, sizeof first, out, events, 8, &count), sizeof first);
    cr_assert_eq(count, 0);
    cr_assert_eq(ws_reader_feed(reader, second, sizeof second, out, events, 8, &count), sizeof second);
    cr_assert_eq(count, 2);
    cr_assert(ws_span_equal(events[0].payload, ws_span_of("abc")));
    ws_reader_free(reader);
}

Test(frame_feed, payload_of_an_unmasked_frame_is_not_copied) {
    static const uint8_t octets[] = {0x82, 2, 'a', 'b'};
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    uint8_t out[sizeof octets];
    ws_event events[4];
    size_t count;
    ws_reader_feed(reader, octets, sizeof octets, out, events, 4, &count);
    cr_assert_eq(count, 1);
    cr_assert_eq(events[0].payload.data, octets + 2);
    ws_reader_free(reader);
}

Test(frame_feed, input_is_left_alone_when_out_is_another_place) {
    uint8_t octets[] = {0x82, 0x82, 1, 2, 3, 4, 'a', 'b'}, before[sizeof octets];
    memcpy(before, octets, sizeof octets);
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_SERVER});
    uint8_t out[sizeof octets];
    ws_event events[4];
    size_t count;
    ws_reader_feed(reader, octets, sizeof octets, out, events, 4, &count);
    cr_assert_arr_eq(octets, before, sizeof octets);
    ws_reader_free(reader);
}

Test(frame_feed, nothing_may_be_NULL) {
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    ws_event events[2];
    size_t count = 1;
    cr_assert_eq(ws_reader_feed(reader, NULL, 0, NULL, events, 2, &count), 0);
    cr_assert_eq(count, 0);
    ws_reader_free(reader);
    ws_reader_free(NULL);
}

Test(frame_feed, pending_event_comes_without_further_octets) {
    static const uint8_t octets[] = {0x89, 0, 0x8a, 0, 0x81, 0};
    uint8_t out[sizeof octets];
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    ws_event events[2];
    size_t used = 0, count;
    for (unsigned i = 0; i < 3; i++) {
        used += ws_reader_feed(reader, octets + used, sizeof octets - used, out, events, 2, &count);
        cr_assert_eq(count, 1);
    }
    cr_assert_eq(used, sizeof octets);
    ws_reader_feed(reader, NULL, 0, NULL, events, 2, &count);
    cr_assert_eq(count, 0);
    ws_reader_free(reader);
}

static void feed_all(ws_reader *reader, const char *notation) {
    ws_buffer octets;
    ws_buffer_init(&octets, 0);
    octets_read(notation, &octets);
    ws_event events[8];
    size_t count;
    cr_assert_eq(ws_reader_feed(reader, octets.data, octets.size, octets.data, events, 8, &count),
                 octets.size);
    ws_buffer_clear(&octets);
}

Test(frame_feed, message_is_in_progress_from_its_first_header_to_its_final_octet) {
    static const struct {
        const char *octets;
        bool in_message;
    } steps[] = {{"01", false},   {"02", true},  {"6162", true},  {"89 01", true}, {"61", true},
                 {"80 02", true}, {"61", true},  {"62", false},   {"02 00", true}, {"80 00", false},
                 {"82 01", true}, {"61", false}, {"81 00", false}};
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        feed_all(reader, steps[i].octets);
        cr_assert_eq(ws_reader_in_message(reader), steps[i].in_message, "step %zu", i);
    }
    ws_reader_free(reader);
}

Test(frame_feed, frame_start_is_where_the_next_octet_begins_a_frame) {
    static const struct {
        const char *octets;
        bool at_start;
    } steps[] = {{"", true}, {"01", false}, {"01", false}, {"61", true}, {"89 00", true}, {"80 00", true}};
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        feed_all(reader, steps[i].octets);
        cr_assert_eq(ws_reader_at_frame_start(reader), steps[i].at_start, "step %zu", i);
    }
    ws_reader_free(reader);
}

Test(frame_feed, violation_shows_the_header_as_far_as_it_was_read) {
    static const uint8_t octets[] = {0xc1, 0xfe, 0, 1};
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_SERVER, .rsv_on_data = WS_RSV1});
    uint8_t out[sizeof octets];
    ws_event events[2];
    size_t count;
    ws_reader_feed(reader, octets, sizeof octets, out, events, 2, &count);
    cr_assert_eq(count, 1);
    ws_frame_header header = events[0].header;
    cr_assert(header.fin && header.rsv == WS_RSV1 && header.opcode == WS_TEXT && header.masked);
    cr_assert(header.length == 1 && header.length_bits == 16 && header.size == 8);
    ws_reader_free(reader);
}

Test(frame_feed, stream_ends_once) {
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    ws_event event;
    feed_all(reader, "81");
    cr_assert(ws_reader_end(reader, &event));
    cr_assert_not(ws_reader_end(reader, &event));
    ws_reader_free(reader);
}

Test(frame_feed, every_violation_is_described) {
    for (unsigned kind = 0; kind < WS_VIOLATION_COUNT; kind++) {
        const ws_violation_info *info = ws_violation_describe((ws_violation)kind);
        cr_assert(info->name && info->name[0] && info->text && info->text[0], "%u", kind);
        if (kind != WS_VIOLATION_NONE)
            cr_assert(strncmp(info->section, "RFC ", 4) == 0, "%s", info->name);
    }
}

Test(frame_feed, names_of_violations_differ) {
    for (unsigned a = 0; a < WS_VIOLATION_COUNT; a++)
        for (unsigned b = 0; b < a; b++)
            cr_assert_str_neq(ws_violation_describe((ws_violation)a)->name,
                              ws_violation_describe((ws_violation)b)->name);
}

Test(frame_feed, number_that_is_no_violation_is_described_as_none) {
    cr_assert_eq(ws_violation_describe(WS_VIOLATION_COUNT), ws_violation_describe(WS_VIOLATION_NONE));
}

/* 7.4.1: 1007 for octets that are not what the message's type says, 1009 for what is too big, 1008 for a
 * policy that has no code of its own, 1002 for the rest. */
Test(frame_feed, close_code_fits_the_violation) {
    for (unsigned kind = 1; kind < WS_VIOLATION_COUNT; kind++) {
        unsigned expected = 1002;
        if (kind == WS_VIOLATION_TEXT || kind == WS_VIOLATION_CLOSE_REASON || kind == WS_VIOLATION_DEFLATE ||
            kind == WS_VIOLATION_WINDOW)
            expected = 1007;
        if (kind == WS_LIMIT_FRAME || kind == WS_LIMIT_MESSAGE)
            expected = 1009;
        if (kind == WS_LIMIT_FRAGMENTS)
            expected = 1008;
        cr_assert_eq(ws_violation_describe((ws_violation)kind)->close_code, expected, "%u", kind);
    }
}

/* Every kind that the frame reader can find stands in some row. */
Test(frame_feed, every_violation_has_a_row) {
    const frame_table tables[] = {frame_feed_rows, frame_limit_rows};
    for (unsigned kind = 1; kind < WS_VIOLATION_COUNT; kind++) {
        if (kind == WS_VIOLATION_DEFLATE || kind == WS_VIOLATION_WINDOW)
            continue;
        char line[60];
        snprintf(line, sizeof line, "violation %s", ws_violation_describe((ws_violation)kind)->name);
        bool found = false;
        for (size_t t = 0; t < 2; t++)
            for (size_t i = 0; i < tables[t].count; i++) {
                const char *at = strstr(tables[t].rows[i].log, line);
                found = found || (at && at[strlen(line)] == '\0');
            }
        cr_expect(found, "%s", line);
    }
}

Test(frame_feed, opcodes_have_the_names_of_the_registry) {
    static const char *const names[] = {
        [0] = "continuation", [1] = "text", [2] = "binary", [8] = "close", [9] = "ping", [10] = "pong"};
    for (uint8_t opcode = 0; opcode < 16; opcode++) {
        bool named = opcode <= 2 || (opcode >= 8 && opcode <= 10);
        char reserved[30];
        snprintf(reserved, sizeof reserved, "reserved opcode 0x%x", opcode);
        cr_assert_str_eq(ws_opcode_name(opcode), named ? names[opcode] : reserved);
    }
}
