#include "support/sim.h"

#include <stdlib.h>
#include <string.h>

enum {
    WRITE_MAX = 64 << 10, /* octets asked of a party at once */
    WINDOW = 1 << 20,     /* octets under way in one direction beyond which a party is not asked for more */
    DEFAULT_DELAY_US = 1000
};
static const uint64_t default_steps = 10000000;
static const int64_t default_time_us = INT64_C(3600000000);

/* ------------------------------------------------------------------ the line */

typedef enum piece_kind { PIECE_DATA, PIECE_FIN, PIECE_RESET } piece_kind;

typedef struct piece {
    struct piece *next;
    piece_kind kind;
    int64_t due;
    uint64_t number; /* over both directions: who comes first at the same time */
    size_t size;
    uint8_t bytes[];
} piece;

/* One direction, and the party that receives from it. */
typedef struct line {
    piece *head, *tail;
    size_t under_way; /* octets */
    uint64_t delivered;
    bool over; /* FIN or reset was sent: nothing follows */
} direction;

typedef struct sim {
    sim_options options;
    const sim_party *parties[2];
    direction to[2]; /* to[i] brings to parties[i] */
    bool closed[2];  /* the party has closed or reset its connection */
    bool ended[2];   /* the party has seen the end of what comes to it */
    int64_t now;
    uint64_t numbers;
    bool out_of_memory;
} sim;

static void push(sim *s, int to, piece_kind kind, const uint8_t *bytes, size_t size) {
    direction *line = &s->to[to];
    piece *p = malloc(sizeof *p + size);
    if (!p) {
        s->out_of_memory = true;
        return;
    }
    *p = (piece){.kind = kind, .due = s->now + s->options.delay_us, .number = s->numbers++, .size = size};
    if (size > 0)
        memcpy(p->bytes, bytes, size);
    if (line->tail)
        line->tail->next = p;
    else
        line->head = p;
    line->tail = p;
    line->under_way += size;
    line->over = kind != PIECE_DATA;
}

static piece *pop(direction *line) {
    piece *p = line->head;
    line->head = p->next;
    if (!line->head)
        line->tail = NULL;
    line->under_way -= p->size;
    return p;
}

static void drain(direction *line) {
    while (line->head)
        free(pop(line));
}

/* A reset destroys what has not arrived yet, a FIN included. */
static void push_reset(sim *s, int to) {
    drain(&s->to[to]);
    push(s, to, PIECE_RESET, NULL, 0);
}

static void push_data(sim *s, int to, const uint8_t *bytes, size_t size) {
    size_t most = s->options.chop ? s->options.chop : size;
    for (size_t at = 0; at < size; at += most)
        push(s, to, PIECE_DATA, bytes + at, size - at < most ? size - at : most);
}

/* ------------------------------------------------------------------ parties */

/* Takes what a party has to send; false when it has more than the line holds now. */
static bool take_output(sim *s, int from, uint8_t *buffer) {
    const sim_party *party = s->parties[from];
    direction *line = &s->to[1 - from];
    while (line->under_way < WINDOW) {
        size_t size = party->output(party->self, s->now, buffer, WRITE_MAX);
        if (size == 0)
            return true;
        if (!line->over)
            push_data(s, 1 - from, buffer, size);
    }
    return false;
}

static void obey(sim *s, int from, uint8_t *buffer) {
    const sim_party *party = s->parties[from];
    if (s->closed[from])
        return;
    if (party->wish(party->self) == SIM_RESET) {
        s->closed[from] = true;
        push_reset(s, 1 - from);
        return;
    }
    if (!take_output(s, from, buffer))
        return;
    sim_wish wish = party->wish(party->self);
    if (wish == SIM_SHUTDOWN && !s->to[1 - from].over)
        push(s, 1 - from, PIECE_FIN, NULL, 0);
    if (wish == SIM_CLOSE) {
        s->closed[from] = true;
        if (!s->to[1 - from].over)
            push(s, 1 - from, PIECE_FIN, NULL, 0);
    }
}

static void deliver(sim *s, int to) {
    const sim_party *party = s->parties[to];
    piece *p = pop(&s->to[to]);
    bool wanted = !s->closed[to] && !s->ended[to];
    if (wanted && p->kind == PIECE_DATA) {
        s->to[to].delivered += p->size;
        party->received(party->self, s->now, p->bytes, p->size);
    } else if (wanted) {
        s->ended[to] = true;
        party->ended(party->self, s->now, p->kind == PIECE_RESET);
    }
    free(p);
}

/* ------------------------------------------------------------------ time */

