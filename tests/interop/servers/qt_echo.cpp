// An echo server on Qt WebSockets. Prints its URL. With Debian's qt6-websockets-dev:
//
//     g++ -std=c++17 -O1 -fPIC -o qt_echo qt_echo.cpp $(pkg-config --cflags --libs Qt6WebSockets)
#include <QCoreApplication>
#include <QWebSocket>
#include <QWebSocketServer>
#include <cstdio>

int main(int count, char **arguments) {
    QCoreApplication application(count, arguments);
    QWebSocketServer server("echo", QWebSocketServer::NonSecureMode);
    if (!server.listen(QHostAddress::LocalHost, 0))
        return 1;
    server.setMaxPendingConnections(1000);
    QObject::connect(&server, &QWebSocketServer::newConnection, [&server] {
        QWebSocket *socket = server.nextPendingConnection();
        socket->setMaxAllowedIncomingFrameSize(64u << 20);
        socket->setMaxAllowedIncomingMessageSize(64u << 20);
        QObject::connect(socket, &QWebSocket::textMessageReceived, socket, &QWebSocket::sendTextMessage);
        QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket, &QWebSocket::sendBinaryMessage);
        QObject::connect(socket, &QWebSocket::disconnected, socket, &QWebSocket::deleteLater);
    });
    std::printf("ws://127.0.0.1:%d\n", server.serverPort());
    std::fflush(stdout);
    return application.exec();
}
