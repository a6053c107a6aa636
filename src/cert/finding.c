/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "cert/inspect_int.h"
#include "cert/ossl.h"
#include "cert/words.h"

enum {
	SHA256_BYTES = 32,
	BASE64_BYTES = 45, /* of a SHA-256, with its NUL */
	USAGE_BYTES = 160,
	FIRST_STRINGS = 8,
};

bool duet_strings_add(struct duet_strings *strings, char *text)
{
	size_t cap = strings->cap > 0 ? strings->cap * 2 : FIRST_STRINGS;
	char **items;

	if (text == NULL)
		return false;
	if (strings->n + 1 >= strings->cap) { /* the NULL behind them */
		items = duet_mem_resize(strings->items, cap * sizeof(*items));
		if (items == NULL) {
			duet_mem_free(text);
			return false;
		}
		strings->items = items;
		strings->cap = cap;
	}
	strings->items[strings->n++] = text;
	strings->items[strings->n] = NULL;
	return true;
}

static void free_strings(struct duet_strings *strings)
{
	size_t i;

	for (i = 0; i < strings->n; i++)
		duet_mem_free(strings->items[i]);
	duet_mem_free(strings->items);
}

void duet_finding_done(struct duet_finding *finding)
{
	duet_mem_free(finding->subject);
	duet_mem_free(finding->issuer);
	duet_mem_free(finding->serial);
	duet_mem_free(finding->key);
	duet_mem_free(finding->signature);
	duet_mem_free(finding->usage);
	duet_mem_free(finding->crl_url);
	duet_mem_free(finding->issuer_url);
	duet_mem_free(finding->sha256);
	duet_mem_free(finding->spki_sha256);
	free_strings(&finding->names);
	free_strings(&finding->permitted);
	free_strings(&finding->revoked);
}

/* "AA:BB:..." of the SHA-256 of der, which is freed; NULL for none. */
static char *fingerprint(unsigned char *der, int len)
{
	unsigned char digest[SHA256_BYTES];
	char *text = NULL;
	size_t i;

	if (len > 0 &&
	    EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1)
		text = duet_mem_alloc(SHA256_BYTES * 3);
	for (i = 0; text != NULL && i < SHA256_BYTES; i++)
		(void)snprintf(text + 3 * i, 4, "%02X%s", digest[i],
			       i + 1 < SHA256_BYTES ? ":" : "");
	OPENSSL_free(der);
	return text;
}

/* RFC 7469 s2.4: a pin is the base64 of the SHA-256 of the public key info. */
static char *pin(unsigned char *der, int len)
{
	unsigned char base64[BASE64_BYTES];
	unsigned char digest[SHA256_BYTES];
	char *text = NULL;

	if (len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(),
				  NULL) == 1) {
		(void)EVP_EncodeBlock(base64, digest, SHA256_BYTES);
		text = duet_mem_strdup((const char *)base64);
	}
	OPENSSL_free(der);
	return text;
}

/* The public key as the certificate has it, in whatever form: encoding a
 * decoded key anew could differ. */
static char *pin_of_info(X509_PUBKEY *info)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(info, &der);

	return pin(der, len);
}

static bool add_names(struct duet_strings *strings, const GENERAL_NAMES *names)
{
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (!duet_strings_add(strings,
				      duet_words_general_name(
					      sk_GENERAL_NAME_value(names, i))))
			return false;
	return true;
}

/* What became of reading extensions: one that is there and cannot be decoded
 * is malformed, unless memory ran out. */
struct reading {
	const X509 *cert;
	bool malformed;
	bool no_memory;
};

static void *read_extension(struct reading *reading, int nid)
{
	int critical; /* below 0: there is none, or several */
	void *value = X509_get_ext_d2i(reading->cert, nid, &critical, NULL);

	if (value != NULL || critical == -1)
		return value;
	if (duet_ossl_has(0, ERR_R_MALLOC_FAILURE))
		reading->no_memory = true;
	else
		reading->malformed = true;
	return NULL;
}

static bool add_permitted(struct duet_strings *strings,
			  const NAME_CONSTRAINTS *constraints)
{
	STACK_OF(GENERAL_SUBTREE) *list;
	int i;

	if (constraints == NULL)
		return true;
	list = constraints->permittedSubtrees;
	for (i = 0; i < sk_GENERAL_SUBTREE_num(list); i++)
		if (!duet_strings_add(strings,
				      duet_words_subtree(
					      sk_GENERAL_SUBTREE_value(list, i)
						      ->base)))
			return false;
	return true;
}

static void append_purpose(char *text, const char *word)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, USAGE_BYTES - used, "%s%s",
		       used > 0 ? ", " : "", word);
}

