/* Which cases a run plays: tables loaded, profile, globs, shard. */
#ifndef CLI_SELECTION_H
#define CLI_SELECTION_H

#include "cli/options.h"
#include "play/table.h"

typedef enum cli_profile { CLI_QUICK, CLI_STANDARD, CLI_FULL, CLI_AUTOBAHN } cli_profile;
extern const char *const cli_profile_names[]; /* ends with NULL */

typedef struct cli_selection_options {
    const char *cases_dir; /* NULL: the tables compiled in */
    int profile;
    cli_list cases, exclude;
    cli_shard shard;
    unsigned role;                                       /* PLAY_ROLE_* of the peer under test; 0: any */
    bool (*picks)(const play_case *c, const void *user); /* only these; NULL: all */
    const void *user;
} cli_selection_options;

typedef struct cli_selection {
    play_table *table;
    const play_case **cases;
    size_t count;
} cli_selection;

/* The exit code: CLI_EXIT_OK, or another one after a complaint on standard error. A glob that selects
 * nothing at all is refused, so that a typing error does not pass for a clean run. A case named by --cases
 * without wildcards is taken whatever its tier. */
int cli_select(const char *command, const cli_selection_options *options, cli_selection *selection);
void cli_selection_clear(cli_selection *selection);

#endif
