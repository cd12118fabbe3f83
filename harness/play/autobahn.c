/* The director of `--profile autobahn`: Autobahn's way of judging. The events of a whole connection are held
 * against the lists of the row; timers end what does not end by itself; the closing handshake has a verdict
 * of its own. */
#include "play/session.h"

#include <string.h>

enum { LISTS_MAX = 5 /* one for each verdict */, EVENTS_SHOWN = 8 };

static const int64_t NEVER = INT64_MAX;

typedef struct autobahn_state {
    size_t step;
    bool pausing;
    const char *pause_tag;
    int64_t pause_end;
    int64_t kill_at, close_at; /* timers of the case */
    int64_t close_last;        /* to when close_at may be put off */
    int64_t reply_limit;       /* the peer's Close is due */
    int64_t drop_limit;        /* the server's end of stream is due */
    bool alive[LISTS_MAX];
    size_t events;
    const char *seen; /* the events in words */
    bool judged_ok;   /* ECHO, ROUND_TRIPS */
    uint64_t echoes;
    int64_t echo_at;   /* when the latest of them came */
    bool closer_is_us; /* we sent the first Close, as Autobahn counts */
    bool unclean;
    bool dropped; /* we ended TCP without waiting any longer */
    bool timer_fired;
} autobahn_state;

static autobahn_state *state_of(play_session *session) {
    return session->director_state;
}

static const play_autobahn_rules *rules_of(const play_session *session) {
    return session->c->autobahn_rules;
}

static bool is_open(const play_session *session) {
    return !session->sent_close && !session->received_close && !session->transport_over && !session->done;
}

static int64_t scaled(const play_session *session, double seconds) {
    return (int64_t)(seconds * (double)session->options.event_timeout_us / 2.0);
}

static void set_timer(play_session *session) {
    const autobahn_state *state = state_of(session);
    int64_t due = NEVER;
    int64_t all[] = {state->pausing ? state->pause_end : NEVER, state->kill_at, state->close_at,
                     state->reply_limit, state->drop_limit};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        due = all[i] < due ? all[i] : due;
    session->timer = session->done ? NEVER : due;
}

/* ------------------------------------------------------------------ verdicts */

static play_verdict grade_events(play_session *session, const char **reason) {
    const autobahn_state *state = state_of(session);
    const play_autobahn_rules *rules = rules_of(session);
    if (rules->kind != PLAY_AUTOBAHN_EVENTS) {
        *reason = session_text(session, "%llu echoes of the right type and %s came; seen: %s",
                               (unsigned long long)state->echoes,
                               rules->kind == PLAY_AUTOBAHN_IDENTICAL_ROUND_TRIPS ? "octets" : "length",
                               state->seen ? state->seen : "nothing");
        return state->judged_ok ? PLAY_OK : PLAY_FAILED;
    }
    for (size_t i = 0; i < rules->list_count && i < LISTS_MAX; i++)
        if (state->alive[i] && state->events == rules->lists[i].count) {
            *reason =
                rules->lists[i].grade == PLAY_OK ? NULL : "the events fit the list of this verdict only";
            return rules->lists[i].grade;
        }
    *reason = session_text(session, "the events fit none of the accepted lists; seen: %s",
                           state->seen ? state->seen : "nothing");
    return PLAY_FAILED;
}

static play_close_verdict grade_closing(play_session *session, const char **reason) {
    const autobahn_state *state = state_of(session);
    const play_autobahn_rules *rules = rules_of(session);
    const play_result *result = &session->result;
    if (state->closer_is_us == rules->closed_by_peer) {
        *reason = state->closer_is_us ? "wspect had to close first" : "the peer closed first";
        return PLAY_CLOSE_FAILED;
    }
    if (rules->clean && !result->clean) {
        *reason = "the closing handshake was not clean";
        return PLAY_CLOSE_UNCLEAN;
    }
    bool listed = !result->close_has_code;
    for (size_t i = 0; i < rules->code_count; i++)
        listed = listed || rules->codes[i] == result->close_code;
    if (!listed) {
        *reason = session_text(session, "the peer's Close carries %s",
                               session_code_text(session, result->close_code));
        return PLAY_CLOSE_WRONG_CODE;
    }
    if (session->options.role == WS_CLIENT && state->dropped) {
        *reason = "wspect had to end the connection";
        return PLAY_CLOSE_FAILED_BY_CLIENT;
    }
    return PLAY_CLOSE_OK;
}

