/* The opening handshake of RFC 6455 section 4, both roles: keys, requests and responses that may lie in
 * every part, and checks that name every broken rule. */
#ifndef WIRE_HANDSHAKE_H
#define WIRE_HANDSHAKE_H

#include "wire/base.h"
#include "wire/extension.h"
#include "wire/http.h"

enum { WS_KEY_TEXT_SIZE = 24, WS_ACCEPT_TEXT_SIZE = 28 };

/* Base64 of a 16-octet nonce (4.1 item 7); key is NUL-terminated. */
void ws_handshake_key(const uint8_t nonce[16], char key[WS_KEY_TEXT_SIZE + 1]);
/* Sec-WebSocket-Accept for a key text of any length and content (4.2.2 item 5.4). WS_ERR_IO when the digest
 * is not available. */
ws_status ws_handshake_accept(ws_span key, char accept[WS_ACCEPT_TEXT_SIZE + 1]);
/* Whether text is base64 of exactly 16 octets (4.2.1 item 5). */
bool ws_handshake_key_valid(ws_span key);

/* One line of a head to send. All of it is written as given: name, separator, value, line end. */
typedef struct ws_http_line {
    ws_span name;
    ws_span value;
    const char *separator; /* NULL: ": " */
    const char *end;       /* NULL: "\r\n" */
} ws_http_line;

/* A head to send; nothing is checked or corrected. */
typedef struct ws_http_message {
    ws_span start_line;    /* without line end, "GET / HTTP/1.1" */
    const char *start_end; /* NULL: "\r\n" */
    const ws_http_line *lines;
    size_t line_count;
    const char *head_end; /* NULL: "\r\n" */
    ws_span body;
} ws_http_message;

ws_status ws_http_emit(const ws_http_message *message, ws_buffer *out);

/* Broken rules of requests (as a server sees them) and of responses (as a client sees them). */
typedef enum ws_handshake_fault {
    WS_HANDSHAKE_HTTP,         /* a deviation from HTTP grammar; detail is the ws_http_deviation */
    WS_HANDSHAKE_METHOD,       /* request: not GET (4.1 item 2) */
    WS_HANDSHAKE_HTTP_VERSION, /* request below HTTP/1.1; response not HTTP/1.1 */
    WS_HANDSHAKE_TARGET,       /* request target: no path, no http(s) URI, or with a fragment (4.1 item 3) */
    WS_HANDSHAKE_HOST_MISSING,
    WS_HANDSHAKE_HOST_REPEATED,
    WS_HANDSHAKE_HOST_INVALID,
    WS_HANDSHAKE_UPGRADE_MISSING,
    WS_HANDSHAKE_UPGRADE_VALUE, /* does not name websocket */
    WS_HANDSHAKE_UPGRADE_LIST,  /* response: names websocket in a list, not alone (4.1) */
    WS_HANDSHAKE_CONNECTION_MISSING,
    WS_HANDSHAKE_CONNECTION_VALUE, /* no Upgrade token */
    WS_HANDSHAKE_KEY_MISSING,
    WS_HANDSHAKE_KEY_REPEATED,
    WS_HANDSHAKE_KEY_INVALID, /* not base64 of 16 octets */
    WS_HANDSHAKE_VERSION_MISSING,
    WS_HANDSHAKE_VERSION_REPEATED,
    WS_HANDSHAKE_VERSION_UNSUPPORTED, /* anything but exactly "13" */
    WS_HANDSHAKE_PROTOCOL_INVALID,    /* request: not a list of tokens, or a token twice */
    WS_HANDSHAKE_EXTENSIONS_INVALID,  /* grammar of 9.1 */
    WS_HANDSHAKE_BODY,                /* request: Content-Length other than 0, or Transfer-Encoding */
    WS_HANDSHAKE_STATUS,              /* response: not 101 */
    WS_HANDSHAKE_ACCEPT_MISSING,
    WS_HANDSHAKE_ACCEPT_REPEATED,
    WS_HANDSHAKE_ACCEPT_WRONG,
    WS_HANDSHAKE_PROTOCOL_UNOFFERED, /* response names a subprotocol that was not offered */
    WS_HANDSHAKE_PROTOCOL_REPEATED,  /* response has several, a list or an empty value */
    WS_HANDSHAKE_EXTENSION_UNOFFERED,
    WS_HANDSHAKE_EXPECT, /* request: Expect, with no content to wait for (9110 10.1.1) */
    /* What binds the sender alone: */
    WS_HANDSHAKE_LIST_EMPTY_ELEMENT, /* ", ," in a list (9110 5.6.1.1) */
    WS_HANDSHAKE_LIST_SPACE,         /* white space around "=" in Sec-WebSocket-Extensions (9110 5.6.3) */
    WS_HANDSHAKE_ORIGIN,             /* request: Origin twice, or not serialized origins (6454 7.1) */
    WS_HANDSHAKE_KEY_BITS,           /* request: the key's last digit has bits of no octet (4648 3.5) */
    WS_HANDSHAKE_FAULT_COUNT
} ws_handshake_fault;

typedef struct ws_handshake_fault_info {
    const char *name;    /* "upgrade-missing" */
    const char *section; /* "RFC 6455 4.2.1" */
    const char *text;    /* "there is no Upgrade field" */
} ws_handshake_fault_info;

const ws_handshake_fault_info *ws_handshake_describe(ws_handshake_fault fault);

typedef struct ws_handshake_finding {
    ws_handshake_fault fault;
    int detail;    /* WS_HANDSHAKE_HTTP: the ws_http_deviation; else 0 */
    size_t offset; /* of the field or octet at fault, from the beginning of the head; 0 for a missing field */
} ws_handshake_finding;

enum { WS_HANDSHAKE_FINDINGS_MAX = 40 };

typedef struct ws_handshake_report {
    ws_handshake_finding findings[WS_HANDSHAKE_FINDINGS_MAX];
    size_t count; /* further findings are dropped */
} ws_handshake_report;

/* Whether the rule is no reason to refuse the head: recipients have to read it all the same, or are used to.
 */
bool ws_handshake_binds_sender_alone(ws_handshake_fault fault);

bool ws_handshake_has(const ws_handshake_report *report, ws_handshake_fault fault);

/* Both checks name a fault once, where it occurs first, and a kind of HTTP deviation once. Octets above 0x7f
 * in field values are no fault: the grammar has them (9110 5.5). Lists over a cap of ws_extension_parse count
 * as EXTENSIONS_INVALID. WS_ERR_MEMORY, WS_ERR_IO (no digest): the report is incomplete. */

/* Checks a request by every rule of 4.2.1; report->count == 0 means it is impeccable. */
ws_status ws_handshake_check_request(const ws_http_head *head, ws_handshake_report *report);

/* What a client offered. Spans are borrowed for the call. */
typedef struct ws_handshake_offer {
    ws_span key;              /* Sec-WebSocket-Key as sent */
    const ws_span *protocols; /* offered subprotocols */
    size_t protocol_count;
    const ws_span *extensions; /* names of offered extensions */
    size_t extension_count;
} ws_handshake_offer;

/* Checks a response by every rule of 4.1 and 4.2.2. With another status than 101 no rule but those of HTTP
 * applies (4.1 item 1 of the response). Parameters of extensions are left to deflate.h. */
ws_status ws_handshake_check_response(const ws_http_head *head, const ws_handshake_offer *offer,
                                      ws_handshake_report *report);

#endif
