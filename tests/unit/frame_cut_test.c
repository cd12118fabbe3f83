/* The property: a stream gives the same events however it is cut, wherever its octets are unmasked, and
 * however little room there is for events. */
#include "wire/frame.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/frame_rows.h"
#include "support/octets.h"
#include "support/reader_run.h"

enum { EVERY_CUT = 150, EVERY_TWO_CUTS = 20, EDGE = 24 };

/* The ways of one test, and what the stream gave whole. */
typedef struct cutter {
    reader_run run;
    const char *name;
    const ws_reader_config *config;
    ws_span stream;
    event_log whole;
} cutter;

static void begin(cutter *cutter, const char *name, const ws_reader_config *config, ws_span stream) {
    cutter->name = name;
    cutter->config = config;
    cutter->stream = stream;
    event_log_init(&cutter->whole, true);
    cutter->run.max_events = RUN_MAX_EVENTS;
    cutter->run.in_place = false;
    reader_run_cut(&cutter->run, config, stream, NULL, 0, &cutter->whole);
}

static void check(cutter *cutter, event_log *log, const char *way, size_t a, size_t b) {
    const char *whole = event_log_text(&cutter->whole);
    if (strcmp(event_log_text(log), whole) != 0)
        cr_assert_fail("%s, %s %zu %zu, %zu events, %s:\n  %s\nwhole:\n  %s", cutter->name, way, a, b,
                       cutter->run.max_events, cutter->run.in_place ? "in place" : "copied",
                       event_log_text(log), whole);
    event_log_clear(log);
}

static void check_chopped(cutter *cutter, size_t piece) {
    event_log log;
    event_log_init(&log, true);
    reader_run_chop(&cutter->run, cutter->config, cutter->stream, piece, &log);
    check(cutter, &log, "pieces of", piece, 0);
}

static void check_cut(cutter *cutter, size_t a, size_t b) {
    event_log log;
    event_log_init(&log, true);
    reader_run_cut(&cutter->run, cutter->config, cutter->stream, (size_t[]){a, b}, 2, &log);
    check(cutter, &log, "cut at", a, b);
}

static void check_small_pieces(cutter *cutter) {
    size_t size = cutter->stream.size;
    for (size_t piece = 1; piece <= 5; piece++)
        if (size <= EVERY_CUT)
            check_chopped(cutter, piece);
    check_chopped(cutter, 127);
    check_chopped(cutter, 4096);
}

/* Every place of a short stream; of a long one, those near its ends. An empty piece lies between the cuts. */
static void check_two_pieces(cutter *cutter) {
    size_t size = cutter->stream.size;
    for (size_t at = 0; at <= size; at++)
        if (size <= EVERY_CUT || at < EDGE || at + 4 > size)
            check_cut(cutter, at, at);
}

static void check_three_pieces(cutter *cutter) {
    size_t size = cutter->stream.size;
    for (size_t a = 1; size <= EVERY_TWO_CUTS && a < size; a++)
        for (size_t b = a + 1; b < size; b++)
            check_cut(cutter, a, b);
}

static void end(cutter *cutter) {
    event_log_clear(&cutter->whole);
}

static void check_table(const frame_table *table, void way(cutter *), size_t max_events, bool in_place) {
    cutter cutter;
    reader_run_init(&cutter.run);
    cutter.run.state = true;
    for (size_t i = 0; i < table->count; i++) {
        const frame_row *row = &table->rows[i];
        ws_buffer stream;
        ws_buffer_init(&stream, 0);
        octets_read(row->octets, &stream);
        begin(&cutter, row->name, &row->config, ws_buffer_span(&stream));
        cutter.run.max_events = max_events;
        cutter.run.in_place = in_place;
        check_cut(&cutter, 0, 0);
        way(&cutter);
        end(&cutter);
        ws_buffer_clear(&stream);
    }
    reader_run_clear(&cutter.run);
}

Test(frame_cut, feed_rows_in_small_pieces) {
    check_table(&frame_feed_rows, check_small_pieces, RUN_MAX_EVENTS, false);
}

Test(frame_cut, feed_rows_in_small_pieces_in_place) {
    check_table(&frame_feed_rows, check_small_pieces, RUN_MAX_EVENTS, true);
}

Test(frame_cut, feed_rows_in_small_pieces_with_two_events) {
    check_table(&frame_feed_rows, check_small_pieces, 2, true);
}

Test(frame_cut, feed_rows_in_small_pieces_with_three_events) {
    check_table(&frame_feed_rows, check_small_pieces, 3, false);
}

Test(frame_cut, feed_rows_in_two_pieces) {
    check_table(&frame_feed_rows, check_two_pieces, RUN_MAX_EVENTS, false);
}

Test(frame_cut, feed_rows_in_two_pieces_in_place_with_two_events) {
    check_table(&frame_feed_rows, check_two_pieces, 2, true);
}

Test(frame_cut, feed_rows_in_two_pieces_with_three_events) {
    check_table(&frame_feed_rows, check_two_pieces, 3, false);
}

Test(frame_cut, feed_rows_in_three_pieces) {
    check_table(&frame_feed_rows, check_three_pieces, RUN_MAX_EVENTS, false);
}

Test(frame_cut, feed_rows_in_three_pieces_in_place_with_two_events) {
    check_table(&frame_feed_rows, check_three_pieces, 2, true);
}

