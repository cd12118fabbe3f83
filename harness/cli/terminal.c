#include "cli/terminal.h"
#include "cli/options.h"
#include "reports/compare.h"
#include "reports/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void cli_terminal_init(cli_terminal *terminal, size_t total, bool quiet, bool verbose, bool to_stderr) {
    const char *kind = getenv("TERM");
    bool smart = kind && strcmp(kind, "dumb") != 0;
    *terminal =
        (cli_terminal){.out = to_stderr ? stderr : stdout, .total = total, .verbose = verbose && !quiet};
    terminal->progress = !quiet && !verbose && smart && isatty(STDERR_FILENO);
    terminal->colour = smart && !getenv("NO_COLOR") && isatty(fileno(terminal->out));
}

static const char *colour_of(const cli_terminal *terminal, report_verdict verdict) {
    static const char *const colours[] = {[REPORT_OK] = "\033[32m",
                                          [REPORT_NON_STRICT] = "\033[33m",
                                          [REPORT_INFORMATIONAL] = "\033[36m",
                                          [REPORT_UNIMPLEMENTED] = "\033[35m",
                                          [REPORT_FAILED] = "\033[31m",
                                          [REPORT_SKIPPED] = "\033[2m",
                                          [REPORT_INCONCLUSIVE] = "\033[35m"};
    return terminal->colour ? colours[verdict] : "";
}

static void print_case(const cli_terminal *terminal, const report_case *c) {
    fprintf(terminal->out, "%s%-13s%s %s%s%s%s", colour_of(terminal, c->verdict),
            report_verdict_name(c->verdict), terminal->colour ? "\033[0m" : "", c->id,
            c->autobahn ? " (" : "", c->autobahn ? c->autobahn : "", c->autobahn ? ")" : "");
    if (c->flaky)
        fputs(" [flaky]", terminal->out);
    if (c->reason) {
        fputs("\n              ", terminal->out);
        cli_print_safe(terminal->out, c->reason);
    }
    fputc('\n', terminal->out);
}

void cli_terminal_clear(const cli_terminal *terminal) {
    if (terminal->progress)
        fputs("\r\033[K", stderr);
}

void cli_terminal_case(cli_terminal *terminal, const report_case *c) {
    terminal->done++;
    terminal->failed += c->verdict == REPORT_FAILED;
    if (terminal->verbose) {
        print_case(terminal, c);
        return;
    }
    int64_t now = now_us();
    bool last = terminal->done == terminal->total;
    if (!terminal->progress || (now - terminal->last_us < 50000 && !last))
        return;
    terminal->last_us = now;
    cli_terminal_clear(terminal);
    if (terminal->total > 0)
        fprintf(stderr, "[%zu/%zu]", terminal->done, terminal->total);
    else
        fprintf(stderr, "[%zu]", terminal->done);
    fprintf(stderr, " %zu failed  %.50s", terminal->failed, c->id);
    fflush(stderr);
}

void cli_terminal_withdraw(cli_terminal *terminal, const report_case *c) {
    terminal->done--;
    terminal->failed -= c->verdict == REPORT_FAILED;
}

void cli_terminal_end(cli_terminal *terminal) {
    cli_terminal_clear(terminal);
    terminal->progress = false;
}

static bool worth_showing(const report_case *c) {
    return c->verdict == REPORT_FAILED || c->verdict == REPORT_NON_STRICT ||
           c->verdict == REPORT_INCONCLUSIVE || c->flaky;
}

static void print_facts(const cli_terminal *terminal, const report *r) {
    for (size_t i = 0; i < r->fact_count; i++)
        fprintf(terminal->out, "%s%s: %s", i == 0 ? "The target " : "; ", r->facts[i].name,
                r->facts[i].value);
    if (r->fact_count > 0)
        fputs(".\n", terminal->out);
}

static void print_limits(const cli_terminal *terminal, const report *r) {
    report_groups limits;
    if (report_limits_init(&limits, r) != 0)
        return;
    if (limits.count > 0)
        fputs("Limits and hardening, as seen:\n", terminal->out);
    for (size_t i = 0; i < limits.count; i++) {
        char text[1000];
        report_describe_limit(&limits.items[i], text, sizeof text);
        fprintf(terminal->out, "  %-36s ", limits.items[i].name);
        cli_print_safe(terminal->out, text);
        fputc('\n', terminal->out);
    }
    report_groups_clear(&limits);
}

