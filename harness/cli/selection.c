#include "cli/selection.h"

#include <stdlib.h>
#include <string.h>

const char *const cli_profile_names[] = {"quick", "standard", "full", "autobahn", NULL};

static bool in_list(const play_case *c, const cli_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (play_case_matches_list(c, list->items[i]))
            return true;
    return false;
}

static bool is_name(const char *name, const char *glob, size_t size) {
    return name && strncmp(name, glob, size) == 0 && name[size] == '\0';
}

static bool is_name_of(const play_case *c, const char *glob, size_t size) {
    bool same = is_name(c->id, glob, size) || is_name(c->autobahn, glob, size);
    for (size_t i = 0; !same && i < c->flag_count; i++)
        same = is_name(c->flags[i], glob, size);
    return same;
}

static bool named_exactly(const play_case *c, const cli_list *list) {
    for (size_t i = 0; i < list->count; i++)
        for (const char *glob = list->items[i]; *glob;) {
            size_t size = strcspn(glob, ",");
            if (is_name_of(c, glob, size))
                return true;
            glob += size + (glob[size] == ',');
        }
    return false;
}

static bool in_profile(const play_case *c, const cli_selection_options *options) {
    bool autobahn = options->profile == CLI_AUTOBAHN;
    if ((c->autobahn_rules != NULL) != autobahn)
        return false;
    return autobahn || (int)c->tier <= options->profile || named_exactly(c, &options->cases);
}

static bool selected(const play_case *c, const cli_selection_options *options) {
    return in_profile(c, options) && (!options->role || (c->roles & options->role)) &&
           (options->cases.count == 0 || in_list(c, &options->cases)) && !in_list(c, &options->exclude) &&
           (!options->picks || options->picks(c, options->user));
}

/* Every glob of --cases must fit something, in this profile or not. */
static bool globs_fit(const char *command, const play_table *table, const cli_list *list) {
    for (size_t i = 0; i < list->count; i++)
        for (const char *glob = list->items[i]; *glob;) {
            size_t size = strcspn(glob, ",");
            char *one = calloc(1, size + 1);
            bool found = one == NULL || size == 0;
            if (one)
                memcpy(one, glob, size);
            for (size_t k = 0; !found && k < play_table_count(table); k++)
                found = play_case_matches(play_table_get(table, k), one);
            free(one);
            if (!found) {
                cli_complain(command, "--cases: no case fits \"%.*s\"; see wspect cases list", (int)size,
                             glob);
                return false;
            }
            glob += size + (glob[size] == ',');
        }
    return true;
}

static int out_of_memory(const char *command) {
    cli_complain(command, "out of memory");
    return CLI_EXIT_INCOMPLETE;
}

static int load(const char *command, const char *cases_dir, play_table *table) {
    char error[1024];
    ws_status status = cases_dir ? play_table_load_folder(table, cases_dir, error, sizeof error)
                                 : play_table_load_embedded(table, error, sizeof error);
    if (status == WS_OK)
        return CLI_EXIT_OK;
    cli_complain(command, "%s", error);
    return status == WS_ERR_MEMORY ? CLI_EXIT_INCOMPLETE : CLI_EXIT_USAGE;
}

/* 1.2.10 after 1.2.9. */
static int compare_numbers(const void *a, const void *b) {
    const char *left = (*(const play_case *const *)a)->autobahn,
               *right = (*(const play_case *const *)b)->autobahn;
    while (left && right && *left && *right) {
        char *left_end, *right_end;
        long l = strtol(left, &left_end, 10), r = strtol(right, &right_end, 10);
        if (l != r || left == left_end || right == right_end)
            return l < r ? -1 : 1;
        left = left_end + (*left_end == '.');
        right = right_end + (*right_end == '.');
    }
    return left && right ? (*left != '\0') - (*right != '\0') : 0;
}

/* Fills the selection; the number of cases before the shard is taken. */
static size_t choose(const cli_selection_options *options, cli_selection *selection) {
    size_t number = 0;
    for (size_t i = 0; i < play_table_count(selection->table); i++) {
        const play_case *c = play_table_get(selection->table, i);
        if (selected(c, options))
            selection->cases[number++] = c;
    }
    if (options->profile == CLI_AUTOBAHN)
        qsort(selection->cases, number, sizeof *selection->cases, compare_numbers);
    for (size_t i = 0; i < number; i++)
        if (options->shard.count == 0 || i % options->shard.count == options->shard.index - 1)
            selection->cases[selection->count++] = selection->cases[i];
    return number;
}

static int fill(const char *command, const cli_selection_options *options, cli_selection *selection) {
    selection->table = play_table_new();
    if (!selection->table)
        return out_of_memory(command);
    int code = load(command, options->cases_dir, selection->table);
    if (code != CLI_EXIT_OK)
        return code;
    if (!globs_fit(command, selection->table, &options->cases))
        return CLI_EXIT_USAGE;
    selection->cases = calloc(play_table_count(selection->table) + 1, sizeof *selection->cases);
    if (!selection->cases)
        return out_of_memory(command);
    if (choose(options, selection) > 0)
        return CLI_EXIT_OK;
    cli_complain(command, "no case is left to play: look at --profile, --cases and --exclude");
    return CLI_EXIT_USAGE;
}

int cli_select(const char *command, const cli_selection_options *options, cli_selection *selection) {
    *selection = (cli_selection){0};
    int code = fill(command, options, selection);
    if (code != CLI_EXIT_OK)
        cli_selection_clear(selection);
    return code;
}

void cli_selection_clear(cli_selection *selection) {
    free((void *)selection->cases);
    play_table_free(selection->table);
    *selection = (cli_selection){0};
}
