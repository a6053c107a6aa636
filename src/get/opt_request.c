/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "get/opt_tables.h"
#include "get/options.h"

static int add_header(void *options, const struct duet_opt *opt,
		      const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;
	char shown[80];
	int rc;

	if (strcspn(arg, ":") == 0 ||
	    (strchr(arg, ':') == NULL && !duet_str_ends(arg, ";"))) {
		duet_str_printable(shown, sizeof(shown), duet_str(arg));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is not a header line; try -H '%s'",
				      shown, opt->example);
	}
	rc = duet_opt_list_add(&get->headers, arg);
	if (rc != DUET_OK)
		return duet_error_set(err, rc, "too many of them");
	return DUET_OK;
}

/* curl's ";auto" would tell every page where the one before it was. */
static int set_referer(void *options, const struct duet_opt *opt,
		       const char *arg, struct duet_error *err)
{
	struct duet_get_options *get = options;

	if (duet_str_ends(arg, ";auto"))
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "';auto' is not done; try -e %s",
				      opt->example);
	get->referer = arg;
	return DUET_OK;
}

/* Digits a and b of any length: a is the greater number. */
static bool is_greater(const char *a, size_t a_len, const char *b, size_t b_len)
{
	for (; a_len > 0 && *a == '0'; a_len--)
		a++;
	for (; b_len > 0 && *b == '0'; b_len--)
		b++;
	if (a_len != b_len)
		return a_len > b_len;
	return memcmp(a, b, a_len) > 0;
}

/* "0-99", "100-", "-500", and several with commas (RFC 9110 s14.1.2). */
static bool is_range(const char *p)
{
	for (;;) {
		size_t first = strspn(p, "0123456789");
		size_t last;

		if (p[first] != '-')
			return false;
		last = strspn(p + first + 1, "0123456789");
		if (first + last == 0 ||
		    (first > 0 && last > 0 &&
		     is_greater(p, first, p + first + 1, last)))
			return false;
		p += first + 1 + last;
		if (*p == '\0')
			return true;
		if (*p++ != ',')
			return false;
	}
}

static int set_range(void *options, const struct duet_opt *opt, const char *arg,
		     struct duet_error *err)
{
	struct duet_get_options *get = options;
	char shown[80];

	if (!is_range(arg)) {
		duet_str_printable(shown, sizeof(shown), duet_str(arg));
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "'%s' is not a range of bytes; try -r %s",
				      shown, opt->example);
	}
	get->range = arg;
	return DUET_OK;
}

const struct duet_opt duet_get_opt_request[] = {
	{ "request", 'X', "METHOD", "instead of GET",
	  DUET_OPT_STRING(struct duet_get_options, method), .group = "Request",
	  .example = "PUT", .brief = true,
	  .values = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS" },
	{ "header", 'H', "LINE", "'Name: value'; 'Name:' omits ours",
	  DUET_OPT_CALL(add_header), .example = "Accept: text/html",
	  .brief = true },
	{ "user", 'u', "NAME[:PASSWORD]", "for HTTP basic authentication",
	  DUET_OPT_STRING(struct duet_get_options, user), .example = "alice",
	  .brief = true },
	{ "user-file", 0, "FILE", "NAME:PASSWORD is the first line of FILE",
	  DUET_OPT_STRING(struct duet_get_options, user_file),
	  .example = "~/.secret" },
	{ "user-agent", 'A', "NAME", "instead of duet/VERSION; '': none",
	  DUET_OPT_STRING(struct duet_get_options, user_agent),
	  .example = "Mozilla/5.0" },
	{ "referer", 'e', "URL", "the page that led here",
	  DUET_OPT_CALL(set_referer), .example = "https://example.org/" },
	{ "url-query", 0, "TEXT",
	  "add to the query, as --data-urlencode; +QUERY",
	  DUET_OPT_LIST(struct duet_get_options, url_query),
	  .example = "q='a & b'" },
	{ "range", 'r', "FROM-TO", "these bytes only", DUET_OPT_CALL(set_range),
	  .example = "0-99", .brief = true },
	{ "location", 'L', NULL, "follow redirects (GET, HEAD do); none",
	  DUET_OPT_SET(struct duet_get_options, location, DUET_GET_LOCATION_ON),
	  .brief = true },
	{ "no-location", 0, NULL, NULL,
	  DUET_OPT_SET(struct duet_get_options, location,
		       DUET_GET_LOCATION_OFF),
	  .brief = true },
	{ "max-redirs", 0, "NUMBER", "follow so many at most [10]",
	  DUET_OPT_NUMBER(struct duet_get_options, max_redirs, 0, 100),
	  .example = "5" },
	{ 0 },
};
