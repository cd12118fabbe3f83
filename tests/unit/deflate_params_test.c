/* RFC 7692 7 and 7.1: the parameters of permessage-deflate, read, checked, written and answered. */
#include "wire/deflate.h"

#include <criterion/criterion.h>
#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))
#define TEXT(text)                                                                                           \
    { (const uint8_t *)(text), sizeof(text) - 1 }
#define BARE(name)                                                                                           \
    { TEXT(name), {NULL, 0}, false }
#define VALUED(name, value)                                                                                  \
    { TEXT(name), TEXT(value), false }
#define QUOTED(name, value)                                                                                  \
    { TEXT(name), TEXT(value), true }

#define SERVER_NO   "server_no_context_takeover"
#define CLIENT_NO   "client_no_context_takeover"
#define SERVER_BITS "server_max_window_bits"
#define CLIENT_BITS "client_max_window_bits"

enum { PARAMS_MAX = 4 };

/* A permessage-deflate element; params end at the first without a name. */
static ws_extension element(const ws_extension_param *params) {
    size_t count = 0;
    while (count < PARAMS_MAX && params[count].name.data)
        count++;
    return (ws_extension){TEXT("permessage-deflate"), params, count};
}

static bool same_params(const ws_deflate_params *a, const ws_deflate_params *b) {
    return a->server_no_context_takeover == b->server_no_context_takeover &&
           a->client_no_context_takeover == b->client_no_context_takeover &&
           a->server_max_window_bits == b->server_max_window_bits &&
           a->client_max_window_bits == b->client_max_window_bits &&
           a->client_max_window_bits_given == b->client_max_window_bits_given;
}

/* --- reading ------------------------------------------------------------------------------------- */

typedef enum kind { OFFER, ANSWER, BOTH } kind;

