/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* secure_getenv, st_mtim */
#include "tls/system.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "cert/ossl.h"

enum {
	PATH_BYTES = 4096,
	ANCHOR_FILE_MAX = 64 << 20,
	SHOWN_BYTES = 256,
};

/* As OpenSSL has it; a program with raised privileges ignores its user's.
 * NULL: not set. */
static const char *setting(const char *variable)
{
	const char *value = secure_getenv(variable);

	return value != NULL && value[0] != '\0' ? value : NULL;
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

/* Which file or directory it is, and which state of it. */
static bool mix(EVP_MD_CTX *digest, const char *path)
{
	struct stat st;
	int64_t facts[7];

	if (stat(path, &st) != 0)
		memset(&st, 0, sizeof(st));
	facts[0] = (int64_t)st.st_dev;
	facts[1] = (int64_t)st.st_ino;
	facts[2] = (int64_t)st.st_size;
	facts[3] = (int64_t)st.st_mtim.tv_sec;
	facts[4] = (int64_t)st.st_mtim.tv_nsec;
	facts[5] = (int64_t)st.st_ctim.tv_sec;
	facts[6] = (int64_t)st.st_ctim.tv_nsec;
	return EVP_DigestUpdate(digest, path, strlen(path) + 1) == 1 &&
	       EVP_DigestUpdate(digest, facts, sizeof(facts)) == 1;
}

/* Of a list of directories, joined by ':' as OpenSSL has it: whether anchors
 * can be found in one. DUET_OK, DUET_E_SYSTEM, DUET_E_NOMEM. */
static int try_dirs(const char *list, EVP_MD_CTX *digest)
{
	int rc = DUET_E_SYSTEM;
	char path[PATH_BYTES];
	size_t len;

	for (; list[0] != '\0'; list += len + (list[len] == ':')) {
		len = strcspn(list, ":");
		if (len == 0 || len >= sizeof(path))
			continue;
		memcpy(path, list, len);
		path[len] = '\0';
		if (!is_hashed(path))
			continue;
		if (!mix(digest, path))
			return DUET_E_NOMEM;
		rc = DUET_OK;
	}
	return rc;
}

static int add_dirs(X509_STORE *store, const char *list, struct duet_error *err)
{
	X509_LOOKUP *lookup =
		X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());

	if (lookup == NULL ||
	    X509_LOOKUP_add_dir(lookup, list, X509_FILETYPE_PEM) != 1)
		return duet_ossl_error_set(err, DUET_E_SYSTEM,
					   "cannot use the trust anchors in '%s'",
					   list);
	return DUET_OK;
}

static int add_file(struct duet_bundle *bundle, const char *path,
		    EVP_MD_CTX *digest, struct duet_error *err)
{
	if (!mix(digest, path))
		return duet_error_nomem(err);
	return duet_bundle_add_file(bundle, path, err);
}

/* Whoever says where the anchors are does not mean others. */
static int refuse_setting(const char *variable, const char *value,
			  struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(value));
	if (strcmp(variable, X509_get_default_cert_file_env()) == 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "%s says that the trust anchors are in '%s', which cannot be read: correct or unset it",
				      variable, shown);
	return duet_error_set(err, DUET_E_SYSTEM,
			      "%s says that the trust anchors are in '%s', where there are none by the names that openssl-rehash(1) makes: run 'openssl rehash' there, or unset it",
			      variable, shown);
}

static int use_default_file(const char **ret, struct duet_error *err)
{
	const char *file = X509_get_default_cert_file();

	if (access(file, R_OK) != 0)
		return duet_error_set(err, DUET_E_SYSTEM,
				      "this system has no trust anchors, neither in '%s' nor in '%s': install them (ca-certificates) or give your own",
				      file, X509_get_default_cert_dir());
	*ret = file;
	return DUET_OK;
}

/*
 * A hashed directory is searched by name; the same anchors in one file have to
 * be read first, half a millisecond. So the file is taken only when it was
 * asked for, or when no directory was and there is none.
 */
