/* Lists of differences that somebody has looked at and can live with. One a line:
 *
 *     accepts length-not-minimal: RFC 6455 5.2 binds the sender; a receiver need not check it
 *     refuses close-1012: the code was registered after this parser was written
 *     # a comment
 *
 * The verb is `accepts`, `refuses`, `reports`, `drops` or `invents`; the rule is the name that a finding
 * gives; the reason must not be empty. A rule may end in `*`, for any end. */
#ifndef FOREIGN_TOLERATED_H
#define FOREIGN_TOLERATED_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tolerated_entry {
    char verb[16];
    char rule[32];
} tolerated_entry;

enum { TOLERATED_MAX = 64 };

typedef struct tolerated_list {
    tolerated_entry entries[TOLERATED_MAX];
    size_t count;
} tolerated_list;

/* Reads a list. False, and a sentence in problem, when the file cannot be read or a line is not as above. */
bool tolerated_read(const char *path, tolerated_list *list, char *problem, size_t problem_size);

/* The list that the environment names with WSPECT_TOLERATED, or else the one that was named when this was
 * built (WSPECT_TOLERATED_FILE), or an empty one. Leaves the program with 2 and a sentence when it cannot be
 * read. */
void tolerated_read_default(tolerated_list *list);

bool tolerated_has(const tolerated_list *list, const char *verb, const char *rule);

#endif
