/* SPDX-License-Identifier: MIT */
/* client/ask.h - what the user asks for, copied, and changed by redirects. */
#ifndef DUET_CLIENT_ASK_H
#define DUET_CLIENT_ASK_H

#include <duet/client.h>

#include "client/headers.h"
#include "client/hsts.h"
#include "client/redirect.h"
#include "client/url.h"

struct duet_ask {
	struct duet_url url;
	char *method;
	struct duet_headers headers; /* what is sent, ours among it */
	char *cookies; /* what is remembered for url, and sent too; or NULL */
	struct duet_bytes body; /* borrowed; whole in memory, or: */
	duet_source_fn *source;
	void *source_arg;
	duet_rewind_fn *rewind;
	const struct duet_header *trailers; /* borrowed; NULL: none */
	int64_t length; /* of the body; 0: none; or DUET_LENGTH_UNKNOWN */
	bool expect_continue;
	bool expect_given; /* by the user, and not for the body's size */
	bool own_host;     /* the user gave a Host of their own */
	bool own_authorization;
	int32_t timeout_ms;
	uint32_t max_redirects;
	uint64_t max_body;
	bool fresh;
	bool early; /* it may be sent before the handshake */
	bool decode;
	uint64_t max_decoded;
	bool any_digest; /* a wrong one is believed */
	bool own_socket; /* the user gave it: nothing is dialled */
	int fd;          /* a duplicate of it, ours; -1: none, or in use */
};

/*
 * hsts, which may be NULL, tells whose http:// becomes https://. ret is new,
 * duet_ask_done() undoes it. DUET_E_URL, DUET_E_ARGUMENT (in
 * words), DUET_E_UNSUPPORTED, DUET_E_SYSTEM (the descriptor), DUET_E_NOMEM.
 */
DUET_CHECK int duet_ask_init(struct duet_ask *ret,
			     const struct duet_request *request,
			     const struct duet_hsts *hsts,
			     struct duet_error *err);
void duet_ask_done(struct duet_ask *ask);
/* Go where a redirect leads; takes over to->url. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_ask_redirect(struct duet_ask *ask,
				 struct duet_redirect_to *to);

/* Takes over cookies, which may be NULL, in place of those before. */
void duet_ask_set_cookies(struct duet_ask *ask, char *cookies);

/* What is sent: Host first (RFC 9110 s7.2), unless it is the user's own. *ret
 * is all zero before, and the caller's. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_ask_fields(const struct duet_ask *ask,
			       struct duet_headers *ret);

/* The body can be sent a second time. */
bool duet_ask_can_repeat(const struct duet_ask *ask);
/* ... and is about to be. DUET_OK, or what the user's function gave. */
DUET_CHECK int duet_ask_rewind(const struct duet_ask *ask,
			       struct duet_error *err);

/* RFC 9110 s9.2.2: asking twice does no more than asking once. */
bool duet_ask_is_idempotent(const struct duet_ask *ask);

#endif
