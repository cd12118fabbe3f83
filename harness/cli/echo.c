/* wspect echo: the reference echo server, or client, sound or with a fault or variant switched on. */
#include "cli/commands.h"
#include "cli/options.h"
#include "peer/echo_server.h"
#include "wire/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct echo_command {
    const char *listen, *connect, *fault, *variant, *certificate, *key, *ca_file;
    bool tls, insecure, list_faults, list_variants, help;
    cli_listen at;
    peer_echo_server *server;
    uv_signal_t signals[2];
    int code; /* as a client */
} echo_command;

static void print_help(const cli_option *rows) {
    puts("Usage: wspect echo [options]\n"
         "       wspect echo --connect URL [options]\n\n"
         "Runs the reference echo server: it sends every message back, offers permessage-deflate, and obeys "
         "RFC 6455 to the letter,\n"
         "unless a fault is switched on. It prints its URL and runs until SIGINT or SIGTERM.\n"
         "With --connect it is an echo client for one connection: a client to try wspect client with.");
    cli_print_options(rows);
    puts("\nExamples:\n"
         "  wspect echo --listen 127.0.0.1:9001\n"
         "  wspect echo --fault never-pong\n"
         "  wspect echo --tls --cert server.pem --key server.key\n"
         "  wspect client -- wspect echo --connect {url} --fault unmasked\n\n"
         "Exit codes: 0 stopped, or the connection is over; 2 wrong use; 3 could not listen or connect.");
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
    if (!right_kind || !(behaviour->roles & (unsigned)(command->connect ? PEER_AS_CLIENT : PEER_AS_SERVER))) {
        cli_complain("echo", "there is no %s \"%s\" of %s; see wspect echo %s",
                     command->fault ? "fault" : "variant", name, command->connect ? "clients" : "servers",
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

/* ------------------------------------------------------------------ as a client */

static void on_over(const peer_facts *facts, const char *text, void *user) {
    echo_command *command = user;
    if (text) {
        cli_complain("echo", "%s", text);
        command->code = CLI_EXIT_INCOMPLETE;
    } else if (facts->failure) {
        cli_complain("echo", "the connection was failed: %s", facts->failure);
    }
}

static int visit(echo_command *command, const peer_behaviour *behaviour, const ws_uri *uri,
                 const net_tls_context *tls) {
    uv_loop_t loop;
    peer_options options = {
        .role = WS_CLIENT, .behaviour = behaviour, .authority = uri->authority, .resource = uri->resource};
    if (uv_random(NULL, NULL, &options.seed, sizeof options.seed, 0, NULL) != 0 || uv_loop_init(&loop) != 0) {
        cli_complain("echo", "the event loop could not be made");
        return CLI_EXIT_INCOMPLETE;
    }
    const net_target target = {.host = uri->host, .port = uri->port, .tls = tls};
    net_stream *stream;
    peer_link *link = peer_link_new(&loop, &options, on_over, command);
    if (!link || net_stream_connect(&loop, &target, peer_link_handler(), link, &stream) != WS_OK) {
        cli_complain("echo", "out of memory");
        peer_link_free(link);
        command->code = CLI_EXIT_INCOMPLETE;
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return command->code;
}

static int start_client(echo_command *command) {
    bool fine;
    char error[NET_TLS_ERROR_MAX];
    const char *why;
    ws_uri uri;
    net_tls_context *tls = NULL;
    const net_tls_client_options secure = {.ca_file = command->ca_file, .insecure = command->insecure};
    const peer_behaviour *behaviour = choose(command, &fine);
    if (!fine)
        return CLI_EXIT_USAGE;
    if (ws_uri_parse(command->connect, &uri, &why) != WS_OK) {
        cli_complain("echo", "\"%s\" is no WebSocket URL: %s", command->connect, why);
        return CLI_EXIT_USAGE;
    }
    if (uri.secure && net_tls_client_new(&tls, &secure, error, sizeof error) != WS_OK) {
        cli_complain("echo", "%s", error);
        return CLI_EXIT_USAGE;
    }
    int code = visit(command, behaviour, &uri, tls);
    if (tls)
        net_tls_context_free(tls);
    return code;
}

/* ------------------------------------------------------------------ as a server */

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
        {"--connect", CLI_TEXT, &command.connect, "URL",
         "be a client: connect there, echo, and end with the connection", 0, 0, 0},
        {"--fault", CLI_TEXT, &command.fault, "NAME", "break one rule", 0, 0, 0},
        {"--variant", CLI_TEXT, &command.variant, "NAME", "behave legally but unlike most", 0, 0, 0},
        {"--list-faults", CLI_FLAG, &command.list_faults, 0, "name, role, requirement and one sentence each",
         0, 0, 0},
        {"--list-variants", CLI_FLAG, &command.list_variants, 0, "likewise", 0, 0, 0},
        {"--tls", CLI_FLAG, &command.tls, 0,
         "wss, with a certificate made on the spot unless --cert is given", 0, 0, 0},
        {"--cert", CLI_TEXT, &command.certificate, "FILE", "certificate chain (PEM); implies --tls", 0, 0, 0},
        {"--key", CLI_TEXT, &command.key, "FILE", "its private key (PEM)", 0, 0, 0},
        {"--cacert", CLI_TEXT, &command.ca_file, "FILE", "as a client: trust this CA (PEM)", 0, 0, 0},
        {"--insecure", CLI_FLAG, &command.insecure, 0, "as a client: take any certificate", 0, 0, 0},
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
    return command.connect ? start_client(&command) : start(&command);
}
