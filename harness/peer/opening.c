#include "peer/opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char deflate_name[] = "permessage-deflate";

static const peer_behaviour *behaviour_of(const peer_options *options) {
    return options->behaviour ? options->behaviour : &peer_behaviours[0];
}

/* ------------------------------------------------------------------ heads */

static void add_line(peer_head *head, const char *name, ws_span value) {
    head->lines[head->message.line_count++] = (ws_http_line){.name = ws_span_of(name), .value = value};
}

static void add_text(peer_head *head, const char *name, const char *value) {
    add_line(head, name, ws_span_of(value));
}

static void add_agent(peer_head *head, const peer_options *options) {
    add_text(head, options->role == WS_SERVER ? "Server" : "User-Agent",
             options->agent ? options->agent : "wspect/" WSPECT_VERSION);
}

static ws_status emit_head(peer_endpoint *endpoint, const peer_options *options, peer_head *head,
                           ws_buffer *out) {
    const peer_behaviour *behaviour = behaviour_of(options);
    head->endpoint = endpoint;
    head->message.lines = head->lines;
    if (behaviour->edit_head)
        behaviour->edit_head(head);
    return ws_http_emit(&head->message, out);
}

/* ------------------------------------------------------------------ findings */

/* What the grammar does not have, and a recipient is to read: an empty line before a request (RFC 9112 2.2),
 * a fold in a response (5.2). */
static bool is_read(const ws_http_head *head, ws_http_deviation kind) {
    return kind == (head->kind == WS_HTTP_REQUEST ? WS_HTTP_LEADING_EMPTY_LINE : WS_HTTP_FOLDED);
}

static bool is_ignored(const peer_behaviour *behaviour, const ws_http_head *head,
                       const ws_handshake_finding *finding) {
    if (ws_handshake_binds_sender_alone(finding->fault) ||
        (behaviour->tolerate_handshake & (1u << finding->fault)))
        return true;
    /* RFC 9110 2.5 */
    if (finding->fault == WS_HANDSHAKE_HTTP_VERSION && head->major == 1 && head->minor > 1)
        return true;
    return finding->fault == WS_HANDSHAKE_HTTP && is_read(head, (ws_http_deviation)finding->detail);
}

/* Takes the findings out that are no reason to refuse. */
static void sift(const peer_behaviour *behaviour, const ws_http_head *head, ws_handshake_report *report) {
    size_t kept = 0;
    for (size_t i = 0; i < report->count; i++)
        if (!is_ignored(behaviour, head, &report->findings[i]))
            report->findings[kept++] = report->findings[i];
    report->count = kept;
}

/* The values of all fields with that name; *values is the caller's to free. */
static ws_status collect_values(const ws_http_head *head, const char *name, ws_span **values, size_t *count) {
    *count = ws_http_field_count(head, name);
    *values = calloc(*count + 1, sizeof **values);
    if (!*values)
        return WS_ERR_MEMORY;
    for (size_t n = 0; n < *count; n++)
        (*values)[n] = ws_http_field_get(head, name, n)->value;
    return WS_OK;
}

/* *list is NULL when there are no extensions, or none that can be read (which the behaviour tolerates, or
 * else the check of the head would have found). */
static ws_status read_extensions(const ws_http_head *head, ws_extension_list **list) {
    ws_span *values;
    size_t count;
    *list = NULL;
    ws_status status = collect_values(head, "Sec-WebSocket-Extensions", &values, &count);
    if (status == WS_OK && count > 0)
        status = ws_extension_parse(values, count, list, NULL, NULL);
    if (status == WS_OK || status == WS_ERR_MEMORY) {
        free(values);
        return status;
    }
    free(values);
    return WS_OK;
}

/* ------------------------------------------------------------------ client */

static ws_deflate_params deflate_offer(const peer_options *options) {
    const ws_deflate_policy *policy = &options->deflate;
    return (ws_deflate_params){
        .server_no_context_takeover = policy->server_no_context_takeover,
        .client_no_context_takeover = policy->client_no_context_takeover,
        .server_max_window_bits = policy->server_max_window_bits,
        .client_max_window_bits = policy->client_max_window_bits,
        .client_max_window_bits_given = !behaviour_of(options)->no_client_window,
    };
}

