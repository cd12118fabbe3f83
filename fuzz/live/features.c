#include "live/features.h"

#include <stdlib.h>
#include <string.h>

const uint64_t live_hash_start = UINT64_C(0xcbf29ce484222325);

uint64_t live_hash(uint64_t hash, const void *octets, size_t size) {
    const uint8_t *at = octets;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void live_features_clear(live_features *features) {
    free(features->slots);
    *features = (live_features){0};
}

static bool put(live_features *features, uint64_t hash) {
    size_t at = (size_t)hash & (features->capacity - 1);
    while (features->slots[at] != 0) {
        if (features->slots[at] == hash)
            return false;
        at = (at + 1) & (features->capacity - 1);
    }
    features->slots[at] = hash;
    features->count++;
    return true;
}

static bool grow(live_features *features) {
    live_features larger = {.capacity = features->capacity ? 2 * features->capacity : 1024};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < features->capacity; i++)
        if (features->slots[i] != 0)
            put(&larger, features->slots[i]);
    free(features->slots);
    *features = larger;
    return true;
}

bool live_features_add(live_features *features, uint64_t hash) {
    if (features->count >= LIVE_FEATURES_MAX)
        return false;
    if (2 * features->count >= features->capacity && !grow(features))
        return false;
    return put(features, hash == 0 ? 1 : hash);
}

/* ------------------------------------------------------------------ traces */

/* As coarse as a length of the protocol is. */
static uint8_t length_class(uint64_t length) {
    return length == 0 ? 0 : length < 126 ? 1 : length < 65536 ? 2 : 3;
}

static uint64_t frame_hash(uint64_t hash, const play_entry *entry) {
    const ws_frame_header *header = &entry->header;
    uint8_t shape[] = {header->opcode, header->rsv,         header->fin,
                       header->masked, header->length_bits, length_class(header->length)};
    hash = live_hash(hash, shape, sizeof shape);
    bool has_code = header->opcode == WS_CLOSE && entry->size >= 2 && entry->bytes;
    return has_code ? live_hash(hash, entry->bytes, 2) : hash;
}

static uint64_t entry_hash(const play_entry *entry) {
    enum { STATUS_LINE = 16 };
    uint8_t kind = (uint8_t)entry->kind;
    uint64_t hash = live_hash(live_hash_start, &kind, 1);
    switch (entry->kind) {
    case PLAY_ENTRY_HTTP:
        return live_hash(hash, entry->bytes, entry->size < STATUS_LINE ? entry->size : STATUS_LINE);
    case PLAY_ENTRY_FRAME:
        return frame_hash(hash, entry);
    case PLAY_ENTRY_EVENT:
        return live_hash(hash, entry->text, strlen(entry->text));
    case PLAY_ENTRY_RAW:
    case PLAY_ENTRY_SKIPPED:
        break;
    }
    return hash;
}

static uint64_t joined(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

size_t live_features_add_trace(live_features *features, const play_trace *trace) {
    uint64_t sent = 0, came = 0;
    size_t added = 0;
    for (size_t i = 0; trace && i < play_trace_count(trace); i++) {
        const play_entry *entry = play_trace_get(trace, i);
        uint64_t hash = entry_hash(entry);
        if (entry->kind != PLAY_ENTRY_EVENT && entry->out) {
            sent = hash;
            continue;
        }
        added += live_features_add(features, joined(joined(joined(live_hash_start, sent), came), hash));
        came = hash;
    }
    return added;
}
