#include "play/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(arena, memory_is_zeroed_aligned_and_apart) {
    play_arena arena = {0};
    static const size_t sizes[] = {0, 1, 7, 16, 100, 16384, 20000, 3, 16383, 1};
    uint8_t *places[sizeof sizes / sizeof *sizes];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        places[i] = play_arena_alloc(&arena, sizes[i]);
        cr_assert_not_null(places[i]);
        cr_expect_eq((uintptr_t)places[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++)
            cr_assert_eq(places[i][k], 0);
        memset(places[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            cr_assert_eq(places[i][k], i + 1);
    play_arena_clear(&arena);
}

Test(arena, copies_end_with_a_nul) {
    play_arena arena = {0};
    char *copy = play_arena_copy(&arena, "a\0b", 3);
    cr_expect_eq(memcmp(copy, "a\0b", 4), 0);
    cr_expect_str_eq(play_arena_copy(&arena, NULL, 0), "");
    cr_expect_str_eq(play_arena_text(&arena, "text"), "text");
    cr_expect_str_eq(play_arena_printf(&arena, "%s-%d", "x", 12), "x-12");
    play_arena_clear(&arena);
}

Test(arena, a_size_beyond_reason_gives_nothing) {
    play_arena arena = {0};
    cr_expect_null(play_arena_alloc(&arena, SIZE_MAX));
    cr_expect_null(arena.blocks);
}

Test(arena, a_cleared_arena_can_be_used_again) {
    play_arena arena = {0};
    play_arena_text(&arena, "a");
    play_arena_clear(&arena);
    cr_expect_null(arena.blocks);
    cr_expect_str_eq(play_arena_text(&arena, "b"), "b");
    play_arena_clear(&arena);
}
