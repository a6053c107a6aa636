/* SPDX-License-Identifier: MIT */
/* http/common.h - what the engines of all versions of HTTP share. */
#ifndef DUET_HTTP_COMMON_H
#define DUET_HTTP_COMMON_H

#include <duet/http.h>

enum duet_role {
	DUET_ROLE_CLIENT,
	DUET_ROLE_SERVER,
};

/* What is under way: it decides which limit of time runs. */
enum duet_phase {
	DUET_PHASE_IDLE,    /* no exchange, not a byte of the next head */
	DUET_PHASE_IN_HEAD, /* a head has begun to come */
	DUET_PHASE_IN_BODY, /* a body is coming */
	DUET_PHASE_WAITING, /* nothing is due from the peer until we have sent
			     */
	DUET_PHASE_AWAITED, /* client: the request is out, no byte of a reply */
	DUET_PHASE_TUNNEL,  /* after an upgrade: bytes both ways */
	DUET_PHASE_OVER,    /* no more input is understood */
};

/* Copy the caller's limits (or NULL) and put the defaults where zero is. */
DUET_CHECK int duet_limits_fill(struct duet_limits *ret,
				const struct duet_limits *given,
				struct duet_error *err);

#endif
