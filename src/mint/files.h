/* SPDX-License-Identifier: MIT */
/* mint/files.h - what 'duet cert' reads and writes. */
#ifndef DUET_MINT_FILES_H
#define DUET_MINT_FILES_H

#include <duet/cert.h>

enum {
	DUET_MINT_FILE_MAX = 128 * 1024 * 1024, /* CRLs grow to 70 MB */
};

/* What a file that is written may be read by. */
enum duet_mint_secrecy {
	DUET_MINT_PUBLIC, /* all, mode 0644 */
	DUET_MINT_SECRET, /* its owner, mode 0600 */
};

/* A file, or standard input for "-". */
DUET_CHECK int duet_mint_read(const char *path, struct duet_buffer *ret,
			      struct duet_error *err);
/* Never over a file that is there, unless force, and in public never over a
 * private key: DUET_E_SYSTEM with a sentence that says so. */
DUET_CHECK int duet_mint_write(const char *path, struct duet_bytes content,
			       enum duet_mint_secrecy secrecy, bool force,
			       struct duet_error *err);
/* Whether duet_mint_write() would refuse path, before anything is done. */
DUET_CHECK int duet_mint_check_free(const char *path,
				    enum duet_mint_secrecy secrecy, bool force,
				    struct duet_error *err);

/*
 * base with suffix in place of its ".pem", ".crt", ".csr" or ".key", if it has
 * one of them. New; NULL without memory.
 */
char *duet_mint_sibling(const char *base, const char *suffix);
/* A name as a file is called: "*.x.org" gives "wildcard.x.org". New. */
char *duet_mint_base_of_name(const char *name);

#endif
