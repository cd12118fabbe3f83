/* Frames and sequences that are accepted, refused, lost or misread: RFC 6455 5.1 to 5.5. */
#include "peer/behaviour_private.h"
#include "peer/frame_hooks.h"

#include <string.h>

/* ------------------------------------------------------------------ what is accepted */

/* The first frame of the message in progress is remembered. */
enum { MEMO_OPCODE, MEMO_WAS_FRAGMENTED, MEMO_COUNT };

static bool is_first_of_message(const ws_frame_header *header) {
    return !ws_opcode_is_control(header->opcode) && header->opcode != WS_CONTINUATION;
}

static bool is_reserved(uint8_t opcode) {
    return (opcode > WS_BINARY && opcode < WS_CLOSE) || opcode > WS_PONG;
}

/* Every rule that the rows below tolerate, for every frame. */
static bool breaks_a_rule(const peer_arrival *arrival) {
    const ws_frame_header *header = &arrival->event->header;
    bool compressed = arrival->event->compressed && is_first_of_message(header);
    if ((header->rsv & ~(compressed ? WS_RSV1 : 0)) != 0 || is_reserved(header->opcode))
        return true;
    if (header->masked != (arrival->role == WS_SERVER))
        return true;
    if (ws_opcode_is_control(header->opcode))
        return !header->fin || header->length > WS_CONTROL_PAYLOAD_MAX;
    return (header->opcode == WS_CONTINUATION) != arrival->inside_message;
}

static bool is_tolerated(const peer_arrival *arrival) {
    const peer_place *place = place_of(arrival->endpoint);
    const uint64_t *memo = peer_memo(arrival->endpoint);
    if (place->of_message && !(place->of_message & (1u << memo[MEMO_OPCODE])))
        return false;
    return is_in_place(arrival) && (arrival->event->header.rsv & ~place->rsv) == 0;
}

static void fail_elsewhere(peer_arrival *arrival) {
    if (!arrival->message_ends && breaks_a_rule(arrival) && !is_tolerated(arrival))
        arrival->act = PEER_FAIL;
    if (!arrival->message_ends && is_first_of_message(&arrival->event->header))
        peer_memo(arrival->endpoint)[MEMO_OPCODE] = arrival->event->header.opcode;
}

/* Looks at no frame but the first. */
static void fail_at_first(peer_arrival *arrival) {
    if (arrival->number == 0)
        fail_elsewhere(arrival);
}

/* A stray continuation passes behind a message that was (memo) or was not fragmented. */
static void fail_unless_behind(peer_arrival *arrival, bool fragmented) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    bool stray = arrival->event->header.opcode == WS_CONTINUATION && !arrival->inside_message;
    if (arrival->message_ends)
        memo[MEMO_WAS_FRAGMENTED] = arrival->event->header.opcode == WS_CONTINUATION ? 2 : 1;
    else if (arrival->event->type == WS_EVENT_DATA && stray &&
             memo[MEMO_WAS_FRAGMENTED] != (fragmented ? 2u : 1u))
        arrival->act = PEER_FAIL;
}

static void fail_unless_behind_fragments(peer_arrival *arrival) {
    fail_unless_behind(arrival, true);
}

static void fail_unless_behind_whole_message(peer_arrival *arrival) {
    fail_unless_behind(arrival, false);
}

/* A stray continuation passes right behind a control frame. */
static void fail_unless_behind_control(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    bool stray = arrival->event->header.opcode == WS_CONTINUATION && !arrival->inside_message;
    if (arrival->event->type != WS_EVENT_DATA)
        memo[MEMO_COUNT] = arrival->number + 1;
    else if (!arrival->message_ends && stray && memo[MEMO_COUNT] != arrival->number)
        arrival->act = PEER_FAIL;
}

/* What breaks the rule is read and forgotten. */
static void forget_strays(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    if (arrival->event->type != WS_EVENT_DATA)
        return;
    if (!arrival->message_ends && !arrival->inside_message)
        memo[MEMO_COUNT] = arrival->event->header.opcode == WS_CONTINUATION;
    if (arrival->message_ends && memo[MEMO_COUNT])
        arrival->act = PEER_SKIP;
}

static void echo_reserved_data(peer_arrival *arrival) {
    uint8_t opcode = arrival->event->header.opcode;
    if (!arrival->message_ends || !is_reserved(opcode))
        return;
    peer_send_frame(
        arrival->endpoint,
        &(ws_frame){.opcode = WS_BINARY, .fin = true, .payload = ws_buffer_span(arrival->message)});
}

static void answer_reserved_control(peer_arrival *arrival) {
    if (is_reserved(arrival->event->header.opcode))
        peer_send_frame(arrival->endpoint,
                        &(ws_frame){.opcode = WS_PONG, .fin = true, .payload = arrival->event->payload});
}

/* ---- lengths, as they stand on the wire */

/* The 64-bit length of the frame that begins with this read, or NULL. */
static uint8_t *length_64(peer_input *input) {
    bool whole = input->at_frame_start && input->size >= 10 && (input->bytes[1] & 0x7f) == 127;
    return whole ? input->bytes + 2 : NULL;
}

static void clear_top_bit(peer_input *input) {
    uint8_t *length = length_64(input);
    if (length)
        length[0] &= 0x7f;
}

