#include "play/keys.h"

#include <stdbool.h>
#include <string.h>

void play_keys_add(play_keys *keys, const uint8_t key[4]) {
    if (keys->count < PLAY_KEYS_MAX)
        memcpy(keys->octets[keys->count++], key, 4);
}

/* A key as a number: the first octet is the highest, or the lowest. */
static uint32_t number_of(const uint8_t key[4], bool low_first) {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; i++)
        number = number << 8 | key[low_first ? 3 - i : i];
    return number;
}

/* Two keys may meet by chance: among 256 random ones once in 130000 connections. Three times they may not. */
static bool repeats(const play_keys *keys) {
    size_t meetings = 0;
    for (size_t i = 1; i < keys->count; i++)
        for (size_t k = 0; k < i && meetings < 3; k++)
            meetings += memcmp(keys->octets[i], keys->octets[k], 4) == 0;
    return meetings >= 3;
}

/* The bits that are the same in all keys. */
static uint32_t constant_bits(const play_keys *keys) {
    uint32_t first = number_of(keys->octets[0], false), differing = 0;
    for (size_t i = 1; i < keys->count; i++)
        differing |= number_of(keys->octets[i], false) ^ first;
    return ~differing;
}

static bool has_constant_octet(uint32_t bits) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        if ((bits >> shift & 0xff) == 0xff)
            return true;
    return false;
}

/* Each key is as far from the one before as that one from its own, three times at least. */
static bool steps_evenly(const play_keys *keys, bool low_first, bool by_xor) {
    size_t even = 0;
    for (size_t i = 2; i < keys->count; i++) {
        uint32_t a = number_of(keys->octets[i - 2], low_first), b = number_of(keys->octets[i - 1], low_first);
        uint32_t c = number_of(keys->octets[i], low_first);
        even += by_xor ? (a ^ b) == (b ^ c) : b - a == c - b;
    }
    return even >= 3;
}

/* The number that makes an odd one 1 modulo 2^32; each round of Newton's doubles the bits that are right. */
static uint32_t inverse(uint32_t odd) {
    uint32_t x = odd;
    for (int i = 0; i < 5; i++)
        x *= 2 - odd * x;
    return x;
}

/* next = factor * key + summand modulo 2^32, guessed from three keys and right for the two behind them, three
 * times at least. */
static bool is_linear(const play_keys *keys, bool low_first) {
    size_t right = 0;
    for (size_t i = 4; i < keys->count; i++) {
        uint32_t n[5];
        for (size_t k = 0; k < 5; k++)
            n[k] = number_of(keys->octets[i - 4 + k], low_first);
        if (((n[1] - n[0]) & 1) == 0)
            continue;
        uint32_t factor = (n[2] - n[1]) * inverse(n[1] - n[0]), summand = n[1] - factor * n[0];
        right += n[3] == factor * n[2] + summand && n[4] == factor * n[3] + summand;
    }
    return right >= 3;
}

/* ------------------------------------------------------------------ seeds */

enum {
    SEEDS_BACK = 900, /* seconds before now: a driver may have been started so long ago */
    SEEDS_AHEAD = 5,  /* its clock may be another one */
    DRAWS = 400,      /* what it may have drawn before: a nonce, keys of other connections */
    GLIBC_WARM_UP = 344,
    SAMPLE_KEYS = 4
};

/* rand() behind srand(seed), as the GNU C library has it. */
static void draw_glibc(uint32_t seed, uint32_t draws[DRAWS]) {
    static const int64_t modulus = 2147483647;
    uint32_t r[GLIBC_WARM_UP + DRAWS];
    r[0] = seed ? seed : 1;
    for (size_t i = 1; i < 31; i++) {
        int64_t next = 16807 * (int64_t)(int32_t)r[i - 1] % modulus;
        r[i] = (uint32_t)(next < 0 ? next + modulus : next);
    }
    for (size_t i = 31; i < 34; i++)
        r[i] = r[i - 31];
    for (size_t i = 34; i < GLIBC_WARM_UP + DRAWS; i++)
        r[i] = r[i - 31] + r[i - 3];
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = r[GLIBC_WARM_UP + i] >> 1;
}

