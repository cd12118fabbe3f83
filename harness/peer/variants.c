/* Legal but unusual peers. Where a row names a requirement, that is a SHOULD it does not follow, or a rule
 * that binds the sender and that this receiver does not check. No case may fail any of them. */
#include "peer/behaviour_private.h"
#include "wire/close.h"
#include "wire/utf8.h"

#include <string.h>

static const char hundred_and_25[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
                                     "0123456789012345678901234567890123456789012345678901234";

/* ------------------------------------------------------------------ frames beside the one at hand */

static ws_frame control(uint8_t opcode, const char *payload) {
    return (ws_frame){.opcode = opcode, .fin = true, .payload = ws_span_of(payload)};
}

static void send_ahead(const peer_emission *emission, ws_frame frame) {
    peer_send_frame(emission->endpoint, &frame);
}

/* The frame at hand leaves, and `next` takes its place, with its masking key. */
static void let_follow(peer_emission *emission, ws_frame next) {
    ws_frame first = emission->frame;
    next.masked = first.masked;
    memcpy(next.key, first.key, sizeof next.key);
    first.masked = false; /* the endpoint masks it with a key of its own */
    send_ahead(emission, first);
    emission->frame = next;
}

static bool is_first(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_ECHO && emission->frame.opcode != WS_CONTINUATION;
}

static bool is_last(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_ECHO && emission->frame.fin;
}

static bool is_continuation(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_ECHO && emission->frame.opcode == WS_CONTINUATION;
}

/* ------------------------------------------------------------------ fragments (5.4) */

static const ws_frame empty_fragment = {.opcode = WS_CONTINUATION, .fin = false};

static void begin_empty(peer_emission *emission) {
    if (!is_first(emission))
        return;
    ws_frame first = {.opcode = emission->frame.opcode, .rsv = emission->frame.rsv};
    send_ahead(emission, first);
    emission->frame.opcode = WS_CONTINUATION;
    emission->frame.rsv = 0;
}

static void put_empty_between(peer_emission *emission) {
    if (is_continuation(emission))
        send_ahead(emission, empty_fragment);
}

static void end_empty(peer_emission *emission) {
    if (!is_last(emission))
        return;
    emission->frame.fin = false;
    let_follow(emission, (ws_frame){.opcode = WS_CONTINUATION, .fin = true});
}

static void put_empty_everywhere(peer_emission *emission) {
    begin_empty(emission);
    put_empty_between(emission);
    put_empty_between(emission);
    end_empty(emission);
}

static void begin_with_one_octet(peer_emission *emission) {
    ws_span payload = emission->frame.payload;
    if (!is_first(emission) || payload.size < 2)
        return;
    ws_frame rest = {.opcode = WS_CONTINUATION,
                     .fin = emission->frame.fin,
                     .payload = {payload.data + 1, payload.size - 1}};
    emission->frame.fin = false;
    emission->frame.payload.size = 1;
    let_follow(emission, rest);
}

static void end_with_one_octet(peer_emission *emission) {
    ws_span payload = emission->frame.payload;
    if (!is_last(emission) || payload.size < 2)
        return;
    ws_frame rest = {.opcode = WS_CONTINUATION, .fin = true, .payload = {payload.data + payload.size - 1, 1}};
    emission->frame.fin = false;
    emission->frame.payload.size--;
    let_follow(emission, rest);
}

/* A fragment goes back as soon as the next one begins; memory: frames sent, octets sent. */
enum { FRAGMENTS_BACK, OCTETS_BACK };

static void send_back_fragments(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    bool begins = arrival->event->type == WS_EVENT_DATA && !arrival->message_ends;
    if (!begins || arrival->close_sent || arrival->event->compressed)
        return;
    if (!arrival->inside_message) {
        memo[FRAGMENTS_BACK] = 0;
        memo[OCTETS_BACK] = 0;
        return;
    }
    const ws_buffer *message = arrival->message;
    ws_frame frame = {.opcode = memo[FRAGMENTS_BACK]++ > 0 ? WS_CONTINUATION : arrival->event->opcode};
    if (message->size > memo[OCTETS_BACK])
        frame.payload =
            (ws_span){message->data + memo[OCTETS_BACK], message->size - (size_t)memo[OCTETS_BACK]};
    memo[OCTETS_BACK] = message->size;
    peer_send_frame(arrival->endpoint, &frame);
}

static void send_back_rest(peer_emission *emission) {
    const uint64_t *memo = peer_memo(emission->endpoint);
    ws_span *payload = &emission->frame.payload;
    if (emission->purpose != PEER_SENDS_ECHO || emission->event->compressed || memo[FRAGMENTS_BACK] == 0)
        return;
    emission->frame.opcode = WS_CONTINUATION;
    if (memo[OCTETS_BACK] > 0 && memo[OCTETS_BACK] <= payload->size)
        *payload = (ws_span){payload->data + memo[OCTETS_BACK], payload->size - (size_t)memo[OCTETS_BACK]};
}

/* ------------------------------------------------------------------ pings of its own (5.5.2) */

static void ping_before_echo(peer_emission *emission) {
    if (is_first(emission))
        send_ahead(emission, control(WS_PING, "still there?"));
}

static void ping_thrice_before_echo(peer_emission *emission) {
    if (!is_first(emission))
        return;
    send_ahead(emission, control(WS_PING, "1"));
    send_ahead(emission, control(WS_PING, ""));
    send_ahead(emission, control(WS_PING, "3"));
}

static void ping_behind_echo(peer_emission *emission) {
    if (is_last(emission))
        let_follow(emission, control(WS_PING, "still there?"));
}

static void ping_between_fragments(peer_emission *emission) {
    if (is_continuation(emission))
        send_ahead(emission, control(WS_PING, "still there?"));
}

static void long_ping_between_fragments(peer_emission *emission) {
    if (is_continuation(emission))
        send_ahead(emission, control(WS_PING, hundred_and_25));
}

static void ping_before_pong(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        send_ahead(emission, control(WS_PING, "still there?"));
}

static void ping_back(peer_emission *emission) {
    if (emission->purpose != PEER_SENDS_PONG)
        return;
    ws_frame ping = emission->frame;
    ping.opcode = WS_PING;
    let_follow(emission, ping);
}

static void ping_before_close_reply(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY)
        send_ahead(emission, control(WS_PING, "still there?"));
}

static void ping_before_failing(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        send_ahead(emission, control(WS_PING, "still there?"));
}

static void fail_twice(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        let_follow(emission, control(WS_CLOSE, "\x03\xe8"
                                               "bye"));
}

static void send_at_open(peer_endpoint *endpoint, ws_frame frame) {
    peer_send_frame(endpoint, &frame);
}

static void open_with_empty_ping(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    send_at_open(endpoint, control(WS_PING, ""));
}

static void open_with_long_ping(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    send_at_open(endpoint, control(WS_PING, hundred_and_25));
}

