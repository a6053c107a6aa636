/* SPDX-License-Identifier: MIT */
/*
 * Two tables in shared memory, of lines of eight words: a client's hash says
 * which line, and a part of the hash that stands in the word which of the eight
 * is his. A word is read and written whole, so that there is no half-written
 * state for a process to die in.
 *
 *   accounts   tag:24 | free_at:40    of all workers; changed by
 * compare-exchange presence   tag:40 | count:24      a line for each worker;
 * only he writes it
 *
 * An account is the generic cell rate algorithm: one number, the time at which
 * all that was let in will be paid for at the agreed rate. Who comes before
 * that time minus the burst comes too early. An account whose time has passed
 * says nothing any more, and its word is free.
 *
 * That time is counted in ticks, so many that both a millisecond and the time
 * from one request to the next are a whole number of them: any rate comes out
 * exact. They wrap around, after three hours at the soonest and decades with
 * most rates: what lies further ahead than an account can be is of the past.
 *
 * Two that see no account of a client at one moment, and not the same words
 * that are free, may both open one. The one further back is never found again,
 * and what was charged to it is forgotten.
 *
 * Of presence there are as many lines to a hash as workers: one adds to his own
 * and then looks at all of them. Whoever adds second sees the first, therefore
 * at least one of two sees both. When a worker dies, his lines are wiped.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "site/throttle.h"

#include <sys/mman.h>

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/siphash.h"

static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(_Atomic uint64_t) == 8,
	      "a lock would not be shared, and its owner may die");

enum {
	WAYS = 8, /* words of a line: of the cache, too */
	TIME_BITS = 40,
	COUNT_BITS = 24,
	CLOCKS_APART_MS = 10000, /* loops tell the time of their last step */
};

#define TIME_MASK  ((UINT64_C(1) << TIME_BITS) - 1)
#define FAR_AHEAD  (TIME_MASK / 4)
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)

struct line {
	_Atomic uint64_t words[WAYS];
};

struct duet_throttle {
	struct duet_throttle_options options; /* no zeroes for defaults */
	struct duet_siphash_key key;
	uint64_t per_ms;       /* ticks */
	uint64_t cost;         /* of a request, in ticks */
	uint64_t burst;        /* in ticks: as far ahead as an account can be */
	uint64_t apart;        /* in ticks */
	struct line *accounts; /* NULL: no rate */
	size_t account_lines;
	struct line *presence; /* NULL: not counted */
	size_t presence_lines; /* of each worker */
	void *memory;
	size_t memory_bytes;
};

