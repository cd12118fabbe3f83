/* States of a peer that have been seen: what it did, and what had been done to it just before. */
#ifndef LIVE_FEATURES_H
#define LIVE_FEATURES_H

#include "play/player.h"

/* A set of 64-bit hashes. All zero: empty. */
typedef struct live_features {
    uint64_t *slots;
    size_t capacity, count;
} live_features;

enum { LIVE_FEATURES_MAX = 1 << 20 }; /* further ones count as seen */

void live_features_clear(live_features *features);
/* True when it is new. False also when memory is out. */
bool live_features_add(live_features *features, uint64_t hash);
/* Adds all that a trace shows; returns how many were new. */
size_t live_features_add_trace(live_features *features, const play_trace *trace);

/* FNV-1a over octets, continued from `hash`. */
uint64_t live_hash(uint64_t hash, const void *octets, size_t size);
extern const uint64_t live_hash_start;

#endif
