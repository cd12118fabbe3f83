#include "live/engine.h"

#include "live/features.h"
#include "live/opening.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUSPECTS_MAX = 64,
    CONFIRMATIONS = 2,
    TRIALS = 6,               /* to get them: some failures depend on how the octets were cut on their way */
    REDUCTIONS_MAX = 1500,    /* sessions that are tried to make one smaller, */
    SLOW_REDUCTIONS_MAX = 40, /* and where each takes as long as its patience */
    REDUCTIONS_AT_ONCE = 8,
    KNOWN_MAX = 4096,
    CHANCES = 3,         /* of a failure to be confirmed */
    DEFLATE_TRIALS = 24, /* sessions that offer it, before it is given up */
    CROWD = 64,          /* copies of a session at once, */
    CROWDS_MAX = 4       /* so often at most, and again for each time that it fails */
};

typedef enum work { EXPLORING, CONFIRMING, CROWDING, REDUCING, VERIFYING, MEASURING } work;

/* A session of the batch. */
typedef struct slot {
    live_genome genome;
    live_session session;
    char id[LIVE_ID_MAX];
    char *row; /* JSON text */
    bool played, fails, crash, together, timed_out;
    play_verdict verdict;
    uint64_t key; /* of its failure */
    size_t news;  /* states that it has shown first */
    char reason[LIVE_REASON_MAX];
} slot;

typedef struct suspect {
    live_genome genome;
    uint64_t key, session;
    bool crash, timed_out;
    bool certain;  /* no haste, no load excuses it: once is enough to be wrong */
    bool rare;     /* alone it does not show, so it is played in crowds: */
    bool together; /* one of those that were played when the peer died: most are innocent */
    unsigned crowds, crowd_sessions, crowd_failures;
} suspect;

struct live_engine {
    live_engine_options options;
    live_random random;
    live_features features;
    live_counts counts;
    live_genome pool[LIVE_POOL_MAX];
    uint64_t deflate_tried, deflate_taken;

    play_table *table; /* of the batch */
    slot slots[LIVE_BATCH_MAX];
    const play_case *cases[LIVE_BATCH_MAX];
    size_t count;
    work work;

    suspect suspects[SUSPECTS_MAX];
    size_t suspect_count;
    unsigned confirmed, trials;
    size_t reduction, reductions; /* the next one to try; tried so far */
    bool reduced;                 /* in this round through all of them */
    char *best;                   /* row of the suspect at hand as JSON text */
    live_genome original;         /* of the suspect at hand, as it was found */
    bool verified;                /* so has the smallest */
    char best_reason[LIVE_REASON_MAX], original_reason[LIVE_REASON_MAX];
    size_t genes_found;

    uint64_t known[KNOWN_MAX];   /* failures that need no second look */
    uint64_t doubted[KNOWN_MAX]; /* those that were not confirmed, once for each time */
    size_t doubted_count;
    size_t known_count;
    live_finding *findings[LIVE_FINDINGS_MAX];
    size_t finding_count;
};

live_engine *live_engine_new(const live_engine_options *options) {
    live_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->options = *options;
    engine->random.seed = options->seed;
    return engine;
}

static void clear_batch(live_engine *engine) {
    for (size_t i = 0; i < engine->count; i++)
        free(engine->slots[i].row);
    engine->count = 0;
    play_table_free(engine->table);
    engine->table = NULL;
}

void live_engine_free(live_engine *engine) {
    if (!engine)
        return;
    clear_batch(engine);
    for (size_t i = 0; i < engine->finding_count; i++) {
        free(engine->findings[i]->table);
        free(engine->findings[i]);
    }
    free(engine->best);
    live_features_clear(&engine->features);
    free(engine);
}

/* ------------------------------------------------------------------ which failures are one */

/* Digits and points, "0x" with hex digits, or "nothing", which is how no octets are written. */
static size_t number_size(const char *at) {
    static const char nothing[] = "nothing";
    if (strncmp(at, nothing, strlen(nothing)) == 0)
        return strlen(nothing);
    size_t size = strspn(at, "0123456789.");
    if (size == 1 && at[0] == '0' && at[1] == 'x')
        size = 2 + strspn(at + 2, "0123456789abcdef.");
    return size;
}

