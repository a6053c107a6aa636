/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/basic.h"
#include "site/users.h"
#include "support/tempdir.h"
#include "support/unit.h"

#define GOOD "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
#define ALSO "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
#define MORE "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

enum {
	TEXT_BYTES = 4096,
	NAMES = 300,
	HUGE_BYTES = 8 << 20,
};

static int set_up(void **state)
{
	static char dir[TEMP_DIR_BYTES];

	temp_dir_make(dir);
	*state = dir;
	return chdir(dir);
}

static int tear_down(void **state)
{
	assert_int_equal(chdir("/"), 0);
	return temp_dir_remove(*state);
}

static void write_file(const void *text, size_t len)
{
	FILE *file = fopen("users", "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int read_bytes(const void *text, size_t len, struct duet_users **ret,
		      struct duet_error *err)
{
	write_file(text, len);
	return duet_users_read("users", NULL, NULL, ret, err);
}

static struct duet_users *read_good(const char *text)
{
	struct duet_users *users = NULL;
	struct duet_error err;

	if (read_bytes(text, strlen(text), &users, &err) != DUET_OK)
		fail_msg("%s", err.text);
	return users;
}

static void assert_user(const struct duet_users *users, const char *name,
			const char *hash)
{
	bool is_known = false;

	assert_string_equal(duet_users_hash(users, name, &is_known), hash);
	assert_true(is_known);
}

static void finds_the_users_among_comments_and_blanks(void **state)
{
	struct duet_users *users = read_good("\xef\xbb\xbf# who may come in\n"
					     "\n"
					     "zo\xc3\xab:" GOOD "\n"
					     "  \t\n"
					     "   # the others\n"
					     "alice smith:" ALSO "  \r\n"
					     "\r\n"
					     "bob:" MORE);
	bool is_known = true;

	(void)state;
	assert_int_equal(duet_users_count(users), 3);
	assert_user(users, "zo\xc3\xab", GOOD);
	assert_user(users, "alice smith", ALSO);
	assert_user(users, "bob", MORE);
	assert_non_null(duet_users_hash(users, "Bob", &is_known));
	assert_false(is_known);
	is_known = true;
	assert_non_null(duet_users_hash(users, "", &is_known));
	assert_false(is_known);
	duet_users_free(users);
	duet_users_free(NULL);
}

/* So that the time a refusal takes does not tell which names exist, not even
 * where hashes cost more and less. */
static void names_that_are_none_have_hashes_as_well(void **state)
{
	static const char text[] = "a:" GOOD "\nb:" ALSO "\nc:" MORE "\n";
	struct duet_users *users = read_good(text);
	struct duet_users *again = read_good(text);
	int seen[3] = { 0, 0, 0 };
	char name[16];
	bool is_known;
	int i;

	(void)state;
	for (i = 0; i < NAMES; i++) {
		const char *hash;

		(void)snprintf(name, sizeof(name), "nobody%d", i);
		is_known = true;
		hash = duet_users_hash(users, name, &is_known);
		assert_false(is_known);
		assert_string_equal(duet_users_hash(again, name, &is_known),
				    hash);
		seen[0] += strcmp(hash, GOOD) == 0;
		seen[1] += strcmp(hash, ALSO) == 0;
		seen[2] += strcmp(hash, MORE) == 0;
	}
	assert_int_equal(seen[0] + seen[1] + seen[2], NAMES);
	for (i = 0; i < 3; i++)
		assert_true(seen[i] > NAMES / 6);
	duet_users_free(users);
	duet_users_free(again);
}

static const struct {
	const char *text;
	int code;
	const char *words;
} mistakes[] = {
	{ "", DUET_E_ARGUMENT,
	  "'users': there are no users, so that nobody could come in; add one with 'htpasswd -B'" },
	{ "# nobody\n\n", DUET_E_ARGUMENT,
	  "'users': there are no users, so that nobody could come in; add one with 'htpasswd -B'" },
	{ "a:" GOOD "\nhunter2\n", DUET_E_ARGUMENT,
	  "'users', line 2: there is no ':'; a line is 'name:hash', as 'htpasswd -B' writes it" },
	{ ":" GOOD "\n", DUET_E_ARGUMENT,
	  "'users', line 1: there is no name before the ':'; a line is 'name:hash'" },
	{ "\n\na:" GOOD ":19000:0:99999\n", DUET_E_ARGUMENT,
	  "'users', line 3: there is more than a name and a password: remove the second ':' and what follows it" },
	{ " a:" GOOD "\n", DUET_E_ARGUMENT,
	  "'users', line 1: the name begins or ends with a blank: remove it" },
	{ "a :" GOOD "\n", DUET_E_ARGUMENT,
	  "'users', line 1: the name begins or ends with a blank: remove it" },
	{ "a\x07:" GOOD "\n", DUET_E_ARGUMENT,
	  "'users', line 1: a control character (\\x07) at byte 2: remove it" },
	{ "# \x1b[31m\na:" GOOD "\n", DUET_E_ARGUMENT,
	  "'users', line 1: a control character (\\x1b) at byte 3: remove it" },
	{ "a:" GOOD "\r\r\n", DUET_E_ARGUMENT,
	  "'users', line 1: a control character (\\x0d) at byte 63: remove it" },
	{ "a:" GOOD "\nb:" ALSO "\nA:" GOOD "\na:" MORE "\n", DUET_E_ARGUMENT,
	  "'users', line 4: 'a' is here for the second time; the first is in line 1: remove one of them" },
	{ "a:" GOOD "\n\nalice:$apr1$MhH1Fx9z$VPLXHvkNxvKbJ1sTb4bBG0\n",
	  DUET_E_WEAK,
	  "'users', line 3: 'alice' has a password in a form that is broken quickly (MD5, as htpasswd without -B writes); make a new one with 'htpasswd -B' or 'mkpasswd'" },
	{ "zo\xc3\xab\xff:secret\n", DUET_E_WEAK,
	  "'users', line 1: 'zo\xc3\xab\\xff' has a password in plain text, or in a form that is not known here; make a new one with 'htpasswd -B' or 'mkpasswd'" },
	{ "a:\n", DUET_E_ARGUMENT,
	  "'users', line 1: 'a' has no password; make a new one with 'htpasswd -B' or 'mkpasswd'" },
	{ "a: " GOOD "\n", DUET_E_WEAK,
	  "'users', line 1: 'a' has a password in plain text, or in a form that is not known here; make a new one with 'htpasswd -B' or 'mkpasswd'" },
	{ "a:" GOOD "x\n", DUET_E_ARGUMENT,
	  "'users', line 1: 'a' has a bcrypt password that is damaged: 54 characters follow the last '$' where 53 should; make a new one with 'htpasswd -B' or 'mkpasswd'" },
};

static void every_mistake_has_its_line_and_its_remedy(void **state)
{
	struct duet_users *users = NULL;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(mistakes); i++) {
		assert_int_equal(read_bytes(mistakes[i].text,
					    strlen(mistakes[i].text), &users,
					    &err),
				 mistakes[i].code);
		assert_string_equal(err.text, mistakes[i].words);
		assert_null(users);
		assert_int_equal(duet_users_read("users", NULL, NULL, &users,
						 NULL),
				 mistakes[i].code);
	}
}

