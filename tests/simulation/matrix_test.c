/* The judge is judged: every fault of harness/peer must be caught by the case that is meant to catch it, and
 * no legal variant may fail any case. One test for each table, so that they run side by side. */
#include "support/matrix.h"

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
Test(matrix, faults_framing_are_caught) {
    check_faults("framing", peer_faults_framing);
}
Test(matrix, faults_data_are_caught) {
    check_faults("data", peer_faults_data);
}
Test(matrix, faults_closing_are_caught) {
    check_faults("closing", peer_faults_closing);
}
Test(matrix, faults_handshake_are_caught) {
    check_faults("handshake", peer_faults_handshake);
}
Test(matrix, faults_deflate_are_caught) {
    check_faults("deflate", peer_faults_deflate);
}

static const struct {
    const char *name;
    const peer_behaviour *rows;
} tables[] = {{"behaviour", peer_behaviours},       {"framing", peer_faults_framing},
              {"data", peer_faults_data},           {"closing", peer_faults_closing},
              {"handshake", peer_faults_handshake}, {"deflate", peer_faults_deflate}};

Test(matrix, variants_among_faults_pass) {
    matrix *m = matrix_new();
    cr_assert_not_null(m);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        matrix_check_variants(m, tables[i].name, tables[i].rows, 0, 1);
    end(m);
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
