#include "wire/extension.h"

#include <stdlib.h>

#include "wire/http.h"

enum { MAX_SIZE = 64 * 1024, MAX_EXTENSIONS = 256, MAX_PARAMS = 256 };

typedef struct owned_list {
    ws_extension_list list; /* first: its address is what the caller holds */
    ws_extension *items;
    ws_extension_param *params;
    uint8_t text[];
} owned_list;

/* Walks the grammar twice: first with store == NULL to check and to count, then to fill what was counted. */
typedef struct extension_walk {
    ws_span value; /* the field value that is being read */
    size_t at;
    owned_list *store;
    size_t extensions;
    size_t params; /* of all extensions */
    size_t text;   /* octets of names and values */
} extension_walk;

static bool at_octet(const extension_walk *walk, uint8_t octet) {
    return walk->at < walk->value.size && walk->value.data[walk->at] == octet;
}

/* The implied *LWS of RFC 2616 2.1, which RFC 6455 4.3 and 9.1 call upon. */
static void skip_space(extension_walk *walk) {
    while (at_octet(walk, ' ') || at_octet(walk, '\t'))
        walk->at++;
}

static bool take(extension_walk *walk, uint8_t octet) {
    skip_space(walk);
    if (!at_octet(walk, octet))
        return false;
    walk->at++;
    skip_space(walk);
    return true;
}

static void put(extension_walk *walk, uint8_t octet, ws_span *out) {
    if (walk->store) {
        if (out->size == 0)
            out->data = walk->store->text + walk->text;
        walk->store->text[walk->text] = octet;
    }
    walk->text++;
    out->size++;
}

static ws_status read_token(extension_walk *walk, ws_span *token) {
    *token = (ws_span){NULL, 0};
    while (walk->at < walk->value.size && ws_http_is_tchar(walk->value.data[walk->at]))
        put(walk, walk->value.data[walk->at++], token);
    return token->size > 0 ? WS_OK : WS_ERR_SYNTAX;
}

/* The content must be a token after unescaping (9.1), so that an octet that is no tchar ends it for bad. */
static ws_status read_quoted(extension_walk *walk, ws_span *content) {
    *content = (ws_span){NULL, 0};
    walk->at++;
    while (walk->at < walk->value.size && !at_octet(walk, '"')) {
        if (at_octet(walk, '\\'))
            walk->at++;
        if (walk->at == walk->value.size || !ws_http_is_tchar(walk->value.data[walk->at]))
            return WS_ERR_SYNTAX;
        put(walk, walk->value.data[walk->at++], content);
    }
    if (!at_octet(walk, '"') || content->size == 0)
        return WS_ERR_SYNTAX;
    walk->at++;
    return WS_OK;
}

static ws_status read_param(extension_walk *walk) {
    ws_extension_param param = {0};
    ws_status status = read_token(walk, &param.name);
    if (status == WS_OK && take(walk, '=')) {
        param.quoted = at_octet(walk, '"');
        status = param.quoted ? read_quoted(walk, &param.value) : read_token(walk, &param.value);
    }
    if (status == WS_OK && walk->store)
        walk->store->params[walk->params] = param;
    walk->params++;
    return status;
}

static ws_status read_extension(extension_walk *walk) {
    ws_extension extension = {0};
    ws_status status = read_token(walk, &extension.name);
    size_t first = walk->params;
    while (status == WS_OK && take(walk, ';'))
        status = walk->params - first < MAX_PARAMS ? read_param(walk) : WS_ERR_LIMIT;
    if (status == WS_OK && walk->store) {
        extension.params = walk->store->params + first;
        extension.param_count = walk->params - first;
        walk->store->items[walk->extensions] = extension;
    }
    walk->extensions++;
    return status;
}

/* One field value: elements between commas, of which any may be empty (RFC 9110 5.6.1.2). */
static ws_status read_value(extension_walk *walk) {
    do {
        skip_space(walk);
        if (walk->at == walk->value.size)
            return WS_OK;
        if (at_octet(walk, ','))
            continue;
        if (walk->extensions == MAX_EXTENSIONS)
            return WS_ERR_LIMIT;
        ws_status status = read_extension(walk);
        if (status != WS_OK)
            return status;
    } while (take(walk, ','));
    return walk->at == walk->value.size ? WS_OK : WS_ERR_SYNTAX;
}

static ws_status read_values(extension_walk *walk, const ws_span *values, size_t value_count,
                             size_t *broken) {
    for (size_t i = 0; i < value_count; i++) {
        walk->value = values[i];
        walk->at = 0;
        ws_status status = read_value(walk);
        if (status != WS_OK) {
            *broken = i;
            return status;
        }
    }
    return WS_OK;
}

static bool over_size(const ws_span *values, size_t value_count) {
    size_t left = MAX_SIZE;
    for (size_t i = 0; i < value_count; i++) {
        if (values[i].size > left)
            return true;
        left -= values[i].size;
    }
    return false;
}

static owned_list *new_list(const extension_walk *counted) {
    owned_list *owned = malloc(sizeof(*owned) + counted->text);
    if (!owned)
        return NULL;
    owned->items = calloc(counted->extensions, sizeof(*owned->items));
    owned->params = calloc(counted->params + 1, sizeof(*owned->params));
    owned->list = (ws_extension_list){owned->items, counted->extensions};
    if (owned->items && owned->params)
        return owned;
    ws_extension_list_free(&owned->list);
    return NULL;
}

ws_status ws_extension_parse(const ws_span *values, size_t value_count, ws_extension_list **list,
                             size_t *field, size_t *offset) {
    if (over_size(values, value_count))
        return WS_ERR_LIMIT;
    extension_walk counted = {0};
    size_t broken = 0;
    ws_status status = read_values(&counted, values, value_count, &broken);
    if (status == WS_OK && counted.extensions == 0) {
        status = WS_ERR_SYNTAX;
        counted.at = 0;
    }
    if (status == WS_ERR_SYNTAX && field)
        *field = broken;
    if (status == WS_ERR_SYNTAX && offset)
        *offset = counted.at;
    if (status != WS_OK)
        return status;
    extension_walk filling = {.store = new_list(&counted)};
    if (!filling.store)
        return WS_ERR_MEMORY;
    read_values(&filling, values, value_count, &broken);
    *list = &filling.store->list;
    return WS_OK;
}

void ws_extension_list_free(ws_extension_list *list) {
    if (!list)
        return;
    owned_list *owned = (owned_list *)list;
    free(owned->items);
    free(owned->params);
    free(owned);
}

const ws_extension_param *ws_extension_param_get(const ws_extension *extension, const char *name) {
    for (size_t i = 0; i < extension->param_count; i++)
        if (ws_span_equal(extension->params[i].name, ws_span_of(name)))
            return &extension->params[i];
    return NULL;
}
