#include "wire/http.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_SIZE = 64 * 1024, DEFAULT_MAX_FIELDS = 1000, DEFAULT_MAX_FINDINGS = 64 };

static const char *const deviation_texts[WS_HTTP_DEVIATION_COUNT] = {
    [WS_HTTP_BARE_LF] = "a line ends with LF alone (RFC 9112 2.2)",
    [WS_HTTP_BARE_CR] = "a line holds a CR that is not followed by LF (RFC 9112 2.2)",
    [WS_HTTP_LEADING_EMPTY_LINE] = "an empty line comes before the start line (RFC 9112 2.2)",
    [WS_HTTP_START_LINE_SPACE] = "the start line holds white space other than single spaces (RFC 9112 3, 4)",
    [WS_HTTP_METHOD] = "the method is not a token (RFC 9110 9.1)",
    [WS_HTTP_TARGET] = "the target is empty or holds octets outside printable ASCII (RFC 9112 3.2)",
    [WS_HTTP_VERSION] = "the version is not \"HTTP/\" digit \".\" digit (RFC 9112 2.3)",
    [WS_HTTP_STATUS] = "the status code is not three digits (RFC 9112 4)",
    [WS_HTTP_REASON_SPACE] = "no space follows the status code (RFC 9112 4)",
    [WS_HTTP_REASON] = "the reason phrase holds a control octet (RFC 9112 4)",
    [WS_HTTP_FOLDED] = "a field is folded over several lines (RFC 9112 5.2)",
    [WS_HTTP_SPACE_BEFORE_COLON] = "white space stands between a field name and its colon (RFC 9112 5.1)",
    [WS_HTTP_SPACE_BEFORE_FIRST] =
        "white space stands between the start line and the first field (RFC 9112 2.2)",
    [WS_HTTP_NO_COLON] = "a field line has no colon (RFC 9112 5)",
    [WS_HTTP_NAME] = "a field name is empty or not a token (RFC 9110 5.1)",
    [WS_HTTP_VALUE_CONTROL] = "a field value holds a control octet (RFC 9110 5.5)",
    [WS_HTTP_VALUE_NON_ASCII] = "a field value holds an octet above 0x7f (RFC 9110 5.5)",
};

const char *ws_http_deviation_describe(ws_http_deviation kind) {
    return (unsigned)kind < WS_HTTP_DEVIATION_COUNT ? deviation_texts[kind] : "unknown deviation";
}

/* ---- octets and lines ---- */

static bool is_blank(uint8_t octet) {
    return octet == ' ' || octet == '\t';
}

/* A bare CR in a start line stands for a space (RFC 9112 2.2). */
static bool is_separator(uint8_t octet) {
    return is_blank(octet) || octet == '\r';
}

static bool is_visible(uint8_t octet) {
    return octet > 0x20 && octet < 0x7f;
}

static bool is_digit(uint8_t octet) {
    return octet >= '0' && octet <= '9';
}

static bool is_control(uint8_t octet) {
    return (octet < 0x20 && octet != '\t') || octet == 0x7f;
}

bool ws_http_is_tchar(uint8_t octet) {
    uint8_t letter = octet | 0x20;
    return is_digit(octet) || (letter >= 'a' && letter <= 'z') ||
           (octet != 0 && strchr("!#$%&'*+-.^_`|~", octet) != NULL);
}

bool ws_http_is_token(ws_span text) {
    for (size_t i = 0; i < text.size; i++)
        if (!ws_http_is_tchar(text.data[i]))
            return false;
    return text.size > 0;
}

static size_t skip_blanks(const uint8_t *octets, size_t begin, size_t end) {
    while (begin < end && is_blank(octets[begin]))
        begin++;
    return begin;
}

static size_t cut_blanks(const uint8_t *octets, size_t begin, size_t end) {
    while (end > begin && is_blank(octets[end - 1]))
        end--;
    return end;
}

static size_t skip_separators(const uint8_t *octets, size_t begin, size_t end) {
    while (begin < end && is_separator(octets[begin]))
        begin++;
    return begin;
}

static size_t skip_word(const uint8_t *octets, size_t begin, size_t end) {
    while (begin < end && !is_separator(octets[begin]))
        begin++;
    return begin;
}

/* Offsets: the line is [begin, end), its line end [end, next). */
typedef struct head_line {
    size_t begin, end, next;
} head_line;

