/* What the targets for requests and responses share: a head that is read in two ways, and what every head
 * keeps. */
#ifndef FUZZ_HEADS_H
#define FUZZ_HEADS_H

#include "support.h"

#include "wire/handshake.h"

/* Limits of one octet: 0 the defaults, else small ones. */
ws_http_limits fuzz_take_limits(fuzz_input *input);
/* Reads the head at the beginning of the octets, and shorter beginnings of them: no answer contradicts
 * another. NULL when there is no whole head. */
ws_http_head *fuzz_read_head(ws_span octets, ws_http_kind kind, const ws_http_limits *limits, size_t cut);
/* Spans inside the head, findings in order, answers about fields that agree; and a head without deviations is
 * the same when it is written again. */
void fuzz_check_head(const ws_http_head *head);
/* Findings in range, each with a description, and told once. */
void fuzz_check_report(const ws_http_head *head, const ws_handshake_report *report);

#endif
