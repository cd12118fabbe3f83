#include "support/oracle_peers.h"

#include <string.h>

/* What the oracle's peers did besides. */
enum {
    OWN_CLOSE_REPLY = 1, /* a handler of its own for Close frames, which looks at neither code nor reason */
    ECHOED_REASON = 2,   /* the handler broke down on a reason */
    PONGS_ON = 4         /* answered pings although a Close was sent */
};

static const struct {
    const char *oracle, *row;
    unsigned besides;
} peers[] = {
    {"conformant", "reply-close-1000", 0},
    {"conformant_fail_by_tcp_drop", "fail-by-reset", 0},
    {"conformant_echoes_close_code", "reply-close-payload", ECHOED_REASON},
    {"conformant_fragments_echo", "echo-fragmented", 0},
    {"fails_with_1008", "fail-1008", 0},
    {"fails_with_1000", "fail-1000", 0},
    {"fails_with_1011", "fail-1011", 0},
    {"fails_with_empty_close", "fail-empty", 0},
    {"replies_close_1001", "reply-close-1001", OWN_CLOSE_REPLY},
    {"replies_close_empty", "reply-close-empty", OWN_CLOSE_REPLY},
    {"replies_close_1002", "reply-close-1002", OWN_CLOSE_REPLY},
    {"never_replies_close", "never-reply-close", OWN_CLOSE_REPLY},
    {"drops_tcp_on_close_frame", "drop-on-close", OWN_CLOSE_REPLY},
    {"never_drops_tcp", "never-drop-tcp", 0},
    {"unsolicited_ping_at_open", "ping-at-open", 0},
    {"unsolicited_pong_at_open", "pong-at-open", 0},
    {"echoes_twice", "echo-twice", 0},
    {"echo_late_0_7s", "late-700ms", 0},
    {"echo_late_1_5s", "late-1500ms", 0},
    {"pongs_after_close", "pong-after-failing", PONGS_ON},
    {"never_pongs", "never-pong", 0},
    {"echoes_always_binary", "echo-binary", 0},
    {"no_utf8_validation", "no-utf8", 0},
    {"silent_blackhole", "silent", 0},
    {"drops_tcp_at_open", "drop-at-open", 0},
    {"closes_1000_at_open", "close-at-open", 0},
    {"closes_1000_at_open_never_drops", "close-at-open-keep-tcp", 0},
    {"lenient_no_validation", "lenient", OWN_CLOSE_REPLY},
    {"wrong_mask_direction", "wrong-mask", OWN_CLOSE_REPLY},
};

/* A server that failed because of a Close frame dropped TCP before its own Close had left. */
static void drop_on_bad_close(peer_emission *emission) {
    bool because_of_close = emission->event && emission->event->header.opcode == WS_CLOSE;
    if (emission->role == WS_SERVER && emission->purpose == PEER_SENDS_FAILURE && because_of_close)
        emission->act = PEER_DROP_TCP;
}

static void act_like_the_others(peer_emission *emission) {
    drop_on_bad_close(emission);
    if (emission->purpose == PEER_SENDS_PONG && emission->close_sent)
        emission->act = PEER_SKIP;
}

static void break_down_on_reason(peer_emission *emission) {
    act_like_the_others(emission);
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY && emission->event->payload.size > 0)
        emission->act = PEER_DROP_TCP;
}

/* The lenient peers sent back whatever a Close or a ping carried, too short and too long payloads as well. */
static void send_any_payload_back(peer_emission *emission) {
    static const uint8_t octets[WS_CONTROL_PAYLOAD_MAX + 1] = {0};
    uint64_t length = emission->event ? emission->event->header.length : 0;
    if (emission->purpose != PEER_SENDS_CLOSE_REPLY && emission->purpose != PEER_SENDS_PONG)
        return;
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY && length == 1)
        emission->frame.payload = (ws_span){octets, 1};
    if (length > WS_CONTROL_PAYLOAD_MAX)
        emission->frame.payload = (ws_span){octets, sizeof octets};
}

static void add_besides(peer_behaviour *behaviour, unsigned besides) {
    if (behaviour->reply == PEER_REPLIES_SAME_CODE) {
        behaviour->reply = PEER_REPLIES_CODE;
        behaviour->reply_code = 1000;
    }
    if (besides & OWN_CLOSE_REPLY) {
        behaviour->tolerate |= 1u << WS_VIOLATION_CLOSE_CODE | 1u << WS_VIOLATION_CLOSE_UNASSIGNED |
                               1u << WS_VIOLATION_CLOSE_REASON;
        if (behaviour->reply == PEER_REPLIES_SAME_PAYLOAD)
            behaviour->before_emit = send_any_payload_back;
        return;
    }
    if (besides & ECHOED_REASON)
        behaviour->before_emit = break_down_on_reason;
    else if (besides & PONGS_ON)
        behaviour->before_emit = drop_on_bad_close;
    else if (!behaviour->keeps_tcp)
        behaviour->before_emit = act_like_the_others;
}

bool oracle_peer(const char *name, peer_behaviour *behaviour) {
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        if (strcmp(peers[i].oracle, name) != 0)
            continue;
        *behaviour = *peer_behaviour_find(peers[i].row);
        add_besides(behaviour, peers[i].besides);
        return true;
    }
    return false;
}
