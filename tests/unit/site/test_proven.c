/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "site/proven.h"
#include "support/unit.h"

enum {
	NOW = 1000,
	MANY = 20000,
};

static struct duet_proven proven;

static int set_up(void **state)
{
	(void)state;
	memset(&proven, 0, sizeof(proven));
	return 0;
}

/* Number i of those that share a row. */
static const uint8_t *digest_of(unsigned row, unsigned i)
{
	static uint8_t digest[DUET_MAC_BYTES];

	memset(digest, 0, sizeof(digest));
	digest[1] = (uint8_t)row;
	digest[30] = (uint8_t)(i >> 8);
	digest[31] = (uint8_t)i;
	return digest;
}

static void what_was_proven_is_known_for_a_while(void **state)
{
	(void)state;
	/* All zero is no digest that is known. */
	assert_false(duet_proven_has(&proven, digest_of(0, 0), NOW));
	duet_proven_add(&proven, digest_of(0, 1), NOW);
	assert_true(duet_proven_has(&proven, digest_of(0, 1), NOW));
	assert_false(duet_proven_has(&proven, digest_of(0, 2), NOW));
	assert_false(duet_proven_has(&proven, digest_of(0, 0), NOW));
	assert_true(duet_proven_has(&proven, digest_of(0, 1),
				    NOW + DUET_PROVEN_MS - 1));
	assert_false(duet_proven_has(&proven, digest_of(0, 1),
				     NOW + DUET_PROVEN_MS));
}

static void the_oldest_goes_where_there_is_no_room(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < DUET_PROVEN_ROW; i++)
		duet_proven_add(&proven, digest_of(3, i), NOW + i);
	/* Proven again, and no longer the oldest. */
	duet_proven_add(&proven, digest_of(3, 0), NOW + 100);
	for (i = 0; i < DUET_PROVEN_ROW; i++)
		assert_true(duet_proven_has(&proven, digest_of(3, i), NOW));
	duet_proven_add(&proven, digest_of(3, 99), NOW + 101);
	assert_true(duet_proven_has(&proven, digest_of(3, 99), NOW));
	assert_false(duet_proven_has(&proven, digest_of(3, 1), NOW));
	assert_true(duet_proven_has(&proven, digest_of(3, 0), NOW));
	for (i = 2; i < DUET_PROVEN_ROW; i++)
		assert_true(duet_proven_has(&proven, digest_of(3, i), NOW));
}

static void there_are_as_many_as_there_is_room_for(void **state)
{
	size_t n = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < MANY; i++)
		duet_proven_add(&proven, digest_of(i % 256, i), NOW);
	for (i = 0; i < MANY; i++)
		n += duet_proven_has(&proven, digest_of(i % 256, i), NOW);
	assert_int_equal(n, DUET_PROVEN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_proven_is_known_for_a_while,
				       set_up),
		cmocka_unit_test_setup(the_oldest_goes_where_there_is_no_room,
				       set_up),
		cmocka_unit_test_setup(there_are_as_many_as_there_is_room_for,
				       set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
