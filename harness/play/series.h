/* Series: a row that stands for many cases alike, too many to load. The play_case of such a row is its first
 * member; the others are made when they are played.
 *
 *     for (size_t i = 0; i < c->series->count; i++) {
 *         play_member *member = play_member_new(c, i);
 *         ... play_member_case(member) ...
 *         play_member_free(member);
 *     } */
#ifndef PLAY_SERIES_H
#define PLAY_SERIES_H

#include "play/case.h"

typedef struct play_member play_member;

/* Member `index` of c, whose series is not NULL. c must outlive it. NULL when out of memory. */
play_member *play_member_new(const play_case *c, size_t index);
void play_member_free(play_member *member); /* NULL is allowed */
const play_case *play_member_case(const play_member *member);
/* What the name of the series stands for in member `index`. */
uint64_t play_member_value(const play_series *series, size_t index);

#endif