static uint32_t or_else(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static int check(const struct duet_throttle_options *options,
		 struct duet_error *err)
{
	const struct {
		const char *name;
		uint32_t value;
		uint32_t most;
	} rows[] = {
		{ "requests", options->requests, DUET_THROTTLE_MOST },
		{ "seconds", options->seconds, DUET_THROTTLE_SECONDS_MOST },
		{ "burst", options->burst, DUET_THROTTLE_MOST },
		{ "concurrent", options->concurrent, DUET_THROTTLE_MOST },
		{ "n_workers", options->n_workers, UINT16_MAX },
		{ "connections", options->connections, DUET_THROTTLE_MOST },
		{ "clients", options->clients, 1U << 24 },
		{ "v4_bits", options->v4_bits, 32 },
		{ "v6_bits", options->v6_bits, 128 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value > rows[i].most)
			return duet_error_set(err, DUET_E_ARGUMENT,
					      "throttle: %s is %u, and may be at most %u",
					      rows[i].name, rows[i].value,
					      rows[i].most);
	if (options->n_workers == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "throttle: n_workers is 0");
	if ((uint64_t)options->burst * or_else(options->seconds, 1) >
	    (uint64_t)options->requests * DUET_THROTTLE_EARN_SECONDS_MOST)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "throttle: a burst of %u takes more than %d days to earn at %u requests in %u seconds; lower it",
				      options->burst,
				      DUET_THROTTLE_EARN_SECONDS_MOST / 86400,
				      options->requests,
				      or_else(options->seconds, 1));
	return DUET_OK;
}

static void fill_options(struct duet_throttle_options *options)
{
	options->seconds = or_else(options->seconds, 1);
	options->burst = or_else(options->burst, options->requests);
	options->connections =
		or_else(options->connections, DUET_THROTTLE_CONNECTIONS);
	options->clients = or_else(options->clients, DUET_THROTTLE_CLIENTS);
	options->v4_bits =
		(uint8_t)or_else(options->v4_bits, DUET_THROTTLE_V4_BITS);
	options->v6_bits =
		(uint8_t)or_else(options->v6_bits, DUET_THROTTLE_V6_BITS);
}

/* A power of two that holds so many words. */
static size_t lines_for(size_t words)
{
	size_t lines = 1;

	while (lines * WAYS < words)
		lines *= 2;
	return lines;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	uint64_t rest;

	while (b != 0) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static void set_rate(struct duet_throttle *t)
{
	uint64_t requests = t->options.requests;
	uint64_t period_ms = (uint64_t)t->options.seconds * 1000;
	uint64_t common = common_divisor(requests, period_ms);

	t->per_ms = requests / common;
	t->cost = period_ms / common;
	/* Some odd ones have too many: rounded to less than was agreed on. */
	while (t->cost * t->options.burst > FAR_AHEAD) {
		t->per_ms /= 2;
		t->cost = (t->cost + 1) / 2;
	}
	t->burst = t->cost * t->options.burst;
	t->apart = t->per_ms * CLOCKS_APART_MS;
}

static int map_tables(struct duet_throttle *t, struct duet_error *err)
{
	const struct duet_throttle_options *options = &t->options;
	size_t lines;

	if (options->requests > 0)
		t->account_lines = lines_for(options->clients);
	if (options->concurrent > 0) /* half full at most */
		t->presence_lines = lines_for((size_t)options->connections * 2);
	lines = t->account_lines + t->presence_lines * options->n_workers;
	if (lines == 0)
		return DUET_OK;
	t->memory_bytes = lines * sizeof(struct line);
	/* Not by base/mem.h, whose memory is of one process. */
	t->memory = mmap(NULL, t->memory_bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->memory == MAP_FAILED) {
		t->memory = NULL;
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "throttle: cannot map %zu KiB for the counts of %u workers",
				      t->memory_bytes / 1024,
				      options->n_workers);
	}
	if (t->account_lines > 0)
		t->accounts = t->memory;
	if (t->presence_lines > 0)
		t->presence = (struct line *)t->memory + t->account_lines;
	return DUET_OK;
}

int duet_throttle_new(const struct duet_throttle_options *options,
		      struct duet_throttle **ret, struct duet_error *err)
{
	struct duet_throttle *t = NULL;
	int rc = check(options, err);

	if (rc != DUET_OK)
		return rc;
	t = duet_mem_zalloc(sizeof(*t));
	if (t == NULL)
		return duet_error_nomem(err);
	t->options = *options;
	fill_options(&t->options);
	set_rate(t);
	rc = duet_siphash_draw_key(&t->key, err);
	if (rc == DUET_OK)
		rc = map_tables(t, err);
	if (rc != DUET_OK) {
		duet_throttle_free(t);
		return rc;
	}
	*ret = t;
	return DUET_OK;
}

void duet_throttle_free(struct duet_throttle *throttle)
{
	if (throttle == NULL)
		return;
	if (throttle->memory != NULL)
		(void)munmap(throttle->memory, throttle->memory_bytes);
	duet_mem_free(throttle);
}

static uint64_t hash_of(const struct duet_throttle *t,
			const struct duet_prefix *client)
{
	struct duet_prefix net =
		duet_prefix_cut(client, client->is_v6 ? t->options.v6_bits
						      : t->options.v4_bits);
	uint8_t bytes[17];
	size_t i;

	for (i = 0; i < sizeof(net.bytes); i++)
		bytes[i] = net.bytes[i];
	bytes[i] = net.is_v6;
	return duet_siphash(&t->key, bytes, sizeof(bytes));
}

/* The hash's high bits, of which lines use the low ones; never 0. */
static uint64_t tag_of(uint64_t hash, unsigned bits)
{
	uint64_t tag = hash >> (64 - bits);

	return tag != 0 ? tag : 1;
}

/* ---- accounts ---- */

/* How far an account is ahead of now, in ticks; 0: it has been paid. */
static uint64_t ahead_of(const struct duet_throttle *t, uint64_t account,
			 uint64_t now)
{
	uint64_t ahead = (account - now) & TIME_MASK;

	if (account == 0 || ahead > t->burst + t->apart)
		return 0;
	return ahead < t->burst ? ahead : t->burst;
}

/* Its word, or else the one that is free first; *ret_found is what is in it. */
static _Atomic uint64_t *find_account(const struct duet_throttle *t,
				      uint64_t hash, uint64_t now,
				      uint64_t *ret_found)
{
	struct line *line = &t->accounts[hash & (t->account_lines - 1)];
	uint64_t tag = tag_of(hash, 64 - TIME_BITS);
	uint64_t least = UINT64_MAX;
	_Atomic uint64_t *best = NULL;
	uint64_t ahead;
	uint64_t found;
	int i;

	for (i = 0; i < WAYS; i++) {
		found = atomic_load(&line->words[i]);
		if (found >> TIME_BITS == tag) {
			*ret_found = found;
			return &line->words[i];
		}
		ahead = ahead_of(t, found, now);
		if (ahead < least) {
			least = ahead;
			best = &line->words[i];
			*ret_found = found;
		}
	}
	return best;
}

/* 0, or the ms until it can be. */
static int32_t charge(const struct duet_throttle *t, uint64_t hash,
		      int64_t now_ms)
{
	uint64_t tag = tag_of(hash, 64 - TIME_BITS);
	uint64_t now = (uint64_t)now_ms * t->per_ms;
	uint64_t ahead;
	uint64_t found;
	uint64_t next;
	_Atomic uint64_t *account;

	do { /* again only if another has got on meanwhile */
		account = find_account(t, hash, now, &found);
		ahead = found >> TIME_BITS == tag ? ahead_of(t, found, now) : 0;
		ahead += t->cost;
		if (ahead > t->burst)
			return (int32_t)((ahead - t->burst + t->per_ms - 1) /
					 t->per_ms);
		next = tag << TIME_BITS | ((now + ahead) & TIME_MASK);
	} while (!atomic_compare_exchange_weak(account, &found, next));
	return 0;
}

/* ---- presence ---- */

static struct line *presence_line(const struct duet_throttle *t, size_t line,
				  size_t worker)
{
	return &t->presence[line * t->options.n_workers + worker];
}

/* The word of that tag, or of none (0), and what is in it; or NULL. */
static _Atomic uint64_t *find_presence(const struct duet_throttle *t,
				       uint64_t hash, size_t worker,
				       uint64_t tag, uint64_t *ret_found)
{
	struct line *line =
		presence_line(t, hash & (t->presence_lines - 1), worker);
	int i;

	for (i = 0; i < WAYS; i++) {
		*ret_found = atomic_load(&line->words[i]);
		if (*ret_found >> COUNT_BITS == tag)
			return &line->words[i];
	}
	return NULL;
}

static uint64_t count_all(const struct duet_throttle *t, uint64_t hash)
{
	uint64_t tag = tag_of(hash, 64 - COUNT_BITS);
	uint64_t sum = 0;
	uint64_t found;
	size_t worker;

	for (worker = 0; worker < t->options.n_workers; worker++)
		if (find_presence(t, hash, worker, tag, &found) != NULL)
			sum += found & COUNT_MASK;
	return sum;
}

static void go_out(const struct duet_throttle *t, uint64_t hash, size_t worker)
{
	uint64_t tag = tag_of(hash, 64 - COUNT_BITS);
	_Atomic uint64_t *at;
	uint64_t found;

	at = find_presence(t, hash, worker, tag, &found);
	if (at != NULL) /* else it was not counted */
		atomic_store(at, (found & COUNT_MASK) > 1 ? found - 1 : 0);
}

/* false: there are as many as may be. */
static bool come_in(const struct duet_throttle *t, uint64_t hash, size_t worker)
{
	uint64_t tag = tag_of(hash, 64 - COUNT_BITS);
	_Atomic uint64_t *at;
	uint64_t found;

	at = find_presence(t, hash, worker, tag, &found);
	if (at == NULL) {
		at = find_presence(t, hash, worker, 0, &found);
		found = tag << COUNT_BITS;
	}
	if (at == NULL)
		return true;
	/* First add, then look: the order that no two get past. */
	atomic_store(at, found + 1);
	if (count_all(t, hash) <= t->options.concurrent)
		return true;
	go_out(t, hash, worker);
	return false;
}

/* ---- both ---- */

int32_t duet_throttle_enter(struct duet_throttle *throttle, size_t worker,
			    const struct duet_prefix *client, int64_t now_ms)
{
	int32_t wait_ms = 0;
	uint64_t hash;

	if (throttle == NULL || client == NULL)
		return 0;
	assert(worker < throttle->options.n_workers);
	hash = hash_of(throttle, client);
	/* In this order: one that is refused costs nothing. */
	if (throttle->presence != NULL && !come_in(throttle, hash, worker))
		return DUET_THROTTLE_BUSY;
	if (throttle->accounts != NULL)
		wait_ms = charge(throttle, hash, now_ms);
	if (wait_ms > 0 && throttle->presence != NULL)
		go_out(throttle, hash, worker);
	return wait_ms;
}

void duet_throttle_leave(struct duet_throttle *throttle, size_t worker,
			 const struct duet_prefix *client)
{
	if (throttle == NULL || client == NULL || throttle->presence == NULL)
		return;
	assert(worker < throttle->options.n_workers);
	go_out(throttle, hash_of(throttle, client), worker);
}

void duet_throttle_reset_worker(struct duet_throttle *throttle, size_t worker)
{
	size_t line;
	struct line *at;
	int i;

	if (throttle == NULL || throttle->presence == NULL)
		return;
	assert(worker < throttle->options.n_workers);
	for (line = 0; line < throttle->presence_lines; line++) {
		at = presence_line(throttle, line, worker);
		for (i = 0; i < WAYS; i++)
			atomic_store(&at->words[i], 0);
	}
}
