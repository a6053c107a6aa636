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

int duet_get_target_init(struct duet_get_target *ret,
			 const struct duet_get *get, size_t i,
			 struct duet_error *err)
{
	const struct duet_get_item *item = &get->list.items[i];
	const char *saved_as = NULL;
	char *whole;
	int rc;

	*ret = (struct duet_get_target){ .at = i,
					 .given = item->given,
					 .name = item->name };
	if (ret->name != NULL && strcmp(ret->name, "-") != 0)
		saved_as = ret->name;
	whole = duet_get_request_url(&get->request, item->url);
	if (whole == NULL)
		return duet_error_nomem(err);
	rc = duet_get_checksums_find(&get->checksums, i, saved_as, whole,
				     &ret->sum, err);
	duet_mem_free(whole);
	return rc;
}

/* Before anything is fetched. */
static int check_sums(struct duet_get *get, struct duet_error *err)
{
	struct duet_get_target target;
	size_t i;
	int rc;

	rc = duet_get_checksums_init(&get->checksums, &get->options.checksums,
				     err);
	for (i = 0; i < get->list.n && rc == DUET_OK; i++)
		rc = duet_get_target_init(&target, get, i, err);
	if (rc == DUET_OK)
		return DUET_EXIT_OK;
	return rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_READ;
}

static int check(struct duet_get *get, char **urls, int count,
		 struct duet_error *err)
{
	int rc = duet_get_options_check(&get->options, count, err);

	if (rc != DUET_OK)
		return DUET_EXIT_USAGE;
	rc = duet_get_list_init(&get->list, &get->options, urls, count, err);
	if (rc != DUET_OK)
		return rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_READ;
	rc = duet_get_list_check(&get->list, &get->options, err);
	if (rc == DUET_OK)
		return DUET_EXIT_OK;
	return rc == DUET_E_NOMEM ? DUET_EXIT_NOMEM : DUET_EXIT_USAGE;
}

static int exit_of_request(int status)
{
	if (status == DUET_E_NOMEM)
		return DUET_EXIT_NOMEM;
	if (status == DUET_E_LIMIT)
		return DUET_EXIT_LIMIT;
	return status == DUET_E_ARGUMENT ? DUET_EXIT_USAGE : DUET_EXIT_READ;
}

static int prepare(struct duet_get *get, struct duet_error *err)
{
	int number = DUET_EXIT_OK;
	int rc = duet_get_request_init(&get->request, &get->options, err);

	if (rc == DUET_OK)
		rc = duet_get_request_check(&get->request, (int)get->list.n,
					    err);
	if (rc != DUET_OK)
		return exit_of_request(rc);
	rc = duet_get_reach_init(&get->reach, &get->options, &number, err);
	if (rc == DUET_OK)
		number = check_sums(get, err);
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

/* Also where transfers have failed or were interrupted. */
static int end_records(struct duet_get *get, int number)
{
	struct duet_error err;

	if (duet_get_records_end(&get->records, &err) == DUET_OK)
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
	number = check(&get, argv + 1, urls, &err);
	if (number == DUET_EXIT_USAGE) {
		duet_complain("duet get", err.text);
		goto out;
	}
	if (number == DUET_EXIT_OK)
		number = prepare(&get, &err);
	if (number == DUET_EXIT_OK)
		number = remember(&get, end_records(&get, duet_get_run(&get)));
	else
		complain(&err);
out:
	duet_get_records_done(&get.records);
	duet_get_checksums_done(&get.checksums);
	duet_get_reach_done(&get.reach);
	duet_get_request_done(&get.request);
	duet_get_list_done(&get.list);
	duet_get_options_done(&get.options);
	duet_get_interrupt_obey();
	return number;
}
