#include "reports/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- names --- */

static const char *const verdict_names[REPORT_VERDICT_COUNT] = {
    [REPORT_OK] = "OK",
    [REPORT_NON_STRICT] = "NON-STRICT",
    [REPORT_INFORMATIONAL] = "INFORMATIONAL",
    [REPORT_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [REPORT_FAILED] = "FAILED",
    [REPORT_SKIPPED] = "SKIPPED",
    [REPORT_INCONCLUSIVE] = "INCONCLUSIVE",
};

static const char *const close_verdict_names[REPORT_CLOSE_COUNT] = {
    [REPORT_CLOSE_NONE] = "",
    [REPORT_CLOSE_OK] = "OK",
    [REPORT_CLOSE_FAILED] = "FAILED",
    [REPORT_CLOSE_WRONG_CODE] = "WRONG CODE",
    [REPORT_CLOSE_UNCLEAN] = "UNCLEAN",
    [REPORT_CLOSE_FAILED_BY_CLIENT] = "FAILED BY CLIENT",
    [REPORT_CLOSE_INFORMATIONAL] = "INFORMATIONAL",
};

const char *report_verdict_name(report_verdict verdict) {
    return verdict_names[verdict];
}

const char *report_close_verdict_name(report_close_verdict verdict) {
    return close_verdict_names[verdict];
}

/* Index of name in names, or count. */
static size_t name_index(const char *const *names, size_t count, const char *name) {
    size_t i = 0;
    while (i < count && (!name || strcmp(names[i], name) != 0))
        i++;
    return i;
}

bool report_verdict_from_name(const char *name, report_verdict *verdict) {
    size_t i = name_index(verdict_names, REPORT_VERDICT_COUNT, name);
    if (i == REPORT_VERDICT_COUNT)
        return false;
    *verdict = (report_verdict)i;
    return true;
}

bool report_close_verdict_from_name(const char *name, report_close_verdict *verdict) {
    size_t i = name_index(close_verdict_names, REPORT_CLOSE_COUNT, name);
    if (i == REPORT_CLOSE_COUNT)
        return false;
    *verdict = (report_close_verdict)i;
    return true;
}

/* --- the arena: blocks that are freed together --- */

enum { BLOCK_SIZE = 64 * 1024 };

typedef struct arena_block {
    struct arena_block *next;
    size_t size; /* octets behind this header */
    size_t used;
    alignas(max_align_t) unsigned char data[];
} arena_block;

struct report_arena {
    arena_block *blocks; /* the first one is being filled */
    size_t case_capacity;
};

typedef struct report_with_arena {
    report report; /* first: a report is freed through a pointer to it */
    struct report_arena arena;
} report_with_arena;

static arena_block *block_add(struct report_arena *arena, size_t size) {
    if (size > SIZE_MAX - sizeof(arena_block))
        return NULL;
    arena_block *block = malloc(sizeof *block + size);
    if (!block)
        return NULL;
    *block = (arena_block){.size = size};
    /* A block for one large object goes behind the one being filled, whose rest stays useful. */
    bool behind = size != BLOCK_SIZE && arena->blocks;
    arena_block **place = behind ? &arena->blocks->next : &arena->blocks;
    block->next = *place;
    *place = block;
    return block;
}

static void *arena_take(struct report_arena *arena, size_t size) {
    size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX - unit)
        return NULL;
    size = size ? (size + unit - 1) / unit * unit : unit;
    arena_block *block = arena->blocks;
    if (!block || size > block->size - block->used)
        block = block_add(arena, size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE);
    if (!block)
        return NULL;
    void *place = block->data + block->used;
    block->used += size;
    return place;
}

/* --- building a report --- */

report *report_new(void) {
    report_with_arena *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->report.arena = &made->arena;
    return &made->report;
}

static void free_one(report *r) {
    arena_block *block = r->arena->blocks;
    while (block) {
        arena_block *next = block->next;
        free(block);
        block = next;
    }
    free(r);
}

void report_free(report *r) {
    while (r) {
        report *next = r->next;
        free_one(r);
        r = next;
    }
}

void *report_keep_bytes(report *r, const void *bytes, size_t size) {
    void *place = arena_take(r->arena, size);
    if (place && size)
        memcpy(place, bytes, size);
    return place;
}

const char *report_keep(report *r, const char *text) {
    return text ? report_keep_bytes(r, text, strlen(text) + 1) : NULL;
}

/* The arena cannot free, so the outgrown array stays behind; doubling bounds the waste to the final size. */
static int grow_cases(report *r) {
    size_t capacity = r->arena->case_capacity ? r->arena->case_capacity * 2 : 64;
    if (capacity > SIZE_MAX / 2 / sizeof(void *))
        return -1;
    report_case **cases = arena_take(r->arena, capacity * sizeof(void *));
    if (!cases)
        return -1;
    if (r->case_count)
        memcpy(cases, r->cases, r->case_count * sizeof(void *));
    r->cases = cases;
    r->arena->case_capacity = capacity;
    return 0;
}

