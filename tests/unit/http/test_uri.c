/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/uri.h"
#include "support/unit.h"

static void cleans_paths_in_one_way_only(void **state)
{
	static const struct {
		const char *raw;
		const char *clean; /* NULL: 400 */
	} cases[] = {
		{ "/", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a/" },
		{ "/a/b.txt", "/a/b.txt" },
		{ "//", "/" },
		{ "//evil.example/x", "/evil.example/x" },
		{ "/a//b///c", "/a/b/c" },
		{ "/a/./b", "/a/b" },
		{ "/a/.", "/a/" },
		{ "/./", "/" },
		{ "/.", "/" },
		{ "/a/../b", "/b" },
		{ "/a/..", "/" },
		{ "/a/b/..", "/a/" },
		{ "/a/b/../../c", "/c" },
		{ "/a//../b", "/b" },
		{ "/...", "/..." },
		{ "/..a", "/..a" },
		{ "/.well-known/x", "/.well-known/x" },
		{ "/%61%62", "/ab" },
		{ "/a%20b", "/a b" },
		{ "/100%25", "/100%" },
		{ "/%2541", "/%41" }, /* decoded once */
		{ "/caf%C3%A9", "/caf\xc3\xa9" },
		{ "/caf\xc3\xa9", "/caf\xc3\xa9" },
		{ "/a\\b", "/a\\b" },
		{ "/a%5c..%5cb", "/a\\..\\b" }, /* one segment here */
		/* RFC 3986 s6.2.2.2: %2e is a dot */
		{ "/a/%2e%2e/b", "/b" },
		{ "/a/.%2E/b", "/b" },
		{ "/a/%2e/b", "/a/b" },
		{ "", NULL },
		{ "a", NULL },
		{ "/..", NULL },
		{ "/../etc/passwd", NULL },
		{ "/a/../../b", NULL },
		{ "/%2e%2e/b", NULL },
		{ "/%2e./b", NULL },
		{ "//../b", NULL },
		{ "/./../b", NULL },
		{ "/%00", NULL },
		{ "/a%00.html", NULL },
		{ "/a%2fb", NULL },
		{ "/a%2Fb", NULL },
		{ "/..%2f..%2fetc", NULL },
		{ "/%0d%0aX:y", NULL },
		{ "/%7f", NULL },
		{ "/%", NULL },
		{ "/%2", NULL },
		{ "/%zz", NULL },
		{ "/%u0041", NULL },
		{ "/%c0%2e%c0%2e%/", NULL },
	};
	struct duet_fault fault = { NULL, 0 };
	char clean[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct duet_bytes raw = duet_str(cases[i].raw);
		int rc;

		fault.status = 0;
		rc = duet_uri_clean(raw, clean, raw.len + 1, &fault);
		if (cases[i].clean == NULL) {
			if (rc != DUET_E_HTTP || fault.status != 400)
				fail_msg("'%s' is taken", cases[i].raw);
			continue;
		}
		if (rc != DUET_OK)
			fail_msg("'%s' is refused", cases[i].raw);
		assert_string_equal(clean, cases[i].clean);
	}
}

static void a_path_without_room_is_too_long(void **state)
{
	struct duet_fault fault = { NULL, 0 };
	char clean[4];

	(void)state;
	assert_int_equal(duet_uri_clean(duet_str("/abc"), clean, sizeof(clean),
					&fault),
			 DUET_E_LIMIT);
	assert_int_equal(fault.status, 414);
	assert_int_equal(duet_uri_clean(duet_str("/ab"), clean, sizeof(clean),
					&fault),
			 DUET_OK);
}

static void assert_bytes(struct duet_bytes bytes, const char *text)
{
	assert_int_equal(bytes.len, strlen(text));
	if (bytes.len > 0)
		assert_memory_equal(bytes.data, text, bytes.len);
}

static void splits_every_form_of_target(void **state)
{
	static const struct {
		const char *method;
		const char *target;
		enum duet_target_form form;
		const char *authority;
		const char *path;
		const char *query; /* NULL: none */
		bool https;
	} cases[] = {
		{ "GET", "/", DUET_TARGET_ORIGIN, "", "/", NULL, false },
		{ "GET", "/a?b=c?d", DUET_TARGET_ORIGIN, "", "/a", "b=c?d",
		  false },
		{ "GET", "/a?", DUET_TARGET_ORIGIN, "", "/a", "", false },
		{ "GET", "http://h", DUET_TARGET_ABSOLUTE, "h", "/", NULL,
		  false },
		{ "GET", "https://h:1?q", DUET_TARGET_ABSOLUTE, "h:1", "/", "q",
		  true },
		{ "GET", "HTTPS://[::1]/a?q", DUET_TARGET_ABSOLUTE, "[::1]",
		  "/a", "q", true },
		{ "CONNECT", "h:443", DUET_TARGET_AUTHORITY, "h:443", "", NULL,
		  false },
		{ "OPTIONS", "*", DUET_TARGET_ASTERISK, "", "", NULL, false },
	};
	struct duet_uri uri;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(
			duet_uri_split(cases[i].method, cases[i].target, &uri));
		assert_int_equal(uri.form, cases[i].form);
		assert_bytes(uri.authority, cases[i].authority);
		assert_bytes(uri.path, cases[i].path);
		assert_int_equal(uri.has_query, cases[i].query != NULL);
		assert_bytes(uri.query,
			     cases[i].query != NULL ? cases[i].query : "");
		assert_int_equal(uri.https, cases[i].https);
	}
	assert_false(duet_uri_split("GET", "*", &uri));
}

static void encodes_what_a_path_may_not_hold(void **state)
{
	struct duet_buf buf;

	(void)state;
	duet_buf_init(&buf, 1000);
	assert_int_equal(duet_uri_encode(&buf,
					 duet_str("/a b/%?#\"<>\xc3\xa9:@~")),
			 DUET_OK);
	assert_bytes(duet_buf_bytes(&buf),
		     "/a%20b/%25%3F%23%22%3C%3E%C3%A9:@~");
	duet_buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans_paths_in_one_way_only),
		cmocka_unit_test(a_path_without_room_is_too_long),
		cmocka_unit_test(splits_every_form_of_target),
		cmocka_unit_test(encodes_what_a_path_may_not_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
