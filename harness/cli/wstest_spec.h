/* The spec files of wstest: what Autobahn's fuzzing client and server are to play, and with whom. */
#ifndef CLI_WSTEST_SPEC_H
#define CLI_WSTEST_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct wstest_server {
    const char *url;
    const char *agent, *origin, *protocol, *hostname; /* NULL: not given */
} wstest_server;

/* Everything in it is borrowed from `root`. Members that are not known are passed over. */
typedef struct wstest_spec {
    json_t *root;
    const char *url, *outdir, *key, *certificate; /* NULL: not given */
    wstest_server *servers;
    size_t server_count;
    const json_t *cases, *exclude; /* lists of patterns; cases NULL: all */
    const json_t *exclude_agents;  /* pattern of agents: list of patterns */
} wstest_spec;

/* False, with a sentence in `error` that names the place; then there is nothing to clear. */
bool wstest_spec_read(wstest_spec *spec, const char *path, char *error, size_t error_size);
bool wstest_spec_parse(wstest_spec *spec, const char *name, const char *text, char *error, size_t error_size);
void wstest_spec_clear(wstest_spec *spec);
/* The spec that wstest leaves where there is none. False with a sentence. */
bool wstest_spec_write_default(const char *path, bool of_server, char *error, size_t error_size);

/* Whether a pattern fits an Autobahn id. Without "*" it is the id; with it, it has to fit the beginning:
 * "1.*" is all of group 1, and "2.1*" 2.1, 2.10 and 2.11. */
bool wstest_pattern_fits(const char *pattern, const char *id);
/* The cases of the spec. */
bool wstest_spec_wants(const wstest_spec *spec, const char *id);
/* Whether exclude-agent-cases keeps the case from that agent. Its patterns have to fit the whole. */
bool wstest_spec_spares(const wstest_spec *spec, const char *agent, const char *id);

#endif
