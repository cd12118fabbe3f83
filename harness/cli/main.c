/* wspect: finds the subcommand. */
#include "cli/commands.h"
#include "cli/options.h"
#include "net/process.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} command;

static const command commands[] = {
    {"server", cli_server, "test a WebSocket server"},
    {"client", cli_client, "test WebSocket clients"},
    {"fuzz", cli_fuzz, "fuzz a running server, or a client"},
    {"echo", cli_echo, "run the reference echo server"},
    {"cases", cli_cases, "list, show and check conformance cases"},
    {"report", cli_report, "render a JSON report in other formats"},
    {"wstest", cli_wstest, "take the place of wstest of Autobahn|Testsuite"},
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

/* ------------------------------------------------------------------ libraries that need all they ask for */

/* After a failed allocation Jansson's reader goes on with a text that lacks octets, OpenSSL with locks that
 * are not there, and libuv aborts. No clean-up of theirs may run any more. */
static void leave_without_memory(void) {
    cli_complain("", "out of memory");
    fflush(stdout);
    net_process_kill_all();
    _exit(CLI_EXIT_INCOMPLETE);
}

static void *malloc_or_leave(size_t size) {
    void *memory = malloc(size ? size : 1);
    if (!memory)
        leave_without_memory();
    return memory;
}

static void *realloc_or_leave(void *memory, size_t size) {
    void *grown = realloc(memory, size ? size : 1);
    if (!grown)
        leave_without_memory();
    return grown;
}

static void *calloc_or_leave(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory)
        leave_without_memory();
    return memory;
}

static void *openssl_malloc(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return malloc_or_leave(size);
}

static void *openssl_realloc(void *memory, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return realloc_or_leave(memory, size);
}

static void openssl_free(void *memory, const char *file, int line) {
    (void)file, (void)line;
    free(memory);
}

static void insist_on_memory(void) {
    json_set_alloc_funcs(malloc_or_leave, free);
    CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
    uv_replace_allocator(malloc_or_leave, realloc_or_leave, calloc_or_leave, free);
}

static bool reader_is_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* What was printed must have arrived. A reader that went away has seen enough, and needs no words. */
static int finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (!reader_is_gone())
        cli_complain("", "standard output could not be written");
    return code == CLI_EXIT_OK ? CLI_EXIT_INCOMPLETE : code;
}

/* A link of that name is a drop-in. */
static bool is_wstest(const char *program) {
    const char *slash = strrchr(program, '/');
    return strcmp(slash ? slash + 1 : program, "wstest") == 0;
}

int main(int argc, char **argv) {
    insist_on_memory();
    signal(SIGPIPE, SIG_IGN); /* a reader of our output that goes away shows as a write error */
    if (argc > 0 && is_wstest(argv[0]))
        return finish(cli_wstest(argc, argv));
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
            return finish(commands[i].run(argc - 1, argv + 1));
    cli_complain("", "unknown command \"%s\"; see wspect --help", argv[1]);
    return CLI_EXIT_USAGE;
}
