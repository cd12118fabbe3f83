// An echo server on Boost.Beast, a thread for each connection. Prints its URL. With Debian's
// libboost1.74-dev:
//
//     g++ -std=c++17 -O1 -pthread -o beast_echo beast_echo.cpp
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <iostream>
#include <thread>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

static void echo(tcp::socket socket) {
    boost::system::error_code failed;
    socket.set_option(tcp::no_delay(true), failed);
    beast::websocket::stream<tcp::socket> stream(std::move(socket));
    beast::websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    stream.set_option(deflate);
    stream.read_message_max(64u << 20);
    stream.accept(failed);
    while (!failed) {
        beast::flat_buffer message;
        stream.read(message, failed);
        if (failed)
            break;
        stream.text(stream.got_text());
        stream.write(message.data(), failed);
    }
}

int main() {
    asio::io_context context;
    tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
    std::cout << "ws://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    for (;;)
        std::thread(echo, acceptor.accept()).detach();
}
