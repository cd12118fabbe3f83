#include "peer/behaviour.h"

const peer_behaviour peer_variants[] = {
    {.name = NULL},
};
