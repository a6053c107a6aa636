/* SPDX-License-Identifier: MIT */
/*
 * client/cookie.h - one cookie: what a Set-Cookie says, and whether it may say
 * so (RFC 6265bis s5.6, s5.7). SameSite is without meaning here: nobody but the
 * user asks for anything.
 */
#ifndef DUET_CLIENT_COOKIE_H
#define DUET_CLIENT_COOKIE_H

#include "client/url.h"

enum {
	DUET_COOKIE_MAX = 4096,           /* name and value together */
	DUET_COOKIE_ATTRIBUTE_MAX = 1024, /* the value of one */
};
/* RFC 6265bis s5.5: no cookie is kept for longer. */
#define DUET_COOKIE_AGE_MAX ((int64_t)400 * 24 * 60 * 60)

struct duet_cookie {
	char *name; /* perhaps "" */
	char *value;
	char *domain; /* in lower case, without a dot before it */
	char *path;
	bool host_only; /* not for names below domain */
	bool secure;    /* over https only */
	bool http_only;
	bool persistent; /* otherwise expires says nothing */
	int64_t expires; /* seconds since 1970; perhaps past: it is to go */
};

/*
 * field is the value of a Set-Cookie that came from url at now. ret is new, and
 * duet_cookie_done()'s. DUET_E_ARGUMENT: it is none, or refused, in words;
 * DUET_E_NOMEM.
 */
DUET_CHECK int duet_cookie_parse(struct duet_cookie *ret, const char *field,
				 const struct duet_url *url, int64_t now,
				 struct duet_error *err);
void duet_cookie_done(struct duet_cookie *cookie);

/* The same cookie, with perhaps another value. */
bool duet_cookie_is_same(const struct duet_cookie *a,
			 const struct duet_cookie *b);
/* By the rules for names that begin with __Host- or __Secure-. */
bool duet_cookie_has_honest_name(const struct duet_cookie *cookie);
/* It goes with a request for url at now. */
bool duet_cookie_is_for(const struct duet_cookie *cookie,
			const struct duet_url *url, int64_t now);
/* RFC 6265bis s5.1.4. The path of a request ends before '?'. */
bool duet_cookie_path_matches(const char *path, const char *cookie_path);
/* No controls but HTAB, and no NUL, which ends it anyway. */
bool duet_cookie_is_clean(const char *text);

#endif
