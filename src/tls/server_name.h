/* SPDX-License-Identifier: MIT */
/* tls/server_name.h - the name a client means to reach. */
#ifndef DUET_TLS_SERVER_NAME_H
#define DUET_TLS_SERVER_NAME_H

#include <openssl/ssl.h>

#include <duet/error.h>

/*
 * Have ssl ask for name and accept nobody else. A DNS name is sent as SNI and
 * matched against dNSName; an IP literal, "::1" or "[::1]", is not sent and is
 * matched against iPAddress (RFC 6066 s3, RFC 9525 s6). A dot at the end is
 * dropped, as SNI and certificates have none. match false: ask only.
 * *ret_name is name as it was used, the caller's to free. DUET_E_ARGUMENT for
 * what is neither, DUET_E_NOMEM.
 */
DUET_CHECK int duet_server_name_set(SSL *ssl, const char *name, bool match,
				    char **ret_name, struct duet_error *err);
/* Whether a certificate is for that DNS name, as above. */
bool duet_server_name_is_of(X509 *cert, const char *name);
/* Whether it is an IP literal, without brackets. */
bool duet_server_name_is_ip(const char *name);

#endif
