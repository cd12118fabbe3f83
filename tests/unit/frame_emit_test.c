#include "wire/frame.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/guard.h"
#include "support/octets.h"
#include "wire/mask.h"

#define KEY                                                                                                  \
    { 0x37, 0xfa, 0x21, 0x3d }
#define HELLO                                                                                                \
    { (const uint8_t *)"Hello", 5 }

static const uint8_t zeros[65536 + 1];

typedef struct emit_row {
    const char *name;
    ws_frame frame;
    const char *octets;
} emit_row;

static const emit_row rows[] = {
    {"all zero", {0}, "00 00"},

    /* RFC 6455 5.7 */
    {"sample: unmasked text", {.opcode = WS_TEXT, .fin = true, .payload = HELLO}, "81 05 48656c6c6f"},
    {"sample: masked text",
     {.opcode = WS_TEXT, .fin = true, .masked = true, .key = KEY, .payload = HELLO},
     "81 85 37fa213d 7f9f4d5158"},
    {"sample: first fragment", {.opcode = WS_TEXT, .payload = {(const uint8_t *)"Hel", 3}}, "01 03 48656c"},
    {"sample: last fragment", {.fin = true, .payload = {(const uint8_t *)"lo", 2}}, "80 02 6c6f"},
    {"sample: ping", {.opcode = WS_PING, .fin = true, .payload = HELLO}, "89 05 48656c6c6f"},
    {"sample: masked pong",
     {.opcode = WS_PONG, .fin = true, .masked = true, .key = KEY, .payload = HELLO},
     "8a 85 37fa213d 7f9f4d5158"},
    {"sample: 256 octets of binary",
     {.opcode = WS_BINARY, .fin = true, .payload = {zeros, 256}},
     "82 7e 0100 00*256"},
    {"sample: 64 KiB of binary",
     {.opcode = WS_BINARY, .fin = true, .payload = {zeros, 65536}},
     "82 7f 0000000000010000 00*65536"},

    /* 5.2: shortest forms */
    {"125 octets", {.payload = {zeros, 125}}, "00 7d 00*125"},
    {"126 octets", {.payload = {zeros, 126}}, "00 7e 007e 00*126"},
    {"65535 octets", {.payload = {zeros, 65535}}, "00 7e ffff 00*65535"},

    /* masks */
    {"masked, empty", {.masked = true, .key = KEY}, "00 80 37fa213d"},
    {"masked with a key of zero", {.masked = true, .payload = HELLO}, "00 85 00000000 48656c6c6f"},
    {"a key alone masks nothing", {.key = KEY, .payload = HELLO}, "00 05 48656c6c6f"},
    {"masked, 16 bits",
     {.masked = true, .key = {1, 1, 1, 1}, .payload = {zeros, 126}},
     "00 fe 007e 01010101 01*126"},

    /* lies about bits */
    {"every RSV bit", {.opcode = WS_TEXT, .rsv = 7, .fin = true}, "f1 00"},
    {"RSV1", {.opcode = WS_TEXT, .rsv = WS_RSV1, .fin = true}, "c1 00"},
    {"RSV2", {.opcode = WS_TEXT, .rsv = WS_RSV2, .fin = true}, "a1 00"},
    {"RSV3", {.opcode = WS_TEXT, .rsv = WS_RSV3, .fin = true}, "91 00"},
    {"reserved opcode", {.opcode = 0xf, .fin = true}, "8f 00"},
    {"fragmented ping", {.opcode = WS_PING}, "09 00"},
    {"ping of 126 octets", {.opcode = WS_PING, .fin = true, .payload = {zeros, 126}}, "89 7e 007e 00*126"},
    {"Close of one octet", {.opcode = WS_CLOSE, .fin = true, .payload = {zeros, 1}}, "88 01 00"},

    /* lies about the length */
    {"declared 0, five come",
     {.lie_about_length = true, .declared = 0, .payload = HELLO},
     "00 00 48656c6c6f"},
    {"declared without the lie", {.declared = 9, .payload = HELLO}, "00 05 48656c6c6f"},
    {"declared 125, none come", {.lie_about_length = true, .declared = 125}, "00 7d"},
    {"declared 126", {.lie_about_length = true, .declared = 126}, "00 7e 007e"},
    {"declared 65536", {.lie_about_length = true, .declared = 65536}, "00 7f 0000000000010000"},
    {"declared 2^63 - 1", {.lie_about_length = true, .declared = INT64_MAX}, "00 7f 7fffffffffffffff"},
    {"declared 2^63",
     {.lie_about_length = true, .declared = UINT64_C(1) << 63, .masked = true},
     "00 ff 8000000000000000 00000000"},
    {"declared 2^64 - 1, five come",
     {.lie_about_length = true, .declared = UINT64_MAX, .masked = true, .key = KEY, .payload = HELLO},
     "00 ff ffffffffffffffff 37fa213d 7f9f4d5158"},

    /* forms of the length */
    {"7 bits that fit", {.length_form = WS_LENGTH_7, .payload = HELLO}, "00 05 48656c6c6f"},
    {"7 bits for 128: cut to 0",
     {.length_form = WS_LENGTH_7, .lie_about_length = true, .declared = 128},
     "00 00"},
    {"7 bits for 126: the sign of 16 bits",
     {.length_form = WS_LENGTH_7, .lie_about_length = true, .declared = 126},
     "00 7e"},
    {"7 bits for 255, masked: the MASK bit is kept apart",
     {.length_form = WS_LENGTH_7, .lie_about_length = true, .declared = 255, .masked = true},
     "00 ff 00000000"},
    {"7 bits for 128, not masked: the MASK bit is kept apart",
     {.length_form = WS_LENGTH_7, .lie_about_length = true, .declared = 0x80},
     "00 00"},
    {"16 bits for 0", {.length_form = WS_LENGTH_16}, "00 7e 0000"},
    {"16 bits for 5", {.length_form = WS_LENGTH_16, .payload = HELLO}, "00 7e 0005 48656c6c6f"},
    {"16 bits for 65536: cut to 0",
     {.length_form = WS_LENGTH_16, .lie_about_length = true, .declared = 65536},
     "00 7e 0000"},
    {"16 bits for 0x12345: cut to 0x2345",
     {.length_form = WS_LENGTH_16, .lie_about_length = true, .declared = 0x12345},
     "00 7e 2345"},
    {"64 bits for 0, masked",
     {.length_form = WS_LENGTH_64, .masked = true, .key = KEY},
     "00 ff 0000000000000000 37fa213d"},
    {"64 bits for 5", {.length_form = WS_LENGTH_64, .payload = HELLO}, "00 7f 0000000000000005 48656c6c6f"},
    {"64 bits, each octet in its place",
     {.length_form = WS_LENGTH_64, .lie_about_length = true, .declared = UINT64_C(0x0123456789abcdef)},
     "00 7f 0123456789abcdef"},
};

