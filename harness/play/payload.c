#include "play/payload.h"

#include "play/random.h"

#include <openssl/evp.h>
#include <string.h>

enum { PIECE = 4096 };

/* Seekable: octet i is octet i % 8 of the word number i / 8. */
static void read_random(uint64_t seed, uint64_t offset, uint8_t *out, size_t size) {
    size_t done = 0;
    while (done < size) {
        uint64_t at = offset + done;
        uint64_t word = play_random_at(seed, at / 8);
        for (unsigned i = (unsigned)(at % 8); i < 8 && done < size; i++)
            out[done++] = (uint8_t)(word >> (8 * i));
    }
}

/* Where the octet `offset` is stored, and how many of those that follow it are stored behind it; *run is 0
 * for a payload that is made when it is read. */
static const uint8_t *stored_at(const play_payload *payload, uint64_t offset, size_t *run) {
    *run = 0;
    size_t size = payload->kind == PLAY_LITERAL ? (size_t)payload->length : payload->size;
    if (payload->kind == PLAY_RANDOM || payload->kind == PLAY_CODE_POINTS || size == 0)
        return NULL;
    uint64_t start = payload->kind == PLAY_SLICE ? payload->start : 0;
    size_t at = (size_t)((start + offset) % size);
    *run = size - at;
    return payload->bytes + at;
}

static void read_stored(const play_payload *payload, uint64_t offset, uint8_t *out, size_t size) {
    size_t done = 0;
    while (done < size) {
        size_t run;
        const uint8_t *from = stored_at(payload, offset + done, &run);
        size_t piece = run < size - done ? run : size - done;
        memcpy(out + done, from, piece);
        done += piece;
    }
}

/* Runs of code points that take the same number of octets (RFC 3629 3). */
static const struct {
    uint32_t first, last;
    unsigned octets;
} forms[] = {
    {0x00, 0x7f, 1}, {0x80, 0x7ff, 2}, {0x800, 0xd7ff, 3}, {0xe000, 0xffff, 3}, {0x10000, 0x10ffff, 4}};

enum { FORMS = sizeof forms / sizeof *forms };

/* Octets that the code points first to last have in that form; *from is the first of them. */
static uint64_t octets_in_form(size_t form, uint32_t first, uint32_t last, uint32_t *from) {
    *from = first > forms[form].first ? first : forms[form].first;
    uint32_t to = last < forms[form].last ? last : forms[form].last;
    return *from <= to ? (uint64_t)(to - *from + 1) * forms[form].octets : 0;
}

uint64_t play_payload_code_points_length(uint32_t first, uint32_t last) {
    uint64_t length = 0;
    uint32_t from;
    for (size_t i = 0; i < FORMS; i++)
        length += octets_in_form(i, first, last, &from);
    return length;
}

static uint8_t octet_of_code_point(uint32_t point, unsigned octets, unsigned at) {
    static const uint8_t leads[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    uint32_t bits = point >> (6 * (octets - 1 - at));
    return (uint8_t)(at == 0 ? leads[octets] | bits : 0x80 | (bits & 0x3f));
}

static void read_code_points(const play_payload *payload, uint64_t offset, uint8_t *out, size_t size) {
    size_t done = 0;
    for (size_t i = 0; i < FORMS && done < size; i++) {
        uint32_t from;
        uint64_t length = octets_in_form(i, payload->first, payload->last, &from);
        for (; offset < length && done < size; offset++)
            out[done++] = octet_of_code_point(from + (uint32_t)(offset / forms[i].octets), forms[i].octets,
                                              (unsigned)(offset % forms[i].octets));
        offset -= length;
    }
}

ws_span play_payload_whole(const play_payload *payload) {
    size_t run;
    const uint8_t *octets = stored_at(payload, 0, &run);
    return run > 0 && run >= payload->length ? (ws_span){octets, (size_t)payload->length}
                                             : (ws_span){NULL, 0};
}

void play_payload_read(const play_payload *payload, uint64_t offset, uint8_t *out, size_t size) {
    if (size == 0)
        return;
    switch (payload->kind) {
    case PLAY_LITERAL:
    case PLAY_REPEAT:
    case PLAY_SLICE:
        read_stored(payload, offset, out, size);
        return;
    case PLAY_RANDOM:
        read_random(payload->seed, offset, out, size);
        return;
    case PLAY_CODE_POINTS:
        read_code_points(payload, offset, out, size);
        return;
    }
}

static size_t common_prefix(const uint8_t *a, const uint8_t *b, size_t size) {
    if (memcmp(a, b, size) == 0)
        return size;
    size_t i = 0;
    while (a[i] == b[i])
        i++;
    return i;
}

size_t play_payload_match(const play_payload *payload, uint64_t offset, const uint8_t *octets, size_t size) {
    if (offset >= payload->length)
        return 0;
    size_t limit = payload->length - offset < size ? (size_t)(payload->length - offset) : size;
    uint8_t made[PIECE];
    size_t done = 0;
    while (done < limit) {
        size_t run;
        const uint8_t *expected = stored_at(payload, offset + done, &run);
        size_t most = run > 0 ? run : PIECE;
        size_t piece = limit - done < most ? limit - done : most;
        if (run == 0) {
            play_payload_read(payload, offset + done, made, piece);
            expected = made;
        }
        size_t same = common_prefix(expected, octets + done, piece);
        done += same;
        if (same < piece)
            break;
    }
    return done;
}

ws_status play_payload_sha256(const play_payload *payload, uint64_t offset, uint64_t size, char digest[65]) {
    uint8_t piece[PIECE];
    uint8_t hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context)
        return WS_ERR_MEMORY;
    bool fine = EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (uint64_t at = 0; fine && at < size;) {
        size_t part = size - at < PIECE ? (size_t)(size - at) : PIECE;
        play_payload_read(payload, offset + at, piece, part);
        fine = EVP_DigestUpdate(context, piece, part) == 1;
        at += part;
    }
    fine = fine && EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    for (size_t i = 0; fine && i < 32; i++) {
        static const char digits[] = "0123456789abcdef";
        digest[2 * i] = digits[hash[i] >> 4];
        digest[2 * i + 1] = digits[hash[i] & 15];
    }
    digest[fine ? 64 : 0] = '\0';
    return fine ? WS_OK : WS_ERR_IO;
}
