/* SPDX-License-Identifier: MIT */
#include "support/certs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum {
	HOUR = 3600,
	DAY = 24 * HOUR,
	TEXT_BYTES = 4096,
	CHAIN_BYTES = 65536,
};

static void must(int ok, const char *what)
{
	if (ok)
		return;
	ERR_print_errors_fp(stderr);
	(void)fprintf(stderr, "mint: cannot %s\n", what);
	abort();
}

static EVP_PKEY *rsa_pss_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	must(EVP_PKEY_keygen_init(ctx) == 1 &&
		     EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) == 1 &&
		     EVP_PKEY_generate(ctx, &key) == 1,
	     "make a key");
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *make_key(enum mint_key kind)
{
	switch (kind) {
	case MINT_P384:
		return EVP_EC_gen("P-384");
	case MINT_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case MINT_RSA2048:
		return EVP_RSA_gen(2048);
	case MINT_RSA1024:
		return EVP_RSA_gen(1024);
	case MINT_RSA_PSS:
		return rsa_pss_key();
	case MINT_P256:
	default:
		return EVP_EC_gen("P-256");
	}
}

static const EVP_MD *digest_for(const EVP_PKEY *key, const char *name)
{
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return NULL;
	return name != NULL ? EVP_get_digestbyname(name) : EVP_sha256();
}

static void set_time(ASN1_TIME *time_at, int64_t given, int64_t from_now)
{
	int64_t wall = given != 0 ? given : (int64_t)time(NULL) + from_now;

	must(ASN1_TIME_set(time_at, (time_t)wall) != NULL, "set a time");
}

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(extension != NULL, value);
	must(X509_add_ext(cert, extension, -1) == 1, value);
	X509_EXTENSION_free(extension);
}

/* "a,IP:1.2.3.4" to "DNS:a,IP:1.2.3.4" */
static void extend_names(X509 *cert, const char *names)
{
	char list[TEXT_BYTES];
	char text[TEXT_BYTES] = "";
	size_t used = 0;
	char *name;
	char *rest;

	(void)snprintf(list, sizeof(list), "%s", names);
	for (name = list; name != NULL; name = rest) {
		rest = strchr(name, ',');
		if (rest != NULL)
			*rest++ = '\0';
		used += (size_t)
			snprintf(text + used, sizeof(text) - used, "%s%s%s",
				 used > 0 ? "," : "",
				 strchr(name, ':') != NULL ? "" : "DNS:", name);
	}
	extend(cert, cert, NID_subject_alt_name, text);
}

static void extend_ca(X509 *cert, const struct mint_spec *spec)
{
	char text[TEXT_BYTES] = "critical,CA:TRUE";

	if (spec->sloppy_ca) {
		extend(cert, cert, NID_basic_constraints, "CA:TRUE");
		return;
	}
	if (spec->path_length > 0)
		(void)snprintf(text, sizeof(text),
			       "critical,CA:TRUE,pathlen:%d",
			       spec->path_length - 1);
	extend(cert, cert, NID_basic_constraints, text);
	extend(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (spec->permitted == NULL)
		return;
	(void)snprintf(text, sizeof(text), "critical,permitted;%s",
		       spec->permitted);
	extend(cert, cert, NID_name_constraints, text);
}

static void extend_leaf(X509 *cert, const struct mint_spec *spec)
{
	extend(cert, cert, NID_basic_constraints, "critical,CA:FALSE");
	extend(cert, cert, NID_key_usage, "critical,digitalSignature");
	extend(cert, cert, NID_ext_key_usage,
	       spec->eku != NULL ? spec->eku : "serverAuth,clientAuth");
}

static void extend_all(X509 *cert, X509 *issuer, const struct mint_spec *spec)
{
	char text[TEXT_BYTES];

	if (spec->ca)
		extend_ca(cert, spec);
	else
		extend_leaf(cert, spec);
	extend(cert, cert, NID_subject_key_identifier, "hash");
	extend(cert, issuer, NID_authority_key_identifier, "keyid:always");
	if (spec->names != NULL)
		extend_names(cert, spec->names);
	if (spec->aia != NULL) {
		(void)snprintf(text, sizeof(text), "caIssuers;URI:%s",
			       spec->aia);
		extend(cert, issuer, NID_info_access, text);
	}
	if (spec->must_staple)
		extend(cert, issuer, NID_tlsfeature, "status_request");
	if (spec->crl_url != NULL) {
		(void)snprintf(text, sizeof(text), "URI:%s", spec->crl_url);
		extend(cert, issuer, NID_crl_distribution_points, text);
	}
}

static void set_serial(X509 *cert)
{
	unsigned char bytes[8];
	BIGNUM *number;

	must(RAND_bytes(bytes, sizeof(bytes)) == 1, "draw a serial");
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	must(number != NULL &&
		     BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) !=
			     NULL,
	     "set a serial");
	BN_free(number);
}

