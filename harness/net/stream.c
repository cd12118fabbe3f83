#include "net/stream_private.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    RECORD_MAX = 16384,   /* octets of a TLS record (RFC 8446 5.1) */
    RECORD_OVERHEAD = 64, /* more than any record adds */
    DISCARD_MAX = 1 << 20 /* octets that a closed stream throws away before it gives up on good order */
};

/* ------------------------------------------------------------------ life */

/* libuv writes with write(), which raises SIGPIPE on a broken connection. */
static void ignore_sigpipe(void) {
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) != 0 || action.sa_handler != SIG_DFL)
        return;
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

net_stream *net_stream_new(uv_loop_t *loop, const net_tls_context *context) {
    static const net_stream_handler nobody;
    net_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    ignore_sigpipe();
    stream->loop = loop;
    stream->handler = &nobody;
    stream->context = context;
    uv_timer_init(loop, &stream->timer);
    stream->timer.data = stream;
    stream->parts = 1;
    return stream;
}

ws_status net_stream_init_tcp(net_stream *stream) {
    if (uv_tcp_init(stream->loop, &stream->tcp) != 0)
        return WS_ERR_IO;
    stream->tcp.data = stream;
    stream->tcp_live = true;
    stream->parts++;
    return WS_OK;
}

void net_stream_set_handler(net_stream *stream, const net_stream_handler *handler, void *user) {
    stream->handler = handler;
    stream->user = user;
}

void net_stream_peer(const net_stream *stream, char *text, size_t size) {
    struct sockaddr_storage address;
    int length = sizeof address;
    char name[INET6_ADDRSTRLEN] = "";
    text[0] = '\0';
    if (!stream->tcp_live || uv_tcp_getpeername(&stream->tcp, (struct sockaddr *)&address, &length) != 0)
        return;
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
        uv_ip6_name(v6, name, sizeof name);
        snprintf(text, size, "[%s]:%u", name, (unsigned)ntohs(v6->sin6_port));
    } else if (address.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
        uv_ip4_name(v4, name, sizeof name);
        snprintf(text, size, "%s:%u", name, (unsigned)ntohs(v4->sin_port));
    }
}

static void drop_queue(net_stream *stream) {
    while (stream->head) {
        stream_chunk *next = stream->head->next;
        free(stream->head);
        stream->head = next;
    }
    stream->tail = NULL;
    stream->pending = stream->cost = 0;
}

void net_stream_release(net_stream *stream) {
    if (--stream->parts > 0)
        return;
    if (stream->handler->on_closed)
        stream->handler->on_closed(stream, stream->user);
    if (stream->on_gone)
        stream->on_gone(stream, stream->owner);
    drop_queue(stream);
    net_tls_session_free(stream->tls);
    uv_freeaddrinfo(stream->addresses);
    free(stream);
}

static void on_tcp_closed(uv_handle_t *handle) {
    net_stream *stream = handle->data;
    stream->tcp_live = false;
    net_stream_release(stream);
}

static void on_timer_closed(uv_handle_t *handle) {
    net_stream_release(handle->data);
}

void net_stream_close_tcp(net_stream *stream, uv_close_cb on_closed) {
    if (stream->tcp_live && !uv_is_closing((uv_handle_t *)&stream->tcp))
        uv_close((uv_handle_t *)&stream->tcp, on_closed);
}

static void destroy(net_stream *stream) {
    stream->state = STREAM_CLOSED;
    /* Ends a resolution that has not begun; without one it does nothing. */
    if (stream->resolve.data)
        uv_cancel((uv_req_t *)&stream->resolve);
    net_stream_close_tcp(stream, on_tcp_closed);
    uv_close((uv_handle_t *)&stream->timer, on_timer_closed);
}

