/* Negotiation of permessage-deflate: the input is a field value with offers, its last octets are the policy
 * of a server and an answer to judge. What is read is written and read as the same; the answer of
 * ws_deflate_negotiate fits the offer it accepts by the rules of RFC 7692 7.1, written down here once more,
 * and so does any that ws_deflate_answer_check lets pass.
 *
 * Covers: ws_deflate_params_read, ws_deflate_params_write, ws_deflate_negotiate, ws_deflate_answer_check,
 * ws_deflate_agreed, ws_deflate_fault_describe */
#include "support.h"

#include "wire/deflate.h"

#include <stdlib.h>
#include <string.h>

static bool same(const ws_deflate_params *a, const ws_deflate_params *b) {
    return a->server_no_context_takeover == b->server_no_context_takeover &&
           a->client_no_context_takeover == b->client_no_context_takeover &&
           a->server_max_window_bits == b->server_max_window_bits &&
           a->client_max_window_bits == b->client_max_window_bits &&
           a->client_max_window_bits_given == b->client_max_window_bits_given;
}

static bool in_range(uint8_t bits) {
    return bits == 0 || (bits >= 8 && bits <= 15);
}

/* 7.1.1.1, 7.1.2.1 and 7.1.2.2. An offer of 15 may be passed over in silence. */
static bool fits(const ws_deflate_params *offer, const ws_deflate_params *answer) {
    uint8_t offered = offer->server_max_window_bits ? offer->server_max_window_bits : 15;
    uint8_t answered = answer->server_max_window_bits ? answer->server_max_window_bits : 15;
    bool takeover = !offer->server_no_context_takeover || answer->server_no_context_takeover;
    bool client = !answer->client_max_window_bits_given || offer->client_max_window_bits_given;
    return takeover && client && answered <= offered;
}

static void check_written(const ws_deflate_params *params, bool answer) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    fuzz_ok(ws_deflate_params_write(params, answer, &text));
    ws_span value = ws_buffer_span(&text);
    ws_extension_list *list = NULL;
    fuzz_ok(ws_extension_parse(&value, 1, &list, NULL, NULL));
    ws_deflate_params again;
    FUZZ_CHECK(list->count == 1 && ws_deflate_params_read(&list->items[0], answer, &again) == WS_DEFLATE_FINE,
               "what was written is refused");
    FUZZ_CHECK(same(params, &again), "written and read again, the parameters are others");
    ws_buffer full;
    ws_buffer_init(&full, text.size - 1);
    FUZZ_CHECK(ws_deflate_params_write(params, answer, &full) == WS_ERR_LIMIT && full.size == 0,
               "a full buffer takes parameters");
    ws_buffer_clear(&full);
    ws_buffer_clear(&text);
    ws_extension_list_free(list);
}

static void check_agreed(const ws_deflate_params *answer) {
    ws_deflate_agreement server = ws_deflate_agreed(answer, WS_SERVER),
                         client = ws_deflate_agreed(answer, WS_CLIENT);
    FUZZ_CHECK(server.window_bits == (answer->server_max_window_bits ? answer->server_max_window_bits : 15) &&
                   client.window_bits ==
                       (answer->client_max_window_bits ? answer->client_max_window_bits : 15) &&
                   server.no_context_takeover == answer->server_no_context_takeover &&
                   client.no_context_takeover == answer->client_no_context_takeover,
               "the agreement is not what the answer says");
}

/* judged: an answer, NULL when it is none that could be written. */
static void check_one(const ws_extension *extension, const ws_deflate_params *judged) {
    for (int answer = 0; answer < 2; answer++) {
        ws_deflate_params params;
        ws_deflate_fault fault = ws_deflate_params_read(extension, answer != 0, &params);
        FUZZ_CHECK(ws_deflate_fault_describe(fault)[0], "a fault without a sentence");
        if (fault != WS_DEFLATE_FINE)
            continue;
        FUZZ_CHECK(in_range(params.server_max_window_bits) && in_range(params.client_max_window_bits),
                   "a window out of its range is read");
        check_written(&params, answer != 0);
        check_agreed(&params);
        if (!judged)
            continue;
        fault = ws_deflate_answer_check(&params, judged);
        FUZZ_CHECK((fault == WS_DEFLATE_FINE) == fits(&params, judged), "an answer is judged wrong: %s",
                   ws_deflate_fault_describe(fault));
    }
}

