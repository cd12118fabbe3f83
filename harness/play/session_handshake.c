/* The opening handshake of a case, in either role (RFC 6455 section 4): the usual one, or one that the case
 * bends and judges. */
#include "play/opening.h"

#include <stdio.h>
#include <string.h>

enum { HEAD_MAX = 65536, PROTOCOLS_MAX = 512, LINES_MAX = 80, WINDOW_BITS_MAX = 15 };

static const play_handshake usual_handshake = {0};

static const play_handshake *handshake_of(const play_session *session) {
    return session->c->handshake ? session->c->handshake : &usual_handshake;
}

static void record_http(play_session *session, bool out, const uint8_t *bytes, size_t size) {
    play_entry *entry =
        play_trace_add(&session->trace, PLAY_ENTRY_HTTP, out, session->now - session->started);
    entry->length = size;
    play_trace_keep(&session->trace, entry, bytes, size, PLAY_TRACE_HTTP_MAX);
}

/* Writes a head into the output and the transcript. */
static void write_head(play_session *session, const play_head *head, const char *start_line,
                       const play_line *lines, size_t count, const char *accept) {
    size_t before = session->text.size;
    if (play_opening_write(session, head, start_line, lines, count, accept))
        record_http(session, true, before ? session->text.data + before : session->text.data,
                    session->text.size - before);
    else
        session->out_of_memory = true;
}

/* ------------------------------------------------------------------ as a client */

static size_t request_lines(play_session *session, play_line lines[LINES_MAX]) {
    const play_options *options = &session->options;
    size_t count = 0;
    lines[count++] = (play_line){"Host", options->authority};
    lines[count++] = (play_line){"Upgrade", "websocket"};
    lines[count++] = (play_line){"Connection", "Upgrade"};
    lines[count++] = (play_line){"Sec-WebSocket-Key", session->key};
    lines[count++] = (play_line){"Sec-WebSocket-Version", "13"};
    if (options->subprotocol)
        lines[count++] = (play_line){"Sec-WebSocket-Protocol", options->subprotocol};
    if (session->c->deflate)
        lines[count++] = (play_line){"Sec-WebSocket-Extensions", session->c->deflate->offer};
    for (size_t i = 0; i < options->header_count && count < LINES_MAX - 1; i++)
        lines[count++] = (play_line){options->headers[i].name, options->headers[i].value};
    lines[count++] = (play_line){"User-Agent", "wspect/" WSPECT_VERSION};
    return count;
}

static void write_request(play_session *session) {
    uint8_t nonce[16];
    uint64_t words[2] = {session_random(session), session_random(session)};
    play_line lines[LINES_MAX];
    memcpy(nonce, words, sizeof nonce);
    ws_handshake_key(nonce, session->key);
    const char *start_line = play_arena_printf(&session->arena, "GET %s HTTP/1.1", session->options.resource);
    if (!start_line) {
        session->out_of_memory = true;
        return;
    }
    write_head(session, &handshake_of(session)->request, start_line, lines, request_lines(session, lines),
               NULL);
}

void session_start_handshake(play_session *session) {
    session->state = SESSION_HANDSHAKE;
    const play_handshake *handshake = handshake_of(session);
    double patience = handshake->judged ? handshake->expect.patience : 1;
    session->handshake_deadline =
        session->now + (int64_t)(patience * (double)session->options.handshake_timeout_us);
    if (session->options.role == WS_CLIENT)
        write_request(session);
}

/* ------------------------------------------------------------------ results */

