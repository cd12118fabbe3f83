/* A strict, byte-preserving parser of HTTP/1.1 message heads (RFC 9112), for the opening handshake.
 *
 * It reads everything that can be read at all and records every deviation from the grammar; whether a
 * deviation matters is the caller's judgement.
 *
 *     ws_http_head *head = NULL;
 *     long used = ws_http_parse(bytes, size, WS_HTTP_REQUEST, NULL, &head);
 *     if (used > 0) ...head is complete, octets after `used` are not part of it...
 *     else if (used == 0) ...more octets are needed...
 *     else ...not HTTP, over a cap, or out of memory: ws_status in `used`...
 *     ws_http_head_free(head); */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "wire/base.h"

typedef enum ws_http_kind { WS_HTTP_REQUEST, WS_HTTP_RESPONSE } ws_http_kind;

typedef enum ws_http_deviation {
    WS_HTTP_BARE_LF,            /* line ended by LF alone (9112 2.2) */
    WS_HTTP_BARE_CR,            /* CR not followed by LF inside a line (9112 2.2) */
    WS_HTTP_LEADING_EMPTY_LINE, /* empty line before the start line (9112 2.2) */
    WS_HTTP_START_LINE_SPACE, /* more than one space, a tab, or spaces at the ends of the start line (9112 3,
                                 4) */
    WS_HTTP_METHOD,           /* method is not a token (9110 9.1) */
    WS_HTTP_TARGET,           /* target holds octets outside printable ASCII (9112 3.2) */
    WS_HTTP_VERSION,          /* not "HTTP/" digit "." digit (9112 2.3) */
    WS_HTTP_STATUS,           /* status code is not three digits (9112 4) */
    WS_HTTP_REASON_SPACE,     /* no space after the status code (9112 4) */
    WS_HTTP_REASON,           /* reason phrase with control octets (9112 4) */
    WS_HTTP_FOLDED,           /* line folding; the value is the unfolded text (9112 5.2) */
    WS_HTTP_SPACE_BEFORE_COLON, /* (9112 5.1) */
    WS_HTTP_SPACE_BEFORE_FIRST, /* white space between start line and first field (9112 2.2) */
    WS_HTTP_NO_COLON,           /* field line without colon; kept as a field with the whole line as name */
    WS_HTTP_NAME,               /* field name empty or not a token (9110 5.1) */
    WS_HTTP_VALUE_CONTROL,      /* control octet other than tab in a value (9110 5.5) */
    WS_HTTP_VALUE_NON_ASCII,    /* octet above 0x7f in a value: obs-text (9110 5.5) */
    WS_HTTP_DEVIATION_COUNT
} ws_http_deviation;

/* "a line ends with LF alone (RFC 9112 2.2)" */
const char *ws_http_deviation_describe(ws_http_deviation kind);

typedef struct ws_http_field {
    ws_span name;  /* as sent, without the colon or space before it */
    ws_span value; /* as sent, without surrounding spaces and tabs; unfolded */
    size_t offset; /* of the field line's first octet, from the beginning of the head */
} ws_http_field;

typedef struct ws_http_finding {
    ws_http_deviation kind;
    size_t offset; /* of the octet that deviates, from the beginning of the head */
} ws_http_finding;

typedef struct ws_http_head {
    ws_http_kind kind;
    size_t start_offset;    /* of the start line: 0 unless empty lines come before it */
    ws_span method, target; /* requests */
    int status;             /* responses: 0 to 999, or -1 when unreadable */
    ws_span reason;         /* responses */
    ws_span version;        /* "HTTP/1.1" as sent */
    int major, minor;       /* -1 when unreadable */
    const ws_http_field *fields;
    size_t field_count;
    const ws_http_finding *findings; /* in order of offset; a kind at most once in a line, where it begins */
    size_t finding_count;
    size_t size; /* octets of the head, with the empty line at its end */
} ws_http_head;

typedef struct ws_http_limits {
    size_t max_size;     /* octets of the head; 0: 64 KiB */
    size_t max_fields;   /* 0: 1000 */
    size_t max_findings; /* further ones are dropped; 0: 64 */
} ws_http_limits;

/* Parses one head at the beginning of `bytes`. limits may be NULL. Returns the size of the head (> 0) and a
 * new *head whose spans live inside it (it keeps its own copy of the octets); 0 when the empty line has
 * not come yet; a negative ws_status: WS_ERR_SYNTAX when the start line cannot be one, WS_ERR_LIMIT,
 * WS_ERR_MEMORY. May be called again and again with a growing prefix; the answer for a prefix never
 * contradicts the answer for the whole. */
long ws_http_parse(const uint8_t *bytes, size_t size, ws_http_kind kind, const ws_http_limits *limits,
                   ws_http_head **head);
void ws_http_head_free(ws_http_head *head); /* NULL is allowed */

/* The n-th field (from 0) with that name, any case; NULL when there is none. */
const ws_http_field *ws_http_field_get(const ws_http_head *head, const char *name, size_t n);
size_t ws_http_field_count(const ws_http_head *head, const char *name);
/* Whether the comma lists of all fields with that name together hold the token, any case (9110 5.6.1). */
bool ws_http_list_has(const ws_http_head *head, const char *name, const char *token);
/* Splits all comma lists of fields with that name into elements (surrounding white space cut, empty ones
 * skipped), in order. At most `max` are written; the number found is returned. Spans live in the head. */
size_t ws_http_list_items(const ws_http_head *head, const char *name, ws_span *items, size_t max);
/* Whether text is a token: one or more tchar (9110 5.6.2). */
bool ws_http_is_token(ws_span text);
bool ws_http_is_tchar(uint8_t octet);
/* Whether the head holds a finding of that kind. */
bool ws_http_has_finding(const ws_http_head *head, ws_http_deviation kind);

#endif
