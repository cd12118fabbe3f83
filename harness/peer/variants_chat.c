/* Servers that are no echo servers: cases that need an echo do not apply to them. */
#include "peer/behaviour_private.h"

static void keep_silent(peer_arrival *arrival) {
    if (arrival->message_ends)
        arrival->act = PEER_SKIP;
}

static void answer_otherwise(peer_arrival *arrival) {
    static const char text[] = "{\"error\":\"unknown command\"}";
    if (!arrival->message_ends)
        return;
    arrival->act = PEER_SKIP;
    if (!arrival->close_sent)
        peer_send_frame(arrival->endpoint,
                        &(ws_frame){.opcode = WS_TEXT, .fin = true, .payload = ws_span_of(text)});
}

static void tell_many(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    for (int i = 0; i < 5; i++)
        peer_send_frame(endpoint,
                        &(ws_frame){.opcode = WS_BINARY, .fin = true, .payload = ws_span_of("news")});
}

const peer_behaviour peer_variants_chat[] = {
    {.name = "chat-silent",
     SERVER_VARIANT("Takes messages and sends nothing back."),
     .on_arrival = keep_silent},
    {.name = "chat-answers",
     SERVER_VARIANT("Answers every message with a text of its own."),
     .on_arrival = answer_otherwise},
    {.name = "chat-tells",
     SERVER_VARIANT(
         "Sends five messages as soon as the connection is open, and answers with a text of its own."),
     .on_open = tell_many,
     .on_arrival = answer_otherwise},
    {.name = NULL},
};
