/* One page that needs nothing but itself: no script, no request. What it shows of the peer's octets is always
 * text that went through put_prose() or put_octet(). */
#include "reports/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- how it looks --- */

static const char *const style[] = {
    ":root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--fg:#1d2125;--soft:#59616b;--line:#dcdfe3;\n",
    "--code:#f1f2f4;--link:#0b57b0;--ok:#0a6337;--ok-bg:#dff2e6;--bad:#9c141b;--bad-bg:#fbe0e0;\n",
    "--warn:#744700;--warn-bg:#faebca;--info:#1c4c8c;--info-bg:#e0ebf9;--odd:#57438a;--odd-bg:#eae5f6;\n",
    "--grey:#50565e;--grey-bg:#e7e9ec;--ink:#8a3200;--ink-bg:#fde5d5}\n",
    "@media screen and (prefers-color-scheme:dark){\n",
    ":root{--bg:#14171a;--card:#1c2024;--fg:#e4e7ea;--soft:#9da6b0;--line:#343a41;--code:#262b30;\n",
    "--link:#8dbdf5;--ok:#8be0ad;--ok-bg:#123621;--bad:#ffaaa8;--bad-bg:#4a1719;--warn:#f1cd7d;\n",
    "--warn-bg:#40300a;--info:#a6cbfa;--info-bg:#172f50;--odd:#cabdf2;--odd-bg:#312752;--grey:#b3bac2;\n",
    "--grey-bg:#2e3338;--ink:#ffbd93;--ink-bg:#4a2408}\n",
    "}\n",
    "*{box-sizing:border-box}\n",
    "html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}\n",
    "body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}\n",
    "main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}\n",
    "a{color:var(--link)}\n",
    "h1{font-size:1rem;font-weight:600;color:var(--soft);margin:0}\n",
    "h2{font-size:1.25rem;margin:2.5rem 0 .75rem}\n",
    "h3{font-size:1.05rem;margin:2rem 0 .5rem}\n",
    "code,.id,.target{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\n",
    "overflow-wrap:anywhere}\n",
    "code{font-size:.85em}\n",
    ".target{font-size:1.5rem;line-height:1.3;margin:.25rem 0 .5rem}\n",
    ".soft{color:var(--soft)}\n",
    "p{margin:.5rem 0}\n",
    ".result{padding:.75rem 1rem;margin:1rem 0;border-radius:.5rem;font-size:1.15rem;font-weight:600}\n",
    ".counts{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:1rem 0}\n",
    ".counts li{padding:.35rem .75rem;border-radius:.5rem;font-size:.85rem}\n",
    ".counts b{font-size:1.15rem;margin-right:.35rem}\n",
    ".counts .zero{color:var(--soft);background:var(--grey-bg)}\n",
    ".chip{display:inline-block;padding:0 .5rem;border-radius:.3rem;font-size:.75rem;font-weight:700;\n",
    "letter-spacing:.02em;white-space:nowrap}\n",
    ".ok{color:var(--ok);background:var(--ok-bg)}\n",
    ".failed{color:var(--bad);background:var(--bad-bg)}\n",
    ".non-strict{color:var(--warn);background:var(--warn-bg)}\n",
    ".informational{color:var(--info);background:var(--info-bg)}\n",
    ".unimplemented{color:var(--odd);background:var(--odd-bg)}\n",
    ".skipped{color:var(--grey);background:var(--grey-bg)}\n",
    ".inconclusive,.flaky{color:var(--ink);background:var(--ink-bg)}\n",
    ".wide{overflow-x:auto}\n",
    "table{border-collapse:collapse;font-size:.875rem;width:100%}\n",
    "th{text-align:left;font-weight:600;color:var(--soft);white-space:nowrap}\n",
    "th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}\n",
    ".groups{background:var(--card)}\n",
    ".groups th+th,.groups td+td{text-align:right}\n",
    ".n0{color:var(--soft)}\n",
    ".first{list-style:none;padding:0}\n",
    ".first li{padding:.4rem 0;border-bottom:1px solid var(--line)}\n",
    ".case{background:var(--card);border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0}\n",
    ".case:target{outline:2px solid var(--link)}\n",
    ".case>summary{padding:.5rem .75rem;cursor:pointer;display:flex;flex-wrap:wrap;gap:.25rem .75rem;\n",
    "align-items:baseline}\n",
    ".case>summary:hover .id{text-decoration:underline}\n",
    ".id{font-size:.875rem}\n",
    ".case>summary::before{content:'\\25b8';color:var(--soft)}\n",
    ".case[open]>summary::before{content:'\\25be'}\n",
    ".grow{flex:1 1 16rem}\n",
    ".case[open]>summary{border-bottom:1px solid var(--line)}\n",
    ".body{padding:.5rem .75rem .75rem}\n",
    ".reason{padding:.4rem .75rem;border-radius:.3rem;white-space:pre-line;overflow-wrap:anywhere}\n",
    ".why{white-space:pre-line;overflow-wrap:anywhere}\n",
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.75rem 0;\n",
    "font-size:.875rem}\n",
    "dt{color:var(--soft)}\n",
    "dd{margin:0;overflow-wrap:anywhere}\n",
    "dd code{background:var(--code);padding:.1rem .3rem;border-radius:.2rem}\n",
    ".log td:nth-child(-n+3){white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}\n",
    ".log td:nth-child(1),.log td:nth-child(3){text-align:right}\n",
    ".log .o td:nth-child(2){color:var(--info)}\n",
    ".log .i td:nth-child(2){color:var(--odd)}\n",
    ".log code{white-space:pre-wrap}\n",
    ".log .e td{color:var(--soft)}\n",
    ".note{display:block;color:var(--bad);font-weight:600}\n",
    ".log .bad td{background:var(--bad-bg)}\n",
    "@media(max-width:44rem){\n",
    "dl{grid-template-columns:1fr;gap:0}\n",
    "dd{margin-bottom:.4rem}\n",
    ".log thead{display:none}\n",
    ".log tr{display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line)}\n",
    ".log td{border:0;padding:.1rem .5rem .1rem 0}\n",
    ".log td:nth-child(4){flex:1 1 60%}\n",
    ".log td:nth-child(n+5){flex:1 1 100%}\n",
    "}\n",
    "@media print{\n",
    "body{background:#fff;font-size:11px}\n",
    "main{max-width:none;padding:0}\n",
    ".case{break-inside:avoid}\n",
    ".case[open]{break-inside:auto}\n",
    "a{color:inherit}\n",
    "}\n",
};

