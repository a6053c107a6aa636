/* SPDX-License-Identifier: MIT */
/*
 * client/trip.h - one request on one connection, up to the head of its answer.
 */
#ifndef DUET_CLIENT_TRIP_H
#define DUET_CLIENT_TRIP_H

#include "client/ask.h"
#include "client/lane.h"

/*
 *	HOLDING -- 100, or its time is over --> SENDING -- end --> SENT
 *	   |                                       |
 *	   +---- final head, or nobody reads ------+-----------> GIVEN_UP
 */
enum duet_upload {
	DUET_UPLOAD_HOLDING, /* for the server's word to go on */
	DUET_UPLOAD_SENDING,
	DUET_UPLOAD_SENT,
	DUET_UPLOAD_GIVEN_UP,
};

struct duet_trip {
	struct duet_lane *lane;     /* borrowed */
	const struct duet_ask *ask; /* borrowed */
	bool asked;   /* the head is in the engine; not before the handshake has
		       * said which version of HTTP it is */
	bool early;   /* ... or before that, and again unless accepted */
	bool settled; /* ... which it has been */
	enum duet_upload upload;
	bool asked_leave;      /* the head says Expect: 100-continue */
	int64_t hold_until_ms; /* by duet_clock_ms(), while HOLDING */
	uint64_t sent;         /* of the body */
	bool source_used;      /* it will not give those bytes again */
	bool source_failed;    /* whatever code it gave */
	bool source_paused;    /* it is asked again when the user says so */
	bool may_push_more;    /* it stopped for others' sake, not for room */
	bool has_answer;       /* a byte of one */
};

/* The head goes into the engine, now or with duet_trip_next(); nothing has been
 * sent on return. */
DUET_CHECK int duet_trip_begin(struct duet_trip *trip, struct duet_lane *lane,
			       const struct duet_ask *ask,
			       struct duet_error *err);
/*
 * As duet_lane_next(), sending the body meanwhile. Interim answers are seen to.
 * After the HEAD of the answer nothing more of the body is sent, and the lane
 * is cut if that leaves the request unfinished. After DUET_WANT_READ:
 * duet_trip_wait().
 */
DUET_CHECK int duet_trip_next(struct duet_trip *trip, struct duet_event *event,
			      struct duet_error *err);
void duet_trip_wait(struct duet_trip *trip);
/* What became of it before the handshake; the lane must still be there. */
enum duet_early duet_trip_early(const struct duet_trip *trip);

#endif
