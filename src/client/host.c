/* SPDX-License-Identifier: MIT */
#include "client/host.h"

#include <libpsl.h>
#include <string.h>

#include "base/library.h"
#include "base/str.h"

#define FUNCTIONS(X) X(psl_builtin) X(psl_is_public_suffix2)

DUET_LIBRARY(psl, "libpsl.so.5", FUNCTIONS,
	     "which names strangers have names below");

enum {
	HOST_BYTES =
		1025, /* RFC 1035 has 255; a cookie's Domain may be longer */
};

bool duet_host_is_plain(const char *host)
{
	static const char most[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:";

	return host[0] != '\0' && host[0] != '.' &&
	       host[strspn(host, most)] == '\0';
}

bool duet_host_is_address(const char *host)
{
	size_t end = strlen(host);
	size_t begin;

	if (strchr(host, ':') != NULL)
		return true;
	if (end > 0 && host[end - 1] == '.')
		end--;
	for (begin = end; begin > 0 && host[begin - 1] != '.'; begin--)
		if (!duet_is_digit((unsigned char)host[begin - 1]))
			return false;
	return begin < end;
}

bool duet_host_is_within(const char *host, const char *domain)
{
	size_t host_len = strlen(host);
	size_t len = strlen(domain);

	if (len == 0 || host_len < len ||
	    strcmp(host + host_len - len, domain) != 0)
		return false;
	return host_len == len ||
	       (host[host_len - len - 1] == '.' && !duet_host_is_address(host));
}

int duet_host_know_suffixes(struct duet_error *err)
{
	return duet_library_open(&psl_library, err);
}

bool duet_host_is_public_suffix(const char *host)
{
	char plain[HOST_BYTES];
	size_t len = strlen(host);

	/* "com." is "com", which the list would not know. */
	while (len > 0 && host[len - 1] == '.')
		len--;
	if (len >= sizeof(plain) || duet_host_know_suffixes(NULL) != DUET_OK)
		return true;
	memcpy(plain, host, len);
	plain[len] = '\0';
	return psl.psl_is_public_suffix2(psl.psl_builtin(), plain,
					 PSL_TYPE_ANY) != 0;
}