static const char *const verdict_classes[REPORT_VERDICT_COUNT] = {
    [REPORT_OK] = "ok",
    [REPORT_NON_STRICT] = "non-strict",
    [REPORT_INFORMATIONAL] = "informational",
    [REPORT_UNIMPLEMENTED] = "unimplemented",
    [REPORT_FAILED] = "failed",
    [REPORT_SKIPPED] = "skipped",
    [REPORT_INCONCLUSIVE] = "inconclusive",
};

/* What of a page grows with the report. */
enum {
    TEXT_MAX = 4000, /* octets of a sentence of the model */
    REASON_IN_LIST_MAX = 240,
    OCTETS_WHEN_OK = 16, /* shown of a frame or a handshake */
    OCTETS_OTHERWISE = 64,
    HTTP_OCTETS_OTHERWISE = 1024,
    ROWS_WHEN_OK = 16,
    ROWS_MIN = 8, /* of a case that is not OK, however many there are */
    ROWS_MAX = 400,
    NOTES_MAX = 20,          /* rows with a violation that are shown wherever they stand */
    LOGS_SIZE = 1300 * 1000, /* octets that all wire logs should stay under, roughly */
    ROW_SIZE = 500           /* octets of a row, roughly */
};

/* --- text --- */

static void put_escaped(FILE *out, uint32_t point) {
    switch (point) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        report_put_utf8(out, point);
    }
}

