/* SPDX-License-Identifier: MIT */
/*
 * http/outgoing.h - whether a message is fit to be sent, on a connection of
 * any version. What is refused leaves no byte behind: DUET_E_ARGUMENT, and the
 * sentence names what offends.
 */
#ifndef DUET_HTTP_OUTGOING_H
#define DUET_HTTP_OUTGOING_H

#include <duet/http.h>

/* What the fields of a head amount to. */
struct duet_outgoing {
	size_t n_fields;
	size_t bytes; /* of their lines in HTTP/1.1 */
	bool upgrade; /* there is an Upgrade field */
	bool te;      /* ... a TE field */
};

/* Every field is fit to be sent, and none is written by the engine. */
DUET_CHECK int duet_outgoing_fields(const struct duet_head *head,
				    struct duet_outgoing *ret,
				    struct duet_error *err);
/* Method, target, Host and content_length of a request, and its fields. */
DUET_CHECK int duet_outgoing_request(const struct duet_head *head,
				     struct duet_outgoing *ret,
				     struct duet_error *err);
/* RFC 9110 s8.6: of such a method also a body of no bytes has its length told.
 */
bool duet_outgoing_expects_content(const char *method);
/* Status, content_length and reason of a reply, and its fields. */
DUET_CHECK int duet_outgoing_reply(const struct duet_head *head,
				   struct duet_outgoing *ret,
				   struct duet_error *err);
/* A list of trailers, which may be NULL. */
DUET_CHECK int duet_outgoing_trailers(const struct duet_header *trailers,
				      struct duet_error *err);

#endif
