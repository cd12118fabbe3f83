/* RFC 1951 and RFC 7692 7.2.2: the inflater that judges, against zlib and against streams made by hand. */
#define ZLIB_CONST
#include "wire/deflate.h"

#include "support/guard.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))
#define OCTETS(...)                                                                                          \
    (ws_span) {                                                                                              \
        (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})                               \
    }
#define HELLO OCTETS(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)

/* --- inflating a message in pieces --------------------------------------------------------------- */

static const ws_deflate_agreement full = {15, false};

static ws_inflater *new_inflater(uint8_t window_bits, bool no_context_takeover) {
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){window_bits, no_context_takeover});
    cr_assert_not_null(inflater);
    return inflater;
}

/* Feeds a piece, out_size octets of output at a time, until it is used up or refused. */
static ws_inflate_result feed_piece(ws_inflater *inflater, ws_span piece, uint8_t *out, size_t out_size,
                                    ws_buffer *text) {
    ws_inflate_result result;
    do {
        size_t used = 0;
        size_t made = 0;
        result = ws_inflater_feed(inflater, piece, &used, out, out_size, &made);
        cr_assert_leq(used, piece.size);
        cr_assert_leq(made, out_size);
        if (result == WS_INFLATE_MORE_OUTPUT)
            cr_assert_eq(made, out_size, "asks for room only when there is none");
        piece = (ws_span){piece.data + used, piece.size - used};
        cr_assert_eq(ws_buffer_append(text, out, made), WS_OK);
    } while (result == WS_INFLATE_MORE_OUTPUT);
    if (result == WS_INFLATE_MORE_INPUT)
        cr_assert_eq(piece.size, 0, "asks for input only when all is used");
    return result;
}

static ws_inflate_result end_message(ws_inflater *inflater, uint8_t *out, size_t out_size, ws_buffer *text) {
    ws_inflate_result result;
    do {
        size_t made = 0;
        result = ws_inflater_end_message(inflater, out, out_size, &made);
        cr_assert_leq(made, out_size);
        cr_assert_eq(ws_buffer_append(text, out, made), WS_OK);
    } while (result == WS_INFLATE_MORE_OUTPUT);
    return result;
}

/* A whole message: `first` octets, then pieces of `step`. Input and output end at unreadable pages. */
static ws_inflate_result inflate_cut(ws_inflater *inflater, ws_span payload, size_t first, size_t step,
                                     size_t out_size, ws_buffer *text) {
    static const uint8_t blank[65536];
    uint8_t *in = guard_copy(payload.data, payload.size);
    uint8_t *out = guard_copy(blank, out_size);
    ws_inflate_result result = WS_INFLATE_MORE_INPUT;
    size_t size = first < payload.size ? first : payload.size;
    for (size_t i = 0; result == WS_INFLATE_MORE_INPUT && i < payload.size;) {
        result = feed_piece(inflater, (ws_span){in + i, size}, out, out_size, text);
        i += size;
        size = step < payload.size - i ? step : payload.size - i;
    }
    if (result == WS_INFLATE_MORE_INPUT)
        result = end_message(inflater, out, out_size, text);
    guard_free(in, payload.size);
    guard_free(out, out_size);
    return result;
}

static ws_inflate_result inflate_whole(ws_inflater *inflater, ws_span payload, ws_buffer *text) {
    return inflate_cut(inflater, payload, payload.size, payload.size, 4096, text);
}

static void expect_message(ws_inflater *inflater, ws_span payload, ws_span expected) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    cr_expect_eq(inflate_whole(inflater, payload, &text), WS_INFLATE_MORE_INPUT);
    cr_expect(ws_span_equal(ws_buffer_span(&text), expected), "\"%.*s\"", (int)text.size,
              (const char *)text.data);
    ws_buffer_clear(&text);
}

static void expect_refused(ws_inflater *inflater, ws_span payload, ws_inflate_result refusal) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    cr_expect_eq(inflate_whole(inflater, payload, &text), refusal);
    ws_buffer_clear(&text);
}

/* Refused by what stands there, not for its end. */
static void expect_corrupt(ws_span payload) {
    static const uint8_t blank[65536];
    ws_inflater *inflater = ws_inflater_new(full);
    uint8_t *in = guard_copy(payload.data, payload.size);
    uint8_t *out = guard_copy(blank, sizeof blank);
    size_t used = 0;
    size_t made = 0;
    cr_expect_eq(ws_inflater_feed(inflater, (ws_span){in, payload.size}, &used, out, sizeof blank, &made),
                 WS_INFLATE_CORRUPT);
    guard_free(in, payload.size);
    guard_free(out, sizeof blank);
    ws_inflater_free(inflater);
}

static void expect_first_message(ws_span payload, const char *expected) {
    ws_inflater *inflater = ws_inflater_new(full);
    expect_message(inflater, payload, ws_span_of(expected));
    ws_inflater_free(inflater);
}

static void expect_first_refused(ws_span payload, ws_inflate_result refusal) {
    ws_inflater *inflater = ws_inflater_new(full);
    expect_refused(inflater, payload, refusal);
    ws_inflater_free(inflater);
}

/* --- the examples of RFC 7692 7.2.3 -------------------------------------------------------------- */

Test(inflate, example_7_2_3_1_one_compressed_block) {
    expect_first_message(HELLO, "Hello");
}

Test(inflate, example_7_2_3_2_sharing_the_window) {
    ws_inflater *inflater = ws_inflater_new(full);
    expect_message(inflater, HELLO, ws_span_of("Hello"));
    expect_message(inflater, OCTETS(0xf2, 0x00, 0x11, 0x00, 0x00), ws_span_of("Hello"));
    ws_inflater_free(inflater);
}

