#include "wire/receiver.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/event_log.h"
#include "support/guard.h"
#include "support/octets.h"

typedef struct receiver_row {
    const char *name;
    ws_receiver_config config;
    const char *octets;
    const char *log;
} receiver_row;

#define PLAIN                                                                                                \
    {                                                                                                        \
        .reader = {.role = WS_CLIENT }                                                                       \
    }
#define DEFLATE .deflate = true, .agreement = {.window_bits = 15}
#define DEFLATED                                                                                             \
    { .reader = {.role = WS_CLIENT}, DEFLATE }
#define DEFLATED_SERVER                                                                                      \
    { .reader = {.role = WS_SERVER}, DEFLATE }
#define NO_TAKEOVER                                                                                          \
    {                                                                                                        \
        .reader = {.role = WS_CLIENT}, .deflate = true, .agreement = {                                       \
            .window_bits = 15,                                                                               \
            .no_context_takeover = true                                                                      \
        }                                                                                                    \
    }
#define MAX_INFLATED(n)                                                                                      \
    { .reader = {.role = WS_CLIENT}, DEFLATE, .max_inflated = (n) }
#define HELLO "f248cdc9c90700" /* RFC 7692 7.2.3.1 */

/* Octets behind "00 LEN NLEN" are a stored block; a last 00 begins the one whose rest the sender took off. A
 * violation that inflating finds stands at the first octet of the frame's payload. */
