#include "wire/http.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "support/guard.h"

static const char *const kind_names[WS_HTTP_DEVIATION_COUNT] = {
    "bare-lf",
    "bare-cr",
    "leading-empty-line",
    "start-line-space",
    "method",
    "target",
    "version",
    "status",
    "reason-space",
    "reason",
    "folded",
    "space-before-colon",
    "space-before-first",
    "no-colon",
    "name",
    "value-control",
    "value-non-ascii",
};

static void log_span(ws_buffer *log, ws_span span) {
    for (size_t i = 0; i < span.size; i++)
        ws_buffer_printf(log, span.data[i] < 0x20 || span.data[i] > 0x7e ? "\\%02x" : "%c", span.data[i]);
}

/* What was read, as text: start line, fields, "!" deviation "@" offset. */
static void log_head(ws_buffer *log, const ws_http_head *head) {
    ws_span start[] = {head->method, head->target, head->version};
    if (head->kind == WS_HTTP_RESPONSE)
        ws_buffer_printf(log, "%d", head->status), start[0] = head->reason, start[1] = (ws_span){0};
    for (size_t i = 0; i < 3; i++) {
        ws_buffer_append_text(log, "[");
        log_span(log, start[i]);
        ws_buffer_append_text(log, "]");
    }
    ws_buffer_printf(log, "%d.%d\n", head->major, head->minor);
    for (size_t i = 0; i < head->field_count; i++) {
        ws_buffer_printf(log, "%zu [", head->fields[i].offset);
        log_span(log, head->fields[i].name);
        ws_buffer_append_text(log, "][");
        log_span(log, head->fields[i].value);
        ws_buffer_append_text(log, "]\n");
    }
    for (size_t i = 0; i < head->finding_count; i++)
        ws_buffer_printf(log, "!%s@%zu\n", kind_names[head->findings[i].kind], head->findings[i].offset);
    ws_buffer_terminate(log);
}

static long parse(ws_http_kind kind, const ws_http_limits *limits, const char *input, size_t size,
                  ws_buffer *log) {
    uint8_t *copy = guard_copy(input, size);
    ws_http_head *head = NULL;
    ws_buffer_init(log, 0);
    long used = ws_http_parse(copy, size, kind, limits, &head);
    guard_free(copy, size);
    if (used > 0) {
        cr_expect_eq((long)head->size, used);
        cr_expect_eq(head->kind, kind);
        for (size_t i = 1; i < head->finding_count; i++)
            cr_expect_leq(head->findings[i - 1].offset, head->findings[i].offset);
        log_head(log, head);
    } else {
        cr_expect_null(head);
    }
    ws_http_head_free(head);
    return used;
}

/* The head with every cut in two and with octets behind it. */
static void expect_head(ws_http_kind kind, const char *input, size_t size, const char *expected) {
    char more[2048];
    ws_buffer log;
    memcpy(more, input, size);
    memcpy(more + size, "\x81\x05Hello", 7);
    for (size_t cut = 0; cut <= size + 7; cut++) {
        long used = parse(kind, NULL, more, cut, &log);
        cr_expect_eq(used, cut < size ? 0 : (long)size, "%s\ncut at %zu: %ld", input, cut, used);
        if (cut >= size && used > 0)
            cr_expect_str_eq((char *)log.data, expected);
        ws_buffer_clear(&log);
    }
}

#define REQUEST(input, expected)  expect_head(WS_HTTP_REQUEST, input, sizeof(input) - 1, expected)
#define RESPONSE(input, expected) expect_head(WS_HTTP_RESPONSE, input, sizeof(input) - 1, expected)

/* `status` as soon as `decided` octets are there, and ever after. */
static void expect_refusal(ws_http_kind kind, const ws_http_limits *limits, const char *input, size_t size,
                           size_t decided, ws_status status) {
    ws_buffer log;
    for (size_t cut = 0; cut <= size; cut++) {
        long used = parse(kind, limits, input, cut, &log);
        cr_expect_eq(used, cut < decided ? 0 : (long)status, "%s\ncut at %zu: %ld", input, cut, used);
        ws_buffer_clear(&log);
    }
}

