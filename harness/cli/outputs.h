/* What `wspect server` and `wspect client` share: options about cases and reports, the reports themselves,
 * and the exit code. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/options.h"
#include "cli/selection.h"
#include "reports/report.h"

typedef struct cli_outputs {
    const char *json, *html, *junit, *markdown, *autobahn_dir, *baseline; /* NULL: not wanted */
    bool tap, update_baseline, quiet, verbose;
    int fail_on;          /* 0: FAILED; 1: NON-STRICT too */
    bool comparison_only; /* a list of reports gives no pages of its members */
} cli_outputs;

enum { CLI_OPTIONS_MAX = 64 };

/* Appends rows to an option table of CLI_OPTIONS_MAX, whose end is a row without name. */
void cli_add_options(cli_option table[CLI_OPTIONS_MAX], const cli_option *rows);
void cli_add_selection_options(cli_option table[CLI_OPTIONS_MAX], cli_selection_options *selection);
void cli_add_output_options(cli_option table[CLI_OPTIONS_MAX], cli_outputs *outputs);

/* Before the run, which may be long: false after one clear line. */
bool cli_outputs_are_fine(const char *command, const cli_outputs *outputs);
/* Standard output belongs to a report. */
bool cli_outputs_to_stdout(const cli_outputs *outputs);

/* The processor time that wspect has used so far, in microseconds; without that of its children. */
int64_t cli_busy_us(void);

/* Begins a report: tool, case tables, time, statements of the RFCs that bind `role` (PLAY_ROLE_*). NULL when
 * out of memory. */
report *cli_report_begin(const cli_selection *selection, const cli_selection_options *options, unsigned role);
/* Copies the options into the report. False when out of memory. */
bool cli_report_options(report *r, const report_option *options, size_t count);
/* Cases without a verdict leave the report; `reported` by row. */
void cli_drop_unreported(report *r, const bool *reported);

/* False after a line for each file that could not be written. A list of reports (report.next) is one JSON
 * file and one comparison in HTML and in Markdown; beside these stand the files of each, with the agent's
 * name in the file's. */
bool cli_outputs_write(const char *command, const cli_outputs *outputs, const report *r);
/* The exit code of finished reports. incomplete: something else kept the run from being complete. Differences
 * from the baseline go to `out`, which may be NULL. */
int cli_outputs_judge(const char *command, const cli_outputs *outputs, const report *r, bool incomplete,
                      FILE *out);

#endif
