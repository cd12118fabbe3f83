#include "reports/compare.h"
#include "reports/page.h"

#include <stdlib.h>
#include <string.h>

const char *report_change_name(report_change change) {
    static const char *const names[] = {"same", "fixed", "broken", "changed"};
    return names[change];
}

const char *report_column_name(const report *r) {
    const char *name = r->target_agent ? r->target_agent : r->target_url;
    return name ? name : "unknown";
}

/* ------------------------------------------------------------------ rows */

/* A case of a report, to be sorted by id. */
typedef struct placed {
    const report_case *item;
    size_t report, order; /* among all cases of all reports */
} placed;

static int by_id(const void *a, const void *b) {
    const placed *left = a, *right = b;
    int order = strcmp(left->item->id, right->item->id);
    return order ? order : (left->order > right->order) - (left->order < right->order);
}

static int badness(const report_case *c) {
    static const int order[REPORT_VERDICT_COUNT] = {
        [REPORT_OK] = 1,     [REPORT_INFORMATIONAL] = 2, [REPORT_NON_STRICT] = 3,  [REPORT_UNIMPLEMENTED] = 4,
        [REPORT_FAILED] = 5, [REPORT_SKIPPED] = 0,       [REPORT_INCONCLUSIVE] = 0};
    return c ? order[c->verdict] : 0;
}

/* Whether two cells say the same; a case that was not judged says nothing. */
static bool same_verdict(const report_case *a, const report_case *b) {
    return a && b ? a->verdict == b->verdict : a == b;
}

static report_change change_of(const report_comparison *comparison, const report_comparison_row *row) {
    size_t count = comparison->report_count;
    const report_case *first = row->cases[0], *last = row->cases[count - 1];
    bool same = true;
    for (size_t i = 1; i < count; i++)
        same = same && same_verdict(row->cases[i], first);
    if (same)
        return REPORT_SAME;
    if (!comparison->two_runs || badness(first) == 0 || badness(last) == 0)
        return REPORT_CHANGED;
    return badness(last) < badness(first) ? REPORT_FIXED : REPORT_BROKEN;
}

static int by_interest(const void *a, const void *b) {
    static const int interest[] = {
        [REPORT_SAME] = 3, [REPORT_FIXED] = 2, [REPORT_BROKEN] = 0, [REPORT_CHANGED] = 1};
    const report_comparison_row *left = a, *right = b;
    int order = interest[left->change] - interest[right->change];
    return order ? order : (left->first > right->first) - (left->first < right->first);
}

/* One row for each id among the sorted cases. */
static void fill_rows(report_comparison *comparison, const placed *all, size_t count) {
    size_t columns = comparison->report_count;
    for (size_t i = 0; i < count; i++) {
        bool begins = i == 0 || strcmp(all[i].item->id, all[i - 1].item->id) != 0;
        if (begins) {
            report_comparison_row *row = &comparison->rows[comparison->row_count];
            *row = (report_comparison_row){.id = all[i].item->id,
                                           .title = all[i].item->title,
                                           .group = all[i].item->group,
                                           .cases = comparison->cells + columns * comparison->row_count,
                                           .first = all[i].order};
            comparison->row_count++;
        }
        comparison->cells[columns * (comparison->row_count - 1) + all[i].report] = all[i].item;
    }
}

int report_compare(report_comparison *comparison, const report *first) {
    size_t cases = 0, count = 0;
    for (const report *r = first; r; r = r->next, count++)
        cases += r->case_count;
    placed *all = calloc(cases + 1, sizeof *all);
    *comparison = (report_comparison){.reports = calloc(count + 1, sizeof(report *)),
                                      .report_count = count,
                                      .rows = calloc(cases + 1, sizeof *comparison->rows),
                                      .cells = calloc(cases * count + 1, sizeof *comparison->cells)};
    if (!all || !comparison->reports || !comparison->rows || !comparison->cells) {
        free(all);
        report_comparison_clear(comparison);
        return -1;
    }
    for (size_t i = 0; i < count; i++, first = first->next)
        comparison->reports[i] = first;
    comparison->two_runs = count == 2 && strcmp(report_column_name(comparison->reports[0]),
                                                report_column_name(comparison->reports[1])) == 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < comparison->reports[i]->case_count; k++, used++)
            all[used] = (placed){comparison->reports[i]->cases[k], i, used};
    qsort(all, used, sizeof *all, by_id);
    fill_rows(comparison, all, used);
    free(all);
    for (size_t i = 0; i < comparison->row_count; i++) {
        comparison->rows[i].change = change_of(comparison, &comparison->rows[i]);
        comparison->differing += comparison->rows[i].change != REPORT_SAME;
    }
    qsort(comparison->rows, comparison->row_count, sizeof *comparison->rows, by_interest);
    return 0;
}

void report_comparison_clear(report_comparison *comparison) {
    free((void *)comparison->reports);
    free(comparison->rows);
    free((void *)comparison->cells);
    *comparison = (report_comparison){0};
}

/* ------------------------------------------------------------------ Markdown */

enum {
    ROWS_MAX = 500,    /* of a table in Markdown; the page has all */
    REASON_MAX = 300,  /* octets of a reason in the page */
    NAME_MAX_SIZE = 60 /* octets of a name at the head of a column */
};

static const char *verdict_of(const report_case *c) {
    return c ? report_verdict_name(c->verdict) : "-";
}

