/* Joins one player with one stream: octets, time and the player's wishes go back and forth until the verdict
 * stands.
 *
 *     net_pump *pump = net_pump_new(loop, player, chop, &callbacks, user);
 *     net_stream_connect(loop, &target, net_pump_stream_handler(), pump, &stream);
 *     net_pump_attach(pump, stream);
 *
 * In a net_accept callback, net_stream_set_handler stands in for net_stream_connect.
 *
 * Wishes: SHUTDOWN and CLOSE send FIN behind what is pending; the stream is closed when the verdict stands.
 * RESET drops it, once all is written or the verdict stands. The player's clock is uv_hrtime. */
#ifndef NET_PUMP_H
#define NET_PUMP_H

#include "net/stream.h"
#include "play/player.h"

enum {
    NET_PUMP_WRITE_MAX = 64 << 10, /* octets asked of the player at once */
    NET_PUMP_PENDING =
        256 << 10, /* octets waiting for the socket beyond which the player is not asked for more */
    NET_PUMP_PENDING_CHOPPED = 16 << 10 /* the same when each write is short and costs memory of its own */
};

typedef struct net_pump net_pump;

typedef struct net_pump_report {
    bool opened;         /* there was a connection */
    bool judged;         /* play_result_of(player) is valid */
    const char *failure; /* else: what kept the player from playing; lives until the callback returns */
} net_pump_report;

typedef struct net_pump_callbacks {
    /* Once. The player is no longer used and may be freed. The stream is closed by the pump. */
    void (*on_done)(const net_pump_report *report, void *user);
    /* The last callback: the pump's memory is freed, and so is the stream's. */
    void (*on_gone)(void *user);
} net_pump_callbacks;

/* chop: 0, or octets of each write. The callbacks are borrowed for the pump's life. NULL when out of memory.
 */
net_pump *net_pump_new(uv_loop_t *loop, play_player *player, size_t chop, const net_pump_callbacks *callbacks,
                       void *user);
/* The stream handler of a pump; the stream's user is the pump. */
const net_stream_handler *net_pump_stream_handler(void);
/* Tells the pump its stream; before the stream opens. */
void net_pump_attach(net_pump *pump, net_stream *stream);
/* Drops the connection; no callback but on_gone follows. Also for a pump that never got a stream. */
void net_pump_abort(net_pump *pump);

#endif
