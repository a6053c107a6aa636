/* SPDX-License-Identifier: MIT */
/* base/basic.h - who a client says it is, as a value of a field (RFC 7617). */
#ifndef DUET_BASE_BASIC_H
#define DUET_BASE_BASIC_H

/* "Basic ..." of "name:password" or a name alone, new and to be wiped; NULL
 * without memory. */
char *duet_basic_credentials(const char *userinfo);

#endif