/* A line goes up to LF, with or without CR (RFC 9112 2.2). False when there is no LF. */
static bool find_line(const uint8_t *octets, size_t begin, size_t size, head_line *found) {
    const uint8_t *feed = begin < size ? memchr(octets + begin, '\n', size - begin) : NULL;
    if (!feed)
        return false;
    size_t end = (size_t)(feed - octets);
    bool has_return = end > begin && octets[end - 1] == '\r';
    *found = (head_line){begin, has_return ? end - 1 : end, end + 1};
    return true;
}

/* ---- first pass: where the head ends, whether it can be one, how much memory it takes ---- */

typedef struct head_extent {
    size_t start_offset;
    size_t size;
    size_t lines;
    size_t fields;
} head_extent;

/* A method of visible octets, white space and a second word. */
static bool request_line_possible(const uint8_t *text, size_t size, bool complete) {
    size_t method = skip_blanks(text, 0, size);
    size_t end = method;
    while (end < size && is_visible(text[end]))
        end++;
    if (end == size)
        return !complete;
    if (end == method || !is_separator(text[end]))
        return false;
    return !complete || skip_separators(text, end, size) < size;
}

/* "HTTP/" in any case. */
static bool status_line_possible(const uint8_t *text, size_t size, bool complete) {
    const ws_span name = ws_span_of("HTTP/");
    size_t begin = skip_blanks(text, 0, size);
    size_t length = size - begin < name.size ? size - begin : name.size;
    if (length < name.size && complete)
        return false;
    return ws_span_equal_nocase((ws_span){text + begin, length}, (ws_span){name.data, length});
}

static bool start_line_possible(ws_http_kind kind, const uint8_t *text, size_t size, bool complete) {
    /* A lone CR may yet become an empty line. */
    if (!complete && size == 1 && text[0] == '\r')
        return true;
    return kind == WS_HTTP_REQUEST ? request_line_possible(text, size, complete)
                                   : status_line_possible(text, size, complete);
}

/* Returns as ws_http_parse does. Each answer is decided at one octet and looks at none behind it: so the
 * answer for a prefix holds for the whole. */
static long measure(const uint8_t *bytes, size_t size, ws_http_kind kind, const ws_http_limits *limits,
                    head_extent *extent) {
    size_t available = size < limits->max_size ? size : limits->max_size;
    const long undecided = size < limits->max_size ? 0 : WS_ERR_LIMIT;
    head_line line = {0, 0, 0};
    bool complete = find_line(bytes, 0, available, &line);
    while (complete && line.begin == line.end) {
        extent->lines++;
        extent->start_offset = line.next;
        complete = find_line(bytes, line.next, available, &line);
    }
    size_t start = extent->start_offset;
    size_t start_size = (complete ? line.end : available) - start;
    if (start_size > 0 && !start_line_possible(kind, bytes + start, start_size, complete))
        return WS_ERR_SYNTAX;
    while (complete) {
        extent->lines++;
        complete = find_line(bytes, line.next, available, &line);
        if (complete && line.begin == line.end) {
            extent->lines++;
            extent->size = line.next;
            return (long)line.next;
        }
        if (complete && !is_blank(bytes[line.begin]) && ++extent->fields > limits->max_fields)
            return WS_ERR_LIMIT;
    }
    return undecided;
}

/* ---- second pass: reading the copy ---- */

typedef struct owned_head {
    ws_http_head head; /* first: its address is what the caller holds */
    ws_http_field *fields;
    ws_http_finding *findings;
    uint8_t octets[];
} owned_head;

typedef struct head_reader {
    owned_head *owned;
    size_t max_findings;
    bool found[WS_HTTP_DEVIATION_COUNT]; /* in the line that is being read */
} head_reader;

static void record(head_reader *reader, ws_http_deviation kind, size_t offset) {
    ws_http_head *head = &reader->owned->head;
    if (reader->found[kind] || head->finding_count == reader->max_findings)
        return;
    reader->found[kind] = true;
    reader->owned->findings[head->finding_count++] = (ws_http_finding){kind, offset};
}

static ws_span span_at(const head_reader *reader, size_t begin, size_t end) {
    return (ws_span){reader->owned->octets + begin, end - begin};
}

/* White space of a start line; between two elements it has to be one space (RFC 9112 3, 4). */
static void check_gap(head_reader *reader, size_t begin, size_t end, bool between) {
    for (size_t i = begin; i < end; i++) {
        uint8_t octet = reader->owned->octets[i];
        if (octet == '\r')
            record(reader, WS_HTTP_BARE_CR, i);
        else if (!between || i > begin || octet != ' ')
            record(reader, WS_HTTP_START_LINE_SPACE, i);
    }
}

