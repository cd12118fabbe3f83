/* Octets lost, invented, changed or swapped between a message and its echo; masks; reads; UTF-8. */
#include "peer/behaviour.h"
#include "wire/utf8.h"

#include <string.h>

/* The first members of every row. */
#define FAULT(text) .kind = PEER_FAULT, .roles = PEER_AS_BOTH, .sentence = (text)
/* Only what clients send is masked. */
#define MASK_FAULT(text) .kind = PEER_FAULT, .roles = PEER_AS_SERVER, .sentence = (text)

#define TOLERATES_TEXT  .tolerate = 1u << WS_VIOLATION_TEXT
#define TOLERATES_CODES .tolerate = 1u << WS_VIOLATION_CLOSE_CODE
/* And sends them back. */
#define TOLERATES_REASONS .tolerate = 1u << WS_VIOLATION_CLOSE_REASON, .reply = PEER_REPLIES_SAME_PAYLOAD

/* ------------------------------------------------------------------ whole messages */

static bool is_message(const peer_arrival *arrival) {
    return arrival->event->type == WS_EVENT_DATA && arrival->message_ends;
}

static bool is_text(const peer_arrival *arrival) {
    return is_message(arrival) && arrival->event->opcode == WS_TEXT;
}

static bool is_binary(const peer_arrival *arrival) {
    return is_message(arrival) && arrival->event->opcode == WS_BINARY;
}

static bool has_fragments(const peer_arrival *arrival) {
    return is_message(arrival) && arrival->event->header.opcode == WS_CONTINUATION;
}

static void append(peer_arrival *arrival, const void *octets, size_t size) {
    if (ws_buffer_append(arrival->message, octets, size) != WS_OK)
        arrival->act = PEER_DROP_TCP;
}

static void shorten(peer_arrival *arrival, size_t size) {
    if (arrival->message->size > size)
        arrival->message->size = size;
}

static void assign(peer_arrival *arrival, const void *octets, size_t size) {
    arrival->message->size = 0;
    append(arrival, octets, size);
}

static void lose_last_octet(peer_arrival *arrival) {
    if (is_message(arrival) && arrival->message->size > 0)
        arrival->message->size--;
}

static void lose_first_octet(peer_arrival *arrival) {
    if (is_message(arrival) && arrival->message->size > 0)
        ws_buffer_consume(arrival->message, 1);
}

static void lose_octet_at(peer_arrival *arrival, size_t length) {
    if (is_message(arrival) && arrival->message->size == length)
        arrival->message->size--;
}

static void invent_octet_at(peer_arrival *arrival, size_t length) {
    if (is_message(arrival) && arrival->message->size == length)
        append(arrival, "*", 1);
}

static void lose_octet_at_125(peer_arrival *arrival) {
    lose_octet_at(arrival, 125);
}

static void lose_octet_at_126(peer_arrival *arrival) {
    lose_octet_at(arrival, 126);
}

static void invent_octet_at_127(peer_arrival *arrival) {
    invent_octet_at(arrival, 127);
}

static void lose_octet_at_65535(peer_arrival *arrival) {
    lose_octet_at(arrival, 65535);
}

static void invent_octet_at_65536(peer_arrival *arrival) {
    invent_octet_at(arrival, 65536);
}

static void empty_lengths_of_a_negative_octet(peer_arrival *arrival) {
    if (is_message(arrival) && arrival->message->size >= 128 && arrival->message->size <= 255)
        arrival->message->size = 0;
}

static void take_length_modulo_65536(peer_arrival *arrival) {
    if (is_message(arrival))
        arrival->message->size &= 0xffff;
}

static void cut_at_32767(peer_arrival *arrival) {
    if (is_message(arrival))
        shorten(arrival, 32767);
}

static void cut_at_65536(peer_arrival *arrival) {
    if (is_message(arrival))
        shorten(arrival, 65536);
}

static void cut_at_4096(peer_arrival *arrival) {
    if (is_message(arrival))
        shorten(arrival, 4096);
}

static void cut_at_octet(peer_arrival *arrival, int octet) {
    const ws_buffer *message = arrival->message;
    const uint8_t *end = message->size > 0 ? memchr(message->data, octet, message->size) : NULL;
    if (end)
        shorten(arrival, (size_t)(end - message->data));
}

static void end_text_at_nul(peer_arrival *arrival) {
    if (is_text(arrival))
        cut_at_octet(arrival, 0);
}

static void end_binary_at_nul(peer_arrival *arrival) {
    if (is_binary(arrival))
        cut_at_octet(arrival, 0);
}

static void end_text_at_control_z(peer_arrival *arrival) {
    if (is_text(arrival))
        cut_at_octet(arrival, 0x1a);
}

static void clear_eighth_bits(peer_arrival *arrival) {
    for (size_t i = 0; is_binary(arrival) && i < arrival->message->size; i++)
        arrival->message->data[i] &= 0x7f;
}

static void swap_octets_of_words(peer_arrival *arrival) {
    uint8_t *octets = arrival->message->data;
    for (size_t i = 0; is_binary(arrival) && i + 1 < arrival->message->size; i += 2) {
        uint8_t low = octets[i];
        octets[i] = octets[i + 1];
        octets[i + 1] = low;
    }
}

static void upper_case(peer_arrival *arrival) {
    for (size_t i = 0; is_text(arrival) && i < arrival->message->size; i++)
        if (arrival->message->data[i] >= 'a' && arrival->message->data[i] <= 'z')
            arrival->message->data[i] = (uint8_t)(arrival->message->data[i] - 'a' + 'A');
}

static void add_nul(peer_arrival *arrival) {
    if (is_text(arrival))
        append(arrival, "", 1);
}

