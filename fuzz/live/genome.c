#include "live/genome.h"

#include "play/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t live_random_next(live_random *random) {
    return play_random_at(random->seed, random->at++);
}

uint64_t live_random_below(live_random *random, uint64_t limit) {
    return live_random_next(random) % limit;
}

static bool one_in(live_random *random, uint64_t n) {
    return live_random_below(random, n) == 0;
}

/* ------------------------------------------------------------------ drawing */

/* Sizes at which implementations change their mind. */
static uint32_t draw_size(live_random *random, const live_taste *taste) {
    static const uint32_t borders[] = {0,     1,     2,      7,      8,       15,     16,    125,
                                       126,   127,   128,    255,    256,     1023,   1024,  4095,
                                       4096,  8191,  16383,  16384,  32768,   65519,  65528, 65535,
                                       65536, 65537, 131072, 262144, 1048575, 1048576};
    enum { COUNT = sizeof borders / sizeof *borders, SMALL = 11 };
    uint64_t way = live_random_below(random, 16);
    uint32_t size = way < 6    ? (uint32_t)live_random_below(random, 40)
                    : way < 12 ? borders[live_random_below(random, SMALL)]
                    : way < 15 ? borders[live_random_below(random, COUNT - 5)]
                               : borders[live_random_below(random, COUNT)];
    return size < taste->largest ? size : taste->largest;
}

static uint16_t draw_code(live_random *random) {
    static const uint16_t codes[] = {0,    1,   1000, 1000, 1000, 1001, 1003, 1007, 1011, 3000, 4000,
                                     4999, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535};
    return codes[live_random_below(random, sizeof codes / sizeof *codes)];
}

static void draw_payload(live_gene *gene, live_random *random, const live_taste *taste) {
    static const uint8_t contents[] = {LIVE_LETTERS, LIVE_LETTERS, LIVE_UTF8,   LIVE_UTF8,
                                       LIVE_CORPUS,  LIVE_RANDOM,  LIVE_RANDOM, LIVE_BROKEN};
    gene->content = contents[live_random_below(random, sizeof contents)];
    /* Text that is none ends the session: not too often. */
    bool text = gene->kind == LIVE_TEXT || gene->kind == LIVE_TEXT_START;
    if (text && gene->content >= LIVE_BROKEN && !one_in(random, 4))
        gene->content = LIVE_UTF8;
    gene->size = draw_size(random, taste);
    gene->seed = (uint32_t)live_random_next(random);
}

/* Bends that break a rule end the session, so most genes are straight. */
static void draw_bend(live_gene *gene, live_random *random, const live_taste *taste) {
    if (taste->deflate && gene->kind <= LIVE_BINARY && one_in(random, 3))
        gene->bend = LIVE_COMPRESSED;
    else if (one_in(random, 14))
        gene->bend = (uint8_t)live_random_below(random, LIVE_BEND_COUNT);
    if (one_in(random, 3))
        gene->cut = (uint8_t)live_random_below(random, LIVE_CUT_COUNT);
    gene->value = (uint32_t)live_random_next(random);
    if (gene->cut != LIVE_WHOLE && one_in(random, 2))
        gene->value = (uint32_t)live_random_below(random, 20);
}

static void draw_gene(live_gene *gene, uint8_t kind, live_random *random, const live_taste *taste) {
    *gene = (live_gene){.kind = kind};
    switch (kind) {
    case LIVE_WAIT:
    case LIVE_SHUTDOWN:
    case LIVE_RESET:
        return;
    case LIVE_CLOSE:
        draw_payload(gene, random, taste);
        gene->size = one_in(random, 2) ? 0 : gene->size % 128;
        gene->value = draw_code(random);
        return;
    case LIVE_PING:
    case LIVE_PONG:
        draw_payload(gene, random, taste);
        if (!one_in(random, 30))
            gene->size %= 126;
        break;
    case LIVE_RAW:
        gene->size = (uint32_t)live_random_below(random, 64);
        gene->seed = (uint32_t)live_random_next(random);
        return;
    default:
        draw_payload(gene, random, taste);
    }
    draw_bend(gene, random, taste);
}

/* What may follow where no message is open, and within one; what is not legal there, now and then. */
static uint8_t draw_kind(live_random *random, bool in_message) {
    static const uint8_t outside[] = {LIVE_TEXT,       LIVE_TEXT,         LIVE_TEXT, LIVE_BINARY,
                                      LIVE_BINARY,     LIVE_BINARY,       LIVE_PING, LIVE_PING,
                                      LIVE_TEXT_START, LIVE_BINARY_START, LIVE_PONG, LIVE_WAIT};
    static const uint8_t inside[] = {LIVE_MIDDLE, LIVE_MIDDLE, LIVE_LAST, LIVE_LAST,
                                     LIVE_LAST,   LIVE_PING,   LIVE_PONG};
    if (one_in(random, 24))
        return (uint8_t)live_random_below(random, LIVE_KIND_COUNT);
    return in_message ? inside[live_random_below(random, sizeof inside)]
                      : outside[live_random_below(random, sizeof outside)];
}