static void open_with_octets_in_ping(peer_endpoint *endpoint, ws_role role) {
    static const uint8_t octets[] = {0x00, 0xff, 0xc0, 0x80, 0x0d, 0x0a};
    (void)role;
    send_at_open(endpoint, (ws_frame){.opcode = WS_PING, .fin = true, .payload = {octets, sizeof octets}});
}

static void open_with_five_pings(peer_endpoint *endpoint, ws_role role) {
    static const char *const payloads[] = {"1", "2", "", "4", "5"};
    (void)role;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
        send_at_open(endpoint, control(WS_PING, payloads[i]));
}

/* ------------------------------------------------------------------ pongs nobody asked for (5.5.3) */

static void pong_before_echo(peer_emission *emission) {
    if (is_first(emission))
        send_ahead(emission, control(WS_PONG, "still here"));
}

static void pong_behind_echo(peer_emission *emission) {
    if (is_last(emission))
        let_follow(emission, control(WS_PONG, "still here"));
}

static void long_pong_between_fragments(peer_emission *emission) {
    if (is_continuation(emission))
        send_ahead(emission, control(WS_PONG, hundred_and_25));
}

static void empty_pong_before_pong(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        send_ahead(emission, control(WS_PONG, ""));
}

static void other_pong_behind_pong(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        let_follow(emission, control(WS_PONG, "still here"));
}

static void pong_twice(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG)
        let_follow(emission, emission->frame);
}

static void pong_before_close_reply(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY)
        send_ahead(emission, control(WS_PONG, "still here"));
}

static void open_with_pongs(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    send_at_open(endpoint, control(WS_PONG, ""));
    send_at_open(endpoint, control(WS_PONG, hundred_and_25));
}

/* ------------------------------------------------------------------ which pings are answered, and when */

/* Octets of the frame at the beginning of bytes; 0 when it is not there as a whole. */
static size_t whole_frame(const uint8_t *bytes, size_t size) {
    if (size < 2)
        return 0;
    uint64_t length = bytes[1] & 0x7f;
    size_t header = 2;
    if (length >= 126) {
        header = length == 126 ? 4 : 10;
        if (size < header)
            return 0;
        length = 0;
        for (size_t i = 2; i < header; i++)
            length = length << 8 | bytes[i];
    }
    if (bytes[1] & 0x80)
        header += 4;
    return size >= header && size - header >= length ? header + (size_t)length : 0;
}

/* A whole ping that breaks no rule of its own. */
static bool is_ping(const uint8_t *bytes, size_t size) {
    return size >= 2 && bytes[0] == (0x80 | WS_PING) && (bytes[1] & 0x7f) <= WS_CONTROL_PAYLOAD_MAX &&
           whole_frame(bytes, size) > 0;
}

/* For each read: pings before this offset of the stream are followed at once by another ping, up to
 * the first that is not. */
enum { ONLY_FROM, ONLY_BEFORE };

static void look_for_runs_of_pings(peer_input *input) {
    uint64_t *memo = peer_memo(input->endpoint);
    size_t at = 0;
    memo[ONLY_BEFORE] = 0;
    if (!input->at_frame_start)
        return;
    while (at < input->size && !is_ping(input->bytes + at, input->size - at)) {
        size_t frame = whole_frame(input->bytes + at, input->size - at);
        if (frame == 0)
            return;
        at += frame;
    }
    memo[ONLY_FROM] = input->offset + at;
    while (at < input->size && is_ping(input->bytes + at, input->size - at)) {
        memo[ONLY_BEFORE] = input->offset + at; /* of the last ping of the run, in the end */
        at += whole_frame(input->bytes + at, input->size - at);
    }
}

static void skip_all_pings_but_the_latest(peer_arrival *arrival) {
    const uint64_t *memo = peer_memo(arrival->endpoint);
    uint64_t offset = arrival->event->offset;
    if (arrival->event->type == WS_EVENT_PING && offset >= memo[ONLY_FROM] && offset < memo[ONLY_BEFORE])
        arrival->act = PEER_SKIP;
}

/* Whoever works through all that one read has brought and then answers, messages first. Memory: where the
 * last frame of a message in this read begins; size of the ping's payload and one; the payload. */
enum {
    MESSAGE_END_AT,
    PING_KEPT,
    PING_PAYLOAD,
    PING_KEPT_MAX = (PEER_MEMO_WORDS - PING_PAYLOAD) * sizeof(uint64_t)
};

static bool is_plain(uint8_t octet) {
    uint8_t opcode = octet & 0xf;
    bool data = opcode <= WS_BINARY;
    bool control = opcode == WS_PING || opcode == WS_PONG;
    return (octet & 0x70) == 0 && (data || (control && (octet & 0x80)));
}

static void look_for_message_end(peer_input *input) {
    uint64_t *memo = peer_memo(input->endpoint);
    size_t at = 0;
    memo[MESSAGE_END_AT] = 0;
    while (input->at_frame_start && at < input->size && is_plain(input->bytes[at])) {
        size_t frame = whole_frame(input->bytes + at, input->size - at);
        if (frame == 0)
            return;
        if ((input->bytes[at] & 0x80) && (input->bytes[at] & 0xf) <= WS_BINARY)
            memo[MESSAGE_END_AT] = input->offset + at;
        at += frame;
    }
}

static void keep_ping_until_message_end(peer_arrival *arrival) {
    uint64_t *memo = peer_memo(arrival->endpoint);
    ws_span payload = arrival->event->payload;
    if (arrival->event->type != WS_EVENT_PING || arrival->event->offset >= memo[MESSAGE_END_AT] ||
        payload.size > PING_KEPT_MAX)
        return;
    arrival->act = PEER_SKIP;
    memo[PING_KEPT] = payload.size + 1;
    if (payload.size > 0)
        memcpy(&memo[PING_PAYLOAD], payload.data, payload.size);
}

static void pong_behind_its_echo(peer_emission *emission) {
    uint64_t *memo = peer_memo(emission->endpoint);
    bool ends = is_last(emission);
    if (memo[PING_KEPT] == 0 || (emission->purpose == PEER_SENDS_ECHO && !ends))
        return;
    ws_frame pong = {.opcode = WS_PONG,
                     .fin = true,
                     .payload = {(const uint8_t *)&memo[PING_PAYLOAD], (size_t)memo[PING_KEPT] - 1}};
    memo[PING_KEPT] = 0;
    if (ends)
        let_follow(emission, pong);
    else
        send_ahead(emission, pong);
}

/* ------------------------------------------------------------------ closing (5.5.1, 7.1) */

static void end_tcp_behind_close_reply(peer_emission *emission) {
    if (emission->purpose != PEER_SENDS_CLOSE_REPLY)
        return;
    send_ahead(emission, emission->frame);
    emission->act = PEER_END_TCP;
}

static void end_tcp_behind_failure(peer_emission *emission) {
    if (emission->purpose != PEER_SENDS_FAILURE)
        return;
    send_ahead(emission, emission->frame);
    emission->act = PEER_END_TCP;
}

