/* SPDX-License-Identifier: MIT */
#include "get/revocation.h"

#include <stdio.h>
#include <string.h>

#include <duet/tls.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/json.h"

/* "its certificate", or whose it is */
static void subject_of(char *dst, size_t cap,
		       const struct duet_revocation_facts *facts, size_t at)
{
	if (at == 0)
		(void)snprintf(dst, cap, "the server's certificate");
	else
		(void)snprintf(dst, cap, "the CA certificate '%s'",
			       facts->subject);
}

/* "by the CRL number 12 of 2026-11-24 02:15:39 UTC" */
static void source_of(char *dst, size_t cap,
		      const struct duet_revocation_facts *facts)
{
	char date[DUET_TIME_TEXT_BYTES];

	duet_time_text(date, facts->this_update);
	if (facts->stapled)
		(void)snprintf(dst, cap, "by the OCSP answer of %s", date);
	else if (facts->number[0] != '\0')
		(void)snprintf(dst, cap, "by the CRL number %s of %s",
			       facts->number, date);
	else
		(void)snprintf(dst, cap, "by the CRL of %s", date);
}

void duet_get_revocation_line(char dst[DUET_GET_REVOCATION_LINE],
			      const struct duet_revocation_facts *facts,
			      size_t at)
{
	char subject[160];
	char source[160];

	subject_of(subject, sizeof(subject), facts, at);
	source_of(source, sizeof(source), facts);
	switch (facts->state) {
	case DUET_REVOCATION_GOOD:
		(void)snprintf(dst, DUET_GET_REVOCATION_LINE,
			       "%s is not revoked, %s", subject, source);
		break;
	case DUET_REVOCATION_REVOKED:
		(void)snprintf(dst, DUET_GET_REVOCATION_LINE,
			       "%s is REVOKED (%s), %s", subject, facts->reason,
			       source);
		break;
	case DUET_REVOCATION_SHORT_LIVED:
		(void)snprintf(dst, DUET_GET_REVOCATION_LINE,
			       "%s is too short-lived to ask whether it is revoked",
			       subject);
		break;
	case DUET_REVOCATION_UNKNOWN:
		(void)snprintf(dst, DUET_GET_REVOCATION_LINE,
			       "whether %s is revoked is not known: %s",
			       subject, facts->words);
		break;
	default:
		(void)snprintf(dst, DUET_GET_REVOCATION_LINE,
			       "whether %s is revoked was not asked", subject);
	}
}

static json_t *one_json(const struct duet_revocation_facts *facts)
{
	const char *by = NULL;

	if (facts->stapled)
		by = "staple";
	else if (facts->this_update != 0)
		by = "crl";
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "subject", duet_json_text(facts->subject), "issuer",
			 duet_json_text(facts->issuer), "state",
			 duet_revocation_state_name(facts->state), "doubt",
			 duet_json_text(
				 duet_revocation_doubt_name(facts->doubt)),
			 "words", duet_json_text(facts->words), "by",
			 duet_json_text(by), "url", duet_json_text(facts->url),
			 "crl_number", duet_json_text(facts->number),
			 "this_update", duet_json_date(facts->this_update),
			 "next_update", duet_json_date(facts->next_update),
			 "revoked_at", duet_json_date(facts->revoked_at),
			 "reason", duet_json_text(facts->reason));
}

json_t *duet_get_revocation_json(const struct duet_facts *facts)
{
	json_t *array;
	size_t i;

	if (facts->n_revocation == 0)
		return json_null();
	array = json_array();
	for (i = 0; i < facts->n_revocation; i++)
		if (json_array_append_new(array,
					  one_json(&facts->revocation[i])) !=
		    0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/*
 * A certificate without a CRL is that of a CA which issues none, and the same
 * tomorrow: -v tells. A CRL that cannot be had is news.
 */
static bool is_news(const struct duet_revocation_facts *facts)
{
	return facts->state == DUET_REVOCATION_UNKNOWN &&
	       facts->doubt != DUET_DOUBT_NO_POINT &&
	       facts->doubt != DUET_DOUBT_OTHER_POINT;
}

void duet_get_revocation_warn(const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	char line[DUET_GET_REVOCATION_LINE];
	char warning[DUET_GET_REVOCATION_LINE + 64];
	size_t i;

	/* Of a kept connection it has been said. */
	if (facts->size == 0 || facts->reused)
		return;
	for (i = 0; i < facts->n_revocation; i++) {
		if (!is_news(&facts->revocation[i]))
			continue;
		duet_get_revocation_line(line, &facts->revocation[i], i);
		(void)snprintf(warning, sizeof(warning),
			       "warning: %s; see --revocation", line);
		duet_complain("duet get", warning);
	}
}