/* The reason up to `end` (NULL: all of it) without what differs between two sessions that fail alike:
 * numbers, quoted text, octets. */
static uint64_t reason_hash(uint64_t hash, const char *reason, const char *end) {
    const char *stop = end ? strstr(reason, end) : NULL;
    for (const char *at = reason; *at && at != stop;) {
        size_t number = number_size(at);
        const char *quote = *at == '"' ? strchr(at + 1, '"') : NULL;
        hash = live_hash(hash, number > 0 || quote ? "#" : at, 1);
        at = number > 0 ? at + number : quote ? quote + 1 : at + 1;
    }
    return hash;
}

static const char broke[] = "the peer broke ",
                  opening[] = "opening handshake: ", last_words[] = "Its output: ";

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Whether the failure is about the rule that the session breaks at last: what goes wrong before, or whatever
 * the rule is, is the same defect without it. */
static bool is_about_rule(const char *reason) {
    static const char failing[] = "expected the peer to fail the connection",
                      reading[] = "went on reading behind";
    return begins(reason, failing) || strstr(reason, reading);
}

/* The peer went on as if no rule were broken. What it sent first then is chance. */
static bool took_it(const char *reason) {
    static const char *const signs[] = {"went on reading", "; got a text message", "; got a binary message",
                                        "; got a pong"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strstr(reason, signs[i]))
            return true;
    return false;
}

/* "expected a pong carrying ..., or ...; it did not come": which pong, and what else might have come, makes
 * no difference. */
static bool is_silence(const char *reason) {
    return begins(reason, "expected ") && strstr(reason, "; it did not come") != NULL;
}

/* "expected ...; got ...": the latter tells what went wrong; what had been expected may be many things. */
static const char *telling_part(const char *reason) {
    const char *got = strstr(reason, "; got ");
    const char *output = strstr(reason, last_words), *summary = strstr(reason, "SUMMARY: ");
    return summary ? summary : output ? output : got ? got : reason;
}

/* The end of a connection, in good order or not, where something else was due; NULL: it is not about that. */
static const char *ending_of(const char *reason) {
    static const char *const endings[] = {
        "; got the end of the connection", "; got a reset of the connection",
        "the server ended the connection without", "the server reset the connection without"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strstr(reason, endings[i]))
            return endings[i / 2 * 2];
    return NULL;
}

static uint64_t key_of(const slot *s, ws_role peer, const live_outcome *outcome) {
    const char *reason = outcome->reason ? outcome->reason : "";
    bool rule = is_about_rule(reason) || (outcome->crash && !strstr(reason, last_words));
    const uint8_t marks[] = {rule ? (uint8_t)s->session.violation : 0, outcome->crash,
                             outcome->crash ? 0 : live_opening_kind(&s->genome, peer)};
    uint64_t hash = live_hash(live_hash_start, marks, sizeof marks);
    if (outcome->crash) /* "the server died of signal 6 (SIGABRT) while ..." */
        hash = reason_hash(hash, reason, " while ");
    if (rule && !outcome->crash && took_it(reason))
        return hash;
    const char *ending = outcome->crash ? NULL : ending_of(reason);
    if (ending)
        return live_hash(hash, ending, strlen(ending));
    if (is_silence(reason))
        return live_hash(hash, reason, strlen("expected a pong c"));
    return reason_hash(hash, telling_part(reason),
                       begins(reason, broke) && !outcome->crash ? ", at octet " : NULL);
}

static bool is_known(const live_engine *engine, uint64_t key) {
    for (size_t i = 0; i < engine->known_count; i++)
        if (engine->known[i] == key)
            return true;
    return false;
}

/* A failure that a session showed and did not show again: haste may have made it. */
static bool is_hopeless(live_engine *engine, uint64_t key) {
    unsigned times = 1;
    for (size_t i = 0; i < engine->doubted_count; i++)
        times += engine->doubted[i] == key;
    if (engine->doubted_count < KNOWN_MAX)
        engine->doubted[engine->doubted_count++] = key;
    return times >= CHANCES;
}

