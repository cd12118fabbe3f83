/* Command-line options as a table: parsing, checking and help come from the same rows. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum cli_kind {
    CLI_FLAG,   /* bool */
    CLI_TEXT,   /* const char * */
    CLI_NUMBER, /* uint64_t, from low to high */
    CLI_FACTOR, /* double, over 0 and up to high */
    CLI_CHOICE, /* int: index into choices */
    CLI_LIST,   /* cli_list: may be given again and again */
    CLI_SHARD,  /* cli_shard: I/N */
    CLI_CHOP,   /* uint64_t: a number, or "all" for 1 */
    CLI_HEADING /* not an option: a line of help */
} cli_kind;

enum { CLI_LIST_MAX = 64 };

typedef struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t count;
} cli_list;

typedef struct cli_shard {
    uint64_t index, count; /* 1 <= index <= count; 0/0: not given */
} cli_shard;

typedef struct cli_option {
    const char *name; /* "--json", or the heading */
    cli_kind kind;
    void *value;
    const char *metavar; /* "FILE" */
    const char *help;
    const char *const *choices; /* CHOICE: ends with NULL */
    uint64_t low, high;
} cli_option;

/* Parses argv[1..]; options may stand anywhere before "--". Positional arguments go to `positional` (at most
 * `max`), what follows
 * "--" stays in argv from *rest on (0: there is none). False after one clear line on standard error. */
bool cli_parse(const char *command, int argc, char **argv, const cli_option *options, const char **positional,
               size_t max, size_t *count, int *rest);

/* Prints the rows as help. */
void cli_print_options(const cli_option *options);

typedef struct cli_listen {
    char host[256];
    uint16_t port; /* 0: any */
} cli_listen;

/* HOST:PORT, [IPv6]:PORT, :PORT or PORT; without a host it is 127.0.0.1. False after one clear line. */
bool cli_parse_listen(const char *command, const char *text, cli_listen *at);

/* "wspect COMMAND: sentence" on standard error. */
void cli_complain(const char *command, const char *format, ...);
/* Text of any origin, without what a terminal would obey. */
void cli_print_safe(FILE *out, const char *text);

enum { CLI_EXIT_OK = 0, CLI_EXIT_NOT_CONFORMANT = 1, CLI_EXIT_USAGE = 2, CLI_EXIT_INCOMPLETE = 3 };

#endif
