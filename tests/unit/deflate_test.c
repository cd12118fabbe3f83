/* RFC 7692 7.2.1: messages compressed with zlib, read back by the inflater that judges. */
#include "wire/deflate.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))
#define OCTETS(...)                                                                                          \
    (ws_span) {                                                                                              \
        (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})                               \
    }

static const ws_span nothing = {NULL, 0};

static ws_deflater *new_deflater(uint8_t window_bits, bool no_context_takeover, int level, bool fixed_codes) {
    ws_deflater_options options = {
        .agreement = {window_bits, no_context_takeover}, .level = level, .fixed_codes = fixed_codes};
    ws_deflater *deflater = ws_deflater_new(&options);
    cr_assert_not_null(deflater);
    return deflater;
}

static ws_buffer compress(ws_deflater *deflater, ws_span message) {
    ws_buffer out;
    ws_buffer_init(&out, 0);
    cr_assert_eq(ws_deflater_write(deflater, message, true, &out), WS_OK);
    return out;
}

static bool holds(const ws_buffer *buffer, ws_span octets) {
    return ws_span_equal(ws_buffer_span(buffer), octets);
}

/* Inflates one message of at most size octets; true when it equals the expected one. */
static bool inflates_to(ws_inflater *inflater, ws_span payload, ws_span expected) {
    size_t used = 0;
    size_t made = 0;
    size_t more = 0;
    uint8_t *out = malloc(expected.size + 1);
    cr_assert_not_null(out);
    ws_inflate_result result = ws_inflater_feed(inflater, payload, &used, out, expected.size + 1, &made);
    if (result == WS_INFLATE_MORE_INPUT)
        result = ws_inflater_end_message(inflater, out + made, expected.size + 1 - made, &more);
    bool right = result == WS_INFLATE_MORE_INPUT && ws_span_equal((ws_span){out, made + more}, expected);
    free(out);
    return right;
}

/* --- data: text-like, repeating after `period`, or without any pattern --------------------------- */

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void fill_text(uint8_t *data, size_t size) {
    static const char *const words[] = {"frame ",        "opcode ", "payload ", "the ",
                                        "masking key, ", "of ",     "a ",       "\n"};
    uint32_t seed = 7692;
    for (size_t i = 0; i < size;) {
        const char *word = words[next_random(&seed) % LENGTH_OF(words)];
        for (; *word && i < size; i++)
            data[i] = (uint8_t)*word++;
    }
}

static void fill_random(uint8_t *data, size_t size) {
    uint32_t seed = 1951;
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)next_random(&seed);
}

static void fill_periodic(uint8_t *data, size_t size, size_t period) {
    fill_random(data, period < size ? period : size);
    for (size_t i = period; i < size; i++)
        data[i] = data[i - period];
}

/* --- the examples of RFC 7692 7.2.3 -------------------------------------------------------------- */

