#include "support/matrix.h"

#include "support/played.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROLES = 2,
    HEAVY = 256 << 10,             /* octets: lighter cases meet every variant */
    HEAVY_IN_SMALL_WRITES = 20000, /* the same for variants that write few octets at a time */
    SMALL_WRITE = 64,
    SHARE = 16 /* a heavy case, or one of tier full, meets one of so many variants */
};

struct matrix {
    play_table *cases;
    matrix_outcome *sound; /* of case i in role r, at i * ROLES + r */
    bool *sound_known;
    size_t findings;
    bool differed; /* what was played last did not all look like the sound endpoint */
    ws_buffer text, summary;
};

/* ------------------------------------------------------------------ making */

static bool load(matrix *m) {
    char error[512] = "out of memory";
    m->cases = play_table_new();
    if (!m->cases || play_table_load_embedded(m->cases, error, sizeof error) != WS_OK) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    size_t count = play_table_count(m->cases) * ROLES + 1;
    m->sound = calloc(count, sizeof *m->sound);
    m->sound_known = calloc(count, sizeof *m->sound_known);
    return m->sound && m->sound_known;
}

matrix *matrix_new(void) {
    matrix *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    ws_buffer_init(&m->text, 0);
    ws_buffer_init(&m->summary, 0);
    if (load(m))
        return m;
    matrix_free(m);
    return NULL;
}

void matrix_free(matrix *m) {
    if (!m)
        return;
    play_table_free(m->cases);
    free(m->sound);
    free(m->sound_known);
    ws_buffer_clear(&m->text);
    ws_buffer_clear(&m->summary);
    free(m);
}

const play_table *matrix_table(const matrix *m) {
    return m->cases;
}

size_t matrix_findings(const matrix *m) {
    return m->findings;
}

static const char *text_of(ws_buffer *buffer) {
    return ws_buffer_terminate(buffer) == WS_OK ? (const char *)buffer->data : "out of memory";
}

const char *matrix_text(matrix *m) {
    return text_of(&m->text);
}

const char *matrix_summary(matrix *m) {
    return text_of(&m->summary);
}

/* ------------------------------------------------------------------ the endpoint under a magnifying glass */

/* A party that passes everything on and keeps a digest of what the endpoint does. */
typedef struct tap {
    sim_party inner;
    uint64_t trail;
    sim_wish wish;
} tap;

/* FNV-1a. */
static void mix(tap *t, const void *octets, size_t size) {
    const uint8_t *at = octets;
    for (size_t i = 0; i < size; i++)
        t->trail = (t->trail ^ at[i]) * UINT64_C(0x100000001b3);
}

static void tap_connected(void *self, int64_t now) {
    tap *t = self;
    t->inner.connected(t->inner.self, now);
}
static void tap_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    tap *t = self;
    t->inner.received(t->inner.self, now, bytes, size);
}
static void tap_ended(void *self, int64_t now, bool by_reset) {
    tap *t = self;
    t->inner.ended(t->inner.self, now, by_reset);
}
static void tap_time(void *self, int64_t now) {
    tap *t = self;
    t->inner.time(t->inner.self, now);
}
static size_t tap_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    tap *t = self;
    size_t size = t->inner.output(t->inner.self, now, buffer, capacity);
    sim_wish wish = t->inner.wish(t->inner.self);
    if (size > 0 || wish != t->wish)
        mix(t, &now, sizeof now);
    mix(t, buffer, size);
    if (wish != t->wish)
        mix(t, &wish, sizeof wish);
    t->wish = wish;
    return size;
}
static sim_wish tap_wish(const void *self) {
    const tap *t = self;
    return t->inner.wish(t->inner.self);
}
static int64_t tap_deadline(const void *self) {
    const tap *t = self;
    return t->inner.deadline(t->inner.self);
}
static bool tap_wants_input(const void *self) {
    const tap *t = self;
    return t->inner.wants_input(t->inner.self);
}
static bool tap_done(const void *self) {
    const tap *t = self;
    return t->inner.done(t->inner.self);
}

static sim_party party_of_tap(tap *t) {
    return (sim_party){t,          tap_connected, tap_received, tap_ended,       tap_time,
                       tap_output, tap_wish,      tap_deadline, tap_wants_input, tap_done};
}

