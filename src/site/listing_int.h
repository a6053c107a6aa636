/* SPDX-License-Identifier: MIT */
/* site/listing_int.h - the forms of a listing. */
#ifndef DUET_SITE_LISTING_INT_H
#define DUET_SITE_LISTING_INT_H

#include "site/directory.h"

struct duet_listing {
	const char *path;                       /* that is shown */
	const struct duet_directory *directory; /* sorted */
	enum duet_directory_key key;
	bool descending;
};

/* Which order a query asks for; by name, ascending, unless it says so. */
void duet_listing_order(struct duet_bytes query, enum duet_directory_key *key,
			bool *descending);

/* Append. Status of the buf. */
DUET_CHECK int duet_listing_page(struct duet_buf *page,
				 const struct duet_listing *listing);
DUET_CHECK int duet_listing_json(struct duet_buf *json,
				 const struct duet_listing *listing);

enum {
	DUET_LISTING_SIZE_BYTES = 32,
	DUET_LISTING_DATE_BYTES = 32,
};
/*
 * For ten thousand entries, so without printf(3), which would take longer than
 * all the rest. Each returns the length.
 *
 * "17 B", "1.4 MB": powers of a thousand (ISO 80000-1), two digits at least.
 * Of no more than INT64_MAX.
 */
size_t duet_listing_size(char dst[DUET_LISTING_SIZE_BYTES], uint64_t size);
/* "1,432,981"; with separator 0: "1432981" */
size_t duet_listing_number(char dst[DUET_LISTING_SIZE_BYTES], uint64_t n,
			   char separator);
/* "2026-11-24T02:15:39Z" (RFC 3339); years 0 to 9999, what is outside is cut
 * off. */
size_t duet_listing_date(char dst[DUET_LISTING_DATE_BYTES], int64_t wall);

#endif