Test(deflate, hello_is_the_example_of_7_2_3_1) {
    ws_deflater *deflater = new_deflater(15, false, -1, false);
    ws_buffer out = compress(deflater, ws_span_of("Hello"));
    cr_expect(holds(&out, OCTETS(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)));
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

Test(deflate, hello_again_shares_the_window_as_in_7_2_3_2) {
    ws_deflater *deflater = new_deflater(15, false, -1, false);
    ws_buffer first = compress(deflater, ws_span_of("Hello"));
    ws_buffer second = compress(deflater, ws_span_of("Hello"));
    cr_expect(holds(&second, OCTETS(0xf2, 0x00, 0x11, 0x00, 0x00)));
    ws_buffer_clear(&first);
    ws_buffer_clear(&second);
    ws_deflater_free(deflater);
}

Test(deflate, without_context_takeover_equal_messages_give_equal_octets) {
    ws_deflater *deflater = new_deflater(15, true, -1, false);
    ws_buffer first = compress(deflater, ws_span_of("Hello"));
    ws_buffer second = compress(deflater, ws_span_of("Hello"));
    cr_expect(holds(&second, ws_buffer_span(&first)));
    ws_buffer_clear(&first);
    ws_buffer_clear(&second);
    ws_deflater_free(deflater);
}

Test(deflate, level_0_gives_the_stored_block_of_7_2_3_3) {
    ws_deflater *deflater = new_deflater(15, false, 0, false);
    ws_buffer out = compress(deflater, ws_span_of("Hello"));
    cr_expect(holds(&out, OCTETS(0x00, 0x05, 0x00, 0xfa, 0xff, 'H', 'e', 'l', 'l', 'o', 0x00)));
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

/* --- empty messages and pieces (7.2.3.6) --------------------------------------------------------- */

static void check_empty_messages(uint8_t window_bits, bool no_context_takeover, int level, bool fixed_codes) {
    ws_deflater *deflater = new_deflater(window_bits, no_context_takeover, level, fixed_codes);
    static const char *const messages[] = {"", "", "Hello", "", "", "Hello", ""};
    for (size_t i = 0; i < LENGTH_OF(messages); i++) {
        ws_buffer out = compress(deflater, ws_span_of(messages[i]));
        cr_expect_eq(holds(&out, OCTETS(0x00)), messages[i][0] == '\0', "message %zu, level %d", i, level);
        ws_buffer_clear(&out);
    }
    ws_deflater_free(deflater);
}

Test(deflate, an_empty_message_is_one_octet_wherever_it_stands) {
    for (int level = -1; level <= 9; level++)
        for (int takeover = 0; takeover < 2; takeover++)
            for (int fixed_codes = 0; fixed_codes < 2; fixed_codes++) {
                check_empty_messages(8, takeover, level, fixed_codes);
                check_empty_messages(15, takeover, level, fixed_codes);
            }
}

Test(deflate, empty_pieces_change_nothing) {
    ws_deflater *deflater = new_deflater(15, false, -1, false);
    ws_buffer out;
    ws_buffer_init(&out, 0);
    const ws_span pieces[] = {nothing, ws_span_of("Hel"), nothing, ws_span_of("lo"), nothing};
    for (size_t i = 0; i < LENGTH_OF(pieces); i++)
        cr_assert_eq(ws_deflater_write(deflater, pieces[i], false, &out), WS_OK);
    cr_assert_eq(ws_deflater_write(deflater, nothing, true, &out), WS_OK);
    cr_expect(holds(&out, OCTETS(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)));
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

/* --- windows ------------------------------------------------------------------------------------- */

enum { MESSAGE_SIZE = 3000, MESSAGES = 4 };

/* Sends the messages through both ends; the inflater refuses what the agreement does not allow. */
static void check_window(uint8_t *data, uint8_t window_bits, bool no_context_takeover, bool fixed_codes) {
    ws_deflater *deflater = new_deflater(window_bits, no_context_takeover, 9, fixed_codes);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){window_bits, no_context_takeover});
    for (size_t i = 0; i < MESSAGES; i++) {
        ws_span message = {data + i * 100, MESSAGE_SIZE + i};
        ws_buffer out = compress(deflater, message);
        cr_expect(inflates_to(inflater, ws_buffer_span(&out), message), "window %d, message %zu", window_bits,
                  i);
        ws_buffer_clear(&out);
    }
    cr_expect_leq(ws_inflater_max_distance(inflater), 1u << window_bits);
    ws_inflater_free(inflater);
    ws_deflater_free(deflater);
}

static void check_all_agreements(uint8_t *data) {
    for (uint8_t window_bits = 8; window_bits <= 15; window_bits++)
        for (int i = 0; i < 4; i++)
            check_window(data, window_bits, i & 1, i & 2);
}

Test(deflate, text_stays_inside_every_window) {
    static uint8_t data[MESSAGE_SIZE + 100 * MESSAGES];
    fill_text(data, sizeof data);
    check_all_agreements(data);
}

Test(deflate, random_data_stays_inside_every_window) {
    static uint8_t data[MESSAGE_SIZE + 100 * MESSAGES];
    fill_random(data, sizeof data);
    check_all_agreements(data);
}

/* Data that repeats just inside and just outside of the smallest windows tempts a compressor most. */
Test(deflate, periodic_data_stays_inside_every_window) {
    static uint8_t data[MESSAGE_SIZE + 100 * MESSAGES];
    static const size_t periods[] = {1, 2, 250, 255, 256, 257, 260, 511, 512, 513};
    for (size_t i = 0; i < LENGTH_OF(periods); i++) {
        fill_periodic(data, sizeof data, periods[i]);
        check_all_agreements(data);
    }
}

Test(deflate, a_window_of_8_bits_holds_over_any_pieces) {
    static uint8_t data[MESSAGE_SIZE];
    fill_periodic(data, sizeof data, 200);
    for (size_t step = 1; step < 600; step += 37) {
        ws_deflater *deflater = new_deflater(8, false, 9, true);
        ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){8, false});
        ws_buffer out;
        ws_buffer_init(&out, 0);
        for (size_t i = 0; i < sizeof data; i += step) {
            size_t size = sizeof data - i < step ? sizeof data - i : step;
            cr_assert_eq(ws_deflater_write(deflater, (ws_span){data + i, size}, false, &out), WS_OK);
        }
        cr_assert_eq(ws_deflater_write(deflater, nothing, true, &out), WS_OK);
        cr_expect(inflates_to(inflater, ws_buffer_span(&out), (ws_span){data, sizeof data}), "pieces of %zu",
                  step);
        ws_buffer_clear(&out);
        ws_inflater_free(inflater);
        ws_deflater_free(deflater);
    }
}

