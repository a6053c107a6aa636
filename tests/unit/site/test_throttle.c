/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "site/throttle.h"
#include "support/memory.h"
#include "support/unit.h"

/* Some moment; every test has its own clock, and steps it. */
static const int64_t start = 123456789;

static struct duet_prefix at(const char *address)
{
	struct duet_prefix prefix;

	assert_int_equal(duet_prefix_parse(address, &prefix, NULL), DUET_OK);
	return prefix;
}

static struct duet_throttle *make(struct duet_throttle_options options)
{
	struct duet_throttle *throttle = NULL;
	struct duet_error err;

	if (options.n_workers == 0)
		options.n_workers = 1;
	if (duet_throttle_new(&options, &throttle, &err) != DUET_OK)
		fail_msg("%s", err.text);
	return throttle;
}

#define MAKE(...) make((struct duet_throttle_options){ __VA_ARGS__ })

/* What the first worker says to that client: 0, or how long to wait. */
static int64_t enter(struct duet_throttle *throttle,
		     const struct duet_prefix *client, int64_t now_ms)
{
	return duet_throttle_enter(throttle, 0, client, now_ms);
}

/* Of so many tries at one moment, those that are let in. */
static int count_in(struct duet_throttle *throttle, const char *client,
		    int64_t now_ms, int tries)
{
	struct duet_prefix prefix = at(client);
	int in = 0;

	while (tries-- > 0)
		in += enter(throttle, &prefix, now_ms) == 0;
	return in;
}

static void lets_a_burst_in_and_the_others_evenly(void **state)
{
	struct duet_throttle *throttle =
		MAKE(.requests = 10, .seconds = 1, .burst = 3);
	struct duet_prefix client = at("192.0.2.7");

	(void)state;
	assert_int_equal(count_in(throttle, "192.0.2.7", start, 10), 3);
	assert_int_equal(enter(throttle, &client, start), 100);
	assert_int_equal(enter(throttle, &client, start + 99), 1);
	assert_int_equal(enter(throttle, &client, start + 100), 0);
	assert_int_equal(enter(throttle, &client, start + 100), 100);
	/* What was not used is there again, and not more than that. */
	assert_int_equal(count_in(throttle, "192.0.2.7", start + 300, 10), 2);
	assert_int_equal(count_in(throttle, "192.0.2.7", start + 99000, 10), 3);
	duet_throttle_free(throttle);
}

static void without_a_burst_all_requests_may_come_at_once(void **state)
{
	struct duet_throttle *throttle = MAKE(.requests = 7, .seconds = 60);

	(void)state;
	assert_int_equal(count_in(throttle, "::1", start, 100), 7);
	assert_int_equal(count_in(throttle, "::1", start + 60000, 100), 7);
	duet_throttle_free(throttle);
}

static const struct duet_throttle_options rates[] = {
	{ .requests = 1, .seconds = 1, .burst = 1 },
	{ .requests = 7, .seconds = 3, .burst = 2 },
	{ .requests = 10, .seconds = 1, .burst = 10 },
	{ .requests = 1, .seconds = 86400, .burst = 5 },
	{ .requests = 999, .seconds = 1, .burst = 2 },
	{ .requests = 1000, .seconds = 7, .burst = 100 },
	{ .requests = 86399, .seconds = 86400, .burst = 3 },
};

/* One who always comes when he was told to, and a moment before. */
static void the_rate_is_kept_exactly_in_the_long_run(void **state)
{
	struct duet_prefix client = at("192.0.2.7");
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		struct duet_throttle *throttle = make(rates[i]);
		int64_t end = start + (int64_t)rates[i].seconds * 1000 * 5000 /
					      rates[i].requests;
		int64_t now = start;
		int64_t wait;
		int64_t in = 0;

		while (now < end) {
			wait = enter(throttle, &client, now);
			if (wait == 0) {
				in++;
				continue;
			}
			assert_true(enter(throttle, &client, now + wait - 1) >
				    0);
			now += wait;
			assert_int_equal(enter(throttle, &client, now), 0);
			in++;
		}
		assert_in_range(in, 4999 + rates[i].burst,
				5001 + rates[i].burst);
		duet_throttle_free(throttle);
	}
}

