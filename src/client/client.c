/* SPDX-License-Identifier: MIT */
/*
 * The client itself, and the calls that wait: each of them is the call that
 * does not wait, and steps until it is done.
 */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "client/client_int.h"
#include "tls/engine.h"

enum {
	CONNECT_MS = 30000,
	GET_REDIRECTS = 10,
};

/* All that can fail. */
static int set_up(struct duet_client *client,
		  const struct duet_client_options *options,
		  struct duet_error *err)
{
	int rc;

	rc = duet_opts_copy(&client->limits, sizeof(client->limits),
			    options->limits, "duet_limits", err);
	if (rc < 0)
		return rc;
	client->limits.size = sizeof(client->limits);
	rc = duet_ways_init(&client->ways, options, err);
	if (rc == DUET_OK &&
	    duet_revokes_init(&client->revokes, options) != DUET_OK)
		rc = duet_error_nomem(err);
	if (rc == DUET_OK)
		rc = duet_loop_new(&client->loop, err);
	if (rc == DUET_OK)
		rc = duet_timer_new(client->loop, duet_connect_all, client,
				    &client->kick, err);
	if (rc == DUET_OK &&
	    (options->session_keep == NULL) != (options->session_take == NULL))
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "struct duet_client_options: session_keep and session_take go together: give both or none");
	if (rc == DUET_OK)
		duet_pool_init(&client->pool, client->loop, client->kick,
			       &(const struct duet_pool_limits){
				       .idle = options->max_idle,
				       .host = options->max_host,
				       .streams = client->limits.streams });
	client->pool.h1_only =
		client->tls != NULL && !duet_config_offers(client->tls, "h2");
	client->pool.sessions.keep = options->session_keep;
	client->pool.sessions.take = options->session_take;
	client->pool.sessions.arg = options->session_arg;
	return rc;
}

struct duet_client *duet_client_new(const struct duet_client_options *options,
				    struct duet_error *err)
{
	struct duet_client_options given;
	struct duet_client *client;

	if (duet_opts_copy(&given, sizeof(given), options,
			   "duet_client_options", err) < 0)
		return NULL;
	client = duet_mem_zalloc(sizeof(*client));
	if (client == NULL) {
		(void)duet_error_nomem(err);
		return NULL;
	}
	client->connect_ms =
		given.connect_ms > 0 ? given.connect_ms : CONNECT_MS;
	client->cookies = given.cookies;
	client->hsts = given.hsts;
	client->credentials = given.credentials;
	client->credentials_arg = given.credentials_arg;
	if (given.tls != NULL)
		client->tls = duet_config_retain(given.tls);
	if (set_up(client, &given, err) < 0) {
		duet_client_free(client);
		return NULL;
	}
	return client;
}

static void give_up(struct duet_fetch *fetch)
{
	duet_done_fn *done = fetch->done;
	void *arg = fetch->arg;
	struct duet_error err;

	(void)duet_error_set(&err, DUET_E_GONE,
			     "the client was freed before the answer came");
	duet_client_prefix(&err, &fetch->ask.url, NULL, false);
	duet_fetch_free(fetch);
	done(NULL, &err, arg);
}

/* All that callbacks do not stand on. */
static void end(struct duet_client *client)
{
	client->ending = true;
	duet_client_forget_failure(client);
	while (client->first_fetch != NULL)
		give_up(client->first_fetch);
	while (client->responses != NULL)
		duet_response_orphan(client->responses);
	duet_pool_done(&client->pool);
}

static void release(struct duet_client *client)
{
	duet_timer_free(client->kick);
	duet_loop_free(client->loop);
	duet_config_release(client->tls);
	duet_ways_done(&client->ways);
	duet_revokes_done(&client->revokes);
	duet_mem_free(client);
}

void duet_client_free(struct duet_client *client)
{
	/* A done function that end() calls may say the same. */
	if (client == NULL || client->ending)
		return;
	end(client);
	/* A done function has called: the loop and we are still in use. */
	if (!client->stepping)
		release(client);
}

/* Or a done function that tries again would keep it from ever ending. */
static int check_may_begin(const struct duet_client *client,
			   struct duet_error *err)
{
	if (client == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "there is no client (NULL): make one with duet_client_new()");
	if (!client->ending)
		return DUET_OK;
	return duet_error_set(err, DUET_E_GONE,
			      "this client is being freed: it begins nothing more");
}

