#include "wire/deflate_far.h"

#include <stdlib.h>
#include <string.h>

enum { MATCH_MIN = 3, MATCH_MAX = 258, LONGEST_WITHOUT_EXTRA = 10 };

struct ws_far_deflater {
    ws_deflate_agreement agreement;
    ws_buffer data; /* what the window holds of earlier messages, and the message so far */
    size_t start;   /* of the message */
};

ws_far_deflater *ws_far_deflater_new(ws_deflate_agreement agreement) {
    ws_far_deflater *deflater = calloc(1, sizeof *deflater);
    if (!deflater)
        return NULL;
    deflater->agreement = agreement;
    ws_buffer_init(&deflater->data, 0);
    return deflater;
}

void ws_far_deflater_free(ws_far_deflater *deflater) {
    if (!deflater)
        return;
    ws_buffer_clear(&deflater->data);
    free(deflater);
}

/* ------------------------------------------------------------------ bits and codes (RFC 1951 3.1.1, 3.2.6)
 */

typedef struct bit_writer {
    ws_buffer *out;
    uint32_t bits;
    unsigned count;
    ws_status status;
} bit_writer;

static void put_bits(bit_writer *writer, uint32_t bits, unsigned count) {
    writer->bits |= bits << writer->count;
    writer->count += count;
    for (; writer->count >= 8 && writer->status == WS_OK; writer->count -= 8, writer->bits >>= 8) {
        uint8_t octet = (uint8_t)writer->bits;
        writer->status = ws_buffer_append(writer->out, &octet, 1);
    }
}

/* Codes begin with their most significant bit. */
static void put_code(bit_writer *writer, uint32_t code, unsigned length) {
    uint32_t reversed = 0;
    for (unsigned i = 0; i < length; i++)
        reversed |= (code >> i & 1) << (length - 1 - i);
    put_bits(writer, reversed, length);
}

static void put_symbol(bit_writer *writer, uint32_t symbol) {
    if (symbol < 144)
        put_code(writer, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(writer, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(writer, symbol - 256, 7);
    else
        put_code(writer, 0xc0 + symbol - 280, 8);
}

/* The distance 2^w is the last of its code: all extra bits are set. */
static void put_match(bit_writer *writer, size_t length, unsigned window_bits) {
    put_symbol(writer, length == MATCH_MAX ? 285 : (uint32_t)(257 + length - MATCH_MIN));
    put_code(writer, 2 * window_bits - 1, 5);
    put_bits(writer, (1u << (window_bits - 2)) - 1, window_bits - 2);
}

/* ------------------------------------------------------------------ messages */

/* How long a match is at `at`, in a length that needs no extra bits; 0 for none. */
static size_t match_at(const ws_far_deflater *deflater, size_t at) {
    size_t window = (size_t)1 << deflater->agreement.window_bits;
    const uint8_t *data = deflater->data.data;
    size_t left = deflater->data.size - at, length = 0;
    if (at < window)
        return 0;
    while (length < MATCH_MAX && length < left && data[at + length] == data[at + length - window])
        length++;
    if (length == MATCH_MAX || length < MATCH_MIN)
        return length == MATCH_MAX ? length : 0;
    return length < LONGEST_WITHOUT_EXTRA ? length : LONGEST_WITHOUT_EXTRA;
}

/* One block with fixed codes, and the header of the empty one behind it (RFC 7692 7.2.1). */
static ws_status write_message(const ws_far_deflater *deflater, ws_buffer *out) {
    bit_writer writer = {.out = out};
    put_bits(&writer, 2, 3);
    for (size_t at = deflater->start; at < deflater->data.size && writer.status == WS_OK;) {
        size_t length = match_at(deflater, at);
        if (length > 0)
            put_match(&writer, length, deflater->agreement.window_bits);
        else
            put_symbol(&writer, deflater->data.data[at]);
        at += length > 0 ? length : 1;
    }
    put_symbol(&writer, 256);
    put_bits(&writer, 0, 3);
    put_bits(&writer, 0, (8 - writer.count) % 8);
    return writer.status;
}

static void forget(ws_far_deflater *deflater) {
    ws_buffer *data = &deflater->data;
    size_t window = (size_t)1 << deflater->agreement.window_bits;
    size_t kept = deflater->agreement.no_context_takeover ? 0 : data->size < window ? data->size : window;
    if (kept > 0)
        memmove(data->data, data->data + data->size - kept, kept);
    data->size = kept;
    deflater->start = kept;
}

ws_status ws_far_deflater_write(ws_far_deflater *deflater, ws_span piece, bool last, ws_buffer *out) {
    ws_status status = piece.size > 0 ? ws_buffer_append(&deflater->data, piece.data, piece.size) : WS_OK;
    if (status != WS_OK || !last)
        return status;
    size_t before = out->size;
    status = write_message(deflater, out);
    if (status != WS_OK)
        out->size = before;
    forget(deflater);
    return status;
}