static void a_nul_ends_no_name(void **state)
{
	static const char text[] = "alice\0x:" GOOD "\n";
	struct duet_users *users = NULL;
	struct duet_error err;

	(void)state;
	assert_int_equal(read_bytes(text, sizeof(text) - 1, &users, &err),
			 DUET_E_ARGUMENT);
	assert_string_equal(err.text,
			    "'users', line 1: a control character (\\x00) at byte 6: remove it");
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct duet_users *users = NULL;
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_users_read("absent", NULL, NULL, &users, &err),
			 DUET_E_SYSTEM);
	assert_string_equal(err.text,
			    "'absent': cannot open: No such file or directory");
}

static void a_line_and_a_name_have_their_length(void **state)
{
	struct duet_users *users = NULL;
	struct duet_error err;
	char text[TEXT_BYTES];
	char name[DUET_BASIC_NAME_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[DUET_BASIC_NAME_MAX] = '\0';
	(void)snprintf(text, sizeof(text), "%s:%s\n", name, GOOD);
	users = read_good(text);
	assert_user(users, name, GOOD);
	duet_users_free(users);
	users = NULL;
	(void)snprintf(text, sizeof(text), "n%s:%s\n", name, GOOD);
	assert_int_equal(read_bytes(text, strlen(text), &users, &err),
			 DUET_E_LIMIT);
	assert_string_equal(err.text,
			    "'users', line 1: the name is longer than 255 bytes: choose a shorter one");

	memset(text, '#', sizeof(text));
	(void)snprintf(text + DUET_USERS_LINE_MAX,
		       sizeof(text) - DUET_USERS_LINE_MAX, "\na:%s", GOOD);
	users = read_good(text);
	duet_users_free(users);
	users = NULL;
	(void)snprintf(text + DUET_USERS_LINE_MAX,
		       sizeof(text) - DUET_USERS_LINE_MAX, "#\na:%s", GOOD);
	assert_int_equal(read_bytes(text, strlen(text), &users, &err),
			 DUET_E_LIMIT);
	assert_string_equal(err.text,
			    "'users', line 1: longer than 1024 bytes: this is no line of users, which are 'name:hash'");
}

static int read_many(size_t n, size_t comment, struct duet_users **ret,
		     struct duet_error *err)
{
	struct duet_buf buf;
	size_t i;
	int rc;

	duet_buf_init(&buf, HUGE_BYTES);
	for (i = 0; i < n; i++)
		assert_int_equal(duet_buf_printf(&buf, "u%zu:%s\n", i, GOOD),
				 DUET_OK);
	while (comment-- > 0)
		assert_int_equal(duet_buf_add_str(&buf, "#234567\n"), DUET_OK);
	rc = read_bytes(duet_buf_bytes(&buf).data, duet_buf_len(&buf), ret,
			err);
	duet_buf_done(&buf);
	return rc;
}

static void a_file_has_its_length_too(void **state)
{
	struct duet_users *users = NULL;
	struct duet_error err;
	bool is_known;

	(void)state;
	assert_int_equal(read_many(DUET_USERS_MAX, 0, &users, &err), DUET_OK);
	assert_int_equal(duet_users_count(users), DUET_USERS_MAX);
	assert_non_null(duet_users_hash(users, "u9999", &is_known));
	assert_true(is_known);
	duet_users_free(users);
	users = NULL;
	assert_int_equal(read_many(DUET_USERS_MAX + 1, 0, &users, &err),
			 DUET_E_LIMIT);
	assert_string_equal(err.text,
			    "'users', line 10001: more than 10000 users: divide them among several files");
	assert_int_equal(read_many(1, DUET_USERS_FILE_MAX / 8, &users, &err),
			 DUET_E_LIMIT);
	assert_string_equal(err.text,
			    "'users': larger than 4194304 bytes; is it a file of users?");
}

/* ---- all that is wrong ---- */

static void collect(const struct duet_error *wrong, void *arg)
{
	struct duet_buf *told = arg;

	assert_int_equal(duet_buf_printf(told, "%s\n", wrong->text), DUET_OK);
}

/* What is told of a file with that line so many times. */
static size_t told_of(size_t n, struct duet_buf *told, struct duet_error *err)
{
	struct duet_users *users = NULL;
	char text[TEXT_BYTES] = "good:" GOOD "\n";
	size_t lines = 0;
	const char *at;
	size_t i;

	for (i = 0; i < n; i++)
		strncat(text, "no colon\n", sizeof(text) - strlen(text) - 1);
	write_file(text, strlen(text));
	assert_int_equal(duet_users_read("users", collect, told, &users, err),
			 n > 0 ? DUET_E_ARGUMENT : DUET_OK);
	duet_users_free(users);
	assert_int_equal(duet_buf_add(told, "", 1), DUET_OK);
	for (at = duet_buf_bytes(told).data; (at = strchr(at, '\n')) != NULL;
	     at++)
		lines++;
	return lines;
}

static void all_lines_that_are_wrong_are_told_up_to_a_bound(void **state)
{
	static const struct {
		size_t n, told;
		const char *last;
	} cases[] = {
		{ 0, 0, NULL },
		{ 1, 0, "line 2: there is no ':'" },
		{ 3, 2, "line 4: there is no ':'" },
		{ 20, 19, "line 21: there is no ':'" },
		{ 21, 19, "'users': 2 more lines are wrong" },
		{ 100, 19, "'users': 81 more lines are wrong" },
	};
	struct duet_error err;
	struct duet_buf told;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		duet_buf_init(&told, 65536);
		assert_int_equal(told_of(cases[i].n, &told, &err),
				 cases[i].told);
		if (cases[i].last != NULL)
			assert_non_null(strstr(err.text, cases[i].last));
		if (cases[i].told > 0)
			assert_non_null(strstr(duet_buf_bytes(&told).data,
					       "line 2: there is no ':'"));
		duet_buf_done(&told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_users_among_comments_and_blanks),
		cmocka_unit_test(names_that_are_none_have_hashes_as_well),
		cmocka_unit_test(every_mistake_has_its_line_and_its_remedy),
		cmocka_unit_test(a_nul_ends_no_name),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(a_line_and_a_name_have_their_length),
		cmocka_unit_test(a_file_has_its_length_too),
		cmocka_unit_test(
			all_lines_that_are_wrong_are_told_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
