/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/banner.h"
#include "support/unit.h"

#define NOW INT64_C(1795486539)

static char ca_path[] = "/home/me/.local/share/duet/local-ca/ca.pem";
static char name[] = "example.org";
static char localhost[] = "localhost";

static void assert_banner(const struct duet_banner *banner,
			  const char *expected)
{
	struct duet_bytes bytes;
	struct duet_buf text;

	duet_buf_init(&text, 10000);
	assert_int_equal(duet_banner_text(&text, banner), DUET_OK);
	assert_int_equal(duet_buf_add(&text, "", 1), DUET_OK);
	bytes = duet_buf_bytes(&text);
	assert_string_equal(bytes.data, expected);
	duet_buf_done(&text);
}

static void a_certificate_of_ours_is_said_with_how_to_trust_it(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "127.0.0.1:8443",
							 "[::1]:8443" };
	const struct duet_sockets sockets = { .texts = texts, .n_places = 2 };
	const struct duet_credentials credentials = { .ca_path = ca_path,
						      .host = localhost,
						      .ca_is_new = true };
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner,
		      "  https://localhost:8443/  public\n"
		      "  certificate: localhost, from your own CA (made just now)\n"
		      "    /home/me/.local/share/duet/local-ca/ca.pem\n"
		      "  which can vouch for nothing but this machine. To trust it:\n"
		      "    duet get      does already\n"
		      "    curl          --cacert "
		      "/home/me/.local/share/duet/local-ca/ca.pem "
		      "https://localhost:8443/\n"
		      "    a browser     Settings, Certificates, Authorities, "
		      "Import\n");
}

static void other_names_need_another_certificate(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "[::]:8443" };
	const struct duet_sockets sockets = { .texts = texts, .n_places = 1 };
	const struct duet_credentials credentials = { .ca_path = ca_path,
						      .host = localhost };
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW };
	struct duet_buf text;

	(void)state;
	duet_buf_init(&text, 10000);
	assert_int_equal(duet_banner_text(&text, &banner), DUET_OK);
	assert_int_equal(duet_buf_add(&text, "", 1), DUET_OK);
	assert_non_null(strstr(duet_buf_bytes(&text).data,
			       "Other machines, and other names"));
	duet_buf_done(&text);
}

static void a_given_certificate_is_named_with_its_date(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "192.0.2.1:443",
							 "unix:/run/x" };
	const struct duet_sockets sockets = { .texts = texts, .n_places = 2 };
	const struct duet_credentials credentials = {
		.name = name, .host = name, .not_after = NOW + 62 * 86400 + 60
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner,
		      "  https://192.0.2.1:443/  public\n"
		      "  unix:/run/x  public\n"
		      "  certificate: example.org, expires in 62 days\n");
}

static void an_issuer_that_is_not_sent_is_named(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "192.0.2.1:443" };
	static char issuer[] = "CN=A CA";
	const struct duet_sockets sockets = { .texts = texts, .n_places = 1 };
	const struct duet_credentials credentials = {
		.name = name,
		.host = name,
		.absent_issuer = issuer,
		.not_after = NOW + 2 * 86400 + 60,
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner, "  https://192.0.2.1:443/  public\n"
			       "  certificate: example.org, expires in 2 days\n"
			       "    its issuer is not in the file: CN=A CA\n"
			       "    clients must have that CA; if it is an "
			       "intermediate one, put it into the file\n");
}

static void a_site_that_is_not_localhost_is_called_by_its_name(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = {
		"127.0.0.1:8443", "[::1]:8443",     "[::]:443",
		"192.0.2.1:444",  "127.0.0.1:8080", "[::1]:8080",
		"unix:/run/plain"
	};
	const struct duet_sockets sockets = { .texts = texts,
					      .n_places = 7,
					      .n_plain = 3 };
	const struct duet_credentials credentials = {
		.name = name, .host = localhost, .not_after = NOW + 86400
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .name = "www.example.org",
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner,
		      "  https://www.example.org:8443/  public\n"
		      "  https://www.example.org:443/  public\n"
		      "  https://192.0.2.1:444/  public\n"
		      "  redirects to HTTPS: http://www.example.org:8080/\n"
		      "  redirects to HTTPS: unix:/run/plain\n"
		      "  certificate: example.org, expires in 1 day\n");
}

/* Nobody who comes by localhost could be convinced. */
static void a_certificate_that_is_not_for_localhost_says_for_whom(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "127.0.0.1:8443",
							 "[::]:443" };
	const struct duet_sockets sockets = { .texts = texts, .n_places = 2 };
	const struct duet_credentials credentials = {
		.name = name, .host = name, .not_after = NOW + 86400
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner,
		      "  https://example.org:8443/  public\n"
		      "  https://example.org:443/  public\n"
		      "  certificate: example.org, expires in 1 day\n");
}

static void http_and_https_on_one_port_are_two_urls(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "127.0.0.1:8443",
							 "[::1]:8443" };
	const struct duet_sockets sockets = { .texts = texts,
					      .n_places = 2,
					      .n_plain = 1 };
	const struct duet_credentials credentials = {
		.name = name, .host = localhost, .not_after = NOW + 86400
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner,
		      "  https://localhost:8443/  public\n"
		      "  redirects to HTTPS: http://localhost:8443/\n"
		      "  certificate: example.org, expires in 1 day\n");
}

static void colours_are_for_terminals_only(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "[::]:443" };
	const struct duet_sockets sockets = { .texts = texts, .n_places = 1 };
	const struct duet_credentials credentials = {
		.name = name, .host = name, .not_after = NOW + 86400
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .credentials = &credentials,
					    .now = NOW,
					    .pretty = true };

	(void)state;
	assert_banner(&banner,
		      "  \033[1mhttps://example.org:443/\033[0m  "
		      "\033[2mpublic\033[0m\n"
		      "  certificate: example.org, expires in 1 day\n");
}

static void where_the_status_is_stands_below_the_urls(void **state)
{
	static char texts[][DUET_ADDRESS_TEXT_BYTES] = { "127.0.0.1:8443" };
	static char places[][DUET_ADDRESS_TEXT_BYTES] = {
		"127.0.0.1:9090", "[::1]:9090", "unix:/run/duet/admin.sock"
	};
	const struct duet_sockets sockets = { .texts = texts, .n_places = 1 };
	const struct duet_sockets admin = { .texts = places, .n_places = 3 };
	const struct duet_credentials credentials = {
		.name = name, .host = name, .not_after = NOW + 86400
	};
	const struct duet_banner banner = { .dir = "public",
					    .sockets = &sockets,
					    .admin = &admin,
					    .credentials = &credentials,
					    .now = NOW };

	(void)state;
	assert_banner(&banner,
		      "  https://example.org:8443/  public\n"
		      "  status: http://localhost:9090/\n"
		      "  status: unix:/run/duet/admin.sock\n"
		      "  certificate: example.org, expires in 1 day\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_the_status_is_stands_below_the_urls),
		cmocka_unit_test(
			a_certificate_of_ours_is_said_with_how_to_trust_it),
		cmocka_unit_test(other_names_need_another_certificate),
		cmocka_unit_test(a_given_certificate_is_named_with_its_date),
		cmocka_unit_test(an_issuer_that_is_not_sent_is_named),
		cmocka_unit_test(
			a_site_that_is_not_localhost_is_called_by_its_name),
		cmocka_unit_test(
			a_certificate_that_is_not_for_localhost_says_for_whom),
		cmocka_unit_test(http_and_https_on_one_port_are_two_urls),
		cmocka_unit_test(colours_are_for_terminals_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
