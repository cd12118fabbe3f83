/* Every complaint of the loader: a bad table, and the sentence with file, case, JSON pointer and what was
 * expected there. */
#include "play/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(const char *text, ws_status status, const char *sentence) {
    char error[512] = "";
    play_table *table = play_table_new();
    static const char good[] =
        "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"good\", \"title\": "
        "\"t\", \"steps\": []}]}";
    cr_assert_eq(play_table_load(table, "good.json", good, strlen(good), error, sizeof error), WS_OK);
    ws_status got = play_table_load(table, "t.json", text, strlen(text), error, sizeof error);
    cr_expect_eq(got, status, "%s: %d", text, (int)got);
    cr_expect_str_eq(error, sentence, "%s:\n  %s\nshould be\n  %s", text, error, sentence);
    cr_expect_eq(play_table_count(table), 1, "%s", text);
    cr_expect_not_null(play_table_find(table, "good"));
    cr_expect_null(play_table_find(table, "a"), "%s", text);
    play_table_free(table);
}

/* ------------------------------------------------------------------ tables */

Test(table_errors, of_tables) {
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        {"", "t.json: line 1, column 0: not JSON: '[' or '{' expected near end of file"},
        {"{\"a\": 1,\n \"b\": x}", "t.json: line 2, column 7: not JSON: invalid token near 'x'"},
        {"{\"a\": 1, \"a\": 2}", "t.json: line 1, column 12: not JSON: duplicate object key near '\"a\"'"},
        {"[]", "t.json: at /: expected \"schema\": \"wspect-cases/1\""},
        {"{\"schema\": \"wspect-cases/2\"}", "t.json: at /: expected \"schema\": \"wspect-cases/1\""},
        {"{\"schema\": \"wspect-cases/1\", \"cases\": []}",
         "t.json: at /: expected a \"group\", the heading of the table"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": 1, \"cases\": []}",
         "t.json: at /: expected a \"group\", the heading of the table"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\"}", "t.json: at /: expected an array \"cases\""},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [], \"defaults\": []}",
         "t.json: at /: expected \"defaults\" to be an object"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"case\": []}",
         "t.json: at /: unknown member \"case\""},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [], \"quick\": {}}",
         "t.json: at /quick: expected an array of ids"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [], \"quick\": [\"good\"]}",
         "t.json: at /quick/0: expected the id of a case of this table"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [1]}",
         "t.json: at /cases/0: expected a case, which is an object"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": \"t\", "
         "\"steps\": []}, "
         "{\"id\": \"a\", \"title\": \"t\", \"steps\": []}]}",
         "t.json: case a: at /cases/1: the id is taken already, by t.json/cases/0"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"good\", \"title\": "
         "\"t\", \"steps\": "
         "[]}]}",
         "t.json: case good: at /cases/0: the id is taken already, by good.json/cases/0"},
        {"{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"for\": {\"n\": [1, 1]}, \"id\": "
         "\"a{n}\", "
         "\"title\": \"t\", \"steps\": []}]}",
         "t.json: case a1: at /cases/0: the id is taken already, by t.json/cases/0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(rows[i].text, WS_ERR_SYNTAX, rows[i].sentence);
}

/* ------------------------------------------------------------------ rows */

typedef struct error_row {
    const char *json;
    const char *where; /* behind the case's or the step's pointer */
    const char *sentence;
} error_row;

