/* wspect report sign, wspect report verify. */
#include "reports/certificate.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/rejudge.h"
#include "cli/selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_MAX = 1024 };

/* ------------------------------------------------------------------ what a claim is about */

typedef struct basis {
    cli_selection selection;
    report_claim_case *cases;
    report_claim_basis of;
    char sha256[65];
} basis;

static void basis_clear(basis *b) {
    free(b->cases);
    cli_selection_clear(&b->selection);
}

/* A client connects once for a case, and so a series is not for clients. */
static bool is_played(const play_case *c, unsigned role) {
    return role == PLAY_ROLE_SERVER || !c->series;
}

static int out_of_memory(const char *command) {
    cli_complain(command, "out of memory");
    return CLI_EXIT_INCOMPLETE;
}

/* The cases of the claim's profile for the role of the report, from the tables compiled in. An exit code. */
static int basis_load(const char *command, const report *r, report_claim claim, basis *b) {
    bool server = !r->target_role || strcmp(r->target_role, "server") == 0;
    const cli_selection_options options = {.profile = claim == REPORT_CLAIM_FULL ? CLI_FULL : CLI_STANDARD,
                                           .role = server ? PLAY_ROLE_SERVER : PLAY_ROLE_CLIENT};
    *b = (basis){0};
    int code = cli_select(command, &options, &b->selection);
    if (code != CLI_EXIT_OK)
        return code;
    b->cases = calloc(b->selection.count + 1, sizeof *b->cases);
    if (!b->cases || play_table_sha256(b->selection.table, b->sha256) != WS_OK)
        return out_of_memory(command);
    b->of = (report_claim_basis){.cases_sha256 = b->sha256, .cases = b->cases};
    for (size_t i = 0; i < b->selection.count; i++) {
        const play_case *c = b->selection.cases[i];
        if (is_played(c, options.role))
            b->cases[b->of.count++] =
                (report_claim_case){.id = c->id,
                                    .needs_echo = (c->needs & PLAY_NEEDS_ECHO) != 0,
                                    .needs_subprotocol = (c->needs & PLAY_NEEDS_SUBPROTOCOL) != 0};
    }
    return CLI_EXIT_OK;
}

/* ------------------------------------------------------------------ wspect report sign */

typedef struct certificate_options {
    const char *key, *out;
    int claim;
    bool verbose, help;
} certificate_options;

static int sign_claim(const char *path, const report_document *document, const report_key *key,
                      const certificate_options *options) {
    char text[SENTENCE_MAX];
    report_claim claim = (report_claim)options->claim;
    const report *r = report_document_report(document);
    basis b;
    int code = basis_load("report sign", r, claim, &b);
    if (code == CLI_EXIT_OK && !report_claim_holds(r, claim, &b.of, text, sizeof text)) {
        cli_complain("report sign", "%s does not bear out the claim \"%s\": %s", path,
                     report_claim_names[claim], text);
        code = CLI_EXIT_NOT_CONFORMANT;
    }
    basis_clear(&b);
    if (code != CLI_EXIT_OK)
        return code;
    char *with = report_document_sign(document, key, claim, text, sizeof text);
    if (!with) {
        cli_complain("report sign", "%s: %s", path, text);
        return CLI_EXIT_USAGE;
    }
    code = report_write_text(options->out ? options->out : path, with, text, sizeof text) == 0
               ? CLI_EXIT_OK
               : CLI_EXIT_INCOMPLETE;
    free(with);
    if (code != CLI_EXIT_OK)
        cli_complain("report sign", "%s", text);
    return code;
}

/* ------------------------------------------------------------------ wspect report verify */

static void print_line(const char *path, const char *text) {
    cli_print_safe(stdout, path);
    fputs(": ", stdout);
    cli_print_safe(stdout, text);
    fputc('\n', stdout);
}

