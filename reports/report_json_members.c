/* The members of each object of the JSON form. */
#include "reports/report_json_private.h"

#include <stddef.h>

#define AT(type, field) offsetof(type, field)

const report_member report_tool_members[] = {
    {"version", TEXT, AT(report, tool_version), OPTIONAL, 0},
    {"cases_sha256", TEXT, AT(report, cases_sha256), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_target_members[] = {
    {"role", ROLE, AT(report, target_role), OPTIONAL, 0},
    {"url", TEXT, AT(report, target_url), OMITTED_WHEN_EMPTY, 0},
    {"agent", TEXT, AT(report, target_agent), OMITTED_WHEN_EMPTY, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_process_members[] = {
    {"command", COMMAND, 0, REQUIRED, 0},
    {"exit", TEXT, AT(report_process, exit), OPTIONAL, 0},
    {"deaths", COUNT, AT(report_process, deaths), OPTIONAL, 0},
    {"unexplained", COUNT, AT(report_process, unexplained), OPTIONAL, 0},
    {"restarts", COUNT, AT(report_process, restarts), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_memory_members[] = {
    {"start_kib", COUNT, AT(report_process, memory_start_kib), OPTIONAL, 0},
    {"peak_kib", COUNT, AT(report_process, memory_peak_kib), OPTIONAL, 0},
    {"end_kib", COUNT, AT(report_process, memory_end_kib), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_run_members[] = {
    {"started", TIME, AT(report, started_us), OPTIONAL, 0},
    {"duration_ms", MILLISECONDS, AT(report, duration_us), OPTIONAL, 0},
    {"busy_ms", MILLISECONDS, AT(report, busy_us), OMITTED_WHEN_EMPTY, 0},
    {"interrupted", BOOLEAN, AT(report, interrupted), OPTIONAL, 0},
    {"rerun", TEXT, AT(report, rerun), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_requirement_members[] = {
    {"id", TEXT, AT(report_requirement, id), REQUIRED, 0},
    {"document", TEXT, AT(report_requirement, document), REQUIRED, 0},
    {"section", TEXT, AT(report_requirement, section), REQUIRED, 0},
    {"level", TEXT, AT(report_requirement, level), REQUIRED, 0},
    {"statement", TEXT, AT(report_requirement, statement), REQUIRED, 0},
    {"always", BOOLEAN, AT(report_requirement, always), OMITTED_WHEN_EMPTY, 0},
    {"left_out", TEXT, AT(report_requirement, left_out), OMITTED_WHEN_EMPTY, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_case_members[] = {
    {"id", TEXT, AT(report_case, id), REQUIRED, 0},
    {"autobahn", TEXT, AT(report_case, autobahn), OPTIONAL, 0},
    {"title", TEXT, AT(report_case, title), OPTIONAL, 0},
    {"why", TEXT, AT(report_case, why), OPTIONAL, 0},
    {"group", TEXT, AT(report_case, group), OPTIONAL, 0},
    {"requirements", REQUIREMENTS, 0, OPTIONAL, 0},
    {"level", TEXT, AT(report_case, level), OPTIONAL, 0},
    {"limit", TEXT, AT(report_case, limit), OMITTED_WHEN_EMPTY, 0},
    {"limit_value", TEXT, AT(report_case, limit_value), OMITTED_WHEN_EMPTY, 0},
    {"limit_timed", BOOLEAN, AT(report_case, limit_timed), OMITTED_WHEN_EMPTY, 0},
    {"seen", TEXT, AT(report_case, seen), OMITTED_WHEN_EMPTY, 0},
    {"verdict", VERDICT, AT(report_case, verdict), REQUIRED, 0},
    {"verdict_close", CLOSE_VERDICT, AT(report_case, verdict_close), OPTIONAL, 0},
    {"duration_ms", MILLISECONDS, AT(report_case, duration_us), OPTIONAL, 0},
    {"reason", TEXT, AT(report_case, reason), OPTIONAL, 0},
    {"flaky", BOOLEAN, AT(report_case, flaky), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_member report_close_members[] = {
    {"code", CODE, AT(report_case, close.code), OPTIONAL, 0},
    {"reason", TEXT_OCTETS, AT(report_case, close.reason), OPTIONAL, 0},
    {"by", CLOSER, AT(report_case, close.by), OPTIONAL, 0},
    {"clean", BOOLEAN, AT(report_case, close.clean), OPTIONAL, 0},
    {"received", BOOLEAN, AT(report_case, close.received), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const report_member direction_members[] = {
    {"dir", DIRECTION, AT(report_entry, out), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const report_member place_members[] = {
    {"t_us", MICROSECONDS, AT(report_entry, time_us), OPTIONAL, 0},
    {"offset", COUNT, AT(report_entry, offset), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const report_member header_members[] = {
    {"fin", BOOLEAN, AT(report_entry, fin), OPTIONAL, 0},
    {"rsv", SMALL, AT(report_entry, rsv), OPTIONAL, 7},
    {"opcode", SMALL, AT(report_entry, opcode), OPTIONAL, 15},
    {"masked", BOOLEAN, AT(report_entry, masked), OPTIONAL, 0},
    {"key", KEY, AT(report_entry, key), OMITTED_WHEN_EMPTY, 0},
    {"length_bits", SMALL, AT(report_entry, length_bits), OPTIONAL, 64},
    {"declared", COUNT, AT(report_entry, declared), OPTIONAL, 0},
    {"wire", HEX_OCTETS, AT(report_entry, wire), OMITTED_WHEN_EMPTY, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const report_member repetition_members[] = {
    {"count", COUNT, AT(report_entry, count), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const report_member octet_members[] = {
    {"length", COUNT, AT(report_entry, length), OPTIONAL, 0},
    {"octets", HEX_OCTETS, AT(report_entry, bytes), OPTIONAL, 0},
    {"sha256", DIGEST, AT(report_entry, sha256), OMITTED_WHEN_EMPTY, 0},
    {"payload", GENERATOR, AT(report_entry, payload), OMITTED_WHEN_EMPTY, 0},
    {"payload_offset", COUNT, AT(report_entry, payload_offset), OMITTED_WHEN_EMPTY, 0},
    {"note", TEXT, AT(report_entry, text), OMITTED_WHEN_EMPTY, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

static const report_member event_members[] = {
    {"text", TEXT, AT(report_entry, text), OPTIONAL, 0},
    {NULL, TEXT, 0, OPTIONAL, 0},
};

const report_entry_form report_entry_forms[REPORT_ENTRY_KIND_COUNT] = {
    [REPORT_ENTRY_HTTP] = {"http", {direction_members, place_members, octet_members}},
    [REPORT_ENTRY_FRAME] = {"frame", {direction_members, place_members, header_members, octet_members}},
    [REPORT_ENTRY_RAW] = {"raw", {direction_members, place_members, octet_members}},
    [REPORT_ENTRY_SKIPPED] = {"skipped",
                              {direction_members, place_members, repetition_members, octet_members}},
    [REPORT_ENTRY_EVENT] = {"event", {place_members, event_members}},
};

const char *const report_closer_names[REPORT_CLOSER_WSPECT + 1] = {
    [REPORT_CLOSER_NOBODY] = NULL, [REPORT_CLOSER_PEER] = "peer", [REPORT_CLOSER_WSPECT] = "wspect"};