static const receiver_row rows[] = {
    /* RFC 7692 7.2.3 */
    {"sample: one block", DEFLATED, "c1 07" HELLO, "0 text deflated [(Hello)]"},
    {"sample: two fragments", DEFLATED, "41 03 f248cd 80 04 c9c90700",
     "0 text deflated [(He); 5 text deflated (llo)]"},
    {"sample: sliding window", DEFLATED, "c1 07" HELLO "c1 05 f200110000",
     "0 text deflated [(Hello)]; 9 text deflated [(Hello)]"},
    {"sample: block without compression", DEFLATED, "c1 0b 000500faff 'Hello' 00",
     "0 text deflated [(Hello)]"},
    {"sample: block with BFINAL", DEFLATED, "c1 08 f348cdc9c9070000", "0 text deflated [(Hello)]"},
    {"sample: two blocks", DEFLATED, "c1 0d f248050000 00ffff cac9c90700", "0 text deflated [(Hello)]"},
    {"masked with zero", DEFLATED_SERVER, "c1 87 00000000" HELLO, "0 text deflated [(Hello)]"},
    {"masked", DEFLATED_SERVER, "c1 87 37fa213d c5b2ecf4fefd21", "0 text deflated [(Hello)]"},
    {"message behind one with BFINAL", DEFLATED, "c1 08 f348cdc9c9070000 c1 05 f200110000",
     "0 text deflated [(Hello)]; 10 text deflated [(Hello)]"},

    /* what is not compressed goes through */
    {"plain text", DEFLATED, "81 05 'Hello'", "0 text [(Hello)]"},
    {"plain text between compressed ones", DEFLATED, "c1 07" HELLO "81 02 'hi' c1 05 f200110000",
     "0 text deflated [(Hello)]; 9 text [(hi)]; 13 text deflated [(Hello)]"},
    {"plain fragments between compressed messages", DEFLATED,
     "c1 07" HELLO "02 01 f2 89 00 80 01 48 c1 05 f200110000",
     "0 text deflated [(Hello)]; 9 binary [(\\xf2); 12 ping; 14 binary (H)]; 17 text deflated [(Hello)]"},
    {"plain text that is none, between compressed messages", DEFLATED, "c1 07" HELLO "81 02 'a' ff c1 00",
     "0 text deflated [(Hello)]; 9 text [(a; 12 violation text"},
    {"control frames inside a compressed message", DEFLATED, "41 03 f248cd 89 02 'hi' 8a 00 80 04 c9c90700",
     "0 text deflated [(He); 5 ping hi; 9 pong; 11 text deflated (llo)]"},
    {"Close inside a compressed message", DEFLATED, "41 03 f248cd 88 02 03e8",
     "0 text deflated [(He); 5 close 1000"},
    {"data after Close", DEFLATED, "88 00 c1 00", "0 close 1005; 2 violation data-after-close"},
    {"nothing negotiated", PLAIN, "81 05 'Hello' 01 01 c3 89 00 80 01 a9",
     "0 text [(Hello)]; 7 text [(\\xc3); 10 ping; 12 text (\\xa9)]"},
    {"nothing negotiated: text that is none", PLAIN, "81 02 'a' ff", "0 text [(a; 3 violation text"},

    /* RFC 7692 6: RSV1 */
    {"RSV1 though nothing was negotiated", PLAIN, "c1 07" HELLO, "0 violation rsv"},
    {"RSV1 on a continuation", DEFLATED, "41 03 f248cd c0 04 c9c90700",
     "0 text deflated [(He); 5 violation rsv"},
    {"RSV1 on the continuation of a plain message", DEFLATED, "01 01 61 c0 01 00",
     "0 text [(a); 3 violation rsv"},
    {"RSV1 on a ping", DEFLATED, "c9 00", "0 violation rsv"},
    {"RSV1 on a pong inside a compressed message", DEFLATED, "41 00 ca 00",
     "0 text deflated [(); 2 violation rsv"},
    {"RSV1 on a Close", DEFLATED, "c8 02 03e8", "0 violation rsv"},
    {"RSV1 and RSV2", DEFLATED, "e1 07" HELLO, "0 violation rsv"},
    {"RSV1 of somebody else's extension is handed on",
     {.reader = {.role = WS_CLIENT, .rsv_on_data = WS_RSV1}},
     "c1 02 f2ff",
     "0 text deflated [(\\xf2\\xff)]"},

    /* nothing in them */
    {"empty message", DEFLATED, "c1 01 00", "0 text deflated [()]"},
    {"empty payload: 00 00 ff ff alone is no block (7.2.3.6)", DEFLATED, "c1 00",
     "0 text deflated [(; 2 violation deflate"},
    {"empty messages in a row", DEFLATED, "c2 01 00 c1 01 00 81 00",
     "0 binary deflated [()]; 3 text deflated [()]; 6 text [()]"},
    {"empty fragments", DEFLATED, "41 00 00 00 80 01 00",
     "0 text deflated [(); 2 text deflated (); 4 text deflated ()]"},
    {"fragments that inflate to nothing", DEFLATED, "41 01 f2 00 02 48cd 80 04 c9c90700",
     "0 text deflated [(); 3 text deflated (He); 7 text deflated (llo)]"},
    {"empty last fragment", DEFLATED, "41 07" HELLO "80 00 c1 05 f200110000",
     "0 text deflated [(Hello); 9 text deflated ()]; 11 text deflated [(Hello)]"},
    {"empty stored blocks", DEFLATED, "c1 0b 000000ffff 000000ffff 00", "0 text deflated [()]"},

    /* RFC 6455 8.1, after inflating */
    {"text that is none", DEFLATED, "c1 0b 000500faff 'Hel' ff 'o' 00",
     "0 text deflated [(Hel; 2 violation text"},
    {"text that is none from its first octet on", DEFLATED, "c1 07 000100feff ff 00",
     "0 text deflated [(; 2 violation text"},
    {"masked text that is none", DEFLATED_SERVER, "c1 87 00000000 000100feff ff 00",
     "0 text deflated [(; 6 violation text"},
    {"text ends inside a code point", DEFLATED, "c1 08 000200fdff 'a' c3 00",
     "0 text deflated [(a\\xc3; 2 violation text"},
    {"text ends inside a code point with an empty fragment", DEFLATED, "41 06 000100feff c3 80 01 00",
     "0 text deflated [(\\xc3); 8 text deflated (; 10 violation text"},
    {"code point in two fragments and a ping", DEFLATED,
     "41 06 000100feff c3 89 01 ff 80 07 000100feff a9 00",
     "0 text deflated [(\\xc3); 8 ping \\xff; 11 text deflated (\\xa9)]"},
    {"code point not continued in the next fragment", DEFLATED,
     "41 06 000100feff c3 89 00 80 07 000100feff 61 00",
     "0 text deflated [(\\xc3); 8 ping; 10 text deflated (; 12 violation text"},
    {"each message is a text of its own", DEFLATED, "c1 08 000200fdff c3a9 00 c1 07 000100feff a9 00",
     "0 text deflated [(\\xc3\\xa9)]; 10 text deflated [(; 12 violation text"},
    {"binary is not text", DEFLATED, "c2 07 000100feff ff 00", "0 binary deflated [(\\xff)]"},
    {"text is tolerated",
     {.reader = {.role = WS_CLIENT, .tolerate = 1u << WS_VIOLATION_TEXT}, DEFLATE},
     "c1 07 000100feff ff 00 81 01 c3",
     "0 text deflated [(\\xff)]; 9 text [(\\xc3)]"},

    /* RFC 7692 7.2.2: streams that cannot be inflated */
    {"reserved block type", DEFLATED, "c1 01 06", "0 text deflated [(; 2 violation deflate"},
    {"reserved block type behind octets", DEFLATED, "c1 09 000300fcff 'abc' 06",
     "0 text deflated [(abc; 2 violation deflate"},
    {"reserved block type in the second fragment", DEFLATED, "41 08 000300fcff 'abc' 80 01 06",
     "0 text deflated [(abc); 10 text deflated (; 12 violation deflate"},
    {"length and complement differ", DEFLATED, "c1 05 0001000000", "0 text deflated [(; 2 violation deflate"},
    {"bad text before a bad block", DEFLATED, "c1 07 000100feff ff 06",
     "0 text deflated [(; 2 violation text"},
    {"message ends inside a stored block", DEFLATED, "c2 07 000500faff 'He'",
     "0 binary deflated [(He\\x00\\x00\\xff; 2 violation deflate"},
    {"nothing after a stream that cannot be inflated", DEFLATED, "c1 01 06 81 01 61 89 00",
     "0 text deflated [(; 2 violation deflate"},

    /* RFC 7692 7.1.1, 7.1.2 */
    {"distance into a message of long ago", NO_TAKEOVER, "c1 07" HELLO "c1 05 f200110000",
     "0 text deflated [(Hello)]; 9 text deflated [(H; 11 violation window"},
    {"distance before the first message", DEFLATED, "c1 05 f200110000",
     "0 text deflated [(H; 2 violation window"},
    {"every message from an empty window", NO_TAKEOVER, "c1 07" HELLO "c1 07" HELLO,
     "0 text deflated [(Hello)]; 9 text deflated [(Hello)]"},

    /* limits */
    {"inflated below the limit", MAX_INFLATED(6), "c1 07" HELLO, "0 text deflated [(Hello)]"},
    {"inflated to the limit", MAX_INFLATED(5), "c1 07" HELLO "c1 05 f200110000",
     "0 text deflated [(Hello)]; 9 text deflated [(Hello)]"},
    {"inflated above the limit", MAX_INFLATED(4), "c1 07" HELLO,
     "0 text deflated [(Hell; 2 violation limit-message"},
    {"inflated above the limit in the second fragment", MAX_INFLATED(4), "41 03 f248cd 89 00 80 04 c9c90700",
     "0 text deflated [(He); 5 ping; 7 text deflated (ll; 9 violation limit-message"},
    {"limit before text", MAX_INFLATED(3), "c1 0b 000500faff 'Hel' ff 'o' 00",
     "0 text deflated [(Hel; 2 violation limit-message"},
    {"text before limit", MAX_INFLATED(4), "c1 0b 000500faff 'Hel' ff 'o' 00",
     "0 text deflated [(Hel; 2 violation text"},
    {"limit before a bad block", MAX_INFLATED(2), "c1 09 000300fcff 'abc' 06",
     "0 text deflated [(ab; 2 violation limit-message"},
    {"bad block at the limit", MAX_INFLATED(3), "c1 09 000300fcff 'abc' 06",
     "0 text deflated [(abc; 2 violation deflate"},
    {"plain messages have no limit of inflating", MAX_INFLATED(4), "81 05 'Hello'", "0 text [(Hello)]"},
    {"tolerated limit",
     {.reader = {.role = WS_CLIENT, .tolerate = 1u << WS_LIMIT_MESSAGE}, DEFLATE, .max_inflated = 4},
     "c1 07" HELLO,
     "0 text deflated [(Hello)]"},
    {"limit before inflating",
     {.reader = {.role = WS_CLIENT, .max_message = 6}, DEFLATE},
     "c1 07" HELLO,
     "1 violation limit-message"},

    /* ends */
    {"stream ends inside a compressed frame", DEFLATED, "c1 07 f248",
     "0 text deflated [(H; 4 violation truncated"},
    {"stream ends inside a compressed message", DEFLATED, "41 03 f248cd", "0 text deflated [(He)"},
    {"stream ends inside a header", DEFLATED, "c1 07" HELLO "c1",
     "0 text deflated [(Hello)]; 10 violation truncated"},
};

