#include "cli/hunt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { SHOW_MS = 100, SHOW_PLAIN_MS = 10000, SAVE_MS = 10000, PATH_LENGTH_MAX = 2048 };

void cli_hunt_add_options(cli_option table[CLI_OPTIONS_MAX], cli_hunt_options *options) {
    const cli_option rows[] = {
        {"How long, and where findings go:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--time", CLI_NUMBER, &options->time_s, "SECONDS", "stop after so long (default 60; 0: never)", 0, 0,
         UINT32_MAX},
        {"--runs", CLI_NUMBER, &options->runs, "N", "stop after N sessions (default 0: never)", 0, 0,
         UINT64_MAX},
        {"--max-findings", CLI_NUMBER, &options->findings_max, "N",
         "stop after N findings (default 0: never)", 0, 0, UINT64_MAX},
        {"--seed", CLI_NUMBER, &options->seed, "N", "seed of what is drawn (default 1)", 0, 0, UINT64_MAX},
        {"--findings", CLI_TEXT, &options->folder, "FOLDER",
         "where findings are written as case tables (default wspect-findings)", 0, 0, 0},
        {"--resume", CLI_FLAG, &options->resume, 0, "go on from where a run with the same folder has stopped",
         0, 0, 0},
        {"--quiet", CLI_FLAG, &options->quiet, 0, "only findings and the last line", 0, 0, 0},
        {"--verbose", CLI_FLAG, &options->verbose, 0, "what COMMAND writes, too", 0, 0, 0},
        {0},
    };
    cli_add_options(table, rows);
}

static uint64_t ms_since(uint64_t ns) {
    return (uv_hrtime() - ns) / 1000000;
}

/* ------------------------------------------------------------------ files */

static bool path_of(const cli_hunt *hunt, const char *name, const char *end, char path[PATH_LENGTH_MAX]) {
    int size = snprintf(path, PATH_LENGTH_MAX, "%s/%s%s", hunt->options->folder, name, end);
    return size > 0 && size < PATH_LENGTH_MAX;
}

/* Through a temporary neighbour, so that a full disk leaves what was there. */
static bool write_file(cli_hunt *hunt, const char *name, const char *end, const char *text) {
    char path[PATH_LENGTH_MAX], temporary[PATH_LENGTH_MAX];
    bool fine = path_of(hunt, name, end, path) && path_of(hunt, name, ".new", temporary);
    FILE *out = fine ? fopen(temporary, "w") : NULL;
    fine = out != NULL;
    if (fine && text)
        fine = fputs(text, out) >= 0;
    else if (fine)
        live_engine_write(hunt->engine, out);
    fine = fine && fflush(out) == 0 && !ferror(out);
    int problem = errno;
    fine = (!out || fclose(out) == 0) && fine && rename(temporary, path) == 0;
    if (fine)
        return true;
    if (!hunt->unwritten)
        cli_complain(hunt->command, "%s/%s%s could not be written: %s", hunt->options->folder, name, end,
                     strerror(problem));
    if (out)
        remove(temporary);
    hunt->unwritten = true;
    return false;
}

static bool read_state(cli_hunt *hunt) {
    char path[PATH_LENGTH_MAX], error[256];
    FILE *in = path_of(hunt, "state", "", path) ? fopen(path, "r") : NULL;
    if (!in) {
        cli_complain(hunt->command, "--resume: %s/state: %s", hunt->options->folder, strerror(errno));
        return false;
    }
    bool fine = live_engine_read(hunt->engine, in, error, sizeof error);
    fclose(in);
    if (!fine)
        cli_complain(hunt->command, "--resume: %s: %s", path, error);
    return fine;
}

/* ------------------------------------------------------------------ what is said */

static void clear_line(const cli_hunt *hunt) {
    if (hunt->on_terminal)
        fputs("\r\033[K", stderr);
}

static void tell(cli_hunt *hunt, const live_finding *finding) {
    bool written = write_file(hunt, finding->id, ".json", finding->table);
    clear_line(hunt);
    printf("%s %s\n              %s\n              ", finding->crash ? "CRASH        " : "FAILED       ",
           finding->id, finding->title);
    cli_print_safe(stdout, finding->reason);
    printf("\n              session %" PRIu64 ", made smaller from %zu genes to %zu\n", finding->session,
           finding->genes_found, finding->genes);
    if (written && *hunt->rerun) {
        fputs("              ", stdout);
        cli_print_safe(stdout, hunt->rerun);
        printf(" --cases %s%s", finding->id, finding->rare && hunt->rerun_rare ? hunt->rerun_rare : "");
        cli_print_safe(stdout, hunt->rerun_end);
        putchar('\n');
    }
    fflush(stdout);
}

static double rate_of(const cli_hunt *hunt) {
    double seconds = (double)ms_since(hunt->begun_ns) / 1000;
    uint64_t sessions = live_engine_counts(hunt->engine).sessions - hunt->sessions_before;
    return seconds > 0 ? (double)sessions / seconds : 0;
}

