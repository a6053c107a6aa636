/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/remedy.h"
#include "cli/terminal.h"
#include "cli/url.h"
#include "cli/words.h"
#include "explain/draw.h"
#include "explain/probe.h"

static const char program[] = "duet explain";

static int complain(struct duet_error *err, int number)
{
	bool limit;

	duet_cli_words(err, &limit);
	duet_remedy_add(err);
	duet_complain(program, err->text);
	return number;
}

/* What is no matter of the server's. */
static bool is_ours(int code)
{
	return code == DUET_E_URL || code == DUET_E_ARGUMENT ||
	       code == DUET_E_NOMEM || code == DUET_E_STATE;
}

static int check(const struct duet_explain_options *options, const char *url,
		 struct duet_error *err)
{
	if (duet_str_starts(url, "http://"))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "http:// has no TLS to explain: ask for https://, or for HOST:PORT");
	if (!duet_str_starts(url, "https://"))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "only https:// is explained: write HOST, HOST:PORT or https://HOST/");
	if (options->json && options->silent)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "--json and -s are two forms of one report: leave one of them out");
	return duet_reach_options_check(&options->reach, err);
}

static int print(const struct duet_explain_options *options,
		 const struct duet_explain_facts *facts,
		 const struct duet_explain_findings *findings, int number)
{
	const struct duet_explain_style style = {
		.colour = duet_terminal_wants_colour(STDOUT_FILENO),
		.utf8 = duet_terminal_speaks_utf8(),
	};
	char *text = NULL;
	json_t *object;
	int rc;

	if (options->json) {
		object = duet_explain_json(facts, findings);
		text = object == NULL
			       ? NULL
			       : json_dumps(object,
					    JSON_COMPACT |
						    JSON_REAL_PRECISION(12));
		json_decref(object);
		if (text != NULL)
			(void)printf("%s\n", text);
		rc = text != NULL;
		free(text);
	} else if (options->silent) {
		text = number != DUET_EXIT_OK
			       ? duet_explain_line(facts, findings, &style)
			       : NULL;
		if (text != NULL)
			(void)printf("%s\n", text);
		rc = number == DUET_EXIT_OK || text != NULL;
		duet_mem_free(text);
	} else {
		text = duet_explain_draw(facts, findings, &style);
		if (text != NULL)
			(void)fputs(text, stdout);
		rc = text != NULL;
		duet_mem_free(text);
	}
	if (rc == 0) {
		duet_complain(program, "out of memory");
		return DUET_EXIT_NOMEM;
	}
	rc = duet_finish_stdout(program);
	return rc != DUET_EXIT_OK ? rc : number;
}

static int explain(const struct duet_explain_options *options, const char *url)
{
	struct duet_explain_facts *facts = duet_mem_zalloc(sizeof(*facts));
	struct duet_explain_findings *findings =
		duet_mem_zalloc(sizeof(*findings));
	int number = DUET_EXIT_NOMEM;
	struct duet_error err;

	if (facts == NULL || findings == NULL) {
		(void)duet_error_nomem(&err);
		number = complain(&err, number);
	} else if (duet_explain_probe(options, url, facts, &number, &err) !=
		   DUET_OK) {
		number = complain(&err, number);
	} else if (is_ours(facts->error.code)) {
		number = complain(&facts->error,
				  duet_exit_for(facts->error.code));
	} else {
		duet_explain_judge(facts, findings);
		number = print(options, facts, findings,
			       duet_explain_exit(findings));
	}
	duet_mem_free(facts);
	duet_mem_free(findings);
	return number;
}

int duet_cli_explain(int argc, char **argv)
{
	struct duet_explain_options options;
	struct duet_error err;
	char *url = NULL;
	int operands = 0;
	int number = DUET_EXIT_OK;

	duet_explain_options_init(&options);
	if (!duet_opt_begin(&duet_explain_command, argc, argv, &options,
			    &operands, &number))
		goto out;
	url = duet_cli_url_complete(argv[1]);
	if (url == NULL) {
		(void)duet_error_nomem(&err);
		number = complain(&err, DUET_EXIT_NOMEM);
	} else if (check(&options, url, &err) != DUET_OK) {
		number = complain(&err, DUET_EXIT_USAGE);
	} else {
		number = explain(&options, url);
	}
out:
	duet_mem_free(url);
	duet_explain_options_done(&options);
	return number;
}