#define NOT_REQUEST(input, decided)                                                                          \
    expect_refusal(WS_HTTP_REQUEST, NULL, input, sizeof(input) - 1, decided, WS_ERR_SYNTAX)
#define NOT_RESPONSE(input, decided)                                                                         \
    expect_refusal(WS_HTTP_RESPONSE, NULL, input, sizeof(input) - 1, decided, WS_ERR_SYNTAX)

/* ---- heads without deviation ---- */

Test(http, request_of_rfc6455_is_read_without_finding) {
    REQUEST("GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
            "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n",
            "[GET][/chat][HTTP/1.1]1.1\n20 [Host][server.example.com]\n46 [Upgrade][websocket]\n"
            "66 [Connection][Upgrade]\n87 [Sec-WebSocket-Key][dGhlIHNhbXBsZSBub25jZQ==]\n"
            "132 [Origin][http://example.com]\n160 [Sec-WebSocket-Protocol][chat, superchat]\n"
            "201 [Sec-WebSocket-Version][13]\n");
}

Test(http, response_of_rfc6455_is_read_without_finding) {
    RESPONSE("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
             "101[Switching Protocols][][HTTP/1.1]1.1\n34 [Upgrade][websocket]\n");
}

Test(http, head_without_fields_is_read) {
    REQUEST("GET / HTTP/1.1\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n");
}

Test(http, other_version_is_no_deviation) {
    REQUEST("GET / HTTP/2.0\r\n\r\n", "[GET][/][HTTP/2.0]2.0\n");
}

Test(http, spaces_and_tabs_around_a_value_are_cut) {
    REQUEST("GET / HTTP/1.1\r\nA:b\r\nC: \t d \t\r\nE:\r\nF: \r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][b]\n21 [C][d]\n31 [E][]\n35 [F][]\n");
}

Test(http, reason_may_be_empty_behind_its_space) {
    RESPONSE("HTTP/1.1 101 \r\n\r\n", "101[][][HTTP/1.1]1.1\n");
}

Test(http, reason_may_hold_white_space_and_non_ascii) {
    RESPONSE("HTTP/1.1 404  nicht\tda\xdf \r\n\r\n", "404[ nicht\\09da\\df ][][HTTP/1.1]1.1\n");
}

Test(http, status_code_of_three_digits_may_begin_with_zero) {
    RESPONSE("HTTP/1.1 007 x\r\n\r\n", "7[x][][HTTP/1.1]1.1\n");
}

/* ---- one deviation each ---- */

Test(http, bare_lf_is_found_on_every_line) {
    REQUEST("GET / HTTP/1.1\nA: b\n\n", "[GET][/][HTTP/1.1]1.1\n15 [A][b]\n"
                                        "!bare-lf@14\n!bare-lf@19\n!bare-lf@20\n");
}

Test(http, bare_cr_in_a_value_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A][b\\0dc]\n!bare-cr@20\n");
}

Test(http, bare_cr_before_crlf_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA: b\r\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A][b\\0d]\n!bare-cr@20\n");
}

Test(http, bare_cr_in_a_request_line_separates_words) {
    REQUEST("GET\r/a\rb HTTP/1.1\r\n\r\n", "[GET][/a\\0db][HTTP/1.1]1.1\n!bare-cr@3\n");
}

Test(http, bare_cr_in_a_status_line_separates_words) {
    RESPONSE("HTTP/1.1\r101\rFine\r\n\r\n", "101[Fine][][HTTP/1.1]1.1\n!bare-cr@8\n");
}

Test(http, bare_cr_in_a_reason_is_found) {
    RESPONSE("HTTP/1.1 101 a\rb\r\n\r\n", "101[a\\0db][][HTTP/1.1]1.1\n!bare-cr@14\n");
}

Test(http, bare_cr_in_a_name_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA\rB: c\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A\\0dB][c]\n!bare-cr@17\n!name@17\n");
}

