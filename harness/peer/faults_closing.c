/* The closing handshake, failing the connection, the end of TCP, crashes, stalls and time. */
#include "peer/behaviour_private.h"
#include "wire/close.h"

#include <string.h>

#define TOLERATES(rule) .tolerate = 1u << WS_VIOLATION_##rule
/* For those that go on behind a Close. */
#define GOES_ON TOLERATES(DATA_AFTER_CLOSE)

#define SECOND_US INT64_C(1000000)

static bool is_close(const peer_arrival *arrival) {
    return arrival->event->type == WS_EVENT_CLOSE;
}

static bool is_message(const peer_arrival *arrival) {
    return arrival->event->type == WS_EVENT_DATA && arrival->message_ends;
}

static bool is_frame_start(const peer_arrival *arrival) {
    return arrival->event->type == WS_EVENT_DATA && !arrival->message_ends;
}

static bool begins_with_octets(const peer_arrival *arrival, uint64_t length) {
    return arrival->event->header.length == length;
}

static ws_frame close_frame(const uint8_t payload[2]) {
    return (ws_frame){.opcode = WS_CLOSE, .fin = true, .payload = {payload, 2}};
}

static const uint8_t normal[] = {0x03, 0xe8}, protocol_error[] = {0x03, 0xea};

static void send_close(peer_endpoint *endpoint, const uint8_t code[2]) {
    ws_frame frame = close_frame(code);
    peer_send_frame(endpoint, &frame);
}

/* Past the endpoint, which sends no data behind its Close. */
static void echo_all_the_same(const peer_arrival *arrival) {
    ws_frame frame = {.opcode = arrival->event->opcode,
                      .fin = true,
                      .payload = {arrival->message->data, arrival->message->size}};
    peer_send_frame(arrival->endpoint, &frame);
}

/* Begins to count what a read brings. */
static void begin_read(peer_input *input) {
    peer_memo(input->endpoint)[0] = 0;
}

/* ------------------------------------------------------------------ a Close that is not answered */

static void ignore_reason(peer_arrival *arrival) {
    if (is_close(arrival) && arrival->event->payload.size > 0)
        arrival->act = PEER_SKIP;
}

static void ignore_empty(peer_arrival *arrival) {
    if (is_close(arrival) && begins_with_octets(arrival, 0))
        arrival->act = PEER_SKIP;
}

static void ignore_longest(peer_arrival *arrival) {
    if (is_close(arrival) && begins_with_octets(arrival, WS_CONTROL_PAYLOAD_MAX))
        arrival->act = PEER_SKIP;
}

static void ignore_private_codes(peer_arrival *arrival) {
    if (is_close(arrival) && ws_close_classify(arrival->event->close_code) == WS_CLOSE_PRIVATE)
        arrival->act = PEER_SKIP;
}

static void ignore_inside_message(peer_arrival *arrival) {
    if (is_close(arrival) && arrival->inside_message)
        arrival->act = PEER_SKIP;
}

static void keep_until_message_ends(peer_arrival *arrival) {
    uint64_t *kept = peer_memo(arrival->endpoint);
    if (is_close(arrival) && arrival->inside_message) {
        arrival->act = PEER_SKIP;
        *kept = 1;
    } else if (is_message(arrival) && *kept) {
        arrival->act = PEER_FAIL;
        arrival->code = WS_CLOSE_NORMAL;
    }
}

static void ignore_behind_fragmented(peer_arrival *arrival) {
    uint64_t *fragmented = peer_memo(arrival->endpoint);
    if (arrival->event->header.opcode == WS_CONTINUATION)
        *fragmented = 1;
    if (is_close(arrival) && *fragmented)
        arrival->act = PEER_SKIP;
}

static void ignore_behind_frame_of_read(peer_arrival *arrival) {
    if (is_close(arrival) && *peer_memo(arrival->endpoint) > 0)
        arrival->act = PEER_SKIP;
    ++*peer_memo(arrival->endpoint);
}

static void ignore_first(peer_arrival *arrival) {
    if (is_close(arrival) && (*peer_memo(arrival->endpoint))++ == 0)
        arrival->act = PEER_SKIP;
}

static void ignore_any(peer_arrival *arrival) {
    if (is_close(arrival))
        arrival->act = PEER_SKIP;
}

static void never_complete_cut_close(peer_input *input) {
    uint64_t *cut = peer_memo(input->endpoint);
    if (input->at_frame_start && input->size == 1 && (input->bytes[0] & 0x0f) == WS_CLOSE)
        *cut = 1;
    if (*cut)
        input->size = 0;
}

/* ------------------------------------------------------------------ TCP ended in place of an answer */

static void drop_at_any(peer_arrival *arrival) {
    if (is_close(arrival))
        arrival->act = PEER_DROP_TCP;
}

static void end_at_empty(peer_arrival *arrival) {
    if (is_close(arrival) && begins_with_octets(arrival, 0))
        arrival->act = PEER_END_TCP;
}

