/* Every allocation in turn fails: loading a table, and playing cases against the reference endpoint. A run
 * without memory proves nothing about the peer, so its verdict must be INCONCLUSIVE; AddressSanitizer sees to
 * leaks and crashes, the simulator to hangs. */
#include "play/table.h"
#include "support/failing/alloc.h"
#include "support/sim.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A case of every kind: what the player allocates differs. */
static const char table_text[] =
    "{\"schema\": \"wspect-cases/1\", \"group\": \"Memory\","
    " \"defaults\": {\"level\": \"must\", \"roles\": [\"server\", \"client\"], \"requirements\": "
    "[\"6455-5.2-07\"]},"
    " \"cases\": ["
    "{\"id\": \"text\", \"title\": \"t\", \"why\": \"w\", \"steps\": [{\"text\": \"Hello\"}, {\"expect\": "
    "\"echo\"}]},"
    "{\"id\": \"fragments\", \"title\": \"t\", \"steps\": [{\"text\": {\"repeat\": \"ab\", \"length\": 400},"
    " \"fragments\": 7}, {\"expect\": \"echo\"}]},"
    "{\"id\": \"big\", \"title\": \"t\", \"steps\": [{\"binary\": {\"random\": 7, \"length\": 300000}},"
    " {\"expect\": \"echo\"}]},"
    "{\"id\": \"queue\", \"title\": \"t\", \"steps\": [{\"repeat\": 100, \"steps\": [{\"text\": {\"concat\": "
    "[\"a\","
    " {\"hex\": \"c3a4\"}]}}, {\"ping\": \"x\"}]}, {\"repeat\": 100, \"steps\": [{\"expect\": "
    "[\"echo\"]}]}]},"
    "{\"id\": \"failure\", \"title\": \"t\", \"steps\": [{\"text\": \"a\", \"rsv\": 4, \"echo\": false},"
    " {\"expect\": {\"OK\": [{\"failure\": [1002]}], \"NON-STRICT\": [[\"end\"]], \"because\": "
    "{\"NON-STRICT\": \"b\"}}}]},"
    "{\"id\": \"close\", \"title\": \"t\", \"steps\": [{\"close\": 1000, \"reason\": \"bye\"},"
    " {\"expect\": {\"close\": [1000]}}]},"
    "{\"id\": \"mismatch\", \"title\": \"t\", \"steps\": [{\"ping\": \"alive\"}, {\"expect\": [\"pong\","
    " {\"message\": {\"text\": \"never\"}}]}]},"
    "{\"id\": \"deflate\", \"title\": \"t\", \"deflate\": {\"offer\": \"permessage-deflate; "
    "client_max_window_bits\"},"
    " \"steps\": [{\"text\": {\"repeat\": \"Hello\", \"length\": 5000}, \"compressed\": true, \"fragments\": "
    "9},"
    " {\"expect\": \"echo\"}]},"
    "{\"id\": \"slide\", \"title\": \"t\", \"deflate\": {\"offer\": \"permessage-deflate; "
    "client_no_context_takeover\","
    " \"no-context-takeover\": true}, \"steps\": [{\"repeat\": 3, \"window\": 2, \"steps\": [{\"text\": "
    "{\"corpus\": \"json\","
    " \"length\": 131072}, \"compressed\": true, \"slide\": true}, {\"expect\": \"echo\"}]}]},"
    "{\"id\": \"refused\", \"title\": \"t\", \"roles\": [\"server\"], \"handshake\": {\"request\": {\"set\":"
    " {\"Sec-WebSocket-Version\": \"12\"}, \"add\": [[\"X\", \"y\"]]}, \"expect\": {\"OK\": [{\"refused\": "
    "[426, 400],"
    " \"fields\": {\"Sec-WebSocket-Version\": {\"has\": \"13\", \"otherwise\": \"NON-STRICT\"}}}],"
    " \"NON-STRICT\": [\"end\"]}}, \"steps\": []},"
    "{\"id\": \"row-{n}\", \"title\": \"t\", \"for\": {\"n\": [1, 2], \"type\": [\"text\"]}, \"steps\":"
    " [{\"{type}\": {\"repeat\": \"*\", \"length\": \"{n}\"}}, {\"expect\": \"echo\"}]}]}";

static const char autobahn_text[] =
    "{\"schema\": \"wspect-cases/1\", \"group\": \"Autobahn\", \"defaults\": {\"rules\": \"autobahn\"}, "
    "\"cases\": ["
    "{\"id\": \"autobahn.1\", \"autobahn\": \"1\", \"title\": \"t\", \"steps\": [{\"text\": \"Hello\"},"
    " {\"arm\": \"close\", \"seconds\": 1}], \"events\": {\"OK\": [{\"text\": \"Hello\"}]},"
    " \"closing\": {\"by\": \"wspect\", \"codes\": [1000], \"clean\": true}}]}";

static play_table *table;
static char error_text[512];

static ws_status load(play_table *into, const char *name, const char *text) {
    return play_table_load(into, name, text, strlen(text), error_text, sizeof error_text);
}

static void set_up(void) {
    alloc_take_over();
    table = play_table_new();
    cr_assert_eq(load(table, "memory.json", table_text), WS_OK, "%s", error_text);
    cr_assert_eq(load(table, "autobahn-memory.json", autobahn_text), WS_OK, "%s", error_text);
}

static void tear_down(void) {
    play_table_free(table);
}

TestSuite(allocation, .init = set_up, .fini = tear_down, .timeout = 120);

/* ------------------------------------------------------------------ loading */