Test(http, bare_cr_in_a_line_without_colon_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA\rB\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A\\0dB][]\n!no-colon@16\n!bare-cr@17\n");
}

Test(http, line_that_is_a_cr_does_not_end_the_head) {
    REQUEST("GET / HTTP/1.1\r\n\r\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [\\0d][]\n!no-colon@16\n!bare-cr@16\n");
}

Test(http, every_leading_empty_line_is_found) {
    REQUEST("\r\n\nGET / HTTP/1.1\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n!leading-empty-line@0\n!leading-empty-line@2\n!bare-lf@2\n");
}

Test(http, leading_empty_line_of_a_response_is_found) {
    RESPONSE("\r\nHTTP/1.1 101 x\r\n\r\n", "101[x][][HTTP/1.1]1.1\n!leading-empty-line@0\n");
}

Test(http, start_offset_is_behind_leading_empty_lines) {
    ws_http_head *head = NULL;
    const char text[] = "\r\n\nGET / HTTP/1.1\r\n\r\n";
    ws_http_parse((const uint8_t *)text, sizeof(text) - 1, WS_HTTP_REQUEST, NULL, &head);
    cr_assert_eq(head->start_offset, 3);
    ws_http_head_free(head);
}

Test(http, second_space_in_a_request_line_is_found) {
    REQUEST("GET  / HTTP/1.1\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n!start-line-space@4\n");
    REQUEST("GET /  HTTP/1.1\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n!start-line-space@6\n");
}

Test(http, tab_in_a_request_line_is_found) {
    REQUEST("GET\t/ HTTP/1.1\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n!start-line-space@3\n");
}

Test(http, space_at_the_ends_of_a_request_line_is_found) {
    REQUEST(" GET / HTTP/1.1\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n!start-line-space@0\n");
    REQUEST("GET / HTTP/1.1 \r\n\r\n", "[GET][/][HTTP/1.1]1.1\n!start-line-space@14\n");
}

Test(http, space_in_a_status_line_is_found) {
    RESPONSE(" HTTP/1.1 101 x\r\n\r\n", "101[x][][HTTP/1.1]1.1\n!start-line-space@0\n");
    RESPONSE("HTTP/1.1  101 x\r\n\r\n", "101[x][][HTTP/1.1]1.1\n!start-line-space@9\n");
    RESPONSE("HTTP/1.1 101\tx\r\n\r\n", "101[x][][HTTP/1.1]1.1\n!start-line-space@12\n");
}

Test(http, method_that_is_no_token_is_found) {
    REQUEST("G@T / HTTP/1.1\r\n\r\n", "[G@T][/][HTTP/1.1]1.1\n!method@1\n");
}

Test(http, space_in_a_target_is_found) {
    REQUEST("GET /a b HTTP/1.1\r\n\r\n", "[GET][/a b][HTTP/1.1]1.1\n!target@6\n");
}

Test(http, control_and_non_ascii_octets_in_a_target_are_found) {
    REQUEST("GET /a\0b HTTP/1.1\r\n\r\n", "[GET][/a\\00b][HTTP/1.1]1.1\n!target@6\n");
    REQUEST("GET /\xc3\xa9 HTTP/1.1\r\n\r\n", "[GET][/\\c3\\a9][HTTP/1.1]1.1\n!target@5\n");
}

Test(http, missing_target_is_found) {
    REQUEST("GET HTTP/1.1\r\n\r\n", "[GET][][HTTP/1.1]1.1\n!target@4\n");
    REQUEST("GET  HTTP/1.1\r\n\r\n", "[GET][][HTTP/1.1]1.1\n!start-line-space@4\n!target@5\n");
}

Test(http, missing_version_is_found) {
    REQUEST("GET /\r\n\r\n", "[GET][/][]-1.-1\n!version@5\n");
    REQUEST("GET / \r\n\r\n", "[GET][/][]-1.-1\n!version@5\n!start-line-space@5\n");
}

