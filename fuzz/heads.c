#include "heads.h"

#include <stdlib.h>
#include <string.h>

ws_http_limits fuzz_take_limits(fuzz_input *input) {
    uint8_t octet = fuzz_take(input);
    bool widest = octet >> 6 == 3;
    return (ws_http_limits){.max_size = widest      ? SIZE_MAX
                                        : octet & 3 ? 64u << (octet & 3)
                                                    : 0,
                            .max_fields = octet >> 2 & 3,
                            .max_findings = octet >> 4 & 3};
}

/* ------------------------------------------------------------------ reading */

static bool same_text(ws_span a, ws_span b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool same_head(const ws_http_head *a, const ws_http_head *b) {
    bool same = a->kind == b->kind && same_text(a->method, b->method) && same_text(a->target, b->target) &&
                same_text(a->reason, b->reason) && same_text(a->version, b->version) &&
                a->status == b->status && a->major == b->major && a->minor == b->minor &&
                a->field_count == b->field_count && a->finding_count == b->finding_count &&
                a->start_offset == b->start_offset && a->size == b->size;
    for (size_t i = 0; same && i < a->field_count; i++)
        same = same_text(a->fields[i].name, b->fields[i].name) &&
               same_text(a->fields[i].value, b->fields[i].value) &&
               a->fields[i].offset == b->fields[i].offset;
    for (size_t i = 0; same && i < a->finding_count; i++)
        same = a->findings[i].kind == b->findings[i].kind && a->findings[i].offset == b->findings[i].offset;
    return same;
}

static long read_copy(ws_span octets, ws_http_kind kind, const ws_http_limits *limits, ws_http_head **head) {
    uint8_t *copy = fuzz_copy(octets.data, octets.size);
    long used = ws_http_parse(copy, octets.size, kind, limits, head);
    free(copy); /* a head keeps its own octets */
    FUZZ_CHECK(used <= (long)octets.size && (used > 0) == (*head != NULL), "a head of %ld octets", used);
    FUZZ_CHECK(used >= 0 || used == WS_ERR_SYNTAX || used == WS_ERR_LIMIT, "unexpected: %s",
               ws_status_strerror((ws_status)used));
    return used;
}

ws_http_head *fuzz_read_head(ws_span octets, ws_http_kind kind, const ws_http_limits *limits, size_t cut) {
    ws_http_head *whole = NULL;
    long used = read_copy(octets, kind, limits, &whole);
    const size_t cuts[] = {cut, used > 0 ? (size_t)used - 1 : cut / 2,
                           used > 0 ? (size_t)used : octets.size / 2};
    for (size_t i = 0; i < 3; i++) {
        ws_http_head *part = NULL;
        long early = read_copy((ws_span){octets.data, cuts[i]}, kind, limits, &part);
        FUZZ_CHECK(early == 0 || early == used, "a beginning of %zu octets gives %ld, the whole %ld", cuts[i],
                   early, used);
        FUZZ_CHECK(!part || same_head(part, whole), "a head depends on what follows it");
        ws_http_head_free(part);
    }
    ws_http_head_free(NULL);
    return whole;
}

/* ------------------------------------------------------------------ what every head keeps */

static void write_head(const ws_http_head *head, ws_buffer *out) {
    ws_http_line *lines = fuzz_need(calloc(head->field_count + 1, sizeof *lines));
    for (size_t i = 0; i < head->field_count; i++)
        lines[i] = (ws_http_line){.name = head->fields[i].name,
                                  .value = head->fields[i].value,
                                  .separator = i & 1 ? ":" : NULL,
                                  .end = i & 1 ? "\r\n" : NULL};
    ws_buffer start;
    ws_buffer_init(&start, 0);
    if (head->kind == WS_HTTP_REQUEST)
        fuzz_ok(ws_buffer_printf(&start, "%.*s %.*s HTTP/%d.%d", (int)head->method.size,
                                 (const char *)head->method.data, (int)head->target.size,
                                 (const char *)head->target.data, head->major, head->minor));
    else
        fuzz_ok(ws_buffer_printf(&start, "HTTP/%d.%d %03d ", head->major, head->minor, head->status));
    if (head->kind == WS_HTTP_RESPONSE)
        fuzz_ok(ws_buffer_append(&start, head->reason.data, head->reason.size));
    ws_http_message message = {
        .start_line = ws_buffer_span(&start), .lines = lines, .line_count = head->field_count};
    fuzz_ok(ws_http_emit(&message, out));
    const size_t limits[] = {out->size - 1, out->size / 2, 1 + start.size / 2};
    for (size_t i = 0; i < 3; i++) {
        ws_buffer full;
        ws_buffer_init(&full, limits[i]);
        FUZZ_CHECK(ws_http_emit(&message, &full) == WS_ERR_LIMIT && full.size == 0,
                   "a full buffer takes a head");
        ws_buffer_clear(&full);
    }
    ws_buffer_clear(&start);
    free(lines);
}

static bool same_fields(const ws_http_head *a, const ws_http_head *b) {
    bool same = a->field_count == b->field_count && same_text(a->method, b->method) &&
                same_text(a->target, b->target) && same_text(a->reason, b->reason) && a->status == b->status;
    for (size_t i = 0; same && i < a->field_count; i++)
        same = same_text(a->fields[i].name, b->fields[i].name) &&
               same_text(a->fields[i].value, b->fields[i].value);
    return same;
}

static void check_written(const ws_http_head *head) {
    ws_buffer out;
    ws_buffer_init(&out, 0);
    write_head(head, &out);
    ws_http_head *again = NULL;
    static const ws_http_limits wide = {1 << 20, 1 << 20, 0};
    long used = ws_http_parse(out.data, out.size, head->kind, &wide, &again);
    FUZZ_CHECK(used == (long)out.size && again, "a head that was written again is refused");
    FUZZ_CHECK(again->finding_count == 0 && same_fields(head, again),
               "a head that was written again is another");
    ws_http_head_free(again);
    ws_buffer_clear(&out);
}

static bool inside(const ws_http_head *head, ws_span span) {
    return span.size <= head->size;
}

/* Elements of a list are inside of their fields, without white space or commas, and each is found. */
static void check_list(const ws_http_head *head, const char *name) {
    enum { ROOM = 4 };
    ws_span items[ROOM];
    size_t count = ws_http_list_items(head, name, items, ROOM);
    for (size_t i = 0; i < count && i < ROOM; i++) {
        FUZZ_CHECK(items[i].size > 0 && !memchr(items[i].data, ',', items[i].size),
                   "an element that is none");
        char *text = fuzz_text(items[i]);
        FUZZ_CHECK(strlen(text) < items[i].size || ws_http_list_has(head, name, text),
                   "an element is not found");
        free(text);
    }
    FUZZ_CHECK(count > 0 || !ws_http_list_has(head, name, "websocket"),
               "an element of an empty list is found");
}

static void check_fields(const ws_http_head *head) {
    size_t last = 0;
    for (size_t i = 0; i < head->field_count; i++) {
        const ws_http_field *field = &head->fields[i];
        FUZZ_CHECK(field->offset >= last && field->offset < head->size, "fields out of order");
        FUZZ_CHECK(inside(head, field->name) && inside(head, field->value), "a field beyond the head");
        last = field->offset;
        char *name = fuzz_text(field->name);
        if (strlen(name) == field->name.size) {
            FUZZ_CHECK(ws_http_field_get(head, name, 0) <= field && ws_http_field_get(head, name, 0),
                       "a field is lost");
            FUZZ_CHECK(!ws_http_field_get(head, name, ws_http_field_count(head, name)), "one field too many");
            check_list(head, name);
        }
        free(name);
    }
}

void fuzz_check_head(const ws_http_head *head) {
    size_t last = 0;
    for (size_t i = 0; i < head->finding_count; i++) {
        const ws_http_finding *finding = &head->findings[i];
        FUZZ_CHECK(finding->offset < head->size && finding->kind < WS_HTTP_DEVIATION_COUNT,
                   "a finding beyond the head");
        FUZZ_CHECK(ws_http_deviation_describe(finding->kind)[0], "a deviation without a sentence");
        FUZZ_CHECK(ws_http_has_finding(head, finding->kind), "a finding is not found");
        last = finding->offset;
    }
    FUZZ_CHECK(last < head->size, "a finding beyond the head");
    FUZZ_CHECK(ws_http_deviation_describe(WS_HTTP_DEVIATION_COUNT)[0], "a deviation without a sentence");
    for (int kind = 0; kind < WS_HTTP_DEVIATION_COUNT; kind++)
        FUZZ_CHECK(head->finding_count > 0 || !ws_http_has_finding(head, (ws_http_deviation)kind),
                   "found in nothing");
    check_fields(head);
    if (head->finding_count == 0)
        check_written(head);
}

void fuzz_check_report(const ws_http_head *head, const ws_handshake_report *report) {
    FUZZ_CHECK(report->count <= WS_HANDSHAKE_FINDINGS_MAX, "more findings than there is room for");
    for (size_t i = 0; i < report->count; i++) {
        const ws_handshake_finding *finding = &report->findings[i];
        const ws_handshake_fault_info *info = ws_handshake_describe(finding->fault);
        FUZZ_CHECK(info->name[0] && info->section[0] && info->text[0], "a fault without a sentence");
        FUZZ_CHECK(finding->offset <= head->size, "a fault beyond the head");
        FUZZ_CHECK(ws_handshake_has(report, finding->fault), "a fault is not found");
        for (size_t j = 0; j < i; j++)
            FUZZ_CHECK(report->findings[j].fault != finding->fault ||
                           report->findings[j].detail != finding->detail,
                       "%s: told twice", info->name);
    }
    unsigned lenient = 0;
    for (int fault = 0; fault <= WS_HANDSHAKE_FAULT_COUNT; fault++) {
        FUZZ_CHECK(ws_handshake_describe((ws_handshake_fault)fault)->text[0], "a fault without a sentence");
        lenient += ws_handshake_binds_sender_alone((ws_handshake_fault)fault);
    }
    FUZZ_CHECK(lenient == WS_HANDSHAKE_FAULT_COUNT - WS_HANDSHAKE_LIST_EMPTY_ELEMENT, "%u rules bind senders",
               lenient);
}
