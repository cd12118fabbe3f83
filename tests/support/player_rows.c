#include "support/player_rows.h"

#include <stdio.h>
#include <string.h>

static bool is_as_said(const player_row *row, const scripted_run *run) {
    return run->done && run->result->verdict == row->verdict && run->result->verdict_close == row->closing &&
           strcmp(run->reason, row->reason) == 0 && (!row->frames || strcmp(run->frames, row->frames) == 0);
}

const char *player_row_play(const player_row *row) {
    static const size_t cuts[] = {0, 1, 2, 5};
    static char text[4000];
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        scripted_run run;
        scripted_play(&run, &row->play, cuts[i]);
        bool fine = is_as_said(row, &run);
        if (!fine)
            snprintf(text, sizeof text,
                     "%s, cut to %zu: %s\n  %s/%s\n  %s\n  %s\nshould be\n  %s/%s\n  %s\n  %s", row->name,
                     cuts[i], run.done ? "done" : "not done", play_verdict_name(run.result->verdict),
                     play_close_verdict_name(run.result->verdict_close), run.reason, run.frames,
                     play_verdict_name(row->verdict), play_close_verdict_name(row->closing), row->reason,
                     row->frames ? row->frames : "any frames");
        scripted_clear(&run);
        if (!fine)
            return text;
    }
    return NULL;
}
