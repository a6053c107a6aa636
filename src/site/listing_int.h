/* SPDX-License-Identifier: MIT */
/* site/listing_int.h - the forms of a listing. */
#ifndef DUET_SITE_LISTING_INT_H
#define DUET_SITE_LISTING_INT_H

#include "site/directory.h"
#include "site/listing_text.h"

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

#endif
