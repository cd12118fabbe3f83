#include "play/series.h"

#include "play/row_private.h"

#include <stdlib.h>

struct play_member {
    play_arena arena;
    play_case c;
};

uint64_t play_member_value(const play_series *series, size_t index) {
    return series->from + index * series->step;
}

static bool parse_member(play_member *member, const play_case *c, size_t index) {
    play_reader reader = {.arena = &member->arena, .table = c->table};
    json_t *row = json_loads(c->json, JSON_ALLOW_NUL, NULL);
    json_t *values = json_object();
    bool fine = row && values &&
                json_object_set_new(values, c->series->name,
                                    json_integer((json_int_t)play_member_value(c->series, index))) == 0 &&
                json_object_del(row, "series") == 0;
    json_t *filled = fine ? play_row_fill(&reader, row, values) : NULL;
    fine = filled && play_row_parse(&reader, filled, c->group, &member->c);
    json_decref(filled);
    json_decref(values);
    json_decref(row);
    return fine;
}

play_member *play_member_new(const play_case *c, size_t index) {
    play_member *member = calloc(1, sizeof *member);
    if (member && parse_member(member, c, index))
        return member;
    play_member_free(member);
    return NULL;
}

void play_member_free(play_member *member) {
    if (!member)
        return;
    play_arena_clear(&member->arena);
    free(member);
}

const play_case *play_member_case(const play_member *member) {
    return &member->c;
}
