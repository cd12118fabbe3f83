/* wspect wstest: takes the command line and the spec files of Autobahn|Testsuite's wstest, and leaves reports
 * in its form. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/server.h"
#include "cli/wstest_spec.h"
#include "cli/wstest_testee.h"
#include "wire/uri.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The status of a process does not tell verdicts, as with wstest. */
enum { DONE = 0, COULD_NOT = 1 };
static const char command[] = "wstest";

typedef struct wstest_options {
    const char *mode, *spec, *url, *ident, *key, *certificate, *outfile, *testset;
    uint64_t webport;
    bool debug, versions, help;
} wstest_options;

typedef struct wstest_run {
    const wstest_options *options;
    wstest_spec spec;
    const char *agent; /* of the server that is being tested, as patterns see it */
    const char *url;   /* likewise */
} wstest_run;

/* ------------------------------------------------------------------ which cases */

static bool is_wanted(const play_case *c, const void *user) {
    const wstest_run *run = user;
    return c->autobahn && wstest_spec_wants(&run->spec, c->autobahn) &&
           !(run->agent && wstest_spec_spares(&run->spec, run->agent, c->autobahn));
}

static bool is_spared(const char *agent, const play_case *c, const void *user) {
    const wstest_run *run = user;
    return wstest_spec_spares(&run->spec, agent, c->autobahn);
}

static cli_selection_options selection_of(const wstest_run *run, unsigned role) {
    return (cli_selection_options){.profile = CLI_AUTOBAHN, .role = role, .picks = is_wanted, .user = run};
}

/* ------------------------------------------------------------------ files */

/* With all folders above it. */
static bool make_folder(const char *path) {
    char part[4096];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return false;
    for (char *at = part; *at;) {
        at += 1 + strcspn(at + 1, "/");
        char kept = *at;
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            cli_complain(command, "%s: cannot be made: %s", part, strerror(errno));
            return false;
        }
        *at = kept;
    }
    return true;
}

/* The spec that was named, or the one of the mode in the current folder, which is made where there is none.
 */
static int read_spec(wstest_run *run, bool of_server) {
    char error[1024], implied[64];
    const char *path = run->options->spec;
    snprintf(implied, sizeof implied, "%s.json", run->options->mode);
    if (path) {
        printf("Using explicit spec file '%s'\n", path);
    } else if (access(path = implied, F_OK) == 0) {
        printf("Using implicit spec file '%s'\n", path);
    } else {
        printf("Auto-generating spec file '%s'\n", path);
        if (!wstest_spec_write_default(path, of_server, error, sizeof error)) {
            cli_complain(command, "%s", error);
            return COULD_NOT;
        }
    }
    if (wstest_spec_read(&run->spec, path, error, sizeof error))
        return DONE;
    cli_complain(command, "%s", error);
    return CLI_EXIT_USAGE;
}

/* ------------------------------------------------------------------ fuzzingclient */

static void on_case(const report_case *c, const char *agent, void *user) {
    const wstest_run *run = user;
    printf("Running test case ID %s for agent ", c->autobahn);
    cli_print_safe(stdout, agent ? agent : "UnknownServer");
    fputs(" from peer ", stdout);
    cli_print_safe(stdout, run->url);
    putchar('\n');
    fflush(stdout);
}

/* The report, or NULL: the server could not be reached, or has no case to play. */
static report *test_server(wstest_run *run, const wstest_server *server) {
    char origin[1024];
    report *found = NULL;
    cli_server_options options = {.command = command,
                                  .oracle = CLI_ORACLE_ECHO,
                                  .jobs = 1, /* some servers take one connection at a time */
                                  .seed = 1,
                                  .repeat = 1,
                                  .timeout_scale = 1,
                                  .outputs = {.quiet = true},
                                  .agent = server->agent,
                                  .subprotocol = server->protocol,
                                  .tls = {.insecure = !server->hostname},
                                  .report = &found,
                                  .on_case = on_case,
                                  .user = run};
    run->agent = server->agent ? server->agent : "UnknownServer";
    run->url = server->url;
    options.selection = selection_of(run, PLAY_ROLE_SERVER);
    if (server->origin) {
        snprintf(origin, sizeof origin, "Origin: %s", server->origin);
        options.headers.items[options.headers.count++] = origin;
    }
    (void)cli_server_run(&options, server->url);
    return found;
}

