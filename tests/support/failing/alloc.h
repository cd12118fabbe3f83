/* Lets chosen allocations fail.
 *
 *     alloc_arm(5, false);               // the sixth allocation from here on fails
 *     ...the code under test...
 *     bool failed = alloc_disarm();      // whether it came to that
 *
 * A program is linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup: what its own objects
 * allocate passes through here, and after alloc_take_over() what libuv and OpenSSL allocate, too.
 * Built as a shared library (ALLOC_PRELOAD) it stands in for the allocator of any program, libc's own
 * allocations included. */
#ifndef TESTS_SUPPORT_FAILING_ALLOC_H
#define TESTS_SUPPORT_FAILING_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

/* The allocation number `at` (from 0) fails; all behind it as well when `and_all_behind`. */
void alloc_arm(uint64_t at, bool and_all_behind);
/* Ends it; true when an allocation has failed. */
bool alloc_disarm(void);
/* In between, allocations may be left uncounted. */
void alloc_pause(void);
void alloc_resume(void);
uint64_t alloc_counted(void);
/* Before the first use of these libraries. */
void alloc_take_over(void);
void alloc_take_over_jansson(void);

#endif
