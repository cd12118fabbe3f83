/* The input as a case table, of somebody we do not know: it is loaded, or refused with a sentence that names
 * the table, and then the table of cases is as it was. What is loaded keeps within the caps, has what every
 * case has, and is found by its id.
 *
 * Covers: play_table_new, play_table_limit, play_table_load, play_table_count, play_table_get,
 * play_table_find, play_table_sha256, play_case_matches, play_case_matches_list, play_table_free */
#include "support.h"

#include "play/series.h"
#include "play/table.h"

#include <string.h>

enum { CASES_MAX = 300, STEPS_MAX = 4096 };

static void check_steps(const play_step *steps, size_t count) {
    FUZZ_CHECK(count <= STEPS_MAX, "%zu steps", count);
    for (size_t i = 0; i < count; i++) {
        const play_step *step = &steps[i];
        FUZZ_CHECK(step->kind != PLAY_STEP_REPEAT || step->body_count < count - i,
                   "a body goes beyond its steps");
        FUZZ_CHECK(step->expect.count <= PLAY_ALTERNATIVES_MAX, "%zu alternatives", step->expect.count);
        uint8_t octets[16];
        const play_payload *payload = &step->send.payload;
        size_t size = payload->length < sizeof octets ? (size_t)payload->length : sizeof octets;
        play_payload_read(payload, payload->length - size, octets, size);
        FUZZ_CHECK(play_payload_match(payload, payload->length - size, octets, size) == size,
                   "a payload does not match itself");
    }
}

static void check_member(const play_case *c) {
    FUZZ_CHECK(c->series->count > 0 && c->series->count <= PLAY_SERIES_MAX, "a series of %zu",
               c->series->count);
    play_member *member = play_member_new(c, c->series->count - 1);
    if (!member) /* a name that makes a row wrong for one of its values */
        return;
    check_steps(play_member_case(member)->steps, play_member_case(member)->step_count);
    play_member_free(member);
}

static void check_case(const play_table *table, const play_case *c) {
    FUZZ_CHECK(c->id && c->id[0] && c->title && c->group && c->table && c->pointer && c->json,
               "a case lacks something");
    FUZZ_CHECK(c->roles && !(c->roles & ~3u), "a case for nobody");
    FUZZ_CHECK(play_table_find(table, c->id) == c, "a case is not found by its id");
    FUZZ_CHECK(strpbrk(c->id, "*?,") || play_case_matches_list(c, c->id), "a case does not match its id");
    FUZZ_CHECK(play_case_matches(c, "*"), "a case does not match anything");
    FUZZ_CHECK(play_level_name(c->level)[0] && play_tier_name(c->tier)[0], "a case without level or tier");
    check_steps(c->steps, c->step_count);
    if (c->series)
        check_member(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char good[] =
        "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"good\", "
        "\"title\": \"t\", \"steps\": []}]}";
    char error[512] = "";
    char before[65], after[65];
    play_table *table = fuzz_need(play_table_new());
    play_table_limit(table, CASES_MAX);
    fuzz_ok(play_table_load(table, "good.json", good, sizeof good - 1, error, sizeof error));
    fuzz_ok(play_table_sha256(table, before));
    ws_status status = play_table_load(table, "t.json", (const char *)data, size, error, sizeof error);
    fuzz_ok(play_table_sha256(table, after));
    size_t count = play_table_count(table);
    if (status != WS_OK) {
        FUZZ_CHECK(status == WS_ERR_SYNTAX || status == WS_ERR_LIMIT, "unexpected: %s",
                   ws_status_strerror(status));
        FUZZ_CHECK(strncmp(error, "t.json: ", 8) == 0 && error[8], "a table is refused without a sentence");
        FUZZ_CHECK(count == 1 && strcmp(before, after) == 0,
                   "a table that was refused leaves something behind");
    }
    FUZZ_CHECK(count >= 1 && count <= CASES_MAX, "%zu cases", count);
    for (size_t i = 0; i < count; i++)
        check_case(table, play_table_get(table, i));
    FUZZ_CHECK(!play_table_find(table, "no such case"), "a case is found that is not there");
    play_table_free(table);
    return 0;
}