Test(http, malformed_version_is_found) {
    REQUEST("GET / HTTP/1.10\r\n\r\n", "[GET][/][HTTP/1.10]-1.-1\n!version@6\n");
    REQUEST("GET / http/1.1\r\n\r\n", "[GET][/][http/1.1]-1.-1\n!version@6\n");
    REQUEST("GET / HTTP/1,1\r\n\r\n", "[GET][/][HTTP/1,1]-1.-1\n!version@6\n");
    REQUEST("GET / HTTP/x.1\r\n\r\n", "[GET][/][HTTP/x.1]-1.-1\n!version@6\n");
    RESPONSE("http/1.1 101 x\r\n\r\n", "101[x][][http/1.1]-1.-1\n!version@0\n");
    RESPONSE("HTTP/ 101 x\r\n\r\n", "101[x][][HTTP/]-1.-1\n!version@0\n");
}

Test(http, status_code_without_three_digits_is_found) {
    RESPONSE("HTTP/1.1 42 x\r\n\r\n", "42[x][][HTTP/1.1]1.1\n!status@9\n");
    RESPONSE("HTTP/1.1 1010 x\r\n\r\n", "-1[x][][HTTP/1.1]1.1\n!status@9\n");
    RESPONSE("HTTP/1.1 0101 x\r\n\r\n", "-1[x][][HTTP/1.1]1.1\n!status@9\n");
    RESPONSE("HTTP/1.1 +10 x\r\n\r\n", "-1[x][][HTTP/1.1]1.1\n!status@9\n");
    RESPONSE("HTTP/1.1 101x y\r\n\r\n", "-1[y][][HTTP/1.1]1.1\n!status@9\n");
}

Test(http, missing_status_code_is_found) {
    RESPONSE("HTTP/1.1\r\n\r\n", "-1[][][HTTP/1.1]1.1\n!status@8\n");
    RESPONSE("HTTP/1.1 \r\n\r\n", "-1[][][HTTP/1.1]1.1\n!status@9\n");
}

Test(http, missing_space_behind_the_status_code_is_found) {
    RESPONSE("HTTP/1.1 101\r\n\r\n", "101[][][HTTP/1.1]1.1\n!reason-space@12\n");
}

Test(http, control_octet_in_a_reason_is_found) {
    RESPONSE("HTTP/1.1 101 a\x01\r\n\r\n", "101[a\\01][][HTTP/1.1]1.1\n!reason@14\n");
}

Test(http, folded_value_is_unfolded_with_one_space) {
    REQUEST("GET / HTTP/1.1\r\nA: b \t\r\n \t c\r\n\td\r\nE: f\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][b c d]\n34 [E][f]\n!folded@24\n!folded@30\n");
}

Test(http, fold_without_text_adds_nothing) {
    REQUEST("GET / HTTP/1.1\r\nA: b\r\n  \r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A][b]\n!folded@22\n");
}

Test(http, fold_of_an_empty_value_is_the_value) {
    REQUEST("GET / HTTP/1.1\r\nA:\r\n b\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A][b]\n!folded@20\n");
}

Test(http, octets_of_a_fold_are_checked) {
    REQUEST("GET / HTTP/1.1\r\nA: b\r\n c\x01\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][b c\\01]\n!folded@22\n!value-control@24\n");
}

Test(http, fold_behind_a_line_without_colon_is_its_value) {
    REQUEST("GET / HTTP/1.1\r\nA\r\n b\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][b]\n!no-colon@16\n!folded@19\n");
}

Test(http, space_before_colon_is_found_and_no_part_of_the_name) {
    REQUEST("GET / HTTP/1.1\r\nA \t: b\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][b]\n!space-before-colon@17\n");
}

Test(http, white_space_before_the_first_field_is_found_and_passed_over) {
    REQUEST("GET / HTTP/1.1\r\n A: b\r\n\tc\r\nD: e\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n27 [D][e]\n!space-before-first@16\n!space-before-first@23\n");
}

