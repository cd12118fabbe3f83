/* Repeatable octets: the same seed gives the same stream on every machine. Not for secrets. */
#ifndef PLAY_RANDOM_H
#define PLAY_RANDOM_H

#include <stdint.h>

/* The n-th word of the stream (SplitMix64: a mixed counter). */
static inline uint64_t play_random_at(uint64_t seed, uint64_t n) {
    uint64_t word = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* A seed for a named part of a run, so that one case's octets do not depend on its neighbours. */
static inline uint64_t play_random_seed(uint64_t seed, const char *name) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return play_random_at(hash, 0);
}

#endif