static void conclude(play_session *session) {
    autobahn_state *state = state_of(session);
    const play_autobahn_rules *rules = rules_of(session);
    play_result *result = &session->result;
    const char *reason = NULL, *closing_reason = NULL;
    if (session->done)
        return;
    result->closed_by_us = state->closer_is_us;
    result->closed_by_peer = !state->closer_is_us && session->received_close;
    result->clean = session->sent_close && session->received_close && !state->unclean;
    play_verdict verdict = grade_events(session, &reason);
    play_close_verdict closing = grade_closing(session, &closing_reason);
    if ((rules->wrong_code_fails && closing == PLAY_CLOSE_WRONG_CODE) ||
        (rules->wrong_side_fails && state->closer_is_us)) {
        verdict = PLAY_FAILED;
        reason = closing_reason;
    }
    if (rules->forced) {
        verdict = PLAY_INFORMATIONAL;
        closing = PLAY_CLOSE_INFORMATIONAL;
        reason = session_text(session, "recorded only; seen: %s", state->seen ? state->seen : "nothing");
    }
    if (!reason || verdict == PLAY_OK)
        reason = closing_reason;
    if (!session->transport_over && session->wish != PLAY_WISH_RESET)
        session->wish = PLAY_WISH_CLOSE;
    bool bad = verdict == PLAY_FAILED || (closing != PLAY_CLOSE_OK && closing != PLAY_CLOSE_INFORMATIONAL);
    session_finish(session, verdict, closing, reason, state->timer_fired && bad);
}

/* ------------------------------------------------------------------ closing */

static void start_close(play_session *session, uint16_t code, const char *reason) {
    autobahn_state *state = state_of(session);
    if (session->sent_close)
        return;
    if (!session->received_close)
        state->closer_is_us = true;
    session_close(session, code, reason);
    state->reply_limit = session->now + session->options.close_timeout_us;
}

static void drop(play_session *session) {
    autobahn_state *state = state_of(session);
    state->dropped = true;
    session_drop(session, false);
    conclude(session);
}

/* Autobahn's "fail the connection": a Close when open, the end of TCP when a closing handshake is under way.
 */
static void fail_connection(play_session *session, uint16_t code, const char *reason) {
    bool open = is_open(session);
    session->failed = true;
    if (open)
        start_close(session, code, reason);
    else
        drop(session);
}

/* ------------------------------------------------------------------ events */

static bool is_message(const play_session *session, const play_autobahn_event *expected,
                       const session_event *event) {
    for (size_t i = 0; event->kind == SESSION_MESSAGE && i < session->candidate_count; i++)
        if (session->candidates[i].payload == &expected->payload && (event->matches & 1u << i))
            return event->opcode == expected->opcode;
    return false;
}

static bool fits(const play_session *session, const play_autobahn_event *expected,
                 const session_event *event) {
    switch (expected->kind) {
    case PLAY_AUTOBAHN_MESSAGE:
        return is_message(session, expected, event);
    case PLAY_AUTOBAHN_PONG:
        return event->kind == SESSION_PONG && event->payload.size == expected->payload.length &&
               play_payload_match(&expected->payload, 0, event->payload.data, event->payload.size) ==
                   event->payload.size;
    case PLAY_AUTOBAHN_TIMEOUT:
        return event->kind == SESSION_TIMEOUT &&
               strcmp((const char *)event->payload.data, expected->tag) == 0;
    }
    return false;
}

/* The peer decides how many events come: texts are made of the first ones only. */
static void note(play_session *session, const session_event *event) {
    autobahn_state *state = state_of(session);
    if (state->events >= EVENTS_SHOWN) {
        if (state->events == EVENTS_SHOWN)
            state->seen = session_text(session, "%s, and more", state->seen);
        return;
    }
    const char *one =
        event->kind == SESSION_MESSAGE
            ? session_text(session, "%s message of %llu octets", event->opcode == WS_TEXT ? "text" : "binary",
                           (unsigned long long)event->length)
        : event->kind == SESSION_PONG
            ? session_text(session, "pong %s", session_octets_text(session, event->payload))
            : session_text(session, "timeout %s", (const char *)event->payload.data);
    state->seen = state->seen ? session_text(session, "%s, %s", state->seen, one) : one;
}

