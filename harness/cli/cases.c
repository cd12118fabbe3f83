/* wspect cases: looks at case tables. */
#include "cli/commands.h"
#include "cli/coverage.h"
#include "cli/selection.h"
#include "play/catalogue.h"
#include "play/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct cases_options {
    cli_selection_options selection;
    const char *json;
    bool all, help;
} cases_options;

static void print_help(const cli_option *rows) {
    puts("Usage: wspect cases list [options]\n"
         "       wspect cases show ID [options]\n"
         "       wspect cases coverage [options]\n"
         "       wspect cases check FILE...\n\n"
         "list prints the cases of a profile; show explains one; coverage tells which statements of the RFCs "
         "are\n"
         "exercised; check reads table files and tells the first error.");
    cli_print_options(rows);
    puts("\nExamples:\n"
         "  wspect cases list --cases 'utf8.*'\n"
         "  wspect cases list --cases CVE-2020-13935       the cases that carry its trigger\n"
         "  wspect cases list --profile autobahn\n"
         "  wspect cases show 7.9.1\n"
         "  wspect cases check cases/framing.json\n\n"
         "Exit codes: 0 fine; 2 wrong use, bad table or unknown case.");
}

/* ------------------------------------------------------------------ list */

static int list(const cases_options *options) {
    cli_selection selection;
    int code = cli_select("cases", &options->selection, &selection);
    if (code != CLI_EXIT_OK)
        return code;
    for (size_t i = 0; i < selection.count; i++) {
        const play_case *c = selection.cases[i];
        printf("%-48s %-8s %-6s %-8s %s\n", c->id, c->autobahn ? c->autobahn : "-", play_level_name(c->level),
               play_tier_name(c->tier), c->title);
    }
    cli_selection_clear(&selection);
    return ferror(stdout) ? CLI_EXIT_INCOMPLETE : CLI_EXIT_OK;
}

/* ------------------------------------------------------------------ show */

static void print_payload(const play_payload *payload) {
    enum { SHOWN = 32 };
    uint8_t octets[SHOWN];
    size_t size = payload->length < SHOWN ? (size_t)payload->length : SHOWN;
    play_payload_read(payload, 0, octets, size);
    printf("%llu octets", (unsigned long long)payload->length);
    if (size > 0)
        printf(": ");
    for (size_t i = 0; i < size; i++)
        printf("%02x", octets[i]);
    if (payload->length > size)
        printf("...");
}

static void print_send(const play_step *step) {
    const play_send *send = &step->send;
    if (step->kind == PLAY_STEP_RAW || step->kind == PLAY_STEP_PAYLOAD) {
        printf("send %s, ", step->kind == PLAY_STEP_RAW ? "raw octets" : "more payload of the frame before");
        print_payload(&send->payload);
    } else {
        printf("send %s%s", ws_opcode_name(send->opcode), send->fin ? "" : " FIN=0");
        if (send->rsv)
            printf(" RSV=%u", send->rsv);
        if (send->lie_about_length)
            printf(" declaring %llu octets", (unsigned long long)send->declared);
        if (send->length_form)
            printf(" with a %d-bit length", (int)send->length_form);
        if (send->mask == PLAY_MASK_NONE)
            printf(" unmasked");
        if (send->mask == PLAY_MASK_AGAINST_ROLE)
            printf(" with a mask wrong for the role");
        if (send->fragment_size)
            printf(" in frames of %llu octets%s", (unsigned long long)send->fragment_size,
                   send->empty_last ? " and an empty last one" : "");
        for (size_t i = 0; i < send->fragment_count; i++)
            printf("%s%llu", i == 0 ? " in frames of " : ", ", (unsigned long long)send->fragment_sizes[i]);
        if (send->fragment_count)
            printf(" and the rest");
        printf(", ");
        print_payload(&send->payload);
    }
    if (send->chop)
        printf(", in writes of %llu octets", (unsigned long long)send->chop);
    if (send->cut)
        printf(", cut behind octet %llu", (unsigned long long)send->cut);
    if (send->flush)
        printf(", then the write ends");
    putchar('\n');
}

static void print_matcher(const play_matcher *matcher) {
    static const char *const names[] = {"the echo",
                                        "a message",
                                        "a pong for the latest ping",
                                        "a ping",
                                        "a Close",
                                        "the connection failed",
                                        "the end of the connection",
                                        "nothing until time is up",
                                        "acceptance (101)",
                                        "refusal",
                                        "octets that are no HTTP"};
    printf("%s%s", matcher->optional ? "perhaps " : "", names[matcher->kind]);
    for (size_t i = 0; i < matcher->code_count; i++)
        printf("%s%u",
               i                                     ? " or "
               : matcher->kind == PLAY_MATCH_REFUSED ? " with status "
                                                     : " with code ",
               matcher->codes[i]);
}

