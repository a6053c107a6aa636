/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>

#include <duet/server.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/opt.h"
#include "cli/remedy.h"
#include "daemon/log.h"
#include "daemon/service.h"

struct serve {
	struct duet_opt_list listen;
	const char *cert_file;
	const char *key_file;
	bool list;
	int64_t workers;
	uint8_t isolation;
	uint8_t attitude;
	const char *log;
	uint8_t log_format;
	int32_t drain_ms;
	int64_t ready_fd;
	bool quiet;
};

static const struct duet_opt options[] = {
	{ "listen", 'l', "HOST:PORT|unix:PATH",
	  "or :PORT; repeatable [localhost:8443]",
	  DUET_OPT_LIST(struct serve, listen), .example = "127.0.0.1:0" },
	{ "list", 0, NULL, "list directories without an index.html",
	  DUET_OPT_FLAG(struct serve, list) },
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
	{ "ready-fd", 0, "NUMBER", "write the URLs there once all accept",
	  DUET_OPT_NUMBER(struct serve, ready_fd, 3, 65535), .example = "3" },
	{ "quiet", 'q', NULL, "only trouble on standard error",
	  DUET_OPT_FLAG(struct serve, quiet) },
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet serve",
	.usage = "[OPTION]... DIR",
	.summary = "Serve the files of a directory over HTTPS.",
	.footer = "SIGTERM and Ctrl-C let connections end, a second one cuts "
		  "them.\nSee duet-serve(1).",
	.options = options,
	.min_operands = 1,
	.max_operands = 1,
	.operand = "DIR",
};

/* What the table cannot tell. */
static int check(const struct serve *serve, struct duet_error *err)
{
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

static int run(const struct serve *serve, const char *dir,
	       struct duet_error *err)
{
	static const char *const by_default[] = { "localhost:8443", NULL };
	const struct duet_service_config config = {
		.dir = dir,
		.listen = serve->listen.count > 0 ? serve->listen.items
						  : by_default,
		.cert_file = serve->cert_file,
		.key_file = serve->key_file,
		.list = serve->list,
		.workers = (size_t)serve->workers,
		.isolation = serve->isolation,
		.attitude = serve->attitude,
		.ready_fd = (int)serve->ready_fd,
		.log = serve->log,
		.log_format = serve->log_format,
		.drain_ms = serve->drain_ms,
		.quiet = serve->quiet,
	};
	int rc = check(serve, err);

	return rc == DUET_OK ? duet_service_run(&config, err) : rc;
}

int duet_cli_serve(int argc, char **argv)
{
	struct serve serve = { .log = "-",
			       .ready_fd = -1,
			       .drain_ms = DUET_SERVICE_DRAIN_MS };
	int exit_code = DUET_EXIT_OK;
	struct duet_error err;
	int operands;
	int rc;

	if (duet_opt_begin(&command, argc, argv, &serve, &operands,
			   &exit_code)) {
		rc = run(&serve, argv[1], &err);
		if (rc != DUET_OK) {
			duet_remedy_add(&err);
			duet_complain(command.name, err.text);
			exit_code = rc == DUET_E_ARGUMENT
					    ? DUET_EXIT_USAGE
					    : DUET_EXIT_UNSUPPORTED;
		}
	}
	duet_opt_list_done(&serve.listen);
	return exit_code;
}