static void learn(live_engine *engine, uint64_t key) {
    if (!is_known(engine, key) && engine->known_count < KNOWN_MAX)
        engine->known[engine->known_count++] = key;
}

/* ------------------------------------------------------------------ a batch */

/* Makes the genome's row the next of the batch. False when out of memory. */
static bool add_slot(live_engine *engine, const live_genome *genome) {
    slot *s = &engine->slots[engine->count];
    *s = (slot){.genome = *genome};
    snprintf(s->id, sizeof s->id, "fuzz.session.%" PRIu64, engine->counts.sessions + engine->count + 1);
    json_t *row = live_session_row(genome, &engine->options.session, s->id, &s->session);
    s->row = row ? json_dumps(row, JSON_COMPACT) : NULL;
    json_decref(row);
    engine->count += s->row != NULL;
    return s->row != NULL;
}

static ws_status load(live_engine *engine, char *error, size_t error_size) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    ws_status status =
        ws_buffer_append_text(&text, "{\"schema\":\"wspect-cases/1\",\"group\":\"Live fuzzing\",\"cases\":[");
    for (size_t i = 0; status == WS_OK && i < engine->count; i++)
        status = ws_buffer_printf(&text, "%s%s", i ? ",\n" : "", engine->slots[i].row);
    if (status == WS_OK)
        status = ws_buffer_append_text(&text, "]}");
    snprintf(error, error_size, "out of memory");
    engine->table = status == WS_OK ? play_table_new() : NULL;
    if (engine->table)
        status =
            play_table_load(engine->table, "sessions", (const char *)text.data, text.size, error, error_size);
    ws_buffer_clear(&text);
    if (!engine->table)
        return WS_ERR_MEMORY;
    for (size_t i = 0; status == WS_OK && i < engine->count; i++)
        engine->cases[i] = play_table_get(engine->table, i);
    return status;
}

static bool explore(live_engine *engine, size_t max) {
    live_random *random = &engine->random;
    live_taste taste = engine->options.taste;
    taste.deflate = taste.deflate && (engine->deflate_taken > 0 || engine->deflate_tried < DEFLATE_TRIALS);
    engine->work = EXPLORING;
    while (engine->count < max) {
        live_genome genome;
        size_t pool = engine->counts.pool;
        if (pool == 0 || live_random_below(random, 5) < 2) {
            live_genome_draw(&genome, random, &taste);
        } else {
            genome = engine->pool[live_random_below(random, pool)];
            live_genome_mutate(&genome, &engine->pool[live_random_below(random, pool)], random, &taste);
        }
        if (!add_slot(engine, &genome))
            return false;
    }
    return true;
}

static bool confirm(live_engine *engine) {
    engine->work = CONFIRMING;
    return add_slot(engine, &engine->suspects[0].genome);
}

static bool crowd(live_engine *engine, size_t max) {
    engine->work = CROWDING;
    while (engine->count < max && engine->count < CROWD)
        if (!add_slot(engine, &engine->suspects[0].genome))
            return false;
    return true;
}

static bool is_exhausted(const live_engine *engine) {
    size_t max = engine->suspects[0].timed_out ? SLOW_REDUCTIONS_MAX : REDUCTIONS_MAX;
    return engine->reductions >= max;
}

/* The same session but for its id. */
static bool same_row(const char *a, const char *b) {
    const char *x = strstr(a, "\"title\""), *y = strstr(b, "\"title\"");
    return x && y && strcmp(x, y) == 0;
}

/* The next ways to make the suspect smaller; none are left when the batch stays empty. Where a gene had no
 * say in the session there is nothing to be played. */
static bool reduce(live_engine *engine, size_t max) {
    live_genome *best = &engine->suspects[0].genome, smaller;
    engine->work = REDUCING;
    max = max < REDUCTIONS_AT_ONCE ? max : REDUCTIONS_AT_ONCE;
    while (engine->count < max && !is_exhausted(engine)) {
        if (!live_genome_reduce(best, engine->reduction, &smaller)) {
            if (!engine->reduced || engine->count > 0)
                return true;
            engine->reduced = false;
            engine->reduction = 0;
            continue;
        }
        if (!add_slot(engine, &smaller))
            return false;
        slot *s = &engine->slots[engine->count - 1];
        if (engine->best && same_row(s->row, engine->best)) {
            free(s->row);
            if (engine->count-- > 1) /* those before it are made from what it replaces */
                return true;
            *best = smaller;
            continue;
        }
        engine->reduction++;
        engine->reductions++;
    }
    return true;
}

