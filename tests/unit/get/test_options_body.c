/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "get/options.h"
#include "support/unit.h"

static int read_args(const char *const *args, struct duet_error *err)
{
	enum duet_opt_ask ask = DUET_OPT_ASK_NOTHING;
	struct duet_get_options options;
	char *argv[16] = { (char *)"get" };
	int argc = 1;
	int urls = 0;
	int rc;
	int i;

	duet_get_options_init(&options);
	for (; *args != NULL; args++)
		argv[argc++] = (char *)*args;
	rc = duet_opt_parse(&duet_get_command, argc, argv, &options, &urls,
			    &ask, err);
	if (rc == DUET_OK)
		rc = duet_get_options_check(&options, urls, err);
	for (i = 1; i <= urls && rc == DUET_OK; i++)
		rc = duet_get_options_check_url(&options, argv[i], err);
	duet_get_options_done(&options);
	return rc;
}

static void what_fits_together_is_taken(void **state)
{
	static const char *const rows[][8] = {
		{ "u", "-d", "a=b", "--data-raw", "@", "--data-binary", "@f" },
		{ "u", "-I", "-G", "-d", "a=b" },
		{ "u", "-G" },
		{ "u", "-F", "a=b", "-F", "c=@-", "--form-string", "d=<e" },
		{ "u/f", "-T", "-", "--expect", "--trailer", "a: b" },
		{ "u/", "-T", "f" },
		{ "u", "--json-body", "{", "--json-body", "}", "--json" },
		{ "[::1]:1/", "[fe80::1]" },
		{ "u", "--url-query", "a=b", "-A", "", "-e", "x" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (read_args(rows[i], &err) != DUET_OK)
			fail_msg("row %zu: %s", i, err.text);
}

static void refuses_what_makes_no_sense_with_a_remedy(void **state)
{
	static const struct {
		const char *args[8];
		const char *text;
	} rows[] = {
		{ { "u", "-I", "-d", "a=b" },
		  "-I asks for a head and --data sends a body: leave one of them out" },
		{ { "u", "-I", "-T", "f" },
		  "-I asks for a head and --upload-file sends a body: leave one of them out" },
		{ { "u", "-d", "a=b", "-F", "a=b" },
		  "--data and --form are two bodies, and a request has one: leave one of them out" },
		{ { "u", "--data-raw", "a", "--json-body", "1" },
		  "--data-raw and --json-body are two bodies, and a request has one: leave one of them out" },
		{ { "u", "-T", "f", "-F", "a=b" },
		  "--form and --upload-file are two bodies, and a request has one: leave one of them out" },
		{ { "u", "-G", "-F", "a=b" },
		  "-G puts data into the query, and --form is none of them: leave it out, or use -d" },
		{ { "u", "-G", "--json-body", "1" },
		  "-G puts data into the query, and --json-body is none of them: leave it out, or use -d" },
		{ { "u", "-F", "a" },
		  "-F: 'a' has a name and no =VALUE; try -F file=@photo.jpg" },
		{ { "u", "-F", "=a" },
		  "-F: '=a' has no name; try -F file=@photo.jpg" },
		{ { "u", "--form-string", "a" },
		  "--form-string: 'a' has a name and no =VALUE; try --form-string name=@alice" },
		{ { "u", "--data-raw" },
		  "--data-raw: wants DATA after it; try --data-raw name=value" },
		{ { "u", "-A", "a\nb" },
		  "-A has control characters in it: leave them out" },
		{ { "u", "-e", "a\x7f" },
		  "-e has control characters in it: leave them out" },
		{ { "u", "-u", "" },
		  "-u wants NAME:PASSWORD, or NAME alone to be asked for the password: try -u alice" },
		{ { "u", "-c", "" },
		  "-c wants the name of a file: try -c cookies.txt, or -c - for standard output" },
		{ { "u", "-F", "a=b", "-H", "content-TYPE: x/y" },
		  "-F writes Content-Type itself, with the boundary of its parts: leave -H Content-Type out" },
		{ { "u", "-T", "f", "-T", "g" },
		  "-T: one file a command, which goes to every URL; call duet get once for each" },
		{ { "u", "-T", "" },
		  "-T: no name of a file; try -T file.tar.gz" },
		{ { "u/", "-T", "-" },
		  "-T -: what comes from standard input has no name, and the URL ends in '/': put a name behind it" },
		{ { "u", "-T", "-" },
		  "-T -: what comes from standard input has no name, and the URL ends in '/': put a name behind it" },
		{ { "u", "--trailer", "a: b" },
		  "--trailer follows a body, and none is sent: add -d, -F or -T" },
		{ { "u", "--expect" },
		  "--expect asks before a body is sent, and none is: add -d, -F or -T" },
		{ { "u", "-d", "x", "--trailer", "novalue" },
		  "--trailer: 'novalue' is not a field; try --trailer 'X-Checksum: 1234'" },
		{ { "u", "-d", "@-", "--data-urlencode", "a@-" },
		  "standard input (-) is asked for 2 times, and can be read once: put one of them into a file" },
		{ { "u", "-F", "a=@-", "--user-file", "-" },
		  "standard input (-) is asked for 2 times, and can be read once: put one of them into a file" },
		{ { "-d", "@-", "--input", "-" },
		  "standard input (-) is asked for 2 times, and can be read once: put one of them into a file" },
		{ { "-b", "-", "--bearer", "@-", "-w", "@-", "u" },
		  "standard input (-) is asked for 3 times, and can be read once: put one of them into a file" },
		{ { "u", "-u", "a:b", "--user-file", "f" },
		  "-u and --user-file both say who we are: leave one of them out" },
		{ { "u", "-e", "x;auto" },
		  "-e: ';auto' is not done; try -e https://example.org/" },
		{ { "--json", "{\"a\": 1}", "u" },
		  "JSON stands where a URL is wanted: it is sent with --json-body; --json, which takes nothing, writes a report" },
		{ { "--json", "[1, 2]", "u" },
		  "JSON stands where a URL is wanted: it is sent with --json-body; --json, which takes nothing, writes a report" },
	};
	struct duet_error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(read_args(rows[i].args, &err),
				 DUET_E_ARGUMENT);
		assert_string_equal(err.text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_together_is_taken),
		cmocka_unit_test(refuses_what_makes_no_sense_with_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