int duet_system_add_anchors(X509_STORE *store, struct duet_bundle *bundle,
			    EVP_MD_CTX *digest, struct duet_error *err)
{
	const char *file = setting(X509_get_default_cert_file_env());
	const char *set = setting(X509_get_default_cert_dir_env());
	const char *dirs = set != NULL ? set : X509_get_default_cert_dir();
	int rc;

	if (file != NULL && access(file, R_OK) != 0)
		return refuse_setting(X509_get_default_cert_file_env(), file,
				      err);
	rc = try_dirs(dirs, digest);
	if (rc == DUET_OK)
		rc = add_dirs(store, dirs, err);
	else if (rc == DUET_E_NOMEM)
		rc = duet_error_nomem(err);
	else if (file != NULL)
		rc = DUET_OK;
	else if (set != NULL)
		rc = refuse_setting(X509_get_default_cert_dir_env(), set, err);
	else
		rc = use_default_file(&file, err);
	if (rc == DUET_OK && file != NULL)
		rc = add_file(bundle, file, digest, err);
	return rc;
}

static int is_anchor_name(const struct dirent *entry)
{
	return duet_str_ends(entry->d_name, ".pem") ||
	       duet_str_ends(entry->d_name, ".crt");
}

/* Keys and CRLs may lie beside them. */
static bool has_certificate(struct duet_bytes content)
{
	static const char end[] = "CERTIFICATE-----";
	const char *p = content.data;
	size_t i;

	for (i = 0; i + sizeof(end) - 1 <= content.len; i++)
		if (memcmp(p + i, end, sizeof(end) - 1) == 0)
			return true;
	return false;
}

static int add_file_of(struct duet_bundle *bundle, const char *dir,
		       const char *name, struct duet_error *err)
{
	struct duet_buffer content = { NULL, 0 };
	char shown[SHOWN_BYTES];
	char path[PATH_BYTES];
	struct duet_bytes bytes;
	int len;
	int rc;

	len = snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return duet_error_set(err, DUET_E_LIMIT,
				      "the path of a trust anchor is too long");
	rc = duet_file_read(path, ANCHOR_FILE_MAX, &content, err);
	if (rc != DUET_OK)
		return rc;
	bytes = (struct duet_bytes){ content.data, content.len };
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	if (has_certificate(bytes))
		rc = duet_bundle_add(bundle, bytes, shown, err);
	duet_buffer_free(&content);
	return rc;
}

/* In the order of their names, so that a digest does not depend on more. */
static int add_files_of(struct duet_bundle *bundle, const char *dir,
			struct duet_error *err)
{
	size_t before = duet_bundle_count(bundle);
	struct dirent **entries = NULL;
	char shown[SHOWN_BYTES];
	int rc = DUET_OK;
	int n;
	int i;

	duet_str_printable(shown, sizeof(shown), duet_str(dir));
	n = scandir(dir, &entries, is_anchor_name, alphasort);
	if (n < 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "cannot read the directory of trust anchors '%s'",
				      shown);
	for (i = 0; i < n; i++) {
		if (rc == DUET_OK)
			rc = add_file_of(bundle, dir, entries[i]->d_name, err);
		free(entries[i]); /* scandir(3) does not know our hook */
	}
	free(entries);
	if (rc == DUET_OK && duet_bundle_count(bundle) == before)
		return duet_error_set(err, DUET_E_PEM,
				      "'%s': no certificate in this directory, neither in a *.pem nor in a *.crt, and no names that openssl-rehash(1) makes",
				      shown);
	return rc;
}

int duet_system_add_dir(X509_STORE *store, struct duet_bundle *bundle,
			const char *dir, EVP_MD_CTX *digest,
			struct duet_error *err)
{
	if (!is_hashed(dir))
		return add_files_of(bundle, dir, err);
	if (!mix(digest, dir))
		return duet_error_nomem(err);
	return add_dirs(store, dir, err);
}