static bool open_receiver(play_session *session) {
    uint32_t tolerate = 1u << WS_VIOLATION_CLOSE_UNASSIGNED;
    /* Autobahn has rules of its own about the Close frames it receives. */
    if (session->c->autobahn_rules)
        tolerate |= 1u << WS_VIOLATION_CLOSE_CODE | 1u << WS_VIOLATION_CLOSE_LENGTH |
                    1u << WS_VIOLATION_CLOSE_REASON | 1u << WS_VIOLATION_DATA_AFTER_CLOSE;
    ws_receiver_config config = {.reader = {.role = session->options.role, .tolerate = tolerate}};
    const play_deflate *deflate = session->c->deflate;
    if (session->deflate_agreed) {
        ws_role peer = session->options.role == WS_CLIENT ? WS_SERVER : WS_CLIENT;
        ws_deflater_options ours = {.agreement =
                                        ws_deflate_agreed(&session->deflate_answer, session->options.role),
                                    .level = deflate ? deflate->level : -1,
                                    .fixed_codes = deflate && deflate->fixed_codes,
                                    .farthest = deflate && deflate->farthest};
        if (deflate && deflate->beyond)
            ours.agreement = (ws_deflate_agreement){.window_bits = WINDOW_BITS_MAX};
        config.deflate = true;
        config.agreement = ws_deflate_agreed(&session->deflate_answer, peer);
        session->deflater = ws_deflater_new(&ours);
        if (!session->deflater)
            return false;
    }
    session->receiver = ws_receiver_new(&config);
    return session->receiver != NULL;
}

static void handshake_over(play_session *session, play_verdict verdict, const char *reason) {
    session_drop(session, false);
    session_finish(session, verdict, verdict == PLAY_FAILED ? PLAY_CLOSE_FAILED : PLAY_CLOSE_NONE, reason,
                   false);
}

static void handshake_failed(play_session *session, const char *reason) {
    handshake_over(session, PLAY_FAILED, reason);
}

static void handshake_succeeded(play_session *session) {
    session->state = SESSION_OPEN;
    session->result.handshake_done = true;
    if (!open_receiver(session)) {
        session->out_of_memory = true;
        return;
    }
    session->director->opened(session);
}

static const char *keep_field(play_session *session, const ws_http_head *head, const char *name) {
    const ws_http_field *field = ws_http_field_get(head, name, 0);
    return field ? play_arena_copy(&session->arena, field->value.data, field->value.size) : NULL;
}

/* Deviations after which a client must fail the connection (4.1). Others are for the cases about handshakes
 * to judge; elsewhere they would fail every case for one defect. */
static bool fatal_in_response(ws_handshake_fault fault) {
    return fault != WS_HANDSHAKE_HTTP && fault != WS_HANDSHAKE_HTTP_VERSION &&
           fault != WS_HANDSHAKE_UPGRADE_LIST && !ws_handshake_binds_sender_alone(fault);
}

static const char *fault_text(play_session *session, const ws_handshake_finding *finding, const char *where) {
    const ws_handshake_fault_info *info = ws_handshake_describe(finding->fault);
    return session_text(session, "%s (%s, at octet %zu of the %s)", info->text, info->section,
                        finding->offset, where);
}

/* The opening handshake was the whole case. */
static void judged(play_session *session, bool timed_out) {
    session_drop(session, false);
    session_finish(session, session->opening_verdict, PLAY_CLOSE_NONE, session->opening_reason, timed_out);
}

/* RFC 9112 9.6: who announces the end of the connection has to end it; some errors demand the end anyway. */
static void judge_end(play_session *session, bool timeout) {
    if (timeout) {
        session->opening_verdict = session->lingering_grade;
        session->opening_reason =
            session_text(session, "the refusal %s, but the connection was still there %.1f s later",
                         session->announced_end ? "says Connection: close" : "has to end the connection",
                         (double)session->options.close_timeout_us / 1e6);
    }
    judged(session, timeout);
}

/* Whether a case judges what becomes of our request. Then the outcome is its verdict, and the steps are
 * played only after an acceptance. True when the handshake is over here. */