/* Numbers around the range, the ends more often. */
static uint8_t take_bits(fuzz_input *input) {
    static const uint8_t bits[] = {0, 0, 0, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 16, 255};
    return bits[fuzz_take(input) & 15];
}

static ws_deflate_policy take_policy(fuzz_input *input) {
    uint8_t flags = fuzz_take(input);
    return (ws_deflate_policy){.server_no_context_takeover = flags & 1,
                               .client_no_context_takeover = flags >> 1 & 1,
                               .take_hint = flags >> 2 & 1,
                               .server_max_window_bits = take_bits(input),
                               .client_max_window_bits = take_bits(input)};
}

static ws_deflate_params take_params(fuzz_input *input) {
    uint8_t flags = fuzz_take(input);
    return (ws_deflate_params){.server_no_context_takeover = flags & 1,
                               .client_no_context_takeover = flags >> 1 & 1,
                               .client_max_window_bits_given = flags >> 2 & 1,
                               .server_max_window_bits = take_bits(input),
                               .client_max_window_bits = take_bits(input)};
}

/* The answer accepts the first offer that is well-formed. */
static void check_negotiation(const ws_extension_list *list, const ws_deflate_policy *policy) {
    ws_deflate_params answer, offer;
    bool agreed = ws_deflate_negotiate(list, policy, &answer);
    bool possible = in_range(policy->server_max_window_bits) && in_range(policy->client_max_window_bits);
    size_t first = 0;
    while (first < list->count &&
           ws_deflate_params_read(&list->items[first], false, &offer) != WS_DEFLATE_FINE)
        first++;
    FUZZ_CHECK(agreed == (possible && first < list->count), "agreed: %d", agreed);
    if (!agreed)
        return;
    FUZZ_CHECK(fits(&offer, &answer), "the answer does not fit its offer");
    FUZZ_CHECK(ws_deflate_answer_check(&offer, &answer) == WS_DEFLATE_FINE, "our own answer is judged wrong");
    FUZZ_CHECK(policy->server_max_window_bits == 0 ||
                   ws_deflate_agreed(&answer, WS_SERVER).window_bits <= policy->server_max_window_bits,
               "the policy is not kept");
    check_written(&answer, true);
    check_agreed(&answer);
}

/* What an answer says has a value, and every value is in its range. Whether the parameters may stand in an
 * offer. */
static bool check_writable(const ws_deflate_params *params) {
    bool given = params->client_max_window_bits_given;
    bool offer = in_range(params->server_max_window_bits) && in_range(params->client_max_window_bits) &&
                 (params->client_max_window_bits == 0 || given);
    bool answer = offer && given == (params->client_max_window_bits != 0);
    ws_buffer out;
    ws_buffer_init(&out, 0);
    FUZZ_CHECK((ws_deflate_params_write(params, false, &out) == WS_OK) == offer,
               "what an offer may say is wrong");
    FUZZ_CHECK((ws_deflate_params_write(params, true, &out) == WS_OK) == answer,
               "what an answer may say is wrong");
    ws_buffer_clear(&out);
    return offer;
}

/* No header can say it, but a caller of the function may. */
static void check_empty_value(void) {
    static const uint8_t nothing;
    ws_extension_param param = {.name = ws_span_of("server_max_window_bits"), .value = {&nothing, 0}};
    ws_extension extension = {.name = ws_span_of("permessage-deflate"), .params = &param, .param_count = 1};
    ws_deflate_params params;
    FUZZ_CHECK(ws_deflate_params_read(&extension, false, &params) == WS_DEFLATE_VALUE_INVALID,
               "an empty value is read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    ws_deflate_policy policy = take_policy(&input);
    ws_deflate_params judged = take_params(&input);
    bool writable = check_writable(&judged);
    check_empty_value();
    ws_span value = fuzz_rest(&input);
    ws_extension_list *list = NULL;
    if (ws_extension_parse(&value, 1, &list, NULL, NULL) == WS_OK) {
        for (size_t i = 0; i < list->count; i++)
            check_one(&list->items[i], writable ? &judged : NULL);
        check_negotiation(list, &policy);
    }
    FUZZ_CHECK(ws_deflate_fault_describe((ws_deflate_fault)fuzz_take(&input))[0],
               "a fault without a sentence");
    ws_extension_list_free(list);
    return 0;
}
