/* SPDX-License-Identifier: MIT */
/* cli/passphrase.h - passphrases, from where nobody else can read them. */
#ifndef DUET_CLI_PASSPHRASE_H
#define DUET_CLI_PASSPHRASE_H

#include <duet/error.h>

/*
 * The first line of a file, or of standard input for "-"; path NULL gives
 * NULL. *ret is new, for duet_passphrase_free(). DUET_E_ARGUMENT: the line
 * is empty, or has a NUL.
 */
DUET_CHECK int duet_passphrase_read(const char *path, char **ret,
				    struct duet_error *err);
/* The same of an open descriptor, which is read to its end. */
DUET_CHECK int duet_passphrase_read_fd(int fd, char **ret,
				       struct duet_error *err);
/*
 * Ask at the terminal, and show nothing of what is typed: what is "the
 * passphrase of 'x.pem'". DUET_E_STATE: there is no terminal, or who sits there
 * typed ^C or nothing; in words.
 */
DUET_CHECK int duet_passphrase_ask(const char *what, char **ret,
				   struct duet_error *err);
void duet_passphrase_free(char *passphrase);

#endif
