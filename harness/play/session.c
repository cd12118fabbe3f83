#include "play/session.h"

#include "play/random.h"
#include "wire/close.h"
#include "wire/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ texts */

const char *session_text(play_session *session, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *kept = play_arena_text(&session->arena, text);
    return kept ? kept : "out of memory";
}

const char *session_code_text(play_session *session, uint16_t code) {
    return code == WS_CLOSE_NO_STATUS ? "without a code"
                                      : session_text(session, "%u (%s)", code, ws_close_name(code));
}

const char *session_octets_text(play_session *session, ws_span octets) {
    enum { SHOWN = 24 };
    char text[4 * SHOWN + 8] = "";
    size_t shown = octets.size < SHOWN ? octets.size : SHOWN;
    bool printable = octets.size > 0;
    for (size_t i = 0; i < shown; i++)
        printable = printable && octets.data[i] >= 0x20 && octets.data[i] < 0x7f;
    for (size_t i = 0; i < shown; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), printable ? "%c" : "%02x", octets.data[i]);
    if (octets.size == 0)
        return "nothing";
    return session_text(session, printable ? "\"%s%s\"" : "0x%s%s", text, shown < octets.size ? "..." : "");
}

double session_seconds(const play_session *session) {
    return (double)(session->now - session->started) / 1e6;
}

uint64_t session_random(play_session *session) {
    return play_random_at(session->random_seed, session->random_at++);
}

/* ------------------------------------------------------------------ ending */

static bool memory_is_out(const play_session *session) {
    return session->out_of_memory || session->trace.out_of_memory || session->arena.out_of_memory;
}

/* A run without memory proves nothing about the peer. */
static void void_verdict(play_session *session) {
    play_result *result = &session->result;
    result->verdict = PLAY_INCONCLUSIVE;
    result->verdict_close = PLAY_CLOSE_NONE;
    result->reason = "wspect ran out of memory";
    result->timed_out = false;
}

void session_finish(play_session *session, play_verdict verdict, play_close_verdict verdict_close,
                    const char *reason, bool timed_out) {
    if (session->done)
        return;
    session->done = true;
    session->timer = INT64_MAX;
    play_result *result = &session->result;
    result->verdict = verdict;
    result->verdict_close = verdict_close;
    result->reason = reason;
    result->seen = session->seen;
    result->timed_out = timed_out;
    result->duration_us = session->now - session->started;
    if (memory_is_out(session))
        void_verdict(session);
}

void session_note_seen(play_session *session, const char *what, int64_t from) {
    double seconds = (double)(session->now - from) / 1e6;
    if (session->c->limit && !session->done)
        session->seen = seconds < 1 ? what : session_text(session, "%s after %.1f s", what, seconds);
}

void session_drop(play_session *session, bool reset) {
    session->wish = reset ? PLAY_WISH_RESET : PLAY_WISH_CLOSE;
    session->dropped = reset;
}

void session_fail(play_session *session, uint16_t code) {
    session->failed = true;
    session_close(session, code, NULL);
    session->stop_output = true;
}

void session_emit(play_session *session, const session_event *event) {
    if (!session->done)
        session->director->event(session, event);
}

/* ------------------------------------------------------------------ incoming messages */

static void add_candidate(play_session *session, session_candidate candidate) {
    candidate.same = true;
    if (session->candidate_count < SESSION_CANDIDATES)
        session->candidates[session->candidate_count++] = candidate;
}

void session_add_echo(play_session *session, const session_message *message) {
    add_candidate(session, (session_candidate){.opcode = message->opcode, .message = message});
}

void session_add_payload(play_session *session, uint8_t opcode, const play_payload *payload) {
    add_candidate(session, (session_candidate){.opcode = opcode, .payload = payload});
}

uint64_t session_candidate_length(const session_candidate *candidate) {
    return candidate->message ? candidate->message->length : candidate->payload->length;
}

static size_t part_count(const session_candidate *candidate) {
    return candidate->message ? candidate->message->part_count : 1;
}

static const play_payload *part_of(const session_candidate *candidate, size_t index) {
    return candidate->message ? candidate->message->parts[index] : candidate->payload;
}

