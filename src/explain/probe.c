/* SPDX-License-Identifier: MIT */
/*
 * The order of questions:
 *
 *	first      as duet get asks; its failure is the verdict
 *	  chain    what was sent, verified once more and apart from the rest
 *	unverified where a certificate or an old version stopped the first
 *	closing, resumption, protocols, versions, groups
 *	plain      http:// on the same port
 *
 * A question that makes no sense after the answers before it is left out.
 */
#include "explain/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit.h"
#include "cli/url.h"
#include "explain/probe_int.h"

static const char *const both_protocols[] = { "h2", "http/1.1", NULL };
static const char *const only_h2[] = { "h2", NULL };
static const char *const only_h1[] = { "http/1.1", NULL };

static bool is_about_offer(int code)
{
	return code == DUET_E_TLS_VERSION || code == DUET_E_TLS_CIPHER ||
	       code == DUET_E_TLS;
}

/* ---- what an answer tells ---- */

static void copy(char *dst, size_t cap, const char *src)
{
	(void)snprintf(dst, cap, "%s", src != NULL ? src : "");
}

static void take_head(struct duet_explain_facts *facts,
		      const struct duet_explain_visit *visit)
{
	const struct duet_head *head;
	size_t i;

	if (visit->response == NULL)
		return;
	/* In the form that certificates have it. */
	duet_cli_url_host(duet_response_url(visit->response), facts->host);
	head = duet_response_head(visit->response);
	if (facts->status == 0)
		facts->status = head->status;
	for (i = 0; head->headers != NULL && head->headers[i].name != NULL; i++)
		if (facts->server_date == 0 &&
		    duet_str_eq_nocase(head->headers[i].name, "Date"))
			facts->server_date =
				duet_explain_date(head->headers[i].value);
}

static void take_tls(struct duet_explain_facts *facts,
		     const struct duet_facts *seen)
{
	copy(facts->version, sizeof(facts->version), seen->tls_version);
	copy(facts->cipher, sizeof(facts->cipher), seen->tls_cipher);
	copy(facts->group, sizeof(facts->group), seen->tls_group);
	copy(facts->alpn, sizeof(facts->alpn), seen->alpn);
}

/* The first one that is seen. */
static void take_chain(struct duet_explain_prober *prober,
		       const struct duet_facts *seen)
{
	if (prober->chain_pem.len > 0 || seen->chain_pem.len == 0)
		return;
	prober->chain_pem.data =
		duet_mem_dup(seen->chain_pem.data, seen->chain_pem.len);
	if (prober->chain_pem.data != NULL)
		prober->chain_pem.len = seen->chain_pem.len;
}

static void take_revocation(struct duet_explain_facts *facts,
			    const struct duet_facts *seen)
{
	size_t i;

	for (i = 0; i < seen->n_revocation && i < DUET_EXPLAIN_CHAIN_MAX; i++) {
		const struct duet_revocation_facts *one = &seen->revocation[i];

		facts->revocation[i].state = one->state;
		facts->revocation[i].doubt = one->doubt;
		facts->revocation[i].stapled = one->stapled;
		duet_explain_short_name(facts->revocation[i].name,
					sizeof(facts->revocation[i].name),
					one->subject);
		copy(facts->revocation[i].words,
		     sizeof(facts->revocation[i].words), one->words);
		copy(facts->revocation[i].number,
		     sizeof(facts->revocation[i].number), one->number);
		copy(facts->revocation[i].reason,
		     sizeof(facts->revocation[i].reason), one->reason);
		facts->revocation[i].this_update = one->this_update;
		facts->revocation[i].revoked_at = one->revoked_at;
	}
	facts->n_revocation = i;
}

/* What the first connection settles of the offers. */
static void take_offers(struct duet_explain_facts *facts)
{
	bool is_13 = strcmp(facts->version, "TLSv1.3") == 0;
	size_t i;

	if (is_13)
		facts->versions[0].taken = DUET_EXPLAIN_YES;
	if (strcmp(facts->version, "TLSv1.2") == 0) {
		facts->versions[0].taken = DUET_EXPLAIN_NO;
		facts->versions[1].taken = DUET_EXPLAIN_YES;
	}
	for (i = 0; i < DUET_EXPLAIN_GROUPS; i++)
		if (strcmp(facts->group, facts->groups[i].name) == 0)
			facts->groups[i].taken = DUET_EXPLAIN_YES;
	for (i = 0; i < DUET_EXPLAIN_PROTOCOLS; i++)
		if (strcmp(facts->alpn, facts->protocols[i].name) == 0)
			facts->protocols[i].taken = DUET_EXPLAIN_YES;
}

