/* An echo server on libwebsockets. Prints its URL. With Debian's libwebsockets-dev:
 *
 *     gcc -std=gnu17 -O1 -o lws_echo lws_echo.c -lwebsockets
 */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct message {
    struct message *next;
    size_t size, room;
    bool binary, complete;
    unsigned char *octets; /* LWS_PRE octets of room come first */
} message;

typedef struct {
    message *first, *last;
} session;

static message *append_message(session *s, bool binary) {
    message *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->binary = binary;
    if (s->last)
        s->last->next = m;
    else
        s->first = m;
    s->last = m;
    return m;
}

static bool append_octets(message *m, const void *octets, size_t size) {
    if (!m->octets || m->room - m->size < size) {
        size_t room = (m->size + size) * 2;
        unsigned char *grown = realloc(m->octets, LWS_PRE + room);
        if (!grown)
            return false;
        m->octets = grown;
        m->room = room;
    }
    if (size)
        memcpy(m->octets + LWS_PRE + m->size, octets, size);
    m->size += size;
    return true;
}

static void drop_first(session *s) {
    message *m = s->first;
    s->first = m->next;
    if (!s->first)
        s->last = NULL;
    free(m->octets);
    free(m);
}

static int receive(struct lws *wsi, session *s, const void *octets, size_t size) {
    message *m = s->last;
    if (!m || m->complete)
        m = append_message(s, lws_frame_is_binary(wsi));
    if (!m || !append_octets(m, octets, size))
        return -1;
    if (lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi)) {
        m->complete = true;
        lws_callback_on_writable(wsi);
    }
    return 0;
}

static int send_first(struct lws *wsi, session *s) {
    message *m = s->first;
    if (!m || !m->complete)
        return 0;
    if (lws_write(wsi, m->octets + LWS_PRE, m->size, m->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
        return -1;
    drop_first(s);
    if (s->first)
        lws_callback_on_writable(wsi);
    return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size) {
    session *s = user;
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        return receive(wsi, s, in, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return send_first(wsi, s);
    case LWS_CALLBACK_CLOSED:
        while (s->first)
            drop_first(s);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

int main(void) {
    static const struct lws_protocols protocols[] = {
        {.name = "echo",
         .callback = on_event,
         .per_session_data_size = sizeof(session),
         .rx_buffer_size = 65536},
        {.name = NULL},
    };
    static const struct lws_extension extensions[] = {
        {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"},
        {NULL, NULL, NULL},
    };
    struct lws_context_creation_info info = {
        .iface = "127.0.0.1",
        .protocols = protocols,
        .extensions = extensions,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8,
    };
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context *context = lws_create_context(&info);
    if (!context)
        return 1;
    printf("ws://127.0.0.1:%d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
    fflush(stdout);
    while (lws_service(context, 0) >= 0)
        ;
    lws_context_destroy(context);
    return 0;
}
