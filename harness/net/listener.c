#include "net/stream_private.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

struct net_listener {
    uv_tcp_t tcp;
    const net_tls_context *tls;
    net_accept on_accept;
    void *user;
    uint16_t port;
    bool paused;
    bool waiting; /* libuv holds a connection that we have not taken; it holds one at most */
};

static void take_connection(net_listener *listener) {
    net_stream *stream = net_stream_new(listener->tcp.loop, listener->tls);
    if (!stream)
        return;
    listener->waiting = false;
    if (net_stream_init_tcp(stream) != WS_OK ||
        uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)&stream->tcp) != 0) {
        net_stream_close(stream);
        return;
    }
    const net_stream_handler *nobody = stream->handler;
    listener->on_accept(stream, listener->user);
    if (stream->state != STREAM_CONNECTING)
        return;
    if (stream->handler == nobody) {
        net_stream_reset(stream);
        return;
    }
    stream->timeout_ms = NET_CONNECT_MS;
    net_stream_start_timer(stream, NET_CONNECT_MS);
    net_stream_established(stream);
}

static void on_connection(uv_stream_t *server, int status) {
    net_listener *listener = server->data;
    if (status < 0)
        return;
    listener->waiting = true;
    if (!listener->paused)
        take_connection(listener);
}

static void on_listener_closed(uv_handle_t *handle) {
    free(handle->data);
}

void net_listener_close(net_listener *listener) {
    if (!uv_is_closing((uv_handle_t *)&listener->tcp))
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
}

void net_listener_pause(net_listener *listener) {
    listener->paused = true;
}

void net_listener_resume(net_listener *listener) {
    listener->paused = false;
    if (listener->waiting && !uv_is_closing((uv_handle_t *)&listener->tcp))
        take_connection(listener);
}

uint16_t net_listener_port(const net_listener *listener) {
    return listener->port;
}

static uint16_t bound_port(const uv_tcp_t *tcp) {
    struct sockaddr_storage address = {0};
    int size = sizeof address;
    if (uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &size) != 0)
        return 0;
    char port[8] = "0";
    getnameinfo((struct sockaddr *)&address, (socklen_t)size, NULL, 0, port, sizeof port, NI_NUMERICSERV);
    return (uint16_t)strtoul(port, NULL, 10);
}

/* A bound socket, or a negative error number. */
static int bind_address(const struct addrinfo *address) {
    int socket_fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (socket_fd < 0)
        return -errno;
    const int on = 1;
    fcntl(socket_fd, F_SETFD, FD_CLOEXEC);
    setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(socket_fd, address->ai_addr, address->ai_addrlen) == 0)
        return socket_fd;
    int error = -errno;
    close(socket_fd);
    return error;
}

/* "localhost" may resolve to a family that this host does not have; another refusal is final. */
static int bind_first(const struct addrinfo *address) {
    int result = UV_EADDRNOTAVAIL;
    for (; address && (result == UV_EADDRNOTAVAIL || result == UV_EAFNOSUPPORT); address = address->ai_next)
        result = bind_address(address);
    return result;
}

/* Negative: an error of libuv. */
static int bind_and_listen(uv_tcp_t *tcp, const char *host, uint16_t port) {
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    uv_getaddrinfo_t request;
    int error = uv_getaddrinfo(tcp->loop, &request, NULL, host, service, &hints);
    if (error != 0)
        return error;
    int socket_fd = bind_first(request.addrinfo);
    uv_freeaddrinfo(request.addrinfo);
    if (socket_fd < 0)
        return socket_fd;
    error = uv_tcp_open(tcp, socket_fd);
    if (error != 0) {
        close(socket_fd);
        return error;
    }
    return uv_listen((uv_stream_t *)tcp, BACKLOG, on_connection);
}

ws_status net_listen(uv_loop_t *loop, const char *host, uint16_t port, const net_tls_context *tls,
                     net_accept on_accept, void *user, net_listener **listener, char *error,
                     size_t error_size) {
    net_listener *made = calloc(1, sizeof *made);
    if (!made || uv_tcp_init(loop, &made->tcp) != 0) {
        free(made);
        snprintf(error, error_size, "out of memory");
        return WS_ERR_MEMORY;
    }
    made->tcp.data = made;
    made->tls = tls;
    made->on_accept = on_accept;
    made->user = user;
    int refusal = bind_and_listen(&made->tcp, host, port);
    if (refusal != 0) {
        snprintf(error, error_size, "cannot listen on %s port %u: %s", host, (unsigned)port,
                 uv_strerror(refusal));
        net_listener_close(made);
        return WS_ERR_IO;
    }
    made->port = bound_port(&made->tcp);
    *listener = made;
    return WS_OK;
}
