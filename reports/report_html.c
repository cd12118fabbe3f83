/* One page that needs nothing but itself: no script, no request. What it shows of the peer's octets is always
 * text that went through page_prose() or page_octet(). */
#include "reports/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What of a page grows with the report. */
enum {
    REASON_IN_LIST_MAX = 240,
    OCTETS_WHEN_OK = 8, /* shown of a frame */
    OCTETS_OTHERWISE = 64,
    HTTP_OCTETS_OTHERWISE = 1024,
    HTTP_OCTETS_IN_HEX = 16,
    ROWS_WHEN_OK = 16,
    ROWS_MIN = 8, /* of a case that is not OK, however many there are */
    ROWS_MAX = 400,
    NOTES_MAX = 20,          /* rows with a violation that are shown wherever they stand */
    LOGS_SIZE = 1300 * 1000, /* octets that all wire logs should stay under, roughly */
    ROW_SIZE = 500           /* octets of a row, roughly */
};

/* --- first screen --- */

static const char *target_name(const report *r) {
    const char *name = r->target_url ? r->target_url : r->target_agent;
    return name ? name : "unknown peer";
}

static void put_option(FILE *out, const report_option *option) {
    fputs(" <code>--", out);
    page_text(out, option->name);
    if (option->value) {
        putc(' ', out);
        page_text(out, option->value);
    }
    fputs("</code>", out);
}

static void put_process(FILE *out, const report_process *process) {
    fputs(" Started as <code>", out);
    for (size_t i = 0; i < process->command_count; i++) {
        fputs(i ? " " : "", out);
        page_text(out, process->command[i]);
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
        page_text(out, r->target_agent);
        fputs(". ", out);
    }
    fputs("Tested", out);
    if (r->target_role) {
        fputs(" as ", out);
        page_text(out, r->target_role);
    }
    fputs(" with wspect ", out);
    page_text(out, r->tool_version);
    fprintf(out, " on <time datetime=\"%sZ\">%.10s at %.5s UTC</time> in ", started, started, started + 11);
    page_duration(out, r->duration_us);
    if (r->busy_us > 0) {
        fputs(", of which wspect was at work for ", out);
        page_duration(out, r->busy_us);
    }
    putc('.', out);
    if (r->target_process)
        put_process(out, r->target_process);
    for (size_t i = 0; i < r->option_count; i++)
        put_option(out, &r->options[i]);
    fputs("</p>\n", out);
    for (size_t i = 0; i < r->fact_count; i++) {
        fputs(i == 0 ? "<p class=\"soft\">The target " : "; ", out);
        page_text(out, r->facts[i].name);
        fputs(": ", out);
        page_text(out, r->facts[i].value);
    }
    fputs(r->fact_count ? ".</p>\n" : "", out);
}

static void put_result(FILE *out, const report *r) {
    char sentence[400];
    report_describe_result(r, sentence, sizeof sentence);
    fprintf(out, "<p class=\"result %s\">%s</p>\n<ul class=\"counts\">\n", page_class(report_result(r)),
            sentence);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        fprintf(out, "<li class=\"%s%s\"><b>%zu</b>%s</li>\n", page_class((report_verdict)i),
                r->summary[i] ? "" : " zero", r->summary[i], report_verdict_name((report_verdict)i));
    fputs("</ul>\n", out);
}

static void put_group_name(FILE *out, const report_group *group) {
    page_text(out, *group->name ? group->name : "Other cases");
}

