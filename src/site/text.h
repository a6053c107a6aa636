/* SPDX-License-Identifier: MIT */
/*
 * site/text.h - text of strangers within a page, a link or JSON. Each appends
 * to dst and returns the status of the buf.
 *
 * Where it is to be read, bytes that are no well-formed UTF-8, control
 * characters and the marks that turn the direction of the text around them
 * become U+FFFD: a name must not look like another one.
 */
#ifndef DUET_SITE_TEXT_H
#define DUET_SITE_TEXT_H

#include "base/buf.h"

/* Between tags, or as the value of an attribute in double quotes. */
DUET_CHECK int duet_text_html(struct duet_buf *dst, struct duet_bytes text);
/* One segment of a path, percent-encoded byte by byte but for the unreserved
 * characters (RFC 3986 s2.3): fit for an attribute and for JSON as it is, and
 * without the colon and the slashes that make a scheme or a host of it. */
DUET_CHECK int duet_text_href(struct duet_buf *dst, struct duet_bytes text);
/* A string of JSON with its quotes (RFC 8259 s7). */
DUET_CHECK int duet_text_json(struct duet_buf *dst, struct duet_bytes text);

/* Copy the text with a NUL behind it into cap bytes, 8 at least: what is too
 * long ends in "...", and not in the midst of a character. */
void duet_text_shorten(char *dst, size_t cap, struct duet_bytes text);

#endif
