/* The sound endpoint and the peers of Autobahn's oracle; how a behaviour is found by its name. */
#include "peer/behaviour_private.h"

#include <string.h>

/* Every rule that a reader can do without. What cannot be inflated stays a violation: there is nothing to
 * echo. */
#define EVERY_RULE                                                                                           \
    (BIT(WS_VIOLATION_MASK_MISSING) | BIT(WS_VIOLATION_MASK_PRESENT) | BIT(WS_VIOLATION_RSV) |               \
     BIT(WS_VIOLATION_OPCODE) | BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL) | BIT(WS_VIOLATION_LENGTH_TOP_BIT) |    \
     BIT(WS_VIOLATION_CONTROL_FRAGMENTED) | BIT(WS_VIOLATION_CONTROL_TOO_LONG) |                             \
     BIT(WS_VIOLATION_CONTINUATION_STRAY) | BIT(WS_VIOLATION_INTERLEAVED) | BIT(WS_VIOLATION_CLOSE_LENGTH) | \
     BIT(WS_VIOLATION_CLOSE_CODE) | BIT(WS_VIOLATION_CLOSE_UNASSIGNED) | BIT(WS_VIOLATION_CLOSE_REASON) |    \
     BIT(WS_VIOLATION_TEXT) | BIT(WS_VIOLATION_DATA_AFTER_CLOSE))

/* What is a fault of servers alone: a client waits for the server's end of TCP (7.1.1), so nobody would see
 * it there. */
