/* SPDX-License-Identifier: MIT */
/*
 * h1_pieces.h - the first byte of an input says how the rest of it is run:
 *
 *   1 1 1 1 1 1 1 1
 *   \_/ |   |     +--- small limits, or the usual ones
 *    |  |   +--------- how it ends, a variant of enum duet_cut
 *    |  +------------- a FIN ends a body until close
 *    +---------------- for the target to use
 *
 * The rest is fed whole, then byte by byte, then in uneven pieces: the events
 * must be the same, and so must what is sent.
 */
#ifndef DUET_TESTS_H1_PIECES_H
#define DUET_TESTS_H1_PIECES_H

#include "fuzz.h"
#include "support/h1_run.h"

struct pieces {
	enum duet_role role;
	const char *method; /* what a client asks with */
	uint8_t how;
	const uint8_t *data;
	size_t size;
};

static inline void ask_for(struct h1_run *run, const char *method)
{
	const struct duet_header fields[] = { { "Host", "h:1" },
					      { "Upgrade", "x" },
					      { NULL, NULL } };
	struct duet_head head = { .size = sizeof(head),
				  .method = method,
				  .target = "/",
				  .headers = fields };
	uint64_t stream = 0;

	if (strcmp(method, "CONNECT") == 0)
		head.target = "h:1";
	MUST(duet_h1_request(run->h1, &head, &stream, NULL) == DUET_OK);
}

static inline void run_pieces(struct h1_run *run, const struct pieces *pieces,
			      size_t step)
{
	static const struct duet_limits small = { .size = sizeof(small),
						  .line_bytes = 64,
						  .head_bytes = 200,
						  .headers = 6,
						  .body_bytes = 500,
						  .requests = 3 };
	static const enum duet_cut ends[] = { DUET_CUT_FIN,
					      DUET_CUT_CLOSE_NOTIFY,
					      DUET_CUT_RESET,
					      DUET_CUT_TIMEOUT };
	size_t fed = 0;
	size_t n;

	h1_run_init(run, pieces->role, pieces->how & 1 ? &small : NULL);
	if (pieces->role == DUET_ROLE_CLIENT)
		ask_for(run, pieces->method);
	/* uneven: 1, 2, 3 ... and around again; a tunnel is fed on as well */
	for (n = step; fed < pieces->size; n = n % 97 + 1) {
		size_t left = pieces->size - fed;
		size_t taken;

		if (step > 0)
			n = step;
		taken = h1_run_feed(run, pieces->data + fed,
				    n < left ? n : left, SIZE_MAX);
		fed += taken;
		if (taken < (n < left ? n : left))
			break;
	}
	if (!run->closed) {
		duet_h1_recv_end(run->h1, ends[pieces->how >> 1 & 3],
				 (pieces->how & 8) != 0);
		h1_run_pull(run);
	}
	MUST(run->role == DUET_ROLE_CLIENT || run->closed);
}

static inline void compare_pieces(const struct pieces *pieces)
{
	static const size_t steps[] = { 1, 0 };
	struct h1_run whole;
	struct h1_run split;
	size_t i;

	run_pieces(&whole, pieces, SIZE_MAX);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		run_pieces(&split, pieces, steps[i]);
		MUST(strcmp(h1_run_text(&whole), h1_run_text(&split)) == 0);
		MUST(strcmp(h1_run_sent(&whole), h1_run_sent(&split)) == 0);
		h1_run_done(&split);
	}
	h1_run_done(&whole);
}

#endif
