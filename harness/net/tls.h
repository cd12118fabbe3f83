/* TLS over OpenSSL memory BIOs: a session is given octets and gives octets back; it knows no socket.
 *
 *     net_tls_context *context;
 *     char error[NET_TLS_ERROR_MAX];
 *     if (net_tls_client_new(&context, &(net_tls_client_options){0}, error, sizeof error) != WS_OK)
 * puts(error); net_tls_session *session = net_tls_session_new(context, "example.org");
 *     net_tls_handshake(session);
 *     for (;;) {
 *         send net_tls_output(session); net_tls_output_taken(session);
 *         net_tls_feed(session, octets received);
 *         if (net_tls_state_of(session) == NET_TLS_HANDSHAKE) net_tls_handshake(session);
 *         while ((n = net_tls_read(session, buffer, sizeof buffer)) > 0) ...
 *     }
 *
 * TLS 1.2 is the oldest version spoken; renegotiation is refused; ALPN is "http/1.1" (RFC 7301). */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "wire/base.h"

enum { NET_TLS_ERROR_MAX = 512 };

typedef struct net_tls_context net_tls_context;

typedef struct net_tls_client_options {
    const char *ca_file;          /* PEM; trusted instead of the system's store. NULL: the system's store */
    bool insecure;                /* take any certificate for any host */
    const char *certificate_file; /* PEM chain shown to a server that asks for one; NULL: none */
    const char *key_file;         /* PEM, unencrypted; NULL: in certificate_file */
} net_tls_client_options;

/* On failure `error` gets one sentence that names the file at fault. A context may be freed while sessions
 * made from it live on. */
ws_status net_tls_client_new(net_tls_context **context, const net_tls_client_options *options, char *error,
                             size_t error_size);
/* certificate_file NULL: a self-signed certificate for localhost, 127.0.0.1, ::1 and `host` (may be NULL),
 * made in memory. */
ws_status net_tls_server_new(net_tls_context **context, const char *certificate_file, const char *key_file,
                             const char *host, char *error, size_t error_size);
void net_tls_context_free(net_tls_context *context);
/* Appends a server's own certificate as PEM, for clients that are to trust it. */
ws_status net_tls_context_certificate(const net_tls_context *context, ws_buffer *pem);

typedef enum net_tls_state {
    NET_TLS_HANDSHAKE,
    NET_TLS_OPEN,
    NET_TLS_ENDED, /* the peer has sent close_notify (RFC 8446 6.1); we may still write */
    NET_TLS_FAILED /* net_tls_error says why; an alert may be waiting in net_tls_output */
} net_tls_state;

typedef struct net_tls_session net_tls_session;

/* host: whom a client wants to reach, a name or an IP address; the certificate must be for it. NULL for
 * servers. NULL when out of memory. */
net_tls_session *net_tls_session_new(const net_tls_context *context, const char *host);
void net_tls_session_free(net_tls_session *session);
net_tls_state net_tls_state_of(const net_tls_session *session);
/* One sentence without full stop. */
const char *net_tls_error(const net_tls_session *session);

/* Takes octets of the network. The caller reads until net_tls_read gives 0 before it feeds again, which
 * bounds memory. */
ws_status net_tls_feed(net_tls_session *session, const uint8_t *bytes, size_t size);
/* Goes as far as the octets fed allow, and leads to another state when it is over. Clients call it once to
 * begin. */
void net_tls_handshake(net_tls_session *session);
/* Next plain octets; 0: no more for now, or the state has changed. */
size_t net_tls_read(net_tls_session *session, uint8_t *buffer, size_t capacity);
/* One record for each call of up to 16384 octets, several beyond. NET_TLS_OPEN and NET_TLS_ENDED only. */
ws_status net_tls_write(net_tls_session *session, const uint8_t *bytes, size_t size);
/* Queues close_notify. */
void net_tls_shutdown(net_tls_session *session);

/* Octets for the network; borrowed until the next call. The caller takes all of them. */
ws_span net_tls_output(const net_tls_session *session);
void net_tls_output_taken(net_tls_session *session);

#endif
