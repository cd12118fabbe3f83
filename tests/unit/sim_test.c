#include "support/sim.h"

#include <criterion/criterion.h>
#include <string.h>

/* Two endpoints on one line; the first is a client. What would keep them talking is that one of them closes
 * at open. */
typedef struct pair {
    peer_endpoint *client, *server;
    sim_party parties[2];
    sim_result result;
} pair;

static pair meet(const char *client, const char *server, const sim_options *options) {
    pair p = {
        .client =
            peer_endpoint_new(&(peer_options){.role = WS_CLIENT, .behaviour = peer_behaviour_find(client)}),
        .server =
            peer_endpoint_new(&(peer_options){.role = WS_SERVER, .behaviour = peer_behaviour_find(server)}),
    };
    p.parties[0] = sim_party_of_endpoint(p.client);
    p.parties[1] = sim_party_of_endpoint(p.server);
    p.result = sim_run_both(&p.parties[0], &p.parties[1], options);
    return p;
}

static void part(pair *p) {
    peer_endpoint_free(p->client);
    peer_endpoint_free(p->server);
}

Test(sim, runs_two_endpoints_through_a_whole_connection) {
    pair p = meet("close-at-open", "conformant", &(sim_options){0});
    cr_assert_eq(p.result.stop, SIM_DONE);
    cr_assert(peer_endpoint_facts(p.client)->close_received);
    cr_assert(peer_endpoint_facts(p.server)->close_received);
    part(&p);
}

/* Request, answer, Close, Close and FIN, FIN: the last one is awaited by the server. */
Test(sim, takes_one_delay_for_every_flight) {
    pair p = meet("close-at-open", "conformant", &(sim_options){.delay_us = 250});
    cr_assert_eq(p.result.duration_us, 5 * 250);
    part(&p);
}

Test(sim, takes_a_millisecond_a_flight_unless_told_otherwise) {
    pair p = meet("close-at-open", "conformant", &(sim_options){0});
    cr_assert_eq(p.result.duration_us, 5 * 1000);
    part(&p);
}

Test(sim, takes_no_time_without_delay) {
    pair p = meet("close-at-open", "conformant", &(sim_options){.delay_us = -1});
    cr_assert_eq(p.result.stop, SIM_DONE);
    cr_assert_eq(p.result.duration_us, 0);
    part(&p);
}

Test(sim, starts_its_clock_where_it_is_told) {
    pair p = meet("close-at-open", "conformant", &(sim_options){.start_us = INT64_C(1) << 50});
    cr_assert_eq(p.result.duration_us, 5 * 1000);
    part(&p);
}

Test(sim, delivers_the_same_octets_chopped) {
    pair whole = meet("close-at-open", "conformant", &(sim_options){0});
    pair chopped = meet("close-at-open", "conformant", &(sim_options){.chop = 1});
    cr_assert_eq(chopped.result.stop, SIM_DONE);
    cr_assert_eq(chopped.result.octets[0], whole.result.octets[0]);
    cr_assert_eq(chopped.result.octets[1], whole.result.octets[1]);
    cr_assert_gt(chopped.result.steps, whole.result.octets[0] + whole.result.octets[1]);
    cr_assert_eq(chopped.result.duration_us, whole.result.duration_us);
    part(&whole);
    part(&chopped);
}

Test(sim, jumps_to_the_next_deadline) {
    pair p = meet("close-at-open", "silent", &(sim_options){0});
    cr_assert_eq(p.result.stop, SIM_DONE);
    /* The client opens after two flights, waits two seconds for the answer to its Close, and its FIN takes a
     * third. */
    cr_assert_eq(p.result.duration_us, 2000000 + 3 * 1000);
    part(&p);
}

Test(sim, stops_when_nothing_will_ever_happen) {
    pair p = meet("conformant", "conformant", &(sim_options){0});
    cr_assert_eq(p.result.stop, SIM_STUCK);
    part(&p);
}

Test(sim, stops_after_its_steps) {
    pair p = meet("close-at-open", "conformant", &(sim_options){.max_steps = 3});
    cr_assert_eq(p.result.stop, SIM_STEPS);
    cr_assert_eq(p.result.steps, 3);
    part(&p);
}

Test(sim, stops_after_its_time) {
    pair p = meet("close-at-open", "silent", &(sim_options){.max_time_us = 1000000});
    cr_assert_eq(p.result.stop, SIM_TIME);
    part(&p);
}

Test(sim, ends_with_the_first_party_when_the_second_is_not_asked) {
    peer_endpoint *client = peer_endpoint_new(
        &(peer_options){.role = WS_CLIENT, .behaviour = peer_behaviour_find("drop-at-open")});
    peer_endpoint *server = peer_endpoint_new(&(peer_options){.role = WS_SERVER});
    sim_party first = sim_party_of_endpoint(client), second = sim_party_of_endpoint(server);
    sim_result result = sim_run(&first, &second, &(sim_options){0});
    cr_assert_eq(result.stop, SIM_DONE);
    cr_assert_not(peer_endpoint_done(server));
    peer_endpoint_free(client);
    peer_endpoint_free(server);
}

