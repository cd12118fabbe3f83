/* What the HTML pages share: the style, the escaping, the beginning and the end. For the renderers of HTML
 * alone. Text of any origin reaches a page through these functions only. */
#ifndef REPORTS_PAGE_H
#define REPORTS_PAGE_H

#include "reports/render.h"

enum { PAGE_TEXT_MAX = 4000 }; /* octets of a sentence of the model that are shown */

/* Up to and with <main>. The title is `what`, plain text without markup, and `name`. */
void page_begin(FILE *out, const char *what, const char *name);
/* Likewise, with more rules behind the style. */
void page_begin_styled(FILE *out, const char *what, const char *name, const char *rules);
void page_end(FILE *out);

/* Functions for page_cut: prose keeps its line breaks; octets show every code point; lines of a handshake
 * stay lines. */
void page_prose(FILE *out, uint32_t point);
void page_octet(FILE *out, uint32_t point);
void page_line_octet(FILE *out, uint32_t point);

/* Text up to `max` octets, and an ellipsis when there is more. */
void page_cut(FILE *out, report_octets text, size_t max, report_put put);
void page_text(FILE *out, const char *text);
/* An id as the value of an attribute and as a fragment: every octet that would need escaping in either
 * becomes
 * "_" and two digits. */
void page_anchor(FILE *out, const char *id);
void page_hex(FILE *out, report_octets octets, size_t max);
void page_duration(FILE *out, int64_t duration_us);
void page_chip(FILE *out, report_verdict verdict);
/* Its class in the style. */
const char *page_class(report_verdict verdict);

#endif
