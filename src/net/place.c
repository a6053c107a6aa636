/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct in6_addr's members */
#include "net/place.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <string.h>

#include "base/str.h"
#include "net/address.h"

enum {
	HOST_BYTES = 256,
	PATH_MAX_BYTES = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
};

/* ---- the form ---- */

static const char *wrong_with_path(const char *path)
{
	if (*path == '\0')
		return "the path is missing";
	return strlen(path) <= PATH_MAX_BYTES
		       ? NULL
		       : "the path of a socket has 107 bytes at most";
}

/* len bytes, before the last colon; none are every address. */
static const char *wrong_with_host(const char *text, size_t len)
{
	struct duet_address address;
	char host[HOST_BYTES];

	if (len >= sizeof(host))
		return "the host is too long";
	if (*text != '[')
		return memchr(text, ':', len) == NULL
			       ? NULL
			       : "an IPv6 address goes into brackets, '[::1]:443'";
	if (text[len - 1] != ']')
		return "its brackets are not closed";
	memcpy(host, text, len);
	host[len] = '\0';
	return duet_address_parse(&address, host, 0)
		       ? NULL
		       : "there is no IPv6 address in its brackets";
}

const char *duet_place_wrong(const char *where)
{
	const char *colon = strrchr(where, ':');
	uint32_t port;

	if (duet_address_is_unix(where))
		return wrong_with_path(where + strlen("unix:"));
	if (strstr(where, "://") != NULL)
		return "write it without the scheme and the path of a URL";
	if (*where != '\0' && strspn(where, "0123456789") == strlen(where))
		return "that is a port alone; for every address, write it with ':' before it, ':443'";
	if (duet_str_starts(where, "*:"))
		return "for every address leave out the '*': ':443'";
	if (colon == NULL)
		return "it has to end in a port, ':443'";
	if (!duet_parse_u32(colon + 1, UINT16_MAX, &port))
		return "a port is a number from 0 to 65535";
	return wrong_with_host(where, (size_t)(colon - where));
}

/* ---- two of them ---- */

/* Which addresses one is, in each family. */
struct span {
	bool is_every; /* both families, in one socket */
	bool has_address;
	struct duet_address address;
	uint16_t port;
};

static void take(struct span *span, const char *where)
{
	size_t len = (size_t)(strrchr(where, ':') - where);
	char host[HOST_BYTES];
	uint32_t port = 0;

	*span = (struct span){ .is_every = len == 0 };
	memcpy(host, where, len);
	host[len] = '\0';
	(void)duet_parse_u32(where + len + 1, UINT16_MAX, &port);
	span->port = (uint16_t)port;
	span->has_address =
		duet_address_parse(&span->address,
				   duet_str_eq_nocase(host, "localhost")
					   ? "127.0.0.1"
					   : host,
				   0);
}

static bool is_any(const struct duet_address *address)
{
	const struct sockaddr_in *v4 = (const void *)&address->storage;
	const struct sockaddr_in6 *v6 = (const void *)&address->storage;

	return address->storage.ss_family == AF_INET
		       ? v4->sin_addr.s_addr == htonl(INADDR_ANY)
		       : IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) != 0;
}

static bool overlap(const struct duet_address *one,
		    const struct duet_address *other)
{
	if (one->storage.ss_family != other->storage.ss_family)
		return false;
	return is_any(one) || is_any(other) ||
	       memcmp(&one->storage, &other->storage, one->len) == 0;
}

bool duet_places_collide(const char *one, const char *other)
{
	struct span a;
	struct span b;

	if (duet_place_wrong(one) != NULL || duet_place_wrong(other) != NULL)
		return false;
	if (duet_address_is_unix(one) || duet_address_is_unix(other))
		return strcmp(one, other) == 0;
	take(&a, one);
	take(&b, other);
	if (a.port == 0 || a.port != b.port)
		return false;
	if (duet_str_eq_nocase(one, other) || a.is_every || b.is_every)
		return true;
	return a.has_address && b.has_address &&
	       overlap(&a.address, &b.address);
}
