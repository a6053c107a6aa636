/* SPDX-License-Identifier: MIT */
#include "get/receipt.h"

#include <inttypes.h>
#include <stdio.h>

#include <duet/cert.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/json.h"
#include "cli/url.h"
#include "get/report.h"

enum {
	FORM = 1, /* of a receipt: counted up when a member changes meaning */
	PIN_BYTES = 64,
};

void duet_get_http_version(char dst[DUET_GET_VERSION_BYTES],
			   const struct duet_head *head)
{
	if (head->major == 1)
		(void)snprintf(dst, DUET_GET_VERSION_BYTES, "1.%" PRId32,
			       head->minor);
	else
		(void)snprintf(dst, DUET_GET_VERSION_BYTES, "%" PRId32,
			       head->major);
}

/* ---- the way there ---- */

/* The way in it, and not who went it: null without one. */
static json_t *location_of(const struct duet_head *answer)
{
	const char *location = duet_head_get(answer, "Location");
	char *shown;
	json_t *value;

	if (location == NULL)
		return json_null();
	shown = duet_cli_url_public(location);
	if (shown == NULL)
		return NULL;
	value = duet_json_text(shown);
	duet_mem_free(shown);
	return value;
}

static json_t *hop(const char *url, const struct duet_head *answer,
		   const char *address, const char *proxy)
{
	return json_pack("{s:o, s:i, s:o, s:o, s:o}", "url",
			 duet_json_text(url), "status", (int)answer->status,
			 "location", location_of(answer), "address",
			 duet_json_text(address), "proxy",
			 duet_json_text(proxy));
}

/* Each answer there was: those that led on, and the last one. */
static json_t *hops_of(const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	const struct duet_hop *const *at = facts->hops;
	json_t *list = json_array();
	int rc = 0;

	for (; facts->size > 0 && at != NULL && *at != NULL; at++)
		rc |= json_array_append_new(list,
					    hop((*at)->url, (*at)->answer,
						(*at)->address, (*at)->proxy));
	if (outcome->head != NULL)
		rc |= json_array_append_new(list,
					    hop(outcome->final_url,
						outcome->head, facts->address,
						facts->proxy));
	if (rc == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* ---- the certificates ---- */

static json_t *certificate(const struct duet_facts_cert *cert)
{
	char pin[PIN_BYTES];

	(void)snprintf(pin, sizeof(pin), "sha256//%s", cert->spki_sha256);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "subject",
			 duet_json_text(cert->subject), "issuer",
			 duet_json_text(cert->issuer), "serial",
			 duet_json_text(cert->serial), "not_before",
			 duet_json_date(cert->not_before), "not_after",
			 duet_json_date(cert->not_after), "sha256",
			 cert->sha256, "pin", pin);
}

/* As the server sent them; null where it sent none. */
static json_t *chain_of(const struct duet_facts *facts)
{
	struct duet_facts_cert cert = { .size = sizeof(cert) };
	struct duet_inspection *chain = NULL;
	json_t *list;
	int rc = 0;
	size_t i;

	if (facts->size > 0 && facts->chain_pem.len > 0)
		chain = duet_inspect(facts->chain_pem, NULL);
	if (chain == NULL)
		return json_null();
	list = json_array();
	for (i = 0; i < duet_inspection_count(chain); i++)
		if (duet_inspection_get(chain, i, &cert) == DUET_OK)
			rc |= json_array_append_new(list, certificate(&cert));
	duet_inspection_free(chain);
	if (rc == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* ---- all of it ---- */

static json_t *http_of(const struct duet_head *head)
{
	char version[DUET_GET_VERSION_BYTES];

	if (head == NULL)
		return json_null();
	duet_get_http_version(version, head);
	return json_string(version);
}

static json_t *sha256_of(const struct duet_get_outcome *outcome)
{
	return outcome->checksum != NULL
		       ? duet_json_text(
				 outcome->checksum->sums[DUET_HASH_SHA256])
		       : json_null();
}

json_t *duet_get_receipt_object(const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	int64_t took =
		facts->size > 0 && facts->total_us > 0 ? facts->total_us : 0;
	bool whole = outcome->exit == 0 && facts->evidence != DUET_BY_NONE;
	json_t *object = duet_get_report_object(outcome);
	json_t *more =
		json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "whole",
			  (int)whole, "began",
			  duet_json_date(outcome->began_ms / 1000), "ended",
			  duet_json_date((outcome->began_ms + took / 1000) /
					 1000),
			  "hops", hops_of(outcome), "http",
			  http_of(outcome->head), "sha256", sha256_of(outcome),
			  "chain", chain_of(facts));
	int rc = -1;

	if (object != NULL && more != NULL)
		rc = json_object_update(object, more);
	json_decref(more);
	if (rc == 0)
		return object;
	json_decref(object);
	return NULL;
}

int duet_get_receipt_begin(struct duet_get_paper *paper, const char *path,
			   struct duet_error *err)
{
	json_t *root = json_pack("{s:i, s:s, s:[]}", "receipt", FORM, "program",
				 "duet " DUET_VERSION, "transfers");

	return duet_get_paper_begin(paper, "--receipt", path, root,
				    json_object_get(root, "transfers"), err);
}

int duet_get_receipt_add(struct duet_get_paper *paper,
			 const struct duet_get_outcome *outcome,
			 struct duet_error *err)
{
	int rc = duet_get_paper_add(paper, duet_get_receipt_object(outcome),
				    err);

	return rc == DUET_OK ? duet_get_paper_keep(paper, duet_clock_us(), err)
			     : rc;
}
