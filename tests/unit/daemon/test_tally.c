/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/tally.h"
#include "support/unit.h"

#define NOW INT64_C(1795486539)

enum {
	N_SITES = 9, /* more than there are in a line of a cache */
};

static struct duet_tally *new_tally(size_t n_places, bool is_shared)
{
	const struct duet_tally_options options = { .n_places = n_places,
						    .is_shared = is_shared,
						    .n_sites = N_SITES,
						    .now = NOW };
	struct duet_tally *tally = NULL;

	assert_int_equal(duet_tally_new(&options, &tally, NULL), DUET_OK);
	return tally;
}

/* Of all slots, for a while. */
static const uint64_t *sums_of(const struct duet_tally *tally)
{
	static uint64_t sums[DUET_TALLY_NUMBERS];
	size_t i;

	memset(sums, 0, sizeof(sums));
	for (i = 0; i < duet_tally_slots(tally); i++)
		duet_tally_add(tally, i, sums);
	return sums;
}

static uint64_t total(const uint64_t *sums)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < DUET_TALLY_NUMBERS; i++)
		n += sums[i];
	return n;
}

static struct duet_report a_report(const struct duet_head *head, int status)
{
	const struct duet_report report = {
		.size = sizeof(report),
		.head = head,
		.status = status,
		.sent_bytes = 1000,
		.received_bytes = 30,
		.duration_us = 700,
		.request = DUET_BY_LENGTH,
		.reply = DUET_BY_LENGTH,
	};

	return report;
}

static void a_request_is_in_one_place_of_each_kind(void **state)
{
	static const struct {
		int major, minor; /* 0.0: no head */
		size_t protocol;
	} cases[] = { { 1, 0, 0 }, { 1, 1, 1 }, { 2, 0, 2 }, { 0, 0, 3 } };
	struct duet_tally *tally = new_tally(2, false);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_head head = { .size = sizeof(head),
						.method = "GET",
						.target = "/",
						.major = cases[i].major,
						.minor = cases[i].minor };
		struct duet_report report =
			a_report(cases[i].major > 0 ? &head : NULL, 206);

		duet_tally_report(tally, i % 2, &report);
		assert_int_equal(duet_tally_requests_of(sums_of(tally),
							cases[i].protocol, 206),
				 1);
	}
	assert_int_equal(duet_tally_requests(sums_of(tally)), 4);
	assert_int_equal(sums_of(tally)[DUET_TALLY_BUCKET + 1], 4);
	assert_int_equal(sums_of(tally)[DUET_TALLY_DURATION], 4 * 700);
	assert_int_equal(sums_of(tally)[DUET_TALLY_SENT], 4 * 1000);
	assert_int_equal(sums_of(tally)[DUET_TALLY_RECEIVED], 4 * 30);
	assert_int_equal(total(sums_of(tally)), 4 * (1 + 1 + 700 + 1000 + 30));
	duet_tally_free(tally);
}

static void what_cannot_be_is_still_counted(void **state)
{
	static const int statuses[] = { 0, -1, 600, 99999 };
	struct duet_tally *tally = new_tally(1, false);
	struct duet_report report;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(statuses); i++) {
		report = a_report(NULL, statuses[i]);
		report.duration_us = -5;
		duet_tally_report(tally, 0, &report);
	}
	assert_int_equal(duet_tally_requests_of(sums_of(tally), 3, 0), 4);
	assert_int_equal(sums_of(tally)[DUET_TALLY_BUCKET], 4);
	assert_int_equal(sums_of(tally)[DUET_TALLY_DURATION], 0);
	duet_tally_free(tally);
}