static double mib(uint64_t kib) {
    return (double)kib / 1024;
}

static void print_process(FILE *out, const report_process *process) {
    if (process->deaths > 0)
        fprintf(out, "The server died %" PRIu64 " time%s", process->deaths, process->deaths == 1 ? "" : "s");
    if (process->unexplained > 0)
        fprintf(out, ", %" PRIu64 " of these without a case on which it dies again", process->unexplained);
    if (process->deaths > 0)
        fputs(".\n", out);
    if (process->memory_peak_kib > 0)
        fprintf(out, "Memory of the server: %.1f MiB at the start, %.1f at most, %.1f at the end.\n",
                mib(process->memory_start_kib), mib(process->memory_peak_kib), mib(process->memory_end_kib));
}

void cli_terminal_summary(cli_terminal *terminal, const report *r, bool quiet) {
    FILE *out = terminal->out;
    for (size_t i = 0; !quiet && !terminal->verbose && i < r->case_count; i++)
        if (worth_showing(r->cases[i]))
            print_case(terminal, r->cases[i]);
    if (!quiet) {
        print_limits(terminal, r);
        print_facts(terminal, r);
        size_t closes = 0;
        for (size_t i = 0; i < r->case_count; i++)
            closes += r->cases[i]->verdict_close > REPORT_CLOSE_OK &&
                      r->cases[i]->verdict_close < REPORT_CLOSE_INFORMATIONAL;
        if (closes > 0)
            fprintf(out,
                    "In %zu cases the closing handshake was not as it should be; the report tells how.\n",
                    closes);
    }
    if (!quiet && r->target_process)
        print_process(out, r->target_process);
    if (!quiet && r->busy_us > 0)
        fprintf(
            out,
            "Time: %.2f s in all; wspect was at work for %.2f s of it, and waited for the %s otherwise.\n",
            (double)r->duration_us / 1e6, (double)r->busy_us / 1e6, r->target_role);
    fprintf(out, "%zu case%s in %.2f s:", r->case_count, r->case_count == 1 ? "" : "s",
            (double)r->duration_us / 1e6);
    for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
        if (r->summary[v] > 0)
            fprintf(out, " %s%zu %s%s", colour_of(terminal, (report_verdict)v), r->summary[v],
                    report_verdict_name((report_verdict)v), terminal->colour ? "\033[0m" : "");
    fputs(r->interrupted ? " (interrupted)\n" : "\n", out);
    fflush(out);
}

static void print_row(const cli_terminal *terminal, const report_comparison *comparison,
                      const report_comparison_row *row) {
    if (comparison->two_runs)
        fprintf(terminal->out, "%-8s", report_change_name(row->change));
    cli_print_safe(terminal->out, row->id);
    for (size_t i = 0; i < comparison->report_count; i++) {
        const report_case *c = row->cases[i];
        fprintf(terminal->out, "  %zu:%s%s%s", i + 1, c ? colour_of(terminal, c->verdict) : "",
                c ? report_verdict_name(c->verdict) : "-", c && terminal->colour ? "\033[0m" : "");
    }
    fputc('\n', terminal->out);
}

void cli_terminal_compare(cli_terminal *terminal, const report *first) {
    report_comparison comparison;
    FILE *out = terminal->out;
    if (report_compare(&comparison, first) != 0)
        return;
    for (size_t i = 0; i < comparison.differing; i++)
        print_row(terminal, &comparison, &comparison.rows[i]);
    for (size_t i = 0; i < comparison.report_count; i++) {
        fprintf(out, "%zu: ", i + 1);
        cli_print_safe(out, report_column_name(comparison.reports[i]));
        for (int v = 0; v < REPORT_VERDICT_COUNT; v++)
            if (comparison.reports[i]->summary[v] > 0)
                fprintf(out, "  %zu %s", comparison.reports[i]->summary[v],
                        report_verdict_name((report_verdict)v));
        fputc('\n', out);
    }
    fprintf(out, "%zu of %zu cases differ.\n", comparison.differing, comparison.row_count);
    report_comparison_clear(&comparison);
}
