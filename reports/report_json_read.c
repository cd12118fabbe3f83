/* The JSON form, read back. */
#include "reports/render.h"
#include "reports/report_json_private.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SHA256_HEX_SIZE = 64 };

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
    const place *base; /* of the report at hand in a list; NULL: the document is one report */
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
    append_place(pointer, sizeof pointer, &used, in->base);
    append_place(pointer, sizeof pointer, &used, at);
    return complain(in, "%s: expected %s", at || in->base ? pointer : "the whole document", expected);
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
    double limit = (double)REPORT_LARGEST_EXACT;
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
        if (strcmp(text, report_closer_names[i]) == 0) {
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

static const char *read_texts(reader *in, const json_t *value, const char *const **texts,
                              size_t *text_count) {
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
        *texts = report_keep_bytes(in->report, list, count * sizeof *list);
        *text_count = count;
        wrong = *texts ? NULL : expected_memory;
    }
    free(list);
    return wrong;
}

static const char *read_requirements(reader *in, const json_t *value, report_case *c) {
    return read_texts(in, value, &c->requirements, &c->requirement_count);
}

static const char *read_command(reader *in, const json_t *value, report_process *process) {
    return read_texts(in, value, &process->command, &process->command_count);
}

/* Stores a value that is not null in the object at `base`. */
static const char *read_member(reader *in, const report_member *m, const json_t *value, void *base) {
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
    case COMMAND:
        return read_command(in, value, base);
    }
    return NULL;
}

