#include <stdlib.h>
#include <string.h>

#include "wire/handshake.h"
#include "wire/uri.h"

/* Every rule of a request adds one fault at most, there are sixteen of them and fewer of responses: nothing
 * is ever dropped. */
_Static_assert(WS_HTTP_DEVIATION_COUNT + 16 <= WS_HANDSHAKE_FINDINGS_MAX,
               "the report holds all there can be");

/* A head under examination. */
typedef struct examination {
    const ws_http_head *head;
    ws_handshake_report *report;
} examination;

static void add(const examination *exam, ws_handshake_fault fault, int detail, size_t offset) {
    exam->report->findings[exam->report->count++] = (ws_handshake_finding){fault, detail, offset};
}

static void add_start_line(const examination *exam, ws_handshake_fault fault) {
    add(exam, fault, 0, exam->head->start_offset);
}

static void add_field(const examination *exam, ws_handshake_fault fault, const char *name, size_t n) {
    add(exam, fault, 0, ws_http_field_get(exam->head, name, n)->offset);
}

/* obs-text in a value follows the grammar (RFC 9110 5.5), unlike all else that the parser finds. */
static void check_http(const examination *exam) {
    bool added[WS_HTTP_DEVIATION_COUNT] = {[WS_HTTP_VALUE_NON_ASCII] = true};
    for (size_t i = 0; i < exam->head->finding_count; i++) {
        const ws_http_finding *finding = &exam->head->findings[i];
        if (!added[finding->kind])
            add(exam, WS_HANDSHAKE_HTTP, (int)finding->kind, finding->offset);
        added[finding->kind] = true;
    }
}

/* A field that has to be there once, with one value. */
typedef struct single_rule {
    const char *name;
    ws_handshake_fault missing, repeated, invalid;
    bool (*valid)(ws_span value);
} single_rule;

static bool is_version_13(ws_span value) {
    return ws_span_equal(value, ws_span_of("13"));
}

static const single_rule host_rule = {"Host", WS_HANDSHAKE_HOST_MISSING, WS_HANDSHAKE_HOST_REPEATED,
                                      WS_HANDSHAKE_HOST_INVALID, ws_uri_authority_valid};
static const single_rule key_rule = {"Sec-WebSocket-Key", WS_HANDSHAKE_KEY_MISSING, WS_HANDSHAKE_KEY_REPEATED,
                                     WS_HANDSHAKE_KEY_INVALID, ws_handshake_key_valid};
static const single_rule version_rule = {"Sec-WebSocket-Version", WS_HANDSHAKE_VERSION_MISSING,
                                         WS_HANDSHAKE_VERSION_REPEATED, WS_HANDSHAKE_VERSION_UNSUPPORTED,
                                         is_version_13};

static void check_single(const examination *exam, const single_rule *rule) {
    const ws_http_field *first = ws_http_field_get(exam->head, rule->name, 0);
    const ws_http_field *second = ws_http_field_get(exam->head, rule->name, 1);
    if (!first)
        add(exam, rule->missing, 0, 0);
    else if (second)
        add(exam, rule->repeated, 0, second->offset);
    else if (!rule->valid(first->value))
        add(exam, rule->invalid, 0, first->offset);
}

/* Whether the field's list holds the token. */
static bool check_token(const examination *exam, const char *name, const char *token,
                        ws_handshake_fault missing, ws_handshake_fault without) {
    if (ws_http_list_has(exam->head, name, token))
        return true;
    if (ws_http_field_get(exam->head, name, 0))
        add_field(exam, without, name, 0);
    else
        add(exam, missing, 0, 0);
    return false;
}

static bool check_upgrade(const examination *exam) {
    return check_token(exam, "Upgrade", "websocket", WS_HANDSHAKE_UPGRADE_MISSING,
                       WS_HANDSHAKE_UPGRADE_VALUE);
}

static void check_connection(const examination *exam) {
    check_token(exam, "Connection", "upgrade", WS_HANDSHAKE_CONNECTION_MISSING,
                WS_HANDSHAKE_CONNECTION_VALUE);
}