/* Appends an event; when all lists are complete the closing handshake begins. */
static void append(play_session *session, const session_event *event) {
    autobahn_state *state = state_of(session);
    const play_autobahn_rules *rules = rules_of(session);
    bool all_complete = true;
    note(session, event);
    for (size_t i = 0; i < rules->list_count && i < LISTS_MAX; i++) {
        const play_autobahn_list *list = &rules->lists[i];
        bool due = state->alive[i] && state->events < list->count;
        state->alive[i] = due && fits(session, &list->events[state->events], event);
        all_complete = all_complete && state->alive[i] && state->events + 1 == list->count;
    }
    state->events++;
    if (all_complete && rules->list_count > 0 && !rules->closed_by_peer && !rules->forced && is_open(session))
        start_close(session, rules->code_count ? rules->codes[0] : 1000, NULL);
}

static const play_step *message_step(const play_session *session) {
    for (size_t i = 0; i < session->c->step_count; i++)
        if (session->c->steps[i].kind == PLAY_STEP_SEND)
            return &session->c->steps[i];
    return NULL;
}

static void take_echo(play_session *session, const session_event *event) {
    autobahn_state *state = state_of(session);
    const play_autobahn_rules *rules = rules_of(session);
    const play_step *sent = message_step(session);
    note(session, event);
    state->events++;
    if (!sent || !is_open(session))
        return;
    bool good = event->opcode == sent->send.opcode && event->length == sent->send.payload.length;
    if (rules->kind == PLAY_AUTOBAHN_IDENTICAL_ROUND_TRIPS)
        good = good && (event->matches & 1u);
    state->echoes += good;
    state->echo_at = session->now;
    session_retire_message(session);
    uint64_t wanted = rules->kind == PLAY_AUTOBAHN_ECHO ? 1 : rules->round_trips;
    if (good && state->echoes < wanted) {
        session_send(session, sent);
        return;
    }
    state->judged_ok = good;
    start_close(session, 1000, NULL);
}

static void message_begins(play_session *session) {
    const autobahn_state *state = state_of(session);
    const play_autobahn_rules *rules = rules_of(session);
    if (rules->kind == PLAY_AUTOBAHN_IDENTICAL_ROUND_TRIPS && session->messages)
        session_add_echo(session, session->messages);
    for (size_t i = 0; i < rules->list_count && i < LISTS_MAX; i++) {
        const play_autobahn_list *list = &rules->lists[i];
        size_t next = state->alive[i] ? state->events : list->count;
        /* Pongs and timeouts may come before the message has ended. */
        while (next < list->count && list->events[next].kind != PLAY_AUTOBAHN_MESSAGE)
            next++;
        if (next < list->count)
            session_add_payload(session, list->events[next].opcode, &list->events[next].payload);
    }
}

static void take_close(play_session *session, const session_event *event) {
    autobahn_state *state = state_of(session);
    bool invalid = event->code_invalid || event->payload_invalid || event->reason_invalid;
    if (invalid)
        state->unclean = true;
    if (session->sent_close) { /* the answer to ours */
        state->reply_limit = NEVER;
        if (state->drop_limit == NEVER) /* a second Close gains no time */
            state->drop_limit = session->now + session->options.close_timeout_us;
        if (session->options.role == WS_SERVER)
            conclude(session);
        return;
    }
    if (invalid) {
        state->closer_is_us = true;
        session_close(session, event->reason_invalid ? 1007 : 1002, NULL);
        state->reply_limit = session->now + session->options.close_timeout_us;
        return;
    }
    session_answer_close(session, event->code);
    if (session->options.role == WS_SERVER)
        conclude(session);
    else if (state->kill_at == NEVER) /* nothing else would end the wait for a server that never drops TCP */
        state->drop_limit = session->now + session->options.close_timeout_us;
}

static void arm(play_session *session, const play_step *step) {
    autobahn_state *state = state_of(session);
    unsigned connections = session->options.connections;
    int64_t time = scaled(session, step->seconds);
    *(step->kill ? &state->kill_at : &state->close_at) = session->now + time;
    if (!step->kill)
        state->close_last = session->now + (connections > 1 ? connections : 1) * time;
}

/* The time of a thousand round trips is meant for a peer that does nothing else: one that is at work on other
 * connections, too, has a share of theirs as long as it goes on. */
