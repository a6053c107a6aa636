/* SPDX-License-Identifier: MIT */
/*
 * site/users.h - a file of users, as 'htpasswd -B' writes it: lines of
 * "name:hash", comments that begin with '#', blank lines.
 */
#ifndef DUET_SITE_USERS_H
#define DUET_SITE_USERS_H

#include <duet/error.h>

enum {
	DUET_USERS_MAX = 10000,
	DUET_USERS_FILE_MAX = 4 << 20,
	DUET_USERS_LINE_MAX = 1024,
};

/* Never changes once it is read. */
struct duet_users;

/* Of a line, but not the last of those that are wrong. */
typedef void duet_users_wrong_fn(const struct duet_error *wrong, void *arg);
enum {
	DUET_USERS_WRONG_MAX = 20, /* lines; then it is said how many more */
};

/*
 * There is at least one, none twice, and each has a hash as
 * duet_password_check_hash() wants it. Otherwise the sentence has the file, the
 * line and the remedy; its codes, DUET_E_SYSTEM (cannot be read), DUET_E_LIMIT,
 * DUET_E_ARGUMENT, those of that function, or DUET_E_NOMEM. Of several lines
 * that are wrong the last is in err, and the others went to tell; tell NULL:
 * the first is in err, and nobody looks for others.
 */
DUET_CHECK int duet_users_read(const char *path, duet_users_wrong_fn *tell,
			       void *arg, struct duet_users **ret,
			       struct duet_error *err);
void duet_users_free(struct duet_users *users);
size_t duet_users_count(const struct duet_users *users);

/*
 * The hash of that user. Of a name that is none *ret_is_known is false, and the
 * hash is that of some user: always of the same, and of all of them for one
 * name or another. To check it costs what it costs for names that exist.
 */
const char *duet_users_hash(const struct duet_users *users, const char *name,
			    bool *ret_is_known);

#endif
