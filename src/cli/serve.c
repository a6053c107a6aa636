/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <duet/server.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/opt.h"
#include "cli/plan.h"
#include "cli/remedy.h"
#include "cli/schema.h"
#include "daemon/log.h"
#include "daemon/places.h"
#include "daemon/service.h"

struct serve {
	struct duet_opt_list listen;
	struct duet_opt_list http_redirect;
	const char *cert_file;
	const char *key_file;
	bool list;
	bool no_compress;
	int64_t workers;
	uint8_t isolation;
	uint8_t attitude;
	const char *log;
	uint8_t log_format;
	const char *admin;
	int32_t drain_ms;
	int64_t ready_fd;
	bool quiet;
	struct duet_opt_list configs;
	const char *config; /* the only one of them */
	bool check;
	bool schema;
};

enum {
	NOT_GIVEN = UINT8_MAX, /* a choice */
};

static const struct duet_opt options[] = {
	{ "listen", 'l', "HOST:PORT|unix:PATH",
	  "or :PORT; repeatable [localhost:8443]",
	  DUET_OPT_LIST(struct serve, listen), .example = "127.0.0.1:0" },
	{ "http-redirect", 0, "HOST:PORT",
	  "plain HTTP, sent to HTTPS; repeatable",
	  DUET_OPT_LIST(struct serve, http_redirect),
	  .example = "127.0.0.1:0" },
	{ "config", 'c', "FILE", "options and sites; see duet.yaml(5)",
	  DUET_OPT_LIST(struct serve, configs), .example = "duet.yaml" },
	{ "check", 0, NULL, "say what is wrong, and serve nothing",
	  DUET_OPT_FLAG(struct serve, check) },
	{ "schema", 0, NULL, "print JSON Schema of duet.yaml",
	  DUET_OPT_FLAG(struct serve, schema) },
	{ "list", 0, NULL, "list directories without an index.html",
	  DUET_OPT_FLAG(struct serve, list) },
	{ "no-compress", 0, NULL, "send files as they are on disk",
	  DUET_OPT_FLAG(struct serve, no_compress) },
	{ "cert", 0, "FILE", "chain in PEM [one of the local CA]",
	  DUET_OPT_STRING(struct serve, cert_file), .example = "fullchain.pem",
	  .group = "Certificate" },
	{ "key", 0, "FILE", "its key, unless in the chain's file",
	  DUET_OPT_STRING(struct serve, key_file), .example = "key.pem" },
	{ "workers", 'w', "NUMBER", "processes [one a processor]",
	  DUET_OPT_NUMBER(struct serve, workers, 1, DUET_SERVICE_WORKERS_MAX),
	  .example = "4", .group = "Processes" },
	{ "isolation", 0, "worker|connection",
	  "connection: a process each [worker]",
	  DUET_OPT_CHOICE(struct serve, isolation), .example = "connection" },
	{ "close", 0, "prompt|strict", "strict: wait for close_notify [prompt]",
	  DUET_OPT_CHOICE(struct serve, attitude), .example = "strict" },
	{ "drain", 0, "SECONDS", "for connections to end on SIGTERM [30]",
	  DUET_OPT_SECONDS(struct serve, drain_ms, 0, 86400000),
	  .example = "5" },
	{ "log", 0, "FILE|-|none", "access log; -: standard output [-]",
	  DUET_OPT_STRING(struct serve, log), .example = "access.log",
	  .group = "Reports" },
	{ "log-format", 0, "json|common|combined", "of its lines [json]",
	  DUET_OPT_CHOICE(struct serve, log_format), .example = "combined" },
	{ "admin", 0, "HOST:PORT|unix:PATH|none",
	  "status page and /metrics, on loopback",
	  DUET_OPT_STRING(struct serve, admin), .example = "127.0.0.1:0" },
	{ "ready-fd", 0, "NUMBER", "write the URLs there once all accept",
	  DUET_OPT_NUMBER(struct serve, ready_fd, 3, 65535), .example = "3" },
	{ "quiet", 'q', NULL, "only trouble on standard error",
	  DUET_OPT_FLAG(struct serve, quiet) },
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet serve",
	.usage = "[OPTION]... DIR | --config FILE",
	.summary = "Serve the files of a directory over HTTPS.",
	.footer = "SIGTERM and Ctrl-C let connections end, a second one cuts "
		  "them.\nSee duet-serve(1).",
	.options = options,
	.min_operands = 0,
	.max_operands = 1,
	.operand = "DIR",
};

