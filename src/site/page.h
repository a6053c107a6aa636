/* SPDX-License-Identifier: MIT */
/*
 * site/page.h - what the pages that people look at have in common: the look,
 * in light and dark, and the fields that go with them.
 *
 * A page is one document: it loads nothing, runs nothing and sends nothing,
 * and its policy says so to browsers (CSP3), so that even a name that slipped
 * through unescaped could do no more than look odd.
 */
#ifndef DUET_SITE_PAGE_H
#define DUET_SITE_PAGE_H

#include <duet/server.h>

#include "base/buf.h"

/* For Content-Type. */
extern const char duet_page_type[];
/* All there is between <style> and </style>; the policy has its digest. */
extern const char duet_page_style[];
#define DUET_PAGE_STYLE_SOURCE \
	"'sha256-KHt9Ktt1R8+OW472vLgcS7iqLvH1r0zrkFOCKk/x5Qc='"
/* For Content-Security-Policy. */
extern const char duet_page_policy[];

/* Up to and including <body>. The title is these words and, escaped, what they
 * are about. Status of the buf. */
DUET_CHECK int duet_page_begin(struct duet_buf *page, const char *words,
			       struct duet_bytes about);
/* The same with more elements in the head, for a page with a policy of its
 * own. */
DUET_CHECK int duet_page_begin_with(struct duet_buf *page, const char *words,
				    struct duet_bytes about, const char *more);
/* From </body> on. */
DUET_CHECK int duet_page_end(struct duet_buf *page);

/* The fields for a page; with html false, for its other forms: those only
 * that keep a browser from taking them for a page. As duet_reply_header(). */
DUET_CHECK int duet_page_fields(struct duet_exchange *exchange, bool html);

#endif
