/* SPDX-License-Identifier: MIT */
/* http/date.h - dates of HTTP (RFC 9110 s5.6.7); always UTC, never a locale. */
#ifndef DUET_HTTP_DATE_H
#define DUET_HTTP_DATE_H

#include <duet/error.h>

enum {
	DUET_DATE_BYTES = 30, /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */
};

/* wall: seconds since 1970; years 1970 to 9999, what is outside is cut off. */
void duet_date_format(char dst[DUET_DATE_BYTES], int64_t wall);

/*
 * Any of the three forms, all of text. now tells the century of the form with
 * two digits. False: not a date; *ret_wall is untouched.
 */
bool duet_date_parse(const char *text, int64_t now, int64_t *ret_wall);

#endif
