/* SPDX-License-Identifier: MIT */
#include "get/har.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/url.h"
#include "get/receipt.h"

enum {
	MS = 1000,
	SHOWN = 4096,
	DATE_BYTES = 64,
	ADDRESS_BYTES = 128,
};

/* One request, and what came of it. */
struct exchange {
	const char *url;
	const char *method;
	const struct duet_head *request; /* NULL: not known */
	const struct duet_head *answer;  /* NULL: there is none */
	const char *address;
	int64_t request_bytes;
	uint64_t body_bytes;
	uint64_t content_bytes; /* decoded, perhaps */
	int64_t asked_us;
	int64_t resolved_us;
	int64_t connected_us;
	int64_t handshake_us;
	int64_t first_byte_us;
	int64_t total_us;
};

/* A string, whatever is in it; never null. */
static json_t *text(const char *s)
{
	char shown[SHOWN];
	json_t *value = json_string(s != NULL ? s : "");

	if (value != NULL)
		return value;
	duet_str_printable(shown, sizeof(shown), duet_str(s));
	return json_string(shown);
}

static json_t *date(int64_t wall_ms)
{
	struct duet_civil civil;
	char s[DATE_BYTES];

	duet_civil_from_wall(&civil, wall_ms / MS);
	(void)snprintf(s, sizeof(s), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		       civil.year, civil.month, civil.day, civil.hour,
		       civil.minute, civil.second, (int)(wall_ms % MS));
	return json_string(s);
}

/* ---- fields ---- */

