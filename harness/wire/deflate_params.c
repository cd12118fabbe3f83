/* Negotiating permessage-deflate (RFC 7692 7 and 7.1). */
#include "wire/deflate.h"

static const char extension_name[] = "permessage-deflate";

enum { WINDOW_BITS_MIN = 8, WINDOW_BITS_MAX = 15 };

static bool in_window_range(unsigned bits) {
    return bits >= WINDOW_BITS_MIN && bits <= WINDOW_BITS_MAX;
}

const char *ws_deflate_fault_describe(ws_deflate_fault fault) {
    static const char *const sentences[WS_DEFLATE_FAULT_COUNT] = {
        [WS_DEFLATE_FINE] = "no fault",
        [WS_DEFLATE_NOT_DEFLATE] = "the extension is not permessage-deflate",
        [WS_DEFLATE_PARAM_UNKNOWN] = "permessage-deflate has a parameter that RFC 7692 does not define",
        [WS_DEFLATE_PARAM_REPEATED] = "permessage-deflate has the same parameter twice",
        [WS_DEFLATE_VALUE_MISSING] = "a max_window_bits parameter stands without the value it needs",
        [WS_DEFLATE_VALUE_UNEXPECTED] = "a no_context_takeover parameter has a value",
        [WS_DEFLATE_VALUE_INVALID] =
            "a max_window_bits value is not a decimal number from 8 to 15 without leading zero",
        [WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER] =
            "the answer does not keep server_max_window_bits within the value that the client offered",
        [WS_DEFLATE_ANSWER_CLIENT_WINDOW_UNOFFERED] =
            "the answer has client_max_window_bits although the client did not offer it",
        [WS_DEFLATE_ANSWER_TAKEOVER_IGNORED] =
            "the answer leaves out server_no_context_takeover although the client asked for it",
        [WS_DEFLATE_ANSWER_TWICE] = "the server answered with permessage-deflate more than once",
        [WS_DEFLATE_ANSWER_BESIDE_ANOTHER] =
            "the server accepts another extension beside permessage-deflate, and RSV1 can serve one",
        [WS_DEFLATE_ANSWER_WITHOUT_OFFER] =
            "the server accepts an offer that has to be declined: no other was made"};
    bool known = (unsigned)fault < WS_DEFLATE_FAULT_COUNT;
    return known ? sentences[fault] : "unknown fault";
}

/* --- reading ------------------------------------------------------------------------------------- */

static ws_deflate_fault read_flag(const ws_extension_param *param) {
    return param->value.data ? WS_DEFLATE_VALUE_UNEXPECTED : WS_DEFLATE_FINE;
}

/* 7.1.2.1: 1*DIGIT, without leading zeroes, 8 to 15: only one or two digits can be right. */
static ws_deflate_fault read_window_bits(const ws_extension_param *param, uint8_t *bits) {
    ws_span value = param->value;
    if (!value.data)
        return WS_DEFLATE_VALUE_MISSING;
    if (value.size < 1 || value.size > 2 || value.data[0] == '0')
        return WS_DEFLATE_VALUE_INVALID;
    unsigned number = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return WS_DEFLATE_VALUE_INVALID;
        number = number * 10 + (value.data[i] - (unsigned)'0');
    }
    if (!in_window_range(number))
        return WS_DEFLATE_VALUE_INVALID;
    *bits = (uint8_t)number;
    return WS_DEFLATE_FINE;
}

typedef enum param_id {
    SERVER_NO_CONTEXT_TAKEOVER,
    CLIENT_NO_CONTEXT_TAKEOVER,
    SERVER_MAX_WINDOW_BITS,
    CLIENT_MAX_WINDOW_BITS,
    PARAM_COUNT
} param_id;

static const char *const param_names[PARAM_COUNT] = {"server_no_context_takeover",
                                                     "client_no_context_takeover", "server_max_window_bits",
                                                     "client_max_window_bits"};

static param_id identify(ws_span name) {
    unsigned id = 0;
    while (id < PARAM_COUNT && !ws_span_equal(name, ws_span_of(param_names[id])))
        id++;
    return (param_id)id;
}

static ws_deflate_fault read_param(const ws_extension_param *param, param_id id, bool answer,
                                   ws_deflate_params *params) {
    switch (id) {
    case SERVER_NO_CONTEXT_TAKEOVER:
        params->server_no_context_takeover = true;
        return read_flag(param);
    case CLIENT_NO_CONTEXT_TAKEOVER:
        params->client_no_context_takeover = true;
        return read_flag(param);
    case SERVER_MAX_WINDOW_BITS:
        return read_window_bits(param, &params->server_max_window_bits);
    case CLIENT_MAX_WINDOW_BITS:
        params->client_max_window_bits_given = true;
        if (!answer && !param->value.data) /* 7.1.2.2: only an offer may leave out the value */
            return WS_DEFLATE_FINE;
        return read_window_bits(param, &params->client_max_window_bits);
    default:
        return WS_DEFLATE_PARAM_UNKNOWN;
    }
}

ws_deflate_fault ws_deflate_params_read(const ws_extension *extension, bool answer,
                                        ws_deflate_params *params) {
    if (!ws_span_equal(extension->name, ws_span_of(extension_name)))
        return WS_DEFLATE_NOT_DEFLATE;
    ws_deflate_params read = {0};
    bool seen[PARAM_COUNT + 1] = {false};
    for (size_t i = 0; i < extension->param_count; i++) {
        param_id id = identify(extension->params[i].name);
        if (id < PARAM_COUNT && seen[id])
            return WS_DEFLATE_PARAM_REPEATED;
        seen[id] = true;
        ws_deflate_fault fault = read_param(&extension->params[i], id, answer, &read);
        if (fault != WS_DEFLATE_FINE)
            return fault;
    }
    *params = read;
    return WS_DEFLATE_FINE;
}

