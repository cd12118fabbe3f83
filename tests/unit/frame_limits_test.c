#include "wire/frame.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/frame_rows.h"
#include "support/octets.h"
#include "support/reader_run.h"

Test(frame_limits, every_stream_gives_its_events) {
    reader_run run;
    reader_run_init(&run);
    for (size_t i = 0; i < frame_limit_rows.count; i++) {
        const frame_row *row = &frame_limit_rows.rows[i];
        ws_buffer stream;
        event_log log;
        ws_buffer_init(&stream, 0);
        event_log_init(&log, false);
        octets_read(row->octets, &stream);
        reader_run_cut(&run, &row->config, ws_buffer_span(&stream), NULL, 0, &log);
        cr_expect_str_eq(event_log_text(&log), row->log, "%s:\n  %s\nshould be\n  %s", row->name,
                         event_log_text(&log), row->log);
        event_log_clear(&log);
        ws_buffer_clear(&stream);
    }
    reader_run_clear(&run);
}

/* A row that tolerates a rule shows its meaning only when the rule is broken in it. */
Test(frame_limits, every_tolerated_stream_is_refused_without_tolerance) {
    reader_run run;
    reader_run_init(&run);
    for (size_t i = 0; i < frame_limit_rows.count; i++) {
        const frame_row *row = &frame_limit_rows.rows[i];
        ws_reader_config strict = row->config;
        strict.tolerate = 0;
        if (!row->config.tolerate)
            continue;
        ws_buffer stream;
        event_log log;
        ws_buffer_init(&stream, 0);
        event_log_init(&log, false);
        octets_read(row->octets, &stream);
        reader_run_cut(&run, &strict, ws_buffer_span(&stream), NULL, 0, &log);
        cr_expect(strstr(event_log_text(&log), "violation"), "%s", row->name);
        event_log_clear(&log);
        ws_buffer_clear(&stream);
    }
    reader_run_clear(&run);
}

/* Lengths around every power of two that a narrower type could be cut at. Octets of the payload do not come:
 * the reader must wait for them, and keep nothing for them. */
Test(frame_limits, no_length_is_taken_for_a_smaller_one) {
    static const uint64_t lengths[] = {65536,
                                       UINT64_C(0x7fffffff),
                                       UINT64_C(0x80000000),
                                       UINT64_C(0xffffffff),
                                       UINT64_C(0x100000000),
                                       UINT64_C(0x100000001),
                                       UINT64_C(0x8000000000000),
                                       UINT64_C(0x7ffffffffffffffe),
                                       UINT64_C(0x7fffffffffffffff)};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t octets[14] = {0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd'};
        for (unsigned j = 0; j < 8; j++)
            octets[2 + j] = (uint8_t)(lengths[i] >> (56 - 8 * j));
        ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
        ws_event events[4];
        size_t count;
        cr_assert_eq(ws_reader_feed(reader, octets, sizeof octets, octets, events, 4, &count), sizeof octets);
        cr_assert_eq(count, 1);
        cr_assert_eq(events[0].payload.size, 4);
        cr_assert_eq(events[0].flags, WS_FRAME_START | WS_MESSAGE_START);
        cr_assert_eq(events[0].header.length, lengths[i]);
        ws_reader_free(reader);
    }
}

/* With the top bit tolerated, lengths near 2^64 stay what they are. */
Test(frame_limits, no_tolerated_length_wraps_around) {
    for (uint64_t below = 0; below < 20; below++) {
        uint64_t length = UINT64_MAX - below;
        uint8_t octets[14] = {0x02, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd'};
        for (unsigned j = 0; j < 8; j++)
            octets[2 + j] = (uint8_t)(length >> (56 - 8 * j));
        ws_reader_config config = {.role = WS_CLIENT, .tolerate = 1u << WS_VIOLATION_LENGTH_TOP_BIT};
        ws_reader *reader = ws_reader_new(&config);
        ws_event events[4], end;
        size_t count;
        ws_reader_feed(reader, octets, sizeof octets, octets, events, 4, &count);
        cr_assert_eq(count, 1);
        cr_assert_eq(events[0].header.length, length);
        cr_assert_eq(events[0].flags, WS_FRAME_START | WS_MESSAGE_START);
        cr_assert(ws_reader_end(reader, &end));
        cr_assert_eq(end.violation, WS_VIOLATION_TRUNCATED);
        cr_assert_eq(end.offset, sizeof octets);
        ws_reader_free(reader);
    }
}

/* An empty frame costs its sender two octets; without a limit it costs the reader nothing. */
Test(frame_limits, a_hundred_thousand_empty_fragments_are_taken) {
    ws_reader *reader = ws_reader_new(&(ws_reader_config){.role = WS_CLIENT});
    uint8_t octets[200] = {0x01};
    ws_event events[101];
    size_t count, frames = 0;
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert_eq(ws_reader_feed(reader, octets, sizeof octets, octets, events, 101, &count),
                     sizeof octets);
        frames += count;
        octets[0] = 0x00;
    }
    ws_reader_feed(reader, NULL, 0, NULL, events, 101, &count);
    cr_assert_eq(frames + count, 100000);
    cr_assert(ws_reader_in_message(reader));
    ws_reader_free(reader);
}
