/* The result model: what a run found, independent of how it was found, and its JSON form
 * ("wspect-report/1"). Renderers (HTML, JUnit, TAP, Markdown, terminal) read this model and nothing else.
 *
 *     report *r = report_new();
 *     report_case *c = report_add_case(r);
 *     c->id = report_keep(r, "frame.length.zero");
 *     ...
 *     report_finish(r);                       // counts the summary
 *     report_write_file("out.json", report_write_json, r, error, sizeof error);
 *     report_free(r);
 *
 * All strings and arrays belong to the report's arena and die with it. Text that came from a peer is kept as
 * octets and may hold anything; escaping is the renderers' duty. */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum report_verdict {
    REPORT_OK,
    REPORT_NON_STRICT,
    REPORT_INFORMATIONAL,
    REPORT_UNIMPLEMENTED,
    REPORT_FAILED,
    REPORT_SKIPPED,
    REPORT_INCONCLUSIVE,
    REPORT_VERDICT_COUNT
} report_verdict;

/* How the closing handshake went, in Autobahn's words. */
typedef enum report_close_verdict {
    REPORT_CLOSE_NONE, /* not judged: the case never reached it; JSON null */
    REPORT_CLOSE_OK,
    REPORT_CLOSE_FAILED,
    REPORT_CLOSE_WRONG_CODE,
    REPORT_CLOSE_UNCLEAN,
    REPORT_CLOSE_FAILED_BY_CLIENT,
    REPORT_CLOSE_INFORMATIONAL,
    REPORT_CLOSE_COUNT
} report_close_verdict;

/* "NON-STRICT", "WRONG CODE", ...; "" for REPORT_CLOSE_NONE. */
const char *report_verdict_name(report_verdict verdict);
const char *report_close_verdict_name(report_close_verdict verdict);
bool report_verdict_from_name(const char *name, report_verdict *verdict);
bool report_close_verdict_from_name(const char *name, report_close_verdict *verdict);

typedef struct report_octets {
    const uint8_t *data;
    size_t size;
} report_octets;

/* One row of a transcript. "out" is what wspect sent, "in" what the peer sent. */
typedef enum report_entry_kind {
    REPORT_ENTRY_HTTP,    /* octets of the opening handshake */
    REPORT_ENTRY_FRAME,   /* one frame */
    REPORT_ENTRY_RAW,     /* octets that are neither */
    REPORT_ENTRY_SKIPPED, /* `count` further frames of `length` payload octets, not listed one by one */
    REPORT_ENTRY_EVENT    /* "end", "reset", "timeout", "connect", ...: `text` */
} report_entry_kind;

typedef struct report_entry {
    report_entry_kind kind;
    bool out;        /* direction; meaningless for EVENT */
    char sha256[65]; /* hex digest of the whole payload when bytes.size < length; else "" */
    /* FRAME only: */
    bool fin, masked;
    uint8_t rsv, opcode, length_bits;
    uint8_t key[4];
    uint64_t declared; /* payload length in the header */
    /* All kinds: */
    int64_t time_us;     /* since the connection was asked for, microseconds */
    uint64_t offset;     /* of the first octet in its direction; frames count from the end of the handshake */
    report_octets bytes; /* HTTP, RAW: the octets that were kept; FRAME: first octets of unmasked payload */
    report_octets wire;  /* FRAME of a compressed message: payload as it came, not inflated; may be empty */
    uint64_t length;     /* octets seen or sent: HTTP, RAW: in all; FRAME, SKIPPED: of payload */
    uint64_t count;      /* SKIPPED: frames */
    const char *payload; /* how it is generated, compact JSON text of the case format; NULL when unknown */
    uint64_t payload_offset; /* where in the generated octets these begin */
    const char *text;        /* EVENT: its name; others: a violation at this place, or NULL */
} report_entry;

typedef enum report_closer { REPORT_CLOSER_NOBODY, REPORT_CLOSER_PEER, REPORT_CLOSER_WSPECT } report_closer;

typedef struct report_case {
    const char *id;       /* never NULL */
    const char *autobahn; /* NULL when none */
    const char *title;
    const char *why;
    const char *group; /* heading under which the case is shown */
    const char *const *requirements;
    size_t requirement_count;
    const char *level;       /* "must", "should", "policy" */
    const char *limit;       /* line of the table of limits that the case belongs to; NULL: none */
    const char *limit_value; /* with a limit: by which value; may be NULL */
    const char *seen;        /* with a limit: what the peer did; NULL: not known */
    bool limit_timed;        /* the time it took matters */
    report_verdict verdict;
    report_close_verdict verdict_close;
    struct {
        bool received; /* a Close frame came from the peer */
        bool has_code;
        uint16_t code;
        report_octets reason;
        report_closer by; /* who sent the first Close frame */
        bool clean;
    } close;
    int64_t duration_us;
    const char *reason; /* UTF-8 sentence(s); NULL only when OK */
    bool flaky;
    const report_entry *transcript;
    size_t transcript_count;
} report_case;

