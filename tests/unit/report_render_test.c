/* HTML, JUnit, TAP, Markdown and what they share. Allocations of reports/render.c go through test_calloc().
 */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/guard.h"

static size_t allocations_left = SIZE_MAX;

static void *test_calloc(size_t count, size_t size) {
    return allocations_left && allocations_left-- ? calloc(count, size) : NULL;
}

#define calloc test_calloc
// NOLINTNEXTLINE(bugprone-suspicious-include): its allocations are to be replaced
#include "reports/render.c"
#undef calloc

#define OCTETS(text)                                                                                         \
    { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct {
    const char *name;
    report_writer write;
} formats[] = {
    {"html", report_write_html},
    {"junit", report_write_junit},
    {"tap", report_write_tap},
    {"markdown", report_write_markdown},
};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

static char *rendered(const report *r, report_writer write) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(write(r, out), 0);
    fclose(out);
    cr_assert_eq(strlen(text), size, "the output holds a NUL");
    return text;
}

static size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

static report_case *add(report *r, const char *id, const char *group, report_verdict verdict,
                        const char *reason) {
    report_case *c = report_add_case(r);
    c->id = id;
    c->title = "A title";
    c->group = group;
    c->verdict = verdict;
    c->reason = reason;
    c->duration_us = 1500;
    return c;
}

/* --- UTF-8 --- */

static const struct {
    const char *octets;
    size_t size;
    uint32_t point; /* the first one */
    uint32_t used;
    bool valid;
} sequences[] = {
    {"\x00", 1, 0, 1, true},
    {"\x7f", 1, 0x7f, 1, true},
    {"\xc2\x80", 2, 0x80, 2, true},
    {"\xdf\xbf", 2, 0x7ff, 2, true},
    {"\xe0\xa0\x80", 3, 0x800, 3, true},
    {"\xed\x9f\xbf", 3, 0xd7ff, 3, true},
    {"\xee\x80\x80", 3, 0xe000, 3, true},
    {"\xf0\x90\x80\x80", 4, 0x10000, 4, true},
    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff, 4, true},
    {"\x80", 1, 0xfffd, 1, false},             /* a continuation */
    {"\xc1\xbf", 2, 0xfffd, 1, false},         /* overlong */
    {"\xe0\x9f\xbf", 3, 0xfffd, 1, false},     /* overlong */
    {"\xed\xa0\x80", 3, 0xfffd, 1, false},     /* surrogate */
    {"\xf0\x8f\xbf\xbf", 4, 0xfffd, 1, false}, /* overlong */
    {"\xf4\x90\x80\x80", 4, 0xfffd, 1, false}, /* over U+10FFFF */
    {"\xf5\x80\x80\x80", 4, 0xfffd, 1, false},
    {"\xff", 1, 0xfffd, 1, false},
    {"\xe2\x82", 2, 0xfffd, 1, false}, /* cut */
    {"\xf0\x90\x80", 3, 0xfffd, 1, false},
    {"\xe2\x82\x28", 3, 0xfffd, 1, false},
};

Test(report_utf8, sequences_decode_as_rfc_3629_has_them) {
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        uint8_t *octets = guard_copy(sequences[i].octets, sequences[i].size);
        uint32_t point;
        bool valid = true;
        size_t used = report_utf8_next((report_octets){octets, sequences[i].size}, &point, &valid);
        cr_expect(point == sequences[i].point && used == sequences[i].used && valid == sequences[i].valid,
                  "row %zu: U+%04X, %zu octets", i, (unsigned)point, used);
        guard_free(octets, sequences[i].size);
    }
}

Test(report_utf8, every_code_point_is_encoded_as_it_is_decoded) {
    static const uint32_t points[] = {0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        uint8_t octets[8] = {0};
        FILE *out = fmemopen(octets, sizeof octets, "w");
        report_put_utf8(out, points[i]);
        size_t size = (size_t)ftell(out);
        fclose(out);
        uint32_t point;
        bool valid = true;
        cr_expect_eq(report_utf8_next((report_octets){octets, size}, &point, &valid), size);
        cr_expect_eq(point, points[i]);
    }
}

Test(report_utf8, text_is_cut_between_code_points) {
    report_octets text = OCTETS("a\xe2\x82\xac\xff");
    static const size_t expected[] = {0, 1, 1, 1, 4, 5, 5};
    for (size_t max = 0; max < 7; max++)
        cr_expect_eq(report_text_cut(text, max).size, expected[max]);
}

Test(report_utf8, what_cannot_be_seen_gets_a_sign) {
    static const uint32_t unseen[][2] = {{0, 0x2400},       {'\n', 0x240a},    {0x1b, 0x241b},
                                         {0x7f, 0x2421},    {0x85, 0xfffd},    {0x202e, 0xfffd},
                                         {0x200b, 0xfffd},  {0xfeff, 0xfffd},  {0xfffe, 0xfffd},
                                         {0x1ffff, 0xfffd}, {0xe0041, 0xfffd}, {0x2066, 0xfffd}};
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        cr_expect_eq(report_visible(unseen[i][0]), unseen[i][1], "U+%04X", (unsigned)unseen[i][0]);
}

Test(report_utf8, what_can_be_seen_stands_for_itself) {
    static const uint32_t seen[] = {' ', '<', 0xa0, 0xe9, 0x4e2d, 0x1f600, 0x10fffd};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        cr_expect_eq(report_visible(seen[i]), seen[i]);
}

/* --- words --- */

