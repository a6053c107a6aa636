/* SPDX-License-Identifier: MIT */
/* cli/secret.h - passphrases, passwords and tokens, from where nobody else can
 * read them. */
#ifndef DUET_CLI_SECRET_H
#define DUET_CLI_SECRET_H

#include <duet/error.h>

/*
 * The first line of a file, or of standard input for "-"; path NULL gives
 * NULL. kind is what it should be, for sentences: "passphrase". *ret is new,
 * for duet_secret_free(), and NULL where it fails. DUET_E_ARGUMENT: the line is
 * empty, or has a NUL; DUET_E_SYSTEM, DUET_E_LIMIT, DUET_E_NOMEM.
 */
DUET_CHECK int duet_secret_read(const char *path, const char *kind, char **ret,
				struct duet_error *err);
/* The same of an open descriptor, which is read to its end. */
DUET_CHECK int duet_secret_read_fd(int fd, const char *kind, char **ret,
				   struct duet_error *err);
void duet_secret_free(char *secret);

#endif
