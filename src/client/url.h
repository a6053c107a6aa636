/* SPDX-License-Identifier: MIT */
/* client/url.h - the URLs a client can fetch: http and https, taken apart. */
#ifndef DUET_CLIENT_URL_H
#define DUET_CLIENT_URL_H

#include <duet/error.h>

struct duet_url {
	bool https;
	bool was_http; /* duet_url_make_https() has made it so */
	uint16_t port;
	char *host;      /* lower case; an IPv6 literal without brackets */
	char *authority; /* for Host: brackets, and the port if it is unusual */
	char *target;    /* "/path?query" */
	char *text;      /* all of it, without user information and fragment */
	char *userinfo;  /* "user:password", decoded; NULL: there is none */
	/* host as people write it, where it is in xn-- form; or NULL */
	char *host_unicode;
};

enum {
	DUET_URL_MAX = 65536,
};

/*
 * RFC 3986, and what users type: spaces, UTF-8 and the like in path and query
 * are percent-encoded, dot segments resolved, a fragment is dropped. On
 * success ret is new and duet_url_done()'s. DUET_E_URL, and the sentence shows
 * the URL without its user information; DUET_E_NOMEM.
 */
DUET_CHECK int duet_url_parse(struct duet_url *ret, const char *text,
			      struct duet_error *err);
/* A reference as in Location, relative to base (RFC 3986 s5). */
DUET_CHECK int duet_url_resolve(struct duet_url *ret,
				const struct duet_url *base,
				const char *reference, struct duet_error *err);
/* RFC 6797 s8.3: the same over https; port 80 becomes 443. DUET_OK,
 * DUET_E_NOMEM. */
DUET_CHECK int duet_url_make_https(struct duet_url *url);
/* Wipes the user information. */
void duet_url_done(struct duet_url *url);

/* Scheme, host and port are the same (RFC 6454 s5). */
bool duet_url_same_origin(const struct duet_url *a, const struct duet_url *b);

/* "https://host:8443/path" for the beginning of a sentence: harmless, without
 * query, and not so long that nothing else fits. */
enum {
	DUET_URL_LABEL_BYTES = 160,
};
void duet_url_label(char dst[DUET_URL_LABEL_BYTES], const struct duet_url *url);

#endif
