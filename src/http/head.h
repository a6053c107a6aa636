/* SPDX-License-Identifier: MIT */
/*
 * http/head.h - the grammar of heads (RFC 9112 s2 to s5): lines out of bytes
 * that come in any pieces, and what is on each line, cut up in place.
 */
#ifndef DUET_HTTP_HEAD_H
#define DUET_HTTP_HEAD_H

#include <duet/http.h>

#include "http/fault.h"
#include "http/field.h"

/*
 * How far a head, which begins at offset 0 of its text, has been looked at.
 * All zero at its first byte. Whether and how it fails depends on its bytes
 * alone, never on the pieces they came in.
 */
struct duet_lines {
	size_t line;   /* where the line under way begins */
	size_t seen;   /* bytes known not to hold its end */
	size_t count;  /* whole lines before it */
	bool trailers; /* no start line; and a line ends in CR LF only */
};

/*
 * The next line of text, which may have grown since the last call:
 * text[*ret_begin], *ret_len bytes without its line end. DUET_OK;
 * DUET_WANT_READ: its end has not come; DUET_E_LIMIT (414 for a request
 * line, 431) as soon as a limit is passed; DUET_E_HTTP (400) for a bare LF in
 * trailers.
 */
DUET_CHECK int duet_lines_next(struct duet_lines *lines, struct duet_bytes text,
			       const struct duet_limits *limits,
			       size_t *ret_begin, size_t *ret_len,
			       struct duet_fault *fault);

/*
 * The three kinds of line, without their line end, which line[len] overwrites
 * with a NUL: what is found stays where it is and is pointed at. DUET_OK or
 * DUET_E_HTTP with what offends.
 */
DUET_CHECK int duet_request_line(char *line, size_t len, struct duet_head *head,
				 struct duet_fault *fault);
DUET_CHECK int duet_status_line(char *line, size_t len, struct duet_head *head,
				struct duet_fault *fault);
/* Also DUET_E_NOMEM, and DUET_E_LIMIT past max lines. */
DUET_CHECK int duet_field_line(char *line, size_t len, uint32_t max,
			       struct duet_fields *fields,
			       struct duet_fault *fault);

#endif