static const struct {
    report_entry entry;
    const char *text;
} described[] = {
    {{.kind = REPORT_ENTRY_FRAME,
      .opcode = 1,
      .fin = true,
      .length_bits = 7,
      .declared = 5,
      .length = 5,
      .masked = true,
      .key = {0x37, 0xfa, 0x21, 0x3d}},
     "text FIN len 5 mask 37fa213d"},
    {{.kind = REPORT_ENTRY_FRAME, .opcode = 2, .rsv = 7, .length_bits = 7},
     "binary no FIN RSV1 RSV2 RSV3 len 0"},
    {{.kind = REPORT_ENTRY_FRAME, .fin = true, .rsv = 4, .length_bits = 7}, "continuation FIN RSV1 len 0"},
    {{.kind = REPORT_ENTRY_FRAME, .opcode = 0xb, .fin = true, .rsv = 1, .length_bits = 7},
     "reserved opcode 0xb FIN RSV3 len 0"},
    {{.kind = REPORT_ENTRY_FRAME,
      .opcode = 9,
      .fin = true,
      .length_bits = 16,
      .declared = 125,
      .length = 125},
     "ping FIN len 125 in 16 bits"},
    {{.kind = REPORT_ENTRY_FRAME,
      .opcode = 10,
      .fin = true,
      .length_bits = 64,
      .declared = 65535,
      .length = 9},
     "pong FIN len 65535 in 64 bits (9 seen)"},
    {{.kind = REPORT_ENTRY_FRAME, .opcode = 1, .fin = true, .length_bits = 64, .declared = UINT64_MAX},
     "text FIN len 18446744073709551615 (0 seen)"},
    {{.kind = REPORT_ENTRY_FRAME,
      .opcode = 8,
      .fin = true,
      .length_bits = 7,
      .declared = 2,
      .length = 2,
      .bytes = OCTETS("\x03\xe8")},
     "close FIN len 2 code 1000"},
    {{.kind = REPORT_ENTRY_HTTP, .length = 129}, "HTTP 129 octets"},
    {{.kind = REPORT_ENTRY_RAW, .length = 3}, "raw 3 octets"},
    {{.kind = REPORT_ENTRY_SKIPPED, .count = 7, .length = 70}, "7 more frames with 70 octets"},
    {{.kind = REPORT_ENTRY_EVENT, .text = "timeout"}, "timeout"},
    {{.kind = REPORT_ENTRY_EVENT}, "event"},
};

Test(report_words, an_entry_is_described_in_words_of_the_rfc) {
    for (size_t i = 0; i < sizeof described / sizeof *described; i++) {
        char text[128];
        report_describe_entry(&described[i].entry, text, sizeof text);
        cr_expect_str_eq(text, described[i].text);
    }
}

Test(report_words, a_description_is_cut_to_its_buffer) {
    char text[8] = "xxxxxxx";
    report_describe_entry(&described[0].entry, text, sizeof text);
    cr_expect_str_eq(text, "text FI");
}

static const struct {
    size_t counts[REPORT_VERDICT_COUNT];
    bool interrupted;
    report_verdict result;
    const char *sentence;
} results[] = {
    {{0}, false, REPORT_INCONCLUSIVE, "No verdict: no case was run."},
    {{[REPORT_SKIPPED] = 2}, false, REPORT_INCONCLUSIVE, "No verdict: every case was skipped."},
    {{[REPORT_OK] = 3, [REPORT_SKIPPED] = 2}, false, REPORT_OK, "Conformant: none of 3 cases failed."},
    {{[REPORT_OK] = 3, [REPORT_NON_STRICT] = 2, [REPORT_INFORMATIONAL] = 1, [REPORT_UNIMPLEMENTED] = 4},
     false,
     REPORT_OK,
     "Conformant: none of 10 cases failed; 2 NON-STRICT, 1 INFORMATIONAL, 4 UNIMPLEMENTED."},
    {{[REPORT_OK] = 3},
     true,
     REPORT_INCONCLUSIVE,
     "No verdict: none of 3 cases failed; the run was stopped before all cases were done."},
    {{[REPORT_OK] = 3, [REPORT_INCONCLUSIVE] = 1},
     false,
     REPORT_INCONCLUSIVE,
     "No verdict: 1 of 4 cases could not be judged."},
    {{[REPORT_OK] = 3, [REPORT_FAILED] = 1}, false, REPORT_FAILED, "Not conformant: 1 of 4 cases failed."},
    {{[REPORT_FAILED] = 1, [REPORT_INCONCLUSIVE] = 1},
     true,
     REPORT_FAILED,
     "Not conformant: 1 of 2 cases failed; 1 could not be judged; the run was stopped before all cases were "
     "done."},
};

Test(report_words, the_result_is_one_sentence) {
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        char sentence[300];
        report r = {.interrupted = results[i].interrupted};
        memcpy(r.summary, results[i].counts, sizeof r.summary);
        for (size_t k = 0; k < REPORT_VERDICT_COUNT; k++)
            r.case_count += r.summary[k];
        report_describe_result(&r, sentence, sizeof sentence);
        cr_expect_str_eq(sentence, results[i].sentence);
        cr_expect_eq(report_result(&r), results[i].result);
    }
}

static const struct {
    int64_t time_us;
    const char *text;
} times[] = {
    {INT64_C(1795170693123999), "2026-11-20T10:31:33.123Z"},
    {0, "1970-01-01T00:00:00.000Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {-1000000, "1969-12-31T23:59:59.000Z"},
    {INT64_MAX, "1970-01-01T00:00:00.000Z"},
    {INT64_MIN, "1970-01-01T00:00:00.000Z"},
};

Test(report_words, a_time_is_written_as_rfc_3339_has_it) {
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[40];
        report_format_time(times[i].time_us, true, text, sizeof text);
        cr_expect_str_eq(text, times[i].text);
    }
}

