/* SPDX-License-Identifier: MIT */
/* tls/facts.h - small questions to a certificate, for people and programs. */
#ifndef DUET_TLS_FACTS_H
#define DUET_TLS_FACTS_H

#include <openssl/x509.h>

#include <duet/error.h>

/* The whole name in RFC 2253 form, fit for a terminal; "" when empty. */
void duet_facts_name(char *dst, size_t cap, const X509_NAME *name);
/* What people call it: the common name, else the organization, else all. */
void duet_facts_name_short(char *dst, size_t cap, const X509_NAME *name);
/* Its DNS names and addresses, "a.example, *.b.example, 192.0.2.1", as many as
 * fit ("and 7 more"); "" without any. */
void duet_facts_names(char *dst, size_t cap, X509 *cert);

/* Subject and issuer are the same name. */
bool duet_facts_self_issued(X509 *cert);
/* The certificate names a place to fetch its issuer's (RFC 5280 s4.2.2.1). */
bool duet_facts_has_issuer_url(X509 *cert);

#endif
