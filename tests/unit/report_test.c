/* The model and report_write_file(). Allocations of reports/report.c go through test_malloc() and its like,
 * so that any of them can fail. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t allocations_left = SIZE_MAX;

static bool may_allocate(void) {
    return allocations_left && allocations_left--;
}
/* The sanitizers end a program that asks for too much; malloc itself would refuse. */
static void *test_malloc(size_t size) {
    return size < SIZE_MAX / 2 && may_allocate() ? malloc(size) : NULL;
}
static void *test_calloc(size_t count, size_t size) {
    return may_allocate() ? calloc(count, size) : NULL;
}

#define malloc test_malloc
#define calloc test_calloc
// NOLINTNEXTLINE(bugprone-suspicious-include): its allocations are to be replaced
#include "reports/report.c"
#undef malloc
#undef calloc

/* --- names --- */

Test(report_names, verdicts_have_the_names_of_the_design) {
    static const char *const names[] = {"OK",     "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED",
                                        "FAILED", "SKIPPED",    "INCONCLUSIVE"};
    for (int i = 0; i < REPORT_VERDICT_COUNT; i++)
        cr_expect_str_eq(report_verdict_name((report_verdict)i), names[i]);
}

Test(report_names, close_verdicts_have_the_names_of_autobahn) {
    static const char *const names[] = {
        "", "OK", "FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT", "INFORMATIONAL"};
    for (int i = 0; i < REPORT_CLOSE_COUNT; i++)
        cr_expect_str_eq(report_close_verdict_name((report_close_verdict)i), names[i]);
}

Test(report_names, every_verdict_is_found_by_its_name) {
    for (int i = 0; i < REPORT_VERDICT_COUNT; i++) {
        report_verdict verdict = REPORT_VERDICT_COUNT;
        cr_expect(report_verdict_from_name(report_verdict_name((report_verdict)i), &verdict));
        cr_expect_eq((int)verdict, i);
    }
}

Test(report_names, every_close_verdict_is_found_by_its_name) {
    for (int i = 0; i < REPORT_CLOSE_COUNT; i++) {
        report_close_verdict verdict = REPORT_CLOSE_COUNT;
        cr_expect(
            report_close_verdict_from_name(report_close_verdict_name((report_close_verdict)i), &verdict));
        cr_expect_eq((int)verdict, i);
    }
}

Test(report_names, unknown_names_are_refused) {
    report_verdict verdict = REPORT_SKIPPED;
    report_close_verdict close = REPORT_CLOSE_UNCLEAN;
    cr_expect_not(report_verdict_from_name("ok", &verdict));
    cr_expect_not(report_verdict_from_name(NULL, &verdict));
    cr_expect_not(report_close_verdict_from_name("WRONG", &close));
    cr_expect_not(report_close_verdict_from_name(NULL, &close));
    cr_expect(verdict == REPORT_SKIPPED && close == REPORT_CLOSE_UNCLEAN);
}

/* --- building --- */

Test(report_model, kept_text_outlives_its_source) {
    report *r = report_new();
    char text[] = "frame.length.zero";
    const char *kept = report_keep(r, text);
    memset(text, 'x', sizeof text - 1);
    cr_expect_str_eq(kept, "frame.length.zero");
    report_free(r);
}

Test(report_model, keeping_no_text_gives_none) {
    report *r = report_new();
    cr_expect_null(report_keep(r, NULL));
    report_free(r);
}

Test(report_model, keeping_no_bytes_gives_a_pointer) {
    report *r = report_new();
    cr_expect_not_null(report_keep_bytes(r, NULL, 0));
    report_free(r);
}

Test(report_model, large_and_small_bytes_do_not_overlap) {
    enum { COUNT = 60, LARGE = 100000 };
    static uint8_t large[LARGE];
    uint8_t *kept[COUNT];
    report *r = report_new();
    for (int i = 0; i < COUNT; i++) {
        memset(large, i, LARGE);
        kept[i] = report_keep_bytes(r, large, i % 3 ? (size_t)i : LARGE);
    }
    for (int i = 0; i < COUNT; i++)
        for (size_t k = 0; k < (i % 3 ? (size_t)i : LARGE); k++)
            cr_assert_eq(kept[i][k], i);
    report_free(r);
}

Test(report_model, kept_bytes_are_aligned_for_any_type) {
    report *r = report_new();
    for (size_t size = 0; size < 40; size++)
        cr_expect_eq((uintptr_t)report_keep_bytes(r, "0123456789012345678901234567890123456789", size) %
                         _Alignof(max_align_t),
                     0);
    report_free(r);
}