/* Those of all servers, as a list. */
static report *test_servers(wstest_run *run, const wstest_server *servers, size_t count) {
    report *first = NULL, **end = &first;
    bool interrupted = false;
    for (size_t i = 0; i < count && !interrupted; i++) {
        *end = test_server(run, &servers[i]);
        if (!*end)
            continue;
        interrupted = (*end)->interrupted;
        end = &(*end)->next;
    }
    return first;
}

static bool announce(wstest_run *run, size_t servers) {
    cli_selection selection;
    const cli_selection_options options = selection_of(run, PLAY_ROLE_SERVER);
    if (cli_select(command, &options, &selection) != CLI_EXIT_OK)
        return false;
    printf("Ok, will run %zu test cases against %zu servers\n", selection.count, servers);
    fflush(stdout);
    cli_selection_clear(&selection);
    return true;
}

static int fuzz_servers(wstest_run *run) {
    char error[1024];
    const wstest_server single = {.url = run->options->url};
    const char *folder = run->spec.outdir ? run->spec.outdir : "./reports/servers";
    const wstest_server *servers = run->spec.servers;
    size_t count = run->spec.server_count;
    if (count == 0 && single.url) {
        servers = &single;
        count = 1;
    }
    if (count == 0) {
        cli_complain(command, "the spec names no servers, and there is no -w");
        return CLI_EXIT_USAGE;
    }
    if (!announce(run, count))
        return CLI_EXIT_USAGE;
    if (!make_folder(folder))
        return COULD_NOT;
    report *first = test_servers(run, servers, count);
    int written = report_write_autobahn(first, folder, error, sizeof error);
    if (written != 0)
        cli_complain(command, "%s", error);
    report_free(first);
    return written == 0 ? DONE : COULD_NOT;
}

static int fuzzing_client(wstest_run *run) {
    int code = read_spec(run, false);
    return code == DONE ? fuzz_servers(run) : code;
}

/* ------------------------------------------------------------------ servers */

/* On all interfaces, whatever host the URL names, as with wstest: port mappings rely on it. */
static bool where_to_listen(const char *url, char *listen, size_t size, bool *secure) {
    ws_uri uri;
    const char *why;
    if (ws_uri_parse(url, &uri, &why) != WS_OK) {
        cli_complain(command, "\"%s\" is no WebSocket URL: %s", url, why);
        return false;
    }
    snprintf(listen, size, "0.0.0.0:%u", (unsigned)uri.port);
    *secure = uri.secure;
    return true;
}

static int fuzz_clients(wstest_run *run) {
    char listen[32];
    const wstest_options *wanted = run->options;
    const char *folder = run->spec.outdir ? run->spec.outdir : "./reports/clients";
    const char *url = wanted->url ? wanted->url : run->spec.url;
    cli_client_options options = {.command = command,
                                  .selection = selection_of(run, PLAY_ROLE_CLIENT),
                                  .outputs = {.quiet = true, .autobahn_dir = folder},
                                  .jobs = 4,
                                  .repeat = 1,
                                  .seed = 1,
                                  .timeout_scale = 1,
                                  .listen = listen,
                                  .as_wstest = true,
                                  .spares = is_spared,
                                  .user = run};
    if (!url) {
        cli_complain(command, "the spec has no \"url\", and there is no -w");
        return CLI_EXIT_USAGE;
    }
    if (!where_to_listen(url, listen, sizeof listen, &options.tls))
        return CLI_EXIT_USAGE;
    if (options.tls) {
        options.certificate = wanted->certificate ? wanted->certificate : run->spec.certificate;
        options.key = wanted->key ? wanted->key : run->spec.key;
    }
    if (!make_folder(folder))
        return COULD_NOT;
    int code = cli_client_run(&options);
    return code == CLI_EXIT_INCOMPLETE ? COULD_NOT : code;
}

