#include "play/trace_write.h"

#include <criterion/criterion.h>
#include <string.h>

static void add_frames(play_trace *trace, unsigned from, unsigned count) {
    for (unsigned i = from; i < from + count; i++) {
        play_entry *entry = play_trace_add(trace, PLAY_ENTRY_FRAME, i % 2, i);
        entry->offset = 10 * i;
        entry->length = 3;
        play_trace_keep(trace, entry, (const uint8_t *)"abc", 3, PLAY_TRACE_INLINE);
    }
}

Test(trace, rows_stand_in_their_order) {
    play_trace trace;
    cr_assert(play_trace_init(&trace));
    cr_expect_eq(play_trace_count(&trace), 0);
    play_trace_event(&trace, 5, "connected");
    add_frames(&trace, 6, 2);
    cr_assert_eq(play_trace_count(&trace), 3);
    const play_entry *event = play_trace_get(&trace, 0), *frame = play_trace_get(&trace, 2);
    cr_expect(event->kind == PLAY_ENTRY_EVENT && event->time_us == 5 &&
              strcmp(event->text, "connected") == 0);
    cr_expect(frame->kind == PLAY_ENTRY_FRAME && frame->out && frame->time_us == 7 && frame->offset == 70);
    play_trace_clear(&trace);
}

Test(trace, octets_are_kept_up_to_the_cap) {
    play_trace trace;
    cr_assert(play_trace_init(&trace));
    play_entry *entry = play_trace_add(&trace, PLAY_ENTRY_RAW, false, 0);
    play_trace_keep(&trace, entry, (const uint8_t *)"abc", 3, 5);
    play_trace_keep(&trace, entry, (const uint8_t *)"defg", 4, 5);
    play_trace_keep(&trace, entry, (const uint8_t *)"h", 1, 5);
    play_trace_keep(&trace, entry, NULL, 0, 5);
    cr_expect_eq(entry->size, 5);
    cr_expect_eq(memcmp(entry->bytes, "abcde", 5), 0);
    play_trace_clear(&trace);
}

Test(trace, a_long_run_keeps_its_beginning_and_its_end) {
    enum { ROWS = 2 * PLAY_TRACE_ENTRIES + 7 };
    play_trace trace;
    cr_assert(play_trace_init(&trace));
    add_frames(&trace, 0, ROWS);
    cr_assert_eq(play_trace_count(&trace), 2 * PLAY_TRACE_ENTRIES + 1);
    for (unsigned i = 0; i < PLAY_TRACE_ENTRIES; i++) {
        cr_assert_eq(play_trace_get(&trace, i)->time_us, i);
        cr_assert_eq(play_trace_get(&trace, PLAY_TRACE_ENTRIES + 1 + i)->time_us,
                     ROWS - PLAY_TRACE_ENTRIES + i);
    }
    const play_entry *skipped = play_trace_get(&trace, PLAY_TRACE_ENTRIES);
    cr_expect_eq(skipped->kind, PLAY_ENTRY_SKIPPED);
    cr_expect_eq(skipped->count, 7);
    cr_expect_eq(skipped->length, 21);
    cr_expect_eq(skipped->time_us, PLAY_TRACE_ENTRIES);
    cr_expect_eq(skipped->offset, 10 * PLAY_TRACE_ENTRIES);
    play_trace_clear(&trace);
}

Test(trace, a_full_trace_skips_nothing_yet) {
    play_trace trace;
    cr_assert(play_trace_init(&trace));
    add_frames(&trace, 0, 2 * PLAY_TRACE_ENTRIES);
    cr_expect_eq(play_trace_count(&trace), 2 * PLAY_TRACE_ENTRIES);
    cr_expect_eq(play_trace_get(&trace, PLAY_TRACE_ENTRIES)->time_us, PLAY_TRACE_ENTRIES);
    play_trace_clear(&trace);
}

Test(trace, a_frame_that_is_being_read_is_let_go_when_it_is_skipped) {
    play_trace trace;
    cr_assert(play_trace_init(&trace));
    add_frames(&trace, 0, PLAY_TRACE_ENTRIES);
    trace.incoming = play_trace_add(&trace, PLAY_ENTRY_FRAME, false, 0);
    add_frames(&trace, 0, PLAY_TRACE_ENTRIES - 1);
    cr_expect_not_null(trace.incoming);
    add_frames(&trace, 0, 1);
    cr_expect_null(trace.incoming);
    play_trace_clear(&trace);
}