static const struct {
    const char *name;
    kind kind;
    ws_deflate_fault fault;
    ws_extension_param params[PARAMS_MAX];
    ws_deflate_params read;
} readings[] = {
    {"no parameter", BOTH, WS_DEFLATE_FINE, {{{NULL, 0}, {NULL, 0}, false}}, {0}},
    {"server takeover", BOTH, WS_DEFLATE_FINE, {BARE(SERVER_NO)}, {.server_no_context_takeover = true}},
    {"client takeover", BOTH, WS_DEFLATE_FINE, {BARE(CLIENT_NO)}, {.client_no_context_takeover = true}},
    {"server bits 8", BOTH, WS_DEFLATE_FINE, {VALUED(SERVER_BITS, "8")}, {.server_max_window_bits = 8}},
    {"server bits 9", BOTH, WS_DEFLATE_FINE, {VALUED(SERVER_BITS, "9")}, {.server_max_window_bits = 9}},
    {"server bits 10", BOTH, WS_DEFLATE_FINE, {VALUED(SERVER_BITS, "10")}, {.server_max_window_bits = 10}},
    {"server bits 15", BOTH, WS_DEFLATE_FINE, {VALUED(SERVER_BITS, "15")}, {.server_max_window_bits = 15}},
    {"server bits quoted",
     BOTH,
     WS_DEFLATE_FINE,
     {QUOTED(SERVER_BITS, "12")},
     {.server_max_window_bits = 12}},
    {"client bits 8", BOTH, WS_DEFLATE_FINE, {VALUED(CLIENT_BITS, "8")}, {0, 0, 0, 8, true}},
    {"client bits 15", BOTH, WS_DEFLATE_FINE, {VALUED(CLIENT_BITS, "15")}, {0, 0, 0, 15, true}},
    {"client bits bare", OFFER, WS_DEFLATE_FINE, {BARE(CLIENT_BITS)}, {0, 0, 0, 0, true}},
    {"all four in any order",
     BOTH,
     WS_DEFLATE_FINE,
     {VALUED(CLIENT_BITS, "11"), BARE(CLIENT_NO), VALUED(SERVER_BITS, "9"), BARE(SERVER_NO)},
     {true, true, 9, 11, true}},

    {"client bits bare", ANSWER, WS_DEFLATE_VALUE_MISSING, {BARE(CLIENT_BITS)}, {0}},
    {"server bits bare", BOTH, WS_DEFLATE_VALUE_MISSING, {BARE(SERVER_BITS)}, {0}},
    {"server takeover valued", BOTH, WS_DEFLATE_VALUE_UNEXPECTED, {VALUED(SERVER_NO, "1")}, {0}},
    {"client takeover valued", BOTH, WS_DEFLATE_VALUE_UNEXPECTED, {VALUED(CLIENT_NO, "true")}, {0}},
    {"client takeover empty", BOTH, WS_DEFLATE_VALUE_UNEXPECTED, {QUOTED(CLIENT_NO, "")}, {0}},
    {"server bits 7", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "7")}, {0}},
    {"server bits 16", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "16")}, {0}},
    {"server bits 0", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "0")}, {0}},
    {"server bits 08", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "08")}, {0}},
    {"server bits 010", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "010")}, {0}},
    {"server bits 100", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "100")}, {0}},
    {"server bits 266, which is 10 in an octet",
     BOTH,
     WS_DEFLATE_VALUE_INVALID,
     {VALUED(SERVER_BITS, "266")},
     {0}},
    {"server bits negative", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "-9")}, {0}},
    {"server bits with plus", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "+9")}, {0}},
    {"server bits hexadecimal", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "f")}, {0}},
    {"server bits with a letter", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(SERVER_BITS, "1a")}, {0}},
    {"server bits empty", BOTH, WS_DEFLATE_VALUE_INVALID, {QUOTED(SERVER_BITS, "")}, {0}},
    {"client bits 7", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(CLIENT_BITS, "7")}, {0}},
    {"client bits 16", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(CLIENT_BITS, "16")}, {0}},
    {"client bits 09", BOTH, WS_DEFLATE_VALUE_INVALID, {VALUED(CLIENT_BITS, "09")}, {0}},
    {"client bits empty", BOTH, WS_DEFLATE_VALUE_INVALID, {QUOTED(CLIENT_BITS, "")}, {0}},
    {"server takeover twice", BOTH, WS_DEFLATE_PARAM_REPEATED, {BARE(SERVER_NO), BARE(SERVER_NO)}, {0}},
    {"client takeover twice", BOTH, WS_DEFLATE_PARAM_REPEATED, {BARE(CLIENT_NO), BARE(CLIENT_NO)}, {0}},
    {"server bits twice, same value",
     BOTH,
     WS_DEFLATE_PARAM_REPEATED,
     {VALUED(SERVER_BITS, "9"), VALUED(SERVER_BITS, "9")},
     {0}},
    {"client bits twice, other value",
     BOTH,
     WS_DEFLATE_PARAM_REPEATED,
     {VALUED(CLIENT_BITS, "9"), BARE(CLIENT_NO), VALUED(CLIENT_BITS, "10")},
     {0}},
    {"unknown", BOTH, WS_DEFLATE_PARAM_UNKNOWN, {BARE("max_window_bits")}, {0}},
    {"unknown behind good ones", BOTH, WS_DEFLATE_PARAM_UNKNOWN, {BARE(SERVER_NO), VALUED("x", "1")}, {0}},
    {"name in capitals", BOTH, WS_DEFLATE_PARAM_UNKNOWN, {BARE("Server_No_Context_Takeover")}, {0}},
    {"name cut short", BOTH, WS_DEFLATE_PARAM_UNKNOWN, {BARE("server_no_context_takeove")}, {0}},
    {"the first fault counts", BOTH, WS_DEFLATE_VALUE_MISSING, {BARE(SERVER_BITS), BARE("x")}, {0}},
};

static void check_readings(bool answer) {
    for (size_t i = 0; i < LENGTH_OF(readings); i++) {
        if (readings[i].kind == (answer ? OFFER : ANSWER))
            continue;
        ws_extension extension = element(readings[i].params);
        ws_deflate_params params = {0};
        ws_deflate_fault fault = ws_deflate_params_read(&extension, answer, &params);
        cr_expect_eq(fault, readings[i].fault, "%s: %s", readings[i].name, ws_deflate_fault_describe(fault));
        cr_expect(same_params(&params, &readings[i].read), "%s: parameters", readings[i].name);
    }
}

Test(deflate_params, offers_are_read_by_the_rules_of_section_7) {
    check_readings(false);
}

Test(deflate_params, answers_are_read_by_the_rules_of_section_7) {
    check_readings(true);
}

Test(deflate_params, another_extension_is_not_deflate) {
    static const ws_extension others[] = {{TEXT("x-webkit-deflate-frame"), NULL, 0},
                                          {TEXT("permessage-deflat"), NULL, 0},
                                          {TEXT("permessage-deflate2"), NULL, 0}};
    for (size_t i = 0; i < LENGTH_OF(others); i++) {
        ws_deflate_params params;
        cr_expect_eq(ws_deflate_params_read(&others[i], false, &params), WS_DEFLATE_NOT_DEFLATE);
    }
}

