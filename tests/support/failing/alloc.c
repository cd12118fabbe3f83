#include "support/failing/alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#ifdef ALLOC_PRELOAD
#define REAL(name) __libc_##name
#define HOOK(name) name
#else
#define REAL(name) __real_##name
#define HOOK(name) __wrap_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *memory, size_t size);
void *HOOK(malloc)(size_t size);
void *HOOK(calloc)(size_t count, size_t size);
void *HOOK(realloc)(void *memory, size_t size);

static atomic_bool armed, sticky, failed;
static atomic_ullong counted, fail_at;

static bool may_allocate(void) {
    if (!atomic_load(&armed))
        return true;
    unsigned long long number = atomic_fetch_add(&counted, 1), at = atomic_load(&fail_at);
    if (number != at && !(number > at && atomic_load(&sticky)))
        return true;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return false;
}

void *HOOK(malloc)(size_t size) {
    return may_allocate() ? REAL(malloc)(size) : NULL;
}

void *HOOK(calloc)(size_t count, size_t size) {
    return may_allocate() ? REAL(calloc)(count, size) : NULL;
}

void *HOOK(realloc)(void *memory, size_t size) {
    return may_allocate() ? REAL(realloc)(memory, size) : NULL;
}

void alloc_arm(uint64_t at, bool and_all_behind) {
    atomic_store(&counted, 0);
    atomic_store(&fail_at, at);
    atomic_store(&sticky, and_all_behind);
    atomic_store(&failed, false);
    atomic_store(&armed, true);
}

bool alloc_disarm(void) {
    atomic_store(&armed, false);
    return atomic_load(&failed);
}

void alloc_pause(void) {
    atomic_store(&armed, false);
}

void alloc_resume(void) {
    atomic_store(&armed, true);
}

uint64_t alloc_counted(void) {
    return atomic_load(&counted);
}

#ifndef ALLOC_PRELOAD

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <uv.h>

char *__wrap_strdup(const char *text);

char *__wrap_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void *openssl_malloc(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return __wrap_malloc(size);
}
static void *openssl_realloc(void *memory, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return __wrap_realloc(memory, size);
}
static void openssl_free(void *memory, const char *file, int line) {
    (void)file, (void)line;
    free(memory);
}

void alloc_take_over(void) {
    uv_replace_allocator(__wrap_malloc, __wrap_realloc, __wrap_calloc, free);
    CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
}

void alloc_take_over_jansson(void) {
    json_set_alloc_funcs(__wrap_malloc, free);
}

#endif
