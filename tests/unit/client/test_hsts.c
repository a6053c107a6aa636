/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/hsts.h"
#include "support/memory.h"
#include "support/tempdir.h"
#include "support/unit.h"

#define NOW 1790000000

static struct duet_hsts *with(const char *host, const char *value)
{
	struct duet_hsts *hsts = duet_hsts_new(NULL);

	assert_non_null(hsts);
	assert_int_equal(duet_hsts_note(hsts, host, value, NOW), DUET_OK);
	return hsts;
}

static void knows_hosts_and_those_below(void **state)
{
	static const struct {
		const char *value;
		const char *host;
		int after;
		bool known;
	} rows[] = {
		{ "max-age=10", "example.org", 9, true },
		{ "max-age=10", "example.org", 10, false },
		{ "max-age=10", "example.org.", 0, true },
		{ "max-age=10", "a.example.org", 0, false },
		{ "max-age=10", "org", 0, false },
		{ "max-age=10; includeSubDomains", "example.org", 0, true },
		{ "max-age=10; includeSubDomains", "a.example.org", 0, true },
		{ "max-age=10; includeSubDomains", "b.a.example.org.", 0,
		  true },
		{ "max-age=10; includeSubDomains", "badexample.org", 0, false },
		{ "max-age=0", "example.org", 0, false },
		{ "nonsense", "example.org", 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_hsts *hsts = with("example.org", rows[i].value);

		if (duet_hsts_knows(hsts, rows[i].host, NOW + rows[i].after) !=
		    rows[i].known)
			fail_msg("%zu", i);
		duet_hsts_free(hsts);
	}
	assert_false(duet_hsts_knows(NULL, "example.org", NOW));
}

/* s8.1.1 */
static void no_address_is_ever_known(void **state)
{
	struct duet_hsts *hsts = with("127.0.0.1", "max-age=10");

	(void)state;
	assert_false(duet_hsts_knows(hsts, "127.0.0.1", NOW));
	assert_int_equal(duet_hsts_note(hsts, "::1", "max-age=10", NOW),
			 DUET_OK);
	assert_false(duet_hsts_knows(hsts, "::1", NOW));
	assert_false(duet_hsts_has_changed(hsts));
	duet_hsts_free(hsts);
}

static void the_last_word_counts(void **state)
{
	struct duet_hsts *hsts = with("e.org", "max-age=10; includeSubDomains");

	(void)state;
	assert_int_equal(duet_hsts_note(hsts, "e.org", "max-age=20", NOW),
			 DUET_OK);
	assert_true(duet_hsts_knows(hsts, "e.org", NOW + 19));
	assert_false(duet_hsts_knows(hsts, "a.e.org", NOW));
	assert_int_equal(duet_hsts_note(hsts, "e.org", "max-age=0", NOW),
			 DUET_OK);
	assert_false(duet_hsts_knows(hsts, "e.org", NOW));
	duet_hsts_free(hsts);
}

static void is_bounded(void **state)
{
	struct duet_hsts *hsts = with("soon.org", "max-age=10");
	struct duet_buffer text = { NULL, 0 };
	char host[32];
	size_t lines = 0;
	size_t i;

	(void)state;
	for (i = 0; i < DUET_HSTS_MAX; i++) {
		(void)snprintf(host, sizeof(host), "h%zu.org", i);
		assert_int_equal(duet_hsts_note(hsts, host,
						"max-age=99999999999999999999",
						duet_clock_wall()),
				 DUET_OK);
	}
	assert_false(duet_hsts_knows(hsts, "soon.org", NOW));
	assert_int_equal(duet_hsts_print(hsts, &text, NULL), DUET_OK);
	for (i = 0; i < text.len; i++)
		lines += ((const char *)text.data)[i] == '\n';
	assert_int_equal(lines, DUET_HSTS_MAX + 2);
	duet_buffer_free(&text);
	duet_hsts_free(hsts);
}

static void reads_and_writes_curls_form(void **state)
{
	static const char text[] = "# a comment\r\n\n"
				   ".Example.org \"20991231 23:59:59\"\r\n"
				   "a.b \"unlimited\"\n"
				   "old.org \"20010101 00:00:00\"\n"
				   "127.0.0.1 \"unlimited\"";
	struct duet_hsts *hsts = duet_hsts_new(NULL);
	struct duet_buffer out = { NULL, 0 };

	(void)state;
	assert_int_equal(duet_hsts_parse(hsts, duet_str(text), NULL), DUET_OK);
	assert_true(duet_hsts_knows(hsts, "x.example.org", NOW));
	assert_true(duet_hsts_knows(hsts, "a.b", NOW));
	assert_false(duet_hsts_knows(hsts, "x.a.b", NOW));
	assert_int_equal(duet_hsts_print(hsts, &out, NULL), DUET_OK);
	assert_non_null(strstr(out.data,
			       "\n.example.org \"20991231 23:59:59\"\n"
			       "a.b \"unlimited\"\n"));
	assert_null(strstr(out.data, "old.org"));
	duet_buffer_free(&out);
	duet_hsts_free(hsts);
}

static void a_line_that_is_none_is_named(void **state)
{
	static const char *const lines[] = {
		"example.org",
		"example.org 20991231",
		"example.org \"2099\"",
		"example.org \"20991331 23:59:59\"",
		"example.org \"20991200 23:59:59\"",
		"example.org \"20991231 24:59:59\"",
		"example.org \"20991231T23:59:59\"",
		"example.org \"-0991231 23:59:59\"",
		"example.org \"20991231 23:59:59\" x",
		"example.org x \"20991231 23:59:59\"",
		"\"20991231 23:59:59\"",
		". \"unlimited\"",
		"..a \"unlimited\"",
		"a/b \"unlimited\"",
		"example.org \"unlimited",
		"<html>",
	};
	struct duet_error err;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		struct duet_hsts *hsts = duet_hsts_new(NULL);

		(void)snprintf(text, sizeof(text), "# x\n%s\n", lines[i]);
		if (duet_hsts_parse(hsts, duet_str(text), &err) !=
		    DUET_E_ARGUMENT)
			fail_msg("%s", lines[i]);
		assert_true(strncmp(err.text, "line 2 is no host", 17) == 0);
		duet_hsts_free(hsts);
	}
}

