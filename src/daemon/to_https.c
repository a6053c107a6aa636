/* SPDX-License-Identifier: MIT */
#include "daemon/to_https.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/uri.h"
#include "site/error.h"

enum {
	LOCATION_MAX_BYTES = 65536,
	HTTPS_PORT = 443,
};

uint32_t duet_to_https_port(const struct duet_sockets *sockets)
{
	uint32_t port;
	size_t i;

	for (i = 0; i < sockets->n_places; i++) {
		const char *text = sockets->texts[i];

		if (!duet_sockets_is_plain(sockets, i) &&
		    !duet_str_starts(text, "unix:") &&
		    duet_parse_u32(strrchr(text, ':') + 1, UINT16_MAX, &port))
			return port;
	}
	return 0;
}

/* A path begins with '/': "http://a.test?b" has none. */
static int add_path(struct duet_buf *location, const struct duet_uri *uri)
{
	int rc = DUET_OK;

	if (uri->path.len == 0)
		rc = duet_buf_add_str(location, "/");
	else
		rc = duet_buf_add(location, uri->path.data, uri->path.len);
	if (rc == DUET_OK && uri->has_query)
		rc = duet_buf_add_str(location, "?");
	return rc == DUET_OK
		       ? duet_buf_add(location, uri->query.data, uri->query.len)
		       : rc;
}

static int add_location(struct duet_buf *location, struct duet_bytes host,
			uint32_t port, const struct duet_uri *uri)
{
	/* Its ']' goes with the port. */
	bool is_v6 = *(const char *)host.data == '[';
	int rc = duet_buf_add_str(location, "https://");

	if (rc == DUET_OK)
		rc = duet_buf_add(location, host.data, host.len);
	if (rc == DUET_OK && is_v6)
		rc = duet_buf_add_str(location, "]");
	if (rc == DUET_OK && port != HTTPS_PORT && port != 0)
		rc = duet_buf_printf(location, ":%u", (unsigned)port);
	if (rc == DUET_OK)
		rc = add_path(location, uri);
	return rc == DUET_OK ? duet_buf_add(location, "", 1) : rc;
}

void duet_to_https(struct duet_exchange *exchange,
		   const struct duet_hosts *hosts, uint32_t port)
{
	const struct duet_head *head = duet_exchange_head(exchange);
	struct duet_bytes host = duet_hosts_name(head);
	struct duet_buf location;
	struct duet_uri uri;

	if (host.len == 0 ||
	    !duet_uri_split(head->method, head->target, &uri)) {
		duet_site_error(exchange, 400,
				"this port speaks HTTP to send clients to HTTPS, and that request does not say where it wants to go.");
		return;
	}
	if (duet_hosts_find(hosts, host) == DUET_HOSTS_NONE) {
		duet_site_error(exchange, 421,
				"there is no site of that name here.");
		return;
	}
	duet_buf_init(&location, LOCATION_MAX_BYTES);
	if (add_location(&location, host, port, &uri) == DUET_OK)
		duet_site_error_with(exchange, 308, "Location",
				     duet_buf_bytes(&location).data,
				     "it is to be had by HTTPS.");
	else
		(void)duet_reply_empty(exchange, 503);
	duet_buf_done(&location);
}
