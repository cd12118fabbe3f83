/* A mutator that knows frames, for targets whose input is options and a stream (stream.h). It takes the
 * stream apart into frames, whether they obey or not, does one thing to them, and puts them together again:
 * so most children get past the first header, and headers lie where a change of octets would never make them
 * lie.
 *
 * One thing is: a frame split, joined with the next, doubled, moved or dropped; masked anew, or not; a bit of
 * the header flipped; a length that lies or is longer than it needs be; another opcode; a control frame
 * between others; a payload with other octets, with UTF-8 that is whole or cut, compressed or inflated; other
 * options.
 *
 * A target asks for it with FUZZ_FRAME_MUTATOR behind its last function. It is what libFuzzer and AFL++ call
 * a custom mutator; without an engine that has LLVMFuzzerMutate, octets are changed by a few lines of our
 * own. */
#ifndef FUZZ_MUTATOR_H
#define FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* Changes data[0..size) in place; at most max_size octets, the number of which is returned. The same seed
 * does the same. */
size_t fuzz_mutate_frames(uint8_t *data, size_t size, size_t max_size, unsigned seed);
/* The first frames of one input and the last ones of another, with the options of either. */
size_t fuzz_cross_frames(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                         size_t max_size, unsigned seed);

/* What the engine looks for. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed);

#ifdef FUZZ_REPLAY /* many targets in one program, and nobody who mutates */
#define FUZZ_FRAME_MUTATOR
#else
#define FUZZ_FRAME_MUTATOR                                                                                   \
    size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {             \
        return fuzz_mutate_frames(data, size, max_size, seed);                                               \
    }                                                                                                        \
    size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,       \
                                     uint8_t *out, size_t max_size, unsigned seed) {                         \
        return fuzz_cross_frames(a, a_size, b, b_size, out, max_size, seed);                                 \
    }
#endif

#endif
