#include "play/case.h"

const char *play_verdict_name(play_verdict verdict) {
    static const char *const names[] = {"OK",     "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED",
                                        "FAILED", "SKIPPED",    "INCONCLUSIVE"};
    return names[verdict];
}

const char *play_close_verdict_name(play_close_verdict verdict) {
    static const char *const names[] = {
        "", "OK", "FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT", "INFORMATIONAL"};
    return names[verdict];
}

const char *play_level_name(play_level level) {
    static const char *const names[] = {"must", "should", "policy"};
    return names[level];
}

const char *play_tier_name(play_tier tier) {
    static const char *const names[] = {"quick", "standard", "full"};
    return names[tier];
}
