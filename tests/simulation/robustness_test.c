/* A peer whose line fails at every octet: everything behind it is lost, and then the stream ends, is reset,
 * stays silent, or carries something else. The player concludes every time, within its own limits, and never
 * takes a case for good whose echo it has not seen. The same octets at the same times give the same verdict,
 * transcript and octets again. */
#include "play/table.h"
#include "support/sim.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char table_text[] =
    "{\"schema\": \"wspect-cases/1\", \"group\": \"Faults\","
    " \"defaults\": {\"level\": \"must\", \"roles\": [\"server\", \"client\"], \"requirements\": "
    "[\"6455-5.2-07\"]},"
    " \"cases\": ["
    "{\"id\": \"echo\", \"title\": \"t\", \"steps\": [{\"ping\": \"p\"}, {\"text\": {\"repeat\": \"ab\", "
    "\"length\": 130},"
    " \"fragments\": 50}, {\"expect\": [\"pong\", \"echo\"]}]},"
    "{\"id\": \"failure\", \"title\": \"t\", \"steps\": [{\"ping\": \"alive\"}, {\"expect\": \"pong\"},"
    " {\"text\": \"a\", \"rsv\": 4, \"echo\": false}, {\"expect\": {\"failure\": [1002]}}]},"
    "{\"id\": \"deflate\", \"title\": \"t\", \"deflate\": {\"offer\": \"permessage-deflate\"}, \"steps\":"
    " [{\"text\": {\"repeat\": \"ab\", \"length\": 130}, \"compressed\": true}, {\"expect\": \"echo\"}]},"
    "{\"id\": \"refused\", \"title\": \"t\", \"roles\": [\"server\"], \"handshake\": {\"request\": {\"set\":"
    " {\"Sec-WebSocket-Version\": \"12\"}}, \"expect\": {\"OK\": [{\"refused\": [426, 400]}]}}, \"steps\": "
    "[]}]}";

enum { TRACE_TEXT = 1 << 16 };

static play_table *table;

static void set_up(void) {
    char error[512];
    table = play_table_new();
    cr_assert_eq(play_table_load(table, "faults.json", table_text, strlen(table_text), error, sizeof error),
                 WS_OK, "%s", error);
}

static void tear_down(void) {
    play_table_free(table);
}

TestSuite(robustness, .init = set_up, .fini = tear_down, .timeout = 60);

/* ------------------------------------------------------------------ a line that fails */

typedef enum fault { SOUND, ENDS, RESETS, SILENCE, ONES, ZEROS, FAULTS } fault;

static const char *const fault_names[] = {"sound", "ends", "resets", "silence", "ones", "zeros"};

/* A peer whose octets are lost from `left` on. */
typedef struct broken_peer {
    sim_party good;
    uint64_t left;
    fault fault;
    uint64_t poured;
} broken_peer;

enum { POURED = 200000 };

static bool is_broken(const broken_peer *peer) {
    return peer->fault != SOUND && peer->left == 0;
}

static void broken_connected(void *self, int64_t now) {
    const broken_peer *peer = self;
    peer->good.connected(peer->good.self, now);
}
static void broken_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    const broken_peer *peer = self;
    if (!is_broken(peer))
        peer->good.received(peer->good.self, now, bytes, size);
}
static void broken_ended(void *self, int64_t now, bool by_reset) {
    const broken_peer *peer = self;
    peer->good.ended(peer->good.self, now, by_reset);
}
static void broken_time(void *self, int64_t now) {
    const broken_peer *peer = self;
    peer->good.time(peer->good.self, now);
}
static size_t pour(broken_peer *peer, uint8_t *buffer, size_t capacity) {
    size_t size = POURED - peer->poured < capacity ? POURED - (size_t)peer->poured : capacity;
    memset(buffer, peer->fault == ONES ? 0xff : 0, size);
    peer->poured += size;
    return size;
}
static size_t broken_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    broken_peer *peer = self;
    if (is_broken(peer))
        return peer->fault == ONES || peer->fault == ZEROS ? pour(peer, buffer, capacity) : 0;
    size_t size = peer->good.output(peer->good.self, now, buffer, capacity);
    if (peer->fault != SOUND && size > peer->left)
        size = (size_t)peer->left;
    peer->left -= peer->fault != SOUND ? size : 0;
    return size;
}
static sim_wish broken_wish(const void *self) {
    const broken_peer *peer = self;
    if (!is_broken(peer))
        return peer->good.wish(peer->good.self);
    return peer->fault == ENDS ? SIM_CLOSE : peer->fault == RESETS ? SIM_RESET : SIM_NOTHING;
}
static int64_t broken_deadline(const void *self) {
    const broken_peer *peer = self;
    return is_broken(peer) ? INT64_MAX : peer->good.deadline(peer->good.self);
}
static bool broken_wants_input(const void *self) {
    (void)self;
    return true;
}
static bool broken_done(const void *self) {
    (void)self;
    return false;
}

