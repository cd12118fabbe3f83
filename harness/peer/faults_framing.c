#include "peer/behaviour.h"

const peer_behaviour peer_faults_framing[] = {
    {.name = NULL},
};