/* The row is {"id": "a", "title": "t" and `json`}. */
static void check_rows(const error_row *rows, size_t count, ws_status status) {
    for (size_t i = 0; i < count; i++) {
        char text[2000], sentence[600];
        snprintf(text, sizeof text,
                 "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": "
                 "\"t\"%s}]}",
                 rows[i].json);
        snprintf(sentence, sizeof sentence, "t.json: case a: at /cases/0%s: %s", rows[i].where,
                 rows[i].sentence);
        check(text, status, sentence);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof *(rows), WS_ERR_SYNTAX)

Test(table_errors, of_rows) {
    static const error_row rows[] = {
        {"", "/steps", "expected an array of steps"},
        {", \"steps\": {}", "/steps", "expected an array of steps"},
        {", \"steps\": [], \"stesp\": []", "", "unknown member \"stesp\""},
        {", \"steps\": [], \"why\": 1", "/why", "expected a string"},
        {", \"steps\": [], \"why\": \"\\u0000\"", "/why", "expected a string"},
        {", \"steps\": [], \"autobahn\": 1.1", "/autobahn", "expected a string"},
        {", \"steps\": [], \"group\": null", "/group", "expected a string"},
        {", \"steps\": [], \"requirements\": \"x\"", "/requirements", "expected an array of strings"},
        {", \"steps\": [], \"requirements\": [\"x\", 2]", "/requirements/1", "expected a string"},
        {", \"steps\": [], \"flags\": [{}]", "/flags/0", "expected a string"},
        {", \"steps\": [], \"level\": \"may\"", "/level", "expected one of \"must\", \"should\", \"policy\""},
        {", \"steps\": [], \"level\": 1", "/level", "expected one of \"must\", \"should\", \"policy\""},
        {", \"steps\": [], \"tier\": \"slow\"", "/tier", "expected one of \"quick\", \"standard\", \"full\""},
        {", \"steps\": [], \"roles\": \"server\"", "/roles", "expected an array of names"},
        {", \"steps\": [], \"roles\": [\"server\", \"proxy\"]", "/roles/1",
         "expected one of \"server\", \"client\""},
        {", \"steps\": [], \"roles\": []", "", "expected at least one role"},
        {", \"steps\": [], \"needs\": [\"love\"]", "/needs/0",
         "expected one of \"echo\", \"permessage-deflate\", \"subprotocol\""},
        {", \"steps\": [], \"rules\": \"mine\"", "/rules", "expected one of \"autobahn\""},
        {", \"steps\": [], \"events\": {}", "", "unknown member \"events\""},
        {", \"steps\": [], \"closing\": {}", "", "unknown member \"closing\""},
        {", \"steps\": [], \"verdict\": \"OK\"", "", "unknown member \"verdict\""},
        {", \"steps\": [1]", "/steps/0", "expected a step, which is an object"},
    };
    CHECK(rows);
}

Test(table_errors, of_ids_and_titles) {
    static const struct {
        const char *row, *sentence;
    } rows[] = {
        {"\"title\": \"t\"", "t.json: at /cases/0/id: expected a string"},
        {"\"id\": 1", "t.json: at /cases/0/id: expected a string"},
        {"\"id\": \"b\"", "t.json: case b: at /cases/0/title: expected a string"},
        {"\"id\": \"\"", "t.json: case : at /cases/0: expected an id of dotted words in a-z 0-9 -"},
        {"\"id\": \"A\"", "t.json: case A: at /cases/0: expected an id of dotted words in a-z 0-9 -"},
        {"\"id\": \".a\"", "t.json: case .a: at /cases/0: expected an id of dotted words in a-z 0-9 -"},
        {"\"id\": \"a.\"", "t.json: case a.: at /cases/0: expected an id of dotted words in a-z 0-9 -"},
        {"\"id\": \"a..b\"", "t.json: case a..b: at /cases/0: expected an id of dotted words in a-z 0-9 -"},
        {"\"id\": \"a b\"", "t.json: case a b: at /cases/0: expected an id of dotted words in a-z 0-9 -"},
        {"\"id\": \"a_b\"", "t.json: case a_b: at /cases/0: expected an id of dotted words in a-z 0-9 -"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[500];
        snprintf(text, sizeof text,
                 "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{%s, \"steps\": []}]}",
                 rows[i].row);
        check(text, WS_ERR_SYNTAX, rows[i].sentence);
    }
}

Test(table_errors, an_id_of_200_letters_is_too_long) {
    char text[500], letters[201];
    memset(letters, 'a', 200);
    letters[200] = '\0';
    for (size_t size = 199; size <= 200; size++) {
        char error[512];
        snprintf(text, sizeof text,
                 "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"%.*s\", "
                 "\"title\": \"t\", "
                 "\"steps\": []}]}",
                 (int)size, letters);
        play_table *table = play_table_new();
        cr_expect_eq(play_table_load(table, "t", text, strlen(text), error, sizeof error),
                     size == 199 ? WS_OK : WS_ERR_SYNTAX);
        play_table_free(table);
    }
}

/* ------------------------------------------------------------------ generators */

Test(table_errors, of_generators) {
    static const error_row rows[] = {
        {", \"for\": 1", "/for", "expected an object of names or an array of objects"},
        {", \"for\": []", "/for", "expected at least one object"},
        {", \"for\": [{}, 2]", "/for", "expected an object for each case, element 1 is none"},
        {", \"for\": [[{}], [2]]", "/for/1", "expected an object for each case, element 0 is none"},
        {", \"for\": [[{}], 2]", "/for/1", "expected an object of names or an array of objects"},
        {", \"for\": [[]]", "/for/0", "expected at least one object"},
        {", \"for\": {\"n\": []}", "/for/n",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n\": \"x\"}", "/for/n",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n\": {\"from\": 1}}", "/for/n",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n\": {\"from\": 1, \"to\": 2.5}}", "/for/n",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n\": {\"from\": 1, \"to\": 2, \"step\": \"1\"}}", "/for/n",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n\": {\"from\": 1, \"to\": 2, \"stpe\": 1}}", "/for/n",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n/m~\": 1}", "/for/n~1m~0",
         "expected a non-empty array or {\"from\", \"to\", \"step\"} with whole numbers"},
        {", \"for\": {\"n\": [true]}, \"why\": \"x{n}\", \"steps\": []", "",
         "a name inside a string or key must stand for a string or a number"},
        {", \"for\": {\"n\": [[1]]}, \"steps\": [{\"{n}\": 1}]", "",
         "a name inside a string or key must stand for a string or a number"},
    };
    CHECK(rows);
}

Test(table_errors, of_generators_that_make_too_much) {
    static const error_row rows[] = {
        {", \"for\": {\"n\": {\"from\": 2, \"to\": 1}}", "/for/n",
         "expected from <= to, step >= 1 and at most 200000 values"},
        {", \"for\": {\"n\": {\"from\": 1, \"to\": 2, \"step\": 0}}", "/for/n",
         "expected from <= to, step >= 1 and at most 200000 values"},
        {", \"for\": {\"n\": {\"from\": 1, \"to\": 200001}}", "/for/n",
         "expected from <= to, step >= 1 and at most 200000 values"},
        {", \"for\": {\"n\": {\"from\": -9223372036854775808, \"to\": 9223372036854775807}}", "/for/n",
         "expected from <= to, step >= 1 and at most 200000 values"},
        {", \"for\": {\"m\": {\"from\": 1, \"to\": 500}, \"n\": {\"from\": 1, \"to\": 401}}", "/for/n",
         "a generator may make at most 200000 cases"},
    };
    check_rows(rows, sizeof rows / sizeof *rows, WS_ERR_LIMIT);
}

Test(table_errors, of_more_cases_than_a_table_may_have) {
    check("{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"for\": {\"n\": {\"from\": 1, "
          "\"to\": "
          "199999}}, \"id\": \"n{n}\", \"title\": \"t\", \"steps\": []}, {\"id\": \"a\", \"title\": \"t\", "
          "\"steps\": []}]}",
          WS_ERR_LIMIT, "t.json: case a: at /cases/1: more than 200000 cases");
}

/* ------------------------------------------------------------------ steps */

static void check_steps(const error_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char json[1500], where[200];
        snprintf(json, sizeof json, ", \"steps\": [{\"ping\": \"\"}, %s]", rows[i].json);
        snprintf(where, sizeof where, "/steps/1%s", rows[i].where);
        check_rows(&(error_row){json, where, rows[i].sentence}, 1, WS_ERR_SYNTAX);
    }
}

#define CHECK_STEPS(rows) check_steps(rows, sizeof(rows) / sizeof *(rows))

static const char a_step[] =
    "expected a step: text, binary, continuation, ping, pong, frame, close, payload, raw, expect, "
    "judge, repeat, pause, arm, shutdown or reset";

Test(table_errors, of_steps) {
    static const error_row rows[] = {
        {"{}", "", a_step},
        {"{\"judge\": \"nonces\"}", "/judge", "expected one of \"masking-keys\""},
        {"{\"txet\": \"a\"}", "", a_step},
        {"{\"shutdown\": false}", "", a_step},
        {"{\"shutdown\": true, \"reset\": true}", "", a_step},
        {"{\"reset\": true, \"chop\": 1}", "", a_step},
        {"{\"text\": \"a\", \"binary\": \"b\"}", "", "\"binary\" cannot stand beside \"text\""},
        {"{\"text\": \"a\", \"payload\": \"b\"}", "", "\"payload\" cannot stand beside \"text\""},
        {"{\"raw\": \"a\", \"payload\": \"b\"}", "", "\"payload\" cannot stand beside \"raw\""},
        {"{\"text\": \"a\", \"reason\": \"b\"}", "", "\"reason\" cannot stand beside \"text\""},
        {"{\"text\": \"a\", \"fnr\": 1}", "", "unknown member \"fnr\""},
        {"{\"raw\": \"a\", \"fin\": true}", "", "unknown member \"fin\""},
        {"{\"text\": \"a\", \"fin\": 1}", "/fin", "expected true or false"},
        {"{\"text\": \"a\", \"flush\": \"yes\"}", "/flush", "expected true or false"},
        {"{\"text\": \"a\", \"empty-last\": null}", "/empty-last", "expected true or false"},
        {"{\"text\": \"a\", \"echo\": 0}", "/echo", "expected true or false"},
        {"{\"text\": \"a\", \"rsv\": 8}", "/rsv", "expected a whole number from 0 to 7"},
        {"{\"text\": \"a\", \"rsv\": -1}", "/rsv", "expected a whole number from 0 to 7"},
        {"{\"frame\": 16}", "/frame", "expected a whole number from 0 to 15"},
        {"{\"frame\": 1.5}", "/frame", "expected a whole number from 0 to 15"},
        {"{\"text\": \"a\", \"fragments\": 0}", "/fragments",
         "expected a whole number from 1 to 1099511627776"},
        {"{\"text\": \"a\", \"chop\": 0}", "/chop", "expected a whole number from 1 to 1099511627776"},
        {"{\"raw\": \"a\", \"chop\": 0}", "/chop", "expected a whole number from 1 to 9223372036854775807"},
        {"{\"text\": \"a\", \"length-form\": 8}", "/length-form", "expected 7, 16 or 64"},
        {"{\"text\": \"a\", \"length-form\": \"16\"}", "/length-form", "expected 7, 16 or 64"},
        {"{\"text\": \"a\", \"declare\": -1}", "/declare",
         "expected a whole number from 0 to 9223372036854775807"},
        {"{\"text\": \"a\", \"declare\": \"-1\"}", "/declare",
         "expected a length of up to 64 bits, as a number or as a string of digits"},
        {"{\"text\": \"a\", \"declare\": \"0x10000000000000000\"}", "/declare",
         "expected a length of up to 64 bits, as a number or as a string of digits"},
        {"{\"text\": \"a\", \"declare\": \"12 \"}", "/declare",
         "expected a length of up to 64 bits, as a number or as a string of digits"},
        {"{\"text\": \"a\", \"mask\": \"1234567\"}", "/mask", "expected hexadecimal digits in pairs"},
        {"{\"text\": \"a\", \"mask\": \"123456\"}", "/mask",
         "expected \"none\", \"wrong\" or a key of eight hexadecimal digits"},
        {"{\"text\": \"a\", \"mask\": true}", "/mask",
         "expected \"none\", \"wrong\" or a key of eight hexadecimal digits"},
        {"{\"close\": 65536}", "/close", "expected a whole number from 0 to 65535"},
        {"{\"close\": true}", "/close", "expected a payload: a string or an object"},
        {"{\"close\": null, \"reason\": \"a\"}", "", "expected a close code when there is a reason"},
        {"{\"close\": \"a\", \"reason\": \"a\"}", "", "expected a close code when there is a reason"},
        {"{\"close\": 1000, \"reason\": {\"random\": 1, \"length\": 1048577}}", "",
         "expected a reason of at most 1 MiB"},
        {"{\"close\": 1000, \"reason\": 1}", "/reason", "expected a payload: a string or an object"},
        {"{\"text\": \"a\", \"compressed\": true}", "/compressed",
         "expected the member \"deflate\" in the row"},
        {"{\"pause\": 1}", "", "\"pause\" goes with \"rules\": \"autobahn\" only"},
        {"{\"arm\": \"kill\", \"seconds\": 1}", "", "\"arm\" goes with \"rules\": \"autobahn\" only"},
    };
    CHECK_STEPS(rows);
}

Test(table_errors, of_compressing_what_is_no_whole_message) {
    static const error_row rows[] = {
        {", \"deflate\": {}, \"steps\": [{\"ping\": \"a\", \"compressed\": true}]", "/steps/0/compressed",
         "expected it on a whole text or binary message"},
        {", \"deflate\": {}, \"steps\": [{\"text\": \"a\", \"compressed\": true, \"fin\": false}]",
         "/steps/0/compressed", "expected it on a whole text or binary message"},
    };
    check_rows(rows, sizeof rows / sizeof *rows, WS_ERR_SYNTAX);
}

Test(table_errors, of_repeats) {
    static const error_row rows[] = {
        {"{\"repeat\": 0, \"steps\": [{\"ping\": \"\"}]}", "/repeat",
         "expected a whole number from 1 to 100000000"},
        {"{\"repeat\": \"a\", \"steps\": [{\"ping\": \"\"}]}", "/repeat",
         "expected a whole number from 1 to 100000000"},
        {"{\"repeat\": 1, \"steps\": []}", "", "expected at least one step to repeat"},
        {"{\"repeat\": 1}", "/steps", "expected an array of steps"},
        {"{\"repeat\": 1, \"steps\": [{\"ping\": \"\"}], \"chop\": 1}", "", "unknown member \"chop\""},
        {"{\"repeat\": 1, \"window\": 0, \"steps\": [{\"text\": \"\"}, {\"expect\": \"echo\"}]}", "/window",
         "expected a whole number from 1 to 1000"},
        {"{\"repeat\": 2, \"window\": 2, \"steps\": [{\"text\": \"\"}]}", "",
         "expected a \"window\" over a whole message and an expectation only"},
        {"{\"repeat\": 2, \"window\": 2, \"steps\": [{\"ping\": \"\"}, {\"expect\": \"pong\"}]}", "",
         "expected a \"window\" over a whole message and an expectation only"},
        {"{\"repeat\": 2, \"window\": 2, \"steps\": [{\"text\": \"\", \"fin\": false}, {\"expect\": "
         "\"echo\"}]}",
         "", "expected a \"window\" over a whole message and an expectation only"},
        {"{\"repeat\": 1, \"steps\": [{\"ping\": 1}]}", "/steps/0/ping",
         "expected a payload: a string or an object"},
        {"{\"repeat\": 1, \"steps\": [{\"repeat\": 1, \"steps\": [{\"repeat\": 1, \"steps\": [{\"repeat\": "
         "1, "
         "\"steps\": [{\"ping\": \"\"}]}]}]}]}",
         "/steps/0/steps/0/steps/0", "expected at most three levels of \"repeat\""},
    };
    CHECK_STEPS(rows);
}

Test(table_errors, of_payloads) {
    static const char kinds[] = "expected a payload: a string, or one of hex, repeat, repeat-hex, random, "
                                "code-points, corpus, concat";
    static const error_row rows[] = {
        {"{\"text\": 1}", "/text", "expected a payload: a string or an object"},
        {"{\"text\": null}", "/text", "expected a payload: a string or an object"},
        {"{\"text\": []}", "/text", "expected a payload: a string or an object"},
        {"{\"text\": {}}", "/text", kinds},
        {"{\"text\": {\"length\": 1}}", "/text", kinds},
        {"{\"text\": {\"repeat\": \"a\", \"random\": 1, \"length\": 1}}", "/text", kinds},
        {"{\"text\": {\"hex\": \"00\", \"length\": 1}}", "/text", kinds},
        {"{\"text\": {\"hex\": \"0\"}}", "/text/hex", "expected hexadecimal digits in pairs"},
        {"{\"text\": {\"hex\": \"0g\"}}", "/text/hex", "expected hexadecimal digits in pairs"},
        {"{\"text\": {\"hex\": 0}}", "/text/hex", "expected hexadecimal digits in pairs"},
        {"{\"text\": {\"repeat\": \"a\"}}", "/text", "expected a length"},
        {"{\"text\": {\"repeat\": \"\", \"length\": 1}}", "/text", "expected a unit of 1 to 4096 octets"},
        {"{\"text\": {\"repeat\": 1, \"length\": 1}}", "/text", "expected a string to repeat"},
        {"{\"text\": {\"repeat\": \"a\", \"length\": -1}}", "/text/length",
         "expected a whole number from 0 to 1099511627776"},
        {"{\"text\": {\"repeat\": \"a\", \"length\": 1099511627777}}", "/text/length",
         "expected a whole number from 0 to 1099511627776"},
        {"{\"text\": {\"repeat\": \"a\", \"length\": 1, \"times\": 2}}", "/text", "unknown member \"times\""},
        {"{\"text\": {\"repeat-hex\": \"zz\", \"length\": 1}}", "/text/repeat-hex",
         "expected hexadecimal digits in pairs"},
        {"{\"text\": {\"random\": -1, \"length\": 1}}", "/text/random",
         "expected a whole number from 0 to 9223372036854775807"},
        {"{\"text\": {\"code-points\": \"80\"}}", "/text/code-points",
         "expected an array of the first code point and the last"},
        {"{\"text\": {\"code-points\": [\"80\", \"g\"]}}", "/text/code-points",
         "expected a code point in hexadecimal digits, up to 10ffff"},
        {"{\"text\": {\"code-points\": [\"80\", \"110000\"]}}", "/text/code-points",
         "expected a code point in hexadecimal digits, up to 10ffff"},
        {"{\"text\": {\"code-points\": [128, \"ff\"]}}", "/text/code-points",
         "expected a code point in hexadecimal digits, up to 10ffff"},
        {"{\"text\": {\"code-points\": [\"ff\", \"80\"]}}", "/text/code-points",
         "expected a last code point that does not come before the first"},
        {"{\"text\": {\"code-points\": [\"d800\", \"dfff\"]}}", "/text/code-points",
         "expected a last code point that does not come before the first"},
        {"{\"text\": {\"corpus\": \"poem\", \"length\": 16}}", "/text/corpus",
         "expected one of \"json\", \"html\", \"prose\", \"bitmap\", \"dense\""},
        {"{\"text\": {\"corpus\": \"json\"}}", "/text/length",
         "expected a whole number from 0 to 1099511627776"},
        {"{\"text\": {\"corpus\": \"json\", \"length\": 24}}", "/text/length", "expected a multiple of 16"},
        {"{\"text\": {\"corpus\": \"json\", \"length\": 16, \"start\": 8}}", "/text/start",
         "expected a multiple of 16"},
        {"{\"text\": {\"corpus\": \"json\", \"length\": 16, \"start\": 262144}}", "/text/start",
         "expected a whole number from 0 to 262128"},
        {"{\"text\": {\"corpus\": \"json\", \"length\": 16, \"seed\": 1}}", "/text",
         "unknown member \"seed\""},
        {"{\"text\": \"a\", \"slide\": true}", "/slide",
         "expected it on a text or binary message from a corpus, without \"start\""},
        {"{\"ping\": {\"corpus\": \"json\", \"length\": 16}, \"slide\": true}", "/slide",
         "expected it on a text or binary message from a corpus, without \"start\""},
        {"{\"text\": {\"corpus\": \"json\", \"length\": 16, \"start\": 0}, \"slide\": true}", "/slide",
         "expected it on a text or binary message from a corpus, without \"start\""},
        {"{\"text\": {\"concat\": \"a\"}}", "/text/concat", "expected an array of payloads"},
        {"{\"text\": {\"concat\": [\"a\", 1]}}", "/text/concat/1",
         "expected a payload: a string or an object"},
        {"{\"text\": {\"concat\": [\"a\", {\"random\": 1, \"length\": 1048576}]}}", "/text/concat/1",
         "expected at most 1 MiB in all"},
        {"{\"frame\": 1, \"payload\": 1}", "/payload", "expected a payload: a string or an object"},
    };
    CHECK_STEPS(rows);
}

Test(table_errors, a_unit_of_4097_octets_is_too_long) {
    char *step = malloc(4200);
    memset(step, 'a', 4200);
    memcpy(step, "{\"text\": {\"repeat\": \"", 21);
    strcpy(step + 21 + 4097, "\", \"length\": 1}}");
    char *text = malloc(5000);
    sprintf(text,
            "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": "
            "\"t\", \"steps\": "
            "[%s]}]}",
            step);
    check(text, WS_ERR_SYNTAX,
          "t.json: case a: at /cases/0/steps/0/text: expected a unit of 1 to 4096 octets");
    free(text);
    free(step);
}

Test(table_errors, of_4097_steps) {
    char *text = malloc(100000);
    size_t at = (size_t)sprintf(
        text, "%s",
        "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"id\": \"a\", \"title\": "
        "\"t\", \"steps\": [{\"ping\": \"\"}");
    for (int i = 0; i < 4096; i++)
        at += (size_t)sprintf(text + at, "%s", ",{\"ping\": \"\"}");
    sprintf(text + at, "]}]}");
    check(text, WS_ERR_LIMIT,
          "t.json: case a: at /cases/0/steps/4096: out of memory, or more than 4096 steps");
    free(text);
}

/* ------------------------------------------------------------------ expectations */

static const char a_matcher[] =
    "expected a matcher: echo, pong, ping, close, failure, end, timeout, {\"message\"}, "
    "{\"close\"}, {\"failure\"}, {\"end\"} or {\"maybe\"}";
static const char a_name[] = "expected one of \"echo\", \"pong\", \"ping\", \"close\", \"failure\", \"end\", "
                             "\"accepted\", \"refused\", \"timeout\", \"no-http\"";
static const char a_verdict[] =
    "expected one of \"OK\", \"NON-STRICT\", \"INFORMATIONAL\", \"UNIMPLEMENTED\", \"FAILED\"";

Test(table_errors, of_expectations) {
    static const error_row rows[] = {
        {"{\"expect\": \"eco\"}", "/expect", a_name},
        {"{\"expect\": 1}", "/expect", a_matcher},
        {"{\"expect\": null}", "/expect", a_matcher},
        {"{\"expect\": {}}", "/expect", a_matcher},
        {"{\"expect\": {\"close\": [1000], \"failure\": [1002]}}", "/expect", a_matcher},
        {"{\"expect\": []}", "/expect", "expected at least one matcher"},
        {"{\"expect\": [\"echo\", \"pnog\"]}", "/expect/1", a_name},
        {"{\"expect\": \"echo\", \"pateince\": 1}", "", "unknown member \"pateince\""},
        {"{\"expect\": \"echo\", \"patience\": 0}", "/patience", "expected a number over 0 and up to 1000"},
        {"{\"expect\": \"echo\", \"patience\": 1001}", "/patience",
         "expected a number over 0 and up to 1000"},
        {"{\"expect\": \"echo\", \"patience\": \"2\"}", "/patience",
         "expected a number over 0 and up to 1000"},
        {"{\"expect\": {\"end\": 1}}", "/expect/end", "expected an object with \"within\" or \"by-reset\""},
        {"{\"expect\": {\"end\": {\"within\": 0}}}", "/expect/end/within",
         "expected a number over 0 and up to 1000"},
        {"{\"expect\": {\"end\": {\"by-reset\": \"BAD\"}}}", "/expect/end/by-reset", a_verdict},
        {"{\"expect\": {\"end\": {\"behind\": 1}}}", "/expect/end", "unknown member \"behind\""},
        {"{\"expect\": {\"maybe\": \"echo\"}}", "/expect",
         "expected a last matcher that is not \"maybe\": the wait could never end"},
        {"{\"expect\": [{\"maybe\": {\"maybe\": \"echo\"}}, \"pong\"]}", "/expect/0/maybe",
         "expected a matcher that is not itself \"maybe\""},
        {"{\"expect\": [{\"maybe\": \"x\"}, \"pong\"]}", "/expect/0/maybe", a_name},
        {"{\"expect\": {\"message\": \"a\"}}", "/expect/message",
         "expected {\"text\": payload} or {\"binary\": payload}"},
        {"{\"expect\": {\"message\": {\"text\": \"a\", \"binary\": \"b\"}}}", "/expect/message",
         "expected {\"text\": payload} or {\"binary\": payload}"},
        {"{\"expect\": {\"message\": {\"text\": 1}}}", "/expect/message/text",
         "expected a payload: a string or an object"},
        {"{\"expect\": {\"close\": 1000}}", "/expect/close", "expected an array of codes"},
        {"{\"expect\": {\"close\": [1000, 65536]}}", "/expect/close/1",
         "expected a whole number from 0 to 65535"},
        {"{\"expect\": {\"failure\": [\"x\"]}}", "/expect/failure/0",
         "expected a whole number from 0 to 65535"},
        {"{\"expect\": {\"close\": [1000], \"others\": \"OK\"}}", "/expect", "unknown member \"others\""},
        {"{\"expect\": {\"close\": [1000], \"other\": \"GOOD\"}}", "/expect/other", a_verdict},
        {"{\"expect\": {\"failure\": [], \"without-close\": 1}}", "/expect/without-close", a_verdict},
    };
    CHECK_STEPS(rows);
}

Test(table_errors, of_graded_expectations) {
    static const error_row rows[] = {
        {"{\"expect\": {\"OK\": []}}", "/expect", "expected at least one alternative"},
        {"{\"expect\": {\"because\": {}}}", "/expect", "expected at least one alternative"},
        {"{\"expect\": {\"OK\": \"echo\"}}", "/expect/OK",
         "expected a verdict with an array of alternatives"},
        {"{\"expect\": {\"OK\": [\"echo\"], \"FINE\": [\"pong\"]}}", "/expect/FINE",
         "expected a verdict with an array of alternatives"},
        {"{\"expect\": {\"OK\": [\"echo\"], \"NON-STRICT\": [[\"pong\", \"x\"]]}}", "/expect/NON-STRICT/0/1",
         a_name},
        {"{\"expect\": {\"OK\": [\"echo\", []]}}", "/expect/OK/1", "expected at least one matcher"},
        {"{\"expect\": {\"OK\": [\"echo\"], \"because\": \"x\"}}", "/expect/because",
         "expected an object of sentences by verdict"},
        {"{\"expect\": {\"OK\": [\"echo\"], \"because\": {\"OK\": 1}}}", "/expect/because/OK",
         "expected a string"},
        {"{\"expect\": {\"OK\": [\"echo\"], \"because\": {\"FAILED\": \"x\"}}}", "/expect/because/FAILED",
         "expected a verdict that the expectation has"},
        {"{\"expect\": {\"OK\": [\"echo\"], \"because\": {\"BAD\": \"x\"}}}", "/expect/because/BAD",
         "expected a verdict that the expectation has"},
        {"{\"expect\": {\"OK\": [\"echo\", \"echo\", \"echo\", \"echo\", \"echo\", \"echo\", \"echo\", "
         "\"echo\", "
         "\"echo\", \"echo\", \"echo\", \"echo\", \"echo\", \"echo\", \"echo\", \"echo\", \"echo\"]}}",
         "/expect", "expected at most 16 alternatives"},
    };
    CHECK_STEPS(rows);
}

/* ------------------------------------------------------------------ opening handshakes */

/* The row has the member "handshake" with `json`. */
static void check_handshakes(const error_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char json[1500], where[200];
        snprintf(json, sizeof json, ", \"steps\": [], \"handshake\": %s", rows[i].json);
        snprintf(where, sizeof where, "/handshake%s", rows[i].where);
        check_rows(&(error_row){json, where, rows[i].sentence}, 1, WS_ERR_SYNTAX);
    }
}

