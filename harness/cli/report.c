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

static int render(const char *path, const report_options *options) {
    const cli_outputs *outputs = &options->outputs;
    char error[1024];
    report *r = report_read_json(path, error, sizeof error);
    if (!r) {
        cli_complain("report", "%s", error);
        return CLI_EXIT_USAGE;
    }
    bool fine = cli_outputs_write("report", outputs, r);
    bool anything = outputs->json || outputs->html || outputs->junit || outputs->markdown || outputs->tap ||
                    outputs->autobahn_dir;
    for (const report *one = r; one && !anything; one = one->next) {
        cli_terminal terminal;
        cli_terminal_init(&terminal, one->case_count, outputs->quiet, false, false);
        cli_terminal_summary(&terminal, one, outputs->quiet);
    }
    report_free(r);
    return fine ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
}

int cli_report(int argc, char **argv) {
    report_options options = {0};
    const cli_option rows[] = {
        {"Options (FILE - is standard output):", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--html", CLI_TEXT, &options.outputs.html, "FILE", "one HTML file", 0, 0, 0},
        {"--junit", CLI_TEXT, &options.outputs.junit, "FILE", "JUnit XML", 0, 0, 0},
        {"--markdown", CLI_TEXT, &options.outputs.markdown, "FILE", "Markdown", 0, 0, 0},
        {"--json", CLI_TEXT, &options.outputs.json, "FILE", "the report itself, as this version writes it", 0,
         0, 0},
        {"--autobahn-dir", CLI_TEXT, &options.outputs.autobahn_dir, "DIR",
         "index.json and a JSON file per case, as scripts for Autobahn read them", 0, 0, 0},
        {"--tap", CLI_FLAG, &options.outputs.tap, 0, "TAP on standard output", 0, 0, 0},
        {"--quiet", CLI_FLAG, &options.outputs.quiet, 0, "only the last line of the summary", 0, 0, 0},
        {"--help", CLI_FLAG, &options.help, 0, "this text", 0, 0, 0},
        {0},
    };
    const char *path = NULL;
    size_t count;
    int rest;
    if (!cli_parse("report", argc, argv, rows, &path, 1, &count, &rest))
        return CLI_EXIT_USAGE;
    if (options.help) {
        puts("Usage: wspect report FILE [options]\n\n"
             "Renders the JSON report in FILE, or each of a list of reports. Without options it prints the "
             "summary of the run.");
        cli_print_options(rows);
        puts("\nExample:\n  wspect report run.json --html run.html\n\nExit codes: 0 fine; 2 wrong use or bad "
             "file; 3 could not be written.");
        return CLI_EXIT_OK;
    }
    if (count != 1) {
        cli_complain("report", "needs the file of a JSON report; see wspect report --help");
        return CLI_EXIT_USAGE;
    }
    return render(path, &options);
}
