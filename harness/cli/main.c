/* wspect: finds the subcommand. */
#include "cli/commands.h"
#include "cli/options.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} command;

static const command commands[] = {
    {"server", cli_server, "test a WebSocket server"},
    {"echo", cli_echo, "run the reference echo server"},
    {"cases", cli_cases, "list, show and check conformance cases"},
    {"report", cli_report, "render a JSON report in other formats"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void) {
    puts("wspect tests WebSocket endpoints against RFC 6455.\n\nUsage: wspect COMMAND [options]\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
    puts("\nwspect COMMAND --help explains a command. wspect --version prints the version.\n\n"
         "Examples:\n"
         "  wspect server ws://localhost:9001                 test the echo server there\n"
         "  wspect server ws://localhost:9001 --html out.html and leave a report\n"
         "  wspect echo --listen 127.0.0.1:9001               something to test\n\n"
         "Exit codes: 0 conformant; 1 not conformant, or different from the baseline; 2 wrong use or bad "
         "input file;\n"
         "3 the target could not be reached or the run could not be completed.");
}

/* Jansson's reader goes on after a failed allocation, with a text that lacks octets: it may read another
 * value than the one that is there, or write where it must not. */
static void *allocate_or_exit(size_t size) {
    void *memory = malloc(size);
    if (!memory) {
        cli_complain("", "out of memory");
        exit(CLI_EXIT_INCOMPLETE);
    }
    return memory;
}

int main(int argc, char **argv) {
    json_set_alloc_funcs(allocate_or_exit, free);
    signal(SIGPIPE, SIG_IGN); /* a reader of our output that goes away shows as a write error */
    if (argc < 2) {
        print_help();
        return CLI_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return CLI_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("wspect " WSPECT_VERSION);
        return CLI_EXIT_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    cli_complain("", "unknown command \"%s\"; see wspect --help", argv[1]);
    return CLI_EXIT_USAGE;
}