/* Sentences keep their line breaks. */
static void put_prose(FILE *out, uint32_t point) {
    put_escaped(out, point == '\n' ? point : report_visible(point));
}

/* Octets show every code point. */
static void put_octet(FILE *out, uint32_t point) {
    put_escaped(out, report_visible(point));
}

/* As put_octet, but lines of a handshake stay lines. */
static void put_line_octet(FILE *out, uint32_t point) {
    put_octet(out, point);
    if (point == '\n')
        putc('\n', out);
}

static void put_cut(FILE *out, report_octets text, size_t max, report_put put) {
    report_octets shown = report_text_cut(text, max);
    report_text_each(out, shown, put);
    if (shown.size < text.size)
        fputs("\xe2\x80\xa6", out);
}

static void put_text(FILE *out, const char *text) {
    put_cut(out, report_octets_of(text), TEXT_MAX, put_prose);
}

/* An id as the value of an attribute and as a fragment: every octet that would need escaping in either
 * becomes
 * "_" and two digits. */
static void put_anchor(FILE *out, const char *id) {
    for (; *id; id++) {
        bool plain = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') || (*id >= '0' && *id <= '9') ||
                     *id == '.' || *id == '-';
        if (plain)
            putc(*id, out);
        else
            fprintf(out, "_%02x", (unsigned char)*id);
    }
}

static void put_hex(FILE *out, report_octets octets, size_t max) {
    for (size_t i = 0; i < octets.size && i < max; i++)
        fprintf(out, "%02x", octets.data[i]);
    if (octets.size > max)
        fputs("\xe2\x80\xa6", out);
}

static void put_duration(FILE *out, int64_t duration_us) {
    if (duration_us < 10000)
        fprintf(out, "%.1f ms", (double)duration_us / 1e3);
    else if (duration_us < 1000000)
        fprintf(out, "%.0f ms", (double)duration_us / 1e3);
    else if (duration_us < 120000000)
        fprintf(out, "%.2f s", (double)duration_us / 1e6);
    else
        fprintf(out, "%.1f min", (double)duration_us / 6e7);
}

static void put_chip(FILE *out, report_verdict verdict) {
    fprintf(out, "<span class=\"chip %s\">%s</span>", verdict_classes[verdict], report_verdict_name(verdict));
}

/* --- first screen --- */

static const char *target_name(const report *r) {
    const char *name = r->target_url ? r->target_url : r->target_agent;
    return name ? name : "unknown peer";
}

static void put_head(FILE *out, const report *r) {
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          /* A second wall behind the escaping: even markup that got through could load and run nothing. */
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
          "style-src 'unsafe-inline';img-src data:\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>",
          out);
    fputs(report_result(r) == REPORT_OK ? "Conformant: " : "", out);
    put_text(out, target_name(r));
    fputs(" \xc2\xb7 WebSocket conformance</title>\n<style>\n", out);
    for (size_t i = 0; i < sizeof style / sizeof *style; i++)
        fputs(style[i], out);
    fputs("</style></head>\n<body><main>\n", out);
}

static void put_option(FILE *out, const report_option *option) {
    fputs(" <code>--", out);
    put_text(out, option->name);
    if (option->value) {
        putc(' ', out);
        put_text(out, option->value);
    }
    fputs("</code>", out);
}

static void put_process(FILE *out, const report_process *process) {
    fputs(" Started as <code>", out);
    for (size_t i = 0; i < process->command_count; i++) {
        fputs(i ? " " : "", out);
        put_text(out, process->command[i]);
    }
    fputs("</code>", out);
    if (process->deaths > 0)
        fprintf(out, "; it died %" PRIu64 " time%s", process->deaths, process->deaths == 1 ? "" : "s");
    if (process->memory_peak_kib > 0)
        fprintf(out, "; memory %.1f MiB at the start, %.1f at most, %.1f at the end",
                (double)process->memory_start_kib / 1024, (double)process->memory_peak_kib / 1024,
                (double)process->memory_end_kib / 1024);
    putc('.', out);
}

