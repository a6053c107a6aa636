/* SPDX-License-Identifier: MIT */
#include "tls/revocation.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/str.h"
#include "cert/crl_verify.h"
#include "cert/ossl.h"
#include "cert/words.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/explain_int.h"
#include "tls/facts.h"
#include "tls/staple.h"

enum {
	/* A session under which something was not known may be resumed for so
	 * long: then it is asked again. */
	DOUBT_HOLDS_S = 3600,
};

static struct duet_revocable *wanted_of(const struct duet_tls *tls)
{
	struct duet_revocables *revocation = tls->revocation;

	if (revocation == NULL || revocation->at >= revocation->n)
		return NULL;
	return &revocation->certs[revocation->at];
}

bool duet_revocation_waits(const struct duet_tls *tls)
{
	return wanted_of(tls) != NULL;
}

bool duet_tls_is_waiting(const struct duet_tls *tls)
{
	return duet_revocation_waits(tls);
}

void duet_tls_exempt(struct duet_tls *tls)
{
	tls->exempt = true;
}

/* Before the lists: a life too short for one, a staple, no list at all. */

static bool is_short_lived(const struct duet_tls *tls, X509 *cert)
{
	int64_t begin = duet_words_time(X509_get0_notBefore(cert));
	int64_t end = duet_words_time(X509_get0_notAfter(cert));
	int32_t limit = tls->config->short_lived_s;

	return begin != 0 && end > begin && end - begin <= limit;
}

static int look_at_staple(const struct duet_tls *tls,
			  struct duet_revocable *cert)
{
	struct duet_staple staple = { 0 };
	const char *why = NULL;
	int rc;

	rc = duet_staple_look(tls, cert->cert, cert->issuer, &staple, &why);
	if (rc == DUET_E_NOMEM)
		return rc;
	if (rc != DUET_OK && rc != DUET_E_REVOKED)
		return DUET_OK; /* the lists will tell */
	cert->facts.stapled = true;
	cert->facts.state =
		rc == DUET_OK ? DUET_REVOCATION_GOOD : DUET_REVOCATION_REVOKED;
	cert->facts.this_update = staple.this_update;
	cert->facts.next_update =
		staple.next_update != INT64_MAX ? staple.next_update : 0;
	cert->facts.revoked_at = staple.revoked_at;
	if (rc == DUET_E_REVOKED)
		cert->facts.reason = duet_crl_reason_name(staple.reason);
	return DUET_OK;
}

static void note_no_point(struct duet_revocable *cert)
{
	const char *other = cert->points.other;

	cert->facts.state = DUET_REVOCATION_UNKNOWN;
	if (other == NULL) {
		cert->facts.doubt = DUET_DOUBT_NO_POINT;
		(void)snprintf(cert->words, sizeof(cert->words),
			       "it names no CRL of its issuer");
	} else {
		cert->facts.doubt = DUET_DOUBT_OTHER_POINT;
		(void)snprintf(cert->words, sizeof(cert->words),
			       "the only CRL it names, '%.200s', is not one that is fetched over plain http://",
			       other);
	}
	cert->facts.words = cert->words;
}

static int begin_cert(const struct duet_tls *tls, struct duet_revocable *cert,
		      STACK_OF(X509) *chain, int depth)
{
	int rc = DUET_OK;

	cert->cert = sk_X509_value(chain, depth);
	cert->issuer = sk_X509_value(chain, depth + 1);
	(void)X509_up_ref(cert->cert);
	(void)X509_up_ref(cert->issuer);
	duet_facts_name_short(cert->subject, sizeof(cert->subject),
			      X509_get_subject_name(cert->cert));
	duet_facts_name_short(cert->issuer_name, sizeof(cert->issuer_name),
			      X509_get_subject_name(cert->issuer));
	cert->facts = (struct duet_revocation_facts){
		.size = sizeof(cert->facts),
		.subject = cert->subject,
		.issuer = cert->issuer_name,
		.words = "",
		.url = "",
		.number = "",
		.reason = "",
	};
	if (is_short_lived(tls, cert->cert)) {
		cert->facts.state = DUET_REVOCATION_SHORT_LIVED;
		return DUET_OK;
	}
	if (depth == 0)
		rc = look_at_staple(tls, cert);
	if (rc == DUET_OK)
		rc = duet_crl_points_of(cert->cert, &cert->points);
	if (rc == DUET_OK && cert->facts.state == 0 && cert->points.n == 0)
		note_no_point(cert);
	return rc;
}

static bool is_decisive(const struct duet_tls *tls,
			const struct duet_revocable *cert)
{
	return cert->facts.state == DUET_REVOCATION_REVOKED ||
	       (cert->facts.state == DUET_REVOCATION_UNKNOWN &&
		tls->config->revocation == DUET_REVOCATION_HARD);
}

