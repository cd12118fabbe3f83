/* GitHub-flavoured Markdown for the summary of a CI job: counts, then every case that is not OK. */
#include "reports/render.h"

#include <inttypes.h>
#include <string.h>

/* A job summary may hold 1 MiB; a person reads less. CASES_MAX is per verdict. */
enum { CASES_MAX = 100, TEXT_MAX = 400 };

/* A backslash takes the meaning from any ASCII punctuation, inside HTML elements too. */
static void put_with_escapes(FILE *out, uint32_t point, const char *escaped) {
    if (point == '\n' || point == '\r' || point == '\t')
        putc(' ', out);
    else if (point == '<')
        fputs("&lt;", out);
    else if (point == '>')
        fputs("&gt;", out);
    else if (point == '&')
        fputs("&amp;", out);
    else if (point > 0 && point < 0x80 && strchr(escaped, (int)point))
        fprintf(out, "\\%c", (int)point);
    else
        report_put_utf8(out, report_visible(point));
}

static void put_markdown(FILE *out, uint32_t point) {
    put_with_escapes(out, point, "\\`*_[]#|~$");
}

static void put_unlinked(FILE *out, uint32_t point) {
    put_with_escapes(out, point, "\\`*_[]#|~$.:@");
}

/* Whether GitHub would make a link of it without being asked. */
static bool becomes_link(const char *text) {
    return text && (strstr(text, "://") || strstr(text, "www.") || strchr(text, '@'));
}

void report_put_markdown(FILE *out, const char *text) {
    report_octets whole = report_octets_of(text);
    report_octets shown = report_text_cut(whole, TEXT_MAX);
    report_text_each(out, shown, becomes_link(text) ? put_unlinked : put_markdown);
    if (shown.size < whole.size)
        fputs("\xe2\x80\xa6", out);
}

static void put_heading(FILE *out, const report *r) {
    char sentence[400];
    report_describe_result(r, sentence, sizeof sentence);
    const char *target = r->target_url ? r->target_url : r->target_agent;
    fputs("## WebSocket conformance", out);
    if (target)
        fputs(": ", out);
    report_put_markdown(out, target);
    fputs("\n\n**", out);
    report_put_markdown(out, sentence);
    fputs("**\n\nTested with wspect ", out);
    report_put_markdown(out, r->tool_version);
    fprintf(out, " in %.1f s.", (double)r->duration_us / 1e6);
    if (r->target_process && r->target_process->deaths > 0)
        fprintf(out, " The server died %" PRIu64 " time%s.", r->target_process->deaths,
                r->target_process->deaths == 1 ? "" : "s");
    fputs("\n\n", out);
}

static void put_counts(FILE *out, const report *r) {
    fputs("| Verdict | Cases |\n| --- | ---: |\n", out);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        fprintf(out, "| %s | %zu |\n", report_verdict_name((report_verdict)i), r->summary[i]);
    fprintf(out, "| **all** | **%zu** |\n", r->case_count);
}

static void put_requirements(FILE *out, const report_case *c) {
    for (size_t i = 0; i < c->requirement_count; i++) {
        fputs(i ? ", " : " (", out);
        report_put_markdown(out, c->requirements[i]);
    }
    fputs(c->requirement_count ? ")" : "", out);
}

static void put_case(FILE *out, const report_case *c) {
    fputs("- <code>", out);
    report_put_markdown(out, c->id);
    fputs("</code> ", out);
    report_put_markdown(out, c->title);
    put_requirements(out, c);
    fputs(c->flaky ? " **flaky**" : "", out);
    if (c->reason) {
        fputs("<br>", out);
        report_put_markdown(out, c->reason);
    }
    putc('\n', out);
}

static bool is_wanted(const report_case *c, report_verdict verdict) {
    return c->verdict == verdict && (verdict != REPORT_OK || c->flaky);
}

static size_t wanted_count(const report *r, report_verdict verdict) {
    size_t count = 0;
    for (size_t i = 0; i < r->case_count; i++)
        count += is_wanted(r->cases[i], verdict);
    return count;
}

static void put_verdict(FILE *out, const report *r, report_verdict verdict) {
    size_t wanted = wanted_count(r, verdict), shown = 0;
    if (!wanted)
        return;
    fprintf(out, "\n### %s (%zu%s)\n\n", report_verdict_name(verdict), wanted,
            verdict == REPORT_OK ? " flaky" : "");
    for (size_t i = 0; i < r->case_count && shown < CASES_MAX; i++)
        if (is_wanted(r->cases[i], verdict)) {
            put_case(out, r->cases[i]);
            shown++;
        }
    if (shown < wanted)
        fprintf(out, "- and %zu more\n", wanted - shown);
}

static void put_limits(FILE *out, const report *r) {
    report_groups limits;
    if (report_limits_init(&limits, r) != 0)
        return;
    if (limits.count > 0)
        fputs("\n### Limits and hardening, as seen\n\n| Limit | Seen |\n| --- | --- |\n", out);
    for (size_t i = 0; i < limits.count; i++) {
        char text[1000];
        report_describe_limit(&limits.items[i], text, sizeof text);
        fputs("| ", out);
        report_put_markdown(out, limits.items[i].name);
        fputs(" | ", out);
        report_put_markdown(out, text);
        fputs(" |\n", out);
    }
    report_groups_clear(&limits);
}

int report_write_markdown(const report *r, FILE *out) {
    put_heading(out, r);
    put_counts(out, r);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        put_verdict(out, r, report_urgency[i]);
    put_limits(out, r);
    return report_stream_end(out);
}
