/* Headers, frames, sequences and pongs that are sent wrong: RFC 6455 5.1 to 5.5. */
#include "peer/behaviour_private.h"
#include "peer/frame_hooks.h"

#include <ctype.h>
#include <string.h>

/* ------------------------------------------------------------------ what is sent: headers */

static void set_rsv_there(peer_emission *emission) {
    if (is_emitted_in_place(emission))
        emission->frame.rsv |= place_of(emission->endpoint)->rsv;
}

static void use_length_form_there(peer_emission *emission) {
    if (is_emitted_in_place(emission))
        emission->frame.length_form = (ws_length_form)place_of(emission->endpoint)->length_bits;
}

static void mask_wrongly_there(peer_emission *emission) {
    if (is_emitted_in_place(emission))
        emission->frame.masked = !emission->frame.masked;
}

static void mask_wrongly_but_first(peer_emission *emission) {
    if (emission->number > 0)
        emission->frame.masked = !emission->frame.masked;
}

static void mask_with_another_key(peer_emission *emission) {
    static const uint8_t any_key[4] = {0x37, 0xfa, 0x21, 0x3d};
    ws_buffer *masked = peer_scratch(emission->endpoint);
    const ws_span payload = emission->frame.payload;
    if (emission->purpose != PEER_SENDS_ECHO || ws_buffer_append(masked, payload.data, payload.size) != WS_OK)
        return;
    for (size_t i = 0; i < masked->size; i++)
        masked->data[i] ^= any_key[i % sizeof any_key];
    emission->frame.payload = ws_buffer_span(masked);
}

static void clear_final_there(peer_emission *emission) {
    if (is_emitted_in_place(emission))
        emission->frame.fin = false;
}

static void set_final_on_all(peer_emission *emission) {
    emission->frame.fin = true;
}

static void send_reserved_data(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO)
        emission->frame.opcode = 3;
}

static void send_reserved_pong(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        emission->frame.opcode = 0xb;
}

static void echo_as_continuation(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO)
        emission->frame.opcode = WS_CONTINUATION;
}

static void repeat_opcode_in_fragments(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO)
        emission->frame.opcode = emission->event->opcode;
}

static void end_with_opcode(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO)
        emission->frame.opcode = emission->frame.fin ? emission->event->opcode : (uint8_t)WS_CONTINUATION;
}

static void swap_types(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO && emission->frame.opcode != WS_CONTINUATION)
        emission->frame.opcode = emission->frame.opcode == WS_TEXT ? WS_BINARY : WS_TEXT;
}

/* The message came in fragments: its type is that of the last frame, which has none. */
static void lose_type_of_fragments(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_ECHO && emission->event->header.opcode == WS_CONTINUATION)
        emission->frame.opcode = WS_TEXT;
}

/* ---- lengths that lie */

static void declare(peer_emission *emission, uint64_t length) {
    emission->frame.lie_about_length = true;
    emission->frame.declared = length;
}

static void declare_one_more(peer_emission *emission) {
    if (is_emitted_in_place(emission))
        declare(emission, emission->frame.payload.size + 1);
}

static void declare_one_less(peer_emission *emission) {
    if (is_emitted_in_place(emission))
        declare(emission, emission->frame.payload.size - 1);
}

/* 5.2: multi-octet lengths are in network byte order. */
static void swap_length(peer_emission *emission) {
    uint64_t length = emission->frame.payload.size;
    unsigned octets = length > 0xffff ? 8 : 2;
    uint64_t swapped = 0;
    if (!is_emitted_in_place(emission))
        return;
    for (unsigned i = 0; i < octets; i++)
        swapped = swapped << 8 | (length >> (8 * i) & 0xff);
    emission->frame.length_form = octets == 8 ? WS_LENGTH_64 : WS_LENGTH_16;
    declare(emission, swapped);
}

