#include "cli/rejudge.h"

#include "play/player.h"
#include "reports/claim.h"
#include "wire/frame.h"
#include "wire/uri.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The players' clock is the transcript's, later by this much: no time is 0. */
#define START_US    ((int64_t)1000000)
#define TIME_MAX_US ((int64_t)1 << 50)

enum { REGENERATED_MAX = 64 << 20, TURNS_MAX = 100000, RETRY_FACTOR = 2, SCALE_MAX = 1000 };

static const char *tell(char *why, size_t why_size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(why, why_size, format, values);
    va_end(values);
    return why;
}

/* ------------------------------------------------------------------ is everything there */

static bool same_json(const char *a, const char *b) {
    json_t *left = a ? json_loads(a, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
    json_t *right = b ? json_loads(b, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
    bool same = left && right && json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return same;
}

static bool generates(const play_payload *payload, const report_entry *entry) {
    char digest[65];
    bool within = entry->payload_offset <= payload->length &&
                  entry->length <= payload->length - entry->payload_offset &&
                  entry->length <= REGENERATED_MAX;
    return within && entry->sha256[0] && same_json(payload->json, entry->payload) &&
           play_payload_sha256(payload, entry->payload_offset, entry->length, digest) == WS_OK &&
           strcmp(digest, entry->sha256) == 0;
}

/* The payload of the case that gives the octets of the entry; NULL: none is known. */
static const play_payload *generator_of(const play_case *c, const report_entry *entry) {
    for (size_t i = 0; entry->payload && i < c->step_count; i++) {
        const play_step *step = &c->steps[i];
        if (generates(&step->send.payload, entry))
            return &step->send.payload;
        for (size_t a = 0; a < step->expect.count; a++)
            for (size_t m = 0; m < step->expect.alternatives[a].count; m++)
                if (generates(&step->expect.alternatives[a].matchers[m].payload, entry))
                    return &step->expect.alternatives[a].matchers[m].payload;
    }
    return NULL;
}

static bool is_data_frame(const report_entry *entry) {
    return entry->kind == REPORT_ENTRY_FRAME && !entry->out && entry->opcode < WS_CLOSE;
}

/* Whether the frame is part of a compressed message: its first frame says so. */
static bool is_compressed(const report_case *row, size_t index) {
    const report_entry *entries = row->transcript;
    if (!is_data_frame(&entries[index]))
        return false;
    while (index > 0 && !(is_data_frame(&entries[index]) && entries[index].opcode != WS_CONTINUATION))
        index--;
    return is_data_frame(&entries[index]) && (entries[index].rsv & 4);
}

/* Why the peer's octets cannot be had from the entry; NULL: they can. */
static const char *entry_lacks(const play_case *c, const report_case *row, size_t index) {
    const report_entry *entry = &row->transcript[index];
    if (entry->time_us < 0 || entry->time_us > TIME_MAX_US)
        return "the times of the transcript make no sense";
    if (entry->kind == REPORT_ENTRY_SKIPPED)
        return "frames are left out of the transcript";
    if (entry->kind == REPORT_ENTRY_EVENT || entry->out)
        return NULL;
    if (entry->kind == REPORT_ENTRY_RAW)
        return "the transcript shows the octets that break a rule, but not exactly where they begin";
    if (is_compressed(row, index))
        return entry->wire.size == entry->declared ? NULL
                                                   : "the transcript has long compressed messages inflated";
    if (entry->bytes.size < entry->length && (entry->kind != REPORT_ENTRY_FRAME || !generator_of(c, entry)))
        return "the transcript has a long payload by its digest alone";
    return NULL;
}

/* Why the verdict rests on more than the transcript; NULL: it does not. */
static const char *row_lacks(const report *r, const report_case *row, const play_case *c) {
    bool died = r->target_process && r->target_process->deaths > 0 && row->verdict == REPORT_FAILED;
    if (c->series)
        return "the case stands for many connections, of which the transcript is one";
    if (c->compares_nonces)
        return "the verdict rests on other connections too";
    if (died)
        return "the server died during the run, which no transcript shows";
    if (c->handshake && c->handshake->refusals > 0)
        return "bodies of responses are not in the transcript";
    if (c->handshake && c->handshake->strict_request && row->verdict == REPORT_FAILED)
        return "what came right behind the request is not in the transcript";
    if (row->transcript_count == 0)
        return "there was no connection";
    for (size_t i = 0; i < row->transcript_count; i++) {
        const char *lacks = entry_lacks(c, row, i);
        if (lacks)
            return lacks;
    }
    return NULL;
}

/* ------------------------------------------------------------------ the peer's octets */

static ws_length_form form_of(uint8_t bits) {
    return bits == 64 ? WS_LENGTH_64 : bits == 16 ? WS_LENGTH_16 : WS_LENGTH_7;
}

static ws_status append_frame(const play_case *c, const report_case *row, size_t index, ws_buffer *octets) {
    const report_entry *entry = &row->transcript[index];
    ws_frame frame = {.opcode = entry->opcode,
                      .rsv = entry->rsv,
                      .fin = entry->fin,
                      .masked = entry->masked,
                      .payload = {entry->bytes.data, entry->bytes.size},
                      .lie_about_length = true,
                      .declared = entry->declared,
                      .length_form = form_of(entry->length_bits)};
    memcpy(frame.key, entry->key, sizeof frame.key);
    if (is_compressed(row, index))
        frame.payload = (ws_span){entry->wire.data, entry->wire.size};
    if (is_compressed(row, index) || entry->bytes.size == entry->length)
        return ws_frame_emit(&frame, octets);
    uint8_t *payload = malloc((size_t)entry->length);
    if (!payload)
        return WS_ERR_MEMORY;
    play_payload_read(generator_of(c, entry), entry->payload_offset, payload, (size_t)entry->length);
    frame.payload = (ws_span){payload, (size_t)entry->length};
    ws_status status = ws_frame_emit(&frame, octets);
    free(payload);
    return status;
}

static bool is_incoming(const report_entry *entry) {
    return entry->kind != REPORT_ENTRY_EVENT && !entry->out;
}

/* Entries of one time, with nothing sent between them, came in one piece. Returns how many these are. */
static size_t piece_at(const play_case *c, const report_case *row, size_t at, ws_buffer *octets,
                       ws_status *status) {
    size_t count = 0;
    *status = WS_OK;
    while (at + count < row->transcript_count && *status == WS_OK) {
        const report_entry *entry = &row->transcript[at + count];
        if (!is_incoming(entry) || entry->time_us != row->transcript[at].time_us)
            break;
        *status = entry->kind == REPORT_ENTRY_FRAME
                      ? append_frame(c, row, at + count, octets)
                      : ws_buffer_append(octets, entry->bytes.data, entry->bytes.size);
        count++;
    }
    return count;
}

/* ------------------------------------------------------------------ playing */

static void drain(play_player *player, int64_t now) {
    uint8_t buffer[65536];
    while (play_output(player, now, buffer, sizeof buffer) > 0)
        ;
}

/* What the player's clock does before `until`. */
static void pass_time(play_player *player, int64_t until) {
    for (int turns = 0; turns < TURNS_MAX && !play_done(player); turns++) {
        int64_t deadline = play_deadline(player);
        if (deadline >= until)
            return;
        play_time(player, deadline);
        drain(player, deadline);
    }
}

static bool ends(const report_entry *entry, play_end *how) {
    static const char end[] = "end of stream from the peer";
    if (strcmp(entry->text, "reset by the peer") == 0)
        *how = PLAY_END_RESET;
    else if (strcmp(entry->text, end) == 0)
        *how = PLAY_END_FIN;
    else if (strncmp(entry->text, end, sizeof end - 1) == 0)
        *how = PLAY_END_TRUNCATED;
    else
        return false;
    return true;
}

static ws_status play_row(play_player *player, const report_case *row, const play_case *c) {
    ws_status status = WS_OK;
    play_connected(player, START_US);
    drain(player, START_US);
    for (size_t i = 0; i < row->transcript_count && status == WS_OK && !play_done(player);) {
        const report_entry *entry = &row->transcript[i];
        int64_t now = START_US + entry->time_us;
        play_end how;
        if (is_incoming(entry)) {
            ws_buffer octets;
            ws_buffer_init(&octets, 2 * (size_t)REGENERATED_MAX);
            i += piece_at(c, row, i, &octets, &status);
            pass_time(player, now);
            if (status == WS_OK && !play_done(player))
                play_received(player, now, octets.data, octets.size);
            ws_buffer_clear(&octets);
            drain(player, now);
            continue;
        }
        if (entry->kind == REPORT_ENTRY_EVENT && entry->text && ends(entry, &how)) {
            pass_time(player, now);
            if (!play_done(player))
                play_ended(player, now, how);
            drain(player, now);
        }
        i++;
    }
    pass_time(player, INT64_MAX);
    return status;
}

/* ------------------------------------------------------------------ the same player */

static bool is_server(const report *r) {
    return !r->target_role || strcmp(r->target_role, "server") == 0;
}

static int64_t scaled(const report *r, double seconds) {
    const char *scale = report_option_text(r, "timeout-scale");
    double factor = scale ? strtod(scale, NULL) : 1;
    return (int64_t)(seconds * 1e6 * (factor > 0 && factor <= SCALE_MAX ? factor : 1));
}

static uint64_t number_option(const report *r, const char *name, uint64_t otherwise) {
    const char *text = report_option_text(r, name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static bool is_option(const report *r, const char *name, const char *value) {
    const char *text = report_option_text(r, name);
    return text && strcmp(text, value) == 0;
}

static play_options options_of(const report *r, const ws_uri *uri) {
    bool server = is_server(r);
    return (play_options){.role = server ? WS_CLIENT : WS_SERVER,
                          .seed = number_option(r, "seed", 1),
                          .authority = server ? uri->authority : NULL,
                          .resource = server ? uri->resource : NULL,
                          .subprotocol = report_option_text(r, "subprotocol"),
                          .handshake_timeout_us = scaled(r, 5),
                          .event_timeout_us = scaled(r, 2),
                          .close_timeout_us = scaled(r, 1),
                          .wall_s = server ? 0 : (uint64_t)(r->started_us / 1000000),
                          .greeting = (unsigned)number_option(r, "greeting", 0),
                          .no_echo = is_option(r, "oracle", "ping"),
                          .connections = (unsigned)number_option(r, "jobs", 1)};
}

static cli_rejudged compare(const report_case *row, const play_result *result, char *why, size_t why_size) {
    report_verdict verdict = (report_verdict)result->verdict;
    report_close_verdict closing = (report_close_verdict)result->verdict_close;
    if (verdict != row->verdict)
        tell(why, why_size, "is %s by its transcript%s%s", report_verdict_name(verdict),
             result->reason ? ": " : "", result->reason ? result->reason : "");
    else if (closing != row->verdict_close)
        tell(why, why_size, "has the closing verdict \"%s\" by its transcript",
             report_close_verdict_name(closing));
    else if (result->close_received != row->close.received || result->close_has_code != row->close.has_code ||
             (result->close_has_code && result->close_code != row->close.code))
        tell(why, why_size, "has another close code by its transcript");
    else
        return CLI_REJUDGED_SAME;
    return CLI_REJUDGED_OTHER;
}

static cli_rejudged judge_with(const play_options *options, const report_case *row, const play_case *c,
                               char *why, size_t why_size) {
    play_player *player = play_player_new(c, options);
    cli_rejudged judged = CLI_REJUDGED_FAILED;
    bool played = player && play_row(player, row, c) == WS_OK;
    if (played && play_done(player)) {
        judged = compare(row, play_result_of(player), why, why_size);
    } else if (played) {
        tell(why, why_size, "comes to no end by its transcript");
        judged = CLI_REJUDGED_OTHER;
    }
    play_player_free(player);
    return judged;
}

cli_rejudged cli_rejudge(const report *r, const report_case *row, const play_case *c, char *why,
                         size_t why_size) {
    ws_uri uri = {0};
    const char *wrong = NULL, *lacks = row_lacks(r, row, c);
    tell(why, why_size, "out of memory");
    if (!lacks && r->target_url && ws_uri_parse(r->target_url, &uri, &wrong) != WS_OK)
        lacks = "the address of the server cannot be read";
    if (lacks) {
        tell(why, why_size, "%s", lacks);
        return CLI_REJUDGED_ABRIDGED;
    }
    play_options once = options_of(r, &uri), retried = play_options_stretched(&once, RETRY_FACTOR);
    cli_rejudged judged = judge_with(&once, row, c, why, why_size);
    /* A case that is played a second time has twice the patience. */
    if (judged == CLI_REJUDGED_OTHER) {
        char other[512];
        if (judge_with(&retried, row, c, other, sizeof other) == CLI_REJUDGED_SAME)
            judged = CLI_REJUDGED_SAME;
    }
    return judged;
}
