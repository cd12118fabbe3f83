/* An echo server on libsoup 3. Prints its URL. With Debian's libsoup-3.0-dev:
 *
 *     gcc -O1 -o soup_echo soup_echo.c $(pkg-config --cflags --libs libsoup-3.0)
 */
#include <libsoup/soup.h>
#include <stdio.h>

static void on_message(SoupWebsocketConnection *connection, gint type, GBytes *message, gpointer unused) {
    (void)unused;
    if (soup_websocket_connection_get_state(connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_send_message(connection, type, message);
}

static void on_closed(SoupWebsocketConnection *connection, gpointer unused) {
    (void)unused;
    g_object_unref(connection);
}

static void on_open(SoupServer *server, SoupServerMessage *message, const char *path,
                    SoupWebsocketConnection *connection, gpointer unused) {
    (void)server, (void)message, (void)path, (void)unused;
    soup_websocket_connection_set_max_incoming_payload_size(connection, 64u << 20);
    g_signal_connect(connection, "message", G_CALLBACK(on_message), NULL);
    g_signal_connect(connection, "closed", G_CALLBACK(on_closed), NULL);
    g_object_ref(connection);
}

int main(void) {
    SoupServer *server = soup_server_new(NULL, NULL);
    soup_server_add_websocket_handler(server, NULL, NULL, NULL, on_open, NULL, NULL);
    GError *error = NULL;
    if (!soup_server_listen_local(server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
        g_error("%s", error->message);
    GSList *uris = soup_server_get_uris(server);
    g_print("ws://127.0.0.1:%d\n", g_uri_get_port(uris->data));
    fflush(stdout);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
}
