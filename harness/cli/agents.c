#include "cli/agents.h"

#include "cli/convert.h"
#include "reports/render.h"

#include <stdlib.h>
#include <string.h>

static uint64_t now_us(void) {
    return uv_hrtime() / 1000;
}

void cli_agent_name(const char *text, char name[CLI_AGENT_MAX]) {
    report_octets left = report_octets_of(text);
    size_t used = 0;
    while (left.size > 0) {
        uint32_t point;
        bool valid = true;
        size_t size = report_utf8_next(left, &point, &valid);
        if (!valid || point < 0x20 || point == 0x7f) {
            if (used + 1 >= CLI_AGENT_MAX)
                break;
            name[used++] = '?';
        } else {
            if (used + size >= CLI_AGENT_MAX)
                break;
            memcpy(name + used, left.data, size);
            used += size;
        }
        left = (report_octets){left.data + size, left.size - size};
    }
    name[used] = '\0';
}

static bool begin(cli_agents *agents, cli_agent *agent, const char *name) {
    agent->rows = calloc(agents->selection->count + 1, sizeof(report_case *));
    agent->latest = calloc(agents->selection->count + 1, sizeof(report *));
    agent->report = cli_report_begin(agents->selection, agents->options, PLAY_ROLE_CLIENT);
    if (!agent->rows || !agent->latest || !agent->report)
        return false;
    agent->report->target_agent = report_keep(agent->report, name);
    return agent->report->target_agent &&
           cli_report_options(agent->report, agents->report_options, agents->report_option_count);
}

static void agent_free(const cli_agents *agents, cli_agent *agent) {
    if (!agent)
        return;
    if (agent->report)
        agent->report->next = NULL; /* the agents own the reports */
    report_free(agent->report);
    for (size_t i = 0; agent->latest && i < agents->selection->count; i++)
        report_free(agent->latest[i]);
    free(agent->latest);
    free(agent->rows);
    free(agent->nonces);
    free(agent);
}

cli_agent *cli_agents_known(const cli_agents *agents, const char *name) {
    cli_agent *agent = agents->first;
    while (agent && strcmp(agent->report->target_agent, name) != 0)
        agent = agent->next;
    return agent;
}

cli_agent *cli_agents_find(cli_agents *agents, const char *name) {
    cli_agent *agent = cli_agents_known(agents, name);
    if (agent || agents->count == CLI_AGENTS_MAX)
        return agent;
    agent = calloc(1, sizeof *agent);
    if (!agent || !begin(agents, agent, name)) {
        agent_free(agents, agent);
        return NULL;
    }
    cli_agent **end = &agents->first;
    while (*end)
        end = &(*end)->next;
    *end = agent;
    agents->count++;
    return agent;
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

/* A new row of `r`; NULL when out of memory. */
static report_case *new_row(const cli_agents *agents, report *r, size_t index) {
    report_case *c = report_add_case(r);
    return c && cli_describe_case(r, c, agents->selection->cases[index]) ? c : NULL;
}

/* The row of a case, made when it is new; NULL when out of memory. */
static report_case *row_of(const cli_agents *agents, cli_agent *agent, size_t index) {
    if (!agent->rows[index])
        agent->rows[index] = new_row(agents, agent->report, index);
    return agent->rows[index];
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
    if (agent->nonce_count < 2)
        return true;
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

static bool fill_row(cli_agent *agent, report *r, report_case *c, const net_host_outcome *outcome,
                     const char *more) {
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

bool cli_agent_record(cli_agents *agents, cli_agent *agent, size_t index, const net_host_outcome *outcome,
                      const char *more) {
    if (!agent->rows[index]) {
        report_case *c = row_of(agents, agent, index);
        return c && fill_row(agent, agent->report, c, outcome, more);
    }
    report *latest = report_new();
    report_case *c = latest ? new_row(agents, latest, index) : NULL;
    if (!c || !fill_row(agent, latest, c, outcome, more)) {
        report_free(latest);
        return false;
    }
    *agent->rows[index] = *c;
    report_free(agent->latest[index]);
    agent->latest[index] = latest;
    return true;
}

/* Rows come in the order in which they were played first; the report has them in that of the selection. */
static void bring_up_to_date(cli_agents *agents, cli_agent *agent) {
    report *r = agent->report;
    size_t count = 0;
    (void)compare_nonces(agents, agent); /* without memory the verdict stands all the same */
    for (size_t i = 0; i < agents->selection->count; i++)
        if (agent->rows[i])
            r->cases[count++] = agent->rows[i];
    r->case_count = count;
    r->interrupted = count < agents->selection->count;
    r->duration_us = (int64_t)(now_us() - agents->started_us);
    r->busy_us = agents->count == 1 ? cli_busy_us() - agents->busy_us : 0; /* else whose is it? */
    report_finish(r);
}

const report *cli_agents_reports(cli_agents *agents) {
    report *first = NULL, **end = &first;
    for (cli_agent *agent = agents->first; agent; agent = agent->next) {
        bring_up_to_date(agents, agent);
        if (agent->report->case_count == 0)
            continue;
        *end = agent->report;
        end = &agent->report->next;
    }
    *end = NULL;
    return first;
}

void cli_agents_clear(cli_agents *agents) {
    while (agents->first) {
        cli_agent *agent = agents->first;
        agents->first = agent->next;
        agent_free(agents, agent);
    }
    agents->count = 0;
}
