/* What the faults of the opening handshake share: texts, and hooks that serve both roles. For
 * handshake_hooks.c and faults_handshake_*.c alone. */
#ifndef PEER_HANDSHAKE_HOOKS_H
#define PEER_HANDSHAKE_HOOKS_H

#include "peer/behaviour.h"

#include <string.h>

/* In rows that accept what breaks that rule. */
#define TOLERATES(fault)     .tolerate_handshake = (1u << WS_HANDSHAKE_##fault)
#define TOLERATES_BOTH(a, b) .tolerate_handshake = (1u << WS_HANDSHAKE_##a | 1u << WS_HANDSHAKE_##b)

/* ------------------------------------------------------------------ texts and fields */

static inline bool is_text(ws_span span, const char *text) {
    return ws_span_equal(span, ws_span_of(text));
}

static inline bool is_name(ws_span span, const char *text) {
    return ws_span_equal_nocase(span, ws_span_of(text));
}

static inline bool is_blank(uint8_t octet) {
    return octet == ' ' || octet == '\t';
}

/* Whether the octet may stand between words of a list that commas or spaces part. */
static inline bool is_gap(uint8_t octet) {
    return octet == ',' || is_blank(octet);
}

static inline ws_span first_octets(ws_span span, size_t size) {
    return (ws_span){span.data, span.size < size ? span.size : size};
}

static inline ws_span last_octets(ws_span span, size_t size) {
    return span.size < size ? span : (ws_span){span.data + span.size - size, size};
}

static inline bool begins(ws_span span, const char *text) {
    return is_name(first_octets(span, strlen(text)), text);
}

static inline bool ends(ws_span span, const char *text) {
    return is_name(last_octets(span, strlen(text)), text);
}

static inline bool holds(ws_span span, const char *text) {
    for (size_t i = 0; i < span.size; i++)
        if (begins((ws_span){span.data + i, span.size - i}, text))
            return true;
    return false;
}

/* The value of the first field with that name; empty when there is none. */
static inline ws_span value_of(const ws_http_head *head, const char *name) {
    const ws_http_field *field = ws_http_field_get(head, name, 0);
    return field ? field->value : (ws_span){NULL, 0};
}

static inline const char *field_of(const peer_endpoint *endpoint) {
    return peer_behaviour_of(endpoint)->field;
}

static inline const char *text_of(const peer_endpoint *endpoint) {
    return peer_behaviour_of(endpoint)->value;
}

/* ------------------------------------------------------------------ heads that come in */

/* For refuse_request and refuse_response. With a rule tolerated: what breaks it another way than the row's is
 * refused all the same, what keeps it is not. Without: the row's head is refused although it is sound. */

bool peer_refuse_unless_is(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_begins(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_ends(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_holds(peer_endpoint *endpoint, const ws_http_head *head);
/* The value letter by letter, as a whole. */
bool peer_refuse_unless_exactly(peer_endpoint *endpoint, const ws_http_head *head);
/* The name letter by letter. */
bool peer_refuse_other_spelling(peer_endpoint *endpoint, const ws_http_head *head);
/* strncmp(value, text, strlen(value)) */
bool peer_refuse_unless_beginning_of_value(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_in_first_line(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_word(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_in_last_line(peer_endpoint *endpoint, const ws_http_head *head);
/* Letter by letter, anywhere in the field's lines. */
bool peer_refuse_unless_spelled(peer_endpoint *endpoint, const ws_http_head *head);
/* An element between commas that is empty. */
bool peer_refuse_empty_elements(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_unless_first(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_many_fields(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_more_than_a_space(peer_endpoint *endpoint, const ws_http_head *head);
bool peer_refuse_less_than_a_space(peer_endpoint *endpoint, const ws_http_head *head);

/* "websocket" in any case, or the row's value: the same with a letter that Unicode takes for another. */
bool peer_refuse_unless_kelvin(peer_endpoint *endpoint, const ws_http_head *head);
/* strcasecmp */
bool peer_refuse_unless_up_to_nul(peer_endpoint *endpoint, const ws_http_head *head);
/* The row's field is missing, and stands in the value of X-Wspect, behind the row's octets. */
bool peer_refuse_unless_hidden(peer_endpoint *endpoint, const ws_http_head *head);

/* ------------------------------------------------------------------ octets that come in */

/* For refuse_octets: reads once and takes that for the whole head. */
bool peer_refuse_pieces(peer_endpoint *endpoint, ws_span octets);
/* For on_input. */
void peer_lose_input_behind_head(peer_input *input);

/* ------------------------------------------------------------------ heads that go out */

ws_http_line *peer_head_line(peer_head *head, const char *name);
/* The request of a client and the 101 of a server; refusals stay as they are. */
bool peer_head_opens(const peer_head *head);
void peer_head_append_line(peer_head *head, const char *name, ws_span value);
void peer_head_remove_line(peer_head *head, const char *name);
void peer_head_set_value(peer_head *head, const char *name, ws_span value);

/* For edit_head; they work on heads that open. */
void peer_head_leave_out(peer_head *head);
void peer_head_change(peer_head *head);
void peer_head_add(peer_head *head);
void peer_head_change_start_line(peer_head *head);
/* The line once more. */
void peer_head_repeat(peer_head *head);
void peer_head_bare_line_feeds(peer_head *head);
void peer_head_spaces_before_colons(peer_head *head);
void peer_head_fold(peer_head *head);
void peer_head_octets_before(peer_head *head);

#endif
