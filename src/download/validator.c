/* SPDX-License-Identifier: MIT */
#include "download/validator.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/date.h"
#include "http/etag.h"

enum {
	APART_S = 60, /* RFC 7232 s2.2.2 had this number */
};

static bool set(struct duet_validator *validator, const char *text)
{
	if (strlen(text) >= sizeof(validator->text))
		return false;
	(void)snprintf(validator->text, sizeof(validator->text), "%s", text);
	return true;
}

/* RFC 9110 s13.1.5: a date stands in If-Range only where there is no tag, and
 * a weak one never. */
void duet_validator_of(const struct duet_head *head, struct duet_validator *ret)
{
	const char *tag = duet_head_get(head, "ETag");
	const char *modified = duet_head_get(head, "Last-Modified");
	const char *date = duet_head_get(head, "Date");
	int64_t now = duet_clock_wall();
	struct duet_etag etag;
	int64_t then = 0;
	int64_t sent = 0;

	ret->text[0] = '\0';
	if (tag != NULL) {
		if (duet_etag_parse(tag, &etag) && !etag.weak)
			(void)set(ret, tag);
		return;
	}
	if (modified != NULL && date != NULL &&
	    duet_date_parse(modified, now, &then) &&
	    duet_date_parse(date, now, &sent) && sent >= APART_S &&
	    then <= sent - APART_S)
		(void)set(ret, modified);
}

bool duet_validator_parse(const char *text, struct duet_validator *ret)
{
	struct duet_etag etag;
	int64_t wall;

	ret->text[0] = '\0';
	if ((duet_etag_parse(text, &etag) && !etag.weak) ||
	    duet_date_parse(text, duet_clock_wall(), &wall))
		return set(ret, text);
	return false;
}

bool duet_validator_is_some(const struct duet_validator *validator)
{
	return validator->text[0] != '\0';
}

bool duet_validator_is_denied(const struct duet_validator *validator,
			      const struct duet_head *head)
{
	bool is_tag = validator->text[0] == '"';
	const char *now =
		duet_head_get(head, is_tag ? "ETag" : "Last-Modified");

	return duet_validator_is_some(validator) && now != NULL &&
	       strcmp(now, validator->text) != 0;
}