static const struct {
    const char *requirement, *document, *section;
} citations[] = {
    {"6455-5.2-03", "6455", "5.2"},
    {"RFC7692-7.1.2-10", "7692", "7.1.2"},
    {"rfc6455-3", "6455", "3"},
    {"6455", NULL, NULL},
    {"iana-close-1", NULL, NULL},
    {"6455-A-1", NULL, NULL},
    {"6455--1", NULL, NULL},
    {"6455-.5-1", NULL, NULL},
    {"-5.2-1", NULL, NULL},
    {"", NULL, NULL},
    {"64556455-5.2-1", NULL, NULL},
    {"6455-1.2.3.4.5.6.7.8.9.10.11.12-1", NULL, NULL},
    {"6455-\"><script>-1", NULL, NULL},
};

Test(report_words, a_requirement_names_its_section) {
    for (size_t i = 0; i < sizeof citations / sizeof *citations; i++) {
        report_citation citation;
        bool cited = report_cite(citations[i].requirement, &citation);
        cr_expect_eq(cited, citations[i].document != NULL, "%s", citations[i].requirement);
        if (cited) {
            cr_expect_str_eq(citation.document, citations[i].document);
            cr_expect_str_eq(citation.section, citations[i].section);
        }
    }
}

/* --- groups --- */

Test(report_groups, groups_come_by_first_appearance_with_cases_in_order) {
    report *r = report_new();
    add(r, "z1", "Zulu", REPORT_OK, NULL);
    add(r, "a1", "Alpha", REPORT_FAILED, "x");
    add(r, "n1", NULL, REPORT_OK, NULL);
    add(r, "z2", "Zulu", REPORT_FAILED, "x");
    report_groups groups;
    cr_assert_eq(report_groups_init(&groups, r), 0);
    cr_assert_eq(groups.count, 3);
    cr_expect_str_eq(groups.items[0].name, "Zulu");
    cr_expect_str_eq(groups.items[1].name, "Alpha");
    cr_expect_str_eq(groups.items[2].name, "");
    cr_assert_eq(groups.items[0].count, 2);
    cr_expect_str_eq(groups.items[0].cases[0]->id, "z1");
    cr_expect_str_eq(groups.items[0].cases[1]->id, "z2");
    cr_expect_eq(groups.items[0].counts[REPORT_FAILED], 1);
    cr_expect_eq(groups.items[0].duration_us, 3000);
    report_groups_clear(&groups);
    report_free(r);
}

Test(report_groups, a_line_of_limits_tells_what_was_seen_by_value) {
    static const struct {
        const char *limit, *value, *seen;
        bool timed;
        report_verdict verdict;
    } cases[] = {
        {"size", "64 KiB", "echo", false, REPORT_OK},
        {NULL, NULL, NULL, false, REPORT_OK},
        {"idle", NULL, "ping after 20.0 s", false, REPORT_OK},
        {"size", "1 MiB", "echo", false, REPORT_OK},
        {"size", "16 MiB", "nothing", false, REPORT_FAILED},
        {"time", "1000", "101", true, REPORT_OK},
        {"time", "2000", "400", true, REPORT_OK},
        {"size", "64 MiB", NULL, false, REPORT_SKIPPED},
    };
    static const char *const lines[] = {"64 KiB, 1 MiB: echo; 16 MiB: nothing (FAILED); 64 MiB: not tried",
                                        "ping after 20.0 s", "1000 in 1.5 ms: 101; 2000 in 1.5 ms: 400"};
    report *r = report_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        add(r, "c", "Limits", cases[i].verdict, NULL);
        report_case *c = r->cases[i];
        c->limit = cases[i].limit;
        c->limit_value = cases[i].value;
        c->seen = cases[i].seen;
        c->limit_timed = cases[i].timed;
    }
    report_groups limits;
    cr_assert_eq(report_limits_init(&limits, r), 0);
    cr_assert_eq(limits.count, 3);
    for (size_t i = 0; i < limits.count; i++) {
        char text[200];
        report_describe_limit(&limits.items[i], text, sizeof text);
        cr_expect_str_eq(text, lines[i]);
    }
    report_groups_clear(&limits);
    report_free(r);
}

Test(report_groups, a_statement_stands_as_its_worst_case_that_judged_it) {
    static const report_requirement statements[] = {{"b", "RFC 1", "1", "must", "B.", false, NULL},
                                                    {"a", "RFC 1", "2", "must", "A.", false, NULL},
                                                    {"c", "RFC 2", "1", "may", "C.", true, NULL},
                                                    {"d", "RFC 2", "2", "may", "D.", false, "No."}};
    static const char *const a[] = {"a"}, *const ab[] = {"a", "b", "unknown"};
    report *r = report_new();
    r->requirements = statements;
    r->requirement_count = 4;
    for (int i = 0; i < 5; i++) {
        static const report_verdict verdicts[] = {REPORT_OK, REPORT_NON_STRICT, REPORT_INFORMATIONAL,
                                                  REPORT_SKIPPED, REPORT_INCONCLUSIVE};
        add(r, "c", "G", verdicts[i], "x");
        r->cases[i]->requirements = i == 0 ? ab : a;
        r->cases[i]->requirement_count = i == 0 ? 3 : 1;
    }
    report_standing *standings = report_standings(r);
    cr_expect_eq(standings[0].cases, 1);
    cr_expect_eq(standings[0].worst, REPORT_OK);
    cr_expect_eq(standings[1].cases, 3);
    cr_expect_eq(standings[1].worst, REPORT_NON_STRICT);
    cr_expect_eq(standings[2].cases, 0);
    free(standings);
    char *text = rendered(r, report_write_html);
    cr_expect_not_null(strstr(text, "3 of 4 statements judged, 1 left out with a reason"));
    cr_expect_not_null(strstr(text, "<a href=\"#a\">a</a>"));
    cr_expect_not_null(strstr(text, "every case"));
    free(text);
    report_free(r);
}