static void put_circumstances(FILE *out, const report *r) {
    char started[32];
    report_format_time(r->started_us, false, started, sizeof started);
    fputs("<p class=\"soft\">", out);
    if (r->target_url && r->target_agent) {
        fputs("Says it is ", out);
        put_text(out, r->target_agent);
        fputs(". ", out);
    }
    fputs("Tested", out);
    if (r->target_role) {
        fputs(" as ", out);
        put_text(out, r->target_role);
    }
    fputs(" with wspect ", out);
    put_text(out, r->tool_version);
    fprintf(out, " on <time datetime=\"%sZ\">%.10s at %.5s UTC</time> in ", started, started, started + 11);
    put_duration(out, r->duration_us);
    putc('.', out);
    if (r->target_process)
        put_process(out, r->target_process);
    for (size_t i = 0; i < r->option_count; i++)
        put_option(out, &r->options[i]);
    fputs("</p>\n", out);
    for (size_t i = 0; i < r->fact_count; i++) {
        fputs(i == 0 ? "<p class=\"soft\">The target " : "; ", out);
        put_text(out, r->facts[i].name);
        fputs(": ", out);
        put_text(out, r->facts[i].value);
    }
    fputs(r->fact_count ? ".</p>\n" : "", out);
}

static void put_result(FILE *out, const report *r) {
    char sentence[400];
    report_describe_result(r, sentence, sizeof sentence);
    fprintf(out, "<p class=\"result %s\">%s</p>\n<ul class=\"counts\">\n", verdict_classes[report_result(r)],
            sentence);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        fprintf(out, "<li class=\"%s%s\"><b>%zu</b>%s</li>\n", verdict_classes[i],
                r->summary[i] ? "" : " zero", r->summary[i], report_verdict_name((report_verdict)i));
    fputs("</ul>\n", out);
}

static void put_group_name(FILE *out, const report_group *group) {
    put_text(out, *group->name ? group->name : "Other cases");
}

static void put_group_row(FILE *out, const report *r, const report_group *group, size_t index) {
    fprintf(out, "<tr><td><a href=\"#group_%zu\">", index);
    put_group_name(out, group);
    fprintf(out, "</a><td>%zu", group->count);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        if (r->summary[i])
            fprintf(out, group->counts[i] ? "<td><span class=\"chip %s\">%zu</span>" : "<td class=\"n0\">0",
                    verdict_classes[i], group->counts[i]);
    fputs("<td>", out);
    put_duration(out, group->duration_us);
    putc('\n', out);
}

static void put_groups(FILE *out, const report *r, const report_groups *groups) {
    if (!groups->count)
        return;
    fputs("<div class=\"wide\"><table class=\"groups\"><thead><tr><th>Group<th>Cases", out);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        if (r->summary[i])
            fprintf(out, "<th>%s", report_verdict_name((report_verdict)i));
    fputs("<th>Time<tbody>\n", out);
    for (size_t i = 0; i < groups->count; i++)
        put_group_row(out, r, &groups->items[i], i);
    fputs("</table></div>\n", out);
}

/* --- what to look at first --- */

static bool is_urgent(const report_case *c) {
    return c->verdict == REPORT_FAILED || c->verdict == REPORT_INCONCLUSIVE ||
           c->verdict == REPORT_NON_STRICT || c->flaky;
}

static void put_flaky(FILE *out, const report_case *c) {
    if (c->flaky)
        fputs(" <span class=\"chip flaky\">FLAKY</span>", out);
}

static void put_link(FILE *out, const report_case *c) {
    fputs("<li>", out);
    put_chip(out, c->verdict);
    put_flaky(out, c);
    fputs(" <a class=\"id\" href=\"#", out);
    put_anchor(out, c->id);
    fputs("\">", out);
    put_text(out, c->id);
    fputs("</a> ", out);
    put_text(out, c->title);
    if (c->reason) {
        fputs("<br><span class=\"soft\">", out);
        put_cut(out, report_octets_of(c->reason), REASON_IN_LIST_MAX, put_prose);
        fputs("</span>", out);
    }
    putc('\n', out);
}

