#include "fuzz/foreign/differential.h"

#include "fuzz/foreign/event_log.h"
#include "fuzz/foreign/frames.h"
#include "wire/close.h"
#include "wire/receiver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_MAX = 1 << 20,
    INFLATED_MAX = 1 << 20,
    MADE_UP_SMALL = 300,   /* payload that is made up to complete a frame */
    MADE_UP_LARGE = 66000, /* over 65535, so that all three forms of the length are completed */
    PIECE_MAX = 127
};

typedef struct setting {
    ws_role role;
    bool deflate;
    ws_deflate_agreement agreement;
    uint64_t max_message;
    uint64_t made_up;
    uint8_t cut;
    uint32_t seed;
} setting;

/* How a parser left the stream. */
typedef enum outcome { OUTCOME_ACCEPTED, OUTCOME_CLOSED, OUTCOME_REFUSED } outcome;

struct differential {
    const wspect_parser_info *info;
    setting set;
    ws_buffer stream;
    bool completed;
    event_log reference, foreign;
    outcome reference_outcome, foreign_outcome;
    ws_violation violation; /* that the reference refused */
    uint64_t violation_offset;
    bool violation_compressed;
    uint64_t foreign_fed; /* octets that the parser had when it refused */
};

differential *differential_new(void) {
    differential *both = calloc(1, sizeof *both);
    if (!both)
        return NULL;
    both->info = wspect_parser_describe();
    if (both->info->abi != WSPECT_PARSER_ABI) {
        fprintf(stderr, "wspect: the adapter was made for version %d of wspect_parser.h, this is %d\n",
                both->info->abi, WSPECT_PARSER_ABI);
        abort();
    }
    ws_buffer_init(&both->stream, STREAM_MAX + MADE_UP_LARGE + 64);
    event_log_init(&both->reference);
    event_log_init(&both->foreign);
    return both;
}

void differential_free(differential *both) {
    if (!both)
        return;
    ws_buffer_clear(&both->stream);
    event_log_clear(&both->reference);
    event_log_clear(&both->foreign);
    free(both);
}

static bool promises(const differential *both, uint32_t flag) {
    return (both->info->flags & flag) != 0;
}

static setting read_setting(const differential *both, const uint8_t options[DIFFERENTIAL_OPTION_OCTETS]) {
    static const uint64_t limits[] = {131072, 125, 126, 127, 1000, 4096, 65535, 65536};
    bool deflate =
        (options[0] & 8) != 0 && promises(both, WSPECT_INFLATES) && !promises(both, WSPECT_REPORTS_FRAMES);
    return (setting){.role = (options[0] & 1) ? WS_SERVER : WS_CLIENT,
                     .deflate = deflate,
                     .agreement = {.window_bits = (uint8_t)(8 + (options[7] & 7)),
                                   .no_context_takeover = (options[7] & 8) != 0},
                     .max_message = deflate ? INFLATED_MAX : limits[options[2] % 8],
                     .made_up = (options[0] & 0x20) ? MADE_UP_LARGE : MADE_UP_SMALL,
                     .cut = options[8],
                     .seed = options[9]};
}

/* Size of the next piece. */
static size_t next_piece(const setting *set, uint32_t *state, size_t left) {
    size_t size = left;
    if (set->cut > PIECE_MAX) {
        *state = *state * 1664525u + 1013904223u;
        size = 1 + (*state >> 24) % (1 + set->cut % 32u);
    } else if (set->cut > 0) {
        size = set->cut;
    }
    return size < left ? size : left;
}

/* ------------------------------------------------------------------ the reference */

static void log_reference(differential *both, const ws_event *event) {
    wspect_parser_event taken = {.opcode = event->header.opcode,
                                 .fin = event->header.fin,
                                 .last = 1,
                                 .close_code = event->close_code,
                                 .payload = event->payload.data,
                                 .size = event->payload.size};
    if (event->type == WS_EVENT_DATA && promises(both, WSPECT_REPORTS_FRAMES)) {
        taken.last = (event->flags & WS_FRAME_END) != 0;
    } else if (event->type == WS_EVENT_DATA) {
        taken.opcode = event->opcode;
        taken.fin = 1;
        taken.last = (event->flags & WS_MESSAGE_END) != 0;
    }
    event_log_take(&both->reference, &taken, event->offset, event->compressed);
}