/* Judges all cases again from their transcripts. An exit code. */
static int rejudge(const char *path, const report *r, const play_table *table, bool verbose) {
    char why[SENTENCE_MAX], text[2 * SENTENCE_MAX];
    size_t same = 0, abridged = 0, other = 0;
    for (size_t i = 0; i < r->case_count; i++) {
        const report_case *row = r->cases[i];
        const play_case *c = play_table_find(table, row->id);
        if (row->verdict == REPORT_SKIPPED)
            continue;
        cli_rejudged judged = c ? cli_rejudge(r, row, c, why, sizeof why) : CLI_REJUDGED_OTHER;
        if (!c)
            snprintf(why, sizeof why, "is no case of the tables");
        if (judged == CLI_REJUDGED_FAILED)
            return out_of_memory("report verify");
        same += judged == CLI_REJUDGED_SAME;
        abridged += judged == CLI_REJUDGED_ABRIDGED;
        other += judged == CLI_REJUDGED_OTHER;
        if (judged == CLI_REJUDGED_OTHER)
            cli_complain("report verify", "%s: %s is %s in the report, but %s", path, row->id,
                         report_verdict_name(row->verdict), why);
        if (judged == CLI_REJUDGED_ABRIDGED && verbose) {
            snprintf(text, sizeof text, "%s: not judged again: %s", row->id, why);
            print_line(path, text);
        }
    }
    snprintf(
        text, sizeof text,
        "%zu cases judged again from their transcripts, %zu with another outcome than in the report; %zu not "
        "judged again: transcript abridged",
        same + other, other, abridged);
    print_line(path, text);
    return other > 0 ? CLI_EXIT_NOT_CONFORMANT : CLI_EXIT_OK;
}

static int verify_claim(const char *path, const report *r, report_claim claim, bool verbose) {
    char text[SENTENCE_MAX];
    basis b;
    int code = basis_load("report verify", r, claim, &b);
    if (code != CLI_EXIT_OK) {
        basis_clear(&b);
        return code;
    }
    if (!r->cases_sha256 || strcmp(r->cases_sha256, b.sha256) != 0) {
        cli_complain(
            "report verify",
            "%s: only the signature was checked, for the report was made with other case tables (%s, "
            "wspect %s) than those of this version (%s)",
            path, r->cases_sha256 ? r->cases_sha256 : "unknown",
            r->tool_version ? r->tool_version : "unknown", b.sha256);
        code = CLI_EXIT_INCOMPLETE;
    } else if (!report_claim_holds(r, claim, &b.of, text, sizeof text)) {
        cli_complain("report verify", "%s does not bear out its claim \"%s\": %s", path,
                     report_claim_names[claim], text);
        code = CLI_EXIT_NOT_CONFORMANT;
    } else {
        report_claim_sentence(r, claim, text, sizeof text);
        print_line(path, text);
        code = rejudge(path, r, b.selection.table, verbose);
    }
    basis_clear(&b);
    return code;
}

static int verify_document(const char *path, const report_document *document, const report_key *key,
                           const certificate_options *options) {
    char text[SENTENCE_MAX];
    report_claim claim;
    if (!report_document_verify(document, key, &claim, text, sizeof text)) {
        cli_complain("report verify", "%s: %s", path, text);
        return CLI_EXIT_NOT_CONFORMANT;
    }
    print_line(path, "the signature is that of the key, and nothing was changed since");
    return verify_claim(path, report_document_report(document), claim, options->verbose);
}

/* ------------------------------------------------------------------ both */

typedef int action(const char *path, const report_document *document, const report_key *key,
                   const certificate_options *options);

static int with_files(const char *command, const char *path, report_key_kind kind, action *act,
                      const certificate_options *options) {
    char error[SENTENCE_MAX];
    int code = CLI_EXIT_USAGE;
    report_key *key = report_key_open(options->key, kind, error, sizeof error);
    report_document *document = key ? report_document_open(path, error, sizeof error) : NULL;
    if (document)
        code = act(path, document, key, options);
    else
        cli_complain(command, "%s", error);
    report_document_free(document);
    report_key_free(key);
    return code;
}