/* ------------------------------------------------------------------ streams in pieces */

enum { ROOM = 300000 };

/* Every piece lies at the end of the same guarded octets, so that no piece outlives its turn. */
static uint8_t *room;

static void make_room(void) {
    uint8_t *nothing = calloc(1, ROOM);
    cr_assert(nothing);
    room = guard_copy(nothing, ROOM);
    free(nothing);
}

static void give_room_back(void) {
    guard_free(room, ROOM);
}

static void feed_piece(ws_receiver *receiver, ws_span piece, event_log *log) {
    uint8_t *bytes = room + ROOM - piece.size;
    size_t size = piece.size;
    if (size > 0)
        memcpy(bytes, piece.data, size);
    for (;;) {
        size_t used;
        ws_event event;
        bool have = ws_receiver_next(receiver, bytes, size, &used, &event);
        cr_assert_leq(used, size);
        bytes += used;
        size -= used;
        if (!have)
            break;
        event_log_add(log, &event);
    }
    cr_assert_eq(size, 0, "all octets are used when there is no event");
}

static void run_cut(const ws_receiver_config *config, ws_span stream, size_t a, size_t b, event_log *log) {
    ws_receiver *receiver = ws_receiver_new(config);
    cr_assert(receiver);
    const size_t ends[] = {a, b, stream.size};
    size_t from = 0;
    for (size_t i = 0; i < 3; i++) {
        feed_piece(receiver, (ws_span){ends[i] > from ? stream.data + from : NULL, ends[i] - from}, log);
        from = ends[i];
    }
    ws_event event;
    if (ws_receiver_end(receiver, &event))
        event_log_add(log, &event);
    ws_receiver_free(receiver);
}