/* What the table cannot tell. */
static int check(const struct serve *serve, const char *dir,
		 struct duet_error *err)
{
	if (dir == NULL && serve->config == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "DIR is missing; usage: %s %s",
				      command.name, command.usage);
	if (serve->configs.count > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--config is there %zu times, '%s' and '%s'; write all sites into one file",
				      serve->configs.count,
				      serve->configs.items[0],
				      serve->configs.items[1]);
	if (serve->key_file != NULL && serve->cert_file == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--key without --cert; give the "
				      "certificate too");
	if (serve->ready_fd >= 0 && fcntl((int)serve->ready_fd, F_GETFD) < 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--ready-fd: descriptor %lld is not "
				      "open; in a shell, add %lld>FILE",
				      (long long)serve->ready_fd,
				      (long long)serve->ready_fd);
	if (serve->isolation == DUET_ISOLATION_CONNECTION && serve->workers > 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--workers has no meaning with "
				      "--isolation connection; leave it out");
	return DUET_OK;
}

/* A run of the command. What is borrowed for it lies beside it. */
struct run {
	const struct serve *serve;
	const char *dir;
	struct duet_plan plan;
	size_t n_told; /* errors, without a file to have places */
	struct duet_service_config config;
	struct duet_service_site site; /* of DIR, --cert and --key */
	struct duet_service_identity identity;
};

/* What has said that, if it was not the file; or NULL. */
static const char *option_of(const struct run *run,
			     const struct duet_service_problem *problem)
{
	const struct serve *serve = run->serve;

	switch (problem->part) {
	case DUET_SERVICE_LISTEN:
		return serve->listen.count > 0 ? "--listen" : NULL;
	case DUET_SERVICE_PLAIN:
		return serve->http_redirect.count > 0 ? "--http-redirect"
						      : NULL;
	case DUET_SERVICE_ADMIN:
		return serve->admin != NULL ? "--admin" : NULL;
	case DUET_SERVICE_LOG:
		return serve->log != NULL ? "--log" : NULL;
	case DUET_SERVICE_ROOT:
		return run->dir != NULL && problem->route == 0 ? "DIR" : NULL;
	case DUET_SERVICE_CERT:
		return serve->cert_file != NULL ? "--cert" : NULL;
	case DUET_SERVICE_KEY:
		return serve->key_file != NULL ? "--key" : NULL;
	default:
		return NULL;
	}
}

/* A duet_service_problem_fn beside a file. */
static void tell_or_note(const struct duet_service_problem *problem, void *arg)
{
	struct run *run = arg;
	const char *option = option_of(run, problem);

	if (option == NULL) {
		duet_plan_problem(problem, &run->plan);
		return;
	}
	(void)fprintf(stderr, "%s: %s%s: %s\n", command.name,
		      problem->is_warning ? "warning: " : "", option,
		      problem->text);
	run->n_told += !problem->is_warning;
}

/* What is given as an option goes before what the file says; a list replaces
 * the list of the file. */
