/* What the renderers share: text of any origin made visible, cases by group, the words of a verdict.
 *
 * A renderer gives report_text_each() a function that writes one code point in the escaping of its own
 * format, and sends every string of the model through it:
 *
 *     static void put_xml(FILE *out, uint32_t point) { ... }
 *     report_text_each(out, report_octets_of(c->reason), put_xml);
 *     return report_stream_end(out);
 *
 * Failures of the stream are sticky in FILE, so they are looked at once, at the end. */
#ifndef REPORTS_RENDER_H
#define REPORTS_RENDER_H

#include "reports/report.h"

enum { REPORT_REPLACEMENT = 0xfffd }; /* stands for octets that are not UTF-8 */

/* Decodes the code point at the start of `text` (size > 0) as RFC 3629 has it. Returns the octets used; an
 * octet that cannot belong to a valid sequence gives REPORT_REPLACEMENT, clears *valid and uses one octet. */
size_t report_utf8_next(report_octets text, uint32_t *point, bool *valid);
bool report_utf8_valid(report_octets text);
void report_put_utf8(FILE *out, uint32_t point);

/* Borrows a C string; NULL gives no octets. */
report_octets report_octets_of(const char *text);

/* The first octets of text, `max` at most, without cutting a code point in two. */
report_octets report_text_cut(report_octets text, size_t max);

typedef void (*report_put)(FILE *out, uint32_t point);
void report_text_each(FILE *out, report_octets text, report_put put);

/* What to print for a code point. One that would print as nothing or change how its neighbours print becomes
 * its picture (controls: U+2400 and on) or REPORT_REPLACEMENT (bidirectional marks, zero-width characters).
 */
uint32_t report_visible(uint32_t point);

/* Text with what Markdown would take for markup escaped, cut after a few hundred octets. */
void report_put_markdown(FILE *out, const char *text);

/* printf at *used, which moves behind the text; cut at `size`, where *used then stays beyond it. */
void report_append(char *text, size_t size, size_t *used, const char *format, ...);

/* "text FIN len 5 mask 37fa213d"; an event gives its name. Cut to size; holds no octets of the peer, except
 * that `text` of an event is passed on as it is. */
void report_describe_entry(const report_entry *entry, char *text, size_t size);

/* REPORT_OK: conformant; REPORT_FAILED: not conformant; REPORT_INCONCLUSIVE: the run allows no verdict. */
report_verdict report_result(const report *r);
/* The result of the run in one sentence of plain ASCII. */
void report_describe_result(const report *r, char *text, size_t size);

/* UTC, "2026-11-20T10:31:33"; with milliseconds and "Z" when `full`. At least 32 octets. */
void report_format_time(int64_t time_us, bool full, char *text, size_t size);

/* Splits "6455-5.2-03" (or "RFC6455-5.2-03") into document and section; false for ids of another form. */
typedef struct report_citation {
    char document[8]; /* "6455" */
    char section[24]; /* "5.2" */
} report_citation;
bool report_cite(const char *requirement, report_citation *citation);

/* The verdicts by urgency: what must be acted on comes first. */
extern const report_verdict report_urgency[REPORT_VERDICT_COUNT];

typedef struct report_group {
    const char *name;                /* "" for cases without one */
    const report_case *const *cases; /* in the order of the report */
    size_t count;
    size_t counts[REPORT_VERDICT_COUNT];
    int64_t duration_us;
} report_group;

typedef struct report_groups {
    report_group *items; /* by first appearance */
    size_t count;
    const report_case **cases;
} report_groups;

/* Borrows from the report. 0, or -1 when out of memory; then there is nothing to clear. */
int report_groups_init(report_groups *groups, const report *r);
/* The same for the cases that have a limit, by limit: the lines of the table of limits. */
int report_limits_init(report_groups *limits, const report *r);
/* What was seen in one line of it: "64 KiB, 1 MiB: echo; 16 MiB: Close 1009". Cut to size. May hold text of
 * any origin when the report was read from a file. */
void report_describe_limit(const report_group *line, char *text, size_t size);
void report_groups_clear(report_groups *groups);

/* How the run stands to a statement. */
typedef struct report_standing {
    size_t cases;         /* that judged it; skipped and inconclusive ones did not */
    report_verdict worst; /* of these */
} report_standing;

/* One for each of r->requirements, to be freed with free(); NULL when out of memory. */
report_standing *report_standings(const report *r);

/* Flushes. 0, or -1 when anything that was written to the stream is lost. */
int report_stream_end(FILE *out);

#endif
