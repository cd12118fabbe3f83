/* Octets of messages lost, invented, changed or swapped on their way into the echo. */
#include "peer/behaviour_private.h"
#include "peer/message_hooks.h"

#include <string.h>

/* ------------------------------------------------------------------ whole messages */

static void shorten(peer_arrival *arrival, size_t size) {
    if (arrival->message->size > size)
        arrival->message->size = size;
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

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_faults_content[] = {
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

    {.name = NULL},
};
