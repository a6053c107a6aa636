/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "server/request_id.h"
#include "support/unit.h"

enum {
	LENGTH = DUET_REQUEST_ID_BYTES - 1,
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void are_short_and_of_letters_that_need_no_quotes(void **state)
{
	struct duet_request_ids ids;
	char id[DUET_REQUEST_ID_BYTES];

	(void)state;
	assert_int_equal(duet_request_ids_init(&ids, NULL), DUET_OK);
	duet_request_id_next(&ids, id);
	assert_int_equal(strlen(id), 20);
	assert_int_equal(strspn(id, "0123456789abcdefghjkmnpqrstvwxyz"), 20);
}

/* Of several servers, as after a restart; the counts begin anywhere. */
static void no_two_are_the_same(void **state)
{
	enum { SERVERS = 50, EACH = 2000 };
	static char all[SERVERS * EACH][DUET_REQUEST_ID_BYTES];
	struct duet_request_ids ids;
	size_t n = 0;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < SERVERS; i++) {
		assert_int_equal(duet_request_ids_init(&ids, NULL), DUET_OK);
		for (k = 0; k < EACH; k++)
			duet_request_id_next(&ids, all[n++]);
	}
	qsort(all, n, sizeof(all[0]), compare);
	for (i = 1; i < n; i++)
		assert_string_not_equal(all[i - 1], all[i]);
}

/* The same first half for a server; the other tells nobody how many were in
 * between: neighbours differ in more than their last digits. */
static void neighbours_do_not_look_alike(void **state)
{
	struct duet_request_ids ids;
	char a[DUET_REQUEST_ID_BYTES];
	char b[DUET_REQUEST_ID_BYTES];
	int same = 0;
	int i;
	int k;

	(void)state;
	assert_int_equal(duet_request_ids_init(&ids, NULL), DUET_OK);
	duet_request_id_next(&ids, a);
	for (i = 0; i < 1000; i++) {
		duet_request_id_next(&ids, b);
		assert_memory_equal(a, b, LENGTH / 2);
		for (k = LENGTH / 2; k < LENGTH; k++)
			same += a[k] == b[k];
		memcpy(a, b, sizeof(a));
	}
	/* By chance it would be 10000 digits / 32. */
	assert_in_range(same, 0, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_short_and_of_letters_that_need_no_quotes),
		cmocka_unit_test(no_two_are_the_same),
		cmocka_unit_test(neighbours_do_not_look_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