static const char *purpose_word(const ASN1_OBJECT *object)
{
	switch (OBJ_obj2nid(object)) {
	case NID_server_auth:
		return "server";
	case NID_client_auth:
		return "client";
	case NID_code_sign:
		return "code signing";
	case NID_email_protect:
		return "email";
	case NID_OCSP_sign:
		return "OCSP signing";
	case NID_time_stamp:
		return "time stamping";
	case NID_anyExtendedKeyUsage:
		return "any";
	default:
		return "other";
	}
}

/* "CA", or what the purposes say; without any it is for everything. */
static char *usage_words(bool is_ca, const EXTENDED_KEY_USAGE *purposes)
{
	char text[USAGE_BYTES] = "";
	int i;

	if (is_ca)
		return duet_mem_strdup("CA");
	if (purposes == NULL)
		return duet_mem_strdup("any");
	for (i = 0; i < sk_ASN1_OBJECT_num(purposes); i++)
		append_purpose(text,
			       purpose_word(sk_ASN1_OBJECT_value(purposes, i)));
	return duet_mem_strdup(text);
}

/* A name that is a URI, without "URI:"; NULL: no memory. */
static char *uri_of(const GENERAL_NAME *name)
{
	char *text = duet_words_general_name(name);

	if (text != NULL)
		memmove(text, text + 4, strlen(text + 4) + 1);
	return text;
}

/* The first place of the issuer's certificate that is a URI; "" for none. */
static char *issuer_url(const AUTHORITY_INFO_ACCESS *infos)
{
	int i;

	for (i = 0; i < sk_ACCESS_DESCRIPTION_num(infos); i++) {
		const ACCESS_DESCRIPTION *info =
			sk_ACCESS_DESCRIPTION_value(infos, i);

		if (OBJ_obj2nid(info->method) == NID_ad_ca_issuers &&
		    info->location->type == GEN_URI)
			return uri_of(info->location);
	}
	return duet_mem_strdup("");
}

/* The first URI of the first CRL distribution point; "" for none. */
static char *crl_url(const CRL_DIST_POINTS *points)
{
	const DIST_POINT *point = NULL;
	const GENERAL_NAME *name;
	GENERAL_NAMES *names;
	int i;

	if (sk_DIST_POINT_num(points) > 0)
		point = sk_DIST_POINT_value(points, 0);
	if (point == NULL || point->distpoint == NULL ||
	    point->distpoint->type != 0) /* fullName */
		return duet_mem_strdup("");
	names = point->distpoint->name.fullname;
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_URI)
			return uri_of(name);
	}
	return duet_mem_strdup("");
}

static bool describe_extensions(struct duet_finding *finding, const X509 *cert)
{
	struct reading reading = { .cert = cert };
	NAME_CONSTRAINTS *constraints;
	AUTHORITY_INFO_ACCESS *infos;
	EXTENDED_KEY_USAGE *purposes;
	BASIC_CONSTRAINTS *basic;
	CRL_DIST_POINTS *points;
	GENERAL_NAMES *names;
	bool done;

	basic = read_extension(&reading, NID_basic_constraints);
	purposes = read_extension(&reading, NID_ext_key_usage);
	names = read_extension(&reading, NID_subject_alt_name);
	constraints = read_extension(&reading, NID_name_constraints);
	points = read_extension(&reading, NID_crl_distribution_points);
	infos = read_extension(&reading, NID_info_access);
	finding->is_ca = basic != NULL && basic->ca != 0;
	finding->usage = reading.malformed
				 ? duet_mem_strdup("malformed extensions")
				 : usage_words(finding->is_ca, purposes);
	finding->crl_url = crl_url(points);
	finding->issuer_url = issuer_url(infos);
	done = !reading.no_memory && finding->usage != NULL &&
	       finding->crl_url != NULL && finding->issuer_url != NULL &&
	       add_names(&finding->names, names) &&
	       add_permitted(&finding->permitted, constraints);
	NAME_CONSTRAINTS_free(constraints);
	AUTHORITY_INFO_ACCESS_free(infos);
	CRL_DIST_POINTS_free(points);
	GENERAL_NAMES_free(names);
	EXTENDED_KEY_USAGE_free(purposes);
	BASIC_CONSTRAINTS_free(basic);
	return done;
}