static void compare(session_candidate *candidate, const uint8_t *octets, size_t size) {
    while (candidate->same && size > 0) {
        while (candidate->part < part_count(candidate) &&
               candidate->part_at == part_of(candidate, candidate->part)->length) {
            candidate->part++;
            candidate->part_at = 0;
        }
        if (candidate->part == part_count(candidate)) {
            candidate->same = false;
            return;
        }
        const play_payload *part = part_of(candidate, candidate->part);
        uint64_t left = part->length - candidate->part_at;
        size_t piece = left < size ? (size_t)left : size;
        size_t equal = play_payload_match(part, candidate->part_at, octets, piece);
        candidate->part_at += equal;
        candidate->matched += equal;
        octets += equal;
        size -= equal;
        candidate->same = equal == piece;
    }
}

/* The whole message, and of an echo: the whole message sent. */
static bool is_equal(const session_candidate *candidate, uint64_t length) {
    return candidate->same && session_candidate_length(candidate) == length &&
           (!candidate->message || candidate->message->complete);
}

static void message_piece(play_session *session, const ws_event *event) {
    if (event->flags & WS_MESSAGE_START) {
        session->candidate_count = 0;
        session->message_at = 0;
        session->sample_size = 0;
        if (session->director->message_begins && !session->done)
            session->director->message_begins(session);
    }
    size_t room = SESSION_SAMPLE - session->sample_size;
    size_t kept = event->payload.size < room ? event->payload.size : room;
    if (kept > 0)
        memcpy(session->sample + session->sample_size, event->payload.data, kept);
    session->sample_size += kept;
    for (size_t i = 0; i < session->candidate_count; i++)
        compare(&session->candidates[i], event->payload.data, event->payload.size);
    session->message_at += event->payload.size;
    if (!(event->flags & WS_MESSAGE_END) || session->failed)
        return;
    session_event message = {.kind = SESSION_MESSAGE,
                             .opcode = event->opcode,
                             .length = session->message_at,
                             .payload = {session->sample, session->sample_size},
                             .offset = event->offset};
    for (size_t i = 0; i < session->candidate_count; i++)
        if (is_equal(&session->candidates[i], message.length))
            message.matches |= 1u << i;
    session_emit(session, &message);
}

/* ------------------------------------------------------------------ transcript of what comes in */