#define CHECK_HANDSHAKES(rows) check_handshakes(rows, sizeof(rows) / sizeof *(rows))

static const char a_payload[] = "expected a payload: a string or an object";

Test(table_errors, of_handshakes) {
    static const error_row rows[] = {
        {"1", "", "expected an object with request, response, expect"},
        {"null", "", "expected an object with request, response, expect"},
        {"{\"requset\": {}}", "", "unknown member \"requset\""},
        {"{\"strict-request\": 1}", "/strict-request", "expected true or false"},
        {"{\"expect\": \"acepted\"}", "/expect", a_name},
    };
    CHECK_HANDSHAKES(rows);
}

Test(table_errors, of_heads) {
    static const char a_head[] = "expected an object that says how the head departs from the usual one";
    static const error_row rows[] = {
        {"{\"request\": \"GET\"}", "/request", a_head},
        {"{\"response\": null}", "/response", a_head},
        {"{\"request\": {\"method\": \"GET\"}}", "/request", "unknown member \"method\""},
        {"{\"request\": {\"start-line\": 1}}", "/request/start-line", "expected a string"},
        {"{\"request\": {\"separator\": null}}", "/request/separator", "expected a string"},
        {"{\"response\": {\"line-end\": \"\\u0000\"}}", "/response/line-end", "expected a string"},
        {"{\"request\": {\"chop\": 0}}", "/request/chop", "expected a whole number from 1 to 1073741824"},
        {"{\"request\": {\"raw\": 1}}", "/request/raw", a_payload},
        {"{\"request\": {\"before\": [\"a\"]}}", "/request/before", a_payload},
        {"{\"response\": {\"after\": {\"hex\": \"0\"}}}", "/response/after/hex",
         "expected hexadecimal digits in pairs"},
        {"{\"request\": {\"raw\": {\"random\": 1, \"length\": 67108865}}}", "/request",
         "expected at most 64 MiB of octets"},
    };
    CHECK_HANDSHAKES(rows);
}

