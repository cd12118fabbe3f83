/* Judges a case again from what its report has kept: the peer's octets, with their times, go into a player of
 * the same case. No network is used. */
#ifndef CLI_REJUDGE_H
#define CLI_REJUDGE_H

#include "play/case.h"
#include "reports/report.h"

typedef enum cli_rejudged {
    CLI_REJUDGED_SAME,     /* verdict, closing verdict and close code are those of the report */
    CLI_REJUDGED_OTHER,    /* they are not; `why` says what differs */
    CLI_REJUDGED_ABRIDGED, /* the transcript does not hold all that the verdict rests on; `why` says what */
    CLI_REJUDGED_FAILED    /* memory ran out */
} cli_rejudged;

cli_rejudged cli_rejudge(const report *r, const report_case *row, const play_case *c, char *why,
                         size_t why_size);

#endif