/* "NAME_hex" holds the octets that "NAME" could not. */
static const char *read_exact_octets(reader *in, const report_member *m, const json_t *value, void *base) {
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

static int read_members(reader *in, const place *at, const json_t *object, const report_member *members,
                        void *base) {
    if (!json_is_object(object))
        return expected_at(in, at, "an object");
    for (const report_member *m = members; m->name; m++) {
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
static int read_optional(reader *in, const place *at, const json_t *object, const report_member *members,
                         void *base) {
    return object && !json_is_null(object) ? read_members(in, at, object, members, base) : 0;
}

static int read_entry(reader *in, const place *at, const json_t *value, report_entry *entry) {
    if (!json_is_object(value))
        return expected_at(in, at, "an object");
    const char *kind = json_string_value(json_object_get(value, "kind"));
    size_t i = 0;
    while (i < REPORT_ENTRY_KIND_COUNT && (!kind || strcmp(kind, report_entry_forms[i].name) != 0))
        i++;
    if (i == REPORT_ENTRY_KIND_COUNT)
        return expected_at(in, &(place){at, "kind", 0},
                           "\"http\", \"frame\", \"raw\", \"skipped\" or \"event\"");
    *entry = (report_entry){.kind = (report_entry_kind)i};
    int result = 0;
    for (const report_member *const *table = report_entry_forms[i].tables; result == 0 && *table; table++)
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
    if (read_members(in, at, value, report_case_members, c) != 0)
        return -1;
    place close = {at, "close", 0}, transcript = {at, "transcript", 0};
    if (read_optional(in, &close, json_object_get(value, "close"), report_close_members, c) != 0)
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

static int read_statements(reader *in, const json_t *list) {
    place at = {NULL, "requirements", 0};
    if (!list)
        return 0;
    if (!json_is_array(list))
        return expected_at(in, &at, "an array");
    size_t count = json_array_size(list);
    report_requirement *rows = calloc(count ? count : 1, sizeof *rows);
    int result = rows ? 0 : expected_at(in, &at, expected_memory);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = read_members(in, &(place){&at, NULL, i}, json_array_get(list, i), report_requirement_members,
                              &rows[i]);
    if (result == 0) {
        in->report->requirements = report_keep_bytes(in->report, rows, count * sizeof *rows);
        in->report->requirement_count = count;
        result = in->report->requirements ? 0 : expected_at(in, &at, expected_memory);
    }
    free(rows);
    return result;
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

/* Named texts: the options, and facts about the target. */
static int read_options(reader *in, place at, json_t *object, const report_option **list, size_t *length) {
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
        *list = report_keep_bytes(in->report, options, count * sizeof *options);
        *length = count;
        result = *list ? 0 : expected_at(in, &at, expected_memory);
    }
    free(options);
    return result;
}

static int read_process(reader *in, const json_t *target) {
    const json_t *value = json_object_get(target, "process");
    place above = {NULL, "target", 0}, at = {&above, "process", 0}, memory = {&at, "memory", 0};
    report_process process = {0};
    if (!value || json_is_null(value))
        return 0;
    if (read_members(in, &at, value, report_process_members, &process) != 0 ||
        read_optional(in, &memory, json_object_get(value, "memory"), report_memory_members, &process) != 0)
        return -1;
    in->report->target_process = report_keep_bytes(in->report, &process, sizeof process);
    return in->report->target_process ? 0 : expected_at(in, &at, expected_memory);
}

static const char *schema_of(const json_t *root) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    return schema ? schema : "";
}

static int check_schema(const reader *in, const json_t *root) {
    if (!json_is_object(root))
        return expected_at(in, NULL, "an object");
    if (strcmp(schema_of(root), REPORT_SCHEMA) == 0)
        return 0;
    return expected_at(in, &(place){NULL, "schema", 0}, "\"" REPORT_SCHEMA "\"");
}

static int read_report(reader *in, const json_t *root) {
    place tool = {NULL, "tool", 0}, target = {NULL, "target", 0};
    report *r = in->report;
    if (check_schema(in, root) != 0 || read_members(in, NULL, root, report_run_members, r) != 0 ||
        read_optional(in, &tool, json_object_get(root, "tool"), report_tool_members, r) != 0 ||
        read_optional(in, &target, json_object_get(root, "target"), report_target_members, r) != 0 ||
        read_process(in, json_object_get(root, "target")) != 0 ||
        read_options(in, (place){NULL, "options", 0}, json_object_get(root, "options"), &r->options,
                     &r->option_count) != 0 ||
        read_options(in, (place){&target, "facts", 0},
                     json_object_get(json_object_get(root, "target"), "facts"), &r->facts,
                     &r->fact_count) != 0 ||
        read_statements(in, json_object_get(root, "requirements")) != 0 ||
        read_cases(in, json_object_get(root, "cases")) != 0)
        return -1;
    report_finish(r);
    return 0;
}

/* A report, or a list of them: the reader's report and those that follow it. */
static int read_reports(reader *in, const json_t *root) {
    const json_t *list = json_object_get(root, "reports");
    place reports = {NULL, "reports", 0};
    report *first = in->report;
    if (strcmp(schema_of(root), REPORTS_SCHEMA) != 0)
        return read_report(in, root);
    if (!json_is_array(list) || json_array_size(list) == 0)
        return expected_at(in, &reports, "an array with at least one report");
    int result = 0;
    for (size_t i = 0; result == 0 && i < json_array_size(list); i++) {
        place at = {&reports, NULL, i};
        report *next = i == 0 ? first : report_new();
        if (!next) {
            result = complain(in, "%s", expected_memory);
            break;
        }
        if (i > 0)
            in->report->next = next;
        in->report = next;
        in->base = &at;
        result = read_report(in, json_array_get(list, i));
    }
    in->base = NULL;
    in->report = first;
    return result;
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

report *report_read_json_stream(FILE *file, const char *name, char *error, size_t error_size) {
    enum { LIMIT = 1024 * 1024 * 1024 };
    reader in = {.path = name, .error = error, .error_size = error_size};
    source from = {.file = file, .left = LIMIT};
    json_t *root = load(&in, &from);
    if (!root)
        return NULL;
    in.report = report_new();
    int result = in.report ? read_reports(&in, root) : complain(&in, "%s", expected_memory);
    json_decref(root);
    if (result == 0)
        return in.report;
    report_free(in.report);
    return NULL;
}

report *report_read_json(const char *path, char *error, size_t error_size) {
    FILE *file = fopen(path, "re");
    if (!file) {
        complain(&(reader){.path = path, .error = error, .error_size = error_size}, "cannot be opened: %s",
                 strerror(errno));
        return NULL;
    }
    report *r = report_read_json_stream(file, path, error, error_size);
    fclose(file);
    return r;
}