static bool judge_outcome(play_session *session, const play_opening_outcome *outcome) {
    const play_handshake *handshake = handshake_of(session);
    const char *reason;
    if (!handshake->judged || session->options.role != WS_CLIENT)
        return false;
    play_verdict verdict = play_opening_judge(session, &handshake->expect, outcome, &reason);
    if (outcome->kind == PLAY_OPENING_ACCEPTED && verdict != PLAY_FAILED) {
        session->opening_verdict = verdict;
        session->opening_reason = reason;
        return false;
    }
    session->opening_verdict = verdict;
    session->opening_reason = reason;
    session->awaits_end = outcome->kind == PLAY_OPENING_REFUSED && verdict != PLAY_FAILED &&
                          session->lingering_grade != verdict;
    if (session->awaits_end)
        session->handshake_deadline = session->now + session->options.close_timeout_us;
    else
        judged(session, outcome->kind == PLAY_OPENING_TIMEOUT && !session->c->limit);
    return true;
}

/* ------------------------------------------------------------------ permessage-deflate */

static size_t field_values(const ws_http_head *head, const char *name, ws_span *values, size_t max) {
    size_t count = 0;
    for (const ws_http_field *field; count < max && (field = ws_http_field_get(head, name, count)) != NULL;)
        values[count++] = field->value;
    return count;
}

/* Looks for an offer that the answer could be to: RFC 7692 5 lets a server pick any of them. */
static ws_deflate_fault check_answer(const ws_extension_list *offers, const ws_deflate_params *answer) {
    ws_deflate_fault first = WS_DEFLATE_ANSWER_WITHOUT_OFFER;
    for (size_t i = 0; offers && i < offers->count; i++) {
        ws_deflate_params offer;
        if (ws_deflate_params_read(&offers->items[i], false, &offer) != WS_DEFLATE_FINE)
            continue;
        ws_deflate_fault fault = ws_deflate_answer_check(&offer, answer);
        if (fault == WS_DEFLATE_FINE)
            return WS_DEFLATE_FINE;
        if (first == WS_DEFLATE_ANSWER_WITHOUT_OFFER)
            first = fault;
    }
    return first;
}

static const char *offered(const play_session *session, const char *name, const char *usual, size_t n);

/* What the request has offered, all lines of it; NULL when that breaks the grammar. */
static ws_extension_list *sent_offers(play_session *session) {
    ws_span values[LINES_MAX];
    size_t count = 0;
    const char *usual = session->c->deflate ? session->c->deflate->offer : NULL;
    const char *value;
    ws_extension_list *offers = NULL;
    while (count < LINES_MAX && (value = offered(session, "Sec-WebSocket-Extensions", usual, count)) != NULL)
        values[count++] = ws_span_of(play_opening_filled(session, value));
    if (ws_extension_parse(values, count, &offers, NULL, NULL) == WS_ERR_MEMORY)
        session->out_of_memory = true; /* which voids the verdict */
    return offers;
}

static bool is_deflate(const ws_extension *extension) {
    return ws_span_equal(extension->name, ws_span_of("permessage-deflate"));
}

static bool has_deflate(const ws_extension_list *list) {
    for (size_t i = 0; list && i < list->count; i++)
        if (is_deflate(&list->items[i]))
            return true;
    return false;
}

static ws_deflate_fault read_answer(play_session *session, const ws_extension_list *answers) {
    if (answers->count > 1)
        return is_deflate(&answers->items[0]) && is_deflate(&answers->items[1])
                   ? WS_DEFLATE_ANSWER_TWICE
                   : WS_DEFLATE_ANSWER_BESIDE_ANOTHER;
    ws_deflate_fault fault = ws_deflate_params_read(&answers->items[0], true, &session->deflate_answer);
    if (fault != WS_DEFLATE_FINE)
        return fault;
    ws_extension_list *offers = sent_offers(session);
    fault = check_answer(offers, &session->deflate_answer);
    ws_extension_list_free(offers);
    return fault;
}

/* Reads the server's answer to our offer; false when the case is over. A case without the member "deflate"
 * that has bent the lines of the request may have offered it there; then we compress nothing. */
