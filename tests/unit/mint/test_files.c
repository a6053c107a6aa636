/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mint/files.h"
#include "support/unit.h"

static void a_sibling_takes_the_place_of_what_is_known(void **state)
{
	static const struct {
		const char *base, *suffix, *wanted;
	} cases[] = {
		{ "x.org", ".pem", "x.org.pem" },
		{ "x.org.pem", ".key", "x.org.key" },
		{ "dir.d/ca.crt", ".crl", "dir.d/ca.crl" },
		{ "x.csr", ".pem", "x.pem" },
		{ "x.key", ".pem", "x.pem" },
		{ "x.p12", ".pem", "x.p12.pem" },
		{ ".pem", ".key", ".key" },
	};
	char *path;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		path = duet_mint_sibling(cases[i].base, cases[i].suffix);
		assert_string_equal(path, cases[i].wanted);
		duet_mem_free(path);
	}
}

static void a_name_cannot_lead_out_of_the_directory(void **state)
{
	static const struct {
		const char *name, *wanted;
	} cases[] = {
		{ "x.org", "x.org" },
		{ "*.x.org", "wildcard.x.org" },
		{ "email:a@x.org", "a@x.org" },
		{ "::1", "::1" },
		{ "../../etc/passwd", "_._.._etc_passwd" },
		{ "/etc/passwd", "_etc_passwd" },
		{ "-o", "_o" },
		{ ".", "_" },
	};
	char *base;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		base = duet_mint_base_of_name(cases[i].name);
		assert_null(strchr(base, '/'));
		assert_string_equal(base, cases[i].wanted);
		assert_true(base[0] != '.' && base[0] != '-');
		duet_mem_free(base);
	}
}

static char place[] = "/tmp/duet-test-mint-XXXXXX";
static char path[64];

static int make_place(void **state)
{
	(void)state;
	if (mkdtemp(place) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", place);
	return 0;
}

static int remove_place(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(place);
}

static void a_file_is_replaced_only_by_force(void **state)
{
	struct duet_buffer content = { NULL, 0 };
	struct duet_error err;
	struct stat st;

	(void)state;
	assert_int_equal(duet_mint_check_free(path, DUET_MINT_PUBLIC, false,
					      NULL),
			 DUET_OK);
	assert_int_equal(duet_mint_write(path, duet_str("first"),
					 DUET_MINT_SECRET, false, NULL),
			 DUET_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(duet_mint_check_free(path, DUET_MINT_PUBLIC, false,
					      &err),
			 DUET_E_SYSTEM);
	assert_int_equal(err.sys, EEXIST);
	assert_int_equal(duet_mint_write(path, duet_str("second"),
					 DUET_MINT_PUBLIC, false, &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "--force"));
	assert_int_equal(duet_mint_check_free(path, DUET_MINT_PUBLIC, true,
					      NULL),
			 DUET_OK);
	assert_int_equal(duet_mint_write(path, duet_str("third"),
					 DUET_MINT_PUBLIC, true, NULL),
			 DUET_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(duet_mint_read(path, &content, NULL), DUET_OK);
	assert_string_equal(content.data, "third");
	duet_buffer_free(&content);
}

static void force_does_not_lose_a_key(void **state)
{
	struct duet_error err;

	(void)state;
	assert_int_equal(duet_mint_write(path,
					 duet_str(
						 "-----BEGIN PRIVATE KEY-----"),
					 DUET_MINT_SECRET, true, NULL),
			 DUET_OK);
	assert_int_equal(duet_mint_check_free(path, DUET_MINT_PUBLIC, true,
					      &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "holds a private key"));
	assert_int_equal(duet_mint_check_free(path, DUET_MINT_SECRET, true,
					      &err),
			 DUET_OK);
	assert_int_equal(duet_mint_check_free(place, DUET_MINT_SECRET, true,
					      &err),
			 DUET_E_SYSTEM);
	assert_non_null(strstr(err.text, "is a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sibling_takes_the_place_of_what_is_known),
		cmocka_unit_test(a_name_cannot_lead_out_of_the_directory),
		cmocka_unit_test(a_file_is_replaced_only_by_force),
		cmocka_unit_test(force_does_not_lose_a_key),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
