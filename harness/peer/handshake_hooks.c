/* The hooks of the opening handshake that serve both roles. */
#include "peer/handshake_hooks.h"

/* ------------------------------------------------------------------ heads that come in */

/* Whether the lists of the row's field name its token. */
static bool names_token(peer_endpoint *endpoint, const ws_http_head *head) {
    return ws_http_list_has(head, field_of(endpoint), text_of(endpoint));
}

bool peer_refuse_unless_is(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    return !is_name(value, text_of(endpoint));
}

bool peer_refuse_unless_begins(peer_endpoint *endpoint, const ws_http_head *head) {
    return !names_token(endpoint, head) && !begins(value_of(head, field_of(endpoint)), text_of(endpoint));
}

bool peer_refuse_unless_ends(peer_endpoint *endpoint, const ws_http_head *head) {
    return !names_token(endpoint, head) && !ends(value_of(head, field_of(endpoint)), text_of(endpoint));
}

bool peer_refuse_unless_holds(peer_endpoint *endpoint, const ws_http_head *head) {
    return !names_token(endpoint, head) && !holds(value_of(head, field_of(endpoint)), text_of(endpoint));
}

bool peer_refuse_unless_exactly(peer_endpoint *endpoint, const ws_http_head *head) {
    return !is_text(value_of(head, field_of(endpoint)), text_of(endpoint));
}

bool peer_refuse_other_spelling(peer_endpoint *endpoint, const ws_http_head *head) {
    for (size_t i = 0; i < head->field_count; i++)
        if (is_text(head->fields[i].name, field_of(endpoint)))
            return false;
    return true;
}

bool peer_refuse_unless_beginning_of_value(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    return !names_token(endpoint, head) &&
           (value.size == 0 ||
            !ws_span_equal_nocase(value, first_octets(ws_span_of(text_of(endpoint)), value.size)));
}

static bool has_word(ws_span value, const char *word) {
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= value.size; i++) {
        bool at_start = i == 0 || is_gap(value.data[i - 1]);
        bool at_end = i + size == value.size || is_gap(value.data[i + size]);
        if (at_start && at_end && is_name((ws_span){value.data + i, size}, word))
            return true;
    }
    return false;
}

bool peer_refuse_unless_in_first_line(peer_endpoint *endpoint, const ws_http_head *head) {
    return !has_word(value_of(head, field_of(endpoint)), text_of(endpoint));
}

bool peer_refuse_unless_word(peer_endpoint *endpoint, const ws_http_head *head) {
    return !names_token(endpoint, head) && peer_refuse_unless_in_first_line(endpoint, head);
}

bool peer_refuse_unless_in_last_line(peer_endpoint *endpoint, const ws_http_head *head) {
    size_t count = ws_http_field_count(head, field_of(endpoint));
    return count == 0 ||
           !has_word(ws_http_field_get(head, field_of(endpoint), count - 1)->value, text_of(endpoint));
}

bool peer_refuse_unless_spelled(peer_endpoint *endpoint, const ws_http_head *head) {
    const ws_span text = ws_span_of(text_of(endpoint));
    const ws_http_field *field;
    for (size_t n = 0; (field = ws_http_field_get(head, field_of(endpoint), n)) != NULL; n++)
        for (size_t i = 0; i + text.size <= field->value.size; i++)
            if (ws_span_equal((ws_span){field->value.data + i, text.size}, text))
                return false;
    return true;
}

bool peer_refuse_empty_elements(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    bool empty = true;
    for (size_t i = 0; i <= value.size; i++) {
        if (i < value.size && value.data[i] != ',') {
            empty = empty && is_blank(value.data[i]);
            continue;
        }
        if (empty)
            return true;
        empty = true;
    }
    return false;
}

bool peer_refuse_unless_first(peer_endpoint *endpoint, const ws_http_head *head) {
    return head->field_count == 0 || !is_name(head->fields[0].name, field_of(endpoint));
}

bool peer_refuse_many_fields(peer_endpoint *endpoint, const ws_http_head *head) {
    (void)endpoint;
    return head->field_count > 20;
}

/* The octets around a value lie in the same head: a colon before it, a line end behind. */
bool peer_refuse_more_than_a_space(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    return value.size > 0 &&
           (!is_text((ws_span){value.data - 2, 2}, ": ") || is_blank(value.data[value.size]));
}

bool peer_refuse_less_than_a_space(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    return value.size > 0 && value.data[-1] == ':';
}

