#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line, whatever arguments, files and peers have put into it. */
void cli_complain(const char *command, const char *format, ...) {
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "wspect%s%s: ", *command ? " " : "", command);
    cli_print_safe(stderr, text);
    fputc('\n', stderr);
}

void cli_print_safe(FILE *out, const char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
}

static bool parse_number(const char *text, uint64_t *number) {
    char *end = NULL;
    errno = 0;
    if (!isdigit((unsigned char)text[0]))
        return false;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool set_number(const char *command, const cli_option *option, const char *text) {
    uint64_t number;
    if (!parse_number(text, &number) || number < option->low || number > option->high) {
        cli_complain(command, "%s takes a whole number from %llu to %llu, not \"%s\"", option->name,
                     (unsigned long long)option->low, (unsigned long long)option->high, text);
        return false;
    }
    *(uint64_t *)option->value = number;
    return true;
}

static bool set_factor(const char *command, const cli_option *option, const char *text) {
    char *end = NULL;
    double factor = strtod(text, &end);
    if (end == text || *end != '\0' || !(factor > 0) || factor > (double)option->high) {
        cli_complain(command, "%s takes a number over 0 and up to %llu, not \"%s\"", option->name,
                     (unsigned long long)option->high, text);
        return false;
    }
    *(double *)option->value = factor;
    return true;
}

static bool set_choice(const char *command, const cli_option *option, const char *text) {
    char all[160] = "";
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            *(int *)option->value = i;
            return true;
        }
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", option->choices[i]);
    }
    cli_complain(command, "%s takes one of %s, not \"%s\"", option->name, all, text);
    return false;
}

static bool set_shard(const char *command, const cli_option *option, const char *text) {
    cli_shard *shard = option->value;
    const char *slash = strchr(text, '/');
    char index[24];
    bool fine = slash && slash - text < (long)sizeof index;
    if (fine) {
        memcpy(index, text, (size_t)(slash - text));
        index[slash - text] = '\0';
        fine = parse_number(index, &shard->index) && parse_number(slash + 1, &shard->count) &&
               shard->index >= 1 && shard->index <= shard->count;
    }
    if (!fine)
        cli_complain(command, "%s takes I/N with 1 <= I <= N, such as 2/4, not \"%s\"", option->name, text);
    return fine;
}

static bool set_list(const char *command, const cli_option *option, const char *text) {
    cli_list *list = option->value;
    if (list->count == CLI_LIST_MAX) {
        cli_complain(command, "%s may be given at most %d times", option->name, (int)CLI_LIST_MAX);
        return false;
    }
    list->items[list->count++] = text;
    return true;
}

static bool set_value(const char *command, const cli_option *option, const char *text) {
    switch (option->kind) {
    case CLI_TEXT:
        *(const char **)option->value = text;
        return true;
    case CLI_NUMBER:
        return set_number(command, option, text);
    case CLI_FACTOR:
        return set_factor(command, option, text);
    case CLI_CHOICE:
        return set_choice(command, option, text);
    case CLI_LIST:
        return set_list(command, option, text);
    case CLI_SHARD:
        return set_shard(command, option, text);
    case CLI_CHOP:
        if (strcmp(text, "all") == 0) {
            *(uint64_t *)option->value = 1;
            return true;
        }
        return set_number(command, option, text);
    case CLI_FLAG:
    case CLI_HEADING:
        break;
    }
    return false;
}

static const cli_option *find(const cli_option *options, const char *name, size_t size) {
    for (; options->name; options++)
        if (options->kind != CLI_HEADING && strlen(options->name) == size &&
            strncmp(options->name, name, size) == 0)
            return options;
    return NULL;
}

/* Handles the option at argv[*at]; moves *at on when its value is the next argument. */
static bool parse_option(const char *command, int argc, char **argv, int *at, const cli_option *options) {
    const char *argument = argv[*at];
    size_t name_size = strcspn(argument, "=");
    const cli_option *option = find(options, argument, name_size);
    const char *value = argument[name_size] == '=' ? argument + name_size + 1 : NULL;
    if (!option) {
        cli_complain(command, "unknown option \"%.*s\"; see wspect %s --help", (int)name_size, argument,
                     command);
        return false;
    }
    if (option->kind == CLI_FLAG) {
        if (value) {
            cli_complain(command, "%s takes no value", option->name);
            return false;
        }
        *(bool *)option->value = true;
        return true;
    }
    if (!value && *at + 1 < argc)
        value = argv[++*at];
    if (!value) {
        cli_complain(command, "%s needs a value: %s", option->name, option->metavar);
        return false;
    }
    return set_value(command, option, value);
}

bool cli_parse(const char *command, int argc, char **argv, const cli_option *options, const char **positional,
               size_t max, size_t *count, int *rest) {
    *count = 0;
    *rest = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            *rest = i + 1;
            return true;
        }
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!parse_option(command, argc, argv, &i, options))
                return false;
        } else if (*count == max) {
            cli_complain(command, "one argument too many: \"%s\"", argv[i]);
            return false;
        } else {
            positional[(*count)++] = argv[i];
        }
    }
    return true;
}

void cli_print_options(const cli_option *options) {
    for (; options->name; options++) {
        if (options->kind == CLI_HEADING) {
            printf("\n%s\n", options->name);
            continue;
        }
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", options->name, options->metavar ? " " : "",
                 options->metavar ? options->metavar : "");
        printf("  %-26s %s\n", left, options->help);
    }
}

bool cli_parse_listen(const char *command, const char *text, cli_listen *at) {
    const char *whole = text, *colon = strrchr(text, ':');
    const char *port_text = colon ? colon + 1 : text;
    size_t size = colon ? (size_t)(colon - text) : 0;
    char *end = NULL;
    unsigned long port = strtoul(port_text, &end, 10);
    bool bracketed = size >= 2 && text[0] == '[' && text[size - 1] == ']';
    if (bracketed) {
        text++;
        size -= 2;
    }
    if (end == port_text || *end != '\0' || *port_text == '-' || *port_text == '+' || port > 65535 ||
        size >= sizeof at->host || (!bracketed && memchr(text, ':', size))) {
        cli_complain(command, "--listen takes HOST:PORT, [IPv6]:PORT or PORT, not \"%s\"", whole);
        return false;
    }
    *at = (cli_listen){.port = (uint16_t)port};
    memcpy(at->host, size ? text : "127.0.0.1", size ? size : sizeof "127.0.0.1" - 1);
    return true;
}
