#include "support/event_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RUN = 8 };

static void expect_ok(ws_status status) {
    if (status != WS_OK)
        abort();
}

void event_log_init(event_log *log, bool headers) {
    *log = (event_log){.headers = headers};
    ws_buffer_init(&log->text, 0);
    ws_buffer_init(&log->payload, 0);
}

void event_log_clear(event_log *log) {
    ws_buffer_clear(&log->text);
    ws_buffer_clear(&log->payload);
}

static void begin_line(event_log *log) {
    if (log->text.size > 0)
        expect_ok(ws_buffer_append_text(&log->text, "; "));
}

static void write_octet(ws_buffer *text, uint8_t octet) {
    bool plain = octet > 0x20 && octet < 0x7f && !strchr("()[]{};\\", octet);
    if (plain)
        expect_ok(ws_buffer_append(text, &octet, 1));
    else
        expect_ok(ws_buffer_printf(text, "\\x%02x", octet));
}

static void write_octets(ws_buffer *text, ws_span octets) {
    for (size_t i = 0; i < octets.size;) {
        size_t run = 1;
        while (i + run < octets.size && octets.data[i + run] == octets.data[i])
            run++;
        write_octet(text, octets.data[i]);
        if (run >= RUN)
            expect_ok(ws_buffer_printf(text, "{%zu}", run));
        i += run >= RUN ? run : 1;
    }
}

static void write_header(event_log *log, const ws_frame_header *header) {
    if (!log->headers)
        return;
    expect_ok(ws_buffer_printf(
        &log->text,
        " {fin %d rsv %u opcode %x mask %d length %" PRIu64 " in %u bits key %02x%02x%02x%02x size %u}",
        header->fin, header->rsv, header->opcode, header->masked, header->length, header->length_bits,
        header->key[0], header->key[1], header->key[2], header->key[3], header->size));
}

static void write_data(event_log *log) {
    const ws_event *data = &log->data;
    if (!log->joining)
        return;
    log->joining = false;
    begin_line(log);
    expect_ok(ws_buffer_printf(&log->text, "%" PRIu64 " %s %s%s%s", data->offset,
                               ws_opcode_name(data->opcode), data->compressed ? "deflated " : "",
                               data->flags & WS_MESSAGE_START ? "[" : "",
                               data->flags & WS_FRAME_START ? "(" : ""));
    write_octets(&log->text, ws_buffer_span(&log->payload));
    expect_ok(ws_buffer_printf(&log->text, "%s%s", data->flags & WS_FRAME_END ? ")" : "",
                               data->flags & WS_MESSAGE_END ? "]" : ""));
    write_header(log, &data->header);
    ws_buffer_consume(&log->payload, log->payload.size);
}

/* A piece belongs to the frame before it when it lies between that frame's ends. */
static bool joins(const event_log *log, const ws_event *event) {
    return log->joining && log->data.offset == event->offset && log->data.opcode == event->opcode &&
           log->data.compressed == event->compressed && !(log->data.flags & WS_FRAME_END) &&
           !(event->flags & (WS_FRAME_START | WS_MESSAGE_START));
}

static void add_data(event_log *log, const ws_event *event) {
    if (event->flags == 0 && event->payload.size == 0)
        event_log_note(log, "data event that says nothing");
    if (joins(log, event)) {
        log->data.flags |= event->flags;
    } else {
        write_data(log);
        log->joining = true;
        log->data = *event;
    }
    expect_ok(ws_buffer_append(&log->payload, event->payload.data, event->payload.size));
}

void event_log_add(event_log *log, const ws_event *event) {
    static const char *const names[] = {[WS_EVENT_PING] = "ping",
                                        [WS_EVENT_PONG] = "pong",
                                        [WS_EVENT_CLOSE] = "close",
                                        [WS_EVENT_VIOLATION] = "violation"};
    if (event->type == WS_EVENT_DATA) {
        add_data(log, event);
        return;
    }
    write_data(log);
    begin_line(log);
    expect_ok(ws_buffer_printf(&log->text, "%" PRIu64 " %s", event->offset, names[event->type]));
    if (event->type == WS_EVENT_CLOSE)
        expect_ok(ws_buffer_printf(&log->text, " %u", event->close_code));
    if (event->type == WS_EVENT_VIOLATION)
        expect_ok(ws_buffer_printf(&log->text, " %s", ws_violation_describe(event->violation)->name));
    if (event->payload.size > 0)
        expect_ok(ws_buffer_append_text(&log->text, " "));
    write_octets(&log->text, event->payload);
    write_header(log, &event->header);
}

void event_log_note(event_log *log, const char *line) {
    write_data(log);
    begin_line(log);
    expect_ok(ws_buffer_append_text(&log->text, line));
}

const char *event_log_text(event_log *log) {
    write_data(log);
    expect_ok(ws_buffer_terminate(&log->text));
    return (const char *)log->text.data;
}
