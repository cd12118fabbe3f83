/* A client under test on libwebsockets. It echoes every message until the connection ends. With Debian's
 * libwebsockets-dev:
 *
 *     gcc -std=gnu17 -O1 -o client client.c -lwebsockets
 *
 *     wspect client -- ./client {url}                            one process for every case
 *     wspect client --once &                                     or the cases one after the other,
 *     ./client --driver ws://127.0.0.1:9001 libwebsockets        over Autobahn's control protocol
 */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 2000 };

typedef struct connection {
    unsigned char *octets; /* the message so far; LWS_PRE octets of room come first */
    size_t size, room;
    bool binary, complete, open, over;
    long number; /* what the text says, for the count of cases */
} connection;

static bool append(connection *c, const void *octets, size_t size) {
    if (!c->octets || c->room - c->size < size) {
        size_t room = (c->size + size) * 2;
        unsigned char *grown = realloc(c->octets, LWS_PRE + room);
        if (!grown)
            return false;
        c->octets = grown;
        c->room = room;
    }
    if (size)
        memcpy(c->octets + LWS_PRE + c->size, octets, size);
    c->size += size;
    return true;
}

/* Nothing more is read before the echo is out. */
static int receive(struct lws *wsi, connection *c, const void *octets, size_t size) {
    if (lws_is_first_fragment(wsi))
        c->binary = lws_frame_is_binary(wsi);
    if (!append(c, octets, size))
        return -1;
    if (lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi)) {
        char text[24] = "";
        memcpy(text, c->octets + LWS_PRE, c->size < sizeof text - 1 ? c->size : sizeof text - 1);
        c->number = strtol(text, NULL, 10);
        c->complete = true;
        lws_rx_flow_control(wsi, 0);
        lws_callback_on_writable(wsi);
    }
    return 0;
}

static int send_back(struct lws *wsi, connection *c) {
    if (!c->complete)
        return 0;
    if (lws_write(wsi, c->octets + LWS_PRE, c->size, c->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
        return -1;
    c->size = 0;
    c->complete = false;
    lws_rx_flow_control(wsi, 1);
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size) {
    connection *c = user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        c->open = true;
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(wsi, c, in, size);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return send_back(wsi, c);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        fprintf(stderr, "%s\n", in ? (const char *)in : "the connection failed");
        c->over = true;
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        c->over = true;
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

/* Whether the opening handshake succeeded. `number` may be NULL. */
static bool echo(struct lws_context *context, const char *url, long *number) {
    char copy[URL_MAX], path[URL_MAX + 1], authority[URL_MAX + 10];
    const char *scheme, *host, *rest;
    int port;
    connection c = {0};
    snprintf(copy, sizeof copy, "%s", url);
    if (lws_parse_uri(copy, &scheme, &host, &port, &rest))
        return false;
    snprintf(path, sizeof path, "/%s", rest);
    snprintf(authority, sizeof authority, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
    struct lws_client_connect_info info = {.context = context,
                                           .address = host,
                                           .port = port,
                                           .path = path,
                                           .host = authority,
                                           .origin = authority,
                                           .ietf_version_or_minus_one = -1,
                                           .userdata = &c};
    if (!lws_client_connect_via_info(&info))
        return false;
    while (!c.over && lws_service(context, 0) >= 0)
        ;
    free(c.octets);
    if (number)
        *number = c.number;
    return c.open;
}

static bool drive(struct lws_context *context, const char *base, const char *agent) {
    char url[URL_MAX];
    long count;
    snprintf(url, sizeof url, "%s/getCaseCount", base);
    if (!echo(context, url, &count))
        return false;
    for (long number = 1; number <= count; number++) {
        snprintf(url, sizeof url, "%s/runCase?case=%ld&agent=%s", base, number, agent);
        if (!echo(context, url, NULL)) /* many cases want that */
            fprintf(stderr, "case %ld: the opening handshake failed\n", number);
    }
    snprintf(url, sizeof url, "%s/updateReports?agent=%s", base, agent);
    return echo(context, url, NULL);
}

int main(int argc, char **argv) {
    static const struct lws_protocols protocols[] = {
        {.name = "echo", .callback = on_event, .rx_buffer_size = 65536},
        {.name = NULL},
    };
    static const struct lws_extension extensions[] = {
        {"permessage-deflate", lws_extension_callback_pm_deflate,
         "permessage-deflate; client_max_window_bits"},
        {NULL, NULL, NULL},
    };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .extensions = extensions,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8,
    };
    bool driver = argc == 4 && strcmp(argv[1], "--driver") == 0;
    if (!driver && argc != 2) {
        fprintf(stderr, "usage: client URL | --driver BASE_URL AGENT\n");
        return 2;
    }
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    if (!context)
        return 1;
    bool fine = driver ? drive(context, argv[2], argv[3]) : echo(context, argv[1], NULL);
    lws_context_destroy(context);
    return fine ? 0 : 1;
}