Test(table_errors, of_edits_of_heads) {
    static const error_row rows[] = {
        {"{\"request\": {\"set\": [\"A\", \"1\"]}}", "/request", "expected \"set\": {\"Field\": \"value\"}"},
        {"{\"request\": {\"set\": {\"A\": \"1\", \"B/C\": 2, \"D\": \"3\"}}}", "/request/set/B~1C",
         a_payload},
        {"{\"request\": {\"set\": {\"A\": null}}}", "/request/set/A", a_payload},
        {"{\"request\": {\"set\": {\"A\": {\"random\": 1, \"length\": 1048577}}}}", "/request/set",
         "expected a field value of at most 1 MiB"},
        {"{\"request\": {\"remove\": \"A\"}}", "/request", "expected \"remove\": [\"Field\"]"},
        {"{\"request\": {\"remove\": [\"A\", 2]}}", "/request", "expected names of fields to remove"},
        {"{\"request\": {\"add\": {\"A\": \"1\"}}}", "/request",
         "expected \"add\": [[\"Field\", \"value\"]]"},
        {"{\"response\": {\"add\": [[\"A\", \"1\"], \"B\"]}}", "/response/add/1",
         "expected a pair of a name and a value to add"},
        {"{\"request\": {\"add\": [[\"A\"]]}}", "/request/add/0",
         "expected a pair of a name and a value to add"},
        {"{\"request\": {\"add\": [[\"A\", \"1\", \"2\"]]}}", "/request/add/0",
         "expected a pair of a name and a value to add"},
        {"{\"request\": {\"add\": [[1, \"A\"]]}}", "/request/add/0",
         "expected a pair of a name and a value to add"},
        {"{\"request\": {\"add\": [[\"A\", 1]]}}", "/request/add/0/1", a_payload},
    };
    CHECK_HANDSHAKES(rows);
}

