/* Several reports side by side: the cases as rows, the reports as columns.
 *
 *     report_comparison comparison;
 *     if (report_compare(&comparison, first) == 0) {
 *         ...comparison.rows[0].change...
 *         report_comparison_clear(&comparison);
 *     } */
#ifndef REPORTS_COMPARE_H
#define REPORTS_COMPARE_H

#include "reports/report.h"

typedef enum report_change {
    REPORT_SAME,
    REPORT_FIXED,  /* two runs of one target: the second is better */
    REPORT_BROKEN, /* the second is worse */
    REPORT_CHANGED /* any other difference */
} report_change;

typedef struct report_comparison_row {
    const char *id, *title, *group;
    const report_case *const *cases; /* by report; NULL: it does not have the case */
    report_change change;
    size_t first; /* place among all rows before they were sorted */
} report_comparison_row;

typedef struct report_comparison {
    const report **reports;
    size_t report_count;
    bool two_runs; /* of one target: rows can be fixed or broken */
    report_comparison_row
        *rows; /* those that differ first, broken ones at the top; else by first appearance */
    size_t row_count, differing;
    const report_case **cells;
} report_comparison;

/* Of a list (report.next), from which it borrows. 0, or -1 when out of memory; then there is nothing to
 * clear. */
int report_compare(report_comparison *comparison, const report *first);
void report_comparison_clear(report_comparison *comparison);
/* "same", "fixed", "broken", "changed" */
const char *report_change_name(report_change change);
/* What to call a report in the heading of its column: its agent, or its URL. Text of any origin. */
const char *report_column_name(const report *r);

/* The reports of a list (report.next) compared. 0, or -1 when the stream has an error or memory ran out. */
int report_write_compared_markdown(const report *first, FILE *out);
int report_write_compared_html(const report *first, FILE *out);

#endif
