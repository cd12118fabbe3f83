/* Writes the seeds of the differential target: seeds FOLDER. Every rule of section 5 is broken in one of them
 * and kept at its edge in another, for both roles; so replaying them finds a parser that lacks a check. */
#include "fuzz/foreign/differential.h"

#include "wire/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 6 };

/* A payload is written as text, or is `fill` octets of 'a', or of numbers that come again after `period`. */
typedef struct seed_frame {
    uint8_t opcode;
    bool fin;
    uint8_t rsv;
    const char *text;
    size_t text_size; /* 0: up to the NUL */
    size_t fill;
    size_t period;
    ws_length_form form;
    uint64_t declared; /* 0: what there is */
    bool raw;          /* not compressed in spite of RSV1 */
    bool other_mask;   /* masked when it must not be, and the other way round */
} seed_frame;

typedef struct seed {
    const char *name;
    uint8_t limit;   /* octet 2 of the options */
    uint8_t cut;     /* octet 8 */
    bool compressed; /* permessage-deflate is on, and payloads of frames with RSV1 are compressed */
    uint8_t window;  /* window bits agreed on; 0: 15. Compressed is with 15 all the same */
    seed_frame frames[FRAMES_MAX];
} seed;

#define TEXT(...)                                                                                            \
    { .opcode = WS_TEXT, .fin = true, __VA_ARGS__ }
#define BIN(...)                                                                                             \
    { .opcode = WS_BINARY, .fin = true, __VA_ARGS__ }
#define CONT(...)                                                                                            \
    { .opcode = WS_CONTINUATION, .fin = true, __VA_ARGS__ }
#define FIRST(...)                                                                                           \
    { .opcode = WS_TEXT, __VA_ARGS__ }
#define MORE(...)                                                                                            \
    { .opcode = WS_CONTINUATION, __VA_ARGS__ }
#define PING(...)                                                                                            \
    { .opcode = WS_PING, .fin = true, __VA_ARGS__ }
#define PONG(...)                                                                                            \
    { .opcode = WS_PONG, .fin = true, __VA_ARGS__ }
#define CLOSE(...)                                                                                           \
    { .opcode = WS_CLOSE, .fin = true, __VA_ARGS__ }
#define END                                                                                                  \
    { 0 }
#define OCTETS(octets) .text = octets, .text_size = sizeof octets - 1

