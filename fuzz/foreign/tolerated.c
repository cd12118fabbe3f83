#include "fuzz/foreign/tolerated.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef WSPECT_TOLERATED_FILE
#define WSPECT_TOLERATED_FILE ""
#endif

static bool known_verb(const char *verb) {
    static const char *const verbs[] = {"accepts", "refuses", "reports", "drops", "invents"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verb, verbs[i]) == 0)
            return true;
    return false;
}

static bool is_blank(const char *line) {
    while (isspace((unsigned char)*line))
        line++;
    return *line == '\0' || *line == '#';
}

static bool read_line(const char *line, tolerated_entry *entry) {
    char reason[2];
    return sscanf(line, " %15[a-z] %31[^: \n] : %1[^ \n]", entry->verb, entry->rule, reason) == 3 &&
           known_verb(entry->verb);
}

bool tolerated_read(const char *path, tolerated_list *list, char *problem, size_t problem_size) {
    list->count = 0;
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(problem, problem_size, "%s: %s", path, strerror(errno));
        return false;
    }
    char line[512];
    bool good = true;
    for (size_t number = 1; good && fgets(line, sizeof line, file); number++) {
        if (is_blank(line))
            continue;
        good = list->count < TOLERATED_MAX && read_line(line, &list->entries[list->count]);
        if (good)
            list->count++;
        else
            snprintf(problem, problem_size, "%s:%zu: expected \"VERB RULE: reason\", at most %d of them",
                     path, number, TOLERATED_MAX);
    }
    fclose(file);
    return good;
}

void tolerated_read_default(tolerated_list *list) {
    const char *path = getenv("WSPECT_TOLERATED");
    char problem[512];
    list->count = 0;
    if (!path)
        path = WSPECT_TOLERATED_FILE;
    if (*path == '\0' || tolerated_read(path, list, problem, sizeof problem))
        return;
    fprintf(stderr, "wspect: %s\n", problem);
    exit(2);
}

static bool matches(const char *pattern, const char *rule) {
    size_t size = strlen(pattern);
    if (size > 0 && pattern[size - 1] == '*')
        return strncmp(pattern, rule, size - 1) == 0;
    return strcmp(pattern, rule) == 0;
}

bool tolerated_has(const tolerated_list *list, const char *verb, const char *rule) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].verb, verb) == 0 && matches(list->entries[i].rule, rule))
            return true;
    return false;
}
