/* The pages in a folder of Autobahn's form: index.html, with its classes for cells, which scripts count
 * (`case_failed` stands twice on a page without failures: in the style and in the legend), and a page for
 * each case. */
#include "reports/page.h"
#include "reports/report_autobahn.h"

#include <stdlib.h>
#include <string.h>

enum { HTTP_SHOWN = 4000, ENTRY_MAX = 400 };

typedef struct cell {
    const char *word, *class;
} cell;

static const cell verdict_cells[REPORT_VERDICT_COUNT] = {
    [REPORT_OK] = {"Pass", "case_ok"},
    [REPORT_NON_STRICT] = {"Non-Strict", "case_non_strict"},
    [REPORT_INFORMATIONAL] = {"Info", "case_info"},
    [REPORT_UNIMPLEMENTED] = {"Unimplemented", "case_unimplemented"},
    [REPORT_FAILED] = {"Fail", "case_failed"},
    [REPORT_SKIPPED] = {"Missing", "case_missing"},
    [REPORT_INCONCLUSIVE] = {"Missing", "case_missing"},
};

/* A word of NULL: the close code stands there. */
static const cell close_cells[REPORT_CLOSE_COUNT] = {
    [REPORT_CLOSE_OK] = {NULL, "case_ok"},
    [REPORT_CLOSE_FAILED] = {"Fail", "case_failed"},
    [REPORT_CLOSE_WRONG_CODE] = {NULL, "case_non_strict"},
    [REPORT_CLOSE_UNCLEAN] = {"Unclean", "case_failed"},
    [REPORT_CLOSE_FAILED_BY_CLIENT] = {NULL, "case_almost"},
    [REPORT_CLOSE_INFORMATIONAL] = {NULL, "case_info"},
};

static const char style[] = ".cases td{text-align:center}\n.cases td:first-child{text-align:left}\n"
                            ".case_ok{background:var(--ok-bg)}\n"
                            ".case_non_strict,.case_almost{background:var(--odd-bg)}\n"
                            ".case_failed{background:var(--bad-bg);font-weight:600}\n"
                            ".case_info{background:var(--info-bg)}\n"
                            ".case_unimplemented,.case_missing{color:var(--soft)}\n"
                            "td code{white-space:pre-wrap;overflow-wrap:anywhere}\n"
                            "td:first-child{white-space:nowrap}\n.cases td:first-child{white-space:normal}\n";

/* ------------------------------------------------------------------ index.html */

/* 1.2.10 after 1.2.9. */
static int compare_ids(const void *a, const void *b) {
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    while (*left && *right) {
        char *left_end, *right_end;
        long l = strtol(left, &left_end, 10), r = strtol(right, &right_end, 10);
        if (l != r || left == left_end || right == right_end)
            return l < r ? -1 : l > r ? 1 : strcmp(left, right);
        left = left_end + (*left_end == '.');
        right = right_end + (*right_end == '.');
    }
    return (*left != '\0') - (*right != '\0');
}

/* The ids of all reports, in order, each once; NULL when out of memory. */
static const char **all_ids(const report *first, size_t *count) {
    size_t most = 0, kept = 0;
    for (const report *r = first; r; r = r->next)
        most += r->case_count;
    const char **ids = calloc(most + 1, sizeof *ids);
    if (!ids)
        return NULL;
    for (const report *r = first; r; r = r->next)
        for (size_t i = 0; i < r->case_count; i++)
            if (autobahn_has(r->cases[i]))
                ids[kept++] = r->cases[i]->autobahn;
    qsort(ids, kept, sizeof *ids, compare_ids);
    *count = 0;
    for (size_t i = 0; i < kept; i++)
        if (*count == 0 || strcmp(ids[*count - 1], ids[i]) != 0)
            ids[(*count)++] = ids[i];
    return ids;
}

static const report_case *find(const report *r, const char *id) {
    for (size_t i = 0; i < r->case_count; i++)
        if (autobahn_has(r->cases[i]) && strcmp(r->cases[i]->autobahn, id) == 0)
            return r->cases[i];
    return NULL;
}

static void put_cells(FILE *out, const report *r, const report_case *c) {
    char name[AUTOBAHN_NAME_MAX];
    if (!c) {
        fputs("<td class=\"case_missing\" colspan=\"2\">Missing</td>", out);
        return;
    }
    cell verdict = verdict_cells[c->verdict], closed = close_cells[autobahn_close(c)];
    autobahn_file_name(r, c, "html", name);
    fprintf(out, "<td class=\"%s\"><a href=\"%s\">%s</a><br>%lld ms</td><td class=\"%s\">", verdict.class,
            name, verdict.word, (long long)(c->duration_us / 1000), closed.class);
    if (closed.word)
        fputs(closed.word, out);
    else if (c->close.has_code)
        fprintf(out, "%u", (unsigned)c->close.code);
    else
        fputs("None", out);
    fputs("</td>", out);
}

