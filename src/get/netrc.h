/* SPDX-License-Identifier: MIT */
/*
 * get/netrc.h - names and passwords by host, from a file as ftp(1) has it:
 *
 *	machine example.org login alice password "two words"
 *	default login anonymous password guest
 *
 * Words are divided by blanks and line ends; a '#' that begins one makes the
 * rest of its line a remark; of a "quoted one" a backslash takes the next byte
 * as it is, but \n, \r, \t. A macdef goes to the next empty line and is
 * nothing to us.
 */
#ifndef DUET_GET_NETRC_H
#define DUET_GET_NETRC_H

#include <duet/error.h>

struct duet_get_netrc_entry {
	char *host;     /* in lower case; NULL: the default */
	char *userinfo; /* "login:password" */
};

struct duet_get_netrc {
	struct duet_get_netrc_entry *entries;
	size_t n;
};

/* All zero is empty. path NULL: ~/.netrc. DUET_E_SYSTEM; DUET_E_ARGUMENT:
 * others may read it, or it is not of that form, in words; DUET_E_LIMIT,
 * DUET_E_NOMEM. */
DUET_CHECK int duet_get_netrc_read(struct duet_get_netrc *netrc,
				   const char *path, struct duet_error *err);
/* The same of a text; name is what it is called in a sentence. */
DUET_CHECK int duet_get_netrc_parse(struct duet_get_netrc *netrc,
				    struct duet_bytes text, const char *name,
				    struct duet_error *err);
void duet_get_netrc_done(struct duet_get_netrc *netrc);

/*
 * For host, borrowed, or NULL. The default is for whom the user names: not for
 * a host that a redirect leads to. A duet_credentials_fn; arg is the netrc.
 */
const char *duet_get_netrc_find(void *arg, const char *host, bool redirected);

#endif