static int fuzzing_server(wstest_run *run) {
    int code = read_spec(run, true);
    return code == DONE ? fuzz_clients(run) : code;
}

/* ------------------------------------------------------------------ the reference endpoint */

static const char *endpoint_url(const wstest_run *run) {
    return run->options->url ? run->options->url : "ws://127.0.0.1:9000";
}

static int echo(int argc, const char **argv) {
    int code = cli_echo(argc, (char **)argv);
    return code == CLI_EXIT_INCOMPLETE ? COULD_NOT : code;
}

static int echo_server(wstest_run *run) {
    char listen[32];
    bool secure;
    const wstest_options *options = run->options;
    if (!where_to_listen(endpoint_url(run), listen, sizeof listen, &secure))
        return CLI_EXIT_USAGE;
    const char *argv[9] = {"echo", "--listen", listen};
    int argc = 3;
    if (secure)
        argv[argc++] = "--tls";
    if (secure && options->certificate) {
        argv[argc++] = "--cert";
        argv[argc++] = options->certificate;
    }
    if (secure && options->key) {
        argv[argc++] = "--key";
        argv[argc++] = options->key;
    }
    return echo(argc, argv);
}

static int echo_client(wstest_run *run) {
    const char *argv[] = {"echo", "--connect", endpoint_url(run), "--insecure", NULL};
    return echo(4, argv);
}

static int testee_client(wstest_run *run) {
    char error[NET_TLS_ERROR_MAX];
    const char *why, *url = endpoint_url(run), *agent = run->options->ident ? run->options->ident : "wspect";
    const net_tls_client_options secure = {.insecure = true};
    net_tls_context *tls = NULL;
    unsigned cases;
    ws_uri uri;
    if (ws_uri_parse(url, &uri, &why) != WS_OK) {
        cli_complain(command, "\"%s\" is no WebSocket URL: %s", url, why);
        return CLI_EXIT_USAGE;
    }
    if (uri.secure && net_tls_client_new(&tls, &secure, error, sizeof error) != WS_OK) {
        cli_complain(command, "%s", error);
        return COULD_NOT;
    }
    bool played = wstest_testee_run(command, &uri, tls, agent, &cases);
    if (tls)
        net_tls_context_free(tls);
    if (played)
        printf("Played %u test cases as agent %s\n", cases, agent);
    return played ? DONE : COULD_NOT;
}

/* ------------------------------------------------------------------ modes and options */

static int not_there(wstest_run *run) {
    cli_complain(command, "mode %s is not there; see wspect wstest --help", run->options->mode);
    return CLI_EXIT_USAGE;
}

static const struct {
    const char *name;
    int (*run)(wstest_run *run);
    const char *help;
} modes[] = {
    {"fuzzingclient", fuzzing_client, "test the servers of the spec, one after the other"},
    {"fuzzingserver", fuzzing_server, "test the clients that come, until it is stopped"},
    {"echoserver", echo_server, "the reference echo server, at -w"},
    {"echoclient", echo_client, "the reference endpoint as a client of -w, for one connection"},
    {"testeeserver", echo_server, "the same as echoserver"},
    {"testeeclient", testee_client,
     "the reference endpoint as a client of the fuzzing server at -w, for all its cases"},
    {"massconnect", not_there, NULL},
    {"broadcastserver", not_there, NULL},
    {"broadcastclient", not_there, NULL},
    {"serializer", not_there, NULL},
};
enum { MODES = sizeof modes / sizeof *modes };

