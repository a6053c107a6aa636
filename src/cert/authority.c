/* SPDX-License-Identifier: MIT */
#include "cert/authority.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cert/extension.h"
#include "cert/identity.h"
#include "cert/key.h"
#include "cert/ossl.h"
#include "cert/words.h"

enum {
	SHOWN_BYTES = 160,
	CA_BY_BASIC_CONSTRAINTS = 1, /* what X509_check_ca() calls a v3 CA */
};

/* A short name for ca in sentences. */
static void name_of(char shown[SHOWN_BYTES], X509 *cert)
{
	char *dn = duet_words_dn(X509_get_subject_name(cert));

	(void)snprintf(shown, SHOWN_BYTES, "%.150s", dn != NULL ? dn : "?");
	duet_mem_free(dn);
}

static int check_is_ca(X509 *cert, uint32_t key_usage, const char *doing,
		       struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	name_of(shown, cert);
	if (X509_check_ca(cert) != CA_BY_BASIC_CONSTRAINTS)
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "'%s' is not a CA: its certificate does not allow %s",
					   shown, doing);
	if ((X509_get_key_usage(cert) & key_usage) == 0)
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "the CA '%s' may not sign that: its key usage does not allow %s",
					   shown, doing);
	return DUET_OK;
}

int duet_authority_check_crl(const struct duet_identity *ca,
			     struct duet_error *err)
{
	int rc = duet_key_check(duet_identity_key(ca), "the CA", err);

	if (rc != DUET_OK)
		return rc;
	return check_is_ca(duet_identity_leaf(ca), KU_CRL_SIGN, "signing a CRL",
			   err);
}

static int check_path(X509 *cert, const struct duet_spec *spec,
		      struct duet_error *err)
{
	long allowed = X509_get_pathlen(cert); /* -1: no limit */
	char shown[SHOWN_BYTES];

	if (!duet_spec_is_ca(spec) || allowed < 0)
		return DUET_OK;
	if (allowed > spec->given.path_length)
		return DUET_OK;
	name_of(shown, cert);
	if (allowed == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the CA '%s' may sign no other CA: its path length is 0",
				      shown);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "the CA '%s' has path length %ld, so a CA below it has at most %ld",
			      shown, allowed, allowed - 1);
}

/* OpenSSL's verdict on one name alone, through a certificate that has no
 * other. X509_V_OK, X509_V_ERR_*. */
static int judge_name(const NAME_CONSTRAINTS *constraints,
		      const struct duet_name *name)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *one = duet_extension_name(name);
	X509 *scratch = X509_new();
	int verdict = X509_V_ERR_OUT_OF_MEM;

	if (names == NULL || one == NULL || scratch == NULL ||
	    sk_GENERAL_NAME_push(names, one) <= 0)
		goto out;
	one = NULL;
	if (X509_add1_ext_i2d(scratch, NID_subject_alt_name, names, 0,
			      X509V3_ADD_DEFAULT) != 1)
		goto out;
	/* Fills the cache that the judge looks into. Its own verdict is of
	 * no matter: the scratch is not a whole certificate. */
	(void)X509_check_purpose(scratch, -1, 0);
	ERR_clear_error();
	verdict = NAME_CONSTRAINTS_check(scratch,
					 (NAME_CONSTRAINTS *)constraints);
out:
	X509_free(scratch);
	GENERAL_NAME_free(one);
	GENERAL_NAMES_free(names);
	return verdict;
}

/* In .invalid nobody has a name: it is there to shut all of its kind out. */
static bool is_nothing(const char *tree)
{
	return strcmp(tree, "email:.invalid") == 0 ||
	       strcmp(tree, "URI:.invalid") == 0;
}

/* "DNS x, IP:127.0.0.0/8" of what is permitted, as far as there is room. */
static void list_permitted(char *dst, size_t cap,
			   const NAME_CONSTRAINTS *constraints)
{
	STACK_OF(GENERAL_SUBTREE) *list = constraints->permittedSubtrees;
	size_t used = 0;
	char *tree;
	int n, i;

	dst[0] = '\0';
	for (i = 0; i < sk_GENERAL_SUBTREE_num(list); i++) {
		tree = duet_words_subtree(
			sk_GENERAL_SUBTREE_value(list, i)->base);
		if (tree != NULL && is_nothing(tree)) {
			duet_mem_free(tree);
			continue;
		}
		n = snprintf(dst + used, cap - used, "%s%s",
			     used > 0 ? ", " : "", tree != NULL ? tree : "?");
		duet_mem_free(tree);
		if (n < 0 || (size_t)n >= cap - used)
			break;
		used += (size_t)n;
	}
}

static int check_constraints(X509 *cert, const struct duet_spec *spec,
			     struct duet_error *err)
{
	NAME_CONSTRAINTS *constraints;
	char permitted[SHOWN_BYTES];
	char shown[SHOWN_BYTES];
	int rc = DUET_OK;
	int critical;
	size_t i;

