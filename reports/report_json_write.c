/* The JSON form, written. */
#include "reports/render.h"
#include "reports/report_json_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_value(const char *text) {
    return text ? json_string_nocheck(text) : json_null();
}

static json_t *hex_value(const uint8_t *octets, size_t size) {
    static const char digits[] = "0123456789abcdef";
    if (size > SIZE_MAX / 2 - 1)
        return NULL;
    char *hex = malloc(2 * size + 1);
    if (!hex)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[octets[i] >> 4];
        hex[2 * i + 1] = digits[octets[i] & 0xf];
    }
    json_t *value = json_stringn_nocheck(hex, 2 * size);
    free(hex);
    return value;
}

/* A string in which U+FFFD, three octets of UTF-8, stands for each octet that is not UTF-8. */
static json_t *repaired_value(report_octets text) {
    if (text.size > SIZE_MAX / 3)
        return NULL;
    char *repaired = malloc(text.size ? 3 * text.size : 1);
    if (!repaired)
        return NULL;
    size_t size = 0;
    for (size_t at = 0; at < text.size;) {
        bool valid = true;
        uint32_t point;
        size_t used = report_utf8_next((report_octets){text.data + at, text.size - at}, &point, &valid);
        size_t added = valid ? used : 3;
        memcpy(repaired + size, valid ? (const char *)text.data + at : "\xef\xbf\xbd", added);
        size += added;
        at += used;
    }
    json_t *value = json_stringn_nocheck(repaired, size);
    free(repaired);
    return value;
}

static json_t *count_value(uint64_t count) {
    char digits[24];
    if (count <= REPORT_LARGEST_EXACT)
        return json_integer((json_int_t)count);
    snprintf(digits, sizeof digits, "%" PRIu64, count);
    return json_string_nocheck(digits);
}

static json_t *time_value(int64_t time_us) {
    char text[40];
    report_format_time(time_us, true, text, sizeof text);
    return json_string_nocheck(text);
}