static void print_help(const cli_option *rows) {
    puts("Usage: wspect wstest -m MODE [options]\n\n"
         "Takes the place of wstest, the command of Autobahn|Testsuite: the same options, the same spec "
         "files, the same "
         "517 cases judged by\nthe same rules, the same reports (index.json, index.html, two files a case), "
         "and an exit "
         "status that does not\ntell verdicts. A program of the name wstest that is a link to wspect does "
         "the same.\n\n"
         "Modes:");
    for (size_t i = 0; i < MODES; i++)
        if (modes[i].help)
            printf("  %-26s %s\n", modes[i].name, modes[i].help);
    cli_print_options(rows);
    puts("\nWithout --spec, MODE.json of the current folder is read, and made when it is not there. Servers "
         "listen on all "
         "interfaces,\nwhatever host their URL names.\n\n"
         "Examples:\n"
         "  wspect wstest -m fuzzingclient -s fuzzingclient.json\n"
         "  wspect wstest -m fuzzingclient -w ws://127.0.0.1:9001 -s config/fuzzingclient.json\n"
         "  wspect wstest -m fuzzingserver -s fuzzingserver.json\n"
         "  wspect wstest -m testeeserver -w ws://127.0.0.1:9001\n"
         "  ln -s \"$(command -v wspect)\" /usr/local/bin/wstest\n\n"
         "Exit codes: 0 whatever the verdicts; 1 could not listen, or not write the reports; 2 wrong use or "
         "bad spec.");
}

static int run_mode(const wstest_options *options) {
    wstest_run run = {.options = options};
    if (!options->mode) {
        cli_complain(command,
                     "needs a mode: -m fuzzingclient, -m fuzzingserver, ...; see wspect wstest --help");
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < MODES; i++)
        if (strcmp(modes[i].name, options->mode) == 0) {
            int code = modes[i].run(&run);
            wstest_spec_clear(&run.spec);
            return code;
        }
    cli_complain(command, "there is no mode \"%s\"; see wspect wstest --help", options->mode);
    return CLI_EXIT_USAGE;
}

/* -m is --mode, and so on. */
static const char *long_name(const char *argument) {
    static const struct {
        const char *brief, *name;
    } names[] = {{"-m", "--mode"},  {"-s", "--spec"},    {"-w", "--wsuri"},   {"-i", "--ident"},
                 {"-k", "--key"},   {"-c", "--cert"},    {"-u", "--webport"}, {"-a", "--autobahnversion"},
                 {"-d", "--debug"}, {"-o", "--outfile"}, {"-t", "--testset"}, {"-h", "--help"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].brief, argument) == 0)
            return names[i].name;
    return argument;
}

int cli_wstest(int argc, char **argv) {
    wstest_options options = {0};
    const cli_option rows[] = {
        {"Options:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--mode", CLI_TEXT, &options.mode, "MODE", "-m: what to be", 0, 0, 0},
        {"--spec", CLI_TEXT, &options.spec, "FILE", "-s: spec file, of the fuzzing modes", 0, 0, 0},
        {"--wsuri", CLI_TEXT, &options.url, "URL",
         "-w: a server when the spec names none; where to listen, or to connect", 0, 0, 0},
        {"--ident", CLI_TEXT, &options.ident, "NAME", "-i: name of testeeclient in reports", 0, 0, 0},
        {"--key", CLI_TEXT, &options.key, "FILE", "-k: private key of a server at a wss URL (PEM)", 0, 0, 0},
        {"--cert", CLI_TEXT, &options.certificate, "FILE", "-c: its certificate chain (PEM)", 0, 0, 0},
        {"--autobahnversion", CLI_FLAG, &options.versions, 0, "-a: print the version", 0, 0, 0},
        {"--help", CLI_FLAG, &options.help, 0, "-h: this text", 0, 0, 0},
        {"Taken, and without effect:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--webport", CLI_NUMBER, &options.webport, "PORT",
         "-u: the fuzzing server has its page for browsers at its own port", 0, 0, 65535},
        {"--debug", CLI_FLAG, &options.debug, 0, "-d", 0, 0, 0},
        {"--outfile", CLI_TEXT, &options.outfile, "FILE", "-o", 0, 0, 0},
        {"--testset", CLI_TEXT, &options.testset, "NAME", "-t", 0, 0, 0},
        {0},
    };
    const char *none[1];
    size_t count;
    int rest;
    for (int i = 1; i < argc; i++)
        argv[i] = (char *)long_name(argv[i]);
    if (!cli_parse(command, argc, argv, rows, none, 0, &count, &rest))
        return CLI_EXIT_USAGE;
    if (options.help) {
        print_help(rows);
        return DONE;
    }
    if (options.versions) {
        puts("wspect " WSPECT_VERSION);
        return DONE;
    }
    return run_mode(&options);
}