static void override(struct run *run)
{
	const struct serve *serve = run->serve;
	struct duet_service_config *config = &run->config;

	if (serve->listen.count > 0)
		config->listen = serve->listen.items;
	if (serve->http_redirect.count > 0)
		config->http_redirect = serve->http_redirect.items;
	if (serve->workers > 0)
		config->workers = (size_t)serve->workers;
	if (serve->isolation != NOT_GIVEN)
		config->isolation = serve->isolation;
	/* Who asks for the one does not want the number of the other. */
	if (serve->isolation == DUET_ISOLATION_CONNECTION)
		config->workers = 0;
	if (serve->attitude != NOT_GIVEN)
		config->attitude = serve->attitude;
	if (serve->drain_ms >= 0)
		config->drain_ms = serve->drain_ms;
	if (serve->log != NULL)
		config->log = serve->log;
	if (serve->log_format != NOT_GIVEN)
		config->log_format = serve->log_format;
	if (serve->admin != NULL)
		config->admin =
			strcmp(serve->admin, "none") != 0 ? serve->admin : NULL;
	if (config->file != NULL) {
		config->on_problem = tell_or_note;
		config->problem_arg = run;
	}
	config->list = serve->list;
	config->no_compress = serve->no_compress;
	config->ready_fd = (int)serve->ready_fd;
	config->quiet = serve->quiet;
	config->only_check = serve->check;
}

static int check_overridden(const struct run *run, struct duet_error *err)
{
	if (run->config.isolation != DUET_ISOLATION_CONNECTION ||
	    run->serve->workers == 0)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "--workers has no meaning with 'isolation: connection' of '%s'; add --isolation worker",
			      run->serve->config);
}

/* Those of a file have been looked at with it. */
static int check_places(const struct run *run, struct duet_error *err)
{
	const struct serve *serve = run->serve;
	const struct duet_service_config *config = &run->config;
	const char *const admin[] = { config->admin, NULL };
	const bool says_listen = serve->listen.count > 0;
	const bool says_plain = serve->http_redirect.count > 0;
	const struct duet_places lists[] = {
		{ says_listen || serve->config == NULL ? "--listen"
						       : "'listen'",
		  config->listen, says_listen },
		{ says_plain ? "--http-redirect" : "'http_redirect'",
		  config->http_redirect, says_plain },
		{ serve->admin != NULL ? "--admin" : "'admin'", admin,
		  serve->admin != NULL },
	};

	return duet_places_check(lists, sizeof(lists) / sizeof(lists[0]), err);
}

/* DIR, --cert and --key are of a site: the only one. */
static int override_site(struct run *run, struct duet_error *err)
{
	const struct serve *serve = run->serve;

	if (run->dir == NULL && serve->cert_file == NULL)
		return DUET_OK;
	if (run->config.n_sites > 1)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s is of one site, and '%s' has %zu of them; write it into the file",
				      run->dir != NULL ? "DIR" : "--cert",
				      serve->config, run->config.n_sites);
	if (run->config.n_sites == 1)
		run->site = run->config.sites[0];
	if (run->dir != NULL)
		run->site.own.root = run->dir;
	if (serve->cert_file != NULL) {
		run->identity.cert_file = serve->cert_file;
		run->identity.key_file = serve->key_file;
		run->site.identities = &run->identity;
		run->site.n_identities = 1;
	}
	run->config.sites = &run->site;
	run->config.n_sites = 1;
	return DUET_OK;
}

/* A duet_service_problem_fn for a check without a file. */
static void tell_problem(const struct duet_service_problem *problem, void *arg)
{
	struct run *run = arg;

	(void)fprintf(stderr, "%s: %s%s\n", command.name,
		      problem->is_warning ? "warning: " : "", problem->text);
	run->n_told += !problem->is_warning;
}

static int prepare_config(struct run *run, struct duet_error *err)
{
	static const char *const by_default[] = { "localhost:8443", NULL };
	int rc = check(run->serve, run->dir, err);

	run->config = (struct duet_service_config){
		.listen = by_default,
		.log = "-",
		.drain_ms = DUET_SERVICE_DRAIN_MS,
		.ticket_key_ms = DUET_SERVICE_TICKET_KEY_MS,
	};
	if (rc == DUET_OK && run->serve->config != NULL)
		return duet_plan_read(&run->plan, run->serve->config,
				      &run->config, err);
	if (run->serve->check) {
		run->config.on_problem = tell_problem;
		run->config.problem_arg = run;
	}
	return rc;
}

