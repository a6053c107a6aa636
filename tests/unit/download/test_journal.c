/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "download/journal.h"
#include "support/unit.h"

#define BEGIN "duet-part 1\nurl https://example.org/f\n"

static const char whole[] = BEGIN "size 1000\n"
				  "version \"a-b\"\n"
				  "have 0-99\n"
				  "have 200-999\n"
				  "end\n";

static int parse(const char *text, struct duet_journal *ret,
		 struct duet_error *err)
{
	return duet_journal_parse(duet_str(text), ret, err);
}

static void reads_what_it_wrote(void **state)
{
	struct duet_journal journal;
	struct duet_error err;
	char *text;

	(void)state;
	assert_int_equal(parse(whole, &journal, &err), DUET_OK);
	assert_string_equal(journal.url, "https://example.org/f");
	assert_int_equal(journal.size, 1000);
	assert_string_equal(journal.version.text, "\"a-b\"");
	assert_int_equal(journal.have.n, 2);
	assert_int_equal(journal.have.at[1].from, 200);
	assert_int_equal(journal.have.at[1].to, 1000);
	text = duet_journal_text(&journal);
	assert_non_null(text);
	assert_string_equal(text, whole);
	duet_mem_free(text);
	duet_journal_done(&journal);
}

static void what_is_not_known_is_left_out(void **state)
{
	struct duet_journal journal;
	struct duet_error err;

	(void)state;
	assert_int_equal(parse(BEGIN "end\n", &journal, &err), DUET_OK);
	assert_int_equal(journal.size, -1);
	assert_false(duet_validator_is_some(&journal.version));
	assert_int_equal(journal.have.n, 0);
	duet_journal_done(&journal);
}

static void believes_nothing_that_is_not_exact(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"duet-part 2\nurl https://x/\nend\n",
		"duet-part 1 \nurl https://x/\nend\n",
		"duet-part 1\nend\n",
		"duet-part 1\nurl \nend\n",
		BEGIN,
		BEGIN "end",
		BEGIN "end\n\n",
		BEGIN "end \n",
		BEGIN "end\nhave 0-1\n",
		BEGIN "size\nend\n",
		BEGIN "size -1\nend\n",
		BEGIN "size +1\nend\n",
		BEGIN "size 1x\nend\n",
		BEGIN "size 9223372036854775808\nend\n",
		BEGIN "size 99999999999999999999\nend\n",
		BEGIN "size 1\nsize 2\nend\n",
		BEGIN "version W/\"a\"\nend\n",
		BEGIN "version a\nend\n",
		BEGIN "version \"a\"\rX: y\nend\n",
		BEGIN "version \"a\"\nversion \"b\"\nend\n",
		BEGIN "version \"a\"\nsize 9\nend\n",
		BEGIN "have 0\nend\n",
		BEGIN "have -9\nend\n",
		BEGIN "have 9-\nend\n",
		BEGIN "have 9-8\nend\n",
		BEGIN "have 0-9 \nend\n",
		BEGIN "have 0-9-10\nend\n",
		BEGIN "have 0-9223372036854775807\nend\n",
		BEGIN "have 0-18446744073709551615\nend\n",
		BEGIN "size 9\nhave 0-9\nend\n",
		BEGIN "size 0\nhave 0-0\nend\n",
		/* Out of order, overlapping, touching. */
		BEGIN "have 20-29\nhave 0-9\nend\n",
		BEGIN "have 0-9\nhave 5-19\nend\n",
		BEGIN "have 0-9\nhave 10-19\nend\n",
		BEGIN "have 0-9\nhave 0-9\nend\n",
	};
	struct duet_journal journal;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		if (parse(bad[i], &journal, &err) != DUET_E_ARGUMENT)
			fail_msg("believed: %s", bad[i]);
		assert_null(journal.url);
		assert_int_equal(journal.have.n, 0);
		assert_int_equal(journal.size, -1);
	}
}

/* As a machine that stops while it is written leaves it. */
static void no_beginning_of_one_is_one(void **state)
{
	struct duet_journal journal;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(whole) - 1; i++) {
		struct duet_bytes begin = { whole, i };

		assert_int_equal(duet_journal_parse(begin, &journal, &err),
				 DUET_E_ARGUMENT);
	}
}

static void refuses_a_nul_and_what_is_too_long(void **state)
{
	static char text[DUET_JOURNAL_BYTES_MAX + 2];
	struct duet_bytes bytes = { text, sizeof(whole) };
	struct duet_journal journal;
	struct duet_error err;

	(void)state;
	memcpy(text, whole, sizeof(whole)); /* its NUL too */
	assert_int_equal(duet_journal_parse(bytes, &journal, &err),
			 DUET_E_ARGUMENT);
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, BEGIN, sizeof(BEGIN) - 2);
	memcpy(text + sizeof(text) - 6, "\nend\n", 6);
	assert_int_equal(parse(text, &journal, &err), DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, "too long"));
}

/* More ranges than there is room for. */
static void refuses_too_many_ranges(void **state)
{
	static char text[DUET_JOURNAL_BYTES_MAX];
	struct duet_journal journal;
	struct duet_error err;
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", BEGIN);
	unsigned i;

	(void)state;
	for (i = 0; i < DUET_SPANS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"have %u-%u\n", 3 * i, 3 * i + 1);
	(void)snprintf(text + len, sizeof(text) - len, "end\n");
	assert_int_equal(parse(text, &journal, &err), DUET_OK);
	duet_journal_done(&journal);
	(void)snprintf(text + len, sizeof(text) - len, "have %u-%u\nend\n",
		       3 * i, 3 * i + 1);
	assert_int_equal(parse(text, &journal, &err), DUET_E_ARGUMENT);
}

static void a_file_is_its_owners_alone(void **state)
{
	char dir[] = "/tmp/duet-test-XXXXXX";
	struct duet_journal journal;
	struct duet_journal again;
	struct duet_error err;
	struct stat st;
	char path[64];
	char link[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/f.part.duet", dir);
	(void)snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(duet_journal_load(path, &again, &err), DUET_EOF);
	assert_int_equal(parse(whole, &journal, &err), DUET_OK);
	assert_int_equal(duet_journal_save(path, &journal, &err), DUET_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(duet_journal_load(path, &again, &err), DUET_OK);
	assert_int_equal(again.size, 1000);
	duet_journal_done(&again);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(duet_journal_load(link, &again, &err), DUET_E_SYSTEM);
	duet_journal_done(&journal);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(believes_nothing_that_is_not_exact),
		cmocka_unit_test(no_beginning_of_one_is_one),
		cmocka_unit_test(refuses_a_nul_and_what_is_too_long),
		cmocka_unit_test(refuses_too_many_ranges),
		cmocka_unit_test(a_file_is_its_owners_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
