#include "wire/uri.h"

#include <arpa/inet.h>
#include <string.h>

enum { PORT_MAX = 65535 };

typedef struct uri_authority {
    ws_span host; /* without brackets */
    bool in_brackets;
    ws_span port; /* digits; empty when not given */
} uri_authority;

static bool is_digit(uint8_t octet) {
    return octet >= '0' && octet <= '9';
}

static bool is_letter(uint8_t octet) {
    uint8_t lower = octet | 0x20;
    return lower >= 'a' && lower <= 'z';
}

static bool is_hex(uint8_t octet) {
    uint8_t lower = octet | 0x20;
    return is_digit(octet) || (lower >= 'a' && lower <= 'f');
}

/* Octets of `also`, unreserved, sub-delims and pct-encoded (RFC 3986 2, 3.2.2, 3.3). */
static bool is_text(ws_span text, const char *also) {
    for (size_t i = 0; i < text.size; i++) {
        uint8_t octet = text.data[i];
        if (octet == '%') {
            if (text.size - i < 3 || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2]))
                return false;
            i += 2;
        } else if (octet == 0 || (!is_digit(octet) && !is_letter(octet) &&
                                  !strchr("-._~!$&'()*+,;=", octet) && !strchr(also, octet))) {
            return false;
        }
    }
    return true;
}

static bool is_ipv6(ws_span text) {
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    /* A zero octet would hide what follows it from inet_pton. */
    if (text.size >= sizeof(copy) || (text.size > 0 && memchr(text.data, 0, text.size)))
        return false;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = 0;
    return inet_pton(AF_INET6, copy, &address) == 1;
}

/* The number of a port, fallback when there are no digits, -1 when it is above PORT_MAX or not a number. */
static int port_number(ws_span digits, int fallback) {
    int number = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (!is_digit(digits.data[i]))
            return -1;
        number = number * 10 + (digits.data[i] - '0');
        if (number > PORT_MAX)
            return -1;
    }
    return digits.size ? number : fallback;
}

/* Splits host [ ":" port ]. Returns what is wrong with it, NULL when nothing is. */
static const char *split_authority(ws_span text, uri_authority *out) {
    *out = (uri_authority){{NULL, 0}, false, {NULL, 0}};
    const uint8_t *end = text.data + text.size;
    out->in_brackets = text.size > 0 && text.data[0] == '[';
    const uint8_t *host = text.data + (out->in_brackets ? 1 : 0);
    const uint8_t *host_end = text.size ? memchr(text.data, out->in_brackets ? ']' : ':', text.size) : NULL;
    if (out->in_brackets && !host_end)
        return "the bracket that opens an IPv6 address is not closed";
    if (!host_end)
        host_end = end;
    out->host = (ws_span){host, (size_t)(host_end - host)};
    const uint8_t *rest = host_end + (out->in_brackets ? 1 : 0);
    if (rest < end && *rest != ':')
        return "only a port may follow the bracket that closes an IPv6 address";
    if (rest < end)
        out->port = (ws_span){rest + 1, (size_t)(end - rest - 1)};
    if (out->in_brackets && !is_ipv6(out->host))
        return "there is no IPv6 address between the brackets";
    if (!out->in_brackets && !is_text(out->host, ""))
        return "the host holds a character that no host name can have";
    if (!out->in_brackets && out->port.size > 0 && memchr(out->port.data, ':', out->port.size))
        return "an IPv6 address has to stand in brackets, and there is one port at most";
    if (out->host.size == 0)
        return "the host is missing";
    if (port_number(out->port, 0) < 0)
        return "the port is not a number from 1 to 65535";
    return NULL;
}

bool ws_uri_authority_valid(ws_span text) {
    uri_authority parts;
    return text.size > 0 && !split_authority(text, &parts);
}

static bool starts_nocase(const char *text, const char *prefix) {
    const ws_span wanted = ws_span_of(prefix);
    return strnlen(text, wanted.size) == wanted.size &&
           ws_span_equal_nocase((ws_span){(const uint8_t *)text, wanted.size}, wanted);
}

