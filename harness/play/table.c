#include "play/table.h"

#include "play/corpus.h"
#include "play/row.h"
#include "play/tables.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 << 20, FILES_MAX = 1000 };

struct play_table {
    play_arena arena;
    const uint8_t *corpora[PLAY_CORPUS_COUNT]; /* in the arena; NULL until a row needs it */
    play_case **cases;
    size_t count, capacity;
    size_t limit;  /* cases */
    size_t *slots; /* open-addressing index by id: case number + 1, or 0 */
    size_t slot_count;
    uint8_t digest[32]; /* chained over the files loaded */
};

play_table *play_table_new(void) {
    play_table *table = calloc(1, sizeof *table);
    if (table)
        table->limit = PLAY_CASES_MAX;
    return table;
}

void play_table_limit(play_table *table, size_t cases) {
    table->limit = cases < PLAY_CASES_MAX ? cases : PLAY_CASES_MAX;
}

void play_table_free(play_table *table) {
    if (!table)
        return;
    play_arena_clear(&table->arena);
    free(table->cases);
    free(table->slots);
    free(table);
}

size_t play_table_count(const play_table *table) {
    return table->count;
}

const play_case *play_table_get(const play_table *table, size_t index) {
    return table->cases[index];
}

/* ------------------------------------------------------------------ index by id */

static size_t slot_of(const play_table *table, const char *id) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = id; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    size_t slot = (size_t)hash & (table->slot_count - 1);
    while (table->slots[slot] && strcmp(table->cases[table->slots[slot] - 1]->id, id) != 0)
        slot = (slot + 1) & (table->slot_count - 1);
    return slot;
}

const play_case *play_table_find(const play_table *table, const char *id) {
    if (!table->slot_count)
        return NULL;
    size_t found = table->slots[slot_of(table, id)];
    return found ? table->cases[found - 1] : NULL;
}

static bool rebuild_index(play_table *table) {
    size_t size = 64;
    while (size < table->count * 2 + 2)
        size *= 2;
    size_t *slots = calloc(size, sizeof *slots);
    if (!slots)
        return false;
    free(table->slots);
    table->slots = slots;
    table->slot_count = size;
    for (size_t i = 0; i < table->count; i++)
        slots[slot_of(table, table->cases[i]->id)] = i + 1;
    return true;
}

static bool add_case(play_reader *reader, play_table *table, play_case *c) {
    if (table->slot_count < table->count * 2 + 2 && !rebuild_index(table))
        goto memory;
    size_t slot = slot_of(table, c->id);
    if (table->slots[slot]) {
        const play_case *first = table->cases[table->slots[slot] - 1];
        play_reader_complain(reader, WS_ERR_SYNTAX, "the id is taken already, by %s%s", first->table,
                             first->pointer);
        return false;
    }
    if (table->count >= table->limit) {
        play_reader_complain(reader, WS_ERR_LIMIT, "more than %zu cases", table->limit);
        return false;
    }
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 256;
        play_case **grown = realloc(table->cases, capacity * sizeof(play_case *));
        if (!grown)
            goto memory;
        table->cases = grown;
        table->capacity = capacity;
    }
    table->cases[table->count++] = c;
    table->slots[slot] = table->count;
    return true;
memory:
    play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return false;
}

/* ------------------------------------------------------------------ one file */

static bool add_row(play_reader *reader, play_table *table, const json_t *row, const json_t *defaults,
                    const char *group) {
    json_t *filled = json_is_object(defaults) ? json_copy((json_t *)defaults) : json_object();
    bool fine = filled && json_is_object(row) && json_object_update(filled, (json_t *)row) == 0;
    if (!fine)
        play_reader_complain(reader, filled ? WS_ERR_SYNTAX : WS_ERR_MEMORY,
                             "expected a case, which is an object");
    json_t *rows = fine ? play_row_expand(reader, filled, table->limit) : NULL;
    fine = rows != NULL;
    for (size_t i = 0; fine && i < json_array_size(rows); i++) {
        play_case *c = play_arena_alloc(&table->arena, sizeof *c);
        if (!c)
            play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
        fine = c && play_row_parse(reader, json_array_get(rows, i), group, c) && add_case(reader, table, c);
    }
    json_decref(rows);
    json_decref(filled);
    return fine;
}

static bool is_member(const char *key) {
    static const char *const members[] = {"$schema",  "schema", "group", "comment",
                                          "defaults", "quick",  "cases"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(members[i], key) == 0)
            return true;
    return false;
}

