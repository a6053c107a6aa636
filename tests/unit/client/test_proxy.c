/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "client/proxy.h"
#include "support/unit.h"

static void reads_urls_of_proxies(void **state)
{
	static const struct {
		const char *text;
		const char *user;
		enum duet_proxy_kind kind;
		const char *host;
		uint16_t port;
		const char *shown;
		const char *userinfo;
	} rows[] = {
		{ "proxy.example", NULL, DUET_PROXY_HTTP, "proxy.example", 80,
		  "http://proxy.example:80", NULL },
		{ "proxy.example:3128", NULL, DUET_PROXY_HTTP, "proxy.example",
		  3128, "http://proxy.example:3128", NULL },
		{ "HTTP://Proxy.Example:3128/", NULL, DUET_PROXY_HTTP,
		  "proxy.example", 3128, "http://proxy.example:3128", NULL },
		{ "https://p", NULL, DUET_PROXY_HTTPS, "p", 443,
		  "https://p:443", NULL },
		{ "socks5://p", NULL, DUET_PROXY_SOCKS5, "p", 1080,
		  "socks5://p:1080", NULL },
		{ "socks5h://p:80", NULL, DUET_PROXY_SOCKS5H, "p", 80,
		  "socks5h://p:80", NULL },
		{ "socks5h://[::1]", NULL, DUET_PROXY_SOCKS5H, "::1", 1080,
		  "socks5h://[::1]:1080", NULL },
		{ "socks5h://[::1]:80", NULL, DUET_PROXY_SOCKS5H, "::1", 80,
		  "socks5h://[::1]:80", NULL },
		{ "socks5://a:b@p", NULL, DUET_PROXY_SOCKS5, "p", 1080,
		  "socks5://p:1080", "a:b" },
		{ "http://a%40b:c%3Ad@p:1", NULL, DUET_PROXY_HTTP, "p", 1,
		  "http://p:1", "a@b:c:d" },
		{ "a@p:1", NULL, DUET_PROXY_HTTP, "p", 1, "http://p:1", "a:" },
		{ "a:b@p:1", "c:d%", DUET_PROXY_HTTP, "p", 1, "http://p:1",
		  "c:d%" },
		{ "http://b\u00fccher.example:1", NULL, DUET_PROXY_HTTP,
		  "xn--bcher-kva.example", 1, "http://xn--bcher-kva.example:1",
		  NULL },
	};
	struct duet_proxy proxy;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (duet_proxy_parse(&proxy, rows[i].text, rows[i].user,
				     &err) != DUET_OK)
			fail_msg("'%s': %s", rows[i].text, err.text);
		assert_int_equal(proxy.kind, rows[i].kind);
		assert_string_equal(proxy.host, rows[i].host);
		assert_int_equal(proxy.port, rows[i].port);
		assert_string_equal(proxy.text, rows[i].shown);
		assert_int_equal(proxy.userinfo == NULL,
				 rows[i].userinfo == NULL);
		if (rows[i].userinfo != NULL)
			assert_string_equal(proxy.userinfo, rows[i].userinfo);
		duet_proxy_done(&proxy);
	}
}

static void refuses_in_words_without_the_password(void **state)
{
	static const struct {
		const char *text;
		const char *word;
	} rows[] = {
		{ "", "names no host" },
		{ "ftp://a:secret@p", "ftp:// is not a kind" },
		{ "socks4://p", "socks4:// is not a kind" },
		{ "http://a:secret@p:0", "port" },
		{ "http://a:secret@p/path", "has a path" },
		{ "http://a:secret@p/?q", "has a path" },
		{ "http://p q", "space" },
	};
	struct duet_proxy proxy;
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (duet_proxy_parse(&proxy, rows[i].text, NULL, &err) !=
			    DUET_E_ARGUMENT ||
		    err.code != DUET_E_ARGUMENT ||
		    strstr(err.text, rows[i].word) == NULL ||
		    strstr(err.text, "secret") != NULL)
			fail_msg("'%s': %s", rows[i].text, err.text);
		assert_int_equal(strncmp(err.text, "the proxy: ", 11), 0);
	}
}

static void says_who_we_are(void **state)
{
	struct duet_headers fields = { 0 };
	struct duet_proxy proxy;

	(void)state;
	assert_int_equal(duet_proxy_parse(&proxy, "p", NULL, NULL), DUET_OK);
	assert_int_equal(duet_proxy_authorize(&proxy, &fields), DUET_OK);
	assert_int_equal(fields.n, 0);
	duet_proxy_done(&proxy);
	assert_int_equal(duet_proxy_parse(&proxy, "p", "alice:secret", NULL),
			 DUET_OK);
	assert_int_equal(duet_proxy_authorize(&proxy, &fields), DUET_OK);
	assert_string_equal(duet_headers_get(&fields, "Proxy-Authorization"),
			    "Basic YWxpY2U6c2VjcmV0");
	duet_headers_done(&fields);
	duet_proxy_done(&proxy);
}

