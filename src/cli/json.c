/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"

json_t *duet_json_text(const char *s)
{
	char shown[1024];
	json_t *value;

	if (s == NULL || s[0] == '\0')
		return json_null();
	value = json_string(s);
	if (value != NULL)
		return value;
	duet_str_printable(shown, sizeof(shown), duet_str(s));
	return json_string(shown);
}

json_t *duet_json_date(int64_t wall)
{
	struct duet_civil civil;
	char s[64];

	if (wall == 0)
		return json_null();
	duet_civil_from_wall(&civil, wall);
	(void)snprintf(s, sizeof(s), "%04d-%02d-%02dT%02d:%02d:%02dZ",
		       civil.year, civil.month, civil.day, civil.hour,
		       civil.minute, civil.second);
	return json_string(s);
}
