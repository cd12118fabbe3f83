/* The judge is judged: every fault of harness/peer must be caught by the case that is meant to catch it, and
 * no legal variant may fail any case. One test for each table, so that they run side by side. */
#include "support/matrix.h"

#include <criterion/criterion.h>
#include <stdio.h>

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

Test(matrix, variants_behaviour_pass) {
    check_variants("behaviour", peer_behaviours, 0, 1);
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