Test(deflate, a_window_of_8_bits_is_used_for_runs_only) {
    static uint8_t data[MESSAGE_SIZE];
    fill_text(data, sizeof data);
    ws_deflater *deflater = new_deflater(8, false, 9, false);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){8, false});
    ws_buffer out = compress(deflater, (ws_span){data, sizeof data});
    cr_expect(inflates_to(inflater, ws_buffer_span(&out), (ws_span){data, sizeof data}));
    cr_expect_leq(ws_inflater_max_distance(inflater), 1);
    ws_buffer_clear(&out);
    ws_inflater_free(inflater);
    ws_deflater_free(deflater);
}

Test(deflate, a_window_of_8_bits_with_fixed_codes_is_forgotten_after_256_octets) {
    static uint8_t data[256];
    fill_random(data, sizeof data);
    ws_span again = {data + 156, 100};
    ws_deflater *deflater = new_deflater(8, false, 9, true);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){8, false});
    ws_buffer first = compress(deflater, (ws_span){data, sizeof data});
    ws_buffer second = compress(deflater, again);
    cr_expect(inflates_to(inflater, ws_buffer_span(&first), (ws_span){data, sizeof data}));
    cr_expect(inflates_to(inflater, ws_buffer_span(&second), again));
    cr_expect_not(ws_inflater_used_context(inflater));
    ws_buffer_clear(&first);
    ws_buffer_clear(&second);
    ws_inflater_free(inflater);
    ws_deflater_free(deflater);
}

Test(deflate, a_full_window_is_used_across_messages) {
    static uint8_t data[MESSAGE_SIZE];
    fill_random(data, sizeof data);
    ws_deflater *deflater = new_deflater(15, false, 6, false);
    ws_buffer first = compress(deflater, (ws_span){data, sizeof data});
    ws_buffer second = compress(deflater, (ws_span){data, sizeof data});
    cr_expect_lt(second.size, first.size / 10);
    ws_buffer_clear(&first);
    ws_buffer_clear(&second);
    ws_deflater_free(deflater);
}

/* --- matches at the distance of the window -------------------------------------------------------- */

/* A message that comes again behind 2^bits octets, in itself and in the message behind it. */
static void expect_farthest(uint8_t bits, bool no_context_takeover) {
    static uint8_t data[32768 + 300];
    size_t window = (size_t)1 << bits, size = window + 300;
    fill_random(data, window);
    for (size_t i = 0; i < 300; i++)
        data[window + i] = data[i];
    ws_deflater *deflater = ws_deflater_new(
        &(ws_deflater_options){.agreement = {bits, no_context_takeover}, .level = -1, .farthest = true});
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){bits, no_context_takeover});
    cr_assert(deflater && inflater);
    ws_buffer first = compress(deflater, (ws_span){data, size});
    cr_expect(inflates_to(inflater, ws_buffer_span(&first), (ws_span){data, size}), "%u bits", bits);
    cr_expect_eq(ws_inflater_max_distance(inflater), window, "%u bits", bits);
    ws_buffer second = compress(deflater, (ws_span){data + 300, 200});
    cr_expect(inflates_to(inflater, ws_buffer_span(&second), (ws_span){data + 300, 200}), "%u bits", bits);
    cr_expect_eq(ws_inflater_used_context(inflater), !no_context_takeover, "%u bits", bits);
    ws_buffer empty = compress(deflater, nothing);
    cr_expect(inflates_to(inflater, ws_buffer_span(&empty), nothing));
    ws_buffer_clear(&first);
    ws_buffer_clear(&second);
    ws_buffer_clear(&empty);
    ws_inflater_free(inflater);
    ws_deflater_free(deflater);
}

Test(deflate, farthest_matches_reach_back_by_the_whole_window) {
    for (uint8_t bits = 8; bits <= 15; bits++)
        expect_farthest(bits, false);
}

Test(deflate, farthest_matches_stay_in_their_message_without_context_takeover) {
    for (uint8_t bits = 8; bits <= 15; bits++)
        expect_farthest(bits, true);
}

/* --- options ------------------------------------------------------------------------------------- */

static unsigned first_block_type(bool fixed_codes) {
    static uint8_t data[MESSAGE_SIZE];
    fill_text(data, sizeof data);
    ws_deflater *deflater = new_deflater(15, false, 6, fixed_codes);
    ws_buffer out = compress(deflater, (ws_span){data, sizeof data});
    unsigned type = out.data[0] >> 1 & 3;
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
    return type;
}

Test(deflate, fixed_codes_make_a_block_of_type_1) {
    cr_expect_eq(first_block_type(true), 1);
}

