/* SPDX-License-Identifier: MIT */
/*
 * client/decode.h - what lies between a body as it comes and the user: its
 * codings undone where that was asked for, otherwise nothing.
 */
#ifndef DUET_CLIENT_DECODE_H
#define DUET_CLIENT_DECODE_H

#include <duet/http.h>

#include "http/unpack.h"

struct duet_decode {
	const struct duet_head *head; /* of the answer; NULL: as it is */
	uint64_t max_bytes;           /* that may come out; 0: the default */
	struct duet_unpack *unpack;   /* from the first byte on; or NULL */
	bool begun;
	bool failed;
	uint64_t bytes; /* that the user has been given */
};

/*
 * Take from *src, and give at most cap bytes, which is not 0. DUET_OK with
 * *ret_n > 0; DUET_WANT_READ: *src is used up, or a failure has been told
 * before. Otherwise as duet_unpack_new() and duet_unpack_next().
 */
DUET_CHECK int duet_decode_next(struct duet_decode *decode,
				struct duet_bytes *src, void *buf, size_t cap,
				size_t *ret_n, struct duet_error *err);
/* The message is whole: is what it encodes? DUET_OK, DUET_E_CODING_CUT. */
DUET_CHECK int duet_decode_end(struct duet_decode *decode,
			       struct duet_error *err);
/* "gzip", or "": nothing has been decoded. */
const char *duet_decode_name(const struct duet_decode *decode);
void duet_decode_done(struct duet_decode *decode);

#endif
