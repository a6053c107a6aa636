/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/str.h"
#include "cert/crl_verify.h"
#include "tls/revocation.h"

enum {
	URL_SHOWN = 256,
	WORDS_BYTES = 256,
	WHEN_BYTES = 2 * DUET_TIME_TEXT_BYTES + 8,
};

void duet_revocation_doubt(struct duet_revocable *cert,
			   enum duet_revocation_doubt doubt, const char *fmt,
			   ...)
{
	char words[WORDS_BYTES];
	char url[URL_SHOWN];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	duet_str_printable(url, sizeof(url), duet_str(cert->facts.url));
	cert->facts.doubt = (uint8_t)doubt;
	(void)snprintf(cert->words, sizeof(cert->words), "the CRL at '%s' %s",
		       url, words);
	cert->facts.words = cert->words;
}

/* "2026-11-21 10:00:00 UTC, 3 days ago" */
static void date_text(char dst[WHEN_BYTES], int64_t wall, int64_t now)
{
	char distance[DUET_TIME_TEXT_BYTES];
	char date[DUET_TIME_TEXT_BYTES];

	duet_time_text(date, wall);
	duet_time_distance(distance, wall, now);
	(void)snprintf(dst, WHEN_BYTES, "%s, %s", date, distance);
}

static void note_number(struct duet_revocable *cert,
			const struct duet_crl_scan *scan)
{
	const uint8_t *p = scan->number.data;
	size_t used = 0;
	size_t i;

	cert->number[0] = '\0';
	/* RFC 5280 s5.2.3: 20 octets at most. */
	for (i = 0; i < scan->number.len && used + 3 < sizeof(cert->number);
	     i++)
		if (i > 0 || p[i] != 0 || scan->number.len == 1)
			used += (size_t)snprintf(cert->number + used,
						 sizeof(cert->number) - used,
						 "%02x", p[i]);
	cert->facts.number = cert->number;
	cert->facts.this_update = scan->this_update;
	cert->facts.next_update =
		scan->next_update != INT64_MAX ? scan->next_update : 0;
}

static bool was_verified_by(const struct duet_crl_given *given, X509 *issuer)
{
	uint8_t hash[DUET_KEY_HASH_BYTES];

	return given->verified_by != NULL && duet_crl_key_hash(issuer, hash) &&
	       memcmp(hash, given->verified_by->sha256, sizeof(hash)) == 0;
}

/* Whose list it is. */
static int check_signer(struct duet_revocable *cert,
			const struct duet_crl_scan *scan,
			const struct duet_crl_given *given)
{
	const char *why;
	int rc;

	if (!duet_crl_is_by(scan, cert->issuer)) {
		duet_revocation_doubt(cert, DUET_DOUBT_WRONG_SIGNER,
				      "is another CA's, not that of '%s', or of another key of it",
				      cert->issuer_name);
		return DUET_E_NO_CRL;
	}
	if (was_verified_by(given, cert->issuer))
		return DUET_OK;
	rc = duet_crl_scan_entries(scan, &given->walk, &why);
	if (rc != DUET_OK) {
		duet_revocation_doubt(cert, DUET_DOUBT_MALFORMED, "is %s", why);
		return DUET_E_NO_CRL;
	}
	rc = duet_crl_verify(scan, cert->issuer, &given->walk, &why);
	if (rc == DUET_E_NOMEM || rc == DUET_OK)
		return rc;
	duet_revocation_doubt(cert, DUET_DOUBT_WRONG_SIGNER, "is %s", why);
	return DUET_E_NO_CRL;
}

static int wrong_scope(struct duet_revocable *cert, const char *words)
{
	duet_revocation_doubt(cert, DUET_DOUBT_WRONG_SCOPE, "%s", words);
	return DUET_E_NO_CRL;
}

static bool is_ca(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_CA) != 0;
}

/* Not only the one it came from: one list may lie in several places, and name
 * the first of them. */
static bool names_a_place_of(const struct duet_crl_scan *scan,
			     const struct duet_revocable *cert)
{
	size_t i;

	for (i = 0; i < cert->points.n; i++)
		if (duet_crl_is_for_uri(scan, duet_str(cert->points.urls[i])))
			return true;
	return false;
}

