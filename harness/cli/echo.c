/* wspect echo: the reference echo server, sound or with a fault or variant switched on. */
#include "cli/commands.h"
#include "cli/options.h"
#include "peer/echo_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct echo_command {
    const char *listen, *fault, *variant, *certificate, *key;
    bool tls, list_faults, list_variants, help;
    cli_listen at;
    peer_echo_server *server;
    uv_signal_t signals[2];
} echo_command;

static void print_help(const cli_option *rows) {
    puts("Usage: wspect echo [options]\n\n"
         "Runs the reference echo server: it sends every message back, offers permessage-deflate, and obeys "
         "RFC 6455 to the letter,\n"
         "unless a fault is switched on. It prints its URL and runs until SIGINT or SIGTERM.");
    cli_print_options(rows);
    puts("\nExamples:\n"
         "  wspect echo --listen 127.0.0.1:9001\n"
         "  wspect echo --fault never-pong\n"
         "  wspect echo --tls --cert server.pem --key server.key\n\n"
         "Exit codes: 0 stopped; 2 wrong use; 3 could not listen.");
}

static int list(peer_kind kind) {
    const peer_behaviour *b;
    for (size_t i = 0; (b = peer_behaviour_at(i)) != NULL; i++) {
        if (b->kind != kind || i == 0)
            continue;
        printf("%-28s %-7s %-16s %s\n", b->name,
               b->roles == PEER_AS_BOTH     ? "both"
               : b->roles == PEER_AS_SERVER ? "server"
                                            : "client",
               b->requirement ? b->requirement : "-", b->sentence);
    }
    return CLI_EXIT_OK;
}

static const peer_behaviour *choose(const echo_command *command, bool *fine) {
    const char *name = command->fault ? command->fault : command->variant;
    *fine = true;
    if (!name)
        return NULL;
    const peer_behaviour *behaviour = peer_behaviour_find(name);
    bool right_kind = behaviour && (behaviour->kind == PEER_FAULT) == (command->fault != NULL);
    if (!right_kind || !(behaviour->roles & PEER_AS_SERVER)) {
        cli_complain("echo", "there is no %s \"%s\" of servers; see wspect echo %s",
                     command->fault ? "fault" : "variant", name,
                     command->fault ? "--list-faults" : "--list-variants");
        *fine = false;
    }
    return behaviour;
}

static void on_signal(uv_signal_t *handle, int number) {
    echo_command *command = handle->data;
    (void)number;
    for (int i = 0; i < 2; i++)
        if (!uv_is_closing((uv_handle_t *)&command->signals[i]))
            uv_close((uv_handle_t *)&command->signals[i], NULL);
    if (command->server)
        peer_echo_server_stop(command->server);
    command->server = NULL;
}

static int serve(echo_command *command, const peer_behaviour *behaviour, net_tls_context *tls) {
    static const int numbers[2] = {SIGINT, SIGTERM};
    uv_loop_t loop;
    char error[512];
    if (uv_loop_init(&loop) != 0) {
        cli_complain("echo", "the event loop could not be made");
        return CLI_EXIT_INCOMPLETE;
    }
    peer_echo_options options = {
        .host = command->at.host, .port = command->at.port, .tls = tls, .endpoint = {.behaviour = behaviour}};
    int code = CLI_EXIT_OK;
    if (peer_echo_server_start(&loop, &options, &command->server, error, sizeof error) != WS_OK) {
        cli_complain("echo", "%s", error);
        code = CLI_EXIT_INCOMPLETE;
    } else {
        for (int i = 0; i < 2; i++) {
            uv_signal_init(&loop, &command->signals[i]);
            command->signals[i].data = command;
            uv_signal_start(&command->signals[i], on_signal, numbers[i]);
        }
        puts(peer_echo_server_url(command->server));
        fflush(stdout);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return code;
}

static int start(echo_command *command) {
    bool fine;
    char error[NET_TLS_ERROR_MAX];
    net_tls_context *tls = NULL;
    const peer_behaviour *behaviour = choose(command, &fine);
    if (!fine || !cli_parse_listen("echo", command->listen, &command->at))
        return CLI_EXIT_USAGE;
    bool secure = command->tls || command->certificate;
    if (secure && net_tls_server_new(&tls, command->certificate, command->key, command->at.host, error,
                                     sizeof error) != WS_OK) {
        cli_complain("echo", "%s", error);
        return CLI_EXIT_USAGE;
    }
    int code = serve(command, behaviour, tls);
    if (tls)
        net_tls_context_free(tls);
    return code;
}

int cli_echo(int argc, char **argv) {
    echo_command command = {.listen = "127.0.0.1:0"};
    const cli_option rows[] = {
        {"Options:", CLI_HEADING, 0, 0, 0, 0, 0, 0},
        {"--listen", CLI_TEXT, &command.listen, "HOST:PORT",
         "where to listen (default 127.0.0.1:0; port 0: any)", 0, 0, 0},
        {"--fault", CLI_TEXT, &command.fault, "NAME", "break one rule", 0, 0, 0},
        {"--variant", CLI_TEXT, &command.variant, "NAME", "behave legally but unlike most", 0, 0, 0},
        {"--list-faults", CLI_FLAG, &command.list_faults, 0, "name, role, requirement and one sentence each",
         0, 0, 0},
        {"--list-variants", CLI_FLAG, &command.list_variants, 0, "likewise", 0, 0, 0},
        {"--tls", CLI_FLAG, &command.tls, 0,
         "wss, with a certificate made on the spot unless --cert is given", 0, 0, 0},
        {"--cert", CLI_TEXT, &command.certificate, "FILE", "certificate chain (PEM); implies --tls", 0, 0, 0},
        {"--key", CLI_TEXT, &command.key, "FILE", "its private key (PEM)", 0, 0, 0},
        {"--help", CLI_FLAG, &command.help, 0, "this text", 0, 0, 0},
        {0},
    };
    const char *none;
    size_t count;
    int rest;
    if (!cli_parse("echo", argc, argv, rows, &none, 0, &count, &rest))
        return CLI_EXIT_USAGE;
    if (command.help) {
        print_help(rows);
        return CLI_EXIT_OK;
    }
    if (command.list_faults || command.list_variants)
        return list(command.list_faults ? PEER_FAULT : PEER_VARIANT);
    if (command.fault && command.variant) {
        cli_complain("echo", "--fault and --variant exclude each other");
        return CLI_EXIT_USAGE;
    }
    return start(&command);
}
