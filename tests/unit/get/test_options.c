/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <stdio.h>
#include <string.h>

#include <duet/tls.h>

#include "get/options.h"
#include "support/unit.h"

struct reading {
	struct duet_get_options options;
	struct duet_error err;
	char *argv[16];
	int urls;
	int rc;
};

static void read_args(struct reading *reading, const char *const *args)
{
	enum duet_opt_ask ask = DUET_OPT_ASK_NOTHING;
	int argc = 1;

	memset(reading, 0, sizeof(*reading));
	duet_get_options_init(&reading->options);
	reading->argv[0] = (char *)"get";
	for (; *args != NULL; args++)
		reading->argv[argc++] = (char *)*args;
	reading->rc = duet_opt_parse(&duet_get_command, argc, reading->argv,
				     &reading->options, &reading->urls, &ask,
				     &reading->err);
	if (reading->rc == DUET_OK)
		reading->rc =
			duet_get_options_check(&reading->options, reading->urls,
					       &reading->err);
}
#define READ(reading, ...) \
	read_args(reading, (const char *const[]){ __VA_ARGS__, NULL })

static void help_fits_a_screen_of_25_lines_and_80_columns(void **state)
{
	char text[8192];
	FILE *out = fmemopen(text, sizeof(text), "w");
	const char *line = text;
	size_t lines = 0;

	(void)state;
	assert_non_null(out);
	assert_int_equal(duet_opt_help(&duet_get_command, NULL, out, NULL),
			 DUET_OK);
	assert_int_equal(fclose(out), 0);
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		assert_in_range(len, 0, 79);
		line += len + 1;
		lines++;
	}
	assert_in_range(lines, 10, 25);
}

static void outputs_keep_their_order(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "-o", "a", "u", "-O", "v", "-ob", "w");
	assert_int_equal(reading.rc, DUET_OK);
	assert_int_equal(reading.urls, 3);
	assert_int_equal(reading.options.outputs.count, 3);
	assert_string_equal(reading.options.outputs.items[0], "a");
	assert_null(reading.options.outputs.items[1]);
	assert_string_equal(reading.options.outputs.items[2], "b");
	duet_get_options_done(&reading.options);
}

static void the_habits_of_curl_work(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "-fsSL", "-m5", "-XPUT", "-Ha: b", "-E", "c", "u");
	assert_int_equal(reading.rc, DUET_OK);
	assert_true(reading.options.fail);
	assert_true(reading.options.silent);
	assert_true(reading.options.show_error);
	assert_int_equal(reading.options.location, DUET_GET_LOCATION_ON);
	assert_int_equal(reading.options.reach.max_time_ms, 5000);
	assert_string_equal(reading.options.method, "PUT");
	assert_string_equal(reading.options.reach.cert, "c");
	duet_get_options_done(&reading.options);
}

static void attitudes_to_closure_become_the_library_s(void **state)
{
	static const struct {
		const char *word;
		uint8_t closure;
	} cases[] = {
		{ "strict", DUET_CLOSE_STRICT },
		{ "framed", DUET_CLOSE_FRAMED },
		{ "lenient", DUET_CLOSE_LENIENT },
	};
	struct reading reading;
	size_t i;

	(void)state;
	READ(&reading, "u");
	assert_int_equal(duet_get_options_closure(&reading.options),
			 DUET_CLOSE_FRAMED);
	for (i = 0; i < COUNT(cases); i++) {
		READ(&reading, "u", "--close", cases[i].word);
		assert_int_equal(duet_get_options_closure(&reading.options),
				 cases[i].closure);
	}
}

static void takes_every_form_of_a_range(void **state)
{
	static const char *const cases[] = { "0-99",      "100-",   "-500",
					     "0-9,20-29", "0-0,-1", "9-10",
					     "007-7" };
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		READ(&reading, "u", "-r", cases[i]);
		assert_int_equal(reading.rc, DUET_OK);
		assert_string_equal(reading.options.range, cases[i]);
	}
}