static void never_more_than_requests_and_burst_in_the_time(void **state)
{
	enum { RING = 2048 };
	int64_t times[RING];
	struct duet_prefix client = at("192.0.2.7");
	uint32_t random = 1;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		struct duet_throttle *throttle = make(rates[i]);
		uint32_t most = rates[i].requests + rates[i].burst;
		int64_t period = (int64_t)rates[i].seconds * 1000;
		int64_t now = start;
		size_t in = 0;
		int k;

		if (most >= RING) {
			duet_throttle_free(throttle);
			continue;
		}
		for (k = 0; k < 20000; k++) {
			random = random * 1664525 + 1013904223;
			now += (random >> 16) % 4 == 0
				       ? (random >> 8) % (period / 3)
				       : 0;
			if (enter(throttle, &client, now) > 0)
				continue;
			if (in >= most) /* the one that was so many before */
				assert_true(now - times[(in - most) % RING] >=
					    period);
			times[in++ % RING] = now;
		}
		assert_true(in > most);
		duet_throttle_free(throttle);
	}
}

static void the_extremes_come_out_right(void **state)
{
	struct duet_prefix client = at("192.0.2.7");
	struct duet_throttle *throttle =
		MAKE(.requests = DUET_THROTTLE_MOST, .burst = 1000);

	(void)state;
	assert_int_equal(count_in(throttle, "192.0.2.7", start, 2000), 1000);
	assert_int_equal(count_in(throttle, "192.0.2.7", start + 1, 2000), 100);
	duet_throttle_free(throttle);

	throttle = MAKE(.requests = 1, .seconds = DUET_THROTTLE_SECONDS_MOST);
	assert_int_equal(enter(throttle, &client, 0), 0);
	assert_int_equal(enter(throttle, &client, 0), 86400000);
	duet_throttle_free(throttle);
}

static void long_ago_is_long_ago(void **state)
{
	/* A prime: the ticks of such a rate wrap around after three hours. */
	struct duet_throttle *throttle = MAKE(.requests = 99991, .burst = 10);
	int64_t now = start;
	int hour;

	(void)state;
	for (hour = 0; hour < 100; hour++) {
		assert_int_equal(count_in(throttle, "::1", now, 20), 10);
		now += 3600000;
	}
	duet_throttle_free(throttle);
}

static void what_must_be_rounded_is_a_thousandth_less(void **state)
{
	struct duet_throttle *throttle =
		MAKE(.requests = 99991, .seconds = 86400, .burst = 99991);

	(void)state;
	assert_int_equal(count_in(throttle, "::1", start, 100000), 99991);
	/* Half a day earns half of it. */
	assert_in_range(count_in(throttle, "::1", start + 43200000, 100000),
			49995 - 50, 49995);
	duet_throttle_free(throttle);
}

static void a_clock_that_is_a_step_behind_forgives_nothing(void **state)
{
	struct duet_throttle *throttle =
		MAKE(.requests = 10, .seconds = 1, .burst = 3);

	(void)state;
	assert_int_equal(count_in(throttle, "::1", start, 10), 3);
	assert_int_equal(count_in(throttle, "::1", start - 9000, 10), 0);
	assert_int_equal(count_in(throttle, "::1", start + 100, 10), 1);
	duet_throttle_free(throttle);
}

static void zero_limits_nothing(void **state)
{
	struct duet_throttle *throttle = MAKE(.n_workers = 1);
	struct duet_prefix client = at("::1");

	(void)state;
	assert_int_equal(count_in(throttle, "::1", start, 1000), 1000);
	duet_throttle_leave(throttle, 0, &client);
	duet_throttle_reset_worker(throttle, 0);
	duet_throttle_free(throttle);
	assert_int_equal(count_in(NULL, "::1", start, 1000), 1000);
	duet_throttle_leave(NULL, 0, &client);
	duet_throttle_reset_worker(NULL, 0);
	duet_throttle_free(NULL);
}

static void who_has_no_address_is_not_limited(void **state)
{
	struct duet_throttle *throttle = MAKE(.requests = 1, .concurrent = 1);

	(void)state;
	assert_int_equal(enter(throttle, NULL, start), 0);
	assert_int_equal(enter(throttle, NULL, start), 0);
	duet_throttle_leave(throttle, 0, NULL);
	assert_int_equal(count_in(throttle, "::1", start, 2), 1);
	duet_throttle_free(throttle);
}

