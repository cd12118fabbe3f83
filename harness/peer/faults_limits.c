/* Floods: what stalls under many small things, and what puts an end to them. */
#include "peer/behaviour_private.h"

enum { MANY = 500, VERY_MANY = 1500 };

static bool is_one_too_many(peer_arrival *arrival) {
    return ++*peer_memo(arrival->endpoint) > MANY;
}

static void stall_at_pings(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PING && is_one_too_many(arrival))
        arrival->act = PEER_GO_DEAF;
}

static void stall_at_pongs(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PONG && is_one_too_many(arrival))
        arrival->act = PEER_GO_DEAF;
}

static void drop_at_pings(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PING && is_one_too_many(arrival))
        arrival->act = PEER_DROP_TCP;
}

static void close_at_pongs(peer_arrival *arrival) {
    if (arrival->event->type != WS_EVENT_PONG || ++*peer_memo(arrival->endpoint) <= VERY_MANY)
        return;
    arrival->act = PEER_FAIL;
    arrival->code = 1008;
}

static void stall_at_empty_fragments(peer_arrival *arrival) {
    const ws_event *event = arrival->event;
    bool empty = event->type == WS_EVENT_DATA && !arrival->message_ends && event->header.length == 0;
    if (empty && is_one_too_many(arrival))
        arrival->act = PEER_GO_DEAF;
}

static void stall_at_small_fragments(peer_arrival *arrival) {
    const ws_event *event = arrival->event;
    bool small = event->type == WS_EVENT_DATA && !arrival->message_ends && event->header.length == 1;
    if (small && is_one_too_many(arrival))
        arrival->act = PEER_GO_DEAF;
}

static void lose_empty_messages(peer_arrival *arrival) {
    bool empty = arrival->message_ends && arrival->message->size == 0;
    if (empty && is_one_too_many(arrival))
        arrival->act = PEER_SKIP;
}

const peer_behaviour peer_faults_limits[] = {
    {.name = "stalls-at-ping-501",
     FAULT("Neither sends nor reads any more after 500 pings."),
     .caught_by = "limit.flood.pings.1000",
     .on_arrival = stall_at_pings},
    {.name = "stalls-at-pong-501",
     FAULT("Neither sends nor reads any more after 500 pongs."),
     .caught_by = "limit.flood.pongs.2000",
     .on_arrival = stall_at_pongs},
    {.name = "stalls-at-empty-fragment-501",
     FAULT("Neither sends nor reads any more after 500 empty frames."),
     .caught_by = "limit.fragments.empty.1000",
     .on_arrival = stall_at_empty_fragments},
    {.name = "stalls-at-small-fragment-501",
     FAULT("Neither sends nor reads any more after 500 frames of one octet."),
     .caught_by = "limit.fragments.one-octet.1000",
     .on_arrival = stall_at_small_fragments},
    {.name = "empty-message-501-lost",
     FAULT("Does not echo more than 500 empty messages of a connection."),
     .caught_by = "limit.flood.messages.1000",
     .on_arrival = lose_empty_messages},

    {.name = "drops-at-ping-501",
     VARIANT("Drops the connection at the 501st ping."),
     .on_arrival = drop_at_pings},
    {.name = "closes-at-pong-1501",
     VARIANT("Closes with 1008 at the 1501st pong."),
     .on_arrival = close_at_pongs},
    {.name = NULL},
};
