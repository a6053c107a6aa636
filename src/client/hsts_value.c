/* SPDX-License-Identifier: MIT */
/* What a Strict-Transport-Security says (RFC 6797 s6.1). */
#include <string.h>

#include "base/grammar.h"
#include "base/str.h"
#include "client/hsts.h"

enum {
	DIRECTIVES_MAX = 16,
};

/* What a value has said so far. */
struct directives {
	uint64_t max_age;
	bool has_max_age;
	bool below;
	struct duet_bytes names[DIRECTIVES_MAX];
	size_t n;
};

/* s6.1, rule 2: no directive twice. */
static bool is_new(struct directives *all, struct duet_bytes name)
{
	size_t i;
	size_t k;

	if (all->n == DIRECTIVES_MAX)
		return false;
	for (i = 0; i < all->n; i++) {
		const char *a = all->names[i].data;
		const char *b = name.data;

		if (all->names[i].len != name.len)
			continue;
		for (k = 0; k < name.len; k++)
			if (duet_to_lower((unsigned char)a[k]) !=
			    duet_to_lower((unsigned char)b[k]))
				break;
		if (k == name.len)
			return false;
	}
	all->names[all->n++] = name;
	return true;
}

/* A token or a quoted string, without escapes: no number needs one. */
static bool unquote(struct duet_bytes *value)
{
	const char *p = value->data;

	if (value->len < 2 || p[0] != '"')
		return duet_is_token(*value);
	value->data = p + 1;
	value->len -= 2;
	return p[value->len + 1] == '"';
}

static bool take_max_age(struct directives *all, struct duet_bytes value)
{
	size_t i;

	all->has_max_age = unquote(&value) && value.len > 0;
	for (i = 0; i < value.len; i++)
		if (!duet_is_digit(((const unsigned char *)value.data)[i]))
			return false;
	/* What is too long to be counted is long enough. */
	if (!duet_parse_u64(value, &all->max_age))
		all->max_age = UINT64_MAX;
	return all->has_max_age;
}

static bool take_directive(struct directives *all, struct duet_bytes text)
{
	const char *equals;
	struct duet_bytes name = duet_trim(text);
	struct duet_bytes value = { NULL, 0 };

	if (name.len == 0)
		return true;
	equals = memchr(name.data, '=', name.len);
	if (equals != NULL) {
		const char *begin = name.data;

		value.data = equals + 1;
		value.len = name.len - (size_t)(equals - begin) - 1;
		name.len = (size_t)(equals - begin);
		name = duet_trim(name);
		value = duet_trim(value);
	}
	if (!duet_is_token(name) || !is_new(all, name))
		return false;
	if (duet_bytes_eq_nocase(name, "max-age"))
		return equals != NULL && take_max_age(all, value);
	if (duet_bytes_eq_nocase(name, "includeSubDomains")) {
		all->below = true;
		return equals == NULL;
	}
	return true; /* rule 3: what is not known is nothing */
}

bool duet_hsts_parse_value(const char *value, uint64_t *ret_max_age,
			   bool *ret_below)
{
	struct directives all = { 0 };
	bool quoted = false;
	const char *begin = value;
	const char *p;

	for (p = value;; p++) {
		if (*p == '"')
			quoted = !quoted;
		if (*p == '\\' && quoted && p[1] != '\0')
			p++;
		if (*p != '\0' && (*p != ';' || quoted))
			continue;
		if (!take_directive(&all, (struct duet_bytes){
						  begin, (size_t)(p - begin) }))
			return false;
		if (*p == '\0')
			break;
		begin = p + 1;
	}
	*ret_max_age = all.max_age;
	*ret_below = all.below;
	return all.has_max_age && !quoted;
}
