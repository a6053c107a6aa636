/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/error.h"
#include "get/receipt.h"
#include "support/unit.h"

static const struct duet_header location[] = {
	{ "Location", "/b" },
	{ NULL, NULL },
};
static const struct duet_head moved = {
	.size = sizeof(moved),
	.status = 302,
	.headers = location,
};
static const struct duet_head head = {
	.size = sizeof(head),
	.status = 200,
	.major = 1,
	.minor = 1,
};
static const struct duet_hop hop = {
	.size = sizeof(hop),
	.url = "https://x/a",
	.answer = &moved,
	.address = "192.0.2.1:443",
	.proxy = "",
};

static struct duet_get_outcome outcome_of(const struct duet_head *answer)
{
	static const struct duet_hop *const hops[] = { &hop, NULL };
	struct duet_get_outcome outcome = {
		.url = "https://x/a",
		.method = "GET",
		.final_url = answer != NULL ? "https://x/b" : NULL,
		.head = answer,
		.began_ms = 1764000000999,
	};

	outcome.facts.size = sizeof(outcome.facts);
	outcome.facts.address = "192.0.2.2:443";
	outcome.facts.hops = hops;
	outcome.facts.redirects = 1;
	outcome.facts.total_us = 2000;
	return outcome;
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void a_whole_one_is_told_from_its_first_url_to_its_sum(void **state)
{
	struct duet_get_checksum sum = { .sha256 = true };
	struct duet_get_outcome outcome = outcome_of(&head);
	json_t *object;
	json_t *hops;

	(void)state;
	memcpy(sum.sums[DUET_HASH_SHA256], "abcd", 5);
	outcome.checksum = &sum;
	outcome.facts.evidence = DUET_BY_LENGTH;
	object = duet_get_receipt_object(&outcome);
	assert_non_null(object);
	assert_true(json_is_true(json_object_get(object, "whole")));
	assert_string_equal(text_of(object, "began"), "2025-11-24T16:00:00Z");
	assert_string_equal(text_of(object, "ended"), "2025-11-24T16:00:01Z");
	assert_string_equal(text_of(object, "http"), "1.1");
	assert_string_equal(text_of(object, "sha256"), "abcd");
	assert_string_equal(text_of(object, "evidence"), "length");
	assert_true(json_is_null(json_object_get(object, "chain")));
	hops = json_object_get(object, "hops");
	assert_int_equal(json_array_size(hops), 2);
	assert_string_equal(text_of(json_array_get(hops, 0), "url"),
			    "https://x/a");
	assert_string_equal(text_of(json_array_get(hops, 0), "location"), "/b");
	assert_string_equal(text_of(json_array_get(hops, 1), "url"),
			    "https://x/b");
	assert_string_equal(text_of(json_array_get(hops, 1), "address"),
			    "192.0.2.2:443");
	json_decref(object);
}

static void what_failed_is_not_whole_whatever_came(void **state)
{
	struct duet_get_outcome outcome = outcome_of(&head);
	json_t *object;

	(void)state;
	outcome.facts.evidence = DUET_BY_LENGTH;
	outcome.exit = 110;
	(void)duet_error_set(&outcome.error, DUET_OK, "another sum");
	object = duet_get_receipt_object(&outcome);
	assert_true(json_is_false(json_object_get(object, "whole")));
	assert_string_equal(text_of(json_object_get(object, "error"), "text"),
			    "another sum");
	json_decref(object);
	outcome = outcome_of(NULL);
	outcome.exit = 7;
	object = duet_get_receipt_object(&outcome);
	assert_true(json_is_false(json_object_get(object, "whole")));
	assert_true(json_is_null(json_object_get(object, "http")));
	assert_int_equal(json_array_size(json_object_get(object, "hops")), 1);
	json_decref(object);
}

static void http_has_the_number_that_people_know(void **state)
{
	const struct duet_head two = { .major = 2 };
	const struct duet_head old = { .major = 1, .minor = 0 };
	char version[DUET_GET_VERSION_BYTES];

	(void)state;
	duet_get_http_version(version, &two);
	assert_string_equal(version, "2");
	duet_get_http_version(version, &old);
	assert_string_equal(version, "1.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_whole_one_is_told_from_its_first_url_to_its_sum),
		cmocka_unit_test(what_failed_is_not_whole_whatever_came),
		cmocka_unit_test(http_has_the_number_that_people_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