Test(deflate, text_without_fixed_codes_makes_a_block_of_type_2) {
    cr_expect_eq(first_block_type(false), 2);
}

Test(deflate, every_level_and_memory_level_gives_the_message_back) {
    static uint8_t data[MESSAGE_SIZE];
    fill_text(data, sizeof data);
    for (int level = -1; level <= 9; level++)
        for (int mem_level = 0; mem_level <= 9; mem_level += 3) {
            ws_deflater *deflater =
                ws_deflater_new(&(ws_deflater_options){{15, false}, level, mem_level, false, false});
            ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){15, false});
            cr_assert_not_null(deflater);
            ws_buffer out = compress(deflater, (ws_span){data, sizeof data});
            cr_expect(inflates_to(inflater, ws_buffer_span(&out), (ws_span){data, sizeof data}));
            ws_buffer_clear(&out);
            ws_inflater_free(inflater);
            ws_deflater_free(deflater);
        }
}

Test(deflate, options_out_of_range_are_refused) {
    static const ws_deflater_options refused[] = {
        {{7, false}, 6, 0, false, false},   {{16, false}, 6, 0, false, false},
        {{15, false}, -2, 0, false, false}, {{15, false}, 10, 0, false, false},
        {{15, false}, 6, -1, false, false}, {{15, false}, 6, 10, false, false}};
    for (size_t i = 0; i < LENGTH_OF(refused); i++)
        cr_expect_null(ws_deflater_new(&refused[i]), "row %zu", i);
}

Test(deflate, freeing_nothing_is_allowed) {
    ws_deflater_free(NULL);
}

/* --- pieces and limits --------------------------------------------------------------------------- */

Test(deflate, pieces_taken_away_between_writes_still_make_one_message) {
    static uint8_t data[300000]; /* large enough for zlib to give octets before the end */
    fill_random(data, sizeof data);
    ws_deflater *deflater = new_deflater(15, false, 6, false);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){15, false});
    ws_buffer whole;
    ws_buffer_init(&whole, 0);
    enum { STEP = 50000 };
    for (size_t i = 0; i < sizeof data; i += STEP) {
        ws_buffer fragment;
        ws_buffer_init(&fragment, 0);
        cr_assert_eq(
            ws_deflater_write(deflater, (ws_span){data + i, STEP}, i + STEP == sizeof data, &fragment),
            WS_OK);
        cr_assert_eq(ws_buffer_append(&whole, fragment.data, fragment.size), WS_OK);
        ws_buffer_clear(&fragment);
    }
    cr_expect(inflates_to(inflater, ws_buffer_span(&whole), (ws_span){data, sizeof data}));
    ws_buffer_clear(&whole);
    ws_inflater_free(inflater);
    ws_deflater_free(deflater);
}

/* One of these sizes fills zlib's output to its last octet, which may not repeat or lose the flush. */
Test(deflate, every_size_around_a_full_chunk_gives_the_message_back) {
    static uint8_t data[4200];
    fill_random(data, sizeof data);
    ws_deflater *deflater = new_deflater(15, true, 0, false);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){15, true});
    for (size_t size = 4070; size < 4120; size++) {
        ws_buffer out = compress(deflater, (ws_span){data, size});
        cr_expect(inflates_to(inflater, ws_buffer_span(&out), (ws_span){data, size}), "%zu octets", size);
        ws_buffer_clear(&out);
    }
    ws_inflater_free(inflater);
    ws_deflater_free(deflater);
}

/* A buffer of that limit already holds one octet. */
static void check_failed_write(size_t limit, uint8_t window_bits, size_t size, bool last) {
    static uint8_t data[20000];
    fill_random(data, sizeof data);
    ws_deflater *deflater = new_deflater(window_bits, false, 6, true);
    ws_buffer out;
    ws_buffer_init(&out, limit);
    cr_assert_eq(ws_buffer_append_text(&out, "x"), WS_OK);
    cr_expect_eq(ws_deflater_write(deflater, (ws_span){data, size}, last, &out), WS_ERR_LIMIT);
    cr_expect(holds(&out, ws_span_of("x")), "out is as it was");
    out.limit = SIZE_MAX;
    cr_expect_eq(ws_deflater_write(deflater, ws_span_of("y"), true, &out), WS_ERR_LIMIT, "stays so");
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

Test(deflate, a_full_buffer_at_the_end_of_a_message_fails_it) {
    check_failed_write(8, 15, 20, true);
}

Test(deflate, a_full_buffer_inside_a_message_fails_it) {
    check_failed_write(6000, 15, 20000, false);
}

Test(deflate, a_full_buffer_where_a_small_window_is_cleared_fails_it) {
    check_failed_write(100, 8, 600, false);
}