void net_stream_end(net_stream *stream, net_end how, const char *format, ...) {
    if (stream->ended || stream->state >= STREAM_LINGERING)
        return;
    stream->ended = true;
    uv_timer_stop(&stream->timer);
    if (stream->tcp_live)
        uv_read_stop((uv_stream_t *)&stream->tcp);
    char text[NET_TLS_ERROR_MAX + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (stream->handler->on_end)
        stream->handler->on_end(stream, how, text, stream->user);
}

/* ------------------------------------------------------------------ closing */

/* Whether nothing is left to wait for: both directions have ended, or the connection is broken. */
static void finish_lingering(net_stream *stream) {
    if (stream->state != STREAM_LINGERING)
        return;
    if (stream->reset || stream->write_error || (stream->tcp_ended && stream->fin_done))
        destroy(stream);
}

static void on_timer(uv_timer_t *timer) {
    net_stream *stream = timer->data;
    if (stream->state == STREAM_LINGERING)
        destroy(stream);
    else if (stream->state == STREAM_HANDSHAKE)
        net_stream_end(stream, NET_END_TIMEOUT, "the TLS handshake did not end within %u ms",
                       stream->timeout_ms);
    else
        net_stream_connect_timeout(stream);
}

void net_stream_start_timer(net_stream *stream, uint64_t milliseconds) {
    uv_timer_start(&stream->timer, on_timer, milliseconds, 0);
}

void net_stream_reset(net_stream *stream) {
    if (stream->state == STREAM_CLOSED)
        return;
    uv_os_fd_t socket_fd;
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (stream->tcp_live && uv_fileno((uv_handle_t *)&stream->tcp, &socket_fd) == 0)
        setsockopt(socket_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    destroy(stream);
}

/* ------------------------------------------------------------------ writing */

/* Nothing more will be written; reading goes on. What libuv holds stays until it comes back. */
static void write_failed(net_stream *stream, int error) {
    stream->write_error = error;
    if (!stream->in_flight)
        drop_queue(stream);
    finish_lingering(stream);
}

static void on_shut_down(uv_shutdown_t *request, int status) {
    net_stream *stream = request->data;
    if (status == UV_ECANCELED)
        return;
    stream->fin_done = true;
    finish_lingering(stream);
}

/* Sends FIN once the queue is empty. */
static void finish_writing(net_stream *stream) {
    if (!stream->fin_wanted || stream->head || stream->write_error)
        return;
    stream->shutdown.data = stream;
    if (uv_shutdown(&stream->shutdown, (uv_stream_t *)&stream->tcp, on_shut_down) != 0)
        stream->fin_done = true;
}

static void on_written(uv_write_t *request, int status);

/* Hands the first chunk over to libuv, which waits until the socket takes it. */
static void write_head(net_stream *stream) {
    stream_chunk *chunk = stream->head;
    uv_buf_t buffer = uv_buf_init((char *)chunk->bytes + chunk->done, (unsigned)(chunk->size - chunk->done));
    stream->write.data = stream;
    int error = uv_write(&stream->write, (uv_stream_t *)&stream->tcp, &buffer, 1, on_written);
    stream->in_flight = error == 0;
    if (error != 0)
        write_failed(stream, error);
}

/* At once, without waiting: octets taken, 0 when the socket is full, negative when it is broken. */
static long try_write(net_stream *stream, const uint8_t *bytes, size_t size) {
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)size);
    int taken = uv_try_write((uv_stream_t *)&stream->tcp, &buffer, 1);
    return taken == UV_EAGAIN ? 0 : taken;
}

static void pop_head(net_stream *stream) {
    stream_chunk *chunk = stream->head;
    stream->cost -= sizeof *chunk + chunk->size;
    stream->head = chunk->next;
    if (!stream->head)
        stream->tail = NULL;
    free(chunk);
}

/* Writes chunk after chunk, each with a call of its own, until the socket is full. */
static void drain(net_stream *stream) {
    while (stream->head) {
        stream_chunk *chunk = stream->head;
        long taken = try_write(stream, chunk->bytes + chunk->done, chunk->size - chunk->done);
        if (taken < 0) {
            write_failed(stream, (int)taken);
            return;
        }
        chunk->done += (size_t)taken;
        stream->pending -= (size_t)taken;
        if (chunk->done < chunk->size) {
            write_head(stream);
            return;
        }
        pop_head(stream);
    }
}

static void on_written(uv_write_t *request, int status) {
    net_stream *stream = request->data;
    stream->in_flight = false;
    if (stream->state == STREAM_CLOSED)
        return;
    if (status < 0 || stream->write_error) {
        write_failed(stream, stream->write_error ? stream->write_error : status);
        return;
    }
    stream->pending -= stream->head->size - stream->head->done;
    pop_head(stream);
    drain(stream);
    if (stream->head || stream->write_error)
        return;
    finish_writing(stream);
    if (stream->state == STREAM_OPEN && stream->handler->on_writable)
        stream->handler->on_writable(stream, stream->user);
}

static ws_status enqueue(net_stream *stream, const uint8_t *bytes, size_t size) {
    stream_chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk)
        return WS_ERR_MEMORY;
    *chunk = (stream_chunk){.size = size};
    memcpy(chunk->bytes, bytes, size);
    if (stream->tail)
        stream->tail->next = chunk;
    else
        stream->head = chunk;
    stream->tail = chunk;
    stream->pending += size;
    stream->cost += sizeof *chunk + size;
    return WS_OK;
}

