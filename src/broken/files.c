/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "broken/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

/* Text before a PEM block is passed over by whoever reads it. */
static const char mark[] = "Made by duet broken, for one run of it.\n";

enum {
	PUBLIC_MODE = 0644,
	SHOWN_BYTES = 512,
};

/* Whether path begins as ours do. */
static bool is_ours(const char *path)
{
	char begin[sizeof(mark) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ours;

	if (fd < 0)
		return false;
	ours = read(fd, begin, sizeof(begin)) == (ssize_t)sizeof(begin) &&
	       memcmp(begin, mark, sizeof(begin)) == 0;
	(void)close(fd);
	return ours;
}

static int write_one(const char *path, struct duet_bytes pem,
		     struct duet_error *err)
{
	char *content = duet_mem_printf("%s%.*s", mark, (int)pem.len,
					(const char *)pem.data);
	char shown[SHOWN_BYTES];
	int rc;

	if (content == NULL)
		return duet_error_nomem(err);
	if (is_ours(path))
		rc = duet_file_write(path, duet_str(content), PUBLIC_MODE, err);
	else
		rc = duet_file_write_new(path, duet_str(content), PUBLIC_MODE,
					 err);
	if (rc == DUET_E_SYSTEM && err->sys == EEXIST) {
		duet_str_printable(shown, sizeof(shown), duet_str(path));
		rc = duet_error_set(err, DUET_E_SYSTEM,
				    "'%s' is there, and not of an earlier run: remove it, or name another file",
				    shown);
	}
	duet_mem_free(content);
	return rc;
}

static int make_directory(struct duet_broken_files *files,
			  struct duet_error *err)
{
	const char *base = getenv("TMPDIR");

	if (base == NULL || base[0] == '\0')
		base = "/tmp";
	files->directory = duet_mem_printf("%s/duet-broken-XXXXXX", base);
	if (files->directory == NULL)
		return duet_error_nomem(err);
	if (mkdtemp(files->directory) != NULL)
		return DUET_OK;
	duet_mem_free(files->directory);
	files->directory = NULL;
	return duet_error_sys(err, DUET_E_SYSTEM, errno,
			      "cannot make a temporary directory; set TMPDIR, or give --ca and --crl-file");
}

/* given, or name in the temporary directory; NULL without memory. */
static char *place(const struct duet_broken_files *files, const char *given,
		   const char *name)
{
	return given != NULL ? duet_mem_strdup(given)
			     : duet_mem_printf("%s/%s", files->directory, name);
}

int duet_broken_files_write(struct duet_broken_files *files,
			    const char *ca_path, struct duet_bytes ca_pem,
			    const char *crl_path, struct duet_bytes crl_pem,
			    struct duet_error *err)
{
	int rc = DUET_OK;

	if (ca_path == NULL || crl_path == NULL)
		rc = make_directory(files, err);
	if (rc != DUET_OK)
		return rc;
	files->ca = place(files, ca_path, "ca.pem");
	files->crl = place(files, crl_path, "crl.pem");
	if (files->ca == NULL || files->crl == NULL)
		return duet_error_nomem(err);
	rc = write_one(files->ca, ca_pem, err);
	if (rc == DUET_OK)
		rc = write_one(files->crl, crl_pem, err);
	return rc;
}

static void remove_in(const char *directory, const char *path)
{
	if (path != NULL && duet_str_starts(path, directory))
		(void)unlink(path);
}

void duet_broken_files_done(struct duet_broken_files *files)
{
	if (files->directory != NULL) {
		remove_in(files->directory, files->ca);
		remove_in(files->directory, files->crl);
		(void)rmdir(files->directory);
	}
	duet_mem_free(files->directory);
	duet_mem_free(files->ca);
	duet_mem_free(files->crl);
	memset(files, 0, sizeof(*files));
}
