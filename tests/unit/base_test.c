#include "wire/base.h"

#include <criterion/criterion.h>
#include <string.h>
#include <wchar.h>

#include "support/guard.h"

/* Read by AddressSanitizer when it is there: an allocation that is too big fails instead of aborting. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

static bool holds(const ws_buffer *buffer, const char *text) {
    return ws_span_equal(ws_buffer_span(buffer), ws_span_of(text));
}

/* status */

Test(status, every_status_has_its_clause) {
    static const struct {
        ws_status status;
        const char *clause;
    } rows[] = {
        {WS_OK, "no error"},
        {WS_ERR_MEMORY, "out of memory"},
        {WS_ERR_LIMIT, "a size limit was reached"},
        {WS_ERR_ARGUMENT, "invalid argument"},
        {WS_ERR_SYNTAX, "malformed input"},
        {WS_ERR_IO, "input/output error"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(ws_status_strerror(rows[i].status), rows[i].clause);
}

Test(status, a_value_that_is_none_has_a_clause_too) {
    cr_assert_str_eq(ws_status_strerror((ws_status)-99), "unknown status");
}

/* spans */

Test(span, of_a_string_leaves_its_nul_out) {
    cr_assert_eq(ws_span_of("abc").size, 3);
}

Test(span, of_a_string_borrows_it) {
    const char *text = "abc";
    cr_assert_eq((const void *)ws_span_of(text).data, (const void *)text);
}

Test(span, equality_is_by_size_and_octets) {
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"", "", true},       {"abc", "abc", true}, {"abc", "abd", false},
        {"abc", "ab", false}, {"ab", "abc", false}, {"abc", "ABC", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(ws_span_equal(ws_span_of(rows[i].a), ws_span_of(rows[i].b)), rows[i].equal, "row %zu",
                     i);
}

Test(span, equality_does_not_stop_at_a_nul) {
    ws_span a = {(const uint8_t *)"a\0b", 3}, b = {(const uint8_t *)"a\0c", 3};
    cr_assert_not(ws_span_equal(a, b));
}

Test(span, empty_without_data_equals_the_empty_string) {
    cr_assert(ws_span_equal((ws_span){NULL, 0}, ws_span_of("")));
    cr_assert(ws_span_equal_nocase((ws_span){NULL, 0}, ws_span_of("")));
}

Test(span, nocase_folds_ascii_letters_and_nothing_else) {
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            uint8_t one = (uint8_t)a, other = (uint8_t)b;
            bool letters = (a | 0x20) == (b | 0x20) && (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
            bool expected = a == b || letters;
            if (ws_span_equal_nocase((ws_span){&one, 1}, (ws_span){&other, 1}) != expected)
                cr_assert_fail("octets %02x and %02x", a, b);
        }
}

Test(span, nocase_looks_at_every_octet) {
    cr_assert(ws_span_equal_nocase(ws_span_of("Sec-WebSocket-Key"), ws_span_of("sec-websocket-KEY")));
    cr_assert_not(ws_span_equal_nocase(ws_span_of("upgrade"), ws_span_of("upgradf")));
    cr_assert_not(ws_span_equal_nocase(ws_span_of("upgrade"), ws_span_of("upgrades")));
}

Test(span, comparison_reads_nothing_behind_the_octets) {
    uint8_t *a = guard_copy("Upgrade", 7), *b = guard_copy("upgrade", 7);
    cr_assert_not(ws_span_equal((ws_span){a, 7}, (ws_span){b, 7}));
    cr_assert(ws_span_equal_nocase((ws_span){a, 7}, (ws_span){b, 7}));
    guard_free(b, 7);
    guard_free(a, 7);
}

/* buffers */

Test(buffer, starts_empty_without_an_allocation) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 10);
    cr_assert_null(buffer.data);
    cr_assert_eq(buffer.size, 0);
    cr_assert_eq(buffer.limit, 10);
}

Test(buffer, limit_zero_means_none) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(buffer.limit, SIZE_MAX);
}

Test(buffer, append_puts_pieces_one_behind_the_other) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append(&buffer, "abc", 3), WS_OK);
    cr_assert_eq(ws_buffer_append_text(&buffer, "def"), WS_OK);
    cr_assert(holds(&buffer, "abcdef"));
    ws_buffer_clear(&buffer);
}