/* ------------------------------------------------------------------ playing */

static const char *role_name(ws_role role) {
    return role == WS_SERVER ? "server" : "client";
}

bool matrix_applies(const play_case *c, ws_role under_test) {
    unsigned role = under_test == WS_SERVER ? PLAY_ROLE_SERVER : PLAY_ROLE_CLIENT;
    return !c->autobahn_rules && (c->roles & role) && !played_is_bulk(c);
}

static uint64_t weight_of_steps(const play_step *steps, size_t count) {
    uint64_t weight = 0;
    for (size_t i = 0; i < count; i++) {
        if (steps[i].kind == PLAY_STEP_REPEAT) {
            weight += steps[i].count * weight_of_steps(steps + i + 1, steps[i].body_count);
            i += steps[i].body_count;
        } else if (steps[i].kind != PLAY_STEP_EXPECT) {
            uint64_t size = steps[i].send.fragment_size;
            uint64_t frames = size > 0 ? steps[i].send.payload.length / size + 1 : 1;
            weight += steps[i].send.payload.length + frames * WS_FRAME_HEADER_MAX;
        }
    }
    return weight;
}

uint64_t matrix_weight(const play_case *c) {
    return weight_of_steps(c->steps, c->step_count);
}

/* Rows that greet say so with their names. */
static unsigned greetings_of(const peer_behaviour *behaviour) {
    return strncmp(behaviour->name, "greets", strlen("greets")) == 0 ? 1 : 0;
}

/* So do rows that do not echo. */
static bool echoes(const peer_behaviour *behaviour) {
    return strncmp(behaviour->name, "chat", strlen("chat")) != 0;
}

static play_player *new_player(const play_case *c, const peer_behaviour *behaviour, ws_role under_test) {
    return play_player_new(c,
                           &(play_options){.role = under_test == WS_SERVER ? WS_CLIENT : WS_SERVER,
                                           .seed = 1,
                                           .authority = "localhost",
                                           .resource = "/",
                                           .subprotocol = c->needs & PLAY_NEEDS_SUBPROTOCOL ? "chat" : NULL,
                                           .greeting = greetings_of(behaviour),
                                           .wall_s = PEER_KEYS_SEEDED_S + 60,
                                           .no_echo = !echoes(behaviour)});
}

static peer_endpoint *new_endpoint(const play_case *c, const peer_behaviour *behaviour, ws_role under_test) {
    static const char *const subprotocols[] = {"chat"};
    return peer_endpoint_new(&(peer_options){.role = under_test,
                                             .behaviour = behaviour,
                                             .seed = 2,
                                             .subprotocols = subprotocols,
                                             .subprotocol_count = c->needs & PLAY_NEEDS_SUBPROTOCOL ? 1 : 0});
}

void matrix_play(const play_case *c, const peer_behaviour *behaviour, ws_role under_test,
                 matrix_outcome *outcome) {
    play_player *player = new_player(c, behaviour, under_test);
    peer_endpoint *endpoint = new_endpoint(c, behaviour, under_test);
    *outcome = (matrix_outcome){.stop = SIM_MEMORY, .verdict = PLAY_INCONCLUSIVE};
    if (player && endpoint) {
        tap t = {.inner = sim_party_of_endpoint(endpoint)};
        sim_party first = sim_party_of_player(player), second = party_of_tap(&t);
        sim_result run = sim_run(&first, &second, &(sim_options){.max_steps = UINT64_C(1) << 28});
        outcome->stop = run.stop;
        outcome->duration_us = run.duration_us;
        mix(&t, &run.duration_us, sizeof run.duration_us);
        outcome->trail = t.trail;
    }
    if (outcome->stop == SIM_DONE) {
        const play_result *result = play_result_of(player);
        outcome->verdict = result->verdict;
        outcome->closing = result->verdict_close;
        if (result->reason)
            snprintf(outcome->reason, sizeof outcome->reason, "%s", result->reason);
    }
    play_player_free(player);
    peer_endpoint_free(endpoint);
}

