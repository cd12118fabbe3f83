/* Writing side of trace.h. Not a public header of the room. */
#ifndef PLAY_TRACE_WRITE_H
#define PLAY_TRACE_WRITE_H

#include "play/trace.h"

#include <openssl/evp.h>

struct play_trace {
    play_entry *first; /* PLAY_TRACE_ENTRIES rows */
    size_t first_count;
    play_entry *last; /* ring of as many rows */
    size_t last_at, last_count;
    play_entry skipped; /* what fell out between the two */
    bool out_of_memory; /* a row was lost */
    /* The incoming frame that is being read. */
    play_entry *incoming;
    EVP_MD_CTX *digest; /* NULL: not needed so far */
    bool digest_due;    /* of the frame at hand, which is long */
    bool digesting;
    bool wire_due; /* the octets of the frame at hand are kept as they come */
};

bool play_trace_init(play_trace *trace);
void play_trace_clear(play_trace *trace);

/* A new row; valid until the next one is added. NULL when memory is out (remembered). */
play_entry *play_trace_add(play_trace *trace, play_entry_kind kind, bool out, int64_t time_us);
/* Keeps the first octets of `bytes` in the row, up to `cap` in all. */
void play_trace_keep(play_trace *trace, play_entry *entry, const uint8_t *bytes, size_t size, size_t cap);
/* Keeps octets of the frame's payload as they came. */
void play_trace_keep_wire(play_trace *trace, play_entry *entry, const uint8_t *bytes, size_t size);
void play_trace_event(play_trace *trace, int64_t time_us, const char *text);

#endif
