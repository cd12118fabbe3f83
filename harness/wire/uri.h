/* ws and wss URIs (RFC 6455 section 3, RFC 3986).
 *
 *     ws_uri uri; const char *why;
 *     if (ws_uri_parse("ws://[::1]:9001/chat?x=1", &uri, &why) != WS_OK) fprintf(stderr, "%s\n", why); */
#ifndef WIRE_URI_H
#define WIRE_URI_H

#include "wire/base.h"

enum { WS_URI_MAX = 8192 };

typedef struct ws_uri {
    bool secure;       /* wss */
    char host[256];    /* without brackets, lower case */
    bool host_is_ipv6; /* host was in brackets */
    uint16_t port;     /* 80 or 443 when not given */
    bool port_is_default;
    char resource[WS_URI_MAX]; /* resource name: path (or "/") and query, never a fragment */
    char authority[300];       /* as a Host field needs it: brackets kept, port only when not the default */
} ws_uri;

/* WS_ERR_SYNTAX, WS_ERR_LIMIT: *why (may be NULL) is a static sentence. User information and fragments are
 * errors. The scheme is matched in any case; what RFC 3986 does not allow in a path or query must be
 * percent-escaped, spaces, control and non-ASCII octets among it. Port 0 is an error: nothing can listen
 * there. */
ws_status ws_uri_parse(const char *text, ws_uri *uri, const char **why);

/* Whether text is host [ ":" port ] as in a Host field (RFC 9110 7.2) or an http URI: a name that is not
 * empty or an IPv6 address in brackets, then a port up to 65535 or none. */
bool ws_uri_authority_valid(ws_span text);

#endif