static int badness(play_verdict verdict) {
    static const int order[] = {
        [PLAY_OK] = 0,     [PLAY_INFORMATIONAL] = 1, [PLAY_NON_STRICT] = 2,  [PLAY_UNIMPLEMENTED] = 3,
        [PLAY_FAILED] = 4, [PLAY_SKIPPED] = 5,       [PLAY_INCONCLUSIVE] = 6};
    return order[verdict];
}

bool matrix_worse(const matrix_outcome *a, const matrix_outcome *b) {
    return badness(a->verdict) > badness(b->verdict);
}

static const matrix_outcome *sound(matrix *m, size_t index, ws_role role) {
    size_t at = index * ROLES + (size_t)role;
    if (!m->sound_known[at])
        matrix_play(play_table_get(m->cases, index), peer_behaviour_at(0), role, &m->sound[at]);
    m->sound_known[at] = true;
    return &m->sound[at];
}

static void play_and_compare(matrix *m, size_t index, const peer_behaviour *row, ws_role role,
                             matrix_outcome *outcome) {
    matrix_play(play_table_get(m->cases, index), row, role, outcome);
    m->differed = m->differed || outcome->trail != sound(m, index, role)->trail;
}

/* ------------------------------------------------------------------ findings */

/* Without memory a finding loses its text, not its weight. */
#define FINDING(m, ...) ((m)->findings++, (void)ws_buffer_printf(&(m)->text, "\n" __VA_ARGS__))

static bool in_role(const peer_behaviour *row, ws_role role) {
    return row->roles & (role == WS_SERVER ? PEER_AS_SERVER : PEER_AS_CLIENT);
}

/* ------------------------------------------------------------------ faults */

typedef struct fault_counts {
    size_t faults, quick, standard, weak;
    ws_buffer weak_names;
} fault_counts;

static bool catches(matrix *m, size_t index, const peer_behaviour *row, ws_role role,
                    matrix_outcome *outcome) {
    const play_case *c = play_table_get(m->cases, index);
    if (!matrix_applies(c, role))
        return false;
    play_and_compare(m, index, row, role, outcome);
    return outcome->stop != SIM_DONE || matrix_worse(outcome, sound(m, index, role));
}

static size_t index_of(const matrix *m, const char *id) {
    size_t count = play_table_count(m->cases);
    for (size_t i = 0; id && i < count; i++)
        if (strcmp(play_table_get(m->cases, i)->id, id) == 0)
            return i;
    return count;
}

/* The first case of that tier and no great weight that catches the fault; the number of cases when none does.
 */
static size_t find_catcher(matrix *m, const peer_behaviour *row, ws_role role, play_tier tier,
                           matrix_outcome *outcome) {
    size_t count = play_table_count(m->cases);
    for (size_t i = 0; i < count; i++) {
        const play_case *c = play_table_get(m->cases, i);
        if (c->tier == tier && matrix_weight(c) <= HEAVY && catches(m, i, row, role, outcome))
            return i;
    }
    return count;
}

/* Says what is wrong with caught_by, given the case that catches the fault instead, if any. */
static void blame_caught_by(matrix *m, const peer_behaviour *row, ws_role role, const matrix_outcome *got,
                            size_t other, const matrix_outcome *other_outcome) {
    size_t count = play_table_count(m->cases);
    size_t named = index_of(m, row->caught_by);
    char instead[512];
    if (other < count)
        snprintf(instead, sizeof instead, "%s does (%s: %.300s)", play_table_get(m->cases, other)->id,
                 play_verdict_name(other_outcome->verdict), other_outcome->reason);
    else if (m->differed)
        snprintf(instead, sizeof instead, "no case of profile standard does: write one");
    else
        snprintf(
            instead, sizeof instead,
            "nobody, and in no case does it behave otherwise than the sound peer: does its hook work, does a "
            "case provoke it?");
    if (!row->caught_by)
        FINDING(m, "%s as %s: caught_by is missing; who catches it? %s", row->name, role_name(role), instead);
    else if (named == count)
        FINDING(m, "%s as %s: caught_by names %s, and there is no such case; who catches it? %s", row->name,
                role_name(role), row->caught_by, instead);
    else if (!matrix_applies(play_table_get(m->cases, named), role))
        FINDING(m, "%s as %s: caught_by names %s, which is not played in that role; who catches it? %s",
                row->name, role_name(role), row->caught_by, instead);
    else
        FINDING(m, "%s as %s: %s does not catch it: %s %s, as the sound peer; who catches it? %s", row->name,
                role_name(role), row->caught_by, play_verdict_name(got->verdict), got->reason, instead);
}

