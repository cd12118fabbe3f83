#include "reports/canonical.h"

#include "reports/report_json_private.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ numbers */

enum {
    DIGITS_MAX = 17,   /* tell any double from its neighbours */
    PLAIN_DIGITS = 21, /* up to so many, digits before the point stand without an exponent */
    PLAIN_ZEROS = 6    /* and so many behind it */
};

/* The fewest digits that give the number back, without point; where the point stands among them (as a power
 * of ten: 0.digits * 10^point). */
static void shortest_digits(double number, char digits[DIGITS_MAX + 1], int *point) {
    char text[40];
    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    char *exponent = strchr(text, 'e');
    size_t count = 0;
    for (const char *c = text; c < exponent; c++)
        if (*c >= '0' && *c <= '9')
            digits[count++] = *c;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    *point = (int)strtol(exponent + 1, NULL, 10) + 1;
}

void report_format_number(double number, char text[REPORT_NUMBER_MAX]) {
    char digits[DIGITS_MAX + 1];
    int point;
    if (number == 0) { /* -0 too */
        memcpy(text, "0", 2);
        return;
    }
    const char *sign = number < 0 ? "-" : "";
    shortest_digits(number < 0 ? -number : number, digits, &point);
    int count = (int)strlen(digits), size = REPORT_NUMBER_MAX;
    if (count <= point && point <= PLAIN_DIGITS)
        snprintf(text, (size_t)size, "%s%s%.*s", sign, digits, point - count, "000000000000000000000");
    else if (0 < point && point <= PLAIN_DIGITS)
        snprintf(text, (size_t)size, "%s%.*s.%s", sign, point, digits, digits + point);
    else if (-PLAIN_ZEROS < point && point <= 0)
        snprintf(text, (size_t)size, "%s0.%.*s%s", sign, -point, "000000", digits);
    else
        snprintf(text, (size_t)size, "%s%.1s%s%se%+d", sign, digits, count > 1 ? "." : "", digits + 1,
                 point - 1);
}

static int write_integer(json_int_t integer, FILE *out) {
    const json_int_t limit = (json_int_t)REPORT_LARGEST_EXACT;
    if (integer > limit || integer < -limit)
        return -1;
    return fprintf(out, "%" JSON_INTEGER_FORMAT, integer) < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ strings */

static void write_string(const char *text, size_t size, FILE *out) {
    static const char escapes[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 && escapes[c])
            fprintf(out, "\\%c", escapes[c]);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

/* ------------------------------------------------------------------ objects */

/* Members stand in the order of their names' UTF-16 code units. That is the order of UTF-8 octets but for
 * code points from U+10000 on (first octet F0 or more), whose surrogates come before U+E000 (EE, EF). */
static int rank(unsigned char c) {
    return c >= 0xf0 ? c - 0xf0 + 0xee : c >= 0xee ? c + 0x10 : c;
}

static int by_name(const void *a, const void *b) {
    const unsigned char *left = *(const unsigned char *const *)a, *right = *(const unsigned char *const *)b;
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return rank(*left) - rank(*right);
}

static int write_object(const json_t *object, FILE *out) {
    size_t count = 0;
    const char **names = calloc(json_object_size(object) + 1, sizeof *names);
    const char *name;
    json_t *value;
    if (!names)
        return -1;
    json_object_foreach((json_t *)object, name, value) names[count++] = name;
    qsort((void *)names, count, sizeof *names, by_name);
    int result = 0;
    fputc('{', out);
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (i > 0)
            fputc(',', out);
        write_string(names[i], strlen(names[i]), out);
        fputc(':', out);
        result = report_write_canonical(json_object_get(object, names[i]), out);
    }
    fputc('}', out);
    free((void *)names);
    return result;
}

static int write_array(const json_t *array, FILE *out) {
    int result = 0;
    fputc('[', out);
    for (size_t i = 0; result == 0 && i < json_array_size(array); i++) {
        if (i > 0)
            fputc(',', out);
        result = report_write_canonical(json_array_get(array, i), out);
    }
    fputc(']', out);
    return result;
}

/* ------------------------------------------------------------------ values */

static int write_value(const json_t *value, FILE *out) {
    char number[REPORT_NUMBER_MAX];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(value, out);
    case JSON_ARRAY:
        return write_array(value, out);
    case JSON_STRING:
        write_string(json_string_value(value), json_string_length(value), out);
        return 0;
    case JSON_INTEGER:
        return write_integer(json_integer_value(value), out);
    case JSON_REAL:
        report_format_number(json_real_value(value), number);
        return fputs(number, out) < 0 ? -1 : 0;
    case JSON_TRUE:
        return fputs("true", out) < 0 ? -1 : 0;
    case JSON_FALSE:
        return fputs("false", out) < 0 ? -1 : 0;
    case JSON_NULL:
        return fputs("null", out) < 0 ? -1 : 0;
    }
    return -1;
}

int report_write_canonical(const json_t *value, FILE *out) {
    return value && write_value(value, out) == 0 && !ferror(out) ? 0 : -1;
}