/* Gives the Close at hand a code and a reason; code 0 keeps its own. */
static void set_close(peer_emission *emission, uint16_t code, const char *reason) {
    ws_span old = emission->frame.payload;
    if (code == 0 && old.size >= 2)
        code = (uint16_t)(old.data[0] << 8 | old.data[1]);
    if (code == 0)
        return; /* an empty Close has no place for a reason */
    const uint8_t octets[] = {(uint8_t)(code >> 8), (uint8_t)code};
    ws_buffer *payload = peer_scratch(emission->endpoint);
    if (ws_buffer_append(payload, octets, sizeof octets) == WS_OK &&
        ws_buffer_append_text(payload, reason) == WS_OK)
        emission->frame.payload = ws_buffer_span(payload);
}

static const char longest_reason[] = "01234567890123456789012345678901234567890123456789"
                                     "01234567890123456789012345678901234567890123456789"
                                     "01234567890123456789012";

static void reply_with_reason(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY)
        set_close(emission, 0, "Auf Wiedersehen, \xe5\x86\x8d\xe8\xa6\x8b");
}

static void reply_with_longest_reason(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY)
        set_close(emission, 0, longest_reason);
}

static void reply_1000_to_empty(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_CLOSE_REPLY && emission->frame.payload.size == 0)
        set_close(emission, WS_CLOSE_NORMAL, "");
}

/* ------------------------------------------------------------------ failing (7.1.7) */

static void fail_without_reason(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        set_close(emission, 0, "");
}

static void fail_with_longest_reason(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        set_close(emission, 0, longest_reason);
}

static void fail_by_end(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_FAILURE)
        emission->act = PEER_END_TCP;
}

/* Until the answer to its Close comes, which it waits for (7.1.7 leaves when to close to the endpoint). */
static void no_pong_behind_close(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG && emission->close_sent)
        emission->act = PEER_SKIP;
}

static void check_text_at_end(peer_arrival *arrival) {
    ws_utf8 state = {0};
    if (arrival->event->type != WS_EVENT_DATA || !arrival->message_ends || arrival->event->opcode != WS_TEXT)
        return;
    ws_utf8_feed(&state, arrival->message->data, arrival->message->size);
    if (ws_utf8_complete(&state))
        return;
    arrival->act = PEER_FAIL;
    arrival->code = WS_CLOSE_INVALID_DATA;
}

/* RFC 6455 7.4.1 alone defines 1000 to 1011; 1012 to 1014 came later, with IANA's registry. */
static void refuse_later_codes(peer_arrival *arrival) {
    uint16_t code = arrival->event->close_code;
    if (arrival->event->type != WS_EVENT_CLOSE || code < 1012 || code > 1014)
        return;
    arrival->act = PEER_FAIL;
    arrival->code = WS_CLOSE_PROTOCOL_ERROR;
}

static void end_at_later_codes(peer_arrival *arrival) {
    refuse_later_codes(arrival);
    if (arrival->act == PEER_FAIL)
        arrival->act = PEER_END_TCP;
}

/* RFC 6455 7.4.1: 1010 is not used by servers. */
static void end_at_missing_extension(peer_arrival *arrival) {
    if (arrival->event->type == WS_EVENT_CLOSE && arrival->event->close_code == WS_CLOSE_MISSING_EXTENSION)
        arrival->act = PEER_END_TCP;
}

/* Memory: the payload of a frame that is known to be bad is still to come. */
static void fail_behind_the_frame(peer_arrival *arrival) {
    const ws_event *event = arrival->event;
    uint64_t *bad = peer_memo(arrival->endpoint);
    if (event->type == WS_EVENT_DATA && arrival->message_ends) {
        arrival->act = *bad ? PEER_FAIL : PEER_TAKE;
        return;
    }
    uint8_t opcode = event->header.opcode & 0x7;
    uint8_t allowed =
        event->type == WS_EVENT_DATA && event->compressed && !arrival->inside_message ? WS_RSV1 : 0;
    *bad = opcode > WS_BINARY || (event->header.rsv & ~allowed);
    bool waits = event->type == WS_EVENT_DATA && event->header.fin;
    if (*bad && !waits)
        arrival->act = PEER_FAIL;
}

/* ------------------------------------------------------------------ greetings */

static void greet(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    send_at_open(endpoint, control(WS_TEXT, "{\"hello\":\"world\"}"));
}

static void greet_in_fragments(peer_endpoint *endpoint, ws_role role) {
    (void)role;
    send_at_open(endpoint, (ws_frame){.opcode = WS_BINARY, .payload = ws_span_of("hello, ")});
    send_at_open(endpoint, control(WS_PING, "between"));
    send_at_open(endpoint, control(WS_CONTINUATION, "world"));
}

/* ------------------------------------------------------------------ heads (RFC 9112, 9110) */

static ws_http_line *line_of(peer_head *head, const char *name) {
    for (size_t i = 0; i < head->message.line_count; i++)
        if (ws_span_equal_nocase(head->lines[i].name, ws_span_of(name)))
            return &head->lines[i];
    return NULL;
}

static void add_line(peer_head *head, const char *name, const char *value) {
    if (head->message.line_count < PEER_HEAD_LINES)
        head->lines[head->message.line_count++] =
            (ws_http_line){.name = ws_span_of(name), .value = ws_span_of(value)};
}

static void set_line(peer_head *head, const char *name, const char *value) {
    ws_http_line *line = line_of(head, name);
    if (line)
        line->value = ws_span_of(value);
}

static void remove_line(peer_head *head, const char *name) {
    ws_http_line *line = line_of(head, name);
    if (!line)
        return;
    size_t at = (size_t)(line - head->lines);
    memmove(line, line + 1, (head->message.line_count - at - 1) * sizeof *line);
    head->message.line_count--;
}

static bool opens(const peer_head *head) {
    return head->role == WS_CLIENT || head->status == 101;
}

static void reverse_lines(peer_head *head) {
    for (size_t i = 0, k = head->message.line_count; i + 1 < k; i++) {
        ws_http_line line = head->lines[i];
        head->lines[i] = head->lines[--k];
        head->lines[k] = line;
    }
}

/* Writes all names anew, every letter shifted into the case that begins at `first`. */
static void set_case(peer_head *head, uint8_t first) {
    const size_t count = head->message.line_count;
    ws_buffer *names = peer_scratch(head->endpoint);
    for (size_t i = 0; i < count; i++)
        if (ws_buffer_append(names, head->lines[i].name.data, head->lines[i].name.size) != WS_OK)
            return;
    const uint8_t other = first == 'a' ? 'A' : 'a';
    for (size_t i = 0; i < names->size; i++)
        if (names->data[i] >= other && names->data[i] < other + 26)
            names->data[i] = (uint8_t)(names->data[i] - other + first);
    for (size_t i = 0, at = 0; i < count; i++) {
        head->lines[i].name.data = names->data + at;
        at += head->lines[i].name.size;
    }
}

