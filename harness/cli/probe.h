/* Finds out, before a run, what the server under test can do. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include "net/runner.h"
#include "reports/report.h"

typedef struct cli_probe {
    unsigned greeting;   /* messages that it sends unasked when a connection opens */
    uint16_t close_code; /* of the Close that it sends right when a connection opens; 0: it sends none */
    bool echo_tried;
    bool echoes;      /* what comes back for a message is that message, or looks like it */
    bool deflate;     /* takes an offer of permessage-deflate */
    uint64_t largest; /* octets of the largest message that came back; 0: none was tried, or none came */
    uint64_t refused; /* of the smallest that did not come back; 0: none */
} cli_probe;

/* Plays cases/probe/server.json. options are those of the run; with options->play.no_echo nothing is found
 * out about echoes. WS_ERR_IO and one sentence in `error`: nobody is there, or no WebSocket server. */
ws_status cli_probe_server(uv_loop_t *loop, const net_runner_options *options, cli_probe *found, char *error,
                           size_t error_size);
/* What was found, as report->facts. False when out of memory. */
bool cli_probe_record(const cli_probe *found, report *r);

#endif
