/* The JSON form, written and read. Allocations of the code under test and of Jansson go through test_malloc()
 * and its like, so that any of them can fail. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t allocations_left = SIZE_MAX;

static bool may_allocate(void) {
    return allocations_left && allocations_left--;
}
static void *test_malloc(size_t size) {
    return may_allocate() ? malloc(size) : NULL;
}
static void *test_calloc(size_t count, size_t size) {
    return may_allocate() ? calloc(count, size) : NULL;
}

#define malloc test_malloc
#define calloc test_calloc
// NOLINTNEXTLINE(bugprone-suspicious-include): its allocations are to be replaced
#include "reports/report.c"
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include "reports/report_json_members.c"
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include "reports/report_json_read.c"
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include "reports/report_json_write.c"
#undef malloc
#undef calloc

#define OCTETS(text)                                                                                         \
    { (const uint8_t *)(text), sizeof(text) - 1 }
#define DIGEST_TEXT "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static char error[600];
static char file_path[] = "/tmp/report-json-test-XXXXXX";

static void make_file(void) {
    int file = mkstemp(file_path);
    cr_assert_geq(file, 0);
    close(file);
}

static void remove_file(void) {
    unlink(file_path);
}

TestSuite(report_json_write);
TestSuite(report_json_round_trip, .init = make_file, .fini = remove_file);
TestSuite(report_json_read, .init = make_file, .fini = remove_file);

static char *json_of(const report *r) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int result = report_write_json(r, out);
    fclose(out);
    if (result == 0)
        return text;
    free(text);
    return NULL;
}

static report *report_of(const char *text, size_t size) {
    FILE *out = fopen(file_path, "w");
    cr_assert(out && fwrite(text, 1, size, out) == size && fclose(out) == 0);
    return report_read_json(file_path, error, sizeof error);
}

/* --- a report with something in every member --- */

static const report_entry full_transcript[] = {
    {.kind = REPORT_ENTRY_EVENT, .time_us = 5, .text = "connect"},
    {.kind = REPORT_ENTRY_HTTP,
     .out = true,
     .time_us = 10,
     .bytes = OCTETS("GET / HTTP/1.1\r\n\r\n"),
     .length = 18},
    {.kind = REPORT_ENTRY_FRAME,
     .out = true,
     .time_us = 1234567890123,
     .offset = 7,
     .bytes = OCTETS("\0\xff"),
     .length = 5,
     .sha256 = DIGEST_TEXT,
     .payload = "{\"repeat\":\"a\",\"count\":5}",
     .fin = true,
     .masked = true,
     .rsv = 4,
     .opcode = 1,
     .length_bits = 64,
     .key = {0x37, 0xfa, 0x21, 0x3d},
     .wire = OCTETS("\x4a\0"),
     .declared = UINT64_MAX},
    {.kind = REPORT_ENTRY_FRAME,
     .offset = UINT64_C(1) << 53,
     .opcode = 0xf,
     .rsv = 7,
     .length_bits = 16,
     .declared = (UINT64_C(1) << 53) - 1,
     .text = "reserved opcode"},
    {.kind = REPORT_ENTRY_SKIPPED, .count = 1000, .length = 64, .offset = 9},
    {.kind = REPORT_ENTRY_RAW,
     .time_us = -1,
     .bytes = OCTETS("x"),
     .length = 1,
     .text = "not \xc3\x28 UTF-8"},
};

static const char *const two_requirements[] = {"6455-5.2-03", "6455-7.4.1-01"};
static const report_option full_options[] = {
    {"profile", "quick"}, {"header", "A: 1"}, {"header", "B: 2"}, {"header", NULL}, {"insecure", NULL}};

static const char *const full_command[] = {"./echo", "--port 9001"};
static const report_process full_process = {.command = full_command,
                                            .command_count = 2,
                                            .exit = "signal 15 (SIGTERM)",
                                            .deaths = 2,
                                            .unexplained = 1,
                                            .restarts = 2,
                                            .memory_start_kib = 100,
                                            .memory_peak_kib = 300,
                                            .memory_end_kib = 200};

