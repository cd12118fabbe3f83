/* What ws_frame_emit writes, a reader reads: headers as described, payloads octet for octet, whatever opcode,
 * RSV bits, key, length form and order; and a stream that obeys is never refused. The last frame may lie
 * about its length.
 *
 * Covers: ws_frame_emit, ws_frame_emit_header, ws_reader_feed, ws_mask */
#include "support.h"

#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 8, PAYLOAD_MAX = 70000, EVENTS = 16 };

typedef struct description {
    ws_frame frames[FRAMES_MAX];
    size_t count;
    ws_role reader;
    bool obeys;
} description;

/* Payload octets: the input over and over. */
static ws_span payload_of(const fuzz_input *input, size_t size, uint8_t room[PAYLOAD_MAX]) {
    for (size_t i = 0; i < size; i++)
        room[i] = input->size ? input->data[i % input->size] : (uint8_t)i;
    return (ws_span){room, size};
}

static size_t take_size(fuzz_input *input) {
    static const uint32_t sizes[] = {0, 125, 126, 127, 65535, 65536, 69999};
    uint8_t choice = fuzz_take(input);
    return choice < 7 ? sizes[choice] : choice < 128 ? (size_t)choice - 7 : 2 * (size_t)choice;
}

static bool fits(ws_length_form form, uint64_t length) {
    return form == WS_LENGTH_7 ? length <= 125 : form != WS_LENGTH_16 || length <= 65535;
}

/* Changes the frame to one that may come next. */
static void make_obey(ws_frame *frame, ws_role reader, bool *in_message) {
    frame->rsv = 0;
    frame->masked = reader == WS_SERVER;
    frame->length_form = WS_LENGTH_MINIMAL;
    if (frame->opcode & 8) {
        frame->opcode = frame->opcode & 1 ? WS_PING : WS_PONG;
        frame->fin = true;
        frame->payload.size %= 126;
        return;
    }
    frame->opcode = *in_message ? WS_CONTINUATION : WS_BINARY;
    *in_message = !frame->fin;
}

static void describe(fuzz_input *input, description *d, uint8_t room[PAYLOAD_MAX]) {
    static const ws_length_form forms[] = {WS_LENGTH_MINIMAL, WS_LENGTH_7, WS_LENGTH_16, WS_LENGTH_64};
    uint8_t options = fuzz_take(input);
    bool in_message = false;
    d->reader = options & 1 ? WS_SERVER : WS_CLIENT;
    d->obeys = (options & 2) != 0;
    d->count = 1 + (options >> 2) % FRAMES_MAX;
    size_t sizes[FRAMES_MAX], most = 0;
    for (size_t i = 0; i < d->count; i++) {
        ws_frame *frame = &d->frames[i];
        uint8_t first = fuzz_take(input), second = fuzz_take(input);
        *frame =
            (ws_frame){.opcode = first & 15, .rsv = first >> 4 & 7, .fin = first >> 7, .masked = second & 1};
        memset(frame->key, fuzz_take(input), 4);
        frame->key[3] = (uint8_t)~frame->key[0];
        sizes[i] = take_size(input);
        most = sizes[i] > most ? sizes[i] : most;
        ws_length_form form = forms[second >> 1 & 3];
        frame->length_form = fits(form, sizes[i]) ? form : WS_LENGTH_MINIMAL;
    }
    ws_span payload = payload_of(input, most, room);
    for (size_t i = 0; i < d->count; i++) {
        d->frames[i].payload = (ws_span){payload.data, sizes[i]};
        if (d->obeys)
            make_obey(&d->frames[i], d->reader, &in_message);
    }
}

static void check_header(const ws_frame *frame, const ws_frame_header *h) {
    static const uint8_t no_key[4] = {0};
    FUZZ_CHECK(h->fin == frame->fin && h->rsv == frame->rsv && h->opcode == frame->opcode &&
                   h->masked == frame->masked,
               "the first octets are not as described");
    FUZZ_CHECK(memcmp(h->key, frame->masked ? frame->key : no_key, 4) == 0, "the key is not as described");
    FUZZ_CHECK(h->length == frame->payload.size, "the length is not as described");
    FUZZ_CHECK(frame->length_form == WS_LENGTH_MINIMAL || h->length_bits == (unsigned)frame->length_form,
               "the form of the length is not as described");
}

/* The payload as far as it came, against the description. */
typedef struct progress {
    size_t frame, done;
} progress;

