/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/opts.h"
#include "support/unit.h"

struct today {
	size_t size;
	int known;
};

struct tomorrow {
	size_t size;
	int known;
	int padding;
	int added;
};

static void a_newer_caller_who_asks_for_nothing_new_is_served(void **state)
{
	struct tomorrow given = { .size = sizeof(given), .known = 7 };
	struct today options;
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_opts_copy(&options, sizeof(options), &given,
					"today", &err),
			 DUET_OK);
	assert_int_equal(options.known, 7);
	given.added = 1;
	assert_int_equal(duet_opts_copy(&options, sizeof(options), &given,
					"today", &err),
			 DUET_E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "today"));
}

static void an_older_caller_gets_zeroes_for_what_it_does_not_know(void **state)
{
	struct today given = { .size = sizeof(given), .known = 7 };
	struct tomorrow options;

	(void)state;
	memset(&options, 0xff, sizeof(options));
	assert_int_equal(duet_opts_copy(&options, sizeof(options), &given,
					"tomorrow", NULL),
			 DUET_OK);
	assert_int_equal(options.known, 7);
	assert_int_equal(options.added, 0);
}

static void a_forgotten_size_is_refused_and_null_is_all_zero(void **state)
{
	struct today given = { .size = 0, .known = 7 };
	struct today options;

	(void)state;
	assert_int_equal(duet_opts_copy(&options, sizeof(options), &given,
					"today", NULL),
			 DUET_E_ARGUMENT);
	assert_int_equal(duet_opts_copy(&options, sizeof(options), NULL,
					"today", NULL),
			 DUET_OK);
	assert_int_equal(options.known, 0);
}

static void returns_as_much_as_the_caller_has_room_for(void **state)
{
	struct tomorrow filled = { .size = sizeof(filled),
				   .known = 1,
				   .added = 3 };
	struct {
		struct today wanted;
		int guard;
	} caller = { { .size = sizeof(struct today) }, 99 };
	struct tomorrow whole = { .size = sizeof(whole) };

	(void)state;
	duet_opts_return(&caller.wanted, &filled, sizeof(filled));
	assert_int_equal(caller.wanted.known, 1);
	assert_int_equal(caller.wanted.size, sizeof(struct today));
	assert_int_equal(caller.guard, 99);
	duet_opts_return(&whole, &filled, sizeof(filled));
	assert_int_equal(whole.added, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_newer_caller_who_asks_for_nothing_new_is_served),
		cmocka_unit_test(
			an_older_caller_gets_zeroes_for_what_it_does_not_know),
		cmocka_unit_test(
			a_forgotten_size_is_refused_and_null_is_all_zero),
		cmocka_unit_test(returns_as_much_as_the_caller_has_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
