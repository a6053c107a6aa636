/* SPDX-License-Identifier: MIT */
#include "settings/cache_control.h"

#include <stdio.h>
#include <string.h>

#include "base/grammar.h"
#include "base/nearest.h"
#include "base/str.h"

enum {
	SHOWN_BYTES = 64,
	/* Letters by which a word may differ from what it was meant to be:
	 * there are extensions (RFC 9111 s5.2.3), and they are fine. */
	SLIP = 2,
};

enum argument {
	NONE,
	SECONDS, /* RFC 9111 s1.2.2, and never quoted */
	FIELDS,  /* none, or a list of them */
	NOT_OF_RESPONSES,
};

/* RFC 9111 s5.2.2; the last three of RFC 8246 and RFC 5861; and what is of
 * requests, s5.2.1. */
static const struct directive {
	const char *name;
	enum argument argument;
} directives[] = {
	{ "max-age", SECONDS },
	{ "s-maxage", SECONDS },
	{ "no-cache", FIELDS },
	{ "no-store", NONE },
	{ "no-transform", NONE },
	{ "must-revalidate", NONE },
	{ "must-understand", NONE },
	{ "proxy-revalidate", NONE },
	{ "private", FIELDS },
	{ "public", NONE },
	{ "immutable", NONE },
	{ "stale-while-revalidate", SECONDS },
	{ "stale-if-error", SECONDS },
	{ "max-stale", NOT_OF_RESPONSES },
	{ "min-fresh", NOT_OF_RESPONSES },
	{ "only-if-cached", NOT_OF_RESPONSES },
};

/* NULL: none; *nearest: what it may have been meant to be. */
static const struct directive *find(const char *name, const char **nearest)
{
	size_t n = sizeof(directives) / sizeof(directives[0]);
	struct duet_nearest near;
	size_t i;

	duet_nearest_init(&near, name);
	for (i = 0; i < n; i++) {
		if (duet_str_eq_nocase(name, directives[i].name))
			return &directives[i];
		if (directives[i].argument != NOT_OF_RESPONSES)
			duet_nearest_offer(&near, directives[i].name);
	}
	*nearest =
		near.best != NULL && near.distance <= SLIP ? near.best : NULL;
	return NULL;
}

static bool is_digits(struct duet_bytes text)
{
	const char *p = text.data;
	size_t i;

	for (i = 0; i < text.len; i++)
		if (!duet_is_digit((unsigned char)p[i]))
			return false;
	return text.len > 0;
}

static bool is_quoted(struct duet_bytes text)
{
	const char *p = text.data;

	return text.len >= 2 && p[0] == '"' && p[text.len - 1] == '"';
}

static bool argument_is_wrong(const struct directive *directive,
			      const struct duet_bytes *argument,
			      char why[DUET_CACHE_WHY_BYTES])
{
	const char *name = directive->name;
	const char *wrong = NULL;

	switch (directive->argument) {
	case NONE:
		wrong = argument != NULL ? "has nothing behind it" : NULL;
		break;
	case SECONDS:
		if (argument == NULL || !is_digits(*argument))
			wrong = "is followed by '=' and a number of seconds in digits, '=3600'";
		break;
	case FIELDS:
		break;
	case NOT_OF_RESPONSES:
		wrong = "is what clients say, and means nothing in a reply";
		break;
	}
	if (wrong != NULL)
		(void)snprintf(why, DUET_CACHE_WHY_BYTES, "'%s' %s", name,
			       wrong);
	return wrong != NULL;
}

/* RFC 9111 s5.2: token [ "=" ( token / quoted-string ) ] */
static bool directive_is_wrong(struct duet_bytes text,
			       char why[DUET_CACHE_WHY_BYTES])
{
	const char *equals = memchr(text.data, '=', text.len);
	const struct directive *directive;
	struct duet_bytes name = text;
	struct duet_bytes argument = { NULL, 0 };
	const char *nearest = NULL;
	char shown[SHOWN_BYTES];

	if (equals != NULL) {
		name.len = (size_t)(equals - (const char *)text.data);
		argument.data = equals + 1;
		argument.len = text.len - name.len - 1;
	}
	duet_str_printable(shown, sizeof(shown), name);
	if (!duet_is_token(name) || (equals != NULL && !is_quoted(argument) &&
				     !duet_is_token(argument))) {
		duet_str_printable(shown, sizeof(shown), text);
		(void)snprintf(why, DUET_CACHE_WHY_BYTES,
			       "'%s' is no directive; between two of them is a comma, and no blank around '=': 'public, max-age=3600'",
			       shown);
		return true;
	}
	directive = find(shown, &nearest);
	if (directive != NULL)
		return argument_is_wrong(directive,
					 equals != NULL ? &argument : NULL,
					 why);
	if (nearest != NULL)
		(void)snprintf(why, DUET_CACHE_WHY_BYTES,
			       "caches know no '%s'; did you mean '%s'?", shown,
			       nearest);
	return nearest != NULL;
}

/* Up to a comma that is not in quotes. */
static size_t length_of_first(const char *text)
{
	bool in_quotes = false;
	size_t i;

	for (i = 0; text[i] != '\0' && (in_quotes || text[i] != ','); i++) {
		if (text[i] == '"')
			in_quotes = !in_quotes;
		else if (text[i] == '\\' && in_quotes && text[i + 1] != '\0')
			i++;
	}
	return i;
}

bool duet_cache_control_is_wrong(const char *value,
				 char why[DUET_CACHE_WHY_BYTES])
{
	bool is_last = false;

	while (!is_last) {
		size_t len = length_of_first(value);
		struct duet_bytes text = { value, len };

		if (directive_is_wrong(duet_trim(text), why))
			return true;
		is_last = value[len] == '\0';
		value += len + !is_last;
	}
	return false;
}
