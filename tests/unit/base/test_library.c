/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <string.h>
#include <zlib.h>

#include "base/library.h"
#include "support/unit.h"

/* Functions with the types of zlib's header, which is linked here anyway. */
#define GOOD(X) X(zlibVersion) X(crc32)
DUET_LIBRARY(good, "libz.so.1", GOOD, "how to pack");

#define MISSING(X) X(crc32)
DUET_LIBRARY(missing, "libduet-is-not-here.so.9", MISSING, "nothing");

static int duet_no_such_function(void);
#define OTHER(X) X(crc32) X(duet_no_such_function)
DUET_LIBRARY(other, "libz.so.1", OTHER, "how to pack");

static int duet_no_such_function(void)
{
	return 0;
}

static void opens_and_calls(void **state)
{
	(void)state;
	(void)duet_no_such_function();
	assert_null(good.crc32);
	assert_int_equal(duet_library_open(&good_library, NULL), DUET_OK);
	assert_string_equal(good.zlibVersion(), zlibVersion());
	assert_int_equal(good.crc32(0, (const Bytef *)"duet", 4),
			 crc32(0, (const Bytef *)"duet", 4));
	assert_int_equal(duet_library_open(&good_library, NULL), DUET_OK);
}

static void says_what_is_missing_for_what_and_what_to_do(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_library_open(&missing_library, &err),
			 DUET_E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "libduet-is-not-here.so.9"));
	assert_non_null(strstr(err.text, "which knows nothing"));
	assert_non_null(strstr(err.text, "install it"));
	/* It may have been put right meanwhile: it is tried again. */
	assert_int_equal(duet_library_open(&missing_library, NULL),
			 DUET_E_UNSUPPORTED);
}

static void one_of_another_version_is_refused_by_what_it_lacks(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_library_open(&other_library, &err),
			 DUET_E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "duet_no_such_function"));
}

#define SHARED(X) X(crc32) X(adler32)
DUET_LIBRARY(shared, "libz.so.1", SHARED, "how to pack");

static void *open_shared(void *arg)
{
	int rc = duet_library_open(&shared_library, NULL);

	if (rc == DUET_OK && shared.adler32(1, NULL, 0) == 1)
		*(int *)arg = 1;
	return NULL;
}

static void threads_may_ask_at_once(void **state)
{
	pthread_t threads[8];
	int good_ones[8] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_shared,
						&good_ones[i]),
				 0);
	for (i = 0; i < COUNT(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(good_ones[i], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_calls),
		cmocka_unit_test(says_what_is_missing_for_what_and_what_to_do),
		cmocka_unit_test(
			one_of_another_version_is_refused_by_what_it_lacks),
		cmocka_unit_test(threads_may_ask_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