static void what_is_told_has_a_file_of_its_own(void **state)
{
	static const struct {
		const char *args[8];
		const char *text;
	} cases[] = {
		{ { "u", "--receipt", "-" },
		  "--receipt wants the name of a file, which it replaces: try --receipt FILE" },
		{ { "u", "--har", "" },
		  "--har wants the name of a file, which it replaces: try --har FILE" },
		{ { "u", "-o", "f", "--har", "f" },
		  "-o and --har name the same file: give one of them another" },
		{ { "u", "--receipt", "f", "--har", "f" },
		  "--receipt and --har name the same file: give one of them another" },
		{ { "u", "--insecure-har-secrets" },
		  "--insecure-har-secrets is about the file of --har: add --har FILE" },
		{ { "u", "-I", "--checksum", "f" },
		  "--checksum is about a body, and -I asks for none: leave one of them out" },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		read_args(&reading, cases[i].args);
		assert_int_equal(reading.rc, DUET_E_ARGUMENT);
		assert_string_equal(reading.err.text, cases[i].text);
		duet_get_options_done(&reading.options);
	}
	READ(&reading, "u", "-O", "--har", "h", "--receipt", "r", "-w", "x");
	assert_int_equal(reading.rc, DUET_OK);
	duet_get_options_done(&reading.options);
}

static void refuses_what_makes_no_sense_with_a_remedy(void **state)
{
	static const struct {
		const char *args[8];
		const char *text;
	} cases[] = {
		{ { "u", "--key", "k" },
		  "--key needs the certificate it belongs to: add --cert FILE" },
		{ { "u", "--pass", "p" },
		  "--pass needs the file it opens: add --cert FILE" },
		{ { "u", "--json", "-o", "-" },
		  "--json and -o - both want standard output: save the body with -o FILE" },
		{ { "u", "-o", "a", "-O" },
		  "2 outputs (-o, -O) but 1 URL: each output takes one URL, in order" },
		{ { "u", "-H", "novalue" },
		  "-H: 'novalue' is not a header line; try -H 'Accept: text/html'" },
		{ { "u", "-H", ": x" },
		  "-H: ': x' is not a header line; try -H 'Accept: text/html'" },
		{ { "u", "-r", "first" },
		  "-r: 'first' is not a range of bytes; try -r 0-99" },
		{ { "u", "-r", "-" },
		  "-r: '-' is not a range of bytes; try -r 0-99" },
		{ { "u", "-r", "10-9" },
		  "-r: '10-9' is not a range of bytes; try -r 0-99" },
		{ { "u", "-r", "1-2,," },
		  "-r: '1-2,,' is not a range of bytes; try -r 0-99" },
		{ { "u", "--max-redirs", "101" },
		  "--max-redirs: 101 is out of range; from 0 to 100" },
		{ { "u", "--close", "never" },
		  "--close: 'never' is not one of strict, framed or lenient; try --close strict" },
		{ { "-s" },
		  "a URL is missing; usage: duet get [OPTION]... URL..." },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		read_args(&reading, cases[i].args);
		assert_int_equal(reading.rc, DUET_E_ARGUMENT);
		assert_string_equal(reading.err.text, cases[i].text);
		duet_get_options_done(&reading.options);
	}
}

static void without_tls_there_is_no_goodbye_to_wait_for(void **state)
{
	static const struct {
		const char *args[4];
		const char *url;
		bool refused;
	} rows[] = {
		{ { "--insecure-http", "--close", "strict" },
		  "http://e/",
		  true },
		{ { "--insecure-http", "--close", "strict" },
		  "HTTP://e/",
		  true },
		{ { "--insecure-http", "--close", "strict" },
		  "https://e/",
		  false },
		{ { "--insecure-http", "--close", "strict" }, "http:", false },
		{ { "--insecure-http", "--close", "strict" }, "e", false },
		{ { "--insecure-http", "--close", "framed" },
		  "http://e/",
		  false },
		{ { "--insecure-http" }, "http://e/", false },
		{ { "--close", "strict" }, "http://e/", false },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		READ(&reading, rows[i].url, rows[i].args[0], rows[i].args[1],
		     rows[i].args[2]);
		assert_int_equal(reading.rc, DUET_OK);
		assert_int_equal(duet_get_options_check_url(&reading.options,
							    rows[i].url,
							    &reading.err),
				 rows[i].refused ? DUET_E_ARGUMENT : DUET_OK);
		duet_get_options_done(&reading.options);
	}
}

