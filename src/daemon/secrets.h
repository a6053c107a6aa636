/* SPDX-License-Identifier: MIT */
/*
 * daemon/secrets.h - files with private keys or passwords in them are never
 * served: those that the service was given, and those of the local CA, used or
 * not.
 *
 * Two fences, since a path alone does not tell: whatever lies where its name
 * would be served is refused at the start, and whatever else leads there later
 * (a link, a mount) is recognized by its inode.
 */
#ifndef DUET_DAEMON_SECRETS_H
#define DUET_DAEMON_SECRETS_H

#include "site/kept_back.h"

struct duet_secrets {
	struct duet_secret *items;
	size_t n;
	size_t cap;
};

/* Begin with the files of the local CA, made or not. DUET_E_NOMEM. */
DUET_CHECK int duet_secrets_init(struct duet_secrets *secrets,
				 struct duet_error *err);
/* Those of these two that have a key. cert_file may be NULL, and key_file
 * where the key is in cert_file. DUET_E_NOMEM. */
DUET_CHECK int duet_secrets_add(struct duet_secrets *secrets,
				const char *cert_file, const char *key_file,
				struct duet_error *err);
/* A file with hashes of passwords. DUET_E_NOMEM. */
DUET_CHECK int duet_secrets_add_users(struct duet_secrets *secrets,
				      const char *file, struct duet_error *err);
void duet_secrets_done(struct duet_secrets *secrets);

/*
 * DUET_E_ARGUMENT if one of them lies below dir, where everybody could fetch
 * it. One that does not exist yet is judged by where it would be; one that a
 * hidden name keeps from being served is outside.
 */
DUET_CHECK int duet_secrets_outside(const struct duet_secrets *secrets,
				    const char *dir, struct duet_error *err);
/* Put them all into a set that is not served under any name. The statuses of
 * duet_kept_back_add(). */
DUET_CHECK int duet_secrets_keep_back(const struct duet_secrets *secrets,
				      struct duet_kept_back *set,
				      struct duet_error *err);

#endif
