#include "play/corpus.h"

#include "play/random.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1 << 18, LINE_MAX = 512 };

typedef struct writer {
    uint8_t *out;
    size_t at, size;
    uint64_t seed, drawn;
} writer;

static unsigned draw(writer *to, unsigned below) {
    return (unsigned)(play_random_at(to->seed, to->drawn++) >> 16) % below;
}

/* Octets of the character that begins with this one (RFC 3629 3). */
static size_t character_size(uint8_t lead) {
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* A character that would cross a boundary is moved behind it by blanks. */
static void put_text(writer *to, const char *text) {
    for (const char *at = text; *at && to->at < to->size;) {
        size_t size = character_size((uint8_t)*at);
        while (to->at % PLAY_CORPUS_ALIGNMENT + size > PLAY_CORPUS_ALIGNMENT)
            to->out[to->at++] = ' ';
        if (to->at == to->size)
            return;
        memcpy(to->out + to->at, at, size);
        to->at += size;
        at += size;
    }
}

static void put_line(writer *to, const char *format, ...) {
    char line[LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    put_text(to, line);
}

static bool is_full(const writer *to) {
    return to->at == to->size;
}

/* ------------------------------------------------------------------ the sets */

/* Numbers are drawn one by one: the order in which arguments are evaluated is the compiler's affair. */
static void make_json(writer *to) {
    static const char *const states[] = {"idle", "running", "running", "running", "failed"};
    put_text(to, "{\"stations\": [\n");
    for (unsigned number = 1; !is_full(to); number++) {
        const char *state = states[draw(to, 5)];
        unsigned degrees = draw(to, 40);
        unsigned pressure = draw(to, 30);
        unsigned second = draw(to, 60);
        put_line(
            to,
            "  {\n    \"station\": %u,\n    \"state\": \"%s\",\n    \"measured\": {\"temperature\": %u.%u, "
            "\"pressure\": 10%02u, \"humidity\": null},\n    \"valves\": [true, true, false],\n    "
            "\"since\": "
            "\"2001-02-03T04:05:%02uZ\"\n  },\n",
            number, state, 18 + degrees / 10, degrees % 10, pressure, second);
    }
}

static void make_html(writer *to) {
    static const char *const towns[] = {"Oslo", "Zürich", "Łódź", "Köln", "Lima", "Kraków", "Bern", "Malmö"};
    put_text(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Departures — "
                 "today</title></head>\n<body>\n<table id=\"departures\">\n");
    for (unsigned row = 1; !is_full(to); row++) {
        unsigned line = draw(to, 40);
        const char *town = towns[draw(to, 8)];
        unsigned platform = 1 + draw(to, 12);
        put_line(to,
                 "<tr class=\"%s\">\n  <td class=\"time\">%02u:%02u</td>\n  <td class=\"line\"><a "
                 "href=\"/line/%u#stop-%u\">Line %u</a></td>\n  <td class=\"town\">%s</td>\n  <td "
                 "class=\"platform\">Platform %u</td>\n</tr>\n",
                 row % 2 ? "odd" : "even", row / 12 % 24, row % 12 * 5, line, row, line, town, platform);
    }
}

static void make_prose(writer *to) {
    static const char *const words[] = {
        "der",     "die",     "und",    "in",        "den",      "das",     "nicht",  "ist",     "ein",
        "sie",     "mit",     "es",     "auf",       "im",       "so",      "war",    "er",      "über",
        "dem",     "Hügel",   "Fluß",   "Brücke",    "alte",     "Müller",  "ging",   "langsam", "früh",
        "am",      "Morgen",  "hörte",  "man",       "Glocke",   "läuten",  "als",    "wäre",    "Wind",
        "kühl",    "Straße",  "führte", "hinab",     "zum",      "Ufer",    "dort",   "lagen",   "Kähne",
        "vertäut", "Fischer", "ihre",   "Netze",     "flickten", "während", "Kinder", "Steine",  "warfen",
        "bis",     "Sonne",   "stand",  "höher",     "Schatten", "wurden",  "kürzer", "niemand", "sprach",
        "von",     "dem,",    "was",    "geschehen", "war,",     "obwohl",  "alle",   "daran",   "dachten"};
    enum { WORDS = sizeof words / sizeof *words };
    for (unsigned length = 0; !is_full(to);) {
        /* Words at the head of the list come more often. */
        unsigned below = 1 + draw(to, WORDS);
        const char *word = words[draw(to, below)];
        bool ends = draw(to, 14) == 0;
        put_text(to, word);
        put_text(to, ends ? "." : "");
        length += (unsigned)strlen(word) + 1;
        put_text(to, length > 70 ? "\n" : " ");
        length = length > 70 ? 0 : length;
    }
}

static void make_bitmap(writer *to) {
    enum { WIDTH = 512, NOISE = 136 };
    for (; !is_full(to); to->at++) {
        size_t x = to->at % WIDTH, y = to->at / WIDTH;
        to->out[to->at] = (uint8_t)((x * 60 + y * 60) / WIDTH + draw(to, NOISE));
    }
}

static void make_dense(writer *to) {
    for (; !is_full(to); to->at += 8) {
        uint64_t word = play_random_at(to->seed, to->drawn++);
        for (unsigned i = 0; i < 8; i++)
            to->out[to->at + i] = (uint8_t)(word >> (8 * i));
    }
}

static const struct {
    size_t size;
    void (*make)(writer *to);
} sets[PLAY_CORPUS_COUNT] = {[PLAY_CORPUS_JSON] = {TEXT_SIZE, make_json},
                             [PLAY_CORPUS_HTML] = {TEXT_SIZE, make_html},
                             [PLAY_CORPUS_PROSE] = {TEXT_SIZE, make_prose},
                             [PLAY_CORPUS_BITMAP] = {TEXT_SIZE, make_bitmap},
                             [PLAY_CORPUS_DENSE] = {PLAY_CORPUS_SIZE_MAX, make_dense}};

size_t play_corpus_size(play_corpus corpus) {
    return sets[corpus].size;
}

void play_corpus_make(play_corpus corpus, uint8_t *out) {
    writer to = {.out = out, .size = sets[corpus].size, .seed = 7692 + (uint64_t)corpus};
    sets[corpus].make(&to);
}
