/* SPDX-License-Identifier: MIT */
/*
 * broken/files.h - the root and the CRL, where clients find them: in files of
 * the caller's names, which stay, or in a temporary directory, which goes.
 */
#ifndef DUET_BROKEN_FILES_H
#define DUET_BROKEN_FILES_H

#include <duet/error.h>

/* All zero is none. */
struct duet_broken_files {
	char *directory; /* NULL: none was needed */
	char *ca;
	char *crl;
};

/*
 * Write both. A path that is NULL is one in the temporary directory. A file
 * that is there is replaced only if it was written here, of which its first
 * line tells: DUET_E_SYSTEM, DUET_E_NOMEM.
 */
DUET_CHECK int duet_broken_files_write(struct duet_broken_files *files,
				       const char *ca_path,
				       struct duet_bytes ca_pem,
				       const char *crl_path,
				       struct duet_bytes crl_pem,
				       struct duet_error *err);
/* Remove the temporary directory. */
void duet_broken_files_done(struct duet_broken_files *files);

#endif
