/* The live fuzzer is held to the two numbers of the suite: no legal peer is accused, and broken ones are
 * found. In memory, so that it is quick, and the same every time. */
#include "support/hunt.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOUND_SESSIONS = 3000, VARIANT_SESSIONS = 64, FAULT_SESSIONS = 400 };

static hunt_result hunted(ws_role role, const peer_behaviour *behaviour, bool echo, uint64_t sessions,
                          uint64_t seed) {
    hunt_result result;
    bool greets = behaviour && strncmp(behaviour->name, "greets", strlen("greets")) == 0;
    hunt(&(hunt_options){.under_test = role,
                         .behaviour = behaviour,
                         .seed = seed,
                         .sessions = sessions,
                         .findings = 1,
                         .echo = echo,
                         .greeting = greets},
         &result);
    return result;
}

static void expect_nothing(ws_role role, const peer_behaviour *behaviour, bool echo, uint64_t sessions,
                           uint64_t seed) {
    hunt_result result = hunted(role, behaviour, echo, sessions, seed);
    cr_expect(result.findings == 0, "%s %s: %s\n%s", role == WS_SERVER ? "server" : "client",
              behaviour ? behaviour->name : "sound", result.reason, result.table ? result.table : "");
    free(result.table);
}

static void expect_nothing_of_variants(ws_role role, const peer_behaviour *rows, bool echo) {
    unsigned roles = role == WS_SERVER ? PEER_AS_SERVER : PEER_AS_CLIENT;
    uint64_t seed = 1;
    for (const peer_behaviour *row = rows; row->name; row++)
        if (row->roles & roles)
            expect_nothing(role, row, echo, VARIANT_SESSIONS, seed++);
}

/* Of the faults of a table at least `floor` are found. */
static void expect_found(const char *table, ws_role role, const peer_behaviour *rows, size_t floor) {
    unsigned roles = role == WS_SERVER ? PEER_AS_SERVER : PEER_AS_CLIENT;
    size_t all = 0, found = 0, small = 0;
    for (const peer_behaviour *row = rows; row->name; row++) {
        if (!(row->roles & roles) || row->kind != PEER_FAULT)
            continue;
        hunt_result result = hunted(role, row, true, FAULT_SESSIONS, 1);
        all++;
        found += result.findings > 0;
        small += result.findings > 0 && result.genes <= 3;
        free(result.table);
    }
    printf("live fuzzing, %s, %s: %zu faults, %zu found within %d sessions, %zu of these shown by three "
           "genes or fewer\n",
           table, role == WS_SERVER ? "server" : "client", all, found, FAULT_SESSIONS, small);
    fflush(stdout);
    cr_expect_geq(found, floor, "%s: %zu found, there used to be %zu", table, found, floor);
    cr_expect_geq(4 * small, 3 * found, "%s: only %zu of %zu were made small", table, small, found);
}

Test(live_fuzz, sound_server_is_not_accused) {
    expect_nothing(WS_SERVER, NULL, true, SOUND_SESSIONS, 1);
    expect_nothing(WS_SERVER, NULL, false, SOUND_SESSIONS / 4, 2);
}
Test(live_fuzz, sound_client_is_not_accused) {
    expect_nothing(WS_CLIENT, NULL, true, SOUND_SESSIONS, 1);
    expect_nothing(WS_CLIENT, NULL, false, SOUND_SESSIONS / 4, 2);
}
Test(live_fuzz, odd_servers_are_not_accused) {
    expect_nothing_of_variants(WS_SERVER, peer_variants, true);
    expect_nothing_of_variants(WS_SERVER, peer_variants_chat, false);
}
Test(live_fuzz, odd_clients_are_not_accused) {
    expect_nothing_of_variants(WS_CLIENT, peer_variants, true);
    expect_nothing_of_variants(WS_CLIENT, peer_variants_chat, false);
}
Test(live_fuzz, faults_in_frames_sent_are_found) {
    expect_found("frames sent", WS_SERVER, peer_faults_frames_sent, 57);
}
Test(live_fuzz, faults_in_masking_are_found) {
    expect_found("masking", WS_SERVER, peer_faults_masking, 23);
}
Test(live_fuzz, faults_in_behaviour_of_clients_are_found) {
    expect_found("behaviour", WS_CLIENT, peer_behaviours, 10);
}

static void write_to(const live_engine *engine, char **text) {
    size_t size;
    FILE *out = open_memstream(text, &size);
    cr_assert_not_null(out);
    live_engine_write(engine, out);
    fclose(out);
}

static const live_engine_options plain = {
    .session = {.peer = WS_SERVER, .echo = true}, .taste = {.largest = 1000}, .seed = 5};

Test(live_fuzz, the_same_seed_gives_the_same_sessions) {
    char error[200];
    live_engine *a = live_engine_new(&plain), *b = live_engine_new(&plain);
    cr_assert(a && b);
    for (int batch = 0; batch < 3; batch++) {
        cr_assert_eq(live_engine_next(a, 8, error, sizeof error), WS_OK, "%s", error);
        cr_assert_eq(live_engine_next(b, 8, error, sizeof error), WS_OK, "%s", error);
        for (size_t i = 0; i < 8; i++)
            cr_expect_str_eq(live_engine_case(a, i)->json, live_engine_case(b, i)->json);
        cr_assert(live_engine_conclude(a) && live_engine_conclude(b));
    }
    live_engine_free(a);
    live_engine_free(b);
}

