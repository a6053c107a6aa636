/* SPDX-License-Identifier: MIT */
#include "get/write_values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "get/receipt.h"
#include "get/report.h"

enum {
	SHOWN = 4096,
	US = 1000000,
	LINE = JSON_COMPACT | JSON_REAL_PRECISION(12),
};

void duet_get_value_print_text(FILE *out, const char *text)
{
	char shown[SHOWN];

	if (text == NULL)
		return;
	duet_str_printable(shown, sizeof(shown), duet_str(text));
	(void)fputs(shown, out);
}

static bool has_facts(const struct duet_get_outcome *outcome)
{
	return outcome->facts.size > 0;
}

static const char *header_of(const struct duet_get_outcome *outcome,
			     const char *name)
{
	return outcome->head != NULL ? duet_head_get(outcome->head, name)
				     : NULL;
}

/* ---- the answer ---- */

static void print_status(FILE *out, const struct duet_get_outcome *outcome)
{
	(void)fprintf(out, "%03d",
		      outcome->head != NULL ? (int)outcome->head->status : 0);
}

static void print_http_version(FILE *out,
			       const struct duet_get_outcome *outcome)
{
	char version[DUET_GET_VERSION_BYTES] = "0";

	if (outcome->head != NULL)
		duet_get_http_version(version, outcome->head);
	(void)fputs(version, out);
}

static void print_content_type(FILE *out,
			       const struct duet_get_outcome *outcome)
{
	duet_get_value_print_text(out, header_of(outcome, "Content-Type"));
}

static void print_num_headers(FILE *out, const struct duet_get_outcome *outcome)
{
	const struct duet_header *line =
		outcome->head != NULL ? outcome->head->headers : NULL;
	unsigned n = 0;

	for (; line != NULL && line->name != NULL; line++)
		n++;
	(void)fprintf(out, "%u", n);
}

/* ---- the way ---- */

static const char *last_url(const struct duet_get_outcome *outcome)
{
	if (outcome->final_url != NULL)
		return outcome->final_url;
	return has_facts(outcome) && outcome->facts.url[0] != '\0'
		       ? outcome->facts.url
		       : outcome->url;
}

static void print_url_effective(FILE *out,
				const struct duet_get_outcome *outcome)
{
	duet_get_value_print_text(out, last_url(outcome));
}

static void print_scheme(FILE *out, const struct duet_get_outcome *outcome)
{
	const char *url = last_url(outcome);

	(void)fprintf(out, "%.*s", (int)strcspn(url, ":"), url);
}

static void print_num_redirects(FILE *out,
				const struct duet_get_outcome *outcome)
{
	(void)fprintf(out, "%" PRIu32, outcome->facts.redirects);
}

static void print_num_connects(FILE *out,
			       const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	const struct duet_hop *const *at = facts->hops;
	unsigned n = 0;

	for (; has_facts(outcome) && at != NULL && *at != NULL; at++)
		n += !(*at)->reused;
	n += has_facts(outcome) && !facts->reused && facts->connected_us >= 0;
	(void)fprintf(out, "%u", n);
}

/* "192.0.2.1:443", "[2001:db8::1]:443": where the port's colon is. */
static size_t colon_of(const struct duet_get_outcome *outcome)
{
	const char *address = outcome->facts.address;
	const char *colon = has_facts(outcome) && address != NULL
				    ? strrchr(address, ':')
				    : NULL;

	return colon != NULL ? (size_t)(colon - address) : 0;
}

static void print_remote_ip(FILE *out, const struct duet_get_outcome *outcome)
{
	size_t len = colon_of(outcome);
	const char *address = outcome->facts.address;

	if (len > 1 && address[0] == '[') {
		address++;
		len -= 2;
	}
	if (len > 0)
		(void)fprintf(out, "%.*s", (int)len, address);
}

static void print_remote_port(FILE *out, const struct duet_get_outcome *outcome)
{
	size_t len = colon_of(outcome);

	(void)fputs(len > 0 ? outcome->facts.address + len + 1 : "0", out);
}

/* curl's: 0 is verified, or nothing to verify; else OpenSSL's number. */
static void print_ssl_verify_result(FILE *out,
				    const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	int number = 0;

	if (has_facts(outcome) && facts->tls_version != NULL &&
	    facts->tls_version[0] != '\0' && !facts->verified)
		number = outcome->error.x509 != 0 ? outcome->error.x509 : 1;
	(void)fprintf(out, "%d", number);
}

