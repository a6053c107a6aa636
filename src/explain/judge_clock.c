/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "explain/judge_int.h"

enum {
	SAME_CLOCK_S = 300, /* of a difference that is none */
};

/* What the server has sent for; of an anchor the key counts, not the date. */
static bool is_valid_at(const struct duet_explain_facts *facts, int64_t wall)
{
	const struct duet_explain_chain *chain =
		facts->path_whole ? &facts->path : &facts->sent;
	size_t n = facts->path_whole && chain->n > 1 ? chain->n - 1 : chain->n;
	size_t i;

	for (i = 0; i < n; i++)
		if (wall < chain->certs[i].not_before ||
		    wall > chain->certs[i].not_after)
			return false;
	return n > 0;
}

static void blame_server(const struct duet_explain_facts *facts,
			 struct duet_explain_finding *ret)
{
	int64_t apart = facts->server_date - facts->now;
	char ours[DUET_TIME_TEXT_BYTES];
	char theirs[DUET_TIME_TEXT_BYTES];

	duet_time_text(ours, facts->now);
	ret->side = DUET_EXPLAIN_SERVER;
	if (facts->server_date == 0) {
		ret->side = DUET_EXPLAIN_UNCERTAIN;
		duet_explain_whose(ret,
				   "most likely the server's, unless the clock here is wrong: it says %s, and the server has not said its own time",
				   ours);
	} else if (apart < SAME_CLOCK_S && apart > -SAME_CLOCK_S) {
		duet_explain_whose(ret,
				   "its own clock says %s, as the one here does",
				   ours);
	} else {
		duet_time_text(theirs, facts->server_date);
		duet_explain_whose(ret,
				   "by its own clock (%s) it is no better than by the one here (%s)",
				   theirs, ours);
	}
}

/* A certificate that holds by the server's clock and not by ours: one of the
 * two is wrong, and who runs the server would have noticed. */
static void blame_here(const struct duet_explain_facts *facts,
		       struct duet_explain_finding *ret)
{
	char distance[DUET_TIME_TEXT_BYTES];
	char theirs[DUET_TIME_TEXT_BYTES];
	char ours[DUET_TIME_TEXT_BYTES];

	duet_time_text(ours, facts->now);
	duet_time_text(theirs, facts->server_date);
	duet_time_distance(distance, facts->server_date, facts->now);
	ret->side = DUET_EXPLAIN_HERE;
	duet_explain_whose(ret,
			   "probably the clock here: it says %s, the server says %s (%s), and by that its certificate is valid; nobody vouches for that date",
			   ours, theirs, distance);
	duet_explain_remedy(ret,
			    "look at a clock you trust; if the one here is wrong, set it (timedatectl) and ask again; if it is right, the server needs a valid certificate and a right clock");
}

void duet_explain_judge_dates(const struct duet_explain_facts *facts,
			      struct duet_explain_finding *ret)
{
	if (facts->server_date != 0 && is_valid_at(facts, facts->server_date))
		blame_here(facts, ret);
	else
		blame_server(facts, ret);
}