/* *list is NULL when there is no such field or it cannot be read. */
static ws_status check_extensions(const examination *exam, ws_extension_list **list) {
    static const char name[] = "Sec-WebSocket-Extensions";
    *list = NULL;
    size_t count = ws_http_field_count(exam->head, name);
    if (count == 0)
        return WS_OK;
    ws_span *values = calloc(count, sizeof(*values));
    if (!values)
        return WS_ERR_MEMORY;
    for (size_t i = 0, n = 0; i < exam->head->field_count; i++)
        if (ws_span_equal_nocase(exam->head->fields[i].name, ws_span_of(name)))
            values[n++] = exam->head->fields[i].value;
    size_t broken = 0;
    ws_status status = ws_extension_parse(values, count, list, &broken, NULL);
    free(values);
    if (status == WS_ERR_MEMORY)
        return status;
    if (status != WS_OK)
        add_field(exam, WS_HANDSHAKE_EXTENSIONS_INVALID, name, broken);
    return WS_OK;
}

/* ---- the style of lists ---- */

static bool is_blank(uint8_t octet) {
    return octet == ' ' || octet == '\t';
}

/* An element with nothing but white space between its commas, where there are commas at all. */
static bool has_empty_element(ws_span list) {
    bool empty = true, quoted = false;
    for (size_t i = 0; i < list.size; i++) {
        uint8_t octet = list.data[i];
        if (quoted && octet == '\\') {
            i++;
        } else if (octet == ',' && !quoted) {
            if (empty)
                return true;
            empty = true;
        } else {
            quoted ^= octet == '"';
            empty = empty && is_blank(octet);
        }
    }
    return empty && list.size > 0;
}

static bool has_space_around_equals(ws_span list) {
    bool quoted = false;
    for (size_t i = 0; i < list.size; i++) {
        uint8_t octet = list.data[i];
        if (quoted && octet == '\\')
            i++;
        else if (octet == '"')
            quoted = !quoted;
        else if (octet == '=' && !quoted &&
                 ((i > 0 && is_blank(list.data[i - 1])) || (i + 1 < list.size && is_blank(list.data[i + 1]))))
            return true;
    }
    return false;
}

