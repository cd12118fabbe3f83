/* Generators: "for" makes many rows of one. */
#include "play/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void play_reader_complain(play_reader *reader, ws_status status, const char *format, ...) {
    if (reader->status != WS_OK)
        return;
    reader->status = status;
    if (reader->error_size == 0)
        return;
    char sentence[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    snprintf(reader->error, reader->error_size, "%s: %s%s%sat %s: %s", reader->table,
             reader->case_id ? "case " : "", reader->case_id ? reader->case_id : "",
             reader->case_id ? ": " : "", reader->pointer[0] ? reader->pointer : "/", sentence);
}

/* '~' and '/' inside a name are written ~0 and ~1 (RFC 6901 3). A pointer that is too long is cut. */
size_t play_reader_enter(play_reader *reader, const char *member) {
    size_t mark = strlen(reader->pointer), at = mark;
    char *pointer = reader->pointer;
    if (at + 1 < sizeof reader->pointer)
        pointer[at++] = '/';
    for (; *member && at + 2 < sizeof reader->pointer; member++) {
        bool escaped = *member == '~' || *member == '/';
        pointer[at++] = escaped ? '~' : *member;
        if (escaped)
            pointer[at++] = *member == '~' ? '0' : '1';
    }
    pointer[at] = '\0';
    return mark;
}

size_t play_reader_enter_index(play_reader *reader, size_t index) {
    char text[24];
    snprintf(text, sizeof text, "%zu", index);
    return play_reader_enter(reader, text);
}

void play_reader_leave(play_reader *reader, size_t mark) {
    reader->pointer[mark] = '\0';
}

/* ------------------------------------------------------------------ substitution */

/* The values that the generator's names have in one case. */
typedef struct scope {
    play_reader *reader;
    const json_t *values;
} scope;

/* Appends the text of a bound value; false when it has none. */
static bool append_value(const scope *names, ws_buffer *out, const json_t *value) {
    if (json_is_string(value))
        return ws_buffer_append(out, json_string_value(value), json_string_length(value)) == WS_OK;
    if (json_is_integer(value))
        return ws_buffer_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) == WS_OK;
    if (json_is_real(value))
        return ws_buffer_printf(out, "%g", json_real_value(value)) == WS_OK;
    play_reader_complain(names->reader, WS_ERR_SYNTAX,
                         "a name inside a string or key must stand for a string or a number");
    return false;
}

/* The value bound to the name between braces at text, and how long "{name}" is; NULL when it is not a bound
 * name. */
static const json_t *bound_at(const scope *names, const char *text, size_t size, size_t *length) {
    const char *end = size > 0 && text[0] == '{' ? memchr(text, '}', size) : NULL;
    if (!end || end - text > 64)
        return NULL;
    char name[65];
    size_t name_size = (size_t)(end - text) - 1;
    memcpy(name, text + 1, name_size);
    name[name_size] = '\0';
    *length = name_size + 2;
    return json_object_get(names->values, name);
}

/* Text with every bound "{name}" replaced; false when memory is out or a value has no text. */
static bool substitute_text(const scope *names, const char *text, size_t size, ws_buffer *out) {
    for (size_t i = 0; i < size;) {
        size_t length = 0;
        const json_t *value = bound_at(names, text + i, size - i, &length);
        bool fine = value ? append_value(names, out, value) : ws_buffer_append(out, text + i, 1) == WS_OK;
        if (!fine)
            return false;
        i += value ? length : 1;
    }
    return true;
}

static json_t *substitute(const scope *names, const json_t *value);

static json_t *substitute_string(const scope *names, const json_t *value) {
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    size_t length = 0;
    const json_t *whole = bound_at(names, text, size, &length);
    if (whole && length == size)
        return json_deep_copy(whole);
    ws_buffer out;
    ws_buffer_init(&out, 1 << 20);
    json_t *result = substitute_text(names, text, size, &out)
                         ? json_stringn((const char *)(out.data ? out.data : (const uint8_t *)""), out.size)
                         : NULL;
    ws_buffer_clear(&out);
    return result;
}