/* To the next certificate that is not known of, if it matters still. */
static void settle(struct duet_tls *tls)
{
	struct duet_revocables *revocation = tls->revocation;
	struct duet_revocable *cert;

	for (; revocation->at < revocation->n; revocation->at++) {
		cert = &revocation->certs[revocation->at];
		if (is_decisive(tls, cert)) {
			revocation->at = revocation->n;
			return;
		}
		if (cert->facts.state == DUET_REVOCATION_UNCHECKED) {
			cert->facts.url = cert->points.urls[cert->at];
			return;
		}
	}
}

int duet_revocation_begin(struct duet_tls *tls, STACK_OF(X509) *chain)
{
	struct duet_revocables *revocation;
	int n = sk_X509_num(chain) - 1; /* its last is the anchor */
	int rc = DUET_OK;
	int i;

	if (tls->revocation != NULL)
		return DUET_OK;
	revocation = duet_mem_zalloc(sizeof(*revocation));
	if (revocation == NULL)
		return DUET_E_NOMEM;
	tls->revocation = revocation;
	if (n <= 0)
		return DUET_OK;
	revocation->certs =
		duet_mem_array((size_t)n, sizeof(*revocation->certs));
	if (revocation->certs == NULL)
		return DUET_E_NOMEM;
	for (i = 0; rc == DUET_OK && i < n; i++) {
		revocation->n++;
		rc = begin_cert(tls, &revocation->certs[i], chain, i);
	}
	if (rc == DUET_OK)
		settle(tls);
	else
		revocation->at = revocation->n;
	return rc;
}

void duet_revocation_free(struct duet_revocables *revocation)
{
	size_t i;

	if (revocation == NULL)
		return;
	for (i = 0; i < revocation->n; i++) {
		X509_free(revocation->certs[i].cert);
		X509_free(revocation->certs[i].issuer);
		duet_crl_points_done(&revocation->certs[i].points);
	}
	duet_mem_free(revocation->certs);
	duet_mem_free(revocation);
}

/* The lists */

int duet_tls_crl_wanted(const struct duet_tls *tls,
			struct duet_crl_wanted *ret_wanted)
{
	struct duet_revocable *cert = wanted_of(tls);
	struct duet_crl_wanted wanted = { .size = sizeof(wanted) };

	if (cert == NULL)
		return DUET_EOF;
	wanted.url = cert->facts.url;
	if (!duet_crl_key_hash(cert->issuer, wanted.issuer.sha256))
		return DUET_E_NOMEM;
	duet_opts_return(ret_wanted, &wanted, sizeof(wanted));
	return DUET_OK;
}

/* The next place that has a list of it, or none is left. */
static void try_next(struct duet_tls *tls, struct duet_revocable *cert)
{
	cert->at++;
	if (cert->at < cert->points.n)
		cert->facts.url = cert->points.urls[cert->at];
	else
		cert->facts.state = DUET_REVOCATION_UNKNOWN;
	settle(tls);
}

int duet_tls_crl_give_known(struct duet_tls *tls,
			    const struct duet_crl_given *given,
			    struct duet_error *err)
{
	struct duet_revocable *cert = wanted_of(tls);
	struct duet_ossl_queue queue;
	int rc;

	if (cert == NULL)
		return duet_error_set(err, DUET_E_STATE,
				      "no CRL is wanted now");
	duet_ossl_queue_save(&queue);
	rc = duet_revocation_judge(cert, given, duet_config_now(tls->config),
				   tls->config->any_time);
	duet_ossl_queue_restore(&queue);
	if (rc == DUET_E_NOMEM)
		return duet_error_nomem(err);
	if (rc == DUET_OK) {
		cert->facts.doubt = DUET_DOUBT_NONE;
		cert->facts.words = "";
		settle(tls);
		return DUET_OK;
	}
	(void)duet_error_set(err, DUET_E_NO_CRL, "%s", cert->words);
	if (!given->on_trial)
		try_next(tls, cert);
	return DUET_E_NO_CRL;
}

int duet_tls_crl_give(struct duet_tls *tls, struct duet_bytes der,
		      struct duet_error *err)
{
	const struct duet_crl_given given = { .der = der };

	return duet_tls_crl_give_known(tls, &given, err);
}

void duet_tls_crl_missing(struct duet_tls *tls,
			  enum duet_revocation_doubt doubt, const char *words)
{
	struct duet_revocable *cert = wanted_of(tls);
	char shown[256];

	if (cert == NULL)
		return;
	duet_str_printable(shown, sizeof(shown),
			   duet_str(words != NULL ? words : "cannot be had"));
	duet_revocation_doubt(cert, doubt, "%s", shown);
	try_next(tls, cert);
}

/* The verdict */