/* ---- questions ---- */

/* HEAD of the root, as the last request of its connection. */
static struct duet_explain_ask root(const struct duet_explain_prober *prober,
				    const struct duet_client_config *tls,
				    const char *title)
{
	return (struct duet_explain_ask){
		.tls = tls,
		.url = prober->origin,
		.method = "HEAD",
		.fresh = true,
		.title = title,
	};
}

static int first(struct duet_explain_prober *prober)
{
	struct duet_explain_facts *facts = prober->facts;
	const struct duet_explain_ask ask = {
		.tls = &prober->tls,
		.url = prober->url,
		.method = "HEAD",
		.in_full = true,
		.title = "as duet get would",
	};
	struct duet_explain_visit visit;

	if (!duet_explain_visit(prober, &ask, &visit)) {
		(void)duet_error_set(&facts->error, DUET_E_TIMEOUT,
				     "there was no time to ask at all");
		return DUET_OK;
	}
	if (visit.client == NULL) {
		facts->error = visit.error;
		duet_explain_visit_done(&visit);
		return facts->error.code;
	}
	facts->error = visit.error;
	copy(facts->address, sizeof(facts->address), visit.facts.address);
	copy(facts->proxy, sizeof(facts->proxy), visit.facts.proxy);
	facts->resolved_us = visit.facts.resolved_us;
	facts->connected_us = visit.facts.connected_us;
	facts->handshake_us = visit.facts.handshake_us;
	facts->first_byte_us = visit.facts.first_byte_us;
	facts->verified = visit.facts.verified;
	facts->certificate_wanted = visit.facts.certificate_wanted;
	facts->by_http_proxy = duet_str_starts(facts->proxy, "http");
	take_tls(facts, &visit.facts);
	take_head(facts, &visit);
	take_revocation(facts, &visit.facts);
	take_chain(prober, &visit.facts);
	duet_explain_visit_done(&visit);
	return DUET_OK;
}

/* From here on nobody is believed, so nothing that is asked or told matters
 * to anybody else. */
static void ask_unverified(struct duet_explain_prober *prober)
{
	struct duet_explain_facts *facts = prober->facts;
	struct duet_explain_ask ask =
		root(prober, &prober->base, "believing anybody");
	struct duet_explain_visit visit;

	ask.fresh = false;
	prober->base.insecure_any_certificate = true;
	prober->base.insecure_any_name = true;
	prober->base.insecure_any_time = true;
	prober->base.insecure_old_versions = true;
	prober->base.revocation = DUET_REVOCATION_OFF;
	prober->base.profile = DUET_PROFILE_INTERMEDIATE;
	prober->base.pins = NULL;
	prober->base.n_pins = 0;
	facts->asked_unverified = true;
	if (!duet_explain_visit(prober, &ask, &visit))
		return;
	if (visit.facts.tls_version[0] != '\0') {
		take_tls(facts, &visit.facts);
		take_chain(prober, &visit.facts);
	}
	take_head(facts, &visit);
	duet_explain_visit_done(&visit);
}

/* There was a connection to the server itself, and not to a proxy alone. */
static bool is_reached(const struct duet_facts *seen)
{
	return seen->address != NULL && seen->address[0] != '\0';
}

/* Whether the server took the one thing it was offered. What it did with the
 * request then is another matter. */
static enum duet_explain_answer taken(const struct duet_explain_visit *visit)
{
	const struct duet_facts *seen = &visit->facts;

