/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cert/hash.h"
#include "support/unit.h"

/* FIPS 180-4, of the three bytes "abc" */
static const struct {
	enum duet_hash_kind kind;
	size_t size;
	uint8_t begin[8];
	uint8_t end[4];
} vectors[] = {
	{ DUET_HASH_SHA256,
	  32,
	  { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea },
	  { 0xf2, 0x00, 0x15, 0xad } },
	{ DUET_HASH_SHA384,
	  48,
	  { 0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b },
	  { 0x34, 0xc8, 0x25, 0xa7 } },
	{ DUET_HASH_SHA512,
	  64,
	  { 0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba },
	  { 0xa5, 0x4c, 0xa4, 0x9f } },
};

static void gives_what_the_standard_says_of_abc(void **state)
{
	uint8_t sum[DUET_HASH_BYTES];
	size_t i;

	(void)state;
	assert_int_equal(COUNT(vectors), DUET_HASH_KINDS);
	for (i = 0; i < COUNT(vectors); i++) {
		struct duet_hash *hash = NULL;

		assert_int_equal(duet_hash_new(vectors[i].kind, &hash, NULL),
				 DUET_OK);
		duet_hash_add(hash, "a", 1);
		duet_hash_add(hash, NULL, 0);
		duet_hash_add(hash, "bc", 2);
		assert_int_equal(duet_hash_end(hash, sum), DUET_OK);
		assert_int_equal(duet_hash_size(vectors[i].kind),
				 vectors[i].size);
		assert_memory_equal(sum, vectors[i].begin, 8);
		assert_memory_equal(sum + vectors[i].size - 4, vectors[i].end,
				    4);
		duet_hash_free(hash);
	}
	duet_hash_free(NULL);
}

static void nothing_has_a_sum_too(void **state)
{
	static const uint8_t begin[] = { 0xe3, 0xb0, 0xc4, 0x42 };
	uint8_t sum[DUET_HASH_BYTES];
	struct duet_hash *hash = NULL;

	(void)state;
	assert_int_equal(duet_hash_new(DUET_HASH_SHA256, &hash, NULL), DUET_OK);
	assert_int_equal(duet_hash_end(hash, sum), DUET_OK);
	assert_memory_equal(sum, begin, sizeof(begin));
	duet_hash_free(hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_the_standard_says_of_abc),
		cmocka_unit_test(nothing_has_a_sum_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
