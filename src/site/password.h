/* SPDX-License-Identifier: MIT */
/*
 * site/password.h - passwords and their hashes, by crypt(3).
 *
 * Taken: bcrypt ($2a$, $2b$, $2y$), yescrypt ($y$), gost-yescrypt ($gy$),
 * scrypt ($7$), sha512crypt ($6$), sha256crypt ($5$).
 */
#ifndef DUET_SITE_PASSWORD_H
#define DUET_SITE_PASSWORD_H

#include <duet/error.h>

/* What checking one password may take: a second or so. A hash that asks for
 * more is refused, for whoever is stopped waits for the one under way. */
enum {
	DUET_PASSWORD_BCRYPT_COST_MAX = 14,
	DUET_PASSWORD_ROUNDS_MAX = 1000 * 1000, /* sha512crypt, sha256crypt */
	DUET_PASSWORD_MEMORY_MAX = 256 << 20,   /* yescrypt, scrypt */
};

/*
 * Whether a hash is whole and of a form that is taken. If not, the sentence
 * lacks a subject before it and a remedy behind it: "has a password in plain
 * text". It never shows the hash, which may be a password. DUET_E_WEAK,
 * DUET_E_UNSUPPORTED, DUET_E_LIMIT, DUET_E_ARGUMENT (damaged).
 */
DUET_CHECK int duet_password_check_hash(const char *hash,
					struct duet_error *err);

/*
 * Whether it is the password of a hash that was found good by the above. Takes
 * as long as the hash wants, whatever the password; any thread. Of bcrypt only
 * the first 72 bytes of a password count. DUET_E_NOMEM: it cannot be told now.
 */
DUET_CHECK int duet_password_matches(const char *password, const char *hash,
				     bool *ret);

#endif