	if (visit->client == NULL)
		return DUET_EXPLAIN_UNKNOWN;
	if (seen->handshake_us >= 0 || visit->error.code == DUET_OK)
		return DUET_EXPLAIN_YES;
	/* With a proxy that is refused, nobody has been asked. */
	if (!is_reached(seen))
		return DUET_EXPLAIN_UNKNOWN;
	/* It went as far as our own refusal, or theirs, of a certificate. */
	if (duet_explain_is_about_certificate(visit->error.code) ||
	    visit->error.code == DUET_E_CLIENT_CERT)
		return DUET_EXPLAIN_YES;
	if (visit->error.code == DUET_E_TIMEOUT ||
	    visit->error.code == DUET_E_NOMEM)
		return DUET_EXPLAIN_UNKNOWN;
	return DUET_EXPLAIN_NO;
}

static enum duet_explain_answer offer(struct duet_explain_prober *prober,
				      const struct duet_client_config *tls,
				      const char *title)
{
	const struct duet_explain_ask ask = root(prober, tls, title);
	enum duet_explain_answer answer = DUET_EXPLAIN_UNKNOWN;
	struct duet_explain_visit visit;

	if (!duet_explain_visit(prober, &ask, &visit))
		return DUET_EXPLAIN_UNKNOWN;
	answer = taken(&visit);
	duet_explain_visit_done(&visit);
	return answer;
}

static void offer_versions(struct duet_explain_prober *prober)
{
	static const uint8_t numbers[DUET_EXPLAIN_VERSIONS] = {
		DUET_TLS_1_3, DUET_TLS_1_2, DUET_TLS_1_1, DUET_TLS_1_0
	};
	struct duet_client_config tls = prober->base;
	size_t i;

	/* What is offered alone is offered to be refused. */
	tls.profile = DUET_PROFILE_INTERMEDIATE;
	for (i = 0; i < DUET_EXPLAIN_VERSIONS; i++) {
		struct duet_explain_offer *row = &prober->facts->versions[i];

		tls.only_version = numbers[i];
		tls.insecure_old_versions = numbers[i] < DUET_TLS_1_2;
		if (row->taken == DUET_EXPLAIN_UNKNOWN)
			row->taken = offer(prober, &tls, row->name);
	}
}

static void offer_groups(struct duet_explain_prober *prober)
{
	struct duet_client_config tls = prober->base;
	size_t i;

	/* Before TLS 1.3 the curve of a certificate has to be among them: what
	 * is refused there may not be the group. */
	if (prober->facts->versions[0].taken != DUET_EXPLAIN_YES)
		return;
	tls.profile = DUET_PROFILE_INTERMEDIATE;
	tls.only_version = DUET_TLS_1_3;
	for (i = 0; i < DUET_EXPLAIN_GROUPS; i++) {
		struct duet_explain_offer *row = &prober->facts->groups[i];

		tls.only_groups = row->name;
		if (row->taken == DUET_EXPLAIN_UNKNOWN)
			row->taken = offer(prober, &tls, row->name);
	}
}

static void offer_h2(struct duet_explain_prober *prober)
{
	struct duet_explain_offer *row = &prober->facts->protocols[0];
	struct duet_client_config tls = prober->base;
	const struct duet_explain_ask ask = root(prober, &tls, "h2 alone");
	struct duet_explain_visit visit;

	tls.alpn = only_h2;
	if (row->taken != DUET_EXPLAIN_UNKNOWN ||
	    !duet_explain_visit(prober, &ask, &visit))
		return;
	row->taken = taken(&visit);
	/* Without a choice of its own a server goes on in HTTP/1.1. */
	if (row->taken == DUET_EXPLAIN_YES &&
	    strcmp(visit.facts.alpn, "h2") != 0)
		row->taken = DUET_EXPLAIN_NO;
	duet_explain_visit_done(&visit);
}

/* The last request of a connection, in HTTP/1.1: how does it end? */
static void watch_closing(struct duet_explain_prober *prober)
{
	struct duet_explain_facts *facts = prober->facts;
	struct duet_client_config tls = prober->base;
	const struct duet_explain_ask ask =
		root(prober, &tls, "Connection: close");
	struct duet_explain_visit visit;

	tls.alpn = only_h1;
	tls.closure = DUET_CLOSE_STRICT;
	if (!duet_explain_visit(prober, &ask, &visit))
		return;
	facts->protocols[1].taken = taken(&visit);
	take_head(facts, &visit);
	if (visit.response != NULL && visit.error.code == DUET_OK)
		facts->closing = DUET_EXPLAIN_CLOSING_NOTIFY;
	else if (visit.response != NULL && visit.error.code == DUET_E_TRUNCATED)
		facts->closing = strstr(visit.error.text, "in time") != NULL
					 ? DUET_EXPLAIN_CLOSING_NEVER
					 : DUET_EXPLAIN_CLOSING_BARE;
	duet_explain_visit_done(&visit);
}

