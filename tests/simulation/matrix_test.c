/* The judge is judged: every fault of harness/peer must be caught by the case that is meant to catch it, and
 * no legal variant may fail any case. One test for each table, so that they run side by side. */
#include "support/matrix.h"
#include "support/played.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void end(matrix *m) {
    printf("%s", matrix_summary(m));
    fflush(stdout);
    cr_expect(matrix_findings(m) == 0, "%zu findings:%s", matrix_findings(m), matrix_text(m));
    matrix_free(m);
}

static void check_faults(const char *table, const peer_behaviour *rows) {
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    matrix_check_faults(m, table, rows);
    end(m);
}

static void check_variants(const char *table, const peer_behaviour *rows, size_t part, size_t parts) {
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    matrix_check_variants(m, table, rows, part, parts);
    end(m);
}

Test(matrix, sound_peer_is_always_ok) {
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    matrix_check_sound(m);
    end(m);
}

Test(matrix, faults_behaviour_are_caught) {
    check_faults("behaviour", peer_behaviours);
}
Test(matrix, faults_handshake_server_are_caught) {
    check_faults("handshake server", peer_faults_handshake_server);
}
Test(matrix, faults_handshake_client_are_caught) {
    check_faults("handshake client", peer_faults_handshake_client);
}
Test(matrix, faults_frames_received_are_caught) {
    check_faults("frames received", peer_faults_frames_received);
}
Test(matrix, faults_frames_sent_are_caught) {
    check_faults("frames sent", peer_faults_frames_sent);
}
Test(matrix, faults_masking_are_caught) {
    check_faults("masking", peer_faults_masking);
}
Test(matrix, faults_content_are_caught) {
    check_faults("content", peer_faults_content);
}
Test(matrix, faults_utf8_are_caught) {
    check_faults("utf8", peer_faults_utf8);
}
Test(matrix, faults_deflate_are_caught) {
    check_faults("deflate", peer_faults_deflate);
}
Test(matrix, faults_closing_are_caught) {
    check_faults("closing", peer_faults_closing);
}
Test(matrix, faults_limits_are_caught) {
    check_faults("limits", peer_faults_limits);
}

static const struct {
    const char *name;
    const peer_behaviour *rows;
} tables[] = {{"behaviour", peer_behaviours},
              {"handshake server", peer_faults_handshake_server},
              {"handshake client", peer_faults_handshake_client},
              {"frames received", peer_faults_frames_received},
              {"frames sent", peer_faults_frames_sent},
              {"masking", peer_faults_masking},
              {"content", peer_faults_content},
              {"utf8", peer_faults_utf8},
              {"deflate", peer_faults_deflate},
              {"closing", peer_faults_closing},
              {"limits", peer_faults_limits}};

Test(matrix, variants_among_faults_pass) {
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        matrix_check_variants(m, tables[i].name, tables[i].rows, 0, 1);
    end(m);
}
Test(matrix, servers_that_do_not_echo_pass) {
    check_variants("servers that do not echo", peer_variants_chat, 0, 1);
}
Test(matrix, variants_pass_1) {
    check_variants("variants", peer_variants, 0, 4);
}
Test(matrix, variants_pass_2) {
    check_variants("variants", peer_variants, 1, 4);
}
Test(matrix, variants_pass_3) {
    check_variants("variants", peer_variants, 2, 4);
}
Test(matrix, variants_pass_4) {
    check_variants("variants", peer_variants, 3, 4);
}

/* As server and as client, for every window that zlib can tell from the next larger one. */
Test(matrix, a_window_of_one_bit_more_is_found_in_every_size) {
    play_table *table = played_tables();
    const peer_behaviour *larger = peer_behaviour_find("deflate-compresses-in-next-larger-window");
    for (unsigned bits = 9; bits <= 14; bits++) {
        char id[32];
        snprintf(id, sizeof id, "deflate.window.%u", bits);
        const play_case *c = play_table_find(table, id);
        cr_assert(c && larger);
        for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++) {
            matrix_outcome outcome;
            matrix_play(c, larger, role, &outcome);
            cr_expect(outcome.verdict == PLAY_FAILED && strstr(outcome.reason, "RFC 7692 7"), "%s: %s %s", id,
                      play_verdict_name(outcome.verdict), outcome.reason);
        }
    }
    play_table_free(table);
}

Test(matrix, no_two_rows_have_one_name) {
    const peer_behaviour *row, *found;
    for (size_t i = 0; (row = peer_behaviour_at(i)); i++) {
        found = peer_behaviour_find(row->name);
        cr_expect_eq(found, row, "two rows are called %s", row->name);
    }
}

/* ------------------------------------------------------------------ the matrix itself */

/* Checks a table of one row; the findings must be one, with those words in it. */
static void expect_finding(const peer_behaviour *row, const char *words) {
    const peer_behaviour rows[] = {*row, {.name = NULL}};
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    if (row->kind == PEER_FAULT)
        matrix_check_faults(m, "one row", rows);
    else
        matrix_check_variants(m, "one row", rows, 0, 1);
    cr_expect_gt(matrix_findings(m), 0);
    cr_expect(strstr(matrix_text(m), words), "\"%s\" is not in:%s", words, matrix_text(m));
    matrix_free(m);
}

Test(matrix_itself, demands_caught_by_and_tells_who_catches) {
    expect_finding(
        &(peer_behaviour){.name = "mute", .kind = PEER_FAULT, .roles = PEER_AS_SERVER, .ignores_pings = true},
        "caught_by is missing; who catches it? close.");
}

Test(matrix_itself, demands_that_caught_by_exists) {
    expect_finding(&(peer_behaviour){.name = "mute",
                                     .kind = PEER_FAULT,
                                     .roles = PEER_AS_SERVER,
                                     .caught_by = "no.such.case",
                                     .ignores_pings = true},
                   "names no.such.case, and there is no such case");
}

Test(matrix_itself, demands_that_caught_by_catches) {
    expect_finding(&(peer_behaviour){.name = "mute",
                                     .kind = PEER_FAULT,
                                     .roles = PEER_AS_CLIENT,
                                     .caught_by = "message.text.length-125",
                                     .ignores_pings = true},
                   "mute as client: message.text.length-125 does not catch it");
}

Test(matrix_itself, sees_a_fault_that_does_nothing) {
    expect_finding(&(peer_behaviour){.name = "idle",
                                     .kind = PEER_FAULT,
                                     .roles = PEER_AS_SERVER,
                                     .caught_by = "message.text.length-125"},
                   "in no case does it behave otherwise");
}

Test(matrix_itself, sees_an_accused_variant) {
    expect_finding(
        &(peer_behaviour){
            .name = "mute", .kind = PEER_VARIANT, .roles = PEER_AS_SERVER, .ignores_pings = true},
        "mute as server: ping.empty accuses a legal peer (FAILED");
}

Test(matrix_itself, sees_a_variant_that_does_nothing) {
    expect_finding(&(peer_behaviour){.name = "plain", .kind = PEER_VARIANT, .roles = PEER_AS_CLIENT},
                   "plain as client: in no case does it behave otherwise");
}
