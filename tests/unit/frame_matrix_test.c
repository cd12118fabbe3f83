/* Every header that can be written, in every state of a connection, against an oracle that knows the
 * sentences of RFC 6455 and nothing of the reader. */
#include "wire/frame.h"

#include <criterion/criterion.h>
#include <string.h>

/* A header as the test writes it, and where it stands. */
typedef struct situation {
    unsigned fin, rsv, opcode, mask;
    unsigned form; /* 7, 16 or 64 bits */
    uint64_t length;
    ws_role receiver;
    bool deflate;    /* an extension defines RSV1 */
    bool in_message; /* a text message has begun */
    bool closed;     /* a Close was sent */
} situation;

enum { UNBROKEN = 99 };

/* What the oracle says: the rules that are broken at the first octet that breaks any, and its place. */
typedef struct verdict {
    uint32_t kinds;
    unsigned octet;
} verdict;

static void breaks(verdict *verdict, unsigned octet, ws_violation kind) {
    if (octet < verdict->octet)
        *verdict = (struct verdict){0, octet};
    if (octet == verdict->octet)
        verdict->kinds |= 1u << kind;
}

static verdict oracle(const situation *it) {
    verdict v = {0, UNBROKEN};
    bool control = it->opcode >= 8;
    bool begins_message = it->opcode >= 1 && it->opcode <= 7;
    /* 5.1: "a server MUST close the connection upon receiving a frame that is not masked" */
    if (it->receiver == WS_SERVER && it->mask == 0)
        breaks(&v, 1, WS_VIOLATION_MASK_MISSING);
    /* 5.1: "a client MUST close a connection if it detects a masked frame" */
    if (it->receiver == WS_CLIENT && it->mask == 1)
        breaks(&v, 1, WS_VIOLATION_MASK_PRESENT);
    /* 5.2: "a nonzero value is received and none of the negotiated extensions defines the meaning"; RFC 7692
     * 6 gives RSV1 a meaning on the first frame of a message */
    unsigned rsv1 = it->rsv >= 4, rsv2 = it->rsv % 4 >= 2, rsv3 = it->rsv % 2;
    if (rsv2 || rsv3 || (rsv1 && !(it->deflate && begins_message)))
        breaks(&v, 0, WS_VIOLATION_RSV);
    /* 5.2: "%x3-7 are reserved", "%xB-F are reserved" */
    if ((it->opcode >= 3 && it->opcode <= 7) || it->opcode >= 0xb)
        breaks(&v, 0, WS_VIOLATION_OPCODE);
    /* 5.2: "the most significant bit MUST be 0": the first octet behind the 127 */
    if (it->form == 64 && it->length >= UINT64_C(0x8000000000000000))
        breaks(&v, 2, WS_VIOLATION_LENGTH_TOP_BIT);
    /* 5.2: "the minimal number of bytes MUST be used to encode the length" */
    if ((it->form == 16 && it->length < 126) || (it->form == 64 && it->length < 65536))
        breaks(&v, 1, WS_VIOLATION_LENGTH_NOT_MINIMAL);
    /* 5.5: "MUST have a payload length of 125 bytes or less and MUST NOT be fragmented" */
    if (control && it->length > 125)
        breaks(&v, 1, WS_VIOLATION_CONTROL_TOO_LONG);
    if (control && it->fin == 0)
        breaks(&v, 0, WS_VIOLATION_CONTROL_FRAGMENTED);
    /* 5.4: the order of the fragments */
    if (it->opcode == 0 && !it->in_message)
        breaks(&v, 0, WS_VIOLATION_CONTINUATION_STRAY);
    if (begins_message && it->in_message)
        breaks(&v, 0, WS_VIOLATION_INTERLEAVED);
    /* 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer" */
    if (it->opcode == 8 && it->length == 1)
        breaks(&v, 1, WS_VIOLATION_CLOSE_LENGTH);
    /* 5.5.1: "MUST NOT send any more data frames after sending a Close frame" */
    if (!control && it->closed)
        breaks(&v, 0, WS_VIOLATION_DATA_AFTER_CLOSE);
    return v;
}

static size_t write_header(const situation *it, uint8_t *out) {
    size_t size = 0;
    out[size++] = (uint8_t)(it->fin * 128 + it->rsv * 16 + it->opcode);
    if (it->form == 7)
        out[size++] = (uint8_t)(it->mask * 128 + it->length);
    if (it->form == 16) {
        out[size++] = (uint8_t)(it->mask * 128 + 126);
        out[size++] = (uint8_t)(it->length / 256);
        out[size++] = (uint8_t)(it->length % 256);
    }
    if (it->form == 64) {
        out[size++] = (uint8_t)(it->mask * 128 + 127);
        for (uint64_t weight = UINT64_C(1) << 56; weight > 0; weight /= 256)
            out[size++] = (uint8_t)(it->length / weight % 256);
    }
    for (unsigned i = 0; it->mask && i < 4; i++)
        out[size++] = 0;
    return size;
}

