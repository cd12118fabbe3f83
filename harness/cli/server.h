/* One run against a server: what `wspect server` does with its options, and `wspect wstest` with each server
 * of its spec. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "cli/outputs.h"
#include "net/tls.h"

/* As oracle_names of server.c, or not said: the probe finds out. */
enum { CLI_ORACLE_UNKNOWN = -1, CLI_ORACLE_ECHO, CLI_ORACLE_PING };

typedef struct cli_server_options {
    const char *command; /* for complaints: "server" */
    cli_selection_options selection;
    cli_outputs outputs;
    int oracle;
    uint64_t jobs, seed, chop, repeat, wait_s;
    double timeout_scale;
    cli_list headers;
    const char *subprotocol;
    bool help;
    char **target_command; /* NULL: the server runs already */
    net_tls_client_options tls;
    const char *agent; /* its name in the report; NULL: the one that it gives itself */
    /* Not NULL: the report goes there, and nothing is said, written or judged; NULL is put there when the
     * server could not be reached. `interrupted` of the report tells of a signal. */
    report **report;
    /* A case is over; agent: what is known of it by now, or NULL. May be NULL. */
    void (*on_case)(const report_case *c, const char *agent, void *user);
    void *user;
} cli_server_options;

/* An exit code. */
int cli_server_run(const cli_server_options *options, const char *url);

#endif
