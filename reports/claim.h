/* Claims: what the signer of a report says of the endpoint that was tested. CLAIMS.md has them in words. */
#ifndef REPORTS_CLAIM_H
#define REPORTS_CLAIM_H

#include "reports/report.h"

typedef enum report_claim {
    REPORT_CLAIM_NONE,   /* the report is the signer's, whatever it says */
    REPORT_CLAIM_CORE,   /* all of profile standard, nothing FAILED */
    REPORT_CLAIM_STRICT, /* core, and nothing NON-STRICT */
    REPORT_CLAIM_FULL,   /* strict, in profile full */
    REPORT_CLAIM_COUNT
} report_claim;

extern const char *const report_claim_names[REPORT_CLAIM_COUNT + 1]; /* ends with NULL */

/* A case that a claim is about, as the case tables have it. */
typedef struct report_claim_case {
    const char *id;
    bool needs_echo, needs_subprotocol;
} report_claim_case;

/* By which a claim is judged: the cases of the claim's profile for the role of the report. */
typedef struct report_claim_basis {
    const char *cases_sha256;
    const report_claim_case *cases;
    size_t count;
} report_claim_basis;

/* "standard" or "full": the profile whose cases are the basis. "" for REPORT_CLAIM_NONE. */
const char *report_claim_profile(report_claim claim);

/* Whether the report bears the claim out. False with a sentence in why: the first thing that speaks against
 * it. */
bool report_claim_holds(const report *r, report_claim claim, const report_claim_basis *basis, char *why,
                        size_t why_size);

/* The claim in one sentence, about this report. */
void report_claim_sentence(const report *r, report_claim claim, char *text, size_t size);

/* The text of an option of the report; NULL when it was not given. */
const char *report_option_text(const report *r, const char *name);

#endif