static void a_duration_is_in_the_first_bucket_that_holds_it(void **state)
{
	struct duet_tally *tally = new_tally(1, false);
	struct duet_report report = a_report(NULL, 200);
	size_t i;

	(void)state;
	for (i = 0; i < DUET_TALLY_BUCKETS - 1; i++) {
		report.duration_us = duet_tally_bucket_us[i];
		duet_tally_report(tally, 0, &report);
		report.duration_us++;
		duet_tally_report(tally, 0, &report);
		/* the names say the same */
		assert_true(strtod(duet_tally_bucket_s[i], NULL) * 1e6 ==
			    (double)duet_tally_bucket_us[i]);
	}
	assert_int_equal(sums_of(tally)[DUET_TALLY_BUCKET], 1);
	for (i = 1; i < DUET_TALLY_BUCKETS - 1; i++)
		assert_int_equal(sums_of(tally)[DUET_TALLY_BUCKET + i], 2);
	assert_int_equal(sums_of(tally)[DUET_TALLY_BUCKET + i], 1);
	duet_tally_free(tally);
}

static void cuts_are_counted_by_who_and_what(void **state)
{
	const size_t by_peer = DUET_TALLY_CUTS;
	struct duet_tally *tally = new_tally(1, false);
	struct duet_report report = a_report(NULL, 200);

	(void)state;
	report.cut = DUET_CUT_RESET; /* by nobody: it is none */
	report.reply = DUET_BY_NONE;
	duet_tally_report(tally, 0, &report);
	assert_int_equal(sums_of(tally)[DUET_TALLY_CUT_REPLY + by_peer +
					DUET_CUT_RESET],
			 0);
	report.cut_by = DUET_SIDE_PEER;
	duet_tally_report(tally, 0, &report);
	assert_int_equal(sums_of(tally)[DUET_TALLY_CUT_REPLY + by_peer +
					DUET_CUT_RESET],
			 1);
	report.cut_by = DUET_SIDE_US;
	report.cut = DUET_CUT_TIMEOUT;
	report.reply = DUET_BY_LENGTH;
	report.request = DUET_BY_NONE;
	duet_tally_report(tally, 0, &report);
	assert_int_equal(sums_of(tally)[DUET_TALLY_CUT_REQUEST +
					DUET_CUT_TIMEOUT],
			 1);
	assert_int_equal(sums_of(tally)[DUET_TALLY_CUT_REPLY +
					DUET_CUT_TIMEOUT],
			 0);
	duet_tally_free(tally);
}

static void tell(struct duet_tally *tally, size_t slot,
		 enum duet_connection_event event)
{
	const struct duet_connection_report report = {
		.size = sizeof(report),
		.event = event,
		.peer = "192.0.2.7:1",
		.tls_version = "TLSv1.3",
	};

	duet_tally_connection(tally, slot, &report);
}

static void every_failure_has_a_word_and_one_place(void **state)
{
	static const struct {
		int code;
		enum duet_cut cut;
		const char *word;
	} cases[] = {
		{ DUET_E_NOT_TLS, DUET_CUT_PROTOCOL, "not_tls" },
		{ DUET_E_TLS_VERSION, DUET_CUT_ALERT, "tls_version" },
		{ DUET_E_TLS_CIPHER, DUET_CUT_ALERT, "tls_cipher" },
		{ DUET_E_UNTRUSTED, DUET_CUT_ALERT, "untrusted_issuer" },
		{ DUET_E_SERVER_NAME, DUET_CUT_ALERT, "unknown_server_name" },
		{ DUET_E_TIMEOUT, DUET_CUT_TIMEOUT, "timeout" },
		{ DUET_E_TLS, DUET_CUT_ALERT, "tls" },
		{ DUET_E_TLS, DUET_CUT_FIN, "peer_left" },
		{ DUET_E_TRUNCATED, DUET_CUT_CLOSE_NOTIFY, "peer_left" },
		{ DUET_E_TLS, DUET_CUT_RESET, "peer_reset" },
		{ DUET_E_NOMEM, DUET_CUT_LOCAL, "other" },
		{ -999, DUET_CUT_ALERT, "other" },
	};
	struct duet_tally *tally = new_tally(1, false);
	struct duet_error error = { .code = 0 };
	uint64_t before;
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const struct duet_connection_report report = {
			.size = sizeof(report),
			.event = DUET_CONNECTION_FAILED,
			.cut = cases[i].cut,
			.error = &error,
		};

		for (k = 0; strcmp(duet_tally_reason(k), cases[i].word) != 0;
		     k++)
			;
		error.code = cases[i].code;
		before = sums_of(tally)[DUET_TALLY_FAILED + k];
		duet_tally_connection(tally, 0, &report);
		assert_int_equal(sums_of(tally)[DUET_TALLY_FAILED + k],
				 before + 1);
		assert_int_equal(total(sums_of(tally)), i + 1);
	}
	duet_tally_free(tally);
}