Test(buffer, append_of_nothing_needs_no_data) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append(&buffer, NULL, 0), WS_OK);
    cr_assert_eq(buffer.size, 0);
}

Test(buffer, append_keeps_every_octet_while_it_grows) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t octet = (uint8_t)(i * 7);
        cr_assert_eq(ws_buffer_append(&buffer, &octet, 1), WS_OK);
    }
    cr_assert_eq(buffer.size, 1000);
    for (unsigned i = 0; i < 1000; i++)
        if (buffer.data[i] != (uint8_t)(i * 7))
            cr_assert_fail("octet %u", i);
    ws_buffer_clear(&buffer);
}

Test(buffer, append_reads_nothing_behind_the_data) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    uint8_t *data = guard_copy("abc", 3);
    cr_assert_eq(ws_buffer_append(&buffer, data, 3), WS_OK);
    cr_assert(holds(&buffer, "abc"));
    guard_free(data, 3);
    ws_buffer_clear(&buffer);
}

Test(buffer, may_be_filled_up_to_its_limit) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 6);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_append_text(&buffer, "def"), WS_OK);
    cr_assert(holds(&buffer, "abcdef"));
    ws_buffer_clear(&buffer);
}

Test(buffer, refuses_one_octet_above_its_limit_and_stays_as_it_was) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 5);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_append_text(&buffer, "def"), WS_ERR_LIMIT);
    cr_assert(holds(&buffer, "abc"));
    ws_buffer_clear(&buffer);
}

Test(buffer, refuses_a_size_that_would_wrap_around) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_reserve(&buffer, SIZE_MAX - 2), WS_ERR_LIMIT);
    cr_assert(holds(&buffer, "abc"));
    ws_buffer_clear(&buffer);
}

Test(buffer, stays_as_it_was_when_memory_runs_out) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    size_t capacity = buffer.capacity;
    cr_assert_eq(ws_buffer_reserve(&buffer, SIZE_MAX / 2), WS_ERR_MEMORY);
    cr_assert_eq(ws_buffer_reserve(&buffer, SIZE_MAX - 3), WS_ERR_MEMORY);
    cr_assert_eq(buffer.capacity, capacity);
    cr_assert(holds(&buffer, "abc"));
    ws_buffer_clear(&buffer);
}

Test(buffer, reserve_makes_room_that_the_caller_may_write) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_reserve(&buffer, 500), WS_OK);
    memset(buffer.data + buffer.size, 'x', 500);
    buffer.size += 500;
    cr_assert_eq(memcmp(buffer.data, "abcx", 4), 0);
    ws_buffer_clear(&buffer);
}

Test(buffer, reserve_within_the_capacity_does_not_move_the_octets) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_reserve(&buffer, 100), WS_OK);
    const uint8_t *data = buffer.data;
    cr_assert_eq(ws_buffer_reserve(&buffer, 100), WS_OK);
    cr_assert_eq((const void *)buffer.data, (const void *)data);
    ws_buffer_clear(&buffer);
}

Test(buffer, clear_empties_it_and_keeps_its_limit) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 5);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    ws_buffer_clear(&buffer);
    cr_assert_null(buffer.data);
    cr_assert_eq(buffer.size, 0);
    cr_assert_eq(buffer.limit, 5);
}

Test(buffer, may_be_used_again_after_clear) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 5);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    ws_buffer_clear(&buffer);
    cr_assert_eq(ws_buffer_append_text(&buffer, "fghij"), WS_OK);
    cr_assert(holds(&buffer, "fghij"));
    ws_buffer_clear(&buffer);
}

Test(buffer, span_is_its_octets) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    ws_span span = ws_buffer_span(&buffer);
    cr_assert_eq((const void *)span.data, (const void *)buffer.data);
    cr_assert_eq(span.size, 3);
    ws_buffer_clear(&buffer);
}

/* printf */

Test(buffer_printf, appends_formatted_text) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "Host: "), WS_OK);
    cr_assert_eq(ws_buffer_printf(&buffer, "%s:%d", "localhost", 9001), WS_OK);
    cr_assert(holds(&buffer, "Host: localhost:9001"));
    ws_buffer_clear(&buffer);
}

