/* The grammar of Sec-WebSocket-Extensions (RFC 6455 9.1), quoted strings included.
 *
 *     extension-list = 1#( extension-token *( ";" extension-param ) )
 *     extension-param = token [ "=" ( token / quoted-string whose content is a token ) ] */
#ifndef WIRE_EXTENSION_H
#define WIRE_EXTENSION_H

#include "wire/base.h"

typedef struct ws_extension_param {
    ws_span name;
    ws_span value; /* unquoted; data == NULL when the parameter has no "=" */
    bool quoted;
} ws_extension_param;

typedef struct ws_extension {
    ws_span name;
    const ws_extension_param *params;
    size_t param_count;
} ws_extension;

typedef struct ws_extension_list {
    const ws_extension *items;
    size_t count;
} ws_extension_list;

/* Parses the values of one or more fields as one list (11.3.2). Empty list elements (", ,") are skipped, as
 * RFC 9110 5.6.1 asks of recipients, but at least one extension must be there. *list is new and independent
 * of `values`. WS_ERR_SYNTAX: *field and *offset (may be NULL) say in which value and at which octet the
 * grammar is broken. WS_ERR_LIMIT: over 64 KiB, 256 extensions or 256 parameters of one. Linear time. */
ws_status ws_extension_parse(const ws_span *values, size_t value_count, ws_extension_list **list,
                             size_t *field, size_t *offset);
void ws_extension_list_free(ws_extension_list *list); /* NULL is allowed */

/* The first parameter with exactly that name, or NULL. */
const ws_extension_param *ws_extension_param_get(const ws_extension *extension, const char *name);

#endif
