/* The JSON form. Each object of the report has one table of members, which both the writer and the reader
 * walk, so that the two cannot disagree. */
#include "reports/render.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "wspect-report/1"

/* --- members --- */

typedef enum member_type {
    TEXT,          /* const char *; null when NULL; "NAME_hex" beside it when it is not UTF-8 */
    ROLE,          /* TEXT that is "server" or "client" */
    TEXT_OCTETS,   /* report_octets that should be UTF-8; written like TEXT */
    HEX_OCTETS,    /* report_octets, lower-case hex */
    BOOLEAN,       /* bool */
    DIRECTION,     /* bool: "out" or "in" */
    SMALL,         /* uint8_t */
    COUNT,         /* uint64_t; a decimal string above 2^53 - 1, which many readers of JSON cannot hold */
    CODE,          /* uint16_t close.code; null unless close.has_code */
    MICROSECONDS,  /* int64_t, integer */
    MILLISECONDS,  /* int64_t microseconds as milliseconds with fraction */
    TIME,          /* int64_t microseconds since 1970 as RFC 3339 */
    VERDICT,       /* report_verdict */
    CLOSE_VERDICT, /* report_close_verdict */
    CLOSER,        /* report_closer */
    KEY,           /* uint8_t[4], hex; absent unless the entry is masked */
    DIGEST,        /* char[65] */
    GENERATOR,     /* const char *, JSON text that becomes a value */
    REQUIREMENTS   /* requirements and requirement_count of a case */
} member_type;

typedef struct member {
    const char *name;
    member_type type;
    size_t offset;
    enum { OPTIONAL, REQUIRED, OMITTED_WHEN_EMPTY } presence;
    unsigned max; /* SMALL */
} member;

#define AT(type, field) offsetof(type, field)

