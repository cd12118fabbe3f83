/* Baselines: the verdicts that a project has accepted for now. A run is held against the file; whatever
 * differs, better or worse, is told.
 *
 *     {"schema": "wspect-baseline/1", "cases": {"frame.rsv.rsv1": {"verdict": "FAILED", "reason": "..."}}}
 *
 * Cases that are OK are not listed. */
#ifndef CLI_BASELINE_H
#define CLI_BASELINE_H

#include "reports/report.h"

/* Whether the file can be read as a baseline; one that does not exist, too, when `may_miss`. 0, or -1 with a
 * sentence. */
int cli_baseline_check(const char *path, bool may_miss, char *error, size_t error_size);
/* Prints each difference to `out` (NULL: nowhere). Returns the number of differences, or -1 with a sentence
 * in `error`. */
long cli_baseline_compare(const report *r, const char *path, FILE *out, char *error, size_t error_size);
/* Writes the run's verdicts; reasons of entries whose verdict has not changed, and entries of cases that were
 * not run, are kept. 0, or -1 with a sentence. */
int cli_baseline_update(const report *r, const char *path, char *error, size_t error_size);

#endif
