/* A folder of reports as Autobahn's tester leaves it: index.json, index.html, and a JSON file and a page for
 * each case. Scripts that read those go on working. Only cases with an Autobahn id are written; a case
 * without verdict is left out, which such scripts know as missing. */
#include "reports/report_autobahn.h"
#include "reports/render.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AGENT_MAX_SIZE = 200, DUMP_FLAGS = JSON_INDENT(3) | JSON_SORT_KEYS };

const char *autobahn_agent(const report *r) {
    const char *agent = r->target_agent;
    bool good = agent && *agent && report_utf8_valid((report_octets){(const uint8_t *)agent, strlen(agent)});
    return good ? agent : "UnknownServer";
}

/* "ws/8.23" gives "ws_8_23": small letters and digits, everything else a blank, trimmed, blanks as
 * underscores. */
static void clean_agent(const char *agent, char *clean) {
    size_t size = 0;
    for (; *agent && size < AGENT_MAX_SIZE - 1; agent++) {
        int c = tolower((unsigned char)*agent);
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (kept || size > 0)
            clean[size++] = (char)(kept ? c : '_');
    }
    while (size > 0 && clean[size - 1] == '_')
        size--;
    clean[size] = '\0';
}

void autobahn_file_name(const report *r, const report_case *c, const char *extension,
                        char name[AUTOBAHN_NAME_MAX]) {
    char agent[AGENT_MAX_SIZE], id[64];
    clean_agent(autobahn_agent(r), agent);
    snprintf(id, sizeof id, "%s", c->autobahn);
    for (char *dot = id; *dot; dot++)
        if (*dot == '.')
            *dot = '_';
    snprintf(name, AUTOBAHN_NAME_MAX, "%s_case_%s.%s", agent, id, extension);
}

bool autobahn_has(const report_case *c) {
    return c->autobahn && c->verdict != REPORT_SKIPPED && c->verdict != REPORT_INCONCLUSIVE;
}

report_close_verdict autobahn_close(const report_case *c) {
    return c->verdict_close == REPORT_CLOSE_NONE ? REPORT_CLOSE_FAILED : c->verdict_close;
}

static const char *close_name(const report_case *c) {
    return report_close_verdict_name(autobahn_close(c));
}

static json_t *close_code(const report_case *c) {
    return c->close.has_code ? json_integer(c->close.code) : json_null();
}

/* Octets as text when they are UTF-8, else as Autobahn writes them: 0x and hex. */
static json_t *octets_json(report_octets octets) {
    json_t *text = octets.size ? json_stringn((const char *)octets.data, octets.size) : json_string("");
    if (text)
        return text;
    char *hex = malloc(2 * octets.size + 3);
    if (!hex)
        return NULL;
    memcpy(hex, "0x", 3);
    for (size_t i = 0; i < octets.size; i++)
        snprintf(hex + 2 + 2 * i, 3, "%02x", octets.data[i]);
    text = json_string(hex);
    free(hex);
    return text;
}

static json_t *hex_json(const uint8_t *bytes, size_t size) {
    char *hex = malloc(2 * size + 1);
    if (!hex)
        return NULL;
    *hex = '\0';
    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    json_t *text = json_string(hex);
    free(hex);
    return text;
}

/* ------------------------------------------------------------------ the wire log */

static json_t *frame_row(const report_entry *e) {
    json_t *key = e->masked ? hex_json(e->key, 4) : json_null();
    json_t *content = json_pack("[I, o]", (json_int_t)e->length, octets_json(e->bytes));
    if (e->out)
        return json_pack("[s, o, i, b, i, o, n, n, b]", "TF", content, e->opcode, e->fin, e->rsv, key, 0);
    return json_pack("[s, o, i, b, i, b, o]", "RF", content, e->opcode, e->fin, e->rsv, e->masked, key);
}