static void check_row(const emit_row *row) {
    ws_buffer expected, out;
    ws_buffer_init(&expected, 0);
    ws_buffer_init(&out, 0);
    octets_read(row->octets, &expected);
    cr_assert_eq(ws_frame_emit(&row->frame, &out), WS_OK);
    cr_expect(ws_span_equal(ws_buffer_span(&out), ws_buffer_span(&expected)), "%s", row->name);
    uint8_t header[WS_FRAME_HEADER_MAX];
    size_t header_size = ws_frame_emit_header(&row->frame, header);
    cr_expect(header_size == expected.size - row->frame.payload.size &&
                  memcmp(header, expected.data, header_size) == 0,
              "%s: header", row->name);
    ws_buffer_clear(&out);
    ws_buffer_clear(&expected);
}

Test(frame_emit, every_description_gives_its_octets) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
}

Test(frame_emit, frame_is_appended_to_what_is_there) {
    ws_buffer out;
    ws_buffer_init(&out, 0);
    ws_buffer_append_text(&out, "x");
    ws_frame_emit(&(ws_frame){.opcode = WS_PING, .fin = true}, &out);
    ws_frame_emit(&(ws_frame){.opcode = WS_PONG, .fin = true}, &out);
    static const uint8_t expected[] = {'x', 0x89, 0, 0x8a, 0};
    cr_assert(ws_span_equal(ws_buffer_span(&out), (ws_span){expected, sizeof expected}));
    ws_buffer_clear(&out);
}

Test(frame_emit, payload_is_not_changed) {
    uint8_t payload[5] = "Hello";
    ws_buffer out;
    ws_buffer_init(&out, 0);
    ws_frame_emit(&(ws_frame){.masked = true, .key = KEY, .payload = {payload, 5}}, &out);
    cr_assert_arr_eq(payload, "Hello", 5);
    ws_buffer_clear(&out);
}

Test(frame_emit, nothing_is_appended_when_the_frame_does_not_fit) {
    for (size_t limit = 1; limit < 11; limit++) {
        ws_buffer out;
        ws_buffer_init(&out, limit);
        cr_assert_eq(ws_frame_emit(&(ws_frame){.masked = true, .payload = HELLO}, &out), WS_ERR_LIMIT);
        cr_assert_eq(out.size, 0);
        ws_buffer_clear(&out);
    }
}

Test(frame_emit, frame_that_just_fits_is_appended) {
    ws_buffer out;
    ws_buffer_init(&out, 11);
    cr_assert_eq(ws_frame_emit(&(ws_frame){.masked = true, .payload = HELLO}, &out), WS_OK);
    ws_buffer_clear(&out);
}

Test(frame_emit, size_that_would_wrap_around_is_refused) {
    ws_buffer out;
    ws_buffer_init(&out, 0);
    ws_frame frame = {.payload = {zeros, SIZE_MAX}};
    cr_assert_eq(ws_frame_emit(&frame, &out), WS_ERR_LIMIT);
    cr_assert_eq(out.size, 0);
    ws_buffer_clear(&out);
}