Test(report_groups, any_failed_allocation_is_reported_without_a_leak) {
    report *r = report_new();
    add(r, "a", "Alpha", REPORT_OK, NULL);
    FILE *out = fopen("/dev/null", "w");
    for (size_t left = 0; left < 4; left++) {
        allocations_left = left;
        cr_expect_eq(report_write_html(r, out), -1);
        allocations_left = left;
        cr_expect_eq(report_write_junit(r, out), -1);
    }
    allocations_left = 4;
    cr_expect_eq(report_write_html(r, out), 0);
    allocations_left = SIZE_MAX;
    fclose(out);
    report_free(r);
}

/* --- every renderer --- */

#define HOSTILE                                                                                              \
    "<script>alert('x')</script>]]>\"&amp;`|*_\\#\r\n\t\x01\x1b[31m\xff\xc3\x28\xe2\x80\xae\x7f\xc2\x85 - "  \
    "..."

static const report_entry hostile_transcript[] = {
    {.kind = REPORT_ENTRY_HTTP, .bytes = OCTETS(HOSTILE "\0end"), .length = 99, .text = HOSTILE},
    {.kind = REPORT_ENTRY_FRAME,
     .bytes = OCTETS("\0" HOSTILE),
     .length = 99,
     .payload = HOSTILE,
     .text = HOSTILE},
    {.kind = REPORT_ENTRY_RAW, .bytes = OCTETS(HOSTILE), .sha256 = "<script>]]>\"\n", .text = HOSTILE},
    {.kind = REPORT_ENTRY_SKIPPED, .text = HOSTILE},
    {.kind = REPORT_ENTRY_EVENT, .text = HOSTILE},
};
static const char *const hostile_requirements[] = {HOSTILE, "6455-<script>-1"};
static const char *const hostile_command[] = {HOSTILE, HOSTILE};
static const report_process hostile_process = {
    .command = hostile_command, .command_count = 2, .exit = HOSTILE, .deaths = 1, .memory_peak_kib = 1};
static const report_option hostile_options[] = {{HOSTILE, HOSTILE}, {HOSTILE, NULL}};

static const report_requirement hostile_statements[] = {
    {.id = HOSTILE, .document = HOSTILE, .section = HOSTILE, .level = HOSTILE, .statement = HOSTILE},
    {"6455-<script>-1", HOSTILE, HOSTILE, HOSTILE, HOSTILE, false, HOSTILE}};

static report *hostile_report(void) {
    report *r = report_new();
    for (int i = 0; i < REPORT_VERDICT_COUNT; i++) {
        report_case *c = add(r, HOSTILE, HOSTILE, (report_verdict)i, HOSTILE);
        c->autobahn = c->title = c->why = c->level = HOSTILE;
        c->limit = c->limit_value = c->seen = HOSTILE;
        c->requirements = hostile_requirements;
        c->requirement_count = 2;
        c->verdict_close = (report_close_verdict)i;
        c->close.reason = (report_octets)OCTETS(HOSTILE "\0");
        c->close.has_code = true;
        c->close.by = (report_closer)(i % 3);
        c->flaky = true;
        c->transcript = hostile_transcript;
        c->transcript_count = sizeof hostile_transcript / sizeof *hostile_transcript;
    }
    r->tool_version = r->cases_sha256 = r->target_role = r->target_url = r->target_agent = HOSTILE;
    r->target_process = &hostile_process;
    r->rerun = HOSTILE "%s" HOSTILE;
    r->options = hostile_options;
    r->option_count = 2;
    report_add_fact(r, HOSTILE, HOSTILE);
    r->requirements = hostile_statements;
    r->requirement_count = 2;
    report_finish(r);
    return r;
}

Test(report_escaping, formats_with_markup_let_none_through) {
    report *r = hostile_report();
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (formats[i].write == report_write_tap) /* plain text */
            continue;
        char *text = rendered(r, formats[i].write);
        cr_expect_null(strstr(text, "<script"), "%s", formats[i].name);
        cr_expect_null(strstr(text, "]]>"), "%s", formats[i].name);
        free(text);
    }
    report_free(r);
}

Test(report_escaping, every_format_is_valid_utf8_without_controls) {
    report *r = hostile_report();
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        char *text = rendered(r, formats[i].write);
        cr_expect(report_utf8_valid(report_octets_of(text)), "%s", formats[i].name);
        for (const char *at = text; *at; at++)
            cr_assert(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f), "%s: octet %02x",
                      formats[i].name, (unsigned)*at);
        free(text);
    }
    report_free(r);
}

Test(report_escaping, no_format_lets_bidirectional_marks_reorder_a_line) {
    report *r = hostile_report();
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        char *text = rendered(r, formats[i].write);
        /* XML is read by programs, which must get what the reason was. */
        if (formats[i].write != report_write_junit)
            cr_expect_null(strstr(text, "\xe2\x80\xae"), "%s", formats[i].name);
        free(text);
    }
    report_free(r);
}

Test(report_escaping, every_format_notices_a_full_disk) {
    report *r = hostile_report();
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        FILE *out = fopen("/dev/full", "w");
        cr_expect_eq(formats[i].write(r, out), -1, "%s", formats[i].name);
        fclose(out);
    }
    report_free(r);
}

Test(report_escaping, every_format_renders_a_report_without_anything) {
    report *r = report_new();
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        char *text = rendered(r, formats[i].write);
        cr_expect_null(strstr(text, "(null)"), "%s", formats[i].name);
        free(text);
    }
    report_free(r);
}

