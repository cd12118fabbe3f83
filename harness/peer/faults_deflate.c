/* Faults of permessage-deflate (RFC 7692): what is agreed, what is compressed and inflated, where RSV1
 * stands. */
#include "peer/behaviour_private.h"
#include "wire/close.h"
#include "wire/utf8.h"

#define ZLIB_CONST
#include <string.h>
#include <zlib.h>

static const ws_span tail = {(const uint8_t *)"\x00\x00\xff\xff", 4}; /* 7.2.1 step 3 */

/* What the hooks remember. */
enum {
    MEMO_AGREED,   /* permessage-deflate is in use */
    MEMO_WINDOW,   /* bits that the endpoint may compress with */
    MEMO_HINT,     /* the client's offer had the hint that the fault takes for an agreement */
    MEMO_STATE,    /* of the message or stream at hand, as the fault needs it */
    MEMO_PIECES,   /* how many ends of fragments are noted: */
    MEMO_PIECE_AT, /* where the first one ends; others follow */
    PIECES_MAX = PEER_MEMO_WORDS - MEMO_PIECE_AT
};

static uint64_t *memo_of(const peer_arrival *arrival) {
    return peer_memo(arrival->endpoint);
}

static void fail_with(peer_arrival *arrival, uint16_t code) {
    arrival->act = PEER_FAIL;
    arrival->code = code;
}

static void remember_agreement(peer_codecs *codecs) {
    peer_memo(codecs->endpoint)[MEMO_AGREED] = codecs->deflate;
    peer_memo(codecs->endpoint)[MEMO_WINDOW] = codecs->deflater.agreement.window_bits;
}

/* Compressed messages that have come, this one included; 0 for anything else. */
static uint64_t count_compressed(const peer_arrival *arrival) {
    bool message =
        arrival->event->type == WS_EVENT_DATA && arrival->message_ends && arrival->event->compressed;
    return message ? ++memo_of(arrival)[MEMO_STATE] : 0;
}

static void lose_message_50(peer_arrival *arrival) {
    if (count_compressed(arrival) == 50)
        arrival->act = PEER_SKIP;
}