static bool is_white_space(uint8_t octet) {
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static void trim(peer_arrival *arrival) {
    ws_buffer *message = arrival->message;
    if (!is_text(arrival))
        return;
    while (message->size > 0 && is_white_space(message->data[message->size - 1]))
        message->size--;
    size_t first = 0;
    while (first < message->size && is_white_space(message->data[first]))
        first++;
    ws_buffer_consume(message, first);
}

static void forget_first_message(peer_arrival *arrival) {
    if (is_message(arrival) && peer_memo(arrival->endpoint)[0]++ == 0)
        arrival->act = PEER_SKIP;
}

static void forget_empty_messages(peer_arrival *arrival) {
    if (is_message(arrival) && !has_fragments(arrival) && arrival->message->size == 0)
        arrival->act = PEER_SKIP;
}

static void forget_empty_fragmented_messages(peer_arrival *arrival) {
    if (has_fragments(arrival) && arrival->message->size == 0)
        arrival->act = PEER_SKIP;
}

/* ------------------------------------------------------------------ one message and the next */

/* A short message as it stands in the memo. */
typedef struct kept_message {
    uint8_t there; /* 0: none yet */
    uint8_t size;
    uint8_t octets[62];
} kept_message;

_Static_assert(sizeof(kept_message) <= PEER_MEMO_WORDS * sizeof(uint64_t), "a kept message fits the memo");

static kept_message recall(const peer_arrival *arrival) {
    kept_message kept;
    memcpy(&kept, peer_memo(arrival->endpoint), sizeof kept);
    return kept;
}

/* Longer messages are not kept: the fault shows with short ones only. */
static void keep(const peer_arrival *arrival) {
    kept_message kept = {.there = 1};
    if (arrival->message->size > sizeof kept.octets)
        return;
    kept.size = (uint8_t)arrival->message->size;
    if (kept.size > 0)
        memcpy(kept.octets, arrival->message->data, kept.size);
    memcpy(peer_memo(arrival->endpoint), &kept, sizeof kept);
}

static void echo_the_one_before(peer_arrival *arrival) {
    if (!is_message(arrival))
        return;
    kept_message before = recall(arrival);
    keep(arrival);
    if (before.there)
        assign(arrival, before.octets, before.size);
}

static void leave_tail_of_the_one_before(peer_arrival *arrival) {
    if (!is_message(arrival))
        return;
    kept_message before = recall(arrival);
    if (before.there && arrival->message->size < before.size)
        append(arrival, before.octets + arrival->message->size, before.size - arrival->message->size);
    keep(arrival);
}

static void join_to_the_one_before(peer_arrival *arrival) {
    if (!is_message(arrival))
        return;
    kept_message before = recall(arrival);
    keep(arrival);
    if (before.there && ws_buffer_reserve(arrival->message, before.size) == WS_OK) {
        uint8_t *octets = arrival->message->data;
        memmove(octets + before.size, octets, arrival->message->size);
        memcpy(octets, before.octets, before.size);
        arrival->message->size += before.size;
    }
}

static void begin_read(peer_input *input) {
    peer_memo(input->endpoint)[0] = 0;
}

static void echo_the_first_of_a_read(peer_arrival *arrival) {
    if (!is_message(arrival))
        return;
    kept_message first = recall(arrival);
    if (first.there)
        assign(arrival, first.octets, first.size);
    else
        keep(arrival);
}

/* ------------------------------------------------------------------ fragments */

enum { STARTS_MAX = PEER_MEMO_WORDS - 1 };

/* Where the fragments of the message began: memo[0] of them, in memo[1] and so on. Further ones count as part
 * of the last. */
static void remember_start(const peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    if (arrival->event->type != WS_EVENT_DATA || arrival->message_ends)
        return;
    if (arrival->event->flags & WS_MESSAGE_START)
        memo[0] = 0;
    if (memo[0] < STARTS_MAX)
        memo[++memo[0]] = arrival->message->size;
}

static void reverse_fragments(peer_arrival *arrival) {
    remember_start(arrival);
    if (!has_fragments(arrival))
        return;
    const uint64_t *memo = peer_memo(arrival->endpoint);
    ws_buffer *joined = peer_scratch(arrival->endpoint);
    size_t end = arrival->message->size;
    for (uint64_t i = memo[0]; i > 0; i--) {
        size_t start = (size_t)memo[i];
        if (end > start && ws_buffer_append(joined, arrival->message->data + start, end - start) != WS_OK)
            arrival->act = PEER_DROP_TCP;
        end = start;
    }
    if (joined->size == arrival->message->size)
        assign(arrival, joined->data, joined->size);
}

static void lose_last_fragment(peer_arrival *arrival) {
    remember_start(arrival);
    const uint64_t *memo = peer_memo(arrival->endpoint);
    if (has_fragments(arrival))
        shorten(arrival, (size_t)memo[memo[0]]);
}

static void lose_all_but_first_fragment(peer_arrival *arrival) {
    remember_start(arrival);
    if (has_fragments(arrival))
        shorten(arrival, (size_t)peer_memo(arrival->endpoint)[2]);
}

static void repeat_first_fragment(peer_arrival *arrival) {
    remember_start(arrival);
    if (!has_fragments(arrival))
        return;
    size_t size = (size_t)peer_memo(arrival->endpoint)[2];
    ws_buffer *twice = peer_scratch(arrival->endpoint);
    if (ws_buffer_append(twice, arrival->message->data, size) == WS_OK &&
        ws_buffer_append(twice, arrival->message->data, arrival->message->size) == WS_OK)
        assign(arrival, twice->data, twice->size);
}

static void lose_fragment_behind_control(peer_arrival *arrival) {
    uint64_t *behind = peer_memo(arrival->endpoint);
    if (arrival->event->type != WS_EVENT_DATA)
        *behind = arrival->inside_message;
    else if (!arrival->message_ends) {
        arrival->act = *behind && arrival->event->header.opcode == WS_CONTINUATION ? PEER_SKIP : PEER_TAKE;
        *behind = 0;
    }
}

static void start_over_behind_empty_fragment(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_DATA && !arrival->message_ends && arrival->event->header.length == 0)
        arrival->message->size = 0;
}

/* ------------------------------------------------------------------ type of the echo */

static void echo_binary_as_text(peer_emission *emission) {
    if (emission->frame.opcode == WS_BINARY)
        emission->frame.opcode = WS_TEXT;
}

static bool answers_fragments(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_ECHO && emission->event->header.opcode == WS_CONTINUATION;
}

static void echo_fragmented_text_as_binary(peer_emission *emission) {
    if (answers_fragments(emission) && emission->frame.opcode == WS_TEXT)
        emission->frame.opcode = WS_BINARY;
}

static void echo_fragmented_binary_as_text(peer_emission *emission) {
    if (answers_fragments(emission) && emission->frame.opcode == WS_BINARY)
        emission->frame.opcode = WS_TEXT;
}

static void keep_type_of_first_message(peer_emission *emission) {
    uint64_t *type = peer_memo(emission->endpoint);
    if (emission->purpose != PEER_SENDS_ECHO)
        return;
    if (*type == 0)
        *type = emission->frame.opcode;
    emission->frame.opcode = (uint8_t)*type;
}

/* ------------------------------------------------------------------ text that is changed */

typedef struct octet_pair {
    const char *from, *to; /* no NUL inside */
} octet_pair;

static void replace_in(peer_arrival *arrival, const octet_pair *pairs, size_t count) {
    ws_buffer *message = arrival->message;
    ws_buffer *changed = peer_scratch(arrival->endpoint);
    size_t at = 0;
    while (at < message->size && arrival->act == PEER_TAKE) {
        const void *octets = message->data + at;
        size_t used = 1, size = 1;
        for (size_t i = 0; i < count; i++) {
            size_t length = strlen(pairs[i].from);
            if (length > message->size - at || memcmp(message->data + at, pairs[i].from, length) != 0)
                continue;
            octets = pairs[i].to;
            size = strlen(pairs[i].to);
            used = length;
            break;
        }
        if (ws_buffer_append(changed, octets, size) != WS_OK)
            arrival->act = PEER_DROP_TCP;
        at += used;
    }
    if (arrival->act == PEER_TAKE)
        assign(arrival, changed->data, changed->size);
}

#define REPLACES(name, ...)                                                                                  \
    static void name(peer_arrival *arrival) {                                                                \
        static const octet_pair pairs[] = {__VA_ARGS__};                                                     \
        if (is_text(arrival))                                                                                \
            replace_in(arrival, pairs, sizeof pairs / sizeof *pairs);                                        \
    }

REPLACES(cr_lf_to_lf, {"\r\n", "\n"})
REPLACES(lf_to_cr_lf, {"\r\n", "\r\n"}, {"\n", "\r\n"})
REPLACES(compose, {"e\xcc\x81", "\xc3\xa9"}, {"\xe1\xbd\xb9", "\xcf\x8c"}, {"\xe2\x84\xab", "\xc3\x85"})
REPLACES(decompose, {"\xc3\xb6", "o\xcc\x88"}, {"\xc3\xa9", "e\xcc\x81"})
REPLACES(replace_noncharacters, {"\xef\xbf\xbe", "\xef\xbf\xbd"}, {"\xef\xbf\xbf", "\xef\xbf\xbd"})
REPLACES(strip_every_mark, {"\xef\xbb\xbf", ""})

static void strip_mark(peer_arrival *arrival) {
    if (is_text(arrival) && arrival->message->size >= 3 &&
        memcmp(arrival->message->data, "\xef\xbb\xbf", 3) == 0)
        ws_buffer_consume(arrival->message, 3);
}

static void add_mark(peer_arrival *arrival) {
    ws_buffer *marked = peer_scratch(arrival->endpoint);
    if (is_text(arrival) && ws_buffer_append(marked, "\xef\xbb\xbf", 3) == WS_OK &&
        ws_buffer_append(marked, arrival->message->data, arrival->message->size) == WS_OK)
        assign(arrival, marked->data, marked->size);
}

/* Rewrites a text: each run of `octets` becomes what the function appends. */
typedef size_t (*rewriter)(const uint8_t *octets, size_t size, ws_buffer *out);

static void rewrite(peer_arrival *arrival, rewriter one) {
    ws_buffer *changed = peer_scratch(arrival->endpoint);
    if (!is_text(arrival))
        return;
    for (size_t at = 0; at < arrival->message->size;)
        at += one(arrival->message->data + at, arrival->message->size - at, changed);
    assign(arrival, changed->data, changed->size);
}

static size_t pass(const uint8_t *octets, size_t size, ws_buffer *out) {
    (void)ws_buffer_append(out, octets, size); /* what has no room is lost */
    return size;
}

static size_t nul_to_c0_80(const uint8_t *octets, size_t size, ws_buffer *out) {
    (void)size;
    if (octets[0] != 0)
        return pass(octets, 1, out);
    (void)pass((const uint8_t *)"\xc0\x80", 2, out);
    return 1;
}

