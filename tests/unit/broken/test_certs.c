/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "broken/certs.h"
#include "support/unit.h"

static struct duet_bytes bytes_of(const struct duet_buffer *buffer)
{
	return (struct duet_bytes){ buffer->data, buffer->len };
}

static void make(struct duet_broken_certs *certs)
{
	struct duet_error err;

	memset(certs, 0, sizeof(*certs));
	if (duet_broken_certs_make(certs, "http://localhost:1/crl", &err) !=
	    DUET_OK)
		fail_msg("%s", err.text);
}

static void every_identity_but_none_has_a_configuration(void **state)
{
	struct duet_broken_certs certs;
	size_t i;

	(void)state;
	make(&certs);
	for (i = 0; i < DUET_BROKEN_IDENTITIES; i++)
		if (i == DUET_BROKEN_NO_TLS)
			assert_null(certs.configs[i]);
		else
			assert_non_null(certs.configs[i]);
	duet_broken_certs_done(&certs);
}

static void the_root_is_a_root_and_its_list_revokes_one(void **state)
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	struct duet_broken_certs certs;
	struct duet_inspection *seen;

	(void)state;
	make(&certs);
	seen = duet_inspect(bytes_of(&certs.ca_pem), NULL);
	assert_non_null(seen);
	assert_int_equal(duet_inspection_count(seen), 1);
	assert_int_equal(duet_inspection_get(seen, 0, &facts), DUET_OK);
	assert_true(facts.is_ca);
	assert_true(facts.self_signed);
	duet_inspection_free(seen);
	seen = duet_inspect(bytes_of(&certs.crl_der), NULL);
	assert_non_null(seen);
	assert_int_equal(duet_inspection_get(seen, 0, &facts), DUET_OK);
	assert_int_equal(facts.kind, DUET_IS_CRL);
	assert_non_null(facts.revoked[0]);
	assert_null(facts.revoked[1]);
	duet_inspection_free(seen);
	duet_broken_certs_done(&certs);
}

static void each_root_is_another(void **state)
{
	struct duet_broken_certs one, two;

	(void)state;
	make(&one);
	make(&two);
	assert_string_not_equal(one.ca_pem.data, two.ca_pem.data);
	duet_broken_certs_done(&one);
	duet_broken_certs_done(&two);
}

static void a_url_that_is_none_is_refused(void **state)
{
	struct duet_broken_certs certs = { 0 };
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_broken_certs_make(&certs, "ftp://x/", &err),
			 DUET_E_ARGUMENT);
	duet_broken_certs_done(&certs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_identity_but_none_has_a_configuration),
		cmocka_unit_test(the_root_is_a_root_and_its_list_revokes_one),
		cmocka_unit_test(each_root_is_another),
		cmocka_unit_test(a_url_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