Test(inflate, example_7_2_3_3_no_compression) {
    expect_first_message(OCTETS(0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0x00), "Hello");
}

Test(inflate, example_7_2_3_4_bfinal) {
    expect_first_message(OCTETS(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00), "Hello");
}

Test(inflate, example_7_2_3_5_two_blocks) {
    expect_first_message(OCTETS(0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00),
                         "Hello");
}

Test(inflate, example_7_2_3_6_the_empty_message) {
    expect_first_message(OCTETS(0x00), "");
}

/* --- ends of messages ---------------------------------------------------------------------------- */

Test(inflate, a_payload_of_no_octets_is_no_message) {
    expect_first_refused((ws_span){NULL, 0}, WS_INFLATE_CORRUPT);
}

Test(inflate, after_bfinal_the_empty_block_may_not_be_missing) {
    expect_first_refused(OCTETS(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), WS_INFLATE_CORRUPT);
}

Test(inflate, without_bfinal_the_empty_block_may_not_be_missing) {
    expect_first_refused(OCTETS(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07), WS_INFLATE_CORRUPT);
}

Test(inflate, the_tail_may_not_stand_in_the_payload_too) {
    expect_first_refused(OCTETS(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff),
                         WS_INFLATE_CORRUPT);
}

Test(inflate, a_message_may_not_end_inside_a_compressed_block) {
    expect_first_refused(OCTETS(0xf2, 0x48, 0xcd), WS_INFLATE_CORRUPT);
}

Test(inflate, a_message_may_not_end_inside_a_stored_block) {
    expect_first_refused(OCTETS(0x00, 0x64, 0x00, 0x9b, 0xff, 'H'), WS_INFLATE_CORRUPT);
}

Test(inflate, a_message_may_not_end_inside_a_dynamic_header) {
    expect_first_refused(OCTETS(0x04), WS_INFLATE_CORRUPT);
}

Test(inflate, the_next_message_begins_at_an_octet) {
    ws_inflater *inflater = ws_inflater_new(full);
    for (int i = 0; i < 3; i++)
        expect_message(inflater, HELLO, ws_span_of("Hello"));
    ws_inflater_free(inflater);
}

Test(inflate, output_may_come_with_the_end_of_the_message) {
    ws_inflater *inflater = ws_inflater_new(full);
    ws_buffer text;
    ws_buffer_init(&text, 0);
    /* A stored block of six octets whose last four are the tail. */
    ws_span payload = OCTETS(0x00, 0x06, 0x00, 0xf9, 0xff, 'a', 'b');
    cr_expect_eq(inflate_cut(inflater, payload, 1, 1, 1, &text), WS_INFLATE_MORE_INPUT);
    cr_expect(ws_span_equal(ws_buffer_span(&text), OCTETS('a', 'b', 0x00, 0x00, 0xff, 0xff)));
    ws_buffer_clear(&text);
    ws_inflater_free(inflater);
}

Test(inflate, a_refusal_stays) {
    ws_inflater *inflater = ws_inflater_new(full);
    size_t used = 0;
    size_t made = 0;
    uint8_t out[16];
    cr_assert_eq(ws_inflater_feed(inflater, OCTETS(0x06), &used, out, sizeof out, &made), WS_INFLATE_CORRUPT);
    cr_expect_eq(ws_inflater_feed(inflater, HELLO, &used, out, sizeof out, &made), WS_INFLATE_CORRUPT);
    cr_expect_eq(used, 0);
    cr_expect_eq(ws_inflater_end_message(inflater, out, sizeof out, &made), WS_INFLATE_CORRUPT);
    cr_expect_eq(made, 0);
    ws_inflater_free(inflater);
}

Test(inflate, output_before_a_refusal_is_given) {
    ws_inflater *inflater = ws_inflater_new(full);
    ws_buffer text;
    ws_buffer_init(&text, 0);
    inflate_whole(inflater, OCTETS(0x00, 0x01, 0x00, 0xfe, 0xff, 'a', 0x06), &text);
    cr_expect(ws_span_equal(ws_buffer_span(&text), ws_span_of("a")));
    ws_buffer_clear(&text);
    ws_inflater_free(inflater);
}

Test(inflate, windows_other_than_8_to_15_bits_are_refused) {
    cr_expect_null(ws_inflater_new((ws_deflate_agreement){7, false}));
    cr_expect_null(ws_inflater_new((ws_deflate_agreement){16, false}));
}

/* --- streams made by hand ------------------------------------------------------------------------ */

typedef struct bit_writer {
    uint8_t octets[70000];
    size_t count; /* of bits */
} bit_writer;

static bit_writer *new_writer(void) {
    bit_writer *bits = calloc(1, sizeof *bits);
    cr_assert_not_null(bits);
    return bits;
}

static ws_span written(const bit_writer *bits) {
    return (ws_span){bits->octets, (bits->count + 7) / 8};
}

static void put(bit_writer *bits, uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; i++, bits->count++)
        bits->octets[bits->count / 8] |= (uint8_t)((value >> i & 1) << (bits->count % 8));
}

/* RFC 1951 3.1.1: Huffman codes begin with their most significant bit. */
static void put_code(bit_writer *bits, uint32_t code, unsigned count) {
    while (count-- > 0)
        put(bits, code >> count & 1, 1);
}

static void pad(bit_writer *bits) {
    bits->count = (bits->count + 7) / 8 * 8;
}

static void begin_block(bit_writer *bits, bool final, unsigned type) {
    put(bits, final, 1);
    put(bits, type, 2);
}

/* The header that is left of the empty block (RFC 7692 7.2.1). */
static void end_payload(bit_writer *bits) {
    begin_block(bits, false, 0);
    pad(bits);
}

