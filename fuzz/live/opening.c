#include "live/opening.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ permessage-deflate */

json_t *live_deflate_json(const live_genome *genome) {
    static const struct {
        const char *offer;
        int window_bits; /* asked of clients, with the rest */
        bool no_context_takeover;
        int level;
    } offers[LIVE_OFFERS] = {
        {"permessage-deflate; client_max_window_bits", 0, false, 6},
        {"permessage-deflate", 0, false, 1},
        {"permessage-deflate; server_no_context_takeover; client_no_context_takeover", 0, true, 6},
        {"permessage-deflate; server_max_window_bits=9", 9, false, 9},
        {"permessage-deflate; client_max_window_bits=10; server_no_context_takeover", 10, false, 0},
        {"permessage-deflate; client_no_context_takeover", 0, true, 9},
        {"permessage-deflate; server_max_window_bits=12; client_max_window_bits", 12, false, 3},
    };
    size_t choice = (genome->deflate - 1u) % LIVE_OFFERS;
    json_t *deflate = json_pack("{s:s,s:i}", "offer", offers[choice].offer, "level", offers[choice].level);
    if (deflate && offers[choice].window_bits)
        json_object_set_new(deflate, "window-bits", json_integer(offers[choice].window_bits));
    if (deflate && offers[choice].no_context_takeover)
        json_object_set_new(deflate, "no-context-takeover", json_true());
    return deflate;
}

/* ------------------------------------------------------------------ harmless */

static json_t *random_word(live_random *random, const char *prefix, const char *letters, size_t longest) {
    char word[200];
    int used = snprintf(word, sizeof word, "%s", prefix);
    size_t length = 1 + live_random_below(random, longest);
    for (size_t i = 0; i < length; i++)
        word[used++] = letters[live_random_below(random, strlen(letters))];
    return json_stringn(word, (size_t)used);
}

static json_t *unknown_fields(live_random *random) {
    static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789-!#$%&'*+.^_`|~";
    static const char value[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-,;=/:?@(){}[]<>\"";
    json_t *lines = json_array();
    for (size_t i = 1 + live_random_below(random, 4); i > 0; i--) {
        json_t *line = json_array();
        json_array_append_new(line, random_word(random, "X-", name, 16));
        json_array_append_new(line, random_word(random, "v", value, 50));
        json_array_append_new(lines, line);
    }
    return lines;
}

/* What every endpoint has to take, but for its size: a server may have had enough of a head that is long. */
static json_t *harmless_head(live_random *random, ws_role peer) {
    static const char *const connections[] = {"Upgrade", "upgrade", "UPGRADE", "keep-alive, Upgrade",
                                              "Upgrade, keep-alive"};
    static const char *const upgrades[] = {"websocket", "WebSocket", "WEBSOCKET"};
    json_t *head = json_object(), *fields = json_object();
    size_t ways = 1 + live_random_below(random, 63);
    if (ways & 1)
        json_object_set_new(head, "add", unknown_fields(random));
    if (ways & 2) /* a server names what it upgrades to alone */
        json_object_set_new(fields, "Connection",
                            json_string(connections[live_random_below(random, peer == WS_SERVER ? 5 : 3)]));
    if (ways & 4)
        json_object_set_new(fields, "Upgrade", json_string(upgrades[live_random_below(random, 3)]));
    if (ways & 8)
        json_object_set_new(head, "separator", json_string(live_random_below(random, 2) ? ":" : ":   "));
    if (ways & 16)
        json_object_set_new(head, "chop", json_integer(1 + (json_int_t)live_random_below(random, 60)));
    if ((ways & 32) && peer == WS_SERVER)
        json_object_set_new(head, "filler",
                            json_pack("{s:i,s:i}", "count", 1 + (int)live_random_below(random, 20), "length",
                                      (int)live_random_below(random, 100)));
    if (json_object_size(fields) > 0)
        json_object_set(head, "set", fields);
    json_decref(fields);
    return head;
}

/* ------------------------------------------------------------------ wrong */

/* Each breaks a rule that says what then MUST happen (RFC 6455 4.1, 4.2.1, 4.2.2). The head as JSON. */
typedef struct wrong_head {
    const char *text; /* for a title */
    const char *head;
} wrong_head;

static const wrong_head wrong_requests[] = {
    {"a request without Upgrade", "{\"remove\":[\"Upgrade\"]}"},
    {"a request without Connection", "{\"remove\":[\"Connection\"]}"},
    {"a request without Sec-WebSocket-Key", "{\"remove\":[\"Sec-WebSocket-Key\"]}"},
    {"a request of version 12", "{\"set\":{\"Sec-WebSocket-Version\":\"12\"}}"},
    {"a request of version 0", "{\"set\":{\"Sec-WebSocket-Version\":\"0\"}}"},
    {"a request for an upgrade to websockets", "{\"set\":{\"Upgrade\":\"websockets\"}}"},
    {"a POST", "{\"start-line\":\"POST $(path) HTTP/1.1\"}"},
    {"a request without Sec-WebSocket-Version", "{\"remove\":[\"Sec-WebSocket-Version\"]}"},
    {"a HEAD", "{\"start-line\":\"HEAD $(path) HTTP/1.1\"}"},
    {"a request of HTTP/1.0", "{\"start-line\":\"GET $(path) HTTP/1.0\"}"},
    {"a request without Host", "{\"remove\":[\"Host\"]}"},
    {"an empty Sec-WebSocket-Key", "{\"set\":{\"Sec-WebSocket-Key\":\"\"}}"},
    {"a request for an upgrade to websocke", "{\"set\":{\"Upgrade\":\"websocke\"}}"},
    {"a request whose Connection is Upgraded", "{\"set\":{\"Connection\":\"Upgraded\"}}"},
    {"a request whose Connection is keep-alive", "{\"set\":{\"Connection\":\"keep-alive\"}}"},
};

static const wrong_head wrong_responses[] = {
    {"a response without Upgrade", "{\"remove\":[\"Upgrade\"]}"},
    {"a response without Connection", "{\"remove\":[\"Connection\"]}"},
    {"a response without Sec-WebSocket-Accept", "{\"remove\":[\"Sec-WebSocket-Accept\"]}"},
    {"the Sec-WebSocket-Accept of another key",
     "{\"set\":{\"Sec-WebSocket-Accept\":\"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"}}"},
    {"a status of 200", "{\"start-line\":\"HTTP/1.1 200 OK\"}"},
    {"an extension that was not offered", "{\"add\":[[\"Sec-WebSocket-Extensions\",\"x-never-offered\"]]}"},
    {"an upgrade to something else", "{\"set\":{\"Upgrade\":\"websockets\"}}"},
    {"a response whose Connection is close", "{\"set\":{\"Connection\":\"close\"}}"},
    {"a subprotocol that was not offered", "{\"add\":[[\"Sec-WebSocket-Protocol\",\"x-never-offered\"]]}"},
};

