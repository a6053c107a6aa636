/* SPDX-License-Identifier: MIT */
/* Several requests on one connection: what each of them gets, and when. */
#include <stdio.h>
#include <string.h>

#include <duet/client.h>

#include "support/h2_stub.h"
#include "support/memory.h"
#include "support/unit.h"

enum {
	MANY = 20,
	LARGE = 3 << 20, /* more than a window */
};

static struct h2_stub stub;

static int set_up(void **state)
{
	(void)state;
	h2_stub_start(&stub, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	h2_stub_stop(&stub);
	return 0;
}

struct one {
	struct duet_client *client;
	struct duet_response *response;
	struct duet_error err;
	int calls;
	bool free_at_once;
	size_t bytes;
	int rc; /* of the last read */
};

static void on_done(struct duet_response *response,
		    const struct duet_error *error, void *arg)
{
	struct one *one = arg;

	one->calls++;
	one->response = response;
	one->rc = DUET_WANT_READ;
	if (error != NULL) {
		one->rc = error->code;
		one->err = *error;
	}
	if (!one->free_at_once)
		return;
	duet_response_free(response);
	one->response = NULL;
	one->rc = DUET_EOF;
}

static struct duet_client *new_client(void)
{
	return duet_client_new(DUET_CLIENT(.tls = stub.client), NULL);
}

static int start(struct duet_client *client, struct one *one, const char *path,
		 struct duet_error *err)
{
	char url[128];

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u%s",
		       (unsigned)stub.port, path);
	one->client = client;
	one->rc = DUET_WANT_READ;
	return duet_start(client, DUET_REQUEST(.url = url), on_done, one, err);
}

/* What there is of it. */
static void read_some(struct one *one)
{
	char buf[65536];
	size_t n;

	if (one->response == NULL)
		return;
	while ((one->rc = duet_response_read(one->response, buf, sizeof(buf),
					     &n, &one->err)) == DUET_OK)
		one->bytes += n;
	if (one->rc == DUET_WANT_READ)
		return;
	duet_response_free(one->response);
	one->response = NULL;
}

/* Until those from the first on are over; the others are not read. */
static void go_on(struct duet_client *client, struct one *all, size_t first,
		  size_t n)
{
	size_t over = 0;
	size_t i;

	while (over < n - first) {
		assert_int_equal(duet_client_step(client, -1, NULL), DUET_OK);
		over = 0;
		for (i = first; i < n; i++) {
			read_some(&all[i]);
			over += all[i].rc != DUET_WANT_READ;
		}
	}
}

static void each_gets_its_own(void **state)
{
	struct duet_client *client = new_client();
	struct one all[MANY] = { { 0 } };
	int before = stub.seen->connections;
	char path[32];
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "/%zu", i * 1000);
		assert_int_equal(start(client, &all[i], path, NULL), DUET_OK);
	}
	go_on(client, all, 0, MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(all[i].rc, DUET_EOF);
		assert_int_equal(all[i].bytes, i * 1000);
	}
	duet_client_free(client);
	assert_int_equal(stub.seen->connections, before + 1);
}

static void who_is_not_read_stalls_nobody(void **state)
{
	struct duet_client *client = new_client();
	struct one all[MANY] = { { 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_int_equal(start(client, &all[i],
				       i < 2 ? "/3145728" : "/5", NULL),
				 DUET_OK);
	go_on(client, all, 2, MANY);
	for (i = 2; i < MANY; i++)
		assert_int_equal(all[i].bytes, 5);
	/* What has been put aside of the two is in order. */
	go_on(client, all, 0, 2);
	assert_int_equal(all[0].bytes, LARGE);
	assert_int_equal(all[1].bytes, LARGE);
	duet_client_free(client);
}

static void who_is_given_up_leaves_the_others(void **state)
{
	struct duet_client *client = new_client();
	struct one all[MANY] = { { 0 } };
	int connections = stub.seen->connections;
	int cancelled = stub.seen->cancelled;
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		all[i].free_at_once = i % 2 == 0;
		assert_int_equal(start(client, &all[i], "/3145728", NULL),
				 DUET_OK);
	}
	go_on(client, all, 0, MANY);
	for (i = 1; i < MANY; i += 2) {
		assert_int_equal(all[i].rc, DUET_EOF);
		assert_int_equal(all[i].bytes, LARGE);
	}
	duet_client_free(client);
	assert_int_equal(stub.seen->connections, connections + 1);
	assert_int_equal(stub.seen->cancelled, cancelled + MANY / 2);
}

static int pause_for_ever(void *arg, void *buf, size_t cap, size_t *n)
{
	(void)arg;
	(void)buf;
	(void)cap;
	*n = 0;
	return DUET_PAUSE;
}

/* All of it came, and the rest of the question was told not to be wanted,
 * before anybody looked. */
static void an_early_answer_is_kept_for_who_asked(void **state)
{
	struct duet_client *client = new_client();
	struct one waiting = { 0 };
	struct one one = { .client = client, .rc = DUET_WANT_READ };
	char url[64];

	(void)state;
	assert_int_equal(start(client, &waiting, "/wait", NULL), DUET_OK);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/5",
		       (unsigned)stub.port);
	assert_int_equal(duet_start(client,
				    DUET_REQUEST(.url = url,
						 .source = pause_for_ever),
				    on_done, &one, NULL),
			 DUET_OK);
	go_on(client, &one, 0, 1);
	if (one.rc != DUET_EOF)
		fail_msg("%s", one.err.text);
	assert_int_equal(one.bytes, 5);
	assert_int_equal(waiting.calls, 0);
	duet_client_free(client);
}