static report *full_report(void) {
    report *r = report_new();
    report_case *c = r ? report_add_case(r) : NULL;
    report_case *bare = c ? report_add_case(r) : NULL;
    if (!bare) {
        report_free(r);
        return NULL;
    }
    *c = (report_case){.id = "frame.length.zero",
                       .autobahn = "1.1.1",
                       .title = "A \"title\"",
                       .why = "Because\nof this",
                       .group = "Framing",
                       .requirements = two_requirements,
                       .requirement_count = 2,
                       .level = "must",
                       .verdict = REPORT_FAILED,
                       .verdict_close = REPORT_CLOSE_WRONG_CODE,
                       .close = {true, true, 1002, OCTETS("caf\xc3\xa9\0\xc3\x28"), REPORT_CLOSER_PEER, true},
                       .duration_us = 1234,
                       .reason = "closed with 1002 \xe2\x80\x94 expected 1000",
                       .flaky = true,
                       .transcript = full_transcript,
                       .transcript_count = sizeof full_transcript / sizeof *full_transcript};
    bare->id = "bare";
    bare->verdict = REPORT_SKIPPED;
    r->tool_version = "0.1.0";
    r->cases_sha256 = DIGEST_TEXT;
    r->target_role = "server";
    r->target_url = "ws://localhost:9001/";
    r->target_agent = "Bad\xff Agent";
    r->target_process = &full_process;
    r->rerun = "wspect server ws://localhost:9001/ --cases %s";
    r->options = full_options;
    r->option_count = sizeof full_options / sizeof *full_options;
    r->started_us = INT64_C(1795170693123000);
    r->duration_us = 98765432;
    r->busy_us = 1500;
    r->interrupted = true;
    report_finish(r);
    return r;
}

/* --- equality --- */