static void run_chopped(const ws_receiver_config *config, ws_span stream, size_t piece, event_log *log) {
    ws_receiver *receiver = ws_receiver_new(config);
    cr_assert(receiver);
    for (size_t from = 0; from < stream.size; from += piece) {
        size_t size = stream.size - from < piece ? stream.size - from : piece;
        feed_piece(receiver, (ws_span){stream.data + from, size}, log);
    }
    ws_event event;
    if (ws_receiver_end(receiver, &event))
        event_log_add(log, &event);
    ws_receiver_free(receiver);
}

static void check_log(event_log *log, const char *expected, const char *name, const char *way, size_t a,
                      size_t b) {
    if (strcmp(event_log_text(log), expected) != 0)
        cr_assert_fail("%s, %s %zu %zu:\n  %s\nshould be\n  %s", name, way, a, b, event_log_text(log),
                       expected);
    event_log_clear(log);
}

static void check_whole(const receiver_row *row, ws_span stream) {
    event_log log;
    event_log_init(&log, false);
    run_cut(&row->config, stream, 0, stream.size, &log);
    check_log(&log, row->log, row->name, "whole", 0, 0);
}

static void check_chops(const receiver_row *row, ws_span stream) {
    for (size_t piece = 1; piece <= 4; piece++) {
        event_log log;
        event_log_init(&log, false);
        run_chopped(&row->config, stream, piece, &log);
        check_log(&log, row->log, row->name, "pieces of", piece, 0);
    }
}

