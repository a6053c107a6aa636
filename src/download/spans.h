/* SPDX-License-Identifier: MIT */
/* download/spans.h - which bytes of a file are there: ranges in order, with
 * something missing between any two of them. */
#ifndef DUET_DOWNLOAD_SPANS_H
#define DUET_DOWNLOAD_SPANS_H

#include <duet/error.h>

enum {
	DUET_SPANS_MAX = 256,
};

struct duet_span {
	uint64_t from;
	uint64_t to; /* behind the last byte */
};

/* All zero is none. */
struct duet_spans {
	struct duet_span at[DUET_SPANS_MAX];
	size_t n;
};

/* [from, to) is there too, whatever was before. False: it would be one range
 * too many, and nothing has changed. */
DUET_CHECK bool duet_spans_add(struct duet_spans *spans, uint64_t from,
			       uint64_t to);
/* The first bytes below size that are missing; false: none are. */
DUET_CHECK bool duet_spans_gap(const struct duet_spans *spans, uint64_t size,
			       struct duet_span *ret);
/* How many are there, and how many of them without a gap from 0 on. */
uint64_t duet_spans_bytes(const struct duet_spans *spans);
uint64_t duet_spans_prefix(const struct duet_spans *spans);

#endif
