/* Header fields that the user adds to the opening handshake. */
#ifndef CLI_HEADERS_H
#define CLI_HEADERS_H

#include "cli/options.h"
#include "play/player.h"

typedef struct cli_headers {
    play_header items[CLI_LIST_MAX];
    size_t count;
    char *texts[CLI_LIST_MAX]; /* what the items point to */
} cli_headers;

/* 'K: V' into name and value. False after one clear line; what was taken is cleared all the same. */
bool cli_headers_take(const char *command, const cli_list *list, cli_headers *headers);
void cli_headers_clear(cli_headers *headers);

#endif