static void put_stored(bit_writer *bits, uint8_t octet, size_t size) {
    for (; size > 0; size -= size < 65535 ? size : 65535) {
        uint32_t length = size < 65535 ? (uint32_t)size : 65535;
        begin_block(bits, false, 0);
        pad(bits);
        put(bits, length, 16);
        put(bits, length ^ 0xffff, 16);
        for (uint32_t i = 0; i < length; i++)
            put(bits, octet, 8);
    }
}

/* RFC 1951 3.2.6. */
static void put_fixed(bit_writer *bits, unsigned symbol) {
    if (symbol < 144)
        put_code(bits, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(bits, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(bits, symbol - 256, 7);
    else
        put_code(bits, 0xc0 + symbol - 280, 8);
}

/* A match of three octets. RFC 1951 3.2.5: from distance 5 on, two codes share a number of extra bits. */
static void put_fixed_match(bit_writer *bits, uint32_t distance) {
    put_fixed(bits, 257);
    uint32_t offset = distance - 1;
    if (offset < 4) {
        put_code(bits, offset, 5);
        return;
    }
    unsigned high = 0;
    while (offset >> (high + 1))
        high++;
    put_code(bits, 2 * high + (offset >> (high - 1) & 1), 5);
    put(bits, offset & ((1u << (high - 1)) - 1), high - 1);
}

/* A block whose only symbol is a match. */
static void put_match_block(bit_writer *bits, bool final, uint32_t distance) {
    begin_block(bits, final, 1);
    put_fixed_match(bits, distance);
    put_fixed(bits, 256);
    if (final)
        pad(bits);
}

/* The message: `before` stored octets, then a match of that distance. */
static ws_inflate_result inflate_match(ws_inflater *inflater, size_t before, uint32_t distance) {
    bit_writer *bits = new_writer();
    put_stored(bits, 'a', before);
    put_match_block(bits, false, distance);
    end_payload(bits);
    ws_buffer text;
    ws_buffer_init(&text, 0);
    ws_inflate_result result = inflate_whole(inflater, written(bits), &text);
    ws_buffer_clear(&text);
    free(bits);
    return result;
}

/* --- distances ----------------------------------------------------------------------------------- */

Test(inflate, a_distance_of_the_whole_window_is_fine) {
    for (uint8_t window_bits = 8; window_bits <= 15; window_bits++) {
        ws_inflater *inflater = new_inflater(window_bits, false);
        cr_expect_eq(inflate_match(inflater, 40000, 1u << window_bits), WS_INFLATE_MORE_INPUT, "%d",
                     window_bits);
        ws_inflater_free(inflater);
    }
}

/* At 15 bits no code for such a distance exists: see fixed_distance_code_30. */
Test(inflate, a_distance_one_beyond_the_window_is_refused) {
    for (uint8_t window_bits = 8; window_bits <= 14; window_bits++) {
        ws_inflater *inflater = new_inflater(window_bits, false);
        cr_expect_eq(inflate_match(inflater, 40000, (1u << window_bits) + 1), WS_INFLATE_WINDOW, "%d",
                     window_bits);
        ws_inflater_free(inflater);
    }
}

Test(inflate, a_distance_to_the_first_octet_is_fine) {
    for (uint32_t distance = 1; distance < 40; distance++) {
        ws_inflater *inflater = ws_inflater_new(full);
        cr_expect_eq(inflate_match(inflater, distance, distance), WS_INFLATE_MORE_INPUT, "%u", distance);
        ws_inflater_free(inflater);
    }
}

Test(inflate, a_distance_before_the_first_octet_is_refused) {
    for (uint32_t distance = 1; distance < 40; distance++) {
        ws_inflater *inflater = ws_inflater_new(full);
        cr_expect_eq(inflate_match(inflater, distance - 1, distance), WS_INFLATE_WINDOW, "%u", distance);
        ws_inflater_free(inflater);
    }
}

Test(inflate, a_distance_into_the_previous_message_is_fine_with_context_takeover) {
    ws_inflater *inflater = new_inflater(15, false);
    expect_message(inflater, HELLO, ws_span_of("Hello"));
    cr_expect_eq(inflate_match(inflater, 2, 3), WS_INFLATE_MORE_INPUT);
    ws_inflater_free(inflater);
}

Test(inflate, a_distance_into_the_previous_message_is_refused_without_context_takeover) {
    ws_inflater *inflater = new_inflater(15, true);
    expect_message(inflater, HELLO, ws_span_of("Hello"));
    cr_expect_eq(inflate_match(inflater, 2, 3), WS_INFLATE_WINDOW);
    ws_inflater_free(inflater);
}

Test(inflate, a_distance_inside_the_message_is_fine_without_context_takeover) {
    ws_inflater *inflater = new_inflater(15, true);
    expect_message(inflater, HELLO, ws_span_of("Hello"));
    cr_expect_eq(inflate_match(inflater, 3, 3), WS_INFLATE_MORE_INPUT);
    ws_inflater_free(inflater);
}

Test(inflate, a_block_with_bfinal_keeps_the_window) {
    bit_writer *bits = new_writer();
    begin_block(bits, true, 1);
    for (const char *text = "Hello"; *text; text++)
        put_fixed(bits, (uint8_t)*text);
    put_fixed(bits, 256);
    pad(bits);
    put_match_block(bits, true, 5);
    end_payload(bits);
    expect_first_message(written(bits), "HelloHel");
    free(bits);
}

Test(inflate, the_largest_distance_is_told) {
    static const uint32_t distances[] = {1, 4, 77, 4097, 32768};
    ws_inflater *inflater = ws_inflater_new(full);
    cr_expect_eq(ws_inflater_max_distance(inflater), 0);
    for (size_t i = 0; i < LENGTH_OF(distances); i++) {
        inflate_match(inflater, 40000, distances[i]);
        inflate_match(inflater, 40000, 1);
        cr_expect_eq(ws_inflater_max_distance(inflater), distances[i]);
    }
    ws_inflater_free(inflater);
}

Test(inflate, a_refused_distance_is_told_too) {
    ws_inflater *inflater = new_inflater(8, false);
    inflate_match(inflater, 1000, 300);
    cr_expect_eq(ws_inflater_max_distance(inflater), 300);
    ws_inflater_free(inflater);
}

Test(inflate, a_used_context_is_told) {
    for (int no_context_takeover = 0; no_context_takeover < 2; no_context_takeover++) {
        ws_inflater *inflater = new_inflater(15, no_context_takeover);
        expect_message(inflater, HELLO, ws_span_of("Hello"));
        inflate_match(inflater, 3, 3);
        cr_expect_not(ws_inflater_used_context(inflater), "inside the message");
        inflate_match(inflater, 3, 4);
        cr_expect(ws_inflater_used_context(inflater), "into an earlier one");
        ws_inflater_free(inflater);
    }
}

Test(inflate, a_distance_before_the_first_octet_uses_no_context) {
    ws_inflater *inflater = ws_inflater_new(full);
    inflate_match(inflater, 3, 4);
    cr_expect_not(ws_inflater_used_context(inflater));
    ws_inflater_free(inflater);
}

/* --- fixed codes --------------------------------------------------------------------------------- */

Test(inflate, every_length_and_literal_of_the_fixed_codes_is_known) {
    static const unsigned extra_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    bit_writer *bits = new_writer();
    begin_block(bits, false, 1);
    for (unsigned literal = 0; literal < 256; literal++)
        put_fixed(bits, literal);
    size_t size = 256;
    size_t length = 3;
    for (unsigned code = 0; code < LENGTH_OF(extra_bits); code++)
        for (uint32_t extra = 0; extra < 1u << extra_bits[code]; extra++) {
            put_fixed(bits, 257 + code);
            put(bits, extra, extra_bits[code]);
            put_code(bits, 0, 5);
            size += length < 258 ? length++ : 258; /* code 284 with all extra bits is 258 too */
        }
    put_fixed(bits, 256);
    end_payload(bits);
    ws_inflater *inflater = ws_inflater_new(full);
    ws_buffer text;
    ws_buffer_init(&text, 0);
    cr_expect_eq(inflate_whole(inflater, written(bits), &text), WS_INFLATE_MORE_INPUT);
    cr_assert_eq(text.size, size);
    for (size_t i = 0; i < size; i++)
        cr_assert_eq(text.data[i], i < 256 ? i : 255);
    ws_buffer_clear(&text);
    ws_inflater_free(inflater);
    free(bits);
}

static void check_fixed_refused(unsigned symbol, unsigned distance_code) {
    bit_writer *bits = new_writer();
    put_stored(bits, 'a', 40000);
    begin_block(bits, false, 1);
    put_fixed(bits, symbol);
    put_code(bits, distance_code, 5);
    put(bits, 0, 32);
    expect_corrupt(written(bits));
    free(bits);
}

Test(inflate, fixed_distance_code_30) {
    check_fixed_refused(257, 30);
}
Test(inflate, fixed_distance_code_31) {
    check_fixed_refused(257, 31);
}
Test(inflate, fixed_length_code_286) {
    check_fixed_refused(286, 0);
}
Test(inflate, fixed_length_code_287) {
    check_fixed_refused(287, 0);
}

/* --- corrupt headers ----------------------------------------------------------------------------- */

Test(inflate, block_type_3_is_corrupt) {
    expect_corrupt(OCTETS(0x06, 0x00));
}

Test(inflate, a_stored_length_must_match_its_complement) {
    expect_corrupt(OCTETS(0x00, 0x01, 0x00, 0xfe, 0xfe, 'a', 0x00));
    expect_corrupt(OCTETS(0x00, 0x01, 0x00, 0x01, 0x00, 'a', 0x00));
}

/* --- dynamic codes (3.2.7) ----------------------------------------------------------------------- */

enum { LITERALS = 258, CODE_LENGTH_BITS = 4 };

/* The sixteen code lengths 0 to 12 and the repeats 16, 17 and 18, each with four bits: a complete code. */
static const uint8_t flat_code[19] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 4, 4, 4};

static void put_counts(bit_writer *bits, unsigned literals, unsigned distances) {
    begin_block(bits, false, 2);
    put(bits, literals - 257, 5);
    put(bits, distances - 1, 5);
    put(bits, 19 - 4, 4);
}

static void put_code_length_code(bit_writer *bits, const uint8_t lengths[19]) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    for (size_t i = 0; i < 19; i++)
        put(bits, lengths[order[i]], 3);
}

