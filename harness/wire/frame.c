#include "wire/frame.h"

#include "wire/close.h"
#include "wire/mask.h"
#include "wire/utf8.h"

#include <stdlib.h>
#include <string.h>

const char *ws_opcode_name(uint8_t opcode) {
    static const char *const names[16] = {
        "continuation",
        "text",
        "binary",
        "reserved opcode 0x3",
        "reserved opcode 0x4",
        "reserved opcode 0x5",
        "reserved opcode 0x6",
        "reserved opcode 0x7",
        "close",
        "ping",
        "pong",
        "reserved opcode 0xb",
        "reserved opcode 0xc",
        "reserved opcode 0xd",
        "reserved opcode 0xe",
        "reserved opcode 0xf",
    };
    return names[opcode & 0xf];
}

const ws_violation_info *ws_violation_describe(ws_violation kind) {
    static const ws_violation_info table[WS_VIOLATION_COUNT] = {
        [WS_VIOLATION_NONE] = {"none", "", "no rule is broken", WS_CLOSE_NORMAL},
        [WS_VIOLATION_MASK_MISSING] = {"mask-missing", "RFC 6455 5.1",
                                       "a frame from the client is not masked", WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_MASK_PRESENT] = {"mask-present", "RFC 6455 5.1", "a frame from the server is masked",
                                       WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_RSV] = {"rsv", "RFC 6455 5.2",
                              "a reserved bit is set that no negotiated extension defines",
                              WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_OPCODE] = {"opcode", "RFC 6455 5.2", "the opcode is reserved", WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_LENGTH_NOT_MINIMAL] = {"length-not-minimal", "RFC 6455 5.2",
                                             "the payload length is not written in its shortest form",
                                             WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_LENGTH_TOP_BIT] = {"length-top-bit", "RFC 6455 5.2",
                                         "the most significant bit of a 64-bit payload length is set",
                                         WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CONTROL_FRAGMENTED] = {"control-fragmented", "RFC 6455 5.5",
                                             "a control frame is fragmented", WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CONTROL_TOO_LONG] = {"control-too-long", "RFC 6455 5.5",
                                           "a control frame carries more than 125 octets",
                                           WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CONTINUATION_STRAY] = {"continuation-stray", "RFC 6455 5.4",
                                             "a continuation frame comes while no message is in progress",
                                             WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_INTERLEAVED] = {"interleaved", "RFC 6455 5.4",
                                      "a new message begins inside a fragmented one",
                                      WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CLOSE_LENGTH] = {"close-length", "RFC 6455 5.5.1",
                                       "a Close frame carries a single octet", WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CLOSE_CODE] = {"close-code", "RFC 6455 7.4",
                                     "a Close frame carries a code that must not be sent",
                                     WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CLOSE_UNASSIGNED] = {"close-unassigned", "RFC 6455 7.4.2",
                                           "a Close frame carries a code that has no meaning",
                                           WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_CLOSE_REASON] = {"close-reason", "RFC 6455 5.5.1",
                                       "the reason of a Close frame is not UTF-8", WS_CLOSE_INVALID_DATA},
        [WS_VIOLATION_TEXT] = {"text", "RFC 6455 8.1", "a text message is not UTF-8", WS_CLOSE_INVALID_DATA},
        [WS_VIOLATION_DATA_AFTER_CLOSE] = {"data-after-close", "RFC 6455 5.5.1",
                                           "a data frame follows a Close frame", WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_TRUNCATED] = {"truncated", "RFC 6455 5.2", "the stream ends inside a frame",
                                    WS_CLOSE_PROTOCOL_ERROR},
        [WS_VIOLATION_DEFLATE] = {"deflate", "RFC 7692 7.2.2", "a compressed message cannot be inflated",
                                  WS_CLOSE_INVALID_DATA},
        [WS_VIOLATION_WINDOW] = {"window", "RFC 7692 7.1.2",
                                 "a compressed message refers back beyond the agreed window or context",
                                 WS_CLOSE_INVALID_DATA},
        [WS_LIMIT_FRAME] = {"limit-frame", "RFC 6455 10.4", "a frame is larger than the limit",
                            WS_CLOSE_TOO_BIG},
        [WS_LIMIT_MESSAGE] = {"limit-message", "RFC 6455 10.4", "a message is larger than the limit",
                              WS_CLOSE_TOO_BIG},
        [WS_LIMIT_FRAGMENTS] = {"limit-fragments", "RFC 6455 10.4",
                                "a message has more fragments than the limit", WS_CLOSE_POLICY},
    };
    return &table[kind < WS_VIOLATION_COUNT ? kind : WS_VIOLATION_NONE];
}

