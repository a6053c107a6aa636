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
	WORDS_A_LINE = LINE_BYTES / 8,
};

typedef atomic_uint_least64_t word;

/* Written by the supervisor, but for what is marked. */
struct life {
	alignas(LINE_BYTES) atomic_int_least64_t pid;
	atomic_int_least64_t since;
	word starts;
	atomic_int_least64_t open; /* also by the worker */
	word under_way;            /* also by the process */
	atomic_int stage;          /* also by the process */
};

struct slot {
	alignas(LINE_BYTES) word numbers[DUET_TALLY_NUMBERS];
};

struct shared {
	alignas(LINE_BYTES) atomic_int state;
	word cut_short;
};

/* What nobody else can write into: a reader goes by it where to read. */
struct duet_tally {
	size_t n_places;
	size_t n_slots;
	size_t n_sites;
	bool is_shared;
	int64_t began;
	/* One mapping. */
	size_t n_bytes;
	struct shared *shared;
	struct life *lives; /* n_places */
	struct slot *slots; /* n_slots */
	word *sites;        /* n_slots times as many lines as n_sites need */
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

/* ---- making ---- */

/* Words of a slot: none shares a line with those of another one. */
static size_t site_words(const struct duet_tally *tally)
{
	return (tally->n_sites + WORDS_A_LINE - 1) / WORDS_A_LINE *
	       WORDS_A_LINE;
}

static void lay_out(struct duet_tally *tally)
{
	size_t lives = sizeof(struct shared);
	size_t slots = lives + tally->n_places * sizeof(struct life);
	size_t sites = slots + tally->n_slots * sizeof(struct slot);
	char *base = (char *)tally->shared;

	tally->n_bytes =
		sites + tally->n_slots * site_words(tally) * sizeof(word);
	if (base == NULL)
		return;
	tally->lives = (void *)(base + lives);
	tally->slots = (void *)(base + slots);
	tally->sites = (void *)(base + sites);
}

int duet_tally_new(const struct duet_tally_options *options,
		   struct duet_tally **ret, struct duet_error *err)
{
	struct duet_tally *tally = duet_mem_zalloc(sizeof(*tally));
	void *memory;

