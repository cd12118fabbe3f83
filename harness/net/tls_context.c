#include "net/tls_private.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A length-prefixed list of one protocol (RFC 7301 3.1). */
static const unsigned char ALPN[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

enum { CERTIFICATE_DAYS = 30, SUBJECT_ALTERNATIVES_MAX = 512 };

const char *net_tls_reason(void) {
    unsigned long code = ERR_peek_error();
    const char *reason = NULL;
    if (ERR_SYSTEM_ERROR(code))
        reason = strerror(ERR_GET_REASON(code));
    else if (code != 0)
        reason = ERR_reason_error_string(code);
    return reason ? reason : "unknown error";
}

/* OpenSSL would ask on the terminal for the password of an encrypted key. */
static int no_password(char *buffer, int size, int writing, void *user) {
    (void)buffer, (void)size, (void)writing, (void)user;
    return 0;
}

static net_tls_context *context_new(ws_role role) {
    net_tls_context *context = calloc(1, sizeof *context);
    if (!context)
        return NULL;
    context->role = role;
    context->ssl = SSL_CTX_new(role == WS_CLIENT ? TLS_client_method() : TLS_server_method());
    if (!context->ssl) {
        free(context);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(context->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context->ssl, no_password);
    return context;
}

void net_tls_context_free(net_tls_context *context) {
    if (!context)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

static ws_status complain(char *error, size_t size, const char *what, const char *file) {
    snprintf(error, size, "cannot use %s %s: %s", what, file, net_tls_reason());
    return WS_ERR_IO;
}

static ws_status load_identity(SSL_CTX *ssl, const char *certificate_file, const char *key_file, char *error,
                               size_t error_size) {
    const char *key = key_file ? key_file : certificate_file;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate_file) != 1)
        return complain(error, error_size, "certificate file", certificate_file);
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
        return complain(error, error_size, "key file", key);
    return WS_OK;
}

static ws_status load_trust(SSL_CTX *ssl, const char *ca_file, char *error, size_t error_size) {
    if (!ca_file) {
        SSL_CTX_set_default_verify_paths(ssl);
        return WS_OK;
    }
    /* The file may hold the server's own certificate instead of an authority's. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
    if (SSL_CTX_load_verify_file(ssl, ca_file) != 1)
        return complain(error, error_size, "CA file", ca_file);
    return WS_OK;
}

static ws_status configure_client(SSL_CTX *ssl, const net_tls_client_options *options, char *error,
                                  size_t error_size) {
    SSL_CTX_set_verify(ssl, options->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(ssl, ALPN, sizeof ALPN);
    ws_status status = load_trust(ssl, options->ca_file, error, error_size);
    if (status == WS_OK && options->certificate_file)
        status = load_identity(ssl, options->certificate_file, options->key_file, error, error_size);
    return status;
}

ws_status net_tls_client_new(net_tls_context **context, const net_tls_client_options *options, char *error,
                             size_t error_size) {
    ERR_clear_error();
    net_tls_context *made = context_new(WS_CLIENT);
    if (!made) {
        snprintf(error, error_size, "cannot set up TLS: %s", net_tls_reason());
        return WS_ERR_MEMORY;
    }
    ws_status status = configure_client(made->ssl, options, error, error_size);
    if (status != WS_OK) {
        net_tls_context_free(made);
        return status;
    }
    *context = made;
    return WS_OK;
}

/* ------------------------------------------------------------------ servers */

/* A client that offers protocols, but not ours, is refused (RFC 7301 3.2). */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *in, unsigned in_size, void *user) {
    (void)ssl, (void)user;
    unsigned char *selected = NULL;
    if (SSL_select_next_proto(&selected, out_size, ALPN, sizeof ALPN, in, in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

static bool add_extension(X509 *certificate, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    if (!extension)
        return false;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added == 1;
}

static bool is_address(const char *host) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    ASN1_OCTET_STRING_free(address);
    return address != NULL;
}

static void subject_alternatives(const char *host, char out[SUBJECT_ALTERNATIVES_MAX]) {
    int used = snprintf(out, SUBJECT_ALTERNATIVES_MAX, "DNS:localhost,IP:127.0.0.1,IP:::1");
    /* A comma would begin another name. */
    if (host && *host && strlen(host) < 256 && !strpbrk(host, ",\n"))
        snprintf(out + used, SUBJECT_ALTERNATIVES_MAX - (size_t)used, ",%s:%s",
                 is_address(host) ? "IP" : "DNS", host);
}

static bool describe(X509 *certificate, EVP_PKEY *key, const char *host) {
    char names[SUBJECT_ALTERNATIVES_MAX];
    subject_alternatives(host, names);
    X509_NAME *subject = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
           /* An hour of leeway for clocks that are behind. */
           X509_gmtime_adj(X509_getm_notBefore(certificate), -3600L) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_DAYS * 86400L) &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)"wspect self-signed", -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_subject_alt_name, names) &&
           X509_sign(certificate, key, EVP_sha256()) != 0;
}

static ws_status use_self_signed(SSL_CTX *ssl, const char *host, char *error, size_t error_size) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    bool made = key && certificate && describe(certificate, key, host) &&
                SSL_CTX_use_certificate(ssl, certificate) == 1 && SSL_CTX_use_PrivateKey(ssl, key) == 1;
    if (!made)
        snprintf(error, error_size, "cannot make a self-signed certificate: %s", net_tls_reason());
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made ? WS_OK : WS_ERR_IO;
}

ws_status net_tls_server_new(net_tls_context **context, const char *certificate_file, const char *key_file,
                             const char *host, char *error, size_t error_size) {
    ERR_clear_error();
    net_tls_context *made = context_new(WS_SERVER);
    if (!made) {
        snprintf(error, error_size, "cannot set up TLS: %s", net_tls_reason());
        return WS_ERR_MEMORY;
    }
    /* Tickets that a client never reads would turn its close into a reset. */
    SSL_CTX_set_num_tickets(made->ssl, 0);
    SSL_CTX_set_alpn_select_cb(made->ssl, select_protocol, NULL);
    ws_status status = certificate_file
                           ? load_identity(made->ssl, certificate_file, key_file, error, error_size)
                           : use_self_signed(made->ssl, host, error, error_size);
    if (status != WS_OK) {
        net_tls_context_free(made);
        return status;
    }
    *context = made;
    return WS_OK;
}

ws_status net_tls_context_certificate(const net_tls_context *context, ws_buffer *pem) {
    X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
    if (!certificate)
        return WS_ERR_ARGUMENT;
    BIO *memory = BIO_new(BIO_s_mem());
    if (!memory)
        return WS_ERR_MEMORY;
    ws_status status = WS_ERR_MEMORY;
    if (PEM_write_bio_X509(memory, certificate) == 1) {
        char *text;
        long size = BIO_get_mem_data(memory, &text);
        status = ws_buffer_append(pem, text, (size_t)size);
    }
    BIO_free(memory);
    return status;
}
