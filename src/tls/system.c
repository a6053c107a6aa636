/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* secure_getenv */
#include "tls/system.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/str.h"
#include "cert/ossl.h"

/* As OpenSSL has it; a program with raised privileges ignores its user's. */
static const char *place(const char *variable, const char *otherwise)
{
	const char *value = secure_getenv(variable);

	return value != NULL && value[0] != '\0' ? value : otherwise;
}

/* One of openssl-rehash(1)'s links, "5ad8a5d6.0", is there. */
static bool is_hashed(const char *path)
{
	DIR *dir = opendir(path);
	bool found = false;
	struct dirent *entry;

	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = strlen(entry->d_name) == 10 &&
			duet_str_ends(entry->d_name, ".0");
	(void)closedir(dir);
	return found;
}

static bool add_dir(X509_STORE *store, const char *path)
{
	X509_LOOKUP *lookup =
		X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());

	return lookup != NULL &&
	       X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM) == 1;
}

static bool add_file(X509_STORE *store, const char *path)
{
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	return lookup != NULL &&
	       X509_LOOKUP_load_file(lookup, path, X509_FILETYPE_PEM) == 1;
}

/*
 * A hashed directory is searched by name and parses only what it finds; the
 * same anchors in one file cost 17 ms of parsing. So the file is taken only
 * when it was asked for or there is no such directory.
 */
int duet_system_add_anchors(X509_STORE *store, struct duet_error *err)
{
	const char *default_file = X509_get_default_cert_file();
	const char *file =
		place(X509_get_default_cert_file_env(), default_file);
	const char *dir = place(X509_get_default_cert_dir_env(),
				X509_get_default_cert_dir());
	bool hashed = is_hashed(dir);
	bool wants_file = !hashed || file != default_file;
	bool has_file = wants_file && access(file, R_OK) == 0;

	if (!hashed && !has_file)
		return duet_error_set(err, DUET_E_SYSTEM,
				      "this system has no trust anchors, neither in '%s' nor in '%s': install them (ca-certificates) or give your own",
				      file, dir);
	if (hashed && !add_dir(store, dir))
		return duet_ossl_error_set(err, DUET_E_SYSTEM,
					   "cannot use the trust anchors in '%s'",
					   dir);
	if (has_file && !add_file(store, file))
		return duet_ossl_error_set(err, DUET_E_PEM,
					   "cannot read the trust anchors in '%s'",
					   file);
	return DUET_OK;
}
