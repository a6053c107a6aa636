/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/terminal.h"
#include "explain/probe_int.h"
#include "explain/screen.h"

enum {
	STEP_MS = 5000, /* for a probe that is not the first */
	PIECE = 4096,
};

static void keep_session(void *arg, const struct duet_session_key *key,
			 struct duet_bytes session)
{
	struct duet_explain_session *kept = arg;

	(void)key;
	duet_mem_free(kept->data);
	kept->data = duet_mem_dup(session.data, session.len);
	kept->len = kept->data != NULL ? session.len : 0;
}

static size_t take_session(void *arg, const struct duet_session_key *key,
			   void *buf, size_t cap)
{
	const struct duet_explain_session *kept = arg;

	(void)key;
	if (kept->len == 0 || kept->len > cap)
		return 0;
	memcpy(buf, kept->data, kept->len);
	return kept->len;
}

static int32_t limit_of(const struct duet_explain_prober *prober,
			const struct duet_explain_ask *ask)
{
	int64_t left = prober->deadline_ms - duet_clock_ms();

	if (!ask->in_full && left > STEP_MS)
		left = STEP_MS;
	return left > 0 ? (int32_t)left : 0;
}

/* To its end, or as much as is wanted of it. */
static int read_body(const struct duet_explain_ask *ask,
		     struct duet_explain_visit *visit)
{
	char piece[PIECE];
	size_t n = 0;
	int rc;

	if (ask->max_body > 0)
		return duet_response_body(visit->response, &visit->body,
					  &visit->error);
	do
		rc = duet_response_read(visit->response, piece, sizeof(piece),
					&n, &visit->error);
	while (rc == DUET_OK);
	return rc == DUET_EOF ? DUET_OK : rc;
}

static int send(const struct duet_explain_prober *prober,
		const struct duet_explain_ask *ask, int32_t limit_ms,
		struct duet_explain_visit *visit)
{
	struct duet_client_options settings = prober->way;
	const struct duet_limits limits = { .size = sizeof(limits),
					    .reply_ms = limit_ms };
	int number = 0;

	settings.limits = &limits;
	settings.session_keep = keep_session;
	settings.session_take = take_session;
	settings.session_arg = (void *)&prober->session;
	if (settings.connect_ms == 0 || settings.connect_ms > limit_ms)
		settings.connect_ms = limit_ms;
	settings.tls = duet_config_client(ask->tls, &visit->error);
	if (settings.tls == NULL)
		return visit->error.code;
	visit->client = duet_reach_client(&prober->reach, &settings, &number,
					  &visit->error);
	duet_config_release(settings.tls);
	if (visit->client == NULL)
		return visit->error.code;
	visit->response =
		duet_send(visit->client,
			  DUET_REQUEST(.url = ask->url, .method = ask->method,
				       .timeout_ms = limit_ms,
				       .fresh = ask->fresh,
				       .max_body = ask->max_body,
				       .insecure_http = ask->plain),
			  &visit->error);
	if (visit->response == NULL)
		return visit->error.code;
	return read_body(ask, visit);
}

static void tell(const struct duet_explain_ask *ask,
		 const struct duet_explain_visit *visit)
{
	char text[sizeof(visit->error.text)];

	duet_explain_printable(text, sizeof(text), visit->error.text,
			       duet_terminal_speaks_utf8());
	if (visit->error.code != DUET_OK)
		(void)fprintf(stderr, "* %s: %s\n", ask->title, text);
	else
		(void)fprintf(stderr, "* %s: answer %d%s%s\n", ask->title,
			      duet_response_status(visit->response),
			      visit->facts.tls_version[0] != '\0' ? ", " : "",
			      visit->facts.tls_version);
}

bool duet_explain_visit(struct duet_explain_prober *prober,
			const struct duet_explain_ask *ask,
			struct duet_explain_visit *visit)
{
	int32_t limit_ms = limit_of(prober, ask);
	int rc;

	memset(visit, 0, sizeof(*visit));
	visit->facts.size = sizeof(visit->facts);
	if (limit_ms == 0) {
		prober->facts->out_of_time = true;
		return false;
	}
	rc = send(prober, ask, limit_ms, visit);
	visit->error.code = rc;
	if (visit->response != NULL)
		duet_response_facts(visit->response, &visit->facts);
	else if (visit->client != NULL)
		duet_client_failure_facts(visit->client, &visit->facts);
	if (rc == DUET_E_TIMEOUT && duet_clock_ms() >= prober->deadline_ms)
		prober->facts->out_of_time = true;
	if (prober->options->verbose && visit->client != NULL)
		tell(ask, visit);
	return true;
}

void duet_explain_visit_done(struct duet_explain_visit *visit)
{
	duet_response_free(visit->response);
	duet_client_free(visit->client);
	memset(visit, 0, sizeof(*visit));
}
