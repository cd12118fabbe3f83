#include "wire/close.h"

#include <criterion/criterion.h>
#include <string.h>

/* RFC 6455 7.4.1 and 7.4.2, and the registry of IANA: every code there is, in order. */
static const struct {
    uint16_t first, last;
    ws_close_class class;
    bool sendable;
} ranges[] = {
    {0, 999, WS_CLOSE_OUTSIDE, false},        {1000, 1003, WS_CLOSE_ASSIGNED, true},
    {1004, 1004, WS_CLOSE_UNASSIGNED, false}, {1005, 1006, WS_CLOSE_LOCAL_ONLY, false},
    {1007, 1014, WS_CLOSE_ASSIGNED, true},    {1015, 1015, WS_CLOSE_LOCAL_ONLY, false},
    {1016, 2999, WS_CLOSE_UNASSIGNED, false}, {3000, 3999, WS_CLOSE_LIBRARY, true},
    {4000, 4999, WS_CLOSE_PRIVATE, true},     {5000, 65535, WS_CLOSE_OUTSIDE, false},
};
enum { RANGES = sizeof ranges / sizeof *ranges };

Test(close, table_of_ranges_has_every_code_once) {
    cr_assert_eq(ranges[0].first, 0);
    for (size_t i = 1; i < RANGES; i++)
        cr_assert_eq(ranges[i].first, ranges[i - 1].last + 1, "row %zu", i);
    cr_assert_eq(ranges[RANGES - 1].last, 65535);
}

Test(close, every_code_has_the_class_of_its_range) {
    for (size_t i = 0; i < RANGES; i++)
        for (uint32_t code = ranges[i].first; code <= ranges[i].last; code++)
            if (ws_close_classify((uint16_t)code) != ranges[i].class)
                cr_assert_fail("code %u", (unsigned)code);
}

Test(close, every_code_is_sendable_as_its_range_is) {
    for (size_t i = 0; i < RANGES; i++)
        for (uint32_t code = ranges[i].first; code <= ranges[i].last; code++)
            if (ws_close_sendable((uint16_t)code) != ranges[i].sendable)
                cr_assert_fail("code %u", (unsigned)code);
}

Test(close, named_codes_have_the_values_of_rfc_6455_7_4_1) {
    static const struct {
        int code, value;
    } rows[] = {
        {WS_CLOSE_NORMAL, 1000},         {WS_CLOSE_GOING_AWAY, 1001},
        {WS_CLOSE_PROTOCOL_ERROR, 1002}, {WS_CLOSE_UNSUPPORTED_DATA, 1003},
        {WS_CLOSE_NO_STATUS, 1005},      {WS_CLOSE_ABNORMAL, 1006},
        {WS_CLOSE_INVALID_DATA, 1007},   {WS_CLOSE_POLICY, 1008},
        {WS_CLOSE_TOO_BIG, 1009},        {WS_CLOSE_MISSING_EXTENSION, 1010},
        {WS_CLOSE_INTERNAL_ERROR, 1011},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(rows[i].code, rows[i].value, "row %zu", i);
}

Test(close, codes_have_the_names_of_the_registry) {
    static const struct {
        uint16_t code;
        const char *name;
    } rows[] = {
        {999, "outside every range"},
        {1000, "normal closure"},
        {1001, "going away"},
        {1002, "protocol error"},
        {1003, "unsupported data"},
        {1004, "reserved"},
        {1005, "no status received"},
        {1006, "abnormal closure"},
        {1007, "invalid frame payload data"},
        {1008, "policy violation"},
        {1009, "message too big"},
        {1010, "mandatory extension"},
        {1011, "internal error"},
        {1012, "service restart"},
        {1013, "try again later"},
        {1014, "bad gateway"},
        {1015, "TLS handshake"},
        {1016, "unassigned"},
        {2999, "unassigned"},
        {3000, "library or framework code"},
        {3999, "library or framework code"},
        {4000, "private code"},
        {4999, "private code"},
        {5000, "outside every range"},
        {65535, "outside every range"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(ws_close_name(rows[i].code), rows[i].name, "code %u", (unsigned)rows[i].code);
}

Test(close, every_code_has_a_name) {
    for (uint32_t code = 0; code <= 65535; code++) {
        const char *name = ws_close_name((uint16_t)code);
        if (!name || strlen(name) == 0)
            cr_assert_fail("code %u", (unsigned)code);
    }
}