static bool agree_on_deflate(play_session *session, const ws_http_head *head) {
    ws_span values[PROTOCOLS_MAX];
    size_t count = field_values(head, "Sec-WebSocket-Extensions", values, PROTOCOLS_MAX);
    ws_extension_list *answers = NULL;
    if (count == 0 && !session->c->deflate)
        return true;
    if (count == 0) {
        handshake_over(session, PLAY_UNIMPLEMENTED,
                       "the server does not take permessage-deflate as it was offered");
        return false;
    }
    ws_status status = ws_extension_parse(values, count, &answers, NULL, NULL);
    if (status == WS_ERR_MEMORY) {
        session->out_of_memory = true;
        return false;
    }
    if (status != WS_OK) {
        handshake_failed(
            session,
            "opening handshake: Sec-WebSocket-Extensions of the response breaks the grammar (RFC 6455 9.1)");
        return false;
    }
    bool other = !has_deflate(answers); /* it was offered: the check of the response passed */
    ws_deflate_fault fault = other ? WS_DEFLATE_NOT_DEFLATE : read_answer(session, answers);
    ws_extension_list_free(answers);
    session->deflate_agreed = fault == WS_DEFLATE_FINE;
    if (other && !session->c->deflate)
        return true;
    if (other)
        handshake_over(session, PLAY_UNIMPLEMENTED,
                       "the server takes another of the extensions offered in place of permessage-deflate");
    else if (fault != WS_DEFLATE_FINE)
        handshake_failed(session, session_text(session, "opening handshake: permessage-deflate: %s",
                                               ws_deflate_fault_describe(fault)));
    return fault == WS_DEFLATE_FINE;
}

/* What a client must not offer. A parameter that nobody has defined is its own affair: servers decline it. */
static ws_deflate_fault offer_fault(const ws_extension_list *offers) {
    for (size_t i = 0; offers && i < offers->count; i++) {
        ws_deflate_params offer;
        ws_deflate_fault fault = ws_deflate_params_read(&offers->items[i], false, &offer);
        if (fault != WS_DEFLATE_FINE && fault != WS_DEFLATE_NOT_DEFLATE && fault != WS_DEFLATE_PARAM_UNKNOWN)
            return fault;
    }
    return WS_DEFLATE_FINE;
}

/* The first offer that will do. A window of 15 bits, which is the default, is written into the answer too. */
static bool take_offer(const play_deflate *deflate, const ws_extension_list *offers,
                       ws_deflate_params *answer) {
    const ws_deflate_policy policy = {
        .server_no_context_takeover = deflate->no_context_takeover || deflate->server_no_context_takeover,
        .client_no_context_takeover = deflate->no_context_takeover || deflate->client_no_context_takeover,
        .take_hint = !deflate->ignore_hint,
        .server_max_window_bits = deflate->server_window_bits,
        .client_max_window_bits = deflate->window_bits};
    for (size_t i = 0; i < offers->count; i++) {
        const ws_extension_list one = {&offers->items[i], 1};
        ws_deflate_params offer = {0};
        if (!ws_deflate_negotiate(&one, &policy, answer) ||
            ws_deflate_params_read(one.items, false, &offer) != WS_DEFLATE_FINE)
            continue;
        if (deflate->window_needed && !offer.client_max_window_bits_given)
            continue;
        if (deflate->window_bits == WINDOW_BITS_MAX && offer.client_max_window_bits_given) {
            answer->client_max_window_bits_given = true;
            answer->client_max_window_bits =
                offer.client_max_window_bits ? offer.client_max_window_bits : WINDOW_BITS_MAX;
        }
        if (deflate->server_window_bits == WINDOW_BITS_MAX && answer->server_max_window_bits == 0)
            answer->server_max_window_bits = WINDOW_BITS_MAX;
        return true;
    }
    return false;
}

/* Has a right answer break the rule. The fault that a client has to find in it; WS_DEFLATE_FINE where it
 * cannot be broken in that way. */
