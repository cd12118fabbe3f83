/* What the files of TLS share; no header of another room includes it. */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include "net/tls.h"

#include <openssl/ssl.h>

struct net_tls_context {
    SSL_CTX *ssl;
    ws_role role;
};

/* OpenSSL's reason for the oldest error of this thread. */
const char *net_tls_reason(void);

#endif
