#include "mutator.h"

#include "stream.h"
#include "support.h"

#include "wire/deflate.h"
#include "wire/mask.h"

#include <stdlib.h>
#include <string.h>

/* Of libFuzzer, where there is one. */
#if defined(__GNUC__)
__attribute__((weak))
#endif
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

enum { FRAMES_MAX = 256, PAYLOADS_MAX = 1 << 17, DENSE_MAX = 1 << 12 };

/* A frame on the table: what its header says, and what follows it, unmasked. */
typedef struct piece {
    ws_frame frame;
    bool raw; /* octets that are no whole header */
} piece;

typedef struct table {
    piece pieces[FRAMES_MAX];
    size_t count;
    uint8_t payloads[PAYLOADS_MAX];
    size_t used;
    uint64_t seed;
} table;

static uint32_t draw(table *t, uint32_t limit) {
    return limit ? fuzz_random(&t->seed) % limit : 0;
}

static void start(table *t, unsigned seed) {
    t->count = 0;
    t->used = 0;
    t->seed = UINT64_C(0xd1b54a32d192ed03) ^ ((uint64_t)seed << 20 | seed);
    fuzz_random(&t->seed);
}

/* Room for payload octets, NULL when the table is full. */
static uint8_t *room(table *t, size_t size) {
    if (size > PAYLOADS_MAX - t->used)
        return NULL;
    uint8_t *octets = t->payloads + t->used;
    t->used += size;
    return octets;
}

/* ------------------------------------------------------------------ taking apart */

/* Octets of the header at `in`, 0 when it is not whole. */
static size_t read_header(const uint8_t *in, size_t size, ws_frame *frame) {
    if (size < 2)
        return 0;
    unsigned octets = (in[1] & 127) < 126 ? 0 : (in[1] & 127) == 126 ? 2 : 8;
    bool masked = in[1] >> 7;
    size_t whole = 2 + octets + (masked ? 4 : 0);
    if (size < whole)
        return 0;
    uint64_t length = octets ? 0 : in[1] & 127;
    for (unsigned i = 0; i < octets; i++)
        length = length << 8 | in[2 + i];
    *frame = (ws_frame){.fin = in[0] >> 7,
                        .rsv = in[0] >> 4 & 7,
                        .opcode = in[0] & 15,
                        .masked = masked,
                        .declared = length,
                        .length_form = octets ? (ws_length_form)(8 * octets) : WS_LENGTH_7};
    if (masked)
        memcpy(frame->key, in + 2 + octets, 4);
    return whole;
}

static void add_raw(table *t, const uint8_t *in, size_t size) {
    uint8_t *octets = t->count < FRAMES_MAX ? room(t, size) : NULL;
    if (!octets || size == 0)
        return;
    memcpy(octets, in, size);
    t->pieces[t->count++] = (piece){.frame = {.payload = {octets, size}}, .raw = true};
}

/* Appends the frames of a stream. What is declared beyond the end of the stream is a lie. */
static void take_apart(table *t, const uint8_t *in, size_t size) {
    while (size > 0 && t->count + 1 < FRAMES_MAX) {
        ws_frame frame;
        size_t header = read_header(in, size, &frame);
        size_t left = size - header;
        size_t payload = frame.declared < left ? (size_t)frame.declared : left;
        uint8_t *octets = header ? room(t, payload) : NULL;
        if (!octets)
            break;
        ws_mask_plain(octets, in + header, payload, frame.key, 0);
        frame.payload = (ws_span){octets, payload};
        frame.lie_about_length = frame.declared != payload;
        t->pieces[t->count++] = (piece){.frame = frame};
        in += header + payload;
        size = left - payload;
    }
    add_raw(t, in, size);
}

/* ------------------------------------------------------------------ putting together */

static size_t put_together(const table *t, uint8_t *out, size_t max_size) {
    size_t size = 0;
    for (size_t i = 0; i < t->count; i++) {
        const ws_frame *frame = &t->pieces[i].frame;
        uint8_t header[WS_FRAME_HEADER_MAX];
        size_t header_size = t->pieces[i].raw ? 0 : ws_frame_emit_header(frame, header);
        if (header_size > max_size - size)
            break;
        memcpy(out + size, header, header_size);
        size += header_size;
        size_t payload = frame->payload.size < max_size - size ? frame->payload.size : max_size - size;
        static const uint8_t no_key[4] = {0};
        bool masked = frame->masked && !t->pieces[i].raw;
        ws_mask_plain(out + size, frame->payload.data, payload, masked ? frame->key : no_key, 0);
        size += payload;
    }
    return size;
}

/* ------------------------------------------------------------------ what can be done to frames */

