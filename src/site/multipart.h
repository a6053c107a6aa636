/* SPDX-License-Identifier: MIT */
/* site/multipart.h - several ranges of a file as one body (RFC 9110 s14.6). */
#ifndef DUET_SITE_MULTIPART_H
#define DUET_SITE_MULTIPART_H

#include <duet/server.h>

#include "http/range.h"

struct duet_multipart;

/* What the ranges are of. */
struct duet_multipart_body {
	/* Some bytes from offset on, want at most: DUET_OK or below 0. */
	int (*read)(void *arg, void *buf, size_t want, uint64_t offset,
		    size_t *ret_n);
	/* Whether all that was read belongs together: asked before the last
	 * piece is given away. DUET_OK or below 0. */
	int (*verify)(void *arg);
	void (*done)(void *arg); /* called once */
	void *arg;
};

/*
 * n ranges of a body of size bytes and this type. *body is copied; its done is
 * called at the end, also on failure. NULL: no memory.
 */
DUET_CHECK struct duet_multipart *duet_multipart_new(
	const struct duet_multipart_body *body, uint64_t size, const char *type,
	const struct duet_range *ranges, size_t n);
/* Takes a void *, as the finished function of a reply. */
void duet_multipart_free(void *multipart);

/* "multipart/byteranges; boundary=..." */
const char *duet_multipart_type(const struct duet_multipart *multipart);
/* Of the whole body. */
int64_t duet_multipart_length(const struct duet_multipart *multipart);

/* A duet_produce_fn with the multipart as its arg: it cuts the reply when its
 * body does. */
int duet_multipart_produce(struct duet_exchange *exchange, void *buf,
			   size_t cap, size_t *n, void *multipart);

#endif