Test(buffer_printf, may_print_nothing) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_printf(&buffer, "%s", ""), WS_OK);
    cr_assert_eq(buffer.size, 0);
    ws_buffer_clear(&buffer);
}

Test(buffer_printf, prints_more_than_a_first_allocation_holds) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_printf(&buffer, "%0500d", 7), WS_OK);
    cr_assert_eq(buffer.size, 500);
    cr_assert_eq(buffer.data[0], '0');
    cr_assert_eq(buffer.data[499], '7');
    ws_buffer_clear(&buffer);
}

Test(buffer_printf, needs_no_room_for_a_nul) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 5);
    cr_assert_eq(ws_buffer_printf(&buffer, "%d", 12345), WS_OK);
    cr_assert(holds(&buffer, "12345"));
    ws_buffer_clear(&buffer);
}

Test(buffer_printf, refuses_text_above_the_limit_and_leaves_the_buffer_as_it_was) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 5);
    cr_assert_eq(ws_buffer_append_text(&buffer, "a"), WS_OK);
    cr_assert_eq(ws_buffer_printf(&buffer, "%d", 12345), WS_ERR_LIMIT);
    cr_assert(holds(&buffer, "a"));
    ws_buffer_clear(&buffer);
}

Test(buffer_printf, refuses_what_cannot_be_printed) {
    /* No character of the C locale: vsnprintf fails with EILSEQ. */
    static const wchar_t unprintable[] = {(wchar_t)0xD800, 0};
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_printf(&buffer, "%ls", unprintable), WS_ERR_ARGUMENT);
    cr_assert_eq(buffer.size, 0);
}

/* consume */

Test(buffer_consume, drops_the_first_octets) {
    static const struct {
        size_t size;
        const char *rest;
    } rows[] = {
        {0, "abcdef"}, {1, "bcdef"}, {5, "f"}, {6, ""}, {7, ""}, {SIZE_MAX, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ws_buffer buffer;
        ws_buffer_init(&buffer, 0);
        cr_assert_eq(ws_buffer_append_text(&buffer, "abcdef"), WS_OK);
        ws_buffer_consume(&buffer, rows[i].size);
        cr_assert(holds(&buffer, rows[i].rest), "row %zu", i);
        ws_buffer_clear(&buffer);
    }
}

Test(buffer_consume, of_an_empty_buffer_does_nothing) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    ws_buffer_consume(&buffer, 3);
    cr_assert_eq(buffer.size, 0);
}

Test(buffer_consume, makes_room_below_the_limit) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 6);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abcdef"), WS_OK);
    ws_buffer_consume(&buffer, 4);
    cr_assert_eq(ws_buffer_append_text(&buffer, "ghij"), WS_OK);
    cr_assert(holds(&buffer, "efghij"));
    ws_buffer_clear(&buffer);
}

/* terminate */

Test(buffer_terminate, makes_a_c_string_without_counting_its_nul) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_terminate(&buffer), WS_OK);
    cr_assert_eq(buffer.size, 3);
    cr_assert_str_eq((const char *)buffer.data, "abc");
    ws_buffer_clear(&buffer);
}

Test(buffer_terminate, makes_an_empty_string_of_an_empty_buffer) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_terminate(&buffer), WS_OK);
    cr_assert_eq(buffer.size, 0);
    cr_assert_str_eq((const char *)buffer.data, "");
    ws_buffer_clear(&buffer);
}

Test(buffer_terminate, is_overwritten_by_what_is_appended_next) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 0);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_terminate(&buffer), WS_OK);
    cr_assert_eq(ws_buffer_append_text(&buffer, "def"), WS_OK);
    cr_assert(holds(&buffer, "abcdef"));
    ws_buffer_clear(&buffer);
}

Test(buffer_terminate, finds_no_room_in_a_buffer_that_is_full) {
    ws_buffer buffer;
    ws_buffer_init(&buffer, 3);
    cr_assert_eq(ws_buffer_append_text(&buffer, "abc"), WS_OK);
    cr_assert_eq(ws_buffer_terminate(&buffer), WS_ERR_LIMIT);
    cr_assert(holds(&buffer, "abc"));
    ws_buffer_clear(&buffer);
}
