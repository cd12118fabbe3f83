/* A stream in one piece through a ws_reader, as server or client, with limits, RSV bits of an extension and
 * tolerated rules from the input (stream.h). Held to the rules of RFC 6455 5 to 8.1 as predicates on whole
 * frames: what is accepted breaks none, what is refused breaks the rule that is named, and every octet handed
 * out is the octet of the stream under its key.
 *
 * Covers: ws_reader_new, ws_reader_feed, ws_reader_end, ws_reader_offset, ws_reader_in_message,
 * ws_reader_at_frame_start, ws_reader_free, ws_violation_describe, ws_opcode_name, ws_mask, ws_utf8_feed,
 * ws_close_classify */
#include "mutator.h"
#include "stream.h"
#include "support.h"

#include "wire/close.h"
#include "wire/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 9 };

/* What the stream has been so far, told from the events alone. */
typedef struct watch {
    const ws_reader_config *config;
    ws_span stream;
    bool closed, in_message, ended;
    bool compressed;
    uint8_t opcode; /* of the message */
    uint64_t message_size, fragments;
    bool in_frame; /* inside a data frame */
    uint64_t frame, done;
    ws_utf8 utf8;
} watch;

static bool tolerated(const watch *w, ws_violation kind) {
    return (w->config->tolerate & (1u << kind)) != 0;
}

/* The header by its picture in 5.2, as far as the stream goes. */
static ws_frame_header header_at(ws_span stream, uint64_t offset) {
    ws_frame_header h = {0};
    const uint8_t *at = stream.data + offset;
    size_t left = stream.size - (size_t)offset;
    h.fin = at[0] >> 7;
    h.rsv = at[0] >> 4 & 7;
    h.opcode = at[0] & 15;
    unsigned octets = left < 2 || (at[1] & 127) < 126 ? 0 : (at[1] & 127) == 126 ? 2 : 8;
    h.masked = left >= 2 && at[1] >> 7;
    h.length = left >= 2 && !octets ? at[1] & 127 : 0;
    h.length_bits = left < 2 ? 0 : octets ? (uint8_t)(8 * octets) : 7;
    h.size = left < 2 ? 0 : (uint8_t)(2 + octets + (h.masked ? 4 : 0));
    for (unsigned i = 2; i < 2 + octets && i < left; i++)
        h.length = h.length << 8 | at[i];
    for (unsigned i = 0; h.masked && i < 4 && 2 + octets + i < left; i++)
        h.key[i] = at[2 + octets + i];
    return h;
}

static bool is_first(const watch *w, const ws_frame_header *h) {
    return h->opcode != WS_CONTINUATION || !w->in_message;
}

/* Whether a frame with this header breaks the rule. */
static bool breaks(const watch *w, const ws_frame_header *h, ws_violation kind) {
    const ws_reader_config *config = w->config;
    bool control = h->opcode >= 8;
    uint64_t before = is_first(w, h) ? 0 : w->message_size;
    uint8_t rsv = control || h->opcode == WS_CONTINUATION ? 0 : config->rsv_on_data;
    switch (kind) {
    case WS_VIOLATION_MASK_MISSING:
        return config->role == WS_SERVER && !h->masked;
    case WS_VIOLATION_MASK_PRESENT:
        return config->role == WS_CLIENT && h->masked;
    case WS_VIOLATION_RSV:
        return (h->rsv | rsv) != rsv;
    case WS_VIOLATION_OPCODE:
        return (h->opcode & 7) > 2;
    case WS_VIOLATION_LENGTH_NOT_MINIMAL:
        return (h->length_bits == 16 && h->length < 126) || (h->length_bits == 64 && h->length < 65536);
    case WS_VIOLATION_LENGTH_TOP_BIT:
        return h->length > INT64_MAX;
    case WS_VIOLATION_CONTROL_FRAGMENTED:
        return control && !h->fin;
    case WS_VIOLATION_CONTROL_TOO_LONG:
        return control && h->length > 125;
    case WS_VIOLATION_CONTINUATION_STRAY:
        return h->opcode == WS_CONTINUATION && !w->in_message;
    case WS_VIOLATION_INTERLEAVED:
        return !control && h->opcode != WS_CONTINUATION && w->in_message;
    case WS_VIOLATION_CLOSE_LENGTH:
        return h->opcode == WS_CLOSE && h->length == 1;
    case WS_VIOLATION_DATA_AFTER_CLOSE:
        return !control && w->closed;
    case WS_LIMIT_FRAME:
        return !control && config->max_frame && h->length > config->max_frame;
    case WS_LIMIT_MESSAGE:
        return !control && config->max_message &&
               (h->length > config->max_message || before > config->max_message - h->length);
    case WS_LIMIT_FRAGMENTS:
        return !control && config->max_fragments && !is_first(w, h) && w->fragments >= config->max_fragments;
    default:
        return false; /* rules about payloads */
    }
}

