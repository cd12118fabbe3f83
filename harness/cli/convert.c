#include "cli/convert.h"

#include "play/catalogue.h"

#include <stdlib.h>
#include <string.h>

bool cli_describe_case(report *r, report_case *to, const play_case *from) {
    to->id = report_keep(r, from->id);
    to->autobahn = report_keep(r, from->autobahn);
    to->title = report_keep(r, from->title);
    to->why = report_keep(r, from->why);
    to->group = report_keep(r, from->group);
    to->level = play_level_name(from->level);
    if (from->limit) {
        to->limit = report_keep(r, from->limit->what);
        to->limit_value = report_keep(r, from->limit->value);
        to->limit_timed = from->limit->timed;
        if (!to->limit || (from->limit->value && !to->limit_value))
            return false;
    }
    const char **requirements =
        report_keep_bytes(r, (const void *)from->requirements, from->requirement_count * sizeof(char *));
    if (!to->id || !to->title || !to->group || !requirements)
        return false;
    for (size_t i = 0; i < from->requirement_count; i++) {
        requirements[i] = report_keep(r, from->requirements[i]);
        if (!requirements[i])
            return false;
    }
    to->requirements = requirements;
    to->requirement_count = from->requirement_count;
    return true;
}

static bool convert_entry(report *r, report_entry *to, const play_entry *from) {
    static const report_entry_kind kinds[] = {[PLAY_ENTRY_HTTP] = REPORT_ENTRY_HTTP,
                                              [PLAY_ENTRY_FRAME] = REPORT_ENTRY_FRAME,
                                              [PLAY_ENTRY_RAW] = REPORT_ENTRY_RAW,
                                              [PLAY_ENTRY_SKIPPED] = REPORT_ENTRY_SKIPPED,
                                              [PLAY_ENTRY_EVENT] = REPORT_ENTRY_EVENT};
    *to = (report_entry){.kind = kinds[from->kind],
                         .out = from->out,
                         .time_us = from->time_us,
                         .offset = from->offset,
                         .length = from->length,
                         .count = from->count,
                         .fin = from->header.fin,
                         .masked = from->header.masked,
                         .rsv = from->header.rsv,
                         .opcode = from->header.opcode,
                         .length_bits = from->header.length_bits,
                         .declared = from->header.length};
    memcpy(to->key, from->header.key, 4);
    memcpy(to->sha256, from->sha256, sizeof to->sha256);
    to->bytes.data = report_keep_bytes(r, from->bytes, from->size);
    to->bytes.size = from->size;
    to->wire.data = report_keep_bytes(r, from->wire, from->wire_size);
    to->wire.size = from->wire_size;
    to->text = report_keep(r, from->text);
    bool long_payload = from->payload && from->size < from->length;
    if (long_payload) {
        to->payload = report_keep(r, from->payload->json);
        to->payload_offset = from->payload_at;
        bool within = from->payload_at + from->length <= from->payload->length;
        if (within && !to->sha256[0] &&
            play_payload_sha256(from->payload, from->payload_at, from->length, to->sha256) != WS_OK)
            return false;
    }
    return to->bytes.data && to->wire.data && (!from->text || to->text) && (!long_payload || to->payload);
}

bool cli_record_result(report *r, report_case *to, const play_result *result, const play_trace *trace) {
    to->close.received = result->close_received;
    to->close.has_code = result->close_has_code;
    to->close.code = result->close_code;
    to->close.reason.data = report_keep_bytes(r, result->close_reason.data, result->close_reason.size);
    to->close.reason.size = result->close_reason.size;
    to->close.by = result->closed_by_us     ? REPORT_CLOSER_WSPECT
                   : result->closed_by_peer ? REPORT_CLOSER_PEER
                                            : REPORT_CLOSER_NOBODY;
    to->close.clean = result->clean;
    to->seen = report_keep(r, result->seen);
    if (result->seen && !to->seen)
        return false;
    size_t count = play_trace_count(trace);
    report_entry *entries = calloc(count + 1, sizeof *entries);
    bool fine = entries && to->close.reason.data;
    for (size_t i = 0; fine && i < count; i++)
        fine = convert_entry(r, &entries[i], play_trace_get(trace, i));
    to->transcript = fine ? report_keep_bytes(r, entries, count * sizeof *entries) : NULL;
    to->transcript_count = to->transcript ? count : 0;
    free(entries);
    return to->transcript != NULL;
}

static bool keep_requirement(report *r, report_requirement *to, const play_requirement *from, unsigned role) {
    const char *left_out = role == PLAY_ROLE_SERVER ? from->left_out_server : from->left_out_client;
    *to = (report_requirement){.id = report_keep(r, from->id),
                               .document = report_keep(r, from->document),
                               .section = report_keep(r, from->section),
                               .level = play_requirement_level_name(from->level),
                               .statement = report_keep(r, from->statement),
                               .always = from->always_count > 0,
                               .left_out = report_keep(r, left_out)};
    return to->id && to->document && to->section && to->statement && (!left_out || to->left_out);
}

/* "5.10" comes behind "5.2". */
static int compare_sections(const char *a, const char *b) {
    while (*a && *b) {
        char *end_a, *end_b;
        long left = strtol(a, &end_a, 10), right = strtol(b, &end_b, 10);
        if (left != right)
            return left < right ? -1 : 1;
        if (end_a == a || end_b == b)
            return strcmp(a, b);
        a = end_a + (*end_a == '.');
        b = end_b + (*end_b == '.');
    }
    return (*a != '\0') - (*b != '\0');
}

/* RFC 6455 first, then the others; each by section. */
static int by_document(const void *a, const void *b) {
    const report_requirement *left = a, *right = b;
    bool left_first = strcmp(left->document, "RFC 6455") == 0;
    bool right_first = strcmp(right->document, "RFC 6455") == 0;
    if (left_first != right_first)
        return left_first ? -1 : 1;
    int order = strcmp(left->document, right->document);
    if (order == 0)
        order = compare_sections(left->section, right->section);
    return order ? order : strcmp(left->id, right->id);
}

bool cli_list_requirements(report *r, unsigned role) {
    char error[512];
    play_catalogue *catalogue = play_catalogue_new();
    bool fine = catalogue && play_catalogue_load_embedded(catalogue, error, sizeof error) == WS_OK;
    size_t count = fine ? play_catalogue_count(catalogue) : 0, used = 0;
    report_requirement *rows = calloc(count + 1, sizeof *rows);
    fine = fine && rows;
    for (size_t i = 0; fine && i < count; i++) {
        const play_requirement *from = play_catalogue_get(catalogue, i);
        if ((from->binds & role) && from->testable != PLAY_TESTABLE_NOT)
            fine = keep_requirement(r, &rows[used++], from, role);
    }
    if (fine)
        qsort(rows, used, sizeof *rows, by_document);
    r->requirements = fine ? report_keep_bytes(r, rows, used * sizeof *rows) : NULL;
    r->requirement_count = r->requirements ? used : 0;
    free(rows);
    play_catalogue_free(catalogue);
    return r->requirements != NULL;
}
