#include "play/opening.h"

#include <stdio.h>
#include <string.h>

#include "wire/extension.h"

enum { EXTENSION_LINES_MAX = 64, VERSIONS_MAX = 256 };

/* ------------------------------------------------------------------ judging a response */

static const char *outcome_text(play_session *session, const play_opening_outcome *outcome) {
    switch (outcome->kind) {
    case PLAY_OPENING_ACCEPTED:
        return "the server accepted the handshake (101)";
    case PLAY_OPENING_BROKEN:
    case PLAY_OPENING_DRAFT:
        return session_text(session, "the server answered 101, but %s", outcome->fault);
    case PLAY_OPENING_REFUSED:
        return session_text(session, "the server refused with status %d", outcome->head->status);
    case PLAY_OPENING_GARBAGE:
        return "the server sent octets that are no HTTP response";
    case PLAY_OPENING_ENDED:
        return session_text(session, "the server %s the connection without a response",
                            session->end == PLAY_END_FIN ? "ended" : "reset");
    case PLAY_OPENING_TIMEOUT:
        return session_text(session, "no response came within %.1f s",
                            (double)session->options.handshake_timeout_us / 1e6);
    }
    return "";
}

static const char *brief_text(play_session *session, const play_opening_outcome *outcome) {
    switch (outcome->kind) {
    case PLAY_OPENING_ACCEPTED:
        return "101";
    case PLAY_OPENING_BROKEN:
        return "a bad 101";
    case PLAY_OPENING_REFUSED:
        return session_text(session, "%d", outcome->head->status);
    case PLAY_OPENING_DRAFT:
        return "an old draft";
    case PLAY_OPENING_GARBAGE:
        return "octets that are no HTTP";
    case PLAY_OPENING_ENDED:
        return session->end == PLAY_END_FIN ? "end" : "reset";
    case PLAY_OPENING_TIMEOUT:
        return "nothing";
    }
    return "";
}

static const char *field_text(play_session *session, const play_field_check *check) {
    switch (check->rule) {
    case PLAY_FIELD_ABSENT:
        return session_text(session, "no %s", check->name);
    case PLAY_FIELD_PRESENT:
        return session_text(session, "a %s", check->name);
    case PLAY_FIELD_IS:
        return session_text(session, "%s: %s", check->name, check->value);
    case PLAY_FIELD_HAS:
        return session_text(session, "%s in %s", check->value, check->name);
    case PLAY_FIELD_VERSIONS:
        return session_text(session, "versions and nothing else in %s", check->name);
    }
    return "";
}

static bool has_parameters(const ws_extension *extension, const ws_extension *wanted) {
    bool same = ws_span_equal(extension->name, wanted->name);
    for (size_t i = 0; same && i < wanted->param_count; i++) {
        const ws_extension_param *param = &wanted->params[i];
        same = false;
        for (size_t k = 0; !same && k < extension->param_count; k++)
            same = ws_span_equal(extension->params[k].name, param->name) &&
                   ws_span_equal(extension->params[k].value, param->value);
    }
    return same;
}

/* "permessage-deflate; server_no_context_takeover": an extension with that parameter and maybe others. */
static bool has_extension(play_session *session, const ws_http_head *head, const char *name,
                          const char *wanted_text) {
    ws_extension_list *listed = NULL, *wanted = NULL;
    ws_span values[EXTENSION_LINES_MAX], text = ws_span_of(wanted_text);
    size_t count = 0;
    for (const ws_http_field *field;
         count < EXTENSION_LINES_MAX && (field = ws_http_field_get(head, name, count)) != NULL;)
        values[count++] = field->value;
    bool found = false;
    ws_status status = ws_extension_parse(&text, 1, &wanted, NULL, NULL);
    if (status == WS_OK && count > 0)
        status = ws_extension_parse(values, count, &listed, NULL, NULL);
    if (status == WS_ERR_MEMORY)
        session->out_of_memory = true;
    if (status == WS_OK && listed)
        for (size_t i = 0; !found && i < listed->count; i++)
            found = has_parameters(&listed->items[i], &wanted->items[0]);
    ws_extension_list_free(listed);
    ws_extension_list_free(wanted);
    return found;
}

