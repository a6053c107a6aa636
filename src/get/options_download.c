/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "get/options.h"

bool duet_get_options_ask_for_part(const struct duet_get_options *get)
{
	size_t i;

	for (i = 0; i < get->headers.count; i++) {
		struct duet_bytes name = duet_str(get->headers.items[i]);

		name.len = strcspn(get->headers.items[i], ":;");
		if (duet_bytes_eq_nocase(name, "Range") ||
		    duet_bytes_eq_nocase(name, "If-Range"))
			return true;
	}
	return get->range != NULL;
}

/* Why not, in words behind "-C ..."; NULL: it goes. */
static const char *why_not(const struct duet_get_options *get, int urls)
{
	size_t i;

	if (get->head || duet_get_options_has_body(get) ||
	    (get->method != NULL && strcmp(get->method, "GET") != 0))
		return "asks for a file by GET, and nothing else: leave -I, -X, or what is sent, out";
	if (get->include)
		return "puts a file together, and -i puts a head before it: leave -i out, or see -v";
	if (duet_get_options_ask_for_part(get))
		return "asks for parts itself: leave -r and -H Range out";
	if (get->compressed)
		return "asks for parts, and a part of what is encoded cannot be decoded by itself: leave --compressed out";
	if (get->outputs.count < (size_t)urls && !get->remote_name_all)
		return "writes a file, and there is not one for each URL: add -o FILE, or -O";
	for (i = 0; i < get->outputs.count; i++)
		if (get->outputs.items[i] != NULL &&
		    strcmp(get->outputs.items[i], "-") == 0)
			return "writes a file, and -o - is none: name one";
	return NULL;
}

int duet_get_options_check_download(const struct duet_get_options *get,
				    int urls, struct duet_error *err)
{
	const char *why = NULL;

	if (get->resume || get->segments > 1)
		why = why_not(get, urls);
	if (why != NULL)
		return duet_error_set(err, DUET_E_ARGUMENT, "%s %s",
				      get->resume ? "-C" : "--segments", why);
	if (get->retry == 0 &&
	    (get->retry_delay_ms > 0 || get->retry_max_ms > 0))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "%s says when to try again, and without --retry nothing is: add --retry 3",
				      get->retry_delay_ms > 0
					      ? "--retry-delay"
					      : "--retry-max-time");
	return DUET_OK;
}
