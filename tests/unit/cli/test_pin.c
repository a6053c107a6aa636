/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/pin.h"
#include "support/unit.h"

#define ZEROS "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define OTHER "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void reads_what_curl_reads(void **state)
{
	static const char *const args[] = { ZEROS ";" OTHER, OTHER, NULL };
	const struct duet_opt_list list = { (const char **)args, 2 };
	struct duet_pin pins[DUET_PINS_MAX];
	struct duet_error err;
	size_t n;

	(void)state;
	assert_int_equal(duet_pins_read(&list, pins, &n, &err), DUET_OK);
	assert_int_equal(n, 3);
	assert_int_equal(pins[0].sha256[31], 0);
	assert_int_equal(pins[1].sha256[0], 0xe3);
	assert_memory_equal(&pins[1], &pins[2], sizeof(pins[1]));
}

static void refuses_all_else(void **state)
{
	static const char *const bad[] = {
		"",
		"sha256//",
		"sha256//AAAA",
		"AAAA",
		"key.pem",
		";" ZEROS,
		ZEROS ";;" OTHER,
		"sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(duet_pins_check(bad[i], &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "is no pin; write sha256//"));
	}
	assert_int_equal(duet_pins_check(ZEROS ";", &err), DUET_OK);
}

static void there_is_a_most(void **state)
{
	const char *args[DUET_PINS_MAX + 2] = { NULL };
	const struct duet_opt_list list = { args, DUET_PINS_MAX + 1 };
	struct duet_pin pins[DUET_PINS_MAX];
	struct duet_error err;
	size_t n;
	size_t i;

	(void)state;
	for (i = 0; i <= DUET_PINS_MAX; i++)
		args[i] = ZEROS;
	assert_int_equal(duet_pins_read(&list, pins, &n, &err),
			 DUET_E_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_curl_reads),
		cmocka_unit_test(refuses_all_else),
		cmocka_unit_test(there_is_a_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