static void end_at_longest(peer_arrival *arrival) {
    if (is_close(arrival) && begins_with_octets(arrival, WS_CONTROL_PAYLOAD_MAX))
        arrival->act = PEER_END_TCP;
}

static void end_at_reason_with_nul(peer_arrival *arrival) {
    ws_span reason = arrival->event->payload;
    if (is_close(arrival) && reason.size > 0 && memchr(reason.data, 0, reason.size))
        arrival->act = PEER_END_TCP;
}

static void end_at_codes(peer_arrival *arrival, uint16_t first, uint16_t last) {
    uint16_t code = arrival->event->close_code;
    if (is_close(arrival) && arrival->event->header.length > 0 && code >= first && code <= last)
        arrival->act = PEER_END_TCP;
}

#define ENDS_AT(first, last)                                                                                 \
    static void end_at_##first##_to_##last(peer_arrival *arrival) {                                          \
        end_at_codes(arrival, first, last);                                                                  \
    }

ENDS_AT(1001, 1001)
ENDS_AT(1002, 1002)
ENDS_AT(1003, 1003)
ENDS_AT(1007, 1011)
ENDS_AT(1012, 1014)
ENDS_AT(3000, 3999)
ENDS_AT(3999, 3999)
ENDS_AT(4000, 4999)
ENDS_AT(4999, 4999)

/* ------------------------------------------------------------------ Close frames that are not well-formed */

#define PUTS(purpose_, name, ...)                                                                            \
    static void name(peer_emission *emission) {                                                              \
        static const uint8_t payload[] = {__VA_ARGS__};                                                      \
        if (emission->purpose == (purpose_))                                                                 \
            emission->frame.payload = (ws_span){payload, sizeof payload};                                    \
    }
#define REPLIES(name, ...) PUTS(PEER_SENDS_CLOSE_REPLY, name, __VA_ARGS__)
#define FAILS(name, ...)   PUTS(PEER_SENDS_FAILURE, name, __VA_ARGS__)

REPLIES(reply_0, 0x00, 0x00)
REPLIES(reply_999, 0x03, 0xe7)
REPLIES(reply_1005, 0x03, 0xed)
REPLIES(reply_1006, 0x03, 0xee)
REPLIES(reply_1015, 0x03, 0xf7)
REPLIES(reply_half_a_code, 0x03)
REPLIES(reply_four_octets, 0x00, 0x00, 0x03, 0xe8)
REPLIES(reply_bad_reason, 0x03, 0xe8, 'b', 'y', 'e', 0xff)
REPLIES(reply_reason_alone, 'b', 'y', 'e')
REPLIES(reply_code_as_text, '1', '0', '0', '0')
FAILS(fail_with_0, 0x00, 0x00)
FAILS(fail_with_1005, 0x03, 0xed)
FAILS(fail_with_1006, 0x03, 0xee)
FAILS(fail_with_half_a_code, 0x03)
FAILS(fail_with_bad_reason, 0x03, 0xea, 'n', 'o', 0xc3)
FAILS(fail_with_reason_alone, 'n', 'o')

static bool answers_empty_close(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_CLOSE_REPLY && emission->event->header.length == 0;
}

static void spell_out_1005(peer_emission *emission) {
    if (answers_empty_close(emission))
        reply_1005(emission);
}

static void reply_0_to_empty(peer_emission *emission) {
    if (answers_empty_close(emission))
        reply_0(emission);
}

static void put_swapped_code(peer_emission *emission) {
    ws_span payload = emission->frame.payload;
    ws_buffer *swapped = peer_scratch(emission->endpoint);
    if (emission->frame.opcode == WS_CLOSE && payload.size >= 2 &&
        ws_buffer_append(swapped, payload.data + 1, 1) == WS_OK &&
        ws_buffer_append(swapped, payload.data, 1) == WS_OK)
        emission->frame.payload = ws_buffer_span(swapped);
}

/* Adds words of its own to a payload, as far as there is memory for them. */
static void add_words(peer_emission *emission, const char *words) {
    ws_buffer *longer = peer_scratch(emission->endpoint);
    if (ws_buffer_append(longer, emission->frame.payload.data, emission->frame.payload.size) == WS_OK &&
        ws_buffer_append_text(longer, words) == WS_OK)
        emission->frame.payload = ws_buffer_span(longer);
}

static void add_words_to_reason(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY && emission->frame.payload.size >= 2)
        add_words(emission, " (closed by the peer)");
}

static void explain_failure_at_length(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        add_words(emission,
                  ". The connection cannot be used any further and will be closed now, because what came "
                  "is not what this endpoint had reason to expect.");
}

static void cut_reason_at_64(peer_emission *emission) {
    enum { CUT = 2 + 64 };
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY && emission->frame.payload.size > CUT)
        emission->frame.payload.size = CUT;
}

/* ------------------------------------------------------------------ data behind a Close */

static void reply_then_text(peer_emission *emission) {
    static const uint8_t words[] = {'b', 'y', 'e'};
    if (emission->purpose != PEER_SENDS_CLOSE_REPLY)
        return;
    send_close(emission->endpoint, normal);
    emission->frame.opcode = WS_TEXT;
    emission->frame.payload = (ws_span){words, sizeof words};
}