static ws_deflate_fault spoil_answer(play_deflate_wrong wrong, ws_deflate_params *answer) {
    enum { SOME_WINDOW_BITS = 12 };
    uint8_t window = answer->server_max_window_bits;
    switch (wrong) {
    case PLAY_ANSWER_CLIENT_WINDOW:
        answer->client_max_window_bits_given = true;
        answer->client_max_window_bits = SOME_WINDOW_BITS;
        return WS_DEFLATE_ANSWER_CLIENT_WINDOW_UNOFFERED;
    case PLAY_ANSWER_SERVER_WINDOW:
    case PLAY_ANSWER_WITHOUT_WINDOW:
        if (window == 0 || window == WINDOW_BITS_MAX)
            return WS_DEFLATE_FINE;
        answer->server_max_window_bits = wrong == PLAY_ANSWER_SERVER_WINDOW ? (uint8_t)(window + 1) : 0;
        return WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER;
    case PLAY_ANSWER_WITHOUT_NO_TAKEOVER:
        answer->server_no_context_takeover = false;
        return WS_DEFLATE_ANSWER_TAKEOVER_IGNORED;
    default:
        return WS_DEFLATE_FINE;
    }
}

/* Chooses the answer to a client's offers. NULL, or why there is none that the case asks for. */
static const char *choose_answer(play_session *session, const ws_extension_list *offers) {
    const play_deflate *deflate = session->c->deflate;
    ws_deflate_params *answer = &session->deflate_answer;
    if (deflate->wrong == PLAY_ANSWER_UNOFFERED) {
        *answer = (ws_deflate_params){0};
        return has_deflate(offers) ? "the client offers permessage-deflate, so that a server may accept it"
                                   : NULL;
    }
    if (!offers || !take_offer(deflate, offers, answer))
        return deflate->window_needed
                   ? "the client does not offer permessage-deflate with client_max_window_bits"
                   : "the client does not offer permessage-deflate";
    if (deflate->wrong == PLAY_ANSWER_RIGHT)
        return NULL;
    ws_deflate_fault wanted = spoil_answer(deflate->wrong, answer);
    return wanted != WS_DEFLATE_FINE && check_answer(offers, answer) == wanted
               ? NULL
               : "the client offers nothing to which this would be a wrong answer";
}

/* Answers a client's offers; false when the case is over. *answer gets the field's value. */
static bool offer_taken(play_session *session, const ws_http_head *head, ws_buffer *answer) {
    ws_span values[PROTOCOLS_MAX];
    size_t count = field_values(head, "Sec-WebSocket-Extensions", values, PROTOCOLS_MAX);
    ws_extension_list *offers = NULL;
    if (!session->c->deflate)
        return true;
    if (count > 0 && ws_extension_parse(values, count, &offers, NULL, NULL) == WS_ERR_MEMORY)
        session->out_of_memory = true;
    const char *without = choose_answer(session, offers);
    session->deflate_agreed = !without;
    ws_deflate_fault fault = offer_fault(offers);
    ws_extension_list_free(offers);
    if (fault != WS_DEFLATE_FINE) {
        handshake_failed(session, session_text(session, "opening handshake: the client's offer: %s",
                                               ws_deflate_fault_describe(fault)));
        return false;
    }
    if (without) {
        handshake_over(session, PLAY_UNIMPLEMENTED, without);
        return false;
    }
    if (ws_deflate_params_write(&session->deflate_answer, true, answer) != WS_OK ||
        ws_buffer_terminate(answer) != WS_OK)
        session->out_of_memory = true;
    return !session->out_of_memory;
}

/* ------------------------------------------------------------------ the server's response */

/* The n-th value that the request had in that field, edits of the case included; NULL beyond the last. */
static const char *offered(const play_session *session, const char *name, const char *usual, size_t n) {
    const play_head *request = &handshake_of(session)->request;
    const char *values[LINES_MAX] = {usual};
    size_t count = usual ? 1 : 0;
    for (size_t i = 0; i < request->edit_count && count < LINES_MAX; i++) {
        const play_edit *edit = &request->edits[i];
        if (!ws_span_equal_nocase(ws_span_of(edit->name), ws_span_of(name)))
            continue;
        if (edit->kind != PLAY_EDIT_ADD)
            count = 0;
        if (edit->kind != PLAY_EDIT_REMOVE)
            values[count++] = (const char *)edit->value.data;
    }
    return n < count ? values[n] : NULL;
}

