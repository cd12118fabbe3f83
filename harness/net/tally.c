#include "net/tally.h"

#include "play/series.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOT_PLAYED = 255, RANGES_MAX = 6 };

struct net_tally {
    const play_series *series;
    size_t played, waits;
    uint8_t verdicts[]; /* play_verdict by member, or NOT_PLAYED */
};

net_tally *net_tally_new(const play_series *series) {
    net_tally *tally = malloc(sizeof *tally + series->count);
    if (!tally)
        return NULL;
    *tally = (net_tally){.series = series};
    for (size_t i = 0; i < series->count; i++)
        tally->verdicts[i] = NOT_PLAYED;
    return tally;
}

void net_tally_free(net_tally *tally) {
    free(tally);
}

void net_tally_add(net_tally *tally, size_t index, play_verdict verdict, bool waited) {
    tally->played++;
    tally->waits += waited;
    tally->verdicts[index] = (uint8_t)verdict;
}

bool net_tally_is_enough(const net_tally *tally) {
    return tally->waits >= NET_TALLY_WAITS_MAX;
}

/* ------------------------------------------------------------------ words */

typedef struct sentence {
    char *text;
    size_t size, used;
} sentence;

static void say(sentence *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(to->text + to->used, to->size - to->used, format, arguments);
    va_end(arguments);
    if (size > 0)
        to->used = to->used + (size_t)size < to->size ? to->used + (size_t)size : to->size - 1;
}

/* "1016-2999, 5000 (1985 of 2000)"; later ranges are dots. */
static void say_ranges(const net_tally *tally, play_verdict verdict, sentence *to) {
    size_t ranges = 0, members = 0;
    for (size_t i = 0, next; i < tally->series->count; i = next) {
        for (next = i + 1; next < tally->series->count && tally->verdicts[next] == tally->verdicts[i];)
            next++;
        if (tally->verdicts[i] != verdict)
            continue;
        members += next - i;
        if (++ranges > RANGES_MAX)
            continue;
        say(to, "%s%llu", ranges > 1 ? ", " : "", (unsigned long long)play_member_value(tally->series, i));
        if (next - i > 1)
            say(to, "-%llu", (unsigned long long)play_member_value(tally->series, next - 1));
    }
    say(to, "%s (%zu of %zu)", ranges > RANGES_MAX ? ", ..." : "", members, tally->played);
}

void net_tally_describe(const net_tally *tally, size_t first, const char *reason, char *text, size_t size) {
    static const play_verdict worst_first[] = {PLAY_FAILED, PLAY_INCONCLUSIVE, PLAY_NON_STRICT,
                                               PLAY_UNIMPLEMENTED, PLAY_INFORMATIONAL};
    size_t counts[NOT_PLAYED + 1] = {0};
    sentence to = {text, size, 0};
    text[0] = '\0';
    for (size_t i = 0; i < tally->series->count; i++)
        counts[tally->verdicts[i]]++;
    for (size_t i = 0; i < sizeof worst_first / sizeof *worst_first; i++)
        if (counts[worst_first[i]] > 0) {
            say(&to, "%s%s for %s ", to.used ? "; " : "", play_verdict_name(worst_first[i]),
                tally->series->name);
            say_ranges(tally, worst_first[i], &to);
        }
    if (counts[NOT_PLAYED] > 0)
        say(&to, "; the other %zu were not played, for too often nothing came", counts[NOT_PLAYED]);
    if (to.used && reason)
        say(&to, ". %s %llu: %s", tally->series->name,
            (unsigned long long)play_member_value(tally->series, first), reason);
}