/* The length form that fits is found anew: a payload that changes takes its length with it. */
static void set_payload(ws_frame *frame, const uint8_t *octets, size_t size) {
    frame->payload = (ws_span){octets, size};
    if (!frame->lie_about_length)
        frame->length_form = WS_LENGTH_MINIMAL;
}

static piece *insert_at(table *t, size_t index) {
    if (t->count == FRAMES_MAX)
        return NULL;
    memmove(&t->pieces[index + 1], &t->pieces[index], (t->count - index) * sizeof *t->pieces);
    t->count++;
    t->pieces[index] = (piece){.frame = {.fin = true}};
    return &t->pieces[index];
}

static void remove_at(table *t, size_t index) {
    memmove(&t->pieces[index], &t->pieces[index + 1], (t->count - index - 1) * sizeof *t->pieces);
    t->count--;
}

static bool is_data(const ws_frame *frame) {
    return frame->opcode < 8;
}

static void split(table *t, size_t index) {
    piece *second = insert_at(t, index + 1);
    if (!second)
        return;
    ws_frame *first = &t->pieces[index].frame;
    size_t at = draw(t, (uint32_t)first->payload.size + 1);
    if (first->payload.size == 0) /* it may be NULL, with which there is no arithmetic */
        first->payload.data = (const uint8_t *)"";
    second->frame = *first;
    if (is_data(first)) {
        second->frame.opcode = WS_CONTINUATION;
        second->frame.rsv = 0;
        first->fin = false;
    }
    if (at < first->payload.size)
        set_payload(&second->frame, first->payload.data + at, first->payload.size - at);
    else
        set_payload(&second->frame, NULL, 0);
    set_payload(first, first->payload.data, at);
}

static void join(table *t, size_t index) {
    if (index + 1 >= t->count)
        return;
    ws_frame *first = &t->pieces[index].frame;
    const ws_frame *second = &t->pieces[index + 1].frame;
    size_t size = first->payload.size + second->payload.size;
    uint8_t *octets = room(t, size);
    if (!octets)
        return;
    if (first->payload.size > 0)
        memcpy(octets, first->payload.data, first->payload.size);
    if (second->payload.size > 0)
        memcpy(octets + first->payload.size, second->payload.data, second->payload.size);
    first->fin = second->fin;
    set_payload(first, octets, size);
    remove_at(t, index + 1);
}

static void mask_anew(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    uint32_t key = draw(t, 4) == 0 ? 0 : fuzz_random(&t->seed);
    frame->masked = draw(t, 4) != 0 || !frame->masked;
    memcpy(frame->key, &key, sizeof frame->key);
}

/* Masks all frames, or none: as an endpoint of the other role would send them. */
static void change_role(table *t, size_t index) {
    bool masked = !t->pieces[index].frame.masked;
    for (size_t i = 0; i < t->count; i++)
        t->pieces[i].frame.masked = masked;
}

static void flip_header_bit(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    uint32_t bit = draw(t, 9);
    if (bit == 0)
        frame->fin = !frame->fin;
    else if (bit < 4)
        frame->rsv ^= (uint8_t)(1u << (bit - 1));
    else if (bit < 8)
        frame->opcode ^= (uint8_t)(1u << (bit - 4));
    else
        frame->masked = !frame->masked;
}

static void lie(table *t, size_t index) {
    static const uint64_t lengths[] = {0,     1,         2,          125,         126,       127,       65535,
                                       65536, INT32_MAX, UINT32_MAX, 0x100000000, INT64_MAX, UINT64_MAX};
    ws_frame *frame = &t->pieces[index].frame;
    uint64_t near = frame->payload.size + draw(t, 9) - 4;
    frame->lie_about_length = draw(t, 8) != 0;
    frame->declared = draw(t, 2) ? near : lengths[draw(t, sizeof lengths / sizeof *lengths)];
    frame->length_form = WS_LENGTH_MINIMAL;
}

static void change_form(table *t, size_t index) {
    static const ws_length_form forms[] = {WS_LENGTH_MINIMAL, WS_LENGTH_7, WS_LENGTH_16, WS_LENGTH_64};
    t->pieces[index].frame.length_form = forms[draw(t, 4)];
}

static void change_opcode(table *t, size_t index) {
    static const uint8_t opcodes[] = {WS_CONTINUATION, WS_TEXT, WS_BINARY, WS_CLOSE, WS_PING, WS_PONG, 3, 11};
    t->pieces[index].frame.opcode = opcodes[draw(t, sizeof opcodes)];
}