static void check_two_cuts(const receiver_row *row, ws_span stream) {
    for (size_t a = 0; a <= stream.size; a++)
        for (size_t b = a; b <= stream.size; b++) {
            event_log log;
            event_log_init(&log, false);
            run_cut(&row->config, stream, a, b, &log);
            check_log(&log, row->log, row->name, "cut at", a, b);
        }
}

static void check_rows(void way(const receiver_row *, ws_span)) {
    make_room();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ws_buffer stream;
        ws_buffer_init(&stream, 0);
        octets_read(rows[i].octets, &stream);
        way(&rows[i], ws_buffer_span(&stream));
        ws_buffer_clear(&stream);
    }
    give_room_back();
}

Test(receiver, every_stream_gives_its_events) {
    check_rows(check_whole);
}

Test(receiver, every_stream_gives_its_events_in_small_pieces) {
    check_rows(check_chops);
}

Test(receiver, every_stream_gives_its_events_in_three_pieces) {
    check_rows(check_two_cuts);
}

/* ------------------------------------------------------------------ much from little */

/* One compressed message: a frame with everything, a ping, and an empty last fragment. All that the first
 * frame inflates to must come before the ping. */
static void add_message(ws_buffer *stream, const ws_deflater_options *options, uint8_t opcode, ws_span text) {
    ws_deflater *deflater = ws_deflater_new(options);
    ws_buffer payload;
    ws_buffer_init(&payload, 0);
    cr_assert_eq(ws_deflater_write(deflater, text, true, &payload), WS_OK);
    ws_frame first = {.opcode = opcode, .rsv = WS_RSV1, .payload = ws_buffer_span(&payload)};
    cr_assert_eq(ws_frame_emit(&first, stream), WS_OK);
    cr_assert_eq(ws_frame_emit(&(ws_frame){.opcode = WS_PING, .fin = true}, stream), WS_OK);
    cr_assert_eq(ws_frame_emit(&(ws_frame){.opcode = WS_CONTINUATION, .fin = true}, stream), WS_OK);
    ws_buffer_clear(&payload);
    ws_deflater_free(deflater);
}

static const ws_deflater_options usual = {.agreement = {.window_bits = 15}, .level = -1};

static void check_repeated(size_t size, uint64_t max_inflated) {
    uint8_t *text = malloc(size);
    cr_assert(text);
    memset(text, 'a', size);
    ws_buffer stream;
    ws_buffer_init(&stream, 0);
    add_message(&stream, &usual, WS_TEXT, (ws_span){text, size});
    free(text);
    char expected[200];
    size_t frame = stream.size - 4;
    if (max_inflated && max_inflated < size)
        snprintf(expected, sizeof expected, "0 text deflated [(a{%zu}; %d violation limit-message",
                 (size_t)max_inflated, frame < 128 ? 2 : 4);
    else
        snprintf(expected, sizeof expected, "0 text deflated [(a{%zu}); %zu ping; %zu text deflated ()]",
                 size, frame, frame + 2);
    ws_receiver_config config = {.reader = {.role = WS_CLIENT}, DEFLATE, .max_inflated = max_inflated};
    for (size_t piece = 1; piece < 2 * stream.size; piece += 1 + piece * 2) {
        event_log log;
        event_log_init(&log, false);
        run_chopped(&config, ws_buffer_span(&stream), piece, &log);
        check_log(&log, expected, "repeated octet", "pieces of", piece, size);
    }
    ws_buffer_clear(&stream);
}

