/* From what was played to the result model of reports. */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include "play/player.h"
#include "reports/report.h"

/* Everything that a case says of itself. False when out of memory. */
bool cli_describe_case(report *r, report_case *to, const play_case *from);
/* Closing handshake and transcript. False when out of memory. */
bool cli_record_result(report *r, report_case *to, const play_result *result, const play_trace *trace);

/* The statements of the catalogue that bind the role under test (PLAY_ROLE_*) and can be seen on the wire.
 * False when out of memory. */
bool cli_list_requirements(report *r, unsigned role);

#endif
