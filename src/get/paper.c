/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* lstat */
#include "get/paper.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

enum {
	OURS_ONLY = 0600, /* URLs may have secrets in them */
	INDENT = 2,
	TIMES = 10, /* as long as a writing took until the next one */
	AFTER_FAILURE_US = 100000, /* ... however soon it has failed */
};

/* A rename would put a file in the place of /dev/null, or of the link that
 * /dev/stdout is. */
static int check_place(const char *option, const char *path,
		       struct duet_error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return DUET_OK;
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "%s: '%s' is %s, and a file would take its place: name another",
			      option, path,
			      S_ISLNK(st.st_mode) ? "a symbolic link"
						  : "no regular file");
}

static int write_whole(const struct duet_get_paper *paper,
		       struct duet_error *err)
{
	char *text = json_dumps(paper->root,
				JSON_INDENT(INDENT) | JSON_REAL_PRECISION(12));
	char *whole = text != NULL ? duet_mem_printf("%s\n", text) : NULL;
	int rc;

	free(text);
	if (whole == NULL)
		return duet_error_nomem(err);
	rc = duet_file_write(paper->path, duet_str(whole), OURS_ONLY, err);
	duet_mem_free(whole);
	if (rc != DUET_OK)
		duet_error_prefix(err, "%s: ", paper->option);
	return rc;
}

static int write_now(struct duet_get_paper *paper, struct duet_error *err)
{
	int64_t began_us = duet_clock_us();
	int rc = write_whole(paper, err);

	paper->written_us = duet_clock_us();
	paper->took_us = paper->written_us - began_us;
	if (rc == DUET_OK)
		paper->unwritten = false;
	else if (paper->took_us < AFTER_FAILURE_US)
		paper->took_us = AFTER_FAILURE_US;
	return rc;
}

int duet_get_paper_begin(struct duet_get_paper *paper, const char *option,
			 const char *path, json_t *root, json_t *list,
			 struct duet_error *err)
{
	int rc;

	*paper = (struct duet_get_paper){
		.option = option,
		.path = path,
		.root = root,
		.list = list,
	};
	if (root == NULL || list == NULL)
		return duet_error_nomem(err);
	rc = check_place(option, path, err);
	return rc == DUET_OK ? write_now(paper, err) : rc;
}

int duet_get_paper_add(struct duet_get_paper *paper, json_t *item,
		       struct duet_error *err)
{
	if (json_array_append_new(paper->list, item) != 0)
		return duet_error_nomem(err);
	paper->unwritten = true;
	return DUET_OK;
}

int32_t duet_get_paper_wait_ms(const struct duet_get_paper *paper,
			       int64_t now_us)
{
	int64_t left_us = paper->written_us + TIMES * paper->took_us - now_us;
	int64_t left_ms = (left_us + 999) / 1000;

	if (!paper->unwritten)
		return -1;
	if (left_us <= 0)
		return 0;
	return left_ms < INT32_MAX ? (int32_t)left_ms : INT32_MAX;
}

int duet_get_paper_keep(struct duet_get_paper *paper, int64_t now_us,
			struct duet_error *err)
{
	return duet_get_paper_wait_ms(paper, now_us) == 0
		       ? write_now(paper, err)
		       : DUET_OK;
}

int duet_get_paper_end(struct duet_get_paper *paper, struct duet_error *err)
{
	return paper->unwritten ? write_now(paper, err) : DUET_OK;
}

void duet_get_paper_done(struct duet_get_paper *paper)
{
	json_decref(paper->root);
	*paper = (struct duet_get_paper){ 0 };
}