/* Adds the elements of a list, each up to one of `ends`. */
static size_t split_list(const char *text, const char *ends, ws_span *items, size_t count, size_t max) {
    while (*text && count < max) {
        text += strspn(text, ", \t");
        size_t size = strcspn(text, ends);
        if (size > 0)
            items[count++] = (ws_span){(const uint8_t *)text, size};
        text += strcspn(text, ",");
    }
    return count;
}

/* Elements of all lines of that field. Of extensions, their names: what stands before ";". */
static size_t offered_items(play_session *session, const char *name, const char *usual, ws_span *items,
                            size_t max) {
    size_t count = 0;
    const char *value;
    for (size_t n = 0; (value = offered(session, name, usual, n)) != NULL; n++)
        count = split_list(play_opening_filled(session, value), ",; \t", items, count, max);
    return count;
}

/* Without the white space around it, that of a fold included, which is no part of it (RFC 9110 5.5, RFC 9112
 * 5.2). */
static ws_span sent_key(play_session *session) {
    const char *key = offered(session, "Sec-WebSocket-Key", session->key, 0);
    ws_span text = ws_span_of(key ? play_opening_filled(session, key) : "");
    while (text.size > 0 && strchr(" \t\r\n", text.data[0]))
        text = (ws_span){text.data + 1, text.size - 1};
    while (text.size > 0 && strchr(" \t", text.data[text.size - 1]))
        text.size--;
    return text;
}

/* The drafts up to the one called hixie-76 had no Sec-WebSocket-Accept, but told the address of the
 * resource.
 */
static bool is_of_a_draft(const ws_http_head *head) {
    return ws_http_field_count(head, "Sec-WebSocket-Accept") == 0 &&
           (ws_http_field_count(head, "Sec-WebSocket-Location") > 0 ||
            ws_http_field_count(head, "WebSocket-Location") > 0);
}