	if (tally == NULL)
		return duet_error_nomem(err);
	*tally = (struct duet_tally){ .n_places = options->n_places,
				      .n_slots = options->is_shared
							 ? 1
							 : options->n_places,
				      .n_sites = options->n_sites,
				      .is_shared = options->is_shared,
				      .began = options->now };
	if (options->no_numbers)
		tally->n_slots = 0;
	lay_out(tally);
	/* Pages that nobody writes to are not there: a status that never is
	 * costs nothing. */
	memory = mmap(NULL, tally->n_bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		(void)duet_error_sys(err, DUET_E_SYSTEM, errno,
				     "cannot share memory for what is counted");
		duet_mem_free(tally);
		return DUET_E_SYSTEM;
	}
	tally->shared = memory;
	lay_out(tally);
	*ret = tally;
	return DUET_OK;
}

void duet_tally_free(struct duet_tally *tally)
{
	if (tally == NULL)
		return;
	(void)munmap(tally->shared, tally->n_bytes);
	duet_mem_free(tally);
}

/* ---- counting ---- */

static size_t slot_of(const struct duet_tally *tally, size_t place)
{
	return tally->is_shared ? 0 : place;
}

/* Where one process alone writes, a locked instruction would buy nothing. */
static void add_to(const struct duet_tally *tally, word *at, uint64_t n)
{
	if (tally->is_shared)
		(void)atomic_fetch_add_explicit(at, n, memory_order_relaxed);
	else
		atomic_store_explicit(at,
				      atomic_load_explicit(at,
							   memory_order_relaxed) +
					      n,
				      memory_order_relaxed);
}

static void add(struct duet_tally *tally, size_t slot, size_t number,
		uint64_t n)
{
	add_to(tally, &tally->slots[slot].numbers[number], n);
}

static word *site_of(const struct duet_tally *tally, size_t slot, size_t site)
{
	return &tally->sites[slot * site_words(tally) + site];
}

void duet_tally_site(struct duet_tally *tally, size_t place, size_t site)
{
	if (tally->n_slots > 0)
		add_to(tally, site_of(tally, slot_of(tally, place), site), 1);
}

void duet_tally_under_way(struct duet_tally *tally, size_t place, size_t n)
{
	atomic_store_explicit(&tally->lives[place].under_way, n,
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

/* Of a reply, not of a request that went on coming after it. */
static bool is_cut_short(const struct life *life,
			 const struct duet_report *report)
{
	if (report->cut_by != DUET_SIDE_US ||
	    atomic_load(&life->stage) != DUET_TALLY_DRAINS)
		return false;
	/* Or TCP still had the end of it: see server/closing.c. */
	return report->reply == DUET_BY_NONE ||
	       (report->request != DUET_BY_NONE && report->error != NULL &&
		report->error->code == DUET_E_GONE);
}

void duet_tally_report(struct duet_tally *tally, size_t place,
		       const struct duet_report *report)
{
	int64_t us = report->duration_us > 0 ? report->duration_us : 0;
	size_t status = (size_t)report->status;
	size_t slot = slot_of(tally, place);

	if (is_cut_short(&tally->lives[place], report))
		(void)atomic_fetch_add(&tally->shared->cut_short, 1);
	if (tally->n_slots == 0)
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

/* Where they share a slot, a connection is a process. */
static void count_open(struct duet_tally *tally, size_t place, int by)
{
	if (!tally->is_shared)
		(void)atomic_fetch_add_explicit(&tally->lives[place].open, by,
						memory_order_relaxed);
}

void duet_tally_connection(struct duet_tally *tally, size_t place,
			   const struct duet_connection_report *report)
{
	size_t slot = slot_of(tally, place);

	if (tally->n_slots == 0)
		return;
	switch (report->event) {
	case DUET_CONNECTION_OPENED:
		add(tally, slot, DUET_TALLY_OPENED, 1);
		count_open(tally, place, 1);
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
		count_open(tally, place, -1);
		break;
	}
}

void duet_tally_stage(struct duet_tally *tally, size_t place,
		      enum duet_tally_stage stage)
{
	atomic_store(&tally->lives[place].stage, (int)stage);
}

/* ---- the supervisor's ---- */

void duet_tally_set_state(struct duet_tally *tally, enum duet_tally_state state)
{
	atomic_store(&tally->shared->state, (int)state);
}

void duet_tally_born(struct duet_tally *tally, size_t place, pid_t pid,
		     int64_t now)
{
	struct life *life = &tally->lives[place];

	atomic_store(&life->pid, pid);
	atomic_store(&life->since, now);
	(void)atomic_fetch_add(&life->starts, 1);
	if (tally->is_shared)
		atomic_store(&life->open, 1);
}

void duet_tally_died(struct duet_tally *tally, size_t place)
{
	struct life *life = &tally->lives[place];
	uint64_t n = atomic_exchange(&life->under_way, 0);

	if (duet_tally_state(tally) == DUET_TALLY_DRAINING)
		(void)atomic_fetch_add(&tally->shared->cut_short, n);
	atomic_store(&life->stage, (int)DUET_TALLY_BEGINS);
	atomic_store(&life->pid, 0);
	atomic_store(&life->open, 0);
}

uint64_t duet_tally_all_under_way(const struct duet_tally *tally)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < tally->n_places; i++)
		n += atomic_load(&tally->lives[i].under_way);
	return n;
}

uint64_t duet_tally_cut_short(const struct duet_tally *tally)
{
	return atomic_load(&tally->shared->cut_short);
}

/* ---- reading ---- */

size_t duet_tally_places(const struct duet_tally *tally)
{
	return tally->n_places;
}

size_t duet_tally_slots(const struct duet_tally *tally)
{
	return tally->n_slots;
}

size_t duet_tally_sites(const struct duet_tally *tally)
{
	return tally->n_sites;
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

void duet_tally_life(const struct duet_tally *tally, size_t place,
		     struct duet_tally_life *ret)
{
	const struct life *life = &tally->lives[place];
	int64_t open = atomic_load(&life->open);

	ret->pid = atomic_load(&life->pid);
	ret->since = atomic_load(&life->since);
	ret->starts = atomic_load(&life->starts);
	ret->open = open > 0 ? (uint64_t)open : 0;
	ret->under_way = atomic_load(&life->under_way);
	ret->stage = (enum duet_tally_stage)atomic_load(&life->stage);
}

void duet_tally_add(const struct duet_tally *tally, size_t slot,
		    uint64_t sums[DUET_TALLY_NUMBERS])
{
	const word *numbers = tally->slots[slot].numbers;
	size_t i;

	for (i = 0; i < DUET_TALLY_NUMBERS; i++)
		sums[i] +=
			atomic_load_explicit(&numbers[i], memory_order_relaxed);
}

uint64_t duet_tally_of_site(const struct duet_tally *tally, size_t site)
{
	uint64_t n = 0;
	size_t slot;

	for (slot = 0; slot < tally->n_slots; slot++)
		n += atomic_load_explicit(site_of(tally, slot, site),
					  memory_order_relaxed);
	return n;
}

uint64_t duet_tally_requests(const uint64_t sums[DUET_TALLY_NUMBERS])
{
	uint64_t n = 0;
	size_t i;

	for (i = DUET_TALLY_REQUEST; i < DUET_TALLY_NUMBERS; i++)
		n += sums[i];
	return n;
}