/* 5.2: the length does not count the masking key. */
static void count_the_key(peer_emission *emission) {
    if (emission->frame.masked && emission->purpose == PEER_SENDS_ECHO)
        declare(emission, emission->frame.payload.size + sizeof emission->frame.key);
}

/* ------------------------------------------------------------------ what is sent: frames */

/* Sends the frame in two. */
static void split_there(peer_emission *emission) {
    ws_frame first = emission->frame;
    size_t half = first.payload.size / 2;
    if (!is_emitted_in_place(emission) || first.payload.size == 0)
        return;
    first.fin = false;
    first.payload.size = half;
    peer_send_frame(emission->endpoint, &first);
    emission->frame.opcode = WS_CONTINUATION;
    emission->frame.payload.data += half;
    emission->frame.payload.size -= half;
}

static void send_before_continuation(peer_emission *emission, uint8_t opcode, bool fin) {
    if (emission->frame.opcode == WS_CONTINUATION)
        peer_send_frame(emission->endpoint,
                        &(ws_frame){.opcode = opcode, .fin = fin, .payload = ws_span_of("other")});
}

static void send_message_inside(peer_emission *emission) {
    send_before_continuation(emission, WS_TEXT, true);
}

static void send_open_ping_inside(peer_emission *emission) {
    send_before_continuation(emission, WS_PING, false);
}

static void send_behind_echo(peer_emission *emission, const ws_frame *extra) {
    if (emission->purpose != PEER_SENDS_ECHO || !emission->frame.fin)
        return;
    ws_frame echo = emission->frame;
    echo.masked = false; /* a key of its own */
    peer_send_frame(emission->endpoint, &echo);
    peer_send_frame(emission->endpoint, extra);
    emission->act = PEER_SKIP;
}

static void end_echo_twice(peer_emission *emission) {
    send_behind_echo(emission, &(ws_frame){.opcode = WS_CONTINUATION, .fin = true});
}

static void send_long_ping(peer_emission *emission) {
    static const uint8_t zeros[WS_CONTROL_PAYLOAD_MAX + 1] = {0};
    send_behind_echo(emission, &(ws_frame){.opcode = WS_PING, .fin = true, .payload = {zeros, sizeof zeros}});
}

static void send_stray_octet(peer_emission *emission) {
    static const uint8_t line_feed = '\n';
    if (emission->purpose == PEER_SENDS_ECHO && emission->number > 0)
        peer_send_octets(emission->endpoint, (ws_span){&line_feed, 1});
}

/* ------------------------------------------------------------------ pings and pongs */

enum { MEMO_COUNT, MEMO_SIZE, MEMO_PAYLOAD, REMEMBERED_MAX = 32 };

static bool is_pong(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_PONG;
}

static void pong_empty(peer_emission *emission) {
    if (is_pong(emission))
        emission->frame.payload.size = 0;
}

static void pong_without_last_octet(peer_emission *emission) {
    if (is_pong(emission) && emission->frame.payload.size > 0)
        emission->frame.payload.size--;
}

static void pong_up_to(peer_emission *emission, size_t most) {
    if (is_pong(emission) && emission->frame.payload.size > most)
        emission->frame.payload.size = most;
}

static void pong_up_to_124(peer_emission *emission) {
    pong_up_to(emission, 124);
}

static void pong_up_to_nul(peer_emission *emission) {
    ws_span payload = emission->frame.payload;
    const uint8_t *nul = payload.size > 0 ? memchr(payload.data, 0, payload.size) : NULL;
    if (nul)
        pong_up_to(emission, (size_t)(nul - payload.data));
}

/* A pong whose payload is made anew. */
static ws_buffer *rewritten_pong(peer_emission *emission) {
    ws_buffer *payload = peer_scratch(emission->endpoint);
    ws_span ping = emission->frame.payload;
    if (!is_pong(emission) || ws_buffer_append(payload, ping.data, ping.size) != WS_OK)
        return NULL;
    return payload;
}