/* In flat_code. */
static void put_length(bit_writer *bits, unsigned symbol) {
    put_code(bits, symbol < 16 ? symbol : symbol - 3, CODE_LENGTH_BITS);
}

static void put_lengths(bit_writer *bits, const uint8_t *lengths, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_length(bits, lengths[i]);
}

/* A block up to its data; the literal lengths are those of 'a' and 'b', of the end of block and of length 3.
 */
static bit_writer *dynamic_block(const uint8_t literals[4], const uint8_t *distances,
                                 unsigned distance_count) {
    uint8_t lengths[LITERALS] = {0};
    lengths['a'] = literals[0];
    lengths['b'] = literals[1];
    lengths[256] = literals[2];
    lengths[257] = literals[3];
    bit_writer *bits = new_writer();
    put_counts(bits, LITERALS, distance_count);
    put_code_length_code(bits, flat_code);
    put_lengths(bits, lengths, LITERALS);
    put_lengths(bits, distances, distance_count);
    return bits;
}

/* The match is 0, 'a' 10, the end 11. */
static bit_writer *block_with_lone_distance(uint8_t distance_bits) {
    return dynamic_block((const uint8_t[]){2, 0, 2, 1}, &distance_bits, 1);
}

Test(inflate, a_single_distance_code_of_one_bit_is_legal) {
    bit_writer *bits = block_with_lone_distance(1);
    put_code(bits, 2, 2);
    put_code(bits, 0, 1);
    put_code(bits, 0, 1);
    put_code(bits, 3, 2);
    end_payload(bits);
    expect_first_message(written(bits), "aaaa");
    free(bits);
}