static void put_counts(const report_comparison *comparison, FILE *out) {
    fputs("| | ", out);
    for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
        fprintf(out, "%s | ", report_verdict_name((report_verdict)v));
    fputs("\n| --- |", out);
    for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
        fputs(" ---: |", out);
    for (size_t i = 0; i < comparison->report_count; i++) {
        fputs("\n| ", out);
        report_put_markdown(out, report_column_name(comparison->reports[i]));
        fputs(" |", out);
        for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
            fprintf(out, " %zu |", comparison->reports[i]->summary[v]);
    }
    fputs("\n", out);
}

static int write_markdown(const report_comparison *comparison, FILE *out) {
    bool two = comparison->two_runs;
    fprintf(out, "## WebSocket conformance, compared\n\n%zu of %zu cases differ.\n\n", comparison->differing,
            comparison->row_count);
    put_counts(comparison, out);
    if (comparison->differing == 0)
        return report_stream_end(out);
    fputs("\n| Case | ", out);
    for (size_t i = 0; i < comparison->report_count; i++) {
        report_put_markdown(out, report_column_name(comparison->reports[i]));
        fputs(" | ", out);
    }
    fputs(two ? "Change |\n| --- | " : "\n| --- | ", out);
    for (size_t i = 0; i < comparison->report_count + two; i++)
        fputs("--- | ", out);
    for (size_t i = 0; i < comparison->differing && i < ROWS_MAX; i++) {
        const report_comparison_row *row = &comparison->rows[i];
        fputs("\n| ", out);
        report_put_markdown(out, row->id);
        for (size_t k = 0; k < comparison->report_count; k++)
            fprintf(out, " | %s", verdict_of(row->cases[k]));
        if (two)
            fprintf(out, " | %s", report_change_name(row->change));
        fputs(" |", out);
    }
    if (comparison->differing > ROWS_MAX)
        fprintf(out, "\n\nand %zu more", comparison->differing - ROWS_MAX);
    fputs("\n", out);
    return report_stream_end(out);
}

/* ------------------------------------------------------------------ HTML */

static void put_count(size_t count, report_verdict verdict, FILE *out) {
    if (count > 0)
        fprintf(out, "<td><span class=\"chip %s\">%zu</span>", page_class(verdict), count);
    else
        fputs("<td class=\"n0\">0", out);
}

static void put_columns(const report_comparison *comparison, FILE *out) {
    fputs("<div class=\"wide\"><table class=\"groups\"><thead><tr><th>Tested", out);
    for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
        fprintf(out, "<th>%s", report_verdict_name((report_verdict)v));
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < comparison->report_count; i++) {
        const report *r = comparison->reports[i];
        fprintf(out, "<tr><td>%zu. ", i + 1);
        page_text(out, report_column_name(r));
        for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
            put_count(r->summary[v], (report_verdict)v, out);
        putc('\n', out);
    }
    fputs("</table></div>\n", out);
}

static void put_cell(const report_case *c, FILE *out) {
    if (!c) {
        fputs("<td class=\"n0\">-", out);
        return;
    }
    fprintf(out, "<td class=\"%s\"", page_class(c->verdict));
    if (c->reason) {
        fputs(" title=\"", out);
        page_cut(out, report_octets_of(c->reason), REASON_MAX, page_octet);
        putc('"', out);
    }
    fprintf(out, ">%s", report_verdict_name(c->verdict));
}

static void put_rows(const report_comparison *comparison, size_t from, size_t to, FILE *out) {
    bool two = comparison->two_runs;
    fputs("<div class=\"wide\"><table class=\"matrix\"><thead><tr><th>Case", out);
    for (size_t i = 0; i < comparison->report_count; i++) {
        fputs("<th>", out);
        page_cut(out, report_octets_of(report_column_name(comparison->reports[i])), NAME_MAX_SIZE,
                 page_prose);
    }
    fputs(two ? "<th>Change<tbody>\n" : "<tbody>\n", out);
    for (size_t i = from; i < to; i++) {
        const report_comparison_row *row = &comparison->rows[i];
        fputs("<tr id=\"", out);
        page_anchor(out, row->id);
        fputs("\"><td><code>", out);
        page_text(out, row->id);
        fputs("</code>", out);
        for (size_t k = 0; k < comparison->report_count; k++)
            put_cell(row->cases[k], out);
        if (two)
            fprintf(out, "<td>%s", row->change == REPORT_SAME ? "" : report_change_name(row->change));
        putc('\n', out);
    }
    fputs("</table></div>\n", out);
}

static int write_html(const report_comparison *comparison, FILE *out) {
    char title[64];
    snprintf(title, sizeof title, "%zu of %zu cases differ", comparison->differing, comparison->row_count);
    page_begin(out, "Compared: ", title);
    fprintf(out, "<header><h1>WebSocket conformance, compared</h1>\n<p class=\"target\">%s</p></header>\n",
            title);
    put_columns(comparison, out);
    if (comparison->differing > 0) {
        fputs("<h2>Cases that differ</h2>\n", out);
        put_rows(comparison, 0, comparison->differing, out);
    }
    if (comparison->differing < comparison->row_count) {
        fprintf(out, "<details><summary>%zu cases with one verdict for all</summary>\n",
                comparison->row_count - comparison->differing);
        put_rows(comparison, comparison->differing, comparison->row_count, out);
        fputs("</details>\n", out);
    }
    page_end(out);
    return report_stream_end(out);
}

static int compare_and(int (*write)(const report_comparison *comparison, FILE *out), const report *first,
                       FILE *out) {
    report_comparison comparison;
    if (report_compare(&comparison, first) != 0)
        return -1;
    int result = write(&comparison, out);
    report_comparison_clear(&comparison);
    return result;
}

int report_write_compared_markdown(const report *first, FILE *out) {
    return compare_and(write_markdown, first, out);
}

int report_write_compared_html(const report *first, FILE *out) {
    return compare_and(write_html, first, out);
}