static void a_client_is_a_network(void **state)
{
	struct duet_throttle *throttle = MAKE(.requests = 1);

	(void)state;
	assert_int_equal(count_in(throttle, "192.0.2.7", start, 2), 1);
	assert_int_equal(count_in(throttle, "192.0.2.8", start, 2), 1);
	assert_int_equal(count_in(throttle, "2001:db8::1", start, 2), 1);
	assert_int_equal(count_in(throttle, "2001:db8::2", start, 2), 0);
	assert_int_equal(count_in(throttle, "2001:db8:0:1::1", start, 2), 1);
	/* the same bytes as 192.0.2.7 */
	assert_int_equal(count_in(throttle, "c000:207::", start, 2), 1);
	duet_throttle_free(throttle);

	throttle = MAKE(.requests = 1, .v4_bits = 24, .v6_bits = 48);
	assert_int_equal(count_in(throttle, "192.0.2.7", start, 2), 1);
	assert_int_equal(count_in(throttle, "192.0.2.8", start, 2), 0);
	assert_int_equal(count_in(throttle, "192.0.3.8", start, 2), 1);
	assert_int_equal(count_in(throttle, "2001:db8::1", start, 2), 1);
	assert_int_equal(count_in(throttle, "2001:db8:0:1::1", start, 2), 0);
	assert_int_equal(count_in(throttle, "2001:db8:1::1", start, 2), 1);
	duet_throttle_free(throttle);
}

static void counts_those_that_are_there_in_all_workers(void **state)
{
	struct duet_throttle *throttle = MAKE(.concurrent = 3, .n_workers = 3);
	struct duet_prefix client = at("192.0.2.7");
	struct duet_prefix other = at("192.0.2.8");
	int k;

	(void)state;
	assert_int_equal(enter(throttle, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start), 0);
	for (k = 0; k < 3; k++)
		assert_int_equal(duet_throttle_enter(throttle, (size_t)k,
						     &client, start + k),
				 DUET_THROTTLE_BUSY);
	assert_int_equal(duet_throttle_enter(throttle, 2, &other, start), 0);
	duet_throttle_leave(throttle, 1, &client);
	assert_int_equal(duet_throttle_enter(throttle, 2, &client, start), 0);
	assert_int_equal(enter(throttle, &client, start), DUET_THROTTLE_BUSY);
	duet_throttle_free(throttle);
}

static void one_that_is_refused_costs_nothing(void **state)
{
	struct duet_throttle *throttle = MAKE(.requests = 2, .concurrent = 1);
	struct duet_prefix client = at("192.0.2.7");
	int k;

	(void)state;
	assert_int_equal(enter(throttle, &client, start), 0);
	for (k = 0; k < 10; k++) /* by concurrent: no request is charged */
		assert_int_equal(enter(throttle, &client, start),
				 DUET_THROTTLE_BUSY);
	duet_throttle_leave(throttle, 0, &client);
	assert_int_equal(enter(throttle, &client, start), 0);
	duet_throttle_leave(throttle, 0, &client);
	for (k = 0; k < 10; k++) /* by requests: none of them is there */
		assert_int_equal(enter(throttle, &client, start), 500);
	assert_int_equal(enter(throttle, &client, start + 500), 0);
	duet_throttle_free(throttle);
}

static void what_a_dead_worker_had_let_in_is_over(void **state)
{
	struct duet_throttle *throttle = MAKE(.concurrent = 3, .n_workers = 2);
	struct duet_prefix client = at("192.0.2.7");
	struct duet_prefix other = at("2001:db8::1");

	(void)state;
	assert_int_equal(enter(throttle, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &other, start), 0);
	duet_throttle_reset_worker(throttle, 1);
	/* The other's count stands. */
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start), 0);
	assert_int_equal(duet_throttle_enter(throttle, 1, &client, start),
			 DUET_THROTTLE_BUSY);
	assert_int_equal(count_in(throttle, "2001:db8::1", start, 5), 3);
	duet_throttle_free(throttle);
}

