/* SPDX-License-Identifier: MIT */
#include "get/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "cli/json.h"
#include "get/revocation.h"

static json_t *number(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

/* us as ms with three decimals; null for what did not happen */
static json_t *milliseconds(int64_t us)
{
	return us < 0 ? json_null() : json_real((double)us / 1000);
}

static json_t *timings_of(const struct duet_facts *facts)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "resolved",
			 milliseconds(facts->resolved_us), "connected",
			 milliseconds(facts->connected_us), "handshake",
			 milliseconds(facts->handshake_us), "first_byte",
			 milliseconds(facts->first_byte_us), "total",
			 milliseconds(facts->total_us));
}

static json_t *tls_of(const struct duet_facts *facts)
{
	if (facts->tls_version == NULL || facts->tls_version[0] == '\0')
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o}",
			 "version", duet_json_text(facts->tls_version),
			 "cipher", duet_json_text(facts->tls_cipher), "group",
			 duet_json_text(facts->tls_group), "alpn",
			 duet_json_text(facts->alpn), "resumed",
			 (int)facts->resumed, "verified", (int)facts->verified,
			 "certificate_wanted", (int)facts->certificate_wanted,
			 "subject", duet_json_text(facts->peer_subject),
			 "issuer", duet_json_text(facts->peer_issuer),
			 "not_before", duet_json_date(facts->not_before),
			 "not_after", duet_json_date(facts->not_after));
}

static json_t *error_of(const struct duet_get_outcome *outcome)
{
	const struct duet_error *err = &outcome->error;
	const char *from = NULL;

	if (outcome->exit == 0)
		return json_null();
	if (err->alert_from == DUET_SIDE_US)
		from = "us";
	else if (err->alert_from == DUET_SIDE_PEER)
		from = "peer";
	return json_pack("{s:s, s:o, s:i, s:o, s:o, s:o, s:o}", "word",
			 outcome->word != NULL ? outcome->word
					       : duet_status_word(err->code),
			 "code",
			 err->code != DUET_OK ? json_integer(err->code)
					      : json_null(),
			 "exit", outcome->exit, "text",
			 duet_json_text(err->text), "reason",
			 duet_json_text(err->reason), "alert",
			 number(err->alert), "alert_from",
			 duet_json_text(from));
}

static json_t *evidence(enum duet_evidence by)
{
	return by == DUET_BY_NONE ? json_null()
				  : json_string(duet_evidence_name(by));
}

static json_t *cut(enum duet_cut how)
{
	return how == DUET_CUT_NONE ? json_null()
				    : json_string(duet_cut_name(how));
}

static json_t *early_data(uint8_t early)
{
	return early == DUET_EARLY_NONE ? json_null()
					: json_string(duet_early_name(early));
}

static json_t *answer_of(const struct duet_get_outcome *outcome)
{
	const struct duet_head *head = outcome->head;
	const struct duet_facts *facts = &outcome->facts;

	return json_pack("{s:o, s:o, s:o, s:o}", "final_url",
			 duet_json_text(outcome->final_url), "status",
			 number(head != NULL ? head->status : -1), "evidence",
			 evidence(facts->evidence), "close_notify",
			 head != NULL ? json_boolean(facts->close_notify)
				      : json_null());
}

/* What is known without an answer too, as far as it came. */
static json_t *way_of(const struct duet_facts *facts)
{
	if (facts->size == 0)
		return json_pack("{s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n}",
				 "address", "proxy", "redirects", "reused",
				 "cut", "timings_ms", "tls", "revocation",
				 "early_data");
	return json_pack("{s:o, s:o, s:i, s:b, s:o, s:o, s:o, s:o, s:o}",
			 "address", duet_json_text(facts->address), "proxy",
			 duet_json_text(facts->proxy), "redirects",
			 (int)facts->redirects, "reused", (int)facts->reused,
			 "cut", cut(facts->cut), "timings_ms",
			 timings_of(facts), "tls", tls_of(facts), "revocation",
			 duet_get_revocation_json(facts), "early_data",
			 early_data(facts->early_data));
}