static bool text_equal(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool octets_equal(report_octets a, report_octets b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static void expect_equal_entries(const report_entry *a, const report_entry *b) {
    cr_expect(a->kind == b->kind && a->out == b->out && a->time_us == b->time_us && a->offset == b->offset);
    cr_expect(octets_equal(a->wire, b->wire));
    cr_expect(octets_equal(a->bytes, b->bytes) && a->length == b->length && a->count == b->count);
    cr_expect_str_eq(a->sha256, b->sha256);
    cr_expect(text_equal(a->payload, b->payload) && text_equal(a->text, b->text));
    cr_expect(a->fin == b->fin && a->masked == b->masked && a->rsv == b->rsv && a->opcode == b->opcode);
    cr_expect(a->length_bits == b->length_bits && a->declared == b->declared);
    cr_expect_arr_eq(a->key, b->key, sizeof a->key);
}

static void expect_equal_cases(const report_case *a, const report_case *b) {
    cr_expect_str_eq(a->id, b->id);
    cr_expect(text_equal(a->autobahn, b->autobahn) && text_equal(a->title, b->title));
    cr_expect(text_equal(a->why, b->why) && text_equal(a->group, b->group) && text_equal(a->level, b->level));
    cr_expect(a->verdict == b->verdict && a->verdict_close == b->verdict_close);
    cr_expect(a->close.received == b->close.received && a->close.has_code == b->close.has_code);
    cr_expect(a->close.code == b->close.code && a->close.by == b->close.by &&
              a->close.clean == b->close.clean);
    cr_expect(octets_equal(a->close.reason, b->close.reason));
    cr_expect(a->duration_us == b->duration_us && text_equal(a->reason, b->reason) && a->flaky == b->flaky);
    cr_assert_eq(a->requirement_count, b->requirement_count);
    for (size_t i = 0; i < a->requirement_count; i++)
        cr_expect_str_eq(a->requirements[i], b->requirements[i]);
    cr_assert_eq(a->transcript_count, b->transcript_count);
    for (size_t i = 0; i < a->transcript_count; i++)
        expect_equal_entries(&a->transcript[i], &b->transcript[i]);
}

static void expect_equal_processes(const report_process *a, const report_process *b) {
    cr_assert_eq(!a, !b);
    if (!a)
        return;
    cr_assert_eq(a->command_count, b->command_count);
    for (size_t i = 0; i < a->command_count; i++)
        cr_expect_str_eq(a->command[i], b->command[i]);
    cr_expect(text_equal(a->exit, b->exit));
    cr_expect(a->deaths == b->deaths && a->unexplained == b->unexplained && a->restarts == b->restarts);
    cr_expect(a->memory_start_kib == b->memory_start_kib && a->memory_peak_kib == b->memory_peak_kib &&
              a->memory_end_kib == b->memory_end_kib);
}

static void expect_equal_runs(const report *a, const report *b) {
    cr_expect(text_equal(a->tool_version, b->tool_version) && text_equal(a->cases_sha256, b->cases_sha256));
    cr_expect(text_equal(a->target_role, b->target_role) && text_equal(a->target_url, b->target_url));
    cr_expect(text_equal(a->target_agent, b->target_agent) && text_equal(a->rerun, b->rerun));
    expect_equal_processes(a->target_process, b->target_process);
    cr_expect(a->started_us == b->started_us && a->duration_us == b->duration_us && a->busy_us == b->busy_us);
    cr_expect_eq(a->interrupted, b->interrupted);
    cr_expect_arr_eq(a->summary, b->summary, sizeof a->summary);
    cr_assert_eq(a->option_count, b->option_count);
    for (size_t i = 0; i < a->option_count; i++)
        cr_expect(text_equal(a->options[i].name, b->options[i].name) &&
                  text_equal(a->options[i].value, b->options[i].value));
}

static void expect_equal_reports(const report *a, const report *b) {
    expect_equal_runs(a, b);
    cr_assert_eq(a->case_count, b->case_count);
    for (size_t i = 0; i < a->case_count; i++)
        expect_equal_cases(a->cases[i], b->cases[i]);
}

static void expect_round_trip(report *r) {
    char *text = json_of(r);
    cr_assert_not_null(text);
    report *back = report_of(text, strlen(text));
    cr_assert_not_null(back, "%s", error);
    expect_equal_reports(r, back);
    char *again = json_of(back);
    cr_expect_str_eq(text, again);
    free(text);
    free(again);
    report_free(back);
    report_free(r);
}

Test(report_json_round_trip, a_full_report_comes_back_equal) {
    expect_round_trip(full_report());
}

Test(report_json_round_trip, facts_statements_and_limits_come_back) {
    static const report_requirement statements[] = {
        {"6455-5.1-01", "RFC 6455", "5.1", "must", "Mask.", true, NULL},
        {"x", "IANA", "a", "may", "\xc3\xa4", false, "No \"case\"."}};
    report *r = report_new();
    report_case *c = report_add_case(r);
    c->id = "a";
    c->limit = "header fields";
    c->limit_value = "500";
    c->limit_timed = true;
    c->seen = "431 after 2.0 s";
    cr_assert(report_add_fact(r, "echoes messages", "yes"));
    cr_assert(report_add_fact(r, "speaks first", "no"));
    r->requirements = statements;
    r->requirement_count = 2;
    report_finish(r);
    char *text = json_of(r);
    report *back = report_of(text, strlen(text));
    cr_assert_not_null(back, "%s", error);
    cr_expect_eq(back->fact_count, 2);
    cr_expect_str_eq(back->facts[1].name, "speaks first");
    cr_expect_eq(back->requirement_count, 2);
    cr_expect(back->requirements[0].always);
    cr_expect_str_eq(back->requirements[1].left_out, "No \"case\".");
    cr_expect_str_eq(back->cases[0]->seen, "431 after 2.0 s");
    cr_expect(back->cases[0]->limit_timed);
    char *again = json_of(back);
    cr_expect_str_eq(again, text);
    free(text);
    free(again);
    report_free(back);
    report_free(r);
}
Test(report_json_round_trip, an_empty_report_comes_back_equal) {
    expect_round_trip(report_new());
}

Test(report_json_round_trip, every_verdict_comes_back) {
    report *r = report_new();
    for (int i = 0; i < REPORT_VERDICT_COUNT; i++) {
        report_case *c = report_add_case(r);
        c->verdict = (report_verdict)i;
        c->verdict_close = (report_close_verdict)(i % REPORT_CLOSE_COUNT);
        c->close.by = (report_closer)(i % 3);
    }
    report_finish(r);
    expect_round_trip(r);
}

Test(report_json_round_trip, times_come_back_to_the_millisecond) {
    static const int64_t times[] = {0,
                                    -1000,
                                    951782400000000,   /* 2000-02-29 */
                                    4107542399999000,  /* 2100-02-28T23:59:59.999 */
                                    1798761599999000,  /* the last of 2026 */
                                    -2203891200000000, /* 1900-03-01 */
                                    253402300799999000 /* the last of 9999 */};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        report *r = report_new();
        r->started_us = times[i];
        expect_round_trip(r);
    }
}

Test(report_json_round_trip, any_microsecond_of_duration_comes_back) {
    for (int64_t duration = 1; duration < INT64_C(4000000000000); duration = duration * 7 + 3) {
        report *r = report_new();
        r->duration_us = duration;
        expect_round_trip(r);
    }
}

/* --- writing --- */

Test(report_json_write, the_members_are_those_of_the_design) {
    static const report_entry transcript[] = {
        {.kind = REPORT_ENTRY_FRAME,
         .out = true,
         .time_us = 1500,
         .bytes = OCTETS("He\xff"),
         .length = 3,
         .fin = true,
         .masked = true,
         .opcode = 1,
         .length_bits = 7,
         .key = {0x37, 0xfa, 0x21, 0x3d},
         .declared = 3},
        {.kind = REPORT_ENTRY_SKIPPED, .count = 2, .length = 9, .offset = 14},
        {.kind = REPORT_ENTRY_EVENT, .time_us = 1800, .text = "end"},
    };
    report *r = full_report();
    r->cases[0]->transcript = transcript;
    r->cases[0]->transcript_count = 3;
    char *text = json_of(r);
    cr_expect_str_eq(
        text,
        "{\"schema\":\"wspect-report/1\",\n"
        "\"tool\":{\"name\":\"wspect\",\"version\":\"0.1.0\",\"cases_sha256\":\"" DIGEST_TEXT "\"},\n"
        "\"target\":{\"role\":\"server\",\"url\":\"ws://localhost:9001/\",\"agent\":\"Bad\xef\xbf\xbd "
        "Agent\","
        "\"agent_hex\":\"426164ff204167656e74\",\"process\":{\"command\":[\"./echo\",\"--port 9001\"],"
        "\"exit\":\"signal 15 (SIGTERM)\",\"deaths\":2,\"unexplained\":1,\"restarts\":2,"
        "\"memory\":{\"start_kib\":100,\"peak_kib\":300,\"end_kib\":200}}},\n"
        "\"options\":{\"profile\":\"quick\",\"header\":[\"A: 1\",\"B: 2\",true],\"insecure\":true},\n"
        "\"started\":\"2026-11-20T10:31:33.123Z\",\"duration_ms\":98765.432,\"busy_ms\":1.5,\"interrupted\":"
        "true,"
        "\"rerun\":\"wspect server ws://localhost:9001/ --cases %s\",\n"
        "\"summary\":{\"OK\":0,\"NON-STRICT\":0,\"INFORMATIONAL\":0,\"UNIMPLEMENTED\":0,\"FAILED\":1,"
        "\"SKIPPED\":1,\"INCONCLUSIVE\":0},\n"
        "\"cases\":[\n"
        "{\"id\":\"frame.length.zero\",\"autobahn\":\"1.1.1\",\"title\":\"A \\\"title\\\"\","
        "\"why\":\"Because\\nof this\",\"group\":\"Framing\","
        "\"requirements\":[\"6455-5.2-03\",\"6455-7.4.1-01\"],\"level\":\"must\",\"verdict\":\"FAILED\","
        "\"verdict_close\":\"WRONG CODE\",\"duration_ms\":1.234,"
        "\"reason\":\"closed with 1002 \xe2\x80\x94 expected 1000\",\"flaky\":true,"
        "\"close\":{\"code\":1002,\"reason\":\"caf\xc3\xa9\\u0000\xef\xbf\xbd(\","
        "\"reason_hex\":\"636166c3a900c328\",\"by\":\"peer\",\"clean\":true,\"received\":true},"
        "\"transcript\":[\n"
        "  "
        "{\"kind\":\"frame\",\"dir\":\"out\",\"t_us\":1500,\"offset\":0,\"fin\":true,\"rsv\":0,\"opcode\":1,"
        "\"masked\":true,\"key\":\"37fa213d\",\"length_bits\":7,\"declared\":3,\"length\":3,"
        "\"octets\":\"4865ff\"},\n"
        "  {\"kind\":\"skipped\",\"dir\":\"in\",\"t_us\":0,\"offset\":14,\"count\":2,\"length\":9,"
        "\"octets\":\"\"},\n"
        "  {\"kind\":\"event\",\"t_us\":1800,\"offset\":0,\"text\":\"end\"}]},\n"
        "{\"id\":\"bare\",\"autobahn\":null,\"title\":null,\"why\":null,\"group\":null,\"requirements\":[],"
        "\"level\":null,\"verdict\":\"SKIPPED\",\"verdict_close\":null,\"duration_ms\":0.0,\"reason\":null,"
        "\"flaky\":false,"
        "\"close\":{\"code\":null,\"reason\":\"\",\"by\":null,\"clean\":false,\"received\":false},"
        "\"transcript\":[]}]}\n");
    free(text);
    report_free(r);
}

Test(report_json_write, numbers_beyond_a_double_become_strings) {
    report *r = full_report();
    char *text = json_of(r);
    cr_expect_not_null(strstr(text, "\"declared\":\"18446744073709551615\""));
    cr_expect_not_null(strstr(text, "\"declared\":9007199254740991"));
    cr_expect_not_null(strstr(text, "\"offset\":\"9007199254740992\""));
    free(text);
    report_free(r);
}

Test(report_json_write, a_generator_becomes_a_value) {
    report *r = full_report();
    char *text = json_of(r);
    cr_expect_not_null(strstr(text, "\"payload\":{\"repeat\":\"a\",\"count\":5}"));
    free(text);
    report_free(r);
}

Test(report_json_write, a_generator_that_is_no_json_is_kept_as_text) {
    report_entry entry = {.kind = REPORT_ENTRY_RAW, .payload = "not json"};
    report *r = full_report();
    r->cases[0]->transcript = &entry;
    r->cases[0]->transcript_count = 1;
    char *text = json_of(r);
    cr_expect_not_null(strstr(text, "\"payload\":\"not json\""));
    free(text);
    report_free(r);
}

Test(report_json_write, hostile_text_stays_inside_its_string) {
    report *r = full_report();
    r->cases[0]->reason = "</script>\"}],\"x\":1\\\n\x01\xf4\x90\x80\x80";
    char *text = json_of(r);
    cr_expect_not_null(strstr(text, "\"reason\":\"</script>\\\"}],\\\"x\\\":1\\\\\\n\\u0001"
                                    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
                                    "\"reason_hex\":\"3c2f7363726970743e227d5d2c2278223a315c0a01f4908080\""));
    free(text);
    report_free(r);
}

Test(report_json_write, a_full_disk_is_an_error) {
    report *r = full_report();
    FILE *out = fopen("/dev/full", "w");
    cr_expect_eq(report_write_json(r, out), -1);
    fclose(out);
    report_free(r);
}

Test(report_json_write, an_unbuffered_full_disk_is_an_error) {
    report *r = full_report();
    FILE *out = fopen("/dev/full", "w");
    setvbuf(out, NULL, _IONBF, 0);
    cr_expect_eq(report_write_json(r, out), -1);
    fclose(out);
    report_free(r);
}

Test(report_json_write, any_failed_allocation_is_reported_without_a_leak) {
    report *r = full_report();
    FILE *out = fopen("/dev/null", "w");
    int result = -1;
    size_t left = 0;
    json_set_alloc_funcs(test_malloc, free);
    for (; result != 0 && left < 3000; left++) {
        allocations_left = left;
        result = report_write_json(r, out);
    }
    allocations_left = SIZE_MAX;
    cr_expect_eq(result, 0);
    cr_expect_gt(left, 100);
    fclose(out);
    report_free(r);
}

/* --- reading --- */

Test(report_json_read, any_failed_allocation_is_reported_without_a_leak) {
    report *r = full_report();
    char *text = json_of(r);
    report *back = report_of(text, strlen(text));
    report_free(back);
    json_set_alloc_funcs(test_malloc, free);
    size_t left = 0;
    for (back = NULL; !back && left < 3000; left++) {
        error[0] = '\0';
        allocations_left = left;
        back = report_read_json(file_path, error, sizeof error);
        allocations_left = SIZE_MAX;
        cr_assert(back || strstr(error, "memory") || strstr(error, "expected JSON"), "%s", error);
    }
    cr_expect_not_null(back);
    cr_expect_gt(left, 100);
    report_free(back);
    report_free(r);
    free(text);
}

/* A report whose every text is too large to share a block of the arena, so that each one is an allocation. */
static report *large_report(void) {
    static char large[20001];
    static const char *const requirements[] = {large};
    static const report_option options[] = {{"header", large}};
    static const report_entry entries[] = {{.kind = REPORT_ENTRY_RAW,
                                            .bytes = {(const uint8_t *)large, sizeof large - 1},
                                            .payload = large,
                                            .text = "\xff"}};
    memset(large, 'a', sizeof large - 1);
    report *r = full_report();
    *r->cases[0] = (report_case){.id = large,
                                 .requirements = requirements,
                                 .requirement_count = 1,
                                 .close.reason = {(const uint8_t *)large, sizeof large - 1},
                                 .transcript = entries,
                                 .transcript_count = 1};
    r->options = options;
    r->option_count = 1;
    return r;
}

Test(report_json_read, any_failed_allocation_of_the_model_is_reported) {
    report *r = large_report(), *back = NULL;
    char *text = json_of(r);
    report_free(report_of(text, strlen(text)));
    size_t left = 0;
    for (; !back && left < 300; left++) {
        allocations_left = left;
        back = report_read_json(file_path, error, sizeof error);
        allocations_left = SIZE_MAX;
        cr_assert(back || strstr(error, ": out of memory"), "%s", error);
    }
    cr_expect_not_null(back);
    cr_expect_gt(left, 10);
    report_free(back);
    report_free(r);
    free(text);
}

#define REPORT(rest) "{\"schema\":\"wspect-report/1\"," rest "}"
#define CASE(rest)                                                                                           \
    REPORT("\"cases\":[{\"id\":\"a\",\"verdict\":\"OK\"},{\"id\":\"b\",\"verdict\":\"OK\"," rest "}]")
#define ENTRY(kind, member) CASE("\"transcript\":[{\"kind\":\"" kind "\"," member "}]")

static const struct {
    const char *text;
    const char *complaint; /* behind the name of the file */
} broken[] = {
    {"", "line 1, column 0: expected JSON, but '[' or '{' expected near end of file"},
    {"{\"schema\":", "line 1, column 10: expected JSON, but unexpected token near end of file"},
    {"{} {}", "line 1, column 4: expected JSON, but end of file expected near '{'"},
    {"{\"\xff\":1}", "line 1, column 2: expected JSON, but unable to decode byte 0xff near '\"'"},
    {"{\"a\":1,\"a\":2}", "line 1, column 10: expected JSON, but duplicate object key near '\"a\"'"},
    {"[]", "the whole document: expected an object"},
    {"{}", "/schema: expected \"wspect-report/1\""},
    {"{\"schema\":\"wspect-report/2\"}", "/schema: expected \"wspect-report/1\""},
    {REPORT("\"cases\":{}"), "/cases: expected an array"},
    {REPORT("\"tool\":{}"), "/cases: expected an array"},
    {REPORT("\"tool\":[]"), "/tool: expected an object"},
    {REPORT("\"tool\":{\"version\":1}"), "/tool/version: expected a string"},
    {REPORT("\"tool\":{\"version\":\"a\\u0000b\"}"), "/tool/version: expected a string without U+0000"},
    {REPORT("\"tool\":{\"version_hex\":\"6100\"}"), "/tool/version_hex: expected octets without NUL"},
    {REPORT("\"tool\":{\"version_hex\":\"6\"}"),
     "/tool/version_hex: expected an even number of lower-case hexadecimal digits"},
    {REPORT("\"target\":{\"role\":\"proxy\"}"), "/target/role: expected \"server\" or \"client\""},
    {REPORT("\"target\":{\"process\":1}"), "/target/process: expected an object"},
    {REPORT("\"target\":{\"process\":{}}"), "/target/process/command: expected this member to be present"},
    {REPORT("\"target\":{\"process\":{\"command\":[1]}}"),
     "/target/process/command: expected an array of strings"},
    {REPORT("\"target\":{\"process\":{\"command\":[],\"memory\":[]}}"),
     "/target/process/memory: expected an object"},
    {REPORT("\"options\":[]"), "/options: expected an object"},
    {REPORT("\"options\":{\"jobs\":4}"), "/options/jobs: expected a string, true, or an array of these"},
    {REPORT("\"options\":{\"a/~b\\n\":[\"x\",false]}"),
     "/options/a~1~0b?: expected a string, true, or an array of these"},
    {REPORT("\"started\":5"), "/started: expected a time as in RFC 3339, \"2026-01-31T12:00:00.000Z\""},
    {REPORT("\"duration_ms\":\"5\""), "/duration_ms: expected a number of milliseconds"},
    {REPORT("\"duration_ms\":1e300"), "/duration_ms: expected a number of milliseconds"},
    {REPORT("\"interrupted\":0"), "/interrupted: expected true or false"},
    {REPORT("\"cases\":[1]"), "/cases/0: expected an object"},
    {REPORT("\"cases\":[{}]"), "/cases/0/id: expected this member to be present"},
    {REPORT("\"cases\":[{\"id\":null}]"), "/cases/0/id: expected a string"},
    {REPORT("\"cases\":[{\"id\":\"a\"}]"), "/cases/0/verdict: expected this member to be present"},
    {REPORT("\"cases\":[{\"id\":\"a\",\"verdict\":\"PASS\"}]"),
     "/cases/0/verdict: expected OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED, FAILED, SKIPPED or "
     "INCONCLUSIVE"},
    {CASE("\"verdict_close\":5"),
     "/cases/1/verdict_close: expected OK, FAILED, WRONG CODE, UNCLEAN, FAILED BY "
     "CLIENT, INFORMATIONAL or null"},
    {CASE("\"requirements\":{}"), "/cases/1/requirements: expected an array of strings"},
    {CASE("\"requirements\":[\"a\",1]"), "/cases/1/requirements: expected an array of strings"},
    {CASE("\"close\":1"), "/cases/1/close: expected an object"},
    {CASE("\"close\":{\"code\":65536}"),
     "/cases/1/close/code: expected a close code from 0 to 65535, or null"},
    {CASE("\"close\":{\"reason\":1}"), "/cases/1/close/reason: expected a string"},
    {CASE("\"close\":{\"reason_hex\":\"0G\"}"),
     "/cases/1/close/reason_hex: expected lower-case hexadecimal digits"},
    {CASE("\"close\":{\"by\":\"me\"}"), "/cases/1/close/by: expected \"peer\", \"wspect\" or null"},
    {CASE("\"close\":{\"by\":true}"), "/cases/1/close/by: expected \"peer\", \"wspect\" or null"},
    {CASE("\"transcript\":{}"), "/cases/1/transcript: expected an array"},
    {CASE("\"transcript\":[[]]"), "/cases/1/transcript/0: expected an object"},
    {CASE("\"transcript\":[{}]"),
     "/cases/1/transcript/0/kind: expected \"http\", \"frame\", \"raw\", \"skipped\" or \"event\""},
    {ENTRY("raw", "\"dir\":\"up\""), "/cases/1/transcript/0/dir: expected \"out\" or \"in\""},
    {ENTRY("raw", "\"t_us\":1.5"), "/cases/1/transcript/0/t_us: expected an integer number of microseconds"},
    {ENTRY("raw", "\"octets\":7"),
     "/cases/1/transcript/0/octets: expected an even number of lower-case hexadecimal digits"},
    {ENTRY("raw", "\"octets\":\"FF\""),
     "/cases/1/transcript/0/octets: expected lower-case hexadecimal digits"},
    {ENTRY("raw", "\"sha256\":\"00\""),
     "/cases/1/transcript/0/sha256: expected a SHA-256 digest of 64 lower-case hexadecimal digits"},
    {ENTRY("frame", "\"rsv\":8"), "/cases/1/transcript/0/rsv: expected an integer from 0 to 7"},
    {ENTRY("frame", "\"opcode\":-1"), "/cases/1/transcript/0/opcode: expected an integer from 0 to 15"},
    {ENTRY("frame", "\"length_bits\":65"),
     "/cases/1/transcript/0/length_bits: expected an integer from 0 to 64"},
    {ENTRY("frame", "\"key\":\"37fa21\""),
     "/cases/1/transcript/0/key: expected a masking key of eight lower-case hexadecimal digits"},
};

Test(report_json_read, a_broken_report_gets_one_sentence_with_its_place) {
    char expected[600];
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        report *r = report_of(broken[i].text, strlen(broken[i].text));
        snprintf(expected, sizeof expected, "%s: %s", file_path, broken[i].complaint);
        cr_expect_null(r, "%s", broken[i].text);
        cr_expect_str_eq(error, expected);
        report_free(r);
    }
}

