/* Close status codes (RFC 6455 7.4, IANA WebSocket Close Code Number registry). */
#ifndef WIRE_CLOSE_H
#define WIRE_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL_ERROR = 1002,
    WS_CLOSE_UNSUPPORTED_DATA = 1003,
    WS_CLOSE_NO_STATUS = 1005,
    WS_CLOSE_ABNORMAL = 1006,
    WS_CLOSE_INVALID_DATA = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_MISSING_EXTENSION = 1010,
    WS_CLOSE_INTERNAL_ERROR = 1011
};

typedef enum ws_close_class {
    WS_CLOSE_ASSIGNED,   /* 1000-1003, 1007-1014: defined by the RFC or registered with IANA */
    WS_CLOSE_LIBRARY,    /* 3000-3999: registered by libraries and frameworks (7.4.2) */
    WS_CLOSE_PRIVATE,    /* 4000-4999: by private agreement (7.4.2) */
    WS_CLOSE_UNASSIGNED, /* 1004, 1016-2999: kept for the protocol, without a meaning today */
    WS_CLOSE_LOCAL_ONLY, /* 1005, 1006, 1015: must never stand in a Close frame (7.4.1) */
    WS_CLOSE_OUTSIDE     /* below 1000, or 5000 and above (7.4.2) */
} ws_close_class;

ws_close_class ws_close_classify(uint16_t code);

/* Whether a Close frame may carry the code: the first three classes. */
bool ws_close_sendable(uint16_t code);

/* Short name such as "normal closure"; never NULL. */
const char *ws_close_name(uint16_t code);

#endif
