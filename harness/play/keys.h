/* Whether masking keys look drawn at random, and each for itself (RFC 6455 5.3, 10.3).
 *
 *     play_keys keys = {0};
 *     play_keys_add(&keys, header.key);                one for each masked frame, in their order
 *     play_keys_flaw flaw = play_keys_judge(&keys, 0);    PLAY_KEYS_FINE, or what a random source would not
 * do
 *
 * What is held against a client here, a random source does less than once in 2^40 connections. */
#ifndef PLAY_KEYS_H
#define PLAY_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum { PLAY_KEYS_MAX = 256, PLAY_KEYS_LEAST = 16 };

typedef struct play_keys {
    uint8_t octets[PLAY_KEYS_MAX][4];
    size_t count;
} play_keys;

typedef enum play_keys_flaw {
    PLAY_KEYS_FINE, /* fewer than PLAY_KEYS_LEAST included */
    PLAY_KEYS_REPEATED,
    PLAY_KEYS_CONSTANT_OCTET,
    PLAY_KEYS_EVEN_STEPS,
    PLAY_KEYS_LINEAR,
    PLAY_KEYS_FROM_TIME,   /* rand() of a usual library, seeded with the time of a quarter of an hour */
    PLAY_KEYS_CONSTANT_BIT /* a weak source, or one of fewer than 32 bits */
} play_keys_flaw;

/* Keys beyond PLAY_KEYS_MAX are not kept. */
void play_keys_add(play_keys *keys, const uint8_t key[4]);
/* The worst flaw. wall_s: the time now, seconds since 1970; 0: unknown, and no seed is tried. */
play_keys_flaw play_keys_judge(const play_keys *keys, uint64_t wall_s);
/* "the client uses masking keys again" and so on; "" for PLAY_KEYS_FINE. */
const char *play_keys_flaw_text(play_keys_flaw flaw);

#endif
