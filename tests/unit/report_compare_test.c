/* Reports side by side: rows, order, what changed, and that no text of a peer becomes markup. */
#include "reports/compare.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static report *report_for(const char *agent, const char *url) {
    report *r = report_new();
    r->target_agent = agent;
    r->target_url = url;
    return r;
}

static void add(report *r, const char *id, report_verdict verdict, const char *reason) {
    report_case *c = report_add_case(r);
    c->id = id;
    c->verdict = verdict;
    c->reason = reason;
    report_finish(r);
}

static char *text_of(report_writer writer, const report *r) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(writer(r, out), 0);
    fclose(out);
    return text;
}

static void check_rows(const report *first, const char *const *rows, size_t count) {
    report_comparison comparison;
    cr_assert_eq(report_compare(&comparison, first), 0);
    cr_assert_eq(comparison.row_count, count);
    for (size_t i = 0; i < count; i++) {
        char text[100];
        snprintf(text, sizeof text, "%s %s", comparison.rows[i].id,
                 report_change_name(comparison.rows[i].change));
        cr_expect_str_eq(text, rows[i]);
    }
    report_comparison_clear(&comparison);
}

Test(compare, two_runs_of_one_target_tell_what_was_fixed_and_broken) {
    report *before = report_for("a", NULL), *after = report_for("a", NULL);
    before->next = after;
    add(before, "same", REPORT_OK, NULL);
    add(before, "fixed", REPORT_FAILED, "x");
    add(before, "broken", REPORT_OK, NULL);
    add(before, "gone", REPORT_OK, NULL);
    add(before, "skipped", REPORT_SKIPPED, "x");
    add(after, "skipped", REPORT_OK, NULL);
    add(after, "broken", REPORT_NON_STRICT, "x");
    add(after, "fixed", REPORT_INFORMATIONAL, "x");
    add(after, "same", REPORT_OK, NULL);
    add(after, "new", REPORT_FAILED, "x");
    static const char *const rows[] = {"broken broken", "gone changed", "skipped changed",
                                       "new changed",   "fixed fixed",  "same same"};
    check_rows(before, rows, 6);
    report_free(before);
}

Test(compare, of_different_targets_none_is_fixed) {
    report *one = report_for("a", NULL), *other = report_for("b", NULL), *third = report_for(NULL, "ws://c");
    one->next = other;
    other->next = third;
    add(one, "x", REPORT_OK, NULL);
    add(other, "x", REPORT_OK, NULL);
    add(third, "x", REPORT_OK, NULL);
    add(one, "y", REPORT_OK, NULL);
    add(other, "y", REPORT_FAILED, "why");
    static const char *const rows[] = {"y changed", "x same"};
    check_rows(one, rows, 2);
    report_comparison comparison;
    cr_assert_eq(report_compare(&comparison, one), 0);
    cr_expect_eq(comparison.report_count, 3);
    cr_expect_eq(comparison.differing, 1);
    cr_expect_null(comparison.rows[0].cases[2]);
    cr_expect_str_eq(comparison.rows[0].cases[1]->reason, "why");
    cr_expect_str_eq(report_column_name(comparison.reports[2]), "ws://c");
    report_comparison_clear(&comparison);
    char *page = text_of(report_write_compared_html, one),
         *markdown = text_of(report_write_compared_markdown, one);
    cr_expect_not_null(strstr(page, "1 of 2 cases differ"));
    cr_expect_not_null(strstr(page, "<td class=\"failed\" title=\"why\">FAILED"));
    cr_expect_null(strstr(page, "<th>Change"));
    cr_expect_not_null(strstr(markdown, "| y | OK | FAILED | - |"));
    free(page);
    free(markdown);
    report_free(one);
}

Test(compare, text_of_a_peer_is_no_markup) {
    static const char hostile[] = "<script>alert(1)</script>\"'|`\r\n\x1b[31m\xff";
    report *one = report_for(hostile, hostile), *other = report_for(hostile, hostile);
    one->next = other;
    add(one, hostile, REPORT_OK, NULL);
    add(other, hostile, REPORT_FAILED, hostile);
    char *page = text_of(report_write_compared_html, one),
         *markdown = text_of(report_write_compared_markdown, one);
    cr_expect_null(strstr(page, "<script"));
    cr_expect_null(strstr(markdown, "<script"));
    cr_expect_null(strchr(page, '\x1b'));
    cr_expect_null(strchr(markdown, '\x1b'));
    free(page);
    free(markdown);
    report_free(one);
}

Test(compare, without_cases_there_is_nothing_to_tell) {
    report *one = report_for("a", NULL), *other = report_for("a", NULL);
    one->next = other;
    check_rows(one, NULL, 0);
    char *markdown = text_of(report_write_compared_markdown, one);
    cr_expect_not_null(strstr(markdown, "0 of 0 cases differ"));
    free(markdown);
    report_free(one);
}