static void check_event(const description *d, progress *at, const ws_event *event) {
    FUZZ_CHECK(event->type != WS_EVENT_VIOLATION, "refused: %s",
               ws_violation_describe(event->violation)->text);
    FUZZ_CHECK(at->frame < d->count, "more frames than were sent");
    const ws_frame *frame = &d->frames[at->frame];
    check_header(frame, &event->header);
    bool control = ws_opcode_is_control(frame->opcode);
    ws_span payload = event->payload;
    size_t begin = at->done;
    if (event->type == WS_EVENT_CLOSE)
        begin = payload.size > 0 ? 2 : 0;
    FUZZ_CHECK(begin + payload.size <= frame->payload.size, "more payload than was sent");
    FUZZ_CHECK(payload.size == 0 || memcmp(payload.data, frame->payload.data + begin, payload.size) == 0,
               "the payload is not what was sent");
    at->done += payload.size;
    bool whole = control || (event->flags & WS_FRAME_END);
    FUZZ_CHECK(!whole || control || at->done == frame->payload.size, "less payload than was sent");
    if (whole)
        *at = (progress){at->frame + 1, 0};
}

static void check_stream(const description *d, ws_span stream) {
    ws_reader *reader = fuzz_need(
        ws_reader_new(&(ws_reader_config){.role = d->reader, .tolerate = d->obeys ? 0 : UINT32_MAX}));
    uint8_t *out = fuzz_need(malloc(stream.size ? stream.size : 1));
    ws_event events[EVENTS];
    progress at = {0, 0};
    size_t count, done = 0;
    do {
        done += ws_reader_feed(reader, stream.data + done, stream.size - done, out + done, events, EVENTS,
                               &count);
        for (size_t i = 0; i < count; i++)
            check_event(d, &at, &events[i]);
    } while (done < stream.size || count + 2 > EVENTS);
    FUZZ_CHECK(at.frame == d->count && ws_reader_at_frame_start(reader) &&
                   ws_reader_offset(reader) == stream.size,
               "%zu frames of %zu are read", at.frame, d->count);
    free(out);
    ws_reader_free(reader);
}

static uint64_t cut_to_form(uint64_t length, ws_length_form form) {
    return form == WS_LENGTH_7 ? length & 127 : form == WS_LENGTH_16 ? length & 0xffff : length;
}

/* A header that lies is read as it lies. */
static void check_lie(fuzz_input *input, ws_frame frame, ws_role role) {
    frame.lie_about_length = true;
    frame.opcode = WS_BINARY;
    for (unsigned i = 0; i < 8; i++)
        frame.declared = frame.declared << 8 | fuzz_take(input);
    uint8_t header[WS_FRAME_HEADER_MAX], out[WS_FRAME_HEADER_MAX];
    size_t size = ws_frame_emit_header(&frame, header);
    FUZZ_CHECK(size >= 2 && size <= sizeof header, "a header of %zu octets", size);
    ws_reader *reader = fuzz_need(ws_reader_new(&(ws_reader_config){.role = role, .tolerate = UINT32_MAX}));
    ws_event events[2];
    size_t count = 0;
    ws_reader_feed(reader, header, size, out, events, 2, &count);
    uint64_t length = cut_to_form(frame.declared, frame.length_form);
    bool ambiguous = frame.length_form == WS_LENGTH_7 && length > 125; /* these announce a longer form */
    FUZZ_CHECK(ambiguous || (count == 1 && events[0].header.length == length),
               "a lie about the length is not kept");
    ws_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t room[PAYLOAD_MAX];
    fuzz_input input = {data, size};
    description d;
    describe(&input, &d, room);
    ws_buffer stream;
    ws_buffer_init(&stream, 0);
    for (size_t i = 0; i < d.count; i++) {
        size_t before = stream.size;
        uint8_t header[WS_FRAME_HEADER_MAX];
        size_t header_size = ws_frame_emit_header(&d.frames[i], header);
        fuzz_ok(ws_frame_emit(&d.frames[i], &stream));
        FUZZ_CHECK(stream.size - before == header_size + d.frames[i].payload.size &&
                       memcmp(stream.data + before, header, header_size) == 0,
                   "a frame is not its header and its payload");
    }
    ws_buffer full;
    ws_buffer_init(&full, 1);
    FUZZ_CHECK(ws_frame_emit(&d.frames[0], &full) == WS_ERR_LIMIT && full.size == 0,
               "a full buffer takes a frame");
    FUZZ_CHECK(ws_frame_emit(&(ws_frame){.payload = {room, SIZE_MAX}}, &full) == WS_ERR_LIMIT,
               "a payload as large as memory is taken");
    check_stream(&d, ws_buffer_span(&stream));
    check_lie(&input, d.frames[d.count - 1], d.reader);
    ws_buffer_clear(&full);
    ws_buffer_clear(&stream);
    return 0;
}