static void drop_suspect(live_engine *engine) {
    memmove(&engine->suspects[0], &engine->suspects[1],
            (engine->suspect_count - 1) * sizeof *engine->suspects);
    engine->suspect_count--;
    engine->confirmed = engine->trials = 0;
    engine->reduction = engine->reductions = 0;
    engine->reduced = engine->verified = false;
    free(engine->best);
    engine->best = NULL;
}

/* The smallest, once more with all patience. */
static bool verify(live_engine *engine) {
    engine->work = VERIFYING;
    return add_slot(engine, &engine->suspects[0].genome);
}

static bool publish(live_engine *engine);

ws_status live_engine_next(live_engine *engine, size_t max, char *error, size_t error_size) {
    max = max < 1 ? 1 : max < LIVE_BATCH_MAX ? max : LIVE_BATCH_MAX;
    clear_batch(engine);
    snprintf(error, error_size, "out of memory");
    while (engine->count == 0) {
        bool fine;
        if (engine->suspect_count == 0)
            fine = explore(engine, max);
        else if (engine->verified)
            fine = publish(engine);
        else if (engine->suspects[0].rare)
            fine = crowd(engine, max);
        else if (engine->confirmed < CONFIRMATIONS)
            fine = confirm(engine);
        else
            fine = reduce(engine, max) && (engine->count > 0 || verify(engine));
        if (!fine)
            return WS_ERR_MEMORY;
    }
    return load(engine, error, error_size);
}

ws_status live_engine_next_to_measure(live_engine *engine, size_t index, char *error, size_t error_size) {
    clear_batch(engine);
    snprintf(error, error_size, "out of memory");
    engine->work = MEASURING;
    return add_slot(engine, &engine->pool[index]) ? load(engine, error, error_size) : WS_ERR_MEMORY;
}

size_t live_engine_count(const live_engine *engine) {
    return engine->count;
}

const play_case *live_engine_case(const live_engine *engine, size_t index) {
    return engine->cases[index];
}

bool live_engine_careful(const live_engine *engine) {
    return engine->work == CONFIRMING || engine->work == VERIFYING;
}

bool live_engine_crowding(const live_engine *engine) {
    return engine->work == CROWDING;
}

bool live_engine_busy(const live_engine *engine) {
    return engine->suspect_count > 0;
}

/* ------------------------------------------------------------------ outcomes */

void live_engine_take(live_engine *engine, size_t index, const live_outcome *outcome) {
    slot *s = &engine->slots[index];
    if (s->together && !outcome->crash)
        return; /* alone it had its chance */
    s->played = true;
    s->verdict = outcome->verdict;
    s->crash = outcome->crash;
    s->together = outcome->together;
    s->timed_out = outcome->timed_out;
    s->fails = outcome->crash || outcome->verdict == PLAY_FAILED;
    s->key = s->fails ? key_of(s, engine->options.session.peer, outcome) : 0;
    snprintf(s->reason, sizeof s->reason, "%s", outcome->reason ? outcome->reason : "");
    if (engine->work == EXPLORING)
        s->news += live_features_add_trace(&engine->features, outcome->trace);
}

static void keep(live_engine *engine, const live_genome *genome) {
    size_t at = engine->counts.pool;
    if (at == LIVE_POOL_MAX)
        at = live_random_below(&engine->random, LIVE_POOL_MAX);
    else
        engine->counts.pool++;
    engine->pool[at] = *genome;
}

/* What a peer must not send, it must not send under load either; Close frames and ends it may. */
static bool is_certain(const slot *s) {
    bool wrong = begins(s->reason, broke) || (is_about_rule(s->reason) && took_it(s->reason));
    return wrong && !s->crash && !s->timed_out;
}