static void connections_are_open_until_they_close(void **state)
{
	struct duet_tally *tally = new_tally(2, false);
	struct duet_tally_life life;

	(void)state;
	tell(tally, 1, DUET_CONNECTION_OPENED);
	tell(tally, 1, DUET_CONNECTION_OPENED);
	tell(tally, 1, DUET_CONNECTION_SECURED);
	tell(tally, 1, DUET_CONNECTION_CLOSED);
	duet_tally_life(tally, 1, &life);
	assert_int_equal(life.open, 1);
	assert_int_equal(sums_of(tally)[DUET_TALLY_OPENED], 2);
	assert_int_equal(sums_of(tally)[DUET_TALLY_HANDSHAKE + 2], 1);
	duet_tally_life(tally, 0, &life);
	assert_int_equal(life.open, 0);
	duet_tally_free(tally);
}

static void totals_outlive_a_worker_and_its_connections_do_not(void **state)
{
	struct duet_tally *tally = new_tally(1, false);
	struct duet_report report = a_report(NULL, 200);
	struct duet_tally_life life;

	(void)state;
	duet_tally_born(tally, 0, 17, NOW);
	duet_tally_stage(tally, 0, DUET_TALLY_ACCEPTS);
	duet_tally_under_way(tally, 0, 2);
	tell(tally, 0, DUET_CONNECTION_OPENED);
	duet_tally_report(tally, 0, &report);
	duet_tally_life(tally, 0, &life);
	assert_int_equal(life.pid, 17);
	assert_int_equal(life.since, NOW);
	assert_int_equal(life.stage, DUET_TALLY_ACCEPTS);
	assert_int_equal(life.under_way, 2);
	duet_tally_died(tally, 0);
	duet_tally_life(tally, 0, &life);
	assert_int_equal(life.pid, 0);
	assert_int_equal(life.open, 0);
	assert_int_equal(life.under_way, 0);
	assert_int_equal(life.stage, DUET_TALLY_BEGINS);
	duet_tally_born(tally, 0, 18, NOW + 1);
	duet_tally_life(tally, 0, &life);
	assert_int_equal(life.starts, 2);
	assert_int_equal(life.stage, DUET_TALLY_BEGINS);
	assert_int_equal(duet_tally_requests(sums_of(tally)), 1);
	assert_int_equal(sums_of(tally)[DUET_TALLY_OPENED], 1);
	duet_tally_free(tally);
}

enum {
	CHILDREN = 4,
	EACH = 20000,
};

static void processes_of_one_slot_lose_nothing(void **state)
{
	struct duet_tally *tally = new_tally(CHILDREN, true);
	struct duet_report report = a_report(NULL, 200);
	pid_t pids[CHILDREN];
	int status;
	int i;
	int k;

	(void)state;
	for (i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] > 0)
			continue;
		for (k = 0; k < EACH; k++) {
			duet_tally_report(tally, (size_t)i, &report);
			duet_tally_site(tally, (size_t)i, N_SITES - 1);
		}
		_exit(0);
	}
	for (i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(duet_tally_requests(sums_of(tally)), CHILDREN * EACH);
	assert_int_equal(sums_of(tally)[DUET_TALLY_SENT],
			 CHILDREN * EACH * 1000);
	assert_int_equal(duet_tally_of_site(tally, N_SITES - 1),
			 CHILDREN * EACH);
	duet_tally_free(tally);
}

static void sites_are_counted_apart(void **state)
{
	struct duet_tally *tally = new_tally(2, false);
	size_t place;
	size_t site;
	size_t i;

	(void)state;
	for (place = 0; place < 2; place++)
		for (site = 0; site < N_SITES; site++)
			for (i = 0; i < 10 * place + site; i++)
				duet_tally_site(tally, place, site);
	for (site = 0; site < N_SITES; site++)
		assert_int_equal(duet_tally_of_site(tally, site),
				 10 + 2 * site);
	assert_int_equal(total(sums_of(tally)), 0);
	duet_tally_free(tally);
}

