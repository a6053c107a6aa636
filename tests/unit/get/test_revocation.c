/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "get/revocation.h"
#include "support/unit.h"

static struct duet_revocation_facts known(void)
{
	return (struct duet_revocation_facts){
		.size = sizeof(struct duet_revocation_facts),
		.subject = "Middle",
		.issuer = "Root",
		.words = "",
		.url = "http://crl.test/1",
		.number = "1234",
		.reason = "",
		.state = DUET_REVOCATION_GOOD,
		.this_update = 1764000000,
		.next_update = 1764600000,
	};
}

static void a_line_says_what_and_by_what(void **state)
{
	struct duet_revocation_facts facts = known();
	char line[DUET_GET_REVOCATION_LINE];

	(void)state;
	duet_get_revocation_line(line, &facts, 0);
	assert_string_equal(line,
			    "the server's certificate is not revoked, by the CRL number 1234 of 2025-11-24 16:00:00 UTC");
	facts.stapled = true;
	facts.state = DUET_REVOCATION_REVOKED;
	facts.reason = "keyCompromise";
	duet_get_revocation_line(line, &facts, 1);
	assert_string_equal(line,
			    "the CA certificate 'Middle' is REVOKED (keyCompromise), by the OCSP answer of 2025-11-24 16:00:00 UTC");
	facts.state = DUET_REVOCATION_UNKNOWN;
	facts.words = "the CRL at 'u' is away";
	duet_get_revocation_line(line, &facts, 0);
	assert_string_equal(line,
			    "whether the server's certificate is revoked is not known: the CRL at 'u' is away");
	facts.state = DUET_REVOCATION_SHORT_LIVED;
	duet_get_revocation_line(line, &facts, 0);
	assert_non_null(strstr(line, "too short-lived"));
	facts.state = DUET_REVOCATION_UNCHECKED;
	duet_get_revocation_line(line, &facts, 0);
	assert_non_null(strstr(line, "was not asked"));
}

static void json_has_all_of_it(void **state)
{
	const struct duet_revocation_facts list[] = { known(), known() };
	struct duet_facts facts = { .size = sizeof(facts) };
	json_t *json = duet_get_revocation_json(&facts);
	json_t *one;

	(void)state;
	assert_true(json_is_null(json));
	facts.revocation = list;
	facts.n_revocation = 2;
	json = duet_get_revocation_json(&facts);
	assert_int_equal(json_array_size(json), 2);
	one = json_array_get(json, 0);
	assert_int_equal(json_object_size(one), 12);
	assert_string_equal(json_string_value(json_object_get(one, "state")),
			    "good");
	assert_string_equal(json_string_value(json_object_get(one, "by")),
			    "crl");
	assert_string_equal(json_string_value(
				    json_object_get(one, "this_update")),
			    "2025-11-24T16:00:00Z");
	assert_true(json_is_null(json_object_get(one, "revoked_at")));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_what_and_by_what),
		cmocka_unit_test(json_has_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
