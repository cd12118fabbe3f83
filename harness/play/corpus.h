/* Data sets for messages in bulk: octets of the kinds that connections carry, from text that repeats itself
 * to octets that nothing can shrink. They are made by code, and are the same on every machine; payload_test.c
 * holds their digests. The size of each is a multiple of every power of two up to 128 KiB, so that messages
 * of such lengths, taken one behind the other, come round to the same slices. */
#ifndef PLAY_CORPUS_H
#define PLAY_CORPUS_H

#include <stddef.h>
#include <stdint.h>

typedef enum play_corpus {
    PLAY_CORPUS_JSON,   /* ASCII, very repetitive */
    PLAY_CORPUS_HTML,   /* UTF-8, repetitive, few characters beyond ASCII */
    PLAY_CORPUS_PROSE,  /* UTF-8, words of a language with umlauts */
    PLAY_CORPUS_BITMAP, /* a noisy picture of eight bits per pixel: a tenth can be saved */
    PLAY_CORPUS_DENSE   /* random octets */
} play_corpus;

enum {
    PLAY_CORPUS_COUNT = 5,
    /* No character of the texts crosses a multiple of so many octets: slices that begin and end there are
       whole. */
    PLAY_CORPUS_ALIGNMENT = 16,
    PLAY_CORPUS_SIZE_MAX = 1 << 20
};

/* Octets of the set. */
size_t play_corpus_size(play_corpus corpus);
/* Writes the whole set. */
void play_corpus_make(play_corpus corpus, uint8_t *out);

#endif