static ws_status send_octets(net_stream *stream, const uint8_t *bytes, size_t size) {
    bool first = !stream->head;
    if (first) {
        long taken = try_write(stream, bytes, size);
        if (taken < 0) {
            write_failed(stream, (int)taken);
            return WS_ERR_IO;
        }
        bytes += taken;
        size -= (size_t)taken;
    }
    if (size == 0)
        return WS_OK;
    if (enqueue(stream, bytes, size) != WS_OK) {
        /* There is a hole in the stream now: nothing may be written behind it. */
        write_failed(stream, UV_ENOMEM);
        return WS_ERR_MEMORY;
    }
    if (first)
        write_head(stream);
    return stream->write_error ? WS_ERR_IO : WS_OK;
}

/* Memory that a write may take in the worst case. */
static size_t cost_of(const net_stream *stream, size_t size) {
    size_t cost = sizeof(stream_chunk) + size;
    return stream->tls ? cost + (size / RECORD_MAX + 1) * RECORD_OVERHEAD : cost;
}

/* Sends what TLS has to say. A peer that makes it answer without reading the answers is cut off. */
static ws_status flush_tls(net_stream *stream) {
    ws_span output = net_tls_output(stream->tls);
    if (output.size == 0)
        return WS_OK;
    ws_status status = WS_ERR_IO;
    if (!stream->write_error && cost_of(stream, output.size) > NET_STREAM_QUEUE_MAX - stream->cost)
        write_failed(stream, UV_ENOBUFS);
    if (!stream->write_error)
        status = send_octets(stream, output.data, output.size);
    net_tls_output_taken(stream->tls);
    return status;
}

ws_status net_stream_write(net_stream *stream, const void *bytes, size_t size) {
    if (stream->state != STREAM_OPEN || stream->fin_wanted)
        return WS_ERR_ARGUMENT;
    if (stream->write_error)
        return WS_ERR_IO;
    if (size == 0)
        return WS_OK;
    if (size > NET_STREAM_QUEUE_MAX || cost_of(stream, size) > NET_STREAM_QUEUE_MAX - stream->cost)
        return WS_ERR_LIMIT;
    if (!stream->tls)
        return send_octets(stream, bytes, size);
    if (net_tls_write(stream->tls, bytes, size) != WS_OK) {
        write_failed(stream, UV_EPIPE);
        return WS_ERR_IO;
    }
    return flush_tls(stream);
}

size_t net_stream_pending(const net_stream *stream) {
    return stream->pending;
}

void net_stream_shutdown(net_stream *stream) {
    if ((stream->state != STREAM_OPEN && stream->state != STREAM_HANDSHAKE) || stream->fin_wanted)
        return;
    if (stream->tls) {
        net_tls_shutdown(stream->tls);
        flush_tls(stream);
    }
    stream->fin_wanted = true;
    finish_writing(stream);
}

/* ------------------------------------------------------------------ reading */

static void on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer);

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    (void)handle, (void)suggested;
    /* Memory is held while octets arrive, not while a connection is idle. */
    buffer->base = malloc(NET_STREAM_READ_MAX);
    buffer->len = buffer->base ? NET_STREAM_READ_MAX : 0;
}

static void start_reading(net_stream *stream) {
    uv_read_start((uv_stream_t *)&stream->tcp, on_alloc, on_read);
}

static void opened(net_stream *stream) {
    uv_timer_stop(&stream->timer);
    stream->state = STREAM_OPEN;
    if (stream->handler->on_open)
        stream->handler->on_open(stream, stream->user);
}

static void deliver(net_stream *stream, const uint8_t *bytes, size_t size) {
    if (stream->handler->on_data)
        stream->handler->on_data(stream, bytes, size, stream->user);
}

/* Reads what TLS makes of the octets fed to it. */
static void deliver_plain(net_stream *stream) {
    uint8_t plain[RECORD_MAX];
    while (stream->state == STREAM_OPEN && !stream->ended) {
        size_t size = net_tls_read(stream->tls, plain, sizeof plain);
        /* A key update is answered from inside net_tls_read (RFC 8446 4.6.3), an error with an alert. */
        flush_tls(stream);
        if (size == 0)
            return;
        deliver(stream, plain, size);
    }
}

static void shake_hands(net_stream *stream) {
    net_tls_handshake(stream->tls);
    flush_tls(stream);
    if (net_tls_state_of(stream->tls) == NET_TLS_OPEN)
        opened(stream);
}

