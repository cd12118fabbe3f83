#include "peer/endpoint.h"

#include "peer/opening.h"
#include "wire/close.h"
#include "wire/receiver.h"

#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_MAX = 64 << 20,
    INPUT_MAX = 16 << 20,    /* octets kept while no input is wanted */
    KEPT_CAPACITY = 1 << 20, /* larger buffers are given back once they are empty */
    HANDSHAKE_TIMEOUT_US = 5000000,
    CLOSE_TIMEOUT_US = 2000000,
    REASON_MAX = WS_CONTROL_PAYLOAD_MAX - 2
};

typedef enum peer_stage {
    STAGE_NEW,
    STAGE_HANDSHAKE,
    STAGE_OPEN,
    STAGE_FAILED, /* only pings are still answered, which is a fault */
    STAGE_LINGER, /* everything is said: waits for the other side's end of stream */
    STAGE_DEAF    /* the same, without a deadline */
} peer_stage;

struct peer_endpoint {
    peer_options options;
    const peer_behaviour *behaviour;
    peer_facts facts;
    peer_stage stage;
    peer_wish wish;
    int64_t deadline;
    uint64_t random; /* state of the generator */
    char key[WS_KEY_TEXT_SIZE + 1];
    bool peer_ended; /* the other side's end of stream was seen */

    ws_buffer input; /* octets not parsed yet: a head in progress, or what came while no input was wanted */
    ws_receiver *receiver;
    ws_reader *shadow;       /* reads on after a failure (pongs_after_failing), or NULL */
    uint64_t failure_offset; /* of the octet that broke the rule */

    ws_buffer message;    /* the message in progress */
    bool message_unknown; /* it is of a reserved type */
    ws_buffer compressed;
    ws_deflater *deflater;

    ws_buffer output;
    size_t output_at; /* octets of output already taken */
    ws_buffer late;   /* frames held back by answer_delay_us */
    ws_buffer dues;   /* when: an array of late_frame */
    uint64_t emitted; /* frames */
};

typedef struct late_frame {
    int64_t due;
    size_t size; /* octets in `late` */
} late_frame;

/* ------------------------------------------------------------------ making */

static void fill_in_defaults(peer_options *options) {
    if (options->subprotocol_count > PEER_SUBPROTOCOLS_MAX)
        options->subprotocol_count = PEER_SUBPROTOCOLS_MAX;
    if (options->max_message == 0)
        options->max_message = MESSAGE_MAX;
    if (options->handshake_timeout_us == 0)
        options->handshake_timeout_us = HANDSHAKE_TIMEOUT_US;
    if (options->close_timeout_us == 0)
        options->close_timeout_us = CLOSE_TIMEOUT_US;
}

peer_endpoint *peer_endpoint_new(const peer_options *options) {
    peer_endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (!endpoint)
        return NULL;
    endpoint->options = *options;
    fill_in_defaults(&endpoint->options);
    endpoint->behaviour = options->behaviour ? options->behaviour : &peer_behaviours[0];
    endpoint->random = options->seed;
    endpoint->deadline = INT64_MAX;
    uint64_t max_message = endpoint->options.max_message;
    ws_buffer_init(&endpoint->input, INPUT_MAX);
    ws_buffer_init(&endpoint->message, max_message < SIZE_MAX ? (size_t)max_message : SIZE_MAX);
    ws_buffer_init(&endpoint->compressed, 0);
    ws_buffer_init(&endpoint->output, 0);
    ws_buffer_init(&endpoint->late, 0);
    ws_buffer_init(&endpoint->dues, 0);
    return endpoint;
}

