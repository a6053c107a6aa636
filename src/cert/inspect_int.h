/* SPDX-License-Identifier: MIT */
/*
 * cert/inspect_int.h - one thing that was inspected: what it is as OpenSSL has
 * it (only while it is being described), and the facts with their strings.
 */
#ifndef DUET_CERT_INSPECT_INT_H
#define DUET_CERT_INSPECT_INT_H

#include <openssl/x509.h>

#include <duet/cert.h>

/* Strings that grow by one, with a NULL behind the last. */
struct duet_strings {
	char **items;
	size_t n;
	size_t cap;
};

/* The facts, and whatever owns what they point to; all of it from
 * duet_mem_*. A string that is absent stays NULL until it is handed out. */
struct duet_finding {
	enum duet_subject_kind kind;
	char *subject;
	char *issuer;
	char *serial;
	char *key;
	char *signature;
	char *usage;
	char *crl_url;
	char *issuer_url;
	char *sha256;
	char *spki_sha256;
	struct duet_strings names;
	struct duet_strings permitted;
	struct duet_strings revoked;
	int64_t not_before;
	int64_t not_after;
	bool is_ca;
	bool self_signed;
	bool encrypted; /* a private key nobody can look into */
};

struct duet_inspection {
	struct duet_finding *findings;
	size_t n;
	size_t cap;
};

/* Fill finding, which is zero. False: no memory. Partly filled is fine for
 * duet_finding_done(). */
DUET_CHECK bool duet_finding_of_cert(struct duet_finding *finding, X509 *cert);
DUET_CHECK bool duet_finding_of_request(struct duet_finding *finding,
					X509_REQ *req);
DUET_CHECK bool duet_finding_of_crl(struct duet_finding *finding,
				    X509_CRL *crl);
/* pkey NULL: encrypted. */
DUET_CHECK bool duet_finding_of_key(struct duet_finding *finding,
				    const EVP_PKEY *pkey);
void duet_finding_done(struct duet_finding *finding);

/* Takes text over, on failure too; NULL is a failure. */
DUET_CHECK bool duet_strings_add(struct duet_strings *strings, char *text);

#endif
