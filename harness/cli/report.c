/* wspect report: renders a JSON report in other formats. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

typedef struct report_options {
    cli_outputs outputs;
    bool help;
} report_options;

enum { FILES_MAX = 64 };

/* The reports of all files, as one list; NULL after a complaint. */
static report *read_all(const char *const *paths, size_t count) {
    report *first = NULL, **end = &first;
    for (size_t i = 0; i < count; i++) {
        char error[1024];
        *end = report_read_json(paths[i], error, sizeof error);
        if (!*end) {
            cli_complain("report", "%s", error);
            report_free(first);
            return NULL;
        }
        while (*end)
            end = &(*end)->next;
    }
    return first;
}

static int render(const char *const *paths, size_t count, const report_options *options) {
    const cli_outputs *outputs = &options->outputs;
    report *r = read_all(paths, count);
    if (!r)
        return CLI_EXIT_USAGE;
    bool fine = cli_outputs_write("report", outputs, r);
    bool anything = outputs->json || outputs->html || outputs->junit || outputs->markdown || outputs->tap ||
                    outputs->autobahn_dir;
    cli_terminal terminal;
    cli_terminal_init(&terminal, r->case_count, outputs->quiet, false, false);
    if (!anything && r->next)
        cli_terminal_compare(&terminal, r);
    else if (!anything)
        cli_terminal_summary(&terminal, r, outputs->quiet);
    report_free(r);
    return fine ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
}

int cli_report(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "sign") == 0)
        return cli_report_sign(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "verify") == 0)
        return cli_report_verify(argc - 1, argv + 1);
    report_options options = {.outputs = {.comparison_only = true}};
    const cli_option rows[] = {
        {"Options (FILE - is standard output):", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--html", CLI_TEXT, &options.outputs.html, "FILE", "one HTML file", 0, 0, 0},
        {"--junit", CLI_TEXT, &options.outputs.junit, "FILE", "JUnit XML", 0, 0, 0},
        {"--markdown", CLI_TEXT, &options.outputs.markdown, "FILE", "Markdown", 0, 0, 0},
        {"--json", CLI_TEXT, &options.outputs.json, "FILE", "the report itself, as this version writes it", 0,
         0, 0},
        {"--autobahn-dir", CLI_TEXT, &options.outputs.autobahn_dir, "DIR",
         "index.json, index.html and two files per case, as scripts for Autobahn read them", 0, 0, 0},
        {"--tap", CLI_FLAG, &options.outputs.tap, 0, "TAP on standard output", 0, 0, 0},
        {"--quiet", CLI_FLAG, &options.outputs.quiet, 0, "only the last line of the summary", 0, 0, 0},
        {"--help", CLI_FLAG, &options.help, 0, "this text", 0, 0, 0},
        {0},
    };
    const char *paths[FILES_MAX];
    size_t count;
    int rest;
    if (!cli_parse("report", argc, argv, rows, paths, FILES_MAX, &count, &rest))
        return CLI_EXIT_USAGE;
    if (options.help) {
        puts("Usage: wspect report FILE... [options]\n"
             "       wspect report sign FILE --key KEY.pem [options]\n"
             "       wspect report verify FILE --key PUB.pem\n\n"
             "Renders the JSON report in FILE. Without options it prints the summary of the run. Several "
             "reports are "
             "compared:\n"
             "what differs comes first, and of two runs what was fixed, broken or changed.");
        cli_print_options(rows);
        puts("\nExamples:\n  wspect report run.json --html run.html\n  wspect report before.json after.json\n"
             "  wspect report ws.json faye.json --html compared.html\n\nExit codes: 0 fine; 2 wrong use or "
             "bad "
             "file; 3 could not be written.");
        return CLI_EXIT_OK;
    }
    if (count == 0) {
        cli_complain("report", "needs the files of JSON reports; see wspect report --help");
        return CLI_EXIT_USAGE;
    }
    return render(paths, count, &options);
}