static bool take_path(const char *command, const certificate_options *options, size_t count) {
    if (count == 0)
        cli_complain(command, "needs the file of a JSON report; see wspect %s --help", command);
    else if (!options->key)
        cli_complain(command, "needs --key FILE; see wspect %s --help", command);
    return count > 0 && options->key;
}

int cli_report_sign(int argc, char **argv) {
    certificate_options options = {.claim = REPORT_CLAIM_CORE};
    const cli_option rows[] = {
        {"Options:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--key", CLI_TEXT, &options.key, "FILE", "private key, Ed25519 (PEM)", 0, 0, 0},
        {"--claim", CLI_CHOICE, &options.claim, "CLAIM",
         "what the signature says of the endpoint: none, core (default), strict, full", report_claim_names, 0,
         0},
        {"-o", CLI_TEXT, &options.out, "FILE", "signed report (default: FILE itself; -: standard output)", 0,
         0, 0},
        {"--help", CLI_FLAG, &options.help, 0, "this text", 0, 0, 0},
        {0},
    };
    const char *path;
    size_t count;
    int rest;
    if (!cli_parse("report sign", argc, argv, rows, &path, 1, &count, &rest))
        return CLI_EXIT_USAGE;
    if (options.help) {
        puts(
            "Usage: wspect report sign FILE --key KEY.pem [options]\n\n"
            "Signs the JSON report in FILE, and with it a claim about the endpoint that was tested. A claim\n"
            "that the report does not bear out is refused. reports/CLAIMS.md says what each means.");
        cli_print_options(rows);
        puts("\nExamples:\n  openssl genpkey -algorithm ed25519 -out key.pem\n"
             "  openssl pkey -in key.pem -pubout -out pub.pem\n"
             "  wspect report sign run.json --key key.pem --claim strict -o signed.json\n"
             "  wspect report verify signed.json --key pub.pem\n\n"
             "Exit codes: 0 signed; 1 the report does not bear out the claim; 2 wrong use or bad file; 3 "
             "could "
             "not be written.");
        return CLI_EXIT_OK;
    }
    if (!take_path("report sign", &options, count))
        return CLI_EXIT_USAGE;
    return with_files("report sign", path, REPORT_KEY_PRIVATE, sign_claim, &options);
}

int cli_report_verify(int argc, char **argv) {
    certificate_options options = {0};
    const cli_option rows[] = {
        {"Options:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--key", CLI_TEXT, &options.key, "FILE", "public key of the signer, Ed25519 (PEM)", 0, 0, 0},
        {"--verbose", CLI_FLAG, &options.verbose, 0, "name the cases that cannot be judged again", 0, 0, 0},
        {"--help", CLI_FLAG, &options.help, 0, "this text", 0, 0, 0},
        {0},
    };
    const char *path;
    size_t count;
    int rest;
    if (!cli_parse("report verify", argc, argv, rows, &path, 1, &count, &rest))
        return CLI_EXIT_USAGE;
    if (options.help) {
        puts("Usage: wspect report verify FILE --key PUB.pem [options]\n\n"
             "Checks a signed report: that it was signed with the key, that nothing was changed since, that "
             "it bears\n"
             "out its claim by the case tables of this version, and that every case has the same verdict "
             "when it is\n"
             "judged again from its transcript. No network is used.");
        cli_print_options(rows);
        puts("\nExamples:\n  wspect report verify signed.json --key pub.pem\n\n"
             "Exit codes: 0 all of that is so; 1 it is not; 2 wrong use or bad file; 3 only the signature "
             "could be "
             "checked,\nbecause the report was made with other case tables.");
        return CLI_EXIT_OK;
    }
    if (!take_path("report verify", &options, count))
        return CLI_EXIT_USAGE;
    return with_files("report verify", path, REPORT_KEY_PUBLIC, verify_document, &options);
}
