/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/base64.h"
#include "support/unit.h"

enum {
	MANY = 300,
};

/* RFC 4648 s10, and each of the 64 digits. */
static const struct {
	const char *plain;
	const char *text;
} pairs[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf\xfe", "+/+//g==" },
};

static void writes_and_reads_what_the_rfc_has(void **state)
{
	char text[DUET_BASE64_BYTES(8)];
	char plain[8];
	size_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(pairs); i++) {
		duet_base64_encode(text, duet_str(pairs[i].plain));
		assert_string_equal(text, pairs[i].text);
		assert_true(duet_base64_decode(duet_str(text), plain,
					       sizeof(plain), &len));
		assert_int_equal(len, strlen(pairs[i].plain));
		assert_memory_equal(plain, pairs[i].plain, len);
	}
}

static void every_byte_at_every_place_comes_back(void **state)
{
	char text[DUET_BASE64_BYTES(MANY)];
	uint8_t plain[MANY];
	uint8_t back[MANY];
	size_t n;
	size_t len;

	(void)state;
	for (n = 0; n < MANY; n++)
		plain[n] = (uint8_t)(n * 7);
	for (n = 0; n <= MANY; n++) {
		duet_base64_encode(text, (struct duet_bytes){ plain, n });
		assert_int_equal(strlen(text), DUET_BASE64_BYTES(n) - 1);
		assert_true(duet_base64_decode(duet_str(text), back, n, &len));
		assert_int_equal(len, n);
		assert_memory_equal(back, plain, n);
	}
}

static void what_it_would_not_write_it_does_not_read(void **state)
{
	static const char *const texts[] = {
		"Z",        "Zg",       "Zg=",     "Zm9vYg",   "Zg===",
		"====",     "Z===",     "=g==",    "Zg=v",     "Zg==Zg==",
		"Zm9=Zm9v", "Zm9v====", "Zh==",    "Zm9=",     "Zm 8=",
		"Zm8=\n",   "Zm8\n",    " Zm8",    "Zm9v\r\n", "Zm-_",
		"Zm9v,g==", "Zm9\x7f",  "Zm9\xc3", "Zm9@",     "Zm9[",
		"Zm9`",     "Zm9{",     "Zm9.",
	};
	char plain[16];
	size_t len = 99;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		if (duet_base64_decode(duet_str(texts[i]), plain, sizeof(plain),
				       &len))
			fail_msg("'%s' was read", texts[i]);
	assert_false(duet_base64_decode((struct duet_bytes){ "Zm\0v", 4 },
					plain, sizeof(plain), &len));
	assert_int_equal(len, 99);
}

static void no_byte_goes_beyond_the_room_there_is(void **state)
{
	char plain[4] = { 0, 0, 0, 'x' };
	size_t len;

	(void)state;
	assert_false(duet_base64_decode(duet_str("Zm9v"), plain, 2, &len));
	assert_true(duet_base64_decode(duet_str("Zm9v"), plain, 3, &len));
	assert_true(duet_base64_decode(duet_str("Zm8="), plain, 2, &len));
	assert_int_equal(plain[3], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads_what_the_rfc_has),
		cmocka_unit_test(every_byte_at_every_place_comes_back),
		cmocka_unit_test(what_it_would_not_write_it_does_not_read),
		cmocka_unit_test(no_byte_goes_beyond_the_room_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