static void check_header(const watch *w, const ws_event *event) {
    ws_frame_header h = header_at(w->stream, event->offset);
    const ws_frame_header *told = &event->header;
    FUZZ_CHECK(h.fin == told->fin && h.rsv == told->rsv && h.opcode == told->opcode &&
                   h.masked == told->masked && h.length == told->length &&
                   h.length_bits == told->length_bits && h.size == told->size &&
                   memcmp(h.key, told->key, 4) == 0,
               "the header of an event is not that of the stream");
    for (unsigned kind = 1; kind < WS_VIOLATION_COUNT; kind++)
        FUZZ_CHECK(tolerated(w, (ws_violation)kind) || !breaks(w, &h, (ws_violation)kind),
                   "a frame is accepted although %s", ws_violation_describe((ws_violation)kind)->text);
}

/* Octets handed out are those of the stream under the key (5.3). */
static void check_octets(const watch *w, const ws_event *event, uint64_t at) {
    const uint8_t *from = w->stream.data + event->offset + event->header.size + at;
    for (size_t i = 0; i < event->payload.size; i++)
        FUZZ_CHECK(event->payload.data[i] == (from[i] ^ event->header.key[(at + i) & 3]),
                   "a payload is not that of the stream");
}

static void begin_frame(watch *w, const ws_event *event) {
    const ws_frame_header *h = &event->header;
    check_header(w, event);
    bool first = is_first(w, h);
    FUZZ_CHECK(event->flags & WS_FRAME_START, "a frame begins without WS_FRAME_START");
    FUZZ_CHECK(first == ((event->flags & WS_MESSAGE_START) != 0), "WS_MESSAGE_START is wrong");
    if (first) {
        w->opcode = h->opcode == WS_TEXT ? WS_TEXT : WS_BINARY;
        w->compressed = h->opcode != WS_CONTINUATION && (h->rsv & w->config->rsv_on_data & WS_RSV1);
        w->message_size = 0;
        w->fragments = 0;
        w->utf8 = (ws_utf8){0};
    }
    w->in_message = true;
    w->message_size += h->length;
    w->fragments++;
    w->in_frame = true;
    w->frame = event->offset;
    w->done = 0;
}

static bool is_text(const watch *w) {
    return w->opcode == WS_TEXT && !w->compressed && !tolerated(w, WS_VIOLATION_TEXT);
}

static void check_data(watch *w, const ws_event *event) {
    if (!w->in_frame)
        begin_frame(w, event);
    else
        FUZZ_CHECK(!(event->flags & (WS_FRAME_START | WS_MESSAGE_START)), "a frame begins twice");
    FUZZ_CHECK(event->offset == w->frame, "a piece of another frame comes between");
    FUZZ_CHECK(event->opcode == w->opcode && event->compressed == w->compressed,
               "the type of a message changes");
    FUZZ_CHECK(event->payload.size > 0 || event->flags, "an event says nothing");
    check_octets(w, event, w->done);
    w->done += event->payload.size;
    FUZZ_CHECK(w->done <= event->header.length, "more payload than the header declares");
    if (is_text(w))
        FUZZ_CHECK(ws_utf8_feed_plain(&w->utf8, event->payload.data, event->payload.size) ==
                       event->payload.size,
                   "text is handed out that is not UTF-8");
    if (!(event->flags & WS_FRAME_END)) {
        FUZZ_CHECK(!(event->flags & WS_MESSAGE_END), "a message ends inside a frame");
        return;
    }
    FUZZ_CHECK(w->done == event->header.length, "a frame ends too early");
    FUZZ_CHECK(event->header.fin == ((event->flags & WS_MESSAGE_END) != 0), "WS_MESSAGE_END is wrong");
    FUZZ_CHECK(!event->header.fin || !is_text(w) || ws_utf8_complete(&w->utf8),
               "a text ends inside a code point");
    w->in_frame = false;
    w->in_message = !event->header.fin;
}