static void print_expect(const play_expect *expect) {
    for (size_t i = 0; i < expect->count; i++) {
        const play_alternative *alternative = &expect->alternatives[i];
        printf("%s%s: ", i ? "       or " : "expect ", play_verdict_name(alternative->grade));
        for (size_t k = 0; k < alternative->count; k++) {
            printf("%s", k ? ", then " : "");
            print_matcher(&alternative->matchers[k]);
        }
        printf("%s%s\n", alternative->because ? " - " : "", alternative->because ? alternative->because : "");
    }
}

static void print_step(const play_step *step) {
    switch (step->kind) {
    case PLAY_STEP_EXPECT:
        print_expect(&step->expect);
        return;
    case PLAY_STEP_REPEAT:
        printf("%llu times the next %zu steps:\n", (unsigned long long)step->count, step->body_count);
        return;
    case PLAY_STEP_SHUTDOWN:
        puts("end our direction of the stream");
        return;
    case PLAY_STEP_JUDGE:
        puts("judge the masking keys that have come");
        return;
    case PLAY_STEP_RESET:
        puts("reset the connection");
        return;
    case PLAY_STEP_PAUSE:
        printf("wait %g s%s%s\n", step->seconds, step->tag ? ", then record timeout " : "",
               step->tag ? step->tag : "");
        return;
    case PLAY_STEP_ARM:
        printf("set the %s timer to %g s\n", step->kill ? "kill" : "close", step->seconds);
        return;
    default:
        print_send(step);
    }
}

static const play_case *find(const play_table *table, const char *id, const cases_options *options) {
    const play_case *c = play_table_find(table, id);
    for (size_t i = 0; !c && i < play_table_count(table); i++) {
        const play_case *candidate = play_table_get(table, i);
        bool wanted = (candidate->autobahn_rules != NULL) == (options->selection.profile == CLI_AUTOBAHN);
        if (wanted && candidate->autobahn && strcmp(candidate->autobahn, id) == 0)
            c = candidate;
    }
    return c;
}

static void print_head(const char *what, const play_head *head) {
    if (head->start_line)
        printf("  %s begins with \"%s\"\n", what, head->start_line);
    for (size_t i = 0; i < head->edit_count; i++) {
        static const char *const verbs[] = {"has instead", "lacks", "has besides"};
        const play_edit *edit = &head->edits[i];
        printf("  %s %s %s", what, verbs[edit->kind], edit->name);
        if (edit->kind != PLAY_EDIT_REMOVE)
            printf(": %.*s", (int)edit->value.size, (const char *)edit->value.data);
        putchar('\n');
    }
    if (head->filler_count)
        printf("  %s has %llu further fields of %llu octets\n", what, (unsigned long long)head->filler_count,
               (unsigned long long)head->filler_length);
    if (head->has_raw || head->before.length || head->after.length || head->separator || head->line_end ||
        head->chop)
        printf("  %s departs from the usual form: see the data below\n", what);
}

static void print_opening(const play_case *c) {
    if (c->deflate)
        printf("\nOffers: %s\n", c->deflate->offer);
    if (!c->handshake)
        return;
    puts("\nOpening handshake:");
    print_head("the request", &c->handshake->request);
    print_head("the response", &c->handshake->response);
    if (c->handshake->refusals > 0)
        printf("  passed over: %llu other than 101%s\n", (unsigned long long)c->handshake->refusals,
               c->handshake->in_turn ? ", before the request is sent" : "");
    if (c->handshake->judged) {
        printf("  ");
        print_expect(&c->handshake->expect);
    }
}

static void print_requirements(const play_case *c) {
    play_catalogue *catalogue = play_catalogue_new();
    char error[256];
    bool loaded = catalogue && play_catalogue_load_embedded(catalogue, error, sizeof error) == WS_OK;
    puts(c->requirement_count ? "  Requirements:" : "  Requirements: none");
    for (size_t i = 0; i < c->requirement_count; i++) {
        const play_requirement *r = loaded ? play_catalogue_find(catalogue, c->requirements[i]) : NULL;
        if (r)
            printf("    %s (%s %s, %s): %s\n", r->id, r->document, r->section,
                   play_requirement_level_name(r->level), r->statement);
        else
            printf("    %s\n", c->requirements[i]);
    }
    play_catalogue_free(catalogue);
}

static void print_series(const play_case *c) {
    if (c->series)
        printf("  Series: %zu cases, %s from %llu to %llu; this is the first\n", c->series->count,
               c->series->name, (unsigned long long)play_member_value(c->series, 0),
               (unsigned long long)play_member_value(c->series, c->series->count - 1));
}

static void print_flags(const play_case *c) {
    if (c->flag_count > 0)
        printf("  Carries the trigger of:");
    for (size_t i = 0; i < c->flag_count; i++)
        printf("%s %s", i > 0 ? "," : "", c->flags[i]);
    if (c->flag_count > 0)
        putchar('\n');
}

