/* Octets as a test table writes them: `81 05 'Hello'` or `82 7e 0100 61*256`. */
#ifndef TESTS_SUPPORT_OCTETS_H
#define TESTS_SUPPORT_OCTETS_H

#include "wire/base.h"

/* Appends what the notation says: pairs of hex digits, text between apostrophes, and `*n` behind an octet,
 * which then stands n times. Blanks mean nothing. Aborts when the notation is wrong. */
void octets_read(const char *notation, ws_buffer *out);

#endif
