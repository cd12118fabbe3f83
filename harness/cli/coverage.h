/* wspect cases coverage: which statements of the RFCs are exercised by which cases. */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include "play/table.h"

#include <stdbool.h>

/* Prints the counts by section, and the statements that bind a role and are judged by no case of that
 * role: those of MUST and MUST NOT, or with `all` every one. json: a file for the same as JSON ("-": standard
 * output, then nothing else is printed there); NULL: none. Returns an exit code. */
int cli_coverage(const play_table *table, bool all, const char *json);

#endif