static bool put_off_close(play_session *session) {
    autobahn_state *state = state_of(session);
    int64_t patience = session->options.event_timeout_us;
    bool moves = state->echoes > 0 && session->now - state->echo_at < patience;
    bool counts = rules_of(session)->round_trips > 0;
    if (!counts || !moves || session->now >= state->close_last)
        return false;
    state->close_at =
        session->now + patience < state->close_last ? session->now + patience : state->close_last;
    return true;
}

static void run(play_session *session) {
    autobahn_state *state = state_of(session);
    while (!session->done && !state->pausing && state->step < session->c->step_count) {
        const play_step *step = &session->c->steps[state->step];
        switch (step->kind) {
        case PLAY_STEP_PAUSE:
            state->pausing = true;
            state->pause_tag = step->tag;
            state->pause_end = session->now + scaled(session, step->seconds);
            break;
        case PLAY_STEP_ARM:
            arm(session, step);
            break;
        case PLAY_STEP_CLOSE:
            session_send(session, step);
            state->closer_is_us = !session->received_close;
            state->reply_limit = session->now + session->options.close_timeout_us;
            break;
        case PLAY_STEP_REPEAT:
            session_send(session, &session->c->steps[state->step + 1]);
            state->step += step->body_count;
            break;
        case PLAY_STEP_EXPECT:
        case PLAY_STEP_SHUTDOWN:
        case PLAY_STEP_RESET:
        case PLAY_STEP_JUDGE:
            break; /* of native rules */
        default:
            session_send(session, step);
            break;
        }
        state->step++;
    }
    set_timer(session);
}

static void opened(play_session *session) {
    autobahn_state *state = state_of(session);
    state->kill_at = state->close_at = state->reply_limit = state->drop_limit = NEVER;
    for (size_t i = 0; i < LISTS_MAX; i++)
        state->alive[i] = true;
    run(session);
}

static void event(play_session *session, const session_event *happened) {
    const play_autobahn_rules *rules = rules_of(session);
    switch (happened->kind) {
    case SESSION_MESSAGE:
        if (rules->kind == PLAY_AUTOBAHN_EVENTS)
            append(session, happened);
        else
            take_echo(session, happened);
        break;
    case SESSION_PONG:
        if (rules->kind == PLAY_AUTOBAHN_EVENTS)
            append(session, happened);
        break;
    case SESSION_CLOSE:
        take_close(session, happened);
        break;
    case SESSION_END:
        conclude(session);
        break;
    case SESSION_VIOLATION:
        fail_connection(session, ws_violation_describe(happened->violation)->close_code, NULL);
        break;
    case SESSION_PING:
    case SESSION_TIMEOUT:
        break;
    }
    set_timer(session);
}

static void end_pause(play_session *session) {
    autobahn_state *state = state_of(session);
    state->pausing = false;
    if (!is_open(session)) {
        state->step = session->c->step_count;
        return;
    }
    if (state->pause_tag) {
        session_event passed = {.kind = SESSION_TIMEOUT, .payload = ws_span_of(state->pause_tag)};
        append(session, &passed);
    }
    run(session);
}

static void timer(play_session *session) {
    autobahn_state *state = state_of(session);
    int64_t now = session->now;
    if (state->pausing && now >= state->pause_end)
        end_pause(session);
    if (!session->done && now >= state->kill_at) {
        state->kill_at = NEVER;
        state->timer_fired = true;
        play_trace_event(&session->trace, now - session->started, "kill timer");
        fail_connection(session, 1001, "Going Away");
    }
    if (!session->done && now >= state->close_at && !put_off_close(session)) {
        state->close_at = NEVER;
        if (is_open(session)) {
            state->timer_fired = true;
            play_trace_event(&session->trace, now - session->started, "close timer");
            start_close(session, 0, NULL);
        }
    }
    if (!session->done && (now >= state->reply_limit || now >= state->drop_limit)) {
        state->timer_fired = true;
        state->unclean = true;
        play_trace_event(&session->trace, now - session->started, "timeout of the closing handshake");
        drop(session);
    }
    set_timer(session);
}

const session_director play_autobahn_director = {.state_size = sizeof(autobahn_state),
                                                 .opened = opened,
                                                 .event = event,
                                                 .message_begins = message_begins,
                                                 .timer = timer};
