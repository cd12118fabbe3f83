/* Copies of test inputs that end at an unreadable page, so that one octet of over-read crashes. */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include <stddef.h>
#include <stdint.h>

/* Writable; the octet behind the last one is not mapped. Never NULL (aborts when the system refuses). */
uint8_t *guard_copy(const void *bytes, size_t size);
void guard_free(uint8_t *copy, size_t size);

#endif
