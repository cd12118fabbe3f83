#include "wire/handshake.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/guard.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- keys ---- */

Test(handshake, key_is_base64_of_the_nonce) {
    const uint8_t nonce[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    char key[WS_KEY_TEXT_SIZE + 1];
    ws_handshake_key(nonce, key);
    cr_assert_str_eq(key, "AQIDBAUGBwgJCgsMDQ4PEA==");
}

Test(handshake, accept_of_the_sample_key_is_that_of_rfc6455) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    cr_assert_eq(ws_handshake_accept(ws_span_of("dGhlIHNhbXBsZSBub25jZQ=="), accept), WS_OK);
    cr_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

Test(handshake, accept_takes_a_key_of_any_length) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    cr_expect_eq(ws_handshake_accept((ws_span){NULL, 0}, accept), WS_OK);
    cr_expect_str_eq(accept, "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=");
    cr_expect_eq(ws_handshake_accept((ws_span){(const uint8_t *)"\0\xff", 2}, accept), WS_OK);
    cr_expect_eq(strlen(accept), 28);
}

static bool key_valid(const char *key) {
    uint8_t *copy = guard_copy(key, strlen(key));
    bool valid = ws_handshake_key_valid((ws_span){copy, strlen(key)});
    guard_free(copy, strlen(key));
    return valid;
}

Test(handshake, key_of_16_octets_is_valid) {
    cr_expect(key_valid("dGhlIHNhbXBsZSBub25jZQ=="));
    cr_expect(key_valid("++++////0000zzzzAAAAZQ=="));
}

/* The example of RFC 6455 4.1 item 7 is such a key. */
Test(handshake, key_with_spare_bits_set_is_valid) {
    cr_expect(key_valid("AQIDBAUGBwgJCgsMDQ4PEC=="));
}

Test(handshake, key_of_other_form_is_not_valid) {
    const char *const keys[] = {
        "",
        "xx",
        "P5l8BJcZwRc=",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZQ==A",
        "dGhlIHNhbXBsZSBub25jZWU=",
        "dGhlIHNhbXBsZSBub25jZWVl",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25-_Q==",
        "dGhlIHNhbXBs ZSBub25jZQ==",
        "dGhlIHNh=XBsZSBub25jZQ==",
        "dGhlIHNh\xffXBsZSBub25jZQ==",
    };
    for (size_t i = 0; i < COUNT(keys); i++)
        cr_expect_not(key_valid(keys[i]), "%s", keys[i]);
}

/* ---- sending ---- */

static ws_http_line line_of(const char *name, const char *value) {
    return (ws_http_line){.name = ws_span_of(name), .value = ws_span_of(value)};
}

Test(handshake, message_is_emitted_with_the_usual_separators) {
    const ws_http_line lines[] = {line_of("Host", "a"), line_of("Upgrade", "websocket")};
    const ws_http_message message = {
        .start_line = ws_span_of("GET / HTTP/1.1"), .lines = lines, .line_count = 2, .body = ws_span_of("x")};
    ws_buffer out;
    ws_buffer_init(&out, 0);
    cr_assert_eq(ws_http_emit(&message, &out), WS_OK);
    cr_assert(ws_span_equal(ws_buffer_span(&out),
                            ws_span_of("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\nx")));
    ws_buffer_clear(&out);
}

Test(handshake, message_may_lie_in_every_part) {
    ws_http_line lines[] = {line_of("Ho st", "\r\n"), line_of("", "")};
    lines[0].separator = " :\t";
    lines[0].end = "\n";
    lines[1].separator = "";
    lines[1].end = "\r";
    const ws_http_message message = {
        .start_line = ws_span_of("G T"), .start_end = "\n", .lines = lines, .line_count = 2, .head_end = ""};
    ws_buffer out;
    ws_buffer_init(&out, 0);
    cr_assert_eq(ws_http_emit(&message, &out), WS_OK);
    cr_assert(ws_span_equal(ws_buffer_span(&out), ws_span_of("G T\nHo st :\t\r\n\n\r")));
    ws_buffer_clear(&out);
}

