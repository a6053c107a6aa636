/* SPDX-License-Identifier: MIT */
/* tls/hello.h - what a server does with a ClientHello before OpenSSL does. */
#ifndef DUET_TLS_HELLO_H
#define DUET_TLS_HELLO_H

#include <openssl/ssl.h>

/*
 * Have the server's context note what each client offers, show the site it
 * asks for, and bind its session to that site: here, because OpenSSL looks at
 * a session to resume before it calls back for the server name, and a session
 * of one site must not open another (CVE-2025-23419). sites belongs to the
 * configuration of the engine.
 */
void duet_hello_watch(SSL_CTX *ctx);

#endif
