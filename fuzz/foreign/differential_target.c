/* Property: a foreign parser, behind wspect_parser.h, makes the same of every stream as the reference does.
 * Covers: ws_receiver_next, ws_reader_feed, ws_inflater_feed, and whatever the parser has.
 *
 * Linked with one adapter. tolerated.h tells which differences are let pass. The first difference aborts, as
 * an engine wants it; but when the environment names a folder with WSPECT_FINDINGS, the first input that
 * shows a kind of difference is written there, as "accepts-close-length", and the run goes on. */
#include "fuzz/foreign/differential.h"
#include "fuzz/mutator.h"
#include "fuzz/stream.h"
#include "fuzz/support.h"

#include <stdlib.h>

_Static_assert((int)DIFFERENTIAL_OPTION_OCTETS == (int)FUZZ_STREAM_OPTIONS,
               "the mutator has its own idea of the options");

/* True when the finding is kept in the folder, now or since earlier. */
static bool keep(const char *folder, const differential *both, const differential_finding *finding,
                 const uint8_t *data, size_t size) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%s", folder, differential_verb(finding->kind), finding->rule);
    FILE *file = fopen(path, "wbx");
    if (!file) {
        file = fopen(path, "rb");
        bool known = file != NULL;
        if (file)
            fclose(file);
        return known;
    }
    bool written = fwrite(data, 1, size, file) == size;
    differential_print(both, finding, stderr);
    return fclose(file) == 0 && written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static tolerated_list tolerated; /* kept over the runs of a process, as are the buffers in `both` */
    static differential *both;
    if (!both) {
        tolerated_read_default(&tolerated);
        both = differential_new();
        if (!both)
            abort();
    }
    differential_finding finding;
    if (!differential_run(both, data, size, &tolerated, &finding))
        return 0;
    const char *folder = getenv("WSPECT_FINDINGS");
    if (folder && keep(folder, both, &finding, data, size))
        return 0;
    differential_print(both, &finding, stderr);
    abort();
}

FUZZ_FRAME_MUTATOR