static void insert_control(table *t, size_t index) {
    static const uint16_t codes[] = {0,    999,  1000, 1001, 1003, 1004, 1005, 1006, 1007,
                                     1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65535};
    static const uint8_t opcodes[] = {WS_PING, WS_PONG, WS_CLOSE, WS_CLOSE};
    uint32_t key = fuzz_random(&t->seed);
    bool masked = t->pieces[index].frame.masked;
    uint8_t *octets = room(t, WS_CONTROL_PAYLOAD_MAX);
    piece *made = octets ? insert_at(t, index + draw(t, 2)) : NULL;
    if (!made)
        return;
    made->frame.opcode = opcodes[draw(t, 4)];
    made->frame.masked = masked;
    memcpy(made->frame.key, &key, sizeof key);
    size_t size = draw(t, 3) ? draw(t, 8) : draw(t, WS_CONTROL_PAYLOAD_MAX + 1);
    memset(octets, 'a' + (int)draw(t, 26), WS_CONTROL_PAYLOAD_MAX);
    uint16_t code = codes[draw(t, sizeof codes / sizeof *codes)];
    if (made->frame.opcode == WS_CLOSE) {
        octets[0] = (uint8_t)(code >> 8);
        octets[1] = (uint8_t)code;
    }
    set_payload(&made->frame, octets, size);
}

static void duplicate(table *t, size_t index) {
    ws_frame frame = t->pieces[index].frame;
    piece *copy = insert_at(t, index);
    if (copy)
        copy->frame = frame;
}

static void swap(table *t, size_t index) {
    size_t other = draw(t, (uint32_t)t->count);
    piece kept = t->pieces[index];
    t->pieces[index] = t->pieces[other];
    t->pieces[other] = kept;
}

static void drop(table *t, size_t index) {
    remove_at(t, index);
}

/* --- payloads --- */

/* UTF-8 that is whole, and UTF-8 that is not: overlong, surrogates, beyond U+10FFFF, cut, stray. */
static const char *const texts[] = {"a",
                                    "\xc3\xa9",
                                    "\xe2\x82\xac",
                                    "\xf0\x9f\x98\x80",
                                    "\xf4\x8f\xbf\xbf",
                                    "\xed\x9f\xbf",
                                    "\xee\x80\x80",
                                    "\xef\xbf\xbf",
                                    "\xc2\x80",
                                    "\xe0\xa0\x80",
                                    "\xf0\x90\x80\x80",
                                    "\xc3",
                                    "\xe2\x82",
                                    "\xf0\x9f\x98",
                                    "\x80",
                                    "\xc0\xaf",
                                    "\xe0\x80\xaf",
                                    "\xf0\x80\x80\xaf",
                                    "\xed\xa0\x80",
                                    "\xf4\x90\x80\x80",
                                    "\xf5",
                                    "\xff"};

static void insert_text(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    ws_span text = ws_span_of(texts[draw(t, sizeof texts / sizeof *texts)]);
    ws_span old = frame->payload;
    uint8_t *octets = room(t, old.size + text.size);
    if (!octets)
        return;
    size_t at = draw(t, 2) ? old.size : draw(t, (uint32_t)old.size + 1);
    if (old.size > 0)
        memcpy(octets, old.data, at);
    memcpy(octets + at, text.data, text.size);
    if (old.size > at)
        memcpy(octets + at + text.size, old.data + at, old.size - at);
    set_payload(frame, octets, old.size + text.size);
}

static void change_octets(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    size_t size = frame->payload.size;
    size_t most = size + 64;
    uint8_t *octets = room(t, most);
    if (!octets)
        return;
    if (size > 0)
        memcpy(octets, frame->payload.data, size);
    if (LLVMFuzzerMutate) {
        size = LLVMFuzzerMutate(octets, size, most);
    } else if (size == 0 || draw(t, 4) == 0) {
        octets[size++] = (uint8_t)fuzz_random(&t->seed);
    } else {
        octets[draw(t, (uint32_t)size)] ^= (uint8_t)(1u << draw(t, 8));
    }
    set_payload(frame, octets, size);
}

static void grow(table *t, size_t index) {
    static const uint32_t sizes[] = {125, 126, 127, 128, 1024};
    ws_frame *frame = &t->pieces[index].frame;
    size_t size = sizes[draw(t, 5)];
    uint8_t *octets = room(t, size);
    if (!octets)
        return;
    for (size_t i = 0; i < size; i++)
        octets[i] = frame->payload.size ? frame->payload.data[i % frame->payload.size] : 'x';
    set_payload(frame, octets, size);
}

static void shrink(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    set_payload(frame, frame->payload.data, draw(t, (uint32_t)frame->payload.size + 1));
}

