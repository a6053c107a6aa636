/* SPDX-License-Identifier: MIT */
/*
 * daemon/tally.h - what the processes of a service count, in memory that all
 * of them share.
 *
 *   supervisor   makes it before any fork; writes the state and the lives
 *   worker w     has place w: its life, and the numbers of slot w
 *   isolated     the process of each connection has a place for its life; the
 *                numbers of slot 0 are of all of them
 *   admin        reads
 *
 * Nothing is locked and nobody waits: each number is an atomic by itself, so a
 * reader sees every one as it was at some moment of the reading. A slot
 * outlives whoever adds to it: totals survive a worker.
 *
 * What is counted is what is told: a report and its line in the access log, a
 * failed handshake and its sentence on standard error are counted in the same
 * call. Every label is a word of ours; what a client sends chooses among them
 * and adds none.
 *
 * Where nobody asks there are no slots and no numbers, but the lives are there:
 * whoever stops the service is told what was under way.
 */
#ifndef DUET_DAEMON_TALLY_H
#define DUET_DAEMON_TALLY_H

#include <sys/types.h>

#include <duet/server.h>

struct duet_tally;

enum duet_tally_state {
	DUET_TALLY_STARTING = 0,
	DUET_TALLY_SERVING,
	DUET_TALLY_DRAINING,
};

/* ---- the numbers of a slot, and of a sum of slots ---- */

enum {
	DUET_TALLY_TLS_VERSIONS = 3, /* TLSv1.2, TLSv1.3, others */
	DUET_TALLY_REASONS = 16,
	DUET_TALLY_CUTS = DUET_CUT_LOCAL + 1,
	DUET_TALLY_PROTOCOLS = 4,
	DUET_TALLY_STATUSES = 600, /* 0: none was sent */
	DUET_TALLY_BUCKETS = 11,   /* the last has no upper end */
};

/* Where each kind begins. */
enum {
	DUET_TALLY_OPENED = 0, /* connections */
	DUET_TALLY_SENT,       /* bytes of the bodies of replies */
	DUET_TALLY_RECEIVED,   /* bytes of the bodies of requests */
	DUET_TALLY_DURATION,   /* microseconds, of all requests together */
	/* Requests by how long they took; a request is in one of them. */
	DUET_TALLY_BUCKET,
	/* By version and whether the session was resumed. */
	DUET_TALLY_HANDSHAKE = DUET_TALLY_BUCKET + DUET_TALLY_BUCKETS,
	DUET_TALLY_FAILED = DUET_TALLY_HANDSHAKE + 2 * DUET_TALLY_TLS_VERSIONS,
	/* By who cut them (us, the peer) and what did. */
	DUET_TALLY_CUT_REPLY = DUET_TALLY_FAILED + DUET_TALLY_REASONS,
	DUET_TALLY_CUT_REQUEST = DUET_TALLY_CUT_REPLY + 2 * DUET_TALLY_CUTS,
	/* By protocol and status. */
	DUET_TALLY_REQUEST = DUET_TALLY_CUT_REQUEST + 2 * DUET_TALLY_CUTS,
	DUET_TALLY_NUMBERS =
		DUET_TALLY_REQUEST + DUET_TALLY_PROTOCOLS * DUET_TALLY_STATUSES,
};

/* What stands for each; also the values of labels. */
extern const char *const duet_tally_tls_versions[DUET_TALLY_TLS_VERSIONS];
extern const char *const duet_tally_protocols[DUET_TALLY_PROTOCOLS];
/* The upper end of a bucket but the last, in microseconds, and in seconds. */
extern const int64_t duet_tally_bucket_us[DUET_TALLY_BUCKETS - 1];
extern const char *const duet_tally_bucket_s[DUET_TALLY_BUCKETS];
/* "not_tls", as duet_status_word() where there is a status of it. */
const char *duet_tally_reason(size_t reason);
/* "us", "peer": of the first and second half of the cuts. */
const char *duet_tally_side(size_t side);

/* ---- making ---- */

struct duet_tally_options {
	size_t n_places; /* for processes that serve, at a time */
	bool is_shared;  /* they add to one slot */
	bool no_numbers; /* lives alone */
	size_t n_sites;
	int64_t now;
};
/* DUET_E_SYSTEM, DUET_E_NOMEM. */
DUET_CHECK int duet_tally_new(const struct duet_tally_options *options,
			      struct duet_tally **ret, struct duet_error *err);
void duet_tally_free(struct duet_tally *tally);

/* ---- counting: a few additions, no system call ---- */

void duet_tally_report(struct duet_tally *tally, size_t place,
		       const struct duet_report *report);
void duet_tally_connection(struct duet_tally *tally, size_t place,
			   const struct duet_connection_report *report);
/* A request that is of that site. */
void duet_tally_site(struct duet_tally *tally, size_t place, size_t site);
/* How many requests that process has under way now. */
void duet_tally_under_way(struct duet_tally *tally, size_t place, size_t n);

enum duet_tally_stage {
	DUET_TALLY_BEGINS = 0, /* or there is no process in that place */
	DUET_TALLY_ACCEPTS,
	DUET_TALLY_DRAINS,
};
void duet_tally_stage(struct duet_tally *tally, size_t place,
		      enum duet_tally_stage stage);

/* ---- the supervisor's ---- */

void duet_tally_set_state(struct duet_tally *tally,
			  enum duet_tally_state state);
void duet_tally_born(struct duet_tally *tally, size_t place, pid_t pid,
		     int64_t now);
/* Its connections are gone with it. */
void duet_tally_died(struct duet_tally *tally, size_t place);
/* Requests under way, of all. */
uint64_t duet_tally_all_under_way(const struct duet_tally *tally);
/* Replies that the service has cut while it drained, or whose process has died
 * then; not those that the peer gave up. */
uint64_t duet_tally_cut_short(const struct duet_tally *tally);

/* ---- reading ---- */

struct duet_tally_life {
	int64_t pid;   /* 0: none */
	int64_t since; /* seconds since 1970 */
	uint64_t starts;
	uint64_t open;      /* connections */
	uint64_t under_way; /* requests */
	enum duet_tally_stage stage;
};

size_t duet_tally_places(const struct duet_tally *tally);
size_t duet_tally_slots(const struct duet_tally *tally);
size_t duet_tally_sites(const struct duet_tally *tally);
bool duet_tally_is_shared(const struct duet_tally *tally);
int64_t duet_tally_began(const struct duet_tally *tally);
enum duet_tally_state duet_tally_state(const struct duet_tally *tally);
void duet_tally_life(const struct duet_tally *tally, size_t place,
		     struct duet_tally_life *ret);
/* Add the numbers of a slot to those that are there. */
void duet_tally_add(const struct duet_tally *tally, size_t slot,
		    uint64_t sums[DUET_TALLY_NUMBERS]);
/* Requests of a site, in all slots. */
uint64_t duet_tally_of_site(const struct duet_tally *tally, size_t site);
/* Of a sum: the requests with that protocol and status, and all of them. */
static inline uint64_t duet_tally_requests_of(const uint64_t *sums,
					      size_t protocol, size_t status)
{
	return sums[DUET_TALLY_REQUEST + protocol * DUET_TALLY_STATUSES +
		    status];
}
uint64_t duet_tally_requests(const uint64_t sums[DUET_TALLY_NUMBERS]);

#endif
