/* SPDX-License-Identifier: MIT */
/* http/chunk.h - the chunked coding (RFC 9112 s7.1), incremental and strict. */
#ifndef DUET_HTTP_CHUNK_H
#define DUET_HTTP_CHUNK_H

#include "http/fault.h"

struct duet_chunks {
	uint8_t state;
	uint8_t digits;    /* of the size under way */
	bool last;         /* the last chunk's line has come: trailers follow */
	uint32_t overhead; /* bytes of extensions left to this message */
	uint64_t left;     /* of the chunk under way */
	uint64_t count;    /* whole chunks */
};

/* overhead: bytes that all extensions of the message may take. */
void duet_chunks_init(struct duet_chunks *chunks, uint32_t overhead);

/*
 * Take bytes of input: *ret_used of them are done with, *ret_data is a slice
 * of these, or empty. At most one slice a call; once .last is set nothing more
 * is taken. DUET_OK; DUET_E_HTTP (400) for anything that is not the grammar's,
 * a bare LF included; DUET_E_LIMIT (413) for extensions without end.
 */
DUET_CHECK int duet_chunks_feed(struct duet_chunks *chunks,
				struct duet_bytes input, size_t *ret_used,
				struct duet_bytes *ret_data,
				struct duet_fault *fault);

#endif
