/* The director of native cases: runs the steps, holds what comes against the alternatives of the expectation
 * at hand, and says in words what was expected and what came. */
#include "play/session.h"

#include "wire/close.h"

#include <stdio.h>
#include <string.h>

enum { LOOPS_MAX = 4, TOTAL_FACTOR = 30, LINGER_PART = 4 };

typedef struct script_loop {
    size_t start, end; /* steps of the body */
    uint64_t left;     /* rounds still to go after this one */
    uint64_t window;   /* messages on their way at once */
    bool first;        /* the round at hand is the first */
} script_loop;

typedef struct script_progress {
    size_t next; /* matcher that is due */
    bool dead;
    play_verdict grade; /* worst grade of its matchers so far */
    const char *remark; /* why that grade */
    bool late;          /* that grade rests on how long something took */
    bool other_code;    /* that grade rests on the code of a Close */
} script_progress;

typedef enum script_phase {
    SCRIPT_STEPS,
    SCRIPT_RESETTING, /* the connection is dropped as soon as everything is sent */
    SCRIPT_CLOSING,
    SCRIPT_LINGERING, /* as a server, with everything said, until the client ends its side */
    SCRIPT_OVER
} script_phase;

typedef struct script_state {
    script_phase phase;
    script_phase phase_failed; /* the phase in which the case failed */
    size_t step;
    script_loop loops[LOOPS_MAX];
    size_t loop_count;
    const play_expect *expect; /* being waited for; NULL: none */
    script_progress progress[PLAY_ALTERNATIVES_MAX];
    int64_t expected_at; /* when the wait began */
    int64_t patience_us;
    int64_t limit; /* end of all patience, whatever moves */
    play_verdict verdict;
    const char *reason;
    bool failure_expected; /* the peer was to fail or to end the connection, and did */
    bool reset;            /* the case dropped the connection */
    unsigned greetings;    /* messages skipped */
    ws_span ping_answered;
    bool closing_timed_out;
    bool late;                /* something came, and later than it should */
    bool peer_close_accepted; /* an alternative took a Close of the peer's own accord */
    bool wrong_code;          /* a Close carried a code that was not among those that fit */
} script_state;

static script_state *state_of(play_session *session) {
    return session->director_state;
}

static void run(play_session *session);

/* ------------------------------------------------------------------ verdicts */

/* From best to worst. */
static int badness(play_verdict verdict) {
    static const int order[] = {
        [PLAY_OK] = 0,     [PLAY_INFORMATIONAL] = 1, [PLAY_NON_STRICT] = 2,  [PLAY_UNIMPLEMENTED] = 3,
        [PLAY_FAILED] = 4, [PLAY_SKIPPED] = 5,       [PLAY_INCONCLUSIVE] = 6};
    return order[verdict];
}

static void worsen(script_state *state, play_verdict verdict, const char *reason) {
    if (badness(verdict) > badness(state->verdict)) {
        state->verdict = verdict;
        state->reason = reason;
    }
}

