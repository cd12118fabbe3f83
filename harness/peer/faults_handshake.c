#include "peer/behaviour.h"

const peer_behaviour peer_faults_handshake[] = {
    {.name = NULL},
};
