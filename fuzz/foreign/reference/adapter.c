/* The reference behind the interface for foreign parsers. Three uses: the differential target must find
 * nothing with it; with WSPECT_LENIENT=RULE in the environment (a name of ws_violation_describe) it lacks one
 * check, and the seeds must find that; and a copy of the reference with a planted bug is put beside the sound
 * one. */
#include "wspect_parser.h"

#include "wire/receiver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wspect_parser {
    ws_receiver *receiver;
    wspect_parser_sink *sink;
    void *context;
};

const wspect_parser_info *wspect_parser_describe(void) {
    static const wspect_parser_info info = {WSPECT_PARSER_ABI, "the parser under test",
                                            WSPECT_CHECKS_ALL | WSPECT_INFLATES};
    return &info;
}

static uint32_t lenient_rules(void) {
    const char *name = getenv("WSPECT_LENIENT");
    for (unsigned kind = 1; name && kind < WS_VIOLATION_COUNT; kind++)
        if (strcmp(name, ws_violation_describe((ws_violation)kind)->name) == 0)
            return 1u << kind;
    if (name) {
        fprintf(stderr, "WSPECT_LENIENT: there is no rule \"%s\"\n", name);
        exit(2);
    }
    return 0;
}

wspect_parser *wspect_parser_new(const wspect_parser_options *options, wspect_parser_sink *sink,
                                 void *context) {
    ws_receiver_config config = {
        .reader = {.role = options->server ? WS_SERVER : WS_CLIENT, .tolerate = lenient_rules()},
        .deflate = options->deflate != 0,
        .agreement = {.window_bits = (uint8_t)options->window_bits,
                      .no_context_takeover = options->no_context_takeover != 0}};
    if (options->deflate)
        config.max_inflated = options->max_message;
    else
        config.reader.max_message = options->max_message;
    wspect_parser *parser = malloc(sizeof *parser);
    if (!parser)
        return NULL;
    *parser = (wspect_parser){ws_receiver_new(&config), sink, context};
    if (!parser->receiver) {
        free(parser);
        return NULL;
    }
    return parser;
}

static bool broken(const char *how) {
    const char *wanted = getenv("WSPECT_BROKEN");
    return wanted && strcmp(wanted, how) == 0;
}

static void report(const wspect_parser *parser, const ws_event *event) {
    bool data = event->type == WS_EVENT_DATA;
    bool ping = event->type == WS_EVENT_PING;
    wspect_parser_event told = {.opcode = data ? event->opcode : event->header.opcode,
                                .fin = 1,
                                .last = !data || (event->flags & WS_MESSAGE_END),
                                .close_code = event->close_code,
                                .payload = event->payload.data,
                                .size = event->payload.size};
    if (ping && broken("drops"))
        return;
    if (ping && broken("reports"))
        told.opcode = WS_PONG;
    parser->sink(parser->context, &told);
    if (ping && broken("invents"))
        parser->sink(parser->context, &told);
}

wspect_parser_verdict wspect_parser_feed(wspect_parser *parser, uint8_t *octets, size_t size) {
    ws_event event;
    size_t used;
    while (ws_receiver_next(parser->receiver, octets, size, &used, &event)) {
        if (event.type == WS_EVENT_VIOLATION || (event.type == WS_EVENT_PING && broken("refuses")))
            return WSPECT_REFUSED;
        report(parser, &event);
        if (event.type == WS_EVENT_CLOSE)
            return WSPECT_CLOSED;
        octets += used;
        size -= used;
    }
    return WSPECT_ACCEPTED;
}

void wspect_parser_free(wspect_parser *parser) {
    if (!parser)
        return;
    ws_receiver_free(parser->receiver);
    free(parser);
}
