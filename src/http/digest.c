/* SPDX-License-Identifier: MIT */
/*
 * The algorithms of RFC 9651 s4.2, by their names there. Each parser moves
 * *p behind what it has read, or returns false: the whole field is nothing.
 */
#include "http/digest.h"

#include <string.h>

#include "base/base64.h"
#include "base/grammar.h"
#include "base/str.h"

static const struct {
	const char *name;
	size_t size;
} kinds[DUET_DIGEST_KINDS] = {
	[DUET_DIGEST_SHA256] = { "sha-256", 32 },
	[DUET_DIGEST_SHA512] = { "sha-512", 64 },
};

const char *duet_digest_name(enum duet_digest_kind kind)
{
	return kinds[kind].name;
}

size_t duet_digest_size(enum duet_digest_kind kind)
{
	return kinds[kind].size;
}

/* RFC 9651 s4.2.3.3 */
static bool read_key(const char **p, struct duet_bytes *ret)
{
	const char *begin = *p;

	if (*begin != '*' && (*begin < 'a' || *begin > 'z'))
		return false;
	while ((**p >= 'a' && **p <= 'z') ||
	       duet_is_digit((unsigned char)**p) ||
	       (**p != '\0' && strchr("_-.*", **p) != NULL))
		++*p;
	*ret = (struct duet_bytes){ begin, (size_t)(*p - begin) };
	return true;
}

/* s4.2.4: 15 digits, or 12 and 3 behind a point */
static bool skip_number(const char **p)
{
	size_t before;
	size_t after;

	if (**p == '-')
		++*p;
	before = strspn(*p, "0123456789");
	*p += before;
	if (**p != '.')
		return before >= 1 && before <= 15;
	++*p;
	after = strspn(*p, "0123456789");
	*p += after;
	return before >= 1 && before <= 12 && after >= 1 && after <= 3;
}

/* s4.2.5, and s4.2.10, which encodes what is beyond ASCII in the same quotes */
static bool skip_string(const char **p, bool escapes)
{
	for (++*p; **p != '"'; ++*p) {
		if (**p < ' ' || **p > '~')
			return false;
		if (escapes && **p == '\\') {
			++*p;
			if (**p != '"' && **p != '\\')
				return false;
		}
	}
	++*p;
	return true;
}

/* s4.2.6 */
static void skip_token(const char **p)
{
	while (duet_is_tchar((unsigned char)**p) || **p == ':' || **p == '/')
		++*p;
}

/* s4.2.7: between two colons */
static bool read_bytes(const char **p, struct duet_bytes *ret)
{
	const char *begin = *p + 1;
	const char *end = strchr(begin, ':');

	if (end == NULL)
		return false;
	*ret = (struct duet_bytes){ begin, (size_t)(end - begin) };
	for (; begin < end; begin++)
		if (!duet_is_alpha((unsigned char)*begin) &&
		    !duet_is_digit((unsigned char)*begin) &&
		    strchr("+/=", *begin) == NULL)
			return false;
	*p = end + 1;
	return true;
}

/* s4.2.3.1; *ret gets the text of a byte sequence, and nothing otherwise */
static bool read_bare_item(const char **p, struct duet_bytes *ret)
{
	*ret = (struct duet_bytes){ NULL, 0 };
	if (**p == '-' || duet_is_digit((unsigned char)**p))
		return skip_number(p);
	if (**p == '@') { /* a date: an integer */
		++*p;
		return skip_number(p);
	}
	if (**p == '"')
		return skip_string(p, true);
	if (**p == '%' && (*p)[1] == '"') {
		++*p;
		return skip_string(p, false);
	}
	if (**p == ':')
		return read_bytes(p, ret);
	if (**p == '?') {
		*p += (*p)[1] == '0' || (*p)[1] == '1' ? 2 : 0;
		return **p != '?';
	}
	if (**p != '*' && !duet_is_alpha((unsigned char)**p))
		return false;
	skip_token(p);
	return true;
}

/* s4.2.3.2 */
static bool skip_parameters(const char **p)
{
	struct duet_bytes ignored;

	while (**p == ';') {
		++*p;
		*p += strspn(*p, " ");
		if (!read_key(p, &ignored))
			return false;
		if (**p != '=')
			continue;
		++*p;
		if (!read_bare_item(p, &ignored))
			return false;
	}
	return true;
}

/* s4.2.1.2 */
static bool skip_inner_list(const char **p)
{
	struct duet_bytes ignored;

	++*p;
	for (;;) {
		*p += strspn(*p, " ");
		if (**p == ')')
			break;
		if (!read_bare_item(p, &ignored) || !skip_parameters(p) ||
		    (**p != ' ' && **p != ')'))
			return false;
	}
	++*p;
	return true;
}

/* s4.2.2, of one member; its value is empty where it is no byte sequence */
static bool read_member(const char **p, struct duet_bytes *ret_key,
			struct duet_bytes *ret_value)
{
	*ret_value = (struct duet_bytes){ NULL, 0 };
	if (!read_key(p, ret_key))
		return false;
	if (**p == '=') {
		++*p;
		if (**p == '(') {
			if (!skip_inner_list(p))
				return false;
		} else if (!read_bare_item(p, ret_value)) {
			return false;
		}
	}
	return skip_parameters(p);
}

/* s4.2.7: who leaves the padding out is understood all the same. */
static bool decode(struct duet_bytes text, uint8_t *dst, size_t size)
{
	char padded[DUET_BASE64_BYTES(DUET_DIGEST_BYTES)];
	size_t n = 0;

	if (text.len == 0 || text.len >= sizeof(padded))
		return false;
	memcpy(padded, text.data, text.len);
	while (text.len % 4 != 0 && text.len + 1 < sizeof(padded))
		padded[text.len++] = '=';
	text.data = padded;
	return duet_base64_decode(text, dst, size, &n) && n == size;
}

/* The last of several members of a name is the one that counts. */
static void take(struct duet_digests *ret, struct duet_bytes key,
		 struct duet_bytes value)
{
	size_t i;

	for (i = 0; i < DUET_DIGEST_KINDS; i++)
		if (duet_bytes_eq(key, kinds[i].name))
			ret->has[i] =
				decode(value, ret->bytes[i], kinds[i].size);
}

static bool read_line(const char *p, struct duet_digests *ret)
{
	struct duet_bytes key;
	struct duet_bytes value;

	p += strspn(p, " ");
	for (;;) {
		if (!read_member(&p, &key, &value))
			return false;
		take(ret, key, value);
		p += strspn(p, " \t");
		if (*p == '\0')
			return true;
		if (*p != ',')
			return false;
		p++;
		p += strspn(p, " \t");
	}
}

int duet_digest_read(const struct duet_header *list, const char *field,
		     struct duet_digests *ret)
{
	int rc = DUET_EOF;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (; list != NULL && list->name != NULL; list++) {
		if (!duet_str_eq_nocase(list->name, field))
			continue;
		if (read_line(list->value, ret))
			continue;
		memset(ret, 0, sizeof(*ret));
		return DUET_E_HTTP;
	}
	for (i = 0; i < DUET_DIGEST_KINDS; i++)
		if (ret->has[i])
			rc = DUET_OK;
	return rc;
}
