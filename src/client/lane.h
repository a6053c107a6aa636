/* SPDX-License-Identifier: MIT */
/*
 * client/lane.h - the place of one request on a link: an HTTP/1.1 link has one
 * of them at a time, an HTTP/2 link one for each stream.
 *
 * Events are pulled by lane. What comes for another lane meanwhile is put aside
 * with that one, and the loop wakes its owner; what is put aside of a body
 * takes up the window of its stream until it is used up, so nobody's memory
 * grows by more than that, and nobody waits for who does not read.
 *
 *	alone on its link   next() sends and receives as far as that goes
 *	among others        the loop does, for all of them (link.c); next()
 *looks at what has come
 */
#ifndef DUET_CLIENT_LANE_H
#define DUET_CLIENT_LANE_H

#include <duet/http.h>

#include "base/buf.h"
#include "client/headers.h"

struct duet_link;

/* Called from the loop: something has come, there is room again, or it is
 * time. Pull. */
typedef void duet_lane_fn(void *arg);

/* What was put aside, in the order in which it is given. */
struct duet_aside {
	bool interim; /* one of those that came, 100 before others */
	bool head;
	bool head_told;
	bool end; /* END, ABORTED or CLOSED, by how */
	struct duet_head interim_head;
	struct duet_kept_head kept_head;
	struct duet_buf body;
	struct duet_event how;
	struct duet_headers trailers;
	int rc;                 /* of an end that is none */
	struct duet_error *why; /* ... or NULL: there was no memory */
};

struct duet_lane {
	struct duet_link *link; /* NULL: it has left */
	struct duet_lane *next; /* of that link */
	struct duet_lane *prev;
	struct duet_lane *next_due;
	bool due;         /* its owner is to be woken */
	bool awaits_room; /* a body is under way: wake it when bytes have gone
			   */
	bool writing;     /* it would go on at once, but for the others */
	uint64_t stream;  /* 0: nothing has been asked */
	uint64_t wire_before; /* what the link had received before */
	duet_lane_fn *fn;
	void *arg;

	struct duet_bytes data; /* of the body: what next() gave, and is left */
	bool lies_in_engine;    /* ... there, and not in aside.body */
	struct duet_aside aside;
};

/* A new one. DUET_OK, DUET_E_NOMEM. */
DUET_CHECK int duet_lane_new(struct duet_link *link, duet_lane_fn *fn,
			     void *arg, struct duet_lane **ret,
			     struct duet_error *err);
/* Another owner takes it over. */
void duet_lane_own(struct duet_lane *lane, duet_lane_fn *fn, void *arg);
/*
 * The end of it, and NULL is fine. HTTP/2: what is not whole is reset, the link
 * goes on for others; HTTP/1.1: it is closed then. The link may be gone
 * afterwards.
 */
void duet_lane_free(struct duet_lane *lane);
/* Its answer was put aside, or why there is none: nothing more is wanted of the
 * question, and the engine may not know the stream any more. */
bool duet_lane_is_answered(const struct duet_lane *lane);
/* What is under way will never be whole: in HTTP/1.1 the peer is to see that
 * by the end of the connection. */
void duet_lane_cut(struct duet_lane *lane);

/*
 * The next event, as duet_conn_next(); never DUET_EOF. After DUET_WANT_READ:
 * duet_lane_wait(). Of DATA the bytes are in lane->data, and DATA is what
 * comes again until they are used up. It is given once more than needed when
 * the handshake is over, so that a request can leave together with the last
 * bytes of that.
 */
DUET_CHECK int duet_lane_next(struct duet_lane *lane, struct duet_event *event,
			      struct duet_error *err);
void duet_lane_use_up(struct duet_lane *lane, size_t n);
/* Be woken when something has come (if reading), can be sent (if writing), or
 * the engine's time has come. */
void duet_lane_wait(struct duet_lane *lane, bool reading, bool writing);
/* Something was handed to the engine: it is sent soon. */
void duet_lane_said(struct duet_lane *lane);
/* Nobody else is on its link. */
bool duet_lane_is_alone(const struct duet_lane *lane);

/* For link.c: put aside an event of it, or of the whole link. */
void duet_lane_put(struct duet_lane *lane, int rc,
		   const struct duet_event *event,
		   const struct duet_error *err);
/* ... and what is left in the engine of the last DATA. */
void duet_lane_put_rest(struct duet_lane *lane);

#endif
