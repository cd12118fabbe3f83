/* JUnit XML as Jenkins, GitLab and GitHub actions read it: a suite per group, FAILED as failure, INCONCLUSIVE
 * as error, SKIPPED as skipped; every other verdict passes and is named in system-out. */
#include "reports/render.h"

#include <inttypes.h>

/* XML 1.0 2.2: what no document may hold, not even as a reference. */
static bool is_xml(uint32_t point) {
    return point == '\t' || point == '\n' || point == '\r' ||
           (point >= 0x20 && point != 0xfffe && point != 0xffff);
}

/* Right in attributes and in text alike: white space that a parser would normalise is written as a reference.
 */
static void put_xml(FILE *out, uint32_t point) {
    if (!is_xml(point))
        report_put_utf8(out, REPORT_REPLACEMENT);
    else if (point == '&' || point == '<' || point == '>' || point == '"' || point == '\'' || point < 0x20 ||
             (point >= 0x7f && point < 0xa0))
        fprintf(out, "&#%" PRIu32 ";", point);
    else
        report_put_utf8(out, point);
}

static void put_text(FILE *out, const char *text) {
    report_text_each(out, report_octets_of(text), put_xml);
}

static void put_attribute(FILE *out, const char *name, const char *value) {
    fprintf(out, " %s=\"", name);
    put_text(out, value);
    putc('"', out);
}

static void put_seconds(FILE *out, int64_t duration_us) {
    int64_t shown = duration_us > 0 ? duration_us : 0;
    fprintf(out, " time=\"%" PRId64 ".%06" PRId64 "\"", shown / 1000000, shown % 1000000);
}

static void put_line(FILE *out, const char *name, const char *value) {
    if (!value || !*value)
        return;
    fprintf(out, "%s: ", name);
    put_text(out, value);
    putc('\n', out);
}

static void put_facts(FILE *out, const report_case *c) {
    put_line(out, "verdict", report_verdict_name(c->verdict));
    put_line(out, "closing handshake", report_close_verdict_name(c->verdict_close));
    put_line(out, "title", c->title);
    put_line(out, "reason", c->reason);
    put_line(out, "level", c->level);
    put_line(out, "autobahn", c->autobahn);
    for (size_t i = 0; i < c->requirement_count; i++)
        put_line(out, "requirement", c->requirements[i]);
    if (c->flaky)
        put_line(out, "flaky", "two runs of this case differed");
}

static void put_outcome(FILE *out, const report_case *c) {
    const char *element = c->verdict == REPORT_FAILED         ? "failure"
                          : c->verdict == REPORT_INCONCLUSIVE ? "error"
                          : c->verdict == REPORT_SKIPPED      ? "skipped"
                                                              : NULL;
    if (!element)
        return;
    fprintf(out, "      <%s", element);
    put_attribute(out, "message", c->reason ? c->reason : report_verdict_name(c->verdict));
    /* The schemas of JUnit allow neither a type nor text in "skipped". */
    if (c->verdict == REPORT_SKIPPED) {
        fputs("/>\n", out);
        return;
    }
    put_attribute(out, "type", report_verdict_name(c->verdict));
    putc('>', out);
    put_text(out, c->reason);
    fprintf(out, "</%s>\n", element);
}

static void put_case(FILE *out, const report_group *group, const report_case *c) {
    fputs("    <testcase", out);
    put_attribute(out, "classname", *group->name ? group->name : "wspect");
    put_attribute(out, "name", c->id);
    put_seconds(out, c->duration_us);
    fputs(">\n", out);
    put_outcome(out, c);
    fputs("      <system-out>", out);
    put_facts(out, c);
    fputs("</system-out>\n    </testcase>\n", out);
}

static void put_group(FILE *out, const report *r, const report_group *group) {
    char started[32];
    report_format_time(r->started_us, false, started, sizeof started);
    fputs("  <testsuite", out);
    put_attribute(out, "name", *group->name ? group->name : "wspect");
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" timestamp=\"%s\"",
            group->count, group->counts[REPORT_FAILED], group->counts[REPORT_INCONCLUSIVE],
            group->counts[REPORT_SKIPPED], started);
    put_seconds(out, group->duration_us);
    fputs(">\n", out);
    for (size_t i = 0; i < group->count; i++)
        put_case(out, group, group->cases[i]);
    fputs("  </testsuite>\n", out);
}

int report_write_junit(const report *r, FILE *out) {
    report_groups groups;
    if (report_groups_init(&groups, r) != 0)
        return -1;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"wspect\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
            r->case_count, r->summary[REPORT_FAILED], r->summary[REPORT_INCONCLUSIVE]);
    put_seconds(out, r->duration_us);
    fputs(">\n", out);
    for (size_t i = 0; i < groups.count; i++)
        put_group(out, r, &groups.items[i]);
    fputs("</testsuites>\n", out);
    report_groups_clear(&groups);
    return report_stream_end(out);
}
