#include "wire/uri.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/guard.h"

static ws_status parse(const char *text, ws_uri *uri, const char **why) {
    uint8_t *copy = guard_copy(text, strlen(text) + 1);
    ws_status status = ws_uri_parse((const char *)copy, uri, why);
    guard_free(copy, strlen(text) + 1);
    return status;
}

typedef struct good_row {
    const char *text;
    bool secure;
    const char *host;
    bool ipv6;
    uint16_t port;
    bool port_is_default;
    const char *resource;
    const char *authority;
} good_row;

Test(uri, components_are_those_of_the_table) {
    static const good_row rows[] = {
        {"ws://example.com", false, "example.com", false, 80, true, "/", "example.com"},
        {"wss://example.com", true, "example.com", false, 443, true, "/", "example.com"},
        {"WS://Example.COM/Chat", false, "example.com", false, 80, true, "/Chat", "example.com"},
        {"wSs://a/", true, "a", false, 443, true, "/", "a"},
        {"ws://a:9001/", false, "a", false, 9001, false, "/", "a:9001"},
        {"ws://a:80/", false, "a", false, 80, true, "/", "a"},
        {"wss://a:80/", true, "a", false, 80, false, "/", "a:80"},
        {"ws://a:443/", false, "a", false, 443, false, "/", "a:443"},
        {"ws://a:00080/", false, "a", false, 80, true, "/", "a"},
        {"ws://a:65535", false, "a", false, 65535, false, "/", "a:65535"},
        {"ws://a:1", false, "a", false, 1, false, "/", "a:1"},
        {"ws://a:/b", false, "a", false, 80, true, "/b", "a"},
        {"ws://[::1]:9001/chat?x=1", false, "::1", true, 9001, false, "/chat?x=1", "[::1]:9001"},
        {"ws://[FE80::A]", false, "fe80::a", true, 80, true, "/", "[fe80::a]"},
        {"ws://[::ffff:127.0.0.1]/", false, "::ffff:127.0.0.1", true, 80, true, "/", "[::ffff:127.0.0.1]"},
        {"ws://127.0.0.1:8080", false, "127.0.0.1", false, 8080, false, "/", "127.0.0.1:8080"},
        {"ws://a?x=1", false, "a", false, 80, true, "/?x=1", "a"},
        {"ws://a/?", false, "a", false, 80, true, "/", "a"},
        {"ws://a?", false, "a", false, 80, true, "/", "a"},
        {"ws://a/b?c?d/e", false, "a", false, 80, true, "/b?c?d/e", "a"},
        {"ws://a/?b=?", false, "a", false, 80, true, "/?b=?", "a"},
        {"ws://a//b;c=1,2/:@-._~!$&'()*+=", false, "a", false, 80, true, "//b;c=1,2/:@-._~!$&'()*+=", "a"},
        {"ws://a/%23%C3%a9?%20", false, "a", false, 80, true, "/%23%C3%a9?%20", "a"},
        {"ws://a_b-c.%41~!$&'()*+,;=/", false, "a_b-c.%41~!$&'()*+,;=", false, 80, true, "/",
         "a_b-c.%41~!$&'()*+,;="},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ws_uri uri;
        const char *why = "";
        cr_expect_eq(parse(rows[i].text, &uri, &why), WS_OK, "%s: %s", rows[i].text, why);
        cr_expect_eq(uri.secure, rows[i].secure, "%s", rows[i].text);
        cr_expect_str_eq(uri.host, rows[i].host, "%s", rows[i].text);
        cr_expect_eq(uri.host_is_ipv6, rows[i].ipv6, "%s", rows[i].text);
        cr_expect_eq(uri.port, rows[i].port, "%s", rows[i].text);
        cr_expect_eq(uri.port_is_default, rows[i].port_is_default, "%s", rows[i].text);
        cr_expect_str_eq(uri.resource, rows[i].resource, "%s", rows[i].text);
        cr_expect_str_eq(uri.authority, rows[i].authority, "%s", rows[i].text);
    }
}

static void expect_syntax(const char *text, const char *part_of_why) {
    ws_uri uri;
    const char *why = "";
    memset(&uri, 0x5a, sizeof(uri));
    ws_uri before = uri;
    cr_expect_eq(parse(text, &uri, &why), WS_ERR_SYNTAX, "%s", text);
    cr_expect_not_null(strstr(why, part_of_why), "%s: %s", text, why);
    cr_expect_eq(memcmp(&uri, &before, sizeof(uri)), 0, "%s", text);
}

