/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2, either end. The first byte of an input says how the rest of it is
 * run, the second how many bytes come at a time (0: all of them):
 *
 *   1 1 1 1 1 1
 *   \_/ | | | +--- a server, which gets the preface before the rest; a client
 *    |  | | |      that has asked for two things
 *    |  | | +----- small limits, or the usual ones
 *    |  | +------- a server that answers when all has come, or at once
 *    |  +--------- what is sent is taken at once, or at the end
 *    +------------ how it ends, a variant of enum duet_cut
 *
 * Whatever comes, the events of a stream keep their order, its message ends
 * once, and CLOSED is the last.
 */
#include <string.h>

#include "base/error.h"
#include "fuzz.h"
#include "http/h2.h"

enum {
	STREAMS = 256, /* numbers that are looked at: 1, 3 ... */
};

enum seen {
	NOTHING,
	HEAD,
	ENDED,
};

struct run {
	struct duet_h2 *h2;
	enum duet_role role;
	uint8_t how;
	enum seen seen[STREAMS];
	uint64_t owed[STREAMS]; /* of answers that wait */
	size_t n_owed;
	bool closed;
};

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void answer(struct run *run, uint64_t stream)
{
	static const char body[] = "an answer of some bytes";
	size_t taken = 0;

	if (duet_h2_reply(run->h2, stream,
			  DUET_HEAD(.status = 200,
				    .content_length = sizeof(body)),
			  NULL) == DUET_OK &&
	    duet_h2_send_data(run->h2, stream, body, sizeof(body), &taken,
			      NULL) == DUET_OK &&
	    taken == sizeof(body))
		(void)!duet_h2_send_end(run->h2, stream, NULL, NULL);
	duet_h2_done(run->h2, stream);
}

static void answer_or_owe(struct run *run, uint64_t stream)
{
	if ((run->how & 4) == 0 || run->n_owed == STREAMS)
		answer(run, stream);
	else
		run->owed[run->n_owed++] = stream;
}

static void check(struct run *run, const struct duet_event *event)
{
	enum seen *seen = &run->seen[event->stream / 2 % STREAMS];

	MUST(!run->closed);
	if (event->type == DUET_EV_CLOSED) {
		run->closed = true;
		return;
	}
	MUST(event->stream % 2 == 1);
	if (event->stream / 2 >= STREAMS)
		return;
	switch (event->type) {
	case DUET_EV_INTERIM:
		MUST(run->role == DUET_ROLE_CLIENT && *seen == NOTHING);
		break;
	case DUET_EV_HEAD:
		MUST(*seen == NOTHING && event->head != NULL);
		*seen = HEAD;
		break;
	case DUET_EV_DATA:
		MUST(*seen == HEAD && event->data.len > 0);
		break;
	case DUET_EV_END:
		MUST(*seen == HEAD && event->evidence == DUET_BY_END_STREAM);
		*seen = ENDED;
		break;
	case DUET_EV_ABORTED:
		MUST(*seen != ENDED && event->cut != DUET_CUT_NONE);
		*seen = ENDED;
		break;
	default:
		break;
	}
}

static void take(struct run *run)
{
	struct duet_bytes bytes;

	while ((bytes = duet_h2_send_bytes(run->h2)).len > 0)
		duet_h2_send_done(run->h2, bytes.len);
}

static void pull(struct run *run)
{
	struct duet_error err;
	int rc;

	for (;;) {
		struct duet_event event = { .size = sizeof(event) };

		rc = duet_h2_next(run->h2, &event, &err);
		if (rc == DUET_WANT_READ || rc == DUET_EOF)
			break;
		check(run, &event);
		if (run->role == DUET_ROLE_SERVER &&
		    (event.type == DUET_EV_END ||
		     event.type == DUET_EV_ABORTED))
			answer_or_owe(run, event.stream);
	}
	if ((run->how & 8) == 0)
		take(run);
}

static void feed(struct run *run, const uint8_t *data, size_t size, size_t step)
{
	struct duet_room room;
	size_t n;

	while (size > 0 && !run->closed) {
		MUST(duet_h2_recv_room(run->h2, &room) == DUET_OK);
		if (room.len == 0 && (run->how & 8) == 0)
			break;
		if (room.len == 0) {
			take(run); /* it was too much at once */
			pull(run);
			run->how &= (uint8_t)~8;
			continue;
		}
		n = step > 0 && step < size ? step : size;
		n = n < room.len ? n : room.len;
		memcpy(room.data, data, n);
		duet_h2_recv_done(run->h2, n);
		data += n;
		size -= n;
		pull(run);
	}
}

static void ask(struct run *run, const char *method)
{
	const struct duet_header fields[] = { { "Host", "h:1" },
					      { NULL, NULL } };
	uint64_t stream;

	MUST(duet_h2_request(run->h2,
			     DUET_HEAD(.method = method, .target = "/",
				       .headers = fields),
			     &stream, NULL) == DUET_OK);
}

static void end(struct run *run)
{
	static const enum duet_cut ends[] = { DUET_CUT_FIN,
					      DUET_CUT_CLOSE_NOTIFY,
					      DUET_CUT_RESET,
					      DUET_CUT_TIMEOUT };
	size_t i;

	if (!run->closed)
		duet_h2_recv_end(run->h2, ends[run->how >> 4 & 3]);
	pull(run);
	for (i = 0; i < run->n_owed; i++)
		answer(run, run->owed[i]);
	run->n_owed = 0;
	run->how &= 3;
	take(run);
	pull(run);
	MUST(run->closed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct duet_limits small = { .size = sizeof(small),
						  .line_bytes = 64,
						  .head_bytes = 200,
						  .headers = 6,
						  .body_bytes = 500,
						  .requests = 3,
						  .streams = 2,
						  .resets = 2,
						  .controls = 4,
						  .window_bytes = 100 };
	struct duet_limits limits;
	struct run run = { .closed = false };

	if (size < 2)
		return 0;
	run.how = data[0];
	run.role = data[0] & 1 ? DUET_ROLE_SERVER : DUET_ROLE_CLIENT;
	MUST(duet_limits_fill(&limits, data[0] & 2 ? &small : NULL, NULL) ==
	     DUET_OK);
	run.h2 = duet_h2_new(run.role, &limits, true);
	MUST(run.h2 != NULL);
	if (run.role == DUET_ROLE_SERVER) {
		feed(&run, (const uint8_t *)preface, sizeof(preface) - 1, 0);
	} else {
		ask(&run, "GET");
		ask(&run, "HEAD");
		take(&run);
	}
	feed(&run, data + 2, size - 2, data[1]);
	end(&run);
	duet_h2_free(run.h2);
	return 0;
}
