#include "support/octets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse(const char *notation, const char *at) {
    fprintf(stderr, "octets_read: \"%s\": not understood from \"%s\" on\n", notation, at);
    abort();
}

static void append(ws_buffer *out, const void *octets, size_t size) {
    if (ws_buffer_append(out, octets, size) != WS_OK)
        abort();
}

static unsigned hex_value(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *found = digit ? strchr(digits, digit) : NULL;
    return found ? (unsigned)(found - digits) : 16;
}

static const char *read_text(const char *notation, const char *at, ws_buffer *out) {
    const char *end = strchr(at + 1, '\'');
    if (!end)
        refuse(notation, at);
    append(out, at + 1, (size_t)(end - at - 1));
    return end + 1;
}

static const char *read_repeat(const char *notation, const char *at, ws_buffer *out) {
    char *end;
    unsigned long times = strtoul(at + 1, &end, 10);
    if (end == at + 1 || times == 0 || out->size == 0)
        refuse(notation, at);
    uint8_t octet = out->data[out->size - 1];
    while (--times > 0)
        append(out, &octet, 1);
    return end;
}

static const char *read_hex(const char *notation, const char *at, ws_buffer *out) {
    unsigned high = hex_value(at[0]);
    unsigned low = high < 16 ? hex_value(at[1]) : 16;
    if (low == 16)
        refuse(notation, at);
    append(out, &(uint8_t){(uint8_t)(high << 4 | low)}, 1);
    return at + 2;
}

void octets_read(const char *notation, ws_buffer *out) {
    const char *at = notation;
    while (*at) {
        if (*at == ' ')
            at++;
        else if (*at == '\'')
            at = read_text(notation, at, out);
        else if (*at == '*')
            at = read_repeat(notation, at, out);
        else
            at = read_hex(notation, at, out);
    }
}
