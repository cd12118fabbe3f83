#include "cli/baseline.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* The "cases" member of a baseline file: a new reference, or NULL with a sentence. A file that does not exist
 * is empty when `may_miss`. */
static json_t *load(const char *path, bool may_miss, char *error, size_t error_size) {
    json_error_t problem;
    if (may_miss && access(path, F_OK) != 0 && errno == ENOENT)
        return json_object();
    errno = 0;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (!root && problem.line < 0) {
        snprintf(error, error_size, "%s: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    if (!root) {
        snprintf(error, error_size, "%s: line %d: %s", path, problem.line, problem.text);
        return NULL;
    }
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_t *cases = json_object_get(root, "cases");
    if (!schema || strcmp(schema, "wspect-baseline/1") != 0 || !json_is_object(cases)) {
        snprintf(error, error_size, "%s: expected \"schema\": \"wspect-baseline/1\" and an object \"cases\"",
                 path);
        cases = NULL;
    }
    json_incref(cases);
    json_decref(root);
    return cases;
}

int cli_baseline_check(const char *path, bool may_miss, char *error, size_t error_size) {
    json_t *cases = load(path, may_miss, error, error_size);
    json_decref(cases);
    return cases ? 0 : -1;
}

static report_verdict accepted(const json_t *cases, const char *id) {
    report_verdict verdict = REPORT_OK;
    const char *name = json_string_value(json_object_get(json_object_get(cases, id), "verdict"));
    if (name && !report_verdict_from_name(name, &verdict))
        verdict = REPORT_VERDICT_COUNT; /* an unknown name differs from everything */
    return verdict;
}

long cli_baseline_compare(const report *r, const char *path, FILE *out, char *error, size_t error_size) {
    json_t *cases = load(path, false, error, error_size);
    long differences = 0;
    if (!cases)
        return -1;
    for (size_t i = 0; i < r->case_count; i++) {
        const report_case *c = r->cases[i];
        report_verdict before = accepted(cases, c->id);
        if (before == c->verdict || c->verdict == REPORT_SKIPPED)
            continue;
        differences++;
        if (out)
            fprintf(out, "baseline: %s was %s, is %s\n", c->id,
                    before < REPORT_VERDICT_COUNT ? report_verdict_name(before) : "unreadable",
                    report_verdict_name(c->verdict));
    }
    json_decref(cases);
    return differences;
}

int cli_baseline_update(const report *r, const char *path, char *error, size_t error_size) {
    json_t *cases = load(path, true, error, error_size);
    if (!cases)
        return -1;
    bool fine = true;
    for (size_t i = 0; fine && i < r->case_count; i++) {
        const report_case *c = r->cases[i];
        if (c->verdict == REPORT_OK)
            json_object_del(cases, c->id);
        else if (c->verdict != REPORT_SKIPPED && accepted(cases, c->id) != c->verdict)
            fine = json_object_set_new(cases, c->id,
                                       json_pack("{s:s, s:s}", "verdict", report_verdict_name(c->verdict),
                                                 "reason", c->reason ? c->reason : "")) == 0;
    }
    json_t *root = fine ? json_pack("{s:s, s:O}", "schema", "wspect-baseline/1", "cases", cases) : NULL;
    char temporary[4096];
    errno = ENAMETOOLONG;
    bool fits = (size_t)snprintf(temporary, sizeof temporary, "%s.new", path) < sizeof temporary;
    fine = root && fits && json_dump_file(root, temporary, JSON_INDENT(2) | JSON_SORT_KEYS) == 0 &&
           rename(temporary, path) == 0;
    if (!fine) {
        snprintf(error, error_size, "%s: cannot be written: %s", path,
                 root ? strerror(errno) : "out of memory");
        if (fits)
            unlink(temporary);
    }
    json_decref(root);
    json_decref(cases);
    return fine ? 0 : -1;
}
