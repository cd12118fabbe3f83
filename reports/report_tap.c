/* TAP version 14: a line per case; what is not OK carries a YAML block that says why. */
#include "reports/render.h"

#include <inttypes.h>

/* Descriptions end at an unescaped "#" or at the line break. */
static void put_description(FILE *out, uint32_t point) {
    if (point == '#' || point == '\\')
        putc('\\', out);
    report_put_utf8(out, report_visible(point));
}

/* Inside a double-quoted YAML scalar, whose escapes are those of JSON as long as nothing lies above U+FFFF.
 */
static void put_quoted(FILE *out, uint32_t point) {
    if (point == '"' || point == '\\')
        fprintf(out, "\\%c", (int)point);
    else if (point == '\n')
        fputs("\\n", out);
    else if (point < 0x20 || point == 0x7f)
        fprintf(out, "\\u%04" PRIx32, point);
    else
        report_put_utf8(out, report_visible(point));
}

static void put_text(FILE *out, const char *text, report_put put) {
    report_text_each(out, report_octets_of(text), put);
}

static void put_scalar(FILE *out, const char *name, const char *value) {
    if (!value || !*value)
        return;
    fprintf(out, "  %s: \"", name);
    put_text(out, value, put_quoted);
    fputs("\"\n", out);
}

static void put_requirements(FILE *out, const report_case *c) {
    if (!c->requirement_count)
        return;
    fputs("  requirements:\n", out);
    for (size_t i = 0; i < c->requirement_count; i++) {
        fputs("    - \"", out);
        put_text(out, c->requirements[i], put_quoted);
        fputs("\"\n", out);
    }
}

static void put_diagnostics(FILE *out, const report_case *c) {
    fputs("  ---\n", out);
    put_scalar(out, "message", c->reason);
    put_scalar(out, "verdict", report_verdict_name(c->verdict));
    put_scalar(out, "closing", report_close_verdict_name(c->verdict_close));
    put_scalar(out, "title", c->title);
    put_scalar(out, "level", c->level);
    put_scalar(out, "autobahn", c->autobahn);
    put_requirements(out, c);
    fprintf(out, "  duration_ms: %.3f\n", (double)c->duration_us / 1000);
    if (c->flaky)
        fputs("  flaky: true\n", out);
    fputs("  ...\n", out);
}

static bool passes(const report_case *c) {
    return c->verdict != REPORT_FAILED && c->verdict != REPORT_INCONCLUSIVE;
}

static void put_case(FILE *out, const report_case *c, size_t number) {
    fprintf(out, "%s %zu - ", passes(c) ? "ok" : "not ok", number);
    put_text(out, c->id, put_description);
    if (c->verdict == REPORT_SKIPPED) {
        fputs(" # SKIP ", out);
        put_text(out, c->reason, put_description);
    }
    putc('\n', out);
    if (c->verdict != REPORT_SKIPPED && (c->verdict != REPORT_OK || c->flaky))
        put_diagnostics(out, c);
}

int report_write_tap(const report *r, FILE *out) {
    fprintf(out, "TAP version 14\n1..%zu%s\n", r->case_count, r->case_count ? "" : " # SKIP no case was run");
    for (size_t i = 0; i < r->case_count; i++)
        put_case(out, r->cases[i], i + 1);
    if (r->interrupted)
        fputs("Bail out! The run was stopped before all cases were done.\n", out);
    return report_stream_end(out);
}