static void keep_low_half(peer_input *input) {
    uint8_t *length = length_64(input);
    if (length)
        memset(length, 0, 4);
}

static void keep_low_16_bits(peer_input *input) {
    uint8_t *length = length_64(input);
    if (length)
        memset(length, 0, 6);
}

/* Header and payload together wrap around, and nothing seems to be left of them. */
static void wrap_length(peer_input *input) {
    static const uint8_t ones[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t *length = length_64(input);
    if (length && memcmp(length, ones, sizeof ones) == 0 && length[7] >= 0xf0)
        memset(length, 0, 8);
}

/* A negative length passes the test against a limit and stands for nothing to read. */
static void keep_signed_low_half(peer_input *input) {
    uint8_t *length = length_64(input);
    if (length && (length[4] & 0x80))
        memset(length, 0, 8);
}

static void keep_low_31_bits(peer_input *input) {
    uint8_t *length = length_64(input);
    if (!length)
        return;
    memset(length, 0, 4);
    length[4] &= 0x7f;
}

static void keep_low_byte_of_control(peer_input *input) {
    uint8_t *length = length_64(input);
    if (length && ws_opcode_is_control(input->bytes[0] & 0xf))
        memset(length, 0, 7);
}

static void hang_on_top_bit(peer_input *input) {
    const uint8_t *length = length_64(input);
    if (length && (length[0] & 0x80))
        input->act = PEER_GO_DEAF;
}

/* ------------------------------------------------------------------ what is refused */

static void fail_there(peer_arrival *arrival) {
    uint8_t bits = place_of(arrival->endpoint)->length_bits;
    if (!arrival->message_ends && is_in_place(arrival) &&
        (bits == 0 || bits == arrival->event->header.length_bits))
        arrival->act = PEER_FAIL;
}

static void skip_there(peer_arrival *arrival) {
    if (!arrival->message_ends && is_in_place(arrival))
        arrival->act = PEER_SKIP;
}

static void hang_there(peer_arrival *arrival) {
    if (!arrival->message_ends && is_in_place(arrival))
        arrival->act = PEER_GO_DEAF;
}

static void fail_on_empty_message(peer_arrival *arrival) {
    if (arrival->message_ends && arrival->message->size == 0)
        arrival->act = PEER_FAIL;
}

static void drop_empty_message(peer_arrival *arrival) {
    if (arrival->message_ends && arrival->message->size == 0)
        arrival->act = PEER_SKIP;
}

static void speak_http(peer_input *input) {
    static const uint8_t answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    if (!input->at_frame_start || input->size < 4 || memcmp(input->bytes, "GET ", 4) != 0)
        return;
    peer_send_octets(input->endpoint, (ws_span){answer, sizeof answer - 1});
    input->size = 0;
}

static void skip_http(peer_input *input) {
    if (input->at_frame_start && input->size >= 5 && memcmp(input->bytes, "HTTP/", 5) == 0)
        input->size = 0;
}

static void fail_at_pong_101(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PONG && ++*peer_memo(arrival->endpoint) > 100)
        arrival->act = PEER_FAIL;
}

static void fail_on_key_like_a_line_end(peer_arrival *arrival) {
    static const uint8_t line_ends[4] = {'\r', '\n', '\r', '\n'};
    const ws_frame_header *header = &arrival->event->header;
    if (header->masked && memcmp(header->key, line_ends, sizeof line_ends) == 0)
        arrival->act = PEER_FAIL;
}

static void fail_on_key_of_zeros(peer_arrival *arrival) {
    static const uint8_t zeros[4] = {0};
    const ws_frame_header *header = &arrival->event->header;
    if (header->masked && memcmp(header->key, zeros, sizeof zeros) == 0)
        arrival->act = PEER_FAIL;
}

static void fail_on_key_of_same_octets(peer_arrival *arrival) {
    const uint8_t *key = arrival->event->header.key;
    bool same = key[0] == key[1] && key[1] == key[2] && key[2] == key[3];
    if (arrival->event->header.masked && key[0] != 0 && same)
        arrival->act = PEER_FAIL;
}

static void fail_on_any_other_key(peer_arrival *arrival) {
    static const uint8_t zeros[4] = {0};
    const ws_frame_header *header = &arrival->event->header;
    if (header->masked && memcmp(header->key, zeros, sizeof zeros) != 0)
        arrival->act = PEER_FAIL;
}

/* A control frame inside a message makes the next continuation a stray one. */
static void forget_message_at_control(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    if (arrival->event->type != WS_EVENT_DATA)
        memo[MEMO_COUNT] = arrival->inside_message;
    else if (!arrival->message_ends && memo[MEMO_COUNT] && arrival->inside_message)
        arrival->act = PEER_FAIL;
}

static void clear_message_at_ping(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PING && arrival->inside_message)
        arrival->message->size = 0;
}

static void join_there(peer_arrival *arrival) {
    ws_span payload = arrival->event->payload;
    if (is_in_place(arrival) && arrival->inside_message)
        ws_buffer_append(arrival->message, payload.data, payload.size);
}

/* ------------------------------------------------------------------ the table */

/* Accepted in the place of the row; the other violations of the rule fail the connection. */
#define ACCEPTS(rule) .tolerate = BIT(rule), .on_arrival = fail_elsewhere

#define REFUSES .on_arrival = fail_there