Test(http, line_without_colon_is_kept_as_a_name) {
    REQUEST("GET / HTTP/1.1\r\nUpgrade websocket \r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [Upgrade websocket ][]\n!no-colon@16\n");
}

Test(http, empty_name_is_found) {
    REQUEST("GET / HTTP/1.1\r\n: b\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [][b]\n!name@16\n");
}

Test(http, name_that_is_no_token_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA(b): c\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A(b)][c]\n!name@17\n");
    REQUEST("GET / HTTP/1.1\r\nA\0: c\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A\\00][c]\n!name@17\n");
}

Test(http, control_octet_in_a_value_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][b\\00c]\n!value-control@20\n");
    REQUEST("GET / HTTP/1.1\r\nA: \x7f\r\n\r\n", "[GET][/][HTTP/1.1]1.1\n16 [A][\\7f]\n!value-control@19\n");
}

Test(http, non_ascii_octet_in_a_value_is_found) {
    REQUEST("GET / HTTP/1.1\r\nA: \xc3\xa9\r\n\r\n",
            "[GET][/][HTTP/1.1]1.1\n16 [A][\\c3\\a9]\n!value-non-ascii@19\n");
}

Test(http, several_deviations_of_a_line_are_in_order_of_offset) {
    REQUEST("G@T\t/\x01 x\nA@ : \xff\x01\n\r\n",
            "[G@T][/\\01][x]-1.-1\n9 [A@][\\ff\\01]\n!method@1\n!start-line-space@3\n!target@5\n!version@7\n"
            "!bare-lf@8\n!name@10\n!space-before-colon@11\n!value-non-ascii@14\n!value-control@15\n!bare-lf@"
            "16\n");
}

/* ---- what is not HTTP ---- */

Test(http, tls_record_is_no_request) {
    NOT_REQUEST("\x16\x03\x01\x02\x00\x01", 1);
}

Test(http, websocket_frame_is_no_request) {
    NOT_REQUEST("\x81\x85\x01\x02\x03\x04", 1);
}

Test(http, request_line_of_one_word_is_none) {
    NOT_REQUEST("GET\r\nHost: x\r\n\r\n", 5);
}

Test(http, request_line_of_one_word_and_space_is_none) {
    NOT_REQUEST("GET \r\n\r\n", 6);
}

Test(http, request_line_of_spaces_is_none) {
    NOT_REQUEST("  \r\n\r\n", 3);
}

Test(http, control_octet_in_a_method_is_no_request) {
    NOT_REQUEST("GE\x01 / HTTP/1.1\r\n\r\n", 3);
}

Test(http, start_line_that_begins_with_a_bare_cr_is_none) {
    NOT_REQUEST("\rGET / HTTP/1.1\r\n\r\n", 2);
}

Test(http, icy_is_no_response) {
    NOT_RESPONSE("ICY 200 OK\r\n\r\n", 1);
}

Test(http, tls_alert_is_no_response) {
    NOT_RESPONSE("\x15\x03\x03\x00\x02\x02\x28", 1);
}

Test(http, websocket_frame_is_no_response) {
    NOT_RESPONSE("\x88\x02\x03\xe8", 1);
}

Test(http, pong_frame_that_looks_like_an_empty_line_is_no_response) {
    NOT_RESPONSE("\x0a\x80\x01\x02", 2);
}

Test(http, status_line_cut_inside_the_name_is_none) {
    NOT_RESPONSE("HTT\r\n\r\n", 4);
}

Test(http, request_is_no_response) {
    NOT_RESPONSE("GET / HTTP/1.1\r\n\r\n", 1);
}

Test(http, status_line_that_begins_with_a_bare_cr_is_none) {
    NOT_RESPONSE("\r\r\nHTTP/1.1 101 x\r\n\r\n", 2);
}

Test(http, nothing_is_undecided) {
    ws_http_head *head = NULL;
    cr_assert_eq(ws_http_parse(NULL, 0, WS_HTTP_REQUEST, NULL, &head), 0);
}

/* ---- caps ---- */

static const char capped[] = "GET / HTTP/1.1\nA: b\nC: d\n\n";

