#include "net/tls_private.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct net_tls_session {
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
    net_tls_state state;
    char host[256];
    char error[NET_TLS_ERROR_MAX];
};

/* The name or address that the certificate must be for, and the name for SNI, which knows no addresses (RFC
 * 6066 3). */
static bool set_host(net_tls_session *session, const char *host) {
    snprintf(session->host, sizeof session->host, "%s", host);
    X509_VERIFY_PARAM *rules = SSL_get0_param(session->ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1)
        return true;
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(rules, host, 0) == 1 &&
           SSL_set_tlsext_host_name(session->ssl, host) == 1;
}

static bool set_up(net_tls_session *session, const net_tls_context *context, const char *host) {
    session->ssl = SSL_new(context->ssl);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    if (!session->ssl || !session->in || !session->out) {
        BIO_free(session->in);
        BIO_free(session->out);
        return false;
    }
    SSL_set_bio(session->ssl, session->in, session->out);
    if (context->role == WS_SERVER) {
        SSL_set_accept_state(session->ssl);
        return true;
    }
    SSL_set_connect_state(session->ssl);
    return !host || set_host(session, host);
}

net_tls_session *net_tls_session_new(const net_tls_context *context, const char *host) {
    ERR_clear_error();
    net_tls_session *session = calloc(1, sizeof *session);
    if (session && !set_up(session, context, host)) {
        net_tls_session_free(session);
        return NULL;
    }
    return session;
}

void net_tls_session_free(net_tls_session *session) {
    if (!session)
        return;
    SSL_free(session->ssl);
    free(session);
}

net_tls_state net_tls_state_of(const net_tls_session *session) {
    return session->state;
}

const char *net_tls_error(const net_tls_session *session) {
    return session->error;
}

/* ------------------------------------------------------------------ what went wrong */

static void explain_certificate(net_tls_session *session, long verdict) {
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        snprintf(session->error, sizeof session->error, "wrong host: the certificate is not for %s",
                 session->host);
    else
        snprintf(session->error, sizeof session->error, "certificate verify failed: %s",
                 X509_verify_cert_error_string(verdict));
}

static void explain_handshake(net_tls_session *session) {
    long verdict = SSL_get_verify_result(session->ssl);
    int reason = ERR_GET_REASON(ERR_peek_error());
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK)
        explain_certificate(session, verdict);
    else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
        snprintf(session->error, sizeof session->error,
                 "TLS handshake failed: the peer does not speak TLS (%s)", net_tls_reason());
    else
        snprintf(session->error, sizeof session->error, "TLS handshake failed: %s", net_tls_reason());
}

static void fail(net_tls_session *session) {
    if (session->state == NET_TLS_HANDSHAKE)
        explain_handshake(session);
    else
        snprintf(session->error, sizeof session->error, "TLS failed: %s", net_tls_reason());
    session->state = NET_TLS_FAILED;
}

/* What a call of OpenSSL that gave nothing means for the session. */
static void settle(net_tls_session *session, int result) {
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return;
    case SSL_ERROR_ZERO_RETURN:
        session->state = NET_TLS_ENDED;
        return;
    default:
        fail(session);
    }
}

/* ------------------------------------------------------------------ octets */

ws_status net_tls_feed(net_tls_session *session, const uint8_t *bytes, size_t size) {
    size_t written = 0;
    if (size > 0 && (BIO_write_ex(session->in, bytes, size, &written) != 1 || written != size))
        return WS_ERR_MEMORY;
    return WS_OK;
}

void net_tls_handshake(net_tls_session *session) {
    if (session->state != NET_TLS_HANDSHAKE)
        return;
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    if (result == 1)
        session->state = NET_TLS_OPEN;
    else
        settle(session, result);
}

size_t net_tls_read(net_tls_session *session, uint8_t *buffer, size_t capacity) {
    if (session->state != NET_TLS_OPEN)
        return 0;
    ERR_clear_error();
    size_t size = 0;
    int result = SSL_read_ex(session->ssl, buffer, capacity, &size);
    if (result == 1)
        return size;
    settle(session, result);
    return 0;
}

ws_status net_tls_write(net_tls_session *session, const uint8_t *bytes, size_t size) {
    if (session->state != NET_TLS_OPEN && session->state != NET_TLS_ENDED)
        return WS_ERR_ARGUMENT;
    if (size == 0)
        return WS_OK;
    ERR_clear_error();
    size_t written = 0;
    if (SSL_write_ex(session->ssl, bytes, size, &written) == 1 && written == size)
        return WS_OK;
    fail(session);
    return WS_ERR_IO;
}

void net_tls_shutdown(net_tls_session *session) {
    if (session->state != NET_TLS_OPEN && session->state != NET_TLS_ENDED)
        return;
    ERR_clear_error();
    SSL_shutdown(session->ssl);
}

ws_span net_tls_output(const net_tls_session *session) {
    char *bytes = NULL;
    long size = BIO_get_mem_data(session->out, &bytes);
    return (ws_span){(const uint8_t *)bytes, size > 0 ? (size_t)size : 0};
}

void net_tls_output_taken(net_tls_session *session) {
    (void)BIO_reset(session->out);
}