static bool is_list(ws_span name) {
    static const char *const lists[] = {"Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Connection",
                                        "Upgrade"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (ws_span_equal_nocase(name, ws_span_of(lists[i])))
            return true;
    return false;
}

static void check_style(const examination *exam) {
    const ws_http_field *empty = NULL, *space = NULL;
    for (size_t i = 0; i < exam->head->field_count; i++) {
        const ws_http_field *field = &exam->head->fields[i];
        if (!empty && is_list(field->name) && has_empty_element(field->value))
            empty = field;
        if (!space && ws_span_equal_nocase(field->name, ws_span_of("Sec-WebSocket-Extensions")) &&
            has_space_around_equals(field->value))
            space = field;
    }
    if (empty)
        add(exam, WS_HANDSHAKE_LIST_EMPTY_ELEMENT, 0, empty->offset);
    if (space)
        add(exam, WS_HANDSHAKE_LIST_SPACE, 0, space->offset);
}

/* ---- requests ---- */

static bool starts_nocase(ws_span text, const char *prefix) {
    const ws_span wanted = ws_span_of(prefix);
    return text.size >= wanted.size && ws_span_equal_nocase((ws_span){text.data, wanted.size}, wanted);
}

/* An http(s) URI with its authority (RFC 9112 3.2.2). */
static bool is_absolute(ws_span target) {
    size_t begin = starts_nocase(target, "http://") ? 7 : starts_nocase(target, "https://") ? 8 : 0;
    size_t end = begin;
    while (end < target.size && target.data[end] != '/' && target.data[end] != '?')
        end++;
    return begin > 0 && ws_uri_authority_valid((ws_span){target.data + begin, end - begin});
}

static bool target_valid(ws_span target) {
    if (target.size == 0 || memchr(target.data, '#', target.size))
        return false;
    return target.data[0] == '/' || is_absolute(target);
}

static void check_request_line(const examination *exam) {
    const ws_http_head *head = exam->head;
    if (!ws_span_equal(head->method, ws_span_of("GET")))
        add_start_line(exam, WS_HANDSHAKE_METHOD);
    if (head->major < 1 || (head->major == 1 && head->minor < 1))
        add_start_line(exam, WS_HANDSHAKE_HTTP_VERSION);
    if (!target_valid(head->target))
        add_start_line(exam, WS_HANDSHAKE_TARGET);
}

static int compare_spans(const void *left, const void *right) {
    const ws_span *a = left;
    const ws_span *b = right;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return memcmp(a->data, b->data, a->size);
}

/* Tokens, at least one, none of them twice. Sorted, so that a long list does not take quadratic time. */
static bool protocols_valid(ws_span *items, size_t count) {
    qsort(items, count, sizeof(*items), compare_spans);
    for (size_t i = 0; i < count; i++)
        if (!ws_http_is_token(items[i]) || (i > 0 && ws_span_equal(items[i - 1], items[i])))
            return false;
    return count > 0;
}

static ws_status check_offered_protocols(const examination *exam) {
    static const char name[] = "Sec-WebSocket-Protocol";
    if (!ws_http_field_get(exam->head, name, 0))
        return WS_OK;
    size_t count = ws_http_list_items(exam->head, name, NULL, 0);
    ws_span *items = calloc(count + 1, sizeof(*items));
    if (!items)
        return WS_ERR_MEMORY;
    ws_http_list_items(exam->head, name, items, count);
    if (!protocols_valid(items, count))
        add_field(exam, WS_HANDSHAKE_PROTOCOL_INVALID, name, 0);
    free(items);
    return WS_OK;
}

static bool is_zero(ws_span digits) {
    for (size_t i = 0; i < digits.size; i++)
        if (digits.data[i] != '0')
            return false;
    return digits.size > 0;
}

static void check_body(const examination *exam) {
    for (size_t i = 0; i < exam->head->field_count; i++) {
        const ws_http_field *field = &exam->head->fields[i];
        bool length = ws_span_equal_nocase(field->name, ws_span_of("Content-Length"));
        if ((length && !is_zero(field->value)) ||
            ws_span_equal_nocase(field->name, ws_span_of("Transfer-Encoding"))) {
            add(exam, WS_HANDSHAKE_BODY, 0, field->offset);
            return;
        }
    }
}

static void check_expect(const examination *exam) {
    if (ws_http_list_has(exam->head, "Expect", "100-continue"))
        add_field(exam, WS_HANDSHAKE_EXPECT, "Expect", 0);
}

/* scheme "://" host [ ":" port ], with nothing behind it. */
static bool origin_valid(ws_span origin) {
    size_t scheme = 0;
    while (scheme < origin.size && origin.data[scheme] != ':')
        scheme++;
    ws_span rest = {origin.data + scheme, origin.size - scheme};
    if (scheme == 0 || !ws_http_is_token((ws_span){origin.data, scheme}) || rest.size < 3 ||
        memcmp(rest.data, "://", 3) != 0)
        return false;
    return rest.size == 3 || ws_uri_authority_valid((ws_span){rest.data + 3, rest.size - 3});
}

/* One space between origins (RFC 6454 7.1). */
static bool origins_valid(ws_span list) {
    while (list.size > 0) {
        const uint8_t *space = memchr(list.data, ' ', list.size);
        size_t size = space ? (size_t)(space - list.data) : list.size;
        if (!origin_valid((ws_span){list.data, size}))
            return false;
        if (!space)
            return true;
        list = (ws_span){list.data + size + 1, list.size - size - 1};
    }
    return false;
}

static void check_origin(const examination *exam) {
    const ws_http_field *origin = ws_http_field_get(exam->head, "Origin", 0);
    const ws_http_field *second = ws_http_field_get(exam->head, "Origin", 1);
    if (second)
        add(exam, WS_HANDSHAKE_ORIGIN, 0, second->offset);
    else if (origin && !ws_span_equal(origin->value, ws_span_of("null")) && !origins_valid(origin->value))
        add(exam, WS_HANDSHAKE_ORIGIN, 0, origin->offset);
}

/* 16 octets leave four bits of the 22nd digit over: A, Q, g and w have none of them. */
static void check_key_bits(const examination *exam) {
    const ws_http_field *key = ws_http_field_get(exam->head, key_rule.name, 0);
    if (key && ws_handshake_key_valid(key->value) && !strchr("AQgw", key->value.data[WS_KEY_TEXT_SIZE - 3]))
        add(exam, WS_HANDSHAKE_KEY_BITS, 0, key->offset);
}

ws_status ws_handshake_check_request(const ws_http_head *head, ws_handshake_report *report) {
    const examination exam = {head, report};
    report->count = 0;
    check_http(&exam);
    check_request_line(&exam);
    check_single(&exam, &host_rule);
    check_upgrade(&exam);
    check_connection(&exam);
    check_single(&exam, &key_rule);
    check_single(&exam, &version_rule);
    check_body(&exam);
    check_expect(&exam);
    ws_status status = check_offered_protocols(&exam);
    if (status != WS_OK)
        return status;
    ws_extension_list *list;
    status = check_extensions(&exam, &list);
    ws_extension_list_free(list);
    check_style(&exam);
    check_origin(&exam);
    check_key_bits(&exam);
    return status;
}

/* ---- responses ---- */

/* A list will not do here: the value has to match (4.1, item 2 on the response). */
static void check_upgrade_alone(const examination *exam) {
    if (!check_upgrade(exam))
        return;
    const ws_http_field *first = ws_http_field_get(exam->head, "Upgrade", 0);
    if (ws_http_field_get(exam->head, "Upgrade", 1) ||
        !ws_span_equal_nocase(first->value, ws_span_of("websocket")))
        add(exam, WS_HANDSHAKE_UPGRADE_LIST, 0, first->offset);
}

static ws_status check_accept(const examination *exam, ws_span key) {
    char expected[WS_ACCEPT_TEXT_SIZE + 1];
    ws_status status = ws_handshake_accept(key, expected);
    if (status != WS_OK)
        return status;
    const ws_http_field *first = ws_http_field_get(exam->head, "Sec-WebSocket-Accept", 0);
    const ws_http_field *second = ws_http_field_get(exam->head, "Sec-WebSocket-Accept", 1);
    if (!first)
        add(exam, WS_HANDSHAKE_ACCEPT_MISSING, 0, 0);
    else if (second)
        add(exam, WS_HANDSHAKE_ACCEPT_REPEATED, 0, second->offset);
    else if (!ws_span_equal(first->value, ws_span_of(expected)))
        add(exam, WS_HANDSHAKE_ACCEPT_WRONG, 0, first->offset);
    return WS_OK;
}

static bool is_offered(ws_span name, const ws_span *offered, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (ws_span_equal(name, offered[i]))
            return true;
    return false;
}

/* The value is one token, which the client has offered (4.2.2 item 4, 11.3.4). */
static void check_chosen_protocol(const examination *exam, const ws_handshake_offer *offer) {
    static const char name[] = "Sec-WebSocket-Protocol";
    const ws_http_field *field = ws_http_field_get(exam->head, name, 0);
    if (!field)
        return;
    const ws_http_field *second = ws_http_field_get(exam->head, name, 1);
    bool list = field->value.size == 0 || memchr(field->value.data, ',', field->value.size);
    if (second || list)
        add(exam, WS_HANDSHAKE_PROTOCOL_REPEATED, 0, second ? second->offset : field->offset);
    else if (!is_offered(field->value, offer->protocols, offer->protocol_count))
        add(exam, WS_HANDSHAKE_PROTOCOL_UNOFFERED, 0, field->offset);
}

static ws_status check_chosen_extensions(const examination *exam, const ws_handshake_offer *offer) {
    ws_extension_list *list;
    ws_status status = check_extensions(exam, &list);
    for (size_t i = 0; list && i < list->count; i++) {
        if (!is_offered(list->items[i].name, offer->extensions, offer->extension_count)) {
            add_field(exam, WS_HANDSHAKE_EXTENSION_UNOFFERED, "Sec-WebSocket-Extensions", 0);
            break;
        }
    }
    ws_extension_list_free(list);
    return status;
}

ws_status ws_handshake_check_response(const ws_http_head *head, const ws_handshake_offer *offer,
                                      ws_handshake_report *report) {
    const examination exam = {head, report};
    report->count = 0;
    check_http(&exam);
    if (!ws_span_equal(head->version, ws_span_of("HTTP/1.1")))
        add_start_line(&exam, WS_HANDSHAKE_HTTP_VERSION);
    if (head->status != 101) {
        add_start_line(&exam, WS_HANDSHAKE_STATUS);
        return WS_OK;
    }
    check_upgrade_alone(&exam);
    check_connection(&exam);
    check_chosen_protocol(&exam, offer);
    ws_status status = check_accept(&exam, offer->key);
    if (status != WS_OK)
        return status;
    status = check_chosen_extensions(&exam, offer);
    check_style(&exam);
    return status;
}
