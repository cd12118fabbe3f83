/* A template: copy this file, and put your parser where the toy stands. As it is it compiles, and is a
 * parser: one that reads frames but checks next to nothing, and says so in its flags.
 *
 * Five places want a change; each has a comment that begins with a number. */
#include "wspect_parser.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the toy, in place of your parser */

enum { HEADER_MAX = 14 };

typedef struct toy {
    uint8_t header[HEADER_MAX];
    size_t header_size;
    uint64_t done; /* octets of the payload read */
} toy;

/* How long the header is, as far as its octets tell: 2 at first. */
static size_t toy_header_size(const toy *t) {
    if (t->header_size < 2)
        return 2;
    uint8_t length = t->header[1] & 0x7f;
    return 2u + (length == 127 ? 8u : length == 126 ? 2u : 0u) + ((t->header[1] & 0x80) ? 4u : 0u);
}

static uint64_t toy_length(const toy *t) {
    uint8_t first = t->header[1] & 0x7f;
    size_t octets = first == 127 ? 8 : first == 126 ? 2 : 0;
    uint64_t length = octets ? 0 : first;
    for (size_t i = 0; i < octets; i++)
        length = length << 8 | t->header[2 + i];
    return length;
}

static void toy_unmask(const toy *t, uint8_t *octets, size_t size) {
    const uint8_t *key = t->header + toy_header_size(t) - 4;
    if (t->header[1] & 0x80)
        for (size_t i = 0; i < size; i++)
            octets[i] ^= key[(t->done + i) % 4];
}

/* ------------------------------------------------------------------ the adapter */

/* 1. What one connection needs: your parser's context, and where events go. */
struct wspect_parser {
    toy toy;
    wspect_parser_options options;
    wspect_parser_sink *sink;
    void *context;
    uint8_t control[125 + 2];
    size_t control_size;
};

const wspect_parser_info *wspect_parser_describe(void) {
    /* 2. Your parser's name, and what it promises to check. WSPECT_CHECKS_ALL is what a whole WebSocket
     * library promises; leave WSPECT_REPORTS_FRAMES out when you report messages. */
    static const wspect_parser_info info = {WSPECT_PARSER_ABI, "template", WSPECT_REPORTS_FRAMES};
    return &info;
}

wspect_parser *wspect_parser_new(const wspect_parser_options *options, wspect_parser_sink *sink,
                                 void *context) {
    wspect_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    /* 3. Make a context of your parser, as the server's or the client's side, with options->max_message as
     * the limit. Give it no way to send: what it would send is of no interest here. */
    parser->options = *options;
    parser->sink = sink;
    parser->context = context;
    return parser;
}

/* 4. Your parser's callbacks become events. This one streams: data goes on in pieces, as it comes. */
static void report(wspect_parser *parser, uint8_t *octets, size_t size, int last) {
    wspect_parser_event event = {.opcode = parser->toy.header[0] & 0xf,
                                 .fin = parser->toy.header[0] >> 7,
                                 .last = (uint8_t)last,
                                 .payload = octets,
                                 .size = size};
    if (event.opcode != 0x8) {
        parser->sink(parser->context, &event);
        return;
    }
    /* Of a Close the code is told apart from the reason, so it is put together first. */
    memcpy(parser->control + parser->control_size, octets, size);
    parser->control_size += size;
    if (!last)
        return;
    size_t code_size = parser->control_size < 2 ? 0 : 2;
    event.close_code = code_size ? (uint16_t)(parser->control[0] << 8 | parser->control[1]) : 1005;
    event.payload = parser->control + code_size;
    event.size = code_size ? parser->control_size - code_size : 0;
    parser->sink(parser->context, &event);
}

wspect_parser_verdict wspect_parser_feed(wspect_parser *parser, uint8_t *octets, size_t size) {
    /* 5. Hand the octets over, until they are used up or the parser says no. */
    toy *t = &parser->toy;
    while (size > 0 || t->header_size == toy_header_size(t)) {
        if (t->header_size < toy_header_size(t)) {
            t->header[t->header_size++] = *octets++;
            size--;
            continue;
        }
        uint64_t length = toy_length(t);
        int control = (t->header[0] & 0x8) != 0;
        if (length > (control ? 125 : parser->options.max_message))
            return WSPECT_REFUSED;
        uint64_t left = length - t->done;
        if (left > 0 && size == 0)
            break;
        size_t piece = left < size ? (size_t)left : size;
        toy_unmask(t, octets, piece);
        t->done += piece;
        report(parser, octets, piece, t->done == length);
        octets += piece;
        size -= piece;
        if (t->done < length)
            continue;
        if ((t->header[0] & 0xf) == 0x8)
            return WSPECT_CLOSED;
        *t = (toy){.header_size = 0};
    }
    return WSPECT_ACCEPTED;
}

void wspect_parser_free(wspect_parser *parser) {
    free(parser);
}