static void what_is_cut_is_cut_for_one(void **state)
{
	struct duet_client *client = new_client();
	struct one all[MANY] = { { 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_int_equal(start(client, &all[i],
				       i % 4 == 0 ? "/100000/cut" : "/100000",
				       NULL),
				 DUET_OK);
	go_on(client, all, 0, MANY);
	for (i = 0; i < MANY; i++)
		assert_int_equal(all[i].rc,
				 i % 4 == 0 ? DUET_E_TRUNCATED : DUET_EOF);
	duet_client_free(client);
}

static void a_connection_that_dies_tells_all(void **state)
{
	struct duet_client *client = new_client();
	struct one all[MANY] = { { 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_int_equal(start(client, &all[i],
				       i == MANY - 1 ? "/9000/die" : "/wait",
				       NULL),
				 DUET_OK);
	go_on(client, all, 0, MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(all[i].rc, DUET_E_TRUNCATED);
		assert_int_equal(all[i].calls, 1);
	}
	duet_client_free(client);
}

static void a_client_that_goes_ends_all(void **state)
{
	struct duet_client *client = new_client();
	struct one all[3] = { { 0 } };
	char byte;
	size_t n;
	size_t i;

	(void)state;
	assert_int_equal(start(client, &all[0], "/3145728", NULL), DUET_OK);
	assert_int_equal(start(client, &all[1], "/wait", NULL), DUET_OK);
	assert_int_equal(start(client, &all[2], "/wait", NULL), DUET_OK);
	while (all[0].calls == 0)
		assert_int_equal(duet_client_step(client, -1, NULL), DUET_OK);
	duet_client_free(client);
	for (i = 1; i < COUNT(all); i++)
		assert_int_equal(all[i].rc, DUET_E_GONE);
	assert_int_equal(duet_response_read(all[0].response, &byte, 1, &n,
					    NULL),
			 DUET_E_GONE);
	duet_response_free(all[0].response);
}

/* Frees the client while its connection hands out what has come. */
static void on_done_free(struct duet_response *response,
			 const struct duet_error *error, void *arg)
{
	struct one *one = arg;

	on_done(response, error, arg);
	duet_response_free(response);
	one->response = NULL;
	duet_client_free(one->client);
}

static void a_client_may_go_in_the_midst_of_it(void **state)
{
	struct duet_client *client = new_client();
	struct one all[MANY] = { { 0 } };
	struct one last = { .client = client };
	char url[64];
	size_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		assert_int_equal(start(client, &all[i], "/wait", NULL),
				 DUET_OK);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/5",
		       (unsigned)stub.port);
	assert_int_equal(duet_start(client, DUET_REQUEST(.url = url),
				    on_done_free, &last, NULL),
			 DUET_OK);
	while (duet_client_step(client, -1, NULL) == DUET_OK)
		assert_int_equal(last.calls, 0);
	for (i = 0; i < MANY; i++)
		assert_int_equal(all[i].rc, DUET_E_GONE);
}

static void wait_for_all(struct duet_client *client, struct one *all, size_t n)
{
	struct duet_error err;
	size_t over = 0;
	size_t i;

	while (over < n) {
		if (duet_client_step(client, -1, &err) != DUET_OK)
			return;
		for (over = 0, i = 0; i < n; i++) {
			read_some(&all[i]);
			over += all[i].rc != DUET_WANT_READ;
		}
	}
}

/* With as little memory as that: none may hang, and none is whole that is not.
 * true: there was enough. */
static bool try_with(long n)
{
	struct duet_client *client;
	struct one all[4] = { { 0 } };
	struct duet_error err;
	bool failed;
	size_t i;

	memory_fail(n);
	client = new_client();
	for (i = 0; client != NULL && i < COUNT(all); i++)
		if (start(client, &all[i], "/40000", &err) != DUET_OK)
			all[i].rc = err.code;
	if (client != NULL)
		wait_for_all(client, all, COUNT(all));
	for (i = 0; i < COUNT(all); i++)
		duet_response_free(all[i].response);
	duet_client_free(client);
	failed = memory_done();
	for (i = 0; i < COUNT(all); i++) {
		if (all[i].rc == DUET_EOF)
			assert_int_equal(all[i].bytes, 40000);
		if (!failed)
			assert_int_equal(all[i].rc, DUET_EOF);
	}
	return !failed;
}

static void survives_any_allocation_that_fails(void **state)
{
	long n = 0;

	(void)state;
	while (!try_with(n))
		assert_true(++n < 5000);
	assert_true(n > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_its_own),
		cmocka_unit_test(who_is_not_read_stalls_nobody),
		cmocka_unit_test(who_is_given_up_leaves_the_others),
		cmocka_unit_test(an_early_answer_is_kept_for_who_asked),
		cmocka_unit_test(what_is_cut_is_cut_for_one),
		cmocka_unit_test(a_connection_that_dies_tells_all),
		cmocka_unit_test(a_client_that_goes_ends_all),
		cmocka_unit_test(a_client_may_go_in_the_midst_of_it),
		cmocka_unit_test(survives_any_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