/* "version" of RFC 6455 4.3: 0 to 255, without leading zeros. */
static bool is_version(ws_span text) {
    unsigned number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    return text.size > 0 && text.size <= 3 && number <= 255 && (text.size == 1 || text.data[0] != '0');
}

static bool lists_versions(const ws_http_head *head, const char *name) {
    ws_span items[VERSIONS_MAX];
    size_t count = ws_http_list_items(head, name, items, VERSIONS_MAX);
    for (size_t i = 0; i < count && i < VERSIONS_MAX; i++)
        if (!is_version(items[i]))
            return false;
    return count > 0;
}

static bool field_holds(play_session *session, const ws_http_head *head, const play_field_check *check) {
    size_t count = ws_http_field_count(head, check->name);
    switch (check->rule) {
    case PLAY_FIELD_ABSENT:
        return count == 0;
    case PLAY_FIELD_PRESENT:
        return count > 0;
    case PLAY_FIELD_IS:
        return count == 1 && ws_span_equal(ws_http_field_get(head, check->name, 0)->value,
                                           ws_span_of(play_opening_filled(session, check->value)));
    case PLAY_FIELD_HAS:
        return strchr(check->value, ';') ? has_extension(session, head, check->name, check->value)
                                         : ws_http_list_has(head, check->name, check->value);
    case PLAY_FIELD_VERSIONS:
        return lists_versions(head, check->name);
    }
    return false;
}

/* Worse of two grades that a response can earn. */
static play_verdict worse(play_verdict a, play_verdict b) {
    static const int order[] = {[PLAY_OK] = 0,
                                [PLAY_INFORMATIONAL] = 1,
                                [PLAY_NON_STRICT] = 2,
                                [PLAY_UNIMPLEMENTED] = 3,
                                [PLAY_FAILED] = 4};
    return order[a] > order[b] ? a : b;
}

static play_verdict grade_fields(play_session *session, const play_matcher *matcher, const ws_http_head *head,
                                 const char **reason) {
    play_verdict grade = PLAY_OK;
    for (size_t i = 0; i < matcher->field_count; i++) {
        const play_field_check *check = &matcher->fields[i];
        if (field_holds(session, head, check))
            continue;
        play_verdict next = worse(grade, check->otherwise);
        if (next != grade)
            *reason = session_text(session, "the response with status %d should have %s", head->status,
                                   field_text(session, check));
        grade = next;
    }
    return grade;
}

static bool status_listed(const play_matcher *matcher, int status) {
    for (size_t i = 0; i < matcher->code_count; i++)
        if (matcher->codes[i] == status)
            return true;
    return matcher->code_count == 0 && status >= 400;
}

/* The grade that a matcher gives to the outcome; false when it does not fit at all. */
static bool grade_outcome(play_session *session, const play_matcher *matcher,
                          const play_opening_outcome *outcome, play_verdict *grade, const char **reason) {
    *grade = PLAY_OK;
    *reason = NULL;
    switch (matcher->kind) {
    case PLAY_MATCH_ACCEPTED:
        if (outcome->kind != PLAY_OPENING_ACCEPTED)
            return false;
        if (outcome->report->count > 0) {
            const ws_handshake_fault_info *info = ws_handshake_describe(outcome->report->findings[0].fault);
            *grade = PLAY_NON_STRICT;
            *reason = session_text(session, "the response departs from the letter: %s (%s, at octet %zu)",
                                   info->text, info->section, outcome->report->findings[0].offset);
        }
        const char *fields = NULL;
        play_verdict field_grade = grade_fields(session, matcher, outcome->head, &fields);
        if (worse(*grade, field_grade) != *grade) {
            *grade = field_grade;
            *reason = fields;
        }
        return true;
    case PLAY_MATCH_REFUSED:
        if (outcome->kind == PLAY_OPENING_DRAFT) {
            *grade = PLAY_INFORMATIONAL;
            *reason =
                "not refused, but answered as a draft of 2009 or 2010 had it: the server speaks that too";
            return true;
        }
        if (outcome->kind != PLAY_OPENING_REFUSED)
            return false;
        *grade = grade_fields(session, matcher, outcome->head, reason);
        if (!status_listed(matcher, outcome->head->status) && worse(*grade, matcher->other_code) != *grade) {
            *grade = matcher->other_code;
            *reason = session_text(session, "refused with status %d, where another one fits",
                                   outcome->head->status);
        }
        return true;
    case PLAY_MATCH_END:
        return outcome->kind == PLAY_OPENING_ENDED;
    case PLAY_MATCH_TIMEOUT:
        return outcome->kind == PLAY_OPENING_TIMEOUT;
    case PLAY_MATCH_NO_HTTP:
        return outcome->kind == PLAY_OPENING_GARBAGE;
    default:
        return false;
    }
}