static void feed_reference(differential *both, ws_receiver *receiver, const uint8_t *octets, size_t size) {
    ws_event event;
    size_t used;
    while (both->reference_outcome == OUTCOME_ACCEPTED &&
           ws_receiver_next(receiver, octets, size, &used, &event)) {
        octets += used;
        size -= used;
        if (event.type == WS_EVENT_VIOLATION) {
            both->reference_outcome = OUTCOME_REFUSED;
            both->violation = event.violation;
            both->violation_offset = event.offset;
            both->violation_compressed = event.compressed;
            return;
        }
        log_reference(both, &event);
        if (event.type == WS_EVENT_CLOSE)
            both->reference_outcome = OUTCOME_CLOSED;
    }
}

static bool run_reference(differential *both, uint32_t tolerate) {
    const setting *set = &both->set;
    ws_receiver_config config = {
        .reader = {.role = set->role, .max_message = set->max_message, .tolerate = tolerate},
        .deflate = set->deflate,
        .agreement = set->agreement,
        .max_inflated = set->deflate ? INFLATED_MAX : 0};
    ws_receiver *receiver = ws_receiver_new(&config);
    if (!receiver)
        return false;
    event_log_reset(&both->reference);
    both->reference_outcome = OUTCOME_ACCEPTED;
    both->violation = WS_VIOLATION_NONE;
    uint32_t state = set->seed;
    for (size_t at = 0; at < both->stream.size && both->reference_outcome == OUTCOME_ACCEPTED;) {
        size_t piece = next_piece(set, &state, both->stream.size - at);
        feed_reference(both, receiver, both->stream.data + at, piece);
        at += piece;
    }
    ws_receiver_free(receiver);
    return true;
}

/* ------------------------------------------------------------------ the foreign parser */

static void sink_foreign(void *context, const wspect_parser_event *event) {
    differential *both = context;
    event_log_take(&both->foreign, event, 0, false);
}

/* Every piece lies in an allocation of its own, where a sanitizer sees the parser read beyond it. */
static wspect_parser_verdict feed_piece(wspect_parser *parser, const uint8_t *octets, size_t size) {
    uint8_t *copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, octets, size);
    wspect_parser_verdict verdict = wspect_parser_feed(parser, copy, size);
    free(copy);
    return verdict;
}

static bool run_foreign(differential *both) {
    const setting *set = &both->set;
    wspect_parser_options options = {.server = set->role == WS_SERVER,
                                     .max_message = set->max_message,
                                     .deflate = set->deflate,
                                     .window_bits = set->agreement.window_bits,
                                     .no_context_takeover = set->agreement.no_context_takeover};
    event_log_reset(&both->foreign);
    wspect_parser *parser = wspect_parser_new(&options, sink_foreign, both);
    if (!parser)
        return false;
    both->foreign_outcome = OUTCOME_ACCEPTED;
    both->foreign_fed = 0;
    uint32_t state = set->seed;
    while (both->foreign_fed < both->stream.size && both->foreign_outcome == OUTCOME_ACCEPTED) {
        size_t piece = next_piece(set, &state, both->stream.size - (size_t)both->foreign_fed);
        wspect_parser_verdict verdict = feed_piece(parser, both->stream.data + both->foreign_fed, piece);
        both->foreign_fed += piece;
        if (verdict == WSPECT_CLOSED && !both->foreign.closed) {
            fprintf(stderr, "wspect: %s says WSPECT_CLOSED, but has reported no Close frame\n",
                    both->info->name);
            abort();
        }
        if (both->foreign.closed)
            both->foreign_outcome = OUTCOME_CLOSED;
        else if (verdict == WSPECT_REFUSED)
            both->foreign_outcome = OUTCOME_REFUSED;
    }
    wspect_parser_free(parser);
    return true;
}

/* ------------------------------------------------------------------ comparing */