static void copy_lower(char *out, ws_span text) {
    for (size_t i = 0; i < text.size; i++)
        out[i] =
            (char)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] + ('a' - 'A') : text.data[i]);
    out[text.size] = 0;
}

/* A Host field leaves the default port out (RFC 6455 4.1 item 4). The sizes of host and authority make it
 * fit. */
static void write_authority(ws_uri *uri) {
    char *end = uri->authority;
    size_t host = strlen(uri->host);
    if (uri->host_is_ipv6)
        *end++ = '[';
    memcpy(end, uri->host, host);
    end += host;
    if (uri->host_is_ipv6)
        *end++ = ']';
    if (!uri->port_is_default) {
        char digits[5];
        size_t count = 0;
        for (unsigned port = uri->port; port > 0; port /= 10)
            digits[count++] = (char)('0' + port % 10);
        *end++ = ':';
        while (count > 0)
            *end++ = digits[--count];
    }
    *end = 0;
}

/* "/" stands for an empty path, and "?" goes with an empty query (RFC 6455 3). */
static void write_resource(ws_uri *uri, ws_span resource) {
    char *out = uri->resource;
    if (resource.size == 0 || resource.data[0] == '?')
        *out++ = '/';
    const uint8_t *query = resource.size ? memchr(resource.data, '?', resource.size) : NULL;
    if (query && query + 1 == resource.data + resource.size)
        resource.size--;
    memcpy(out, resource.data, resource.size);
    out[resource.size] = 0;
}

static ws_status refuse(ws_status status, const char **why, const char *sentence) {
    if (why)
        *why = sentence;
    return status;
}

/* What no part of the URI may hold. */
static const char *misplaced(const char *text) {
    for (const char *at = text; *at; at++) {
        uint8_t octet = (uint8_t)*at;
        if (octet <= 0x20 || octet >= 0x7f)
            return "spaces, control characters and non-ASCII characters must be percent-escaped";
    }
    if (strchr(text, '#'))
        return "a WebSocket URI has no fragment; a literal \"#\" is written %23 (RFC 6455 3)";
    return NULL;
}

ws_status ws_uri_parse(const char *text, ws_uri *uri, const char **why) {
    bool secure = starts_nocase(text, "wss://");
    if (!secure && !starts_nocase(text, "ws://"))
        return refuse(WS_ERR_SYNTAX, why, "a WebSocket URI begins with ws:// or wss://");
    const char *wrong = misplaced(text);
    if (wrong)
        return refuse(WS_ERR_SYNTAX, why, wrong);
    const char *begin = text + (secure ? 6 : 5);
    size_t authority_size = strcspn(begin, "/?");
    const ws_span whole = {(const uint8_t *)begin, authority_size};
    const ws_span resource = ws_span_of(begin + authority_size);
    if (memchr(begin, '@', authority_size))
        return refuse(WS_ERR_SYNTAX, why, "a WebSocket URI has no user information");
    uri_authority parts;
    wrong = split_authority(whole, &parts);
    if (wrong)
        return refuse(WS_ERR_SYNTAX, why, wrong);
    const int fallback = secure ? 443 : 80;
    int port = port_number(parts.port, fallback);
    if (port == 0)
        return refuse(WS_ERR_SYNTAX, why, "the port is not a number from 1 to 65535");
    if (!is_text(resource, ":@/?"))
        return refuse(WS_ERR_SYNTAX, why, "the path or query holds a character that must be percent-escaped");
    if (parts.host.size >= sizeof(uri->host))
        return refuse(WS_ERR_LIMIT, why, "the host is longer than 255 characters");
    if (resource.size + 1 >= sizeof(uri->resource))
        return refuse(WS_ERR_LIMIT, why, "the path and query are longer than 8190 characters");
    uri->secure = secure;
    copy_lower(uri->host, parts.host);
    uri->host_is_ipv6 = parts.in_brackets;
    uri->port = (uint16_t)port;
    uri->port_is_default = port == fallback;
    write_authority(uri);
    write_resource(uri, resource);
    return WS_OK;
}
