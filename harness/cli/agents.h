/* What clients have shown so far: one report for each agent, with the latest run of every case. Memory is
 * bounded: by CLI_AGENTS_MAX agents, and by two runs of each case (the first one, whose place cannot be given
 * back, and the latest). */
#ifndef CLI_AGENTS_H
#define CLI_AGENTS_H

#include "cli/outputs.h"
#include "net/host.h"

enum { CLI_NONCE_SIZE = 25, CLI_NONCES_MAX = 100000 };
enum {
    CLI_AGENTS_MAX = 64, /* in one run */
    CLI_AGENT_MAX = 200  /* octets of a name, NUL included */
};

typedef struct cli_agent {
    struct cli_agent *next;
    report *report;
    report_case **rows;             /* by case of the selection; NULL: not played */
    report **latest;                /* what rows[i] consists of, when it was played again; else NULL */
    char (*nonces)[CLI_NONCE_SIZE]; /* of its connections, as far as they are well-formed */
    size_t nonce_count, nonce_capacity;
} cli_agent;

typedef struct cli_agents {
    const cli_selection *selection;
    const cli_selection_options *options;
    const report_option *report_options;
    size_t report_option_count;
    uint64_t started_us; /* of uv_hrtime, in microseconds */
    int64_t busy_us;     /* cli_busy_us at that time */
    cli_agent *first;    /* in the order in which they came */
    size_t count;
} cli_agents;

/* What an agent that calls itself `text` is called here: cut to fit; '?' for control characters and what is
 * no UTF-8. */
void cli_agent_name(const char *text, char name[CLI_AGENT_MAX]);
/* The agent of that name; NULL: there is none. */
cli_agent *cli_agents_known(const cli_agents *agents, const char *name);
/* Likewise, but made when it is new. NULL when there are CLI_AGENTS_MAX already, or when out of memory. */
cli_agent *cli_agents_find(cli_agents *agents, const char *name);
/* Takes in the outcome of case `index`; a former one is replaced. more: what else is to be said, or NULL.
 * False when out of memory. */
bool cli_agent_record(cli_agents *agents, cli_agent *agent, size_t index, const net_host_outcome *outcome,
                      const char *more);
/* Says how the case ended after all: `verdict` counts, and `more`, or NULL, is added to the reason. The case
 * need not have an outcome. False when out of memory. */
bool cli_agent_amend(cli_agents *agents, cli_agent *agent, size_t index, play_verdict verdict,
                     const char *more, bool flaky);
/* The reports of all agents that have played a case, as a list, brought up to date; a report without some of
 * the cases is `interrupted`. NULL: there is none. */
const report *cli_agents_reports(cli_agents *agents);
void cli_agents_clear(cli_agents *agents);

#endif
