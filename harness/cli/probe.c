#include "cli/probe.h"

#include "play/table.h"
#include "wire/close.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char word[] = "wspect"; /* what probe.echo sends, as text and as binary */

/* A broken echo is an echo all the same, and fails the cases; another answer (a chat server's complaint) is
 * none. */
static bool resembles_word(const play_entry *entry) {
    size_t length = sizeof word - 1;
    if (entry->length == length)
        return true;
    return entry->size >= 3 && (memcmp(entry->bytes, word, 3) == 0 ||
                                memcmp(entry->bytes + entry->size - 3, word + length - 3, 3) == 0);
}

static bool looks_like_an_echo(const play_trace *trace) {
    for (size_t i = 0; i < play_trace_count(trace); i++) {
        const play_entry *entry = play_trace_get(trace, i);
        bool data = entry->kind == PLAY_ENTRY_FRAME && !entry->out && entry->header.opcode <= WS_BINARY;
        if (data && resembles_word(entry))
            return true;
    }
    return false;
}

static void learn_size(cli_probe *found, uint64_t size, bool came_back) {
    if (came_back && size > found->largest)
        found->largest = size;
    if (!came_back && (found->refused == 0 || size < found->refused))
        found->refused = size;
}

static void on_probed(const net_outcome *outcome, void *user) {
    cli_probe *found = user;
    const char *id = outcome->played->id;
    bool good = outcome->verdict == PLAY_OK || outcome->verdict == PLAY_NON_STRICT;
    if (!outcome->result)
        return;
    if (strcmp(id, "probe.alive") == 0) {
        const play_result *result = outcome->result;
        found->greeting = result->messages_ignored;
        if (!good && result->close_received)
            found->close_code = result->close_has_code ? result->close_code : WS_CLOSE_NO_STATUS;
    } else if (strcmp(id, "probe.echo") == 0)
        found->echoes = good || looks_like_an_echo(outcome->trace);
    else if (strcmp(id, "probe.permessage-deflate") == 0)
        found->deflate = good;
    else if (strncmp(id, "probe.message.", 14) == 0)
        learn_size(found, strtoull(id + 14, NULL, 10), good);
}

static ws_status is_alive(uv_loop_t *loop, const net_runner_options *options, const play_case *alive,
                          cli_probe *found, char *error, size_t error_size) {
    net_runner_options silent = *options;
    silent.play.no_echo = true; /* whatever comes before the pong is a greeting */
    return net_probe(loop, &silent, alive, on_probed, found, error, error_size);
}

static ws_status play_all(uv_loop_t *loop, const net_runner_options *options, const play_case *const *cases,
                          size_t count, cli_probe *found, char *error, size_t error_size) {
    net_runner_options known = *options;
    known.reached = true;
    known.play.greeting = found->greeting;
    net_runner *runner = net_runner_new(loop, &known, cases, count, on_probed, found);
    ws_status status = runner ? net_runner_run(runner) : WS_ERR_MEMORY;
    if (status != WS_OK)
        snprintf(error, error_size, "%s", runner ? net_runner_message(runner) : "out of memory");
    net_runner_free(runner);
    return status;
}

enum { PROBES_MAX = 16 };

/* Those whose id begins with `prefix`. */
static size_t choose(const play_table *table, const char *prefix, const play_case *chosen[PROBES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < play_table_count(table) && count < PROBES_MAX; i++)
        if (strncmp(play_table_get(table, i)->id, prefix, strlen(prefix)) == 0)
            chosen[count++] = play_table_get(table, i);
    return count;
}

/* In rounds: what comes back for long messages is only worth asking where something comes back at all. */
static ws_status ask(uv_loop_t *loop, const net_runner_options *options, const play_table *table,
                     cli_probe *found, char *error, size_t error_size) {
    static const char *const rounds[] = {"probe.permessage-deflate", "probe.echo", "probe.message."};
    ws_status status =
        is_alive(loop, options, play_table_find(table, "probe.alive"), found, error, error_size);
    for (size_t i = 0; status == WS_OK && i < sizeof rounds / sizeof *rounds; i++) {
        const play_case *chosen[PROBES_MAX];
        size_t count = choose(table, rounds[i], chosen);
        bool wanted = i == 0 || (i == 1 ? found->echo_tried : found->echoes);
        if (wanted)
            status = play_all(loop, options, chosen, count, found, error, error_size);
    }
    return status;
}

ws_status cli_probe_server(uv_loop_t *loop, const net_runner_options *options, cli_probe *found, char *error,
                           size_t error_size) {
    net_runner_options plain = *options;
    plain.chop = 0;
    plain.repeat = 1;
    *found = (cli_probe){.echo_tried = !options->play.no_echo};
    play_table *table = play_table_new();
    ws_status status = table ? play_table_load_probes(table, error, error_size) : WS_ERR_MEMORY;
    if (!table)
        snprintf(error, error_size, "out of memory");
    if (status == WS_OK)
        status = ask(loop, &plain, table, found, error, error_size);
    play_table_free(table);
    return status;
}

/* ------------------------------------------------------------------ in the report */

bool cli_probe_record(const cli_probe *found, report *r) {
    char greeting[40] = "no", largest[64], refused[32] = "";
    if (found->greeting)
        snprintf(greeting, sizeof greeting, "yes, %u message%s", found->greeting,
                 found->greeting == 1 ? "" : "s");
    if (found->refused)
        snprintf(refused, sizeof refused, ", not %llu", (unsigned long long)found->refused);
    if (found->largest)
        snprintf(largest, sizeof largest, "up to %llu octets%s", (unsigned long long)found->largest, refused);
    else
        snprintf(largest, sizeof largest, "short ones%s", refused);
    bool ok = true;
    if (found->echo_tried)
        ok = report_add_fact(r, "echoes messages", found->echoes ? "yes" : "no");
    if (found->largest || found->refused)
        ok = ok && report_add_fact(r, "messages that came back", largest);
    return ok && report_add_fact(r, "speaks first", greeting) &&
           report_add_fact(r, "permessage-deflate", found->deflate ? "yes" : "no");
}