/* Of the server's own certificate. */
static void print_revocation(FILE *out, const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;

	if (has_facts(outcome) && facts->n_revocation > 0)
		(void)fputs(duet_revocation_state_name(
				    facts->revocation[0].state),
			    out);
}

/* ---- speed and time ---- */

static void print_rate(FILE *out, const struct duet_get_outcome *outcome,
		       uint64_t bytes)
{
	int64_t us = has_facts(outcome) ? outcome->facts.total_us : 0;

	(void)fprintf(out, "%" PRIu64,
		      us > 0 ? (uint64_t)((double)bytes * US / (double)us) : 0);
}

static void print_speed_download(FILE *out,
				 const struct duet_get_outcome *outcome)
{
	print_rate(out, outcome, outcome->facts.body_bytes);
}

static void print_speed_upload(FILE *out,
			       const struct duet_get_outcome *outcome)
{
	print_rate(out, outcome, outcome->facts.request_bytes);
}

static void print_seconds(FILE *out, int64_t us)
{
	if (us < 0)
		us = 0;
	(void)fprintf(out, "%" PRId64 ".%06" PRId64, us / US, us % US);
}

static void print_pretransfer(FILE *out, const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	int64_t us = facts->asked_us;

	if (facts->connected_us > us)
		us = facts->connected_us;
	if (facts->handshake_us > us)
		us = facts->handshake_us;
	print_seconds(out, has_facts(outcome) ? us : 0);
}

/* ---- what became of it ---- */

static bool is_whole(const struct duet_get_outcome *outcome)
{
	return outcome->exit == 0 && outcome->facts.evidence != DUET_BY_NONE;
}

static void print_whole(FILE *out, const struct duet_get_outcome *outcome)
{
	(void)fputs(is_whole(outcome) ? "true" : "false", out);
}

static void print_evidence(FILE *out, const struct duet_get_outcome *outcome)
{
	if (outcome->facts.evidence != DUET_BY_NONE)
		(void)fputs(duet_evidence_name(outcome->facts.evidence), out);
}

static void print_cut(FILE *out, const struct duet_get_outcome *outcome)
{
	if (outcome->facts.cut != DUET_CUT_NONE)
		(void)fputs(duet_cut_name(outcome->facts.cut), out);
}

static void print_exitcode(FILE *out, const struct duet_get_outcome *outcome)
{
	(void)fprintf(out, "%d", outcome->exit);
}

static void print_errormsg(FILE *out, const struct duet_get_outcome *outcome)
{
	if (outcome->exit != 0)
		duet_get_value_print_text(out, outcome->error.text);
}

static void print_error_word(FILE *out, const struct duet_get_outcome *outcome)
{
	if (outcome->exit != 0)
		(void)fputs(outcome->word != NULL
				    ? outcome->word
				    : duet_status_word(outcome->error.code),
			    out);
}

static void print_sha256(FILE *out, const struct duet_get_outcome *outcome)
{
	if (outcome->checksum != NULL)
		(void)fputs(outcome->checksum->sums[DUET_HASH_SHA256], out);
}

static void print_checksum(FILE *out, const struct duet_get_outcome *outcome)
{
	const char *word =
		outcome->checksum != NULL
			? duet_get_verdict_word(outcome->checksum->verdict)
			: NULL;

	duet_get_value_print_text(out, word);
}

/* The worst of all fields. */
static void print_digest(FILE *out, const struct duet_get_outcome *outcome)
{
	const struct duet_digest_facts *const *at = outcome->facts.digests;
	uint8_t worst = DUET_DIGEST_UNCHECKED;

	for (; has_facts(outcome) && at != NULL && *at != NULL; at++)
		if ((*at)->state > worst)
			worst = (*at)->state;
	if (worst != DUET_DIGEST_UNCHECKED)
		(void)fputs(worst == DUET_DIGEST_GOOD ? "good" : "wrong", out);
}

static void print_written(FILE *out, const struct duet_get_outcome *outcome)
{
	(void)fprintf(out, "%" PRIu64, outcome->written);
}

static void print_urlnum(FILE *out, const struct duet_get_outcome *outcome)
{
	(void)fprintf(out, "%zu", outcome->at);
}

static void print_json(FILE *out, const struct duet_get_outcome *outcome)
{
	json_t *object = duet_get_report_object(outcome);
	char *text = object != NULL ? json_dumps(object, LINE) : NULL;

	if (text != NULL)
		(void)fputs(text, out);
	free(text);
	json_decref(object);
}

