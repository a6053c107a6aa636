/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "cert/build.h"
#include "cert/extension.h"
#include "cert/key.h"
#include "cert/load.h"
#include "cert/ossl.h"
#include "cert/write.h"

enum {
	REQUEST_NAMES_MAX = 1000,
	SHOWN_BYTES = 300,
};

static X509_REQ *make_request(EVP_PKEY *pkey, const struct duet_spec *spec)
{
	X509_NAME *subject = duet_cert_subject(spec, false);
	STACK_OF(X509_EXTENSION) *list = NULL;
	X509_REQ *req = X509_REQ_new();
	bool done;

	done = subject != NULL && req != NULL &&
	       X509_REQ_set_subject_name(req, subject) == 1 &&
	       X509_REQ_set_pubkey(req, pkey) == 1 &&
	       duet_extension_of_spec(&list, spec, pkey, subject) &&
	       X509_REQ_add_extensions(req, list) == 1 &&
	       X509_REQ_sign(req, pkey, duet_key_digest(pkey)) > 0;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_NAME_free(subject);
	if (done)
		return req;
	X509_REQ_free(req);
	return NULL;
}

static int write_request(const struct duet_key *key,
			 const struct duet_spec *spec,
			 struct duet_buffer *ret_pem, struct duet_error *err)
{
	X509_REQ *req = NULL;
	BIO *bio = NULL;
	int rc;

	rc = duet_spec_check_names(spec, err);
	if (rc != DUET_OK)
		return rc;
	req = make_request(duet_key_pkey(key), spec);
	bio = duet_write_new();
	if (req != NULL && bio != NULL && PEM_write_bio_X509_REQ(bio, req) == 1)
		rc = duet_write_take(bio, ret_pem, err);
	else
		rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
					 "OpenSSL refused to make the request");
	X509_REQ_free(req);
	BIO_free(bio);
	return rc;
}

int duet_csr_new(const struct duet_key *key, const struct duet_cert_spec *given,
		 struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	struct duet_spec spec;
	int rc;

	rc = duet_spec_init(&spec, given, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_save(&queue);
	rc = write_request(key, &spec, ret_pem, err);
	duet_ossl_queue_restore(&queue);
	duet_spec_done(&spec);
	return rc;
}

/* The names a request asks for, as a duet_cert_spec has them. */
struct wishes {
	char *texts[REQUEST_NAMES_MAX + 1];
	size_t n;
};

static void free_wishes(struct wishes *wishes)
{
	size_t i;

	for (i = 0; wishes != NULL && i < wishes->n; i++)
		duet_mem_free(wishes->texts[i]);
	duet_mem_free(wishes);
}

static char *address_wish(const ASN1_STRING *octets)
{
	const unsigned char *p = ASN1_STRING_get0_data(octets);
	int len = ASN1_STRING_length(octets);

	if (len == 4)
		return duet_mem_printf("%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	if (len != 16)
		return duet_mem_strdup("malformed IP address");
	return duet_mem_printf("%02x%02x:%02x%02x:%02x%02x:%02x%02x:"
			       "%02x%02x:%02x%02x:%02x%02x:%02x%02x",
			       p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7],
			       p[8], p[9], p[10], p[11], p[12], p[13], p[14],
			       p[15]);
}

/* A NUL within a name ("bank.example\0.evil.example") becomes a byte that no
 * name has, so that the parser of names refuses it. */
static char *text_wish(const char *prefix, const ASN1_STRING *string)
{
	size_t len = (size_t)ASN1_STRING_length(string);
	char *copy =
		duet_mem_strndup((const char *)ASN1_STRING_get0_data(string),
				 len);
	char *text;
	char *nul;

	if (copy == NULL)
		return NULL;
	while ((nul = memchr(copy, '\0', len)) != NULL)
		*nul = '\1';
	text = duet_mem_printf("%s%s", prefix, copy);
	duet_mem_free(copy);
	return text;
}

/*
 * Our names say by their form what kind they are; a request says it beside
 * them. Where the two differ ("127.0.0.1" as a DNS name), another name would be
 * certified than was asked for, and than whoever looked at it has seen.
 */
static int check_kind(const char *text, int type, struct duet_error *err)
{
	struct duet_name parsed;
	char shown[SHOWN_BYTES];
	int rc = duet_name_parse(text, &parsed, err);

	if (rc != DUET_OK || type != GEN_DNS || duet_name_is_dns(&parsed))
		return rc;
	duet_str_printable(shown, sizeof(shown), duet_str(text));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "the request has '%s' as a DNS name, and it is none: have it asked for as what it is, or say what to sign for",
			      shown);
}

/* *ret is NULL for what this room would not certify. */
static int read_wish(const GENERAL_NAME *name, char **ret,
		     struct duet_error *err)
{
	const void *value;
	char *text;
	int type;
	int rc;

	*ret = NULL;
	value = GENERAL_NAME_get0_value(name, &type);
	if (type == GEN_IPADD)
		text = address_wish(value);
	else if (type == GEN_DNS)
		text = text_wish("", value);
	else if (type == GEN_EMAIL)
		text = text_wish("email:", value);
	else
		return DUET_OK;
	if (text == NULL)
		return duet_error_nomem(err);
	rc = check_kind(text, type, err);
	if (rc == DUET_OK)
		*ret = text;
	else
		duet_mem_free(text);
	return rc;
}