Test(receiver, all_that_a_frame_inflates_to_belongs_to_it, .init = make_room, .fini = give_room_back) {
    static const size_t sizes[] = {100,   32767, 32768, 32769, 33025,  33026,  33027,
                                   40000, 65535, 65536, 65537, 100000, 131072, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_repeated(sizes[i], 0);
}

Test(receiver, limit_of_inflating_is_exact_far_behind, .init = make_room, .fini = give_room_back) {
    for (size_t size = 65534; size <= 65538; size++)
        for (uint64_t limit = size - 1; limit <= size + 1; limit++)
            check_repeated(size, limit);
}

static uint32_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

/* Octets that stand twice, `distance` apart, and nothing else to compress. */
static void check_distance(uint8_t window_bits, size_t distance, bool within) {
    uint64_t seed = distance;
    uint8_t octets[2000];
    for (size_t i = 0; i < distance; i++)
        octets[i] = (uint8_t)next_random(&seed);
    memcpy(octets + distance, octets, 100);
    ws_buffer stream;
    ws_buffer_init(&stream, 0);
    add_message(&stream, &usual, WS_BINARY, (ws_span){octets, distance + 100});
    ws_receiver_config config = {
        .reader = {.role = WS_CLIENT}, .deflate = true, .agreement = {.window_bits = window_bits}};
    event_log log;
    event_log_init(&log, false);
    run_cut(&config, ws_buffer_span(&stream), 0, 0, &log);
    bool violated = strstr(event_log_text(&log), "; 4 violation window") != NULL;
    cr_assert_eq(violated, !within, "window of %u bits, distance %zu", window_bits, distance);
    event_log_clear(&log);
    ws_buffer_clear(&stream);
}

Test(receiver, distances_are_held_to_the_agreed_window, .init = make_room, .fini = give_room_back) {
    check_distance(8, 256, true);
    check_distance(8, 257, false);
    check_distance(9, 512, true);
    check_distance(9, 513, false);
    check_distance(15, 1500, true);
}

/* ------------------------------------------------------------------ generated streams */

static void random_text(ws_buffer *text, uint64_t *seed) {
    static const char *const words[] = {"Hello ",           "\xc3\xa9",   "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80", "aaaaaaaaaa", "0"};
    for (uint32_t count = next_random(seed) % 30; count > 0; count--)
        ws_buffer_append_text(text, words[next_random(seed) % 6]);
    if (text->size > 0 && next_random(seed) % 8 == 0)
        text->data[next_random(seed) % text->size] = (uint8_t)next_random(seed);
}

static void add_fragments(ws_buffer *stream, uint8_t opcode, uint8_t rsv, ws_span payload, uint64_t *seed) {
    size_t done = 0;
    for (bool fin = false; !fin; opcode = WS_CONTINUATION, rsv = 0) {
        size_t size = next_random(seed) % (payload.size - done + 1);
        fin = next_random(seed) % 3 == 0;
        if (fin)
            size = payload.size - done;
        ws_frame frame = {.opcode = opcode, .rsv = rsv, .fin = fin, .masked = true, .key = {1, 2, 3, 4}};
        frame.payload = (ws_span){payload.data + done, size};
        ws_frame_emit(&frame, stream);
        done += size;
        ws_frame ping = {.opcode = WS_PING, .fin = true, .masked = true, .payload = ws_span_of("ping")};
        if (next_random(seed) % 3 == 0)
            ws_frame_emit(&ping, stream);
    }
}

static void random_stream(ws_buffer *stream, uint64_t *seed) {
    ws_deflater *deflater = ws_deflater_new(&usual);
    for (uint32_t messages = 1 + next_random(seed) % 4; messages > 0; messages--) {
        ws_buffer text, payload;
        ws_buffer_init(&text, 0);
        ws_buffer_init(&payload, 0);
        ws_buffer_reserve(&payload, 1);
        random_text(&text, seed);
        bool compressed = next_random(seed) % 4 != 0;
        if (compressed)
            ws_deflater_write(deflater, ws_buffer_span(&text), true, &payload);
        else
            ws_buffer_append(&payload, text.data, text.size);
        if (payload.size > 0 && next_random(seed) % 10 == 0)
            payload.data[next_random(seed) % payload.size] ^= (uint8_t)next_random(seed);
        add_fragments(stream, next_random(seed) % 4 == 0 ? WS_BINARY : WS_TEXT, compressed ? WS_RSV1 : 0,
                      ws_buffer_span(&payload), seed);
        ws_buffer_clear(&payload);
        ws_buffer_clear(&text);
    }
    ws_deflater_free(deflater);
}

Test(receiver, random_streams_give_the_same_events_in_any_pieces, .init = make_room, .fini = give_room_back) {
    uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);
    ws_receiver_config config = DEFLATED_SERVER;
    for (unsigned i = 0; i < 150; i++) {
        ws_buffer stream;
        event_log whole;
        ws_buffer_init(&stream, 0);
        event_log_init(&whole, true);
        config.max_inflated = i % 3 == 0 ? 100 : 0;
        random_stream(&stream, &seed);
        run_cut(&config, ws_buffer_span(&stream), 0, 0, &whole);
        for (size_t piece = 1; piece < stream.size; piece += 1 + piece) {
            event_log log;
            event_log_init(&log, true);
            run_chopped(&config, ws_buffer_span(&stream), piece, &log);
            check_log(&log, event_log_text(&whole), "random stream", "pieces of", piece, i);
        }
        event_log_clear(&whole);
        ws_buffer_clear(&stream);
    }
}

