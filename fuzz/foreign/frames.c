#include "fuzz/foreign/frames.h"

#include "wire/mask.h"

#include <inttypes.h>
#include <string.h>

enum { LENGTH_7_END = 2, SHOWN_OCTETS = 16, SHOWN_FRAMES = 64 };

static size_t length_octets(uint8_t second) {
    return (second & 0x7f) == 127 ? 8 : (second & 0x7f) == 126 ? 2 : 0;
}

/* Fills in what the octets tell; true when the header is whole. */
static bool read_header(const uint8_t *octets, size_t size, ws_frame_header *header) {
    *header = (ws_frame_header){
        .fin = (octets[0] & 0x80) != 0, .rsv = (octets[0] >> 4) & 0x7, .opcode = octets[0] & 0xf};
    if (size < LENGTH_7_END)
        return false;
    size_t more = length_octets(octets[1]);
    header->masked = (octets[1] & 0x80) != 0;
    header->length_bits = more == 8 ? 64 : more == 2 ? 16 : 7;
    header->size = (uint8_t)(LENGTH_7_END + more + (header->masked ? 4 : 0));
    if (size < header->size)
        return false;
    header->length = more ? 0 : octets[1] & 0x7f;
    for (size_t i = 0; i < more; i++)
        header->length = header->length << 8 | octets[LENGTH_7_END + i];
    if (header->masked)
        memcpy(header->key, octets + LENGTH_7_END + more, 4);
    return true;
}

bool raw_frame_read(ws_span stream, size_t at, raw_frame *frame) {
    if (at >= stream.size)
        return false;
    const uint8_t *octets = stream.data + at;
    size_t left = stream.size - at;
    *frame = (raw_frame){.size = left};
    frame->header_whole = read_header(octets, left, &frame->header);
    if (!frame->header_whole)
        return true;
    left -= frame->header.size;
    size_t there = frame->header.length < left ? (size_t)frame->header.length : left;
    frame->missing = frame->header.length - there;
    frame->payload = (ws_span){octets + frame->header.size, there};
    frame->size = frame->header.size + there;
    return true;
}

/* Ends the last frame. Octets of zero end its header, for any octets do. */
static bool complete_frame(ws_buffer *stream, size_t start, raw_frame *frame, uint64_t max_payload) {
    while (!frame->header_whole) {
        if (ws_buffer_append(stream, "\0", 1) != WS_OK)
            return false;
        raw_frame_read(ws_buffer_span(stream), start, frame);
    }
    if (frame->missing > max_payload || ws_buffer_reserve(stream, (size_t)frame->missing) != WS_OK)
        return false;
    uint8_t *rest = stream->data + stream->size;
    size_t size = (size_t)frame->missing;
    if (size > 0) {
        memset(rest, 'x', size);
        ws_mask(rest, rest, size, frame->header.key, frame->payload.size);
    }
    stream->size += size;
    return true;
}

bool frames_complete(ws_buffer *stream, ws_role reader, uint64_t max_payload) {
    size_t before = stream->size;
    bool in_message = false;
    raw_frame frame;
    for (size_t at = 0; raw_frame_read(ws_buffer_span(stream), at, &frame); at += frame.size) {
        bool last = at + frame.size == stream->size;
        if (last && !complete_frame(stream, at, &frame, max_payload)) {
            stream->size = before;
            return false;
        }
        if (!ws_opcode_is_control(frame.header.opcode))
            in_message = !frame.header.fin;
        if (last)
            break;
    }
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    ws_frame fragment = {.opcode = WS_CONTINUATION, .fin = true, .masked = reader == WS_SERVER};
    ws_frame ping = {
        .opcode = WS_PING, .fin = true, .masked = reader == WS_SERVER, .payload = ws_span_of("end")};
    memcpy(ping.key, key, sizeof key);
    if ((in_message && ws_frame_emit(&fragment, stream) != WS_OK) || ws_frame_emit(&ping, stream) != WS_OK) {
        stream->size = before;
        return false;
    }
    return true;
}

static void print_payload(FILE *out, const raw_frame *frame) {
    uint8_t shown[SHOWN_OCTETS];
    size_t size = frame->payload.size < SHOWN_OCTETS ? frame->payload.size : SHOWN_OCTETS;
    if (size == 0)
        return;
    ws_mask(shown, frame->payload.data, size, frame->header.key, 0);
    fputs(" |", out);
    for (size_t i = 0; i < size; i++)
        fprintf(out, " %02x", shown[i]);
    if (frame->payload.size > size)
        fputs(" ...", out);
}

static void print_frame(FILE *out, size_t at, const raw_frame *frame, bool marked) {
    const ws_frame_header *header = &frame->header;
    fprintf(out, "  %s %6zu  %s%s", marked ? "->" : "  ", at, ws_opcode_name(header->opcode),
            header->fin ? " FIN" : "");
    for (unsigned bit = 0; bit < 3; bit++)
        if (header->rsv & (WS_RSV1 >> bit))
            fprintf(out, " RSV%u", bit + 1);
    if (!frame->header_whole) {
        fputs(" (the header is cut off)\n", out);
        return;
    }
    if (header->masked)
        fprintf(out, " masked %02x%02x%02x%02x", header->key[0], header->key[1], header->key[2],
                header->key[3]);
    fprintf(out, " length %" PRIu64 " in %u bits", header->length, header->length_bits);
    if (frame->missing > 0)
        fprintf(out, " (%" PRIu64 " missing)", frame->missing);
    print_payload(out, frame);
    fputc('\n', out);
}

void frames_print(FILE *out, ws_span stream, size_t mark) {
    raw_frame frame;
    size_t count = 0;
    for (size_t at = 0; raw_frame_read(stream, at, &frame); at += frame.size) {
        bool marked = mark >= at && mark < at + frame.size;
        if (count++ < SHOWN_FRAMES || marked)
            print_frame(out, at, &frame, marked);
    }
    if (count > SHOWN_FRAMES)
        fprintf(out, "     %zu frames in all\n", count);
}
