/* Signed reports: the canonical form, signing, tampering, and what a claim needs. */
#include "reports/canonical.h"
#include "reports/certificate.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MAX_HERE = 64 };

static char folder[PATH_MAX_HERE], private_path[2 * PATH_MAX_HERE], public_path[2 * PATH_MAX_HERE],
    other_path[2 * PATH_MAX_HERE], report_path[2 * PATH_MAX_HERE];
static char error[1024];

/* ------------------------------------------------------------------ files */

static void write_octets(const char *path, const char *text, size_t size) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void write_key(const char *private_file, const char *public_file, const char *type) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, type);
    FILE *file = fopen(private_file, "w");
    cr_assert(key && file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(file);
    file = fopen(public_file, "w");
    cr_assert(file && PEM_write_PUBKEY(file, key) == 1);
    fclose(file);
    EVP_PKEY_free(key);
}

static const char report_text[] =
    "{\"schema\":\"wspect-report/1\",\n"
    "\"tool\":{\"name\":\"wspect\",\"version\":\"0.1.0\",\"cases_sha256\":\"ab12\"},\n"
    "\"target\":{\"role\":\"server\",\"url\":\"ws://localhost:1\"},\n"
    "\"options\":{\"profile\":\"standard\",\"oracle\":\"echo\"},\n"
    "\"started\":\"2026-01-31T12:00:00.000Z\",\"duration_ms\":12.345,\n"
    "\"summary\":{\"OK\":1,\"NON-STRICT\":1,\"INFORMATIONAL\":0,\"UNIMPLEMENTED\":0,\"FAILED\":0,\"SKIPPED\":"
    "0,"
    "\"INCONCLUSIVE\":0},\n"
    "\"cases\":[{\"id\":\"a\",\"verdict\":\"OK\",\"duration_ms\":0.5,\"reason\":null,\"transcript\":[\n"
    "  {\"kind\":\"raw\",\"dir\":\"in\",\"t_us\":17,\"offset\":0,\"length\":2,\"octets\":\"00ff\"}]},\n"
    "{\"id\":\"b\",\"verdict\":\"NON-STRICT\",\"reason\":\"late, \\u00fc\\n\"}]}\n";

