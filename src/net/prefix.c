/* SPDX-License-Identifier: MIT */
#include "net/prefix.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

enum {
	V4_BITS = 32,
	V6_BITS = 128,
	MAPPED_BITS = V6_BITS - V4_BITS, /* ::ffff:0:0/96 is all of IPv4 */
	SHOWN_BYTES = 64,
};

static void keep_bits(uint8_t bytes[16], unsigned bits)
{
	size_t whole = bits / 8;

	if (whole == 16)
		return;
	bytes[whole] &= (uint8_t)(0xff00 >> bits % 8);
	memset(bytes + whole + 1, 0, 15 - whole);
}

struct duet_prefix duet_prefix_cut(const struct duet_prefix *prefix,
				   uint8_t bits)
{
	struct duet_prefix cut = *prefix;

	if (bits < cut.bits) {
		cut.bits = bits;
		keep_bits(cut.bytes, bits);
	}
	return cut;
}

static void map_to_v4(struct duet_prefix *prefix)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!prefix->is_v6 || prefix->bits < MAPPED_BITS ||
	    memcmp(prefix->bytes, mapped, sizeof(mapped)) != 0)
		return;
	memmove(prefix->bytes, prefix->bytes + sizeof(mapped), 4);
	memset(prefix->bytes + 4, 0, sizeof(mapped));
	prefix->bits -= MAPPED_BITS;
	prefix->is_v6 = false;
}

/* An address, and nothing but that. */
static bool read_address(const char *literal, struct duet_prefix *ret)
{
	struct duet_prefix prefix = { .bits = V4_BITS };

	/* Four decimal numbers without zeroes in front: unlike inet_aton(3)
	 * it knows no octal, no hexadecimal and no "127.1". */
	if (inet_pton(AF_INET, literal, prefix.bytes) != 1) {
		prefix.is_v6 = true;
		prefix.bits = V6_BITS;
		if (inet_pton(AF_INET6, literal, prefix.bytes) != 1)
			return false;
	}
	*ret = prefix;
	return true;
}

void duet_prefix_text(char dst[DUET_PREFIX_TEXT_BYTES],
		      const struct duet_prefix *prefix)
{
	char host[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(prefix->is_v6 ? AF_INET6 : AF_INET, prefix->bytes, host,
			sizeof(host));
	if (prefix->bits == (prefix->is_v6 ? V6_BITS : V4_BITS))
		(void)snprintf(dst, DUET_PREFIX_TEXT_BYTES, "%s", host);
	else
		(void)snprintf(dst, DUET_PREFIX_TEXT_BYTES, "%s/%u", host,
			       (unsigned)prefix->bits);
}

/* What it seems to be instead of an address, and what to do. */
static const char *guess(const char *host)
{
	const char *colon = strchr(host, ':');

	if (strchr(host, '[') != NULL || strchr(host, ']') != NULL)
		return "write it without brackets, and without a port";
	if (strchr(host, '%') != NULL)
		return "leave out the zone (what begins with %)";
	if (strchr(host, '.') != NULL && colon != NULL &&
	    strchr(colon + 1, ':') == NULL)
		return "leave out the port";
	if (strspn(host, "0123456789.") == strlen(host))
		return "IPv4 is written as four numbers up to 255 without zeroes in front, as in 192.0.2.7 or 10.0.0.0/8";
	if (colon == NULL)
		return "names are not looked up; write an address such as 192.0.2.7, or a block of them such as 10.0.0.0/8";
	return "write an address such as 2001:db8::1, or a block of them such as 2001:db8::/32";
}

/* Digits, none of them a zero in front of others. */
static bool read_bits(const char *text, uint32_t max, uint8_t *ret)
{
	uint32_t bits;

	if ((text[0] == '0' && text[1] != '\0') ||
	    !duet_parse_u32(text, max, &bits))
		return false;
	*ret = (uint8_t)bits;
	return true;
}

/* Bits beyond the prefix: perhaps it is too short, perhaps the address was
 * meant. To guess which would open or close a door that nobody meant to. */
static int check_rest(const struct duet_prefix *prefix, const char *shown,
		      struct duet_error *err)
{
	struct duet_prefix cut = *prefix;
	char block[DUET_PREFIX_TEXT_BYTES];
	char address[DUET_PREFIX_TEXT_BYTES];

	keep_bits(cut.bytes, cut.bits);
	if (memcmp(cut.bytes, prefix->bytes, sizeof(cut.bytes)) == 0)
		return DUET_OK;
	duet_prefix_text(block, &cut);
	cut = *prefix;
	cut.bits = cut.is_v6 ? V6_BITS : V4_BITS;
	duet_prefix_text(address, &cut);
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' has bits behind the first %u that are not zero; write %s for the whole block, or %s for the one address",
			      shown, (unsigned)prefix->bits, block, address);
}

int duet_prefix_parse(const char *text, struct duet_prefix *ret,
		      struct duet_error *err)
{
	char shown[SHOWN_BYTES];
	char host[INET6_ADDRSTRLEN] = "";
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	struct duet_prefix prefix;
	int rc;

	duet_str_printable(shown, sizeof(shown),
			   (struct duet_bytes){ text, strlen(text) });
	if (len < sizeof(host))
		(void)snprintf(host, sizeof(host), "%.*s", (int)len, text);
	if (!read_address(host, &prefix))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is not an address; %s", shown,
				      guess(len < sizeof(host) ? host : text));
	if (slash != NULL && !read_bits(slash + 1, prefix.bits, &prefix.bits))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s': behind the '/' is a number from 0 to %u, without zeroes in front",
				      shown, (unsigned)prefix.bits);
	map_to_v4(&prefix);
	rc = check_rest(&prefix, shown, err);
	if (rc == DUET_OK)
		*ret = prefix;
	return rc;
}

bool duet_prefix_of_peer(const char *peer, struct duet_prefix *ret)
{
	char host[INET6_ADDRSTRLEN];
	bool v6 = peer[0] == '[';
	const char *begin = v6 ? peer + 1 : peer;
	size_t len = strcspn(begin, v6 ? "]%" : ":");
	struct duet_prefix prefix;

	if (begin[len] == '\0' || len >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)len, begin);
	if (!read_address(host, &prefix) || prefix.is_v6 != v6)
		return false;
	map_to_v4(&prefix);
	*ret = prefix;
	return true;
}

bool duet_prefix_covers(const struct duet_prefix *outer,
			const struct duet_prefix *inner)
{
	struct duet_prefix cut;

	if (outer->is_v6 != inner->is_v6 || outer->bits > inner->bits)
		return false;
	cut = duet_prefix_cut(inner, outer->bits);
	return memcmp(cut.bytes, outer->bytes, sizeof(cut.bytes)) == 0;
}

int duet_prefix_order(const struct duet_prefix *a, const struct duet_prefix *b)
{
	int order;

	if (a->is_v6 != b->is_v6)
		return a->is_v6 ? 1 : -1;
	order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	return order != 0 ? order : a->bits - b->bits;
}
