/* One run with clients: what `wspect client` does with its options, and `wspect wstest` as a fuzzing server.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/outputs.h"

enum { CLI_PROFILE_UNSAID = -1 };

typedef struct cli_client_options {
    const char *command; /* for complaints: "client" */
    cli_selection_options selection;
    cli_outputs outputs;
    const char *listen, *subprotocol, *agent, *certificate, *key;
    uint64_t jobs, seed, chop, repeat;
    double timeout_scale;
    cli_list headers;
    int oracle;
    bool once, tls, help;
    char **launch; /* program and arguments; NULL: clients come by themselves */
    /* As wstest does: each case is announced when it begins, there is no summary, and a run without clients
     * is none to complain of. */
    bool as_wstest;
    /* Such an agent does not get the case: its connection opens and closes, and nothing is reported. May be
     * NULL. */
    bool (*spares)(const char *agent, const play_case *c, const void *user);
    const void *user;
} cli_client_options;

/* An exit code. */
int cli_client_run(const cli_client_options *options);

#endif