static sim_party party_of(broken_peer *peer) {
    return (sim_party){peer,          broken_connected, broken_received, broken_ended,       broken_time,
                       broken_output, broken_wish,      broken_deadline, broken_wants_input, broken_done};
}

/* ------------------------------------------------------------------ a run */

typedef struct run_result {
    sim_result sim;
    bool done, opened;
    play_verdict verdict;
    play_close_verdict verdict_close;
    char reason[512];
    char *trace; /* when asked for */
} run_result;

static void write_trace(run_result *run, const play_trace *trace) {
    size_t used = 0;
    run->trace = calloc(1, TRACE_TEXT);
    cr_assert_not_null(run->trace);
    for (size_t i = 0; i < play_trace_count(trace); i++) {
        const play_entry *entry = play_trace_get(trace, i);
        used += (size_t)snprintf(run->trace + used, TRACE_TEXT - used, "%lld %d %d %llu %llu %s ",
                                 (long long)entry->time_us, (int)entry->kind, entry->out,
                                 (unsigned long long)entry->offset, (unsigned long long)entry->length,
                                 entry->text ? entry->text : "");
        for (size_t k = 0; k < 4; k++)
            used += (size_t)snprintf(run->trace + used, TRACE_TEXT - used, "%02x", entry->header.key[k]);
        for (size_t k = 0; k < entry->size; k++)
            used += (size_t)snprintf(run->trace + used, TRACE_TEXT - used, "%02x", entry->bytes[k]);
        cr_assert_lt(used, TRACE_TEXT - 8);
        run->trace[used++] = '\n';
    }
}

static run_result play(const play_case *c, ws_role role, fault what, uint64_t at, uint64_t seed,
                       bool traced) {
    run_result run = {.done = false};
    play_options options = {.role = role, .seed = seed, .authority = "localhost", .resource = "/"};
    peer_endpoint *peer =
        peer_endpoint_new(&(peer_options){.role = role == WS_CLIENT ? WS_SERVER : WS_CLIENT, .seed = 1});
    play_player *player = play_player_new(c, &options);
    cr_assert(peer && player);
    broken_peer broken = {.good = sim_party_of_endpoint(peer), .left = at, .fault = what};
    sim_party parties[2] = {sim_party_of_player(player), party_of(&broken)};
    run.sim = sim_run(&parties[0], &parties[1], &(sim_options){.max_steps = 100000});
    run.done = play_done(player);
    const play_result *result = play_result_of(player);
    run.opened = result->handshake_done;
    run.verdict = result->verdict;
    run.verdict_close = result->verdict_close;
    snprintf(run.reason, sizeof run.reason, "%s", result->reason ? result->reason : "");
    if (traced)
        write_trace(&run, play_trace_of(player));
    play_player_free(player);
    peer_endpoint_free(peer);
    return run;
}

/* Octets that the peer sends in a sound run. */
static uint64_t octets_of(const play_case *c, ws_role role) {
    run_result run = play(c, role, SOUND, 0, 1, false);
    cr_assert(run.done && run.verdict == PLAY_OK && run.verdict_close <= PLAY_CLOSE_OK, "%s: %s", c->id,
              run.reason);
    return run.sim.octets[1];
}

