/* SPDX-License-Identifier: MIT */
#include "daemon/vitals.h"

#include <stdio.h>

#include "base/mem.h"

static void look_at_life(struct duet_vitals *vitals,
			 const struct duet_tally *tally, size_t place)
{
	struct duet_vitals_worker *worker = &vitals->workers[place];

	duet_tally_life(tally, place, &worker->life);
	worker->restarts =
		worker->life.starts > 0 ? worker->life.starts - 1 : 0;
	vitals->n_open += worker->life.open;
	vitals->n_under_way += worker->life.under_way;
	/* One place after the other may be of many processes. */
	if (vitals->isolated)
		return;
	vitals->n_accepting += worker->life.stage == DUET_TALLY_ACCEPTS;
	vitals->n_draining += worker->life.stage == DUET_TALLY_DRAINS;
	vitals->n_restarts += worker->restarts;
}

static void add_up(struct duet_vitals *vitals, const struct duet_tally *tally)
{
	uint64_t before;
	size_t i;

	for (i = 0; i < duet_tally_slots(tally); i++) {
		before = duet_tally_requests(vitals->sums);
		duet_tally_add(tally, i, vitals->sums);
		vitals->workers[i].requests =
			duet_tally_requests(vitals->sums) - before;
	}
	for (i = 0; i < vitals->n_sites; i++)
		vitals->site_requests[i] = duet_tally_of_site(tally, i);
}

int duet_vitals_take(struct duet_vitals *vitals, const struct duet_tally *tally,
		     const struct duet_vitals_facts *facts)
{
	size_t n = duet_tally_places(tally);
	size_t n_sites = duet_tally_sites(tally);
	size_t i;

	*vitals = (struct duet_vitals){
		.now = facts->now,
		.began = duet_tally_began(tally),
		.state = duet_tally_state(tally),
		.isolated = duet_tally_is_shared(tally),
		.workers = duet_mem_array(n, sizeof(*vitals->workers)),
		.n_workers = n,
		.credentials = facts->credentials,
		.n_credentials = facts->n_credentials,
		.sites = facts->sites,
		.site_requests = duet_mem_array(n_sites, sizeof(uint64_t)),
		.n_sites = n_sites,
		.usage = facts->usage,
	};
	if (vitals->workers == NULL || vitals->site_requests == NULL) {
		duet_vitals_done(vitals);
		return DUET_E_NOMEM;
	}
	for (i = 0; i < n; i++)
		look_at_life(vitals, tally, i);
	add_up(vitals, tally);
	/* Its places are of no process in particular. */
	if (vitals->isolated)
		vitals->n_workers = 0;
	return DUET_OK;
}

void duet_vitals_done(struct duet_vitals *vitals)
{
	duet_mem_free(vitals->workers);
	duet_mem_free(vitals->site_requests);
	vitals->workers = NULL;
	vitals->site_requests = NULL;
}

const char *duet_vitals_worker_state(const struct duet_vitals_worker *worker)
{
	if (worker->life.pid == 0)
		return "ended";
	if (worker->life.stage == DUET_TALLY_ACCEPTS)
		return "accepting";
	return worker->life.stage == DUET_TALLY_DRAINS ? "draining"
						       : "starting";
}

const char *duet_vitals_site_name(const struct duet_vitals *vitals, size_t site)
{
	return duet_service_site_name(&vitals->sites[site]);
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
