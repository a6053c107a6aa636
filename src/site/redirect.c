/* SPDX-License-Identifier: MIT */
#include "site/redirect.h"

#include "base/buf.h"
#include "site/error.h"

enum {
	LOCATION_MAX_BYTES = 65536,
};

/* A path begins with '/': "http://a.test?b" has none. */
static int add_path(struct duet_buf *location,
		    const struct duet_redirect *redirect)
{
	if (redirect->path != NULL)
		return duet_uri_encode(location, duet_str(redirect->path));
	if (redirect->uri->path.len == 0)
		return duet_buf_add_str(location, "/");
	return duet_buf_add(location, redirect->uri->path.data,
			    redirect->uri->path.len);
}

static int add_query(struct duet_buf *location, const struct duet_uri *uri)
{
	int rc;

	if (uri == NULL || !uri->has_query)
		return DUET_OK;
	rc = duet_buf_add_str(location, "?");
	return rc == DUET_OK
		       ? duet_buf_add(location, uri->query.data, uri->query.len)
		       : rc;
}

void duet_site_redirect(struct duet_exchange *exchange,
			const struct duet_redirect *redirect)
{
	struct duet_buf location;
	int rc;

	duet_buf_init(&location, LOCATION_MAX_BYTES);
	rc = duet_buf_add_str(&location, redirect->to);
	if (rc == DUET_OK)
		rc = add_path(&location, redirect);
	if (rc == DUET_OK)
		rc = duet_buf_add_str(&location, redirect->tail);
	if (rc == DUET_OK)
		rc = add_query(&location, redirect->uri);
	if (rc == DUET_OK)
		rc = duet_buf_add(&location, "", 1);
	if (rc == DUET_OK)
		duet_site_error_with(exchange, redirect->status, "Location",
				     duet_buf_bytes(&location).data,
				     redirect->sentence);
	else
		(void)duet_reply_empty(exchange, 503);
	duet_buf_done(&location);
}
