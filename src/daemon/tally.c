/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "daemon/tally.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

enum {
	LINE_BYTES =
		64, /* of a cache: what one worker writes is on no other's */
};

/* Written by the supervisor, but for what is marked. */
struct life {
	atomic_int_least64_t pid;
	atomic_int_least64_t since;
	atomic_uint_least64_t starts;
	atomic_int_least64_t open; /* also by the worker */
	atomic_bool accepts;       /* also by the worker */
};

struct slot {
	alignas(LINE_BYTES) struct life life;
	alignas(LINE_BYTES) atomic_uint_least64_t numbers[DUET_TALLY_NUMBERS];
};

struct shared {
	atomic_int state;
	struct slot slots[];
};

/* What nobody else can write into: a reader goes by it where to read. */
struct duet_tally {
	size_t n_slots;
	bool is_shared;
	int64_t began;
	struct shared *shared;
};

const char *const duet_tally_tls_versions[DUET_TALLY_TLS_VERSIONS] = {
	"TLSv1.2", "TLSv1.3", "other"
};

const char *const duet_tally_protocols[DUET_TALLY_PROTOCOLS] = {
	"HTTP/1.0", "HTTP/1.1", "HTTP/2", "none"
};

const int64_t duet_tally_bucket_us[DUET_TALLY_BUCKETS - 1] = {
	500,    1000,   5000,    10000,   50000,
	100000, 500000, 1000000, 5000000, 10000000
};

const char *const duet_tally_bucket_s[DUET_TALLY_BUCKETS] = {
	"0.0005", "0.001", "0.005", "0.01", "0.05", "0.1",
	"0.5",    "1",     "5",     "10",   "+Inf"
};

/* What a handshake fails by here; LEFT and RESET are said by the cut. */
enum {
	LEFT = 0,
	RESET,
	FIRST_STATUS,
};
static const int statuses[] = {
	DUET_E_NOT_TLS,     DUET_E_TLS_VERSION, DUET_E_TLS_CIPHER,
	DUET_E_SERVER_NAME, DUET_E_CLIENT_CERT, DUET_E_UNTRUSTED,
	DUET_E_EXPIRED,     DUET_E_REVOKED,     DUET_E_CERTIFICATE,
	DUET_E_TIMEOUT,     DUET_E_TLS,
};
enum {
	N_STATUSES = sizeof(statuses) / sizeof(statuses[0]),
	OTHER = FIRST_STATUS + N_STATUSES,
};
_Static_assert((int)OTHER < (int)DUET_TALLY_REASONS,
	       "there is room for every reason");

const char *duet_tally_reason(size_t reason)
{
	if (reason == LEFT)
		return "peer_left";
	if (reason == RESET)
		return "peer_reset";
	if (reason < OTHER)
		return duet_status_word(statuses[reason - FIRST_STATUS]);
	return reason == OTHER ? "other" : NULL;
}

const char *duet_tally_side(size_t side)
{
	return side == 0 ? "us" : "peer";
}

static size_t shared_bytes(size_t n_slots)
{
	return sizeof(struct shared) + n_slots * sizeof(struct slot);
}

int duet_tally_new(size_t n_slots, bool is_shared, int64_t now,
		   struct duet_tally **ret, struct duet_error *err)
{
	struct duet_tally *tally = duet_mem_zalloc(sizeof(*tally));

	if (tally == NULL)
		return duet_error_nomem(err);
	*tally = (struct duet_tally){ .n_slots = n_slots,
				      .is_shared = is_shared,
				      .began = now };
	/* Pages that nobody writes to are not there: a status that never is
	 * costs nothing. */
	tally->shared =
		mmap(NULL, shared_bytes(n_slots), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally->shared == MAP_FAILED) {
		(void)duet_error_sys(err, DUET_E_SYSTEM, errno,
				     "cannot share memory for what is counted");
		duet_mem_free(tally);
		return DUET_E_SYSTEM;
	}
	*ret = tally;
	return DUET_OK;
}

