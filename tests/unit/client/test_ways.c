/* SPDX-License-Identifier: MIT */
/* Which way leads to which URL, by the options. */
#include <string.h>

#include "client/ways.h"
#include "support/certs.h"
#include "support/unit.h"

static void choose(struct duet_choice *ret, const struct duet_ways *ways,
		   struct duet_url *url, const char *text)
{
	assert_int_equal(duet_url_parse(url, text, NULL), DUET_OK);
	duet_ways_choose(ways, url, ret);
}

static void init(struct duet_ways *ways,
		 const struct duet_client_options *options)
{
	struct duet_error err;

	if (duet_ways_init(ways, options, &err) != DUET_OK)
		fail_msg("%s", err.text);
}

/* What goes to which proxy, and how. */
static void check(const struct duet_ways *ways, const char *text,
		  const char *proxy, bool absolute)
{
	struct duet_choice choice;
	struct duet_url url;

	choose(&choice, ways, &url, text);
	if (proxy == NULL)
		assert_null(choice.proxy);
	else
		assert_string_equal(choice.proxy->text, proxy);
	assert_int_equal(choice.absolute, absolute);
	assert_string_equal(choice.host, url.host);
	assert_int_equal(choice.port, url.port);
	duet_url_done(&url);
}

static void goes_straight_without_options(void **state)
{
	struct duet_ways ways;

	(void)state;
	init(&ways, DUET_CLIENT());
	check(&ways, "https://example.org/", NULL, false);
	check(&ways, "http://example.org/", NULL, false);
	duet_ways_done(&ways);
}

static void goes_through_the_proxy(void **state)
{
	struct duet_ways ways;

	(void)state;
	init(&ways,
	     DUET_CLIENT(.proxy = "http://p:1", .no_proxy = "example.com"));
	check(&ways, "https://example.org/", "http://p:1", false);
	check(&ways, "http://example.org/", "http://p:1", true);
	check(&ways, "https://www.example.com/", NULL, false);
	duet_ways_done(&ways);

	init(&ways, DUET_CLIENT(.proxy = "http://p:1",
				.proxy_for_http = "https://q:2"));
	check(&ways, "https://example.org/", "http://p:1", false);
	check(&ways, "http://example.org/", "https://q:2", true);
	duet_ways_done(&ways);

	init(&ways, DUET_CLIENT(.proxy = "http://p:1", .proxy_for_http = ""));
	check(&ways, "http://example.org/", NULL, false);
	duet_ways_done(&ways);

	init(&ways, DUET_CLIENT(.proxy = "", .proxy_for_http = "q:2"));
	check(&ways, "https://example.org/", NULL, false);
	check(&ways, "http://example.org/", "http://q:2", true);
	duet_ways_done(&ways);

	init(&ways, DUET_CLIENT(.proxy = "socks5h://p:1"));
	check(&ways, "http://example.org/", "socks5h://p:1", false);
	duet_ways_done(&ways);
}

static void goes_elsewhere(void **state)
{
	static const struct duet_connect_to detours[] = {
		{ "example.org", 443, "other.example", 8443 },
		{ "Example.COM", 0, "", 1 },
		{ "", 8080, "any.example", 0 },
		{ NULL, 0, NULL, 0 },
	};
	static const struct {
		const char *url;
		const char *host;
		uint16_t port;
	} rows[] = {
		{ "https://example.org/", "other.example", 8443 },
		{ "https://example.org:444/", "example.org", 444 },
		{ "https://example.com:9/", "example.com", 1 },
		{ "https://a:8080/", "any.example", 8080 },
	};
	struct duet_choice choice;
	struct duet_ways ways;
	struct duet_url url;
	size_t i;

	(void)state;
	init(&ways, DUET_CLIENT(.connect_to = detours, .proxy = "p"));
	for (i = 0; i < COUNT(rows); i++) {
		choose(&choice, &ways, &url, rows[i].url);
		assert_string_equal(choice.host, rows[i].host);
		assert_int_equal(choice.port, rows[i].port);
		duet_url_done(&url);
	}
	/* A proxy that is asked for the URL would go where that says. */
	choose(&choice, &ways, &url, "http://a:8080/");
	assert_false(choice.absolute);
	duet_url_done(&url);
	choose(&choice, &ways, &url, "http://a/");
	assert_true(choice.absolute);
	duet_url_done(&url);
	duet_ways_done(&ways);
}

