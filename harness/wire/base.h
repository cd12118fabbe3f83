/* What every file of wire shares: status codes, borrowed spans, capped byte buffers, roles.
 *
 * Error idiom of the whole project: a function that can fail returns a ws_status (0 or a negative
 * value) and leaves its arguments as they were, unless it says otherwise. */
#ifndef WIRE_BASE_H
#define WIRE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ws_status {
    WS_OK = 0,
    WS_ERR_MEMORY = -1,   /* an allocation failed */
    WS_ERR_LIMIT = -2,    /* a cap given by the caller was reached */
    WS_ERR_ARGUMENT = -3, /* the caller broke a precondition */
    WS_ERR_SYNTAX = -4,   /* input does not follow its grammar */
    WS_ERR_IO = -5        /* the operating system or a library refused */
} ws_status;

/* One English clause without full stop; never NULL. */
const char *ws_status_strerror(ws_status status);

/* Which end of a connection an endpoint is (RFC 6455 1.2). */
typedef enum ws_role { WS_CLIENT = 0, WS_SERVER = 1 } ws_role;

/* Borrowed octets. The lifetime is stated where a span is handed out. Not NUL-terminated. */
typedef struct ws_span {
    const uint8_t *data;
    size_t size;
} ws_span;

ws_span ws_span_of(const char *text); /* borrows a C string */
bool ws_span_equal(ws_span a, ws_span b);
/* ASCII case folding only (RFC 6455 2.1): no other octet is folded. */
bool ws_span_equal_nocase(ws_span a, ws_span b);

/* A growable byte buffer that never exceeds `limit` octets. */
typedef struct ws_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t limit;
} ws_buffer;

/* limit 0 means SIZE_MAX. Allocates nothing. */
void ws_buffer_init(ws_buffer *buffer, size_t limit);
/* Frees the octets; the buffer may be used again. */
void ws_buffer_clear(ws_buffer *buffer);
/* WS_ERR_MEMORY or WS_ERR_LIMIT leave the buffer unchanged. data may be NULL when size is 0. */
ws_status ws_buffer_append(ws_buffer *buffer, const void *data, size_t size);
ws_status ws_buffer_append_text(ws_buffer *buffer, const char *text);
/* printf into the buffer; the terminating NUL is not stored. */
ws_status ws_buffer_printf(ws_buffer *buffer, const char *format, ...);
/* Makes room for `more` further octets; data+size may then be written and size raised by the caller. */
ws_status ws_buffer_reserve(ws_buffer *buffer, size_t more);
/* Drops the first `size` octets. */
void ws_buffer_consume(ws_buffer *buffer, size_t size);
/* Appends a NUL that is not counted in size, so that data is a C string. */
ws_status ws_buffer_terminate(ws_buffer *buffer);
static inline ws_span ws_buffer_span(const ws_buffer *buffer) {
    return (ws_span){buffer->data, buffer->size};
}

#endif