/* A broken rule should cost FAILED; where the RFC is debatable it costs less, and that is worth a look. */
static void note_weak_verdict(const peer_behaviour *row, ws_role role, const matrix_outcome *got,
                              fault_counts *counts) {
    if (!row->requirement || got->stop != SIM_DONE || got->verdict == PLAY_FAILED)
        return;
    counts->weak++;
    (void)ws_buffer_printf(&counts->weak_names, "    %s as %s: only %s by %s\n", row->name, role_name(role),
                           play_verdict_name(got->verdict), row->caught_by);
}

static void check_fault_in_role(matrix *m, const peer_behaviour *row, ws_role role, bool other_role_serves,
                                fault_counts *counts) {
    size_t count = play_table_count(m->cases);
    size_t named = index_of(m, row->caught_by);
    matrix_outcome got = {.stop = SIM_DONE}, quick = got, standard = got;
    m->differed = false;
    bool named_applies = named < count && matrix_applies(play_table_get(m->cases, named), role);
    bool caught = named_applies && catches(m, named, row, role, &got);
    play_tier tier = caught ? play_table_get(m->cases, named)->tier : PLAY_FULL;
    size_t by_quick = tier == PLAY_QUICK ? named : find_catcher(m, row, role, PLAY_QUICK, &quick);
    size_t by_standard = by_quick;
    if (by_quick == count)
        by_standard = tier == PLAY_STANDARD ? named : find_catcher(m, row, role, PLAY_STANDARD, &standard);
    counts->faults++;
    counts->quick += by_quick < count;
    counts->standard += by_standard < count;
    if (caught)
        note_weak_verdict(row, role, &got, counts);
    /* A case for one role may stand for both, as long as something catches the fault in the other. */
    bool excused = named < count && !named_applies && other_role_serves && by_standard < count;
    if (!caught && !excused)
        blame_caught_by(m, row, role, &got, by_standard, by_quick < count ? &quick : &standard);
    else if (by_standard == count)
        FINDING(m, "%s as %s: caught only by %s, which profile standard does not play", row->name,
                role_name(role), row->caught_by);
}

static bool named_serves(const matrix *m, const peer_behaviour *row, ws_role role) {
    size_t named = index_of(m, row->caught_by);
    return in_role(row, role) && named < play_table_count(m->cases) &&
           matrix_applies(play_table_get(m->cases, named), role);
}

void matrix_check_faults(matrix *m, const char *table, const peer_behaviour *rows) {
    fault_counts counts = {0};
    size_t before = m->findings;
    ws_buffer_init(&counts.weak_names, 0);
    for (const peer_behaviour *row = rows; row->name; row++) {
        if (row->kind != PEER_FAULT)
            continue;
        if ((row->roles & PEER_AS_BOTH) == 0)
            FINDING(m, "%s: has no role", row->name);
        for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++)
            if (in_role(row, role))
                check_fault_in_role(m, row, role,
                                    named_serves(m, row, role == WS_CLIENT ? WS_SERVER : WS_CLIENT), &counts);
    }
    (void)ws_buffer_printf(
        &m->summary,
        "%s: %zu faults (once for each role); quick catches %zu, standard %zu; %zu findings; "
        "%zu broken rules cost less than FAILED\n",
        table, counts.faults, counts.quick, counts.standard, m->findings - before, counts.weak);
    (void)ws_buffer_append(&m->summary, counts.weak_names.data, counts.weak_names.size);
    ws_buffer_clear(&counts.weak_names);
}

/* ------------------------------------------------------------------ variants */

static void check_variant(matrix *m, const peer_behaviour *row, size_t index, ws_role role) {
    const play_case *c = play_table_get(m->cases, index);
    matrix_outcome outcome;
    play_and_compare(m, index, row, role, &outcome);
    if (outcome.stop != SIM_DONE)
        FINDING(m, "%s as %s: %s never ends (simulation stops with %d): mend the player or the endpoint",
                row->name, role_name(role), c->id, (int)outcome.stop);
    else if (outcome.verdict == PLAY_FAILED || outcome.verdict == PLAY_INCONCLUSIVE)
        FINDING(
            m,
            "%s as %s: %s accuses a legal peer (%s: %s); mend the case, or show by the RFC that the variant "
            "is a fault",
            row->name, role_name(role), c->id, play_verdict_name(outcome.verdict), outcome.reason);
}

