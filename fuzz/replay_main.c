/* Runs inputs through the targets, without an engine:
 *
 *     fuzz_replay TARGET FILE|FOLDER...     each file, or each file of a folder
 *     fuzz_replay --corpus FOLDER           FOLDER/TARGET/ and FOLDER/regressions/TARGET/ of every target
 *     fuzz_replay --list
 *
 * Prints "PASS target: ..." or "FAIL target: file" for every target and for every regression. A target runs
 * in a process of its own, so that one that crashes leaves the others standing. Every input ends at an
 * unreadable page. */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUZZ_TARGET(name) int fuzz_target_##name(const uint8_t *data, size_t size);
#include "targets.inc"
#undef FUZZ_TARGET

typedef struct target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} target;

#define FUZZ_TARGET(name) {#name, fuzz_target_##name},
static const target targets[] = {
#include "targets.inc"
};
#undef FUZZ_TARGET

enum { TARGETS = sizeof targets / sizeof *targets, INPUT_MAX = 1 << 22, PATH_ROOM = 1024 };

/* What the process that runs a target leaves for the one that waits for it. */
typedef struct progress {
    size_t inputs;
    bool unreadable;
    char path[PATH_ROOM]; /* of the input at hand */
} progress;

/* ------------------------------------------------------------------ one input */

/* Room whose end is the last octet that can be read. */
static uint8_t *room_end(void) {
    static uint8_t *end;
    if (end)
        return end;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = mmap(NULL, INPUT_MAX + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + INPUT_MAX, page, PROT_NONE) != 0)
        abort();
    return end = base + INPUT_MAX;
}

static bool run_file(const target *t, const char *path, progress *shared) {
    snprintf(shared->path, sizeof shared->path, "%s", path);
    FILE *file = fopen(path, "re");
    struct stat facts;
    if (!file || fstat(fileno(file), &facts) != 0 || facts.st_size > INPUT_MAX) {
        if (file)
            fclose(file);
        return false;
    }
    size_t size = (size_t)facts.st_size;
    uint8_t *data = room_end() - size;
    bool whole = fread(data, 1, size, file) == size;
    fclose(file);
    if (whole)
        t->run(data, size);
    shared->inputs++;
    return whole;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of a folder in order of name; hidden ones are passed over. NULL and 0 when it cannot be read. */
static char **list_folder(const char *folder, size_t *count) {
    char **paths = NULL;
    *count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (entry->d_name[0] == '.')
            continue;
        size_t size = strlen(folder) + strlen(entry->d_name) + 2;
        paths = fuzz_need(realloc(paths, (*count + 1) * sizeof *paths));
        paths[*count] = fuzz_need(malloc(size));
        snprintf(paths[(*count)++], size, "%s/%s", folder, entry->d_name);
    }
    if (open)
        closedir(open);
    if (*count > 0)
        qsort(paths, *count, sizeof *paths, by_name);
    return paths;
}

static void free_list(char **paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

static bool is_folder(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static bool run_path(const target *t, const char *path, progress *shared) {
    if (!is_folder(path))
        return run_file(t, path, shared);
    size_t count;
    char **paths = list_folder(path, &count);
    bool fine = true;
    for (size_t i = 0; i < count && fine; i++)
        fine = is_folder(paths[i]) || run_file(t, paths[i], shared);
    free_list(paths, count);
    return fine;
}

/* ------------------------------------------------------------------ one target in a process of its own */

/* True when all inputs were run and nothing broke; prints the line. */
static bool run_apart(const target *t, char *const *paths, size_t count) {
    progress *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        bool fine = true;
        for (size_t i = 0; i < count && fine; i++)
            fine = run_path(t, paths[i], shared);
        shared->unreadable = !fine;
        exit(fine ? 0 : 1); /* not _exit: LeakSanitizer looks at the end */
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    bool fine = child > 0 && status == 0;
    if (fine && count == 1 && !is_folder(paths[0]))
        printf("PASS %s: %s\n", t->name, paths[0]);
    else if (fine)
        printf("PASS %s: %zu inputs\n", t->name, shared->inputs);
    else
        printf("FAIL %s: %s%s\n", t->name, shared->path, shared->unreadable ? " cannot be read" : "");
    munmap(shared, sizeof *shared);
    return fine;
}

/* Seeds of a target in one process, regressions each in its own: one line for each past finding. */
static bool run_corpus(const target *t, const char *folder) {
    char path[PATH_ROOM];
    char *one = path;
    snprintf(path, sizeof path, "%s/%s", folder, t->name);
    if (!is_folder(path)) {
        printf("FAIL %s: there are no seeds in %s\n", t->name, path);
        return false;
    }
    bool fine = run_apart(t, &one, 1);
    snprintf(path, sizeof path, "%s/regressions/%s", folder, t->name);
    size_t count;
    char **paths = list_folder(path, &count);
    for (size_t i = 0; i < count; i++)
        fine = run_apart(t, &paths[i], 1) && fine;
    free_list(paths, count);
    return fine;
}

/* ------------------------------------------------------------------ command line */

static int usage(void) {
    fputs("usage: fuzz_replay TARGET FILE|FOLDER... | --corpus FOLDER | --list\n", stderr);
    return 2;
}

int main(int argc, char **argv) {
    bool fine = true;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < TARGETS; i++)
            puts(targets[i].name);
        return 0;
    }
    if (argc < 3)
        return usage();
    if (strcmp(argv[1], "--corpus") == 0) {
        for (size_t i = 0; i < TARGETS; i++)
            fine = run_corpus(&targets[i], argv[2]) && fine;
        return fine ? 0 : 1;
    }
    for (size_t i = 0; i < TARGETS; i++)
        if (strcmp(argv[1], targets[i].name) == 0)
            return run_apart(&targets[i], argv + 2, (size_t)argc - 2) ? 0 : 1;
    fprintf(stderr, "fuzz_replay: there is no target \"%s\"\n", argv[1]);
    return 2;
}
