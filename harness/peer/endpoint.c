#include "peer/endpoint_private.h"
#include "peer/opening.h"
#include "wire/close.h"

#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_MAX = 64 << 20,
    INPUT_MAX = 16 << 20,    /* octets kept while no input is wanted */
    KEPT_CAPACITY = 1 << 20, /* larger buffers are given back once they are empty */
    HANDSHAKE_TIMEOUT_US = 5000000,
    CLOSE_TIMEOUT_US = 2000000
};

/* ------------------------------------------------------------------ making */

static void fill_in_defaults(peer_options *options) {
    const peer_behaviour *behaviour = options->behaviour;
    if (behaviour->max_message != 0)
        options->max_message = behaviour->max_message;
    if (behaviour->deflate_policy)
        options->deflate = *behaviour->deflate_policy;
    options->no_deflate = options->no_deflate || behaviour->no_deflate;
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
    if (!options->behaviour)
        endpoint->options.behaviour = &peer_behaviours[0];
    fill_in_defaults(&endpoint->options);
    endpoint->behaviour = endpoint->options.behaviour;
    endpoint->random = options->seed;
    endpoint->deadline = INT64_MAX;
    endpoint->held_until = INT64_MAX;
    uint64_t max_message = endpoint->options.max_message;
    ws_buffer_init(&endpoint->input, INPUT_MAX);
    ws_buffer_init(&endpoint->message, max_message < SIZE_MAX ? (size_t)max_message : SIZE_MAX);
    ws_buffer_init(&endpoint->compressed, 0);
    ws_buffer_init(&endpoint->output, 0);
    ws_buffer_init(&endpoint->late, 0);
    ws_buffer_init(&endpoint->dues, 0);
    ws_buffer_init(&endpoint->scratch, 0);
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
    ws_buffer_clear(&endpoint->scratch);
    if (endpoint->receiver)
        ws_receiver_free(endpoint->receiver);
    if (endpoint->shadow)
        ws_reader_free(endpoint->shadow);
    if (endpoint->deflater)
        ws_deflater_free(endpoint->deflater);
    free(endpoint);
}