static void what_is_remembered_is_said_once(void **state)
{
	static const struct {
		const char *args[6];
		const char *words;
	} rows[] = {
		{ { "--bearer", "a", "-u", "b:c", "u" }, "--bearer and -u" },
		{ { "--hsts", "f", "--no-hsts", "u" }, "--no-hsts" },
		{ { "--compressed", "-r", "0-1", "u" }, "--compressed and -r" },
		{ { "--early-data", "--no-session", "u" }, "--no-session" },
		{ { "--early-data", "-d", "a", "u" }, "GET and HEAD" },
		{ { "--early-data", "-X", "PUT", "u" }, "GET and HEAD" },
	};
	struct reading reading;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		read_args(&reading, rows[i].args);
		assert_int_equal(reading.rc, DUET_E_ARGUMENT);
		assert_non_null(strstr(reading.err.text, rows[i].words));
		duet_get_options_done(&reading.options);
	}
	READ(&reading, "-b", "a=b", "-bfile", "-c", "jar", "-n", "u");
	assert_int_equal(reading.rc, DUET_OK);
	assert_int_equal(reading.options.cookies.count, 2);
	assert_string_equal(reading.options.cookie_jar, "jar");
	assert_true(reading.options.netrc);
	duet_get_options_done(&reading.options);
}

static void revocation_is_soft_unless_something_stands_against_it(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "x.org");
	assert_int_equal(duet_get_options_revocation(&reading.options),
			 DUET_REVOCATION_SOFT);
	duet_get_options_done(&reading.options);
	READ(&reading, "--revocation", "hard", "x.org");
	assert_int_equal(duet_get_options_revocation(&reading.options),
			 DUET_REVOCATION_HARD);
	READ(&reading, "--crl", "x.crl", "x.org");
	assert_int_equal(duet_get_options_revocation(&reading.options),
			 DUET_REVOCATION_OFF);
	READ(&reading, "-k", "x.org");
	assert_int_equal(duet_get_options_revocation(&reading.options),
			 DUET_REVOCATION_OFF);
	READ(&reading, "-k", "--revocation", "soft", "x.org");
	assert_int_equal(reading.rc, DUET_E_ARGUMENT);
	READ(&reading, "--crl", "x", "--revocation", "hard", "x.org");
	assert_int_equal(reading.rc, DUET_E_ARGUMENT);
	READ(&reading, "-k", "--revocation", "off", "x.org");
	assert_int_equal(reading.rc, DUET_OK);
	READ(&reading, "--min-tls", "1.3", "x.org");
	assert_int_equal(duet_reach_profile(&reading.options.reach),
			 DUET_PROFILE_MODERN);
}

static void a_passphrase_comes_from_one_place(void **state)
{
	struct reading reading;

	(void)state;
	READ(&reading, "--pass-file", "p", "x.org");
	assert_int_equal(reading.rc, DUET_E_ARGUMENT);
	READ(&reading, "--cert", "c", "--pass-file", "p", "--pass-fd", "0",
	     "x.org");
	assert_int_equal(reading.rc, DUET_E_ARGUMENT);
	READ(&reading, "--cert", "c", "--pass-fd", "0", "x.org");
	assert_int_equal(reading.rc, DUET_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_remembered_is_said_once),
		cmocka_unit_test(help_fits_a_screen_of_25_lines_and_80_columns),
		cmocka_unit_test(outputs_keep_their_order),
		cmocka_unit_test(the_habits_of_curl_work),
		cmocka_unit_test(without_tls_there_is_no_goodbye_to_wait_for),
		cmocka_unit_test(attitudes_to_closure_become_the_library_s),
		cmocka_unit_test(takes_every_form_of_a_range),
		cmocka_unit_test(what_is_told_has_a_file_of_its_own),
		cmocka_unit_test(refuses_what_makes_no_sense_with_a_remedy),
		cmocka_unit_test(
			revocation_is_soft_unless_something_stands_against_it),
		cmocka_unit_test(a_passphrase_comes_from_one_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