/* "quick": ids of this table that profile quick has, whatever their rows say. */
static bool mark_quick(play_reader *reader, play_table *table, size_t first, const json_t *ids) {
    size_t mark = play_reader_enter(reader, "quick");
    reader->case_id = NULL;
    if (ids && !json_is_array(ids))
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected an array of ids");
    for (size_t i = 0; i < json_array_size(ids) && reader->status == WS_OK; i++) {
        size_t inner = play_reader_enter_index(reader, i);
        const char *id = json_string_value(json_array_get(ids, i));
        size_t at = first;
        while (id && at < table->count && strcmp(table->cases[at]->id, id) != 0)
            at++;
        if (id && at < table->count)
            table->cases[at]->tier = PLAY_QUICK;
        else
            play_reader_complain(reader, WS_ERR_SYNTAX, "expected the id of a case of this table");
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    return reader->status == WS_OK;
}

static bool add_rows(play_reader *reader, play_table *table, const json_t *root) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const char *group = json_string_value(json_object_get(root, "group"));
    json_t *rows = json_object_get(root, "cases"), *defaults = json_object_get(root, "defaults");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value) {
        if (!is_member(key))
            play_reader_complain(reader, WS_ERR_SYNTAX, "unknown member \"%s\"", key);
    }
    if (!schema || strcmp(schema, "wspect-cases/1") != 0)
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected \"schema\": \"wspect-cases/1\"");
    else if (!group)
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected a \"group\", the heading of the table");
    else if (!json_is_array(rows))
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected an array \"cases\"");
    else if (defaults && !json_is_object(defaults))
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected \"defaults\" to be an object");
    if (reader->status != WS_OK)
        return false;
    const char *kept = play_arena_text(&table->arena, group);
    if (!kept) {
        play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
        return false;
    }
    size_t first = table->count;
    size_t mark = play_reader_enter(reader, "cases");
    for (size_t i = 0; i < json_array_size(rows) && reader->status == WS_OK; i++) {
        size_t inner = play_reader_enter_index(reader, i);
        reader->case_id = json_string_value(json_object_get(json_array_get(rows, i), "id"));
        add_row(reader, table, json_array_get(rows, i), defaults, kept);
        play_reader_leave(reader, inner);
    }
    play_reader_leave(reader, mark);
    return reader->status == WS_OK && mark_quick(reader, table, first, json_object_get(root, "quick"));
}

/* digest = SHA-256(digest, SHA-256(text)) */
static bool chain_digest(play_table *table, const char *text, size_t size) {
    uint8_t both[64];
    unsigned length = 0;
    memcpy(both, table->digest, 32);
    return EVP_Digest(text, size, both + 32, &length, EVP_sha256(), NULL) == 1 &&
           EVP_Digest(both, sizeof both, table->digest, &length, EVP_sha256(), NULL) == 1;
}

/* What a table was before a load that may fail. */
typedef struct table_mark {
    size_t count;
    uint8_t digest[32];
} table_mark;

static table_mark mark_table(const play_table *table) {
    table_mark mark = {.count = table->count};
    memcpy(mark.digest, table->digest, sizeof mark.digest);
    return mark;
}

static void go_back(play_table *table, const table_mark *mark) {
    table->count = mark->count;
    memcpy(table->digest, mark->digest, sizeof mark->digest);
    if (table->slot_count && !rebuild_index(table)) {
        table->count = 0; /* without an index no case can be trusted to be found */
        table->slot_count = 0;
    }
}

ws_status play_table_load(play_table *table, const char *name, const char *text, size_t size, char *error,
                          size_t error_size) {
    table_mark before = mark_table(table);
    play_reader reader = {
        .arena = &table->arena, .corpora = table->corpora, .error = error, .error_size = error_size};
    if (error_size)
        error[0] = '\0';
    reader.table = play_arena_text(&table->arena, name);
    if (!reader.table) {
        snprintf(error, error_size, "%s: out of memory", name);
        return WS_ERR_MEMORY;
    }
    json_error_t problem;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    if (!root) {
        /* Jansson has no words for a failed allocation. */
        bool out_of_memory = !*problem.text || json_error_code(&problem) == json_error_out_of_memory;
        if (out_of_memory)
            snprintf(error, error_size, "%s: out of memory", name);
        else
            snprintf(error, error_size, "%s: line %d, column %d: not JSON: %s", name, problem.line,
                     problem.column, problem.text);
        return out_of_memory ? WS_ERR_MEMORY : WS_ERR_SYNTAX;
    }
    bool fine = add_rows(&reader, table, root) && chain_digest(table, text, size);
    json_decref(root);
    if (fine)
        return WS_OK;
    go_back(table, &before);
    if (reader.status != WS_OK)
        return reader.status;
    snprintf(error, error_size, "%s: out of memory", name);
    return WS_ERR_MEMORY;
}

static ws_status complain_errno(const char *path, const char *what, char *error, size_t error_size) {
    int number = errno;
    snprintf(error, error_size, "%s: cannot be %s: %s", path, what, strerror(number));
    return number == ENOMEM ? WS_ERR_MEMORY : WS_ERR_IO;
}

