#include "wire/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ws_status_strerror(ws_status status) {
    switch (status) {
    case WS_OK:
        return "no error";
    case WS_ERR_MEMORY:
        return "out of memory";
    case WS_ERR_LIMIT:
        return "a size limit was reached";
    case WS_ERR_ARGUMENT:
        return "invalid argument";
    case WS_ERR_SYNTAX:
        return "malformed input";
    case WS_ERR_IO:
        return "input/output error";
    }
    return "unknown status";
}

ws_span ws_span_of(const char *text) {
    return (ws_span){(const uint8_t *)text, strlen(text)};
}

bool ws_span_equal(ws_span a, ws_span b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static uint8_t fold(uint8_t octet) {
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + ('a' - 'A')) : octet;
}

bool ws_span_equal_nocase(ws_span a, ws_span b) {
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (fold(a.data[i]) != fold(b.data[i]))
            return false;
    return true;
}

void ws_buffer_init(ws_buffer *buffer, size_t limit) {
    *buffer = (ws_buffer){.limit = limit ? limit : SIZE_MAX};
}

void ws_buffer_clear(ws_buffer *buffer) {
    free(buffer->data);
    ws_buffer_init(buffer, buffer->limit);
}

ws_status ws_buffer_reserve(ws_buffer *buffer, size_t more) {
    if (more > buffer->limit - buffer->size)
        return WS_ERR_LIMIT;
    size_t needed = buffer->size + more;
    if (needed <= buffer->capacity)
        return WS_OK;
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    uint8_t *grown = realloc(buffer->data, capacity);
    if (!grown)
        return WS_ERR_MEMORY;
    buffer->data = grown;
    buffer->capacity = capacity;
    return WS_OK;
}

ws_status ws_buffer_append(ws_buffer *buffer, const void *data, size_t size) {
    if (size == 0)
        return WS_OK;
    ws_status status = ws_buffer_reserve(buffer, size);
    if (status != WS_OK)
        return status;
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    return WS_OK;
}

ws_status ws_buffer_append_text(ws_buffer *buffer, const char *text) {
    return ws_buffer_append(buffer, text, strlen(text));
}

ws_status ws_buffer_printf(ws_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return WS_ERR_ARGUMENT;
    /* One octet more than the text: vsnprintf writes a NUL behind it. */
    size_t size = (size_t)length;
    if (size > buffer->limit - buffer->size)
        return WS_ERR_LIMIT;
    char *text = malloc(size + 1);
    if (!text)
        return WS_ERR_MEMORY;
    va_start(arguments, format);
    vsnprintf(text, size + 1, format, arguments);
    va_end(arguments);
    ws_status status = ws_buffer_append(buffer, text, size);
    free(text);
    return status;
}

void ws_buffer_consume(ws_buffer *buffer, size_t size) {
    if (size >= buffer->size) {
        buffer->size = 0;
        return;
    }
    memmove(buffer->data, buffer->data + size, buffer->size - size);
    buffer->size -= size;
}

ws_status ws_buffer_terminate(ws_buffer *buffer) {
    ws_status status = ws_buffer_append(buffer, "", 1);
    if (status == WS_OK)
        buffer->size--;
    return status;
}