Test(deflate_params, a_fault_leaves_the_parameters_as_they_were) {
    static const ws_extension_param bad[PARAMS_MAX] = {BARE(SERVER_NO), BARE("unknown")};
    ws_extension extension = element(bad);
    ws_deflate_params before = {false, true, 9, 10, true};
    ws_deflate_params params = before;
    ws_deflate_params_read(&extension, false, &params);
    cr_expect(same_params(&params, &before));
}

Test(deflate_params, every_fault_has_its_own_sentence) {
    for (int a = 0; a < WS_DEFLATE_FAULT_COUNT; a++)
        for (int b = 0; b < a; b++)
            cr_expect_str_neq(ws_deflate_fault_describe((ws_deflate_fault)a),
                              ws_deflate_fault_describe((ws_deflate_fault)b));
    cr_expect_str_eq(ws_deflate_fault_describe(WS_DEFLATE_FAULT_COUNT), "unknown fault");
    cr_expect_str_eq(ws_deflate_fault_describe((ws_deflate_fault)-1), "unknown fault");
}

/* --- answers against offers ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    ws_deflate_params offer;
    ws_deflate_params answer;
    ws_deflate_fault fault;
} checks[] = {
    {"nothing for nothing", {0}, {0}, WS_DEFLATE_FINE},
    {"server takeover given unasked (7.1.1.1)", {0}, {.server_no_context_takeover = true}, WS_DEFLATE_FINE},
    {"server takeover asked and given", {1, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, WS_DEFLATE_FINE},
    {"server takeover asked and left out", {1, 0, 0, 0, 0}, {0}, WS_DEFLATE_ANSWER_TAKEOVER_IGNORED},
    {"client takeover wanted unoffered (7.1.1.2)",
     {0},
     {.client_no_context_takeover = true},
     WS_DEFLATE_FINE},
    {"client takeover hint ignored", {0, 1, 0, 0, 0}, {0}, WS_DEFLATE_FINE},
    {"server window unasked (7.1.2.1)", {0}, {.server_max_window_bits = 9}, WS_DEFLATE_FINE},
    {"server window same", {0, 0, 10, 0, 0}, {0, 0, 10, 0, 0}, WS_DEFLATE_FINE},
    {"server window smaller", {0, 0, 10, 0, 0}, {0, 0, 8, 0, 0}, WS_DEFLATE_FINE},
    {"server window larger", {0, 0, 10, 0, 0}, {0, 0, 11, 0, 0}, WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER},
    {"server window left out", {0, 0, 10, 0, 0}, {0}, WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER},
    {"server window 15 left out, which changes nothing", {0, 0, 15, 0, 0}, {0}, WS_DEFLATE_FINE},
    {"server window 14 left out", {0, 0, 14, 0, 0}, {0}, WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER},
    {"client window for a bare offer", {0, 0, 0, 0, 1}, {0, 0, 0, 9, 1}, WS_DEFLATE_FINE},
    {"client window below the hint", {0, 0, 0, 12, 1}, {0, 0, 0, 9, 1}, WS_DEFLATE_FINE},
    {"client window above the hint (7.2.1)", {0, 0, 0, 9, 1}, {0, 0, 0, 12, 1}, WS_DEFLATE_FINE},
    {"client window hint ignored", {0, 0, 0, 9, 1}, {0}, WS_DEFLATE_FINE},
    {"client window unoffered", {0}, {0, 0, 0, 15, 1}, WS_DEFLATE_ANSWER_CLIENT_WINDOW_UNOFFERED},
};

Test(deflate_params, answers_are_checked_against_their_offer) {
    for (size_t i = 0; i < LENGTH_OF(checks); i++) {
        ws_deflate_fault fault = ws_deflate_answer_check(&checks[i].offer, &checks[i].answer);
        cr_expect_eq(fault, checks[i].fault, "%s: %s", checks[i].name, ws_deflate_fault_describe(fault));
    }
}

/* --- writing ------------------------------------------------------------------------------------- */

static const struct {
    ws_deflate_params params;
    bool answer;
    const char *text; /* NULL: refused */
} writings[] = {
    {{0}, false, "permessage-deflate"},
    {{0}, true, "permessage-deflate"},
    {{1, 0, 0, 0, 0}, true, "permessage-deflate; server_no_context_takeover"},
    {{0, 1, 0, 0, 0}, true, "permessage-deflate; client_no_context_takeover"},
    {{0, 0, 8, 0, 0}, true, "permessage-deflate; server_max_window_bits=8"},
    {{0, 0, 0, 0, 1}, false, "permessage-deflate; client_max_window_bits"},
    {{0, 0, 0, 10, 1}, false, "permessage-deflate; client_max_window_bits=10"},
    {{1, 1, 9, 15, 1},
     true,
     "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
     "client_max_window_bits=15"},
    {{0, 0, 0, 0, 1}, true, NULL},   /* an answer needs the value */
    {{0, 0, 0, 10, 0}, false, NULL}, /* a value without its name */
    {{0, 0, 7, 0, 0}, false, NULL},
    {{0, 0, 16, 0, 0}, true, NULL},
    {{0, 0, 0, 7, 1}, false, NULL},
    {{0, 0, 0, 16, 1}, true, NULL},
};