static ws_status join_subprotocols(const peer_options *options, ws_buffer *out) {
    ws_status status = WS_OK;
    for (size_t i = 0; i < options->subprotocol_count && status == WS_OK; i++)
        status = ws_buffer_printf(out, "%s%s", i > 0 ? ", " : "", options->subprotocols[i]);
    return status;
}

typedef struct request_texts {
    ws_buffer start, subprotocols, extensions;
} request_texts;

static ws_status write_request_texts(const peer_options *options, request_texts *texts) {
    const ws_deflate_params offer = deflate_offer(options);
    ws_status status =
        ws_buffer_printf(&texts->start, "GET %s HTTP/1.1", options->resource ? options->resource : "/");
    if (status == WS_OK)
        status = join_subprotocols(options, &texts->subprotocols);
    if (status == WS_OK && !options->no_deflate)
        status = ws_deflate_params_write(&offer, false, &texts->extensions);
    return status;
}

ws_status peer_opening_request(peer_endpoint *endpoint, const peer_options *options, const char *key,
                               ws_buffer *out) {
    request_texts texts = {{0}, {0}, {0}};
    ws_buffer_init(&texts.start, 0);
    ws_buffer_init(&texts.subprotocols, 0);
    ws_buffer_init(&texts.extensions, 0);
    ws_status status = write_request_texts(options, &texts);
    if (status == WS_OK) {
        peer_head head = {.role = WS_CLIENT, .message.start_line = ws_buffer_span(&texts.start)};
        add_text(&head, "Host", options->authority ? options->authority : "localhost");
        add_text(&head, "Upgrade", "websocket");
        add_text(&head, "Connection", "Upgrade");
        add_text(&head, "Sec-WebSocket-Key", key);
        add_text(&head, "Sec-WebSocket-Version", "13");
        if (texts.subprotocols.size > 0)
            add_line(&head, "Sec-WebSocket-Protocol", ws_buffer_span(&texts.subprotocols));
        if (texts.extensions.size > 0)
            add_line(&head, "Sec-WebSocket-Extensions", ws_buffer_span(&texts.extensions));
        add_agent(&head, options);
        status = emit_head(endpoint, options, &head, out);
    }
    ws_buffer_clear(&texts.start);
    ws_buffer_clear(&texts.subprotocols);
    ws_buffer_clear(&texts.extensions);
    return status;
}

/* RFC 7692 5 and 7.1: an answer that does not fit the offer fails the connection. */
static void judge_deflate_answer(const peer_options *options, const ws_extension_list *list,
                                 peer_opening *opening) {
    const ws_deflate_params offer = deflate_offer(options);
    for (size_t i = 0; i < list->count && !opening->refusal; i++) {
        ws_deflate_fault fault = ws_deflate_params_read(&list->items[i], true, &opening->answer);
        if (fault == WS_DEFLATE_NOT_DEFLATE)
            continue; /* never offered, and tolerated by the behaviour */
        if (fault == WS_DEFLATE_FINE)
            fault = opening->deflate ? WS_DEFLATE_ANSWER_TWICE
                                     : ws_deflate_answer_check(&offer, &opening->answer);
        opening->deflate = true;
        if (fault != WS_DEFLATE_FINE && !(behaviour_of(options)->tolerate_deflate & (1u << fault)))
            opening->refusal = ws_deflate_fault_describe(fault);
    }
}

static const char *agreed_subprotocol(const peer_options *options, ws_span chosen) {
    for (size_t i = 0; i < options->subprotocol_count; i++)
        if (ws_span_equal(chosen, ws_span_of(options->subprotocols[i])))
            return options->subprotocols[i];
    return NULL;
}

static ws_status accept_answer(const peer_options *options, const ws_http_head *head, peer_opening *opening) {
    const ws_http_field *protocol = ws_http_field_get(head, "Sec-WebSocket-Protocol", 0);
    if (protocol)
        opening->subprotocol = agreed_subprotocol(options, protocol->value);
    ws_extension_list *list;
    ws_status status = read_extensions(head, &list);
    if (list && !options->no_deflate)
        judge_deflate_answer(options, list, opening);
    ws_extension_list_free(list);
    return status;
}