/* Frames that bring the connection into the state. */
static size_t write_prelude(const situation *it, uint8_t *out) {
    size_t size = 0;
    uint8_t mask = it->receiver == WS_SERVER ? 0x80 : 0;
    uint8_t first_octets[] = {it->in_message ? 0x01 : 0x89, it->closed ? 0x88 : 0x8a};
    for (unsigned i = 0; i < 2; i++) {
        out[size++] = first_octets[i];
        out[size++] = mask;
        for (unsigned j = 0; mask && j < 4; j++)
            out[size++] = 0;
    }
    return size;
}

static void check_violation(const situation *it, const verdict *v, const ws_event *event, uint64_t start) {
    if (event->type != WS_EVENT_VIOLATION || !(v->kinds >> event->violation & 1) ||
        event->offset != start + v->octet)
        cr_assert_fail(
            "fin %u rsv %u opcode %x mask %u form %u length %llx role %d%s%s%s: event %d %s at %llu, "
            "should be %x at %u",
            it->fin, it->rsv, it->opcode, it->mask, it->form, (unsigned long long)it->length, it->receiver,
            it->deflate ? " deflate" : "", it->in_message ? " in message" : "", it->closed ? " closed" : "",
            event->type, ws_violation_describe(event->violation)->name,
            (unsigned long long)(event->offset - start), v->kinds, v->octet);
}

static void check_frame(const situation *it, const ws_event *event, uint64_t start) {
    static const ws_event_type controls[] = {WS_EVENT_CLOSE, WS_EVENT_PING, WS_EVENT_PONG};
    ws_event_type type = it->opcode >= 8 ? controls[it->opcode - 8] : WS_EVENT_DATA;
    const ws_frame_header *header = &event->header;
    cr_assert(event->type == type && event->offset == start);
    cr_assert(header->fin == it->fin && header->rsv == it->rsv && header->opcode == it->opcode);
    cr_assert(header->masked == it->mask && header->length == it->length && header->length_bits == it->form);
    if (type != WS_EVENT_DATA)
        return;
    unsigned flags = WS_FRAME_START | (it->opcode != 0 ? WS_MESSAGE_START : 0);
    if (it->length <= 125)
        flags |= WS_FRAME_END | (it->fin ? WS_MESSAGE_END : 0);
    cr_assert(event->flags == flags && event->opcode == (it->opcode == WS_BINARY ? WS_BINARY : WS_TEXT));
    cr_assert(event->compressed == (it->rsv != 0));
}

/* Long payloads do not come. A short one is a normal Close's, and good text. */
static void check(const situation *it) {
    static const uint8_t payload[125] = {0x03, 0xe8};
    uint8_t octets[300];
    size_t size = write_prelude(it, octets);
    uint64_t start = size;
    size += write_header(it, octets + size);
    size_t payload_size = it->length <= sizeof payload ? (size_t)it->length : 0;
    memcpy(octets + size, payload, payload_size);
    if (it->opcode < 8)
        memset(octets + size, 'a', payload_size);
    size += payload_size;
    ws_reader_config config = {.role = it->receiver, .rsv_on_data = it->deflate ? WS_RSV1 : 0};
    ws_reader *reader = ws_reader_new(&config);
    ws_event events[8];
    size_t count;
    cr_assert_eq(ws_reader_feed(reader, octets, size, octets, events, 8, &count), size);
    cr_assert_eq(count, 3);
    verdict v = oracle(it);
    if (v.octet != UNBROKEN)
        check_violation(it, &v, &events[2], start);
    else
        check_frame(it, &events[2], start);
    ws_reader_free(reader);
}

static const struct {
    unsigned form;
    uint64_t length;
} lengths[] = {
    {7, 0},
    {7, 1},
    {7, 2},
    {7, 125},
    {16, 0},
    {16, 1},
    {16, 125},
    {16, 126},
    {16, 65535},
    {64, 0},
    {64, 1},
    {64, 125},
    {64, 126},
    {64, 65535},
    {64, 65536},
    {64, UINT64_C(0x100000000)},
    {64, UINT64_C(0x7fffffffffffffff)},
    {64, UINT64_C(0x8000000000000000)},
    {64, UINT64_C(0x8000000000000001)},
    {64, UINT64_C(0xffffffffffffffff)},
};

/* Every opcode, RSV, FIN, MASK and length. */
static void check_headers(situation it) {
    for (unsigned first = 0; first < 256; first++)
        for (unsigned mask = 0; mask < 2; mask++)
            for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                it.fin = first / 128;
                it.rsv = first / 16 % 8;
                it.opcode = first % 16;
                it.mask = mask;
                it.form = lengths[i].form;
                it.length = lengths[i].length;
                check(&it);
            }
}

static void check_states(ws_role receiver, bool deflate) {
    for (unsigned state = 0; state < 4; state++)
        check_headers((situation){
            .receiver = receiver, .deflate = deflate, .in_message = state % 2, .closed = state / 2});
}

Test(frame_matrix, server_judges_every_header_as_the_rfc_does) {
    check_states(WS_SERVER, false);
}

Test(frame_matrix, client_judges_every_header_as_the_rfc_does) {
    check_states(WS_CLIENT, false);
}

Test(frame_matrix, server_with_deflate_judges_every_header_as_the_rfcs_do) {
    check_states(WS_SERVER, true);
}

Test(frame_matrix, client_with_deflate_judges_every_header_as_the_rfcs_do) {
    check_states(WS_CLIENT, true);
}