static void check_name(head_reader *reader, size_t begin, size_t end, ws_http_deviation kind) {
    if (begin == end)
        record(reader, kind, begin);
    for (size_t i = begin; i < end; i++) {
        uint8_t octet = reader->owned->octets[i];
        if (octet == '\r')
            record(reader, WS_HTTP_BARE_CR, i);
        if (!ws_http_is_tchar(octet))
            record(reader, kind, i);
    }
}

static void check_target(head_reader *reader, size_t begin, size_t end) {
    if (begin == end)
        record(reader, WS_HTTP_TARGET, begin);
    for (size_t i = begin; i < end; i++) {
        uint8_t octet = reader->owned->octets[i];
        if (octet == '\r')
            record(reader, WS_HTTP_BARE_CR, i);
        else if (!is_visible(octet))
            record(reader, WS_HTTP_TARGET, i);
    }
}

/* A value or, with control == WS_HTTP_REASON, a reason phrase, which may hold obs-text (RFC 9112 4). */
static void check_text(head_reader *reader, size_t begin, size_t end, ws_http_deviation control) {
    for (size_t i = begin; i < end; i++) {
        uint8_t octet = reader->owned->octets[i];
        if (octet == '\r')
            record(reader, WS_HTTP_BARE_CR, i);
        else if (is_control(octet))
            record(reader, control, i);
        else if (octet > 0x7f && control == WS_HTTP_VALUE_CONTROL)
            record(reader, WS_HTTP_VALUE_NON_ASCII, i);
    }
}

static bool is_version(ws_span text) {
    return text.size == 8 && memcmp(text.data, "HTTP/", 5) == 0 && is_digit(text.data[5]) &&
           text.data[6] == '.' && is_digit(text.data[7]);
}

static void read_version(head_reader *reader, size_t begin, size_t end) {
    ws_http_head *head = &reader->owned->head;
    head->version = span_at(reader, begin, end);
    if (is_version(head->version)) {
        head->major = head->version.data[5] - '0';
        head->minor = head->version.data[7] - '0';
    } else {
        head->major = head->minor = -1;
        record(reader, WS_HTTP_VERSION, begin);
    }
}

/* The method is the first word and the version the last; what is between is the target, white space included.
 */
static void read_request_line(head_reader *reader, head_line line) {
    const uint8_t *octets = reader->owned->octets;
    ws_http_head *head = &reader->owned->head;
    size_t method = skip_separators(octets, line.begin, line.end);
    size_t method_end = skip_word(octets, method, line.end);
    size_t target = skip_separators(octets, method_end, line.end);
    size_t end = line.end;
    while (is_separator(octets[end - 1]))
        end--;
    size_t version = end;
    while (version > target && !is_separator(octets[version - 1]))
        version--;
    /* Two words: one element is missing, the version unless the second word is one. */
    if (version == target && !is_version(span_at(reader, target, end)))
        version = end;
    size_t target_end = version;
    while (version < end && target_end > target && is_separator(octets[target_end - 1]))
        target_end--;
    head->method = span_at(reader, method, method_end);
    head->target = span_at(reader, target, target_end);
    check_gap(reader, line.begin, method, false);
    check_name(reader, method, method_end, WS_HTTP_METHOD);
    check_gap(reader, method_end, target, true);
    check_target(reader, target, target_end);
    check_gap(reader, target_end, version, true);
    read_version(reader, version, end);
    check_gap(reader, end, line.end, false);
}

static void read_status(head_reader *reader, size_t begin, size_t end) {
    const uint8_t *octets = reader->owned->octets;
    int status = 0;
    for (size_t i = begin; i < end && status >= 0; i++)
        status = is_digit(octets[i]) && status < 100 ? status * 10 + (octets[i] - '0') : -1;
    if (end == begin || end - begin > 3)
        status = -1;
    if (status < 0 || end - begin != 3)
        record(reader, WS_HTTP_STATUS, begin);
    reader->owned->head.status = status;
}

/* Behind the status code comes a space, then the reason phrase, which may be empty and may hold white space
 * wherever it likes. */
