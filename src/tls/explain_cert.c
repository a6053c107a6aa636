/* SPDX-License-Identifier: MIT */
/*
 * Why a certificate is refused, said while OpenSSL still holds the chain.
 *
 * Missing intermediate or unknown CA? From the outside both are an issuer that
 * is neither in what was sent nor among the anchors. Our rule:
 * - a self-signed certificate at the end of what was sent: an unknown CA;
 * - issuers were sent, and the last of them lacks its own: an unknown CA, for a
 *   server leaves out its root and nothing else;
 * - only the peer's own certificate was sent: an intermediate is missing if
 *   that certificate says so - it names a place where its issuer's can be
 *   fetched (RFC 5280 s4.2.2.1; roots are not fetched), or it names its
 *   issuer's issuer and that is another (s4.2.1.1), or its issuer calls itself
 *   an intermediate - and an unknown CA otherwise.
 * Each sentence says only what is true in both cases: who issued, that it was
 * not sent, that it is not trusted.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/crl_scan.h"
#include "cert/words.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/explain_int.h"
#include "tls/facts.h"

enum {
	SUBJECT_BYTES = DUET_CN_BYTES + 32,
	NAMES_BYTES = 200,
	WHEN_BYTES = 2 * DUET_TIME_TEXT_BYTES + 16,
	USES_BYTES = 128,
};

/* One refusal, and all that sentences are made of. */
struct refusal {
	struct duet_tls *tls;
	X509_STORE_CTX *ctx;
	struct duet_error *err;
	X509 *cert;                  /* the one refused; never NULL */
	int depth;                   /* 0: the peer's own */
	int error;                   /* X509_V_ERR_* */
	char subject[SUBJECT_BYTES]; /* "its certificate" */
	char issuer[DUET_CN_BYTES];
};

/* "3 days ago, on 2026-11-21 10:00:00 UTC" */
static void when_text(const struct refusal *refusal, const ASN1_TIME *time,
		      char dst[WHEN_BYTES])
{
	int64_t wall = duet_words_time(time);
	char distance[DUET_TIME_TEXT_BYTES];
	char date[DUET_TIME_TEXT_BYTES];

	duet_time_distance(distance, wall,
			   duet_config_now(refusal->tls->config));
	duet_time_text(date, wall);
	(void)snprintf(dst, WHEN_BYTES, "%s, on %s", distance, date);
}

static const char *peer_of(const struct refusal *refusal)
{
	return refusal->tls->is_server ? "client" : "server";
}

static int say_expired(const struct refusal *refusal)
{
	char when[WHEN_BYTES];

	when_text(refusal, X509_get0_notAfter(refusal->cert), when);
	return duet_explain_say(refusal->tls, DUET_E_EXPIRED, refusal->err,
				"%s expired %s: the %s needs a new one, unless the clock here is wrong",
				refusal->subject, when, peer_of(refusal));
}

static int say_not_yet_valid(const struct refusal *refusal)
{
	char now[DUET_TIME_TEXT_BYTES];
	char when[WHEN_BYTES];

	when_text(refusal, X509_get0_notBefore(refusal->cert), when);
	duet_time_text(now, duet_config_now(refusal->tls->config));
	return duet_explain_say(refusal->tls, DUET_E_NOT_YET_VALID,
				refusal->err,
				"%s is not valid yet, it begins %s: check the clock here, which says %s",
				refusal->subject, when, now);
}

static int say_wrong_name(const struct refusal *refusal)
{
	char names[NAMES_BYTES];

	duet_facts_names(names, sizeof(names), refusal->cert);
	if (names[0] == '\0')
		return duet_explain_say(refusal->tls, DUET_E_NAME, refusal->err,
					"the server's certificate names no host at all in subjectAltName, and a common name does not count: it needs one that is for this name");
	return duet_explain_say(refusal->tls, DUET_E_NAME, refusal->err,
				"the server's certificate is for %s, not for this name: use a name it has, or have one made for this one",
				names);
}