static void knows_addresses(void **state)
{
	static const struct duet_resolve routes[] = {
		{ "a", 443, "192.0.2.1" },
		{ "*", 443, "192.0.2.9" },
		{ "a", 443, "::1" },
		{ NULL, 0, NULL },
	};
	struct duet_address found[DUET_WAYS_ADDRESSES_MAX];
	char text[DUET_ADDRESS_TEXT_BYTES];
	struct duet_ways ways;

	(void)state;
	init(&ways, DUET_CLIENT(.resolve = routes));
	assert_int_equal(duet_ways_addresses(&ways, "a", 443, found), 2);
	duet_address_text(text, &found[1]);
	assert_string_equal(text, "[::1]:443");
	assert_int_equal(duet_ways_addresses(&ways, "b", 443, found), 1);
	duet_address_text(text, &found[0]);
	assert_string_equal(text, "192.0.2.9:443");
	assert_int_equal(duet_ways_addresses(&ways, "a", 80, found), 0);
	duet_ways_done(&ways);
}

static void knows_where_to_leave(void **state)
{
	struct duet_ways ways;

	(void)state;
	init(&ways, DUET_CLIENT(.family = DUET_FAMILY_IPV6));
	assert_int_equal(ways.family, AF_INET6);
	duet_ways_done(&ways);
	init(&ways, DUET_CLIENT(.interface = "127.0.0.1"));
	assert_int_equal(ways.family, AF_INET);
	assert_true(ways.from.len > 0);
	duet_ways_done(&ways);
	init(&ways, DUET_CLIENT(.interface = "eth0"));
	assert_string_equal(ways.device, "eth0");
	duet_ways_done(&ways);
	init(&ways, DUET_CLIENT(.unix_socket = "/run/x"));
	assert_int_equal(ways.unix_address.storage.ss_family, AF_UNIX);
	check(&ways, "https://example.org/", NULL, false);
	duet_ways_done(&ways);
}

static void refuses_in_words(void **state)
{
	char longest[200];
	const struct {
		const struct duet_client_options *options;
		const char *word;
	} rows[] = {
		{ DUET_CLIENT(.proxy = "ftp://p"), "ftp://" },
		{ DUET_CLIENT(.proxy_for_http = "ftp://p"), "ftp://" },
		{ DUET_CLIENT(.no_proxy = "a/8"), "block" },
		{ DUET_CLIENT(.unix_socket = "/x", .proxy = "p"), "one way" },
		{ DUET_CLIENT(.unix_socket = ""), "1 to 107 bytes" },
		{ DUET_CLIENT(.unix_socket = longest), "1 to 107 bytes" },
		{ DUET_CLIENT(.interface = ""), "no interface" },
		{ DUET_CLIENT(.interface = longest), "no interface" },
		{ DUET_CLIENT(.interface = "::1", .family = DUET_FAMILY_IPV4),
		  "no IPv4 address" },
	};
	size_t i;

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_error err = { 0 };
		struct duet_ways ways;

		if (duet_ways_init(&ways, rows[i].options, &err) !=
			    DUET_E_ARGUMENT ||
		    strstr(err.text, rows[i].word) == NULL)
			fail_msg("%zu: %s", i, err.text);
		duet_ways_done(&ways);
	}
}

/* Nobody fetches lists for the handshake with a proxy. */
static void refuses_revocation_of_proxies(void **state)
{
	struct mint *root = mint_new(NULL, MINT(.cn = "Root", .ca = true));
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_pem = duet_str(root->cert_pem)),
			       NULL);
	struct duet_config *config =
		duet_config_client(DUET_CLIENT_CONFIG(
						   .trust = trust,
						   .revocation =
							   DUET_REVOCATION_SOFT),
				   NULL);
	struct duet_error err = { 0 };
	struct duet_ways ways;

	(void)state;
	assert_non_null(config);
	assert_int_equal(duet_ways_init(&ways,
					DUET_CLIENT(.proxy = "https://p",
						    .proxy_tls = config),
					&err),
			 DUET_E_ARGUMENT);
	assert_non_null(strstr(err.text, ".proxy_tls"));
	assert_non_null(strstr(err.text, "revocation"));
	duet_ways_done(&ways);
	duet_config_release(config);
	duet_trust_release(trust);
	mint_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_straight_without_options),
		cmocka_unit_test(goes_through_the_proxy),
		cmocka_unit_test(goes_elsewhere),
		cmocka_unit_test(knows_addresses),
		cmocka_unit_test(knows_where_to_leave),
		cmocka_unit_test(refuses_in_words),
		cmocka_unit_test(refuses_revocation_of_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
