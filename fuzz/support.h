/* What the targets share: choices taken from the end of an input, checks that stop with a sentence, exact
 * copies, and definitions that the reference code is held to.
 *
 *     int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
 *         fuzz_input input = {data, size};
 *         bool request = fuzz_take_bool(&input);               // the last octet, as long as there is one
 *         FUZZ_CHECK(used <= input.size, "%zu octets of %zu are used", used, input.size);
 *
 * A target keeps nothing between two inputs but what it would make in the same way again. */
#ifndef FUZZ_SUPPORT_H
#define FUZZ_SUPPORT_H

#include "wire/base.h"

/* The entry of every target. The engine declares nothing, so this does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints where and what, and aborts. */
_Noreturn void fuzz_fail(const char *file, int line, const char *format, ...);

#define FUZZ_CHECK(condition, ...) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, __VA_ARGS__))

/* What is left of an input. Choices come off its end: so the beginning of a seed stays what it is, a head, a
 * text, a stream. An input that is used up gives zeroes. */
typedef struct fuzz_input {
    const uint8_t *data;
    size_t size;
} fuzz_input;

uint8_t fuzz_take(fuzz_input *input);
bool fuzz_take_bool(fuzz_input *input);
/* 0 to limit - 1, from as many octets as that needs; limit 0 gives 0. */
size_t fuzz_take_below(fuzz_input *input, size_t limit);
ws_span fuzz_rest(const fuzz_input *input);

/* A copy on the heap of exactly that size (for size 0: of one octet), so that a sanitizer sees the first
 * octet of over-read. Never NULL. */
uint8_t *fuzz_copy(const void *data, size_t size);
/* The same with a NUL behind it, or up to the first NUL in it. */
char *fuzz_text(ws_span text);
/* Checks that an allocation has succeeded. */
void *fuzz_need(void *allocated);
/* Checks for WS_OK: for steps that cannot fail but for lack of memory. */
void fuzz_ok(ws_status status);

/* UTF-8 by its definition: code points are assembled and compared. Returns the octets before the first one
 * that no well-formed text could continue with; *complete tells whether the text may end there. */
size_t fuzz_utf8(const uint8_t *text, size_t size, bool *complete);
/* Whether a Close frame may carry the code, as RFC 6455 7.4 lists them and the registry of IANA goes on. */
bool fuzz_close_code_good(unsigned code);

/* Repeatable numbers from a seed. */
uint32_t fuzz_random(uint64_t *seed);

#endif