static void put_legend(FILE *out) {
    static const report_verdict shown[] = {
        REPORT_OK,     REPORT_NON_STRICT, REPORT_FAILED, REPORT_INFORMATIONAL, REPORT_UNIMPLEMENTED,
        REPORT_SKIPPED};
    fputs("<table class=\"legend\"><tbody><tr>", out);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        fprintf(out, "<td class=\"%s\">%s</td>", verdict_cells[shown[i]].class, verdict_cells[shown[i]].word);
    fputs("</tr></tbody></table>\n<p>Left: the verdict of the case. Right: the code of the peer&#39;s Close "
          "frame, or what "
          "was wrong about the closing handshake.</p>\n",
          out);
}

static void put_result(FILE *out, const report *r) {
    size_t counts[REPORT_VERDICT_COUNT] = {0}, played = 0;
    for (size_t i = 0; i < r->case_count; i++)
        if (autobahn_has(r->cases[i])) {
            counts[r->cases[i]->verdict]++;
            played++;
        }
    fputs("<li><strong>", out);
    page_text(out, autobahn_agent(r));
    fprintf(out, "</strong>: %zu case%s", played, played == 1 ? "" : "s");
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        if (counts[i] > 0)
            fprintf(out, ", %zu %s", counts[i], verdict_cells[i].word);
    fputs("</li>\n", out);
}

static void put_row(FILE *out, const report *first, const char *id) {
    const report_case *described = NULL;
    for (const report *r = first; r && !described; r = r->next)
        described = find(r, id);
    fputs("<tr><td>", out);
    page_text(out, id);
    fputs(" ", out);
    page_text(out, described && described->title ? described->title : "");
    fputs("</td>", out);
    for (const report *r = first; r; r = r->next)
        put_cells(out, r, find(r, id));
    fputs("</tr>\n", out);
}

int autobahn_write_index(const report *first, FILE *out) {
    size_t count;
    const char **ids = all_ids(first, &count);
    if (!ids)
        return -1;
    page_begin_styled(out, "All cases", NULL, style);
    fputs("<h1>Conformance of WebSocket endpoints</h1>\n<ul>\n", out);
    for (const report *r = first; r; r = r->next)
        put_result(out, r);
    fputs("</ul>\n", out);
    put_legend(out);
    fputs("<table class=\"cases\"><thead><tr><th scope=\"col\">Case</th>", out);
    for (const report *r = first; r; r = r->next) {
        fputs("<th scope=\"col\" colspan=\"2\">", out);
        page_text(out, autobahn_agent(r));
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < count; i++)
        put_row(out, first, ids[i]);
    fputs("</tbody></table>\n", out);
    page_end(out);
    free((void *)ids);
    return report_stream_end(out);
}

/* ------------------------------------------------------------------ the page of a case */

static void put_item(FILE *out, const char *name, const char *text) {
    fprintf(out, "<dt>%s</dt><dd>", name);
    page_text(out, text ? text : "");
    fputs("</dd>\n", out);
}

static void put_closing(FILE *out, const report_case *c) {
    static const char *const closers[] = {"nobody", "the peer", "the tester"};
    char code[16] = "None";
    if (c->close.has_code)
        snprintf(code, sizeof code, "%u", (unsigned)c->close.code);
    put_item(out, "Closing handshake", report_close_verdict_name(autobahn_close(c)));
    put_item(out, "Code of the peer's Close", code);
    put_item(out, "First Close sent by", closers[c->close.by]);
    put_item(out, "Clean", c->close.clean ? "yes" : "no");
}

static void put_entry(FILE *out, const report_entry *e) {
    char text[ENTRY_MAX];
    report_describe_entry(e, text, sizeof text);
    fprintf(out, "<tr class=\"%s\"><td>%.3f ms</td><td>%s</td><td>",
            e->kind == REPORT_ENTRY_EVENT ? "e"
            : e->out                      ? "o"
                                          : "i",
            (double)e->time_us / 1e3,
            e->kind == REPORT_ENTRY_EVENT ? ""
            : e->out                      ? "sent"
                                          : "received");
    page_text(out, text);
    fputs("</td><td><code>", out);
    if (e->kind == REPORT_ENTRY_HTTP)
        page_cut(out, e->bytes, HTTP_SHOWN, page_line_octet);
    else
        page_hex(out, e->bytes, 64);
    fputs("</code></td></tr>\n", out);
}

int autobahn_write_case(const report *r, FILE *out) {
    const report_case *c = r->cases[0];
    page_begin_styled(out, "Case ", c->autobahn, style);
    fputs("<p><a href=\"index.html\">All cases</a></p>\n<h1>Case ", out);
    page_text(out, c->autobahn);
    fputs("</h1>\n<dl>\n", out);
    put_item(out, "Agent", autobahn_agent(r));
    put_item(out, "Verdict", verdict_cells[c->verdict].word);
    put_item(out, "Description", c->title);
    put_item(out, "Expectation", c->why);
    put_item(out, "Outcome", c->reason ? c->reason : "What came is what the case accepts.");
    put_closing(out, c);
    fputs("<dt>Time</dt><dd>", out);
    page_duration(out, c->duration_us);
    fputs("</dd>\n</dl>\n<h2>Wire log</h2>\n<table><thead><tr><th scope=\"col\">Time</th><th "
          "scope=\"col\">Direction</th>"
          "<th scope=\"col\">What</th><th scope=\"col\">Octets</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < c->transcript_count; i++)
        put_entry(out, &c->transcript[i]);
    fputs("</tbody></table>\n", out);
    page_end(out);
    return report_stream_end(out);
}
