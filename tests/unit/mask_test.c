#include "wire/mask.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/guard.h"

enum { LONGEST = 300, MARGIN = 16 };

static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

/* xorshift64: the same octets in every run. */
static void fill(uint8_t *octets, size_t size) {
    uint64_t word = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < size; i++) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        octets[i] = (uint8_t)(word >> 56);
    }
}

/* RFC 6455 5.7, the single-frame masked text message. */
static const uint8_t hello_masked[5] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};

Test(mask, plain_gives_the_example_of_rfc_6455_5_7) {
    uint8_t out[5];
    ws_mask_plain(out, (const uint8_t *)"Hello", 5, key, 0);
    cr_assert_arr_eq(out, hello_masked, 5);
}

Test(mask, fast_gives_the_example_of_rfc_6455_5_7) {
    uint8_t out[5];
    ws_mask(out, (const uint8_t *)"Hello", 5, key, 0);
    cr_assert_arr_eq(out, hello_masked, 5);
}

Test(mask, plain_begins_with_the_key_octet_of_the_phase) {
    static const struct {
        uint64_t phase;
        uint8_t masked[6]; /* six zeros, masked */
    } rows[] = {
        {0, {0x37, 0xfa, 0x21, 0x3d, 0x37, 0xfa}}, {1, {0xfa, 0x21, 0x3d, 0x37, 0xfa, 0x21}},
        {2, {0x21, 0x3d, 0x37, 0xfa, 0x21, 0x3d}}, {3, {0x3d, 0x37, 0xfa, 0x21, 0x3d, 0x37}},
        {4, {0x37, 0xfa, 0x21, 0x3d, 0x37, 0xfa}}, {UINT64_MAX, {0x3d, 0x37, 0xfa, 0x21, 0x3d, 0x37}},
    };
    static const uint8_t zeros[6];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[6];
        ws_mask_plain(out, zeros, sizeof zeros, key, rows[i].phase);
        cr_assert_arr_eq(out, rows[i].masked, 6, "row %zu", i);
    }
}

Test(mask, masking_twice_restores_the_payload) {
    uint8_t payload[LONGEST], octets[LONGEST];
    fill(payload, sizeof payload);
    ws_mask(octets, payload, sizeof octets, key, 1);
    cr_assert_arr_neq(octets, payload, sizeof payload);
    ws_mask(octets, octets, sizeof octets, key, 1);
    cr_assert_arr_eq(octets, payload, sizeof payload);
}

/* Masks a copy that stands `from` octets behind an aligned address into one that stands `to` behind it, and
 * compares all of the target, margins included, with what the plain version leaves there. */
static bool copy_agrees(const uint8_t *payload, size_t size, uint64_t phase, size_t from, size_t to) {
    _Alignas(64) uint8_t in[LONGEST + MARGIN];
    _Alignas(64) uint8_t fast[LONGEST + 2 * MARGIN] = {0};
    _Alignas(64) uint8_t plain[LONGEST + 2 * MARGIN] = {0};
    memcpy(in + from, payload, size);
    ws_mask(fast + to, in + from, size, key, phase);
    ws_mask_plain(plain + to, in + from, size, key, phase);
    return memcmp(fast, plain, sizeof fast) == 0 && memcmp(in + from, payload, size) == 0;
}

Test(mask, fast_copy_equals_plain_at_every_size_phase_and_alignment) {
    uint8_t payload[LONGEST];
    fill(payload, sizeof payload);
    for (size_t size = 0; size <= LONGEST; size++)
        for (uint64_t phase = 0; phase < 4; phase++)
            for (size_t alignment = 0; alignment < 64; alignment++)
                if (!copy_agrees(payload, size, phase, alignment / 8, alignment % 8))
                    cr_assert_fail("size %zu, phase %u, from %zu, to %zu", size, (unsigned)phase,
                                   alignment / 8, alignment % 8);
}

static bool in_place_agrees(const uint8_t *payload, size_t size, uint64_t phase, size_t at) {
    _Alignas(64) uint8_t fast[LONGEST + 2 * MARGIN] = {0};
    _Alignas(64) uint8_t plain[LONGEST + 2 * MARGIN] = {0};
    memcpy(fast + at, payload, size);
    ws_mask(fast + at, fast + at, size, key, phase);
    ws_mask_plain(plain + at, payload, size, key, phase);
    return memcmp(fast, plain, sizeof fast) == 0;
}

Test(mask, fast_in_place_equals_plain_at_every_size_phase_and_alignment) {
    uint8_t payload[LONGEST];
    fill(payload, sizeof payload);
    for (size_t size = 0; size <= LONGEST; size++)
        for (uint64_t phase = 0; phase < 4; phase++)
            for (size_t at = 0; at < MARGIN; at++)
                if (!in_place_agrees(payload, size, phase, at))
                    cr_assert_fail("size %zu, phase %u, at %zu", size, (unsigned)phase, at);
}

Test(mask, only_the_two_low_bits_of_the_phase_matter) {
    static const uint64_t high[] = {4, 0x100, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX - 3};
    uint8_t payload[LONGEST];
    fill(payload, sizeof payload);
    for (size_t i = 0; i < sizeof high / sizeof *high; i++)
        for (uint64_t phase = 0; phase < 4; phase++)
            cr_assert(copy_agrees(payload, LONGEST, high[i] + phase, 0, 0), "row %zu, phase %u", i,
                      (unsigned)phase);
}

Test(mask, a_payload_cut_anywhere_is_masked_as_if_whole) {
    uint8_t payload[LONGEST], whole[LONGEST], pieces[LONGEST];
    fill(payload, sizeof payload);
    ws_mask(whole, payload, LONGEST, key, 0);
    for (size_t cut = 0; cut <= LONGEST; cut++) {
        ws_mask(pieces, payload, cut, key, 0);
        ws_mask(pieces + cut, payload + cut, LONGEST - cut, key, cut);
        cr_assert_arr_eq(pieces, whole, LONGEST, "cut at %zu", cut);
    }
}

Test(mask, nothing_behind_the_payload_is_read_or_written) {
    uint8_t payload[LONGEST], plain[LONGEST];
    fill(payload, sizeof payload);
    for (size_t size = 0; size <= LONGEST; size++) {
        uint8_t *in = guard_copy(payload, size);
        uint8_t *out = guard_copy(payload, size);
        ws_mask(out, in, size, key, 0);
        ws_mask_plain(plain, payload, size, key, 0);
        cr_assert_arr_eq(out, plain, size, "size %zu", size);
        guard_free(out, size);
        guard_free(in, size);
    }
}
