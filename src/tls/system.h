/* SPDX-License-Identifier: MIT */
/* tls/system.h - the trust anchors of this system, looked up when needed. */
#ifndef DUET_TLS_SYSTEM_H
#define DUET_TLS_SYSTEM_H

#include <duet/error.h>

#include "tls/bundle.h"

/*
 * Let store find the system's anchors: where SSL_CERT_FILE and SSL_CERT_DIR
 * say, or else OpenSSL's own places. Directories are searched by it, a file
 * goes into its bundle. Which places, and in which state, goes into digest:
 * what is in them is looked at when it is needed. DUET_E_NOMEM, DUET_E_PEM;
 * DUET_E_SYSTEM when a variable names no such place, or there is none at all.
 */
DUET_CHECK int duet_system_add_anchors(X509_STORE *store,
				       struct duet_bundle *bundle,
				       EVP_MD_CTX *digest,
				       struct duet_error *err);
/*
 * The same of one directory that was named: as openssl-rehash(1) makes it, or
 * any, of which each *.pem and *.crt is read now, and one without certificates
 * passed over. DUET_E_PEM also when there is none at all in it.
 */
DUET_CHECK int duet_system_add_dir(X509_STORE *store,
				   struct duet_bundle *bundle, const char *dir,
				   EVP_MD_CTX *digest, struct duet_error *err);

#endif
