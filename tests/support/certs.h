/* SPDX-License-Identifier: MIT */
/*
 * support/certs.h - a mint for certificates that tests need, by plain OpenSSL
 * calls, so that what the library makes is not tested with itself.
 *
 *	struct mint *ca = mint_new(NULL, MINT(.cn = "Root", .ca = true));
 *	struct mint *leaf = mint_new(ca, MINT(.cn = "x", .names = "localhost"));
 *	... leaf->cert_pem, leaf->key_pem, mint_chain(leaf) ...
 *	mint_free(leaf);
 *	mint_free(ca);
 *
 * Whatever cannot be made aborts the test program.
 */
#ifndef DUET_TESTS_CERTS_H
#define DUET_TESTS_CERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mint_key {
	MINT_P256 = 0,
	MINT_P384,
	MINT_ED25519,
	MINT_RSA2048,
	MINT_RSA1024, /* too weak, on purpose */
	MINT_RSA_PSS, /* for nothing but RSA-PSS */
};

struct mint_spec {
	const char *cn;    /* NULL: an empty subject */
	const char *names; /* "localhost,*.x.org,IP:127.0.0.1"; NULL: none */
	bool ca;
	bool sloppy_ca;  /* without key usage, basic constraints not critical */
	int path_length; /* of a CA, plus one; 0: no limit */
	enum mint_key key;
	const char *digest; /* NULL: SHA256; Ed25519 has none */
	const char *eku;    /* "serverAuth"; NULL: both ways, none for a CA */
	const char *aia;    /* where the issuer's certificate is; NULL: not */
	const char *crl_url;
	bool must_staple;      /* RFC 7633 */
	const char *permitted; /* name constraint, "DNS:localhost"; NULL */
	int64_t not_before;    /* seconds since 1970; 0: an hour ago */
	int64_t not_after;     /* 0: in 90 days */
};
#define MINT(...) (&(const struct mint_spec){ __VA_ARGS__ })

/* X509 and EVP_PKEY without their headers. */
struct x509_st;
struct evp_pkey_st;

struct mint {
	struct x509_st *cert;
	struct evp_pkey_st *key;
	char *cert_pem;
	char *key_pem;             /* PKCS#8, not encrypted */
	const struct mint *issuer; /* NULL: self-signed */
};

/* issuer NULL: self-signed. It must outlive what it issues. */
struct mint *mint_new(const struct mint *issuer, const struct mint_spec *spec);
void mint_free(struct mint *mint);

/* The certificate and its issuers up to, and without, the self-signed one; in
 * a static buffer, until the next call. */
const char *mint_chain(const struct mint *mint);

/* A CRL of issuer in PEM, for free(3), that lists revoked (ended by NULL), all
 * as of this_update (0: an hour ago), until next_update (0: in seven days). */
char *mint_crl(const struct mint *issuer, const struct mint *const *revoked,
	       int64_t this_update, int64_t next_update);

struct mint_crl_spec {
	const struct mint *const *revoked; /* ended by NULL; or NULL */
	int64_t this_update;               /* 0: an hour ago */
	int64_t next_update;               /* 0: in seven days; -1: none */
	/* "critical,fullname:URI:http://x/1.crl,onlyuser:TRUE"; NULL: none */
	const char *point;
	const char *digest; /* NULL: SHA256 */
	long number;        /* 0: none */
	int reason;         /* of all that are listed; 0: none */
	unsigned long many; /* so many others, before those */
	bool pss;           /* signed with RSA-PSS */
	bool delta;
	bool stranger;      /* a critical extension of nobody's */
	bool strange_entry; /* the same, of each that is listed */
};
#define MINT_CRL(...) (&(const struct mint_crl_spec){ __VA_ARGS__ })
/* A CRL in DER, for free(3). */
unsigned char *mint_crl_der(const struct mint *issuer,
			    const struct mint_crl_spec *spec, size_t *ret_len);
/* PKCS#12 in DER, for free(3). */
unsigned char *mint_p12(const struct mint *mint, const char *passphrase,
			unsigned *ret_len);

#endif
