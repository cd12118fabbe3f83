/* Arms the failing allocator of a whole program from its environment, before main:
 *     WSPECT_FAIL_AT=n    allocation n fails
 *     WSPECT_FAIL_ALL=1   all behind it as well
 *     WSPECT_FAIL_LOG=F   at the end, "ALLOCATIONS FAILED" is written to F (FAILED: 0 or 1)
 * Part of test programs only. */
#include "support/failing/alloc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void arm(void) {
    const char *at = getenv("WSPECT_FAIL_AT");
#ifndef ALLOC_PRELOAD
    alloc_take_over();
#endif
    if (at)
        alloc_arm(strtoull(at, NULL, 10), getenv("WSPECT_FAIL_ALL") != NULL);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("WSPECT_FAIL_LOG");
    unsigned long long count = alloc_counted();
    bool failed = alloc_disarm();
    int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    char line[64];
    int size = snprintf(line, sizeof line, "%llu %d\n", count, failed);
    if (file < 0)
        return;
    if (write(file, line, (size_t)size) != size)
        fputs("the log of allocations could not be written\n", stderr);
    close(file);
}