Test(http, head_of_max_size_is_read) {
    ws_http_limits limits = {.max_size = sizeof(capped) - 1};
    ws_buffer log;
    cr_assert_eq(parse(WS_HTTP_REQUEST, &limits, capped, sizeof(capped) - 1, &log), (long)sizeof(capped) - 1);
    ws_buffer_clear(&log);
}

Test(http, head_above_max_size_is_refused_when_the_cap_is_reached) {
    ws_http_limits limits = {.max_size = sizeof(capped) - 2};
    expect_refusal(WS_HTTP_REQUEST, &limits, capped, sizeof(capped) - 1, sizeof(capped) - 2, WS_ERR_LIMIT);
}

Test(http, endless_empty_lines_are_refused) {
    ws_http_limits limits = {.max_size = 8};
    expect_refusal(WS_HTTP_REQUEST, &limits, "\n\n\n\n\n\n\n\n\n\n", 10, 8, WS_ERR_LIMIT);
}

Test(http, head_of_max_fields_is_read) {
    ws_http_limits limits = {.max_fields = 2};
    ws_buffer log;
    cr_assert_gt(parse(WS_HTTP_REQUEST, &limits, capped, sizeof(capped) - 1, &log), 0);
    ws_buffer_clear(&log);
}

Test(http, head_above_max_fields_is_refused_when_the_field_ends) {
    ws_http_limits limits = {.max_fields = 1};
    expect_refusal(WS_HTTP_REQUEST, &limits, capped, sizeof(capped) - 1, 25, WS_ERR_LIMIT);
}

Test(http, findings_above_max_findings_are_dropped) {
    ws_http_limits limits = {.max_findings = 2};
    ws_buffer log;
    parse(WS_HTTP_REQUEST, &limits, capped, sizeof(capped) - 1, &log);
    cr_expect_not_null(strstr((char *)log.data, "!bare-lf@14\n!bare-lf@19\n"));
    cr_expect_null(strstr((char *)log.data, "!bare-lf@24"));
    ws_buffer_clear(&log);
}

Test(http, huge_caps_are_allowed) {
    ws_http_limits limits = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    ws_buffer log;
    cr_assert_gt(parse(WS_HTTP_REQUEST, &limits, capped, sizeof(capped) - 1, &log), 0);
    ws_buffer_clear(&log);
}

/* 8 MB that quadratic handling of folds, fields, names or white space would take minutes for. */
static void expect_linear(const char *line, size_t repeat) {
    ws_http_limits limits = {SIZE_MAX, SIZE_MAX, 16};
    ws_buffer text;
    ws_buffer_init(&text, 0);
    ws_buffer_append_text(&text, "GET / HTTP/1.1\r\nA: b\r\n");
    for (size_t i = 0; i < repeat; i++)
        ws_buffer_append_text(&text, line);
    ws_buffer_append_text(&text, "\r\n\r\n");
    ws_http_head *head = NULL;
    clock_t begin = clock();
    cr_expect_gt(ws_http_parse(text.data, text.size, WS_HTTP_REQUEST, &limits, &head), 0);
    cr_expect_lt((double)(clock() - begin) / CLOCKS_PER_SEC, 5.0);
    ws_http_head_free(head);
    ws_buffer_clear(&text);
}

Test(http, many_folded_lines_take_linear_time) {
    expect_linear(" c\r\n", 300000);
}

Test(http, many_fields_take_linear_time) {
    expect_linear("A: b\r\n", 200000);
}

Test(http, long_value_takes_linear_time) {
    expect_linear("a:    ", 200000);
}

Test(http, long_white_space_takes_linear_time) {
    expect_linear("       \t", 200000);
}

/* ---- questions ---- */

static ws_http_head *fields_head(void) {
    static const char text[] =
        "GET / HTTP/1.1\r\nConnection: keep-alive , UPGRADE\r\nX: 1\r\nconnection:,, ,close\r\n"
        "CONNECTION:\r\n\r\n";
    ws_http_head *head = NULL;
    cr_assert_gt(ws_http_parse((const uint8_t *)text, sizeof(text) - 1, WS_HTTP_REQUEST, NULL, &head), 0);
    return head;
}

