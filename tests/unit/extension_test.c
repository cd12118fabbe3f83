#include "wire/extension.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "support/guard.h"

/* name;param;param=value;param="quoted", with a comma between extensions. */
static void log_list(ws_buffer *log, const ws_extension_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        const ws_extension *item = &list->items[i];
        ws_buffer_append_text(log, i ? "," : "");
        ws_buffer_append(log, item->name.data, item->name.size);
        for (size_t j = 0; j < item->param_count; j++) {
            const ws_extension_param *param = &item->params[j];
            const char *quote = param->quoted ? "\"" : "";
            ws_buffer_append_text(log, ";");
            ws_buffer_append(log, param->name.data, param->name.size);
            if (!param->value.data)
                continue;
            ws_buffer_printf(log, "=%s", quote);
            ws_buffer_append(log, param->value.data, param->value.size);
            ws_buffer_append_text(log, quote);
        }
    }
    ws_buffer_terminate(log);
}

/* Copies of the values are gone when the list is looked at. */
static ws_status parse(const char *const *values, size_t count, ws_extension_list **list, size_t *field,
                       size_t *offset) {
    ws_span spans[8];
    for (size_t i = 0; i < count; i++)
        spans[i] = (ws_span){guard_copy(values[i], strlen(values[i])), strlen(values[i])};
    ws_status status = ws_extension_parse(spans, count, list, field, offset);
    for (size_t i = 0; i < count; i++)
        guard_free((uint8_t *)spans[i].data, spans[i].size);
    return status;
}

static void expect_list(const char *const *values, size_t count, const char *expected) {
    ws_extension_list *list = NULL;
    ws_buffer log;
    ws_buffer_init(&log, 0);
    cr_expect_eq(parse(values, count, &list, NULL, NULL), WS_OK, "%s", values[0]);
    if (list) {
        log_list(&log, list);
        cr_expect_str_eq((char *)log.data, expected);
    }
    ws_extension_list_free(list);
    ws_buffer_clear(&log);
}

static void expect_each(const char *const rows[][2], size_t count) {
    for (size_t i = 0; i < count; i++)
        expect_list(&rows[i][0], 1, rows[i][1]);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(extension, examples_of_rfc6455_are_read) {
    const char *const rows[][2] = {
        {"deflate-stream", "deflate-stream"},
        {"mux; max-channels=4; flow-control, deflate-stream",
         "mux;max-channels=4;flow-control,deflate-stream"},
        {"private-extension", "private-extension"},
        {"foo, bar; baz=2", "foo,bar;baz=2"},
    };
    expect_each(rows, COUNT(rows));
}

Test(extension, quoted_values_are_unquoted_and_unescaped) {
    const char *const rows[][2] = {
        {"a;b=\"10\"", "a;b=\"10\""},
        {"a;b=\"\\1\\0\"", "a;b=\"10\""},
        {"a;b=\"1\\0\";c, d", "a;b=\"10\";c,d"},
    };
    expect_each(rows, COUNT(rows));
}

Test(extension, white_space_may_stand_around_every_delimiter) {
    const char *const rows[][2] = {
        {" a ; b = c\t,\td\t;\te\t=\t\"f\" ", "a;b=c,d;e=\"f\""},
        {"\ta", "a"},
        {"a\t ", "a"},
        {"a; b ", "a;b"},
    };
    expect_each(rows, COUNT(rows));
}

Test(extension, empty_elements_are_skipped) {
    const char *const rows[][2] = {{",a", "a"}, {"a,", "a"}, {" , ,a,\t,, b , ", "a,b"}};
    expect_each(rows, COUNT(rows));
}

Test(extension, names_of_object_members_are_plain_names) {
    const char *const rows[][2] = {
        {"constructor", "constructor"},
        {"__proto__; constructor=toString; __proto__", "__proto__;constructor=toString;__proto__"},
        {"hasOwnProperty;valueOf=\"__proto__\"", "hasOwnProperty;valueOf=\"__proto__\""},
    };
    expect_each(rows, COUNT(rows));
}

Test(extension, repeated_names_and_params_are_kept_in_order) {
    const char *const rows[][2] = {{"a;b=2;b=1,a", "a;b=2;b=1,a"}};
    expect_each(rows, COUNT(rows));
}

Test(extension, case_is_kept) {
    const char *const rows[][2] = {{"Foo;Bar=BAZ", "Foo;Bar=BAZ"}};
    expect_each(rows, COUNT(rows));
}

Test(extension, several_fields_are_one_list) {
    const char *const values[] = {"foo", "", " , ", "bar; baz=2"};
    expect_list(values, COUNT(values), "foo,bar;baz=2");
}

typedef struct broken_row {
    const char *value;
    size_t offset;
} broken_row;

static void expect_broken(const broken_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ws_extension_list *list = NULL;
        size_t field = 99;
        size_t offset = 99;
        cr_expect_eq(parse(&rows[i].value, 1, &list, &field, &offset), WS_ERR_SYNTAX, "%s", rows[i].value);
        cr_expect_eq(field, 0, "%s", rows[i].value);
        cr_expect_eq(offset, rows[i].offset, "%s: %zu", rows[i].value, offset);
        cr_expect_null(list);
    }
}