/* What the parser must promise for a broken rule to count; 0: always. */
static uint32_t promise_of(ws_violation violation) {
    static const uint32_t promise[WS_VIOLATION_COUNT] = {
        [WS_VIOLATION_MASK_MISSING] = WSPECT_CHECKS_MASK,
        [WS_VIOLATION_MASK_PRESENT] = WSPECT_CHECKS_MASK,
        [WS_VIOLATION_RSV] = WSPECT_CHECKS_RSV,
        [WS_VIOLATION_OPCODE] = WSPECT_CHECKS_OPCODE,
        [WS_VIOLATION_LENGTH_NOT_MINIMAL] = WSPECT_CHECKS_LENGTH,
        [WS_VIOLATION_LENGTH_TOP_BIT] = WSPECT_CHECKS_LENGTH,
        [WS_VIOLATION_CONTROL_FRAGMENTED] = WSPECT_CHECKS_CONTROL,
        [WS_VIOLATION_CONTROL_TOO_LONG] = WSPECT_CHECKS_CONTROL,
        [WS_VIOLATION_CONTINUATION_STRAY] = WSPECT_CHECKS_SEQUENCE,
        [WS_VIOLATION_INTERLEAVED] = WSPECT_CHECKS_SEQUENCE,
        [WS_VIOLATION_CLOSE_LENGTH] = WSPECT_CHECKS_CLOSE,
        [WS_VIOLATION_CLOSE_CODE] = WSPECT_CHECKS_CLOSE,
        [WS_VIOLATION_CLOSE_UNASSIGNED] = WSPECT_CHECKS_CLOSE,
        [WS_VIOLATION_CLOSE_REASON] = WSPECT_CHECKS_CLOSE,
        [WS_VIOLATION_TEXT] = WSPECT_CHECKS_TEXT,
        [WS_LIMIT_MESSAGE] = WSPECT_CHECKS_LIMIT,
    };
    return promise[violation];
}

/* Whether the rule concerns a message and not a frame: a parser may look at the whole of it, after the
 * control frames that lie between its fragments. */
static bool concerns_message(ws_violation violation) {
    return violation == WS_VIOLATION_TEXT || violation == WS_VIOLATION_DEFLATE ||
           violation == WS_VIOLATION_WINDOW || violation == WS_LIMIT_MESSAGE;
}

/* Whether what follows a broken rule has one meaning for everybody who does not mind it. Behind the others
 * there is nothing to compare. */
static bool has_one_meaning(const differential *both, ws_violation violation) {
    switch (violation) {
    case WS_VIOLATION_MASK_MISSING:
    case WS_VIOLATION_MASK_PRESENT:
    case WS_VIOLATION_LENGTH_NOT_MINIMAL:
    case WS_VIOLATION_CLOSE_CODE:
    case WS_VIOLATION_CLOSE_UNASSIGNED:
    case WS_VIOLATION_CLOSE_REASON:
    case WS_VIOLATION_TEXT:
        return true;
    case WS_VIOLATION_RSV:
        return !both->set.deflate;
    case WS_VIOLATION_OPCODE:
    case WS_VIOLATION_CONTROL_FRAGMENTED:
    case WS_VIOLATION_CONTINUATION_STRAY:
    case WS_VIOLATION_INTERLEAVED:
        return promises(both, WSPECT_REPORTS_FRAMES);
    default:
        return false;
    }
}

static void name_event(const event_log *log, size_t index, char *name, size_t size) {
    const logged_event *event = &log->events[index];
    if (event->opcode == WS_CLOSE && event->size > 0)
        snprintf(name, size, "close-reason");
    else if (event->opcode == WS_CLOSE && event->close_code != WS_CLOSE_NO_STATUS)
        snprintf(name, size, "close-%u", event->close_code);
    else
        snprintf(name, size, "%s%s", event->opcode <= WS_PONG ? ws_opcode_name(event->opcode) : "opcode",
                 event->compressed ? "-inflated" : "");
}

static bool find(differential_finding *finding, differential_kind kind, const event_log *log, size_t index) {
    *finding = (differential_finding){.kind = kind, .event = index};
    name_event(log, index, finding->rule, sizeof finding->rule);
    finding->offset = log->events[index].offset;
    return true;
}