/* towupper, which makes K of U+212A. */
bool peer_refuse_unless_kelvin(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    return !is_name(value, "websocket") && !is_text(value, text_of(endpoint));
}

bool peer_refuse_unless_up_to_nul(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, field_of(endpoint));
    const uint8_t *nul = value.size ? memchr(value.data, 0, value.size) : NULL;
    if (nul)
        value.size = (size_t)(nul - value.data);
    return !is_name(value, text_of(endpoint));
}

bool peer_refuse_unless_hidden(peer_endpoint *endpoint, const ws_http_head *head) {
    ws_span value = value_of(head, "X-Wspect");
    const ws_span octets = ws_span_of(text_of(endpoint));
    if (ws_http_field_get(head, field_of(endpoint), 0))
        return head->finding_count > 0;
    for (size_t i = 0; i + octets.size <= value.size; i++)
        if (ws_span_equal((ws_span){value.data + i, octets.size}, octets) &&
            begins((ws_span){value.data + i + octets.size, value.size - i - octets.size}, field_of(endpoint)))
            return false;
    return true;
}

/* ------------------------------------------------------------------ octets that come in */

bool peer_refuse_pieces(peer_endpoint *endpoint, ws_span octets) {
    (void)endpoint;
    return !holds(octets, "\r\n\r\n");
}

void peer_lose_input_behind_head(peer_input *input) {
    if (input->behind_head)
        input->size = 0;
}

/* ------------------------------------------------------------------ heads that go out */

ws_http_line *peer_head_line(peer_head *head, const char *name) {
    for (size_t i = 0; i < head->message.line_count; i++)
        if (is_name(head->lines[i].name, name))
            return &head->lines[i];
    return NULL;
}

bool peer_head_opens(const peer_head *head) {
    return head->role == WS_CLIENT || head->status == 101;
}

void peer_head_append_line(peer_head *head, const char *name, ws_span value) {
    if (head->message.line_count < PEER_HEAD_LINES)
        head->lines[head->message.line_count++] = (ws_http_line){.name = ws_span_of(name), .value = value};
}

void peer_head_remove_line(peer_head *head, const char *name) {
    ws_http_line *line = peer_head_line(head, name);
    if (!line)
        return;
    size_t behind = head->message.line_count - (size_t)(line - head->lines) - 1;
    memmove(line, line + 1, behind * sizeof *line);
    head->message.line_count--;
}

void peer_head_set_value(peer_head *head, const char *name, ws_span value) {
    ws_http_line *line = peer_head_line(head, name);
    if (line)
        line->value = value;
}

void peer_head_leave_out(peer_head *head) {
    if (peer_head_opens(head))
        peer_head_remove_line(head, field_of(head->endpoint));
}

void peer_head_change(peer_head *head) {
    if (peer_head_opens(head))
        peer_head_set_value(head, field_of(head->endpoint), ws_span_of(text_of(head->endpoint)));
}

void peer_head_add(peer_head *head) {
    if (peer_head_opens(head))
        peer_head_append_line(head, field_of(head->endpoint), ws_span_of(text_of(head->endpoint)));
}

void peer_head_change_start_line(peer_head *head) {
    if (peer_head_opens(head))
        head->message.start_line = ws_span_of(text_of(head->endpoint));
}

void peer_head_repeat(peer_head *head) {
    ws_http_line *line = peer_head_line(head, field_of(head->endpoint));
    if (peer_head_opens(head) && line)
        peer_head_append_line(head, field_of(head->endpoint), line->value);
}

void peer_head_bare_line_feeds(peer_head *head) {
    if (!peer_head_opens(head))
        return;
    for (size_t i = 0; i < head->message.line_count; i++)
        head->lines[i].end = "\n";
    head->message.start_end = "\n";
    head->message.head_end = "\n";
}

void peer_head_spaces_before_colons(peer_head *head) {
    for (size_t i = 0; peer_head_opens(head) && i < head->message.line_count; i++)
        head->lines[i].separator = " : ";
}

void peer_head_fold(peer_head *head) {
    for (size_t i = 0; peer_head_opens(head) && i < head->message.line_count; i++)
        head->lines[i].separator = ":\r\n ";
}

void peer_head_octets_before(peer_head *head) {
    if (peer_head_opens(head))
        peer_send_octets(head->endpoint, ws_span_of(text_of(head->endpoint)));
}