Test(table_errors, of_filler) {
    static const error_row rows[] = {
        {"{\"request\": {\"filler\": 1}}", "/request/filler", "expected {\"count\", \"length\"}"},
        {"{\"request\": {\"filler\": {\"size\": 1}}}", "/request/filler", "unknown member \"size\""},
        {"{\"request\": {\"filler\": {\"count\": 0}}}", "/request/filler/count",
         "expected a whole number from 1 to 100000"},
        {"{\"response\": {\"filler\": {\"length\": 1048577}}}", "/response/filler/length",
         "expected a whole number from 0 to 1048576"},
        {"{\"request\": {\"filler\": {\"count\": 65, \"length\": 1048576}}}", "/request/filler",
         "expected at most 64 MiB of filler"},
    };
    CHECK_HANDSHAKES(rows);
}

Test(table_errors, of_expectations_of_handshakes) {
    static const char one[] =
        "expected in a handshake one of accepted, refused, end, timeout, no-http in each alternative";
    static const error_row rows[] = {
        {"{\"expect\": \"echo\"}", "", one},
        {"{\"expect\": [\"refused\", \"end\"]}", "", one},
        {"{\"expect\": {\"OK\": [\"accepted\"], \"NON-STRICT\": [{\"close\": [1000]}]}}", "", one},
        {"{\"expect\": {\"accepted\": false}}", "/expect", "expected \"accepted\": true"},
        {"{\"expect\": {\"accepted\": true, \"other\": \"OK\"}}", "/expect", "unknown member \"other\""},
        {"{\"expect\": {\"accepted\": true, \"refused\": [400]}}", "/expect", "unknown member \"refused\""},
        {"{\"expect\": {\"refused\": 400}}", "/expect/refused", "expected an array of codes"},
        {"{\"expect\": {\"refused\": [400, -1]}}", "/expect/refused/1",
         "expected a whole number from 0 to 65535"},
        {"{\"expect\": {\"refused\": [], \"othr\": \"OK\"}}", "/expect", "unknown member \"othr\""},
        {"{\"expect\": {\"refused\": [], \"other\": \"BAD\"}}", "/expect/other", a_verdict},
        {"{\"expect\": {\"refused\": [], \"without-end\": true}}", "/expect/without-end", a_verdict},
        {"{\"expect\": {\"refused\": [], \"stays-open\": 1}}", "/expect/stays-open", a_verdict},
        {"{\"expect\": \"refused\", \"refusals\": 0}", "/refusals", "expected a whole number from 1 to 100"},
    };
    CHECK_HANDSHAKES(rows);
}