static void break_off_at_message_64(peer_arrival *arrival) {
    if (count_compressed(arrival) == 64)
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

static void cut_inflated_at_65536(peer_arrival *arrival) {
    if (count_compressed(arrival) > 0 && arrival->message->size > 65536)
        arrival->message->size = 65536;
}

static void write_over_inflated_window(peer_arrival *arrival) {
    enum { WINDOW = 32768 };
    ws_buffer *message = arrival->message;
    if (count_compressed(arrival) == 0 || message->size <= WINDOW)
        return;
    size_t behind = message->size - WINDOW;
    memmove(message->data, message->data + WINDOW, behind < WINDOW ? behind : WINDOW);
}

static void lose_octet_of_17_fragments(peer_arrival *arrival) {
    const ws_event *event = arrival->event;
    bool data = event->type == WS_EVENT_DATA && !arrival->message_ends;
    if (data && event->header.opcode == WS_CONTINUATION)
        memo_of(arrival)[MEMO_PIECES]++;
    if (count_compressed(arrival) == 0)
        return;
    if (memo_of(arrival)[MEMO_PIECES] >= 16 && arrival->message->size > 0)
        arrival->message->size--;
    memo_of(arrival)[MEMO_PIECES] = 0;
}

/* ------------------------------------------------------------------ answers of a server (7.1) */

static bool answer_soundly(const ws_extension_list *offers, ws_deflate_params *answer) {
    const ws_deflate_policy policy = {0};
    return ws_deflate_negotiate(offers, &policy, answer);
}

static bool answer_larger_window(const ws_extension_list *offers, ws_deflate_params *answer) {
    bool taken = answer_soundly(offers, answer);
    if (taken && answer->server_max_window_bits > 0 && answer->server_max_window_bits < 15)
        answer->server_max_window_bits++;
    return taken;
}

static bool answer_no_window(const ws_extension_list *offers, ws_deflate_params *answer) {
    bool taken = answer_soundly(offers, answer);
    answer->server_max_window_bits = 0;
    return taken;
}

static bool answer_takeover(const ws_extension_list *offers, ws_deflate_params *answer) {
    bool taken = answer_soundly(offers, answer);
    answer->server_no_context_takeover = false;
    return taken;
}

static bool answer_client_window(const ws_extension_list *offers, ws_deflate_params *answer) {
    bool taken = answer_soundly(offers, answer);
    answer->client_max_window_bits_given = true;
    answer->client_max_window_bits = 12;
    return taken;
}

/* Goes through all offers with one set of parameters: those of the last one hold. */
static bool answer_last_of_all(const ws_extension_list *offers, ws_deflate_params *answer) {
    bool taken = answer_soundly(offers, answer);
    for (size_t i = 1; taken && i < offers->count; i++)
        if (!ws_extension_param_get(&offers->items[i], "server_no_context_takeover"))
            answer->server_no_context_takeover = false;
    return taken;
}

/* Takes the first offer that has one of these faults, or else answers soundly. */
static bool accept_despite(const ws_extension_list *offers, ws_deflate_params *answer, uint32_t faults) {
    for (size_t i = 0; i < offers->count; i++) {
        ws_deflate_params offer;
        if (BIT(ws_deflate_params_read(&offers->items[i], false, &offer)) & faults) {
            *answer = (ws_deflate_params){0};
            return true;
        }
    }
    return answer_soundly(offers, answer);
}

static bool accept_unknown_parameter(const ws_extension_list *offers, ws_deflate_params *answer) {
    return accept_despite(offers, answer, BIT(WS_DEFLATE_PARAM_UNKNOWN));
}

static bool accept_repeated_parameter(const ws_extension_list *offers, ws_deflate_params *answer) {
    return accept_despite(offers, answer, BIT(WS_DEFLATE_PARAM_REPEATED));
}

static bool accept_invalid_window(const ws_extension_list *offers, ws_deflate_params *answer) {
    return accept_despite(offers, answer, BIT(WS_DEFLATE_VALUE_INVALID));
}

static bool accept_missing_value(const ws_extension_list *offers, ws_deflate_params *answer) {
    return accept_despite(offers, answer, BIT(WS_DEFLATE_VALUE_MISSING));
}

static bool accept_unexpected_value(const ws_extension_list *offers, ws_deflate_params *answer) {
    return accept_despite(offers, answer, BIT(WS_DEFLATE_VALUE_UNEXPECTED));
}

static const char extensions_name[] = "Sec-WebSocket-Extensions";

static ws_http_line *extensions_line(peer_head *head) {
    for (size_t i = 0; head->status == 101 && i < head->message.line_count; i++)
        if (ws_span_equal_nocase(head->lines[i].name, ws_span_of(extensions_name)))
            return &head->lines[i];
    return NULL;
}

static void answer_text(peer_head *head, const char *text) {
    ws_http_line *line = extensions_line(head);
    if (line)
        line->value = ws_span_of(text);
}

static void answer_what_was_offered(peer_head *head) {
    ws_http_line *line = extensions_line(head);
    if (line)
        line->value = ws_http_field_get(head->request, extensions_name, 0)->value;
}

static void answer_unknown_parameter(peer_head *head) {
    answer_text(head, "permessage-deflate; mem_level=8");
}

static void answer_parameter_twice(peer_head *head) {
    answer_text(head, "permessage-deflate; server_no_context_takeover; server_no_context_takeover");
}

static void answer_leading_zero(peer_head *head) {
    answer_text(head, "permessage-deflate; server_max_window_bits=09");
}

static void answer_window_of_16(peer_head *head) {
    answer_text(head, "permessage-deflate; server_max_window_bits=16");
}

static void answer_value_of_flag(peer_head *head) {
    answer_text(head, "permessage-deflate; server_no_context_takeover=true");
}

static void answer_twice(peer_head *head) {
    answer_text(head, "permessage-deflate, permessage-deflate; server_no_context_takeover");
}

static void answer_name_alike(peer_head *head) {
    enum { NAME_SIZE = sizeof "permessage-deflate" - 1 };
    const ws_http_field *offer = head->request ? ws_http_field_get(head->request, extensions_name, 0) : NULL;
    ws_extension_list *offers = NULL;
    if (head->status != 101 || extensions_line(head) || !offer ||
        ws_extension_parse(&offer->value, 1, &offers, NULL, NULL) != WS_OK)
        return;
    for (size_t i = 0; i < offers->count; i++) {
        ws_span name = offers->items[i].name;
        ws_span begin = {name.data, name.size < NAME_SIZE ? name.size : NAME_SIZE};
        if (ws_span_equal(begin, ws_span_of("permessage-deflate")) && !extensions_line(head))
            head->lines[head->message.line_count++] = (ws_http_line){
                .name = ws_span_of(extensions_name), .value = ws_span_of("permessage-deflate")};
    }
    ws_extension_list_free(offers);
}

/* A server that asks every extension it knows, one by one. */
static void answer_webkit_too(peer_head *head) {
    const ws_http_field *offer = head->request ? ws_http_field_get(head->request, extensions_name, 0) : NULL;
    ws_extension_list *offers = NULL;
    if (!offer || ws_extension_parse(&offer->value, 1, &offers, NULL, NULL) != WS_OK)
        return;
    for (size_t i = 0; i < offers->count; i++)
        if (ws_span_equal(offers->items[i].name, ws_span_of("x-webkit-deflate-frame")))
            answer_text(head, "permessage-deflate, x-webkit-deflate-frame");
    ws_extension_list_free(offers);
}

static void offer_as_the_row_says(peer_head *head) {
    const peer_behaviour *row = peer_behaviour_of(head->endpoint);
    for (size_t i = 0; head->role == WS_CLIENT && i < head->message.line_count; i++)
        if (ws_span_equal_nocase(head->lines[i].name, ws_span_of(extensions_name)))
            head->lines[i].value = ws_span_of(row->value);
}

static bool refuse_bad_offer(peer_endpoint *endpoint, const ws_http_head *request) {
    const ws_http_field *field = ws_http_field_get(request, extensions_name, 0);
    ws_extension_list *offers = NULL;
    bool bad = false;
    (void)endpoint;
    if (!field || ws_extension_parse(&field->value, 1, &offers, NULL, NULL) != WS_OK)
        return false;
    for (size_t i = 0; i < offers->count; i++) {
        ws_deflate_params offer;
        ws_deflate_fault fault = ws_deflate_params_read(&offers->items[i], false, &offer);
        bad = bad || (fault != WS_DEFLATE_FINE && fault != WS_DEFLATE_NOT_DEFLATE);
    }
    ws_extension_list_free(offers);
    return bad;
}

static const ws_deflate_policy offers_takeover_hint = {.client_no_context_takeover = true};

static bool refuse_without_hint(peer_endpoint *endpoint, const ws_http_head *response) {
    const ws_http_field *field = ws_http_field_get(response, extensions_name, 0);
    ws_extension_list *answer = NULL;
    (void)endpoint;
    if (!field || ws_extension_parse(&field->value, 1, &answer, NULL, NULL) != WS_OK)
        return false;
    bool missing = !ws_extension_param_get(&answer->items[0], "client_no_context_takeover");
    ws_extension_list_free(answer);
    return missing;
}

static bool refuse_unasked_parameter(peer_endpoint *endpoint, const ws_http_head *response) {
    const ws_http_field *field = ws_http_field_get(response, extensions_name, 0);
    ws_extension_list *answer = NULL;
    (void)endpoint;
    if (!field || ws_extension_parse(&field->value, 1, &answer, NULL, NULL) != WS_OK)
        return false;
    bool unasked = ws_extension_param_get(&answer->items[0], "server_no_context_takeover") ||
                   ws_extension_param_get(&answer->items[0], "server_max_window_bits");
    ws_extension_list_free(answer);
    return unasked;
}

/* Whether the first offer of a request asks for a parameter. */
static void note_hint(peer_head *head, const char *name) {
    const ws_http_field *field =
        extensions_line(head) ? ws_http_field_get(head->request, extensions_name, 0) : NULL;
    ws_extension_list *offers = NULL;
    if (!field || ws_extension_parse(&field->value, 1, &offers, NULL, NULL) != WS_OK)
        return;
    const ws_extension_param *param = ws_extension_param_get(&offers->items[0], name);
    peer_memo(head->endpoint)[MEMO_HINT] = param ? 1 + param->value.size : 0;
    ws_extension_list_free(offers);
}

static void note_takeover_hint(peer_head *head) {
    note_hint(head, "client_no_context_takeover");
}

static void note_window_hint(peer_head *head) {
    note_hint(head, "client_max_window_bits");
}

static const ws_deflate_policy offers_window_9 = {.server_max_window_bits = 9};
static const ws_deflate_policy offers_no_takeover = {.server_no_context_takeover = true};

/* What was offered, whatever became of it. */
static void inflate_in_window_9(peer_codecs *codecs) {
    codecs->receiver.agreement.window_bits = 9;
}

static void obey_takeover_hint(peer_codecs *codecs) {
    if (peer_memo(codecs->endpoint)[MEMO_HINT] > 0)
        codecs->receiver.agreement.no_context_takeover = true;
}

/* A hint without value says nothing about the size. */
static void obey_window_hint(peer_codecs *codecs) {
    if (peer_memo(codecs->endpoint)[MEMO_HINT] > 1)
        codecs->receiver.agreement.window_bits = 9;
}

/* ------------------------------------------------------------------ codecs (7.2) */

static const ws_deflate_agreement default_agreement = {.window_bits = 15};

static void inflate_unasked(peer_codecs *codecs) {
    if (codecs->deflate)
        return;
    codecs->receiver.deflate = true;
    codecs->receiver.agreement = default_agreement;
}

static void compress_unasked(peer_codecs *codecs) {
    if (codecs->deflate)
        return;
    codecs->deflate = true;
    codecs->deflater = (ws_deflater_options){.agreement = default_agreement, .level = -1};
}

static void keep_context(peer_codecs *codecs) {
    codecs->deflater.agreement.no_context_takeover = false;
}

static void forget_context(peer_codecs *codecs) {
    codecs->receiver.agreement.no_context_takeover = true;
}

static void compress_in_full_window(peer_codecs *codecs) {
    if (codecs->deflate)
        codecs->deflater.agreement.window_bits = 15;
}

static void compress_in_next_window(peer_codecs *codecs) {
    if (codecs->deflate && codecs->deflater.agreement.window_bits < 15)
        codecs->deflater.agreement.window_bits++;
}

static void inflate_in_half_window(peer_codecs *codecs) {
    if (codecs->receiver.deflate && codecs->receiver.agreement.window_bits > 8)
        codecs->receiver.agreement.window_bits--;
}

static void swap_agreements(peer_codecs *codecs) {
    ws_deflate_agreement ours = codecs->deflater.agreement;
    codecs->deflater.agreement = codecs->receiver.agreement;
    codecs->receiver.agreement = ours;
}

/* ------------------------------------------------------------------ frames that are sent (6.1) */

static bool is_compressed_echo(const peer_emission *emission) {
    return emission->purpose == PEER_SENDS_ECHO && emission->event->compressed;
}

static void mark_every_fragment(peer_emission *emission) {
    if (is_compressed_echo(emission))
        emission->frame.rsv |= WS_RSV1;
}

static void mark_continuations_only(peer_emission *emission) {
    if (is_compressed_echo(emission))
        emission->frame.rsv = emission->frame.opcode == WS_CONTINUATION ? WS_RSV1 : 0;
}

static void mark_nothing(peer_emission *emission) {
    emission->frame.rsv = 0;
}

static bool in_use(const peer_emission *emission) {
    return peer_memo(emission->endpoint)[MEMO_AGREED] != 0;
}

static void mark_plain_echoes(peer_emission *emission) {
    bool first = emission->purpose == PEER_SENDS_ECHO && emission->frame.opcode != WS_CONTINUATION;
    if (first && in_use(emission))
        emission->frame.rsv |= WS_RSV1;
}

static void mark_pongs(peer_emission *emission) {
    if (emission->purpose == PEER_SENDS_PONG && in_use(emission))
        emission->frame.rsv |= WS_RSV1;
}

static void mark_closes(peer_emission *emission) {
    if (emission->frame.opcode == WS_CLOSE && in_use(emission))
        emission->frame.rsv |= WS_RSV1;
}

static void keep_tail(peer_emission *emission) {
    ws_span payload = emission->frame.payload;
    if (!is_compressed_echo(emission) || !emission->frame.fin)
        return;
    ws_buffer *longer = peer_scratch(emission->endpoint);
    bool fine = ws_buffer_append(longer, payload.data, payload.size) == WS_OK &&
                ws_buffer_append(longer, tail.data, tail.size) == WS_OK;
    if (fine)
        emission->frame.payload = ws_buffer_span(longer);
}

static void strip_plain_tail(peer_emission *emission) {
    ws_span *payload = &emission->frame.payload;
    if (emission->purpose != PEER_SENDS_ECHO || is_compressed_echo(emission) || !in_use(emission))
        return;
    if (payload->size >= tail.size &&
        memcmp(payload->data + payload->size - tail.size, tail.data, tail.size) == 0)
        payload->size -= tail.size;
}

static void send_nothing_for_empty(peer_emission *emission) {
    ws_span *payload = &emission->frame.payload;
    if (is_compressed_echo(emission) && emission->frame.fin && payload->size == 1 && payload->data[0] == 0)
        payload->size = 0;
}

static void call_compressed_binary(peer_emission *emission) {
    if (is_compressed_echo(emission) && emission->frame.opcode == WS_TEXT)
        emission->frame.opcode = WS_BINARY;
}

/* Appends a piece as a message of its own would be compressed, 00 00 ff ff taken off. */
static bool compress_alone(uint64_t window_bits, ws_span piece, ws_buffer *out) {
    ws_deflater *deflater =
        ws_deflater_new(&(ws_deflater_options){.agreement = {(uint8_t)window_bits, true}, .level = -1});
    bool fine = deflater && ws_deflater_write(deflater, piece, true, out) == WS_OK;
    ws_deflater_free(deflater);
    return fine;
}

static void compress_pongs(peer_emission *emission) {
    uint64_t window_bits = peer_memo(emission->endpoint)[MEMO_WINDOW];
    if (emission->purpose != PEER_SENDS_PONG || !in_use(emission))
        return;
    ws_buffer *packed = peer_scratch(emission->endpoint);
    bool fine = compress_alone(window_bits, emission->frame.payload, packed);
    if (fine && packed->size <= WS_CONTROL_PAYLOAD_MAX)
        emission->frame.payload = ws_buffer_span(packed);
}

/* 7.2.1: the octets may be taken off the last fragment only. */
static void strip_every_fragment(peer_arrival *arrival) {
    uint64_t window_bits = memo_of(arrival)[MEMO_WINDOW];
    if (!arrival->message_ends || !arrival->event->compressed)
        return;
    ws_span message = ws_buffer_span(arrival->message);
    if (message.size < 2)
        return;
    ws_span halves[] = {{message.data, message.size / 2},
                        {message.data + message.size / 2, message.size - message.size / 2}};
    ws_buffer *packed = peer_scratch(arrival->endpoint);
    if (!compress_alone(window_bits, halves[0], packed))
        return;
    size_t cut = packed->size;
    if (!compress_alone(window_bits, halves[1], packed))
        return;
    ws_frame first = {.opcode = arrival->event->opcode, .rsv = WS_RSV1, .payload = {packed->data, cut}};
    ws_frame second = {
        .opcode = WS_CONTINUATION, .fin = true, .payload = {packed->data + cut, packed->size - cut}};
    peer_send_frame(arrival->endpoint, &first);
    peer_send_frame(arrival->endpoint, &second);
    arrival->act = PEER_SKIP;
}

/* ------------------------------------------------------------------ frames that come (6.1, 6.2) */

static bool begins_frame(const peer_arrival *arrival) {
    return arrival->event->type == WS_EVENT_DATA && !arrival->message_ends;
}

static bool continues_compressed(const peer_arrival *arrival) {
    return begins_frame(arrival) && arrival->inside_message && arrival->event->compressed;
}

static void want_mark_on_continuations(peer_arrival *arrival) {
    if (continues_compressed(arrival) && arrival->event->header.rsv == 0)
        fail_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

/* With the rule about RSV bits tolerated: the bits that a sound endpoint takes. */
static bool has_sound_bits(const peer_arrival *arrival) {
    uint8_t rsv = arrival->event->header.rsv;
    bool may_be_marked = memo_of(arrival)[MEMO_AGREED] && begins_frame(arrival) && !arrival->inside_message;
    return rsv == 0 || (rsv == WS_RSV1 && may_be_marked);
}

static bool is_marked(const peer_arrival *arrival) {
    return arrival->event->header.rsv == WS_RSV1 && memo_of(arrival)[MEMO_AGREED];
}

static void accept_mark_on_continuations(peer_arrival *arrival) {
    bool wrongly_good = begins_frame(arrival) && arrival->inside_message && is_marked(arrival);
    if (!arrival->message_ends && !wrongly_good && !has_sound_bits(arrival))
        fail_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void accept_mark_on_pings_and_pongs(peer_arrival *arrival) {
    ws_event_type type = arrival->event->type;
    bool wrongly_good = (type == WS_EVENT_PING || type == WS_EVENT_PONG) && is_marked(arrival);
    if (!arrival->message_ends && !wrongly_good && !has_sound_bits(arrival))
        fail_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void accept_mark_on_closes(peer_arrival *arrival) {
    bool wrongly_good = arrival->event->type == WS_EVENT_CLOSE && is_marked(arrival);
    if (!arrival->message_ends && !wrongly_good && !has_sound_bits(arrival))
        fail_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void accept_other_bits(peer_arrival *arrival) {
    bool wrongly_good = begins_frame(arrival) && memo_of(arrival)[MEMO_AGREED] && !arrival->inside_message;
    if (!arrival->message_ends && !wrongly_good && !has_sound_bits(arrival))
        fail_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void refuse_plain(peer_arrival *arrival) {
    bool plain = begins_frame(arrival) && !arrival->inside_message && !arrival->event->compressed;
    if (plain && memo_of(arrival)[MEMO_AGREED])
        fail_with(arrival, WS_CLOSE_PROTOCOL_ERROR);
}

static void refuse_single_octets(peer_arrival *arrival) {
    const ws_frame_header *header = &arrival->event->header;
    bool whole = header->fin && !arrival->inside_message;
    if (begins_frame(arrival) && arrival->event->compressed && header->length == 1 && !whole)
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

static void refuse_empty_first_fragment(peer_arrival *arrival) {
    bool first = begins_frame(arrival) && !arrival->inside_message;
    if (first && arrival->event->compressed && arrival->event->header.length == 0)
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

static void refuse_empty_last_fragment(peer_arrival *arrival) {
    const ws_frame_header *header = &arrival->event->header;
    if (continues_compressed(arrival) && header->length == 0 && header->fin)
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

enum { OUTPUT_BUFFER = 4096 };

static void lose_full_buffer(peer_arrival *arrival) {
    bool full = arrival->message->size > 0 && arrival->message->size % OUTPUT_BUFFER == 0;
    if (arrival->message_ends && arrival->event->compressed && full)
        arrival->message->size -= OUTPUT_BUFFER;
}

static void lose_full_large_buffer(peer_arrival *arrival) {
    uint64_t buffer = peer_behaviour_of(arrival->endpoint)->place.least;
    uint64_t size = arrival->message ? arrival->message->size : 0;
    if (arrival->message_ends && arrival->event->compressed && size > 0 && size % buffer == 0)
        arrival->message->size -= (size_t)buffer;
}

/* One octet too few comes out where it does not end at the end of the buffer, but right behind. */
static void lose_octet_behind_buffer(peer_arrival *arrival) {
    uint64_t buffer = peer_behaviour_of(arrival->endpoint)->place.least;
    uint64_t size = arrival->message ? arrival->message->size : 0;
    if (arrival->message_ends && arrival->event->compressed && size > buffer && size % buffer == 1)
        arrival->message->size--;
}

static void fill_one_buffer(peer_arrival *arrival) {
    if (arrival->message_ends && arrival->event->compressed && arrival->message->size > OUTPUT_BUFFER)
        arrival->message->size = OUTPUT_BUFFER;
}

/* The stream behind a message whose tail was not put back begins in the middle of a block. */
static void lose_place_without_tail(peer_arrival *arrival) {
    if (arrival->message_ends && arrival->event->compressed && memo_of(arrival)[MEMO_STATE]++ > 0)
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

/* ------------------------------------------------------------------ messages that are inflated here (7.2.2)
 *
 * The receiver hands the octets out as they came, and a hook inflates them, wrongly. The row asks that
 * neither side keeps its context: so nothing has to outlive a message. */

static const ws_deflate_policy forgetful = {.server_no_context_takeover = true,
                                            .client_no_context_takeover = true};

static void read_raw(peer_codecs *codecs) {
    remember_agreement(codecs);
    if (!codecs->deflate)
        return;
    codecs->receiver.deflate = false;
    codecs->receiver.reader.rsv_on_data |= WS_RSV1;
}

enum { INFLATED_MAX = 64 << 20, CHUNK = 4096 };

/* Appends what comes out of one step of the inflater. */
static bool keep_chunk(ws_buffer *out, const uint8_t *chunk, size_t made) {
    return out->size + made <= INFLATED_MAX && ws_buffer_append(out, chunk, made) == WS_OK;
}

/* Appends a whole stream inflated; false when it is corrupt, behind what could be inflated of it. */
static bool inflate_stream(ws_span stream, ws_buffer *out) {
    uint8_t chunk[CHUNK];
    size_t used, made;
    ws_inflater *inflater =
        ws_inflater_new((ws_deflate_agreement){.window_bits = 15, .no_context_takeover = true});
    ws_inflate_result result = stream.size > 0 ? WS_INFLATE_MORE_OUTPUT : WS_INFLATE_MORE_INPUT;
    while (inflater && result == WS_INFLATE_MORE_OUTPUT) {
        result = ws_inflater_feed(inflater, stream, &used, chunk, CHUNK, &made);
        stream = (ws_span){stream.data + used, stream.size - used};
        if (!keep_chunk(out, chunk, made))
            result = WS_INFLATE_CORRUPT;
    }
    bool fine = inflater && result == WS_INFLATE_MORE_INPUT;
    result = WS_INFLATE_MORE_OUTPUT;
    while (fine && result == WS_INFLATE_MORE_OUTPUT) {
        result = ws_inflater_end_message(inflater, chunk, CHUNK, &made);
        fine = keep_chunk(out, chunk, made) && result != WS_INFLATE_CORRUPT && result != WS_INFLATE_WINDOW;
    }
    ws_inflater_free(inflater);
    return fine;
}

/* The same by zlib, which stops behind a block with BFINAL; *ended tells whether it met one. */
static bool inflate_with_zlib(ws_span stream, ws_buffer *out, bool *ended) {
    uint8_t chunk[CHUNK];
    z_stream z = {0};
    int result = inflateInit2(&z, -15);
    bool fine = result == Z_OK;
    const ws_span parts[] = {stream, tail};
    for (size_t i = 0; fine && i < 2 && result == Z_OK; i++) {
        z.next_in = parts[i].data;
        z.avail_in = (uInt)parts[i].size;
        do {
            z.next_out = chunk;
            z.avail_out = CHUNK;
            result = inflate(&z, Z_SYNC_FLUSH);
            result = result == Z_BUF_ERROR ? Z_OK : result;
            fine = (result == Z_OK || result == Z_STREAM_END) && keep_chunk(out, chunk, CHUNK - z.avail_out);
        } while (fine && result == Z_OK && z.avail_out == 0);
    }
    inflateEnd(&z);
    *ended = result == Z_STREAM_END;
    return fine;
}

/* The same where every octet that was never there reads as zero. */
static bool inflate_over_zeros(ws_span stream, ws_buffer *out) {
    static const uint8_t zeros[32768];
    uint8_t chunk[CHUNK];
    z_stream z = {0};
    int result = inflateInit2(&z, -15);
    if (result == Z_OK)
        result = inflateSetDictionary(&z, zeros, sizeof zeros);
    const ws_span parts[] = {stream, tail};
    bool fine = result == Z_OK;
    for (size_t i = 0; fine && i < 2; i++) {
        z.next_in = parts[i].data;
        z.avail_in = (uInt)parts[i].size;
        do {
            z.next_out = chunk;
            z.avail_out = CHUNK;
            result = inflate(&z, Z_SYNC_FLUSH);
            fine = (result == Z_OK || result == Z_BUF_ERROR) && keep_chunk(out, chunk, CHUNK - z.avail_out);
        } while (fine && z.avail_out == 0);
    }
    inflateEnd(&z);
    return fine;
}

static bool is_utf8(ws_span text) {
    ws_utf8 state = {0};
    return ws_utf8_feed(&state, text.data, text.size) == text.size && ws_utf8_complete(&state);
}

static void replace_message(peer_arrival *arrival, const ws_buffer *content) {
    arrival->message->size = 0;
    if (ws_buffer_append(arrival->message, content->data, content->size) != WS_OK)
        fail_with(arrival, WS_CLOSE_TOO_BIG);
}

static void deliver(peer_arrival *arrival, bool fine, const ws_buffer *inflated) {
    bool text = arrival->event->opcode == WS_TEXT;
    if (fine && (!text || is_utf8(ws_buffer_span(inflated))))
        replace_message(arrival, inflated);
    else
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

static bool is_good_stream(const peer_arrival *arrival, ws_buffer *inflated) {
    return inflate_stream(ws_buffer_span(arrival->message), inflated);
}

static void inflate_message(peer_arrival *arrival) {
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    deliver(arrival, inflate_stream(ws_buffer_span(arrival->message), inflated), inflated);
}

static bool is_whole_stream(const peer_arrival *arrival) {
    return arrival->message_ends && arrival->event->compressed;
}

static void deliver_any_text(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    if (inflate_stream(ws_buffer_span(arrival->message), inflated))
        replace_message(arrival, inflated);
    else
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

static void want_text_before_inflating(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    if (arrival->event->opcode == WS_TEXT && !is_utf8(ws_buffer_span(arrival->message)))
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
    else
        inflate_message(arrival);
}

static void deliver_corrupt(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    inflate_stream(ws_buffer_span(arrival->message), inflated);
    deliver(arrival, true, inflated);
}

/* The header of the first block, RFC 1951 3.2.3: BFINAL, and BTYPE above it. */
static unsigned first_header(const peer_arrival *arrival) {
    return arrival->message->size > 0 ? arrival->message->data[0] & 7u : 0;
}

static void inflate_unless(peer_arrival *arrival, bool refused) {
    if (refused)
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
    else
        inflate_message(arrival);
}

static void refuse_final_blocks(peer_arrival *arrival) {
    if (is_whole_stream(arrival))
        inflate_unless(arrival, (first_header(arrival) & 1) != 0);
}

static void refuse_type(peer_arrival *arrival, unsigned type) {
    bool empty = arrival->message->size <= 1;
    if (is_whole_stream(arrival))
        inflate_unless(arrival, !empty && first_header(arrival) >> 1 == type);
}

static void refuse_stored_blocks(peer_arrival *arrival) {
    refuse_type(arrival, 0);
}

static void refuse_fixed_codes(peer_arrival *arrival) {
    refuse_type(arrival, 1);
}

static void refuse_dynamic_codes(peer_arrival *arrival) {
    refuse_type(arrival, 2);
}

static void refuse_empty_messages(peer_arrival *arrival) {
    if (is_whole_stream(arrival))
        inflate_unless(arrival, arrival->message->size == 1);
}

static void remember_far_window(peer_codecs *codecs) {
    peer_memo(codecs->endpoint)[MEMO_WINDOW] = codecs->receiver.agreement.window_bits;
    codecs->receiver.deflate = false;
    codecs->receiver.reader.rsv_on_data |= codecs->deflate ? WS_RSV1 : 0;
}

/* A ring that is written before it is read has lost the farthest octet of its window. */
static void refuse_farthest(peer_arrival *arrival) {
    uint8_t chunk[CHUNK];
    size_t used, made;
    if (!is_whole_stream(arrival))
        return;
    ws_span stream = ws_buffer_span(arrival->message);
    ws_inflater *inflater = ws_inflater_new((ws_deflate_agreement){.window_bits = 15});
    ws_inflate_result result = stream.size > 0 ? WS_INFLATE_MORE_OUTPUT : WS_INFLATE_MORE_INPUT;
    while (inflater && result == WS_INFLATE_MORE_OUTPUT) {
        result = ws_inflater_feed(inflater, stream, &used, chunk, CHUNK, &made);
        stream = (ws_span){stream.data + used, stream.size - used};
    }
    bool lost = inflater && ws_inflater_max_distance(inflater) == 1u << memo_of(arrival)[MEMO_WINDOW];
    ws_inflater_free(inflater);
    inflate_unless(arrival, lost);
}

/* An expansion counts as an attack. */
static void refuse_expansion(peer_arrival *arrival) {
    enum { ALLOWANCE = 64 };
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    bool fine = is_good_stream(arrival, inflated);
    deliver(arrival, fine && arrival->message->size <= inflated->size + ALLOWANCE, inflated);
}

/* RFC 1951 3.2.7: HDIST stands in the five bits behind HLIT. */
static void refuse_one_distance(peer_arrival *arrival) {
    const ws_buffer *message = arrival->message;
    bool dynamic = message->size > 1 && first_header(arrival) >> 1 == 2;
    if (is_whole_stream(arrival))
        inflate_unless(arrival, dynamic && (message->data[1] & 0x1f) == 0);
}

static void refuse_286_literals(peer_arrival *arrival) {
    const ws_buffer *message = arrival->message;
    bool dynamic = message->size > 1 && first_header(arrival) >> 1 == 2;
    if (is_whole_stream(arrival))
        inflate_unless(arrival, dynamic && message->data[0] >> 3 == 29);
}

/* zlib looks for its header of its own accord where it is asked to. */
static void take_zlib_header(peer_arrival *arrival) {
    enum { HEADER = 2, CHECKSUM = 4 };
    ws_buffer *message = arrival->message;
    if (!is_whole_stream(arrival))
        return;
    bool wrapped = message->size > HEADER + CHECKSUM && message->data[0] == 0x78 &&
                   (message->data[0] * 256 + message->data[1]) % 31 == 0;
    if (wrapped) {
        ws_buffer_consume(message, HEADER);
        message->size -= CHECKSUM;
        if (ws_buffer_append(message, "\0", 1) != WS_OK)
            message->size = 0;
    }
    inflate_message(arrival);
}

static void take_what_is_no_stream(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    if (is_good_stream(arrival, inflated))
        deliver(arrival, true, inflated);
}

static void forget_what_is_no_stream(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    if (is_good_stream(arrival, inflated))
        deliver(arrival, true, inflated);
    else
        arrival->act = PEER_SKIP;
}

/* Text that is good as far as it goes. */
static void take_unfinished_text(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    ws_utf8 state = {0};
    bool fine = is_good_stream(arrival, inflated);
    bool text = arrival->event->opcode == WS_TEXT;
    if (fine && (!text || ws_utf8_feed(&state, inflated->data, inflated->size) == inflated->size))
        replace_message(arrival, inflated);
    else
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

/* Text is looked at only in the first buffer of what comes out. */
static void check_first_buffer_of_text(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    bool fine = is_good_stream(arrival, inflated);
    if (fine && inflated->size > CHUNK)
        replace_message(arrival, inflated);
    else
        deliver(arrival, fine, inflated);
}

/* The message so far ends where the fragment before it did. */
static void strip_tail_of_fragments(peer_arrival *arrival) {
    ws_buffer *message = arrival->message;
    if (begins_frame(arrival) && arrival->inside_message && message->size >= tail.size &&
        memcmp(message->data + message->size - tail.size, tail.data, tail.size) == 0)
        message->size -= tail.size;
    if (is_whole_stream(arrival))
        inflate_message(arrival);
}

static void read_old_memory(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    deliver(arrival, inflate_over_zeros(ws_buffer_span(arrival->message), inflated), inflated);
}

static void stop_at_empty_block(peer_arrival *arrival) {
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *message = arrival->message;
    for (size_t i = 0; i + tail.size <= message->size; i++)
        if (memcmp(message->data + i, tail.data, tail.size) == 0)
            message->size = i;
    inflate_message(arrival);
}

static void stop_at_final_block(peer_arrival *arrival) {
    bool ended;
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    bool fine = inflate_with_zlib(ws_buffer_span(arrival->message), inflated, &ended);
    deliver(arrival, fine, inflated);
}

static void stay_at_final_block(peer_arrival *arrival) {
    bool ended;
    if (!is_whole_stream(arrival))
        return;
    if (memo_of(arrival)[MEMO_STATE]) {
        arrival->message->size = 0;
        return;
    }
    inflate_with_zlib(ws_buffer_span(arrival->message), peer_scratch(arrival->endpoint), &ended);
    memo_of(arrival)[MEMO_STATE] = ended;
    inflate_message(arrival);
}

/* Beyond the fragments that there is room for, the rest counts as one. */
static void note_end_of_fragment(const peer_arrival *arrival) {
    uint64_t *memo = memo_of(arrival);
    if (!arrival->inside_message)
        memo[MEMO_PIECES] = 0;
    else if (memo[MEMO_PIECES] < PIECES_MAX)
        memo[MEMO_PIECE_AT + memo[MEMO_PIECES]++] = arrival->message->size;
}

static void inflate_each_fragment(peer_arrival *arrival) {
    const uint64_t *memo = memo_of(arrival);
    if (begins_frame(arrival))
        note_end_of_fragment(arrival);
    if (!is_whole_stream(arrival))
        return;
    ws_buffer *inflated = peer_scratch(arrival->endpoint);
    ws_span message = ws_buffer_span(arrival->message);
    bool fine = true;
    size_t at = 0;
    for (uint64_t i = 0; i <= memo[MEMO_PIECES]; i++) {
        size_t end = i < memo[MEMO_PIECES] ? (size_t)memo[MEMO_PIECE_AT + i] : message.size;
        if (end > at)
            fine = fine && inflate_stream((ws_span){message.data + at, end - at}, inflated);
        at = end;
    }
    deliver(arrival, fine, inflated);
}

static void forget_mark_at(peer_arrival *arrival, ws_event_type control) {
    uint64_t *memo = memo_of(arrival);
    if (arrival->event->type == control && arrival->inside_message)
        memo[MEMO_STATE] = 1;
    if (begins_frame(arrival) && !arrival->inside_message)
        memo[MEMO_STATE] = 0;
    if (!is_whole_stream(arrival))
        return;
    if (!memo[MEMO_STATE])
        inflate_message(arrival);
    else if (arrival->event->opcode == WS_TEXT && !is_utf8(ws_buffer_span(arrival->message)))
        fail_with(arrival, WS_CLOSE_INVALID_DATA);
}

static void forget_mark_at_ping(peer_arrival *arrival) {
    forget_mark_at(arrival, WS_EVENT_PING);
}

static void forget_mark_at_pong(peer_arrival *arrival) {
    forget_mark_at(arrival, WS_EVENT_PONG);
}

/* ---- with what the receiver has inflated already */

static void inflate_plain(peer_arrival *arrival) {
    bool plain = arrival->message_ends && !arrival->event->compressed;
    if (plain && memo_of(arrival)[MEMO_AGREED])
        inflate_message(arrival);
}

static void inflate_plain_behind_compressed(peer_arrival *arrival) {
    uint64_t *memo = memo_of(arrival);
    if (!arrival->message_ends)
        return;
    if (!arrival->event->compressed && memo[MEMO_STATE])
        inflate_message(arrival);
    memo[MEMO_STATE] = arrival->event->compressed;
}

static void note_compressed_message(peer_arrival *arrival) {
    if (begins_frame(arrival) || arrival->message_ends)
        memo_of(arrival)[MEMO_STATE] = arrival->event->compressed && !arrival->message_ends;
}

static void inflate_pings_inside(peer_emission *emission) {
    if (emission->purpose != PEER_SENDS_PONG || !peer_memo(emission->endpoint)[MEMO_STATE])
        return;
    ws_buffer *inflated = peer_scratch(emission->endpoint);
    bool fine = inflate_stream(emission->frame.payload, inflated);
    if (fine && inflated->size <= WS_CONTROL_PAYLOAD_MAX) {
        emission->frame.payload = ws_buffer_span(inflated);
    } else {
        emission->act = PEER_FAIL;
        emission->code = WS_CLOSE_INVALID_DATA;
    }
}

/* ------------------------------------------------------------------ the table */

/* Rows whose hook inflates the messages itself. */
#define INFLATES_ITSELF .deflate_policy = &forgetful, .edit_codecs = read_raw

const peer_behaviour peer_faults_deflate[] = {
    /* ---- answers */
    {.name = "deflate-answers-larger-window",
     SERVER_FAULT("Answers server_max_window_bits with one more than was offered."),
     .requirement = "7692-7.1.2.1-05",
     .caught_by = "deflate.window.9",
     .answer_offers = answer_larger_window},
    {.name = "deflate-leaves-window-out",
     SERVER_FAULT("Accepts an offer of server_max_window_bits without saying so in the answer."),
     .requirement = "7692-7.1.2.1-05",
     .caught_by = "deflate.window.9",
     .answer_offers = answer_no_window},
    {.name = "deflate-leaves-takeover-out",
     SERVER_FAULT("Accepts an offer of server_no_context_takeover and ignores it."),
     .requirement = "7692-7.1.1.1-03",
     .caught_by = "deflate.takeover.off",
     .answer_offers = answer_takeover},
    {.name = "deflate-answers-unoffered-window",
     SERVER_FAULT("Answers client_max_window_bits whether it was offered or not."),
     .requirement = "7692-7.1.2.2-05",
     .caught_by = "deflate.offer.plain",
     .answer_offers = answer_client_window},
    {.name = "deflate-answers-the-offer",
     SERVER_FAULT("Answers with the very words of the offer."),
     .requirement = "7692-7.1.2.2-04",
     .caught_by = "deflate.offer.client-window.bare",
     .edit_head = answer_what_was_offered},
    {.name = "deflate-answers-unknown-parameter",
     SERVER_FAULT("Answers with a parameter that RFC 7692 does not define."),
     .requirement = "7692-5-08",
     .caught_by = "deflate.offer.plain",
     .edit_head = answer_unknown_parameter},
    {.name = "deflate-answers-parameter-twice",
     SERVER_FAULT("Answers with the same parameter twice."),
     .requirement = "7692-5-09",
     .caught_by = "deflate.offer.plain",
     .edit_head = answer_parameter_twice},
    {.name = "deflate-answers-leading-zero",
     SERVER_FAULT("Answers with a window of 09 bits."),
     .requirement = "7692-7.1.2.1-06",
     .caught_by = "deflate.offer.plain",
     .edit_head = answer_leading_zero},
    {.name = "deflate-answers-window-16",
     SERVER_FAULT("Answers with a window of 16 bits."),
     .requirement = "7692-7.1.2.1-06",
     .caught_by = "deflate.offer.plain",
     .edit_head = answer_window_of_16},
    {.name = "deflate-answers-value-of-flag",
     SERVER_FAULT("Answers server_no_context_takeover with a value."),
     .requirement = "7692-7.1.1.1-03",
     .caught_by = "deflate.offer.plain",
     .edit_head = answer_value_of_flag},
    {.name = "deflate-answers-twice",
     SERVER_FAULT("Accepts two offers of permessage-deflate at once."),
     .requirement = "7692-5-11",
     .caught_by = "deflate.offer.plain",
     .edit_head = answer_twice},
    {.name = "deflate-accepts-frames-too",
     SERVER_FAULT("Accepts x-webkit-deflate-frame beside permessage-deflate."),
     .requirement = "7692-5-11",
     .caught_by = "deflate.offer.other-users-of-rsv1",
     .edit_head = answer_webkit_too},
    {.name = "deflate-mixes-offers-up",
     SERVER_FAULT("Takes the first offer, but leaves server_no_context_takeover out when another lacks it."),
     .requirement = "7692-5-09",
     .caught_by = "deflate.offer.several.either-request",
     .answer_offers = answer_last_of_all},
    {.name = "deflate-takes-names-alike",
     SERVER_FAULT("Takes an extension for permessage-deflate whose name only begins so."),
     .requirement = "7692-5-07",
     .caught_by = "deflate.declined.extensions.names-alike",
     .edit_head = answer_name_alike},
    /* ---- offers of a client */
    {.name = "deflate-offers-window-16",
     CLIENT_FAULT("Offers a window of 16 bits."),
     .requirement = "7692-7.1.2.1-02",
     .caught_by = "deflate.offer.client",
     .edit_head = offer_as_the_row_says,
     .value = "permessage-deflate; server_max_window_bits=16"},
    {.name = "deflate-offers-leading-zero",
     CLIENT_FAULT("Offers a window of 09 bits."),
     .requirement = "7692-7.1.2.2-02",
     .caught_by = "deflate.offer.client",
     .edit_head = offer_as_the_row_says,
     .value = "permessage-deflate; client_max_window_bits=09"},
    {.name = "deflate-offers-bare-window",
     CLIENT_FAULT("Offers server_max_window_bits without a value."),
     .requirement = "7692-7.1.2.1-02",
     .caught_by = "deflate.offer.client",
     .edit_head = offer_as_the_row_says,
     .value = "permessage-deflate; server_max_window_bits"},
    {.name = "deflate-offers-value-of-flag",
     CLIENT_FAULT("Offers server_no_context_takeover with a value."),
     .requirement = "7692-7.1.1.1-01",
     .caught_by = "deflate.offer.client",
     .edit_head = offer_as_the_row_says,
     .value = "permessage-deflate; server_no_context_takeover=true"},
    /* ---- offers that are to be declined */
    {.name = "deflate-accepts-unknown-parameter",
     SERVER_FAULT("Accepts an offer with a parameter that it does not know."),
     .requirement = "7692-7-01",
     .caught_by = "deflate.declined.unknown-parameter",
     .answer_offers = accept_unknown_parameter},
    {.name = "deflate-accepts-repeated-parameter",
     SERVER_FAULT("Accepts an offer that has a parameter twice."),
     .requirement = "7692-7-03",
     .caught_by = "deflate.declined.repeated-takeover",
     .answer_offers = accept_repeated_parameter},
    {.name = "deflate-accepts-invalid-window",
     SERVER_FAULT("Accepts an offer with a window that is no number from 8 to 15."),
     .requirement = "7692-7-02",
     .caught_by = "deflate.declined.server-window-16",
     .answer_offers = accept_invalid_window},
    {.name = "deflate-accepts-missing-value",
     SERVER_FAULT("Accepts an offer of server_max_window_bits without a value."),
     .requirement = "7692-7-02",
     .caught_by = "deflate.declined.server-window-without-value",
     .answer_offers = accept_missing_value},
    {.name = "deflate-accepts-value-of-flag",
     SERVER_FAULT("Accepts an offer that gives a value to a parameter without one."),
     .requirement = "7692-7-02",
     .caught_by = "deflate.declined.server-takeover-with-value",
     .answer_offers = accept_unexpected_value},
    {.name = "deflate-refuses-bad-offer",
     SERVER_FAULT("Refuses the request with 400 instead of declining an invalid offer."),
     .requirement = "7692-7-01",
     .caught_by = "deflate.declined.unknown-parameter",
     .refuse_request = refuse_bad_offer},
    /* ---- hints of an offer */
    {.name = "deflate-obeys-takeover-hint",
     SERVER_FAULT(
         "Forgets between messages when the offer has client_no_context_takeover, without having said so."),
     .requirement = "7692-7.2.2-05",
     .caught_by = "deflate.takeover.hint",
     .edit_head = note_takeover_hint,
     .edit_codecs = obey_takeover_hint},
    {.name = "deflate-obeys-window-hint",
     SERVER_FAULT("Inflates in a small window when the offer gives client_max_window_bits a value, without "
                  "having said so."),
     .requirement = "7692-7.2.2-09",
     .caught_by = "deflate.window.hint",
     .edit_head = note_window_hint,
     .edit_codecs = obey_window_hint},
    {.name = "deflate-insists-on-takeover-hint",
     CLIENT_FAULT("Offers client_no_context_takeover and fails when the answer leaves it out."),
     .requirement = "7692-7.1.1.2-01",
     .caught_by = "deflate.answer.hint-not-taken-up",
     .deflate_policy = &offers_takeover_hint,
     .refuse_response = refuse_without_hint},
    /* ---- answers that a client must refuse */
    {.name = "deflate-accepts-answer-unknown-parameter",
     CLIENT_FAULT("Accepts an answer with a parameter that it does not know."),
     .requirement = "7692-7-05",
     .caught_by = "deflate.answer.unknown-parameter",
     .tolerate_deflate = BIT(WS_DEFLATE_PARAM_UNKNOWN)},
    {.name = "deflate-accepts-answer-repeated-parameter",
     CLIENT_FAULT("Accepts an answer that has a parameter twice."),
     .requirement = "7692-7-07",
     .caught_by = "deflate.answer.repeated-parameter",
     .tolerate_deflate = BIT(WS_DEFLATE_PARAM_REPEATED)},
    {.name = "deflate-accepts-answer-invalid-window",
     CLIENT_FAULT("Accepts an answer with a window that is no number from 8 to 15."),
     .requirement = "7692-7-06",
     .caught_by = "deflate.answer.server-window-16",
     .tolerate_deflate = BIT(WS_DEFLATE_VALUE_INVALID)},
    {.name = "deflate-accepts-answer-missing-value",
     CLIENT_FAULT("Accepts an answer with a window that has no value."),
     .requirement = "7692-7-06",
     .caught_by = "deflate.answer.client-window-without-value",
     .tolerate_deflate = BIT(WS_DEFLATE_VALUE_MISSING)},
    {.name = "deflate-accepts-answer-value-of-flag",
     CLIENT_FAULT("Accepts an answer that gives a value to a parameter without one."),
     .requirement = "7692-7-06",
     .caught_by = "deflate.answer.takeover-with-value",
     .tolerate_deflate = BIT(WS_DEFLATE_VALUE_UNEXPECTED)},
    {.name = "deflate-accepts-answer-unoffered-window",
     CLIENT_FAULT("Accepts client_max_window_bits although it has not offered it."),
     .requirement = "7692-5-17",
     .caught_by = "deflate.answer.wrong.client-window",
     .no_client_window = true,
     .tolerate_deflate = BIT(WS_DEFLATE_ANSWER_CLIENT_WINDOW_UNOFFERED)},
    {.name = "deflate-accepts-answer-unoffered",
     CLIENT_FAULT("Accepts permessage-deflate although it has not offered it."),
     .requirement = "7692-5-17",
     .caught_by = "deflate.answer.wrong.unoffered",
     .no_deflate = true,
     .tolerate_handshake = BIT(WS_HANDSHAKE_EXTENSION_UNOFFERED)},
    {.name = "deflate-accepts-answer-larger-window",
     CLIENT_FAULT("Offers server_max_window_bits=9, accepts another, and inflates in a window of 9 bits."),
     .requirement = "7692-7-08",
     .caught_by = "deflate.answer.wrong.server-window",
     .deflate_policy = &offers_window_9,
     .tolerate_deflate = BIT(WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER),
     .edit_codecs = inflate_in_window_9},
    {.name = "deflate-accepts-answer-without-takeover",
     CLIENT_FAULT("Offers server_no_context_takeover, accepts an answer without, and forgets its context."),
     .requirement = "7692-7-08",
     .caught_by = "deflate.answer.wrong.without-server-no-context-takeover",
     .deflate_policy = &offers_no_takeover,
     .tolerate_deflate = BIT(WS_DEFLATE_ANSWER_TAKEOVER_IGNORED),
     .edit_codecs = forget_context},
    {.name = "deflate-insists-on-own-wishes",
     CLIENT_FAULT("Fails when the answer has a parameter about the server that it has not offered."),
     .requirement = "7692-7.1.1.1-05",
     .caught_by = "deflate.answer.unasked.server-forgets",
     .refuse_response = refuse_unasked_parameter},
    {.name = "deflate-accepts-answer-two",
     CLIENT_FAULT("Accepts permessage-deflate twice in one answer."),
     .requirement = "7692-5-12",
     .caught_by = "deflate.answer.twice",
     .tolerate_deflate = BIT(WS_DEFLATE_ANSWER_TWICE)},
    /* ---- without an agreement */
    {.name = "deflate-inflates-unasked",
     FAULT("Inflates messages with RSV1 although permessage-deflate was not agreed on."),
     .requirement = "6455-5.2-03",
     .caught_by = "deflate.not-agreed.message",
     .edit_codecs = inflate_unasked},
    {.name = "deflate-compresses-unasked",
     FAULT("Compresses although permessage-deflate was not agreed on."),
     .requirement = "7692-5-16",
     .caught_by = "deflate.not-agreed.echo",
     .compression = PEER_COMPRESSES_ALWAYS,
     .edit_codecs = compress_unasked},
    /* ---- windows and contexts */
    {.name = "deflate-keeps-context",
     FAULT("Refers back to earlier messages although it has agreed not to."),
     .requirement = "7692-5-18",
     .caught_by = "deflate.takeover.off",
     .edit_codecs = keep_context},
    {.name = "deflate-forgets-context",
     FAULT("Inflates every message in an empty window although nothing says so."),
     .requirement = "7692-5-18",
     .caught_by = "deflate.takeover.on",
     .edit_codecs = forget_context},
    {.name = "deflate-loses-message-50",
     FAULT("Loses the 50th compressed message."),
     .caught_by = "deflate.volume.sample.json",
     .on_arrival = lose_message_50},
    {.name = "deflate-breaks-off-at-message-64",
     FAULT("Takes the 64th compressed message for a broken one, as if its context had been lost."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.volume.sample.html",
     .on_arrival = break_off_at_message_64},
    {.name = "deflate-cuts-at-65536",
     FAULT("Inflates into a buffer of 65536 octets, and loses what has no room there."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.volume.sample.dense",
     .on_arrival = cut_inflated_at_65536},
    {.name = "deflate-writes-over-its-window",
     FAULT("Inflates into a ring of 32768 octets that it takes for the message."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.volume.sample.bitmap",
     .on_arrival = write_over_inflated_window},
    {.name = "deflate-loses-octet-of-17-fragments",
     FAULT("Loses the last octet of a compressed message that came in seventeen frames or more."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.volume.sample.prose",
     .on_arrival = lose_octet_of_17_fragments},
    {.name = "deflate-compresses-in-larger-window",
     FAULT("Compresses in a window of 32768 octets whatever was agreed."),
     .requirement = "7692-5-18",
     .caught_by = "deflate.window.9",
     .edit_codecs = compress_in_full_window},
    {.name = "deflate-compresses-in-next-larger-window",
     FAULT("Compresses in a window of one bit more than was agreed."),
     .requirement = "7692-5-18",
     .caught_by = "deflate.window.9",
     .edit_codecs = compress_in_next_window},
    {.name = "deflate-inflates-in-half-window",
     FAULT("Inflates in half of the window that was agreed."),
     .requirement = "7692-5-18",
     .caught_by = "deflate.window.full",
     .edit_codecs = inflate_in_half_window},
    {.name = "deflate-mixes-directions-up",
     SERVER_FAULT(
         "Compresses by what was agreed for the client and inflates by what was agreed for the server."),
     .requirement = "7692-5-18",
     .caught_by = "deflate.offer.all-parameters",
     .edit_codecs = swap_agreements},
    /* ---- frames that are sent */
    {.name = "deflate-marks-every-fragment",
     FAULT("Sets RSV1 on every fragment of a compressed message."),
     .requirement = "7692-6.1-03",
     .caught_by = "deflate.takeover.on",
     .echo_fragments = 3,
     .before_emit = mark_every_fragment},
    {.name = "deflate-marks-continuations-only",
     FAULT("Sets RSV1 on all fragments of a compressed message but the first."),
     .requirement = "7692-6.1-01",
     .caught_by = "deflate.takeover.on",
     .echo_fragments = 3,
     .before_emit = mark_continuations_only},
    {.name = "deflate-marks-nothing",
     FAULT("Sends compressed messages without RSV1."),
     .requirement = "7692-6.1-01",
     .caught_by = "deflate.takeover.on",
     .before_emit = mark_nothing},
    {.name = "deflate-marks-plain",
     FAULT("Sets RSV1 on messages that it has not compressed."),
     .requirement = "7692-6.1-02",
     .caught_by = "deflate.plain",
     .edit_codecs = remember_agreement,
     .before_emit = mark_plain_echoes},
    {.name = "deflate-marks-pongs",
     FAULT("Sets RSV1 on pongs."),
     .requirement = "7692-6.1-03",
     .caught_by = "deflate.control.ping-between-messages",
     .edit_codecs = remember_agreement,
     .before_emit = mark_pongs},
    {.name = "deflate-marks-closes",
     FAULT("Sets RSV1 on Close frames."),
     .requirement = "7692-6.1-03",
     .caught_by = "deflate.plain",
     .edit_codecs = remember_agreement,
     .before_emit = mark_closes},
    {.name = "deflate-compresses-pongs",
     FAULT("Compresses the payload of pongs."),
     .requirement = "7692-6-01",
     .caught_by = "deflate.control.ping-between-messages",
     .edit_codecs = remember_agreement,
     .before_emit = compress_pongs},
    {.name = "deflate-keeps-tail",
     FAULT("Leaves the octets 00 00 ff ff at the end of a compressed message."),
     .requirement = "7692-7.2.1-02",
     .caught_by = "deflate.takeover.on",
     .before_emit = keep_tail},
    {.name = "deflate-strips-plain-tail",
     FAULT("Takes 00 00 ff ff off the end of uncompressed messages too."),
     .requirement = "7692-6.1-02",
     .caught_by = "deflate.plain.tail",
     .edit_codecs = remember_agreement,
     .before_emit = strip_plain_tail},
    {.name = "deflate-strips-every-fragment",
     FAULT("Takes 00 00 ff ff off every fragment of a compressed message."),
     .requirement = "7692-7.2.1-07",
     .caught_by = "deflate.takeover.on",
     .edit_codecs = remember_agreement,
     .on_arrival = strip_every_fragment},
    {.name = "deflate-sends-nothing-for-empty",
     FAULT("Compresses an empty message into no octets at all."),
     .requirement = "7692-7.2.1-02",
     .caught_by = "deflate.empty",
     .before_emit = send_nothing_for_empty},
    {.name = "deflate-calls-text-binary",
     FAULT("Sends compressed text as a binary message."),
     .requirement = "7692-6.1-05",
     .caught_by = "deflate.type",
     .before_emit = call_compressed_binary},
    /* ---- RSV1 on frames that come */
    {.name = "deflate-wants-mark-on-continuations",
     FAULT("Refuses continuations of a compressed message without RSV1."),
     .requirement = "7692-6-02",
     .caught_by = "deflate.fragments.example",
     .on_arrival = want_mark_on_continuations},
    {.name = "deflate-accepts-mark-on-continuations",
     FAULT("Accepts RSV1 on continuations."),
     .requirement = "7692-6.1-04",
     .caught_by = "deflate.rsv1.continuation.compressed",
     .tolerate = BIT(WS_VIOLATION_RSV),
     .edit_codecs = remember_agreement,
     .on_arrival = accept_mark_on_continuations},
    {.name = "deflate-accepts-mark-on-pings",
     FAULT("Accepts RSV1 on pings and pongs."),
     .requirement = "7692-6.1-04",
     .caught_by = "deflate.rsv1.pong",
     .tolerate = BIT(WS_VIOLATION_RSV),
     .edit_codecs = remember_agreement,
     .on_arrival = accept_mark_on_pings_and_pongs},
    {.name = "deflate-accepts-mark-on-closes",
     FAULT("Accepts RSV1 on Close frames."),
     .requirement = "7692-6.1-04",
     .caught_by = "deflate.rsv1.close",
     .tolerate = BIT(WS_VIOLATION_RSV),
     .edit_codecs = remember_agreement,
     .on_arrival = accept_mark_on_closes},
    {.name = "deflate-accepts-other-bits",
     FAULT("Accepts RSV2 and RSV3 as well once permessage-deflate is agreed on."),
     .requirement = "6455-5.2-03",
     .caught_by = "deflate.other-bits.rsv1-rsv2",
     .tolerate = BIT(WS_VIOLATION_RSV),
     .edit_codecs = remember_agreement,
     .on_arrival = accept_other_bits},
    /* ---- uncompressed messages */
    {.name = "deflate-refuses-plain",
     FAULT("Refuses uncompressed messages once permessage-deflate is agreed on."),
     .requirement = "7692-6.2-02",
     .caught_by = "deflate.plain",
     .edit_codecs = remember_agreement,
     .on_arrival = refuse_plain},
    {.name = "deflate-inflates-plain",
     FAULT("Inflates uncompressed messages too."),
     .requirement = "7692-6.2-02",
     .caught_by = "deflate.plain",
     .edit_codecs = remember_agreement,
     .on_arrival = inflate_plain},
    {.name = "deflate-inflates-plain-behind-compressed",
     FAULT("Takes an uncompressed message for compressed when the one before was."),
     .requirement = "7692-6-03",
     .caught_by = "deflate.plain",
     .on_arrival = inflate_plain_behind_compressed},
    /* ---- fragments and control frames */
    {.name = "deflate-inflates-each-fragment",
     FAULT("Inflates every fragment as a message of its own."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.fragments.example",
     INFLATES_ITSELF,
     .on_arrival = inflate_each_fragment},
    {.name = "deflate-refuses-single-octets",
     FAULT("Cannot inflate a fragment of a single octet."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.fragments.of-1",
     .on_arrival = refuse_single_octets},
    {.name = "deflate-refuses-empty-first-fragment",
     FAULT("Refuses a compressed message whose first fragment is empty."),
     .requirement = "7692-6-02",
     .caught_by = "deflate.fragments.empty-first",
     .on_arrival = refuse_empty_first_fragment},
    {.name = "deflate-refuses-empty-last-fragment",
     FAULT("Refuses a compressed message whose last fragment is empty."),
     .requirement = "7692-6-02",
     .caught_by = "deflate.fragments.empty-last",
     .on_arrival = refuse_empty_last_fragment},
    {.name = "deflate-forgets-mark-at-ping",
     FAULT("Forgets at a ping that the message around it is compressed."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.control.ping-between",
     INFLATES_ITSELF,
     .on_arrival = forget_mark_at_ping},
    {.name = "deflate-forgets-mark-at-pong",
     FAULT("Forgets at a pong that the message in progress is compressed."),
     .requirement = "7692-6-02",
     .caught_by = "bug.control.pong.compressed.behind-1-continuations",
     INFLATES_ITSELF,
     .on_arrival = forget_mark_at_pong},
    {.name = "deflate-inflates-pings",
     FAULT("Inflates the payload of pings that come inside a compressed message."),
     .requirement = "7692-6-01",
     .caught_by = "deflate.control.ping-between",
     .on_arrival = note_compressed_message,
     .before_emit = inflate_pings_inside},
    /* ---- inflating */
    {.name = "deflate-loses-full-buffer",
     FAULT("Loses the last 4096 octets of a compressed message when they fill its buffer."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.text.length-4096",
     .on_arrival = lose_full_buffer},
    {.name = "deflate-loses-full-buffer-of-16384",
     FAULT("Loses the last 16384 octets of a compressed message when they fill its buffer."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.sizes.around-buffers.equal",
     .place = {.least = 16384},
     .on_arrival = lose_full_large_buffer},
    {.name = "deflate-loses-octet-behind-buffer",
     FAULT("Loses the only octet of a compressed message that had no room in its buffer of 32768."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.sizes.around-buffers.random",
     .place = {.least = 32768},
     .on_arrival = lose_octet_behind_buffer},
    {.name = "deflate-fills-one-buffer",
     FAULT("Inflates the first 4096 octets of a message only."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.text.length-4097",
     .on_arrival = fill_one_buffer},
    {.name = "deflate-does-not-put-tail-back",
     FAULT("Inflates without the octets 00 00 ff ff and loses its place before the next message."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.takeover.on",
     .on_arrival = lose_place_without_tail},
    {.name = "deflate-refuses-final-blocks",
     FAULT("Takes a block with BFINAL for an error."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.bfinal",
     INFLATES_ITSELF,
     .on_arrival = refuse_final_blocks},
    {.name = "deflate-stops-at-final-block",
     FAULT("Loses what follows a block with BFINAL within a message."),
     .requirement = "7692-7.2.1-06",
     .caught_by = "deflate.vector.bfinal-inside",
     INFLATES_ITSELF,
     .on_arrival = stop_at_final_block},
    {.name = "deflate-stays-at-final-block",
     FAULT("Takes a block with BFINAL for the end of the connection and every later message for empty."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.bfinal",
     INFLATES_ITSELF,
     .on_arrival = stay_at_final_block},
    {.name = "deflate-refuses-stored-blocks",
     FAULT("Cannot inflate stored blocks."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.stored",
     INFLATES_ITSELF,
     .on_arrival = refuse_stored_blocks},
    {.name = "deflate-refuses-fixed-codes",
     FAULT("Cannot inflate blocks with fixed codes."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.hello",
     INFLATES_ITSELF,
     .on_arrival = refuse_fixed_codes},
    {.name = "deflate-refuses-dynamic-codes",
     FAULT("Cannot inflate blocks with dynamic codes."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.blocks.best",
     INFLATES_ITSELF,
     .on_arrival = refuse_dynamic_codes},
    {.name = "deflate-loses-farthest-octet",
     FAULT("Cannot refer to the farthest octet of the window."),
     .requirement = "7692-7.2.2-09",
     .caught_by = "deflate.window.edge.15",
     .deflate_policy = &forgetful,
     .edit_codecs = remember_far_window,
     .on_arrival = refuse_farthest},
    {.name = "deflate-reads-old-memory",
     FAULT("Takes whatever its window holds for what a distance refers to, agreed on or not."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.beyond.context",
     INFLATES_ITSELF,
     .on_arrival = read_old_memory},
    {.name = "deflate-refuses-expansion",
     FAULT("Takes a compressed message that is much longer than its content for an attack."),
     .requirement = "7692-7.2.1-03",
     .caught_by = "deflate.blocks.thousand",
     INFLATES_ITSELF,
     .on_arrival = refuse_expansion},
    {.name = "deflate-refuses-one-distance",
     FAULT("Cannot inflate blocks with dynamic codes of which one or none is for distances."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.no-distances",
     INFLATES_ITSELF,
     .on_arrival = refuse_one_distance},
    {.name = "deflate-refuses-286-literals",
     FAULT("Cannot inflate blocks with dynamic codes for every length and literal."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.every-code",
     INFLATES_ITSELF,
     .on_arrival = refuse_286_literals},
    {.name = "deflate-takes-zlib-header",
     FAULT("Inflates what has the header and the checksum of zlib around it."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.corrupt.zlib-wrapped",
     INFLATES_ITSELF,
     .on_arrival = take_zlib_header},
    {.name = "deflate-takes-what-is-no-stream",
     FAULT("Delivers as it is what cannot be inflated."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.corrupt.plain",
     INFLATES_ITSELF,
     .on_arrival = take_what_is_no_stream},
    {.name = "deflate-forgets-what-is-no-stream",
     FAULT("Passes over a message that cannot be inflated."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.corrupt.ff",
     INFLATES_ITSELF,
     .on_arrival = forget_what_is_no_stream},
    {.name = "deflate-takes-unfinished-text",
     FAULT("Delivers inflated text that ends inside a code point."),
     .requirement = "7692-6.1-06",
     .caught_by = "deflate.utf8.invalid.unfinished-and-empty-fragment",
     INFLATES_ITSELF,
     .on_arrival = take_unfinished_text},
    {.name = "deflate-checks-first-buffer-of-text",
     FAULT("Checks the UTF-8 of inflated text only where all of it is in one buffer of 4096 octets."),
     .requirement = "7692-6.1-06",
     .caught_by = "deflate.utf8.invalid.behind-4096",
     INFLATES_ITSELF,
     .on_arrival = check_first_buffer_of_text},
    {.name = "deflate-strips-tail-of-fragments",
     FAULT("Takes 00 00 ff ff off the end of every fragment that comes."),
     .requirement = "7692-7.2.1-07",
     .caught_by = "deflate.fragments.flushed.each",
     INFLATES_ITSELF,
     .on_arrival = strip_tail_of_fragments},
    {.name = "deflate-stops-at-empty-block",
     FAULT("Takes 00 00 ff ff inside a message for its end."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.vector.two-blocks",
     INFLATES_ITSELF,
     .on_arrival = stop_at_empty_block},
    {.name = "deflate-refuses-empty-messages",
     FAULT("Refuses a compressed message of the single octet 00."),
     .requirement = "7692-7.2.2-01",
     .caught_by = "deflate.empty",
     INFLATES_ITSELF,
     .on_arrival = refuse_empty_messages},
    {.name = "deflate-delivers-any-text",
     FAULT("Does not check whether inflated text is UTF-8."),
     .requirement = "7692-6.1-06",
     .caught_by = "deflate.utf8.invalid.lone-octet",
     INFLATES_ITSELF,
     .on_arrival = deliver_any_text},
    {.name = "deflate-wants-text-before-inflating",
     FAULT("Wants the compressed octets of a text message to be UTF-8."),
     .requirement = "7692-6.1-06",
     .caught_by = "deflate.utf8.valid",
     INFLATES_ITSELF,
     .on_arrival = want_text_before_inflating},
    {.name = "deflate-delivers-corrupt",
     FAULT("Delivers what it could inflate of a message that is no DEFLATE stream."),
     .requirement = "7692-6.2-01",
     .caught_by = "deflate.corrupt.block-type",
     INFLATES_ITSELF,
     .on_arrival = deliver_corrupt},

    {.name = NULL},
};