/* Whether a frame ends at the offset. */
static bool at_frame_end(ws_span stream, uint64_t offset) {
    raw_frame frame;
    size_t at = 0;
    while (at < offset && raw_frame_read(stream, at, &frame))
        at += frame.size;
    return at == offset;
}

/* A text that ends inside a code point has a rule name of its own: to look for bad octets and to look at the
 * end are two checks in many parsers. */
static bool find_accepted(const differential *both, differential_finding *finding) {
    *finding = (differential_finding){.kind = DIFFERENTIAL_ACCEPTS,
                                      .violation = both->violation,
                                      .event = both->reference.count,
                                      .offset = both->violation_offset};
    const char *which = "";
    if (both->violation == WS_VIOLATION_TEXT && both->violation_compressed) {
        which = "-inflated";
    } else if (both->violation == WS_VIOLATION_TEXT &&
               at_frame_end(ws_buffer_span(&both->stream), both->violation_offset)) {
        which = "-unfinished";
        finding->offset--;
    }
    snprintf(finding->rule, sizeof finding->rule, "%s%s", ws_violation_describe(both->violation)->name,
             which);
    return true;
}

/* The reference refused, and the parser has reported all that stood before. */
static bool accepts_violation(const differential *both, differential_finding *finding) {
    bool control_only = concerns_message(both->violation);
    for (size_t i = both->reference.count; i < both->foreign.count; i++) {
        bool allowed = control_only && ws_opcode_is_control(both->foreign.events[i].opcode);
        if (!allowed)
            return find_accepted(both, finding);
    }
    if (both->foreign_outcome != OUTCOME_ACCEPTED)
        return false;
    /* No frame can be as long as the top bit says: it cannot be completed, and need not be. */
    bool judged = both->completed || both->violation == WS_VIOLATION_LENGTH_TOP_BIT;
    return judged && find_accepted(both, finding);
}

/* The two outcomes as they stand. */
static bool differ(const differential *both, differential_finding *finding) {
    const event_log *reference = &both->reference;
    const event_log *foreign = &both->foreign;
    size_t common = reference->count < foreign->count ? reference->count : foreign->count;
    for (size_t i = 0; i < common; i++)
        if (!event_log_same(reference, foreign, i))
            return find(finding, DIFFERENTIAL_REPORTS, reference, i);
    if (reference->overflow || foreign->overflow)
        return false;
    if (foreign->count < reference->count)
        return find(finding,
                    both->foreign_outcome == OUTCOME_REFUSED ? DIFFERENTIAL_REFUSES : DIFFERENTIAL_DROPS,
                    reference, common);
    if (both->reference_outcome == OUTCOME_REFUSED)
        return accepts_violation(both, finding);
    if (foreign->count > reference->count)
        return find(finding, DIFFERENTIAL_INVENTS, foreign, common);
    return false;
}

const char *differential_verb(differential_kind kind) {
    static const char *const verbs[] = {"accepts", "refuses", "reports", "drops", "invents"};
    return verbs[kind];
}

/* A rule that the parser does not promise to check, or need not, is let pass in the reference, too, until the
 * two agree or differ in something that counts. Strict comes first: the parser may be so as well. */
static bool compare(differential *both, const tolerated_list *tolerated, differential_finding *finding) {
    for (uint32_t tolerate = 0;;) {
        if (!run_reference(both, tolerate) || !differ(both, finding))
            return false;
        bool listed = tolerated_has(tolerated, differential_verb(finding->kind), finding->rule);
        if (finding->kind != DIFFERENTIAL_ACCEPTS)
            return !listed && !(tolerate && finding->kind == DIFFERENTIAL_REFUSES);
        uint32_t promise = promise_of(finding->violation);
        if (!listed && (promise == 0 || promises(both, promise)))
            return true;
        if (!has_one_meaning(both, finding->violation) || (tolerate & (1u << finding->violation)))
            return false;
        tolerate |= 1u << finding->violation;
    }
}

bool differential_run(differential *both, const uint8_t *data, size_t size, const tolerated_list *tolerated,
                      differential_finding *finding) {
    if (size < DIFFERENTIAL_OPTION_OCTETS || size > STREAM_MAX)
        return false;
    both->set = read_setting(both, data);
    both->stream.size = 0;
    if (ws_buffer_append(&both->stream, data + DIFFERENTIAL_OPTION_OCTETS,
                         size - DIFFERENTIAL_OPTION_OCTETS) != WS_OK)
        return false;
    both->completed = frames_complete(&both->stream, both->set.role, both->set.made_up);
    return run_foreign(both) && compare(both, tolerated, finding);
}