static void read_status_line(head_reader *reader, head_line line) {
    const uint8_t *octets = reader->owned->octets;
    size_t version = skip_separators(octets, line.begin, line.end);
    size_t version_end = skip_word(octets, version, line.end);
    size_t status = skip_separators(octets, version_end, line.end);
    size_t status_end = skip_word(octets, status, line.end);
    size_t reason = status_end < line.end ? status_end + 1 : line.end;
    check_gap(reader, line.begin, version, false);
    read_version(reader, version, version_end);
    check_gap(reader, version_end, status, true);
    read_status(reader, status, status_end);
    if (status < status_end && status_end == line.end)
        record(reader, WS_HTTP_REASON_SPACE, line.end);
    check_gap(reader, status_end, reason, true);
    reader->owned->head.reason = span_at(reader, reason, line.end);
    check_text(reader, reason, line.end, WS_HTTP_REASON);
}

static void read_field(head_reader *reader, head_line line) {
    uint8_t *octets = reader->owned->octets;
    ws_http_field *field = &reader->owned->fields[reader->owned->head.field_count++];
    const uint8_t *found = memchr(octets + line.begin, ':', line.end - line.begin);
    field->offset = line.begin;
    if (!found) {
        record(reader, WS_HTTP_NO_COLON, line.begin);
        const uint8_t *bare = memchr(octets + line.begin, '\r', line.end - line.begin);
        if (bare)
            record(reader, WS_HTTP_BARE_CR, (size_t)(bare - octets));
        field->name = span_at(reader, line.begin, line.end);
        field->value = span_at(reader, line.end, line.end);
        return;
    }
    size_t colon = (size_t)(found - octets);
    size_t name_end = cut_blanks(octets, line.begin, colon);
    size_t value = skip_blanks(octets, colon + 1, line.end);
    field->name = span_at(reader, line.begin, name_end);
    field->value = span_at(reader, value, cut_blanks(octets, value, line.end));
    check_name(reader, line.begin, name_end, WS_HTTP_NAME);
    if (name_end < colon)
        record(reader, WS_HTTP_SPACE_BEFORE_COLON, name_end);
    check_text(reader, value, line.end, WS_HTTP_VALUE_CONTROL);
}

/* A line that begins with white space continues the value of the field before it: obs-fold is replaced by
 * one space (RFC 9112 5.2), in place. Before the first field such lines are passed over (2.2). */
static void read_continuation(head_reader *reader, head_line line) {
    uint8_t *octets = reader->owned->octets;
    size_t count = reader->owned->head.field_count;
    record(reader, count ? WS_HTTP_FOLDED : WS_HTTP_SPACE_BEFORE_FIRST, line.begin);
    check_text(reader, line.begin, line.end, WS_HTTP_VALUE_CONTROL);
    size_t begin = skip_blanks(octets, line.begin, line.end);
    size_t end = cut_blanks(octets, begin, line.end);
    if (count == 0 || begin == end)
        return;
    ws_span *value = &reader->owned->fields[count - 1].value;
    uint8_t *tail = octets + (value->data - octets) + value->size;
    if (value->size > 0) {
        *tail++ = ' ';
        value->size++;
    }
    memmove(tail, octets + begin, end - begin);
    value->size += end - begin;
}

static void read_line(head_reader *reader, head_line line) {
    ws_http_head *head = &reader->owned->head;
    memset(reader->found, 0, sizeof(reader->found));
    if (line.begin < head->start_offset)
        record(reader, WS_HTTP_LEADING_EMPTY_LINE, line.begin);
    else if (line.begin == head->start_offset)
        (head->kind == WS_HTTP_REQUEST ? read_request_line : read_status_line)(reader, line);
    else if (line.begin < line.end && is_blank(reader->owned->octets[line.begin]))
        read_continuation(reader, line);
    else if (line.begin < line.end)
        read_field(reader, line);
    if (line.next - line.end == 1)
        record(reader, WS_HTTP_BARE_LF, line.end);
}

static size_t findings_possible(const head_extent *extent, const ws_http_limits *limits) {
    size_t enough = extent->lines * WS_HTTP_DEVIATION_COUNT;
    return limits->max_findings < enough ? limits->max_findings : enough;
}

static owned_head *new_head(const head_extent *extent, size_t max_findings) {
    owned_head *owned = malloc(sizeof(*owned) + extent->size);
    if (!owned)
        return NULL;
    owned->fields = calloc(extent->fields + 1, sizeof(*owned->fields));
    owned->findings = calloc(max_findings, sizeof(*owned->findings));
    if (!owned->fields || !owned->findings) {
        ws_http_head_free(&owned->head);
        return NULL;
    }
    owned->head = (ws_http_head){.start_offset = extent->start_offset, .size = extent->size};
    owned->head.fields = owned->fields;
    owned->head.findings = owned->findings;
    return owned;
}

