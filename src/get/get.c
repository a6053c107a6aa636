/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/remedy.h"
#include "daemon/leave.h"
#include "get/interrupt.h"
#include "get/run.h"

static int usage_error(const struct duet_error *err)
{
	duet_complain("duet get", err->text);
	return DUET_EXIT_USAGE;
}

int duet_get_target_init(struct duet_get_target *ret,
			 const struct duet_get *get, const char *url, size_t i,
			 struct duet_error *err)
{
	const struct duet_opt_list *outputs = &get->options.outputs;
	const char *saved_as = NULL;
	char *whole;
	int rc;

	*ret = (struct duet_get_target){ .at = i, .given = i < outputs->count };
	if (ret->given)
		ret->name = outputs->items[i];
	if (ret->name != NULL && strcmp(ret->name, "-") != 0)
		saved_as = ret->name;
	whole = duet_get_request_url(&get->request, url);
	if (whole == NULL)
		return duet_error_nomem(err);
	rc = duet_get_checksums_find(&get->checksums, i, saved_as, whole,
				     &ret->sum, err);
	duet_mem_free(whole);
	return rc;
}

/* Before anything is fetched. */
static int check_sums(struct duet_get *get, char **urls, int count,
		      struct duet_error *err)
{
	struct duet_get_target target;
	int rc;
	int i;

	rc = duet_get_checksums_init(&get->checksums, &get->options.checksums,
				     err);
	for (i = 0; i < count && rc == DUET_OK; i++)
		rc = duet_get_target_init(&target, get, urls[i], (size_t)i,
					  err);
	if (rc == DUET_OK)
		return DUET_EXIT_OK;
	return rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_READ;
}

static int check(const struct duet_get_options *options, char **urls, int count,
		 struct duet_error *err)
{
	int rc = duet_get_options_check(options, count, err);
	int i;

	for (i = 0; i < count && rc == DUET_OK; i++)
		rc = duet_get_options_check_url(options, urls[i], err);
	return rc;
}

static int exit_of_request(int status)
{
	if (status == DUET_E_NOMEM)
		return DUET_EXIT_NOMEM;
	if (status == DUET_E_LIMIT)
		return DUET_EXIT_LIMIT;
	return status == DUET_E_ARGUMENT ? DUET_EXIT_USAGE : DUET_EXIT_READ;
}

static int prepare(struct duet_get *get, char **urls, int count,
		   struct duet_error *err)
{
	int number = DUET_EXIT_OK;
	int rc = duet_get_request_init(&get->request, &get->options, err);

	if (rc == DUET_OK)
		rc = duet_get_request_check(&get->request, count, err);
	if (rc != DUET_OK)
		return exit_of_request(rc);
	rc = duet_get_reach_init(&get->reach, &get->options, &number, err);
	if (rc == DUET_OK)
		number = check_sums(get, urls, count, err);
	if (rc != DUET_OK || number != DUET_EXIT_OK)
		return number;
	rc = duet_get_records_init(&get->records, &get->options, &number, err);
	return rc == DUET_OK ? DUET_EXIT_OK : number;
}

static void complain(struct duet_error *err)
{
	duet_remedy_add(err);
	duet_complain("duet get", err->text);
}

/* What was learnt is kept also where a transfer has failed, whose exit code
 * stays the answer. */
static int remember(struct duet_get *get, int number)
{
	struct duet_error err;

	if (duet_get_state_save(&get->reach.state, &get->options, &err) ==
	    DUET_OK)
		return number;
	complain(&err);
	return number == DUET_EXIT_OK ? DUET_EXIT_WRITE : number;
}

int duet_cli_get(int argc, char **argv)
{
	struct duet_get get = { 0 };
	struct duet_error err;
	int urls = 0;
	int number = DUET_EXIT_OK;

	duet_get_options_init(&get.options);
	if (!duet_opt_begin(&duet_get_command, argc, argv, &get.options, &urls,
			    &number))
		goto out;
	duet_leave_memory_at_exit();
	if (check(&get.options, argv + 1, urls, &err) != DUET_OK) {
		number = usage_error(&err);
		goto out;
	}
	number = prepare(&get, argv + 1, urls, &err);
	if (number == DUET_EXIT_OK)
		number = remember(&get, duet_get_run(&get, argv + 1, urls));
	else
		complain(&err);
out:
	duet_get_records_done(&get.records);
	duet_get_checksums_done(&get.checksums);
	duet_get_reach_done(&get.reach);
	duet_get_request_done(&get.request);
	duet_get_options_done(&get.options);
	duet_get_interrupt_obey();
	return number;
}
