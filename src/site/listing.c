/* SPDX-License-Identifier: MIT */
#include "site/listing.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "http/accept.h"
#include "http/condition.h"
#include "http/etag.h"
#include "server/handler.h"
#include "site/error.h"
#include "site/listing_int.h"
#include "site/page.h"

enum {
	/* Room for every entry with a name of 255 quotes. */
	BODY_MAX_BYTES = 32 << 20,
};

static const char *const asked_for[] = {
	"text/html",
	"application/json",
};

/* The next of "a=b&c=d"; false at its end. */
static bool next_pair(struct duet_bytes *query, struct duet_bytes *ret_key,
		      struct duet_bytes *ret_value)
{
	const char *p = query->data;
	size_t equals = 0;
	size_t end = 0;

	if (query->len == 0)
		return false;
	while (end < query->len && p[end] != '&')
		end++;
	while (equals < end && p[equals] != '=')
		equals++;
	*ret_key = (struct duet_bytes){ p, equals };
	*ret_value = (struct duet_bytes){ p + equals, 0 };
	if (equals < end)
		*ret_value =
			(struct duet_bytes){ p + equals + 1, end - equals - 1 };
	if (end < query->len)
		end++;
	query->data = p + end;
	query->len -= end;
	return true;
}

void duet_listing_order(struct duet_bytes query, enum duet_directory_key *key,
			bool *descending)
{
	struct duet_bytes name;
	struct duet_bytes value;

	*key = DUET_DIRECTORY_BY_NAME;
	*descending = false;
	while (next_pair(&query, &name, &value)) {
		if (duet_bytes_eq(name, "sort") && duet_bytes_eq(value, "name"))
			*key = DUET_DIRECTORY_BY_NAME;
		if (duet_bytes_eq(name, "sort") && duet_bytes_eq(value, "size"))
			*key = DUET_DIRECTORY_BY_SIZE;
		if (duet_bytes_eq(name, "sort") && duet_bytes_eq(value, "date"))
			*key = DUET_DIRECTORY_BY_DATE;
		if (duet_bytes_eq(name, "order") && duet_bytes_eq(value, "asc"))
			*descending = false;
		if (duet_bytes_eq(name, "order") &&
		    duet_bytes_eq(value, "desc"))
			*descending = true;
	}
}

/*
 * A tag of what is shown, since the directory's date tells nothing of its
 * files: 64 bits of FNV-1a. Weak: two moments of a directory that look the
 * same are as good as one to whoever looks.
 */
static void tag_of(char etag[DUET_ETAG_BYTES], struct duet_bytes body)
{
	const unsigned char *p = body.data;
	uint64_t hash = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < body.len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	(void)snprintf(etag, DUET_ETAG_BYTES, "W/\"%016llx\"",
		       (unsigned long long)hash);
}

/* RFC 9110 s15.4.5: all of these belong to a 304 too. */
static int add_fields(struct duet_exchange *exchange, const char *etag,
		      bool json)
{
	int rc = duet_reply_header(exchange, "Vary", "Accept");

	if (rc == DUET_OK)
		rc = duet_reply_header(exchange, "ETag", etag);
	/* RFC 9111 s5.2.2.4: to be kept, and asked about before each use. */
	if (rc == DUET_OK)
		rc = duet_reply_header(exchange, "Cache-Control", "no-cache");
	/* RFC 9110 s15.4.5: of a 304 too, or that of the site would be put in
	 * its place. */
	if (rc == DUET_OK)
		rc = duet_page_fields(exchange, !json);
	return rc;
}

static void reply_body(struct duet_exchange *exchange, bool json,
		       struct duet_body *body, const char *etag)
{
	int rc;

	if (body == NULL) {
		duet_site_error(exchange, 503,
				"too many lists are being sent at this moment; "
				"try again soon.");
		return;
	}
	rc = add_fields(exchange, etag, json);
	if (rc == DUET_OK) {
		(void)duet_body_reply(exchange, 200,
				      json ? "application/json"
					   : duet_page_type,
				      body);
	} else {
		duet_body_unref(body);
		(void)duet_reply_empty(exchange, 503);
	}
}

static void reply(struct duet_exchange *exchange, bool json,
		  struct duet_bodies *bodies, struct duet_bytes body)
{
	char etag[DUET_ETAG_BYTES];
	const struct duet_validators current = {
		.exists = true,
		.etag = etag,
		.modified = -1,
	};
	int rc;

	tag_of(etag, body);
	switch (duet_condition_check(duet_exchange_head(exchange), &current,
				     duet_clock_wall())) {
	case DUET_CONDITION_MET:
		reply_body(exchange, json, duet_bodies_keep(bodies, body),
			   etag);
		break;
	case DUET_CONDITION_NOT_MODIFIED:
		rc = add_fields(exchange, etag, json);
		(void)duet_reply_empty(exchange, rc == DUET_OK ? 304 : 503);
		break;
	case DUET_CONDITION_FAILED:
		duet_site_error(exchange, 412,
				"it is not in the state you asked for.");
		break;
	}
}

int duet_listing_reply(struct duet_exchange *exchange,
		       const struct duet_place *place,
		       struct duet_bodies *bodies, struct duet_bytes query)
{
	/* Who takes neither form gets the one that people can read. */
	bool json = duet_accept_choose(duet_exchange_head(exchange), asked_for,
				       2) == 1;
	struct duet_directory directory;
	struct duet_listing listing = { place->shown != NULL ? place->shown
							     : place->path,
					&directory, DUET_DIRECTORY_BY_NAME,
					false };
	struct duet_buf body;
	int rc;

	duet_exchange_keep_type(exchange);
	duet_buf_init(&body, BODY_MAX_BYTES);
	rc = duet_directory_read(&directory, place);
	if (rc != 0)
		goto out;
	duet_listing_order(query, &listing.key, &listing.descending);
	duet_directory_sort(&directory, listing.key, listing.descending);
	rc = json ? duet_listing_json(&body, &listing)
		  : duet_listing_page(&body, &listing);
	if (rc == DUET_OK)
		reply(exchange, json, bodies, duet_buf_bytes(&body));
	else
		(void)duet_reply_empty(exchange, 503);
	rc = 0;
out:
	duet_directory_done(&directory);
	duet_buf_done(&body);
	return rc;
}
