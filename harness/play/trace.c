#include "play/trace_write.h"

#include "wire/mask.h"

#include <stdlib.h>
#include <string.h>

bool play_trace_init(play_trace *trace) {
    *trace = (play_trace){0};
    trace->first = calloc(PLAY_TRACE_ENTRIES, sizeof *trace->first);
    trace->last = calloc(PLAY_TRACE_ENTRIES, sizeof *trace->last);
    return trace->first && trace->last;
}

static void clear_entry(play_entry *entry) {
    free(entry->bytes);
    free(entry->wire);
}

void play_trace_clear(play_trace *trace) {
    for (size_t i = 0; i < PLAY_TRACE_ENTRIES; i++) {
        if (trace->first)
            clear_entry(&trace->first[i]);
        if (trace->last)
            clear_entry(&trace->last[i]);
    }
    free(trace->first);
    free(trace->last);
    EVP_MD_CTX_free(trace->digest);
    *trace = (play_trace){0};
}

/* The oldest row of the ring makes room; frames are counted, other rows are lost without trace only here,
 * deep inside a run that is too long to be listed. */
static void skip(play_trace *trace, play_entry *entry) {
    play_entry *skipped = &trace->skipped;
    if (skipped->count == 0) {
        skipped->kind = PLAY_ENTRY_SKIPPED;
        skipped->time_us = entry->time_us;
        skipped->out = entry->out;
        skipped->offset = entry->offset;
    }
    skipped->count++;
    skipped->length += entry->length;
    clear_entry(entry);
}

play_entry *play_trace_add(play_trace *trace, play_entry_kind kind, bool out, int64_t time_us) {
    play_entry *entry;
    if (trace->first_count < PLAY_TRACE_ENTRIES) {
        entry = &trace->first[trace->first_count++];
    } else {
        size_t at = (trace->last_at + trace->last_count) % PLAY_TRACE_ENTRIES;
        entry = &trace->last[at];
        if (trace->last_count == PLAY_TRACE_ENTRIES) {
            if (entry == trace->incoming)
                trace->incoming = NULL;
            skip(trace, entry);
            trace->last_at = (trace->last_at + 1) % PLAY_TRACE_ENTRIES;
        } else {
            trace->last_count++;
        }
    }
    *entry = (play_entry){.kind = kind, .out = out, .time_us = time_us};
    return entry;
}

static void keep(play_trace *trace, uint8_t **kept_bytes, size_t *kept_size, const uint8_t *bytes,
                 size_t size, size_t cap) {
    size_t room = cap - *kept_size;
    size_t kept = size < room ? size : room;
    if (kept == 0)
        return;
    uint8_t *grown = realloc(*kept_bytes, *kept_size + kept);
    if (!grown) {
        trace->out_of_memory = true;
        return;
    }
    memcpy(grown + *kept_size, bytes, kept);
    *kept_bytes = grown;
    *kept_size += kept;
}

void play_trace_keep(play_trace *trace, play_entry *entry, const uint8_t *bytes, size_t size, size_t cap) {
    keep(trace, &entry->bytes, &entry->size, bytes, size, cap);
}

void play_trace_keep_wire(play_trace *trace, play_entry *entry, const uint8_t *bytes, size_t size) {
    size_t before = entry->wire_size;
    keep(trace, &entry->wire, &entry->wire_size, bytes, size, PLAY_TRACE_WIRE);
    if (entry->header.masked && entry->wire_size > before)
        ws_mask(entry->wire + before, entry->wire + before, entry->wire_size - before, entry->header.key,
                before);
}

void play_trace_event(play_trace *trace, int64_t time_us, const char *text) {
    play_trace_add(trace, PLAY_ENTRY_EVENT, false, time_us)->text = text;
}

size_t play_trace_count(const play_trace *trace) {
    return trace->first_count + (trace->skipped.count ? 1 : 0) + trace->last_count;
}

const play_entry *play_trace_get(const play_trace *trace, size_t index) {
    if (index < trace->first_count)
        return &trace->first[index];
    index -= trace->first_count;
    if (trace->skipped.count) {
        if (index == 0)
            return &trace->skipped;
        index--;
    }
    return &trace->last[(trace->last_at + index) % PLAY_TRACE_ENTRIES];
}