static const char *const broken_counts[] = {
    "-1", "1.0", "\"\"", "\"-1\"", "\"0x1\"", "\"18446744073709551616\"", "\"1\\u0000\"", "true"};

Test(report_json_read, a_count_is_an_integer_of_64_bits) {
    char text[200];
    for (size_t i = 0; i < sizeof broken_counts / sizeof *broken_counts; i++) {
        snprintf(text, sizeof text, ENTRY("skipped", "\"count\":%s"), broken_counts[i]);
        cr_expect_null(report_of(text, strlen(text)), "%s", text);
        cr_expect_not_null(
            strstr(error, "/cases/1/transcript/0/count: expected an integer from 0 to 2^64 - 1"));
    }
}

static const char *const broken_times[] = {
    "",
    "2026-11-20T10:31:33",
    "2026-11-20 10:31:33Z",
    "2026-13-20T10:31:33Z",
    "2026-00-20T10:31:33Z",
    "2026-11-32T10:31:33Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T10:60:00Z",
    "2026-11-20T10:31:61Z",
    "2026-11-20T10:31:33.5",
    "2026-11-20T10:31:33+1:00",
    "2026-11-20T10:31:33+24:00",
    "2026-11-20T10:31:33+01:60",
    "2026-11-20T10:31:33+01:000",
    "2026-11-20T10:31:33+01000",
    "2026-11-20T10:31:33+01::0",
    "2026-11-20T10:31:33Z ",
};