static void put_urgent(FILE *out, const report *r) {
    bool any = false;
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        for (size_t k = 0; k < r->case_count; k++) {
            const report_case *c = r->cases[k];
            if (c->verdict != report_urgency[i] || !is_urgent(c))
                continue;
            if (!any)
                fputs("<h2>Look at these first</h2>\n<ul class=\"first\">\n", out);
            any = true;
            put_link(out, c);
        }
    if (any)
        fputs("</ul>\n", out);
}

/* --- the wire log --- */

typedef struct log_shape {
    size_t rows;        /* shown at most, not counting those with a violation */
    size_t octets;      /* of a frame */
    size_t http_octets; /* of a handshake */
    bool brief;
} log_shape;

static log_shape shape_of(const report *r, const report_case *c) {
    if (c->verdict == REPORT_OK)
        return (log_shape){ROWS_WHEN_OK, OCTETS_WHEN_OK, OCTETS_OTHERWISE, true};
    size_t ok = r->summary[REPORT_OK] * (ROWS_WHEN_OK / 2) * ROW_SIZE;
    size_t others = r->case_count - r->summary[REPORT_OK];
    size_t left = ok < LOGS_SIZE ? LOGS_SIZE - ok : 0;
    size_t rows = left / ROW_SIZE / (others ? others : 1);
    if (rows < ROWS_MIN)
        rows = ROWS_MIN;
    if (rows > ROWS_MAX)
        rows = ROWS_MAX;
    return (log_shape){rows, OCTETS_OTHERWISE, HTTP_OCTETS_OTHERWISE, false};
}

static bool entry_has_octets(const report_entry *e) {
    return e->kind != REPORT_ENTRY_EVENT && e->bytes.size > 0;
}

static void put_entry_octets(FILE *out, const report_entry *e, const log_shape *shape) {
    bool http = e->kind == REPORT_ENTRY_HTTP;
    size_t max = http ? shape->http_octets : shape->octets;
    fputs("<td><code>", out);
    put_hex(out, e->bytes, http ? OCTETS_WHEN_OK : max);
    fputs("</code><td><code>", out);
    put_cut(out, e->bytes, max, http && !shape->brief ? put_line_octet : put_octet);
    fputs("</code>", out);
}

static void put_entry_details(FILE *out, const report_entry *e) {
    if (e->payload) {
        fputs(" <code>", out);
        put_cut(out, report_octets_of(e->payload), REASON_IN_LIST_MAX, put_octet);
        fputs("</code>", out);
    }
    if (e->sha256[0]) {
        fputs(" <span class=\"soft\">sha256 <code>", out);
        put_text(out, e->sha256);
        fputs("</code></span>", out);
    }
    if (e->text && e->kind != REPORT_ENTRY_EVENT) {
        fputs(" <span class=\"note\">", out);
        put_text(out, e->text);
        fputs("</span>", out);
    }
}

static void put_event(FILE *out, const report_entry *e) {
    fprintf(out, "<tr class=\"e\"><td>%.3f<td><td><td colspan=\"3\">", (double)e->time_us / 1e3);
    put_text(out, e->text ? e->text : "event");
    putc('\n', out);
}

static void put_entry(FILE *out, const report_entry *e, const log_shape *shape) {
    char what[128];
    if (e->kind == REPORT_ENTRY_EVENT) {
        put_event(out, e);
        return;
    }
    report_describe_entry(e, what, sizeof what);
    fprintf(out, "<tr class=\"%s%s\"><td>%.3f<td>%s<td>%" PRIu64 "<td>%s", e->out ? "o" : "i",
            e->text ? " bad" : "", (double)e->time_us / 1e3, e->out ? "out" : "in", e->offset, what);
    put_entry_details(out, e);
    if (entry_has_octets(e))
        put_entry_octets(out, e, shape);
    else
        fputs("<td><td>", out);
    putc('\n', out);
}

