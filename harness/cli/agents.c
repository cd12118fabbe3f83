#include "cli/agents.h"

#include "cli/convert.h"

#include <stdlib.h>
#include <string.h>

static uint64_t now_us(void) {
    return uv_hrtime() / 1000;
}

static bool begin(cli_agents *agents, cli_agent *agent, const char *name) {
    agent->rows = calloc(agents->selection->count + 1, sizeof(report_case *));
    agent->report = cli_report_begin(agents->selection, agents->options, PLAY_ROLE_CLIENT);
    if (!agent->rows || !agent->report)
        return false;
    agent->report->target_agent = report_keep(agent->report, name);
    return agent->report->target_agent &&
           cli_report_options(agent->report, agents->report_options, agents->report_option_count);
}

static void agent_free(cli_agent *agent) {
    agent->report->next = NULL; /* the agents own the reports */
    report_free(agent->report);
    free(agent->rows);
    free(agent->nonces);
    free(agent);
}

cli_agent *cli_agents_find(cli_agents *agents, const char *name) {
    cli_agent **end = &agents->first;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->report->target_agent, name) == 0)
            return *end;
    cli_agent *agent = calloc(1, sizeof *agent);
    if (agent && begin(agents, agent, name)) {
        *end = agent;
        return agent;
    }
    if (agent) {
        report_free(agent->report);
        free(agent->rows);
    }
    free(agent);
    return NULL;
}

/* Both, as sentences. */
static const char *join(report *r, const char *reason, const char *more) {
    if (!reason || !more)
        return report_keep(r, reason ? reason : more);
    size_t size = strlen(reason) + strlen(more) + 3;
    char *text = malloc(size);
    if (!text)
        return NULL;
    snprintf(text, size, "%s. %s", reason, more);
    const char *kept = report_keep(r, text);
    free(text);
    return kept;
}

/* The row of a case, made when it is new; NULL when out of memory. */
static report_case *row_of(cli_agents *agents, cli_agent *agent, size_t index) {
    if (agent->rows[index])
        return agent->rows[index];
    report_case *c = report_add_case(agent->report);
    if (!c || !cli_describe_case(agent->report, c, agents->selection->cases[index]))
        return NULL;
    return agent->rows[index] = c;
}

bool cli_agent_amend(cli_agents *agents, cli_agent *agent, size_t index, play_verdict verdict,
                     const char *more, bool flaky) {
    report_case *c = row_of(agents, agent, index);
    if (!c)
        return false;
    c->verdict = (report_verdict)verdict;
    c->flaky = flaky;
    if (!more)
        return true;
    c->reason = join(agent->report, c->reason, more);
    return c->reason != NULL;
}

/* Those that are as they should be; others are for the cases about requests. */
static bool keep_nonce(cli_agent *agent, const char *nonce) {
    if (!nonce || strlen(nonce) != CLI_NONCE_SIZE - 1 || agent->nonce_count == CLI_NONCES_MAX)
        return true;
    if (agent->nonce_count == agent->nonce_capacity) {
        size_t capacity = agent->nonce_capacity ? 2 * agent->nonce_capacity : 256;
        void *grown = realloc(agent->nonces, capacity * sizeof *agent->nonces);
        if (!grown)
            return false;
        agent->nonces = grown;
        agent->nonce_capacity = capacity;
    }
    memcpy(agent->nonces[agent->nonce_count++], nonce, CLI_NONCE_SIZE);
    return true;
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* RFC 6455 4.1: a nonce is drawn at random for each connection, and 16 octets do not come twice. */
static bool compare_nonces(cli_agents *agents, cli_agent *agent) {
    size_t most = 0, at = 0;
    qsort(agent->nonces, agent->nonce_count, sizeof *agent->nonces, by_text);
    for (size_t i = 0, next; i < agent->nonce_count; i = next) {
        for (next = i + 1; next < agent->nonce_count && strcmp(agent->nonces[i], agent->nonces[next]) == 0;)
            next++;
        if (next - i > most) {
            most = next - i;
            at = i;
        }
    }
    bool fine = true;
    for (size_t i = 0; most > 1 && i < agents->selection->count; i++) {
        report_case *c = agents->selection->cases[i]->compares_nonces ? agent->rows[i] : NULL;
        if (!c || c->verdict == REPORT_FAILED)
            continue;
        char text[160];
        snprintf(text, sizeof text,
                 "%zu of %zu connections had the nonce %s; it is drawn anew for each (RFC 6455 4.1)", most,
                 agent->nonce_count, agent->nonces[at]);
        c->verdict = REPORT_FAILED;
        c->reason = join(agent->report, c->reason, text);
        fine = fine && c->reason;
    }
    return fine;
}

bool cli_agent_record(cli_agents *agents, cli_agent *agent, size_t index, const net_host_outcome *outcome,
                      const char *more) {
    report *r = agent->report;
    report_case *c = row_of(agents, agent, index);
    if (!c)
        return false;
    c->verdict = (report_verdict)outcome->verdict;
    c->duration_us = outcome->duration_us;
    c->reason = join(r, outcome->reason, more);
    c->verdict_close = REPORT_CLOSE_NONE;
    if (outcome->result) {
        c->verdict_close = (report_close_verdict)outcome->result->verdict_close;
        if (!cli_record_result(r, c, outcome->result, outcome->trace) ||
            !keep_nonce(agent, outcome->result->nonce))
            return false;
    }
    return c->reason || (!outcome->reason && !more);
}

/* Rows come in the order in which they were played first; the report has them in that of the selection. */
static void bring_up_to_date(cli_agents *agents, cli_agent *agent) {
    report *r = agent->report;
    size_t count = 0;
    (void)compare_nonces(agents, agent); /* without memory the verdict stands all the same */
    for (size_t i = 0; i < agents->selection->count; i++)
        if (agent->rows[i])
            r->cases[count++] = agent->rows[i];
    r->duration_us = (int64_t)(now_us() - agents->started_us);
    r->next = agent->next ? agent->next->report : NULL;
    report_finish(r);
}

const report *cli_agents_reports(cli_agents *agents) {
    for (cli_agent *agent = agents->first; agent; agent = agent->next)
        bring_up_to_date(agents, agent);
    return agents->first ? agents->first->report : NULL;
}

void cli_agents_clear(cli_agents *agents) {
    while (agents->first) {
        cli_agent *agent = agents->first;
        agents->first = agent->next;
        agent_free(agent);
    }
}
