/* What a person sees of a run: a progress line on a terminal, findings, and a summary. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "reports/report.h"

typedef struct cli_terminal {
    FILE *out;     /* findings and summary; NULL: none */
    bool progress; /* a line that is rewritten, on standard error */
    bool verbose;  /* every case as it ends */
    bool colour;
    size_t total, done, failed;
    int64_t last_us; /* when the progress line was drawn */
} cli_terminal;

/* total: cases, 0 when it is not known how many. quiet: only the last line. to_stderr: standard output
 * belongs to a report. */
void cli_terminal_init(cli_terminal *terminal, size_t total, bool quiet, bool verbose, bool to_stderr);
void cli_terminal_case(cli_terminal *terminal, const report_case *c);
/* The verdict of a case that was shown does not stand. */
void cli_terminal_withdraw(cli_terminal *terminal, const report_case *c);
/* Removes the progress line until the next case. */
void cli_terminal_clear(const cli_terminal *terminal);
/* Removes the progress line for good. */
void cli_terminal_end(cli_terminal *terminal);
/* What differs between the reports of a list (report.next). */
void cli_terminal_compare(cli_terminal *terminal, const report *first);
void cli_terminal_summary(cli_terminal *terminal, const report *r, bool quiet);

#endif
