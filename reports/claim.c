#include "reports/claim.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const report_claim_names[REPORT_CLAIM_COUNT + 1] = {"none", "core", "strict", "full", NULL};

const char *report_claim_profile(report_claim claim) {
    return claim == REPORT_CLAIM_NONE ? "" : claim == REPORT_CLAIM_FULL ? "full" : "standard";
}

const char *report_option_text(const report *r, const char *name) {
    for (size_t i = 0; i < r->option_count; i++)
        if (strcmp(r->options[i].name, name) == 0)
            return r->options[i].value;
    return NULL;
}

static bool is(const char *text, const char *wanted) {
    return text && strcmp(text, wanted) == 0;
}

/* ------------------------------------------------------------------ does it hold */

typedef struct judge {
    const report *report;
    report_claim claim;
    const report_claim_basis *basis;
    char *why;
    size_t why_size;
} judge;

static bool against(const judge *j, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(j->why, j->why_size, format, values);
    va_end(values);
    return false;
}

static bool run_is_whole(const judge *j) {
    const report *r = j->report;
    const char *profile = report_option_text(r, "profile");
    bool wide = is(profile, "full") || (j->claim != REPORT_CLAIM_FULL && is(profile, "standard"));
    if (!wide)
        return against(j, "the run was of profile %s, not %s", profile ? profile : "unknown",
                       report_claim_profile(j->claim));
    if (!is(r->cases_sha256, j->basis->cases_sha256))
        return against(j, "the report was made with other case tables");
    if (r->interrupted)
        return against(j, "the run was interrupted");
    if (r->target_process && r->target_process->unexplained > 0)
        return against(j, "the server died during the run, and no case could be blamed");
    return true;
}

/* Whether the report says that this capability was not claimed. */
static bool may_be_skipped(const report *r, const report_claim_case *c) {
    return (c->needs_echo && is(report_option_text(r, "oracle"), "ping")) ||
           (c->needs_subprotocol && !report_option_text(r, "subprotocol"));
}

static bool case_speaks_for(const judge *j, const report_case *c, const report_claim_case *as) {
    if (c->verdict == REPORT_FAILED || c->verdict == REPORT_INCONCLUSIVE)
        return against(j, "%s is %s", c->id, report_verdict_name(c->verdict));
    if (c->flaky)
        return against(j, "%s is flaky: two runs of it differ", c->id);
    if (c->verdict == REPORT_NON_STRICT && j->claim != REPORT_CLAIM_CORE)
        return against(j, "%s is NON-STRICT", c->id);
    if (c->verdict == REPORT_SKIPPED && (!as || !may_be_skipped(j->report, as)))
        return against(j, "%s was skipped, and not for want of a capability", c->id);
    return true;
}

static int by_id(const void *a, const void *b) {
    return strcmp((*(const report_case *const *)a)->id, (*(const report_case *const *)b)->id);
}

static int by_basis_id(const void *a, const void *b) {
    return strcmp(((const report_claim_case *)a)->id, ((const report_claim_case *)b)->id);
}

/* Moves on to the first case of the basis that is not before `id` (NULL: to the end), over those that the
 * report may lack. */
static size_t pass_unclaimed(const judge *j, const report_claim_case *basis, size_t at, const char *id) {
    while (at < j->basis->count && (!id || strcmp(basis[at].id, id) < 0) &&
           may_be_skipped(j->report, &basis[at]))
        at++;
    return at;
}

/* Every case of the basis is there, each case once, and each speaks for the claim. Both lists are sorted. */
static bool cases_speak_for(const judge *j, const report_case *const *cases, const report_claim_case *basis) {
    size_t at = 0;
    for (size_t i = 0; i < j->report->case_count; i++) {
        if (i > 0 && strcmp(cases[i]->id, cases[i - 1]->id) == 0)
            return against(j, "%s is there twice", cases[i]->id);
        at = pass_unclaimed(j, basis, at, cases[i]->id);
        int order = at < j->basis->count ? strcmp(basis[at].id, cases[i]->id) : 1;
        if (order < 0)
            break;
        if (!case_speaks_for(j, cases[i], order == 0 ? &basis[at] : NULL))
            return false;
        at += order == 0;
    }
    at = pass_unclaimed(j, basis, at, NULL);
    return at == j->basis->count || against(j, "%s was not played", basis[at].id);
}

static bool sort_and_judge(const judge *j) {
    size_t count = j->report->case_count;
    const report_case **cases = calloc(count + 1, sizeof *cases);
    report_claim_case *basis = calloc(j->basis->count + 1, sizeof *basis);
    bool fine = cases && basis;
    if (!fine)
        against(j, "out of memory");
    if (fine && count > 0)
        memcpy((void *)cases, (const void *)j->report->cases, count * sizeof *cases);
    if (fine && j->basis->count > 0)
        memcpy(basis, j->basis->cases, j->basis->count * sizeof *basis);
    if (fine) {
        qsort((void *)cases, count, sizeof *cases, by_id);
        qsort(basis, j->basis->count, sizeof *basis, by_basis_id);
        fine = cases_speak_for(j, cases, basis);
    }
    free((void *)cases);
    free(basis);
    return fine;
}

bool report_claim_holds(const report *r, report_claim claim, const report_claim_basis *basis, char *why,
                        size_t why_size) {
    const judge j = {r, claim, basis, why, why_size};
    return claim == REPORT_CLAIM_NONE || (run_is_whole(&j) && sort_and_judge(&j));
}

/* ------------------------------------------------------------------ in words */

/* "1409 OK, 3 INFORMATIONAL": what was judged. */
static void count_verdicts(const report *r, char *text, size_t size) {
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < REPORT_VERDICT_COUNT && used < size; i++)
        if (i != REPORT_SKIPPED && r->summary[i] > 0)
            used += (size_t)snprintf(text + used, size - used, "%s%zu %s", used ? ", " : "", r->summary[i],
                                     report_verdict_name((report_verdict)i));
}

void report_claim_sentence(const report *r, report_claim claim, char *text, size_t size) {
    const char *name = r->target_url ? r->target_url : r->target_agent ? r->target_agent : "without a name";
    const char *role = r->target_role ? r->target_role : "endpoint";
    const char *version = r->tool_version ? r->tool_version : "(unknown)";
    const char *profile = report_option_text(r, "profile");
    size_t played = r->case_count - r->summary[REPORT_SKIPPED];
    char verdicts[200], skipped[120] = "";
    count_verdicts(r, verdicts, sizeof verdicts);
    if (r->summary[REPORT_SKIPPED] > 0)
        snprintf(skipped, sizeof skipped, "; %zu were not played, for want of a capability",
                 r->summary[REPORT_SKIPPED]);
    if (claim == REPORT_CLAIM_NONE)
        snprintf(text, size, "no claim of conformance: wspect %s saw the %s %s so in %zu cases: %s", version,
                 role, name, played, verdicts);
    else
        snprintf(text, size,
                 "claim \"%s\": of the %zu cases of profile %s that wspect %s played, the %s %s failed none: "
                 "%s%s",
                 report_claim_names[claim], played, profile ? profile : "unknown", version, role, name,
                 verdicts, skipped);
}
