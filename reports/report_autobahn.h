/* What the JSON files and the pages of Autobahn's folder share; for report_autobahn*.c alone. */
#ifndef REPORTS_REPORT_AUTOBAHN_H
#define REPORTS_REPORT_AUTOBAHN_H

#include "reports/report.h"

enum { AUTOBAHN_NAME_MAX = 400 };

/* The name that the peer gives itself; "UnknownServer" when there is none, or it is no text. */
const char *autobahn_agent(const report *r);
/* Whether the folder has the case: it has an Autobahn id and a verdict. */
bool autobahn_has(const report_case *c);
/* "ws_8_23_case_1_2_10.json", with the extension given. */
void autobahn_file_name(const report *r, const report_case *c, const char *extension,
                        char name[AUTOBAHN_NAME_MAX]);
/* A closing handshake that was never reached counts as failed. */
report_close_verdict autobahn_close(const report_case *c);

/* index.html: all cases of a list of reports (report.next) by all agents. */
int autobahn_write_index(const report *first, FILE *out);
/* The page of the only case of a report. */
int autobahn_write_case(const report *r, FILE *out);

#endif