static X509 *make_cert(EVP_PKEY *key, const struct mint *issuer,
		       const struct mint_spec *spec)
{
	X509 *cert = X509_new();
	X509 *signer = issuer != NULL ? issuer->cert : cert;
	EVP_PKEY *signing = issuer != NULL ? issuer->key : key;

	must(cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1,
	     "begin a certificate");
	set_serial(cert);
	set_time(X509_getm_notBefore(cert), spec->not_before, -HOUR);
	set_time(X509_getm_notAfter(cert), spec->not_after, 90 * DAY);
	if (spec->cn != NULL)
		must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert),
						"CN", MBSTRING_UTF8,
						(const unsigned char *)spec->cn,
						-1, -1, 0) == 1,
		     "set the subject");
	must(X509_set_issuer_name(cert, X509_get_subject_name(signer)) == 1,
	     "set the issuer");
	must(X509_set_pubkey(cert, key) == 1, "set the key");
	extend_all(cert, signer, spec);
	must(X509_sign(cert, signing, digest_for(signing, spec->digest)) > 0,
	     "sign");
	return cert;
}

static char *text_of(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	char *text = malloc((size_t)len + 1);

	must(text != NULL, "get memory");
	memcpy(text, data, (size_t)len);
	text[len] = '\0';
	BIO_free(bio);
	return text;
}

static char *cert_text(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio != NULL && PEM_write_bio_X509(bio, cert) == 1, "write PEM");
	return text_of(bio);
}

static char *key_text(const EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
						     NULL, NULL) == 1,
	     "write a key");
	return text_of(bio);
}

struct mint *mint_new(const struct mint *issuer, const struct mint_spec *spec)
{
	struct mint *mint = calloc(1, sizeof(*mint));

	must(mint != NULL, "get memory");
	mint->key = make_key(spec->key);
	must(mint->key != NULL, "make a key");
	mint->cert = make_cert(mint->key, issuer, spec);
	mint->cert_pem = cert_text(mint->cert);
	mint->key_pem = key_text(mint->key);
	mint->issuer = issuer;
	return mint;
}

void mint_free(struct mint *mint)
{
	if (mint == NULL)
		return;
	X509_free(mint->cert);
	EVP_PKEY_free(mint->key);
	free(mint->cert_pem);
	free(mint->key_pem);
	free(mint);
}

const char *mint_chain(const struct mint *mint)
{
	static char chain[CHAIN_BYTES];
	size_t used = 0;

	chain[0] = '\0';
	while (mint != NULL && (mint->issuer != NULL || used == 0)) {
		used += (size_t)snprintf(chain + used, sizeof(chain) - used,
					 "%s", mint->cert_pem);
		mint = mint->issuer;
	}
	return chain;
}

static X509_EXTENSION *strange_extension(void)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);

	must(value != NULL && oid != NULL &&
		     ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0",
					   2) == 1,
	     "get memory");
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	must(extension != NULL, "make an extension");
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return extension;
}

static void extend_entry(X509_REVOKED *entry, const struct mint_crl_spec *spec)
{
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
	X509_EXTENSION *extension;

	must(reason != NULL && ASN1_ENUMERATED_set(reason, spec->reason) == 1,
	     "get memory");
	if (spec->reason > 0)
		must(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0,
					       0) == 1,
		     "give a reason");
	ASN1_ENUMERATED_free(reason);
	if (!spec->strange_entry)
		return;
	extension = strange_extension();
	must(X509_REVOKED_add_ext(entry, extension, -1) == 1,
	     "extend an entry");
	X509_EXTENSION_free(extension);
}

static void list(X509_CRL *crl, const struct mint_crl_spec *spec,
		 const ASN1_INTEGER *serial, const ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();

	must(entry != NULL, "get memory");
	must(X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)serial) ==
			     1 &&
		     X509_REVOKED_set_revocationDate(entry,
						     (ASN1_TIME *)when) == 1,
	     "list a certificate");
	extend_entry(entry, spec);
	must(X509_CRL_add0_revoked(crl, entry) == 1, "list a certificate");
}

static void list_all(X509_CRL *crl, const struct mint_crl_spec *spec,
		     const ASN1_TIME *when)
{
	const struct mint *const *revoked = spec->revoked;
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	unsigned long i;

	must(serial != NULL, "get memory");
	for (i = 0; i < spec->many; i++) {
		must(ASN1_INTEGER_set_uint64(serial, i + 1) == 1, "count");
		list(crl, spec, serial, when);
	}
	ASN1_INTEGER_free(serial);
	while (revoked != NULL && *revoked != NULL)
		list(crl, spec, X509_get0_serialNumber((*revoked++)->cert),
		     when);
}

static void extend_crl(X509_CRL *crl, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(extension != NULL && X509_CRL_add_ext(crl, extension, -1) == 1,
	     value);
	X509_EXTENSION_free(extension);
}