Test(report_escaping, every_format_renders_a_case_without_anything) {
    report *r = report_new();
    for (int i = 0; i < REPORT_VERDICT_COUNT; i++)
        report_add_case(r)->verdict = (report_verdict)i;
    report_finish(r);
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        char *text = rendered(r, formats[i].write);
        cr_expect_null(strstr(text, "(null)"), "%s", formats[i].name);
        free(text);
    }
    report_free(r);
}

/* --- JUnit --- */

static report *small_report(void) {
    static const char *const requirements[] = {"6455-5.2-03"};
    report *r = report_new();
    report_case *c = add(r, "frame.a", "Framing", REPORT_OK, NULL);
    c->verdict_close = REPORT_CLOSE_OK;
    c = add(r, "close.b", "Closing", REPORT_FAILED, "Got <1000> & \"bye\"\nnot 1002");
    c->requirements = requirements;
    c->requirement_count = 1;
    c->autobahn = "7.1.1";
    c->level = "must";
    c->verdict_close = REPORT_CLOSE_WRONG_CODE;
    add(r, "frame.c", "Framing", REPORT_SKIPPED, "needs #1");
    add(r, "frame.d", "Framing", REPORT_INCONCLUSIVE, "no connection");
    add(r, "frame.e", "Framing", REPORT_NON_STRICT, "slow")->flaky = true;
    r->tool_version = "0.1.0";
    r->target_role = "server";
    r->target_url = "ws://localhost:9001/";
    r->rerun = "wspect server ws://localhost:9001/ --cases '%s' --verbose";
    r->started_us = INT64_C(1795170693123000);
    r->duration_us = 2345678;
    report_finish(r);
    return r;
}

Test(report_junit, a_small_report_gives_this_document) {
    report *r = small_report();
    char *text = rendered(r, report_write_junit);
    cr_expect_str_eq(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"wspect\" tests=\"5\" failures=\"1\" errors=\"1\" time=\"2.345678\">\n"
        "  <testsuite name=\"Framing\" tests=\"4\" failures=\"0\" errors=\"1\" skipped=\"1\" "
        "timestamp=\"2026-11-20T10:31:33\" time=\"0.006000\">\n"
        "    <testcase classname=\"Framing\" name=\"frame.a\" time=\"0.001500\">\n"
        "      <system-out>verdict: OK\nclosing handshake: OK\ntitle: A title\n</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"Framing\" name=\"frame.c\" time=\"0.001500\">\n"
        "      <skipped message=\"needs #1\"/>\n"
        "      <system-out>verdict: SKIPPED\ntitle: A title\nreason: needs #1\n</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"Framing\" name=\"frame.d\" time=\"0.001500\">\n"
        "      <error message=\"no connection\" type=\"INCONCLUSIVE\">no connection</error>\n"
        "      <system-out>verdict: INCONCLUSIVE\ntitle: A title\nreason: no connection\n</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"Framing\" name=\"frame.e\" time=\"0.001500\">\n"
        "      <system-out>verdict: NON-STRICT\ntitle: A title\nreason: slow\n"
        "flaky: two runs of this case differed\n</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"Closing\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "timestamp=\"2026-11-20T10:31:33\" time=\"0.001500\">\n"
        "    <testcase classname=\"Closing\" name=\"close.b\" time=\"0.001500\">\n"
        "      <failure message=\"Got &#60;1000&#62; &#38; &#34;bye&#34;&#10;not 1002\" type=\"FAILED\">"
        "Got &#60;1000&#62; &#38; &#34;bye&#34;&#10;not 1002</failure>\n"
        "      <system-out>verdict: FAILED\nclosing handshake: WRONG CODE\ntitle: A title\n"
        "reason: Got &#60;1000&#62; &#38; &#34;bye&#34;&#10;not 1002\nlevel: must\nautobahn: 7.1.1\n"
        "requirement: 6455-5.2-03\n</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    free(text);
    report_free(r);
}

Test(report_junit, characters_that_xml_forbids_are_replaced) {
    report *r = report_new();
    add(r, "a", "g", REPORT_FAILED, "\x01|\xef\xbf\xbe|\xff|\t|\xc2\x85|]]>");
    report_finish(r);
    char *text = rendered(r, report_write_junit);
    cr_expect_not_null(
        strstr(text, "message=\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|&#9;|&#133;|]]&#62;\""));
    free(text);
    report_free(r);
}

Test(report_junit, a_negative_duration_is_none) {
    report *r = report_new();
    add(r, "a", "g", REPORT_OK, NULL)->duration_us = -5;
    char *text = rendered(r, report_write_junit);
    cr_expect_not_null(strstr(text, "name=\"a\" time=\"0.000000\""));
    free(text);
    report_free(r);
}

/* --- TAP --- */

Test(report_tap, a_small_report_gives_these_lines) {
    report *r = small_report();
    char *text = rendered(r, report_write_tap);
    cr_expect_str_eq(text, "TAP version 14\n"
                           "1..5\n"
                           "ok 1 - frame.a\n"
                           "not ok 2 - close.b\n"
                           "  ---\n"
                           "  message: \"Got <1000> & \\\"bye\\\"\\nnot 1002\"\n"
                           "  verdict: \"FAILED\"\n"
                           "  closing: \"WRONG CODE\"\n"
                           "  title: \"A title\"\n"
                           "  level: \"must\"\n"
                           "  autobahn: \"7.1.1\"\n"
                           "  requirements:\n"
                           "    - \"6455-5.2-03\"\n"
                           "  duration_ms: 1.500\n"
                           "  ...\n"
                           "ok 3 - frame.c # SKIP needs \\#1\n"
                           "not ok 4 - frame.d\n"
                           "  ---\n"
                           "  message: \"no connection\"\n"
                           "  verdict: \"INCONCLUSIVE\"\n"
                           "  title: \"A title\"\n"
                           "  duration_ms: 1.500\n"
                           "  ...\n"
                           "ok 5 - frame.e\n"
                           "  ---\n"
                           "  message: \"slow\"\n"
                           "  verdict: \"NON-STRICT\"\n"
                           "  title: \"A title\"\n"
                           "  duration_ms: 1.500\n"
                           "  flaky: true\n"
                           "  ...\n");
    free(text);
    report_free(r);
}

Test(report_tap, hostile_text_starts_no_line) {
    report *r = hostile_report();
    char *text = rendered(r, report_write_tap);
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && rest;)
        cr_expect(strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0 ||
                      strncmp(line, "  ", 2) == 0 || strcmp(line, "1..7") == 0 ||
                      strcmp(line, "TAP version 14") == 0,
                  "%s", line);
    free(text);
    report_free(r);
}

