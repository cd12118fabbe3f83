/* Autobahn's rules are Autobahn's: what they say of 29 peers, case by case, in both roles. The verdicts stand
 * in autobahn_matrix.txt, and so do the places where wspect comes to another one, each with its reason. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/oracle_peers.h"
#include "support/played.h"

enum { PEERS = 29, CASES_MAX = 600, ROLES = 2, LINE_MAX = 1000 };

typedef struct expectation {
    char outcome[48];    /* "OK/OK/1000", "hangs"; "" when nothing is known */
    const char *because; /* why it is not Autobahn's; NULL: it is */
} expectation;

typedef struct matrix {
    play_table *table;
    size_t rows[CASES_MAX]; /* of the table: cases by Autobahn's rules */
    size_t case_count;
    char peers[PEERS][64];
    size_t peer_count;
    expectation expected[PEERS][CASES_MAX][ROLES];
    char reasons[16][LINE_MAX];
    size_t reason_count;
} matrix;

/* ------------------------------------------------------------------ the file */

static void give_up(const char *what, const char *line) {
    fprintf(stderr, "autobahn_matrix.txt: %s: %s\n", what, line);
    abort();
}

static const play_case *case_at(const matrix *m, size_t number) {
    return play_table_get(m->table, m->rows[number]);
}

static size_t find_case(const matrix *m, const char *id) {
    for (size_t i = 0; i < m->case_count; i++)
        if (strcmp(case_at(m, i)->autobahn, id) == 0)
            return i;
    give_up("no such case", id);
    return 0;
}

static size_t find_peer(matrix *m, const char *name) {
    for (size_t i = 0; i < m->peer_count; i++)
        if (strcmp(m->peers[i], name) == 0)
            return i;
    if (m->peer_count == PEERS)
        give_up("too many peers", name);
    snprintf(m->peers[m->peer_count], sizeof m->peers[0], "%s", name);
    return m->peer_count++;
}

static void expect(matrix *m, size_t peer, const char *id, ws_role role, const char *outcome, bool but) {
    expectation *expected = &m->expected[peer][find_case(m, id)][role];
    bool known = expected->outcome[0] != '\0';
    if (known != but)
        give_up(but ? "no line before this one" : "twice", id);
    if (but && (expected->because || strcmp(expected->outcome, outcome) == 0))
        give_up("no difference", id);
    if (but && m->reason_count == 0)
        give_up("no reason", id);
    snprintf(expected->outcome, sizeof expected->outcome, "%s", outcome);
    expected->because = but ? m->reasons[m->reason_count - 1] : NULL;
}

/* "6.6.8" or "6.6.8-11" */
static void expect_range(matrix *m, size_t peer, const char *range, const char *role, const char *outcome,
                         bool but) {
    char head[32];
    const char *dot = strrchr(range, '.');
    if (!dot || (size_t)(dot - range) >= sizeof head)
        give_up("no id", range);
    snprintf(head, sizeof head, "%.*s", (int)(dot - range), range);
    char *end = NULL;
    long first = strtol(dot + 1, &end, 10), last = *end == '-' ? strtol(end + 1, &end, 10) : first;
    if (*end != '\0' || last < first)
        give_up("no range", range);
    for (long i = first; i <= last; i++) {
        char id[64];
        snprintf(id, sizeof id, "%s.%ld", head, i);
        if (strcmp(role, "client") != 0)
            expect(m, peer, id, WS_SERVER, outcome, but);
        if (strcmp(role, "server") != 0)
            expect(m, peer, id, WS_CLIENT, outcome, but);
    }
}

/* "[but] PEER ROLES OUTCOME: RANGE ..." */
static void read_verdicts(matrix *m, char *line) {
    char *rest = NULL;
    char *peer = strtok_r(line, " ", &rest);
    bool but = strcmp(peer, "but") == 0;
    if (but)
        peer = strtok_r(NULL, " ", &rest);
    char *role = strtok_r(NULL, " ", &rest), *outcome = strtok_r(NULL, " ", &rest);
    if (!peer || !role || !outcome || outcome[strlen(outcome) - 1] != ':')
        give_up("not understood", line);
    outcome[strlen(outcome) - 1] = '\0';
    for (char *range = strtok_r(NULL, " ", &rest); range; range = strtok_r(NULL, " ", &rest))
        expect_range(m, find_peer(m, peer), range, role, outcome, but);
}