static void show_progress(cli_hunt *hunt) {
    live_counts counts = live_engine_counts(hunt->engine);
    if (hunt->options->quiet || ms_since(hunt->shown_ns) < (hunt->on_terminal ? SHOW_MS : SHOW_PLAIN_MS))
        return;
    hunt->shown_ns = uv_hrtime();
    clear_line(hunt);
    fprintf(stderr, "[%" PRIu64 " s] %" PRIu64 " sessions, %.0f/s, %" PRIu64 " states, %zu finding%s%s",
            ms_since(hunt->begun_ns) / 1000, counts.sessions, rate_of(hunt), counts.states, hunt->told,
            hunt->told == 1 ? "" : "s", live_engine_busy(hunt->engine) ? ", looking into one" : "");
    if (!hunt->on_terminal)
        fputc('\n', stderr);
    fflush(stderr);
}

/* ------------------------------------------------------------------ the hunt */

bool cli_hunt_prepare(const char *command, const cli_hunt_options *options) {
    if (mkdir(options->folder, 0777) == 0 || errno == EEXIST)
        return true;
    cli_complain(command, "%s could not be made: %s", options->folder, strerror(errno));
    return false;
}

int cli_hunt_begin(cli_hunt *hunt, const live_engine_options *options) {
    hunt->engine = live_engine_new(options);
    if (!hunt->engine) {
        cli_complain(hunt->command, "out of memory");
        return CLI_EXIT_INCOMPLETE;
    }
    if (hunt->options->resume && !read_state(hunt))
        return CLI_EXIT_USAGE;
    if (!write_file(hunt, "state", "", NULL))
        return CLI_EXIT_USAGE;
    const char *kind = getenv("TERM");
    hunt->on_terminal = kind && strcmp(kind, "dumb") != 0 && isatty(STDERR_FILENO) && !hunt->options->quiet;
    hunt->sessions_before = live_engine_counts(hunt->engine).sessions;
    hunt->begun_ns = hunt->shown_ns = hunt->saved_ns = uv_hrtime();
    return CLI_EXIT_OK;
}

/* A suspect that is being looked into when the time is over still gets its verdict, within reason. */
static bool is_over(const cli_hunt *hunt) {
    const cli_hunt_options *options = hunt->options;
    live_counts counts = live_engine_counts(hunt->engine);
    uint64_t time_ms = options->time_s * 1000, passed = ms_since(hunt->begun_ns);
    bool late = options->time_s > 0 && passed >= time_ms;
    bool done = options->runs > 0 && counts.sessions - hunt->sessions_before >= options->runs;
    bool very_late = options->time_s > 0 && passed >= time_ms + time_ms / 2 + 30000;
    bool enough = options->findings_max > 0 && hunt->told >= options->findings_max;
    return hunt->interrupted || very_late || enough || ((late || done) && !live_engine_busy(hunt->engine));
}

bool cli_hunt_next(cli_hunt *hunt) {
    char error[512];
    if (live_engine_count(hunt->engine) > 0 && !live_engine_conclude(hunt->engine)) {
        cli_complain(hunt->command, "out of memory");
        hunt->out_of_memory = true;
        return false;
    }
    while (hunt->told < live_engine_finding_count(hunt->engine))
        tell(hunt, live_engine_finding(hunt->engine, hunt->told++));
    show_progress(hunt);
    if (ms_since(hunt->saved_ns) >= SAVE_MS) {
        write_file(hunt, "state", "", NULL);
        hunt->saved_ns = uv_hrtime();
    }
    if (is_over(hunt))
        return false;
    if (live_engine_next(hunt->engine, hunt->batch, error, sizeof error) == WS_OK)
        return true;
    cli_complain(hunt->command, "a session could not be prepared: %s", error);
    hunt->out_of_memory = true;
    return false;
}

int cli_hunt_end(cli_hunt *hunt, int code) {
    if (!hunt->engine)
        return code;
    if (hunt->begun_ns > 0) {
        live_counts counts = live_engine_counts(hunt->engine);
        write_file(hunt, "state", "", NULL);
        clear_line(hunt);
        printf("%" PRIu64 " sessions in %.1f s (%.0f/s), %" PRIu64
               " states of the peer: %zu finding%s, seen again %" PRIu64 " times; %" PRIu64
               " not confirmed%s\n",
               counts.sessions - hunt->sessions_before, (double)ms_since(hunt->begun_ns) / 1000,
               rate_of(hunt), counts.states, hunt->told, hunt->told == 1 ? "" : "s", counts.again,
               counts.unconfirmed, hunt->interrupted ? " (interrupted)" : "");
    }
    live_engine_free(hunt->engine);
    hunt->engine = NULL;
    if (hunt->told > 0)
        return CLI_EXIT_NOT_CONFORMANT;
    return code == CLI_EXIT_OK && (hunt->out_of_memory || hunt->unwritten) ? CLI_EXIT_INCOMPLETE : code;
}
