/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* lstat */
#include "get/paper.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

enum {
	OURS_ONLY = 0600, /* URLs may have secrets in them */
	INDENT = 2,
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
	return rc == DUET_OK ? duet_get_paper_write(paper, err) : rc;
}

int duet_get_paper_add(struct duet_get_paper *paper, json_t *item,
		       struct duet_error *err)
{
	return json_array_append_new(paper->list, item) == 0
		       ? DUET_OK
		       : duet_error_nomem(err);
}

int duet_get_paper_write(const struct duet_get_paper *paper,
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

void duet_get_paper_done(struct duet_get_paper *paper)
{
	json_decref(paper->root);
	*paper = (struct duet_get_paper){ 0 };
}
