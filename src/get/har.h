/* SPDX-License-Identifier: MIT */
/* get/har.h - --har: each request with its answer, in the form that browsers
 * export and tools read (HTTP Archive 1.2). No bodies, and no secrets unless
 * asked for. */
#ifndef DUET_GET_HAR_H
#define DUET_GET_HAR_H

#include "get/outcome.h"
#include "get/paper.h"

/* As duet_get_paper_begin(). */
DUET_CHECK int duet_get_har_begin(struct duet_get_paper *paper,
				  const char *path, struct duet_error *err);
/* One URL, an entry for each of its answers. As duet_get_paper_add(), and then
 * duet_get_paper_keep(). */
DUET_CHECK int duet_get_har_add(struct duet_get_paper *paper,
				const struct duet_get_outcome *outcome,
				bool secrets, struct duet_error *err);

#endif
