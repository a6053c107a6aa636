/* SPDX-License-Identifier: MIT */
/*
 * duet/cert.h - keys, certificates, requests, CRLs: enough for tests, devices
 * and a private CA. All of it in memory; formats out are PEM, DER, PKCS#12.
 */
#ifndef DUET_CERT_H
#define DUET_CERT_H

#include <duet/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A private key: ECDSA on a NIST curve, Ed25519, or RSA of 2048 bits or more.
 * Others are DUET_E_UNSUPPORTED or DUET_E_WEAK. */
struct duet_key;

enum duet_key_kind {
	DUET_KEY_P256 = 0,
	DUET_KEY_P384,
	DUET_KEY_ED25519,
	DUET_KEY_RSA2048,
	DUET_KEY_RSA3072,
	DUET_KEY_RSA4096,
};
DUET_API DUET_CHECK struct duet_key *duet_key_new(enum duet_key_kind kind,
						  struct duet_error *err);
/* PEM, PKCS#8 or traditional. passphrase NULL: it must not be encrypted. */
DUET_API DUET_CHECK struct duet_key *duet_key_read(struct duet_bytes pem,
						   const char *passphrase,
						   struct duet_error *err);
/* PKCS#8 PEM; with a passphrase encrypted (AES-256-CBC, PBKDF2). */
DUET_API DUET_CHECK int duet_key_write(const struct duet_key *key,
				       const char *passphrase,
				       struct duet_buffer *ret_pem,
				       struct duet_error *err);
DUET_API void duet_key_free(struct duet_key *key);

/* What a certificate may be used for (RFC 5280 s4.2.1.12). */
enum duet_usage {
	DUET_USAGE_SERVER = 0,
	DUET_USAGE_CLIENT,
	DUET_USAGE_BOTH,
	DUET_USAGE_CA,
};

/*
 * What to put into a certificate or request. names are DNS names ("*.x.org"
 * too), IP literals, or "email:..."; the kind is told by the form. A server
 * certificate needs one. Validity begins an hour early, against slow clocks.
 */
struct duet_cert_spec {
	size_t size;
	const char *common_name;  /* NULL: the first DNS name or email */
	const char *organization; /* NULL: none */
	const char *const *names; /* NULL-terminated, or NULL */
	uint8_t usage;            /* enum duet_usage */
	int32_t days;             /* 0: 90, or 3650 for a CA */
	int64_t not_after;        /* seconds since 1970, instead of days; 0 */
	int64_t not_before;       /* 0: an hour ago */
	/* For a CA, critical name constraints: only these subtrees
	 * ("localhost", ".corp", "127.0.0.0/8", "::1/128"), and no name of
	 * a kind that is not among them; NULL: none. */
	const char *const *permitted;
	int32_t path_length; /* for a CA: CAs below it; 0: none */
	const char *crl_url; /* CRL distribution point; NULL: none */
};
#define DUET_CERT(...)                   \
	(&(const struct duet_cert_spec){ \
		.size = sizeof(struct duet_cert_spec), __VA_ARGS__ })

/* Signed by its own key. *ret_pem is one certificate. */
DUET_API DUET_CHECK int duet_cert_self_signed(const struct duet_key *key,
					      const struct duet_cert_spec *spec,
					      struct duet_buffer *ret_pem,
					      struct duet_error *err);
/*
 * For key, signed by ca (whose certificate must be a CA's: DUET_E_ARGUMENT,
 * also for a name outside its constraints, or days beyond its end; an end that
 * was not asked for is the CA's at the latest). *ret_pem is the chain: the new
 * certificate, then ca's without a self-signed root.
 */
DUET_API DUET_CHECK int duet_cert_issue(const struct duet_identity *ca,
					const struct duet_key *key,
					const struct duet_cert_spec *spec,
					struct duet_buffer *ret_pem,
					struct duet_error *err);
/* A PKCS#10 request: names, usage and common name of the spec. */
DUET_API DUET_CHECK int duet_csr_new(const struct duet_key *key,
				     const struct duet_cert_spec *spec,
				     struct duet_buffer *ret_pem,
				     struct duet_error *err);
