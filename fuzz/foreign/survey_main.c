/* Runs the differential target over files, and over the files of folders, without an engine: tells every kind
 * of difference once, with the first input that shows it and how many do.
 *
 *     foreign_survey_wslay corpus/foreign crash-1234
 *
 * Leaves with 1 when there is a difference that is not tolerated. */
#include "fuzz/foreign/differential.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS_MAX = 128, INPUT_MAX = 2 << 20 };

typedef struct kind {
    differential_kind kind;
    char rule[32];
    size_t inputs;
} kind;

typedef struct survey {
    differential *both;
    tolerated_list tolerated;
    kind kinds[KINDS_MAX];
    size_t kind_count;
    size_t inputs;
} survey;

static kind *kind_of(survey *all, const differential_finding *finding) {
    for (size_t i = 0; i < all->kind_count; i++)
        if (all->kinds[i].kind == finding->kind && strcmp(all->kinds[i].rule, finding->rule) == 0)
            return &all->kinds[i];
    if (all->kind_count == KINDS_MAX)
        return NULL;
    kind *added = &all->kinds[all->kind_count++];
    added->kind = finding->kind;
    memcpy(added->rule, finding->rule, sizeof added->rule);
    return added;
}

static bool run_file(survey *all, const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (!file || !data) {
        perror(path);
        free(data);
        if (file)
            fclose(file);
        return false;
    }
    size_t size = fread(data, 1, INPUT_MAX, file);
    fclose(file);
    differential_finding finding;
    all->inputs++;
    if (differential_run(all->both, data, size, &all->tolerated, &finding)) {
        kind *seen = kind_of(all, &finding);
        if (seen && seen->inputs++ == 0) {
            printf("%s\n", path);
            differential_print(all->both, &finding, stdout);
        }
    }
    free(data);
    return true;
}

static bool run_path(survey *all, const char *path) {
    DIR *folder = opendir(path);
    if (!folder)
        return run_file(all, path);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(folder));) {
        char name[1024];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        good = run_path(all, name);
    }
    closedir(folder);
    return good;
}

static void print_kinds(const survey *all) {
    for (size_t i = 0; i < all->kind_count; i++)
        printf("%s %s: %zu inputs\n", differential_verb(all->kinds[i].kind), all->kinds[i].rule,
               all->kinds[i].inputs);
    printf("%zu inputs, %zu kinds of difference\n", all->inputs, all->kind_count);
}

int main(int count, char **arguments) {
    static survey all;
    if (count < 2) {
        fputs("usage: foreign_survey_NAME FILE|FOLDER...\n", stderr);
        return 2;
    }
    tolerated_read_default(&all.tolerated);
    all.both = differential_new();
    bool good = all.both != NULL;
    for (int i = 1; good && i < count; i++)
        good = run_path(&all, arguments[i]);
    if (good)
        print_kinds(&all);
    bool found = all.kind_count > 0;
    differential_free(all.both);
    return !good ? 2 : found ? 1 : 0;
}