Test(deflate_params, parameters_are_written_in_the_order_of_the_struct) {
    for (size_t i = 0; i < LENGTH_OF(writings); i++) {
        ws_buffer out;
        ws_buffer_init(&out, 0);
        ws_status status = ws_deflate_params_write(&writings[i].params, writings[i].answer, &out);
        const char *wanted = writings[i].text;
        cr_expect_eq(status, wanted ? WS_OK : WS_ERR_ARGUMENT, "row %zu", i);
        cr_expect(ws_span_equal(ws_buffer_span(&out), ws_span_of(wanted ? wanted : "")), "row %zu: \"%.*s\"",
                  i, (int)out.size, (const char *)out.data);
        ws_buffer_clear(&out);
    }
}

Test(deflate_params, a_buffer_that_is_too_small_stays_as_it_was) {
    static const ws_deflate_params all = {1, 1, 9, 15, 1};
    size_t whole = strlen(writings[7].text);
    for (size_t limit = 1; limit < whole + 1; limit++) {
        ws_buffer out;
        ws_buffer_init(&out, limit);
        ws_buffer_append_text(&out, "x");
        cr_expect_eq(ws_deflate_params_write(&all, true, &out), WS_ERR_LIMIT);
        cr_expect(ws_span_equal(ws_buffer_span(&out), ws_span_of("x")));
        ws_buffer_clear(&out);
    }
}