static void check_close(watch *w, const ws_event *event) {
    uint64_t length = event->header.length;
    const uint8_t *key = event->header.key;
    const uint8_t *at = w->stream.data + event->offset + event->header.size;
    w->closed = true;
    if (length < 2) {
        FUZZ_CHECK(event->close_code == WS_CLOSE_NO_STATUS && event->payload.size == 0,
                   "a Close makes up its code");
        return;
    }
    unsigned code = (unsigned)((at[0] ^ key[0]) << 8 | (at[1] ^ key[1]));
    FUZZ_CHECK(event->close_code == code, "the code of a Close is wrong");
    bool lenient = tolerated(w, WS_VIOLATION_CLOSE_CODE) || tolerated(w, WS_VIOLATION_CLOSE_UNASSIGNED);
    FUZZ_CHECK(lenient || fuzz_close_code_good(code), "a Close with code %u is accepted", code);
    bool complete;
    size_t good = fuzz_utf8(event->payload.data, event->payload.size, &complete);
    bool whole = length <= WS_CONTROL_PAYLOAD_MAX;
    FUZZ_CHECK(tolerated(w, WS_VIOLATION_CLOSE_REASON) ||
                   (good == event->payload.size && (complete || !whole)),
               "a Close whose reason is not UTF-8 is accepted");
    check_octets(w, event, 2);
}

static void check_control(watch *w, const ws_event *event) {
    const ws_frame_header *h = &event->header;
    check_header(w, event);
    ws_event_type type = h->opcode == WS_CLOSE  ? WS_EVENT_CLOSE
                         : h->opcode == WS_PING ? WS_EVENT_PING
                                                : WS_EVENT_PONG;
    FUZZ_CHECK(event->type == type && event->opcode == h->opcode, "a control frame is taken for another");
    if (type == WS_EVENT_CLOSE) {
        check_close(w, event);
        return;
    }
    uint64_t kept = h->length < WS_CONTROL_PAYLOAD_MAX ? h->length : WS_CONTROL_PAYLOAD_MAX;
    FUZZ_CHECK(event->payload.size == kept, "a control payload is not whole");
    check_octets(w, event, 0);
}

/* Unmasked payload of the control frame at hand. */
static ws_span control_payload(const watch *w, uint64_t frame, const ws_frame_header *h, uint8_t out[125]) {
    size_t size = h->length < 125 ? (size_t)h->length : 125;
    for (size_t i = 0; i < size; i++)
        out[i] = w->stream.data[frame + h->size + i] ^ h->key[i & 3];
    return (ws_span){out, size};
}

/* Whether a Close frame with that header begins at `frame`, and breaks the rule at the octet that is named.
 */
static bool close_breaks(const watch *w, const ws_event *event, uint64_t frame) {
    uint8_t room[125];
    const ws_frame_header *h = &event->header;
    uint64_t payload_at = frame + h->size;
    ws_frame_header there = header_at(w->stream, frame);
    if (there.opcode != WS_CLOSE || there.size != h->size || there.length != h->length || h->length < 2 ||
        payload_at + h->length > w->stream.size)
        return false;
    ws_span payload = control_payload(w, frame, h, room);
    unsigned code = (unsigned)(payload.data[0] << 8 | payload.data[1]);
    if (event->violation != WS_VIOLATION_CLOSE_REASON)
        return !fuzz_close_code_good(code) && event->offset == payload_at;
    bool complete;
    size_t good = fuzz_utf8(payload.data + 2, payload.size - 2, &complete);
    return (good < payload.size - 2 || !complete) && event->offset == payload_at + 2 + good;
}

/* An event does not tell where the frame of a violation begins; the header's size leads back to it. */
static void check_close_violation(const watch *w, const ws_event *event) {
    uint64_t nearest = event->offset - event->header.size;
    bool found = false;
    for (uint64_t back = 0; back <= WS_CONTROL_PAYLOAD_MAX && back <= nearest && !found; back++)
        found = close_breaks(w, event, nearest - back);
    FUZZ_CHECK(found, "a Close is refused, but it is not true that %s",
               ws_violation_describe(event->violation)->text);
}

