#include "support/played.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(bool fine, const char *what) {
    if (fine)
        return;
    fprintf(stderr, "played_case: %s\n", what);
    abort();
}

play_table *played_tables(void) {
    char error[512] = "out of memory";
    play_table *table = play_table_new();
    demand(table && play_table_load_embedded(table, error, sizeof error) == WS_OK, error);
    return table;
}

bool played_applies(const play_case *c, ws_role under_test) {
    return (c->roles & (under_test == WS_SERVER ? PLAY_ROLE_SERVER : PLAY_ROLE_CLIENT)) != 0;
}

static uint64_t weight_of(const play_step *steps, size_t count) {
    uint64_t weight = 0;
    for (size_t i = 0; i < count; i++) {
        const play_step *step = &steps[i];
        if (step->kind == PLAY_STEP_REPEAT) {
            weight += step->count * weight_of(step + 1, step->body_count);
            i += step->body_count;
        } else if (step->kind != PLAY_STEP_EXPECT) {
            weight += step->send.payload.length + 2;
        }
    }
    return weight;
}

uint64_t played_weight(const play_case *c) {
    return weight_of(c->steps, c->step_count);
}

bool played_is_bulk(const play_case *c) {
    enum { BULK = 512 << 10 };
    return c->deflate && c->tier == PLAY_FULL && played_weight(c) > BULK;
}

/* ------------------------------------------------------------------ digest */

static void add(EVP_MD_CTX *digest, const void *octets, size_t size) {
    demand(EVP_DigestUpdate(digest, octets, size) == 1, "no digest");
}

static void add_number(EVP_MD_CTX *digest, uint64_t number) {
    add(digest, &number, sizeof number);
}

static void add_text(EVP_MD_CTX *digest, const char *text) {
    add(digest, text ? text : "-", text ? strlen(text) + 1 : 1);
}

static void add_trace(EVP_MD_CTX *digest, const play_trace *trace) {
    for (size_t i = 0; i < play_trace_count(trace); i++) {
        const play_entry *entry = play_trace_get(trace, i);
        add_number(digest, entry->kind);
        add_number(digest, entry->out);
        add_number(digest, (uint64_t)entry->time_us);
        add_number(digest, entry->offset);
        add_number(digest, entry->header.opcode);
        add_number(digest, entry->length);
        add_number(digest, entry->count);
        add(digest, entry->bytes, entry->size);
        add_text(digest, entry->sha256);
        add_text(digest, entry->text);
    }
}

/* The player as a party whose octets are digested as they cross the line. */
typedef struct tapped {
    sim_party inner;
    EVP_MD_CTX *digest;
} tapped;

static void tapped_connected(void *self, int64_t now) {
    tapped *tap = self;
    tap->inner.connected(tap->inner.self, now);
}
static void tapped_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    tapped *tap = self;
    add_number(tap->digest, (uint64_t)now);
    add(tap->digest, bytes, size);
    tap->inner.received(tap->inner.self, now, bytes, size);
}
static void tapped_ended(void *self, int64_t now, bool by_reset) {
    tapped *tap = self;
    tap->inner.ended(tap->inner.self, now, by_reset);
}
static void tapped_time(void *self, int64_t now) {
    tapped *tap = self;
    tap->inner.time(tap->inner.self, now);
}
static size_t tapped_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    tapped *tap = self;
    size_t size = tap->inner.output(tap->inner.self, now, buffer, capacity);
    if (size > 0)
        add_number(tap->digest, (uint64_t)now + 1);
    add(tap->digest, buffer, size);
    return size;
}
static sim_wish tapped_wish(const void *self) {
    const tapped *tap = self;
    return tap->inner.wish(tap->inner.self);
}
static int64_t tapped_deadline(const void *self) {
    const tapped *tap = self;
    return tap->inner.deadline(tap->inner.self);
}
static bool tapped_wants_input(const void *self) {
    const tapped *tap = self;
    return tap->inner.wants_input(tap->inner.self);
}
static bool tapped_done(const void *self) {
    const tapped *tap = self;
    return tap->inner.done(tap->inner.self);
}

static sim_party sim_party_of_tap(tapped *tap) {
    return (sim_party){tap,           tapped_connected, tapped_received, tapped_ended,       tapped_time,
                       tapped_output, tapped_wish,      tapped_deadline, tapped_wants_input, tapped_done};
}

/* ------------------------------------------------------------------ the play */

static play_player *new_player(const play_case *c, const played_options *options) {
    const char *subprotocol = c->needs & PLAY_NEEDS_SUBPROTOCOL ? "chat" : NULL;
    return play_player_new(c,
                           &(play_options){.role = options->under_test == WS_SERVER ? WS_CLIENT : WS_SERVER,
                                           .seed = 1,
                                           .authority = "localhost",
                                           .resource = "/",
                                           .subprotocol = subprotocol,
                                           .no_echo = options->no_echo,
                                           .greeting = options->greeting});
}

static peer_endpoint *new_endpoint(const play_case *c, const played_options *options) {
    static const char *const subprotocols[] = {"chat"};
    return peer_endpoint_new(&(peer_options){.role = options->under_test,
                                             .behaviour = options->behaviour,
                                             .seed = 2,
                                             .subprotocols = subprotocols,
                                             .subprotocol_count = c->needs & PLAY_NEEDS_SUBPROTOCOL ? 1 : 0});
}

static void end_digest(EVP_MD_CTX *digest, const play_player *player, char text[65]) {
    const play_result *result = play_result_of(player);
    uint8_t hash[EVP_MAX_MD_SIZE];
    add_trace(digest, play_trace_of(player));
    add_number(digest, (uint64_t)result->duration_us);
    add_number(digest, (uint64_t)result->verdict << 8 | (uint64_t)result->verdict_close);
    add_text(digest, result->reason);
    demand(EVP_DigestFinal_ex(digest, hash, NULL) == 1, "no digest");
    for (size_t i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

void played_case(const play_case *c, const played_options *options, played *out) {
    play_player *player = new_player(c, options);
    peer_endpoint *endpoint = new_endpoint(c, options);
    demand(player && endpoint, "out of memory");
    tapped tap = {.inner = sim_party_of_player(player), .digest = options->digest ? EVP_MD_CTX_new() : NULL};
    if (options->digest)
        demand(EVP_DigestInit_ex(tap.digest, EVP_sha256(), NULL) == 1, "no digest");
    sim_party first = options->digest ? sim_party_of_tap(&tap) : tap.inner;
    sim_party second = sim_party_of_endpoint(endpoint);
    sim_result run = sim_run(&first, &second, &(sim_options){.chop = options->chop});
    demand(run.stop != SIM_MEMORY, "out of memory");
    const play_result *result = play_result_of(player);
    *out = (played){.stop = run.stop,
                    .verdict = result->verdict,
                    .closing = result->verdict_close,
                    .has_code = result->close_has_code,
                    .code = result->close_code,
                    .timed_out = result->timed_out};
    snprintf(out->reason, sizeof out->reason, "%s", result->reason ? result->reason : "");
    if (options->digest)
        end_digest(tap.digest, player, out->digest);
    EVP_MD_CTX_free(tap.digest);
    if (options->look)
        options->look(result, play_trace_of(player), options->user);
    play_player_free(player);
    peer_endpoint_free(endpoint);
}
