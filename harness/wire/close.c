#include "wire/close.h"

#include <stddef.h>

static const char *const assigned_names[] = {
    [0] = "normal closure",
    [1] = "going away",
    [2] = "protocol error",
    [3] = "unsupported data",
    [4] = "reserved",
    [5] = "no status received",
    [6] = "abnormal closure",
    [7] = "invalid frame payload data",
    [8] = "policy violation",
    [9] = "message too big",
    [10] = "mandatory extension",
    [11] = "internal error",
    [12] = "service restart",
    [13] = "try again later",
    [14] = "bad gateway",
    [15] = "TLS handshake",
};

ws_close_class ws_close_classify(uint16_t code) {
    if (code < 1000 || code >= 5000)
        return WS_CLOSE_OUTSIDE;
    if (code >= 4000)
        return WS_CLOSE_PRIVATE;
    if (code >= 3000)
        return WS_CLOSE_LIBRARY;
    if (code == 1005 || code == 1006 || code == 1015)
        return WS_CLOSE_LOCAL_ONLY;
    if (code == 1004 || code > 1015)
        return WS_CLOSE_UNASSIGNED;
    return WS_CLOSE_ASSIGNED;
}

bool ws_close_sendable(uint16_t code) {
    ws_close_class class = ws_close_classify(code);
    return class == WS_CLOSE_ASSIGNED || class == WS_CLOSE_LIBRARY || class == WS_CLOSE_PRIVATE;
}

const char *ws_close_name(uint16_t code) {
    if (code >= 1000 && code < 1000 + sizeof assigned_names / sizeof *assigned_names)
        return assigned_names[code - 1000];
    switch (ws_close_classify(code)) {
    case WS_CLOSE_LIBRARY:
        return "library or framework code";
    case WS_CLOSE_PRIVATE:
        return "private code";
    case WS_CLOSE_UNASSIGNED:
        return "unassigned";
    default:
        return "outside every range";
    }
}
