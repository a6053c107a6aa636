/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp */
#include <string.h>

#include "base/error.h"
#include "get/har.h"
#include "support/tempdir.h"

static const struct duet_header fields[] = {
	{ "Content-Type", "text/\xff" },
	{ "set-cookie", "a=b" },
	{ NULL, NULL },
};
static const struct duet_head head = {
	.size = sizeof(head),
	.status = 200,
	.major = 2,
	.headers = fields,
};
static const struct duet_head request = {
	.size = sizeof(request),
	.method = "GET",
	.target = "/",
};

/* The only entry that becomes of an outcome. */
static json_t *entry_of(const struct duet_get_outcome *outcome, bool secrets)
{
	struct duet_get_paper paper = { .path = NULL };
	char dir[TEMP_DIR_BYTES];
	char path[TEMP_DIR_BYTES + 8];
	json_t *entry;

	temp_dir_make(dir);
	(void)snprintf(path, sizeof(path), "%s/h", dir);
	assert_int_equal(duet_get_har_begin(&paper, path, NULL), DUET_OK);
	assert_int_equal(duet_get_har_add(&paper, outcome, secrets, NULL),
			 DUET_OK);
	assert_int_equal(json_array_size(paper.list), 1);
	entry = json_incref(json_array_get(paper.list, 0));
	duet_get_paper_done(&paper);
	assert_int_equal(temp_dir_remove(dir), 0);
	return entry;
}

static const json_t *at(const json_t *object, const char *a, const char *b)
{
	object = json_object_get(object, a);
	return b != NULL ? json_object_get(object, b) : object;
}

static struct duet_get_outcome answered(void)
{
	struct duet_get_outcome outcome = {
		.url = "https://x/?a=\xff&b",
		.method = "GET",
		.final_url = "https://x/?a=\xff&b",
		.head = &head,
		.began_ms = 1764000000999,
	};

	outcome.facts.size = sizeof(outcome.facts);
	outcome.facts.evidence = DUET_BY_END_STREAM;
	outcome.facts.request = &request;
	outcome.facts.address = "[2001:db8::1]:443";
	outcome.facts.url = outcome.final_url;
	outcome.facts.asked_us = 1000;
	outcome.facts.resolved_us = 3000;
	outcome.facts.connected_us = 6000;
	outcome.facts.handshake_us = 10000;
	outcome.facts.first_byte_us = 15000;
	outcome.facts.total_us = 21000;
	return outcome;
}

static void assert_time(const json_t *entry, const char *name, double ms)
{
	double told = json_number_value(at(entry, "timings", name));

	if (told != ms)
		fail_msg("%s: %f", name, told);
}

static void times_are_those_of_each_step(void **state)
{
	struct duet_get_outcome outcome = answered();
	json_t *entry = entry_of(&outcome, false);

	(void)state;
	assert_time(entry, "dns", 2);
	assert_time(entry, "connect", 7);
	assert_time(entry, "ssl", 4);
	assert_time(entry, "wait", 5);
	assert_time(entry, "receive", 6);
	assert_true(json_number_value(at(entry, "time", NULL)) == 20);
	assert_string_equal(json_string_value(
				    at(entry, "startedDateTime", NULL)),
			    "2025-11-24T16:00:01.000Z");
	json_decref(entry);
	outcome.facts.resolved_us = -1;
	outcome.facts.connected_us = -1;
	outcome.facts.handshake_us = -1;
	entry = entry_of(&outcome, false);
	assert_time(entry, "dns", -1);
	assert_time(entry, "connect", -1);
	assert_time(entry, "ssl", -1);
	assert_time(entry, "wait", 14);
	json_decref(entry);
}

static void what_strangers_wrote_is_text_whatever_it_is(void **state)
{
	struct duet_get_outcome outcome = answered();
	json_t *entry = entry_of(&outcome, false);
	const json_t *query = at(entry, "request", "queryString");
	const json_t *cookie =
		json_array_get(at(entry, "response", "headers"), 1);

	(void)state;
	assert_string_equal(json_string_value(
				    json_object_get(at(entry, "response",
						       "content"),
						    "mimeType")),
			    "text/\\xff");
	assert_string_equal(json_string_value(
				    json_object_get(json_array_get(query, 0),
						    "value")),
			    "\\xff");
	assert_string_equal(json_string_value(
				    json_object_get(json_array_get(query, 1),
						    "value")),
			    "");
	assert_string_equal(json_string_value(
				    at(entry, "serverIPAddress", NULL)),
			    "2001:db8::1");
	assert_string_equal(json_string_value(json_object_get(cookie, "value")),
			    "");
	json_decref(entry);
	entry = entry_of(&outcome, true);
	cookie = json_array_get(at(entry, "response", "headers"), 1);
	assert_string_equal(json_string_value(json_object_get(cookie, "value")),
			    "a=b");
	json_decref(entry);
}

static void of_what_never_began_there_is_an_entry_too(void **state)
{
	struct duet_get_outcome outcome = {
		.url = "https://x",
		.method = "GET",
		.exit = 6,
	};
	json_t *entry;

	(void)state;
	(void)duet_error_set(&outcome.error, DUET_E_RESOLVE, "no such name");
	entry = entry_of(&outcome, false);
	assert_int_equal(json_integer_value(at(entry, "response", "status")),
			 0);
	assert_string_equal(json_string_value(at(entry, "_error", NULL)),
			    "no such name");
	assert_true(json_number_value(at(entry, "time", NULL)) == 0);
	json_decref(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_those_of_each_step),
		cmocka_unit_test(what_strangers_wrote_is_text_whatever_it_is),
		cmocka_unit_test(of_what_never_began_there_is_an_entry_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
