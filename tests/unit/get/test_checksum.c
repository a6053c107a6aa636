/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkstemp */
#include "files.h"
#include "get/checksum.h"

#define ABC  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define VOID "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* What is found for the URL at that place, or the words of a refusal. */
static const char *find(const struct duet_get_checksums *checksums, size_t at,
			const char *saved_as, const char *url)
{
	static struct duet_get_sum sum;
	static struct duet_error err;
	int rc = duet_get_checksums_find(checksums, at, saved_as, url, &sum,
					 &err);

	return rc == DUET_OK ? sum.hex : err.text;
}

static void a_file_is_asked_by_both_names(void **state)
{
	struct file file =
		file_new(ABC "  a.tar\n" VOID "  b.tar\n" ABC "  c.tar\n");
	struct duet_opt_list args = { NULL, 0 };
	struct duet_get_checksums sums;

	(void)state;
	assert_int_equal(duet_opt_list_add(&args, file.at), DUET_OK);
	assert_int_equal(duet_get_checksums_check(&args, 7, NULL), DUET_OK);
	assert_int_equal(duet_get_checksums_init(&sums, &args, NULL), DUET_OK);
	assert_string_equal(find(&sums, 0, NULL, "https://x/a.tar?q"), ABC);
	assert_string_equal(find(&sums, 5, NULL, "https://x/b.tar"), VOID);
	assert_string_equal(find(&sums, 0, "/d/a.tar", "https://x/"), ABC);
	assert_string_equal(find(&sums, 0, "mine", "https://x/b.tar"), VOID);
	assert_string_equal(find(&sums, 0, "a.tar", "https://x/c.tar"), ABC);
	assert_non_null(strstr(find(&sums, 0, "a.tar", "https://x/b.tar"),
			       "another for the name in the URL"));
	assert_non_null(strstr(find(&sums, 0, "y", "https://x/z"),
			       "no sum of 'y' and none of 'z'"));
	assert_non_null(strstr(find(&sums, 0, NULL, "https://x/"),
			       "name the file with -o"));
	duet_get_checksums_done(&sums);
	duet_opt_list_done(&args);
	assert_int_equal(remove(file.path), 0);
}

static void each_url_takes_one(void **state)
{
	struct duet_opt_list args = { NULL, 0 };
	struct duet_get_checksums sums;
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_get_checksums_check(&args, 3, NULL), DUET_OK);
	assert_int_equal(duet_get_checksums_init(&sums, &args, NULL), DUET_OK);
	assert_string_equal(find(&sums, 1, NULL, "https://x/"), "");
	duet_get_checksums_done(&sums);
	assert_int_equal(duet_opt_list_add(&args, "sha256:" ABC), DUET_OK);
	assert_int_equal(duet_get_checksums_check(&args, 2, &err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "1 --checksum but 2 URLs"));
	assert_int_equal(duet_opt_list_add(&args, "sha256:" VOID), DUET_OK);
	assert_int_equal(duet_get_checksums_check(&args, 2, NULL), DUET_OK);
	assert_int_equal(duet_get_checksums_init(&sums, &args, NULL), DUET_OK);
	assert_string_equal(find(&sums, 1, NULL, "https://x/"), VOID);
	duet_get_checksums_done(&sums);
	duet_opt_list_done(&args);
	assert_int_equal(duet_opt_list_add(&args, "-"), DUET_OK);
	assert_int_equal(duet_opt_list_add(&args, "@-"), DUET_OK);
	assert_int_equal(duet_get_checksums_check(&args, 2, &err),
			 DUET_E_ARGUMENT);
	duet_opt_list_done(&args);
}

static struct duet_get_checksum want(const char *hex)
{
	struct duet_get_checksum sum = { .sha256 = false };

	(void)snprintf(sum.want.hex, sizeof(sum.want.hex), "%s", hex);
	return sum;
}

static void a_body_is_judged_by_all_its_bytes(void **state)
{
	struct duet_get_checksum sum = want(ABC);
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_get_checksum_begin(&sum, NULL), DUET_OK);
	duet_get_checksum_add(&sum, "an attempt that failed", 22);
	assert_int_equal(duet_get_checksum_begin(&sum, NULL), DUET_OK);
	duet_get_checksum_add(&sum, "ab", 2);
	assert_null(duet_get_verdict_word(sum.verdict));
	duet_get_checksum_add(&sum, "c", 1);
	assert_int_equal(duet_get_checksum_end(&sum, NULL), DUET_OK);
	assert_string_equal(duet_get_verdict_word(sum.verdict), "good");
	assert_int_equal(duet_get_checksum_begin(&sum, NULL), DUET_OK);
	assert_int_equal(duet_get_checksum_end(&sum, NULL), DUET_OK);
	assert_string_equal(duet_get_verdict_word(sum.verdict), "wrong");
	duet_get_checksum_say(&sum, "https://x/", "", &err);
	assert_non_null(
		strstr(err.text, "what came is " VOID ", and not " ABC));
	duet_get_checksum_done(&sum);
}

static void what_was_not_asked_for_is_not_judged(void **state)
{
	struct duet_get_checksum sum = want("");

	(void)state;
	assert_int_equal(duet_get_checksum_begin(&sum, NULL), DUET_OK);
	duet_get_checksum_add(&sum, "abc", 3);
	assert_int_equal(duet_get_checksum_end(&sum, NULL), DUET_OK);
	assert_int_equal(sum.verdict, DUET_GET_UNCHECKED);
	assert_string_equal(sum.sums[DUET_HASH_SHA256], "");
	sum.sha256 = true;
	assert_int_equal(duet_get_checksum_begin(&sum, NULL), DUET_OK);
	duet_get_checksum_add(&sum, "abc", 3);
	assert_int_equal(duet_get_checksum_end(&sum, NULL), DUET_OK);
	assert_int_equal(sum.verdict, DUET_GET_UNCHECKED);
	assert_string_equal(sum.sums[DUET_HASH_SHA256], ABC);
	duet_get_checksum_done(&sum);
}

static void a_finished_file_is_judged_as_it_is(void **state)
{
	struct duet_get_checksum sum = want(ABC);
	struct file file = file_new("abc");
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_get_checksum_file(&sum, file.path, NULL),
			 DUET_OK);
	assert_int_equal(sum.verdict, DUET_GET_GOOD);
	assert_int_equal(remove(file.path), 0);
	assert_int_equal(duet_get_checksum_file(&sum, file.path, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, file.path));
	assert_int_equal(sum.verdict, DUET_GET_UNCHECKED);
	duet_get_checksum_done(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_asked_by_both_names),
		cmocka_unit_test(each_url_takes_one),
		cmocka_unit_test(a_body_is_judged_by_all_its_bytes),
		cmocka_unit_test(what_was_not_asked_for_is_not_judged),
		cmocka_unit_test(a_finished_file_is_judged_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
