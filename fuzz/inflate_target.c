/* The input as compressed messages, to our inflater and to zlib: with the largest window both accept the same
 * streams and read the same octets; a smaller window accepts exactly the streams whose distances fit; and
 * nothing depends on how input and output are cut.
 *
 * One stream may be judged in two ways: zlib knows no more than 30 distance codes, RFC 1951 3.2.7 has room
 * for 32.
 *
 * Covers: ws_inflater_new, ws_inflater_feed, ws_inflater_end_message, ws_inflater_max_distance,
 * ws_inflater_used_context, ws_inflater_free */
#define ZLIB_CONST
#include "support.h"

#include "wire/deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MESSAGES_MAX = 3, OUT_MAX = 1 << 18, WINDOW = 32768 };

typedef struct messages {
    ws_span items[MESSAGES_MAX];
    size_t count;
} messages;

typedef struct outcome {
    bool accepted, too_long; /* more than OUT_MAX octets: not judged */
    ws_inflate_result result;
    uint32_t max_distance;
    bool used_context;
    size_t size;
    uint8_t *out; /* OUT_MAX octets */
} outcome;

/* ------------------------------------------------------------------ ours */

/* How a run is cut: pieces of input and of output, 0: as large as may be. */
typedef struct cuts {
    size_t in, out;
} cuts;

static size_t room_of(const outcome *o, const cuts *c) {
    size_t room = OUT_MAX - o->size;
    return c->out && c->out < room ? c->out : room;
}

static ws_inflate_result feed_all(ws_inflater *inflater, ws_span in, const cuts *c, outcome *o) {
    ws_inflate_result result = WS_INFLATE_MORE_INPUT;
    while (in.size > 0 || result == WS_INFLATE_MORE_OUTPUT) {
        size_t size = c->in && c->in < in.size ? c->in : in.size, used, made;
        uint8_t *copy = fuzz_copy(in.data, size);
        result =
            ws_inflater_feed(inflater, (ws_span){copy, size}, &used, o->out + o->size, room_of(o, c), &made);
        free(copy);
        FUZZ_CHECK(used <= size && made <= room_of(o, c), "the inflater goes beyond its room");
        o->size += made;
        in = (ws_span){in.data + used, in.size - used};
        if (result == WS_INFLATE_CORRUPT || result == WS_INFLATE_WINDOW || o->size == OUT_MAX)
            break;
        FUZZ_CHECK(result == WS_INFLATE_MORE_OUTPUT || used == size, "input is left over");
    }
    return result;
}

static ws_inflate_result end_message(ws_inflater *inflater, const cuts *c, outcome *o) {
    ws_inflate_result result;
    do {
        size_t made;
        result = ws_inflater_end_message(inflater, o->out + o->size, room_of(o, c), &made);
        o->size += made;
    } while (result == WS_INFLATE_MORE_OUTPUT && o->size < OUT_MAX);
    return result;
}

static void run_ours(const messages *m, ws_deflate_agreement agreement, cuts c, outcome *o) {
    ws_inflater *inflater = fuzz_need(ws_inflater_new(agreement));
    size_t used, made;
    o->size = 0;
    o->result = ws_inflater_feed(inflater, (ws_span){NULL, 0}, &used, NULL, 0, &made);
    FUZZ_CHECK(o->result == WS_INFLATE_MORE_INPUT && used + made == 0, "nothing comes of nothing");
    for (size_t i = 0; i < m->count && o->result == WS_INFLATE_MORE_INPUT; i++) {
        o->result = feed_all(inflater, m->items[i], &c, o);
        if (o->result == WS_INFLATE_MORE_INPUT && o->size < OUT_MAX)
            o->result = end_message(inflater, &c, o);
    }
    o->too_long = o->size == OUT_MAX;
    o->accepted = !o->too_long && o->result == WS_INFLATE_MORE_INPUT;
    o->max_distance = ws_inflater_max_distance(inflater);
    o->used_context = ws_inflater_used_context(inflater);
    if (o->result == WS_INFLATE_CORRUPT || o->result == WS_INFLATE_WINDOW) {
        ws_span more = {o->out, 1};
        FUZZ_CHECK(ws_inflater_feed(inflater, more, &used, o->out, 1, &made) == o->result && used + made == 0,
                   "a failure is forgotten");
        FUZZ_CHECK(ws_inflater_end_message(inflater, o->out, 1, &made) == o->result && made == 0,
                   "a failure is forgotten");
    }
    ws_inflater_free(inflater);
}

/* ------------------------------------------------------------------ zlib's */

static bool restart(z_stream *z, const uint8_t *out, size_t size) {
    size_t kept = size < WINDOW ? size : WINDOW;
    return inflateReset(z) == Z_OK &&
           (kept == 0 || inflateSetDictionary(z, out + size - kept, (uInt)kept) == Z_OK);
}

