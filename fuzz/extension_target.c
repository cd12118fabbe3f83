/* Sec-WebSocket-Extensions: the lines of the input are field values (the last octet is a choice). A list that
 * is accepted is made of tokens, is the same when it is written again, and the same when its fields are
 * joined by commas (RFC 9110 5.3); a refusal names a place inside a field.
 *
 * Covers: ws_extension_parse, ws_extension_list_free, ws_extension_param_get, ws_http_is_token */
#include "support.h"

#include "wire/extension.h"
#include "wire/http.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 8 };

/* Cuts the text at line ends. */
static size_t split(ws_span text, ws_span values[VALUES_MAX]) {
    size_t count = 0;
    while (count < VALUES_MAX) {
        const uint8_t *end = text.size ? memchr(text.data, '\n', text.size) : NULL;
        size_t size = end && count + 1 < VALUES_MAX ? (size_t)(end - text.data) : text.size;
        values[count++] = (ws_span){text.data, size};
        if (size == text.size)
            break;
        text = (ws_span){text.data + size + 1, text.size - size - 1};
    }
    return count;
}

static void append(ws_buffer *out, const void *octets, size_t size) {
    fuzz_ok(ws_buffer_append(out, octets, size));
}

static void write_list(const ws_extension_list *list, ws_buffer *out) {
    for (size_t i = 0; i < list->count; i++) {
        const ws_extension *extension = &list->items[i];
        append(out, ", ", i ? 2 : 0);
        append(out, extension->name.data, extension->name.size);
        for (size_t j = 0; j < extension->param_count; j++) {
            const ws_extension_param *param = &extension->params[j];
            append(out, "; ", 2);
            append(out, param->name.data, param->name.size);
            if (!param->value.data)
                continue;
            append(out, param->quoted ? "=\"" : "=", param->quoted ? 2 : 1);
            append(out, param->value.data, param->value.size);
            append(out, "\"", param->quoted);
        }
    }
}

static void check_tokens(const ws_extension_list *list) {
    FUZZ_CHECK(list->count > 0, "a list without extensions is accepted");
    for (size_t i = 0; i < list->count; i++) {
        const ws_extension *extension = &list->items[i];
        FUZZ_CHECK(ws_http_is_token(extension->name), "the name of an extension is no token");
        for (size_t j = 0; j < extension->param_count; j++) {
            const ws_extension_param *param = &extension->params[j];
            FUZZ_CHECK(ws_http_is_token(param->name), "the name of a parameter is no token");
            FUZZ_CHECK(!param->value.data || ws_http_is_token(param->value),
                       "the value of a parameter is no token");
            char *name = fuzz_text(param->name);
            const ws_extension_param *found = ws_extension_param_get(extension, name);
            FUZZ_CHECK(found && found <= param && ws_span_equal(found->name, param->name),
                       "a parameter is not found");
            free(name);
        }
        FUZZ_CHECK(!ws_extension_param_get(extension, ""), "a parameter without a name is found");
    }
}

/* Whether the text gives the list as it was written. */
static void check_same(ws_span text, const ws_buffer *written, const char *what) {
    ws_extension_list *list = NULL;
    FUZZ_CHECK(ws_extension_parse(&text, 1, &list, NULL, NULL) == WS_OK, "%s, the list is refused", what);
    ws_buffer again;
    ws_buffer_init(&again, 0);
    write_list(list, &again);
    FUZZ_CHECK(ws_span_equal(ws_buffer_span(&again), ws_buffer_span(written)), "%s, the list is another",
               what);
    ws_buffer_clear(&again);
    ws_extension_list_free(list);
}

static void join(const ws_span *values, size_t count, ws_buffer *out) {
    for (size_t i = 0; i < count; i++) {
        append(out, ",", i > 0);
        append(out, values[i].data, values[i].size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { CAP = 1 << 16, NEAR_CAPS = 60000 };
    ws_span values[VALUES_MAX];
    fuzz_input input = {data, size};
    bool beyond_cap = fuzz_take(&input) == 0xff; /* the lines over and over */
    ws_buffer lines;
    ws_buffer_init(&lines, 0);
    do {
        fuzz_ok(ws_buffer_append(&lines, input.data, input.size));
        fuzz_ok(ws_buffer_append(&lines, "\n", beyond_cap));
    } while (beyond_cap && lines.size <= CAP + 16);
    size = lines.size;
    uint8_t *copy = fuzz_copy(lines.data, size);
    ws_buffer_clear(&lines);
    size_t count = split((ws_span){copy, size}, values);
    ws_extension_list *list = NULL;
    size_t field = SIZE_MAX, offset = SIZE_MAX;
    ws_status status = ws_extension_parse(values, count, &list, &field, &offset);
    ws_buffer joined, written;
    ws_buffer_init(&joined, 0);
    ws_buffer_init(&written, 0);
    join(values, count, &joined);
    ws_span whole = ws_buffer_span(&joined);
    if (status == WS_OK) {
        check_tokens(list);
        write_list(list, &written);
        check_same(ws_buffer_span(&written), &written, "written again");
        if (size < NEAR_CAPS)
            check_same(whole, &written, "in one field");
        ws_extension_list_free(list);
    } else if (status == WS_ERR_SYNTAX) {
        FUZZ_CHECK(field < count && offset <= values[field].size,
                   "the place of an error is outside of the fields");
        FUZZ_CHECK(ws_extension_parse(&whole, 1, &list, NULL, NULL) != WS_OK || size >= NEAR_CAPS,
                   "in one field, the list is accepted");
    } else {
        FUZZ_CHECK(status == WS_ERR_LIMIT, "unexpected: %s", ws_status_strerror(status));
    }
    ws_extension_list_free(NULL);
    ws_buffer_clear(&joined);
    ws_buffer_clear(&written);
    free(copy);
    return 0;
}
