/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "broken/case.h"
#include "support/unit.h"

enum {
	WRONG_MAX = 37, /* columns of the table */
	NAME_MAX_BYTES = 17,
};

static void every_row_fits_the_table(void **state)
{
	const struct duet_broken_group *group;
	const struct duet_broken_case *row;
	size_t i;

	(void)state;
	for (i = 0; (row = duet_broken_at(i, &group)) != NULL; i++) {
		assert_in_range(strlen(row->name), 1, NAME_MAX_BYTES);
		assert_in_range(strlen(row->wrong), 1, WRONG_MAX);
		assert_in_range(strlen(group->title), 1, 60);
	}
	assert_int_equal(i, duet_broken_count());
	assert_null(duet_broken_at(i + 1000, NULL));
}

static void no_name_is_there_twice(void **state)
{
	const struct duet_broken_case *one;
	const struct duet_broken_group *group;
	const struct duet_broken_group *other;
	const struct duet_broken_case *two;
	size_t i, k;

	(void)state;
	for (i = 0; (one = duet_broken_at(i, &group)) != NULL; i++)
		for (k = 0; (two = duet_broken_at(k, &other)) != NULL; k++) {
			if (k != i)
				assert_string_not_equal(one->name, two->name);
			/* --only knows both kinds by one option. */
			if (strcmp(one->name, other->name) == 0)
				assert_ptr_equal(group, other);
		}
}

/* What a client refuses it can say a word about. */
static void every_refusal_has_words(void **state)
{
	const struct duet_broken_case *row;
	size_t i;

	(void)state;
	for (i = 0; (row = duet_broken_at(i, NULL)) != NULL; i++)
		if (row->exit != 0 && row->words[0] == NULL)
			fail_msg("%s has no words", row->name);
}

static void every_case_but_the_plain_one_is_over_something(void **state)
{
	const struct duet_broken_case *row;
	bool plain = false;
	size_t i;

	(void)state;
	for (i = 0; (row = duet_broken_at(i, NULL)) != NULL; i++) {
		assert_true(row->identity < DUET_BROKEN_IDENTITIES);
		if (row->identity == DUET_BROKEN_NO_TLS)
			assert_non_null(row->steps);
		plain |= strcmp(row->name, DUET_BROKEN_PLAIN) == 0;
	}
	assert_true(plain);
}

static void says_what_must_be_done(void **state)
{
	(void)state;
	assert_string_equal(duet_broken_must(&(struct duet_broken_case){ 0 }),
			    "take it");
	assert_string_equal(duet_broken_must(
				    &(struct duet_broken_case){ .exit = 18 }),
			    "call it cut");
	assert_string_equal(duet_broken_must(&(struct duet_broken_case){
				    .exit = 56, .may_take = true }),
			    "or take it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_fits_the_table),
		cmocka_unit_test(no_name_is_there_twice),
		cmocka_unit_test(every_refusal_has_words),
		cmocka_unit_test(
			every_case_but_the_plain_one_is_over_something),
		cmocka_unit_test(says_what_must_be_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
