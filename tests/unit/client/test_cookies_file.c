/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "client/cookies.h"
#include "support/tempdir.h"
#include "support/unit.h"

static char dir[TEMP_DIR_BYTES];
static char path[TEMP_DIR_BYTES + 8];

static int set_up(void **state)
{
	(void)state;
	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/jar", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return temp_dir_remove(dir);
}

static void set(struct duet_cookies *cookies, const char *field)
{
	const struct duet_header headers[] = { { "Set-Cookie", field },
					       { NULL, NULL } };
	struct duet_url url;

	assert_int_equal(duet_url_parse(&url, "https://a.e.org/x/y", NULL),
			 DUET_OK);
	assert_int_equal(duet_cookies_take(cookies, &url, headers,
					   duet_clock_wall()),
			 DUET_OK);
	duet_url_done(&url);
}

/* What is in the file; freed by the caller. */
static struct duet_buffer content(void)
{
	struct duet_buffer text = { NULL, 0 };

	assert_int_equal(duet_file_read(path, 65536, &text, NULL), DUET_OK);
	return text;
}

static bool has(const char *line)
{
	struct duet_buffer text = content();
	bool found = strstr(text.data, line) != NULL;

	duet_buffer_free(&text);
	return found;
}

static void put(const char *text)
{
	assert_int_equal(duet_file_write(path, duet_str(text), 0644, NULL),
			 DUET_OK);
}

static void writes_what_curl_reads(void **state)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	struct stat st;

	(void)state;
	set(cookies, "a=b");
	set(cookies, "c=d; Domain=e.org; Secure; HttpOnly; Path=/");
	set(cookies, "gone=1; Max-Age=0");
	set(cookies, "value=with\ttab");
	set(cookies, "name\tin=x");
	assert_int_equal(duet_cookies_write(cookies, path, NULL), DUET_OK);
	assert_true(has("# Netscape HTTP Cookie File\n"));
	assert_true(has("\na.e.org\tFALSE\t/x\tFALSE\t0\ta\tb\n"));
	assert_true(has("\n#HttpOnly_.e.org\tTRUE\t/\tTRUE\t0\tc\td\n"));
	assert_true(has("\tvalue\twith\ttab\n"));
	assert_false(has("gone"));
	assert_false(has("name\tin"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	duet_cookies_free(cookies);
}

/* A default path is as long as a URL; the file of a jar must stay readable. */
static void a_long_path_spoils_no_file(void **state)
{
	const struct duet_header headers[] = { { "Set-Cookie", "a=b" },
					       { NULL, NULL } };
	static char part[2001];
	static char long_url[4096];
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	struct duet_error err;
	struct duet_url url;

	(void)state;
	memset(part, 'p', sizeof(part) - 1);
	(void)snprintf(long_url, sizeof(long_url), "https://a.e.org/%s/x",
		       part);
	assert_int_equal(duet_url_parse(&url, long_url, NULL), DUET_OK);
	assert_int_equal(duet_cookies_take(cookies, &url, headers,
					   duet_clock_wall()),
			 DUET_OK);
	set(cookies, "other=1");
	assert_int_equal(duet_cookies_write(cookies, path, NULL), DUET_OK);
	if (duet_cookies_read(cookies, path, &err) != DUET_OK)
		fail_msg("%s", err.text);
	assert_true(has("\tother\t1\n"));
	duet_url_done(&url);
	duet_cookies_free(cookies);
}

static void reads_what_others_write(void **state)
{
	static const char text[] =
		"# Netscape HTTP Cookie File\r\n"
		"\n"
		"a.e.org\tFALSE\t/\tFALSE\t0\tone\t1\r\n"
		".E.org\tTRUE\t/\ttrue\t4102444800\ttwo\t2\n"
		"#HttpOnly_a.e.org\tFALSE\t/x\tFALSE\t0\tthree\t3\n"
		"e.org\tTRUE\t/\tFALSE\t1\told\t4\n"
		"a.e.org\tFALSE\t/\tFALSE\t0\tempty\t\n"
		"a.e.org\tFALSE\t/\tFALSE\t0\tmissing\n"
		"a.e.org\tFALSE\t/\tFALSE\t0\t\tnameless\n"
		".org\tTRUE\t/\tFALSE\t0\tsuffix\t5\n"
		"a.e.org\tFALSE\t/\tFALSE\t0\t__Host-x\t6\n"
		"a.e.org\tFALSE\t/\tFALSE\t0\ttab\tin\tit";
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	char *field = NULL;
	struct duet_url url;

	(void)state;
	assert_int_equal(duet_cookies_parse(cookies, duet_str(text), NULL),
			 DUET_OK);
	assert_int_equal(duet_url_parse(&url, "https://a.e.org/x", NULL), 0);
	assert_int_equal(duet_cookies_field(cookies, &url, duet_clock_wall(),
					    &field),
			 DUET_OK);
	assert_string_equal(field,
			    "three=3; one=1; two=2; empty=; missing=; nameless; tab=in\tit");
	free(field);
	duet_url_done(&url);
	duet_cookies_free(cookies);
}

static void a_line_that_is_none_is_named(void **state)
{
	static const char *const lines[] = {
		"Set-Cookie: a=b",
		"a=b",
		"<html>",
		"a.e.org\tFALSE\t/\tFALSE\t0",
		"a.e.org\tMAYBE\t/\tFALSE\t0\ta\tb",
		"a.e.org\tFALSE\tx\tFALSE\t0\ta\tb",
		"a.e.org\tFALSE\t/\tNO\t0\ta\tb",
		"a.e.org\tFALSE\t/\tFALSE\t-1\ta\tb",
		"a.e.org\tFALSE\t/\tFALSE\tx\ta\tb",
		"\tFALSE\t/\tFALSE\t0\ta\tb",
		"a.e.org\tFALSE\t/\tFALSE\t0\t\t",
		"e .org\tTRUE\t/\tFALSE\t0\ta\tb",
		".#e:org\tTRUE\t/\tFALSE\t0\ta\tb",
		"..e.org\tTRUE\t/\tFALSE\t0\ta\tb",
		".\tTRUE\t/\tFALSE\t0\ta\tb",
		"a.e.org\tFALSE\t/\tFALSE\t0\ta\tb\x01",
	};
	struct duet_error err;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		struct duet_cookies *cookies = duet_cookies_new(NULL);

		(void)snprintf(text, sizeof(text), "# x\n\n%s\n", lines[i]);
		if (duet_cookies_parse(cookies, duet_str(text), &err) !=
		    DUET_E_ARGUMENT)
			fail_msg("%s", lines[i]);
		assert_true(strncmp(err.text, "line 3 is no cookie", 19) == 0);
		/* ... and such a file is not written over. */
		put(text);
		set(cookies, "a=b");
		assert_int_equal(duet_cookies_write(cookies, path, &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, path));
		assert_non_null(strstr(err.text, "left as it is"));
		assert_true(has(lines[i]));
		duet_cookies_free(cookies);
	}
	assert_int_equal(duet_cookies_parse(NULL,
					    (struct duet_bytes){ "a\0b", 3 },
					    &err),
			 DUET_E_ARGUMENT);
}

