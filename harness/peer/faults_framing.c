#include "peer/behaviour.h"

#include <ctype.h>
#include <string.h>

/* ------------------------------------------------------------------ places */

static bool has(const peer_place *place, const ws_frame_header *header, bool inside) {
    if (place->opcodes && !(place->opcodes & (1u << header->opcode)))
        return false;
    if (((place->parts & PEER_FINAL) && !header->fin) || ((place->parts & PEER_OPEN) && header->fin))
        return false;
    if (((place->parts & PEER_EMPTY) && header->length > 0) || ((place->parts & PEER_INSIDE) && !inside))
        return false;
    return header->length >= place->least && (place->most == 0 || header->length <= place->most);
}

static const peer_place *place_of(const peer_endpoint *endpoint) {
    return &peer_behaviour_of(endpoint)->place;
}

static bool is_in_place(const peer_arrival *arrival) {
    return has(place_of(arrival->endpoint), &arrival->event->header, arrival->inside_message);
}

static bool is_emitted_in_place(const peer_emission *emission) {
    const ws_frame *frame = &emission->frame;
    const ws_frame_header header = {
        .opcode = frame->opcode, .fin = frame->fin, .length = frame->payload.size};
    return has(place_of(emission->endpoint), &header, false);
}

/* ------------------------------------------------------------------ what is accepted */

/* The first frame of the message in progress is remembered. */
enum { MEMO_OPCODE = 0, MEMO_WAS_FRAGMENTED = 1, MEMO_COUNT = 2, MEMO_SIZE = 3, MEMO_PAYLOAD = 4 };

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

/* A short payload in the memo. */
static void remember(uint64_t *memo, ws_span payload) {
    size_t room = (PEER_MEMO_WORDS - MEMO_PAYLOAD) * sizeof *memo;
    memo[MEMO_SIZE] = payload.size < room ? payload.size : room;
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

#define BIT(number)     (1u << (number))
#define AS_SERVER(text) .kind = PEER_FAULT, .roles = PEER_AS_SERVER, .sentence = (text)
#define AS_CLIENT(text) .kind = PEER_FAULT, .roles = PEER_AS_CLIENT, .sentence = (text)
#define FAULT(text)     .kind = PEER_FAULT, .roles = PEER_AS_BOTH, .sentence = (text)

/* Accepted in the place of the row; the other violations of the rule fail the connection. */
#define ACCEPTS(rule) .tolerate = BIT(rule), .on_arrival = fail_elsewhere
#define REFUSES       .on_arrival = fail_there

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
     AS_SERVER("Takes " words " without a mask from a client."),                                             \
     .requirement = "6455-5.1-03",                                                                           \
     .caught_by = "frame.mask.missing." type_name,                                                           \
     .place = __VA_ARGS__,                                                                                   \
     ACCEPTS(WS_VIOLATION_MASK_MISSING)},                                                                    \
    {                                                                                                        \
        .name = "accepts-masked-" type_name, AS_CLIENT("Takes " words " with a mask from a server."),        \
        .requirement = "6455-5.1-06", .caught_by = "frame.mask.present." type_name, .place = __VA_ARGS__,    \
        ACCEPTS(WS_VIOLATION_MASK_PRESENT)                                                                   \
    }

const peer_behaviour peer_faults_framing[] = {
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
    {.name = "accepts-unmasked-after-first-frame",
     AS_SERVER("Looks for the mask of the first frame only."),
     .requirement = "6455-5.1-03",
     .caught_by = "frame.mask.missing.text",
     .tolerate = BIT(WS_VIOLATION_MASK_MISSING),
     .on_arrival = fail_at_first},
    {.name = "accepts-masked-after-first-frame",
     AS_CLIENT("Looks for a mask on the first frame only."),
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
    {.name = "cuts-length-to-32-bits",
     FAULT("Reads the low 32 bits of a 64-bit length."),
     .requirement = "6455-5.2-07",
     .caught_by = "frame.length.above-32-bits",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL),
     .on_input = keep_low_half},
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
    {.name = "refuses-key-of-zeros",
     AS_SERVER("Takes a masking key of four zeros for no mask."),
     .requirement = "6455-5.3-07",
     .caught_by = "frame.mask.key-00000000",
     .on_arrival = fail_on_key_of_zeros},
    {.name = "refuses-key-of-same-octets",
     AS_SERVER("Fails the connection when the octets of a masking key are all the same."),
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
     AS_CLIENT("Counts the masking key in the payload length."),
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