static int say_self_signed(const struct refusal *refusal)
{
	return duet_explain_say(refusal->tls, DUET_E_SELF_SIGNED, refusal->err,
				"%s is self-signed ('%s'), so nobody but itself vouches for it: if it is the one you expect, give it as a trust anchor",
				refusal->subject, refusal->issuer);
}

static int say_unknown_root(const struct refusal *refusal)
{
	return duet_explain_say(refusal->tls, DUET_E_UNTRUSTED, refusal->err,
				"its certificate leads to the unknown CA '%s', which is not among the trust anchors: give the certificate of that CA as one, if you trust it",
				refusal->issuer);
}

/* The authority key identifier may name the issuer's own issuer. */
static bool issuer_has_issuer(X509 *cert)
{
	AUTHORITY_KEYID *id;
	bool other = false;
	int i;

	id = X509_get_ext_d2i(cert, NID_authority_key_identifier, NULL, NULL);
	for (i = 0; id != NULL && i < sk_GENERAL_NAME_num(id->issuer); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(id->issuer, i);

		if (name->type == GEN_DIRNAME &&
		    X509_NAME_cmp(name->d.directoryName,
				  X509_get_issuer_name(cert)) != 0)
			other = true;
	}
	AUTHORITY_KEYID_free(id);
	return other;
}

static bool contains_nocase(const char *text, const char *word)
{
	size_t n = strlen(word);
	struct duet_bytes part;

	for (part.len = n; strlen(text) >= n; text++) {
		part.data = text;
		if (duet_bytes_eq_nocase(part, word))
			return true;
	}
	return false;
}

static bool calls_itself_intermediate(const char *name)
{
	return contains_nocase(name, "intermediate") ||
	       contains_nocase(name, "issuing") ||
	       contains_nocase(name, "sub ca") ||
	       contains_nocase(name, "subca");
}

/* See the head of this file. */
static bool intermediate_is_missing(const struct refusal *refusal)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(refusal->ctx);

	if (refusal->depth > 0 || sk_X509_num(sent) > 1)
		return false;
	return duet_facts_has_issuer_url(refusal->cert) ||
	       issuer_has_issuer(refusal->cert) ||
	       calls_itself_intermediate(refusal->issuer);
}

static int say_no_issuer(const struct refusal *refusal)
{
	if (intermediate_is_missing(refusal))
		return duet_explain_say(refusal->tls, DUET_E_NO_ISSUER,
					refusal->err,
					"the %s sent its certificate without the intermediate '%s' that issued it: it must send the whole chain, or you give '%s' as a trust anchor",
					peer_of(refusal), refusal->issuer,
					refusal->issuer);
	return duet_explain_say(refusal->tls, DUET_E_UNTRUSTED, refusal->err,
				"%s was issued by the unknown CA '%s', which is not among the trust anchors and was not sent: give the certificate of that CA as one, if you trust it",
				refusal->subject, refusal->issuer);
}

/* "client authentication, code signing" */
static void uses_text(X509 *cert, char dst[USES_BYTES])
{
	EXTENDED_KEY_USAGE *uses;
	size_t used = 0;
	int i;

	dst[0] = '\0';
	uses = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	for (i = 0; i < sk_ASN1_OBJECT_num(uses) && used < USES_BYTES; i++) {
		const ASN1_OBJECT *use = sk_ASN1_OBJECT_value(uses, i);
		const char *name = OBJ_nid2ln(OBJ_obj2nid(use));

		used += (size_t)snprintf(dst + used, USES_BYTES - used, "%s%s",
					 i > 0 ? ", " : "",
					 name != NULL ? name : "another use");
	}
	sk_ASN1_OBJECT_pop_free(uses, ASN1_OBJECT_free);
}

static int say_purpose(const struct refusal *refusal)
{
	char uses[USES_BYTES];

	uses_text(refusal->cert, uses);
	return duet_explain_say(refusal->tls, DUET_E_PURPOSE, refusal->err,
				"%s may not be used by a %s%s%s%s: it needs one made for \"TLS Web %s Authentication\"",
				refusal->subject, peer_of(refusal),
				uses[0] != '\0' ? ", only for \"" : "", uses,
				uses[0] != '\0' ? "\"" : "",
				refusal->tls->is_server ? "Client" : "Server");
}