static const seed seeds[] = {
    {"empty-messages", .frames = {TEXT(0), BIN(0), FIRST(0), CONT(0), PING(0), PONG(0)}},
    {"text", .frames = {TEXT(.text = "Hello"), TEXT(.text = "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")}},
    {"text-octetwise", .cut = 1,
     .frames = {TEXT(.text = "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), PING(.text = "p")}},
    {"binary", .frames = {BIN(.text = "\0\xff\xfe\x80", .text_size = 4)}},
    {"fragments",
     .frames = {FIRST(.text = "a"), PING(.text = "mid"), MORE(.text = "b"), PONG(0), CONT(.text = "c")}},
    {"fragments-cut-code-point",
     .frames = {FIRST(.text = "\xe2"), MORE(.text = "\x82"), CONT(.text = "\xac")}},
    {"fragments-unfinished", .frames = {FIRST(.text = "abc")}},
    {"length-125", .frames = {BIN(.fill = 125), PING(.fill = 125), PONG(.fill = 125)}},
    {"length-126", .cut = 7, .frames = {BIN(.fill = 126), TEXT(.fill = 127)}},
    {"length-65535", .frames = {BIN(.fill = 200, .declared = 65535)}},
    {"length-65536", .frames = {BIN(.fill = 200, .declared = 65536)}},
    {"length-16-of-125", .frames = {BIN(.fill = 125, .form = WS_LENGTH_16), BIN(.text = "x")}},
    {"length-64-of-65535",
     .frames = {BIN(.fill = 20, .form = WS_LENGTH_64, .declared = 65535), BIN(.text = "x")}},
    {"length-64-of-5", .frames = {TEXT(.text = "Hello", .form = WS_LENGTH_64)}},
    {"length-top-bit", .frames = {BIN(.fill = 40, .declared = UINT64_C(1) << 63)}},
    {"length-all-bits", .frames = {BIN(.fill = 40, .declared = UINT64_MAX)}},
    {"length-header-overflow", .frames = {BIN(.fill = 40, .declared = UINT64_MAX - 12)}},
    {"length-63-bits", .frames = {BIN(.fill = 40, .declared = INT64_MAX)}},
    {"length-33-bits", .frames = {BIN(.fill = 40, .declared = UINT64_C(0x100000005))}},
    {"length-32-bits", .frames = {BIN(.fill = 40, .declared = 0x80000000u)}},
    {"length-sum-overflow", .frames = {FIRST(.text = "a"), CONT(.text = "b", .declared = INT64_MAX)}},
    {"length-sum-wraps", .frames = {FIRST(.text = "a"), CONT(.fill = 20, .declared = UINT64_MAX)}},
    {"limit-exact", .limit = 3, .frames = {BIN(.fill = 127)}},
    {"limit-one-more", .limit = 2, .frames = {BIN(.fill = 127)}},
    {"limit-sum-exact", .limit = 3, .frames = {FIRST(.fill = 100), CONT(.fill = 27)}},
    {"limit-sum-one-more", .limit = 2, .frames = {FIRST(.fill = 100), CONT(.fill = 27)}},
    {"limit-two-messages", .limit = 3,
     .frames = {FIRST(.fill = 100), CONT(.fill = 20), FIRST(.fill = 100), CONT(0)}},
    {"mask-wrong", .frames = {TEXT(.text = "Hello", .other_mask = true), TEXT(.text = "x")}},
    {"mask-wrong-empty", .frames = {PING(.other_mask = true)}},
    {"mask-wrong-second", .frames = {TEXT(.text = "a"), TEXT(.text = "b", .other_mask = true)}},
    {"rsv1", .frames = {TEXT(.text = "a", .rsv = WS_RSV1)}},
    {"rsv2", .frames = {BIN(.text = "a", .rsv = WS_RSV2)}},
    {"rsv3", .frames = {TEXT(.text = "a", .rsv = WS_RSV3)}},
    {"rsv1-ping", .frames = {PING(.text = "a", .rsv = WS_RSV1)}},
    {"rsv1-continuation", .frames = {FIRST(.text = "a"), CONT(.text = "b", .rsv = WS_RSV1)}},
    {"opcode-3", .frames = {{.opcode = 3, .fin = true, .text = "a"}}},
    {"opcode-7", .frames = {{.opcode = 7, .fin = true}}},
    {"opcode-11", .frames = {{.opcode = 11, .fin = true, .text = "a"}}},
    {"opcode-15", .frames = {{.opcode = 15, .fin = true}}},
    {"control-fragment-ping", .frames = {{.opcode = WS_PING, .text = "a"}, CONT(.text = "b")}},
    {"control-fragment-close", .frames = {{.opcode = WS_CLOSE, OCTETS("\x03\xe8")}}},
    {"control-126-ping", .frames = {PING(.fill = 126)}},
    {"control-126-pong", .frames = {PONG(.fill = 126)}},
    {"control-126-close", .frames = {CLOSE(.text = "\x03\xe8", .declared = 126)}},
    {"control-64-bits", .frames = {PING(.text = "a", .form = WS_LENGTH_64)}},
    {"control-16-bits", .frames = {PING(.text = "abc", .form = WS_LENGTH_16)}},
    {"continuation-stray", .frames = {CONT(.text = "a")}},
    {"continuation-stray-open", .frames = {MORE(.text = "a"), CONT(.text = "b")}},
    {"continuation-after-message", .frames = {FIRST(.text = "a"), CONT(.text = "b"), CONT(.text = "c")}},
    {"continuation-after-ping", .frames = {PING(.text = "a"), CONT(.text = "b")}},
    {"interleaved", .frames = {FIRST(.text = "a"), TEXT(.text = "b")}},
    {"interleaved-binary",
     .frames = {FIRST(.text = "a"), {.opcode = WS_BINARY, .text = "b"}, CONT(.text = "c")}},
    {"interleaved-after-ping", .frames = {FIRST(.text = "a"), PING(0), BIN(.text = "b")}},
    {"text-c0-80", .frames = {TEXT(.text = "a\xc0\x80z")}},
    {"text-surrogate", .frames = {TEXT(.text = "\xed\xa0\x80")}},
    {"text-surrogate-inside", .frames = {TEXT(.text = "ab\xed\xbf\xbf"
                                                      "cdefgh")}},
    {"text-overlong-inside", .frames = {TEXT(.text = "ab\xe0\x80\x80"
                                                     "cdefgh")}},
    {"text-above-10ffff-inside", .frames = {TEXT(.text = "ab\xf4\x90\x80\x80"
                                                         "cdefgh")}},
    {"text-before-surrogates", .frames = {TEXT(.text = "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf")}},
    {"text-above-10ffff", .frames = {TEXT(.text = "\xf4\x90\x80\x80")}},
    {"text-10ffff", .frames = {TEXT(.text = "\xf4\x8f\xbf\xbf\xf0\x90\x80\x80")}},
    {"text-overlong-3", .frames = {TEXT(.text = "\xe0\x9f\xbf")}},
    {"text-overlong-4", .frames = {TEXT(.text = "\xf0\x8f\xbf\xbf")}},
    {"text-f5", .frames = {TEXT(.text = "\xf5\x80\x80\x80")}},
    {"text-fe", .frames = {TEXT(.text = "\xfe\xff")}},
    {"text-lone-tail", .frames = {TEXT(.text = "\x80")}},
    {"text-truncated", .frames = {TEXT(.text = "abc\xe2\x82"), TEXT(.text = "\xac")}},
    {"text-truncated-long", .frames = {TEXT(.text = "0123456789012345678901234567890\xe2\x82")}},
    {"text-truncated-in-fragments", .frames = {FIRST(.text = "a\xe2"), CONT(.text = "\x82")}},
    {"text-bad-in-fragments",
     .frames = {FIRST(.text = "a"), PING(0), MORE(.text = "\xff"), CONT(.text = "b")}},
    {"text-bad-join", .frames = {FIRST(.text = "\xe2\x82"), CONT(.text = "\x28")}},
    {"text-bad-behind-ascii", .frames = {TEXT(.text = "0123456789abcdef0123456789abcdef0123456\xa9")}},
    {"binary-not-utf8-in-fragments", .frames = {{.opcode = WS_BINARY, .text = "\xff"}, CONT(.text = "\xfe")}},
    {"close-empty", .frames = {CLOSE(0)}},
    {"close-1000", .frames = {CLOSE(OCTETS("\x03\xe8"))}},
    {"close-1000-reason", .frames = {CLOSE(.text = "\x03\xe8"
                                                   "bye \xc3\xa9")}},
    {"close-longest",
     .frames = {CLOSE(.text = "\x03\xe9"
                              "0123456789012345678901234567890123456789012345678901234567890"
                              "12345678901234567890123456789012345678901234567890123456789012")}},
    {"close-one-octet", .frames = {CLOSE(.text = "\x03")}},
    {"close-999", .frames = {CLOSE(OCTETS("\x03\xe7"))}},
    {"close-0", .frames = {CLOSE(OCTETS("\0\0"))}},
    {"close-1003", .frames = {CLOSE(OCTETS("\x03\xeb"))}},
    {"close-1004", .frames = {CLOSE(OCTETS("\x03\xec"))}},
    {"close-1005", .frames = {CLOSE(OCTETS("\x03\xed"))}},
    {"close-1006", .frames = {CLOSE(OCTETS("\x03\xee"))}},
    {"close-1007", .frames = {CLOSE(OCTETS("\x03\xef"))}},
    {"close-1011", .frames = {CLOSE(OCTETS("\x03\xf3"))}},
    {"close-1012", .frames = {CLOSE(OCTETS("\x03\xf4"))}},
    {"close-1013", .frames = {CLOSE(OCTETS("\x03\xf5"))}},
    {"close-1014", .frames = {CLOSE(OCTETS("\x03\xf6"))}},
    {"close-1015", .frames = {CLOSE(OCTETS("\x03\xf7"))}},
    {"close-1016", .frames = {CLOSE(OCTETS("\x03\xf8"))}},
    {"close-2999", .frames = {CLOSE(OCTETS("\x0b\xb7"))}},
    {"close-3000", .frames = {CLOSE(OCTETS("\x0b\xb8"))}},
    {"close-4999", .frames = {CLOSE(OCTETS("\x13\x87"))}},
    {"close-5000", .frames = {CLOSE(OCTETS("\x13\x88"))}},
    {"close-65535", .frames = {CLOSE(OCTETS("\xff\xff"))}},
    {"close-bad-reason", .frames = {CLOSE(.text = "\x03\xe8"
                                                  "a\xff")}},
    {"close-truncated-reason", .frames = {CLOSE(.text = "\x03\xe8\xe2\x82")}},
    {"close-reason-in-pieces", .cut = 3,
     .frames = {CLOSE(.text = "\x03\xe8"
                              "bye \xc3\xa9")}},
    {"close-in-message", .frames = {FIRST(.text = "a"), CLOSE(OCTETS("\x03\xe8"))}},
    {"close-octetwise", .cut = 1,
     .frames = {PING(.text = "a"), CLOSE(.text = "\x03\xe8"
                                                 "bye")}},
    {"close-then-text", .frames = {CLOSE(OCTETS("\x03\xe8")), TEXT(.text = "late")}},
    {"deflate", .compressed = true,
     .frames = {TEXT(.text = "Hello Hello Hello", .rsv = WS_RSV1), TEXT(.text = "plain")}},
    {"deflate-context", .compressed = true,
     .frames = {TEXT(.text = "Hello, context", .rsv = WS_RSV1),
                TEXT(.text = "Hello, context", .rsv = WS_RSV1)}},
    {"deflate-fill", .compressed = true, .frames = {BIN(.fill = 40000, .rsv = WS_RSV1)}},
    {"deflate-fill-buffer", .compressed = true,
     .frames = {BIN(.fill = 32768, .rsv = WS_RSV1), BIN(.fill = 65536, .rsv = WS_RSV1)}},
    {"deflate-stored", .compressed = true,
     .frames = {TEXT(.rsv = WS_RSV1, .raw = true, OCTETS("\x00\x05\x00\xfa\xffHello\x00"))}},
    {"deflate-two-blocks", .compressed = true,
     .frames = {TEXT(.rsv = WS_RSV1, .raw = true,
                     OCTETS("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"))}},
    {"deflate-final-block", .compressed = true,
     .frames = {TEXT(.rsv = WS_RSV1, .raw = true, OCTETS("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"))}},
    {"deflate-final-block-then-context", .compressed = true,
     .frames = {TEXT(.rsv = WS_RSV1, .raw = true, OCTETS("\xf3\x48\xcd\xc9\xc9\x07\x00\x00")),
                TEXT(.rsv = WS_RSV1, .raw = true, OCTETS("\xf2\x00\x11\x00\x00"))}},
    {"deflate-final-stored-empty", .compressed = true,
     .frames = {TEXT(.rsv = WS_RSV1, .raw = true, OCTETS("\x01\x00\x00\xff\xff\x00"))}},
    {"deflate-window-512", .compressed = true, .window = 9,
     .frames = {BIN(.fill = 600, .period = 512, .rsv = WS_RSV1)}},
    {"deflate-window-513", .compressed = true, .window = 9,
     .frames = {BIN(.fill = 600, .period = 513, .rsv = WS_RSV1)}},
    {"deflate-window-round", .compressed = true,
     .frames = {BIN(.fill = 40000, .period = 501, .rsv = WS_RSV1)}},
    {"deflate-dynamic", .compressed = true,
     .frames =
         {BIN(.fill = 300, .period = 200, .rsv = WS_RSV1),
          TEXT(.text =
                   "she sells sea shells by the sea shore; the shells she sells are sea shells, she is sure",
               .rsv = WS_RSV1)}},
    {"deflate-repeat-beyond", .compressed = true,
     .frames = {BIN(.rsv = WS_RSV1, .raw = true,
                    OCTETS("\x04\xc0\xa1\x00\x00\x00\x00\x00\x20\xd6\xfc\x25\x1a\x04"))}},
    {"deflate-distance-beyond", .compressed = true,
     .frames = {BIN(.rsv = WS_RSV1, .raw = true, OCTETS("\x4a\x44\x00\x00"))}},
    {"deflate-octetwise", .compressed = true, .cut = 1,
     .frames = {TEXT(.text = "Hello Hello", .rsv = WS_RSV1), PING(.text = "p")}},
    {"deflate-bad-text", .compressed = true, .frames = {TEXT(.text = "a\xff", .rsv = WS_RSV1)}},
    {"deflate-rsv1-control", .compressed = true, .frames = {PING(.rsv = WS_RSV1, .text = "a")}},
    {"deflate-rsv1-continuation", .compressed = true,
     .frames = {FIRST(.rsv = WS_RSV1, .text = "a"), CONT(.rsv = WS_RSV1, .raw = true)}},
    {"deflate-rsv2", .compressed = true, .frames = {TEXT(.rsv = WS_RSV2, .text = "a")}},
};

static void check(bool good, const char *what) {
    if (good)
        return;
    fprintf(stderr, "seeds: %s\n", what);
    exit(1);
}

static ws_span payload_of(const seed_frame *frame, uint8_t *room, size_t room_size) {
    if (frame->fill > 0) {
        check(frame->fill <= room_size, "a payload is too long");
        uint32_t number = 1;
        for (size_t i = 0; i < frame->fill; i++) {
            number = number * 1664525u + 1013904223u;
            room[i] = !frame->period      ? 'a'
                      : i < frame->period ? (uint8_t)(number >> 24)
                                          : room[i - frame->period];
        }
        return (ws_span){room, frame->fill};
    }
    const char *text = frame->text ? frame->text : "";
    return (ws_span){(const uint8_t *)text, frame->text_size ? frame->text_size : strlen(text)};
}

static void emit(const seed_frame *row, ws_role reader, ws_deflater *deflater, ws_buffer *out) {
    static uint8_t room[65536];
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    ws_buffer compressed;
    ws_buffer_init(&compressed, 0);
    ws_frame frame = {.opcode = row->opcode,
                      .rsv = row->rsv,
                      .fin = row->fin,
                      .masked = (reader == WS_SERVER) != row->other_mask,
                      .payload = payload_of(row, room, sizeof room),
                      .lie_about_length = row->declared != 0,
                      .declared = row->declared,
                      .length_form = row->form};
    memcpy(frame.key, key, sizeof key);
    if (deflater && (row->rsv & WS_RSV1) && !row->raw) {
        check(ws_deflater_write(deflater, frame.payload, true, &compressed) == WS_OK, "cannot compress");
        frame.payload = ws_buffer_span(&compressed);
    }
    check(ws_frame_emit(&frame, out) == WS_OK, "out of memory");
    ws_buffer_clear(&compressed);
}

static bool is_end(const seed_frame *frame) {
    return frame->opcode == 0 && !frame->fin && !frame->text && frame->fill == 0;
}

/* Whether a frame lacks so much payload that much has to be made up. */
static bool is_made_up(const seed *row) {
    for (size_t i = 0; i < FRAMES_MAX; i++)
        if (row->frames[i].declared > 300 && row->frames[i].declared <= 65536)
            return true;
    return false;
}

static void write_seed(const char *folder, const seed *row, ws_role reader) {
    uint8_t options[DIFFERENTIAL_OPTION_OCTETS] = {0};
    options[0] =
        (uint8_t)((reader == WS_SERVER ? 1 : 0) | (row->compressed ? 8 : 0) | (is_made_up(row) ? 0x20 : 0));
    options[2] = row->limit;
    options[7] = row->window ? row->window - 8 : 7;
    options[8] = row->cut;
    ws_deflater_options deflate = {.agreement = {.window_bits = 15}, .level = -1};
    ws_deflater *deflater = row->compressed ? ws_deflater_new(&deflate) : NULL;
    ws_buffer out;
    ws_buffer_init(&out, 0);
    check(ws_buffer_append(&out, options, sizeof options) == WS_OK, "out of memory");
    for (size_t i = 0; i < FRAMES_MAX && !is_end(&row->frames[i]); i++)
        emit(&row->frames[i], reader, deflater, &out);
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%s", folder, row->name, reader == WS_SERVER ? "server" : "client");
    FILE *file = fopen(path, "wb");
    check(file && fwrite(out.data, 1, out.size, file) == out.size && fclose(file) == 0, path);
    ws_buffer_clear(&out);
    ws_deflater_free(deflater);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fputs("usage: seeds FOLDER\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        write_seed(arguments[1], &seeds[i], WS_SERVER);
        write_seed(arguments[1], &seeds[i], WS_CLIENT);
    }
    return 0;
}