/* --- answering ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    ws_extension_param offer[PARAMS_MAX];
    ws_deflate_policy policy;
    ws_deflate_params answer;
} answers[] = {
    {"nothing for nothing", {{{NULL, 0}, {NULL, 0}, false}}, {0}, {0}},
    {"server takeover is granted", {BARE(SERVER_NO)}, {0}, {1, 0, 0, 0, 0}},
    {"server takeover by policy",
     {{{NULL, 0}, {NULL, 0}, false}},
     {true, false, false, 0, 0},
     {1, 0, 0, 0, 0}},
    {"client takeover by policy",
     {{{NULL, 0}, {NULL, 0}, false}},
     {false, true, false, 0, 0},
     {0, 1, 0, 0, 0}},
    {"client takeover hint alone", {BARE(CLIENT_NO)}, {0}, {0}},
    {"client takeover hint taken up", {BARE(CLIENT_NO)}, {.take_hint = true}, {0, 1, 0, 0, 0}},
    {"no hint to be taken up", {{{NULL, 0}, {NULL, 0}, false}}, {.take_hint = true}, {0}},
    {"server window is granted", {VALUED(SERVER_BITS, "10")}, {0}, {0, 0, 10, 0, 0}},
    {"server window 15 is granted", {VALUED(SERVER_BITS, "15")}, {0}, {0, 0, 15, 0, 0}},
    {"server window smaller by policy", {VALUED(SERVER_BITS, "10")}, {0, 0, 0, 8, 0}, {0, 0, 8, 0, 0}},
    {"server window larger by policy", {VALUED(SERVER_BITS, "10")}, {0, 0, 0, 12, 0}, {0, 0, 10, 0, 0}},
    {"server window unasked", {{{NULL, 0}, {NULL, 0}, false}}, {0, 0, 0, 9, 0}, {0, 0, 9, 0, 0}},
    {"server window 15 is no wish", {{{NULL, 0}, {NULL, 0}, false}}, {0, 0, 0, 15, 0}, {0}},
    {"client window offered, not wanted", {BARE(CLIENT_BITS)}, {0}, {0}},
    {"client window hint, not wanted", {VALUED(CLIENT_BITS, "9")}, {0}, {0}},
    {"client window wanted", {BARE(CLIENT_BITS)}, {0, 0, 0, 0, 11}, {0, 0, 0, 11, 1}},
    {"client window wanted above hint", {VALUED(CLIENT_BITS, "9")}, {0, 0, 0, 0, 11}, {0, 0, 0, 9, 1}},
    {"client window wanted below hint", {VALUED(CLIENT_BITS, "12")}, {0, 0, 0, 0, 11}, {0, 0, 0, 11, 1}},
    {"client window wanted, unoffered", {{{NULL, 0}, {NULL, 0}, false}}, {0, 0, 0, 0, 11}, {0}},
};

Test(deflate_params, offers_are_answered_by_the_policy) {
    for (size_t i = 0; i < LENGTH_OF(answers); i++) {
        ws_extension extension = element(answers[i].offer);
        ws_extension_list offers = {&extension, 1};
        ws_deflate_params answer = {0};
        cr_expect(ws_deflate_negotiate(&offers, &answers[i].policy, &answer), "%s: accepted",
                  answers[i].name);
        cr_expect(same_params(&answer, &answers[i].answer), "%s: answer", answers[i].name);
    }
}

Test(deflate_params, every_answer_suits_its_offer) {
    for (size_t i = 0; i < LENGTH_OF(answers); i++) {
        ws_extension extension = element(answers[i].offer);
        ws_extension_list offers = {&extension, 1};
        ws_deflate_params offer = {0};
        ws_deflate_params answer = {0};
        ws_deflate_params_read(&extension, false, &offer);
        ws_deflate_negotiate(&offers, &answers[i].policy, &answer);
        cr_expect_eq(ws_deflate_answer_check(&offer, &answer), WS_DEFLATE_FINE, "%s", answers[i].name);
    }
}

static const ws_extension_param window_of_16[] = {VALUED(SERVER_BITS, "16")};
static const ws_extension_param window_of_10[] = {VALUED(SERVER_BITS, "10")};
static const ws_deflate_policy any_policy = {0};

Test(deflate_params, the_first_well_formed_offer_is_taken) {
    const ws_extension items[] = {{TEXT("permessage-bzip2"), NULL, 0},
                                  {TEXT("permessage-deflate"), window_of_16, 1},
                                  {TEXT("permessage-deflate"), window_of_10, 1},
                                  {TEXT("permessage-deflate"), NULL, 0}};
    ws_extension_list offers = {items, LENGTH_OF(items)};
    ws_deflate_params answer = {0};
    cr_assert(ws_deflate_negotiate(&offers, &any_policy, &answer));
    cr_expect_eq(answer.server_max_window_bits, 10);
}

Test(deflate_params, malformed_and_foreign_offers_are_declined) {
    const ws_extension items[] = {{TEXT("permessage-bzip2"), NULL, 0},
                                  {TEXT("permessage-deflate"), window_of_16, 1}};
    ws_extension_list offers = {items, LENGTH_OF(items)};
    ws_deflate_params answer;
    cr_expect_not(ws_deflate_negotiate(&offers, &any_policy, &answer));
}

Test(deflate_params, no_offer_is_no_answer) {
    ws_extension_list offers = {NULL, 0};
    ws_deflate_params answer;
    cr_expect_not(ws_deflate_negotiate(&offers, &any_policy, &answer));
}

Test(deflate_params, a_policy_with_an_impossible_window_answers_nothing) {
    static const ws_deflate_policy impossible[] = {{.server_max_window_bits = 7},
                                                   {.server_max_window_bits = 16},
                                                   {.client_max_window_bits = 7},
                                                   {.client_max_window_bits = 16}};
    const ws_extension items[] = {{TEXT("permessage-deflate"), NULL, 0}};
    ws_extension_list offers = {items, 1};
    ws_deflate_params answer;
    for (size_t i = 0; i < LENGTH_OF(impossible); i++)
        cr_expect_not(ws_deflate_negotiate(&offers, &impossible[i], &answer), "row %zu", i);
}

Test(deflate_params, each_direction_has_its_own_agreement) {
    static const ws_deflate_params answer = {true, false, 9, 12, true};
    ws_deflate_agreement server = ws_deflate_agreed(&answer, WS_SERVER);
    ws_deflate_agreement client = ws_deflate_agreed(&answer, WS_CLIENT);
    cr_expect_eq(server.window_bits, 9);
    cr_expect(server.no_context_takeover);
    cr_expect_eq(client.window_bits, 12);
    cr_expect_not(client.no_context_takeover);
}

Test(deflate_params, without_parameters_windows_are_full_and_contexts_kept) {
    static const ws_deflate_params answer = {0};
    for (int role = WS_CLIENT; role <= WS_SERVER; role++) {
        ws_deflate_agreement agreement = ws_deflate_agreed(&answer, (ws_role)role);
        cr_expect_eq(agreement.window_bits, 15);
        cr_expect_not(agreement.no_context_takeover);
    }
}