Test(live_fuzz, state_survives_writing_and_reading) {
    char error[200], *before, *after;
    hunt_result result;
    hunt(&(hunt_options){.under_test = WS_SERVER, .seed = 3, .sessions = 64, .echo = true}, &result);
    cr_assert_gt(result.states, 0);
    live_engine *a = live_engine_new(&plain), *b = live_engine_new(&plain);
    cr_assert(a && b);
    static const char learnt[] =
        "wspect-fuzz/1\nseed 9 77\nsessions 12\nknown abc\nstate def\npool 1.2.3,7000.5.6.7\n";
    FILE *in = fmemopen((void *)learnt, strlen(learnt), "r");
    cr_assert(live_engine_read(a, in, error, sizeof error), "%s", error);
    fclose(in);
    write_to(a, &before);
    in = fmemopen(before, strlen(before), "r");
    cr_assert(live_engine_read(b, in, error, sizeof error), "%s", error);
    fclose(in);
    write_to(b, &after);
    cr_expect_str_eq(before, after);
    cr_expect(strstr(before, "pool 1.2.3,7000.5.6.7\n"), "%s", before);
    cr_expect_eq(live_engine_counts(b).sessions, 12);
    free(before);
    free(after);
    live_engine_free(a);
    live_engine_free(b);
}

Test(live_fuzz, bad_state_is_refused) {
    static const char *const bad[] = {"",
                                      "wspect-fuzz/2\n",
                                      "wspect-fuzz/1\nhello\n",
                                      "wspect-fuzz/1\npool 9.0.0\n",
                                      "wspect-fuzz/1\npool 0.0.0,f000.0.0.0\n",
                                      "wspect-fuzz/1\npool 0.0.0,1000.-1.0.0\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char error[200] = "";
        live_engine *engine = live_engine_new(&plain);
        FILE *in = fmemopen((void *)bad[i], strlen(bad[i]) + 1, "r");
        cr_assert(engine && in);
        cr_expect_not(live_engine_read(engine, in, error, sizeof error), "\"%s\" was taken", bad[i]);
        cr_expect(strstr(error, "is no line of a state"), "%s", error);
        fclose(in);
        live_engine_free(engine);
    }
}

Test(live_fuzz, genes_survive_writing_and_reading) {
    live_random random = {.seed = 4};
    live_taste taste = {.largest = 70000, .deflate = true};
    for (int i = 0; i < 500; i++) {
        char text[LIVE_TEXT_MAX];
        live_genome genome, read;
        live_genome_draw(&genome, &random, &taste);
        live_genome_write(&genome, text);
        cr_assert(live_genome_read(&read, text), "%s", text);
        cr_expect_eq(memcmp(&genome, &read, sizeof genome), 0, "%s", text);
    }
}

/* A session with a ping, in a batch of which nothing else is known than that the peer died of it. */
static bool is_deadly(const play_case *c) {
    return strstr(c->json, "\"ping\"") != NULL;
}

static void play_deadly_batch(live_engine *engine) {
    static const char why[] =
        "the server died of signal 6 (SIGABRT) while many cases ran at once. Its output: boom";
    const live_outcome died = {.verdict = PLAY_FAILED, .crash = true, .together = true, .reason = why};
    bool dies = false;
    for (size_t i = 0; i < live_engine_count(engine); i++) {
        live_engine_take(engine, i, &(live_outcome){.verdict = PLAY_OK});
        dies = dies || is_deadly(live_engine_case(engine, i));
    }
    size_t count = live_engine_crowding(engine) ? 1 : live_engine_count(engine);
    for (size_t i = 0; dies && i < count; i++)
        live_engine_take(engine, i, &died);
}

/* A death that needs many at once is laid to a session that does it in a crowd of its own kind. */
Test(live_fuzz, a_death_in_a_crowd_is_laid_to_its_session) {
    char error[200];
    live_engine *engine = live_engine_new(&plain);
    cr_assert_not_null(engine);
    for (int batch = 0; batch < 400 && live_engine_finding_count(engine) == 0; batch++) {
        cr_assert_eq(live_engine_next(engine, 16, error, sizeof error), WS_OK, "%s", error);
        play_deadly_batch(engine);
        cr_assert(live_engine_conclude(engine));
    }
    cr_assert_eq(live_engine_finding_count(engine), 1);
    const live_finding *finding = live_engine_finding(engine, 0);
    cr_expect(finding->crash && finding->rare);
    cr_expect_not_null(strstr(finding->table, "\"ping\""), "%s", finding->table);
    cr_expect_not_null(strstr(finding->reason, "with many at once: the server died of signal 6"), "%s",
                       finding->reason);
    cr_assert_eq(live_engine_next(engine, 16, error, sizeof error), WS_OK, "%s", error);
    cr_expect_not(live_engine_busy(engine), "the innocent are forgotten");
    live_engine_free(engine);
}

/* Every way of making a session smaller ends somewhere. */
Test(live_fuzz, reducing_ends) {
    live_random random = {.seed = 6};
    live_taste taste = {.largest = 200, .deflate = true};
    for (int i = 0; i < 20; i++) {
        live_genome genome, smaller;
        live_genome_draw(&genome, &random, &taste);
        size_t steps = 0;
        while (live_genome_reduce(&genome, 0, &smaller)) {
            genome = smaller;
            cr_assert_lt(++steps, 10000);
        }
        cr_expect_eq(genome.count, 0);
    }
}
