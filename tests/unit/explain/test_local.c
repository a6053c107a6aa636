/* SPDX-License-Identifier: MIT */
/* Who has added a trust anchor to this machine. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include <duet/cert.h>

#include "explain/probe_int.h"
#include "support/certs.h"
#include "support/tempdir.h"
#include "support/unit.h"

static void write_text(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void finds_the_file_it_is_in(void **state)
{
	struct mint *one = mint_new(NULL, MINT(.cn = "One", .ca = true));
	struct mint *other = mint_new(NULL, MINT(.cn = "Other", .ca = true));
	char dir[TEMP_DIR_BYTES];
	const char *const dirs[] = { "/nonexistent", dir, NULL };
	struct duet_explain_chain chain;
	char expected[512];
	char found[512];

	(void)state;
	temp_dir_make(dir);
	write_text(dir, "broken.crt", "no certificate");
	write_text(dir, "other.crt", other->cert_pem);
	write_text(dir, "one.txt", one->cert_pem);
	assert_true(duet_explain_chain_read(&chain, duet_str(one->cert_pem)));
	duet_explain_local_anchor(found, sizeof(found), chain.certs[0].sha256,
				  dirs);
	assert_string_equal(found, "");
	write_text(dir, "one.crt", one->cert_pem);
	duet_explain_local_anchor(found, sizeof(found), chain.certs[0].sha256,
				  dirs);
	(void)snprintf(expected, sizeof(expected), "%s/one.crt", dir);
	assert_string_equal(found, expected);
	assert_int_equal(temp_dir_remove(dir), 0);
	mint_free(other);
	mint_free(one);
}

static void adds_der_and_pem_to_pem(void **state)
{
	struct mint *one = mint_new(NULL, MINT(.cn = "One", .ca = true));
	struct duet_buffer pem = { NULL, 0 };
	struct duet_buffer der = { NULL, 0 };
	struct duet_explain_chain chain;

	(void)state;
	assert_int_equal(duet_pem_to_der(duet_str(one->cert_pem), &der, NULL),
			 DUET_OK);
	assert_true(duet_explain_add_pem(&pem, duet_str(one->cert_pem)));
	assert_true(duet_explain_add_pem(&pem, (struct duet_bytes){ der.data,
								    der.len }));
	assert_false(duet_explain_add_pem(&pem, duet_str("neither")));
	assert_false(
		duet_explain_add_pem(&pem, (struct duet_bytes){ der.data,
								der.len - 1 }));
	assert_true(duet_explain_chain_read(&chain,
					    (struct duet_bytes){ pem.data,
								 pem.len }));
	assert_int_equal(chain.n, 2);
	assert_string_equal(chain.certs[0].sha256, chain.certs[1].sha256);
	duet_buffer_free(&der);
	duet_buffer_free(&pem);
	mint_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_file_it_is_in),
		cmocka_unit_test(adds_der_and_pem_to_pem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