Test(report_tap, a_description_cannot_hold_a_directive) {
    report *r = report_new();
    add(r, "a # SKIP me \\", "g", REPORT_FAILED, NULL);
    char *text = rendered(r, report_write_tap);
    cr_expect_not_null(strstr(text, "not ok 1 - a \\# SKIP me \\\\\n"));
    free(text);
    report_free(r);
}

Test(report_tap, an_interrupted_run_bails_out) {
    report *r = report_new();
    r->interrupted = true;
    char *text = rendered(r, report_write_tap);
    cr_expect_str_eq(text, "TAP version 14\n1..0 # SKIP no case was run\n"
                           "Bail out! The run was stopped before all cases were done.\n");
    free(text);
    report_free(r);
}

/* --- Markdown --- */

Test(report_markdown, a_small_report_gives_this_summary) {
    report *r = small_report();
    char *text = rendered(r, report_write_markdown);
    cr_expect_str_eq(text, "## WebSocket conformance: ws\\://localhost\\:9001/\n\n"
                           "**Not conformant: 1 of 4 cases failed; 1 NON-STRICT; 1 could not be judged.**\n\n"
                           "Tested with wspect 0.1.0 in 2.3 s.\n\n"
                           "| Verdict | Cases |\n"
                           "| --- | ---: |\n"
                           "| OK | 1 |\n"
                           "| NON-STRICT | 1 |\n"
                           "| INFORMATIONAL | 0 |\n"
                           "| UNIMPLEMENTED | 0 |\n"
                           "| FAILED | 1 |\n"
                           "| SKIPPED | 1 |\n"
                           "| INCONCLUSIVE | 1 |\n"
                           "| **all** | **5** |\n"
                           "\n### FAILED (1)\n\n"
                           "- <code>close.b</code> A title (6455-5.2-03)<br>"
                           "Got &lt;1000&gt; &amp; \"bye\" not 1002\n"
                           "\n### INCONCLUSIVE (1)\n\n"
                           "- <code>frame.d</code> A title<br>no connection\n"
                           "\n### NON-STRICT (1)\n\n"
                           "- <code>frame.e</code> A title **flaky**<br>slow\n"
                           "\n### SKIPPED (1)\n\n"
                           "- <code>frame.c</code> A title<br>needs \\#1\n");
    free(text);
    report_free(r);
}

Test(report_markdown, markup_of_the_peer_is_escaped) {
    report *r = report_new();
    add(r, "a", "g", REPORT_FAILED, "| `x` **b** _i_ [l](u) <b> &amp; ~~s~~ \\ $m$ #1\nnext");
    report_finish(r);
    char *text = rendered(r, report_write_markdown);
    cr_expect_not_null(strstr(text, "<br>\\| \\`x\\` \\*\\*b\\*\\* \\_i\\_ \\[l\\](u) &lt;b&gt; &amp;amp; "
                                    "\\~\\~s\\~\\~ \\\\ \\$m\\$ \\#1 next\n"),
                       "%s", text);
    free(text);
    report_free(r);
}

Test(report_markdown, no_text_becomes_a_link_by_itself) {
    report *r = report_new();
    add(r, "a", "g", REPORT_FAILED, "see http://a.example, www.b.example, c@d.example");
    report_finish(r);
    char *text = rendered(r, report_write_markdown);
    cr_expect_not_null(strstr(text, "see http\\://a\\.example, www\\.b\\.example, c\\@d\\.example"), "%s",
                       text);
    free(text);
    report_free(r);
}

Test(report_markdown, a_long_list_is_cut_and_counted) {
    report *r = report_new();
    for (int i = 0; i < 250; i++)
        add(r, "a", "g", REPORT_FAILED, NULL);
    report_finish(r);
    char *text = rendered(r, report_write_markdown);
    cr_expect_eq(occurrences(text, "<code>a</code>"), 100);
    cr_expect_not_null(strstr(text, "\n- and 150 more\n"));
    free(text);
    report_free(r);
}

Test(report_markdown, a_long_reason_is_cut) {
    static char reason[5000];
    memset(reason, 'r', sizeof reason - 1);
    report *r = report_new();
    add(r, "a", "g", REPORT_FAILED, reason);
    report_finish(r);
    char *text = rendered(r, report_write_markdown);
    cr_expect_lt(strlen(text), 1000);
    cr_expect_not_null(strstr(text, "rrr\xe2\x80\xa6\n"));
    free(text);
    report_free(r);
}

Test(report_markdown, a_flaky_pass_is_listed) {
    report *r = report_new();
    add(r, "a", "g", REPORT_OK, NULL)->flaky = true;
    report_finish(r);
    char *text = rendered(r, report_write_markdown);
    cr_expect_not_null(strstr(text, "### OK (1 flaky)\n\n- <code>a</code> A title **flaky**\n"));
    free(text);
    report_free(r);
}