Test(table_errors, of_fields_that_a_response_must_have) {
    static const char a_rule[] =
        "expected null, true, a string, or an object with is, has, absent, present or versions";
    static const error_row rows[] = {
        {"[\"A\"]", "", "expected an object of fields"},
        {"{\"A\": false}", "/A", a_rule},
        {"{\"B\": null, \"A\": 13}", "/A", a_rule},
        {"{\"A\": {}}", "/A", a_rule},
        {"{\"A\": {\"otherwise\": \"OK\"}}", "/A", a_rule},
        {"{\"A\": {\"is\": \"x\", \"has\": \"y\"}}", "/A", a_rule},
        {"{\"A\": {\"absent\": false}}", "/A", a_rule},
        {"{\"A\": {\"versions\": false}}", "/A", a_rule},
        {"{\"A\": {\"absent\": true, \"present\": true}}", "/A", a_rule},
        {"{\"A\": {\"is\": 1}, \"B\": null}", "/A", "expected a string"},
        {"{\"A\": {\"has\": [\"x\"]}}", "/A", "expected a string"},
        {"{\"A\": \"\\u0000\"}", "/A", "expected a string"},
        {"{\"A\": {\"is\": \"x\", \"otherwsie\": \"OK\"}}", "/A", "unknown member \"otherwsie\""},
        {"{\"A\": {\"is\": \"x\", \"otherwise\": \"WORSE\"}}", "/A/otherwise", a_verdict},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[500], where[100];
        snprintf(json, sizeof json, "{\"expect\": {\"OK\": [{\"refused\": [], \"fields\": %s}]}}",
                 rows[i].json);
        snprintf(where, sizeof where, "/expect/OK/0/fields%s", rows[i].where);
        check_handshakes(&(error_row){json, where, rows[i].sentence}, 1);
    }
}