static void of_too_many_clients_the_one_that_owes_least_is_forgotten(
	void **state)
{
	struct duet_throttle *throttle = MAKE(.requests = 10, .clients = 8);
	char client[32];
	int k;

	(void)state;
	for (k = 1; k <= 8; k++) { /* the k-th owes k */
		(void)snprintf(client, sizeof(client), "192.0.2.%d", k);
		assert_int_equal(count_in(throttle, client, start, k), k);
	}
	assert_int_equal(count_in(throttle, "2001:db8::1", start, 5), 5);
	/* Not those that owe more, nor the new one. */
	assert_int_equal(count_in(throttle, "192.0.2.8", start, 10), 2);
	assert_int_equal(count_in(throttle, "192.0.2.2", start, 10), 8);
	assert_int_equal(count_in(throttle, "2001:db8::1", start, 10), 5);
	/* It begins anew, and takes the place of the next such one. */
	assert_int_equal(count_in(throttle, "192.0.2.1", start, 20), 10);
	assert_int_equal(count_in(throttle, "192.0.2.3", start, 20), 10);
	assert_int_equal(count_in(throttle, "192.0.2.8", start, 10), 0);
	duet_throttle_free(throttle);
}

static void who_has_paid_makes_room_for_others(void **state)
{
	struct duet_throttle *throttle = MAKE(.requests = 10, .clients = 8);
	char client[32];
	int k;

	(void)state;
	for (k = 1; k <= 7; k++) {
		(void)snprintf(client, sizeof(client), "192.0.2.%d", k);
		assert_int_equal(count_in(throttle, client, start, 1), 1);
	}
	assert_int_equal(count_in(throttle, "::1", start + 100, 20), 10);
	for (k = 11; k <= 99;
	     k++) { /* one after another in the others' words */
		(void)snprintf(client, sizeof(client), "192.0.2.%d", k);
		assert_int_equal(count_in(throttle, client, start + 100, 9), 9);
	}
	assert_int_equal(count_in(throttle, "::1", start + 100, 20), 0);
	duet_throttle_free(throttle);
}

static void of_too_many_at_once_some_are_not_counted(void **state)
{
	struct duet_throttle *throttle =
		MAKE(.concurrent = 1, .connections = 4);
	struct duet_prefix clients[9];
	char text[32];
	int k;

	(void)state;
	for (k = 0; k < 9; k++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%d", k);
		clients[k] = at(text);
		assert_int_equal(enter(throttle, &clients[k], start), 0);
	}
	for (k = 0; k < 8; k++)
		assert_int_equal(enter(throttle, &clients[k], start),
				 DUET_THROTTLE_BUSY);
	assert_int_equal(enter(throttle, &clients[8], start), 0);
	/* To leave uncounted takes nobody else's place. */
	duet_throttle_leave(throttle, 0, &clients[8]);
	duet_throttle_leave(throttle, 0, &clients[8]);
	assert_int_equal(enter(throttle, &clients[0], start),
			 DUET_THROTTLE_BUSY);
	duet_throttle_leave(throttle, 0, &clients[0]);
	assert_int_equal(enter(throttle, &clients[8], start), 0);
	assert_int_equal(enter(throttle, &clients[8], start),
			 DUET_THROTTLE_BUSY);
	duet_throttle_free(throttle);
}

enum {
	PROCESSES = 4,
	TRIES = 2000,
};

/* A process that tries as soon as all of them are there, and dies without
 * leaving. */
static void try_and_die(struct duet_throttle *throttle, size_t worker,
			int begin, int result)
{
	struct duet_prefix client = at("192.0.2.7");
	int in = 0;
	char byte;
	int k;

	while (read(begin, &byte, 1) < 0 && errno == EINTR)
		;
	for (k = 0; k < TRIES; k++)
		in += duet_throttle_enter(throttle, worker, &client, start) ==
		      0;
	_exit(write(result, &in, sizeof(in)) == sizeof(in) ? 0 : 1);
}

/* How many all processes have let in together. */
static int count_in_processes(struct duet_throttle *throttle)
{
	pid_t children[PROCESSES];
	int begin[2];
	int result[2];
	int sum = 0;
	int in;
	int status;
	int k;

	assert_int_equal(pipe(begin), 0);
	assert_int_equal(pipe(result), 0);
	for (k = 0; k < PROCESSES; k++) {
		children[k] = fork();
		assert_true(children[k] >= 0);
		if (children[k] == 0) {
			(void)close(begin[1]);
			try_and_die(throttle, (size_t)k, begin[0], result[1]);
		}
	}
	(void)close(begin[0]);
	(void)close(begin[1]);
	for (k = 0; k < PROCESSES; k++) {
		assert_int_equal(waitpid(children[k], &status, 0), children[k]);
		assert_int_equal(status, 0);
		assert_int_equal(read(result[0], &in, sizeof(in)), sizeof(in));
		sum += in;
	}
	(void)close(result[0]);
	(void)close(result[1]);
	return sum;
}

