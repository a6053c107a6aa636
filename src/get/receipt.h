/* SPDX-License-Identifier: MIT */
/* get/receipt.h - --receipt: what can be shown afterwards about what was
 * fetched, and how it was known to be so; duet-get(1) lists the members. */
#ifndef DUET_GET_RECEIPT_H
#define DUET_GET_RECEIPT_H

#include "get/outcome.h"
#include "get/paper.h"

/* As duet_get_paper_begin(). */
DUET_CHECK int duet_get_receipt_begin(struct duet_get_paper *paper,
				      const char *path, struct duet_error *err);
/* One URL. As duet_get_paper_add(), and then duet_get_paper_keep(). */
DUET_CHECK int duet_get_receipt_add(struct duet_get_paper *paper,
				    const struct duet_get_outcome *outcome,
				    struct duet_error *err);
/* What it adds; new, or NULL without memory. */
DUET_CHECK json_t *duet_get_receipt_object(
	const struct duet_get_outcome *outcome);

/* "1.1", "2" */
enum {
	DUET_GET_VERSION_BYTES = 32,
};
void duet_get_http_version(char dst[DUET_GET_VERSION_BYTES],
			   const struct duet_head *head);

#endif