ws_status play_table_load_file(play_table *table, const char *path, char *error, size_t error_size) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return complain_errno(path, "opened", error, error_size);
    ws_buffer text;
    ws_buffer_init(&text, FILE_MAX);
    ws_status status = WS_OK;
    size_t got = 1;
    while (status == WS_OK && got > 0) {
        status = ws_buffer_reserve(&text, 65536);
        got = status == WS_OK ? fread(text.data + text.size, 1, 65536, file) : 0;
        text.size += got;
    }
    if (status == WS_OK && ferror(file))
        status = WS_ERR_IO;
    if (status != WS_OK)
        snprintf(error, error_size, "%s: cannot be read: %s", path,
                 status == WS_ERR_IO ? strerror(errno) : ws_status_strerror(status));
    fclose(file);
    if (status == WS_OK)
        status = play_table_load(table, path, (const char *)text.data, text.size, error, error_size);
    ws_buffer_clear(&text);
    return status;
}

static int is_table(const struct dirent *entry) {
    size_t size = strlen(entry->d_name);
    return size > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 5, ".json") == 0;
}

ws_status play_table_load_folder(play_table *table, const char *path, char *error, size_t error_size) {
    table_mark before = mark_table(table);
    struct dirent **names = NULL;
    int count = scandir(path, &names, is_table, alphasort);
    if (count < 0)
        return complain_errno(path, "read", error, error_size);
    ws_status status = count == 0 || count > FILES_MAX ? WS_ERR_SYNTAX : WS_OK;
    if (status != WS_OK)
        snprintf(error, error_size, "%s: expected 1 to %d files *.json, found %d", path, (int)FILES_MAX,
                 count);
    for (int i = 0; i < count; i++) {
        char file[4096];
        if (status == WS_OK) {
            snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
            status = play_table_load_file(table, file, error, error_size);
        }
        free(names[i]);
    }
    free(names);
    if (status != WS_OK)
        go_back(table, &before);
    return status;
}

static ws_status load_all(play_table *table, const play_embedded_table *files, char *error,
                          size_t error_size) {
    table_mark before = mark_table(table);
    ws_status status = WS_OK;
    for (const play_embedded_table *row = files; status == WS_OK && row->name; row++)
        status = play_table_load(table, row->name, (const char *)row->bytes, row->size, error, error_size);
    if (status != WS_OK)
        go_back(table, &before);
    return status;
}

ws_status play_table_load_embedded(play_table *table, char *error, size_t error_size) {
    return load_all(table, play_embedded_tables, error, error_size);
}

ws_status play_table_load_probes(play_table *table, char *error, size_t error_size) {
    return load_all(table, play_embedded_probes, error, error_size);
}

ws_status play_table_sha256(const play_table *table, char digest[65]) {
    for (size_t i = 0; i < 32; i++)
        snprintf(digest + 2 * i, 3, "%02x", table->digest[i]);
    return WS_OK;
}

/* ------------------------------------------------------------------ selection */

/* Iterative, so that a hostile pattern costs at most size of text times size of pattern. */
static bool glob_matches(const char *pattern, size_t pattern_size, const char *text) {
    size_t p = 0, star = SIZE_MAX;
    const char *t = text, *back = NULL;
    while (*t) {
        if (p < pattern_size && pattern[p] == '*') {
            star = p++;
            back = t;
        } else if (p < pattern_size && (pattern[p] == '?' || pattern[p] == *t)) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern_size && pattern[p] == '*')
        p++;
    return p == pattern_size;
}

static bool name_matches(const char *name, const char *glob, size_t size) {
    if (!name)
        return false;
    if (memchr(glob, '*', size) || memchr(glob, '?', size))
        return glob_matches(glob, size, name);
    return strncmp(name, glob, size) == 0 && (name[size] == '\0' || name[size] == '.');
}

static bool flag_matches(const play_case *c, const char *glob, size_t size) {
    for (size_t i = 0; i < c->flag_count; i++)
        if (name_matches(c->flags[i], glob, size))
            return true;
    return false;
}

static bool case_matches(const play_case *c, const char *glob, size_t size) {
    return size > 0 && (name_matches(c->id, glob, size) || name_matches(c->autobahn, glob, size) ||
                        name_matches(c->group, glob, size) || flag_matches(c, glob, size));
}

bool play_case_matches(const play_case *c, const char *glob) {
    return case_matches(c, glob, strlen(glob));
}

bool play_case_matches_list(const play_case *c, const char *globs) {
    while (*globs) {
        size_t size = strcspn(globs, ",");
        if (case_matches(c, globs, size))
            return true;
        globs += size + (globs[size] == ',');
    }
    return false;
}
