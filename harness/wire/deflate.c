/* Compressing messages with zlib (RFC 7692 7.2.1). */
#define ZLIB_CONST
#include "wire/deflate.h"
#include "wire/deflate_far.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    TAIL_SIZE = 4,            /* 00 00 ff ff */
    CHUNK_SIZE = 4096,        /* far over the six octets that zlib wants for a flush */
    ZLIB_WINDOW_BITS_MIN = 9, /* zlib has no window of 8 bits */
    SMALL_WINDOW_SIZE = 256
};

struct ws_deflater {
    z_stream stream;
    ws_far_deflater *far; /* does the work in place of zlib; NULL: zlib does */
    bool no_context_takeover;
    bool forgets;        /* zlib has to forget its window after every SMALL_WINDOW_SIZE octets */
    uint32_t remembered; /* octets of input since it forgot */
    ws_status failure;   /* not WS_OK: an earlier write failed half-way */
};

/* Z_RLE refers back by one octet only; Z_FIXED uses matches. */
static int choose_strategy(const ws_deflater_options *options) {
    if (options->fixed_codes)
        return Z_FIXED;
    return options->agreement.window_bits < ZLIB_WINDOW_BITS_MIN ? Z_RLE : Z_DEFAULT_STRATEGY;
}

static bool are_valid(const ws_deflater_options *options) {
    return options->agreement.window_bits >= 8 && options->agreement.window_bits <= MAX_WBITS &&
           options->level >= Z_DEFAULT_COMPRESSION && options->level <= Z_BEST_COMPRESSION &&
           options->mem_level >= 0 && options->mem_level <= MAX_MEM_LEVEL;
}

static bool start_stream(z_stream *stream, const ws_deflater_options *options) {
    int bits = options->agreement.window_bits;
    int zlib_bits = bits < ZLIB_WINDOW_BITS_MIN ? ZLIB_WINDOW_BITS_MIN : bits;
    int mem_level = options->mem_level ? options->mem_level : 8;
    /* Negative bits: raw DEFLATE, without the zlib header. */
    return deflateInit2(stream, options->level, Z_DEFLATED, -zlib_bits, mem_level,
                        choose_strategy(options)) == Z_OK;
}

ws_deflater *ws_deflater_new(const ws_deflater_options *options) {
    if (!are_valid(options))
        return NULL;
    ws_deflater *deflater = calloc(1, sizeof *deflater);
    if (!deflater)
        return NULL;
    if (options->farthest)
        deflater->far = ws_far_deflater_new(options->agreement);
    if (options->farthest ? !deflater->far : !start_stream(&deflater->stream, options)) {
        free(deflater);
        return NULL;
    }
    deflater->no_context_takeover = options->agreement.no_context_takeover;
    deflater->forgets = options->fixed_codes && options->agreement.window_bits < ZLIB_WINDOW_BITS_MIN;
    return deflater;
}

void ws_deflater_free(ws_deflater *deflater) {
    if (!deflater)
        return;
    if (!deflater->far)
        deflateEnd(&deflater->stream);
    ws_far_deflater_free(deflater->far);
    free(deflater);
}

/* Has zlib use up its input, and flush all of it unless flush is Z_NO_FLUSH. */
static ws_status run_zlib(ws_deflater *deflater, int flush, ws_buffer *out) {
    uint8_t chunk[CHUNK_SIZE];
    z_stream *stream = &deflater->stream;
    do {
        stream->next_out = chunk;
        stream->avail_out = CHUNK_SIZE;
        /* Z_BUF_ERROR: there was nothing to do, which is no error. */
        int result = deflate(stream, flush);
        if (result != Z_OK && result != Z_BUF_ERROR)
            return WS_ERR_IO;
        ws_status status = ws_buffer_append(out, chunk, CHUNK_SIZE - stream->avail_out);
        if (status != WS_OK)
            return status;
    } while (stream->avail_out == 0);
    return WS_OK;
}

/* How many of the octets may go into zlib at once. */
static size_t next_portion(const ws_deflater *deflater, size_t size) {
    size_t most = deflater->forgets ? SMALL_WINDOW_SIZE - deflater->remembered : UINT_MAX;
    return size < most ? size : most;
}

static ws_status compress_piece(ws_deflater *deflater, ws_span piece, ws_buffer *out) {
    ws_status status = WS_OK;
    while (piece.size > 0 && status == WS_OK) {
        if (deflater->forgets && deflater->remembered == SMALL_WINDOW_SIZE) {
            deflater->remembered = 0;
            status = run_zlib(deflater, Z_FULL_FLUSH, out);
            if (status != WS_OK)
                break;
        }
        size_t portion = next_portion(deflater, piece.size);
        deflater->stream.next_in = piece.data;
        deflater->stream.avail_in = (uInt)portion;
        status = run_zlib(deflater, Z_NO_FLUSH, out);
        deflater->remembered += deflater->forgets ? (uint32_t)portion : 0;
        piece = (ws_span){piece.data + portion, piece.size - portion};
    }
    return status;
}

static ws_status end_message(ws_deflater *deflater, ws_buffer *out) {
    size_t before = out->size;
    ws_status status = run_zlib(deflater, Z_SYNC_FLUSH, out);
    if (status != WS_OK)
        return status;
    if (out->size - before >= TAIL_SIZE)
        out->size -= TAIL_SIZE;
    else
        /* zlib does not flush twice: 7.2.3.6 builds the header of the empty block by hand. */
        status = ws_buffer_append(out, "\0", 1);
    if (deflater->no_context_takeover) {
        deflateReset(&deflater->stream);
        deflater->remembered = 0;
    }
    return status;
}

ws_status ws_deflater_write(ws_deflater *deflater, ws_span piece, bool last, ws_buffer *out) {
    if (deflater->failure != WS_OK)
        return deflater->failure;
    size_t before = out->size;
    ws_status status = deflater->far ? ws_far_deflater_write(deflater->far, piece, last, out)
                                     : compress_piece(deflater, piece, out);
    if (status == WS_OK && last && !deflater->far)
        status = end_message(deflater, out);
    if (status != WS_OK) {
        out->size = before;
        deflater->failure = status;
    }
    return status;
}