/* Compresses the payload, in the ways that compressors differ. */
static void compress(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    uint8_t *octets = room(t, DENSE_MAX);
    ws_deflater *deflater =
        ws_deflater_new(&(ws_deflater_options){.agreement = {(uint8_t)(8 + draw(t, 8)), false},
                                               .level = (int)draw(t, 10),
                                               .mem_level = 1,
                                               .fixed_codes = draw(t, 2) != 0});
    ws_buffer out;
    ws_buffer_init(&out, DENSE_MAX);
    if (octets && deflater && ws_deflater_write(deflater, frame->payload, true, &out) == WS_OK) {
        memcpy(octets, out.data, out.size);
        set_payload(frame, octets, out.size);
        frame->rsv |= WS_RSV1;
    }
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

static void inflate_payload(table *t, size_t index) {
    ws_frame *frame = &t->pieces[index].frame;
    uint8_t *octets = room(t, DENSE_MAX);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){15, false});
    size_t used, made = 0;
    if (octets && inflater)
        ws_inflater_feed(inflater, frame->payload, &used, octets, DENSE_MAX, &made);
    if (made > 0) {
        set_payload(frame, octets, made);
        frame->rsv &= (uint8_t)~WS_RSV1;
    }
    ws_inflater_free(inflater);
}

typedef void (*deed)(table *t, size_t index);

/* Often used ones stand twice. Compressing costs more than all others, so it is rare. */
static const deed deeds[] = {
    split,           split,         join,        mask_anew,     change_role,    flip_header_bit,
    flip_header_bit, lie,           change_form, change_opcode, insert_control, insert_control,
    duplicate,       swap,          drop,        insert_text,   insert_text,    change_octets,
    change_octets,   change_octets, grow,        shrink};

static void do_something(table *t) {
    size_t index = draw(t, (uint32_t)t->count);
    if (draw(t, 64) == 0)
        (draw(t, 4) ? compress : inflate_payload)(t, index);
    else
        deeds[draw(t, sizeof deeds / sizeof *deeds)](t, index);
}

static void change_options(table *t, uint8_t *options) {
    uint8_t *octet = &options[draw(t, FUZZ_STREAM_OPTIONS)];
    *octet = draw(t, 3) ? *octet ^ (uint8_t)(1u << draw(t, 8)) : (uint8_t)fuzz_random(&t->seed);
}

/* A frame to begin with. */
static void add_first(table *t) {
    piece *made = insert_at(t, 0);
    made->frame.opcode = (uint8_t)(1 + draw(t, 2));
    made->frame.masked = draw(t, 2) != 0;
}

/* "HTTP/1.1 ..." or "GET /...": what a player may be sent before frames. */
static bool begins_with_head(const uint8_t *data, size_t size) {
    return size > FUZZ_STREAM_OPTIONS &&
           (data[FUZZ_STREAM_OPTIONS] == 'H' || data[FUZZ_STREAM_OPTIONS] == 'G');
}

/* One table for every call: it is too large for a stack, and made anew each time. */
static table shared;

size_t fuzz_mutate_frames(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    table *t = &shared;
    start(t, seed);
    bool blind = draw(t, begins_with_head(data, size) ? 2 : 32) == 0;
    if (max_size < FUZZ_STREAM_OPTIONS + WS_FRAME_HEADER_MAX || (LLVMFuzzerMutate && blind))
        return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max_size) : size;
    if (size < FUZZ_STREAM_OPTIONS) {
        memset(data + size, 0, FUZZ_STREAM_OPTIONS - size);
        size = FUZZ_STREAM_OPTIONS;
    }
    if (draw(t, 12) == 0) {
        change_options(t, data);
        return size;
    }
    take_apart(t, data + FUZZ_STREAM_OPTIONS, size - FUZZ_STREAM_OPTIONS);
    if (t->count == 0)
        add_first(t);
    do_something(t);
    return FUZZ_STREAM_OPTIONS + put_together(t, data + FUZZ_STREAM_OPTIONS, max_size - FUZZ_STREAM_OPTIONS);
}

size_t fuzz_cross_frames(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                         size_t max_size, unsigned seed) {
    table *t = &shared;
    start(t, seed);
    if (max_size < FUZZ_STREAM_OPTIONS || a_size < FUZZ_STREAM_OPTIONS || b_size < FUZZ_STREAM_OPTIONS)
        return 0;
    memcpy(out, draw(t, 4) ? a : b, FUZZ_STREAM_OPTIONS);
    take_apart(t, a + FUZZ_STREAM_OPTIONS, a_size - FUZZ_STREAM_OPTIONS);
    t->count = draw(t, (uint32_t)t->count + 1);
    size_t border = t->count;
    take_apart(t, b + FUZZ_STREAM_OPTIONS, b_size - FUZZ_STREAM_OPTIONS);
    size_t skipped = draw(t, (uint32_t)(t->count - border) + 1);
    memmove(&t->pieces[border], &t->pieces[border + skipped],
            (t->count - border - skipped) * sizeof *t->pieces);
    t->count -= skipped;
    return FUZZ_STREAM_OPTIONS + put_together(t, out + FUZZ_STREAM_OPTIONS, max_size - FUZZ_STREAM_OPTIONS);
}