void duet_tally_free(struct duet_tally *tally)
{
	if (tally == NULL)
		return;
	(void)munmap(tally->shared, shared_bytes(tally->n_slots));
	duet_mem_free(tally);
}

/* ---- counting ---- */

/* Where one process alone writes, a locked instruction would buy nothing. */
static void add(struct duet_tally *tally, size_t slot, size_t number,
		uint64_t n)
{
	atomic_uint_least64_t *at = &tally->shared->slots[slot].numbers[number];

	if (tally->is_shared)
		(void)atomic_fetch_add_explicit(at, n, memory_order_relaxed);
	else
		atomic_store_explicit(at,
				      atomic_load_explicit(at,
							   memory_order_relaxed) +
					      n,
				      memory_order_relaxed);
}

static size_t protocol_of(const struct duet_head *head)
{
	if (head == NULL || head->method == NULL)
		return 3;
	if (head->major == 2)
		return 2;
	return head->minor == 0 ? 0 : 1;
}

static size_t bucket_of(int64_t duration_us)
{
	size_t i = 0;

	while (i < DUET_TALLY_BUCKETS - 1 &&
	       duration_us > duet_tally_bucket_us[i])
		i++;
	return i;
}

static void add_cut(struct duet_tally *tally, size_t slot, size_t first,
		    const struct duet_report *report)
{
	size_t side = report->cut_by == DUET_SIDE_PEER ? 1 : 0;
	size_t cut = (size_t)report->cut;

	if (cut < DUET_TALLY_CUTS)
		add(tally, slot, first + side * DUET_TALLY_CUTS + cut, 1);
}

void duet_tally_report(struct duet_tally *tally, size_t slot,
		       const struct duet_report *report)
{
	int64_t us = report->duration_us > 0 ? report->duration_us : 0;
	size_t status = (size_t)report->status;

	if (tally == NULL)
		return;
	if (status >= DUET_TALLY_STATUSES)
		status = 0;
	add(tally, slot,
	    DUET_TALLY_REQUEST +
		    protocol_of(report->head) * DUET_TALLY_STATUSES + status,
	    1);
	add(tally, slot, DUET_TALLY_BUCKET + bucket_of(us), 1);
	add(tally, slot, DUET_TALLY_DURATION, (uint64_t)us);
	add(tally, slot, DUET_TALLY_SENT, report->sent_bytes);
	if (report->received_bytes > 0)
		add(tally, slot, DUET_TALLY_RECEIVED, report->received_bytes);
	if (report->cut_by == DUET_SIDE_NONE)
		return;
	if (report->reply == DUET_BY_NONE)
		add_cut(tally, slot, DUET_TALLY_CUT_REPLY, report);
	if (report->request == DUET_BY_NONE)
		add_cut(tally, slot, DUET_TALLY_CUT_REQUEST, report);
}

static size_t reason_of(const struct duet_connection_report *report)
{
	int code = report->error->code;
	size_t i;

	/* Without an alert: nothing but the end itself says why. */
	if (code == DUET_E_TLS || code == DUET_E_TRUNCATED) {
		if (report->cut == DUET_CUT_RESET)
			return RESET;
		if (report->cut == DUET_CUT_FIN ||
		    report->cut == DUET_CUT_CLOSE_NOTIFY)
			return LEFT;
	}
	for (i = 0; i < N_STATUSES; i++)
		if (statuses[i] == code)
			return FIRST_STATUS + i;
	return OTHER;
}

static size_t version_of(const char *tls_version)
{
	size_t i = 0;

	while (i < DUET_TALLY_TLS_VERSIONS - 1 &&
	       strcmp(tls_version, duet_tally_tls_versions[i]) != 0)
		i++;
	return i;
}

/* How many connections a process has, shared or not: there the supervisor
 * knows it, whatever becomes of the process. */
