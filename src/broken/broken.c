/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "broken/certs.h"
#include "broken/doors.h"
#include "broken/files.h"
#include "broken/serve.h"
#include "broken/table.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/opt.h"
#include "cli/remedy.h"

struct options {
	int64_t port; /* of the first; 0: the system chooses */
	const char *only;
	const char *ca;
	const char *crl_file;
	bool json;
	bool list;
};

enum {
	PORT_MAX = 65535,
};

static const struct duet_opt options_table[] = {
	{ "port", 'p', "NUMBER", "of the first, then one more each [any]",
	  DUET_OPT_NUMBER(struct options, port, 0, PORT_MAX),
	  .example = "9000" },
	{ "only", 0, "NAME[,NAME]", "these, or those of these groups",
	  DUET_OPT_STRING(struct options, only), .example = "expired" },
	{ "ca", 0, "FILE", "write the root here [a temporary file]",
	  DUET_OPT_STRING(struct options, ca), .example = "ca.pem" },
	{ "crl-file", 0, "FILE", "write the CRL here [a temporary file]",
	  DUET_OPT_STRING(struct options, crl_file), .example = "crl.pem" },
	{ "json", 0, NULL, "an object a line instead of a table",
	  DUET_OPT_FLAG(struct options, json) },
	{ "list", 0, NULL, "print the table, and serve nothing",
	  DUET_OPT_FLAG(struct options, list) },
	{ 0 },
};

static const struct duet_opt_command command = {
	.name = "duet broken",
	.usage = "[OPTION]...",
	.summary =
		"Servers on localhost that are wrong, each in its way, to try clients with.\n"
		"Clients are to believe a root that is made anew each time: see --ca.",
	.footer = "SIGTERM and Ctrl-C end it. See duet-broken(1).",
	.options = options_table,
	.operand = "OPTION",
};

struct run {
	const struct options *options;
	struct duet_broken_doors doors;
	struct duet_broken_certs certs;
	struct duet_broken_files files;
};

static int print_table(const struct run *run, struct duet_error *err)
{
	if (run->options->json)
		return duet_broken_table_json(&run->doors, stdout, err);
	duet_broken_table_text(&run->doors, stdout);
	return DUET_OK;
}

static int print_ready(const struct run *run, struct duet_error *err)
{
	if (run->options->json)
		return duet_broken_ready_json(&run->files, stdout, err);
	duet_broken_ready_text(&run->doors, &run->files, stdout);
	return DUET_OK;
}

static int check_port(const struct run *run, struct duet_error *err)
{
	int64_t last = PORT_MAX + 1 - (int64_t)run->doors.n;

	if (run->options->port <= last)
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "--port: there are %zu servers, and ports end at %d: %lld at most",
			      run->doors.n, PORT_MAX, (long long)last);
}

static int make_certs(struct run *run, struct duet_error *err)
{
	const struct duet_broken_door *plain =
		duet_broken_doors_find(&run->doors, DUET_BROKEN_PLAIN);
	char *url = duet_mem_printf("http://localhost:%u/crl",
				    (unsigned)plain->port);
	int rc;

	if (url == NULL)
		return duet_error_nomem(err);
	rc = duet_broken_certs_make(&run->certs, url, err);
	duet_mem_free(url);
	return rc;
}

static int write_files(struct run *run, struct duet_error *err)
{
	const struct duet_broken_certs *certs = &run->certs;

	return duet_broken_files_write(&run->files, run->options->ca,
				       (struct duet_bytes){ certs->ca_pem.data,
							    certs->ca_pem.len },
				       run->options->crl_file,
				       (struct duet_bytes){
					       certs->crl_pem.data,
					       certs->crl_pem.len },
				       err);
}

/* Everything but the table, and the waiting. */
static int serve(struct run *run, struct duet_error *err)
{
	int rc = duet_broken_hold_signals(err);

	if (rc == DUET_OK)
		rc = duet_broken_doors_open(&run->doors, err);
	if (rc == DUET_OK)
		rc = make_certs(run, err);
	if (rc == DUET_OK)
		rc = write_files(run, err);
	if (rc == DUET_OK)
		rc = print_table(run, err);
	if (rc == DUET_OK)
		rc = print_ready(run, err);
	if (rc != DUET_OK || duet_finish_stdout(command.name) != DUET_EXIT_OK)
		return rc;
	return duet_broken_serve(&run->doors, &run->certs, err);
}

static int run_with(const struct options *options)
{
	struct run run = { .options = options };
	struct duet_error err;
	int exit_code;
	int rc;

	rc = duet_broken_doors_new(&run.doors, options->only, &err);
	if (rc == DUET_OK)
		rc = check_port(&run, &err);
	if (rc != DUET_OK) {
		exit_code = rc == DUET_E_ARGUMENT ? DUET_EXIT_USAGE
						  : DUET_EXIT_NOMEM;
		goto out;
	}
	duet_broken_doors_number(&run.doors, (uint16_t)options->port);
	rc = options->list ? print_table(&run, &err) : serve(&run, &err);
	exit_code = duet_finish_stdout(command.name);
	if (rc != DUET_OK)
		exit_code = DUET_EXIT_UNSUPPORTED;
out:
	if (rc != DUET_OK) {
		duet_remedy_add(&err);
		duet_complain(command.name, err.text);
	}
	duet_broken_files_done(&run.files);
	duet_broken_certs_done(&run.certs);
	duet_broken_doors_done(&run.doors);
	return exit_code;
}

int duet_cli_broken(int argc, char **argv)
{
	struct options options = { 0 };
	int exit_code = DUET_EXIT_OK;
	int operands;

	if (duet_opt_begin(&command, argc, argv, &options, &operands,
			   &exit_code))
		exit_code = run_with(&options);
	return exit_code;
}
