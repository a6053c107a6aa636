/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "tool.h"

static struct duet_buffer text_of(struct duet_bytes pem, int64_t now)
{
	struct duet_inspection *inspection = duet_inspect(pem, NULL);
	struct duet_buffer text;

	assert_non_null(inspection);
	assert_int_equal(duet_inspection_text(inspection, now, &text, NULL),
			 DUET_OK);
	duet_inspection_free(inspection);
	return text;
}

static void check_has(const struct duet_buffer *text, const char *part)
{
	if (strstr(text->data, part) == NULL)
		fail_msg("'%s' lacks '%s'", (char *)text->data, part);
}

static void says_what_today_is_in_the_life_of_it(void **state)
{
	static const struct {
		int64_t now;
		const char *words;
	} cases[] = {
		{ 1700000000 - 7200, "(NOT YET VALID, begins in 2 hours)" },
		{ 1700000000, "(ends in 10 days)" },
		{ 1700864000, "(ends just now)" },
		{ 1700864000 + 3 * 86400, "(EXPIRED 3 days ago)" },
	};
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct duet_buffer pem, text;
	size_t i;

	(void)state;
	assert_int_equal(duet_cert_self_signed(key,
					       DUET_CERT(.names = NAMES("x.org",
									"::1"),
							 .not_before =
								 1700000000,
							 .days = 10),
					       &pem, NULL),
			 DUET_OK);
	for (i = 0; i < COUNT(cases); i++) {
		text = text_of(bytes_of(&pem), cases[i].now);
		check_has(&text, cases[i].words);
		duet_buffer_free(&text);
	}
	text = text_of(bytes_of(&pem), 1700000000);
	check_has(&text, "Certificate of CN=x.org\n");
	check_has(&text, "  for        x.org, IP:::1\n");
	check_has(&text, "  usage      server\n");
	check_has(&text, "  issuer     itself (self-signed)\n");
	check_has(&text,
		  "  valid      2023-11-14 22:13:20 UTC to 2023-11-24 22:13:20 UTC");
	check_has(&text, "  key        ECDSA P-256\n");
	duet_buffer_free(&text);
	duet_buffer_free(&pem);
	duet_key_free(key);
}

static void never_shows_a_private_key(void **state)
{
	struct duet_buffer text = text_of(duet_str(fixture_key), 0);

	(void)state;
	check_has(&text, "Private key, ECDSA P-256 (not shown)\n");
	assert_null(strstr(text.data, "BEGIN"));
	duet_buffer_free(&text);
	text = text_of(duet_str(fixture_key_encrypted), 0);
	assert_string_equal(text.data, "Private key, encrypted (not shown)\n");
	duet_buffer_free(&text);
}

static void counts_the_revoked_it_does_not_show(void **state)
{
	struct duet_buffer certs[25], crl, text;
	struct duet_bytes revoked[25];
	struct duet_key *key = tool_key(DUET_KEY_P256);
	struct tool_ca ca;
	size_t i;

	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA"));
	for (i = 0; i < COUNT(certs); i++) {
		assert_int_equal(duet_cert_issue(ca.identity, key,
						 DUET_CERT(.names = NAMES(
								   "x.org")),
						 &certs[i], NULL),
				 DUET_OK);
		revoked[i] = bytes_of(&certs[i]);
	}
	assert_int_equal(duet_crl_issue(ca.identity, duet_str(NULL), revoked,
					COUNT(certs), 0, &crl, NULL),
			 DUET_OK);
	text = text_of(bytes_of(&crl), INT64_C(253402300799));
	check_has(&text, "Revocation list (CRL) of CN=CA\n");
	check_has(&text, " and 5 more\n");
	check_has(&text, "(OVERDUE, the next was due ");
	duet_buffer_free(&text);
	for (i = 0; i < COUNT(certs); i++)
		duet_buffer_free(&certs[i]);
	duet_buffer_free(&crl);
	tool_ca_done(&ca);
	duet_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_today_is_in_the_life_of_it),
		cmocka_unit_test(never_shows_a_private_key),
		cmocka_unit_test(counts_the_revoked_it_does_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
