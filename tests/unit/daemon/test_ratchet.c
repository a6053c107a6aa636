/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/ratchet.h"
#include "support/unit.h"

enum {
	PERIOD_MS = 1000,
	BEGIN_MS = 500,
};

static void start(struct duet_ratchet *ratchet)
{
	assert_int_equal(duet_ratchet_init(ratchet, PERIOD_MS, BEGIN_MS, NULL),
			 DUET_OK);
}

static void the_key_that_sealed_still_opens(void **state)
{
	struct duet_ratchet ratchet;
	struct duet_ratchet before;

	(void)state;
	start(&ratchet);
	before = ratchet;
	assert_memory_not_equal(ratchet.keys[0], ratchet.keys[1],
				DUET_TICKET_KEY_BYTES);
	assert_false(duet_ratchet_turn(&ratchet, BEGIN_MS + PERIOD_MS - 1));
	assert_memory_equal(&ratchet, &before, sizeof(ratchet));
	assert_true(duet_ratchet_turn(&ratchet, BEGIN_MS + PERIOD_MS));
	assert_memory_equal(ratchet.keys[1], before.keys[0],
			    DUET_TICKET_KEY_BYTES);
	assert_memory_not_equal(ratchet.keys[0], before.keys[0],
				DUET_TICKET_KEY_BYTES);
	assert_memory_not_equal(ratchet.keys[0], before.keys[1],
				DUET_TICKET_KEY_BYTES);
	assert_memory_not_equal(ratchet.state, before.state, DUET_MAC_BYTES);
	assert_false(duet_ratchet_turn(&ratchet, BEGIN_MS + PERIOD_MS));
	duet_ratchet_wipe(&ratchet);
}

/* One turns it each time, another sleeps and then does all at once. */
static void processes_agree(void **state)
{
	struct duet_ratchet one;
	struct duet_ratchet other;
	int i;

	(void)state;
	start(&one);
	other = one;
	for (i = 1; i <= 5; i++)
		assert_true(duet_ratchet_turn(&one, BEGIN_MS + i * PERIOD_MS));
	assert_true(duet_ratchet_turn(&other, BEGIN_MS + 5 * PERIOD_MS + 7));
	assert_memory_equal(&one, &other, sizeof(one));
}

static void services_do_not_agree(void **state)
{
	struct duet_ratchet one;
	struct duet_ratchet other;

	(void)state;
	start(&one);
	start(&other);
	assert_memory_not_equal(one.keys[0], other.keys[0],
				DUET_TICKET_KEY_BYTES);
	assert_memory_not_equal(one.state, other.state, DUET_MAC_BYTES);
}

static void one_that_is_not_in_use_never_turns(void **state)
{
	struct duet_ratchet ratchet = { 0 };

	(void)state;
	assert_false(duet_ratchet_turn(&ratchet, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_that_sealed_still_opens),
		cmocka_unit_test(processes_agree),
		cmocka_unit_test(services_do_not_agree),
		cmocka_unit_test(one_that_is_not_in_use_never_turns),
	};

	return cmocka_run_group_tests_name("daemon/ratchet", tests, NULL, NULL);
}
