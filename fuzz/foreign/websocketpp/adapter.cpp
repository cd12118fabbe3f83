/* WebSocket++ (Debian: libwebsocketpp-dev), its processor of RFC 6455 without any transport, and what its connection
 * does with a Close frame. Headers only; permessage-deflate needs -lz. */
#define _WEBSOCKETPP_CPP11_STL_

#include "wspect_parser.h"

#include <websocketpp/close.hpp>
#include <websocketpp/config/core.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/processors/hybi13.hpp>

#include <new>
#include <string>

namespace {

struct config : public websocketpp::config::core {
    static bool const enable_extensions = true;
    struct permessage_deflate_config {};
    typedef websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>
        permessage_deflate_type;
};

typedef websocketpp::processor::hybi13<config> processor;

} // namespace

struct wspect_parser {
    config::rng_type rng;
    processor::msg_manager_ptr messages;
    processor reader;
    wspect_parser_sink *sink;
    void *context;

    wspect_parser(const wspect_parser_options *options, wspect_parser_sink *sink, void *context)
        : messages(websocketpp::lib::make_shared<config::con_msg_manager_type>()),
          reader(false, options->server != 0, messages, rng), sink(sink), context(context) {}

    /* As the connection does when the handshake is done. */
    template <typename head> bool negotiate(const char *offer) {
        head with_offer;
        with_offer.append_header("Sec-WebSocket-Extensions", offer);
        return !reader.negotiate_extensions(with_offer).first;
    }

    bool agree(const wspect_parser_options *options) {
        const char *sender = options->server ? "client" : "server";
        std::string offer = std::string("permessage-deflate; ") + sender +
                            "_max_window_bits=" + std::to_string(options->window_bits);
        if (options->no_context_takeover)
            offer += std::string("; ") + sender + "_no_context_takeover";
        return options->server ? negotiate<config::request_type>(offer.c_str())
                               : negotiate<config::response_type>(offer.c_str());
    }

    void report(int opcode, const std::string &payload, unsigned close_code) {
        wspect_parser_event event = {};
        event.opcode = static_cast<uint8_t>(opcode);
        event.fin = event.last = 1;
        event.close_code = static_cast<uint16_t>(close_code);
        event.payload = reinterpret_cast<const uint8_t *>(payload.data());
        event.size = payload.size();
        sink(context, &event);
    }

    wspect_parser_verdict take_message() {
        config::message_type::ptr message = reader.get_message();
        const std::string &payload = message->get_payload();
        if (message->get_opcode() != websocketpp::frame::opcode::close) {
            report(message->get_opcode(), payload, 0);
            return WSPECT_ACCEPTED;
        }
        websocketpp::lib::error_code error;
        unsigned code = websocketpp::close::extract_code(payload, error);
        if (error)
            return WSPECT_REFUSED;
        std::string reason = websocketpp::close::extract_reason(payload, error);
        if (error)
            return WSPECT_REFUSED;
        report(websocketpp::frame::opcode::close, reason, code);
        return WSPECT_CLOSED;
    }
};

const wspect_parser_info *wspect_parser_describe(void) {
    static const wspect_parser_info info = {WSPECT_PARSER_ABI, "WebSocket++",
                                            WSPECT_CHECKS_ALL | WSPECT_INFLATES};
    return &info;
}

wspect_parser *wspect_parser_new(const wspect_parser_options *options, wspect_parser_sink *sink, void *context) {
    wspect_parser *parser = new (std::nothrow) wspect_parser(options, sink, context);
    if (!parser)
        return NULL;
    parser->reader.set_max_message_size(static_cast<size_t>(options->max_message));
    if (options->deflate && !parser->agree(options)) {
        delete parser;
        return NULL;
    }
    return parser;
}

wspect_parser_verdict wspect_parser_feed(wspect_parser *parser, uint8_t *octets, size_t size) {
    while (size > 0) {
        websocketpp::lib::error_code error;
        size_t used = parser->reader.consume(octets, size, error);
        if (error)
            return WSPECT_REFUSED;
        octets += used;
        size -= used;
        wspect_parser_verdict verdict = parser->reader.ready() ? parser->take_message() : WSPECT_ACCEPTED;
        if (verdict != WSPECT_ACCEPTED)
            return verdict;
    }
    return WSPECT_ACCEPTED;
}

void wspect_parser_free(wspect_parser *parser) {
    delete parser;
}
