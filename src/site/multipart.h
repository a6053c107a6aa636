/* SPDX-License-Identifier: MIT */
/* site/multipart.h - several ranges of a file as one body (RFC 9110 s14.6). */
#ifndef DUET_SITE_MULTIPART_H
#define DUET_SITE_MULTIPART_H

#include <duet/server.h>

#include "http/range.h"

struct duet_multipart;

/*
 * n ranges of a file of size bytes and this type. fd is the multipart's from
 * now on, also on failure. NULL: no memory.
 */
DUET_CHECK struct duet_multipart *duet_multipart_new(
	int fd, uint64_t size, const char *type,
	const struct duet_range *ranges, size_t n);
/* Takes a void *, as the finished function of a reply. */
void duet_multipart_free(void *multipart);

/* "multipart/byteranges; boundary=..." */
const char *duet_multipart_type(const struct duet_multipart *multipart);
/* Of the whole body. */
int64_t duet_multipart_length(const struct duet_multipart *multipart);

/* A duet_produce_fn with the multipart as its arg: it cuts the reply when the
 * file turns out shorter. */
int duet_multipart_produce(struct duet_exchange *exchange, void *buf,
			   size_t cap, size_t *n, void *multipart);

#endif