/* ------------------------------------------------------------------ telling */

static void print_setting(const setting *set, FILE *out) {
    fprintf(out, "  reading as %s, messages up to %" PRIu64 " octets",
            set->role == WS_SERVER ? "server" : "client", set->max_message);
    if (set->deflate)
        fprintf(out, ", permessage-deflate with %u window bits%s", set->agreement.window_bits,
                set->agreement.no_context_takeover ? " and no context takeover" : "");
    if (set->cut > PIECE_MAX)
        fputs(", in pieces of varying size\n", out);
    else if (set->cut > 0)
        fprintf(out, ", in pieces of %u octets\n", set->cut);
    else
        fputs(", in one piece\n", out);
}

static void print_log(const event_log *log, size_t from, FILE *out) {
    enum { SHOWN_EVENTS = 4, SHOWN_OCTETS = 16 };
    if (from > 0)
        fprintf(out, "      %zu as the other\n", from);
    for (size_t i = from; i < log->count && i < from + SHOWN_EVENTS; i++) {
        const logged_event *event = &log->events[i];
        ws_span payload = event_log_payload(log, i);
        fprintf(out, "      %zu: %s%s, %zu octets", i + 1, ws_opcode_name(event->opcode),
                event->fin ? "" : " fragment", payload.size);
        if (event->opcode == WS_CLOSE)
            fprintf(out, " of reason, code %u", event->close_code);
        for (size_t k = 0; k < payload.size && k < SHOWN_OCTETS; k++)
            fprintf(out, "%s%02x", k ? " " : " | ", payload.data[k]);
        fputs(payload.size > SHOWN_OCTETS ? " ...\n" : "\n", out);
    }
}

static void print_sides(const differential *both, size_t from, FILE *out) {
    fprintf(out, "  the reference reports %zu events", both->reference.count);
    if (both->reference_outcome == OUTCOME_REFUSED)
        fprintf(out, ", then refuses at octet %" PRIu64 " (%s: %s)", both->violation_offset,
                ws_violation_describe(both->violation)->section,
                ws_violation_describe(both->violation)->text);
    fputc('\n', out);
    print_log(&both->reference, from, out);
    fprintf(out, "  %s reports %zu events", both->info->name, both->foreign.count);
    if (both->foreign_outcome == OUTCOME_REFUSED)
        fprintf(out, ", then refuses when it has %" PRIu64 " octets", both->foreign_fed);
    fputc('\n', out);
    print_log(&both->foreign, from, out);
}

void differential_print(const differential *both, const differential_finding *finding, FILE *out) {
    static const char *const what[] = {
        [DIFFERENTIAL_ACCEPTS] = "accepts what breaks a rule",
        [DIFFERENTIAL_REFUSES] = "refuses what breaks no rule",
        [DIFFERENTIAL_REPORTS] = "reports something else than what was sent",
        [DIFFERENTIAL_DROPS] = "goes on without reporting what was sent",
        [DIFFERENTIAL_INVENTS] = "reports what was not sent",
    };
    size_t common = both->reference.count < both->foreign.count ? both->reference.count : both->foreign.count;
    fprintf(out, "wspect: %s %s\n", both->info->name, what[finding->kind]);
    if (finding->kind == DIFFERENTIAL_ACCEPTS) {
        const ws_violation_info *info = ws_violation_describe(finding->violation);
        fprintf(out, "  the rule: %s: %s; a receiver closes with %u\n", info->section, info->text,
                info->close_code);
    }
    fprintf(out, "  to tolerate it: \"%s %s: why\"\n", differential_verb(finding->kind), finding->rule);
    print_setting(&both->set, out);
    frames_print(out, ws_buffer_span(&both->stream),
                 finding->kind == DIFFERENTIAL_INVENTS ? (size_t)-1 : (size_t)finding->offset);
    print_sides(both, finding->event < common ? finding->event : common, out);
}