static json_t *wire_log(const report_case *c) {
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < c->transcript_count; i++) {
        const report_entry *e = &c->transcript[i];
        json_t *row = NULL;
        if (e->kind == REPORT_ENTRY_FRAME)
            row = frame_row(e);
        else if (e->kind == REPORT_ENTRY_HTTP || e->kind == REPORT_ENTRY_RAW)
            row = e->out ? json_pack("[s, [I, o], b]", "TO", (json_int_t)e->length,
                                     hex_json(e->bytes.data, e->bytes.size), 0)
                         : json_pack("[s, [I, o]]", "RO", (json_int_t)e->length,
                                     hex_json(e->bytes.data, e->bytes.size));
        else
            continue;
        if (!row || json_array_append_new(rows, row) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

static json_t *http_text(const report_case *c, bool out) {
    for (size_t i = 0; i < c->transcript_count; i++)
        if (c->transcript[i].kind == REPORT_ENTRY_HTTP && c->transcript[i].out == out)
            return octets_json(c->transcript[i].bytes);
    return json_string("");
}

/* ------------------------------------------------------------------ what the transcript tells */

static bool has_event(const report_case *c, const char *beginning) {
    for (size_t i = 0; i < c->transcript_count; i++) {
        const report_entry *e = &c->transcript[i];
        if (e->kind == REPORT_ENTRY_EVENT && e->text && strncmp(e->text, beginning, strlen(beginning)) == 0)
            return true;
    }
    return false;
}

/* The peer broke a rule, so wspect failed the connection. */
static bool failed_by_us(const report_case *c) {
    for (size_t i = 0; i < c->transcript_count; i++)
        if (!c->transcript[i].out && c->transcript[i].kind == REPORT_ENTRY_RAW && c->transcript[i].text)
            return true;
    return has_event(c, "kill timer");
}

static bool opened(const report_case *c) {
    for (size_t i = 0; i < c->transcript_count; i++)
        if (c->transcript[i].kind == REPORT_ENTRY_FRAME)
            return true;
    return false;
}

/* Our first Close frame; NULL when there is none. */
static const report_entry *our_close(const report_case *c) {
    for (size_t i = 0; i < c->transcript_count; i++)
        if (c->transcript[i].out && c->transcript[i].kind == REPORT_ENTRY_FRAME &&
            c->transcript[i].opcode == 0x8)
            return &c->transcript[i];
    return NULL;
}

static json_t *our_close_code(const report_case *c) {
    const report_entry *e = our_close(c);
    return e && e->bytes.size >= 2 ? json_integer(e->bytes.data[0] << 8 | e->bytes.data[1]) : json_null();
}

static json_t *our_close_reason(const report_case *c) {
    const report_entry *e = our_close(c);
    return e && e->bytes.size > 2 ? octets_json((report_octets){e->bytes.data + 2, e->bytes.size - 2})
                                  : json_null();
}

/* ------------------------------------------------------------------ files */

static json_t *case_json(const report *r, const report_case *c, size_t number) {
    char started[32];
    report_format_time(r->started_us, true, started, sizeof started);
    json_t *root = json_object();
    bool by_us = c->close.by == REPORT_CLOSER_WSPECT;
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"agent", json_string(autobahn_agent(r))},
        {"behavior", json_string(report_verdict_name(c->verdict))},
        {"behaviorClose", json_string(close_name(c))},
        {"case", json_integer((json_int_t)number)},
        {"closedByMe", json_boolean(by_us)},
        {"createStats", json_false()},
        {"createWirelog", json_true()},
        {"description", json_string(c->title ? c->title : "")},
        {"droppedByMe", json_boolean(c->verdict_close == REPORT_CLOSE_FAILED_BY_CLIENT)},
        {"duration", json_integer((json_int_t)(c->duration_us / 1000))},
        {"expectation", json_string(c->why ? c->why : "")},
        {"expected", json_object()},
        {"expectedClose", json_object()},
        {"failedByMe", json_boolean(failed_by_us(c))},
        {"httpRequest", http_text(c, true)},
        {"httpResponse", http_text(c, false)},
        {"id", json_string(c->autobahn)},
        {"isServer", json_boolean(strcmp(r->target_role ? r->target_role : "", "client") == 0)},
        {"localCloseCode", our_close_code(c)},
        {"localCloseReason", our_close_reason(c)},
        {"received", json_array()},
        {"remoteCloseCode", close_code(c)},
        {"remoteCloseReason", c->close.reason.size ? octets_json(c->close.reason) : json_null()},
        {"reportCompressionRatio", json_false()},
        {"reportTime", json_false()},
        {"result", json_string(c->reason ? c->reason : "What came is what the case accepts.")},
        {"resultClose", json_string(c->reason && c->verdict_close > REPORT_CLOSE_OK ? c->reason : "")},
        {"rxFrameStats", json_object()},
        {"rxOctetStats", json_object()},
        {"started", json_string(started)},
        {"trafficStats", json_null()},
        {"txFrameStats", json_object()},
        {"txOctetStats", json_object()},
        {"wasClean", json_boolean(c->close.clean)},
        {"wasCloseHandshakeTimeout", json_boolean(by_us && !c->close.received && has_event(c, "timeout"))},
        {"wasNotCleanReason", c->close.clean ? json_null() : json_string(c->reason ? c->reason : "")},
        {"wasOpenHandshakeTimeout", json_boolean(!opened(c) && has_event(c, "timeout"))},
        {"wasServerConnectionDropTimeout", json_boolean(c->close.received && has_event(c, "timeout"))},
        {"wirelog", wire_log(c)},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (json_object_set_new(root, members[i].name, members[i].value) != 0) {
            for (size_t k = i + 1; k < sizeof members / sizeof *members; k++)
                json_decref(members[k].value);
            json_decref(root);
            return NULL;
        }
    return root;
}

/* Through a neighbour that is renamed, as a script may read the file while it is written anew. */
static int dump(json_t *root, const char *folder, const char *name, char *error, size_t error_size) {
    char path[4096], temporary[4096];
    errno = ENAMETOOLONG;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    bool fits = (size_t)snprintf(temporary, sizeof temporary, "%s/%s.tmp", folder, name) < sizeof temporary;
    bool dumped = root && fits && json_dump_file(root, temporary, DUMP_FLAGS) == 0;
    bool failed = !dumped || rename(temporary, path) != 0;
    if (failed)
        snprintf(error, error_size, "%s/%s: cannot be written: %s", folder, name,
                 root ? strerror(errno) : "out of memory");
    if (failed && fits)
        unlink(temporary);
    json_decref(root);
    return failed ? -1 : 0;
}

static json_t *index_row(const report *r, const report_case *c) {
    char name[AUTOBAHN_NAME_MAX];
    autobahn_file_name(r, c, "json", name);
    return json_pack("{s:s, s:s, s:I, s:o, s:s}", "behavior", report_verdict_name(c->verdict),
                     "behaviorClose", close_name(c), "duration", (json_int_t)(c->duration_us / 1000),
                     "remoteCloseCode", close_code(c), "reportfile", name);
}

static int write_page(const char *folder, const char *name, report_writer writer, const report *r,
                      char *error, size_t error_size) {
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path)
        return report_write_file(path, writer, r, error, error_size);
    snprintf(error, error_size, "%s/%s: cannot be written: %s", folder, name, strerror(ENAMETOOLONG));
    return -1;
}

