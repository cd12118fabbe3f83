// A client under test on Boost.Beast. It echoes every message until the connection ends. With Debian's
// libboost-dev:
//
//     g++ -std=c++17 -O1 -pthread -o client client.cpp
//
//     wspect client -- ./client {url}                     one process for every case
//     wspect client --once &                              or the cases one after the other,
//     ./client --driver ws://127.0.0.1:9001 Beast         over Autobahn's control protocol
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

struct address {
    std::string host, port, target;
};

// ws://HOST[:PORT][/TARGET]
static address parse(const std::string &url) {
    const std::string scheme = "ws://";
    if (url.compare(0, scheme.size(), scheme) != 0)
        throw std::runtime_error("not a ws:// URL: " + url);
    size_t slash = url.find('/', scheme.size());
    std::string authority = url.substr(scheme.size(), slash - scheme.size());
    size_t colon = authority.rfind(':');
    if (colon == std::string::npos || authority.find(']', colon) != std::string::npos)
        colon = authority.size();
    address a{authority.substr(0, colon), colon < authority.size() ? authority.substr(colon + 1) : "80",
              slash == std::string::npos ? "/" : url.substr(slash)};
    if (a.host.size() > 2 && a.host.front() == '[')
        a.host = a.host.substr(1, a.host.size() - 2);
    return a;
}

using socket_stream = beast::websocket::stream<tcp::socket>;

static void connect(socket_stream &stream, asio::io_context &context, const std::string &url) {
    address a = parse(url);
    asio::connect(stream.next_layer(), tcp::resolver(context).resolve(a.host, a.port));
    stream.next_layer().set_option(tcp::no_delay(true));
    beast::websocket::permessage_deflate deflate;
    deflate.client_enable = true;
    stream.set_option(deflate);
    stream.read_message_max(64u << 20);
    bool is_ipv6 = a.host.find(':') != std::string::npos;
    stream.handshake((is_ipv6 ? "[" + a.host + "]" : a.host) + ":" + a.port, a.target);
}

static void echo(const std::string &url) {
    asio::io_context context;
    socket_stream stream(context);
    boost::system::error_code failed;
    connect(stream, context, url);
    while (!failed) {
        beast::flat_buffer message;
        stream.read(message, failed);
        if (failed)
            break;
        stream.text(stream.got_text());
        stream.write(message.data(), failed);
    }
}

static int case_count(const std::string &base) {
    asio::io_context context;
    socket_stream stream(context);
    beast::flat_buffer message;
    connect(stream, context, base + "/getCaseCount");
    stream.read(message);
    return std::stoi(beast::buffers_to_string(message.data()));
}

static void drive(const std::string &base, const std::string &agent) {
    int count = case_count(base);
    for (int number = 1; number <= count; number++) {
        try {
            echo(base + "/runCase?case=" + std::to_string(number) + "&agent=" + agent);
        } catch (const std::exception &error) { // the opening handshake failed: many cases want that
            std::cerr << "case " << number << ": " << error.what() << "\n";
        }
    }
    echo(base + "/updateReports?agent=" + agent);
}

int main(int argc, char **argv) {
    try {
        if (argc == 4 && argv[1] == std::string("--driver"))
            drive(argv[2], argv[3]);
        else if (argc == 2)
            echo(argv[1]);
        else
            throw std::runtime_error("usage: client URL | --driver BASE_URL AGENT");
    } catch (const std::exception &error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
