/* The inflater that judges (RFC 1951, RFC 7692 7.2.2).
 *
 * Every element of the format is taken in one piece: a header field, a code length with its repeat count, or
 * a literal or a whole match (at most 15 + 5 + 15 + 13 = 48 bits) is decoded from the bit accumulator without
 * removing anything, and removed only when all of its bits are there. So a cut in the input never falls
 * inside a state, and few states are needed. */
#include "wire/deflate.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_SIZE = 32768,
    CODE_BITS_MAX = 15, /* 3.2.7: code lengths are 0 to 15 */
    LOOKUP_BITS = 10,
    ENTRY_BITS_MASK = 15,
    NO_SYMBOL = 0xfff,
    END_OF_BLOCK = 256,
    LITERAL_CODES_MAX = 286,
    LITERAL_CODES_FIXED = 288,
    DISTANCE_CODES = 32,
    CODE_LENGTH_CODES = 19,
    TAIL_SIZE = 4
};

/* A canonical prefix code. An entry is the symbol, shifted by four, and the bits of its code; the entry 0
 * says "not decided". */
typedef struct huffman {
    uint16_t count[CODE_BITS_MAX + 1];
    uint16_t symbols[LITERAL_CODES_FIXED]; /* in the order of their codes */
    uint16_t lookup[1 << LOOKUP_BITS];     /* by the next bits of the input; 0 for codes longer than that */
} huffman;

typedef enum inflate_state {
    STATE_BLOCK_HEADER,
    STATE_STORED_LENGTH,
    STATE_STORED_DATA,
    STATE_CODE_COUNTS,
    STATE_CODE_LENGTH_CODE,
    STATE_CODE_LENGTHS,
    STATE_SYMBOLS
} inflate_state;

struct ws_inflater {
    ws_deflate_agreement agreement;
    inflate_state state;
    bool failed;
    ws_inflate_result failure;
    bool final_block;  /* BFINAL of the block at hand */
    bool fixed_tables; /* literals and distances hold the codes of 3.2.6 */
    uint64_t bits;     /* input not yet decoded, the next bit lowest */
    unsigned bit_count;
    uint32_t length; /* octets that are still to be copied: of a match, or of a stored block */
    uint32_t distance;
    size_t tail_used; /* of the octets 00 00 ff ff */
    /* code lengths of a dynamic block (3.2.7) */
    size_t literal_codes;
    size_t distance_codes;
    size_t code_length_codes;
    size_t index;
    uint8_t lengths[LITERAL_CODES_FIXED + DISTANCE_CODES];
    huffman code_lengths;
    huffman literals;
    huffman distances;
    uint32_t max_distance;
    bool used_context;
    uint64_t total;         /* octets made since the inflater was made */
    uint64_t message_start; /* total when the message began */
    uint8_t window[WINDOW_SIZE];
};

/* What one call works on. The bits live here meanwhile: stores into out and window cannot alias them. */
typedef struct flow {
    uint64_t bits;
    unsigned bit_count;
    const uint8_t *in;
    const uint8_t *in_end;
    uint8_t *out;
    uint8_t *out_end;
} flow;

typedef enum step { STEP_ON, STEP_NEEDS_INPUT, STEP_NEEDS_OUTPUT, STEP_CORRUPT, STEP_WINDOW } step;

/* --- bits ---------------------------------------------------------------------------------------- */

static inline void refill(flow *io) {
    while (io->bit_count <= 56 && io->in != io->in_end) {
        io->bits |= (uint64_t)*io->in++ << io->bit_count;
        io->bit_count += 8;
    }
}

static inline void drop(flow *io, unsigned count) {
    io->bits >>= count;
    io->bit_count -= count;
}

static inline uint32_t low_bits(uint64_t bits, unsigned count) {
    return (uint32_t)(bits & ((1u << count) - 1));
}

static void drop_to_octet_boundary(flow *io) {
    drop(io, io->bit_count % 8);
}