/* Every answer says it anew; not every one is worth a write. */
static void only_what_matters_is_written(void **state)
{
	static const struct {
		const char *value;
		int later;
		bool changed;
	} rows[] = {
		{ "max-age=1000", 10, false },
		{ "max-age=1000", 100, true },
		{ "max-age=1000; includeSubDomains", 0, true },
		{ "max-age=999", 0, true },
		{ "max-age=0", 0, true },
		{ "nonsense", 0, false },
	};
	int64_t now = duet_clock_wall();
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	size_t i;

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/hsts", dir);
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_hsts *first = duet_hsts_new(NULL);
		struct duet_hsts *hsts = duet_hsts_new(NULL);

		assert_int_equal(duet_hsts_note(first, "e.org", "max-age=1000",
						now),
				 DUET_OK);
		assert_true(duet_hsts_has_changed(first));
		assert_int_equal(duet_hsts_write(first, path, NULL), DUET_OK);
		assert_int_equal(duet_hsts_read(hsts, path, NULL), DUET_OK);
		assert_false(duet_hsts_has_changed(hsts));
		assert_int_equal(duet_hsts_note(hsts, "e.org", rows[i].value,
						now + rows[i].later),
				 DUET_OK);
		if (duet_hsts_has_changed(hsts) != rows[i].changed)
			fail_msg("%zu", i);
		duet_hsts_free(first);
		duet_hsts_free(hsts);
	}
	temp_dir_remove(dir);
}

static void what_others_wrote_stays(void **state)
{
	struct duet_hsts *one = duet_hsts_new(NULL);
	struct duet_hsts *two = duet_hsts_new(NULL);
	struct duet_hsts *all = duet_hsts_new(NULL);
	int64_t now = duet_clock_wall();
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];

	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/hsts", dir);
	assert_int_equal(duet_hsts_note(one, "a.org", "max-age=99", now), 0);
	assert_int_equal(duet_hsts_note(two, "b.org", "max-age=99", now), 0);
	assert_int_equal(duet_hsts_write(one, path, NULL), DUET_OK);
	assert_int_equal(duet_hsts_write(two, path, NULL), DUET_OK);
	/* Gone from one, it is gone from the file. */
	assert_int_equal(duet_hsts_note(one, "a.org", "max-age=0", now), 0);
	assert_int_equal(duet_hsts_note(one, "c.org", "max-age=99", now), 0);
	assert_int_equal(duet_hsts_write(one, path, NULL), DUET_OK);
	assert_int_equal(duet_hsts_read(all, path, NULL), DUET_OK);
	assert_false(duet_hsts_knows(all, "a.org", now));
	assert_true(duet_hsts_knows(all, "b.org", now));
	assert_true(duet_hsts_knows(all, "c.org", now));
	duet_hsts_free(one);
	duet_hsts_free(two);
	duet_hsts_free(all);
	temp_dir_remove(dir);
}

static void survives_without_memory(void **state)
{
	struct duet_hsts *hsts;
	struct duet_buffer out = { NULL, 0 };
	bool failed = true;
	int rc;
	int n;

	(void)state;
	for (n = 0; failed; n++) {
		memory_fail(n);
		rc = DUET_E_NOMEM;
		hsts = duet_hsts_new(NULL);
		if (hsts != NULL)
			rc = duet_hsts_note(hsts, "e.org", "max-age=9999",
					    duet_clock_wall());
		if (rc == DUET_OK)
			rc = duet_hsts_parse(hsts,
					     duet_str("a.b \"unlimited\"\n"),
					     NULL);
		if (rc == DUET_OK)
			rc = duet_hsts_print(hsts, &out, NULL);
		duet_buffer_free(&out);
		duet_hsts_free(hsts);
		failed = memory_done();
		assert_int_equal(rc, failed ? DUET_E_NOMEM : DUET_OK);
		assert_int_equal(memory.held, 0);
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_hosts_and_those_below),
		cmocka_unit_test(no_address_is_ever_known),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(reads_and_writes_curls_form),
		cmocka_unit_test(a_line_that_is_none_is_named),
		cmocka_unit_test(only_what_matters_is_written),
		cmocka_unit_test(what_others_wrote_stays),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
