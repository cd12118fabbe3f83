/* Memory that dies together: a table's cases, a player's texts. Not a public header of the room. */
#ifndef PLAY_ARENA_H
#define PLAY_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct play_arena_block play_arena_block;

/* All zero: empty. */
typedef struct play_arena {
    play_arena_block *blocks;
    bool out_of_memory; /* an allocation has failed */
} play_arena;

/* Zeroed, aligned for any type; NULL when out of memory. */
void *play_arena_alloc(play_arena *arena, size_t size);
/* Copy of size octets and a NUL behind them; NULL when out of memory. */
char *play_arena_copy(play_arena *arena, const void *bytes, size_t size);
char *play_arena_text(play_arena *arena, const char *text);
char *play_arena_printf(play_arena *arena, const char *format, ...);
void play_arena_clear(play_arena *arena);

#endif