static void read_line(matrix *m, char *line) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return;
    if (strncmp(line, "because ", 8) != 0) {
        read_verdicts(m, line);
        return;
    }
    if (m->reason_count == sizeof m->reasons / sizeof *m->reasons)
        give_up("too many reasons", line);
    snprintf(m->reasons[m->reason_count++], LINE_MAX, "%s", line + 8);
}

static FILE *open_beside_this_file(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s", __FILE__);
    char *slash = strrchr(path, '/');
    char *end = slash ? slash + 1 : path;
    snprintf(end, sizeof path - (size_t)(end - path), "%s", name);
    FILE *file = fopen(path, "r");
    if (!file)
        give_up("cannot be opened", path);
    return file;
}

static matrix *matrix_read(void) {
    matrix *m = calloc(1, sizeof *m);
    if (!m)
        give_up("out of memory", "");
    m->table = played_tables();
    for (size_t i = 0; i < play_table_count(m->table) && m->case_count < CASES_MAX; i++)
        if (play_table_get(m->table, i)->autobahn_rules)
            m->rows[m->case_count++] = i;
    FILE *file = open_beside_this_file("autobahn_matrix.txt");
    char line[LINE_MAX];
    while (fgets(line, sizeof line, file))
        read_line(m, line);
    fclose(file);
    return m;
}

static void matrix_free(matrix *m) {
    play_table_free(m->table);
    free(m);
}

/* ------------------------------------------------------------------ the plays */

static void outcome_of(const play_case *c, const peer_behaviour *peer, ws_role role, char *text,
                       size_t size) {
    played run;
    played_case(c, &(played_options){.under_test = role, .behaviour = peer}, &run);
    char code[8] = "-";
    if (run.has_code)
        snprintf(code, sizeof code, "%u", run.code);
    snprintf(text, size, "%s/%s/%s", play_verdict_name(run.verdict), play_close_verdict_name(run.closing),
             code);
    for (char *at = text; *at; at++)
        if (*at == ' ')
            *at = '_';
    if (run.stop != SIM_DONE)
        snprintf(text, size, "no verdict");
}

static void check_case(const matrix *m, size_t peer, const peer_behaviour *behaviour, size_t number,
                       ws_role role) {
    const expectation *expected = &m->expected[peer][number][role];
    char got[80];
    if (expected->outcome[0] == '\0')
        return;
    outcome_of(case_at(m, number), behaviour, role, got, sizeof got);
    /* Where Autobahn hangs, any verdict is better. */
    bool fine = strcmp(expected->outcome, "hangs") == 0 ? strcmp(got, "no verdict") != 0
                                                        : strcmp(got, expected->outcome) == 0;
    cr_expect(fine, "%s of %s as %s: %s, should be %s%s%s", case_at(m, number)->autobahn, m->peers[peer],
              role == WS_SERVER ? "server" : "client", got, expected->outcome,
              expected->because ? ", because " : "", expected->because ? expected->because : "");
}

static void check_peers(ws_role role) {
    matrix *m = matrix_read();
    cr_expect_eq(m->peer_count, PEERS);
    for (size_t i = 0; i < m->peer_count; i++) {
        peer_behaviour behaviour;
        cr_assert(oracle_peer(m->peers[i], &behaviour), "%s", m->peers[i]);
        for (size_t k = 0; k < m->case_count; k++)
            check_case(m, i, &behaviour, k, role);
    }
    matrix_free(m);
}

Test(autobahn_matrix, servers_get_autobahn_s_verdicts) {
    check_peers(WS_SERVER);
}

Test(autobahn_matrix, clients_get_autobahn_s_verdicts) {
    check_peers(WS_CLIENT);
}

/* Groups 1 to 7 and 10, and of group 9 the three for which verdicts are known; of 12 and 13 none is. */
Test(autobahn_matrix, every_case_outside_groups_9_12_and_13_is_held_to_its_verdicts) {
    matrix *m = matrix_read();
    for (size_t k = 0; k < m->case_count; k++) {
        const play_case *c = case_at(m, k);
        for (size_t i = 0; c->autobahn[0] != '9' && !c->deflate && i < m->peer_count; i++)
            for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++)
                cr_expect_neq(m->expected[i][k][role].outcome[0], '\0', "%s of %s", c->autobahn, m->peers[i]);
    }
    matrix_free(m);
}
