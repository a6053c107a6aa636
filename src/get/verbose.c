/* SPDX-License-Identifier: MIT */
#include "get/verbose.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <duet/cert.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "cli/url.h"
#include "get/ending.h"
#include "get/revocation.h"

enum {
	HEAD_MAX = 1 << 20,
	SHOWN = 1024,
};

static void say(char mark, const char *line)
{
	char shown[SHOWN];

	duet_str_printable(shown, sizeof(shown), duet_str(line));
	(void)fprintf(stderr, "%c %s\n", mark, shown);
}

static void say_header(char mark, const struct duet_header *header)
{
	char name[SHOWN];
	char value[SHOWN];

	duet_str_printable(name, sizeof(name), duet_str(header->name));
	duet_str_printable(value, sizeof(value), duet_str(header->value));
	(void)fprintf(stderr, "%c %s: %s\n", mark, name, value);
}

static void say_certificate(size_t i, const struct duet_facts_cert *cert,
			    int64_t now)
{
	char distance[DUET_TIME_TEXT_BYTES];
	char until[DUET_TIME_TEXT_BYTES];
	char line[SHOWN];

	duet_time_text(until, cert->not_after);
	duet_time_distance(distance, cert->not_after, now);
	(void)snprintf(line, sizeof(line), "  %zu: %s", i, cert->subject);
	say('*', line);
	(void)snprintf(line, sizeof(line), "     issued by %s, %s %s (%s)",
		       cert->self_signed ? "itself" : cert->issuer,
		       cert->not_after < now ? "expired" : "expires", until,
		       distance);
	say('*', line);
}

static void say_chain(struct duet_bytes pem)
{
	struct duet_inspection *chain;
	struct duet_facts_cert cert = { .size = sizeof(cert) };
	size_t i;

	if (pem.len == 0)
		return;
	chain = duet_inspect(pem, NULL);
	if (chain == NULL)
		return;
	say('*', "the server's certificate, and what vouches for it:");
	for (i = 0; i < duet_inspection_count(chain); i++)
		if (duet_inspection_get(chain, i, &cert) == DUET_OK)
			say_certificate(i, &cert, duet_clock_wall());
	duet_inspection_free(chain);
}

static bool was_made_https(const struct duet_get_outcome *outcome)
{
	return outcome->facts.url != NULL &&
	       strncmp(outcome->url, "http://", 7) == 0 &&
	       strncmp(outcome->facts.url, "https://", 8) == 0;
}

static void say_redirects(const struct duet_get_outcome *outcome)
{
	uint32_t n = outcome->facts.redirects;
	char line[SHOWN];

	if (n == 0 && was_made_https(outcome))
		say('*',
		    "http:// became https://, as the host has asked for (HSTS)");
	if (n == 0)
		return;
	(void)snprintf(line, sizeof(line), "redirected %" PRIu32 " time%s%s%s",
		       n, n == 1 ? "" : "s",
		       outcome->final_url != NULL ? ", to " : "",
		       outcome->final_url != NULL ? outcome->final_url : "");
	say('*', line);
}

/* In both forms: people know the one, certificates and DNS the other. */
static void say_host(const struct duet_get_outcome *outcome)
{
	const char *unicode = outcome->facts.host_unicode;
	char host[DUET_CLI_HOST_BYTES] = "";
	char line[SHOWN];

	if (unicode == NULL || unicode[0] == '\0')
		return;
	if (outcome->final_url != NULL)
		duet_cli_url_host(outcome->final_url, host);
	(void)snprintf(line, sizeof(line), "the host is %s%s%s", unicode,
		       host[0] != '\0' ? ", which is " : "", host);
	say('*', line);
}

static void say_revocation(const struct duet_facts *facts)
{
	char line[DUET_GET_REVOCATION_LINE];
	size_t i;

	for (i = 0; i < facts->n_revocation; i++) {
		duet_get_revocation_line(line, &facts->revocation[i], i);
		say('*', line);
	}
}