static const char *outcomes_text(play_session *session, const play_expect *expect, bool only_ok) {
    static const char *const names[] = {[PLAY_MATCH_ACCEPTED] = "a 101",
                                        [PLAY_MATCH_REFUSED] = "a refusal",
                                        [PLAY_MATCH_END] = "the end of the connection",
                                        [PLAY_MATCH_TIMEOUT] = "nothing",
                                        [PLAY_MATCH_NO_HTTP] = "an answer in another protocol"};
    const char *text = NULL;
    for (size_t i = 0; i < expect->count; i++) {
        const char *name = names[expect->alternatives[i].matchers[0].kind];
        bool told = (only_ok && expect->alternatives[i].grade != PLAY_OK) || (text && strstr(text, name));
        if (!told)
            text = text ? session_text(session, "%s or %s", text, name) : name;
    }
    return text;
}

/* What would have been OK, in words; what would have been tolerated, when nothing is. */
static const char *expected_text(play_session *session, const play_expect *expect) {
    const char *text = outcomes_text(session, expect, true);
    return text ? text : outcomes_text(session, expect, false);
}

/* What becomes of the grade of a refusal when the connection stays. */
static play_verdict lingering_grade(play_session *session, const play_matcher *matcher,
                                    const play_opening_outcome *outcome, play_verdict grade) {
    if (outcome->kind != PLAY_OPENING_REFUSED)
        return grade;
    session->announced_end = ws_http_list_has(outcome->head, "Connection", "close");
    if (session->announced_end)
        grade = worse(grade, matcher->without_close);
    return worse(grade, matcher->stays_open);
}

play_verdict play_opening_judge(play_session *session, const play_expect *expect,
                                const play_opening_outcome *outcome, const char **reason) {
    play_verdict best = PLAY_FAILED;
    bool fits = false;
    *reason = NULL;
    session_note_seen(session, brief_text(session, outcome), session->started);
    for (size_t i = 0; i < expect->count; i++) {
        const play_alternative *alternative = &expect->alternatives[i];
        play_verdict grade;
        const char *why;
        if (!grade_outcome(session, &alternative->matchers[0], outcome, &grade, &why))
            continue;
        play_verdict total = worse(grade, alternative->grade);
        if (fits && worse(best, total) == total)
            continue;
        best = total;
        session->lingering_grade = lingering_grade(session, &alternative->matchers[0], outcome, total);
        *reason = total == PLAY_OK                                      ? NULL
                  : total == alternative->grade && alternative->because ? alternative->because
                                                                        : why;
        fits = true;
    }
    if (best != PLAY_OK && !*reason)
        *reason = session_text(session, "opening handshake: %s; expected %s", outcome_text(session, outcome),
                               expected_text(session, expect));
    return fits ? best : PLAY_FAILED;
}

/* ------------------------------------------------------------------ writing a head */

enum { CUT_ACCEPT_SIZE = 20 };

/* "$(name)" and what stands in its place; "" where there is no such thing. */
typedef struct head_value {
    const char *name, *text;
} head_value;

typedef struct head_values {
    head_value rows[11];
} head_values;