static void check_text_violation(const watch *w, const ws_event *event) {
    FUZZ_CHECK(is_text(w) && w->in_frame, "a violation of UTF-8 outside of a text");
    ws_utf8 utf8 = w->utf8;
    const ws_frame_header *h = &event->header;
    uint64_t at = w->frame + h->size + w->done;
    FUZZ_CHECK(event->offset == at, "text before the octet at fault is held back");
    if (w->done == h->length) {
        FUZZ_CHECK(h->fin && !ws_utf8_complete(&utf8), "a text is refused that may end");
        return;
    }
    uint8_t octet = w->stream.data[at] ^ h->key[w->done & 3];
    FUZZ_CHECK(ws_utf8_feed_plain(&utf8, &octet, 1) == 0, "an octet of a text is refused that is fine");
}

static void check_violation(watch *w, const ws_event *event) {
    ws_violation kind = event->violation;
    const ws_violation_info *info = ws_violation_describe(kind);
    FUZZ_CHECK(kind > WS_VIOLATION_NONE && kind < WS_VIOLATION_COUNT && info->name && info->section &&
                   info->text && fuzz_close_code_good(info->close_code),
               "a violation that nothing describes");
    FUZZ_CHECK(!tolerated(w, kind), "%s, but that is tolerated", info->text);
    FUZZ_CHECK(event->offset <= w->stream.size, "a violation beyond the stream");
    FUZZ_CHECK(ws_opcode_name(event->header.opcode), "an opcode without name");
    FUZZ_CHECK(ws_violation_describe(WS_VIOLATION_COUNT)->text, "a violation without a sentence");
    w->ended = true;
    if (kind == WS_VIOLATION_TRUNCATED)
        return;
    if (kind == WS_VIOLATION_TEXT)
        check_text_violation(w, event);
    else if (kind == WS_VIOLATION_CLOSE_CODE || kind == WS_VIOLATION_CLOSE_UNASSIGNED ||
             kind == WS_VIOLATION_CLOSE_REASON)
        check_close_violation(w, event);
    else
        FUZZ_CHECK(breaks(w, &event->header, kind), "a frame is refused, but it is not true that %s",
                   info->text);
}

static void check_event(watch *w, const ws_event *event) {
    FUZZ_CHECK(!w->ended, "an event follows a violation");
    if (event->type == WS_EVENT_VIOLATION)
        check_violation(w, event);
    else if (event->type == WS_EVENT_DATA)
        check_data(w, event);
    else
        check_control(w, event);
}

static void check_end(watch *w, ws_reader *reader) {
    bool between = ws_reader_at_frame_start(reader);
    FUZZ_CHECK(w->ended || ws_reader_offset(reader) == w->stream.size, "octets are lost");
    FUZZ_CHECK(w->ended || !between || ws_reader_in_message(reader) == w->in_message,
               "the message is forgotten");
    ws_event event;
    bool truncated = ws_reader_end(reader, &event);
    FUZZ_CHECK(truncated == (!w->ended && !between && !tolerated(w, WS_VIOLATION_TRUNCATED)),
               "the end of the stream is taken wrong");
    if (truncated)
        check_event(w, &event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_stream stream = fuzz_stream_read(data, size);
    watch w = {.config = &stream.reader, .stream = stream.octets};
    ws_reader *reader = fuzz_need(ws_reader_new(&stream.reader));
    size_t left = stream.octets.size;
    /* One octet more than needed would hide an overrun. */
    uint8_t *out = fuzz_need(malloc(left ? left : 1));
    const uint8_t *in = stream.octets.data;
    if (stream.in_place && left > 0)
        in = memcpy(out, in, left);
    uint8_t *to = out;
    ws_event events[EVENTS];
    size_t count;
    do {
        size_t used = ws_reader_feed(reader, in, left, to, events, stream.max_events, &count);
        FUZZ_CHECK(used <= left && count <= stream.max_events, "a reader goes beyond its room");
        for (size_t i = 0; i < count; i++)
            check_event(&w, &events[i]);
        in += used;
        to += used;
        left -= used;
    } while (left > 0 || count + 2 > stream.max_events);
    check_end(&w, reader);
    ws_reader_free(reader);
    free(out);
    return 0;
}

FUZZ_FRAME_MUTATOR
