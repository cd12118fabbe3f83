/* wslay (Debian: libwslay-dev), its event API: the layer that knows messages, UTF-8 and Close frames.
 * Compile with -lwslay. */
#include "wspect_parser.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct wspect_parser {
    wslay_event_context_ptr context;
    wspect_parser_sink *sink;
    void *sink_context;
    const uint8_t *octets; /* of the piece at hand */
    size_t size;
};

static ssize_t give_octets(wslay_event_context_ptr context, uint8_t *out, size_t size, int flags,
                           void *user) {
    wspect_parser *parser = user;
    (void)flags;
    size_t count = size < parser->size ? size : parser->size;
    if (count == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(out, parser->octets, count);
    parser->octets += count;
    parser->size -= count;
    return (ssize_t)count;
}

/* What wslay would send (pongs, Close) goes nowhere. */
static ssize_t drop_octets(wslay_event_context_ptr context, const uint8_t *octets, size_t size, int flags,
                           void *user) {
    (void)context, (void)octets, (void)flags, (void)user;
    return (ssize_t)size;
}

static int make_key(wslay_event_context_ptr context, uint8_t *out, size_t size, void *user) {
    (void)context, (void)user;
    memset(out, 0, size);
    return 0;
}

static void report(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *message,
                   void *user) {
    wspect_parser *parser = user;
    (void)context;
    wspect_parser_event event = {
        .opcode = message->opcode, .fin = 1, .last = 1, .payload = message->msg, .size = message->msg_length};
    if (message->opcode == WSLAY_CONNECTION_CLOSE) {
        event.close_code = message->status_code ? message->status_code : 1005;
        size_t code_size = message->msg_length < 2 ? message->msg_length : 2;
        event.payload = code_size ? message->msg + code_size : NULL;
        event.size = message->msg_length - code_size;
    }
    parser->sink(parser->sink_context, &event);
}

const wspect_parser_info *wspect_parser_describe(void) {
    static const wspect_parser_info info = {WSPECT_PARSER_ABI, "wslay", WSPECT_CHECKS_ALL};
    return &info;
}

wspect_parser *wspect_parser_new(const wspect_parser_options *options, wspect_parser_sink *sink,
                                 void *context) {
    static const struct wslay_event_callbacks callbacks = {.recv_callback = give_octets,
                                                           .send_callback = drop_octets,
                                                           .genmask_callback = make_key,
                                                           .on_msg_recv_callback = report};
    wspect_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->sink = sink;
    parser->sink_context = context;
    int failed = options->server ? wslay_event_context_server_init(&parser->context, &callbacks, parser)
                                 : wslay_event_context_client_init(&parser->context, &callbacks, parser);
    if (failed) {
        free(parser);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(parser->context, options->max_message);
    return parser;
}

wspect_parser_verdict wspect_parser_feed(wspect_parser *parser, uint8_t *octets, size_t size) {
    parser->octets = octets;
    parser->size = size;
    if (wslay_event_recv(parser->context) != 0)
        return WSPECT_REFUSED;
    if (wslay_event_get_close_received(parser->context))
        return WSPECT_CLOSED;
    if (!wslay_event_get_read_enabled(parser->context))
        return WSPECT_REFUSED;
    while (wslay_event_want_write(parser->context))
        if (wslay_event_send(parser->context) != 0)
            return WSPECT_REFUSED;
    return WSPECT_ACCEPTED;
}

void wspect_parser_free(wspect_parser *parser) {
    if (!parser)
        return;
    wslay_event_context_free(parser->context);
    free(parser);
}