bool duet_finding_of_cert(struct duet_finding *finding, X509 *cert)
{
	unsigned char *der = NULL;
	int len;

	finding->kind = DUET_IS_CERTIFICATE;
	finding->subject = duet_words_dn(X509_get_subject_name(cert));
	finding->issuer = duet_words_dn(X509_get_issuer_name(cert));
	finding->serial = duet_words_serial(X509_get0_serialNumber(cert));
	finding->key = duet_words_key(X509_get0_pubkey(cert));
	finding->signature = duet_words_signature(X509_get_signature_nid(cert));
	finding->not_before = duet_words_time(X509_get0_notBefore(cert));
	finding->not_after = duet_words_time(X509_get0_notAfter(cert));
	finding->self_signed = X509_self_signed(cert, 1) == 1;
	len = i2d_X509(cert, &der);
	finding->sha256 = fingerprint(der, len);
	finding->spki_sha256 = pin_of_info(X509_get_X509_PUBKEY(cert));
	return finding->subject != NULL && finding->issuer != NULL &&
	       finding->serial != NULL && finding->key != NULL &&
	       finding->signature != NULL && finding->sha256 != NULL &&
	       finding->spki_sha256 != NULL &&
	       describe_extensions(finding, cert);
}

static bool describe_wishes(struct duet_finding *finding, X509_REQ *req)
{
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(req);
	EXTENDED_KEY_USAGE *purposes;
	BASIC_CONSTRAINTS *basic;
	GENERAL_NAMES *names;
	bool done;

	basic = X509V3_get_d2i(list, NID_basic_constraints, NULL, NULL);
	purposes = X509V3_get_d2i(list, NID_ext_key_usage, NULL, NULL);
	names = X509V3_get_d2i(list, NID_subject_alt_name, NULL, NULL);
	finding->is_ca = basic != NULL && basic->ca != 0;
	finding->usage = usage_words(finding->is_ca, purposes);
	done = finding->usage != NULL && add_names(&finding->names, names);
	GENERAL_NAMES_free(names);
	EXTENDED_KEY_USAGE_free(purposes);
	BASIC_CONSTRAINTS_free(basic);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return done;
}

bool duet_finding_of_request(struct duet_finding *finding, X509_REQ *req)
{
	EVP_PKEY *pkey = X509_REQ_get0_pubkey(req);
	unsigned char *der = NULL;
	int len;

	finding->kind = DUET_IS_CSR;
	finding->subject = duet_words_dn(X509_REQ_get_subject_name(req));
	finding->key = duet_words_key(pkey);
	finding->signature =
		duet_words_signature(X509_REQ_get_signature_nid(req));
	finding->self_signed = pkey != NULL && X509_REQ_verify(req, pkey) == 1;
	len = i2d_X509_REQ(req, &der);
	finding->sha256 = fingerprint(der, len);
	finding->spki_sha256 = pin_of_info(X509_REQ_get_X509_PUBKEY(req));
	return finding->subject != NULL && finding->key != NULL &&
	       finding->signature != NULL && finding->sha256 != NULL &&
	       finding->spki_sha256 != NULL && describe_wishes(finding, req);
}

static char *crl_number(X509_CRL *crl)
{
	ASN1_INTEGER *number =
		X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	char *text = number != NULL ? duet_words_serial(number)
				    : duet_mem_strdup("");

	ASN1_INTEGER_free(number);
	return text;
}

bool duet_finding_of_crl(struct duet_finding *finding, X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);
	unsigned char *der = NULL;
	int len;
	int i;

	finding->kind = DUET_IS_CRL;
	finding->issuer = duet_words_dn(X509_CRL_get_issuer(crl));
	finding->serial = crl_number(crl);
	finding->signature =
		duet_words_signature(X509_CRL_get_signature_nid(crl));
	finding->not_before = duet_words_time(X509_CRL_get0_lastUpdate(crl));
	finding->not_after = duet_words_time(X509_CRL_get0_nextUpdate(crl));
	len = i2d_X509_CRL(crl, &der);
	finding->sha256 = fingerprint(der, len);
	if (finding->issuer == NULL || finding->serial == NULL ||
	    finding->signature == NULL || finding->sha256 == NULL)
		return false;
	for (i = 0; i < sk_X509_REVOKED_num(list); i++)
		if (!duet_strings_add(&finding->revoked,
				      duet_words_serial(
					      X509_REVOKED_get0_serialNumber(
						      sk_X509_REVOKED_value(list,
									    i)))))
			return false;
	return true;
}

bool duet_finding_of_key(struct duet_finding *finding, const EVP_PKEY *pkey)
{
	unsigned char *der = NULL;
	int len;

	finding->kind = DUET_IS_PRIVATE_KEY;
	finding->encrypted = pkey == NULL;
	if (pkey == NULL) {
		finding->key = duet_mem_strdup("encrypted");
		return finding->key != NULL;
	}
	finding->key = duet_words_key(pkey);
	len = i2d_PUBKEY(pkey, &der);
	finding->spki_sha256 = pin(der, len);
	return finding->key != NULL && finding->spki_sha256 != NULL;
}
