/* SPDX-License-Identifier: MIT */
/*
 * daemon/vitals.h - how a service is, at one moment, and the forms in which it
 * is told: to Prometheus, to programs, to people.
 */
#ifndef DUET_DAEMON_VITALS_H
#define DUET_DAEMON_VITALS_H

#include "base/buf.h"
#include "daemon/credentials.h"
#include "daemon/service.h"
#include "daemon/tally.h"
#include "daemon/usage.h"

struct duet_vitals_worker {
	struct duet_tally_life life;
	uint64_t requests;
	uint64_t restarts;
};

struct duet_vitals {
	int64_t now;
	int64_t began;
	enum duet_tally_state state;
	bool isolated; /* a process for every connection: no workers */
	struct duet_vitals_worker *workers; /* n_workers */
	size_t n_workers;
	size_t n_accepting;   /* of them */
	size_t n_draining;    /* of them */
	uint64_t n_open;      /* connections */
	uint64_t n_under_way; /* requests */
	uint64_t n_restarts;
	const struct duet_credentials *credentials; /* n_credentials, lent */
	size_t n_credentials;
	const struct duet_service_site *sites; /* n_sites, lent */
	uint64_t *site_requests;               /* n_sites */
	size_t n_sites;
	struct duet_usage usage;
	uint64_t sums[DUET_TALLY_NUMBERS]; /* of all slots */
};

enum {
	DUET_VITALS_SENTENCE_BYTES = 128,
	DUET_VITALS_MAX_BYTES = 8 << 20, /* of any form */
};

/* What is told beside the tally; all of it is lent. */
struct duet_vitals_facts {
	const struct duet_service_site *sites; /* as many as the tally's */
	const struct duet_credentials *credentials;
	size_t n_credentials;
	struct duet_usage usage;
	int64_t now;
};
/* DUET_E_NOMEM. Zero is one that is done with. */
DUET_CHECK int duet_vitals_take(struct duet_vitals *vitals,
				const struct duet_tally *tally,
				const struct duet_vitals_facts *facts);
void duet_vitals_done(struct duet_vitals *vitals);

/* Somebody accepts connections, and will go on doing so. */
bool duet_vitals_is_well(const struct duet_vitals *vitals);
/* "serving", "starting", "draining", "down": a word for programs. */
const char *duet_vitals_state(const struct duet_vitals *vitals);
/* What a worker is doing: "accepting", "draining", "starting", "ended". */
const char *duet_vitals_worker_state(const struct duet_vitals_worker *worker);
/* By which a site is known: the first of its names; "*" of one that is for
 * every name. */
const char *duet_vitals_site_name(const struct duet_vitals *vitals,
				  size_t site);
/* "2 of 2 workers accept connections." */
void duet_vitals_sentence(char dst[DUET_VITALS_SENTENCE_BYTES],
			  const struct duet_vitals *vitals);

/* Each appends. Status of the buf. */

/* The text format of Prometheus, 0.0.4. */
DUET_CHECK int duet_vitals_metrics(struct duet_buf *text,
				   const struct duet_vitals *vitals);
/* One object: see duet-serve(1). */
DUET_CHECK int duet_vitals_json(struct duet_buf *json,
				const struct duet_vitals *vitals);
/* A page that brings itself up to date. */
DUET_CHECK int duet_vitals_page(struct duet_buf *page,
				const struct duet_vitals *vitals);
/* Its Content-Security-Policy, which has the digests of the two below: what is
 * between <style> and </style> beside that of every page, and between <script>
 * and </script>. */
extern const char duet_vitals_policy[];
extern const char duet_vitals_style[];
extern const char duet_vitals_script[];

#endif
