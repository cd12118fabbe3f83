// An echo server on WebSocket++ with permessage-deflate. Prints its URL. With Debian's libwebsocketpp-dev and
// libboost1.74-dev:
//
//     g++ -std=c++14 -O1 -pthread -o websocketpp_echo websocketpp_echo.cpp -lz
#include <iostream>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

struct config : websocketpp::config::asio {
    struct permessage_deflate_config {};
    typedef websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>
        permessage_deflate_type;
    static const size_t max_message_size = 64u << 20;
    static const size_t connection_read_buffer_size = 16384;
};

typedef websocketpp::server<config> server;

int main() {
    server echo;
    echo.clear_access_channels(websocketpp::log::alevel::all);
    echo.clear_error_channels(websocketpp::log::elevel::all);
    echo.init_asio();
    echo.set_reuse_addr(true);
    echo.set_max_message_size(64u << 20);
    echo.set_message_handler([&echo](websocketpp::connection_hdl connection, server::message_ptr message) {
        websocketpp::lib::error_code failed;
        echo.send(connection, message->get_payload(), message->get_opcode(), failed);
    });
    echo.listen("127.0.0.1", "0");
    echo.start_accept();
    websocketpp::lib::asio::error_code failed;
    std::cout << "ws://127.0.0.1:" << echo.get_local_endpoint(failed).port() << std::endl;
    echo.run();
}
