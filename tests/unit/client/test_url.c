/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/url.h"
#include "support/memory.h"
#include "support/unit.h"

static void takes_apart_what_users_write(void **state)
{
	static const struct {
		const char *text;
		bool https;
		const char *host;
		uint16_t port;
		const char *authority;
		const char *target;
		const char *userinfo;
	} rows[] = {
		{ "https://example.org", true, "example.org", 443,
		  "example.org", "/", NULL },
		{ "HTTPS://EXAMPLE.org/A", true, "example.org", 443,
		  "example.org", "/A", NULL },
		{ "http://example.org:80/", false, "example.org", 80,
		  "example.org", "/", NULL },
		{ "http://example.org:443/", false, "example.org", 443,
		  "example.org:443", "/", NULL },
		{ "https://example.org:8443?q", true, "example.org", 8443,
		  "example.org:8443", "/?q", NULL },
		{ "https://example.org:/", true, "example.org", 443,
		  "example.org", "/", NULL },
		{ "https://[::1]:8443/", true, "::1", 8443, "[::1]:8443", "/",
		  NULL },
		{ "https://[2001:DB8::1]/", true, "2001:db8::1", 443,
		  "[2001:db8::1]", "/", NULL },
		{ "https://127.0.0.1/", true, "127.0.0.1", 443, "127.0.0.1",
		  "/", NULL },
		{ "https://e/a b\"c\xc3\xa4{}|\\^`<>", true, "e", 443, "e",
		  "/a%20b%22c%C3%A4%7B%7D%7C%5C%5E%60%3C%3E", NULL },
		{ "https://e/a[1]?b[]=c d", true, "e", 443, "e",
		  "/a%5B1%5D?b%5B%5D=c%20d", NULL },
		{ "https://e/100%?5%2f%zz", true, "e", 443, "e",
		  "/100%25?5%2f%25zz", NULL },
		{ "https://e/a%2fb", true, "e", 443, "e", "/a%2fb", NULL },
		{ "https://e/a/./b/../c", true, "e", 443, "e", "/a/c", NULL },
		{ "https://e/../../etc", true, "e", 443, "e", "/etc", NULL },
		{ "https://e/a//b/", true, "e", 443, "e", "/a//b/", NULL },
		{ "https://e//", true, "e", 443, "e", "//", NULL },
		{ "https://e/a#fragment?x", true, "e", 443, "e", "/a", NULL },
		{ "  https://e/a  ", true, "e", 443, "e", "/a", NULL },
		{ "https://e/?", true, "e", 443, "e", "/?", NULL },
		{ "https://e/?a=http://b/", true, "e", 443, "e",
		  "/?a=http://b/", NULL },
		{ "https://u:p%40ss@e/", true, "e", 443, "e", "/", "u:p@ss" },
		{ "https://u@e:1/", true, "e", 1, "e:1", "/", "u" },
		{ "https://a_b.example/", true, "a_b.example", 443,
		  "a_b.example", "/", NULL },
		{ "https://example.org./", true, "example.org.", 443,
		  "example.org.", "/", NULL },
	};
	struct duet_url url;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (duet_url_parse(&url, rows[i].text, &err) != DUET_OK)
			fail_msg("'%s': %s", rows[i].text, err.text);
		assert_int_equal(url.https, rows[i].https);
		assert_string_equal(url.host, rows[i].host);
		assert_int_equal(url.port, rows[i].port);
		assert_string_equal(url.authority, rows[i].authority);
		assert_string_equal(url.target, rows[i].target);
		assert_int_equal(url.userinfo == NULL,
				 rows[i].userinfo == NULL);
		if (rows[i].userinfo != NULL)
			assert_string_equal(url.userinfo, rows[i].userinfo);
		assert_null(strchr(url.text, '@'));
		duet_url_done(&url);
	}
}

static void writes_hosts_in_their_xn_form(void **state)
{
	static const char *const rows[] = {
		"https://M\u00fcnchen.example/",
		"https://u\u00fc:p@m\u00fcnchen.example:443",
		"https://xn--mnchen-3ya.example/#\u00fc",
	};
	struct duet_url base;
	struct duet_url url;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_url_parse(&url, rows[i], NULL), DUET_OK);
		assert_string_equal(url.text,
				    "https://xn--mnchen-3ya.example/");
		assert_string_equal(url.authority, "xn--mnchen-3ya.example");
		assert_string_equal(url.host_unicode, "m\u00fcnchen.example");
		duet_url_done(&url);
	}
	/* of a redirect too */
	assert_int_equal(duet_url_parse(&base, "https://e/", NULL), DUET_OK);
	assert_null(base.host_unicode);
	assert_int_equal(duet_url_resolve(&url, &base,
					  "//m\u00fcnchen.example:1/\u00fc",
					  NULL),
			 DUET_OK);
	assert_string_equal(url.text,
			    "https://xn--mnchen-3ya.example:1/%C3%BC");
	duet_url_done(&url);
	duet_url_done(&base);
}

