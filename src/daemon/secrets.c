/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
#include "daemon/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/local_ca.h"
#include "site/files.h"

enum {
	FILE_MAX_BYTES = 1 << 20,
};

static const char key_word[] = "key";

struct duet_secret {
	const char *what; /* for people */
	char *path;
	char *real; /* NULL: cannot be told */
};

/* Any kind of key, encrypted or not. A file that cannot be read will be
 * complained about by whoever wants its certificates. */
static bool has_key(const char *file)
{
	struct duet_buffer text = { NULL, 0 };
	bool found = false;

	if (duet_file_read(file, FILE_MAX_BYTES, &text, NULL) == DUET_OK)
		found = strstr(text.data, "PRIVATE KEY-----") != NULL;
	duet_mem_free_secret(text.data, text.len);
	return found;
}

/* The real path of what may not be there yet, by what is there of it. */
static char *real_path(const char *path)
{
	char *there = duet_mem_strdup(path);
	char *result = NULL;
	char *real = NULL;
	char *slash;

	while (there != NULL && (real = realpath(there, NULL)) == NULL) {
		slash = strrchr(there, '/');
		if (slash == NULL || slash == there)
			break;
		*slash = '\0';
	}
	if (real != NULL)
		result = duet_mem_printf("%s%s", real, path + strlen(there));
	free(real);
	duet_mem_free(there);
	return result;
}

void duet_secrets_done(struct duet_secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->n; i++) {
		duet_mem_free(secrets->items[i].path);
		duet_mem_free(secrets->items[i].real);
	}
	duet_mem_free(secrets->items);
	*secrets = (struct duet_secrets){ 0 };
}

static bool grow(struct duet_secrets *secrets)
{
	size_t cap = secrets->cap > 0 ? secrets->cap * 2 : 8;
	struct duet_secret *grown;

	if (secrets->n < secrets->cap)
		return true;
	grown = duet_mem_resize(secrets->items, cap * sizeof(*grown));
	if (grown == NULL)
		return false;
	secrets->items = grown;
	secrets->cap = cap;
	return true;
}

/* Takes path over; NULL: there was no memory for it. */
static bool add(struct duet_secrets *secrets, const char *what, char *path)
{
	if (path == NULL || !grow(secrets)) {
		duet_mem_free(path);
		return false;
	}
	secrets->items[secrets->n++] =
		(struct duet_secret){ what, path, real_path(path) };
	return true;
}

int duet_secrets_init(struct duet_secrets *secrets, struct duet_error *err)
{
	char *ca = duet_local_ca_path();
	bool fine = true;

	*secrets = (struct duet_secrets){ 0 };
	if (ca != NULL) /* else there is no home, and no local CA either */
		fine = add(secrets, key_word, duet_local_ca_key_path()) &&
		       add(secrets, key_word, duet_local_ca_leaf_path());
	duet_mem_free(ca);
	if (fine)
		return DUET_OK;
	duet_secrets_done(secrets);
	return duet_error_nomem(err);
}

int duet_secrets_add(struct duet_secrets *secrets, const char *cert_file,
		     const char *key_file, struct duet_error *err)
{
	bool fine = true;

	if (cert_file != NULL && (key_file == NULL || has_key(cert_file)))
		fine = add(secrets, key_word, duet_mem_strdup(cert_file));
	if (key_file != NULL)
		fine = add(secrets, key_word, duet_mem_strdup(key_file)) &&
		       fine;
	return fine ? DUET_OK : duet_error_nomem(err);
}

int duet_secrets_add_users(struct duet_secrets *secrets, const char *file,
			   struct duet_error *err)
{
	return add(secrets, "file of users", duet_mem_strdup(file))
		       ? DUET_OK
		       : duet_error_nomem(err);
}

/* Real paths: file is in dir or below it, and every name on the way is
 * served. */
static bool is_served(const char *file, const char *dir)
{
	size_t len = strlen(dir);

	if (len > 0 && dir[len - 1] == '/') /* of "/" */
		len--;
	return strncmp(file, dir, len) == 0 && file[len] == '/' &&
	       !duet_files_is_hidden(file + len);
}

int duet_secrets_outside(const struct duet_secrets *secrets, const char *dir,
			 struct duet_error *err)
{
	char *real_dir = real_path(dir);
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && real_dir != NULL && i < secrets->n; i++) {
		const struct duet_secret *secret = &secrets->items[i];

		if (secret->real != NULL && is_served(secret->real, real_dir))
			rc = duet_error_set(err, DUET_E_ARGUMENT,
					    "the %s '%s' lies below '%s', where everybody could fetch it; move it out, or serve another directory",
					    secret->what, secret->path, dir);
	}
	duet_mem_free(real_dir);
	return rc;
}

int duet_secrets_keep_back(const struct duet_secrets *secrets,
			   struct duet_kept_back *set, struct duet_error *err)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < secrets->n; i++)
		rc = duet_kept_back_add(set, secrets->items[i].path, err);
	return rc;
}