Test(inflate, the_unused_half_of_a_single_distance_code_is_corrupt) {
    bit_writer *bits = block_with_lone_distance(1);
    put_code(bits, 2, 2);
    put_code(bits, 0, 1);
    put_code(bits, 1, 1);
    put(bits, 0, 32);
    expect_corrupt(written(bits));
    free(bits);
}

Test(inflate, a_block_without_distances_is_legal) {
    bit_writer *bits = block_with_lone_distance(0);
    put_code(bits, 2, 2);
    put_code(bits, 3, 2);
    end_payload(bits);
    expect_first_message(written(bits), "a");
    free(bits);
}

Test(inflate, a_match_in_a_block_without_distances_is_corrupt) {
    bit_writer *bits = block_with_lone_distance(0);
    put_code(bits, 2, 2);
    put_code(bits, 0, 1);
    put(bits, 0, 32);
    expect_corrupt(written(bits));
    free(bits);
}

Test(inflate, a_block_that_only_ends_is_legal) {
    bit_writer *bits = dynamic_block((const uint8_t[]){0, 0, 1, 0}, (const uint8_t[]){0}, 1);
    put_code(bits, 0, 1);
    end_payload(bits);
    expect_first_message(written(bits), "");
    free(bits);
}

Test(inflate, all_thirty_two_distance_codes_may_be_given) {
    uint8_t distances[32];
    memset(distances, 5, sizeof distances);
    bit_writer *bits = dynamic_block((const uint8_t[]){2, 0, 2, 1}, distances, 32);
    put_code(bits, 2, 2);
    put_code(bits, 0, 1);
    put_code(bits, 0, 5);
    put_code(bits, 3, 2);
    end_payload(bits);
    expect_first_message(written(bits), "aaaa");
    free(bits);
}

Test(inflate, fixed_codes_are_themselves_again_after_a_dynamic_block) {
    bit_writer *bits = new_writer();
    put_stored(bits, 'a', 1);
    put_match_block(bits, false, 1);
    bit_writer *dynamic = dynamic_block((const uint8_t[]){0, 0, 1, 0}, (const uint8_t[]){0}, 1);
    put_code(dynamic, 0, 1);
    end_payload(dynamic);
    end_payload(bits);
    ws_inflater *inflater = ws_inflater_new(full);
    expect_message(inflater, written(bits), ws_span_of("aaaa"));
    expect_message(inflater, written(dynamic), ws_span_of(""));
    expect_message(inflater, HELLO, ws_span_of("Hello"));
    ws_inflater_free(inflater);
    free(dynamic);
    free(bits);
}

/* The tail is made part of two matches (distance code 28: one bit and 13 extra bits) and of the end of block:
 * its 16 zeros are the second half of the first match and the begin of the second, of its 16 ones 13 and 2
 * are used. What is left, one bit, would be the begin of a next block. */
Test(inflate, a_message_may_not_end_inside_a_block_header) {
    static const uint8_t distances[29] = {[28] = 1};
    bit_writer *bits = dynamic_block((const uint8_t[]){2, 0, 2, 1}, distances, 29);
    ws_inflater *inflater = ws_inflater_new(full);
    inflate_match(inflater, 40000, 1);
    if (bits->count % 2 == 0)
        put(bits, 0, 15); /* a whole match */
    while (bits->count % 8 != 7)
        put_code(bits, 2, 2);
    put_code(bits, 0, 1);
    expect_refused(inflater, written(bits), WS_INFLATE_CORRUPT);
    cr_expect_eq(ws_inflater_max_distance(inflater), 24576);
    ws_inflater_free(inflater);
    free(bits);
}

/* Sets of lengths that make no code; the other set of the row is a right one. */
static const struct {
    const char *name;
    uint8_t literals[4];
    uint8_t distances[4];
} wrong_sets[] = {
    {"literals over-subscribed", {1, 1, 1, 0}, {1, 1, 0, 0}},
    {"literals over-subscribed at the last bit", {1, 2, 3, 2}, {1, 1, 0, 0}},
    {"literals incomplete", {2, 2, 2, 0}, {1, 1, 0, 0}},
    {"literals with one code of two bits", {0, 0, 2, 0}, {1, 1, 0, 0}},
    {"literals without end of block", {1, 1, 0, 0}, {1, 1, 0, 0}},
    {"distances over-subscribed", {2, 2, 2, 2}, {1, 1, 1, 0}},
    {"distances over-subscribed deep down", {2, 2, 2, 2}, {1, 2, 12, 2}},
    {"distances incomplete", {2, 2, 2, 2}, {2, 2, 2, 0}},
    {"distances with one code of two bits", {2, 2, 2, 2}, {2, 0, 0, 0}},
    {"distances with one code of twelve bits", {2, 2, 2, 2}, {12, 0, 0, 0}},
};

Test(inflate, wrong_sets_of_code_lengths_are_corrupt) {
    for (size_t i = 0; i < LENGTH_OF(wrong_sets); i++) {
        bit_writer *bits = dynamic_block(wrong_sets[i].literals, wrong_sets[i].distances, 4);
        ws_inflater *inflater = ws_inflater_new(full);
        size_t used = 0;
        size_t made = 0;
        uint8_t out[1];
        cr_expect_eq(ws_inflater_feed(inflater, written(bits), &used, out, 1, &made), WS_INFLATE_CORRUPT,
                     "%s", wrong_sets[i].name);
        ws_inflater_free(inflater);
        free(bits);
    }
}