static void fail_then_text(peer_emission *emission) {
    static const uint8_t words[] = {'e', 'r', 'r', 'o', 'r'};
    if (emission->purpose != PEER_SENDS_FAILURE)
        return;
    send_close(emission->endpoint, protocol_error);
    emission->frame.opcode = WS_TEXT;
    emission->frame.payload = (ws_span){words, sizeof words};
}

static void echo_behind_close(peer_arrival *arrival) {
    if (is_close(arrival) && !arrival->close_sent) {
        send_close(arrival->endpoint, normal);
        arrival->act = PEER_SKIP;
    } else if (is_message(arrival) && arrival->close_sent) {
        echo_all_the_same(arrival);
    }
}

static void close_before_first_echo(peer_arrival *arrival) {
    if (!is_message(arrival) || arrival->close_sent)
        return;
    send_close(arrival->endpoint, normal);
    echo_all_the_same(arrival);
}

static void echo_behind_failure(peer_arrival *arrival) {
    if (is_message(arrival) && arrival->close_sent)
        echo_all_the_same(arrival);
    else if (is_frame_start(arrival) && arrival->event->header.opcode == WS_CONTINUATION &&
             (arrival->event->flags & WS_MESSAGE_START) && !arrival->close_sent) {
        send_close(arrival->endpoint, protocol_error);
        arrival->act = PEER_SKIP;
    }
}

/* Goes on behind a frame with a reserved bit, and answers the Close that has crossed its own. */
static void answer_crossing_close(peer_arrival *arrival) {
    if (is_frame_start(arrival) && arrival->event->header.rsv != 0 && !arrival->close_sent) {
        send_close(arrival->endpoint, protocol_error);
        arrival->act = PEER_SKIP;
    } else if (is_close(arrival) && arrival->close_sent) {
        send_close(arrival->endpoint, normal);
        arrival->act = PEER_END_TCP;
    }
}

static void skip_frame_with_rsv(peer_arrival *arrival) {
    if (is_frame_start(arrival) && arrival->event->header.rsv != 0)
        arrival->act = PEER_SKIP;
    if (is_message(arrival) && arrival->event->header.rsv != 0)
        arrival->act = PEER_SKIP;
}

/* ------------------------------------------------------------------ streams that end without a Close */

static void stay_behind_end(peer_arrival *arrival) {
    arrival->act = PEER_GO_DEAF;
}

static void echo_cut_message(peer_arrival *arrival) {
    ws_frame frame = {
        .opcode = WS_TEXT, .fin = true, .payload = {arrival->message->data, arrival->message->size}};
    if (arrival->inside_message && !arrival->close_sent)
        peer_send_frame(arrival->endpoint, &frame);
}

/* ------------------------------------------------------------------ TCP that stays open */

static void keep_tcp_behind_empty(peer_arrival *arrival) {
    static const ws_frame empty = {.opcode = WS_CLOSE, .fin = true};
    if (!is_close(arrival) || !begins_with_octets(arrival, 0))
        return;
    peer_send_frame(arrival->endpoint, &empty);
    arrival->act = PEER_GO_DEAF;
}

static void keep_tcp_behind_failure(peer_emission *emission) {
    if (emission->purpose != PEER_SENDS_FAILURE)
        return;
    send_close(emission->endpoint, protocol_error);
    emission->act = PEER_GO_DEAF;
}

static void hang_on_failure(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        emission->act = PEER_GO_DEAF;
}

/* ------------------------------------------------------------------ closing of its own accord */

static void close_with(peer_arrival *arrival, uint16_t code) {
    arrival->act = PEER_FAIL;
    arrival->code = code;
}

static void close_at_message(peer_arrival *arrival) {
    if (is_message(arrival))
        close_with(arrival, WS_CLOSE_NORMAL);
}

static void close_at_second_message(peer_arrival *arrival) {
    if (is_message(arrival) && (*peer_memo(arrival->endpoint))++ > 0)
        close_with(arrival, WS_CLOSE_NORMAL);
}

static void close_at_message_101(peer_arrival *arrival) {
    if (is_message(arrival) && (*peer_memo(arrival->endpoint))++ == 100)
        close_with(arrival, WS_CLOSE_GOING_AWAY);
}

static void close_at_ping(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PING)
        close_with(arrival, WS_CLOSE_GOING_AWAY);
}

static void close_at_pong(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PONG)
        close_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void end_tcp_behind_echo(peer_emission *emission) {
    if (emission->purpose != PEER_SENDS_ECHO)
        return;
    emission->frame.masked = false; /* it is masked anew */
    peer_send_frame(emission->endpoint, &emission->frame);
    emission->act = PEER_END_TCP;
}

/* ------------------------------------------------------------------ Close frames that are to be refused */