/* Who has them is who they are about. */
static bool is_secret(const char *name)
{
	static const char *const names[] = {
		"Authorization",
		"Proxy-Authorization",
		"Cookie",
		"Set-Cookie",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (duet_str_eq_nocase(name, names[i]))
			return true;
	return false;
}

/* One with a name and a password leaves those out. */
static json_t *url_text(const char *url, bool secrets)
{
	char *shown = secrets ? NULL : duet_cli_url_public(url);
	json_t *value;

	if (shown == NULL && !secrets)
		return NULL;
	value = text(secrets ? url : shown);
	duet_mem_free(shown);
	return value;
}

static bool is_url(const char *name)
{
	return duet_str_eq_nocase(name, "Location") ||
	       duet_str_eq_nocase(name, "Content-Location") ||
	       duet_str_eq_nocase(name, "Referer");
}

static json_t *header(const struct duet_header *line, bool secrets)
{
	if (is_url(line->name))
		return json_pack("{s:o, s:o}", "name", text(line->name),
				 "value", url_text(line->value, secrets));
	if (is_secret(line->name) && !secrets)
		return json_pack("{s:o, s:s, s:s}", "name", text(line->name),
				 "value", "", "comment", "left out");
	return json_pack("{s:o, s:o}", "name", text(line->name), "value",
			 text(line->value));
}

static json_t *headers_of(const struct duet_head *head, bool secrets)
{
	const struct duet_header *line = head != NULL ? head->headers : NULL;
	json_t *list = json_array();

	for (; list != NULL && line != NULL && line->name != NULL; line++)
		if (json_array_append_new(list, header(line, secrets)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* ---- a request ---- */

static json_t *part(const char *begin, size_t len)
{
	char shown[SHOWN];
	json_t *value = json_stringn(begin, len);

	if (value != NULL)
		return value;
	duet_str_printable(shown, sizeof(shown),
			   (struct duet_bytes){ begin, len });
	return json_string(shown);
}

/* As it stands in the URL. */
static json_t *query_of(const char *url)
{
	const char *p = url + strcspn(url, "?#");
	json_t *list = json_array();
	int rc = 0;

	while (*p == '?' || *p == '&') {
		size_t len = strcspn(++p, "&#");
		const char *equals = memchr(p, '=', len);
		size_t name = equals != NULL ? (size_t)(equals - p) : len;
		size_t skip = equals != NULL ? name + 1 : len;

		rc |= json_array_append_new(list,
					    json_pack("{s:o, s:o}", "name",
						      part(p, name), "value",
						      part(p + skip,
							   len - skip)));
		p += len;
	}
	if (rc == 0)
		return list;
	json_decref(list);
	return NULL;
}

static const char *version_of(const struct exchange *exchange, char dst[64])
{
	char number[DUET_GET_VERSION_BYTES];

	if (exchange->answer == NULL)
		return "";
	duet_get_http_version(number, exchange->answer);
	(void)snprintf(dst, 64, "HTTP/%s", number);
	return dst;
}

static json_t *request_of(const struct exchange *exchange, bool secrets)
{
	char version[64];

	return json_pack("{s:s, s:o, s:s, s:[], s:o, s:o, s:i, s:I}", "method",
			 exchange->method, "url", text(exchange->url),
			 "httpVersion", version_of(exchange, version),
			 "cookies", "headers",
			 headers_of(exchange->request, secrets), "queryString",
			 query_of(exchange->url), "headersSize", -1, "bodySize",
			 (json_int_t)exchange->request_bytes);
}

/* ---- an answer ---- */

static const char *field(const struct duet_head *head, const char *name)
{
	const char *value = head != NULL ? duet_head_get(head, name) : NULL;

	return value != NULL ? value : "";
}

static json_t *content_of(const struct exchange *exchange)
{
	return json_pack("{s:I, s:I, s:o}", "size",
			 (json_int_t)exchange->content_bytes, "compression",
			 (json_int_t)exchange->content_bytes -
				 (json_int_t)exchange->body_bytes,
			 "mimeType",
			 text(field(exchange->answer, "Content-Type")));
}

static json_t *response_of(const struct exchange *exchange, bool secrets)
{
	const struct duet_head *answer = exchange->answer;
	char version[64];

	return json_pack("{s:i, s:o, s:s, s:[], s:o, s:o, s:o, s:i, s:I}",
			 "status", answer != NULL ? (int)answer->status : 0,
			 "statusText",
			 text(answer != NULL ? answer->reason : ""),
			 "httpVersion", version_of(exchange, version),
			 "cookies", "headers", headers_of(answer, secrets),
			 "content", content_of(exchange), "redirectURL",
			 url_text(field(answer, "Location"), secrets),
			 "headersSize", -1, "bodySize",
			 (json_int_t)exchange->body_bytes);
}

/* ---- times ---- */

struct times {
	double dns, connect, ssl, wait, receive; /* in ms; -1: was not needed */
};

static double ms_between(int64_t from_us, int64_t to_us)
{
	return to_us > from_us ? (double)(to_us - from_us) / MS : 0;
}

/* Of TLS both are told: by itself, and as a part of connecting. */
static void take_times(struct times *ret, const struct exchange *exchange)
{
	int64_t at = exchange->asked_us > 0 ? exchange->asked_us : 0;
	int64_t total = exchange->total_us > at ? exchange->total_us : at;

	*ret = (struct times){ -1, -1, -1, 0, 0 };
	if (exchange->resolved_us >= 0) {
		ret->dns = ms_between(at, exchange->resolved_us);
		at = exchange->resolved_us > at ? exchange->resolved_us : at;
	}
	if (exchange->connected_us >= 0) {
		ret->connect = ms_between(at, exchange->connected_us);
		at = exchange->connected_us > at ? exchange->connected_us : at;
	}
	if (exchange->handshake_us >= 0) {
		ret->ssl = ms_between(at, exchange->handshake_us);
		ret->connect = (ret->connect > 0 ? ret->connect : 0) + ret->ssl;
		at = exchange->handshake_us > at ? exchange->handshake_us : at;
	}
	if (exchange->first_byte_us < 0) {
		ret->wait = ms_between(at, total);
		return;
	}
	ret->wait = ms_between(at, exchange->first_byte_us);
	ret->receive = ms_between(exchange->first_byte_us > at
					  ? exchange->first_byte_us
					  : at,
				  total);
}

static double sum_of(const struct times *times)
{
	return (times->dns > 0 ? times->dns : 0) +
	       (times->connect > 0 ? times->connect : 0) + times->wait +
	       times->receive;
}

static json_t *timings_of(const struct times *times)
{
	return json_pack("{s:i, s:f, s:f, s:i, s:f, s:f, s:f}", "blocked", -1,
			 "dns", times->dns, "connect", times->connect, "send",
			 0, "wait", times->wait, "receive", times->receive,
			 "ssl", times->ssl);
}

/* ---- an entry ---- */

static json_t *address_of(const char *address)
{
	char ip[ADDRESS_BYTES];
	size_t len;

	(void)snprintf(ip, sizeof(ip), "%s", address != NULL ? address : "");
	len = strlen(ip);
	if (strrchr(ip, ':') != NULL)
		len = (size_t)(strrchr(ip, ':') - ip);
	if (ip[0] == '[' && len > 1)
		return part(ip + 1, len - 2);
	return part(ip, len);
}

static json_t *entry_of(const struct exchange *exchange, int64_t began_ms,
			bool secrets)
{
	int64_t asked = exchange->asked_us > 0 ? exchange->asked_us : 0;
	struct times times;

	take_times(&times, exchange);
	return json_pack("{s:o, s:f, s:o, s:o, s:{}, s:o, s:o}",
			 "startedDateTime", date(began_ms + asked / MS), "time",
			 sum_of(&times), "request",
			 request_of(exchange, secrets), "response",
			 response_of(exchange, secrets), "cache", "timings",
			 timings_of(&times), "serverIPAddress",
			 address_of(exchange->address));
}

static json_t *hop_entry(const struct duet_hop *hop, int64_t began_ms,
			 bool secrets)
{
	const struct exchange exchange = {
		.url = hop->url,
		.method = hop->request->method,
		.request = hop->request,
		.answer = hop->answer,
		.address = hop->address,
		.request_bytes = hop->request->content_length,
		.body_bytes = hop->body_bytes,
		.content_bytes = hop->body_bytes,
		.asked_us = hop->asked_us,
		.resolved_us = hop->resolved_us,
		.connected_us = hop->connected_us,
		.handshake_us = hop->handshake_us,
		.first_byte_us = hop->first_byte_us,
		.total_us = hop->total_us,
	};

	return entry_of(&exchange, began_ms, secrets);
}

/* What HAR has no place for; names that begin with '_' are ours. */
static int add_ending(json_t *entry, const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	int rc = json_object_set_new(entry, "_exit",
				     json_integer(outcome->exit));

	if (facts->evidence != DUET_BY_NONE)
		rc |= json_object_set_new(entry, "_evidence",
					  json_string(duet_evidence_name(
						  facts->evidence)));
	if (facts->size > 0 && facts->tls_version != NULL &&
	    facts->tls_version[0] != '\0')
		rc |= json_object_set_new(entry, "_tls",
					  text(facts->tls_version));
	if (outcome->exit != 0)
		rc |= json_object_set_new(entry, "_error",
					  text(outcome->error.text));
	return rc;
}

/* The URL whose answer is last, or would have been. */
static const char *last_url(const struct duet_get_outcome *outcome)
{
	if (outcome->final_url != NULL)
		return outcome->final_url;
	return outcome->facts.size > 0 && outcome->facts.url[0] != '\0'
		       ? outcome->facts.url
		       : outcome->url;
}

static json_t *last_entry(const struct duet_get_outcome *outcome, bool secrets)
{
	const struct duet_facts *facts = &outcome->facts;
	const struct duet_head *request =
		outcome->head != NULL ? facts->request : NULL;
	bool decoded = facts->coding != NULL && facts->coding[0] != '\0';
	const struct exchange exchange = {
		.url = last_url(outcome),
		.method = request != NULL ? request->method : outcome->method,
		.request = request,
		.answer = outcome->head,
		.address = facts->address,
		.request_bytes = (int64_t)facts->request_bytes,
		.body_bytes = facts->body_bytes,
		.content_bytes =
			decoded ? facts->decoded_bytes : facts->body_bytes,
		.asked_us = facts->size > 0 ? facts->asked_us : -1,
		.resolved_us = facts->size > 0 ? facts->resolved_us : -1,
		.connected_us = facts->size > 0 ? facts->connected_us : -1,
		.handshake_us = facts->size > 0 ? facts->handshake_us : -1,
		.first_byte_us = facts->size > 0 ? facts->first_byte_us : -1,
		.total_us = facts->size > 0 ? facts->total_us : -1,
	};
	json_t *entry = entry_of(&exchange, outcome->began_ms, secrets);

	if (entry != NULL && add_ending(entry, outcome) == 0)
		return entry;
	json_decref(entry);
	return NULL;
}

/* A redirect that is refused has its entry, and its failure belongs there. */
static bool ends_in_hop(const struct duet_get_outcome *outcome, size_t n_hops)
{
	return outcome->head == NULL && n_hops > outcome->facts.redirects;
}

int duet_get_har_add(struct duet_get_paper *paper,
		     const struct duet_get_outcome *outcome, bool secrets,
		     struct duet_error *err)
{
	const struct duet_hop *const *hops =
		outcome->facts.size > 0 ? outcome->facts.hops : NULL;
	json_t *entry;
	size_t n;
	int rc = DUET_OK;

	for (n = 0; hops != NULL && hops[n] != NULL && rc == DUET_OK; n++) {
		entry = hop_entry(hops[n], outcome->began_ms, secrets);
		if (entry != NULL && hops[n + 1] == NULL &&
		    ends_in_hop(outcome, n + 1) &&
		    add_ending(entry, outcome) != 0) {
			json_decref(entry);
			entry = NULL;
		}
		rc = duet_get_paper_add(paper, entry, err);
	}
	if (rc == DUET_OK && !ends_in_hop(outcome, n))
		rc = duet_get_paper_add(paper, last_entry(outcome, secrets),
					err);
	return rc == DUET_OK ? duet_get_paper_keep(paper, duet_clock_us(), err)
			     : rc;
}

int duet_get_har_begin(struct duet_get_paper *paper, const char *path,
		       struct duet_error *err)
{
	json_t *root = json_pack("{s:{s:s, s:{s:s, s:s}, s:[]}}", "log",
				 "version", "1.2", "creator", "name", "duet",
				 "version", DUET_VERSION, "entries");

	return duet_get_paper_begin(paper, "--har", path, root,
				    json_object_get(json_object_get(root,
								    "log"),
						    "entries"),
				    err);
}