static size_t latin_1_to_utf8(const uint8_t *octets, size_t size, ws_buffer *out) {
    (void)size;
    const uint8_t two[] = {(uint8_t)(0xc0 | octets[0] >> 6), (uint8_t)(0x80 | (octets[0] & 0x3f))};
    if (octets[0] < 0x80)
        return pass(octets, 1, out);
    (void)pass(two, 2, out);
    return 1;
}

static bool is_four_octets(const uint8_t *octets, size_t size) {
    return size >= 4 && octets[0] >= 0xf0;
}

static size_t four_octets_to_question_mark(const uint8_t *octets, size_t size, ws_buffer *out) {
    if (!is_four_octets(octets, size))
        return pass(octets, 1, out);
    (void)pass((const uint8_t *)"?", 1, out);
    return 4;
}

static size_t four_octets_to_surrogates(const uint8_t *octets, size_t size, ws_buffer *out) {
    if (!is_four_octets(octets, size))
        return pass(octets, 1, out);
    uint32_t point = (uint32_t)(octets[0] & 7) << 18 | (uint32_t)(octets[1] & 0x3f) << 12 |
                     (uint32_t)(octets[2] & 0x3f) << 6 | (octets[3] & 0x3f);
    uint32_t high = 0xd800 + ((point - 0x10000) >> 10);
    uint32_t low = 0xdc00 + (point & 0x3ff);
    const uint8_t pair[] = {0xed, (uint8_t)(0x80 | (high >> 6 & 0x3f)), (uint8_t)(0x80 | (high & 0x3f)),
                            0xed, (uint8_t)(0x80 | (low >> 6 & 0x3f)),  (uint8_t)(0x80 | (low & 0x3f))};
    (void)pass(pair, sizeof pair, out);
    return 4;
}

/* The well-formed code point at the beginning, or nothing. */
static size_t good_sequence(const uint8_t *octets, size_t size) {
    ws_utf8 state = {0};
    for (size_t i = 0; i < size && i < 4; i++) {
        if (ws_utf8_feed(&state, octets + i, 1) == 0)
            return 0;
        if (ws_utf8_complete(&state))
            return i + 1;
    }
    return 0;
}

static size_t invalid_to_replacement(const uint8_t *octets, size_t size, ws_buffer *out) {
    size_t good = good_sequence(octets, size);
    if (good > 0)
        return pass(octets, good, out);
    (void)pass((const uint8_t *)"\xef\xbf\xbd", 3, out);
    return 1;
}

static size_t invalid_to_nothing(const uint8_t *octets, size_t size, ws_buffer *out) {
    size_t good = good_sequence(octets, size);
    return good > 0 ? pass(octets, good, out) : 1;
}

#define REWRITES(name, one)                                                                                  \
    static void name(peer_arrival *arrival) {                                                                \
        rewrite(arrival, one);                                                                               \
    }

REWRITES(write_modified_utf8, nul_to_c0_80)
REWRITES(read_as_latin_1, latin_1_to_utf8)
REWRITES(lose_four_octets, four_octets_to_question_mark)
REWRITES(write_surrogates, four_octets_to_surrogates)
REWRITES(replace_invalid, invalid_to_replacement)
REWRITES(drop_invalid, invalid_to_nothing)

/* ------------------------------------------------------------------ frames in raw input */

/* Follows the frames of the octets that come, so that a hook knows what each octet is. Lives in the memo. */
typedef struct frame_walk {
    uint64_t at, left;   /* payload octets of the frame before the next octet, and from it on */
    uint64_t read_began; /* payload octets that earlier reads brought of this frame */
    uint64_t carried;    /* payload octets of the message's earlier frames */
    uint8_t head[WS_FRAME_HEADER_MAX];
    uint8_t have;       /* octets of the head so far; 0 between frames and within payload */
    uint8_t opcode;     /* of the frame at hand */
    uint8_t key[4];     /* of the frame at hand */
    uint8_t old_key[4]; /* of the first frame of the message */
    uint8_t needed;     /* octets that the code point at hand still needs */
    bool inside;        /* a message is in progress behind the frame at hand */
} frame_walk;

_Static_assert(sizeof(frame_walk) <= PEER_MEMO_WORDS * sizeof(uint64_t), "a walk fits the memo");

static frame_walk load_walk(peer_endpoint *endpoint) {
    frame_walk walk;
    memcpy(&walk, peer_memo(endpoint), sizeof walk);
    return walk;
}

static void store_walk(peer_endpoint *endpoint, const frame_walk *walk) {
    memcpy(peer_memo(endpoint), walk, sizeof *walk);
}

static size_t length_size(const frame_walk *walk) {
    uint8_t seven = walk->head[1] & 0x7f;
    return seven == 127 ? 8 : seven == 126 ? 2 : 0;
}

static size_t head_size(const frame_walk *walk) {
    return walk->have < 2 ? 2 : 2 + length_size(walk) + (walk->head[1] & 0x80 ? 4 : 0);
}

static void end_frame(frame_walk *walk) {
    if (!ws_opcode_is_control(walk->opcode))
        walk->carried = walk->inside ? walk->carried + walk->at : 0;
    walk->at = walk->read_began = 0;
}

static void end_head(frame_walk *walk) {
    size_t extended = length_size(walk);
    walk->left = extended ? 0 : walk->head[1] & 0x7f;
    for (size_t i = 0; i < extended; i++)
        walk->left = walk->left << 8 | walk->head[2 + i];
    memset(walk->key, 0, 4);
    if (walk->head[1] & 0x80)
        memcpy(walk->key, walk->head + 2 + extended, 4);
    walk->opcode = walk->head[0] & 0xf;
    if (walk->opcode == WS_TEXT || walk->opcode == WS_BINARY)
        memcpy(walk->old_key, walk->key, 4);
    if (!ws_opcode_is_control(walk->opcode))
        walk->inside = (walk->head[0] & 0x80) == 0;
    walk->have = 0;
    if (walk->left == 0)
        end_frame(walk);
}

/* What to XOR the masked octet at hand with. */
typedef uint8_t (*octet_edit)(frame_walk *walk, uint8_t octet);

/* Returns the index where the last frame of the input begins, which may be incomplete. */
static size_t walk_over(frame_walk *walk, uint8_t *bytes, size_t size, octet_edit edit) {
    size_t start = 0;
    walk->read_began = walk->at;
    for (size_t i = 0; i < size; i++) {
        if (walk->left > 0) {
            bytes[i] ^= edit ? edit(walk, bytes[i]) : 0;
            walk->at++;
            if (--walk->left == 0)
                end_frame(walk);
            continue;
        }
        if (walk->have == 0)
            start = i;
        walk->head[walk->have++] = bytes[i];
        if (walk->have == head_size(walk))
            end_head(walk);
    }
    return start;
}

/* ------------------------------------------------------------------ masks */

static uint8_t right_key(const frame_walk *walk) {
    return walk->key[walk->at & 3];
}

static uint8_t unmask_from(const frame_walk *walk, uint64_t index) {
    return right_key(walk) ^ walk->key[index & 3];
}

static uint8_t restart_at_read(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return unmask_from(walk, walk->at - walk->read_began);
}

static uint8_t restart_behind_1(frame_walk *walk, uint8_t octet) {
    return (walk->read_began & 3) == 1 ? restart_at_read(walk, octet) : 0;
}

static uint8_t restart_behind_2(frame_walk *walk, uint8_t octet) {
    return (walk->read_began & 3) == 2 ? restart_at_read(walk, octet) : 0;
}

static uint8_t restart_behind_3(frame_walk *walk, uint8_t octet) {
    return (walk->read_began & 3) == 3 ? restart_at_read(walk, octet) : 0;
}

static uint8_t carry_index_over(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return ws_opcode_is_control(walk->opcode) ? 0 : unmask_from(walk, walk->carried + walk->at);
}

static uint8_t reverse_key(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return unmask_from(walk, 3 - (walk->at & 3));
}

static uint8_t unmask_first_four(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return walk->at < 4 ? 0 : right_key(walk);
}

static uint8_t unmask_whole_words(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return walk->at < ((walk->at + walk->left) & ~UINT64_C(3)) ? 0 : right_key(walk);
}

static uint8_t use_key_of_first_frame(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return walk->opcode == WS_CONTINUATION ? right_key(walk) ^ walk->old_key[walk->at & 3] : 0;
}

static uint8_t use_key_of_message_for_control(frame_walk *walk, uint8_t octet) {
    (void)octet;
    bool within = ws_opcode_is_control(walk->opcode) && walk->inside;
    return within ? right_key(walk) ^ walk->old_key[walk->at & 3] : 0;
}