static void count_open(struct duet_tally *tally, size_t slot, int by)
{
	if (!tally->is_shared)
		(void)atomic_fetch_add_explicit(&tally->shared->slots[slot]
							 .life.open,
						by, memory_order_relaxed);
}

void duet_tally_connection(struct duet_tally *tally, size_t slot,
			   const struct duet_connection_report *report)
{
	if (tally == NULL)
		return;
	switch (report->event) {
	case DUET_CONNECTION_OPENED:
		add(tally, slot, DUET_TALLY_OPENED, 1);
		count_open(tally, slot, 1);
		break;
	case DUET_CONNECTION_SECURED:
		add(tally, slot,
		    DUET_TALLY_HANDSHAKE + 2 * version_of(report->tls_version) +
			    report->tls_resumed,
		    1);
		break;
	case DUET_CONNECTION_FAILED:
		add(tally, slot, DUET_TALLY_FAILED + reason_of(report), 1);
		break;
	case DUET_CONNECTION_CLOSED:
		count_open(tally, slot, -1);
		break;
	}
}

void duet_tally_accepts(struct duet_tally *tally, size_t slot)
{
	if (tally != NULL)
		atomic_store(&tally->shared->slots[slot].life.accepts, true);
}

/* ---- the supervisor's ---- */

void duet_tally_set_state(struct duet_tally *tally, enum duet_tally_state state)
{
	if (tally != NULL)
		atomic_store(&tally->shared->state, (int)state);
}

void duet_tally_born(struct duet_tally *tally, size_t slot, pid_t pid,
		     int64_t now)
{
	struct life *life;

	if (tally == NULL)
		return;
	life = &tally->shared->slots[slot].life;
	atomic_store(&life->pid, pid);
	atomic_store(&life->since, now);
	(void)atomic_fetch_add(&life->starts, 1);
}

void duet_tally_died(struct duet_tally *tally, size_t slot)
{
	struct life *life;

	if (tally == NULL)
		return;
	life = &tally->shared->slots[slot].life;
	atomic_store(&life->accepts, false);
	atomic_store(&life->pid, 0);
	atomic_store(&life->open, 0);
}

void duet_tally_processes(struct duet_tally *tally, size_t n)
{
	if (tally != NULL)
		atomic_store(&tally->shared->slots[0].life.open, (int64_t)n);
}

/* ---- reading ---- */

size_t duet_tally_slots(const struct duet_tally *tally)
{
	return tally->n_slots;
}

bool duet_tally_is_shared(const struct duet_tally *tally)
{
	return tally->is_shared;
}

int64_t duet_tally_began(const struct duet_tally *tally)
{
	return tally->began;
}

enum duet_tally_state duet_tally_state(const struct duet_tally *tally)
{
	return (enum duet_tally_state)atomic_load(&tally->shared->state);
}

void duet_tally_life(const struct duet_tally *tally, size_t slot,
		     struct duet_tally_life *ret)
{
	const struct life *life = &tally->shared->slots[slot].life;
	int64_t open = atomic_load(&life->open);

	ret->pid = atomic_load(&life->pid);
	ret->since = atomic_load(&life->since);
	ret->starts = atomic_load(&life->starts);
	ret->open = open > 0 ? (uint64_t)open : 0;
	ret->accepts = atomic_load(&life->accepts);
}

void duet_tally_add(const struct duet_tally *tally, size_t slot,
		    uint64_t sums[DUET_TALLY_NUMBERS])
{
	const atomic_uint_least64_t *numbers =
		tally->shared->slots[slot].numbers;
	size_t i;

	for (i = 0; i < DUET_TALLY_NUMBERS; i++)
		sums[i] +=
			atomic_load_explicit(&numbers[i], memory_order_relaxed);
}

uint64_t duet_tally_requests(const uint64_t sums[DUET_TALLY_NUMBERS])
{
	uint64_t n = 0;
	size_t i;

	for (i = DUET_TALLY_REQUEST; i < DUET_TALLY_NUMBERS; i++)
		n += sums[i];
	return n;
}