/* The generators of ISO C's example and of Microsoft's library: 15 bits of a linear one. */
static void draw_linear(uint32_t seed, uint32_t factor, uint32_t summand, uint32_t draws[DRAWS]) {
    for (size_t i = 0; i < DRAWS; i++) {
        seed = seed * factor + summand;
        draws[i] = seed >> 16 & 0x7fff;
    }
}

/* Whether the first keys are draws in a row: an octet of each, or all of it. */
static bool were_drawn(const play_keys *keys, const uint32_t draws[DRAWS]) {
    for (size_t at = 0; at + 4 * SAMPLE_KEYS <= DRAWS; at++) {
        bool octets = true, low = true, high = true;
        for (size_t i = 0; octets && i < 4 * SAMPLE_KEYS; i++)
            octets = keys->octets[i / 4][i % 4] == (draws[at + i] & 0xff);
        for (size_t i = 0; (low || high) && i < SAMPLE_KEYS; i++) {
            low = low && number_of(keys->octets[i], true) == draws[at + i];
            high = high && number_of(keys->octets[i], false) == draws[at + i];
        }
        if (octets || low || high)
            return true;
    }
    return false;
}

static bool comes_from_time(const play_keys *keys, uint64_t wall_s) {
    uint32_t draws[DRAWS];
    for (uint64_t time = wall_s - SEEDS_BACK; wall_s > SEEDS_BACK && time <= wall_s + SEEDS_AHEAD; time++) {
        uint32_t seed = (uint32_t)time;
        draw_glibc(seed, draws);
        bool found = were_drawn(keys, draws);
        draw_linear(seed, 1103515245, 12345, draws);
        found = found || were_drawn(keys, draws);
        draw_linear(seed, 214013, 2531011, draws);
        if (found || were_drawn(keys, draws))
            return true;
    }
    return false;
}

play_keys_flaw play_keys_judge(const play_keys *keys, uint64_t wall_s) {
    if (keys->count < PLAY_KEYS_LEAST)
        return PLAY_KEYS_FINE;
    if (repeats(keys))
        return PLAY_KEYS_REPEATED;
    uint32_t constant = constant_bits(keys);
    if (has_constant_octet(constant))
        return PLAY_KEYS_CONSTANT_OCTET;
    if (steps_evenly(keys, false, false) || steps_evenly(keys, true, false) ||
        steps_evenly(keys, false, true))
        return PLAY_KEYS_EVEN_STEPS;
    if (is_linear(keys, false) || is_linear(keys, true))
        return PLAY_KEYS_LINEAR;
    if (comes_from_time(keys, wall_s))
        return PLAY_KEYS_FROM_TIME;
    enum { ENOUGH_FOR_BITS = 66 }; /* a bit of 32 stays the same in as many keys once in 2^60 */
    return constant && keys->count >= ENOUGH_FOR_BITS ? PLAY_KEYS_CONSTANT_BIT : PLAY_KEYS_FINE;
}

const char *play_keys_flaw_text(play_keys_flaw flaw) {
    static const char *const texts[] = {
        [PLAY_KEYS_FINE] = "",
        [PLAY_KEYS_REPEATED] =
            "the client uses masking keys again (RFC 6455 5.3: a fresh one for each frame)",
        [PLAY_KEYS_CONSTANT_OCTET] =
            "an octet is the same in all masking keys (RFC 6455 5.3: they come from a strong source)",
        [PLAY_KEYS_EVEN_STEPS] =
            "masking keys follow each other in even steps (RFC 6455 5.3: none may tell the next)",
        [PLAY_KEYS_LINEAR] =
            "masking keys come from a linear generator (RFC 6455 5.3: none may tell the next)",
        [PLAY_KEYS_FROM_TIME] = "masking keys are what rand() gives when it is seeded with the time (RFC "
                                "6455 10.3: they cannot be told "
                                "in advance)",
        [PLAY_KEYS_CONSTANT_BIT] =
            "a bit is the same in all masking keys, so the source has fewer than 32 (RFC 6455 5.3)"};
    return texts[flaw];
}