const peer_behaviour peer_behaviours[] = {
    {.name = "conformant", VARIANT("Echoes every message and keeps every rule.")},

    /* ---- the opening */
    {.name = "ping-at-open",
     VARIANT("Sends a ping of its own as soon as the connection is open."),
     .at_open = PEER_OPENS_WITH_PING},
    {.name = "pong-at-open",
     VARIANT("Sends a pong that nobody asked for as soon as the connection is open."),
     .at_open = PEER_OPENS_WITH_PONG},
    {.name = "close-at-open",
     FAULT("Starts the closing handshake with 1000 as soon as the connection is open."),
     .caught_by = "close.after-echo",
     .at_open = PEER_OPENS_WITH_CLOSE},
    {.name = "close-at-open-keep-tcp",
     FAULT("Starts the closing handshake with 1000 as soon as the connection is open and never ends TCP."),
     .requirement = "6455-5.5.1-11",
     .caught_by = "close.after-echo",
     .at_open = PEER_OPENS_WITH_CLOSE,
     .keeps_tcp = true},
    {.name = "drop-at-open",
     FAULT("Ends TCP without a Close frame as soon as the connection is open."),
     .requirement = "6455-7.3-03",
     .caught_by = "close.after-echo",
     .at_open = PEER_OPENS_AND_ENDS},
    {.name = "silent",
     FAULT("Completes the opening handshake and then neither sends nor closes anything."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.after-echo",
     .at_open = PEER_OPENS_DEAF},

    /* ---- messages */
    {.name = "echo-fragmented", VARIANT("Echoes every message in three fragments."), .echo_fragments = 3},
    {.name = "echo-twice",
     FAULT("Echoes every message twice."),
     .caught_by = "close.after-echo",
     .echo_copies = 2},
    {.name = "echo-binary",
     FAULT("Echoes every message as a binary one."),
     .caught_by = "message.text.length-125",
     .echo_opcode = WS_BINARY},
    {.name = "late-700ms",
     VARIANT("Answers messages and pings 0.7 seconds late."),
     .requirement = "6455-5.5.2-03",
     .answer_delay_us = 700000},
    {.name = "late-1500ms",
     VARIANT("Answers messages and pings 1.5 seconds late."),
     .requirement = "6455-5.5.2-03",
     .answer_delay_us = 1500000},
    {.name = "no-utf8",
     FAULT("Echoes text messages that are not UTF-8."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-inside-text.one-frame",
     .tolerate = BIT(WS_VIOLATION_TEXT)},

    /* ---- pings */
    {.name = "never-pong",
     FAULT("Never answers a ping."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.empty",
     .ignores_pings = true},

    /* ---- the closing handshake */
    {.name = "reply-close-1000",
     VARIANT("Answers every Close with 1000, whatever its code."),
     .requirement = "6455-5.5.1-08",
     .reply = PEER_REPLIES_CODE,
     .reply_code = 1000},
    {.name = "reply-close-1001",
     VARIANT("Answers every Close with 1001, whatever its code."),
     .requirement = "6455-5.5.1-08",
     .reply = PEER_REPLIES_CODE,
     .reply_code = 1001},
    {.name = "reply-close-1002",
     VARIANT("Answers every Close with 1002, whatever its code."),
     .requirement = "6455-5.5.1-08",
     .reply = PEER_REPLIES_CODE,
     .reply_code = 1002},
    {.name = "reply-close-empty",
     VARIANT("Answers every Close with an empty one."),
     .requirement = "6455-5.5.1-08",
     .reply = PEER_REPLIES_EMPTY},
    {.name = "reply-close-payload",
     VARIANT("Answers every Close with the same code and the same reason."),
     .reply = PEER_REPLIES_SAME_PAYLOAD},
    {.name = "never-reply-close",
     FAULT("Takes no notice of Close frames."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.after-echo",
     .reply = PEER_REPLIES_NOTHING,
     .tolerate = BIT(WS_VIOLATION_DATA_AFTER_CLOSE)},
    {.name = "drop-on-close",
     FAULT("Ends TCP instead of answering a Close."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.after-echo",
     .reply = PEER_REPLIES_BY_END},
    {.name = "never-drop-tcp",
     SERVER_FAULT("Never ends TCP, neither after the closing handshake nor after a failure."),
     .requirement = "6455-5.5.1-11",
     .caught_by = "close.server-ends-tcp",
     .keeps_tcp = true},

    /* ---- failing the connection */
    {.name = "fail-by-reset",
     VARIANT("Fails the connection by dropping TCP, without a Close frame."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_BY_RESET},
    {.name = "fail-1000",
     VARIANT("Fails the connection with Close 1000, whatever the violation."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = 1000},
    {.name = "fail-1008",
     VARIANT("Fails the connection with Close 1008, whatever the violation."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = 1008},
    {.name = "fail-1011",
     VARIANT("Fails the connection with Close 1011, whatever the violation."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = 1011},
    {.name = "fail-empty",
     VARIANT("Fails the connection with an empty Close."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_EMPTY_CLOSE},
    {.name = "pong-after-failing",
     SERVER_FAULT("Goes on answering pings after it has failed the connection."),
     .requirement = "6455-7.1.7-07",
     .caught_by = "failing.then-ping",
     .pongs_after_failing = true},

    /* ---- rules of framing */
    {.name = "lenient",
     FAULT("Checks no rule of framing and echoes whatever it can read."),
     .requirement = "6455-10.7-01",
     .caught_by = "close.payload.length-126",
     .tolerate = EVERY_RULE,
     .reply = PEER_REPLIES_SAME_PAYLOAD},
    {.name = "wrong-mask",
     FAULT("Masks as a server, does not mask as a client, and checks no rule of framing."),
     .requirement = "6455-5.2-06",
     .caught_by = "message.text.length-125",
     .tolerate = EVERY_RULE,
     .reply = PEER_REPLIES_SAME_PAYLOAD,
     .masks_wrongly = true},

    {.name = NULL},
};

static const peer_behaviour *const tables[] = {peer_behaviours,
                                               peer_faults_handshake_server,
                                               peer_faults_handshake_client,
                                               peer_faults_frames_received,
                                               peer_faults_frames_sent,
                                               peer_faults_masking,
                                               peer_faults_content,
                                               peer_faults_utf8,
                                               peer_faults_deflate,
                                               peer_faults_closing,
                                               peer_faults_limits,
                                               peer_variants,
                                               peer_variants_chat};

const peer_behaviour *peer_behaviour_at(size_t index) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const peer_behaviour *row = tables[i]; row->name; row++)
            if (index-- == 0)
                return row;
    return NULL;
}

const peer_behaviour *peer_behaviour_find(const char *name) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const peer_behaviour *row = tables[i]; row->name; row++)
            if (strcmp(row->name, name) == 0)
                return row;
    return NULL;
}