Test(report_json_read, a_time_that_is_not_rfc_3339_is_refused) {
    char text[200];
    for (size_t i = 0; i < sizeof broken_times / sizeof *broken_times; i++) {
        snprintf(text, sizeof text, REPORT("\"started\":\"%s\""), broken_times[i]);
        cr_expect_null(report_of(text, strlen(text)));
        cr_expect_not_null(strstr(error, "/started: expected a time"), "%s: %s", broken_times[i], error);
    }
}

static const struct {
    const char *text;
    int64_t time_us;
} foreign_times[] = {
    {"2026-11-20T10:31:33Z", INT64_C(1795170693000000)},
    {"2026-11-20T10:31:33.5Z", INT64_C(1795170693500000)},
    {"2026-11-20T10:31:33.123456789Z", INT64_C(1795170693123456)},
    {"2026-11-20T11:31:33+01:00", INT64_C(1795170693000000)},
    {"2026-11-20T05:01:33.25-05:30", INT64_C(1795170693250000)},
};

Test(report_json_read, a_time_of_another_tool_is_understood) {
    char text[200];
    for (size_t i = 0; i < sizeof foreign_times / sizeof *foreign_times; i++) {
        snprintf(text, sizeof text, REPORT("\"cases\":[],\"started\":\"%s\""), foreign_times[i].text);
        report *r = report_of(text, strlen(text));
        cr_assert_not_null(r, "%s", error);
        cr_expect_eq(r->started_us, foreign_times[i].time_us, "%s", foreign_times[i].text);
        report_free(r);
    }
}