static int say_weak_key(const struct refusal *refusal)
{
	char *key = duet_words_key(X509_get0_pubkey(refusal->cert));
	int code;

	code = duet_explain_say(refusal->tls, DUET_E_WEAK, refusal->err,
				"the key of %s, %s, is too weak: it needs RSA of 2048 bits or more, or ECDSA",
				refusal->subject, key != NULL ? key : "?");
	duet_mem_free(key);
	return code;
}

static int say_weak_signature(const struct refusal *refusal)
{
	char *name =
		duet_words_signature(X509_get_signature_nid(refusal->cert));
	int code;

	code = duet_explain_say(refusal->tls, DUET_E_WEAK, refusal->err,
				"%s is signed with %s, which can be forged (SHA-1 and older): '%s' must issue a new one, with SHA-256",
				refusal->subject, name != NULL ? name : "?",
				refusal->issuer);
	duet_mem_free(name);
	return code;
}

static const char *reason_text(X509_REVOKED *revoked)
{
	ASN1_ENUMERATED *code;
	long value = 0;

	code = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, NULL, NULL);
	if (code != NULL)
		value = ASN1_ENUMERATED_get(code);
	ASN1_ENUMERATED_free(code);
	return duet_crl_reason_words((int)value);
}

static int say_revoked(const struct refusal *refusal)
{
	X509_CRL *crl = X509_STORE_CTX_get0_current_crl(refusal->ctx);
	X509_REVOKED *revoked = NULL;
	char when[WHEN_BYTES];

	if (crl == NULL ||
	    X509_CRL_get0_by_cert(crl, &revoked, refusal->cert) == 0 ||
	    revoked == NULL)
		return duet_explain_say(refusal->tls, DUET_E_REVOKED,
					refusal->err,
					"%s was revoked by '%s': do not trust this %s until it has a new one",
					refusal->subject, refusal->issuer,
					peer_of(refusal));
	when_text(refusal, X509_REVOKED_get0_revocationDate(revoked), when);
	return duet_explain_say(refusal->tls, DUET_E_REVOKED, refusal->err,
				"%s was revoked by '%s' %s (%s): do not trust this %s until it has a new one",
				refusal->subject, refusal->issuer, when,
				reason_text(revoked), peer_of(refusal));
}

static int say_no_crl(const struct refusal *refusal)
{
	return duet_explain_say(refusal->tls, DUET_E_NO_CRL, refusal->err,
				"there is no CRL of '%s' here to tell whether %s was revoked: give the current one, or do not ask for CRLs",
				refusal->issuer, refusal->subject);
}

static int say_old_crl(const struct refusal *refusal)
{
	X509_CRL *crl = X509_STORE_CTX_get0_current_crl(refusal->ctx);
	char when[WHEN_BYTES] = "";

	if (crl != NULL)
		when_text(refusal, X509_CRL_get0_nextUpdate(crl), when);
	return duet_explain_say(refusal->tls, DUET_E_NO_CRL, refusal->err,
				"the CRL of '%s' is out of date, it was to be renewed %s: fetch the current one",
				refusal->issuer, when);
}

static int say_bad_crl(const struct refusal *refusal)
{
	return duet_explain_say(refusal->tls, DUET_E_NO_CRL, refusal->err,
				"the CRL that should tell whether %s was revoked by '%s' cannot be used (%s): fetch the right one",
				refusal->subject, refusal->issuer,
				X509_verify_cert_error_string(refusal->error));
}

static int say_not_permitted(const struct refusal *refusal)
{
	char names[NAMES_BYTES];

	duet_facts_names(names, sizeof(names), refusal->cert);
	return duet_explain_say(refusal->tls, DUET_E_CERTIFICATE, refusal->err,
				"a CA above %s may not issue for its names (%s; name constraints, RFC 5280 s4.2.1.10): another CA must issue it",
				refusal->subject, names);
}

static int say_forged(const struct refusal *refusal)
{
	return duet_explain_say(refusal->tls, DUET_E_CERTIFICATE, refusal->err,
				"the signature on %s is not by the key of '%s': it is forged, damaged, or of another CA with the same name",
				refusal->subject, refusal->issuer);
}