static json_t *texts_value(const char *const *texts, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(list, repaired_value(report_octets_of(texts[i]))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *requirements_value(const report_case *c) {
    return texts_value(c->requirements, c->requirement_count);
}

static json_t *command_value(const report_process *process) {
    return texts_value(process->command, process->command_count);
}

/* Text that is no JSON is kept as a string rather than lost. */
static json_t *generator_value(const char *text) {
    if (!text)
        return json_null();
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return value ? value : repaired_value(report_octets_of(text));
}

static json_t *octets_value(const void *field) {
    const report_octets *octets = field;
    return hex_value(octets->data, octets->size);
}

static json_t *close_verdict_value(report_close_verdict verdict) {
    return verdict == REPORT_CLOSE_NONE ? json_null() : text_value(report_close_verdict_name(verdict));
}

static json_t *code_value(const report_case *c) {
    return c->close.has_code ? json_integer(c->close.code) : json_null();
}

static json_t *key_value(const report_entry *e) {
    return e->masked ? hex_value(e->key, sizeof e->key) : json_null();
}

/* A new value for one member of the object at `base`; NULL when out of memory. */
static json_t *member_value(const report_member *m, const void *base) {
    const void *field = (const char *)base + m->offset;
    switch (m->type) {
    case TEXT:
    case ROLE: {
        const char *text = *(const char *const *)field;
        return text ? repaired_value(report_octets_of(text)) : json_null();
    }
    case TEXT_OCTETS:
        return repaired_value(*(const report_octets *)field);
    case HEX_OCTETS:
        return octets_value(field);
    case BOOLEAN:
        return json_boolean(*(const bool *)field);
    case DIRECTION:
        return text_value(*(const bool *)field ? "out" : "in");
    case SMALL:
        return json_integer(*(const uint8_t *)field);
    case COUNT:
        return count_value(*(const uint64_t *)field);
    case CODE:
        return code_value(base);
    case MICROSECONDS:
        return json_integer(*(const int64_t *)field);
    case MILLISECONDS:
        return json_real((double)*(const int64_t *)field / 1000);
    case TIME:
        return time_value(*(const int64_t *)field);
    case VERDICT:
        return text_value(report_verdict_name(*(const report_verdict *)field));
    case CLOSE_VERDICT:
        return close_verdict_value(*(const report_close_verdict *)field);
    case CLOSER:
        return text_value(report_closer_names[*(const report_closer *)field]);
    case KEY:
        return key_value(base);
    case DIGEST:
        return *(const char *)field ? json_string_nocheck(field) : json_null();
    case GENERATOR:
        return generator_value(*(const char *const *)field);
    case REQUIREMENTS:
        return requirements_value(base);
    case COMMAND:
        return command_value(base);
    }
    return NULL;
}

/* The octets of a member that JSON text cannot carry as they are. */
static int add_exact_octets(json_t *object, const report_member *m, const void *base) {
    const void *field = (const char *)base + m->offset;
    report_octets octets = {NULL, 0};
    if (m->type == TEXT)
        octets = report_octets_of(*(const char *const *)field);
    else if (m->type == TEXT_OCTETS)
        octets = *(const report_octets *)field;
    if (report_utf8_valid(octets))
        return 0;
    char name[32];
    snprintf(name, sizeof name, "%s_hex", m->name);
    return json_object_set_new(object, name, hex_value(octets.data, octets.size));
}

static int add_members(json_t *object, const report_member *members, const void *base) {
    for (const report_member *m = members; m->name; m++) {
        json_t *value = member_value(m, base);
        bool nothing = json_is_null(value) || json_is_false(value) ||
                       (json_is_number(value) && json_number_value(value) == 0) ||
                       (m->type == HEX_OCTETS && json_string_length(value) == 0);
        if (m->presence == OMITTED_WHEN_EMPTY && nothing) {
            json_decref(value);
            continue;
        }
        if (json_object_set_new(object, m->name, value) != 0 || add_exact_octets(object, m, base) != 0)
            return -1;
    }
    return 0;
}

static int dump_chunk(const char *text, size_t size, void *out) {
    return fwrite(text, 1, size, out) == size ? 0 : -1;
}

/* Writes a value and forgets it. NULL counts as out of memory. `flags` may embed an object's members. */
static int dump_new(json_t *value, size_t flags, FILE *out) {
    enum { DIGITS = 15 }; /* what a double holds for certain; shows 0.1 as 0.1 */
    flags |= JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS);
    int result = value ? json_dump_callback(value, dump_chunk, out, flags) : -1;
    json_decref(value);
    return result;
}

static json_t *object_of(const report_member *members, const void *base) {
    json_t *object = json_object();
    if (object && add_members(object, members, base) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *tool_object(const report *r) {
    json_t *tool = object_of(report_tool_members, r);
    json_t *named = json_object();
    if (!tool || !named || json_object_set_new(named, "name", json_string("wspect")) != 0 ||
        json_object_update(named, tool) != 0) {
        json_decref(named);
        named = NULL;
    }
    json_decref(tool);
    return named;
}

static json_t *process_object(const report_process *process) {
    json_t *object = object_of(report_process_members, process);
    bool fine =
        object && (process->memory_peak_kib == 0 ||
                   json_object_set_new(object, "memory", object_of(report_memory_members, process)) == 0);
    if (fine)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *option_value(const report_option *option) {
    return option->value ? repaired_value(report_octets_of(option->value)) : json_true();
}

/* An option that is given again turns its value into a list. */
static int add_option(json_t *options, const report_option *option) {
    json_t *name = repaired_value(report_octets_of(option->name));
    json_t *value = option_value(option);
    json_t *before = name ? json_object_get(options, json_string_value(name)) : NULL;
    int result = -1;
    if (json_is_array(before)) {
        result = json_array_append(before, value);
    } else if (before) {
        json_t *list = json_pack("[OO]", before, value);
        result = list ? json_object_set_new(options, json_string_value(name), list) : -1;
    } else if (name) {
        result = json_object_set(options, json_string_value(name), value);
    }
    json_decref(name);
    json_decref(value);
    return result;
}

static json_t *options_object(const report_option *list, size_t count) {
    json_t *options = json_object();
    for (size_t i = 0; options && i < count; i++)
        if (add_option(options, &list[i]) != 0) {
            json_decref(options);
            return NULL;
        }
    return options;
}

static json_t *target_object(const report *r) {
    json_t *target = object_of(report_target_members, r);
    bool fine = target != NULL;
    if (fine && r->target_process)
        fine = json_object_set_new(target, "process", process_object(r->target_process)) == 0;
    if (fine && r->fact_count > 0)
        fine = json_object_set_new(target, "facts", options_object(r->facts, r->fact_count)) == 0;
    if (fine)
        return target;
    json_decref(target);
    return NULL;
}

static json_t *summary_object(const report *r) {
    json_t *summary = json_object();
    for (size_t i = 0; summary && i < REPORT_VERDICT_COUNT; i++)
        if (json_object_set_new(summary, report_verdict_name((report_verdict)i),
                                count_value(r->summary[i])) != 0) {
            json_decref(summary);
            return NULL;
        }
    return summary;
}

static json_t *entry_object(const report_entry *e) {
    json_t *entry = json_object();
    int result = json_object_set_new(entry, "kind", json_string(report_entry_forms[e->kind].name));
    for (const report_member *const *table = report_entry_forms[e->kind].tables; result == 0 && *table;
         table++)
        result = add_members(entry, *table, e);
    if (result == 0)
        return entry;
    json_decref(entry);
    return NULL;
}

/* One entry at a time, so that memory does not grow with the report; a line each, so that a person can read
 * it. */
static int write_case(const report_case *c, FILE *out) {
    fputc('{', out);
    if (dump_new(object_of(report_case_members, c), JSON_EMBED, out) != 0)
        return -1;
    fputs(",\"close\":", out);
    if (dump_new(object_of(report_close_members, c), 0, out) != 0)
        return -1;
    fputs(",\"transcript\":[", out);
    for (size_t i = 0; i < c->transcript_count; i++) {
        fputs(i ? ",\n  " : "\n  ", out);
        if (dump_new(entry_object(&c->transcript[i]), 0, out) != 0)
            return -1;
    }
    fputs("]}", out);
    return 0;
}

static int write_named(const char *name, json_t *value, FILE *out) {
    fprintf(out, ",\n\"%s\":", name);
    return dump_new(value, 0, out);
}

static int write_report(const report *r, FILE *out) {
    fputs("{\"schema\":\"" REPORT_SCHEMA "\"", out);
    if (write_named("tool", tool_object(r), out) != 0 || write_named("target", target_object(r), out) != 0 ||
        write_named("options", options_object(r->options, r->option_count), out) != 0)
        return -1;
    fputs(",\n", out);
    if (dump_new(object_of(report_run_members, r), JSON_EMBED, out) != 0 ||
        write_named("summary", summary_object(r), out) != 0)
        return -1;
    if (r->requirement_count > 0)
        fputs(",\n\"requirements\":[", out);
    for (size_t i = 0; i < r->requirement_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        if (dump_new(object_of(report_requirement_members, &r->requirements[i]), 0, out) != 0)
            return -1;
    }
    fputs(r->requirement_count > 0 ? "],\n\"cases\":[" : ",\n\"cases\":[", out);
    for (size_t i = 0; i < r->case_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        if (write_case(r->cases[i], out) != 0)
            return -1;
    }
    fputs("]}", out);
    return 0;
}

int report_write_json(const report *r, FILE *out) {
    bool several = r->next != NULL;
    int result = 0;
    if (several)
        fputs("{\"schema\":\"" REPORTS_SCHEMA "\",\"reports\":[\n", out);
    for (bool first = true; r && result == 0; r = r->next, first = false) {
        fputs(first ? "" : ",\n", out);
        result = write_report(r, out);
    }
    fputs(several ? "\n]}\n" : "\n", out);
    return result == 0 ? report_stream_end(out) : -1;
}
