/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "client/redirect.h"
#include "support/unit.h"

struct row {
	int status;
	const char *method;
	const char *location;
	const char *to; /* NULL: the reply is the answer */
	bool as_get;
	bool other_origin;
};

/* RFC 9110 s15.4, and what browsers and curl do. */
static const struct row rules[] = {
	{ 301, "GET", "/b", "https://a/b", false, false },
	{ 302, "GET", "/b", "https://a/b", false, false },
	{ 303, "GET", "/b", "https://a/b", false, false },
	{ 307, "GET", "/b", "https://a/b", false, false },
	{ 308, "GET", "/b", "https://a/b", false, false },
	{ 301, "HEAD", "/b", "https://a/b", false, false },
	{ 303, "HEAD", "/b", "https://a/b", false, false },
	{ 301, "POST", "/b", "https://a/b", true, false },
	{ 302, "POST", "/b", "https://a/b", true, false },
	{ 303, "POST", "/b", "https://a/b", true, false },
	{ 307, "POST", "/b", "https://a/b", false, false },
	{ 308, "POST", "/b", "https://a/b", false, false },
	{ 301, "PUT", "/b", "https://a/b", false, false },
	{ 302, "DELETE", "/b", "https://a/b", false, false },
	{ 303, "PUT", "/b", "https://a/b", true, false },
	{ 303, "DELETE", "/b", "https://a/b", true, false },
	{ 302, "GET", "https://b/", "https://b/", false, true },
	{ 302, "GET", "https://a:444/", "https://a:444/", false, true },
	{ 302, "GET", "//b/c", "https://b/c", false, true },
	{ 200, "GET", "/b", NULL, false, false },
	{ 201, "POST", "/b", NULL, false, false },
	{ 300, "GET", "/b", NULL, false, false },
	{ 304, "GET", "/b", NULL, false, false },
	{ 305, "GET", "/b", NULL, false, false },
	{ 306, "GET", "/b", NULL, false, false },
	{ 309, "GET", "/b", NULL, false, false },
	{ 302, "GET", NULL, NULL, false, false },
};

static int plan(const struct duet_redirect_from *from, int status,
		const char *location, struct duet_redirect_to *to,
		struct duet_error *err)
{
	return duet_redirect_plan(from,
				  DUET_HEAD(.status = status,
					    .headers = DUET_HEADERS(
						    { location != NULL
							      ? "location"
							      : "X",
						      location != NULL
							      ? location
							      : "" })),
				  to, err);
}

static void follows_the_rules_of_the_standard(void **state)
{
	struct duet_redirect_to to;
	struct duet_url url;
	struct duet_error err;
	size_t i;

	(void)state;
	assert_int_equal(duet_url_parse(&url, "https://a/x?y", &err), DUET_OK);
	for (i = 0; i < COUNT(rules); i++) {
		const struct duet_redirect_from from = {
			.url = &url,
			.method = rules[i].method,
			.has_body = true,
			.can_repeat_body = true,
			.max = 1,
		};
		int rc = plan(&from, rules[i].status, rules[i].location, &to,
			      &err);

		if (rc != (rules[i].to != NULL ? DUET_OK : DUET_EOF))
			fail_msg("%d %s %s", rules[i].status, rules[i].method,
				 rules[i].location);
		if (rc != DUET_OK)
			continue;
		assert_string_equal(to.url.text, rules[i].to);
		assert_int_equal(to.as_get, rules[i].as_get);
		assert_int_equal(to.other_origin, rules[i].other_origin);
		duet_url_done(&to.url);
	}
	duet_url_done(&url);
}

