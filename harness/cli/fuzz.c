/* wspect fuzz: finds out which end is fuzzed. */
#include "cli/commands.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

static void print_help(void) {
    puts("Usage: wspect fuzz server URL [options] [-- COMMAND [ARG...]]\n"
         "       wspect fuzz client [options] -- COMMAND [ARG...]\n\n"
         "Plays sessions that are drawn against a running endpoint, and writes down as cases those on which "
         "it "
         "fails.\n\n"
         "wspect fuzz server --help and wspect fuzz client --help explain the options.\n\n"
         "Exit codes: 0 nothing was found; 1 findings; 2 wrong use or bad input file; 3 the run could not be "
         "completed.");
}

int cli_fuzz(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "server") == 0)
        return cli_fuzz_server(argc - 1, argv + 1);
    if (strcmp(what, "client") == 0)
        return cli_fuzz_client(argc - 1, argv + 1);
    if (strcmp(what, "--help") == 0 || strcmp(what, "-h") == 0) {
        print_help();
        return CLI_EXIT_OK;
    }
    cli_complain("fuzz", "needs \"server\" or \"client\"%s%s; see wspect fuzz --help", *what ? ", not " : "",
                 what);
    return CLI_EXIT_USAGE;
}
