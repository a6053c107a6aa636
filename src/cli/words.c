/* SPDX-License-Identifier: MIT */
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *library;
	const char *here;
} table[] = {
	{ "or say insecure_http", "or --insecure-http" },
	{ "look at where they lead, or allow more",
	  "look at where they lead, or allow more with --max-redirs" },
	{ "struct duet_resolve: ", "--resolve: " },
	{ "ask for it as it is", "fetch it without --compressed" },
	{ " (max_decoded): allow more, or", ":" },
	{ "struct duet_request: .decode and a Range do not go together",
	  "--compressed and -H Range do not go together" },
	{ "struct duet_request: .early_data is", "--early-data is" },
	{ "the request has no valid method",
	  "-X: that is no method, which is one word: try -X PUT" },
	{ "the trailer field '", "--trailer: '" },
	{ "send it in the head", "send it with -H" },
	{ "give the proxy a name and a password instead", "see --proxy-user" },
	{ "the field '", "-H: the field '" },
	{ "has a name that is no token",
	  "has a name that none has: leave out blanks and signs" },
	{ "has no value, or control characters in it",
	  "has control characters in it: leave them out" },
	{ "is written from content_length and close; leave it out",
	  "is written by duet itself: leave it out" },
	{ "a request needs one valid Host field",
	  "-H: a request has one Host, which is HOST or HOST:PORT" },
};

/* Put words over len bytes at text[at], all within cap. */
static void replace(char *text, size_t cap, size_t at, size_t len,
		    const char *words)
{
	char after[sizeof(((struct duet_error *)NULL)->text)];

	(void)snprintf(after, sizeof(after), "%s", text + at + len);
	(void)snprintf(text + at, cap - at, "%s%s", words, after);
}

/* "... within 10000 ms (limit head_ms)": without the parenthesis. */
static bool drop_name(struct duet_error *err)
{
	const char *begin = strstr(err->text, " (limit ");
	const char *end = begin != NULL ? strchr(begin, ')') : NULL;

	if (end == NULL)
		return false;
	replace(err->text, sizeof(err->text), (size_t)(begin - err->text),
		(size_t)(end + 1 - begin), "");
	return true;
}

/* "... longer than line_bytes (8192 bytes)": what is in the parenthesis. */
static bool drop_size(struct duet_error *err)
{
	static const char *const names[] = { "line_bytes (", "head_bytes (",
					     "headers (", "body_bytes (" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *begin = strstr(err->text, names[i]);
		char *end = begin != NULL ? strchr(begin, ')') : NULL;

		if (end == NULL)
			continue;
		replace(err->text, sizeof(err->text), (size_t)(end - err->text),
			1, "");
		replace(err->text, sizeof(err->text),
			(size_t)(begin - err->text), strlen(names[i]), "");
		return true;
	}
	return false;
}

void duet_cli_words(struct duet_error *err, bool *ret_limit)
{
	bool name = drop_name(err);
	bool size = drop_size(err);
	size_t i;

	*ret_limit = name || size;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *at = strstr(err->text, table[i].library);

		if (at != NULL)
			replace(err->text, sizeof(err->text),
				(size_t)(at - err->text),
				strlen(table[i].library), table[i].here);
	}
}