/* What is cut at the end: by those who are told to stop, and by death. */
static void what_is_cut_short_is_what_the_end_has_cut(void **state)
{
	struct duet_tally *tally = new_tally(2, false);
	const struct duet_error gone = { .code = DUET_E_GONE };
	const struct duet_error late = { .code = DUET_E_TIMEOUT };
	struct duet_report report = a_report(NULL, 200);

	(void)state;
	duet_tally_under_way(tally, 0, 3);
	duet_tally_under_way(tally, 1, 4);
	assert_int_equal(duet_tally_all_under_way(tally), 7);
	report.cut_by = DUET_SIDE_US;
	report.reply = DUET_BY_NONE;
	report.error = &gone;
	duet_tally_report(tally, 0, &report); /* its handler gave it up */
	duet_tally_died(tally, 1);            /* a crash */
	assert_int_equal(duet_tally_cut_short(tally), 0);
	duet_tally_set_state(tally, DUET_TALLY_DRAINING);
	duet_tally_stage(tally, 0, DUET_TALLY_DRAINS);
	duet_tally_under_way(tally, 0, 2);
	duet_tally_report(tally, 0, &report);
	assert_int_equal(duet_tally_cut_short(tally), 1);
	report.error = &late;
	report.cut = DUET_CUT_TIMEOUT;
	duet_tally_report(tally, 0, &report);
	assert_int_equal(duet_tally_cut_short(tally), 2);
	report.cut_by = DUET_SIDE_PEER; /* what they give up is no cut */
	duet_tally_report(tally, 0, &report);
	/* Whole, but for the body of the request. */
	report.cut_by = DUET_SIDE_US;
	report.reply = DUET_BY_LENGTH;
	report.error = &gone;
	report.request = DUET_BY_NONE;
	duet_tally_report(tally, 0, &report);
	assert_int_equal(duet_tally_cut_short(tally), 2);
	/* Whole, but for what TCP still had of it. */
	report.request = DUET_BY_LENGTH;
	duet_tally_report(tally, 0, &report);
	assert_int_equal(duet_tally_cut_short(tally), 3);
	duet_tally_died(tally, 0);
	assert_int_equal(duet_tally_cut_short(tally), 5);
	assert_int_equal(duet_tally_all_under_way(tally), 0);
	duet_tally_free(tally);
}

static void without_numbers_there_are_lives(void **state)
{
	const struct duet_tally_options options = { .n_places = 1,
						    .no_numbers = true,
						    .n_sites = N_SITES,
						    .now = NOW };
	struct duet_report report = a_report(NULL, 200);
	struct duet_tally *tally = NULL;

	(void)state;
	assert_int_equal(duet_tally_new(&options, &tally, NULL), DUET_OK);
	duet_tally_report(tally, 0, &report);
	duet_tally_site(tally, 0, 1);
	tell(tally, 0, DUET_CONNECTION_OPENED);
	duet_tally_under_way(tally, 0, 5);
	assert_int_equal(duet_tally_slots(tally), 0);
	assert_int_equal(duet_tally_of_site(tally, 1), 0);
	assert_int_equal(duet_tally_all_under_way(tally), 5);
	duet_tally_free(tally);
	duet_tally_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_in_one_place_of_each_kind),
		cmocka_unit_test(what_cannot_be_is_still_counted),
		cmocka_unit_test(
			a_duration_is_in_the_first_bucket_that_holds_it),
		cmocka_unit_test(cuts_are_counted_by_who_and_what),
		cmocka_unit_test(every_failure_has_a_word_and_one_place),
		cmocka_unit_test(connections_are_open_until_they_close),
		cmocka_unit_test(
			totals_outlive_a_worker_and_its_connections_do_not),
		cmocka_unit_test(processes_of_one_slot_lose_nothing),
		cmocka_unit_test(sites_are_counted_apart),
		cmocka_unit_test(what_is_cut_short_is_what_the_end_has_cut),
		cmocka_unit_test(without_numbers_there_are_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
