/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "broken/doors.h"
#include "support/unit.h"

static size_t count_shown(const struct duet_broken_doors *doors)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < doors->n; i++)
		n += doors->doors[i].shown;
	return n;
}

static size_t shown_by(const char *only)
{
	struct duet_broken_doors doors;
	size_t n;

	assert_int_equal(duet_broken_doors_new(&doors, only, NULL), DUET_OK);
	n = count_shown(&doors);
	duet_broken_doors_done(&doors);
	return n;
}

static void only_takes_names_and_groups(void **state)
{
	(void)state;
	assert_int_equal(shown_by(NULL), duet_broken_count());
	assert_int_equal(shown_by("expired"), 1);
	assert_int_equal(shown_by("expired,stall"), 2);
	assert_int_equal(shown_by("ending"), 9);
	assert_int_equal(shown_by("ending,close-fin,expired"), 10);
}

static void refuses(const char *only, const char *word)
{
	struct duet_broken_doors doors;
	struct duet_error err;

	assert_int_equal(duet_broken_doors_new(&doors, only, &err),
			 DUET_E_ARGUMENT);
	if (strstr(err.text, word) == NULL)
		fail_msg("%s", err.text);
	duet_broken_doors_done(&doors);
}

static void unknown_names_are_refused_and_the_nearest_told(void **state)
{
	(void)state;
	refuses("expird", "did you mean expired?");
	refuses("expired,,stall", "''");
	refuses("", "''");
	refuses("qqqqqqqqqqqqqqqq", "--list");
	refuses("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxx",
		"--list");
}

static void ports_are_counted_whatever_is_shown(void **state)
{
	struct duet_broken_doors doors;
	size_t i;

	(void)state;
	assert_int_equal(duet_broken_doors_new(&doors, "stall", NULL), DUET_OK);
	duet_broken_doors_number(&doors, 9000);
	for (i = 0; i < doors.n; i++)
		assert_int_equal(doors.doors[i].port, 9000 + i);
	duet_broken_doors_done(&doors);
}

static void opens_what_is_shown_and_the_plain_one(void **state)
{
	const struct duet_broken_door *plain, *stall, *other;
	struct duet_broken_doors doors;

	(void)state;
	assert_int_equal(duet_broken_doors_new(&doors, "stall", NULL), DUET_OK);
	assert_int_equal(duet_broken_doors_open(&doors, NULL), DUET_OK);
	stall = duet_broken_doors_find(&doors, "stall");
	plain = duet_broken_doors_find(&doors, DUET_BROKEN_PLAIN);
	other = duet_broken_doors_find(&doors, "expired");
	assert_true(stall->fds[0] >= 0 && stall->port > 0);
	assert_true(plain->fds[0] >= 0 && plain->port > 0);
	assert_false(plain->shown);
	assert_int_equal(other->fds[0], -1);
	assert_null(duet_broken_doors_find(&doors, "nothing"));
	duet_broken_doors_done(&doors);
}

static void a_port_that_is_taken_is_named(void **state)
{
	struct duet_broken_doors one, two;
	struct duet_error err;
	char port[16];

	(void)state;
	assert_int_equal(duet_broken_doors_new(&one, "right", NULL), DUET_OK);
	assert_int_equal(duet_broken_doors_open(&one, NULL), DUET_OK);
	assert_int_equal(duet_broken_doors_new(&two, "right", NULL), DUET_OK);
	two.doors[0].port = one.doors[0].port;
	assert_int_equal(duet_broken_doors_open(&two, &err), DUET_E_SYSTEM);
	(void)snprintf(port, sizeof(port), "port %u",
		       (unsigned)one.doors[0].port);
	assert_non_null(strstr(err.text, port));
	duet_broken_doors_done(&two);
	duet_broken_doors_done(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_takes_names_and_groups),
		cmocka_unit_test(
			unknown_names_are_refused_and_the_nearest_told),
		cmocka_unit_test(ports_are_counted_whatever_is_shown),
		cmocka_unit_test(opens_what_is_shown_and_the_plain_one),
		cmocka_unit_test(a_port_that_is_taken_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