/* ------------------------------------------------------------------ receiving */

typedef enum reader_state {
    READ_HEADER,  /* collecting the octets of a header */
    READ_DATA,    /* inside the payload of a data frame */
    READ_CONTROL, /* collecting the payload of a control frame */
    READ_FAILED   /* a rule was broken: nothing more is taken */
} reader_state;

struct ws_reader {
    ws_reader_config config;
    reader_state state;
    size_t header_size;     /* octets of the header read */
    ws_frame_header header; /* of the frame at hand */
    uint64_t frame_offset;  /* stream offset of the frame at hand */
    uint64_t offset;        /* stream offset of the next octet */
    uint64_t payload_done;  /* octets of the frame's payload read */
    bool announced;         /* an event for the data frame at hand was given out */
    /* Control payloads that came in several reads. Two places: one read may hand out the payload that an
     * earlier read began, and begin to collect the next. */
    uint8_t control[2][WS_CONTROL_PAYLOAD_MAX];
    unsigned control_place; /* the one that is collected in */
    size_t control_size;
    /* the message in progress */
    bool in_message;
    uint8_t message_opcode;
    bool message_compressed;
    uint64_t message_size;
    uint64_t message_fragments;
    ws_utf8 utf8;
    bool closed; /* a Close frame was read */
};

ws_reader *ws_reader_new(const ws_reader_config *config) {
    ws_reader *reader = calloc(1, sizeof *reader);
    if (reader)
        reader->config = *config;
    return reader;
}

void ws_reader_free(ws_reader *reader) {
    free(reader);
}

uint64_t ws_reader_offset(const ws_reader *reader) {
    return reader->offset;
}

bool ws_reader_in_message(const ws_reader *reader) {
    return reader->in_message;
}

bool ws_reader_at_frame_start(const ws_reader *reader) {
    return reader->state == READ_HEADER && reader->header_size == 0;
}

static bool checked(const ws_reader *reader, ws_violation kind) {
    return (reader->config.tolerate & (1u << kind)) == 0;
}

static void violate(ws_reader *reader, ws_event *event, ws_violation kind, uint64_t offset) {
    reader->state = READ_FAILED;
    *event = (ws_event){.type = WS_EVENT_VIOLATION,
                        .violation = kind,
                        .opcode = reader->message_opcode,
                        .offset = offset,
                        .header = reader->header};
}

static void decode_first_octet(ws_frame_header *header, uint8_t octet) {
    header->fin = (octet & 0x80) != 0;
    header->rsv = (octet >> 4) & 0x7;
    header->opcode = octet & 0xf;
}

/* Octets of a header up to the end of the payload length, as far as its first two tell. */
static size_t length_end(const ws_frame_header *header) {
    return header->length_bits == 64 ? 10 : header->length_bits == 16 ? 4 : 2;
}

static void decode_second_octet(ws_frame_header *header, uint8_t octet) {
    uint8_t length = octet & 0x7f;
    header->masked = (octet & 0x80) != 0;
    header->length_bits = length == 127 ? 64 : length == 126 ? 16 : 7;
    header->length = length < 126 ? length : 0;
    header->size = (uint8_t)(length_end(header) + (header->masked ? 4 : 0));
}