Test(report_model, sizes_beyond_memory_are_refused) {
    static const volatile size_t sizes[] = {SIZE_MAX, SIZE_MAX - 20, SIZE_MAX - 100};
    report *r = report_new();
    for (size_t i = 0; i < 3; i++)
        cr_expect_null(report_keep_bytes(r, "", sizes[i]));
    report_free(r);
}

Test(report_model, a_new_case_is_empty_but_has_an_id) {
    report *r = report_new();
    report_case *c = report_add_case(r);
    cr_expect_str_empty(c->id);
    cr_expect(c->title == NULL && c->reason == NULL && c->transcript_count == 0 && !c->flaky);
    cr_expect(c->verdict == REPORT_OK && c->verdict_close == REPORT_CLOSE_NONE);
    report_free(r);
}

Test(report_model, cases_keep_their_order_and_place) {
    enum { COUNT = 1000 };
    report *r = report_new();
    report_case *added[COUNT];
    for (int i = 0; i < COUNT; i++) {
        added[i] = report_add_case(r);
        added[i]->duration_us = i;
    }
    cr_assert_eq(r->case_count, COUNT);
    for (int i = 0; i < COUNT; i++)
        cr_assert(r->cases[i] == added[i] && r->cases[i]->duration_us == i);
    report_free(r);
}

Test(report_model, finishing_counts_each_verdict_anew) {
    static const report_verdict verdicts[] = {REPORT_OK, REPORT_FAILED, REPORT_FAILED, REPORT_INCONCLUSIVE};
    static const size_t expected[REPORT_VERDICT_COUNT] = {
        [REPORT_OK] = 1, [REPORT_FAILED] = 2, [REPORT_INCONCLUSIVE] = 1};
    report *r = report_new();
    for (size_t i = 0; i < 4; i++)
        report_add_case(r)->verdict = verdicts[i];
    report_finish(r);
    report_finish(r);
    cr_expect_arr_eq(r->summary, expected, sizeof expected);
    report_free(r);
}

Test(report_model, freeing_nothing_is_allowed) {
    report_free(NULL);
}

/* Keeps two cases and a large text with `left` allocations; false when one of them failed. */
static bool build_with(size_t left) {
    static const char large[100000];
    allocations_left = left;
    report *r = report_new();
    bool complete = r != NULL;
    for (int i = 0; complete && i < 20000; i++)
        complete = report_add_case(r) != NULL;
    complete = complete && report_keep_bytes(r, large, sizeof large) != NULL;
    allocations_left = SIZE_MAX;
    report_free(r);
    return complete;
}

Test(report_model, any_failed_allocation_is_reported_without_a_leak) {
    size_t left = 0;
    while (!build_with(left))
        left++;
    cr_expect_gt(left, 10);
}

Test(report_model, a_failed_case_leaves_the_others_in_place) {
    report *r = report_new();
    for (int i = 0; i < 64; i++)
        report_add_case(r);
    allocations_left = 0;
    while (report_add_case(r))
        continue;
    allocations_left = SIZE_MAX;
    size_t count = r->case_count;
    cr_expect_geq(count, 64);
    cr_expect_not_null(report_add_case(r));
    cr_expect_eq(r->case_count, count + 1);
    report_free(r);
}

/* --- files --- */

static char folder[64], file_path[128], error[300];
static report *empty_report;

static void enter_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/report-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(file_path, sizeof file_path, "%s/out", folder);
    empty_report = report_new();
}

/* Names in the folder. */
static int list_folder(char names[][64], int max) {
    DIR *open = opendir(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open));)
        if (entry->d_name[0] != '.' && count < max)
            snprintf(names[count++], 64, "%.63s", entry->d_name);
    closedir(open);
    return count;
}

static void leave_folder(void) {
    char names[8][64], path[160];
    for (int i = list_folder(names, 8); i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    report_free(empty_report);
}

TestSuite(report_file, .init = enter_folder, .fini = leave_folder);

static int write_new(const report *r, FILE *out) {
    (void)r;
    return fputs("new", out) < 0 ? -1 : 0;
}

static int write_half(const report *r, FILE *out) {
    (void)r;
    fputs("half a rep", out);
    return -1;
}

static int write_half_on_full_disk(const report *r, FILE *out) {
    write_half(r, out);
    errno = ENOSPC;
    return -1;
}

static void put_file(const char *path, const char *text, mode_t mode) {
    FILE *out = fopen(path, "w");
    cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0 && chmod(path, mode) == 0);
}

static const char *file_text(const char *path) {
    static char text[64];
    FILE *in = fopen(path, "r");
    cr_assert_not_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    return text;
}

static int write_to(const char *path, report_writer writer) {
    return report_write_file(path, writer, empty_report, error, sizeof error);
}