static void suspect_slot(live_engine *engine, const slot *s, uint64_t session) {
    if (is_known(engine, s->key)) {
        engine->counts.again++;
        return;
    }
    for (size_t i = 0; i < engine->suspect_count; i++)
        if (engine->suspects[i].key == s->key)
            return;
    if (engine->suspect_count < SUSPECTS_MAX && engine->finding_count < LIVE_FINDINGS_MAX)
        engine->suspects[engine->suspect_count++] = (suspect){.genome = s->genome,
                                                              .key = s->key,
                                                              .session = session,
                                                              .crash = s->crash,
                                                              .timed_out = s->timed_out,
                                                              .certain = is_certain(s)};
}

/* All those that were played then, but not for the third time. */
static void suspect_together(live_engine *engine, uint64_t first) {
    bool hopeful = false, asked = false;
    for (size_t i = 0; i < engine->count; i++) {
        const slot *s = &engine->slots[i];
        if (!s->played || !s->together || is_known(engine, s->key))
            continue;
        if (!asked)
            hopeful = !is_hopeless(engine, s->key);
        asked = true;
        if (hopeful && engine->suspect_count < SUSPECTS_MAX && engine->finding_count < LIVE_FINDINGS_MAX)
            engine->suspects[engine->suspect_count++] = (suspect){.genome = s->genome,
                                                                  .key = s->key,
                                                                  .session = first + i,
                                                                  .crash = true,
                                                                  .rare = true,
                                                                  .together = true};
        else
            learn(engine, s->key);
    }
}

static void conclude_exploring(live_engine *engine, uint64_t first) {
    for (size_t i = 0; i < engine->count; i++) {
        const slot *s = &engine->slots[i];
        if (!s->played)
            continue;
        if (s->genome.deflate && s->genome.opening == LIVE_USUAL) {
            engine->deflate_tried++;
            engine->deflate_taken += s->verdict != PLAY_UNIMPLEMENTED;
        }
        if (s->news > 0)
            keep(engine, &s->genome);
        if (s->fails && !s->together)
            suspect_slot(engine, s, first + i);
    }
    suspect_together(engine, first);
}

static bool take_best(live_engine *engine, const slot *s) {
    free(engine->best);
    engine->best = strdup(s->row);
    snprintf(engine->best_reason, sizeof engine->best_reason, "%s", s->reason);
    return engine->best != NULL;
}

static void give_up(live_engine *engine) {
    const suspect *first = &engine->suspects[0];
    engine->counts.unconfirmed += !first->together;
    if (!first->together && is_hopeless(engine, first->key))
        learn(engine, first->key);
    drop_suspect(engine);
}

static bool conclude_confirming(live_engine *engine) {
    const slot *s = &engine->slots[0];
    suspect *first = &engine->suspects[0];
    if (!s->played)
        return true;
    engine->trials++;
    if (!s->fails || s->key != first->key) {
        if (TRIALS - engine->trials >= CONFIRMATIONS - engine->confirmed)
            return true;
        first->rare = first->certain;
        if (!first->rare)
            give_up(engine);
        return true;
    }
    first->timed_out = first->timed_out || s->timed_out;
    engine->original = s->genome;
    snprintf(engine->original_reason, sizeof engine->original_reason, "%s", s->reason);
    engine->genes_found = s->genome.count;
    engine->confirmed++;
    return take_best(engine, s);
}

/* As often as any other has to fail again. */
static bool conclude_crowding(live_engine *engine) {
    suspect *first = &engine->suspects[0];
    bool fine = true;
    for (size_t i = 0; i < engine->count; i++) {
        const slot *s = &engine->slots[i];
        first->crowd_sessions += s->played;
        bool shows = first->together ? s->together : is_certain(s);
        if (!s->played || !s->fails || s->key != first->key || !shows)
            continue;
        first->crowd_failures++;
        fine = fine && take_best(engine, s);
    }
    engine->genes_found = first->genome.count;
    engine->verified = first->crowd_failures >= CONFIRMATIONS;
    if (!engine->verified && ++first->crowds >= CROWDS_MAX * (1 + first->crowd_failures))
        give_up(engine);
    return fine;
}

