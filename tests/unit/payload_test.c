#include "play/payload.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "play/random.h"
#include "support/guard.h"
#include "wire/utf8.h"

enum { LENGTH = 20000 };

static uint8_t block[3 * 1366]; /* whole units of "abc", at least PLAY_REPEAT_BLOCK octets */

static play_payload literal(void) {
    static uint8_t octets[LENGTH];
    for (size_t i = 0; i < LENGTH; i++)
        octets[i] = (uint8_t)(i * 7 + i / 256);
    return (play_payload){.kind = PLAY_LITERAL, .bytes = octets, .size = LENGTH, .length = LENGTH};
}

static play_payload repeat(void) {
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)("abc"[i % 3]);
    return (play_payload){.kind = PLAY_REPEAT, .bytes = block, .size = sizeof block, .length = LENGTH};
}

static play_payload drawn(void) {
    return (play_payload){.kind = PLAY_RANDOM, .seed = 7, .length = LENGTH};
}

/* 128 + 2 * 1920 + 3 * 5344 = 20000 octets. */
static play_payload code_points(void) {
    return (play_payload){.kind = PLAY_CODE_POINTS, .first = 0, .last = 0x1cdf, .length = LENGTH};
}

static const struct {
    const char *name;
    play_payload (*make)(void);
} kinds[] = {{"literal", literal}, {"repeat", repeat}, {"random", drawn}, {"code points", code_points}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* The octets one by one, from their definition. */
static uint8_t octet_of(const play_payload *payload, uint64_t at) {
    if (payload->kind == PLAY_RANDOM)
        return (uint8_t)(play_random_at(payload->seed, at / 8) >> (8 * (at % 8)));
    if (payload->kind == PLAY_CODE_POINTS && at < 128)
        return (uint8_t)at;
    if (payload->kind == PLAY_CODE_POINTS && at < 128 + 2 * 1920) {
        uint64_t point = 0x80 + (at - 128) / 2;
        return (uint8_t)(at % 2 == 0 ? 0xc0 + point / 64 : 0x80 + point % 64);
    }
    if (payload->kind == PLAY_CODE_POINTS) {
        uint64_t point = 0x800 + (at - 128 - 2 * 1920) / 3;
        const uint64_t octets[] = {0xe0 + point / 4096, 0x80 + point / 64 % 64, 0x80 + point % 64};
        return (uint8_t)octets[(at - 128 - 2 * 1920) % 3];
    }
    return payload->kind == PLAY_REPEAT ? (uint8_t)("abc"[at % 3]) : payload->bytes[at];
}

Test(payload, any_range_reads_the_octets_of_the_definition) {
    static const size_t offsets[] = {0, 1, 2, 7, 8, 9, 4095, 4096, 4097, 4098, 8191, 12345, LENGTH - 1};
    static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 17, 4096, 4098, 5000, LENGTH};
    for (size_t k = 0; k < KINDS; k++) {
        play_payload payload = kinds[k].make();
        for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
            for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
                size_t left = LENGTH - offsets[i], size = sizes[j] < left ? sizes[j] : left;
                uint8_t *out = malloc(size + 1);
                cr_assert_not_null(out);
                out[size] = 0xee;
                play_payload_read(&payload, offsets[i], out, size);
                for (size_t n = 0; n < size; n++)
                    cr_assert_eq(out[n], octet_of(&payload, offsets[i] + n), "%s %zu+%zu", kinds[k].name,
                                 offsets[i], n);
                cr_assert_eq(out[size], 0xee);
                free(out);
            }
    }
}

Test(payload, random_octets_are_those_of_splitmix64) {
    static const uint8_t expected[] = {0xc1, 0x5c, 0x02, 0x89, 0xec, 0x2d, 0x0a, 0x91, 0x67, 0xec};
    play_payload payload = {.kind = PLAY_RANDOM, .seed = 1, .length = sizeof expected};
    uint8_t octets[sizeof expected];
    play_payload_read(&payload, 0, octets, sizeof octets);
    cr_expect_arr_eq(octets, expected, sizeof expected);
}