static const member tool_members[] = {
    {"version", TEXT, AT(report, tool_version), OPTIONAL, 0},
    {"cases_sha256", TEXT, AT(report, cases_sha256), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member target_members[] = {
    {"role", ROLE, AT(report, target_role), OPTIONAL, 0},
    {"url", TEXT, AT(report, target_url), OMITTED_WHEN_EMPTY, 0},
    {"agent", TEXT, AT(report, target_agent), OMITTED_WHEN_EMPTY, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member run_members[] = {
    {"started", TIME, AT(report, started_us), OPTIONAL, 0},
    {"duration_ms", MILLISECONDS, AT(report, duration_us), OPTIONAL, 0},
    {"interrupted", BOOLEAN, AT(report, interrupted), OPTIONAL, 0},
    {"rerun", TEXT, AT(report, rerun), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member case_members[] = {
    {"id", TEXT, AT(report_case, id), REQUIRED, 0},
    {"autobahn", TEXT, AT(report_case, autobahn), OPTIONAL, 0},
    {"title", TEXT, AT(report_case, title), OPTIONAL, 0},
    {"why", TEXT, AT(report_case, why), OPTIONAL, 0},
    {"group", TEXT, AT(report_case, group), OPTIONAL, 0},
    {"requirements", REQUIREMENTS, 0, OPTIONAL, 0},
    {"level", TEXT, AT(report_case, level), OPTIONAL, 0},
    {"verdict", VERDICT, AT(report_case, verdict), REQUIRED, 0},
    {"verdict_close", CLOSE_VERDICT, AT(report_case, verdict_close), OPTIONAL, 0},
    {"duration_ms", MILLISECONDS, AT(report_case, duration_us), OPTIONAL, 0},
    {"reason", TEXT, AT(report_case, reason), OPTIONAL, 0},
    {"flaky", BOOLEAN, AT(report_case, flaky), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member close_members[] = {
    {"code", CODE, AT(report_case, close.code), OPTIONAL, 0},
    {"reason", TEXT_OCTETS, AT(report_case, close.reason), OPTIONAL, 0},
    {"by", CLOSER, AT(report_case, close.by), OPTIONAL, 0},
    {"clean", BOOLEAN, AT(report_case, close.clean), OPTIONAL, 0},
    {"received", BOOLEAN, AT(report_case, close.received), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member direction_members[] = {
    {"dir", DIRECTION, AT(report_entry, out), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member place_members[] = {
    {"t_us", MICROSECONDS, AT(report_entry, time_us), OPTIONAL, 0},
    {"offset", COUNT, AT(report_entry, offset), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member header_members[] = {
    {"fin", BOOLEAN, AT(report_entry, fin), OPTIONAL, 0},
    {"rsv", SMALL, AT(report_entry, rsv), OPTIONAL, 7},
    {"opcode", SMALL, AT(report_entry, opcode), OPTIONAL, 15},
    {"masked", BOOLEAN, AT(report_entry, masked), OPTIONAL, 0},
    {"key", KEY, AT(report_entry, key), OMITTED_WHEN_EMPTY, 0},
    {"length_bits", SMALL, AT(report_entry, length_bits), OPTIONAL, 64},
    {"declared", COUNT, AT(report_entry, declared), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member repetition_members[] = {
    {"count", COUNT, AT(report_entry, count), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member octet_members[] = {
    {"length", COUNT, AT(report_entry, length), OPTIONAL, 0},
    {"octets", HEX_OCTETS, AT(report_entry, bytes), OPTIONAL, 0},
    {"sha256", DIGEST, AT(report_entry, sha256), OMITTED_WHEN_EMPTY, 0},
    {"payload", GENERATOR, AT(report_entry, payload), OMITTED_WHEN_EMPTY, 0},
    {"payload_offset", COUNT, AT(report_entry, payload_offset), OMITTED_WHEN_EMPTY, 0},
    {"note", TEXT, AT(report_entry, text), OMITTED_WHEN_EMPTY, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const member event_members[] = {
    {"text", TEXT, AT(report_entry, text), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

enum { ENTRY_TABLES_MAX = 4 };

static const struct {
    const char *name;
    const member *tables[ENTRY_TABLES_MAX + 1]; /* the last one is NULL */
} entry_kinds[] = {
    [REPORT_ENTRY_HTTP] = {"http", {direction_members, place_members, octet_members}},
    [REPORT_ENTRY_FRAME] = {"frame", {direction_members, place_members, header_members, octet_members}},
    [REPORT_ENTRY_RAW] = {"raw", {direction_members, place_members, octet_members}},
    [REPORT_ENTRY_SKIPPED] = {"skipped",
                              {direction_members, place_members, repetition_members, octet_members}},
    [REPORT_ENTRY_EVENT] = {"event", {place_members, event_members}},
};

enum { ENTRY_KIND_COUNT = sizeof entry_kinds / sizeof *entry_kinds };

static const char *const closer_names[] = {
    [REPORT_CLOSER_NOBODY] = NULL, [REPORT_CLOSER_PEER] = "peer", [REPORT_CLOSER_WSPECT] = "wspect"};

enum { SHA256_HEX_SIZE = 64 };
static const uint64_t largest_exact = (UINT64_C(1) << 53) - 1;

/* --- writing --- */

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
    if (count <= largest_exact)
        return json_integer((json_int_t)count);
    snprintf(digits, sizeof digits, "%" PRIu64, count);
    return json_string_nocheck(digits);
}

static json_t *time_value(int64_t time_us) {
    char text[40];
    report_format_time(time_us, true, text, sizeof text);
    return json_string_nocheck(text);
}

static json_t *requirements_value(const report_case *c) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < c->requirement_count; i++)
        if (json_array_append_new(list, repaired_value(report_octets_of(c->requirements[i]))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
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
static json_t *member_value(const member *m, const void *base) {
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
        return text_value(closer_names[*(const report_closer *)field]);
    case KEY:
        return key_value(base);
    case DIGEST:
        return *(const char *)field ? json_string_nocheck(field) : json_null();
    case GENERATOR:
        return generator_value(*(const char *const *)field);
    case REQUIREMENTS:
        return requirements_value(base);
    }
    return NULL;
}

/* The octets of a member that JSON text cannot carry as they are. */
static int add_exact_octets(json_t *object, const member *m, const void *base) {
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

static int add_members(json_t *object, const member *members, const void *base) {
    for (const member *m = members; m->name; m++) {
        json_t *value = member_value(m, base);
        bool nothing = json_is_null(value) || (json_is_integer(value) && json_integer_value(value) == 0);
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

static json_t *object_of(const member *members, const void *base) {
    json_t *object = json_object();
    if (object && add_members(object, members, base) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *tool_object(const report *r) {
    json_t *tool = object_of(tool_members, r);
    json_t *named = json_object();
    if (!tool || !named || json_object_set_new(named, "name", json_string("wspect")) != 0 ||
        json_object_update(named, tool) != 0) {
        json_decref(named);
        named = NULL;
    }
    json_decref(tool);
    return named;
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

static json_t *options_object(const report *r) {
    json_t *options = json_object();
    for (size_t i = 0; options && i < r->option_count; i++)
        if (add_option(options, &r->options[i]) != 0) {
            json_decref(options);
            return NULL;
        }
    return options;
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
    int result = json_object_set_new(entry, "kind", json_string(entry_kinds[e->kind].name));
    for (const member *const *table = entry_kinds[e->kind].tables; result == 0 && *table; table++)
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
    if (dump_new(object_of(case_members, c), JSON_EMBED, out) != 0)
        return -1;
    fputs(",\"close\":", out);
    if (dump_new(object_of(close_members, c), 0, out) != 0)
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

int report_write_json(const report *r, FILE *out) {
    fputs("{\"schema\":\"" SCHEMA "\"", out);
    if (write_named("tool", tool_object(r), out) != 0 ||
        write_named("target", object_of(target_members, r), out) != 0 ||
        write_named("options", options_object(r), out) != 0)
        return -1;
    fputs(",\n", out);
    if (dump_new(object_of(run_members, r), JSON_EMBED, out) != 0 ||
        write_named("summary", summary_object(r), out) != 0)
        return -1;
    fputs(",\n\"cases\":[", out);
    for (size_t i = 0; i < r->case_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        if (write_case(r->cases[i], out) != 0)
            return -1;
    }
    fputs("]}\n", out);
    return report_stream_end(out);
}

/* --- reading --- */

/* Where the reader is: a step of a JSON pointer (RFC 6901) and the steps before it. */
typedef struct place {
    const struct place *parent;
    const char *name; /* NULL: index */
    size_t index;
} place;

typedef struct reader {
    report *report;
    const char *path;
    char *error;
    size_t error_size;
} reader;

/* Every reading function returns NULL, or what was expected. */
static const char *const expected_memory = "out of memory";

/* Says in one line what is wrong with the file. */
static int complain(const reader *in, const char *format, ...) {
    char sentence[512];
    va_list values;
    va_start(values, format);
    vsnprintf(sentence, sizeof sentence, format, values);
    va_end(values);
    for (char *c = sentence; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    snprintf(in->error, in->error_size, "%s: %s", in->path, sentence);
    return -1;
}

static void append_name(char *text, size_t size, size_t *used, const char *name) {
    for (; *name; name++)
        if (*name == '~' || *name == '/')
            report_append(text, size, used, "~%d", *name == '/');
        else
            report_append(text, size, used, "%c", *name);
}

static void append_place(char *text, size_t size, size_t *used, const place *at) {
    if (!at)
        return;
    append_place(text, size, used, at->parent);
    report_append(text, size, used, "/");
    if (at->name)
        append_name(text, size, used, at->name);
    else
        report_append(text, size, used, "%zu", at->index);
}

static int expected_at(const reader *in, const place *at, const char *expected) {
    if (expected == expected_memory)
        return complain(in, "%s", expected);
    char pointer[200] = "";
    size_t used = 0;
    append_place(pointer, sizeof pointer, &used, at);
    return complain(in, "%s: expected %s", at ? pointer : "the whole document", expected);
}

static const char *keep_span(reader *in, const void *bytes, size_t size, report_octets *octets) {
    void *kept = report_keep_bytes(in->report, bytes, size);
    if (!kept)
        return expected_memory;
    *octets = (report_octets){kept, size};
    return NULL;
}

static const char *read_text(reader *in, const json_t *value, const char **text) {
    if (!json_is_string(value))
        return "a string";
    if (strlen(json_string_value(value)) != json_string_length(value))
        return "a string without U+0000";
    *text = report_keep(in->report, json_string_value(value));
    return *text ? NULL : expected_memory;
}

static const char *read_role(reader *in, const json_t *value, const char **role) {
    const char *text = json_string_value(value);
    if (!text || (strcmp(text, "server") != 0 && strcmp(text, "client") != 0))
        return "\"server\" or \"client\"";
    return read_text(in, value, role);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes exactly `size` octets. */
static bool hex_decode(const char *hex, uint8_t *octets, size_t size) {
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]);
        int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
        if (low < 0)
            return false;
        octets[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static const char *read_hex(reader *in, const json_t *value, report_octets *octets) {
    size_t length = json_string_length(value);
    if (!json_is_string(value) || length % 2 != 0)
        return "an even number of lower-case hexadecimal digits";
    uint8_t *kept = report_keep_bytes(in->report, json_string_value(value), length);
    if (!kept)
        return expected_memory;
    if (!hex_decode(json_string_value(value), kept, length / 2))
        return "lower-case hexadecimal digits";
    *octets = (report_octets){kept, length / 2};
    return NULL;
}

static const char *read_key(const json_t *value, uint8_t key[4]) {
    if (json_string_length(value) != 8 || !hex_decode(json_string_value(value), key, 4))
        return "a masking key of eight lower-case hexadecimal digits";
    return NULL;
}

static const char *read_digest(const json_t *value, char digest[SHA256_HEX_SIZE + 1]) {
    const char *text = json_string_value(value);
    if (json_string_length(value) != SHA256_HEX_SIZE || strspn(text, "0123456789abcdef") != SHA256_HEX_SIZE)
        return "a SHA-256 digest of 64 lower-case hexadecimal digits";
    memcpy(digest, text, SHA256_HEX_SIZE + 1);
    return NULL;
}

static const char *read_boolean(const json_t *value, bool *flag) {
    if (!json_is_boolean(value))
        return "true or false";
    *flag = json_is_true(value);
    return NULL;
}

static const char *read_direction(const json_t *value, bool *out) {
    const char *text = json_string_value(value);
    if (!text || (strcmp(text, "out") != 0 && strcmp(text, "in") != 0))
        return "\"out\" or \"in\"";
    *out = strcmp(text, "out") == 0;
    return NULL;
}

static const char *read_small(const json_t *value, unsigned max, uint8_t *number) {
    json_int_t integer = json_integer_value(value);
    if (!json_is_integer(value) || integer < 0 || integer > (json_int_t)max)
        return max == 7    ? "an integer from 0 to 7"
               : max == 15 ? "an integer from 0 to 15"
                           : "an integer from 0 to 64";
    *number = (uint8_t)integer;
    return NULL;
}

static const char *read_count(const json_t *value, uint64_t *count) {
    static const char expected[] = "an integer from 0 to 2^64 - 1, as a decimal string when above 2^53 - 1";
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *count = (uint64_t)json_integer_value(value);
        return NULL;
    }
    const char *text = json_string_value(value);
    if (!text || !*text || strspn(text, "0123456789") != json_string_length(value))
        return expected;
    errno = 0;
    unsigned long long parsed = strtoull(text, NULL, 10);
    if (errno != 0)
        return expected;
    *count = parsed;
    return NULL;
}

static const char *read_code(const json_t *value, report_case *c) {
    json_int_t code = json_integer_value(value);
    if (!json_is_integer(value) || code < 0 || code > UINT16_MAX)
        return "a close code from 0 to 65535, or null";
    c->close.has_code = true;
    c->close.code = (uint16_t)code;
    return NULL;
}

static const char *read_microseconds(const json_t *value, int64_t *time_us) {
    if (!json_is_integer(value))
        return "an integer number of microseconds";
    *time_us = json_integer_value(value);
    return NULL;
}

static const char *read_milliseconds(const json_t *value, int64_t *time_us) {
    double microseconds = json_number_value(value) * 1000;
    double limit = (double)largest_exact;
    if (!json_is_number(value) || microseconds > limit || microseconds < -limit)
        return "a number of milliseconds";
    *time_us = (int64_t)(microseconds < 0 ? microseconds - 0.5 : microseconds + 0.5);
    return NULL;
}

/* Days from 1970-01-01 in the Gregorian calendar; the year begins in March, so that the leap day ends it. */
static int64_t days_of(int year, int month, int day) {
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* "" or ".5" and so on, as microseconds; moves *text behind it. */
static int64_t read_fraction(const char **text) {
    int64_t fraction = 0, unit = 100000;
    if (**text != '.')
        return 0;
    for (++*text; **text >= '0' && **text <= '9'; ++*text, unit /= 10)
        fraction += (**text - '0') * unit;
    return fraction;
}

/* "Z" or "+01:00" to the end of the text, in seconds; false for anything else. */
static bool read_zone(const char *text, int64_t *seconds) {
    unsigned hours, minutes;
    int used = 0;
    *seconds = 0;
    if (strcmp(text, "Z") == 0)
        return true;
    if ((*text != '+' && *text != '-') || strspn(text + 1, "0123456789:") != 5 || text[6] ||
        sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &used) != 2 || used != 5)
        return false;
    *seconds = (int64_t)(hours * 60 + minutes) * (*text == '-' ? -60 : 60);
    return hours < 24 && minutes < 60;
}

/* RFC 3339 5.6. */
static const char *read_time(const json_t *value, int64_t *time_us) {
    static const char expected[] = "a time as in RFC 3339, \"2026-01-31T12:00:00.000Z\"";
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    enum { FORM_SIZE = sizeof form - 1 };
    const char *text = json_string_value(value);
    if (!text || json_string_length(value) <= FORM_SIZE)
        return expected;
    for (size_t i = 0; i < FORM_SIZE; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return expected;
    int year, month, day, hour, minute, second;
    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return expected;
    const char *rest = text + FORM_SIZE;
    int64_t fraction = read_fraction(&rest), zone;
    if (!read_zone(rest, &zone))
        return expected;
    int64_t seconds =
        days_of(year, month, day) * 86400 + hour * INT64_C(3600) + minute * INT64_C(60) + second - zone;
    *time_us = seconds * 1000000 + fraction;
    return NULL;
}

static const char *read_verdict(const json_t *value, report_verdict *verdict) {
    return report_verdict_from_name(json_string_value(value), verdict)
               ? NULL
               : "OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED, FAILED, SKIPPED or INCONCLUSIVE";
}

static const char *read_close_verdict(const json_t *value, report_close_verdict *verdict) {
    return report_close_verdict_from_name(json_string_value(value), verdict)
               ? NULL
               : "OK, FAILED, WRONG CODE, UNCLEAN, FAILED BY CLIENT, INFORMATIONAL or null";
}

static const char *read_closer(const json_t *value, report_closer *closer) {
    const char *text = json_string_value(value);
    for (size_t i = REPORT_CLOSER_PEER; text && i <= REPORT_CLOSER_WSPECT; i++)
        if (strcmp(text, closer_names[i]) == 0) {
            *closer = (report_closer)i;
            return NULL;
        }
    return "\"peer\", \"wspect\" or null";
}

static const char *read_generator(reader *in, const json_t *value, const char **text) {
    char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!dumped)
        return expected_memory;
    *text = report_keep(in->report, dumped);
    free(dumped);
    return *text ? NULL : expected_memory;
}

static const char *read_requirements(reader *in, const json_t *value, report_case *c) {
    static const char expected[] = "an array of strings";
    if (!json_is_array(value))
        return expected;
    size_t count = json_array_size(value);
    if (count > SIZE_MAX / sizeof(char *))
        return expected_memory;
    const char **list = malloc(count * sizeof *list + 1);
    const char *wrong = list ? NULL : expected_memory;
    for (size_t i = 0; !wrong && i < count; i++) {
        wrong = read_text(in, json_array_get(value, i), &list[i]);
        if (wrong && wrong != expected_memory)
            wrong = expected;
    }
    if (!wrong) {
        c->requirements = report_keep_bytes(in->report, list, count * sizeof *list);
        c->requirement_count = count;
        wrong = c->requirements ? NULL : expected_memory;
    }
    free(list);
    return wrong;
}

/* Stores a value that is not null in the object at `base`. */
static const char *read_member(reader *in, const member *m, const json_t *value, void *base) {
    void *field = (char *)base + m->offset;
    switch (m->type) {
    case TEXT:
        return read_text(in, value, field);
    case ROLE:
        return read_role(in, value, field);
    case TEXT_OCTETS:
        return json_is_string(value)
                   ? keep_span(in, json_string_value(value), json_string_length(value), field)
                   : "a string";
    case HEX_OCTETS:
        return read_hex(in, value, field);
    case BOOLEAN:
        return read_boolean(value, field);
    case DIRECTION:
        return read_direction(value, field);
    case SMALL:
        return read_small(value, m->max, field);
    case COUNT:
        return read_count(value, field);
    case CODE:
        return read_code(value, base);
    case MICROSECONDS:
        return read_microseconds(value, field);
    case MILLISECONDS:
        return read_milliseconds(value, field);
    case TIME:
        return read_time(value, field);
    case VERDICT:
        return read_verdict(value, field);
    case CLOSE_VERDICT:
        return read_close_verdict(value, field);
    case CLOSER:
        return read_closer(value, field);
    case KEY:
        return read_key(value, field);
    case DIGEST:
        return read_digest(value, field);
    case GENERATOR:
        return read_generator(in, value, field);
    case REQUIREMENTS:
        return read_requirements(in, value, base);
    }
    return NULL;
}

/* "NAME_hex" holds the octets that "NAME" could not. */
static const char *read_exact_octets(reader *in, const member *m, const json_t *value, void *base) {
    void *field = (char *)base + m->offset;
    report_octets octets;
    const char *wrong = read_hex(in, value, &octets);
    if (wrong)
        return wrong;
    if (m->type == TEXT_OCTETS) {
        *(report_octets *)field = octets;
        return NULL;
    }
    if (octets.size && memchr(octets.data, 0, octets.size))
        return "octets without NUL";
    char *text = report_keep_bytes(in->report, json_string_value(value), octets.size + 1);
    if (!text)
        return expected_memory;
    if (octets.size)
        memcpy(text, octets.data, octets.size);
    text[octets.size] = '\0';
    *(const char **)field = text;
    return NULL;
}

static int read_members(reader *in, const place *at, const json_t *object, const member *members,
                        void *base) {
    if (!json_is_object(object))
        return expected_at(in, at, "an object");
    for (const member *m = members; m->name; m++) {
        const json_t *value = json_object_get(object, m->name);
        const char *wrong = NULL;
        if (value && (!json_is_null(value) || m->presence == REQUIRED))
            wrong = read_member(in, m, value, base);
        else if (m->presence == REQUIRED)
            wrong = "this member to be present";
        if (wrong)
            return expected_at(in, &(place){at, m->name, 0}, wrong);
        if (m->type != TEXT && m->type != TEXT_OCTETS)
            continue;
        char name[32];
        snprintf(name, sizeof name, "%s_hex", m->name);
        const json_t *exact = json_object_get(object, name);
        wrong = exact ? read_exact_octets(in, m, exact, base) : NULL;
        if (wrong)
            return expected_at(in, &(place){at, name, 0}, wrong);
    }
    return 0;
}

/* As read_members, for an object that may be missing. */
static int read_optional(reader *in, const place *at, const json_t *object, const member *members,
                         void *base) {
    return object && !json_is_null(object) ? read_members(in, at, object, members, base) : 0;
}

static int read_entry(reader *in, const place *at, const json_t *value, report_entry *entry) {
    if (!json_is_object(value))
        return expected_at(in, at, "an object");
    const char *kind = json_string_value(json_object_get(value, "kind"));
    size_t i = 0;
    while (i < ENTRY_KIND_COUNT && (!kind || strcmp(kind, entry_kinds[i].name) != 0))
        i++;
    if (i == ENTRY_KIND_COUNT)
        return expected_at(in, &(place){at, "kind", 0},
                           "\"http\", \"frame\", \"raw\", \"skipped\" or \"event\"");
    *entry = (report_entry){.kind = (report_entry_kind)i};
    int result = 0;
    for (const member *const *table = entry_kinds[i].tables; result == 0 && *table; table++)
        result = read_members(in, at, value, *table, entry);
    return result;
}

static int read_transcript(reader *in, const place *at, const json_t *list, report_case *c) {
    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return expected_at(in, at, "an array");
    size_t count = json_array_size(list);
    report_entry *entries = calloc(count ? count : 1, sizeof *entries);
    int result = entries ? 0 : expected_at(in, at, expected_memory);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = read_entry(in, &(place){at, NULL, i}, json_array_get(list, i), &entries[i]);
    if (result == 0) {
        c->transcript = report_keep_bytes(in->report, entries, count * sizeof *entries);
        c->transcript_count = count;
        result = c->transcript ? 0 : expected_at(in, at, expected_memory);
    }
    free(entries);
    return result;
}

static int read_case(reader *in, const place *at, const json_t *value) {
    report_case *c = report_add_case(in->report);
    if (!c)
        return expected_at(in, at, expected_memory);
    if (read_members(in, at, value, case_members, c) != 0)
        return -1;
    place close = {at, "close", 0}, transcript = {at, "transcript", 0};
    if (read_optional(in, &close, json_object_get(value, "close"), close_members, c) != 0)
        return -1;
    return read_transcript(in, &transcript, json_object_get(value, "transcript"), c);
}

static int read_cases(reader *in, const json_t *list) {
    place at = {NULL, "cases", 0};
    if (!json_is_array(list))
        return expected_at(in, &at, "an array");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (read_case(in, &(place){&at, NULL, i}, json_array_get(list, i)) != 0)
            return -1;
    return 0;
}

static size_t option_value_count(const json_t *value) {
    return json_is_array(value) ? json_array_size(value) : 1;
}

static const char *read_option(reader *in, const char *name, const json_t *value, report_option *option) {
    option->name = report_keep(in->report, name);
    if (!option->name)
        return expected_memory;
    if (json_is_true(value))
        return NULL;
    const char *wrong = read_text(in, value, &option->value);
    return wrong && wrong != expected_memory ? "a string, true, or an array of these" : wrong;
}

static int read_options_into(reader *in, const place *at, json_t *object, report_option *options) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        for (size_t i = 0; i < option_value_count(value); i++) {
            const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
            const char *wrong = read_option(in, name, item, options++);
            if (wrong)
                return expected_at(in, &(place){at, name, 0}, wrong);
        }
    }
    return 0;
}

static int read_options(reader *in, json_t *object) {
    place at = {NULL, "options", 0};
    if (!object || json_is_null(object))
        return 0;
    if (!json_is_object(object))
        return expected_at(in, &at, "an object");
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) count += option_value_count(value);
    report_option *options = calloc(count ? count : 1, sizeof *options);
    int result =
        options ? read_options_into(in, &at, object, options) : expected_at(in, &at, expected_memory);
    if (result == 0) {
        in->report->options = report_keep_bytes(in->report, options, count * sizeof *options);
        in->report->option_count = count;
        result = in->report->options ? 0 : expected_at(in, &at, expected_memory);
    }
    free(options);
    return result;
}

static int check_schema(const reader *in, const json_t *root) {
    if (!json_is_object(root))
        return expected_at(in, NULL, "an object");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (schema && strcmp(schema, SCHEMA) == 0)
        return 0;
    return expected_at(in, &(place){NULL, "schema", 0}, "\"" SCHEMA "\"");
}

static int read_report(reader *in, const json_t *root) {
    place tool = {NULL, "tool", 0}, target = {NULL, "target", 0};
    report *r = in->report;
    if (check_schema(in, root) != 0 || read_members(in, NULL, root, run_members, r) != 0 ||
        read_optional(in, &tool, json_object_get(root, "tool"), tool_members, r) != 0 ||
        read_optional(in, &target, json_object_get(root, "target"), target_members, r) != 0 ||
        read_options(in, json_object_get(root, "options")) != 0 ||
        read_cases(in, json_object_get(root, "cases")) != 0)
        return -1;
    report_finish(r);
    return 0;
}

/* The octets of a file as Jansson asks for them, up to a limit. */
typedef struct source {
    FILE *file;
    size_t left;
    bool failed, too_long;
} source;

static size_t load_chunk(void *buffer, size_t size, void *data) {
    source *from = data;
    size_t got = fread(buffer, 1, size, from->file);
    from->failed = ferror(from->file) != 0;
    from->too_long = got > from->left;
    from->left -= from->too_long ? 0 : got;
    return from->failed || from->too_long ? (size_t)-1 : got;
}

static json_t *load(const reader *in, source *from) {
    json_error_t error;
    json_t *root = json_load_callback(load_chunk, from, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (from->failed)
        complain(in, "cannot be read: %s", strerror(errno));
    else if (from->too_long)
        complain(in, "expected a report of at most 1 GiB");
    else if (!root)
        complain(in, "line %d, column %d: expected JSON, but %s", error.line, error.column, error.text);
    else
        return root;
    json_decref(root);
    return NULL;
}

report *report_read_json(const char *path, char *error, size_t error_size) {
    enum { LIMIT = 1024 * 1024 * 1024 };
    reader in = {.path = path, .error = error, .error_size = error_size};
    source from = {.file = fopen(path, "re"), .left = LIMIT};
    if (!from.file) {
        complain(&in, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    json_t *root = load(&in, &from);
    fclose(from.file);
    if (!root)
        return NULL;
    in.report = report_new();
    int result = in.report ? read_report(&in, root) : complain(&in, "%s", expected_memory);
    json_decref(root);
    if (result == 0)
        return in.report;
    report_free(in.report);
    return NULL;
}