static void all_processes_have_one_account(void **state)
{
	struct duet_throttle *throttle =
		MAKE(.requests = 1000, .n_workers = PROCESSES);

	(void)state;
	assert_int_equal(count_in_processes(throttle), 1000);
	assert_int_equal(count_in_processes(throttle), 0);
	assert_int_equal(count_in(throttle, "192.0.2.7", start + 5, 10), 5);
	duet_throttle_free(throttle);
}

static void never_are_more_there_than_may_be(void **state)
{
	struct duet_throttle *throttle =
		MAKE(.concurrent = 1000, .n_workers = PROCESSES);
	int in;
	size_t k;

	(void)state;
	in = count_in_processes(throttle);
	assert_in_range(in, 1, 1000);
	/* Those that were refused have left nothing behind. */
	assert_int_equal(count_in(throttle, "192.0.2.7", start, 1001),
			 1000 - in);
	for (k = 0; k < PROCESSES; k++)
		duet_throttle_reset_worker(throttle, k);
	assert_int_equal(count_in(throttle, "192.0.2.7", start, 1001), 1000);
	duet_throttle_free(throttle);
}

static void refuses_options_that_make_no_sense(void **state)
{
	static const struct {
		struct duet_throttle_options options;
		const char *words;
	} rows[] = {
		{ { .requests = 100001, .n_workers = 1 },
		  "throttle: requests is 100001, and may be at most 100000" },
		{ { .seconds = 86401, .n_workers = 1 }, "seconds is 86401" },
		{ { .burst = 100001, .n_workers = 1 }, "burst is 100001" },
		{ { .concurrent = 100001, .n_workers = 1 }, "concurrent" },
		{ { .v4_bits = 33, .n_workers = 1 }, "v4_bits is 33" },
		{ { .v6_bits = 129, .n_workers = 1 }, "v6_bits is 129" },
		{ { .requests = 1 }, "n_workers is 0" },
		{ { .requests = 10,
		    .seconds = 86400,
		    .burst = 71,
		    .n_workers = 1 },
		  "throttle: a burst of 71 takes more than 7 days to earn at "
		  "10 requests in 86400 seconds; lower it" },
	};
	struct duet_throttle *throttle = NULL;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_throttle_new(&rows[i].options, &throttle,
						   &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, rows[i].words));
		assert_null(throttle);
	}
}

static void says_so_when_there_is_no_memory(void **state)
{
	const struct duet_throttle_options options = { .requests = 1,
						       .n_workers = 1 };
	struct duet_throttle *throttle = NULL;

	(void)state;
	memory_end_after(0);
	assert_int_equal(duet_throttle_new(&options, &throttle, NULL),
			 DUET_E_NOMEM);
	(void)memory_done();
	assert_null(throttle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_a_burst_in_and_the_others_evenly),
		cmocka_unit_test(without_a_burst_all_requests_may_come_at_once),
		cmocka_unit_test(the_rate_is_kept_exactly_in_the_long_run),
		cmocka_unit_test(
			never_more_than_requests_and_burst_in_the_time),
		cmocka_unit_test(the_extremes_come_out_right),
		cmocka_unit_test(long_ago_is_long_ago),
		cmocka_unit_test(what_must_be_rounded_is_a_thousandth_less),
		cmocka_unit_test(
			a_clock_that_is_a_step_behind_forgives_nothing),
		cmocka_unit_test(zero_limits_nothing),
		cmocka_unit_test(who_has_no_address_is_not_limited),
		cmocka_unit_test(a_client_is_a_network),
		cmocka_unit_test(counts_those_that_are_there_in_all_workers),
		cmocka_unit_test(one_that_is_refused_costs_nothing),
		cmocka_unit_test(what_a_dead_worker_had_let_in_is_over),
		cmocka_unit_test(
			of_too_many_clients_the_one_that_owes_least_is_forgotten),
		cmocka_unit_test(who_has_paid_makes_room_for_others),
		cmocka_unit_test(of_too_many_at_once_some_are_not_counted),
		cmocka_unit_test(all_processes_have_one_account),
		cmocka_unit_test(never_are_more_there_than_may_be),
		cmocka_unit_test(refuses_options_that_make_no_sense),
		cmocka_unit_test(says_so_when_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
