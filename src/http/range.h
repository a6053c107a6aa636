/* SPDX-License-Identifier: MIT */
/* http/range.h - parts of a representation (RFC 9110 s14). */
#ifndef DUET_HTTP_RANGE_H
#define DUET_HTTP_RANGE_H

#include "base/buf.h"

/* length is never 0. */
struct duet_range {
	uint64_t offset;
	uint64_t length;
};

enum {
	DUET_RANGES_MAX = 16,
	DUET_CONTENT_RANGE_BYTES = 80,
};

enum duet_range_verdict {
	DUET_RANGE_WHOLE,   /* no range to obey: 200 */
	DUET_RANGE_PARTS,   /* 206: one part, or a multipart of several */
	DUET_RANGE_OUTSIDE, /* 416 */
};

/*
 * What a Range field asks of size bytes. Overlapping ranges, and those with
 * less between them than a part's head takes, become one; the order is the
 * client's. A field that is malformed, of another unit, or of more than
 * DUET_RANGES_MAX ranges is ignored, as RFC 9110 s14.2 lets a server do. So is
 * the end of an empty file: s14.1.2 calls it satisfiable, so it is no 416.
 */
enum duet_range_verdict duet_range_parse(
	const char *value, uint64_t size,
	struct duet_range ret_ranges[DUET_RANGES_MAX], size_t *ret_count);

/* "bytes 0-99/1000"; range NULL: "bytes * /1000" (no space), for a 416. */
void duet_range_format(char dst[DUET_CONTENT_RANGE_BYTES],
		       const struct duet_range *range, uint64_t size);
/* The way back; *ret_size is UINT64_MAX for an unknown size, and a length of
 * 0 is that of "bytes * /1000". False: not such a field. */
bool duet_range_parse_content(const char *value, struct duet_range *ret_range,
			      uint64_t *ret_size);

/* What comes before a part's bytes, and after the last part (RFC 9110 s14.6).
 * Status of the buf. type may be NULL. */
DUET_CHECK int duet_range_part_head(struct duet_buf *dst, const char *boundary,
				    const char *type,
				    const struct duet_range *range,
				    uint64_t size);
DUET_CHECK int duet_range_parts_end(struct duet_buf *dst, const char *boundary);

#endif
