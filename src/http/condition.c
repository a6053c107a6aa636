/* SPDX-License-Identifier: MIT */
#include "http/condition.h"

#include <string.h>

#include "base/str.h"
#include "http/date.h"
#include "http/etag.h"

/* What a list of tags says of the current one. */
enum tags {
	TAGS_ABSENT,
	TAGS_MATCH,
	TAGS_DIFFER,
};

static bool one_value_matches(const char *value,
			      const struct duet_validators *current,
			      bool strong)
{
	struct duet_etag mine;
	struct duet_etag theirs;

	/* RFC 9110 s13.1.1: "*" is any current representation. */
	if (strcmp(value, "*") == 0)
		return current->exists;
	if (current->etag == NULL || !duet_etag_parse(current->etag, &mine))
		return false;
	while (duet_etag_next(&value, &theirs) > 0)
		if (strong ? duet_etag_equal_strong(&mine, &theirs)
			   : duet_etag_equal_weak(&mine, &theirs))
			return true;
	return false;
}

/* A list may be spread over several field lines (RFC 9110 s5.3). */
static enum tags match_tags(const struct duet_head *request, const char *name,
			    const struct duet_validators *current, bool strong)
{
	const struct duet_header *field;
	enum tags tags = TAGS_ABSENT;

	for (field = request->headers; field != NULL && field->name != NULL;
	     field++) {
		if (!duet_str_eq_nocase(field->name, name))
			continue;
		if (one_value_matches(field->value, current, strong))
			return TAGS_MATCH;
		tags = TAGS_DIFFER;
	}
	return tags;
}

/* How many lines there are of what is no list, and the value of the last. */
static size_t count_lines(const struct duet_head *request, const char *name,
			  const char **ret_value)
{
	const struct duet_header *field;
	size_t n = 0;

	for (field = request->headers; field != NULL && field->name != NULL;
	     field++) {
		if (!duet_str_eq_nocase(field->name, name))
			continue;
		*ret_value = field->value;
		n++;
	}
	return n;
}

/* RFC 9110 s13.1.3, s13.1.4: what is no date, or no single one, is ignored. */
static bool get_date(const struct duet_head *request, const char *name,
		     int64_t now, int64_t *ret)
{
	const char *value = NULL;

	return count_lines(request, name, &value) == 1 &&
	       duet_date_parse(value, now, ret);
}

static bool is_read(const struct duet_head *request)
{
	return strcmp(request->method, "GET") == 0 ||
	       strcmp(request->method, "HEAD") == 0;
}

/* Steps 1 and 2: is it still what the client thinks it is? */
static bool may_go_on(const struct duet_head *request,
		      const struct duet_validators *current, int64_t now)
{
	enum tags tags = match_tags(request, "if-match", current, true);
	int64_t since = 0;

	if (tags != TAGS_ABSENT)
		return tags == TAGS_MATCH;
	if (current->modified >= 0 &&
	    get_date(request, "if-unmodified-since", now, &since))
		return current->modified <= since;
	return true;
}

/* Steps 3 and 4: does the client have it already? */
static bool is_known(const struct duet_head *request,
		     const struct duet_validators *current, int64_t now)
{
	enum tags tags = match_tags(request, "if-none-match", current, false);
	int64_t since = 0;

	if (tags != TAGS_ABSENT)
		return tags == TAGS_MATCH;
	return is_read(request) && current->modified >= 0 &&
	       get_date(request, "if-modified-since", now, &since) &&
	       current->modified <= since;
}

enum duet_condition duet_condition_check(const struct duet_head *request,
					 const struct duet_validators *current,
					 int64_t now)
{
	if (!may_go_on(request, current, now))
		return DUET_CONDITION_FAILED;
	if (!is_known(request, current, now))
		return DUET_CONDITION_MET;
	return is_read(request) ? DUET_CONDITION_NOT_MODIFIED
				: DUET_CONDITION_FAILED;
}

/*
 * RFC 9110 s13.1.5: by the strong comparison only. A date is strong where it
 * was a second old when it was given out (s8.8.2.2), which a request does not
 * tell: what changed twice in one second would be joined from both.
 */
static bool is_still_there(const char *if_range,
			   const struct duet_validators *current)
{
	struct duet_etag theirs;
	struct duet_etag mine;

	return duet_etag_parse(if_range, &theirs) && current->etag != NULL &&
	       duet_etag_parse(current->etag, &mine) &&
	       duet_etag_equal_strong(&mine, &theirs);
}

const char *duet_condition_range(const struct duet_head *request,
				 const struct duet_validators *current)
{
	const char *if_range = NULL;
	const char *range = NULL;

	/* RFC 9110 s14.2: for other methods Range has no meaning. */
	if (strcmp(request->method, "GET") != 0)
		return NULL;
	/* RFC 9110 s5.3: lines may be joined on the way, and two of these make
	 * a malformed one. Which of them counts must not depend on it. */
	if (count_lines(request, "range", &range) != 1)
		return NULL;
	switch (count_lines(request, "if-range", &if_range)) {
	case 0:
		return range;
	case 1:
		return is_still_there(if_range, current) ? range : NULL;
	default:
		return NULL;
	}
}