/* A statement of the RFCs that binds the role under test. */
typedef struct report_requirement {
    const char *id, *document, *section;
    const char *level; /* "must not" */
    const char *statement;
    bool always;          /* judged on every frame of every case */
    const char *left_out; /* why no case judges it; else NULL */
} report_requirement;

typedef struct report_option {
    const char *name;  /* "profile" */
    const char *value; /* text; NULL: JSON true */
} report_option;

/* The server under test, when it was started for the run. */
typedef struct report_process {
    const char *const *command; /* program and arguments */
    size_t command_count;
    const char *exit;     /* how it ended at last: "signal 15 (SIGTERM)"; NULL when unknown */
    uint64_t deaths;      /* how often it ended unasked */
    uint64_t unexplained; /* of these, those for which no case is to blame */
    uint64_t restarts;
    uint64_t memory_start_kib, memory_peak_kib, memory_end_kib; /* resident; 0: not known */
} report_process;

typedef struct report {
    const char *tool_version;
    const char *cases_sha256;             /* of the case tables used, hex */
    const char *target_role;              /* "server" or "client" */
    const char *target_url;               /* NULL for clients */
    const char *target_agent;             /* Server or User-Agent of the peer; NULL when unknown */
    const report_process *target_process; /* NULL: it was there already */
    const report_option *facts;           /* what was found out about the target before the run */
    size_t fact_count;
    const char *rerun; /* command line that repeats one case, with "%s" once for its id; NULL when unknown */
    const report_option *options;
    size_t option_count;
    int64_t started_us; /* UTC, microseconds since 1970; JSON keeps milliseconds */
    int64_t duration_us;
    int64_t busy_us;  /* of these, how long wspect itself was at work: its processor time; 0: not known */
    bool interrupted; /* the run was stopped before all cases were done */
    size_t summary[REPORT_VERDICT_COUNT];
    const report_requirement *requirements; /* in the order of their documents; none when count is 0 */
    size_t requirement_count;
    report_case **cases;
    size_t case_count;
    struct report *next; /* of another agent in the same run; belongs to this one */
    struct report_arena *arena;
} report;

/* NULL when out of memory. */
report *report_new(void);
void report_free(report *r); /* and all that follow; NULL is allowed */

/* Copies into the report's arena; NULL when out of memory. report_keep(r, NULL) is NULL. */
const char *report_keep(report *r, const char *text);
void *report_keep_bytes(report *r, const void *bytes, size_t size); /* size 0 gives a valid pointer */
/* A zeroed case, appended to r->cases; NULL when out of memory. */
report_case *report_add_case(report *r);
/* Copies both into the report's arena; false when out of memory. */
bool report_add_fact(report *r, const char *name, const char *value);
/* Recounts the summary from the cases. */
void report_finish(report *r);

/* Writes a report to a stream. Returns 0, or -1 when the stream has an error or memory ran out. */
typedef int (*report_writer)(const report *r, FILE *out);

int report_write_json(const report *r, FILE *out);
int report_write_html(const report *r, FILE *out);
int report_write_junit(const report *r, FILE *out);
int report_write_tap(const report *r, FILE *out);
int report_write_markdown(const report *r, FILE *out);

/* Renders into a file through a temporary neighbour that is renamed at the end, so that a full disk never
 * leaves half a report nor destroys an old one; path "-" is standard output. Returns 0, or -1 with a sentence
 * in error. */
int report_write_file(const char *path, report_writer writer, const report *r, char *error,
                      size_t error_size);
/* The same with text that is ready. */
int report_write_text(const char *path, const char *text, char *error, size_t error_size);

/* Writes index.json, index.html, and a JSON file and a page for each case with an Autobahn id into a folder,
 * which is made when it is not there, in the form that scripts for Autobahn read. NULL: there is no case.
 * Returns 0, or -1 with a sentence in error. */
int report_write_autobahn(const report *first, const char *folder, char *error, size_t error_size);

/* Reads a report back from JSON. NULL with a sentence (file, JSON pointer, what was expected) in error.
 * Unknown members are ignored; sizes are capped at 1 GiB of text. */
report *report_read_json(const char *path, char *error, size_t error_size);
/* The same from an open stream, which stays open; `name` stands for the path in a sentence. */
report *report_read_json_stream(FILE *file, const char *name, char *error, size_t error_size);

#endif