Test(report_file, a_new_file_holds_what_was_written) {
    cr_assert_eq(write_to(file_path, write_new), 0);
    cr_expect_str_eq(file_text(file_path), "new");
}

Test(report_file, an_old_file_is_replaced) {
    put_file(file_path, "a longer old report", 0644);
    cr_assert_eq(write_to(file_path, write_new), 0);
    cr_expect_str_eq(file_text(file_path), "new");
}

Test(report_file, an_old_file_passes_its_permissions_on) {
    struct stat now;
    put_file(file_path, "old", 0600);
    cr_assert_eq(write_to(file_path, write_new), 0);
    cr_assert_eq(stat(file_path, &now), 0);
    cr_expect_eq(now.st_mode & 0777, 0600);
}

Test(report_file, a_failed_writer_leaves_the_old_file) {
    put_file(file_path, "old", 0644);
    cr_assert_eq(write_to(file_path, write_half), -1);
    cr_expect_str_eq(file_text(file_path), "old");
}

Test(report_file, a_failed_writer_leaves_no_other_file) {
    char names[8][64];
    write_to(file_path, write_half);
    cr_expect_eq(list_folder(names, 8), 0);
}

Test(report_file, a_full_disk_is_named) {
    write_to(file_path, write_half_on_full_disk);
    cr_expect_not_null(strstr(error, file_path));
    cr_expect_not_null(strstr(error, "No space left on device"), "%s", error);
}

Test(report_file, a_failure_without_errno_speaks_of_memory) {
    write_to(file_path, write_half);
    cr_expect_not_null(strstr(error, "memory"), "%s", error);
}

Test(report_file, octets_lost_at_the_flush_are_noticed) {
    cr_expect_eq(write_to("/dev/full", write_new), -1);
    cr_expect_str_eq(error, "cannot write the report to /dev/full: No space left on device");
}

Test(report_file, a_missing_folder_is_named) {
    snprintf(file_path, sizeof file_path, "%s/none/out", folder);
    cr_expect_eq(write_to(file_path, write_new), -1);
    cr_expect_not_null(strstr(error, file_path));
    cr_expect_not_null(strstr(error, "No such file"), "%s", error);
}

Test(report_file, a_folder_is_not_written_to) {
    cr_expect_eq(write_to(folder, write_new), -1);
    cr_expect_not_null(strstr(error, "directory"), "%s", error);
}

Test(report_file, a_leftover_neighbour_is_not_touched) {
    char neighbour[200];
    snprintf(neighbour, sizeof neighbour, "%s.%ld-0.tmp", file_path, (long)getpid());
    put_file(neighbour, "leftover", 0644);
    cr_assert_eq(write_to(file_path, write_new), 0);
    cr_expect_str_eq(file_text(neighbour), "leftover");
}

Test(report_file, a_symbolic_link_stays_one) {
    char target[160];
    struct stat now;
    snprintf(target, sizeof target, "%s/target", folder);
    put_file(target, "old", 0644);
    cr_assert_eq(symlink(target, file_path), 0);
    cr_assert_eq(write_to(file_path, write_new), 0);
    cr_assert_eq(lstat(file_path, &now), 0);
    cr_expect(S_ISLNK(now.st_mode));
    cr_expect_str_eq(file_text(target), "new");
}

Test(report_file, a_pipe_is_written_to_and_not_replaced) {
    char got[8] = "";
    struct stat now;
    cr_assert_eq(mkfifo(file_path, 0600), 0);
    int pipe_end = open(file_path, O_RDWR | O_NONBLOCK);
    cr_assert_eq(write_to(file_path, write_new), 0);
    cr_expect_eq(read(pipe_end, got, sizeof got), 3);
    cr_expect_str_eq(got, "new");
    cr_expect(stat(file_path, &now) == 0 && S_ISFIFO(now.st_mode));
    close(pipe_end);
}

Test(report_file, a_dash_is_standard_output) {
    cr_assert_not_null(freopen(file_path, "w", stdout));
    cr_assert_eq(write_to("-", write_new), 0);
    cr_expect_str_eq(file_text(file_path), "new");
}

Test(report_file, a_failure_of_standard_output_is_named) {
    cr_assert_not_null(freopen("/dev/full", "w", stdout));
    cr_expect_eq(write_to("-", write_new), -1);
    cr_expect_str_eq(error, "cannot write the report to standard output: No space left on device");
}

Test(report_file, a_failed_allocation_leaves_the_old_file) {
    put_file(file_path, "old", 0644);
    allocations_left = 0;
    cr_expect_eq(write_to(file_path, write_new), -1);
    allocations_left = SIZE_MAX;
    cr_expect_str_eq(file_text(file_path), "old");
}
