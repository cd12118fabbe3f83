#include "cli/wstest_testee.h"

#include "cli/options.h"
#include "peer/link.h"

#include <stdio.h>
#include <string.h>

enum { TARGET_MAX = WS_URI_MAX + 1024 };

typedef struct testee {
    uv_loop_t loop;
    const ws_uri *uri;
    const net_tls_context *tls;
    char base[WS_URI_MAX]; /* the path of the server, with a "/" at its end */
    char agent[600];       /* percent-encoded */
    char why[512];         /* the connection did not come about */
    bool opened;
} testee;

static void encode(const char *text, char *encoded, size_t size) {
    size_t used = 0;
    for (; *text && used + 4 < size; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c);
        used += (size_t)snprintf(encoded + used, size - used, plain ? "%c" : "%%%02X", c);
    }
    encoded[used] = '\0';
}

static void on_over(const peer_facts *facts, const char *text, void *user) {
    testee *t = user;
    t->opened = facts->opened;
    if (!facts->opened)
        snprintf(t->why, sizeof t->why, "%s",
                 text             ? text
                 : facts->failure ? facts->failure
                                  : "no opening handshake");
}

/* One connection, to its end. True: it was opened. */
static bool visit(testee *t, const char *what) {
    char target[TARGET_MAX];
    snprintf(target, sizeof target, "%s%s", t->base, what);
    peer_options options = {.role = WS_CLIENT, .authority = t->uri->authority, .resource = target};
    const net_target at = {.host = t->uri->host, .port = t->uri->port, .tls = t->tls};
    net_stream *stream;
    t->opened = false;
    snprintf(t->why, sizeof t->why, "out of memory");
    if (uv_random(NULL, NULL, &options.seed, sizeof options.seed, 0, NULL) != 0)
        return false;
    peer_link *link = peer_link_new(&t->loop, &options, on_over, t);
    if (!link)
        return false;
    if (net_stream_connect(&t->loop, &at, peer_link_handler(), link, &stream) != WS_OK)
        peer_link_free(link);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    return t->opened;
}

bool wstest_testee_run(const char *command, const ws_uri *uri, const net_tls_context *tls, const char *agent,
                       unsigned *cases) {
    testee t = {.uri = uri, .tls = tls};
    char what[1024];
    size_t path = strcspn(uri->resource, "?");
    bool slash = path > 0 && uri->resource[path - 1] == '/';
    *cases = 0;
    snprintf(t.base, sizeof t.base, "%.*s%s", (int)path, uri->resource, slash ? "" : "/");
    encode(agent, t.agent, sizeof t.agent);
    if (uv_loop_init(&t.loop) != 0) {
        cli_complain(command, "the event loop could not be made");
        return false;
    }
    do
        snprintf(what, sizeof what, "runCase?case=%u&agent=%s", ++*cases, t.agent);
    while (visit(&t, what));
    --*cases;
    if (*cases == 0) {
        cli_complain(command, "no case could be played: %s", t.why);
    } else {
        snprintf(what, sizeof what, "updateReports?agent=%s", t.agent);
        if (!visit(&t, what))
            cli_complain(command, "the reports were not updated: %s", t.why);
    }
    uv_loop_close(&t.loop);
    return *cases > 0;
}
