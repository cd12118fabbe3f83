/* Masking keys that are misapplied, and frames that are lost where a read ends. */
#include "peer/behaviour_private.h"
#include "peer/message_hooks.h"

#include <string.h>

/* Only what clients send is masked. */
#define MASK_FAULT(text) SERVER_FAULT(text)

#define TOLERATES_CODES .tolerate = 1u << WS_VIOLATION_CLOSE_CODE

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

/* ------------------------------------------------------------------ keys */

static void put_key(peer_emission *emission, uint64_t key) {
    if (emission->frame.masked)
        for (size_t i = 0; i < 4; i++)
            emission->frame.key[i] = (uint8_t)(key >> (24 - 8 * i));
}

static void use_one_key(peer_emission *emission) {
    put_key(emission, 0x37fa213d);
}

static void use_key_of_zeros(peer_emission *emission) {
    put_key(emission, 0);
}

static void use_two_keys(peer_emission *emission) {
    put_key(emission, emission->number % 2 ? 0x37fa213d : 0x01020304);
}

static void count_keys(peer_emission *emission) {
    put_key(emission, 0x8badf00d + emission->number);
}

static void step_keys(peer_emission *emission) {
    put_key(emission, 0x9e3779b9 * emission->number);
}

/* The generator of the C standard's example. */
static void draw_keys_linearly(peer_emission *emission) {
    uint64_t *state = peer_memo(emission->endpoint);
    *state = (*state * 1103515245 + 12345) & 0xffffffff;
    put_key(emission, *state);
}

/* rand() of ISO C's example behind srand(time(NULL)), an octet of each draw. The endpoint has no clock. */
static void draw_keys_by_time(peer_emission *emission) {
    uint64_t *state = peer_memo(emission->endpoint);
    uint32_t key = 0;
    if (*state == 0)
        *state = PEER_KEYS_SEEDED_S;
    for (int i = 0; i < 4; i++) {
        *state = (*state * 1103515245 + 12345) & 0xffffffff;
        key = key << 8 | (uint32_t)(*state >> 16 & 0xff);
    }
    put_key(emission, key);
}

static void draw_16_bits(peer_emission *emission) {
    put_key(emission, peer_random(emission->endpoint) & 0xffff);
}

static void draw_31_bits(peer_emission *emission) {
    put_key(emission, peer_random(emission->endpoint) & 0x7fffffff);
}

static void use_one_key_for_pongs(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        put_key(emission, 0x37fa213d);
}

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

static void lose_cut_long_length(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    if (walk.have >= 2 && length_size(&walk) == 8)
        lose_cut_head(input, &walk, 2, 10);
    store_walk(input->endpoint, &walk);
}

/* A read that ends right behind a head whose payload is still to come. */
static void hang_behind_head(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    if (walk.have == 0 && walk.left > 0 && walk.at == 0)
        input->act = PEER_GO_DEAF;
    store_walk(input->endpoint, &walk);
}

static void hang_on_cut_control(peer_input *input) {
    frame_walk walk = load_walk(input->endpoint);
    (void)walk_over(&walk, input->bytes, input->size, NULL);
    if (walk.have > 0 && walk.have < head_size(&walk) && ws_opcode_is_control(walk.head[0] & 0xf))
        input->act = PEER_GO_DEAF;
    store_walk(input->endpoint, &walk);
}

static void lose_key_of_empty_frame(peer_input *input) {
    const uint8_t *head = input->bytes;
    if (!input->at_frame_start || input->size < 6 || head[1] != 0x80)
        return;
    memmove(input->bytes + 2, input->bytes + 6, input->size - 6);
    input->size -= 4;
}

