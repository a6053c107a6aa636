/* SPDX-License-Identifier: MIT */
/* broken/h2.h - as much of HTTP/2 as it takes to speak it wrongly. */
#ifndef DUET_BROKEN_H2_H
#define DUET_BROKEN_H2_H

#include "broken/link.h"

enum {
	DUET_BROKEN_FRAME_HEAD = 9,
	DUET_BROKEN_FRAME_MAX = 16384, /* of a client that asks for no more */
};

/* The head of a frame (RFC 9113 s4.1). */
struct duet_broken_frame {
	uint32_t len;
	uint8_t type;
	uint8_t flags;
	uint32_t stream;
};
void duet_broken_frame_write(uint8_t dst[DUET_BROKEN_FRAME_HEAD],
			     const struct duet_broken_frame *frame);
void duet_broken_frame_read(struct duet_broken_frame *ret,
			    const uint8_t src[DUET_BROKEN_FRAME_HEAD]);

/*
 * Say SETTINGS, and read until the fields of a request have come, or with body
 * until it is whole. Sets link->stream. False: there is none.
 */
DUET_CHECK bool duet_broken_h2_begin(struct duet_broken_link *link);
DUET_CHECK bool duet_broken_h2_read_all(struct duet_broken_link *link);

#endif
