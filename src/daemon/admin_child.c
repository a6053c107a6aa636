/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "daemon/admin.h"
#include "daemon/hosts.h"
#include "daemon/service_int.h"
#include "daemon/vitals.h"
#include "http/accept.h"
#include "server/handler.h"
#include "site/error.h"
#include "site/page.h"
#include "site/users.h"

enum {
	MAX_CONNECTIONS = 64,
	ADDRESS_BYTES = 64,
	LOOPBACK_NET = 127,
};

struct form {
	const char *path;
	const char *type;
	const char *policy; /* NULL: it is no page */
	int (*add)(struct duet_buf *buf, const struct duet_vitals *vitals);
};

/* ---- health ---- */

static int add_health(struct duet_buf *buf, const struct duet_vitals *vitals)
{
	char sentence[DUET_VITALS_SENTENCE_BYTES];

	if (duet_vitals_is_well(vitals))
		return duet_buf_add_str(buf, "ok\n");
	duet_vitals_sentence(sentence, vitals);
	return duet_buf_printf(buf, "%s: %s\n", duet_vitals_state(vitals),
			       sentence);
}

static int add_health_json(struct duet_buf *buf,
			   const struct duet_vitals *vitals)
{
	char sentence[DUET_VITALS_SENTENCE_BYTES];

	duet_vitals_sentence(sentence, vitals); /* plain words of ours */
	return duet_buf_printf(buf,
			       "{\"state\":\"%s\",\"well\":%s,\"sentence\":\"%s\"}\n",
			       duet_vitals_state(vitals),
			       duet_vitals_is_well(vitals) ? "true" : "false",
			       sentence);
}

static const char *const health_types[] = { "text/plain", "application/json" };
static const struct form health[] = {
	{ "/healthz", "text/plain; charset=utf-8", NULL, add_health },
	{ "/healthz", "application/json", NULL, add_health_json },
};

static const struct form forms[] = {
	{ "/", duet_page_type, duet_vitals_policy, duet_vitals_page },
	{ "/status.json", "application/json", NULL, duet_vitals_json },
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", NULL,
	  duet_vitals_metrics },
};

/* ---- replies ---- */

static int add_fields(struct duet_exchange *exchange, const struct form *form)
{
	int rc = duet_reply_header(exchange, "Cache-Control", "no-store");

	if (rc == DUET_OK)
		rc = duet_reply_header(exchange, "Cross-Origin-Resource-Policy",
				       "same-origin");
	if (rc == DUET_OK)
		rc = duet_page_fields(exchange, false);
	if (rc == DUET_OK && form->policy != NULL)
		rc = duet_reply_header(exchange, "Content-Security-Policy",
				       form->policy);
	if (rc == DUET_OK && form->path == health[0].path)
		rc = duet_reply_header(exchange, "Vary", "Accept");
	return rc;
}

/* Who answers. */
struct teller {
	struct duet_service *service;
	pid_t supervisor;
	int64_t most_cpu_us;
};

static int take(struct duet_vitals *vitals, struct teller *teller)
{
	const struct duet_service *service = teller->service;
	struct duet_vitals_facts facts = {
		.sites = service->config->sites,
		.credentials = service->credentials,
		.n_credentials = service->n_credentials,
		.now = duet_clock_wall(),
	};

	duet_usage_take(&facts.usage, service->tally, teller->supervisor,
			&teller->most_cpu_us);
	return duet_vitals_take(vitals, service->tally, &facts);
}

static void reply(struct duet_exchange *exchange, struct teller *teller,
		  const struct form *form)
{
	struct duet_vitals vitals = { 0 };
	struct duet_bytes bytes;
	struct duet_buf body;
	int status = 200;
	int rc;

	duet_buf_init(&body, DUET_VITALS_MAX_BYTES);
	rc = take(&vitals, teller);
	if (rc == DUET_OK)
		rc = form->add(&body, &vitals);
	if (rc == DUET_OK)
		rc = add_fields(exchange, form);
	/* The others tell of it; only who asks for it is told by status. */
	if (form->path == health[0].path && !duet_vitals_is_well(&vitals))
		status = 503;
	bytes = duet_buf_bytes(&body);
	if (rc == DUET_OK)
		(void)duet_reply(exchange, status, form->type, bytes.data,
				 bytes.len);
	else
		(void)duet_reply_empty(exchange, 500);
	duet_buf_done(&body);
	duet_vitals_done(&vitals);
}