/* Asked for, and still worth knowing: what it was is known to others too. */
static void say_early(uint8_t early)
{
	static const char *const words[] = {
		[DUET_EARLY_ACCEPTED] = "accepted",
		[DUET_EARLY_REJECTED] = "rejected, so it was sent again",
		[DUET_EARLY_UNKNOWN] = "no word of it",
	};
	char line[SHOWN];

	if (early == DUET_EARLY_NONE || early > DUET_EARLY_UNKNOWN)
		return;
	(void)snprintf(line, sizeof(line),
		       "early data, sent before the handshake was complete: %s; it could be replayed by others",
		       words[early]);
	say('*', line);
}

static void say_connection(const struct duet_facts *facts)
{
	char line[SHOWN];

	if (facts->address[0] == '\0')
		return;
	(void)snprintf(line, sizeof(line), "%s %s%s%s",
		       facts->reused ? "once more over the connection to"
				     : "connected to",
		       facts->address,
		       facts->proxy[0] != '\0' ? ", the proxy " : "",
		       facts->proxy);
	say('*', line);
	if (facts->tls_version[0] == '\0')
		return;
	(void)snprintf(line, sizeof(line), "%s, %s%s%s%s, certificate %s",
		       facts->tls_version, facts->tls_cipher,
		       facts->tls_group[0] != '\0' ? ", " : "",
		       facts->tls_group, facts->resumed ? ", resumed" : "",
		       facts->verified ? "verified" : "NOT VERIFIED");
	say('*', line);
	if (facts->certificate_wanted)
		say('*', "the server has asked for a client certificate");
	say_early(facts->early_data);
	if (!facts->reused) {
		say_chain(facts->chain_pem);
		say_revocation(facts);
	}
}