/* ------------------------------------------------------------------ a party of our own
 *
 * It says what its script says at its deadlines, one word each, and notes what it sees. */

typedef struct actor {
    const char *script; /* d: four octets of data, s: shutdown, c: close, r: reset, D: a mebibyte */
    int64_t deadline;   /* of the next word */
    size_t waiting;
    sim_wish wish;
    bool deaf;     /* wants no input */
    char seen[64]; /* d, f, r */
    uint64_t octets;
} actor;

static void note(actor *a, char what) {
    size_t size = strlen(a->seen);
    if (size + 1 < sizeof a->seen)
        a->seen[size] = what;
}
static void actor_connected(void *self, int64_t now) {
    ((actor *)self)->deadline = now + 10;
}
static void actor_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    actor *a = self;
    (void)now, (void)bytes;
    a->octets += size;
    note(a, 'd');
}
static void actor_ended(void *self, int64_t now, bool by_reset) {
    (void)now;
    note(self, by_reset ? 'r' : 'f');
}
static void actor_time(void *self, int64_t now) {
    static const char words[] = "scr";
    actor *a = self;
    char word = *a->script++;
    a->deadline = now + 10;
    if (word == 'd' || word == 'D')
        a->waiting = word == 'd' ? 4 : 3 << 20;
    else if (word != '.')
        a->wish = (sim_wish)(strchr(words, word) - words + 1);
}
static size_t actor_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    actor *a = self;
    size_t size = a->waiting < capacity ? a->waiting : capacity;
    (void)now;
    memset(buffer, 'x', size);
    a->waiting -= size;
    return size;
}
static sim_wish actor_wish(const void *self) {
    return ((const actor *)self)->wish;
}
static int64_t actor_deadline(const void *self) {
    const actor *a = self;
    return *a->script ? a->deadline : INT64_MAX;
}
static bool actor_wants_input(const void *self) {
    return !((const actor *)self)->deaf;
}
static bool actor_done(const void *self) {
    (void)self;
    return false;
}
static sim_party party_of(actor *a) {
    return (sim_party){a,          actor_connected, actor_received,    actor_ended, actor_time, actor_output,
                       actor_wish, actor_deadline,  actor_wants_input, actor_done};
}

/* Runs the two scripts until nothing happens any more. */
static void act(actor *a, actor *b, int64_t delay) {
    sim_party first = party_of(a), second = party_of(b);
    sim_result result = sim_run(&first, &second, &(sim_options){.delay_us = delay});
    cr_assert_eq(result.stop, SIM_STUCK);
}

Test(sim, delivers_a_fin_behind_the_data) {
    actor a = {.script = "ds"}, b = {.script = ""};
    act(&a, &b, 1000);
    cr_assert_str_eq(b.seen, "df");
}

Test(sim, lets_the_other_side_talk_after_a_shutdown) {
    actor a = {.script = "s"}, b = {.script = "...d"};
    act(&a, &b, 10);
    cr_assert_str_eq(a.seen, "d");
}

Test(sim, sends_nothing_after_a_fin) {
    actor a = {.script = "sdc"}, b = {.script = ""};
    act(&a, &b, 10);
    cr_assert_str_eq(b.seen, "f");
}

Test(sim, loses_what_is_under_way_in_a_reset) {
    actor a = {.script = "ddr"}, b = {.script = ""};
    act(&a, &b, 1000);
    cr_assert_str_eq(b.seen, "r");
}

Test(sim, delivers_what_arrived_before_a_reset) {
    actor a = {.script = "dd...r"}, b = {.script = ""};
    act(&a, &b, 15);
    cr_assert_str_eq(b.seen, "ddr");
}

Test(sim, shows_one_end_only) {
    actor a = {.script = "s...r"}, b = {.script = ""};
    act(&a, &b, 15);
    cr_assert_str_eq(b.seen, "f");
}

Test(sim, shows_a_closed_party_nothing) {
    actor a = {.script = "c"}, b = {.script = "ds"};
    act(&a, &b, 1000);
    cr_assert_str_eq(a.seen, "");
}

Test(sim, waits_with_data_for_a_party_that_wants_none) {
    actor a = {.script = "dc"}, b = {.script = "", .deaf = true};
    act(&a, &b, 10);
    cr_assert_str_eq(b.seen, "");
}

Test(sim, carries_more_than_its_window) {
    actor a = {.script = "Ds"}, b = {.script = ""};
    act(&a, &b, 10);
    cr_assert_eq(b.octets, 3 << 20);
    cr_assert_eq(b.seen[strlen(b.seen) - 1], 'f');
}