static void put_group_row(FILE *out, const report *r, const report_group *group, size_t index) {
    fprintf(out, "<tr><td><a href=\"#group_%zu\">", index);
    put_group_name(out, group);
    fprintf(out, "</a><td>%zu", group->count);
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++)
        if (r->summary[i])
            fprintf(out, group->counts[i] ? "<td><span class=\"chip %s\">%zu</span>" : "<td class=\"n0\">0",
                    page_class((report_verdict)i), group->counts[i]);
    fputs("<td>", out);
    page_duration(out, group->duration_us);
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
    page_chip(out, c->verdict);
    put_flaky(out, c);
    fputs(" <a class=\"id\" href=\"#", out);
    page_anchor(out, c->id);
    fputs("\">", out);
    page_text(out, c->id);
    fputs("</a> ", out);
    page_text(out, c->title);
    if (c->reason) {
        fputs("<br><span class=\"soft\">", out);
        page_cut(out, report_octets_of(c->reason), REASON_IN_LIST_MAX, page_prose);
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
        return (log_shape){ROWS_WHEN_OK, OCTETS_WHEN_OK, 0, true};
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

/* Of a handshake in a case that is OK its first line tells enough. */
static void put_first_line(FILE *out, report_octets head) {
    const uint8_t *end = memchr(head.data, '\r', head.size);
    size_t size = end ? (size_t)(end - head.data) : head.size;
    fputs("<td><td>", out);
    page_cut(out, (report_octets){head.data, size}, OCTETS_OTHERWISE, page_octet);
    fputs(end && size < OCTETS_OTHERWISE ? "\xe2\x80\xa6" : "", out);
}

static void put_entry_octets(FILE *out, const report_entry *e, const log_shape *shape) {
    bool http = e->kind == REPORT_ENTRY_HTTP;
    if (http && shape->brief) {
        put_first_line(out, e->bytes);
        return;
    }
    size_t max = http ? shape->http_octets : shape->octets;
    fputs("<td>", out);
    page_hex(out, e->bytes, http ? HTTP_OCTETS_IN_HEX : max);
    fputs("<td>", out);
    page_cut(out, e->bytes, max, http ? page_line_octet : page_octet);
}

static void put_entry_details(FILE *out, const report_entry *e, const log_shape *shape) {
    if (e->payload) {
        fputs(" <code>", out);
        page_cut(out, report_octets_of(e->payload), REASON_IN_LIST_MAX, page_octet);
        fputs("</code>", out);
    }
    if (e->sha256[0] && !shape->brief) {
        fputs(" <span class=\"soft\">sha256 <code>", out);
        page_text(out, e->sha256);
        fputs("</code></span>", out);
    }
    if (e->text && e->kind != REPORT_ENTRY_EVENT) {
        fputs(" <span class=\"note\">", out);
        page_text(out, e->text);
        fputs("</span>", out);
    }
}

static void put_event(FILE *out, const report_entry *e) {
    fprintf(out, "<tr class=\"e\"><td>%.3f<td><td><td colspan=\"3\">", (double)e->time_us / 1e3);
    page_text(out, e->text ? e->text : "event");
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
    put_entry_details(out, e, shape);
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

/* Every log begins with it. */
static bool is_connection(const report_entry *e) {
    return e->kind == REPORT_ENTRY_EVENT && e->text && strcmp(e->text, "connected") == 0;
}

/* The beginning and the end, and what broke a rule in between. */
static void put_rows(FILE *out, const report_case *c, const log_shape *shape) {
    size_t head = shape->rows - shape->rows / 2, tail = shape->rows / 2, notes = 0, gap = 0;
    for (size_t i = 0; i < c->transcript_count; i++) {
        const report_entry *e = &c->transcript[i];
        bool note = e->kind != REPORT_ENTRY_EVENT && e->text && notes < NOTES_MAX;
        if (shape->brief && is_connection(e))
            continue;
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
    fputs("<table class=\"log\" aria-label=\"Wire log\"><thead><tr><th>ms<th>Way<th>Offset"
          "<th>What<th>Octets<th>As text<tbody>\n",
          out);
    put_rows(out, c, &shape);
    fputs("</table>\n", out);
}

/* --- cases --- */

/* A link to its statement when the report has these, else to the section. */
static void put_requirement(FILE *out, const char *requirement, bool has_statements) {
    report_citation citation;
    if (has_statements) {
        fputs("<a href=\"#", out);
        page_anchor(out, requirement);
        fputs("\">", out);
        page_text(out, requirement);
        fputs("</a> ", out);
        return;
    }
    fputs("<div>", out);
    if (report_cite(requirement, &citation))
        fprintf(out, "<a href=\"https://www.rfc-editor.org/rfc/rfc%s#section-%s\">RFC %s section %s</a> ",
                citation.document, citation.section, citation.document, citation.section);
    fputs("<span class=\"soft\">", out);
    page_text(out, requirement);
    fputs("</span></div>", out);
}

/* Begun by wspect, clean and without a word: what the log of a case that is OK shows at its end. */
static bool is_usual_close(const report_case *c) {
    return c->verdict == REPORT_OK && c->verdict_close == REPORT_CLOSE_OK && c->close.clean &&
           c->close.by == REPORT_CLOSER_WSPECT && c->close.has_code && c->close.code == 1000 &&
           !c->close.reason.size;
}

static void put_close(FILE *out, const report_case *c) {
    static const char *const closers[] = {[REPORT_CLOSER_NOBODY] = "no Close frame",
                                          [REPORT_CLOSER_PEER] = "begun by the peer",
                                          [REPORT_CLOSER_WSPECT] = "begun by wspect"};
    if (is_usual_close(c) || (c->verdict_close == REPORT_CLOSE_NONE && c->close.by == REPORT_CLOSER_NOBODY))
        return;
    fprintf(out, "<dt>Closing handshake<dd>%s%s%s", report_close_verdict_name(c->verdict_close),
            c->verdict_close == REPORT_CLOSE_NONE ? "" : ": ", closers[c->close.by]);
    if (c->close.has_code)
        fprintf(out, ", code %u", c->close.code);
    if (c->close.reason.size) {
        fputs(" \xe2\x80\x9c", out);
        page_cut(out, c->close.reason, PAGE_TEXT_MAX, page_octet);
        fputs("\xe2\x80\x9d", out);
    }
    fputs(c->close.received ? "" : ", none received", out);
    fputs(c->close.clean ? ", clean\n" : ", not clean\n", out);
}

/* The command that plays one case again. */
static void put_rerun(FILE *out, const report *r, const char *id) {
    const char *place = strstr(r->rerun, "%s");
    size_t before = place ? (size_t)(place - r->rerun) : strlen(r->rerun);
    fputs("<code>", out);
    page_cut(out, (report_octets){(const uint8_t *)r->rerun, before}, PAGE_TEXT_MAX, page_octet);
    if (place) {
        page_cut(out, report_octets_of(id), PAGE_TEXT_MAX, page_octet);
        page_cut(out, report_octets_of(place + 2), PAGE_TEXT_MAX, page_octet);
    }
    fputs("</code>", out);
}

static void put_fact(FILE *out, const char *name, const char *value) {
    if (!value)
        return;
    fprintf(out, "<dt>%s<dd>", name);
    page_text(out, value);
    putc('\n', out);
}

static void put_facts(FILE *out, const report *r, const report_case *c) {
    fputs("<dl>", out);
    if (c->requirement_count)
        fputs("<dt>Requirements<dd>", out);
    for (size_t i = 0; i < c->requirement_count; i++)
        put_requirement(out, c->requirements[i], r->requirement_count > 0);
    if (c->verdict != REPORT_OK)
        put_fact(out, "Level", c->level);
    put_fact(out, "Autobahn", c->autobahn);
    put_close(out, c);
    if (c->flaky)
        put_fact(out, "Flaky", "two runs of this case differed");
    if (r->rerun && c->verdict != REPORT_OK) {
        fputs("<dt>Run it again<dd>", out);
        put_rerun(out, r, c->id);
    }
    fputs("</dl>\n", out);
}

static void put_case(FILE *out, const report *r, const report_case *c) {
    bool open = c->verdict == REPORT_FAILED;
    fputs("<details class=\"case\" id=\"", out);
    page_anchor(out, c->id);
    fprintf(out, "\"%s><summary>", open ? " open" : "");
    page_chip(out, c->verdict);
    put_flaky(out, c);
    fputs("<span class=\"id\">", out);
    page_text(out, c->id);
    fputs("</span><span class=\"grow\">", out);
    page_text(out, c->title);
    fputs("</span><span class=\"soft\">", out);
    page_duration(out, c->duration_us);
    fputs("</span></summary><div class=\"body\">\n", out);
    if (c->reason) {
        fprintf(out, "<p class=\"reason %s\">", page_class(c->verdict));
        page_text(out, c->reason);
        fputs("</p>\n", out);
    }
    if (c->why) {
        fputs("<p class=\"why\">", out);
        page_text(out, c->why);
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
    page_text(out, requirement->section);
    fputs("</a>", out);
}

static void put_standing(FILE *out, const report_requirement *requirement, const report_standing *standing) {
    if (standing->cases > 0) {
        page_chip(out, standing->worst);
        fprintf(out, " %zu", standing->cases);
    } else if (requirement->always) {
        fputs("every case", out);
    } else {
        fputs(requirement->left_out ? "left out" : "not in this run", out);
    }
}

static void put_statement(FILE *out, const report_requirement *requirement, const report_standing *standing) {
    fputs("<tr id=\"", out);
    page_anchor(out, requirement->id);
    fputs("\"><td>", out);
    put_section_link(out, requirement);
    fputs("<td>", out);
    page_text(out, requirement->level);
    fputs("<td>", out);
    page_text(out, requirement->statement);
    if (requirement->left_out && standing->cases == 0) {
        fputs(" <span class=\"soft\">", out);
        page_text(out, requirement->left_out);
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
            page_text(out, requirement->document);
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
        page_text(out, limits.items[i].name);
        fputs("<td>", out);
        page_text(out, text);
        putc('\n', out);
    }
    fputs(limits.count > 0 ? "</table></div>\n" : "", out);
    report_groups_clear(&limits);
    return 0;
}

static void put_cases(FILE *out, const report *r, const report_groups *groups) {
    fputs("<h2>All cases</h2>\n", out);
    if (r->rerun) {
        fputs("<p class=\"soft\">One of them again: ", out);
        put_rerun(out, r, "ID");
        fputs("</p>\n", out);
    }
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
    page_begin(out, report_result(r) == REPORT_OK ? "Conformant: " : "", target_name(r));
    fputs("<header><h1>WebSocket conformance report</h1>\n<p class=\"target\">", out);
    page_text(out, target_name(r));
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
        page_text(out, r->cases_sha256);
        fputs("</code></p>\n", out);
    }
    page_end(out);
    report_groups_clear(&groups);
    return result == 0 ? report_stream_end(out) : -1;
}
