/* SPDX-License-Identifier: MIT */
#include "daemon/to_https.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "http/uri.h"
#include "site/error.h"
#include "site/redirect.h"

enum {
	ORIGIN_MAX_BYTES = 65536,
	HTTPS_PORT = 443,
};

uint32_t duet_to_https_port(const struct duet_sockets *sockets)
{
	uint32_t port;
	size_t i;

	for (i = 0; i < sockets->n_places; i++) {
		const char *text = sockets->texts[i];

		if (!duet_sockets_is_plain(sockets, i) &&
		    !duet_address_is_unix(text) &&
		    duet_parse_u32(strrchr(text, ':') + 1, UINT16_MAX, &port))
			return port;
	}
	return 0;
}

/* "https://a.test:8443" and a NUL. */
static int add_origin(struct duet_buf *origin, struct duet_bytes host,
		      uint32_t port)
{
	int rc = duet_buf_add_str(origin, "https://");

	if (rc == DUET_OK)
		rc = duet_buf_add(origin, host.data, host.len);
	if (rc == DUET_OK && port != HTTPS_PORT && port != 0)
		rc = duet_buf_printf(origin, ":%u", (unsigned)port);
	return rc == DUET_OK ? duet_buf_add(origin, "", 1) : rc;
}

static void redirect(struct duet_exchange *exchange, struct duet_bytes host,
		     uint32_t port, const struct duet_uri *uri)
{
	struct duet_redirect redirect = {
		.status = 308,
		.tail = "",
		.uri = uri,
		.sentence = "it is to be had by HTTPS.",
	};
	struct duet_buf origin;

	duet_buf_init(&origin, ORIGIN_MAX_BYTES);
	if (add_origin(&origin, host, port) == DUET_OK) {
		redirect.to = duet_buf_bytes(&origin).data;
		duet_site_redirect(exchange, &redirect);
	} else {
		(void)duet_reply_empty(exchange, 503);
	}
	duet_buf_done(&origin);
}

void duet_to_https(struct duet_exchange *exchange,
		   const struct duet_hosts *hosts, uint32_t port)
{
	const struct duet_head *head = duet_exchange_head(exchange);
	struct duet_bytes host = duet_hosts_name(head);
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
	redirect(exchange, host, port, &uri);
}