/* "its certificate", "the CA certificate 'X'" */
static void subject_of(char *dst, size_t cap, X509 *cert, int depth)
{
	char name[DUET_CN_BYTES];

	if (depth == 0) {
		(void)snprintf(dst, cap, "its certificate");
		return;
	}
	duet_facts_name_short(name, sizeof(name), X509_get_subject_name(cert));
	(void)snprintf(dst, cap, "the CA certificate '%s'", name);
}

void duet_revocation_say_revoked(struct duet_tls *tls, X509 *cert, int depth,
				 int64_t when, int reason)
{
	char subject[DUET_CN_BYTES + 32];
	char distance[DUET_TIME_TEXT_BYTES];
	char issuer[DUET_CN_BYTES];
	char date[DUET_TIME_TEXT_BYTES];
	struct duet_error why;

	subject_of(subject, sizeof(subject), cert, depth);
	duet_facts_name_short(issuer, sizeof(issuer),
			      X509_get_issuer_name(cert));
	duet_time_text(date, when);
	duet_time_distance(distance, when, duet_config_now(tls->config));
	(void)duet_explain_say(tls, DUET_E_REVOKED, &why,
			       "%s was revoked by '%s' %s, on %s (%s): do not trust this server until it has a new one",
			       subject, issuer, distance, date,
			       duet_crl_reason_words(reason));
	why.x509 = X509_V_ERR_CERT_REVOKED;
	duet_explain_keep(tls, &why);
}

static int reason_of(const struct duet_revocable *cert)
{
	int reason;

	for (reason = 10; reason > 0; reason--)
		if (strcmp(duet_crl_reason_name(reason), cert->facts.reason) ==
		    0)
			break;
	return reason;
}

static void say_unknown(struct duet_tls *tls, const struct duet_revocable *cert,
			int depth)
{
	char subject[DUET_CN_BYTES + 32];
	struct duet_error why;

	subject_of(subject, sizeof(subject), cert->cert, depth);
	(void)duet_explain_say(tls, DUET_E_NO_CRL, &why,
			       "whether %s was revoked by '%s' is not known: %s",
			       subject, cert->issuer_name, cert->words);
	why.x509 = X509_V_ERR_UNABLE_TO_GET_CRL;
	duet_explain_keep(tls, &why);
}

int duet_revocation_verdict(struct duet_tls *tls, int *ret_depth)
{
	const struct duet_revocables *revocation = tls->revocation;
	size_t i;

	for (i = 0; i < revocation->n; i++) {
		const struct duet_revocable *cert = &revocation->certs[i];

		if (!is_decisive(tls, cert))
			continue;
		*ret_depth = (int)i;
		if (cert->facts.state == DUET_REVOCATION_UNKNOWN) {
			say_unknown(tls, cert, (int)i);
			return X509_V_ERR_UNABLE_TO_GET_CRL;
		}
		duet_revocation_say_revoked(tls, cert->cert, (int)i,
					    cert->facts.revoked_at,
					    reason_of(cert));
		return X509_V_ERR_CERT_REVOKED;
	}
	return X509_V_OK;
}

int64_t duet_revocation_holds_until(const struct duet_tls *tls)
{
	const struct duet_revocables *revocation = tls->revocation;
	int64_t doubted = duet_config_now(tls->config) + DOUBT_HOLDS_S;
	int64_t until = INT64_MAX;
	size_t i;

	for (i = 0; revocation != NULL && i < revocation->n; i++) {
		const struct duet_revocation_facts *facts =
			&revocation->certs[i].facts;
		int64_t end = INT64_MAX;

		if (facts->state == DUET_REVOCATION_UNKNOWN)
			end = doubted;
		else if (facts->next_update != 0)
			end = facts->next_update + DUET_CLOCK_SLACK_S;
		else if (facts->stapled)
			end = facts->this_update + DUET_SHORT_LIVED_S;
		if (end < until)
			until = end;
	}
	return until;
}

int duet_tls_revocation(const struct duet_tls *tls, size_t at,
			struct duet_revocation_facts *ret_facts)
{
	const struct duet_revocables *revocation = tls->revocation;

	if (revocation == NULL || at >= revocation->n)
		return DUET_EOF;
	duet_opts_return(ret_facts, &revocation->certs[at].facts,
			 sizeof(*ret_facts));
	return DUET_OK;
}

const char *duet_revocation_state_name(int state)
{
	static const char *const names[] = { "unchecked", "good", "revoked",
					     "unknown", "short_lived" };

	if (state < 0 || (size_t)state >= sizeof(names) / sizeof(names[0]))
		return names[0];
	return names[state];
}

const char *duet_revocation_doubt_name(int doubt)
{
	static const char *const names[] = {
		"",
		"no_distribution_point",
		"other_distribution_point",
		"unreachable",
		"slow",
		"oversized",
		"malformed",
		"wrong_signer",
		"wrong_scope",
		"expired",
	};

	if (doubt < 0 || (size_t)doubt >= sizeof(names) / sizeof(names[0]))
		return names[0];
	return names[doubt];
}