/* Refuses the codes that no Close may carry, but for those from first to last. */
static void refuse_codes_but(peer_arrival *arrival, uint16_t first, uint16_t last) {
    uint16_t code = arrival->event->close_code;
    ws_close_class class = ws_close_classify(code);
    bool forbidden = class == WS_CLOSE_LOCAL_ONLY || code < 1000;
    if (is_close(arrival) && arrival->event->header.length >= 2 && forbidden && (code < first || code > last))
        close_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

#define TAKES(first, last)                                                                                   \
    static void take_##first##_to_##last(peer_arrival *arrival) {                                            \
        refuse_codes_but(arrival, first, last);                                                              \
    }

TAKES(0, 0)
TAKES(1, 999)
TAKES(1005, 1005)
TAKES(1006, 1006)
TAKES(1015, 1015)

static void take_codes_with_reason(peer_arrival *arrival) {
    if (is_close(arrival) && arrival->event->header.length == 2)
        refuse_codes_but(arrival, 1, 0);
}

/* The code as it came, which is not 1005 for an empty Close. */
static void reply_with_what_came(peer_emission *emission) {
    uint8_t code[2];
    ws_buffer *payload = peer_scratch(emission->endpoint);
    if (emission->purpose != PEER_SENDS_CLOSE_REPLY || emission->event->header.length < 2)
        return;
    code[0] = (uint8_t)(emission->event->close_code >> 8);
    code[1] = (uint8_t)emission->event->close_code;
    if (ws_buffer_append(payload, code, sizeof code) == WS_OK)
        emission->frame.payload = ws_buffer_span(payload);
}

static void reply_half_a_code_alike(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY && emission->event->header.length == 1)
        reply_half_a_code(emission);
}

static void take_long_closes_only(peer_arrival *arrival) {
    if (!is_close(arrival) && arrival->event->type != WS_EVENT_DATA &&
        arrival->event->header.length > WS_CONTROL_PAYLOAD_MAX)
        close_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void reply_to_long_close_alike(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY &&
        emission->event->header.length > WS_CONTROL_PAYLOAD_MAX)
        add_words(emission, "*");
}

/* ------------------------------------------------------------------ crashes */

static bool is_control_of(const peer_arrival *arrival, ws_event_type type, uint64_t length) {
    return arrival->event->type == type && begins_with_octets(arrival, length);
}

static void crash_if(peer_arrival *arrival, bool deadly) {
    if (deadly)
        arrival->act = PEER_DROP_TCP;
}

static void crash_at_empty_text(peer_arrival *arrival) {
    crash_if(arrival, is_frame_start(arrival) && arrival->event->header.opcode == WS_TEXT &&
                          arrival->event->header.fin && begins_with_octets(arrival, 0));
}

static void crash_at_empty_binary(peer_arrival *arrival) {
    crash_if(arrival, is_frame_start(arrival) && arrival->event->header.opcode == WS_BINARY &&
                          arrival->event->header.fin && begins_with_octets(arrival, 0));
}

static void crash_at_empty_continuation(peer_arrival *arrival) {
    crash_if(arrival, is_frame_start(arrival) && arrival->event->header.opcode == WS_CONTINUATION &&
                          begins_with_octets(arrival, 0));
}

static void crash_at_empty_ping(peer_arrival *arrival) {
    crash_if(arrival, is_control_of(arrival, WS_EVENT_PING, 0));
}

static void crash_at_longest_ping(peer_arrival *arrival) {
    crash_if(arrival, is_control_of(arrival, WS_EVENT_PING, WS_CONTROL_PAYLOAD_MAX));
}

static void crash_at_empty_pong(peer_arrival *arrival) {
    crash_if(arrival, is_control_of(arrival, WS_EVENT_PONG, 0));
}

static void crash_at_64_bit_length(peer_arrival *arrival) {
    crash_if(arrival, is_frame_start(arrival) && arrival->event->header.length_bits == 64);
}

static void crash_at_control_inside_message(peer_arrival *arrival) {
    crash_if(arrival, arrival->event->type != WS_EVENT_DATA && arrival->inside_message);
}

static void crash_at_tenth_frame_of_read(peer_arrival *arrival) {
    crash_if(arrival, !arrival->message_ends && ++*peer_memo(arrival->endpoint) == 10);
}

static void crash_at_33_fragments(peer_arrival *arrival) {
    uint64_t *fragments = peer_memo(arrival->endpoint);
    if (is_frame_start(arrival))
        *fragments = arrival->event->flags & WS_MESSAGE_START ? 1 : *fragments + 1;
    crash_if(arrival, *fragments > 32);
}

/* ------------------------------------------------------------------ stalls */

static void stall_at_message_101(peer_arrival *arrival) {
    if (is_message(arrival) && (*peer_memo(arrival->endpoint))++ == 100)
        arrival->act = PEER_GO_DEAF;
}

static void stall_at_128_kib(peer_arrival *arrival) {
    if (is_frame_start(arrival) && arrival->event->header.length > 128 << 10)
        arrival->act = PEER_GO_DEAF;
}

