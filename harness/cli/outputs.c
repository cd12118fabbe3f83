#include "cli/outputs.h"

#include "cli/baseline.h"
#include "cli/convert.h"
#include "reports/compare.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char *const fail_on_names[] = {"failed", "non-strict", NULL};

/* ------------------------------------------------------------------ options */

void cli_add_options(cli_option table[CLI_OPTIONS_MAX], const cli_option *rows) {
    size_t count = 0;
    while (table[count].name)
        count++;
    while (rows->name && count + 1 < CLI_OPTIONS_MAX)
        table[count++] = *rows++;
    table[count] = (cli_option){0};
}

void cli_add_selection_options(cli_option table[CLI_OPTIONS_MAX], cli_selection_options *selection) {
    const cli_option rows[] = {
        {"What to play:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--profile", CLI_CHOICE, &selection->profile, "NAME",
         "quick, standard (default), full, or autobahn (its cases and rules)", cli_profile_names, 0, 0},
        {"--cases", CLI_LIST, &selection->cases, "GLOB[,GLOB]",
         "only these: ids, Autobahn ids, groups or bugs (CVE-...), with * and ?", 0, 0, 0},
        {"--exclude", CLI_LIST, &selection->exclude, "GLOB[,GLOB]", "not these", 0, 0, 0},
        {"--cases-dir", CLI_TEXT, &selection->cases_dir, "DIR",
         "case tables from DIR instead of those built in", 0, 0, 0},
        {"--shard", CLI_SHARD, &selection->shard, "I/N", "the I-th of N parts of the cases", 0, 0, 0},
        {0},
    };
    cli_add_options(table, rows);
}