static size_t wrong_choice(const live_genome *genome, ws_role peer) {
    size_t count = peer == WS_SERVER ? sizeof wrong_requests / sizeof *wrong_requests
                                     : sizeof wrong_responses / sizeof *wrong_responses;
    live_random random = {.seed = genome->opening_seed};
    return (size_t)live_random_below(&random, count);
}

static const wrong_head *wrong_of(const live_genome *genome, ws_role peer) {
    return (peer == WS_SERVER ? wrong_requests : wrong_responses) + wrong_choice(genome, peer);
}

static json_t *wrong_json(const live_genome *genome, ws_role peer) {
    return json_loads(wrong_of(genome, peer)->head, 0, NULL);
}

uint8_t live_opening_kind(const live_genome *genome, ws_role peer) {
    return genome->opening == LIVE_WRONG ? (uint8_t)(1 + wrong_choice(genome, peer)) : 0;
}

/* ------------------------------------------------------------------ mangled */

/* The line that the other side's answer, or its trust, depends on stays as it is, at the end: what is made of
 * the rest is then open to nobody's interpretation. */
static json_t *mangled_head(live_random *random, ws_role peer) {
    static const char request[] = "GET $(path) HTTP/1.1\r\nHost: $(host)\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n$(options)";
    static const char response[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nServer: wspect\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\n";
    char octets[400], digits[2 * sizeof octets + 1] = "";
    size_t size = (size_t)snprintf(octets, sizeof octets, "%s", peer == WS_SERVER ? request : response);
    for (size_t i = 1 + live_random_below(random, 5); i > 0 && size > 1; i--) {
        size_t at = live_random_below(random, size);
        switch (live_random_below(random, 4)) {
        case 0:
            octets[at] = (char)live_random_next(random);
            break;
        case 1:
            memmove(octets + at, octets + at + 1, --size - at);
            break;
        case 2:
            octets[at] ^= (char)(1 << live_random_below(random, 8));
            break;
        default:
            if (size + 1 < sizeof octets) {
                memmove(octets + at + 1, octets + at, size++ - at);
                octets[at] = "\r\n \t:,;\"\0\x7f\xff"[live_random_below(random, 11)];
            }
        }
    }
    for (size_t i = 0; i < size; i++)
        snprintf(digits + 2 * i, 3, "%02x", (unsigned char)octets[i]);
    return json_pack("{s:{s:[{s:s},s]}}", "raw", "concat", "hex", digits,
                     peer == WS_SERVER ? "Sec-WebSocket-Key: $(key)\r\n\r\n"
                                       : "Sec-WebSocket-Accept: $(accept)\r\n\r\n");
}

/* ------------------------------------------------------------------ all */

json_t *live_opening_json(const live_genome *genome, ws_role peer) {
    live_random random = {.seed = genome->opening_seed};
    const char *member = peer == WS_SERVER ? "request" : "response";
    switch ((live_opening)genome->opening) {
    case LIVE_HARMLESS: {
        json_t *head = harmless_head(&random, peer);
        if (peer == WS_CLIENT)
            return json_pack("{s:o}", member, head);
        if (!json_object_get(head, "filler"))
            return json_pack("{s:o,s:{s:[s]}}", member, head, "expect", "OK", "accepted");
        return json_pack("{s:o,s:{s:[s,s],s:[s],s:{s:s}}}", member, head, "expect", "OK", "accepted",
                         "refused", "NON-STRICT", "end", "because", "NON-STRICT",
                         "the server ended the connection without a response");
    }
    case LIVE_WRONG:
        if (peer == WS_CLIENT)
            return json_pack("{s:o}", member, wrong_json(genome, peer));
        return json_pack("{s:o,s:{s:[s],s:[s],s:{s:s}}}", member, wrong_json(genome, peer), "expect", "OK",
                         "refused", "NON-STRICT", "end", "because", "NON-STRICT",
                         "the server ended the connection without a response");
    case LIVE_MANGLED:
        if (peer == WS_CLIENT)
            return json_pack("{s:o}", member, mangled_head(&random, peer));
        return json_pack("{s:o,s:{s:[s,s,s,s],s:[s],s:{s:s}}}", member, mangled_head(&random, peer), "expect",
                         "OK", "accepted", "refused", "end", "no-http", "NON-STRICT", "timeout", "because",
                         "NON-STRICT", "the server waits, as if more of the request were to come");
    case LIVE_USUAL:
    case LIVE_OPENING_COUNT:
        break;
    }
    return json_object();
}

bool live_opening_ends_session(const live_genome *genome) {
    return genome->opening == LIVE_MANGLED || genome->opening == LIVE_WRONG;
}

void live_opening_steps(const live_genome *genome, ws_role peer, json_t *steps) {
    if (peer == WS_SERVER)
        return;
    if (genome->opening == LIVE_WRONG) { /* whoever answers believes that the connection is open */
        json_array_append_new(steps, json_pack("{s:s,s:b}", "ping", "behind a wrong response", "echo", 0));
        json_array_append_new(steps,
                              json_pack("{s:{s:[s],s:[s],s:{s:s}}}", "expect", "OK", "end", "NON-STRICT",
                                        "close", "because", "NON-STRICT",
                                        "the client sent a Close although no connection was established"));
        return;
    }
    json_array_append_new(steps, json_pack("{s:s}", "ping", "behind a mangled response"));
    json_array_append_new(steps, json_pack("{s:b}", "shutdown", 1));
    json_array_append_new(steps, json_pack("{s:{s:[[s,s],[s,s],s,s],s:[s,[s,s]],s:{s:s}}}", "expect", "OK",
                                           "pong", "end", "pong", "close", "end", "close", "NON-STRICT",
                                           "timeout", "pong", "timeout", "because", "NON-STRICT",
                                           "the client waits for more behind the end of the stream"));
}

const char *live_opening_text(const live_genome *genome, ws_role peer) {
    static const char *const texts[LIVE_OPENING_COUNT] = {
        [LIVE_USUAL] = "",
        [LIVE_HARMLESS] = "an opening handshake unlike others",
        [LIVE_MANGLED] = "an opening handshake with octets changed",
        [LIVE_WRONG] = NULL};
    if (genome->opening == LIVE_WRONG)
        return wrong_of(genome, peer)->text;
    return genome->opening < LIVE_OPENING_COUNT ? texts[genome->opening] : "";
}
