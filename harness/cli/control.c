#include "cli/control.h"
#include "wire/close.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALUE_MAX = 1024 }; /* octets of a parameter that are looked at */

/* ------------------------------------------------------------------ requests */

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Undoes the percent encoding and '+' of `size` octets; what does not fit is cut, NUL becomes '?'. */
static void decode(const char *text, size_t size, char *value, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < size && used + 1 < room; i++) {
        int high = text[i] == '%' && i + 2 < size ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        char c = text[i] == '+' ? ' ' : text[i];
        if (low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        value[used++] = c ? c : '?';
    }
    value[used] = '\0';
}

/* The value of a query parameter; false when it is not there. */
static bool parameter(const char *query, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    for (const char *at = query; *at;) {
        size_t size = strcspn(at, "&#");
        if (size > length && strncmp(at, name, length) == 0 && at[length] == '=') {
            decode(at + length + 1, size - length - 1, value, room);
            return true;
        }
        at += size;
        at += *at == '&';
        if (*at == '#')
            break;
    }
    return false;
}

static bool index_of_id(const cli_selection *selection, const char *id, size_t *index) {
    for (size_t i = 0; i < selection->count; i++) {
        const play_case *c = selection->cases[i];
        if (strcmp(c->id, id) == 0 || (c->autobahn && strcmp(c->autobahn, id) == 0)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool read_case(const char *query, const cli_selection *selection, size_t *index) {
    char text[VALUE_MAX];
    if (parameter(query, "case", text, sizeof text)) {
        char *end;
        bool is_number = *text >= '0' && *text <= '9';
        unsigned long long number = strtoull(text, &end, 10);
        *index = (size_t)number - 1;
        return is_number && *end == '\0' && number >= 1 && number <= selection->count;
    }
    return parameter(query, "casetuple", text, sizeof text) && index_of_id(selection, text, index);
}

/* "http://host/path" without scheme and host. */
static const char *path_of(const char *target) {
    if (strncasecmp(target, "http://", 7) != 0 && strncasecmp(target, "https://", 8) != 0)
        return target;
    const char *host = strstr(target, "://") + 3;
    const char *path = host + strcspn(host, "/?#");
    return *path == '/' ? path : "/";
}

static void read_agent(const char *query, char agent[CLI_AGENT_MAX]) {
    char text[VALUE_MAX];
    bool said = parameter(query, "agent", text, sizeof text) && *text;
    cli_agent_name(said ? text : "unknown", agent);
}

cli_control_request cli_control_read(const char *target, const cli_selection *selection) {
    static const struct {
        const char *path;
        cli_control_kind kind;
    } paths[] = {{"/", CLI_CONTROL_PAGE},
                 {"/getCaseCount", CLI_CONTROL_COUNT},
                 {"/getCaseInfo", CLI_CONTROL_INFO},
                 {"/runCase", CLI_CONTROL_RUN},
                 {"/getCaseStatus", CLI_CONTROL_STATUS},
                 {"/updateReports", CLI_CONTROL_UPDATE},
                 {"/stopServer", CLI_CONTROL_STOP}};
    cli_control_request request = {.kind = CLI_CONTROL_UNKNOWN};
    char text[VALUE_MAX];
    target = path_of(target);
    size_t size = strcspn(target, "?#");
    const char *query = target[size] == '?' ? target + size + 1 : "";
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strlen(paths[i].path) == size && strncmp(paths[i].path, target, size) == 0)
            request.kind = paths[i].kind;
    read_agent(query, request.agent);
    if (strncmp(target, "/case/", 6) == 0) {
        decode(target + 6, size - 6, text, sizeof text);
        request.kind = index_of_id(selection, text, &request.index) ? CLI_CONTROL_RUN : CLI_CONTROL_WRONG;
        return request;
    }
    bool about_case = request.kind == CLI_CONTROL_INFO || request.kind == CLI_CONTROL_RUN ||
                      request.kind == CLI_CONTROL_STATUS;
    if (about_case && !read_case(query, selection, &request.index))
        request.kind = CLI_CONTROL_WRONG;
    request.shutdown = parameter(query, "shutdownOnComplete", text, sizeof text) &&
                       (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0);
    return request;
}

/* ------------------------------------------------------------------ replies */

struct cli_control_reply {
    play_table *table;
};

cli_control_reply *cli_control_reply_new(const char *text) {
    json_t *steps = text ? json_pack("[{s:s}, {s:i}]", "text", text, "close", WS_CLOSE_NORMAL)
                         : json_pack("[{s:i}]", "close", WS_CLOSE_NORMAL);
    json_t *root = steps ? json_pack("{s:s, s:s, s:[{s:s, s:s, s:o}]}", "schema", "wspect-cases/1", "group",
                                     "control", "cases", "id", "reply", "title", "Reply", "steps", steps)
                         : NULL;
    char *json = root ? json_dumps(root, 0) : NULL;
    cli_control_reply *reply = calloc(1, sizeof *reply);
    char error[256];
    bool fine = json && reply && (reply->table = play_table_new()) != NULL &&
                play_table_load(reply->table, "reply", json, strlen(json), error, sizeof error) == WS_OK;
    free(json);
    json_decref(root);
    if (fine)
        return reply;
    cli_control_reply_free(reply);
    return NULL;
}

const play_case *cli_control_reply_case(const cli_control_reply *reply) {
    return play_table_get(reply->table, 0);
}

void cli_control_reply_free(cli_control_reply *reply) {
    if (!reply)
        return;
    play_table_free(reply->table);
    free(reply);
}

static char *dump(json_t *object) {
    char *text = object ? json_dumps(object, 0) : NULL;
    json_decref(object);
    return text;
}

char *cli_control_info(const play_case *c) {
    return dump(json_pack("{s:s, s:s}", "id", c->autobahn ? c->autobahn : c->id, "description", c->title));
}

char *cli_control_status(const report_case *c) {
    return dump(json_pack("{s:s, s:s, s:s*}", "behavior", report_verdict_name(c->verdict), "id", c->id,
                          "reason", c->reason));
}