static void refuses_in_words(void **state)
{
	static const struct {
		const char *text;
		const char *word;
	} rows[] = {
		{ "", "put https://" },
		{ "example.org", "put https://" },
		{ "example.org/x", "put https://" },
		{ "example.org:8443/x", "put https://" },
		{ "/path", "put https://" },
		{ "//example.org/", "put https://" },
		{ "https:/example.org", "names no host" },
		{ "ftp://example.org/", "neither" },
		{ "file:///etc/passwd", "neither" },
		{ "https://", "names no host" },
		{ "https:///path", "names no host" },
		{ "https://:443/", "names no host" },
		{ "https://e:0/", "port" },
		{ "https://e:65536/", "port" },
		{ "https://e:99999999999999999999/", "port" },
		{ "https://e:8x/", "is not a URL" },
		{ "https://[::1/", "is not a URL" },
		{ "https://[:::]/", "is not a URL" },
		{ "https://[v1.x]/", "kind nobody knows" },
		{ "https://\xff.example/", "UTF-8" },
		{ "https://\u0430pple.example/", "look alike" },
		{ "https://m%C3%BCnchen.example/", "xn--" },
		{ "https://exa%6dple.org/", "%-encoding" },
		{ "https://a b/", "a space in its host" },
		{ "https://a$b/", "no host has" },
		{ "https://.a.b/", "an empty part" },
		{ "https://a..b/", "an empty part" },
		{ "https://./", "an empty part" },
		{ "https://e/a\nb", "control character" },
		{ "https://e/a\tb", "control character" },
		{ "https://e/\r\nHost: x", "control character" },
		{ "https://u%00@e/", "NUL" },
	};
	struct duet_url url;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&err, 0, sizeof(err));
		if (duet_url_parse(&url, rows[i].text, &err) != DUET_E_URL ||
		    strstr(err.text, rows[i].word) == NULL)
			fail_msg("'%s': %s", rows[i].text, err.text);
	}
}

static void keeps_passwords_out_of_sentences(void **state)
{
	static const char *const rows[] = {
		"https://user:secret@e:0/",
		"https://user:secret@a b/",
		"ftp://user:secret@e/",
		"https://user:sec@secret@[::/",
		"verylongscheme://user:secret@e/",
		"//user:secret@e",
		"https://user:sec/secret@e:0/",
		"https://user:secret/t@e",
		"https://user:secret?t@e",
		"https://user:secret#t@e",
		"https:/user:secret@e",
		"https:user:secret@e",
		"user:secret@e",
		"secret@e",
	};
	struct duet_url url;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_url_parse(&url, rows[i], &err),
				 DUET_E_URL);
		if (strstr(err.text, "secret") != NULL)
			fail_msg("%s", err.text);
	}
}

static void refuses_urls_of_any_length(void **state)
{
	char *text = malloc(DUET_URL_MAX + 2);
	char host[400] = "https://";
	struct duet_url url;
	struct duet_error err;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', DUET_URL_MAX + 1);
	memcpy(text, "https://e/", 10);
	text[DUET_URL_MAX + 1] = '\0';
	assert_int_equal(duet_url_parse(&url, text, &err), DUET_E_URL);
	assert_non_null(strstr(err.text, "65536"));
	/* The most there is, each byte of it to be encoded. */
	memset(text + 10, ' ', DUET_URL_MAX - 10);
	text[DUET_URL_MAX - 1] = 'x';
	text[DUET_URL_MAX] = '\0';
	assert_int_equal(duet_url_parse(&url, text, &err), DUET_OK);
	duet_url_done(&url);
	free(text);

	memset(host + 8, 'a', 256);
	assert_int_equal(duet_url_parse(&url, host, &err), DUET_E_URL);
	host[8 + 255] = '\0';
	assert_int_equal(duet_url_parse(&url, host, &err), DUET_OK);
	duet_url_done(&url);
}