#define FACT(kind, member) \
	DUET_GET_VALUE_##kind, offsetof(struct duet_facts, member), NULL
#define TEXT(member) \
	DUET_GET_VALUE_TEXT, offsetof(struct duet_get_outcome, member), NULL
#define CALL(function) DUET_GET_VALUE_CALL, 0, function

const struct duet_get_value duet_get_values[] = {
	{ "alpn", FACT(WORD, alpn) },
	{ "checksum", CALL(print_checksum) },
	{ "coding", FACT(WORD, coding) },
	{ "content_type", CALL(print_content_type) },
	{ "cut", CALL(print_cut) },
	{ "digest", CALL(print_digest) },
	{ "error_word", CALL(print_error_word) },
	{ "errormsg", CALL(print_errormsg) },
	{ "evidence", CALL(print_evidence) },
	{ "exitcode", CALL(print_exitcode) },
	{ "filename_effective", TEXT(file) },
	{ "http_code", CALL(print_status) },
	{ "http_version", CALL(print_http_version) },
	{ "json", CALL(print_json) },
	{ "method", TEXT(method) },
	{ "num_connects", CALL(print_num_connects) },
	{ "num_headers", CALL(print_num_headers) },
	{ "num_redirects", CALL(print_num_redirects) },
	{ "onerror", DUET_GET_VALUE_ONERROR, 0, NULL },
	{ "part", TEXT(part) },
	{ "proxy", FACT(WORD, proxy) },
	{ "remote_ip", CALL(print_remote_ip) },
	{ "remote_port", CALL(print_remote_port) },
	{ "response_code", CALL(print_status) },
	{ "resumed", FACT(BOOL, resumed) },
	{ "reused", FACT(BOOL, reused) },
	{ "revocation", CALL(print_revocation) },
	{ "scheme", CALL(print_scheme) },
	{ "sha256", CALL(print_sha256) },
	{ "size_download", FACT(SIZE, body_bytes) },
	{ "size_upload", FACT(SIZE, request_bytes) },
	{ "size_wire", FACT(SIZE, wire_bytes) },
	{ "size_written", CALL(print_written) },
	{ "speed_download", CALL(print_speed_download) },
	{ "speed_upload", CALL(print_speed_upload) },
	{ "ssl_verify_result", CALL(print_ssl_verify_result) },
	{ "stderr", DUET_GET_VALUE_STDERR, 0, NULL },
	{ "stdout", DUET_GET_VALUE_STDOUT, 0, NULL },
	{ "time_appconnect", FACT(TIME, handshake_us) },
	{ "time_connect", FACT(TIME, connected_us) },
	{ "time_namelookup", FACT(TIME, resolved_us) },
	{ "time_pretransfer", CALL(print_pretransfer) },
	{ "time_redirect", FACT(TIME, asked_us) },
	{ "time_starttransfer", FACT(TIME, first_byte_us) },
	{ "time_total", FACT(TIME, total_us) },
	{ "tls_cipher", FACT(WORD, tls_cipher) },
	{ "tls_group", FACT(WORD, tls_group) },
	{ "tls_version", FACT(WORD, tls_version) },
	{ "url", TEXT(url) },
	{ "url_effective", CALL(print_url_effective) },
	{ "urlnum", CALL(print_urlnum) },
	{ "verified", FACT(BOOL, verified) },
	{ "whole", CALL(print_whole) },
	{ 0 },
};

void duet_get_value_print(FILE *out, const struct duet_get_value *value,
			  const struct duet_get_outcome *outcome)
{
	const char *fact = (const char *)&outcome->facts + value->offset;

	switch (value->kind) {
	case DUET_GET_VALUE_TEXT:
		duet_get_value_print_text(out,
					  *(const char *const
						    *)((const char *)outcome +
						       value->offset));
		break;
	case DUET_GET_VALUE_SIZE:
		(void)fprintf(out, "%" PRIu64, *(const uint64_t *)fact);
		break;
	case DUET_GET_VALUE_TIME:
		print_seconds(out,
			      has_facts(outcome) ? *(const int64_t *)fact : 0);
		break;
	case DUET_GET_VALUE_BOOL:
		(void)fputs(*(const bool *)fact ? "true" : "false", out);
		break;
	case DUET_GET_VALUE_WORD:
		duet_get_value_print_text(out, *(const char *const *)fact);
		break;
	case DUET_GET_VALUE_CALL:
		value->print(out, outcome);
		break;
	default:
		break;
	}
}
