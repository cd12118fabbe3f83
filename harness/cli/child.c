#include "cli/child.h"

#include <stdlib.h>
#include <string.h>

enum {
    OUTPUT_LINES = 4, /* that are shown */
    OUTPUT_MAX = 600  /* octets of them */
};

static const char *find(const char *text, const char *end, const char *word) {
    size_t size = strlen(word);
    for (; (size_t)(end - text) >= size; text++)
        if (memcmp(text, word, size) == 0)
            return text;
    return NULL;
}

/* The line that tells what has happened, if one is known to; most runtimes go on at length behind it. */
static const char *telling_line(const char *text, const char *end) {
    static const char *const words[] = {
        "SUMMARY: ",     "ERROR: ",    "runtime error: ", "panic: ",          "panicked at ",
        "fatal error: ", "Assertion ", "assertion ",      "terminate called", "Unhandled exception",
        "Exception in ", "Error: "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *found = find(text, end, words[i]);
        while (found && found > text && found[-1] != '\n')
            found--;
        if (found)
            return found;
    }
    return NULL;
}

static bool holds_one_of(ws_span output, const char *const *words, size_t count) {
    const char *begin = (const char *)output.data;
    for (size_t i = 0; output.size > 0 && i < count; i++)
        if (find(begin, begin + output.size, words[i]))
            return true;
    return false;
}

bool cli_tells_of_crash(ws_span output) {
    static const char *const words[] = {
        "ERROR: AddressSanitizer",  "ERROR: MemorySanitizer", "SUMMARY: UndefinedBehaviorSanitizer",
        "WARNING: MemorySanitizer", "ERROR: ThreadSanitizer", "ERROR: HWAddressSanitizer",
        ": runtime error: "};
    return holds_one_of(output, words, sizeof words / sizeof *words);
}

bool cli_holds_report(ws_span output) {
    static const char *const words[] = {"SUMMARY: AddressSanitizer",   "SUMMARY: MemorySanitizer",
                                        "SUMMARY: ThreadSanitizer",    "SUMMARY: UndefinedBehaviorSanitizer",
                                        "SUMMARY: HWAddressSanitizer", ": runtime error: "};
    return holds_one_of(output, words, sizeof words / sizeof *words);
}

/* Where the last lines begin. */
static const char *last_lines(const char *text, const char *end) {
    const char *at = end;
    for (int lines = 0; at > text && end - at < OUTPUT_MAX; at--)
        if (at[-1] == '\n' && ++lines == OUTPUT_LINES)
            break;
    return at;
}

void cli_append_output(const net_process *process, char *text, size_t size) {
    ws_span tail = net_process_tail(process);
    const char *begin = (const char *)tail.data, *end = begin + tail.size;
    while (end > begin && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    const char *at = telling_line(begin, end);
    if (!at)
        at = last_lines(begin, end);
    size_t used = strlen(text);
    if (at == end || used + OUTPUT_MAX + 32 > size)
        return;
    used += (size_t)snprintf(text + used, size - used, ". Its output: ");
    size_t limit = used + OUTPUT_MAX;
    for (int lines = 0; at < end && used + 3 < limit; at++) {
        if (*at == '\n' && ++lines == OUTPUT_LINES)
            break;
        if (*at == '\n') {
            memcpy(text + used, " | ", 3);
            used += 3;
        } else if (*at && *at != '\r') {
            text[used++] = *at;
        }
    }
    text[used] = '\0';
}

static size_t occurrences(const char *text, const char *word) {
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word))
        count++;
    return count;
}

char *cli_replaced(const char *text, const char *word, const char *by) {
    size_t size = strlen(text) + occurrences(text, word) * strlen(by) + 1;
    char *result = malloc(size), *to = result;
    while (result && *text) {
        if (strncmp(text, word, strlen(word)) == 0) {
            memcpy(to, by, strlen(by));
            to += strlen(by);
            text += strlen(word);
        } else {
            *to++ = *text++;
        }
    }
    if (result)
        *to = '\0';
    return result;
}