report_case *report_add_case(report *r) {
    if (r->case_count == r->arena->case_capacity && grow_cases(r) != 0)
        return NULL;
    report_case *added = report_keep_bytes(r, &(report_case){.id = ""}, sizeof *added);
    if (added)
        r->cases[r->case_count++] = added;
    return added;
}

bool report_add_fact(report *r, const char *name, const char *value) {
    report_option *facts = malloc((r->fact_count + 1) * sizeof *facts);
    if (!facts)
        return false;
    for (size_t i = 0; i < r->fact_count; i++)
        facts[i] = r->facts[i];
    facts[r->fact_count] = (report_option){report_keep(r, name), report_keep(r, value)};
    bool fine = facts[r->fact_count].name && facts[r->fact_count].value;
    const report_option *kept =
        fine ? report_keep_bytes(r, facts, (r->fact_count + 1) * sizeof *facts) : NULL;
    free(facts);
    if (!kept)
        return false;
    r->facts = kept;
    r->fact_count++;
    return true;
}

void report_finish(report *r) {
    memset(r->summary, 0, sizeof r->summary);
    for (size_t i = 0; i < r->case_count; i++)
        r->summary[r->cases[i]->verdict]++;
}

/* --- writing to a file --- */

static int refuse(char *error, size_t error_size, const char *path, const char *why) {
    snprintf(error, error_size, "cannot write the report to %s: %s", path, why);
    return -1;
}

static const char *write_failure(int number) {
    return number ? strerror(number) : "the report could not be rendered, most likely for want of memory";
}

/* What a file is to hold: a report as the writer renders it, or text. */
typedef struct content {
    report_writer writer; /* NULL: text */
    const report *report;
    const char *text;
} content;

static int write_content(const content *c, FILE *out) {
    if (c->writer)
        return c->writer(c->report, out);
    return fputs(c->text, out) < 0 ? -1 : 0;
}

/* Renders into `out`, which is closed; 0 or what went wrong. */
static const char *render_and_close(FILE *out, const content *c) {
    errno = 0;
    const char *why = write_content(c, out) == 0 && fflush(out) == 0 ? NULL : write_failure(errno);
    errno = 0;
    if (fclose(out) != 0 && !why)
        why = write_failure(errno);
    return why;
}

static int write_in_place(const char *path, const content *c, char *error, size_t error_size) {
    FILE *out = fopen(path, "we");
    if (!out)
        return refuse(error, error_size, path, strerror(errno));
    const char *why = render_and_close(out, c);
    return why ? refuse(error, error_size, path, why) : 0;
}

/* Opens a new file beside `path` and writes its name to `name`; NULL with errno. */
static FILE *open_neighbour(const char *path, char *name, size_t name_size, mode_t mode) {
    enum { ATTEMPTS = 100 };
    int file = -1;
    for (int i = 0; i < ATTEMPTS && file < 0; i++) {
        snprintf(name, name_size, "%s.%ld-%d.tmp", path, (long)getpid(), i);
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file < 0 && errno != EEXIST)
            return NULL;
    }
    FILE *out = file < 0 ? NULL : fdopen(file, "w");
    if (!out && file >= 0) {
        close(file);
        unlink(name);
    }
    return out;
}

static int write_and_rename(const char *path, mode_t mode, const content *c, char *error, size_t error_size) {
    size_t name_size = strlen(path) + 64;
    char *name = malloc(name_size);
    if (!name)
        return refuse(error, error_size, path, "out of memory");
    FILE *out = open_neighbour(path, name, name_size, mode);
    const char *why = out ? render_and_close(out, c) : strerror(errno);
    if (!why && rename(name, path) != 0)
        why = strerror(errno);
    if (why && out)
        unlink(name);
    free(name);
    return why ? refuse(error, error_size, path, why) : 0;
}

static int write_standard_output(const content *c, char *error, size_t error_size) {
    errno = 0;
    if (write_content(c, stdout) == 0 && fflush(stdout) == 0)
        return 0;
    return refuse(error, error_size, "standard output", write_failure(errno));
}

static int write_file(const char *path, const content *c, char *error, size_t error_size) {
    if (strcmp(path, "-") == 0)
        return write_standard_output(c, error, error_size);
    struct stat old;
    bool exists = stat(path, &old) == 0;
    /* A device, a pipe or a terminal must be written to, never be replaced by a file. */
    if (exists && !S_ISREG(old.st_mode))
        return write_in_place(path, c, error, error_size);
    /* Through a symbolic link the file it points to is replaced, not the link. */
    char *real = exists ? realpath(path, NULL) : NULL;
    mode_t mode = exists ? old.st_mode & 0777 : 0666;
    int result = write_and_rename(real ? real : path, mode, c, error, error_size);
    free(real);
    return result;
}

int report_write_file(const char *path, report_writer writer, const report *r, char *error,
                      size_t error_size) {
    return write_file(path, &(content){.writer = writer, .report = r}, error, error_size);
}

int report_write_text(const char *path, const char *text, char *error, size_t error_size) {
    return write_file(path, &(content){.text = text}, error, error_size);
}