/* RFC 3986 s5.4, and what servers put into Location. */
static void resolves_references(void **state)
{
	static const struct {
		const char *reference;
		const char *text; /* NULL: refused */
	} rows[] = {
		{ "g", "https://a/b/c/g" },
		{ "./g", "https://a/b/c/g" },
		{ "g/", "https://a/b/c/g/" },
		{ "/g", "https://a/g" },
		{ "//g", "https://g/" },
		{ "//[::1]:8443/x[1]", "https://[::1]:8443/x%5B1%5D" },
		{ " //u@[::1]?[y]", "https://[::1]/?%5By%5D" },
		{ "https://[::1]", "https://[::1]/" },
		{ "g//[h]", "https://a/b/c/g//%5Bh%5D" },
		{ "/g//[h]", "https://a/g//%5Bh%5D" },
		{ "/x:[1]", "https://a/x:%5B1%5D" },
		{ "?//[h]", "https://a/b/c/d;p?//%5Bh%5D" },
		{ "?y", "https://a/b/c/d;p?y" },
		{ "g?y", "https://a/b/c/g?y" },
		{ "#s", "https://a/b/c/d;p?q" },
		{ "", "https://a/b/c/d;p?q" },
		{ "..", "https://a/b/" },
		{ "../../../g", "https://a/g" },
		{ "../g/../h", "https://a/b/h" },
		{ "http://h/x", "http://h/x" },
		{ "https://h:444/x#y", "https://h:444/x" },
		{ "/with space", "https://a/with%20space" },
		{ "?u=http://x/[1]", "https://a/b/c/d;p?u=http://x/%5B1%5D" },
		{ "\xc3\xa4", "https://a/b/c/%C3%A4" },
		{ "ftp://h/", NULL },
		{ "javascript:alert(1)", NULL },
		{ "https://", NULL },
		{ "/a\r\nX: y", NULL },
	};
	struct duet_url base;
	struct duet_url url;
	struct duet_error err;
	size_t i;

	(void)state;
	assert_int_equal(duet_url_parse(&base, "https://a/b/c/d;p?q", &err),
			 DUET_OK);
	for (i = 0; i < COUNT(rows); i++) {
		int rc = duet_url_resolve(&url, &base, rows[i].reference, &err);

		if (rc != (rows[i].text != NULL ? DUET_OK : DUET_E_URL))
			fail_msg("'%s': %s", rows[i].reference, err.text);
		if (rc < 0)
			continue;
		assert_string_equal(url.text, rows[i].text);
		duet_url_done(&url);
	}
	duet_url_done(&base);
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool same;
	} rows[] = {
		{ "https://e/x", "https://E:443/y?z", true },
		{ "https://e/", "http://e:443/", false },
		{ "https://e/", "https://e:444/", false },
		{ "https://e/", "https://f/", false },
		{ "https://u@e/", "https://e/", true },
	};
	struct duet_url a;
	struct duet_url b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_url_parse(&a, rows[i].a, NULL), DUET_OK);
		assert_int_equal(duet_url_parse(&b, rows[i].b, NULL), DUET_OK);
		assert_int_equal(duet_url_same_origin(&a, &b), rows[i].same);
		duet_url_done(&a);
		duet_url_done(&b);
	}
}

static void a_label_shows_neither_query_nor_user(void **state)
{
	char label[DUET_URL_LABEL_BYTES];
	struct duet_url url;

	(void)state;
	assert_int_equal(duet_url_parse(&url, "https://u:p@e:1/a?token=x#f",
					NULL),
			 DUET_OK);
	duet_url_label(label, &url);
	assert_string_equal(label, "https://e:1/a");
	duet_url_done(&url);
}

static void survives_every_allocation_that_fails(void **state)
{
	struct duet_url base;
	struct duet_url url;
	int rc = DUET_E_NOMEM;
	int n;

	(void)state;
	for (n = 0; rc != DUET_OK; n++) {
		memory_end_after(n);
		rc = duet_url_parse(&base, "https://u:p@[::1]:8443/a/../b?c",
				    NULL);
		if (rc == DUET_OK) {
			rc = duet_url_resolve(&url, &base, "../x?y", NULL);
			if (rc == DUET_OK)
				duet_url_done(&url);
			duet_url_done(&base);
		}
		if (rc != DUET_OK)
			assert_int_equal(rc, DUET_E_NOMEM);
	}
	(void)memory_done();
	assert_true(n > 10);
}

/* RFC 6797 s8.3 */
static void becomes_https_with_its_port(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		const char *authority;
	} rows[] = {
		{ "http://e.org/a?b", "https://e.org/a?b", "e.org" },
		{ "http://e.org:80/", "https://e.org/", "e.org" },
		{ "http://e.org:8080/", "https://e.org:8080/", "e.org:8080" },
		{ "http://e.org:443/", "https://e.org/", "e.org" },
	};
	struct duet_url url;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_url_parse(&url, rows[i].from, NULL),
				 DUET_OK);
		assert_int_equal(duet_url_make_https(&url), DUET_OK);
		assert_true(url.https);
		assert_string_equal(url.text, rows[i].to);
		assert_string_equal(url.authority, rows[i].authority);
		duet_url_done(&url);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(becomes_https_with_its_port),
		cmocka_unit_test(takes_apart_what_users_write),
		cmocka_unit_test(writes_hosts_in_their_xn_form),
		cmocka_unit_test(refuses_in_words),
		cmocka_unit_test(keeps_passwords_out_of_sentences),
		cmocka_unit_test(refuses_urls_of_any_length),
		cmocka_unit_test(resolves_references),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(a_label_shows_neither_query_nor_user),
		cmocka_unit_test(survives_every_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
