#include "cli/wstest_spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ patterns */

/* "*" stands for anything. open_ended: the pattern may end before the text. */
static bool fits(const char *pattern, const char *text, bool open_ended) {
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (*pattern == '\0' && open_ended) {
            return true;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool wstest_pattern_fits(const char *pattern, const char *id) {
    return fits(pattern, id, strchr(pattern, '*') != NULL);
}

static bool listed(const json_t *list, const char *id) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (wstest_pattern_fits(json_string_value(json_array_get(list, i)), id))
            return true;
    return false;
}

bool wstest_spec_wants(const wstest_spec *spec, const char *id) {
    return (!spec->cases || listed(spec->cases, id)) && !listed(spec->exclude, id);
}

static bool spares_case(const json_t *list, const char *id) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (fits(json_string_value(json_array_get(list, i)), id, false))
            return true;
    return false;
}

bool wstest_spec_spares(const wstest_spec *spec, const char *agent, const char *id) {
    const char *pattern;
    json_t *list;
    json_object_foreach((json_t *)spec->exclude_agents, pattern, list) {
        if (fits(pattern, agent, false) && spares_case(list, id))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ reading */

typedef struct reading {
    const char *name; /* of the file */
    char *error;
    size_t error_size;
} reading;

static bool refuse(const reading *r, const char *where, const char *expected) {
    snprintf(r->error, r->error_size, "%s: \"%s\": expected %s", r->name, where, expected);
    return false;
}

/* A member that may be left out, or null. */
static bool take_text(const reading *r, const json_t *object, const char *name, const char **text) {
    const json_t *value = json_object_get(object, name);
    *text = json_string_value(value);
    return !value || *text || json_is_null(value) || refuse(r, name, "text");
}

static bool is_list_of_text(const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            return false;
    return json_is_array(list);
}

static bool take_list(const reading *r, const json_t *object, const char *name, const json_t **list) {
    *list = json_object_get(object, name);
    if (json_is_null(*list))
        *list = NULL;
    return !*list || is_list_of_text(*list) || refuse(r, name, "a list of patterns, such as [\"1.*\"]");
}

static bool take_agents(const reading *r, wstest_spec *spec) {
    static const char name[] = "exclude-agent-cases";
    const char *pattern;
    json_t *list, *agents = json_object_get(spec->root, name);
    if (!agents || json_is_null(agents))
        return true;
    if (!json_is_object(agents))
        return refuse(r, name, "an object, from patterns of agents to lists of patterns of cases");
    json_object_foreach(agents, pattern, list) {
        if (!is_list_of_text(list))
            return refuse(r, name, "a list of patterns for each agent");
    }
    spec->exclude_agents = agents;
    return true;
}

static bool take_server(const reading *r, const json_t *from, wstest_server *server) {
    if (!json_is_object(from))
        return refuse(r, "servers", "an object with a \"url\" for each server");
    bool fine = take_text(r, from, "url", &server->url) && take_text(r, from, "agent", &server->agent) &&
                take_text(r, from, "origin", &server->origin) &&
                take_text(r, from, "hostname", &server->hostname);
    if (fine && !server->url)
        return refuse(r, "servers", "a \"url\" for each server");
    server->protocol = json_string_value(json_array_get(json_object_get(from, "protocols"), 0));
    return fine;
}

static bool take_servers(const reading *r, wstest_spec *spec) {
    const json_t *list = json_object_get(spec->root, "servers");
    if (list && !json_is_array(list))
        return refuse(r, "servers", "a list");
    spec->server_count = json_array_size(list);
    spec->servers = calloc(spec->server_count + 1, sizeof *spec->servers);
    if (!spec->servers)
        return refuse(r, "servers", "more memory");
    for (size_t i = 0; i < spec->server_count; i++)
        if (!take_server(r, json_array_get(list, i), &spec->servers[i]))
            return false;
    return true;
}

static bool take_all(const reading *r, wstest_spec *spec) {
    if (!json_is_object(spec->root)) {
        snprintf(r->error, r->error_size, "%s: expected an object", r->name);
        return false;
    }
    return take_text(r, spec->root, "url", &spec->url) && take_text(r, spec->root, "outdir", &spec->outdir) &&
           take_text(r, spec->root, "key", &spec->key) &&
           take_text(r, spec->root, "cert", &spec->certificate) &&
           take_list(r, spec->root, "cases", &spec->cases) &&
           take_list(r, spec->root, "exclude-cases", &spec->exclude) && take_agents(r, spec) &&
           take_servers(r, spec);
}

/* Takes over `root`, which may be NULL. */
static bool understand(wstest_spec *spec, const char *name, json_t *root, const json_error_t *why,
                       char *error, size_t error_size) {
    const reading r = {.name = name, .error = error, .error_size = error_size};
    *spec = (wstest_spec){.root = root};
    if (!root)
        snprintf(error, error_size, "%s:%d:%d: %s", name, why->line, why->column, why->text);
    if (root && take_all(&r, spec))
        return true;
    wstest_spec_clear(spec);
    return false;
}

bool wstest_spec_parse(wstest_spec *spec, const char *name, const char *text, char *error,
                       size_t error_size) {
    json_error_t why;
    json_t *root = json_loads(text, 0, &why);
    return understand(spec, name, root, &why, error, error_size);
}

bool wstest_spec_read(wstest_spec *spec, const char *path, char *error, size_t error_size) {
    json_error_t why;
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(error, error_size, "%s: cannot be read: %s", path, strerror(errno));
        return false;
    }
    json_t *root = json_loadf(file, 0, &why);
    fclose(file);
    return understand(spec, path, root, &why, error, error_size);
}

void wstest_spec_clear(wstest_spec *spec) {
    free(spec->servers);
    json_decref(spec->root);
    *spec = (wstest_spec){0};
}

/* ------------------------------------------------------------------ the spec where there is none */

bool wstest_spec_write_default(const char *path, bool of_server, char *error, size_t error_size) {
    static const char rest[] = "   \"cases\": [\"*\"],\n"
                               "   \"exclude-cases\": [],\n"
                               "   \"exclude-agent-cases\": {}\n"
                               "}\n";
    static const char server[] = "{\n"
                                 "   \"url\": \"ws://127.0.0.1:9001\",\n"
                                 "   \"outdir\": \"./reports/clients\",\n";
    static const char client[] = "{\n"
                                 "   \"outdir\": \"./reports/servers\",\n"
                                 "   \"servers\": [\n"
                                 "      {\"url\": \"ws://127.0.0.1:9001\"}\n"
                                 "   ],\n";
    FILE *file = fopen(path, "w");
    bool fine = file && fprintf(file, "%s%s", of_server ? server : client, rest) > 0;
    if (file && fclose(file) != 0)
        fine = false;
    if (!fine)
        snprintf(error, error_size, "%s: cannot be written: %s", path, strerror(errno));
    return fine;
}
