#include "reports/render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- text --- */

report_octets report_octets_of(const char *text) {
    return (report_octets){(const uint8_t *)text, text ? strlen(text) : 0};
}

/* The lead octets of RFC 3629 4 with the range of the octet that follows them, which is where overlong
 * forms, surrogates and values over U+10FFFF are ruled out. */
typedef struct utf8_lead {
    uint8_t first, last; /* lead octets */
    uint8_t low, high;   /* second octet */
    uint8_t size;
} utf8_lead;

static const utf8_lead utf8_leads[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const utf8_lead *utf8_lead_of(uint8_t octet) {
    for (size_t i = 0; i < sizeof utf8_leads / sizeof *utf8_leads; i++)
        if (octet >= utf8_leads[i].first && octet <= utf8_leads[i].last)
            return &utf8_leads[i];
    return NULL;
}

static bool utf8_tail_valid(const utf8_lead *lead, const uint8_t *octets) {
    if (lead->size > 1 && (octets[1] < lead->low || octets[1] > lead->high))
        return false;
    for (size_t i = 2; i < lead->size; i++)
        if ((octets[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t report_utf8_next(report_octets text, uint32_t *point, bool *valid) {
    const utf8_lead *lead = utf8_lead_of(text.data[0]);
    if (!lead || text.size < lead->size || !utf8_tail_valid(lead, text.data)) {
        *point = REPORT_REPLACEMENT;
        *valid = false;
        return 1;
    }
    *point = lead->size == 1 ? text.data[0] : text.data[0] & 0x7fu >> lead->size;
    for (size_t i = 1; i < lead->size; i++)
        *point = *point << 6 | (text.data[i] & 0x3f);
    return lead->size;
}

bool report_utf8_valid(report_octets text) {
    bool valid = true;
    uint32_t point;
    for (size_t at = 0; at < text.size && valid;)
        at += report_utf8_next((report_octets){text.data + at, text.size - at}, &point, &valid);
    return valid;
}

void report_text_each(FILE *out, report_octets text, report_put put) {
    bool valid = true;
    uint32_t point;
    for (size_t at = 0; at < text.size;) {
        at += report_utf8_next((report_octets){text.data + at, text.size - at}, &point, &valid);
        put(out, point);
    }
}

report_octets report_text_cut(report_octets text, size_t max) {
    bool valid = true;
    uint32_t point;
    size_t at = 0;
    while (at < text.size) {
        size_t used = report_utf8_next((report_octets){text.data + at, text.size - at}, &point, &valid);
        if (used > max - at)
            break;
        at += used;
    }
    return (report_octets){text.data, at};
}

void report_put_utf8(FILE *out, uint32_t point) {
    if (point < 0x80) {
        putc((int)point, out);
    } else if (point < 0x800) {
        putc((int)(0xc0 | point >> 6), out);
        putc((int)(0x80 | (point & 0x3f)), out);
    } else if (point < 0x10000) {
        putc((int)(0xe0 | point >> 12), out);
        putc((int)(0x80 | (point >> 6 & 0x3f)), out);
        putc((int)(0x80 | (point & 0x3f)), out);
    } else {
        putc((int)(0xf0 | point >> 18), out);
        putc((int)(0x80 | (point >> 12 & 0x3f)), out);
        putc((int)(0x80 | (point >> 6 & 0x3f)), out);
        putc((int)(0x80 | (point & 0x3f)), out);
    }
}

uint32_t report_visible(uint32_t point) {
    static const struct {
        uint32_t first, last;
    } unseen[] = {
        {0x80, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x200b, 0x200f}, {0x2028, 0x202e},
        {0x2060, 0x206f}, {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
    };
    if (point < 0x20)
        return 0x2400 + point;
    if (point == 0x7f)
        return 0x2421;
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (point >= unseen[i].first && point <= unseen[i].last)
            return REPORT_REPLACEMENT;
    return (point & 0xfffe) == 0xfffe ? REPORT_REPLACEMENT
                                      : point; /* the last two of a plane: noncharacters */
}

/* --- sentences --- */

void report_append(char *text, size_t size, size_t *used, const char *format, ...) {
    if (*used >= size)
        return;
    va_list values;
    va_start(values, format);
    int added = vsnprintf(text + *used, size - *used, format, values);
    va_end(values);
    *used = added >= 0 ? *used + (size_t)added : size;
}

/* RFC 6455 11.8. */
static const char *const opcode_names[16] = {
    [0x0] = "continuation", [0x1] = "text", [0x2] = "binary", [0x8] = "close", [0x9] = "ping", [0xa] = "pong",
};

static void describe_head(const report_entry *e, char *text, size_t size, size_t *used) {
    unsigned opcode = e->opcode & 0xfu;
    if (opcode_names[opcode])
        report_append(text, size, used, "%s", opcode_names[opcode]);
    else
        report_append(text, size, used, "reserved opcode 0x%x", opcode);
    report_append(text, size, used, e->fin ? " FIN" : " no FIN");
    for (unsigned bit = 1; bit <= 3; bit++)
        if (e->rsv >> (3 - bit) & 1)
            report_append(text, size, used, " RSV%u", bit);
}

/* The form of the length is worth a word only when a shorter one would do (RFC 6455 5.2). */
static bool length_is_minimal(const report_entry *e) {
    uint64_t least = e->length_bits == 64 ? 0x10000 : e->length_bits == 16 ? 126 : 0;
    return e->declared >= least;
}

static void describe_length(const report_entry *e, char *text, size_t size, size_t *used) {
    report_append(text, size, used, " len %" PRIu64, e->declared);
    if (!length_is_minimal(e))
        report_append(text, size, used, " in %d bits", e->length_bits);
    if (e->length != e->declared)
        report_append(text, size, used, " (%" PRIu64 " seen)", e->length);
}

static void describe_frame(const report_entry *e, char *text, size_t size, size_t *used) {
    describe_head(e, text, size, used);
    describe_length(e, text, size, used);
    if (e->opcode == 0x8 && e->bytes.size >= 2)
        report_append(text, size, used, " code %d", e->bytes.data[0] << 8 | e->bytes.data[1]);
    if (e->masked)
        report_append(text, size, used, " mask %02x%02x%02x%02x", e->key[0], e->key[1], e->key[2], e->key[3]);
}

void report_describe_entry(const report_entry *e, char *text, size_t size) {
    size_t used = 0;
    switch (e->kind) {
    case REPORT_ENTRY_HTTP:
        report_append(text, size, &used, "HTTP %" PRIu64 " octets", e->length);
        break;
    case REPORT_ENTRY_FRAME:
        describe_frame(e, text, size, &used);
        break;
    case REPORT_ENTRY_RAW:
        report_append(text, size, &used, "raw %" PRIu64 " octets", e->length);
        break;
    case REPORT_ENTRY_SKIPPED:
        report_append(text, size, &used, "%" PRIu64 " more frames with %" PRIu64 " octets", e->count,
                      e->length);
        break;
    case REPORT_ENTRY_EVENT:
        report_append(text, size, &used, "%s", e->text ? e->text : "event");
        break;
    }
}

static void describe_tolerated(const report *r, char *text, size_t size, size_t *used) {
    static const report_verdict tolerated[] = {REPORT_NON_STRICT, REPORT_INFORMATIONAL, REPORT_UNIMPLEMENTED};
    const char *before = "; ";
    for (size_t i = 0; i < sizeof tolerated / sizeof *tolerated; i++) {
        size_t count = r->summary[tolerated[i]];
        if (!count)
            continue;
        report_append(text, size, used, "%s%zu %s", before, count, report_verdict_name(tolerated[i]));
        before = ", ";
    }
}

static size_t judged_count(const report *r) {
    return r->case_count - r->summary[REPORT_SKIPPED];
}

report_verdict report_result(const report *r) {
    if (r->summary[REPORT_FAILED])
        return REPORT_FAILED;
    if (r->summary[REPORT_INCONCLUSIVE] || r->interrupted || !judged_count(r))
        return REPORT_INCONCLUSIVE;
    return REPORT_OK;
}

void report_describe_result(const report *r, char *text, size_t size) {
    size_t used = 0;
    size_t judged = judged_count(r);
    size_t failed = r->summary[REPORT_FAILED];
    size_t inconclusive = r->summary[REPORT_INCONCLUSIVE];
    if (failed)
        report_append(text, size, &used, "Not conformant: %zu of %zu cases failed", failed, judged);
    else if (inconclusive)
        report_append(text, size, &used, "No verdict: %zu of %zu cases could not be judged", inconclusive,
                      judged);
    else if (!r->case_count)
        report_append(text, size, &used, "No verdict: no case was run");
    else if (!judged)
        report_append(text, size, &used, "No verdict: every case was skipped");
    else
        report_append(text, size, &used, "%s: none of %zu cases failed",
                      r->interrupted ? "No verdict" : "Conformant", judged);
    describe_tolerated(r, text, size, &used);
    if (failed && inconclusive)
        report_append(text, size, &used, "; %zu could not be judged", inconclusive);
    report_append(text, size, &used,
                  r->interrupted ? "; the run was stopped before all cases were done." : ".");
}

void report_format_time(int64_t time_us, bool full, char *text, size_t size) {
    int64_t fraction = time_us % 1000000;
    time_t seconds = (time_t)(time_us / 1000000 - (fraction < 0));
    int milliseconds = (int)((fraction < 0 ? fraction + 1000000 : fraction) / 1000);
    struct tm utc;
    /* RFC 3339 has no year beyond four digits; no clock that works shows one. */
    if (!gmtime_r(&seconds, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) {
        snprintf(text, size, full ? "1970-01-01T00:00:00.000Z" : "1970-01-01T00:00:00");
        return;
    }
    char fraction_text[8] = "";
    if (full)
        snprintf(fraction_text, sizeof fraction_text, ".%03dZ", milliseconds % 1000);
    /* Not strftime, which writes a year before 1000 without its zeroes. */
    snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d%s", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
             utc.tm_hour, utc.tm_min, utc.tm_sec, fraction_text);
}

static bool copy_span(char *to, size_t size, const char *from, size_t length, const char *allowed) {
    if (!length || length >= size || strspn(from, allowed) < length)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

bool report_cite(const char *requirement, report_citation *citation) {
    const char *document = requirement;
    if (strncmp(document, "RFC", 3) == 0 || strncmp(document, "rfc", 3) == 0)
        document += 3;
    size_t document_size = strcspn(document, "-");
    if (document[document_size] != '-')
        return false;
    const char *section = document + document_size + 1;
    return copy_span(citation->document, sizeof citation->document, document, document_size, "0123456789") &&
           copy_span(citation->section, sizeof citation->section, section, strcspn(section, "-"),
                     "0123456789.") &&
           citation->section[0] != '.';
}

/* --- cases by group --- */

const report_verdict report_urgency[REPORT_VERDICT_COUNT] = {
    REPORT_FAILED,        REPORT_INCONCLUSIVE, REPORT_NON_STRICT, REPORT_UNIMPLEMENTED,
    REPORT_INFORMATIONAL, REPORT_SKIPPED,      REPORT_OK,
};

typedef struct placed_case {
    const report_case *item;
    const char *key; /* name of its group */
    size_t index;
} placed_case;

/* Name of the group that a case belongs to; NULL: to none. */
typedef const char *(*group_key)(const report_case *c);

static const char *key_of_group(const report_case *c) {
    return c->group ? c->group : "";
}

static const char *key_of_limit(const report_case *c) {
    return c->limit;
}

static int by_group(const void *a, const void *b) {
    const placed_case *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

typedef struct placed_group {
    size_t start, count; /* in the sorted cases */
    size_t first;        /* index in the report of its first case */
} placed_group;

static int by_first_case(const void *a, const void *b) {
    const placed_group *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* Sorting keeps this n log n also for a hostile report in which every case has a group of its own. */
static size_t place_groups(const report *r, group_key key, placed_case *cases, placed_group *groups) {
    size_t count = 0, used = 0;
    for (size_t i = 0; i < r->case_count; i++)
        if (key(r->cases[i]))
            cases[used++] = (placed_case){r->cases[i], key(r->cases[i]), i};
    qsort(cases, used, sizeof *cases, by_group);
    for (size_t i = 0; i < used; i++) {
        if (i == 0 || strcmp(cases[i].key, cases[i - 1].key) != 0)
            groups[count++] = (placed_group){.start = i, .first = cases[i].index};
        groups[count - 1].count++;
    }
    qsort(groups, count, sizeof *groups, by_first_case);
    return count;
}

static void fill_group(report_group *group, const char *name, const report_case *const *cases, size_t count) {
    *group = (report_group){.name = name, .cases = cases, .count = count};
    for (size_t i = 0; i < count; i++) {
        group->counts[cases[i]->verdict]++;
        if (cases[i]->duration_us > 0 && group->duration_us < INT64_MAX - cases[i]->duration_us)
            group->duration_us += cases[i]->duration_us;
    }
}

static int init_groups(report_groups *groups, const report *r, group_key key) {
    size_t size = 0;
    for (size_t i = 0; i < r->case_count; i++)
        size += key(r->cases[i]) != NULL;
    *groups = (report_groups){0};
    if (size == 0)
        return 0;
    placed_case *cases = calloc(size, sizeof *cases);
    placed_group *placed = calloc(size, sizeof *placed);
    *groups =
        (report_groups){.items = calloc(size, sizeof *groups->items), .cases = calloc(size, sizeof(void *))};
    bool complete = cases && placed && groups->items && groups->cases;
    if (complete) {
        groups->count = place_groups(r, key, cases, placed);
        for (size_t i = 0; i < size; i++)
            groups->cases[i] = cases[i].item;
        for (size_t i = 0; i < groups->count; i++)
            fill_group(&groups->items[i], cases[placed[i].start].key, groups->cases + placed[i].start,
                       placed[i].count);
    } else {
        report_groups_clear(groups);
    }
    free(cases);
    free(placed);
    return complete ? 0 : -1;
}

int report_groups_init(report_groups *groups, const report *r) {
    return init_groups(groups, r, key_of_group);
}

int report_limits_init(report_groups *limits, const report *r) {
    return init_groups(limits, r, key_of_limit);
}

void report_groups_clear(report_groups *groups) {
    free(groups->items);
    free(groups->cases);
    *groups = (report_groups){0};
}

/* --- statements --- */

typedef struct named_row {
    const char *id;
    size_t index;
} named_row;

static int by_id(const void *a, const void *b) {
    const named_row *left = a, *right = b;
    return strcmp(left->id, right->id);
}

static void take_case(report_standing *standing, report_verdict verdict) {
    static const int badness[REPORT_VERDICT_COUNT] = {
        [REPORT_INFORMATIONAL] = 1, [REPORT_UNIMPLEMENTED] = 2, [REPORT_NON_STRICT] = 3, [REPORT_FAILED] = 4};
    if (verdict == REPORT_SKIPPED || verdict == REPORT_INCONCLUSIVE)
        return;
    if (standing->cases++ == 0 || badness[verdict] > badness[standing->worst])
        standing->worst = verdict;
}

report_standing *report_standings(const report *r) {
    report_standing *standings = calloc(r->requirement_count + 1, sizeof *standings);
    named_row *names = calloc(r->requirement_count + 1, sizeof *names);
    if (standings && names) {
        for (size_t i = 0; i < r->requirement_count; i++)
            names[i] = (named_row){r->requirements[i].id, i};
        qsort(names, r->requirement_count, sizeof *names, by_id);
    } else {
        free(standings);
        standings = NULL;
    }
    for (size_t i = 0; standings && i < r->case_count; i++)
        for (size_t k = 0; k < r->cases[i]->requirement_count; k++) {
            const named_row wanted = {r->cases[i]->requirements[k], 0};
            const named_row *found = bsearch(&wanted, names, r->requirement_count, sizeof *names, by_id);
            if (found)
                take_case(&standings[found->index], r->cases[i]->verdict);
        }
    free(names);
    return standings;
}

static const char *seen_of(const report_case *c) {
    return c->seen ? c->seen : c->verdict == REPORT_SKIPPED ? "not tried" : "not known";
}

static void describe_value(const report_case *c, char *text, size_t size, size_t *used) {
    if (c->limit_value)
        report_append(text, size, used, "%s", c->limit_value);
    if (c->limit_timed)
        report_append(text, size, used, "%sin %.1f ms", c->limit_value ? " " : "",
                      (double)c->duration_us / 1000);
}

void report_describe_limit(const report_group *line, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < line->count; i++) {
        const report_case *c = line->cases[i];
        bool same_as_next = i + 1 < line->count && strcmp(seen_of(c), seen_of(line->cases[i + 1])) == 0;
        describe_value(c, text, size, &used);
        if (same_as_next)
            report_append(text, size, &used, ", ");
        else
            report_append(text, size, &used, "%s%s%s%s", c->limit_value || c->limit_timed ? ": " : "",
                          seen_of(c), c->verdict == REPORT_FAILED ? " (FAILED)" : "",
                          i + 1 < line->count ? "; " : "");
    }
}

int report_stream_end(FILE *out) {
    return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}
