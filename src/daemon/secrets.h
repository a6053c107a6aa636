/* SPDX-License-Identifier: MIT */
/*
 * daemon/secrets.h - files with private keys in them are never served: those
 * that the service was given, and those of the local CA, used or not.
 *
 * Two fences, since a path alone does not tell: whatever lies where its name
 * would be served is refused at the start, and whatever else leads there later
 * (a link, a mount) is recognized by its inode.
 */
#ifndef DUET_DAEMON_SECRETS_H
#define DUET_DAEMON_SECRETS_H

#include "site/files.h"

/*
 * DUET_E_ARGUMENT if a file with a key in it lies below dir, where everybody
 * could fetch it. One that does not exist yet is judged by where it would be;
 * one that a hidden name keeps from being served is outside. cert_file may be
 * NULL, and key_file where the key is in cert_file.
 */
DUET_CHECK int duet_secrets_outside(const char *cert_file, const char *key_file,
				    const char *dir, struct duet_error *err);
/* Tell files not to serve them under any name. The statuses of
 * duet_files_keep_back(), and DUET_E_NOMEM. */
DUET_CHECK int duet_secrets_keep_back(const char *cert_file,
				      const char *key_file,
				      struct duet_files *files,
				      struct duet_error *err);

#endif
