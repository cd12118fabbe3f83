/* The flags of the cases and cases/known-bugs.md say the same. */
#include "play/table.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1000, LINE_MAX_SIZE = 1000 };

/* A line of the document: | bug | project | cases |. */
typedef struct bug_row {
    char bug[64];
    char cases[LINE_MAX_SIZE];
} bug_row;

typedef struct fixture {
    play_table *table;
    bug_row *rows;
    size_t count;
} fixture;

static bool read_row(const char *line, bug_row *row) {
    return strncmp(line, "| bug |", 7) != 0 &&
           sscanf(line, "| %63s | %*[^|]| %999[^|]|", row->bug, row->cases) == 2;
}

static fixture load(void) {
    fixture f = {play_table_new(), calloc(ROWS_MAX, sizeof(bug_row)), 0};
    char error[512], line[LINE_MAX_SIZE];
    cr_assert_eq(play_table_load_embedded(f.table, error, sizeof error), WS_OK, "%s", error);
    FILE *document = fopen(KNOWN_BUGS, "r");
    cr_assert_not_null(document, "%s", KNOWN_BUGS);
    while (fgets(line, sizeof line, document) && f.count < ROWS_MAX)
        f.count += read_row(line, &f.rows[f.count]);
    fclose(document);
    cr_assert_gt(f.count, 200);
    return f;
}

static void clear(fixture *f) {
    play_table_free(f->table);
    free(f->rows);
}

static const bug_row *find(const fixture *f, const char *bug) {
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->rows[i].bug, bug) == 0)
            return &f->rows[i];
    return NULL;
}

static bool carries(const play_case *c, const char *bug) {
    for (size_t i = 0; i < c->flag_count; i++)
        if (strcmp(c->flags[i], bug) == 0)
            return true;
    return false;
}

/* Whether a case that carries the bug fits the glob; with glob NULL: whether any carries it. */
static bool is_carried(const fixture *f, const char *bug, const char *glob) {
    for (size_t i = 0; i < play_table_count(f->table); i++) {
        const play_case *c = play_table_get(f->table, i);
        if (carries(c, bug) && (!glob || play_case_matches(c, glob)))
            return true;
    }
    return false;
}

/* "request-smuggling" */
static bool is_class(const char *flag) {
    return flag[strspn(flag, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

static bool is_well_formed(const char *flag) {
    int year = 0, number = 0, end = 0;
    if (flag[0] == '\0' || !isalnum((unsigned char)flag[0]))
        return false;
    for (const char *at = flag; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("-.#_", *at))
            return false;
    if (strncmp(flag, "CVE", 3) != 0)
        return true;
    return sscanf(flag, "CVE-%4d-%d%n", &year, &number, &end) == 2 && year >= 1999 && end >= 13 &&
           (flag[end] == '\0' || flag[end] == '-');
}

Test(known_bugs, flags_are_well_formed) {
    static const char *const good[] = {"CVE-2020-13935", "CVE-2026-0716-incomplete", "ws#1681",
                                       "driver-0.7.3"};
    static const char *const bad[] = {"",    "CVE-2020", "CVE-2020-1", "CVE-13935", "CVE-2020-13935x",
                                      "a b", "*"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(is_well_formed(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(is_well_formed(bad[i]), "%s", bad[i]);
    fixture f = load();
    for (size_t i = 0; i < play_table_count(f.table); i++) {
        const play_case *c = play_table_get(f.table, i);
        for (size_t k = 0; k < c->flag_count; k++)
            cr_expect(is_well_formed(c->flags[k]), "%s: %s", c->id, c->flags[k]);
    }
    clear(&f);
}

Test(known_bugs, a_flag_that_is_no_class_stands_in_the_document) {
    fixture f = load();
    for (size_t i = 0; i < play_table_count(f.table); i++) {
        const play_case *c = play_table_get(f.table, i);
        for (size_t k = 0; k < c->flag_count; k++)
            cr_expect(is_class(c->flags[k]) || find(&f, c->flags[k]), "%s: %s", c->id, c->flags[k]);
    }
    clear(&f);
}

Test(known_bugs, the_document_names_each_bug_once) {
    fixture f = load();
    for (size_t i = 0; i < f.count; i++)
        cr_expect_eq(find(&f, f.rows[i].bug), &f.rows[i], "%s", f.rows[i].bug);
    clear(&f);
}

Test(known_bugs, what_the_document_says_of_a_bug_is_so) {
    fixture f = load();
    for (size_t i = 0; i < f.count; i++) {
        bug_row *row = &f.rows[i];
        if (strncmp(row->cases, "none: ", 6) == 0) {
            cr_expect_not(is_carried(&f, row->bug, NULL), "a case carries %s", row->bug);
            continue;
        }
        size_t globs = 0;
        for (char *at = row->cases; (at = strchr(at, '`')) != NULL; globs++) {
            char *end = strchr(at + 1, '`');
            cr_assert_not_null(end, "%s", row->bug);
            *end = '\0';
            cr_expect(is_carried(&f, row->bug, at + 1), "no case that fits %s carries %s", at + 1, row->bug);
            at = end + 1;
        }
        cr_expect_gt(globs, 0, "%s", row->bug);
    }
    clear(&f);
}