/* What is made of something wrong has not been looked at. */
static void say_there_may_be_more(const struct run *run, size_t n_errors)
{
	(void)fprintf(stderr,
		      "%s: %zu error%s; what depends on %s has not been looked at: check again when %s mended\n",
		      run->serve->config, n_errors, n_errors == 1 ? "" : "s",
		      n_errors == 1 ? "it" : "them",
		      n_errors == 1 ? "it is" : "they are");
}

/* Everything but serving. *ret_exit is set where it has been said what is
 * wrong; then, and for DUET_OK with only_check, there is no service. */
static int prepare(struct run *run, struct duet_service **ret, int *ret_exit,
		   struct duet_error *err)
{
	int rc = prepare_config(run, err);
	size_t n_errors;

	if (rc == DUET_OK && run->plan.findings.n_errors == 0) {
		override(run);
		rc = check_overridden(run, err);
		if (rc == DUET_OK)
			rc = check_places(run, err);
		if (rc == DUET_OK)
			rc = override_site(run, err);
		if (rc == DUET_OK)
			rc = duet_service_new(&run->config, ret, err);
	}
	n_errors = duet_plan_tell(&run->plan) + run->n_told;
	if (n_errors == 0)
		return rc;
	if (run->serve->check && run->serve->config != NULL)
		say_there_may_be_more(run, n_errors);
	*ret_exit = DUET_EXIT_CONFIG;
	return DUET_OK;
}

/* "duet.yaml: fine: 2 sites, 3 identities" */
static int say_fine(const struct run *run)
{
	const struct duet_service_config *config = &run->config;
	size_t identities = 0;
	size_t i;

	for (i = 0; i < config->n_sites; i++)
		identities += config->sites[i].n_identities > 0
				      ? config->sites[i].n_identities
				      : 1; /* of the local CA */
	(void)printf("%s: fine: %zu site%s, %zu identit%s\n",
		     config->file != NULL ? config->file : run->dir,
		     config->n_sites, config->n_sites == 1 ? "" : "s",
		     identities, identities == 1 ? "y" : "ies");
	return duet_finish_stdout(command.name);
}

static int exit_for(const struct serve *serve, int rc)
{
	if (rc == DUET_E_ARGUMENT)
		return DUET_EXIT_USAGE;
	return serve->check ? DUET_EXIT_CONFIG : DUET_EXIT_UNSUPPORTED;
}

static int run(const struct serve *serve, const char *dir)
{
	struct run run = { .serve = serve, .dir = dir };
	struct duet_service *service = NULL;
	int exit_code = DUET_EXIT_OK;
	struct duet_error err;
	int rc = prepare(&run, &service, &exit_code, &err);

	if (rc == DUET_OK && exit_code == DUET_EXIT_OK && serve->check)
		exit_code = say_fine(&run);
	else if (rc == DUET_OK && exit_code == DUET_EXIT_OK)
		rc = duet_service_run(service, &err);
	if (rc != DUET_OK) {
		duet_remedy_add(&err);
		duet_complain(command.name, err.text);
		exit_code = exit_for(serve, rc);
	}
	duet_service_free(service);
	duet_plan_done(&run.plan);
	return exit_code;
}

int duet_cli_serve(int argc, char **argv)
{
	struct serve serve = { .isolation = NOT_GIVEN,
			       .attitude = NOT_GIVEN,
			       .log_format = NOT_GIVEN,
			       .ready_fd = -1,
			       .drain_ms = -1 };
	int exit_code = DUET_EXIT_OK;
	int operands;

	if (duet_opt_begin(&command, argc, argv, &serve, &operands,
			   &exit_code)) {
		serve.config =
			serve.configs.count > 0 ? serve.configs.items[0] : NULL;
		exit_code = serve.schema ? duet_schema_print(command.name)
					 : run(&serve,
					       operands > 0 ? argv[1] : NULL);
	}
	duet_opt_list_done(&serve.configs);
	duet_opt_list_done(&serve.listen);
	duet_opt_list_done(&serve.http_redirect);
	return exit_code;
}