void cli_add_output_options(cli_option table[CLI_OPTIONS_MAX], cli_outputs *outputs) {
    const cli_option rows[] = {
        {"Verdict:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--fail-on", CLI_CHOICE, &outputs->fail_on, "LEVEL",
         "exit 1 on failed (default), or on non-strict too", fail_on_names, 0, 0},
        {"--baseline", CLI_TEXT, &outputs->baseline, "FILE",
         "exit 1 when verdicts differ from FILE, better or worse", 0, 0, 0},
        {"--update-baseline", CLI_FLAG, &outputs->update_baseline, 0,
         "write the verdicts to the baseline file", 0, 0, 0},
        {"Output (FILE - is standard output):", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--json", CLI_TEXT, &outputs->json, "FILE", "report as JSON", 0, 0, 0},
        {"--html", CLI_TEXT, &outputs->html, "FILE", "report as one HTML file", 0, 0, 0},
        {"--junit", CLI_TEXT, &outputs->junit, "FILE", "report as JUnit XML", 0, 0, 0},
        {"--markdown", CLI_TEXT, &outputs->markdown, "FILE", "report as Markdown", 0, 0, 0},
        {"--autobahn-dir", CLI_TEXT, &outputs->autobahn_dir, "DIR",
         "index.json, index.html and two files per case, as scripts for Autobahn read them", 0, 0, 0},
        {"--tap", CLI_FLAG, &outputs->tap, 0, "TAP on standard output", 0, 0, 0},
        {"--quiet", CLI_FLAG, &outputs->quiet, 0, "only the last line", 0, 0, 0},
        {"--verbose", CLI_FLAG, &outputs->verbose, 0, "every case as it ends, and the output of COMMAND", 0,
         0, 0},
        {0},
    };
    cli_add_options(table, rows);
}

static int reports_to_stdout(const cli_outputs *outputs) {
    const char *const files[] = {outputs->json, outputs->html, outputs->junit, outputs->markdown};
    int count = outputs->tap;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        count += files[i] && strcmp(files[i], "-") == 0;
    return count;
}

bool cli_outputs_to_stdout(const cli_outputs *outputs) {
    return reports_to_stdout(outputs) > 0;
}

bool cli_outputs_are_fine(const char *command, const cli_outputs *outputs) {
    char error[1024];
    if (outputs->update_baseline && !outputs->baseline) {
        cli_complain(command, "--update-baseline needs --baseline FILE");
        return false;
    }
    if (reports_to_stdout(outputs) > 1) {
        cli_complain(command, "only one report can go to standard output");
        return false;
    }
    if (!outputs->baseline ||
        cli_baseline_check(outputs->baseline, outputs->update_baseline, error, sizeof error) == 0)
        return true;
    cli_complain(command, "%s", error);
    return false;
}

/* ------------------------------------------------------------------ making a report */

static int64_t utc_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int64_t cli_busy_us(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

report *cli_report_begin(const cli_selection *selection, const cli_selection_options *options,
                         unsigned role) {
    report *r = report_new();
    char digest[65];
    bool fine = r && play_table_sha256(selection->table, digest) == WS_OK;
    if (fine) {
        r->tool_version = WSPECT_VERSION;
        r->cases_sha256 = report_keep(r, digest);
        r->target_role = role == PLAY_ROLE_SERVER ? "server" : "client";
        r->started_us = utc_us();
        fine = r->cases_sha256 && (options->profile == CLI_AUTOBAHN || cli_list_requirements(r, role));
    }
    if (fine)
        return r;
    report_free(r);
    return NULL;
}

bool cli_report_options(report *r, const report_option *options, size_t count) {
    report_option *kept = report_keep_bytes(r, options, count * sizeof *options);
    for (size_t i = 0; kept && i < count; i++) {
        kept[i].value = report_keep(r, options[i].value);
        if (!kept[i].value)
            return false;
    }
    r->options = kept;
    r->option_count = kept ? count : 0;
    return kept != NULL;
}

void cli_drop_unreported(report *r, const bool *reported) {
    size_t kept = 0;
    for (size_t i = 0; i < r->case_count; i++)
        if (reported[i])
            r->cases[kept++] = r->cases[i];
    r->interrupted = kept < r->case_count;
    r->case_count = kept;
}

/* ------------------------------------------------------------------ files */

enum { PLAIN_MAX = 101 };

/* The agent's name for the name of a file: "ws/8.1" gives "ws_8.1". */
static void plain_name(const report *r, char plain[PLAIN_MAX]) {
    const char *agent = r->target_agent ? r->target_agent : "unknown";
    size_t used = 0;
    for (; used + 1 < PLAIN_MAX && *agent; agent++) {
        bool kept = (*agent >= 'a' && *agent <= 'z') || (*agent >= 'A' && *agent <= 'Z') ||
                    (*agent >= '0' && *agent <= '9') || *agent == '.' || *agent == '-';
        plain[used++] = kept ? *agent : '_';
    }
    plain[used] = '\0';
}

/* How many reports from `first` to before `r` have the plain name of `r`. */
static unsigned namesakes(const report *first, const report *r) {
    char own[PLAIN_MAX], other[PLAIN_MAX];
    unsigned count = 0;
    plain_name(r, own);
    for (; first != r; first = first->next) {
        plain_name(first, other);
        count += strcmp(own, other) == 0;
    }
    return count;
}

/* "report.html" and "ws/8.1" give "report-ws_8.1.html", and "report-ws_8.1__2.html" for a second such name.
 */
static void name_for(const char *path, const report *first, const report *r, char *text, size_t size) {
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    size_t stem = dot && dot != path ? (size_t)(dot - path) : strlen(path);
    char plain[PLAIN_MAX], number[16] = "";
    unsigned before = namesakes(first, r);
    plain_name(r, plain);
    if (before > 0)
        snprintf(number, sizeof number, "__%u", before + 1);
    snprintf(text, size, "%.*s-%s%s%s", (int)stem, path, plain, number, path + stem);
}

static bool write_one(const char *command, const char *path, report_writer writer, const report *r) {
    char error[1024];
    if (!path || report_write_file(path, writer, r, error, sizeof error) == 0)
        return true;
    cli_complain(command, "%s", error);
    return false;
}

/* One file for each of a list. */
static bool write_each(const char *command, const char *path, report_writer writer, const report *r) {
    const report *first = r;
    bool fine = true, several = r->next != NULL;
    for (; path && r; r = r->next) {
        char own[4096];
        if (several && strcmp(path, "-") == 0 && writer != report_write_tap)
            continue; /* one page alone can go there: the comparison */
        if (several && strcmp(path, "-") != 0)
            name_for(path, first, r, own, sizeof own);
        else
            snprintf(own, sizeof own, "%s", path);
        fine = write_one(command, own, writer, r) && fine;
    }
    return fine;
}

bool cli_outputs_write(const char *command, const cli_outputs *outputs, const report *r) {
    bool pages = !r->next || !outputs->comparison_only;
    bool fine = write_one(command, outputs->json, report_write_json, r);
    if (r->next) {
        fine = write_one(command, outputs->html, report_write_compared_html, r) && fine;
        fine = write_one(command, outputs->markdown, report_write_compared_markdown, r) && fine;
    }
    fine = write_each(command, pages ? outputs->html : NULL, report_write_html, r) && fine;
    fine = write_each(command, pages ? outputs->markdown : NULL, report_write_markdown, r) && fine;
    fine = write_each(command, outputs->junit, report_write_junit, r) && fine;
    fine = write_each(command, outputs->tap ? "-" : NULL, report_write_tap, r) && fine;
    char error[1024];
    if (outputs->autobahn_dir && report_write_autobahn(r, outputs->autobahn_dir, error, sizeof error) != 0) {
        cli_complain(command, "%s", error);
        fine = false;
    }
    return fine;
}

/* ------------------------------------------------------------------ exit code */

/* 1: bad; 0: not; -1 after a complaint. */
static int is_bad(const char *command, const cli_outputs *outputs, const report *r, FILE *out) {
    char error[1024];
    if (outputs->update_baseline) {
        if (cli_baseline_update(r, outputs->baseline, error, sizeof error) == 0)
            return 0;
    } else if (outputs->baseline) {
        long differences = cli_baseline_compare(r, outputs->baseline, out, error, sizeof error);
        if (differences >= 0)
            return differences > 0;
    } else {
        return r->summary[REPORT_FAILED] > 0 || (outputs->fail_on == 1 && r->summary[REPORT_NON_STRICT] > 0);
    }
    cli_complain(command, "%s", error);
    return -1;
}

int cli_outputs_judge(const char *command, const cli_outputs *outputs, const report *r, bool incomplete,
                      FILE *out) {
    bool bad = false;
    if (r->next && outputs->baseline) {
        cli_complain(command, "a baseline is for one agent, and there were several");
        return CLI_EXIT_USAGE;
    }
    for (; r; r = r->next) {
        int found = is_bad(command, outputs, r, out);
        if (found < 0)
            return CLI_EXIT_USAGE;
        bad = bad || found == 1;
        incomplete = incomplete || r->interrupted || r->summary[REPORT_INCONCLUSIVE] > 0;
    }
    return bad ? CLI_EXIT_NOT_CONFORMANT : incomplete ? CLI_EXIT_INCOMPLETE : CLI_EXIT_OK;
}