static uint8_t leave_pings_masked(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return walk->opcode == WS_PING ? right_key(walk) : 0;
}

static uint8_t leave_closes_masked(frame_walk *walk, uint8_t octet) {
    (void)octet;
    return walk->opcode == WS_CLOSE ? right_key(walk) : 0;
}

static uint8_t take_key_for_code(frame_walk *walk, uint8_t octet) {
    return walk->opcode == WS_CLOSE ? octet : 0; /* a payload of zeros: unmasked it is the key */
}

#define EDITS_INPUT(name, edit)                                                                              \
    static void name##_input(peer_input *input) {                                                            \
        frame_walk walk = load_walk(input->endpoint);                                                        \
        (void)walk_over(&walk, input->bytes, input->size, edit);                                             \
        store_walk(input->endpoint, &walk);                                                                  \
    }

EDITS_INPUT(restart_at_read, restart_at_read)
EDITS_INPUT(restart_behind_1, restart_behind_1)
EDITS_INPUT(restart_behind_2, restart_behind_2)
EDITS_INPUT(restart_behind_3, restart_behind_3)
EDITS_INPUT(carry_index_over, carry_index_over)
EDITS_INPUT(reverse_key, reverse_key)
EDITS_INPUT(unmask_first_four, unmask_first_four)
EDITS_INPUT(unmask_whole_words, unmask_whole_words)
EDITS_INPUT(use_key_of_first_frame, use_key_of_first_frame)
EDITS_INPUT(use_key_of_message_for_control, use_key_of_message_for_control)
EDITS_INPUT(leave_pings_masked, leave_pings_masked)
EDITS_INPUT(leave_closes_masked, leave_closes_masked)
EDITS_INPUT(take_key_for_code, take_key_for_code)

/* ------------------------------------------------------------------ reads */

/* Loses the octets of a head that stand between `from` and `to` in it when a read ends among them. */
static void lose_cut_head(peer_input *input, frame_walk *walk, size_t from, size_t to) {
    if (walk->have <= from || walk->have >= to)
        return;
    size_t lost = walk->have - from < input->size ? walk->have - from : input->size;
    input->size -= lost;
    walk->have = (uint8_t)(walk->have - lost);
}

static void lose_cut_start(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    lose_cut_head(input, &walk, 0, 2);
    store_walk(input->endpoint, &walk);
}

static void lose_cut_length(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    if (walk.have >= 2)
        lose_cut_head(input, &walk, 2, 2 + length_size(&walk));
    store_walk(input->endpoint, &walk);
}

static void lose_cut_key(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    if (walk.have >= 2)
        lose_cut_head(input, &walk, 2 + length_size(&walk), head_size(&walk));
    store_walk(input->endpoint, &walk);
}

static void lose_rest_of_cut_payload(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    if (walk.left > 0) {
        input->size = 0;
        return;
    }
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    store_walk(input->endpoint, &walk);
}

static void lose_cut_frame_behind_whole_one(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    size_t start = walk_over(&walk, input->bytes, input->size, NULL);
    if (start > 0 && (walk.have > 0 || walk.left > 0)) {
        input->size = start;
        walk.have = 0;
        walk.at = walk.left = 0;
    }
    store_walk(input->endpoint, &walk);
}

static void lose_what_does_not_fit(peer_input *input) {
    enum { ROOM = 16384 };
    if (input->size > ROOM)
        input->size = ROOM;
}

static void spoil_wrap_of_ring(peer_input *input) {
    enum { RING = 65536 };
    uint64_t next = (input->offset + RING - 1) / RING * RING;
    for (uint64_t i = next - input->offset; next > 0 && i < input->size; i += RING)
        input->bytes[i] ^= 0x01;
}

static void take_first_frame_of_a_read(peer_arrival *arrival) {
    uint64_t *frames = peer_memo(arrival->endpoint);
    if (!arrival->message_ends)
        ++*frames;
    if (*frames > 1)
        arrival->act = PEER_SKIP;
}

static void lose_frames_behind_ping_in_read(peer_arrival *arrival) {
    uint64_t *pinged = peer_memo(arrival->endpoint);
    if (*pinged)
        arrival->act = PEER_SKIP;
    if (arrival->event->type == WS_EVENT_PING)
        *pinged = 1;
}

/* ------------------------------------------------------------------ validators with a hole */

/* What a validator takes for good. */
enum {
    LAX_OVERLONG_2 = 1 << 0,
    LAX_OVERLONG_3 = 1 << 1,
    LAX_OVERLONG_4 = 1 << 2,
    LAX_NUL = 1 << 3, /* C0 80 */
    LAX_HIGH_SURROGATE = 1 << 4,
    LAX_LOW_SURROGATE = 1 << 5,
    LAX_SURROGATE_PAIR = 1 << 6,
    LAX_BEYOND_F4 = 1 << 7, /* F4 90 and above */
    LAX_F5_TO_F7 = 1 << 8,
    LAX_FIVE = 1 << 9,
    LAX_SIX = 1 << 10,
    LAX_STRAY = 1 << 11,
    LAX_TRUNCATED = 1 << 12, /* at the end of the text */
    LAX_INTERRUPTED = 1 << 13,
    LAX_FE_FF = 1 << 14
};

static size_t sequence_length(uint8_t lead) {
    static const uint8_t bounds[] = {0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe};
    static const uint8_t lengths[] = {1, 0, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof bounds; i++)
        if (lead < bounds[i])
            return lengths[i];
    return 0;
}

/* Continuation octets behind the lead, at most what its length asks for. */
static size_t run_behind_lead(const uint8_t *text, size_t size, size_t length) {
    size_t run = 1;
    while (run < length && run < size && (text[run] & 0xc0) == 0x80)
        run++;
    return run;
}

/* Which hole a complete sequence would need; 0: none, it is good. */
static unsigned hole_for(const uint8_t *text, size_t size, size_t length) {
    bool pair = size >= 6 && text[0] == 0xed && (text[1] & 0xf0) == 0xa0 && text[3] == 0xed &&
                (text[4] & 0xf0) == 0xb0;
    switch (length) {
    case 2:
        return text[0] >= 0xc2                      ? 0
               : text[0] == 0xc0 && text[1] == 0x80 ? LAX_NUL | LAX_OVERLONG_2
                                                    : LAX_OVERLONG_2;
    case 3:
        if (text[0] == 0xe0 && text[1] < 0xa0)
            return LAX_OVERLONG_3;
        if (text[0] == 0xed && text[1] >= 0xa0)
            return (text[1] < 0xb0 ? LAX_HIGH_SURROGATE : LAX_LOW_SURROGATE) |
                   (pair ? LAX_SURROGATE_PAIR : 0u);
        return 0;
    case 4:
        if (text[0] == 0xf0 && text[1] < 0x90)
            return LAX_OVERLONG_4;
        return text[0] > 0xf4 ? LAX_F5_TO_F7 : text[0] == 0xf4 && text[1] >= 0x90 ? LAX_BEYOND_F4 : 0;
    default:
        return length == 5 ? LAX_FIVE : LAX_SIX;
    }
}

/* Octets of the piece at the beginning that the validator takes; 0: it refuses. */
static size_t lax_step(const uint8_t *text, size_t size, unsigned lax) {
    size_t length = sequence_length(text[0]);
    if (length == 0)
        return lax & (text[0] >= 0xfe ? LAX_FE_FF : LAX_STRAY) ? 1 : 0;
    size_t run = run_behind_lead(text, size, length);
    if (run < length)
        return lax & (run == size ? LAX_TRUNCATED : LAX_INTERRUPTED) ? run : 0;
    unsigned hole = length > 1 ? hole_for(text, size, length) : 0;
    if (hole && (hole & lax) == 0)
        return 0;
    return hole & lax & LAX_SURROGATE_PAIR ? 6 : length;
}

