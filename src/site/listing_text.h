/* SPDX-License-Identifier: MIT */
/*
 * site/listing_text.h - numbers and dates as pages have them.
 *
 * For ten thousand entries, so without printf(3), which would take longer than
 * all the rest. Each returns the length.
 */
#ifndef DUET_SITE_LISTING_TEXT_H
#define DUET_SITE_LISTING_TEXT_H

#include <duet/error.h>

enum {
	DUET_LISTING_SIZE_BYTES = 32,
	DUET_LISTING_DATE_BYTES = 32,
};
/* "17 B", "1.4 MB": powers of a thousand (ISO 80000-1), two digits at least.
 * Of no more than INT64_MAX. */
size_t duet_listing_size(char dst[DUET_LISTING_SIZE_BYTES], uint64_t size);
/* "1,432,981"; with separator 0: "1432981" */
size_t duet_listing_number(char dst[DUET_LISTING_SIZE_BYTES], uint64_t n,
			   char separator);
/* "2026-11-24T02:15:39Z" (RFC 3339); years 0 to 9999, what is outside is cut
 * off. */
size_t duet_listing_date(char dst[DUET_LISTING_DATE_BYTES], int64_t wall);

#endif