/* The payload may follow in pieces through ws_mask. */
Test(frame_emit, header_and_masked_pieces_are_the_frame) {
    ws_frame frame = {.opcode = WS_TEXT, .fin = true, .masked = true, .key = KEY, .payload = HELLO};
    uint8_t octets[WS_FRAME_HEADER_MAX + 5];
    size_t size = ws_frame_emit_header(&frame, octets);
    ws_mask(octets + size, frame.payload.data, 3, frame.key, 0);
    ws_mask(octets + size + 3, frame.payload.data + 3, 2, frame.key, 3);
    ws_buffer out;
    ws_buffer_init(&out, 0);
    ws_frame_emit(&frame, &out);
    cr_assert(ws_span_equal(ws_buffer_span(&out), (ws_span){octets, size + 5}));
    ws_buffer_clear(&out);
}

/* ------------------------------------------------------------------ emit, then feed */

static const uint8_t keys[][4] = {{0, 0, 0, 0}, KEY, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 1}};

/* What a frame needs around it to be legal: a continuation a message, any other data frame none. */
static void begin_message_for(const ws_frame *frame, ws_reader *reader) {
    if (frame->opcode != WS_CONTINUATION)
        return;
    uint8_t first[] = {WS_BINARY, frame->masked ? 0x80 : 0, 0, 0, 0, 0};
    size_t size = frame->masked ? 6 : 2, count;
    ws_event events[2];
    cr_assert_eq(ws_reader_feed(reader, first, size, first, events, 2, &count), size);
}

/* The event says all that the description did. Data of a continuation is of the message's type. */
static void check_event(const ws_frame *frame, const ws_event *event, size_t size) {
    static const ws_event_type controls[] = {WS_EVENT_CLOSE, WS_EVENT_PING, WS_EVENT_PONG};
    const ws_frame_header *header = &event->header;
    bool control = ws_opcode_is_control(frame->opcode);
    cr_assert_eq(event->type, control ? controls[frame->opcode - WS_CLOSE] : WS_EVENT_DATA, "opcode %x",
                 frame->opcode);
    cr_assert_eq(header->opcode, frame->opcode);
    cr_assert_eq(header->rsv, frame->rsv);
    cr_assert_eq(header->fin, frame->fin);
    cr_assert_eq(header->masked, frame->masked);
    cr_assert_eq(header->length, frame->payload.size);
    cr_assert_eq(header->size, size - frame->payload.size);
    cr_assert_arr_eq(header->key, frame->key, 4);
    ws_span payload = frame->payload;
    if (frame->opcode == WS_CLOSE && payload.size >= 2) {
        cr_assert_eq(event->close_code, payload.data[0] << 8 | payload.data[1]);
        payload = (ws_span){payload.data + 2, payload.size - 2};
    }
    cr_assert(ws_span_equal(event->payload, payload), "opcode %x, %zu octets", frame->opcode, payload.size);
}

static void check_round_trip(const ws_frame *frame) {
    ws_reader_config config = {.role = frame->masked ? WS_SERVER : WS_CLIENT, .rsv_on_data = frame->rsv};
    ws_reader *reader = ws_reader_new(&config);
    begin_message_for(frame, reader);
    ws_buffer out;
    ws_buffer_init(&out, 0);
    cr_assert_eq(ws_frame_emit(frame, &out), WS_OK);
    ws_event events[4];
    size_t count;
    uint8_t *octets = guard_copy(out.data, out.size);
    cr_assert_eq(ws_reader_feed(reader, octets, out.size, octets, events, 4, &count), out.size);
    cr_assert_eq(count, 1, "opcode %x", frame->opcode);
    check_event(frame, &events[0], out.size);
    cr_assert(ws_reader_at_frame_start(reader));
    guard_free(octets, out.size);
    ws_buffer_clear(&out);
    ws_reader_free(reader);
}

static void check_keys(ws_frame frame) {
    check_round_trip(&frame);
    frame.masked = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        memcpy(frame.key, keys[i], 4);
        check_round_trip(&frame);
    }
}

Test(frame_emit, data_frames_are_read_as_they_were_described) {
    static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 255, 256, 65535, 65536, 65537};
    static uint8_t payload[65537];
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 31 % 127);
    for (uint8_t opcode = WS_CONTINUATION; opcode <= WS_BINARY; opcode++)
        for (unsigned fin = 0; fin < 2; fin++)
            for (uint8_t rsv = 0; rsv < (opcode == WS_CONTINUATION ? 1 : 8); rsv++)
                for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                    check_keys(
                        (ws_frame){.opcode = opcode, .fin = fin, .rsv = rsv, .payload = {payload, sizes[i]}});
}

Test(frame_emit, control_frames_are_read_as_they_were_described) {
    uint8_t payload[125] = {0x03, 0xe8};
    memset(payload + 2, 'r', sizeof payload - 2);
    for (uint8_t opcode = WS_CLOSE; opcode <= WS_PONG; opcode++)
        for (size_t size = 0; size <= sizeof payload; size++)
            if (opcode != WS_CLOSE || size != 1)
                check_keys((ws_frame){.opcode = opcode, .fin = true, .payload = {payload, size}});
}
