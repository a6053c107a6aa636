/* SPDX-License-Identifier: MIT */
/* site/redirect.h - replies that send clients elsewhere. */
#ifndef DUET_SITE_REDIRECT_H
#define DUET_SITE_REDIRECT_H

#include <duet/server.h>

#include "http/uri.h"

/* Location: to, then path percent-encoded, then tail, then the query. */
struct duet_redirect {
	int status;
	const char *to;
	const char *path; /* NULL: that of the uri, as it came */
	const char *tail;
	const struct duet_uri *uri; /* whose query goes along; NULL: none */
	const char *sentence;       /* for people */
};
void duet_site_redirect(struct duet_exchange *exchange,
			const struct duet_redirect *redirect);

#endif