static void check_literal_count(unsigned literals) {
    bit_writer *bits = new_writer();
    put_counts(bits, literals, 1);
    expect_corrupt(written(bits));
    free(bits);
}

Test(inflate, over_286_literal_codes_are_corrupt) {
    check_literal_count(287);
    check_literal_count(288);
}

static void check_code_length_code(const uint8_t lengths[19]) {
    bit_writer *bits = new_writer();
    put_counts(bits, LITERALS, 1);
    put_code_length_code(bits, lengths);
    put(bits, 0, 32);
    expect_corrupt(written(bits));
    free(bits);
}

Test(inflate, an_over_subscribed_code_length_code_is_corrupt) {
    check_code_length_code((const uint8_t[19]){1, 1, 1});
}

Test(inflate, an_incomplete_code_length_code_is_corrupt) {
    check_code_length_code((const uint8_t[19]){2, 2, 2});
}

Test(inflate, a_code_length_code_of_one_code_is_corrupt) {
    check_code_length_code((const uint8_t[19]){1});
}

Test(inflate, a_code_length_code_without_codes_is_corrupt) {
    check_code_length_code((const uint8_t[19]){0});
}

static bit_writer *begin_flat_block(void) {
    bit_writer *bits = new_writer();
    put_counts(bits, LITERALS, 1);
    put_code_length_code(bits, flat_code);
    return bits;
}

Test(inflate, a_repeat_of_nothing_is_corrupt) {
    bit_writer *bits = begin_flat_block();
    put_length(bits, 16);
    put(bits, 0, 2);
    expect_corrupt(written(bits));
    free(bits);
}

/* Lengths for all codes but the last two, then a repeat of three or eleven. */
static void check_overlong_repeat(unsigned symbol, unsigned extra_bits) {
    static const uint8_t lengths[LITERALS - 1] = {[97] = 1, [256] = 1};
    bit_writer *bits = begin_flat_block();
    put_lengths(bits, lengths, sizeof lengths);
    put_length(bits, symbol);
    put(bits, 0, extra_bits);
    expect_corrupt(written(bits));
    free(bits);
}

Test(inflate, a_repeat_16_beyond_the_last_code_is_corrupt) {
    check_overlong_repeat(16, 2);
}
Test(inflate, a_repeat_17_beyond_the_last_code_is_corrupt) {
    check_overlong_repeat(17, 3);
}
Test(inflate, a_repeat_18_beyond_the_last_code_is_corrupt) {
    check_overlong_repeat(18, 7);
}

Test(inflate, a_repeat_may_cross_from_literals_to_distances) {
    bit_writer *bits = new_writer();
    put_counts(bits, 257, 4);
    put_code_length_code(bits, flat_code);
    put_length(bits, 18); /* 138 times 0 */
    put(bits, 127, 7);
    put_length(bits, 18); /* 115 times 0: up to 252 */
    put(bits, 104, 7);
    put_length(bits, 2); /* 253 to 256 and four distances */
    put_length(bits, 16);
    put(bits, 3, 2);
    put_length(bits, 2);
    put_code(bits, 1, 2);
    put_code(bits, 3, 2);
    end_payload(bits);
    expect_first_message(written(bits), "\xfe");
    free(bits);
}

/* --- data and zlib ------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

typedef enum kind { TEXT, REPETITIVE, RANDOM, SKEWED, KIND_COUNT } kind;

static void fill_text(uint8_t *data, size_t size, uint32_t seed) {
    static const char *const words[] = {"frame ",        "opcode ", "payload ", "the ",
                                        "masking key, ", "of ",     "a ",       "\n"};
    for (size_t i = 0; i < size;) {
        const char *word = words[next_random(&seed) % LENGTH_OF(words)];
        for (; *word && i < size; i++)
            data[i] = (uint8_t)*word++;
    }
}

/* One octet in two is 0, one in four is 1 and so on: this makes the longest codes. */
static uint8_t skewed(uint32_t number) {
    uint8_t octet = 0;
    while (octet < 24 && (number >> octet & 1))
        octet++;
    return octet;
}

static void fill(uint8_t *data, size_t size, kind kind, uint32_t seed) {
    if (kind == TEXT) {
        fill_text(data, size, seed);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        uint32_t number = next_random(&seed);
        data[i] = kind == SKEWED ? skewed(number) : (uint8_t)number;
        if (kind == REPETITIVE && i >= 300 && number % 50 != 0)
            data[i] = data[i - 300];
    }
}