/* Small letters for capitals and the other way round. */
static const char *in_other_case(play_session *session, const char *text) {
    char *copy = text ? play_arena_copy(&session->arena, text, strlen(text)) : NULL;
    session->out_of_memory = session->out_of_memory || (text && !copy);
    for (char *c = copy; c && *c; c++)
        if ((*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z'))
            *c ^= 0x20;
    return copy;
}

/* A name that is another one, even when there is no letter in it. */
static const char *another_subprotocol(play_session *session) {
    const char *usual = session->options.subprotocol, *other = in_other_case(session, usual);
    if (!usual || !other || strcmp(usual, other) != 0)
        return other;
    return session_text(session, "%sx", usual);
}

/* A target that has a query goes on with "&". */
static const char *path_and_query(play_session *session) {
    const char *resource = session->options.resource;
    if (!resource) /* of servers alone */
        return NULL;
    const char *copy = play_arena_printf(&session->arena, strchr(resource, '?') ? "%s&" : "%s?", resource);
    session->out_of_memory = session->out_of_memory || !copy;
    return copy;
}

/* The lines that the options add to a request, for rows that write all of it themselves. */
static const char *lines_of_options(play_session *session) {
    const play_options *options = &session->options;
    const char *text =
        options->subprotocol
            ? play_arena_printf(&session->arena, "Sec-WebSocket-Protocol: %s\r\n", options->subprotocol)
            : "";
    for (size_t i = 0; text && i < options->header_count; i++)
        text = play_arena_printf(&session->arena, "%s%s: %s\r\n", text, options->headers[i].name,
                                 options->headers[i].value);
    session->out_of_memory = session->out_of_memory || !text;
    return text;
}

static head_values values_of(play_session *session, const char *accept) {
    const play_options *options = &session->options;
    size_t cut = accept && strlen(accept) > CUT_ACCEPT_SIZE ? CUT_ACCEPT_SIZE : 0;
    return (head_values){{
        {"$(host)", options->authority},
        {"$(host-other-case)", in_other_case(session, options->authority)},
        {"$(path)", options->resource},
        {"$(path-query)", path_and_query(session)},
        {"$(options)", lines_of_options(session)},
        {"$(subprotocol)", options->subprotocol},
        {"$(subprotocol-other-case)", another_subprotocol(session)},
        {"$(key)", session->key},
        {"$(accept)", accept},
        {"$(accept-other-case)", in_other_case(session, accept)},
        {"$(accept-cut)", play_arena_copy(&session->arena, accept ? accept : "", cut)},
    }};
}

static const char *variable(const head_values *values, const uint8_t *text, size_t size, size_t *length) {
    for (size_t i = 0; i < sizeof values->rows / sizeof *values->rows; i++) {
        const head_value *row = &values->rows[i];
        *length = strlen(row->name);
        if (size >= *length && memcmp(text, row->name, *length) == 0)
            return row->text ? row->text : "";
    }
    return NULL;
}

static ws_status append_filled(ws_buffer *out, const head_values *values, const uint8_t *text, size_t size) {
    ws_status status = WS_OK;
    for (size_t i = 0; status == WS_OK && i < size;) {
        size_t length;
        const char *value = text[i] == '$' ? variable(values, text + i, size - i, &length) : NULL;
        status = value ? ws_buffer_append_text(out, value) : ws_buffer_append(out, text + i, 1);
        i += value ? length : 1;
    }
    return status;
}

const char *play_opening_filled(play_session *session, const char *text) {
    ws_buffer filled;
    const char *copy = NULL;
    if (!strstr(text, "$("))
        return text;
    const head_values values = values_of(session, NULL);
    ws_buffer_init(&filled, 0);
    if (append_filled(&filled, &values, (const uint8_t *)text, strlen(text)) == WS_OK)
        copy = play_arena_copy(&session->arena, filled.size ? (const char *)filled.data : "", filled.size);
    ws_buffer_clear(&filled);
    session->out_of_memory = session->out_of_memory || !copy;
    return copy ? copy : "";
}

static ws_status append_payload(ws_buffer *out, const head_values *values, const play_payload *payload) {
    ws_status status =
        payload->length > out->limit ? WS_ERR_LIMIT : ws_buffer_reserve(out, (size_t)payload->length);
    if (status != WS_OK || payload->length == 0)
        return status;
    if (payload->kind == PLAY_LITERAL)
        return append_filled(out, values, payload->bytes, payload->size);
    play_payload_read(payload, 0, out->data + out->size, (size_t)payload->length);
    out->size += (size_t)payload->length;
    return WS_OK;
}

static bool same_name(const char *a, const char *b) {
    return ws_span_equal_nocase(ws_span_of(a), ws_span_of(b));
}

/* The last edit of a usual field; NULL when it stays as it is. */
static const play_edit *edit_of(const play_head *head, const char *name) {
    const play_edit *found = NULL;
    for (size_t i = 0; i < head->edit_count; i++)
        if (head->edits[i].kind != PLAY_EDIT_ADD && same_name(head->edits[i].name, name))
            found = &head->edits[i];
    return found;
}

static bool is_usual(const play_line *lines, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (same_name(lines[i].name, name))
            return true;
    return false;
}

static ws_status append_line(ws_buffer *out, const play_head *head, const head_values *values,
                             const char *name, ws_span value) {
    const char *separator = head->separator ? head->separator : ": ";
    ws_status status = ws_buffer_append_text(out, name);
    if (status == WS_OK)
        status = ws_buffer_append_text(out, separator);
    if (status == WS_OK)
        status = append_filled(out, values, value.data, value.size);
    return status == WS_OK ? ws_buffer_append_text(out, head->line_end ? head->line_end : "\r\n") : status;
}

static ws_status append_lines(ws_buffer *out, const play_head *head, const head_values *values,
                              const play_line *lines, size_t count) {
    ws_status status = WS_OK;
    for (size_t i = 0; status == WS_OK && i < count; i++) {
        const play_edit *edit = edit_of(head, lines[i].name);
        if (edit && edit->kind == PLAY_EDIT_REMOVE)
            continue;
        status = append_line(out, head, values, edit ? edit->name : lines[i].name,
                             edit ? edit->value : ws_span_of(lines[i].value));
    }
    for (size_t i = 0; status == WS_OK && i < head->edit_count; i++) {
        const play_edit *edit = &head->edits[i];
        bool further = edit->kind == PLAY_EDIT_ADD ||
                       (edit->kind == PLAY_EDIT_SET && !is_usual(lines, count, edit->name));
        if (further)
            status = append_line(out, head, values, edit->name, edit->value);
    }
    for (uint64_t i = 0; status == WS_OK && i < head->filler_count; i++) {
        status = ws_buffer_printf(out, "X-Filler-%llu: ", (unsigned long long)i);
        for (uint64_t k = 0; status == WS_OK && k < head->filler_length; k++)
            status = ws_buffer_append(out, "f", 1);
        if (status == WS_OK)
            status = ws_buffer_append_text(out, head->line_end ? head->line_end : "\r\n");
    }
    return status;
}

bool play_opening_write(play_session *session, const play_head *head, const char *start_line,
                        const play_line *lines, size_t count, const char *accept) {
    const head_values values = values_of(session, accept);
    const char *end = head->line_end ? head->line_end : "\r\n";
    const char *first = head->start_line ? head->start_line : start_line;
    ws_buffer *out = &session->text;
    const play_handshake *handshake = session->c->handshake;
    bool in_turn = handshake && handshake->in_turn;
    ws_status status = WS_OK;
    session->text_chop = head->chop;
    session->text_pace_us = (int64_t)(head->pace * 1e6);
    if (!in_turn || session->refusals == 0)
        status = append_payload(out, &values, &head->before);
    if (in_turn && session->refusals < handshake->refusals)
        return status == WS_OK;
    if (status == WS_OK && head->has_raw) {
        status = append_payload(out, &values, &head->raw);
    } else if (status == WS_OK) {
        status = append_filled(out, &values, (const uint8_t *)first, strlen(first));
        if (status == WS_OK)
            status = ws_buffer_append_text(out, end);
        if (status == WS_OK)
            status = append_lines(out, head, &values, lines, count);
        if (status == WS_OK)
            status = ws_buffer_append_text(out, end);
    }
    if (status == WS_OK)
        status = append_payload(out, &values, &head->after);
    return status == WS_OK;
}