Test(uri, other_schemes_are_refused) {
    const char *const texts[] = {"",          "w",      "ws",        "ws:",        "ws:/",
                                 "ws:/a/",    "wss:/a", "http://a/", "https://a/", "wsss://a/",
                                 "a.example", "//a/",   " ws://a",   "ws\xc2://a"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_syntax(texts[i], "ws:// or wss://");
}

Test(uri, fragments_are_refused) {
    expect_syntax("ws://a/#b", "fragment");
    expect_syntax("ws://a/#", "fragment");
    expect_syntax("ws://a#b", "fragment");
    expect_syntax("ws://a/?b#c", "fragment");
}

Test(uri, user_information_is_refused) {
    expect_syntax("ws://user@a/", "user information");
    expect_syntax("ws://user:pass@a:1/", "user information");
    expect_syntax("ws://@a/", "user information");
}

Test(uri, at_sign_in_a_path_is_no_user_information) {
    ws_uri uri;
    cr_assert_eq(parse("ws://a/b@c", &uri, NULL), WS_OK);
}

Test(uri, spaces_control_and_non_ascii_octets_are_refused) {
    const char *const texts[] = {"ws://a/b c",     "ws://a/\t", "ws://a/\r\nX: y", "ws://a/\x7f",
                                 "ws://\xc3\xa9/", "ws://a /",  "ws://a/ "};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_syntax(texts[i], "percent-escaped");
}

Test(uri, other_characters_outside_the_grammar_are_refused) {
    for (const char *octet = "\"<>\\^`{|}[]"; *octet; octet++) {
        char text[32];
        snprintf(text, sizeof(text), "ws://a/b%c", *octet);
        expect_syntax(text, "percent-escaped");
    }
}

Test(uri, incomplete_percent_escapes_are_refused) {
    expect_syntax("ws://a/%", "percent-escaped");
    expect_syntax("ws://a/%2", "percent-escaped");
    expect_syntax("ws://a/%2g", "percent-escaped");
    expect_syntax("ws://a/%g2", "percent-escaped");
}

Test(uri, empty_hosts_are_refused) {
    expect_syntax("ws://", "host is missing");
    expect_syntax("ws:///a", "host is missing");
    expect_syntax("ws://:80/", "host is missing");
    expect_syntax("ws://?a", "host is missing");
}

Test(uri, hosts_outside_the_grammar_are_refused) {
    expect_syntax("ws://a|b/", "the host holds");
    expect_syntax("ws://a%4/", "the host holds");
    expect_syntax("ws://a[::1]/", "the host holds");
    expect_syntax("ws://a\\b/", "the host holds");
}

Test(uri, malformed_ipv6_addresses_are_refused) {
    expect_syntax("ws://[]/", "no IPv6 address");
    expect_syntax("ws://[127.0.0.1]/", "no IPv6 address");
    expect_syntax("ws://[::g]/", "no IPv6 address");
    expect_syntax("ws://[fe80::1%25eth0]/", "no IPv6 address");
    expect_syntax("ws://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]/", "no IPv6 address");
}

Test(uri, brackets_must_be_closed) {
    expect_syntax("ws://[::1/", "not closed");
}

Test(uri, only_a_port_follows_the_brackets) {
    expect_syntax("ws://[::1]a/", "only a port");
    expect_syntax("ws://[::1]9001", "only a port");
}

Test(uri, ports_outside_the_range_are_refused) {
    const char *const texts[] = {"ws://a:0/",   "ws://a:65536/", "ws://a:99999999999999999999/",
                                 "ws://a:-1/",  "ws://a:+1/",    "ws://a:http/",
                                 "ws://a:000/", "ws://a:0x50/"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_syntax(texts[i], "port is not a number from 1 to 65535");
}

Test(uri, ipv6_addresses_need_brackets) {
    expect_syntax("ws://::1/", "in brackets");
    expect_syntax("ws://a:1:2/", "in brackets");
}

Test(uri, host_of_255_characters_fits_with_brackets_or_port) {
    char text[400] = "wss://";
    memset(text + 6, 'a', 255);
    strcpy(text + 261, ":65535/");
    ws_uri uri;
    cr_assert_eq(parse(text, &uri, NULL), WS_OK);
    cr_assert_eq(strlen(uri.authority), 261);
}

Test(uri, host_of_256_characters_is_over_the_limit) {
    char text[400] = "ws://";
    memset(text + 5, 'a', 256);
    text[261] = 0;
    ws_uri uri;
    const char *why = "";
    cr_assert_eq(parse(text, &uri, &why), WS_ERR_LIMIT);
    cr_assert_not_null(strstr(why, "255"));
}

static ws_status parse_long_query(size_t size, ws_uri *uri) {
    char text[WS_URI_MAX + 64] = "ws://a?";
    memset(text + 7, 'q', size - 1);
    text[6 + size] = 0;
    return parse(text, uri, NULL);
}

Test(uri, longest_resource_fits) {
    ws_uri uri;
    cr_assert_eq(parse_long_query(WS_URI_MAX - 2, &uri), WS_OK);
    cr_assert_eq(strlen(uri.resource), WS_URI_MAX - 1);
}

Test(uri, longer_resource_is_over_the_limit) {
    ws_uri uri;
    cr_assert_eq(parse_long_query(WS_URI_MAX - 1, &uri), WS_ERR_LIMIT);
}

static bool valid(const char *text, size_t size) {
    uint8_t *copy = guard_copy(text, size);
    bool answer = ws_uri_authority_valid((ws_span){copy, size});
    guard_free(copy, size);
    return answer;
}

Test(uri, authority_is_a_host_and_an_optional_port) {
    const char *const texts[] = {"a",       "a:", "a:80", "a:0", "[::1]", "[::1]:80", "1.2.3.4:65535",
                                 "a.b_c-d", "a,b"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect(valid(texts[i], strlen(texts[i])), "%s", texts[i]);
}

Test(uri, authority_is_nothing_else) {
    const char *const texts[] = {"",   ":80",  "a b",    "a:65536", "a:b",      "a/b",  "user@a", "::1", "[",
                                 "[]", "[::1", "[::1]x", "a\x80",   "http://a", "a\\b", "a%",     "a#b"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_expect_not(valid(texts[i], strlen(texts[i])), "%s", texts[i]);
}

Test(uri, authority_holds_no_zero_octet) {
    cr_expect_not(valid("a\0b", 3));
    cr_expect_not(valid("[::1\0]", 6));
}