static ws_http_limits effective_limits(const ws_http_limits *given) {
    ws_http_limits limits = given ? *given : (ws_http_limits){0, 0, 0};
    if (limits.max_size == 0)
        limits.max_size = DEFAULT_MAX_SIZE;
    if (limits.max_size > LONG_MAX / 2)
        limits.max_size = LONG_MAX / 2;
    if (limits.max_fields == 0)
        limits.max_fields = DEFAULT_MAX_FIELDS;
    if (limits.max_findings == 0)
        limits.max_findings = DEFAULT_MAX_FINDINGS;
    return limits;
}

long ws_http_parse(const uint8_t *bytes, size_t size, ws_http_kind kind, const ws_http_limits *limits,
                   ws_http_head **head) {
    ws_http_limits caps = effective_limits(limits);
    head_extent extent = {0};
    long used = measure(bytes, size, kind, &caps, &extent);
    if (used <= 0)
        return used;
    head_reader reader = {.max_findings = findings_possible(&extent, &caps)};
    reader.owned = new_head(&extent, reader.max_findings);
    if (!reader.owned)
        return WS_ERR_MEMORY;
    reader.owned->head.kind = kind;
    memcpy(reader.owned->octets, bytes, extent.size);
    head_line line = {0, 0, 0};
    while (find_line(reader.owned->octets, line.next, extent.size, &line))
        read_line(&reader, line);
    *head = &reader.owned->head;
    return used;
}

void ws_http_head_free(ws_http_head *head) {
    if (!head)
        return;
    owned_head *owned = (owned_head *)head;
    free(owned->fields);
    free(owned->findings);
    free(owned);
}

/* ---- questions about a head ---- */

const ws_http_field *ws_http_field_get(const ws_http_head *head, const char *name, size_t n) {
    const ws_span wanted = ws_span_of(name);
    for (size_t i = 0; i < head->field_count; i++)
        if (ws_span_equal_nocase(head->fields[i].name, wanted) && n-- == 0)
            return &head->fields[i];
    return NULL;
}

size_t ws_http_field_count(const ws_http_head *head, const char *name) {
    const ws_span wanted = ws_span_of(name);
    size_t count = 0;
    for (size_t i = 0; i < head->field_count; i++)
        count += ws_span_equal_nocase(head->fields[i].name, wanted);
    return count;
}

/* Takes the next element that is not empty off a list of tokens, in which no comma can be quoted. */
static bool next_element(ws_span *list, ws_span *element) {
    while (list->size > 0) {
        const uint8_t *comma = memchr(list->data, ',', list->size);
        size_t length = comma ? (size_t)(comma - list->data) : list->size;
        size_t begin = skip_blanks(list->data, 0, length);
        size_t end = cut_blanks(list->data, begin, length);
        size_t used = comma ? length + 1 : length;
        *element = (ws_span){list->data + begin, end - begin};
        *list = (ws_span){list->data + used, list->size - used};
        if (element->size > 0)
            return true;
    }
    return false;
}

bool ws_http_list_has(const ws_http_head *head, const char *name, const char *token) {
    const ws_span wanted = ws_span_of(token);
    for (size_t i = 0; i < head->field_count; i++) {
        if (!ws_span_equal_nocase(head->fields[i].name, ws_span_of(name)))
            continue;
        ws_span list = head->fields[i].value;
        ws_span element;
        while (next_element(&list, &element))
            if (ws_span_equal_nocase(element, wanted))
                return true;
    }
    return false;
}

size_t ws_http_list_items(const ws_http_head *head, const char *name, ws_span *items, size_t max) {
    size_t count = 0;
    for (size_t i = 0; i < head->field_count; i++) {
        if (!ws_span_equal_nocase(head->fields[i].name, ws_span_of(name)))
            continue;
        ws_span list = head->fields[i].value;
        ws_span element;
        while (next_element(&list, &element)) {
            if (count < max)
                items[count] = element;
            count++;
        }
    }
    return count;
}

bool ws_http_has_finding(const ws_http_head *head, ws_http_deviation kind) {
    for (size_t i = 0; i < head->finding_count; i++)
        if (head->findings[i].kind == kind)
            return true;
    return false;
}
