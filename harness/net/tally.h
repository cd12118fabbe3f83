/* What became of the members of a series (play/series.h): verdict by verdict, in one sentence. Not a public
 * header of the room. */
#ifndef NET_TALLY_H
#define NET_TALLY_H

#include "play/case.h"

/* After so many members that failed by waiting the others are not played: 65536 waits are a day. */
enum { NET_TALLY_WAITS_MAX = 32 };

typedef struct net_tally net_tally;

/* The series must outlive it. NULL when out of memory. */
net_tally *net_tally_new(const play_series *series);
void net_tally_free(net_tally *tally); /* NULL is allowed */
/* Member `index` is over. waited: its verdict is not OK and took its time. */
void net_tally_add(net_tally *tally, size_t index, play_verdict verdict, bool waited);
bool net_tally_is_enough(const net_tally *tally);
/* "NON-STRICT for 1016-2999 (1984 of 1984). code 1016: REASON"; "" when all members are OK. first, reason:
 * the member whose verdict is that of the series. Cut to size. */
void net_tally_describe(const net_tally *tally, size_t first, const char *reason, char *text, size_t size);

#endif