	constraints =
		X509_get_ext_d2i(cert, NID_name_constraints, &critical, NULL);
	if (constraints == NULL && critical == -1)
		return DUET_OK;
	if (constraints == NULL) {
		name_of(shown, cert);
		return duet_ossl_error_set(err, DUET_E_ARGUMENT,
					   "the CA '%s' has name constraints that nobody can read",
					   shown);
	}
	for (i = 0; rc == DUET_OK && i < spec->n_names; i++) {
		if (judge_name(constraints, &spec->names[i]) == X509_V_OK)
			continue;
		name_of(shown, cert);
		list_permitted(permitted, sizeof(permitted), constraints);
		rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
					 "'%.100s' is outside of what the CA '%s' may sign for (%s): leave it out, or let another CA sign",
					 spec->names[i].text, shown, permitted);
	}
	NAME_CONSTRAINTS_free(constraints);
	return rc;
}

int duet_authority_check(const struct duet_identity *ca,
			 const struct duet_spec *spec, struct duet_error *err)
{
	STACK_OF(X509) *above = duet_identity_rest(ca);
	X509 *cert = duet_identity_leaf(ca);
	int rc;
	int i;

	rc = duet_key_check(duet_identity_key(ca), "the CA", err);
	if (rc == DUET_OK)
		rc = check_is_ca(cert, KU_KEY_CERT_SIGN,
				 "signing a certificate", err);
	if (rc == DUET_OK)
		rc = check_path(cert, spec, err);
	if (rc == DUET_OK)
		rc = check_constraints(cert, spec, err);
	for (i = 0; rc == DUET_OK && i < sk_X509_num(above); i++)
		rc = check_constraints(sk_X509_value(above, i), spec, err);
	return rc;
}

int duet_authority_limit_end(const struct duet_identity *ca,
			     struct duet_spec *spec, struct duet_error *err)
{
	X509 *cert = duet_identity_leaf(ca);
	int64_t end = duet_words_time(X509_get0_notAfter(cert));
	char when[DUET_TIME_TEXT_BYTES];
	char shown[SHOWN_BYTES];

	if (spec->not_after <= end)
		return DUET_OK;
	if (spec->default_end && end > spec->not_before) {
		spec->not_after = end;
		return DUET_OK;
	}
	name_of(shown, cert);
	duet_time_text(when, end);
	if (spec->default_end)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the CA '%s' has ended on %s: make a new one",
				      shown, when);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "the CA '%s' ends on %s, and no certificate of it can last longer: ask for fewer days",
			      shown, when);
}

/* What clients will ask of it. */
static int purpose_of(const struct duet_spec *spec)
{
	switch ((enum duet_usage)spec->given.usage) {
	case DUET_USAGE_CLIENT:
		return X509_PURPOSE_SSL_CLIENT;
	case DUET_USAGE_CA:
		return X509_PURPOSE_ANY;
	default:
		return X509_PURPOSE_SSL_SERVER;
	}
}

static int refused(int verdict, struct duet_error *err)
{
	const char *why = X509_verify_cert_error_string(verdict);
	int rc;

	/* The names were checked before: it is one in the subject. */
	if (verdict == X509_V_ERR_PERMITTED_VIOLATION ||
	    verdict == X509_V_ERR_EXCLUDED_VIOLATION)
		why = "its common name is outside of what the CA may sign for";
	if (verdict == X509_V_ERR_OUT_OF_MEM)
		return duet_error_nomem(err);
	rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
				 "the new certificate would be refused: %s",
				 why);
	if (err != NULL)
		err->x509 = verdict;
	return rc;
}

int duet_authority_verify(const struct duet_identity *ca, X509 *cert,
			  const struct duet_spec *spec, struct duet_error *err)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *above = ca != NULL ? duet_identity_rest(ca) : NULL;
	X509 *anchor = ca != NULL ? duet_identity_leaf(ca) : cert;
	int rc;

	if (ctx == NULL || store == NULL ||
	    X509_STORE_add_cert(store, anchor) != 1 ||
	    X509_STORE_CTX_init(ctx, store, cert, above) != 1 ||
	    X509_STORE_CTX_set_purpose(ctx, purpose_of(spec)) != 1) {
		rc = duet_ossl_error_set(err, DUET_E_NOMEM,
					 "cannot verify the new certificate");
		goto out;
	}
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT |
					      X509_V_FLAG_PARTIAL_CHAIN |
					      X509_V_FLAG_NO_CHECK_TIME |
					      X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (X509_verify_cert(ctx) == 1) {
		rc = DUET_OK;
		goto out;
	}
	rc = refused(X509_STORE_CTX_get_error(ctx), err);
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return rc;
}
