/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream, mkstemp */
#include "base/error.h"
#include "files.h"
#include "get/write_out.h"

static const struct duet_header headers[] = {
	{ "Content-Type", "text/plain" },
	{ "X-Odd", "a\033b" },
	{ NULL, NULL },
};
static const struct duet_head head = {
	.size = sizeof(head),
	.status = 200,
	.major = 1,
	.minor = 1,
	.headers = headers,
};
static const struct duet_hop hop = { .size = sizeof(hop),
				     .url = "https://x/a" };

static struct duet_get_outcome whole(void)
{
	static const struct duet_hop *const hops[] = { &hop, NULL };
	struct duet_get_outcome outcome = {
		.url = "https://x/a",
		.method = "GET",
		.final_url = "https://x/b",
		.head = &head,
		.file = "b",
		.at = 3,
	};

	outcome.facts.size = sizeof(outcome.facts);
	outcome.facts.evidence = DUET_BY_LENGTH;
	outcome.facts.body_bytes = 1000;
	outcome.facts.address = "[2001:db8::1]:8443";
	outcome.facts.proxy = "";
	outcome.facts.url = "https://x/b";
	outcome.facts.redirects = 1;
	outcome.facts.hops = hops;
	outcome.facts.resolved_us = -1;
	outcome.facts.asked_us = 400;
	outcome.facts.connected_us = 1500;
	outcome.facts.handshake_us = 2500000;
	outcome.facts.total_us = 4000000;
	outcome.facts.tls_version = "TLSv1.3";
	outcome.facts.tls_cipher = "TLS_AES_256_GCM_SHA384";
	outcome.facts.verified = true;
	return outcome;
}

/* What a format makes of an outcome; the error's words if it is refused. */
static const char *written(const char *format,
			   const struct duet_get_outcome *outcome)
{
	static char text[4096];
	static struct duet_error err;
	struct duet_get_write_out write_out = { NULL, NULL, 0 };
	FILE *out = fmemopen(text, sizeof(text), "w");
	const char *ret = text;

	assert_non_null(out);
	memset(text, 0, sizeof(text));
	if (duet_get_write_out_init(&write_out, format, &err) != DUET_OK) {
		assert_int_equal(err.code, DUET_E_ARGUMENT);
		ret = err.text;
	} else {
		assert_int_equal(duet_get_write_out_put(&write_out, outcome,
							out, NULL),
				 DUET_OK);
	}
	assert_int_equal(fclose(out), 0);
	duet_get_write_out_done(&write_out);
	return ret;
}

static void a_format_is_text_and_names(void **state)
{
	static const struct {
		const char *format;
		const char *text;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a\\nb\\tc\\rd", "a\nb\tc\rd" },
		{ "\\x \\\\ \\", "\\x \\\\ \\" },
		{ "100%% % %x", "100% % %x" },
		{ "%{http_code}", "200" },
		{ "<%{response_code}>", "<200>" },
		{ "%{http_version} %{method} %{scheme}", "1.1 GET https" },
		{ "%{url} %{url_effective} %{urlnum}",
		  "https://x/a https://x/b 3" },
		{ "%{content_type} %header{content-type}",
		  "text/plain text/plain" },
		{ "%header{x-none}.", "." },
		{ "%header{X-Odd}", "a\\x1bb" },
		{ "%{num_headers} %{num_redirects} %{num_connects}", "2 1 2" },
		{ "%{remote_ip} %{remote_port}", "2001:db8::1 8443" },
		{ "%{size_download} %{speed_download} %{size_upload}",
		  "1000 250 0" },
		{ "%{time_namelookup} %{time_connect} %{time_appconnect}",
		  "0.000000 0.001500 2.500000" },
		{ "%{time_redirect} %{time_pretransfer} %{time_total}",
		  "0.000400 2.500000 4.000000" },
		{ "%{exitcode} %{errormsg}%{error_word}.", "0 ." },
		{ "%{whole} %{evidence} %{verified}%{cut}",
		  "true length true" },
		{ "%{tls_version} %{ssl_verify_result}", "TLSv1.3 0" },
		{ "%{filename_effective} %{part}", "b " },
		{ "%{sha256}%{checksum}%{digest}%{revocation}", "" },
		{ "%{onerror}not seen", "" },
		{ "%{stdout}seen", "seen" },
	};
	struct duet_get_outcome outcome = whole();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(written(cases[i].format, &outcome),
				    cases[i].text);
}

static void without_an_answer_each_name_still_means_something(void **state)
{
	struct duet_get_outcome failed = {
		.url = "https://x/a",
		.method = "GET",
		.exit = 6,
	};

	(void)state;
	(void)duet_error_set(&failed.error, DUET_E_RESOLVE, "no such name");
	assert_string_equal(written("%{http_code} %{http_version} %{content_type}%{"
				    "remote_ip}%{remote_port} %{time_total} %{whole} "
				    "%{url_effective} %{num_connects} %{size_download}",
				    &failed),
			    "000 0 0 0.000000 false https://x/a 0 0");
	assert_string_equal(written("%{exitcode}%{onerror} %{errormsg} "
				    "(%{error_word})",
				    &failed),
			    "6 no such name (name_not_resolved)");
	failed = whole();
	failed.facts.verified = false;
	failed.error.x509 = 18;
	assert_string_equal(written("%{ssl_verify_result}", &failed), "18");
}

static void a_name_that_there_is_not_is_refused_with_the_nearest(void **state)
{
	static const struct {
		const char *format;
		const char *words;
	} cases[] = {
		{ "%{http_cod}", "no %{http_cod}; did you mean %{http_code}?" },
		{ "%{time-total}", "did you mean %{time_total}?" },
		{ "%{local_ip_of_nothing_near}", "duet-get(1)" },
		{ "%{}", "there is no %{}" },
		{ "%{http_code", "no '}'" },
		{ "%output{file}", "no %output{}" },
	};
	struct duet_get_outcome outcome = whole();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (strstr(written(cases[i].format, &outcome),
			   cases[i].words) == NULL)
			fail_msg("%s: %s", cases[i].format,
				 written(cases[i].format, &outcome));
}

static void a_file_has_its_line_ends_left_out(void **state)
{
	struct file file = file_new("%{http_code}\r\n %{method}\\n\n");
	struct duet_get_outcome outcome = whole();

	(void)state;
	assert_string_equal(written(file.at, &outcome), "200 GET\n");
	assert_int_equal(remove(file.path), 0);
}

static void it_is_known_who_wants_a_sum(void **state)
{
	struct duet_get_write_out write_out = { NULL, NULL, 0 };

	(void)state;
	assert_int_equal(duet_get_write_out_init(&write_out, "%{url}", NULL),
			 DUET_OK);
	assert_false(duet_get_write_out_wants_sha256(&write_out));
	duet_get_write_out_done(&write_out);
	assert_int_equal(duet_get_write_out_init(&write_out, "a%{sha256}",
						 NULL),
			 DUET_OK);
	assert_true(duet_get_write_out_wants_sha256(&write_out));
	duet_get_write_out_done(&write_out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_text_and_names),
		cmocka_unit_test(
			without_an_answer_each_name_still_means_something),
		cmocka_unit_test(
			a_name_that_there_is_not_is_refused_with_the_nearest),
		cmocka_unit_test(a_file_has_its_line_ends_left_out),
		cmocka_unit_test(it_is_known_who_wants_a_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
