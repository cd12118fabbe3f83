/* Payloads as case tables describe them: literal octets, a repeated unit, octets from a seed, a run of code
 * points, or a slice of a data set. A payload may be far larger than memory: it is read and compared in
 * pieces, never stored whole. */
#ifndef PLAY_PAYLOAD_H
#define PLAY_PAYLOAD_H

#include "wire/base.h"

typedef enum play_payload_kind {
    PLAY_LITERAL,     /* bytes[0..size) */
    PLAY_REPEAT,      /* the unit, cycled and cut to length */
    PLAY_RANDOM,      /* octets drawn from seed; the same on every machine */
    PLAY_CODE_POINTS, /* first to last in UTF-8, surrogates left out */
    PLAY_SLICE /* of a data set (corpus.h), from octet `start` on; its end is followed by its beginning */
} play_payload_kind;

enum { PLAY_REPEAT_BLOCK = 4096 };

/* Made by the table loader, lives in the table's arena. All zero: an empty payload. */
typedef struct play_payload {
    play_payload_kind kind;
    const uint8_t *bytes; /* LITERAL: the octets; REPEAT: whole units, at least PLAY_REPEAT_BLOCK octets in
                             all; SLICE: the whole set */
    size_t size;          /* octets at bytes */
    uint64_t length;      /* octets of the payload */
    uint64_t seed;        /* RANDOM */
    uint64_t start;       /* SLICE: below size */
    uint32_t first, last; /* CODE_POINTS, up to 0x10ffff */
    const char *json;     /* how the table wrote it, as JSON text; NULL for a payload made by code */
} play_payload;

/* Octets of the code points first to last, surrogates left out. */
uint64_t play_payload_code_points_length(uint32_t first, uint32_t last);

/* Writes octets offset..offset+size to out; the range must lie within length. */
void play_payload_read(const play_payload *payload, uint64_t offset, uint8_t *out, size_t size);

/* The octets where they are stored, when they are stored in one piece; else, or when there are none, a span
 * without data. */
ws_span play_payload_whole(const play_payload *payload);

/* How many of the `size` octets equal the payload's octets from `offset` on: size when all do. Octets beyond
 * the payload's end differ. */
size_t play_payload_match(const play_payload *payload, uint64_t offset, const uint8_t *octets, size_t size);

/* Hex SHA-256 of the octets offset..offset+size, which must lie within length; digest gets 64 digits and a
 * NUL.
 */
ws_status play_payload_sha256(const play_payload *payload, uint64_t offset, uint64_t size, char digest[65]);

#endif