/* A head that lies across the end of a buffer of that many octets loses what is in the next one. */
static void spoil_heads_across(peer_input *input, uint64_t room) {
    frame_walk walk = load_walk(input->endpoint);
    for (size_t i = 0; i < input->size; i++) {
        bool within_head = walk.left == 0 && walk.have > 0;
        uint8_t octet = input->bytes[i];
        if (within_head && (input->offset + i) % room == 0)
            input->bytes[i] ^= 0x55;
        (void)walk_over(&walk, &octet, 1, NULL);
    }
    store_walk(input->endpoint, &walk);
}

static void spoil_heads_across_4_kib(peer_input *input) {
    spoil_heads_across(input, 4096);
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

const peer_behaviour peer_faults_masking[] = {
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

    /* ---- keys */
    {.name = "key-always-the-same",
     CLIENT_FAULT("Masks all frames with one key."),
     .requirement = "6455-5.3-03",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = use_one_key},
    {.name = "key-always-zeros",
     CLIENT_FAULT("Masks all frames with a key of four zeros."),
     .requirement = "6455-5.3-03",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = use_key_of_zeros},
    {.name = "keys-in-turn",
     CLIENT_FAULT("Masks frames with two keys in turn."),
     .requirement = "6455-5.3-03",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = use_two_keys},
    {.name = "keys-counted",
     CLIENT_FAULT("Counts its masking keys up."),
     .requirement = "6455-5.3-05",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = count_keys},
    {.name = "keys-in-even-steps",
     CLIENT_FAULT("Adds the same number to each masking key for the next."),
     .requirement = "6455-5.3-05",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = step_keys},
    {.name = "keys-linear",
     CLIENT_FAULT("Draws masking keys from a linear generator."),
     .requirement = "6455-5.3-05",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = draw_keys_linearly},
    {.name = "keys-by-time",
     CLIENT_FAULT("Draws masking keys by rand(), which it has seeded with the time."),
     .requirement = "6455-10.3-01",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = draw_keys_by_time},
    {.name = "keys-of-16-bits",
     CLIENT_FAULT("Draws two octets of a masking key and leaves the others zero."),
     .requirement = "6455-5.3-04",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = draw_16_bits},
    {.name = "keys-of-31-bits",
     CLIENT_FAULT("Draws masking keys from a source of 31 bits."),
     .requirement = "6455-5.3-04",
     .caught_by = "frame.mask.keys.messages",
     .before_emit = draw_31_bits},
    {.name = "key-of-pongs-the-same",
     CLIENT_FAULT("Masks all pongs with one key."),
     .requirement = "6455-5.3-03",
     .caught_by = "frame.mask.keys.pongs",
     .before_emit = use_one_key_for_pongs},

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
    {.name = "long-length-cut-lost",
     FAULT("Loses the octets of a 64-bit length when a read ends among them."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.64-bit.behind-5",
     .on_input = lose_cut_long_length},
    {.name = "hangs-behind-head",
     MASK_FAULT("Waits without end when a read ends right between head and payload."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.7-bit.behind-6",
     .on_input = hang_behind_head},
    {.name = "hangs-on-cut-control",
     FAULT("Waits without end when a read ends within the head of a control frame."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.cut.ping.behind-1",
     .on_input = hang_on_cut_control},
    {.name = "key-of-empty-frame-forgotten",
     MASK_FAULT("Looks for no masking key in a frame without payload."),
     .requirement = "6455-5.2-12",
     .caught_by = "frame.mask.empty-frames",
     .tolerate = 1u << WS_VIOLATION_OPCODE,
     .on_input = lose_key_of_empty_frame},
    {.name = "head-across-4096-spoilt",
     FAULT("Spoils the octet of a head that is the first of its next buffer of 4096 octets."),
     .requirement = "6455-6.2-01",
     .caught_by = "data.straddle.4096",
     .on_input = spoil_heads_across_4_kib},
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
    {.name = "cut-by-reads-refused",
     FAULT("Refuses text when a read ends inside a code point."),
     .requirement = "6455-6.2-01",
     .caught_by = "utf8.valid.chopped",
     .on_input = refuse_code_points_cut_by_reads},

    {.name = NULL},
};
