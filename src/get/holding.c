/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/holding.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

enum {
	FIRST_PAUSE_MS = 100,
	LAST_PAUSE_MS = 5000,
	/* More pieces than that are fetched again, so that there is room for
	 * those to come. */
	PIECES = DUET_SPANS_MAX / 2,
};

int duet_get_holding_init(struct duet_get_holding *holding,
			  const struct duet_get_output *output, const char *url,
			  struct duet_error *err)
{
	holding->on = true;
	holding->journal.size = -1;
	holding->pause_ms = FIRST_PAUSE_MS;
	holding->there = true; /* perhaps, of an earlier transfer */
	holding->saved_ms = duet_clock_ms();
	holding->journal.url = duet_mem_strdup(url);
	if (output->kind == DUET_GET_OUTPUT_FILE)
		holding->path = duet_mem_printf("%s.duet", output->part);
	if (holding->journal.url == NULL ||
	    (output->kind == DUET_GET_OUTPUT_FILE && holding->path == NULL))
		return duet_error_nomem(err);
	return DUET_OK;
}

static int check_part(const struct duet_get_output *output,
		      const struct duet_journal *journal, const char **ret_why,
		      struct duet_error *err)
{
	const struct duet_spans *have = &journal->have;
	struct stat st;

	if (fstat(output->fd, &st) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot look at it", output->part);
	if (st.st_uid != geteuid())
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s' is another user's: who knows what is in it; save under another name",
				      output->part);
	if (have->n > 0 && have->at[have->n - 1].to > (uint64_t)st.st_size)
		*ret_why = "it is shorter than its .duet says";
	return DUET_OK;
}

static int find_part(struct duet_get_holding *holding,
		     const struct duet_get_output *output, const char **ret_why,
		     struct duet_error *err)
{
	struct duet_journal journal;
	int rc = duet_journal_load(holding->path, &journal, err);

	if (rc == DUET_EOF || rc == DUET_E_ARGUMENT) {
		*ret_why =
			rc == DUET_EOF
				? "there is no .duet that says of what version it is"
				: "its .duet cannot be read";
		return DUET_OK;
	}
	if (rc < 0)
		return rc;
	rc = check_part(output, &journal, ret_why, err);
	if (rc == DUET_OK && strcmp(journal.url, holding->journal.url) != 0)
		rc = duet_error_set(err, DUET_E_ARGUMENT,
				    "'%s' is of another URL, %s: go on with that, or fetch this one without -C, or under another name",
				    output->part, journal.url);
	if (rc != DUET_OK || *ret_why != NULL) {
		duet_journal_done(&journal);
		return rc;
	}
	if (journal.have.n > PIECES)
		journal.have.n = PIECES;
	duet_journal_done(&holding->journal);
	holding->journal = journal;
	return DUET_OK;
}

static int find_name(struct duet_get_holding *holding,
		     const struct duet_get_output *output,
		     struct duet_error *err)
{
	struct stat st;

	if (stat(output->path, &st) != 0 || st.st_size == 0)
		return DUET_OK;
	holding->copied = true;
	if (!duet_spans_add(&holding->journal.have, 0, (uint64_t)st.st_size))
		return duet_error_nomem(err);
	return DUET_OK;
}

int duet_get_holding_find(struct duet_get_holding *holding,
			  const struct duet_get_output *output,
			  const char **ret_why, struct duet_error *err)
{
	*ret_why = NULL;
	holding->asked = true;
	if (holding->path == NULL)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is no plain file, and -C goes on with one: leave it out",
				      output->path != NULL ? output->path
							   : "-");
	if (!output->made)
		return find_part(holding, output, ret_why, err);
	/* Of a .part that is gone: it must not be taken for this one's. */
	(void)unlink(holding->path);
	return find_name(holding, output, err);
}

void duet_get_holding_anew(struct duet_get_holding *holding,
			   const struct duet_head *head)
{
	holding->journal.have.n = 0;
	holding->journal.size = -1;
	holding->copied = false;
	duet_validator_of(head, &holding->journal.version);
	if (head->status == 200)
		holding->journal.size = head->content_length;
	else
		holding->on = false;
	if (holding->path != NULL)
		(void)unlink(holding->path);
	holding->there = false;
	holding->unsaved = true;
}

bool duet_get_holding_add(struct duet_get_holding *holding, uint64_t from,
			  uint64_t to)
{
	holding->unsaved = true;
	return !holding->on || duet_spans_add(&holding->journal.have, from, to);
}

int duet_get_holding_save(struct duet_get_holding *holding,
			  const struct duet_get_output *output,
			  struct duet_error *err)
{
	int rc;

	if (!holding->on || holding->path == NULL || !holding->unsaved)
		return DUET_OK;
	holding->unsaved = false;
	if (!duet_get_output_has_part(output)) {
		/* What lies there tells of another .part. */
		duet_mem_free(holding->path);
		holding->path = NULL;
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s' has been removed or replaced while it was written",
				      output->part);
	}
	if (fdatasync(output->fd) != 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "'%s': cannot write to it", output->part);
	else
		rc = duet_journal_save(holding->path, &holding->journal, err);
	holding->saved_ms = duet_clock_ms();
	holding->there = true;
	if (rc == DUET_OK)
		return DUET_OK;
	(void)unlink(holding->path);
	duet_mem_free(holding->path);
	holding->path = NULL;
	return rc;
}

int duet_get_holding_tick(struct duet_get_holding *holding,
			  const struct duet_get_output *output,
			  struct duet_error *err)
{
	if (!holding->on || holding->path == NULL || !holding->unsaved ||
	    duet_clock_ms() - holding->saved_ms < holding->pause_ms)
		return DUET_OK;
	holding->pause_ms *= 2;
	if (holding->pause_ms > LAST_PAUSE_MS)
		holding->pause_ms = LAST_PAUSE_MS;
	return duet_get_holding_save(holding, output, err);
}

void duet_get_holding_forget(struct duet_get_holding *holding)
{
	if (holding->path != NULL && holding->there)
		(void)unlink(holding->path);
}

void duet_get_holding_done(struct duet_get_holding *holding)
{
	duet_mem_free(holding->path);
	duet_journal_done(&holding->journal);
	holding->path = NULL;
}