static void stall_at_32_kib_of_fragments(peer_arrival *arrival) {
    if (is_frame_start(arrival) && !(arrival->event->flags & WS_MESSAGE_START) &&
        arrival->message->size > 32 << 10)
        arrival->act = PEER_GO_DEAF;
}

static void stall_at_read_1001(peer_input *input) {
    if ((*peer_memo(input->endpoint))++ == 1000)
        input->act = PEER_GO_DEAF;
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_closing[] = {
    /* ---- a Close that is not answered */
    {.name = "close-with-reason-ignored",
     FAULT("Takes no notice of a Close with a reason."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.reason",
     GOES_ON,
     .on_arrival = ignore_reason},
    {.name = "empty-close-ignored",
     FAULT("Takes no notice of an empty Close."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.empty",
     GOES_ON,
     .on_arrival = ignore_empty},
    {.name = "longest-close-ignored",
     FAULT("Takes no notice of a Close of 125 octets."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.length-125",
     GOES_ON,
     .on_arrival = ignore_longest},
    {.name = "private-code-ignored",
     FAULT("Takes no notice of a Close with a code from 4000 on."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.4000",
     GOES_ON,
     .on_arrival = ignore_private_codes},
    {.name = "close-inside-message-ignored",
     FAULT("Takes no notice of a Close inside a fragmented message."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.inside-fragmented-message",
     GOES_ON,
     .on_arrival = ignore_inside_message},
    {.name = "close-kept-until-message-ends",
     FAULT("Answers a Close inside a fragmented message when that has ended."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.inside-fragmented-message.unfinished",
     GOES_ON,
     .on_arrival = keep_until_message_ends},
    {.name = "close-behind-fragments-ignored",
     FAULT("Takes no notice of a Close once a fragmented message has come."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.behind-fragmented-message",
     GOES_ON,
     .on_arrival = ignore_behind_fragmented},
    {.name = "close-behind-frame-lost",
     FAULT("Loses a Close behind another frame in the same read."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.behind-message.one-write",
     GOES_ON,
     .on_input = begin_read,
     .on_arrival = ignore_behind_frame_of_read},
    {.name = "cut-close-never-ends",
     FAULT("Never completes a Close whose header one read does not bring whole."),
     .requirement = "6455-6.2-01",
     .caught_by = "close.chopped",
     .on_input = never_complete_cut_close},
    {.name = "first-close-ignored",
     FAULT("Answers the second Close only."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.code-only",
     GOES_ON,
     .on_arrival = ignore_first},
    {.name = "close-answered-late",
     FAULT("Answers a Close after ten seconds."),
     .caught_by = "close.payload.code-only",
     GOES_ON,
     .on_arrival = ignore_any,
     .idle_timeout_us = 10 * SECOND_US},

    /* ---- TCP ended in place of an answer */
    {.name = "reset-on-close",
     FAULT("Resets TCP when a Close comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.code-only",
     .on_arrival = drop_at_any},
    {.name = "ends-at-empty-close",
     FAULT("Ends TCP when an empty Close comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.empty",
     .on_arrival = end_at_empty},
    {.name = "ends-at-longest-close",
     FAULT("Ends TCP when a Close of 125 octets comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.payload.length-125",
     .on_arrival = end_at_longest},
    {.name = "ends-at-reason-with-nul",
     FAULT("Ends TCP when a reason holds NUL."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.reason.with-nul",
     .on_arrival = end_at_reason_with_nul},
    {.name = "ends-at-1001",
     FAULT("Ends TCP when a Close with 1001 comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.1001",
     .on_arrival = end_at_1001_to_1001},
    {.name = "ends-at-1002",
     FAULT("Ends TCP when a Close with 1002 comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.1002",
     .on_arrival = end_at_1002_to_1002},
    {.name = "ends-at-1003",
     FAULT("Ends TCP when a Close with 1003 comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.1003",
     .on_arrival = end_at_1003_to_1003},
    {.name = "ends-at-1007-to-1011",
     FAULT("Ends TCP when a Close with 1007 to 1011 comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.1009",
     .on_arrival = end_at_1007_to_1011},
    {.name = "ends-at-1012-to-1014",
     FAULT("Ends TCP when a Close with 1012 to 1014, which were registered later comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.1013",
     .on_arrival = end_at_1012_to_1014},
    {.name = "ends-at-3000-to-3999",
     FAULT("Ends TCP when a Close with a code of the registered range comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.3000",
     .on_arrival = end_at_3000_to_3999},
    {.name = "ends-at-3999",
     FAULT("Ends TCP when a Close with the last code of the registered range comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.3999",
     .on_arrival = end_at_3999_to_3999},
    {.name = "ends-at-4000-to-4999",
     FAULT("Ends TCP when a Close with a code of the private range comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.4000",
     .on_arrival = end_at_4000_to_4999},
    {.name = "ends-at-4999",
     FAULT("Ends TCP when a Close with the last code of the private range comes."),
     .requirement = "6455-5.5.1-07",
     .caught_by = "close.code.4999",
     .on_arrival = end_at_4999_to_4999},

    /* ---- answers that are not well-formed */
    {.name = "reply-0",
     FAULT("Answers every Close with the code 0."),
     .requirement = "6455-7.4.2-01",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_0},
    {.name = "reply-999",
     FAULT("Answers every Close with 999."),
     .requirement = "6455-7.4.2-01",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_999},
    {.name = "reply-1005",
     FAULT("Answers every Close with 1005."),
     .requirement = "6455-7.4.1-04",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_1005},
    {.name = "reply-1006",
     FAULT("Answers every Close with 1006."),
     .requirement = "6455-7.4.1-05",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_1006},
    {.name = "reply-1015",
     FAULT("Answers every Close with 1015."),
     .requirement = "6455-7.4.1-06",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_1015},
    {.name = "reply-1005-to-empty",
     FAULT("Spells out 1005 in its answer to an empty Close."),
     .requirement = "6455-7.4.1-04",
     .caught_by = "close.payload.empty",
     .before_emit = spell_out_1005},
    {.name = "reply-0-to-empty",
     FAULT("Answers an empty Close with the code 0."),
     .requirement = "6455-7.4.2-01",
     .caught_by = "close.payload.empty",
     .before_emit = reply_0_to_empty},
    {.name = "reply-one-octet",
     FAULT("Answers every Close with a payload of one octet."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_half_a_code},
    {.name = "reply-four-octets",
     FAULT("Writes the code of its answer in four octets."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_four_octets},
    {.name = "reply-swapped",
     FAULT("Writes the codes of its Close frames in the wrong byte order."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "close.code.3072",
     .before_emit = put_swapped_code},
    {.name = "reply-code-as-text",
     FAULT("Writes the code of its answer in decimal digits."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_code_as_text},
    {.name = "reply-reason-alone",
     FAULT("Answers with a reason and without a code."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_reason_alone},
    {.name = "reply-reason-not-utf-8",
     FAULT("Answers with a reason that is not UTF-8."),
     .requirement = "6455-8.1-01",
     .caught_by = "close.payload.code-only",
     .before_emit = reply_bad_reason},
    {.name = "reply-reason-cut",
     FAULT("Cuts the reason that it sends back at 64 octets, also inside a letter."),
     .requirement = "6455-8.1-01",
     .caught_by = "close.reason.length-123.three-octet-letters",
     .reply = PEER_REPLIES_SAME_PAYLOAD,
     .before_emit = cut_reason_at_64},
    {.name = "reply-too-long",
     FAULT("Adds words of its own to the reason that it sends back."),
     .requirement = "6455-5.5-02",
     .caught_by = "close.payload.length-125",
     .reply = PEER_REPLIES_SAME_PAYLOAD,
     .before_emit = add_words_to_reason},

    /* ---- data behind a Close */
    {.name = "text-behind-reply",
     FAULT("Sends a text behind its answer to a Close."),
     .requirement = "6455-5.5.1-06",
     .caught_by = "close.then-text.then-end",
     .before_emit = reply_then_text},
    {.name = "text-behind-failure",
     FAULT("Sends a text behind the Close of a failure."),
     .requirement = "6455-5.5.1-06",
     .caught_by = "close.failure-then-text.then-end",
     .before_emit = fail_then_text},
    {.name = "echo-behind-close",
     FAULT("Answers a Close and goes on echoing."),
     .requirement = "6455-5.5.1-06",
     .caught_by = "close.then-text.then-end",
     GOES_ON,
     .on_arrival = echo_behind_close},
    {.name = "close-before-echo",
     FAULT("Sends a Close before its first echo."),
     .requirement = "6455-5.5.1-06",
     .caught_by = "close.after-echo",
     .on_arrival = close_before_first_echo},
    {.name = "echo-behind-failure",
     FAULT("Fails the connection at a stray continuation and goes on echoing."),
     .requirement = "6455-7.1.7-07",
     .caught_by = "close.failure-then-text.then-end",
     TOLERATES(CONTINUATION_STRAY),
     .on_arrival = echo_behind_failure},

    {.name = "crossing-close-answered",
     FAULT("Fails the connection at a reserved bit and answers the Close that has crossed its own."),
     .requirement = "6455-7.1.7-07",
     .caught_by = "close.crossing.then-end",
     .tolerate = BIT(WS_VIOLATION_RSV) | BIT(WS_VIOLATION_DATA_AFTER_CLOSE),
     .on_arrival = answer_crossing_close},
    {.name = "close-behind-violation-answered",
     FAULT("Skips a frame with a reserved bit and answers the Close behind it."),
     .requirement = "6455-7.1.7-07",
     .caught_by = "failing.then-close",
     TOLERATES(RSV),
     .on_arrival = skip_frame_with_rsv},

    /* ---- streams that end without a Close */
    {.name = "stays-behind-end",
     FAULT("Keeps TCP open when the other side has ended without a Close."),
     .requirement = "6455-7.2.1-02",
     .caught_by = "close.end-of-stream.idle",
     .on_end = stay_behind_end},
    {.name = "cut-message-echoed",
     FAULT("Echoes what has come of a message when the stream ends inside it."),
     .requirement = "6455-5.4-04",
     .caught_by = "close.end-of-stream.inside-message",
     .on_end = echo_cut_message},

    /* ---- TCP that stays open */
    {.name = "tcp-ended-late",
     SERVER_FAULT("Ends TCP three seconds after the closing handshake."),
     .requirement = "6455-5.5.1-12",
     .caught_by = "close.server-ends-tcp.at-once",
     .tcp_delay_us = 3 * SECOND_US},
    {.name = "tcp-kept-behind-empty-close",
     SERVER_FAULT("Answers an empty Close and never ends TCP."),
     .requirement = "6455-5.5.1-11",
     .caught_by = "close.server-ends-tcp.empty",
     .on_arrival = keep_tcp_behind_empty},
    {.name = "tcp-kept-behind-failure",
     SERVER_FAULT("Never ends TCP when it has failed the connection."),
     .requirement = "6455-7.1.7-03",
     .caught_by = "close.server-ends-tcp.after-failure",
     .before_emit = keep_tcp_behind_failure},
    {.name = "hangs-on-failure",
     FAULT("Neither says nor does anything more when a rule is broken."),
     .requirement = "6455-7.1.7-03",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = hang_on_failure},

    /* ---- closing of its own accord */
    {.name = "closes-at-message",
     FAULT("Closes with 1000 instead of echoing."),
     .caught_by = "message.text.length-125",
     .on_arrival = close_at_message},
    {.name = "closes-at-second-message",
     FAULT("Closes with 1000 instead of echoing a second message."),
     .caught_by = "data.messages.one-by-one",
     .on_arrival = close_at_second_message},
    {.name = "closes-at-message-101",
     FAULT("Closes with 1001 behind 100 messages."),
     .caught_by = "volume.text.round-trips.length-16",
     .on_arrival = close_at_message_101},
    {.name = "closes-at-ping",
     FAULT("Closes with 1001 when a ping comes."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.text-payload",
     .on_arrival = close_at_ping},
    {.name = "closes-at-pong",
     FAULT("Fails the connection when a pong comes that it did not ask for."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "pong.unsolicited.with-payload",
     .on_arrival = close_at_pong},
    {.name = "ends-tcp-behind-echo",
     FAULT("Ends TCP without a Close behind its first echo."),
     .requirement = "6455-7.3-03",
     .caught_by = "close.after-echo",
     .before_emit = end_tcp_behind_echo},

    /* ---- Close frames that are to be refused */
    {.name = "code-0-taken",
     FAULT("Takes a Close with the code 0 and sends it back."),
     .requirement = "6455-7.4.2-01",
     .caught_by = "close.code.0",
     TOLERATES(CLOSE_CODE),
     .on_arrival = take_0_to_0,
     .before_emit = reply_with_what_came},
    {.name = "code-999-taken",
     FAULT("Takes a Close with a code of 1 to 999 and sends it back."),
     .requirement = "6455-7.4.2-01",
     .caught_by = "close.code.999",
     TOLERATES(CLOSE_CODE),
     .on_arrival = take_1_to_999,
     .before_emit = reply_with_what_came},
    {.name = "code-1005-taken",
     FAULT("Takes a Close with 1005 and sends it back."),
     .requirement = "6455-7.4.1-04",
     .caught_by = "close.code.1005",
     TOLERATES(CLOSE_CODE),
     .on_arrival = take_1005_to_1005,
     .before_emit = reply_with_what_came},
    {.name = "code-1006-taken",
     FAULT("Takes a Close with 1006 and sends it back."),
     .requirement = "6455-7.4.1-05",
     .caught_by = "close.code.1006",
     TOLERATES(CLOSE_CODE),
     .on_arrival = take_1006_to_1006,
     .before_emit = reply_with_what_came},
    {.name = "codes-with-reason-taken",
     FAULT("Looks at the code of a Close only when no reason follows, and sends it back."),
     .requirement = "6455-7.4.1-04",
     .caught_by = "close.code.1005.with-reason",
     TOLERATES(CLOSE_CODE),
     .on_arrival = take_codes_with_reason,
     .before_emit = reply_with_what_came},
    {.name = "code-1015-taken",
     FAULT("Takes a Close with 1015 and sends it back."),
     .requirement = "6455-7.4.1-06",
     .caught_by = "close.code.1015",
     TOLERATES(CLOSE_CODE),
     .on_arrival = take_1015_to_1015,
     .before_emit = reply_with_what_came},
    {.name = "one-octet-taken",
     FAULT("Takes a Close of one octet and sends one octet back."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "close.payload.one-octet",
     TOLERATES(CLOSE_LENGTH),
     .before_emit = reply_half_a_code_alike},
    {.name = "close-of-126-taken",
     FAULT("Takes a Close of more than 125 octets and sends one back."),
     .requirement = "6455-5.5-02",
     .caught_by = "close.payload.length-126",
     TOLERATES(CONTROL_TOO_LONG),
     .reply = PEER_REPLIES_SAME_PAYLOAD,
     .on_arrival = take_long_closes_only,
     .before_emit = reply_to_long_close_alike},

    /* ---- failing the connection */
    {.name = "fails-with-0",
     FAULT("Fails the connection with the code 0."),
     .requirement = "6455-7.4.2-01",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = fail_with_0},
    {.name = "fails-with-1005",
     FAULT("Fails the connection with 1005."),
     .requirement = "6455-7.4.1-04",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = fail_with_1005},
    {.name = "fails-with-1006",
     FAULT("Fails the connection with 1006."),
     .requirement = "6455-7.4.1-05",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = fail_with_1006},
    {.name = "fails-with-one-octet",
     FAULT("Fails the connection with a Close of one octet."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = fail_with_half_a_code},
    {.name = "fails-with-reason-alone",
     FAULT("Fails the connection with a reason and without a code."),
     .requirement = "6455-5.5.1-02",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = fail_with_reason_alone},
    {.name = "fails-with-reason-not-utf-8",
     FAULT("Fails the connection with a reason that is not UTF-8."),
     .requirement = "6455-8.1-01",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = fail_with_bad_reason},
    {.name = "fails-at-length",
     FAULT("Fails the connection with a reason that is longer than a Close may be."),
     .requirement = "6455-5.5-02",
     .caught_by = "frame.rsv.rsv3",
     .before_emit = explain_failure_at_length},

    /* ---- crashes */
    {.name = "crashes-at-empty-text",
     FAULT("Drops TCP when an empty text comes."),
     .requirement = "6455-5.6-03",
     .caught_by = "message.text.length-0",
     .on_arrival = crash_at_empty_text},
    {.name = "crashes-at-empty-binary",
     FAULT("Drops TCP when an empty binary message comes."),
     .requirement = "6455-5.6-04",
     .caught_by = "message.binary.length-0",
     .on_arrival = crash_at_empty_binary},
    {.name = "crashes-at-empty-continuation",
     FAULT("Drops TCP when an empty continuation frame comes."),
     .requirement = "6455-5.4-10",
     .caught_by = "utf8.empty.three-frames",
     .on_arrival = crash_at_empty_continuation},
    {.name = "crashes-at-empty-ping",
     FAULT("Drops TCP when an empty ping comes."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.empty",
     .on_arrival = crash_at_empty_ping},
    {.name = "crashes-at-longest-ping",
     FAULT("Drops TCP when a ping of 125 octets comes."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.length-125",
     .on_arrival = crash_at_longest_ping},
    {.name = "crashes-at-empty-pong",
     FAULT("Drops TCP when an empty pong comes."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "pong.unsolicited.empty",
     .on_arrival = crash_at_empty_pong},
    {.name = "crashes-at-64-bit-length",
     FAULT("Drops TCP when a frame has a 64-bit length."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-65536",
     .on_arrival = crash_at_64_bit_length},
    {.name = "crashes-at-control-inside-message",
     FAULT("Drops TCP when a control frame comes inside a message."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.ping-between.frame-by-frame",
     .on_arrival = crash_at_control_inside_message},
    {.name = "crashes-at-ten-frames",
     FAULT("Drops TCP when a read brings ten frames."),
     .requirement = "6455-6.2-01",
     .caught_by = "ping.ten",
     .on_input = begin_read,
     .on_arrival = crash_at_tenth_frame_of_read},
    {.name = "crashes-at-33-fragments",
     FAULT("Drops TCP when a message has more than 32 fragments."),
     .requirement = "6455-5.4-11",
     .caught_by = "fragment.text.frames-of-1300",
     .on_arrival = crash_at_33_fragments},

    /* ---- stalls and time */
    {.name = "stalls-at-message-101",
     FAULT("Answers nothing behind 100 messages."),
     .requirement = "6455-6.2-05",
     .caught_by = "volume.binary.round-trips.length-16",
     .on_arrival = stall_at_message_101},
    {.name = "stalls-at-128-kib",
     FAULT("Answers nothing once a frame of more than 128 KiB has come."),
     .requirement = "6455-10.4-01",
     .caught_by = "volume.binary.one-frame.256-kib",
     .on_arrival = stall_at_128_kib},
    {.name = "stalls-at-32-kib-of-fragments",
     FAULT("Answers nothing once the fragments of a message exceed 32 KiB."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.frames-of-1300",
     .on_arrival = stall_at_32_kib_of_fragments},
    {.name = "stalls-at-read-1001",
     FAULT("Answers nothing behind 1000 reads."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.length-65536.pieces-of-9",
     .on_input = stall_at_read_1001},
    {.name = "late-10s",
     FAULT("Answers messages and pings ten seconds late."),
     .caught_by = "message.text.length-125",
     .answer_delay_us = 10 * SECOND_US},
    {.name = "octet-per-second",
     FAULT("Writes one octet in a second."),
     .caught_by = "message.text.length-125",
     .output_max = 1,
     .output_gap_us = SECOND_US},
    {.name = NULL},
};