static bool is_in_message(const live_genome *genome) {
    bool inside = false;
    for (size_t i = 0; i < genome->count; i++) {
        uint8_t kind = genome->genes[i].kind;
        if (kind == LIVE_TEXT_START || kind == LIVE_BINARY_START)
            inside = true;
        else if (kind == LIVE_LAST)
            inside = false;
    }
    return inside;
}

static void draw_opening(live_genome *genome, live_random *random, const live_taste *taste) {
    static const uint8_t openings[] = {LIVE_HARMLESS, LIVE_HARMLESS, LIVE_MANGLED, LIVE_WRONG};
    genome->opening = one_in(random, 6) ? openings[live_random_below(random, sizeof openings)] : LIVE_USUAL;
    genome->opening_seed = genome->opening == LIVE_USUAL ? 0 : (uint32_t)live_random_next(random);
    genome->deflate = taste->deflate && one_in(random, 3) ? (uint8_t)(1 + live_random_below(random, 7)) : 0;
}

void live_genome_draw(live_genome *genome, live_random *random, const live_taste *taste) {
    *genome = (live_genome){0};
    draw_opening(genome, random, taste);
    size_t count = 1 + live_random_below(random, one_in(random, 5) ? LIVE_GENES_MAX - 1 : 8);
    while (genome->count < count) {
        uint8_t kind = draw_kind(random, is_in_message(genome));
        draw_gene(&genome->genes[genome->count++], kind, random, taste);
    }
    if (genome->count < LIVE_GENES_MAX && one_in(random, 5))
        draw_gene(&genome->genes[genome->count++], LIVE_CLOSE, random, taste);
}

/* ------------------------------------------------------------------ changing */

static void insert_gene(live_genome *genome, size_t at, const live_gene *gene) {
    if (genome->count == LIVE_GENES_MAX)
        return;
    memmove(&genome->genes[at + 1], &genome->genes[at], (genome->count - at) * sizeof *gene);
    genome->genes[at] = *gene;
    genome->count++;
}

static void remove_genes(live_genome *genome, size_t at, size_t count) {
    memmove(&genome->genes[at], &genome->genes[at + count],
            (genome->count - at - count) * sizeof *genome->genes);
    genome->count = (uint16_t)(genome->count - count);
}

static void change_gene(live_gene *gene, live_random *random, const live_taste *taste) {
    switch (live_random_below(random, 6)) {
    case 0:
        gene->size = draw_size(random, taste);
        return;
    case 1:
        gene->size = gene->size > 0 && one_in(random, 2) ? gene->size - 1 : gene->size + 1;
        return;
    case 2:
        gene->seed ^= UINT32_C(1) << live_random_below(random, 32);
        return;
    case 3:
        gene->bend = (uint8_t)live_random_below(random, LIVE_BEND_COUNT);
        return;
    case 4:
        gene->cut = (uint8_t)live_random_below(random, LIVE_CUT_COUNT);
        gene->value = (uint32_t)live_random_below(random, 200);
        return;
    default:
        draw_payload(gene, random, taste);
    }
}

static void mutate_once(live_genome *genome, const live_genome *other, live_random *random,
                        const live_taste *taste) {
    size_t at = live_random_below(random, (uint64_t)genome->count + 1);
    bool inside = at < genome->count;
    live_gene gene;
    switch (live_random_below(random, 8)) {
    case 0:
        draw_opening(genome, random, taste);
        return;
    case 1:
        if (inside && genome->count > 1)
            remove_genes(genome, at, 1);
        return;
    case 2:
        if (inside)
            insert_gene(genome, at, &genome->genes[at]);
        return;
    case 3:
        if (inside && genome->count > 1) {
            size_t with = live_random_below(random, genome->count);
            gene = genome->genes[at];
            genome->genes[at] = genome->genes[with];
            genome->genes[with] = gene;
        }
        return;
    case 4: /* a stretch of the other */
        for (size_t i = other ? live_random_below(random, other->count + 1u) : 0; other && i < other->count;
             i++, at++)
            insert_gene(genome, at, &other->genes[i]);
        return;
    case 5:
    case 6:
        if (inside)
            change_gene(&genome->genes[at], random, taste);
        return;
    default:
        draw_gene(&gene, draw_kind(random, is_in_message(genome)), random, taste);
        insert_gene(genome, at, &gene);
    }
}

void live_genome_mutate(live_genome *genome, const live_genome *other, live_random *random,
                        const live_taste *taste) {
    for (uint64_t i = 1 + live_random_below(random, 4); i > 0; i--)
        mutate_once(genome, other, random, taste);
}

/* ------------------------------------------------------------------ making simpler */