static json_t *substitute_object(const scope *names, const json_t *value) {
    json_t *result = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        ws_buffer name;
        ws_buffer_init(&name, 4096);
        bool fine = result && substitute_text(names, key, strlen(key), &name) &&
                    ws_buffer_terminate(&name) == WS_OK &&
                    json_object_set_new(result, (const char *)name.data, substitute(names, member)) == 0;
        ws_buffer_clear(&name);
        if (!fine) {
            json_decref(result);
            return NULL;
        }
    }
    return result;
}

static json_t *substitute_array(const scope *names, const json_t *value) {
    json_t *result = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!result || json_array_append_new(result, substitute(names, json_array_get(value, i))) != 0) {
            json_decref(result);
            return NULL;
        }
    }
    return result;
}

/* A copy of value with bound names replaced. Jansson's parser has capped the depth. */
static json_t *substitute(const scope *names, const json_t *value) {
    if (json_is_string(value))
        return substitute_string(names, value);
    if (json_is_object(value))
        return substitute_object(names, value);
    if (json_is_array(value))
        return substitute_array(names, value);
    return json_deep_copy(value);
}

/* ------------------------------------------------------------------ bindings */

/* The values of one generator name: an array as it is, a range as numbers. A new reference. */
static json_t *values_of(play_reader *reader, json_t *values, size_t max_rows) {
    if (json_is_array(values) && json_array_size(values) > 0)
        return json_incref(values);
    json_t *from = json_object_get(values, "from"), *to = json_object_get(values, "to"),
           *step = json_object_get(values, "step");
    bool others = json_object_size(values) != (step ? 3 : 2);
    if (!json_is_integer(from) || !json_is_integer(to) || (step && !json_is_integer(step)) || others) {
        play_reader_complain(reader, WS_ERR_SYNTAX,
                             "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers");
        return NULL;
    }
    json_int_t width = step ? json_integer_value(step) : 1;
    json_int_t first = json_integer_value(from), last = json_integer_value(to);
    if (width < 1 || last < first || ((uint64_t)last - (uint64_t)first) / (uint64_t)width >= max_rows) {
        play_reader_complain(reader, WS_ERR_LIMIT, "expected from <= to, step >= 1 and at most %zu values",
                             max_rows);
        return NULL;
    }
    uint64_t count = ((uint64_t)last - (uint64_t)first) / (uint64_t)width + 1;
    json_t *array = json_array();
    for (uint64_t i = 0; array && i < count; i++) {
        uint64_t number = (uint64_t)first + i * (uint64_t)width;
        if (json_array_append_new(array, json_integer((json_int_t)number)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    if (!array)
        play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return array;
}

/* Every combination of `bindings` (array of objects) with the values of one more name. Takes over `bindings`.
 */
static json_t *multiply(play_reader *reader, json_t *bindings, const char *name, json_t *values,
                        size_t max_rows) {
    json_t *product = json_array();
    size_t rows = json_array_size(bindings), count = json_array_size(values);
    bool fine = product != NULL;
    if (count > max_rows / (rows ? rows : 1)) {
        play_reader_complain(reader, WS_ERR_LIMIT, "a generator may make at most %zu cases", max_rows);
        fine = false;
    }
    for (size_t i = 0; fine && i < rows; i++)
        for (size_t k = 0; fine && k < count; k++) {
            json_t *binding = json_copy(json_array_get(bindings, i));
            fine = binding && json_object_set(binding, name, json_array_get(values, k)) == 0;
            if (fine)
                fine = json_array_append_new(product, binding) == 0;
            else
                json_decref(binding);
        }
    json_decref(bindings);
    if (fine)
        return product;
    json_decref(product);
    play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return NULL;
}

/* Every object of `left` joined with every object of `right`. A new reference. */
static json_t *join(play_reader *reader, const json_t *left, const json_t *right, size_t max_rows) {
    size_t rows = json_array_size(left), count = json_array_size(right);
    json_t *product = json_array();
    bool fine = product != NULL;
    if (count > max_rows / rows) {
        play_reader_complain(reader, WS_ERR_LIMIT, "a generator may make at most %zu cases", max_rows);
        fine = false;
    }
    for (size_t i = 0; fine && i < rows; i++)
        for (size_t k = 0; fine && k < count; k++) {
            json_t *both = json_copy(json_array_get(left, i));
            fine = both && json_object_update(both, json_array_get(right, k)) == 0 &&
                   json_array_append(product, both) == 0;
            json_decref(both);
        }
    if (fine)
        return product;
    json_decref(product);
    play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return NULL;
}

static json_t *bindings_of(play_reader *reader, json_t *generator, size_t max_rows);

/* Lists of objects: one of each, in every combination. */
static json_t *combinations_of(play_reader *reader, json_t *lists, size_t max_rows) {
    json_t *bindings = json_pack("[{}]");
    for (size_t i = 0; bindings && i < json_array_size(lists); i++) {
        size_t mark = play_reader_enter_index(reader, i);
        json_t *list = bindings_of(reader, json_array_get(lists, i), max_rows);
        json_t *product = list ? join(reader, bindings, list, max_rows) : NULL;
        json_decref(list);
        json_decref(bindings);
        bindings = product;
        play_reader_leave(reader, mark);
    }
    return bindings;
}

static json_t *objects_of(play_reader *reader, json_t *array) {
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!json_is_object(json_array_get(array, i)))
            play_reader_complain(reader, WS_ERR_SYNTAX,
                                 "expected an object for each case, element %zu is none", i);
    if (json_array_size(array) == 0)
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected at least one object");
    return reader->status == WS_OK ? json_incref(array) : NULL;
}

/* An array of objects name -> value, one for each case. A new reference. */
static json_t *bindings_of(play_reader *reader, json_t *generator, size_t max_rows) {
    if (json_is_array(json_array_get(generator, 0)))
        return combinations_of(reader, generator, max_rows);
    if (json_is_array(generator))
        return objects_of(reader, generator);
    if (!json_is_object(generator)) {
        play_reader_complain(reader, WS_ERR_SYNTAX, "expected an object of names or an array of objects");
        return NULL;
    }
    json_t *bindings = json_pack("[{}]");
    const char *name;
    json_t *values;
    json_object_foreach(generator, name, values) {
        size_t mark = play_reader_enter(reader, name);
        json_t *list = bindings ? values_of(reader, values, max_rows) : NULL;
        if (list)
            bindings = multiply(reader, bindings, name, list, max_rows);
        else {
            json_decref(bindings);
            bindings = NULL;
        }
        json_decref(list);
        play_reader_leave(reader, mark);
    }
    return bindings;
}

json_t *play_row_fill(play_reader *reader, const json_t *row, const json_t *values) {
    return substitute(&(scope){reader, values}, row);
}

json_t *play_row_expand(play_reader *reader, const json_t *row, size_t max_rows) {
    json_t *generator = json_object_get(row, "for");
    size_t mark = play_reader_enter(reader, "for");
    json_t *bindings = generator ? bindings_of(reader, generator, max_rows) : json_pack("[{}]");
    play_reader_leave(reader, mark);
    if (!bindings) {
        play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
        return NULL;
    }
    json_t *rows = json_array(), *bare = json_copy((json_t *)row);
    bool fine = rows && bare && (!generator || json_object_del(bare, "for") == 0);
    for (size_t i = 0; fine && i < json_array_size(bindings); i++)
        fine =
            json_array_append_new(rows, substitute(&(scope){reader, json_array_get(bindings, i)}, bare)) == 0;
    json_decref(bare);
    json_decref(bindings);
    if (fine)
        return rows;
    json_decref(rows);
    play_reader_complain(reader, WS_ERR_MEMORY, "out of memory");
    return NULL;
}
