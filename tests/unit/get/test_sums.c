/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "get/sums.h"
#include "support/unit.h"

/* of "abc" and of nothing */
#define ABC    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define VOID   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HALF   "0123456789abcdef0123456789ABCDEF0123456789abcdef"
#define ABC384 HALF HALF
#define ABC512 "ba7816bf8f01cfea" HALF HALF "414140de5dae2223"
#define MD5    "900150983cd24fb0d6963f7d28e17f72"
#define SHA1   "a9993e364706816aba3e25717850c26c9cd0d89d"

static void arguments_are_sums_or_files(void **state)
{
	static const struct {
		const char *arg;
		int rc;
		const char *says; /* the file, or words of the refusal */
	} cases[] = {
		{ "sha256:" ABC, DUET_OK, NULL },
		{ "SHA-256:" ABC, DUET_OK, NULL },
		{ "sha384:" ABC384, DUET_OK, NULL },
		{ "sha512:" ABC512, DUET_OK, NULL },
		{ "SHA256SUMS", DUET_EOF, "SHA256SUMS" },
		{ "@SHA256SUMS", DUET_EOF, "SHA256SUMS" },
		{ "@a:b", DUET_EOF, "a:b" },
		{ "dir:x/sums", DUET_EOF, "dir:x/sums" },
		{ "-", DUET_EOF, "-" },
		{ "sha256:" ABC "0", DUET_E_ARGUMENT, "64" },
		{ "sha256:12xy", DUET_E_ARGUMENT, "something else" },
		{ "sha256:", DUET_E_ARGUMENT, "here by 0" },
		{ "md5:" MD5, DUET_E_ARGUMENT, "MD5 is broken" },
		{ "sha1:" SHA1, DUET_E_ARGUMENT, "SHA-1 is broken" },
		{ "SHA-1:" SHA1, DUET_E_ARGUMENT, "SHA-1 is broken" },
		{ "crc32c:01234567", DUET_E_ARGUMENT, "'crc32c'" },
		{ ABC, DUET_E_ARGUMENT, "write sha256: before it" },
		{ "@", DUET_E_ARGUMENT, "no name" },
		{ "", DUET_E_ARGUMENT, "no name" },
		{ "https://x/SHA256SUMS", DUET_E_ARGUMENT, "not fetched" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_error err = { 0 };
		struct duet_get_sum sum;
		const char *path = NULL;
		int rc = duet_get_sum_parse(cases[i].arg, &sum, &path, &err);

		if (rc != cases[i].rc)
			fail_msg("%s: %d %s", cases[i].arg, rc, err.text);
		if (rc == DUET_EOF)
			assert_string_equal(path, cases[i].says);
		if (rc < 0 && strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].arg, err.text);
		if (rc == DUET_OK)
			assert_int_equal(strlen(sum.hex),
					 2 * duet_hash_size(sum.kind));
	}
}

static void digits_are_compared_in_lower_case(void **state)
{
	struct duet_get_sum sum;
	const char *path;

	(void)state;
	assert_int_equal(duet_get_sum_parse("sha384:" ABC384, &sum, &path,
					    NULL),
			 DUET_OK);
	assert_int_equal(sum.kind, DUET_HASH_SHA384);
	assert_null(strchr(sum.hex, 'A'));
	assert_string_equal(duet_get_sum_name(sum.kind), "sha384");
}

/* Every one of them has the sum of "abc" for "file". */
static void reads_what_the_tools_write(void **state)
{
	static const char *const texts[] = {
		ABC "  file\n",
		ABC " *file\n",
		ABC " file\n",
		ABC "\tfile",
		ABC "  ./file\r\n",
		ABC "  dir/file\n",
		ABC "\n",
		"SHA256 (file) = " ABC "\n",
		"SHA2-256(file)= " ABC "\n",
		"SHA256 (dir/file) = " ABC "\r\n",
		VOID "  other\n" ABC "  file\n" VOID "  afile\n",
		VOID "  dir/file\n" ABC "  file\n",
		MD5 "  file\n" SHA1 "  file\n" ABC "  file\n",
		ABC "  file\n" ABC "  file\n",
		"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" ABC
		"  file\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n",
		"# a comment\n\n" ABC "  file\n",
		"\xef\xbb\xbf" ABC "  file\n",
		"\xef\xbb\xbf" ABC "  file\n" ABC "  other\n",
		"\xef\xbb\xbf"
		"SHA256 (file) = " ABC "\r\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct duet_error err = { 0 };
		struct duet_get_sum sum;

		if (duet_get_sums_find(duet_str(texts[i]), "file", &sum,
				       &err) != DUET_OK)
			fail_msg("%s: %s", texts[i], err.text);
		assert_int_equal(sum.kind, DUET_HASH_SHA256);
		assert_string_equal(sum.hex, ABC);
	}
}