/* NULL: there is no such path. */
static const struct form *find(const struct duet_head *request)
{
	struct duet_bytes path = { request->target,
				   strcspn(request->target, "?") };
	size_t i;

	if (duet_bytes_eq(path, health[0].path))
		return &health[duet_accept_choose(request, health_types, 2) == 1
				       ? 1
				       : 0];
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (duet_bytes_eq(path, forms[i].path))
			return &forms[i];
	return NULL;
}

bool duet_admin_is_local(struct duet_bytes host)
{
	char text[ADDRESS_BYTES];
	struct in_addr v4;

	if (host.len == 0 || duet_bytes_eq_nocase(host, "localhost") ||
	    duet_bytes_eq(host, "[::1]"))
		return true;
	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, &v4) == 1 &&
	       ntohl(v4.s_addr) >> 24 == LOOPBACK_NET;
}

static bool is_of_this_machine(struct duet_exchange *exchange)
{
	/* No page of anybody's gets to a socket file. */
	return duet_address_is_unix(duet_exchange_peer(exchange)) ||
	       duet_admin_is_local(
		       duet_hosts_name(duet_exchange_head(exchange)));
}

static void handle(struct duet_exchange *exchange, void *arg)
{
	const struct duet_head *request = duet_exchange_head(exchange);
	const struct form *form = find(request);
	const char *method = request->method;

	if (!is_of_this_machine(exchange))
		duet_site_error(exchange, 403,
				"this listener is for this machine: ask it for localhost or for a loopback address, not for another name.");
	else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		duet_site_error_with(exchange, 405, "Allow", "GET, HEAD",
				     "there is nothing to be changed here, only to be read.");
	else if (form == NULL)
		duet_site_error(exchange, 404,
				"there are /, /status.json, /metrics and /healthz.");
	else
		reply(exchange, arg, form);
}

static void trouble(const struct duet_error *error, const char *peer, void *arg)
{
	const struct teller *teller = arg;

	duet_log_trouble(&teller->service->trouble, peer, error->text);
}

/* ---- the process ---- */

/* What strangers want of us it does not have. */
static void let_go(struct duet_service *service)
{
	size_t i;

	duet_sockets_close(&service->sockets);
	(void)close(service->ready[1]);
	service->ready[1] = -1;
	for (i = 0; i < service->n_credentials; i++) {
		duet_identity_release(service->credentials[i].identity);
		service->credentials[i].identity = NULL;
	}
	duet_config_release(service->tls);
	service->tls = NULL;
	duet_ratchet_wipe(&service->ratchet);
	for (i = 0; i < service->n_gates; i++) {
		duet_users_free(service->gates[i].users);
		service->gates[i].users = NULL;
	}
}

/*
 * Until the supervisor says stop, or is gone. While the service drains, who is
 * connected may go on asking; the place is free for a successor.
 */
static int serve(struct duet_server *server, const struct duet_reins *reins,
		 struct duet_error *err)
{
	struct pollfd fds[3] = {
		{ .fd = duet_server_fd(server), .events = POLLIN },
		{ .fd = reins->drain[0] },
		{ .fd = reins->stop[0], .events = POLLIN },
	};
	int rc = DUET_OK;

	while (rc == DUET_OK) {
		if (poll(fds, 3, duet_server_wait_ms(server)) > 0) {
			if (fds[1].revents != 0) {
				duet_server_accept_no_more(server);
				fds[1].fd = -1;
			}
			if (fds[2].revents != 0) {
				duet_server_stop(server, 0);
				fds[2].fd = -1;
			}
		}
		rc = duet_server_step(server, 0, err);
	}
	return rc == DUET_EOF ? DUET_OK : rc;
}

int duet_admin_run(struct duet_service *service)
{
	struct teller teller = { .service = service, .supervisor = getppid() };
	struct duet_server *server;
	struct duet_error err;
	int rc = DUET_OK;

	let_go(service);
	server =
		duet_server_new(DUET_SERVER(.listen_fds =
						    duet_sockets_of(&service->admin,
								    0),
					    .n_listen_fds =
						    service->admin.n_places,
					    .plain_http = 1, .handler = handle,
					    .on_trouble = trouble,
					    .arg = &teller,
					    .max_connections = MAX_CONNECTIONS),
				&err);
	duet_sockets_close(&service->admin);
	if (server == NULL)
		rc = err.code;
	else
		rc = serve(server, &service->reins, &err);
	duet_server_free(server);
	if (rc != DUET_OK)
		duet_log_trouble(&service->trouble, NULL, err.text);
	duet_log_trouble_done(&service->trouble);
	return rc == DUET_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
