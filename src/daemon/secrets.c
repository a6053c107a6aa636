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

enum {
	FILE_MAX_BYTES = 1 << 20,
	SECRETS_MAX = 4,
};

struct secrets {
	char *paths[SECRETS_MAX]; /* n of them, new */
	size_t n;
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

static void secrets_done(struct secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->n; i++)
		duet_mem_free(secrets->paths[i]);
}

/* Takes path over; NULL: there was no memory for it. */
static bool add(struct secrets *secrets, char *path)
{
	if (path == NULL)
		return false;
	secrets->paths[secrets->n++] = path;
	return true;
}

static int secrets_find(struct secrets *secrets, const char *cert_file,
			const char *key_file, struct duet_error *err)
{
	char *ca = duet_local_ca_path();
	bool fine = true;

	secrets->n = 0;
	if (cert_file != NULL && (key_file == NULL || has_key(cert_file)))
		fine = add(secrets, duet_mem_strdup(cert_file));
	if (key_file != NULL)
		fine = add(secrets, duet_mem_strdup(key_file)) && fine;
	if (ca != NULL) /* else there is no home, and no local CA either */
		fine = add(secrets, duet_local_ca_key_path()) &&
		       add(secrets, duet_local_ca_leaf_path()) && fine;
	duet_mem_free(ca);
	if (fine)
		return DUET_OK;
	secrets_done(secrets);
	return duet_error_nomem(err);
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

int duet_secrets_outside(const char *cert_file, const char *key_file,
			 const char *dir, struct duet_error *err)
{
	char *real_dir = real_path(dir);
	struct secrets secrets;
	size_t i;
	int rc = secrets_find(&secrets, cert_file, key_file, err);

	if (rc != DUET_OK)
		goto out;
	for (i = 0; rc == DUET_OK && i < secrets.n; i++) {
		char *real = real_path(secrets.paths[i]);

		if (real != NULL && real_dir != NULL &&
		    is_served(real, real_dir))
			rc = duet_error_set(err, DUET_E_ARGUMENT,
					    "the key '%s' lies below '%s', where everybody could fetch it; move it out, or serve another directory",
					    secrets.paths[i], dir);
		duet_mem_free(real);
	}
	secrets_done(&secrets);
out:
	duet_mem_free(real_dir);
	return rc;
}

int duet_secrets_keep_back(const char *cert_file, const char *key_file,
			   struct duet_files *files, struct duet_error *err)
{
	struct secrets secrets;
	size_t i;
	int rc = secrets_find(&secrets, cert_file, key_file, err);

	if (rc != DUET_OK)
		return rc;
	for (i = 0; rc == DUET_OK && i < secrets.n; i++)
		rc = duet_files_keep_back(files, secrets.paths[i], err);
	secrets_done(&secrets);
	return rc;
}
