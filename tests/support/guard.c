#include "support/guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t mapped_size(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page + page;
}

uint8_t *guard_copy(const void *bytes, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = mapped_size(size);
    uint8_t *base = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + whole - page, page, PROT_NONE) != 0)
        abort();
    uint8_t *copy = base + whole - page - size;
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

void guard_free(uint8_t *copy, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = mapped_size(size);
    munmap(copy + size + page - whole, whole);
}