static bool passes(const uint8_t *text, size_t size, unsigned lax) {
    for (size_t at = 0; at < size;) {
        size_t step = lax_step(text + at, size - at, lax);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

static void refuse_text(peer_arrival *arrival) {
    arrival->act = PEER_FAIL;
    arrival->code = 1007;
}

#define LAX(name, holes)                                                                                     \
    static void name(peer_arrival *arrival) {                                                                \
        if (is_text(arrival) && !passes(arrival->message->data, arrival->message->size, holes))              \
            refuse_text(arrival);                                                                            \
    }

LAX(take_overlong_2, LAX_OVERLONG_2)
LAX(take_overlong_3, LAX_OVERLONG_3)
LAX(take_overlong_4, LAX_OVERLONG_4)
LAX(take_modified_nul, LAX_NUL)
LAX(take_surrogates, LAX_HIGH_SURROGATE | LAX_LOW_SURROGATE)
LAX(take_low_surrogates, LAX_LOW_SURROGATE)
LAX(take_surrogate_pairs, LAX_SURROGATE_PAIR)
LAX(take_beyond_f4, LAX_BEYOND_F4)
LAX(take_f5_to_f7, LAX_F5_TO_F7)
LAX(take_five_octets, LAX_FIVE)
LAX(take_six_octets, LAX_SIX)
LAX(take_stray, LAX_STRAY)
LAX(take_truncated, LAX_TRUNCATED)
LAX(take_interrupted, LAX_INTERRUPTED)
LAX(take_fe_ff, LAX_FE_FF)

/* ------------------------------------------------------------------ validators that do not look everywhere
 */

static bool is_good(const uint8_t *text, size_t size) {
    return passes(text, size, 0);
}

static bool is_good_so_far(const uint8_t *text, size_t size) {
    return passes(text, size, LAX_TRUNCATED);
}

static size_t lesser(size_t a, size_t b) {
    return a < b ? a : b;
}

static void check_unfragmented_only(peer_arrival *arrival) {
    if (is_text(arrival) && !has_fragments(arrival) &&
        !is_good(arrival->message->data, arrival->message->size))
        refuse_text(arrival);
}

static void check_first_fragment_only(peer_arrival *arrival) {
    remember_start(arrival);
    if (!is_text(arrival))
        return;
    const ws_buffer *message = arrival->message;
    if (has_fragments(arrival) ? !is_good_so_far(message->data, (size_t)peer_memo(arrival->endpoint)[2])
                               : !is_good(message->data, message->size))
        refuse_text(arrival);
}

/* Continuation octets at its beginning belong to a code point of the fragment before. */
static void check_last_fragment_only(peer_arrival *arrival) {
    const ws_buffer *message = arrival->message;
    uint64_t *start = peer_memo(arrival->endpoint);
    if (arrival->event->type == WS_EVENT_DATA && !arrival->message_ends)
        *start = arrival->event->flags & WS_MESSAGE_START ? 0 : message->size;
    if (!is_text(arrival))
        return;
    size_t at = (size_t)*start;
    for (size_t i = 0; i < 3 && at > 0 && at < message->size && (message->data[at] & 0xc0) == 0x80; i++)
        at++;
    if (at < message->size && !is_good(message->data + at, message->size - at))
        refuse_text(arrival);
}

/* memo[0]: a control frame came inside the message; memo[1]: octets before it. */
static void check_up_to_control_frame(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    const ws_buffer *message = arrival->message;
    if (arrival->event->type != WS_EVENT_DATA) {
        if (arrival->inside_message && !memo[0]) {
            memo[0] = 1;
            memo[1] = message->size;
        }
        return;
    }
    if (arrival->event->flags & WS_MESSAGE_START && !arrival->message_ends)
        memo[0] = 0;
    if (is_text(arrival) &&
        (memo[0] ? !is_good_so_far(message->data, (size_t)memo[1]) : !is_good(message->data, message->size)))
        refuse_text(arrival);
}

static void check_first_4096(peer_arrival *arrival) {
    if (is_text(arrival) && !is_good_so_far(arrival->message->data, lesser(arrival->message->size, 4096)))
        refuse_text(arrival);
}

/* A fast path for blocks of 16 octets of ASCII that looks at the first 8 of them. */
static void check_half_of_each_block(peer_arrival *arrival) {
    const ws_buffer *text = arrival->message;
    for (size_t at = 0; is_text(arrival) && arrival->act == PEER_TAKE && at < text->size;) {
        bool ascii = text->size - at >= 16;
        for (size_t i = 0; ascii && i < 8; i++)
            ascii = text->data[at + i] < 0x80;
        size_t step = ascii ? 16 : lax_step(text->data + at, text->size - at, 0);
        if (step == 0)
            refuse_text(arrival);
        at += step;
    }
}

static void drop_invalid_messages(peer_arrival *arrival) {
    if (is_text(arrival) && !is_good(arrival->message->data, arrival->message->size))
        arrival->act = PEER_SKIP;
}

static void take_truncated_reason(peer_arrival *arrival) {
    ws_span reason = arrival->event->payload;
    if (arrival->event->type == WS_EVENT_CLOSE && !is_good_so_far(reason.data, reason.size))
        refuse_text(arrival);
}

/* ------------------------------------------------------------------ validators that look too closely */

static void refuse_split_code_points(peer_arrival *arrival) {
    const ws_buffer *message = arrival->message;
    if (arrival->event->type == WS_EVENT_DATA && arrival->event->opcode == WS_TEXT &&
        !arrival->message_ends && (arrival->event->flags & WS_MESSAGE_START) == 0 &&
        !is_good(message->data, message->size))
        refuse_text(arrival);
}

static void refuse_octets(peer_arrival *arrival, const char *octets, size_t size) {
    const ws_buffer *text = arrival->message;
    for (size_t i = 0; is_text(arrival) && i + size <= text->size; i++)
        if (memcmp(text->data + i, octets, size) == 0)
            refuse_text(arrival);
}

#define REFUSES(name, octets)                                                                                \
    static void name(peer_arrival *arrival) {                                                                \
        refuse_octets(arrival, octets, sizeof(octets) - 1);                                                  \
    }

REFUSES(refuse_nul, "\0")
REFUSES(refuse_replacement, "\xef\xbf\xbd")
REFUSES(refuse_d7ff, "\xed\x9f\xbf")
REFUSES(refuse_e000, "\xee\x80\x80")
REFUSES(refuse_10ffff, "\xf4\x8f\xbf\xbf")

/* Code points whose last 16 bits are FFFE or FFFF. */
static void refuse_noncharacters(peer_arrival *arrival) {
    const ws_buffer *text = arrival->message;
    for (size_t i = 2; is_text(arrival) && i < text->size; i++) {
        bool last = text->data[i - 1] == 0xbf && text->data[i] >= 0xbe;
        if (last && (text->data[i - 2] == 0xef ||
                     (i >= 3 && text->data[i - 3] >= 0xf0 && (text->data[i - 2] & 0x0f) == 0x0f)))
            refuse_text(arrival);
    }
}

static void refuse_four_octets(peer_arrival *arrival) {
    for (size_t i = 0; is_text(arrival) && i < arrival->message->size; i++)
        if (arrival->message->data[i] >= 0xf0)
            refuse_text(arrival);
}

static void refuse_control_characters(peer_arrival *arrival) {
    for (size_t i = 0; is_text(arrival) && i < arrival->message->size; i++)
        if (arrival->message->data[i] < ' ' && !is_white_space(arrival->message->data[i]))
            refuse_text(arrival);
}

/* A code point across the border of two blocks of 16 octets. */
static void refuse_code_points_across_blocks(peer_arrival *arrival) {
    for (size_t i = 16; is_text(arrival) && i < arrival->message->size; i += 16)
        if ((arrival->message->data[i] & 0xc0) == 0x80)
            refuse_text(arrival);
}

static void check_binary_messages(peer_arrival *arrival) {
    if (is_binary(arrival) && !is_good(arrival->message->data, arrival->message->size))
        refuse_text(arrival);
}

static void check_control_payload(peer_arrival *arrival, ws_event_type type) {
    if (arrival->event->type == type && !is_good(arrival->event->payload.data, arrival->event->payload.size))
        refuse_text(arrival);
}

static void check_pings(peer_arrival *arrival) {
    check_control_payload(arrival, WS_EVENT_PING);
}

static void check_pongs(peer_arrival *arrival) {
    check_control_payload(arrival, WS_EVENT_PONG);
}

/* memo[0]: a binary message has left the validator inside a code point. */
static void keep_state_of_binary(peer_arrival *arrival) {
    uint64_t *spoilt = peer_memo(arrival->endpoint);
    if (is_binary(arrival))
        *spoilt = !is_good(arrival->message->data, arrival->message->size);
    else if (is_text(arrival) && *spoilt && arrival->message->size > 0)
        refuse_text(arrival);
}

static void feed_pings_to_validator(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_PING && arrival->inside_message &&
        arrival->event->payload.size > 0 && !is_good(arrival->message->data, arrival->message->size))
        refuse_text(arrival);
}

static uint8_t count_code_point(frame_walk *walk, uint8_t masked) {
    uint8_t octet = masked ^ right_key(walk);
    if (ws_opcode_is_control(walk->opcode) || walk->opcode == WS_BINARY)
        return 0;
    if (octet >= 0xc0)
        walk->needed = (uint8_t)(sequence_length(octet) - 1);
    else if (walk->needed > 0)
        walk->needed--;
    return 0;
}

static void refuse_code_points_cut_by_reads(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, count_code_point);
    store_walk(input->endpoint, &walk);
    if (walk.needed > 0 && walk.left > 0) {
        input->act = PEER_FAIL;
        input->code = 1007;
    }
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_data[] = {
    /* ---- octets lost and invented */
    {.name = "last-octet-lost",
     FAULT("Loses the last octet of every message."),
     .requirement = "6455-6.2-04",
     .caught_by = "message.text.length-128",
     .on_arrival = lose_last_octet},
    {.name = "first-octet-lost",
     FAULT("Loses the first octet of every message."),
     .requirement = "6455-6.2-04",
     .caught_by = "volume.binary.one-frame.64-kib",
     .on_arrival = lose_first_octet},
    {.name = "octet-lost-at-125",
     FAULT("Loses the last octet of a message of 125 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-125",
     .on_arrival = lose_octet_at_125},
    {.name = "octet-lost-at-126",
     FAULT("Loses the last octet of a message of 126 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-126",
     .on_arrival = lose_octet_at_126},
    {.name = "octet-invented-at-127",
     FAULT("Adds an octet to a message of 127 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-127",
     .on_arrival = invent_octet_at_127},
    {.name = "octet-lost-at-65535",
     FAULT("Loses the last octet of a message of 65535 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-65535",
     .on_arrival = lose_octet_at_65535},
    {.name = "octet-invented-at-65536",
     FAULT("Adds an octet to a message of 65536 octets."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-65536",
     .on_arrival = invent_octet_at_65536},
    {.name = "lengths-128-to-255-empty",
     FAULT("Takes lengths of 128 to 255 octets for negative ones and echoes nothing of the payload."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.text.length-128",
     .on_arrival = empty_lengths_of_a_negative_octet},
    {.name = "length-modulo-65536",
     FAULT("Keeps 16 bits of the length of a message."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-65536",
     .on_arrival = take_length_modulo_65536},
    {.name = "cut-at-32767",
     FAULT("Echoes at most 32767 octets of a message."),
     .requirement = "6455-5.2-07",
     .caught_by = "message.binary.length-65535",
     .on_arrival = cut_at_32767},
    {.name = "cut-at-64-kib",
     FAULT("Echoes at most 65536 octets of a message."),
     .requirement = "6455-6.2-04",
     .caught_by = "volume.text.one-frame.256-kib",
     .on_arrival = cut_at_65536},
    {.name = "cut-at-4096",
     FAULT("Echoes at most 4096 octets of a message."),
     .requirement = "6455-6.2-04",
     .caught_by = "message.text.chopped.length-65536",
     .on_arrival = cut_at_4096},
    {.name = "text-ends-at-nul",
     FAULT("Ends a text at its first NUL."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-1",
     .on_arrival = end_text_at_nul},
    {.name = "binary-ends-at-nul",
     FAULT("Ends a binary message at its first NUL."),
     .requirement = "6455-5.6-04",
     .caught_by = "message.binary.chopped.length-65536",
     .on_arrival = end_binary_at_nul},
    {.name = "text-ends-at-control-z",
     FAULT("Ends a text at its first control-Z."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.control-characters",
     .on_arrival = end_text_at_control_z},
    {.name = "first-message-lost",
     FAULT("Does not echo the first message of a connection."),
     .requirement = "6455-6.2-01",
     .caught_by = "message.text.length-125",
     .on_arrival = forget_first_message},
    {.name = "empty-message-lost",
     FAULT("Does not echo an empty message."),
     .requirement = "6455-5.4-03",
     .caught_by = "message.text.length-0",
     .on_arrival = forget_empty_messages},
    {.name = "empty-fragments-lost",
     FAULT("Does not echo a message of empty fragments."),
     .requirement = "6455-5.4-10",
     .caught_by = "utf8.empty.three-frames",
     .on_arrival = forget_empty_fragmented_messages},

    /* ---- octets changed */
    {.name = "seven-bit",
     FAULT("Clears the top bit of every octet of a binary message."),
     .requirement = "6455-5.6-04",
     .caught_by = "message.binary.length-125",
     .on_arrival = clear_eighth_bits},
    {.name = "words-swapped",
     FAULT("Swaps the octets of every 16-bit word of a binary message."),
     .requirement = "6455-5.6-04",
     .caught_by = "volume.binary.one-frame.64-kib",
     .on_arrival = swap_octets_of_words},
    {.name = "upper-case",
     FAULT("Echoes text in upper case."),
     .requirement = "6455-5.6-03",
     .caught_by = "fragment.text.two-frames.one-write",
     .on_arrival = upper_case},
    {.name = "nul-added",
     FAULT("Adds a NUL to every text."),
     .requirement = "6455-5.6-03",
     .caught_by = "message.text.length-125",
     .on_arrival = add_nul},
    {.name = "white-space-trimmed",
     FAULT("Trims white space from both ends of a text."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.white-space",
     .on_arrival = trim},
    {.name = "cr-lf-to-lf",
     FAULT("Turns CR LF into LF in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.line-ends",
     .on_arrival = cr_lf_to_lf},
    {.name = "lf-to-cr-lf",
     FAULT("Turns LF into CR LF in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.line-ends",
     .on_arrival = lf_to_cr_lf},
    {.name = "composed",
     FAULT("Turns text into its composed normal form."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.normal-forms",
     .on_arrival = compose},
    {.name = "decomposed",
     FAULT("Turns text into its decomposed normal form."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.mixed.one-frame",
     .on_arrival = decompose},
    {.name = "read-as-latin-1",
     FAULT("Reads text as Latin-1 and echoes that as UTF-8."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.greek.one-frame",
     .on_arrival = read_as_latin_1},
    {.name = "modified-utf-8",
     FAULT("Writes NUL as C0 80."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-1",
     .on_arrival = write_modified_utf8},
    {.name = "cesu-8",
     FAULT("Writes code points beyond U+FFFF as encoded surrogates."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.inside-ascii.u-24b62",
     .on_arrival = write_surrogates},
    {.name = "four-octets-lost",
     FAULT("Writes a question mark for each code point beyond U+FFFF."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.last-of-length-4",
     .on_arrival = lose_four_octets},
    {.name = "noncharacters-replaced",
     FAULT("Writes U+FFFD for the noncharacters U+FFFE and U+FFFF."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.noncharacter.u-ffff",
     .on_arrival = replace_noncharacters},
    {.name = "mark-stripped",
     FAULT("Strips a byte order mark from the beginning of a text."),
     .caught_by = "data.text.byte-order-mark.first",
     .on_arrival = strip_mark},
    {.name = "every-mark-stripped",
     FAULT("Strips U+FEFF wherever it stands in a text."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.byte-order-mark.inside",
     .on_arrival = strip_every_mark},
    {.name = "mark-added",
     FAULT("Puts a byte order mark before every text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.greek.one-frame",
     .on_arrival = add_mark},

    /* ---- one message and the next */
    {.name = "one-before-echoed",
     FAULT("Echoes the message before the one that came."),
     .requirement = "6455-6.2-05",
     .caught_by = "data.messages.one-by-one",
     .on_arrival = echo_the_one_before},
    {.name = "stale-tail",
     FAULT("Leaves the tail of a longer message behind a shorter one."),
     .requirement = "6455-6.2-05",
     .caught_by = "data.messages.one-by-one",
     .on_arrival = leave_tail_of_the_one_before},
    {.name = "messages-joined",
     FAULT("Begins every message with the octets of the one before."),
     .requirement = "6455-6.2-05",
     .caught_by = "data.messages.one-by-one",
     .on_arrival = join_to_the_one_before},
    {.name = "first-of-read-echoed",
     FAULT("Echoes the first message of a read for every other one in it."),
     .requirement = "6455-6.2-05",
     .caught_by = "data.messages.one-write",
     .on_input = begin_read,
     .on_arrival = echo_the_first_of_a_read},

    /* ---- fragments */
    {.name = "fragments-reversed",
     FAULT("Joins the fragments of a message in reverse order."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.two-frames.one-write",
     .on_arrival = reverse_fragments},
    {.name = "last-fragment-lost",
     FAULT("Loses the last fragment of a message."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.two-frames.frame-by-frame",
     .on_arrival = lose_last_fragment},
    {.name = "first-fragment-only",
     FAULT("Echoes the first fragment of a message only."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.frames-of-1300",
     .on_arrival = lose_all_but_first_fragment},
    {.name = "first-fragment-twice",
     FAULT("Takes the first fragment of a message twice."),
     .requirement = "6455-5.4-04",
     .caught_by = "fragment.text.two-frames.chopped",
     .on_arrival = repeat_first_fragment},
    {.name = "fragment-behind-control-lost",
     FAULT("Loses the fragment behind a control frame."),
     .requirement = "6455-5.4-09",
     .caught_by = "fragment.text.ping-between.one-write",
     .on_arrival = lose_fragment_behind_control},
    {.name = "empty-fragment-starts-over",
     FAULT("Forgets the message so far when an empty fragment comes."),
     .requirement = "6455-5.4-10",
     .caught_by = "utf8.empty.first-and-last-frame",
     .on_arrival = start_over_behind_empty_fragment},

    /* ---- type of the echo */
    {.name = "binary-as-text",
     FAULT("Echoes binary messages as text."),
     .requirement = "6455-6.1-06",
     .caught_by = "message.binary.length-127",
     .before_emit = echo_binary_as_text},
    {.name = "fragmented-text-as-binary",
     FAULT("Echoes fragmented text as binary: the last frame gives the type."),
     .requirement = "6455-5.4-16",
     .caught_by = "fragment.text.two-frames.one-write",
     .before_emit = echo_fragmented_text_as_binary},
    {.name = "fragmented-binary-as-text",
     FAULT("Echoes fragmented binary messages as text."),
     .requirement = "6455-5.4-16",
     .caught_by = "data.binary.fragmented",
     .before_emit = echo_fragmented_binary_as_text},
    {.name = "type-of-first-message",
     FAULT("Echoes every message with the type of the first one."),
     .requirement = "6455-6.2-03",
     .caught_by = "data.types.alternating",
     .before_emit = keep_type_of_first_message},

    /* ---- masks */
    {.name = "mask-restarts-at-read",
     MASK_FAULT("Begins the masking key anew with every read."),
     .requirement = "6455-5.3-07",
     .caught_by = "message.binary.chopped.length-65536",
     .on_input = restart_at_read_input},
    {.name = "mask-restarts-behind-1",
     MASK_FAULT("Begins the masking key anew when a read ended behind the first octet of it."),
     .requirement = "6455-5.3-07",
     .caught_by = "data.mask.cut-behind-1",
     .on_input = restart_behind_1_input},
    {.name = "mask-restarts-behind-2",
     MASK_FAULT("Begins the masking key anew when a read ended behind the second octet of it."),
     .requirement = "6455-5.3-07",
     .caught_by = "data.mask.cut-behind-2",
     .on_input = restart_behind_2_input},
    {.name = "mask-restarts-behind-3",
     MASK_FAULT("Begins the masking key anew when a read ended behind the third octet of it."),
     .requirement = "6455-5.3-07",
     .caught_by = "data.mask.cut-behind-3",
     .on_input = restart_behind_3_input},
    {.name = "mask-index-not-reset",
     MASK_FAULT("Goes on with the index of the masking key from fragment to fragment."),
     .requirement = "6455-5.3-07",
     .caught_by = "utf8.valid.mixed.octet-per-frame",
     .on_input = carry_index_over_input},
    {.name = "mask-key-reversed",
     MASK_FAULT("Reads the masking key in the wrong byte order."),
     .requirement = "6455-5.3-07",
     .caught_by = "message.text.length-126",
     .on_input = reverse_key_input},
    {.name = "mask-first-four-only",
     MASK_FAULT("Unmasks the first four octets of a payload only."),
     .requirement = "6455-5.3-07",
     .caught_by = "message.text.length-125",
     .on_input = unmask_first_four_input},
    {.name = "mask-whole-words-only",
     MASK_FAULT("Unmasks whole words of four octets only."),
     .requirement = "6455-5.3-07",
     .caught_by = "message.binary.length-127",
     .on_input = unmask_whole_words_input},
    {.name = "mask-of-first-frame",
     MASK_FAULT("Unmasks continuation frames with the key of the first frame."),
     .requirement = "6455-5.3-02",
     .caught_by = "fragment.text.two-frames.one-write",
     .on_input = use_key_of_first_frame_input},
    {.name = "mask-of-message-for-control",
     MASK_FAULT("Unmasks control frames inside a message with the key of the message."),
     .requirement = "6455-5.3-02",
     .caught_by = "fragment.text.ping-between.one-write",
     .on_input = use_key_of_message_for_control_input},
    {.name = "pings-left-masked",
     MASK_FAULT("Answers pings with their masked payload."),
     .requirement = "6455-5.5.3-01",
     .caught_by = "ping.text-payload",
     .on_input = leave_pings_masked_input},
    {.name = "closes-left-masked",
     MASK_FAULT("Reads the code of a Close from its masked payload and sends back whatever it reads."),
     .requirement = "6455-5.3-07",
     .caught_by = "data.mask.close-code",
     TOLERATES_CODES,
     .on_input = leave_closes_masked_input},
    {.name = "key-read-as-close-code",
     MASK_FAULT("Reads the masking key of a Close as its code and sends back whatever it reads."),
     .requirement = "6455-5.2-06",
     .caught_by = "data.mask.close-code",
     TOLERATES_CODES,
     .on_input = take_key_for_code_input},

    /* ---- reads */
    {.name = "head-cut-lost",
     FAULT("Loses the first octet of a frame when a read ends behind it."),
     .requirement = "6455-6.2-01",
     .caught_by = "fragment.text.two-frames.chopped",
     .on_input = lose_cut_start},
    {.name = "length-cut-lost",
     FAULT("Loses the octets of an extended length when a read ends among them."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.length-126.pieces-of-3",
     .on_input = lose_cut_length},
    {.name = "key-cut-lost",
     MASK_FAULT("Loses the octets of a masking key when a read ends among them."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.length-126.pieces-of-5",
     .on_input = lose_cut_key},
    {.name = "cut-payload-never-ends",
     FAULT("Never completes a payload that one read does not bring whole."),
     .requirement = "6455-6.2-01",
     .caught_by = "message.text.chopped.length-65536",
     .on_input = lose_rest_of_cut_payload},
    {.name = "cut-frame-behind-whole-lost",
     FAULT("Loses the beginning of a frame behind a whole one in the same read."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.second-frame",
     .on_input = lose_cut_frame_behind_whole_one},
    {.name = "read-of-16-kib",
     FAULT("Loses what a read brings beyond 16384 octets."),
     .requirement = "6455-6.2-01",
     .caught_by = "message.text.length-65535",
     .on_input = lose_what_does_not_fit},
    {.name = "ring-wrap-spoilt",
     FAULT("Spoils the octet where its ring of 65536 octets begins anew."),
     .requirement = "6455-6.2-01",
     .caught_by = "volume.binary.one-frame.256-kib",
     .on_input = spoil_wrap_of_ring},
    {.name = "one-frame-per-read",
     FAULT("Takes the first frame of a read and loses the others."),
     .requirement = "6455-6.2-01",
     .caught_by = "fragment.text.two-frames.one-write",
     .on_input = begin_read,
     .on_arrival = take_first_frame_of_a_read},
    {.name = "frames-behind-ping-lost",
     FAULT("Loses the frames behind a ping in the same read."),
     .requirement = "6455-6.2-01",
     .caught_by = "fragment.text.ping-between.one-write",
     .on_input = begin_read,
     .on_arrival = lose_frames_behind_ping_in_read},

    /* ---- UTF-8: what is taken */
    {.name = "overlong-2",
     FAULT("Takes overlong forms of two octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.slash.length-2",
     TOLERATES_TEXT,
     .on_arrival = take_overlong_2},
    {.name = "overlong-3",
     FAULT("Takes overlong forms of three octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.highest.length-3",
     TOLERATES_TEXT,
     .on_arrival = take_overlong_3},
    {.name = "overlong-4",
     FAULT("Takes overlong forms of four octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.highest.length-4",
     TOLERATES_TEXT,
     .on_arrival = take_overlong_4},
    {.name = "overlong-nul",
     FAULT("Takes C0 80 for NUL."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.overlong.nul.length-2",
     TOLERATES_TEXT,
     .on_arrival = take_modified_nul},
    {.name = "surrogates",
     FAULT("Takes encoded surrogates."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate.u-d800",
     TOLERATES_TEXT,
     .on_arrival = take_surrogates},
    {.name = "low-surrogates",
     FAULT("Takes encoded surrogates from U+DC00 on."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate.u-dfff",
     TOLERATES_TEXT,
     .on_arrival = take_low_surrogates},
    {.name = "surrogate-pairs",
     FAULT("Takes encoded pairs of surrogates."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-pair.d800-dc00",
     TOLERATES_TEXT,
     .on_arrival = take_surrogate_pairs},
    {.name = "beyond-10ffff",
     FAULT("Takes F4 90 80 80 and what follows it."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.boundary.u-110000",
     TOLERATES_TEXT,
     .on_arrival = take_beyond_f4},
    {.name = "lead-f5-to-f7",
     FAULT("Takes sequences of four octets that begin with F5 to F7."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.last-of-length-4",
     TOLERATES_TEXT,
     .on_arrival = take_f5_to_f7},
    {.name = "five-octets",
     FAULT("Takes sequences of five octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.first-of-length-5",
     TOLERATES_TEXT,
     .on_arrival = take_five_octets},
    {.name = "six-octets",
     FAULT("Takes sequences of six octets."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.last-of-length-6",
     TOLERATES_TEXT,
     .on_arrival = take_six_octets},
    {.name = "stray-octets",
     FAULT("Takes continuation octets without a lead octet."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.stray-continuation.80",
     TOLERATES_TEXT,
     .on_arrival = take_stray},
    {.name = "truncated-text",
     FAULT("Takes text that ends inside a code point."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.prefix.3-octets",
     TOLERATES_TEXT,
     .on_arrival = take_truncated},
    {.name = "interrupted-sequences",
     FAULT("Takes a lead octet with something else than continuation octets behind it."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.lead-then-space.length-2",
     TOLERATES_TEXT,
     .on_arrival = take_interrupted},
    {.name = "octets-fe-ff",
     FAULT("Takes the octets FE and FF."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.impossible-octets.ff",
     TOLERATES_TEXT,
     .on_arrival = take_fe_ff},
    {.name = "invalid-replaced",
     FAULT("Writes U+FFFD for what is not UTF-8 and echoes the rest."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.stray-continuation.bf",
     TOLERATES_TEXT,
     .on_arrival = replace_invalid},
    {.name = "invalid-dropped",
     FAULT("Leaves out what is not UTF-8 and echoes the rest."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.impossible-octets.fe",
     TOLERATES_TEXT,
     .on_arrival = drop_invalid},
    {.name = "invalid-messages-lost",
     FAULT("Loses text that is not UTF-8 and goes on."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-inside-text.one-frame",
     TOLERATES_TEXT,
     .on_arrival = drop_invalid_messages},

    /* ---- UTF-8: where it is not looked for */
    {.name = "fragmented-unchecked",
     FAULT("Does not check fragmented text."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.surrogate-inside-text.octet-per-frame",
     TOLERATES_TEXT,
     .on_arrival = check_unfragmented_only},
    {.name = "first-fragment-checked",
     FAULT("Checks the first fragment of a text only."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.invalid.in-frame-2",
     TOLERATES_TEXT,
     .on_arrival = check_first_fragment_only},
    {.name = "last-fragment-checked",
     FAULT("Checks the last fragment of a text only."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.invalid.in-frame-1",
     TOLERATES_TEXT,
     .on_arrival = check_last_fragment_only},
    {.name = "unchecked-behind-control",
     FAULT("Does not check text behind a control frame inside it."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.fail-fast.between-frames.whole-sequence",
     TOLERATES_TEXT,
     .on_arrival = check_up_to_control_frame},
    {.name = "unchecked-behind-4096",
     FAULT("Checks the first 4096 octets of a text only."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.behind-4096-octets",
     TOLERATES_TEXT,
     .on_arrival = check_first_4096},
    {.name = "half-blocks-checked",
     FAULT("Looks at the first 8 of 16 octets that seem to be ASCII."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.at-octet-12",
     TOLERATES_TEXT,
     .on_arrival = check_half_of_each_block},
    {.name = "reason-unchecked",
     FAULT("Does not check that the reason of a Close is UTF-8, and sends it back."),
     .requirement = "6455-8.1-01",
     .caught_by = "close.reason.invalid-utf8",
     TOLERATES_REASONS},
    {.name = "reason-truncated",
     FAULT("Takes a reason that ends inside a code point, and sends it back."),
     .requirement = "6455-8.1-01",
     .caught_by = "utf8.invalid.close-reason.truncated",
     TOLERATES_REASONS,
     .on_arrival = take_truncated_reason},

    /* ---- UTF-8: what is refused */
    {.name = "split-by-frames-refused",
     FAULT("Refuses text whose frames are cut inside a code point."),
     .requirement = "6455-5.6-02",
     .caught_by = "utf8.valid.mixed.octet-per-frame",
     .on_arrival = refuse_split_code_points},
    {.name = "cut-by-reads-refused",
     FAULT("Refuses text when a read ends inside a code point."),
     .requirement = "6455-6.2-01",
     .caught_by = "utf8.valid.chopped",
     .on_input = refuse_code_points_cut_by_reads},
    {.name = "across-blocks-refused",
     FAULT("Refuses a code point that lies across the border of two blocks of 16 octets."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.across-octet-16",
     .on_arrival = refuse_code_points_across_blocks},
    {.name = "ping-in-code-point-refused",
     FAULT("Feeds the payload of pings to the validator of the text around them."),
     .requirement = "6455-5.4-09",
     .caught_by = "utf8.valid.ping-inside-code-point",
     .on_arrival = feed_pings_to_validator},
    {.name = "state-kept-from-binary",
     FAULT("Keeps the state of its validator from a binary message to the next text."),
     .requirement = "6455-6.2-05",
     .caught_by = "utf8.valid.behind-binary",
     .on_arrival = keep_state_of_binary},
    {.name = "nul-refused",
     FAULT("Refuses NUL in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-1",
     .on_arrival = refuse_nul},
    {.name = "control-characters-refused",
     FAULT("Refuses control characters in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "data.text.control-characters",
     .on_arrival = refuse_control_characters},
    {.name = "noncharacters-refused",
     FAULT("Refuses noncharacters in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.noncharacter.u-1fffe",
     .on_arrival = refuse_noncharacters},
    {.name = "replacement-refused",
     FAULT("Refuses U+FFFD in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-fffd",
     .on_arrival = refuse_replacement},
    {.name = "four-octets-refused",
     FAULT("Refuses code points of four octets in text."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.first-of-length-4",
     .on_arrival = refuse_four_octets},
    {.name = "u-d7ff-refused",
     FAULT("Refuses U+D7FF, the last code point before the surrogates."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-d7ff",
     .on_arrival = refuse_d7ff},
    {.name = "u-e000-refused",
     FAULT("Refuses U+E000, the first code point behind the surrogates."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-e000",
     .on_arrival = refuse_e000},
    {.name = "u-10ffff-refused",
     FAULT("Refuses U+10FFFF, the last code point."),
     .requirement = "6455-5.6-03",
     .caught_by = "utf8.valid.boundary.u-10ffff",
     .on_arrival = refuse_10ffff},
    {.name = "binary-checked",
     FAULT("Refuses binary messages that are not UTF-8."),
     .requirement = "6455-5.6-04",
     .caught_by = "message.binary.length-125",
     .on_arrival = check_binary_messages},
    {.name = "pings-checked",
     FAULT("Refuses pings whose payload is not UTF-8."),
     .requirement = "6455-5.5.2-01",
     .caught_by = "ping.binary-payload",
     .on_arrival = check_pings},
    {.name = "pongs-checked",
     FAULT("Refuses pongs whose payload is not UTF-8."),
     .requirement = "6455-5.5.3-03",
     .caught_by = "utf8.unchecked.pong",
     .on_arrival = check_pongs},
    {.name = NULL},
};