Test(extension, list_without_extension_is_broken) {
    const broken_row rows[] = {{"", 0}, {",", 0}, {" , , ", 0}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, param_must_follow_a_semicolon) {
    const broken_row rows[] = {{"a;", 2},   {"a; ,b", 3}, {"a;;b", 2},
                               {"a;b;", 4}, {";b", 0},    {",;constructor", 1}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, value_must_follow_an_equals_sign) {
    const broken_row rows[] = {{"a;b=", 4},   {"a;b= ", 5}, {"a;b=,c", 4},
                               {"a;b=;c", 4}, {"a;=b", 2},  {"a;b==c", 4}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, name_of_an_extension_takes_no_value) {
    const broken_row rows[] = {{"a=b", 1}, {"a, b=\"c\"", 4}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, names_and_values_are_tokens) {
    const broken_row rows[] = {{"a b", 2},     {"a/b", 1},   {"\"a\"", 0}, {"a;b c", 4},     {"a;\"b\"", 2},
                               {"a;b=c d", 6}, {"a;b=@", 4}, {"a\x01", 1}, {"a;b=c\xc3", 5}, {"a\r\n b", 1}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, quoted_value_must_be_a_token) {
    const broken_row rows[] = {{"a;b=\"\"", 5},     {"a;b=\" \"", 5},      {"a;b=\"c d\"", 6},
                               {"a;b=\"c,d\"", 6},  {"a;b=\"c\\\"d\"", 7}, {"a;b=\"\\\\\"", 6},
                               {"a;b=\"c\\ \"", 7}, {"a;b=\"c\xff\"", 6}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, quoted_value_must_be_closed) {
    const broken_row rows[] = {{"a;b=\"", 5}, {"a;b=\"c", 6}, {"a;b=\"c\\", 7}, {"a;b=\"c\\\"", 7}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, nothing_may_follow_a_quoted_value) {
    const broken_row rows[] = {{"a;b=\"c\"d", 7}, {"a;b=\"c\" \"d\"", 8}};
    expect_broken(rows, COUNT(rows));
}

Test(extension, broken_field_is_told) {
    const char *const values[] = {"a", "b;", "c"};
    ws_extension_list *list = NULL;
    size_t field = 99;
    size_t offset = 99;
    cr_expect_eq(parse(values, 3, &list, &field, &offset), WS_ERR_SYNTAX);
    cr_expect_eq(field, 1);
    cr_expect_eq(offset, 2);
}

Test(extension, no_field_at_all_is_broken) {
    ws_extension_list *list = NULL;
    cr_assert_eq(ws_extension_parse(NULL, 0, &list, NULL, NULL), WS_ERR_SYNTAX);
}

/* prefix, then `unit` again and again. */
static ws_status parse_repeated(const char *prefix, const char *unit, size_t repeat, size_t *count) {
    ws_buffer text;
    ws_buffer_init(&text, 0);
    ws_buffer_append_text(&text, prefix);
    for (size_t i = 0; i < repeat; i++)
        ws_buffer_append_text(&text, unit);
    uint8_t *copy = guard_copy(text.data, text.size);
    ws_span span = {copy, text.size};
    ws_extension_list *list = NULL;
    ws_status status = ws_extension_parse(&span, 1, &list, NULL, NULL);
    *count = list ? list->count * 1000 + list->items[list->count - 1].param_count : 0;
    ws_extension_list_free(list);
    guard_free(copy, text.size);
    ws_buffer_clear(&text);
    return status;
}

Test(extension, caps_are_kept) {
    static const struct {
        const char *prefix, *unit;
        size_t repeat;
        ws_status status;
        size_t count; /* extensions times 1000 and params of the last */
    } rows[] = {
        {"", "a,", 256, WS_OK, 256000},      {"", "a,", 257, WS_ERR_LIMIT, 0},
        {"a", ";b", 256, WS_OK, 1256},       {"a", ";b", 257, WS_ERR_LIMIT, 0},
        {"a;b;c,d", ";b", 256, WS_OK, 2256}, {"a", ",", 65535, WS_OK, 1000},
        {"a", ",", 65536, WS_ERR_LIMIT, 0},  {"", "a", 65536, WS_OK, 1000},
        {"", "a", 65537, WS_ERR_LIMIT, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t count;
        cr_expect_eq(parse_repeated(rows[i].prefix, rows[i].unit, rows[i].repeat, &count), rows[i].status,
                     "row %zu", i);
        cr_expect_eq(count, rows[i].count, "row %zu: %zu", i, count);
    }
}

Test(extension, size_is_that_of_all_values) {
    static uint8_t octets[65536];
    memset(octets, 'a', sizeof(octets));
    ws_span values[] = {{octets, 40000}, {octets, 40000}};
    ws_extension_list *list = NULL;
    cr_assert_eq(ws_extension_parse(values, 2, &list, NULL, NULL), WS_ERR_LIMIT);
}

Test(extension, backslashes_without_end_take_linear_time) {
    size_t count;
    clock_t begin = clock();
    for (int i = 0; i < 10; i++)
        cr_expect_eq(parse_repeated("a; b=\"", "\\c", 32000, &count), WS_ERR_SYNTAX);
    cr_assert_lt((double)(clock() - begin) / CLOCKS_PER_SEC, 2.0);
}

Test(extension, spaces_without_end_take_linear_time) {
    size_t count;
    clock_t begin = clock();
    for (int i = 0; i < 10; i++)
        cr_expect_eq(parse_repeated("a; b", " ", 65000, &count), WS_OK);
    cr_assert_lt((double)(clock() - begin) / CLOCKS_PER_SEC, 2.0);
}

Test(extension, param_is_found_by_exact_name) {
    const char *const values[] = {"a;b;c=1;c=2"};
    ws_extension_list *list = NULL;
    cr_assert_eq(parse(values, 1, &list, NULL, NULL), WS_OK);
    cr_expect_eq(ws_extension_param_get(&list->items[0], "c"), &list->items[0].params[1]);
    cr_expect_null(ws_extension_param_get(&list->items[0], "C"));
    cr_expect_null(ws_extension_param_get(&list->items[0], "d"));
    ws_extension_list_free(list);
}

Test(extension, param_without_value_has_no_data) {
    const char *const values[] = {"a;b"};
    ws_extension_list *list = NULL;
    cr_assert_eq(parse(values, 1, &list, NULL, NULL), WS_OK);
    cr_expect_null(list->items[0].params[0].value.data);
    ws_extension_list_free(list);
}

Test(extension, free_of_nothing_is_allowed) {
    ws_extension_list_free(NULL);
}