static int add_wish(struct wishes *wishes, const GENERAL_NAME *name,
		    struct duet_error *err)
{
	char *text;
	int rc = read_wish(name, &text, err);

	if (rc != DUET_OK || text == NULL)
		return rc;
	if (wishes->n == REQUEST_NAMES_MAX) {
		duet_mem_free(text);
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the request has too many names: %d are the most",
				      REQUEST_NAMES_MAX);
	}
	wishes->texts[wishes->n++] = text;
	return DUET_OK;
}

/* Requests of old have their one DNS name in the subject only. */
static int wish_common_name(struct wishes *wishes, X509_REQ *req,
			    struct duet_error *err)
{
	X509_NAME *subject = X509_REQ_get_subject_name(req);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	struct duet_name parsed;
	unsigned char *utf8;
	char *text;
	int len;

	if (at < 0)
		return DUET_OK;
	len = ASN1_STRING_to_UTF8(&utf8,
				  X509_NAME_ENTRY_get_data(
					  X509_NAME_get_entry(subject, at)));
	if (len < 0)
		return DUET_OK;
	text = duet_mem_strndup((const char *)utf8, (size_t)len);
	OPENSSL_free(utf8);
	if (text == NULL)
		return duet_error_nomem(err);
	if (strlen(text) == (size_t)len &&
	    duet_name_parse(text, &parsed, NULL) == DUET_OK &&
	    duet_name_is_dns(&parsed))
		wishes->texts[wishes->n++] = text;
	else
		duet_mem_free(text);
	return DUET_OK;
}

static int read_wishes(struct wishes *wishes, X509_REQ *req, bool for_server,
		       struct duet_error *err)
{
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(req);
	GENERAL_NAMES *names;
	int rc = DUET_OK;
	int i;

	names = X509V3_get_d2i(list, NID_subject_alt_name, NULL, NULL);
	for (i = 0; rc == DUET_OK && i < sk_GENERAL_NAME_num(names); i++)
		rc = add_wish(wishes, sk_GENERAL_NAME_value(names, i), err);
	if (rc == DUET_OK && wishes->n == 0 && for_server)
		rc = wish_common_name(wishes, req, err);
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return rc;
}

/* Whoever asks must have the key: RFC 2986 s3. */
static int check_request(X509_REQ *req, struct duet_error *err)
{
	EVP_PKEY *pkey = X509_REQ_get0_pubkey(req);
	int rc;

	if (pkey == NULL)
		return duet_ossl_error_set(err, DUET_E_UNSUPPORTED,
					   "the request has a key of an unknown kind");
	rc = duet_key_check(pkey, "the request", err);
	if (rc != DUET_OK)
		return rc;
	if (X509_REQ_verify(req, pkey) != 1)
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "the request is not signed by the key it holds: it was changed, or made for the key of another");
	return DUET_OK;
}

static int sign_request(const struct duet_identity *ca, X509_REQ *req,
			struct duet_cert_spec *given,
			struct duet_buffer *ret_pem, struct duet_error *err)
{
	bool own_subject = given->names == NULL && given->common_name == NULL &&
			   given->organization == NULL;
	struct wishes *wishes = NULL;
	struct duet_cert_order order = { .ca = ca };
	struct duet_spec spec = { 0 };
	int rc = DUET_OK;

	wishes = duet_mem_zalloc(sizeof(*wishes));
	if (wishes == NULL)
		return duet_error_nomem(err);
	if (given->names == NULL)
		rc = read_wishes(wishes, req,
				 given->usage == DUET_USAGE_SERVER ||
					 given->usage == DUET_USAGE_BOTH,
				 err);
	if (rc != DUET_OK)
		goto out;
	if (wishes->n > 0)
		given->names = (const char *const *)wishes->texts;
	rc = duet_spec_init(&spec, given, err);
	if (rc != DUET_OK)
		goto out;
	order.spec = &spec;
	order.key = X509_REQ_get0_pubkey(req);
	if (own_subject &&
	    X509_NAME_entry_count(X509_REQ_get_subject_name(req)) > 0)
		order.subject = X509_REQ_get_subject_name(req);
	rc = duet_cert_issue_order(&order, ret_pem, err);
out:
	duet_spec_done(&spec);
	free_wishes(wishes);
	return rc;
}

int duet_csr_sign(const struct duet_identity *ca, struct duet_bytes csr_pem,
		  const struct duet_cert_spec *given,
		  struct duet_buffer *ret_pem, struct duet_error *err)
{
	struct duet_cert_spec spec;
	struct duet_ossl_queue queue;
	X509_REQ *req = NULL;
	int rc;

	rc = duet_opts_copy(&spec, sizeof(spec), given, "duet_cert_spec", err);
	if (rc != DUET_OK)
		return rc;
	spec.size = sizeof(spec);
	duet_ossl_queue_save(&queue);
	rc = duet_load_request(csr_pem, "the request", &req, err);
	if (rc == DUET_OK)
		rc = check_request(req, err);
	if (rc == DUET_OK)
		rc = sign_request(ca, req, &spec, ret_pem, err);
	X509_REQ_free(req);
	duet_ossl_queue_restore(&queue);
	return rc;
}