Test(payload, match_counts_the_octets_before_the_first_difference) {
    for (size_t k = 0; k < KINDS; k++) {
        play_payload payload = kinds[k].make();
        uint8_t *octets = malloc(LENGTH);
        play_payload_read(&payload, 0, octets, LENGTH);
        cr_expect_eq(play_payload_match(&payload, 0, octets, LENGTH), LENGTH);
        cr_expect_eq(play_payload_match(&payload, 5, octets + 5, 9000), 9000);
        static const size_t places[] = {0, 1, 4095, 4096, 4097, LENGTH - 1};
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            octets[places[i]] ^= 1;
            uint8_t *copy = guard_copy(octets, LENGTH);
            cr_expect_eq(play_payload_match(&payload, 0, copy, LENGTH), places[i], "%s: %zu", kinds[k].name,
                         places[i]);
            guard_free(copy, LENGTH);
            octets[places[i]] ^= 1;
        }
        free(octets);
    }
}

Test(payload, octets_beyond_the_end_differ) {
    play_payload payload = {.kind = PLAY_LITERAL, .bytes = (const uint8_t *)"abc", .size = 3, .length = 3};
    static const struct {
        uint64_t offset;
        const char *octets;
        size_t size, matched;
    } rows[] = {{0, "abc", 3, 3},   {0, "abcd", 4, 3},      {0, "ab", 2, 2}, {1, "bcd", 3, 2},
                {0, "", 0, 0},      {3, "x", 1, 0},         {3, "", 0, 0},   {4, "x", 1, 0},
                {2, "c\0\0", 3, 1}, {UINT64_MAX, "a", 1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(
            play_payload_match(&payload, rows[i].offset, (const uint8_t *)rows[i].octets, rows[i].size),
            rows[i].matched, "row %zu", i);
}

Test(payload, the_digest_is_that_of_all_octets) {
    static const struct {
        play_payload payload;
        const char *digest;
    } rows[] = {
        {{.kind = PLAY_LITERAL}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {{.kind = PLAY_LITERAL, .bytes = (const uint8_t *)"abc", .size = 3, .length = 3},
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        /* FIPS 180-2: one million times 'a' */
        {{.kind = PLAY_REPEAT, .bytes = (const uint8_t *)"aaaa", .size = 4, .length = 1000000},
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char digest[65];
        cr_assert_eq(play_payload_sha256(&rows[i].payload, digest), WS_OK);
        cr_expect_str_eq(digest, rows[i].digest);
    }
}

Test(payload, a_named_part_of_a_run_has_a_seed_of_its_own) {
    cr_expect_eq(play_random_seed(1, "a"), play_random_seed(1, "a"));
    cr_expect_neq(play_random_seed(1, "a"), play_random_seed(1, "b"));
    cr_expect_neq(play_random_seed(1, "a"), play_random_seed(2, "a"));
}

Test(payload, all_code_points_are_the_utf_8_there_is) {
    play_payload all = {
        .kind = PLAY_CODE_POINTS, .last = 0x10ffff, .length = play_payload_code_points_length(0, 0x10ffff)};
    cr_assert_eq(all.length, 128 + 2 * 1920 + 3 * (63488 - 2048) + 4 * 1048576);
    uint8_t *octets = malloc((size_t)all.length);
    cr_assert_not_null(octets);
    play_payload_read(&all, 0, octets, (size_t)all.length);
    ws_utf8 state = {0};
    cr_expect_eq(ws_utf8_feed(&state, octets, (size_t)all.length), all.length);
    cr_expect(ws_utf8_complete(&state));
    cr_expect_arr_eq(octets + 128 + 2 * 1920 + 3 * 0xd000, "\xee\x80\x80", 3, "U+E000 follows U+D7FF");
    cr_expect_arr_eq(octets + all.length - 4, "\xf4\x8f\xbf\xbf", 4);
    free(octets);
}

Test(payload, a_run_of_code_points_may_begin_and_end_anywhere) {
    static const struct {
        uint32_t first, last;
        uint64_t length;
    } rows[] = {{0x7f, 0x80, 3},         {0x7ff, 0x800, 5},      {0xd7ff, 0xe000, 6}, {0xd800, 0xdfff, 0},
                {0xffff, 0x10000, 7},    {0x41, 0x41, 1},        {0x42, 0x41, 0},     {0xdfff, 0xe001, 6},
                {0x10ffff, 0x10ffff, 4}, {0x10fffe, 0x10ffff, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(play_payload_code_points_length(rows[i].first, rows[i].last), rows[i].length, "row %zu",
                     i);
    const play_payload across = {
        .kind = PLAY_CODE_POINTS, .first = 0xd7ff, .last = 0x10000, .length = 3 + 3 * 8192 + 4};
    uint8_t octets[6];
    play_payload_read(&across, 0, octets, 6);
    cr_expect_arr_eq(octets, "\xed\x9f\xbf\xee\x80\x80", 6);
}
