/* SPDX-License-Identifier: MIT */
/* client/redirect.h - what a redirect asks for, and whether we do it. */
#ifndef DUET_CLIENT_REDIRECT_H
#define DUET_CLIENT_REDIRECT_H

#include "client/headers.h"
#include "client/hsts.h"
#include "client/url.h"

/* What was asked, and may be asked again elsewhere. */
struct duet_redirect_from {
	const struct duet_url *url;
	const char *method;
	bool has_body;
	bool can_repeat_body;         /* or has not been begun */
	bool own_socket;              /* of the user's: it leads to one place */
	const struct duet_hsts *hsts; /* who wants https only; or NULL */
	uint32_t followed;            /* redirects so far */
	uint32_t max;
};
/* What to ask next. */
struct duet_redirect_to {
	struct duet_url url;
	bool as_get;       /* the method becomes GET, and the body goes */
	bool other_origin; /* credentials do not go there */
};

/*
 * DUET_OK: it is followed, ret is new. DUET_EOF: the reply is not a redirect
 * to be followed, and is the answer. DUET_E_REDIRECT: refused, in words;
 * DUET_E_NOMEM.
 */
DUET_CHECK int duet_redirect_plan(const struct duet_redirect_from *from,
				  const struct duet_head *reply,
				  struct duet_redirect_to *ret,
				  struct duet_error *err);
/* Take what must not go there out of the request's headers. */
void duet_redirect_strip(const struct duet_redirect_to *to,
			 struct duet_headers *headers);

#endif
