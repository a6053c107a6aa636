/* SPDX-License-Identifier: MIT */
#include "http/target.h"

#include <string.h>

#include "base/str.h"

static bool is_reg_name_byte(unsigned char c)
{
	return duet_is_digit(c) || duet_is_alpha(c) ||
	       (c != '\0' && strchr("-._~!$&'()*+,;=", c) != NULL);
}

/* The length of the reg-name (RFC 3986 s3.2.2) at p, which an IPv4 is too. */
static size_t name_length(const char *p, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (is_reg_name_byte((unsigned char)p[i]))
			i++;
		else if (p[i] == '%' && len - i > 2 &&
			 duet_hex_value((unsigned char)p[i + 1]) >= 0 &&
			 duet_hex_value((unsigned char)p[i + 2]) >= 0)
			i += 3;
		else
			break;
	}
	return i;
}

/* The length of "[...]" at p, or 0. What is inside is the resolver's to know;
 * here it only has to be harmless: no zone, no IPvFuture. */
static size_t bracket_length(const char *p, size_t len)
{
	size_t colons = 0;
	size_t i;

	for (i = 1; i < len && p[i] != ']'; i++) {
		if (p[i] == ':')
			colons++;
		else if (p[i] != '.' && duet_hex_value((unsigned char)p[i]) < 0)
			return 0;
	}
	return i < len && colons >= 2 ? i + 1 : 0;
}

bool duet_is_authority(struct duet_bytes text, int32_t *ret_port)
{
	const char *p = text.data;
	uint64_t port = 0;
	size_t host;

	if (text.len == 0)
		return false;
	host = *p == '[' ? bracket_length(p, text.len)
			 : name_length(p, text.len);
	if (host == 0)
		return false;
	if (ret_port != NULL)
		*ret_port = -1;
	if (host == text.len)
		return true;
	if (p[host] != ':')
		return false;
	if (host + 1 == text.len) /* RFC 3986 s3.2.3: a port may be empty */
		return true;
	if (!duet_parse_u64((struct duet_bytes){ p + host + 1,
						 text.len - host - 1 },
			    &port) ||
	    port == 0 || port > 65535)
		return false;
	if (ret_port != NULL)
		*ret_port = (int32_t)port;
	return true;
}

/* RFC 9112 s3.2: no whitespace in a target, and a fragment is never sent. */
static bool has_target_bytes_only(const char *target)
{
	const unsigned char *p;

	for (p = (const unsigned char *)target; *p != '\0'; p++)
		if (*p <= ' ' || *p == 0x7f || *p == '#')
			return false;
	return true;
}

/* What follows "http://" or "https://", in any case of letters, or NULL. */
static const char *after_scheme(const char *target)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if (strlen(target) > len &&
		    duet_bytes_eq_nocase((struct duet_bytes){ target, len },
					 schemes[i]))
			return target + len;
	}
	return NULL;
}

enum duet_target_form duet_target_form(const char *method, const char *target)
{
	const char *authority;
	int32_t port = -1;

	if (!has_target_bytes_only(target))
		return DUET_TARGET_BAD;
	/* RFC 9112 s3.2.3: CONNECT takes host:port, and nothing else does. */
	if (strcmp(method, "CONNECT") == 0)
		return duet_is_authority(duet_str(target), &port) && port > 0
			       ? DUET_TARGET_AUTHORITY
			       : DUET_TARGET_BAD;
	if (*target == '/')
		return DUET_TARGET_ORIGIN;
	/* RFC 9112 s3.2.4: "*" is for OPTIONS. */
	if (strcmp(target, "*") == 0)
		return strcmp(method, "OPTIONS") == 0 ? DUET_TARGET_ASTERISK
						      : DUET_TARGET_BAD;
	/* RFC 9110 s4.2.4: userinfo in a target is an error. */
	authority = after_scheme(target);
	if (authority != NULL &&
	    duet_is_authority((struct duet_bytes){ authority,
						   strcspn(authority, "/?") },
			      NULL))
		return DUET_TARGET_ABSOLUTE;
	return DUET_TARGET_BAD;
}