/* Block by block, so that a message must end where one does. zlib ends with a block that has BFINAL, which
 * RFC 7692 7.2.3.4 does not; then it begins anew with the window it had. */
static bool zlib_message(z_stream *z, ws_span in, outcome *o) {
    z->next_in = in.data;
    z->avail_in = (uInt)in.size;
    for (;;) {
        z->next_out = o->out + o->size;
        z->avail_out = (uInt)(OUT_MAX - o->size);
        int result = inflate(z, Z_BLOCK);
        o->size = (size_t)(z->next_out - o->out);
        if (o->size == OUT_MAX)
            return false;
        if (result == Z_STREAM_END && !restart(z, o->out, o->size))
            return false;
        if (result == Z_STREAM_END && z->avail_in == 0)
            return true;
        if (result == Z_BUF_ERROR || (result != Z_OK && result != Z_STREAM_END))
            return false;
        if (result == Z_OK && z->avail_in == 0 && (z->data_type & 128))
            return (z->data_type & 63) == 0;
    }
}

/* Whether zlib gave up for the one reason that is its own. */
static bool run_zlib(const messages *m, outcome *o) {
    static const uint8_t tail[] = {0x00, 0x00, 0xff, 0xff};
    z_stream z = {0};
    FUZZ_CHECK(inflateInit2(&z, -15) == Z_OK, "zlib does not start");
    o->size = 0;
    o->accepted = true;
    for (size_t i = 0; i < m->count && o->accepted; i++) {
        ws_buffer whole;
        ws_buffer_init(&whole, 0);
        fuzz_ok(ws_buffer_append(&whole, m->items[i].data, m->items[i].size));
        fuzz_ok(ws_buffer_append(&whole, tail, sizeof tail));
        o->accepted = zlib_message(&z, ws_buffer_span(&whole), o);
        ws_buffer_clear(&whole);
    }
    o->too_long = o->size == OUT_MAX;
    bool own_reason = z.msg && strcmp(z.msg, "too many length or distance symbols") == 0;
    inflateEnd(&z);
    return own_reason;
}

/* ------------------------------------------------------------------ the target */

static void check_same(const outcome *a, const outcome *b, const char *what) {
    FUZZ_CHECK(a->accepted == b->accepted && a->result == b->result && a->size == b->size &&
                   a->max_distance == b->max_distance && a->used_context == b->used_context &&
                   memcmp(a->out, b->out, a->size) == 0,
               "%s: result %d after %zu octets, and %d after %zu", what, a->result, a->size, b->result,
               b->size);
}

static messages split(fuzz_input *input) {
    messages m = {.count = 1 + fuzz_take_below(input, MESSAGES_MAX)};
    size_t ends[MESSAGES_MAX] = {0};
    for (size_t i = 1; i < m.count; i++)
        ends[i] = fuzz_take(input);
    ws_span rest = fuzz_rest(input);
    for (size_t i = 0; i < m.count; i++) {
        size_t size = i + 1 < m.count && ends[i + 1] < rest.size ? ends[i + 1] : rest.size;
        m.items[i] = (ws_span){rest.data, size};
        rest = (ws_span){rest.data ? rest.data + size : NULL, rest.size - size};
    }
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t rooms[3][OUT_MAX];
    fuzz_input input = {data, size};
    uint8_t flags = fuzz_take(&input);
    cuts c = {.in = 1 + (size_t)(fuzz_take(&input) & 63), .out = 1 + (size_t)(fuzz_take(&input) & 127)};
    messages m = split(&input);
    ws_deflate_agreement agreement = {.window_bits = 8 + (flags & 7), .no_context_takeover = flags >> 3 & 1};
    outcome wide = {.out = rooms[0]}, other = {.out = rooms[1]}, narrow = {.out = rooms[2]};
    run_ours(&m, (ws_deflate_agreement){15, false}, (cuts){0, 0}, &wide);
    bool zlib_own_reason = run_zlib(&m, &other);
    if (wide.too_long || other.too_long)
        return 0;
    FUZZ_CHECK(wide.accepted == other.accepted || (wide.accepted && zlib_own_reason), "we %s it, zlib %s it",
               wide.accepted ? "accept" : "refuse", other.accepted ? "accepts" : "refuses");
    FUZZ_CHECK(!wide.accepted || zlib_own_reason ||
                   (wide.size == other.size && memcmp(wide.out, other.out, wide.size) == 0),
               "zlib reads other octets");
    run_ours(&m, agreement, (cuts){0, 0}, &narrow);
    bool fits = wide.max_distance <= 1u << agreement.window_bits &&
                !(agreement.no_context_takeover && wide.used_context);
    FUZZ_CHECK(narrow.accepted == (wide.accepted && fits), "a window of %u bits: accepted is %d, distance %u",
               agreement.window_bits, narrow.accepted, wide.max_distance);
    other.size = 0;
    run_ours(&m, agreement, c, &other);
    check_same(&narrow, &other, "in pieces");
    return 0;
}