ws_deflate_fault ws_deflate_answer_check(const ws_deflate_params *offer, const ws_deflate_params *answer) {
    uint8_t offered = offer->server_max_window_bits;
    uint8_t answered = answer->server_max_window_bits;
    if (offer->server_no_context_takeover && !answer->server_no_context_takeover)
        return WS_DEFLATE_ANSWER_TAKEOVER_IGNORED;
    /* An offer of 15 asks for no more than what holds anyway, so an answer may be silent about it: 7.1.2.1
     * says how such an offer is accepted, but nothing depends on it. */
    bool kept =
        answered == 0 ? offered == 0 || offered == WINDOW_BITS_MAX : offered == 0 || answered <= offered;
    if (!kept)
        return WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER;
    if (answer->client_max_window_bits_given && !offer->client_max_window_bits_given)
        return WS_DEFLATE_ANSWER_CLIENT_WINDOW_UNOFFERED;
    return WS_DEFLATE_FINE;
}

/* --- writing ------------------------------------------------------------------------------------- */

static bool is_writable(const ws_deflate_params *params, bool answer) {
    uint8_t server = params->server_max_window_bits;
    uint8_t client = params->client_max_window_bits;
    if (server != 0 && !in_window_range(server))
        return false;
    if (client != 0)
        return in_window_range(client) && params->client_max_window_bits_given;
    return !(answer && params->client_max_window_bits_given);
}

static ws_status write_name(ws_buffer *out, bool wanted, param_id id) {
    return wanted ? ws_buffer_printf(out, "; %s", param_names[id]) : WS_OK;
}

static ws_status write_value(ws_buffer *out, uint8_t bits) {
    return bits != 0 ? ws_buffer_printf(out, "=%u", (unsigned)bits) : WS_OK;
}

static ws_status write_all(const ws_deflate_params *params, ws_buffer *out) {
    ws_status status = ws_buffer_append_text(out, extension_name);
    if (status == WS_OK)
        status = write_name(out, params->server_no_context_takeover, SERVER_NO_CONTEXT_TAKEOVER);
    if (status == WS_OK)
        status = write_name(out, params->client_no_context_takeover, CLIENT_NO_CONTEXT_TAKEOVER);
    if (status == WS_OK)
        status = write_name(out, params->server_max_window_bits != 0, SERVER_MAX_WINDOW_BITS);
    if (status == WS_OK)
        status = write_value(out, params->server_max_window_bits);
    if (status == WS_OK)
        status = write_name(out, params->client_max_window_bits_given, CLIENT_MAX_WINDOW_BITS);
    if (status == WS_OK)
        status = write_value(out, params->client_max_window_bits);
    return status;
}

ws_status ws_deflate_params_write(const ws_deflate_params *params, bool answer, ws_buffer *out) {
    if (!is_writable(params, answer))
        return WS_ERR_ARGUMENT;
    size_t before = out->size;
    ws_status status = write_all(params, out);
    if (status != WS_OK)
        out->size = before;
    return status;
}

/* --- answering ----------------------------------------------------------------------------------- */

/* The smaller of two windows, where 0 stands for the largest. */
static uint8_t smaller_window(uint8_t a, uint8_t b) {
    uint8_t left = a ? a : WINDOW_BITS_MAX;
    uint8_t right = b ? b : WINDOW_BITS_MAX;
    return left < right ? left : right;
}

static bool is_window_wish(uint8_t bits) {
    return bits == 0 || in_window_range(bits);
}

static ws_deflate_params answer_to(const ws_deflate_params *offer, const ws_deflate_policy *policy) {
    ws_deflate_params answer = {0};
    answer.server_no_context_takeover =
        offer->server_no_context_takeover || policy->server_no_context_takeover;
    answer.client_no_context_takeover =
        policy->client_no_context_takeover || (policy->take_hint && offer->client_no_context_takeover);
    uint8_t server = smaller_window(offer->server_max_window_bits, policy->server_max_window_bits);
    if (offer->server_max_window_bits != 0 || server < WINDOW_BITS_MAX)
        answer.server_max_window_bits = server;
    bool ask_client = smaller_window(policy->client_max_window_bits, 0) < WINDOW_BITS_MAX;
    if (ask_client && offer->client_max_window_bits_given) {
        answer.client_max_window_bits_given = true;
        answer.client_max_window_bits =
            smaller_window(offer->client_max_window_bits, policy->client_max_window_bits);
    }
    return answer;
}

bool ws_deflate_negotiate(const ws_extension_list *offers, const ws_deflate_policy *policy,
                          ws_deflate_params *answer) {
    if (!is_window_wish(policy->server_max_window_bits) || !is_window_wish(policy->client_max_window_bits))
        return false;
    for (size_t i = 0; i < offers->count; i++) {
        ws_deflate_params offer;
        if (ws_deflate_params_read(&offers->items[i], false, &offer) != WS_DEFLATE_FINE)
            continue;
        *answer = answer_to(&offer, policy);
        return true;
    }
    return false;
}

ws_deflate_agreement ws_deflate_agreed(const ws_deflate_params *answer, ws_role sender) {
    bool server = sender == WS_SERVER;
    uint8_t bits = server ? answer->server_max_window_bits : answer->client_max_window_bits;
    return (ws_deflate_agreement){.window_bits = smaller_window(bits, 0),
                                  .no_context_takeover = server ? answer->server_no_context_takeover
                                                                : answer->client_no_context_takeover};
}