static void pong_in_upper_case(peer_emission *emission) {
    ws_buffer *payload = rewritten_pong(emission);
    if (!payload)
        return;
    for (size_t i = 0; i < payload->size; i++)
        payload->data[i] = (uint8_t)toupper(payload->data[i]);
    emission->frame.payload = ws_buffer_span(payload);
}

static void pong_padded(peer_emission *emission) {
    ws_buffer *payload = rewritten_pong(emission);
    if (payload && payload->size < WS_CONTROL_PAYLOAD_MAX && ws_buffer_append(payload, "", 1) == WS_OK)
        emission->frame.payload = ws_buffer_span(payload);
}

static void pong_too_long(peer_emission *emission) {
    ws_buffer *payload = rewritten_pong(emission);
    if (payload && payload->size == WS_CONTROL_PAYLOAD_MAX && ws_buffer_append(payload, "", 1) == WS_OK)
        emission->frame.payload = ws_buffer_span(payload);
}

/* What is not UTF-8 becomes a question mark. */
static void pong_as_text(peer_emission *emission) {
    ws_buffer *payload = rewritten_pong(emission);
    if (!payload)
        return;
    for (size_t i = 0; i < payload->size; i++)
        if (payload->data[i] > 0x7f)
            payload->data[i] = '?';
    emission->frame.payload = ws_buffer_span(payload);
}

/* A short payload in the memo; its tail may be lost. */
static void remember(uint64_t *memo, ws_span payload) {
    memo[MEMO_SIZE] = payload.size < REMEMBERED_MAX ? payload.size : REMEMBERED_MAX;
    if (payload.size > 0)
        memcpy(&memo[MEMO_PAYLOAD], payload.data, (size_t)memo[MEMO_SIZE]);
}

static ws_span remembered(const uint64_t *memo) {
    return (ws_span){(const uint8_t *)&memo[MEMO_PAYLOAD], (size_t)memo[MEMO_SIZE]};
}

static void pong_previous_ping(peer_emission *emission) {
    uint64_t *memo = peer_memo(emission->endpoint);
    ws_buffer *previous = peer_scratch(emission->endpoint);
    ws_span answer = remembered(memo);
    if (!is_pong(emission) || ws_buffer_append(previous, answer.data, answer.size) != WS_OK)
        return;
    remember(memo, emission->frame.payload);
    if (memo[MEMO_COUNT]++ > 0)
        emission->frame.payload = ws_buffer_span(previous);
}

/* The first ping's payload is never forgotten: an empty ping does not replace it. */
static void pong_payload_of_earlier_when_empty(peer_emission *emission) {
    uint64_t *memo = peer_memo(emission->endpoint);
    if (is_pong(emission) && emission->frame.payload.size > 0)
        remember(memo, emission->frame.payload);
    else if (is_pong(emission))
        emission->frame.payload = remembered(memo);
}

static void answer_every_second_ping(peer_emission *emission) {
    if (is_pong(emission) && peer_memo(emission->endpoint)[MEMO_COUNT]++ % 2 == 1)
        emission->act = PEER_SKIP;
}

static void answer_with_ping(peer_emission *emission) {
    if (is_pong(emission))
        emission->frame.opcode = WS_PING;
}

static void answer_with_text(peer_emission *emission) {
    if (is_pong(emission))
        emission->frame.opcode = WS_TEXT;
}

static void answer_close_to_ping(peer_emission *emission) {
    if (is_pong(emission))
        emission->frame = (ws_frame){.opcode = WS_CLOSE, .fin = true, .masked = emission->frame.masked};
}

