/* Every case of the tables against the sound reference endpoint, in memory: all are passed, however the line
 * cuts the octets, and always in the same way. That faults are caught and variants are not is matrix_test.c.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/played.h"

/* Autobahn records these and passes nobody. */
static bool is_recorded_only(const play_case *c) {
    static const char *const ids[] = {"7.1.6", "7.13.1", "7.13.2"};
    for (size_t i = 0; c->autobahn_rules && i < sizeof ids / sizeof *ids; i++)
        if (strcmp(c->autobahn, ids[i]) == 0)
            return true;
    return false;
}

static bool drops_the_connection(const play_case *c) {
    for (size_t i = 0; i < c->step_count; i++)
        if (c->steps[i].kind == PLAY_STEP_RESET)
            return true;
    return false;
}

static bool is_passed(const play_case *c, const played *run) {
    if (run->stop != SIM_DONE)
        return false;
    if (is_recorded_only(c))
        return run->verdict == PLAY_INFORMATIONAL && run->closing == PLAY_CLOSE_INFORMATIONAL;
    /* A case about the opening handshake may end with it, another one with a reset of its own. */
    bool no_closing = ((c->handshake && c->handshake->judged) || drops_the_connection(c)) &&
                      run->closing == PLAY_CLOSE_NONE;
    /* The sound client offers nothing to which such an answer would be a wrong one. */
    if (c->deflate && c->deflate->wrong != PLAY_ANSWER_RIGHT)
        return run->verdict == PLAY_UNIMPLEMENTED && run->closing == PLAY_CLOSE_NONE;
    if (c->limit) /* these are the sound endpoint's own affair */
        return run->verdict == PLAY_OK || run->verdict == PLAY_INFORMATIONAL;
    return run->verdict == PLAY_OK && (run->closing == PLAY_CLOSE_OK || no_closing);
}

/* A line that chops megabytes into single octets tests nothing that it does not test with thousands: large
 * cases are cut more coarsely, and the largest, which are one frame or fragments like others, not at all. */
static size_t chop_for(const play_case *c, size_t chop) {
    enum { LIGHT = 1 << 16, HEAVY = 1 << 20 };
    uint64_t weight = played_weight(c);
    return weight > HEAVY ? 0 : chop * (size_t)(1 + weight / LIGHT * 16);
}

static void check_suite(ws_role under_test, size_t chop) {
    play_table *table = played_tables();
    size_t count = 0;
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        size_t piece = chop_for(c, chop);
        if (!played_applies(c, under_test) || played_is_bulk(c) || (chop > 0 && piece == 0))
            continue;
        played run;
        played_case(c, &(played_options){.under_test = under_test, .chop = piece}, &run);
        cr_expect(is_passed(c, &run), "%s: stop %d, %s/%s, %s", c->id, run.stop,
                  play_verdict_name(run.verdict), play_close_verdict_name(run.closing), run.reason);
        count++;
    }
    cr_expect_gt(count, 500);
    play_table_free(table);
}

Test(suite, a_sound_server_passes_every_case) {
    check_suite(WS_SERVER, 0);
}

Test(suite, a_sound_client_passes_every_case) {
    check_suite(WS_CLIENT, 0);
}

Test(suite, a_sound_server_passes_every_case_octet_by_octet) {
    check_suite(WS_SERVER, 1);
}

Test(suite, a_sound_client_passes_every_case_octet_by_octet) {
    check_suite(WS_CLIENT, 1);
}

Test(suite, a_sound_server_passes_every_case_in_pieces_of_seven) {
    check_suite(WS_SERVER, 7);
}

Test(suite, a_sound_client_passes_every_case_in_pieces_of_seven) {
    check_suite(WS_CLIENT, 7);
}

/* All cases but those that move many octets, one behind the other: octets, times, transcripts, results. */
static void check_repeatable(ws_role under_test, const char *behaviour) {
    enum { HEAVY = 1 << 17 };
    play_table *table = played_tables();
    const played_options options = {
        .under_test = under_test, .behaviour = peer_behaviour_find(behaviour), .digest = true};
    for (size_t i = 0; i < play_table_count(table); i++) {
        const play_case *c = play_table_get(table, i);
        if (!played_applies(c, under_test) || played_weight(c) > HEAVY)
            continue;
        played first, second;
        played_case(c, &options, &first);
        played_case(c, &options, &second);
        cr_expect_str_eq(first.digest, second.digest, "%s", c->id);
    }
    play_table_free(table);
}

Test(suite, two_runs_against_a_server_are_equal_to_the_octet) {
    check_repeatable(WS_SERVER, "conformant");
}

Test(suite, two_runs_against_a_client_are_equal_to_the_octet) {
    check_repeatable(WS_CLIENT, "conformant");
}

Test(suite, two_runs_that_fail_are_equal_to_the_octet) {
    check_repeatable(WS_SERVER, "lenient");
    check_repeatable(WS_SERVER, "silent");
}

/* The digest sees what it is said to see. */
Test(suite, another_peer_gives_another_digest) {
    play_table *table = played_tables();
    const play_case *c = play_table_find(table, "close.payload.reason");
    cr_assert_not_null(c);
    played sound, empty;
    played_case(c, &(played_options){.under_test = WS_SERVER, .digest = true}, &sound);
    played_case(c,
                &(played_options){.under_test = WS_SERVER,
                                  .behaviour = peer_behaviour_find("reply-close-empty"),
                                  .digest = true},
                &empty);
    cr_expect(sound.verdict == empty.verdict && sound.closing == empty.closing);
    cr_expect_str_neq(sound.digest, empty.digest);
    play_table_free(table);
}
