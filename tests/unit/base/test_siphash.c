/* SPDX-License-Identifier: MIT */
#include "base/siphash.h"
#include "support/unit.h"

/* The bytes 00 01 02 ... as key and as data: vectors of the authors' own
 * implementation (vectors.h; that of 15 bytes is in their paper). */
static void hashes_as_its_authors_do(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },
		{ 1, UINT64_C(0x74f839c593dc67fd) },
		{ 7, UINT64_C(0xab0200f58b01d137) },
		{ 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
		{ 16, UINT64_C(0x3f2acc7f57c29bdb) },
	};
	const struct duet_siphash_key key = { UINT64_C(0x0706050403020100),
					      UINT64_C(0x0f0e0d0c0b0a0908) };
	uint8_t data[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (i = 0; i < COUNT(rows); i++)
		assert_true(duet_siphash(&key, data, rows[i].len) ==
			    rows[i].hash);
}

static void draws_another_key_each_time(void **state)
{
	struct duet_siphash_key one;
	struct duet_siphash_key other;

	(void)state;
	assert_int_equal(duet_siphash_draw_key(&one, NULL), DUET_OK);
	assert_int_equal(duet_siphash_draw_key(&other, NULL), DUET_OK);
	assert_true(one.k0 != other.k0 && one.k1 != other.k1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_as_its_authors_do),
		cmocka_unit_test(draws_another_key_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
