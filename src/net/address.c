/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* struct in6_addr's members */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

static const struct sockaddr_in *as_v4(const struct duet_address *address)
{
	return (const struct sockaddr_in *)&address->storage;
}

static const struct sockaddr_in6 *as_v6(const struct duet_address *address)
{
	return (const struct sockaddr_in6 *)&address->storage;
}

static void text_v6(char dst[DUET_ADDRESS_TEXT_BYTES],
		    const struct sockaddr_in6 *v6)
{
	char host[INET6_ADDRSTRLEN] = "";
	char scope[IF_NAMESIZE + 1] = "";
	unsigned port = ntohs(v6->sin6_port);

	/* IPv4 that came in through a socket for both families. */
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		(void)inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host,
				sizeof(host));
		(void)snprintf(dst, DUET_ADDRESS_TEXT_BYTES, "%s:%u", host,
			       port);
		return;
	}
	(void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
	if (v6->sin6_scope_id != 0) {
		scope[0] = '%';
		if (if_indextoname(v6->sin6_scope_id, scope + 1) == NULL)
			scope[0] = '\0';
	}
	(void)snprintf(dst, DUET_ADDRESS_TEXT_BYTES, "[%s%s]:%u", host, scope,
		       port);
}

static void text_unix(char dst[DUET_ADDRESS_TEXT_BYTES],
		      const struct duet_address *address)
{
	const struct sockaddr_un *un =
		(const struct sockaddr_un *)&address->storage;
	size_t before = offsetof(struct sockaddr_un, sun_path);
	struct duet_bytes path = { un->sun_path, 0 };

	if (address->len > before)
		path.len = strnlen(un->sun_path, address->len - before);
	(void)snprintf(dst, DUET_ADDRESS_TEXT_BYTES, "unix:");
	duet_str_printable(dst + 5, DUET_ADDRESS_TEXT_BYTES - 5, path);
}

void duet_address_text(char dst[DUET_ADDRESS_TEXT_BYTES],
		       const struct duet_address *address)
{
	char host[INET_ADDRSTRLEN] = "";

	switch (address->storage.ss_family) {
	case AF_INET:
		(void)inet_ntop(AF_INET, &as_v4(address)->sin_addr, host,
				sizeof(host));
		(void)snprintf(dst, DUET_ADDRESS_TEXT_BYTES, "%s:%u", host,
			       (unsigned)ntohs(as_v4(address)->sin_port));
		break;
	case AF_INET6:
		text_v6(dst, as_v6(address));
		break;
	case AF_UNIX:
		text_unix(dst, address);
		break;
	default:
		(void)snprintf(dst, DUET_ADDRESS_TEXT_BYTES, "family %d",
			       (int)address->storage.ss_family);
		break;
	}
}

static bool parse_v6(struct sockaddr_in6 *v6, char *literal)
{
	char *scope = strchr(literal, '%');

	if (scope != NULL) {
		*scope++ = '\0';
		v6->sin6_scope_id = if_nametoindex(scope);
		if (v6->sin6_scope_id == 0 &&
		    !duet_parse_u32(scope, UINT32_MAX, &v6->sin6_scope_id))
			return false;
	}
	return inet_pton(AF_INET6, literal, &v6->sin6_addr) == 1;
}

bool duet_address_parse(struct duet_address *ret, const char *literal,
			uint16_t port)
{
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	size_t len = strlen(literal);
	struct duet_address address;

	if (len >= 2 && literal[0] == '[' && literal[len - 1] == ']') {
		literal++;
		len -= 2;
	}
	if (len >= sizeof(text))
		return false;
	memcpy(text, literal, len);
	text[len] = '\0';

	memset(&address, 0, sizeof(address));
	v4.sin_port = htons(port);
	v6.sin6_port = htons(port);
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&address.storage, &v4, sizeof(v4));
		address.len = sizeof(v4);
	} else if (parse_v6(&v6, text)) {
		memcpy(&address.storage, &v6, sizeof(v6));
		address.len = sizeof(v6);
	} else {
		return false;
	}
	*ret = address;
	return true;
}

bool duet_address_of_path(struct duet_address *ret, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(un.sun_path))
		return false;
	memcpy(un.sun_path, path, len);
	memset(ret, 0, sizeof(*ret));
	memcpy(&ret->storage, &un, sizeof(un));
	ret->len = sizeof(un);
	return true;
}

const char *duet_family_words(sa_family_t family)
{
	if (family == AF_INET)
		return "IPv4 ";
	return family == AF_INET6 ? "IPv6 " : "";
}

uint16_t duet_address_port(const struct duet_address *address)
{
	switch (address->storage.ss_family) {
	case AF_INET:
		return ntohs(as_v4(address)->sin_port);
	case AF_INET6:
		return ntohs(as_v6(address)->sin6_port);
	default:
		return 0;
	}
}

void duet_address_set_port(struct duet_address *address, uint16_t port)
{
	if (address->storage.ss_family == AF_INET)
		((struct sockaddr_in *)&address->storage)->sin_port =
			htons(port);
	else if (address->storage.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address->storage)->sin6_port =
			htons(port);
}

int duet_address_of(int fd, struct duet_address *ret, struct duet_error *err)
{
	struct duet_address address;

	memset(&address, 0, sizeof(address));
	address.len = sizeof(address.storage);
	if (getsockname(fd, (struct sockaddr *)&address.storage,
			&address.len) != 0)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "descriptor %d: its address is not known",
				      fd);
	*ret = address;
	return DUET_OK;
}