/* SplitMix64. Who needs keys that cannot be guessed (10.3) gives a seed that cannot be guessed. */
uint64_t peer_random(peer_endpoint *endpoint) {
    uint64_t word = endpoint->random += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

const peer_behaviour *peer_behaviour_of(const peer_endpoint *endpoint) {
    return endpoint->behaviour;
}

uint64_t *peer_memo(peer_endpoint *endpoint) {
    return endpoint->memo;
}

ws_buffer *peer_scratch(peer_endpoint *endpoint) {
    peer_endpoint_empty(&endpoint->scratch);
    return &endpoint->scratch;
}

void peer_endpoint_empty(ws_buffer *buffer) {
    buffer->size = 0;
    if (buffer->capacity > KEPT_CAPACITY)
        ws_buffer_clear(buffer);
}

size_t peer_endpoint_waiting(const peer_endpoint *endpoint) {
    return endpoint->output.size - endpoint->output_at;
}

/* ------------------------------------------------------------------ ending (7.1.1) */

void peer_endpoint_forget_late_frames(peer_endpoint *endpoint) {
    peer_endpoint_empty(&endpoint->late);
    peer_endpoint_empty(&endpoint->dues);
}

void peer_endpoint_reset(peer_endpoint *endpoint) {
    peer_endpoint_forget_late_frames(endpoint);
    peer_endpoint_empty(&endpoint->output);
    endpoint->output_at = 0;
    endpoint->stage = STAGE_LINGER;
    endpoint->wish = PEER_WISH_RESET;
    endpoint->deadline = INT64_MAX;
}

void peer_endpoint_close_tcp(peer_endpoint *endpoint) {
    peer_endpoint_forget_late_frames(endpoint);
    endpoint->stage = STAGE_LINGER;
    endpoint->wish = PEER_WISH_CLOSE;
    endpoint->deadline =
        peer_endpoint_waiting(endpoint) > 0 ? endpoint->now + endpoint->options.close_timeout_us : INT64_MAX;
}

static int64_t linger_time(const peer_endpoint *endpoint) {
    bool delayed = endpoint->options.role == WS_SERVER && endpoint->behaviour->tcp_delay_us > 0;
    return delayed ? endpoint->behaviour->tcp_delay_us : endpoint->options.close_timeout_us;
}

/* A server ends its side at once and a client lets it; both then wait for the other
 * side's end, so that octets still under way do not turn the end into a reset (7.1.1). */
void peer_endpoint_finish(peer_endpoint *endpoint) {
    peer_endpoint_forget_late_frames(endpoint);
    peer_endpoint_empty(&endpoint->message);
    if (endpoint->peer_ended) {
        peer_endpoint_close_tcp(endpoint);
        return;
    }
    endpoint->stage = endpoint->behaviour->keeps_tcp ? STAGE_DEAF : STAGE_LINGER;
    endpoint->deadline = INT64_MAX;
    if (endpoint->behaviour->keeps_tcp)
        return;
    endpoint->deadline = endpoint->now + linger_time(endpoint);
    if (endpoint->options.role == WS_SERVER && endpoint->behaviour->tcp_delay_us == 0)
        endpoint->wish = PEER_WISH_SHUTDOWN;
}

void peer_endpoint_go_deaf(peer_endpoint *endpoint) {
    peer_endpoint_forget_late_frames(endpoint);
    endpoint->stage = STAGE_DEAF;
    endpoint->deadline = INT64_MAX;
}

void peer_endpoint_await_close(peer_endpoint *endpoint) {
    if (!endpoint->behaviour->keeps_tcp)
        endpoint->deadline = endpoint->now + endpoint->options.close_timeout_us;
}

/* ------------------------------------------------------------------ opening */

/* Shows a hook that nothing more comes; false when the endpoint is not to go on with it. */
static bool shows_end(peer_endpoint *endpoint) {
    peer_arrival arrival = {.endpoint = endpoint,
                            .role = endpoint->options.role,
                            .message = &endpoint->message,
                            .inside_message = endpoint->inside_message,
                            .close_sent = endpoint->facts.close_sent,
                            .number = endpoint->arrivals};
    if (!endpoint->behaviour->on_end || endpoint->stage != STAGE_OPEN)
        return true;
    endpoint->behaviour->on_end(&arrival);
    return peer_endpoint_obey(endpoint, arrival.act, arrival.code, NULL);
}

/* The other side has sent all it will ever send. */
static void on_end_of_stream(peer_endpoint *endpoint) {
    ws_event event;
    if (!shows_end(endpoint))
        return;
    if (endpoint->stage == STAGE_OPEN && ws_receiver_end(endpoint->receiver, &event)) {
        peer_endpoint_fail_on_violation(endpoint, &event);
        return;
    }
    if (endpoint->stage == STAGE_HANDSHAKE)
        endpoint->facts.failure = "the stream ended within the opening handshake";
    peer_endpoint_close_tcp(endpoint);
}

static peer_codecs planned_codecs(peer_endpoint *endpoint, const peer_opening *opening) {
    const peer_options *options = &endpoint->options;
    const peer_behaviour *behaviour = endpoint->behaviour;
    ws_role role = options->role;
    peer_codecs codecs = {.endpoint = endpoint, .role = role, .deflate = opening->deflate};
    codecs.receiver.reader = (ws_reader_config){.role = role,
                                                .max_frame = options->max_message,
                                                .max_message = options->max_message,
                                                .max_fragments = behaviour->max_fragments,
                                                .tolerate = behaviour->tolerate};
    codecs.receiver.deflate = opening->deflate;
    codecs.receiver.max_inflated = options->max_message;
    if (opening->deflate) {
        ws_role other = role == WS_SERVER ? WS_CLIENT : WS_SERVER;
        codecs.receiver.agreement = ws_deflate_agreed(&opening->answer, other);
        codecs.deflater =
            (ws_deflater_options){.agreement = ws_deflate_agreed(&opening->answer, role), .level = -1};
    }
    return codecs;
}

static ws_status agree(peer_endpoint *endpoint, const peer_opening *opening) {
    endpoint->facts.subprotocol = opening->subprotocol;
    endpoint->facts.deflate = opening->deflate;
    peer_codecs codecs = planned_codecs(endpoint, opening);
    if (endpoint->behaviour->edit_codecs)
        endpoint->behaviour->edit_codecs(&codecs);
    if (codecs.deflate) {
        endpoint->deflater = ws_deflater_new(&codecs.deflater);
        if (!endpoint->deflater)
            return WS_ERR_MEMORY;
    }
    endpoint->receiver = ws_receiver_new(&codecs.receiver);
    if (!endpoint->receiver)
        return WS_ERR_MEMORY;
    if (endpoint->behaviour->pongs_after_failing) {
        ws_reader_config careless = {.role = endpoint->options.role, .tolerate = UINT32_MAX};
        endpoint->shadow = ws_reader_new(&careless);
        if (!endpoint->shadow)
            return WS_ERR_MEMORY;
    }
    return WS_OK;
}

static void at_open(peer_endpoint *endpoint) {
    static const uint8_t greeting[] = {'w', 's', 'p', 'e', 'c', 't'};
    const ws_span payload = {greeting, sizeof greeting};
    switch (endpoint->behaviour->at_open) {
    case PEER_OPENS_QUIETLY:
        break;
    case PEER_OPENS_WITH_PING:
        peer_endpoint_send_control(endpoint, PEER_SENDS_UNASKED, NULL, WS_PING, payload);
        break;
    case PEER_OPENS_WITH_PONG:
        peer_endpoint_send_control(endpoint, PEER_SENDS_UNASKED, NULL, WS_PONG, payload);
        break;
    case PEER_OPENS_WITH_CLOSE:
        peer_endpoint_send_close(endpoint, PEER_SENDS_UNASKED, NULL, WS_CLOSE_NORMAL, (ws_span){NULL, 0});
        peer_endpoint_await_close(endpoint);
        break;
    case PEER_OPENS_AND_ENDS:
        peer_endpoint_close_tcp(endpoint);
        break;
    case PEER_OPENS_DEAF:
        peer_endpoint_go_deaf(endpoint);
        break;
    }
}

static void open_connection(peer_endpoint *endpoint, const peer_opening *opening) {
    ws_status status = agree(endpoint, opening);
    if (status != WS_OK) {
        endpoint->facts.failure = ws_status_strerror(status);
        peer_endpoint_reset(endpoint);
        return;
    }
    endpoint->facts.opened = true;
    endpoint->stage = STAGE_OPEN;
    endpoint->deadline = INT64_MAX;
    endpoint->last_input = endpoint->now;
    if (endpoint->behaviour->on_open)
        endpoint->behaviour->on_open(endpoint, endpoint->options.role);
    at_open(endpoint);
}

/* What follows from a head that was answered (server) or judged (client). */
static void conclude_opening(peer_endpoint *endpoint, ws_status status, const peer_opening *opening) {
    if (status != WS_OK) {
        endpoint->facts.failure = ws_status_strerror(status);
        peer_endpoint_reset(endpoint);
    } else if (!opening->refusal) {
        open_connection(endpoint, opening);
    } else {
        endpoint->facts.failure = opening->refusal;
        if (endpoint->options.role == WS_SERVER)
            peer_endpoint_finish(endpoint);
        else
            peer_endpoint_close_tcp(endpoint); /* not established: there is nothing to say (7.1.7) */
    }
}

static void on_unreadable_head(peer_endpoint *endpoint, ws_status unreadable) {
    peer_opening opening = {.refusal = "the answer is not HTTP/1.1"};
    ws_status status = unreadable == WS_ERR_MEMORY ? unreadable : WS_OK;
    if (status == WS_OK && endpoint->options.role == WS_SERVER)
        status = peer_opening_answer_unreadable(endpoint, &endpoint->options, unreadable, &endpoint->output,
                                                &opening);
    conclude_opening(endpoint, status, &opening);
}

static void on_head(peer_endpoint *endpoint, const ws_http_head *head) {
    peer_opening opening;
    ws_status status;
    if (endpoint->options.role == WS_SERVER) {
        status = peer_opening_answer(endpoint, &endpoint->options, head, &endpoint->output, &opening);
    } else {
        /* RFC 9110 15.2: interim answers come before the final one; 101 is final here. */
        if (head->status >= 100 && head->status < 200 && head->status != 101)
            return;
        status = peer_opening_check(endpoint, &endpoint->options, endpoint->key, head, &opening);
    }
    conclude_opening(endpoint, status, &opening);
}

/* handshake_delay_us: a server answers the first head no sooner. */
static bool holds_head_back(peer_endpoint *endpoint) {
    int64_t delay = endpoint->behaviour->handshake_delay_us;
    if (delay <= 0 || endpoint->head_released || endpoint->options.role == WS_CLIENT)
        return false;
    if (endpoint->held_until == INT64_MAX)
        endpoint->held_until = endpoint->now + delay;
    return true;
}

/* Shows a hook the octets at the end of the input that have just come. */
static void show_input(peer_endpoint *endpoint, size_t size, bool behind_head) {
    const ws_reader *reader = ws_receiver_reader(endpoint->receiver);
    size_t before = endpoint->input.size - size;
    peer_input input = {.endpoint = endpoint,
                        .role = endpoint->options.role,
                        .bytes = endpoint->input.data + before,
                        .size = size,
                        .offset = endpoint->input_offset,
                        .at_frame_start = before == 0 && ws_reader_at_frame_start(reader),
                        .behind_head = behind_head};
    endpoint->input_offset += size;
    endpoint->behaviour->on_input(&input);
    bool taken = peer_endpoint_obey(endpoint, input.act, input.code, NULL);
    endpoint->input.size = before + (taken && input.size < size ? input.size : taken ? size : 0);
}

/* Parses one head from the input; false when more octets, or more time, is needed. */
static bool read_head(peer_endpoint *endpoint) {
    ws_http_kind kind = endpoint->options.role == WS_SERVER ? WS_HTTP_REQUEST : WS_HTTP_RESPONSE;
    ws_http_head *head = NULL;
    long used = ws_http_parse(endpoint->input.data, endpoint->input.size, kind, NULL, &head);
    if (used == 0)
        return false;
    if (holds_head_back(endpoint)) {
        if (used > 0)
            ws_http_head_free(head);
        return false;
    }
    if (used < 0) {
        on_unreadable_head(endpoint, (ws_status)used);
        return true;
    }
    on_head(endpoint, head);
    ws_http_head_free(head);
    ws_buffer_consume(&endpoint->input, (size_t)used);
    bool opened = endpoint->stage == STAGE_OPEN && endpoint->behaviour->on_input;
    if (opened && endpoint->input.size > 0)
        show_input(endpoint, endpoint->input.size, true);
    return true;
}

static void send_request(peer_endpoint *endpoint) {
    uint8_t nonce[16];
    uint64_t words[2] = {peer_random(endpoint), peer_random(endpoint)};
    memcpy(nonce, words, sizeof nonce);
    ws_handshake_key(nonce, endpoint->key);
    ws_status status = peer_opening_request(endpoint, &endpoint->options, endpoint->key, &endpoint->output);
    if (status != WS_OK) {
        endpoint->facts.failure = ws_status_strerror(status);
        peer_endpoint_reset(endpoint);
    }
}

/* ------------------------------------------------------------------ what happens to it */

void peer_endpoint_connected(peer_endpoint *endpoint, int64_t now) {
    int64_t delay = endpoint->behaviour->handshake_delay_us;
    endpoint->now = now;
    endpoint->stage = STAGE_HANDSHAKE;
    endpoint->deadline = now + delay + endpoint->options.handshake_timeout_us;
    if (endpoint->options.role == WS_CLIENT && delay > 0)
        endpoint->held_until = now + delay;
    else if (endpoint->options.role == WS_CLIENT)
        send_request(endpoint);
}

/* Works on the input kept so far, as far as output allows. */
static void go_on(peer_endpoint *endpoint) {
    while (endpoint->stage == STAGE_HANDSHAKE && endpoint->input.size > 0)
        if (!read_head(endpoint))
            break;
    if (endpoint->stage == STAGE_OPEN && endpoint->input.size > 0) {
        size_t used = peer_endpoint_read_frames(endpoint, endpoint->input.data, endpoint->input.size);
        ws_buffer_consume(&endpoint->input, used);
    }
    if (endpoint->stage > STAGE_OPEN || endpoint->input.size == 0)
        peer_endpoint_empty(&endpoint->input);
    bool all_read = endpoint->stage == STAGE_HANDSHAKE || endpoint->input.size == 0;
    if (endpoint->peer_ended && all_read && endpoint->wish < PEER_WISH_CLOSE)
        on_end_of_stream(endpoint);
}

static bool keep_input(peer_endpoint *endpoint, const uint8_t *bytes, size_t size) {
    if (ws_buffer_append(&endpoint->input, bytes, size) == WS_OK)
        return true;
    endpoint->facts.failure = "there is no room for more input";
    peer_endpoint_reset(endpoint);
    return false;
}

static bool refuses_octets(peer_endpoint *endpoint) {
    const peer_behaviour *behaviour = endpoint->behaviour;
    return behaviour->refuse_octets && behaviour->refuse_octets(endpoint, ws_buffer_span(&endpoint->input));
}

void peer_endpoint_received(peer_endpoint *endpoint, int64_t now, const uint8_t *bytes, size_t size) {
    bool shown = endpoint->stage == STAGE_OPEN && endpoint->behaviour->on_input;
    endpoint->now = now;
    endpoint->last_input = now;
    if (endpoint->stage == STAGE_FAILED) {
        peer_endpoint_read_shadow(endpoint, bytes, size);
        return;
    }
    if (endpoint->stage == STAGE_OPEN && endpoint->input.size == 0 && !shown) {
        size_t used = peer_endpoint_read_frames(endpoint, bytes, size);
        bytes += used;
        size -= used;
    }
    if (size == 0 || endpoint->stage > STAGE_OPEN || !keep_input(endpoint, bytes, size))
        return;
    if (shown)
        show_input(endpoint, size, false);
    if (endpoint->stage == STAGE_HANDSHAKE && refuses_octets(endpoint)) {
        on_unreadable_head(endpoint, WS_ERR_SYNTAX);
        return;
    }
    /* A head ends with a line; looking at every octet anew would take quadratic time. */
    if (endpoint->stage == STAGE_HANDSHAKE && !memchr(bytes, '\n', size) && endpoint->input.size <= 65536)
        return;
    go_on(endpoint);
}

void peer_endpoint_ended(peer_endpoint *endpoint, int64_t now, peer_end how) {
    endpoint->now = now;
    endpoint->peer_ended = true;
    if (how == PEER_END_RESET)
        peer_endpoint_reset(endpoint);
    else if (endpoint->wish < PEER_WISH_CLOSE)
        go_on(endpoint);
}

/* ------------------------------------------------------------------ time */

static int64_t next_due(const peer_endpoint *endpoint) {
    peer_late_frame first;
    if (endpoint->dues.size == 0)
        return INT64_MAX;
    memcpy(&first, endpoint->dues.data, sizeof first);
    return first.due;
}

static void release_late_frames(peer_endpoint *endpoint) {
    size_t marks = 0;
    size_t octets = 0;
    for (; marks < endpoint->dues.size; marks += sizeof(peer_late_frame)) {
        peer_late_frame frame;
        memcpy(&frame, endpoint->dues.data + marks, sizeof frame);
        if (frame.due > endpoint->now)
            break;
        octets += frame.size;
    }
    if (ws_buffer_append(&endpoint->output, endpoint->late.data, octets) != WS_OK) {
        peer_endpoint_reset(endpoint);
        return;
    }
    ws_buffer_consume(&endpoint->late, octets);
    ws_buffer_consume(&endpoint->dues, marks);
}

static void on_deadline(peer_endpoint *endpoint) {
    if (endpoint->stage == STAGE_HANDSHAKE)
        endpoint->facts.failure = "the opening handshake took too long";
    if (endpoint->stage == STAGE_LINGER && peer_endpoint_waiting(endpoint) > 0)
        peer_endpoint_reset(endpoint); /* the other side does not read */
    else if (endpoint->stage == STAGE_LINGER && endpoint->behaviour->resets_tcp)
        peer_endpoint_reset(endpoint);
    else
        peer_endpoint_close_tcp(endpoint);
}

/* When idle_timeout_us is over; INT64_MAX: never. */
static int64_t idle_at(const peer_endpoint *endpoint) {
    int64_t timeout = endpoint->behaviour->idle_timeout_us;
    bool idling = timeout > 0 && endpoint->stage == STAGE_OPEN && !endpoint->facts.close_sent;
    return idling ? endpoint->last_input + timeout : INT64_MAX;
}

static void release_head(peer_endpoint *endpoint) {
    endpoint->held_until = INT64_MAX;
    endpoint->head_released = true;
    if (endpoint->stage == STAGE_HANDSHAKE && endpoint->options.role == WS_CLIENT)
        send_request(endpoint);
    else if (endpoint->stage == STAGE_HANDSHAKE)
        go_on(endpoint);
}

void peer_endpoint_time(peer_endpoint *endpoint, int64_t now) {
    endpoint->now = now;
    release_late_frames(endpoint);
    if (endpoint->held_until != INT64_MAX && now >= endpoint->held_until)
        release_head(endpoint);
    if (idle_at(endpoint) != INT64_MAX && now >= idle_at(endpoint)) {
        peer_endpoint_send_close(endpoint, PEER_SENDS_UNASKED, NULL, WS_CLOSE_GOING_AWAY, (ws_span){NULL, 0});
        peer_endpoint_await_close(endpoint);
    }
    if (now >= endpoint->deadline)
        on_deadline(endpoint);
    else if (endpoint->stage == STAGE_OPEN)
        go_on(endpoint);
}

/* ------------------------------------------------------------------ what it wants */

/* output_max, output_gap_us */
static size_t next_write(const peer_endpoint *endpoint, size_t capacity) {
    size_t size = peer_endpoint_waiting(endpoint);
    size_t most = endpoint->behaviour->output_max;
    if (most > 0 && most < capacity)
        capacity = most;
    return endpoint->now < endpoint->write_at ? 0 : size < capacity ? size : capacity;
}

size_t peer_endpoint_output(peer_endpoint *endpoint, int64_t now, uint8_t *buffer, size_t capacity) {
    endpoint->now = now;
    size_t size = next_write(endpoint, capacity);
    if (size == 0)
        return 0;
    if (endpoint->behaviour->output_gap_us > 0)
        endpoint->write_at = now + endpoint->behaviour->output_gap_us;
    memcpy(buffer, endpoint->output.data + endpoint->output_at, size);
    endpoint->output_at += size;
    if (peer_endpoint_waiting(endpoint) == 0) {
        peer_endpoint_empty(&endpoint->output);
        endpoint->output_at = 0;
    } else if (endpoint->output_at >= PEER_OUTPUT_HIGH && endpoint->output_at >= endpoint->output.size / 2) {
        /* Never more is moved than was taken since the last time. */
        ws_buffer_consume(&endpoint->output, endpoint->output_at);
        endpoint->output_at = 0;
    }
    /* As long as the other side reads, it has its time. */
    if (endpoint->stage == STAGE_LINGER)
        endpoint->deadline = endpoint->now + linger_time(endpoint);
    if (endpoint->stage == STAGE_OPEN && endpoint->input.size > 0)
        go_on(endpoint);
    return size;
}

/* What waits for the end of a pause is said before anything else is done. */
static bool pauses(const peer_endpoint *endpoint) {
    return endpoint->behaviour->output_gap_us > 0 && peer_endpoint_waiting(endpoint) > 0;
}

peer_wish peer_endpoint_wish(const peer_endpoint *endpoint) {
    return pauses(endpoint) && endpoint->wish != PEER_WISH_RESET ? PEER_WISH_NOTHING : endpoint->wish;
}

int64_t peer_endpoint_deadline(const peer_endpoint *endpoint) {
    const int64_t times[] = {endpoint->deadline, next_due(endpoint), endpoint->held_until, idle_at(endpoint),
                             pauses(endpoint) ? endpoint->write_at : INT64_MAX};
    int64_t first = INT64_MAX;
    if (peer_endpoint_done(endpoint))
        return INT64_MAX;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] < first)
            first = times[i];
    return first;
}

bool peer_endpoint_wants_input(const peer_endpoint *endpoint) {
    return peer_endpoint_waiting(endpoint) + endpoint->late.size <= PEER_OUTPUT_HIGH;
}

bool peer_endpoint_done(const peer_endpoint *endpoint) {
    return endpoint->wish == PEER_WISH_RESET ||
           (endpoint->wish == PEER_WISH_CLOSE && peer_endpoint_waiting(endpoint) == 0);
}

const peer_facts *peer_endpoint_facts(const peer_endpoint *endpoint) {
    return &endpoint->facts;
}
