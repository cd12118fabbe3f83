/* What clients have shown so far: one report for each agent, with the latest run of every case. */
#ifndef CLI_AGENTS_H
#define CLI_AGENTS_H

#include "cli/outputs.h"
#include "net/host.h"

enum { CLI_NONCE_SIZE = 25, CLI_NONCES_MAX = 100000 };

typedef struct cli_agent {
    struct cli_agent *next;
    report *report;
    report_case **rows;             /* by case of the selection; NULL: not played */
    char (*nonces)[CLI_NONCE_SIZE]; /* of its connections, as far as they are well-formed */
    size_t nonce_count, nonce_capacity;
} cli_agent;

typedef struct cli_agents {
    const cli_selection *selection;
    const cli_selection_options *options;
    const report_option *report_options;
    size_t report_option_count;
    uint64_t started_us; /* of uv_hrtime, in microseconds */
    cli_agent *first;    /* in the order in which they came */
} cli_agents;

/* The agent of that name, made when it is new. NULL when out of memory. */
cli_agent *cli_agents_find(cli_agents *agents, const char *name);
/* Takes in the outcome of case `index`; a former one is replaced. more: what else is to be said, or NULL.
 * False when out of memory. */
bool cli_agent_record(cli_agents *agents, cli_agent *agent, size_t index, const net_host_outcome *outcome,
                      const char *more);
/* Says how the case ended after all: `verdict` counts, and `more`, or NULL, is added to the reason. The case
 * need not have an outcome. False when out of memory. */
bool cli_agent_amend(cli_agents *agents, cli_agent *agent, size_t index, play_verdict verdict,
                     const char *more, bool flaky);
/* The reports of all agents, as a list, brought up to date. NULL: there is none. */
const report *cli_agents_reports(cli_agents *agents);
void cli_agents_clear(cli_agents *agents);

#endif