static void judge_switch(play_session *session, const ws_http_head *head) {
    ws_span protocols[PROTOCOLS_MAX], extensions[PROTOCOLS_MAX];
    const char *usual_offer = session->c->deflate ? session->c->deflate->offer : NULL;
    ws_handshake_offer offer = {.key = sent_key(session), .protocols = protocols, .extensions = extensions};
    ws_handshake_report report;
    offer.protocol_count = offered_items(session, "Sec-WebSocket-Protocol", session->options.subprotocol,
                                         protocols, PROTOCOLS_MAX);
    offer.extension_count =
        offered_items(session, "Sec-WebSocket-Extensions", usual_offer, extensions, PROTOCOLS_MAX);
    if (ws_handshake_check_response(head, &offer, &report) != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    play_opening_outcome outcome = {.kind = PLAY_OPENING_ACCEPTED, .head = head, .report = &report};
    for (size_t i = 0; i < report.count && !outcome.fault; i++)
        if (fatal_in_response(report.findings[i].fault)) {
            outcome.kind = is_of_a_draft(head) ? PLAY_OPENING_DRAFT : PLAY_OPENING_BROKEN;
            outcome.fault = fault_text(session, &report.findings[i], "response");
        }
    if (judge_outcome(session, &outcome))
        return;
    if (outcome.fault)
        handshake_failed(session, session_text(session, "opening handshake: %s", outcome.fault));
    else if (agree_on_deflate(session, head))
        handshake_succeeded(session);
}

/* The refusal is over, and its body: the request that waited for it may go. */
static void take_turn(play_session *session) {
    const play_handshake *handshake = handshake_of(session);
    if (handshake->in_turn && session->refusals == handshake->refusals &&
        play_body_over(&session->refusal_body))
        write_request(session);
}

static void judge_response(play_session *session, const ws_http_head *head) {
    if (!session->result.agent)
        session->result.agent = keep_field(session, head, "Server");
    if (head->status == 101) {
        judge_switch(session, head);
        return;
    }
    if (session->refusals < handshake_of(session)->refusals) {
        session->refusals++;
        play_body_begin(&session->refusal_body, head);
        take_turn(session);
        return;
    }
    play_opening_outcome outcome = {.kind = PLAY_OPENING_REFUSED, .head = head};
    if (!judge_outcome(session, &outcome))
        handshake_failed(
            session,
            session_text(session, "opening handshake refused: the server answered status %d (RFC 6455 4.1)",
                         head->status));
}

/* ------------------------------------------------------------------ the client's request */

/* Deviations without which no answer can be made; the others are for cases about handshakes. */
static bool fatal_in_request(ws_handshake_fault fault) {
    return fault == WS_HANDSHAKE_METHOD || fault == WS_HANDSHAKE_UPGRADE_MISSING ||
           fault == WS_HANDSHAKE_UPGRADE_VALUE || fault == WS_HANDSHAKE_CONNECTION_MISSING ||
           fault == WS_HANDSHAKE_CONNECTION_VALUE || fault == WS_HANDSHAKE_KEY_MISSING ||
           fault == WS_HANDSHAKE_KEY_REPEATED || fault == WS_HANDSHAKE_KEY_INVALID ||
           fault == WS_HANDSHAKE_VERSION_MISSING || fault == WS_HANDSHAKE_VERSION_REPEATED ||
           fault == WS_HANDSHAKE_VERSION_UNSUPPORTED;
}

static bool offers_protocol(const ws_http_head *head, const char *protocol) {
    ws_span items[64];
    size_t count = ws_http_list_items(head, "Sec-WebSocket-Protocol", items, 64);
    for (size_t i = 0; i < count && i < 64; i++)
        if (ws_span_equal(items[i], ws_span_of(protocol)))
            return true;
    return false;
}

static void write_response(play_session *session, const ws_http_head *head, const char *extensions) {
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    play_line lines[LINES_MAX];
    const play_options *options = &session->options;
    size_t count = 0;
    if (ws_handshake_accept(ws_http_field_get(head, "Sec-WebSocket-Key", 0)->value, accept) != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    lines[count++] = (play_line){"Upgrade", "websocket"};
    lines[count++] = (play_line){"Connection", "Upgrade"};
    lines[count++] = (play_line){"Sec-WebSocket-Accept", accept};
    if (options->subprotocol && offers_protocol(head, options->subprotocol))
        lines[count++] = (play_line){"Sec-WebSocket-Protocol", options->subprotocol};
    if (extensions)
        lines[count++] = (play_line){"Sec-WebSocket-Extensions", extensions};
    for (size_t i = 0; i < options->header_count && count < LINES_MAX - 1; i++)
        lines[count++] = (play_line){options->headers[i].name, options->headers[i].value};
    lines[count++] = (play_line){"Server", "wspect/" WSPECT_VERSION};
    write_head(session, &handshake_of(session)->response, "HTTP/1.1 101 Switching Protocols", lines, count,
               accept);
}

static void refuse_request(play_session *session, const ws_handshake_finding *finding) {
    if (ws_buffer_append_text(&session->text, "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\n"
                                              "Connection: close\r\nContent-Length: 0\r\n\r\n") == WS_OK)
        record_http(session, true, session->text.data, session->text.size);
    handshake_failed(session,
                     session_text(session, "opening handshake: %s", fault_text(session, finding, "request")));
}

static void judge_request(play_session *session, const ws_http_head *head) {
    ws_handshake_report report;
    ws_buffer extensions;
    session->result.agent = keep_field(session, head, "User-Agent");
    session->result.nonce = keep_field(session, head, "Sec-WebSocket-Key");
    if (ws_handshake_check_request(head, &report) != WS_OK) {
        session->out_of_memory = true;
        return;
    }
    bool strict = handshake_of(session)->strict_request;
    for (size_t i = 0; i < report.count; i++) {
        const ws_handshake_finding *finding = &report.findings[i];
        if (strict && ws_handshake_binds_sender_alone(finding->fault)) {
            session->opening_verdict = PLAY_NON_STRICT;
            session->opening_reason = session_text(session, "the request departs from the letter: %s",
                                                   fault_text(session, finding, "request"));
        } else if (strict || fatal_in_request(finding->fault)) {
            refuse_request(session, finding);
            return;
        }
    }
    ws_buffer_init(&extensions, 4096);
    if (offer_taken(session, head, &extensions)) {
        write_response(session, head, session->deflate_agreed ? (const char *)extensions.data : NULL);
        handshake_succeeded(session);
    }
    ws_buffer_clear(&extensions);
}

/* ------------------------------------------------------------------ octets */

static void judge_garbage(play_session *session, bool response, bool too_long) {
    play_opening_outcome outcome = {.kind = PLAY_OPENING_GARBAGE};
    if (!judge_outcome(session, &outcome))
        handshake_failed(session,
                         session_text(session, "opening handshake: the peer's octets are no HTTP/1.1 %s%s",
                                      response ? "response" : "request",
                                      too_long ? " within 64 KiB and 1000 fields" : ""));
}

/* Interim responses come before the final one; 101 is final here (RFC 9110 15.2). */
static bool is_interim(const ws_http_head *head) {
    return head->status >= 100 && head->status < 200 && head->status != 101;
}

size_t session_read_handshake(play_session *session, const uint8_t *bytes, size_t size) {
    bool response = session->options.role == WS_CLIENT;
    if (session->awaits_end)
        return size; /* the body of the refusal */
    if (!play_body_over(&session->refusal_body)) {
        size_t used = play_body_skip(&session->refusal_body, bytes, size);
        take_turn(session);
        return used;
    }
    size_t before = session->head.size;
    size_t taken = size < HEAD_MAX + 1 - before ? size : HEAD_MAX + 1 - before;
    if (ws_buffer_append(&session->head, bytes, taken) != WS_OK) {
        session->out_of_memory = true;
        return size;
    }
    ws_http_head *head = NULL;
    ws_http_limits limits = {.max_size = HEAD_MAX};
    long used = ws_http_parse(session->head.data, session->head.size,
                              response ? WS_HTTP_RESPONSE : WS_HTTP_REQUEST, &limits, &head);
    if (used == 0)
        return taken;
    if (used == WS_ERR_MEMORY) {
        session->out_of_memory = true;
        return size;
    }
    record_http(session, false, session->head.data, used > 0 ? (size_t)used : session->head.size);
    if (used < 0) {
        judge_garbage(session, response, used == WS_ERR_LIMIT);
        return size;
    }
    bool behind = session->head.size > (size_t)used || size > taken;
    if (!response && behind && handshake_of(session)->strict_request)
        handshake_failed(session, "opening handshake: the client sends octets behind its request before it "
                                  "has the response (RFC 6455 4.1)");
    else if (!response)
        judge_request(session, head);
    else if (!is_interim(head))
        judge_response(session, head);
    ws_http_head_free(head);
    session->head.size = 0;
    return (size_t)used - before;
}

/* The connection ended, or time ran out, before the handshake was over. */
void session_handshake_ended(play_session *session, bool timeout) {
    play_opening_outcome outcome = {.kind = timeout ? PLAY_OPENING_TIMEOUT : PLAY_OPENING_ENDED};
    if (session->awaits_end) {
        judge_end(session, timeout);
        return;
    }
    if (judge_outcome(session, &outcome))
        return;
    session_drop(session, timeout);
    if (timeout)
        session_finish(session, PLAY_FAILED, PLAY_CLOSE_FAILED,
                       session_text(session,
                                    "opening handshake: not complete after %.1f s, %zu octets had come",
                                    session_seconds(session), session->head.size),
                       true);
    else
        session_finish(
            session, PLAY_FAILED, PLAY_CLOSE_FAILED,
            session_text(
                session,
                "opening handshake: the peer ended the connection %s after %.3f s, %zu octets had come",
                session->end == PLAY_END_FIN ? "in good order" : "with a reset", session_seconds(session),
                session->head.size),
            session->head.size == 0); /* a server that is busy may drop what it has not looked at */
}
