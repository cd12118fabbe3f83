#include "peer/behaviour.h"

const peer_behaviour peer_faults_closing[] = {
    {.name = NULL},
};
