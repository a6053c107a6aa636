/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include <stdio.h>

#include <jansson.h>

#include "base/error.h"
#include "mint/show.h"

enum {
	INDENT = 2,
};

static json_t *list(const char *const *strings)
{
	json_t *array = json_array();

	for (; array != NULL && *strings != NULL; strings++)
		if (json_array_append_new(array, json_string(*strings)) != 0) {
			json_decref(array);
			array = NULL;
		}
	return array;
}

static const char *kind_word(enum duet_subject_kind kind)
{
	switch (kind) {
	case DUET_IS_CERTIFICATE:
		return "certificate";
	case DUET_IS_CSR:
		return "request";
	case DUET_IS_CRL:
		return "crl";
	case DUET_IS_PRIVATE_KEY:
		return "private_key";
	}
	return "unknown";
}

static json_t *certificate(const struct duet_facts_cert *facts)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:b,"
			 " s:b, s:s, s:s, s:s, s:s, s:s}",
			 "kind", kind_word(facts->kind), "subject",
			 facts->subject, "issuer", facts->issuer, "serial",
			 facts->serial, "names", list(facts->names),
			 "permitted", list(facts->permitted), "not_before",
			 duet_json_date(facts->not_before), "not_after",
			 duet_json_date(facts->not_after), "usage",
			 facts->usage, "is_ca", facts->is_ca, "self_signed",
			 facts->self_signed, "key", facts->key, "signature",
			 facts->signature, "crl_url", facts->crl_url, "sha256",
			 facts->sha256, "spki_sha256", facts->spki_sha256);
}

static json_t *request(const struct duet_facts_cert *facts)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:b, s:s}", "kind",
			 kind_word(facts->kind), "subject", facts->subject,
			 "names", list(facts->names), "usage", facts->usage,
			 "key", facts->key, "signature", facts->signature,
			 "signature_holds", facts->self_signed, "spki_sha256",
			 facts->spki_sha256);
}

static json_t *crl(const struct duet_facts_cert *facts)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:s}", "kind",
			 kind_word(facts->kind), "issuer", facts->issuer,
			 "number", facts->serial, "this_update",
			 duet_json_date(facts->not_before), "next_update",
			 duet_json_date(facts->not_after), "signature",
			 facts->signature, "revoked", list(facts->revoked),
			 "sha256", facts->sha256);
}

static json_t *item(const struct duet_facts_cert *facts)
{
	switch (facts->kind) {
	case DUET_IS_CERTIFICATE:
		return certificate(facts);
	case DUET_IS_CSR:
		return request(facts);
	case DUET_IS_CRL:
		return crl(facts);
	case DUET_IS_PRIVATE_KEY:
		break;
	}
	return json_pack("{s:s, s:s, s:s}", "kind", kind_word(facts->kind),
			 "key", facts->key, "spki_sha256", facts->spki_sha256);
}

static json_t *items(const struct duet_inspection *inspection)
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	json_t *array = json_array();
	size_t i;

	for (i = 0; array != NULL && i < duet_inspection_count(inspection);
	     i++) {
		if (duet_inspection_get(inspection, i, &facts) == DUET_OK &&
		    json_array_append_new(array, item(&facts)) == 0)
			continue;
		json_decref(array);
		array = NULL;
	}
	return array;
}

static json_t *refusal(const struct duet_mint_sight *sight)
{
	const struct duet_error *why = &sight->refusal;

	if (sight->verified)
		return json_null();
	return json_pack("{s:s, s:s}", "word", duet_status_word(why->code),
			 "text", why->text);
}

static int add_sight(json_t *root, const struct duet_mint_sight *sight)
{
	json_t *tls = json_pack("{s:s, s:s, s:s}", "version", sight->version,
				"cipher", sight->cipher, "group", sight->group);

	if (json_object_set_new(root, "verified",
				json_boolean(sight->verified)) != 0 ||
	    json_object_set_new(root, "error", refusal(sight)) != 0 ||
	    json_object_set_new(root, "tls", tls) != 0)
		return -1;
	return 0;
}

int duet_mint_show_json(const char *source,
			const struct duet_inspection *inspection,
			const struct duet_mint_sight *sight, FILE *out,
			struct duet_error *err)
{
	json_t *root = json_pack("{s:s}", "source", source);
	int rc = DUET_OK;

	if (root == NULL || (sight != NULL && add_sight(root, sight) != 0) ||
	    json_object_set_new(root, "items", items(inspection)) != 0 ||
	    json_dumpf(root, out, JSON_INDENT(INDENT)) != 0)
		rc = duet_error_set(err, DUET_E_NOMEM,
				    "cannot write the description as JSON");
	else
		(void)fputc('\n', out);
	json_decref(root);
	return rc;
}