static void names_may_have_anything_in_them(void **state)
{
	static const struct {
		const char *text;
		const char *name;
	} cases[] = {
		{ "\\" ABC "  a\\nb\\\\c\\rd\n", "a\nb\\c\rd" },
		{ "\\SHA256 (a\\nb) = " ABC "\n", "a\nb" },
		{ ABC "  a\\nb\n", "a\\nb" },
		{ ABC "  two words\n", "two words" },
		{ ABC "  *star\n", "*star" },
		{ "SHA256 (a (1) = b) = " ABC "\n", "a (1) = b" },
	};
	struct duet_get_sum sum;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (duet_get_sums_find(duet_str(cases[i].text), cases[i].name,
				       &sum, NULL) != DUET_OK)
			fail_msg("%s", cases[i].text);
	assert_int_equal(duet_get_sums_find(duet_str("\\" ABC "  a\\xb\n"),
					    "axb", &sum, NULL),
			 DUET_E_ARGUMENT);
}

static void the_longest_of_several_kinds_is_taken(void **state)
{
	struct duet_get_sum sum;

	(void)state;
	assert_int_equal(duet_get_sums_find(duet_str("SHA256 (file) = " ABC
						     "\nSHA512 (file) = " ABC512
						     "\nSHA384 (file) = " ABC384
						     "\n"),
					    "file", &sum, NULL),
			 DUET_OK);
	assert_int_equal(sum.kind, DUET_HASH_SHA512);
	/* ... but a name that is meant goes before one that may be */
	assert_int_equal(duet_get_sums_find(duet_str(ABC "  file\n" ABC512
							 "  dir/file\n"),
					    "file", &sum, NULL),
			 DUET_OK);
	assert_int_equal(sum.kind, DUET_HASH_SHA256);
}

static void what_does_not_tell_is_refused_in_words(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *says;
	} cases[] = {
		{ ABC "  other\n", DUET_EOF, "" },
		{ ABC "  file2\n" ABC "  myfile\n", DUET_EOF, "" },
		{ ABC "\n" VOID "\n", DUET_EOF, "" },
		{ ABC "  file\n" VOID "  file\n", DUET_E_ARGUMENT,
		  "two different sums of 'file'" },
		{ ABC "  file\n \t" VOID "  file\n", DUET_E_ARGUMENT,
		  "two different sums of 'file'" },
		{ ABC "  a/file\n" VOID "  b/file\n", DUET_E_ARGUMENT,
		  "two different" },
		{ MD5 "  file\n", DUET_E_ARGUMENT, "MD5 is broken" },
		{ "SHA1 (file) = " SHA1 "\n", DUET_E_ARGUMENT, "SHA-1" },
		{ "<html>Not Found</html>\n", DUET_E_ARGUMENT,
		  "no sums in it" },
		{ "", DUET_E_ARGUMENT, "no sums in it" },
		{ ABC "x  file\n", DUET_E_ARGUMENT, "no sums in it" },
		{ "SHA256 (file) = " MD5 "\n", DUET_E_ARGUMENT, "no sums" },
		{ "SHA256 file) = " ABC "\n", DUET_E_ARGUMENT, "no sums" },
		{ "SHA256 () = " ABC "\n", DUET_E_ARGUMENT, "no sums" },
		{ "(" ABC "\n", DUET_E_ARGUMENT, "no sums" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_error err = { 0 };
		struct duet_get_sum sum;
		int rc = duet_get_sums_find(duet_str(cases[i].text), "file",
					    &sum, &err);

		if (rc != cases[i].rc ||
		    strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s: %d %s", cases[i].text, rc, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_sums_or_files),
		cmocka_unit_test(digits_are_compared_in_lower_case),
		cmocka_unit_test(reads_what_the_tools_write),
		cmocka_unit_test(names_may_have_anything_in_them),
		cmocka_unit_test(the_longest_of_several_kinds_is_taken),
		cmocka_unit_test(what_does_not_tell_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
