/* The reference client as a client under test: it asks a fuzzing server for its cases, one by one. */
#ifndef CLI_WSTEST_TESTEE_H
#define CLI_WSTEST_TESTEE_H

#include "net/tls.h"
#include "wire/uri.h"

/* Plays cases 1, 2, ... as `agent` until the server has no more, and has it write its reports. Returns how
 * many cases there were. False after one clear line: there was none. */
bool wstest_testee_run(const char *command, const ws_uri *uri, const net_tls_context *tls, const char *agent,
                       unsigned *cases);

#endif