static void put_gap(FILE *out, size_t rows) {
    if (rows)
        fprintf(
            out,
            "<tr class=\"e\"><td><td><td><td colspan=\"3\">%zu rows are left out here; the JSON report has "
            "them.\n",
            rows);
}

/* The beginning and the end, and what broke a rule in between. */
static void put_rows(FILE *out, const report_case *c, const log_shape *shape) {
    size_t head = shape->rows - shape->rows / 2, tail = shape->rows / 2, notes = 0, gap = 0;
    for (size_t i = 0; i < c->transcript_count; i++) {
        const report_entry *e = &c->transcript[i];
        bool note = e->kind != REPORT_ENTRY_EVENT && e->text && notes < NOTES_MAX;
        if (i >= head && c->transcript_count - i > tail && !note) {
            gap++;
            continue;
        }
        notes += note;
        put_gap(out, gap);
        gap = 0;
        put_entry(out, e, shape);
    }
}

static void put_log(FILE *out, const report *r, const report_case *c) {
    if (!c->transcript_count)
        return;
    log_shape shape = shape_of(r, c);
    fputs(
        "<div class=\"wide\"><table class=\"log\" aria-label=\"Wire log\"><thead><tr><th>ms<th>Way<th>Offset"
        "<th>What<th>Octets<th>As text<tbody>\n",
        out);
    put_rows(out, c, &shape);
    fputs("</table></div>\n", out);
}

/* --- cases --- */

/* A link to its statement when the report has these, else to the section. */
static void put_requirement(FILE *out, const char *requirement, bool has_statements) {
    report_citation citation;
    if (has_statements) {
        fputs("<a href=\"#", out);
        put_anchor(out, requirement);
        fputs("\">", out);
        put_text(out, requirement);
        fputs("</a> ", out);
        return;
    }
    fputs("<div>", out);
    if (report_cite(requirement, &citation))
        fprintf(out, "<a href=\"https://www.rfc-editor.org/rfc/rfc%s#section-%s\">RFC %s section %s</a> ",
                citation.document, citation.section, citation.document, citation.section);
    fputs("<span class=\"soft\">", out);
    put_text(out, requirement);
    fputs("</span></div>", out);
}

static void put_close(FILE *out, const report_case *c) {
    static const char *const closers[] = {[REPORT_CLOSER_NOBODY] = "no Close frame",
                                          [REPORT_CLOSER_PEER] = "begun by the peer",
                                          [REPORT_CLOSER_WSPECT] = "begun by wspect"};
    if (c->verdict_close == REPORT_CLOSE_NONE && c->close.by == REPORT_CLOSER_NOBODY)
        return;
    fprintf(out, "<dt>Closing handshake<dd>%s%s%s", report_close_verdict_name(c->verdict_close),
            c->verdict_close == REPORT_CLOSE_NONE ? "" : ": ", closers[c->close.by]);
    if (c->close.has_code)
        fprintf(out, ", code %u", c->close.code);
    if (c->close.reason.size) {
        fputs(" \xe2\x80\x9c", out);
        put_cut(out, c->close.reason, TEXT_MAX, put_octet);
        fputs("\xe2\x80\x9d", out);
    }
    fputs(c->close.received ? "" : ", none received", out);
    fputs(c->close.clean ? ", clean\n" : ", not clean\n", out);
}

static void put_rerun(FILE *out, const report *r, const report_case *c) {
    if (!r->rerun)
        return;
    const char *place = strstr(r->rerun, "%s");
    size_t before = place ? (size_t)(place - r->rerun) : strlen(r->rerun);
    fputs("<dt>Run it again<dd><code>", out);
    put_cut(out, (report_octets){(const uint8_t *)r->rerun, before}, TEXT_MAX, put_octet);
    if (place) {
        put_cut(out, report_octets_of(c->id), TEXT_MAX, put_octet);
        put_cut(out, report_octets_of(place + 2), TEXT_MAX, put_octet);
    }
    fputs("</code>\n", out);
}