static void refuses_in_words(void **state)
{
	static const struct {
		const char *from;
		int status;
		const char *location;
		uint32_t followed;
		uint32_t max;
		bool can_repeat_body;
		const char *word; /* NULL: follows */
		bool own_socket;
	} rows[] = {
		{ "https://a/", 302, "http://a/", 0, 9, true, "https to http" },
		{ "https://a/", 302, "HTTP://b/", 0, 9, true, "https to http" },
		{ "http://a/", 302, "http://b/", 0, 9, true, NULL },
		{ "http://a/", 302, "https://a/", 0, 9, true, NULL },
		{ "https://a/", 302, "/b", 2, 2, true, "more than 2" },
		{ "https://a/", 302, "/b", 1, 2, true, NULL },
		{ "https://a/", 307, "/b", 0, 9, false, "gives it once" },
		{ "https://a/", 308, "/b", 0, 9, false, "gives it once" },
		{ "https://a/", 303, "/b", 0, 9, false, NULL },
		{ "https://a/", 302, "/b", 0, 9, true, ".fd", true },
		{ "https://a/", 302, "https://b/", 0, 9, true, ".fd", true },
		{ "https://a/", 302, "ftp://b/", 0, 9, true, "nowhere" },
		{ "https://a/", 302, "https://b:0/", 0, 9, true, "nowhere" },
		{ "https://a/", 302, "https://u:pass@b:0/", 0, 9, true,
		  "nowhere" },
	};
	struct duet_redirect_to to;
	struct duet_url url;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_redirect_from from = {
			.url = &url,
			.method = "POST",
			.has_body = true,
			.can_repeat_body = rows[i].can_repeat_body,
			.own_socket = rows[i].own_socket,
			.followed = rows[i].followed,
			.max = rows[i].max,
		};
		int rc;

		assert_int_equal(duet_url_parse(&url, rows[i].from, &err),
				 DUET_OK);
		rc = plan(&from, rows[i].status, rows[i].location, &to, &err);
		if (rows[i].word == NULL) {
			assert_int_equal(rc, DUET_OK);
			duet_url_done(&to.url);
		} else if (rc != DUET_E_REDIRECT ||
			   strstr(err.text, rows[i].word) == NULL ||
			   strstr(err.text, "pass") != NULL) {
			fail_msg("%s: %s", rows[i].location, err.text);
		}
		duet_url_done(&url);
	}
}

static void follows_none_unless_asked_to(void **state)
{
	struct duet_redirect_to to;
	struct duet_url url;
	const struct duet_redirect_from from = { .url = &url, .method = "GET" };

	(void)state;
	assert_int_equal(duet_url_parse(&url, "https://a/", NULL), DUET_OK);
	assert_int_equal(plan(&from, 302, "http://b/", &to, NULL), DUET_EOF);
	duet_url_done(&url);
}

static void leaves_behind_what_must_not_go_along(void **state)
{
	static const struct {
		bool other_origin;
		bool as_get;
		const char *left; /* the first letters of what stays */
	} rows[] = {
		{ false, false, "ACHTXE" },
		{ true, false, "TXE" },
		{ false, true, "ACHX" },
		{ true, true, "X" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct duet_redirect_to to = {
			.as_get = rows[i].as_get,
			.other_origin = rows[i].other_origin,
		};
		struct duet_headers headers = { 0 };
		char left[8] = "";
		size_t n;

		assert_int_equal(duet_headers_add_all(&headers,
						      DUET_HEADERS({ "authorization",
								     "A" },
								   { "COOKIE",
								     "C" },
								   { "Host",
								     "H" },
								   { "content-type",
								     "T" },
								   { "X-Own",
								     "X" },
								   { "Expect",
								     "E" })),
				 DUET_OK);
		duet_redirect_strip(&to, &headers);
		for (n = 0; n < headers.n; n++)
			left[n] = headers.list[n].value[0];
		assert_string_equal(left, rows[i].left);
		duet_headers_done(&headers);
	}
}

/* RFC 6797 s7.2, s8.3 */
static void who_wants_https_is_gone_to_by_https(void **state)
{
	struct duet_hsts *hsts = duet_hsts_new(NULL);
	struct duet_redirect_to to;
	struct duet_error err;
	struct duet_url url;
	struct duet_redirect_from from = {
		.url = &url,
		.method = "GET",
		.max = 9,
		.hsts = hsts,
	};

	(void)state;
	assert_int_equal(duet_url_parse(&url, "https://a/x", &err), DUET_OK);
	assert_int_equal(duet_hsts_note(hsts, "b", "max-age=999",
					duet_clock_wall()),
			 DUET_OK);
	assert_int_equal(plan(&from, 302, "http://b:80/y", &to, &err), DUET_OK);
	assert_string_equal(to.url.text, "https://b/y");
	assert_true(to.other_origin);
	duet_url_done(&to.url);
	assert_int_equal(plan(&from, 302, "http://c/y", &to, &err),
			 DUET_E_REDIRECT);
	duet_url_done(&url);
	duet_hsts_free(hsts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_wants_https_is_gone_to_by_https),
		cmocka_unit_test(follows_the_rules_of_the_standard),
		cmocka_unit_test(refuses_in_words),
		cmocka_unit_test(follows_none_unless_asked_to),
		cmocka_unit_test(leaves_behind_what_must_not_go_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
