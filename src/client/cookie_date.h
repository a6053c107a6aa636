/* SPDX-License-Identifier: MIT */
/* client/cookie_date.h - the dates of cookies, which are in any form that has
 * ever been seen (RFC 6265bis s5.1.1). */
#ifndef DUET_CLIENT_COOKIE_DATE_H
#define DUET_CLIENT_COOKIE_DATE_H

#include <duet/error.h>

/* Seconds since 1970, perhaps before that. False: none; *ret_wall stays. */
bool duet_cookie_date_parse(struct duet_bytes text, int64_t *ret_wall);

#endif