/* RFC 9110 s8.6: with these a body of nothing has a length too. */
static bool expects_content(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

/* What the engine writes by itself. */
static bool is_h2(const struct duet_facts *facts)
{
	return strcmp(facts->alpn, "h2") == 0;
}

static void say_framing(const struct duet_head *sent, bool h2)
{
	char line[SHOWN];

	(void)snprintf(line, sizeof(line), "Content-Length: %" PRId64,
		       sent->content_length);
	if (sent->content_length > 0 ||
	    (sent->content_length == 0 && expects_content(sent->method)))
		say('>', line);
	if (sent->content_length == DUET_LENGTH_UNKNOWN && !h2)
		say('>', "Transfer-Encoding: chunked");
	if (sent->expect_continue)
		say('>', "Expect: 100-continue");
	if (sent->close && !h2)
		say('>', "Connection: close");
}

static void say_request(const struct duet_head *sent, bool h2)
{
	const struct duet_header *header;
	char line[SHOWN];

	(void)snprintf(line, sizeof(line), "%s %s HTTP/%s", sent->method,
		       sent->target, h2 ? "2" : "1.1");
	say('>', line);
	for (header = sent->headers; header->name != NULL; header++)
		say_header('>', header);
	say_framing(sent, h2);
	say('>', "");
}

/* HTTP/2 has no reasons (RFC 9113 s8.3.2). */
static void status_line(char line[SHOWN], const struct duet_head *head)
{
	if (head->major == 1)
		(void)snprintf(line, SHOWN, "HTTP/1.%d %d %s", (int)head->minor,
			       (int)head->status,
			       head->reason != NULL ? head->reason : "");
	else
		(void)snprintf(line, SHOWN, "HTTP/%d %d", (int)head->major,
			       (int)head->status);
}

void duet_get_verbose_answer(const struct duet_get_outcome *outcome)
{
	const struct duet_head *head = outcome->head;
	const struct duet_header *header;
	char line[SHOWN];

	say_redirects(outcome);
	say_host(outcome);
	say_connection(&outcome->facts);
	say_request(outcome->facts.request, is_h2(&outcome->facts));
	status_line(line, head);
	say('<', line);
	for (header = head->headers; header != NULL && header->name != NULL;
	     header++)
		say_header('<', header);
	say('<', "");
}

void duet_get_verbose_failure(const struct duet_get_outcome *outcome)
{
	say_redirects(outcome);
	say_host(outcome);
	say_connection(&outcome->facts);
}

static void say_checksum(const struct duet_get_checksum *checksum)
{
	char line[SHOWN];

	if (checksum == NULL || checksum->verdict == DUET_GET_UNCHECKED)
		return;
	(void)snprintf(line, sizeof(line), "%s %s, %s",
		       duet_get_sum_name(checksum->want.kind),
		       checksum->sums[checksum->want.kind],
		       checksum->verdict == DUET_GET_GOOD ? "as it must be"
							  : "WHICH IS WRONG");
	say('*', line);
}

static void say_digests(const struct duet_facts *facts)
{
	const struct duet_digest_facts *const *at = facts->digests;
	char line[SHOWN];

	for (; at != NULL && *at != NULL; at++) {
		const struct duet_digest_facts *fact = *at;

		if (fact->state == DUET_DIGEST_UNCHECKED)
			(void)snprintf(line, sizeof(line),
				       "%s %s is not checked: %s", fact->field,
				       fact->algorithm, fact->words);
		else
			(void)snprintf(line, sizeof(line), "%s %s is %s%s",
				       fact->field, fact->algorithm,
				       fact->state == DUET_DIGEST_GOOD
					       ? "right"
					       : "WRONG: the body's is ",
				       fact->state == DUET_DIGEST_GOOD
					       ? ""
					       : fact->found);
		say('*', line);
	}
}

static void say_decoded(const struct duet_facts *facts)
{
	char line[SHOWN];

	if (facts->coding == NULL || facts->coding[0] == '\0')
		return;
	(void)snprintf(line, sizeof(line), "decoded (%s): %" PRIu64 " bytes",
		       facts->coding, facts->decoded_bytes);
	say('*', line);
}

/* Evidence is one answer's, and there may be other parts. All of them have come
 * where there is a sum of them, be it a wrong one. */
static bool is_whole(const struct duet_get_outcome *outcome)
{
	return outcome->exit == 0 ||
	       (outcome->checksum != NULL &&
		outcome->checksum->verdict == DUET_GET_WRONG);
}

void duet_get_verbose_end(const struct duet_get_outcome *outcome)
{
	const struct duet_facts *facts = &outcome->facts;
	const struct duet_header *trailer;
	const char *close = "the connection stays open";
	char line[SHOWN];

	for (trailer = facts->trailers;
	     trailer != NULL && trailer->name != NULL; trailer++)
		say_header('<', trailer);
	if (facts->close_notify)
		close = "close_notify came";
	else if (outcome->head->close)
		close = "no close_notify came with it";
	if (facts->evidence == DUET_BY_NONE)
		(void)snprintf(line, sizeof(line),
			       "not whole: %" PRIu64 " bytes; %s",
			       facts->body_bytes,
			       duet_get_cut_words(facts->cut));
	else if (!is_whole(outcome))
		(void)snprintf(line, sizeof(line),
			       "failed: %" PRIu64 " bytes came; %s",
			       facts->body_bytes, close);
	else
		(void)snprintf(line, sizeof(line),
			       "whole: %" PRIu64 " bytes %s; %s",
			       facts->body_bytes,
			       duet_get_evidence_words(facts->evidence), close);
	say('*', line);
	say_decoded(facts);
	say_digests(facts);
	say_checksum(outcome->checksum);
}

int duet_get_head_text(const struct duet_head *head, struct duet_buffer *ret,
		       struct duet_error *err)
{
	const struct duet_header *header;
	char line[SHOWN];
	struct duet_buf text;
	int rc;

	duet_buf_init(&text, HEAD_MAX);
	status_line(line, head);
	rc = duet_buf_printf(&text, "%s\r\n", line);
	for (header = head->headers;
	     rc == DUET_OK && header != NULL && header->name != NULL; header++)
		rc = duet_buf_printf(&text, "%s: %s\r\n", header->name,
				     header->value);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(&text, "\r\n");
	if (rc == DUET_OK)
		rc = duet_buf_take(&text, ret);
	duet_buf_done(&text);
	return rc == DUET_OK ? rc : duet_error_nomem(err);
}