/* False when that would change nothing. */
static bool simplify_choice(uint8_t *choice) {
    bool changes = *choice != 0;
    *choice = 0;
    return changes;
}

static bool set_number(uint32_t *number, uint32_t value) {
    bool changes = *number != value;
    *number = value;
    return changes;
}

/* Only sizes are worth small steps; there are too many of them for the rest. */
enum { OPENING_WAYS = 3, GENE_WAYS = 8 };

static bool simplify_gene(live_gene *gene, size_t way) {
    switch (way) {
    case 0:
        return simplify_choice(&gene->content);
    case 1:
        return simplify_choice(&gene->bend);
    case 2:
        return simplify_choice(&gene->cut);
    case 3:
        return set_number(&gene->size, 0);
    case 4:
        return set_number(&gene->value, 0);
    case 5:
        return set_number(&gene->seed, 0);
    case 6:
        return set_number(&gene->size, gene->size / 2);
    default:
        return gene->size > 0 && set_number(&gene->size, gene->size - 1);
    }
}

static bool simplify_opening(live_genome *genome, size_t way) {
    if (way == 0)
        return simplify_choice(&genome->opening);
    if (way == 1)
        return simplify_choice(&genome->deflate);
    return set_number(&genome->opening_seed, 0);
}

/* Ways that change nothing are not counted. */
bool live_genome_reduce(const live_genome *genome, size_t n, live_genome *smaller) {
    for (size_t size = genome->count; size > 0; size = size > 3 ? size / 2 : size - 1) {
        size_t stride = size == 2 ? 1 : size; /* the first and the last fragment only go together */
        for (size_t at = 0; at < genome->count; at += stride) {
            size_t count = genome->count - at < size ? genome->count - at : size;
            if (n-- > 0)
                continue;
            *smaller = *genome;
            remove_genes(smaller, at, count);
            return true;
        }
    }
    for (size_t way = 0; way < OPENING_WAYS; way++) {
        *smaller = *genome;
        if (simplify_opening(smaller, way) && n-- == 0)
            return true;
    }
    for (size_t way = 0; way < GENE_WAYS; way++)
        for (size_t i = 0; i < genome->count; i++) {
            *smaller = *genome;
            if (simplify_gene(&smaller->genes[i], way) && n-- == 0)
                return true;
        }
    return false;
}

/* ------------------------------------------------------------------ written down */

void live_genome_write(const live_genome *genome, char text[LIVE_TEXT_MAX]) {
    int used =
        snprintf(text, LIVE_TEXT_MAX, "%x.%x.%x", genome->opening, genome->opening_seed, genome->deflate);
    for (size_t i = 0; i < genome->count; i++) {
        const live_gene *gene = &genome->genes[i];
        used += snprintf(text + used, LIVE_TEXT_MAX - (size_t)used, ",%x%x%x%x.%x.%x.%x", gene->kind & 15u,
                         gene->content & 15u, gene->bend & 15u, gene->cut & 15u, gene->size, gene->seed,
                         gene->value);
    }
}

/* A number of hex digits, and the mark behind it, if there is to be one. */
static bool read_number(const char **text, uint32_t *number, char mark) {
    char *end;
    unsigned long long value = strtoull(*text, &end, 16);
    if (end == *text || value > UINT32_MAX || **text == '-' || **text == '+' || **text == ' ')
        return false;
    *number = (uint32_t)value;
    if (mark && *end != mark)
        return false;
    *text = end + (mark != '\0');
    return true;
}

bool live_genome_read(live_genome *genome, const char *text) {
    live_genome read = {0};
    uint32_t opening, deflate, choices;
    if (!read_number(&text, &opening, '.') || !read_number(&text, &read.opening_seed, '.') ||
        !read_number(&text, &deflate, '\0') || opening >= LIVE_OPENING_COUNT || deflate > UINT8_MAX)
        return false;
    read.opening = (uint8_t)opening;
    read.deflate = (uint8_t)deflate;
    while (*text == ',' && read.count < LIVE_GENES_MAX) {
        live_gene *gene = &read.genes[read.count++];
        text++;
        if (!read_number(&text, &choices, '.') || !read_number(&text, &gene->size, '.') ||
            !read_number(&text, &gene->seed, '.') || !read_number(&text, &gene->value, '\0'))
            return false;
        gene->kind = (uint8_t)(choices >> 12);
        gene->content = (uint8_t)(choices >> 8 & 15);
        gene->bend = (uint8_t)(choices >> 4 & 15);
        gene->cut = (uint8_t)(choices & 15);
        if (choices > 0xffff || gene->kind >= LIVE_KIND_COUNT || gene->content >= LIVE_CONTENT_COUNT ||
            gene->bend >= LIVE_BEND_COUNT || gene->cut >= LIVE_CUT_COUNT)
            return false;
    }
    if (*text != '\0')
        return false;
    *genome = read;
    return true;
}
