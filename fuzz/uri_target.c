/* The input, but for its last octet, is a URI. One that is accepted is written again from its parts and read
 * as the same; what it holds fits its grammar; and its authority is one that a Host field may have.
 *
 * Covers: ws_uri_parse, ws_uri_authority_valid */
#include "support.h"

#include "wire/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool plain(const char *text) {
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7f || *text == '#')
            return false;
    return true;
}

static void check_parts(const ws_uri *uri) {
    FUZZ_CHECK(uri->host[0] && plain(uri->host), "a host that cannot be one: \"%s\"", uri->host);
    FUZZ_CHECK(uri->resource[0] == '/' && plain(uri->resource), "a resource name that cannot be one");
    for (const char *c = uri->host; *c; c++)
        FUZZ_CHECK(*c < 'A' || *c > 'Z', "a host in capitals");
    FUZZ_CHECK(uri->port != 0, "port 0");
    FUZZ_CHECK(uri->port_is_default == (uri->port == (uri->secure ? 443 : 80)), "the default port is wrong");
    FUZZ_CHECK(ws_uri_authority_valid(ws_span_of(uri->authority)), "no Host field may say \"%s\"",
               uri->authority);
}

static void check_again(const ws_uri *uri) {
    static char text[sizeof uri->authority + sizeof uri->resource + 8];
    static ws_uri again;
    snprintf(text, sizeof text, "%s://%s%s", uri->secure ? "wss" : "ws", uri->authority, uri->resource);
    const char *why = "nothing";
    FUZZ_CHECK(ws_uri_parse(text, &again, &why) == WS_OK, "its own parts are refused: %s", why);
    FUZZ_CHECK(again.secure == uri->secure && again.port == uri->port &&
                   again.host_is_ipv6 == uri->host_is_ipv6 && again.port_is_default == uri->port_is_default &&
                   strcmp(again.host, uri->host) == 0 && strcmp(again.resource, uri->resource) == 0 &&
                   strcmp(again.authority, uri->authority) == 0,
               "written and read again, the URI is another");
}

/* Behind ws:// an authority is accepted if and only if a Host field may say it: but for port 0, what a host
 * name in a URI cannot hold, and the cap. */
static void check_authority(ws_span text) {
    bool valid = ws_uri_authority_valid(text);
    char *copy = fuzz_need(malloc(text.size + 8));
    snprintf(copy, text.size + 8, "ws://%.*s/", (int)text.size, (const char *)text.data);
    static ws_uri uri;
    const char *why = NULL;
    bool whole = strlen(copy) == text.size + 6;
    bool parts_of_another = whole && strcspn(copy + 5, "/?#@") < text.size;
    ws_status status = ws_uri_parse(copy, &uri, &why);
    bool port_zero = why && strstr(why, "the port");
    if (whole && !parts_of_another)
        FUZZ_CHECK(valid ? status == WS_OK || status == WS_ERR_LIMIT || port_zero : status != WS_OK,
                   "a URI and a Host field disagree: %s", why ? why : "accepted");
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static ws_uri uri;
    fuzz_input input = {data, size};
    bool beyond_cap = fuzz_take(&input) == 0xff; /* so often that some part is too long */
    ws_buffer whole;
    ws_buffer_init(&whole, 0);
    do
        fuzz_ok(ws_buffer_append(&whole, input.data, input.size));
    while (beyond_cap && input.size > 0 && whole.size <= WS_URI_MAX);
    size = whole.size;
    char *text = fuzz_text(ws_buffer_span(&whole));
    const char *why = NULL;
    ws_status status = ws_uri_parse(text, &uri, &why);
    FUZZ_CHECK(status == WS_OK || ((status == WS_ERR_SYNTAX || status == WS_ERR_LIMIT) && why && why[0]),
               "a URI is refused without a reason");
    FUZZ_CHECK(ws_uri_parse(text, &uri, NULL) == status, "the answer depends on who asks");
    if (status == WS_OK) {
        check_parts(&uri);
        check_again(&uri);
    }
    uint8_t *copy = fuzz_copy(whole.data, size);
    check_authority((ws_span){copy, size});
    ws_buffer_clear(&whole);
    free(copy);
    free(text);
    return 0;
}