Test(frame_cut, limit_rows_in_small_pieces) {
    check_table(&frame_limit_rows, check_small_pieces, RUN_MAX_EVENTS, false);
}

Test(frame_cut, limit_rows_in_two_pieces) {
    check_table(&frame_limit_rows, check_two_pieces, RUN_MAX_EVENTS, false);
}

Test(frame_cut, limit_rows_in_two_pieces_in_place_with_two_events) {
    check_table(&frame_limit_rows, check_two_pieces, 2, true);
}

Test(frame_cut, limit_rows_in_three_pieces_in_place_with_three_events) {
    check_table(&frame_limit_rows, check_three_pieces, 3, true);
}

/* ------------------------------------------------------------------ generated streams */

static uint32_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

static bool one_in(uint64_t *seed, uint32_t n) {
    return next_random(seed) % n == 0;
}

/* A frame that mostly obeys, for a stream that mostly has a sense. */
static void add_random_frame(ws_buffer *stream, bool masked, bool *in_message, uint64_t *seed) {
    static const char *const texts[] = {"",    "a", "\xc3\xa9", "\xe2\x82\xac", "0123456789", "\xf0\x9f\x98",
                                        "\x80"};
    static const uint8_t controls[] = {WS_PING, WS_PONG, WS_PING, WS_PONG, WS_PING, WS_CLOSE};
    const char *text = texts[next_random(seed) % (one_in(seed, 8) ? 7 : 5)];
    ws_frame frame = {.fin = true, .masked = masked, .payload = ws_span_of(text)};
    for (unsigned i = 0; i < 4; i++)
        frame.key[i] = (uint8_t)next_random(seed);
    if (one_in(seed, 3)) {
        frame.opcode = controls[next_random(seed) % sizeof controls];
    } else {
        frame.opcode = *in_message ? WS_CONTINUATION : one_in(seed, 2) ? WS_TEXT : WS_BINARY;
        frame.fin = one_in(seed, 2);
        *in_message = !frame.fin;
    }
    if (one_in(seed, 40))
        frame.opcode = (uint8_t)next_random(seed) & 0xf;
    if (one_in(seed, 40))
        frame.rsv = (uint8_t)next_random(seed) & 0x7;
    if (one_in(seed, 40))
        frame.masked = !frame.masked;
    if (one_in(seed, 40))
        frame.length_form = one_in(seed, 2) ? WS_LENGTH_16 : WS_LENGTH_64;
    cr_assert_eq(ws_frame_emit(&frame, stream), WS_OK);
}

static ws_reader_config random_config(uint64_t *seed) {
    ws_reader_config config = {.role = one_in(seed, 2) ? WS_CLIENT : WS_SERVER};
    if (one_in(seed, 2))
        config.tolerate = next_random(seed) & next_random(seed);
    if (one_in(seed, 4))
        config.rsv_on_data = WS_RSV1;
    if (one_in(seed, 8))
        config.max_message = next_random(seed) % 20;
    if (one_in(seed, 8))
        config.max_fragments = next_random(seed) % 4;
    return config;
}

static void check_generated(cutter *cutter, uint64_t *seed) {
    cutter->run.max_events = 2 + next_random(seed) % 4;
    cutter->run.in_place = one_in(seed, 2);
    for (size_t piece = 1; piece <= 7; piece++)
        check_chopped(cutter, piece);
    for (unsigned i = 0; i < 20; i++) {
        size_t a = next_random(seed) % (cutter->stream.size + 1);
        check_cut(cutter, a, a + next_random(seed) % (cutter->stream.size - a + 1));
    }
}

Test(frame_cut, streams_of_random_frames) {
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    cutter cutter;
    reader_run_init(&cutter.run);
    cutter.run.state = true;
    for (unsigned i = 0; i < 400; i++) {
        ws_reader_config config = random_config(&seed);
        ws_buffer stream;
        ws_buffer_init(&stream, 0);
        bool in_message = false;
        for (uint32_t frames = 1 + next_random(&seed) % 20; frames > 0; frames--)
            add_random_frame(&stream, config.role == WS_SERVER, &in_message, &seed);
        begin(&cutter, "random frames", &config, ws_buffer_span(&stream));
        check_generated(&cutter, &seed);
        end(&cutter);
        ws_buffer_clear(&stream);
    }
    reader_run_clear(&cutter.run);
}

/* Everything tolerated: no octet is a reason to stop, so that any octets are frames. */
Test(frame_cut, streams_of_random_octets_with_every_rule_tolerated) {
    uint64_t seed = UINT64_C(0xd1b54a32d192ed03);
    cutter cutter;
    reader_run_init(&cutter.run);
    cutter.run.state = true;
    for (unsigned i = 0; i < 400; i++) {
        ws_reader_config config = random_config(&seed);
        config.tolerate = UINT32_MAX;
        uint8_t octets[200];
        size_t size = 1 + next_random(&seed) % sizeof octets;
        for (size_t j = 0; j < size; j++)
            octets[j] = (uint8_t)next_random(&seed) & (one_in(&seed, 2) ? 0xff : 0x83);
        begin(&cutter, "random octets", &config, (ws_span){octets, size});
        check_generated(&cutter, &seed);
        end(&cutter);
    }
    reader_run_clear(&cutter.run);
}