/* Keeps the ping that comes inside a message, for its end. */
static void hold_ping(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    if (arrival->event->type == WS_EVENT_PING && arrival->inside_message) {
        remember(memo, arrival->event->payload);
        memo[MEMO_COUNT] = 1;
        arrival->act = PEER_SKIP;
    } else if (arrival->message_ends && memo[MEMO_COUNT] > 0) {
        memo[MEMO_COUNT] = 0;
        peer_send_frame(arrival->endpoint,
                        &(ws_frame){.opcode = WS_PONG, .fin = true, .payload = remembered(memo)});
    }
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_frames_sent[] = {
    /* ---- headers that are sent */
    {.name = "sends-rsv1-on-text",
     FAULT("Sets RSV1 on its text frames although no extension was agreed on."),
     .requirement = "6455-5.2-02",
     .caught_by = "message.text.length-125",
     .place = {.opcodes = BIT(WS_TEXT), .rsv = WS_RSV1},
     .before_emit = set_rsv_there},
    {.name = "sends-rsv2-on-binary",
     FAULT("Sets RSV2 on its binary frames."),
     .requirement = "6455-5.2-02",
     .caught_by = "message.binary.length-126",
     .place = {.opcodes = BIT(WS_BINARY), .rsv = WS_RSV2},
     .before_emit = set_rsv_there},
    {.name = "sends-rsv3-on-pong",
     FAULT("Sets RSV3 on its pongs."),
     .requirement = "6455-5.2-02",
     .caught_by = "ping.text-payload",
     .place = {.opcodes = BIT(WS_PONG), .rsv = WS_RSV3},
     .before_emit = set_rsv_there},
    {.name = "sends-rsv1-on-close",
     FAULT("Sets RSV1 on its Close frames."),
     .requirement = "6455-5.2-02",
     .caught_by = "close.payload.code-only",
     .place = {.opcodes = BIT(WS_CLOSE), .rsv = WS_RSV1},
     .before_emit = set_rsv_there},
    {.name = "sends-rsv1-on-continuations",
     FAULT("Echoes in fragments and sets RSV1 on the continuation frames."),
     .requirement = "6455-5.2-02",
     .caught_by = "message.text.length-126",
     .place = {.opcodes = BIT(WS_CONTINUATION), .rsv = WS_RSV1},
     .echo_fragments = 2,
     .before_emit = set_rsv_there},
    {.name = "sends-reserved-data-opcode",
     FAULT("Echoes with the reserved opcode 3."),
     .requirement = "6455-5.2-05",
     .caught_by = "message.text.length-125",
     .before_emit = send_reserved_data},
    {.name = "sends-reserved-control-opcode",
     FAULT("Answers pings with the reserved opcode 11."),
     .requirement = "6455-5.2-05",
     .caught_by = "ping.text-payload",
     .before_emit = send_reserved_pong},
    {.name = "swaps-types",
     FAULT("Echoes text as binary and binary as text."),
     .requirement = "6455-5.6-01",
     .caught_by = "message.text.length-125",
     .before_emit = swap_types},
    {.name = "takes-fragmented-binary-for-text",
     FAULT("Takes every fragmented message for text."),
     .requirement = "6455-5.4-16",
     .caught_by = "fragment.binary.two-frames",
     .before_emit = lose_type_of_fragments},
    {.name = "masks-text-wrongly",
     FAULT("Masks its text frames as a server and does not as a client."),
     .requirement = "6455-5.2-06",
     .caught_by = "message.text.length-125",
     .place = {.opcodes = BIT(WS_TEXT), .least = 1},
     .before_emit = mask_wrongly_there},
    {.name = "masks-binary-wrongly",
     FAULT("Masks its binary frames as a server and does not as a client."),
     .requirement = "6455-5.2-06",
     .caught_by = "message.binary.length-126",
     .place = {.opcodes = BIT(WS_BINARY)},
     .before_emit = mask_wrongly_there},
    {.name = "masks-pongs-wrongly",
     FAULT("Masks its pongs as a server and does not as a client."),
     .requirement = "6455-5.2-06",
     .caught_by = "ping.text-payload",
     .place = {.opcodes = BIT(WS_PONG), .least = 1},
     .before_emit = mask_wrongly_there},
    {.name = "masks-close-wrongly",
     FAULT("Masks its Close frames as a server and does not as a client."),
     .requirement = "6455-5.5.1-05",
     .caught_by = "close.payload.code-only",
     .place = {.opcodes = BIT(WS_CLOSE)},
     .before_emit = mask_wrongly_there},
    {.name = "masks-empty-frames-wrongly",
     FAULT("Masks empty frames as a server and does not as a client."),
     .requirement = "6455-5.1-01",
     .caught_by = "message.text.length-0",
     .place = {.parts = PEER_EMPTY},
     .before_emit = mask_wrongly_there},
    {.name = "masks-continuations-wrongly",
     FAULT("Echoes in fragments and masks the continuation frames as a server, but not as a client."),
     .requirement = "6455-5.2-06",
     .caught_by = "message.text.length-126",
     .place = {.opcodes = BIT(WS_CONTINUATION)},
     .echo_fragments = 2,
     .before_emit = mask_wrongly_there},
    {.name = "masks-wrongly-after-first-frame",
     FAULT("Masks every frame but its first one wrongly."),
     .requirement = "6455-5.2-06",
     .caught_by = "ping.in-turn",
     .before_emit = mask_wrongly_but_first},
    {.name = "masks-with-another-key",
     FAULT("Masks its messages with a key that does not stand in the frame."),
     .requirement = "6455-5.3-02",
     .caught_by = "message.binary.length-126",
     .before_emit = mask_with_another_key},
    {.name = "sends-short-lengths-in-16-bits",
     FAULT("Writes the length of short messages in 16 bits."),
     .requirement = "6455-5.2-10",
     .caught_by = "fragment.text.two-frames.one-write",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .most = 124, .length_bits = 16},
     .before_emit = use_length_form_there},
    {.name = "sends-length-125-in-16-bits",
     FAULT("Writes a length of 125 in 16 bits."),
     .requirement = "6455-5.2-10",
     .caught_by = "message.text.length-125",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .least = 125, .most = 125, .length_bits = 16},
     .before_emit = use_length_form_there},
    {.name = "sends-length-126-in-7-bits",
     FAULT("Writes a length of 126 as if it fitted into 7 bits."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-126",
     .place = {.least = 126, .most = 126, .length_bits = 7},
     .before_emit = use_length_form_there},
    {.name = "sends-length-127-in-7-bits",
     FAULT("Writes a length of 127 as if it fitted into 7 bits."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-127",
     .place = {.least = 127, .most = 127, .length_bits = 7},
     .before_emit = use_length_form_there},
    {.name = "sends-medium-lengths-in-64-bits",
     FAULT("Writes every length above 125 in 64 bits."),
     .requirement = "6455-5.2-10",
     .caught_by = "message.binary.length-127",
     .place = {.least = 126, .length_bits = 64},
     .before_emit = use_length_form_there},
    {.name = "sends-length-65535-in-64-bits",
     FAULT("Writes a length of 65535 in 64 bits."),
     .requirement = "6455-5.2-10",
     .caught_by = "message.text.length-65535",
     .place = {.least = 65535, .most = 65535, .length_bits = 64},
     .before_emit = use_length_form_there},
    {.name = "sends-large-lengths-in-16-bits",
     FAULT("Writes the length of messages above 65535 octets in 16 bits."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-65536",
     .place = {.least = 65536, .length_bits = 16},
     .before_emit = use_length_form_there},
    {.name = "sends-pong-length-in-16-bits",
     FAULT("Writes the length of pongs in 16 bits."),
     .requirement = "6455-5.2-10",
     .caught_by = "ping.text-payload",
     .place = {.opcodes = BIT(WS_PONG), .length_bits = 16},
     .before_emit = use_length_form_there},
    {.name = "sends-16-bit-lengths-swapped",
     FAULT("Writes 16-bit lengths with the low octet first."),
     .requirement = "6455-5.2-09",
     .caught_by = "message.text.length-127",
     .place = {.least = 126, .most = 65535},
     .before_emit = swap_length},
    {.name = "sends-64-bit-lengths-swapped",
     FAULT("Writes 64-bit lengths with the low octet first."),
     .requirement = "6455-5.2-09",
     .caught_by = "message.text.length-65536",
     .place = {.least = 65536},
     .before_emit = swap_length},
    {.name = "declares-one-octet-more",
     FAULT("Declares one octet more than an echo brings."),
     .requirement = "6455-5.2-11",
     .caught_by = "message.text.length-126",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY)},
     .before_emit = declare_one_more},
    {.name = "declares-one-octet-less",
     FAULT("Declares one octet less than an echo brings."),
     .requirement = "6455-5.2-11",
     .caught_by = "message.text.length-126",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY), .least = 1},
     .before_emit = declare_one_less},
    {.name = "counts-key-as-payload",
     CLIENT_FAULT("Counts the masking key in the payload length."),
     .requirement = "6455-5.3-08",
     .caught_by = "message.text.length-126",
     .before_emit = count_the_key},

    /* ---- sequences that are sent */
    {.name = "echo-without-end",
     FAULT("Sends its echoes with FIN=0."),
     .requirement = "6455-5.4-03",
     .caught_by = "message.text.length-125",
     .place = {.opcodes = BIT(WS_TEXT) | BIT(WS_BINARY)},
     .before_emit = clear_final_there},
    {.name = "fragments-without-end",
     FAULT("Echoes in fragments and leaves FIN out on the last one."),
     .requirement = "6455-5.4-04",
     .caught_by = "message.text.length-126",
     .place = {.opcodes = BIT(WS_CONTINUATION)},
     .echo_fragments = 2,
     .before_emit = clear_final_there},
    {.name = "fragments-all-final",
     FAULT("Echoes in fragments and sets FIN on each."),
     .requirement = "6455-5.4-04",
     .caught_by = "message.text.length-126",
     .echo_fragments = 2,
     .before_emit = set_final_on_all},
    {.name = "echo-as-continuation",
     FAULT("Sends its echoes as continuation frames that continue nothing."),
     .requirement = "6455-5.4-04",
     .caught_by = "message.binary.length-126",
     .before_emit = echo_as_continuation},
    {.name = "fragments-repeat-opcode",
     FAULT("Echoes in fragments and repeats the opcode of the first on all of them."),
     .requirement = "6455-5.4-04",
     .caught_by = "message.text.length-126",
     .echo_fragments = 2,
     .before_emit = repeat_opcode_in_fragments},
    {.name = "fragments-end-with-opcode",
     FAULT("Echoes in fragments and puts the opcode on the last one instead of the first."),
     .requirement = "6455-5.4-04",
     .caught_by = "message.text.length-126",
     .echo_fragments = 2,
     .before_emit = end_with_opcode},
    {.name = "ends-messages-twice",
     FAULT("Sends an empty final continuation frame behind every echo."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.two-frames.one-write",
     .before_emit = end_echo_twice},
    {.name = "message-inside-message",
     FAULT("Echoes in fragments and sends another message between them."),
     .requirement = "6455-5.4-08",
     .caught_by = "message.text.length-126",
     .echo_fragments = 2,
     .before_emit = send_message_inside},
    {.name = "open-ping-inside-message",
     FAULT("Echoes in fragments and sends a ping with FIN=0 between them."),
     .requirement = "6455-5.4-06",
     .caught_by = "message.text.length-126",
     .echo_fragments = 2,
     .before_emit = send_open_ping_inside},
    {.name = "fragments-pongs",
     FAULT("Sends its pongs in two fragments."),
     .requirement = "6455-5.4-06",
     .caught_by = "ping.text-payload",
     .place = {.opcodes = BIT(WS_PONG)},
     .before_emit = split_there},
    {.name = "fragments-close",
     FAULT("Sends its Close frames in two fragments."),
     .requirement = "6455-5.4-06",
     .caught_by = "close.payload.code-only",
     .place = {.opcodes = BIT(WS_CLOSE)},
     .before_emit = split_there},
    {.name = "open-pongs",
     FAULT("Sends its pongs with FIN=0."),
     .requirement = "6455-5.5-03",
     .caught_by = "ping.text-payload",
     .place = {.opcodes = BIT(WS_PONG)},
     .before_emit = clear_final_there},
    {.name = "sends-ping-126",
     FAULT("Sends pings of 126 octets of its own."),
     .requirement = "6455-5.5-02",
     .caught_by = "fragment.text.two-frames.one-write",
     .before_emit = send_long_ping},
    {.name = "line-feed-between-frames",
     FAULT("Sends a line feed ahead of every echo but the first frame of the connection."),
     .requirement = "6455-5.2-05",
     .caught_by = "message.behind-pong",
     .before_emit = send_stray_octet},

    /* ---- pings and pongs (5.5.2, 5.5.3) */
    {.name = "pong-empty",
     FAULT("Answers every ping with an empty pong."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.text-payload",
     .before_emit = pong_empty},
    {.name = "pong-without-last-octet",
     FAULT("Loses the last octet of a ping in its pong."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.text-payload",
     .before_emit = pong_without_last_octet},
    {.name = "pong-up-to-124-octets",
     FAULT("Has room for 124 octets of a ping."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.length-125",
     .before_emit = pong_up_to_124},
    {.name = "pong-up-to-nul",
     FAULT("Ends the payload of a pong at the first NUL octet of the ping."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.binary-payload",
     .before_emit = pong_up_to_nul},
    {.name = "pong-in-upper-case",
     FAULT("Changes small letters of a ping to capital ones."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.text-payload",
     .before_emit = pong_in_upper_case},
    {.name = "pong-as-text",
     FAULT("Replaces octets of a ping that are no ASCII by question marks."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.binary-payload",
     .before_emit = pong_as_text},
    {.name = "pong-with-nul",
     FAULT("Adds a NUL octet to the payload of every pong that has room for it."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.empty",
     .before_emit = pong_padded},
    {.name = "pong-of-126-octets",
     FAULT("Adds a NUL octet to the pong for a ping of 125 octets."),
     .requirement = "6455-5.5-02",
     .caught_by = "ping.length-125",
     .before_emit = pong_too_long},
    {.name = "pong-of-previous-ping",
     FAULT("Answers every ping but the first with the payload of the ping before."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.in-turn",
     .before_emit = pong_previous_ping},
    {.name = "pong-of-previous-ping-for-empty",
     FAULT("Answers an empty ping with the payload of the ping before."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.in-turn",
     .before_emit = pong_payload_of_earlier_when_empty},
    {.name = "answers-every-second-ping",
     FAULT("Answers every second ping only, also when one follows the pong for the other."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.in-turn",
     .before_emit = answer_every_second_ping},
    {.name = "pongs-at-end-of-message",
     FAULT("Answers a ping between fragments once the message has ended, which may be never."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "fragment.text.two-pings-between.one-write",
     .on_arrival = hold_ping},
    {.name = "answers-ping-with-ping",
     FAULT("Answers a ping with a ping."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.text-payload",
     .before_emit = answer_with_ping},
    {.name = "answers-ping-with-text",
     FAULT("Answers a ping with a text message."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.text-payload",
     .before_emit = answer_with_text},
    {.name = "answers-ping-with-close",
     FAULT("Answers a ping with a Close."),
     .requirement = "6455-5.5.2-02",
     .caught_by = "ping.text-payload",
     .before_emit = answer_close_to_ping},

    {.name = NULL},
};