/* --- HTML --- */

static char *html;
static report *html_report;

static void render_small_html(void) {
    html_report = small_report();
    html = rendered(html_report, report_write_html);
}

static void free_small_html(void) {
    free(html);
    report_free(html_report);
}

TestSuite(report_html, .init = render_small_html, .fini = free_small_html);
TestSuite(report_html_log);

#define EXPECT_PART(text, part) cr_expect_not_null(strstr(text, part), "missing: %s", part)

Test(report_html, the_page_asks_for_nothing_else) {
    static const char *const requests[] = {
        "<script", " src=", "url(", "@import", "srcset", "<iframe", "http-equiv=\"refresh"};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        cr_expect_null(strstr(html, requests[i]), "%s", requests[i]);
    cr_expect_eq(occurrences(html, "<link "), 1);
    EXPECT_PART(html, "<link rel=\"icon\" href=\"data:,\">");
}

Test(report_html, the_page_fits_phones_dark_rooms_and_paper) {
    EXPECT_PART(html, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    EXPECT_PART(html, "(prefers-color-scheme:dark){");
    EXPECT_PART(html, "@media(max-width:");
    EXPECT_PART(html, "@media print");
}

Test(report_html, the_first_screen_says_who_was_tested_and_how_it_went) {
    EXPECT_PART(html, "<p class=\"target\">ws://localhost:9001/</p>");
    EXPECT_PART(
        html, "<p class=\"result failed\">Not conformant: 1 of 4 cases failed; 1 NON-STRICT; 1 could not be "
              "judged.</p>");
    EXPECT_PART(html,
                "Tested as server with wspect 0.1.0 on <time datetime=\"2026-11-20T10:31:33Z\">2026-11-20 at "
                "10:31 UTC</time> in 2.35 s.");
}

Test(report_html, each_verdict_is_counted_in_words) {
    EXPECT_PART(html, "<li class=\"failed\"><b>1</b>FAILED</li>");
    EXPECT_PART(html, "<li class=\"informational zero\"><b>0</b>INFORMATIONAL</li>");
}

Test(report_html, each_group_has_a_row_that_leads_to_its_cases) {
    EXPECT_PART(html, "<tr><td><a href=\"#group_1\">Closing</a><td>1");
    EXPECT_PART(html, "<section id=\"group_1\"><h3>Closing</h3>");
}

Test(report_html, failures_are_listed_first_with_a_link) {
    const char *failed = strstr(html, "<a class=\"id\" href=\"#close.b\">close.b</a>");
    const char *inconclusive = strstr(html, "<a class=\"id\" href=\"#frame.d\">frame.d</a>");
    const char *cases = strstr(html, "<h2>All cases</h2>");
    cr_assert(failed && inconclusive && cases);
    cr_expect(failed < inconclusive && inconclusive < cases);
    cr_expect_null(strstr(html, "href=\"#frame.a\""));
}

Test(report_html, only_failed_cases_are_open) {
    EXPECT_PART(html, "<details class=\"case\" id=\"close.b\" open>");
    EXPECT_PART(html, "<details class=\"case\" id=\"frame.a\"><summary>");
    cr_expect_eq(occurrences(html, " open>"), 1);
}

Test(report_html, a_case_says_what_why_and_how_to_repeat_it) {
    EXPECT_PART(html, "<p class=\"reason failed\">Got &lt;1000&gt; &amp; &quot;bye&quot;\nnot 1002</p>");
    EXPECT_PART(html,
                "<a href=\"https://www.rfc-editor.org/rfc/rfc6455#section-5.2\">RFC 6455 section 5.2</a>");
    EXPECT_PART(html, "<dt>Autobahn<dd>7.1.1");
    EXPECT_PART(html, "<dt>Level<dd>must");
    EXPECT_PART(html, "<dt>Closing handshake<dd>WRONG CODE: ");
    EXPECT_PART(html, "<code>wspect server ws://localhost:9001/ --cases &#39;close.b&#39; --verbose</code>");
}

Test(report_html, a_flaky_case_is_marked) {
    EXPECT_PART(html, "<span class=\"chip flaky\">FLAKY</span><span class=\"id\">frame.e</span>");
    EXPECT_PART(html, "<dt>Flaky<dd>two runs of this case differed");
}

static char *html_of(const report_entry *entries, size_t count, report_verdict verdict) {
    report *r = report_new();
    report_case *c = add(r, "a", "g", verdict, verdict == REPORT_OK ? NULL : "why");
    c->transcript = entries;
    c->transcript_count = count;
    report_finish(r);
    char *text = rendered(r, report_write_html);
    report_free(r);
    return text;
}

static const report_entry logged[] = {
    {.kind = REPORT_ENTRY_EVENT, .time_us = 1234, .text = "connect"},
    {.kind = REPORT_ENTRY_HTTP,
     .out = true,
     .time_us = 2000,
     .bytes = OCTETS("GET / HTTP/1.1\r\n\r\n"),
     .length = 18},
    {.kind = REPORT_ENTRY_FRAME,
     .time_us = 3000,
     .offset = 12,
     .bytes = OCTETS("<b>\0\xff\n"),
     .length = 6,
     .fin = true,
     .opcode = 1,
     .length_bits = 7,
     .declared = 6,
     .text = "text is not UTF-8"},
    {.kind = REPORT_ENTRY_SKIPPED,
     .out = true,
     .count = 9,
     .length = 90,
     .sha256 = "0123",
     .payload = "{\"x\":1}"},
};

Test(report_html_log, a_failed_case_shows_its_rows) {
    char *text = html_of(logged, 4, REPORT_FAILED);
    EXPECT_PART(text, "<tr class=\"e\"><td>1.234<td><td><td colspan=\"3\">connect\n");
    EXPECT_PART(text, "<tr class=\"o\"><td>2.000<td>out<td>0<td>HTTP 18 octets<td>"
                      "474554202f20485454502f312e310d0a\xe2\x80\xa6<td>"
                      "GET / HTTP/1.1\xe2\x90\x8d\xe2\x90\x8a\n\xe2\x90\x8d\xe2\x90\x8a\n\n");
    EXPECT_PART(
        text, "<tr class=\"i bad\"><td>3.000<td>in<td>12<td>text FIN len 6 <span class=\"note\">text is not "
              "UTF-8</span><td>3c623e00ff0a<td>&lt;b&gt;\xe2\x90\x80\xef\xbf\xbd"
              "\xe2\x90\x8a\n");
    EXPECT_PART(text,
                "9 more frames with 90 octets <code>{&quot;x&quot;:1}</code> <span class=\"soft\">sha256 "
                "<code>0123</code></span><td><td>\n");
    free(text);
}

Test(report_html_log, a_passed_case_shows_its_rows_in_brief) {
    char *text = html_of(logged, 4, REPORT_OK);
    EXPECT_PART(text, "HTTP 18 octets<td><td>GET / HTTP/1.1\xe2\x80\xa6\n");
    free(text);
}

enum { MANY = 1000 };

static report_entry *many_frames(void) {
    static report_entry frames[MANY];
    for (size_t i = 0; i < MANY; i++)
        frames[i] = (report_entry){
            .kind = REPORT_ENTRY_FRAME,
            .offset = i,
            .opcode = 2,
            .fin = true,
            .length_bits = 7,
            .declared = 64,
            .length = 64,
            .bytes = OCTETS("\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4"
                            "\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4")};
    return frames;
}

Test(report_html_log, a_long_log_keeps_both_ends_and_every_violation) {
    report_entry *frames = many_frames();
    frames[500].text = "a violation";
    char *text = html_of(frames, MANY, REPORT_OK);
    EXPECT_PART(text, "<td>in<td>0<td>");
    EXPECT_PART(text, "<td>in<td>500<td>");
    EXPECT_PART(text, "<td>in<td>999<td>");
    EXPECT_PART(text, "colspan=\"3\">492 rows are left out here; the JSON report has them.\n");
    EXPECT_PART(text, "colspan=\"3\">491 rows are left out here; the JSON report has them.\n");
    cr_expect_eq(occurrences(text, "<tr class=\"i"), 17);
    free(text);
}

/* Every log is far beyond what a page can hold. */
static size_t html_size(size_t cases, bool failed) {
    report *r = report_new();
    for (size_t i = 0; i < cases; i++) {
        report_case *c = add(r, "frame.length.of-usual.size", "Framing", failed ? REPORT_FAILED : REPORT_OK,
                             failed ? "The server closed with 1000 where 1002 was expected." : NULL);
        c->transcript = many_frames();
        c->transcript_count = MANY;
    }
    report_finish(r);
    char *text = rendered(r, report_write_html);
    size_t size = strlen(text);
    free(text);
    report_free(r);
    return size;
}

Test(report_html_log, three_hundred_passed_cases_stay_under_two_megabytes) {
    cr_expect_lt(html_size(300, false), 2000000);
}

Test(report_html_log, three_hundred_failed_cases_stay_under_two_megabytes) {
    cr_expect_lt(html_size(300, true), 2000000);
}

static const struct {
    int64_t duration_us;
    const char *text;
} durations[] = {{1234, ">1.2 ms<"}, {98765, ">99 ms<"}, {2345678, ">2.35 s<"}, {150000000, ">2.5 min<"}};

Test(report_html_log, durations_have_a_fitting_unit) {
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        report *r = report_new();
        add(r, "a", "g", REPORT_OK, NULL)->duration_us = durations[i].duration_us;
        char *text = rendered(r, report_write_html);
        EXPECT_PART(text, durations[i].text);
        free(text);
        report_free(r);
    }
}