static void lower_case_names(peer_head *head) {
    set_case(head, 'a');
}

static void upper_case_names(peer_head *head) {
    set_case(head, 'A');
}

static void other_case_values(peer_head *head) {
    if (!opens(head))
        return;
    set_line(head, "Upgrade", "WebSocket");
    set_line(head, "Connection", "upgrade");
}

static void connection_list(peer_head *head) {
    if (opens(head))
        set_line(head, "Connection", "keep-alive, Upgrade");
}

static void connection_twice(peer_head *head) {
    if (!opens(head))
        return;
    set_line(head, "Connection", "keep-alive");
    add_line(head, "Connection", "Upgrade");
}

static void set_separators(peer_head *head, const char *separator, const char *end) {
    for (size_t i = 0; i < head->message.line_count; i++) {
        head->lines[i].separator = separator;
        head->lines[i].end = end;
    }
}

static void no_space_before_values(peer_head *head) {
    set_separators(head, ":", NULL);
}

static void space_around_values(peer_head *head) {
    set_separators(head, ": \t  ", " \t \r\n");
}

static void no_agent(peer_head *head) {
    remove_line(head, "Server");
    remove_line(head, "User-Agent");
}

static void octets_in_agent(peer_head *head) {
    set_line(head, "Server", "peer (caf\xc3\xa9, \xff)");
    set_line(head, "User-Agent", "peer (caf\xc3\xa9, \xff)");
}

static void long_line(peer_head *head) {
    static const char piece[] = "0123456789abcdef0123456789abcdef";
    enum { PIECES = 256 };
    ws_buffer *value = peer_scratch(head->endpoint);
    for (size_t i = 0; i < PIECES; i++)
        if (ws_buffer_append_text(value, piece) != WS_OK)
            return;
    add_line(head, "X-Long", "");
    line_of(head, "X-Long")->value = ws_buffer_span(value);
}

static void empty_value(peer_head *head) {
    add_line(head, "X-Empty", "");
}