/* A direction with something to deliver, the earliest; -1 when there is none. */
static int next_delivery(const sim *s) {
    int found = -1;
    for (int to = 0; to < 2; to++) {
        const piece *p = s->to[to].head;
        const sim_party *party = s->parties[to];
        if (!p || (p->kind == PIECE_DATA && !s->closed[to] && !party->wants_input(party->self)))
            continue;
        const piece *best = found < 0 ? NULL : s->to[found].head;
        if (!best || p->due < best->due || (p->due == best->due && p->number < best->number))
            found = to;
    }
    return found;
}

static int64_t deadline_of(const sim *s, int party) {
    return s->closed[party] ? INT64_MAX : s->parties[party]->deadline(s->parties[party]->self);
}

/* Does what is due next; false when nothing ever will be. */
static bool step(sim *s) {
    int to = next_delivery(s);
    int64_t delivery = to < 0 ? INT64_MAX : s->to[to].head->due;
    int early = deadline_of(s, 1) < deadline_of(s, 0);
    int64_t deadline = deadline_of(s, early);
    if (delivery == INT64_MAX && deadline == INT64_MAX)
        return false;
    int64_t next = delivery <= deadline ? delivery : deadline;
    if (next > s->now)
        s->now = next;
    if (delivery <= deadline)
        deliver(s, to);
    else
        s->parties[early]->time(s->parties[early]->self, s->now);
    return true;
}

static bool is_done(const sim *s, int party) {
    return s->parties[party]->done(s->parties[party]->self);
}

static sim_result run(const sim_party *first, const sim_party *second, const sim_options *options,
                      bool both) {
    sim s = {.options = *options, .parties = {first, second}, .now = options->start_us};
    sim_result result = {.stop = SIM_DONE};
    uint64_t max_steps = options->max_steps ? options->max_steps : default_steps;
    int64_t max_time = options->max_time_us ? options->max_time_us : default_time_us;
    if (options->delay_us <= 0)
        s.options.delay_us = options->delay_us < 0 ? 0 : DEFAULT_DELAY_US;
    uint8_t *buffer = malloc(WRITE_MAX);
    if (!buffer)
        return (sim_result){.stop = SIM_MEMORY};
    first->connected(first->self, s.now);
    second->connected(second->self, s.now);
    for (;; result.steps++) {
        obey(&s, 0, buffer);
        obey(&s, 1, buffer);
        result.stop = SIM_DONE;
        if (is_done(&s, 0) && (!both || is_done(&s, 1)))
            break;
        result.stop = s.out_of_memory                        ? SIM_MEMORY
                      : result.steps == max_steps            ? SIM_STEPS
                      : s.now - options->start_us > max_time ? SIM_TIME
                                                             : SIM_STUCK;
        if (result.stop != SIM_STUCK || !step(&s))
            break;
    }
    result.duration_us = s.now - options->start_us;
    for (int i = 0; i < 2; i++) {
        result.octets[i] = s.to[1 - i].delivered;
        drain(&s.to[i]);
    }
    free(buffer);
    return result;
}

sim_result sim_run(const sim_party *first, const sim_party *second, const sim_options *options) {
    return run(first, second, options, false);
}

sim_result sim_run_both(const sim_party *first, const sim_party *second, const sim_options *options) {
    return run(first, second, options, true);
}

/* ------------------------------------------------------------------ endpoints */

static void endpoint_connected(void *self, int64_t now) {
    peer_endpoint_connected(self, now);
}
static void endpoint_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    peer_endpoint_received(self, now, bytes, size);
}
static void endpoint_ended(void *self, int64_t now, bool by_reset) {
    peer_endpoint_ended(self, now, by_reset ? PEER_END_RESET : PEER_END_FIN);
}
static void endpoint_time(void *self, int64_t now) {
    peer_endpoint_time(self, now);
}
static size_t endpoint_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    return peer_endpoint_output(self, now, buffer, capacity);
}
static sim_wish endpoint_wish(const void *self) {
    static const sim_wish wishes[] = {[PEER_WISH_NOTHING] = SIM_NOTHING,
                                      [PEER_WISH_SHUTDOWN] = SIM_SHUTDOWN,
                                      [PEER_WISH_CLOSE] = SIM_CLOSE,
                                      [PEER_WISH_RESET] = SIM_RESET};
    return wishes[peer_endpoint_wish(self)];
}
static int64_t endpoint_deadline(const void *self) {
    return peer_endpoint_deadline(self);
}
static bool endpoint_wants_input(const void *self) {
    return peer_endpoint_wants_input(self);
}
static bool endpoint_done(const void *self) {
    return peer_endpoint_done(self);
}

sim_party sim_party_of_endpoint(peer_endpoint *endpoint) {
    return (sim_party){
        endpoint,        endpoint_connected, endpoint_received, endpoint_ended,       endpoint_time,
        endpoint_output, endpoint_wish,      endpoint_deadline, endpoint_wants_input, endpoint_done};
}
