#include "net/process.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uv_loop_t loop;
static uv_timer_t watchdog;
static net_process *process;
static unsigned exits, ends;
static size_t written;
static bool stop_at_output;

static void on_watchdog(uv_timer_t *timer) {
    (void)timer;
    cr_assert_fail("the process does not come to its end");
}

static void on_output(net_process *p, const char *bytes, size_t size, void *user) {
    cr_expect_eq(user, &loop);
    cr_expect_not_null(bytes);
    written += size;
    if (stop_at_output)
        net_process_stop(p);
}

static void on_process_exit(net_process *p, void *user) {
    cr_expect_eq(user, &loop);
    cr_expect_not(net_process_running(p));
    cr_expect_eq(ends, 0);
    exits++;
}

static void on_gone(net_process *p, void *user) {
    cr_expect_eq(user, &loop);
    cr_expect(net_process_gone(p));
    ends++;
}

static void set_up(void) {
    uv_loop_init(&loop);
    uv_timer_init(&loop, &watchdog);
    uv_timer_start(&watchdog, on_watchdog, 30000, 0);
    uv_unref((uv_handle_t *)&watchdog);
}

static void tear_down(void) {
    net_process_free(process);
    uv_close((uv_handle_t *)&watchdog, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect_eq(uv_loop_close(&loop), 0);
}

TestSuite(process, .init = set_up, .fini = tear_down);

static const net_process_handler handler = {
    .on_output = on_output, .on_exit = on_process_exit, .on_gone = on_gone};

static void start(const char *script) {
    char error[256];
    char *arguments[] = {"sh", "-c", (char *)script, NULL};
    ws_status status = net_process_start(&loop, arguments, &handler, &loop, &process, error, sizeof error);
    cr_assert_eq(status, WS_OK, "%s", error);
}

static void wait_until_gone(void) {
    while (!net_process_gone(process))
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect_eq(exits, 1);
    cr_expect_eq(ends, 1);
}

static void wait_for_output(void) {
    while (written == 0)
        uv_run(&loop, UV_RUN_ONCE);
}

static void expect_exit(const char *expected, bool died) {
    char text[NET_EXIT_TEXT_MAX];
    cr_assert_not_null(net_process_exit(process));
    cr_expect_str_eq(net_exit_describe(net_process_exit(process), text), expected);
    cr_expect_eq(net_process_died(process), died);
}

static void expect_tail(const char *expected) {
    ws_span tail = net_process_tail(process);
    cr_assert_eq(tail.size, strlen(expected), "%.*s", (int)tail.size, (const char *)tail.data);
    cr_expect_arr_eq(tail.data, expected, tail.size);
}

Test(process, a_status_is_told) {
    start("exit 7");
    cr_expect(net_process_running(process));
    cr_expect_null(net_process_exit(process));
    wait_until_gone();
    expect_exit("status 7", true);
}

Test(process, a_signal_is_told) {
    start("kill -SEGV $$");
    wait_until_gone();
    expect_exit("signal 11 (SIGSEGV)", true);
}

Test(process, a_status_that_stands_for_a_signal_is_explained) {
    start("exit 139");
    wait_until_gone();
    expect_exit("status 139 (as shells say for signal 11, SIGSEGV)", true);
}

Test(process, what_goes_to_both_outputs_is_kept_in_order) {
    start("echo one; echo two >&2; echo three; exit 1");
    wait_until_gone();
    expect_tail("one\ntwo\nthree\n");
}

Test(process, the_last_of_much_output_is_kept) {
    start("head -c 100000 /dev/zero | tr '\\0' x; printf end");
    wait_until_gone();
    ws_span tail = net_process_tail(process);
    cr_expect_eq(written, 100003);
    cr_assert_eq(tail.size, NET_PROCESS_TAIL_MAX);
    cr_expect_arr_eq(tail.data + tail.size - 4, "xend", 4);
}

Test(process, standard_input_is_empty) {
    start("cat; echo read");
    wait_until_gone();
    expect_tail("read\n");
}

Test(process, who_is_stopped_has_not_died) {
    start("echo up; exec sleep 60");
    wait_for_output();
    net_process_stop(process);
    wait_until_gone();
    expect_exit("signal 15 (SIGTERM)", false);
}

Test(process, it_may_be_stopped_from_its_callbacks) {
    stop_at_output = true;
    start("echo up; exec sleep 60");
    wait_until_gone();
    expect_exit("signal 15 (SIGTERM)", false);
}

Test(process, who_is_stopped_twice_is_killed) {
    start("trap '' TERM; echo up; while :; do sleep 60; done");
    wait_for_output();
    net_process_stop(process);
    net_process_stop(process);
    wait_until_gone();
    expect_exit("signal 9 (SIGKILL)", false);
}

Test(process, who_does_not_heed_sigterm_is_killed) {
    start("trap '' TERM; echo up; while :; do sleep 60; done");
    wait_for_output();
    net_process_stop(process);
    wait_until_gone();
    expect_exit("signal 9 (SIGKILL)", false);
}

/* The number on the first line of its output. */
static long told_pid(void) {
    char text[32] = "";
    ws_span tail = net_process_tail(process);
    cr_assert_lt(tail.size, sizeof text);
    memcpy(text, tail.data, tail.size);
    return atol(text);
}

/* Neither gone nor a zombie. */
static bool runs(long pid) {
    char path[40], state = 'X';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    if (file)
        fclose(file);
    return state != 'X' && state != 'Z';
}

Test(process, a_crash_takes_the_children_with_it) {
    start("sleep 60 & echo $!; kill -ABRT $$");
    wait_until_gone();
    expect_exit("signal 6 (SIGABRT)", true);
    cr_assert_gt(told_pid(), 0);
    while (runs(told_pid()))
        uv_run(&loop, UV_RUN_NOWAIT);
}

Test(process, the_end_of_the_pipe_says_that_all_children_are_gone) {
    start("sleep 60 & echo up; wait");
    wait_for_output();
    net_process_stop(process);
    wait_until_gone();
    expect_exit("signal 15 (SIGTERM)", false);
}

Test(process, a_child_that_has_left_the_group_does_not_hold_it_up) {
    start("setsid sleep 2 & exit 3");
    wait_until_gone();
    expect_exit("status 3", true);
}

Test(process, memory_is_known_while_it_runs) {
    start("echo up; exec sleep 60");
    wait_for_output();
#ifdef __linux__
    cr_expect_gt(net_process_memory(process), 0);
    cr_expect_geq(net_process_memory_peak(process), net_process_memory(process));
#endif
    net_process_stop(process);
    wait_until_gone();
    cr_expect_eq(net_process_memory(process), 0);
}

#ifdef __linux__
/* The shell's own memory is under 5 MiB. */
Test(process, the_memory_of_children_is_added) {
    start("/usr/bin/python3 -c 'import time; x = b\"x\" * 50000000; print(1, flush=True); time.sleep(60)'; "
          "exit 1");
    wait_for_output();
    cr_expect_gt(net_process_memory(process), 50000000 / 1024);
    cr_expect_gt(net_process_memory_peak(process), 50000000 / 1024);
    net_process_stop(process);
    wait_until_gone();
}
#endif

Test(process, all_can_be_killed_without_the_loop) {
    start("exec sleep 60");
    net_process_kill_all();
    wait_until_gone();
    expect_exit("signal 9 (SIGKILL)", true);
    net_process_kill_all();
}

Test(process, a_program_that_is_not_there_is_told) {
    char error[256];
    char *arguments[] = {"/no/such/program", NULL};
    cr_expect_eq(net_process_start(&loop, arguments, &handler, &loop, &process, error, sizeof error),
                 WS_ERR_IO);
    cr_expect_str_eq(error, "no such file or directory");
    cr_expect_null(process);
    cr_expect_eq(exits + ends, 0);
}