/*
 * RFC 5280 s6.3.3 (b) (2). Where a list is a part, the certificate must name
 * the very place that the list names (Baseline Requirements 7.2.2.1): any
 * other part lacks it and would say that all is well.
 */
static int check_scope(struct duet_revocable *cert,
		       const struct duet_crl_scan *scan)
{
	if (scan->has_points && !names_a_place_of(scan, cert))
		return wrong_scope(cert,
				   "is another part of the issuer's list (its distribution point is another)");
	if (scan->only_user_certs && is_ca(cert->cert))
		return wrong_scope(cert,
				   "is for certificates of no CA, and this one is a CA's");
	if (scan->only_ca_certs && !is_ca(cert->cert))
		return wrong_scope(cert,
				   "is for certificates of CAs, and this one is none");
	if (scan->only_some_reasons)
		return wrong_scope(cert,
				   "tells of some reasons for revoking only");
	return DUET_OK;
}

static int check_dates(struct duet_revocable *cert,
		       const struct duet_crl_scan *scan, int64_t now)
{
	char when[WHEN_BYTES];

	if (scan->this_update > now + DUET_CLOCK_SLACK_S) {
		date_text(when, scan->this_update, now);
		duet_revocation_doubt(cert, DUET_DOUBT_EXPIRED,
				      "is of the future (%s): look at the clock here",
				      when);
		return DUET_E_NO_CRL;
	}
	/* s5.1.2.5: "Conforming CRL issuers MUST include" it. */
	if (scan->next_update == INT64_MAX) {
		duet_revocation_doubt(cert, DUET_DOUBT_EXPIRED,
				      "does not say until when it holds");
		return DUET_E_NO_CRL;
	}
	if (scan->next_update < now - DUET_CLOCK_SLACK_S) {
		date_text(when, scan->next_update, now);
		duet_revocation_doubt(cert, DUET_DOUBT_EXPIRED,
				      "is out of date, it was to be renewed by %s",
				      when);
		return DUET_E_NO_CRL;
	}
	return DUET_OK;
}

static int look_up(struct duet_revocable *cert,
		   const struct duet_crl_scan *scan,
		   const struct duet_crl_walk *walk)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert->cert);
	const struct duet_bytes wanted = {
		ASN1_STRING_get0_data(serial),
		(size_t)ASN1_STRING_length(serial),
	};
	struct duet_crl_entry entry = { 0, 0 };
	int rc;

	rc = duet_crl_find(scan, wanted, walk, &entry);
	if (rc == DUET_OK) {
		cert->facts.state = DUET_REVOCATION_REVOKED;
		cert->facts.revoked_at = entry.when;
		cert->facts.reason = duet_crl_reason_name(entry.reason);
	} else if (rc == DUET_E_PEM) {
		duet_revocation_doubt(cert, DUET_DOUBT_MALFORMED, "is damaged");
	}
	return rc;
}

/*
 * Who is listed was revoked, however old or partial the list: the issuer has
 * said so. Who is not was not only if the list is for it, and of today. Entries
 * of others, in an indirect list, would have to be told from the issuer's.
 */
int duet_revocation_judge(struct duet_revocable *cert,
			  const struct duet_crl_given *given, int64_t now,
			  bool any_time)
{
	struct duet_crl_scan scan;
	const char *why;
	int rc;

	rc = duet_crl_scan(&scan, given->der, &why);
	if (rc != DUET_OK) {
		duet_revocation_doubt(cert, DUET_DOUBT_MALFORMED, "is %s", why);
		return DUET_E_NO_CRL;
	}
	note_number(cert, &scan);
	rc = check_signer(cert, &scan, given);
	if (rc != DUET_OK)
		return rc;
	if (scan.indirect || scan.only_attribute_certs)
		return wrong_scope(cert,
				   "is indirect or for attribute certificates, which are not read here");
	rc = look_up(cert, &scan, &given->walk);
	if (rc == DUET_OK)
		return DUET_OK;
	if (rc != DUET_EOF)
		return DUET_E_NO_CRL;
	rc = check_scope(cert, &scan);
	if (rc == DUET_OK && !any_time)
		rc = check_dates(cert, &scan, now);
	if (rc == DUET_OK)
		cert->facts.state = DUET_REVOCATION_GOOD;
	return rc;
}
