#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

/* ------------------------------------------------------------------ choices */

uint8_t fuzz_take(fuzz_input *input) {
    return input->size > 0 ? input->data[--input->size] : 0;
}

bool fuzz_take_bool(fuzz_input *input) {
    return (fuzz_take(input) & 1) != 0;
}

size_t fuzz_take_below(fuzz_input *input, size_t limit) {
    size_t number = 0;
    for (size_t reach = limit; reach > 1; reach = (reach + 255) / 256)
        number = number << 8 | fuzz_take(input);
    return limit ? number % limit : 0;
}

ws_span fuzz_rest(const fuzz_input *input) {
    return (ws_span){input->data, input->size};
}

/* ------------------------------------------------------------------ memory */

void *fuzz_need(void *allocated) {
    FUZZ_CHECK(allocated != NULL, "out of memory");
    return allocated;
}

void fuzz_ok(ws_status status) {
    FUZZ_CHECK(status == WS_OK, "unexpected: %s", ws_status_strerror(status));
}

uint8_t *fuzz_copy(const void *data, size_t size) {
    uint8_t *copy = fuzz_need(malloc(size ? size : 1));
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *fuzz_text(ws_span text) {
    const uint8_t *nul = text.size ? memchr(text.data, 0, text.size) : NULL;
    size_t size = nul ? (size_t)(nul - text.data) : text.size;
    char *copy = fuzz_need(malloc(size + 1));
    if (size > 0)
        memcpy(copy, text.data, size);
    copy[size] = 0;
    return copy;
}

/* ------------------------------------------------------------------ definitions */

static size_t sequence_size(uint8_t first) {
    return first < 0x80             ? 1
           : (first & 0xe0) == 0xc0 ? 2
           : (first & 0xf0) == 0xe0 ? 3
           : (first & 0xf8) == 0xf0 ? 4
                                    : 0;
}

/* Whether a code point of `low` to `high` exists that needs `size` octets (RFC 3629 3). */
static bool some_point(uint32_t low, uint32_t high, size_t size) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (low < smallest[size])
        low = smallest[size];
    if (high > 0x10ffff)
        high = 0x10ffff;
    bool surrogates_only = low >= 0xd800 && high <= 0xdfff;
    return low <= high && !surrogates_only;
}

/* Whether the octets begin a code point: the ones that are missing are 80 at least and BF at most. */
static bool begins_point(const uint8_t *octets, size_t count, size_t size) {
    uint32_t low = size == 1 ? octets[0] : octets[0] & (0x7fu >> size);
    uint32_t high = low;
    for (size_t i = 1; i < size; i++) {
        if (i < count && (octets[i] & 0xc0) != 0x80)
            return false;
        low = low << 6 | (i < count ? octets[i] & 0x3fu : 0);
        high = high << 6 | (i < count ? octets[i] & 0x3fu : 0x3f);
    }
    return some_point(low, high, size);
}

size_t fuzz_utf8(const uint8_t *text, size_t size, bool *complete) {
    size_t at = 0;
    *complete = true;
    while (at < size) {
        size_t whole = sequence_size(text[at]);
        size_t good = 0;
        while (good < whole && at + good < size && begins_point(text + at, good + 1, whole))
            good++;
        at += good;
        *complete = good == whole && whole > 0;
        if (!*complete) {
            *complete = good == 0;
            return at;
        }
    }
    return at;
}

bool fuzz_close_code_good(unsigned code) {
    static const unsigned assigned[] = {1000, 1001, 1002, 1003, 1007, 1008,
                                        1009, 1010, 1011, 1012, 1013, 1014};
    for (size_t i = 0; i < sizeof assigned / sizeof *assigned; i++)
        if (code == assigned[i])
            return true;
    return code >= 3000 && code <= 4999;
}

uint32_t fuzz_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}