static inline void put(ws_inflater *inflater, flow *io, uint8_t octet) {
    inflater->window[inflater->total++ % WINDOW_SIZE] = octet;
    *io->out++ = octet;
}

/* --- Huffman codes (3.2.2) ----------------------------------------------------------------------- */

static void huffman_place(huffman *code, uint16_t symbol, uint32_t value, unsigned bits) {
    if (bits > LOOKUP_BITS)
        return;
    /* Codes are packed from their most significant bit on (3.1.1), the accumulator is read from its lowest.
     */
    uint32_t reversed = 0;
    for (unsigned i = 0; i < bits; i++)
        reversed |= ((value >> i) & 1u) << (bits - 1 - i);
    for (uint32_t i = reversed; i < 1u << LOOKUP_BITS; i += 1u << bits)
        code->lookup[i] = (uint16_t)((uint32_t)symbol << 4 | bits);
}

static void huffman_fill(huffman *code, const uint8_t *lengths, size_t size) {
    uint16_t next[CODE_BITS_MAX + 1] = {0};
    for (unsigned bits = 1; bits < CODE_BITS_MAX; bits++)
        next[bits + 1] = (uint16_t)(next[bits] + code->count[bits]);
    for (size_t symbol = 0; symbol < size; symbol++)
        if (lengths[symbol] != 0)
            code->symbols[next[lengths[symbol]]++] = (uint16_t)symbol;
    uint32_t value = 0;
    size_t index = 0;
    for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++, value <<= 1)
        for (unsigned i = 0; i < code->count[bits]; i++)
            huffman_place(code, code->symbols[index++], value++, bits);
}

/* False when the lengths ask for more codes than there are, or leave codes unused. With may_be_sparse a
 * single code of one bit and no code at all are allowed: 3.2.7 says so for distances, and zlib takes the
 * single code for literals too (a block that only ends). */
static bool huffman_build(huffman *code, const uint8_t *lengths, size_t size, bool may_be_sparse) {
    memset(code->count, 0, sizeof code->count);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        code->count[lengths[i]]++;
        used += lengths[i] != 0;
    }
    code->count[0] = 0;
    int32_t left = 1;
    for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++) {
        left = left * 2 - code->count[bits];
        if (left < 0)
            return false;
    }
    bool sparse = used <= 1 && used == code->count[1];
    if (left > 0 && !(sparse && may_be_sparse))
        return false;
    /* Bits that no code of a sparse set begins with are refused as soon as the first of them is there. */
    for (size_t i = 0; i < 1u << LOOKUP_BITS; i++)
        code->lookup[i] = sparse ? (uint16_t)(NO_SYMBOL << 4 | 1) : 0;
    huffman_fill(code, lengths, size);
    return true;
}

/* Counts through the codes bit by bit. A complete code is decided after at most 15 bits. */
static uint32_t huffman_decode_long(const huffman *code, uint64_t bits, unsigned available) {
    uint32_t value = 0;
    uint32_t first = 0;
    uint32_t index = 0;
    for (unsigned length = 1; length <= CODE_BITS_MAX && length <= available; length++) {
        value |= (uint32_t)(bits & 1);
        bits >>= 1;
        uint32_t count = code->count[length];
        if (value < first + count)
            return (uint32_t)code->symbols[index + (value - first)] << 4 | length;
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    return 0;
}

/* The entry of the code at the low end of bits; 0 when the available bits do not decide it. */
static inline uint32_t huffman_decode(const huffman *code, uint64_t bits, unsigned available) {
    uint32_t entry = code->lookup[low_bits(bits, LOOKUP_BITS)];
    if (entry == 0)
        return huffman_decode_long(code, bits, available);
    return (entry & ENTRY_BITS_MASK) <= available ? entry : 0;
}

static void build_fixed_tables(ws_inflater *inflater) {
    if (inflater->fixed_tables)
        return;
    uint8_t *lengths = inflater->lengths;
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 256 - 144);
    memset(lengths + 256, 7, 280 - 256);
    memset(lengths + 280, 8, LITERAL_CODES_FIXED - 280);
    huffman_build(&inflater->literals, lengths, LITERAL_CODES_FIXED, false);
    memset(lengths, 5, DISTANCE_CODES);
    huffman_build(&inflater->distances, lengths, DISTANCE_CODES, false);
    inflater->fixed_tables = true;
}

