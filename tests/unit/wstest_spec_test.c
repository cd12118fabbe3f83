/* The spec files of wstest: patterns, members, what is wrong with them. */
#include "cli/wstest_spec.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct row {
    const char *pattern, *id;
    bool fits;
} row;

Test(wstest_spec, a_pattern_with_a_star_fits_the_beginning_and_one_without_the_whole) {
    static const row rows[] = {
        {"1.1.1", "1.1.1", true},    {"1.1.1", "1.1.10", false}, {"1.*", "1.2.10", true},
        {"1.*", "10.1.1", false},    {"1*", "10.1.1", true},     {"2.1*", "2.11", true},
        {"2.1*", "2.2", false},      {"12.*.1", "12.3.1", true}, {"12.*.1", "12.3.15", true},
        {"12.*.1", "12.3.2", false}, {"*", "7.7.1", true},       {"", "1.1.1", false},
        {"*.1.1", "9.1.1", true},    {"1.1.1*1", "1.1.1", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(wstest_pattern_fits(rows[i].pattern, rows[i].id), rows[i].fits, "%s %s", rows[i].pattern,
                     rows[i].id);
}

static void parse(wstest_spec *spec, const char *text) {
    char error[256] = "";
    cr_assert(wstest_spec_parse(spec, "s.json", text, error, sizeof error), "%s", error);
}

Test(wstest_spec, cases_are_the_listed_ones_without_the_excluded) {
    wstest_spec spec;
    parse(&spec,
          "{\"cases\": [\"1.*\", \"7.7.1\"], \"exclude-cases\": [\"\", \"1.2.*\"], \"enable-ssl\": false}");
    cr_expect(wstest_spec_wants(&spec, "1.1.1"));
    cr_expect(wstest_spec_wants(&spec, "7.7.1"));
    cr_expect_not(wstest_spec_wants(&spec, "1.2.1"));
    cr_expect_not(wstest_spec_wants(&spec, "2.1"));
    wstest_spec_clear(&spec);
}

Test(wstest_spec, without_cases_it_is_all_of_them) {
    wstest_spec spec;
    parse(&spec, "{\"exclude-cases\": null}");
    cr_expect(wstest_spec_wants(&spec, "13.7.18"));
    wstest_spec_clear(&spec);
}

Test(wstest_spec, agents_are_spared_by_patterns_that_fit_the_whole) {
    wstest_spec spec;
    parse(&spec, "{\"exclude-agent-cases\": {\"ws*\": [\"9.*\"], \"x\": [\"1.1.1\"]}}");
    cr_expect(wstest_spec_spares(&spec, "ws/8", "9.1.1"));
    cr_expect_not(wstest_spec_spares(&spec, "ws/8", "1.1.1"));
    cr_expect(wstest_spec_spares(&spec, "x", "1.1.1"));
    cr_expect_not(wstest_spec_spares(&spec, "xx", "1.1.1"));
    cr_expect_not(wstest_spec_spares(&spec, "x", "1.1.10"));
    wstest_spec_clear(&spec);
}

Test(wstest_spec, servers_have_a_url_and_perhaps_more) {
    wstest_spec spec;
    parse(&spec, "{\"servers\": [{\"url\": \"ws://a\"}, {\"url\": \"ws://b\", \"agent\": \"B\", \"origin\": "
                 "\"http://o\","
                 "\"protocols\": [\"p\", \"q\"], \"options\": {\"version\": 18}}]}");
    cr_assert_eq(spec.server_count, 2);
    cr_expect_str_eq(spec.servers[0].url, "ws://a");
    cr_expect_null(spec.servers[0].agent);
    cr_expect_str_eq(spec.servers[1].agent, "B");
    cr_expect_str_eq(spec.servers[1].origin, "http://o");
    cr_expect_str_eq(spec.servers[1].protocol, "p");
    wstest_spec_clear(&spec);
}

Test(wstest_spec, what_is_wrong_is_one_sentence) {
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"[]", "s.json: expected an object"},
        {"{\"outdir\": 1}", "s.json: \"outdir\": expected text"},
        {"{\"cases\": \"*\"}", "s.json: \"cases\": expected a list of patterns, such as [\"1.*\"]"},
        {"{\"cases\": [1]}", "s.json: \"cases\": expected a list of patterns, such as [\"1.*\"]"},
        {"{\"servers\": [{}]}", "s.json: \"servers\": expected a \"url\" for each server"},
        {"{\"servers\": [1]}", "s.json: \"servers\": expected an object with a \"url\" for each server"},
        {"{\"exclude-agent-cases\": {\"a\": 1}}",
         "s.json: \"exclude-agent-cases\": expected a list of patterns for each agent"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wstest_spec spec;
        char error[256] = "";
        cr_expect_not(wstest_spec_parse(&spec, "s.json", rows[i].text, error, sizeof error));
        cr_expect_str_eq(error, rows[i].error);
    }
}