Test(table_errors, of_permessage_deflate) {
    static const error_row rows[] = {
        {", \"steps\": [], \"deflate\": true", "/deflate", "expected an object with offer and the like"},
        {", \"steps\": [], \"deflate\": {\"offers\": \"\"}", "/deflate", "unknown member \"offers\""},
        {", \"steps\": [], \"deflate\": {\"offer\": []}", "/deflate/offer", "expected a string"},
        {", \"steps\": [], \"deflate\": {\"no-context-takeover\": 1}", "/deflate/no-context-takeover",
         "expected true or false"},
        {", \"steps\": [], \"deflate\": {\"fixed-codes\": \"yes\"}", "/deflate/fixed-codes",
         "expected true or false"},
        {", \"steps\": [], \"deflate\": {\"window-bits\": 7}", "/deflate/window-bits",
         "expected a whole number from 8 to 15"},
        {", \"steps\": [], \"deflate\": {\"window-bits\": 16}", "/deflate/window-bits",
         "expected a whole number from 8 to 15"},
        {", \"steps\": [], \"deflate\": {\"window-needed\": 1}", "/deflate/window-needed",
         "expected true or false"},
        {", \"steps\": [], \"deflate\": {\"client-no-context-takeover\": 1}",
         "/deflate/client-no-context-takeover", "expected true or false"},
        {", \"steps\": [], \"deflate\": {\"level\": 10}", "/deflate/level",
         "expected a whole number from -1 to 9"},
    };
    CHECK(rows);
}