static void hex_digest(const uint8_t hash[32], char text[65]) {
    for (size_t i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

static void end_digest(play_session *session, play_entry *entry) {
    uint8_t hash[EVP_MAX_MD_SIZE];
    play_trace *trace = &session->trace;
    if (!trace->digesting)
        return;
    trace->digesting = false;
    if (EVP_DigestFinal_ex(trace->digest, hash, NULL) == 1)
        hex_digest(hash, entry->sha256);
    else
        trace->out_of_memory = true;
}

static void digest_generated(play_session *session, const play_payload *payload, uint64_t from,
                             uint64_t size) {
    uint8_t piece[4096];
    while (session->trace.digesting && size > 0) {
        size_t part = size < sizeof piece ? (size_t)size : sizeof piece;
        play_payload_read(payload, from, piece, part);
        EVP_DigestUpdate(session->trace.digest, piece, part);
        from += part;
        size -= part;
    }
}

/* `before` octets of the frame are no longer there, but are known to equal those of the first candidate. */
static void begin_digest(play_session *session, const play_entry *entry, uint64_t before) {
    play_trace *trace = &session->trace;
    if (!trace->digest)
        trace->digest = EVP_MD_CTX_new();
    trace->digesting = trace->digest && EVP_DigestInit_ex(trace->digest, EVP_sha256(), NULL) == 1;
    trace->out_of_memory = trace->out_of_memory || !trace->digesting;
    if (before > 0)
        digest_generated(session, part_of(&session->candidates[0], 0), session->message_at - entry->length,
                         before);
}

/* Whether the frame so far equals a slice of one generated payload: then the generator stands for its octets
 * and no digest is needed. Only the plainest case is told apart: the first candidate, one part, no
 * difference. */
static const play_payload *generator_of(const play_session *session) {
    const session_candidate *candidate = &session->candidates[0];
    bool plain = session->candidate_count > 0 && candidate->same && part_count(candidate) == 1;
    return plain && part_of(candidate, 0)->json ? part_of(candidate, 0) : NULL;
}

/* The piece is recorded, and compared. As long as a generator gives the same octets nothing is digested: that
 * would cost more than all the rest. */
static void digest_piece(play_session *session, const ws_event *event) {
    play_trace *trace = &session->trace;
    const play_entry *entry = trace->incoming;
    if (!entry || !trace->digest_due)
        return;
    if (!trace->digesting) {
        if (generator_of(session))
            return;
        begin_digest(session, entry, entry->length - event->payload.size);
        trace->digest_due = trace->digesting;
    }
    EVP_DigestUpdate(trace->digest, event->payload.data, event->payload.size);
}

/* What the piece at hand has of the payload of the incoming frame, which is compressed. */
static void record_wire(play_session *session) {
    play_trace *trace = &session->trace;
    play_entry *entry = trace->incoming;
    if (!entry || !trace->wire_due)
        return;
    uint64_t from = entry->offset + entry->header.size, to = from + entry->header.length;
    uint64_t end = session->piece_at + session->piece.size;
    from = from > session->piece_at ? from : session->piece_at;
    to = to < end ? to : end;
    if (from < to)
        play_trace_keep_wire(trace, entry, session->piece.data + (from - session->piece_at),
                             (size_t)(to - from));
}

static void record_piece(play_session *session, const ws_event *event) {
    play_trace *trace = &session->trace;
    if (event->flags & WS_FRAME_START) {
        trace->incoming = play_trace_add(trace, PLAY_ENTRY_FRAME, false, session->now - session->started);
        trace->incoming->offset = event->offset;
        trace->incoming->header = event->header;
        trace->digesting = false;
        trace->digest_due = event->header.length > PLAY_TRACE_INLINE;
        trace->wire_due = event->compressed && event->header.length <= PLAY_TRACE_WIRE;
        record_wire(session);
    }
    play_entry *entry = trace->incoming;
    if (!entry)
        return;
    play_trace_keep(trace, entry, event->payload.data, event->payload.size, PLAY_TRACE_INLINE);
    entry->length += event->payload.size;
    if (event->flags & WS_FRAME_END) {
        digest_piece(session, event);
        end_digest(session, entry);
        const play_payload *generator = generator_of(session);
        if (generator && entry->length > PLAY_TRACE_INLINE) {
            entry->payload = generator;
            entry->payload_at = session->message_at - entry->length;
        }
        trace->incoming = NULL;
    }
}

static play_entry *record_frame(play_session *session, const ws_event *event, ws_span payload) {
    play_entry *entry =
        play_trace_add(&session->trace, PLAY_ENTRY_FRAME, false, session->now - session->started);
    entry->offset = event->offset;
    entry->header = event->header;
    entry->length = payload.size;
    play_trace_keep(&session->trace, entry, payload.data, payload.size, PLAY_TRACE_INLINE);
    return entry;
}

static void record_close(play_session *session, const ws_event *event) {
    uint8_t payload[WS_CONTROL_PAYLOAD_MAX] = {(uint8_t)(event->close_code >> 8), (uint8_t)event->close_code};
    size_t size = event->close_code == WS_CLOSE_NO_STATUS && event->header.length < 2 ? 0 : 2;
    if (size && event->payload.size <= sizeof payload - 2) {
        if (event->payload.size)
            memcpy(payload + 2, event->payload.data, event->payload.size);
        size += event->payload.size;
    }
    record_frame(session, event, (ws_span){payload, size});
}

static void record_violation(play_session *session, const ws_event *event, ws_span rest) {
    const ws_violation_info *info = ws_violation_describe(event->violation);
    play_entry *entry =
        play_trace_add(&session->trace, PLAY_ENTRY_RAW, false, session->now - session->started);
    entry->offset = event->offset;
    entry->length = rest.size;
    entry->text = session_text(session, "%s (%s), at octet %llu", info->text, info->section,
                               (unsigned long long)event->offset);
    play_trace_keep(&session->trace, entry, rest.data, rest.size, PLAY_TRACE_INLINE);
}

/* ------------------------------------------------------------------ incoming frames */

/* Close codes that Autobahn's tester refuses to see (its own list). */
static bool autobahn_refuses(uint16_t code) {
    return code < 1000 || (code >= 1004 && code <= 1006) || (code >= 1012 && code <= 2999) || code >= 5000;
}

static bool is_utf8(ws_span text) {
    ws_utf8 state = {0};
    return ws_utf8_feed(&state, text.data, text.size) == text.size && ws_utf8_complete(&state);
}

static void closed_by_peer(play_session *session, const ws_event *event) {
    play_result *result = &session->result;
    bool has_code = event->header.length >= 2;
    session_event closing = {.kind = SESSION_CLOSE,
                             .again = session->received_close,
                             .code = has_code ? event->close_code : WS_CLOSE_NO_STATUS,
                             .payload = event->payload,
                             .payload_invalid = event->header.length == 1,
                             .code_invalid = has_code && autobahn_refuses(event->close_code),
                             .reason_invalid = !is_utf8(event->payload),
                             .offset = event->offset};
    record_close(session, event);
    if (!session->received_close) {
        session->received_close = true;
        result->close_received = true;
        result->close_has_code = has_code;
        result->close_code = has_code ? event->close_code : 0;
        const char *reason = play_arena_copy(&session->arena, event->payload.data, event->payload.size);
        result->close_reason = (ws_span){(const uint8_t *)reason, reason ? event->payload.size : 0};
        result->closed_by_peer = !session->sent_close;
    }
    session_emit(session, &closing);
}

static void rule_broken(play_session *session, const ws_event *event, ws_span rest) {
    session->violation = event->violation;
    record_violation(session, event, rest);
    bool first = !session->failed;
    session->failed = true;
    session_event broken = {
        .kind = SESSION_VIOLATION, .violation = event->violation, .offset = event->offset};
    if (first)
        session_emit(session, &broken);
}

/* An empty frame needs no masking: its key may be any. */
static void keep_key(play_session *session, const ws_event *event) {
    bool frame_begins = event->type != WS_EVENT_DATA || (event->flags & WS_FRAME_START);
    if (event->type != WS_EVENT_VIOLATION && frame_begins && event->header.masked && event->header.length > 0)
        play_keys_add(&session->keys, event->header.key);
}

static void handle_event(play_session *session, const ws_event *event, ws_span rest) {
    session_event control = {.payload = event->payload, .offset = event->offset};
    keep_key(session, event);
    switch (event->type) {
    case WS_EVENT_DATA:
        if (event->flags & WS_FRAME_END) {
            message_piece(session, event);
            record_piece(session, event);
        } else {
            record_piece(session, event);
            message_piece(session, event);
            digest_piece(session, event);
        }
        return;
    case WS_EVENT_PING:
        record_frame(session, event, event->payload);
        if (!session->received_close && session->state == SESSION_OPEN)
            session_answer_ping(session, event->payload);
        control.kind = SESSION_PING;
        session_emit(session, &control);
        return;
    case WS_EVENT_PONG:
        record_frame(session, event, event->payload);
        control.kind = SESSION_PONG;
        session_emit(session, &control);
        return;
    case WS_EVENT_CLOSE:
        closed_by_peer(session, event);
        return;
    case WS_EVENT_VIOLATION:
        rule_broken(session, event, rest);
        return;
    }
}

/* What is at hand around the octet that broke a rule, for the transcript. */
static ws_span around(const ws_event *event, const uint8_t *bytes, size_t size, uint64_t base) {
    uint64_t start = event->offset > base + WS_FRAME_HEADER_MAX ? event->offset - WS_FRAME_HEADER_MAX : base;
    return start - base < size ? (ws_span){bytes + (start - base), size - (size_t)(start - base)}
                               : (ws_span){NULL, 0};
}

void session_read_frames(play_session *session, const uint8_t *bytes, size_t size) {
    uint64_t base = session->received_offset;
    size_t used = 0;
    bool more = true;
    session->piece = (ws_span){bytes, size};
    session->piece_at = base;
    session->received_offset += size;
    record_wire(session);
    while (more && session->receiver) {
        ws_event event;
        size_t step = 0;
        more = ws_receiver_next(session->receiver, bytes + used, size - used, &step, &event);
        used += step;
        if (more)
            handle_event(session, &event,
                         event.type == WS_EVENT_VIOLATION ? around(&event, bytes, size, base)
                                                          : (ws_span){NULL, 0});
    }
}

/* ------------------------------------------------------------------ the player */

struct play_player {
    play_session session;
};

static int64_t stretched(int64_t given, int64_t by_default, int factor) {
    return factor * (given > 0 ? given : by_default);
}

play_options play_options_stretched(const play_options *options, int factor) {
    play_options result = *options;
    result.handshake_timeout_us = stretched(options->handshake_timeout_us, 5000000, factor);
    result.event_timeout_us = stretched(options->event_timeout_us, 2000000, factor);
    result.close_timeout_us = stretched(options->close_timeout_us, 1000000, factor);
    return result;
}

play_player *play_player_new(const play_case *c, const play_options *options) {
    play_player *player = calloc(1, sizeof *player);
    if (!player)
        return NULL;
    play_session *session = &player->session;
    session->c = c;
    session->options = play_options_stretched(options, 1);
    session->director = c->autobahn_rules ? &play_autobahn_director : &play_script_director;
    session->random_seed = play_random_seed(options->seed, c->id);
    session->timer = INT64_MAX;
    ws_buffer_init(&session->head, 1 << 20);
    ws_buffer_init(&session->text, SESSION_HEAD_MAX);
    session->director_state = play_arena_alloc(&session->arena, session->director->state_size);
    if (!play_trace_init(&session->trace) || !session->director_state) {
        play_player_free(player);
        return NULL;
    }
    return player;
}

void play_player_free(play_player *player) {
    if (!player)
        return;
    play_session *session = &player->session;
    ws_receiver_free(session->receiver);
    if (session->deflater)
        ws_deflater_free(session->deflater);
    session_clear_output(session);
    ws_buffer_clear(&session->head);
    play_trace_clear(&session->trace);
    play_arena_clear(&session->arena);
    free(player);
}

/* A verdict that stands falls, too: its transcript lacks something. */
static void check_memory(play_session *session) {
    if (!memory_is_out(session))
        return;
    session_drop(session, true);
    session_finish(session, PLAY_INCONCLUSIVE, PLAY_CLOSE_NONE, NULL, false);
    void_verdict(session);
}

void play_connected(play_player *player, int64_t now) {
    play_session *session = &player->session;
    session->started = session->now = session->progress = now;
    play_trace_event(&session->trace, 0, "connected");
    session_start_handshake(session);
    check_memory(session);
}

void play_received(play_player *player, int64_t now, const uint8_t *bytes, size_t size) {
    play_session *session = &player->session;
    session->now = session->progress = now;
    while (size > 0 && session->state == SESSION_HANDSHAKE && !session->done) {
        size_t used = session_read_handshake(session, bytes, size);
        bytes += used;
        size -= used;
    }
    if (session->state == SESSION_OPEN && size > 0)
        session_read_frames(session, bytes, size);
    check_memory(session);
}

static const char *end_text(play_end how) {
    static const char *const texts[] = {[PLAY_END_FIN] = "end of stream from the peer",
                                        [PLAY_END_RESET] = "reset by the peer",
                                        [PLAY_END_TRUNCATED] =
                                            "end of stream from the peer, without TLS close_notify"};
    return texts[how];
}

void play_ended(play_player *player, int64_t now, play_end how) {
    play_session *session = &player->session;
    if (session->transport_over)
        return;
    session->now = now;
    session->transport_over = true;
    session->end = how == PLAY_END_RESET ? PLAY_END_RESET : PLAY_END_FIN;
    session->close_notify_missing = how == PLAY_END_TRUNCATED;
    play_trace_event(&session->trace, now - session->started, end_text(how));
    if (session->state == SESSION_HANDSHAKE && !session->done)
        session_handshake_ended(session, false);
    ws_event event;
    if (session->receiver && session->end == PLAY_END_FIN && !session->received_close &&
        ws_receiver_end(session->receiver, &event))
        rule_broken(session, &event, (ws_span){NULL, 0});
    session_event ended = {.kind = SESSION_END};
    session_emit(session, &ended);
    session->wish = PLAY_WISH_CLOSE;
    check_memory(session);
}

void play_time(play_player *player, int64_t now) {
    play_session *session = &player->session;
    session->now = now;
    if (session->done)
        return;
    if (session->state == SESSION_HANDSHAKE && now >= session->handshake_deadline) {
        play_trace_event(&session->trace, now - session->started, "timeout");
        session_handshake_ended(session, true);
    }
    if (!session->done && now >= session->timer)
        session->director->timer(session);
    check_memory(session);
}

int64_t play_deadline(const play_player *player) {
    const play_session *session = &player->session;
    if (session->done)
        return INT64_MAX;
    int64_t deadline = session->state == SESSION_HANDSHAKE ? session->handshake_deadline : session->timer;
    bool waits = session->text_at < session->text.size && session->text_due > session->now;
    return waits && session->text_due < deadline ? session->text_due : deadline;
}

bool play_output_waits(const play_player *player) {
    return !session_output_empty(&player->session);
}

size_t play_output(play_player *player, int64_t now, uint8_t *buffer, size_t capacity) {
    play_session *session = &player->session;
    session->now = now;
    size_t size = session_output(session, buffer, capacity);
    if (size == 0 && session->director->sent && !session->done && session_output_empty(session))
        session->director->sent(session);
    check_memory(session);
    return size;
}

play_wish play_wish_of(const play_player *player) {
    return player->session.wish;
}

int64_t play_deaf_until(const play_player *player) {
    return player->session.deaf_until;
}

bool play_done(const play_player *player) {
    return player->session.done;
}

const play_result *play_result_of(const play_player *player) {
    return &player->session.result;
}

const play_trace *play_trace_of(const play_player *player) {
    return &player->session.trace;
}