/*
 * Sign a request (its own signature is checked first). Names and subject come
 * from the request unless the spec gives some; usage and days from the spec;
 * nothing else of what the request asks for is taken over.
 */
DUET_API DUET_CHECK int duet_csr_sign(const struct duet_identity *ca,
				      struct duet_bytes csr_pem,
				      const struct duet_cert_spec *spec,
				      struct duet_buffer *ret_pem,
				      struct duet_error *err);

/*
 * A CRL (RFC 5280 s5) that lists previous's entries (PEM; may be empty) and
 * the n certificates given in PEM (of a chain its first), valid for days (0:
 * 7), numbered one higher than previous. A certificate of another issuer is
 * DUET_E_ARGUMENT.
 */
DUET_API DUET_CHECK int duet_crl_issue(const struct duet_identity *ca,
				       struct duet_bytes previous_pem,
				       const struct duet_bytes *revoked_pem,
				       size_t n, int32_t days,
				       struct duet_buffer *ret_pem,
				       struct duet_error *err);

/* The chain and key as PKCS#12 (AES-256, PBKDF2, SHA-256). passphrase may be
 * "", but not NULL. */
DUET_API DUET_CHECK int duet_p12_write(const struct duet_identity *identity,
				       const char *friendly_name,
				       const char *passphrase,
				       struct duet_buffer *ret_p12,
				       struct duet_error *err);
/* One PEM block, and only one, as DER. */
DUET_API DUET_CHECK int duet_pem_to_der(struct duet_bytes pem,
					struct duet_buffer *ret_der,
					struct duet_error *err);

/* What is in a file, in words and as data. */
enum duet_subject_kind {
	DUET_IS_CERTIFICATE = 1,
	DUET_IS_CSR,
	DUET_IS_CRL,
	DUET_IS_PRIVATE_KEY,
};
struct duet_inspection;
/* Every block of a PEM text, or one DER object, in its order; private keys
 * are named and never shown. DUET_E_PEM when there is nothing we know. */
DUET_API DUET_CHECK struct duet_inspection *duet_inspect(
	struct duet_bytes pem_or_der, struct duet_error *err);
DUET_API void duet_inspection_free(struct duet_inspection *inspection);
DUET_API size_t duet_inspection_count(const struct duet_inspection *inspection);

/* One of them. Strings live with the inspection; "" and 0 when absent. */
struct duet_facts_cert {
	size_t size;
	enum duet_subject_kind kind;
	const char *subject; /* RFC 2253 form */
	const char *issuer;
	const char *serial;    /* hexadecimal; of a CRL: its number */
	const char *key;       /* "ECDSA P-256" */
	const char *signature; /* "ecdsa-with-SHA256" */
	const char *usage;     /* "server", "server, client", "CA" */
	const char *crl_url;
	const char *sha256;      /* of the DER, hexadecimal with colons */
	const char *spki_sha256; /* base64, as pins are written */
	/* NULL-terminated: "x.org", "IP:127.0.0.1", "email:a@x.org", "URI:...",
	 * "other", and "DNS:..." for what is no DNS name but is written as one.
	 */
	const char *const *names;
	const char *const *permitted; /* name constraints */
	const char *const *revoked;   /* of a CRL: serials */
	int64_t not_before;           /* of a CRL: this update */
	int64_t not_after;            /* of a CRL: next update */
	bool is_ca;
	bool self_signed; /* of a request: its signature holds */
	/* Where its issuer's certificate can be had (RFC 5280 s4.2.2.1). */
	const char *issuer_url;
};
DUET_API DUET_CHECK int duet_inspection_get(
	const struct duet_inspection *inspection, size_t i,
	struct duet_facts_cert *ret_facts);
/* All of it as text for a person, seen at time now (seconds since 1970). */
DUET_API DUET_CHECK int duet_inspection_text(
	const struct duet_inspection *inspection, int64_t now,
	struct duet_buffer *ret_text, struct duet_error *err);

#ifdef __cplusplus
}
#endif
#endif