static report *accepted(const char *text) {
    report *r = report_of(text, strlen(text));
    cr_assert_not_null(r, "%s", error);
    return r;
}

Test(report_json_read, unknown_members_are_ignored) {
    report *r = accepted(REPORT("\"x\":{\"y\":[]},\"cases\":[{\"id\":\"a\",\"verdict\":\"OK\",\"z\":0}]"));
    cr_expect_eq(r->case_count, 1);
    report_free(r);
}

Test(report_json_read, absent_and_null_members_are_the_same) {
    report *r = accepted(REPORT("\"tool\":null,\"options\":null,\"started\":null,\"cases\":[{\"id\":\"a\","
                                "\"verdict\":\"OK\",\"close\":null,\"transcript\":null,\"title\":null}]"));
    cr_expect(r->cases[0]->title == NULL && r->cases[0]->transcript_count == 0 && r->tool_version == NULL);
    report_free(r);
}

Test(report_json_read, the_summary_is_counted_and_not_believed) {
    report *r = accepted(REPORT("\"summary\":{\"OK\":7},\"cases\":[{\"id\":\"a\",\"verdict\":\"FAILED\"}]"));
    cr_expect_eq(r->summary[REPORT_OK], 0);
    cr_expect_eq(r->summary[REPORT_FAILED], 1);
    report_free(r);
}