void peer_endpoint_free(peer_endpoint *endpoint) {
    if (!endpoint)
        return;
    ws_buffer_clear(&endpoint->input);
    ws_buffer_clear(&endpoint->message);
    ws_buffer_clear(&endpoint->compressed);
    ws_buffer_clear(&endpoint->output);
    ws_buffer_clear(&endpoint->late);
    ws_buffer_clear(&endpoint->dues);
    if (endpoint->receiver)
        ws_receiver_free(endpoint->receiver);
    if (endpoint->shadow)
        ws_reader_free(endpoint->shadow);
    if (endpoint->deflater)
        ws_deflater_free(endpoint->deflater);
    free(endpoint);
}

/* SplitMix64. Who needs keys that cannot be guessed (10.3) gives a seed that cannot be guessed. */
static uint64_t draw(peer_endpoint *endpoint) {
    uint64_t word = endpoint->random += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

static void empty(ws_buffer *buffer) {
    buffer->size = 0;
    if (buffer->capacity > KEPT_CAPACITY)
        ws_buffer_clear(buffer);
}

static size_t output_waiting(const peer_endpoint *endpoint) {
    return endpoint->output.size - endpoint->output_at;
}

/* ------------------------------------------------------------------ ending (7.1.1) */

static void forget_late_frames(peer_endpoint *endpoint) {
    empty(&endpoint->late);
    empty(&endpoint->dues);
}

static void reset(peer_endpoint *endpoint) {
    forget_late_frames(endpoint);
    empty(&endpoint->output);
    endpoint->output_at = 0;
    endpoint->stage = STAGE_LINGER;
    endpoint->wish = PEER_WISH_RESET;
    endpoint->deadline = INT64_MAX;
}

/* Reads nothing more, writes what waits and closes TCP. */
static void close_tcp(peer_endpoint *endpoint, int64_t now) {
    forget_late_frames(endpoint);
    endpoint->stage = STAGE_LINGER;
    endpoint->wish = PEER_WISH_CLOSE;
    endpoint->deadline = output_waiting(endpoint) > 0 ? now + endpoint->options.close_timeout_us : INT64_MAX;
}

/* Everything is said. A server ends its side at once and a client lets it; both then wait for the other
 * side's end, so that octets still under way do not turn the end into a reset (7.1.1). */
static void finish(peer_endpoint *endpoint, int64_t now) {
    forget_late_frames(endpoint);
    empty(&endpoint->message);
    if (endpoint->peer_ended) {
        close_tcp(endpoint, now);
        return;
    }
    endpoint->stage = endpoint->behaviour->keeps_tcp ? STAGE_DEAF : STAGE_LINGER;
    endpoint->deadline = INT64_MAX;
    if (endpoint->behaviour->keeps_tcp)
        return;
    endpoint->deadline = now + endpoint->options.close_timeout_us;
    if (endpoint->options.role == WS_SERVER)
        endpoint->wish = PEER_WISH_SHUTDOWN;
}

/* ------------------------------------------------------------------ sending frames */

static ws_status hold_back(peer_endpoint *endpoint, int64_t due, const ws_frame *frame) {
    size_t before = endpoint->late.size;
    ws_status status = ws_frame_emit(frame, &endpoint->late);
    if (status != WS_OK)
        return status;
    late_frame mark = {due, endpoint->late.size - before};
    status = ws_buffer_append(&endpoint->dues, &mark, sizeof mark);
    if (status != WS_OK)
        endpoint->late.size = before;
    return status;
}

/* Every frame that the endpoint sends goes through here. False when the connection is dropped instead. */
static bool emit(peer_endpoint *endpoint, int64_t now, peer_purpose purpose, const ws_event *event,
                 ws_frame frame) {
    const peer_behaviour *behaviour = endpoint->behaviour;
    frame.masked = (endpoint->options.role == WS_CLIENT) != behaviour->masks_wrongly;
    if (frame.masked) {
        uint64_t key = draw(endpoint);
        memcpy(frame.key, &key, sizeof frame.key);
    }
    peer_emission emission = {.role = endpoint->options.role,
                              .purpose = purpose,
                              .event = event,
                              .number = endpoint->emitted,
                              .close_sent = endpoint->facts.close_sent,
                              .frame = frame};
    if (behaviour->before_emit)
        behaviour->before_emit(&emission);
    if (emission.act == PEER_SKIP)
        return true;
    bool late = behaviour->answer_delay_us > 0 && (purpose == PEER_SENDS_ECHO || purpose == PEER_SENDS_PONG);
    ws_status status = WS_ERR_IO;
    if (emission.act == PEER_SEND)
        status = late ? hold_back(endpoint, now + behaviour->answer_delay_us, &emission.frame)
                      : ws_frame_emit(&emission.frame, &endpoint->output);
    if (status != WS_OK) {
        reset(endpoint);
        return false;
    }
    endpoint->emitted++;
    return true;
}

static bool emit_control(peer_endpoint *endpoint, int64_t now, peer_purpose purpose, const ws_event *event,
                         uint8_t opcode, ws_span payload) {
    return emit(endpoint, now, purpose, event, (ws_frame){.opcode = opcode, .fin = true, .payload = payload});
}

/* A Close with code and reason, or an empty one for WS_CLOSE_NO_STATUS. */
static bool emit_close(peer_endpoint *endpoint, int64_t now, peer_purpose purpose, const ws_event *event,
                       uint16_t code, ws_span reason) {
    uint8_t payload[WS_CONTROL_PAYLOAD_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t size = code == WS_CLOSE_NO_STATUS ? 0 : 2;
    if (size > 0 && reason.size > 0 && reason.size <= REASON_MAX) {
        memcpy(payload + 2, reason.data, reason.size);
        size += reason.size;
    }
    bool sent = emit_control(endpoint, now, purpose, event, WS_CLOSE, (ws_span){payload, size});
    endpoint->facts.close_sent = true;
    return sent;
}

/* ------------------------------------------------------------------ failing (7.1.7) */

static void finish_failed(peer_endpoint *endpoint, int64_t now) {
    finish(endpoint, now);
    if (endpoint->shadow && endpoint->wish != PEER_WISH_CLOSE) {
        endpoint->stage = STAGE_FAILED;
        endpoint->wish = PEER_WISH_NOTHING;
    }
}

/* event: the violation, or NULL when the cause lies with us. */
static void fail(peer_endpoint *endpoint, int64_t now, uint16_t code, const char *why,
                 const ws_event *event) {
    const peer_behaviour *behaviour = endpoint->behaviour;
    endpoint->facts.failure = why;
    forget_late_frames(endpoint);
    if (behaviour->failure == PEER_FAILS_BY_RESET) {
        reset(endpoint);
        return;
    }
    ws_span reason = ws_span_of(why);
    if (behaviour->failure == PEER_FAILS_WITH_CODE)
        code = behaviour->failure_code;
    if (behaviour->failure == PEER_FAILS_WITH_EMPTY_CLOSE)
        code = WS_CLOSE_NO_STATUS;
    if (endpoint->facts.close_sent || emit_close(endpoint, now, PEER_SENDS_FAILURE, event, code, reason))
        finish_failed(endpoint, now);
}

static void fail_on_violation(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    const ws_violation_info *info = ws_violation_describe(event->violation);
    endpoint->facts.violation = event->violation;
    endpoint->failure_offset = event->offset;
    fail(endpoint, now, info->close_code, info->text, event);
}

static void fail_from_within(peer_endpoint *endpoint, int64_t now, ws_status status) {
    fail(endpoint, now, WS_CLOSE_INTERNAL_ERROR, ws_status_strerror(status), NULL);
}

/* ------------------------------------------------------------------ messages */

/* One message, in about `echo_fragments` frames. RSV1 stands on the first (RFC 7692 7.2.1). */
static bool emit_message(peer_endpoint *endpoint, int64_t now, const ws_event *event, uint8_t opcode,
                         ws_span payload, bool compressed) {
    size_t fragments = endpoint->behaviour->echo_fragments > 1 ? endpoint->behaviour->echo_fragments : 1;
    size_t most = payload.size / fragments + (payload.size % fragments > 0);
    size_t at = 0;
    do {
        size_t size = payload.size - at < most ? payload.size - at : most;
        bool first = at == 0;
        ws_frame frame = {.opcode = first ? opcode : WS_CONTINUATION,
                          .rsv = first && compressed ? WS_RSV1 : 0,
                          .fin = at + size == payload.size,
                          .payload = {payload.data ? payload.data + at : NULL, size}};
        if (!emit(endpoint, now, PEER_SENDS_ECHO, event, frame))
            return false;
        at += size;
    } while (at < payload.size);
    return true;
}

static void echo_once(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    uint8_t opcode = endpoint->behaviour->echo_opcode ? endpoint->behaviour->echo_opcode : event->opcode;
    ws_span payload = ws_buffer_span(&endpoint->message);
    bool compress = event->compressed && endpoint->deflater;
    if (compress) {
        empty(&endpoint->compressed);
        ws_status status = ws_deflater_write(endpoint->deflater, payload, true, &endpoint->compressed);
        if (status != WS_OK) {
            fail_from_within(endpoint, now, status);
            return;
        }
        payload = ws_buffer_span(&endpoint->compressed);
    }
    emit_message(endpoint, now, event, opcode, payload, compress);
    empty(&endpoint->compressed);
}

/* A message of a reserved type, which only comes when that is tolerated, has no meaning and no echo. */
static bool is_reserved_data(uint8_t opcode) {
    return !ws_opcode_is_control(opcode) && opcode > WS_BINARY;
}

/* The message is echoed at its end: its tail could still have shown that it is not valid. */
static void on_data(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    if (endpoint->facts.close_sent)
        return; /* 5.5.1: no data frame may follow our Close */
    if (event->flags & WS_MESSAGE_START) {
        endpoint->message.size = 0;
        endpoint->message_unknown = is_reserved_data(event->header.opcode);
    }
    ws_status status = ws_buffer_append(&endpoint->message, event->payload.data, event->payload.size);
    if (status != WS_OK) {
        fail_from_within(endpoint, now, status);
        return;
    }
    if ((event->flags & WS_MESSAGE_END) == 0)
        return;
    endpoint->facts.messages++;
    unsigned copies = endpoint->behaviour->echo_copies > 0 ? endpoint->behaviour->echo_copies : 1;
    for (unsigned i = 0; !endpoint->message_unknown && i < copies && endpoint->stage == STAGE_OPEN; i++)
        echo_once(endpoint, now, event);
    empty(&endpoint->message);
}

/* ------------------------------------------------------------------ control frames */

/* 5.5.2: a ping is answered unless a Close has come before; a Close that we have sent does not matter. */
static void on_ping(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    endpoint->facts.pings++;
    if (!endpoint->behaviour->ignores_pings)
        emit_control(endpoint, now, PEER_SENDS_PONG, event, WS_PONG, event->payload);
}

static bool reply_to_close(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    uint16_t code = event->close_code;
    ws_span reason = {NULL, 0};
    switch (endpoint->behaviour->reply) {
    case PEER_REPLIES_CODE:
        code = endpoint->behaviour->reply_code;
        break;
    case PEER_REPLIES_EMPTY:
        code = WS_CLOSE_NO_STATUS;
        break;
    case PEER_REPLIES_SAME_PAYLOAD:
        reason = event->payload;
        break;
    default:
        break;
    }
    return emit_close(endpoint, now, PEER_SENDS_CLOSE_REPLY, event, code, reason);
}

static void on_close(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    peer_reply reply = endpoint->behaviour->reply;
    endpoint->facts.close_received = true;
    endpoint->facts.close_code = event->close_code;
    forget_late_frames(endpoint);
    if (endpoint->facts.close_sent)
        finish(endpoint, now);
    else if (reply == PEER_REPLIES_BY_END)
        close_tcp(endpoint, now);
    else if (reply != PEER_REPLIES_NOTHING && reply_to_close(endpoint, now, event))
        finish(endpoint, now);
}

static void on_event(peer_endpoint *endpoint, int64_t now, const ws_event *event) {
    switch (event->type) {
    case WS_EVENT_DATA:
        on_data(endpoint, now, event);
        break;
    case WS_EVENT_PING:
        on_ping(endpoint, now, event);
        break;
    case WS_EVENT_PONG:
        break;
    case WS_EVENT_CLOSE:
        on_close(endpoint, now, event);
        break;
    case WS_EVENT_VIOLATION:
        fail_on_violation(endpoint, now, event);
        break;
    }
}

/* ------------------------------------------------------------------ reading frames */

/* The fault of going on after a failure: a second reader that checks nothing has read all along, and what it
 * finds from the violation on counts. */
static void read_shadow(peer_endpoint *endpoint, int64_t now, const uint8_t *bytes, size_t size) {
    enum { EVENTS = 8, PIECE = 4096 };
    uint8_t unmasked[PIECE];
    ws_event events[EVENTS];
    size_t count = 0;
    while (size > 0 || count > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        size_t used = ws_reader_feed(endpoint->shadow, bytes, piece, unmasked, events, EVENTS, &count);
        for (size_t i = 0; i < count && endpoint->stage == STAGE_FAILED; i++) {
            uint64_t end = events[i].offset + events[i].header.size + events[i].header.length;
            if (end <= endpoint->failure_offset)
                continue; /* it came before the violation */
            if (events[i].type == WS_EVENT_PING)
                on_ping(endpoint, now, &events[i]);
            if (events[i].type == WS_EVENT_CLOSE)
                finish(endpoint, now);
        }
        bytes += used;
        size -= used;
    }
}

/* Returns octets used: all, unless too much output waits. Events of octets that were used are always taken:
 * they borrow from `bytes`. */
static size_t read_frames(peer_endpoint *endpoint, int64_t now, const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (endpoint->stage == STAGE_OPEN) {
        size_t offered = peer_endpoint_wants_input(endpoint) ? size - at : 0;
        size_t used;
        ws_event event;
        bool have = ws_receiver_next(endpoint->receiver, bytes + at, offered, &used, &event);
        at += used;
        if (!have)
            break;
        on_event(endpoint, now, &event);
    }
    if (endpoint->stage != STAGE_OPEN)
        at = size;
    if (endpoint->shadow)
        read_shadow(endpoint, now, bytes, at);
    return at;
}

/* The other side has sent all it will ever send. */
static void on_end_of_stream(peer_endpoint *endpoint, int64_t now) {
    ws_event event;
    if (endpoint->stage == STAGE_OPEN && ws_receiver_end(endpoint->receiver, &event)) {
        fail_on_violation(endpoint, now, &event);
        return;
    }
    if (endpoint->stage == STAGE_HANDSHAKE)
        endpoint->facts.failure = "the stream ended within the opening handshake";
    close_tcp(endpoint, now);
}

/* ------------------------------------------------------------------ opening */

static ws_status agree(peer_endpoint *endpoint, const peer_opening *opening) {
    ws_role role = endpoint->options.role;
    ws_receiver_config config = {
        .reader = {.role = role,
                   .max_frame = endpoint->options.max_message,
                   .max_message = endpoint->options.max_message,
                   .tolerate = endpoint->behaviour->tolerate},
        .deflate = opening->deflate,
        .max_inflated = endpoint->options.max_message,
    };
    endpoint->facts.subprotocol = opening->subprotocol;
    endpoint->facts.deflate = opening->deflate;
    if (opening->deflate) {
        config.agreement = ws_deflate_agreed(&opening->answer, role == WS_SERVER ? WS_CLIENT : WS_SERVER);
        ws_deflater_options ours = {.agreement = ws_deflate_agreed(&opening->answer, role), .level = -1};
        endpoint->deflater = ws_deflater_new(&ours);
        if (!endpoint->deflater)
            return WS_ERR_MEMORY;
    }
    endpoint->receiver = ws_receiver_new(&config);
    if (!endpoint->receiver)
        return WS_ERR_MEMORY;
    if (endpoint->behaviour->pongs_after_failing) {
        endpoint->shadow = ws_reader_new(&(ws_reader_config){.role = role, .tolerate = UINT32_MAX});
        if (!endpoint->shadow)
            return WS_ERR_MEMORY;
    }
    return WS_OK;
}

static void at_open(peer_endpoint *endpoint, int64_t now) {
    static const uint8_t greeting[] = {'w', 's', 'p', 'e', 'c', 't'};
    const ws_span payload = {greeting, sizeof greeting};
    switch (endpoint->behaviour->at_open) {
    case PEER_OPENS_QUIETLY:
        break;
    case PEER_OPENS_WITH_PING:
        emit_control(endpoint, now, PEER_SENDS_UNASKED, NULL, WS_PING, payload);
        break;
    case PEER_OPENS_WITH_PONG:
        emit_control(endpoint, now, PEER_SENDS_UNASKED, NULL, WS_PONG, payload);
        break;
    case PEER_OPENS_WITH_CLOSE:
        emit_close(endpoint, now, PEER_SENDS_UNASKED, NULL, WS_CLOSE_NORMAL, (ws_span){NULL, 0});
        if (!endpoint->behaviour->keeps_tcp)
            endpoint->deadline = now + endpoint->options.close_timeout_us;
        break;
    case PEER_OPENS_AND_ENDS:
        close_tcp(endpoint, now);
        break;
    case PEER_OPENS_DEAF:
        endpoint->stage = STAGE_DEAF;
        break;
    }
}

static void open_connection(peer_endpoint *endpoint, int64_t now, const peer_opening *opening) {
    ws_status status = agree(endpoint, opening);
    if (status != WS_OK) {
        endpoint->facts.failure = ws_status_strerror(status);
        reset(endpoint);
        return;
    }
    endpoint->facts.opened = true;
    endpoint->stage = STAGE_OPEN;
    endpoint->deadline = INT64_MAX;
    at_open(endpoint, now);
}

/* What follows from a head that was answered (server) or judged (client). */
static void conclude_opening(peer_endpoint *endpoint, int64_t now, ws_status status,
                             const peer_opening *opening) {
    if (status != WS_OK) {
        endpoint->facts.failure = ws_status_strerror(status);
        reset(endpoint);
    } else if (!opening->refusal) {
        open_connection(endpoint, now, opening);
    } else {
        endpoint->facts.failure = opening->refusal;
        if (endpoint->options.role == WS_SERVER)
            finish(endpoint, now);
        else
            close_tcp(endpoint, now); /* not established: there is nothing to say (7.1.7) */
    }
}

static void on_unreadable_head(peer_endpoint *endpoint, int64_t now, ws_status unreadable) {
    peer_opening opening = {.refusal = "the answer is not HTTP/1.1"};
    ws_status status = unreadable == WS_ERR_MEMORY ? unreadable : WS_OK;
    if (status == WS_OK && endpoint->options.role == WS_SERVER)
        status = peer_opening_answer_unreadable(&endpoint->options, unreadable, &endpoint->output, &opening);
    conclude_opening(endpoint, now, status, &opening);
}

static void on_head(peer_endpoint *endpoint, int64_t now, const ws_http_head *head) {
    peer_opening opening;
    ws_status status;
    if (endpoint->options.role == WS_SERVER) {
        status = peer_opening_answer(&endpoint->options, head, &endpoint->output, &opening);
    } else {
        /* RFC 9110 15.2: interim answers come before the final one; 101 is final here. */
        if (head->status >= 100 && head->status < 200 && head->status != 101)
            return;
        status = peer_opening_check(&endpoint->options, endpoint->key, head, &opening);
    }
    conclude_opening(endpoint, now, status, &opening);
}

/* Parses one head from the input; false when more octets are needed. */
static bool read_head(peer_endpoint *endpoint, int64_t now) {
    ws_http_kind kind = endpoint->options.role == WS_SERVER ? WS_HTTP_REQUEST : WS_HTTP_RESPONSE;
    ws_http_head *head = NULL;
    long used = ws_http_parse(endpoint->input.data, endpoint->input.size, kind, NULL, &head);
    if (used == 0)
        return false;
    if (used < 0) {
        on_unreadable_head(endpoint, now, (ws_status)used);
        return true;
    }
    on_head(endpoint, now, head);
    ws_http_head_free(head);
    ws_buffer_consume(&endpoint->input, (size_t)used);
    return true;
}

static void send_request(peer_endpoint *endpoint) {
    uint8_t nonce[16];
    uint64_t words[2] = {draw(endpoint), draw(endpoint)};
    memcpy(nonce, words, sizeof nonce);
    ws_handshake_key(nonce, endpoint->key);
    ws_status status = peer_opening_request(&endpoint->options, endpoint->key, &endpoint->output);
    if (status != WS_OK) {
        endpoint->facts.failure = ws_status_strerror(status);
        reset(endpoint);
    }
}

/* ------------------------------------------------------------------ what happens to it */

void peer_endpoint_connected(peer_endpoint *endpoint, int64_t now) {
    endpoint->stage = STAGE_HANDSHAKE;
    endpoint->deadline = now + endpoint->options.handshake_timeout_us;
    if (endpoint->options.role == WS_CLIENT)
        send_request(endpoint);
}

/* Works on the input kept so far, as far as output allows. */
static void go_on(peer_endpoint *endpoint, int64_t now) {
    while (endpoint->stage == STAGE_HANDSHAKE && endpoint->input.size > 0)
        if (!read_head(endpoint, now))
            break;
    if (endpoint->stage == STAGE_OPEN && endpoint->input.size > 0) {
        size_t used = read_frames(endpoint, now, endpoint->input.data, endpoint->input.size);
        ws_buffer_consume(&endpoint->input, used);
    }
    if (endpoint->stage > STAGE_OPEN || endpoint->input.size == 0)
        empty(&endpoint->input);
    bool all_read = endpoint->stage == STAGE_HANDSHAKE || endpoint->input.size == 0;
    if (endpoint->peer_ended && all_read && endpoint->wish < PEER_WISH_CLOSE)
        on_end_of_stream(endpoint, now);
}

static void keep_input(peer_endpoint *endpoint, const uint8_t *bytes, size_t size) {
    if (ws_buffer_append(&endpoint->input, bytes, size) == WS_OK)
        return;
    endpoint->facts.failure = "there is no room for more input";
    reset(endpoint);
}

void peer_endpoint_received(peer_endpoint *endpoint, int64_t now, const uint8_t *bytes, size_t size) {
    if (endpoint->stage == STAGE_FAILED) {
        read_shadow(endpoint, now, bytes, size);
        return;
    }
    if (endpoint->stage == STAGE_OPEN && endpoint->input.size == 0) {
        size_t used = read_frames(endpoint, now, bytes, size);
        bytes += used;
        size -= used;
    }
    if (size == 0 || endpoint->stage > STAGE_OPEN)
        return;
    keep_input(endpoint, bytes, size);
    /* A head ends with a line; looking at every octet anew would take quadratic time. */
    if (endpoint->stage == STAGE_HANDSHAKE && !memchr(bytes, '\n', size) && endpoint->input.size <= 65536)
        return;
    go_on(endpoint, now);
}

void peer_endpoint_ended(peer_endpoint *endpoint, int64_t now, peer_end how) {
    endpoint->peer_ended = true;
    if (how == PEER_END_RESET)
        reset(endpoint);
    else if (endpoint->wish < PEER_WISH_CLOSE)
        go_on(endpoint, now);
}

static int64_t next_due(const peer_endpoint *endpoint) {
    late_frame first;
    if (endpoint->dues.size == 0)
        return INT64_MAX;
    memcpy(&first, endpoint->dues.data, sizeof first);
    return first.due;
}

static void release_late_frames(peer_endpoint *endpoint, int64_t now) {
    size_t marks = 0;
    size_t octets = 0;
    for (; marks < endpoint->dues.size; marks += sizeof(late_frame)) {
        late_frame frame;
        memcpy(&frame, endpoint->dues.data + marks, sizeof frame);
        if (frame.due > now)
            break;
        octets += frame.size;
    }
    if (ws_buffer_append(&endpoint->output, endpoint->late.data, octets) != WS_OK) {
        reset(endpoint);
        return;
    }
    ws_buffer_consume(&endpoint->late, octets);
    ws_buffer_consume(&endpoint->dues, marks);
}

static void on_deadline(peer_endpoint *endpoint, int64_t now) {
    if (endpoint->stage == STAGE_HANDSHAKE)
        endpoint->facts.failure = "the opening handshake took too long";
    if (endpoint->stage == STAGE_LINGER && output_waiting(endpoint) > 0)
        reset(endpoint); /* the other side does not read */
    else
        close_tcp(endpoint, now);
}

void peer_endpoint_time(peer_endpoint *endpoint, int64_t now) {
    release_late_frames(endpoint, now);
    if (now >= endpoint->deadline)
        on_deadline(endpoint, now);
    else if (endpoint->stage == STAGE_OPEN)
        go_on(endpoint, now);
}

/* ------------------------------------------------------------------ what it wants */

size_t peer_endpoint_output(peer_endpoint *endpoint, int64_t now, uint8_t *buffer, size_t capacity) {
    size_t size = output_waiting(endpoint);
    if (size > capacity)
        size = capacity;
    if (size == 0)
        return 0;
    memcpy(buffer, endpoint->output.data + endpoint->output_at, size);
    endpoint->output_at += size;
    if (output_waiting(endpoint) == 0) {
        empty(&endpoint->output);
        endpoint->output_at = 0;
    } else if (endpoint->output_at >= PEER_OUTPUT_HIGH && endpoint->output_at >= endpoint->output.size / 2) {
        /* Never more is moved than was taken since the last time. */
        ws_buffer_consume(&endpoint->output, endpoint->output_at);
        endpoint->output_at = 0;
    }
    /* As long as the other side reads, it has its time. */
    if (endpoint->stage == STAGE_LINGER)
        endpoint->deadline = now + endpoint->options.close_timeout_us;
    if (endpoint->stage == STAGE_OPEN && endpoint->input.size > 0)
        go_on(endpoint, now);
    return size;
}

peer_wish peer_endpoint_wish(const peer_endpoint *endpoint) {
    return endpoint->wish;
}

int64_t peer_endpoint_deadline(const peer_endpoint *endpoint) {
    int64_t due = next_due(endpoint);
    if (peer_endpoint_done(endpoint))
        return INT64_MAX;
    return due < endpoint->deadline ? due : endpoint->deadline;
}

bool peer_endpoint_wants_input(const peer_endpoint *endpoint) {
    return output_waiting(endpoint) + endpoint->late.size <= PEER_OUTPUT_HIGH;
}

bool peer_endpoint_done(const peer_endpoint *endpoint) {
    return endpoint->wish == PEER_WISH_RESET ||
           (endpoint->wish == PEER_WISH_CLOSE && output_waiting(endpoint) == 0);
}

const peer_facts *peer_endpoint_facts(const peer_endpoint *endpoint) {
    return &endpoint->facts;
}
