/* The player as a party of a simulation. */
#include "support/sim.h"

static void player_connected(void *self, int64_t now) {
    play_connected(self, now);
}
static void player_received(void *self, int64_t now, const uint8_t *bytes, size_t size) {
    play_received(self, now, bytes, size);
}
static void player_ended(void *self, int64_t now, bool by_reset) {
    play_ended(self, now, by_reset ? PLAY_END_RESET : PLAY_END_FIN);
}
static void player_time(void *self, int64_t now) {
    play_time(self, now);
}
static size_t player_output(void *self, int64_t now, uint8_t *buffer, size_t capacity) {
    return play_output(self, now, buffer, capacity);
}
static sim_wish player_wish(const void *self) {
    static const sim_wish wishes[] = {[PLAY_WISH_NOTHING] = SIM_NOTHING,
                                      [PLAY_WISH_SHUTDOWN] = SIM_SHUTDOWN,
                                      [PLAY_WISH_CLOSE] = SIM_CLOSE,
                                      [PLAY_WISH_RESET] = SIM_RESET};
    return wishes[play_wish_of(self)];
}
static int64_t player_deadline(const void *self) {
    return play_deadline(self);
}
static bool player_wants_input(const void *self) {
    (void)self;
    return true;
}
static bool player_done(const void *self) {
    return play_done(self);
}

sim_party sim_party_of_player(play_player *player) {
    return (sim_party){player,        player_connected, player_received, player_ended,       player_time,
                       player_output, player_wish,      player_deadline, player_wants_input, player_done};
}
