/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include "mint/files.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	SHOWN_BYTES = 300,
	PERMISSIONS_PUBLIC = 0644,
	PERMISSIONS_SECRET = 0600,
};

int duet_mint_read(const char *path, struct duet_buffer *ret,
		   struct duet_error *err)
{
	return duet_file_read_or_stdin(path, DUET_MINT_FILE_MAX, ret, err);
}

static int refuse_to_replace(const char *path, struct duet_error *err)
{
	char shown[SHOWN_BYTES];
	int rc;

	duet_str_printable(shown, sizeof(shown), duet_str(path));
	rc = duet_error_set(err, DUET_E_SYSTEM,
			    "'%s' is there already: give another name with --out, or replace it with --force",
			    shown);
	if (err != NULL)
		err->sys = EEXIST;
	return rc;
}

/* A key in PEM that would be lost with the file: there may be no other. */
static int refuse_to_lose_a_key(const char *path, struct duet_error *err)
{
	static const char mark[] = "PRIVATE KEY-----";
	struct duet_buffer content = { NULL, 0 };
	char shown[SHOWN_BYTES];
	bool found;

	if (duet_file_read(path, DUET_MINT_FILE_MAX, &content, NULL) != DUET_OK)
		return DUET_OK; /* nothing, or nothing of ours */
	found = memmem(content.data, content.len, mark, sizeof(mark) - 1) !=
		NULL;
	duet_buffer_free(&content);
	if (!found)
		return DUET_OK;
	duet_str_printable(shown, sizeof(shown), duet_str(path));
	return duet_error_set(err, DUET_E_SYSTEM,
			      "'%s' holds a private key, which would be lost: give another name with --out, or move it away",
			      shown);
}

int duet_mint_check_free(const char *path, enum duet_mint_secrecy secrecy,
			 bool force, struct duet_error *err)
{
	char shown[SHOWN_BYTES];
	struct stat st;

	if (lstat(path, &st) != 0)
		return DUET_OK;
	if (!force)
		return refuse_to_replace(path, err);
	if (S_ISDIR(st.st_mode)) {
		duet_str_printable(shown, sizeof(shown), duet_str(path));
		return duet_error_set(err, DUET_E_SYSTEM,
				      "'%s' is a directory: give another name with --out",
				      shown);
	}
	return secrecy == DUET_MINT_PUBLIC ? refuse_to_lose_a_key(path, err)
					   : DUET_OK;
}

int duet_mint_write(const char *path, struct duet_bytes content,
		    enum duet_mint_secrecy secrecy, bool force,
		    struct duet_error *err)
{
	unsigned mode = secrecy == DUET_MINT_SECRET ? PERMISSIONS_SECRET
						    : PERMISSIONS_PUBLIC;
	struct duet_error why;
	int rc;

	rc = duet_mint_check_free(path, secrecy, force, err);
	if (rc != DUET_OK)
		return rc;
	if (force)
		return duet_file_write(path, content, mode, err);
	rc = duet_file_write_new(path, content, mode, &why);
	if (rc == DUET_OK)
		return rc;
	if (why.sys == EEXIST)
		return refuse_to_replace(path, err);
	return duet_error_copy(err, &why);
}

char *duet_mint_sibling(const char *base, const char *suffix)
{
	static const char *const known[] = { ".pem", ".crt", ".csr", ".key" };
	size_t len = strlen(base);
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (duet_str_ends(base, known[i])) {
			len -= strlen(known[i]);
			break;
		}
	return duet_mem_printf("%.*s%s", (int)len, base, suffix);
}

char *duet_mint_base_of_name(const char *name)
{
	char *base;
	char *p;

	if (duet_str_starts(name, "email:"))
		name += strlen("email:");
	if (duet_str_starts(name, "*."))
		base = duet_mem_printf("wildcard%s", name + 1);
	else
		base = duet_mem_strdup(name);
	/* The library has not seen it yet: nothing may lead elsewhere. */
	for (p = base; p != NULL && *p != '\0'; p++)
		if (*p == '/' || (p == base && (*p == '.' || *p == '-')))
			*p = '_';
	return base;
}