/* ------------------------------------------------------------------ Autobahn's rules */

#define RULES   ", \"rules\": \"autobahn\""
#define NO_STEP ", \"steps\": []"
#define EVENTS  ", \"events\": {}"
#define CLOSING ", \"closing\": {\"by\": \"peer\"}"

Test(table_errors, of_autobahn_s_rules) {
    static const char an_event[] = "expected {\"text\": payload} or {\"binary\": payload}";
    static const error_row rows[] = {
        {RULES NO_STEP CLOSING, "/events", "expected events"},
        {RULES NO_STEP EVENTS, "/closing", "expected an object with by, codes, clean"},
        {RULES NO_STEP EVENTS ", \"closing\": []", "/closing", "expected an object with by, codes, clean"},
        {RULES NO_STEP EVENTS ", \"closing\": {}", "/closing", "expected \"by\", the side that closes first"},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"me\"}", "/closing/by",
         "expected one of \"wspect\", \"peer\""},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"peer\", \"code\": 1}", "/closing",
         "unknown member \"code\""},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"peer\", \"clean\": 1}", "/closing/clean",
         "expected true or false"},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"peer\", \"codes\": 1000}", "/closing/codes",
         "expected an array of codes"},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"peer\", \"codes\": [-1]}", "/closing/codes/0",
         "expected a whole number from 0 to 65535"},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"peer\", \"wrong-code\": true}",
         "/closing/wrong-code", "expected one of \"fails\""},
        {RULES NO_STEP EVENTS ", \"closing\": {\"by\": \"peer\", \"wrong-side\": \"\"}",
         "/closing/wrong-side", "expected one of \"fails\""},
        {RULES NO_STEP CLOSING ", \"verdict\": \"OK\"", "/verdict", "expected one of \"INFORMATIONAL\""},
        {RULES NO_STEP CLOSING ", \"events\": \"ehco\"", "/events",
         "expected one of \"echo\", \"round-trips\", \"identical-round-trips\""},
        {RULES NO_STEP CLOSING ", \"events\": \"round-trips\"", "",
         "expected a \"repeat\" step for round trips"},
        {RULES NO_STEP CLOSING ", \"events\": []", "/events",
         "expected \"echo\", \"round-trips\", \"identical-round-trips\" or lists of events by verdict"},
        {RULES NO_STEP CLOSING ", \"events\": {\"FINE\": []}", "/events/FINE", "expected a verdict"},
        {RULES NO_STEP CLOSING ", \"events\": {\"OK\": {}}", "/events/OK", "expected an array of events"},
        {RULES NO_STEP CLOSING ", \"events\": {\"OK\": [{\"text\": \"a\"}, {}]}", "/events/OK/1", an_event},
        {RULES NO_STEP CLOSING ", \"events\": {\"OK\": [1]}", "/events/OK/0", an_event},
        {RULES NO_STEP CLOSING ", \"events\": {\"OK\": [{\"pong\": 1}]}", "/events/OK/0/pong",
         "expected a payload: a string or an object"},
        {RULES NO_STEP CLOSING ", \"events\": {\"OK\": [{\"timeout\": 1}]}", "/events/OK/0",
         "expected a string"},
        {RULES EVENTS CLOSING ", \"steps\": [{\"pause\": -1}]", "/steps/0/pause",
         "expected seconds, from 0 to 10000"},
        {RULES EVENTS CLOSING ", \"steps\": [{\"pause\": \"1\"}]", "/steps/0/pause",
         "expected seconds, from 0 to 10000"},
        {RULES EVENTS CLOSING ", \"steps\": [{\"pause\": 1, \"seconds\": 1}]", "/steps/0",
         "unknown member \"seconds\""},
        {RULES EVENTS CLOSING ", \"steps\": [{\"pause\": 1, \"tag\": 1}]", "/steps/0/tag",
         "expected a string"},
        {RULES EVENTS CLOSING ", \"steps\": [{\"arm\": \"kill\"}]", "/steps/0/seconds",
         "expected seconds, from 0 to 10000"},
        {RULES EVENTS CLOSING ", \"steps\": [{\"arm\": \"bomb\", \"seconds\": 1}]", "/steps/0/arm",
         "expected one of \"kill\", \"close\""},
        {RULES EVENTS CLOSING ", \"steps\": [{\"arm\": \"kill\", \"seconds\": 1, \"tag\": \"A\"}]",
         "/steps/0", "unknown member \"tag\""},
        {RULES EVENTS CLOSING ", \"steps\": [{\"expect\": \"echo\"}]", "/steps/0",
         "no \"expect\" goes with \"rules\": \"autobahn\""},
        {RULES EVENTS CLOSING ", \"steps\": [{\"reset\": true}]", "/steps/0",
         "no \"reset\" goes with \"rules\": \"autobahn\""},
    };
    CHECK(rows);
}

/* ------------------------------------------------------------------ how complaints are made */

Test(table_errors, a_long_pointer_is_cut) {
    char name[700], text[1000], error[512];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text,
             "{\"schema\": \"wspect-cases/1\", \"group\": \"g\", \"cases\": [{\"for\": {\"%s\": 1}, \"id\": "
             "\"a\"}]}",
             name);
    play_table *table = play_table_new();
    cr_expect_eq(play_table_load(table, "t", text, strlen(text), error, sizeof error), WS_ERR_SYNTAX);
    cr_expect_eq(strncmp(error, "t: case a: at /cases/0/for/nnnn", 30), 0, "%s", error);
    cr_expect_eq(strlen(error), sizeof error - 1);
    play_table_free(table);
}

Test(table_errors, a_caller_who_wants_no_sentence_gets_the_status) {
    play_table *table = play_table_new();
    cr_expect_eq(play_table_load(table, "t", "[]", 2, NULL, 0), WS_ERR_SYNTAX);
    cr_expect_eq(play_table_load(table, "t", "[", 1, NULL, 0), WS_ERR_SYNTAX);
    play_table_free(table);
}