typedef void (*check)(const play_case *c, fault what, uint64_t at, uint64_t size, const run_result *run);

static void at_every_octet(const play_case *c, ws_role role, check look) {
    uint64_t size = octets_of(c, role);
    cr_assert_gt(size, 100);
    for (int what = ENDS; what < FAULTS; what++)
        for (uint64_t at = 0; at < size; at++) {
            run_result run = play(c, role, (fault)what, at, 1, false);
            look(c, (fault)what, at, size, &run);
        }
}

static void in_every_case(check look) {
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        at_every_octet(c, WS_CLIENT, look);
        if (c->roles & PLAY_ROLE_CLIENT)
            at_every_octet(c, WS_SERVER, look);
    }
}

/* ------------------------------------------------------------------ facts */

/* Thirty times its patience is the most that a player waits (script.c); no case here has more than three
 * waits. */
static void concludes(const play_case *c, fault what, uint64_t at, uint64_t size, const run_result *run) {
    (void)size;
    cr_expect(run->done && run->sim.stop == SIM_DONE, "%s %s at octet %llu", c->id, fault_names[what],
              (unsigned long long)at);
    cr_expect_leq(run->sim.duration_us, INT64_C(3) * 30 * 2000000);
}

Test(robustness, concludes_wherever_the_line_fails) {
    in_every_case(concludes);
}

/* What is lost is at least the last octet of the peer's Close or of its answer. */
static void is_not_fine(const play_case *c, fault what, uint64_t at, uint64_t size, const run_result *run) {
    bool fine = run->verdict == PLAY_OK && run->verdict_close == PLAY_CLOSE_OK;
    /* The octet in the place of the last one may be the same. */
    fine = fine && !(what >= ONES && at + 1 == size);
    cr_expect(!fine, "%s %s at octet %llu of %llu", c->id, fault_names[what], (unsigned long long)at,
              (unsigned long long)size);
    bool explained = run->verdict == PLAY_OK || *run->reason;
    cr_expect(explained, "%s %s at octet %llu", c->id, fault_names[what], (unsigned long long)at);
}

Test(robustness, finds_nothing_fine_that_was_cut_short) {
    in_every_case(is_not_fine);
}

static void blames_nobody_for_memory(const play_case *c, fault what, uint64_t at, uint64_t size,
                                     const run_result *run) {
    (void)size;
    cr_expect_neq(run->verdict, PLAY_INCONCLUSIVE, "%s %s at octet %llu: %s", c->id, fault_names[what],
                  (unsigned long long)at, run->reason);
}

Test(robustness, judges_every_line_that_fails) {
    in_every_case(blames_nobody_for_memory);
}

/* ------------------------------------------------------------------ repeatability */

static void same(const run_result *one, const run_result *other) {
    cr_expect_eq(one->verdict, other->verdict);
    cr_expect_eq(one->verdict_close, other->verdict_close);
    cr_expect_str_eq(one->reason, other->reason);
    cr_expect_eq(one->sim.duration_us, other->sim.duration_us);
    cr_expect_eq(one->sim.steps, other->sim.steps);
    cr_expect_eq(one->sim.octets[0], other->sim.octets[0]);
    cr_expect_str_eq(one->trace, other->trace);
}

Test(robustness, the_same_seed_gives_the_same_run_again) {
    for (size_t i = 0; i < play_table_count(table); i++)
        for (int what = SOUND; what < FAULTS; what++) {
            const play_case *c = play_table_get(table, i);
            run_result one = play(c, WS_CLIENT, (fault)what, 180, 7, true);
            run_result other = play(c, WS_CLIENT, (fault)what, 180, 7, true);
            same(&one, &other);
            free(one.trace);
            free(other.trace);
        }
}

Test(robustness, another_seed_gives_other_octets) {
    const play_case *c = play_table_find(table, "echo");
    run_result one = play(c, WS_CLIENT, SOUND, 0, 7, true), other = play(c, WS_CLIENT, SOUND, 0, 8, true);
    cr_expect_neq(strcmp(one.trace, other.trace), 0);
    free(one.trace);
    free(other.trace);
}