/* So that its session is kept. false: there is no time for it. */
static bool get_session(struct duet_explain_prober *prober,
			const struct duet_explain_ask *ask)
{
	struct duet_explain_visit visit;

	if (!duet_explain_visit(prober, ask, &visit))
		return false;
	duet_explain_visit_done(&visit);
	return true;
}

static void try_to_resume(struct duet_explain_prober *prober)
{
	struct duet_explain_ask ask = root(prober, &prober->base, "resuming");
	struct duet_explain_visit visit;

	ask.fresh = false;
	if (prober->session.len == 0 && !get_session(prober, &ask))
		return;
	/* A session that was ended without close_notify is not kept. */
	if (prober->session.len == 0 &&
	    prober->facts->closing == DUET_EXPLAIN_CLOSING_NOTIFY)
		prober->facts->resumes = DUET_EXPLAIN_NO;
	if (prober->session.len == 0)
		return;
	if (!duet_explain_visit(prober, &ask, &visit))
		return;
	if (visit.error.code == DUET_OK)
		prober->facts->resumes = visit.facts.resumed ? DUET_EXPLAIN_YES
							     : DUET_EXPLAIN_NO;
	duet_explain_visit_done(&visit);
}

static bool leads_to_https(const struct duet_head *head)
{
	size_t i;

	for (i = 0; head->headers != NULL && head->headers[i].name != NULL; i++)
		if (duet_str_eq_nocase(head->headers[i].name, "Location"))
			return duet_str_starts(head->headers[i].value,
					       "https://");
	return false;
}

static void ask_plain(struct duet_explain_prober *prober)
{
	struct duet_explain_facts *facts = prober->facts;
	struct duet_explain_ask ask = root(prober, &prober->base, "plain HTTP");
	struct duet_explain_visit visit;

	ask.url = prober->plain;
	ask.plain = true;
	if (facts->by_http_proxy || !duet_explain_visit(prober, &ask, &visit))
		return;
	if (duet_str_starts(visit.facts.proxy != NULL ? visit.facts.proxy : "",
			    "http")) {
		facts->by_http_proxy = true;
	} else if (visit.response != NULL) {
		facts->plain = DUET_EXPLAIN_PLAIN_ANSWER;
		facts->plain_status = duet_response_status(visit.response);
		facts->plain_to_https =
			leads_to_https(duet_response_head(visit.response));
	} else if (visit.facts.connected_us >= 0) {
		facts->plain = DUET_EXPLAIN_PLAIN_SILENT;
	}
	duet_explain_visit_done(&visit);
}

static void ask_on(struct duet_explain_prober *prober)
{
	int code = prober->facts->error.code;
	bool talks = prober->facts->status != 0;

	if (talks)
		watch_closing(prober);
	if (talks)
		try_to_resume(prober);
	if (talks)
		offer_h2(prober);
	offer_versions(prober);
	if (talks || code == DUET_E_CLIENT_CERT)
		offer_groups(prober);
	if (talks)
		ask_plain(prober);
}

/* Whether its certificates are revoked has been asked once: a list that takes
 * its time would take that of each connection. Sessions that were verified so
 * are not for those that are not. */
static void ask_no_more_lists(struct duet_explain_prober *prober)
{
	if (prober->base.revocation == DUET_REVOCATION_OFF)
		return;
	prober->base.revocation = DUET_REVOCATION_OFF;
	duet_mem_free(prober->session.data);
	prober->session = (struct duet_explain_session){ NULL, 0 };
}

