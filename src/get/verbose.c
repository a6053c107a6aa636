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
#include "get/ending.h"

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

static void say_connection(const struct duet_facts *facts)
{
	char line[SHOWN];

	(void)snprintf(line, sizeof(line), "%s %s",
		       facts->reused ? "once more over the connection to"
				     : "connected to",
		       facts->address);
	say('*', line);
	if (facts->tls_version[0] == '\0')
		return;
	(void)snprintf(line, sizeof(line), "%s, %s%s%s%s, certificate %s",
		       facts->tls_version, facts->tls_cipher,
		       facts->tls_group[0] != '\0' ? ", " : "",
		       facts->tls_group, facts->resumed ? ", resumed" : "",
		       facts->verified ? "verified" : "NOT VERIFIED");
	say('*', line);
	if (!facts->reused)
		say_chain(facts->chain_pem);
}

/* What the engine adds by itself. After a redirect the body may be gone. */
static void say_framing(const struct duet_get_outcome *outcome)
{
	char line[SHOWN];

	if (outcome->body_bytes > 0 && outcome->facts.redirects == 0) {
		(void)snprintf(line, sizeof(line), "Content-Length: %zu",
			       outcome->body_bytes);
		say('>', line);
	}
	if (outcome->last)
		say('>', "Connection: close");
}

/* The target of a request line (RFC 9112 s3.2.1), as bytes of the URL. */
static void say_request(const struct duet_get_outcome *outcome,
			const struct duet_header *sent)
{
	const char *authority = strstr(outcome->final_url, "://");
	bool host_given = false;
	const char *path;
	char line[SHOWN];

	authority = authority != NULL ? authority + 3 : outcome->final_url;
	path = authority + strcspn(authority, "/?#");
	(void)snprintf(line, sizeof(line), "%s %s%.*s HTTP/1.1",
		       outcome->method, path[0] == '/' ? "" : "/",
		       (int)strcspn(path, "#"), path);
	say('>', line);
	(void)snprintf(line, sizeof(line), "Host: %.*s",
		       (int)(path - authority), authority);
	for (; sent->name != NULL; sent++) {
		if (sent->value == NULL)
			continue;
		if (duet_str_eq_nocase(sent->name, "Host"))
			host_given = true;
		say_header('>', sent);
	}
	if (!host_given)
		say('>', line);
	say_framing(outcome);
	say('>', "");
}

void duet_get_verbose_answer(const struct duet_get_outcome *outcome,
			     const struct duet_header *sent)
{
	const struct duet_head *head = outcome->head;
	const struct duet_header *header;
	char line[SHOWN];

	if (outcome->facts.redirects > 0) {
		(void)snprintf(line, sizeof(line),
			       "redirected %" PRIu32 " time%s, to %s",
			       outcome->facts.redirects,
			       outcome->facts.redirects == 1 ? "" : "s",
			       outcome->final_url);
		say('*', line);
	}
	say_connection(&outcome->facts);
	say_request(outcome, sent);
	(void)snprintf(line, sizeof(line), "HTTP/1.%d %d %s", (int)head->minor,
		       (int)head->status,
		       head->reason != NULL ? head->reason : "");
	say('<', line);
	for (header = head->headers; header != NULL && header->name != NULL;
	     header++)
		say_header('<', header);
	say('<', "");
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
	else
		(void)snprintf(line, sizeof(line),
			       "whole: %" PRIu64 " bytes %s; %s",
			       facts->body_bytes,
			       duet_get_evidence_words(facts->evidence), close);
	say('*', line);
}

int duet_get_head_text(const struct duet_head *head, struct duet_buffer *ret,
		       struct duet_error *err)
{
	const struct duet_header *header;
	struct duet_buf text;
	int rc;

	duet_buf_init(&text, HEAD_MAX);
	rc = duet_buf_printf(&text, "HTTP/1.%d %d %s\r\n", (int)head->minor,
			     (int)head->status,
			     head->reason != NULL ? head->reason : "");
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
