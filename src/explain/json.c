/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "cli/exit.h"
#include "explain/draw.h"

static json_t *milliseconds(int64_t us)
{
	return us < 0 ? json_null() : json_real((double)us / 1000);
}

/* true, false, or null for what is not known. */
static json_t *answer(enum duet_explain_answer taken)
{
	if (taken == DUET_EXPLAIN_UNKNOWN)
		return json_null();
	return json_boolean(taken == DUET_EXPLAIN_YES);
}

/* Takes over value; false: there is no memory, and no array any more. */
static bool push(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) == 0)
		return true;
	json_decref(*array);
	*array = NULL;
	return false;
}

static json_t *offers_of(const struct duet_explain_offer *offers, size_t n)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < n; i++)
		if (json_object_set_new(object, offers[i].name,
					answer(offers[i].taken)) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *certificate(const struct duet_explain_cert *cert)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}",
			 "name", duet_json_text(cert->name), "issuer",
			 duet_json_text(cert->issuer), "names",
			 duet_json_text(cert->names), "key",
			 duet_json_text(cert->key), "signature",
			 duet_json_text(cert->signature), "sha256",
			 duet_json_text(cert->sha256), "issuer_url",
			 duet_json_text(cert->issuer_url), "not_before",
			 duet_json_date(cert->not_before), "not_after",
			 duet_json_date(cert->not_after), "ca",
			 (int)cert->is_ca, "self_signed",
			 (int)cert->self_signed);
}

static json_t *chain_of(const struct duet_explain_chain *chain)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < chain->n && array != NULL; i++)
		(void)push(&array, certificate(&chain->certs[i]));
	return array;
}

static json_t *revocation_of(const struct duet_explain_facts *facts)
{
	json_t *array;
	size_t i;

	if (facts->n_revocation == 0)
		return json_null();
	array = json_array();
	for (i = 0; i < facts->n_revocation; i++) {
		json_t *one =
			json_pack("{s:o, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o}",
				  "name",
				  duet_json_text(facts->revocation[i].name),
				  "state",
				  duet_revocation_state_name(
					  facts->revocation[i].state),
				  "doubt",
				  duet_json_text(duet_revocation_doubt_name(
					  facts->revocation[i].doubt)),
				  "words",
				  duet_json_text(facts->revocation[i].words),
				  "stapled", (int)facts->revocation[i].stapled,
				  "crl_number",
				  duet_json_text(facts->revocation[i].number),
				  "this_update",
				  duet_json_date(
					  facts->revocation[i].this_update),
				  "revoked_at",
				  duet_json_date(
					  facts->revocation[i].revoked_at),
				  "reason",
				  duet_json_text(facts->revocation[i].reason));

		if (!push(&array, one))
			break;
	}
	return array;
}

static json_t *fetch_of(const struct duet_explain_facts *facts)
{
	static const char *const words[] = {
		[DUET_EXPLAIN_FETCH_GOOD] = "good",
		[DUET_EXPLAIN_FETCH_BAD] = "bad",
		[DUET_EXPLAIN_FETCH_FAILED] = "failed",
	};

	if (facts->fetch == DUET_EXPLAIN_FETCH_NONE)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o}", "result", words[facts->fetch],
			 "url", duet_json_text(facts->fetch_url), "name",
			 duet_json_text(facts->fetch_name), "words",
			 duet_json_text(facts->fetch_words));
}

static json_t *findings_of(const struct duet_explain_findings *findings)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < findings->n; i++) {
		const struct duet_explain_finding *one = &findings->items[i];
		json_t *object =
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "level",
				  duet_explain_level_word(one->level), "whose",
				  duet_explain_side_word(one->side), "word",
				  one->code != DUET_OK
					  ? duet_json_text(
						    duet_status_word(one->code))
					  : json_null(),
				  "what", duet_json_text(one->what), "because",
				  duet_json_text(one->whose), "remedy",
				  duet_json_text(one->remedy));

		if (!push(&array, object))
			break;
	}
	return array;
}

static json_t *closing_of(enum duet_explain_closing closing)
{
	static const char *const words[] = {
		[DUET_EXPLAIN_CLOSING_UNKNOWN] = NULL,
		[DUET_EXPLAIN_CLOSING_NOTIFY] = "close_notify",
		[DUET_EXPLAIN_CLOSING_BARE] = "bare",
		[DUET_EXPLAIN_CLOSING_NEVER] = "never",
	};

	return duet_json_text(words[closing]);
}

static json_t *plain_of(const struct duet_explain_facts *facts)
{
	if (facts->plain == DUET_EXPLAIN_PLAIN_UNKNOWN)
		return json_null();
	return json_pack("{s:o, s:b}", "status",
			 facts->plain == DUET_EXPLAIN_PLAIN_ANSWER
				 ? json_integer(facts->plain_status)
				 : json_null(),
			 "to_https", (int)facts->plain_to_https);
}

static json_t *connection_of(const struct duet_explain_facts *facts)
{
	return json_pack("{s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:b, s:b, s:o}",
			 "address", duet_json_text(facts->address), "proxy",
			 duet_json_text(facts->proxy), "timings_ms", "resolved",
			 milliseconds(facts->resolved_us), "connected",
			 milliseconds(facts->connected_us), "handshake",
			 milliseconds(facts->handshake_us), "first_byte",
			 milliseconds(facts->first_byte_us), "version",
			 duet_json_text(facts->version), "cipher",
			 duet_json_text(facts->cipher), "group",
			 duet_json_text(facts->group), "alpn",
			 duet_json_text(facts->alpn), "verified",
			 (int)facts->verified, "certificate_wanted",
			 (int)facts->certificate_wanted, "status",
			 facts->status > 0 ? json_integer(facts->status)
					   : json_null());
}

json_t *duet_explain_json(const struct duet_explain_facts *facts,
			  const struct duet_explain_findings *findings)
{
	json_t *object =
		json_pack("{s:o, s:b, s:i, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
			  "url", duet_json_text(facts->url), "good",
			  findings->n == 0 || findings->items[0].level !=
						      DUET_EXPLAIN_FAULT,
			  "exit", duet_explain_exit(findings), "findings",
			  findings_of(findings), "connection",
			  connection_of(facts), "chain", chain_of(&facts->sent),
			  "path", chain_of(&facts->path), "path_whole",
			  (int)facts->path_whole, "fetched", fetch_of(facts),
			  "anchor_file", duet_json_text(facts->anchor_file),
			  "revocation", revocation_of(facts), "versions",
			  offers_of(facts->versions, DUET_EXPLAIN_VERSIONS),
			  "groups",
			  offers_of(facts->groups, DUET_EXPLAIN_GROUPS),
			  "protocols",
			  offers_of(facts->protocols, DUET_EXPLAIN_PROTOCOLS),
			  "closes", closing_of(facts->closing), "plain_http",
			  plain_of(facts), "server_date",
			  duet_json_date(facts->server_date), "out_of_time",
			  (int)facts->out_of_time);

	if (object != NULL &&
	    json_object_set_new(object, "resumes", answer(facts->resumes)) == 0)
		return object;
	json_decref(object);
	return NULL;
}
