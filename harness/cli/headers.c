#include "cli/headers.h"

#include "wire/http.h"

#include <stdlib.h>
#include <string.h>

bool cli_headers_take(const char *command, const cli_list *list, cli_headers *headers) {
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i];
        size_t name_size = strcspn(text, ":");
        if (text[name_size] != ':' || !ws_http_is_token((ws_span){(const uint8_t *)text, name_size}) ||
            strpbrk(text, "\r\n")) {
            cli_complain(command, "--header takes 'Name: value', not \"%s\"", text);
            return false;
        }
        char *copy = strdup(text);
        if (!copy) {
            cli_complain(command, "out of memory");
            return false;
        }
        copy[name_size] = '\0';
        headers->texts[i] = copy;
        headers->items[i] = (play_header){copy, copy + name_size + 1 + strspn(copy + name_size + 1, " \t")};
        headers->count = i + 1;
    }
    return true;
}

void cli_headers_clear(cli_headers *headers) {
    for (size_t i = 0; i < headers->count; i++)
        free(headers->texts[i]);
    headers->count = 0;
}