Test(handshake, message_over_the_limit_leaves_the_buffer_as_it_was) {
    const ws_http_line lines[] = {line_of("Host", "a")};
    const ws_http_message message = {
        .start_line = ws_span_of("GET / HTTP/1.1"), .lines = lines, .line_count = 1};
    for (size_t limit = 3; limit < 3 + 27; limit++) { /* the message has 27 octets */
        ws_buffer out;
        ws_buffer_init(&out, limit);
        ws_buffer_append_text(&out, "abc");
        cr_expect_eq(ws_http_emit(&message, &out), WS_ERR_LIMIT);
        cr_expect(ws_span_equal(ws_buffer_span(&out), ws_span_of("abc")));
        ws_buffer_clear(&out);
    }
}

/* ---- faults ---- */

Test(handshake, every_fault_has_a_name_of_its_own) {
    for (int a = 0; a < WS_HANDSHAKE_FAULT_COUNT; a++)
        for (int b = 0; b < a; b++)
            cr_expect_str_neq(ws_handshake_describe((ws_handshake_fault)a)->name,
                              ws_handshake_describe((ws_handshake_fault)b)->name);
}

Test(handshake, every_fault_has_a_section_and_a_text) {
    for (int fault = 0; fault < WS_HANDSHAKE_FAULT_COUNT; fault++) {
        cr_expect_eq(strncmp(ws_handshake_describe((ws_handshake_fault)fault)->section, "RFC ", 4), 0);
        cr_expect_gt(strlen(ws_handshake_describe((ws_handshake_fault)fault)->text), 10);
    }
}

Test(handshake, unknown_fault_is_described) {
    cr_assert_str_eq(ws_handshake_describe(WS_HANDSHAKE_FAULT_COUNT)->name, "unknown");
}

/* "name@offset name@offset"; HTTP deviations as "http.KIND@offset". */
static void log_report(ws_buffer *log, const ws_handshake_report *report) {
    ws_buffer_init(log, 0);
    for (size_t i = 0; i < report->count; i++) {
        const ws_handshake_finding *finding = &report->findings[i];
        ws_buffer_printf(log, "%s%s", i ? " " : "", ws_handshake_describe(finding->fault)->name);
        if (finding->fault == WS_HANDSHAKE_HTTP)
            ws_buffer_printf(log, ".%d", finding->detail);
        ws_buffer_printf(log, "@%zu", finding->offset);
        cr_expect(ws_handshake_has(report, finding->fault));
    }
    ws_buffer_terminate(log);
}

static ws_http_head *parse(const char *text, ws_http_kind kind) {
    ws_http_head *head = NULL;
    uint8_t *copy = guard_copy(text, strlen(text));
    cr_assert_eq(ws_http_parse(copy, strlen(text), kind, NULL, &head), (long)strlen(text), "%s", text);
    guard_free(copy, strlen(text));
    return head;
}

typedef struct row {
    const char *text;
    const char *faults;
} row;

static void expect_faults(const char *text, const ws_handshake_report *report, const char *faults) {
    ws_buffer log;
    log_report(&log, report);
    cr_expect_str_eq((char *)log.data, faults, "%s\nfound:    %s\nexpected: %s", text, (char *)log.data,
                     faults);
    ws_buffer_clear(&log);
}

static void expect_request(const char *text, const char *faults) {
    ws_http_head *head = parse(text, WS_HTTP_REQUEST);
    ws_handshake_report report;
    cr_expect_eq(ws_handshake_check_request(head, &report), WS_OK);
    expect_faults(text, &report, faults);
    ws_http_head_free(head);
}

static void expect_requests(const row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        expect_request(rows[i].text, rows[i].faults);
}

/* The parts of an impeccable request. The first field line stands at octet 16. */
#define GET     "GET / HTTP/1.1\r\n"
#define HOST    "Host: a\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECT "Connection: Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define END     "\r\n"
#define REST    HOST UPGRADE CONNECT KEY VERSION

