/* The 29 synthetic peers whose verdicts the oracle for the Autobahn profile records, as behaviours of the
 * endpoint: the row of that meaning, and with it what those peers did besides, because of the library that
 * they were made of. */
#ifndef TESTS_SUPPORT_ORACLE_PEERS_H
#define TESTS_SUPPORT_ORACLE_PEERS_H

#include "peer/behaviour.h"

/* name: as the oracle has it, "conformant_fail_by_tcp_drop". False when there is no such peer. */
bool oracle_peer(const char *name, peer_behaviour *behaviour);

#endif
