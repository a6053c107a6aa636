/* SPDX-License-Identifier: MIT */
#include "daemon/doubts.h"

#include <arpa/inet.h>

#include <string.h>

#include "base/str.h"
#include "daemon/ready.h"

/* Without the brackets of IPv6, and without the port. */
static struct duet_bytes host_of(const char *place)
{
	size_t len = (size_t)(strrchr(place, ':') - place);

	if (*place == '[')
		return (struct duet_bytes){ place + 1, len - 2 };
	return (struct duet_bytes){ place, len };
}

static bool is_name(const char *place)
{
	struct in_addr v4;
	char host[INET_ADDRSTRLEN];
	struct duet_bytes bytes = host_of(place);

	if (*place == '[' || bytes.len == 0)
		return false;
	if (bytes.len >= sizeof(host))
		return true;
	memcpy(host, bytes.data, bytes.len);
	host[bytes.len] = '\0';
	return inet_pton(AF_INET, host, &v4) != 1;
}

static int doubt_place(struct duet_buf *lines, const char *place,
		       const char *port)
{
	static const char *const vouched[] = { "localhost", "127.0.0.1",
					       "::1" };
	struct duet_bytes host = host_of(place);
	size_t i;

	for (i = 0; i < sizeof(vouched) / sizeof(vouched[0]); i++)
		if (duet_bytes_eq_nocase(host, vouched[i]))
			return DUET_OK;
	return duet_buf_printf(lines,
			       "clients will refuse https://%.*s%s/, since the local certificate is for localhost, 127.0.0.1 and ::1 only: listen on localhost, or make one with 'duet cert ca' and 'duet cert issue %.*s', and give it with --cert\n",
			       (int)(strrchr(place, ':') - place), place, port,
			       (int)host.len, (const char *)host.data);
}

int duet_doubts_places(struct duet_buf *lines,
		       const struct duet_sockets *sockets)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < sockets->n_places; i++) {
		const char *text = sockets->texts[i];
		const char *origin = sockets->origins[i];

		if (duet_str_starts(text, "unix:") || duet_ready_is_every(text))
			continue;
		if (!is_name(origin))
			rc = doubt_place(lines, text, strrchr(text, ':'));
		else if (i == 0 || sockets->origins[i - 1] != origin)
			rc = doubt_place(lines, origin, strrchr(text, ':'));
	}
	return rc;
}
