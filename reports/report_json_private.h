/* The members of the JSON form: one table for each object of the report, which both the writer and the reader
 * walk, so that the two cannot disagree. For report_json_*.c alone. */
#ifndef REPORTS_REPORT_JSON_PRIVATE_H
#define REPORTS_REPORT_JSON_PRIVATE_H

#include "reports/report.h"

#define REPORT_SCHEMA  "wspect-report/1"
#define REPORTS_SCHEMA "wspect-reports/1" /* a list of them, of several agents */
/* The largest integer that every reader of JSON can hold: 2^53 - 1. */
#define REPORT_LARGEST_EXACT ((UINT64_C(1) << 53) - 1)

typedef enum report_member_type {
    TEXT,          /* const char *; null when NULL; "NAME_hex" beside it when it is not UTF-8 */
    ROLE,          /* TEXT that is "server" or "client" */
    TEXT_OCTETS,   /* report_octets that should be UTF-8; written like TEXT */
    HEX_OCTETS,    /* report_octets, lower-case hex */
    BOOLEAN,       /* bool */
    DIRECTION,     /* bool: "out" or "in" */
    SMALL,         /* uint8_t */
    COUNT,         /* uint64_t; a decimal string above 2^53 - 1, which many readers of JSON cannot hold */
    CODE,          /* uint16_t close.code; null unless close.has_code */
    MICROSECONDS,  /* int64_t, integer */
    MILLISECONDS,  /* int64_t microseconds as milliseconds with fraction */
    TIME,          /* int64_t microseconds since 1970 as RFC 3339 */
    VERDICT,       /* report_verdict */
    CLOSE_VERDICT, /* report_close_verdict */
    CLOSER,        /* report_closer */
    KEY,           /* uint8_t[4], hex; absent unless the entry is masked */
    DIGEST,        /* char[65] */
    GENERATOR,     /* const char *, JSON text that becomes a value */
    REQUIREMENTS,  /* requirements and requirement_count of a case */
    COMMAND        /* command and command_count of a process */
} report_member_type;

typedef struct report_member {
    const char *name; /* NULL: the end of the table */
    report_member_type type;
    size_t offset; /* of the field in the struct that the table is about */
    enum { OPTIONAL, REQUIRED, OMITTED_WHEN_EMPTY } presence;
    unsigned max; /* SMALL */
} report_member;

/* Of report. */
extern const report_member report_tool_members[];
extern const report_member report_target_members[];
extern const report_member report_run_members[];
/* Of report_process. */
extern const report_member report_process_members[];
extern const report_member report_memory_members[];
/* Of report_requirement. */
extern const report_member report_requirement_members[];
/* Of report_case. */
extern const report_member report_case_members[];
extern const report_member report_close_members[];

enum { REPORT_ENTRY_TABLES_MAX = 4, REPORT_ENTRY_KIND_COUNT = REPORT_ENTRY_EVENT + 1 };

/* How the entries of a transcript look, by report_entry_kind. */
typedef struct report_entry_form {
    const char *name;                                         /* member "kind" */
    const report_member *tables[REPORT_ENTRY_TABLES_MAX + 1]; /* of report_entry; the last one is NULL */
} report_entry_form;

extern const report_entry_form report_entry_forms[REPORT_ENTRY_KIND_COUNT];

/* By report_closer; NULL for nobody. */
extern const char *const report_closer_names[REPORT_CLOSER_WSPECT + 1];

#endif