static bool conclude_reducing(live_engine *engine) {
    for (size_t i = 0; i < engine->count; i++) {
        const slot *s = &engine->slots[i];
        if (!s->played || !s->fails || s->key != engine->suspects[0].key)
            continue;
        engine->suspects[0].genome = s->genome;
        engine->reduced = true;
        engine->reduction -= engine->count - i; /* the later ones are to be tried on this */
        return take_best(engine, s);
    }
    return true;
}

/* What has failed in haste alone is told as it was found. */
static bool conclude_verifying(live_engine *engine) {
    const slot *s = &engine->slots[0];
    suspect *first = &engine->suspects[0];
    if (!s->played)
        return true;
    engine->verified = true;
    if (s->fails && s->crash == first->crash)
        return take_best(engine, s);
    first->genome = engine->original;
    snprintf(engine->best_reason, sizeof engine->best_reason, "%s", engine->original_reason);
    return true;
}

bool live_engine_conclude(live_engine *engine) {
    uint64_t first = engine->counts.sessions + 1;
    bool fine = true;
    engine->counts.sessions += engine->count;
    if (engine->work == EXPLORING)
        conclude_exploring(engine, first);
    else if (engine->work == CONFIRMING)
        fine = conclude_confirming(engine);
    else if (engine->work == CROWDING)
        fine = conclude_crowding(engine);
    else if (engine->work == REDUCING)
        fine = conclude_reducing(engine);
    else if (engine->work == VERIFYING)
        fine = conclude_verifying(engine);
    clear_batch(engine);
    return fine;
}

/* ------------------------------------------------------------------ findings */

static const char *family_of(const live_engine *engine, const live_session *session) {
    const suspect *first = &engine->suspects[0];
    if (first->crash)
        return "crash";
    if (begins(engine->best_reason, opening) || live_opening_ends_session(&first->genome))
        return "opening";
    if (begins(engine->best_reason, broke))
        return "peer-broke";
    if (is_about_rule(engine->best_reason) && session->violation != WS_VIOLATION_NONE)
        return ws_violation_describe(session->violation)->name;
    return first->timed_out ? "silence" : "session";
}

static char *table_text(const live_engine *engine, const live_genome *genome, const char *id,
                        const char *reason) {
    live_session session;
    char genes[LIVE_TEXT_MAX], why[LIVE_REASON_MAX + 80];
    json_t *row = live_session_row(genome, &engine->options.session, id, &session);
    live_genome_write(genome, genes);
    snprintf(why, sizeof why, "Found by live fuzzing (genes %.60s%s): %s", genes,
             strlen(genes) > 60 ? "..." : "", *reason ? reason : "the peer failed");
    json_t *text = json_string(why);
    if (!text) /* octets that are no UTF-8 */
        text = json_string("Found by live fuzzing.");
    if (row && text)
        json_object_set(row, "why", text);
    json_decref(text);
    json_t *table =
        row ? json_pack("{s:s,s:s,s:[o]}", "schema", "wspect-cases/1", "group", "Live fuzzing", "cases", row)
            : NULL;
    char *dumped = table ? json_dumps(table, JSON_INDENT(2)) : NULL;
    json_decref(table);
    return dumped;
}

/* Those of a death that has its explanation. */
static void forget_innocent(live_engine *engine) {
    size_t kept = 0;
    for (size_t i = 0; i < engine->suspect_count; i++)
        if (!engine->suspects[i].together || !is_known(engine, engine->suspects[i].key))
            engine->suspects[kept++] = engine->suspects[i];
    engine->suspect_count = kept;
}

/* The suspect at hand is as small as it gets. */
static bool publish(live_engine *engine) {
    live_session session;
    const suspect *first = &engine->suspects[0];
    live_finding *finding = calloc(1, sizeof *finding);
    json_t *row = live_session_row(&first->genome, &engine->options.session, "fuzz", &session);
    bool fine = finding && row;
    json_decref(row);
    if (fine) {
        snprintf(finding->id, sizeof finding->id, "fuzz.%s.%08" PRIx32, family_of(engine, &session),
                 (uint32_t)(first->key ^ first->key >> 32));
        if (first->rare)
            snprintf(finding->reason, sizeof finding->reason,
                     "not each time, %u of %u times with many at once: %.900s", first->crowd_failures,
                     first->crowd_sessions, engine->best_reason);
        else
            snprintf(finding->reason, sizeof finding->reason, "%s", engine->best_reason);
        finding->crash = first->crash;
        finding->rare = first->rare;
        snprintf(finding->title, sizeof finding->title, "%s", session.title);
        finding->genes = first->genome.count;
        finding->genes_found = engine->genes_found;
        finding->session = first->session;
        finding->table = table_text(engine, &first->genome, finding->id, finding->reason);
        fine = finding->table != NULL;
    }
    if (!fine) {
        free(finding);
        return false;
    }
    engine->findings[engine->finding_count++] = finding;
    learn(engine, first->key);
    drop_suspect(engine);
    forget_innocent(engine);
    return true;
}

