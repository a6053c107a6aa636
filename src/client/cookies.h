/* SPDX-License-Identifier: MIT */
/*
 * client/cookies.h - the cookies of a client: which are kept, and which go with
 * a request (RFC 6265bis s5.7, s5.8).
 *
 * One that is to go stays as a mark of that until it has been written to a
 * file: there it may still be.
 */
#ifndef DUET_CLIENT_COOKIES_H
#define DUET_CLIENT_COOKIES_H

#include <duet/http.h>
#include <duet/state.h>

#include "client/cookie.h"

enum {
	DUET_COOKIES_MAX = 3000,
	DUET_COOKIES_OF_DOMAIN_MAX = 180,
	/* What one request carries, as curl has it: the rest stays at home. */
	DUET_COOKIES_SENT_MAX = 150,
	DUET_COOKIES_FIELD_MAX = 8190,
	DUET_COOKIES_FILE_MAX = 32 * 1024 * 1024,
};

/* Every Set-Cookie in headers, which came from url. What is refused is left
 * out. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_cookies_take(struct duet_cookies *cookies,
				 const struct duet_url *url,
				 const struct duet_header *headers,
				 int64_t now);
/* The value of Cookie in a request for url, new; NULL where there are none.
 * DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_cookies_field(struct duet_cookies *cookies,
				  const struct duet_url *url, int64_t now,
				  char **ret);
/* cookies_file.c: takes over cookie; by the rules for what is in a file. */
DUET_CHECK int duet_cookies_put(struct duet_cookies *cookies,
				struct duet_cookie *cookie, bool changed,
				int64_t now);
/* The i-th in the order in which they were made; NULL: no more. */
const struct duet_cookie *duet_cookies_at(const struct duet_cookies *cookies,
					  size_t i);
/* All that has been changed in from since it was read. DUET_OK, DUET_E_NOMEM.
 */
DUET_CHECK int duet_cookies_merge(struct duet_cookies *into,
				  const struct duet_cookies *from, int64_t now);

#endif
