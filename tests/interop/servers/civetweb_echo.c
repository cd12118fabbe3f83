/* An echo server on CivetWeb. Prints its URL. With Debian's libcivetweb-dev:
 *
 *     gcc -O1 -o civetweb_echo civetweb_echo.c -lcivetweb
 */
#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The library hands out frames; to join them is left to the application. */
typedef struct message {
    int type;
    char *octets;
    size_t size;
} message;

static int on_connect(const struct mg_connection *connection, void *unused) {
    (void)unused;
    mg_set_user_connection_data(connection, calloc(1, sizeof(message)));
    return 0;
}

static int on_frame(struct mg_connection *connection, int bits, char *octets, size_t size, void *unused) {
    (void)unused;
    message *whole = mg_get_user_connection_data(connection);
    int opcode = bits & 15;
    if (opcode == MG_WEBSOCKET_OPCODE_PING)
        return mg_websocket_write(connection, MG_WEBSOCKET_OPCODE_PONG, octets, size) > 0;
    if (opcode == MG_WEBSOCKET_OPCODE_PONG)
        return 1;
    if (opcode == MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE) {
        mg_websocket_write(connection, MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE, octets, size < 2 ? 0 : size);
        return 0;
    }
    if (opcode != MG_WEBSOCKET_OPCODE_CONTINUATION) {
        whole->type = opcode;
        whole->size = 0;
    }
    char *grown = realloc(whole->octets, whole->size + size + 1);
    if (!grown)
        return 0;
    whole->octets = grown;
    memcpy(whole->octets + whole->size, octets, size);
    whole->size += size;
    if (bits & 128)
        mg_websocket_write(connection, whole->type, whole->octets, whole->size);
    return 1;
}

static void on_close(const struct mg_connection *connection, void *unused) {
    (void)unused;
    message *whole = mg_get_user_connection_data(connection);
    if (whole)
        free(whole->octets);
    free(whole);
}

int main(void) {
    const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "32", "tcp_nodelay", "1", NULL};
    struct mg_callbacks callbacks = {0};
    mg_init_library(0);
    struct mg_context *context = mg_start(&callbacks, NULL, options);
    struct mg_server_port port;
    if (!context || mg_get_server_ports(context, 1, &port) != 1)
        return 1;
    mg_set_websocket_handler(context, "/", on_connect, NULL, on_frame, on_close, NULL);
    printf("ws://127.0.0.1:%d\n", port.port);
    fflush(stdout);
    for (;;)
        pause();
}