static void put_fact(FILE *out, const char *name, const char *value) {
    if (!value)
        return;
    fprintf(out, "<dt>%s<dd>", name);
    put_text(out, value);
    putc('\n', out);
}

static void put_facts(FILE *out, const report *r, const report_case *c) {
    fputs("<dl>", out);
    if (c->requirement_count)
        fputs("<dt>Requirements<dd>", out);
    for (size_t i = 0; i < c->requirement_count; i++)
        put_requirement(out, c->requirements[i], r->requirement_count > 0);
    put_fact(out, "Level", c->level);
    put_fact(out, "Autobahn", c->autobahn);
    put_close(out, c);
    if (c->flaky)
        put_fact(out, "Flaky", "two runs of this case differed");
    put_rerun(out, r, c);
    fputs("</dl>\n", out);
}

static void put_case(FILE *out, const report *r, const report_case *c) {
    bool open = c->verdict == REPORT_FAILED;
    fputs("<details class=\"case\" id=\"", out);
    put_anchor(out, c->id);
    fprintf(out, "\"%s><summary>", open ? " open" : "");
    put_chip(out, c->verdict);
    put_flaky(out, c);
    fputs("<span class=\"id\">", out);
    put_text(out, c->id);
    fputs("</span><span class=\"grow\">", out);
    put_text(out, c->title);
    fputs("</span><span class=\"soft\">", out);
    put_duration(out, c->duration_us);
    fputs("</span></summary><div class=\"body\">\n", out);
    if (c->reason) {
        fprintf(out, "<p class=\"reason %s\">", verdict_classes[c->verdict]);
        put_text(out, c->reason);
        fputs("</p>\n", out);
    }
    if (c->why) {
        fputs("<p class=\"why\">", out);
        put_text(out, c->why);
        fputs("</p>\n", out);
    }
    put_facts(out, r, c);
    put_log(out, r, c);
    fputs("</div></details>\n", out);
}

/* --- statements --- */

static void put_section_link(FILE *out, const report_requirement *requirement) {
    report_citation citation;
    if (report_cite(requirement->id, &citation))
        fprintf(out, "<a href=\"https://www.rfc-editor.org/rfc/rfc%s#section-%s\">", citation.document,
                citation.section);
    else
        fputs("<a>", out);
    put_text(out, requirement->section);
    fputs("</a>", out);
}

static void put_standing(FILE *out, const report_requirement *requirement, const report_standing *standing) {
    if (standing->cases > 0) {
        put_chip(out, standing->worst);
        fprintf(out, " %zu", standing->cases);
    } else if (requirement->always) {
        fputs("every case", out);
    } else {
        fputs(requirement->left_out ? "left out" : "not in this run", out);
    }
}

static void put_statement(FILE *out, const report_requirement *requirement, const report_standing *standing) {
    fputs("<tr id=\"", out);
    put_anchor(out, requirement->id);
    fputs("\"><td>", out);
    put_section_link(out, requirement);
    fputs("<td>", out);
    put_text(out, requirement->level);
    fputs("<td>", out);
    put_text(out, requirement->statement);
    if (requirement->left_out && standing->cases == 0) {
        fputs(" <span class=\"soft\">", out);
        put_text(out, requirement->left_out);
        fputs("</span>", out);
    }
    fputs("<td>", out);
    put_standing(out, requirement, standing);
    putc('\n', out);
}

/* Of the statements from `first` on that belong to its document, or of all. */
typedef struct statement_tally {
    size_t statements, judged, failed, left_out;
} statement_tally;

static statement_tally tally_statements(const report *r, const report_standing *standings, size_t first,
                                        bool of_document) {
    statement_tally sums = {0};
    for (size_t i = first; i < r->requirement_count; i++) {
        const report_requirement *requirement = &r->requirements[i];
        if (of_document && strcmp(requirement->document, r->requirements[first].document) != 0)
            break;
        sums.statements++;
        sums.judged += standings[i].cases > 0 || requirement->always;
        sums.failed += standings[i].cases > 0 && standings[i].worst == REPORT_FAILED;
        sums.left_out += standings[i].cases == 0 && !requirement->always && requirement->left_out;
    }
    return sums;
}