/* Heavy cases, and those of tier full, which repeat in bulk what lighter tiers sample. */
static bool is_spared(const peer_behaviour *row, size_t number, const play_case *c, size_t index) {
    bool small_writes = row->output_max > 0 && row->output_max < SMALL_WRITE;
    bool heavy = matrix_weight(c) > (small_writes ? HEAVY_IN_SMALL_WRITES : HEAVY);
    if (!heavy && c->tier != PLAY_FULL)
        return false;
    bool limited = row->max_message > 0 || row->max_fragments > 0; /* these are about heavy cases */
    if (heavy && limited)
        return false;
    return (heavy && small_writes) || (index + number) % SHARE != 0;
}

/* Returns how often it was played. */
static size_t check_variant_in_role(matrix *m, const peer_behaviour *row, size_t number, ws_role role) {
    size_t plays = 0;
    m->differed = row == peer_behaviour_at(0);
    for (size_t i = 0; i < play_table_count(m->cases); i++) {
        const play_case *c = play_table_get(m->cases, i);
        bool skipped = (c->needs & PLAY_NEEDS_ECHO) && !echoes(row);
        if (!matrix_applies(c, role) || skipped || is_spared(row, number, c, i))
            continue;
        check_variant(m, row, i, role);
        plays++;
    }
    /* No case is idle for long. */
    if (!m->differed && row->idle_timeout_us == 0)
        FINDING(m,
                "%s as %s: in no case does it behave otherwise than the sound peer; does its hook work, does "
                "a case "
                "provoke it?",
                row->name, role_name(role));
    return plays;
}

void matrix_check_variants(matrix *m, const char *table, const peer_behaviour *rows, size_t part,
                           size_t parts) {
    size_t before = m->findings, variants = 0, plays = 0, number = 0;
    for (const peer_behaviour *row = rows; row->name; row++) {
        if (row->kind != PEER_VARIANT)
            continue;
        size_t this = number++;
        if (this % parts != part)
            continue;
        variants++;
        for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++)
            if (in_role(row, role))
                plays += check_variant_in_role(m, row, this, role);
    }
    if (variants > 0)
        (void)ws_buffer_printf(&m->summary, "%s, part %zu of %zu: %zu variants, %zu plays; %zu findings\n",
                               table, part + 1, parts, variants, plays, m->findings - before);
}

/* ------------------------------------------------------------------ the sound endpoint */

void matrix_check_sound(matrix *m) {
    size_t before = m->findings, plays = 0, cases = 0;
    for (size_t i = 0; i < play_table_count(m->cases); i++) {
        const play_case *c = play_table_get(m->cases, i);
        cases += !c->autobahn_rules;
        for (ws_role role = WS_CLIENT; role <= WS_SERVER; role++) {
            if (!matrix_applies(c, role))
                continue;
            const matrix_outcome *outcome = sound(m, i, role);
            plays++;
            /* Limits are the sound peer's own affair, and it offers nothing to which an answer is wrong. */
            bool wrong = c->deflate && c->deflate->wrong != PLAY_ANSWER_RIGHT;
            play_verdict worst = c->limit ? PLAY_INFORMATIONAL : wrong ? PLAY_UNIMPLEMENTED : PLAY_OK;
            if (outcome->stop != SIM_DONE || badness(outcome->verdict) > badness(worst) ||
                (outcome->closing != PLAY_CLOSE_OK && outcome->closing != PLAY_CLOSE_NONE))
                FINDING(m, "the sound peer as %s: %s gives %s, closing %s (%s)", role_name(role), c->id,
                        play_verdict_name(outcome->verdict), play_close_verdict_name(outcome->closing),
                        outcome->reason);
        }
    }
    (void)ws_buffer_printf(&m->summary, "the sound peer: %zu native cases, %zu plays; %zu findings\n", cases,
                           plays, m->findings - before);
}