Test(http, field_is_found_by_name_in_any_case_and_number) {
    ws_http_head *head = fields_head();
    cr_expect_eq(ws_http_field_get(head, "CONNECTION", 1)->offset, 56);
    cr_expect_null(ws_http_field_get(head, "Connection", 3));
    cr_expect_null(ws_http_field_get(head, "Connectio", 0));
    ws_http_head_free(head);
}

Test(http, fields_are_counted_by_name) {
    ws_http_head *head = fields_head();
    cr_expect_eq(ws_http_field_count(head, "connection"), 3);
    cr_expect_eq(ws_http_field_count(head, "none"), 0);
    ws_http_head_free(head);
}

Test(http, list_has_a_token_of_any_field_in_any_case) {
    ws_http_head *head = fields_head();
    cr_expect(ws_http_list_has(head, "connection", "upgrade"));
    cr_expect(ws_http_list_has(head, "connection", "Close"));
    ws_http_head_free(head);
}

Test(http, list_has_no_part_of_a_token) {
    ws_http_head *head = fields_head();
    cr_expect_not(ws_http_list_has(head, "Connection", "keep"));
    cr_expect_not(ws_http_list_has(head, "Connection", "upgrades"));
    cr_expect_not(ws_http_list_has(head, "Connection", ""));
    ws_http_head_free(head);
}

Test(http, list_items_skip_empty_elements) {
    ws_http_head *head = fields_head();
    ws_span items[8];
    cr_assert_eq(ws_http_list_items(head, "Connection", items, 8), 3);
    cr_expect(ws_span_equal(items[0], ws_span_of("keep-alive")));
    cr_expect(ws_span_equal(items[1], ws_span_of("UPGRADE")));
    cr_expect(ws_span_equal(items[2], ws_span_of("close")));
    ws_http_head_free(head);
}

Test(http, list_items_above_max_are_counted) {
    ws_http_head *head = fields_head();
    cr_assert_eq(ws_http_list_items(head, "Connection", NULL, 0), 3);
    ws_http_head_free(head);
}

Test(http, finding_is_told_by_kind) {
    ws_http_head *head = NULL;
    const char text[] = "GET / HTTP/1.1\r\n\n";
    ws_http_parse((const uint8_t *)text, sizeof(text) - 1, WS_HTTP_REQUEST, NULL, &head);
    cr_expect(ws_http_has_finding(head, WS_HTTP_BARE_LF));
    cr_expect_not(ws_http_has_finding(head, WS_HTTP_BARE_CR));
    ws_http_head_free(head);
}

Test(http, token_is_made_of_tchar_alone) {
    cr_expect(ws_http_is_token(ws_span_of("!#$%&'*+-.^_`|~09azAZ")));
    for (const char *delimiter = "\"(),/:;<=>?@[\\]{} \t\x7f\x80\xc1"; *delimiter; delimiter++)
        cr_expect_not(ws_http_is_token((ws_span){(const uint8_t *)delimiter, 1}), "%02x", *delimiter & 0xff);
    cr_expect_not(ws_http_is_token((ws_span){(const uint8_t *)"", 1}));
}

Test(http, token_is_not_empty) {
    cr_assert_not(ws_http_is_token(ws_span_of("")));
}

Test(http, every_deviation_is_described_with_its_section) {
    for (int kind = 0; kind < WS_HTTP_DEVIATION_COUNT; kind++)
        cr_expect_not_null(strstr(ws_http_deviation_describe((ws_http_deviation)kind), "(RFC 91"));
}

Test(http, unknown_deviation_is_described) {
    cr_assert_str_eq(ws_http_deviation_describe(WS_HTTP_DEVIATION_COUNT), "unknown deviation");
}

Test(http, free_of_nothing_is_allowed) {
    ws_http_head_free(NULL);
}
