/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cert/mac.h"
#include "support/unit.h"

/* RFC 4231 s4.2, s4.3 */
static const struct {
	const char *key;
	size_t key_len;
	const char *data;
	uint8_t digest[DUET_MAC_BYTES];
} vectors[] = {
	{ "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	  "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
	  20,
	  "Hi There",
	  { 0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf,
	    0xce, 0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83,
	    0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7 } },
	{ "Jefe",
	  4,
	  "what do ya want for nothing?",
	  { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
	    0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
	    0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 } },
};

static void gives_the_digests_of_the_rfc_again_and_again(void **state)
{
	struct duet_mac *mac = NULL;
	uint8_t digest[DUET_MAC_BYTES];
	size_t i;
	int round;

	(void)state;
	for (i = 0; i < COUNT(vectors); i++) {
		const struct duet_bytes key = { vectors[i].key,
						vectors[i].key_len };
		const struct duet_bytes data = duet_str(vectors[i].data);

		assert_int_equal(duet_mac_new(key, &mac, NULL), DUET_OK);
		for (round = 0; round < 3; round++) {
			memset(digest, 0, sizeof(digest));
			assert_int_equal(duet_mac_sum(mac, &data, 1, digest),
					 DUET_OK);
			assert_memory_equal(digest, vectors[i].digest,
					    sizeof(digest));
		}
		duet_mac_free(mac);
	}
}

static void parts_are_one_behind_the_other(void **state)
{
	const struct duet_bytes parts[] = {
		{ "what do ya ", 11 },
		{ NULL, 0 },
		{ "want for ", 9 },
		{ "nothing?", 8 },
	};
	struct duet_mac *mac = NULL;
	uint8_t digest[DUET_MAC_BYTES];

	(void)state;
	assert_int_equal(duet_mac_new(duet_str("Jefe"), &mac, NULL), DUET_OK);
	assert_int_equal(duet_mac_sum(mac, parts, COUNT(parts), digest),
			 DUET_OK);
	assert_memory_equal(digest, vectors[1].digest, sizeof(digest));
	assert_int_equal(duet_mac_sum(mac, parts, 3, digest), DUET_OK);
	assert_memory_not_equal(digest, vectors[1].digest, sizeof(digest));
	duet_mac_free(mac);
	duet_mac_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_digests_of_the_rfc_again_and_again),
		cmocka_unit_test(parts_are_one_behind_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