Test(report_html_log, an_odd_id_becomes_a_safe_anchor) {
    report *r = report_new();
    add(r, "a b\"_<\xff", "g", REPORT_FAILED, "x");
    report_finish(r);
    char *text = rendered(r, report_write_html);
    EXPECT_PART(text, "id=\"a_20b_22_5f_3c_ff\"");
    EXPECT_PART(text, "href=\"#a_20b_22_5f_3c_ff\"");
    free(text);
    report_free(r);
}

Test(report_html_log, a_close_is_told_with_code_and_reason) {
    report *r = report_new();
    report_case *c = add(r, "a", "g", REPORT_OK, NULL);
    c->close.received = c->close.has_code = c->close.clean = true;
    c->close.code = 1001;
    c->close.by = REPORT_CLOSER_PEER;
    c->close.reason = (report_octets)OCTETS("b\0ye");
    c->verdict_close = REPORT_CLOSE_OK;
    char *text = rendered(r, report_write_html);
    EXPECT_PART(text, "<dt>Closing handshake<dd>OK: begun by the peer, code 1001 \xe2\x80\x9c"
                      "b\xe2\x90\x80ye\xe2\x80\x9d, clean\n");
    free(text);
    report_free(r);
}

Test(report_html_log, a_command_without_a_place_for_the_id_is_shown_as_it_is) {
    report *r = report_new();
    add(r, "a", "g", REPORT_FAILED, NULL);
    r->rerun = "make test";
    char *text = rendered(r, report_write_html);
    EXPECT_PART(text, "<dt>Run it again<dd><code>make test</code>");
    free(text);
    report_free(r);
}