static void put_tally(FILE *out, statement_tally sums) {
    fprintf(out, "%zu of %zu statements judged", sums.judged, sums.statements);
    if (sums.failed > 0)
        fprintf(out, ", %zu failed", sums.failed);
    if (sums.left_out > 0)
        fprintf(out, ", %zu left out with a reason", sums.left_out);
}

static int put_statements(FILE *out, const report *r) {
    if (r->requirement_count == 0)
        return 0;
    report_standing *standings = report_standings(r);
    if (!standings)
        return -1;
    fputs("<h2>What the RFCs say</h2>\n<p>Of what binds this side and can be seen on the wire: ", out);
    put_tally(out, tally_statements(r, standings, 0, false));
    fputs(".</p>\n", out);
    for (size_t i = 0; i < r->requirement_count; i++) {
        const report_requirement *requirement = &r->requirements[i];
        if (i == 0 || strcmp(requirement->document, requirement[-1].document) != 0) {
            fputs(i == 0 ? "" : "</table></div></details>\n", out);
            fputs("<details><summary>", out);
            put_text(out, requirement->document);
            fputs(": <span class=\"soft\">", out);
            put_tally(out, tally_statements(r, standings, i, true));
            fputs("</span></summary><div "
                  "class=\"wide\"><table><thead><tr><th>Section<th>Level<th>Statement<th>Worst "
                  "of cases<tbody>\n",
                  out);
        }
        put_statement(out, requirement, &standings[i]);
    }
    fputs("</table></div></details>\n", out);
    free(standings);
    return 0;
}

static int put_limits(FILE *out, const report *r) {
    report_groups limits;
    if (report_limits_init(&limits, r) != 0)
        return -1;
    if (limits.count > 0)
        fputs("<h2>Limits and hardening, as seen</h2>\n<div class=\"wide\"><table class=\"limits\"><tbody>\n",
              out);
    for (size_t i = 0; i < limits.count; i++) {
        char text[1000];
        report_describe_limit(&limits.items[i], text, sizeof text);
        fputs("<tr><th>", out);
        put_text(out, limits.items[i].name);
        fputs("<td>", out);
        put_text(out, text);
        putc('\n', out);
    }
    fputs(limits.count > 0 ? "</table></div>\n" : "", out);
    report_groups_clear(&limits);
    return 0;
}

static void put_cases(FILE *out, const report *r, const report_groups *groups) {
    fputs("<h2>All cases</h2>\n", out);
    for (size_t i = 0; i < groups->count; i++) {
        fprintf(out, "<section id=\"group_%zu\"><h3>", i);
        put_group_name(out, &groups->items[i]);
        fputs("</h3>\n", out);
        for (size_t k = 0; k < groups->items[i].count; k++)
            put_case(out, r, groups->items[i].cases[k]);
        fputs("</section>\n", out);
    }
}

int report_write_html(const report *r, FILE *out) {
    report_groups groups;
    if (report_groups_init(&groups, r) != 0)
        return -1;
    put_head(out, r);
    fputs("<header><h1>WebSocket conformance report</h1>\n<p class=\"target\">", out);
    put_text(out, target_name(r));
    fputs("</p>\n", out);
    put_result(out, r);
    put_circumstances(out, r);
    fputs("</header>\n", out);
    put_groups(out, r, &groups);
    put_urgent(out, r);
    int result = put_limits(out, r) == 0 ? put_statements(out, r) : -1;
    put_cases(out, r, &groups);
    if (r->cases_sha256) {
        fputs("<p class=\"soft\">Case tables sha256 <code>", out);
        put_text(out, r->cases_sha256);
        fputs("</code></p>\n", out);
    }
    fputs("</main></body></html>\n", out);
    report_groups_clear(&groups);
    return result == 0 ? report_stream_end(out) : -1;
}