/* One message as a payload of permessage-deflate, from zlib itself. */
static ws_buffer zlib_payload(ws_span data, int level, int strategy, int window_bits) {
    z_stream stream = {0};
    cr_assert_eq(deflateInit2(&stream, level, Z_DEFLATED, -window_bits, 9, strategy), Z_OK);
    ws_buffer out;
    ws_buffer_init(&out, 0);
    cr_assert_eq(ws_buffer_reserve(&out, deflateBound(&stream, (uLong)data.size) + 64), WS_OK);
    stream.next_in = data.data;
    stream.avail_in = (uInt)data.size;
    stream.next_out = out.data;
    stream.avail_out = (uInt)out.capacity;
    cr_assert_eq(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    out.size = stream.total_out - 4;
    deflateEnd(&stream);
    return out;
}

static void check_agreement(ws_span data, int level, int strategy, uint8_t window_bits) {
    ws_buffer payload = zlib_payload(data, level, strategy, window_bits);
    ws_inflater *inflater = new_inflater(window_bits, false);
    uint8_t *text = malloc(data.size + 1);
    size_t used = 0;
    size_t made = 0;
    size_t more = 0;
    ws_inflate_result result =
        ws_inflater_feed(inflater, ws_buffer_span(&payload), &used, text, data.size + 1, &made);
    if (result == WS_INFLATE_MORE_INPUT)
        result = ws_inflater_end_message(inflater, text + made, data.size + 1 - made, &more);
    cr_expect(result == WS_INFLATE_MORE_INPUT && ws_span_equal((ws_span){text, made + more}, data),
              "level %d, strategy %d, window %d, %zu octets", level, strategy, window_bits, data.size);
    cr_expect_leq(ws_inflater_max_distance(inflater), 1u << window_bits);
    free(text);
    ws_inflater_free(inflater);
    ws_buffer_clear(&payload);
}

/* All levels and strategies; the sizes take turns. */
static void check_kind(kind kind) {
    static const size_t sizes[] = {1, 2, 257, 1500, 6000, 40000, 3};
    static uint8_t data[40000];
    fill(data, sizeof data, kind, 6455);
    size_t turn = 0;
    for (int level = 0; level <= 9; level++)
        for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++)
            for (int window_bits = 9; window_bits <= 15; window_bits += 2, turn++)
                check_agreement((ws_span){data, sizes[turn % LENGTH_OF(sizes)]}, level, strategy,
                                (uint8_t)(window_bits - (level & 1 && window_bits > 9)));
}

Test(inflate, agrees_with_zlib_on_text) {
    check_kind(TEXT);
}
Test(inflate, agrees_with_zlib_on_repetitive_data) {
    check_kind(REPETITIVE);
}
Test(inflate, agrees_with_zlib_on_random_data) {
    check_kind(RANDOM);
}
Test(inflate, agrees_with_zlib_on_skewed_data) {
    check_kind(SKEWED);
}

/* --- cuts ---------------------------------------------------------------------------------------- */

static void expect_same(ws_span payload, ws_span expected, size_t first, size_t step, size_t out_size) {
    ws_inflater *inflater = ws_inflater_new(full);
    ws_buffer text;
    ws_buffer_init(&text, 0);
    cr_expect_eq(inflate_cut(inflater, payload, first, step, out_size, &text), WS_INFLATE_MORE_INPUT,
                 "%zu, then %zu octets", first, step);
    cr_expect(ws_span_equal(ws_buffer_span(&text), expected), "%zu, then %zu octets", first, step);
    ws_buffer_clear(&text);
    ws_inflater_free(inflater);
}

static const struct {
    kind kind;
    size_t size;
    int level;
    int strategy;
} cut_streams[] = {{TEXT, 700, 9, Z_DEFAULT_STRATEGY},
                   {TEXT, 300, 9, Z_FIXED},
                   {SKEWED, 600, 6, Z_HUFFMAN_ONLY},
                   {REPETITIVE, 900, 9, Z_DEFAULT_STRATEGY},
                   {RANDOM, 100, 0, Z_DEFAULT_STRATEGY}};

Test(inflate, every_cut_gives_the_same_message) {
    for (size_t i = 0; i < LENGTH_OF(cut_streams); i++) {
        uint8_t data[1000];
        fill(data, cut_streams[i].size, cut_streams[i].kind, 7);
        ws_span message = {data, cut_streams[i].size};
        ws_buffer payload = zlib_payload(message, cut_streams[i].level, cut_streams[i].strategy, 15);
        for (size_t cut = 1; cut < payload.size; cut++)
            expect_same(ws_buffer_span(&payload), message, cut, payload.size, 1000);
        ws_buffer_clear(&payload);
    }
}

Test(inflate, small_pieces_and_small_outputs_give_the_same_message) {
    static const size_t steps[] = {1, 2, 3, 7};
    static const size_t out_sizes[] = {1, 2, 5, 257};
    for (size_t i = 0; i < LENGTH_OF(cut_streams); i++) {
        uint8_t data[1000];
        fill(data, cut_streams[i].size, cut_streams[i].kind, 8);
        ws_span message = {data, cut_streams[i].size};
        ws_buffer payload = zlib_payload(message, cut_streams[i].level, cut_streams[i].strategy, 15);
        for (size_t turn = 0; turn < LENGTH_OF(steps) * LENGTH_OF(out_sizes); turn++)
            expect_same(ws_buffer_span(&payload), message, steps[turn % 4], steps[turn % 4],
                        out_sizes[turn / 4]);
        ws_buffer_clear(&payload);
    }
}

Test(inflate, codes_of_up_to_15_bits_may_be_cut_anywhere) {
    static uint8_t data[30000];
    fill(data, sizeof data, SKEWED, 9);
    ws_buffer payload = zlib_payload((ws_span){data, sizeof data}, 6, Z_HUFFMAN_ONLY, 15);
    expect_same(ws_buffer_span(&payload), (ws_span){data, sizeof data}, 1, 1, 4096);
    ws_buffer_clear(&payload);
}

Test(inflate, without_room_nothing_is_made_and_nothing_lost) {
    ws_inflater *inflater = ws_inflater_new(full);
    size_t used = 0;
    size_t made = 1;
    cr_expect_eq(ws_inflater_feed(inflater, HELLO, &used, NULL, 0, &made), WS_INFLATE_MORE_OUTPUT);
    cr_expect_eq(made, 0);
    uint8_t out[8];
    ws_span rest = {HELLO.data + used, HELLO.size - used};
    cr_expect_eq(ws_inflater_feed(inflater, rest, &used, out, sizeof out, &made), WS_INFLATE_MORE_INPUT);
    cr_expect(ws_span_equal((ws_span){out, made}, ws_span_of("Hello")));
    ws_inflater_free(inflater);
}