/* Whether loading came to its end although allocation `at` failed. */
static bool load_with_failure(const char *name, const char *text, uint64_t at, bool and_all_behind) {
    play_table *into = play_table_new();
    cr_assert_not_null(into);
    *error_text = '\0';
    alloc_arm(at, and_all_behind);
    ws_status status = load(into, name, text);
    bool failed = alloc_disarm();
    cr_assert_eq(status == WS_OK, !failed, "allocation %llu: %s", (unsigned long long)at, error_text);
    cr_assert_eq(play_table_count(into) == 0, failed);
    cr_assert_eq(*error_text == '\0', !failed);
    play_table_free(into);
    return !failed;
}

static uint64_t fail_all_of_loading(const char *name, const char *text, bool and_all_behind) {
    uint64_t at = 0;
    while (!load_with_failure(name, text, at, and_all_behind))
        at++;
    return at;
}

/* One allocation of ours; Jansson's reader does not survive one of its own that fails alone, see
 * harness/cli/main.c. */
Test(allocation, loading_a_table_fails_and_leaves_nothing_behind) {
    cr_assert_gt(fail_all_of_loading("memory.json", table_text, false), 10);
    cr_assert_gt(fail_all_of_loading("autobahn-memory.json", autobahn_text, false), 3);
}

Test(allocation, loading_a_table_fails_when_memory_never_comes_back) {
    alloc_take_over_jansson();
    cr_assert_gt(fail_all_of_loading("memory.json", table_text, true), 500);
    cr_assert_gt(fail_all_of_loading("autobahn-memory.json", autobahn_text, true), 50);
}

Test(allocation, a_table_itself_may_fail) {
    alloc_arm(0, false);
    cr_assert_null(play_table_new());
    cr_assert(alloc_disarm());
}

/* ------------------------------------------------------------------ playing */

/* The player as a party whose allocations alone are counted. */
static sim_party inner;

static void counted_connected(void *self, int64_t now) {
    alloc_resume();
    inner.connected(self, now);
    alloc_pause();
}
static void counted_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    alloc_resume();
    inner.received(self, now, bytes, size);
    alloc_pause();
}
static void counted_ended(void *self, int64_t now, bool by_reset) {
    alloc_resume();
    inner.ended(self, now, by_reset);
    alloc_pause();
}
static void counted_time(void *self, int64_t now) {
    alloc_resume();
    inner.time(self, now);
    alloc_pause();
}
static size_t counted_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    alloc_resume();
    size_t size = inner.output(self, now, buffer, capacity);
    alloc_pause();
    return size;
}

static sim_party counted_party(play_player *player) {
    inner = sim_party_of_player(player);
    sim_party party = inner;
    party.connected = counted_connected;
    party.received = counted_received;
    party.ended = counted_ended;
    party.time = counted_time;
    party.output = counted_output;
    return party;
}

typedef struct run_result {
    bool failed; /* an allocation has */
    bool made;   /* the player */
    sim_stop stop;
    play_verdict verdict;
    char reason[256];
} run_result;

static run_result play(const play_case *c, ws_role role, uint64_t at, bool and_all_behind) {
    run_result run = {.verdict = PLAY_INCONCLUSIVE};
    ws_role other = role == WS_CLIENT ? WS_SERVER : WS_CLIENT;
    peer_endpoint *peer = peer_endpoint_new(&(peer_options){.role = other, .seed = 1});
    play_options options = {.role = role, .seed = 1, .authority = "localhost", .resource = "/"};
    cr_assert_not_null(peer);
    alloc_arm(at, and_all_behind);
    play_player *player = play_player_new(c, &options);
    alloc_pause();
    run.made = player != NULL;
    if (player) {
        sim_party parties[2] = {counted_party(player), sim_party_of_endpoint(peer)};
        run.stop = sim_run(&parties[0], &parties[1], &(sim_options){.max_steps = 100000}).stop;
    }
    run.failed = alloc_disarm();
    if (player && run.stop == SIM_DONE) {
        const play_result *result = play_result_of(player);
        run.verdict = result->verdict;
        snprintf(run.reason, sizeof run.reason, "%s", result->reason ? result->reason : "");
    }
    play_player_free(player);
    peer_endpoint_free(peer);
    return run;
}

/* Lets every allocation of the case fail in turn; the number of them. */
static uint64_t fail_all_of(const play_case *c, ws_role role, bool and_all_behind) {
    play(c, role, UINT64_MAX, false); /* OpenSSL keeps what it makes at its first use */
    play_verdict sound = play(c, role, UINT64_MAX, false).verdict;
    for (uint64_t at = 0;; at++) {
        run_result run = play(c, role, at, and_all_behind);
        if (!run.failed) {
            cr_assert_eq(run.verdict, sound);
            return at;
        }
        if (!run.made)
            continue;
        cr_expect_eq(run.stop, SIM_DONE, "%s, allocation %llu", c->id, (unsigned long long)at);
        cr_expect_eq(run.verdict, PLAY_INCONCLUSIVE, "%s, allocation %llu: %s (%s)", c->id,
                     (unsigned long long)at, play_verdict_name(run.verdict), run.reason);
        cr_expect_str_eq(run.reason, "wspect ran out of memory", "%s", c->id);
    }
}

static void fail_cases(ws_role role, unsigned role_bit, bool and_all_behind) {
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        if (c->roles & role_bit)
            cr_expect_gt(fail_all_of(c, role, and_all_behind), 3, "%s", c->id);
    }
}

Test(allocation, a_run_against_a_server_without_memory_is_inconclusive) {
    fail_cases(WS_CLIENT, PLAY_ROLE_SERVER, false);
}

Test(allocation, a_run_against_a_client_without_memory_is_inconclusive) {
    fail_cases(WS_SERVER, PLAY_ROLE_CLIENT, false);
}

Test(allocation, a_run_against_a_server_whose_memory_never_comes_back_is_inconclusive) {
    fail_cases(WS_CLIENT, PLAY_ROLE_SERVER, true);
}