#define ACCEPTS_RSV(bit_name, bit, type_name, type, words, id)                                               \
    {                                                                                                        \
        .name = "accepts-" bit_name "-on-" type_name,                                                        \
        FAULT("Takes " words " with " bit_name " set, which no extension defines."),                         \
        .requirement = "6455-5.2-03", .caught_by = (id), .place = {.opcodes = BIT(type), .rsv = (bit)},      \
        ACCEPTS(WS_VIOLATION_RSV)                                                                            \
    }

/* A server takes frames without a mask, a client takes masked ones. */
#define ACCEPTS_MASK(type_name, words, ...)                                                                  \
    {.name = "accepts-unmasked-" type_name,                                                                  \
     SERVER_FAULT("Takes " words " without a mask from a client."),                                          \
     .requirement = "6455-5.1-03",                                                                           \
     .caught_by = "frame.mask.missing." type_name,                                                           \
     .place = __VA_ARGS__,                                                                                   \
     ACCEPTS(WS_VIOLATION_MASK_MISSING)},                                                                    \
    {                                                                                                        \
        .name = "accepts-masked-" type_name, CLIENT_FAULT("Takes " words " with a mask from a server."),     \
        .requirement = "6455-5.1-06", .caught_by = "frame.mask.present." type_name, .place = __VA_ARGS__,    \
        ACCEPTS(WS_VIOLATION_MASK_PRESENT)                                                                   \
    }

/* The same where one case serves both roles. */
#define ACCEPTS_WRONG_MASK(place_name, words, case_name, ...)                                                \
    {.name = "accepts-unmasked-" place_name,                                                                 \
     SERVER_FAULT("Takes " words " without a mask from a client."),                                          \
     .requirement = "6455-5.1-03",                                                                           \
     .caught_by = "frame.mask.wrong." case_name,                                                             \
     .place = __VA_ARGS__,                                                                                   \
     ACCEPTS(WS_VIOLATION_MASK_MISSING)},                                                                    \
    {                                                                                                        \
        .name = "accepts-masked-" place_name, CLIENT_FAULT("Takes " words " with a mask from a server."),    \
        .requirement = "6455-5.1-06", .caught_by = "frame.mask.wrong." case_name, .place = __VA_ARGS__,      \
        ACCEPTS(WS_VIOLATION_MASK_PRESENT)                                                                   \
    }

