/* Capped buffers do what their octets, appended and dropped in an array, would do; a full one refuses and
 * stays as it was. Also the small things of base.h.
 *
 * Covers: ws_buffer_init, ws_buffer_append, ws_buffer_append_text, ws_buffer_printf, ws_buffer_reserve,
 * ws_buffer_consume, ws_buffer_terminate, ws_buffer_clear, ws_span_equal, ws_span_equal_nocase,
 * ws_status_strerror */
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { MODEL_MAX = 1 << 16 };

typedef struct model {
    uint8_t octets[MODEL_MAX];
    size_t size, limit;
} model;

static void check_append(ws_buffer *buffer, model *m, ws_status status, const uint8_t *octets, size_t size) {
    bool fits = size <= m->limit - m->size;
    FUZZ_CHECK(status == (fits ? WS_OK : WS_ERR_LIMIT), "%zu octets to %zu of %zu: %s", size, m->size,
               m->limit, ws_status_strerror(status));
    if (fits && size > 0)
        memcpy(m->octets + m->size, octets, size);
    m->size += fits ? size : 0;
    FUZZ_CHECK(buffer->size == m->size && buffer->size <= buffer->limit, "a buffer has %zu octets, not %zu",
               buffer->size, m->size);
}

static void append_formatted(ws_buffer *buffer, model *m, ws_span piece) {
    char *text = fuzz_text(piece);
    ws_status status = ws_buffer_printf(buffer, "%s", text);
    check_append(buffer, m, status, (const uint8_t *)text, strlen(text));
    free(text);
}

static void append_text(ws_buffer *buffer, model *m, ws_span piece) {
    char *text = fuzz_text(piece);
    check_append(buffer, m, ws_buffer_append_text(buffer, text), (const uint8_t *)text, strlen(text));
    free(text);
}

static void terminate(ws_buffer *buffer, const model *m) {
    bool fits = m->size < m->limit;
    FUZZ_CHECK((ws_buffer_terminate(buffer) == WS_OK) == fits, "a NUL does not fit, or does");
    FUZZ_CHECK(!fits || buffer->data[buffer->size] == 0, "there is no NUL");
}

static void consume(ws_buffer *buffer, model *m, size_t size) {
    ws_buffer_consume(buffer, size);
    size_t gone = size < m->size ? size : m->size;
    memmove(m->octets, m->octets + gone, m->size - gone);
    m->size -= gone;
}

static void reserve(ws_buffer *buffer, const model *m, size_t size) {
    bool fits = size <= m->limit - m->size;
    FUZZ_CHECK((ws_buffer_reserve(buffer, size) == WS_OK) == fits, "room for %zu octets", size);
    if (fits && size > 0)
        memset(buffer->data + buffer->size, 0x5a, size);
}

static void step(ws_buffer *buffer, model *m, uint8_t deed, ws_span piece) {
    if (deed % 6 == 0)
        append_formatted(buffer, m, piece);
    else if (deed % 6 == 1)
        append_text(buffer, m, piece);
    else if (deed % 6 == 2)
        terminate(buffer, m);
    else if (deed % 6 == 3)
        consume(buffer, m, piece.size);
    else if (deed % 6 == 4)
        reserve(buffer, m, piece.size);
    else
        check_append(buffer, m, ws_buffer_append(buffer, piece.data, piece.size), piece.data, piece.size);
    FUZZ_CHECK(m->size == 0 || memcmp(buffer->data, m->octets, m->size) == 0, "a buffer holds other octets");
}

static void check_spans(ws_span a, ws_span b) {
    bool equal = a.size == b.size, folded = equal;
    for (size_t i = 0; i < a.size && a.size == b.size; i++) {
        bool letter = (a.data[i] | 32) >= 'a' && (a.data[i] | 32) <= 'z';
        equal = equal && a.data[i] == b.data[i];
        folded = folded && (a.data[i] == b.data[i] || (letter && (a.data[i] ^ b.data[i]) == 32));
    }
    FUZZ_CHECK(ws_span_equal(a, b) == equal && ws_span_equal_nocase(a, b) == folded,
               "spans are compared wrong");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static model m;
    fuzz_input input = {data, size < MODEL_MAX / 8 ? size : MODEL_MAX / 8};
    uint8_t limit = fuzz_take(&input);
    m.size = 0;
    m.limit = limit ? (size_t)limit * 16 : MODEL_MAX;
    ws_buffer buffer;
    ws_buffer_init(&buffer, m.limit);
    for (unsigned steps = 0; steps < 64 && input.size > 0; steps++) {
        uint8_t deed = fuzz_take(&input);
        size_t piece = fuzz_take(&input);
        if (piece > input.size || deed & 0x80)
            piece = input.size;
        step(&buffer, &m, deed & 0x7f, (ws_span){input.data, piece});
        check_spans((ws_span){input.data, piece / 2}, (ws_span){input.data + piece / 2, piece / 2});
    }
    for (int status = -7; status <= 0; status++)
        FUZZ_CHECK(ws_status_strerror((ws_status)status)[0], "a status without words");
    ws_buffer_clear(&buffer);
    FUZZ_CHECK(!buffer.data && buffer.limit == m.limit && buffer.size == 0, "a buffer is not cleared");
    ws_buffer unlimited;
    ws_buffer_init(&unlimited, 0);
    FUZZ_CHECK(unlimited.limit == SIZE_MAX, "a buffer without limit has one");
    return 0;
}
