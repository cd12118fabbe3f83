/* wspect report: renders a JSON report in other formats. */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

typedef struct report_options {
    const char *json, *html, *junit, *markdown;
    bool tap, quiet, help;
} report_options;

static bool write_one(const char *path, report_writer writer, const report *r) {
    char error[1024];
    if (!path || report_write_file(path, writer, r, error, sizeof error) == 0)
        return true;
    cli_complain("report", "%s", error);
    return false;
}

static int render(const char *path, const report_options *options) {
    char error[1024];
    report *r = report_read_json(path, error, sizeof error);
    if (!r) {
        cli_complain("report", "%s", error);
        return CLI_EXIT_USAGE;
    }
    bool fine = write_one(options->json, report_write_json, r);
    fine = write_one(options->html, report_write_html, r) && fine;
    fine = write_one(options->junit, report_write_junit, r) && fine;
    fine = write_one(options->markdown, report_write_markdown, r) && fine;
    fine = write_one(options->tap ? "-" : NULL, report_write_tap, r) && fine;
    bool anything = options->json || options->html || options->junit || options->markdown || options->tap;
    if (!anything) {
        cli_terminal terminal;
        cli_terminal_init(&terminal, r->case_count, options->quiet, false, false);
        cli_terminal_summary(&terminal, r, options->quiet);
    }
    report_free(r);
    return fine ? CLI_EXIT_OK : CLI_EXIT_INCOMPLETE;
}

int cli_report(int argc, char **argv) {
    report_options options = {0};
    const cli_option rows[] = {
        {"Options (FILE - is standard output):", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--html", CLI_TEXT, &options.html, "FILE", "one HTML file", 0, 0, 0},
        {"--junit", CLI_TEXT, &options.junit, "FILE", "JUnit XML", 0, 0, 0},
        {"--markdown", CLI_TEXT, &options.markdown, "FILE", "Markdown", 0, 0, 0},
        {"--json", CLI_TEXT, &options.json, "FILE", "the report itself, as this version writes it", 0, 0, 0},
        {"--tap", CLI_FLAG, &options.tap, 0, "TAP on standard output", 0, 0, 0},
        {"--quiet", CLI_FLAG, &options.quiet, 0, "only the last line of the summary", 0, 0, 0},
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
             "Renders the JSON report in FILE. Without options it prints the summary of the run.");
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