static void fields_of_a_framework(peer_head *head) {
    if (!opens(head))
        return;
    add_line(head, "Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    add_line(head, "Set-Cookie", "session=31d4d96e407aad42; Path=/; HttpOnly");
    add_line(head, "Set-Cookie", "theme=dark; Expires=Wed, 09 Jun 2038 10:18:14 GMT");
    add_line(head, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    add_line(head, "Vary", "Origin, Upgrade");
    add_line(head, "Via", "1.1 proxy.example");
    add_line(head, "Access-Control-Allow-Origin", "*");
    add_line(head, "X-Powered-By", "a framework");
}

static void set_start_line(peer_head *head, const char *text) {
    if (head->status == 101)
        head->message.start_line = ws_span_of(text);
}

static void empty_reason_phrase(peer_head *head) {
    set_start_line(head, "HTTP/1.1 101 ");
}

static void other_reason_phrase(peer_head *head) {
    set_start_line(head, "HTTP/1.1 101 Web Socket Protocol Handshake \xe2\x80\x93 ok");
}

/* RFC 9110 15.2: a client has to take interim responses before the final one, even unexpected ones. */
static void early_hints(peer_head *head) {
    peer_send_octets(head->endpoint, ws_span_of("HTTP/1.1 103 Early Hints\r\n"
                                                "Link: </style.css>; rel=preload; as=style\r\n\r\n"));
}

/* ---- refusals */

static bool refuses(const peer_head *head) {
    return head->role == WS_SERVER && head->status >= 400;
}

static void refuse_without_body(peer_head *head) {
    if (!refuses(head))
        return;
    head->message.body.size = 0;
    set_line(head, "Content-Length", "0");
    remove_line(head, "Content-Type");
}

static void refuse_in_chunks(peer_head *head) {
    if (!refuses(head))
        return;
    head->message.body = ws_span_of("5\r\nNope.\r\n1;last\r\n\n\r\n0\r\nX-Trailer: yes\r\n\r\n");
    remove_line(head, "Content-Length");
    add_line(head, "Transfer-Encoding", "chunked");
}

static bool comes_from_elsewhere(peer_endpoint *endpoint, const ws_http_head *request) {
    (void)endpoint;
    return ws_http_field_count(request, "Origin") > 0;
}

static void forbid_with_401(peer_head *head) {
    if (!refuses(head) || !head->request || ws_http_field_count(head->request, "Origin") == 0)
        return;
    head->message.start_line = ws_span_of("HTTP/1.1 401 Unauthorized");
    add_line(head, "WWW-Authenticate", "Basic realm=\"elsewhere\"");
}

/* RFC 9112 5.1 and 5 leave no choice about these. */
static bool is_beyond_leniency(peer_endpoint *endpoint, const ws_http_head *request) {
    static const ws_http_deviation deviations[] = {WS_HTTP_METHOD,
                                                   WS_HTTP_TARGET,
                                                   WS_HTTP_VERSION,
                                                   WS_HTTP_SPACE_BEFORE_COLON,
                                                   WS_HTTP_SPACE_BEFORE_FIRST,
                                                   WS_HTTP_BARE_CR,
                                                   WS_HTTP_NO_COLON,
                                                   WS_HTTP_NAME,
                                                   WS_HTTP_VALUE_CONTROL};
    (void)endpoint;
    for (size_t i = 0; i < sizeof deviations / sizeof *deviations; i++)
        if (ws_http_has_finding(request, deviations[i]))
            return true;
    return false;
}

/* ---- requests */

static void fields_of_a_browser(peer_head *head) {
    add_line(head, "Pragma", "no-cache");
    add_line(head, "Cache-Control", "no-cache");
    add_line(head, "Origin", "https://example.com");
    add_line(head, "Accept-Encoding", "gzip, deflate, br, zstd");
    add_line(head, "Accept-Language", "de-DE,de;q=0.9,en;q=0.8");
    add_line(head, "Cookie", "session=31d4d96e407aad42; theme=dark");
    add_line(head, "Sec-Fetch-Dest", "websocket");
    add_line(head, "Sec-Fetch-Mode", "websocket");
    add_line(head, "Sec-Fetch-Site", "same-origin");
}

/* 4.1 item 3: an absolute http or https URI is the other form of the request target. */
static void absolute_target(peer_head *head) {
    enum { BEHIND_GET = 4, VERSION = sizeof " HTTP/1.1" - 1 };
    const ws_http_line *host = line_of(head, "Host");
    ws_buffer *line = peer_scratch(head->endpoint);
    const char *path = (const char *)head->message.start_line.data + BEHIND_GET;
    size_t size = head->message.start_line.size - BEHIND_GET - VERSION;
    const char *join = memchr(path, '?', size) ? "&" : "?";
    if (host && ws_buffer_printf(line, "GET http://%.*s%.*s%sroom=1 HTTP/1.1", (int)host->value.size,
                                 (const char *)host->value.data, (int)size, path, join) == WS_OK)
        head->message.start_line = ws_buffer_span(line);
}

static void offer_unknown_extension(peer_head *head) {
    add_line(head, "Sec-WebSocket-Extensions", "x-wspect-unknown; mode=odd; x");
    add_line(head, "Sec-WebSocket-Extensions", "x-another; q=\"1\"");
}

static void offer_subprotocols(peer_head *head) {
    add_line(head, "Sec-WebSocket-Protocol", "chat, superchat");
    add_line(head, "Sec-WebSocket-Protocol", "v2.chat");
}

/* ------------------------------------------------------------------ permessage-deflate (RFC 7692) */

static const ws_deflate_policy server_forgets = {.server_no_context_takeover = true};
static const ws_deflate_policy client_forgets = {.client_no_context_takeover = true};
static const ws_deflate_policy both_forget = {.server_no_context_takeover = true,
                                              .client_no_context_takeover = true};
static const ws_deflate_policy server_window_9 = {.server_max_window_bits = 9};
static const ws_deflate_policy client_window_9 = {.client_max_window_bits = 9};
static const ws_deflate_policy windows_8 = {.server_max_window_bits = 8, .client_max_window_bits = 8};
static const ws_deflate_policy windows_10_and_12 = {.server_max_window_bits = 10,
                                                    .client_max_window_bits = 12};

static void stored_blocks(peer_codecs *codecs) {
    codecs->deflater.level = 0;
}

static void fixed_codes(peer_codecs *codecs) {
    codecs->deflater.fixed_codes = true;
}

static void best_compression(peer_codecs *codecs) {
    codecs->deflater.level = 9;
    codecs->deflater.mem_level = 9;
}

static void small_memory(peer_codecs *codecs) {
    codecs->deflater.level = 1;
    codecs->deflater.mem_level = 1;
}

/* Whoever compresses may use less than was agreed. */
static void small_window(peer_codecs *codecs) {
    if (codecs->deflater.agreement.window_bits > 9)
        codecs->deflater.agreement.window_bits = 9;
}

static void farthest_matches(peer_codecs *codecs) {
    codecs->deflater.farthest = true;
}

static void fresh_context(peer_codecs *codecs) {
    codecs->deflater.agreement.no_context_takeover = true;
}

static void drop_signature(peer_arrival *arrival) {
    ws_buffer *text = arrival->message;
    if (arrival->event->type == WS_EVENT_DATA && arrival->message_ends && arrival->event->opcode == WS_TEXT &&
        text->size >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0)
        ws_buffer_consume(text, 3);
}

static void reset_tcp(peer_arrival *arrival) {
    arrival->act = PEER_DROP_TCP;
}

static void close_at_end(peer_arrival *arrival) {
    static const uint8_t going_away[] = {0x03, 0xe9};
    ws_frame frame = {.opcode = WS_CLOSE, .fin = true, .payload = {going_away, sizeof going_away}};
    if (!arrival->close_sent)
        peer_send_frame(arrival->endpoint, &frame);
    arrival->act = PEER_END_TCP;
}

static void offer_quoted_value(peer_head *head) {
    set_line(head, "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=\"15\"");
}

static const ws_deflate_policy server_forgets_in_window_10 = {.server_no_context_takeover = true,
                                                              .server_max_window_bits = 10};

static void offer_twice(peer_head *head) {
    set_line(head, "Sec-WebSocket-Extensions",
             "permessage-deflate; client_max_window_bits; server_max_window_bits=8, permessage-deflate");
}

/* Any offer may be taken; the earliest should be (5). */
static bool take_last_offer(const ws_extension_list *offers, ws_deflate_params *answer) {
    const ws_deflate_policy policy = {0};
    bool taken = false;
    for (size_t i = offers->count; !taken && i > 0; i--)
        taken = ws_deflate_negotiate(&(ws_extension_list){&offers->items[i - 1], 1}, &policy, answer);
    return taken;
}

static bool refuse_quoted_answer(peer_endpoint *endpoint, const ws_http_head *response) {
    const ws_http_field *field = ws_http_field_get(response, "Sec-WebSocket-Extensions", 0);
    (void)endpoint;
    return field && memchr(field->value.data, '"', field->value.size) != NULL;
}

/* ------------------------------------------------------------------ the table */

const peer_behaviour peer_variants[] = {
    /* ---- fragments */
    {.name = "echo-in-two-fragments", VARIANT("Echoes every message in two fragments."), .echo_fragments = 2},
    {.name = "echo-in-many-fragments",
     VARIANT("Echoes every message in about fifty fragments, cut wherever it happens."),
     .echo_fragments = 50},
    {.name = "echo-in-a-thousand-fragments",
     VARIANT("Echoes every message in about a thousand fragments, short ones octet by octet."),
     .echo_fragments = 1000},
    {.name = "empty-first-fragment",
     VARIANT("Begins every echo with an empty fragment."),
     .before_emit = begin_empty},
    {.name = "empty-middle-fragment",
     VARIANT("Echoes in two fragments with an empty one between them."),
     .echo_fragments = 2,
     .before_emit = put_empty_between},
    {.name = "empty-last-fragment",
     VARIANT("Ends every echo with an empty fragment."),
     .before_emit = end_empty},
    {.name = "empty-fragments-everywhere",
     VARIANT("Echoes in three fragments with empty ones before, between and behind them."),
     .echo_fragments = 3,
     .before_emit = put_empty_everywhere},
    {.name = "first-fragment-of-one-octet",
     VARIANT("Begins every echo with a fragment of one octet."),
     .before_emit = begin_with_one_octet},
    {.name = "last-fragment-of-one-octet",
     VARIANT("Ends every echo with a fragment of one octet."),
     .before_emit = end_with_one_octet},
    {.name = "echo-fragment-by-fragment",
     VARIANT("Echoes each fragment of a message when the next one begins, not the whole at its end."),
     .on_arrival = send_back_fragments,
     .before_emit = send_back_rest},

    /* ---- pings of its own */
    {.name = "empty-ping-at-open",
     VARIANT("Sends an empty ping as soon as the connection is open."),
     .on_open = open_with_empty_ping},
    {.name = "ping-125-at-open",
     VARIANT("Sends a ping with 125 octets as soon as the connection is open."),
     .on_open = open_with_long_ping},
    {.name = "ping-octets-at-open",
     VARIANT("Sends a ping whose payload is no text as soon as the connection is open."),
     .on_open = open_with_octets_in_ping},
    {.name = "five-pings-at-open",
     VARIANT("Sends five pings as soon as the connection is open."),
     .on_open = open_with_five_pings},
    {.name = "ping-before-echo", VARIANT("Sends a ping before every echo."), .before_emit = ping_before_echo},
    {.name = "three-pings-before-echo",
     VARIANT("Sends three pings before every echo."),
     .before_emit = ping_thrice_before_echo},
    {.name = "ping-behind-echo", VARIANT("Sends a ping behind every echo."), .before_emit = ping_behind_echo},
    {.name = "ping-between-fragments",
     VARIANT("Echoes in three fragments with pings between them."),
     .echo_fragments = 3,
     .before_emit = ping_between_fragments},
    {.name = "ping-125-between-fragments",
     VARIANT("Echoes in about fifty fragments with pings of 125 octets between them."),
     .echo_fragments = 50,
     .before_emit = long_ping_between_fragments},
    {.name = "ping-before-pong", VARIANT("Sends a ping before every pong."), .before_emit = ping_before_pong},
    {.name = "ping-back",
     VARIANT("Behind every pong, sends a ping with the same payload."),
     .before_emit = ping_back},
    {.name = "ping-before-close-reply",
     VARIANT("Sends a ping before it answers a Close."),
     .before_emit = ping_before_close_reply},
    {.name = "ping-before-failing",
     VARIANT("Sends a ping before the Close with which it fails the connection."),
     .before_emit = ping_before_failing},
    {.name = "fails-twice",
     VARIANT("Behind the Close with which it fails the connection, sends another with 1000."),
     .before_emit = fail_twice},

    /* ---- pongs nobody asked for */
    {.name = "pongs-at-open",
     VARIANT("Sends an empty pong and one with 125 octets as soon as the connection is open."),
     .on_open = open_with_pongs},
    {.name = "pong-before-echo",
     VARIANT("Sends a pong that nobody asked for before every echo."),
     .before_emit = pong_before_echo},
    {.name = "pong-behind-echo",
     VARIANT("Sends a pong that nobody asked for behind every echo."),
     .before_emit = pong_behind_echo},
    {.name = "pong-125-between-fragments",
     VARIANT("Echoes in three fragments with pongs of 125 octets between them."),
     .echo_fragments = 3,
     .before_emit = long_pong_between_fragments},
    {.name = "empty-pong-before-pong",
     VARIANT("Sends an empty pong that nobody asked for before every pong."),
     .before_emit = empty_pong_before_pong},
    {.name = "other-pong-behind-pong",
     VARIANT("Sends a pong that nobody asked for behind every pong."),
     .before_emit = other_pong_behind_pong},
    {.name = "pong-twice", VARIANT("Answers every ping with two pongs."), .before_emit = pong_twice},
    {.name = "pong-before-close-reply",
     VARIANT("Sends a pong that nobody asked for before it answers a Close."),
     .before_emit = pong_before_close_reply},

    /* ---- which pings are answered, and when */
    {.name = "pong-to-latest-ping",
     VARIANT("Of several pings that come at once, answers only the latest."),
     .on_input = look_for_runs_of_pings,
     .on_arrival = skip_all_pings_but_the_latest},
    {.name = "pong-behind-message",
     VARIANT("Answers a ping behind the message that came together with it."),
     .requirement = "6455-5.5.2-03",
     .on_input = look_for_message_end,
     .on_arrival = keep_ping_until_message_end,
     .before_emit = pong_behind_its_echo},

    /* ---- time and segments */
    {.name = "late-100ms",
     VARIANT("Answers messages and pings 0.1 seconds late."),
     .requirement = "6455-5.5.2-03",
     .answer_delay_us = 100000},
    {.name = "late-1s",
     VARIANT("Answers messages and pings 1 second late."),
     .requirement = "6455-5.5.2-03",
     .answer_delay_us = 1000000},
    {.name = "echoes-behind-pongs",
     VARIANT(
         "Answers pings at once, and messages a millisecond late, as an application in a thread of its own."),
     .answer_delay_us = 1000,
     .pongs_at_once = true},
    {.name = "late-handshake",
     VARIANT("Sends its part of the opening handshake 1 second late."),
     .handshake_delay_us = 1000000},
    {.name = "writes-of-1", VARIANT("Writes single octets."), .output_max = 1},
    {.name = "writes-of-2", VARIANT("Writes two octets at a time."), .output_max = 2},
    {.name = "writes-of-3", VARIANT("Writes three octets at a time."), .output_max = 3},
    {.name = "writes-of-7", VARIANT("Writes seven octets at a time."), .output_max = 7},
    {.name = "slow-writes",
     VARIANT("Writes 500 octets each millisecond."),
     .output_max = 500,
     .output_gap_us = 1000},
    {.name = "slow-small-writes",
     VARIANT("Echoes in three fragments and writes 40 octets each tenth of a millisecond, so that its answer "
             "to a Close waits behind them."),
     .echo_fragments = 3,
     .output_max = 40,
     .output_gap_us = 100},

    /* ---- closing */
    {.name = "server-closes-tcp-at-once",
     SERVER_VARIANT(
         "Closes TCP behind its answer to a Close without waiting for the client's end of stream."),
     .before_emit = end_tcp_behind_close_reply},
    {.name = "server-closes-tcp-at-once-on-failing",
     SERVER_VARIANT("Closes TCP behind the Close of a failure without waiting for anything."),
     .before_emit = end_tcp_behind_failure},
    {.name = "client-closes-tcp-first",
     CLIENT_VARIANT("Closes TCP behind its answer to a Close without waiting for the server to do so."),
     .requirement = "6455-5.5.1-13",
     .before_emit = end_tcp_behind_close_reply},
    {.name = "client-closes-tcp-first-on-failing",
     CLIENT_VARIANT("Closes TCP behind the Close of a failure without waiting for the server to do so."),
     .requirement = "6455-7.1.1-04",
     .before_emit = end_tcp_behind_failure},
    {.name = "reply-close-reason",
     VARIANT("Answers every Close with its code and a reason that is not ASCII."),
     .before_emit = reply_with_reason},
    {.name = "reply-close-longest-reason",
     VARIANT("Answers every Close with its code and a reason of 123 octets."),
     .before_emit = reply_with_longest_reason},
    {.name = "reply-close-1000-to-empty",
     VARIANT("Answers an empty Close with 1000."),
     .requirement = "6455-5.5.1-08",
     .before_emit = reply_1000_to_empty},
    {.name = "reply-close-3000",
     VARIANT("Answers every Close with 3000, whatever its code."),
     .requirement = "6455-5.5.1-08",
     .reply = PEER_REPLIES_CODE,
     .reply_code = 3000},
    {.name = "reply-close-4999",
     VARIANT("Answers every Close with 4999, whatever its code."),
     .requirement = "6455-5.5.1-08",
     .reply = PEER_REPLIES_CODE,
     .reply_code = 4999},

    {.name = "server-resets-tcp",
     SERVER_VARIANT(
         "Resets TCP a moment after the closing handshake, or after it has failed the connection."),
     .requirement = "6455-7.1.1-02",
     .tcp_delay_us = 10000,
     .resets_tcp = true},
    {.name = "resets-at-end-without-close",
     VARIANT("Resets TCP when the other side ends its stream without a Close."),
     .requirement = "6455-7.1.1-02",
     .on_end = reset_tcp},
    {.name = "closes-at-end-without-close",
     VARIANT("Sends a Close with 1001 into the half-closed connection when the other side ends its stream "
             "without a Close."),
     .on_end = close_at_end},

    /* ---- failing */
    {.name = "fail-1003",
     VARIANT("Fails the connection with Close 1003, whatever the violation."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = WS_CLOSE_UNSUPPORTED_DATA},
    {.name = "fail-1002",
     VARIANT("Fails the connection with Close 1002, even for text that is not UTF-8 or too long a message."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = WS_CLOSE_PROTOCOL_ERROR},
    {.name = "fail-1007",
     VARIANT("Fails the connection with Close 1007, even for broken frames."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = WS_CLOSE_INVALID_DATA},
    {.name = "fail-4002",
     VARIANT("Fails the connection with Close 4002, whatever the violation."),
     .requirement = "6455-7.1.7-05",
     .failure = PEER_FAILS_WITH_CODE,
     .failure_code = 4002},
    {.name = "fail-without-reason",
     VARIANT("Fails the connection with a fitting code and no reason."),
     .before_emit = fail_without_reason},
    {.name = "fail-with-longest-reason",
     VARIANT("Fails the connection with a fitting code and a reason of 123 octets."),
     .before_emit = fail_with_longest_reason},
    {.name = "fail-by-end",
     VARIANT("Fails the connection by closing TCP, without a Close frame."),
     .requirement = "6455-7.1.7-05",
     .before_emit = fail_by_end},
    {.name = "fail-waits-for-close",
     SERVER_VARIANT("Having failed the connection, waits for the other side's Close before it ends TCP."),
     .pongs_after_failing = true,
     .before_emit = no_pong_behind_close},
    {.name = "drops-signature",
     VARIANT("Removes U+FEFF from the start of a text."),
     .requirement = "3629-6-02",
     .on_arrival = drop_signature},
    {.name = "text-checked-at-end",
     VARIANT("Looks whether a text is UTF-8 only when all of it is there."),
     .tolerate = BIT(WS_VIOLATION_TEXT),
     .on_arrival = check_text_at_end},
    {.name = "fail-behind-the-frame",
     VARIANT("Judges the header of an unfragmented message only when its payload is there."),
     .tolerate = BIT(WS_VIOLATION_OPCODE) | BIT(WS_VIOLATION_RSV),
     .on_arrival = fail_behind_the_frame},

    /* ---- what is accepted */
    {.name = "accepts-longer-lengths",
     VARIANT("Accepts lengths that are not in their shortest form."),
     .requirement = "6455-5.2-10",
     .tolerate = BIT(WS_VIOLATION_LENGTH_NOT_MINIMAL)},
    {.name = "accepts-unassigned-codes",
     VARIANT("Accepts close codes without a meaning (1004, 1016 to 2999, 5000 and above) and answers 1000."),
     .requirement = "6455-7.4.2-02",
     .tolerate = BIT(WS_VIOLATION_CLOSE_UNASSIGNED),
     .reply = PEER_REPLIES_CODE,
     .reply_code = WS_CLOSE_NORMAL},
    {.name = "accepts-forbidden-codes",
     VARIANT("Accepts every close code and answers with an empty Close."),
     .requirement = "6455-7.4.1-04",
     .tolerate = BIT(WS_VIOLATION_CLOSE_UNASSIGNED) | BIT(WS_VIOLATION_CLOSE_CODE),
     .reply = PEER_REPLIES_EMPTY},
    {.name = "refuses-later-codes",
     VARIANT("Takes the close codes 1012 to 1014 for unassigned and fails the connection."),
     .requirement = "IANA-close-code-2-01",
     .on_arrival = refuse_later_codes},
    {.name = "ends-at-later-codes",
     VARIANT("Takes the close codes 1012 to 1014 for unassigned and ends TCP without a Close."),
     .requirement = "IANA-close-code-2-01",
     .on_arrival = end_at_later_codes},
    {.name = "client-ends-at-1010",
     CLIENT_VARIANT("Ends TCP without a Close when a server says 1010, which is a code for clients."),
     .requirement = "6455-7.4.1-11",
     .on_arrival = end_at_missing_extension},

    /* ---- limits */
    {.name = "no-limit", VARIANT("Takes messages of any length."), .max_message = UINT64_C(1) << 62},
    {.name = "limit-64-kib", VARIANT("Refuses messages above 64 KiB with 1009."), .max_message = 64 << 10},
    {.name = "limit-1-mib", VARIANT("Refuses messages above 1 MiB with 1009."), .max_message = 1 << 20},
    {.name = "limit-1000-fragments",
     VARIANT("Refuses messages of more than 1000 frames with 1008."),
     .max_fragments = 1000},
    {.name = "idle-60s",
     VARIANT("Closes with 1001 when nothing has come for 60 seconds."),
     .idle_timeout_us = 60000000},
    {.name = "idle-5s",
     VARIANT("Closes with 1001 when nothing has come for 5 seconds."),
     .idle_timeout_us = 5000000},

    /* ---- greetings */
    {.name = "greets", VARIANT("Sends a text message as soon as the connection is open."), .on_open = greet},
    {.name = "greets-in-fragments",
     VARIANT("Sends a binary message in two fragments with a ping between them as soon as the connection is "
             "open."),
     .on_open = greet_in_fragments},

    /* ---- heads */
    {.name = "head-reversed",
     VARIANT("Sends the fields of its heads in reversed order."),
     .edit_head = reverse_lines},
    {.name = "head-lower-case",
     VARIANT("Writes field names in lower case, as HTTP/2 gateways do."),
     .edit_head = lower_case_names},
    {.name = "head-upper-case",
     VARIANT("Writes field names in capital letters."),
     .edit_head = upper_case_names},
    {.name = "head-values-other-case",
     VARIANT("Writes \"WebSocket\" and \"upgrade\"."),
     .edit_head = other_case_values},
    {.name = "head-connection-list",
     VARIANT("Writes \"Connection: keep-alive, Upgrade\"."),
     .edit_head = connection_list},
    {.name = "head-connection-twice",
     VARIANT("Sends two Connection fields, the second with Upgrade."),
     .edit_head = connection_twice},
    {.name = "head-no-space",
     VARIANT("Writes no space between colon and value."),
     .edit_head = no_space_before_values},
    {.name = "head-much-space",
     VARIANT("Writes spaces and tabs around every value."),
     .edit_head = space_around_values},
    {.name = "head-no-agent", VARIANT("Sends neither Server nor User-Agent."), .edit_head = no_agent},
    {.name = "head-agent-octets",
     VARIANT("Sends octets above 127 in its Server or User-Agent field."),
     .edit_head = octets_in_agent},
    {.name = "head-long-line", VARIANT("Sends a field of 8 KiB."), .edit_head = long_line},
    {.name = "head-empty-value", VARIANT("Sends a field with an empty value."), .edit_head = empty_value},
    {.name = "head-of-a-framework",
     SERVER_VARIANT("Adds Date, Set-Cookie and what else frameworks and proxies add to an answer."),
     .edit_head = fields_of_a_framework},
    {.name = "head-empty-reason",
     SERVER_VARIANT("Answers with an empty reason phrase."),
     .edit_head = empty_reason_phrase},
    {.name = "head-other-reason",
     SERVER_VARIANT("Answers with a reason phrase of its own, beyond ASCII."),
     .edit_head = other_reason_phrase},
    {.name = "early-hints",
     SERVER_VARIANT("Sends a response 103 before every answer to a request."),
     .edit_head = early_hints},
    {.name = "refuses-without-body",
     SERVER_VARIANT("Answers a request that it does not like without a body."),
     .edit_head = refuse_without_body},
    {.name = "refuses-in-chunks",
     SERVER_VARIANT("Answers a request that it does not like with a chunked body and a trailer."),
     .edit_head = refuse_in_chunks},
    {.name = "refuses-origins-with-401",
     SERVER_VARIANT("Answers every request that has an Origin with 401."),
     .requirement = "6455-10.2-02",
     .refuse_request = comes_from_elsewhere,
     .edit_head = forbid_with_401},
    {.name = "accepts-loose-http",
     SERVER_VARIANT(
         "Accepts what RFC 9112 lets a lenient parser accept: lines that end with LF, folded lines, more "
         "spaces."),
     .tolerate_handshake = BIT(WS_HANDSHAKE_HTTP),
     .refuse_request = is_beyond_leniency},
    {.name = "head-of-a-browser",
     CLIENT_VARIANT("Sends Origin, Cookie and what else browsers send."),
     .edit_head = fields_of_a_browser},
    {.name = "absolute-target",
     CLIENT_VARIANT("Sends an absolute URI with a query as request target."),
     .edit_head = absolute_target},
    {.name = "offers-unknown-extensions",
     CLIENT_VARIANT("Offers extensions that nobody knows, in fields of their own."),
     .edit_head = offer_unknown_extension},
    {.name = "offers-subprotocols",
     CLIENT_VARIANT("Offers three subprotocols in two fields, and needs none."),
     .edit_head = offer_subprotocols},

    /* ---- permessage-deflate */
    {.name = "no-deflate", VARIANT("Neither offers nor accepts permessage-deflate."), .no_deflate = true},
    {.name = "deflate-server-forgets",
     VARIANT("Agrees on server_no_context_takeover, asked or not."),
     .deflate_policy = &server_forgets},
    {.name = "deflate-client-forgets",
     VARIANT("Agrees on client_no_context_takeover, asked or not."),
     .deflate_policy = &client_forgets},
    {.name = "deflate-both-forget",
     VARIANT("Agrees that neither side keeps its context."),
     .deflate_policy = &both_forget},
    {.name = "deflate-server-window-9",
     VARIANT("Agrees on a window of 512 octets for the server."),
     .deflate_policy = &server_window_9},
    {.name = "deflate-client-window-9",
     VARIANT("Agrees on a window of 512 octets for the client where it was offered."),
     .deflate_policy = &client_window_9},
    {.name = "deflate-windows-8",
     VARIANT("Agrees on windows of 256 octets where they were offered."),
     .deflate_policy = &windows_8},
    {.name = "deflate-windows-10-and-12",
     VARIANT("Agrees on windows of 1024 octets for the server and 4096 for the client."),
     .deflate_policy = &windows_10_and_12},
    {.name = "deflate-never-compresses",
     VARIANT("Agrees on permessage-deflate and sends nothing compressed."),
     .compression = PEER_COMPRESSES_NEVER},
    {.name = "deflate-always-compresses",
     VARIANT("Compresses every echo once permessage-deflate is agreed on."),
     .compression = PEER_COMPRESSES_ALWAYS},
    {.name = "deflate-stored", VARIANT("Compresses into stored blocks."), .edit_codecs = stored_blocks},
    {.name = "deflate-fixed", VARIANT("Compresses with fixed codes."), .edit_codecs = fixed_codes},
    {.name = "deflate-best",
     VARIANT("Compresses as well as zlib can."),
     .compression = PEER_COMPRESSES_ALWAYS,
     .edit_codecs = best_compression},
    {.name = "deflate-small-memory",
     VARIANT("Compresses with as little memory as zlib can."),
     .edit_codecs = small_memory},
    {.name = "deflate-small-window",
     VARIANT("Compresses in a window of 512 octets, whatever is agreed."),
     .edit_codecs = small_window},
    {.name = "deflate-fresh-context",
     VARIANT("Forgets its context after each message although it need not."),
     .edit_codecs = fresh_context},
    {.name = "deflate-in-fragments",
     VARIANT("Compresses every echo and cuts it into about fifty fragments with empty ones everywhere."),
     .compression = PEER_COMPRESSES_ALWAYS,
     .echo_fragments = 50,
     .before_emit = put_empty_everywhere},
    {.name = "deflate-takes-last-offer",
     SERVER_VARIANT("Takes the last offer of permessage-deflate that it can."),
     .requirement = "7692-5-03",
     .answer_offers = take_last_offer},
    {.name = "deflate-refuses-quoted-answer",
     CLIENT_VARIANT("Fails the opening when a parameter of the answer stands in quotes."),
     .requirement = "7692-5.2-01",
     .refuse_response = refuse_quoted_answer},
    {.name = "deflate-offer-quoted",
     CLIENT_VARIANT("Offers permessage-deflate with a parameter value in quotes."),
     .edit_head = offer_quoted_value},
    {.name = "deflate-offer-twice",
     CLIENT_VARIANT("Offers permessage-deflate twice, with different parameters."),
     .edit_head = offer_twice},
    {.name = "deflate-offers-nothing-of-its-own",
     CLIENT_VARIANT("Offers permessage-deflate without any parameter."),
     .no_client_window = true},
    {.name = "deflate-offers-for-server-alone",
     CLIENT_VARIANT(
         "Offers server_no_context_takeover and server_max_window_bits=10, and fails without them."),
     .deflate_policy = &server_forgets_in_window_10,
     .no_client_window = true},
    {.name = "deflate-puts-up-with-larger-window",
     CLIENT_VARIANT("Offers server_max_window_bits=9, and inflates by what the answer says instead."),
     .deflate_policy = &server_window_9,
     .tolerate_deflate = 1u << WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER},
    {.name = "deflate-puts-up-with-takeover",
     CLIENT_VARIANT(
         "Offers server_no_context_takeover, and keeps its context where the answer leaves it out."),
     .deflate_policy = &server_forgets,
     .tolerate_deflate = 1u << WS_DEFLATE_ANSWER_TAKEOVER_IGNORED},
    {.name = "deflate-farthest",
     VARIANT("Compresses with matches at the distance of the whole window only."),
     .edit_codecs = farthest_matches},

    {.name = NULL},
};
