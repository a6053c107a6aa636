/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "get/netrc.h"
#include "support/memory.h"
#include "support/tempdir.h"
#include "support/unit.h"

static void finds_the_machine(void **state)
{
	static const char two[] = "machine a.org login u password p\n"
				  "machine b.org login v password q\n";
	static const struct {
		const char *text;
		const char *host;
		bool redirected;
		const char *is;
	} rows[] = {
		{ two, "a.org", false, "u:p" },
		{ two, "b.org", true, "v:q" },
		{ two, "c.org", false, NULL },
		{ two, "a.org.", false, NULL },
		{ "machine A.Org login u password p", "a.org", false, "u:p" },
		{ "machine\ta.org\r\n\tlogin u\r\n\tpassword p\r\n", "a.org",
		  false, "u:p" },
		{ "machine a.org password p login u", "a.org", false, "u:p" },
		{ "machine a.org login u", "a.org", false, "u:" },
		{ "machine a.org password p", "a.org", false, NULL },
		{ "machine a.org account x login u password p", "a.org", false,
		  "u:p" },
		{ "machine a.org login u password p:q", "a.org", false,
		  "u:p:q" },
		/* the first of a host; the default after all, wherever */
		{ "machine a.org login u password p\n"
		  "machine a.org login v password q",
		  "a.org", false, "u:p" },
		{ "default login d password e\nmachine a.org login u", "a.org",
		  false, "u:" },
		{ "default login d password e", "x.org", false, "d:e" },
		{ "default login d password e", "x.org", true, NULL },
		/* quotes and remarks */
		{ "machine a.org login \"u v\" password \"p\\\"q\\\\r\\ts\"",
		  "a.org", false, "u v:p\"q\\r\ts" },
		{ "machine a.org login u password \"#\" # x y z", "a.org",
		  false, "u:#" },
		{ "# machine a.org login x\nmachine a.org login u", "a.org",
		  false, "u:" },
		{ "machine a.org login u password p#q", "a.org", false,
		  "u:p#q" },
		{ "machine a.org login \"\" password p", "a.org", false, ":p" },
		/* macdef goes to the empty line */
		{ "macdef init\nmachine a.org login x\n\nmachine a.org login u",
		  "a.org", false, "u:" },
		{ "machine a.org login u macdef m\ncd /x\n\n", "a.org", false,
		  "u:" },
		{ "macdef m\nmachine a.org login x", "a.org", false, NULL },
		{ "", "a.org", false, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_get_netrc netrc = { 0 };
		struct duet_error err;
		const char *found;

		if (duet_get_netrc_parse(&netrc, duet_str(rows[i].text), "f",
					 &err) != DUET_OK)
			fail_msg("%s: %s", rows[i].text, err.text);
		found = duet_get_netrc_find(&netrc, rows[i].host,
					    rows[i].redirected);
		if (strcmp(found != NULL ? found : "-",
			   rows[i].is != NULL ? rows[i].is : "-") != 0)
			fail_msg("%zu: %s", i, found);
		duet_get_netrc_done(&netrc);
	}
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "machine", "line 1: machine; write a word behind it" },
		{ "\n\nmachine a.org login", "line 3: login; write" },
		{ "machine a.org login u password", "line 1: password;" },
		{ "machine a.org\nlogin u\nsecret x",
		  "line 3: a word that is" },
		{ "login u", "line 1: a word that is no key" },
		{ "machine a.org login \"u", "quoted word without its end" },
		{ "machine a.org login \"u\nv\"", "line 1: a quoted word" },
		{ "machine a.org login u:v password p", "a colon in it" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_get_netrc netrc = { 0 };

		assert_int_equal(duet_get_netrc_parse(&netrc,
						      duet_str(rows[i].text),
						      "f", &err),
				 DUET_E_ARGUMENT);
		if (strstr(err.text, rows[i].words) == NULL)
			fail_msg("%s", err.text);
		assert_null(strstr(err.text, "secret"));
		duet_get_netrc_done(&netrc);
	}
}

/* Passwords are nobody else's business. */
static void a_file_for_others_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		int rc;
	} rows[] = {
		{ 0600, DUET_OK },         { 0400, DUET_OK },
		{ 0640, DUET_E_ARGUMENT }, { 0604, DUET_E_ARGUMENT },
		{ 0620, DUET_E_ARGUMENT },
	};
	struct duet_error err;
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	size_t i;

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/netrc", dir);
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_get_netrc netrc = { 0 };

		assert_int_equal(duet_file_write(path,
						 duet_str("machine a login u"),
						 rows[i].mode, NULL),
				 DUET_OK);
		assert_int_equal(duet_get_netrc_read(&netrc, path, &err),
				 rows[i].rc);
		if (rows[i].rc < 0)
			assert_non_null(strstr(err.text, "chmod 600"));
		duet_get_netrc_done(&netrc);
	}
	assert_int_equal(setenv("HOME", dir, 1), 0);
	{
		struct duet_get_netrc netrc = { 0 };

		assert_int_equal(duet_get_netrc_read(&netrc, NULL, &err),
				 DUET_E_SYSTEM);
		assert_non_null(strstr(err.text, "/.netrc"));
		assert_int_equal(unsetenv("HOME"), 0);
		assert_int_equal(duet_get_netrc_read(&netrc, NULL, &err),
				 DUET_E_ARGUMENT);
	}
	temp_dir_remove(dir);
}

static void survives_without_memory(void **state)
{
	bool failed = true;
	int rc;
	int n;

	(void)state;
	for (n = 0; failed; n++) {
		struct duet_get_netrc netrc = { 0 };

		memory_fail(n);
		rc = duet_get_netrc_parse(&netrc,
					  duet_str(
						  "machine a login u password p account x\n"
						  "default login v"),
					  "f", NULL);
		duet_get_netrc_done(&netrc);
		failed = memory_done();
		assert_int_equal(rc, failed ? DUET_E_NOMEM : DUET_OK);
		assert_int_equal(memory.held, 0);
	}
	assert_true(n > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_machine),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(a_file_for_others_is_refused),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