/* --- blocks (3.2.3 to 3.2.7) --------------------------------------------------------------------- */

static step end_block(ws_inflater *inflater, flow *io) {
    /* RFC 7692 7.2.1: the sender pads a block with BFINAL, and the next block follows. */
    if (inflater->final_block)
        drop_to_octet_boundary(io);
    inflater->state = STATE_BLOCK_HEADER;
    return STEP_ON;
}

static step read_block_header(ws_inflater *inflater, flow *io) {
    refill(io);
    if (io->bit_count < 3)
        return STEP_NEEDS_INPUT;
    uint32_t header = low_bits(io->bits, 3);
    drop(io, 3);
    inflater->final_block = header & 1;
    switch (header >> 1) {
    case 0:
        drop_to_octet_boundary(io);
        inflater->state = STATE_STORED_LENGTH;
        return STEP_ON;
    case 1:
        build_fixed_tables(inflater);
        inflater->state = STATE_SYMBOLS;
        return STEP_ON;
    case 2:
        inflater->state = STATE_CODE_COUNTS;
        return STEP_ON;
    default:
        return STEP_CORRUPT;
    }
}

static step read_stored_length(ws_inflater *inflater, flow *io) {
    refill(io);
    if (io->bit_count < 32)
        return STEP_NEEDS_INPUT;
    uint32_t length = low_bits(io->bits, 16);
    uint32_t complement = low_bits(io->bits >> 16, 16);
    drop(io, 32);
    if ((length ^ complement) != 0xffff)
        return STEP_CORRUPT;
    inflater->length = length;
    inflater->state = STATE_STORED_DATA;
    return STEP_ON;
}

static step copy_stored_data(ws_inflater *inflater, flow *io) {
    for (; inflater->length > 0; inflater->length--) {
        refill(io);
        if (io->bit_count == 0)
            return STEP_NEEDS_INPUT;
        if (io->out == io->out_end)
            return STEP_NEEDS_OUTPUT;
        put(inflater, io, (uint8_t)low_bits(io->bits, 8));
        drop(io, 8);
    }
    return end_block(inflater, io);
}

static step read_code_counts(ws_inflater *inflater, flow *io) {
    refill(io);
    if (io->bit_count < 14)
        return STEP_NEEDS_INPUT;
    inflater->literal_codes = low_bits(io->bits, 5) + 257;
    inflater->distance_codes = low_bits(io->bits >> 5, 5) + 1;
    inflater->code_length_codes = low_bits(io->bits >> 10, 4) + 4;
    drop(io, 14);
    if (inflater->literal_codes > LITERAL_CODES_MAX)
        return STEP_CORRUPT;
    memset(inflater->lengths, 0, sizeof inflater->lengths);
    inflater->index = 0;
    inflater->state = STATE_CODE_LENGTH_CODE;
    return STEP_ON;
}

static step read_code_length_code(ws_inflater *inflater, flow *io) {
    static const uint8_t order[CODE_LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                     11, 4,  12, 3, 13, 2, 14, 1, 15};
    for (; inflater->index < inflater->code_length_codes; inflater->index++) {
        refill(io);
        if (io->bit_count < 3)
            return STEP_NEEDS_INPUT;
        inflater->lengths[order[inflater->index]] = (uint8_t)low_bits(io->bits, 3);
        drop(io, 3);
    }
    if (!huffman_build(&inflater->code_lengths, inflater->lengths, CODE_LENGTH_CODES, false))
        return STEP_CORRUPT;
    inflater->index = 0;
    inflater->state = STATE_CODE_LENGTHS;
    return STEP_ON;
}