static void what_others_wrote_meanwhile_stays(void **state)
{
	struct duet_cookies *one = duet_cookies_new(NULL);
	struct duet_cookies *two = duet_cookies_new(NULL);

	(void)state;
	set(one, "a=1");
	set(one, "shared=one");
	set(one, "kept=1");
	assert_int_equal(duet_cookies_write(one, path, NULL), DUET_OK);
	assert_int_equal(duet_cookies_read(two, path, NULL), DUET_OK);
	/* One changes and takes away what two has read, */
	set(one, "a=; Max-Age=0");
	set(one, "kept=2");
	assert_int_equal(duet_cookies_write(one, path, NULL), DUET_OK);
	/* ... and two writes only what is its own. */
	set(two, "shared=two");
	set(two, "b=2");
	assert_int_equal(duet_cookies_write(two, path, NULL), DUET_OK);
	assert_false(has("\ta\t1\n"));
	assert_true(has("\tshared\ttwo\n"));
	assert_true(has("\tkept\t2\n"));
	assert_true(has("\tb\t2\n"));
	duet_cookies_free(one);
	duet_cookies_free(two);
}

static void a_file_that_is_not_there_is_empty(void **state)
{
	struct duet_cookies *cookies = duet_cookies_new(NULL);
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_cookies_read(cookies, path, NULL), DUET_OK);
	assert_int_equal(duet_cookies_read(cookies, dir, &err), DUET_E_SYSTEM);
	assert_null(duet_cookies_at(cookies, 0));
	duet_cookies_free(cookies);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_what_curl_reads),
		TEST(a_long_path_spoils_no_file),
		TEST(reads_what_others_write),
		TEST(a_line_that_is_none_is_named),
		TEST(what_others_wrote_meanwhile_stays),
		TEST(a_file_that_is_not_there_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
