/* SPDX-License-Identifier: MIT */
/* http/framing.h - where a message ends, by its head (RFC 9112 s6.3). */
#ifndef DUET_HTTP_FRAMING_H
#define DUET_HTTP_FRAMING_H

#include <duet/http.h>

#include "http/fault.h"

enum duet_body {
	DUET_BODY_NONE,
	DUET_BODY_LENGTH,  /* head->content_length bytes */
	DUET_BODY_CHUNKED, /* up to the last chunk and its trailers */
	DUET_BODY_CLOSE,   /* responses: up to the end of the connection */
	DUET_BODY_TUNNEL,  /* responses: no longer HTTP */
};

/*
 * Read the framing, connection and routing fields of a head whose lines are
 * parsed, set what struct duet_head tells of them, and say which body follows.
 * body_bytes is the limit of that name. DUET_OK; DUET_E_HTTP or DUET_E_LIMIT
 * for anything that two readers could take in two ways.
 */
DUET_CHECK int duet_framing_request(struct duet_head *head, uint64_t body_bytes,
				    enum duet_body *ret_body,
				    struct duet_fault *fault);

/* What a response answers. */
struct duet_asked {
	bool head;    /* HEAD */
	bool connect; /* CONNECT */
	bool upgrade; /* with an Upgrade field */
};
DUET_CHECK int duet_framing_response(struct duet_head *head,
				     const struct duet_asked *asked,
				     uint64_t body_bytes,
				     enum duet_body *ret_body,
				     struct duet_fault *fault);

/* RFC 9110 s6.5.1: fields that may not come in trailers, since they tell how
 * to frame, route or authenticate the message they come too late for. */
bool duet_framing_is_head_only(const char *name);
/* Fields that the engine writes by itself when sending. */
bool duet_framing_is_ours(const char *name);

#endif
