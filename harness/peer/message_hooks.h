/* What the faults of messages share: what has arrived, its octets, where its fragments began. For
 * faults_content.c, faults_masking.c and faults_utf8.c alone. */
#ifndef PEER_MESSAGE_HOOKS_H
#define PEER_MESSAGE_HOOKS_H

#include "peer/behaviour.h"

static inline bool is_message(const peer_arrival *arrival) {
    return arrival->event->type == WS_EVENT_DATA && arrival->message_ends;
}

static inline bool is_text(const peer_arrival *arrival) {
    return is_message(arrival) && arrival->event->opcode == WS_TEXT;
}

static inline bool is_binary(const peer_arrival *arrival) {
    return is_message(arrival) && arrival->event->opcode == WS_BINARY;
}

static inline bool has_fragments(const peer_arrival *arrival) {
    return is_message(arrival) && arrival->event->header.opcode == WS_CONTINUATION;
}

static inline void append(peer_arrival *arrival, const void *octets, size_t size) {
    if (ws_buffer_append(arrival->message, octets, size) != WS_OK)
        arrival->act = PEER_DROP_TCP;
}

static inline void assign(peer_arrival *arrival, const void *octets, size_t size) {
    arrival->message->size = 0;
    append(arrival, octets, size);
}

enum { STARTS_MAX = PEER_MEMO_WORDS - 1 };

/* Where the fragments of the message began: memo[0] of them, in memo[1] and so on. Further ones count as part
 * of the last. */
static inline void remember_start(const peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    if (arrival->event->type != WS_EVENT_DATA || arrival->message_ends)
        return;
    if (arrival->event->flags & WS_MESSAGE_START)
        memo[0] = 0;
    if (memo[0] < STARTS_MAX)
        memo[++memo[0]] = arrival->message->size;
}

/* For on_input: memo[0] is about one read. */
static inline void begin_read(peer_input *input) {
    peer_memo(input->endpoint)[0] = 0;
}

static inline bool is_white_space(uint8_t octet) {
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

/* Octets that the lead announces in RFC 2279, which had forms of five and six; 0: it leads none. */
static inline size_t sequence_length(uint8_t lead) {
    static const uint8_t bounds[] = {0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe};
    static const uint8_t lengths[] = {1, 0, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof bounds; i++)
        if (lead < bounds[i])
            return lengths[i];
    return 0;
}

#endif