/* One code length, or several by a repeat code. */
static step read_code_length(ws_inflater *inflater, flow *io) {
    static const struct {
        uint8_t extra_bits;
        uint8_t base;
    } repeats[] = {{2, 3}, {3, 3}, {7, 11}}; /* codes 16, 17 and 18 */
    refill(io);
    uint32_t entry = huffman_decode(&inflater->code_lengths, io->bits, io->bit_count);
    uint32_t symbol = entry >> 4;
    unsigned used = entry & ENTRY_BITS_MASK;
    if (entry == 0)
        return STEP_NEEDS_INPUT;
    if (symbol < 16) {
        drop(io, used);
        inflater->lengths[inflater->index++] = (uint8_t)symbol;
        return STEP_ON;
    }
    unsigned extra_bits = repeats[symbol - 16].extra_bits;
    if (io->bit_count < used + extra_bits)
        return STEP_NEEDS_INPUT;
    size_t times = repeats[symbol - 16].base + low_bits(io->bits >> used, extra_bits);
    drop(io, used + extra_bits);
    bool previous = symbol == 16;
    if (previous && inflater->index == 0)
        return STEP_CORRUPT;
    if (times > inflater->literal_codes + inflater->distance_codes - inflater->index)
        return STEP_CORRUPT;
    memset(inflater->lengths + inflater->index, previous ? inflater->lengths[inflater->index - 1] : 0, times);
    inflater->index += times;
    return STEP_ON;
}

static step read_code_lengths(ws_inflater *inflater, flow *io) {
    while (inflater->index < inflater->literal_codes + inflater->distance_codes) {
        step next = read_code_length(inflater, io);
        if (next != STEP_ON)
            return next;
    }
    if (inflater->lengths[END_OF_BLOCK] == 0) /* such a block could not end */
        return STEP_CORRUPT;
    inflater->fixed_tables = false;
    const uint8_t *distance_lengths = inflater->lengths + inflater->literal_codes;
    if (!huffman_build(&inflater->literals, inflater->lengths, inflater->literal_codes, true) ||
        !huffman_build(&inflater->distances, distance_lengths, inflater->distance_codes, true))
        return STEP_CORRUPT;
    inflater->state = STATE_SYMBOLS;
    return STEP_ON;
}

/* --- literals and matches (3.2.5) ---------------------------------------------------------------- */

typedef struct code_range {
    uint16_t base;
    uint8_t extra_bits;
} code_range;

