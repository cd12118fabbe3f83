#include "play/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16384 };

struct play_arena_block {
    play_arena_block *next;
    size_t size, used;
    max_align_t octets[];
};

static size_t aligned(size_t size) {
    size_t unit = sizeof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

void *play_arena_alloc(play_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) {
        arena->out_of_memory = true;
        return NULL;
    }
    size = aligned(size ? size : 1);
    play_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = calloc(1, sizeof *block + room);
        if (!block) {
            arena->out_of_memory = true;
            return NULL;
        }
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *memory = (char *)block->octets + block->used;
    block->used += size;
    return memory;
}

char *play_arena_copy(play_arena *arena, const void *bytes, size_t size) {
    char *copy = play_arena_alloc(arena, size + 1);
    if (copy && size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *play_arena_text(play_arena *arena, const char *text) {
    return play_arena_copy(arena, text, strlen(text));
}

char *play_arena_printf(play_arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : play_arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void play_arena_clear(play_arena *arena) {
    while (arena->blocks) {
        play_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}
