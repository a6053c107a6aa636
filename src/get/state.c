/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "get/state.h"

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

enum {
	FILE_MAX = 32 * 1024 * 1024, /* as much as the library takes */
	DATA_MAX = 65536,
};

/* As curl tells them apart. */
static bool is_data(const char *item)
{
	return strchr(item, '=') != NULL;
}

int duet_get_cookie_data(const struct duet_opt_list *cookies, char **ret)
{
	struct duet_buffer taken = { NULL, 0 };
	struct duet_buf data;
	int rc = DUET_OK;
	size_t i;

	duet_buf_init_secret(&data, DATA_MAX);
	for (i = 0; i < cookies->count && rc == DUET_OK; i++)
		if (is_data(cookies->items[i]))
			rc = duet_buf_printf(&data, "%s%s",
					     duet_buf_len(&data) > 0 ? "; "
								     : "",
					     cookies->items[i]);
	if (rc == DUET_OK && duet_buf_len(&data) > 0)
		rc = duet_buf_take(&data, &taken);
	duet_buf_done_secret(&data);
	*ret = taken.data;
	return rc < 0 ? DUET_E_NOMEM : DUET_OK;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat one;
	struct stat other;

	/* The first time neither is there. */
	if (b != NULL && strcmp(a, b) == 0 && strcmp(a, "-") != 0)
		return true;
	return b != NULL && stat(a, &one) == 0 && stat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* A file of -b that is not that of -c is written there, as curl does. */
static int read_cookies(struct duet_get_state *state, const char *path,
			const char *jar, struct duet_error *err)
{
	struct duet_buffer text = { NULL, 0 };
	int rc;

	if (is_same_file(path, jar))
		return duet_cookies_read(state->cookies, path, err);
	rc = duet_file_read_or_stdin(path, FILE_MAX, &text, err);
	if (rc < 0)
		return rc;
	rc = duet_cookies_parse(state->cookies,
				(struct duet_bytes){ text.data, text.len },
				err);
	if (rc < 0)
		duet_error_prefix(err, "-b: '%s', ", path);
	duet_buffer_free(&text);
	return rc;
}

/* A file of another kind is not to be written over, and that is to be known
 * before anything has been fetched. */
static int check_jar(const char *jar, struct duet_error *err)
{
	struct duet_cookies *there;
	struct stat st;
	int rc;

	if (strcmp(jar, "-") == 0 || stat(jar, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return DUET_OK;
	there = duet_cookies_new(err);
	if (there == NULL)
		return err->code;
	rc = duet_cookies_read(there, jar, err);
	if (rc < 0)
		duet_error_append(err,
				  "; it would be written over: name another file with -c");
	duet_cookies_free(there);
	return rc;
}

static int init_cookies(struct duet_get_state *state,
			const struct duet_get_options *options,
			struct duet_error *err)
{
	bool wanted = options->cookie_jar != NULL;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < options->cookies.count; i++)
		wanted = wanted || !is_data(options->cookies.items[i]);
	if (!wanted)
		return DUET_OK;
	state->cookies = duet_cookies_new(err);
	if (state->cookies == NULL)
		return err->code;
	if (options->cookie_jar != NULL)
		rc = check_jar(options->cookie_jar, err);
	for (i = 0; i < options->cookies.count && rc == DUET_OK; i++) {
		const char *item = options->cookies.items[i];

		/* -b "" begins with none. */
		if (item[0] != '\0' && !is_data(item))
			rc = read_cookies(state, item, options->cookie_jar,
					  err);
	}
	return rc;
}

static int init_hsts(struct duet_get_state *state,
		     const struct duet_get_options *options,
		     struct duet_error *err)
{
	struct duet_error why;
	int rc = DUET_OK;

	if (options->no_hsts)
		return DUET_OK;
	state->hsts = duet_hsts_new(err);
	if (state->hsts == NULL)
		return DUET_E_NOMEM;
	state->hsts_is_ours = options->hsts == NULL;
	state->hsts_file = options->hsts != NULL
				   ? duet_mem_strdup(options->hsts)
				   : duet_file_xdg(DUET_XDG_STATE, "hsts");
	if (options->hsts != NULL && state->hsts_file == NULL)
		return duet_error_nomem(err);
	if (state->hsts_file != NULL)
		rc = duet_hsts_read(state->hsts, state->hsts_file, &why);
	/* Who has no home that can be read from goes without. */
	if (rc == DUET_OK || (state->hsts_is_ours && rc == DUET_E_SYSTEM))
		return DUET_OK;
	if (rc != DUET_E_NOMEM)
		duet_error_append(&why,
				  "; mend it, take it away, or say %s or --no-hsts",
				  state->hsts_is_ours
					  ? "--hsts FILE"
					  : "another file with --hsts");
	return duet_error_copy(err, &why);
}

int duet_get_state_init(struct duet_get_state *state,
			const struct duet_get_options *options,
			struct duet_error *err)
{
	int rc;

	memset(state, 0, sizeof(*state));
	rc = init_cookies(state, options, err);
	if (rc == DUET_OK)
		rc = init_hsts(state, options, err);
	if (rc == DUET_OK && (options->netrc || options->netrc_file != NULL))
		rc = duet_get_netrc_read(&state->netrc, options->netrc_file,
					 err);
	return rc;
}

static int print_cookies(const struct duet_cookies *cookies,
			 struct duet_error *err)
{
	struct duet_buffer text = { NULL, 0 };
	int rc = duet_cookies_print(cookies, &text, err);

	if (rc < 0)
		return rc;
	if (fwrite(text.data, 1, text.len, stdout) != text.len ||
	    fflush(stdout) != 0)
		rc = duet_error_set(err, DUET_E_SYSTEM,
				    "-c -: cannot write to standard output");
	duet_buffer_free(&text);
	return rc;
}

/* The directories are made for our own place only. */
static int save_hsts(const struct duet_get_state *state, struct duet_error *err)
{
	char *directory;
	char *slash;
	int rc = DUET_OK;

	if (state->hsts_is_ours) {
		directory = duet_mem_strdup(state->hsts_file);
		if (directory == NULL)
			return duet_error_nomem(err);
		slash = strrchr(directory, '/');
		if (slash != NULL)
			*slash = '\0';
		rc = duet_file_make_dirs(directory, 0700, err);
		duet_mem_free(directory);
	}
	if (rc == DUET_OK)
		rc = duet_hsts_write(state->hsts, state->hsts_file, err);
	return rc;
}

int duet_get_state_save(const struct duet_get_state *state,
			const struct duet_get_options *options,
			struct duet_error *err)
{
	const char *jar = options->cookie_jar;
	struct duet_error why;
	int rc = DUET_OK;

	if (jar != NULL && strcmp(jar, "-") == 0)
		rc = print_cookies(state->cookies, err);
	else if (jar != NULL)
		rc = duet_cookies_write(state->cookies, jar, err);
	if (state->hsts == NULL || state->hsts_file == NULL ||
	    !duet_hsts_has_changed(state->hsts))
		return rc;
	/* The same of one that cannot be written to. */
	if (save_hsts(state, &why) < 0 && !state->hsts_is_ours && rc == DUET_OK)
		rc = duet_error_copy(err, &why);
	return rc;
}

void duet_get_state_done(struct duet_get_state *state)
{
	duet_cookies_free(state->cookies);
	duet_hsts_free(state->hsts);
	duet_mem_free(state->hsts_file);
	duet_get_netrc_done(&state->netrc);
	memset(state, 0, sizeof(*state));
}