static void take_records(net_stream *stream, const uint8_t *bytes, size_t size) {
    if (net_tls_feed(stream->tls, bytes, size) != WS_OK) {
        net_stream_end(stream, NET_END_SYSTEM, "out of memory");
        return;
    }
    if (stream->state == STREAM_HANDSHAKE)
        shake_hands(stream);
    deliver_plain(stream);
    if (net_tls_state_of(stream->tls) == NET_TLS_FAILED)
        net_stream_end(stream, NET_END_TLS, "%s", net_tls_error(stream->tls));
    else if (net_tls_state_of(stream->tls) == NET_TLS_ENDED && stream->state == STREAM_HANDSHAKE)
        net_stream_end(stream, NET_END_TLS, "the peer ended the TLS handshake");
    else if (net_tls_state_of(stream->tls) == NET_TLS_ENDED)
        net_stream_end(stream, NET_END_FIN, "end of stream");
}

/* libuv calls it the end of stream when data and a reset arrive together, and a failed write may have been
 * told of the reset instead of the reader: the socket and our memory know better. A reset that followed FIN
 * counts as FIN. */
static bool was_reset(net_stream *stream) {
    uv_os_fd_t socket_fd;
    int error = 0;
    socklen_t size = sizeof error;
    if (uv_fileno((uv_handle_t *)&stream->tcp, &socket_fd) == 0)
        getsockopt(socket_fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == ECONNRESET || stream->write_error == UV_ECONNRESET;
}

static void end_of_octets(net_stream *stream) {
    if (stream->state == STREAM_HANDSHAKE)
        net_stream_end(stream, NET_END_TLS, "the peer ended the connection during the TLS handshake");
    else if (stream->tls)
        net_stream_end(stream, NET_END_TRUNCATED, "end of stream without TLS close_notify");
    else
        net_stream_end(stream, NET_END_FIN, "end of stream");
}

static void read_failed(net_stream *stream, int error) {
    uv_read_stop((uv_stream_t *)&stream->tcp);
    stream->tcp_ended = true;
    stream->reset = error != UV_EOF || was_reset(stream);
    if (stream->state == STREAM_LINGERING)
        finish_lingering(stream);
    else if (!stream->reset)
        end_of_octets(stream);
    else if (error == UV_EOF || error == UV_ECONNRESET)
        net_stream_end(stream, NET_END_RESET, "connection reset%s",
                       stream->state == STREAM_HANDSHAKE ? " during the TLS handshake" : "");
    else
        net_stream_end(stream, NET_END_SYSTEM, "reading failed: %s", uv_strerror(error));
}

static void discard(net_stream *stream, size_t size) {
    stream->discarded += size;
    if (stream->discarded > DISCARD_MAX)
        destroy(stream);
}

static void on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer) {
    net_stream *stream = handle->data;
    const uint8_t *bytes = (const uint8_t *)buffer->base;
    if (size < 0)
        read_failed(stream, (int)size);
    else if (size > 0 && stream->state == STREAM_LINGERING)
        discard(stream, (size_t)size);
    else if (size > 0 && stream->tls)
        take_records(stream, bytes, (size_t)size);
    else if (size > 0)
        deliver(stream, bytes, (size_t)size);
    free(buffer->base);
}

void net_stream_established(net_stream *stream) {
    uv_tcp_nodelay(&stream->tcp, 1);
    if (stream->context) {
        stream->state = STREAM_HANDSHAKE;
        stream->tls = net_tls_session_new(stream->context, *stream->host ? stream->host : NULL);
        if (!stream->tls) {
            net_stream_end(stream, NET_END_SYSTEM, "out of memory");
            return;
        }
    }
    start_reading(stream);
    if (stream->tls)
        shake_hands(stream);
    else
        opened(stream);
}

void net_stream_pause(net_stream *stream) {
    stream->paused = true;
    if (stream->state == STREAM_OPEN)
        uv_read_stop((uv_stream_t *)&stream->tcp);
}

void net_stream_resume(net_stream *stream) {
    bool was_paused = stream->paused;
    stream->paused = false;
    if (was_paused && stream->state == STREAM_OPEN && !stream->ended)
        start_reading(stream);
}

void net_stream_close(net_stream *stream) {
    if (stream->state >= STREAM_LINGERING)
        return;
    if (stream->state == STREAM_CONNECTING || stream->reset || stream->write_error) {
        destroy(stream);
        return;
    }
    net_stream_shutdown(stream);
    stream->state = STREAM_LINGERING;
    net_stream_start_timer(stream, NET_LINGER_MS);
    if (!stream->tcp_ended)
        start_reading(stream);
    finish_lingering(stream);
}