static bool code_listed(const uint16_t *codes, size_t count, uint16_t code) {
    for (size_t i = 0; i < count; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* How the closing handshake went, in Autobahn's order of questions. */
static play_close_verdict grade_closing(play_session *session, const char **remark) {
    const script_state *state = state_of(session);
    const play_result *result = &session->result;
    if (state->reset)
        return PLAY_CLOSE_NONE;
    if (state->failure_expected) {
        if (session->options.role == WS_CLIENT && !session->transport_over && session->received_close) {
            *remark = session_text(
                session, "the server did not end the connection within %.1f s of failing it (RFC 6455 7.1.7)",
                (double)session->options.close_timeout_us / 1e6);
            return PLAY_CLOSE_FAILED_BY_CLIENT;
        }
        return state->wrong_code ? PLAY_CLOSE_WRONG_CODE : PLAY_CLOSE_OK;
    }
    if (state->peer_close_accepted)
        return PLAY_CLOSE_OK;
    if (session->shut_down && !result->closed_by_us) { /* the case ended our direction without a Close */
        if (session->transport_over)
            return PLAY_CLOSE_OK;
        *remark =
            session_text(session, "the peer did not end the connection within %.1f s of the end of ours",
                         (double)session->options.close_timeout_us / 1e6);
        return PLAY_CLOSE_UNCLEAN;
    }
    /* The peer waits for the rest of our frame, as it may: a Close would be read as payload. */
    if (session->inside_frame && !result->closed_by_peer && !session->transport_over)
        return PLAY_CLOSE_NONE;
    if (!result->closed_by_us) {
        *remark = result->closed_by_peer ? "closing handshake: the peer closed of its own accord"
                                         : "closing handshake: the connection ended without Close frames";
        return PLAY_CLOSE_FAILED;
    }
    if (!session->received_close) {
        *remark = session_text(session, "closing handshake: no Close came in answer to ours within %.1f s",
                               (double)session->options.close_timeout_us / 1e6);
        return PLAY_CLOSE_UNCLEAN;
    }
    if (session->options.role == WS_CLIENT && !session->transport_over) {
        *remark = session_text(
            session,
            "closing handshake: the server did not end the connection within %.1f s (RFC 6455 5.5.1)",
            (double)session->options.close_timeout_us / 1e6);
        return PLAY_CLOSE_UNCLEAN;
    }
    uint16_t code = result->close_code;
    if (result->close_has_code && code != WS_CLOSE_NORMAL && code != session->sent_code) {
        *remark = session_text(session, "closing handshake: the answer to our Close carries %s",
                               session_code_text(session, code));
        return PLAY_CLOSE_WRONG_CODE;
    }
    return PLAY_CLOSE_OK;
}

static void conclude(play_session *session, bool timed_out) {
    script_state *state = state_of(session);
    const char *remark = NULL;
    play_result *result = &session->result;
    state->phase = SCRIPT_OVER;
    result->clean = session->sent_close && session->received_close &&
                    (session->transport_over || session->options.role == WS_SERVER);
    bool reached = state->verdict != PLAY_FAILED || state->phase_failed == SCRIPT_CLOSING ||
                   state->phase_failed == SCRIPT_LINGERING;
    play_close_verdict closing = reached ? grade_closing(session, &remark) : PLAY_CLOSE_NONE;
    const char *reason = state->reason;
    if (!reason && closing != PLAY_CLOSE_OK)
        reason = remark;
    session->wish =
        session->transport_over || session->wish == PLAY_WISH_RESET ? session->wish : PLAY_WISH_CLOSE;
    session_finish(session, state->verdict, closing, reason,
                   timed_out || state->closing_timed_out || state->late);
}

/* The case is decided against the peer; the connection is left in the politest way that is still open. */
static void fail(play_session *session, const char *reason, bool timed_out) {
    script_state *state = state_of(session);
    worsen(state, PLAY_FAILED, reason);
    state->phase_failed = state->phase;
    session->stop_output = true;
    if (!session->transport_over && !session->inside_frame)
        session_close(session,
                      session->violation ? ws_violation_describe(session->violation)->close_code
                                         : WS_CLOSE_NORMAL,
                      NULL);
    conclude(session, timed_out);
}

/* ------------------------------------------------------------------ what was expected, in words */

static const char *type_name(uint8_t opcode) {
    return opcode == WS_TEXT ? "text" : "binary";
}

static const char *codes_text(play_session *session, const uint16_t *codes, size_t count) {
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = session_text(session, "%s%s%u", text, i == 0 ? "" : i + 1 == count ? " or " : ", ", codes[i]);
    return text;
}

static const char *matcher_text(play_session *session, const play_matcher *matcher) {
    const session_message *message = session->messages;
    const char *codes = codes_text(session, matcher->codes, matcher->code_count);
    switch (matcher->kind) {
    case PLAY_MATCH_ECHO:
        return message ? session_text(session, "the echo of the %s message of %llu octets",
                                      type_name(message->opcode), (unsigned long long)message->length)
                       : "an echo";
    case PLAY_MATCH_MESSAGE:
        return session_text(session, "a %s message of %llu octets", type_name(matcher->opcode),
                            (unsigned long long)matcher->payload.length);
    case PLAY_MATCH_PONG:
        return session_text(session, "a pong carrying %s", session_octets_text(session, session->last_ping));
    case PLAY_MATCH_PING:
        return "a ping";
    case PLAY_MATCH_CLOSE:
        return matcher->code_count ? session_text(session, "a Close with %s or without code", codes)
                                   : "a Close";
    case PLAY_MATCH_FAILURE:
        return matcher->code_count
                   ? session_text(session, "the peer to fail the connection (Close %s)", codes)
                   : "the peer to fail the connection";
    case PLAY_MATCH_END:
        return "the end of the connection";
    case PLAY_MATCH_TIMEOUT:
    case PLAY_MATCH_ACCEPTED: /* of handshakes: see opening.c */
    case PLAY_MATCH_REFUSED:
    case PLAY_MATCH_NO_HTTP:
        return "nothing";
    }
    return "";
}

static const char *expectation_text(play_session *session) {
    const script_state *state = state_of(session);
    const play_expect *expect = state->expect;
    const char *text = NULL;
    for (size_t i = 0; expect && i < expect->count; i++) {
        if (state->progress[i].dead)
            continue;
        const play_matcher *matcher = &expect->alternatives[i].matchers[state->progress[i].next];
        const char *one = matcher_text(session, matcher);
        if (text && strstr(text, one))
            continue;
        text = text ? session_text(session, "%s, or %s", text, one) : one;
    }
    return text ? text : "nothing more";
}

/* Whether the message is the echo that is due after the one that should have come. */
static bool overtakes(const play_session *session, const session_event *event) {
    const session_message *due = session->messages;
    for (size_t i = 0; due && due->next && i < session->candidate_count; i++)
        if (session->candidates[i].message == due->next && (event->matches & 1u << i))
            return session->candidates[i].opcode == event->opcode;
    return false;
}

static const char *message_text(play_session *session, const session_event *event) {
    const session_candidate *candidate = &session->candidates[0];
    const char *octets = session_octets_text(session, event->payload);
    const char *text = session_text(session, "a %s message of %llu octets beginning with %s",
                                    type_name(event->opcode), (unsigned long long)event->length, octets);
    if (session->candidate_count == 0)
        return text;
    if (overtakes(session, event))
        return session_text(session, "%s (the echo of the message behind that one)", text);
    if (event->opcode != candidate->opcode)
        return session_text(session, "%s (its type differs)", text);
    if (!candidate->same || event->length != session_candidate_length(candidate))
        return session_text(session, "%s (it differs from octet %llu on)", text,
                            (unsigned long long)candidate->matched);
    return text;
}

static const char *event_text(play_session *session, const session_event *event) {
    const ws_violation_info *info;
    switch (event->kind) {
    case SESSION_MESSAGE:
        return message_text(session, event);
    case SESSION_PING:
        return session_text(session, "a ping carrying %s", session_octets_text(session, event->payload));
    case SESSION_PONG:
        return session_text(session, "a pong carrying %s", session_octets_text(session, event->payload));
    case SESSION_CLOSE:
        return session_text(session, "a Close %s%s%s", event->code == WS_CLOSE_NO_STATUS ? "" : "with ",
                            session_code_text(session, event->code),
                            event->payload.size ? session_text(session, ", reason %s",
                                                               session_octets_text(session, event->payload))
                                                : "");
    case SESSION_END:
        return session_text(session, "%s of the connection %s a Close",
                            session->end == PLAY_END_FIN ? "the end" : "a reset",
                            session->received_close ? "behind" : "without");
    case SESSION_VIOLATION:
        info = ws_violation_describe(event->violation);
        return session_text(session, "%s: %s", info->section, info->text);
    case SESSION_TIMEOUT:
        return "nothing";
    }
    return "";
}

static const char *brief_text(play_session *session, const session_event *event) {
    switch (event->kind) {
    case SESSION_MESSAGE:
        return event->matches ? "echo" : "another message";
    case SESSION_PING:
        return "ping";
    case SESSION_PONG:
        return "pong";
    case SESSION_CLOSE:
        return session_text(session, event->code == WS_CLOSE_NO_STATUS ? "Close" : "Close %u", event->code);
    case SESSION_END:
        return session->end == PLAY_END_FIN ? "end" : "reset";
    case SESSION_VIOLATION:
        return "a broken rule";
    case SESSION_TIMEOUT:
        return "nothing";
    }
    return "";
}

static void mismatch(play_session *session, const session_event *event) {
    const char *expected = expectation_text(session);
    if (event->kind == SESSION_TIMEOUT) {
        play_trace_event(&session->trace, session->now - session->started, "timeout");
        fail(session,
             session_text(session, "expected %s; it did not come within %.1f s", expected,
                          (double)state_of(session)->patience_us / 1e6),
             true);
        return;
    }
    fail(session,
         session_text(
             session, "expected %s; got %s at octet %llu after %.3f s", expected, event_text(session, event),
             (unsigned long long)(event->kind == SESSION_END ? session->received_offset : event->offset),
             session_seconds(session)),
         false);
}

/* ------------------------------------------------------------------ matching */

typedef struct match {
    bool fits;
    play_verdict grade;
    const char *remark;
    bool late;       /* the grade rests on how long it took */
    bool other_code; /* or on the code of a Close */
} match;

static match no_match(void) {
    return (match){.fits = false};
}

static match good_match(void) {
    return (match){.fits = true, .grade = PLAY_OK};
}

static match match_code(play_session *session, const play_matcher *matcher, const session_event *event) {
    if (event->code == WS_CLOSE_NO_STATUS || matcher->code_count == 0 ||
        code_listed(matcher->codes, matcher->code_count, event->code))
        return good_match();
    if (matcher->other_code == PLAY_FAILED)
        return no_match();
    return (match){.fits = true,
                   .grade = matcher->other_code,
                   .other_code = true,
                   .remark = session_text(session, "the peer closed with %s where %s fits",
                                          session_code_text(session, event->code),
                                          codes_text(session, matcher->codes, matcher->code_count))};
}

/* Whether a Close takes up the code of one that the case has sent: an answer in kind, and no failure. */
static bool answers_in_kind(const play_session *session, const play_matcher *matcher,
                            const session_event *event) {
    return session->sent_close && event->code != WS_CLOSE_NO_STATUS && event->code == session->sent_code &&
           !code_listed(matcher->codes, matcher->code_count, event->code);
}

static match match_failure(play_session *session, const play_matcher *matcher, const session_event *event) {
    if (event->kind == SESSION_CLOSE)
        return answers_in_kind(session, matcher, event) ? no_match() : match_code(session, matcher, event);
    if (event->kind != SESSION_END || matcher->without_close == PLAY_FAILED)
        return no_match();
    return (match){.fits = true,
                   .grade = matcher->without_close,
                   .remark = session_text(
                       session,
                       "the peer %s the connection without a Close frame (RFC 6455 7.1.7 asks for one)",
                       session->end == PLAY_END_FIN ? "ended" : "reset")};
}

static match match_end(play_session *session, const play_matcher *matcher, const session_event *event) {
    int64_t waited = session->now - session->progress;
    match found = good_match();
    if (event->kind != SESSION_END)
        return no_match();
    if (matcher->within > 0 && (double)waited > matcher->within * (double)session->options.event_timeout_us) {
        found.grade = PLAY_NON_STRICT;
        found.late = true;
        found.remark = session_text(
            session,
            "the peer left the connection open for %.1f s when everything was said; %.1f s are ample",
            (double)waited / 1e6, matcher->within * (double)session->options.event_timeout_us / 1e6);
    } else if (session->end == PLAY_END_RESET && matcher->by_reset != PLAY_OK) {
        found.grade = matcher->by_reset;
        found.remark = "the peer reset the connection instead of ending it in order (RFC 6455 7.1.1)";
    } else if (session->close_notify_missing && matcher->by_reset != PLAY_OK) {
        found.grade = matcher->by_reset;
        found.remark = "the peer ended TLS without close_notify (RFC 6455 7.1.1)";
    }
    return found;
}

static match match_one(play_session *session, const play_matcher *matcher, const session_event *event) {
    switch (matcher->kind) {
    case PLAY_MATCH_ECHO:
    case PLAY_MATCH_MESSAGE:
        for (size_t i = 0; event->kind == SESSION_MESSAGE && i < session->candidate_count; i++) {
            const session_candidate *candidate = &session->candidates[i];
            bool mine = matcher->kind == PLAY_MATCH_ECHO
                            ? candidate->message && candidate->message == session->messages
                            : candidate->payload == &matcher->payload;
            if (mine && (event->matches & 1u << i) && candidate->opcode == event->opcode)
                return good_match();
        }
        return no_match();
    case PLAY_MATCH_PONG:
        return event->kind == SESSION_PONG ? good_match() : no_match();
    case PLAY_MATCH_PING:
        return event->kind == SESSION_PING ? good_match() : no_match();
    case PLAY_MATCH_CLOSE:
        return event->kind == SESSION_CLOSE ? match_code(session, matcher, event) : no_match();
    case PLAY_MATCH_FAILURE:
        return match_failure(session, matcher, event);
    case PLAY_MATCH_END:
        return match_end(session, matcher, event);
    case PLAY_MATCH_TIMEOUT:
        return event->kind == SESSION_TIMEOUT ? good_match() : no_match();
    case PLAY_MATCH_ACCEPTED:
    case PLAY_MATCH_REFUSED:
    case PLAY_MATCH_NO_HTTP:
        break;
    }
    return no_match();
}

/* The matcher of an alternative that takes the event, optional ones passed over; its index, or count when
 * there is none. */
static size_t find_match(play_session *session, const play_alternative *alternative, size_t from,
                         const session_event *event, match *found) {
    for (size_t i = from; i < alternative->count; i++) {
        *found = match_one(session, &alternative->matchers[i], event);
        if (found->fits)
            return i;
        if (!alternative->matchers[i].optional)
            break;
    }
    return alternative->count;
}

/* Whether some alternative that is still alive takes the event now. */
static bool anything_takes(play_session *session, const session_event *event) {
    const script_state *state = state_of(session);
    match found;
    for (size_t i = 0; state->expect && i < state->expect->count; i++) {
        const play_alternative *alternative = &state->expect->alternatives[i];
        if (!state->progress[i].dead &&
            find_match(session, alternative, state->progress[i].next, event, &found) < alternative->count)
            return true;
    }
    return false;
}

/* Pings, pongs and messages that RFC 6455 lets a peer send at any time and that no expectation speaks of, and
 * a Close behind a Close: 5.5.1 forbids data there, and says nothing of control frames. */
static bool ignorable(play_session *session, const session_event *event) {
    script_state *state = state_of(session);
    if (event->kind == SESSION_CLOSE && event->again && !anything_takes(session, event)) {
        worsen(state, PLAY_NON_STRICT, "the peer sent a second Close behind its first");
        return true;
    }
    if (event->kind == SESSION_PING)
        return !anything_takes(session, event);
    if (event->kind == SESSION_PONG)
        return !session->ping_sent || !ws_span_equal(event->payload, session->last_ping) ||
               !anything_takes(session, event);
    if (event->kind != SESSION_MESSAGE)
        return false;
    if (anything_takes(session, event))
        return false;
    if (state->greetings < session->options.greeting) {
        state->greetings++;
        session->result.messages_ignored++;
        return true;
    }
    session->result.messages_ignored += session->options.no_echo;
    return session->options.no_echo;
}

static void satisfied(play_session *session, size_t winner) {
    script_state *state = state_of(session);
    const play_alternative *alternative = &state->expect->alternatives[winner];
    const script_progress *progress = &state->progress[winner];
    worsen(state, alternative->grade, alternative->because);
    worsen(state, progress->grade, progress->remark);
    state->late = state->late || progress->late;
    state->wrong_code = state->wrong_code || progress->other_code;
    play_matcher_kind last = alternative->matchers[alternative->count - 1].kind;
    if (last == PLAY_MATCH_FAILURE || last == PLAY_MATCH_END)
        state->failure_expected = true;
    if (last == PLAY_MATCH_CLOSE && session->result.closed_by_peer)
        state->peer_close_accepted = true;
    state->expect = NULL;
    session->timer = INT64_MAX;
}

/* The best of the alternatives that are complete; PLAY_ALTERNATIVES_MAX when none is. */
static size_t winner_of(const script_state *state) {
    size_t winner = PLAY_ALTERNATIVES_MAX;
    int best = 0;
    for (size_t i = 0; i < state->expect->count; i++) {
        const play_alternative *alternative = &state->expect->alternatives[i];
        if (state->progress[i].dead || state->progress[i].next < alternative->count)
            continue;
        int grade = badness(state->progress[i].grade) > badness(alternative->grade)
                        ? badness(state->progress[i].grade)
                        : badness(alternative->grade);
        if (winner == PLAY_ALTERNATIVES_MAX || grade < best) {
            winner = i;
            best = grade;
        }
    }
    return winner;
}

/* Moves every alternative on by the event. */
static void advance(play_session *session, const session_event *event) {
    script_state *state = state_of(session);
    bool echo_taken = false;
    session_note_seen(session, brief_text(session, event), state->expected_at);
    if (!anything_takes(session, event)) {
        mismatch(session, event);
        return;
    }
    for (size_t i = 0; i < state->expect->count; i++) {
        script_progress *progress = &state->progress[i];
        const play_alternative *alternative = &state->expect->alternatives[i];
        if (progress->dead)
            continue;
        match found;
        size_t at = find_match(session, alternative, progress->next, event, &found);
        progress->dead = at == alternative->count;
        if (progress->dead)
            continue;
        progress->next = at + 1;
        if (badness(found.grade) > badness(progress->grade)) {
            progress->grade = found.grade;
            progress->remark = found.remark;
            progress->late = found.late;
            progress->other_code = found.other_code;
        }
        echo_taken = echo_taken || alternative->matchers[at].kind == PLAY_MATCH_ECHO;
    }
    if (echo_taken)
        session_retire_message(session);
    size_t winner = winner_of(state);
    if (winner < PLAY_ALTERNATIVES_MAX) {
        satisfied(session, winner);
        run(session);
    }
}

/* ------------------------------------------------------------------ steps */

static void begin_expectation(play_session *session, const play_expect *expect) {
    script_state *state = state_of(session);
    state->expect = expect;
    memset(state->progress, 0, sizeof state->progress);
    state->patience_us = (int64_t)((double)session->options.event_timeout_us * expect->patience);
    state->expected_at = session->now;
    session->deaf_until = session->progress = session->now + (int64_t)(expect->deaf * 1e6);
    session->timer = session->progress + state->patience_us;
    state->limit = session->progress + TOTAL_FACTOR * state->patience_us;
}

static void answer_close(play_session *session) {
    const play_result *result = &session->result;
    session_answer_close(session, result->close_has_code ? result->close_code : WS_CLOSE_NO_STATUS);
}

static void wait_for_closing(play_session *session) {
    session->progress = session->now;
    session->timer = session->now + session->options.close_timeout_us;
    state_of(session)->limit = session->now + TOTAL_FACTOR * session->options.close_timeout_us;
}

/* A server ends the connection as soon as Close frames went both ways (7.1.1); a client waits for that. What
 * a client sends behind its Close shows until it ends its own side; one that does not is not waited for long.
 */
static void end_as_server(play_session *session) {
    script_state *state = state_of(session);
    if (session->transport_over) {
        conclude(session, false);
        return;
    }
    state->phase = SCRIPT_LINGERING;
    session->wish = PLAY_WISH_SHUTDOWN;
    session->timer = state->limit = session->now + session->options.event_timeout_us / LINGER_PART;
}

static void begin_closing(play_session *session) {
    script_state *state = state_of(session);
    state->phase = SCRIPT_CLOSING;
    /* Inside a frame nothing can be said, but a server that has failed the connection still has to end it. */
    if (session->transport_over || (session->inside_frame && !session->received_close)) {
        conclude(session, false);
        return;
    }
    if (session->received_close)
        answer_close(session);
    else if (!session->shut_down)
        session_close(session, WS_CLOSE_NORMAL, NULL);
    wait_for_closing(session);
    if (session->received_close && session->options.role == WS_SERVER)
        end_as_server(session);
}

static void enter_loop(script_state *state, const play_step *step) {
    state->loops[state->loop_count++] = (script_loop){.start = state->step + 1,
                                                      .end = state->step + 1 + step->body_count,
                                                      .left = step->count - 1,
                                                      .window = step->window,
                                                      .first = true};
    state->step++;
}

/* At the end of a loop's body: back to its beginning, or out of it. */
static void leave_bodies(script_state *state) {
    while (state->loop_count > 0 && state->step == state->loops[state->loop_count - 1].end) {
        script_loop *loop = &state->loops[state->loop_count - 1];
        if (loop->left > 0) {
            loop->left--;
            loop->first = false;
            state->step = loop->start;
            return;
        }
        state->loop_count--;
    }
}

/* A source of fewer bits is weak; the other flaws give keys away. */
static void judge_keys(play_session *session) {
    play_keys_flaw flaw = play_keys_judge(&session->keys, session->options.wall_s);
    if (flaw == PLAY_KEYS_CONSTANT_BIT)
        worsen(state_of(session), PLAY_NON_STRICT, play_keys_flaw_text(flaw));
    else if (flaw != PLAY_KEYS_FINE)
        fail(session, play_keys_flaw_text(flaw), false);
}

/* In a loop with a window the messages of later rounds go out ahead of what this one expects: in the first
 * round as many as the window holds, later the one that moves into it. */
static void send(play_session *session, const play_step *step) {
    const script_state *state = state_of(session);
    const script_loop *loop = state->loop_count > 0 ? &state->loops[state->loop_count - 1] : NULL;
    uint64_t count = 1;
    if (loop && loop->window > 1) {
        uint64_t rounds = loop->left + 1;
        uint64_t all = rounds < loop->window ? rounds : loop->window;
        count = loop->first ? all : rounds >= loop->window;
    }
    while (count-- > 0)
        session_send(session, step);
}

static void run_step(play_session *session, const play_step *step) {
    script_state *state = state_of(session);
    switch (step->kind) {
    case PLAY_STEP_REPEAT:
        enter_loop(state, step);
        return;
    case PLAY_STEP_EXPECT:
        begin_expectation(session, &step->expect);
        break;
    case PLAY_STEP_SHUTDOWN:
        session->wish = PLAY_WISH_SHUTDOWN;
        session->shut_down = true;
        break;
    case PLAY_STEP_RESET:
        state->phase = SCRIPT_RESETTING;
        wait_for_closing(session);
        break;
    case PLAY_STEP_JUDGE:
        judge_keys(session);
        if (session->done)
            return;
        break;
    case PLAY_STEP_PAUSE:
    case PLAY_STEP_ARM:
        break; /* of Autobahn's rules */
    default:
        send(session, step);
        break;
    }
    state->step++;
}

static void run(play_session *session) {
    script_state *state = state_of(session);
    while (!session->done && state->phase == SCRIPT_STEPS && !state->expect) {
        leave_bodies(state);
        bool over = session->received_close || session->transport_over;
        if (over || state->step >= session->c->step_count)
            begin_closing(session);
        else
            run_step(session, &session->c->steps[state->step]);
    }
}

/* ------------------------------------------------------------------ the director */

static void script_opened(play_session *session) {
    worsen(state_of(session), session->opening_verdict, session->opening_reason);
    run(session);
}

static void script_message_begins(play_session *session) {
    const script_state *state = state_of(session);
    const session_message *due = session->messages;
    if (due)
        session_add_echo(session, due);
    if (due && due->next) /* to tell an echo that is lost, or late, from one that is damaged */
        session_add_echo(session, due->next);
    for (size_t i = 0; state->expect && i < state->expect->count; i++) {
        const play_alternative *alternative = &state->expect->alternatives[i];
        for (size_t k = state->progress[i].next; !state->progress[i].dead && k < alternative->count; k++) {
            const play_matcher *matcher = &alternative->matchers[k];
            if (matcher->kind == PLAY_MATCH_MESSAGE)
                session_add_payload(session, matcher->opcode, &matcher->payload);
        }
    }
}

static void event_while_closing(play_session *session, const session_event *event) {
    script_state *state = state_of(session);
    switch (event->kind) {
    case SESSION_MESSAGE:
        if (state->phase == SCRIPT_RESETTING || ignorable(session, event))
            return; /* nothing is owed to a peer whose connection is about to be dropped, nor by it */
        fail(session,
             session_text(
                 session, "expected nothing but the closing handshake; got %s at octet %llu after %.3f s",
                 message_text(session, event), (unsigned long long)event->offset, session_seconds(session)),
             false);
        return;
    case SESSION_CLOSE:
        if (state->phase == SCRIPT_CLOSING && session->options.role == WS_SERVER)
            end_as_server(session);
        return;
    case SESSION_END:
        conclude(session, false);
        return;
    default:
        return;
    }
}

static void remark_unassigned_code(play_session *session, const session_event *event) {
    ws_close_class class = ws_close_classify(event->code);
    if (badness(state_of(session)->verdict) >= badness(PLAY_NON_STRICT))
        return; /* nothing to add: no text for each Close of a peer that sends them without end */
    if (event->code != WS_CLOSE_NO_STATUS && (class == WS_CLOSE_UNASSIGNED || event->code >= 5000))
        worsen(state_of(session), PLAY_NON_STRICT,
               session_text(session,
                            "the peer's Close carries the code %u, which has no meaning (RFC 6455 7.4.2)",
                            event->code));
}

/* Whether a pong answers a ping that the peer must not have looked at: one behind a frame on which it had to
 * fail the connection (7.1.7). The case says so with "echo": false. */
static bool is_forbidden(play_session *session, const session_event *event) {
    size_t sent = event->kind == SESSION_PONG ? state_of(session)->step : 0;
    for (size_t i = 0; i < sent; i++) {
        const play_step *step = &session->c->steps[i];
        const play_payload *payload = &step->send.payload;
        if (step->kind == PLAY_STEP_SEND && step->send.opcode == WS_PING && !step->send.is_message &&
            payload->length == event->payload.size &&
            play_payload_match(payload, 0, event->payload.data, event->payload.size) == event->payload.size)
            return true;
    }
    return false;
}

static void script_event(play_session *session, const session_event *event) {
    script_state *state = state_of(session);
    if (is_forbidden(session, event)) {
        fail(session,
             session_text(session,
                          "the peer went on reading behind a frame on which it had to fail the connection "
                          "(RFC 6455 7.1.7): got %s at octet %llu after %.3f s",
                          event_text(session, event), (unsigned long long)event->offset,
                          session_seconds(session)),
             false);
        return;
    }
    if (event->kind == SESSION_VIOLATION) {
        const char *expected = state->expect ? expectation_text(session) : "the closing handshake";
        session_note_seen(session, brief_text(session, event), state->expected_at);
        session_fail(session, ws_violation_describe(event->violation)->close_code);
        fail(session,
             session_text(session, "the peer broke %s, at octet %llu after %.3f s; expected %s",
                          event_text(session, event), (unsigned long long)event->offset,
                          session_seconds(session), expected),
             false);
        return;
    }
    if (event->kind == SESSION_CLOSE && !(state->expect && anything_takes(session, event)))
        remark_unassigned_code(session, event);
    if (state->phase == SCRIPT_STEPS && state->expect) {
        if (!ignorable(session, event))
            advance(session, event);
        if (event->kind == SESSION_CLOSE && !session->done)
            answer_close(session); /* and go on waiting for what follows it */
        return;
    }
    event_while_closing(session, event);
}

/* Everything is handed out. */
static void script_sent(play_session *session) {
    script_state *state = state_of(session);
    if (state->phase != SCRIPT_RESETTING)
        return;
    state->reset = true;
    session_drop(session, true);
    conclude(session, false);
}

static void script_timer(play_session *session) {
    script_state *state = state_of(session);
    int64_t patience = state->phase == SCRIPT_STEPS ? state->patience_us : session->options.close_timeout_us;
    int64_t due = session->progress + patience;
    if (state->phase == SCRIPT_LINGERING && session->now >= state->limit) {
        conclude(session, false);
        return;
    }
    if (due > state->limit)
        due = state->limit;
    if (session->now < due) {
        session->timer = due;
        return;
    }
    if (state->phase == SCRIPT_STEPS && state->expect) {
        session_event nothing = {.kind = SESSION_TIMEOUT};
        advance(session, &nothing);
        return;
    }
    play_trace_event(&session->trace, session->now - session->started, "timeout");
    state->closing_timed_out = true;
    session_drop(session, false);
    conclude(session, false);
}

const session_director play_script_director = {.state_size = sizeof(script_state),
                                               .opened = script_opened,
                                               .event = script_event,
                                               .message_begins = script_message_begins,
                                               .timer = script_timer,
                                               .sent = script_sent};