Test(inflate, a_bomb_is_bounded_by_the_room_of_each_call) {
    static const uint8_t zeroes[1000000];
    ws_buffer payload = zlib_payload((ws_span){zeroes, sizeof zeroes}, 9, Z_DEFAULT_STRATEGY, 15);
    ws_inflater *inflater = ws_inflater_new(full);
    uint8_t *out = guard_copy(zeroes, 1000);
    ws_span rest = ws_buffer_span(&payload);
    for (size_t total = 0; total < sizeof zeroes; total += 1000) {
        size_t used = 0;
        size_t made = 0;
        ws_inflate_result result = ws_inflater_feed(inflater, rest, &used, out, 1000, &made);
        cr_assert_eq(made, 1000);
        cr_assert(total + made == sizeof zeroes || result == WS_INFLATE_MORE_OUTPUT);
        rest = (ws_span){rest.data + used, rest.size - used};
    }
    guard_free(out, 1000);
    ws_inflater_free(inflater);
    ws_buffer_clear(&payload);
}

/* --- garbage ------------------------------------------------------------------------------------- */

/* Cuts and outputs as the seed wants; a refusal must be the same as without cuts. */
static void check_garbage(ws_span garbage, uint32_t seed) {
    ws_deflate_agreement agreement = {(uint8_t)(8 + seed % 8), seed & 8};
    ws_inflate_result results[2];
    ws_buffer texts[2];
    for (size_t i = 0; i < 2; i++) {
        ws_inflater *inflater = ws_inflater_new(agreement);
        size_t step = i == 0 ? garbage.size : 1 + seed / 16 % 5;
        ws_buffer_init(&texts[i], 0);
        results[i] =
            inflate_cut(inflater, garbage, step, step, i == 0 ? 4096 : 1 + seed / 256 % 300, &texts[i]);
        ws_inflater_free(inflater);
    }
    cr_expect_eq(results[0], results[1]);
    cr_expect(ws_span_equal(ws_buffer_span(&texts[0]), ws_buffer_span(&texts[1])));
    ws_buffer_clear(&texts[0]);
    ws_buffer_clear(&texts[1]);
}

Test(inflate, garbage_ends_the_same_way_however_it_is_cut) {
    uint32_t seed = 1;
    for (size_t round = 0; round < 3000; round++) {
        uint8_t garbage[120];
        size_t size = 1 + next_random(&seed) % sizeof garbage;
        fill(garbage, size, RANDOM, next_random(&seed));
        check_garbage((ws_span){garbage, size}, next_random(&seed));
    }
}

Test(inflate, damaged_streams_end_the_same_way_however_they_are_cut) {
    uint8_t data[900];
    fill(data, sizeof data, TEXT, 5);
    ws_buffer payload = zlib_payload((ws_span){data, sizeof data}, 9, Z_DEFAULT_STRATEGY, 15);
    uint32_t seed = 2;
    for (size_t round = 0; round < 2000; round++) {
        size_t bit = next_random(&seed) % (payload.size * 8);
        payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check_garbage(ws_buffer_span(&payload), next_random(&seed));
        payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ws_buffer_clear(&payload);
}

/* --- what zlib says of damaged streams ----------------------------------------------------------- */

typedef struct opinion {
    int status; /* of zlib's inflate */
    size_t made;
    bool too_many_codes; /* zlib refuses the distance codes 30 and 31 in a header, RFC 1951 3.2.7 does not */
    uint8_t text[20000];
} opinion;

static void ask_zlib(ws_span payload, opinion *zlib) {
    z_stream stream = {0};
    cr_assert_eq(inflateInit2(&stream, -15), Z_OK);
    stream.next_in = payload.data;
    stream.avail_in = (uInt)payload.size;
    stream.next_out = zlib->text;
    stream.avail_out = sizeof zlib->text;
    zlib->status = inflate(&stream, Z_SYNC_FLUSH);
    zlib->made = stream.total_out;
    zlib->too_many_codes = stream.msg && strstr(stream.msg, "too many");
    inflateEnd(&stream);
}

static void compare_with_zlib(ws_span payload) {
    static opinion zlib;
    static uint8_t text[sizeof zlib.text];
    ask_zlib(payload, &zlib);
    if (zlib.too_many_codes || zlib.status == Z_STREAM_END) /* BFINAL: zlib stops there */
        return;
    ws_inflater *inflater = ws_inflater_new(full);
    size_t used = 0;
    size_t made = 0;
    ws_inflate_result result = ws_inflater_feed(inflater, payload, &used, text, sizeof text, &made);
    bool refused = result == WS_INFLATE_CORRUPT || result == WS_INFLATE_WINDOW;
    cr_expect_eq(refused, zlib.status == Z_DATA_ERROR);
    cr_expect(ws_span_equal((ws_span){text, made}, (ws_span){zlib.text, zlib.made}));
    ws_inflater_free(inflater);
}

static void check_damage(kind kind, int strategy) {
    uint8_t data[800];
    fill(data, sizeof data, kind, 5);
    ws_buffer payload = zlib_payload((ws_span){data, sizeof data}, 9, strategy, 15);
    for (size_t bit = 0; bit < payload.size * 8; bit++) {
        payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        compare_with_zlib(ws_buffer_span(&payload));
        payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ws_buffer_clear(&payload);
}

Test(inflate, agrees_with_zlib_on_damaged_dynamic_blocks) {
    check_damage(TEXT, Z_DEFAULT_STRATEGY);
}
Test(inflate, agrees_with_zlib_on_damaged_fixed_blocks) {
    check_damage(REPETITIVE, Z_FIXED);
}
Test(inflate, agrees_with_zlib_on_damaged_long_codes) {
    check_damage(SKEWED, Z_HUFFMAN_ONLY);
}
