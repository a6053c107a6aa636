/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "cert/ossl.h"
#include "support/unit.h"

static void raise_error(int reason, const char *data)
{
	ERR_new();
	ERR_set_debug("host.c", 42, "host");
	ERR_set_error(ERR_LIB_USER, reason, "%s", data);
}

static void keeps_the_errors_of_the_host(void **state)
{
	const char *file, *function, *data;
	struct duet_ossl_queue queue;
	int line, flags;

	(void)state;
	ERR_clear_error();
	raise_error(101, "first");
	raise_error(102, "second");
	duet_ossl_queue_save(&queue);
	assert_int_equal(ERR_peek_error(), 0);
	raise_error(103, "ours");
	duet_ossl_queue_restore(&queue);

	assert_int_equal(ERR_GET_REASON(ERR_get_error_all(&file, &line,
							  &function, &data,
							  &flags)),
			 101);
	assert_string_equal(file, "host.c");
	assert_string_equal(function, "host");
	assert_string_equal(data, "first");
	assert_int_equal(line, 42);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 102);
	assert_int_equal(ERR_get_error(), 0);
}

static void survives_more_errors_of_ours_than_the_queue_holds(void **state)
{
	struct duet_ossl_queue queue;
	int i;

	(void)state;
	ERR_clear_error();
	raise_error(101, "of the host");
	duet_ossl_queue_save(&queue);
	for (i = 0; i < 40; i++)
		raise_error(103, "ours");
	duet_ossl_queue_restore(&queue);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 101);
	assert_int_equal(ERR_get_error(), 0);
}

static void leaves_an_empty_queue_empty(void **state)
{
	struct duet_ossl_queue queue;

	(void)state;
	ERR_clear_error();
	duet_ossl_queue_save(&queue);
	raise_error(103, "ours");
	duet_ossl_queue_restore(&queue);
	assert_int_equal(ERR_peek_error(), 0);
}

static void reports_the_first_error_and_finds_any(void **state)
{
	struct duet_error err;

	(void)state;
	ERR_clear_error();
	ERR_raise(ERR_LIB_X509, X509_R_CERT_ALREADY_IN_HASH_TABLE);
	raise_error(102, "later");
	assert_true(duet_ossl_has(ERR_LIB_USER, 102));
	assert_false(duet_ossl_has(ERR_LIB_USER, 101));
	assert_int_equal(duet_ossl_error_set(&err, DUET_E_PEM, "block %d", 7),
			 DUET_E_PEM);
	assert_int_equal(err.code, DUET_E_PEM);
	assert_string_equal(err.text, "block 7");
	assert_int_equal(ERR_GET_LIB(err.ossl), ERR_LIB_X509);
	assert_string_equal(err.reason, "cert already in hash table");
	assert_int_equal(ERR_peek_error(), 0);
}

static void says_when_memory_ran_out_below(void **state)
{
	struct duet_error err;

	(void)state;
	ERR_clear_error();
	raise_error(102, "something");
	ERR_raise(ERR_LIB_ASN1, ERR_R_MALLOC_FAILURE);
	assert_int_equal(duet_ossl_error_set(&err, DUET_E_PEM, "damaged"),
			 DUET_E_NOMEM);
	assert_string_equal(err.text, "out of memory");
	ERR_raise(ERR_LIB_ASN1, ERR_R_MALLOC_FAILURE);
	assert_int_equal(duet_ossl_error_set(NULL, DUET_E_PEM, "damaged"),
			 DUET_E_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_errors_of_the_host),
		cmocka_unit_test(
			survives_more_errors_of_ours_than_the_queue_holds),
		cmocka_unit_test(leaves_an_empty_queue_empty),
		cmocka_unit_test(reports_the_first_error_and_finds_any),
		cmocka_unit_test(says_when_memory_ran_out_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
