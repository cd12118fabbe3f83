/* The input as a report in JSON, of somebody we do not know: it is read, or refused with a sentence; written
 * again and read again it is the same; and what it says reaches no page as markup: the text <wspect-fuzz>,
 * which is in the dictionary and in the seeds, must never stand in HTML, Markdown or XML as it is; XML is
 * well-formed, TAP has as many lines as it says.
 *
 * Covers: report_read_json_stream, report_write_json, report_write_html, report_write_junit,
 * report_write_tap, report_write_markdown, report_finish, report_free */
#include "support.h"

#include "reports/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct page {
    char *text;
    size_t size;
} page;

static page render(report_writer writer, const report *r) {
    page made = {NULL, 0};
    FILE *out = fuzz_need(open_memstream(&made.text, &made.size));
    FUZZ_CHECK(writer(r, out) == 0, "a report cannot be rendered");
    fclose(out);
    FUZZ_CHECK(strlen(made.text) == made.size, "a page holds a NUL");
    return made;
}

static report *read_text(const char *text, size_t size) {
    char error[512] = "";
    FILE *in = fuzz_need(fmemopen((void *)(uintptr_t)text, size, "r"));
    report *r = report_read_json_stream(in, "r.json", error, sizeof error);
    fclose(in);
    FUZZ_CHECK(r || strncmp(error, "r.json: ", 8) == 0, "a report is refused without a sentence");
    for (const char *c = error; *c; c++)
        FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7f, "a sentence with control characters");
    return r;
}

static void check_utf8(const page *made, const char *what) {
    bool complete;
    size_t good = fuzz_utf8((const uint8_t *)made->text, made->size, &complete);
    FUZZ_CHECK(good == made->size && complete, "%s is not UTF-8", what);
}

/* ------------------------------------------------------------------ XML */

static const char *skip_past(const char *at, const char *mark) {
    const char *found = strstr(at, mark);
    FUZZ_CHECK(found != NULL, "XML ends inside of a tag");
    return found + strlen(mark);
}

static void check_reference(const char *at) {
    static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(at, names[i], strlen(names[i])) == 0)
            return;
    size_t digits = at[1] == '#' ? strspn(at + 2, "0123456789") : 0;
    FUZZ_CHECK(digits > 0 && at[2 + digits] == ';', "XML with a reference that nobody knows: %.10s", at);
}

/* Tags that nest, attributes in quotes, no octet that XML 1.0 forbids. */
static void check_xml(const char *at) {
    int depth = 0;
    while (*at) {
        FUZZ_CHECK((unsigned char)*at >= 0x20 || *at == '\n' || *at == '\t' || *at == '\r',
                   "XML with a control character");
        if (*at == '&')
            check_reference(at);
        if (*at++ != '<')
            continue;
        if (*at == '?') {
            at = skip_past(at, "?>");
            continue;
        }
        bool closing = *at == '/';
        for (; *at && *at != '>'; at++) {
            if (*at != '"')
                continue;
            const char *end = strchr(at + 1, '"');
            FUZZ_CHECK(end != NULL, "XML with an open quote");
            FUZZ_CHECK(!memchr(at, '<', (size_t)(end - at)), "XML with markup in an attribute");
            at = end;
        }
        FUZZ_CHECK(*at == '>', "XML ends inside of a tag");
        depth += closing ? -1 : at[-1] == '/' ? 0 : 1;
        FUZZ_CHECK(depth >= 0, "XML closes what is not open");
    }
    FUZZ_CHECK(depth == 0, "XML leaves tags open");
}

/* ------------------------------------------------------------------ all of them */

static void check_tap(const char *text) {
    size_t planned = 0, lines = 0;
    for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        if (strncmp(at, "1..", 3) == 0)
            planned = strtoul(at + 3, NULL, 10);
        lines += strncmp(at, "ok ", 3) == 0 || strncmp(at, "not ok ", 7) == 0;
    }
    FUZZ_CHECK(lines == planned, "TAP announces %zu lines and has %zu", planned, lines);
}

static void check_page(const report *r, report_writer writer, const char *what) {
    page made = render(writer, r);
    check_utf8(&made, what);
    FUZZ_CHECK(writer == report_write_tap || !strstr(made.text, "<wspect-fuzz"), "%s lets markup through",
               what);
    if (writer == report_write_junit)
        check_xml(made.text);
    if (writer == report_write_tap)
        check_tap(made.text);
    free(made.text);
}

static void check_again(const report *r) {
    page first = render(report_write_json, r);
    check_utf8(&first, "JSON");
    report *again = read_text(first.text, first.size);
    FUZZ_CHECK(again != NULL, "a report that was written is refused");
    page second = render(report_write_json, again);
    FUZZ_CHECK(first.size == second.size && strcmp(first.text, second.text) == 0,
               "written and read again, the report is another");
    report_free(again);
    free(first.text);
    free(second.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) /* no stream of nothing */
        return 0;
    report *r = read_text((const char *)data, size);
    if (!r)
        return 0;
    check_again(r);
    check_page(r, report_write_html, "HTML");
    check_page(r, report_write_junit, "JUnit");
    check_page(r, report_write_markdown, "Markdown");
    check_page(r, report_write_tap, "TAP");
    report_free(r);
    return 0;
}