static int say_nomem(const struct refusal *refusal)
{
	return duet_error_nomem(refusal->err);
}

static int say_otherwise(const struct refusal *refusal)
{
	return duet_explain_say(refusal->tls, DUET_E_CERTIFICATE, refusal->err,
				"%s is against the rules (%s; RFC 5280): it must be made anew",
				refusal->subject,
				X509_verify_cert_error_string(refusal->error));
}

typedef int say_fn(const struct refusal *refusal);

static const struct {
	int error;
	say_fn *say;
} table[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, say_expired },
	{ X509_V_ERR_CERT_NOT_YET_VALID, say_not_yet_valid },
	{ X509_V_ERR_HOSTNAME_MISMATCH, say_wrong_name },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, say_wrong_name },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, say_self_signed },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, say_unknown_root },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, say_no_issuer },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, say_no_issuer },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, say_no_issuer },
	{ X509_V_ERR_CERT_UNTRUSTED, say_no_issuer },
	{ X509_V_ERR_INVALID_PURPOSE, say_purpose },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, say_weak_key },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, say_weak_key },
	{ X509_V_ERR_CA_MD_TOO_WEAK, say_weak_signature },
	{ X509_V_ERR_CERT_REVOKED, say_revoked },
	{ X509_V_ERR_UNABLE_TO_GET_CRL, say_no_crl },
	{ X509_V_ERR_CRL_HAS_EXPIRED, say_old_crl },
	{ X509_V_ERR_CRL_NOT_YET_VALID, say_bad_crl },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, say_bad_crl },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE, say_bad_crl },
	{ X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, say_bad_crl },
	{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, say_bad_crl },
	{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, say_bad_crl },
	{ X509_V_ERR_CRL_PATH_VALIDATION_ERROR, say_bad_crl },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, say_bad_crl },
	{ X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, say_bad_crl },
	{ X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, say_bad_crl },
	{ X509_V_ERR_PERMITTED_VIOLATION, say_not_permitted },
	{ X509_V_ERR_EXCLUDED_VIOLATION, say_not_permitted },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, say_forged },
	{ X509_V_ERR_OUT_OF_MEM, say_nomem },
};

static say_fn *find(int error)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error)
			return table[i].say;
	return say_otherwise;
}

static void name_parts(struct refusal *refusal)
{
	char name[DUET_CN_BYTES];

	duet_facts_name_short(refusal->issuer, sizeof(refusal->issuer),
			      X509_get_issuer_name(refusal->cert));
	if (refusal->depth == 0) {
		(void)snprintf(refusal->subject, sizeof(refusal->subject),
			       "its certificate");
		return;
	}
	duet_facts_name_short(name, sizeof(name),
			      X509_get_subject_name(refusal->cert));
	(void)snprintf(refusal->subject, sizeof(refusal->subject),
		       "the CA certificate '%s'", name);
}

void duet_explain_keep(struct duet_tls *tls, const struct duet_error *why)
{
	if (tls->verdict != NULL)
		return;
	tls->verdict = duet_mem_dup(why, sizeof(*why));
	if (tls->verdict == NULL)
		tls->wire->nomem = true;
}

void duet_explain_certificate(struct duet_tls *tls, X509_STORE_CTX *store_ctx)
{
	struct refusal refusal;
	struct duet_error why;

	if (tls->verdict != NULL)
		return;
	memset(&refusal, 0, sizeof(refusal));
	refusal.tls = tls;
	refusal.ctx = store_ctx;
	refusal.err = &why;
	refusal.error = X509_STORE_CTX_get_error(store_ctx);
	refusal.depth = X509_STORE_CTX_get_error_depth(store_ctx);
	refusal.cert = X509_STORE_CTX_get_current_cert(store_ctx);
	if (refusal.cert == NULL)
		refusal.cert = X509_STORE_CTX_get0_cert(store_ctx);
	if (refusal.cert == NULL)
		return;
	name_parts(&refusal);
	(void)find(refusal.error)(&refusal);
	why.x509 = refusal.error;
	duet_explain_keep(tls, &why);
}
