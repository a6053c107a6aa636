/* SPDX-License-Identifier: MIT */
/* http/accept.h - which media type a client likes best (RFC 9110 s12.5.1). */
#ifndef DUET_HTTP_ACCEPT_H
#define DUET_HTTP_ACCEPT_H

#include <duet/http.h>

/*
 * Which of n types ("text/html") to send to that request: the one with the
 * highest weight, among several of them the one that is named most closely,
 * then the first; the first, too, where there is no Accept field. -1: none of
 * them is acceptable.
 *
 * The weight of a type is that of the range that names it most closely. A
 * range with parameters stands for the type without them, unless that is
 * named as well: what we have is the nearest thing to it.
 */
int duet_accept_choose(const struct duet_head *request,
		       const char *const *types, size_t n);

#endif
