/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "net/resolve.h"
#include "support/unit.h"

static pthread_mutex_t name_server = PTHREAD_MUTEX_INITIALIZER;

typedef int getaddrinfo_fn(const char *, const char *, const struct addrinfo *,
			   struct addrinfo **);

/* In front of the C library's: a name that takes as long as we like. */
int getaddrinfo(const char *name, const char *service,
		const struct addrinfo *hints, struct addrinfo **ret)
{
	getaddrinfo_fn *real = NULL;

	if (strcmp(name, "hangs.invalid") == 0) {
		(void)pthread_mutex_lock(&name_server);
		(void)pthread_mutex_unlock(&name_server);
		return EAI_AGAIN;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, ret);
}

struct answer {
	int calls;
	size_t n;
	struct duet_address first;
	struct duet_error err;
	struct duet_lookup *freed_inside;
};

static void on_resolved(void *arg, const struct duet_address *addresses,
			size_t n, const struct duet_error *err)
{
	struct answer *answer = arg;

	answer->calls++;
	answer->n = n;
	duet_lookup_free(answer->freed_inside);
	if (err != NULL)
		answer->err = *err;
	else
		answer->first = addresses[0];
}

static struct duet_loop *new_loop(void)
{
	struct duet_loop *loop = NULL;

	assert_int_equal(duet_loop_new(&loop, NULL), DUET_OK);
	return loop;
}

static int sought(struct duet_loop *loop, const char *host,
		  struct answer *answer, struct duet_lookup **ret,
		  struct duet_error *err)
{
	return duet_lookup_new(loop, &(struct duet_sought){ host, 443, 0 },
			       on_resolved, answer, ret, err);
}

static struct duet_lookup *look_up(struct duet_loop *loop, const char *host,
				   struct answer *answer)
{
	struct duet_lookup *lookup = NULL;

	assert_int_equal(sought(loop, host, answer, &lookup, NULL), DUET_OK);
	assert_int_equal(answer->calls, 0);
	return lookup;
}

static void wait_for(struct duet_loop *loop, const struct answer *answer)
{
	while (answer->calls == 0)
		assert_int_equal(duet_loop_step(loop, -1, NULL), DUET_OK);
	assert_int_equal(answer->calls, 1);
}

static void finds_localhost(void **state)
{
	struct duet_loop *loop = new_loop();
	struct answer answer = { 0 };
	struct duet_lookup *lookup = look_up(loop, "localhost", &answer);

	(void)state;
	wait_for(loop, &answer);
	assert_true(answer.n >= 1);
	assert_int_equal(duet_address_port(&answer.first), 443);
	duet_lookup_free(lookup);
	duet_loop_free(loop);
}

static void says_which_name_has_no_address(void **state)
{
	struct duet_loop *loop = new_loop();
	struct answer answer = { 0 };
	struct duet_lookup *lookup =
		look_up(loop, "no-such-host.invalid", &answer);

	(void)state;
	wait_for(loop, &answer);
	assert_int_equal(answer.n, 0);
	assert_int_equal(answer.err.code, DUET_E_RESOLVE);
	assert_non_null(strstr(answer.err.text, "'no-such-host.invalid'"));
	duet_lookup_free(lookup);
	duet_loop_free(loop);
}

static void may_be_freed_in_its_own_callback(void **state)
{
	struct duet_loop *loop = new_loop();
	struct answer answer = { 0 };

	(void)state;
	answer.freed_inside = look_up(loop, "localhost", &answer);
	wait_for(loop, &answer);
	duet_loop_free(loop);
}

static void may_be_abandoned_at_any_moment(void **state)
{
	struct duet_loop *loop = new_loop();
	struct answer answer = { 0 };
	struct duet_lookup *lookup;
	int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		lookup = look_up(loop, "localhost", &answer);
		if (i % 2 == 1)
			assert_int_equal(duet_loop_step(loop, 0, NULL),
					 DUET_OK);
		answer.calls = 0;
		duet_lookup_free(lookup);
		assert_int_equal(duet_loop_step(loop, 0, NULL), DUET_OK);
		assert_int_equal(answer.calls, 0);
	}
	duet_loop_free(loop);
}

static void gives_up_only_so_many(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_lookup *lookup = NULL;
	struct answer answer = { 0 };
	struct duet_error err;
	int n = 0;
	int rc;

	(void)state;
	(void)pthread_mutex_lock(&name_server);
	/* One that an earlier test gave up may still be on its way. */
	while ((rc = sought(loop, "hangs.invalid", &answer, &lookup, &err)) ==
	       DUET_OK) {
		duet_lookup_free(lookup);
		assert_true(++n <= DUET_RESOLVE_ABANDONED_MAX);
	}
	assert_int_equal(rc, DUET_E_RESOLVE);
	assert_true(n > 0);
	assert_non_null(strstr(err.text, "16 lookups"));
	(void)pthread_mutex_unlock(&name_server);
	/* As soon as the first is over. */
	while ((rc = sought(loop, "localhost", &answer, &lookup, &err)) ==
	       DUET_E_RESOLVE)
		(void)sched_yield();
	assert_int_equal(rc, DUET_OK);
	wait_for(loop, &answer);
	assert_true(answer.n >= 1);
	duet_lookup_free(lookup);
	duet_loop_free(loop);
}

static void asks_for_one_family_alone(void **state)
{
	static const sa_family_t families[] = { AF_INET, AF_INET6 };
	struct duet_loop *loop = new_loop();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(families); i++) {
		const struct duet_sought localhost = { "localhost", 443,
						       families[i] };
		struct duet_lookup *lookup = NULL;
		struct answer answer = { 0 };

		assert_int_equal(duet_lookup_new(loop, &localhost, on_resolved,
						 &answer, &lookup, NULL),
				 DUET_OK);
		wait_for(loop, &answer);
		duet_lookup_free(lookup);
		if (answer.n > 0)
			assert_int_equal(answer.first.storage.ss_family,
					 families[i]);
		else
			assert_non_null(strstr(answer.err.text,
					       duet_family_words(families[i])));
	}
	duet_loop_free(loop);
}

static void refuses_names_longer_than_any(void **state)
{
	struct duet_loop *loop = new_loop();
	struct duet_lookup *lookup = NULL;
	struct duet_error err = { 0 };
	char host[DUET_HOST_BYTES + 1];

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_int_equal(sought(loop, host, NULL, &lookup, &err),
			 DUET_E_RESOLVE);
	assert_non_null(strstr(err.text, "256 bytes"));
	duet_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_localhost),
		cmocka_unit_test(says_which_name_has_no_address),
		cmocka_unit_test(may_be_freed_in_its_own_callback),
		cmocka_unit_test(may_be_abandoned_at_any_moment),
		cmocka_unit_test(gives_up_only_so_many),
		cmocka_unit_test(asks_for_one_family_alone),
		cmocka_unit_test(refuses_names_longer_than_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
