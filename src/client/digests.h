/* SPDX-License-Identifier: MIT */
/*
 * client/digests.h - what a server says that a body is (RFC 9530), and what
 * came. Both fields are about the bytes as they come, before any coding is
 * undone: Content-Digest about those of this message, Repr-Digest about those
 * of the whole representation, which are the same where it has all of them.
 *
 *	begin (by the head) -> add... -> end (by the trailers too)
 */
#ifndef DUET_CLIENT_DIGESTS_H
#define DUET_CLIENT_DIGESTS_H

#include <duet/client.h>

/* NULL where the head says nothing of digests, as nearly always. */
struct duet_digest_watch;

/* method: of the request. *ret is NULL, or to be freed. DUET_OK, DUET_E_NOMEM,
 * DUET_E_UNSUPPORTED (of OpenSSL). */
DUET_CHECK int duet_digest_watch_new(const char *method,
				     const struct duet_head *head,
				     struct duet_digest_watch **ret,
				     struct duet_error *err);
/* Bytes of the body; watch may be NULL. */
void duet_digest_watch_add(struct duet_digest_watch *watch, const void *data,
			   size_t len);
/*
 * The message is whole. trailers: ended by a NULL name, or NULL. DUET_OK;
 * DUET_E_DIGEST: it is not what the server says; DUET_E_NOMEM. A second call
 * does nothing.
 */
DUET_CHECK int duet_digest_watch_end(struct duet_digest_watch *watch,
				     const struct duet_header *trailers,
				     struct duet_error *err);
/* Into .digests; watch may be NULL. */
void duet_facts_of_digests(struct duet_facts *ret,
			   const struct duet_digest_watch *watch);
void duet_digest_watch_free(struct duet_digest_watch *watch);

#endif