static void knows_who_is_reached_without(void **state)
{
	static const struct {
		const char *list;
		const char *host;
		uint16_t port;
		bool covered;
	} rows[] = {
		{ "", "example.org", 443, false },
		{ "*", "example.org", 443, true },
		{ "*", "::1", 443, true },
		{ "a, *", "example.org", 443, true },
		{ "example.org", "example.org", 443, true },
		{ "example.org", "www.example.org", 443, true },
		{ ".example.org", "example.org", 443, true },
		{ ".example.org", "www.example.org", 443, true },
		{ "example.org.", "www.example.org", 443, true },
		{ "example.org", "www.example.org.", 443, true },
		{ "EXAMPLE.org", "example.org", 443, true },
		{ "example.org", "notexample.org", 443, false },
		{ "example.org", "example.org.evil", 443, false },
		{ "www.example.org", "example.org", 443, false },
		{ "a,b\tc example.org", "example.org", 443, true },
		{ ",,a,, ,example.org,", "example.org", 443, true },
		{ ".", "example.org", 443, false },
		{ "example.org:443", "example.org", 443, true },
		{ "example.org:443", "example.org", 8443, false },
		{ "127.0.0.1", "127.0.0.1", 443, true },
		{ "127.0.0.1:443", "127.0.0.1", 443, true },
		{ "127.0.0.1:443", "127.0.0.1", 80, false },
		{ "127.0.0.1", "127.0.0.2", 443, false },
		{ "127.0.0.0/8", "127.9.9.9", 443, true },
		{ "127.0.0.1/8", "127.9.9.9", 443, true },
		{ "10.0.0.0/9", "10.127.0.1", 443, true },
		{ "10.0.0.0/9", "10.128.0.1", 443, false },
		{ "0.0.0.0/0", "192.0.2.1", 443, true },
		{ "0.0.0.0/0", "::1", 443, false },
		{ "::1", "::1", 443, true },
		{ "[::1]", "::1", 443, true },
		{ "[::1]:443", "::1", 443, true },
		{ "[::1]:443", "::1", 80, false },
		{ "2001:db8::/32", "2001:db8:1::7", 443, true },
		{ "2001:db8::/32", "2001:db9::7", 443, false },
		{ "10.0.0.0/8", "10.example", 443, false },
		/* a name is not asked what its address is */
		{ "127.0.0.0/8", "localhost", 443, false },
		/* and an address has no names below it */
		{ "0.0.1", "127.0.0.1", 443, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(duet_no_proxy_check(rows[i].list, NULL),
				 DUET_OK);
		if (duet_no_proxy_covers(rows[i].list, rows[i].host,
					 rows[i].port) != rows[i].covered)
			fail_msg("'%s' of '%s'", rows[i].host, rows[i].list);
	}
}

static void refuses_blocks_that_are_none(void **state)
{
	static const char *const lists[] = { "10.0.0.0/33", "::1/129",
					     "a/8",         "10.0.0.0/",
					     "10.0.0.0/x",  "a,10.0.0.0/99" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lists); i++) {
		struct duet_error err = { 0 };

		assert_int_equal(duet_no_proxy_check(lists[i], &err),
				 DUET_E_ARGUMENT);
		assert_non_null(strstr(err.text, "block of addresses"));
		assert_false(duet_no_proxy_covers(lists[i], "10.0.0.1", 443));
	}
}

static void passes_over_what_no_host_is_as_long_as(void **state)
{
	char list[1000];

	(void)state;
	memset(list, 'a', sizeof(list));
	memcpy(list + sizeof(list) - 4, ",b", 3);
	assert_int_equal(duet_no_proxy_check(list, NULL), DUET_OK);
	assert_true(duet_no_proxy_covers(list, "b", 443));
	assert_false(duet_no_proxy_covers(list, "a", 443));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_urls_of_proxies),
		cmocka_unit_test(refuses_in_words_without_the_password),
		cmocka_unit_test(says_who_we_are),
		cmocka_unit_test(knows_who_is_reached_without),
		cmocka_unit_test(refuses_blocks_that_are_none),
		cmocka_unit_test(passes_over_what_no_host_is_as_long_as),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