static void make_files(void) {
    snprintf(folder, sizeof folder, "/tmp/certificate-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(private_path, sizeof private_path, "%s/private.pem", folder);
    snprintf(public_path, sizeof public_path, "%s/public.pem", folder);
    snprintf(other_path, sizeof other_path, "%s/other.pem", folder);
    snprintf(report_path, sizeof report_path, "%s/report.json", folder);
    write_key(private_path, other_path, "ED25519");
    write_key(private_path, public_path, "ED25519");
    write_octets(report_path, report_text, strlen(report_text));
}

static void remove_files(void) {
    unlink(private_path);
    unlink(public_path);
    unlink(other_path);
    unlink(report_path);
    rmdir(folder);
}

TestSuite(canonical);
TestSuite(certificate, .init = make_files, .fini = remove_files);
TestSuite(claim);

/* ------------------------------------------------------------------ canonical form */

static char *canonical(const char *json) {
    char *text = NULL;
    size_t size;
    json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(value, "%s", json);
    int result = report_write_canonical(value, out);
    fclose(out);
    json_decref(value);
    if (result == 0)
        return text;
    free(text);
    return NULL;
}

Test(canonical, numbers_are_those_of_ecmascript) {
    /* RFC 8785 appendix B, and what reports hold. */
    static const struct {
        double number;
        const char *text;
    } rows[] = {{0.0, "0"},
                {-0.0, "0"},
                {5e-324, "5e-324"},
                {-5e-324, "-5e-324"},
                {1.7976931348623157e308, "1.7976931348623157e+308"},
                {9007199254740992.0, "9007199254740992"},
                {-9007199254740992.0, "-9007199254740992"},
                {295147905179352830000.0, "295147905179352830000"},
                {9.999999999999997e22, "9.999999999999997e+22"},
                {1e23, "1e+23"},
                {999999999999999700000.0, "999999999999999700000"},
                {1e21, "1e+21"},
                {9.999999999999997e-7, "9.999999999999997e-7"},
                {0.000001, "0.000001"},
                {333333333.3333332, "333333333.3333332"},
                {333333333.33333325, "333333333.33333325"},
                {-0.0000033333333333333333, "-0.0000033333333333333333"},
                {0.5, "0.5"},
                {1234.567, "1234.567"},
                {100, "100"},
                {12.5e-7, "0.00000125"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[REPORT_NUMBER_MAX];
        report_format_number(rows[i].number, text);
        cr_expect_str_eq(text, rows[i].text);
    }
}

Test(canonical, members_are_sorted_and_white_space_goes) {
    char *text = canonical(" { \"b\" : [ 1 , 2.50, true,\tnull, false ] ,\n \"a\" : { } , \"\" : \"x\" } ");
    cr_expect_str_eq(text, "{\"\":\"x\",\"a\":{},\"b\":[1,2.5,true,null,false]}");
    free(text);
}

Test(canonical, names_are_sorted_by_utf16) {
    /* U+1F600 is D83D DE00, and so before U+FB33. RFC 8785 3.2.3. */
    char *text = canonical("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\u20ac\":3,\"\\r\":4,\"1\":5}");
    cr_expect_str_eq(text,
                     "{\"\\r\":4,\"1\":5,\"\xe2\x82\xac\":3,\"\xf0\x9f\x98\x80\":2,\"\xef\xac\xb3\":1}");
    free(text);
}

Test(canonical, strings_have_one_spelling) {
    char *text = canonical("\"\\u0061\\/\\u0022\\\\\\u0008\\t\\n\\f\\r\\u000B\\u001F\\u007f\\u00e4\\u0000\"");
    cr_expect_str_eq(text, "\"a/\\\"\\\\\\b\\t\\n\\f\\r\\u000b\\u001f\x7f\xc3\xa4\\u0000\"");
    free(text);
}

Test(canonical, integers_that_doubles_cannot_hold_are_refused) {
    char *text = canonical("[9007199254740991,-9007199254740991]");
    cr_expect_str_eq(text, "[9007199254740991,-9007199254740991]");
    free(text);
    cr_expect_null(canonical("[9007199254740992]"));
    cr_expect_null(canonical("{\"a\":-9007199254740992}"));
}

/* ------------------------------------------------------------------ signing */

static char *sign(report_claim claim) {
    report_key *key = report_key_open(private_path, REPORT_KEY_PRIVATE, error, sizeof error);
    report_document *document = report_document_open(report_path, error, sizeof error);
    cr_assert(key && document, "%s", error);
    char *text = report_document_sign(document, key, claim, error, sizeof error);
    report_document_free(document);
    report_key_free(key);
    return text;
}

/* Whether this text is a report with a good signature; `error` says why not. */
static bool holds(const char *text, size_t size, const char *key_path, report_claim *claim) {
    write_octets(report_path, text, size);
    report_key *key = report_key_open(key_path, REPORT_KEY_PUBLIC, error, sizeof error);
    cr_assert_not_null(key, "%s", error);
    report_document *document = report_document_open(report_path, error, sizeof error);
    bool fine = document && report_document_verify(document, key, claim, error, sizeof error);
    report_document_free(document);
    report_key_free(key);
    return fine;
}

Test(certificate, a_signed_report_is_verified_with_its_claim) {
    for (report_claim claim = REPORT_CLAIM_NONE; claim < REPORT_CLAIM_COUNT; claim++) {
        write_octets(report_path, report_text, strlen(report_text));
        char *text = sign(claim);
        report_claim found = REPORT_CLAIM_COUNT;
        cr_assert_not_null(text, "%s", error);
        cr_expect(holds(text, strlen(text), public_path, &found), "%s", error);
        cr_expect_eq(found, claim);
        free(text);
    }
}

Test(certificate, the_text_of_the_report_stays) {
    char *text = sign(REPORT_CLAIM_CORE);
    cr_assert_not_null(text);
    cr_expect_eq(strncmp(text, "{\"signature\":{", 14), 0);
    const char *rest = strchr(text, '\n');
    cr_expect_str_eq(rest + 1, report_text + 1);
    free(text);
}

Test(certificate, signing_is_repeatable) {
    char *first = sign(REPORT_CLAIM_CORE), *second = sign(REPORT_CLAIM_CORE);
    cr_expect_str_eq(first, second);
    free(first);
    free(second);
}

Test(certificate, the_layout_does_not_matter) {
    char *text = sign(REPORT_CLAIM_CORE);
    json_t *value = json_loads(text, 0, NULL);
    char *other = json_dumps(value, JSON_INDENT(3) | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    report_claim claim;
    cr_expect(holds(other, strlen(other), public_path, &claim), "%s", error);
    free(other);
    json_decref(value);
    free(text);
}

/* Each octet changed in each of its bits' likeliest ways: none passes but white space for white space. */
Test(certificate, every_changed_octet_is_found) {
    static const char flips[] = {1, 2, 4, 0x10, 0x20, (char)0x80};
    char *text = sign(REPORT_CLAIM_CORE);
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        char octet = text[i];
        text[i] = (char)(octet ^ flips[i % sizeof flips]);
        report_claim claim;
        cr_expect_not(holds(text, size, public_path, &claim), "octet %zu, '%c' for '%c'", i, text[i], octet);
        text[i] = octet;
    }
    free(text);
}

Test(certificate, a_missing_octet_is_found) {
    char *text = sign(REPORT_CLAIM_CORE);
    size_t size = strlen(text);
    report_claim claim;
    char *shorter = malloc(size);
    for (size_t i = 0; i < size - 1; i++) { /* the line's end at the end means nothing */
        if (text[i] == '\n' || text[i] == ' ')
            continue;
        memcpy(shorter, text, i);
        memcpy(shorter + i, text + i + 1, size - i - 1);
        bool layout = text[i + 1] == '\n' && text[i] == ' ';
        cr_expect(layout || !holds(shorter, size - 1, public_path, &claim), "without octet %zu, '%c'", i,
                  text[i]);
    }
    free(shorter);
    free(text);
}

static char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "%s", from);
    char *result = malloc(strlen(text) + strlen(to) + 1);
    sprintf(result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return result;
}

Test(certificate, what_was_changed_is_said) {
    static const char *const rows[][3] = {
        {"\"NON-STRICT\",\"reason\"", "\"OK\",\"reason\"", "changed after it was signed"},
        {"\"core\"", "\"strict\"", "changed after it was signed"},
        {"\"core\"", "\"best\"", "a claim that this version does not know"},
        {"Ed25519", "Ed448", "not one by Ed25519"},
        {"\"signature\"", "\"signatures\"", "not signed"},
        {"\"key\":\"", "\"key\":\"A", "not signed with this key"},
        {"\"value\":\"", "\"value\":\"A", "no value of 128"},
        {"00ff", "00fe", "changed after it was signed"},
        {"0.5", "0.6", "changed after it was signed"},
        {"\"cases\"", "\"more\":1,\"cases\"", "changed after it was signed"},
        {"\"algorithm\"", "\"extra\":0,\"algorithm\"", "changed after it was signed"},
    };
    char *text = sign(REPORT_CLAIM_CORE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *other = replaced(text, rows[i][0], rows[i][1]);
        report_claim claim;
        cr_expect_not(holds(other, strlen(other), public_path, &claim));
        cr_expect(strstr(error, rows[i][2]), "%s: %s", rows[i][1], error);
        free(other);
    }
    free(text);
}

Test(certificate, another_key_does_not_fit) {
    char *text = sign(REPORT_CLAIM_CORE);
    report_claim claim;
    cr_expect_not(holds(text, strlen(text), other_path, &claim));
    cr_expect(strstr(error, "not signed with this key"), "%s", error);
    free(text);
}

Test(certificate, a_signer_who_miscounts_is_found) {
    char *wrong = replaced(report_text, "\"NON-STRICT\":1", "\"NON-STRICT\":0");
    write_octets(report_path, wrong, strlen(wrong));
    char *text = sign(REPORT_CLAIM_CORE);
    report_claim claim;
    cr_assert_not_null(text);
    cr_expect_not(holds(text, strlen(text), public_path, &claim));
    cr_expect(strstr(error, "does not count its own cases"), "%s", error);
    free(text);
    free(wrong);
}

Test(certificate, a_signed_report_is_not_signed_again) {
    char *text = sign(REPORT_CLAIM_CORE);
    write_octets(report_path, text, strlen(text));
    cr_expect_null(sign(REPORT_CLAIM_CORE));
    cr_expect_str_eq(error, "the report is signed already");
    free(text);
}

static void expect_no_key(const char *path, report_key_kind kind, const char *why) {
    report_key *key = report_key_open(path, kind, error, sizeof error);
    cr_expect_null(key);
    cr_expect(strstr(error, why), "%s", error);
    report_key_free(key);
}

Test(certificate, other_files_are_no_keys) {
    expect_no_key("/no/such", REPORT_KEY_PRIVATE, "cannot be opened");
    expect_no_key(report_path, REPORT_KEY_PRIVATE, "expected a private key in PEM");
    expect_no_key(private_path, REPORT_KEY_PUBLIC, "expected a public key in PEM");
    write_key(private_path, other_path, "X25519");
    expect_no_key(private_path, REPORT_KEY_PRIVATE, "expected an Ed25519 key, not one of type X25519");
}

Test(certificate, lists_and_other_files_are_no_documents) {
    static const char *const rows[][2] = {
        {"", "expected JSON"},
        {"{}", "/schema: expected"},
        {"{\"schema\":\"wspect-reports/1\",\"reports\":[{\"schema\":\"wspect-report/1\",\"cases\":[]}]}",
         "several agents"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_octets(report_path, rows[i][0], strlen(rows[i][0]));
        cr_expect_null(report_document_open(report_path, error, sizeof error));
        cr_expect(strstr(error, rows[i][1]), "%s", error);
    }
    cr_expect_null(report_document_open("/no/such", error, sizeof error));
}

/* ------------------------------------------------------------------ claims */

static const report_claim_case basis_cases[] = {
    {"b", false, false}, {"a", false, false}, {"echo", true, false}, {"sub", false, true}};
static const report_claim_basis basis = {"ab12", basis_cases, 4};

typedef struct world {
    report *report;
    report_option options[3];
} world;

static void make_world(world *w, const char *profile, const char *oracle) {
    static const char *const ids[] = {"a", "b", "echo", "sub"};
    *w = (world){.report = report_new(), .options = {{"profile", profile}, {"oracle", oracle}}};
    w->report->cases_sha256 = "ab12";
    w->report->target_role = "server";
    w->report->target_url = "ws://localhost:1";
    w->report->tool_version = "0.1.0";
    w->report->options = w->options;
    w->report->option_count = 2;
    for (size_t i = 0; i < 4; i++)
        report_add_case(w->report)->id = ids[i];
    w->report->cases[3]->verdict = REPORT_SKIPPED;
    report_finish(w->report);
}

static void expect_claim(world *w, report_claim claim, const char *why_not) {
    char why[300] = "";
    bool fine = report_claim_holds(w->report, claim, &basis, why, sizeof why);
    cr_expect_eq(fine, why_not == NULL, "%s", why);
    if (why_not)
        cr_expect_str_eq(why, why_not);
}

Test(claim, a_good_run_bears_all_but_full) {
    world w;
    make_world(&w, "standard", "echo");
    expect_claim(&w, REPORT_CLAIM_NONE, NULL);
    expect_claim(&w, REPORT_CLAIM_CORE, NULL);
    expect_claim(&w, REPORT_CLAIM_STRICT, NULL);
    expect_claim(&w, REPORT_CLAIM_FULL, "the run was of profile standard, not full");
    report_free(w.report);
    make_world(&w, "full", "echo");
    expect_claim(&w, REPORT_CLAIM_CORE, NULL);
    expect_claim(&w, REPORT_CLAIM_FULL, NULL);
    report_free(w.report);
    make_world(&w, "quick", "echo");
    expect_claim(&w, REPORT_CLAIM_CORE, "the run was of profile quick, not standard");
    expect_claim(&w, REPORT_CLAIM_NONE, NULL);
    report_free(w.report);
}

Test(claim, a_verdict_speaks_against_it) {
    static const struct {
        report_verdict verdict;
        const char *core, *strict;
    } rows[] = {{REPORT_FAILED, "b is FAILED", "b is FAILED"},
                {REPORT_INCONCLUSIVE, "b is INCONCLUSIVE", "b is INCONCLUSIVE"},
                {REPORT_NON_STRICT, NULL, "b is NON-STRICT"},
                {REPORT_INFORMATIONAL, NULL, NULL},
                {REPORT_UNIMPLEMENTED, NULL, NULL},
                {REPORT_SKIPPED, "b was skipped, and not for want of a capability",
                 "b was skipped, and not for want of a capability"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world w;
        make_world(&w, "standard", "echo");
        w.report->cases[1]->verdict = rows[i].verdict;
        expect_claim(&w, REPORT_CLAIM_CORE, rows[i].core);
        expect_claim(&w, REPORT_CLAIM_STRICT, rows[i].strict);
        report_free(w.report);
    }
}

Test(claim, capabilities_that_were_claimed_are_not_skipped) {
    world w;
    make_world(&w, "standard", "echo");
    w.report->cases[2]->verdict = REPORT_SKIPPED;
    expect_claim(&w, REPORT_CLAIM_CORE, "echo was skipped, and not for want of a capability");
    w.options[1].value = "ping";
    expect_claim(&w, REPORT_CLAIM_CORE, NULL);
    w.options[2] = (report_option){"subprotocol", "chat"};
    w.report->option_count = 3;
    expect_claim(&w, REPORT_CLAIM_CORE, "sub was skipped, and not for want of a capability");
    report_free(w.report);
}

Test(claim, every_case_is_there_once) {
    world w;
    make_world(&w, "standard", "echo");
    w.report->case_count = 3; /* clients: what they do not claim is not listed at all */
    expect_claim(&w, REPORT_CLAIM_CORE, NULL);
    w.report->case_count = 2;
    expect_claim(&w, REPORT_CLAIM_CORE, "echo was not played");
    w.report->cases[1]->id = "a";
    expect_claim(&w, REPORT_CLAIM_CORE, "a is there twice");
    w.report->case_count = 0;
    expect_claim(&w, REPORT_CLAIM_CORE, "a was not played");
    report_free(w.report);
}

Test(claim, cases_beyond_the_profile_count_too) {
    world w;
    make_world(&w, "standard", "echo");
    report_case *more = report_add_case(w.report);
    more->id = "more";
    expect_claim(&w, REPORT_CLAIM_CORE, NULL);
    more->verdict = REPORT_FAILED;
    expect_claim(&w, REPORT_CLAIM_CORE, "more is FAILED");
    report_free(w.report);
}

Test(claim, the_run_was_whole) {
    world w;
    make_world(&w, "standard", "echo");
    w.report->cases[0]->flaky = true;
    expect_claim(&w, REPORT_CLAIM_CORE, "a is flaky: two runs of it differ");
    w.report->interrupted = true;
    expect_claim(&w, REPORT_CLAIM_CORE, "the run was interrupted");
    w.report->cases_sha256 = "cd34";
    expect_claim(&w, REPORT_CLAIM_CORE, "the report was made with other case tables");
    report_free(w.report);
}

Test(claim, it_is_one_sentence) {
    world w;
    char text[400];
    make_world(&w, "standard", "echo");
    report_claim_sentence(w.report, REPORT_CLAIM_STRICT, text, sizeof text);
    cr_expect_str_eq(
        text, "claim \"strict\": of the 3 cases of profile standard that wspect 0.1.0 played, the server "
              "ws://localhost:1 failed none: 3 OK; 1 were not played, for want of a capability");
    report_claim_sentence(w.report, REPORT_CLAIM_NONE, text, sizeof text);
    cr_expect_str_eq(
        text, "no claim of conformance: wspect 0.1.0 saw the server ws://localhost:1 so in 3 cases: 3 OK");
    report_free(w.report);
}
