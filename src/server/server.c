/* SPDX-License-Identifier: MIT */
/* A server's making and end, and what its connections share. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/opts.h"
#include "http/date.h"
#include "http/h1.h"
#include "server/handler.h"
#include "server/run.h"
#include "server/server_int.h"

enum {
	MAX_CONNECTIONS = 1024,
};

void duet_server_trouble(const struct duet_server *server,
			 const struct duet_error *err, const char *peer)
{
	if (server->on_trouble != NULL)
		server->on_trouble(err, peer, server->arg);
}

const char *duet_server_date(struct duet_server *server)
{
	int64_t wall = duet_clock_wall();

	if (wall != server->date_wall) {
		duet_date_format(server->date, wall);
		server->date_wall = wall;
	}
	return server->date;
}

static int check_options(const struct duet_server_options *options,
			 struct duet_error *err)
{
	bool secure = options->tls != NULL || options->cert_file != NULL;

	if (options->handler == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a server needs a handler");
	if (options->tls != NULL && options->cert_file != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a server takes its certificate from .tls or from .cert_file, not from both");
	if (options->cert_file == NULL && options->key_file != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': a key file without .cert_file",
				      options->key_file);
	if (!secure && options->plain_http == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a server needs .tls or .cert_file; set .plain_http to serve HTTP without TLS");
	if (secure && options->plain_http != 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a server has either a certificate or .plain_http, not both");
	if (options->n_plain_listen_fds > options->n_listen_fds)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%zu plain sockets of %zu; .n_plain_listen_fds is how many of .listen_fds, the last ones",
				      options->n_plain_listen_fds,
				      options->n_listen_fds);
	if (options->attitude > DUET_ATTITUDE_STRICT)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%u is no closing attitude",
				      options->attitude);
	return DUET_OK;
}

/* A client that names http/1.0 (curl --http1.0) speaks what we always take. */
const char *const duet_server_alpn[] = { "h2", "http/1.1", "http/1.0", NULL };

static int config_from_files(const struct duet_server_options *options,
			     struct duet_config **ret, struct duet_error *err)
{
	struct duet_identity *identity;
	struct duet_config *config;

	identity =
		duet_identity_new(DUET_IDENTITY(.cert_file = options->cert_file,
						.key_file = options->key_file),
				  err);
	if (identity == NULL)
		return err->code;
	config =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1,
						      .alpn = duet_server_alpn),
				   err);
	duet_identity_release(identity);
	if (config == NULL)
		return err->code;
	*ret = config;
	return DUET_OK;
}

static int take_options(struct duet_server *server,
			const struct duet_server_options *options,
			struct duet_error *err)
{
	int rc = check_options(options, err);

	if (rc != DUET_OK)
		return rc;
	server->handler = options->handler;
	server->on_report = options->on_report;
	server->on_trouble = options->on_trouble;
	server->on_connection = options->on_connection;
	server->arg = options->arg;
	server->strict = options->attitude == DUET_ATTITUDE_STRICT;
	server->max_connections = options->max_connections > 0
					  ? options->max_connections
					  : MAX_CONNECTIONS;
	rc = duet_limits_fill(&server->limits, options->limits, err);
	if (rc != DUET_OK)
		return rc;
	if (options->tls != NULL)
		server->tls = duet_config_retain(options->tls);
	else if (options->cert_file != NULL)
		rc = config_from_files(options, &server->tls, err);
	return rc;
}

struct duet_server *duet_server_new(const struct duet_server_options *options,
				    struct duet_error *err)
{
	struct duet_server_options copy;
	struct duet_error local;
	struct duet_server *server = NULL;
	int rc;

	if (err == NULL)
		err = &local;
	rc = duet_opts_copy(&copy, sizeof(copy), options, "duet_server_options",
			    err);
	if (rc != DUET_OK)
		goto out;
	server = duet_mem_zalloc(sizeof(*server));
	if (server == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	rc = duet_request_ids_init(&server->ids, err);
	if (rc != DUET_OK)
		goto out;
	rc = take_options(server, &copy, err);
	if (rc != DUET_OK)
		goto out;
	rc = duet_run_init(server, err);
	if (rc != DUET_OK)
		goto out;
	rc = duet_listeners_open(server, &copy, err);
out:
	if (rc != DUET_OK) {
		duet_server_free(server);
		return NULL;
	}
	return server;
}

void duet_server_free(struct duet_server *server)
{
	struct duet_connection *c;
	struct duet_connection *next;
	struct duet_error why;

	if (server == NULL)
		return;
	(void)duet_error_set(&why, DUET_E_GONE, "the server was freed");
	duet_listeners_free(server);
	for (c = server->connections; c != NULL; c = next) {
		next = c->next;
		duet_connection_cut(c, &why);
	}
	duet_exchanges_free(server);
	duet_run_done(server);
	duet_config_release(server->tls);
	duet_mem_free(server);
}

size_t duet_server_n_addresses(const struct duet_server *server)
{
	return server->n_listeners;
}

const char *duet_server_address(const struct duet_server *server, size_t i)
{
	return i < server->n_listeners ? server->listeners[i]->text : NULL;
}

int duet_server_port(const struct duet_server *server)
{
	return server->n_listeners > 0 ? server->listeners[0]->port : 0;
}

int duet_server_set_tls(struct duet_server *server, struct duet_config *config,
			struct duet_error *err)
{
	if (config == NULL || server->tls == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "a running server cannot change between HTTP and HTTPS");
	(void)duet_config_retain(config);
	duet_config_release(server->tls);
	server->tls = config;
	return DUET_OK;
}

size_t duet_server_n_connections(const struct duet_server *server)
{
	return server->n_connections;
}

void duet_server_on_refusal(struct duet_server *server, duet_refusal_fn *fn)
{
	server->on_refusal = fn;
}