static void print_case(const play_case *c) {
    printf("%s%s%s%s\n  %s\n", c->id, c->autobahn ? " (Autobahn " : "", c->autobahn ? c->autobahn : "",
           c->autobahn ? ")" : "", c->title);
    if (c->why)
        printf("  Why: %s\n", c->why);
    printf("  Group: %s\n  Level: %s; smallest profile: %s; for %s%s%s\n", c->group,
           play_level_name(c->level), c->autobahn_rules ? "autobahn" : play_tier_name(c->tier),
           c->roles & PLAY_ROLE_SERVER ? "servers" : "",
           c->roles == (PLAY_ROLE_SERVER | PLAY_ROLE_CLIENT) ? " and " : "",
           c->roles & PLAY_ROLE_CLIENT ? "clients" : "");
    print_requirements(c);
    print_series(c);
    print_flags(c);
    printf("  From: %s%s\n", c->table, c->pointer);
    print_opening(c);
    puts("\nSteps after the opening handshake:");
    for (size_t i = 0; i < c->step_count; i++) {
        printf("%3zu  ", i + 1);
        print_step(&c->steps[i]);
    }
    printf("     then the closing handshake, when the connection is still open\n\nAs data:\n%s\n", c->json);
}

/* The table that --cases-dir names, or the one built in; NULL after a complaint. */
static play_table *load(const cases_options *options) {
    play_table *table = play_table_new();
    char error[1024] = "out of memory";
    ws_status status = WS_ERR_MEMORY;
    if (table)
        status = options->selection.cases_dir
                     ? play_table_load_folder(table, options->selection.cases_dir, error, sizeof error)
                     : play_table_load_embedded(table, error, sizeof error);
    if (status == WS_OK)
        return table;
    cli_complain("cases", "%s", error);
    play_table_free(table);
    return NULL;
}

static int show(const char *id, const cases_options *options) {
    play_table *table = load(options);
    const play_case *c = table ? find(table, id, options) : NULL;
    if (table && !c)
        cli_complain("cases", "there is no case \"%s\"; see wspect cases list", id);
    if (c)
        print_case(c);
    play_table_free(table);
    return c ? CLI_EXIT_OK : CLI_EXIT_USAGE;
}

static int coverage(const cases_options *options) {
    play_table *table = load(options);
    int code = table ? cli_coverage(table, options->all, options->json) : CLI_EXIT_USAGE;
    play_table_free(table);
    return code;
}

/* ------------------------------------------------------------------ check */

static int check(const char *const *files, size_t count) {
    play_table *table = play_table_new();
    int code = table ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
    for (size_t i = 0; table && i < count; i++) {
        char error[1024];
        size_t before = play_table_count(table);
        if (play_table_load_file(table, files[i], error, sizeof error) != WS_OK) {
            cli_complain("cases", "%s", error);
            code = CLI_EXIT_USAGE;
        } else {
            printf("%s: %zu cases\n", files[i], play_table_count(table) - before);
        }
    }
    play_table_free(table);
    return code;
}

int cli_cases(int argc, char **argv) {
    cases_options options = {.selection = {.profile = CLI_STANDARD}};
    const cli_option rows[] = {
        {"Options:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--profile", CLI_CHOICE, &options.selection.profile, "NAME",
         "quick, standard (default), full or autobahn", cli_profile_names, 0, 0},
        {"--cases", CLI_LIST, &options.selection.cases, "GLOB[,GLOB]",
         "only these: ids, Autobahn ids, groups or bugs (CVE-...), with * and ?", 0, 0, 0},
        {"--exclude", CLI_LIST, &options.selection.exclude, "GLOB[,GLOB]", "not these", 0, 0, 0},
        {"--cases-dir", CLI_TEXT, &options.selection.cases_dir, "DIR",
         "case tables from DIR instead of those built in", 0, 0, 0},
        {"--shard", CLI_SHARD, &options.selection.shard, "I/N", "the I-th of N parts", 0, 0, 0},
        {"--all", CLI_FLAG, &options.all, 0, "coverage: statements of every level, not of MUST only", 0, 0,
         0},
        {"--json", CLI_TEXT, &options.json, "FILE", "coverage: as JSON, every statement with its cases", 0, 0,
         0},
        {"--help", CLI_FLAG, &options.help, 0, "this text", 0, 0, 0},
        {0},
    };
    enum { ARGUMENTS = 256 };
    const char *arguments[ARGUMENTS];
    size_t count;
    int rest;
    if (!cli_parse("cases", argc, argv, rows, arguments, ARGUMENTS, &count, &rest))
        return CLI_EXIT_USAGE;
    if (options.help) {
        print_help(rows);
        return CLI_EXIT_OK;
    }
    if (count == 1 && strcmp(arguments[0], "list") == 0)
        return list(&options);
    if (count == 2 && strcmp(arguments[0], "show") == 0)
        return show(arguments[1], &options);
    if (count == 1 && strcmp(arguments[0], "coverage") == 0)
        return coverage(&options);
    if (count >= 2 && strcmp(arguments[0], "check") == 0)
        return check(arguments + 1, count - 1);
    cli_complain("cases", "expected list, show ID, coverage or check FILE...; see wspect cases --help");
    return CLI_EXIT_USAGE;
}