/* ------------------------------------------------------------------ the rest of the contract */

Test(receiver, bytes_may_be_NULL_when_there_are_none) {
    ws_receiver *receiver = ws_receiver_new(&(ws_receiver_config)PLAIN);
    size_t used = 1;
    ws_event event;
    cr_assert_not(ws_receiver_next(receiver, NULL, 0, &used, &event));
    cr_assert_eq(used, 0);
    ws_receiver_free(receiver);
}

Test(receiver, octets_after_a_violation_are_used_and_say_nothing) {
    ws_receiver *receiver = ws_receiver_new(&(ws_receiver_config)PLAIN);
    static const uint8_t octets[] = {0x83, 0, 0x81, 0};
    size_t used;
    ws_event event;
    cr_assert(ws_receiver_next(receiver, octets, sizeof octets, &used, &event));
    cr_assert_eq(event.type, WS_EVENT_VIOLATION);
    cr_assert_not(ws_receiver_next(receiver, octets + 2, 2, &used, &event));
    cr_assert_eq(used, 2);
    cr_assert_not(ws_receiver_end(receiver, &event));
    ws_receiver_free(receiver);
}

Test(receiver, inflater_is_there_when_deflate_was_negotiated) {
    ws_receiver *with = ws_receiver_new(&(ws_receiver_config)DEFLATED);
    ws_receiver *without = ws_receiver_new(&(ws_receiver_config)PLAIN);
    cr_assert_not_null(ws_receiver_inflater(with));
    cr_assert_null(ws_receiver_inflater(without));
    ws_receiver_free(with);
    ws_receiver_free(without);
}

Test(receiver, reader_answers_for_the_stream) {
    ws_receiver *receiver = ws_receiver_new(&(ws_receiver_config)PLAIN);
    static const uint8_t octets[] = {0x01, 1, 'a'};
    size_t used;
    ws_event event;
    cr_assert(ws_receiver_next(receiver, octets, sizeof octets, &used, &event));
    cr_assert_eq(ws_reader_offset(ws_receiver_reader(receiver)), 3);
    cr_assert(ws_reader_in_message(ws_receiver_reader(receiver)));
    ws_receiver_free(receiver);
}

/* The one way to fail that needs no shortage of memory. */
Test(receiver, receiver_without_an_inflater_is_not_made) {
    ws_receiver_config config = {.deflate = true, .agreement = {.window_bits = 16}};
    cr_assert_null(ws_receiver_new(&config));
    ws_receiver_free(NULL);
}
