/* SPDX-License-Identifier: MIT */
#include "http/uri.h"

#include <string.h>

#include "base/grammar.h"
#include "base/str.h"

static struct duet_bytes slice(const char *begin, const char *end)
{
	return (struct duet_bytes){ begin, (size_t)(end - begin) };
}

static void split_path(const char *p, struct duet_uri *ret)
{
	const char *end = p + strcspn(p, "?");

	/* RFC 9110 s4.2.3: an empty path means "/". */
	ret->path = end > p ? slice(p, end) : duet_str("/");
	ret->has_query = *end == '?';
	if (ret->has_query)
		ret->query = duet_str(end + 1);
}

bool duet_uri_split(const char *method, const char *target,
		    struct duet_uri *ret)
{
	struct duet_uri uri = { .form = duet_target_form(method, target) };
	const char *authority;
	const char *end;

	switch (uri.form) {
	case DUET_TARGET_BAD:
		return false;
	case DUET_TARGET_ASTERISK:
		break;
	case DUET_TARGET_AUTHORITY:
		uri.authority = duet_str(target);
		break;
	case DUET_TARGET_ORIGIN:
		split_path(target, &uri);
		break;
	case DUET_TARGET_ABSOLUTE:
		authority = strstr(target, "://") + 3;
		end = authority + strcspn(authority, "/?");
		uri.https = duet_to_lower((unsigned char)target[4]) == 's';
		uri.authority = slice(authority, end);
		split_path(end, &uri);
		break;
	}
	*ret = uri;
	return true;
}

static int refuse(struct duet_fault *fault, struct duet_bytes raw,
		  const char *why)
{
	char quote[DUET_QUOTE_BYTES];

	return duet_fault_set(fault, 400, "%s in the path '%s'", why,
			      duet_fault_quote(quote, raw));
}

/* The byte at raw[*i], decoded; *i goes past it. -1: broken encoding. */
static int decode_one(struct duet_bytes raw, size_t *i)
{
	const unsigned char *p = raw.data;
	int high;
	int low;

	if (p[*i] != '%')
		return p[(*i)++];
	if (raw.len - *i < 3)
		return -1;
	high = duet_hex_value(p[*i + 1]);
	low = duet_hex_value(p[*i + 2]);
	if (high < 0 || low < 0)
		return -1;
	*i += 3;
	return high << 4 | low;
}

/*
 * One segment, from raw[*i] up to the next raw slash, to dst[*len] on. An
 * encoded slash would be a separator to those who decode before they split,
 * and none to those who do it after: nobody names a file so.
 */
static int decode_segment(struct duet_bytes raw, size_t *i, char *dst,
			  size_t *len, struct duet_fault *fault)
{
	const char *p = raw.data;

	while (*i < raw.len && p[*i] != '/') {
		int c = decode_one(raw, i);

		if (c < 0)
			return refuse(fault, raw, "broken percent-encoding");
		if (c == '/')
			return refuse(fault, raw, "an encoded slash");
		if (duet_is_control((unsigned char)c))
			return refuse(fault, raw, "a control character");
		dst[(*len)++] = (char)c;
	}
	return DUET_OK;
}

/* Take "." and ".." at the end of dst for what they mean: RFC 3986 s5.2.4,
 * but a step beyond the root is an attack or a mistake. */
static bool resolve_dots(char *dst, size_t *len, size_t begin)
{
	size_t n = *len - begin;

	if (n == 1 && dst[begin] == '.') {
		*len = begin;
	} else if (n == 2 && memcmp(dst + begin, "..", 2) == 0) {
		if (begin == 1)
			return false;
		*len = begin - 1;
		while (dst[*len - 1] != '/')
			(*len)--;
	}
	return true;
}

int duet_uri_clean(struct duet_bytes raw, char *dst, size_t cap,
		   struct duet_fault *fault)
{
	const char *p = raw.data;
	size_t len = 1;
	size_t i = 1;
	int rc;

	if (raw.len == 0 || *p != '/')
		return refuse(fault, raw, "no slash at the beginning");
	if (raw.len >= cap)
		return duet_fault_set(fault, 414,
				      "a path of %zu bytes, and room for %zu",
				      raw.len, cap);
	dst[0] = '/';
	while (i < raw.len) {
		size_t begin = len;

		rc = decode_segment(raw, &i, dst, &len, fault);
		if (rc != DUET_OK)
			return rc;
		if (!resolve_dots(dst, &len, begin))
			return refuse(fault, raw, "a step beyond the root");
		if (i < raw.len && dst[len - 1] != '/')
			dst[len++] = '/';
		i++; /* past the slash, or the end */
	}
	dst[len] = '\0';
	return DUET_OK;
}

/* RFC 3986 s3.3: pchar, and the slash between segments. */
static bool is_path_byte(unsigned char c)
{
	return duet_is_digit(c) || duet_is_alpha(c) ||
	       (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

int duet_uri_encode(struct duet_buf *dst, struct duet_bytes path)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *p = path.data;
	int rc = DUET_OK;
	size_t i;

	for (i = 0; i < path.len && rc == DUET_OK; i++) {
		char code[3] = { '%', digits[p[i] >> 4], digits[p[i] & 15] };

		if (is_path_byte(p[i]))
			rc = duet_buf_add(dst, p + i, 1);
		else
			rc = duet_buf_add(dst, code, sizeof(code));
	}
	return rc;
}
