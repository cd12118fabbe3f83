/* The first members of a row, by its kind and by who can have it. For the files with tables of behaviours
 * alone. */
#ifndef PEER_BEHAVIOUR_PRIVATE_H
#define PEER_BEHAVIOUR_PRIVATE_H

#include "peer/behaviour.h"

#define FAULT(text)        .kind = PEER_FAULT, .roles = PEER_AS_BOTH, .sentence = (text)
#define SERVER_FAULT(text) .kind = PEER_FAULT, .roles = PEER_AS_SERVER, .sentence = (text)
#define CLIENT_FAULT(text) .kind = PEER_FAULT, .roles = PEER_AS_CLIENT, .sentence = (text)

#define VARIANT(text)        .kind = PEER_VARIANT, .roles = PEER_AS_BOTH, .sentence = (text)
#define SERVER_VARIANT(text) .kind = PEER_VARIANT, .roles = PEER_AS_SERVER, .sentence = (text)
#define CLIENT_VARIANT(text) .kind = PEER_VARIANT, .roles = PEER_AS_CLIENT, .sentence = (text)

/* Of a set of violations, opcodes, ... */
#define BIT(number) (1u << (number))

#endif