/* A wait within a wait would run the callbacks of the outer one. */
static int check_may_wait(const struct duet_client *client,
			  struct duet_error *err)
{
	int rc = check_may_begin(client, err);

	if (rc < 0 || !client->stepping)
		return rc;
	return duet_error_set(err, DUET_E_STATE,
			      "a done function may not wait: use duet_start(), and read what duet_start() gave");
}

int duet_start(struct duet_client *client, const struct duet_request *request,
	       duet_done_fn *done, void *arg, struct duet_error *err)
{
	struct duet_fetch *fetch = NULL;
	int rc = check_may_begin(client, err);

	if (rc == DUET_OK && done == NULL)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "duet_start() has nobody to tell (done is NULL): give it a done function");
	if (rc < 0)
		return rc;
	return duet_fetch_new(client, request, false, done, arg, &fetch, err);
}

int duet_client_fd(const struct duet_client *client)
{
	return duet_loop_fd(client->loop);
}

int32_t duet_client_wait_ms(const struct duet_client *client)
{
	return duet_loop_wait_ms(client->loop);
}

void duet_client_resume(struct duet_client *client)
{
	duet_fetch_resume_all(client);
}

int duet_client_step(struct duet_client *client, int32_t wait_ms,
		     struct duet_error *err)
{
	int rc = check_may_wait(client, err);

	if (rc < 0)
		return rc;
	client->stepping = true;
	rc = duet_loop_step(client->loop, wait_ms, err);
	duet_revoke_pump(client);
	client->stepping = false;
	if (!client->ending)
		return rc;
	release(client);
	return duet_error_set(err, DUET_E_GONE,
			      "a done function has freed the client: this was its last step");
}

void duet_client_failure_facts(const struct duet_client *client,
			       struct duet_facts *ret_facts)
{
	const struct duet_failure *failure = &client->failure;
	struct duet_facts facts = {
		.cut = failure->cut,
		.reused = failure->reused,
		.early_data = failure->early,
		.redirects = failure->redirects,
		.wire_bytes = failure->wire_bytes,
		.address = failure->address,
		.request_bytes = failure->request_bytes,
		.request_whole = failure->request_whole,
		.proxy = duet_facts_text(failure->proxy),
		.host_unicode = duet_facts_text(failure->host_unicode),
	};

	facts.url = duet_facts_text(failure->url);
	facts.hops = failure->hops.list;
	duet_facts_of_moments(&facts, &failure->moments);
	duet_facts_of_peer(&facts, failure->peer);
	duet_opts_return(ret_facts, &facts, sizeof(facts));
}

struct outcome {
	bool done;
	struct duet_response *response;
	struct duet_error *err; /* the caller's; may be NULL */
};

static void note_outcome(struct duet_response *response,
			 const struct duet_error *error, void *arg)
{
	struct outcome *outcome = arg;

	outcome->done = true;
	outcome->response = response;
	if (error != NULL)
		(void)duet_error_copy(outcome->err, error);
}

struct duet_response *duet_send(struct duet_client *client,
				const struct duet_request *request,
				struct duet_error *err)
{
	struct outcome outcome = { .err = err };
	struct duet_fetch *fetch = NULL;
	struct duet_error why;

	if (check_may_wait(client, err) < 0 ||
	    duet_fetch_new(client, request, false, note_outcome, &outcome,
			   &fetch, err) < 0)
		return NULL;
	fetch->waiting_caller = true;
	while (!outcome.done)
		/* Where the client has been freed, so has the fetch. */
		if (duet_client_step(client, -1, &why) < 0 && !outcome.done) {
			duet_fetch_free(fetch);
			(void)duet_error_copy(err, &why);
			return NULL;
		}
	return outcome.response;
}

struct duet_response *duet_get(const char *url, struct duet_error *err)
{
	struct duet_client *client = duet_client_new(NULL, err);
	struct duet_response *response;

	if (client == NULL)
		return NULL;
	response = duet_send(client,
			     DUET_REQUEST(.url = url,
					  .max_redirects = GET_REDIRECTS),
			     err);
	if (response == NULL)
		duet_client_free(client);
	else
		response->own_client = client;
	return response;
}