const peer_behaviour peer_faults_frames_received[] = {
    /* ---- reserved bits that are accepted (5.2) */
    ACCEPTS_RSV("rsv1", WS_RSV1, "text", WS_TEXT, "text frames", "frame.rsv.rsv1"),
    ACCEPTS_RSV("rsv2", WS_RSV2, "text", WS_TEXT, "text frames", "frame.rsv.rsv2"),
    ACCEPTS_RSV("rsv3", WS_RSV3, "text", WS_TEXT, "text frames", "frame.rsv.rsv3"),
    ACCEPTS_RSV("rsv1", WS_RSV1, "binary", WS_BINARY, "binary frames", "frame.rsv.rsv1.binary"),
    ACCEPTS_RSV("rsv2", WS_RSV2, "binary", WS_BINARY, "binary frames", "frame.rsv.rsv2.binary"),
    ACCEPTS_RSV("rsv3", WS_RSV3, "binary", WS_BINARY, "binary frames", "frame.rsv.rsv3.binary"),
    ACCEPTS_RSV("rsv1", WS_RSV1, "continuation", WS_CONTINUATION, "continuation frames",
                "frame.rsv.rsv1.continuation"),
    ACCEPTS_RSV("rsv2", WS_RSV2, "continuation", WS_CONTINUATION, "continuation frames",
                "frame.rsv.rsv2.continuation"),
    ACCEPTS_RSV("rsv3", WS_RSV3, "continuation", WS_CONTINUATION, "continuation frames",
                "frame.rsv.rsv3.continuation"),
    ACCEPTS_RSV("rsv1", WS_RSV1, "ping", WS_PING, "pings", "frame.rsv.rsv1.ping"),
    ACCEPTS_RSV("rsv2", WS_RSV2, "ping", WS_PING, "pings", "frame.rsv.rsv2.ping"),
    ACCEPTS_RSV("rsv3", WS_RSV3, "ping", WS_PING, "pings", "frame.rsv.rsv3.ping"),
    ACCEPTS_RSV("rsv1", WS_RSV1, "pong", WS_PONG, "pongs", "frame.rsv.rsv1.pong"),
    ACCEPTS_RSV("rsv2", WS_RSV2, "pong", WS_PONG, "pongs", "frame.rsv.rsv2.pong"),
    ACCEPTS_RSV("rsv3", WS_RSV3, "pong", WS_PONG, "pongs", "frame.rsv.rsv3.pong"),
    ACCEPTS_RSV("rsv1", WS_RSV1, "close", WS_CLOSE, "Close frames", "frame.rsv.rsv1.close"),
    ACCEPTS_RSV("rsv2", WS_RSV2, "close", WS_CLOSE, "Close frames", "frame.rsv.rsv2.close"),
    ACCEPTS_RSV("rsv3", WS_RSV3, "close", WS_CLOSE, "Close frames", "frame.rsv.rsv3.close"),
    {.name = "accepts-rsv-on-control-inside-message",
     FAULT("Takes pings and pongs with a reserved bit between the fragments of a message."),
     .requirement = "6455-5.2-03",
     .caught_by = "frame.forbidden.rsv3-ping.inside-message-behind-ping",
     .place = {.opcodes = BIT(WS_PING) | BIT(WS_PONG), .parts = PEER_INSIDE, .rsv = 7},
     ACCEPTS(WS_VIOLATION_RSV)},
    {.name = "accepts-rsv-on-open-continuation",
     FAULT("Looks at the reserved bits of the first and of the last frame of a message."),
     .requirement = "6455-5.2-03",
     .caught_by = "frame.forbidden.rsv2-open-continuation.inside-message-behind-ping",
     .place = {.opcodes = BIT(WS_CONTINUATION), .parts = PEER_OPEN, .rsv = 7},
     ACCEPTS(WS_VIOLATION_RSV)},
    {.name = "accepts-rsv-after-first-frame",
     FAULT("Looks at the reserved bits of the first frame only."),
     .requirement = "6455-5.2-03",
     .caught_by = "frame.rsv.rsv2",
     .tolerate = BIT(WS_VIOLATION_RSV),
     .on_arrival = fail_at_first},

    /* ---- reserved opcodes that are accepted (5.2) */
    {.name = "accepts-reserved-data-opcodes",
     FAULT("Reads over data frames with a reserved opcode."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.data-4.with-payload",
     .place = {.opcodes = 0x00f8},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-reserved-control-opcodes",
     FAULT("Reads over control frames with a reserved opcode."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.control-12.with-payload",
     .place = {.opcodes = 0xf800},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-opcode-3",
     FAULT("Reads over frames with opcode 3."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.data-3.empty",
     .place = {.opcodes = BIT(3)},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-opcode-7",
     FAULT("Reads over frames with opcode 7."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.data-7.chopped-after-message",
     .place = {.opcodes = BIT(7)},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-opcode-11",
     FAULT("Reads over frames with opcode 11."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.control-11.empty",
     .place = {.opcodes = BIT(11)},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-opcode-15",
     FAULT("Reads over frames with opcode 15."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.control-15.chopped-after-message",
     .place = {.opcodes = BIT(15)},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-reserved-opcodes-when-empty",
     FAULT("Reads over frames with a reserved opcode that have no payload."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.data-5.empty-after-message",
     .place = {.opcodes = 0xf8f8, .parts = PEER_EMPTY},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-reserved-control-inside-message",
     FAULT("Reads over control frames with a reserved opcode between the fragments of a message."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.control-11.inside-message",
     .place = {.opcodes = 0xf800, .parts = PEER_INSIDE},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-open-reserved-opcodes",
     FAULT("Reads over frames with a reserved opcode and FIN=0."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.data-7.open",
     .place = {.opcodes = 0xf8f8, .parts = PEER_OPEN},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-opcode-15-inside-message",
     FAULT("Reads over frames with opcode 15 between the fragments of a message."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.control-15.inside-message",
     .place = {.opcodes = BIT(15), .parts = PEER_INSIDE},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "accepts-opcode-6",
     FAULT("Reads over frames with opcode 6."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.matrix.opcode-6.rsv-0.final",
     .place = {.opcodes = BIT(6)},
     ACCEPTS(WS_VIOLATION_OPCODE)},
    {.name = "echoes-reserved-data",
     FAULT("Takes data frames with a reserved opcode for binary messages and echoes them."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.data-6.with-payload-after-message",
     .tolerate = BIT(WS_VIOLATION_OPCODE),
     .on_arrival = echo_reserved_data},
    {.name = "answers-reserved-control",
     FAULT("Answers control frames with a reserved opcode like pings."),
     .requirement = "6455-5.2-04",
     .caught_by = "frame.opcode.control-14.with-payload-after-message",
     .tolerate = BIT(WS_VIOLATION_OPCODE),
     .on_arrival = answer_reserved_control},

    /* ---- masks that are accepted (5.1) */
    ACCEPTS_MASK("text", "text frames", {.opcodes = BIT(WS_TEXT), .least = 1}),
    ACCEPTS_MASK("binary", "binary frames", {.opcodes = BIT(WS_BINARY)}),
    ACCEPTS_MASK("continuation", "continuation frames", {.opcodes = BIT(WS_CONTINUATION)}),
    ACCEPTS_MASK("ping", "pings", {.opcodes = BIT(WS_PING)}),
    ACCEPTS_MASK("pong", "pongs", {.opcodes = BIT(WS_PONG)}),
    ACCEPTS_MASK("close", "Close frames", {.opcodes = BIT(WS_CLOSE)}),
    ACCEPTS_MASK("empty-text", "empty frames", {.parts = PEER_EMPTY}),
    ACCEPTS_WRONG_MASK("long-frame", "frames with an extended length", "length-300", {.least = 126}),
    ACCEPTS_WRONG_MASK("very-long-frame", "frames with a 64-bit length", "length-65536", {.least = 65536}),
    ACCEPTS_WRONG_MASK("empty-ping", "empty pings", "empty-ping",
                       {.opcodes = BIT(WS_PING), .parts = PEER_EMPTY}),
    ACCEPTS_WRONG_MASK("ping-inside-message", "pings between the fragments of a message",
                       "ping-inside-message", {.opcodes = BIT(WS_PING), .parts = PEER_INSIDE}),
    ACCEPTS_WRONG_MASK("first-fragment", "first frames of a fragmented message", "first-frame-open",
                       {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .parts = PEER_OPEN}),
    {.name = "accepts-key-of-zeros",
     CLIENT_FAULT("Takes masked text from a server when its key is four zeros."),
     .requirement = "6455-5.1-06",
     .caught_by = "frame.mask.present.key-of-zeros",
     .tolerate = BIT(WS_VIOLATION_MASK_PRESENT),
     .on_arrival = fail_on_any_other_key},
    {.name = "accepts-unmasked-after-first-frame",
     SERVER_FAULT("Looks for the mask of the first frame only."),
     .requirement = "6455-5.1-03",
     .caught_by = "frame.mask.missing.text",
     .tolerate = BIT(WS_VIOLATION_MASK_MISSING),
     .on_arrival = fail_at_first},
    {.name = "accepts-masked-after-first-frame",
     CLIENT_FAULT("Looks for a mask on the first frame only."),
     .requirement = "6455-5.1-06",
     .caught_by = "frame.mask.present.text",
     .tolerate = BIT(WS_VIOLATION_MASK_PRESENT),
     .on_arrival = fail_at_first},

    /* ---- control frames that are accepted (5.5) */
    {.name = "accepts-fragmented-ping",
     FAULT("Answers pings with FIN=0."),
     .requirement = "6455-5.5-03",
     .caught_by = "fragment.control.ping.open-only",
     .place = {.opcodes = BIT(WS_PING)},
     ACCEPTS(WS_VIOLATION_CONTROL_FRAGMENTED)},
    {.name = "accepts-fragmented-pong",
     FAULT("Takes pongs with FIN=0."),
     .requirement = "6455-5.5-03",
     .caught_by = "fragment.control.pong.open-only",
     .place = {.opcodes = BIT(WS_PONG)},
     ACCEPTS(WS_VIOLATION_CONTROL_FRAGMENTED)},
    {.name = "accepts-fragmented-close",
     FAULT("Answers Close frames with FIN=0."),
     .requirement = "6455-5.5-03",
     .caught_by = "fragment.control.close.open-only",
     .place = {.opcodes = BIT(WS_CLOSE)},
     ACCEPTS(WS_VIOLATION_CONTROL_FRAGMENTED)},
    {.name = "accepts-fragmented-ping-inside-message",
     FAULT("Answers pings with FIN=0 between the fragments of a message."),
     .requirement = "6455-5.5-03",
     .caught_by = "fragment.control.ping.inside-message",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_INSIDE},
     ACCEPTS(WS_VIOLATION_CONTROL_FRAGMENTED)},
    {.name = "accepts-fragmented-pong-inside-message",
     FAULT("Takes pongs with FIN=0 between the fragments of a message."),
     .requirement = "6455-5.5-03",
     .caught_by = "fragment.control.pong.inside-message",
     .place = {.opcodes = BIT(WS_PONG), .parts = PEER_INSIDE},
     ACCEPTS(WS_VIOLATION_CONTROL_FRAGMENTED)},
    {.name = "accepts-ping-126-inside-message",
     FAULT("Answers pings of more than 125 octets between the fragments of a message."),
     .requirement = "6455-5.5-02",
     .caught_by = "ping.inside-message.length-126",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_INSIDE},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},
    {.name = "accepts-pong-65536",
     FAULT("Refuses pongs with a 16-bit length, but takes those with a 64-bit length."),
     .requirement = "6455-5.5-02",
     .caught_by = "pong.unsolicited.length-65536",
     .place = {.opcodes = BIT(WS_PONG), .least = 65536},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},
    {.name = "accepts-close-65536",
     FAULT("Refuses Close frames with a 16-bit length, but answers those with a 64-bit length."),
     .requirement = "6455-5.5-02",
     .caught_by = "close.payload.length-65536",
     .place = {.opcodes = BIT(WS_CLOSE), .least = 65536},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},
    {.name = "accepts-ping-126",
     FAULT("Answers pings of more than 125 octets."),
     .requirement = "6455-5.5-02",
     .caught_by = "ping.length-126",
     .place = {.opcodes = BIT(WS_PING)},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},
    {.name = "accepts-pong-126",
     FAULT("Takes pongs of more than 125 octets."),
     .requirement = "6455-5.5-02",
     .caught_by = "pong.unsolicited.length-126",
     .place = {.opcodes = BIT(WS_PONG)},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},
    {.name = "accepts-close-126",
     FAULT("Answers Close frames of more than 125 octets."),
     .requirement = "6455-5.5-02",
     .caught_by = "close.payload.length-126",
     .place = {.opcodes = BIT(WS_CLOSE)},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},
    {.name = "accepts-ping-65536",
     FAULT("Refuses pings with a 16-bit length, but answers those with a 64-bit length."),
     .requirement = "6455-5.5-02",
     .caught_by = "ping.length-65536",
     .place = {.opcodes = BIT(WS_PING), .least = 65536},
     ACCEPTS(WS_VIOLATION_CONTROL_TOO_LONG)},

    /* ---- lengths that are misread (5.2) */
    {.name = "clears-top-bit-of-length",
     FAULT("Reads 63 bits of a 64-bit length and leaves its top bit out."),
     .requirement = "6455-5.2-08",
     .caught_by = "frame.length.top-bit.small",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = clear_top_bit},
    {.name = "waits-for-length-with-top-bit",
     FAULT("Waits without end for the payload of a length whose top bit is set."),
     .requirement = "6455-5.2-08",
     .caught_by = "frame.length.top-bit.all-ones",
     .on_input = hang_on_top_bit},
    {.name = "adds-header-to-length",
     FAULT("Adds the header to the length, which wraps around and leaves an empty frame."),
     .requirement = "6455-5.2-08",
     .caught_by = "bug.length.below-2-64-by-16",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = wrap_length},
    {.name = "reads-signed-32-bits-of-length",
     FAULT("Takes a frame for empty whose length is negative in 32 bits."),
     .requirement = "6455-5.2-07",
     .caught_by = "frame.length.announced.2-gib",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = keep_signed_low_half},
    {.name = "cuts-length-to-32-bits",
     FAULT("Reads the low 32 bits of a 64-bit length."),
     .requirement = "6455-5.2-07",
     .caught_by = "frame.length.announced.4-gib-and-5",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = keep_low_half},
    {.name = "cuts-length-to-31-bits",
     FAULT("Reads the low 31 bits of a 64-bit length."),
     .requirement = "6455-5.2-07",
     .caught_by = "frame.length.announced.2-gib",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = keep_low_31_bits},
    {.name = "cuts-control-length-to-8-bits",
     FAULT("Reads the last octet of a 64-bit length when the frame is a control frame."),
     .requirement = "6455-5.2-08",
     .caught_by = "frame.length.top-bit.ping",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = keep_low_byte_of_control},
    {.name = "cuts-length-to-16-bits",
     FAULT("Reads the low 16 bits of a 64-bit length."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-65536",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = keep_low_16_bits},

    /* ---- sequences that are accepted (5.4) */
    {.name = "accepts-final-stray-continuation",
     FAULT("Takes a final continuation frame for a message when there is none to continue."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.final.one-write",
     .place = {.parts = PEER_FINAL},
     ACCEPTS(WS_VIOLATION_CONTINUATION_STRAY)},
    {.name = "accepts-open-stray-continuation",
     FAULT("Lets a continuation frame with FIN=0 begin a message."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.begins-message",
     .place = {.opcodes = BIT(WS_CONTINUATION), .parts = PEER_OPEN},
     ACCEPTS(WS_VIOLATION_CONTINUATION_STRAY)},
    {.name = "accepts-empty-stray-continuation",
     FAULT("Reads over empty final continuation frames when there is no message to continue."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.empty",
     .place = {.parts = PEER_EMPTY | PEER_FINAL},
     ACCEPTS(WS_VIOLATION_CONTINUATION_STRAY)},
    {.name = "accepts-continuation-behind-fragments",
     FAULT("Takes more continuation frames when a fragmented message has ended."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.final.after-fragments",
     .tolerate = BIT(WS_VIOLATION_CONTINUATION_STRAY),
     .on_arrival = fail_unless_behind_fragments},
    {.name = "accepts-continuation-behind-whole-message",
     FAULT("Takes continuation frames behind a message of one frame."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.final.after-whole-message",
     .tolerate = BIT(WS_VIOLATION_CONTINUATION_STRAY),
     .on_arrival = fail_unless_behind_whole_message},
    {.name = "reads-over-stray-continuations",
     FAULT("Reads over continuation frames when there is no message to continue."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.final.frame-by-frame",
     .tolerate = BIT(WS_VIOLATION_CONTINUATION_STRAY),
     .on_arrival = forget_strays},
    {.name = "accepts-continuation-behind-control",
     FAULT("Takes continuation frames behind a control frame when there is no message to continue."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.stray-continuation.behind-control",
     .tolerate = BIT(WS_VIOLATION_CONTINUATION_STRAY),
     .on_arrival = fail_unless_behind_control},
    {.name = "accepts-open-messages-inside-message",
     FAULT("Refuses a whole message inside a message, but begins a new fragmented one."),
     .requirement = "6455-5.4-08",
     .caught_by = "fragment.text-inside-binary.open",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .parts = PEER_OPEN},
     ACCEPTS(WS_VIOLATION_INTERLEAVED)},
    {.name = "accepts-text-inside-text",
     FAULT("Begins a new text message although the text message before it is not finished."),
     .requirement = "6455-5.4-08",
     .caught_by = "fragment.text-inside-text",
     .place = {.opcodes = BIT(WS_TEXT), .of_message = BIT(WS_TEXT)},
     ACCEPTS(WS_VIOLATION_INTERLEAVED)},
    {.name = "accepts-binary-inside-text",
     FAULT("Begins a binary message although the text message before it is not finished."),
     .requirement = "6455-5.4-08",
     .caught_by = "fragment.binary-inside-text",
     .place = {.opcodes = BIT(WS_BINARY), .of_message = BIT(WS_TEXT)},
     ACCEPTS(WS_VIOLATION_INTERLEAVED)},
    {.name = "accepts-text-inside-binary",
     FAULT("Begins a text message although the binary message before it is not finished."),
     .requirement = "6455-5.4-08",
     .caught_by = "fragment.text-inside-binary",
     .place = {.opcodes = BIT(WS_TEXT), .of_message = BIT(WS_BINARY)},
     ACCEPTS(WS_VIOLATION_INTERLEAVED)},
    {.name = "accepts-binary-inside-binary",
     FAULT("Begins a new binary message although the binary message before it is not finished."),
     .requirement = "6455-5.4-08",
     .caught_by = "fragment.binary-inside-binary",
     .place = {.opcodes = BIT(WS_BINARY), .of_message = BIT(WS_BINARY)},
     ACCEPTS(WS_VIOLATION_INTERLEAVED)},

    /* ---- good frames that are refused or lost */
    {.name = "refuses-empty-text",
     FAULT("Fails the connection on an empty text frame."),
     .requirement = "6455-5.4-03",
     .caught_by = "message.text.length-0",
     .place = {.opcodes = BIT(WS_TEXT), .parts = PEER_EMPTY | PEER_FINAL},
     REFUSES},
    {.name = "refuses-empty-binary",
     FAULT("Fails the connection on an empty binary frame."),
     .requirement = "6455-5.4-03",
     .caught_by = "message.binary.length-0",
     .place = {.opcodes = BIT(WS_BINARY), .parts = PEER_EMPTY | PEER_FINAL},
     REFUSES},
    {.name = "refuses-empty-first-fragment",
     FAULT("Fails the connection when the first fragment of a message is empty."),
     .requirement = "6455-5.4-10",
     .caught_by = "fragment.text.empty-first",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .parts = PEER_EMPTY | PEER_OPEN},
     REFUSES},
    {.name = "refuses-empty-middle-fragment",
     FAULT("Fails the connection when a fragment in the middle of a message is empty."),
     .requirement = "6455-5.4-10",
     .caught_by = "fragment.text.empty-middle",
     .place = {.opcodes = BIT(WS_CONTINUATION), .parts = PEER_EMPTY | PEER_OPEN},
     REFUSES},
    {.name = "refuses-empty-last-fragment",
     FAULT("Fails the connection when the last fragment of a message is empty."),
     .requirement = "6455-5.4-10",
     .caught_by = "fragment.binary.empty-last",
     .place = {.opcodes = BIT(WS_CONTINUATION), .parts = PEER_EMPTY | PEER_FINAL},
     REFUSES},
    {.name = "refuses-message-of-empty-fragments",
     FAULT("Fails the connection when all fragments of a message are empty."),
     .requirement = "6455-5.4-10",
     .caught_by = "fragment.text.empty-all",
     .on_arrival = fail_on_empty_message},
    {.name = "drops-empty-messages",
     FAULT("Does not deliver messages without payload."),
     .requirement = "6455-5.4-03",
     .caught_by = "message.text.length-0",
     .on_arrival = drop_empty_message},
    {.name = "hangs-on-empty-last-fragment",
     FAULT("Waits for octets of an empty last fragment that never come."),
     .requirement = "6455-5.4-10",
     .caught_by = "fragment.text.empty-last",
     .place = {.opcodes = BIT(WS_CONTINUATION), .parts = PEER_EMPTY | PEER_FINAL},
     .on_arrival = hang_there},
    {.name = "refuses-length-125",
     FAULT("Fails the connection on data frames of 125 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-125",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .least = 125, .most = 125},
     REFUSES},
    {.name = "refuses-length-126",
     FAULT("Fails the connection on data frames of 126 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-126",
     .place = {.least = 126, .most = 126},
     REFUSES},
    {.name = "refuses-length-127",
     FAULT("Fails the connection on data frames of 127 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-127",
     .place = {.least = 127, .most = 127},
     REFUSES},
    {.name = "refuses-length-4096",
     FAULT("Fails the connection on data frames of 4096 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "data.size.binary.4096",
     .place = {.least = 4096, .most = 4096},
     REFUSES},
    {.name = "refuses-length-65535",
     FAULT("Fails the connection on data frames of 65535 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-65535",
     .place = {.least = 65535, .most = 65535},
     REFUSES},
    {.name = "refuses-length-65536",
     FAULT("Fails the connection on data frames of 65536 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-65536",
     .place = {.least = 65536, .most = 65536},
     REFUSES},
    {.name = "refuses-64-bit-lengths",
     FAULT("Fails the connection on frames with a 64-bit length."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.chopped.length-65536",
     .place = {.length_bits = 64},
     REFUSES},
    {.name = "refuses-binary",
     FAULT("Fails the connection on binary frames."),
     .requirement = "6455-5.6-01",
     .caught_by = "message.binary.length-126",
     .place = {.opcodes = BIT(WS_BINARY)},
     REFUSES},
    {.name = "refuses-fragments",
     FAULT("Fails the connection on fragmented messages."),
     .requirement = "6455-5.4-11",
     .caught_by = "fragment.text.two-frames.one-write",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .parts = PEER_OPEN},
     REFUSES},
    {.name = "refuses-third-fragment",
     FAULT("Fails the connection on continuation frames with FIN=0."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.frames-of-1300",
     .place = {.opcodes = BIT(WS_CONTINUATION), .parts = PEER_OPEN},
     REFUSES},
    {.name = "refuses-fragmented-binary",
     FAULT("Fails the connection on fragmented binary messages."),
     .requirement = "6455-5.4-17",
     .caught_by = "fragment.binary.two-frames",
     .place = {.opcodes = BIT(WS_BINARY), .parts = PEER_OPEN},
     REFUSES},
    {.name = "refuses-empty-ping",
     FAULT("Fails the connection on pings without payload."),
     .requirement = "6455-5.5.2-01",
     .caught_by = "ping.empty",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_EMPTY},
     REFUSES},
    {.name = "refuses-ping-125",
     FAULT("Fails the connection on pings of 125 octets."),
     .requirement = "6455-5.5-02",
     .caught_by = "ping.length-125",
     .place = {.opcodes = BIT(WS_PING), .least = 125},
     REFUSES},
    {.name = "refuses-ping-inside-message",
     FAULT("Fails the connection on a ping between the fragments of a message."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.ping-between.one-write",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_INSIDE},
     REFUSES},
    {.name = "refuses-pong-inside-message",
     FAULT("Fails the connection on a pong between the fragments of a message."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.pong-between",
     .place = {.opcodes = BIT(WS_PONG), .parts = PEER_INSIDE},
     REFUSES},
    {.name = "refuses-unsolicited-pong",
     FAULT("Fails the connection on a pong that it has not asked for."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "pong.unsolicited.with-payload",
     .place = {.opcodes = BIT(WS_PONG)},
     REFUSES},
    {.name = "refuses-empty-pong",
     FAULT("Fails the connection on a pong without payload."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "pong.unsolicited.empty",
     .place = {.opcodes = BIT(WS_PONG), .parts = PEER_EMPTY},
     REFUSES},
    {.name = "hangs-on-pong",
     FAULT("Neither sends nor reads any more after a pong that it has not asked for."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "pong.unsolicited.before-ping",
     .place = {.opcodes = BIT(WS_PONG)},
     .on_arrival = hang_there},
    {.name = "refuses-pong-125",
     FAULT("Fails the connection on pongs of 125 octets."),
     .requirement = "6455-5.5-02",
     .caught_by = "pong.unsolicited.length-125",
     .place = {.opcodes = BIT(WS_PONG), .least = 125},
     REFUSES},
    {.name = "refuses-pong-101",
     FAULT("Fails the connection when more than 100 pongs have come that it has not asked for."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "pong.unsolicited.thousand",
     .on_arrival = fail_at_pong_101},
    {.name = "refuses-ping-125-inside-message",
     FAULT("Fails the connection on pings of 125 octets between the fragments of a message."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.binary.longest-ping-between",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_INSIDE, .least = 125},
     REFUSES},
    {.name = "refuses-length-255",
     FAULT("Fails the connection on data frames of 255 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-255",
     .place = {.least = 255, .most = 255},
     REFUSES},
    {.name = "refuses-length-256",
     FAULT("Fails the connection on data frames of 256 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-256",
     .place = {.least = 256, .most = 256},
     REFUSES},
    {.name = "answers-http",
     SERVER_FAULT("Answers an HTTP request behind the handshake in HTTP."),
     .requirement = "6455-6.2-01",
     .caught_by = "frame.raw.http-request",
     .on_input = speak_http},
    {.name = "reads-over-http",
     CLIENT_FAULT("Reads over an HTTP response behind the handshake."),
     .requirement = "6455-6.2-01",
     .caught_by = "frame.raw.http-response",
     .on_input = skip_http},
    {.name = "refuses-key-of-line-ends",
     SERVER_FAULT("Fails the connection when the masking key is an empty line of HTTP."),
     .requirement = "6455-5.3-07",
     .caught_by = "frame.mask.key-0d0a0d0a",
     .on_arrival = fail_on_key_like_a_line_end},
    {.name = "refuses-key-of-zeros",
     SERVER_FAULT("Takes a masking key of four zeros for no mask."),
     .requirement = "6455-5.3-07",
     .caught_by = "frame.mask.key-00000000",
     .on_arrival = fail_on_key_of_zeros},
    {.name = "refuses-key-of-same-octets",
     SERVER_FAULT("Fails the connection when the octets of a masking key are all the same."),
     .requirement = "6455-5.3-07",
     .caught_by = "frame.mask.key-ffffffff",
     .on_arrival = fail_on_key_of_same_octets},
    {.name = "refuses-message-behind-control",
     FAULT("Has forgotten the message in progress when a control frame has come inside it."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.ping-between.frame-by-frame",
     .on_arrival = forget_message_at_control},
    {.name = "ping-clears-message",
     FAULT("Loses the fragments that came before a ping."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.ping-between.one-write",
     .on_arrival = clear_message_at_ping},
    {.name = "ping-joins-message",
     FAULT("Adds the payload of a ping between fragments to the message."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.ping-between.chopped",
     .place = {.opcodes = BIT(WS_PING)},
     .on_arrival = join_there},
    {.name = "pong-joins-message",
     FAULT("Adds the payload of a pong between fragments to the message."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.pong-between",
     .place = {.opcodes = BIT(WS_PONG)},
     .on_arrival = join_there},
    {.name = "ignores-empty-pings",
     FAULT("Does not answer pings without payload."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.empty",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_EMPTY},
     .on_arrival = skip_there},
    {.name = "ignores-pings-inside-message",
     FAULT("Does not answer pings between the fragments of a message."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "fragment.text.ping-between.one-write",
     .place = {.opcodes = BIT(WS_PING), .parts = PEER_INSIDE},
     .on_arrival = skip_there},

    {.name = NULL},
};