static void number_crl(X509_CRL *crl, int nid, long number, int critical)
{
	ASN1_INTEGER *value = ASN1_INTEGER_new();

	must(value != NULL && ASN1_INTEGER_set(value, number) == 1 &&
		     X509_CRL_add1_ext_i2d(crl, nid, value, critical, 0) == 1,
	     "number a CRL");
	ASN1_INTEGER_free(value);
}

static void extend_crl_all(X509_CRL *crl, X509 *issuer,
			   const struct mint_crl_spec *spec)
{
	X509_EXTENSION *extension;

	extend_crl(crl, issuer, NID_authority_key_identifier, "keyid:always");
	if (spec->point != NULL)
		extend_crl(crl, issuer, NID_issuing_distribution_point,
			   spec->point);
	if (spec->number != 0)
		number_crl(crl, NID_crl_number, spec->number, 0);
	if (spec->delta)
		number_crl(crl, NID_delta_crl, 1, 1);
	if (!spec->stranger)
		return;
	extension = strange_extension();
	must(X509_CRL_add_ext(crl, extension, -1) == 1, "extend a CRL");
	X509_EXTENSION_free(extension);
}

static bool sign_pss(X509_CRL *crl, EVP_PKEY *key, const EVP_MD *digest)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	bool done;

	done = ctx != NULL &&
	       EVP_DigestSignInit(ctx, &how, digest, NULL, key) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
	       X509_CRL_sign_ctx(crl, ctx) > 0;
	EVP_MD_CTX_free(ctx);
	return done;
}

static X509_CRL *make_crl(const struct mint *issuer,
			  const struct mint_crl_spec *spec)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *when = ASN1_TIME_new();

	must(crl != NULL && when != NULL, "get memory");
	must(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
		     X509_CRL_set_issuer_name(crl, X509_get_subject_name(
							   issuer->cert)) == 1,
	     "begin a CRL");
	set_time(when, spec->this_update, -HOUR);
	must(X509_CRL_set1_lastUpdate(crl, when) == 1, "date a CRL");
	list_all(crl, spec, when);
	set_time(when, spec->next_update, 7 * DAY);
	if (spec->next_update >= 0)
		must(X509_CRL_set1_nextUpdate(crl, when) == 1, "date a CRL");
	extend_crl_all(crl, issuer->cert, spec);
	must(X509_CRL_sort(crl) == 1, "sort a CRL");
	must(spec->pss
		     ? sign_pss(crl, issuer->key,
				digest_for(issuer->key, spec->digest))
		     : X509_CRL_sign(crl, issuer->key,
				     digest_for(issuer->key, spec->digest)) > 0,
	     "sign a CRL");
	ASN1_TIME_free(when);
	return crl;
}

unsigned char *mint_crl_der(const struct mint *issuer,
			    const struct mint_crl_spec *spec, size_t *ret_len)
{
	X509_CRL *crl = make_crl(issuer, spec);
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);
	unsigned char *copy = len > 0 ? malloc((size_t)len) : NULL;

	must(copy != NULL, "write a CRL");
	if (copy != NULL)
		memcpy(copy, der, (size_t)len);
	*ret_len = (size_t)len;
	OPENSSL_free(der);
	X509_CRL_free(crl);
	return copy;
}

char *mint_crl(const struct mint *issuer, const struct mint *const *revoked,
	       int64_t this_update, int64_t next_update)
{
	X509_CRL *crl = make_crl(issuer, &(const struct mint_crl_spec){
						 .revoked = revoked,
						 .this_update = this_update,
						 .next_update = next_update,
					 });
	BIO *bio = BIO_new(BIO_s_mem());

	must(bio != NULL && PEM_write_bio_X509_CRL(bio, crl) == 1,
	     "write a CRL");
	X509_CRL_free(crl);
	return text_of(bio);
}

unsigned char *mint_p12(const struct mint *mint, const char *passphrase,
			unsigned *ret_len)
{
	STACK_OF(X509) *issuers = sk_X509_new_null();
	const struct mint *up = mint->issuer;
	unsigned char *copy;
	unsigned char *der = NULL;
	PKCS12 *p12;
	int len;

	for (; up != NULL && up->issuer != NULL; up = up->issuer)
		must(sk_X509_push(issuers, up->cert) > 0, "get memory");
	p12 = PKCS12_create(passphrase, "test", mint->key, mint->cert, issuers,
			    0, 0, 0, 0, 0);
	must(p12 != NULL, "make a PKCS#12");
	len = i2d_PKCS12(p12, &der);
	must(len > 0, "write a PKCS#12");
	copy = malloc((size_t)len);
	must(copy != NULL, "get memory");
	memcpy(copy, der, (size_t)len);
	*ret_len = (unsigned)len;
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_X509_free(issuers);
	return copy;
}
