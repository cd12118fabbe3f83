/* The control protocol of Autobahn's fuzzing server, over which test clients ask for cases:
 *
 *     /getCaseCount                       one text message: how many cases there are
 *     /getCaseInfo?case=N                 {"id", "description"}
 *     /runCase?case=N&agent=A             the case itself
 *     /getCaseStatus?case=N&agent=A       {"behavior", "id", "reason"}, as soon as it is known
 *     /updateReports?agent=A              writes the reports; &shutdownOnComplete=true ends the run
 *     /stopServer                         ends the run
 *
 * N counts from 1. casetuple=ID, one of our ids or Autobahn's, may stand for case=N; and /case/ID?agent=A
 * plays a case by its id. */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include "cli/agents.h"

typedef enum cli_control_kind {
    CLI_CONTROL_UNKNOWN, /* no such path */
    CLI_CONTROL_WRONG,   /* a parameter is missing, or no case has that number */
    CLI_CONTROL_PAGE,
    CLI_CONTROL_COUNT,
    CLI_CONTROL_INFO,
    CLI_CONTROL_RUN,
    CLI_CONTROL_STATUS,
    CLI_CONTROL_UPDATE,
    CLI_CONTROL_STOP
} cli_control_kind;

typedef struct cli_control_request {
    cli_control_kind kind;
    size_t index;              /* INFO, RUN, STATUS: of the case in the selection */
    char agent[CLI_AGENT_MAX]; /* RUN, STATUS, UPDATE: as cli_agent_name has it; "unknown" when the client
                                  does not say */
    bool shutdown;             /* UPDATE */
} cli_control_request;

/* Reads a request target, a path or a whole http URI (RFC 6455 4.1). */
cli_control_request cli_control_read(const char *target, const cli_selection *selection);

/* A case that sends `text` (NULL: nothing) and closes with 1000; freed by cli_control_reply_free. NULL when
 * out of memory. */
typedef struct cli_control_reply cli_control_reply;
cli_control_reply *cli_control_reply_new(const char *text);
const play_case *cli_control_reply_case(const cli_control_reply *reply);
void cli_control_reply_free(cli_control_reply *reply);

/* The text of the answer to INFO and STATUS, to be freed; NULL when out of memory. */
char *cli_control_info(const play_case *c);
char *cli_control_status(const report_case *c);

#endif
