/* Certificates: a report with a signature (Ed25519) under "signature", over its canonical form (canonical.h).
 *
 *     report_document *d = report_document_open("run.json", error, sizeof error);
 *     report_key *key = report_key_open("key.pem", REPORT_KEY_PRIVATE, error, sizeof error);
 *     char *text = report_document_sign(d, key, REPORT_CLAIM_CORE, error, sizeof error);
 *
 * What is signed is everything that the file says, the signature's own members included but for its value.
 * README.md tells how others can check it. */
#ifndef REPORTS_CERTIFICATE_H
#define REPORTS_CERTIFICATE_H

#include "reports/claim.h"
#include "reports/report.h"

/* ------------------------------------------------------------------ keys */

typedef struct report_key report_key;
typedef enum report_key_kind { REPORT_KEY_PRIVATE, REPORT_KEY_PUBLIC } report_key_kind;

/* From a PEM file. NULL with a sentence in error when it cannot be read, or is no such key. */
report_key *report_key_open(const char *path, report_key_kind kind, char *error, size_t error_size);
void report_key_free(report_key *key); /* NULL is allowed */

/* ------------------------------------------------------------------ documents */

/* The file of one report: its text, and what it says. */
typedef struct report_document report_document;

/* NULL with a sentence in error; also for a list of reports, which must be signed one by one. */
report_document *report_document_open(const char *path, char *error, size_t error_size);
void report_document_free(report_document *document); /* NULL is allowed */
const report *report_document_report(const report_document *document);
bool report_document_signed(const report_document *document);

/* The text of the signed file, for free(): that of the report as it stands, with the signature in front.
 * NULL with a sentence in error. Whether the report bears the claim is not looked at. */
char *report_document_sign(const report_document *document, const report_key *key, report_claim claim,
                           char *error, size_t error_size);

/* Whether the document has a signature made with this key over what it says now; then its claim. False with a
 * sentence in error. */
bool report_document_verify(const report_document *document, const report_key *key, report_claim *claim,
                            char *error, size_t error_size);

#endif