static bool opcode_known(uint8_t opcode) {
    return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

/* Whether the data frame at hand goes on with the message in progress. */
static bool continues_message(const ws_reader *reader) {
    return reader->header.opcode == WS_CONTINUATION && reader->in_message;
}

/* Rules that the first octet can break (5.2, 5.4, 5.5), and the caller's limit of fragments. */
static ws_violation check_first_octet(const ws_reader *reader) {
    const ws_frame_header *header = &reader->header;
    bool control = ws_opcode_is_control(header->opcode);
    bool first_of_message = !control && header->opcode != WS_CONTINUATION;
    uint8_t rsv_allowed = first_of_message ? reader->config.rsv_on_data : 0;
    if ((header->rsv & ~rsv_allowed) != 0 && checked(reader, WS_VIOLATION_RSV))
        return WS_VIOLATION_RSV;
    if (!opcode_known(header->opcode) && checked(reader, WS_VIOLATION_OPCODE))
        return WS_VIOLATION_OPCODE;
    if (control)
        return !header->fin && checked(reader, WS_VIOLATION_CONTROL_FRAGMENTED)
                   ? WS_VIOLATION_CONTROL_FRAGMENTED
                   : WS_VIOLATION_NONE;
    if (reader->closed && checked(reader, WS_VIOLATION_DATA_AFTER_CLOSE))
        return WS_VIOLATION_DATA_AFTER_CLOSE;
    if (header->opcode == WS_CONTINUATION && !reader->in_message &&
        checked(reader, WS_VIOLATION_CONTINUATION_STRAY))
        return WS_VIOLATION_CONTINUATION_STRAY;
    if (first_of_message && reader->in_message && checked(reader, WS_VIOLATION_INTERLEAVED))
        return WS_VIOLATION_INTERLEAVED;
    uint64_t limit = reader->config.max_fragments;
    if (limit && continues_message(reader) && reader->message_fragments >= limit &&
        checked(reader, WS_LIMIT_FRAGMENTS))
        return WS_LIMIT_FRAGMENTS;
    return WS_VIOLATION_NONE;
}

/* Rules that the MASK bit can break (5.1). */
static ws_violation check_mask_bit(const ws_reader *reader) {
    const ws_frame_header *header = &reader->header;
    if (reader->config.role == WS_SERVER && !header->masked && checked(reader, WS_VIOLATION_MASK_MISSING))
        return WS_VIOLATION_MASK_MISSING;
    if (reader->config.role == WS_CLIENT && header->masked && checked(reader, WS_VIOLATION_MASK_PRESENT))
        return WS_VIOLATION_MASK_PRESENT;
    return WS_VIOLATION_NONE;
}

static bool length_is_minimal(const ws_frame_header *header) {
    return header->length_bits == 7 || (header->length_bits == 16 && header->length > 125) ||
           header->length > 0xffff;
}

/* The caller's limits (10.4). */
static ws_violation check_limits(const ws_reader *reader) {
    uint64_t length = reader->header.length;
    uint64_t max_frame = reader->config.max_frame;
    uint64_t max_message = reader->config.max_message;
    uint64_t before = continues_message(reader) ? reader->message_size : 0;
    if (max_frame && length > max_frame && checked(reader, WS_LIMIT_FRAME))
        return WS_LIMIT_FRAME;
    /* No sum of lengths: it could wrap around. */
    bool too_big = length > max_message || before > max_message - length;
    if (max_message && too_big && checked(reader, WS_LIMIT_MESSAGE))
        return WS_LIMIT_MESSAGE;
    return WS_VIOLATION_NONE;
}

/* Rules that the payload length can break (5.2, 5.5, 5.5.1), and the caller's limits. Only the whole length
 * tells a control frame that is too long from one whose length is not written in its shortest form. */
static ws_violation check_length(const ws_reader *reader, uint64_t *at) {
    const ws_frame_header *header = &reader->header;
    bool control = ws_opcode_is_control(header->opcode);
    *at = reader->frame_offset + 1; /* the length begins at the second octet */
    if (control && header->length > WS_CONTROL_PAYLOAD_MAX && checked(reader, WS_VIOLATION_CONTROL_TOO_LONG))
        return WS_VIOLATION_CONTROL_TOO_LONG;
    if ((header->length >> 63) != 0 && checked(reader, WS_VIOLATION_LENGTH_TOP_BIT)) {
        *at = reader->frame_offset + 2;
        return WS_VIOLATION_LENGTH_TOP_BIT;
    }
    if (!length_is_minimal(header) && checked(reader, WS_VIOLATION_LENGTH_NOT_MINIMAL))
        return WS_VIOLATION_LENGTH_NOT_MINIMAL;
    if (header->opcode == WS_CLOSE && header->length == 1 && checked(reader, WS_VIOLATION_CLOSE_LENGTH))
        return WS_VIOLATION_CLOSE_LENGTH;
    return control ? WS_VIOLATION_NONE : check_limits(reader);
}

/* A tolerated stray continuation, and a tolerated reserved opcode, count as binary; RSV1 has its meaning on
 * first frames only (RFC 7692 6.2). */
static void begin_message(ws_reader *reader) {
    const ws_frame_header *header = &reader->header;
    reader->message_opcode = header->opcode == WS_TEXT ? WS_TEXT : WS_BINARY;
    reader->message_compressed =
        header->opcode != WS_CONTINUATION && (header->rsv & reader->config.rsv_on_data & WS_RSV1) != 0;
    reader->message_size = 0;
    reader->message_fragments = 0;
    reader->utf8 = (ws_utf8){0};
}

static void begin_payload(ws_reader *reader) {
    reader->payload_done = 0;
    reader->announced = false;
    reader->control_size = 0;
    if (ws_opcode_is_control(reader->header.opcode)) {
        reader->state = READ_CONTROL;
        return;
    }
    reader->state = READ_DATA;
    if (!continues_message(reader))
        begin_message(reader);
    reader->in_message = true;
    reader->message_size += reader->header.length;
    reader->message_fragments++;
}

/* Takes the next octet of a header. Tells the rule that is broken, and the offset where. */
static ws_violation take_header_octet(ws_reader *reader, uint8_t octet, uint64_t *at) {
    ws_frame_header *header = &reader->header;
    size_t index = reader->header_size++;
    *at = reader->offset++;
    if (index == 0) {
        *header = (ws_frame_header){0};
        reader->frame_offset = *at;
        decode_first_octet(header, octet);
        return check_first_octet(reader);
    }
    if (index == 1) {
        decode_second_octet(header, octet);
        ws_violation broken = check_mask_bit(reader);
        if (broken != WS_VIOLATION_NONE)
            return broken;
    } else if (index < length_end(header)) {
        header->length = header->length << 8 | octet;
    } else {
        header->key[index - length_end(header)] = octet;
    }
    return reader->header_size == length_end(header) ? check_length(reader, at) : WS_VIOLATION_NONE;
}

/* Takes header octets one after the other, so that a rule is found broken as soon as it can be. Returns
 * octets used; *event is filled when a rule is broken. */
static size_t read_header(ws_reader *reader, const uint8_t *in, size_t size, ws_event *event, bool *failed) {
    size_t used = 0;
    while (used < size) {
        uint64_t at;
        ws_violation broken = take_header_octet(reader, in[used++], &at);
        if (broken != WS_VIOLATION_NONE) {
            violate(reader, event, broken, at);
            *failed = true;
            return used;
        }
        if (reader->header_size >= 2 && reader->header_size == reader->header.size) {
            reader->header_size = 0;
            begin_payload(reader);
            return used;
        }
    }
    return used;
}

static void end_frame(ws_reader *reader) {
    reader->state = READ_HEADER;
}

static ws_event data_event(const ws_reader *reader, const uint8_t *data, size_t size) {
    return (ws_event){.type = WS_EVENT_DATA,
                      .opcode = reader->message_opcode,
                      .compressed = reader->message_compressed,
                      .payload = {data, size},
                      .offset = reader->frame_offset,
                      .header = reader->header};
}

/* Hands out the next piece of a data frame. A piece that is not UTF-8 is cut before the offending octet and
 * the violation follows as the next event. Returns octets used; at most two events are written. */
static size_t read_data(ws_reader *reader, const uint8_t *in, size_t size, uint8_t *out, ws_event *events,
                        size_t *count) {
    uint64_t left = reader->header.length - reader->payload_done;
    size_t piece = left < size ? (size_t)left : size;
    const uint8_t *data = in;
    if (reader->header.masked && piece > 0) {
        ws_mask(out, in, piece, reader->header.key, reader->payload_done);
        data = out;
    }
    bool check_text = reader->message_opcode == WS_TEXT && !reader->message_compressed &&
                      checked(reader, WS_VIOLATION_TEXT);
    size_t good = check_text ? ws_utf8_feed(&reader->utf8, data, piece) : piece;
    bool last_piece = reader->payload_done + piece == reader->header.length;
    bool message_ends = last_piece && reader->header.fin;

    ws_event event = data_event(reader, data, good);
    if (!reader->announced) {
        event.flags |= WS_FRAME_START;
        if (reader->message_fragments == 1)
            event.flags |= WS_MESSAGE_START;
    }
    reader->announced = true;
    uint64_t base = reader->offset;
    reader->offset += piece;
    reader->payload_done += piece;
    if (good < piece) {
        if (good > 0 || event.flags)
            events[(*count)++] = event;
        violate(reader, &events[(*count)++], WS_VIOLATION_TEXT, base + good);
        reader->offset = base + good + 1;
        return piece;
    }
    if (message_ends && check_text && !ws_utf8_complete(&reader->utf8)) {
        if (piece > 0 || event.flags)
            events[(*count)++] = event;
        violate(reader, &events[(*count)++], WS_VIOLATION_TEXT, reader->offset);
        return piece;
    }
    if (last_piece) {
        event.flags |= message_ends ? WS_FRAME_END | WS_MESSAGE_END : WS_FRAME_END;
        reader->in_message = !reader->header.fin;
        end_frame(reader);
    }
    events[(*count)++] = event;
    return piece;
}

static uint16_t close_code(ws_span payload) {
    return (uint16_t)(payload.data[0] << 8 | payload.data[1]);
}

static ws_violation check_close(const ws_reader *reader, ws_span payload, uint64_t *at) {
    uint64_t start = reader->frame_offset + reader->header.size;
    *at = start;
    if (payload.size < 2) /* none, or a tolerated single octet */
        return WS_VIOLATION_NONE;
    uint16_t code = close_code(payload);
    ws_close_class class = ws_close_classify(code);
    bool forbidden = class == WS_CLOSE_LOCAL_ONLY || code < 1000;
    bool meaningless = class == WS_CLOSE_UNASSIGNED || code >= 5000;
    if (forbidden && checked(reader, WS_VIOLATION_CLOSE_CODE))
        return WS_VIOLATION_CLOSE_CODE;
    if (meaningless && checked(reader, WS_VIOLATION_CLOSE_UNASSIGNED))
        return WS_VIOLATION_CLOSE_UNASSIGNED;
    ws_utf8 utf8 = {0};
    size_t good = ws_utf8_feed(&utf8, payload.data + 2, payload.size - 2);
    *at = start + 2 + good;
    bool shortened = reader->header.length > payload.size;
    bool valid = shortened ? !utf8.failed : ws_utf8_complete(&utf8);
    return valid || !checked(reader, WS_VIOLATION_CLOSE_REASON) ? WS_VIOLATION_NONE
                                                                : WS_VIOLATION_CLOSE_REASON;
}

static void finish_control(ws_reader *reader, ws_span payload, ws_event *event) {
    *event = (ws_event){.opcode = reader->header.opcode,
                        .payload = payload,
                        .offset = reader->frame_offset,
                        .header = reader->header};
    end_frame(reader);
    if (reader->header.opcode == WS_PING || reader->header.opcode == WS_PONG) {
        event->type = reader->header.opcode == WS_PING ? WS_EVENT_PING : WS_EVENT_PONG;
        return;
    }
    if (reader->header.opcode != WS_CLOSE) {
        event->type = WS_EVENT_PONG; /* a tolerated reserved opcode: like a pong, it asks for nothing */
        return;
    }
    uint64_t at;
    ws_violation broken = check_close(reader, payload, &at);
    if (broken != WS_VIOLATION_NONE) {
        violate(reader, event, broken, at);
        return;
    }
    reader->closed = true;
    event->type = WS_EVENT_CLOSE;
    event->close_code = payload.size < 2 ? WS_CLOSE_NO_STATUS : close_code(payload);
    event->payload = payload.size < 2 ? (ws_span){NULL, 0} : (ws_span){payload.data + 2, payload.size - 2};
}

/* Of a tolerated oversize control payload the first 125 octets are kept, the rest is read and dropped. */
static size_t control_kept(size_t size, size_t already) {
    size_t room = WS_CONTROL_PAYLOAD_MAX - already;
    return size < room ? size : room;
}

/* Collects a control payload; hands it out in place when it is whole in this read. */
static size_t read_control(ws_reader *reader, const uint8_t *in, size_t size, uint8_t *out, ws_event *events,
                           size_t *count) {
    uint64_t left = reader->header.length - reader->payload_done;
    size_t piece = left < size ? (size_t)left : size;
    const uint8_t *data = in;
    if (reader->header.masked && piece > 0) {
        ws_mask(out, in, piece, reader->header.key, reader->payload_done);
        data = out;
    }
    uint8_t *collected = reader->control[reader->control_place];
    bool whole = piece == reader->header.length;
    size_t kept = control_kept(piece, reader->control_size);
    if (!whole && kept > 0)
        memcpy(collected + reader->control_size, data, kept);
    reader->control_size += kept;
    reader->offset += piece;
    reader->payload_done += piece;
    if (reader->payload_done < reader->header.length)
        return piece;
    if (!whole)
        reader->control_place = 1 - reader->control_place;
    finish_control(reader, (ws_span){whole ? data : collected, reader->control_size}, &events[(*count)++]);
    return piece;
}

size_t ws_reader_feed(ws_reader *reader, const uint8_t *in, size_t size, uint8_t *out, ws_event *events,
                      size_t max_events, size_t *event_count) {
    /* NULL is allowed for nothing, but no arithmetic with it. */
    static const uint8_t no_input;
    uint8_t no_output;
    if (size == 0) {
        in = &no_input;
        out = &no_output;
    }
    size_t used = 0;
    size_t count = 0;
    bool failed = false;
    /* Reading data may write two events, so room for two is kept; a frame whose payload is empty needs no
     * further octet. */
    while (reader->state != READ_FAILED && count + 2 <= max_events) {
        if (reader->state == READ_HEADER) {
            if (used == size)
                break;
            used += read_header(reader, in + used, size - used, &events[count], &failed);
            if (failed)
                count++;
            continue;
        }
        bool payload_pending = reader->payload_done < reader->header.length;
        bool announced = reader->state == READ_CONTROL || reader->announced;
        if (used == size && payload_pending && announced)
            break;
        if (reader->state == READ_DATA)
            used += read_data(reader, in + used, size - used, out + used, events, &count);
        else
            used += read_control(reader, in + used, size - used, out + used, events, &count);
        if (used == size && reader->state == READ_DATA)
            break;
    }
    *event_count = count;
    return reader->state == READ_FAILED ? size : used;
}

bool ws_reader_end(ws_reader *reader, ws_event *event) {
    if (reader->state == READ_FAILED || ws_reader_at_frame_start(reader) ||
        !checked(reader, WS_VIOLATION_TRUNCATED))
        return false;
    violate(reader, event, WS_VIOLATION_TRUNCATED, reader->offset);
    return true;
}

/* ------------------------------------------------------------------ sending */

static ws_length_form minimal_form(uint64_t length) {
    return length <= 125 ? WS_LENGTH_7 : length <= 0xffff ? WS_LENGTH_16 : WS_LENGTH_64;
}

size_t ws_frame_emit_header(const ws_frame *frame, uint8_t out[WS_FRAME_HEADER_MAX]) {
    uint64_t length = frame->lie_about_length ? frame->declared : frame->payload.size;
    ws_length_form form = frame->length_form == WS_LENGTH_MINIMAL ? minimal_form(length) : frame->length_form;
    uint8_t mask_bit = frame->masked ? 0x80 : 0;
    size_t size = 2;
    out[0] = (uint8_t)((frame->fin ? 0x80 : 0) | (frame->rsv & 0x7) << 4 | (frame->opcode & 0xf));
    if (form == WS_LENGTH_7) {
        out[1] = (uint8_t)(mask_bit | (length & 0x7f));
    } else {
        unsigned octets = form == WS_LENGTH_16 ? 2 : 8;
        out[1] = (uint8_t)(mask_bit | (octets == 2 ? 126 : 127));
        for (unsigned i = octets; i-- > 0;)
            out[size++] = (uint8_t)(length >> (8 * i));
    }
    if (frame->masked) {
        memcpy(out + size, frame->key, 4);
        size += 4;
    }
    return size;
}

ws_status ws_frame_emit(const ws_frame *frame, ws_buffer *out) {
    uint8_t header[WS_FRAME_HEADER_MAX];
    size_t header_size = ws_frame_emit_header(frame, header);
    if (frame->payload.size > SIZE_MAX - header_size)
        return WS_ERR_LIMIT;
    ws_status status = ws_buffer_reserve(out, header_size + frame->payload.size);
    if (status != WS_OK)
        return status;
    memcpy(out->data + out->size, header, header_size);
    uint8_t *payload = out->data + out->size + header_size;
    if (frame->payload.size > 0 && frame->masked)
        ws_mask(payload, frame->payload.data, frame->payload.size, frame->key, 0);
    else if (frame->payload.size > 0)
        memcpy(payload, frame->payload.data, frame->payload.size);
    out->size += header_size + frame->payload.size;
    return WS_OK;
}