bool live_engine_publish_measured(live_engine *engine, const char *family, const char *reason) {
    const slot *s = &engine->slots[0];
    if (engine->finding_count == LIVE_FINDINGS_MAX)
        return true;
    live_finding *finding = calloc(1, sizeof *finding);
    if (!finding)
        return false;
    uint64_t key = live_hash(live_hash_start, s->row, strlen(s->row));
    snprintf(finding->id, sizeof finding->id, "fuzz.%s.%08" PRIx32, family, (uint32_t)(key ^ key >> 32));
    snprintf(finding->reason, sizeof finding->reason, "%s", reason);
    snprintf(finding->title, sizeof finding->title, "%s", s->session.title);
    finding->genes = finding->genes_found = s->genome.count;
    finding->session = engine->counts.sessions + 1;
    finding->table = table_text(engine, &s->genome, finding->id, finding->reason);
    if (!finding->table) {
        free(finding);
        return false;
    }
    engine->findings[engine->finding_count++] = finding;
    return true;
}

live_counts live_engine_counts(const live_engine *engine) {
    live_counts counts = engine->counts;
    counts.states = engine->features.count;
    return counts;
}

size_t live_engine_finding_count(const live_engine *engine) {
    return engine->finding_count;
}

const live_finding *live_engine_finding(const live_engine *engine, size_t index) {
    return engine->findings[index];
}

/* ------------------------------------------------------------------ written down */

void live_engine_write(const live_engine *engine, FILE *out) {
    char text[LIVE_TEXT_MAX];
    fprintf(out, "wspect-fuzz/1\nseed %" PRIu64 " %" PRIu64 "\nsessions %" PRIu64 "\n", engine->random.seed,
            engine->random.at, engine->counts.sessions);
    for (size_t i = 0; i < engine->known_count; i++)
        fprintf(out, "known %" PRIx64 "\n", engine->known[i]);
    for (size_t i = 0; i < engine->features.capacity; i++)
        if (engine->features.slots[i] != 0)
            fprintf(out, "state %" PRIx64 "\n", engine->features.slots[i]);
    for (size_t i = 0; i < engine->counts.pool; i++) {
        live_genome_write(&engine->pool[i], text);
        fprintf(out, "pool %s\n", text);
    }
}

static bool read_line(live_engine *engine, const char *line) {
    uint64_t number;
    live_genome genome;
    if (sscanf(line, "seed %" SCNu64 " %" SCNu64, &engine->random.seed, &engine->random.at) == 2 ||
        sscanf(line, "sessions %" SCNu64, &engine->counts.sessions) == 1)
        return true;
    if (sscanf(line, "known %" SCNx64, &number) == 1) {
        learn(engine, number);
        return true;
    }
    if (sscanf(line, "state %" SCNx64, &number) == 1) {
        live_features_add(&engine->features, number);
        return true;
    }
    if (strncmp(line, "pool ", 5) != 0 || !live_genome_read(&genome, line + 5))
        return false;
    keep(engine, &genome);
    return true;
}

bool live_engine_read(live_engine *engine, FILE *in, char *error, size_t error_size) {
    char line[LIVE_TEXT_MAX + 8];
    bool fine = fgets(line, sizeof line, in) && strcmp(line, "wspect-fuzz/1\n") == 0;
    unsigned number = 1;
    while (fine && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        number++;
        fine = read_line(engine, line);
    }
    if (!fine)
        snprintf(error, error_size, "line %u is no line of a state of wspect fuzz", number);
    return fine;
}