static json_t *checksum_of(const struct duet_get_checksum *checksum)
{
	const struct duet_get_sum *want;

	if (checksum == NULL || checksum->want.hex[0] == '\0')
		return json_null();
	want = &checksum->want;
	return json_pack("{s:s, s:s, s:o, s:o}", "algorithm",
			 duet_get_sum_name(want->kind), "expected", want->hex,
			 "found", duet_json_text(checksum->sums[want->kind]),
			 "verdict",
			 duet_json_text(
				 duet_get_verdict_word(checksum->verdict)));
}

static json_t *digest_of(const struct duet_digest_facts *fact)
{
	static const char *const words[] = { NULL, "good", "wrong" };

	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o}", "field", fact->field,
			 "algorithm", fact->algorithm, "verdict",
			 duet_json_text(words[fact->state]), "words",
			 duet_json_text(fact->words), "told", fact->told,
			 "found", duet_json_text(fact->found));
}

json_t *duet_get_digests_json(const struct duet_facts *facts)
{
	json_t *list;
	size_t i;

	if (facts->size == 0 || facts->digests == NULL)
		return json_null();
	list = json_array();
	for (i = 0; facts->digests[i] != NULL; i++)
		if (json_array_append_new(list, digest_of(facts->digests[i])) !=
		    0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static bool is_decoded(const struct duet_facts *facts)
{
	return facts->coding != NULL && facts->coding[0] != '\0';
}

static json_t *sizes_of(const struct duet_get_outcome *outcome)
{
	const struct duet_head *head = outcome->head;
	const struct duet_facts *facts = &outcome->facts;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I}", "sent",
			 number(facts->size > 0 ? (int64_t)facts->request_bytes
						: -1),
			 "expected",
			 number(head != NULL ? head->content_length : -1),
			 "body",
			 number(head != NULL ? (int64_t)facts->body_bytes : -1),
			 "decoded",
			 number(is_decoded(facts)
					? (int64_t)facts->decoded_bytes
					: -1),
			 "wire",
			 number(facts->size > 0 ? (int64_t)facts->wire_bytes
						: -1),
			 "written", (json_int_t)outcome->written);
}

json_t *duet_get_report_object(const struct duet_get_outcome *outcome)
{
	json_t *object = json_object();
	json_t *answer = answer_of(outcome);
	json_t *way = way_of(&outcome->facts);
	int rc;

	rc = json_object_set_new(object, "url", duet_json_text(outcome->url));
	rc |= json_object_set_new(object, "method",
				  duet_json_text(outcome->method));
	rc |= json_object_update(object, answer);
	rc |= json_object_update(object, way);
	rc |= json_object_set_new(object, "coding",
				  duet_json_text(outcome->facts.coding));
	rc |= json_object_set_new(object, "sizes", sizes_of(outcome));
	rc |= json_object_set_new(object, "file",
				  duet_json_text(outcome->file));
	rc |= json_object_set_new(object, "part",
				  duet_json_text(outcome->part));
	rc |= json_object_set_new(object, "digests",
				  duet_get_digests_json(&outcome->facts));
	rc |= json_object_set_new(object, "checksum",
				  checksum_of(outcome->checksum));
	rc |= json_object_set_new(object, "error", error_of(outcome));
	json_decref(answer);
	json_decref(way);
	if (rc == 0)
		return object;
	json_decref(object);
	return NULL;
}

int duet_get_report_print(const struct duet_get_outcome *outcome,
			  struct duet_error *err)
{
	json_t *object = duet_get_report_object(outcome);
	char *line;
	int rc = DUET_OK;

	if (object == NULL)
		return duet_error_nomem(err);
	line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(object);
	if (line == NULL)
		return duet_error_nomem(err);
	if (printf("%s\n", line) < 0 || fflush(stdout) != 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "cannot write to standard output");
	free(line);
	return rc;
}