Test(report_json_read, a_missing_file_is_named) {
    cr_expect_null(report_read_json("/none/report.json", error, sizeof error));
    cr_expect_str_eq(error, "/none/report.json: cannot be opened: No such file or directory");
}

Test(report_json_read, a_folder_is_named) {
    cr_expect_null(report_read_json("/tmp", error, sizeof error));
    cr_expect_str_eq(error, "/tmp: cannot be read: Is a directory");
}

/* A member name that fills any buffer, and nesting beyond any stack. */
Test(report_json_read, a_long_name_is_cut_in_the_sentence) {
    enum { NAME_SIZE = 100000 };
    static char text[NAME_SIZE + 100];
    int start = snprintf(text, sizeof text, "{\"schema\":\"wspect-report/1\",\"options\":{\"");
    memset(text + start, 'n', NAME_SIZE);
    memcpy(text + start + NAME_SIZE, "\":1}}", sizeof "\":1}}");
    cr_expect_null(report_of(text, strlen(text)));
    cr_expect_not_null(strstr(error, "/options/nnnn"));
    cr_expect_not_null(strstr(error, ": expected a string, true"));
}

Test(report_json_read, deep_nesting_is_refused) {
    enum { DEPTH = 100000 };
    static char text[DEPTH + 1];
    memset(text, '[', DEPTH);
    cr_expect_null(report_of(text, DEPTH));
    cr_expect_not_null(strstr(error, "expected JSON, but maximum parsing depth reached"), "%s", error);
}

Test(report_json_read, text_beyond_the_limit_is_refused) {
    char octets[16];
    FILE *in = fopen("/dev/zero", "r");
    source from = {.file = in, .left = 20};
    cr_expect_eq(load_chunk(octets, sizeof octets, &from), 16);
    cr_expect_eq(load_chunk(octets, sizeof octets, &from), (size_t)-1);
    cr_expect(from.too_long);
    cr_expect_null(load(&(reader){.path = "x", .error = error, .error_size = sizeof error}, &from));
    cr_expect_str_eq(error, "x: expected a report of at most 1 GiB");
    fclose(in);
}

Test(report_json_read, any_truncated_report_is_refused) {
    report *r = full_report();
    char *text = json_of(r);
    size_t size = strlen(text) - 1; /* the last octet is a line break */
    for (size_t cut = 0; cut < size; cut += 13)
        cr_assert_null(report_of(text, cut), "cut at %zu", cut);
    free(text);
    report_free(r);
}
