#include "reports/certificate.h"

#include "reports/canonical.h"
#include "reports/report_json_private.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM "Ed25519"

enum {
    KEY_SIZE = 32,
    SIGNATURE_SIZE = 64,
    KEY_HEX = 2 * KEY_SIZE + 1,
    SIGNATURE_HEX = 2 * SIGNATURE_SIZE + 1,
    SIGNATURE_TEXT_MAX = 512 /* all of the member */
};

struct report_key {
    EVP_PKEY *pkey;
    char name[KEY_HEX]; /* the public key, hex */
};

struct report_document {
    char *text;
    size_t size;
    json_t *root;
    report *report;
};

static bool refuse(char *error, size_t error_size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(error, error_size, format, values);
    va_end(values);
    return false;
}

static void to_hex(const uint8_t *octets, size_t size, char *hex) {
    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", octets[i]);
}

/* Of exactly `size` octets, in the one spelling that is allowed. */
static bool from_hex(const char *hex, uint8_t *octets, size_t size) {
    static const char digits[] = "0123456789abcdef";
    if (!hex || strlen(hex) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        const char *high = strchr(digits, hex[2 * i]), *low = strchr(digits, hex[2 * i + 1]);
        if (!high || !low)
            return false;
        octets[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

/* ------------------------------------------------------------------ keys */

static bool name_key(report_key *key) {
    uint8_t raw[KEY_SIZE];
    size_t size = sizeof raw;
    if (!EVP_PKEY_is_a(key->pkey, ALGORITHM) || EVP_PKEY_get_raw_public_key(key->pkey, raw, &size) != 1 ||
        size != sizeof raw)
        return false;
    to_hex(raw, sizeof raw, key->name);
    return true;
}

report_key *report_key_open(const char *path, report_key_kind kind, char *error, size_t error_size) {
    const char *what = kind == REPORT_KEY_PRIVATE ? "private" : "public";
    FILE *file = fopen(path, "re");
    if (!file) {
        refuse(error, error_size, "%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    report_key *key = calloc(1, sizeof *key);
    if (key)
        key->pkey = kind == REPORT_KEY_PRIVATE ? PEM_read_PrivateKey(file, NULL, NULL, NULL)
                                               : PEM_read_PUBKEY(file, NULL, NULL, NULL);
    fclose(file);
    if (!key)
        refuse(error, error_size, "out of memory");
    else if (!key->pkey)
        refuse(error, error_size, "%s: expected a %s key in PEM (%s)", path, what,
               kind == REPORT_KEY_PRIVATE ? "openssl genpkey -algorithm ed25519" : "openssl pkey -pubout");
    else if (!name_key(key))
        refuse(error, error_size, "%s: expected an Ed25519 key, not one of type %s", path,
               EVP_PKEY_get0_type_name(key->pkey));
    else
        return key;
    report_key_free(key);
    return NULL;
}

void report_key_free(report_key *key) {
    if (key)
        EVP_PKEY_free(key->pkey);
    free(key);
}

/* ------------------------------------------------------------------ documents */

/* The file's text, with a NUL behind it. */
static char *read_text(FILE *file, size_t *size) {
    enum { PIECE = 1 << 16, LIMIT = 1024 * 1024 * 1024 };
    char *text = NULL;
    *size = 0;
    while (*size < LIMIT) {
        char *grown = realloc(text, *size + PIECE + 1);
        if (!grown)
            break;
        text = grown;
        size_t got = fread(text + *size, 1, PIECE, file);
        *size += got;
        text[*size] = '\0';
        if (got < PIECE && !ferror(file))
            return text;
        if (got < PIECE)
            break;
    }
    free(text);
    return NULL;
}

static bool load(report_document *d, FILE *file, const char *path, char *error, size_t error_size) {
    d->text = read_text(file, &d->size);
    if (!d->text)
        return refuse(error, error_size, "%s: cannot be read, or is longer than 1 GiB", path);
    FILE *again = fmemopen(d->text, d->size + (d->size == 0), "r");
    if (!again)
        return refuse(error, error_size, "out of memory");
    d->report = report_read_json_stream(again, path, error, error_size);
    fclose(again);
    if (!d->report)
        return false;
    json_error_t why;
    d->root = json_loadb(d->text, d->size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!d->root)
        return refuse(error, error_size, "%s: %s", path, why.text);
    if (strcmp(json_string_value(json_object_get(d->root, "schema")), REPORT_SCHEMA) != 0)
        return refuse(error, error_size, "%s: has the reports of several agents: sign each one by itself",
                      path);
    return true;
}

report_document *report_document_open(const char *path, char *error, size_t error_size) {
    FILE *file = fopen(path, "re");
    if (!file) {
        refuse(error, error_size, "%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    report_document *d = calloc(1, sizeof *d);
    bool fine = d ? load(d, file, path, error, error_size) : refuse(error, error_size, "out of memory");
    fclose(file);
    if (fine)
        return d;
    report_document_free(d);
    return NULL;
}

void report_document_free(report_document *d) {
    if (!d)
        return;
    free(d->text);
    json_decref(d->root);
    report_free(d->report);
    free(d);
}

const report *report_document_report(const report_document *document) {
    return document->report;
}

bool report_document_signed(const report_document *document) {
    return json_object_get(document->root, "signature") != NULL;
}

/* ------------------------------------------------------------------ what is signed */

/* The canonical form of the document with this member under "signature"; NULL when memory is out or a number
 * has no form. */
static char *signed_text(const report_document *d, json_t *signature, size_t *size) {
    char *text = NULL;
    json_t *whole = json_copy(d->root);
    FILE *out = open_memstream(&text, size);
    bool fine = whole && out && json_object_set(whole, "signature", signature) == 0 &&
                report_write_canonical(whole, out) == 0;
    if (out && fclose(out) != 0)
        fine = false;
    json_decref(whole);
    if (fine)
        return text;
    free(text);
    return NULL;
}

static bool no_form(char *error, size_t error_size) {
    return refuse(error, error_size,
                  "the report has no canonical form: a whole number beyond 2^53 - 1, or want of memory");
}

/* ------------------------------------------------------------------ signing */

static bool make_signature(const report_key *key, const char *text, size_t size,
                           uint8_t value[SIGNATURE_SIZE]) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t made = SIGNATURE_SIZE;
    bool fine = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, value, &made, (const unsigned char *)text, size) == 1 &&
                made == SIGNATURE_SIZE;
    EVP_MD_CTX_free(context);
    return fine;
}

/* The report's own text with the member in front of all others. */
static char *insert(const report_document *d, const char *member) {
    const char *brace = memchr(d->text, '{', d->size);
    size_t size = d->size + strlen(member) + 2;
    char *text = brace ? malloc(size) : NULL;
    if (!text)
        return NULL;
    int before = (int)(brace - d->text) + 1;
    snprintf(text, size, "%.*s%s%s", before, d->text, member, brace + 1);
    return text;
}

char *report_document_sign(const report_document *d, const report_key *key, report_claim claim, char *error,
                           size_t error_size) {
    if (report_document_signed(d)) {
        refuse(error, error_size, "the report is signed already");
        return NULL;
    }
    uint8_t value[SIGNATURE_SIZE];
    char hex[SIGNATURE_HEX], member[SIGNATURE_TEXT_MAX];
    size_t size;
    const char *name = report_claim_names[claim];
    json_t *signature = json_pack("{ssssss}", "algorithm", ALGORITHM, "claim", name, "key", key->name);
    char *text = signature ? signed_text(d, signature, &size) : NULL, *result = NULL;
    json_decref(signature);
    if (!text) {
        no_form(error, error_size);
    } else if (!make_signature(key, text, size, value)) {
        refuse(error, error_size, "the signature could not be made");
    } else {
        to_hex(value, sizeof value, hex);
        snprintf(member, sizeof member,
                 "\"signature\":{\"algorithm\":\"" ALGORITHM
                 "\",\"claim\":\"%s\",\"key\":\"%s\",\"value\":\"%s\"},\n",
                 name, key->name, hex);
        result = insert(d, member);
        if (!result)
            refuse(error, error_size, "out of memory");
    }
    free(text);
    return result;
}

/* ------------------------------------------------------------------ verifying */

static bool is_signature_of(const report_key *key, const char *text, size_t size, const uint8_t *value) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool fine = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
                EVP_DigestVerify(context, value, SIGNATURE_SIZE, (const unsigned char *)text, size) == 1;
    EVP_MD_CTX_free(context);
    return fine;
}

static bool claim_from_name(const char *name, report_claim *claim) {
    for (int i = 0; name && i < REPORT_CLAIM_COUNT; i++)
        if (strcmp(report_claim_names[i], name) == 0) {
            *claim = (report_claim)i;
            return true;
        }
    return false;
}

/* Only the report's own count is believed; the file must say the same. */
static bool summary_is_true(const report_document *d) {
    const json_t *summary = json_object_get(d->root, "summary");
    for (size_t i = 0; i < REPORT_VERDICT_COUNT; i++) {
        const json_t *count = json_object_get(summary, report_verdict_name((report_verdict)i));
        if (!json_is_integer(count) || json_integer_value(count) != (json_int_t)d->report->summary[i])
            return false;
    }
    return true;
}

static bool value_fits(const report_document *d, const report_key *key, const json_t *signature,
                       const uint8_t *value) {
    size_t size;
    json_t *rest = json_copy((json_t *)signature);
    bool bare = rest && json_object_del(rest, "value") == 0;
    char *text = bare ? signed_text(d, rest, &size) : NULL;
    bool fits = text && is_signature_of(key, text, size, value);
    free(text);
    json_decref(rest);
    return fits;
}

static const char *text_of(const json_t *signature, const char *name) {
    return json_string_value(json_object_get(signature, name));
}

bool report_document_verify(const report_document *d, const report_key *key, report_claim *claim, char *error,
                            size_t error_size) {
    uint8_t value[SIGNATURE_SIZE];
    const json_t *signature = json_object_get(d->root, "signature");
    const char *algorithm = text_of(signature, "algorithm"), *name = text_of(signature, "key");
    if (!signature)
        return refuse(error, error_size, "the report is not signed");
    if (!algorithm || strcmp(algorithm, ALGORITHM) != 0)
        return refuse(error, error_size, "the signature is not one by " ALGORITHM);
    if (!from_hex(text_of(signature, "value"), value, sizeof value))
        return refuse(error, error_size, "the signature has no value of 128 lower-case hexadecimal digits");
    if (!claim_from_name(text_of(signature, "claim"), claim))
        return refuse(error, error_size, "the signature makes a claim that this version does not know");
    if (!name || strcmp(name, key->name) != 0)
        return refuse(error, error_size, "the report is not signed with this key, whose public half is %s",
                      key->name);
    if (!value_fits(d, key, signature, value))
        return refuse(error, error_size,
                      "the signature does not fit: the report was changed after it was signed");
    return summary_is_true(d) ||
           refuse(error, error_size, "the summary of the report does not count its own cases");
}
