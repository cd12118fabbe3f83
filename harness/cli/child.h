/* Words to and from the processes that wspect starts. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "net/process.h"

/* text with each `word` replaced, to be freed. NULL when out of memory. */
char *cli_replaced(const char *text, const char *word, const char *by);
/* Appends ". Its output: " and the lines of its last output that tell most, in one line; nothing when there
 * are none. Octets of any kind but NUL and line ends. */
void cli_append_output(const net_process *process, char *text, size_t size);
/* Whether the output holds the report of a sanitizer that has stopped the program. Leaks are no crash. */
bool cli_tells_of_crash(ws_span output);
/* Whether it holds a report that has come to its end: of a sanitizer that lets the program go on, too. */
bool cli_holds_report(ws_span output);

#endif
