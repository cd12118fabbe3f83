/* The canonical form of a JSON value, RFC 8785 (JSON Canonicalization Scheme): members sorted, no white
 * space, one spelling for every number and every string. Two files that say the same have the same canonical
 * form, however they are laid out; it is what a signature is made over. */
#ifndef REPORTS_CANONICAL_H
#define REPORTS_CANONICAL_H

#include <jansson.h>
#include <stdio.h>

/* Room for any number as ECMAScript writes it, its end included. */
enum { REPORT_NUMBER_MAX = 48 };

/* Writes the form to `out`. Returns 0; -1 when memory ran out, the stream has an error, or the value holds an
 * integer beyond +-(2^53 - 1), for which RFC 8785 has no form. */
int report_write_canonical(const json_t *value, FILE *out);

/* A finite number as ECMAScript writes it (RFC 8785 3.2.2.3): the fewest digits that tell it from its
 * neighbours. */
void report_format_number(double number, char text[REPORT_NUMBER_MAX]);

#endif