/* Codes 257 to 285. */
static const code_range length_ranges[] = {
    {3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
    {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
    {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}};

/* Codes 0 to 29. */
static const code_range distance_ranges[] = {
    {1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},     {9, 2},     {13, 2},
    {17, 3},    {25, 3},    {33, 4},    {49, 4},     {65, 5},     {97, 5},    {129, 6},   {193, 6},
    {257, 7},   {385, 7},   {513, 8},   {769, 8},    {1025, 9},   {1537, 9},  {2049, 10}, {3073, 10},
    {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}};

enum {
    LENGTH_CODES = sizeof length_ranges / sizeof *length_ranges,
    DISTANCE_CODES_USED = sizeof distance_ranges / sizeof *distance_ranges
};

/* Notes the distance, then refuses it when the agreement or the octets so far do not hold it. */
static step check_distance(ws_inflater *inflater, uint32_t distance) {
    uint64_t of_message = inflater->total - inflater->message_start;
    if (distance > inflater->max_distance)
        inflater->max_distance = distance;
    if (distance > of_message && distance <= inflater->total)
        inflater->used_context = true;
    uint64_t held = inflater->agreement.no_context_takeover ? of_message : inflater->total;
    bool reachable = distance <= held && distance <= 1u << inflater->agreement.window_bits;
    return reachable ? STEP_ON : STEP_WINDOW;
}

/* Decodes the match whose length code is the entry at the low end of the bits. */
static inline step read_match(ws_inflater *inflater, flow *io, uint32_t length_entry) {
    uint32_t length_code = (length_entry >> 4) - (END_OF_BLOCK + 1);
    unsigned used = length_entry & ENTRY_BITS_MASK;
    if (length_code >= LENGTH_CODES)
        return STEP_CORRUPT;
    const code_range *length = &length_ranges[length_code];
    if (used + length->extra_bits > io->bit_count)
        return STEP_NEEDS_INPUT;
    uint32_t length_value = length->base + low_bits(io->bits >> used, length->extra_bits);
    used += length->extra_bits;
    uint32_t entry = huffman_decode(&inflater->distances, io->bits >> used, io->bit_count - used);
    if (entry == 0)
        return STEP_NEEDS_INPUT;
    if (entry >> 4 >= DISTANCE_CODES_USED)
        return STEP_CORRUPT;
    const code_range *distance = &distance_ranges[entry >> 4];
    used += entry & ENTRY_BITS_MASK;
    if (used + distance->extra_bits > io->bit_count)
        return STEP_NEEDS_INPUT;
    inflater->distance = distance->base + low_bits(io->bits >> used, distance->extra_bits);
    inflater->length = length_value;
    drop(io, used + distance->extra_bits);
    return check_distance(inflater, inflater->distance);
}

/* Copies as much of a match as is there already, and lies and goes in one piece. What is copied passes
 * through `out`, for a distance near the window's size reads what it overwrites. */
static inline void copy_pieces(ws_inflater *inflater, flow *io, size_t *count) {
    enum { WORTHWHILE = 8 };
    size_t distance = inflater->distance;
    while (*count >= WORTHWHILE && distance >= WORTHWHILE) {
        size_t from = (size_t)((inflater->total - distance) % WINDOW_SIZE);
        size_t to = (size_t)(inflater->total % WINDOW_SIZE);
        size_t most = WINDOW_SIZE - (from > to ? from : to);
        size_t size = distance < most ? distance : most;
        size = *count < size ? *count : size;
        memcpy(io->out, inflater->window + from, size);
        memcpy(inflater->window + to, io->out, size);
        io->out += size;
        inflater->total += size;
        *count -= size;
    }
}

/* What is left goes octet by octet: a match may overlap what it makes (3.2.3). */
static inline step copy_match(ws_inflater *inflater, flow *io) {
    size_t room = (size_t)(io->out_end - io->out);
    size_t count = inflater->length < room ? inflater->length : room;
    inflater->length -= (uint32_t)count;
    copy_pieces(inflater, io, &count);
    size_t from = (size_t)((inflater->total - inflater->distance) % WINDOW_SIZE);
    for (; count > 0; count--, from = (from + 1) % WINDOW_SIZE)
        put(inflater, io, inflater->window[from]);
    return inflater->length == 0 ? STEP_ON : STEP_NEEDS_OUTPUT;
}

static step read_symbols(ws_inflater *inflater, flow *io) {
    step next = copy_match(inflater, io); /* what the last call had no room for */
    while (next == STEP_ON) {
        refill(io);
        uint32_t entry = huffman_decode(&inflater->literals, io->bits, io->bit_count);
        if (entry == 0)
            return STEP_NEEDS_INPUT;
        uint32_t symbol = entry >> 4;
        if (symbol < END_OF_BLOCK) {
            if (io->out == io->out_end)
                return STEP_NEEDS_OUTPUT;
            drop(io, entry & ENTRY_BITS_MASK);
            put(inflater, io, (uint8_t)symbol);
        } else if (symbol == END_OF_BLOCK) {
            drop(io, entry & ENTRY_BITS_MASK);
            return end_block(inflater, io);
        } else {
            next = read_match(inflater, io, entry);
            if (next == STEP_ON)
                next = copy_match(inflater, io);
        }
    }
    return next;
}

/* --- the inflater -------------------------------------------------------------------------------- */

static step run_states(ws_inflater *inflater, flow *io) {
    static step (*const states[])(ws_inflater *, flow *) = {[STATE_BLOCK_HEADER] = read_block_header,
                                                            [STATE_STORED_LENGTH] = read_stored_length,
                                                            [STATE_STORED_DATA] = copy_stored_data,
                                                            [STATE_CODE_COUNTS] = read_code_counts,
                                                            [STATE_CODE_LENGTH_CODE] = read_code_length_code,
                                                            [STATE_CODE_LENGTHS] = read_code_lengths,
                                                            [STATE_SYMBOLS] = read_symbols};
    step next = STEP_ON;
    while (next == STEP_ON)
        next = states[inflater->state](inflater, io);
    return next;
}

static ws_inflate_result fail(ws_inflater *inflater, ws_inflate_result failure) {
    inflater->failed = true;
    inflater->failure = failure;
    return failure;
}

static ws_inflate_result inflate_octets(ws_inflater *inflater, const uint8_t *in, size_t in_size,
                                        size_t *used, uint8_t *out, size_t out_size, size_t *made) {
    /* NULL is allowed for nothing, but no arithmetic with it. */
    static const uint8_t no_input;
    uint8_t no_output;
    const uint8_t *from = in_size > 0 ? in : &no_input;
    uint8_t *to = out_size > 0 ? out : &no_output;
    flow io = {inflater->bits, inflater->bit_count, from, from + in_size, to, to + out_size};
    step last = run_states(inflater, &io);
    inflater->bits = io.bits;
    inflater->bit_count = io.bit_count;
    *used = (size_t)(io.in - from);
    *made = (size_t)(io.out - to);
    switch (last) {
    case STEP_NEEDS_OUTPUT:
        return WS_INFLATE_MORE_OUTPUT;
    case STEP_CORRUPT:
        return fail(inflater, WS_INFLATE_CORRUPT);
    case STEP_WINDOW:
        return fail(inflater, WS_INFLATE_WINDOW);
    default:
        return WS_INFLATE_MORE_INPUT;
    }
}

ws_inflater *ws_inflater_new(ws_deflate_agreement agreement) {
    if (agreement.window_bits < 8 || agreement.window_bits > 15)
        return NULL;
    ws_inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater)
        inflater->agreement = agreement;
    return inflater;
}

void ws_inflater_free(ws_inflater *inflater) {
    free(inflater);
}

ws_inflate_result ws_inflater_feed(ws_inflater *inflater, ws_span in, size_t *used, uint8_t *out,
                                   size_t out_size, size_t *made) {
    *used = 0;
    *made = 0;
    if (inflater->failed)
        return inflater->failure;
    return inflate_octets(inflater, in.data, in.size, used, out, out_size, made);
}

ws_inflate_result ws_inflater_end_message(ws_inflater *inflater, uint8_t *out, size_t out_size,
                                          size_t *made) {
    static const uint8_t tail[TAIL_SIZE] = {0x00, 0x00, 0xff, 0xff};
    *made = 0;
    if (inflater->failed)
        return inflater->failure;
    size_t used = 0;
    ws_inflate_result result = inflate_octets(inflater, tail + inflater->tail_used,
                                              TAIL_SIZE - inflater->tail_used, &used, out, out_size, made);
    inflater->tail_used += used;
    if (result != WS_INFLATE_MORE_INPUT)
        return result;
    /* One or two bits left over would be the begin of a header. */
    if (inflater->state != STATE_BLOCK_HEADER || inflater->bit_count > 0)
        return fail(inflater, WS_INFLATE_CORRUPT);
    inflater->tail_used = 0;
    inflater->message_start = inflater->total;
    return result;
}

uint32_t ws_inflater_max_distance(const ws_inflater *inflater) {
    return inflater->max_distance;
}

bool ws_inflater_used_context(const ws_inflater *inflater) {
    return inflater->used_context;
}
