/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/digest.h"
#include "support/unit.h"

/* of the body that RFC 9530 sB.1 has: {"hello": "world"} and a line feed */
#define SHA256 "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
#define BARE   "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg:"
#define OTHER  "sha-256=:AAAAqy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
#define SHA512                                                               \
	"sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsy" \
	"RZOtw8MjkM7iw7yZ/WkppmM44T3qg==:"

static int read_one(const char *value, struct duet_digests *ret)
{
	const struct duet_header list[] = {
		{ "Date", "x" },
		{ "REPR-digest", value },
		{ NULL, NULL },
	};

	return duet_digest_read(list, "Repr-Digest", ret);
}

/* RFC 9530 s2, s3 */
static void takes_what_it_knows_of_a_dictionary(void **state)
{
	static const struct {
		const char *value;
		bool sha256, sha512;
	} cases[] = {
		{ SHA256, true, false },
		{ BARE, true, false },
		{ " " SHA256 "  ", true, false },
		{ SHA512, false, true },
		{ SHA256 ", " SHA512, true, true },
		{ SHA512 "\t,\t" SHA256, true, true },
		{ SHA256 ";q=1;a", true, false },
		{ "md5=:AAAA:, " SHA256, true, false },
		{ "*new=?1, a, b=1.5, c=-3, d=\"x\\\"\", e=tok:/en, " SHA256,
		  true, false },
		{ "l=(1 \"two\" :AAAA:;p);q, m=(), " SHA256, true, false },
		{ "d=@1659578233, s=%\"%c3%bc\", " SHA256, true, false },
		{ OTHER ", " SHA256, true, false },
	};
	struct duet_digests digests;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (read_one(cases[i].value, &digests) != DUET_OK)
			fail_msg("%s", cases[i].value);
		assert_int_equal(digests.has[DUET_DIGEST_SHA256],
				 cases[i].sha256);
		assert_int_equal(digests.has[DUET_DIGEST_SHA512],
				 cases[i].sha512);
		if (cases[i].sha256)
			assert_memory_equal(digests.bytes[DUET_DIGEST_SHA256],
					    "\x44\xaf\xf4\xab", 4);
	}
	assert_string_equal(duet_digest_name(DUET_DIGEST_SHA512), "sha-512");
	assert_int_equal(duet_digest_size(DUET_DIGEST_SHA512), 64);
}

static void what_is_no_digest_of_its_kind_is_passed_over(void **state)
{
	static const char *const cases[] = {
		"md5=:AAAA:",
		"sha-256",
		"sha-256=?1",
		"sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"",
		"sha-256=:AAAA:",
		"sha-256=::",
		"sha-256=(:AAAA:)",
		"sha-512=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
		"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:, sha-256=:AAAA:",
	};
	struct duet_digests digests;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (read_one(cases[i], &digests) != DUET_EOF)
			fail_msg("%s", cases[i]);
	assert_int_equal(duet_digest_read(NULL, "Repr-Digest", &digests),
			 DUET_EOF);
}

/* RFC 9651 s4.2 */
static void a_fault_anywhere_makes_nothing_of_it(void **state)
{
	static const char *const cases[] = {
		"",
		",",
		SHA256 ",",
		SHA256 ", ",
		"," SHA256,
		SHA256 " " SHA256,
		SHA256 "; ",
		SHA256 ";=1",
		SHA256 ";a=",
		"SHA-256=:AAAA:",
		"sha-256=:AAAA",
		"sha-256=:AA AA:",
		"sha-256=",
		"sha-256=RK/0qy18MlBSVnWg=, " SHA256,
		"a=1.2345, " SHA256,
		"a=1234567890123456, " SHA256,
		"a=., " SHA256,
		"a=\"x, " SHA256,
		"a=\"\\x\", " SHA256,
		"a=?2, " SHA256,
		"a=(1, " SHA256,
		"a=(1\"b\"), " SHA256,
		"1=2, " SHA256,
		"=1",
	};
	struct duet_digests digests;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (read_one(cases[i], &digests) != DUET_E_HTTP)
			fail_msg("%s", cases[i]);
		assert_false(digests.has[DUET_DIGEST_SHA256]);
	}
}

static void several_lines_are_one_dictionary(void **state)
{
	static const struct duet_header list[] = {
		{ "Repr-Digest", SHA512 },
		{ "Content-Digest", "(" },
		{ "repr-digest", SHA256 },
		{ NULL, NULL },
	};
	struct duet_digests digests;

	(void)state;
	assert_int_equal(duet_digest_read(list, "Repr-Digest", &digests),
			 DUET_OK);
	assert_true(digests.has[DUET_DIGEST_SHA256]);
	assert_true(digests.has[DUET_DIGEST_SHA512]);
	assert_int_equal(duet_digest_read(list, "Content-Digest", &digests),
			 DUET_E_HTTP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_it_knows_of_a_dictionary),
		cmocka_unit_test(what_is_no_digest_of_its_kind_is_passed_over),
		cmocka_unit_test(a_fault_anywhere_makes_nothing_of_it),
		cmocka_unit_test(several_lines_are_one_dictionary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