Test(handshake, request_of_rfc6455_is_impeccable) {
    expect_request(
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
        "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "");
}

Test(handshake, variants_of_a_request_are_impeccable) {
    const row rows[] = {
        {GET VERSION KEY CONNECT UPGRADE HOST END, ""},
        {"GET http://a/b?c HTTP/1.1\r\n" REST END, ""},
        {"GET HTTPS://a:443 HTTP/1.1\r\n" REST END, ""},
        {"GET http://[::1]:1?x HTTP/1.1\r\n" REST END, ""},
        {"GET / HTTP/1.2\r\n" REST END, ""},
        {"GET / HTTP/2.0\r\n" REST END, ""},
        {GET "Host: [::1]:9001\r\n" UPGRADE CONNECT KEY VERSION END, ""},
        {GET "host: a\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, uPGRADE\r\n" KEY VERSION END, ""},
        {GET HOST "Upgrade: h2c, websocket\r\n" CONNECT KEY VERSION END, ""},
        {GET HOST "Upgrade: h2c\r\n" UPGRADE "Connection: close\r\n" CONNECT KEY VERSION END, ""},
        {GET REST "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b, A\r\n" END, ""},
        {GET REST "Sec-WebSocket-Extensions: foo\r\nSec-WebSocket-Extensions: bar; baz=2\r\n" END, ""},
        {GET REST "Sec-WebSocket-Extensions: constructor; __proto__=\"constructor\"\r\n" END, ""},
        {GET REST "Content-Length: 0\r\n" END, ""},
        {GET REST "X: caf\xc3\xa9\r\n" END, ""},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_deviations_are_reported_once_a_kind) {
    expect_request("GET / HTTP/1.1\nHost: a\n" UPGRADE CONNECT KEY VERSION END, "http.0@14");
    expect_request("GET  / HTTP/1.1\r\nA\r\n" REST END, "http.3@4 http.13@17");
}

Test(handshake, request_method_must_be_get) {
    const row rows[] = {
        {"POST / HTTP/1.1\r\n" REST END, "method@0"},
        {"get / HTTP/1.1\r\n" REST END, "method@0"},
        {"GETS / HTTP/1.1\r\n" REST END, "method@0"},
        {"\r\nHEAD / HTTP/1.1\r\n" REST END, "http.2@0 method@2"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_version_must_be_1_1_or_above) {
    const row rows[] = {
        {"GET / HTTP/1.0\r\n" REST END, "http-version@0"},
        {"GET / HTTP/0.9\r\n" REST END, "http-version@0"},
        {"GET /\r\n" REST END, "http.6@5 http-version@0"},
        {"GET / HTTP/1.10\r\n" REST END, "http.6@6 http-version@0"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_target_must_be_a_path_or_an_http_uri) {
    const row rows[] = {
        {"GET * HTTP/1.1\r\n" REST END, "target@0"},
        {"GET a HTTP/1.1\r\n" REST END, "target@0"},
        {"GET a:80 HTTP/1.1\r\n" REST END, "target@0"},
        {"GET ws://a/ HTTP/1.1\r\n" REST END, "target@0"},
        {"GET http:/a HTTP/1.1\r\n" REST END, "target@0"},
        {"GET http:///a HTTP/1.1\r\n" REST END, "target@0"},
        {"GET http://u@a/ HTTP/1.1\r\n" REST END, "target@0"},
        {"GET ?a HTTP/1.1\r\n" REST END, "target@0"},
        {"GET HTTP/1.1\r\n" REST END, "http.5@4 target@0"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_target_must_not_have_a_fragment) {
    const row rows[] = {
        {"GET /#a HTTP/1.1\r\n" REST END, "target@0"},
        {"GET http://a/# HTTP/1.1\r\n" REST END, "target@0"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_must_have_one_valid_host) {
    const row rows[] = {
        {GET UPGRADE CONNECT KEY VERSION END, "host-missing@0"},
        {GET HOST REST END, "host-repeated@25"},
        {GET "Host:\r\n" UPGRADE CONNECT KEY VERSION END, "host-invalid@16"},
        {GET "Host: a b\r\n" UPGRADE CONNECT KEY VERSION END, "host-invalid@16"},
        {GET "Host: a:65536\r\n" UPGRADE CONNECT KEY VERSION END, "host-invalid@16"},
        {GET "Host: http://a/\r\n" UPGRADE CONNECT KEY VERSION END, "host-invalid@16"},
        {GET "Host: u@a\r\n" UPGRADE CONNECT KEY VERSION END, "host-invalid@16"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_must_upgrade_to_websocket) {
    const row rows[] = {
        {GET HOST CONNECT KEY VERSION END, "upgrade-missing@0"},
        {GET "Upgrade:\r\n" HOST CONNECT KEY VERSION END, "upgrade-value@16"},
        {GET "Upgrade: websockets\r\n" HOST CONNECT KEY VERSION END, "upgrade-value@16"},
        {GET "Upgrade: websocket/13\r\n" HOST CONNECT KEY VERSION END, "upgrade-value@16"},
        {GET "Upgrade: h2c\r\nUpgrade: TLS/1.0\r\n" HOST CONNECT KEY VERSION END, "upgrade-value@16"},
        {GET "Upgrade websocket\r\n" HOST CONNECT KEY VERSION END, "http.13@16 upgrade-missing@0"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_connection_must_name_upgrade) {
    const row rows[] = {
        {GET HOST UPGRADE KEY VERSION END, "connection-missing@0"},
        {GET "Connection: close\r\n" HOST UPGRADE KEY VERSION END, "connection-value@16"},
        {GET "Connection: notupgrade, upgrade-not\r\n" HOST UPGRADE KEY VERSION END, "connection-value@16"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_must_have_one_valid_key) {
    const row rows[] = {
        {GET HOST UPGRADE CONNECT VERSION END, "key-missing@0"},
        {GET KEY REST END, "key-repeated@111"},
        {GET "Sec-WebSocket-Key:\r\n" HOST UPGRADE CONNECT VERSION END, "key-invalid@16"},
        {GET "Sec-WebSocket-Key: P5l8BJcZwRc=\r\n" HOST UPGRADE CONNECT VERSION END, "key-invalid@16"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_must_have_version_13_once) {
    const row rows[] = {
        {GET HOST UPGRADE CONNECT KEY END, "version-missing@0"},
        {GET VERSION REST END, "version-repeated@138"},
        {GET "Sec-WebSocket-Version: 8\r\n" HOST UPGRADE CONNECT KEY END, "version-unsupported@16"},
        {GET "Sec-WebSocket-Version: 013\r\n" HOST UPGRADE CONNECT KEY END, "version-unsupported@16"},
        {GET "Sec-WebSocket-Version: 13, 8\r\n" HOST UPGRADE CONNECT KEY END, "version-unsupported@16"},
        {GET "Sec-WebSocket-Version:\r\n" HOST UPGRADE CONNECT KEY END, "version-unsupported@16"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_protocols_must_be_different_tokens) {
    const row rows[] = {
        {GET "Sec-WebSocket-Protocol:\r\n" REST END, "protocol-invalid@16"},
        {GET "Sec-WebSocket-Protocol: , ,\r\n" REST END, "protocol-invalid@16 list-empty-element@16"},
        {GET "Sec-WebSocket-Protocol: a b\r\n" REST END, "protocol-invalid@16"},
        {GET "Sec-WebSocket-Protocol: \"a\"\r\n" REST END, "protocol-invalid@16"},
        {GET "Sec-WebSocket-Protocol: a, b, a\r\n" REST END, "protocol-invalid@16"},
        {GET "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: bb, a\r\n" REST END,
         "protocol-invalid@16"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_extensions_must_follow_their_grammar) {
    const row rows[] = {
        {GET "Sec-WebSocket-Extensions:\r\n" REST END, "extensions-invalid@16"},
        {GET "Sec-WebSocket-Extensions: a;\r\n" REST END, "extensions-invalid@16"},
        {GET "Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: b=1\r\n" REST END,
         "extensions-invalid@45"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, style_of_lists_is_named_behind_all_rules) {
    const row rows[] = {
        {GET HOST UPGRADE KEY VERSION "Connection: keep-alive, , Upgrade\r\n" END, "list-empty-element@117"},
        {GET HOST UPGRADE KEY VERSION "Connection: Upgrade,\r\n" END, "list-empty-element@117"},
        {GET HOST UPGRADE KEY VERSION "Connection: ,Upgrade\r\n" END, "list-empty-element@117"},
        {GET "Sec-WebSocket-Extensions: a; b=\"\\,\", c\r\n" REST END, "extensions-invalid@16"},
        {GET "Sec-WebSocket-Extensions: a; b =c\r\n" REST END, "list-space@16"},
        {GET "Sec-WebSocket-Extensions: a; b=\t\"c\",,d\r\n" REST END, "list-empty-element@16 list-space@16"},
        {GET "Sec-WebSocket-Extensions: a ; b , c\r\n" REST END, ""},
        {GET "X-List: a,,b = c\r\n" REST END, ""},
    };
    expect_requests(rows, COUNT(rows));
    cr_expect(ws_handshake_binds_sender_alone(WS_HANDSHAKE_LIST_SPACE));
    cr_expect(ws_handshake_binds_sender_alone(WS_HANDSHAKE_LIST_EMPTY_ELEMENT));
    cr_expect_not(ws_handshake_binds_sender_alone(WS_HANDSHAKE_EXTENSIONS_INVALID));
}

Test(handshake, request_must_not_expect_100_continue) {
    const row rows[] = {
        {GET "Expect: 100-Continue\r\n" REST END, "expect@16"},
        {GET "Expect: x-odd\r\n" REST END, ""},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_names_serialized_origins) {
    const row rows[] = {
        {GET "Origin: null\r\n" REST END, ""},
        {GET "Origin: http://a.example\r\n" REST END, ""},
        {GET "Origin: https://a.example:8443 http://[::1]\r\n" REST END, ""},
        {GET "Origin: file://\r\n" REST END, ""},
        {GET "Origin:\r\n" REST END, "origin@16"},
        {GET "Origin: http://a.example/\r\n" REST END, "origin@16"},
        {GET "Origin: http://a.example \r\n" REST END, ""},
        {GET "Origin: http://a.example  http://b.example\r\n" REST END, "origin@16"},
        {GET "Origin: a.example\r\n" REST END, "origin@16"},
        {GET "Origin: ://a.example\r\n" REST END, "origin@16"},
        {GET "Origin: null null\r\n" REST END, "origin@16"},
        {GET "Origin: http://ex\xc3\xa9mple.com\r\n" REST END, "origin@16"},
        {GET "Origin: null\r\nOrigin: null\r\n" REST END, "origin@30"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_has_a_key_without_bits_behind_its_end) {
    const row rows[] = {
        {GET "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n" HOST UPGRADE CONNECT VERSION END,
         "key-bits@16"},
        {GET "Sec-WebSocket-Key: /////////////////////w==\r\n" HOST UPGRADE CONNECT VERSION END, ""},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_must_not_announce_a_body) {
    const row rows[] = {
        {GET "Content-Length: 5\r\n" REST END, "body@16"},
        {GET "Content-Length:\r\n" REST END, "body@16"},
        {GET "Content-Length: 0\r\nContent-Length: 10\r\n" REST END, "body@35"},
        {GET "Transfer-Encoding: chunked\r\n" REST END, "body@16"},
    };
    expect_requests(rows, COUNT(rows));
}

Test(handshake, request_with_every_fault_names_them_all) {
    expect_request("POST * HTTP/1.0\r\nSec-WebSocket-Protocol:\r\nSec-WebSocket-Extensions:\r\nTE: a\r\n"
                   "Transfer-Encoding: a\r\n\r\n",
                   "method@0 http-version@0 target@0 host-missing@0 upgrade-missing@0 connection-missing@0 "
                   "key-missing@0 version-missing@0 body@76 protocol-invalid@17 extensions-invalid@42");
}

Test(handshake, report_has_no_fault_that_is_not_in_it) {
    ws_handshake_report report = {.count = 0};
    cr_assert_not(ws_handshake_has(&report, WS_HANDSHAKE_HTTP));
}

/* ---- responses ---- */

static void expect_response(const char *text, const char *faults) {
    ws_http_head *head = parse(text, WS_HTTP_RESPONSE);
    ws_span protocols[] = {ws_span_of("chat"), ws_span_of("superchat")};
    ws_span extensions[] = {ws_span_of("foo"), ws_span_of("bar")};
    ws_handshake_offer offer = {ws_span_of("dGhlIHNhbXBsZSBub25jZQ=="), protocols, 2, extensions, 2};
    ws_handshake_report report;
    cr_expect_eq(ws_handshake_check_response(head, &offer, &report), WS_OK);
    expect_faults(text, &report, faults);
    ws_http_head_free(head);
}

static void expect_responses(const row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        expect_response(rows[i].text, rows[i].faults);
}

/* The first field line stands at octet 16 here, too. */
#define SWITCH    "HTTP/1.1 101 A\r\n"
#define ACCEPT    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define REST_DOWN UPGRADE CONNECT ACCEPT

Test(handshake, response_of_rfc6455_is_impeccable) {
    expect_response(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
        "");
}

Test(handshake, variants_of_a_response_are_impeccable) {
    const row rows[] = {
        {SWITCH ACCEPT CONNECT UPGRADE END, ""},
        {SWITCH "upgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\n" ACCEPT END, ""},
        {SWITCH UPGRADE CONNECT "Sec-WebSocket-Accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n" END, ""},
        {SWITCH REST_DOWN "Sec-WebSocket-Extensions: bar; x=1, foo\r\n" END, ""},
        {SWITCH REST_DOWN "Sec-WebSocket-Extensions: foo\r\nSec-WebSocket-Extensions: bar\r\n" END, ""},
        {SWITCH REST_DOWN "Server: caf\xc3\xa9\r\n" END, ""},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, style_of_lists_is_named_in_responses) {
    const row rows[] = {
        {SWITCH UPGRADE ACCEPT "Connection: Upgrade,,\r\n" END, "list-empty-element@88"},
        {SWITCH REST_DOWN "Sec-WebSocket-Extensions: foo; a = b\r\n" END, "list-space@109"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_deviations_are_reported) {
    expect_response("HTTP/1.1 101\r\n" REST_DOWN END, "http.8@12");
}

Test(handshake, response_version_must_be_1_1) {
    const row rows[] = {
        {"HTTP/1.0 101 A\r\n" REST_DOWN END, "http-version@0"},
        {"HTTP/2.0 101 A\r\n" REST_DOWN END, "http-version@0"},
        {"http/1.1 101 A\r\n" REST_DOWN END, "http.6@0 http-version@0"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_with_other_status_is_not_judged_further) {
    const row rows[] = {
        {"HTTP/1.1 400 A\r\n\r\n", "status@0"},
        {"HTTP/1.1 200 A\r\n" REST_DOWN END, "status@0"},
        {"HTTP/1.1 1010 A\r\n" REST_DOWN END, "http.7@9 status@0"},
        {"\r\nHTTP/1.1 302 A\r\n\r\n", "http.2@0 status@2"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_upgrade_must_be_websocket) {
    const row rows[] = {
        {SWITCH CONNECT ACCEPT END, "upgrade-missing@0"},
        {SWITCH "Upgrade: websockets\r\n" CONNECT ACCEPT END, "upgrade-value@16"},
        {SWITCH "Upgrade:\r\n" CONNECT ACCEPT END, "upgrade-value@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_upgrade_must_not_be_a_list) {
    const row rows[] = {
        {SWITCH "Upgrade: websocket, h2c\r\n" CONNECT ACCEPT END, "upgrade-list@16"},
        {SWITCH "Upgrade: websocket,\r\n" CONNECT ACCEPT END, "upgrade-list@16 list-empty-element@16"},
        {SWITCH UPGRADE REST_DOWN END, "upgrade-list@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_connection_must_name_upgrade) {
    const row rows[] = {
        {SWITCH UPGRADE ACCEPT END, "connection-missing@0"},
        {SWITCH "Connection: keep-alive\r\n" UPGRADE ACCEPT END, "connection-value@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_must_accept_the_key_once) {
    const row rows[] = {
        {SWITCH UPGRADE CONNECT END, "accept-missing@0"},
        {SWITCH ACCEPT REST_DOWN END, "accept-repeated@109"},
        {SWITCH "Sec-WebSocket-Accept:\r\n" UPGRADE CONNECT END, "accept-wrong@16"},
        {SWITCH "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n" UPGRADE CONNECT END,
         "accept-wrong@16"},
        {SWITCH "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n" UPGRADE CONNECT END,
         "accept-wrong@16"},
        {SWITCH "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x\r\n" UPGRADE CONNECT END,
         "accept-wrong@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_protocol_must_be_offered) {
    const row rows[] = {
        {SWITCH "Sec-WebSocket-Protocol: other\r\n" REST_DOWN END, "protocol-unoffered@16"},
        {SWITCH "Sec-WebSocket-Protocol: Chat\r\n" REST_DOWN END, "protocol-unoffered@16"},
        {SWITCH "Sec-WebSocket-Protocol: chat superchat\r\n" REST_DOWN END, "protocol-unoffered@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_protocol_must_be_one) {
    const row rows[] = {
        {SWITCH "Sec-WebSocket-Protocol:\r\n" REST_DOWN END, "protocol-repeated@16"},
        {SWITCH "Sec-WebSocket-Protocol: chat, superchat\r\n" REST_DOWN END, "protocol-repeated@16"},
        {SWITCH "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n" REST_DOWN END,
         "protocol-repeated@46"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_extensions_must_follow_their_grammar) {
    const row rows[] = {
        {SWITCH "Sec-WebSocket-Extensions:\r\n" REST_DOWN END, "extensions-invalid@16"},
        {SWITCH "Sec-WebSocket-Extensions: foo; x=\"\r\n" REST_DOWN END, "extensions-invalid@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, response_extensions_must_be_offered) {
    const row rows[] = {
        {SWITCH "Sec-WebSocket-Extensions: baz\r\n" REST_DOWN END, "extension-unoffered@16"},
        {SWITCH "Sec-WebSocket-Extensions: foo, Bar, __proto__\r\n" REST_DOWN END, "extension-unoffered@16"},
    };
    expect_responses(rows, COUNT(rows));
}

Test(handshake, nothing_is_offered_by_an_empty_offer) {
    ws_http_head *head =
        parse(SWITCH REST_DOWN "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: foo\r\n" END,
              WS_HTTP_RESPONSE);
    ws_handshake_offer offer = {.key = ws_span_of("dGhlIHNhbXBsZSBub25jZQ==")};
    ws_handshake_report report;
    ws_handshake_check_response(head, &offer, &report);
    expect_faults("no offer", &report, "protocol-unoffered@109 extension-unoffered@139");
    ws_http_head_free(head);
}

/* Every kind of deviation and every fault at once does not overflow the report. */
Test(handshake, hostile_request_fills_no_more_than_the_report) {
    expect_request(
        "\n G@T x\x01\r/  HTTP/1.0x\n x\ny\r\x01z\n: \x01\xff\n(\t: a\n b\n"
        "Host:\nUpgrade:\nConnection:\nSec-WebSocket-Key:\nSec-WebSocket-Version:\n"
        "Sec-WebSocket-Protocol:\nSec-WebSocket-Extensions:\nContent-Length: 1\n\n",
        "http.2@0 http.0@0 http.3@1 http.4@3 http.5@7 http.1@8 http.6@12 http.12@22 http.13@25 "
        "http.14@30 http.15@32 http.11@36 http.10@41 method@1 http-version@1 target@1 host-invalid@44 "
        "upgrade-value@50 connection-value@59 key-invalid@71 version-unsupported@90 body@163 "
        "protocol-invalid@113 extensions-invalid@137");
}

/* 30000 subprotocols in one field: a comparison of each with each would take far longer. */
Test(handshake, many_protocols_are_compared_in_good_time) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    ws_buffer_append_text(&text, GET REST "Sec-WebSocket-Protocol: ");
    for (int i = 0; i < 30000; i++)
        ws_buffer_printf(&text, "%s%x", i ? "," : "", (i * 7919) % 30011);
    ws_buffer_append_text(&text, "\r\n\r\n");
    ws_http_limits limits = {.max_size = SIZE_MAX};
    ws_http_head *head = NULL;
    ws_handshake_report report;
    cr_assert_gt(ws_http_parse(text.data, text.size, WS_HTTP_REQUEST, &limits, &head), 0);
    ws_handshake_check_request(head, &report);
    cr_expect_eq(report.count, 0);
    ws_http_head_free(head);
    ws_buffer_clear(&text);
}