ws_status peer_opening_check(peer_endpoint *endpoint, const peer_options *options, const char *key,
                             const ws_http_head *head, peer_opening *opening) {
    ws_span offered[PEER_SUBPROTOCOLS_MAX];
    const ws_span extension = ws_span_of(deflate_name);
    for (size_t i = 0; i < options->subprotocol_count; i++)
        offered[i] = ws_span_of(options->subprotocols[i]);
    const ws_handshake_offer offer = {.key = ws_span_of(key),
                                      .protocols = offered,
                                      .protocol_count = options->subprotocol_count,
                                      .extensions = &extension,
                                      .extension_count = options->no_deflate ? 0 : 1};
    ws_handshake_report report;
    *opening = (peer_opening){0};
    ws_status status = ws_handshake_check_response(head, &offer, &report);
    if (status != WS_OK)
        return status;
    sift(behaviour_of(options), head, &report);
    if (report.count > 0) {
        opening->refusal = ws_handshake_describe(report.findings[0].fault)->text;
        return WS_OK;
    }
    const peer_behaviour *behaviour = behaviour_of(options);
    if (behaviour->refuse_response && behaviour->refuse_response(endpoint, head)) {
        opening->refusal = "the behaviour wants it so";
        return WS_OK;
    }
    return accept_answer(options, head, opening);
}

/* ------------------------------------------------------------------ server: errors */

/* What outweighs what when a request has several faults; a fault that is not here is a bad request (400) and
 * weighs least. */
static const struct {
    ws_handshake_fault fault;
    int status;
} weights[] = {
    {WS_HANDSHAKE_HTTP, 400},
    {WS_HANDSHAKE_HTTP_VERSION, 400},
    {WS_HANDSHAKE_METHOD, 405},
    {WS_HANDSHAKE_TARGET, 400},
    {WS_HANDSHAKE_HOST_MISSING, 400},
    {WS_HANDSHAKE_HOST_REPEATED, 400},
    {WS_HANDSHAKE_HOST_INVALID, 400},
    /* RFC 9110 15.5.22: the resource is served over another protocol only. */
    {WS_HANDSHAKE_UPGRADE_MISSING, 426},
    /* 4.2.2 item 4 and 4.4 */
    {WS_HANDSHAKE_VERSION_UNSUPPORTED, 426},
    {WS_HANDSHAKE_VERSION_MISSING, 426},
};

static ws_handshake_fault weightiest(const ws_handshake_report *report, int *status) {
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        *status = weights[i].status;
        if (ws_handshake_has(report, weights[i].fault))
            return weights[i].fault;
    }
    *status = 400;
    return report->findings[0].fault;
}

static const char *status_line(int status) {
    switch (status) {
    case 101:
        return "HTTP/1.1 101 Switching Protocols";
    case 405:
        return "HTTP/1.1 405 Method Not Allowed";
    case 426:
        return "HTTP/1.1 426 Upgrade Required";
    case 431:
        return "HTTP/1.1 431 Request Header Fields Too Large";
    default:
        return "HTTP/1.1 400 Bad Request";
    }
}

static ws_status refuse(peer_endpoint *endpoint, const peer_options *options, const ws_http_head *request,
                        int status, const char *why, ws_buffer *out, peer_opening *opening) {
    char body[256];
    char length[16];
    int size = snprintf(body, sizeof body, "%s\n", why);
    snprintf(length, sizeof length, "%d", size);
    peer_head head = {.role = WS_SERVER,
                      .status = status,
                      .request = request,
                      .message = {.start_line = ws_span_of(status_line(status)), .body = ws_span_of(body)}};
    if (status == 426) {
        add_text(&head, "Upgrade", "websocket");
        add_text(&head, "Sec-WebSocket-Version", "13");
    }
    if (status == 405)
        add_text(&head, "Allow", "GET");
    add_text(&head, "Connection", status == 426 ? "Upgrade, close" : "close");
    add_text(&head, "Content-Type", "text/plain");
    add_text(&head, "Content-Length", length);
    add_agent(&head, options);
    opening->refusal = why;
    return emit_head(endpoint, options, &head, out);
}

