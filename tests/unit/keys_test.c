/* Whether masking keys look random: rows of generators. */
#include "play/keys.h"
#include "play/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t next_key(uint32_t key, size_t number);

static uint32_t constant(uint32_t key, size_t number) {
    (void)number;
    return key;
}
static uint32_t in_turn(uint32_t key, size_t number) {
    return number % 2 ? ~key : key ^ 0xffffffffu;
}
static uint32_t counting(uint32_t key, size_t number) {
    (void)number;
    return key + 1;
}
static uint32_t with_one_xor(uint32_t key, size_t number) {
    (void)number;
    return key ^ 0x9e3779b9u;
}
/* That of ANSI C's example, all 32 bits of it. */
static uint32_t linear(uint32_t key, size_t number) {
    (void)number;
    return key * 1103515245u + 12345u;
}
static uint32_t random_at(uint32_t key, size_t number) {
    (void)key;
    return (uint32_t)play_random_at(7, number);
}
static uint32_t of_24_bits(uint32_t key, size_t number) {
    return random_at(key, number) | 0xff0000u;
}
static uint32_t of_31_bits(uint32_t key, size_t number) {
    return random_at(key, number) & 0x7fffffffu;
}
static uint32_t of_8_bits(uint32_t key, size_t number) {
    return (random_at(key, number) & 0xffu) * 0x01010101u;
}
/* Two keys out of many meet: chance. */
static uint32_t met_once(uint32_t key, size_t number) {
    return random_at(key, number == 90 ? 3 : number);
}

static play_keys drawn(next_key *next, size_t count, bool low_first) {
    play_keys keys = {0};
    uint32_t key = 0x12345678u;
    for (size_t i = 0; i < count; i++) {
        key = next(key, i);
        uint8_t octets[4];
        for (size_t k = 0; k < 4; k++)
            octets[low_first ? 3 - k : k] = (uint8_t)(key >> (24 - 8 * k));
        play_keys_add(&keys, octets);
    }
    return keys;
}

Test(keys, are_judged_by_what_a_random_source_would_not_do) {
    static const struct {
        const char *name;
        next_key *next;
        size_t count;
        play_keys_flaw flaw;
    } rows[] = {
        {"constant", constant, 16, PLAY_KEYS_REPEATED},
        {"in turn", in_turn, 16, PLAY_KEYS_REPEATED},
        {"counting", counting, 16, PLAY_KEYS_CONSTANT_OCTET},
        {"counting", counting, 1000, PLAY_KEYS_CONSTANT_OCTET},
        {"with one xor", with_one_xor, 16, PLAY_KEYS_REPEATED},
        {"linear", linear, 16, PLAY_KEYS_LINEAR},
        {"of 24 bits", of_24_bits, 16, PLAY_KEYS_CONSTANT_OCTET},
        {"of 31 bits", of_31_bits, 100, PLAY_KEYS_CONSTANT_BIT},
        {"of 31 bits, too few to tell", of_31_bits, 65, PLAY_KEYS_FINE},
        {"of 8 bits", of_8_bits, 100, PLAY_KEYS_REPEATED},
        {"random", random_at, 16, PLAY_KEYS_FINE},
        {"random", random_at, 256, PLAY_KEYS_FINE},
        {"random", random_at, 1000, PLAY_KEYS_FINE},
        {"met once", met_once, 100, PLAY_KEYS_FINE},
        {"too few", constant, 15, PLAY_KEYS_FINE},
        {"none", constant, 0, PLAY_KEYS_FINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int low_first = 0; low_first < 2; low_first++) {
            play_keys keys = drawn(rows[i].next, rows[i].count, low_first);
            cr_expect_eq(play_keys_judge(&keys, 0), rows[i].flaw, "%zu keys, %s, %s first: \"%s\"",
                         rows[i].count, rows[i].name, low_first ? "low" : "high",
                         play_keys_flaw_text(play_keys_judge(&keys, 0)));
        }
}

Test(keys, even_steps_are_seen_when_every_octet_changes) {
    play_keys keys = {0};
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t key = i * 0x13579bdfu;
        play_keys_add(&keys, (uint8_t[]){(uint8_t)(key >> 24), (uint8_t)(key >> 16), (uint8_t)(key >> 8),
                                         (uint8_t)key});
    }
    cr_expect_eq(play_keys_judge(&keys, 0), PLAY_KEYS_EVEN_STEPS);
}

Test(keys, of_any_seed_are_fine_when_random) {
    for (uint64_t seed = 0; seed < 500; seed++) {
        play_keys keys = {0};
        for (size_t i = 0; i < PLAY_KEYS_MAX; i++) {
            uint64_t word = play_random_at(seed, i);
            uint8_t octets[4];
            memcpy(octets, &word, sizeof octets);
            play_keys_add(&keys, octets);
        }
        cr_expect_eq(play_keys_judge(&keys, 0), PLAY_KEYS_FINE, "seed %d", (int)seed);
    }
}

/* Behind `before` draws; style 0: an octet of each draw, 1 and 2: all of it, low or high octet first. */
static play_keys keys_of_rand(unsigned seed, size_t before, int style) {
    play_keys keys = {0};
    srand(seed);
    while (before-- > 0)
        (void)rand();
    for (int i = 0; i < 256; i++) {
        uint8_t key[4];
        uint32_t all = style ? (uint32_t)rand() : 0;
        for (int k = 0; k < 4; k++)
            key[k] = (uint8_t)(style == 0   ? rand()
                               : style == 1 ? (int)(all >> 8 * k)
                                            : (int)(all >> (24 - 8 * k)));
        play_keys_add(&keys, key);
    }
    return keys;
}

Test(keys, a_seed_that_is_the_time_is_found) {
    enum { NOW = 1800000000 };
    for (int style = 0; style < 3; style++) {
        play_keys keys = keys_of_rand(NOW - 600, 16 + 100, style);
        cr_expect_eq(play_keys_judge(&keys, NOW), PLAY_KEYS_FROM_TIME, "style %d", style);
        cr_expect_neq(play_keys_judge(&keys, NOW + 10000), PLAY_KEYS_FROM_TIME, "style %d", style);
        cr_expect_neq(play_keys_judge(&keys, 0), PLAY_KEYS_FROM_TIME, "style %d", style);
    }
}
