/* What a ws_deflater writes, our inflater and zlib read, for every window, level, memory level and kind of
 * codes, over messages of several pieces, with and without context. Distances keep to the window.
 *
 * Covers: ws_deflater_new, ws_deflater_write, ws_deflater_free, ws_inflater_new, ws_inflater_feed,
 * ws_inflater_end_message, ws_inflater_max_distance, ws_inflater_used_context, ws_inflater_free */
#define ZLIB_CONST
#include "support.h"

#include "wire/deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MESSAGES_MAX = 4, MESSAGE_MAX = 1 << 17 };

typedef struct chain {
    ws_deflater *deflater;
    ws_inflater *inflater;
    z_stream zlib;
    bool no_context_takeover;
    uint8_t *out; /* MESSAGE_MAX octets */
} chain;

/* Inflates with zlib, which has the four octets that the sender took off appended. */
static void check_zlib(chain *p, const ws_buffer *packed, ws_span message) {
    static const uint8_t tail[] = {0x00, 0x00, 0xff, 0xff};
    ws_buffer whole;
    ws_buffer_init(&whole, 0);
    fuzz_ok(ws_buffer_append(&whole, packed->data, packed->size));
    fuzz_ok(ws_buffer_append(&whole, tail, sizeof tail));
    p->zlib.next_in = whole.data;
    p->zlib.avail_in = (uInt)whole.size;
    p->zlib.next_out = p->out;
    p->zlib.avail_out = MESSAGE_MAX;
    int result = inflate(&p->zlib, Z_SYNC_FLUSH);
    FUZZ_CHECK((result == Z_OK || result == Z_BUF_ERROR) && p->zlib.avail_in == 0, "zlib refuses: %s",
               p->zlib.msg ? p->zlib.msg : "octets are left");
    ws_span made = {p->out, MESSAGE_MAX - p->zlib.avail_out};
    FUZZ_CHECK(ws_span_equal(made, message), "zlib reads another message");
    if (p->no_context_takeover)
        inflateReset(&p->zlib);
    ws_buffer_clear(&whole);
}

static void check_ours(chain *p, const ws_buffer *packed, ws_span message) {
    size_t used, made, more;
    ws_inflate_result result =
        ws_inflater_feed(p->inflater, ws_buffer_span(packed), &used, p->out, MESSAGE_MAX, &made);
    FUZZ_CHECK(result == WS_INFLATE_MORE_INPUT && used == packed->size, "our inflater refuses: %d", result);
    result = ws_inflater_end_message(p->inflater, p->out + made, MESSAGE_MAX - made, &more);
    FUZZ_CHECK(result == WS_INFLATE_MORE_INPUT, "our inflater refuses the end: %d", result);
    FUZZ_CHECK(ws_span_equal((ws_span){p->out, made + more}, message), "our inflater reads another message");
}

/* Writes the message in two pieces. */
static void check_message(chain *p, ws_span message, size_t cut) {
    ws_buffer packed;
    ws_buffer_init(&packed, 0);
    fuzz_ok(ws_deflater_write(p->deflater, (ws_span){message.data, cut}, false, &packed));
    fuzz_ok(ws_deflater_write(p->deflater, (ws_span){message.data + cut, message.size - cut}, true, &packed));
    FUZZ_CHECK(packed.size > 0, "a message of no octets");
    check_zlib(p, &packed, message);
    check_ours(p, &packed, message);
    ws_buffer_clear(&packed);
}

/* A buffer that is full stops the deflater for good, and loses nothing of what was in it. */
static void check_full(const ws_deflater_options *options, ws_span message, size_t limit) {
    ws_deflater *deflater = fuzz_need(ws_deflater_new(options));
    ws_buffer out;
    ws_buffer_init(&out, 2 + limit);
    fuzz_ok(ws_buffer_append(&out, "ab", 2));
    ws_status status = ws_deflater_write(deflater, message, true, &out);
    FUZZ_CHECK(status == WS_OK || (status == WS_ERR_LIMIT && out.size == 2), "a full buffer: %s",
               ws_status_strerror(status));
    if (status != WS_OK)
        FUZZ_CHECK(ws_deflater_write(deflater, message, true, &out) == WS_ERR_LIMIT,
                   "a stream goes on that is broken");
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

static void check_options(fuzz_input *input) {
    ws_deflater_options options = {.agreement = {.window_bits = fuzz_take(input)},
                                   .level = (int)fuzz_take(input) - 2,
                                   .mem_level = (int)fuzz_take(input) - 1};
    bool fine = options.agreement.window_bits >= 8 && options.agreement.window_bits <= 15 &&
                options.level >= -1 && options.level <= 9 && options.mem_level >= 0 && options.mem_level <= 9;
    ws_deflater *deflater = ws_deflater_new(&options);
    FUZZ_CHECK((deflater != NULL) == fine, "which options are valid is wrong");
    ws_deflater_free(deflater);
    ws_inflater *inflater = ws_inflater_new(options.agreement);
    FUZZ_CHECK((inflater != NULL) ==
                   (options.agreement.window_bits >= 8 && options.agreement.window_bits <= 15),
               "which windows are valid is wrong");
    ws_inflater_free(inflater);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t room[MESSAGE_MAX], out[MESSAGE_MAX];
    fuzz_input input = {data, size};
    uint8_t flags = fuzz_take(&input), numbers = fuzz_take(&input);
    ws_deflater_options options = {
        .agreement = {.window_bits = 8 + (flags & 7), .no_context_takeover = flags >> 3 & 1},
        .level = numbers % 11 - 1,
        .mem_level = numbers / 11 % 10,
        .fixed_codes = flags >> 4 & 1,
        .farthest = numbers >= 220};
    size_t times = flags >> 5 == 7 ? 60 : 1 + (flags >> 5); /* long enough to fill windows and buffers */
    size_t cut = fuzz_take(&input), messages = 1 + fuzz_take_below(&input, MESSAGES_MAX);
    check_options(&input);
    ws_span text = fuzz_rest(&input);
    if (text.size > MESSAGE_MAX / 64)
        text.size = MESSAGE_MAX / 64;
    for (size_t i = 0; i < times * text.size; i++)
        room[i] = text.data[i % text.size];
    ws_span message = {room, times * text.size};
    chain p = {.deflater = fuzz_need(ws_deflater_new(&options)),
               .inflater = fuzz_need(ws_inflater_new(options.agreement)),
               .no_context_takeover = options.agreement.no_context_takeover,
               .out = out};
    int bits = options.agreement.window_bits > 8 ? options.agreement.window_bits : 9;
    FUZZ_CHECK(inflateInit2(&p.zlib, -bits) == Z_OK, "zlib does not start");
    for (size_t i = 0; i < messages; i++)
        check_message(&p, message, cut < message.size ? cut : message.size);
    check_message(&p, (ws_span){room, 0}, 0);
    FUZZ_CHECK(ws_inflater_max_distance(p.inflater) <= 1u << options.agreement.window_bits,
               "a distance beyond the window");
    FUZZ_CHECK(!p.no_context_takeover || !ws_inflater_used_context(p.inflater),
               "an earlier message is referred to");
    check_full(&options, message, cut);
    inflateEnd(&p.zlib);
    ws_deflater_free(p.deflater);
    ws_deflater_free(NULL);
    ws_inflater_free(p.inflater);
    return 0;
}
