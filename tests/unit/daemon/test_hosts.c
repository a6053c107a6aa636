/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "daemon/hosts.h"
#include "support/unit.h"

#define NONE DUET_HOSTS_NONE

static const char *const names_0[] = { "a.org", "*.a.org", NULL };
static const char *const names_1[] = { "X.a.org", "b.org", NULL };
static const char *const names_2[] = { "*.Wild.org", NULL };
static const char *const no_names[] = { NULL };

static void a_name_is_found_as_it_is_then_by_its_wildcard(void **state)
{
	static const struct {
		const char *name;
		size_t with_default;
		size_t without;
	} table[] = {
		{ "a.org", 0, 0 },        { "A.ORG.", 0, 0 },
		{ "w.a.org", 0, 0 },      { "x.a.org", 1, 1 },
		{ "v.w.a.org", 3, NONE }, { "b.org", 1, 1 },
		{ "w.b.org", 3, NONE },   { "wild.org", 3, NONE },
		{ "w.wild.org", 2, 2 },   { ".wild.org", 3, NONE },
		{ "*.wild.org", 2, 2 },   { "", 3, NONE },
		{ ".", 3, NONE },         { "org", 3, NONE },
		{ "c.org", 3, NONE },
	};
	const struct duet_service_site sites[] = {
		{ .names = names_0, .n_names = 2 },
		{ .names = names_1, .n_names = 2 },
		{ .names = names_2, .n_names = 1 },
		{ .names = no_names },
	};
	struct duet_hosts *with = NULL;
	struct duet_hosts *without = NULL;
	size_t i;

	(void)state;
	assert_int_equal(duet_hosts_new(sites, 4, &with, NULL), DUET_OK);
	assert_int_equal(duet_hosts_new(sites, 3, &without, NULL), DUET_OK);
	assert_int_equal(duet_hosts_default(with), 3);
	assert_true(duet_hosts_default(without) == NONE);
	for (i = 0; i < COUNT(table); i++) {
		struct duet_bytes name = duet_str(table[i].name);

		if (duet_hosts_find(with, name) != table[i].with_default ||
		    duet_hosts_find(without, name) != table[i].without)
			fail_msg("'%s'", table[i].name);
	}
	duet_hosts_free(with);
	duet_hosts_free(without);
	duet_hosts_free(NULL);
}

static void a_site_may_have_names_and_be_the_default(void **state)
{
	const struct duet_service_site sites[] = {
		{ .names = names_1, .n_names = 2 },
		{ .names = names_0, .n_names = 2, .is_default = true },
	};
	struct duet_hosts *hosts = NULL;

	(void)state;
	assert_int_equal(duet_hosts_new(sites, 2, &hosts, NULL), DUET_OK);
	assert_int_equal(duet_hosts_default(hosts), 1);
	assert_int_equal(duet_hosts_find(hosts, duet_str("unknown.org")), 1);
	assert_int_equal(duet_hosts_find(hosts, duet_str("b.org")), 0);
	duet_hosts_free(hosts);
}

static void people_are_told_a_name_that_answers(void **state)
{
	static const char *const local[] = { "z.org", "localhost", NULL };
	static const struct {
		struct duet_service_site sites[2];
		size_t n;
		const char *name;
	} cases[] = {
		{ { { .names = names_0, .n_names = 2 } }, 1, "a.org" },
		{ { { .names = names_2, .n_names = 1 } }, 1, "*.Wild.org" },
		{ { { .names = names_2, .n_names = 1 },
		    { .names = names_1, .n_names = 2 } },
		  2,
		  "X.a.org" },
		{ { { .names = names_0, .n_names = 2 },
		    { .names = local, .n_names = 2 } },
		  2,
		  NULL },
		{ { { .names = names_0, .n_names = 2 }, { .names = no_names } },
		  2,
		  NULL },
		{ { { .names = names_0, .n_names = 2, .is_default = true } },
		  1,
		  NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_hosts *hosts = NULL;
		const char *name;

		assert_int_equal(duet_hosts_new(cases[i].sites, cases[i].n,
						&hosts, NULL),
				 DUET_OK);
		name = duet_hosts_shown(hosts, cases[i].sites, cases[i].n);
		if (cases[i].name == NULL)
			assert_null(name);
		else
			assert_string_equal(name, cases[i].name);
		duet_hosts_free(hosts);
	}
}

/* Nothing of it is longer to find with many of them; nothing is lost. */
static void thousands_of_names_are_found(void **state)
{
	enum {
		N = 5000,
	};
	static struct duet_service_site sites[N];
	static const char *lists[N][2];
	static char names[N][24];
	struct duet_hosts *hosts = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "s%zu.example", i);
		lists[i][0] = names[i];
		sites[i] = (struct duet_service_site){ .names = lists[i],
						       .n_names = 1 };
	}
	assert_int_equal(duet_hosts_new(sites, N, &hosts, NULL), DUET_OK);
	for (i = 0; i < N; i++)
		assert_int_equal(duet_hosts_find(hosts, duet_str(names[i])), i);
	assert_true(duet_hosts_find(hosts, duet_str("s5000.example")) == NONE);
	duet_hosts_free(hosts);
}

static void the_name_of_a_request_has_no_port(void **state)
{
	static const struct {
		const char *target;
		const char *host; /* NULL: there is no such field */
		const char *name;
	} table[] = {
		{ "/", "a.org", "a.org" },
		{ "/", "a.org:8443", "a.org" },
		{ "/", "[::1]:443", "[::1]" },
		{ "/", "[::1]", "[::1]" },
		{ "/", "127.0.0.1:1", "127.0.0.1" },
		{ "/", "", "" },
		{ "/", NULL, "" },
		{ "https://b.org:1/x", "a.org", "b.org" },
		{ "http://b.org/x", NULL, "b.org" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(table); i++) {
		const struct duet_header headers[] = {
			{ table[i].host != NULL ? "Host" : NULL,
			  table[i].host },
			{ 0 },
		};
		struct duet_bytes name = duet_hosts_name(
			DUET_HEAD(.method = "GET", .target = table[i].target,
				  .headers = headers));

		assert_int_equal(name.len, strlen(table[i].name));
		if (name.len > 0)
			assert_memory_equal(name.data, table[i].name, name.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_found_as_it_is_then_by_its_wildcard),
		cmocka_unit_test(a_site_may_have_names_and_be_the_default),
		cmocka_unit_test(people_are_told_a_name_that_answers),
		cmocka_unit_test(thousands_of_names_are_found),
		cmocka_unit_test(the_name_of_a_request_has_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