ws_status peer_opening_answer_unreadable(peer_endpoint *endpoint, const peer_options *options,
                                         ws_status unreadable, ws_buffer *out, peer_opening *opening) {
    *opening = (peer_opening){0};
    if (unreadable == WS_ERR_LIMIT)
        return refuse(endpoint, options, NULL, 431, "the request head is too large", out, opening);
    return refuse(endpoint, options, NULL, 400, "the request is not HTTP/1.1", out, opening);
}

/* ------------------------------------------------------------------ server: 101 */

static const char *choose_subprotocol(const peer_options *options, const ws_http_head *head) {
    ws_span offered[PEER_SUBPROTOCOLS_MAX];
    size_t count = ws_http_list_items(head, "Sec-WebSocket-Protocol", offered, PEER_SUBPROTOCOLS_MAX);
    if (count > PEER_SUBPROTOCOLS_MAX)
        count = PEER_SUBPROTOCOLS_MAX;
    for (size_t i = 0; i < count; i++) {
        const char *known = agreed_subprotocol(options, offered[i]);
        if (known)
            return known;
    }
    return NULL;
}

static ws_status negotiate(const peer_options *options, const ws_http_head *head, peer_opening *opening) {
    opening->subprotocol = choose_subprotocol(options, head);
    if (options->no_deflate)
        return WS_OK;
    ws_extension_list *offers;
    ws_status status = read_extensions(head, &offers);
    const peer_behaviour *behaviour = behaviour_of(options);
    if (offers && behaviour->answer_offers)
        opening->deflate = behaviour->answer_offers(offers, &opening->answer);
    else if (offers)
        opening->deflate = ws_deflate_negotiate(offers, &options->deflate, &opening->answer);
    ws_extension_list_free(offers);
    return status;
}

static ws_status accept_request(peer_endpoint *endpoint, const peer_options *options,
                                const ws_http_head *head, ws_buffer *out, peer_opening *opening) {
    const ws_http_field *key = ws_http_field_get(head, "Sec-WebSocket-Key", 0);
    char accept[WS_ACCEPT_TEXT_SIZE + 1];
    ws_buffer extensions;
    ws_buffer_init(&extensions, 0);
    ws_status status = ws_handshake_accept(key ? key->value : ws_span_of(""), accept);
    if (status == WS_OK)
        status = negotiate(options, head, opening);
    if (status == WS_OK && opening->deflate)
        status = ws_deflate_params_write(&opening->answer, true, &extensions);
    if (status == WS_OK) {
        peer_head answer = {.role = WS_SERVER,
                            .status = 101,
                            .request = head,
                            .message.start_line = ws_span_of(status_line(101))};
        add_text(&answer, "Upgrade", "websocket");
        add_text(&answer, "Connection", "Upgrade");
        add_text(&answer, "Sec-WebSocket-Accept", accept);
        if (opening->subprotocol)
            add_text(&answer, "Sec-WebSocket-Protocol", opening->subprotocol);
        if (opening->deflate)
            add_line(&answer, "Sec-WebSocket-Extensions", ws_buffer_span(&extensions));
        add_agent(&answer, options);
        status = emit_head(endpoint, options, &answer, out);
    }
    ws_buffer_clear(&extensions);
    return status;
}

ws_status peer_opening_answer(peer_endpoint *endpoint, const peer_options *options, const ws_http_head *head,
                              ws_buffer *out, peer_opening *opening) {
    ws_handshake_report report;
    *opening = (peer_opening){0};
    ws_status status = ws_handshake_check_request(head, &report);
    if (status != WS_OK)
        return status;
    sift(behaviour_of(options), head, &report);
    const peer_behaviour *behaviour = behaviour_of(options);
    if (report.count == 0 && behaviour->refuse_request && behaviour->refuse_request(endpoint, head))
        return refuse(endpoint, options, head, 400, "the behaviour wants it so", out, opening);
    if (report.count == 0)
        return accept_request(endpoint, options, head, out, opening);
    int code;
    ws_handshake_fault fault = weightiest(&report, &code);
    return refuse(endpoint, options, head, code, ws_handshake_describe(fault)->text, out, opening);
}