static int write_case_page(const report *r, report_case *c, const char *folder, char *error,
                           size_t error_size) {
    char name[AUTOBAHN_NAME_MAX];
    report alone = *r;
    alone.cases = &c;
    alone.case_count = 1;
    alone.next = NULL;
    autobahn_file_name(r, c, "html", name);
    return write_page(folder, name, autobahn_write_case, &alone, error, error_size);
}

/* The case files of one agent, and its rows of the index. */
static int write_agent(const report *r, const char *folder, json_t *rows, char *error, size_t error_size) {
    size_t number = 0;
    for (size_t i = 0; i < r->case_count; i++) {
        report_case *c = r->cases[i];
        char name[AUTOBAHN_NAME_MAX];
        if (!autobahn_has(c))
            continue;
        autobahn_file_name(r, c, "json", name);
        if (dump(case_json(r, c, ++number), folder, name, error, error_size) != 0 ||
            write_case_page(r, c, folder, error, error_size) != 0)
            return -1;
        if (json_object_set_new(rows, c->autobahn, index_row(r, c)) != 0) {
            snprintf(error, error_size, "%s: out of memory", folder);
            return -1;
        }
    }
    return 0;
}

int report_write_autobahn(const report *first, const char *folder, char *error, size_t error_size) {
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        snprintf(error, error_size, "%s: cannot be made: %s", folder, strerror(errno));
        return -1;
    }
    json_t *index = json_object();
    int failed = index ? 0 : -1;
    snprintf(error, error_size, "%s: out of memory", folder);
    for (const report *r = first; failed == 0 && r; r = r->next) {
        json_t *rows = json_object();
        failed = rows ? write_agent(r, folder, rows, error, error_size) : -1;
        if (failed == 0)
            failed = json_object_set(index, autobahn_agent(r), rows);
        json_decref(rows);
    }
    if (failed != 0) {
        json_decref(index);
        return -1;
    }
    if (write_page(folder, "index.html", autobahn_write_index, first, error, error_size) != 0) {
        json_decref(index);
        return -1;
    }
    return dump(index, folder, "index.json", error, error_size);
}
