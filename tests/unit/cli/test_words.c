/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <duet/client.h>

#include "base/error.h"
#include "cli/words.h"
#include "support/unit.h"

static void check(struct duet_error *err, const char *want, const char *gone)
{
	bool limit = true;

	duet_cli_words(err, &limit);
	assert_false(limit);
	if (strstr(err->text, want) == NULL || strstr(err->text, gone) != NULL)
		fail_msg("%s", err->text);
}

/* By the library itself, whose words may change. */
static void what_cannot_be_asked_is_said_in_options(void **state)
{
	static const struct duet_header bad_name[] = { { "a b", "" }, { 0 } };
	static const struct duet_header bad_value[] = { { "a", "\n" }, { 0 } };
	static const struct duet_header ours[] = { { "Content-Length", "1" },
						   { 0 } };
	static const struct duet_header range[] = { { "Range", "bytes=0-" },
						    { 0 } };
	static const struct duet_header host[] = { { "Host", "a b" }, { 0 } };
	static const struct {
		struct duet_request request;
		const char *want;
		const char *gone;
	} rows[] = {
		{ { .url = "http://localhost/" },
		  "--insecure-http",
		  "insecure_http" },
		{ { .method = "a b" }, "try -X PUT", "has no valid" },
		{ { .headers = bad_name }, "-H: the field 'a b'", "token" },
		{ { .headers = bad_value }, "leave them out", "no value" },
		{ { .headers = ours }, "by duet itself", "content_length" },
		{ { .headers = host }, "HOST:PORT", "needs one valid" },
		{ { .trailers = ours },
		  "--trailer: 'Content-Length' cannot be sent after a body; send it with -H",
		  "in the head" },
		{ { .headers = range, .decode = 1 },
		  "--compressed and -H Range",
		  "struct" },
	};
	struct duet_client *client = duet_client_new(NULL, NULL);
	struct duet_error err;
	size_t i;

	(void)state;
	assert_non_null(client);
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_request request = rows[i].request;

		request.size = sizeof(request);
		if (request.url == NULL)
			request.url = "https://localhost/";
		assert_null(duet_send(client, &request, &err));
		check(&err, rows[i].want, rows[i].gone);
	}
	duet_client_free(client);
}

static void no_address_is_said_in_options(void **state)
{
	static const struct duet_resolve bad[] = { { "a", 1, "b" }, { 0 } };
	struct duet_error err;

	(void)state;
	assert_null(duet_client_new(DUET_CLIENT(.resolve = bad), &err));
	check(&err, "--resolve: 'b' is not an IP address", "struct");
}

/* As conn/deadline.c and http/head.c say it. */
static void limits_lose_their_names(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "u: the head was not whole within 10000 ms (limit head_ms)",
		  "u: the head was not whole within 10000 ms" },
		{ "it came too slowly within 1 ms (limit body_ms, body_rate)",
		  "it came too slowly within 1 ms" },
		{ "too many interim replies in a row (limit 16)",
		  "too many interim replies in a row" },
		{ "more field lines than headers (100)",
		  "more field lines than 100" },
		{ "the head is longer than head_bytes (32768 bytes)",
		  "the head is longer than 32768 bytes" },
		{ "a field line is longer than line_bytes (8192 bytes)",
		  "a field line is longer than 8192 bytes" },
		{ "the Content-Length 9 is above body_bytes (8)",
		  "the Content-Length 9 is above 8" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct duet_error err;
		bool limit = false;

		(void)duet_error_set(&err, DUET_E_LIMIT, "%s", rows[i].text);
		duet_cli_words(&err, &limit);
		assert_true(limit);
		assert_string_equal(err.text, rows[i].want);
	}
}

static void a_long_sentence_stays_within_its_room(void **state)
{
	struct duet_error err;
	bool limit;

	(void)state;
	(void)duet_error_set(&err, DUET_E_URL, "or say insecure_http%*s", 600,
			     "x");
	duet_cli_words(&err, &limit);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_non_null(strstr(err.text, "or --insecure-http"));
}

static void what_cannot_be_decoded_is_said_in_options(void **state)
{
	struct duet_error err;

	(void)state;
	(void)duet_error_set(&err, DUET_E_LIMIT,
			     "more than 9 bytes (max_decoded): allow more, or ask for it as it is");
	check(&err, "9 bytes: fetch it without --compressed", "max_decoded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_decoded_is_said_in_options),
		cmocka_unit_test(what_cannot_be_asked_is_said_in_options),
		cmocka_unit_test(no_address_is_said_in_options),
		cmocka_unit_test(limits_lose_their_names),
		cmocka_unit_test(a_long_sentence_stays_within_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
