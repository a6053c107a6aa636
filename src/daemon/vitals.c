/* SPDX-License-Identifier: MIT */
#include "daemon/vitals.h"

#include <stdio.h>

#include "base/mem.h"

static void look_at(struct duet_vitals *vitals, const struct duet_tally *tally,
		    size_t slot)
{
	struct duet_vitals_worker *worker = &vitals->workers[slot];
	uint64_t before = duet_tally_requests(vitals->sums);

	duet_tally_life(tally, slot, &worker->life);
	duet_tally_add(tally, slot, vitals->sums);
	worker->requests = duet_tally_requests(vitals->sums) - before;
	worker->restarts =
		worker->life.starts > 0 ? worker->life.starts - 1 : 0;
	vitals->n_accepting += worker->life.accepts;
	vitals->n_open += worker->life.open;
	vitals->n_restarts += worker->restarts;
}

int duet_vitals_take(struct duet_vitals *vitals, const struct duet_tally *tally,
		     const struct duet_credentials *credentials,
		     size_t n_credentials, int64_t now)
{
	size_t n = duet_tally_slots(tally);
	size_t i;

	*vitals = (struct duet_vitals){
		.now = now,
		.began = duet_tally_began(tally),
		.state = duet_tally_state(tally),
		.isolated = duet_tally_is_shared(tally),
		.workers = duet_mem_array(n, sizeof(*vitals->workers)),
		.n_workers = n,
		.credentials = credentials,
		.n_credentials = n_credentials,
	};
	if (vitals->workers == NULL)
		return DUET_E_NOMEM;
	for (i = 0; i < n; i++)
		look_at(vitals, tally, i);
	/* The one slot is of no process in particular. */
	if (vitals->isolated)
		vitals->n_workers = 0;
	return DUET_OK;
}

void duet_vitals_done(struct duet_vitals *vitals)
{
	duet_mem_free(vitals->workers);
	vitals->workers = NULL;
}

bool duet_vitals_is_well(const struct duet_vitals *vitals)
{
	return vitals->state == DUET_TALLY_SERVING &&
	       (vitals->isolated || vitals->n_accepting > 0);
}

const char *duet_vitals_state(const struct duet_vitals *vitals)
{
	if (vitals->state == DUET_TALLY_STARTING)
		return "starting";
	if (vitals->state == DUET_TALLY_DRAINING)
		return "draining";
	return duet_vitals_is_well(vitals) ? "serving" : "down";
}

void duet_vitals_sentence(char dst[DUET_VITALS_SENTENCE_BYTES],
			  const struct duet_vitals *vitals)
{
	bool one = vitals->n_workers == 1;

	if (vitals->state == DUET_TALLY_STARTING)
		(void)snprintf(dst, DUET_VITALS_SENTENCE_BYTES,
			       "Not all workers accept connections yet.");
	else if (vitals->state == DUET_TALLY_DRAINING)
		(void)snprintf(dst, DUET_VITALS_SENTENCE_BYTES,
			       "No new connections are accepted; those under way may end.");
	else if (vitals->isolated)
		(void)snprintf(dst, DUET_VITALS_SENTENCE_BYTES,
			       "Every connection gets a process of its own.");
	else if (vitals->n_accepting == 0)
		(void)snprintf(dst, DUET_VITALS_SENTENCE_BYTES,
			       "No worker accepts connections; standard error says why.");
	else
		(void)snprintf(dst, DUET_VITALS_SENTENCE_BYTES,
			       "%zu of %zu worker%s accept%s connections.",
			       vitals->n_accepting, vitals->n_workers,
			       one ? "" : "s",
			       vitals->n_accepting == 1 ? "s" : "");
}