static void ask_all(struct duet_explain_prober *prober)
{
	struct duet_explain_facts *facts = prober->facts;
	int code = facts->error.code;

	/* Nobody there, or a proxy that is refused: there is nobody to ask. */
	if (facts->address[0] == '\0')
		return;
	prober->base = prober->tls;
	if (duet_explain_is_about_certificate(code) || is_about_offer(code))
		ask_unverified(prober);
	else
		ask_no_more_lists(prober);
	if (prober->chain_pem.len > 0)
		duet_explain_chain_probe(prober);
	take_offers(facts);
	if (code == DUET_E_NOT_TLS)
		ask_plain(prober);
	else if (code == DUET_OK || duet_explain_is_about_certificate(code) ||
		 is_about_offer(code) || code == DUET_E_CLIENT_CERT ||
		 facts->status != 0)
		ask_on(prober);
}

/* ---- beginning and end ---- */

/* The URL without path and query, which are nobody's business who is not
 * verified. */
static bool name_places(struct duet_explain_prober *prober, const char *url)
{
	const char *authority;
	const char *port;
	int len;

	prober->url = duet_cli_url_public(url);
	if (prober->url == NULL)
		return false;
	authority = strstr(prober->url, "://");
	authority = authority != NULL ? authority + 3 : prober->url;
	len = (int)strcspn(authority, "/?#");
	port = memchr(authority, ']', (size_t)len);
	port = memchr(port != NULL ? port : authority, ':',
		      (size_t)len -
			      (port != NULL ? (size_t)(port - authority) : 0));
	prober->origin = duet_mem_printf("https://%.*s/", len, authority);
	prober->plain = duet_mem_printf("http://%.*s%s/", len, authority,
					port != NULL ? "" : ":443");
	return prober->origin != NULL && prober->plain != NULL;
}

static int begin(struct duet_explain_prober *prober, const char *url,
		 int *ret_exit, struct duet_error *err)
{
	const struct duet_explain_options *options = prober->options;
	struct duet_explain_facts *facts = prober->facts;
	int32_t limit = options->reach.max_time_ms;
	int rc;

	rc = duet_reach_init(&prober->reach, &options->reach, ret_exit, err);
	if (rc != DUET_OK)
		return rc;
	if (!name_places(prober, url)) {
		*ret_exit = DUET_EXIT_NOMEM;
		return duet_error_nomem(err);
	}
	duet_explain_facts_init(facts);
	copy(facts->url, sizeof(facts->url), prober->url);
	duet_cli_url_host(prober->url, facts->host);
	facts->now = duet_clock_wall();
	facts->warn_days = (int32_t)options->warn_days;
	facts->own_anchors =
		options->reach.cacert != NULL || options->reach.capath != NULL;
	facts->own_cert = options->reach.cert != NULL;
	facts->old_refused_us =
		duet_reach_profile(&options->reach) == DUET_PROFILE_MODERN;
	prober->tls = (struct duet_client_config){ .size = sizeof(prober->tls),
						   .alpn = both_protocols };
	prober->way =
		(struct duet_client_options){ .size = sizeof(prober->way) };
	rc = duet_reach_tls(&prober->reach, duet_cli_url_is_local(prober->url),
			    &prober->tls, ret_exit, err);
	if (rc == DUET_OK)
		rc = duet_reach_way(&prober->reach, &prober->way, ret_exit,
				    err);
	/* It is of connections, and not of whoever types a passphrase. */
	prober->deadline_ms =
		duet_clock_ms() + (limit > 0 ? limit : DUET_EXPLAIN_MAX_MS);
	return rc;
}

static void end(struct duet_explain_prober *prober)
{
	duet_trust_release(prober->tls.trust);
	duet_config_release(prober->way.proxy_tls);
	duet_mem_free(prober->session.data);
	duet_buffer_free(&prober->chain_pem);
	duet_mem_free(prober->url);
	duet_mem_free(prober->origin);
	duet_mem_free(prober->plain);
	duet_reach_done(&prober->reach);
}

int duet_explain_probe(const struct duet_explain_options *options,
		       const char *url, struct duet_explain_facts *facts,
		       int *ret_exit, struct duet_error *err)
{
	struct duet_explain_prober prober = { .options = options,
					      .facts = facts };
	int rc;

	rc = begin(&prober, url, ret_exit, err);
	if (rc == DUET_OK) {
		rc = first(&prober);
		if (rc == DUET_OK) {
			ask_all(&prober);
		} else {
			*ret_exit = duet_exit_for(rc);
			rc = duet_error_copy(err, &facts->error);
		}
	}
	end(&prober);
	return rc;
}
