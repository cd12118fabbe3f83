#include "wire/mask.h"

#include <string.h>

/* Octets masked at a time: a multiple of the key, and of every vector register there is. */
enum { BLOCK_WORDS = 8, BLOCK = BLOCK_WORDS * sizeof(uint64_t) };

void ws_mask_plain(uint8_t *out, const uint8_t *in, size_t size, const uint8_t key[4], uint64_t phase) {
    for (size_t i = 0; i < size; i++)
        out[i] = in[i] ^ key[(phase + i) & 3];
}

/* Eight octets of the repeated key, the first of which falls on in[0]. Copied and never shifted, so that
 * the order of octets in a word does not matter. */
static uint64_t repeat_key(const uint8_t key[4], uint64_t phase) {
    uint8_t octets[sizeof(uint64_t)];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = key[(phase + i) & 3];
    uint64_t word;
    memcpy(&word, octets, sizeof word);
    return word;
}

/* The whole block is read before any of it is written: so the compiler may use vectors without proof
 * that out and in lie apart, which they do not when masking in place. */
static inline void mask_block(uint8_t *out, const uint8_t *in, uint64_t key) {
    uint64_t words[BLOCK_WORDS];
    memcpy(words, in, sizeof words);
    for (size_t i = 0; i < BLOCK_WORDS; i++)
        words[i] ^= key;
    memcpy(out, words, sizeof words);
}

static inline void mask_word(uint8_t *out, const uint8_t *in, uint64_t key) {
    uint64_t word;
    memcpy(&word, in, sizeof word);
    word ^= key;
    memcpy(out, &word, sizeof word);
}

void ws_mask(uint8_t *out, const uint8_t *in, size_t size, const uint8_t key[4], uint64_t phase) {
    uint64_t repeated = repeat_key(key, phase);
    size_t done = 0; /* a multiple of 8 until the last loop: the repeated key stays in step */
    for (; size - done >= BLOCK; done += BLOCK)
        mask_block(out + done, in + done, repeated);
    for (; size - done >= sizeof repeated; done += sizeof repeated)
        mask_word(out + done, in + done, repeated);
    for (; done < size; done++)
        out[done] = in[done] ^ key[(phase + done) & 3];
}
